"""The approval policy in force and the autonomy ladder, read; and taken down.

Asking for more autonomy and agreeing to it are in the page alone: each needs a person who has just proved at a browser who they are, and a token
that leaked must not let anything act by itself. Down is the safe direction, so a program that sees trouble may take it.
"""

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field

from approvals import autonomy
from approvals.policy_lint import report
from approvals.web.api.access import Operator, QueueReader
from approvals.web.api.common import Note, router
from approvals.web.api.desk_schemas import (
    LevelAnswer,
    PolicyAnswer,
    PolicyCeilings,
    PolicyKind,
    PolicyProblem,
    PolicyVariant,
)
from approvals.web.api.problems import documented
from policies.actions import ActionKind
from policies.approval import ladder
from policies.approval.ladder import Level
from policies.approval.lint import KindLine
from policies.kinds import KINDS
from policies.records import Channel, Record
from tools.errors import NotFound
from tools.store import autonomy as grants

policy = router("policy")

ENDED = 20
GrantPath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,40}$", description="The level's id", examples=["G-1b2c3d4e5f60"])]


class Lower(Record):
    """One class: a kind in every channel, or in one."""

    kind: ActionKind
    channel: Annotated[Channel | None, Field(description="Left out: every channel")] = None
    level: Annotated[Literal["observe", "propose"], Field(description="observe: nobody can approve it; propose: people decide")]
    why: Note = ""


@policy.get("/policy", operation_id="getPolicy", summary="Who must approve what, ceilings, and levels of autonomy")
def get_policy(me: QueueReader) -> PolicyAnswer:
    ws = me.workspace
    rules = ws.practice.approval_policy
    with ws.database.read() as connection:
        found = report(ws.practice, connection, now=ws.clock())
        levels = (grants.in_force(connection), grants.asked(connection), grants.ended(connection, limit=ENDED))
    in_force, asked, ended = (tuple(LevelAnswer.model_validate(one) for one in rows) for rows in levels)
    return PolicyAnswer(
        hold_seconds=rules.hold_seconds,
        kinds=tuple(_kind(line) for line in found.kinds),
        problems=tuple(PolicyProblem.model_validate(one) for one in found.problems),
        ceilings=PolicyCeilings.model_validate(rules.ceilings),
        in_force=in_force,
        asked=asked,
        ended=ended,
    )


@policy.post("/policy/levels/lower", operation_id="lowerLevel", summary="Take a class down, at once")
def lower(me: Operator, body: Lower) -> LevelAnswer:
    """What it would have done by itself waits for people, or is only observed. Up again takes two people, at the page."""
    autonomy.lower(me.workspace, body.kind, Level(body.level), by=me.username, channel=body.channel, why=body.why)
    with me.workspace.database.read() as connection:
        now = next(one for one in grants.in_force(connection, kind=body.kind) if one.channel == body.channel)
    return LevelAnswer.model_validate(now)


@policy.post("/policy/levels/{grant}/refuse", operation_id="refuseLevel", summary="Refuse a level asked for", responses=documented(404))
def refuse(me: Operator, grant: GrantPath) -> LevelAnswer:
    """Nothing was in force, and nothing comes into force."""
    autonomy.refuse(me.workspace, grant, by=me.username)
    with me.workspace.database.read() as connection:
        found = grants.get(connection, grant)
    if found is None:
        raise NotFound(f"there is no level {grant}: the policy lists those asked for")
    return LevelAnswer.model_validate(found)


def _kind(line: KindLine) -> PolicyKind:
    variants = tuple(
        PolicyVariant(when=one.when, who=one.who, sla_hours=one.sla_hours, expires_days=one.expires_days or KINDS[line.kind].expires_days)
        for one in line.variants
    )
    return PolicyKind(kind=line.kind, title=line.title, never_acts=ladder.never(line.kind), variants=variants)

"""Everything the page of one item says besides its decision: content, comparison, recipients, reasons, score, comments. Reads only.

One function gathers it inside the caller's read, so that every part of the page is of the same moment.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Connection

from approvals import live
from approvals.identity import Session
from approvals.queue import get_action
from approvals.recipients import recipients_of
from approvals.web import content, markup, words
from approvals.web.curve import picture_of
from approvals.web.desk import SELLERS
from policies.actions import Action, ActionKind, ChannelPlan, Decision, Status
from policies.effects import Known, predicted
from policies.kinds import KINDS, Operation
from policies.leads.reasons import EVENT_WORDS, step_words
from policies.records import ActionId, LeadId
from tools.errors import NotFound
from tools.practice import Practice
from tools.store import actions as store
from tools.store import comments, exported
from tools.store.actions import Version
from tools.store.desk import plan_of
from tools.store.explain import explain
from tools.store.models import models_in_force
from tools.workspace import Workspace

RATE_DAYS = 90
WAITING = (Status.QUEUED, Status.BLOCKED)
_ACTS = {"identify": "gave their details"}


class AskedBy(NamedTuple):
    """The line of the plan under which the channel's agent worked."""

    period: str
    objective: str


class Change(NamedTuple):
    """How one version differs from the one before: each changed part, line by line."""

    version: int
    author: str
    at: datetime
    parts: list[tuple[str, list[markup.DiffLine]]]


class State(NamedTuple):
    """Where an item stands: what a reader who has it open asks for now and then. `last`: the latest decision about its present version."""

    action: Action
    author: str
    last: Decision | None
    hold_until: datetime | None
    waiting: bool


def about(ws: Workspace, connection: Connection, me: Session, action: Action) -> dict[str, Any]:
    """The values of the page's templates. `me` decides whether the lead's score is shown: the same people may open the lead's own page."""
    now, practice = ws.clock(), ws.practice
    view = content.shown(practice, connection, action, now=now)
    compared = live.live_of(practice, connection, action, now=now)
    numbered = list(enumerate(action.findings, 1))
    rest = {name: value for name, value in action.content.fields.items() if name not in view.drawn}
    text = "\n".join([action.content.title, view.text, *(words.said(value, name, {}) for name, value in rest.items())])
    may_see_scores = me.has(*SELLERS)
    return {
        "view": view,
        "seen": view.values,
        "rest": rest,
        "live": compared,
        "beside": [(part, markup.beside(part.now, part.proposed)) for part in compared.parts],
        "placed": [(number, finding) for number, finding in numbered if markup.quoted(text, finding)],
        "unplaced": [(number, finding) for number, finding in numbered if not markup.quoted(text, finding)],
        "usable": {number for number, finding in numbered if KINDS[action.kind].editable and reworded(action, number)},
        "has_tokens": "{{" in action.content.title + view.text,
        "reaches": reaches(action),
        "approve_words": approve_words(action),
        "asked_by": _asked_by(connection, action),
        "effect": predicted(action.kind, action.content.fields, _known(practice, connection, action, now)),
        "drafting": exported.drafting_of(connection, action.run) if action.run else None,
        "comments": comments.comments_of(connection, action.id),
        **_recipients(practice, connection, action, now),
        **_scores(ws, connection, action, now, may_see=may_see_scores),
    }


def state_of(connection: Connection, action_id: ActionId) -> State:
    """Raises NotFound."""
    action = get_action(connection, action_id)
    decided = (one for one in reversed(store.decisions_of(connection, action.id)) if one.version == action.version)
    author = store.versions(connection, action.id)[-1].author
    return State(action, author, next(decided, None), store.hold_until(connection, action.id), action.status in WAITING)


def reaches(action: Action) -> str:
    audience = action.content.audience
    if audience is None:
        return action.content.destination or "nobody: it stays inside the practice"
    count = f" ({_people(audience.count)})" if audience.count and audience.lead is None else ""
    return f"{audience.description}{count}"


def approve_words(action: Action) -> str:
    """The effect as the button says it, with the number of people where something is sent to them."""
    effect, audience = KINDS[action.kind].effect, action.content.audience
    count = 1 if audience and audience.lead else audience.count if audience else None
    return f"{effect} to {_people(count)}" if count and Operation.SMTP in KINDS[action.kind].operations else effect


def reworded(action: Action, number: int) -> dict[str, str] | None:
    """The editable texts with the wording that finding `number` (from 1) offers; None when it offers none or its words are not in them."""
    if not 1 <= number <= len(action.findings):
        return None
    finding = action.findings[number - 1]
    texts = {"title": action.content.title, "body": action.content.body}
    for name in ("body", "title"):
        if name in KINDS[action.kind].editable and (new := markup.sentence_replaced(texts[name], finding)) is not None:
            return texts | {name: new}
    return None


def changes(found: Iterable[Version]) -> list[Change]:
    """What each version changed, the newest first."""
    made = []
    for old, new in pairwise(found):
        before, after = _parts(old), _parts(new)
        names = [name for name in after if before.get(name, "") != after[name]]
        parts = [(name, markup.diff(before.get(name, ""), after[name])) for name in names]
        made.append(Change(new.version, new.author, new.created_at, parts))
    return made[::-1]


def _parts(version: Version) -> dict[str, str]:
    fields = {name: str(value) for name, value in version.content.fields.items()}
    return {"title": version.content.title, "text": version.content.body, **fields}


def _people(count: int) -> str:
    return f"{count:,} {'person' if count == 1 else 'people'}"


def _asked_by(connection: Connection, action: Action) -> AskedBy | None:
    if action.run is None or action.kind in (ActionKind.MQL_HANDOFF, ActionKind.PLAN_BUDGET):
        return None  # no channel's agent was asked for these
    plan = plan_of(connection, action.run)
    asked: ChannelPlan | None = next((one for one in plan.channels if one.channel is action.channel), None) if plan else None
    return AskedBy(plan.period, asked.objective) if plan and asked else None


def _recipients(practice: Practice, connection: Connection, action: Action, now: datetime) -> dict[str, Any]:
    """One lead or an audience by consent, with the act in which the lead said it, in words."""
    found = recipients_of(practice, connection, action, now=now)
    said_in = found.recipient.said_in if found.recipient else ""
    act = _ACTS.get(said_in) or EVENT_WORDS.get(said_in, "")
    return {"recipient": found.recipient, "reach": found.reach, "reach_line": found.line, "consent_act": act}


def _known(practice: Practice, connection: Connection, action: Action, now: datetime) -> Known:
    if action.kind is ActionKind.NURTURE_EMAIL:
        sent, clicked = exported.mails_of(connection, since=now - timedelta(days=RATE_DAYS), until=now)
        return Known(mails_sent=sent, mails_clicked=clicked)
    if action.kind is ActionKind.MQL_HANDOFF:
        line = str(action.content.fields.get("service_line", ""))
        decided, became = exported.handoffs_of(connection, line)
        worth = next((goal.max_cost_per_mql_usd for goal in practice.goals if goal.service_line == line), None)
        return Known(handed_over=decided, became_sql=became, worth_usd=worth)
    return Known()


def _scores(ws: Workspace, connection: Connection, action: Action, now: datetime, *, may_see: bool) -> dict[str, Any]:
    """The score of the lead a handoff is about, on the line it is about, as it stands now; `score_then` is what the handoff's text says."""
    none: dict[str, Any] = {"scores": [], "score_then": None}
    audience = action.content.audience
    if action.kind is not ActionKind.MQL_HANDOFF or not may_see or audience is None or audience.lead is None:
        return none
    models = models_in_force(connection, ws.practice, ws.directory)
    try:
        found = explain(connection, models, LeadId(audience.lead), at=now)
    except NotFound:
        return none
    line, then = action.content.fields.get("service_line"), action.content.fields.get("score")
    mine = [(one, picture_of(one, at=now)) for one in found if one.score.service_line == line]
    return {"scores": mine, "score_then": round(then) if isinstance(then, int | float) else None, "step_words": step_words}

"""Actions, their versions, decisions and executions: rows in, records out. `transition` is the only statement that moves a status.

Knows the table of moves (`policies.actions.TRANSITIONS`), not who may make them: only `approvals/` calls the functions that write.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from pydantic import AwareDatetime
from sqlalchemy import BindParameter, Connection, Row, Select, Update, and_, bindparam, func, insert, or_, select, update

from policies.actions import (
    TRANSITIONS,
    Action,
    ActionKind,
    Content,
    Decision,
    DecisionVerdict,
    Execution,
    ExecutionStatus,
    Finding,
    Receipt,
    Risk,
    Status,
    Verdict,
)
from policies.records import ActionId, Channel, LeadId, PersonId, Record
from tools.errors import StoreError
from tools.store import lifecycle
from tools.store.action_tables import action_versions, actions, decisions, executions
from tools.store.chunks import in_chunks
from tools.store.database import insert_once
from tools.store.places import FINAL, final_place, open_place, search_words
from tools.store.tables import leads

PAGE = 50


class Version(Record):
    """One version of an action's content, with what the rules said about it and under which pack."""

    action: ActionId
    version: int
    content: Content
    content_hash: str
    author: str
    why: tuple[str, ...]
    facts: dict[str, Any]
    states: tuple[str, ...] | None
    evidence: tuple[str, ...]
    findings: tuple[Finding, ...]
    pack: str
    created_at: AwareDatetime


class Shown(NamedTuple):
    """What the queue shows and searches of an action's present version."""

    title: str
    words: str


class Revision(NamedTuple):
    """What a new version sets on the action's own row. Approvals bind to the version, so they are void from here on."""

    version: int
    content_hash: str
    verdict: Verdict
    expires_at: datetime
    shown: Shown


class Page(NamedTuple):
    """A keyset: the last row of the page before."""

    created_at: datetime
    id: ActionId


def shown_of(action: Action) -> Shown:
    return Shown(action.content.title, search_words(f"{action.content.title} {action.subject}"))


def insert_action(connection: Connection, action: Action, *, pack: str) -> bool:
    """Store a new action with its first version. False, and nothing written, when its natural key is already there."""
    lead = action.content.audience.lead if action.content.audience else None
    row = {
        **action.model_dump(mode="json", include={"id", "kind", "channel", "subject", "period", "status", "version", "content_hash"}),
        **action.model_dump(mode="json", include={"verdict", "risk", "money_usd", "track", "author", "run"}),
        **{"lead": lead, "created_at": action.created_at, "updated_at": action.updated_at, "expires_at": action.expires_at},
        **shown_of(action)._asdict(),
        "place": final_place(action.updated_at) if action.status in FINAL else open_place(action.risk, action.created_at, action.kind),
    }
    if not insert_once(connection, actions, row):
        return False
    add_version(connection, action, author=action.author, pack=pack, at=action.created_at)
    return True


def add_version(connection: Connection, action: Action, *, author: str, pack: str, at: datetime) -> None:
    """Keep what `action` holds now as its version `action.version`; versions are never changed."""
    body = action.model_dump(mode="json", include={"content", "content_hash", "why", "facts", "states", "evidence", "findings"})
    connection.execute(
        insert(action_versions).values(action=action.id, version=action.version, author=author, pack=pack, created_at=at, **body)
    )


def set_findings(connection: Connection, action: Action, *, pack: str) -> None:
    """Keep the verdict and findings of `action` with its draft; a version that has left `draft` is never changed."""
    draft = and_(actions.c.id == action.id, actions.c.status == Status.DRAFT.value, actions.c.version == action.version)
    if connection.execute(update(actions).where(draft).values(verdict=action.verdict.value)).rowcount == 1:
        version = and_(action_versions.c.action == action.id, action_versions.c.version == action.version)
        body = action.model_dump(mode="json", include={"findings"})
        connection.execute(update(action_versions).where(version).values(pack=pack, **body))


def save_check(connection: Connection, action: Action, *, pack: str) -> None:
    """Keep verdict and findings of a draft; what has left the draft state keeps what the rules said when it did."""
    drafted = (actions.c.id == action.id) & (actions.c.status == Status.DRAFT.value)
    if connection.execute(update(actions).where(drafted).values(verdict=action.verdict.value)).rowcount:
        version = (action_versions.c.action == action.id) & (action_versions.c.version == action.version)
        findings = [finding.model_dump(mode="json") for finding in action.findings]
        connection.execute(update(action_versions).where(version).values(findings=findings, pack=pack))


def transition(
    connection: Connection,
    action_id: ActionId,
    *,
    from_: Status,
    to: Status,
    version: int,
    content_hash: str,
    now: datetime,
    hold_until: datetime | None = None,
    revision: Revision | None = None,
) -> bool:
    """The one conditional UPDATE: True if the action was in `from_` at exactly this version and hash, and is now in `to`.

    With a `revision` the row moves to the new version at the same time; only then may a queued action stay queued (an edit).
    Raises ValueError for a move that `TRANSITIONS` does not list: that is a mistake in the code, not a race.
    """
    edited_in_place = revision is not None and from_ is to is Status.QUEUED
    if to not in TRANSITIONS[from_] and not edited_in_place:
        raise ValueError(f"{from_} -> {to} is not a move of an action: see policies/actions.py, TRANSITIONS")
    values: dict[str, Any] = {"status": to.value, "updated_at": now, "hold_until": hold_until}
    if to in FINAL:
        values["place"] = final_place(now)
    if revision is not None:
        values |= {"version": revision.version, "content_hash": revision.content_hash}
        values |= {"verdict": revision.verdict.value, "expires_at": revision.expires_at, **revision.shown._asdict()}
    bound = {"of": action_id, "from_status": from_.value, "of_version": version, "of_hash": content_hash}
    moved = connection.execute(_move(frozenset(values)), {**values, **bound}).rowcount == 1
    if moved and to in _FOLLOWED:
        _follow(connection, action_id, to, now)
    return moved


def approve_many(connection: Connection, moved: Sequence[Action], *, now: datetime, hold_until: Mapping[ActionId, datetime]) -> None:
    """`transition` of queued actions to `approved`, in one statement. Their rows are locked and read: StoreError when one was not as it was read."""
    if not moved:
        return
    rows = [
        {"status": Status.APPROVED.value, "updated_at": now, "hold_until": hold_until[one.id], "of": one.id}
        | {"from_status": Status.QUEUED.value, "of_version": one.version, "of_hash": one.content_hash}
        for one in moved
    ]
    if connection.execute(_move(frozenset(("status", "updated_at", "hold_until"))), rows).rowcount != len(rows):
        raise StoreError(f"of {len(rows)} actions that were locked and queued, one was not when it was approved: nothing was written")


@cache
def _move(columns: frozenset[str]) -> Update:
    """The conditional UPDATE that sets these columns, built once for each set of them."""
    row = actions.c
    where = and_(
        row.id == bindparam("of"),
        row.status == bindparam("from_status"),
        row.version == bindparam("of_version"),
        row.content_hash == bindparam("of_hash"),
    )
    return update(actions).where(where).values({name: bindparam(name) for name in sorted(columns)})


_FOLLOWED = (Status.QUEUED, Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED)


def _follow(connection: Connection, action_id: ActionId, to: Status, now: datetime) -> None:
    """The lead's stage follows its handoff: an MQL while it waits in the queue, engaged again when nobody approved it."""
    kind, subject, lead = connection.execute(
        select(actions.c.kind, actions.c.subject, actions.c.lead).where(actions.c.id == action_id)
    ).one()
    if kind != ActionKind.MQL_HANDOFF or lead is None:
        return
    line = subject.partition(":")[2]
    if to is Status.QUEUED:
        lifecycle.hand_over(connection, lead, line, at=now, action=action_id)
    else:
        lifecycle.take_back(connection, lead, line, at=now, action=action_id, reason=to.value)


def get_action(connection: Connection, action_id: ActionId, *, lock: bool = False) -> Action | None:
    """The action as it stands. `lock` holds its row until the transaction ends (SQLite's write transaction already does)."""
    if lock:
        # Alone and first: PostgreSQL re-reads a locked row after waiting but not what it was joined to, so the loser of a race would find nothing.
        connection.execute(_LOCK_ONE, {"of": action_id})
    row = connection.execute(_SELECT_ONE, {"of": action_id}).one_or_none()
    return _action(row) if row else None


def list_actions(
    connection: Connection,
    *,
    statuses: Sequence[Status] = (),
    channel: Channel | None = None,
    kind: ActionKind | None = None,
    risk: Risk | None = None,
    lead: LeadId | None = None,
    after: Page | None = None,
    limit: int = PAGE,
) -> list[Action]:
    """Oldest first, by (created_at, id). Empty `statuses` means every status."""
    statement = _select().order_by(actions.c.created_at, actions.c.id).limit(limit)
    if statuses:
        statement = statement.where(actions.c.status.in_([status.value for status in statuses]))
    for column, value in ((actions.c.channel, channel), (actions.c.kind, kind), (actions.c.risk, risk), (actions.c.lead, lead)):
        if value is not None:
            statement = statement.where(column == str(value))
    if after is not None:
        older = and_(actions.c.created_at == after.created_at, actions.c.id > after.id)
        statement = statement.where(or_(actions.c.created_at > after.created_at, older))
    return [_action(row) for row in connection.execute(statement)]


def list_by_id(connection: Connection, ids: Collection[ActionId], *, lock: bool = False) -> list[Action]:
    """Those of these actions that exist, in the queue's order. `lock` holds their rows until the transaction ends, taken in order of id."""
    column = actions.c
    if lock:
        for _ in in_chunks(
            connection, lambda part: select(column.id).where(column.id.in_(part)).order_by(column.id).with_for_update(), ids
        ):
            pass
    rows = in_chunks(connection, lambda part: _select().where(column.id.in_(part)), ids)
    return [_action(row) for row in sorted(rows, key=lambda row: (row.place, row.id))]


def due_to_expire(connection: Connection, *, now: datetime, limit: int = 500) -> list[Action]:
    """Queued and approved actions whose time is over."""
    open_ = [Status.QUEUED.value, Status.APPROVED.value]
    statement = _select().where(actions.c.status.in_(open_), actions.c.expires_at <= now).order_by(actions.c.id).limit(limit)
    return [_action(row) for row in connection.execute(statement)]


def of_merged_leads(connection: Connection, ids: Collection[LeadId] | None = None) -> list[Action]:
    """Queued actions about a lead that lives on in another one; `ids`: of these leads alone."""
    merged = select(leads.c.id).where(leads.c.id == actions.c.lead, leads.c.merged_into.is_not(None)).exists()
    statement = _select().where(actions.c.status == Status.QUEUED.value, merged).order_by(actions.c.id)
    if ids is not None:
        statement = statement.where(actions.c.lead.in_(ids))
    return [_action(row) for row in connection.execute(statement)]


def lock_with_leads(connection: Connection, ids: Collection[ActionId]) -> None:
    """Take the row locks of these actions, then of the leads they are about, each in order of id: before several of them are moved at once."""
    row = actions.c
    for _ in in_chunks(connection, lambda part: select(row.id).where(row.id.in_(part)).order_by(row.id).with_for_update(), ids):
        pass
    about = in_chunks(connection, lambda part: select(row.lead).where(row.id.in_(part), row.lead.is_not(None)), ids)
    lifecycle.lock_leads(connection, {LeadId(one.lead) for one in about})


def hold_until(connection: Connection, action_id: ActionId) -> datetime | None:
    found: datetime | None = connection.scalar(select(actions.c.hold_until).where(actions.c.id == action_id))
    return found


def counts_of_run(connection: Connection, run: str) -> list[tuple[ActionKind, Verdict, int]]:
    """What a run proposed: (kind, verdict, how many)."""
    columns = (actions.c.kind, actions.c.verdict)
    rows = connection.execute(select(*columns, func.count()).where(actions.c.run == run).group_by(*columns).order_by(*columns))
    return [(ActionKind(kind), Verdict(verdict), count) for kind, verdict, count in rows]


# --- versions and decisions


def versions(connection: Connection, action_id: ActionId) -> tuple[Version, ...]:
    """Every version, the first one first."""
    rows = connection.execute(select(action_versions).where(action_versions.c.action == action_id).order_by(action_versions.c.version))
    return tuple(Version(**row._mapping) for row in rows)


def authors(connection: Connection, action_id: ActionId) -> frozenset[str]:
    """Everybody who wrote or edited any version: text of an earlier version lives on in the later ones."""
    return frozenset(connection.scalars(_AUTHORS, {"of": action_id}))


def insert_decision(connection: Connection, decision: Decision) -> bool:
    """False when this person has already decided this version."""
    row = decision.model_dump(mode="json", exclude={"at"}) | {"at": decision.at}
    return insert_once(connection, decisions, row)


def insert_decisions(connection: Connection, made: Sequence[Decision]) -> None:
    """Several at once, each by somebody who has not decided that version yet: the database refuses anything else."""
    connection.execute(insert(decisions), [one.model_dump(mode="json", exclude={"at"}) | {"at": one.at} for one in made])


def decisions_of(connection: Connection, action_id: ActionId) -> tuple[Decision, ...]:
    """Every decision on every version, in the order they were made."""
    return tuple(_decision(row) for row in connection.execute(_DECISIONS, {"of": action_id}))


def decisions_of_many(connection: Connection, ids: Collection[ActionId]) -> dict[ActionId, tuple[Decision, ...]]:
    """`decisions_of` each of these actions."""
    found: dict[ActionId, list[Decision]] = {id_: [] for id_ in ids}
    for row in in_chunks(connection, lambda part: select(decisions).where(decisions.c.action.in_(part)).order_by(decisions.c.id), ids):
        found[ActionId(row.action)].append(_decision(row))
    return {id_: tuple(made) for id_, made in found.items()}


def authors_of_many(connection: Connection, ids: Collection[ActionId]) -> dict[ActionId, frozenset[str]]:
    """`authors` of each of these actions."""
    column = action_versions.c
    found: dict[ActionId, set[str]] = {id_: set() for id_ in ids}
    for row in in_chunks(connection, lambda part: select(column.action, column.author).where(column.action.in_(part)), ids):
        found[ActionId(row.action)].add(row.author)
    return {id_: frozenset(names) for id_, names in found.items()}


def _decision(row: Row[Any]) -> Decision:
    return Decision(
        action=ActionId(row.action),
        version=row.version,
        content_hash=row.content_hash,
        verdict=DecisionVerdict(row.verdict),
        by=PersonId(row.by),
        role=row.role,
        reason=row.reason,
        at=row.at,
        on_behalf_of=PersonId(row.on_behalf_of) if row.on_behalf_of else None,
    )


# --- executions


def claim_execution(connection: Connection, execution: Execution) -> bool:
    """Write the row before the call. False when somebody already did: exactly one caller may act on a True."""
    row = execution.model_dump(exclude={"receipt"}) | {"status": execution.status.value, "receipt": None}
    return insert_once(connection, executions, row)


def finish_execution(
    connection: Connection,
    execution_id: str,
    *,
    from_: ExecutionStatus,
    to: ExecutionStatus,
    now: datetime,
    receipt: Receipt | None = None,
    error: str | None = None,
) -> bool:
    """Record the outcome, if the row is still in `from_`."""
    statement = update(executions).where(executions.c.id == execution_id, executions.c.status == from_.value)
    body = receipt.model_dump(mode="json") if receipt else None
    values = {"status": to.value, "finished_at": now, "receipt": body, "error": error}
    return connection.execute(statement.values(values)).rowcount == 1


def executions_of(connection: Connection, action_id: ActionId) -> tuple[Execution, ...]:
    """Every execution of every version, in the order they were claimed."""
    rows = connection.execute(select(executions).where(executions.c.action == action_id).order_by(executions.c.claimed_at, executions.c.id))
    return tuple(Execution(**row._mapping) for row in rows)


def _select() -> Select[Any]:
    version = action_versions.c
    body = (version.content, version.facts, version.states, version.evidence, version.why, version.findings)
    on = and_(version.action == actions.c.id, version.version == actions.c.version)
    return select(actions, *body).join(action_versions, on)


def _action(row: Row[Any]) -> Action:
    body = dict(row._mapping)
    for column in ("lead", "hold_until", *Shown._fields, "place"):
        del body[column]
    return Action(**body)


# Asked for every decision: building a statement costs more than running it.
_OF: BindParameter[str] = bindparam("of")
_LOCK_ONE = select(actions.c.id).where(actions.c.id == _OF).with_for_update()
_SELECT_ONE = _select().where(actions.c.id == _OF)
_AUTHORS = select(action_versions.c.author).where(action_versions.c.action == _OF)
_DECISIONS = select(decisions).where(decisions.c.action == _OF).order_by(decisions.c.id)

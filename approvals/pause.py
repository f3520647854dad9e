"""Pause: stop one channel, or everything (the kill switch). What was approved and meets a pause goes back to the queue, never out."""

from collections.abc import Sequence

from pydantic import AwareDatetime
from sqlalchemy import Connection, delete, select

from approvals.errors import NotDecidable
from approvals.reviewers import DESK_ROLES, role_of
from policies.records import Channel, Record
from tools.errors import Conflict
from tools.store.audit import Event
from tools.store.database import insert_once
from tools.store.tables import pauses
from tools.workspace import Workspace

ALL = "all"
REASON_MAX = 300
SCOPES = (ALL, *(channel.value for channel in Channel))
MAY_PAUSE = (*DESK_ROLES, "privacy_officer")


class Pause(Record):
    scope: str
    by: str
    reason: str
    at: AwareDatetime


def pause(ws: Workspace, scope: str, *, by: str, reason: str) -> Pause:
    """Stop `scope`: a channel, or "all". Raises Conflict when it is paused already, naming who did it."""
    _known(scope)
    role_of(ws.practice, by, MAY_PAUSE)
    if not reason.strip():
        raise NotDecidable(f"pausing {scope} needs a reason: say in a few words why")
    made = Pause(scope=scope, by=by, reason=ws.scrubber.scrub(reason.strip()[:REASON_MAX]).text, at=ws.clock())
    with ws.database.write() as connection:
        if not insert_once(connection, pauses, made.model_dump()):
            first = next(one for one in active(connection) if one.scope == scope)
            raise Conflict(f"{scope} is paused already, by {first.by} since {first.at:%Y-%m-%d %H:%M} UTC")
        ws.audit.append(connection, event=Event.CHANNEL_PAUSE, actor=by, subject=scope, detail={"reason": made.reason}, at=made.at)
    return made


def resume(ws: Workspace, scope: str, *, by: str) -> None:
    """Lift the pause of exactly `scope`. Raises Conflict when there is none."""
    _known(scope)
    role_of(ws.practice, by, MAY_PAUSE)
    with ws.database.write() as connection:
        if connection.execute(delete(pauses).where(pauses.c.scope == scope)).rowcount == 0:
            raise Conflict(f"{scope} is not paused: liaison pause lists what is")
        ws.audit.append(connection, event=Event.CHANNEL_RESUME, actor=by, subject=scope, at=ws.clock())


def active(connection: Connection) -> tuple[Pause, ...]:
    """Every pause in force, by scope."""
    return tuple(Pause(**row._mapping) for row in connection.execute(select(pauses).order_by(pauses.c.scope)))


def stopping(connection: Connection, channel: Channel) -> Pause | None:
    """The pause that stops `channel` now: its own or the kill switch."""
    scopes: Sequence[str] = (ALL, channel.value)
    return next((one for one in active(connection) if one.scope in scopes), None)


def _known(scope: str) -> None:
    if scope not in SCOPES:
        raise NotDecidable(f"{scope[:20]} cannot be paused: name one of {', '.join(SCOPES)}")

"""What a webhook may say: ids, event names, statuses, a version. The record is closed, so nothing about a person can stand in it.

Knows rows of the audit log and turns those that the outside may hear of into events; knows no endpoint and sends nothing.
"""

from enum import StrEnum
from typing import Literal, NamedTuple

from pydantic import AwareDatetime, Field

from approvals.inbox import HandoffStatus
from policies.actions import AuditEntry, Status
from policies.records import Record
from tools.store.audit import Event

Thing = Literal["action", "handoff", "task", "run", "channel", "evidence", "webhook"]
_ID = r"^[A-Za-z0-9][A-Za-z0-9:._~-]{0,63}$"


class Standing(StrEnum):
    """The statuses of what is neither an action nor a handoff."""

    RUNNING = "running"
    FAILED = "failed"
    DONE = "done"
    PAUSED = "paused"
    RESUMED = "resumed"
    VALID = "valid"
    REVOKED = "revoked"


class EventData(Record):
    """What it is about; everything else is asked for through the API, with a token's rights."""

    object: Thing
    id: str = Field(pattern=_ID)
    status: Status | HandoffStatus | Standing | None = None
    version: int | None = None


class WebhookEvent(Record):
    """One event. `id` is the `webhook-id` too and never changes; `sequence` grows with time, so a receiver can order what came late."""

    id: str = Field(pattern=_ID)
    type: str = Field(pattern=r"^[a-z_]{1,20}\.[a-z_]{1,20}$")
    timestamp: AwareDatetime
    sequence: int
    data: EventData


FIELDS = frozenset(("id", "type", "timestamp", "sequence", "data.object", "data.id", "data.status", "data.version"))
PING = "webhook.ping"


class _Told(NamedTuple):
    """How one audit event is told. `status` None: what the row itself says, if it is one of ours."""

    thing: Thing
    status: Status | HandoffStatus | Standing | None = None


_TOLD: dict[Event, _Told] = {
    Event.ACTION_QUEUE: _Told("action", Status.QUEUED),
    Event.ACTION_BLOCK: _Told("action", Status.BLOCKED),
    Event.ACTION_APPROVE: _Told("action"),
    Event.ACTION_REJECT: _Told("action", Status.REJECTED),
    Event.ACTION_EDIT: _Told("action"),
    Event.ACTION_REDRAFT: _Told("action"),
    Event.ACTION_UNDO: _Told("action"),
    Event.ACTION_EXPIRE: _Told("action", Status.EXPIRED),
    Event.ACTION_SUPERSEDE: _Told("action", Status.SUPERSEDED),
    Event.ACTION_HOLD: _Told("action"),
    Event.ACTION_REQUEUE: _Told("action"),
    Event.ACTION_CLAIM: _Told("action", Status.CLAIMED),
    Event.ACTION_DONE: _Told("action", Status.DONE),
    Event.ACTION_FAIL: _Told("action", Status.FAILED),
    Event.ACTION_UNKNOWN: _Told("action", Status.UNKNOWN),
    Event.ACTION_RESOLVE: _Told("action"),
    Event.HANDOFF_ACCEPT: _Told("handoff", HandoffStatus.ACCEPTED),
    Event.HANDOFF_REJECT: _Told("handoff", HandoffStatus.REJECTED),
    Event.HANDOFF_QUALIFY: _Told("handoff", HandoffStatus.SQL),
    Event.HANDOFF_ATTEMPT: _Told("handoff"),
    Event.HANDOFF_OUTCOME: _Told("handoff"),
    Event.TASK_DONE: _Told("task", Standing.DONE),
    Event.RUN_START: _Told("run", Standing.RUNNING),
    Event.RUN_FINISH: _Told("run", Standing.DONE),
    Event.RUN_FAIL: _Told("run", Standing.FAILED),
    Event.CHANNEL_PAUSE: _Told("channel", Standing.PAUSED),
    Event.CHANNEL_RESUME: _Told("channel", Standing.RESUMED),
    Event.EVIDENCE_ADD: _Told("evidence", Standing.VALID),
    Event.EVIDENCE_REVOKE: _Told("evidence", Standing.REVOKED),
}
NAMES: dict[str, Event] = {event.replace(":", "."): event for event in _TOLD}
"""The events a webhook can be told of, by the name it subscribes to: "action.approve"."""


def event_of(row: AuditEntry) -> WebhookEvent | None:
    """The event this row is told as; None when the outside does not hear of it. The same row always gives the same event."""
    told = _TOLD.get(Event(row.event)) if row.event in set(Event) else None
    if told is None:
        return None
    about = str(row.detail.get("execution", row.subject)) if told.thing in ("handoff", "task") else row.subject
    version = row.detail.get("version")
    data = EventData(
        object=told.thing, id=about, status=told.status or _status(row, told.thing), version=version if isinstance(version, int) else None
    )
    name = row.event.replace(":", ".")
    return WebhookEvent(id=f"evt_{row.seq}_{row.hash[:12]}", type=name, timestamp=row.at, sequence=row.seq, data=data)


def ping(identity: str, endpoint: str, *, at: AwareDatetime, sequence: int) -> WebhookEvent:
    """An event that says only that the endpoint works."""
    return WebhookEvent(id=identity, type=PING, timestamp=at, sequence=sequence, data=EventData(object="webhook", id=endpoint))


def _status(row: AuditEntry, thing: Thing) -> Status | HandoffStatus | None:
    if row.event == Event.ACTION_APPROVE:
        return Status.APPROVED if row.detail.get("complete") else Status.QUEUED
    said = row.detail.get("status", row.detail.get("outcome", row.detail.get("stage")))
    if thing == "action":
        return Status(said) if said in set(Status) else None
    return HandoffStatus(said) if said in set(HandoffStatus) else None

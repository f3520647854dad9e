"""What people do about records that could not be read: have them tried again, or give them up with a reason. Opens no payload."""

from approvals.errors import NotDecidable
from approvals.reviewers import role_of
from tools.errors import Conflict
from tools.store import letters
from tools.store.audit import Event
from tools.store.jobs import enqueue_job
from tools.workspace import Workspace

MAY_MEND = ("marketing", "admin", "compliance", "privacy_officer")
REASON_MAX = 300


def ask_replay(ws: Workspace, group_id: str, *, by: str) -> None:
    """Ask the worker to read a group of dead letters again. Raises NotFound when nothing of it waits, Conflict when it is asked for already."""
    role_of(ws.practice, by, MAY_MEND)
    now = ws.clock()
    with ws.database.write() as connection:
        group = letters.get_group(connection, group_id)
        if not enqueue_job(connection, kind="replay", subject=group_id, now=now, payload={"channel": group.channel, "by": by}):
            raise Conflict("these records are about to be tried again already: reload the page")
        detail = {"channel": group.channel, "letters": group.count, "asked": True}
        ws.audit.append(connection, event=Event.DEAD_LETTER_REPLAY, actor=by, subject=group_id, detail=detail, at=now)


def discard(ws: Workspace, group_id: str, *, by: str, reason: str) -> int:
    """Give a group of dead letters up: they are tried no more, and their payloads are deleted when their time is over. How many there were."""
    role_of(ws.practice, by, MAY_MEND)
    if not reason.strip():
        raise NotDecidable("giving records up needs a reason: say in a few words why nobody misses them")
    told = ws.scrubber.scrub(reason.strip()[:REASON_MAX]).text
    with ws.database.write() as connection:
        group = letters.get_group(connection, group_id)
        count = letters.close_group(connection, group, status="discarded")
        detail = {"channel": group.channel, "letters": count, "reason": told}
        ws.audit.append(connection, event=Event.DEAD_LETTER_DISCARD, actor=by, subject=group_id, detail=detail, at=ws.clock())
    return count

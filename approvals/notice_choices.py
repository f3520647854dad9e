"""What one person does with their notices: read them, and choose what they are told, by what and when. Who is told what is in `notices.py`."""

from approvals.errors import NotAllowed, NotDecidable
from approvals.reviewers import role_of
from policies.notice_times import WEEK, Preferences, offered
from tools.practice import Practice
from tools.store import notices as store
from tools.store.audit import Event
from tools.store.notices import Told
from tools.workspace import Workspace

MAY_RETRY = ("admin",)


def mark_one(ws: Workspace, notice: int, *, by: str) -> Told | None:
    """One notice of this person is read; None when it is not theirs."""
    with ws.database.write() as connection:
        store.mark_read(connection, by, at=ws.clock(), id_=notice)
        return store.one_of(connection, by, notice)


def mark_all(ws: Workspace, *, by: str, up_to: int) -> int:
    """Everything up to notice `up_to` (what was shown) is read; what came meanwhile stays unread. How many were unread."""
    with ws.database.write() as connection:
        return store.mark_read(connection, by, at=ws.clock(), up_to=up_to)


def choose(ws: Workspace, wanted: Preferences, *, by: str) -> Preferences:
    """From now on this person is told so. Raises NotAllowed, NotDecidable for a choice that could never be kept."""
    person = ws.practice.person(by)
    if person is None:
        raise NotAllowed(f"{by} is not one of the people in practice.yaml: add the person there first")
    if beyond := sorted(set(wanted.choices) - set(offered(person.roles))):
        raise NotDecidable(f"{', '.join(beyond)} never concerns somebody of these roles ({', '.join(person.roles)}): leave it out")
    if not set(wanted.weekdays) <= set(range(WEEK)):
        raise NotDecidable("The days of the digest are 0 (Monday) to 6 (Sunday).")
    if wanted.timezone and wanted.timezone not in zones(ws.practice):
        raise NotDecidable("Choose a time zone of the list.")
    detail = {kind.value: choice.mode.value for kind, choice in wanted.choices.items()}
    with ws.database.write() as connection:
        store.save_preferences(connection, by, wanted, at=ws.clock())
        ws.audit.append(connection, event=Event.NOTICE_PREFER, actor=by, subject=by, detail=detail, at=ws.clock())
    return wanted


def zones(practice: Practice) -> tuple[str, ...]:
    """The time zones of the practice and its locations: by one of them a digest may come."""
    return tuple(dict.fromkeys((practice.timezone, *(place.timezone for place in practice.locations))))


def retry(ws: Workspace, *, by: str) -> int:
    """What could not be delivered, once more, after the cause was mended; how many."""
    role_of(ws.practice, by, MAY_RETRY)
    with ws.database.write() as connection:
        return store.revive(connection, now=ws.clock())

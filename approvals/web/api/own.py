"""What is a person's own: notices and how they are told, and saved views of the queue."""

from datetime import time
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Path, Query
from pydantic import Field

from approvals import notice_choices, saved_views
from approvals.errors import NotAllowed
from approvals.notices import preferences, reachable
from approvals.web import notice_words
from approvals.web.api.access import Administrator, Caller, Owner, QueueReader
from approvals.web.api.actions import Narrowed
from approvals.web.api.common import PLAIN, SAID, Page, Query_, cursor_of, number_of, router
from approvals.web.api.desk_schemas import (
    NoticeAnswer,
    NoticePage,
    NoticePreferences,
    NoticesRead,
    NoticesRetried,
    SavedView,
    SavedViews,
)
from approvals.web.api.problems import documented
from approvals.web.filters import decider_of, filters_of, query_of
from policies.notice_times import WEEK, Choice, Medium, Mode, Preferences, offered
from policies.notices import NoticeKind
from policies.records import Record
from tools.errors import NotFound
from tools.practice import Person
from tools.store import notices as store
from tools.store import views as view_store
from tools.store.notices import Told
from tools.store.views import NAME_MAX, View

notices = router("notices")
views = router("queue")

NoticePath = Annotated[int, Path(ge=1, le=2**53, description="The notice's number")]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Hours and minutes", examples=["08:00"])]
ViewName = Annotated[str, Field(min_length=1, max_length=NAME_MAX, pattern=SAID, examples=["Replies in Texas"])]
Weekday = Annotated[int, Field(ge=0, lt=WEEK, strict=True)]


class Shown(Record):
    up_to: Annotated[int, Field(ge=1, le=2**53, strict=True, description="The newest notice you have seen; later ones stay unread")]


class ChoiceMade(Record):
    mode: Mode
    media: Annotated[tuple[Medium, ...], Field(max_length=len(Medium))] = ()


class Wishes(Record):
    """All of it: a kind that is left out is told in the desk only."""

    choices: dict[NoticeKind, ChoiceMade]
    digest_at: Clock
    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=WEEK, description="Monday = 0: the days a digest comes")]
    timezone: Annotated[str | None, Field(max_length=64, pattern=PLAIN, description="null: the practice's")] = None
    quiet_from: Clock
    quiet_to: Clock


class NewView(Narrowed):
    """The filters of `/queue` under a name."""

    name: ViewName
    mine: Annotated[bool, Field(strict=True, description="Only what its reader can still approve")] = False
    is_shared: Annotated[bool, Field(strict=True, description="Everybody sees it")] = False


class ViewQuery(Query_):
    name: ViewName


@notices.get("/notices", operation_id="listNotices", summary="What you were told, newest first")
def list_notices(me: Owner, page: Page) -> NoticePage:
    """Reading marks nothing."""
    with me.workspace.database.read() as connection:
        before = number_of("notices", page.cursor)
        found = store.page_of(connection, me.username, before=before, limit=page.limit + 1)
        unread = store.unread_count(connection, me.username)
    listed = found[: page.limit]
    more = cursor_of("notices", listed[-1].id) if len(found) > page.limit else None
    return NoticePage(items=tuple(_notice(me, told) for told in listed), next=more, unread=unread)


@notices.post("/notices/read", operation_id="readNotices", summary="You read all you were shown")
def read_all(me: Owner, body: Shown) -> NoticesRead:
    marked = notice_choices.mark_all(me.workspace, by=me.username, up_to=body.up_to)
    with me.workspace.database.read() as connection:
        return NoticesRead(marked=marked, unread=store.unread_count(connection, me.username))


@notices.post("/notices/retry", operation_id="retryNotices", summary="Try again what could not be delivered", status_code=202)
def retry(me: Administrator) -> NoticesRetried:
    """Everybody's, once the mail relay or Slack works again."""
    return NoticesRetried(deliveries=notice_choices.retry(me.workspace, by=me.username))


@notices.post("/notices/{notice}/read", operation_id="readNotice", summary="You read one", responses=documented(404))
def read_one(me: Owner, notice: NoticePath) -> NoticeAnswer:
    found = notice_choices.mark_one(me.workspace, notice, by=me.username)
    if found is None:
        raise NotFound(f"there is no notice {notice} of yours: the list of notices has the numbers")
    return _notice(me, found)


@notices.get("/notices/preferences", operation_id="getNoticePreferences", summary="How you are told")
def get_preferences(me: Owner) -> NoticePreferences:
    with me.workspace.database.read() as connection:
        return _preferences(me, preferences(me.workspace, connection, _person(me)))


@notices.put("/notices/preferences", operation_id="setNoticePreferences", summary="Say how you want to be told")
def set_preferences(me: Owner, body: Wishes) -> NoticePreferences:
    wanted = Preferences(
        choices={kind: Choice(mode=one.mode, media=tuple(dict.fromkeys(one.media))) for kind, one in body.choices.items()},
        weekdays=tuple(sorted(set(body.weekdays))),
        timezone=body.timezone or None,
        **{name: time.fromisoformat(getattr(body, name)) for name in ("digest_at", "quiet_from", "quiet_to")},
    )
    return _preferences(me, notice_choices.choose(me.workspace, wanted, by=me.username))


@views.get("/queue/views", operation_id="listViews", summary="Your saved views of the queue, and those that others share")
def list_views(me: QueueReader) -> SavedViews:
    with me.workspace.database.read() as connection:
        return SavedViews(items=tuple(_view(me, one) for one in view_store.views_of(connection, me.username)))


@views.post("/queue/views", operation_id="saveView", summary="Keep filters of the queue under a name", status_code=201)
def save_view(me: Owner, body: NewView) -> SavedView:
    """409 when you have one of that name."""
    query = query_of(body.filters(me))
    return _view(me, saved_views.save(me.workspace, body.name, query, by=me.username, is_shared=body.is_shared))


@views.delete("/queue/views", operation_id="removeView", summary="Forget one of your views", status_code=204, responses=documented(404))
def remove_view(me: Owner, query: Annotated[ViewQuery, Query()]) -> None:
    saved_views.remove(me.workspace, query.name, by=me.username)


def _notice(me: Caller, told: Told) -> NoticeAnswer:
    line = notice_words.line(me.workspace.practice, told)
    return NoticeAnswer.model_validate(
        {
            **{name: getattr(told, name) for name in ("id", "instead_of", "at", "read_at")},
            **{name: getattr(line.said, name) for name in ("subject", "sentence", "path")},
            "kind": told.notice.kind,
            "items": [{"action": action, "words": said} for action, said in line.items],
        }
    )


def _preferences(me: Caller, wanted: Preferences) -> NoticePreferences:
    return NoticePreferences.model_validate(
        {
            **dict(wanted),
            "choices": {kind: wanted.choice(kind) for kind in offered(me.bearer.roles)},
            **{name: getattr(wanted, name).strftime("%H:%M") for name in ("digest_at", "quiet_from", "quiet_to")},
            "offered": offered(me.bearer.roles),
            "timezones": notice_choices.zones(me.workspace.practice),
            "reachable": reachable(me.workspace, _person(me)),
        }
    )


def _view(me: Caller, view: View) -> SavedView:
    """A view with its address read as the page reads it: `mine` is about whoever looks."""
    asked = filters_of(dict(parse_qsl(urlsplit(view.query).query)), decider_of(me.workspace, me.session))
    found = {name: getattr(asked, name) for name in ("shelf", "channel", "kind", "risk")}
    return SavedView.model_validate({**view.model_dump(), **found, "q": asked.search, "mine": asked.mine is not None})


def _person(me: Caller) -> Person:
    person = me.workspace.practice.person(me.username)
    if person is None:  # left practice.yaml since the token was read
        raise NotAllowed(f"{me.username} is not one of the people in practice.yaml: add the person there first")
    return person

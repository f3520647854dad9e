"""Pictures as numbers, the weekly brief, and referring practices: what came of the work. Reads only."""

from enum import IntEnum
from typing import Annotated

from fastapi import Path, Query, Request
from pydantic import Field

from approvals.web import accounts
from approvals.web.accounts import Account, Contact
from approvals.web.api.access import LeadReader, QueueReader
from approvals.web.api.common import Identifier, Paged, PracticePath, Query_, cursor_of, offset_of, router
from approvals.web.api.insight_schemas import (
    BriefAnswer,
    LineInBrief,
    PictureAnswer,
    PictureData,
    PictureFilters,
    Pictures,
    PracticeAnswer,
    PracticeContact,
    PracticeDetail,
    PracticePage,
)
from approvals.web.api.problems import Problem, documented
from approvals.web.desk import desk_of
from approvals.web.reports import brief_of, known, report_of, weeks
from policies.records import LeadId, Track
from tools.brief import week_name
from tools.errors import NotFound
from tools.practice import Practice
from tools.reports.catalogue import PICTURES, Picture
from tools.reports.report import Filters

pictures = router("pictures")
brief = router("brief")
practices = router("practices")

PicturePath = Annotated[str, Path(pattern=r"^[a-z][a-z-]{0,31}$", description="The picture's key", examples=["funnel"])]


class Period(IntEnum):
    """How far a picture may look back, in days: the `PERIODS` of the reports."""

    MONTH = 30
    QUARTER = 90
    YEAR = 365


class PictureQuery(Query_):
    track: Track | None = None
    line: Annotated[Identifier | None, Field(description="A service line's key")] = None
    location: Annotated[Identifier | None, Field(description="A location's key")] = None
    days: Annotated[Period, Field(description="Looks back so many days")] = Period(Filters().days)


class BriefQuery(Query_):
    week: Annotated[str | None, Field(pattern=r"^[0-9]{4}-W[0-9]{2}$", description="An ISO week; left out: this one so far")] = None


class PracticeQuery(Paged):
    model: Annotated[Identifier | None, Field(description="A referral model in force; left out: the first")] = None


@pictures.get("/pictures", operation_id="listPictures", summary="Every picture there is")
def list_pictures(me: LeadReader) -> Pictures:
    return Pictures(items=tuple(PictureAnswer(**_about(one)) for one in PICTURES))


@pictures.get("/pictures/{picture_key}", operation_id="getPicture", summary="The numbers of one picture", responses=documented(404))
def get_picture(me: LeadReader, picture_key: PicturePath, query: Annotated[PictureQuery, Query()], request: Request) -> PictureData:
    one, asked = known(picture_key), _filters(query, me.workspace.practice)
    report = report_of(desk_of(request), one, asked)
    table = report.table()
    return PictureData(
        **_about(one),
        asked=PictureFilters.model_validate(one.only(asked)._asdict()),
        at=me.workspace.clock(),
        is_empty=report.is_empty(),
        takeaway=report.takeaway(),
        head=table.head,
        rows=table.rows,
    )


@brief.get("/brief", operation_id="getBrief", summary="The week: what changed, why, what waits, money and risk", responses=documented(404))
def get_brief(me: QueueReader, query: Annotated[BriefQuery, Query()], request: Request) -> BriefAnswer:
    """404 for a week that lies ahead, or is none."""
    week = weeks(me.workspace, query.week or "")
    if week is None:
        raise NotFound("there is no brief of that week: it lies ahead, or the year has no such week")
    written = brief_of(desk_of(request), week)
    lines = tuple(LineInBrief.model_validate(one) for one in written.lines)
    return BriefAnswer.model_validate({**dict(written), "week": week_name(week[0]), "lines": lines})


@practices.get("/practices", operation_id="listPractices", summary="Referring practices, the highest total first")
def list_practices(me: LeadReader, query: Annotated[PracticeQuery, Query()]) -> PracticePage:
    first = offset_of("practices", query.cursor)
    with me.workspace.database.read() as connection:
        found = accounts.listed(me.workspace, connection, query.model or "", start=first, limit=query.limit)
    if query.model is not None and found.model != query.model:
        raise Problem(
            "invalid", f"query model: no referral model of that name is in force; name one of {', '.join(found.models) or 'none'}"
        )
    more = cursor_of("practices", first + query.limit) if found.more else None
    return PracticePage(model=found.model, items=tuple(_account(one) for one in found.rows), next=more)


@practices.get("/practices/{lead}", operation_id="getPractice", summary="The practice of one contact", responses=documented(404))
def get_practice(me: LeadReader, lead: PracticePath) -> PracticeDetail:
    with me.workspace.database.read() as connection:
        found = accounts.practice_of(me.workspace, connection, LeadId(lead))
    handoffs = tuple(one.execution for one in found.past)
    return PracticeDetail(lead=found.key, standings=tuple(_account(one) for one in found.accounts), handoffs=handoffs)


def _about(one: Picture) -> dict[str, object]:
    return {**{name: getattr(one, name) for name in ("key", "title", "group", "meaning", "fills")}, "filters": tuple(sorted(one.filters))}


def _filters(query: PictureQuery, practice: Practice) -> Filters:
    """Raises Problem for a line or location the practice has not."""
    for name, there in (("line", practice.service_lines), ("location", practice.locations)):
        if getattr(query, name) not in (None, *(one.key for one in there)):
            raise Problem("invalid", f"query {name}: it is none of the practice's; leave it out, or name one of practice.yaml")
    return Filters(track=query.track, line=query.line, location=query.location, days=int(query.days))


def _account(one: Account) -> PracticeAnswer:
    group = one.group
    return PracticeAnswer(
        lead=one.key,
        model=group.model.name,
        fit=group.fit,
        intent=group.intent,
        total=group.total,
        open_count=one.open_count,
        next_step=one.next_step,
        contacts=tuple(_contact(contact) for contact in one.contacts),
    )


def _contact(one: Contact) -> PracticeContact:
    handoff = one.handoff
    return PracticeContact(
        **one.member._asdict(),
        telling=one.telling,
        execution=handoff.execution if handoff else None,
        status=handoff.status if handoff else None,
        owner=handoff.by if handoff else None,
        next_step=one.next_step,
    )

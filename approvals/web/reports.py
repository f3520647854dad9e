"""The numbers behind the pictures, the brief and a lead's curve: the pages draw them, the API gives them as they are. Reads only.

What is dear is computed once a minute per question: a page, its picture, its table and a program ask for the same numbers within seconds.
"""

from datetime import datetime

from approvals.web.desk import Desk
from policies.records import LeadId
from tools.brief import Brief, week_name, week_named, week_of, weekly_brief
from tools.errors import NotFound
from tools.reports.catalogue import Picture, picture
from tools.reports.report import Asked, Filters, Report
from tools.reports.timeline import Timeline, timeline_of
from tools.store.explain import Explained, explain
from tools.store.models import models_in_force
from tools.workspace import Workspace


def known(key: str) -> Picture:
    """The picture of this name. Raises NotFound."""
    found = picture(key)
    if found is None:
        raise NotFound("there is no picture of that name: the page Pictures shows them all")
    return found


def report_of(desk: Desk, one: Picture, asked: Filters) -> Report:
    """The numbers of a picture under those of the filters that it takes."""
    ws, wanted = desk.workspace, one.only(asked)
    return desk.recent.get((one.key, wanted, minute(ws)), lambda: _read(ws, one, wanted))


def weeks(ws: Workspace, name: str = "") -> tuple[datetime, datetime] | None:
    """The week called "2026-W40", or this one; None for a name that is no week or lies ahead."""
    this = week_of(ws.clock(), ws.practice.timezone)
    found = week_named(name, ws.practice.timezone) if name else this
    return found if found and found[0] <= this[0] else None


def brief_of(desk: Desk, week: tuple[datetime, datetime]) -> Brief:
    """The brief of a week, as far as it has gone."""
    ws, (since, end) = desk.workspace, week
    return desk.recent.get(("brief", minute(ws), week_name(since)), lambda: weekly_brief(ws, since, min(end, ws.clock())))


def curve_of(ws: Workspace, lead: LeadId, name: str) -> tuple[Explained, Timeline]:
    """The lead's curve under the model of this name, "" = where it stands highest. Raises NotFound when it has no score there."""
    at = ws.clock()
    with ws.database.read() as connection:
        found = explain(connection, models_in_force(connection, ws.practice, ws.directory), lead, at=at)
    one = next((one for one in found if name in ("", one.model.name)), None)
    if one is None:
        raise NotFound("the lead has no score under that model: its page shows those it has")
    return one, timeline_of(one, line=ws.practice.line(one.score.service_line).name, at=at)


def minute(ws: Workspace) -> str:
    return f"{ws.clock():%Y%m%d%H%M}"


def _read(ws: Workspace, one: Picture, wanted: Filters) -> Report:
    with ws.database.read() as connection:
        models = models_in_force(connection, ws.practice, ws.directory)
        return one.read(Asked(connection, ws.practice, models, wanted, ws.clock()))

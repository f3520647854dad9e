"""Pictures: what came of the work, each as an image with its sentence and its table, to read, to filter and to take away. Reads only."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from approvals.web.reports import known, minute, report_of
from policies.records import Track
from tools.charts.start import renderer
from tools.practice import Practice
from tools.reports.catalogue import GROUPS, PICTURES
from tools.reports.report import PERIODS, TRACK_WORDS, Cell, Filters, Report, csv_of

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/pictures"))]

IMAGE_HEADERS = {
    # An SVG opened by itself is a document of its own: it may style itself and nothing else.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'",
    "Cache-Control": "private, max-age=60",
}


class Choice(NamedTuple):
    """One filter as the form shows it: the field, its label, and (value, words) of what may be chosen."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    chosen: str


@router.get("/pictures")
def show(request: Request, me: Reader) -> Response:
    desk = desk_of(request)
    asked = filters_of(request.query_params, desk.workspace.practice)
    told = [(one, query_of(one.only(asked))) for one in PICTURES]
    return desk.page(
        request,
        "pictures.html",
        me=me,
        groups=[(name, [part for part in told if part[0].group == name]) for name in GROUPS],
        choices=choices(desk.workspace.practice, asked, frozenset(Filters._fields)),
        query=query_of(asked),
    )


@router.get("/pictures/{picture_key}/card")
def card(request: Request, picture_key: str, me: Reader) -> Response:
    """A small version with its sentence, for the gallery: computed when it comes into view, so that a slow one holds up no other."""
    desk, one = desk_of(request), known(picture_key)
    asked = filters_of(request.query_params, desk.workspace.practice)
    report = report_of(desk_of(request), one, asked)
    return desk.page(request, "picture_card.html", me=me, picture=one, report=report, tail=query_of(one.only(asked)))


@router.get("/pictures/{picture_key}.svg")
def svg(request: Request, picture_key: str, me: Reader) -> Response:
    return _image(request, picture_key, "svg")


@router.get("/pictures/{picture_key}.png")
def png(request: Request, picture_key: str, me: Reader) -> Response:
    return _image(request, picture_key, "png")


@router.get("/pictures/{picture_key}.csv")
def csv(request: Request, picture_key: str, me: Reader) -> Response:
    one = known(picture_key)
    report = report_of(desk_of(request), one, filters_of(request.query_params, desk_of(request).workspace.practice))
    return csv_response(report, one.key)


@router.get("/pictures/{picture_key}")
def show_one(request: Request, picture_key: str, me: Reader) -> Response:
    desk, one = desk_of(request), known(picture_key)
    asked = filters_of(request.query_params, desk.workspace.practice)
    place = PICTURES.index(one)
    return desk.page(
        request,
        "picture.html",
        me=me,
        picture=one,
        report=report_of(desk_of(request), one, asked),
        choices=choices(desk.workspace.practice, asked, one.filters),
        query=query_of(one.only(asked)),
        back=query_of(asked),
        earlier=PICTURES[place - 1] if place else None,
        later=PICTURES[place + 1] if place + 1 < len(PICTURES) else None,
        cell=cell_words,
        is_number=is_number,
    )


def _image(request: Request, picture_key: str, form: str) -> Response:
    one = known(picture_key)
    ws = desk_of(request).workspace
    asked = filters_of(request.query_params, ws.practice)
    report = report_of(desk_of(request), one, asked)
    return image_response(request, one.key, report, form, (one.key, one.only(asked), minute(ws)))


def image_response(request: Request, key: str, report: Report, form: str, kept_as: tuple[object, ...]) -> Response:
    """`report` drawn as picture `key` in the theme and size the address asks for."""
    theme, narrow = request.query_params.get("theme", "light"), request.query_params.get("size") == "narrow"
    draw = renderer(desk_of(request).workspace.settings.home)
    style = draw.style_of(theme, narrow=narrow)
    make = draw.svg_of if form == "svg" else draw.png_of
    body: bytes = desk_of(request).recent.get((*kept_as, form, style.theme.name, narrow), lambda: make(key, report, style))
    headers = dict(IMAGE_HEADERS)
    if form == "png":
        headers["Content-Disposition"] = f'attachment; filename="{key}.png"'
    return Response(body, media_type="image/svg+xml" if form == "svg" else "image/png", headers=headers)


def csv_response(report: Report, name: str) -> Response:
    """The table for a spreadsheet program, which takes UTF-8 for such only after a byte order mark."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(csv_of(report.table()).encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def filters_of(query: Mapping[str, str], practice: Practice) -> Filters:
    """What an address asks for; a value that is none of ours is left out, never an error."""
    lines, places = {one.key for one in practice.service_lines}, {one.key for one in practice.locations}
    track, line, location, days = (query.get(name, "") for name in ("track", "line", "location", "days"))
    return Filters(
        track=Track(track) if track in set(Track) else None,
        line=line if line in lines else None,
        location=location if location in places else None,
        days=int(days) if days in {str(one) for one in PERIODS} else Filters().days,
    )


def query_of(asked: Filters) -> str:
    """The tail of an address, with its question mark; empty when nothing differs from the plain page."""
    plain = Filters()
    pairs = [(name, str(value)) for name, value in asked._asdict().items() if value != getattr(plain, name)]
    return f"?{urlencode(pairs)}" if pairs else ""


def choices(practice: Practice, asked: Filters, taken: frozenset[str]) -> list[Choice]:
    """The filters a picture takes, as fields of a form."""
    every = [
        Choice("track", "Track", (("", "Both"), *((track.value, TRACK_WORDS[track]) for track in Track)), asked.track or ""),
        Choice("line", "Service line", (("", "All"), *((one.key, one.name) for one in practice.service_lines)), asked.line or ""),
        Choice("location", "Location", (("", "All"), *((one.key, one.name) for one in practice.locations)), asked.location or ""),
        Choice("days", "Period", tuple((str(days), f"{days} days") for days in PERIODS), str(asked.days)),
    ]
    return [one for one in every if one.name in taken]


def cell_words(head: str, cell: Cell) -> str:
    """A cell as the page shows it."""
    if cell is None:
        return "–"
    if isinstance(cell, str):
        return cell
    if head.endswith("%"):
        return f"{cell:.0f} %" if float(cell).is_integer() or cell >= 10 else f"{cell:.1f} %"
    return f"{cell:,}" if isinstance(cell, int) else f"{cell:,.2f}".rstrip("0").rstrip(".")


def is_number(cell: Cell) -> bool:
    return cell is None or not isinstance(cell, str)

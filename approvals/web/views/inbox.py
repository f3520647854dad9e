"""The sales inbox as a work list: whose time runs out next, narrowed by the address; and "take the most urgent"."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import inbox
from approvals.identity import Session
from approvals.inbox import Handoff, HandoffStatus
from approvals.response import OPEN
from approvals.web.desk import desk_of, may_open, posted, see_other
from approvals.web.standing import place_of, shown
from approvals.web.told import told_of
from policies.records import Track
from tools.practice import Practice
from tools.store.inbox_list import COUNTED, LEAD_MARKS, Sought, inbox_page, overdue_count, stage_counts
from tools.workspace import Workspace

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/inbox"))]
Form = Annotated[dict[str, str], Depends(posted)]
NARROWING = ("line", "location", "track", "mine", "overdue", "lead")
WORK = "open"
"""The tab of everything that waits for sales to act."""


@router.get("/inbox")
def show(request: Request, me: Reader, after: str = "") -> Response:
    desk = desk_of(request)
    ws, query = desk.workspace, request.query_params
    state, asked = _state(query), _asked(query, ws.practice)
    sought = sought_of(asked, ws, me, state=state)
    with ws.database.read() as connection:
        listing = inbox_page(connection, sought, after=after)
        rows = shown(ws, connection, [Handoff(**row._mapping) for row in listing.rows])
        counts = stage_counts(connection, HandoffStatus)
        overdue = overdue_count(connection, at=ws.clock())
    return desk.page(
        request,
        "inbox.html",
        me=me,
        rows=rows,
        state=state,
        work=WORK,
        asked=asked,
        counts=counts | {WORK: sum(counts.get(status, 0) for status in OPEN)},
        overdue=overdue,
        said=said_count,
        after=after,
        next_page=address(asked, state, after=listing.after) if listing.after else "",
        address=address,
        place_of=lambda row: place_of(ws.practice, row),
        lines=ws.practice.service_lines,
        locations=ws.practice.locations,
        is_sales=me.has(*inbox.SALES),
        told=told_of(request),
    )


@router.post("/inbox/take")
def take(request: Request, me: Reader, form: Form) -> Response:
    """Accept the most urgent new lead of the list the button stood on."""
    ws = desk_of(request).workspace
    sought = sought_of(_asked(form, ws.practice), ws, me, state=HandoffStatus.NEW)
    taken = inbox.take_next(ws, by=me.username, sought=sought)
    return see_other(f"/inbox/{taken.execution}?told=accepted")


def said_count(count: int) -> str:
    """ "37", "1,000+" where counting stopped."""
    return f"{COUNTED:,}+" if count >= COUNTED else f"{count}"


def sought_of(asked: Mapping[str, str], ws: Workspace, me: Session, *, state: str) -> Sought:
    """What the store is asked for: `asked` are filters of `_asked`."""
    return Sought(
        statuses=tuple(status.value for status in OPEN) if state == WORK else (state,),
        track=asked.get("track"),
        line=asked.get("line"),
        location=asked.get("location"),
        owner=me.username if "mine" in asked else None,
        overdue_at=ws.clock() if "overdue" in asked else None,
        lead=asked.get("lead", ""),
    )


def address(asked: Mapping[str, str], state: str, **more: str) -> str:
    """The address of a list: filters, tab and page; nothing is written that is the default."""
    pairs = [*(((("state", state),)) if state != WORK else ()), *asked.items(), *more.items()]
    return f"/inbox?{urlencode(pairs)}" if pairs else "/inbox"


def _state(query: Mapping[str, str]) -> str:
    state = query.get("state", WORK)
    return state if state in set(HandoffStatus) else WORK


def _asked(query: Mapping[str, str], practice: Practice) -> dict[str, str]:
    """The filters of an address or form that are ours; any other value is left out, never an error."""
    known: dict[str, set[str]] = {
        "line": {line.key for line in practice.service_lines},
        "location": {place.key for place in practice.locations},
        "track": {track.value for track in Track},
        "mine": {"1"},
        "overdue": {"1"},
    }
    found = {name: query[name] for name in NARROWING if name in known and query.get(name) in known[name]}
    lead = query.get("lead", "").strip().removeprefix("l-").removeprefix("L-").lower()
    return found | ({"lead": f"L-{lead}"} if lead and set(lead) <= LEAD_MARKS and len(lead) <= 30 else {})

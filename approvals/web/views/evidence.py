"""Evidence: the register of proofs that clear findings, the form that records one, and the button that revokes it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy import Connection

from approvals import evidence
from approvals.errors import NotDecidable
from approvals.evidence import State
from approvals.identity import Session
from approvals.web.desk import desk_of, may_open, posted, see_other
from approvals.web.told import told_of
from approvals.web.upload import Sent, posted_with_document
from policies.actions import EvidenceRecord
from policies.records import ActionId
from policies.rules import browse
from policies.rules.evidence import may_record
from tools.practice import Practice
from tools.store import actions as store
from tools.store.evidence import PRACTICE, list_evidence
from tools.workspace import Workspace

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/evidence"))]
PAGE = 50
FIELDS = ("key", "subject", "state", "expires")


class Row(NamedTuple):
    """One record with what it means today. `about` is its subject in words, `rules` the ids of the rules its key clears."""

    record: EvidenceRecord
    state: State
    about: str
    rules: tuple[str, ...]
    may_revoke: bool


@router.get("/evidence")
def show(request: Request, me: Reader, state: str = "valid", page: Annotated[int, Query(ge=1, le=1_000_000)] = 1) -> Response:
    """`key` and `subject` of the address fill in the form: a finding links here with its own."""
    return _page(request, me, request.query_params, state=state, number=page)


@router.post("/evidence")
def record(request: Request, me: Reader, sent: Annotated[Sent, Depends(posted_with_document)]) -> Response:
    workspace = desk_of(request).workspace
    values = {name: sent.fields.get(name, "").strip() for name in FIELDS}
    try:
        made, _ = evidence.record(
            workspace,
            values["key"],
            subject=values["subject"],
            document_hash=sent.document_hash,
            by=me.username,
            scope={"state": values["state"]} if values["state"] else {},
            expires_at=_end_of(values["expires"], workspace.practice),
        )
    except NotDecidable as error:
        return _page(request, me, values, error=str(error))
    return see_other(f"/evidence?told=recorded:{made.subject}" if made.subject.startswith("A-") else "/evidence?told=recorded")


@router.post("/evidence/{evidence_id}/revoke")
def revoke(request: Request, evidence_id: str, me: Reader, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    evidence.revoke(desk_of(request).workspace, evidence_id, by=me.username)
    return see_other("/evidence?told=revoked&state=revoked")


def _page(
    request: Request, me: Session, given: Mapping[str, str], *, state: str = State.VALID, number: int = 1, error: str = ""
) -> Response:
    desk = desk_of(request)
    workspace = desk.workspace
    keys, now = _recordable(workspace, me), workspace.clock()
    shelf = State(state) if state in set(State) else None
    first = (number - 1) * PAGE
    with workspace.database.read() as connection:
        records = [(one, evidence.state_of(one, now)) for one in reversed(list_evidence(connection))]
        listed = [(one, standing) for one, standing in records if shelf in (None, standing)]
        rows = _rows(workspace, connection, me, listed[first : first + PAGE])
    return desk.page(
        request,
        "evidence.html",
        me=me,
        status=422 if error else 200,
        rows=rows,
        more=len(listed) > first + PAGE,
        number=number,
        shelf=shelf or "all",
        counts={**{one.value: sum(standing is one for _, standing in records) for one in State}, "all": len(records)},
        keys=keys,
        values={**dict.fromkeys(FIELDS, ""), "subject": PRACTICE, **{name: given[name] for name in FIELDS if given.get(name)}},
        opened=bool(error) or given.get("key") in keys,
        providers=workspace.practice.providers,
        states=browse.STATE_NAMES,
        error=error,
        told=told_of(request),
    )


def _recordable(workspace: Workspace, me: Session) -> tuple[str, ...]:
    """The keys that some rule asks for and this person may record."""
    return tuple(key for key in sorted(evidence.known_keys(workspace)) if me.has(*may_record(key)))


def _rows(workspace: Workspace, connection: Connection, me: Session, listed: Iterable[tuple[EvidenceRecord, State]]) -> list[Row]:
    clears = browse.cleared_by(workspace.catalogue)
    providers = {one.key: one.name for one in workspace.practice.providers}
    return [
        Row(
            record=one,
            state=state,
            about=_about(connection, one.subject, providers),
            rules=clears.get(one.key, ()),
            may_revoke=state is State.VALID and me.has(*may_record(one.key)),
        )
        for one, state in listed
    ]


def _about(connection: Connection, subject: str, providers: Mapping[str, str]) -> str:
    if subject == PRACTICE:
        return "The whole practice"
    action = store.get_action(connection, ActionId(subject)) if subject.startswith("A-") else None
    return action.content.title if action else providers.get(subject, subject)


def _end_of(day: str, practice: Practice) -> datetime | None:
    """The first moment after `day` on the practice's clock. Raises NotDecidable."""
    if not day:
        return None
    try:
        after = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise NotDecidable("the last day is not a day of the calendar: write it as 2027-03-31, or leave it empty") from None
    return datetime.combine(after, time.min, tzinfo=ZoneInfo(practice.timezone))

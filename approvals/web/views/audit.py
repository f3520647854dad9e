"""The audit log: what happened, newest first, and whether the chain is whole."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open, posted
from tools.store.audit import Verification, entries

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/audit"))]
PAGE = 50


@router.get("/audit")
def show(request: Request, me: Reader, subject: str = "", before: int | None = None) -> Response:
    return _page(request, me, subject=subject, before=before)


@router.post("/audit/verify")
def verify(request: Request, me: Reader, form: Annotated[dict[str, str], Depends(posted)]) -> Response:
    """Walks the whole chain and changes nothing; a POST because on a long log it takes a while."""
    workspace = desk_of(request).workspace
    return _page(request, me, verification=workspace.audit.verify(workspace.database))


def _page(
    request: Request, me: Session, *, subject: str = "", before: int | None = None, verification: Verification | None = None
) -> Response:
    desk = desk_of(request)
    with desk.workspace.database.read() as connection:
        rows = entries(connection, subject=subject.strip() or None, before=before, limit=PAGE + 1)
    return desk.page(
        request,
        "audit.html",
        me=me,
        rows=rows[:PAGE],
        subject=subject.strip(),
        older=rows[PAGE - 1].seq if len(rows) > PAGE else None,
        verification=verification,
        first_page=before is None,
    )

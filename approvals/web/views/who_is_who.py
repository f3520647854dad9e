"""Who is who: two leads are one person, or a merge was wrong, said at the lead's own page. The log shows rule, time and person, never a key."""

from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals import matching
from approvals.identity import Session
from approvals.web.desk import BadForm, desk_of, may_open, posted, see_other
from policies.leads.identity import MergeReason, Rule, UnmergeReason
from policies.records import LeadId

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/leads"))]
Form = Annotated[dict[str, str], Depends(posted)]
Choice = TypeVar("Choice", bound=StrEnum)
ROWS = 50

RULE: dict[str, str] = {
    Rule.SHARED_KEY: "one act carried an address, number or browser of both",
    Rule.CROWD: "what had joined them proved to be shared by many people",
    Rule.DUPLICATE: "sales returned it as a duplicate",
    Rule.PERSON: "a person said so",
}
MERGE: dict[str, str] = {
    MergeReason.SAME_PERSON: "The same person",
    MergeReason.NEW_ADDRESS: "A new address or number of theirs",
    MergeReason.TYPING_ERROR: "A typing error made two of one",
}
UNMERGE: dict[str, str] = {
    UnmergeReason.DIFFERENT_PEOPLE: "They are different people",
    UnmergeReason.SHARED_PHONE: "They share a telephone",
    UnmergeReason.SHARED_DEVICE: "They share a device",
    UnmergeReason.MISTAKE: "The merge was a mistake",
}


@router.post("/leads/{lead}/merge")
def merge(request: Request, lead: str, me: Reader, form: Form) -> Response:
    other, reason = form.get("other", "").strip(), _chosen(MergeReason, form.get("reason"))
    if not other:
        raise BadForm("the form names no second lead: copy its id from its page")
    survivor = matching.merge(desk_of(request).workspace, LeadId(lead), LeadId(other), by=me.username, reason=reason)
    return see_other(f"/leads/{survivor}?told=merged")


@router.post("/leads/{lead}/unmerge")
def unmerge(request: Request, lead: str, me: Reader, form: Form) -> Response:
    """`part` is the lead that is taken out again; it gets its own page back."""
    part, reason = form.get("part", "").strip() or lead, _chosen(UnmergeReason, form.get("reason"))
    matching.unmerge(desk_of(request).workspace, LeadId(part), by=me.username, reason=reason)
    return see_other(f"/leads/{part}?told=unmerged")


def _chosen(choices: type[Choice], value: str | None) -> Choice:
    if value not in set(choices):
        raise BadForm("the form holds no reason from the list: choose one")
    return choices(value)

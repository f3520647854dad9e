"""Rules: the catalogue to read, filtered by its address; one rule whole; and which rules have examples and have fired."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, TypeVar
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.desk import desk_of, may_open
from policies.actions import ItemKind, Severity
from policies.rules import browse
from policies.rules.browse import Asked
from policies.rules.rule import STATES, Family
from tools.errors import NotFound
from tools.store.findings import NEWEST, last_fired

router = APIRouter()
Reader = Annotated[Session, Depends(may_open("/rules"))]
Choice = TypeVar("Choice", bound=StrEnum)
WORDS_MAX = 80


@router.get("/rules")
def show(request: Request, me: Reader, view: str = "") -> Response:
    desk = desk_of(request)
    catalogue = desk.workspace.catalogue
    asked = _asked(request.query_params)
    with desk.workspace.database.read() as connection:
        fired = last_fired(connection)
    return desk.page(
        request,
        "rules.html",
        me=me,
        catalogue=catalogue,
        rules=browse.chosen(catalogue, asked),
        counts={severity: sum(one.rule.severity is severity for one in catalogue.rules) for severity in Severity},
        everywhere=sum(one.everywhere for one in catalogue.rules),
        asked=asked,
        narrowed=asked != Asked(),
        unread=[name for name in Asked._fields if request.query_params.get(name, "").strip() and not getattr(asked, name)],
        view="coverage" if view == "coverage" else "",
        query=_query_of(asked),
        states={code: browse.STATE_NAMES[code] for code in browse.states_of(catalogue)},
        browse=browse,
        fired=fired,
        newest=NEWEST,
    )


@router.get("/rules/{rule_id}")
def show_one(request: Request, rule_id: str, me: Reader) -> Response:
    """Everything about one rule; unmasked, because the invented people of its examples are what it is about."""
    desk = desk_of(request)
    rule = desk.workspace.catalogue.rule(rule_id.upper())
    if rule is None:
        raise NotFound(browse.not_there(desk.workspace.catalogue, rule_id))
    with desk.workspace.database.read() as connection:
        fired = last_fired(connection).get(rule.id)
    return desk.page(
        request,
        "rule.html",
        me=me,
        rule=rule,
        places=browse.places(rule),
        signs=browse.signs(rule),
        proofs=browse.proofs(rule),
        browse=browse,
        pack=desk.workspace.catalogue.pack,
        fired=fired,
        newest=NEWEST,
        own=rule.id in desk.workspace.catalogue.own,
        is_reveal=True,
    )


def _asked(query: Mapping[str, str]) -> Asked:
    """What an address asks for; a value that is none of ours is left out, never an error."""
    state = query.get("state", "").upper()
    return Asked(
        family=_one_of(Family, query.get("family")),
        state=state if state in STATES else None,
        kind=_one_of(ItemKind, query.get("kind")),
        severity=_one_of(Severity, query.get("severity")),
        words=query.get("words", "").strip()[:WORDS_MAX],
    )


def _query_of(asked: Asked) -> str:
    """The tail of an address that asks for this, without its question mark."""
    return urlencode([(name, str(value)) for name, value in asked._asdict().items() if value])


def _one_of(choices: type[Choice], value: str | None) -> Choice | None:
    return choices(value) if value in set(choices) else None

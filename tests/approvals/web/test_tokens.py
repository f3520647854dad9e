"""API tokens: shown once, kept as a hash, never with more rights than their owner has at that moment."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from approvals import tokens
from approvals.errors import NotAllowed, NotDecidable
from approvals.tokens import Scope
from tests.approvals.web.house import PRACTICE, House
from tools.errors import Conflict, NotFound
from tools.practice import Practice
from tools.store.api_tables import api_tokens
from tools.store.audit import entries
from tools.store.database import Database
from tools.store.schema import metadata


@pytest.fixture
def each(database: Database, build: Callable[[Database], House]) -> House:
    return build(database)


def made(house: House, by: str = "mara", *scopes: Scope, **more: Any) -> tuple[tokens.Token, str]:
    return tokens.create(house.workspace, by=by, name="weekly report", scopes=scopes or (Scope.READ_QUEUE,), **more)


def with_people(house: House, **roles: list[str]) -> House:
    """The same house after practice.yaml was edited; a person with no roles has left."""
    people = [person | {"roles": roles.get(person["username"], person["roles"])} for person in PRACTICE["people"]]  # type: ignore[attr-defined]
    practice = Practice.model_validate({**PRACTICE, "people": [person for person in people if person["roles"]]})
    object.__setattr__(house.workspace, "practice", practice)
    return house


def test_a_token_resolves_to_its_owner_and_scopes_and_is_kept_as_a_hash(each: House) -> None:
    token, text = made(each, "mara", Scope.DECIDE, Scope.READ_QUEUE)

    found = tokens.resolve(each.workspace, text)

    assert text.startswith("liaison_")
    assert len(text) > 45
    assert found is not None
    assert (found.token, found.username, found.scopes) == (token.id, "mara", {Scope.READ_QUEUE, Scope.DECIDE})
    with each.workspace.database.read() as connection:
        assert all(text not in str(tuple(row)) for table in metadata.sorted_tables for row in connection.execute(select(table))), (
            "the token's text is stored somewhere"
        )
        assert [entry.event for entry in entries(connection, subject=token.id)] == ["token:create"]


def test_it_ends_when_it_expires_is_revoked_or_its_owner_leaves(each: House) -> None:
    _, short = made(each, "inez", lifetime=timedelta(days=1))
    revoked, gone = made(each, "inez", lifetime=timedelta(days=365))
    _, left = made(each, "inez", lifetime=timedelta(days=365))

    tokens.revoke(each.workspace, revoked.id, by="inez")
    assert tokens.resolve(each.workspace, short) is not None
    each.clock.forward(days=1)

    assert tokens.resolve(each.workspace, short) is None
    assert tokens.resolve(each.workspace, gone) is None
    assert tokens.resolve(each.workspace, left) is not None
    with_people(each, inez=[])
    assert tokens.resolve(each.workspace, left) is None
    with pytest.raises(Conflict, match="revoked already"):
        tokens.revoke(each.workspace, revoked.id, by="mara")


def test_it_loses_what_its_owner_loses(each: House) -> None:
    _, text = made(each, "mara", Scope.READ_QUEUE, Scope.DECIDE, Scope.ADMIN)

    with_people(each, mara=["auditor"])

    found = tokens.resolve(each.workspace, text)
    assert found is not None
    assert (found.roles, found.scopes) == (("auditor",), {Scope.READ_QUEUE})


def test_nobody_makes_a_token_that_reaches_beyond_their_roles(each: House) -> None:
    with pytest.raises(NotAllowed, match="sam cannot have admin, read:audit"):
        made(each, "sam", Scope.ADMIN, Scope.READ_AUDIT)
    with pytest.raises(NotAllowed, match="mara cannot have reveal"):
        made(each, "mara", Scope.REVEAL)
    with pytest.raises(NotAllowed, match="not one of the people"):
        made(each, "mallory")


@pytest.mark.parametrize("days", [0, 366])
def test_a_lifetime_is_a_day_to_a_year(house: House, days: int) -> None:
    with pytest.raises(NotDecidable, match="1 to 365 days"):
        made(house, lifetime=timedelta(days=days))


def test_a_token_needs_a_name_and_a_scope(house: House) -> None:
    with pytest.raises(NotDecidable, match="no scope"):
        tokens.create(house.workspace, by="mara", name="x", scopes=())
    with pytest.raises(NotDecidable, match="needs a name"):
        tokens.create(house.workspace, by="mara", name="  ", scopes=(Scope.READ_QUEUE,))


def test_only_its_owner_and_an_administrator_revoke_it(each: House) -> None:
    token, _ = made(each, "theo")

    with pytest.raises(NotFound, match="you have no token"):
        tokens.revoke(each.workspace, token.id, by="inez")
    tokens.revoke(each.workspace, token.id, by="mara")

    with each.workspace.database.read() as connection:
        newest = entries(connection, subject=token.id)[0]
    assert (newest.event, newest.actor, newest.detail) == ("token:revoke", "mara", {"owner": "theo"})


def test_its_last_use_is_written_at_most_once_a_minute(each: House) -> None:
    token, text = made(each)

    def used_at() -> Any:
        tokens.resolve(each.workspace, text)
        with each.workspace.database.read() as connection:
            return connection.scalar(select(api_tokens.c.last_used_at).where(api_tokens.c.id == token.id))

    first = used_at()
    each.clock.forward(seconds=59)
    within = used_at()
    each.clock.forward(seconds=1)

    assert (first, within) == (token.created_at, token.created_at)
    assert used_at() == token.created_at + timedelta(minutes=1)


@pytest.mark.parametrize("text", ["", "liaison_", "liaison_wrong", "Bearer x", "liaison_" + "é" * 40])
def test_what_is_no_token_opens_nothing(house: House, text: str) -> None:
    made(house)

    assert tokens.resolve(house.workspace, text) is None


def test_an_administrator_revokes_all_of_somebodys_tokens_at_once(house: House) -> None:
    (_, first), (_, second), (_, own) = made(house, "theo"), made(house, "theo"), made(house, "mara")
    mara = house.signed_in("mara")
    assert "2 API tokens" in mara.get("/people").text

    assert mara.post("/people/theo/tokens/revoke").status_code == 303

    assert [tokens.resolve(house.workspace, text) is None for text in (first, second, own)] == [True, True, False]
    assert "Revoke the API tokens of Theo Brandt" not in mara.get("/people").text
    with house.workspace.database.read() as connection:
        assert [(one.event, one.actor) for one in entries(connection)[:2]] == [("token:revoke", "mara")] * 2


def test_nobody_else_revokes_them(house: House) -> None:
    _, text = made(house, "mara")

    with pytest.raises(NotAllowed, match="administrator"):
        tokens.revoke_all(house.workspace, "mara", by="theo")

    assert tokens.resolve(house.workspace, text) is not None

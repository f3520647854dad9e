"""Comments: who is called on, what is kept, and what the log may know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from approvals import comments
from approvals.errors import NotAllowed, NotDecidable
from policies.actions import Action, Status
from policies.records import ActionId
from tests.approvals.conftest import BODY, Hand, Put, seen
from tools.errors import NotFound
from tools.practice import Practice
from tools.store.action_tables import audit
from tools.store.comments import comments_of
from tools.workspace import Workspace

PRACTICE = Practice.model_validate(BODY)
USERNAMES = [person.username for person in PRACTICE.people]


@pytest.fixture
def action(put: Put) -> Action:
    return put()


def test_a_comment_is_kept_with_its_writer_version_and_the_people_it_calls_on(workspace: Workspace, action: Action) -> None:
    made = comments.add(workspace, action.id, by="mara", version=1, text="Fine by me. @theo, is the second line still true? (@inez.)")

    with workspace.database.read() as connection:
        assert comments_of(connection, action.id) == (made,)
    assert (made.by, made.version, made.mentions) == ("mara", 1, ("theo", "inez"))
    assert made.text == "Fine by me. @theo, is the second line still true? (@inez.)"


def test_a_name_nobody_has_is_said_and_nothing_is_kept(workspace: Workspace, action: Action) -> None:
    with pytest.raises(NotDecidable, match="nobody here is called @teo"):
        comments.add(workspace, action.id, by="mara", version=1, text="@teo look")

    with workspace.database.read() as connection:
        assert comments_of(connection, action.id) == ()


def test_identifiers_in_a_comment_are_gone_before_it_is_stored(workspace: Workspace, action: Action) -> None:
    made = comments.add(
        workspace, action.id, by="mara", version=1, text="Quilla Fenwright called from 813-555-0142, @sam. Mail q.f@example.org"
    )

    assert "Quilla" not in made.text
    assert "555-0142" not in made.text
    assert "example.org" not in made.text
    assert "@sam." in made.text


def test_the_log_knows_that_somebody_commented_and_never_the_words(workspace: Workspace, action: Action) -> None:
    comments.add(workspace, action.id, by="mara", version=1, text="A marmalade sentence, @theo")

    with workspace.database.read() as connection:
        row = connection.execute(select(audit).where(audit.c.event == "action:comment")).one()
    assert (row.actor, row.subject, row.detail["mentions"]) == ("mara", action.id, ["theo"])
    assert "marmalade" not in str(row.detail)


def test_a_comment_decides_nothing_and_may_be_made_on_a_closed_item(workspace: Workspace, action: Action) -> None:
    comments.add(workspace, action.id, by="ada", version=1, text="For the record")

    assert seen(workspace, action).status is Status.QUEUED
    assert seen(workspace, action).version == action.version


@pytest.mark.parametrize(
    ("text", "version", "why"), [("  ", 1, "empty"), ("x" * 2_001, 1, "shorten"), ("fine", 2, "no version 2"), ("fine", 0, "no version 0")]
)
def test_what_cannot_be_kept_is_refused_in_words(workspace: Workspace, action: Action, text: str, version: int, why: str) -> None:
    with pytest.raises(NotDecidable, match=why):
        comments.add(workspace, action.id, by="mara", version=version, text=text)


def test_a_comment_needs_an_item_and_a_person_of_the_practice(workspace: Workspace, action: Action) -> None:
    with pytest.raises(NotFound):
        comments.add(workspace, ActionId("A-000000000000"), by="mara", version=1, text="fine")
    with pytest.raises(NotAllowed):
        comments.add(workspace, action.id, by="stranger", version=1, text="fine")


def test_mentions_of_a_person_come_newest_first_without_their_own(workspace: Workspace, action: Action, clock: Hand) -> None:
    first = comments.add(workspace, action.id, by="mara", version=1, text="@theo one")
    clock.forward(hours=1)
    second = comments.add(workspace, action.id, by="inez", version=1, text="two, @theo and @mara")
    comments.add(workspace, action.id, by="theo", version=1, text="@theo note to myself")

    assert comments.mentions_of(workspace, "theo") == (second, first)
    assert comments.mentions_of(workspace, "theo", since=first.at) == (second,)
    assert comments.mentions_of(workspace, "pia") == ()


@given(
    st.lists(st.one_of(st.sampled_from([f"@{name}" for name in USERNAMES]), st.text(alphabet="abc .,@⟦⟧0-", max_size=12)), max_size=8).map(
        " ".join
    )
)
def test_every_person_named_exists_and_every_name_is_a_person_or_unknown(text: str) -> None:
    found = comments.mentions_in(text, PRACTICE)

    assert set(found.people) <= set(USERNAMES)
    assert not set(found.unknown) & set(USERNAMES)
    assert len(found.people) == len(set(found.people))

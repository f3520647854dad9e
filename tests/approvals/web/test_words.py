"""Every closed set a page shows has words, and no set says one thing for two."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import get_args

import pytest

from approvals.web import words
from approvals.web.views.queue import EMPTY, SHELF_NAMES
from policies.actions import ExecutionStatus, Risk, Severity, Status, Verdict
from policies.kinds import Operation
from policies.records import Channel, Track
from policies.rules.catalogue import Family
from tools.practice import Role
from tools.store.desk import SHELVES

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("said", "closed"),
    [
        (words.STATUS, Status),
        (words.VERDICT, Verdict),
        (words.SEVERITY, Severity),
        (words.RISK, Risk),
        (words.CHANNEL, Channel),
        (words.TRACK, Track),
        (words.EXECUTION, ExecutionStatus),
        (words.OPERATION, Operation),
        (words.FAMILY, Family),
    ],
)
def test_every_value_has_its_own_words(said: dict[str, str], closed: type[StrEnum]) -> None:
    assert set(said) == set(closed)
    assert len(set(said.values())) == len(said)


def test_every_role_shelf_and_status_is_covered() -> None:
    assert set(words.ROLE) == set(get_args(Role))
    assert set(SHELVES) == set(SHELF_NAMES) == set(EMPTY)
    assert {status for shelf in SHELVES.values() for status in shelf} | {Status.DRAFT} == set(Status)


@pytest.mark.parametrize(
    ("gap", "said"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5, minutes=59), "5 hours ago"),
        (timedelta(days=9), "9 days ago"),
        (timedelta(days=-3), "in 3 days"),
    ],
)
def test_ages_are_said_in_the_largest_whole_unit(gap: timedelta, said: str) -> None:
    assert words.ago(NOW - gap, NOW) == said


@pytest.mark.parametrize(("usd", "said"), [(0, "no spend"), (1200, "$1,200"), (0.5, "$0.50"), (-20, "-$20"), (1234.5, "$1,234.50")])
def test_money(usd: float, said: str) -> None:
    assert words.money(usd) == said


def test_a_hash_is_cut_and_other_values_are_said_in_words() -> None:
    assert words.short("ab" * 32) == "abababababab…"
    assert words.short(True) == "yes"
    assert words.short(None) == "none"
    assert words.short(["a", "b"]) == "a, b"

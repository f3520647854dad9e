"""Every closed set a page shows has words, and no set says one thing for two."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from approvals.evidence import State
from approvals.web import words
from approvals.web.views.queue import EMPTY, SHELF_NAMES
from policies.actions import ExecutionStatus, ItemKind, Risk, Severity, Status, Verdict
from policies.kinds import Operation
from policies.records import Channel, Track
from policies.rules.rule import Family
from tools.practice import Role
from tools.store.queue import SHELVES

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
        (words.ITEM, ItemKind),
        (words.EVIDENCE, State),
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


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (timedelta(days=14) - timedelta(minutes=1), "in 14 days"),
        (timedelta(days=14) - timedelta(hours=3), "in 13 days"),
        (timedelta(hours=2) - timedelta(seconds=30), "in 2 hours"),
        (timedelta(hours=1, minutes=40), "in 1 hour"),
        (timedelta(seconds=20), "just now"),
    ],
)
def test_what_is_to_come_is_said_without_losing_a_day_to_a_minute(left: timedelta, said: str) -> None:
    assert words.ago(NOW + left, NOW) == said
    assert said in (f"in {words.left(NOW + left, NOW)}", "just now")


@pytest.mark.parametrize(("usd", "said"), [(0, "no spend"), (1200, "$1,200"), (0.5, "$0.50"), (-20, "-$20"), (1234.5, "$1,234.50")])
def test_money(usd: float, said: str) -> None:
    assert words.money(usd) == said


@pytest.mark.parametrize(
    ("zone", "said"),
    [("America/Chicago", "2 Mar 2026, 03:00 CST"), ("America/Sao_Paulo", "2 Mar 2026, 06:00 UTC-03"), ("UTC", "2 Mar 2026, 09:00 UTC")],
)
def test_a_moment_is_said_on_the_clock_of_its_zone(zone: str, said: str) -> None:
    assert words.when(NOW, ZoneInfo(zone)) == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("amount_usd", 590.0, "$590"),
        ("cost_usd", 0.0, "$0"),
        ("conversion_rate", 0.0123, "1.2%"),
        ("impressions", 1610, "1,610"),
        ("service_line", "dental", "Dental"),
        ("kind", "mql_handoff", "Hand a lead to sales"),
        ("track", "b2c_patient", "Patients"),
        ("handoff_fields", ["lead_id", "score"], "Lead id, score"),
        ("campaign", "Derm FL Search", "Derm FL Search"),
        ("route", "/orthopaedics/hip_pain", "/orthopaedics/hip_pain"),
        ("automated", True, "yes"),
        ("states", None, "none"),
    ],
)
def test_a_field_is_said_in_words_and_a_name_stays_as_it_is(name: str, value: object, said: str) -> None:
    assert words.said(value, name, {"dental": "Dental"}) == said


@pytest.mark.parametrize(
    ("status", "channels", "said"),
    [
        ("done", ["ok", "degraded"], "Done, degraded"),
        ("done", ["ok"], "Done"),
        ("failed", ["degraded"], "Failed"),
        ("running", [], "Running"),
    ],
)
def test_a_run_that_lost_a_channel_says_so(status: str, channels: list[str], said: str) -> None:
    summary = {"channels": {str(number): {"status": channel} for number, channel in enumerate(channels)}}

    assert words.run_state(status, summary)[0] == said


def test_a_draft_that_did_not_come_says_why_and_never_advises_what_is_not_possible() -> None:
    error = "action A-0123456789ab: there is no other wording; edit the text instead"

    assert words.redraft_failed(error, editable=True) == "The agent has no other wording: edit the text instead."
    assert "edit" not in words.redraft_failed(error, editable=False)
    assert words.redraft_failed("A: the data no longer calls for it", editable=True).endswith("the data no longer calls for it.")
    assert "The new draft failed" in words.redraft_failed("OperationalError", editable=True)


def test_a_hash_is_cut_and_other_values_are_said_in_words() -> None:
    assert words.short("ab" * 32) == "abababababab…"
    assert words.short(True) == "yes"
    assert words.short(None) == "none"
    assert words.short(["a", "b"]) == "a, b"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("hipaa_authorization", "HIPAA authorization"),
        ("substantiation_rct", "Substantiation RCT"),
        ("board_cert_verified_recognized", "Board certification verified recognized"),
        ("currently_prescribed_or_lapsed_le_90d", "Currently prescribed or lapsed at most 90 days"),
        ("own_key", "Own key"),
    ],
)
def test_an_evidence_key_is_said_with_its_abbreviations(key: str, said: str) -> None:
    assert words.proof(key) == said

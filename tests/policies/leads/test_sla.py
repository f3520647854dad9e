"""Response times by service line: what is running, met, missed, and who has to hear of it."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from policies.leads.business_time import Calendar
from policies.leads.sla import DEFAULT_SLA, SLAS, Life, Sla, Term, Timer, approval_wait, clocks, length, missed_sla, sla_of
from policies.records import Track

USUAL = Calendar(ZoneInfo("UTC"))
NINE = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
DENTAL = SLAS["dental"]


def after(minutes: float) -> datetime:
    return NINE + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("model", "accept", "attempt"),
    [
        ("orthopaedics", Term(15), Term(15)),
        ("dental", Term(5), Term(5)),
        ("fertility", Term(15), Term(15)),
        ("dermatology", Term(10), Term(10)),
        ("primary_care", Term(30), Term(30)),
        ("physician_liaison", Term(days=1), Term(days=10)),
    ],
)
def test_each_line_has_its_terms(model: str, accept: Term, attempt: Term) -> None:
    assert sla_of(model, Track.B2C_PATIENT) == Sla(accept, attempt)
    assert sla_of("astrology", Track.B2B_REFERRAL) == DEFAULT_SLA[Track.B2B_REFERRAL]


@pytest.mark.parametrize(
    ("minutes", "words", "level"),
    [
        (0, "5 min left", 0),
        (3, "2 min left", 0),
        (5, "less than a minute left", 0),
        (7, "overdue by 2 min", 1),
        (11, "overdue by 6 min", 2),
    ],
)
def test_a_running_clock_says_how_long_it_has(minutes: float, words: str, level: int) -> None:
    (clock,) = clocks(Life(NINE), DENTAL, USUAL, now=after(minutes))

    assert (clock.timer, clock.running, clock.words, clock.level) == (Timer.ACCEPT, True, words, level)
    assert clock.due_at == after(5)


def test_the_second_clock_starts_when_the_first_is_met() -> None:
    life = Life(NINE, accepted_at=after(4), first_attempt_at=after(20))

    accept, attempt = clocks(life, DENTAL, USUAL, now=after(60))

    assert (accept.words, accept.missed, accept.met_at) == ("met", False, after(4))
    assert (attempt.words, attempt.missed, attempt.due_at, attempt.level) == ("missed by 11 min", True, after(9), 0)
    assert missed_sla([accept, attempt])


def test_giving_a_lead_back_in_time_is_an_answer() -> None:
    (clock,) = clocks(Life(NINE, closed_at=after(3)), DENTAL, USUAL, now=after(60))

    assert (clock.running, clock.missed) == (False, False)


def test_nothing_runs_over_night() -> None:
    evening = NINE.replace(hour=17, minute=58)

    (clock,) = clocks(Life(evening), DENTAL, USUAL, now=evening + timedelta(hours=13))

    assert clock.words == "3 min left"


def test_a_visit_is_due_in_ten_business_days() -> None:
    _, visit = clocks(Life(NINE, accepted_at=NINE), SLAS["physician_liaison"], USUAL, now=after(60))

    assert visit.due_at == datetime(2026, 3, 18, 9, 0, tzinfo=UTC)


def test_the_wait_for_approval_is_told_apart_and_starts_no_clock() -> None:
    life = Life(received_at=NINE + timedelta(days=1), queued_at=NINE - timedelta(hours=5))

    assert approval_wait(life, USUAL) == timedelta(hours=11)
    assert clocks(life, DENTAL, USUAL, now=life.received_at)[0].words == "5 min left"
    assert approval_wait(Life(NINE), USUAL) == timedelta()


@pytest.mark.parametrize(
    ("span", "words"),
    [(timedelta(seconds=59), "less than a minute"), (timedelta(minutes=60), "1 h"), (timedelta(hours=26, minutes=5), "26 h 5 min")],
)
def test_business_time_is_never_called_days(span: timedelta, words: str) -> None:
    assert length(span) == words

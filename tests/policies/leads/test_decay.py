import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.decay import DAYS_PER_QUARTER, current, days, decayed, forward, rate_per_day

AT = datetime(2026, 1, 1, tzinfo=UTC)
points = st.floats(-100, 100)
idle = st.floats(0, 2000)
rates = st.floats(0.20, 0.30)


def test_a_quarter_idle_costs_exactly_the_agreed_rate() -> None:
    assert decayed(80, 91.3125, 0.25) == pytest.approx(60, abs=1e-9)


def test_an_old_whitepaper_is_nearly_forgotten() -> None:
    assert decayed(20, 6 * DAYS_PER_QUARTER, 0.25) == pytest.approx(3.56, abs=0.005)


@pytest.mark.parametrize(
    ("rate", "per_day", "half_life", "after_30", "after_a_year"),
    [(0.20, 0.0024437, 283.64, 0.9293, 0.4096), (0.25, 0.0031505, 220.01, 0.9098, 0.3164), (0.30, 0.0039061, 177.45, 0.8894, 0.2401)],
)
def test_the_published_table(rate: float, per_day: float, half_life: float, after_30: float, after_a_year: float) -> None:
    assert rate_per_day(rate) == pytest.approx(per_day, abs=5e-8)
    assert math.log(2) / rate_per_day(rate) == pytest.approx(half_life, abs=0.01)
    assert decayed(1, 30, rate) == pytest.approx(after_30, abs=5e-5)
    assert decayed(1, 365.25, rate) == pytest.approx(after_a_year, abs=5e-5)


@given(points, idle, idle, rates)
def test_decay_does_not_depend_on_how_often_it_is_computed(score: float, first: float, then: float, rate: float) -> None:
    assert decayed(decayed(score, first, rate), then, rate) == pytest.approx(decayed(score, first + then, rate), abs=1e-9)


@given(points, idle, rates)
def test_the_stored_form_reads_back_as_the_decayed_points(score: float, later: float, rate: float) -> None:
    per_day = rate_per_day(rate)
    stored = forward(score, AT, per_day)

    assert current(stored, AT + timedelta(days=later), per_day) == pytest.approx(decayed(score, later, rate), rel=1e-9, abs=1e-9)


def test_clock_changes_and_leap_days_do_not_matter() -> None:
    chicago = ZoneInfo("America/Chicago")
    before, after = datetime(2024, 2, 28, 12, tzinfo=chicago), datetime(2024, 3, 30, 12, tzinfo=chicago)

    assert days(before.astimezone(UTC), after.astimezone(UTC)) == pytest.approx(31 - 1 / 24)


def test_a_future_event_is_an_error_with_a_mend() -> None:
    with pytest.raises(ValueError, match="time zone"):
        decayed(10, -1, 0.25)


def test_a_rate_that_is_no_fraction_is_an_error() -> None:
    with pytest.raises(ValueError, match="fraction"):
        rate_per_day(25)

"""Business time: hours, holidays, weekends and changes of the clocks, at the location."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.business_time import Calendar, due, due_days, elapsed, federal_holidays, hours_of

AUSTIN = ZoneInfo("America/Chicago")
USUAL = Calendar(AUSTIN)
ALWAYS = Calendar(AUSTIN, dict.fromkeys(range(7), ((0, 24 * 60),)), federal_holidays=False)


def there(text: str, zone: ZoneInfo = AUSTIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        pytest.param("2026-03-04T10:00", 15, "2026-03-04T10:15", id="within the day"),
        pytest.param("2026-03-04T17:50", 15, "2026-03-05T08:05", id="over night"),
        pytest.param("2026-03-04T17:45", 15, "2026-03-04T18:00", id="exactly at closing"),
        pytest.param("2026-03-04T05:00", 15, "2026-03-04T08:15", id="before opening: the next 8:00"),
        pytest.param("2026-03-06T17:55", 15, "2026-03-09T08:10", id="over a weekend with a change of the clocks"),
        pytest.param("2026-03-07T12:00", 5, "2026-03-09T08:05", id="on a Saturday"),
        pytest.param("2026-07-02T17:58", 5, "2026-07-06T08:03", id="the 4th is a Saturday: Friday is off"),
        pytest.param("2026-12-24T17:59", 5, "2026-12-28T08:04", id="Christmas"),
        pytest.param("2026-03-04T10:00", 20 * 60, "2026-03-06T10:00", id="two whole days"),
        pytest.param("2026-03-04T10:00", 0, "2026-03-04T10:00", id="nothing"),
    ],
)
def test_minutes_pass_only_while_sales_is_at_work(start: str, minutes: int, end: str) -> None:
    assert due(there(start), minutes, USUAL) == there(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        pytest.param("2026-03-04T10:00", 1, "2026-03-05T10:00", id="tomorrow, same time"),
        pytest.param("2026-03-06T10:00", 1, "2026-03-09T10:00", id="over the weekend"),
        pytest.param("2026-03-04T21:00", 1, "2026-03-06T08:00", id="after hours it counts from the next opening"),
        pytest.param("2026-03-04T10:00", 10, "2026-03-18T10:00", id="ten business days"),
        pytest.param("2026-11-25T10:00", 1, "2026-11-27T10:00", id="Thanksgiving"),
    ],
)
def test_business_days_keep_the_time_of_day(start: str, days: int, end: str) -> None:
    assert due_days(there(start), days, USUAL) == there(end)


def test_a_later_closing_day_ends_at_its_own_hours() -> None:
    friday_short = Calendar(AUSTIN, {3: ((480, 1080),), 4: ((480, 720),)})

    assert due_days(there("2026-03-05T17:00"), 1, friday_short) == there("2026-03-06T12:00")


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        pytest.param("2026-03-08T00:00", "2026-03-09T00:00", 23, id="the clocks go forward"),
        pytest.param("2026-11-01T00:00", "2026-11-02T00:00", 25, id="the clocks go back"),
    ],
)
def test_a_change_of_the_clocks_neither_loses_nor_adds_time(start: str, end: str, hours: int) -> None:
    assert elapsed(there(start), there(end), ALWAYS) == timedelta(hours=hours)
    assert due(there(start), hours * 60, ALWAYS) == there(end)


def test_hours_inside_the_skipped_hour_do_not_exist() -> None:
    night = Calendar(AUSTIN, {6: ((2 * 60 + 10, 2 * 60 + 50),)}, federal_holidays=False)

    assert elapsed(there("2026-03-08T00:00"), there("2026-03-09T00:00"), night) == timedelta(minutes=40), "the wall's 02:10 is 03:10 then"


def test_each_location_has_its_own_clock() -> None:
    at = datetime(2026, 3, 4, 13, 30, tzinfo=UTC)  # 08:30 in Tampa, 07:30 in Austin

    assert due(at, 10, Calendar(ZoneInfo("America/New_York"))) == at + timedelta(minutes=10)
    assert due(at, 10, USUAL) == at + timedelta(minutes=40)


instants = st.datetimes(min_value=datetime(2025, 12, 1), max_value=datetime(2027, 1, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001


@given(start=instants, minutes=st.integers(0, 5000))
def test_as_much_time_has_passed_when_it_is_due(start: datetime, minutes: int) -> None:
    end = due(start, minutes, USUAL)

    assert elapsed(start, end, USUAL) == timedelta(minutes=minutes)
    assert end >= start


@given(a=instants, b=instants, c=instants)
def test_business_time_adds_up(a: datetime, b: datetime, c: datetime) -> None:
    first, then, last = sorted((a, b, c))

    assert elapsed(first, then, USUAL) + elapsed(then, last, USUAL) == elapsed(first, last, USUAL)
    assert elapsed(last, first, USUAL) == timedelta()


@pytest.mark.parametrize(
    ("year", "days"),
    [
        # opm.gov, "Federal Holidays", as observed.
        (2026, "01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25"),
        (2027, "01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31"),
        (2022, "01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26"),
        (2020, "01-01 01-20 02-17 05-25 07-03 09-07 10-12 11-11 11-26 12-25"),
    ],
)
def test_federal_holidays_as_observed(year: int, days: str) -> None:
    assert sorted(f"{day:%m-%d}" for day in federal_holidays(year)) == days.split()


@pytest.mark.parametrize(
    ("text", "spans"),
    [("08:00-18:00", ((480, 1080),)), ("08:00-12:00, 13:00-24:00", ((480, 720), (780, 1440))), ("closed", ())],
)
def test_hours_are_written_as_people_write_them(text: str, spans: tuple[tuple[int, int], ...]) -> None:
    assert hours_of(text) == spans


@pytest.mark.parametrize("text", ["8-18", "08:00", "18:00-08:00", "08:00-08:00", "08:00-12:00, 11:00-13:00", "08:00-24:30", "", "Mon"])
def test_wrong_hours_say_how_to_write_them(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        hours_of(text)


def test_a_place_that_never_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="no open day"):
        Calendar(AUSTIN, {0: ()})
    gone = Calendar(AUSTIN, {0: ((480, 1080),)}, frozenset(date(2026, 1, 5) + timedelta(weeks=n) for n in range(600)))
    for refused in (lambda: due(there("2026-01-05T09:00"), 5, gone), lambda: due_days(there("2026-01-05T09:00"), 1, gone)):
        with pytest.raises(ValueError, match="mend business_hours"):
            refused()
    with pytest.raises(ValueError, match="negative"):
        due(there("2026-01-05T09:00"), -1, USUAL)

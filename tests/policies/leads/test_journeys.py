"""Journeys: what a look-back keeps, and that the order of rows makes no difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.attribution import AttributionModel, Path
from policies.leads.journeys import (
    SECONDS_PER_DAY,
    Journey,
    Seen,
    counted,
    credit_within,
    default_window,
    everywhere,
    half_life,
    journeys,
    paths_within,
    sensitivity,
)

M = AttributionModel
NOW = 1000.0 * SECONDS_PER_DAY


def seen(channel: str, day: float, *, converted: float | None = None, person: str = "p", line: str = "") -> Seen:
    return Seen(person, channel, day * SECONDS_PER_DAY, None if converted is None else converted * SECONDS_PER_DAY, line)


def made(*rows: Seen) -> list[Journey]:
    return journeys(rows, now=NOW)[0]


def test_a_touch_exactly_as_old_as_the_window_counts_and_an_older_one_does_not() -> None:
    found = made(seen("old", 69.999), seen("edge", 70), seen("new", 99, converted=100))

    assert paths_within(found, everywhere(30)) == [Path(("edge", "new"), 1, 0)]


def test_unsorted_rows_are_sorted_and_counted_by_person() -> None:
    found, left = journeys([seen("b", 20), seen("a", 10, converted=30), seen("x", 1, person="q"), seen("y", 2, person="q")], now=NOW)

    assert list(found[0].channels) == ["a", "b"]
    assert (left.unsorted, left.people) == (1, 2)


def test_touches_after_the_conversion_or_now_are_left_out_and_counted() -> None:
    found, left = journeys([seen("a", 10, converted=30), seen("late", 31), seen("future", 1001), seen("future", 1001, person="q")], now=NOW)

    assert [channel for journey in found for channel in journey.channels] == ["a"]
    assert (left.after_conversion, left.future_touches) == (1, 2)


def test_a_conversion_after_now_has_not_happened() -> None:
    found, left = journeys([seen("a", 10, converted=1001)], now=NOW)

    assert found[0].converted_at is None
    assert left.future_conversions == 1


def test_each_conversion_has_the_touches_since_the_one_before() -> None:
    found = made(seen("a", 10, converted=20), seen("b", 15), seen("c", 30, converted=40), seen("d", 40))

    assert paths_within(found, everywhere(90)) == [Path(("a", "b"), 1, 0), Path(("c", "d"), 1, 0)]


def test_service_lines_of_one_person_are_journeys_of_their_own_with_windows_of_their_own() -> None:
    found = made(seen("a", 10, converted=100, line="ortho"), seen("a", 10, converted=100, line="dental"), seen("b", 95, line="dental"))

    assert paths_within(found, default_window) == [Path(("a",), 1, 0), Path(("b",), 1, 0)]


def test_the_window_of_who_has_not_converted_ends_at_the_last_touch() -> None:
    found = made(seen("a", 10), seen("b", 200), seen("c", 210))

    assert paths_within(found, everywhere(30)) == [Path(("b", "c"), 0, 1)]


def test_a_conversion_without_a_touch_in_its_window_is_counted_apart() -> None:
    found = made(seen("a", 10, converted=100), seen("b", 99, converted=100, person="q"))

    assert counted(found, everywhere(30)) == (1, 1)
    assert credit_within(found, [M.FIRST], everywhere(30))[M.FIRST] == {"a": 0, "b": 1}


@pytest.mark.parametrize(("window", "days"), [(14, 7), (30, 7), (60, 7), (61, 15.25), (90, 22.5), (365, 91.25)])
def test_the_half_life_is_a_week_or_a_quarter_of_a_long_window(window: float, days: float) -> None:
    assert half_life(window) == days


def test_time_decay_goes_by_days() -> None:
    found = made(seen("a", 86), seen("b", 93), seen("c", 100, converted=100))

    assert credit_within(found, [M.TIME_DECAY], everywhere(30))[M.TIME_DECAY] == pytest.approx({"a": 1 / 7, "b": 2 / 7, "c": 4 / 7})
    far = credit_within(made(seen("a", 10, converted=100), seen("b", 32.5)), [M.TIME_DECAY], everywhere(90))[M.TIME_DECAY]
    assert far == pytest.approx({"a": 1 / 3, "b": 2 / 3})


@pytest.mark.parametrize(
    ("names", "days"),
    [
        (("orthopaedics",), 90),
        (("dental",), 30),
        (("dental-implants",), 60),
        (("orthodontics",), 60),
        (("Fertility",), 90),
        (("dermatology",), 30),
        (("cosmetic-dermatology",), 60),
        (("primary_care",), 30),
        (("physician_liaison",), 180),
        (("referral", "orthopaedics"), 180),
        (("cardiology", "orthopaedics"), 90),
        (("cardiology",), 90),
    ],
)
def test_a_service_line_without_a_setting_has_the_window_of_its_kind(names: tuple[str, ...], days: int) -> None:
    assert default_window(*names) == days


def test_sensitivity_tells_how_many_began_before_the_window() -> None:
    found = made(seen("a", 10, converted=50), seen("b", 45), seen("c", 40, converted=50, person="q"), seen("a", 1, person="r"))
    told = {one.days: one for one in sensitivity(found, M.FIRST)}

    assert list(told) == [14, 30, 60, 90, 180, 365]
    assert (told[14].older_share, told[60].older_share) == (0.5, 0)
    assert told[14].credit == {"a": 0, "b": 1, "c": 1}
    assert told[60].credit == {"a": 1, "b": 0, "c": 1}
    assert sensitivity([], M.MARKOV)[0] == (14, {}, 0, 0, 0.0)


def test_a_conversion_without_any_touch_is_no_path() -> None:
    assert paths_within([Journey("", (), (), 5.0)], everywhere(30)) == []
    assert counted([Journey("", (), (), 5.0)], everywhere(30)) == (0, 1)


rows_strategy = st.lists(
    st.builds(
        seen,
        st.sampled_from("abcd"),
        st.integers(0, 500),
        converted=st.one_of(st.none(), st.integers(0, 1100)),
        person=st.sampled_from("pqr"),
        line=st.sampled_from(["", "dental"]),
    ),
    max_size=25,
)


@given(rows=rows_strategy, shuffle=st.randoms(use_true_random=False))
def test_shuffled_and_repeated_rows_give_the_same_journeys(rows: list[Seen], shuffle: object) -> None:
    again = [*rows, *rows[:5]]
    shuffle.shuffle(again)  # type: ignore[attr-defined]

    assert sorted(made(*again), key=repr) == sorted(made(*rows), key=repr)


@pytest.mark.parametrize("model", list(M))
@given(rows=rows_strategy, window=st.integers(1, 365))
def test_credit_adds_up_to_the_conversions_with_a_touch_in_the_window(model: AttributionModel, rows: list[Seen], window: int) -> None:
    found = made(*rows)
    inside, outside = counted(found, everywhere(window))

    assert sum(credit_within(found, [model], everywhere(window))[model].values()) == pytest.approx(inside, abs=1e-9)
    assert inside + outside == sum(journey.converted_at is not None for journey in found)

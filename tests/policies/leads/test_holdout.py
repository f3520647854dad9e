"""Lift: intervals against Newcombe's published ones, and what must hold for any two groups."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.holdout import Group, lift, wilson

# Newcombe 1998, Statistics in Medicine 17:873, table II, method 10.
NEWCOMBE = [
    ((56, 70), (48, 80), (0.0524, 0.3339)),
    ((9, 10), (3, 10), (0.1705, 0.8090)),
    ((5, 56), (0, 29), (-0.0381, 0.1926)),
    ((10, 10), (0, 10), (0.6075, 1.0)),
    ((10, 10), (0, 20), (0.6791, 1.0)),
]


@pytest.mark.parametrize(("treated", "control", "interval"), NEWCOMBE)
def test_the_difference_has_the_published_interval(
    treated: tuple[int, int], control: tuple[int, int], interval: tuple[float, float]
) -> None:
    found = lift(Group(treated[1], treated[0]), Group(control[1], control[0])).absolute

    assert (found.low, found.high) == pytest.approx(interval, abs=6e-5)


def test_a_lift_by_half_supports_a_third_of_the_credit() -> None:
    found = lift(Group(10_000, 300), Group(10_000, 200))

    assert found.absolute.value == pytest.approx(0.01)
    assert found.relative.value == pytest.approx(0.5)
    assert found.supported.value == pytest.approx(1 / 3)
    assert found.is_shown


def test_a_control_group_without_conversions_has_no_relative_lift() -> None:
    found = lift(Group(50, 10), Group(50, 0))

    assert (found.relative.value, found.relative.high) == (None, None)
    assert found.supported.value == 1


def test_nobody_converted_and_no_share_is_supported() -> None:
    found = lift(Group(50, 0), Group(50, 5))

    assert found.supported == (None, None, None)
    assert not found.is_shown


@pytest.mark.parametrize(("treated", "control"), [(Group(0, 0), Group(9, 1)), (Group(9, 10), Group(9, 1)), (Group(9, 1), Group(9, -1))])
def test_groups_that_cannot_be_are_refused(treated: Group, control: Group) -> None:
    with pytest.raises(ValueError, match="group needs at least 1 person"):
        lift(treated, control)


groups = st.integers(1, 10**6).flatmap(lambda people: st.builds(Group, st.just(people), st.integers(0, people)))


@given(treated=groups, control=groups)
def test_intervals_hold_their_value_and_agree_on_whether_there_is_a_lift(treated: Group, control: Group) -> None:
    found = lift(treated, control)
    absolute, relative, supported = found.absolute, found.relative, found.supported

    assert -1 - 1e-9 <= absolute.low <= absolute.value <= absolute.high <= 1 + 1e-9
    if relative.value is not None:
        assert relative.low <= relative.value + 1e-9
        assert relative.high is None or relative.value <= relative.high + 1e-9
    if abs(absolute.low) > 1e-9:
        assert (relative.low > 0) == found.is_shown
    if supported.value is not None:
        assert 0 <= supported.low <= supported.value + 1e-9 <= supported.high + 2e-9 <= 1 + 2e-9
        assert supported.low == 0 or found.is_shown or abs(absolute.low) <= 1e-9


@given(group=groups)
def test_the_wilson_interval_holds_the_rate(group: Group) -> None:
    low, high = wilson(group)

    assert 0 <= low <= group.rate <= high <= 1

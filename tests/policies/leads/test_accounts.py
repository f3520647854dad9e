"""People who belong together without being one: how points of a practice add up, and who is of one practice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.accounts import practices, rolled_up

POINTS = st.lists(st.floats(0, 60), max_size=8)


@pytest.mark.parametrize(
    ("points", "sum_"),
    [
        ([], 0.0),
        ([20.0], 20.0),
        ([10.0, 20.0], 25.0),
        ([8.0, 20.0, 10.0], 27.0),
        ([8.0, 20.0, 10.0, 7.0, 7.0], 27.0),
        ([50.0, 40.0], 60.0),
    ],
)
def test_the_highest_counts_whole_the_second_half_the_third_a_quarter_and_no_more(points: list[float], sum_: float) -> None:
    assert rolled_up(points, cap=60) == pytest.approx(sum_)


@given(POINTS, st.floats(0, 60))
def test_another_contact_never_lowers_a_practice_and_never_lifts_it_above_the_cap(points: list[float], more: float) -> None:
    before, after = rolled_up(points, cap=60), rolled_up([*points, more], cap=60)

    assert max(points, default=0.0) - 1e-9 <= before <= after + 1e-9
    assert after <= 60


@given(POINTS)
def test_the_order_of_the_contacts_does_not_matter(points: list[float]) -> None:
    assert rolled_up(points, cap=60) == rolled_up(points[::-1], cap=60)


def test_a_practice_hangs_together_by_name_and_by_site() -> None:
    members = {"L-1": ["org:a", "orgsite:s"], "L-2": ["orgsite:s"], "L-3": ["org:a"], "L-4": ["org:b"], "L-5": []}

    assert practices(members) == [["L-1", "L-2", "L-3"], ["L-4"], ["L-5"]]


def test_a_name_that_two_sites_bear_links_nobody() -> None:
    members = {"L-1": ["org:a", "orgsite:s"], "L-2": ["org:a", "orgsite:t"], "L-3": ["org:a"], "L-4": ["orgsite:t"]}

    assert practices(members) == [["L-1"], ["L-2", "L-4"], ["L-3"]]


@given(
    st.dictionaries(st.sampled_from([f"L-{n}" for n in range(6)]), st.lists(st.sampled_from(["org:a", "org:b", "orgsite:s", "orgsite:t"])))
)
def test_everybody_is_of_exactly_one_practice_whatever_the_order(members: dict[str, list[str]]) -> None:
    found = practices(members)

    assert sorted(lead for leads in found for lead in leads) == sorted(members)
    assert found == practices(dict(reversed(members.items())))

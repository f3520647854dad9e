"""The figures of an expert determination: interval, sample and small cells."""

import pytest

from policies.phi.determination import determined, sampled, small_cells, wilson


@pytest.mark.parametrize(
    ("found", "checked", "low", "high"),
    [
        (0, 100, 0.0, 0.0370),  # values of the closed form, also in Brown, Cai and DasGupta, Statistical Science 16 (2001)
        (1, 100, 0.0018, 0.0545),
        (50, 100, 0.4038, 0.5962),
        (100, 100, 0.9630, 1.0),
        (3, 300, 0.0034, 0.0290),
    ],
)
def test_the_wilson_interval(found: int, checked: int, low: float, high: float) -> None:
    interval = wilson(found, checked)

    assert (interval.low, interval.high) == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=5e-4))
    assert interval.low <= interval.share <= interval.high


@pytest.mark.parametrize(("found", "checked"), [(1, 0), (-1, 10), (11, 10)])
def test_impossible_counts_are_refused(found: int, checked: int) -> None:
    with pytest.raises(ValueError, match="reviewed texts"):
        wilson(found, checked)


def test_a_sample_depends_on_its_seed_and_not_on_the_order() -> None:
    ids = [f"E-{number}" for number in range(1000)]

    assert sampled(ids, 20, 7) == sampled(reversed(ids), 20, 7)
    assert sampled(ids, 20, 7) != sampled(ids, 20, 8)
    assert len(set(sampled(ids, 20, 7))) == 20


def test_rare_combinations_are_named_rarest_first_and_a_missing_value_counts() -> None:
    rows = [{"state": "TX", "zip3": "787"}] * 11 + [{"state": "TX"}] * 3 + [{"state": "FL", "zip3": "336"}]

    cells = small_cells(rows, ("state", "zip3"))

    assert [(cell.values, cell.people) for cell in cells] == [(("FL", "336"), 1), (("TX", "-"), 3)]


def test_a_text_with_two_leaks_is_one_leaking_text() -> None:
    found = determined([("a", ("NAME", "DATE")), ("b", ()), ("c", ()), ("d", ())], [{"state": "TX"}] * 20)

    assert found.leaks.share == 0.25
    assert found.by_label == {"DATE": 1, "NAME": 1}
    assert found.small == []

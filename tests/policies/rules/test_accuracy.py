"""The compliance check on labelled copy: what was asked of it, on sets that were read and on sets that were not."""

import pytest

from bench.compliance.accuracy import SETS, judge, measure, snippets

NAMES = sorted(path.stem for path in SETS.glob("*.jsonl"))
HELD_OUT = [name for name in NAMES if name.startswith("test_")]


@pytest.mark.parametrize("name", HELD_OUT)
def test_copy_nobody_tuned_on_comes_out_as_asked(name: str) -> None:
    figures = measure(snippets(name), judge())

    assert figures.missed < 0.03
    assert figures.blocked < 0.02
    assert figures.held < 0.15
    assert figures.family > 0.90


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("dev_")])
def test_copy_that_was_read_stays_known(name: str) -> None:
    figures = measure(snippets(name), judge())

    assert figures.missed < 0.03
    assert figures.blocked < 0.02
    assert figures.held < 0.15
    assert figures.family > 0.90


def test_what_the_product_drafts_itself_is_clean() -> None:
    figures = measure(snippets("own_actions"), judge())

    assert (figures.blocked, figures.held) == (0, 0)


def test_the_sets_are_as_large_and_as_mixed_as_asked() -> None:
    """400 snippets, 40 % of them clean near-misses, a third of them held out (the set that came last and is not met yet included)."""
    labelled = [one for name in (*NAMES, "next/test_house") if not name.startswith("own_") for one in snippets(name)]
    held_out = [one for name in (*HELD_OUT, "next/test_house") for one in snippets(name)]

    assert len(labelled) >= 400
    assert sum(not one.violating for one in labelled) >= 0.4 * len(labelled)
    assert len(held_out) >= len(labelled) / 3
    assert len({one.item.text for one in labelled}) == len(labelled)

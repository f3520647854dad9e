"""Published and hand-checked vectors (T1-T9), and what holds for every model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.attribution import (
    CONVERSION,
    START,
    AttributionModel,
    Path,
    attribute,
    conversion_probability,
    removal_effects,
    transitions,
)

M = AttributionModel
THREE = tuple(Path(tuple(path), 3) for path in ("A", "AB", "ABC", "B", "BA", "BCA", "C", "CA", "CBA"))


def path(touches: str, conversions: float, nulls: float = 0) -> Path:
    return Path(tuple(touches.split(">")), conversions, nulls)


VECTORS = {
    "T1 removal example": (M.MARKOV, [path("c1>c2>c3", 1), path("c1", 0, 1), path("c2>c3", 0, 1)], {"c1": 0.2, "c2": 0.4, "c3": 0.4}),
    "T2 repeats": (M.MARKOV, [Path(tuple(p), 1) for p in ("ABABBA", "ABBAA", "AA")], {"A": 2, "B": 1}),
    "T3 nulls": (M.MARKOV, [path("a>b", 3, 1), path("a>c", 1, 1)], {"a": 2, "b": 1.5, "c": 0.5}),
    "T4 shapley": (M.SHAPLEY, [path("a", 4), path("a>b", 6)], {"a": 7, "b": 3}),
    "T5 shapley of one path": (M.SHAPLEY, [path("a>b>c>d", 10)], {"a": 2.5, "b": 2.5, "c": 2.5, "d": 2.5}),
    "T6 linear counts touches": (M.LINEAR, [path("a>a>b", 6)], {"a": 4, "b": 2}),
    "T7 position of two": (M.POSITION, [path("x>y", 10)], {"x": 5, "y": 5}),
    "T9 first": (M.FIRST, THREE, {"A": 9, "B": 9, "C": 9}),
    "T9 markov": (M.MARKOV, THREE, {"A": 3 * 3.547718, "B": 3 * 2.838174, "C": 3 * 2.614108}),
    "position 40/20/40": (M.POSITION, [path("a>b>c>d", 10)], {"a": 4, "b": 1, "c": 1, "d": 4}),
    "time decay halves per touch": (M.TIME_DECAY, [path("a>b>c", 7)], {"a": 1, "b": 2, "c": 4}),
    "last": (M.LAST, [path("a>b", 2), path("b>a", 3)], {"a": 3, "b": 2}),
}


@pytest.mark.parametrize("name", VECTORS)
def test_credit_matches_the_vector(name: str) -> None:
    model, paths, expected = VECTORS[name]

    assert attribute(paths, model) == pytest.approx(expected, abs=1e-4)


def test_removal_effects_of_t1() -> None:
    paths = [path("c1>c2>c3", 1), path("c1", 0, 1), path("c2>c3", 0, 1)]

    assert conversion_probability(transitions(paths)) == pytest.approx(1 / 3)
    assert removal_effects(paths) == pytest.approx({"c1": 0.5, "c2": 1, "c3": 1})


def test_transitions_of_t3_are_the_published_ones() -> None:
    chain = transitions([path("a>b", 3, 1), path("a>c", 1, 1)])

    assert chain["a"] == pytest.approx({"b": 2 / 3, "c": 1 / 3})
    assert chain["b"][CONVERSION] == pytest.approx(3 / 4)
    assert chain["c"][CONVERSION] == pytest.approx(1 / 2)
    assert chain[START] == {"a": 1}


def test_shapley_of_coalition_values_is_the_published_one() -> None:
    """T8: the coalition values written as conversions of each exact set of channels (its Möbius transform: 7, 6, 4, 2, -4, -1, 5)."""
    worth = {("o",): 7, ("f",): 6, ("d",): 4, ("o", "f"): 15, ("o", "d"): 7, ("f", "d"): 9, ("o", "f", "d"): 19}
    shares: dict[tuple[str, ...], float] = {}
    for members in sorted(worth, key=len):
        shares[members] = worth[members] - sum(value for inner, value in shares.items() if set(inner) < set(members))

    credit = {"o": 0.0, "f": 0.0, "d": 0.0}
    for members, share in shares.items():
        sign = 1 if share >= 0 else -1
        for channel, points in attribute([Path(members, abs(share))], M.SHAPLEY).items():
            credit[channel] += sign * points

    assert credit == pytest.approx({"o": 7.6667, "f": 8.1667, "d": 3.1667}, abs=1e-4)


def test_collapsing_immediate_repeats_changes_nothing_in_the_removal_effect() -> None:
    repeated = [path("a>a>b>b>b", 3, 2), path("b>a>a", 1, 4)]
    collapsed = [path("a>b", 3, 2), path("b>a", 1, 4)]

    assert removal_effects(repeated) == pytest.approx(removal_effects(collapsed))


paths_strategy = st.lists(
    st.builds(
        Path,
        st.lists(st.sampled_from("abcde"), min_size=1, max_size=6).map(tuple),
        st.integers(0, 50).map(float),
        st.integers(0, 50).map(float),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize("model", list(M))
@given(paths=paths_strategy)
def test_credit_adds_up_to_the_conversions(model: AttributionModel, paths: list[Path]) -> None:
    credit = attribute(paths, model)

    assert sum(credit.values()) == pytest.approx(sum(p.conversions for p in paths), abs=1e-9)
    assert all(points >= -1e-9 for points in credit.values())


@pytest.mark.parametrize("bad", [Path((), 1), Path(("a", ""), 1), Path(("a",), -1), Path(("a",), float("nan")), Path((START,), 1)])
def test_a_path_that_cannot_be_is_refused(bad: Path) -> None:
    with pytest.raises(ValueError, match=r"path|named|numbers"):
        attribute([bad], M.LINEAR)

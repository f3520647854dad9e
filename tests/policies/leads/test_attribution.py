"""Published and hand-checked vectors (T1-T9), and what holds for every model."""

from fractions import Fraction
from itertools import pairwise
from math import fsum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.attribution import (
    CONVERSION,
    NULL,
    START,
    AttributionModel,
    Path,
    attribute,
    by_ends,
    conversion_probability,
    disagreement,
    removal_effects,
    shapley,
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
    "T9 linear, sum 27": (M.LINEAR, THREE, {"A": 10.5, "B": 9, "C": 7.5}),
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


T8 = {("o",): 7, ("f",): 6, ("d",): 4, ("o", "f"): 15, ("o", "d"): 7, ("f", "d"): 9, ("o", "f", "d"): 19}


def test_shapley_of_coalition_values_is_the_published_one() -> None:
    worth = {frozenset(members): float(value) for members, value in T8.items()}

    assert shapley(worth) == pytest.approx({"o": 7.6667, "f": 8.1667, "d": 3.1667}, abs=1e-4)


def test_shapley_refuses_what_it_cannot_compute() -> None:
    with pytest.raises(ValueError, match=r"coalition \{a, b\} has no finite value: give"):
        shapley({frozenset("a"): 1.0, frozenset("b"): 1.0})
    with pytest.raises(ValueError, match="no finite value"):
        shapley({frozenset("a"): float("nan")})
    with pytest.raises(ValueError, match=r"16 channels make 2.16 coalitions.*group"):
        shapley({frozenset("abcdefghijklmnop"): 1.0})
    assert shapley({}) == {}


def test_fifteen_channels_have_an_exact_shapley_value() -> None:
    channels = [f"c{number}" for number in range(15)]
    worth = {frozenset(c for place, c in enumerate(channels) if mask >> place & 1): float(mask) for mask in range(1 << 15)}

    assert shapley(worth) == pytest.approx({channel: 2.0**place for place, channel in enumerate(channels)}, rel=1e-9)


def test_position_takes_shares_of_your_own() -> None:
    """T7 with weights 30/70."""
    assert by_ends([path("x>y", 10)], first=0.3, last=0.7) == pytest.approx({"x": 3, "y": 7}, abs=1e-4)
    assert by_ends([path("x>m>n>y", 10)], first=0.3, last=0.5) == pytest.approx({"x": 3, "m": 1, "n": 1, "y": 5})
    with pytest.raises(ValueError, match="shares"):
        by_ends([path("x>y", 10)], first=0.7, last=0.7)


def test_the_last_direct_visit_gives_way_to_the_source_before_it() -> None:
    paths = [path("ads>email>direct", 2), path("Direct>(direct)", 1), path("direct>ads", 4)]

    assert attribute(paths, M.LAST_NON_DIRECT) == {"(direct)": 1, "Direct": 0, "ads": 4, "direct": 0, "email": 2}


def test_collapsing_immediate_repeats_changes_nothing_in_the_removal_effect() -> None:
    repeated = [path("a>a>b>b>b", 3, 2), path("b>a>a", 1, 4)]
    collapsed = [path("a>b", 3, 2), path("b>a", 1, 4)]

    assert removal_effects(repeated) == pytest.approx(removal_effects(collapsed))


counts = st.one_of(st.just(0.0), st.integers(0, 50).map(float), st.integers(0, 10**9).map(float), st.floats(1e-6, 1e9))
paths_strategy = st.lists(
    st.builds(Path, st.lists(st.sampled_from("abcde"), min_size=1, max_size=6).map(tuple), counts, counts), min_size=1, max_size=12
)


@pytest.mark.parametrize("model", list(M))
@given(paths=paths_strategy)
def test_credit_adds_up_to_the_conversions(model: AttributionModel, paths: list[Path]) -> None:
    credit = attribute(paths, model)

    assert fsum(credit.values()) == pytest.approx(fsum(p.conversions for p in paths), rel=1e-14, abs=1e-9)
    assert all(points >= 0 for points in credit.values())
    assert set(credit) == {touch for p in paths for touch in p.touches}


@pytest.mark.parametrize("model", list(M))
@pytest.mark.parametrize(
    ("paths", "conversions"),
    [
        ([], 0),
        ([path("a>b", 0, 7), path("b", 0, 2)], 0),
        ([path("a>b", 0, 0)], 0),
        ([path("a", 1, 0)], 1),
        ([path("a>b", 5, 1), path("c", 0, 9), path("d>c", 0, 1)], 5),
        ([path("a>b>a", 1e9, 3e9), path("b", 1, 1e9)], 1e9 + 1),
        ([Path(("a", "b") * 50_000, 3, 1), path("c", 1, 1)], 4),
        ([path("a", 1e-9, 1e12), path("b>a", 0, 1e15)], 1e-9),
    ],
)
def test_credit_adds_up_at_the_edges(model: AttributionModel, paths: list[Path], conversions: float) -> None:
    credit = attribute(paths, model)

    assert fsum(credit.values()) == pytest.approx(conversions, rel=1e-12)


@pytest.mark.parametrize("model", list(M))
def test_a_channel_nobody_converted_through_gets_nothing(model: AttributionModel) -> None:
    credit = attribute([path("a>b", 5, 1), path("c", 0, 9), path("d>c", 0, 1)], model)

    assert (credit["c"], credit["d"]) == (0, 0)


@pytest.mark.parametrize("model", list(M))
def test_ten_thousand_paths_still_add_up_to_a_billionth(model: AttributionModel) -> None:
    paths = [Path(tuple(f"c{(place * step) % 12}" for place in range(step % 9 + 1)), 7 + step % 5, step % 3) for step in range(10_000)]

    assert fsum(attribute(paths, model).values()) == pytest.approx(sum(p.conversions for p in paths), rel=0, abs=1e-9)


small_paths = st.lists(
    st.builds(Path, st.lists(st.sampled_from("abcd"), min_size=1, max_size=5).map(tuple), st.integers(0, 9), st.integers(0, 9)),
    min_size=1,
    max_size=8,
)


@given(paths=small_paths)
def test_removal_effects_are_those_of_an_exact_rational_solver(paths: list[Path]) -> None:
    whole = exact_probability(paths, None)
    expected = {c: float(1 - exact_probability(paths, c) / whole) if whole else 0.0 for c in {t for p in paths for t in p.touches}}

    assert removal_effects(paths) == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert conversion_probability(transitions(paths)) == pytest.approx(float(whole), rel=1e-12)
    assert not whole or sum(expected.values()) >= 1 - 1e-12


def exact_probability(paths: list[Path], without: str | None) -> Fraction:
    """x = (I - Q)^-1 r by Gauss-Jordan over fractions, from the counts up."""
    rows: dict[str, dict[str, Fraction]] = {}
    for touches, conversions, nulls in paths:
        for end, people in ((CONVERSION, conversions), (NULL, nulls)):
            for here, there in pairwise((START, *touches, end)):
                row = rows.setdefault(here, {})
                row[there] = row.get(there, Fraction(0)) + Fraction(people)
    rows = {here: {there: n / sum(row.values()) for there, n in row.items()} for here, row in rows.items() if sum(row.values())}
    states = [state for state in rows if state != without]
    if START not in states:
        return Fraction(0)
    matrix = [[Fraction(s == t) - rows[s].get(t, 0) for t in states] + [rows[s].get(CONVERSION, Fraction(0))] for s in states]
    for column in range(len(states)):
        pivot = next(row for row in range(column, len(states)) if matrix[row][column])
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        matrix[column] = [value / matrix[column][column] for value in matrix[column]]
        for row in range(len(states)):
            if row != column:
                matrix[row] = [a - matrix[row][column] * b for a, b in zip(matrix[row], matrix[column], strict=True)]
    return matrix[states.index(START)][-1]


@given(paths=small_paths)
def test_the_closed_form_is_the_shapley_value_of_the_path_sets(paths: list[Path]) -> None:
    channels = sorted({touch for p in paths for touch in p.touches})
    coalitions = [frozenset(c for place, c in enumerate(channels) if mask >> place & 1) for mask in range(1 << len(channels))]
    worth = {members: float(sum(p.conversions for p in paths if set(p.touches) <= members)) for members in coalitions}

    assert attribute(paths, M.SHAPLEY) == pytest.approx(shapley(worth), abs=1e-9)


@given(paths=paths_strategy)
def test_models_disagree_only_where_their_credits_lie_apart(paths: list[Path]) -> None:
    credit = {model: attribute(paths, model) for model in M}
    whole = fsum(p.conversions for p in paths)

    for channel, spread in disagreement(credit, whole).items():
        points = [credit[model][channel] for model in M]
        assert (spread.least, spread.most) == (min(points), max(points))
        assert credit[spread.most_model][channel] == spread.most
        assert spread.flagged == (max(points) - min(points) > 0.05 * whole)


def test_more_channels_than_the_chain_is_solved_for_are_refused_with_a_way_out() -> None:
    with pytest.raises(ValueError, match=r"201 channels .* group them"):
        attribute([Path(tuple(f"c{n}" for n in range(201)), 1)], M.MARKOV)


@pytest.mark.parametrize(
    "bad",
    [
        Path((), 1),
        Path(("a", ""), 1),
        Path(("a",), -1),
        Path(("a",), float("nan")),
        Path(("a",), 1e16),
        Path(("a",), 1, -1),
        Path((START,), 1),
    ],
)
def test_a_path_that_cannot_be_is_refused(bad: Path) -> None:
    with pytest.raises(ValueError, match=r"path|named|numbers"):
        attribute([bad], M.LINEAR)

import numpy as np
import polars as pl
import pytest

from policies.leads.forbidden import FORBIDDEN_FEATURES, forbidden_in
from tools.errors import DataError
from tools.learning.columns import Chosen, Kind, choose_columns
from tools.learning.encode import MISSING, OTHER, binned, fit_encoding
from tools.learning.leads import leads_of
from tools.learning.read import Table

ROWS = 200


def chosen(column: list[object] | pl.Series, *, name: str = "x", keep: tuple[str, ...] = (), drop: tuple[str, ...] = ()) -> Chosen:
    frame = pl.DataFrame({"y": [1, 0] * (ROWS // 2), "t": list(range(ROWS)), name: column}, strict=False)
    return choose_columns(leads_of(Table("leads.csv", frame, lines=True), outcome="y", time="t"), keep=keep, drop=drop)


@pytest.mark.parametrize(
    ("name", "column", "why"),
    [
        ("x", [f"L-{number}" for number in range(ROWS)], "id"),
        ("Lead Number", [90_000 + 37 * number % 100_000 for number in range(ROWS)], "id"),
        ("row", list(range(ROWS)), "id"),
        ("x", ["same"] * ROWS, "constant"),
        ("x", [None] * ROWS, "constant"),
        (
            "x",
            [f"He wrote at length about the weather and then about number {number % 20} on the list" for number in range(ROWS)],
            "free text",
        ),
        ("x", [f"word {number % 150}" for number in range(ROWS)], "free text"),
        ("x", ["2026-01-01", "2026-01-02"] * (ROWS // 2), "date"),
        ("x", [[1], [2]] * (ROWS // 2), "nested"),
        ("Patient Age", [30, 40] * (ROWS // 2), "forbidden"),
        ("primaryDiagnosis", ["a", "b"] * (ROWS // 2), "forbidden"),
        ("DOB", ["a", "b"] * (ROWS // 2), "forbidden"),
    ],
)
def test_what_cannot_teach_is_left_out_with_its_reason(name: str, column: list[object], why: str) -> None:
    found = chosen(column, name=name)

    (out,) = found.left_out
    assert (out.why, bool(out.reason)) == (why, True)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([float(number) * 1.37 for number in range(ROWS)], Kind.NUMBER),
        ([(number * 7919) % 100_003 for number in range(ROWS)], Kind.NUMBER),  # amounts: all different, but no id
        (["a", None] * (ROWS // 2), Kind.CATEGORY),
        (["same", None] * (ROWS // 2), Kind.CATEGORY),
        (["0", "1"] * (ROWS // 2), Kind.NUMBER),
        (["12", "8 or so"] * (ROWS // 2), Kind.CATEGORY),
    ],
)
def test_kinds_are_inferred(column: list[object], kind: Kind) -> None:
    (found,) = chosen(column, name="amount").columns

    assert found.kind is kind


def test_a_few_words_and_infinities_among_numbers_are_missing_and_it_is_said() -> None:
    found = chosen(["about 7", "inf", *(str(number / 3) for number in range(ROWS - 2))])

    (column,) = found.columns
    assert column.kind is Kind.NUMBER
    assert column.missing.sum() == 2
    assert [note.split(":")[1].split()[0] for note in found.notes] == ["1", "1"]


@pytest.mark.parametrize("feature", sorted(FORBIDDEN_FEATURES))
def test_every_forbidden_feature_is_known_under_the_names_files_give_it(feature: str) -> None:
    spaced = feature.replace("_", " ").title()

    assert all(
        forbidden_in(name) for name in (feature, feature.upper(), spaced, f"Lead {spaced}", spaced.replace(" ", ""), f"{feature}_band")
    )


@pytest.mark.parametrize("name", ["page", "stage", "Average Order", "trace", "sextant", "agent", "embrace", "colorado"])
def test_words_that_only_contain_a_forbidden_one_are_fine(name: str) -> None:
    assert forbidden_in(name) is None


def test_keep_overrides_a_reason_but_never_the_forbidden_one() -> None:
    ids = [f"L-{number}" for number in range(ROWS)]

    assert [column.name for column in chosen(ids, keep=("x",)).columns] == ["x"]
    assert chosen(["a", "b"] * (ROWS // 2), drop=("x",)).left_out[0].why == "dropped"
    with pytest.raises(DataError, match="age may never be learned from"):
        chosen([30, 40] * (ROWS // 2), name="age", keep=("age",))
    with pytest.raises(DataError, match=r"--drop vists: .* did you mean visits"):
        chosen([30, 40] * (ROWS // 2), name="visits", drop=("vists",))


def test_a_million_different_strings_are_an_id() -> None:
    count = 1_000_000
    frame = pl.DataFrame({"y": np.arange(count) % 2, "t": np.arange(count), "x": pl.Series(np.arange(count)).cast(pl.String) + "-a"})
    found = choose_columns(leads_of(Table("leads.csv", frame, lines=True), outcome="y", time="t"))

    assert [out.why for out in found.left_out] == ["id"]


def test_rare_levels_are_pooled_and_unseen_ones_join_them() -> None:
    column = chosen(["a"] * 60 + ["b"] * 30 + ["rare"] * 5 + [None] * 5 + ["new"] * 50 + ["a"] * 50).columns
    encoding = fit_encoding(column, slice(0, 100))

    assert [term.label for term in encoding.terms] == ["a", "b", OTHER, MISSING]
    matrix = encoding.matrix(column, slice(0, ROWS))
    assert matrix.sum(axis=0).tolist() == [110, 30, 55, 5]
    assert matrix.sum(axis=1).tolist() == [1] * ROWS
    codes, count = binned(column[0], slice(0, 100), 10)
    assert (sorted(set(codes.tolist())), count) == ([0, 1, 2, 3], 4)


def test_numbers_are_filled_with_the_older_leads_median_and_say_that_they_were_missing() -> None:
    column = chosen([1.0, 2.0, 3.0, None] * 25 + [None] * 50 + [1e9] * 50).columns
    encoding = fit_encoding(column, slice(0, 100))
    matrix = encoding.matrix(column, slice(0, ROWS))

    assert np.all(matrix[100:150] == [0, 1])
    assert np.all(matrix[150:, 0] == matrix[2, 0])  # cut at what the older leads reached
    assert abs(matrix[:100][matrix[:100, 1] == 0, 0].mean()) < 1e-12


def test_mixed_types_in_parquet_columns_do_not_disturb() -> None:
    frame = pl.DataFrame(
        {
            "y": [True, False] * 100,
            "t": range(200),
            "flag": [True, None] * 100,
            "whole": pl.Series([1, 2] * 100, dtype=pl.UInt8),
            "raw": [b"a"] * 200,
        }
    )
    found = choose_columns(leads_of(Table("leads.parquet", frame, lines=False), outcome="y", time="t"))

    assert [column.name for column in found.columns] == ["flag", "whole"]
    assert [out.why for out in found.left_out] == ["nested"]

from pathlib import Path

import polars as pl
import pytest

from tools.errors import DataError
from tools.learning.leads import Leads, leads_of
from tools.learning.read import read_table


def leads(folder: Path, body: str | bytes, *, name: str = "leads.csv", **options: str) -> Leads:
    path = folder / name
    path.write_bytes(body if isinstance(body, bytes) else body.encode())
    return leads_of(read_table(path), **({"outcome": "y", "time": "t"} | options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty"),
        ("y,t\n", "no lead"),
        ("y,t,x\n1,2026-01-02,caf\xe9\n".encode("latin-1"), "line 2 is not UTF-8"),
        ("y,t,x\n".encode("utf-16"), "not UTF-8"),
        (b"y,t\n1,\x00\n", "line 2 holds a NUL"),
        ("y,t,t\n1,2026-01-02,3\n", "t stands there twice"),
        ("y,t,\n1,2026-01-02,3\n", "column 3 has no name"),
        ("y,t,x\n1,2026-01-02,3\n0,2026-01-03,5,6\n", "line 3 has 4 cells"),
        ("y,t,x\n1,2026-01-02,3,4\n0,2026-01-03,5\n", "line 2 has 4 cells"),
        ('y,t,x\n1,2026-01-02,"3\n0,2026-01-03,5\n', "close its quotation mark"),
        ("y,t\n1,2026-01-02\n1,2026-01-03\n", "every y is good"),
        ("y,t\n0,2026-01-02\n", "every y is bad"),
        ("y,t\n1,2026-01-02\n0,2026-01-03\n2,2026-01-04\n", "3 different values .see line 2, line 3, line 4.*--positive"),
        ("y,t\n1,2026-01-02\nmaybe,2026-01-03\n", "line 3: y is neither yes nor no"),
        ("y,t\n1,2026-01-02\n0,soon\n", "line 3: t is no time"),
        ("y,t\n1,01/02/2026\n0,03/02/2026\n", "month/day or day/month"),
        ("y,t\n1,inf\n0,4\n", "line 2: t is infinite"),
        ("y,t\n1,2026-01-02\n0,2026-01-02\n", "every t is the same"),
        ("y,t\n1,\n0,\n", "no row has both"),
        ("y,when\n1,2026-01-02\n", "no column t: it has y, when"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_the_place_and_the_mend(tmp_path: Path, body: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=f"leads.csv.*{message}"):
        leads(tmp_path, body)


def test_a_missing_column_is_answered_with_the_nearest_names(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no column convrted: did you mean Converted\?"):
        leads(tmp_path, "Converted,t\n1,2026-01-02\n", outcome="convrted")


def test_one_column_cannot_be_outcome_and_time(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="one column twice"):
        leads(tmp_path, "y,t\n1,2026-01-02\n0,2026-01-03\n", time="y")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv cannot be read"):
        read_table(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("body", "message"), [(b"y,t\n1,2\n", "is named Parquet but is none"), (b"PAR1 nothing PAR1", "begins like Parquet")]
)
def test_parquet_that_is_none_is_named(tmp_path: Path, body: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        leads(tmp_path, body, name="leads.parquet")


def test_rows_are_sorted_by_time_and_it_is_said(tmp_path: Path) -> None:
    found = leads(tmp_path, "y;t;x\r\n1;2026-01-03;c\r\n0;2026-01-01T09:00:00Z;a\r\nno;2026-01-01 12:00+02:00;b\r\n")

    assert found.frame["x"].to_list() == ["a", "b", "c"]
    assert found.good.tolist() == [False, False, True]
    assert found.dated
    assert "not in order of t" in found.notes[0]


def test_words_for_missing_are_missing_and_rows_without_outcome_or_time_are_left_out(tmp_path: Path) -> None:
    found = leads(tmp_path, "\ufeffy,t,x\n1,1,NA\n0,2,Select\n,3,a\n1,,b\n0,5, a \n")

    assert found.frame["x"].to_list() == [None, None, "a"]
    assert not found.dated
    assert [note.split(" are")[0] for note in found.notes] == ["1 rows without an outcome", "1 rows without a time"]


def test_a_row_that_ends_early_lacks_its_last_cells(tmp_path: Path) -> None:
    found = leads(tmp_path, "y,t,x\n1,2026-01-02\n\n0,2026-01-03,3\n\n")

    assert found.frame["x"].to_list() == [None, "3"]


def test_a_lead_counts_once_and_its_oldest_row_stays(tmp_path: Path) -> None:
    found = leads(tmp_path, "y,t,who\n1,3,a\n0,1,a\n1,2,b\n", id_="who")

    assert found.good.tolist() == [False, True]
    assert "1 later rows of leads" in found.notes[-1]


def test_any_two_words_are_an_outcome_once_the_good_one_is_named(tmp_path: Path) -> None:
    found = leads(tmp_path, "y,t\nA,1\nB,2\nC,3\n", positive="b")

    assert found.good.tolist() == [False, True, False]
    with pytest.raises(DataError, match="no y is d"):
        leads(tmp_path, "y,t\nA,1\nB,2\n", positive="d")


def test_day_first_times_and_epochs_are_read(tmp_path: Path) -> None:
    days = leads(tmp_path, "y,t\n1,31/01/2026\n0,01/02/2026\n")
    millis = leads(tmp_path, "y,t\n1,1769817600000\n0,1769904000000\n")

    assert days.time.tolist() == millis.time.tolist() == [1769817600, 1769904000]


def test_parquet_and_csv_of_the_same_leads_are_read_alike(tmp_path: Path) -> None:
    frame = pl.DataFrame({"y": [True, False, None], "t": ["2026-01-01", "2026-01-02", "2026-01-03"], "x": [1.5, None, 2.0]})
    frame.write_csv(tmp_path / "leads.csv")
    frame.with_columns(pl.col("t").str.to_date()).write_parquet(tmp_path / "leads.parquet")

    csv, parquet = (leads_of(read_table(tmp_path / name), outcome="y", time="t") for name in ("leads.csv", "leads.parquet"))
    assert csv.good.tolist() == parquet.good.tolist() == [True, False]
    assert csv.time.tolist() == parquet.time.tolist()

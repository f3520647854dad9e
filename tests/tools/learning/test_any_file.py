"""Whatever the file: an answer or a named error, never anything else."""

import contextlib
import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.errors import DataError
from tools.learning.leads import leads_of
from tools.learning.learn import Learned, learn
from tools.learning.read import Table, read_table
from tools.learning.report import learned_page

cell = st.sampled_from(
    ["", "1", "0", "yes", "no", "NaN", "inf", "-1e308", "1e400", "2026-01-01", "a", "b", "é", '"q', "a,b", "NULL", "007", " "]
)


def answer(table: Table, **options: Any) -> Learned | str:
    try:
        found = learn(leads_of(table, **({"outcome": "y", "time": "t"} | options)))
    except DataError as error:
        return str(error)
    json.dumps(found.model_dump(mode="json"), allow_nan=False)
    return found


@given(st.lists(st.tuples(cell, cell, cell, cell), min_size=1, max_size=40))
@settings(max_examples=60)
def test_any_cells_give_an_answer_or_a_named_error(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]) -> None:
    frame = pl.DataFrame(rows, schema=["y", "t", "x", "z"], orient="row")
    path = tmp_path_factory.mktemp("any") / "any.csv"
    frame.write_csv(path)

    found = answer(read_table(path))
    assert isinstance(found, Learned) or "any.csv" in found


@given(st.binary(max_size=400))
def test_any_bytes_give_an_answer_or_a_named_error(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    path = tmp_path_factory.mktemp("bytes") / "any.csv"
    path.write_bytes(b"y,t,x\n" + body)

    with contextlib.suppress(DataError):
        answer(read_table(path))


WEIRD: dict[str, Any] = {
    "decimal": [Decimal("1.5"), Decimal("2.5")],
    "date": [dt.date(2026, 1, 1), dt.date(2026, 1, 2)],
    "clock": [dt.time(9), dt.time(10)],
    "length": [dt.timedelta(1), dt.timedelta(2)],
    "list": [[1], [2]],
    "struct": [{"a": 1}, {"a": 2}],
    "bytes": [b"a", b"b"],
    "nothing": [None, None],
    "truth": [True, None],
    "nan": [float("nan"), float("inf")],
    "enum": pl.Series(["a", "b"], dtype=pl.Enum(["a", "b"])),
    "large": pl.Series([2**63, 1], dtype=pl.UInt64),
}


@pytest.mark.parametrize("role", ["outcome", "time", "id_", "feature"])
@pytest.mark.parametrize("kind", list(WEIRD))
def test_every_type_of_parquet_is_handled_in_every_role(tmp_path: Path, kind: str, role: str) -> None:
    values = pl.Series("w", WEIRD[kind])
    frame = pl.DataFrame({"y": [1, 0] * 40, "t": list(range(80)), "w": pl.concat([values] * 40)})
    frame.write_parquet(tmp_path / "any.parquet")

    found = answer(read_table(tmp_path / "any.parquet"), **({} if role == "feature" else {role: "w"}))
    if isinstance(found, Learned):
        assert learned_page(found).endswith("</html>")


def test_a_file_with_odd_header_and_line_ends_is_read(tmp_path: Path) -> None:
    (tmp_path / "mac.csv").write_bytes(b"y,t\r1,1\r0,2\r")
    (tmp_path / "quoted.csv").write_bytes(b'y,t,"two\nlines"\r\n1,1,a\r\n0,2,b\r\n')
    (tmp_path / "long.csv").write_bytes(b"y" * 200_000)

    assert read_table(tmp_path / "mac.csv").frame.shape == (2, 2)
    assert read_table(tmp_path / "quoted.csv").frame.columns == ["y", "t", "two\nlines"]
    with pytest.raises(DataError, match="line 1 is too long"):
        read_table(tmp_path / "long.csv")


def test_a_wide_file_of_noise_and_a_separable_one_are_answered() -> None:
    rng = np.random.default_rng(1)
    good = np.arange(600) % 3 == 0
    wide = {f"x{number}": rng.normal(size=600) for number in range(300)}
    separable = {"x": good * 10.0 + rng.normal(size=600) * 0.01, "z": rng.normal(size=600)}

    noise = answer(Table("wide.csv", pl.DataFrame({"y": good, "t": np.arange(600)} | wide).cast({"y": pl.Int8}), lines=True))
    clear = answer(Table("clear.csv", pl.DataFrame({"y": good, "t": np.arange(600)} | separable).cast({"y": pl.Int8}), lines=True))
    assert isinstance(noise, Learned)
    assert noise.decision == "rules"
    assert isinstance(clear, Learned)
    assert [out.column for out in clear.left_out] == ["x"]

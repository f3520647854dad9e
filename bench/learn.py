"""Time and memory of `liaison model learn` on 100,000 leads with 30 columns, as a ratio to scikit-learn's bare fit of the ready matrix, in one run.

The bare fit is one logistic regression on a matrix somebody else has read, cleaned and encoded. Learning reads the file, judges 30 columns,
fits seven logistic regressions and three naive Bayes models over three windows of time, and bootstraps every figure.
"""

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from tests.tools.learning.made import made_leads
from tools.learning.columns import choose_columns
from tools.learning.encode import fit_encoding
from tools.learning.leads import leads_of
from tools.learning.leaks import find_leaks
from tools.learning.learn import learn
from tools.learning.read import Table, read_table
from tools.learning.report import learned_page

PLANTED = {"Tags", "Lead Quality", "duration", "grp"}


def made(rows: int, *, seed: int = 7) -> pl.DataFrame:
    """`rows` leads with 20 numbers (5 of them skewed amounts, 3 with gaps), 10 categories of 3 to 40 levels, an id, a time and an outcome."""
    rng = np.random.default_rng(seed)
    log_odds = np.full(rows, -1.5)
    columns: dict[str, Any] = {"lead": [f"L-{number}" for number in range(rows)], "at": np.arange(rows) * 60 + 1_700_000_000}
    for number in range(20):
        values = rng.normal(size=rows)
        log_odds += values * (0.4 if number % 4 == 0 else 0.05)
        shown = np.round(np.exp(values) * 10) if number < 5 else np.round(values, 4)
        columns[f"number_{number}"] = pl.Series(
            np.where(rng.random(rows) < 0.1, np.nan, shown) if number % 7 == 3 else shown, nan_to_null=True
        )
    for number in range(10):
        levels = 3 + 4 * number
        codes = rng.integers(0, levels, size=rows)
        log_odds += rng.normal(scale=0.3, size=levels)[codes]
        columns[f"category_{number}"] = np.array([f"level {level}" for level in range(levels)])[codes]
    columns["good"] = (rng.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(int)
    return pl.DataFrame(columns)


def timed(work: Callable[[], Any], repeats: int = 3) -> tuple[float, Any]:
    """Seconds of the fastest of `repeats` runs, and what the last one gave."""
    best, found = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - start)
    return best, found


def leaks(seeds: int) -> None:
    """Of the tests' four planted columns and six innocent ones: how many leaks stay, and how many innocent columns go."""
    for rows in (400, 1_000, 3_000, 10_000):
        for base in (-3.5, -1.2, 0.5):
            missed = wrong = conversions = 0
            for seed in range(seeds):
                frame = made_leads(rows, seed=seed, base=base, leaks=True, gap=True, drift=(0.0, 1.0, -1.0)[seed % 3])
                leads = leads_of(Table("made.csv", frame, lines=True), outcome="converted", time="created", id_="lead_id")
                flagged = {sign.column for sign in find_leaks(choose_columns(leads).columns, leads.good) if sign.leak}
                missed += len(PLANTED - flagged)
                wrong += len(flagged - PLANTED)
                conversions += leads.conversions
            print(
                f"  {rows} leads, {conversions / seeds / rows:.0%} convert: missed {missed} of {4 * seeds}, wrongly left out {wrong} of {6 * seeds}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--leaks", type=int, default=0, metavar="SEEDS", help="also count leaks found and missed over so many made files")
    given = parser.parse_args()
    rows = given.rows
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "leads.csv"
        made(rows).write_csv(file)
        leads = leads_of(read_table(file), outcome="good", time="at", id_="lead")
        columns = choose_columns(leads).columns
        everyone = slice(0, leads.count)
        matrix = fit_encoding(columns, everyone).matrix(columns, everyone)
        bare = {}
        with threadpool_limits(limits=1):
            for solver in ("newton-cholesky", "lbfgs"):
                bare[solver], _ = timed(lambda solver=solver: LogisticRegression(solver=solver, max_iter=500).fit(matrix, leads.good))
        reading, _ = timed(lambda: leads_of(read_table(file), outcome="good", time="at", id_="lead"))
        learning, found = timed(lambda: learn(leads))
        page, _ = timed(lambda: learned_page(found), repeats=1)
    whole = reading + learning
    print(f"{rows} leads, {len(columns)} columns, matrix of {matrix.shape[1]} terms; decision {found.decision}")
    for solver, seconds in bare.items():
        print(f"  bare fit ({solver}): {seconds:.2f} s; learning takes {whole / seconds:.1f} times as long")
    print(f"  reading {reading:.2f} s, learning {learning:.2f} s ({len(found.left_out)} columns left out), report {page:.2f} s")
    if given.leaks:
        leaks(given.leaks)
    print(f"  peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB, bench included")


if __name__ == "__main__":
    main()

"""Leads with a known answer: seeded, with the true coefficients, leaks of every kind and drift one can switch on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

START = datetime(2024, 1, 1, tzinfo=UTC)
TRUE = {"visits": 0.8, "minutes": 0.5, "noise": 0.0}
PAYER = {"accepted": 0.9, "self_pay": 0.3, "unknown_plan": -0.6}


def made_leads(
    count: int = 6000, *, seed: int = 11, base: float = -1.2, drift: float = 0.0, leaks: bool = False, gap: bool = False
) -> pl.DataFrame:
    """Leads over 300 days. `drift`: how much the log-odds of converting change from first to last. `leaks` adds columns filled after contact."""
    rng = np.random.default_rng(seed)
    age = np.linspace(0, 1, count)
    visits, minutes, noise = (rng.normal(size=count) for _ in range(3))
    payer = rng.choice(list(PAYER), size=count, p=[0.5, 0.3, 0.2])
    in_area = rng.random(count) < 0.6
    log_odds = base + drift * age + TRUE["visits"] * visits + TRUE["minutes"] * minutes
    log_odds += np.array([PAYER[value] for value in payer]) + np.where(in_area, 0.7, -0.7)
    good = rng.random(count) < 1 / (1 + np.exp(-log_odds))
    if gap:
        minutes = np.where(rng.random(count) < 0.1, np.nan, minutes)
    seconds = np.sort(rng.random(count)) * 300 * 86_400
    frame = pl.DataFrame(
        {
            "lead_id": [f"L-{number:06d}" for number in rng.permutation(count)],
            "created": [(START + timedelta(seconds=float(value))).isoformat(timespec="seconds") for value in seconds],
            "visits": np.round(visits, 6),
            "minutes": pl.Series(np.round(minutes, 6), nan_to_null=True),
            "noise": np.round(noise, 6),
            "payer": payer,
            "in_area": np.where(in_area, "yes", "no"),
            "city": rng.choice([f"city {number}" for number in range(200)], size=count),
            "currency": ["USD"] * count,
            "Patient Age": rng.integers(18, 90, size=count),
            "converted": good.astype(int),
        }
    )
    return frame.with_columns(_leaks(rng, good)) if leaks else frame


def _leaks(rng: np.random.Generator, good: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> list[pl.Series]:
    """Columns a sales team fills: a tag, a quality given to those reached, the length of the call, and one with an innocent name."""
    count = len(good)
    reached = rng.random(count) < np.where(good, 0.95, 0.55)
    tag = np.where(
        good, rng.choice(["closed", "will come"], size=count), rng.choice(["ringing", "not interested", "will come"], size=count)
    )
    quality = np.where(
        good, rng.choice(["high", "might be"], size=count, p=[0.7, 0.3]), rng.choice(["worst", "might be"], size=count, p=[0.6, 0.4])
    )
    call = np.where(good, rng.gamma(4, 140, size=count), rng.gamma(2, 110, size=count))
    return [
        pl.Series("Tags", [str(value) if known else None for value, known in zip(tag, reached, strict=True)]),
        pl.Series("Lead Quality", [str(value) if known else None for value, known in zip(quality, reached, strict=True)]),
        pl.Series("duration", np.round(call)),
        pl.Series("grp", np.where(rng.random(count) < 0.97, good, ~good).astype(int)),
    ]


def written(frame: pl.DataFrame, folder: Path, name: str = "leads.csv") -> Path:
    path = folder / name
    if path.suffix == ".parquet":
        frame.write_parquet(path)
    else:
        frame.write_csv(path)
    return path

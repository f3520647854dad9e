"""Which columns of a file may be learned from, and what kind each is. Knows nothing of the outcome.

Left out, each with its reason: what the law or the agreement forbids, ids, constants, free text, dates, nested values.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from policies.leads.forbidden import FORBIDDEN_FEATURES
from tools.errors import DataError
from tools.learning.leads import Floats, Leads
from tools.learning.read import nearest

ID_SHARE = 0.95
"""A text column with this share of different values names its row."""
TEXT_SHARE, TEXT_LENGTH = 0.5, 60
"""Free text: half of its values are different, or they are this many characters long on average."""
NUMBER_SHARE = 0.95
"""A column is a number if this share of its stated values are; the rest count as missing."""
SPELLINGS = {
    **dict.fromkeys(("dob", "birth_date", "birthdate", "birthday", "date_of_birth", "year_of_birth", "birth_year"), "age"),
    **dict.fromkeys(("diagnoses", "icd", "icd10", "icd_10"), "diagnosis"),
    **dict.fromkeys(("search_query", "search_term", "search_terms", "query"), "query_text"),
    **dict.fromkeys(("medications", "drug", "prescription"), "medication"),
    **dict.fromkeys(("conditions",), "condition"),
    **dict.fromkeys(("referrals", "referral_volumes", "referrals_count", "number_of_referrals"), "referral_volume"),
}
"""Other usual names of forbidden features."""
_ID_NAME = re.compile(r"(^|_)(id|ids|uuid|guid|key|number|no|nr|num|index|row|prospect|hash|phone|zip)(_|$)")


class Why(StrEnum):
    """Why a column is not learned from."""

    FORBIDDEN = "forbidden"
    ID = "id"
    CONSTANT = "constant"
    TEXT = "free text"
    DATE = "date"
    NESTED = "nested"
    DROPPED = "dropped"
    LEAK = "leak"


class Kind(StrEnum):
    NUMBER = "number"
    CATEGORY = "category"


@dataclass(frozen=True, slots=True)
class LeftOut:
    column: str
    why: Why
    reason: str


@dataclass(frozen=True, slots=True)
class Column:
    """One feature, a row per lead in time order. `numbers`: NaN = missing (kind NUMBER, else empty). `codes`: place in `levels`, -1 = missing."""

    name: str
    kind: Kind
    numbers: Floats
    codes: NDArray[np.int32]
    levels: tuple[str, ...]

    @property
    def missing(self) -> NDArray[np.bool_]:
        return np.isnan(self.numbers) if self.kind is Kind.NUMBER else self.codes < 0


@dataclass(frozen=True, slots=True)
class Chosen:
    columns: tuple[Column, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...]


def words_of(name: str) -> str:
    """A column's name in lower snake case: "LastCallAt", "last call-at" -> last_call_at."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def forbidden_feature(name: str) -> str | None:
    """The forbidden feature that a column of this name holds, as whole words of it ("Patient Age" is age, "page" is not); None = none."""
    padded = f"_{words_of(name)}_"
    for feature in sorted(FORBIDDEN_FEATURES):
        if f"_{feature}_" in padded:
            return feature
    return next((feature for spelling, feature in sorted(SPELLINGS.items()) if f"_{spelling}_" in padded), None)


def choose_columns(leads: Leads, *, keep: Collection[str] = (), drop: Collection[str] = ()) -> Chosen:
    """Every column as a feature or left out. `keep` overrides reasons but the forbidden one; `drop` leaves out more.

    Raises DataError for a name that is no feature column, and for one that may never be learned from but is in `keep`.
    """
    names = leads.frame.columns
    for option, wanted in (("--keep", keep), ("--drop", drop)):
        if unknown := [name for name in wanted if name not in names]:
            raise DataError(f"{leads.table.name}: {option} {unknown[0]}: no feature column is called so: {nearest(unknown[0], names)}")
    if barred := [name for name in keep if forbidden_feature(name)]:
        raise DataError(f"--keep {barred[0]}: {forbidden_feature(barred[0])} may never be learned from: take the option away")
    columns: list[Column] = []
    left_out: list[LeftOut] = []
    notes: list[str] = []
    for name in names:
        found = _judge(leads, name, kept=name in keep, dropped=name in drop, notes=notes)
        if isinstance(found, Column):
            columns.append(found)
        else:
            left_out.append(found)
    return Chosen(tuple(columns), tuple(left_out), tuple(notes))


def _judge(leads: Leads, name: str, *, kept: bool, dropped: bool, notes: list[str]) -> Column | LeftOut:
    values = leads.frame[name]
    if feature := forbidden_feature(name):
        return LeftOut(name, Why.FORBIDDEN, f"{feature} may never steer marketing, whatever it foretells")
    if dropped:
        return LeftOut(name, Why.DROPPED, "left out by --drop")
    if values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object):
        return LeftOut(name, Why.NESTED, "holds lists, records or bytes, not one value per lead")
    if values.dtype.is_temporal() or _are_dates(values):
        return LeftOut(name, Why.DATE, "is a date: what happened since is often only known after contact")
    numbers = _numbers(values, notes)
    if numbers is None and not kept and (out := _worded(values)):
        return out
    column = _levels(values) if numbers is None else numbers
    if reason := _useless(column):
        return LeftOut(name, Why.CONSTANT, reason)
    if column.kind is Kind.NUMBER and not kept and (reason := _number_id(column, words_of(name))):
        return LeftOut(name, Why.ID, reason)
    return column


def _are_dates(values: pl.Series) -> bool:
    if values.dtype != pl.String:
        return False
    head = values.drop_nulls().head(200)
    return head.len() > 0 and bool(head.str.contains(r"^(\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?|\d{1,2}[/.]\d{1,2}[/.]\d{4}.*)$").all())


def _numbers(values: pl.Series, notes: list[str]) -> Column | None:
    """The column as numbers, None if too few of its values are."""
    numbers = values.cast(pl.Float64, strict=False)
    stated = values.len() - values.null_count()
    unread = numbers.null_count() - values.null_count()
    if not stated or unread > stated * (1 - NUMBER_SHARE):
        return None
    found: Floats = numbers.fill_null(float("nan")).to_numpy().astype(np.float64)
    infinite = np.isinf(found)
    if infinite.any():
        notes.append(f"{values.name}: {int(infinite.sum())} infinite values count as missing")
        found = np.where(infinite, np.nan, found)
    if unread:
        notes.append(f"{values.name}: {unread} values that are no numbers count as missing")
    return Column(values.name, Kind.NUMBER, found, np.empty(0, np.int32), ())


def _levels(values: pl.Series) -> Column:
    """Levels by falling count, ties by name."""
    counts = values.drop_nulls().cast(pl.String).value_counts(name="count")
    counts = counts.sort(["count", values.name], descending=[True, False])
    levels = counts[values.name].to_list()
    places = pl.DataFrame({"level": counts[values.name], "code": np.arange(len(levels), dtype=np.int32)})
    coded = pl.DataFrame({"level": values.cast(pl.String)}).join(places, on="level", how="left", maintain_order="left")["code"]
    return Column(values.name, Kind.CATEGORY, np.empty(0), coded.fill_null(-1).to_numpy().astype(np.int32), tuple(levels))


def _useless(column: Column) -> str | None:
    """Says why a column tells no lead from another: nothing stated, or one value and nothing missing."""
    missing = column.missing
    if missing.all():
        return "states nothing"
    if missing.any():
        return None
    same = np.ptp(column.numbers) == 0 if column.kind is Kind.NUMBER else len(column.levels) < 2
    return "has the same value for every lead" if same else None


def _number_id(column: Column, words: str) -> str | None:
    """Whole numbers, nearly all different, that are named like an id or count the rows. Amounts may be all different too: they stay."""
    known = column.numbers[~np.isnan(column.numbers)]
    if len(known) < 20 or np.any(known != np.floor(known)):
        return None
    distinct = np.unique(known)
    if len(distinct) < ID_SHARE * len(known):
        return None
    counts_rows = distinct[-1] - distinct[0] < 2 * len(known)
    ordered = bool(np.all(np.diff(known) > 0) or np.all(np.diff(known) < 0))
    if not (_ID_NAME.search(words) or counts_rows or ordered):
        return None
    return f"{len(distinct) / len(known):.0%} of its values are different, so it names its lead and foretells nothing of another"


def _worded(values: pl.Series) -> LeftOut | None:
    """Text that names its row, or is written freely."""
    name, stated = values.name, values.len() - values.null_count()
    if stated < 20:
        return None
    text = values.cast(pl.String)
    share = text.drop_nulls().n_unique() / stated
    length = text.str.len_chars().mean()
    mean_length = float(length) if isinstance(length, int | float) else 0.0
    if mean_length > TEXT_LENGTH:
        return LeftOut(name, Why.TEXT, f"is free text ({mean_length:.0f} characters on average): it may hold anything, health included")
    if share >= ID_SHARE:
        return LeftOut(name, Why.ID, f"{share:.0%} of its values are different, so it names its lead and foretells nothing of another")
    if share > TEXT_SHARE:
        return LeftOut(name, Why.TEXT, f"{share:.0%} of its values are different: it is free text, not a category")
    return None

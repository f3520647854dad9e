"""What every report is: filters in, numbers out, told as one sentence and as a table. A report holds no identifier of anybody."""

import csv
import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, Select, select

from policies.leads.model import Model
from policies.records import Record, Track
from tools.practice import Practice, ServiceLine
from tools.store.action_tables import sales_inbox

PERIODS = (30, 90, 365)
TRACK_WORDS = {Track.B2C_PATIENT: "Patients", Track.B2B_REFERRAL: "Referring practices"}

Cell = str | int | float | None


class Filters(NamedTuple):
    """What an address asks for; None = all. `days` looks back from now and is one of `PERIODS`."""

    track: Track | None = None
    line: str | None = None
    location: str | None = None
    days: int = 90


class Asked(NamedTuple):
    """One question to the store. `models` are those in force, by name; `at` is aware UTC."""

    connection: Connection
    practice: Practice
    models: Mapping[str, Model]
    filters: Filters
    at: datetime

    @property
    def since(self) -> datetime:
        return self.at - timedelta(days=self.filters.days)

    def lines(self) -> list[ServiceLine]:
        """The service lines that the filters leave, in the practice's order."""
        wanted = self.filters
        return [one for one in self.practice.service_lines if wanted.line in (None, one.key) and wanted.track in (None, one.track)]

    def model_of(self, line: str) -> Model | None:
        """The model in force on a service line."""
        return next((model for model in self.models.values() if model.service_line == line), None)

    def here(self) -> Select[tuple[str]] | None:
        """The handoffs (by action) of the location asked for; None = everywhere. A lead's location is known from its handoff on."""
        if self.filters.location is None:
            return None
        return select(sales_inbox.c.action).where(sales_inbox.c.location == self.filters.location)


class Table(NamedTuple):
    """The numbers of a picture. A column whose head ends in "%" holds percentages, 0-100."""

    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Report(Record):
    """The numbers of one picture at one instant. Subclasses say what they show in one sentence and as a table."""

    def takeaway(self) -> str:
        """What to remember of the picture, with its numbers: also its text for who cannot see it."""
        raise NotImplementedError

    def table(self) -> Table:
        raise NotImplementedError

    def is_empty(self) -> bool:
        """Nothing to draw yet."""
        raise NotImplementedError


# Spreadsheet programs run a cell that begins so as a formula.  Source: OWASP, "CSV Injection".
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(table: Table) -> str:
    """The table as CSV (RFC 4180) that no spreadsheet program takes for formulas; percentages with one decimal."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([safe_cell(name) for name in table.head])
    writer.writerows([[_csv_cell(cell) for cell in row] for row in table.rows])
    return out.getvalue()


def safe_cell(text: str) -> str:
    """`text` as a spreadsheet shows it: a beginning that would make it a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, str):
        return safe_cell(cell)
    return round(cell, 4) if isinstance(cell, float) else cell


def share(part: float, whole: float) -> float | None:
    """`part` of `whole` as a percentage; None of nothing."""
    return 100 * part / whole if whole else None


def percent(part: float, whole: float) -> str:
    """ "30 %", or "–" of nothing."""
    found = share(part, whole)
    return "–" if found is None else f"{found:.0f} %"


def spoken(key: str) -> str:
    """A key of a closed set as words: `not_reachable` is "Not reachable"."""
    return key.replace("_", " ").strip().capitalize()


def length(hours: float) -> str:
    """A span as a person says it: "40 min", "5 h", "3.2 days"."""
    if hours < 1:
        return f"{hours * 60:.0f} min"
    return f"{hours:.1f} h" if hours < 48 else f"{hours / 24:.1f} days"


def quantile(ordered: list[float], at: float) -> float:
    """The `at` quantile (0-1) of ascending values, between neighbours in proportion.  Source: Hyndman and Fan (1996), definition 7."""
    place = (len(ordered) - 1) * at
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)

"""What every vendor's export shares: the base day, the weeks, the practice, invented people's names, and how files are written."""

import csv
import json
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from tools.practice import Practice, load_practice

PRACTICE_DIRECTORY = Path(__file__).parent.parent / "practice"
SEED = "larkmere-1"
BASE = datetime(2026, 10, 5, tzinfo=UTC)
WEEKS = 9
MONDAYS = tuple((BASE - timedelta(weeks=WEEKS - n)).date() for n in range(WEEKS))
START = datetime.combine(MONDAYS[0], time(0), UTC)
# Nothing but the one last event lies in the final hours, so that no rounding or skew can pass it.
END = BASE - timedelta(hours=6)
SITE = "https://www.larkmere.example.com"

LINES = ("orthopaedics", "dental", "dermatology")
CAMPAIGN_OF = {
    "orthopaedics": "ortho-tx-search",
    "dental": "dental-tx-search",
    "dermatology": "derm-fl-search",
    "physician_liaison": "liaison-news",
}
NURTURE_OF = {
    "orthopaedics": "ortho-nurture",
    "dental": "dental-nurture",
    "dermatology": "derm-nurture",
    "physician_liaison": "liaison-news",
}
ROUTES = {
    "orthopaedics": (
        "/orthopaedics",
        "/orthopaedics/knee-replacement",
        "/orthopaedics/hip-replacement",
        "/orthopaedics/shoulder",
        "/orthopaedics/sports-medicine",
    ),
    "dental": ("/dental", "/dental/implants", "/dental/whitening", "/dental/aligners"),
    "dermatology": ("/dermatology", "/dermatology/acne", "/dermatology/mohs-surgery", "/dermatology/eczema"),
    "physician_liaison": ("/for-physicians", "/for-physicians/refer"),
}

_FIRST_NAMES = """
James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William Barbara Richard Susan Joseph Jessica
Thomas Karen Carlos Maria Jose Guadalupe Luis Rosa Miguel Carmen Daniel Nancy Matthew Betty Anthony Sandra Mark Ashley
Steven Emily Andrew Donna Joshua Michelle Kevin Amanda Brian Melissa George Deborah Timothy Stephanie
"""
FIRST_NAMES = tuple(_FIRST_NAMES.split())
_LAST_NAMES = """
Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson
Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young
Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter Roberts
"""
LAST_NAMES = tuple(_LAST_NAMES.split())


def rng(part: str) -> random.Random:
    """One stream of chance per part, so that changing one export leaves the others as they are."""
    return random.Random(f"{SEED}/{part}")


@cache
def practice() -> Practice:
    return load_practice(PRACTICE_DIRECTORY)


def days(first: date, count: int) -> list[date]:
    return [first + timedelta(days=n) for n in range(count)]


def local_time(day: date, zone: ZoneInfo, chance: random.Random) -> datetime:
    """A waking hour of `day` in `zone`, as UTC, inside the sample's window."""
    clock = time(chance.randint(7, 21), chance.randint(0, 59), chance.randint(0, 59), chance.randint(0, 999) * 1000)
    return min(max(datetime.combine(day, clock, zone).astimezone(UTC), START), END)


def iso_z(when: datetime) -> str:
    """Milliseconds and Z, as Segment and Google's newer interfaces write it."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{when.microsecond // 1000:03d}Z"


def iso_seconds(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def hex_id(chance: random.Random, length: int = 24) -> str:
    return f"{chance.getrandbits(4 * length):0{length}x}"


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def write_json(path: Path, body: Any) -> None:
    write_text(path, json.dumps(body, ensure_ascii=False, indent=1) + "\n")


def write_rows(path: Path, rows: Sequence[Any]) -> None:
    """A JSON array with one element per line: a diff of the data stays readable."""
    write_text(path, f"[\n{_lines(rows)}\n]\n")


def write_table(path: Path, head: dict[str, Any], name: str, rows: Sequence[Any]) -> None:
    """A JSON object that ends in the array `name`, one element per line."""
    write_text(path, f"{json.dumps(head, ensure_ascii=False)[:-1]}, {json.dumps(name)}: [\n{_lines(rows)}\n]}}\n")


def _lines(rows: Sequence[Any]) -> str:
    return ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows)


def write_lines(path: Path, lines: Iterable[str]) -> None:
    write_text(path, "".join(f"{line}\n" for line in lines))


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)

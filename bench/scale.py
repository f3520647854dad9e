"""The sample practice grown to N records: its own records again and again, each copy with ids, people and text order of its own. Seeded."""

import csv
import io
import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).parents[1] / "examples" / "practice"
# The sample's own mix: mostly website events, then ad terms and search queries, mail events, reviews.
SHARE = {"segment": 0.45, "ads": 0.15, "search_console": 0.15, "sendgrid": 0.20, "reviews": 0.05}


def grow(target: Path, records: int, *, seed: int = 7) -> Path:
    """Write a practice of about `records` records to `target` and return it."""
    rng = random.Random(seed)
    shutil.copytree(SAMPLE, target, ignore=shutil.ignore_patterns("exports"))
    exports = target / "exports"
    for folder in ("web", "search", "email", "listings", "youtube", "email/replies"):
        (exports / folder).mkdir(parents=True, exist_ok=True)
    for path in ("youtube/videos.json", "youtube/comment_threads.json", "youtube/analytics.json", "listings/healthgrades_stats.csv"):
        shutil.copy(SAMPLE / "exports" / path, exports / path)
    for path in (SAMPLE / "exports" / "email" / "replies").iterdir():
        shutil.copy(path, exports / "email" / "replies" / path.name)
    wanted = {name: int(records * share) for name, share in SHARE.items()}
    _lines(exports / "web" / "segment_2026-08-03.jsonl", _copies(_segment(), wanted["segment"], _segment_copy, rng))
    _json(
        exports / "search" / "google_ads_search_terms_2026-08-03.json", [{"results": list(_copies(_ads(), wanted["ads"], _ads_copy, rng))}]
    )
    rows = list(_copies(_console(), wanted["search_console"], _console_copy, rng))
    _json(
        exports / "search" / "search_console_2026-08-03.json", {"request": {"siteUrl": "sc-domain:example.com"}, "response": {"rows": rows}}
    )
    _json(exports / "email" / "sendgrid_events_2026-08-03.json", list(_copies(_sendgrid(), wanted["sendgrid"], _sendgrid_copy, rng)))
    _reviews(exports / "listings" / "healthgrades_reviews.csv", wanted["reviews"])
    for name in ("webmd_reviews.csv", "zocdoc_reviews.csv"):
        shutil.copy(SAMPLE / "exports" / "listings" / name, exports / "listings" / name)
    for path in (SAMPLE / "exports" / "listings").glob("google_business_reviews_*.json"):
        shutil.copy(path, exports / "listings" / path.name)
    return target


def _copies(originals: list[dict[str, Any]], count: int, change: Any, rng: random.Random) -> Iterator[dict[str, Any]]:
    rng.shuffle(originals)
    for number in range(count):
        copy = json.loads(json.dumps(originals[number % len(originals)]))
        yield change(copy, number // len(originals), number)


def _segment() -> list[dict[str, Any]]:
    found = []
    for path in sorted((SAMPLE / "exports" / "web").glob("segment_*.jsonl")):
        for line in path.read_text().splitlines():
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict) and "messageId" in record:
                found.append(record)
    return found


def _segment_copy(record: dict[str, Any], round_: int, number: int) -> dict[str, Any]:
    record["messageId"] = f"{record['messageId']}-{number}"
    for key in ("anonymousId", "userId"):
        if record.get(key):
            record[key] = f"{record[key]}-{round_}"
    traits = record.get("traits")
    if isinstance(traits, dict) and isinstance(traits.get("email"), str):
        traits["email"] = f"r{round_}.{traits['email']}"
        traits.pop("phone", None)  # one number on many people would rightly be set aside as shared
    return record


def _ads() -> list[dict[str, Any]]:
    found = []
    for path in sorted((SAMPLE / "exports" / "search").glob("google_ads_search_terms_*.json")):
        try:
            batches = json.loads(path.read_text())
        except ValueError:
            continue
        found += [row for batch in batches for row in batch["results"]]
    return found


def _ads_copy(record: dict[str, Any], round_: int, number: int) -> dict[str, Any]:
    record["adGroup"] = {**record.get("adGroup", {}), "id": str(9_000_000 + round_)}
    record["searchTermView"]["resourceName"] = f"customers/1/searchTermViews/{number}"
    return record


def _console() -> list[dict[str, Any]]:
    files = sorted((SAMPLE / "exports" / "search").glob("search_console_*.json"))
    return [row for path in files for row in json.loads(path.read_text())["response"]["rows"]]


def _console_copy(record: dict[str, Any], round_: int, number: int) -> dict[str, Any]:
    record["keys"][1] = (
        f"{record['keys'][1]} {'abcdefghijklmnopqrstuvwxyz'[round_ % 26] * (1 + round_ // 26)}" if round_ else record["keys"][1]
    )
    return record


def _sendgrid() -> list[dict[str, Any]]:
    files = sorted((SAMPLE / "exports" / "email").glob("sendgrid_events_*.json"))
    return [row for path in files for row in json.loads(path.read_text()) if "sg_event_id" in row]


def _sendgrid_copy(record: dict[str, Any], round_: int, number: int) -> dict[str, Any]:
    record["sg_event_id"] = f"{record['sg_event_id']}-{number}"
    record["email"] = f"r{round_}.{record['email']}"
    return record


def _reviews(path: Path, count: int) -> None:
    source = (SAMPLE / "exports" / "listings" / "healthgrades_reviews.csv").read_text()
    header, *rows = list(csv.reader(io.StringIO(source)))
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number in range(count):
            row = rows[number % len(rows)]
            writer.writerow([f"{row[0]}-{number}", *row[1:]])


def _lines(path: Path, records: Iterator[dict[str, Any]]) -> None:
    with path.open("w") as file:
        for record in records:
            file.write(json.dumps(record) + "\n")


def _json(path: Path, body: Any) -> None:
    path.write_text(json.dumps(body))

"""The listings channel's feeds: CSV exports of Healthgrades, WebMD and Zocdoc, and Google Business reviews. No site is scraped."""

from collections.abc import Iterator
from datetime import tzinfo
from functools import lru_cache
from typing import Any

from policies.phi.registry import normal
from policies.phi.schemas.listings import COLUMNS, COUNTS
from policies.records import Refusal, Source
from tools.channels.feed import Feed, Parsed, hashed_id, required_id
from tools.channels.files import BadRecord, Export, Item, csv_rows, json_file, json_items
from tools.channels.times import moment

_DATE = COLUMNS["review_date"] + COLUMNS["period_end"]


def read_csv(export: Export) -> Iterator[Item | Refusal]:
    """Rows of a review or profile-count export; either needs a date and something it counts or rates."""
    yield from csv_rows(export, {"date": _DATE, "rating": COLUMNS["rating"] + COUNTS})


def parse_csv(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    """A review by its id or URL, else by provider, date, rating and text; profile counts by location and period."""
    cells = _named(body)
    if cells.get("period_end"):
        ends = moment(cells["period_end"], field="period_end", zone=zone)
        return Parsed(
            hashed_id("counts", cells.get("location"), cells.get("period_start"), cells["period_end"]), ends, time_field="period_end"
        )
    written = moment(cells.get("review_date"), field="review_date", zone=zone)
    edited = moment(cells["edited_at"], field="edited_at", zone=zone) if cells.get("edited_at") else None
    identity = cells.get("review_id") or cells.get("review_url")
    if not identity:
        if not (cells.get("provider") or cells.get("location")) or not cells.get("rating"):
            raise BadRecord("review_id", "the row has no id and too little to make one of", "export the review id or its URL")
        identity = hashed_id(*(cells.get(name, "") for name in ("provider", "location", "review_date", "rating", "text")))
    return Parsed(identity, written, edited, "review_date")


def read_google(export: Export) -> Iterator[Item | Refusal]:
    """Reviews of a saved `accounts.locations.reviews.list`."""
    body = json_file(export)
    if isinstance(body, Refusal):
        yield body
    elif not isinstance(body, dict):
        yield export.refuse("the file is not a reviews.list response", "save the response as it came", field="reviews")
    else:
        yield from json_items(export, body.get("reviews"), "reviews")


def parse_google(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    """An edited review keeps its id and has a newer updateTime: the newest wins, or one angry patient counts three times."""
    identity = required_id(body.get("reviewId"), "reviewId")
    created = moment(body.get("createTime"), field="createTime", zone=zone)
    updated = moment(body["updateTime"], field="updateTime", zone=zone) if body.get("updateTime") else None
    return Parsed(identity, created, updated, "createTime")


def _named(body: dict[str, Any]) -> dict[str, str]:
    names = _synonyms()
    return {names[normal(key)]: str(cell).strip() for key, cell in reversed(body.items()) if normal(key) in names}


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, str]:
    return {normal(synonym): name for name, synonyms in COLUMNS.items() for synonym in synonyms}


FEEDS = {
    **dict.fromkeys((Source.HEALTHGRADES, Source.WEBMD, Source.ZOCDOC, Source.REVIEW), Feed(read_csv, parse_csv)),
    Source.GOOGLE_BUSINESS: Feed(read_google, parse_google),
}

"""The YouTube channel's feeds: saved `videos.list` and `commentThreads.list` responses and an Analytics `reports.query`."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from policies.records import Refusal, Source
from tools.channels.feed import Feed, Parsed, hashed_id, inside, required_id
from tools.channels.files import Export, Item, json_file, json_items
from tools.channels.times import moment, start_of_day


def read_items(export: Export) -> Iterator[Item | Refusal]:
    """Items of a saved list response, or of several pages in one list."""
    body = json_file(export)
    if isinstance(body, Refusal):
        yield body
        return
    pages = body if isinstance(body, list) else [body]
    for index, page in enumerate(pages):
        prefix = f"[{index}]." if isinstance(body, list) else ""
        yield from json_items(export, page.get("items") if isinstance(page, dict) else "", f"{prefix}items")


def parse_video(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    published = moment(inside(body, "snippet", "publishedAt"), field="snippet.publishedAt", zone=None)
    return Parsed(required_id(body.get("id"), "id"), published, time_field="snippet.publishedAt")


def parse_comment(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    comment = inside(body, "snippet", "topLevelComment")
    identity = required_id(inside(comment, "id") or body.get("id"), "snippet.topLevelComment.id")
    published = moment(inside(comment, "snippet", "publishedAt"), field="snippet.topLevelComment.snippet.publishedAt", zone=None)
    updated = inside(comment, "snippet", "updatedAt")
    revised = moment(updated, field="snippet.topLevelComment.snippet.updatedAt", zone=None) if updated else None
    return Parsed(identity, published, revised, "snippet.topLevelComment.snippet.publishedAt")


def read_report(export: Export) -> Iterator[Item | Refusal]:
    """Rows of a report under the names of its columnHeaders, whose order Google does not promise."""
    body = json_file(export)
    if isinstance(body, Refusal):
        yield body
        return
    headers = inside(body, "columnHeaders")
    names = [str(inside(header, "name")) for header in headers] if isinstance(headers, list) else []
    if not {"day", "video"} <= set(names):
        yield export.refuse("the report lacks the dimensions day and video", "query it with dimensions=day,video", field="columnHeaders")
        return
    rows = inside(body, "rows")
    for index, row in enumerate(rows if isinstance(rows, list) else ()):
        if isinstance(row, list) and len(row) == len(names):
            yield Item(dict(zip(names, row, strict=True)), field=f"rows[{index}]")
        else:
            yield export.refuse(
                "the row does not match the report's columns", "export it again", field=f"rows[{index}]", payload=repr(row).encode()
            )


def parse_report(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    return Parsed(hashed_id(body["day"], body["video"]), start_of_day(body["day"], field="day", zone=zone), time_field="day")


FEEDS = {
    Source.YOUTUBE_VIDEO: Feed(read_items, parse_video),
    Source.YOUTUBE_COMMENT: Feed(read_items, parse_comment),
    Source.YOUTUBE_ANALYTICS: Feed(read_report, parse_report),
}

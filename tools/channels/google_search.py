"""The search channel's feeds: Search Console queries, the Google Ads search-term report, and the website's own events (Segment)."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any

from policies.records import Refusal, Source
from tools.channels.feed import Feed, Parsed, hashed_id, inside, required_id
from tools.channels.files import Export, Item, json_file, json_items, json_lines
from tools.channels.times import corrected, moment, start_of_day


def read_search_console(export: Export) -> Iterator[Item | Refusal]:
    """Rows of a saved `searchanalytics.query`, their keys named by the request's dimensions."""
    body = json_file(export)
    if isinstance(body, Refusal):
        yield body
        return
    dimensions = inside(body, "request", "dimensions")
    if not isinstance(dimensions, list) or not isinstance(inside(body, "response"), dict):
        yield export.refuse(
            "the file lacks request.dimensions or response", "save the request and the response together", field="request.dimensions"
        )
        return
    for item in json_items(export, body["response"].get("rows"), "response.rows"):
        if isinstance(item, Refusal):
            yield item
        elif not isinstance(keys := item.body.get("keys"), list) or len(keys) != len(dimensions):
            yield export.refuse("the row's keys do not match the request's dimensions", "export it again", field=f"{item.field}.keys")
        else:
            named = dict(zip(map(str, dimensions), keys, strict=True))
            yield Item(named | {name: value for name, value in item.body.items() if name != "keys"}, field=item.field)


def parse_search_console(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    """Keyed by its dimensions, so a row read again a week later is the same row."""
    key = [body.get(name, "") for name in ("date", "query", "page", "country", "device")]
    return Parsed(hashed_id(*key), start_of_day(body.get("date"), field="date", zone=zone), time_field="date")


def read_ads(export: Export) -> Iterator[Item | Refusal]:
    """Results of a saved `googleAds:searchStream`: a list of batches, or one batch."""
    body = json_file(export)
    if isinstance(body, Refusal):
        yield body
        return
    batches = body if isinstance(body, list) else [body]
    for index, batch in enumerate(batches):
        yield from json_items(export, batch.get("results") if isinstance(batch, dict) else "", f"[{index}].results")


def parse_ads(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    term, group = inside(body, "searchTermView", "searchTerm"), inside(body, "adGroup", "resourceName") or inside(body, "adGroup", "name")
    campaign = inside(body, "campaign", "id") or inside(body, "campaign", "resourceName") or inside(body, "campaign", "name")
    view = required_id(inside(body, "searchTermView", "resourceName") or term, "searchTermView.resourceName")
    day = inside(body, "segments", "date")
    device = inside(body, "segments", "device") or ""
    return Parsed(
        hashed_id(view, campaign, group, day, device), start_of_day(day, field="segments.date", zone=zone), time_field="segments.date"
    )


def parse_segment(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    """`timestamp` is the client's clock and is corrected by receivedAt - sentAt, unless Segment did so already (then it adds
    `originalTimestamp`). A Segment time always has a zone: `zone` is not used."""
    identity = required_id(body.get("messageId"), "messageId")
    timestamp = moment(body.get("timestamp"), field="timestamp", zone=None)
    if body.get("originalTimestamp"):
        return Parsed(identity, timestamp, time_field="timestamp")
    sent, received = (moment(body[name], field=name, zone=None) if body.get(name) else None for name in ("sentAt", "receivedAt"))
    return Parsed(identity, corrected(timestamp, sent_at=sent, received_at=received), time_field="timestamp")


FEEDS = {
    Source.SEARCH_CONSOLE: Feed(read_search_console, parse_search_console),
    Source.ADS: Feed(read_ads, parse_ads),
    Source.SEGMENT: Feed(json_lines, parse_segment),
}

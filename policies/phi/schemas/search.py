"""Google search: Search Console rows and the Google Ads search-term report. Aggregates, but a rare query can name a person."""

from policies.phi.schemas.draft import Draft, Shape, drafted, joined
from policies.phi.schemas.schema import Reader, Schema, Seen
from policies.phi.schemas.values import USED, campaign, count, keep, micros_as_usd, number, one_of, text, url
from policies.records import EngagementKind, RawEngagement, Source

# Below these a query may be one person's own words, a name among them: its numbers are kept, its text is not (small-count floor).
MIN_IMPRESSIONS = 5
MIN_AD_CLICKS = 2

_METRICS = ("clicks", "impressions", "ctr", "position", "cost_usd", "conversions")

SEARCH_CONSOLE = Schema(
    paths={
        "date": USED,
        "query": text("query"),
        "page": url("url"),
        "country": keep("country", one_of("usa", "mex", "can")),
        "device": keep("device", one_of("DESKTOP", "MOBILE", "TABLET")),
        "clicks": keep("clicks", count),
        "impressions": keep("impressions", count),
        "ctr": keep("ctr", number(0, 1)),
        "position": keep("position", number(0, 1_000, digits=2)),
    }
)

_ADS_METRICS = {
    "clicks": keep("clicks", count),
    "impressions": keep("impressions", count),
    "costMicros": keep("cost_usd", micros_as_usd),
    "conversions": keep("conversions", number(0, 100_000, digits=2)),
    "ctr": keep("ctr", number(0, 1)),
}

ADS = Schema(
    paths={
        "searchTermView.searchTerm": text("query"),
        "searchTermView.status": keep("status", one_of("ADDED", "EXCLUDED", "ADDED_EXCLUDED", "NONE", "UNKNOWN")),
        "campaign.name": keep("campaign", campaign),
        "campaign.id": USED,
        "campaign.resourceName": USED,
        "campaign.status": keep("campaign_status", one_of("ENABLED", "PAUSED", "REMOVED")),
        **{f"metrics.{name}": field for name, field in _ADS_METRICS.items()},
        "segments.date": USED,
        "segments.device": keep("device", one_of("DESKTOP", "MOBILE", "TABLET")),
        # The flat form of the same report, as spreadsheets and other tools export it.
        "search_term": text("query"),
        "campaign": keep("campaign", campaign),
        "campaign_name": keep("campaign", campaign),
        "campaign_id": keep("campaign_by_id", campaign),
        "utm_campaign": keep("campaign_by_id", campaign),
        **_ADS_METRICS,
        "cost": keep("cost_usd", number(0, 1_000_000, digits=2)),
        "final_url": url("url"),
        "landing_page": url("url"),
        "date": USED,
    }
)


def build_search_console(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    return _row(EngagementKind.SEARCH_QUERY, seen, reader)


def build_ads(seen: Seen, raw: RawEngagement, reader: Reader) -> Draft:
    if "campaign_by_id" in seen.values:
        seen.values.setdefault("campaign", seen.values["campaign_by_id"])
    return _row(EngagementKind.AD_SEARCH_TERM, seen, reader)


def _row(kind: EngagementKind, seen: Seen, reader: Reader) -> Draft:
    values = seen.values
    draft = drafted(kind, seen, reader.registry)
    query = joined(seen, "query")
    line = draft.service_line or (reader.registry.line_in(query) if query else None)
    is_rare = values.get("impressions", 0) < MIN_IMPRESSIONS
    if kind is EngagementKind.AD_SEARCH_TERM:
        is_rare = is_rare or values.get("clicks", 0) < MIN_AD_CLICKS
    named = reader.registry.provider_in(query) if query else None
    return draft.but(
        service_line=line,
        provider=named.key if named else None,
        track=draft.track or reader.registry.track(line),
        text=None if is_rare else query,
        metrics={name: values[name] for name in _METRICS if name in values},
        attributes=draft.attributes
        | {name: values[name].lower() for name in ("country", "device", "status", "campaign_status") if name in values},
        flags=("rare_query",) if is_rare and query else (),
    )


SHAPES = {
    Source.SEARCH_CONSOLE: Shape(SEARCH_CONSOLE, build_search_console),
    Source.ADS: Shape(ADS, build_ads),
}

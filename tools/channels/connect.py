"""The connector port: one per channel, reading what the practice's sources hold. File sources now; HTTP replaces a feed's `read` only.

A feed is two functions: `read` gives the vendor's records of one export as they stand, `parse` says of one record which it is and when it
happened. Neither looks at content beyond that: what a field may become is the scrubber's business.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Protocol
from zoneinfo import ZoneInfo

import orjson

from policies.records import Channel, RawEngagement, Refusal, Source
from tools.channels import email, google_search, listings, other_vendors, youtube
from tools.channels.feed import Feed, Parsed
from tools.channels.files import BadRecord, Export, Item, exports
from tools.practice import ChannelConfig, Practice, SourceFile

MAX_AHEAD = timedelta(days=1)
MAX_ID_CHARS = 500

FEEDS: dict[Source, Feed] = {**google_search.FEEDS, **listings.FEEDS, **email.FEEDS, **youtube.FEEDS, **other_vendors.FEEDS}


class Connector(Protocol):
    @property
    def channel(self) -> Channel: ...

    def collect(self) -> Iterator[RawEngagement | Refusal]:
        """Everything the channel's sources hold, in the order of the practice file; every bad record as a refusal, never an exception."""

    def again(self, refusal: Refusal) -> RawEngagement | Refusal | None:
        """One refused record, read from its payload alone as the source is configured now; None when it needs its whole file to be read."""


@dataclass(frozen=True)
class FileConnector:
    """Reads exports in the practice directory. `shift` moves the sample's dates; `now` bounds them."""

    channel: Channel
    config: ChannelConfig
    directory: Path
    shift: timedelta
    now: datetime

    def collect(self) -> Iterator[RawEngagement | Refusal]:
        for source in self.config.sources:
            feed = FEEDS[source.source]
            for export in exports(self.channel, source, self.directory):
                if isinstance(export, Refusal):
                    yield export
                    continue
                for item in feed.read(export):
                    yield item if isinstance(item, Refusal) else self._record(export, item, feed)

    def again(self, refusal: Refusal) -> RawEngagement | Refusal | None:
        try:
            body = orjson.loads(refusal.payload)
        except orjson.JSONDecodeError:  # a line or file that was never a record: only its source can mend it
            return None
        fitting = [one for one in self.config.sources if one.source == refusal.source and PurePosixPath(refusal.file).match(one.path)]
        if not isinstance(body, dict) or not fitting:
            return None
        export = Export(self.channel, fitting[0], self.directory / refusal.file, refusal.file)
        return self._record(export, Item(body, line=refusal.line), FEEDS[refusal.source])

    def _record(self, export: Export, item: Item, feed: Feed) -> RawEngagement | Refusal:
        try:
            parsed = feed.parse(item.body, _zone(export.config))
            occurred_at, revised_at = self._shifted(parsed)
        except BadRecord as bad:
            field = ".".join(filter(None, (item.field, bad.field))) or None
            return export.refuse(bad.reason, bad.mend, line=item.line, field=field, payload=orjson.dumps(item.body, default=str))
        payload = item.body
        if export.config.location and "location" not in payload:
            payload = payload | {"location": export.config.location}
        return RawEngagement(
            channel=self.channel,
            source=export.config.source,
            external_id=_bounded(parsed.external_id),
            occurred_at=occurred_at,
            revised_at=revised_at,
            payload=payload,
        )

    def _shifted(self, parsed: Parsed) -> tuple[datetime, datetime]:
        try:
            occurred_at = parsed.occurred_at + self.shift
            revised_at = max(occurred_at, parsed.revised_at + self.shift) if parsed.revised_at else occurred_at
        except OverflowError:
            raise BadRecord(parsed.time_field, "the time is out of range", "check the exporter's clock") from None
        if max(occurred_at, revised_at) > self.now + MAX_AHEAD:
            raise BadRecord(
                parsed.time_field, "the time lies in the future", "check the clock and time zone of whoever wrote it, then export again"
            )
        return occurred_at, revised_at


def open_connectors(practice: Practice, directory: Path, *, shift: timedelta, now: datetime) -> dict[Channel, Connector]:
    """One connector per enabled channel of `practice`; nothing is opened or read yet.

    `directory` holds the exports; `shift` is added to every time a record carries; a time later than `now` + 1 day is refused.
    """
    return {
        channel: FileConnector(channel, config, directory, shift, now) for channel, config in practice.channels.items() if config.enabled
    }


def _zone(config: SourceFile) -> ZoneInfo | None:
    """The source's zone, only if somebody wrote it: a default zone would date naive times wrongly without a word."""
    return ZoneInfo(config.timezone) if "timezone" in config.model_fields_set else None


def _bounded(external_id: str) -> str:
    return external_id if len(external_id) <= MAX_ID_CHARS else hashlib.sha256(external_id.encode()).hexdigest()

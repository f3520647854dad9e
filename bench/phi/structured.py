"""How fast structured events are read by default-deny, per core, beside a bare copy and the JSON parser, in one run. CPU time; read the ratios.

The core is dict → dict: the compiled walk of a 16-key website event (4 kept, 2 sealed, the rest refused or used), and what may leave of its record
for an advertiser. Record construction (pydantic) and the whole `scrub_engagement` are reported apart.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from policies.phi.events import SHAPES, raw_of, scrub_engagement
from policies.phi.outbound import Outside, flat, outbound
from policies.phi.schemas.schema import Reader
from policies.records import Source
from tools.packs.phi import scrubber_of
from tools.packs.registry import registry_of
from tools.practice import load_practice

ROOT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 8, 22, 16, 47, 20, tzinfo=UTC)


def event(number: int) -> dict[str, Any]:
    return {
        "messageId": f"ajs-next-{number:08x}",
        "type": "page",
        "timestamp": "2026-08-22T16:47:20.553Z",
        "sentAt": "2026-08-22T16:47:20.553Z",
        "receivedAt": "2026-08-22T16:47:20.431Z",
        "version": 2,
        "channel": "client",
        "anonymousId": f"anon-{number % 997}",
        "userId": None,
        "name": "Knee pain",
        "ip": "192.0.2.190",
        "userAgent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
        "writeKey": f"wk{number % 7}",
        "email": f"person{number}@example.org",
        "context": {"locale": "en-US"},
        "properties": {"path": "/orthopedics/knee-replacement"},
    }


def per_second(work: Callable[[Any], object], items: list[Any]) -> float:
    best = 0.0
    for _ in range(5):
        began = time.process_time()
        for item in items:
            work(item)
        best = max(best, len(items) / (time.process_time() - began))
    return best


def main() -> None:
    practice = load_practice(ROOT / "examples" / "practice")
    reader = Reader(registry_of(practice), scrubber_of(practice), lambda kind, value: f"{kind}:{hash(value) & 0xFFFFFFFFFF:010x}")
    events = [event(number) for number in range(20_000)]
    lines = [json.dumps(one) for one in events]
    shape = SHAPES[Source.SEGMENT]
    size = sum(map(len, lines)) / len(lines)
    peer, parser = per_second(dict, events), per_second(json.loads, lines)
    core = per_second(lambda one: shape.schema.read(one, reader), events)
    print(f"16-key events of {size:.0f} bytes; dict(event): {peer:,.0f}/s; json.loads: {parser:,.0f}/s")
    print(f"read by the schema (dict → dict): {core:,.0f}/s (asked 200,000), {core / parser:.2f} of json.loads")

    def whole(one: dict[str, Any]) -> Any:
        raw = raw_of(Source.SEGMENT, one, external_id="x", fallback=AT)
        return scrub_engagement(raw, natural_key="k", registry=reader.registry, scrubber=reader.scrubber, match_key=reader.match_key)

    some = events[:4_000]
    engagement = whole(some[0]).engagement
    record = flat(engagement.model_dump(mode="json"))
    out = per_second(lambda _: outbound(record, Outside.GOOGLE_ADS, reader.match_key), some)
    print(f"what may leave for an advertiser (dict → dict, {len(record)} fields): {out:,.0f}/s")
    print(f"record construction (pydantic): {per_second(lambda _: type(engagement).model_validate(engagement.model_dump()), some):,.0f}/s")
    print(f"scrub_engagement, raw to clean record: {per_second(whole, some):,.0f}/s")


if __name__ == "__main__":
    main()

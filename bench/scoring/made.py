"""Invented leads and what they did, seeded: the mix of acts, repeats and gaps that the shipped models' caps are about."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from policies.leads.model import Model
from policies.records import Channel, Engagement, EngagementId, EngagementKind, LeadId, Source, Track
from tools.packs.models import SHIPPED, load_model_file
from tools.store.engagements import Stage
from tools.store.tables import engagements, leads

DAY_0 = datetime(2025, 6, 1, tzinfo=UTC)
LINES = ("orthopaedics", "dental", "dermatology", "fertility")
KINDS = {
    "service_page": 30,
    "email_click": 15,
    "provider_profile": 10,
    "pricing_page": 8,
    "guide_download": 6,
    "location_click": 6,
    "listing_click": 5,
    "video_half": 5,
    "webinar_registered": 2,
    "tracked_call": 3,
    "scheduling_started": 2,
    "appointment_request": 1,
    "unsubscribe": 1,
    "bounce": 1,
    "careers_page": 1,
}
FIT = {"in_area": "yes", "service_offered": "yes", "payer": "accepted", "contactable": "yes", "availability": "yes"}


def models() -> dict[str, Model]:
    return {name: load_model_file(SHIPPED / f"{name}.yaml") for name in LINES}


def lead_id(number: int) -> LeadId:
    return LeadId(f"L-{number:012d}")


def lead_rows(numbers: Sequence[int], *, seed: int = 11) -> list[dict[str, Any]]:
    dice = random.Random(seed)
    return [
        {
            "id": lead_id(number),
            "track": Track.B2C_PATIENT,
            "created_at": DAY_0,
            "merged_into": None,
            "attributes": dict(dice.sample(sorted(FIT.items()), dice.randrange(len(FIT) + 1))),
            "attribute_times": {},
            "stage": "lead",
        }
        for number in numbers
    ]


def acts(count: int, people: int, *, since: datetime, until: datetime, seed: int, first: int = 0) -> Iterator[tuple[Engagement, LeadId]]:
    """`count` acts of `people` leads in order of time, one in seven without a service line; half of the acts come from a fifth of the leads."""
    dice = random.Random(seed)
    kinds = [EngagementKind(kind) for kind in KINDS]
    weights = list(KINDS.values())
    step = (until - since) / count
    for number in range(count):
        person = dice.randrange(people) if dice.random() < 0.5 else dice.randrange(max(1, people // 5))
        at = (since + step * number).replace(microsecond=0)
        # As if parsed and validated already: that price belongs to collecting.
        one = Engagement.model_construct(
            id=EngagementId(f"E-{at:%y%m%d}{first + number:012d}"),
            channel=Channel.SEARCH,
            source=Source.SEGMENT,
            kind=dice.choices(kinds, weights)[0],
            occurred_at=at,
            revised_at=at,
            track=None,
            service_line=None if dice.random() < 1 / 7 else LINES[person % len(LINES)],
            object_key=f"/page-{dice.randrange(12)}",
        )
        yield one, lead_id(person)


def put(connection: Connection, linked: Sequence[tuple[Engagement, LeadId]]) -> None:
    """What the store step leaves behind."""
    rows = [
        {
            "id": one.id,
            "channel": one.channel,
            "source": one.source,
            "kind": one.kind,
            "occurred_at": one.occurred_at,
            "revised_at": one.revised_at,
            "digest": "d",
            "run": "R",
            "lead": lead,
            "track": one.track,
            "service_line": one.service_line,
            "stage": Stage.STORED,
            "record": {"object_key": one.object_key},
        }
        for one, lead in linked
    ]
    connection.execute(insert(engagements), rows)


def put_leads(connection: Connection, numbers: Sequence[int]) -> None:
    connection.execute(insert(leads), lead_rows(numbers))


def shares(found: Mapping[str, float]) -> str:
    whole = sum(found.values())
    return ", ".join(f"{name} {seconds / whole:.0%}" for name, seconds in sorted(found.items(), key=lambda one: -one[1]))


def later(days: float) -> datetime:
    return DAY_0 + timedelta(days=days)

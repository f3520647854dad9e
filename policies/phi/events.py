"""Structured scrubbing: one raw engagement in, one clean one out, by the default-deny schema of its source. Free text goes to the scrubber.

Knows what each source's fields mean; refuses to know where they come from or where they are stored. What it cannot place is withheld.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from policies.phi.groups import group_keys
from policies.phi.registry import Registry, normal
from policies.phi.schemas import contact, email, listings, search, web, youtube
from policies.phi.schemas.draft import Shape, Withheld, language_of, text_flags
from policies.phi.schemas.schema import Reader, Seen, TextScrubber, shown_key
from policies.phi.schemas.values import address, e164, instant
from policies.records import Channel, Contact, Engagement, EngagementId, RawEngagement, ScrubResult, Source, person_name

SHAPES: dict[Source, Shape] = {**web.SHAPES, **search.SHAPES, **listings.SHAPES, **email.SHAPES, **youtube.SHAPES, **contact.SHAPES}

CHANNELS: dict[Source, Channel] = {
    **dict.fromkeys(
        (Source.SEARCH_CONSOLE, Source.ADS, Source.SEGMENT, Source.FORM_VENDOR, Source.CALL_TRACKING, Source.SCHEDULER), Channel.SEARCH
    ),
    **dict.fromkeys((Source.HEALTHGRADES, Source.WEBMD, Source.ZOCDOC, Source.GOOGLE_BUSINESS, Source.REVIEW), Channel.LISTINGS),
    **dict.fromkeys((Source.SENDGRID, Source.IMAP, Source.CRM, Source.WEBINAR, Source.SMS), Channel.EMAIL),
    **dict.fromkeys((Source.YOUTUBE_VIDEO, Source.YOUTUBE_COMMENT, Source.YOUTUBE_ANALYTICS, Source.YOUTUBE), Channel.YOUTUBE),
}
"""The channel a source belongs to when no practice file says otherwise."""


def scrub_engagement(
    raw: RawEngagement,
    *,
    natural_key: str,
    registry: Registry,
    scrubber: TextScrubber,
    match_key: Callable[[str, str], str],
) -> ScrubResult:
    """The clean record of `raw`, its sealed contact, and the JSON Pointers of every field whose value did not come out.

    `match_key(kind, value)` is a keyed hash "kind:hex"; kinds are email, phone, user, anon, npi, for groups org, orgsite, home (and campaign,
    video, … for opaque objects).
    `spans` are offsets in the record's free text, its parts joined by newlines. Deterministic; raises nothing on any payload.
    Source: 45 CFR 164.514(b)(2), applied by default-deny.
    """
    reader = Reader(registry, scrubber, match_key)
    shape = SHAPES[raw.source]
    seen = shape.schema.read(raw.payload, reader)
    if occurred_at(raw.payload) is None:
        seen.refused += [pointer for pointer in _unusable_times(raw.payload, reader) if pointer not in seen.refused]
    try:
        draft = shape.build(seen, raw, reader)
    except Withheld as reason:
        return ScrubResult(engagement=None, refused=tuple(seen.refused), withheld=str(reason))
    scrubbed = scrubber.scrub(draft.text) if draft.text else None
    engagement = Engagement(
        id=EngagementId(f"E-{natural_key}"),
        channel=raw.channel,
        source=raw.source,
        kind=draft.kind,
        occurred_at=_to_second(raw.occurred_at),
        revised_at=_to_second(raw.revised_at),
        track=draft.track,
        service_line=draft.service_line,
        location=draft.location,
        provider=draft.provider,
        campaign=draft.campaign,
        object_key=draft.object_key,
        text=scrubbed.text if scrubbed else None,
        language=language_of(draft.text) or draft.language if draft.text else draft.language,
        rating=draft.rating,
        metrics=draft.metrics,
        attributes=draft.attributes,
        match_keys=_match_keys(seen, match_key),
        group_keys=group_keys(seen, draft.track, match_key),
        consent=draft.consent,
        flags=draft.flags + (text_flags(draft.text) if draft.text else ()),
    )
    return ScrubResult(
        engagement=engagement,
        contact=_contact(seen),
        refused=tuple(seen.refused),
        spans=scrubbed.spans if scrubbed else (),
    )


def raw_of(source: Source, payload: Mapping[str, Any], *, external_id: str, fallback: datetime) -> RawEngagement:
    """One payload of any source as a `RawEngagement`: its time is the first field that says when the event happened, else `fallback`.

    For payloads that come one by one without a connector (`liaison scrub`). An appointment's own start is never taken for a time.
    """
    at = occurred_at(payload) or fallback
    return RawEngagement(
        channel=CHANNELS[source], source=source, external_id=external_id, occurred_at=at, revised_at=at, payload=dict(payload)
    )


_TIME_NAMES = tuple(
    map(normal, ("originalTimestamp", *contact.TIMES, "createTime", "publishedAt", "review_date", "submitted", "date", "day", "updateTime"))
)
_TIME_CONTAINERS = frozenset(map(normal, (*contact.CONTAINERS, "snippet", "topLevelComment", "review", "segments", "item")))


def occurred_at(payload: Mapping[str, Any]) -> datetime | None:
    """The event's own time in `payload`, looked for by name at the top and then inside its containers; None if it says none."""
    level: list[Mapping[str, Any]] = [payload]
    for _ in range(4):
        times = {normal(str(key)): value for node in level for key, value in node.items() if not isinstance(value, dict | list)}
        for name in _TIME_NAMES:
            if found := instant(times.get(name)):
                return found
        level = [value for node in level for key, value in node.items() if isinstance(value, dict) and normal(str(key)) in _TIME_CONTAINERS]
    return None


def _unusable_times(payload: Mapping[str, Any], reader: Reader) -> list[str]:
    """Pointers of the fields that should have said when it happened and could not be read as a time."""
    scalars = {key: value for key, value in payload.items() if isinstance(value, str | int | float) and value != ""}
    return [f"/{shown_key(str(key), reader.scrubber)}" for key in scalars if normal(str(key)) in _TIME_NAMES]


def _to_second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)


def _match_keys(seen: Seen, match_key: Callable[[str, str], str]) -> tuple[str, ...]:
    known = ((kind, _normalised(kind, seen.sealed[kind])) for kind in ("email", "phone", "user", "anon", "npi") if kind in seen.sealed)
    return tuple(match_key(kind, value) for kind, value in known if value)


def _normalised(kind: str, value: str) -> str | None:
    """One spelling per person: an address in lower case, a telephone number in E.164; None for what is neither."""
    return address(value) if kind == "email" else e164(value) if kind == "phone" else value.strip()


def _contact(seen: Seen) -> Contact | None:
    sealed = seen.sealed
    email_address = address(sealed["email"]) if "email" in sealed else None
    phone = e164(sealed["phone"]) if "phone" in sealed else None
    first, last = sealed.get("first"), sealed.get("last")
    if "name" in sealed and not (first or last):
        first, _, last = sealed["name"].partition(" ")
    organisation = sealed.get("organisation")
    if not any((email_address, phone, first, last, organisation)):
        return None
    return Contact(first_name=person_name(first), last_name=person_name(last), email=email_address, phone=phone, organisation=organisation)

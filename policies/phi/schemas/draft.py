"""What a source's builder hands back, and the readings several sources share: fit attributes, flags, language. Holds raw text, so it
never leaves the scrubber: `policies/phi/events.py` turns a draft into an `Engagement`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from policies.phi.registry import Registry, RouteMatch, words
from policies.phi.schemas.schema import Reader, Schema, Seen
from policies.phi.schemas.values import Page, npi_is_valid
from policies.records import EngagementKind, RawEngagement, Track

UTM_SOURCES = words("google bing facebook instagram linkedin youtube newsletter email healthgrades webmd zocdoc direct")
UTM_MEDIUMS = words("organic cpc ppc email referral social display video sms print event")


class Withheld(Exception):
    """This payload gives no engagement; `str()` is the reason, without content."""


@dataclass(frozen=True)
class Draft:
    kind: EngagementKind
    track: Track | None = None
    service_line: str | None = None
    location: str | None = None
    provider: str | None = None
    campaign: str | None = None
    object_key: str | None = None
    rating: int | None = None
    text: str | None = None
    language: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    consent: dict[str, bool] = field(default_factory=dict)
    flags: tuple[str, ...] = ()

    def but(self, **changes: Any) -> "Draft":
        """This draft with some fields replaced."""
        return replace(self, **changes)


Build = Callable[[Seen, RawEngagement, Reader], Draft]


class Shape(NamedTuple):
    """One vendor's shape: what may be read of it and what it means."""

    schema: Schema
    build: Build


def drafted(kind: EngagementKind, seen: Seen, registry: Registry, **changes: Any) -> Draft:
    """A draft with everything the slots common to all sources give: line, track, location, provider, campaign, fit, consent."""
    values = seen.values
    pages: list[Page] = [values[name] for name in ("path", "url") if name in values]
    page: RouteMatch | None = pages[0].match if pages else None
    provider = values.get("provider")
    linked = [found.campaign for name in ("url", "search") if (found := values.get(name)) and found.campaign]
    campaign, campaign_line = values.get("campaign") or (linked[0] if linked else (None, None))
    line = values.get("line")
    offered = None if line in (None, "-") else line
    service_line = offered or (page.service_line if page else None) or campaign_line or (provider.service_line if provider else None)
    referral = kind in B2B_KINDS or "npi" in seen.sealed or values.get("track") == Track.B2B_REFERRAL
    track = Track.B2B_REFERRAL if referral else (page.track if page else None)
    if track is Track.B2B_REFERRAL and registry.track(service_line) is not track:
        service_line = registry.referral_line
    draft = Draft(
        kind=kind,
        track=track or registry.track(service_line),
        service_line=service_line,
        location=values.get("location") or (page.location if page else None) or (provider.location if provider else None),
        provider=provider.key if provider else (page.provider if page else None),
        campaign=campaign,
        object_key=page.object_key if page else None,
        language=values.get("language"),
        attributes=fit_attributes(seen, registry),
        consent={name: values[f"consent_{name}"] for name in ("email", "sms", "household") if f"consent_{name}" in values},
    )
    return draft.but(**changes)


B2B_KINDS = frozenset(
    {
        EngagementKind.REFERRAL_PAGE,
        EngagementKind.REFERRAL_FORM,
        EngagementKind.CME_ATTENDED,
        EngagementKind.PEER_CALL_REQUEST,
        EngagementKind.LIAISON_VISIT,
        EngagementKind.STAFF_QUESTION,
    }
)


def fit_attributes(seen: Seen, registry: Registry) -> dict[str, str]:
    """The closed-list attributes the scoring models read, plus state, zip3 and age. A fact nobody stated gives no attribute."""
    values = seen.values
    found: dict[str, str] = {name: values[name] for name in ("state", "zip3", "age", "utm_source", "utm_medium", "stage") if name in values}
    b2b = "npi" in seen.sealed or "specialty_match" in values
    near = _is_near(values, registry)
    if near is not None:
        found["distance" if b2b else "in_area"] = ("near" if near else "far") if b2b else ("yes" if near else "no")
    if b2b:
        found |= {name: values[name] for name in ("specialty_match", "payer_overlap", "npi_active") if name in values}
        if "independent" in values:
            found["independent"] = "yes" if values["independent"] else "no"
        if "npi" in seen.sealed:
            # The register is not asked here: a number whose check digit is wrong cannot be active, whatever the sender claims.
            found["npi_active"] = found.get("npi_active", "yes") if npi_is_valid(seen.sealed["npi"]) else "no"
        return found
    if "line" in values:
        found["service_offered"] = "no" if values["line"] == "-" else "yes"
    if "payer" in values:
        found["payer"] = values["payer"]
    if seen.sealed and ("location" in values or values.get("preferred_time")):
        found["availability"] = "yes"
    consents = [values[name] for name in ("consent_email", "consent_sms") if name in values]
    if consents and ("email" in seen.sealed or "phone" in seen.sealed):
        found["contactable"] = "yes" if any(consents) else "no"
    return found


def _is_near(values: Mapping[str, Any], registry: Registry) -> bool | None:
    if "zip3" in values and values["zip3"] != "000" and registry.zip3:
        return values["zip3"] in registry.zip3
    if "state" in values and registry.states and values["state"] not in registry.states:
        return False
    return None


def joined(seen: Seen, *slots: str) -> str | None:
    """The free texts of `slots`, one below the other."""
    return "\n".join(seen.texts[slot] for slot in slots if slot in seen.texts) or None


_SPANISH = frozenset(
    words(
        """el la los las de que y en un una por con para muy pero mi es me no se del al lo como gracias doctora excelente atención atencion fue todo 
        bien dolor cita clínica clinica recomiendo está esta más mas rodilla dientes piel hola usted ustedes su sus muchas también tambien"""
    )
)
_ENGLISH = frozenset(
    words(
        "the and of to in is was my for with very but it that this they have had not are you we were me on be at so great a i thank thanks please"
    )
)
_WORD = re.compile(r"[^\W\d_]+")


def language_of(text: str) -> str | None:
    """ "en" or "es" by counting short common words of each; None when neither leads. Opinion: enough to choose a reply's language."""
    seen = _WORD.findall(text[:2_000].casefold())
    spanish = sum(word in _SPANISH for word in seen) + 2 * sum(mark in text for mark in "¿¡ñ")
    english = sum(word in _ENGLISH for word in seen)
    return None if spanish == english else "es" if spanish > english else "en"


_INJECTION = re.compile(
    "|".join(
        (
            r"\b(?:ignor[ea]|disregard|forget|override|bypass|olvid[ae]|haz caso omiso de)\b[^.\n]{0,40}"
            r"\b(?:instructions?|prompts?|rules?|guidelines?|instrucciones|reglas|indicaciones)\b",
            r"\bas an? (?:ai|language model|assistant)\b",
            r"\bcomo (?:una? )?(?:ia|inteligencia artificial|asistente|modelo de lenguaje)\b",
            r"\byou are (?:now )?(?:an? )?(?:ai|assistant|chatgpt|language model|administrator)\b",
            r"\b(?:system|developer) ?(?:prompt|message|note)\b|</?system>",
            r"\b(?:auto-?)?(?:approve|accept|publish|send) (?:all|every|each|any|this|the) (?:pending|queued|waiting|open)? ?"
            r"(?:actions?|items?|requests?|drafts?|repl(?:y|ies)|proposals?|emails?|budgets?|campaigns?)\b",
            r"\baprueb[ae]\b[^.\n]{0,30}\b(?:todo|todas|todos|pendientes?|acciones|solicitudes)\b",
            r"\b(?:reveal|print|show|export|list) (?:me )?(?:all |the |your )+(?:patient|contact|system|prompt|lead|record|secret|key)",
        )
    ),
    re.IGNORECASE,
)
_FORMULA = re.compile(r"^\s*'?(?:=|@\w|[+-](?=[\w(]))")


def text_flags(text: str) -> tuple[str, ...]:
    """ "prompt_injection" when the text tries to instruct a reader that is a machine, "formula" when a spreadsheet would execute it."""
    found = []
    if _INJECTION.search(text):
        found.append("prompt_injection")
    if any(_FORMULA.match(line) for line in text.split("\n", 3)[:3]):
        found.append("formula")
    return tuple(found)

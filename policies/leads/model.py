"""The scoring model: what a marketing and a sales person agree on and sign. Knows nothing of leads or the store.

A model is immutable: its `id` is its name and the hash of everything in it, so a changed weight is another model and needs new signatures.
"""

import hashlib
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from policies.leads.decay import rate_per_day
from policies.leads.forbidden import forbidden_in
from policies.records import Record, Track, canonical_json

ANY = "*"
UNGROUPED = "intent"

Points = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
"""Of one event or attribute. The bound is no opinion: it keeps sums of many events far from where doubles lose points."""


class CountCap(Record):
    """Only the first `count` events give points, in order of event time: per calendar day (UTC), in any `window:<days>`, or `ever`.

    `each` says what is counted: the lead's events of that type, or those about one object (the same page twice a day is one interest).
    """

    count: int = Field(ge=0)
    per: str = Field("ever", pattern=r"^(day|ever|window:[1-9][0-9]{0,3})$")
    each: Literal["lead", "object"] = "lead"

    @cached_property
    def window_days(self) -> int | None:
        """Length of the sliding window in days; 0 for a calendar day, None for ever."""
        if self.per == "ever":
            return None
        return 0 if self.per == "day" else int(self.per.removeprefix("window:"))


class Group(Record):
    """Events whose points share one cap (both ways: a group of penalties cannot cost more than its cap either)."""

    events: tuple[str, ...] = Field(min_length=1)
    cap: float = Field(gt=0, allow_inf_nan=False)


class Model(Record):
    """The first block is the contract of `liaison score`; the second adds what the product needs, all of it optional.

    Points are 0-100: fit never decays, intent does. MQL: fit >= f_min and intent >= i_min and total >= threshold, left again when the total is
    below threshold - hysteresis, intent below i_min, or the last event that gave points is older than recency_days (0 = no such limit).
    """

    track: Track
    fit_weights: dict[str, dict[str, Points]] = Field(default_factory=dict)
    fit_cap: float = Field(40, ge=0, le=100)
    intent_points: dict[str, Points]
    max_counted: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    intent_cap: float = Field(60, ge=0, le=100)
    total_cap: float = Field(100, ge=0, le=100)
    decay_per_quarter: float = Field(ge=0.20, le=0.30)
    threshold: float = Field(ge=50, le=100)
    f_min: float = Field(0, ge=0, le=100)
    i_min: float = Field(0, ge=0, le=100)
    hysteresis: float = Field(0, ge=0, le=100)
    recency_days: float = Field(0, ge=0, le=3650)
    disqualify_events: tuple[str, ...] = ()

    name: str = Field("model", pattern=r"^[a-z][a-z0-9_]{0,46}$")
    service_line: str | None = None
    groups: dict[str, Group] = Field(default_factory=dict)
    caps: dict[str, CountCap] = Field(default_factory=dict)
    fast_lane: tuple[str, ...] = ()
    fast_lane_days: float = Field(30, gt=0, le=365)

    @field_validator("fit_weights", mode="before")
    @classmethod
    def _yaml_words(cls, value: Any) -> Any:
        """YAML 1.1 reads the keys yes and no as booleans."""
        if not isinstance(value, dict):
            return value
        return {k: {feature(word): p for word, p in v.items()} if isinstance(v, dict) else v for k, v in value.items()}

    @field_validator("recency_days", mode="before")
    @classmethod
    def _no_limit(cls, value: Any) -> Any:
        return 0 if value is None else value

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> "Model":
        for key, names in (("fit_weights", self.fit_weights), ("intent_points", self.intent_points)):
            if forbidden := sorted(name for name in names if forbidden_in(name)):
                raise ValueError(f"{key} may never use {', '.join(forbidden)}: remove it")
        if twice := sorted(self.max_counted.keys() & self.caps.keys()):
            raise ValueError(f"{', '.join(twice)} is in max_counted and in caps: keep one")
        grouped = [event for group in self.groups.values() for event in group.events]
        if len(grouped) != len(set(grouped)):
            raise ValueError("groups: an event is in two groups: keep it in one")
        known = self.intent_points.keys()
        for key, events in (("max_counted", self.max_counted), ("caps", self.caps), ("groups", grouped)):
            if unknown := sorted(set(events) - known):
                raise ValueError(f"{key}: {', '.join(unknown)} is not in intent_points: add it there or remove it here")
        return self

    @cached_property
    def id(self) -> str:
        """ "<name>@<12 hex>": the version that is signed, stored beside every ledger row and shown on every handoff."""
        return f"{self.name}@{hashlib.sha256(canonical_json(self.model_dump(mode='json')).encode()).hexdigest()[:12]}"

    @cached_property
    def rate(self) -> float:
        """λ per day."""
        return rate_per_day(self.decay_per_quarter)

    @cached_property
    def count_caps(self) -> dict[str, CountCap]:
        return {event: CountCap(count=count) for event, count in self.max_counted.items()} | self.caps

    @cached_property
    def capped_per_object(self) -> frozenset[str]:
        """Events that a count cap counts once per object."""
        return frozenset(event for event, cap in self.count_caps.items() if cap.each == "object")

    @cached_property
    def group_caps(self) -> dict[str, float]:
        return {name: group.cap for name, group in self.groups.items()}

    @cached_property
    def group_of(self) -> dict[str, str]:
        return {event: name for name, group in self.groups.items() for event in group.events}

    @cached_property
    def single_event_mqls(self) -> dict[str, float]:
        """Events that are no request for a person, yet one of them makes an MQL of a lead that barely fits: {event: the total it reaches}.

        Such a model hands over whoever did one thing once. `liaison score` computes it all the same; nobody can sign it.
        """
        reached: dict[str, float] = {}
        for event, points in self.intent_points.items():
            group = self.groups.get(self.group_of.get(event, ""))
            intent = min(points, self.intent_cap, group.cap if group else points)
            total = min(self.total_cap, self.f_min + intent)
            cap = self.count_caps.get(event)
            if event not in self.fast_lane and (cap is None or cap.count) and intent >= self.i_min and total >= self.threshold:
                reached[event] = total
        return reached

    @cached_property
    def events(self) -> frozenset[str]:
        """Every event that leaves a ledger row: it gives or takes points, asks for a person, or disqualifies."""
        return frozenset(e for e, points in self.intent_points.items() if points) | {*self.fast_lane, *self.disqualify_events}


def feature(value: Any) -> str:
    """An attribute's value as models write it: true is "yes", 12.0 is "12", text is trimmed."""
    if isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in {"true", "false"}):
        return "yes" if str(value).strip().lower() == "true" else "no"
    return f"{value:g}" if isinstance(value, float) else str(value).strip()

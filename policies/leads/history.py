"""`liaison score`: one model over one history, no store. Pure: lines in, one score per lead out.

The answer depends on the set of lines alone, not on their order; a repeated event counts once; an event after the instant asked about does not
exist yet.
"""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, ValidationError

from policies.leads.decay import current, forward
from policies.leads.model import Model
from policies.leads.mql import FOREVER, NOTHING_YET, advance
from policies.leads.score import count_again, fit_points, intent, total_points, weight_of
from policies.records import Award, Contribution, EngagementId, LeadId, Record, Scalar


def _after_1970(at: datetime) -> datetime:
    if at < datetime(1970, 1, 1, tzinfo=UTC):
        raise ValueError("before 1970: mend the clock or the date format of the export")
    return at


class _Line(Record):
    model_config = ConfigDict(extra="ignore")  # an export may carry columns of its own; dropping the line for them would drop its points


class Attributes(_Line):
    lead: str = Field(min_length=1)
    attributes: dict[str, Scalar]


class Event(_Line):
    lead: str = Field(min_length=1)
    event_id: str = Field(min_length=1)
    type: str = Field(min_length=1)
    occurred_at: Annotated[AwareDatetime, AfterValidator(_after_1970)]


class LeadScore(Record):
    """One lead at the instant asked about. Points; `mql_since` and `mql_until` only while it is an MQL (`mql_until` None then = no end)."""

    lead: str
    fit: float
    intent: float
    total: float
    is_mql: bool
    mql_since: AwareDatetime | None
    mql_until: AwareDatetime | None
    contributions: tuple[Contribution, ...]


class BadLine(NamedTuple):
    """A line that is no part of a history. `reason` names the field and the mend, never the content."""

    line: int
    reason: str


def read_history(lines: Iterable[str]) -> tuple[list[Attributes | Event], list[BadLine]]:
    """Parse JSONL; blank lines are skipped, lines that cannot be used are returned with their number."""
    good: list[Attributes | Event] = []
    bad: list[BadLine] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            body = json.loads(line)
            if not isinstance(body, dict):
                bad.append(BadLine(number, "not a JSON object: write one {...} per line"))
                continue
            good.append((Attributes if "attributes" in body else Event).model_validate(body))
        except ValidationError as error:
            bad.append(BadLine(number, _reason(error)))
        except (ValueError, RecursionError):
            bad.append(BadLine(number, "not JSON: write one {...} per line"))
    return good, bad


def _reason(error: ValidationError) -> str:
    first = error.errors()[0]
    key = str(first["loc"][0]) if first["loc"] else "(line)"
    mends = {
        "missing": "this key is missing: add it",
        "timezone_aware": "no time zone: write it as 2026-11-23T09:00:00Z",
    }
    return f"{key}: {mends.get(first['type'], first['msg'].removeprefix('Value error, '))}"


def score_history(model: Model, history: Iterable[Attributes | Event], *, at: datetime) -> list[LeadScore]:
    """One score per lead named in the history, in order of lead. `at` is aware; later lines win where attributes contradict each other."""
    attributes: dict[str, dict[str, Scalar]] = {}
    events: dict[str, dict[str, Event]] = {}
    for line in history:
        known = attributes.setdefault(line.lead, {})
        if isinstance(line, Attributes):
            known.update(line.attributes)
        elif line.occurred_at <= at:
            _keep(events.setdefault(line.lead, {}), line)
    return [_score(model, lead, attributes[lead], events.get(lead, {}).values(), at) for lead in sorted(attributes)]


def unscored_types(model: Model, history: Iterable[Attributes | Event]) -> dict[str, int]:
    """Types of events that the model says nothing about, with how often each occurs: a misspelt one would silently give no points."""
    said = {*model.intent_points, *model.fast_lane, *model.disqualify_events}
    found: dict[str, int] = {}
    for line in history:
        if isinstance(line, Event) and line.type not in said:
            found[line.type] = found.get(line.type, 0) + 1
    return dict(sorted(found.items()))


def _keep(known: dict[str, Event], event: Event) -> None:
    """The earliest of contradicting copies of one event stays, so that their order does not matter."""
    other = known.get(event.event_id)
    if other is None or (event.occurred_at, event.type) < (other.occurred_at, other.type):
        known[event.event_id] = event


def _score(model: Model, lead: str, attributes: dict[str, Scalar], events: Iterable[Event], at: datetime) -> LeadScore:
    awards = count_again(model, (_award(model, event) for event in events if event.type in model.events))
    fit = fit_points(model, attributes)
    standing = advance(model, fit, NOTHING_YET, awards)
    intent_now = intent(model, standing.groups, at)
    is_mql = standing.is_mql(at)
    until = standing.mql_until if is_mql and standing.mql_until != FOREVER else None
    return LeadScore(
        lead=lead,
        fit=fit,
        intent=intent_now,
        total=total_points(model, fit, intent_now),
        is_mql=is_mql,
        mql_since=standing.mql_since if is_mql else None,
        mql_until=until,
        contributions=tuple(contributions_of(model, awards, at)),
    )


def contributions_of(model: Model, awards: Iterable[Award], at: datetime) -> Iterable[Contribution]:
    """What each award is worth at `at`, before caps; an event beyond its count cap is listed with 0, so that nobody looks for it."""
    for award in awards:
        points = current(forward(award.weight, award.occurred_at, model.rate), at, model.rate) if award.counted else 0.0
        yield Contribution(event_id=award.engagement, type=award.event, points_now=points)


def _award(model: Model, event: Event) -> Award:
    group, weight = weight_of(model, event.type)
    return Award(
        lead=LeadId(event.lead),
        model=model.id,
        engagement=EngagementId(event.event_id),
        event=event.type,
        group=group,
        weight=weight,
        occurred_at=event.occurred_at,
        counted=True,
    )

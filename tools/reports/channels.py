"""Which channels MQLs are credited to, by every model side by side, and what the look-back changes.

Credit is not effect: it divides the MQLs there were. Paths are made of the acts of the leads themselves; nothing says who they are.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from policies.leads.attribution import SIDE_BY_SIDE, AttributionModel, disagreement
from policies.leads.journeys import MAX_WINDOW_DAYS, SENSITIVITY_DAYS, Journey, Seen, counted, credit_within, journeys, sensitivity
from policies.leads.lifecycle import Stage
from policies.leads.touches import Act, touches
from policies.records import Channel, EngagementKind
from policies.spoken import counted as counted_words
from tools.reports.report import Asked, Cell, Report, Table, spoken
from tools.store.chunks import in_chunks
from tools.store.tables import engagements, lead_stages, leads, scores

MOST_MQLS = 10_000
"""Newest MQLs looked at; a dashboard must answer while somebody waits."""

MOST_OTHERS = 3_000
"""Leads without an MQL whose paths are read, newest first: the Markov model compares with them."""

MODEL_WORDS = {
    AttributionModel.FIRST: "First touch",
    AttributionModel.LAST: "Last touch",
    AttributionModel.LINEAR: "Linear",
    AttributionModel.TIME_DECAY: "Time decay",
    AttributionModel.POSITION: "Position",
    AttributionModel.MARKOV: "Markov",
    AttributionModel.SHAPLEY: "Shapley",
}


class ChannelMix(Report):
    """`credit[m][c]` is the MQLs that model m gives to channel c; each model's row adds up to `mqls`."""

    name: str
    days: int
    mqls: int
    without_touch: int
    channels: tuple[str, ...]
    models: tuple[str, ...]
    credit: tuple[tuple[float, ...], ...]
    apart: tuple[bool, ...]

    def takeaway(self) -> str:
        if not self.mqls:
            return f"{self.name}: no MQL of the last {self.days} days has a touch on record."
        markov = self.credit[self.models.index(MODEL_WORDS[AttributionModel.MARKOV])]
        best = max(range(len(self.channels)), key=lambda place: markov[place])
        lows, highs = min(row[best] for row in self.credit), max(row[best] for row in self.credit)
        said = (
            f"{self.name}: {spoken(self.channels[best])} is credited with most, {lows:.0f} to {highs:.0f} of {counted_words(self.mqls, 'MQL')} "
            f"depending on the model"
        )
        disputed = [spoken(name) for name, flag in zip(self.channels, self.apart, strict=True) if flag]
        return f"{said}; the models disagree over {', '.join(disputed)}." if disputed else f"{said}; the models agree on every channel."

    def table(self) -> Table:
        head = ("Channel", *self.models, "Models differ")
        rows = [
            (spoken(name), *(round(row[place], 2) for row in self.credit), "yes" if self.apart[place] else "no")
            for place, name in enumerate(self.channels)
        ]
        return Table(head, tuple(rows))

    def is_empty(self) -> bool:
        return not self.mqls


class WindowEffect(Report):
    """Per look-back in days: the credit of each channel by the Markov model, and the share of MQLs (0-1) whose first touch is older."""

    name: str
    days: tuple[float, ...]
    mqls: tuple[int, ...]
    older: tuple[float, ...]
    channels: tuple[str, ...]
    credit: tuple[tuple[float, ...], ...]
    windows: tuple[tuple[str, int], ...]

    def takeaway(self) -> str:
        if self.is_empty():
            return f"{self.name}: no MQL of this period has a touch on record."
        fits = next((place for place, older in enumerate(self.older) if older <= 0.05), None)
        place = self.days.index(30)
        said = f"{self.name}: with a look-back of 30 days {100 * self.older[place]:.0f} % of MQLs lose their first touch"
        if fits is None:
            return f"{said}; no look-back keeps 95 % of them whole."
        return f"{said}; {self.days[fits]:g} days keep {100 * (1 - self.older[fits]):.0f} % of them whole."

    def table(self) -> Table:
        head = ("Look-back, days", "MQLs with a touch", "First touch is older, %", *(spoken(name) for name in self.channels))
        rows: list[tuple[Cell, ...]] = [
            (days, self.mqls[place], 100 * self.older[place], *(round(one, 2) for one in self.credit[place]))
            for place, days in enumerate(self.days)
        ]
        return Table(head, tuple(rows))

    def is_empty(self) -> bool:
        return not any(self.mqls)


def channel_mix(asked: Asked) -> ChannelMix:
    """Every model over the same journeys, each cut to the look-back of its service line."""
    found = paths(asked)
    windows = {line.key: line.window_days() for line in asked.practice.service_lines}
    credit = credit_within(found, SIDE_BY_SIDE, lambda line: windows[line])
    mqls, without = counted(found, lambda line: windows[line])
    spread = disagreement(credit, mqls)
    order = sorted(spread, key=lambda name: (-credit[AttributionModel.MARKOV][name], name))
    return ChannelMix(
        name=_name(asked),
        days=asked.filters.days,
        mqls=mqls,
        without_touch=without,
        channels=tuple(order),
        models=tuple(MODEL_WORDS[model] for model in credit),
        credit=tuple(tuple(row[name] for name in order) for row in credit.values()),
        apart=tuple(spread[name].flagged for name in order),
    )


def window_effect(asked: Asked) -> WindowEffect:
    found = paths(asked)
    told = sensitivity(found, AttributionModel.MARKOV)
    widest = told[-1].credit
    order = sorted(widest, key=lambda name: (-widest[name], name))
    return WindowEffect(
        name=_name(asked),
        days=tuple(float(days) for days in SENSITIVITY_DAYS),
        mqls=tuple(one.conversions for one in told),
        older=tuple(one.older_share for one in told),
        channels=tuple(order),
        credit=tuple(tuple(one.credit[name] for name in order) for one in told),
        windows=tuple((line.name, line.window_days()) for line in asked.lines()),
    )


def paths(asked: Asked) -> list[Journey]:
    """The journeys of the period's MQLs and of a sample of leads that are none, over the index of acts by lead."""
    became = _became_mql(asked)
    others = _others(asked, {lead for lead, _, _ in became})
    acts = _acts(asked.connection, {*(lead for lead, _, _ in became), *(lead for lead, _ in others)}, asked)
    rows: list[Seen] = []
    for lead, line, at in became:
        rows += _rows(lead, line, touches(acts[lead]), at)
    for lead, line in others:
        rows += _rows(lead, line, touches(acts[lead]), None)
    return journeys(rows, now=asked.at.timestamp())[0]


def _rows(lead: str, line: str, when: Iterable[tuple[datetime, str]], converted: datetime | None) -> list[Seen]:
    ends = converted.timestamp() if converted else None
    return [Seen(lead, door, at.timestamp(), ends, line) for at, door in when]


def _became_mql(asked: Asked) -> list[tuple[str, str, datetime]]:
    """(lead, line, since when) of the newest MQLs: the act that made it one where the score still says so, else the handoff."""
    past, spell = lead_stages.c, scores.c
    owner = func.coalesce(leads.c.merged_into, leads.c.id).label("owner")
    handed = (
        select(owner, past.service_line, past.at)
        .select_from(lead_stages.join(leads, leads.c.id == past.lead))
        .where(past.stage == Stage.MQL.value, past.at >= asked.since, past.at <= asked.at)
        .where(past.service_line.in_([line.key for line in asked.lines()]))
        .order_by(past.at.desc(), past.id.desc())
        .limit(MOST_MQLS)
    )
    here = asked.here()
    rows = list(asked.connection.execute(handed if here is None else handed.where(past.action.in_(here))))
    known = in_chunks(
        asked.connection,
        lambda part: select(spell.lead, spell.service_line, spell.mql_since).where(spell.lead.in_(part), spell.mql_since.is_not(None)),
        {row.owner for row in rows},
    )
    since = {(row.lead, row.service_line): row.mql_since for row in known}
    return [(row.owner, row.service_line, min(row.at, since.get((row.owner, row.service_line), row.at))) for row in rows]


def _others(asked: Asked, mqls: Collection[str]) -> list[tuple[str, str]]:
    """(lead, line) of the newest leads of the period that have a score and are no MQL."""
    people = leads.c
    newest = (
        select(people.id)
        .where(people.created_at >= asked.since, people.merged_into.is_(None))
        .where(people.stage.in_([Stage.LEAD.value, Stage.ENGAGED.value]))
        .order_by(people.created_at.desc(), people.id)
        .limit(MOST_OTHERS)
    )
    chosen = {row.id for row in asked.connection.execute(newest)} - set(mqls)
    wanted = [line.key for line in asked.lines()]
    rows = in_chunks(
        asked.connection,
        lambda part: select(scores.c.lead, scores.c.service_line).where(scores.c.lead.in_(part), scores.c.service_line.in_(wanted)),
        sorted(chosen),
    )
    return sorted({(row.lead, row.service_line) for row in rows})


def _acts(connection: Connection, ids: Collection[str], asked: Asked) -> dict[str, list[Act]]:
    since = asked.since - timedelta(days=MAX_WINDOW_DAYS)
    act = engagements.c
    medium = act.record[("attributes", "utm_medium")].as_string().label("medium")
    source = act.record[("attributes", "utm_source")].as_string().label("source")
    found: dict[str, list[Act]] = defaultdict(list)
    rows = in_chunks(
        connection,
        lambda part: select(act.lead, act.kind, act.channel, act.occurred_at, medium, source).where(
            act.lead.in_(part), act.occurred_at >= since, act.occurred_at <= asked.at, act.kind.not_in(["email_sent", "email_open"])
        ),
        sorted(ids),
    )
    for row in rows:
        found[row.lead].append(Act(row.occurred_at, EngagementKind(row.kind), Channel(row.channel), row.medium or "", row.source or ""))
    return found


def _name(asked: Asked) -> str:
    return asked.practice.line(asked.filters.line).name if asked.filters.line else "All service lines"

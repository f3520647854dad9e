"""Whom we may write to, how long decisions take, and which rules object."""

from collections import Counter, defaultdict
from datetime import datetime

from sqlalchemy import ColumnElement, and_, column, func, literal_column, select, true

from policies.actions import ActionKind, DecisionVerdict, Severity
from policies.kinds import KINDS
from policies.leads.lifecycle import Stage
from policies.records import Record
from policies.spoken import counted
from tools.reports.report import PERIODS, Asked, Cell, Report, Table, length, percent, quantile, share
from tools.store.action_tables import action_versions, actions, decisions
from tools.store.schema import Json
from tools.store.tables import consents, leads, suppressions

MOST_DECISIONS = 10_000
MOST_ITEMS = 10_000
"""Newest decisions and items looked at: a page must answer well under a second, however long the history is."""

RULES_SHOWN = 15
EMAIL = "email"


class Step(Record):
    """One bar of the waterfall: `count` people are left after `lost` of them fell out for this reason."""

    name: str
    lost: int
    count: int


class ConsentSteps(Report):
    """From everybody known to those who may be sent email."""

    steps: tuple[Step, ...]
    by_purpose: tuple[tuple[str, int, int], ...]

    def takeaway(self) -> str:
        first, last = self.steps[0], self.steps[-1]
        if not first.count:
            return "Nobody is known yet."
        worst = max(self.steps[1:], key=lambda step: step.lost)
        return (
            f"{last.count:,} of {counted(first.count, 'person', 'people')} may be sent email ({percent(last.count, first.count)}); "
            f"most fall out as: {worst.name.lower()} ({worst.lost:,})."
        )

    def table(self) -> Table:
        rows: list[tuple[Cell, ...]] = [(step.name, step.lost, step.count, share(step.count, self.steps[0].count)) for step in self.steps]
        rows += [(f"Said yes to {name}, no to it", yes, no, None) for name, yes, no in self.by_purpose]
        return Table(("Step", "Fall out", "Left", "Of all, %"), tuple(rows))

    def is_empty(self) -> bool:
        return not self.steps[0].count


def consent_steps(asked: Asked) -> ConsentSteps:
    """Counts over indexes. A suppression counts where consent was given: without it the person has fallen out before."""
    people, words, stops = leads.c, consents.c, suppressions.c
    living: list[ColumnElement[bool]] = [people.merged_into.is_(None)]
    if asked.filters.track:
        living.append(people.track == asked.filters.track.value)
    seen = people.created_at >= asked.since
    # Of a long period, looking up consents in order of the leads' age costs six times more than passing over every lead: no index for that.
    seen_of_all = func.coalesce(people.created_at, asked.since) >= asked.since if asked.filters.days > min(PERIODS) else seen
    by_stage = select(people.stage, func.count()).where(*living, seen).group_by(people.stage)
    known: dict[str, int] = {stage: count for stage, count in asked.connection.execute(by_stage)}  # noqa: C416 - rows are no pairs to mypy
    stopped = select(stops.lead).where(stops.lead == people.id, stops.channel == EMAIL).exists()
    spoke = (
        select(words.purpose, words.granted, stopped.label("stopped"), func.count())
        .select_from(leads.join(consents, words.lead == people.id))
        .where(*living, seen_of_all)
        .group_by(words.purpose, words.granted, "stopped")
    )
    said: Counter[tuple[str, bool, bool]] = Counter()
    for purpose, granted, is_stopped, count in asked.connection.execute(spoke):
        said[purpose, bool(granted), bool(is_stopped)] += count
    everybody, anonymous = sum(known.values()), known.get(Stage.ANONYMOUS, 0)
    yes = said[EMAIL, True, False] + said[EMAIL, True, True]
    no = said[EMAIL, False, False] + said[EMAIL, False, True]
    left = everybody
    steps = [Step(name="Everybody seen", lost=0, count=left)]
    for name, lost in (
        ("Never said who they are", anonymous),
        ("Never asked about email", everybody - anonymous - yes - no),
        ("Said no", no),
        ("Unsubscribed or stopped", said[EMAIL, True, True]),
    ):
        left -= lost
        steps.append(Step(name=name, lost=lost, count=left))
    others = sorted({purpose for purpose, _, _ in said} - {EMAIL})
    by_purpose = tuple(
        (
            one,
            sum(n for (p, granted, _), n in said.items() if p == one and granted),
            sum(n for (p, granted, _), n in said.items() if p == one and not granted),
        )
        for one in others
    )
    return ConsentSteps(steps=(*steps, Step(name="May be sent email", lost=0, count=left)), by_purpose=by_purpose)


# --- how long decisions take


class KindLatency(Record):
    """Hours from the moment a version stood in the queue to the decision on it, ascending."""

    name: str
    hours: tuple[float, ...]

    def at(self, part: float) -> float:
        return quantile(list(self.hours), part)


class Latency(Report):
    """Slowest kind first, by its median."""

    days: int
    kinds: tuple[KindLatency, ...]

    def takeaway(self) -> str:
        if not self.kinds:
            return f"Nothing was decided in the last {self.days} days."
        every = sorted(hours for kind in self.kinds for hours in kind.hours)
        slow = self.kinds[0]
        half, most = length(quantile(every, 0.5)), length(quantile(every, 0.9))
        said = f"Half of {counted(len(every), 'decision')} came within {half}, nine of ten within {most}"
        return f"{said}; slowest: {slow.name} (half within {length(slow.at(0.5))})." if len(self.kinds) > 1 else f"{said}."

    def table(self) -> Table:
        rows: list[tuple[Cell, ...]] = [
            (one.name, len(one.hours), *(round(one.at(part), 2) for part in (0.5, 0.9, 1.0))) for one in self.kinds
        ]
        return Table(("Kind", "Decisions", "Half within, hours", "Nine of ten within, hours", "Longest, hours"), tuple(rows))

    def is_empty(self) -> bool:
        return not self.kinds


def latency(asked: Asked) -> Latency:
    """Of the newest decisions, approvals and rejections, how long after the version they are about was made. One range of their index by time."""
    inside = (decisions.c.at >= asked.since, decisions.c.at <= asked.at)
    newest = (
        select(decisions).where(*inside).order_by(decisions.c.at.desc(), decisions.c.id.desc()).limit(MOST_DECISIONS).subquery("newest")
    )
    about = and_(action_versions.c.action == newest.c.action, action_versions.c.version == newest.c.version)
    statement = (
        select(actions.c.kind, newest.c.at, action_versions.c.created_at)
        .select_from(newest.join(action_versions, about).join(actions, actions.c.id == newest.c.action))
        .where(newest.c.verdict.in_([DecisionVerdict.APPROVE.value, DecisionVerdict.REJECT.value]))
    )
    if asked.filters.track:
        statement = statement.where(actions.c.track == asked.filters.track.value)
    hours: dict[str, list[float]] = defaultdict(list)
    for kind, decided_at, made_at in asked.connection.execute(statement):
        hours[kind].append(_hours(made_at, decided_at))
    kinds = [KindLatency(name=KINDS[ActionKind(kind)].title, hours=tuple(sorted(found))) for kind, found in hours.items()]
    return Latency(days=asked.filters.days, kinds=tuple(sorted(kinds, key=lambda one: (-one.at(0.5), one.name))))


def _hours(earlier: datetime, later: datetime) -> float:
    return max(0.0, (later - earlier).total_seconds() / 3600)


# --- findings


class RuleFindings(Record):
    """How many items a rule objected to, by the severity it had there."""

    rule: str
    block: int
    needs_review: int
    warn: int

    @property
    def items(self) -> int:
        return self.block + self.needs_review + self.warn


class Findings(Report):
    """The rule that objected to most items first. `items` were looked at, `clean` of them have no finding."""

    days: int
    items: int
    clean: int
    rules: tuple[RuleFindings, ...]

    def takeaway(self) -> str:
        if not self.items:
            return f"No item was proposed in the last {self.days} days."
        said = f"{self.clean:,} of {counted(self.items, 'item')} met no objection ({percent(self.clean, self.items)})"
        if not self.rules:
            return f"{said}."
        first, blocks = self.rules[0], sum(rule.block for rule in self.rules)
        return f"{said}; {first.rule} objected most often ({first.items:,}), {counted(blocks, 'finding')} block."

    def table(self) -> Table:
        rows = tuple((one.rule, one.items, one.block, one.needs_review, one.warn) for one in self.rules)
        return Table(("Rule", "Items", "Block", "Need review", "Warn"), rows)

    def is_empty(self) -> bool:
        return not self.items


def findings(asked: Asked) -> Findings:
    """Over the version that counts now of the newest items proposed in the period; of several findings of one rule the gravest counts."""
    newest = select(actions.c.id, actions.c.version).where(actions.c.created_at >= asked.since, actions.c.created_at <= asked.at)
    if asked.filters.track:
        newest = newest.where(actions.c.track == asked.filters.track.value)
    items = newest.order_by(actions.c.created_at.desc(), actions.c.id).limit(MOST_ITEMS).subquery("items")
    about = and_(action_versions.c.action == items.c.id, action_versions.c.version == items.c.version)
    parts = func.json_each if asked.connection.dialect.name == "sqlite" else func.jsonb_array_elements
    finding = parts(action_versions.c.findings).table_valued(column("value", Json), name="finding")
    rule, severity = finding.c.value["rule"].as_string().label("rule"), finding.c.value["severity"].as_string().label("severity")
    rows = list(
        asked.connection.execute(select(items.c.id, rule, severity).select_from(items.join(action_versions, about).join(finding, true())))
    )
    seen = asked.connection.scalar(select(func.count(literal_column("1"))).select_from(items)) or 0
    gravest: dict[tuple[str, str], Severity] = {}
    order = (Severity.WARN, Severity.NEEDS_REVIEW, Severity.BLOCK)
    for item, name, said in rows:
        gravest[item, name] = max(gravest.get((item, name), Severity.WARN), Severity(said), key=order.index)
    tally = Counter((name, said) for (_, name), said in gravest.items())
    rules = [
        RuleFindings(
            rule=name,
            block=tally[name, Severity.BLOCK],
            needs_review=tally[name, Severity.NEEDS_REVIEW],
            warn=tally[name, Severity.WARN],
        )
        for name in {name for name, _ in tally}
    ]
    clean = seen - len({item for item, _ in gravest})
    return Findings(days=asked.filters.days, items=seen, clean=clean, rules=tuple(sorted(rules, key=lambda one: (-one.items, one.rule))))

"""The weekly brief: what changed, why, what was done, what waits for you, what could not be done, money and risk.

One record, written from the store's counts; the page, the mail and `liaison brief` show it. It holds no identifier of anybody: counts, kinds of
actions, ids of actions and runs, names of service lines.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from policies.actions import Plan
from policies.kinds import KINDS
from policies.records import EngagementKind, Record
from policies.spoken import counted
from tools.goals import behind, goal_reasons, month, objective, usd
from tools.practice import Practice
from tools.store.results import LastResults, adopted_budgets, last_results, plan_of
from tools.store.week import Act, Group, Ledger, ledger
from tools.workspace import Workspace

MONTH_DAYS = 30
MONEY = "Money and risk"
DRIVERS = 5
"""Acts named as what moved: those whose number changed most."""


class LineWeek(Record):
    """One service line: this span and the days it is compared with; MQLs of 30 days (None before the first run) against the goal.

    `cost_per_mql_usd` is of the span: known spend by MQLs.
    """

    line: str
    name: str
    mqls: int
    mqls_before: int
    sqls: int
    sqls_before: int
    spend_usd: float
    spend_before_usd: float
    mqls_30_days: int | None = None
    goal: int | None = None
    cost_per_mql_usd: float | None = None
    max_cost_usd: float | None = None

    @property
    def too_dear(self) -> bool:
        return self.cost_per_mql_usd is not None and self.max_cost_usd is not None and self.cost_per_mql_usd > self.max_cost_usd


class Driver(Record):
    """An act of leads that became more or less frequent."""

    words: str
    count: int
    before: int


class Note(Record):
    """A sentence, the page of the desk that shows it ("" = none), and what a program or file said, which stays inside: a mail leaves it out."""

    words: str
    path: str = ""
    detail: str = ""

    @property
    def whole(self) -> str:
        return f"{self.words}: {self.detail}" if self.detail else self.words


class Brief(Record):
    """The report to the person in charge. Money in dollars; every list is in the order in which it deserves attention.

    What waits and what is stuck is as of the moment of writing, also in the brief of an earlier week.
    """

    practice: str
    since: AwareDatetime
    until: AwareDatetime
    objective: str
    lines: tuple[LineWeek, ...]
    changed: tuple[str, ...]
    drivers: tuple[Driver, ...] = ()
    why: tuple[str, ...] = ()
    waits: tuple[Group, ...]
    failed: tuple[Note, ...]
    done: tuple[Group, ...]
    money_waiting_usd: float
    high_risk_waiting: int
    needs_review_waiting: int = 0
    budget_usd: float
    spend_usd: float = 0.0
    spend_before_usd: float = 0.0
    budget_share_usd: float = Field(0.0, description="What the budget gives for so many days")
    risks: tuple[str, ...] = ()

    @property
    def waiting(self) -> int:
        return sum(group.count for group in self.waits)

    @property
    def executed(self) -> int:
        return sum(group.count for group in self.done)


def weekly_brief(ws: Workspace, since: datetime, until: datetime) -> Brief:
    """The brief of the span from `since` to `until` (aware). Reads only."""
    now, practice = ws.clock(), ws.practice
    with ws.database.read() as connection:
        entries = ledger(connection, since=since, until=until)
        results = last_results(connection, now=until)
        adopted = adopted_budgets(connection)
        made = plan_of(connection, month(min(until, now)))
    return brief(practice, entries, results, plan=made, adopted={channel.value: amount for channel, amount in adopted.items()})


def week_of(at: datetime, zone: str) -> tuple[datetime, datetime]:
    """The ISO week of `at` on the practice's clock: Monday 00:00 to the next."""
    local = at.astimezone(ZoneInfo(zone))
    monday = (local - timedelta(days=local.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)
    return monday, monday + timedelta(days=7)


def week_named(name: str, zone: str) -> tuple[datetime, datetime] | None:
    """The week called "2026-W40"; None for a name that is no week."""
    try:
        monday = datetime.strptime(f"{name}-1", "%G-W%V-%u").replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
    return monday, monday + timedelta(days=7)


def week_name(since: datetime) -> str:
    return f"{since:%G-W%V}"


def brief(
    practice: Practice,
    entries: Ledger,
    results: LastResults | None,
    *,
    plan: Plan | None = None,
    adopted: Mapping[str, float] | None = None,
) -> Brief:
    """What changed in the span of `entries` and why, what waits by kind with risk and money, what failed, what was done; under the plan in force."""
    budgets = {channel.value: amount for channel, amount in practice.budget.by_channel_usd.items()} | dict(adopted or {})
    budget = round(sum(budgets[channel.value] for channel, one in practice.channels.items() if one.enabled and channel.value in budgets), 2)
    lines, drivers = _lines(practice, entries, results), _drivers(entries)
    spend, before = sum(entries.now.spend_usd.values()), sum(entries.before.spend_usd.values())
    days = (entries.until - entries.since) / timedelta(days=1)
    waiting = entries.waiting
    written = Brief(
        practice=practice.organisation.name,
        since=entries.since,
        until=entries.until,
        objective=plan.objective if plan else objective(practice, behind(practice, results) if results else ()),
        lines=lines,
        changed=_changed(practice, entries, results),
        drivers=drivers,
        why=_why(lines, drivers),
        waits=waiting,
        failed=_failed(entries),
        done=entries.done,
        money_waiting_usd=round(sum(group.money_usd for group in waiting), 2),
        high_risk_waiting=sum(group.high_risk for group in waiting),
        needs_review_waiting=sum(group.needs_review for group in waiting),
        budget_usd=budget,
        spend_usd=round(spend, 2),
        spend_before_usd=round(before, 2),
        budget_share_usd=round(budget * days / MONTH_DAYS, 2),
    )
    return written.model_copy(update={"risks": _risks(written, entries)})


def _lines(practice: Practice, entries: Ledger, results: LastResults | None) -> tuple[LineWeek, ...]:
    now, before = entries.now, entries.before
    goals = {goal.service_line: goal for goal in practice.goals}
    found = []
    for line in practice.service_lines:
        key, goal = line.key, goals.get(line.key)
        mqls, spend = now.new_mqls.get(key, 0), now.spend_usd.get(key, 0.0)
        found.append(
            LineWeek(
                line=key,
                name=line.name,
                mqls=mqls,
                mqls_before=before.new_mqls.get(key, 0),
                sqls=now.new_sqls.get(key, 0),
                sqls_before=before.new_sqls.get(key, 0),
                spend_usd=spend,
                spend_before_usd=before.spend_usd.get(key, 0.0),
                mqls_30_days=results.mqls_by_line.get(key, 0) if results else None,
                goal=goal.mqls_per_30_days if goal else None,
                cost_per_mql_usd=round(spend / mqls, 2) if mqls and spend else None,
                max_cost_usd=goal.max_cost_per_mql_usd if goal else None,
            )
        )
    return tuple(found)


def _drivers(entries: Ledger) -> tuple[Driver, ...]:
    """Acts by how far their number moved, a change of one left out as chance."""
    then, now = (_by_kind(counts.acts) for counts in (entries.before, entries.now))
    every = [Driver(words=_act_words(kind), count=now.get(kind, 0), before=then.get(kind, 0)) for kind in {**then, **now}]
    moved = [one for one in every if abs(one.count - one.before) > 1]
    return tuple(sorted(moved, key=lambda one: (-abs(one.count - one.before), one.words))[:DRIVERS])


def _by_kind(acts: Iterable[Act]) -> dict[EngagementKind, int]:
    found: dict[EngagementKind, int] = {}
    for act in acts:
        found[act.kind] = found.get(act.kind, 0) + act.count
    return found


def _act_words(kind: EngagementKind) -> str:
    """ "Pricing page", "Email click": a kind of act as a person says it."""
    return kind.value.replace("_", " ").capitalize()


def _changed(practice: Practice, entries: Ledger, results: LastResults | None) -> tuple[str, ...]:
    now = entries.now
    mqls, sqls = sum(now.new_mqls.values()), sum(now.new_sqls.values())
    by_line = ", ".join(f"{count} {practice.line(line).name}" for line, count in now.new_mqls.items())
    decided = ", ".join(f"{count} × {verdict}" for verdict, count in now.decided.items())
    return (
        f"{counted(now.runs, 'run')}, {counted(now.engagements, 'engagement')}, {counted(now.new_leads, 'new lead')}",
        counted(mqls, "new MQL") + (f": {by_line}" if by_line else ""),
        *(
            (f"{counted(sqls, 'new SQL')}: " + ", ".join(f"{count} {practice.line(line).name}" for line, count in now.new_sqls.items()),)
            if sqls
            else ()
        ),
        *(goal_reasons(practice, results) if results else ()),
        f"Decisions: {decided or 'none'}",
        *((f"Drafting cost {usd(now.drafting_usd)}",) if now.drafting_usd else ()),
    )


def _why(lines: tuple[LineWeek, ...], drivers: tuple[Driver, ...]) -> tuple[str, ...]:
    """Sentences about what moved. They say what happened together, not what caused what."""
    told = []
    for one in sorted(lines, key=lambda line: -abs(line.mqls - line.mqls_before)):
        if one.mqls != one.mqls_before:
            spend = (
                f"; known search spend {usd(one.spend_usd)}, before {usd(one.spend_before_usd)}"
                if one.spend_usd or one.spend_before_usd
                else ""
            )
            moved = one.mqls - one.mqls_before
            told.append(f"{one.name}: {moved:+d} {'MQL' if abs(moved) == 1 else 'MQLs'}{spend}")
    more = [f"{one.words} {one.before:,} → {one.count:,}" for one in drivers if one.count > one.before]
    fewer = [f"{one.words} {one.before:,} → {one.count:,}" for one in drivers if one.count < one.before]
    told += [f"Leads did more: {', '.join(more)}"] if more else []
    told += [f"Leads did less: {', '.join(fewer)}"] if fewer else []
    return tuple(told)


def _failed(entries: Ledger) -> tuple[Note, ...]:
    def note(words: str, path: str = "", detail: str = "") -> Note:
        return Note(words=words, path=path, detail=detail)

    more_stuck, more_blocked = entries.stuck_count - len(entries.stuck), entries.blocked_count - len(entries.blocked)
    return (
        *(
            note(f"{one.id} {KINDS[one.kind].title} is {one.status.value}", f"/actions/{one.id}", one.error or "a person must look")
            for one in entries.stuck
        ),
        *((note(f"{more_stuck:,} more failed or unknown", "/queue?shelf=attention"),) if more_stuck > 0 else ()),
        *(note(f"Run {run} failed", f"/runs/{run}", error) for run, error in entries.failed_runs),
        *(note(f"Channel {channel} is degraded", "/health", reason) for channel, reason in entries.degraded.items()),
        *(note(f"{one.id} {KINDS[one.kind].title} is blocked by {', '.join(one.rules)}", f"/actions/{one.id}") for one in entries.blocked),
        *((note(f"{more_blocked:,} more are blocked", "/queue?shelf=blocked"),) if more_blocked > 0 else ()),
        *(
            note(f"{counted(count, 'record')} of {channel} could not be read: see liaison doctor", "/health")
            for channel, count in entries.unread.items()
        ),
    )


def _risks(written: Brief, entries: Ledger) -> tuple[str, ...]:
    """Money and risk in sentences, the gravest first."""
    over = written.spend_usd - written.budget_share_usd
    dear = [line for line in written.lines if line.too_dear]
    return (
        *((f"High risk and waiting for a decision: {counted(written.high_risk_waiting, 'item')}",) if written.high_risk_waiting else ()),
        *(
            (f"Blocked by a rule, so that nobody can approve it as it is: {counted(entries.blocked_count, 'item')}",)
            if entries.blocked_count
            else ()
        ),
        *(
            (f"With findings that a reviewer must judge: {counted(written.needs_review_waiting, 'item')}",)
            if written.needs_review_waiting
            else ()
        ),
        *(f"{line.name}: {usd(line.cost_per_mql_usd or 0)} per MQL, the goal is at most {usd(line.max_cost_usd or 0)}" for line in dear),
        *((f"Known spend is {usd(over)} above what the budget gives for these days",) if over > 0 and written.budget_usd else ()),
    )


def text_of(written: Brief, *, details: bool = True) -> str:
    """The brief as a page of plain text; without `details` it may leave the house."""
    money = f"Known spend {usd(written.spend_usd)} (before {usd(written.spend_before_usd)})"
    lines = [
        f"Brief, {written.since:%d %b %Y} to {written.until:%d %b %Y %H:%M} {written.until:%Z}",
        f"{written.objective}.",
        f"Budget {usd(written.budget_usd)} per 30 days.",
        "",
        "What changed",
        *(f"  {row}" for row in written.changed),
        *(f"  {row}" for row in line_rows(written)),
        *(("", "Why", *(f"  {row}" for row in written.why)) if written.why else ()),
        "",
        f"What waits for you: {counted(written.waiting, 'action')}, {written.high_risk_waiting} of high risk, "
        f"{usd(written.money_waiting_usd)} to decide",
        *(f"  {group.count:>4}  {group.title}: {weight_words(group)}" for group in written.waits),
        "",
        "What failed or needs a person",
        *(f"  {row.whole if details else row.words}" for row in written.failed or (Note(words="nothing"),)),
        "",
        "What was done",
        *(f"  {row}" for row in done_rows(written) or ("nothing was executed",)),
        "",
        MONEY,
        f"  {money}; the budget gives {usd(written.budget_share_usd)} for these days",
        *(f"  {row}" for row in written.risks),
    ]
    return "\n".join(lines) + "\n"


def line_rows(written: Brief) -> tuple[str, ...]:
    """One line per service line whose numbers are not all nothing."""
    return tuple(
        f"{one.name}: {counted(one.mqls, 'MQL')}{change(one.mqls - one.mqls_before)}, "
        f"{counted(one.sqls, 'SQL')}{change(one.sqls - one.sqls_before)}"
        + (f", {usd(one.spend_usd)} spent" if one.spend_usd else "")
        + (f", {usd(one.cost_per_mql_usd)} per MQL" if one.cost_per_mql_usd is not None else "")
        + (f" of at most {usd(one.max_cost_usd)}" if one.cost_per_mql_usd is not None and one.max_cost_usd is not None else "")
        for one in written.lines
        if one.mqls or one.mqls_before or one.sqls or one.sqls_before or one.spend_usd
    )


def change(by: int) -> str:
    """ " (+2)"; nothing when nothing changed."""
    return f" ({by:+d})" if by else ""


def done_rows(written: Brief) -> tuple[str, ...]:
    return tuple(f"{group.count} × {group.title}" + (f", {usd(group.money_usd)}" if group.money_usd else "") for group in written.done)


def weight_words(group: Group) -> str:
    """ "2 high risk, $590.00, first expires 05 Mar"."""
    notes = [
        f"{group.high_risk} high risk" if group.high_risk else "",
        f"{group.needs_review} need review" if group.needs_review else "",
        usd(group.money_usd) if group.money_usd else "",
        f"first expires {group.next_expiry:%d %b}" if group.next_expiry else "",
    ]
    return ", ".join(note for note in notes if note)

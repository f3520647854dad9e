"""The strategist, the CMO of the product: the plan before the channels run, the brief after.

Pure: goals, budget and last results come as arguments. A plan only proposes money; until two people approve it, the budget in force stays.
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import groupby

from pydantic import AwareDatetime

from agents.context import month, usd
from policies.actions import ActionKind, ChannelPlan, Content, Plan, Proposal, Risk, Status, Verdict
from policies.kinds import KINDS
from policies.records import Channel, Record
from tools.practice import Goal, Practice
from tools.store.results import LastResults, Ledger, Waiting

SMALLEST_SPEND_CHANGE_USD = 1.0
ROUND_TO_USD = 50
ENOUGH_MQLS = 5  # below this a cost per MQL is noise, and no money follows noise
WORSE_BY = 1.5

# A plan has no channel of its own, and its natural key must not change with the direction of the money.
PLAN_CHANNEL = Channel.SEARCH

OBJECTIVES: dict[Channel, str] = {
    Channel.SEARCH: "Be found by people who need the practice's services, and waste no click",
    Channel.LISTINGS: "Answer every review safely and keep every profile correct",
    Channel.EMAIL: "Bring consented leads to the next step, and stop at once when asked",
    Channel.YOUTUBE: "Teach with named authors and a current medical review",
}
MAX_ACTIONS: dict[Channel, int] = {Channel.SEARCH: 15, Channel.LISTINGS: 25, Channel.EMAIL: 40, Channel.YOUTUBE: 20}


class Group(Record):
    """Actions of one kind that wait for a person."""

    kind: ActionKind
    title: str
    count: int
    high_risk: int
    needs_review: int
    money_usd: float
    next_expiry: AwareDatetime
    actions: tuple[str, ...]


class Brief(Record):
    """The CMO's report to the person in charge. Money in dollars; every list is in the order in which it deserves attention."""

    since: AwareDatetime
    until: AwareDatetime
    objective: str
    changed: tuple[str, ...]
    waits: tuple[Group, ...]
    failed: tuple[str, ...]
    done: tuple[str, ...]
    money_waiting_usd: float
    high_risk_waiting: int
    budget_usd: float


def plan(practice: Practice, results: LastResults | None, now: datetime, *, in_force: Mapping[Channel, float] | None = None) -> Plan:
    """The plan of the month of `now`: objective, budget and limits per channel, with its reasons.

    `in_force` is the adopted budget per channel (dollars per 30 days), default that of practice.yaml. Without results the plan is that
    budget. With them, money moves from the channel with the dearest MQL to the one with the cheapest, by at most
    `budget.max_shift_share` of the dearest, only when a goal is missed and both have enough MQLs to compare.
    """
    budgets = {channel: practice.budget.by_channel_usd.get(channel, 0.0) for channel in practice.channels}
    budgets |= {channel: amount for channel, amount in (in_force or {}).items() if channel in budgets}
    behind = _behind(practice, results) if results else ()
    proposed, moved = _moved(practice, results, budgets) if results and behind else (budgets, ())
    focus = ",".join(goal.service_line for goal in behind)
    reasons = (*_goal_reasons(practice, results), *moved) if results else ("First plan: the budget of practice.yaml",)
    return Plan(
        period=month(now),
        objective=_objective(practice, behind),
        budget_usd=round(sum(proposed.values()), 2),
        channels=tuple(
            ChannelPlan(
                channel=channel,
                objective=OBJECTIVES[channel],
                budget_usd=round(proposed[channel], 2),
                max_actions=MAX_ACTIONS[channel],
                limits={"focus": focus} if focus else {},
            )
            for channel in practice.channels
            if practice.channels[channel].enabled
        ),
        reasons=reasons,
        changes_spend=any(abs(proposed[channel] - budgets[channel]) > SMALLEST_SPEND_CHANGE_USD for channel in budgets),
    )


def working_plan(proposed: Plan, practice: Practice, adopted: Mapping[Channel, float] | None = None) -> Plan:
    """`proposed` with the budgets that two people have approved: what channel agents work with until the plan itself is adopted."""
    budgets = {**practice.budget.by_channel_usd, **(adopted or {})}
    channels = tuple(one.model_copy(update={"budget_usd": budgets.get(one.channel, 0.0)}) for one in proposed.channels)
    total = round(sum(one.budget_usd for one in channels), 2)
    return proposed.model_copy(update={"channels": channels, "budget_usd": total, "changes_spend": False})


def plan_proposal(proposed: Plan, practice: Practice, *, in_force: Mapping[Channel, float] | None = None) -> Proposal | None:
    """The plan as an action that waits for two people; None when it changes no spend, or none any more."""
    before = {**practice.budget.by_channel_usd, **(in_force or {})}
    changes = {one.channel: one.budget_usd - before.get(one.channel, 0.0) for one in proposed.channels}
    moved = sum(change for change in changes.values() if change > 0)
    if not any(abs(change) > SMALLEST_SPEND_CHANGE_USD for change in changes.values()):
        return None
    rows = "\n".join(
        f"{one.channel.value}: {usd(before.get(one.channel, 0.0))} → {usd(one.budget_usd)} ({changes[one.channel]:+,.0f})"
        for one in proposed.channels
    )
    return Proposal(
        kind=ActionKind.PLAN_BUDGET,
        channel=PLAN_CHANNEL,
        subject=practice.key,
        period=proposed.period,
        content=Content(
            title=f"Plan for {proposed.period}: move {usd(moved)} between channels",
            body=f"{proposed.objective}\n\nDollars per 30 days:\n{rows}",
            fields={"period": proposed.period, "budget_usd": proposed.budget_usd}
            | {f"{one.channel.value}_usd": one.budget_usd for one in proposed.channels},
            destination="plan register",
        ),
        why=proposed.reasons,
        risk=Risk.HIGH,
        money_usd=round(max(moved, -sum(change for change in changes.values() if change < 0)), 2),
        facts={"record_class": "approval", "retention_years": 6, "ad_copy_retained_years": 6},
    )


def brief(practice: Practice, working: Plan, entries: Ledger, results: LastResults | None, *, now: datetime) -> Brief:
    """What changed since `entries.since`, what waits by kind with risk and money, what failed, what was done; under the plan in force."""
    waiting = [one for one in entries.waiting if one.status is Status.QUEUED]
    return Brief(
        since=entries.since,
        until=now,
        objective=working.objective,
        changed=_changed(practice, entries, results),
        waits=_groups(waiting),
        failed=_failed(entries),
        done=_done(entries),
        money_waiting_usd=round(sum(one.money_usd for one in waiting), 2),
        high_risk_waiting=sum(one.risk == Risk.HIGH for one in waiting),
        budget_usd=working.budget_usd,
    )


def text_of(written: Brief) -> str:
    """The brief as a page of plain text."""
    waiting = sum(group.count for group in written.waits)
    lines = [
        f"Brief, {written.since:%d %b %Y} to {written.until:%d %b %Y %H:%M} UTC",
        f"{written.objective}.",
        f"Budget {usd(written.budget_usd)} per 30 days.",
        "",
        "What changed",
        *(f"  {row}" for row in written.changed),
        "",
        f"What waits for you: {waiting} actions, {written.high_risk_waiting} of high risk, {usd(written.money_waiting_usd)} to decide",
        *(_group_line(group) for group in written.waits),
        "",
        "What failed or needs a person",
        *(f"  {row}" for row in written.failed or ("nothing",)),
        "",
        "What was done",
        *(f"  {row}" for row in written.done or ("nothing was executed",)),
    ]
    return "\n".join(lines) + "\n"


def _group_line(group: Group) -> str:
    notes = [
        f"{group.high_risk} high risk" if group.high_risk else "",
        f"{group.needs_review} need review" if group.needs_review else "",
        usd(group.money_usd) if group.money_usd else "",
        f"first expires {group.next_expiry:%d %b}",
    ]
    return f"  {group.count:>4}  {group.title}: {', '.join(note for note in notes if note)}"


def _groups(waiting: list[Waiting]) -> tuple[Group, ...]:
    """By kind: money first, then high risk, then number."""
    kinds = sorted(waiting, key=lambda one: one.kind)
    groups = [
        Group(
            kind=kind,
            title=KINDS[kind].title,
            count=len(members := list(found)),
            high_risk=sum(one.risk == Risk.HIGH for one in members),
            needs_review=sum(one.verdict == Verdict.NEEDS_REVIEW for one in members),
            money_usd=round(sum(one.money_usd for one in members), 2),
            next_expiry=min(one.expires_at for one in members),
            actions=tuple(one.id for one in members),
        )
        for kind, found in groupby(kinds, key=lambda one: one.kind)
    ]
    return tuple(sorted(groups, key=lambda group: (-group.money_usd, -group.high_risk, -group.count, group.kind)))


def _changed(practice: Practice, entries: Ledger, results: LastResults | None) -> tuple[str, ...]:
    mqls = sum(entries.new_mqls.values())
    by_line = ", ".join(f"{count} {line}" for line, count in entries.new_mqls.items())
    decided = ", ".join(f"{count} × {verdict}" for verdict, count in entries.decided.items())
    return (
        f"{entries.runs} runs, {entries.engagements:,} engagements, {entries.new_leads:,} new leads",
        f"{mqls} new MQLs" + (f": {by_line}" if by_line else ""),
        *(_goal_reasons(practice, results) if results else ()),
        f"Decisions: {decided or 'none'}",
        *((f"Drafting cost {usd(entries.drafting_usd)}",) if entries.drafting_usd else ()),
    )


def _failed(entries: Ledger) -> tuple[str, ...]:
    return (
        *(f"{one.id} {KINDS[one.kind].title}: {one.status.value}, {one.error or 'a person must look'}" for one in entries.stuck),
        *(f"Run {row}" for row in entries.failed_runs),
        *(f"Channel {channel} is degraded: {reason}" for channel, reason in entries.degraded.items()),
        *(f"{one.id} {KINDS[one.kind].title} is blocked by {', '.join(one.rules)}" for one in entries.blocked),
        *(f"{count} records of {channel} could not be read: see liaison doctor" for channel, count in entries.unread.items()),
    )


def _done(entries: Ledger) -> tuple[str, ...]:
    kinds = sorted(entries.done, key=lambda one: one.kind)
    rows = []
    for kind, found in groupby(kinds, key=lambda one: one.kind):
        members = list(found)
        money = sum(one.money_usd for one in members)
        rows.append(f"{len(members)} × {KINDS[kind].title}" + (f", {usd(money)}" if money else ""))
    return tuple(rows)


def _behind(practice: Practice, results: LastResults | None) -> tuple[Goal, ...]:
    """The goals that are missed, the furthest behind first."""
    reached = results.mqls_by_line if results else {}
    missed = [goal for goal in practice.goals if reached.get(goal.service_line, 0) < goal.mqls_per_30_days]
    return tuple(sorted(missed, key=lambda goal: (reached.get(goal.service_line, 0) / goal.mqls_per_30_days, goal.service_line)))


def _goal_reasons(practice: Practice, results: LastResults | None) -> tuple[str, ...]:
    reached = results.mqls_by_line if results else {}
    return tuple(
        f"{goal.service_line}: {reached.get(goal.service_line, 0)} of {goal.mqls_per_30_days} MQLs in 30 days" for goal in practice.goals
    )


def _objective(practice: Practice, behind: tuple[Goal, ...]) -> str:
    if behind:
        return "Bring these lines back to their goals: " + ", ".join(practice.line(goal.service_line).name for goal in behind)
    goals = ", ".join(f"{goal.mqls_per_30_days} MQLs for {practice.line(goal.service_line).name}" for goal in practice.goals)
    return f"Keep every line at its goal: {goals}" if goals else "Keep the practice visible, correct and answered"


def _moved(practice: Practice, results: LastResults, budgets: dict[Channel, float]) -> tuple[dict[Channel, float], tuple[str, ...]]:
    costs = {
        channel: results.spend_by_channel.get(channel, budgets[channel]) / count
        for channel, count in results.mqls_by_channel.items()
        if channel in budgets and count >= ENOUGH_MQLS
    }
    if len(costs) < 2:
        return budgets, (f"No money moves: fewer than two channels have {ENOUGH_MQLS} MQLs to compare",)
    cheap, dear = min(costs, key=lambda one: (costs[one], one)), max(costs, key=lambda one: (costs[one], one))
    reasons = tuple(
        f"{channel.value}: {usd(cost)} per MQL, {results.mqls_by_channel[channel]} MQLs" for channel, cost in sorted(costs.items())
    )
    if costs[dear] < WORSE_BY * costs[cheap]:
        return budgets, (*reasons, "No money moves: the channels' costs per MQL are close")
    amount = budgets[dear] * practice.budget.max_shift_share // ROUND_TO_USD * ROUND_TO_USD
    if amount <= SMALLEST_SPEND_CHANGE_USD:
        return budgets, (*reasons, "No money moves: the most that may move is below the rounding step")
    why = f"{usd(amount)} moves from {dear.value} to {cheap.value}, at most {practice.budget.max_shift_share:.0%} of a channel at once"
    return {**budgets, dear: budgets[dear] - amount, cheap: budgets[cheap] + amount}, (*reasons, why)

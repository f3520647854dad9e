"""The strategist, the CMO of the product: the plan before the channels run. The brief after is `tools/brief.py`.

Pure: goals, budget and last results come as arguments. A plan only proposes money; until two people approve it, the budget in force stays.
"""

from collections.abc import Mapping
from datetime import datetime

from policies.actions import ActionKind, ChannelPlan, Content, Plan, Proposal, Risk
from policies.records import Channel
from tools.goals import behind, goal_reasons, month, objective, usd
from tools.practice import Practice
from tools.store.results import LastResults

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


def plan(practice: Practice, results: LastResults | None, now: datetime, *, in_force: Mapping[Channel, float] | None = None) -> Plan:
    """The plan of the month of `now`: objective, budget and limits per channel, with its reasons.

    `in_force` is the adopted budget per channel (dollars per 30 days), default that of practice.yaml. Without results the plan is that
    budget. With them, money moves from the channel with the dearest MQL to the one with the cheapest, by at most
    `budget.max_shift_share` of the dearest, only when a goal is missed and both have enough MQLs to compare.
    """
    budgets = {channel: practice.budget.by_channel_usd.get(channel, 0.0) for channel in practice.channels}
    budgets |= {channel: amount for channel, amount in (in_force or {}).items() if channel in budgets}
    missed = behind(practice, results) if results else ()
    proposed, moved = _moved(practice, results, budgets) if results and missed else (budgets, ())
    focus = ",".join(goal.service_line for goal in missed)
    reasons = (*goal_reasons(practice, results), *moved) if results else ("First plan: the budget of practice.yaml",)
    return Plan(
        period=month(now),
        objective=objective(practice, missed),
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

"""propose: channel agents, handoffs and the plan → drafts."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from agents import strategist
from agents.channels import email_nurture, google_search, listings, youtube
from agents.context import Context, open_context
from agents.handoff import propose_handoffs
from agents.parts import Parts
from approvals import matching, queue
from policies.actions import ChannelPlan, Plan, Proposal
from policies.records import Channel, Engagement
from tools.errors import StoreError
from tools.goals import month
from tools.llm import Drafter
from tools.store import engagements, results, scores
from tools.store.evidence import valid_keys
from tools.store.runs import Run

LOOK_BACK = timedelta(days=56)
"""How far back channel agents look: eight weeks, the long end of a 2-8-week decision."""

AGENTS: dict[Channel, Callable[[Iterable[Engagement], Context], list[Proposal]]] = {
    Channel.SEARCH: google_search.propose,
    Channel.LISTINGS: listings.propose,
    Channel.EMAIL: email_nurture.propose,
    Channel.YOUTUBE: youtube.propose,
}


def propose(parts: Parts, run: Run) -> None:
    """Channel agents, handoffs and the plan → drafts. What has been an action before is left alone."""
    workspace = parts.workspace
    with workspace.database.write() as connection:
        queue.supersede_merged(workspace, connection, now=run.as_of)
    with workspace.database.write() as connection:
        matching.close_doubles(workspace, connection)
    for proposals in _proposals(parts, run):
        with workspace.database.write() as connection:
            for proposal in proposals:
                queue.draft(workspace, connection, proposal, run=run.id, now=run.as_of)


def _proposals(parts: Parts, run: Run) -> Iterator[list[Proposal]]:
    """The proposals of each agent in turn; one agent's are written before the next one reads what is known."""
    workspace = parts.workspace
    practice = workspace.practice
    with workspace.database.read() as connection:
        proposed = results.plan_of(connection, month(run.as_of))
        adopted = results.adopted_budgets(connection)
    if proposed is None:
        raise StoreError(f"run {run.id} has no plan: run again, the plan step makes it")
    working = strategist.working_plan(proposed, practice, adopted)
    drafter = parts.drafter(run)  # one for the whole run: its money limit counts over all channels
    spend = strategist.plan_proposal(proposed, practice, in_force=adopted)
    yield [spend] if spend else []
    for channel_plan in working.channels:
        if channel_plan.channel in run.channels:
            with workspace.database.read() as connection:
                context = _context(parts, connection, channel_plan, drafter=drafter, now=run.as_of)
                found = AGENTS[channel_plan.channel](look_back(connection, channel_plan.channel, now=run.as_of), context)
            yield found
    with workspace.database.read() as connection:
        context = _context(parts, connection, working.channels[0], drafter=drafter, now=run.as_of)
        yield propose_handoffs(context.mqls, context)


def _context(parts: Parts, connection: Connection, channel_plan: ChannelPlan, *, drafter: Drafter, now: datetime) -> Context:
    return open_context(
        connection,
        plan=channel_plan,
        practice=parts.workspace.practice,
        now=now,
        drafter=drafter,
        mqls=tuple(scores.current_mqls(connection, parts.models(connection), at=now)),
        evidence=lambda subject: tuple(valid_keys(connection, [subject], at=now, scope={})),
    )


def channel_context(parts: Parts, connection: Connection, channel: Channel, plan_: Plan | None, *, now: datetime) -> Context:
    """The context of one channel's agent outside a run (a redraft), under the plan in force."""
    proposed = plan_ or strategist.plan(parts.workspace.practice, None, now)
    working = strategist.working_plan(proposed, parts.workspace.practice, results.adopted_budgets(connection))
    mine = next((one for one in working.channels if one.channel is channel), working.channels[0])
    return _context(parts, connection, mine, drafter=parts.drafter(None), now=now)


def look_back(connection: Connection, channel: Channel, *, now: datetime) -> Iterator[Engagement]:
    """The channel's engagements of the last eight weeks, cut at whole UTC days so that a run later the same day sees the same."""
    day = datetime(now.year, now.month, now.day, tzinfo=UTC)
    return engagements.window(connection, channel, since=day - LOOK_BACK, until=day + timedelta(days=1))

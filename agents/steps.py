"""What each node of `channel_run` does: read, call the pure part, write; one function per verb of the sentence.

A step may run twice after a crash, so every write carries a key and a step's audit line is written once per run. Batches are taken by what is
still pending, never from memory, so a run costs the same per record whatever its size.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection

from agents import strategist
from agents.channels import email_nurture, google_search, listings, youtube
from agents.context import Context, month, open_context
from agents.handoff import propose_handoffs
from agents.parts import Parts
from approvals import matching, queue
from policies.actions import Action, ChannelPlan, Item, Plan, Proposal, Status, Verdict
from policies.check import item_of
from policies.kinds import KINDS
from policies.phi.events import scrub_engagement
from policies.phi.lexicon import fold
from policies.records import Channel, Contact, Engagement, RawEngagement, Refusal, ScrubResult
from tools.channels.names import shown_name
from tools.errors import Busy, LiaisonError, StoreError
from tools.llm import Drafter
from tools.packs.phi import load_lexicon
from tools.store import actions, contacts, engagements, leads, results, runs, scores
from tools.store.actions import Page
from tools.store.audit import Event
from tools.store.engagements import SealedEngagement, Stage
from tools.store.evidence import valid_keys
from tools.store.models import hold_models
from tools.store.names import known_names
from tools.store.rebuild import adopt
from tools.store.runs import Run

LOOK_BACK = timedelta(days=56)
"""How far back channel agents look: eight weeks, the long end of a 2-8-week decision."""
BATCH_OF_ACTIONS = 200

AGENTS: dict[Channel, Callable[[Iterable[Engagement], Context], list[Proposal]]] = {
    Channel.SEARCH: google_search.propose,
    Channel.LISTINGS: listings.propose,
    Channel.EMAIL: email_nurture.propose,
    Channel.YOUTUBE: youtube.propose,
}


@dataclass(frozen=True)
class Collected:
    """What one channel's branch reports: records read, refused, and whether every source could be read."""

    seen: int
    refused: int
    status: str  # ok | degraded
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"seen": self.seen, "refused": self.refused, "status": self.status, "reason": self.reason}


def keep_lease(parts: Parts, name: str, epoch: int) -> None:
    """Extend the run's lease; raises Busy when another process has taken over, so that two never work at once."""
    if not runs.renew(parts.workspace.database, name, epoch=epoch, now=parts.workspace.clock()):
        raise Busy(f"another process has taken over the {name}: this one stops; nothing is lost")


def note(parts: Parts, run: Run, step: str, event: Event, *, started_at: datetime, detail: dict[str, Any]) -> None:
    """Record the step and its audit line, once per run."""
    workspace = parts.workspace
    with workspace.database.write() as connection:
        if runs.finish_step(connection, run.id, step, started_at=started_at, at=workspace.clock(), detail=detail):
            workspace.audit.append(connection, event=event, actor="agent", subject=run.id, detail=detail, at=run.as_of)


# --- collect


def collect(parts: Parts, run: Run, channel: Channel, *, stop: threading.Event) -> Collected:
    """Read every source of `channel` and seal what it gives. `stop` ends it at the next batch (the branch has timed out)."""
    workspace = parts.workspace
    connector = parts.connectors(run)[channel]
    seen = refused = 0
    broken: list[str] = []
    digests: set[str] = set()
    for batch in _batches(connector.collect(), workspace.settings.batch_size):
        if stop.is_set():
            return Collected(seen, refused, "degraded", "timed out")
        raws = [record for record in batch if isinstance(record, RawEngagement)]
        refusals = [_presentable(parts, record) for record in batch if isinstance(record, Refusal)]
        with workspace.database.write() as connection:
            engagements.seal_batch(connection, workspace.ring, raws, run=run.id)
            engagements.file_refusals(connection, workspace.ring, refusals, run=run.id, at=run.as_of)
        digests.update(engagements.refusal_digest(workspace.ring, refusal) for refusal in refusals)
        seen += len(raws)
        refused += len(refusals)
        broken += [f"{refusal.file}: {refusal.reason}" for refusal in refusals if refusal.whole_file]
    with workspace.database.write() as connection:
        engagements.settle_letters(connection, channel, digests)
    return Collected(seen, refused, "degraded" if broken else "ok", "; ".join(broken[:3]))


def _presentable(parts: Parts, refusal: Refusal) -> Refusal:
    """The refusal under a file name that may be shown; the true one goes into the sealed payload when it may not."""
    workspace = parts.workspace
    sources = workspace.practice.channels[refusal.channel].sources
    shown = shown_name(
        refusal.file,
        pattern=" ".join(source.path for source in sources),
        ordinary=_ordinary,
        own=[*(location.key for location in workspace.practice.locations), workspace.practice.key],
        mark=workspace.ring.fingerprint(refusal.file, length=8),
    )
    if shown == refusal.file:
        return refusal
    return refusal.model_copy(update={"file": shown, "payload": f"{refusal.file}\n{refusal.payload}"})


def _ordinary(word: str) -> bool:
    """A word of the language that is no common name."""
    lexicon = load_lexicon()
    folded = fold(word)
    return (folded in lexicon.words or folded in lexicon.terms) and not any(flag.isupper() for flag in lexicon.names.get(folded, ""))


def _batches(records: Iterator[RawEngagement | Refusal], size: int) -> Iterator[list[RawEngagement | Refusal]]:
    while batch := list(islice(records, size)):
        yield batch


def degraded(error: BaseException) -> Collected:
    """A branch that failed, as a result. Only our own errors may speak: another's text could hold content."""
    reason = str(error) if isinstance(error, LiaisonError) else type(error).__name__
    return Collected(0, 0, "degraded", reason)


# --- scrub, store, score


def scrub(parts: Parts, run: Run) -> None:
    """Sealed → clean, batch by batch; what the scrubber withholds becomes a dead letter."""
    workspace = parts.workspace
    match_key = workspace.ring.match_key
    while True:
        with workspace.database.read() as connection:
            batch = engagements.next_sealed(connection, workspace.ring, limit=workspace.settings.batch_size)
        if not batch:
            return
        with workspace.database.read() as connection:
            scrubber = workspace.scrubber.knowing(known_names(connection, workspace.ring))
            scrub_one = partial(scrub_engagement, registry=workspace.registry, scrubber=scrubber, match_key=match_key)
            results = [(sealed, scrub_one(sealed.raw, natural_key=sealed.natural_key)) for sealed in batch]
        withheld = [_withheld(sealed, result) for sealed, result in results if result.engagement is None]
        with workspace.database.write() as connection:
            engagements.save_scrubbed(connection, results, run=run.id)
            engagements.file_refusals(connection, workspace.ring, withheld, run=run.id, at=run.as_of)
            contacts.save_contacts(connection, workspace.ring, _contacts(results), now=run.as_of)


def _withheld(sealed: SealedEngagement, result: ScrubResult) -> Refusal:
    return Refusal(
        channel=sealed.raw.channel,
        source=sealed.raw.source,
        file=engagements.LETTER_OF_THE_SCRUB,
        line=sealed.row,
        reason=result.withheld or "withheld by the scrubber",
        mend="it stays sealed; if it is worth keeping, name its event in the vendor's tracking plan as docs/sources.md says",
    )


def _contacts(results: list[tuple[SealedEngagement, ScrubResult]]) -> list[tuple[tuple[str, ...], Contact]]:
    """Whom the batch is about, in the order it happened."""
    known = [(result.engagement, result.contact) for _, result in results if result.engagement and result.contact]
    return [(engagement.match_keys, contact) for engagement, contact in sorted(known, key=lambda pair: (pair[0].revised_at, pair[0].id))]


def store(parts: Parts, run: Run) -> None:
    """Clean engagements → leads."""
    workspace = parts.workspace
    while True:
        with workspace.database.write() as connection:
            batch = [engagement for engagement, _ in engagements.pending(connection, Stage.SCRUBBED, limit=workspace.settings.batch_size)]
            if not batch:
                return
            owners = leads.link_batch(connection, batch, ring=workspace.ring, now=run.as_of)
            engagements.mark_stored(connection, [engagement.id for engagement in batch], owners)


def score(parts: Parts, run: Run) -> None:
    """Engagements of leads → ledger rows and scores, under the models in force: those of now, also when one was signed since the run began."""
    workspace = parts.workspace
    with workspace.database.write() as connection:
        hold_models(connection)
        adopt(connection, parts.models(connection), now=run.as_of)
    while True:
        with workspace.database.write() as connection:
            hold_models(connection)
            models = parts.models(connection)
            batch = engagements.pending(connection, Stage.STORED, limit=workspace.settings.batch_size)
            if not batch:
                return
            owned = [(engagement, lead) for engagement, lead in batch if lead is not None]
            scores.score_batch(connection, models, owned, now=run.as_of)
            engagements.mark_scored(connection, [engagement.id for engagement, _ in batch])


# --- plan, propose, check, queue


def plan(parts: Parts, run: Run) -> None:
    """The strategist's plan of the period: made once, then kept, so that a second run works under the same plan."""
    workspace = parts.workspace
    with workspace.database.write() as connection:
        known = results.plan_of(connection, month(run.as_of))
        if known is None:
            adopted = results.adopted_budgets(connection)
            last = results.last_results(connection, now=run.as_of)
            known = strategist.plan(workspace.practice, last, run.as_of, in_force=adopted)
            results.save_plan(connection, known, run=run.id, at=run.as_of)


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


def check(parts: Parts, run: Run) -> None:
    """Every draft against every rule; where a language model is configured, it reads again what no rule objects to."""
    workspace = parts.workspace
    look = parts.second_look(run)
    after: Page | None = None
    while True:
        with workspace.database.write() as connection:
            drafts = queue.list_actions(connection, statuses=(Status.DRAFT,), after=after, limit=BATCH_OF_ACTIONS)
            checked = [queue.check_draft(workspace, connection, draft, now=run.as_of) for draft in drafts]
        if not drafts:
            break
        for draft in checked:
            if look is not None and draft.verdict is Verdict.PASS and (finding := look.look(_read_by_rules(draft), subject=draft.id)):
                with workspace.database.write() as connection:
                    queue.add_objection(workspace, connection, draft, finding)
        after = Page(drafts[-1].created_at, drafts[-1].id)
    if look is not None:
        look.close()


def _read_by_rules(draft: Action) -> Item:
    return item_of(KINDS[draft.kind].item_kinds[0], draft.content)


def enqueue(parts: Parts, run: Run) -> None:
    """Checked drafts → the queue, or among the blocked."""
    workspace = parts.workspace
    while True:
        with workspace.database.write() as connection:
            drafts = queue.list_actions(connection, statuses=(Status.DRAFT,), limit=BATCH_OF_ACTIONS)
            for draft in drafts:
                queue.enqueue_draft(workspace, connection, draft, now=run.as_of)
        if not drafts:
            return


# --- what the run amounts to


def summary(connection: Connection, run: Run, collected: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The run's counts, from the tables and not from memory, so that a run that was killed and resumed reports the same.

    Per channel: `collected` records this run was the first to see, `duplicates` known before or twice in the exports, `refused` could not be
    read or were withheld, `scrubbed` are clean in the store.
    """
    counts = engagements.counts_of_run(connection, run.id)
    channels = {}
    for channel in run.channels:
        branch = collected.get(channel.value, {})
        fates = counts.get(channel.value, {})
        new = sum(fates.values())
        channels[channel.value] = {
            "collected": new,
            "duplicates": max(int(branch.get("seen", 0)) - new, 0),
            "refused": int(branch.get("refused", 0)) + fates.get("withheld", 0),
            "scrubbed": fates.get("scrubbed", 0),
            "status": branch.get("status", "degraded"),
            "reason": branch.get("reason", ""),
        }
    return {"run": run.id, "channels": channels}


# --- the nodes


def join(parts: Parts, run: Run) -> None:
    """The fan-out is over: nothing to do but to record it."""


def _detail(connection: Connection, step: str, run: Run) -> dict[str, Any]:
    """What a step amounts to, counted from the tables: the same whether the run was killed and resumed or not."""
    if step == "plan":
        made = results.plan_of(connection, month(run.as_of))
        return {"period": made.period, "changes_spend": made.changes_spend} if made else {}
    if step in ("collect", "scrub"):
        fates = engagements.counts_of_run(connection, run.id).values()
        states = ("scrubbed", "withheld") if step == "scrub" else ("new", "scrubbed", "withheld")
        return {state: sum(fate.get(state, 0) for fate in fates) for state in states}
    if step in ("store", "score"):
        stored, linked = engagements.linked_of_run(connection, run.id)
        return {"stored": stored, "linked": linked} if step == "store" else {"scored": linked}
    proposed = actions.counts_of_run(connection, run.id)
    if step == "propose":
        kinds = dict.fromkeys(kind.value for kind, _, _ in proposed)
        return {name: sum(count for kind, _, count in proposed if kind == name) for name in kinds}
    verdicts = {verdict: sum(count for _, one, count in proposed if one is verdict) for verdict in Verdict}
    if step == "check":
        return {verdict.value: count for verdict, count in verdicts.items()}
    return {"queued": verdicts[Verdict.PASS] + verdicts[Verdict.NEEDS_REVIEW], "blocked": verdicts[Verdict.BLOCK]}


def _noted(step: str, event: Event, work: Callable[[Parts, Run], None]) -> Callable[[Parts, Run], dict[str, Any]]:
    """`work`, then its row in `run_steps` and its one audit line."""

    def noted(parts: Parts, run: Run) -> dict[str, Any]:
        started_at = parts.workspace.clock()
        work(parts, run)
        with parts.workspace.database.read() as connection:
            detail = _detail(connection, step, run)
        note(parts, run, step, event, started_at=started_at, detail=detail)
        return detail

    return noted


STEPS: dict[str, Callable[[Parts, Run], dict[str, Any]]] = {
    "plan": _noted("plan", Event.PLAN_MAKE, plan),
    "join": _noted("collect", Event.CHANNEL_COLLECT, join),
    "scrub": _noted("scrub", Event.BATCH_SCRUB, scrub),
    "store": _noted("store", Event.BATCH_STORE, store),
    "score": _noted("score", Event.LEAD_SCORE, score),
    "propose": _noted("propose", Event.ACTION_PROPOSE, propose),
    "check": _noted("check", Event.ACTION_CHECK, check),
    "queue": _noted("queue", Event.ACTION_QUEUE, enqueue),
}
"""The nodes of `channel_run` beside the fan-out of `collect`."""

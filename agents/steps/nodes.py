"""The nodes of `channel_run` beside the fan-out of `collect`: each step once, its row in `run_steps`, its one audit line, and the run's summary.

A step may run twice after a crash, so every write carries a key and a step's audit line is written once per run. Batches are taken by what is
still pending, never from memory, so a run costs the same per record whatever its size.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from agents.parts import Parts
from agents.steps.check import check
from agents.steps.enqueue import enqueue
from agents.steps.plan import plan
from agents.steps.propose import propose
from agents.steps.score import score
from agents.steps.scrub import scrub
from agents.steps.store import store
from policies.actions import Verdict
from tools.errors import Busy
from tools.goals import month
from tools.store import actions, engagements, results, runs
from tools.store.audit import Event
from tools.store.runs import Run


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

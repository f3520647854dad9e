"""plan: what the run is for, before the fan-out."""

from agents import strategist
from agents.parts import Parts
from tools.goals import month
from tools.store import results
from tools.store.runs import Run


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

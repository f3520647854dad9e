"""`liaison brief`: what changed, what waits, what failed, with money and risk. Reads only."""

from datetime import datetime, timedelta
from typing import TextIO

from tools.workspace import Workspace

DEFAULT_SPAN = timedelta(days=7)


def brief(workspace: Workspace, *, since: datetime | None, as_json: bool, stdout: TextIO) -> int:
    """Print the brief since `since` (aware; default one week back). Always 0: what failed is in the output."""
    from agents.context import month
    from agents.strategist import brief as write_brief
    from agents.strategist import plan, text_of, working_plan
    from tools.store.results import adopted_budgets, last_results, ledger, plan_of

    now, practice = workspace.clock(), workspace.practice
    with workspace.database.read() as connection:
        entries = ledger(connection, since=since or now - DEFAULT_SPAN, now=now)
        results = last_results(connection, now=now)
        adopted = adopted_budgets(connection)
        made = plan_of(connection, month(now)) or plan(practice, None, now)
    written = write_brief(practice, working_plan(made, practice, adopted), entries, results, now=now)
    stdout.write(written.model_dump_json(indent=2) + "\n" if as_json else text_of(written))
    return 0

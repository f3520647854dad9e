"""check: every draft against every rule."""

from agents.parts import Parts
from approvals import queue
from policies.actions import Action, Item, Status, Verdict
from policies.check import item_of
from policies.kinds import KINDS
from tools.store.actions import Page
from tools.store.runs import Run

BATCH = 200


def check(parts: Parts, run: Run) -> None:
    """Every draft against every rule; where a language model is configured, it reads again what no rule objects to."""
    workspace = parts.workspace
    look = parts.second_look(run)
    after: Page | None = None
    while True:
        with workspace.database.write() as connection:
            drafts = queue.list_actions(connection, statuses=(Status.DRAFT,), after=after, limit=BATCH)
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

"""queue: checked drafts → the queue, or among the blocked."""

from agents.parts import Parts
from approvals import queue
from policies.actions import Status
from tools.store.runs import Run

BATCH = 200


def enqueue(parts: Parts, run: Run) -> None:
    """Checked drafts → the queue, or among the blocked."""
    workspace = parts.workspace
    while True:
        with workspace.database.write() as connection:
            drafts = queue.list_actions(connection, statuses=(Status.DRAFT,), limit=BATCH)
            for draft in drafts:
                queue.enqueue_draft(workspace, connection, draft, now=run.as_of)
        if not drafts:
            return

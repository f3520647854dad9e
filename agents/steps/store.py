"""store: clean engagements → leads."""

from agents.parts import Parts
from tools.store import engagements, leads
from tools.store.engagements import Stage
from tools.store.runs import Run


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

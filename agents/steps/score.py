"""score: engagements of leads → ledger rows and scores."""

from agents.parts import Parts
from tools.store import engagements, scores
from tools.store.engagements import Stage
from tools.store.models import hold_models
from tools.store.rebuild import adopt
from tools.store.runs import Run


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

"""Databases of leads with standings, filled straight: the history of one lead, a year of a practice, a million leads."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from bench.scoring import made
from policies.leads.decay import forward
from policies.leads.model import Model
from policies.leads.mql import NOTHING_YET, Standing, advance, days_left
from policies.leads.score import count_again
from policies.records import Award, EngagementId, LeadId
from tools.store import ledger as book
from tools.store.ledger import Key, Scored
from tools.store.rebuild import Act, award_for
from tools.store.tables import leads, score_models
from tools.store.tally import add_up


def adopted(connection: Connection, models: dict[str, Model]) -> None:
    rows = [
        {"id": m.id, "name": m.name, "body": m.model_dump(mode="json"), "live": True, "signatures": [], "created_at": made.DAY_0}
        for m in models.values()
    ]
    connection.execute(insert(score_models), rows)


def history(model: Model, lead: LeadId, count: int, *, until: datetime, days: float, seed: int) -> list[Award]:
    """The ledger of one lead: `count` acts over the `days` before `until`, with gaps, repeats and all that count caps are about."""
    dice = random.Random(f"{seed}-{lead}")
    kinds = dice.choices(list(made.KINDS), list(made.KINDS.values()), k=count)
    seconds = sorted(dice.sample(range(int(days * 86_400)), count))
    awards = []
    for number, (kind, second) in enumerate(zip(kinds, seconds, strict=True)):
        if kind in model.events:
            act = Act(
                EngagementId(f"H-{lead}-{number:07d}"),
                kind,
                until - timedelta(days=days) + timedelta(seconds=second),
                None,
                None,
                f"/page-{dice.randrange(12)}",
            )
            awards.append(award_for(model, act, lead))
    return count_again(model, awards)


def stand(connection: Connection, model: Model, fits: Mapping[LeadId, float], judged: Mapping[LeadId, list[Award]]) -> None:
    """Ledger rows and the standings they come to."""
    book.write_awards(connection, [award for awards in judged.values() for award in awards])
    standings = {
        (lead, model.id): Scored(model, fits[lead], advance(model, fits[lead], NOTHING_YET, awards)) for lead, awards in judged.items()
    }
    book.write_standings(connection, standings)


def many(connection: Connection, model: Model, count: int, *, chunk: int = 20_000, seed: int = 3) -> None:
    """`count` leads in two cap groups each, every tenth an MQL once, its end in the coming ninety days."""
    dice = random.Random(seed)
    for start in range(0, count, chunk):
        numbers = range(start, min(count, start + chunk))
        people: list[dict[str, Any]] = made.lead_rows(numbers)
        connection.execute(insert(leads), people)
        found: dict[Key, Scored] = {}
        for number in numbers:
            at = made.DAY_0 + timedelta(seconds=dice.randrange(200 * 86_400))
            fit = float(dice.randrange(41))
            values = {"request": dice.choice((0.0, 20.0, 30.0, 60.0)), "page": dice.random() * 15}
            left = days_left(model, fit, values)
            ends = at + timedelta(days=min(left, 90)) if left is not None and dice.random() < 0.8 else None
            groups = {name: forward(value, at, model.rate) for name, value in values.items()}
            found[made.lead_id(number), model.id] = Scored(model, fit, Standing(groups, at, at, None, None, at if ends else None, ends))
        book.write_standings(connection, found)
        add_up(connection)

"""Databases of leads with standings, filled straight: the history of one lead, a year of a practice, a million leads."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert

from bench.scoring import made
from policies.leads.decay import LANDMARK, forward
from policies.leads.model import Model
from policies.leads.mql import Standing, days_left
from policies.leads.score import weight_of
from policies.records import Award, EngagementId, LeadId
from tools.store import ledger as book
from tools.store.ledger import Key, Scored
from tools.store.tables import leads, score_models
from tools.store.tally import add_up

RECOMPUTE = {
    "sqlite": "sum(weight * exp(:rate * (julianday(occurred_at) - julianday(:landmark))))",
    "postgresql": "sum(weight * exp(:rate * extract(epoch FROM occurred_at - CAST(:landmark AS timestamptz)) / 86400))",
}


def adopted(connection: Connection, models: dict[str, Model]) -> None:
    rows = [
        {"id": m.id, "name": m.name, "body": m.model_dump(mode="json"), "live": True, "signatures": [], "created_at": made.DAY_0}
        for m in models.values()
    ]
    connection.execute(insert(score_models), rows)


def history(model: Model, lead: LeadId, count: int, *, until: datetime, step: timedelta, first: int = 0) -> Iterator[Award]:
    """The ledger of one lead: `count` acts, one per `step`, the last one before `until`."""
    kinds = list(made.KINDS)
    for number in range(count):
        kind = kinds[number % 10]
        group, weight = weight_of(model, kind)
        at = until - step * (count - number)
        yield Award(
            lead, model.id, EngagementId(f"H-{first + number:014d}"), kind, group, weight, at, number % 3 == 0, f"/page-{number % 12}"
        )


def stand(connection: Connection, model: Model, fit: float, lead: LeadId, awards: list[Award]) -> None:
    """Ledger rows and the standing they sum up to, no MQL."""
    book.write_awards(connection, awards)
    book.write_standings(connection, {(lead, model.id): Scored(model, fit, _standing(model, awards))})


def _standing(model: Model, awards: list[Award]) -> Standing:
    groups: dict[str, float] = {}
    for one in awards:
        if one.counted:
            groups[one.group] = groups.get(one.group, 0.0) + forward(one.weight, one.occurred_at, model.rate)
    return Standing(groups, awards[-1].occurred_at, awards[-1].occurred_at)


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


CAPPED = {
    "sqlite": "row_number() OVER (PARTITION BY lead, event, object_key, substr(occurred_at, 1, 10) ORDER BY occurred_at, engagement)",
    "postgresql": "row_number() OVER (PARTITION BY lead, event, object_key, CAST(occurred_at AS date) ORDER BY occurred_at, engagement)",
}


def recompute(connection: Connection, models: dict[str, Model], *, judge_caps: bool) -> None:
    """Every group sum and standing of the ledger anew, in three statements per model; ends are left out, which no set-based statement gives.

    `judge_caps`: one per object and day is counted anew (sliding windows are no set operation either); otherwise flags are taken as they stand.
    """
    from sqlalchemy import text

    for model in models.values():
        given = {"model": model.id, "rate": model.rate, "landmark": LANDMARK.isoformat()}
        connection.execute(text("DELETE FROM score_groups WHERE model = :model"), {"model": model.id})
        rows = (
            f"(SELECT *, {CAPPED[connection.dialect.name]} AS place FROM ledger WHERE model = :model) AS judged" if judge_caps else "ledger"
        )
        which = "place = 1" if judge_caps else "counted"
        sums = f'SELECT lead, model, "group", {RECOMPUTE[connection.dialect.name]} FROM {rows} WHERE model = :model AND {which} GROUP BY 1, 2, 3'
        connection.execute(text(f'INSERT INTO score_groups (lead, model, "group", g) {sums}'), given)
        total = "(SELECT coalesce(sum(p.g), 0) FROM score_groups p WHERE p.lead = scores.lead AND p.model = scores.model AND p.g > 0)"
        connection.execute(text(f"UPDATE scores SET g = {total} WHERE model = :model"), {"model": model.id})

"""Reading who is first and how many, a day beside a recomputed year, and one lead with a long history."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, select

from bench.scoring import made, standing
from bench.scoring.incremental import seconds
from policies.leads.model import Model
from policies.leads.score import fit_points, intent, total_points
from tools.store.database import Database, open_database
from tools.store.ranking import count_mqls, top_leads
from tools.store.scores import score_batch
from tools.store.tables import score_groups, scores


def p99(work: Callable[[], object], rounds: int) -> float:
    spent = sorted(seconds(work) for _ in range(rounds))
    return spent[int(len(spent) * 0.99) - 1]


def reading(folder: Path, *, small: int, large: int, rounds: int = 100) -> None:
    """(c) Top-50 and the MQL count by number of leads, and beside a recomputation of every score in SQL."""
    model = made.models()["orthopaedics"]
    at = made.later(201)
    found: dict[int, tuple[float, float]] = {}
    for count in (small, large):
        database = open_database(f"sqlite:///{folder}/ranked-{count}.db")
        with database.write() as connection:
            standing.many(connection, model, count)
        with database.write() as connection:
            connection.exec_driver_sql("ANALYZE")
        with database.read() as connection:
            top = partial(top_leads, connection, model, at=at, limit=50)
            number = partial(count_mqls, connection, {"m": model}, at=at)
            top(), number()
            found[count] = p99(top, rounds), p99(number, rounds)
            mqls = number()
            everybody = seconds(partial(recompute_everybody, connection, model, at))
        database.close()
        print(
            f"(c) {count:>9,} leads, {mqls:,} MQLs: top-50 p99 {found[count][0] * 1000:.2f} ms, count p99 {found[count][1] * 1000:.2f} ms; "
            f"recomputing every score takes {everybody / found[count][0]:,.0f}x and {everybody / found[count][1]:,.0f}x that (asked 500x)"
        )
    ratios = [big / little for big, little in zip(found[large], found[small], strict=True)]
    print(f"    {large:,} against {small:,}: top-50 {ratios[0]:.2f}x, count {ratios[1]:.2f}x (asked 3x)")


def recompute_everybody(connection: Connection, model: Model, at: datetime) -> int:
    """Every lead's total from its stored sums, the way without an index: read all, score all, sort; how many reach the threshold."""
    fits = dict(connection.execute(select(scores.c.lead, scores.c.fit).where(scores.c.model == model.id)).all())
    groups: dict[str, dict[str, float]] = {}
    rows = score_groups.c
    for lead, group, g in connection.execute(select(rows.lead, rows.group, rows.g).where(rows.model == model.id)):
        groups.setdefault(lead, {})[group] = g
    totals = sorted(total_points(model, fit, intent(model, groups.get(lead, {}), at)) for lead, fit in fits.items())
    return sum(total >= model.threshold for total in totals)


def day_and_year(database: Database, *, per_day: int, batch: int = 1000) -> None:
    """(d) One day as it comes, beside the year summed up again in SQL."""
    models = made.models()
    people = per_day * 10
    lines = list(models.values())
    total = 365 * per_day // people
    with database.write() as connection:
        standing.adopted(connection, models)
        made.put_leads(connection, range(people))
        for number in range(people):
            model, lead = lines[number % len(lines)], made.lead_id(number)
            step = timedelta(days=365 / total)
            awards = list(standing.history(model, lead, total, until=made.DAY_0, step=step, first=number * total))
            fit = standing_fit(model, number, people)
            standing.stand(connection, model, fit, lead, awards)
    linked = [
        (one.model_copy(update={"service_line": lines[int(lead[2:]) % len(lines)].service_line}), lead)
        for one, lead in made.acts(per_day, people, since=made.later(1), until=made.later(2), seed=8)
    ]
    with database.write() as connection:
        made.put(connection, linked)
        connection.exec_driver_sql("ANALYZE")
    started = time.perf_counter()
    for start in range(0, per_day, batch):
        with database.write() as connection:
            score_batch(connection, models, linked[start : start + batch], now=made.later(2))
    day = time.perf_counter() - started
    years = []
    for judge_caps in (False, True):
        started = time.perf_counter()
        with database.write() as connection:
            standing.recompute(connection, models, judge_caps=judge_caps)
        years.append(time.perf_counter() - started)
    print(
        f"(d) {database.engine.dialect.name}: {per_day:,} events a day, year of {people * total:,}: a day costs 1/{years[0] / day:.1f} of summing "
        f"the year again, 1/{years[1] / day:.1f} with caps by day judged again (asked 1/20)"
    )


def standing_fit(model: Model, number: int, people: int) -> float:
    return fit_points(model, _attributes(people)[number])


_made: dict[int, list[dict[str, str]]] = {}


def _attributes(people: int) -> list[dict[str, str]]:
    if people not in _made:
        _made[people] = [row["attributes"] for row in made.lead_rows(range(people))]
    return _made[people]


def one_lead(folder: Path, *, lengths: tuple[int, ...], count: int = 400, batch: int = 50) -> None:
    """(e) Cost per event of one lead by what it did before."""
    models = made.models()
    model = models["orthopaedics"]
    lead = made.lead_id(0)
    costs: dict[int, float] = {}
    for length in lengths:
        database = open_database(f"sqlite:///{folder}/lead-{length}.db")
        with database.write() as connection:
            standing.adopted(connection, models)
            made.put_leads(connection, [0])
            step = timedelta(days=365) / max(length, 365)
            awards = list(standing.history(model, lead, length, until=made.DAY_0, step=step))
            standing.stand(connection, model, standing_fit(model, 0, 1), lead, awards)
        linked = [
            (one.model_copy(update={"service_line": "orthopaedics"}), owner)
            for one, owner in made.acts(count, 1, since=made.later(1), until=made.later(3), seed=9)
        ]
        spent = []
        for start in range(0, count, batch):
            with database.write() as connection:
                spent.append(seconds(partial(score_batch, connection, models, linked[start : start + batch], now=made.later(3))))
        database.close()
        costs[length] = median(spent) / batch
    least = costs[lengths[0]]
    print("(e) cost per event by length of history: " + ", ".join(f"{length:,} {cost / least:.2f}x" for length, cost in costs.items()))

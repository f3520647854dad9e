"""Reading who is first and how many, a day beside a recomputed year, and one lead with a long history."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, select

from bench.scoring import made, peer, standing
from bench.scoring.agree import differences, snapshot
from bench.scoring.incremental import Linked, seconds
from policies.leads.model import Model
from policies.leads.score import fit_points, intent, total_points
from tools.store.database import Database, open_database
from tools.store.ranking import count_mqls, top_leads
from tools.store.scores import score_batch
from tools.store.tables import scores


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
    row = scores.c
    stored = connection.execute(select(row.fit, row.groups).where(row.model == model.id))
    totals = sorted(total_points(model, fit, intent(model, groups, at)) for fit, groups in stored)
    return sum(total >= model.threshold for total in totals)


def day_and_year(database: Database, *, per_day: int, batch: int = 1000, days: int = 3) -> None:
    """(d) Days as they come, beside the standings of the whole year made anew in SQL, which must come to the same rows."""
    models = made.models()
    people = per_day * 10
    year(database, models, people=people, count=365 * per_day // people)
    spent = []
    for number in range(days):
        linked = acts_of_day(models, people, per_day, since=made.later(1 + number), first=number * per_day)
        with database.write() as connection:
            made.put(connection, linked)
        if not number:
            with database.write() as connection:
                connection.exec_driver_sql("ANALYZE")
        started = time.perf_counter()
        for start in range(0, per_day, batch):
            with database.write() as connection:
                score_batch(connection, models, linked[start : start + batch], now=made.later(2 + number))
        spent.append(time.perf_counter() - started)
    kept = snapshot(database)
    prepare(database)
    started = time.perf_counter()
    with database.write() as connection:
        peer.recompute(connection, models)
    again = time.perf_counter() - started
    if wrong := differences(kept, snapshot(database)):
        raise SystemExit(f"(d) {database.engine.dialect.name}: {len(wrong)} rows of the recompute differ: {wrong[:3]}")
    day = median(spent)
    print(
        f"(d) {database.engine.dialect.name}: {per_day:,} events a day, {len(kept.counted):,} rows counted in the year, "
        f"{len(kept.scores):,} standings, equal to 1e-9; a day {day:.2f} s, the year in SQL {again:.1f} s: 1/{again / day:.1f} (asked 1/20)"
    )


def prepare(database: Database) -> None:
    """What somebody who recomputes at night would set: room to sort in memory."""
    with database.read() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA temp_store = MEMORY")
        else:
            connection.exec_driver_sql("SET work_mem = '256MB'")
            connection.exec_driver_sql("SET temp_buffers = '256MB'")
        connection.commit()


def year(database: Database, models: dict[str, Model], *, people: int, count: int, chunk: int = 500) -> None:
    """`people` leads, each on one line, with `count` acts of the year before."""
    lines = list(models.values())
    with database.write() as connection:
        standing.adopted(connection, models)
        made.put_leads(connection, range(people))
    stated = [row["attributes"] for row in made.lead_rows(range(people))]
    for start in range(0, people, chunk):
        numbers = range(start, min(people, start + chunk))
        with database.write() as connection:
            for place, model in enumerate(lines):
                mine = [number for number in numbers if number % len(lines) == place]
                fits = {made.lead_id(number): fit_points(model, stated[number]) for number in mine}
                judged = {lead: standing.history(model, lead, count, until=made.DAY_0, days=365, seed=4) for lead in fits}
                standing.stand(connection, model, fits, judged)


def acts_of_day(models: dict[str, Model], people: int, count: int, *, since: datetime, first: int) -> Linked:
    """`count` acts of one day, each naming the line its lead is on."""
    lines = list(models.values())
    found = made.acts(count, people, since=since, until=since + timedelta(days=1), seed=8 + first, first=first)
    return [(one.model_copy(update={"service_line": lines[int(lead[2:]) % len(lines)].service_line}), lead) for one, lead in found]


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
            fit = fit_points(model, made.lead_rows([0])[0]["attributes"])
            judged = standing.history(model, lead, length, until=made.DAY_0, days=365, seed=4)
            standing.stand(connection, model, {lead: fit}, {lead: judged})
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

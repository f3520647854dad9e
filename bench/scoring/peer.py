"""The other way: every standing anew from the year's ledger, in set-based SQL, as somebody without stored sums would run it at night.

It ends with the rows the product keeps (a test and every run of the bench compare them): `counted` as the caps say, calendar days by row numbers,
sliding windows by a recursive query; the group sums; the bound; all dates, `mql_since` and `mql_until` among them. What it does not do, to its own
advantage: it takes ledger rows and fit as they are (no attributes, no choice of a service line), knows no recycles, and asks for i_min above zero.
"""

from datetime import timedelta

from sqlalchemy import Connection

from policies.leads.decay import LANDMARK
from policies.leads.model import UNGROUPED, Model
from policies.leads.score import SETTLE

DAY_US = 86_400_000_000
_EPOCH = int(LANDMARK.timestamp())
_NEVER = -(10**18)

_SQLITE = {
    "us": f"(unixepoch(occurred_at) - {_EPOCH}) * 1000000 + CAST(substr(occurred_at, 21, 6) AS INTEGER)",
    "time": f"strftime('%Y-%m-%dT%H:%M:%S', {_EPOCH} + {{0}} / 1000000, 'unixepoch') || printf('.%06dZ', {{0}} % 1000000)",
    "least": "min",
    "greatest": "max",
    "json": "json_patch('{{}}', json_object({0}))",
    "whole": "CAST({0} AS INTEGER)",
    "days": f"us / {DAY_US}.0",
}
_POSTGRESQL = {
    "us": f"CAST((extract(epoch FROM occurred_at) - {_EPOCH}) * 1000000 AS bigint)",
    "time": f"to_timestamp({_EPOCH}) + {{0}} * interval '1 microsecond'",
    "least": "least",
    "greatest": "greatest",
    "json": "jsonb_strip_nulls(jsonb_build_object({0}))",
    "whole": "CAST({0} AS bigint)",
    "days": f"CAST(us AS double precision) / {DAY_US}.0",
}
_TABLES = ("judged", "sliding", "steps", "running", "points", "shows", "entries", "shares", "opened", "islands")


def recompute(connection: Connection, models: dict[str, Model]) -> None:
    """Bring `ledger.counted` and `scores` of all `models` to what the ledger says, in one transaction."""
    for model in models.values():
        for statement in statements(model, connection.dialect.name):
            connection.exec_driver_sql(statement)


def statements(model: Model, dialect: str) -> list[str]:
    """The SQL of one model, in order. Raises ValueError for a model it cannot do."""
    if model.i_min <= 0:
        raise ValueError(f"{model.id}: i_min is {model.i_min:g}; the recompute in SQL needs it above 0")
    say = _SQLITE if dialect == "sqlite" else _POSTGRESQL
    schema = "temp." if dialect == "sqlite" else ""
    indexes = [
        f"CREATE INDEX {schema}sliding_{'_'.join(columns)} ON sliding ({', '.join(columns)})" for columns in (("series", "n"), ("id",))
    ]
    look = ["ANALYZE sliding"] if dialect == "postgresql" else []
    return [
        *(f"DROP TABLE IF EXISTS {name}" for name in _TABLES),
        _judged(model, say),
        _sliding(model),
        *indexes,
        *look,
        *_chains(model),
        "UPDATE ledger SET counted = judged.counted FROM judged WHERE judged.id = ledger.id AND judged.counted <> ledger.counted",
        _steps(model, say),
        _running(model),
        *_points(model, say),
        _entries(model, say),
        _shares(model, say),
        _opened(model, say),
        _islands(),
        _stored(model, say),
        *(f"DROP TABLE {name}" for name in _TABLES),
    ]


# --- count caps


def _names(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names) or "''"


def _windows(model: Model) -> dict[str, int]:
    return {event: cap.window_days for event, cap in model.count_caps.items() if cap.window_days and cap.count}


def _judged(model: Model, say: dict[str, str]) -> str:
    """Calendar days and `ever` by row number; events of sliding windows start as not counted."""
    days = _names([event for event, cap in model.count_caps.items() if cap.window_days == 0])
    allowed = {event: 0 if event in _windows(model) else cap.count for event, cap in model.count_caps.items()}
    limit = " ".join(f"WHEN '{event}' THEN {count}" for event, count in allowed.items())
    day = f"CASE WHEN event IN ({days}) THEN us / {DAY_US} ELSE 0 END"
    place = f"row_number() OVER (PARTITION BY lead, event, object_key, {day} ORDER BY us, engagement)"
    acts = f"SELECT id, lead, event, \"group\", weight, object_key, engagement, {say['us']} AS us FROM ledger WHERE model = '{model.id}'"
    return (
        f'CREATE TEMP TABLE judged AS SELECT id, lead, event, object_key, engagement, "group", weight, us, '
        f"{place} <= CASE event {limit} ELSE 1000000000 END AS counted FROM ({acts} AND rests_until IS NULL) AS acts"
    )


def _sliding(model: Model) -> str:
    windows = _windows(model)
    width = " ".join(f"WHEN '{event}' THEN {days * DAY_US}" for event, days in windows.items()) or "WHEN '' THEN 0"
    most = " ".join(f"WHEN '{event}' THEN {model.count_caps[event].count}" for event in windows) or "WHEN '' THEN 0"
    return (
        "CREATE TEMP TABLE sliding AS SELECT id, us, dense_rank() OVER (ORDER BY lead, event, object_key) AS series, "
        "row_number() OVER (PARTITION BY lead, event, object_key ORDER BY us, engagement) AS n, "
        f"CASE event {width} END AS width, CASE event {most} END AS most FROM judged WHERE event IN ({_names(list(windows))})"
    )


def _chains(model: Model) -> list[str]:
    """From each counted event to the next that may count: the first that lies a window behind the k-th last counted one."""
    made = []
    for most in sorted({model.count_caps[event].count for event in _windows(model)}):
        recent = [f"r{place}" for place in range(most)]
        begin = ", ".join(["us", *[str(_NEVER)] * (most - 1)])
        shifted = ", ".join(["s.us", *(f"chain.{name}" for name in recent[:-1])])
        following = (
            f"SELECT x.id FROM sliding AS x WHERE x.series = chain.series AND x.n > chain.n AND x.us >= chain.{recent[-1]} + chain.width "
            "ORDER BY x.n LIMIT 1"
        )
        made.append(
            f"WITH RECURSIVE chain(id, series, n, width, {', '.join(recent)}) AS ("
            f"SELECT id, series, n, width, {begin} FROM sliding WHERE n = 1 AND most = {most} UNION ALL "
            f"SELECT s.id, s.series, s.n, s.width, {shifted} FROM chain JOIN sliding AS s ON s.id = ({following})) "
            "UPDATE judged SET counted = true WHERE id IN (SELECT id FROM chain)"
        )
    return made


# --- sums and standings at every instant


def _groups(model: Model) -> list[str]:
    return list(dict.fromkeys(model.group_of.get(event, UNGROUPED) for event in model.events))


def _each(model: Model, form: str) -> list[str]:
    """`form` for every group; {n} its number, {name} its name, {cap} its cap."""
    caps = model.group_caps
    return [form.format(n=n, name=name, cap=caps.get(name, 1e300)) for n, name in enumerate(_groups(model))]


def _steps(model: Model, say: dict[str, str]) -> str:
    """One row per lead and instant: what it added to each group, and what it was."""
    worth = f"weight * exp({model.rate!r} * {say['days']})"
    sums = ", ".join(_each(model, f"sum(CASE WHEN counted AND \"group\" = '{{name}}' AND weight <> 0 THEN {worth} END) AS d{{n}}"))
    asked, gone = _names(list(model.fast_lane)), _names(list(model.disqualify_events))
    return (
        f"CREATE TEMP TABLE steps AS SELECT lead, us, {sums}, max(CASE WHEN counted AND weight > 0 THEN 1 ELSE 0 END) AS qualifying, "
        f"max(CASE WHEN event IN ({asked}) THEN 1 ELSE 0 END) AS asked, max(CASE WHEN event IN ({gone}) THEN 1 ELSE 0 END) AS gone "
        "FROM judged GROUP BY lead, us"
    )


def _running(model: Model) -> str:
    sums = ", ".join(_each(model, "sum(d{n}) OVER so_far AS g{n}"))
    return (
        f"CREATE TEMP TABLE running AS SELECT lead, us, qualifying, asked, {sums}, max(CASE WHEN qualifying = 1 THEN us END) OVER so_far AS last_q, "
        "max(CASE WHEN asked = 1 THEN us END) OVER so_far AS fast, min(CASE WHEN gone = 1 THEN us END) OVER so_far AS gone_at, "
        "lead(us) OVER (PARTITION BY lead ORDER BY us) IS NULL AS latest FROM steps "
        "WINDOW so_far AS (PARTITION BY lead ORDER BY us ROWS UNBOUNDED PRECEDING)"
    )


def _points(model: Model, say: dict[str, str]) -> list[str]:
    """Points of every group at every instant, then what of them is shown. Tables, or SQLite would work each out at every use."""
    least, greatest = say["least"], say["greatest"]
    values = ", ".join(_each(model, "coalesce(g{n}, 0) * share AS v{n}"))
    shown = " + ".join(_each(model, f"{greatest}(-{{cap!r}}, {least}({{cap!r}}, v{{n}}))"))
    over = " OR ".join(_each(model, "abs(v{n}) > {cap!r}"))
    plain = " + ".join(_each(model, "v{n}"))
    need = f"{greatest}({model.i_min!r}, {model.threshold - model.hysteresis!r} - fit)"
    columns = "running.lead, us, qualifying, asked, latest, last_q, fast, gone_at"
    joined = f"running JOIN scores ON scores.lead = running.lead AND scores.model = '{model.id}'"
    sums = ", ".join(_each(model, "g{n}"))
    faded = f"SELECT {columns}, {sums}, fit, exp(-{model.rate!r} * {say['days']}) AS share FROM {joined}"
    return [
        f"CREATE TEMP TABLE points AS SELECT {columns.replace('running.', '')}, fit, {values} FROM ({faded}) AS faded",
        f"CREATE TEMP TABLE shows AS SELECT points.*, {shown} AS shown, {over} AS above, {plain} AS plain, {need} AS need FROM points",
    ]


def _entries(model: Model, say: dict[str, str]) -> str:
    """Where leads enter."""
    least, greatest = say["least"], say["greatest"]
    intent = f"{least}({model.intent_cap!r}, {greatest}(0.0, shown))"
    enters = (
        f"fit >= {model.f_min - SETTLE!r} AND {intent} >= {model.i_min - SETTLE!r} "
        f"AND {least}({model.total_cap!r}, fit + {intent}) >= {model.threshold - SETTLE!r}"
    )
    asked = f"gone_at IS NULL AND (asked = 1 OR (qualifying = 1 AND {enters}))"
    return f"CREATE TEMP TABLE entries AS SELECT lead, us FROM shows WHERE {asked}"


# --- when an MQL ends


def _shares(model: Model, say: dict[str, str]) -> str:
    """From the first entry of a lead on: e^{-λu} of the u after which its points are too few. A table, or SQLite would work it out at every use."""
    possible = f"fit >= {model.f_min - SETTLE!r} AND need <= {model.intent_cap + SETTLE!r} AND shown >= need - {SETTLE!r}"
    if model.threshold - model.hysteresis > model.total_cap + SETTLE:
        possible = "1 = 0"
    plain = f"{say['least']}(1.0, need / plain)"
    share = f"CASE WHEN {possible} THEN CASE WHEN NOT above THEN {plain} ELSE {_crossing(model, say)} END END"
    first = "SELECT lead, min(us) AS earliest FROM entries GROUP BY lead"
    return (
        f"CREATE TEMP TABLE shares AS SELECT shows.lead, us, latest, last_q, fast, gone_at, {share} AS share "
        f"FROM shows JOIN ({first}) AS first ON first.lead = shows.lead AND us >= earliest"
    )


def _opened(model: Model, say: dict[str, str]) -> str:
    """When an MQL would end if nothing happened after each instant: by its points or by silence, or by the time a request is answered in."""
    greatest = say["greatest"]
    by_points = "us + " + say["whole"].format(f"{greatest}(0.0, -ln(share) / {model.rate!r}) * {DAY_US}.0")
    if model.recency_days:
        by_points = f"CASE WHEN last_q IS NOT NULL THEN {say['least']}({by_points}, last_q + {_us(model.recency_days)}) END"
    ends = f"SELECT shares.*, CASE WHEN share IS NOT NULL THEN {by_points} END AS points, fast + {_us(model.fast_lane_days)} AS request FROM shares"
    points, request = (f"CASE WHEN {name} >= us THEN {name} END" for name in ("points", "request"))
    until = f"{greatest}(coalesce({points}, request), coalesce({request}, points))"
    return (
        "CREATE TEMP TABLE opened AS SELECT f.lead, f.us, entries.us AS entry, latest, "
        "CASE WHEN gone_at IS NULL AND ends >= f.us THEN ends END AS ends "
        f"FROM (SELECT e.*, {until} AS ends FROM ({ends}) AS e) AS f LEFT JOIN entries ON entries.lead = f.lead AND entries.us = f.us"
    )


def _us(days: float) -> int:
    return timedelta(days=days) // timedelta(microseconds=1)


def _crossing(model: Model, say: dict[str, str]) -> str:
    """The share e^{-λu} at which intent falls below `need`, where groups are above their caps: between the instants at which one comes off its cap,
    intent is a line in that share, so each piece is solved by itself and the first one that crosses is it."""
    least, greatest = say["least"], say["greatest"]
    begins = " UNION ALL ".join(["SELECT 1.0 AS s", *_each(model, "SELECT {cap!r} / abs(v{n}) WHERE abs(v{n}) > {cap!r}")])
    pieces = f"SELECT s, lead(s, 1, 0.0) OVER (ORDER BY s DESC) AS e FROM ({begins}) AS begins"
    constant = " + ".join(_each(model, "CASE WHEN abs(v{n}) * s > {cap!r} * (1 + 1e-12) THEN sign(v{n}) * {cap!r} ELSE 0.0 END"))
    slope = " + ".join(_each(model, "CASE WHEN abs(v{n}) * s > {cap!r} * (1 + 1e-12) THEN 0.0 ELSE v{n} END"))
    lines = f"SELECT s, e, {constant} AS c, {slope} AS a FROM ({pieces}) AS pieces"
    crosses = f"c + a * s >= need - {SETTLE!r} AND c + a * e < need - {SETTLE!r}"
    return f"(SELECT max({least}(1.0, {greatest}(e, (need - c) / a))) FROM ({lines}) AS lines WHERE {crosses})"


def _islands() -> str:
    """A spell goes on while each event comes before the end the one before it left; it is open from the first entry in such a run."""
    before = "SELECT opened.*, lag(ends) OVER (PARTITION BY lead ORDER BY us) AS before FROM opened"
    runs = (
        "SELECT b.*, sum(CASE WHEN ends IS NOT NULL AND us <= before THEN 0 ELSE 1 END) "
        f"OVER (PARTITION BY lead ORDER BY us ROWS UNBOUNDED PRECEDING) AS run FROM ({before}) AS b"
    )
    since = "min(CASE WHEN ends IS NOT NULL THEN entry END) OVER (PARTITION BY lead, run ORDER BY us ROWS UNBOUNDED PRECEDING)"
    opened = f"SELECT r.*, {since} AS since FROM ({runs}) AS r"
    return f"CREATE TEMP TABLE islands AS SELECT lead, ends, since FROM ({opened}) AS s WHERE latest AND since IS NOT NULL"


def _stored(model: Model, say: dict[str, str]) -> str:
    positive = " + ".join(_each(model, "CASE WHEN g{n} > 0 THEN g{n} ELSE 0.0 END"))
    groups = say["json"].format(", ".join(_each(model, "'{name}', g{n}")))
    times = {
        "last_event_at": "us",
        "last_qualifying_at": "last_q",
        "fast_lane_at": "fast",
        "disqualified_at": "gone_at",
        "mql_since": "since",
        "mql_until": "ends",
    }
    dates = ", ".join(f"{name} = {say['time'].format(column)}" for name, column in times.items())
    final = "SELECT running.*, ends, since FROM running LEFT JOIN islands ON islands.lead = running.lead WHERE running.latest"
    return (
        f"UPDATE scores SET g = {positive}, groups = {groups}, {dates} FROM ({final}) AS final "
        f"WHERE scores.lead = final.lead AND scores.model = '{model.id}'"
    )

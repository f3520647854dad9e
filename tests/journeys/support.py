"""What the journeys share: a home of its own for each test, the real command in a process of its own, and a dump of all that is at rest."""

import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from sqlalchemy import Select, Table, func, select

from tools.store import action_tables, notice_tables, tables
from tools.store.database import Database, open_database
from tools.store.schema import metadata

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "examples" / "practice"
NOW = "2026-11-02T09:30:00+00:00"
# One ring for every home of a comparison, so that ids made from keyed hashes can be compared.
RING = json.dumps({"active": "k1", "match": "k1", "keys": {"k1": base64.b64encode(b"a test's own ring, 32 bytes long").decode()}})
KEEP = 10  # records kept of each export in the small practice


def small_practice(target: Path, *, whole: bool = False) -> Path:
    """A copy of the sample practice, with the first records of every export only (every source, a tenth of the time) unless `whole`."""
    shutil.copytree(SAMPLE, target)
    if whole:
        return target
    for path in sorted((target / "exports").rglob("*")):
        if path.suffix in (".jsonl", ".csv"):
            path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[: KEEP * 4]))
        elif path.suffix == ".json":
            _trim(path)
    return target


def _trim(path: Path) -> None:
    try:
        body = json.loads(path.read_text())
    except ValueError:
        return  # malformed on purpose
    if isinstance(body, list) and body and isinstance(body[0], dict) and "results" in body[0]:
        body = [{**batch, "results": batch["results"][:KEEP]} for batch in body[:1]]
    elif isinstance(body, list):
        body = body[:KEEP]
    elif isinstance(body, dict) and "response" in body:
        body["response"]["rows"] = body["response"]["rows"][:KEEP]
    elif isinstance(body, dict):
        body = {key: value[:KEEP] if isinstance(value, list) and key != "columnHeaders" else value for key, value in body.items()}
    path.write_text(json.dumps(body))


def environment(home: Path, practice: Path = SAMPLE, **more: str) -> dict[str, str]:
    """Nothing of the caller's own settings, no key but the test's, and no way to be traced."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("LIAISON_", "OPENAI_", "LANGSMITH_", "LANGCHAIN_"))}
    return {**kept, "LIAISON_HOME": str(home), "LIAISON_PRACTICE": str(practice), "LIAISON_KEYS": RING, **more}


def installed(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The installed command, as a user starts it."""
    command = [sys.executable, "-m", "agents.cli", *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, cwd=ROOT, check=False, timeout=300)
    return _checked(done, arguments)


def liaison(*arguments: str, env: dict[str, str], check: bool = True) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own that starts with everything imported (`forked`): two seconds less than `installed`."""
    from tests.journeys.forked import forked

    with tempfile.TemporaryDirectory() as folder:
        code, out, err = forked(*arguments, env=env, folder=Path(folder))
    done = subprocess.CompletedProcess(arguments, code, out, err)
    return _checked(done, arguments) if check else done


def _checked(done: subprocess.CompletedProcess[str], arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    if done.returncode != 0:
        raise AssertionError(f"liaison {' '.join(arguments)} exited {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done


def open_home(home: Path) -> Database:
    return open_database(f"sqlite:///{home / 'liaison.db'}")


# Ciphertext differs every time; row numbers follow the order in which threads arrived; a run's id has a random tail.
_VOLATILE = {"nonce", "ciphertext", "wrapped_key", "key_id", "prev_hash", "hash", "seq", "mac"}
_NUMBERED = {"node_attempts", "sealed_engagements", "dead_letters", "ledger", "jobs", "decisions", "lead_stages", "egress_log", "llm_usage"}
_TALLIES = {"action_tally", "mql_tally"}
_OF_THE_MOMENT = {"leases", "sessions", "signin_links", "people"}


def state(database: Database) -> dict[str, list[str]]:
    """Everything at rest in a form two homes can be compared by: ids of runs replaced by the order they were made in."""
    assert (
        action_tables.audit.metadata is tables.runs.metadata is notice_tables.notices.metadata
    )  # both halves are imported, so that every table is dumped
    with database.read() as connection:
        audit = action_tables.audit.c
        order = connection.execute(select(audit.subject).where(audit.event == "run:start").order_by(audit.seq)).scalars().all()
        names = {run: f"run-{place}" for place, run in enumerate(order)}
        dump: dict[str, list[str]] = {}
        for table in metadata.sorted_tables:
            if table.name in _OF_THE_MOMENT:
                continue
            hidden = _VOLATILE | ({"id"} if table.name in _NUMBERED else set())
            if table.name == "dead_letters":
                hidden |= {"line", "digest"}  # a withheld record is named by its row number
            rows = [
                json.dumps({key: value for key, value in row._mapping.items() if key not in hidden}, sort_keys=True, default=str)
                for row in connection.execute(_totals(table) if table.name in _TALLIES else select(table))
            ]
            dump[table.name] = sorted(_renamed(row, names) for row in rows)
        return dump


def _totals(tally: Table) -> Select[Any]:
    """What a tally says: how often it was appended to on the way there is no part of the state."""
    sums = [column for column in tally.c if column.name in {"n", "money_usd"}]
    keys = [column for column in tally.c if column.name != "id" and column not in sums]
    return select(*keys, *(func.sum(column).label(column.name) for column in sums)).group_by(*keys).having(func.sum(tally.c.n) != 0)


def _renamed(text: str, names: dict[str, str]) -> str:
    for run, name in names.items():
        text = text.replace(run, name)
    return text


def differences(one: dict[str, list[str]], other: dict[str, list[str]], *, ignore: tuple[str, ...] = ()) -> dict[str, Any]:
    """Tables that differ, with the rows only one side has (at most three of each)."""
    found = {}
    for table in one.keys() | other.keys():
        if table in ignore or one.get(table) == other.get(table):
            continue
        left, right = set(one.get(table, [])), set(other.get(table, []))
        found[table] = {"only first": sorted(left - right)[:3], "only second": sorted(right - left)[:3]}
    return found

"""A practice whose queue is as long as one asks, and a desk over it."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from approvals.queue import enqueue
from policies.actions import Action, ActionKind, Content, Proposal, Risk, Status
from policies.phi.scrub import Scrubber
from policies.records import Channel
from tests.approvals.web.house import PRACTICE
from tools.keys import KeyRing
from tools.packs.phi import load_lexicon
from tools.packs.registry import registry_of
from tools.packs.rules import load_catalogue
from tools.practice import Practice
from tools.settings import Settings
from tools.store.action_tables import action_versions, actions, decisions
from tools.store.audit import AuditLog
from tools.store.database import Database
from tools.store.places import final_place, open_place, search_words
from tools.store.tally import ACTIONS, create_triggers, drop_triggers
from tools.workspace import Workspace

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CHUNK = 5000
KINDS = {
    ActionKind.NEGATIVE_KEYWORDS: Channel.SEARCH,
    ActionKind.NURTURE_EMAIL: Channel.EMAIL,
    ActionKind.REVIEW_REPLY: Channel.LISTINGS,
    ActionKind.VIDEO_METADATA: Channel.YOUTUBE,
    ActionKind.BUDGET_SHIFT: Channel.SEARCH,
    ActionKind.MQL_HANDOFF: Channel.EMAIL,
}
WORDS = ("knee", "hip", "shoulder", "spine", "ankle", "referral", "visit", "walking", "parking", "evening", "Saturday", "Tampa")
OVER = (Status.DONE, Status.DONE, Status.DONE, Status.REJECTED, Status.EXPIRED)


def workspace(database: Database, home: Path) -> Workspace:
    practice = Practice.model_validate(PRACTICE)
    ring = KeyRing(active="b", match="b", keys={"b": b"\1" * 32})
    return Workspace(
        settings=Settings(home=home, database_url=None, keys=None),
        directory=home,
        practice=practice,
        database=database,
        ring=ring,
        audit=AuditLog(ring, home / "audit.head"),
        clock=lambda: NOW,
        catalogue=load_catalogue(),
        scrubber=Scrubber(load_lexicon(), ()),
        registry=registry_of(practice),
    )


def fill(database: Database, *, queued: int, decided: int) -> None:
    """`queued` waiting and `decided` closed actions, a decision for each closed one. The tally is made at the end, as the migration makes it."""
    dialect = "sqlite" if database.is_sqlite else "postgresql"
    dice = random.Random(7)
    with database.write() as connection:
        for statement in drop_triggers(dialect, ACTIONS):
            connection.exec_driver_sql(statement)
    total = queued + decided
    for start in range(0, total, CHUNK):
        rows = [_row(dice, number, is_open=number < queued) for number in range(start, min(start + CHUNK, total))]
        with database.write() as connection:
            connection.execute(insert(actions), [row for row, _ in rows])
            connection.execute(insert(action_versions), [version for _, version in rows])
            if over := [_decision(row) for row, _ in rows if row["status"] != Status.QUEUED.value]:
                connection.execute(insert(decisions), over)
    with database.write() as connection:
        for statement in create_triggers(dialect, ACTIONS):
            connection.exec_driver_sql(statement)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _row(dice: random.Random, number: int, *, is_open: bool) -> tuple[dict[str, object], dict[str, object]]:
    kind, channel = dice.choice(list(KINDS.items()))
    risk, status = dice.choice(list(Risk)), Status.QUEUED if is_open else dice.choice(OVER)
    created = NOW - timedelta(minutes=dice.randrange(60, 10_000 if is_open else 900_000))
    title = f"{' '.join(dice.sample(WORDS, 3)).capitalize()}, item {number}"
    id_ = f"A-{number:012x}"
    row: dict[str, object] = {
        "id": id_,
        "kind": kind.value,
        "channel": channel.value,
        "subject": f"s-{number}",
        "period": "2026-03",
        "status": status.value,
        "version": 1,
        "content_hash": f"{number:064x}",
        "verdict": dice.choice(("pass", "pass", "needs_review")),
        "risk": risk.value,
        "money_usd": float(dice.choice((0, 0, 0, 120))),
        "author": "agent",
        "created_at": created,
        "updated_at": created,
        "expires_at": NOW + timedelta(days=5),
        "title": title,
        "words": search_words(f"{title} s-{number}"),
        "place": open_place(risk, created, kind) if is_open else final_place(created),
    }
    body = {"title": title, "body": "jobs", "fields": {}, "audience": None, "destination": "Google Ads"}
    version: dict[str, object] = {"action": id_, "version": 1, "content": body, "content_hash": row["content_hash"], "author": "agent"}
    return row, version | {"why": [], "facts": {}, "states": None, "evidence": [], "findings": [], "pack": "p", "created_at": created}


def _decision(row: dict[str, object]) -> dict[str, object]:
    said = {"verdict": "approve", "by": "theo", "role": "marketing", "reason": "", "at": row["created_at"]}
    return {"action": row["id"], "version": 1, "content_hash": row["content_hash"], **said}


def propose(ws: Workspace, count: int, *, prefix: str) -> list[Action]:
    """`count` like items, checked and queued as the product does it."""
    found = list(_proposals(count, prefix))
    made = []
    for start in range(0, count, 500):
        with ws.database.write() as connection:
            made += [enqueue(ws, connection, one, run=None, now=ws.clock())[0] for one in found[start : start + 500]]
    return made


def _proposals(count: int, prefix: str) -> Iterator[Proposal]:
    content = Content(title="Item knee", body="Campaign Knee, phrase match:\njobs\nsalary", destination="Google Ads")
    for number in range(count):
        yield Proposal(
            kind=ActionKind.NEGATIVE_KEYWORDS,
            channel=Channel.SEARCH,
            subject=f"{prefix}-{number}",
            period="2026-03",
            content=content,
            why=("31 clicks cost $84 and brought no conversion",),
            risk=Risk.LOW,
            states=("FL",),
        )

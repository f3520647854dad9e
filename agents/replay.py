"""A replay: dead letters are read again from what was sealed of them, with the connector as it is configured now; then the channel runs, so that what
could be read goes the whole way, and what was mended in its file is read there.
"""

import re
from typing import NamedTuple

from agents.parts import Parts
from agents.worker import run_channels
from policies.records import Channel, RawEngagement, Refusal, RunId
from tools.errors import NotFound
from tools.store import engagements, letters
from tools.store.audit import Event
from tools.store.desk import DeadLetters
from tools.store.jobs import Job
from tools.store.letters import OpenedLetter
from tools.store.runs import Run

_MASKED = re.compile(r" \([0-9a-f]{8}\)$")


class Replayed(NamedTuple):
    """How many letters could be read, are wrong for another reason now, and stay as they are."""

    read: int = 0
    restated: int = 0
    left: int = 0


def replay(parts: Parts, job: Job) -> Replayed:
    """Answer one replay job. Safe to run again: a letter that was read is closed in the transaction that seals its record."""
    workspace = parts.workspace
    channel = Channel(job.payload["channel"])
    with workspace.database.read() as connection:
        try:
            group = letters.get_group(connection, job.subject)
        except NotFound:  # an earlier attempt read them all
            group = None
    found = _read_again(parts, group, channel) if group else Replayed()
    if group:
        with workspace.database.write() as connection:
            workspace.audit.append(
                connection,
                event=Event.DEAD_LETTER_REPLAY,
                actor="worker",
                subject=job.subject,
                detail=found._asdict(),
                at=workspace.clock(),
            )
    run_channels(parts, (channel,), trigger="replay")
    return found


def _read_again(parts: Parts, group: DeadLetters, channel: Channel) -> Replayed:
    workspace = parts.workspace
    total, after = Replayed(), 0
    while True:
        with workspace.database.read() as connection:
            batch = letters.open_some(connection, workspace.ring, group, after=after)
        if not batch:
            return total
        found = _withheld_again(parts, batch) if letters.is_withheld(group) else _batch(parts, channel, batch)
        total = Replayed(*(one + other for one, other in zip(total, found, strict=True)))
        after = batch[-1].id


def _withheld_again(parts: Parts, batch: list[OpenedLetter]) -> Replayed:
    rows = [letter.refusal.line for letter in batch if letter.refusal.line is not None]
    with parts.workspace.database.write() as connection:
        return Replayed(read=letters.scrub_again(connection, [letter.id for letter in batch], rows))


def _batch(parts: Parts, channel: Channel, batch: list[OpenedLetter]) -> Replayed:
    workspace = parts.workspace
    now = workspace.clock()
    read: dict[str, list[tuple[OpenedLetter, RawEngagement]]] = {}
    restated: list[tuple[OpenedLetter, Refusal]] = []
    left = 0
    for letter in batch:
        connector = parts.connectors(_as_of(letter.run, channel, parts))[channel]
        again = connector.again(_as_it_was(letter.refusal))
        if isinstance(again, RawEngagement):
            read.setdefault(letter.run, []).append((letter, again))
        elif again is None or again.reason == letter.refusal.reason:
            left += 1
        else:
            restated.append((letter, again))
    with workspace.database.write() as connection:
        for run, pairs in read.items():
            engagements.seal_batch(connection, workspace.ring, [raw for _, raw in pairs], run=run)
        closed = letters.close(connection, [letter.id for pairs in read.values() for letter, _ in pairs], status="replayed")
        for letter, again in restated:
            letters.restate(connection, workspace.ring, letter, again, run=letter.run, at=now)
    return Replayed(closed, len(restated), left)


def _as_of(run: str, channel: Channel, parts: Parts) -> Run:
    """The run that collected the letter, with the time of now: a date that lay in the future then may not any more."""
    now = parts.workspace.clock()
    return Run(
        id=RunId(run),
        channels=(channel,),
        as_of=now,
        trigger="replay",
        status="running",
        started_at=now,
        finished_at=None,
        summary=None,
        error=None,
    )


def _as_it_was(refusal: Refusal) -> Refusal:
    """The refusal as the connector made it: a file whose name may not be shown has its true name in the payload's first line."""
    if not _MASKED.search(refusal.file):
        return refusal
    name, _, payload = refusal.payload.partition("\n")
    return refusal.model_copy(update={"file": name, "payload": payload})

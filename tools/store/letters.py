"""Dead letters by group: one file, one reason, one mend. What is shown is where a record stood and what was wrong; its payload stays sealed, and is
opened only to read it again.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime
from sqlalchemy import ColumnElement, Connection, select, update

from policies.records import Channel, Record, Refusal, Source
from tools.errors import NotFound
from tools.keys import KeyRing, Sealed
from tools.store.database import insert_new
from tools.store.desk import DeadLetters, open_dead_letters
from tools.store.engagements import LETTER_OF_THE_SCRUB, LETTERS, Letter, refusal_digest
from tools.store.tables import dead_letters, sealed_engagements

BATCH = 500


class LetterRow(Record):
    """One open letter of a group as it may be shown."""

    id: int
    place: str
    seen_at: AwareDatetime


class OpenedLetter(NamedTuple):
    """One open letter on its way to be read again. `run` collected it first."""

    id: int
    run: str
    refusal: Refusal


def group_id(letters: DeadLetters) -> str:
    """A name of the group for addresses and jobs; the same as long as file, reason and mend are."""
    place = "\x00".join((letters.channel, letters.source, letters.file, letters.reason, letters.mend))
    return hashlib.sha256(place.encode()).hexdigest()[:16]


def groups(connection: Connection, *, channel: Channel | None = None) -> dict[str, DeadLetters]:
    """Every group that waits for somebody, of one channel or of all, by its id."""
    return {group_id(one): one for one in open_dead_letters(connection) if channel is None or one.channel == channel}


def get_group(connection: Connection, group: str) -> DeadLetters:
    found = groups(connection).get(group)
    if found is None:
        raise NotFound("these records are not waiting any more: they were read, or given up; see the list of dead letters")
    return found


def letters_of(connection: Connection, group: DeadLetters, *, limit: int = 200) -> list[LetterRow]:
    """The first letters of a group, by where they stood."""
    columns = [dead_letters.c[name] for name in ("id", "seen_at", *Letter._fields)]
    statement = select(*columns).where(*_in(group)).order_by(dead_letters.c.line, dead_letters.c.id).limit(limit)
    return [
        LetterRow(id=row.id, place=Letter(*row[2:]).place or "the whole file", seen_at=row.seen_at) for row in connection.execute(statement)
    ]


def open_some(connection: Connection, ring: KeyRing, group: DeadLetters, *, after: int) -> list[OpenedLetter]:
    """The next letters of a group after row `after`, opened. For `collect` alone: a payload is content."""
    statement = select(dead_letters).where(*_in(group), dead_letters.c.id > after).order_by(dead_letters.c.id).limit(BATCH)
    return [
        OpenedLetter(
            row.id,
            row.run,
            Refusal(
                channel=Channel(row.channel),
                source=Source(row.source),
                file=row.file,
                line=row.line,
                field=row.field,
                reason=row.reason,
                mend=row.mend,
                payload=ring.open(Sealed(row.key_id, row.nonce, row.ciphertext), context=LETTERS).decode("utf-8", "surrogatepass"),
            ),
        )
        for row in connection.execute(statement)
    ]


def close(connection: Connection, ids: Sequence[int], *, status: str) -> int:
    """Mark open letters `replayed` or `discarded`; how many were still open."""
    statement = update(dead_letters).where(dead_letters.c.id.in_(ids), dead_letters.c.status == "open")
    return connection.execute(statement.values(status=status)).rowcount if ids else 0


def close_group(connection: Connection, group: DeadLetters, *, status: str) -> int:
    return connection.execute(update(dead_letters).where(*_in(group)).values(status=status)).rowcount


def restate(connection: Connection, ring: KeyRing, letter: OpenedLetter, again: Refusal, *, run: str, at: datetime) -> None:
    """The letter was read again and is wrong for another reason: it is filed under that one, and the old one is closed."""
    told = again.model_copy(update={"file": letter.refusal.file, "payload": letter.refusal.payload})
    row = {
        **told.model_dump(exclude={"payload", "whole_file"}),
        "digest": refusal_digest(ring, told),
        "run": run,
        "seen_at": at,
        **ring.seal(told.payload.encode("utf-8", "surrogatepass"), context=LETTERS)._asdict(),
    }
    connection.execute(insert_new(connection, dead_letters), [row])
    close(connection, [letter.id], status="replayed")


def scrub_again(connection: Connection, ids: Sequence[int], rows: Sequence[int]) -> int:
    """Give sealed `rows` that the scrubber withheld to the next scrub, and close their letters: what is withheld again opens them again."""
    withheld = update(sealed_engagements).where(sealed_engagements.c.id.in_(rows), sealed_engagements.c.status == "withheld")
    connection.execute(withheld.values(status="new"))
    return close(connection, ids, status="replayed")


def is_withheld(group: DeadLetters) -> bool:
    return group.file == LETTER_OF_THE_SCRUB


def _in(group: DeadLetters) -> list[ColumnElement[bool]]:
    columns = dead_letters.c
    names = ("channel", "source", "file", "reason", "mend")
    return [columns.status == "open", *(columns[name] == getattr(group, name) for name in names)]

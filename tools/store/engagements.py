"""Engagements at rest: sealed as they came, clean after the scrub, dead letters for what could not be read.

`collect` writes the sealed rows and only `scrub` reads them back. Everything is written in batches, and every write may be repeated: unique keys
make a second copy of an export, a resumed run or a restarted step change nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson
from sqlalchemy import ColumnElement, Connection, and_, bindparam, func, or_, select, update

from policies.records import Channel, Engagement, EngagementId, EngagementKind, LeadId, RawEngagement, Refusal, ScrubResult
from tools.keys import KeyRing, Sealed
from tools.store.database import insert_new, insert_statement
from tools.store.tables import dead_letters, engagements, sealed_engagements, unknown_fields

NO_FILE = "path"  # the `field` of a refusal that is about a file nobody put there
LETTER_OF_THE_SCRUB = "sealed"  # the `file` of a record that was read but withheld by the scrubber
SEALED = "sealed_engagements"
LETTERS = "dead_letters"


class SealedEngagement(NamedTuple):
    """One opened sealed row, on its way to the scrub."""

    row: int
    natural_key: str
    digest: str
    raw: RawEngagement


class Stage:
    """How far a clean engagement has come; an index covers the rows that have not arrived."""

    SCRUBBED = 0
    STORED = 1
    SCORED = 2


def natural_key(ring: KeyRing, raw: RawEngagement) -> str:
    """The day of the event (5 hex digits) and a keyed HMAC of (source, external id): unique, opaque, and in order of time on disk."""
    day = int(raw.occurred_at.timestamp() // 86_400)
    identity = f"{raw.source}\x00{raw.external_id}"
    return f"{max(day, 0):05x}{ring.fingerprint(identity)}"


def seal_batch(connection: Connection, ring: KeyRing, raws: Sequence[RawEngagement], *, run: str) -> None:
    """Store `raws` encrypted. The same record again is skipped; a changed one (a revision) is stored beside the first."""
    rows = []
    for raw in raws:
        body = orjson.dumps(raw.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)
        sealed = ring.seal(body, context=SEALED)
        rows.append(
            {
                "natural_key": natural_key(ring, raw),
                "digest": ring.fingerprint(body),
                "source": raw.source,
                "channel": raw.channel,
                "run": run,
                "occurred_at": raw.occurred_at,
                "revised_at": raw.revised_at,
                **sealed._asdict(),
            }
        )
    if rows:
        connection.execute(insert_new(connection, sealed_engagements), rows)


def refusal_digest(ring: KeyRing, refusal: Refusal) -> str:
    """One dead letter is one thing refused at one place, however often it is read."""
    place = f"{refusal.source}\x00{refusal.file}\x00{refusal.line}\x00{refusal.field}\x00{refusal.reason}\x00{refusal.payload}"
    return ring.fingerprint(place, length=32)


def file_refusals(connection: Connection, ring: KeyRing, refusals: Sequence[Refusal], *, run: str, at: datetime) -> None:
    """File what could not be read, payload sealed, once."""
    rows = [
        {
            **refusal.model_dump(exclude={"payload", "whole_file"}),
            "file": refusal.file[-255:],
            "digest": refusal_digest(ring, refusal),
            "run": run,
            "seen_at": at,
            **ring.seal(refusal.payload.encode("utf-8", "surrogatepass"), context=LETTERS)._asdict(),
        }
        for refusal in refusals
    ]
    if rows:
        statement = insert_statement(connection, dead_letters)
        # What was thought mended and is refused again waits again; what somebody gave up stays given up.
        again = {name: statement.excluded[name] for name in ("status", "run", "seen_at")} | {"status": "open"}
        statement = statement.on_conflict_do_update(index_elements=["digest"], set_=again, where=dead_letters.c.status == "replayed")
        connection.execute(statement, rows)


def settle_letters(connection: Connection, channel: Channel, still_refused: set[str], *, is_there: Callable[[str], bool]) -> None:
    """After a complete read of `channel`: letters that were not refused again have been mended at their source, so they are `replayed`.

    Letters of the scrub are not about a file and stay as they are; so do records of a file that `is_there` no more, because nobody read them.
    """
    letters = dead_letters.c
    rows = connection.execute(
        select(letters.id, letters.digest, letters.file, letters.field).where(
            letters.channel == channel, letters.status == "open", letters.file != LETTER_OF_THE_SCRUB
        )
    )
    mended = [{"row": row.id} for row in rows if row.digest not in still_refused and (row.field == NO_FILE or is_there(row.file))]
    if mended:
        connection.execute(update(dead_letters).where(letters.id == bindparam("row")).values(status="replayed"), mended)


def next_sealed(connection: Connection, ring: KeyRing, *, limit: int) -> list[SealedEngagement]:
    """The oldest `limit` sealed rows that the scrub has not seen, opened. Index scan over the new rows only."""
    rows = sealed_engagements.c
    found = connection.execute(
        select(rows.id, rows.natural_key, rows.digest, rows.key_id, rows.nonce, rows.ciphertext)
        .where(rows.status == "new")
        .order_by(rows.id)
        .limit(limit)
    )
    return [
        SealedEngagement(
            row.id,
            row.natural_key,
            row.digest,
            RawEngagement.model_validate(orjson.loads(ring.open(Sealed(row.key_id, row.nonce, row.ciphertext), context=SEALED))),
        )
        for row in found
    ]


def save_scrubbed(connection: Connection, results: Sequence[tuple[SealedEngagement, ScrubResult]], *, run: str) -> None:
    """Store the clean records, mark the sealed rows, count the fields that default-deny kept sealed.

    Of two revisions of one engagement the later `revised_at` wins, ties by digest, in whatever order they arrive.
    """
    newest: dict[str, tuple[SealedEngagement, Engagement]] = {}
    for sealed, result in results:
        if result.engagement and _newer(sealed, newest.get(sealed.natural_key)):
            newest[sealed.natural_key] = (sealed, result.engagement)
    if newest:
        table = engagements
        columns = ("kind", "occurred_at", "revised_at", "digest", "track", "service_line", "stage", "record")
        statement = insert_statement(connection, table)
        new, old = statement.excluded, table.c
        later = or_(new.revised_at > old.revised_at, and_(new.revised_at == old.revised_at, new.digest > old.digest))
        statement = statement.on_conflict_do_update(index_elements=["id"], set_={name: new[name] for name in columns}, where=later)
        connection.execute(statement, [_clean_row(sealed, engagement, run) for sealed, engagement in newest.values()])
    marks = [{"row": sealed.row, "status": "scrubbed" if result.engagement else "withheld"} for sealed, result in results]
    if marks:
        statement = update(sealed_engagements).where(sealed_engagements.c.id == bindparam("row")).values(status=bindparam("status"))
        connection.execute(statement, marks)
    _count_unknown(connection, results)


def _newer(sealed: SealedEngagement, other: tuple[SealedEngagement, Engagement] | None) -> bool:
    return other is None or (sealed.raw.revised_at, sealed.digest) > (other[0].raw.revised_at, other[0].digest)


def _clean_row(sealed: SealedEngagement, engagement: Engagement, run: str) -> dict[str, object]:
    return {
        "id": engagement.id,
        "channel": engagement.channel,
        "source": engagement.source,
        "kind": engagement.kind,
        "occurred_at": engagement.occurred_at,
        "revised_at": engagement.revised_at,
        "digest": sealed.digest,
        "run": run,
        "track": engagement.track,
        "service_line": engagement.service_line,
        "stage": Stage.SCRUBBED,
        "record": _storable(engagement).model_dump(mode="json"),
    }


def _storable(engagement: Engagement) -> Engagement:
    """Without NUL characters, which PostgreSQL's JSON refuses: one review must not stop every later run."""
    if engagement.text and "\x00" in engagement.text:
        return engagement.model_copy(update={"text": engagement.text.replace("\x00", "\ufffd")})
    return engagement


def _count_unknown(connection: Connection, results: Sequence[tuple[SealedEngagement, ScrubResult]]) -> None:
    counts: dict[tuple[str, str], int] = {}
    for sealed, result in results:
        for pointer in result.refused:
            key = (sealed.raw.source.value, pointer[:160])
            counts[key] = counts.get(key, 0) + 1
    if counts:
        statement = insert_statement(connection, unknown_fields)
        statement = statement.on_conflict_do_update(
            index_elements=["source", "pointer"], set_={"count": unknown_fields.c.count + statement.excluded["count"]}
        )
        connection.execute(
            statement, [{"source": source, "pointer": pointer, "count": count} for (source, pointer), count in counts.items()]
        )


def pending(connection: Connection, stage: int, *, limit: int) -> list[tuple[Engagement, LeadId | None]]:
    """Up to `limit` clean engagements waiting at `stage`, in order of id, with the lead they are linked to."""
    rows = engagements.c
    found = connection.execute(select(rows.record, rows.lead).where(rows.stage == stage).order_by(rows.id).limit(limit))
    return [(Engagement.model_validate(row.record), row.lead) for row in found]


def mark_stored(connection: Connection, ids: Iterable[EngagementId], leads: Mapping[EngagementId, LeadId]) -> None:
    """Link engagements to their leads (none for anonymous statistics) and move them to `stored`."""
    rows = [{"row": engagement, "lead_id": leads.get(engagement)} for engagement in ids]
    if rows:
        statement = update(engagements).where(engagements.c.id == bindparam("row"))
        connection.execute(statement.values(stage=Stage.STORED, lead=bindparam("lead_id")), rows)


def mark_scored(connection: Connection, ids: Iterable[EngagementId]) -> None:
    rows = [{"row": engagement} for engagement in ids]
    if rows:
        connection.execute(update(engagements).where(engagements.c.id == bindparam("row")).values(stage=Stage.SCORED), rows)


def window(connection: Connection, channel: Channel, *, since: datetime, until: datetime) -> Iterator[Engagement]:
    """The channel's engagements with since <= occurred_at < until, oldest first, streamed a thousand at a time.

    A video is not an act but a thing that stays published: the whole library is in every window of its channel.
    """
    rows = engagements.c
    recent: ColumnElement[bool] = rows.occurred_at >= since
    if channel is Channel.YOUTUBE:
        recent = or_(recent, rows.kind == EngagementKind.VIDEO)
    statement = (
        select(rows.record)
        .where(rows.channel == channel, recent, rows.occurred_at < until)
        .order_by(rows.occurred_at, rows.id)
        .execution_options(yield_per=1000)
    )
    for record in connection.execute(statement).scalars():
        yield Engagement.model_validate(record)


def clean_texts(connection: Connection) -> Iterator[tuple[str, str]]:
    """(engagement id, scrubbed text) of every engagement with free text, streamed."""
    rows = engagements.c
    statement = select(rows.id, rows.record).order_by(rows.id).execution_options(yield_per=1000)
    for name, record in connection.execute(statement):
        if record.get("text"):
            yield name, record["text"]


def quasi_identifiers(connection: Connection) -> Iterator[dict[str, str]]:
    """State, ZIP3, age, service line and month of each engagement of a lead: what could single out a person in combination."""
    rows = engagements.c
    statement = select(rows.record).where(rows.lead.is_not(None)).order_by(rows.id).execution_options(yield_per=1000)
    for record in connection.execute(statement).scalars():
        attributes = record.get("attributes") or {}
        found = {name: attributes[name] for name in ("state", "zip3", "age") if attributes.get(name)}
        yield found | {"service_line": record.get("service_line") or "", "month": str(record.get("occurred_at", ""))[:7]}


def counts_of_run(connection: Connection, run: str) -> dict[str, dict[str, int]]:
    """Per channel: how many records this run was the first to collect, and what became of them ({"new": n, "scrubbed": n, "withheld": n})."""
    rows = sealed_engagements.c
    found = connection.execute(select(rows.channel, rows.status, func.count()).where(rows.run == run).group_by(rows.channel, rows.status))
    counts: dict[str, dict[str, int]] = {}
    for channel, status, count in found:
        counts.setdefault(channel, {})[status] = count
    return counts


def linked_of_run(connection: Connection, run: str) -> tuple[int, int]:
    """(clean engagements that came with this run, how many of them belong to a lead)."""
    rows = engagements.c
    stored, linked = connection.execute(select(func.count(), func.count(rows.lead)).where(rows.run == run)).one()
    return stored, linked


class Letter(NamedTuple):
    """One open dead letter as it may be shown: where it was and what to do. Its payload stays sealed."""

    channel: str
    source: str
    file: str
    line: int | None
    field: str | None
    reason: str
    mend: str

    @property
    def place(self) -> str:
        """ "line 13", "reviews[22].reviewId", "line 13, messageId" or, for a whole file or a sealed record, ""."""
        line = f"line {self.line}" if self.line is not None and self.file != LETTER_OF_THE_SCRUB else None
        return ", ".join(filter(None, (line, self.field)))


def open_letters(connection: Connection, *, limit: int = 5000) -> list[Letter]:
    """What could not be read and still waits for somebody, by file and line."""
    columns = [dead_letters.c[name] for name in Letter._fields]
    statement = (
        select(*columns).where(dead_letters.c.status == "open").order_by(dead_letters.c.file, dead_letters.c.line, dead_letters.c.id)
    )
    return [Letter(*row) for row in connection.execute(statement.limit(limit))]

"""collect: every source of one channel → sealed rows; what cannot be read → dead letters."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from agents.parts import Parts
from policies.phi.lexicon import fold
from policies.records import Channel, RawEngagement, Refusal
from tools.channels.names import shown_name
from tools.errors import LiaisonError
from tools.packs.phi import load_lexicon
from tools.store import engagements
from tools.store.runs import Run


@dataclass(frozen=True)
class Collected:
    """What one channel's branch reports: records read, refused, and whether every source could be read."""

    seen: int
    refused: int
    status: str  # ok | degraded
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {"seen": self.seen, "refused": self.refused, "status": self.status, "reason": self.reason}


def collect(parts: Parts, run: Run, channel: Channel, *, stop: threading.Event) -> Collected:
    """Read every source of `channel` and seal what it gives. `stop` ends it at the next batch (the branch has timed out)."""
    workspace = parts.workspace
    connector = parts.connectors(run)[channel]
    seen = refused = 0
    broken: list[str] = []
    digests: set[str] = set()
    for batch in _batches(connector.collect(), workspace.settings.batch_size):
        if stop.is_set():
            return Collected(seen, refused, "degraded", "timed out")
        raws = [record for record in batch if isinstance(record, RawEngagement)]
        refusals = [_presentable(parts, record) for record in batch if isinstance(record, Refusal)]
        with workspace.database.write() as connection:
            engagements.seal_batch(connection, workspace.ring, raws, run=run.id)
            engagements.file_refusals(connection, workspace.ring, refusals, run=run.id, at=run.as_of)
        digests.update(engagements.refusal_digest(workspace.ring, refusal) for refusal in refusals)
        seen += len(raws)
        refused += len(refusals)
        broken += [f"{refusal.file}: {refusal.reason}" for refusal in refusals if refusal.whole_file]
    with workspace.database.write() as connection:
        engagements.settle_letters(connection, channel, digests, is_there=partial(_is_there, parts))
    return Collected(seen, refused, "degraded" if broken else "ok", "; ".join(broken[:3]))


def _is_there(parts: Parts, file: str) -> bool:
    """Whether a refused file can still be read. A masked name says nothing: the true one is sealed, so it counts as there."""
    return file.endswith(")") or (parts.workspace.directory / file).exists()


def _presentable(parts: Parts, refusal: Refusal) -> Refusal:
    """The refusal under a file name that may be shown; the true one goes into the sealed payload when it may not."""
    workspace = parts.workspace
    sources = workspace.practice.channels[refusal.channel].sources
    shown = shown_name(
        refusal.file,
        pattern=" ".join(source.path for source in sources),
        ordinary=_ordinary,
        own=[*(location.key for location in workspace.practice.locations), workspace.practice.key],
        mark=workspace.ring.fingerprint(refusal.file, length=8),
    )
    if shown == refusal.file:
        return refusal
    return refusal.model_copy(update={"file": shown, "payload": f"{refusal.file}\n{refusal.payload}"})


def _ordinary(word: str) -> bool:
    """A word of the language that is no common name."""
    lexicon = load_lexicon()
    folded = fold(word)
    return (folded in lexicon.words or folded in lexicon.terms) and not any(flag.isupper() for flag in lexicon.names.get(folded, ""))


def _batches(records: Iterator[RawEngagement | Refusal], size: int) -> Iterator[list[RawEngagement | Refusal]]:
    while batch := list(islice(records, size)):
        yield batch


def degraded(error: BaseException) -> Collected:
    """A branch that failed, as a result. Only our own errors may speak: another's text could hold content."""
    reason = str(error) if isinstance(error, LiaisonError) else type(error).__name__
    return Collected(0, 0, "degraded", reason)

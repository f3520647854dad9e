"""scrub: sealed → clean, batch by batch. The only step that opens what `collect` sealed."""

from functools import partial

from agents.parts import Parts
from policies.phi.events import scrub_engagement
from policies.records import Contact, Refusal, ScrubResult
from tools.store import contacts, engagements
from tools.store.engagements import SealedEngagement
from tools.store.names import known_names
from tools.store.runs import Run


def scrub(parts: Parts, run: Run) -> None:
    """Sealed → clean, batch by batch; what the scrubber withholds becomes a dead letter."""
    workspace = parts.workspace
    match_key = workspace.ring.match_key
    while True:
        with workspace.database.read() as connection:
            batch = engagements.next_sealed(connection, workspace.ring, limit=workspace.settings.batch_size)
        if not batch:
            return
        with workspace.database.read() as connection:
            scrubber = workspace.scrubber.knowing(known_names(connection, workspace.ring))
            scrub_one = partial(scrub_engagement, registry=workspace.registry, scrubber=scrubber, match_key=match_key)
            results = [(sealed, scrub_one(sealed.raw, natural_key=sealed.natural_key)) for sealed in batch]
        withheld = [_withheld(sealed, result) for sealed, result in results if result.engagement is None]
        with workspace.database.write() as connection:
            engagements.save_scrubbed(connection, results, run=run.id)
            engagements.file_refusals(connection, workspace.ring, withheld, run=run.id, at=run.as_of)
            contacts.save_contacts(connection, workspace.ring, _contacts(results), now=run.as_of)


def _withheld(sealed: SealedEngagement, result: ScrubResult) -> Refusal:
    return Refusal(
        channel=sealed.raw.channel,
        source=sealed.raw.source,
        file=engagements.LETTER_OF_THE_SCRUB,
        line=sealed.row,
        reason=result.withheld or "withheld by the scrubber",
        mend="it stays sealed; if it is worth keeping, name its event in the vendor's tracking plan as docs/sources.md says",
    )


def _contacts(results: list[tuple[SealedEngagement, ScrubResult]]) -> list[tuple[tuple[str, ...], Contact]]:
    """Whom the batch is about, in the order it happened."""
    known = [(result.engagement, result.contact) for _, result in results if result.engagement and result.contact]
    return [(engagement.match_keys, contact) for engagement, contact in sorted(known, key=lambda pair: (pair[0].revised_at, pair[0].id))]

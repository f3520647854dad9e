"""Dead letters read again: what a changed setting makes readable goes the whole way, also when the export is gone; the rest stays."""

import re
import shutil
from pathlib import Path

from sqlalchemy import select

from agents.parts import Parts
from agents.schedule import work_once
from agents.worker import run_channels
from approvals import letters as mending
from policies.records import Channel
from tests.journeys.conftest import Open
from tools.store import runs
from tools.store.letters import groups
from tools.store.tables import dead_letters, sealed_engagements

EXPORT = "exports/listings/replay_reviews.csv"
ROWS = "provider,review_date,rating,review_id,text\nDr. A,2026-10-01 10:00,5,rv-1,Kind staff\nDr. A,2026-10-02 11:00,4,rv-2,Quick visit\n"


def with_source(practice: Path, target: Path, *, timezone: str | None) -> Path:
    """A copy of the practice with one more source, whose times have no zone of their own."""
    copy = target if target.exists() else shutil.copytree(practice, target)
    text = (practice / "practice.yaml").read_text()
    zone = f", timezone: {timezone}" if timezone else ""
    line = f"      - {{source: healthgrades, path: {EXPORT}{zone}}}\n"
    at = re.search(r"^  listings:\n(?:    .*\n)*?    sources:\n", text, re.M)
    assert at, "the sample's listings channel has no sources in block style"
    (copy / "practice.yaml").write_text(text[: at.end()] + line + text[at.end() :])
    (copy / EXPORT).write_text(ROWS)
    return copy


def letters_of(parts: Parts, file: str = EXPORT) -> list[tuple[str, str]]:
    with parts.workspace.database.read() as connection:
        rows = connection.execute(select(dead_letters.c.status, dead_letters.c.reason).where(dead_letters.c.file == file))
        return sorted((row.status, row.reason) for row in rows)


def ask(parts: Parts) -> None:
    with parts.workspace.database.read() as connection:
        group = next(name for name, one in groups(connection).items() if one.file == EXPORT)
    mending.ask_replay(parts.workspace, group, by="dana.whitcombe")


def test_a_mended_setting_makes_sealed_letters_readable_though_the_export_is_gone(
    ran: tuple[Path, Path], open_ran: Open, tmp_path: Path
) -> None:
    broken = with_source(ran[0], tmp_path / "practice", timezone=None)
    parts = open_ran(other=broken)
    run_channels(parts, (Channel.LISTINGS,))
    (broken / EXPORT).unlink()
    run_channels(parts, (Channel.LISTINGS,))
    assert [status for status, _ in letters_of(parts)].count("open") >= 2  # the file is gone, so nobody read them: they still wait
    with_source(ran[0], broken, timezone="America/Chicago")
    (broken / EXPORT).unlink()
    mended = open_again(parts, broken)

    ask(mended)
    assert work_once(mended)

    with mended.workspace.database.read() as connection:
        states = set(
            connection.scalars(select(dead_letters.c.status).where(dead_letters.c.file == EXPORT, dead_letters.c.line.is_not(None)))
        )
        kept = connection.scalars(select(sealed_engagements.c.status).order_by(sealed_engagements.c.id.desc()).limit(2)).all()
        (last,) = (run for run in runs.recent_runs(connection) if run.trigger == "replay")
    assert states == {"replayed"}
    assert set(kept) <= {"scrubbed", "withheld"}
    assert last.status == "done"


def test_what_still_cannot_be_read_stays_with_its_reason(ran: tuple[Path, Path], open_ran: Open, tmp_path: Path) -> None:
    parts = open_ran(other=with_source(ran[0], tmp_path / "practice", timezone=None))
    run_channels(parts, (Channel.LISTINGS,))
    before = letters_of(parts)

    ask(parts)
    assert work_once(parts)

    assert letters_of(parts) == before
    assert {status for status, _ in before} == {"open"}


def test_a_letter_that_was_mended_and_breaks_again_waits_again(ran: tuple[Path, Path], open_ran: Open, tmp_path: Path) -> None:
    broken = with_source(ran[0], tmp_path / "practice", timezone=None)
    parts = open_ran(other=broken)
    run_channels(parts, (Channel.LISTINGS,))
    before = letters_of(parts)
    (broken / EXPORT).write_text(ROWS.splitlines(keepends=True)[0])
    run_channels(parts, (Channel.LISTINGS,))
    assert {status for status, _ in letters_of(parts)} == {"replayed"}

    (broken / EXPORT).write_text(ROWS)
    run_channels(parts, (Channel.LISTINGS,))

    assert letters_of(parts) == before


def open_again(parts: Parts, practice: Path) -> Parts:
    """The same home under the practice as it is written now."""
    from dataclasses import replace

    from agents.build import build_parts
    from tools.practice import load_practice

    return build_parts(replace(parts.workspace, practice=load_practice(practice), directory=practice))

"""`liaison score`: one model over one history file, at one instant. Needs no practice and no database."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from policies.leads.history import LeadScore, read_history, score_history, unscored_types
from tools.errors import LiaisonError
from tools.packs.models import load_model_file

UNSCORED_SHOWN = 5


def score(model_file: Path, history_file: Path, *, at: datetime, as_json: bool, stdout: TextIO, stderr: TextIO) -> int:
    """Print one score per lead (`as_json`: one JSON object per line). Exit code 1 if a file cannot be read.

    A line that cannot be used is named on stderr and the rest is scored.
    """
    if at.tzinfo is None:
        print("--at has no time zone: write it as 2026-11-23T09:00:00Z", file=stderr)
        return 2
    try:
        model = load_model_file(model_file)
        # A byte order mark is what spreadsheets put before the first line.
        text = history_file.read_text(encoding="utf-8-sig")
    except LiaisonError as error:
        print(error, file=stderr)
        return 1
    except (OSError, UnicodeDecodeError) as error:
        print(f"{history_file} cannot be read ({type(error).__name__}): name a UTF-8 JSONL file with --history", file=stderr)
        return 1
    history, bad = read_history(text.split("\n"))
    for line in bad:
        print(f"{history_file}, line {line.line}: {line.reason}", file=stderr)
    if unscored := unscored_types(model, history):
        shown = ", ".join(f"{name} ({count})" for name, count in list(unscored.items())[:UNSCORED_SHOWN])
        more = f" and {len(unscored) - UNSCORED_SHOWN} more types" if len(unscored) > UNSCORED_SHOWN else ""
        print(f"{history_file}: {model_file} gives no points for {shown}{more}: add them to intent_points, 0 if meant", file=stderr)
    for found in score_history(model, history, at=at):
        print(_json(found) if as_json else _words(found), file=stdout)
    return 0


def _json(found: LeadScore) -> str:
    return json.dumps(found.model_dump(mode="json"), ensure_ascii=False)


def _words(found: LeadScore) -> str:
    points = f"{found.lead}: total {found.total:.1f} = fit {found.fit:.1f} + intent {found.intent:.1f}"
    if not found.is_mql:
        return f"{points}; not an MQL"
    until = f"until {_day(found.mql_until)} if nothing happens" if found.mql_until else "with no end"
    return f"{points}; MQL since {_day(found.mql_since)}, {until}"


def _day(at: datetime | None) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "-"

"""`liaison determination`: what an expert needs under 45 CFR 164.514(b)(1): a sample of clean texts to review, and the figures of that review.

Reads the clean zone only. The sample's reviewer adds to each line the labels of what was still found in it; the report counts them.
"""

import json
from pathlib import Path
from typing import Any, TextIO

from policies.phi.determination import QUASI_IDENTIFIERS, Determination, determined, sampled
from policies.records import Label
from tools.errors import SettingsError
from tools.store.engagements import clean_texts, quasi_identifiers
from tools.workspace import Workspace


def sample(ws: Workspace, *, size: int, seed: int, stdout: TextIO) -> int:
    """`size` clean texts as JSONL `{"id","text","found":null}`, the same for the same seed. The reviewer puts a list of labels for each null."""
    with ws.database.read() as connection:
        texts = dict(clean_texts(connection))
    for name in sampled(texts, size, seed):
        print(json.dumps({"id": name, "text": texts[name], "found": None}, ensure_ascii=False), file=stdout)
    return 0


def report(ws: Workspace, *, reviewed: Path, as_json: bool, stdout: TextIO) -> int:
    """Leak estimate with its Wilson interval, and the combinations of quasi-identifiers that fewer than 11 records share.

    Raises SettingsError when a line of `reviewed` is no review.
    """
    reviews = [_review(number, line) for number, line in enumerate(reviewed.read_text(encoding="utf-8").splitlines(), 1) if line.strip()]
    if not reviews:
        raise SettingsError(
            f"{reviewed} holds no reviewed text: make a sample with liaison determination sample, fill in found, then report"
        )
    with ws.database.read() as connection:
        rows = list(quasi_identifiers(connection))
    found = determined(reviews, rows)
    if as_json:
        print(json.dumps(_as_json(found)), file=stdout)
    else:
        _print(found, stdout)
    return 0


def _review(number: int, line: str) -> tuple[str, list[str]]:
    try:
        row: Any = json.loads(line)
        if row["found"] is None:
            raise SettingsError(f"reviewed file, line {number}: not reviewed yet: write [] when nothing was left in it, else the labels")
        labels = [Label(label).value for label in row["found"]]
        return str(row["id"]), labels
    except (ValueError, KeyError, TypeError):
        raise SettingsError(
            f'reviewed file, line {number}: write {{"id","text","found":[labels]}}; labels are {", ".join(Label)}'
        ) from None


def _as_json(found: Determination) -> dict[str, object]:
    return {
        "reviewed": found.reviewed,
        "leaking_share": found.leaks.share,
        "wilson_95": [found.leaks.low, found.leaks.high],
        "leaks_by_label": found.by_label,
        "records": found.rows,
        "quasi_identifiers": QUASI_IDENTIFIERS,
        "cells": found.cells,
        "small_cells": [{"values": cell.values, "records": cell.people} for cell in found.small],
    }


def _print(found: Determination, stdout: TextIO) -> None:
    low, high = f"{found.leaks.low:.2%}", f"{found.leaks.high:.2%}"
    print(
        f"Reviewed texts: {found.reviewed}; with an identifier left: {found.leaks.share:.2%} (95 % Wilson interval {low} to {high})",
        file=stdout,
    )
    for label, count in found.by_label.items():
        print(f"  {label}: {count}", file=stdout)
    small = sum(cell.people for cell in found.small)
    print(f"Records: {found.rows}; combinations of {', '.join(QUASI_IDENTIFIERS)}: {found.cells}", file=stdout)
    print(f"Combinations shared by fewer than 11 records: {len(found.small)}, holding {small} records", file=stdout)
    for cell in found.small[:20]:
        print(f"  {cell.people}: {', '.join(cell.values)}", file=stdout)
    print("These are figures for a qualified expert; the determination under 45 CFR 164.514(b)(1) is theirs.", file=stdout)

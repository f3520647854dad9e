"""`liaison why`: one lead's score as a sum anybody can check, what would change it, and when it falls."""

import json
from datetime import datetime
from typing import TextIO

from agents.commands.groups import group_lines, group_row
from policies.leads.reasons import ending_words, step_words, unmet_words, what_if_words
from policies.records import LeadId
from tools.store.explain import Explained, explain
from tools.store.models import models_in_force
from tools.workspace import Workspace

SHOWN = 3


def why(ws: Workspace, lead: str, *, at: datetime | None, as_json: bool, stdout: TextIO) -> int:
    """Print the lead under every live model it has a score for, at `at` or now. Raises NotFound for a lead nobody knows."""
    with ws.database.read() as connection:
        models = models_in_force(connection, ws.practice, ws.directory)
        found = explain(connection, models, LeadId(lead), at=at or ws.clock())
    if as_json:
        print(json.dumps([_row(one) for one in found]), file=stdout)
        return 0
    if not found:
        print(f"{lead} has no score: it has done nothing yet that a live model knows", file=stdout)
    for one in found:
        print("\n".join(_lines(one)), file=stdout)
    return 0


def _row(one: Explained) -> dict[str, object]:
    return {
        "score": one.score.model_dump(mode="json"),
        "steps": [step.model_dump(mode="json") | {"words": step_words(one.model, step)} for step in one.steps],
        "what_ifs": [what.model_dump(mode="json") | {"words": what_if_words(what)} for what in one.what_ifs],
        "curve": [point.model_dump(mode="json") for point in one.curve],
        "unmet": [row.model_dump(mode="json") | {"words": unmet_words(row)} for row in one.unmet],
        "ends": one.ends.model_dump(mode="json") if one.ends else None,
        "ledger": [row.model_dump(mode="json") for row in one.ledger],
        "groups": [group_row(group) for group in one.groups],
    }


def _lines(one: Explained) -> list[str]:
    score, model = one.score, one.model
    lines = [
        f"{score.lead} under {model.id}: {score.total:.1f} points, MQL from {model.threshold:g} (fit {score.fit:.1f}, intent {score.intent:.1f})"
    ]
    lines += [f"  {step.points:>+7.1f}  {step_words(model, step)}" for step in one.steps]
    lines.append(f"  {score.total:>7.1f}  total")
    if score.is_mql:
        until = f" until {one.ends.at:%d %b %Y} if nothing happens" if one.ends else ""
        lines.append(f"MQL{until}: {ending_words(model, one.ends)}")
    elif score.fast_lane:
        lines.append("Asked for contact: goes to a person whatever the score")
    else:
        lines.append(f"Not an MQL: {'; '.join(unmet_words(row) for row in one.unmet)}")
        lines += [f"  {what_if_words(what)}" for what in one.what_ifs[:SHOWN]]
    for group in one.groups:
        lines += group_lines(group)
    return lines

"""`liaison leads`: who is who without a browser. Lists the match log and the practices; merges and takes apart."""

import json
from typing import TextIO

from agents.commands.groups import group_lines, group_row
from approvals import matching
from policies.leads.identity import MergeReason, UnmergeReason, kind_of
from policies.records import LeadId, Track
from tools.store.accounts import top_practices
from tools.store.matches import Match, matches
from tools.store.models import models_in_force
from tools.workspace import Workspace


def list_matches(ws: Workspace, lead: str | None, *, limit: int, as_json: bool, stdout: TextIO) -> int:
    """The newest first. The keys stay hashes; only their kinds are shown."""
    with ws.database.read() as connection:
        found = matches(connection, LeadId(lead) if lead else None, limit=limit)
    if as_json:
        print(json.dumps([_row(one) for one in found]), file=stdout)
        return 0
    if not found:
        print(f"No merge of {lead} is on record." if lead else "No lead was ever merged into another.", file=stdout)
    for one in found:
        what = f"{one.lead} into {one.survivor}" if one.event == "merge" else f"{one.lead} out of {one.survivor}"
        key = f" by {kind_of(one.match_key)}" if one.match_key else ""
        why = f", {one.reason}" if one.reason else ""
        print(f"{one.at:%Y-%m-%d %H:%M}Z  {one.event:<7}  {what}  {one.rule}{key}{why}  ({one.by})", file=stdout)
    return 0


def list_practices(ws: Workspace, *, limit: int, as_json: bool, stdout: TextIO) -> int:
    """The practices with the highest total under each live referral model, their contacts under them."""
    with ws.database.read() as connection:
        models = models_in_force(connection, ws.practice, ws.directory)
        referral = [model for model in models.values() if model.track is Track.B2B_REFERRAL]
        found = [group for model in referral for group in top_practices(connection, model, at=ws.clock(), limit=limit)]
    if as_json:
        print(json.dumps([group_row(group) for group in found]), file=stdout)
        return 0
    if not referral:
        print("No live model is of the referral track: only there do people work for a practice. See liaison model list.", file=stdout)
    elif not found:
        print("Nobody of the referral track has said yet where they work.", file=stdout)
    for group in found:
        print("\n".join(group_lines(group)), file=stdout)
    return 0


def merge(ws: Workspace, one: str, other: str, *, by: str, reason: str, stdout: TextIO) -> int:
    survivor = matching.merge(ws, LeadId(one), LeadId(other), by=by, reason=MergeReason(reason))
    gone = one if survivor == other else other
    print(f"{gone} lives on in {survivor}. To take it back: liaison leads unmerge {gone}", file=stdout)
    return 0


def unmerge(ws: Workspace, lead: str, *, by: str, reason: str, stdout: TextIO) -> int:
    survivor = matching.unmerge(ws, LeadId(lead), by=by, reason=UnmergeReason(reason))
    print(f"{lead} is out of {survivor}; no key joins them again. Suppressions stay on both.", file=stdout)
    return 0


def _row(one: Match) -> dict[str, object]:
    body = one.model_dump(mode="json", exclude={"match_key", "lead_keys", "survivor_keys"})
    kinds = {name: sorted(map(kind_of, getattr(one, name))) for name in ("lead_keys", "survivor_keys")}
    return body | {"key_kind": kind_of(one.match_key) if one.match_key else None} | kinds

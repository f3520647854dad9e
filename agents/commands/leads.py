"""`liaison leads`: who stands highest and who is who, without a browser. Lists leads, practices and the match log; merges and takes apart."""

import json
from typing import TextIO

from agents.commands.groups import group_lines, group_row
from approvals import matching
from policies.leads.identity import MergeReason, UnmergeReason, kind_of
from policies.records import LeadId, Track
from tools.errors import NotFound
from tools.store.accounts import top_practices
from tools.store.matches import Match, matches
from tools.store.models import models_in_force
from tools.store.people import known_leads
from tools.store.ranking import mqls_among, top_leads
from tools.workspace import Workspace

KEY_WORDS = {"anon": "browser", "user": "account", "email": "e-mail address", "phone": "telephone", "npi": "NPI"}


def list_leads(ws: Workspace, line: str | None, *, limit: int, as_json: bool, stdout: TextIO) -> int:
    """The leads with the highest totals of each service line, or of one, as the desk's Leads pages show them."""
    at = ws.clock()
    with ws.database.read() as connection:
        models = models_in_force(connection, ws.practice, ws.directory).values()
        if line is not None and line not in (known := [model.service_line or "" for model in models]):
            raise NotFound(f"no model in force scores the line {line[:48]}: choose from {', '.join(sorted(known))}")
        rows = []
        for model in models:
            if line in (None, model.service_line):
                top = [one for one in top_leads(connection, model, at=at, limit=limit) if one.total > 0]
                mqls = mqls_among(connection, model, [one.lead for one in top], at=at)
                rows += [(model.service_line or "", one, one.lead in mqls) for one in top]
    if as_json:
        keys = ("lead", "total", "fit", "intent")
        print(json.dumps([{"line": name, **{key: getattr(one, key) for key in keys}, "mql": mql} for name, one, mql in rows]), file=stdout)
        return 0
    for name, one, mql in rows:
        print(f"{one.lead}  {name:<20} {one.total:6.1f} (fit {one.fit:.1f}, intent {one.intent:.1f}){'  MQL' if mql else ''}", file=stdout)
    print("Why one stands there: liaison why L-…" if rows else "No lead has points yet: liaison run reads the sources.", file=stdout)
    return 0


def list_matches(ws: Workspace, lead: str | None, *, limit: int, as_json: bool, stdout: TextIO) -> int:
    """The newest first. The keys stay hashes; only their kinds are shown."""
    with ws.database.read() as connection:
        if lead and not known_leads(connection, [LeadId(lead)]):
            raise NotFound("there is no lead of that id: liaison leads list shows them")
        found = matches(connection, LeadId(lead) if lead else None, limit=limit + 1)
    more, found = len(found) > limit, found[:limit]
    if as_json:
        print(json.dumps([_row(one) for one in found]), file=stdout)
        return 0
    if not found:
        print(f"No merge of {lead} is on record." if lead else "No lead was ever merged into another.", file=stdout)
    for one in found:
        what = f"{one.lead} into {one.survivor}" if one.event == "merge" else f"{one.lead} out of {one.survivor}"
        key = f" by {KEY_WORDS.get(kind_of(one.match_key), kind_of(one.match_key))}" if one.match_key else ""
        why = f", {one.reason}" if one.reason else ""
        print(f"{one.at:%Y-%m-%d %H:%M}Z  {one.event:<7}  {what}  {one.rule}{key}{why}  ({one.by})", file=stdout)
    if more:
        print(f"The newest {limit}; --limit shows more.", file=stdout)
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

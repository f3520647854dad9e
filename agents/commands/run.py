"""`liaison run`: one pass, and what it amounts to, for a person or a machine."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TextIO

from agents.parts import Parts
from policies.actions import Action, Risk, Severity, Status
from policies.kinds import KINDS
from policies.records import Channel, LeadId, Score
from tools.errors import Busy
from tools.store import actions, leads, results, scores
from tools.store.database import insert_once
from tools.store.tables import practice_state

LISTED = 500  # actions read for the summary; the desk pages through the rest
SHOWN = 12


def run(parts: Parts, channels: Sequence[Channel], *, as_json: bool, stdout: TextIO | None = None) -> int:
    """Run and report. Degraded channels, refused records and blocked actions are in the output; the exit code is 0."""
    from agents.worker import run_channels

    out = stdout or sys.stdout
    finished = run_channels(parts, channels)
    if finished is None or finished.summary is None:
        raise Busy("this run was done by another process: see liaison queue list")
    with parts.workspace.database.read() as connection:
        mqls = scores.current_mqls(connection, parts.models(connection), at=finished.as_of)
        queued = sorted(actions.list_actions(connection, statuses=(Status.QUEUED,), limit=LISTED), key=_riskiest_first)
        blocked = actions.list_actions(connection, statuses=(Status.BLOCKED,), limit=LISTED)
        unreachable = {score.lead for score in mqls if not results.has_contact(connection, score.lead)}
        report = {
            **finished.summary,
            "leads": leads.count_leads(connection),
            "mqls": len(mqls),
            "queued": [_row(action) for action in queued],
            "blocked": [{**_row(action), "rules": _blocking(action)} for action in blocked],
        }
    if as_json:
        out.write(json.dumps(report, indent=2) + "\n")
    else:
        _print(report, mqls, queued, blocked, out, now=finished.as_of, unreachable=unreachable)
    _say_what_next(parts)
    return 0


def _riskiest_first(action: Action) -> tuple[int, datetime, str]:
    return (-list(Risk).index(action.risk), action.created_at, action.id)


def _row(action: Action) -> dict[str, Any]:
    return {
        "id": action.id,
        "kind": action.kind.value,
        "channel": action.channel.value,
        "verdict": action.verdict.value,
        "risk": action.risk.value,
    }


def _blocking(action: Action) -> list[str]:
    return [finding.rule for finding in action.findings if finding.severity is Severity.BLOCK and not finding.needs_evidence]


def _print(
    report: dict[str, Any],
    mqls: Sequence[Score],
    queued: Sequence[Action],
    blocked: Sequence[Action],
    out: TextIO,
    *,
    now: datetime,
    unreachable: set[LeadId],
) -> None:
    out.write(f"Run {report['run']}, as of {now:%d %b %Y %H:%M} UTC\n\n")
    out.write(f"{'channel':<10}{'collected':>11}{'duplicates':>12}{'refused':>9}{'scrubbed':>10}  status\n")
    for channel, row in report["channels"].items():
        reason = f": {row['reason']}" if row["reason"] else ""
        out.write(
            f"{channel:<10}{row['collected']:>11,}{row['duplicates']:>12,}{row['refused']:>9,}{row['scrubbed']:>10,}  {row['status']}{reason}\n"
        )
    out.write(f"\n{report['leads']:,} leads, {len(mqls)} of them MQLs\n")
    if unreachable:
        out.write(f"  {len(unreachable)} left no contact yet and are not handed over until they do\n")
    for score in mqls[:SHOWN]:
        lane = "asked for contact" if score.fast_lane else f"fit {score.fit:.0f} + intent {score.intent:.0f} = {score.total:.0f}"
        until = f", MQL until {score.mql_until:%d %b %Y}" if score.mql_until else ""
        out.write(f"  {score.lead}  {score.service_line:<18} {lane}{until}\n")
        if score.reasons:
            out.write(f"      {'; '.join(score.reasons)}\n")
    _more(len(mqls), out)
    out.write(f"\n{len(queued)} actions wait for a person\n")
    for action in queued[:SHOWN]:
        out.write(f"  {action.id}  {KINDS[action.kind].title:<24} {action.channel:<9} {_verdict(action):<13} risk {action.risk}\n")
    _more(len(queued), out)
    out.write(f"\n{len(blocked)} actions are blocked by a rule\n")
    for action in blocked[:SHOWN]:
        first = next((finding for finding in action.findings if finding.severity is Severity.BLOCK and not finding.needs_evidence), None)
        out.write(f"  {action.id}  {KINDS[action.kind].title:<24} {', '.join(_blocking(action))}\n")
        if first:
            out.write(f"      {first.citation}. {first.mend}\n")
    _more(len(blocked), out)


def _verdict(action: Action) -> str:
    return action.verdict.value.replace("_", " ")


def _more(count: int, out: TextIO) -> None:
    if count > SHOWN:
        out.write(f"  … and {count - SHOWN} more\n")


def _say_what_next(parts: Parts) -> None:
    """On stderr: how to open the desk, and once per home that the language model is off."""
    from agents.playbook import LLM_OFF, PlaybookDrafter
    from approvals.identity import first_admin_link

    workspace = parts.workspace
    if isinstance(parts.drafter(None), PlaybookDrafter) and _first_time(parts, "llm_off_said"):
        sys.stderr.write(f"\n{LLM_OFF}\n")
    other = workspace.directory.resolve() != workspace.settings.practice.resolve()
    named = f"`LIAISON_HOME={workspace.settings.home} liaison serve --practice {workspace.directory}`"
    serve = named if other else "`make serve` (liaison serve)"
    sys.stderr.write(f"\nNothing has left this machine. Open the desk with {serve}: http://127.0.0.1:8765\n")
    if link := first_admin_link(workspace, "http://127.0.0.1:8765"):
        sys.stderr.write(f"First sign-in, once: {link}\n")


def _first_time(parts: Parts, key: str) -> bool:
    with parts.workspace.database.write() as connection:
        return insert_once(connection, practice_state, {"key": key, "value": "1"})

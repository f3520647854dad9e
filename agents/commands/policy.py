"""`liaison policy`: the lint of the approval policy, and the autonomy ladder. Exit 1 when something is closed."""

import json
from pathlib import Path
from typing import TextIO

import typer

from approvals import autonomy
from approvals.policy_lint import report
from policies.actions import ActionKind
from policies.approval.ladder import Level, Limits
from policies.approval.lint import Report
from policies.records import Channel
from tools.clock import system_clock
from tools.errors import SettingsError
from tools.practice import load_practice
from tools.store import autonomy as grants
from tools.store.autonomy import Grant
from tools.workspace import Workspace


def lint(ws: Workspace, *, as_json: bool, stdout: TextIO) -> int:
    """The policy with today's absences and deputies: 1 when nobody can approve something, else 0."""
    with ws.database.read() as connection:
        found = report(ws.practice, connection, now=ws.clock())
    return _show(found, as_json=as_json, stdout=stdout)


def lint_file(directory: Path, *, as_json: bool, stdout: TextIO, stderr: TextIO) -> int:
    """The policy of a practice.yaml alone, for whoever writes one. A file that cannot be read is closed too."""
    try:
        practice = load_practice(directory)
    except SettingsError as error:
        print(f"liaison policy lint: {error}", file=stderr)
        return 1
    return _show(report(practice, None, now=system_clock()), as_json=as_json, stdout=stdout)


def levels(ws: Workspace, *, as_json: bool, stdout: TextIO) -> int:
    with ws.database.read() as connection:
        in_force, asked = grants.in_force(connection), grants.asked(connection)
    if as_json:
        body = {"in_force": [one.model_dump(mode="json") for one in in_force], "asked": [one.model_dump(mode="json") for one in asked]}
        stdout.write(json.dumps(body, indent=2) + "\n")
        return 0
    for one in in_force:
        print(f"{one.level:<8} {_class(one)}{_limits(one)}", file=stdout)
    for one in asked:
        print(f"asked    {_class(one)}: {one.level}{_limits(one)}, by {one.asked_by}; liaison policy agree {one.id}", file=stdout)
    if not in_force:
        print("Every class proposes: people decide everything.", file=stdout)
    return 0


def ask(ws: Workspace, kind: str, level: str, *, by: str, channel: str | None, limits: dict[str, int | float], stdout: TextIO) -> int:
    where = Channel(channel) if channel else None
    asked = autonomy.ask(ws, _kind(kind), Level(level), by=by, channel=where, limits=Limits.model_validate(limits))
    print(f"{asked.id} waits for a compliance officer: liaison policy agree {asked.id} --by NAME", file=stdout)
    return 0


def agree(ws: Workspace, grant: str, *, by: str, stdout: TextIO) -> int:
    made = autonomy.agree(ws, grant, by=by)
    print(f"{_class(made)} is at {made.level} from now on{_limits(made)}.", file=stdout)
    return 0


def lower(ws: Workspace, kind: str, level: str, *, by: str, channel: str | None, reason: str, stdout: TextIO) -> int:
    autonomy.lower(ws, _kind(kind), Level(level), by=by, channel=Channel(channel) if channel else None, why=reason)
    print(f"{kind} is at {level} from now on.", file=stdout)
    return 0


def _kind(name: str) -> ActionKind:
    if name not in set(ActionKind):
        raise typer.BadParameter(f"{name} is no kind: write one of {', '.join(ActionKind)}")
    return ActionKind(name)


def _show(found: Report, *, as_json: bool, stdout: TextIO) -> int:
    if as_json:
        kinds = [line._asdict() | {"variants": [one._asdict() for one in line.variants]} for line in found.kinds]
        stdout.write(json.dumps({"kinds": kinds, "problems": [one._asdict() for one in found.problems]}, indent=2) + "\n")
        return int(found.is_closed)
    for line in found.kinds:
        print(line.title, file=stdout)
        for one in line.variants:
            within = f"; within {one.sla_hours:g} hours" if one.sla_hours else ""
            print(f"  {one.when}: {one.who or 'nobody'}{within}", file=stdout)
    for problem in found.problems:
        print(f"{problem.level:<6} {problem.what}\n       → {problem.mend}", file=stdout)
    if not found.problems:
        print("Nothing is closed, and no single absence closes anything.", file=stdout)
    return int(found.is_closed)


def _class(grant: Grant) -> str:
    return f"{grant.kind}/{grant.channel}" if grant.channel else grant.kind.value


def _limits(grant: Grant) -> str:
    if grant.limits is None:
        return ""
    most = grant.limits
    return (
        f": {most.per_day} a day, ${most.usd_per_day:,.0f} a day, {most.emails_per_day} emails a day, {most.undo_minutes} minutes to undo"
    )

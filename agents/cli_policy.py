"""`liaison policy …`: the options of each command. What they do is in `agents/commands/policy.py`, imported when one runs."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from agents.cli_options import ByOption, JsonOption, PracticeOption, finish, one_of, with_hand, with_parts

policy_app = typer.Typer(help="Who must approve what: lint it; raise and lower what may act by itself.", no_args_is_help=True)

# Written out, because the enums they come from take longer to import than `--help` may; a test compares them.
LEVELS = ("observe", "propose", "act")
CHANNELS = ("search", "listings", "email", "youtube")

ChannelOption = Annotated[str | None, typer.Option("--channel", help="Only this channel; none = every channel.")]


@policy_app.command("lint")
def policy_lint(
    practice: PracticeOption = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A practice directory, read alone: no home is opened, nobody is away.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Who must approve each kind, in words, and what is closed or fragile; exit 1 when something is closed."""
    from agents.commands.policy import lint, lint_file

    if file is not None:
        finish(lint_file(file, as_json=as_json, stdout=sys.stdout, stderr=sys.stderr))
    with_parts(lambda parts: lint(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@policy_app.command("levels")
def policy_levels(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """What stands on which rung of the autonomy ladder, and what waits for compliance to agree."""
    from agents.commands.policy import levels

    with_parts(lambda parts: levels(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@policy_app.command("raise")
def policy_raise(
    kind: str,
    level: Annotated[str, typer.Argument(help=f"One of {', '.join(LEVELS)}.")],
    by: ByOption,
    channel: ChannelOption = None,
    per_day: Annotated[int, typer.Option("--per-day", min=1, max=500, help="Items a day, when it acts.")] = 5,
    usd_per_day: Annotated[float, typer.Option("--usd-per-day", min=0, help="Dollars a day, when it acts.")] = 0.0,
    emails_per_day: Annotated[int, typer.Option("--emails-per-day", min=0, help="Emails a day, when it acts.")] = 0,
    undo_minutes: Annotated[int, typer.Option("--undo-minutes", min=10, max=1440, help="How long each can be taken back.")] = 60,
    practice: PracticeOption = None,
) -> None:
    """An administrator asks to raise a class; it stays as it is until a compliance officer agrees."""
    from agents.commands.policy import ask

    limits = {"per_day": per_day, "usd_per_day": usd_per_day, "emails_per_day": emails_per_day, "undo_minutes": undo_minutes}
    one_of(level, LEVELS)
    where = one_of(channel, CHANNELS) if channel else None
    with_hand(lambda ws: ask(ws, kind, level, by=by, channel=where, limits=limits, stdout=sys.stdout), practice=practice)


@policy_app.command("agree")
def policy_agree(grant: str, by: ByOption, practice: PracticeOption = None) -> None:
    """A compliance officer puts in force what another person asked for."""
    from agents.commands.policy import agree

    with_hand(lambda ws: agree(ws, grant, by=by, stdout=sys.stdout), practice=practice)


@policy_app.command("lower")
def policy_lower(
    kind: str,
    level: Annotated[str, typer.Argument(help="observe or propose.")],
    by: ByOption,
    channel: ChannelOption = None,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the audit log.")] = "",
    practice: PracticeOption = None,
) -> None:
    """Take a class down at once; one person is enough."""
    from agents.commands.policy import lower

    one_of(level, LEVELS)
    where = one_of(channel, CHANNELS) if channel else None
    with_hand(lambda ws: lower(ws, kind, level, by=by, channel=where, reason=reason, stdout=sys.stdout), practice=practice)

"""`liaison leads …`: the options of each command. What they do is in `agents/commands/leads.py`, imported when one runs."""

import sys
from typing import Annotated

import typer

from agents.cli_options import ByOption, JsonOption, PracticeOption, one_of, with_hand, with_parts

leads_app = typer.Typer(help="Leads by points, practices, who is who: the match log, merge, unmerge.", no_args_is_help=True)

MERGE_REASONS = ("same_person", "new_address", "typing_error")
UNMERGE_REASONS = ("different_people", "shared_phone", "shared_device", "mistake")


@leads_app.command("list")
def leads_list(
    line: Annotated[str | None, typer.Option("--line", help="A service line's key; none = all.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many of each line, the highest total first.")] = 20,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """The leads with the highest totals now, and which are MQLs."""
    from agents.commands.leads import list_leads

    with_parts(lambda parts: list_leads(parts.workspace, line, limit=limit, as_json=as_json, stdout=sys.stdout), practice=practice)


@leads_app.command("matches")
def leads_matches(
    lead: Annotated[str | None, typer.Argument(help="A lead's id, L-…; none = all.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the newest first.")] = 50,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Which leads were merged or taken apart: when, by which kind of key, by which rule, by whom."""
    from agents.commands.leads import list_matches

    with_parts(lambda parts: list_matches(parts.workspace, lead, limit=limit, as_json=as_json, stdout=sys.stdout), practice=practice)


@leads_app.command("practices")
def leads_practices(
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the highest total first.")] = 20,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Referring practices by what their contacts are worth together: the highest intent, half of the second, a quarter of the third."""
    from agents.commands.leads import list_practices

    with_parts(lambda parts: list_practices(parts.workspace, limit=limit, as_json=as_json, stdout=sys.stdout), practice=practice)


@leads_app.command("merge")
def leads_merge(
    one: str,
    other: str,
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help=" | ".join(MERGE_REASONS))],
    practice: PracticeOption = None,
) -> None:
    """Two leads are one person: join them. It holds until somebody takes it back."""
    one_of(reason, MERGE_REASONS)
    from agents.commands.leads import merge

    with_hand(lambda ws: merge(ws, one, other, by=by, reason=reason, stdout=sys.stdout), practice=practice)


@leads_app.command("unmerge")
def leads_unmerge(
    lead: Annotated[str, typer.Argument(help="The lead that was merged into another.")],
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help=" | ".join(UNMERGE_REASONS))],
    practice: PracticeOption = None,
) -> None:
    """Take a merged lead out again, with what it brought. No key joins the two again."""
    one_of(reason, UNMERGE_REASONS)
    from agents.commands.leads import unmerge

    with_hand(lambda ws: unmerge(ws, lead, by=by, reason=reason, stdout=sys.stdout), practice=practice)

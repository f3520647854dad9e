"""`liaison people …`: for whoever keeps the machine, when nobody can let a person in at the desk any more."""

import sys
from typing import Annotated

import typer

from agents.cli_options import PracticeOption, with_hand

people_app = typer.Typer(help="People of the practice: a one-time link for somebody who cannot sign in.", no_args_is_help=True)


@people_app.command("link")
def people_link(
    username: Annotated[str, typer.Argument(help="A user name of practice.yaml.")],
    desk_url: Annotated[
        str | None, typer.Option("--desk-url", help="Where the desk is; default: notifications.desk_url, or this machine.")
    ] = None,
    practice: PracticeOption = None,
) -> None:
    """Print a link with which this person sets a new password, once, within 24 hours. The audit log says who typed this."""
    from agents.commands.people import link

    with_hand(lambda ws: link(ws, username, desk_url=desk_url, stdout=sys.stdout, stderr=sys.stderr), practice=practice)

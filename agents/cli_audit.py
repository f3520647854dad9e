"""`liaison audit`: the log verified, exported, and an export verified anywhere."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from agents.cli_options import JsonOption, PracticeOption, day_of, finish, with_parts

audit_app = typer.Typer(help="The audit log: verify it offline, export it, verify an export.", no_args_is_help=True)


@audit_app.command("verify")
def audit_verify(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Walk the hash chain; names the first broken row or the missing tail and exits 1."""
    from agents.commands.audit import verify

    with_parts(lambda parts: verify(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@audit_app.command("export")
def audit_export(
    since: Annotated[
        str | None, typer.Option("--since", help="First day (YYYY-MM-DD, the practice's calendar). Default the first row.")
    ] = None,
    until: Annotated[str | None, typer.Option("--until", help="Last day, included. Default today.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A folder or a .zip file, with a signed manifest. Default JSONL on stdout.")
    ] = None,
    practice: PracticeOption = None,
) -> None:
    """Audit rows of these days as JSONL; with --out signed, for somebody who has no key of ours."""
    from agents.commands.audit import export

    first, last = (day_of(value, option) if value else None for value, option in ((since, "--since"), (until, "--until")))
    with_parts(
        lambda parts: export(parts.workspace, since=first, until=last, out=out, stdout=sys.stdout, messages=sys.stderr), practice=practice
    )


@audit_app.command("key")
def audit_key(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """The public key that verifies exports: give it to whoever receives them."""
    from agents.commands.audit import key

    with_parts(lambda parts: key(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@audit_app.command("verify-export")
def audit_verify_export(
    path: Annotated[Path, typer.Argument(help="The folder or .zip file of an export.")],
    key: Annotated[str | None, typer.Option("--key", help="The public key, as `liaison audit key` prints it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check an export offline, anywhere: rows, chain, file and signature; names the first broken row and exits 1."""
    from agents.commands.audit import verify_file

    finish(verify_file(path, public_key=key, as_json=as_json, stdout=sys.stdout))

"""The command line: `liaison`. Data on stdout, messages on stderr. Exit codes: 0 done, 1 could not run or was refused, 2 misused.

Each command imports what it needs when it runs, so `liaison --help` answers at once.
"""

import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from agents.cli_groups import GROUPS
from agents.cli_options import (
    ATTRIBUTION_MODELS,
    AsOfOption,
    ByOption,
    FormatOption,
    JsonOption,
    KindOption,
    PracticeOption,
    StateOption,
    channels_of,
    check_words,
    day_of,
    finish,
    instant,
    with_hand,
    with_parts,
)
from tools.errors import LiaisonError

if TYPE_CHECKING:
    from agents.parts import Parts

app = typer.Typer(
    name="liaison",
    help="An autonomous CMO for healthcare marketers that works under human approval.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # rich's help pages cost 0.2 s to import
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for name, group in GROUPS.items():
    app.add_typer(group, name=name)


def main() -> NoReturn:
    """Run the command; our own errors become one line on stderr and exit code 1."""
    try:
        app()
    except LiaisonError as error:
        typer.echo(f"liaison: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        _report_bug(error)
        sys.exit(1)
    sys.exit(0)


def _report_bug(error: Exception) -> None:
    frames = traceback.extract_tb(error.__traceback__)
    places = "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames[-6:])
    message = f"liaison: unexpected {type(error).__name__}; nothing was decided or sent by it. Report these places, they hold no content:"
    typer.echo(f"{message}\n{places}", err=True)


@app.command()
def run(
    channels: Annotated[list[str] | None, typer.Argument(help="search, listings, email, youtube; none = all.")] = None,
    practice: PracticeOption = None,
    now: Annotated[str | None, typer.Option("--now", help="Run as of this ISO time.")] = None,
    as_json: JsonOption = False,
) -> None:
    """One pass: collect, scrub, store, score, propose, check, queue. Nothing leaves: actions wait for a person."""
    from agents.commands.run import run as command

    chosen = channels_of(channels or [])
    with_parts(lambda parts: command(parts, chosen, as_json=as_json), practice=practice, now=instant(now))


@app.command()
def decide(
    action: str,
    verb: Annotated[str, typer.Argument(help="approve | reject | edit | redraft")],
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help="Needed to reject; the note of a redraft.")] = "",
    set_: Annotated[list[str] | None, typer.Option("--set", help="title=… or body=…, for edit.")] = None,
    practice: PracticeOption = None,
) -> None:
    """Decide an action: approve, reject, edit or redraft."""
    from agents.commands.decide import decide as command

    if verb not in ("approve", "reject", "edit", "redraft"):
        raise typer.BadParameter(f"{verb}: write approve, reject, edit or redraft")
    with_hand(
        lambda ws: command(ws, action, verb, by=by, reason=reason, set_=set_ or [], stdout=sys.stdout, stderr=sys.stderr),
        practice=practice,
    )


@app.command()
def execute(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show exactly what would be sent; send nothing.")] = False,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Execute what is approved, once."""
    from agents.commands.execute import execute as command

    def work(parts: "Parts") -> int:
        from agents.worker import run_action

        return command(
            parts.workspace,
            lambda action: run_action(parts, action),
            dry_run=dry_run,
            as_json=as_json,
            stdout=sys.stdout,
            stderr=sys.stderr,
        )

    with_parts(work, practice=practice)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; anything but loopback belongs behind TLS.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8765,
    practice: PracticeOption = None,
) -> None:
    """The desk: page, worker and scheduler in one process."""
    from agents.commands.serve import serve as command

    with_parts(lambda parts: command(parts, host=host, port=port), practice=practice)


@app.command()
def scrub(
    practice: Annotated[Path | None, typer.Option("--practice", help="Its public names survive; none = nothing is excused.")] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say of each span which finder removed it and how sure it was.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write counts by label, finder and reason here (JSON, no content).")
    ] = None,
    diff: Annotated[
        Path | None, typer.Option("--diff", help="Write a page of before and after here: it shows identifiers in clear.")
    ] = None,
    destination: Annotated[
        str | None, typer.Option("--destination", help="Add what may leave for google_ads, meta, analytics, crm, sales, email, …")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """De-identify JSONL on stdin: {"id","text"} or {"id","source","payload"}."""
    from agents.commands.scrub import scrub as command
    from policies.phi.outbound import Outside

    if destination is not None and destination not in list(Outside):
        raise typer.BadParameter(f"{destination} is no destination: choose from {', '.join(Outside)}", param_hint="--destination")
    outside = Outside(destination) if destination else None
    streams = (sys.stdin, sys.stdout, sys.stderr)
    finish(command(*streams, practice=practice, as_json=as_json, explain=explain, report=report, diff=diff, destination=outside))


@app.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="JSONL files, documents (.md .markdown .mdx .html .htm .txt .eml .srt .vtt) or folders; none or - = stdin."),
    ] = None,
    practice: Annotated[Path | None, typer.Option("--practice", help="Adds this practice's sender facts; none = unknown sender.")] = None,
    kind: KindOption = None,
    state: StateOption = None,
    as_of: AsOfOption = None,
    form: FormatOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Check copy against every rule; exit 1 when anything blocks or cannot be read."""
    from agents.commands.check import check as command

    if as_json and form not in (None, "json"):
        raise typer.BadParameter(f"--json means --format json: leave one of them out, not --format {form}", param_hint="--json")
    shape, item_kind, codes = check_words("json" if as_json else form or "text", kind, state or [])
    day = day_of(as_of)
    streams = (sys.stdin, sys.stdout, sys.stderr)
    finish(command(files or [], *streams, practice=practice, form=shape, kind=item_kind, states=codes, as_of=day))


@app.command()
def score(
    model: Annotated[Path, typer.Option("--model", help="Scoring model, YAML or JSON.")],
    history: Annotated[Path, typer.Option("--history", help="JSONL of leads and events.")],
    at: Annotated[str, typer.Option("--at", help="ISO instant to score at.")],
    as_json: JsonOption = False,
) -> None:
    """Score a history under a model: fit, intent, total, MQL since and until, contributions."""
    from agents.commands.score import score as command

    moment = instant(at, "--at")
    if moment is None:
        raise typer.BadParameter("an instant is needed", param_hint="--at")
    finish(command(model, history, at=moment, as_json=as_json, stdout=sys.stdout, stderr=sys.stderr))


@app.command()
def why(
    lead: Annotated[str, typer.Argument(help="A lead's id, L-…")],
    at: Annotated[str | None, typer.Option("--at", help="ISO instant; default now.")] = None,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why a lead scores as it does: the sum, what would change it, and until when it is an MQL."""
    from agents.commands.why import why as command

    with_parts(lambda parts: command(parts.workspace, lead, at=instant(at, "--at"), as_json=as_json, stdout=sys.stdout), practice=practice)


@app.command()
def brief(
    since: Annotated[str | None, typer.Option("--since", help="ISO time; default one week back.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Also write it as a page, as it is mailed.")] = None,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What changed and why, what was done, what waits, what failed, with money and risk."""
    from agents.commands.brief import brief as command

    with_parts(
        lambda parts: command(parts.workspace, since=instant(since, "--since"), as_json=as_json, stdout=sys.stdout, html=html),
        practice=practice,
    )


@app.command()
def attribution(
    paths: Annotated[Path | None, typer.Option("--paths", help="CSV of path,conversions,nulls.")] = None,
    touches: Annotated[Path | None, typer.Option("--touches", help="CSV of person,channel,at,converted_at,service_line.")] = None,
    window: Annotated[
        int | None, typer.Option("--window", min=1, max=365, help="Look-back in days for every service line; default each its own.")
    ] = None,
    practice: Annotated[Path | None, typer.Option("--practice", help="Its service lines' windows; none = by the line's name.")] = None,
    model: Annotated[str, typer.Option("--model", help=f"Whose credit is shown by window: {ATTRIBUTION_MODELS}.")] = "markov",
    holdout: Annotated[Path | None, typer.Option("--holdout", help="CSV of group,people,conversions,channel: lift beside credit.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write the report with pictures here.")] = None,
    now: Annotated[str | None, typer.Option("--now", help="As of this ISO time; later touches are left out.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Credit per channel by every model, from paths or from touches with times."""
    from agents.commands.attribution import attribution as command
    from policies.leads.attribution import AttributionModel

    if (paths is None) == (touches is None):
        raise typer.BadParameter("name one file: --paths for counted paths or --touches for touches with times", param_hint="--paths")
    if touches is None and (window or practice or now):
        raise typer.BadParameter("--window, --practice and --now need times: give --touches instead of --paths", param_hint="--paths")
    if model not in list(AttributionModel):
        raise typer.BadParameter(f"{model} is no model: choose from {ATTRIBUTION_MODELS}", param_hint="--model")
    finish(
        command(
            paths,
            touches_file=touches,
            window=window,
            practice=practice,
            model=AttributionModel(model),
            holdout_file=holdout,
            html=html,
            now=instant(now),
            as_json=as_json,
            stdout=sys.stdout,
            stderr=sys.stderr,
        )
    )


@app.command()
def pause(
    by: ByOption,
    scope: Annotated[str, typer.Argument(help="A channel, or all: the kill switch.")] = "all",
    reason: Annotated[str, typer.Option("--reason")] = "",
    practice: PracticeOption = None,
) -> None:
    """Stop executing for a channel or for everything, before the next execution."""
    from agents.commands.pause import pause as command

    with_hand(lambda ws: command(ws, scope, by=by, reason=reason, stdout=sys.stdout), practice=practice)


@app.command()
def resume(
    by: ByOption,
    scope: Annotated[str, typer.Argument(help="A channel, or all.")] = "all",
    practice: PracticeOption = None,
) -> None:
    """Take a pause back."""
    from agents.commands.pause import resume as command

    with_hand(lambda ws: command(ws, scope, by=by, stdout=sys.stdout), practice=practice)


@app.command()
def doctor(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """What is wrong and how to mend it: settings, keys, audit, dead letters, degraded channels, stuck executions."""
    from agents.commands.doctor import doctor as command

    with_parts(lambda parts: command(parts, as_json=as_json, stdout=sys.stdout), practice=practice)


@app.command()
def init(directory: Path) -> None:
    """Write a practice.yaml to start from into DIR."""
    from agents.commands.init import init as command

    finish(command(directory, stdout=sys.stdout))


if __name__ == "__main__":
    main()

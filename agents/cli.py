"""The command line: `liaison`. Data on stdout, messages on stderr. Exit codes: 0 done, 1 could not run or was refused, 2 misused.

Each command imports what it needs when it runs, so `liaison --help` answers at once.
"""

import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from tools.errors import LiaisonError

if TYPE_CHECKING:
    from agents.parts import Parts
    from policies.records import Channel

app = typer.Typer(
    name="liaison",
    help="An autonomous CMO for healthcare marketers that works under human approval.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,  # rich's help pages cost 0.2 s to import
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
queue_app = typer.Typer(help="What waits for a decision.", invoke_without_command=True)
model_app = typer.Typer(help="Scoring models: list, compare, propose, sign, backtest.", no_args_is_help=True)
audit_app = typer.Typer(help="The audit log: verify it offline, export it.", no_args_is_help=True)
evidence_app = typer.Typer(help="Stored proofs that clear findings.", no_args_is_help=True)
schedule_app = typer.Typer(help="When channels run by themselves under `liaison serve`.", no_args_is_help=True)
app.add_typer(queue_app, name="queue")
app.add_typer(model_app, name="model")
app.add_typer(audit_app, name="audit")
app.add_typer(evidence_app, name="evidence")
app.add_typer(schedule_app, name="schedule")
determination_app = typer.Typer(help="Figures for an expert determination of de-identification.", no_args_is_help=True)
app.add_typer(determination_app, name="determination")

PracticeOption = Annotated[Path | None, typer.Option("--practice", help="The practice directory; default LIAISON_PRACTICE or the sample.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
ByOption = Annotated[str, typer.Option("--by", help="Username from practice.yaml.")]


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


def _finish(code: int) -> NoReturn:
    raise typer.Exit(code)


def _instant(value: str | None, option: str = "--now") -> datetime | None:
    """An ISO instant with a time zone (a bare date is the start of that UTC day); otherwise exit 2."""
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"{value} is not an ISO time: write 2026-11-23T09:00:00Z", param_hint=option) from None
    if at.tzinfo is None and len(value) > len("2026-11-23"):
        raise typer.BadParameter(f"{value} has no time zone: end it with Z or an offset", param_hint=option)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _channels(names: list[str]) -> "list[Channel]":
    """The channels of these names, in the order given and once each; exit 2 for another word."""
    from policies.records import Channel

    known = [channel.value for channel in Channel]
    if unknown := [name for name in names if name not in known]:
        raise typer.BadParameter(f"{unknown[0]} is not a channel: choose from {', '.join(known)}", param_hint="channels")
    return [Channel(name) for name in dict.fromkeys(names)]


def _with_parts(work: Callable[["Parts"], int], *, practice: Path | None, now: datetime | None = None) -> NoReturn:
    from agents.build import open_parts

    with open_parts(practice=practice, now=now) as parts:
        code = work(parts)
    _finish(code)


@app.command()
def run(
    channels: Annotated[list[str] | None, typer.Argument(help="search, listings, email, youtube; none = all.")] = None,
    practice: PracticeOption = None,
    now: Annotated[str | None, typer.Option("--now", help="Run as of this ISO time.")] = None,
    as_json: JsonOption = False,
) -> None:
    """One pass: collect, scrub, store, score, propose, check, queue. Nothing leaves: actions wait for a person."""
    from agents.commands.run import run as command

    chosen = _channels(channels or [])
    _with_parts(lambda parts: command(parts, chosen, as_json=as_json), practice=practice, now=_instant(now))


@queue_app.callback()
def queue(context: typer.Context, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    if context.invoked_subcommand is None:
        queue_list(practice=practice, as_json=as_json)


@queue_app.command("list")
def queue_list(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Actions that wait, and those that are blocked."""
    from agents.commands.queue import list_queue

    _with_parts(lambda parts: list_queue(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@queue_app.command("show")
def queue_show(action: str, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """One action: content, findings, history."""
    from agents.commands.queue import show

    _with_parts(lambda parts: show(parts.workspace, action, as_json=as_json, stdout=sys.stdout), practice=practice)


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
    _with_parts(
        lambda parts: command(parts.workspace, action, verb, by=by, reason=reason, set_=set_ or [], stdout=sys.stdout, stderr=sys.stderr),
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

    _with_parts(work, practice=practice)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; anything but loopback belongs behind TLS.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8765,
    practice: PracticeOption = None,
) -> None:
    """The desk: page, worker and scheduler in one process."""
    from agents.commands.serve import serve as command

    _with_parts(lambda parts: command(parts, host=host, port=port), practice=practice)


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
    _finish(command(*streams, practice=practice, as_json=as_json, explain=explain, report=report, diff=diff, destination=outside))


@determination_app.command("sample")
def determination_sample(
    size: Annotated[int, typer.Option(min=1, max=100_000, help="How many texts.")] = 300,
    seed: Annotated[int, typer.Option(help="The same seed gives the same sample.")] = 1,
    practice: PracticeOption = None,
) -> None:
    """Clean texts for a reviewer, as JSONL; the reviewer fills in what was still found."""
    from agents.commands.determination import sample

    _with_parts(lambda parts: sample(parts.workspace, size=size, seed=seed, stdout=sys.stdout), practice=practice)


@determination_app.command("report")
def determination_report(
    reviewed: Annotated[Path, typer.Option("--reviewed", exists=True, dir_okay=False, help="The sample with `found` filled in.")],
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Leak estimate with its interval, and the rare combinations of state, ZIP3, age, service line and month."""
    from agents.commands.determination import report

    _with_parts(lambda parts: report(parts.workspace, reviewed=reviewed, as_json=as_json, stdout=sys.stdout), practice=practice)


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="JSONL files; none = stdin.")] = None,
    practice: Annotated[Path | None, typer.Option("--practice", help="Adds this practice's sender facts; none = unknown sender.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check copy against every rule; exit 1 when anything blocks."""
    from agents.commands.check import check as command

    _finish(command(files or [], sys.stdin, sys.stdout, sys.stderr, practice=practice, as_json=as_json))


@app.command()
def score(
    model: Annotated[Path, typer.Option("--model", help="Scoring model, YAML or JSON.")],
    history: Annotated[Path, typer.Option("--history", help="JSONL of leads and events.")],
    at: Annotated[str, typer.Option("--at", help="ISO instant to score at.")],
    as_json: JsonOption = False,
) -> None:
    """Score a history under a model: fit, intent, total, MQL since and until, contributions."""
    from agents.commands.score import score as command

    instant = _instant(at, "--at")
    if instant is None:
        raise typer.BadParameter("an instant is needed", param_hint="--at")
    _finish(command(model, history, at=instant, as_json=as_json, stdout=sys.stdout, stderr=sys.stderr))


@app.command()
def brief(
    since: Annotated[str | None, typer.Option("--since", help="ISO time; default one week back.")] = None,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What changed, what waits, what failed, with money and risk."""
    from agents.commands.brief import brief as command

    _with_parts(
        lambda parts: command(parts.workspace, since=_instant(since, "--since"), as_json=as_json, stdout=sys.stdout), practice=practice
    )


@app.command()
def attribution(
    paths: Annotated[Path, typer.Option("--paths", help="CSV of path,conversions,nulls.")],
    as_json: JsonOption = False,
) -> None:
    """Credit per channel by every model, from path data."""
    from agents.commands.attribution import attribution as command

    _finish(command(paths, as_json=as_json, stdout=sys.stdout, stderr=sys.stderr))


@app.command()
def pause(
    by: ByOption,
    scope: Annotated[str, typer.Argument(help="A channel, or all: the kill switch.")] = "all",
    reason: Annotated[str, typer.Option("--reason")] = "",
    practice: PracticeOption = None,
) -> None:
    """Stop executing for a channel or for everything, before the next execution."""
    from agents.commands.pause import pause as command

    _with_parts(lambda parts: command(parts.workspace, scope, by=by, reason=reason, stdout=sys.stdout), practice=practice)


@app.command()
def resume(
    by: ByOption,
    scope: Annotated[str, typer.Argument(help="A channel, or all.")] = "all",
    practice: PracticeOption = None,
) -> None:
    """Take a pause back."""
    from agents.commands.pause import resume as command

    _with_parts(lambda parts: command(parts.workspace, scope, by=by, stdout=sys.stdout), practice=practice)


@app.command()
def doctor(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """What is wrong and how to mend it: settings, keys, audit, dead letters, degraded channels, stuck executions."""
    from agents.commands.doctor import doctor as command

    _with_parts(lambda parts: command(parts, as_json=as_json, stdout=sys.stdout), practice=practice)


@app.command()
def init(directory: Path) -> None:
    """Write a practice.yaml to start from into DIR."""
    from agents.commands.init import init as command

    _finish(command(directory, stdout=sys.stdout))


@schedule_app.command("list")
def schedule_list(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Every schedule with its next time."""
    from agents.commands.schedule import list_schedules

    _with_parts(lambda parts: list_schedules(parts, as_json=as_json, stdout=sys.stdout), practice=practice)


@schedule_app.command("set")
def schedule_set(
    schedule: str,
    cron: Annotated[str | None, typer.Option("--cron", help="minute hour day month weekday")] = None,
    timezone: Annotated[str | None, typer.Option("--timezone", help="IANA zone, e.g. America/Chicago")] = None,
    enabled: Annotated[bool | None, typer.Option("--on/--off")] = None,
    practice: PracticeOption = None,
) -> None:
    """Change when a channel runs, or switch it on or off."""
    if cron is None and timezone is None and enabled is None:
        raise typer.BadParameter("nothing to change: give --cron, --timezone, --on or --off")
    from agents.commands.schedule import set_schedule

    _with_parts(
        lambda parts: set_schedule(parts, schedule, cron=cron, timezone=timezone, enabled=enabled, stdout=sys.stdout), practice=practice
    )


@schedule_app.command("run")
def schedule_run(schedule: str, practice: PracticeOption = None) -> None:
    """Run a schedule's channels now."""
    from agents.commands.schedule import run_schedule

    _with_parts(lambda parts: run_schedule(parts, schedule), practice=practice)


@audit_app.command("verify")
def audit_verify(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Walk the hash chain; names the first broken row or the missing tail and exits 1."""
    from agents.commands.audit import verify

    _with_parts(lambda parts: verify(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@audit_app.command("export")
def audit_export(practice: PracticeOption = None) -> None:
    """Every audit row as JSONL."""
    from agents.commands.audit import export

    _with_parts(lambda parts: export(parts.workspace, stdout=sys.stdout), practice=practice)


@evidence_app.command("add")
def evidence_add(
    key: Annotated[str, typer.Argument(help="The catalogue's evidence key, e.g. substantiation_record.")],
    subject: Annotated[str, typer.Option("--subject", help="An action id, a provider key, or practice.")],
    document: Annotated[Path, typer.Option("--document", help="The proof; its hash is stored, not the file.")],
    by: ByOption,
    scope: Annotated[list[str] | None, typer.Option("--scope", help="k=v: channel, state, destination, kind.")] = None,
    expires: Annotated[str | None, typer.Option("--expires", help="ISO time it stops being valid.")] = None,
    practice: PracticeOption = None,
) -> None:
    """Store a proof; blocked actions it clears go into the queue."""
    from agents.commands.evidence import add

    def work(parts: "Parts") -> int:
        until = _instant(expires, "--expires")
        return add(parts.workspace, key, subject=subject, document=document, by=by, scope=scope or [], expires_at=until, stdout=sys.stdout)

    _with_parts(work, practice=practice)


@evidence_app.command("list")
def evidence_list(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Every stored proof."""
    from agents.commands.evidence import list_all

    _with_parts(lambda parts: list_all(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@evidence_app.command("revoke")
def evidence_revoke(evidence: str, by: ByOption, practice: PracticeOption = None) -> None:
    """Take a proof back: what it cleared is held again at execution."""
    from agents.commands.evidence import revoke

    _with_parts(lambda parts: revoke(parts.workspace, evidence, by=by, stdout=sys.stdout), practice=practice)


@model_app.command("list")
def model_list(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Every model: live, proposed or retired, and who signed it."""
    from agents.commands.model import list_models

    _with_parts(lambda parts: list_models(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@model_app.command("show")
def model_show(name: str, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """One model, as the file it could be proposed from."""
    from agents.commands.model import show

    _with_parts(lambda parts: show(parts.workspace, name, as_json=as_json, stdout=sys.stdout), practice=practice)


@model_app.command("diff")
def model_diff(file: Path, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """What the model in FILE would change: settings, and which leads flip."""
    from agents.commands.model import diff

    _with_parts(lambda parts: diff(parts.workspace, file, as_json=as_json, stdout=sys.stdout), practice=practice)


@model_app.command("propose")
def model_propose(file: Path, by: ByOption, practice: PracticeOption = None) -> None:
    """Put the model in FILE on file as a version two people may sign."""
    from agents.commands.model import propose

    _with_parts(lambda parts: propose(parts.workspace, file, by=by, stdout=sys.stdout), practice=practice)


@model_app.command("sign")
def model_sign(model: str, by: ByOption, practice: PracticeOption = None) -> None:
    """Sign one version; it scores once marketing and sales have both signed."""
    from agents.commands.model import sign

    _with_parts(lambda parts: sign(parts.workspace, model, by=by, stdout=sys.stdout), practice=practice)


@model_app.command("backtest")
def model_backtest(
    file: Annotated[Path | None, typer.Option("--file", help="A model to test; default: the live ones.")] = None,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Precision and recall against what sales made of the handoffs, in order of time."""
    from agents.commands.model import backtest

    _with_parts(
        lambda parts: backtest(parts.workspace, file=file, as_json=as_json, stdout=sys.stdout, stderr=sys.stderr), practice=practice
    )


if __name__ == "__main__":
    main()

"""The commands of `liaison` that come in groups: queue, model, audit, evidence, rules, policy, people, schedule, determination."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli_audit import audit_app
from agents.cli_handoff import handoff_app
from agents.cli_leads import leads_app
from agents.cli_options import ByOption, JsonOption, PracticeOption, finish, instant, with_hand, with_parts
from agents.cli_people import people_app
from agents.cli_policy import policy_app

if TYPE_CHECKING:
    from tools.workspace import Workspace

OwnRulesOption = Annotated[Path | None, typer.Option("--practice", help="Adds this practice's own rules; none = the shipped ones.")]

queue_app = typer.Typer(help="What waits for a decision.", invoke_without_command=True)
model_app = typer.Typer(help="Scoring models: list, compare, propose, sign, backtest, learn.", no_args_is_help=True)
evidence_app = typer.Typer(help="Stored proofs that clear findings.", no_args_is_help=True)
rules_app = typer.Typer(help="The compliance rules: browse them, test your own.", no_args_is_help=True)
schedule_app = typer.Typer(help="When channels run by themselves under `liaison serve`.", no_args_is_help=True)
determination_app = typer.Typer(help="Figures for an expert determination of de-identification.", no_args_is_help=True)
GROUPS = {
    "queue": queue_app,
    "handoff": handoff_app,
    "leads": leads_app,
    "model": model_app,
    "audit": audit_app,
    "evidence": evidence_app,
    "rules": rules_app,
    "policy": policy_app,
    "people": people_app,
    "schedule": schedule_app,
    "determination": determination_app,
}


@queue_app.callback()
def queue(context: typer.Context, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """What waits for a decision; the options may stand before `list` and `show` as well as after."""
    if context.invoked_subcommand is None:
        queue_list(context, practice=practice, as_json=as_json)


def _of_group(context: typer.Context, practice: Path | None, *, as_json: bool) -> tuple[Path | None, bool]:
    before = context.parent.params if context.parent else {}
    return practice or before.get("practice"), as_json or bool(before.get("as_json"))


@queue_app.command("list")
def queue_list(context: typer.Context, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Actions that wait, and those that are blocked."""
    from agents.commands.queue import list_queue

    practice, as_json = _of_group(context, practice, as_json=as_json)
    with_parts(lambda parts: list_queue(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@queue_app.command("show")
def queue_show(context: typer.Context, action: str, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """One action: content, findings, history."""
    from agents.commands.queue import show

    practice, as_json = _of_group(context, practice, as_json=as_json)
    with_parts(lambda parts: show(parts.workspace, action, as_json=as_json, stdout=sys.stdout), practice=practice)


@determination_app.command("sample")
def determination_sample(
    size: Annotated[int, typer.Option(min=1, max=100_000, help="How many texts.")] = 300,
    seed: Annotated[int, typer.Option(help="The same seed gives the same sample.")] = 1,
    practice: PracticeOption = None,
) -> None:
    """Clean texts for a reviewer, as JSONL; the reviewer fills in what was still found."""
    from agents.commands.determination import sample

    with_parts(lambda parts: sample(parts.workspace, size=size, seed=seed, stdout=sys.stdout), practice=practice)


@determination_app.command("report")
def determination_report(
    reviewed: Annotated[Path, typer.Option("--reviewed", exists=True, dir_okay=False, help="The sample with `found` filled in.")],
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Leak estimate with its interval, and the rare combinations of state, ZIP3, age, service line and month."""
    from agents.commands.determination import report

    with_parts(lambda parts: report(parts.workspace, reviewed=reviewed, as_json=as_json, stdout=sys.stdout), practice=practice)


@schedule_app.command("list")
def schedule_list(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Every schedule with its next time."""
    from agents.commands.schedule import list_schedules

    with_parts(lambda parts: list_schedules(parts, as_json=as_json, stdout=sys.stdout), practice=practice)


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

    with_parts(
        lambda parts: set_schedule(parts, schedule, cron=cron, timezone=timezone, enabled=enabled, stdout=sys.stdout), practice=practice
    )


@schedule_app.command("run")
def schedule_run(schedule: str, practice: PracticeOption = None) -> None:
    """Run a schedule's channels now."""
    from agents.commands.schedule import run_schedule

    with_parts(lambda parts: run_schedule(parts, schedule), practice=practice)


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

    def work(ws: "Workspace") -> int:
        until = instant(expires, "--expires")
        return add(ws, key, subject=subject, document=document, by=by, scope=scope or [], expires_at=until, stdout=sys.stdout)

    with_hand(work, practice=practice)


@evidence_app.command("list")
def evidence_list(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Every stored proof."""
    from agents.commands.evidence import list_all

    with_parts(lambda parts: list_all(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@evidence_app.command("revoke")
def evidence_revoke(evidence: str, by: ByOption, practice: PracticeOption = None) -> None:
    """Take a proof back: what it cleared is held again at execution."""
    from agents.commands.evidence import revoke

    with_hand(lambda ws: revoke(ws, evidence, by=by, stdout=sys.stdout), practice=practice)


@rules_app.command("list")
def rules_list(
    family: Annotated[str | None, typer.Option("--family", help="hipaa, ftc, can_spam, tcpa, aks, state_board, …")] = None,
    state: Annotated[str | None, typer.Option("--state", help="USPS code: the rules that name this state.")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="ad_copy, email, web_page, …: what the rules apply to.")] = None,
    practice: OwnRulesOption = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Only rules in force on this day, 2026-11-23.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Every rule, with the version and hash of the pack."""
    from agents.commands.rules import list_rules
    from policies.actions import ItemKind
    from policies.rules.browse import Asked
    from policies.rules.rule import STATES, Family

    code = _known(state and state.upper().removeprefix("US-"), sorted(STATES), "--state")
    asked = Asked(
        family=Family(name) if (name := _known(family, list(Family), "--family")) else None,
        state=code,
        kind=ItemKind(name) if (name := _known(kind, list(ItemKind), "--kind")) else None,
    )
    day = moment.date() if (moment := instant(as_of, "--as-of")) else None
    finish(list_rules(practice, asked, as_of=day, as_json=as_json, stdout=sys.stdout, stderr=sys.stderr))


def _known(value: str | None, choices: list[str], option: str) -> str | None:
    if value is not None and value not in choices:
        raise typer.BadParameter(f"{value}: write one of {', '.join(choices)}", param_hint=option)
    return value


@rules_app.command("show")
def rules_show(rule: str, practice: OwnRulesOption = None, as_json: JsonOption = False) -> None:
    """One rule in plain words: its law, what it looks for, what clears it, its examples."""
    from agents.commands.rules import show

    finish(show(rule, practice, as_json=as_json, stdout=sys.stdout))


@rules_app.command("test")
def rules_test(packs: Annotated[list[Path], typer.Argument(metavar="PACK.yaml…", help="Rule files of your own.")]) -> None:
    """Load your own rule files and run their examples; exit 1 when one does not do what it says."""
    from agents.commands.rules import run_examples

    finish(run_examples(packs, stdout=sys.stdout))


@rules_app.command("coverage")
def rules_coverage(practice: OwnRulesOption = None, as_json: JsonOption = False) -> None:
    """Rule by rule: examples, detectors, and when it last fired here."""
    from agents.commands.rules import coverage
    from tools.settings import load_settings

    finish(coverage(practice, load_settings(), as_json=as_json, stdout=sys.stdout))


@model_app.command("list")
def model_list(practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Every model: live, proposed or retired, and who signed it."""
    from agents.commands.model import list_models

    with_parts(lambda parts: list_models(parts.workspace, as_json=as_json, stdout=sys.stdout), practice=practice)


@model_app.command("show")
def model_show(name: str, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """One model, as the file it could be proposed from."""
    from agents.commands.model import show

    with_parts(lambda parts: show(parts.workspace, name, as_json=as_json, stdout=sys.stdout), practice=practice)


@model_app.command("diff")
def model_diff(file: Path, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """What the model in FILE would change: settings, and which leads flip."""
    from agents.commands.model import diff

    with_parts(lambda parts: diff(parts.workspace, file, as_json=as_json, stdout=sys.stdout), practice=practice)


@model_app.command("propose")
def model_propose(file: Path, by: ByOption, practice: PracticeOption = None) -> None:
    """Put the model in FILE on file as a version two people may sign."""
    from agents.commands.model import propose

    with_hand(lambda ws: propose(ws, file, by=by, stdout=sys.stdout), practice=practice)


@model_app.command("shadow")
def model_shadow(
    model: Annotated[str, typer.Argument(help="The id of a proposed version, or a file.")],
    weeks: Annotated[int, typer.Option("--weeks", min=1, max=104, help="How far back.")] = 8,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What another version would have handed over in the past weeks, beside the live one."""
    from agents.commands.shadow import shadow

    with_parts(lambda parts: shadow(parts.workspace, model, weeks=weeks, as_json=as_json, stdout=sys.stdout), practice=practice)


@model_app.command("sign")
def model_sign(model: str, by: ByOption, practice: PracticeOption = None) -> None:
    """Sign one version; it scores once marketing and sales have both signed."""
    from agents.commands.model import sign

    with_hand(lambda ws: sign(ws, model, by=by, stdout=sys.stdout), practice=practice)


@model_app.command("backtest")
def model_backtest(
    file: Annotated[Path | None, typer.Option("--file", help="A model to test; default: the live ones.")] = None,
    practice: PracticeOption = None,
    precision: Annotated[
        float | None, typer.Option("--precision", min=0.01, max=1, help="Share of good handoffs that sales asks for.")
    ] = None,
    coverage: Annotated[
        float | None, typer.Option("--coverage", min=0.01, max=1, help="Share of good leads that marketing asks for.")
    ] = None,
    capacity: Annotated[float | None, typer.Option("--capacity", help="Handoffs a week that sales can take.")] = None,
    contact_cost: Annotated[float | None, typer.Option("--contact-cost", help="What contacting a lead costs; needs --value.")] = None,
    value: Annotated[float | None, typer.Option("--value", help="What contact adds when the lead is good, same currency.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a report with pictures here.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Precision, recall, volume and profit against what sales made of the handoffs, in order of time."""
    from agents.commands.model import backtest
    from agents.commands.thresholds import Asked

    given = (precision, coverage, capacity, contact_cost, value)
    asked = Asked(*given) if any(one is not None for one in given) else None
    with_parts(
        lambda parts: backtest(parts.workspace, file=file, as_json=as_json, stdout=sys.stdout, stderr=sys.stderr, asked=asked, html=html),
        practice=practice,
    )


@model_app.command("learn")
def model_learn(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet, one lead a row.")],
    outcome: Annotated[str, typer.Option("--outcome", help="Column of what became of the lead: yes/no, 1/0, won/lost.")],
    time: Annotated[str, typer.Option("--time", help="Column of when the lead came in; a running number will do.")],
    id_: Annotated[str | None, typer.Option("--id", help="Column that names the lead: one row of each counts, never learned from.")] = None,
    positive: Annotated[str | None, typer.Option("--positive", help="The outcome that is good; all others are bad.")] = None,
    keep: Annotated[list[str] | None, typer.Option("--keep", help="Learn from this column although it was left out; repeat.")] = None,
    drop: Annotated[list[str] | None, typer.Option("--drop", help="Leave this column out too; repeat.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="Write a report with pictures here.")] = None,
    propose: Annotated[Path | None, typer.Option("--propose", help="Write a scoring model to propose here; needs --base.")] = None,
    base: Annotated[Path | None, typer.Option("--base", help="Model whose events, caps and threshold the proposed one keeps.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Learn from leads with an outcome, judged in order of time; suggests points, signs nothing. Needs the extra `learn`."""
    from agents.commands.learn import learn

    finish(
        learn(
            file,
            outcome=outcome,
            time=time,
            id_=id_,
            positive=positive,
            keep=keep or [],
            drop=drop or [],
            html=html,
            propose_to=propose,
            base=base,
            as_json=as_json,
            stdout=sys.stdout,
            stderr=sys.stderr,
        )
    )

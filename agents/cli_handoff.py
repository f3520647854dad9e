"""`liaison handoff …`: the options of each command. What they do is in `agents/commands/handoff.py`, imported when one runs."""

import sys
from datetime import datetime
from typing import Annotated

import typer

from agents.cli_options import ByOption, JsonOption, PracticeOption, one_of, with_hand, with_parts

handoff_app = typer.Typer(help="The sales inbox: accept, give back, attempts, qualify, outcome.", no_args_is_help=True)

STATES = ("new", "accepted", "sql", "opportunity", "booked", "seen", "lost", "rejected")
REASONS = (
    *("not_reachable", "wrong_service_line", "outside_area", "payer_mismatch", "existing_patient", "not_decision_maker"),
    *("timing_later", "duplicate", "spam_vendor", "compliance_hold"),
)
LOST = ("chose_another", "cost_or_coverage", "no_appointment_in_time", "decided_against", "no_show", "no_answer")
ATTEMPTS = ("reached", "no_answer", "left_message")
OUTCOMES = ("opportunity", "booked", "seen", "lost")


@handoff_app.command("list")
def handoff_list(
    state: Annotated[str | None, typer.Option("--state", help=f"{' | '.join(STATES)}; none = all.")] = None,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What sales has, the next due on top, with the business time that is left."""
    chosen = one_of(state, STATES) if state else None
    from agents.commands.handoff import list_handoffs
    from approvals.inbox import HandoffStatus

    status = HandoffStatus(chosen) if chosen else None
    with_parts(lambda parts: list_handoffs(parts.workspace, status=status, as_json=as_json, stdout=sys.stdout), practice=practice)


@handoff_app.command("show")
def handoff_show(handoff: str, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """One handoff: why, response times, attempts, stages."""
    from agents.commands.handoff import show

    with_parts(lambda parts: show(parts.workspace, handoff, as_json=as_json, stdout=sys.stdout), practice=practice)


@handoff_app.command("accept")
def handoff_accept(handoff: str, by: ByOption, practice: PracticeOption = None, as_json: JsonOption = False) -> None:
    """Sales takes the lead."""
    from agents.commands.handoff import accept

    with_hand(lambda ws: accept(ws, handoff, by=by, as_json=as_json, stdout=sys.stdout), practice=practice)


@handoff_app.command("reject")
def handoff_reject(
    handoff: str,
    by: ByOption,
    reason: Annotated[str, typer.Option("--reason", help=" | ".join(REASONS))],
    return_on: Annotated[
        datetime | None, typer.Option("--return-on", formats=["%Y-%m-%d"], help="timing_later: the day from which it may come back.")
    ] = None,
    line: Annotated[str | None, typer.Option("--line", help="wrong_service_line: the key of the right one.")] = None,
    of: Annotated[str | None, typer.Option("--of", help="duplicate: the id of the lead it is, if known; they are merged.")] = None,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give the lead back to marketing, with a reason from the closed list."""
    one_of(reason, REASONS)
    from agents.commands.handoff import reject
    from policies.leads.lifecycle import RejectReason

    more = {"reason": RejectReason(reason), "return_on": return_on.date() if return_on else None, "line": line, "of": of}
    with_hand(
        lambda ws: reject(ws, handoff, by=by, as_json=as_json, stdout=sys.stdout, **more),  # type: ignore[arg-type]
        practice=practice,
    )


@handoff_app.command("attempt")
def handoff_attempt(
    handoff: str,
    by: ByOption,
    outcome: Annotated[str, typer.Option("--outcome", help=" | ".join(ATTEMPTS))],
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record one attempt to reach an accepted lead."""
    one_of(outcome, ATTEMPTS)
    from agents.commands.handoff import attempt
    from policies.leads.lifecycle import Attempt

    made = Attempt(outcome)
    with_hand(lambda ws: attempt(ws, handoff, by=by, outcome=made, as_json=as_json, stdout=sys.stdout), practice=practice)


@handoff_app.command("qualify")
def handoff_qualify(
    handoff: str,
    by: ByOption,
    budget: Annotated[str, typer.Option("--budget", help="covered | self_pay | budgeted | unknown")],
    authority: Annotated[bool, typer.Option("--authority/--no-authority", help="Speaks to the person who decides.")],
    need: Annotated[bool, typer.Option("--need/--no-need", help="The need is within the service line's scope.")],
    timeframe: Annotated[str, typer.Option("--timeframe", help="now | one_month | one_quarter | later")],
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an accepted lead an SQL: the four answers of BANT."""
    from agents.commands.handoff import qualify

    answers = {"budget": budget, "authority": authority, "need": need, "timeframe": timeframe}
    with_hand(
        lambda ws: qualify(ws, handoff, by=by, answers=answers, as_json=as_json, stdout=sys.stdout, stderr=sys.stderr),
        practice=practice,
    )


@handoff_app.command("outcome")
def handoff_outcome(
    handoff: str,
    found: Annotated[str, typer.Argument(metavar="OUTCOME", help=" | ".join(OUTCOMES))],
    by: ByOption,
    reason: Annotated[str | None, typer.Option("--reason", help=f"Of a lost lead: {' | '.join(LOST)}")] = None,
    practice: PracticeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What became of an SQL: booked (patients) or opportunity (practices), then seen; or lost."""
    one_of(found, OUTCOMES)
    why = one_of(reason, LOST) if reason else None
    from agents.commands.handoff import outcome
    from approvals.inbox import HandoffStatus
    from policies.leads.lifecycle import LostReason

    end, lost = HandoffStatus(found), LostReason(why) if why else None
    with_hand(
        lambda ws: outcome(ws, handoff, by=by, found=end, reason=lost, as_json=as_json, stdout=sys.stdout),
        practice=practice,
    )

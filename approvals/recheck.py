"""Recheck: everything that must still hold at the moment of execution. Reads the store as it is now; decides nothing about the past.

An objection is a finding like any other, so the person who gets the action back sees it beside the text.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from approvals.autonomy import level_of
from approvals.autonomy import objection as autonomy_objection
from approvals.ceilings import over
from approvals.errors import NotAllowed
from approvals.pause import ALL, stopping
from approvals.queue import findings_on
from approvals.reviewers import panel_of
from policies.actions import Action, ActionKind, Finding, Gate, Severity, content_hash
from policies.approval.ladder import Level
from policies.kinds import KINDS, Operation
from tools.practice import Practice
from tools.store.ceilings import hold, spent_usd
from tools.store.contacts import has_consent, is_suppressed
from tools.store.demotions import is_disqualified
from tools.workspace import Workspace

FAMILY = "execution"
CITATION = "Liaison design §7: what was approved is checked again before it is executed"


def objections(ws: Workspace, connection: Connection, action: Action, *, now: datetime) -> tuple[Finding, ...]:
    """Why `action` may not be executed now; empty when nothing stands against it."""
    if action.money_usd > 0 or Operation.SMTP in KINDS[action.kind].operations:
        hold(connection)  # before anything is counted: two workers that count at once would both find room for the last one
    return (
        *_decided(ws, connection, action),
        *_stopped(connection, action),
        *_rules(ws, connection, action, now=now),
        *_reachable(ws.practice, connection, action),
        *_affordable(ws, connection, action, now=now),
        *(_finding(*told) for told in over(ws.practice, connection, action, now=now)),
        *_wanted(connection, action),
        *([_finding("EXEC-EXPIRED", "It expired before it was executed", "Decide on a new draft.")] if action.expires_at <= now else []),
    )


def _decided(ws: Workspace, connection: Connection, action: Action) -> list[Finding]:
    """The stored text is the approved text, and enough people approved it under today's policy."""
    if content_hash(action.kind, action.channel, action.subject, action.period, action.content) != action.content_hash:
        return [_finding("EXEC-HASH", "The stored text is not the text that was approved", "Run liaison audit verify; reject the item.")]
    try:
        panel = panel_of(ws.practice, connection, action, now=ws.clock())
    except NotAllowed as error:
        return [_finding("EXEC-POLICY", "The approval policy does not allow this kind", str(error))]
    if level_of(connection, action.kind, action.channel).level is Level.OBSERVE:
        return [_finding("EXEC-AUTONOMY", "Items of this class are only observed", "Raise the class on the page Approval policy.")]
    if panel.is_met:
        return []
    if (against := autonomy_objection(ws, connection, panel)) is not None:
        return [_finding("EXEC-AUTONOMY", f"It was approved by a grant: {against}", "Decide it yourself.")] if against else []
    return [_finding("EXEC-DECISION", "Today's policy asks for approvals this version does not have", "Approve it again.")]


def _wanted(connection: Connection, action: Action) -> list[Finding]:
    """A lead that proved to be a vendor or asked to be left alone goes to nobody. One that has only faded since it was approved still does."""
    if action.kind is not ActionKind.MQL_HANDOFF or not is_disqualified(connection, action.id):
        return []
    return [_finding("EXEC-DISQUALIFIED", "The lead was disqualified after it was approved", "It leaves the queue by itself.")]


def _stopped(connection: Connection, action: Action) -> list[Finding]:
    pause = stopping(connection, action.channel)
    if pause is None:
        return []
    what = "Everything is paused" if pause.scope == ALL else f"The channel {pause.scope} is paused"
    return [_finding("EXEC-PAUSED", f"{what} by {pause.by}", "Resume it, then approve the item again.")]


def _rules(ws: Workspace, connection: Connection, action: Action, *, now: datetime) -> list[Finding]:
    """What the rules of today object to and the approver has not seen: a block, a missing proof, or a new need for review."""
    seen = {finding.rule for finding in action.findings}
    found = findings_on(ws, connection, action, gate=Gate.EXECUTE, now=now)
    return [finding for finding in found if _stops(finding) or (finding.severity is Severity.NEEDS_REVIEW and finding.rule not in seen)]


def _stops(finding: Finding) -> bool:
    return finding.severity is Severity.BLOCK or (finding.needs_evidence and finding.severity is not Severity.WARN)


def _reachable(practice: Practice, connection: Connection, action: Action) -> list[Finding]:
    """For mail: a destination that may hold contacts, a lead that consented and has not asked to be left alone."""
    if Operation.SMTP not in KINDS[action.kind].operations:
        return []
    smtp = practice.destinations.smtp
    if smtp is None or not smtp.baa:
        mend = "Set destinations.smtp with baa: true and its reference in practice.yaml, then approve again."
        return [_finding("EXEC-DESTINATION", "There is no mail server with a BAA on file", mend)]
    if action.content.audience is None or action.content.audience.lead is None:
        return [_finding("EXEC-AUDIENCE", "It names no lead to write to", "Reject it.")]
    lead = action.content.audience.lead
    found = []
    if is_suppressed(connection, lead):
        found.append(_finding("EXEC-SUPPRESSED", "The lead asked not to be mailed", "Reject it."))
    if not has_consent(connection, lead):
        found.append(_finding("EXEC-CONSENT", "There is no consent to email on record, or it was withdrawn", "Reject it."))
    return found


def _affordable(ws: Workspace, connection: Connection, action: Action, *, now: datetime) -> list[Finding]:
    """The month's executed money plus this stays within the practice's monthly budget; the month is the practice's own."""
    if action.money_usd <= 0:
        return []
    local = now.astimezone(ZoneInfo(ws.practice.timezone))
    month = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    spent = spent_usd(connection, since=month, besides=action.id)
    cap = ws.practice.budget.monthly_usd
    if spent + action.money_usd <= cap + 0.005:
        return []
    title = f"${spent:,.2f} of this month's ${cap:,.2f} is used; ${action.money_usd:,.2f} more does not fit"
    return [_finding("EXEC-SPEND-CAP", title, "Wait for next month, lower another item, or raise budget.monthly_usd in practice.yaml.")]


def _finding(rule: str, title: str, mend: str) -> Finding:
    return Finding(rule=rule, family=FAMILY, severity=Severity.NEEDS_REVIEW, citation=CITATION, title=title, mend=mend)

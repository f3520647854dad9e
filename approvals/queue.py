"""The queue: a proposal is checked and waits here for a person. Knows findings and versions, not who may decide (`reviewers.py`)."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from policies.actions import (
    Action,
    ActionKind,
    AuditEntry,
    Content,
    EvidenceRecord,
    Execution,
    Finding,
    Gate,
    Proposal,
    Risk,
    Status,
    Verdict,
    action_id,
    content_hash,
    worst,
)
from policies.approval.rules import days_to_decide
from policies.check import check_action, item_of
from policies.kinds import KINDS, Operation
from policies.records import ActionId, Channel, LeadId, RunId
from policies.rules.text import folded
from tools.errors import NotFound
from tools.facts import sender_facts
from tools.second_look import LANGUAGE_MODEL
from tools.store import actions as store
from tools.store.actions import Page, Revision, Version
from tools.store.audit import Event, entries
from tools.store.contacts import has_consent, is_suppressed
from tools.store.demotions import demoted
from tools.store.evidence import CONTENT, PRACTICE, holding, keys_within
from tools.workspace import Workspace

PAGE = 50
OVER, FADED = "time", "no_mql"  # why an action expired: its time was over, or the lead of a handoff is an MQL no longer
UNCHECKED = ""  # the pack of a version no rule has read


def enqueue(ws: Workspace, connection: Connection, proposal: Proposal, *, run: RunId | None, now: datetime) -> tuple[Action, bool]:
    """Check a proposal and put it into the queue, or among the blocked; True when it is new. `draft`, `check_draft`, `enqueue_draft` in one."""
    identity = action_id(proposal.kind, proposal.channel, proposal.subject, proposal.period)
    if not draft(ws, connection, proposal, run=run, now=now):
        return get_action(connection, identity), False
    return enqueue_draft(ws, connection, get_action(connection, identity), now=now), True


def draft(ws: Workspace, connection: Connection, proposal: Proposal, *, run: RunId | None, now: datetime) -> bool:
    """Keep a proposal as a draft; False when there is an action of its natural key already.

    That one stays as it is, whatever its state: what a person sees in the queue does not change under their eyes. A new text for it is a
    redraft, asked for by a person.
    """
    action = Action(
        id=action_id(proposal.kind, proposal.channel, proposal.subject, proposal.period),
        status=Status.DRAFT,
        version=1,
        content_hash=content_hash(proposal.kind, proposal.channel, proposal.subject, proposal.period, proposal.content),
        verdict=Verdict.NEEDS_REVIEW,
        run=run,
        created_at=now,
        updated_at=now,
        expires_at=now + timedelta(days=days_to_decide(ws.practice.approval_policy.rules, proposal)),
        **dict(proposal),
    )
    return store.insert_action(connection, action, pack=UNCHECKED)


def check_draft(ws: Workspace, connection: Connection, action: Action, *, now: datetime) -> Action:
    """The draft with what the rules say about it, stored with the pack that said it."""
    findings = findings_on(ws, connection, action, gate=Gate.CHECK, now=now)
    checked = action.model_copy(update={"findings": findings, "verdict": worst(findings)})
    store.save_check(connection, checked, pack=ws.catalogue.pack)
    return checked


def enqueue_draft(ws: Workspace, connection: Connection, action: Action, *, now: datetime) -> Action:
    """Put a draft into the queue, or among the blocked. One that no rule has read yet is checked first."""
    if store.versions(connection, action.id)[-1].pack == UNCHECKED:
        action = check_draft(ws, connection, action, now=now)
    status = Status.BLOCKED if action.verdict is Verdict.BLOCK else Status.QUEUED
    if move(connection, action, status, now=now):
        action = action.model_copy(update={"status": status, "updated_at": now})
        event = Event.ACTION_BLOCK if status is Status.BLOCKED else Event.ACTION_QUEUE
        ws.audit.append(connection, event=event, actor=action.author, subject=action.id, detail=what_was_checked(ws, action), at=now)
    return action


def findings_on(
    ws: Workspace,
    connection: Connection,
    action: Action,
    *,
    gate: Gate,
    now: datetime,
    proofs: Collection[EvidenceRecord] | None = None,
) -> tuple[Finding, ...]:
    """What the rules say about this action now, with the practice's facts, its destination, and the evidence that holds at `now`.

    An evidence key the agent claims counts for nothing: only a stored record that is neither expired nor revoked clears a finding. `proofs`: what
    `holding` says of this action's subjects and perhaps of others', when the caller has read it.
    """
    scope = {
        "channel": action.channel.value,
        "destination": action.content.destination,
        "kind": action.kind.value,
        CONTENT: action.content_hash,
    }
    if action.states and len(action.states) == 1:
        scope["state"] = action.states[0]
    about = sorted(subjects_of(action))
    found = check_action(
        ws.catalogue,
        action.kind,
        action.content,
        gate=gate,
        sender={**sender_facts(ws.practice, kind=action.kind), **_recipient_facts(connection, action)},
        states=action.states,
        facts={"checked_on": now.astimezone(ZoneInfo(ws.practice.timezone)).date().isoformat(), **action.facts},
        evidence=keys_within(holding(connection, about, at=now) if proofs is None else proofs, about, scope=scope),
        identifiers=lambda text: {span.label for span in ws.scrubber.scan(text)},
    )
    return (*found, *_still_said(action))


def _still_said(action: Action) -> tuple[Finding, ...]:
    """What a language model objected to stays until its words are gone: no check of the rules answers it, a person does."""
    text = _words(item_of(KINDS[action.kind].item_kinds[0], action.content).text)
    return tuple(finding for finding in action.findings if finding.rule == LANGUAGE_MODEL and _words(finding.quote) in text)


def _words(text: str) -> str:
    """What an edit must change before an objection to it is gone: not its spaces, not its capitals."""
    return " ".join(folded(text).casefold().split())


def add_objection(ws: Workspace, connection: Connection, action: Action, finding: Finding) -> Action:
    """A checked draft with what a second reader adds; it can only ask for review."""
    findings = (*action.findings, finding)
    checked = action.model_copy(update={"findings": findings, "verdict": worst(findings)})
    store.save_check(connection, checked, pack=ws.catalogue.pack)
    return checked


def subjects_of(action: Action) -> frozenset[str]:
    """Whose evidence may clear a finding on this action: its own, its subject's, its provider's and lead's, and the whole practice's."""
    lead = action.content.audience.lead if action.content.audience else None
    named = (action.content.fields.get("provider"), lead)
    return frozenset({action.id, action.subject, PRACTICE, *(str(value) for value in named if value)})


def _recipient_facts(connection: Connection, action: Action) -> dict[str, Any]:
    """What the store says today of the one person a mail would reach; the agent's word for it is a day or a week old."""
    lead = action.content.audience.lead if action.content.audience else None
    if lead is None or Operation.SMTP not in KINDS[action.kind].operations:
        return {}
    return {"affirmative_consent": has_consent(connection, lead), "recipient_suppressed": is_suppressed(connection, lead)}


def revise(
    ws: Workspace,
    connection: Connection,
    action: Action,
    content: Content,
    *,
    author: str,
    event: Event,
    actor: str,
    now: datetime,
    why: tuple[str, ...] | None = None,
    added: tuple[Finding, ...] = (),
    renewed: bool = False,
    detail: dict[str, Any] | None = None,
) -> Action | None:
    """Make `content` the next version of `action` and put it back into the queue, or among the blocked. None: somebody was first.

    Approvals are for one version, so every one of them is void from here on. `added` are findings of a recheck; `renewed` starts the time to
    decide again, for a text a person has just looked at.
    """
    version = action.version + 1
    hashed = content_hash(action.kind, action.channel, action.subject, action.period, content)
    expires_at = now + timedelta(days=days_to_decide(ws.practice.approval_policy.rules, action)) if renewed else action.expires_at
    update: dict[str, Any] = {"content": content, "content_hash": hashed, "version": version, "updated_at": now, "expires_at": expires_at}
    update["why"] = action.why if why is None else why
    new = action.model_copy(update=update)
    found = findings_on(ws, connection, new, gate=Gate.CHECK, now=now)
    findings = found + tuple(finding for finding in added if finding.rule not in {one.rule for one in found})
    verdict = worst(findings)
    blocked = worst(found) is Verdict.BLOCK
    new = new.model_copy(update={"findings": findings, "verdict": verdict, "status": Status.BLOCKED if blocked else Status.QUEUED})
    revision = Revision(version, hashed, verdict, expires_at, store.shown_of(new))
    if not move(connection, action, Status.QUEUED, now=now, revision=revision):
        return None
    if blocked:
        move(connection, new.model_copy(update={"status": Status.QUEUED}), Status.BLOCKED, now=now)
    store.add_version(connection, new, author=author, pack=ws.catalogue.pack, at=now)
    told = {**what_was_checked(ws, new), **(detail or {})}
    ws.audit.append(connection, event=event, actor=actor, subject=action.id, detail=told, at=now)
    return new


def what_was_checked(ws: Workspace, action: Action) -> dict[str, Any]:
    """The audit's account of one check: which version, under which pack, with which findings."""
    return {
        "kind": action.kind,
        "channel": action.channel,
        **bound_to(action),
        "status": action.status,
        "verdict": action.verdict,
        "findings": [finding.rule for finding in action.findings],
        "pack": ws.catalogue.pack,
        "run": action.run,
    }


def recheck_blocked(ws: Workspace) -> tuple[ActionId, ...]:
    """Check every blocked action again; the ones the rules now allow go into the queue. Called after new evidence or a new rule pack."""
    freed: list[ActionId] = []
    now = ws.clock()
    with ws.database.write() as connection:
        for action in every(connection, Status.BLOCKED):
            if worst(findings_on(ws, connection, action, gate=Gate.CHECK, now=now)) is Verdict.BLOCK:
                continue
            event = Event.ACTION_REQUEUE
            if revise(ws, connection, action, action.content, author=action.author, event=event, actor="rules", now=now):
                freed.append(action.id)
    return tuple(freed)


def expire_due(ws: Workspace) -> tuple[ActionId, ...]:
    """Expire what nobody decided or executed in time, and handoffs whose lead is an MQL no longer; returns their ids."""
    now = ws.clock()
    with ws.database.read() as connection:
        if not store.due_to_expire(connection, now=now, limit=1) and not demoted(connection, now=now, limit=1):
            return ()  # most of the time there is nothing to lock the store for
    with ws.database.write() as connection:
        due = store.due_to_expire(connection, now=now)
        faded = demoted(connection, now=now)
        store.lock_with_leads(connection, [*(action.id for action in due), *faded])
        done = [action.id for action in due if expire(ws, connection, action, now=now)]
        still = (store.get_action(connection, id_) for id_ in demoted(connection, now=now, ids=faded))
        done += [action.id for action in still if action and expire(ws, connection, action, now=now, because=FADED)]
        return tuple(done)


def supersede_merged(
    ws: Workspace, connection: Connection, *, now: datetime, ids: Collection[LeadId] | None = None
) -> tuple[ActionId, ...]:
    """Close queued actions about leads that turned out to be another one: the survivor has its own, and nobody is handed over twice."""
    closed: list[ActionId] = []
    found = store.of_merged_leads(connection, ids)
    store.lock_with_leads(connection, [action.id for action in found])
    for action in found:
        bound = {"version": action.version, "content_hash": action.content_hash}
        if store.transition(connection, action.id, from_=Status.QUEUED, to=Status.SUPERSEDED, now=now, **bound):  # type: ignore[arg-type]
            ws.audit.append(connection, event=Event.ACTION_SUPERSEDE, actor="agent", subject=action.id, detail=bound, at=now)
            closed.append(action.id)
    return tuple(closed)


def expire(ws: Workspace, connection: Connection, action: Action, *, now: datetime, because: str = OVER) -> bool:
    if not move(connection, action, Status.EXPIRED, now=now):
        return False
    detail = {**bound_to(action), "was": action.status, "because": because}
    ws.audit.append(connection, event=Event.ACTION_EXPIRE, actor="clock", subject=action.id, detail=detail, at=now)
    return True


def move(
    connection: Connection,
    action: Action,
    to: Status,
    *,
    now: datetime,
    hold_until: datetime | None = None,
    revision: Revision | None = None,
) -> bool:
    """Move `action` from exactly the state, version and hash the caller holds. False: somebody was first."""
    return store.transition(
        connection,
        action.id,
        from_=action.status,
        to=to,
        version=action.version,
        content_hash=action.content_hash,
        now=now,
        hold_until=hold_until,
        revision=revision,
    )


def bound_to(action: Action) -> dict[str, Any]:
    """What a decision and its audit rows are about."""
    return {"version": action.version, "content_hash": action.content_hash}


# --- reading


def list_actions(
    connection: Connection,
    *,
    statuses: Sequence[Status] = (Status.QUEUED,),
    channel: Channel | None = None,
    kind: ActionKind | None = None,
    risk: Risk | None = None,
    lead: LeadId | None = None,
    after: Page | None = None,
    limit: int = PAGE,
) -> list[Action]:
    """Oldest first; `after` is the last row of the page before."""
    return store.list_actions(connection, statuses=statuses, channel=channel, kind=kind, risk=risk, lead=lead, after=after, limit=limit)


def every(connection: Connection, *statuses: Status) -> Iterator[Action]:
    """Every action in one of `statuses`, oldest first, page by page."""
    after: Page | None = None
    while page := store.list_actions(connection, statuses=statuses, after=after, limit=PAGE):
        after = Page(page[-1].created_at, page[-1].id)
        yield from page


def get_action(connection: Connection, identity: ActionId) -> Action:
    """Raises NotFound."""
    action = store.get_action(connection, identity)
    if action is None:
        raise NotFound(f"there is no action {identity}: run liaison queue list for the ids")
    return action


def list_by_id(connection: Connection, ids: Collection[ActionId]) -> list[Action]:
    """Those of these actions that exist, in the queue's order."""
    return store.list_by_id(connection, ids)


def versions(connection: Connection, identity: ActionId) -> tuple[Version, ...]:
    return store.versions(connection, identity)


def executions(connection: Connection, identity: ActionId) -> tuple[Execution, ...]:
    return store.executions_of(connection, identity)


def history(connection: Connection, identity: ActionId, *, limit: int = 100) -> tuple[AuditEntry, ...]:
    """The action's audit rows, newest first."""
    return entries(connection, subject=identity, limit=limit)

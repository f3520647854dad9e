"""What every channel agent is given: plan, practice, time, a drafter and look-ups. Read-only; there is nothing here to send with."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial
from heapq import nsmallest

from sqlalchemy import Connection

from agents.playbook import PlaybookDrafter
from policies.actions import ChannelPlan, Proposal, action_id
from policies.records import ActionId, Channel, Engagement, EngagementId, LeadId, Score, Track
from tools.errors import DraftRefused, EgressRefused
from tools.llm import Drafter, DraftRequest
from tools.practice import Practice, Provider, ServiceLine
from tools.store import results
from tools.store.lifecycle import StageRow, standing_lines
from tools.store.results import Prospect

FOCUS_WEIGHT = 1.5  # a proposal for a line behind its goal counts this much more when actions are limited
UNUSABLE = "Needs a person: the language model gave no usable draft, this is the playbook's text"
QUOTED_CHARS = 600
DENTISTS = frozenset({"DDS", "DMD"})


@dataclass(frozen=True)
class Context:
    plan: ChannelPlan
    practice: Practice
    now: datetime
    drafter: Drafter = field(default_factory=PlaybookDrafter)
    mqls: tuple[Score, ...] = ()
    prospects: tuple[Prospect, ...] = ()
    lead_of: Callable[[EngagementId], LeadId | None] = lambda _: None
    consented: Callable[[LeadId], bool] = lambda _: False
    suppressed: Callable[[LeadId], bool] = lambda _: False
    reachable: Callable[[LeadId], bool] = lambda _: True  # a contact is on file
    attributes: Callable[[LeadId], Mapping[str, str]] = lambda _: {}
    evidence: Callable[[str], tuple[str, ...]] = lambda _: ()
    handoff_days: Callable[[str], tuple[str, ...]] = lambda _: ()  # periods of the handoffs a "lead:line" already has
    lapsed_handoffs: Callable[[str], tuple[str, ...]] = lambda _: ()  # periods of those that expired undecided
    stood: Callable[[str], StageRow | None] = lambda _: None  # the last move of a "lead:line" that was handed over before
    known: frozenset[ActionId] = frozenset()
    waiting: int = 0  # the channel's actions that wait for a person

    def is_known(self, proposal: Proposal) -> bool:
        return action_id(proposal.kind, proposal.channel, proposal.subject, proposal.period) in self.known

    def line(self, key: str | None) -> ServiceLine | None:
        return next((line for line in self.practice.service_lines if line.key == key), None)

    def states(self, *, line: str | None = None, location: str | None = None, provider: str | None = None) -> tuple[str, ...] | None:
        """The states whose boards' rules apply, from the narrowest thing known; None when nothing is, so every state's rules run."""
        practice = self.practice
        if found := next((one for one in practice.providers if one.key == provider), None):
            return tuple(sorted(set(found.states)))
        if known := next((one for one in practice.locations if one.key == location), None):
            return (known.state,)
        keys = set(service_line.locations) if (service_line := self.line(line)) else set()
        return tuple(sorted({one.state for one in practice.locations if one.key in keys})) or None

    def lead_states(self, lead: LeadId, line: str) -> tuple[str, ...] | None:
        """The lead's own state where it is known, else those of the service line."""
        state = self.attributes(lead).get("state")
        return (state,) if state else self.states(line=line)

    def author(self, line: str | None) -> Provider | None:
        """Who signs clinical text of a service line: the first clinician of it, one with a board certification before the others."""
        of_line = [one for one in self.practice.providers if one.service_line == line]
        return min(of_line, key=lambda one: one.board_certification is None, default=None)

    def medical_reviewer(self) -> str:
        names = (person.name for person in self.practice.people if "clinical_reviewer" in person.roles)
        return next(names, "to be named")

    def clinical_facts(self, line: str | None, author: Provider | None) -> dict[str, object]:
        """Catalogue facts of a clinical text. `medical_reviewer` stays missing until a reviewer has signed: that rule then asks a person."""
        facts: dict[str, object] = {"ymyl_topic": True}
        if author:
            facts |= {"author_name": signed(author), "names_practitioner": True, "license_type_present": True}
        if any(one.credentials in DENTISTS for one in self.practice.providers if one.service_line == line):
            facts |= {"practice_type": "dental", "responsible_dentist_identified": author is not None and author.credentials in DENTISTS}
        return facts

    def weight(self, line: str | None) -> float:
        focus = str(self.plan.limits.get("focus") or "").split(",")
        return FOCUS_WEIGHT if line is not None and line in focus else 1.0

    def written(self, proposal: Proposal, request: DraftRequest) -> Proposal:
        """`proposal` with its text drafted; what its body held already follows the draft. The subject line is the draft's, where it has one.

        When the model's draft is unusable the playbook's stands in and the reasons say that a person must finish it.
        """
        notes: tuple[str, ...] = ()
        try:
            draft = self.drafter.draft(request)
        except (DraftRefused, EgressRefused):
            draft, notes = PlaybookDrafter().draft(request), (UNUSABLE,)
        content = proposal.content.model_copy(
            update={
                "title": draft.title or proposal.content.title,
                "body": draft.text + proposal.content.body,
                "fields": {**proposal.content.fields, "draft": draft.source},
            }
        )
        facts = {**proposal.facts, "ai_generated": draft.source == "model"}
        return proposal.model_copy(update={"content": content, "why": (*proposal.why, *notes), "facts": facts})


@dataclass(frozen=True)
class Candidate:
    """Something worth proposing, and what must still be written for it: only what fits the plan's limit is ever drafted."""

    value: float
    proposal: Proposal
    request: DraftRequest | None = None


def open_context(
    connection: Connection,
    *,
    plan: ChannelPlan,
    practice: Practice,
    now: datetime,
    drafter: Drafter,
    mqls: tuple[Score, ...] = (),
    evidence: Callable[[str], tuple[str, ...]] = lambda _: (),
) -> Context:
    """A context whose look-ups read `connection`: use it while the connection is open."""
    handed, lapsed = results.handoff_days(connection), results.handoff_days(connection, lapsed=True)

    @cache
    def standing() -> dict[str, StageRow]:
        """Read when the first handoff asks, of today's MQLs alone."""
        return standing_lines(connection, {one.lead for one in mqls})

    return Context(
        plan=plan,
        practice=practice,
        now=now,
        drafter=drafter,
        mqls=mqls,
        prospects=tuple(results.prospects(connection, now=now)) if plan.channel is Channel.EMAIL else (),
        lead_of=partial(results.lead_of, connection),
        consented=partial(results.may_email, connection),
        suppressed=partial(results.is_suppressed, connection),
        reachable=partial(results.has_contact, connection),
        attributes=partial(results.attributes_of, connection),
        evidence=evidence,
        handoff_days=lambda subject: handed.get(subject, ()),
        lapsed_handoffs=lambda subject: lapsed.get(subject, ()),
        stood=lambda subject: standing().get(subject),
        known=results.known_actions(connection),
        waiting=results.waiting_count(connection, plan.channel),
    )


def best(candidates: Iterable[Candidate], context: Context) -> list[Proposal]:
    """The most valuable candidates that are not actions yet, drafted; equal values by subject, so the same input gives the same list.

    The plan's `max_actions` is how many of the channel's actions may wait for a person at once: a run never floods the queue, and an action
    that was decided makes room for the next.
    """
    room = max(context.plan.max_actions - context.waiting, 0)
    fresh = (one for one in candidates if not context.is_known(one.proposal))
    # A heap of `room` places: thousands of unanswered reviews cost no more memory than the few that are chosen.
    chosen = nsmallest(room, fresh, key=lambda one: (-one.value, one.proposal.kind, one.proposal.subject))
    return [context.written(one.proposal, one.request) if one.request else one.proposal for one in chosen]


def answered(said: Engagement) -> str:
    """What a reply answers, scrubbed: the approver cannot judge the one without the other. It is never part of what leaves."""
    words = " ".join((said.text or "").split())
    return f"It answers: “{words[:QUOTED_CHARS]}{'…' if len(words) > QUOTED_CHARS else ''}”"


def signed(provider: Provider) -> str:
    """Name with degree, as the state boards ask: "Ana Voss, DMD"."""
    return f"{provider.name}, {provider.credentials}"


def track_of(context: Context, line: str | None) -> Track | None:
    found = context.line(line)
    return found.track if found else None


def quarter(at: datetime) -> str:
    return f"{at:%Y}-Q{(at.month + 2) // 3}"

"""E-mail: the next nurture step for leads who asked for it, and suppression of those who asked to stop.

What is approved is a template with typed tokens; a destination with a BAA fills them in at the moment of sending. A mail is proposed only
with consent on record, never to a suppressed lead, at most once a week, and at most three times per service line.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

from agents.context import Candidate, Context, best
from agents.playbook import NURTURE_STEPS
from agents.prompts import INSTRUCTIONS
from policies.actions import ActionKind, Audience, Content, Proposal, Risk
from policies.records import Channel, Engagement, EngagementKind, LeadId, Track
from tools.goals import month
from tools.llm import DraftRequest
from tools.store.results import Prospect

STEP_AFTER = timedelta(days=7)
ACTIVE_WITHIN = timedelta(days=56)  # the long end of a 2-8-week decision; later mails are noise
STOP_VALUE = 1_000_000.0  # the law gives ten business days (16 CFR 316.5): stopping goes before anything else

STOPS: dict[EngagementKind, str] = {
    EngagementKind.SPAM_REPORT: "reported a mail as spam",
    EngagementKind.UNSUBSCRIBE: "unsubscribed",
    EngagementKind.BOUNCE: "has an address that refuses mail for good (hard bounce)",
}
LAW = "The law asks for it within ten business days (16 CFR 316.5)"
REPUTATION = "Mail to a dead address costs the sender its standing with mailbox providers"

FOOTER = (
    "\n\n--\n{name}\n{address}\nYou receive this because you agreed to hear from us by e-mail. "
    "Stop these mails at any time: {{{{unsubscribe_url}}}}"
)


@dataclass(frozen=True)
class _Stop:
    kind: EngagementKind
    at: datetime


def propose(engagements: Iterable[Engagement], context: Context) -> list[Proposal]:
    """Proposals for the email channel: suppressions first, then nurture steps, the most recently active leads first."""
    stops: dict[LeadId, _Stop] = {}
    for one in engagements:
        if one.kind not in STOPS:
            continue
        lead = context.lead_of(one.id)
        if lead is not None and (lead not in stops or one.occurred_at < stops[lead].at):
            stops[lead] = _Stop(one.kind, one.occurred_at)
    return best(chain(_suppressions(stops, context), _steps(stops, context)), context)


def _suppressions(stops: dict[LeadId, _Stop], context: Context) -> Iterator[Candidate]:
    for lead, stop in stops.items():
        # The store stops mail by itself when somebody unsubscribes or complains; a dead address waits for a person's word.
        if not context.suppressed(lead):
            yield Candidate(STOP_VALUE, _suppress(lead, stop))


def _suppress(lead: LeadId, stop: _Stop) -> Proposal:
    return Proposal(
        kind=ActionKind.SUPPRESSION,
        channel=Channel.EMAIL,
        subject=lead,
        period=month(stop.at),
        content=Content(
            title=f"Stop e-mail to {lead}",
            body=f"Add {lead} to the e-mail suppression list: the lead {STOPS[stop.kind]}.",
            fields={"lead_id": lead, "channel": "email", "reason": stop.kind.value},
            audience=Audience(description="one lead", lead=lead, count=1),
            destination="suppression list",
        ),
        why=(f"The lead {STOPS[stop.kind]} on {stop.at:%Y-%m-%d}", REPUTATION if stop.kind is EngagementKind.BOUNCE else LAW),
        risk=Risk.LOW,
        facts={"recipient_suppressed": False},
    )


def _steps(stops: dict[LeadId, _Stop], context: Context) -> Iterator[Candidate]:
    mqls = {(score.lead, score.service_line) for score in context.mqls}
    for prospect in context.prospects:
        due = prospect.last_step_at is None or context.now - prospect.last_step_at >= STEP_AFTER
        active = context.now - prospect.last_engaged_at <= ACTIVE_WITHIN
        if not (due and active) or prospect.steps_done >= NURTURE_STEPS or (prospect.lead, prospect.service_line) in mqls:
            continue
        if prospect.lead in stops or not context.consented(prospect.lead) or context.suppressed(prospect.lead):
            continue
        idle_days = (context.now - prospect.last_engaged_at).total_seconds() / 86_400
        yield Candidate((100 - idle_days) * context.weight(prospect.service_line), *_step(prospect, context))


def _step(prospect: Prospect, context: Context) -> tuple[Proposal, DraftRequest]:
    step, organisation = prospect.steps_done + 1, context.practice.organisation
    line = context.practice.line(prospect.service_line)
    subject = f"{prospect.lead}:{line.key}"
    request = DraftRequest(
        kind=ActionKind.NURTURE_EMAIL,
        # The template is written for the line and the step, not for the lead: the model never sees a lead's id.
        subject=f"{line.key}:step-{step}",
        instruction=INSTRUCTIONS[ActionKind.NURTURE_EMAIL],
        facts={
            "practice": organisation.name,
            "phone": organisation.phone,
            "url": organisation.website + (line.paths[0] if line.paths else ""),
            "line": line.name.lower(),
            "track": prospect.track.value,
            "step": str(step),
        },
        required_tokens=("first_name",),
        max_chars=900,
    )
    footer = FOOTER.format(name=organisation.legal_name, address=organisation.postal_address)
    idle_days = (context.now - prospect.last_engaged_at).days
    proposal = Proposal(
        kind=ActionKind.NURTURE_EMAIL,
        channel=Channel.EMAIL,
        subject=subject,
        period=f"step-{step}",
        content=Content(
            title="",
            body=footer,
            fields={"template": f"{line.key}/step-{step}"},
            audience=Audience(description=f"one lead interested in {line.name}, with e-mail consent", lead=prospect.lead, count=1),
            destination="email",
        ),
        why=(
            f"Step {step} of {NURTURE_STEPS}; last active {idle_days} days ago, not yet an MQL",
            "Consent to e-mail is on record and nobody asked to stop",
        ),
        risk=Risk.MEDIUM,
        track=prospect.track,
        states=context.lead_states(prospect.lead, line.key),
        facts=_facts(prospect, context),
    )
    return proposal, request


def _facts(prospect: Prospect, context: Context) -> dict[str, object]:
    """Facts of a mail to somebody who asked, about the practice's own service.

    `uses_phi` is false: the line was chosen from what the person told the website, no record of care was read and nobody pays for the mail
    (45 CFR 164.501, marketing). The finished mail, name beside interest, is still carried as PHI (`contains_phi`): no BAA, no mail.
    """
    return {
        "purpose": "marketing",
        "channel": "email",
        "automated": True,
        "uses_phi": False,
        "third_party_paid": False,
        "contains_phi": True,
        "affirmative_consent": context.consented(prospect.lead),
        "recipient_suppressed": context.suppressed(prospect.lead),
        "optout_ok": True,
        "footer_postal_address": context.practice.organisation.postal_address,
        "service_line": prospect.service_line,
        "track": Track(prospect.track).value,
    }

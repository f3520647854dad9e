"""MQL handoff: one action per lead and service line, with score, reasons and next step; never a contact and never free text."""

from collections.abc import Sequence

from agents.context import Context
from policies.actions import ActionKind, Audience, Content, Proposal, Risk
from policies.leads.lifecycle import Stage, may_return
from policies.records import Channel, Scalar, Score, Track

# Minimum necessary: every field below is on the allow-list of HIPAA-164.502-MINNEC (45 CFR 164.502(b)); reasons and dates are in the body.
HANDOFF_FIELDS = ("lead_id", "service_line", "score", "stage", "consent_flags", "next_action")

# A handoff has no channel of its own; the website's forms, where most requests arrive, are read by this one.
HANDOFF_CHANNEL = Channel.SEARCH

CLOSED = (Stage.RECYCLED, Stage.REJECTED, Stage.SEEN, Stage.LOST)
"""The handoff before is over."""

NEXT_ACTION: dict[tuple[Track, bool], str] = {
    (Track.B2C_PATIENT, True): "Accept within {accept} and call back within {attempt} of that: the person asked for contact",
    (Track.B2C_PATIENT, False): "Accept within {accept}, first contact within {attempt} of that; offer a time to talk",
    (Track.B2B_REFERRAL, True): "Accept within {accept}, then arrange the peer call or packet that was asked for",
    (Track.B2B_REFERRAL, False): "Accept within {accept}; the physician liaison plans a visit within {attempt} of that",
}
"""The line's own response times stand in the braces, so that the text and the clock of the sales inbox say the same."""


def propose_handoffs(mqls: Sequence[Score], context: Context) -> list[Proposal]:
    """One handoff per MQL, people who asked for contact first. No limit applies: an MQL is never dropped because the queue is long.

    A lead without a contact on file is not handed over: sales could not reach it. It is, as soon as it leaves one.
    """
    ranked = sorted(mqls, key=lambda one: (not one.fast_lane, -one.total, one.lead, one.service_line))
    due = [score for score in ranked if (score.is_mql or score.fast_lane) and context.reachable(score.lead)]
    return [_handoff(score, context) for score in due if _may_return(score, context)]


def _may_return(score: Score, context: Context) -> bool:
    """What sales closed on this line stays closed, unless the person asks for contact."""
    before = context.stood(f"{score.lead}:{score.service_line}")
    return before is None or may_return(before.stage, before.reason, asked=score.fast_lane)


def _handoff(score: Score, context: Context) -> Proposal:
    line = context.line(score.service_line)
    name = line.name if line else score.service_line
    until = (
        f"MQL until {score.mql_until:%Y-%m-%d} if nothing happens" if score.mql_until else "Asked for contact; below the score threshold"
    )
    fields = _fields(score, context)
    return Proposal(
        kind=ActionKind.MQL_HANDOFF,
        channel=HANDOFF_CHANNEL,
        subject=f"{score.lead}:{score.service_line}",
        period=_period(score, context),
        content=Content(
            title=f"Hand {score.lead} to sales: {name}, {score.total:.0f} points",
            body="\n".join(
                (
                    f"Score {score.total:.0f} of 100: fit {score.fit:.0f}, intent {score.intent:.0f}.",
                    *(f"- {reason}" for reason in score.reasons),
                    until + ".",
                    "Fast lane: the person asked for contact." if score.fast_lane else "Reached the agreed threshold by engagement.",
                    f"Next: {fields['next_action']}.",
                )
            ),
            fields=fields,
            audience=Audience(description=f"sales, {name}", lead=score.lead, count=1),
            destination="sales inbox",
        ),
        why=score.reasons or (f"{score.total:.0f} points",),  # no date: reasons also go to a webhook without a BAA
        risk=Risk.MEDIUM,
        track=score.track,
        states=context.lead_states(score.lead, score.service_line),
        facts={
            "contains_phi": True,
            "handoff_fields": list(fields),
            "track": score.track.value,
            "service_line": score.service_line,
            "referral_source_reward": False,
            "score_uses_referral_volume": False,
            "disclosure_logged": True,
            "payee": "employee",
        },
    )


def _fields(score: Score, context: Context) -> dict[str, Scalar]:
    sla = context.practice.sla(score.service_line, score.track)
    flags = [name for name, held in (("email", context.consented(score.lead)), ("suppressed", context.suppressed(score.lead))) if held]
    return {
        "lead_id": score.lead,
        "service_line": score.service_line,
        "score": round(score.total),
        "stage": "fast_lane" if score.fast_lane else "mql",
        "consent_flags": ", ".join(flags) or "none",
        "next_action": NEXT_ACTION[score.track, score.fast_lane].format(accept=sla.accept.words, attempt=sla.attempt.words),
    }


def _period(score: Score, context: Context) -> str:
    """The day the lead became an MQL. A late event may move that day back: then the handoff made for this spell already has its name.

    A handoff that expired, undecided or because the lead was no MQL for a while, is made again under today's date, and under the minute where that
    very day has an expired one: who asks for contact an hour later does not wait for tomorrow.
    """
    subject = f"{score.lead}:{score.service_line}"
    since_at = score.mql_since or score.at
    before = context.stood(subject)
    if before is not None and before.stage in CLOSED and before.at <= since_at and f"{before.at:%Y-%m-%d}" == f"{since_at:%Y-%m-%d}":
        return f"{since_at:%Y-%m-%dT%H:%M}"  # sales gave it back earlier on that very day: its name is taken, and this is another spell
    since = f"{since_at:%Y-%m-%d}"
    standing = next((day for day in context.handoff_days(subject) if day >= since), None)
    lapsed = [day for day in context.lapsed_handoffs(subject) if day >= since]
    if standing or not lapsed:
        return standing or since
    today = f"{context.now:%Y-%m-%d}"
    return f"{context.now:%Y-%m-%dT%H:%M}" if today in lapsed else today

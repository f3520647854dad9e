"""The life of a lead on one service line: its stages, which move is allowed, and what each reason of sales entails. Knows no store, no clock.

anonymous -> lead -> engaged -> mql (queued for approval, then with sales) -> accepted -> sql -> opportunity (referral track) or booked (patients)
-> seen | lost. A lead that sales returns is recycled (it may come back) or rejected (closed on that line).
Source: scoring facts, "Handoff contract".
"""

from collections.abc import Iterable
from enum import StrEnum

from pydantic import Field

from policies.records import Record, Track


class Stage(StrEnum):
    """`engaged` begins with the first event that gives points; `mql` when the handoff is queued for approval."""

    ANONYMOUS = "anonymous"
    LEAD = "lead"
    ENGAGED = "engaged"
    MQL = "mql"
    ACCEPTED = "accepted"
    SQL = "sql"
    OPPORTUNITY = "opportunity"
    BOOKED = "booked"
    SEEN = "seen"
    LOST = "lost"
    RECYCLED = "recycled"
    REJECTED = "rejected"


MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.ANONYMOUS: frozenset({Stage.LEAD}),
    # A request for a person needs no points, so a lead may skip `engaged`.
    Stage.LEAD: frozenset({Stage.ENGAGED, Stage.MQL}),
    Stage.ENGAGED: frozenset({Stage.MQL}),
    # Back to engaged: the handoff was not approved.
    Stage.MQL: frozenset({Stage.ACCEPTED, Stage.RECYCLED, Stage.REJECTED, Stage.ENGAGED}),
    Stage.ACCEPTED: frozenset({Stage.SQL, Stage.RECYCLED, Stage.REJECTED}),
    Stage.SQL: frozenset({Stage.OPPORTUNITY, Stage.BOOKED, Stage.LOST}),
    Stage.OPPORTUNITY: frozenset({Stage.SEEN, Stage.LOST}),
    Stage.BOOKED: frozenset({Stage.SEEN, Stage.LOST}),
    # A new spell of interest begins a new handoff; a closed lead comes back only by asking for a person (`may_return`).
    Stage.SEEN: frozenset({Stage.MQL}),
    Stage.LOST: frozenset({Stage.MQL}),
    Stage.RECYCLED: frozenset({Stage.MQL}),
    Stage.REJECTED: frozenset({Stage.MQL}),
}
"""Every allowed move; what is not listed is refused."""

RANK: tuple[Stage, ...] = (
    *(Stage.ANONYMOUS, Stage.LEAD, Stage.ENGAGED, Stage.RECYCLED, Stage.REJECTED, Stage.LOST),
    *(Stage.MQL, Stage.ACCEPTED, Stage.SQL, Stage.OPPORTUNITY, Stage.BOOKED, Stage.SEEN),
)
"""From the first to the last: of two service lines, or of two merged leads, the later stage is the lead's own."""

WON: dict[Track, Stage] = {Track.B2C_PATIENT: Stage.BOOKED, Track.B2B_REFERRAL: Stage.OPPORTUNITY}
"""What follows an SQL: patients book, referring practices and buyers become an opportunity."""


class IllegalMove(ValueError):
    """A move the table does not list."""


def check_move(old: Stage, new: Stage, *, track: Track | None = None) -> None:
    """Raises IllegalMove for a move that is not in `MOVES`, or a `booked`/`opportunity` of the other track."""
    if new not in MOVES[old]:
        allowed = ", ".join(sorted(MOVES[old])) or "none"
        raise IllegalMove(f"a lead cannot go from {old} to {new}: from {old} the moves are {allowed}")
    if track is not None and new in WON.values() and new is not WON[track]:
        raise IllegalMove(f"a lead of track {track} cannot become {new}: after sql comes {WON[track]}")


def next_stages(stage: Stage, track: Track) -> frozenset[Stage]:
    """Where a lead of this track may go from `stage`: what `check_move` allows, and a page may offer."""
    return frozenset(new for new in MOVES[stage] if new not in WON.values() or new is WON[track])


def overall(stages: Iterable[Stage]) -> Stage:
    """The stage of a lead that stands differently on its service lines: the furthest."""
    return max(stages, key=RANK.index)


# --- what sales says when it gives a lead back


class RejectReason(StrEnum):
    """The closed list; each is a label the scoring model is measured against."""

    NOT_REACHABLE = "not_reachable"
    WRONG_SERVICE_LINE = "wrong_service_line"
    OUTSIDE_AREA = "outside_area"
    PAYER_MISMATCH = "payer_mismatch"
    EXISTING_PATIENT = "existing_patient"
    NOT_DECISION_MAKER = "not_decision_maker"
    TIMING_LATER = "timing_later"
    DUPLICATE = "duplicate"
    SPAM_VENDOR = "spam_vendor"
    COMPLIANCE_HOLD = "compliance_hold"


class Label(StrEnum):
    """What an outcome teaches: was the lead worth handing over? `unknown` teaches nothing either way."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"


class Consequence(Record):
    """What follows a rejection. `rest_days`: a recycled lead may be an MQL again after so many days; `asks` names what else sales must say."""

    stage: Stage
    label: Label
    words: str
    rest_days: int = Field(0, ge=0)
    attempts: int = Field(0, ge=0, description="Attempts to reach the lead that must be on record first")
    over_days: int = Field(0, ge=0, description="Days between the first attempt and giving up")
    asks: tuple[str, ...] = ()  # return_on: a date | line: the right service line | of: the other lead
    suppress: bool = False  # nobody is contacted any more
    returns_by_request: bool = True  # closed, but a new request for a person is handed over again


CONSEQUENCES: dict[RejectReason, Consequence] = {
    RejectReason.NOT_REACHABLE: Consequence(
        stage=Stage.RECYCLED,
        label=Label.UNKNOWN,
        rest_days=30,
        attempts=3,
        over_days=7,
        words="After 3 attempts over 7 days the lead goes back to nurture; it can be handed over again by a new act after 30 days.",
    ),
    RejectReason.WRONG_SERVICE_LINE: Consequence(
        stage=Stage.REJECTED,
        label=Label.UNKNOWN,
        asks=("line",),
        words="The lead moves to the right service line's inbox at once and its response time starts anew.",
    ),
    RejectReason.OUTSIDE_AREA: Consequence(
        stage=Stage.REJECTED, label=Label.BAD, words="Closed on this line. It is handed over again only if the person asks for contact."
    ),
    RejectReason.PAYER_MISMATCH: Consequence(
        stage=Stage.REJECTED, label=Label.BAD, words="Closed on this line. It is handed over again only if the person asks for contact."
    ),
    RejectReason.EXISTING_PATIENT: Consequence(
        stage=Stage.REJECTED, label=Label.UNKNOWN, words="Closed on this line and left out of the model's outcomes: not a new patient."
    ),
    RejectReason.NOT_DECISION_MAKER: Consequence(
        stage=Stage.REJECTED, label=Label.BAD, words="Closed on this line. It is handed over again only if the person asks for contact."
    ),
    RejectReason.TIMING_LATER: Consequence(
        stage=Stage.RECYCLED,
        label=Label.UNKNOWN,
        asks=("return_on",),
        words="The lead rests until the date you state; a new act after it can hand it over again.",
    ),
    RejectReason.DUPLICATE: Consequence(
        stage=Stage.REJECTED,
        label=Label.UNKNOWN,
        asks=("of",),
        words="The lead is merged into the one you name: acts, contact and score are counted once.",
    ),
    RejectReason.SPAM_VENDOR: Consequence(
        stage=Stage.REJECTED,
        label=Label.BAD,
        suppress=True,
        returns_by_request=False,
        words="Closed for good and put on the do-not-contact list.",
    ),
    RejectReason.COMPLIANCE_HOLD: Consequence(
        stage=Stage.REJECTED,
        label=Label.UNKNOWN,
        suppress=True,
        returns_by_request=False,
        words="Nobody contacts the lead any more, and it is not handed over again; compliance is asked to look.",
    ),
}
"""Each reason's consequence.  Source: scoring facts, "Handoff contract"."""

if CONSEQUENCES.keys() != set(RejectReason):
    raise RuntimeError(f"policies/leads/lifecycle.py lacks {sorted(set(RejectReason) - CONSEQUENCES.keys())}: every reason needs a row")


class LostReason(StrEnum):
    """Why a qualified lead did not come: no word about anybody's health."""

    CHOSE_ANOTHER = "chose_another"
    COST_OR_COVERAGE = "cost_or_coverage"
    NO_APPOINTMENT_IN_TIME = "no_appointment_in_time"
    DECIDED_AGAINST = "decided_against"
    NO_SHOW = "no_show"
    NO_ANSWER = "no_answer"


class Attempt(StrEnum):
    """What came of one attempt to reach a lead."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    LEFT_MESSAGE = "left_message"


def label_of(stage: Stage, reason: str | None, *, missed_sla: bool) -> Label:
    """Was it right to hand the lead over? Whatever sales accepted was; a rejection is judged by its reason.

    A rejection after a missed response time teaches nothing: the lead may have gone elsewhere meanwhile.
    """
    if stage in (Stage.ACCEPTED, Stage.SQL, Stage.OPPORTUNITY, Stage.BOOKED, Stage.SEEN, Stage.LOST):
        return Label.GOOD
    if stage not in (Stage.REJECTED, Stage.RECYCLED) or reason is None:
        return Label.UNKNOWN
    label = CONSEQUENCES[RejectReason(reason)].label
    return Label.UNKNOWN if label is Label.BAD and missed_sla else label


OPEN = (Stage.MQL, Stage.ACCEPTED, Stage.SQL, Stage.OPPORTUNITY, Stage.BOOKED)
"""A handoff of the lead on that line is under way: it waits for approval or sales has it."""


def may_return(stage: Stage, reason: str | None, *, asked: bool) -> bool:
    """Whether a lead that stands at `stage` on a line may be handed over there again; `asked` = it asked for a person.

    Not while a handoff is under way, whatever it is called: another version of the model may date the same spell from another day.
    """
    if stage in OPEN:
        return False
    if stage is Stage.REJECTED:
        known = CONSEQUENCES[RejectReason(reason)] if reason in set(RejectReason) else None
        return asked and (known is None or known.returns_by_request)
    return True

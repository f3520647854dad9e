"""The stages of a lead: the table is the law, and no order of moves gets round it."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from policies.leads.lifecycle import (
    CONSEQUENCES,
    MOVES,
    RANK,
    WON,
    IllegalMove,
    Label,
    LostReason,
    RejectReason,
    Stage,
    check_move,
    label_of,
    may_return,
    overall,
)
from policies.records import Track

ALLOWED = {
    "anonymous": "lead",
    "lead": "engaged mql",
    "engaged": "mql",
    "mql": "accepted recycled rejected engaged",
    "accepted": "sql recycled rejected",
    "sql": "opportunity booked lost",
    "opportunity": "seen lost",
    "booked": "seen lost",
    "seen": "mql",
    "lost": "mql",
    "recycled": "mql",
    "rejected": "mql",
}


@pytest.mark.parametrize(("old", "new"), [(old, new) for old in Stage for new in Stage])
def test_the_table_of_moves(old: Stage, new: Stage) -> None:
    if new in ALLOWED[old].split():
        check_move(old, new)
    else:
        with pytest.raises(IllegalMove, match=f"from {old} to {new}: from {old} the moves are"):
            check_move(old, new)


def test_every_stage_has_moves_and_a_rank() -> None:
    assert MOVES.keys() == set(Stage) == set(RANK)
    assert len(RANK) == len(Stage)


@pytest.mark.parametrize(("track", "other"), [(Track.B2C_PATIENT, Stage.OPPORTUNITY), (Track.B2B_REFERRAL, Stage.BOOKED)])
def test_patients_book_and_practices_become_an_opportunity(track: Track, other: Stage) -> None:
    check_move(Stage.SQL, WON[track], track=track)

    with pytest.raises(IllegalMove, match=f"after sql comes {WON[track]}"):
        check_move(Stage.SQL, other, track=track)


def test_the_furthest_line_is_the_leads_own_stage() -> None:
    assert overall([Stage.REJECTED, Stage.ACCEPTED, Stage.RECYCLED]) is Stage.ACCEPTED
    assert overall([Stage.LOST, Stage.SEEN]) is Stage.SEEN


# --- reasons


@pytest.mark.parametrize(
    ("reason", "stage", "rest_days", "suppress", "asks"),
    [
        ("not_reachable", "recycled", 30, False, ()),
        ("wrong_service_line", "rejected", 0, False, ("line",)),
        ("outside_area", "rejected", 0, False, ()),
        ("payer_mismatch", "rejected", 0, False, ()),
        ("existing_patient", "rejected", 0, False, ()),
        ("not_decision_maker", "rejected", 0, False, ()),
        ("timing_later", "recycled", 0, False, ("return_on",)),
        ("duplicate", "rejected", 0, False, ("of",)),
        ("spam_vendor", "rejected", 0, True, ()),
        ("compliance_hold", "rejected", 0, True, ()),
    ],
)
def test_each_reason_has_its_consequence(reason: str, stage: str, rest_days: int, suppress: bool, asks: tuple[str, ...]) -> None:
    found = CONSEQUENCES[RejectReason(reason)]

    assert (found.stage, found.rest_days, found.suppress, found.asks) == (stage, rest_days, suppress, asks)
    assert found.words.endswith(".")


def test_nobody_is_given_up_before_three_attempts_over_a_week() -> None:
    found = CONSEQUENCES[RejectReason.NOT_REACHABLE]

    assert (found.attempts, found.over_days) == (3, 7)


@pytest.mark.parametrize("reason", ["outside_area", "payer_mismatch", "not_decision_maker", "spam_vendor"])
def test_a_missed_response_time_is_never_held_against_the_lead(reason: str) -> None:
    assert label_of(Stage.REJECTED, reason, missed_sla=False) is Label.BAD
    assert label_of(Stage.REJECTED, reason, missed_sla=True) is Label.UNKNOWN


@pytest.mark.parametrize(
    "reason", ["not_reachable", "duplicate", "timing_later", "compliance_hold", "wrong_service_line", "existing_patient"]
)
def test_some_reasons_teach_nothing(reason: str) -> None:
    assert label_of(Stage.REJECTED, reason, missed_sla=False) is Label.UNKNOWN


@pytest.mark.parametrize("stage", ["accepted", "sql", "opportunity", "booked", "seen", "lost"])
def test_what_sales_accepted_was_worth_handing_over(stage: str) -> None:
    reason = LostReason.NO_SHOW.value if stage == "lost" else None

    assert label_of(Stage(stage), reason, missed_sla=True) is Label.GOOD
    assert label_of(Stage.MQL, None, missed_sla=False) is Label.UNKNOWN


@pytest.mark.parametrize(
    ("stage", "reason", "asked", "returns"),
    [
        ("recycled", "timing_later", False, True),
        ("lost", "no_show", False, True),
        ("rejected", "payer_mismatch", False, False),
        ("rejected", "payer_mismatch", True, True),
        ("rejected", "spam_vendor", True, False),
        ("rejected", "compliance_hold", True, False),
        ("engaged", None, False, True),
    ],
)
def test_a_closed_lead_comes_back_only_by_asking(stage: str, reason: str | None, asked: bool, returns: bool) -> None:
    assert may_return(Stage(stage), reason, asked=asked) is returns


# --- any order of moves


class Life(RuleBasedStateMachine):
    """Sales, marketing and the clock push at random; only what the table lists happens."""

    def __init__(self) -> None:
        super().__init__()
        self.track = Track.B2C_PATIENT
        self.stage = Stage.ANONYMOUS
        self.past: list[Stage] = [self.stage]

    @rule(track=st.sampled_from(Track))
    @precondition(lambda self: len(self.past) == 1)
    def is_of(self, track: Track) -> None:
        self.track = track

    @rule(new=st.sampled_from(Stage))
    def try_to_move(self, new: Stage) -> None:
        try:
            check_move(self.stage, new, track=self.track)
        except IllegalMove:
            return
        self.stage = new
        self.past.append(new)

    @invariant()
    def nothing_is_accepted_that_was_no_mql(self) -> None:
        for before, after in zip(self.past, self.past[1:], strict=False):
            assert after is not Stage.ACCEPTED or before is Stage.MQL
            assert after is not Stage.SQL or before is Stage.ACCEPTED
            assert after not in WON.values() or (before is Stage.SQL and after is WON[self.track])
            assert after is not Stage.SEEN or before in WON.values()

    @invariant()
    def nobody_becomes_anonymous_again(self) -> None:
        assert Stage.ANONYMOUS not in self.past[1:]


Life.TestCase.settings = settings(max_examples=80, stateful_step_count=40)
test_no_order_of_moves_gets_round_the_table = Life.TestCase

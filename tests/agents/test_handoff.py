from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from agents.handoff import HANDOFF_FIELDS, propose_handoffs
from policies.actions import Proposal
from policies.leads.lifecycle import Stage
from policies.phi.scrub import Scrubber
from policies.records import Channel, Score, Track
from policies.rules.catalogue import Catalogue
from tests.agents.conftest import Check
from tests.agents.made import NOW, context, score
from tools.packs.phi import load_lexicon
from tools.store.lifecycle import StageRow


def handoffs(*scores: Score, **changes: Any) -> list[Proposal]:
    return propose_handoffs(scores, context(Channel.SEARCH, **changes))


def test_there_is_one_handoff_per_lead_and_line_named_after_the_day_it_became_an_mql() -> None:
    found = handoffs(score("L-1"), score("L-1", "dental"), score("L-2"))

    assert [(one.subject, one.period) for one in found] == [
        ("L-1:dental", "2026-02-28"),
        ("L-1:orthopaedics", "2026-02-28"),
        ("L-2:orthopaedics", "2026-02-28"),
    ]


def test_a_handoff_says_score_reasons_until_when_and_what_next(check: Check) -> None:
    [found] = handoffs(score("L-1"), consented=lambda _: True)

    assert found.content.body.splitlines() == [
        "Score 72 of 100: fit 30, intent 42.",
        "- asked about prices",
        "- viewed a clinician's profile",
        "MQL until 2026-05-01 if nothing happens.",
        "Reached the agreed threshold by engagement.",
        "Next: Accept within 15 business minutes, first contact within 15 business minutes of that; offer a time to talk.",
    ]
    assert found.content.fields["consent_flags"] == "email"
    assert check(found) == {}


def test_who_asked_for_contact_goes_first_whatever_the_score(check: Check) -> None:
    asked = score("L-9", total=12.0, fast_lane=True, is_mql=False, mql_since=None, mql_until=None)

    first, second = handoffs(score("L-1"), asked)

    assert (first.subject, second.subject) == ("L-9:orthopaedics", "L-1:orthopaedics")
    assert first.content.fields["stage"] == "fast_lane"
    assert first.period == f"{NOW:%Y-%m-%d}"
    assert check(first) == {}


def test_who_is_no_longer_an_mql_is_not_handed_off() -> None:
    assert handoffs(score("L-1", is_mql=False)) == []


def test_no_plan_limits_handoffs() -> None:
    assert len(handoffs(*(score(f"L-{n}") for n in range(80)), max_actions=0)) == 80


def test_the_fields_are_those_that_minimum_necessary_allows(catalogue: Catalogue, check: Check) -> None:
    [rule] = [one.rule for one in catalogue.rules if one.rule.id == "HIPAA-164.502-MINNEC"]
    allowed = next(condition.value for condition in rule.detect.conditions_all if condition.field == "handoff_fields")

    [found] = handoffs(score("L-1"))

    assert tuple(found.content.fields) == HANDOFF_FIELDS
    assert set(HANDOFF_FIELDS) <= set(allowed)
    wider = found.model_copy(update={"facts": {**found.facts, "handoff_fields": [*HANDOFF_FIELDS, "diagnosis"]}})
    assert "HIPAA-164.502-MINNEC" in check(wider)


def test_a_handoff_holds_no_identifier_but_its_own_date() -> None:
    scrubber = Scrubber(load_lexicon(), ())

    [found] = handoffs(score("L-1"), score("L-1", "physician_liaison", track=Track.B2B_REFERRAL))[:1]

    assert {span.label.value for span in scrubber.scan(found.content.body)} <= {"DATE"}
    assert not any(scrubber.scan(reason) for reason in found.why)  # reasons also go to a webhook without a BAA


@pytest.mark.parametrize(
    ("earlier", "period"),
    [
        pytest.param("2026-03-01", "2026-03-01", id="a late event moved the start back: the same spell, the same name"),
        pytest.param("2026-01-10", "2026-02-28", id="an older spell is over: a new handoff"),
    ],
)
def test_a_late_event_makes_no_second_handoff(earlier: str, period: str) -> None:
    [found] = handoffs(score("L-1"), handoff_days=lambda _: (earlier,))

    assert found.period == period


def test_a_referring_practice_is_never_offered_anything_for_volume() -> None:
    [found] = handoffs(score("L-3", "physician_liaison", track=Track.B2B_REFERRAL, mql_until=NOW + timedelta(days=9)))

    assert found.facts["referral_source_reward"] is False
    assert "visit" in str(found.content.fields["next_action"])


def test_a_handoff_nobody_decided_in_time_is_made_again_while_the_lead_is_an_mql() -> None:
    [first] = handoffs(score("L-1"))

    [again] = handoffs(score("L-1"), lapsed_handoffs=lambda _: (first.period,))
    [standing] = handoffs(score("L-1"), handoff_days=lambda _: (again.period,), lapsed_handoffs=lambda _: (first.period,))

    assert again.period > first.period
    assert standing.period == again.period


def test_who_asks_for_contact_on_the_day_its_handoff_lapsed_does_not_wait_for_tomorrow() -> None:
    [first] = handoffs(score("L-1"))
    [again] = handoffs(score("L-1"), lapsed_handoffs=lambda _: (first.period,))
    [third] = handoffs(score("L-1"), lapsed_handoffs=lambda _: (first.period, again.period))

    assert first.period < again.period < third.period
    assert third.period.startswith(f"{again.period}T")
    [standing] = handoffs(score("L-1"), handoff_days=lambda _: (third.period,), lapsed_handoffs=lambda _: (first.period, again.period))
    assert standing.period == third.period


def test_a_lead_nobody_can_reach_is_not_handed_over_until_it_can_be() -> None:
    assert handoffs(score("L-1"), reachable=lambda _: False) == []
    assert len(handoffs(score("L-1"), reachable=lambda _: True)) == 1


def stood(stage: Stage, reason: str | None = None, *, at: datetime = NOW) -> Callable[[str], StageRow]:
    return lambda subject: StageRow(lead="L-1", service_line="orthopaedics", stage=stage, at=at, by="sam", reason=reason)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stage", "reason", "asked", "handed"),
    [
        pytest.param(Stage.REJECTED, "payer_mismatch", False, 0, id="closed"),
        pytest.param(Stage.REJECTED, "payer_mismatch", True, 1, id="closed, but the person asks"),
        pytest.param(Stage.REJECTED, "spam_vendor", True, 0, id="suppressed"),
        pytest.param(Stage.RECYCLED, "timing_later", False, 1, id="recycled, and an MQL again"),
        pytest.param(Stage.SEEN, None, False, 1, id="seen, and interested again"),
        pytest.param(Stage.MQL, None, False, 0, id="one waits already, whatever day another version of the model gives it"),
        pytest.param(Stage.SQL, None, True, 0, id="sales is on it"),
    ],
)
def test_what_sales_closed_stays_closed_unless_the_person_asks(stage: Stage, reason: str | None, asked: bool, handed: int) -> None:
    assert len(handoffs(score("L-1", fast_lane=asked), stood=stood(stage, reason, at=NOW - timedelta(days=40)))) == handed


def test_a_lead_given_back_in_the_morning_may_ask_again_in_the_afternoon() -> None:
    morning, afternoon = NOW.replace(hour=8), NOW.replace(hour=15)
    day = f"{NOW:%Y-%m-%d}"

    [again] = handoffs(
        score("L-1", fast_lane=True, mql_since=afternoon),
        stood=stood(Stage.RECYCLED, "timing_later", at=morning),
        handoff_days=lambda _: (day,),
    )

    assert again.period == f"{day}T15:00", "the first handoff of the day has its name already"

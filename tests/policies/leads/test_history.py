import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.history import LeadScore, read_history, score_history
from policies.leads.model import Model
from tests.policies.leads.made import capped_model

DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
FIT = {"lead": "x", "attributes": {"in_area": "yes", "payer": "accepted"}}


def event(number: int, type_: str, day: float, lead: str = "x") -> dict[str, Any]:
    return {"lead": lead, "event_id": f"e{number}", "type": type_, "occurred_at": (DAY_0 + timedelta(days=day)).isoformat()}


def run(model: Model, *lines: dict[str, Any], day: float) -> list[LeadScore]:
    history, bad = read_history(json.dumps(line) for line in lines)
    assert not bad
    return score_history(model, history, at=DAY_0 + timedelta(days=day))


def test_the_published_crossing_from_lines_to_dates(make_model: Callable[..., Model]) -> None:
    (score,) = run(make_model(), FIT, event(1, "request", 0), day=91.3125)

    assert (score.fit, score.intent, score.total) == (20, pytest.approx(45), pytest.approx(65))
    assert score.is_mql
    assert score.mql_since == DAY_0
    assert score.mql_until is not None
    assert (score.mql_until - DAY_0) / timedelta(days=1) == pytest.approx(128.70, abs=0.005)


def test_only_the_first_n_in_event_time_count(make_model: Callable[..., Model]) -> None:
    (score,) = run(make_model(), *(event(n, "page", day) for n, day in enumerate((5, 1, 4, 2))), day=5)

    assert {one.event_id for one in score.contributions if one.points_now} == {"e1", "e3", "e2"}
    assert [one.event_id for one in score.contributions] == ["e1", "e3", "e2", "e0"]
    assert sum(one.points_now for one in score.contributions) == pytest.approx(score.intent)


def test_an_event_after_the_instant_does_not_exist_yet(make_model: Callable[..., Model]) -> None:
    before = run(make_model(max_counted={"request": 1}), FIT, event(2, "request", 30), day=29)
    (now,) = run(make_model(max_counted={"request": 1}), FIT, event(2, "request", 30), event(1, "request", 40), day=30)

    assert (before[0].intent, before[0].contributions) == (0, ())
    assert now.is_mql
    assert now.mql_since == DAY_0 + timedelta(days=30)


def test_a_disqualified_lead_stays_out(make_model: Callable[..., Model]) -> None:
    (score,) = run(make_model(), FIT, event(1, "vendor", 1), event(2, "request", 2), day=3)

    assert not score.is_mql
    assert (score.mql_since, score.mql_until) == (None, None)
    assert score.total > 60


def test_a_lead_without_events_and_one_without_attributes_are_scored(make_model: Callable[..., Model]) -> None:
    scores = run(make_model(), FIT, event(1, "page", 0, lead="a"), day=0)

    assert [(score.lead, score.fit, score.intent) for score in scores] == [("a", 0, 10), ("x", 20, 0)]


kinds = st.sampled_from(["request", "call", "page", "penalty", "vendor", "other"])


@given(st.lists(st.tuples(kinds, st.integers(0, 300), st.sampled_from("xy")), max_size=20), st.randoms(use_true_random=False))
def test_order_and_duplicates_of_lines_change_nothing(found: list[tuple[str, int, str]], chance: random.Random) -> None:
    lines = [FIT, *(event(n, kind, day, lead) for n, (kind, day, lead) in enumerate(found))]
    shuffled = [*lines, *lines[1::2]]
    chance.shuffle(shuffled)

    one, other = run(capped_model(), *lines, day=310), run(capped_model(), *shuffled, day=310)

    assert [score.model_dump(exclude={"mql_until"}) for score in one] == [score.model_dump(exclude={"mql_until"}) for score in other]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"lead":"x"}', "event_id: this key is missing"),
        ('{"lead":"x","event_id":"1","type":"a","occurred_at":"2026-01-01T00:00:00"}', "occurred_at: no time zone"),
        ('{"lead":"x","event_id":"1","type":"a","occurred_at":"soon"}', "occurred_at"),
        ('{"lead":"","attributes":{}}', "lead"),
        ('{"lead":"x","attributes":[1]}', "attributes"),
    ],
)
def test_a_line_that_is_no_history_is_named_and_the_rest_is_read(line: str, reason: str) -> None:
    history, bad = read_history(["", line, json.dumps(FIT)])

    assert len(history) == 1
    assert [one.line for one in bad] == [2]
    assert bad[0].reason.startswith(reason)


def test_columns_of_the_exporting_system_do_not_cost_the_line_its_points() -> None:
    history, bad = read_history([json.dumps(event(1, "page", 0) | {"crm_id": "77"})])

    assert len(history) == 1
    assert not bad

"""Scoring everybody at once gives what scoring lead by lead gives, under every sort of cap."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.leads.decay import LANDMARK, days
from policies.leads.model import Model
from policies.leads.mql import NOTHING_YET, advance
from policies.leads.score import count_again, intent, total_points, weight_of
from policies.records import Award, EngagementId, LeadId
from tools.bulk import rescore
from tools.bulk.rescore import Events, count_flags, group_sums, intent_at, totals_at

KINDS = ("call", "page", "guide", "bounce", "form")
DAY_0 = datetime(2026, 1, 1, tzinfo=UTC)
caps = st.builds(
    dict,
    count=st.integers(0, 3),
    per=st.sampled_from(["day", "ever", "window:1", "window:3", "window:7"]),
    each=st.sampled_from(["lead", "object"]),
)


@st.composite
def models(draw: st.DrawFn) -> Model:
    return Model.model_validate(
        {
            "track": "b2c_patient",
            "intent_points": {"call": 30, "page": 3, "guide": 10, "bounce": -15, "form": 8},
            "decay_per_quarter": draw(st.sampled_from([0.20, 0.25, 0.30])),
            "threshold": 60,
            "caps": draw(st.dictionaries(st.sampled_from(KINDS), caps)),
            "groups": {"one": {"cap": 24, "events": ["call", "page"]}, "off": {"cap": 12, "events": ["bounce"]}},
        }
    )


histories = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(KINDS), st.integers(0, 30 * 8), st.integers(0, 2)),
    max_size=60,
)


@given(model=models(), history=histories, after=st.integers(0, 200), chunk=st.sampled_from([3, 1 << 20]))
def test_everybody_at_once_is_everybody_one_by_one(model: Model, history: list[tuple[int, str, int, int]], after: int, chunk: int) -> None:
    at = DAY_0 + timedelta(days=40 + after)
    awards: dict[int, list[Award]] = {lead: [] for lead in range(4)}
    for number, (lead, kind, eighth, thing) in enumerate(history):
        group, weight = weight_of(model, kind)
        when = DAY_0 + timedelta(hours=3 * eighth)
        name = EngagementId(f"E-{number:03}")
        awards[lead].append(Award(LeadId(str(lead)), model.id, name, kind, group, weight, when, True, f"o{thing}"))
    ordered = [award for lead in range(4) for award in sorted(awards[lead], key=lambda one: (one.occurred_at, one.engagement))]
    events = Events(
        lead=np.array([int(one.lead) for one in ordered], dtype=np.int32),
        kind=np.array([KINDS.index(one.event) for one in ordered], dtype=np.int8),
        at=np.array([days(LANDMARK, one.occurred_at) for one in ordered], dtype=np.float64),
        thing=np.array([int(str(one.object_key)[1:]) for one in ordered], dtype=np.int32),
        kinds=KINDS,
    )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rescore, "_CHUNK", chunk)
        flags = count_flags(model, events)
        names, sums = group_sums(model, events, flags, 4)
    found = intent_at(model, names, sums, days(LANDMARK, at))
    totals = totals_at(model, np.full(4, 20.0), found)

    judged = {lead: count_again(model, awards[lead]) for lead in awards}
    assert flags.tolist() == [one.counted for lead in range(4) for one in judged[lead]]
    for lead, mine in judged.items():
        stored = advance(model, 20.0, NOTHING_YET, mine).groups
        expected = intent(model, stored, at)
        assert {name: sums[lead, place] for place, name in enumerate(names) if name in stored} == pytest.approx(dict(stored), rel=1e-9)
        assert found[lead] == pytest.approx(expected, abs=1e-9)
        assert totals[lead] == pytest.approx(total_points(model, 20.0, expected), abs=1e-9)

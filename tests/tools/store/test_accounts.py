"""Practices and households at rest: who belongs together by the latest word of each, and what they are worth together."""

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from policies.leads.accounts import practices
from policies.leads.identity import AMBIGUOUS_AT
from policies.leads.model import Model
from policies.records import Engagement, Track
from tests.tools.store.pipeline import DAY_0, Pipeline, act, link_of
from tools.keys import new_ring
from tools.packs.models import SHIPPED, load_model_file
from tools.store.accounts import WORKPLACES, Group, groups_of_lead, household_of, practice_of, stated, top_practices
from tools.store.database import open_database
from tools.store.tables import lead_groups, lead_holds, lead_keys

LIAISON = "physician_liaison"
LATER = DAY_0 + timedelta(days=99)


@pytest.fixture(scope="module")
def models() -> dict[str, Model]:
    return {name: load_model_file(SHIPPED / f"{name}.yaml") for name in ("orthopaedics", LIAISON)}


def referrer(name: str, kind: str, person: str, *groups: str, day: float = 0) -> Engagement:
    fields: dict[str, Any] = {
        "track": Track.B2B_REFERRAL,
        "group_keys": groups,
        "attributes": {"specialty_match": "yes", "distance": "near"},
    }
    return act(name, kind, f"email:{person}", day=day, line=LIAISON, **fields)


def patient(name: str, person: str, *groups: str, day: float = 0, agrees: bool | None = True) -> Engagement:
    consent = {} if agrees is None else {"household": agrees}
    return act(name, "pricing_page", f"email:{person}", day=day, group_keys=groups, consent=consent)


def together(pipeline: Pipeline, person: str, *, home: bool = False) -> set[str]:
    """The match keys of everybody who is of the person's practice or household."""
    with pipeline.database.read() as connection:
        lead = link_of(connection, f"email:{person}")
        found = household_of(connection, lead, at=LATER) if home else practice_of(connection, lead, at=LATER)
        owners = {row.lead: row.match_key for row in connection.execute(lead_keys.select()) if row.match_key.startswith("email:")}
    return {owners[one].removeprefix("email:") for one in found}


def group_of(pipeline: Pipeline, person: str, *, day: float) -> Group:
    with pipeline.database.read() as connection:
        lead = link_of(connection, f"email:{person}")
        (group,) = groups_of_lead(connection, pipeline.models, lead, at=DAY_0 + timedelta(days=day))
        return group


def test_a_practice_is_worth_its_best_contact_half_the_second_and_a_quarter_of_the_third(pipeline: Pipeline) -> None:
    pipeline.take(
        referrer("1", "referral_form", "ana", "org:a", "orgsite:s"),
        referrer("2", "cme_attended", "ben", "orgsite:s"),
        referrer("3", "liaison_visit", "cy", "org:a"),
        referrer("4", "staff_question", "dee", "org:a"),
        referrer("5", "referral_form", "eve", "org:b"),
    )

    group = group_of(pipeline, "dee", day=0)

    assert [round(one.intent, 6) for one in group.members] == [20, 20, 15, 8]
    assert (group.fit, round(group.intent, 6), round(group.total, 6)) == (20, 20 + 10 + 3.75, 53.75)
    assert group.is_practice
    assert together(pipeline, "eve") == {"eve"}


def test_a_practice_fades_with_its_contacts_and_never_passes_the_cap_of_intent(pipeline: Pipeline) -> None:
    pipeline.take(
        *(referrer(f"{n}{kind}", kind, f"{n}", "org:a", day=n / 10) for n in range(4) for kind in ("peer_call_request", "cme_attended"))
    )

    assert group_of(pipeline, "0", day=1).intent == 60
    assert group_of(pipeline, "0", day=400).intent < group_of(pipeline, "0", day=300).intent < 60


def test_what_a_contact_does_later_is_not_known_before(pipeline: Pipeline) -> None:
    pipeline.take(referrer("1", "referral_page", "ana", "org:a"), referrer("2", "referral_page", "ben", "org:a"))
    early = group_of(pipeline, "ana", day=1)
    pipeline.take(referrer("3", "peer_call_request", "ben", "org:a", day=5))

    assert group_of(pipeline, "ana", day=1).intent == pytest.approx(early.intent, abs=1e-9)
    assert group_of(pipeline, "ana", day=5).intent > early.intent


def test_who_changes_the_practice_is_of_the_new_one_and_joins_nobody(pipeline: Pipeline) -> None:
    pipeline.take(
        referrer("1", "referral_page", "ana", "org:a", "orgsite:s"),
        referrer("2", "referral_page", "ben", "org:a"),
        referrer("3", "referral_page", "cy", "org:b", "orgsite:t"),
        referrer("4", "referral_page", "ana", "org:b", "orgsite:t", day=3),
    )
    assert together(pipeline, "ana") == {"ana", "cy"}
    assert together(pipeline, "ben") == {"ben"}

    pipeline.take(referrer("5", "referral_page", "ana", "org:a", "orgsite:s", day=1))  # arrives late, says nothing new
    assert together(pipeline, "ana") == {"ana", "cy"}


def test_the_best_practices_come_first_and_one_contact_is_a_practice_too(pipeline: Pipeline) -> None:
    pipeline.take(
        referrer("1", "referral_form", "ana", "org:a"),
        referrer("2", "referral_form", "ben", "org:a"),
        referrer("3", "peer_call_request", "cy", "org:b"),
        referrer("4", "staff_question", "dee", "org:c"),
    )

    with pipeline.database.read() as connection:
        found = top_practices(connection, pipeline.models[LIAISON], at=DAY_0, limit=2)
    assert [(len(one.members), round(one.intent, 6)) for one in found] == [(1, 40), (2, 30)]


def test_two_who_named_each_other_and_agree_are_a_household(pipeline: Pipeline) -> None:
    pipeline.take(patient("1", "sam", "home:x"))
    assert together(pipeline, "sam", home=True) == {"sam"}, "one half alone is nothing"

    pipeline.take(patient("2", "alex", "home:x"))
    assert together(pipeline, "sam", home=True) == {"sam", "alex"}
    group = group_of(pipeline, "sam", day=0)
    assert (group.is_practice, len(group.members)) == (False, 2)


@pytest.mark.parametrize("who", ["sam", "alex"])
def test_either_may_end_a_household_at_any_time(pipeline: Pipeline, who: str) -> None:
    pipeline.take(patient("1", "sam", "home:x"), patient("2", "alex", "home:x"), patient("3", who, day=1, agrees=False))

    assert together(pipeline, "sam", home=True) == {"sam"}
    assert together(pipeline, "alex", home=True) == {"alex"}


def test_a_newer_partner_takes_the_place_of_the_older(pipeline: Pipeline) -> None:
    pipeline.take(patient("1", "sam", "home:x"), patient("2", "alex", "home:x"), patient("3", "sam", "home:y", day=2))

    assert together(pipeline, "alex", home=True) == {"alex"}
    assert together(pipeline, "sam", home=True) == {"sam"}


def test_a_revised_act_takes_back_what_it_said(pipeline: Pipeline) -> None:
    pipeline.take(referrer("1", "referral_page", "ana", "org:b", "orgsite:b"), referrer("2", "referral_page", "ben", "org:b"))
    assert together(pipeline, "ana") == {"ana", "ben"}

    pipeline.take(referrer("1", "referral_page", "ana", "org:a"))
    assert together(pipeline, "ana") == {"ana"}
    pipeline.take(referrer("1", "referral_page", "ana"))
    with pipeline.database.read() as connection:
        assert {row.group_key for row in connection.execute(lead_groups.select())} == {"org:b"}


def test_membership_is_as_of_the_instant_asked_for(pipeline: Pipeline) -> None:
    pipeline.take(referrer("1", "referral_page", "ana", "org:a", day=1), referrer("2", "referral_page", "ben", "org:a", day=50))

    with pipeline.database.read() as connection:
        lead = link_of(connection, "email:ana")
        assert [len(practice_of(connection, lead, at=DAY_0 + timedelta(days=day))) for day in (40, 50)] == [1, 2]


def test_what_an_act_states_is_of_the_one_it_is_linked_to_and_not_of_whoever_shares_its_telephone(pipeline: Pipeline) -> None:
    pipeline.take(patient("1", "sam", "home:sp"), patient("2", "pat", "home:sp"))
    pipeline.take(patient("3", "sam", "home:sp", day=1).model_copy(update={"match_keys": ("email:sam", "phone:landline")}))
    with pipeline.database.write() as connection:
        said = {"hold": 1, "match_key": "email:alex", "side": 1}, {"hold": 1, "match_key": "phone:landline", "side": 2}
        connection.execute(insert(lead_holds), list(said))
    pipeline.take(patient("4", "alex", "home:ak", day=2).model_copy(update={"match_keys": ("email:alex", "phone:landline")}))
    pipeline.take(patient("5", "kim", "home:ak", day=2))

    assert together(pipeline, "kim", home=True) == {"alex", "kim"}
    assert together(pipeline, "pat", home=True) >= {"pat", "sam"}


def test_a_site_where_people_of_many_organisations_have_their_mail_is_no_practice(pipeline: Pipeline) -> None:
    pipeline.take(*(referrer(f"{n}", "referral_page", f"p{n}", f"org:{n}", "orgsite:mailbox") for n in range(AMBIGUOUS_AT)))

    assert together(pipeline, "p0") == {"p0"}


def test_a_very_large_practice_is_read_no_further_than_its_first_people(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.store.accounts.MOST", 5)
    pipeline.take(*(referrer(f"{n}", "referral_page", f"p{n}", "orgsite:system") for n in range(20)))

    assert len(together(pipeline, "p0")) == 5


def test_a_browser_is_of_no_practice(pipeline: Pipeline) -> None:
    pipeline.take(act("1", "referral_page", "anon:b", line=LIAISON, track=Track.B2B_REFERRAL, group_keys=("org:a",)))

    with pipeline.database.read() as connection:
        assert connection.execute(lead_groups.select()).all() == []


SAID = st.lists(
    st.tuples(
        st.sampled_from("abcdef"), st.sets(st.sampled_from(["org:n", "org:m", "orgsite:s", "orgsite:t"]), max_size=2), st.integers(0, 3)
    ),
    max_size=14,
)


@settings(max_examples=25)
@given(said=SAID, shuffled=st.randoms(use_true_random=False))
def test_in_any_order_of_arrival_everybody_has_one_practice_and_all_in_it_the_same(
    said: list[tuple[str, set[str], int]], shuffled: Random, sqlite_template: Path, models: dict[str, Model], tmp_path_factory: Any
) -> None:
    acts = [referrer(f"{n}", "referral_page", person, *sorted(groups), day=day) for n, (person, groups, day) in enumerate(said)]
    ring, found = new_ring(), []
    for order in (acts, shuffled.sample(acts, len(acts))):
        path = tmp_path_factory.mktemp("accounts") / "one.db"
        path.write_bytes(sqlite_template.read_bytes())
        database = open_database(f"sqlite:///{path}")
        Pipeline(database, models, ring).take(*order)
        with database.read() as connection:
            works = stated(connection, None, WORKPLACES, at=LATER)
            every = {lead: tuple(members) for members in practices(works) for lead in members}
            assert all(tuple(practice_of(connection, lead, at=LATER)) == members for lead, members in every.items())
        found.append(sorted(set(every.values())))
        database.close()
    assert found[0] == found[1]

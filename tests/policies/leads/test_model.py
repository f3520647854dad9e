from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from policies.leads.forbidden import FORBIDDEN_FEATURES, forbidden_in
from policies.leads.model import Model, feature

Make = Callable[..., Model]


def test_the_same_content_has_the_same_id_and_any_change_another(make_model: Make) -> None:
    assert make_model().id == make_model().id
    assert make_model().id != make_model(threshold=61).id
    assert make_model().id != make_model(intent_points={"request": 61}, max_counted={}).id


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"decay_per_quarter": 0.19}, "decay_per_quarter"),
        ({"decay_per_quarter": 0.31}, "decay_per_quarter"),
        ({"threshold": 49}, "threshold"),
        ({"threshold": 101}, "threshold"),
        ({"max_counted": {"pagge": 1}}, "max_counted"),
        ({"groups": {"a": {"events": ["nothing"], "cap": 5}}}, "groups"),
        ({"groups": {"a": {"events": ["page"], "cap": 5}, "b": {"events": ["page"], "cap": 5}}}, "two groups"),
        ({"caps": {"page": {"count": 1, "per": "day"}}}, "max_counted and in caps"),
        ({"caps": {"call": {"count": 1, "per": "week"}}}, "per"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_model_outside_the_agreement_is_refused(make_model: Make, changes: dict[str, Any], key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        make_model(**changes)


@pytest.mark.parametrize("name", sorted(FORBIDDEN_FEATURES))
def test_a_forbidden_feature_cannot_be_scored(make_model: Make, name: str) -> None:
    with pytest.raises(ValidationError, match="may never use"):
        make_model(fit_weights={name: {"yes": 1}})


@pytest.mark.parametrize(
    "name", ["Patient-Diagnosis", "symptoms_knee", "race_code", "RACE", "age", "self reported conditions", "referral_volume_q3"]
)
def test_a_forbidden_feature_is_found_under_other_spellings(make_model: Make, name: str) -> None:
    with pytest.raises(ValidationError, match="may never use"):
        make_model(fit_weights={name: {"yes": 1}})
    with pytest.raises(ValidationError, match="may never use"):
        make_model(intent_points={name: 5})


@pytest.mark.parametrize(
    "name", ["symptom_check_finished", "page_views", "average_order", "language", "trace", "sexton_county", "conditional_offer"]
)
def test_words_that_only_look_forbidden_may_be_scored(name: str) -> None:
    assert forbidden_in(name) is None


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("key", ["intent_points", "fit_weights", "threshold", "decay_per_quarter", "f_min", "intent_cap"])
def test_a_number_that_is_none_is_refused(make_model: Make, key: str, number: float) -> None:
    value = {"intent_points": {"page": number}, "fit_weights": {"in_area": {"yes": number}}}.get(key, number)

    with pytest.raises(ValidationError, match=key):
        make_model(**{key: value, "max_counted": {}})


@pytest.mark.parametrize("changes", [{"max_counted": {"page": -1}}, {"groups": {"g": {"events": ["page"], "cap": -5}}}, {"intent_cap": -1}])
def test_a_negative_cap_is_refused(make_model: Make, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="greater than"):
        make_model(**changes)


def test_one_event_that_makes_an_mql_is_named_unless_it_asks_for_a_person(make_model: Make) -> None:
    heavy = {
        "intent_points": {"request": 45, "page": 10},
        "max_counted": {},
        "caps": {},
        "groups": {},
        "f_min": 20,
        "i_min": 25,
        "threshold": 60,
    }

    assert make_model(**heavy).single_event_mqls == {"request": 65}
    assert make_model(**heavy, fast_lane=["request"]).single_event_mqls == {}
    assert make_model(**heavy | {"groups": {"g": {"events": ["request"], "cap": 39}}}).single_event_mqls == {}
    assert make_model(**heavy | {"i_min": 46}).single_event_mqls == {}
    assert make_model(**heavy | {"caps": {"request": {"count": 0}}}).single_event_mqls == {}


def test_yes_and_no_are_words_even_where_yaml_reads_booleans(make_model: Make) -> None:
    model = make_model(fit_weights={"in_area": {True: 12, False: 1}})

    assert model.fit_weights == {"in_area": {"yes": 12, "no": 1}}
    assert (feature(True), feature("true"), feature(False), feature(" yes "), feature(2.0), feature(2)) == (
        "yes",
        "yes",
        "no",
        "yes",
        "2",
        "2",
    )

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from policies.leads.model import FORBIDDEN_FEATURES, Model, feature

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

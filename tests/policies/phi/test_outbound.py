"""What leaves for each kind of destination: nothing that its schema does not name, nothing finer than it says, nothing planted."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.phi.events import SHAPES
from policies.phi.outbound import SCHEMAS, Outside, flat, outbound, version
from policies.phi.schemas.schema import Field, Schema

NO_BAA = (Outside.GOOGLE_ADS, Outside.META, Outside.ANALYTICS)
RECORD = {
    "id": "E-1",
    "kind": "appointment_request",
    "occurred_at": "2026-08-22T16:47:20Z",
    "service_line": "bariatric-surgery",
    "campaign": "Hair Loss Spring",
    "object_key": "/services/bariatric-surgery",
    "state": "TX",
    "zip3": "787",
    "age": "93",
    "click_id": "Cj0KCQiA5NSdBhDfARIsALzs2ED",
    "text": "my knee hurts",
    "impressions": 4,
}


def opaque(kind: str, value: str) -> str:
    return f"{kind}:{sum(value.encode()) % 9973:012d}"


@pytest.mark.parametrize("destination", NO_BAA)
def test_an_advertiser_gets_days_states_and_opaque_ids_and_nothing_of_the_condition(destination: Outside) -> None:
    fields, dropped = outbound(RECORD, destination, opaque)

    assert fields["occurred_at"] == "2026-08-22"
    assert fields["state"] == "TX"
    assert fields["impressions"] == 4
    assert set(dropped) == {"[FIELD]"}
    assert not any(word in json.dumps(fields).lower() for word in ("bariatric", "hair", "appointment", "knee", "787", "93", "cj0k"))
    assert outbound(RECORD, destination, opaque) == (fields, dropped)


def test_a_crm_with_a_baa_gets_the_second_and_pooled_ages() -> None:
    fields, _ = outbound(RECORD, Outside.CRM, opaque)

    assert (fields["occurred_at"], fields["zip3"], fields["age"]) == ("2026-08-22T16:47:20", "787", "90+")


@pytest.mark.parametrize(
    ("name", "value", "made"),
    [
        ("zip3", "036", "000"),
        ("zip3", "78701-1234", "787"),
        ("zip3", "787012", None),
        ("age", 47, "40s"),
        ("age", "89", "80s"),
        ("age", "90", "90+"),
        ("age", True, None),
        ("state", "texas", "TX"),
        ("state", "Austin, TX", None),
        ("occurred_at", "yesterday", None),
        ("occurred_at", "2026-08-22T16:47:20", None),
        ("occurred_at", datetime(2026, 8, 22, 23, 0, tzinfo=UTC), "2026-08-22T23:00:00"),
        ("rating", 6, None),
        ("rating", float("nan"), None),
        pytest.param("total", 10**400, None, id="huge"),
        ("service_line", "jane.doe@example.org", None),
        ("service_line", "512-555-0142", None),
        ("campaign", "c 5125550142", None),
        ("language", "fr", None),
    ],
)
def test_a_value_is_parsed_and_never_copied(name: str, value: Any, made: Any) -> None:
    fields, dropped = outbound({name: value}, Outside.CRM, opaque)

    assert fields == ({} if made is None else {name: made})
    assert dropped == (() if made is not None else (name,))


PLANTED = ("quillfeather@example.org", "(813) 555-0142", "219-09-9999", "MRN 00482913", "203.0.113.9", "Perpetua Quillfeather")
VALUES = st.recursive(
    st.one_of(st.sampled_from(PLANTED), st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=6,
)
NAMES = st.one_of(
    st.sampled_from([name for schema in SCHEMAS.values() for name in schema if name != "text"]),
    st.sampled_from(PLANTED),
    st.text(max_size=8),
)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=12), st.sampled_from(list(Outside)))
def test_no_planted_identifier_leaves_in_any_field_or_key(record: dict[str, Any], destination: Outside) -> None:
    fields, dropped = outbound(record, destination, opaque)
    shown = json.dumps([fields, dropped], default=str)

    assert not any(planted in shown for planted in PLANTED)
    assert set(fields) <= set(SCHEMAS[destination])


def test_metrics_and_attributes_come_beside_the_record_s_own_fields() -> None:
    assert flat({"kind": "click", "metrics": {"clicks": 3, "kind": 9}, "attributes": {"state": "TX"}})["kind"] == "click"


def test_every_schema_has_a_version_that_changes_with_it() -> None:
    """Changing what may be read or may leave is a decision: it shows here and in the changelog."""
    pinned = json.loads((Path(__file__).parent / "schema_versions.json").read_text())
    now = {f"source {source}": shape.schema.version for source, shape in SHAPES.items()}
    now |= {f"destination {destination}": version(destination) for destination in Outside}

    assert now == pinned
    assert len(set(now.values())) > len(now) / 2


def test_a_field_of_an_unknown_type_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="field email of a schema has an unknown type"):
        Schema(paths={"email": Field("email", "shred", str)})  # type: ignore[arg-type]

"""What never comes out of a raw engagement, and how what is refused is listed."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.phi.events import occurred_at, raw_of, scrub_engagement
from policies.phi.registry import Registry
from policies.phi.scrub import Scrubber
from policies.records import RawEngagement, Source
from tests.policies.phi.event_samples import AT, EXAMPLES, GOOD, RING, clean, scrub, visible
from tools.channels.connect import open_connectors
from tools.packs.phi import load_lexicon
from tools.packs.registry import registry_of
from tools.practice import load_practice


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(value, (*path, key))
    else:
        yield path


def containers(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(node, dict | list):
        yield path
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from containers(value, (*path, key))


def planted(payload: dict[str, Any], path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> dict[str, Any]:
    node: Any = (result := copy.deepcopy(payload))
    for step in path[:-1]:
        node = node[step]
    change(node, path[-1] if path else None)
    return result


CANARIES = ("jane.quillfeather@example.com", "361-555-0142", "219-09-9999", "MRN 4471923", "4111 1111 1111 1111", "03/29/1948")


@pytest.mark.parametrize("source", Source)
def test_an_identifier_in_any_known_field_does_not_come_out(source: Source) -> None:
    for path in leaves(GOOD[source]):
        for canary in CANARIES:

            def put(node: Any, key: Any, canary: str = canary) -> None:
                node[key] = canary

            result = scrub(source, planted(GOOD[source], path, put))

            assert canary.casefold() not in visible(result), (path, canary)


@pytest.mark.parametrize("source", Source)
def test_a_record_number_in_any_numeric_field_does_not_come_out(source: Source) -> None:
    for path in leaves(GOOD[source]):

        def put(node: Any, key: Any) -> None:
            node[key] = 3615550142

        assert "3615550142" not in visible(scrub(source, planted(GOOD[source], path, put))), path


secrets = st.text(st.characters(categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=24).map(lambda text: f"Zq{text}x9Ω7")


extras = st.recursive(
    secrets,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(secrets, inner, max_size=3), inner.map(json.dumps)),
    max_leaves=6,
)


@given(st.sampled_from(Source), st.data(), secrets, extras)
def test_no_unknown_key_or_value_ever_comes_out(source: Source, data: st.DataObject, key: str, value: Any) -> None:
    path = data.draw(st.sampled_from(list(containers(GOOD[source]))))

    def add(node: Any, last: Any) -> None:
        target = node if last is None else node[last]
        if isinstance(target, dict):
            target[key] = value
        else:
            target.append({key: value})

    result = scrub(source, planted(GOOD[source], path, add))

    assert "x9ω7" not in visible(result)
    assert result.engagement == scrub(source, GOOD[source]).engagement
    assert len(result.refused) > len(scrub(source, GOOD[source]).refused) or value in ({}, [])


@given(
    st.sampled_from(Source),
    st.dictionaries(
        st.text(max_size=12),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=30),
            lambda x: st.lists(x) | st.dictionaries(st.text(max_size=9), x),
            max_leaves=8,
        ),
        max_size=5,
    ),
)
def test_no_payload_raises(source: Source, payload: dict[str, Any]) -> None:
    scrub(source, payload)


@pytest.mark.parametrize("source", Source)
def test_half_a_character_in_any_field_raises_nothing(source: Source) -> None:
    for path in leaves(GOOD[source]):

        def put(node: Any, key: Any) -> None:
            node[key] = "a\ud83d"

        visible(scrub(source, planted(GOOD[source], path, put))).encode()


def test_refused_fields_are_json_pointers_that_step_into_strings_of_json() -> None:
    payload = {
        "type": "identify",
        "traits": {"blob": json.dumps({"ssn": "219-09-9999", "list": [1, {"b/c": 2}]}), "email": "someone@example.com"},
    }

    refused = scrub(Source.SEGMENT, payload).refused

    assert refused == ("/traits/blob/!json/ssn", "/traits/blob/!json/list/0", "/traits/blob/!json/list/1/[KEY]", "/traits/email")


@pytest.mark.parametrize("key", ["jane@example.com", "Margaret Quillfeather", "361-555-0142", "MRN4471923", "1948-03-29", "john_smith"])
def test_an_identifier_used_as_a_key_is_masked_in_the_pointer(key: str) -> None:
    assert scrub(Source.SEGMENT, {"type": "identify", "traits": {key: True}}).refused == ("/traits/[KEY]",)


@pytest.mark.parametrize(
    "key", ["dob", "chartNumber", "emergency_contact", "Reviewer Name", "patient-notes", "shoeSize", "utm_content2", "MailingCity", "1.3"]
)
def test_a_field_name_is_shown_in_the_pointer(key: str) -> None:
    assert scrub(Source.SEGMENT, {"type": "identify", "traits": {key: True}}).refused == (f"/traits/{key}",)


def test_a_second_value_for_one_meaning_is_refused_not_lost() -> None:
    result = scrub(Source.REVIEW, {"rating": 5, "stars": 4, "text": "Kind", "comment": "Late"})

    assert result.engagement is not None
    assert (result.engagement.rating, result.engagement.text) == (5, "Kind")
    assert result.refused == ("/stars", "/comment")


@pytest.mark.parametrize(
    ("url", "is_whole"),
    [
        ("https://www.example.com/knee", True),
        ("/knee/", True),
        ("/knee?email=someone@example.com", False),
        ("/knee#jane", False),
        ("/knee/jane-quillfeather", False),
        ("https://jane@www.example.com/knee", False),
    ],
)
def test_what_is_cut_off_a_url_is_listed(url: str, is_whole: bool) -> None:
    result = scrub(Source.SEGMENT, {"type": "page", "properties": {"url": url}})

    assert result.engagement is not None
    assert result.engagement.object_key == "/knee"
    assert result.refused == (() if is_whole else ("/properties/url",))


def test_free_text_that_is_json_is_refused_field_by_field() -> None:
    result = scrub(Source.REVIEW, {"rating": 5, "text": '{"name": "Jane Quillfeather"}'})

    assert result.engagement is not None
    assert result.engagement.text is None
    assert result.refused == ("/text/!json/name",)


@pytest.mark.parametrize(
    ("zip_code", "zip3"), [("78701", "787"), ("78701-4455", "787"), (3601, "000"), ("10201", "000"), ("09012", "000"), (501, "005")]
)
def test_a_zip_code_is_cut_to_three_digits_or_none_at_all(zip_code: Any, zip3: str) -> None:
    found = clean(Source.CRM, {"zip": zip_code})

    assert found["attributes"]["zip3"] == zip3


@pytest.mark.parametrize(("age", "pooled"), [(0, "0"), (89, "89"), (90, "90+"), ("104", "90+"), (47.0, "47")])
def test_ages_above_89_are_pooled(age: Any, pooled: str) -> None:
    assert clean(Source.CRM, {"age": age})["attributes"]["age"] == pooled


def test_an_unknown_event_is_withheld_with_its_name_refused() -> None:
    result = scrub(Source.SEGMENT, GOOD[Source.SEGMENT] | {"event": "Portal Message Opened"})

    assert result.engagement is None
    assert result.withheld == "the event's name is not in the schema"
    assert "/event" in result.refused


def test_the_contact_comes_apart_from_the_engagement() -> None:
    result = scrub(Source.SEGMENT, GOOD[Source.SEGMENT])

    assert result.contact is not None
    assert result.contact.model_dump() == {
        "first_name": "Some",
        "last_name": "One",
        "email": "someone@example.com",
        "phone": "+15125550199",
        "organisation": None,
    }
    assert {"/traits/email", "/traits/phone", "/traits/address/city", "/context/ip", "/context/userAgent"} <= set(result.refused)


def test_a_reviewer_is_no_contact() -> None:
    for source in (Source.HEALTHGRADES, Source.WEBMD, Source.ZOCDOC, Source.GOOGLE_BUSINESS, Source.REVIEW, Source.YOUTUBE_COMMENT):
        result = scrub(source, GOOD[source])

        assert result.contact is None
        assert result.engagement is not None
        assert result.engagement.match_keys == ()


def test_a_rare_query_keeps_its_numbers_and_loses_its_words() -> None:
    found = clean(Source.SEARCH_CONSOLE, GOOD[Source.SEARCH_CONSOLE] | {"query": "jane quillfeather knee", "impressions": 2})

    assert found["text"] is None
    assert found["service_line"] == "orthopaedics"
    assert found["flags"] == ["rare_query"]


def test_the_registry_default_knows_no_practice_and_leaks_nothing() -> None:
    result = scrub(Source.SEGMENT, GOOD[Source.SEGMENT], Registry())

    assert result.engagement is not None
    assert result.engagement.service_line is None
    assert result.engagement.campaign is not None
    assert result.engagement.campaign.startswith("campaign:")


def test_an_appointments_own_start_is_never_the_time_of_the_event() -> None:
    assert occurred_at({"appointment": {"start": "2026-03-19T09:30:00Z"}}) is None
    raw = raw_of(Source.SCHEDULER, GOOD[Source.SCHEDULER], external_id="x", fallback=AT)
    assert raw.occurred_at == datetime(2026, 2, 27, 15, 4, 5, tzinfo=UTC)
    assert "2026-03-19" not in visible(scrub(Source.SCHEDULER, GOOD[Source.SCHEDULER]))


@pytest.mark.skipif(not (EXAMPLES / "practice.yaml").exists(), reason="the sample practice is not there")
def test_no_canary_of_the_sample_practice_comes_out() -> None:
    practice = load_practice(EXAMPLES)
    assert practice.sample is not None
    registry = registry_of(practice)
    public = tuple(provider.name for provider in practice.providers) + tuple(place.name for place in practice.locations)
    scrubber = Scrubber(load_lexicon(), allow=public)
    shown = []
    for connector in open_connectors(practice, EXAMPLES, shift=timedelta(), now=practice.sample.last_event_at).values():
        for raw in connector.collect():
            if isinstance(raw, RawEngagement):
                shown.append(
                    visible(scrub_engagement(raw, natural_key="k", registry=registry, scrubber=scrubber, match_key=RING.match_key))
                )
            else:
                shown.append(raw.model_dump_json(exclude={"payload"}).casefold())
    everything = "\n".join(shown)

    canaries = json.loads((EXAMPLES.parents[1] / "tests" / "canaries.json").read_text())
    assert [canary["value"] for canary in canaries if canary["value"].casefold() in everything] == []

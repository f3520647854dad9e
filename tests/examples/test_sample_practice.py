"""The sample practice is complete, invented and reproducible, and every planted identifier is where the list says."""

import base64
import csv
import email
import email.policy
import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from examples.generator.__main__ import CANARY_LIST, canary_list, generate
from examples.generator.canaries import Canary, canaries
from examples.generator.people import npi
from examples.generator.world import BASE, MONDAYS, PRACTICE_DIRECTORY
from policies.actions import ActionKind
from policies.kinds import KINDS
from policies.records import Channel, Label, Source
from tools.practice import Practice, load_practice

EXPORTS = PRACTICE_DIRECTORY / "exports"
FUTURE_YEAR = "2041"


@pytest.fixture(scope="module")
def practice() -> Practice:
    return load_practice(PRACTICE_DIRECTORY)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Relative path -> text as it stands in the file."""
    files = sorted(path for path in EXPORTS.rglob("*") if path.is_file())
    return {str(path.relative_to(PRACTICE_DIRECTORY)): path.read_bytes().decode() for path in files}


@pytest.fixture(scope="module")
def decoded(texts: dict[str, str]) -> dict[str, str]:
    """Relative path -> text with the bodies of mails decoded besides."""
    return {name: readable(name, text) for name, text in texts.items()}


@pytest.fixture(scope="module")
def folded(decoded: dict[str, str]) -> dict[str, str]:
    return {name: text.lower() for name, text in decoded.items()}


def segment_messages() -> list[dict[str, Any]]:
    """Every line that is a message, copies and duplicates left out."""
    found = {}
    for path in sorted(EXPORTS.glob("web/*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("{") and line.endswith("}"):
                message = json.loads(line)
                found[message.get("messageId", line)] = message
    return list(found.values())


def true_time(message: dict[str, Any]) -> datetime:
    clock, sent, received = (datetime.fromisoformat(message[name]) for name in ("timestamp", "sentAt", "receivedAt"))
    return clock + (received - sent)


def waited(message: dict[str, Any]) -> timedelta:
    """How long the client kept the message before it could send it."""
    if not message["timestamp"][0].isdigit():
        return timedelta(0)
    return datetime.fromisoformat(message["sentAt"]) - datetime.fromisoformat(message["timestamp"])


def readable(name: str, text: str) -> str:
    """A mail with its bodies decoded besides; anything else as it stands."""
    if not name.endswith(".eml"):
        return text
    message = email.message_from_bytes(text.encode(), policy=email.policy.default)
    bodies = [part.get_content() for part in message.walk() if part.get_content_maintype() == "text"]
    return "\n".join([text, *bodies])


# --- the generator


def test_the_generator_gives_the_committed_files_byte_for_byte(tmp_path: Path, texts: dict[str, str]) -> None:
    generate(tmp_path)

    made = {str(path.relative_to(tmp_path)): path.read_bytes().decode() for path in tmp_path.rglob("*") if path.is_file()}
    assert made.keys() == texts.keys()
    assert [name for name in made if made[name] != texts[name]] == []


def test_generating_again_into_a_used_directory_leaves_no_old_file(tmp_path: Path) -> None:
    stale = tmp_path / "exports" / "web" / "segment_2020-01-06.jsonl"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}\n")

    generate(tmp_path)

    assert not stale.exists()


def test_several_thousand_records_of_nine_weeks_in_less_than_six_megabytes(texts: dict[str, str]) -> None:
    lines = sum(text.count("\n") for name, text in texts.items() if name.endswith((".jsonl", ".csv")))
    rows = sum(text.count('"keys"') + text.count('"searchTermView": {') + text.count('"sg_event_id"') for text in texts.values())

    assert lines + rows > 6_000
    assert sum(len(text.encode()) for text in texts.values()) < 6_000_000
    assert MONDAYS[-1] - MONDAYS[0] == timedelta(weeks=8)


# --- practice.yaml


def test_every_export_belongs_to_exactly_one_declared_source(practice: Practice, texts: dict[str, str]) -> None:
    declared = [source for channel in practice.channels.values() for source in channel.sources]
    matched = Counter(str(path.relative_to(PRACTICE_DIRECTORY)) for source in declared for path in PRACTICE_DIRECTORY.glob(source.path))

    assert practice.channels.keys() == set(Channel)
    assert all(list(PRACTICE_DIRECTORY.glob(source.path)) for source in declared)
    assert matched == dict.fromkeys(texts, 1)
    assert {source.source for source in declared} >= {
        Source.SEARCH_CONSOLE,
        Source.ADS,
        Source.SEGMENT,
        Source.IMAP,
        Source.YOUTUBE_ANALYTICS,
    }


def test_the_approval_policy_names_every_action_kind_once_and_is_never_laxer_than_the_table(practice: Practice) -> None:
    rules = [(kind, rule) for rule in practice.approval_policy.rules for kind in rule.kinds]
    roles = {role for person in practice.people for role in person.roles}

    assert Counter(kind for kind, _ in rules) == dict.fromkeys(ActionKind, 1)
    assert all(rule.four_eyes or not KINDS[kind].four_eyes for kind, rule in rules)
    assert all(set(rule.roles) <= roles for _, rule in rules)


@pytest.mark.parametrize("four_eyes", [True, False])
def test_enough_people_hold_the_roles_that_may_approve(practice: Practice, four_eyes: bool) -> None:
    for rule in practice.approval_policy.rules:
        if rule.four_eyes is four_eyes:
            for review in rule.asked:
                able = [person for person in practice.people if set(person.roles) & set(review.roles)]
                assert len(able) >= review.people, rule.kinds
            roles = {role for review in rule.asked for role in review.roles}
            able = [person for person in practice.people if set(person.roles) & roles]
            assert len(able) >= (2 if four_eyes else 1), rule.kinds


def test_each_scoring_model_is_signed_by_one_of_marketing_and_one_of_sales(practice: Practice) -> None:
    assert practice.model_signatures.keys() == {line.model for line in practice.service_lines}
    for signers in practice.model_signatures.values():
        people = [practice.person(username) for username in signers]
        assert [sorted({"marketing", "sales"} & set(person.roles)) for person in people if person] == [["marketing"], ["sales"]]


def test_two_states_with_different_board_rules_and_clinicians_licensed_where_they_work(practice: Practice) -> None:
    assert {location.state for location in practice.locations} == {"TX", "FL"}
    assert len({location.timezone for location in practice.locations}) == 3
    assert all(practice.location(provider.location).state in provider.states for provider in practice.providers)
    assert all(provider.npi == npi((provider.npi or "")[:9]) for provider in practice.providers)


def test_campaigns_and_goals_name_lines_of_the_practice(practice: Practice) -> None:
    lines = {line.key for line in practice.service_lines}

    assert set(practice.campaigns.values()) <= lines
    assert {goal.service_line for goal in practice.goals} == lines


# --- time


def test_the_last_event_is_the_first_instant_of_the_base_day(practice: Practice) -> None:
    times = []
    for message in segment_messages():
        if message["timestamp"][:4] == FUTURE_YEAR or not message["timestamp"][0].isdigit():
            continue
        times.append((true_time(message), message.get("event")))

    assert practice.sample
    assert practice.sample.last_event_at == BASE
    assert max(times)[0] == BASE
    assert [event for at, event in times if at > BASE - timedelta(hours=5)] == ["Appointment Requested"]


def test_no_other_export_reaches_the_base_day(texts: dict[str, str]) -> None:
    sent = [event["timestamp"] for path in EXPORTS.glob("email/*.json") for event in json.loads(path.read_text(encoding="utf-8"))]
    reviews = [review for path in EXPORTS.glob("listings/*.json") for review in json.loads(path.read_text(encoding="utf-8"))["reviews"]]
    threads = json.loads(texts["exports/youtube/comment_threads.json"])["items"]
    comments = [thread["snippet"]["topLevelComment"]["snippet"]["updatedAt"] for thread in threads]
    mails = [email.message_from_string(text, policy=email.policy.default) for name, text in texts.items() if name.endswith(".eml")]

    assert max(sent) < BASE.timestamp()
    assert max(datetime.fromisoformat(review["updateTime"]) for review in reviews) < BASE
    assert max(datetime.fromisoformat(at) for at in comments) < BASE
    assert max(mail["Date"].datetime for mail in mails if mail["Date"]) < BASE


# --- messy on purpose


def test_the_copied_export_is_the_same_bytes(texts: dict[str, str]) -> None:
    assert texts["exports/web/segment_2026-08-17_copy.jsonl"] == texts["exports/web/segment_2026-08-17.jsonl"]


def test_exactly_one_file_is_cut_off(texts: dict[str, str]) -> None:
    broken = []
    for name, text in texts.items():
        if name.endswith(".json"):
            try:
                json.loads(text)
            except json.JSONDecodeError:
                broken.append(name)

    assert broken == ["exports/search/google_ads_search_terms_2026-09-28_partial.json"]


def test_lines_cells_and_records_that_a_connector_must_refuse_or_tame_are_there(texts: dict[str, str]) -> None:
    lines = texts["exports/web/segment_2026-09-07.jsonl"].splitlines()
    rows = list(csv.reader(texts["exports/listings/webmd_reviews.csv"].splitlines()))
    cells = [cell for row in csv.reader(texts["exports/listings/healthgrades_reviews.csv"].splitlines()) for cell in row]
    events = [event for path in EXPORTS.glob("email/*.json") for event in json.loads(path.read_text(encoding="utf-8"))]

    assert sum(not (line.startswith("{") and line.endswith("}")) for line in lines) == 3
    assert [len(row) for row in rows if len(row) != len(rows[0])] == [len(rows[0]) + 2]
    assert {cell[0] for cell in cells if cell[:1] in tuple("=+@")} == {"=", "+", "@"}
    assert sum("messageId" not in message for message in segment_messages()) == 1
    assert sum("sg_event_id" not in event for event in events) == 1
    assert sum(message["timestamp"].startswith(FUTURE_YEAR) for message in segment_messages()) == 1


def test_duplicates_and_late_arrivals_are_there() -> None:
    files = [path for path in EXPORTS.glob("web/*.jsonl") if "_copy" not in path.name]
    lines = [line for path in files for line in path.read_text(encoding="utf-8").splitlines()]

    assert len(lines) - len(set(lines)) > 30
    assert sum(waited(message) > timedelta(days=3) for message in segment_messages()) >= 5


def test_a_search_terms_resource_name_ends_in_the_base64_of_the_term(texts: dict[str, str]) -> None:
    batches = json.loads(texts["exports/search/google_ads_search_terms_2026-08-31.json"])

    for row in (row for batch in batches for row in batch["results"]):
        tail = row["searchTermView"]["resourceName"].rsplit("~", 1)[-1]
        assert base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4)).decode() == row["searchTermView"]["searchTerm"]


# --- invented people only


def test_addresses_numbers_and_networks_are_reserved_for_examples(texts: dict[str, str]) -> None:
    for name, text in texts.items():
        assert not [
            found
            for found in re.findall(r"@([a-z0-9-]+(?:\.[a-z0-9-]+)+)", text)
            if not re.search(r"(?:^|\.)example\.(?:com|org|net)$", found)
        ], name
        assert not [found for found in re.findall(r"https?://([^/\s\"<]+)", text) if not _is_reserved_host(found)], name
        phones = re.findall(r"(?<![\d~/-])\(?(?:\+1)?[2-9]\d{2}\)?[ -]\d{3}-(?=\d{4}\b)\d{4}", text)
        assert not [phone for phone in phones if not re.search(r"555-01\d\d$", phone)], name
        addresses = re.findall(r'"ip": "([\d.]+)"', text)
        assert all(address.startswith(("192.0.2.", "198.51.100.", "203.0.113.")) for address in addresses), name


def _is_reserved_host(host: str) -> bool:
    return bool(re.search(r"(?:^|\.)example\.(?:com|org|net)$", host)) or host.startswith("203.0.113.") or host == "www.google.com"


# --- canaries


def test_the_canary_list_is_the_generators(texts: dict[str, str]) -> None:
    assert CANARY_LIST.read_text(encoding="utf-8") == canary_list()
    assert len(canaries()) >= 60
    assert {canary.label for canary in canaries()} <= set(Label)
    assert {canary.file.split("/")[1] for canary in canaries()} == {"search", "web", "listings", "email", "youtube"}
    assert {canary.file for canary in canaries()} <= texts.keys()


@pytest.mark.parametrize("canary", canaries(), ids=lambda canary: canary.value)
def test_a_canary_is_in_its_file_and_in_no_other(canary: Canary, decoded: dict[str, str], folded: dict[str, str]) -> None:
    holders = {name.replace("_copy", "") for name, text in folded.items() if canary.value.lower() in text}

    assert canary.value in decoded[canary.file]
    assert holders == {canary.file}


def test_no_canary_is_a_fact_the_practice_publishes() -> None:
    published = (PRACTICE_DIRECTORY / "practice.yaml").read_text(encoding="utf-8").lower()

    assert [canary.value for canary in canaries() if canary.value.lower() in published] == []

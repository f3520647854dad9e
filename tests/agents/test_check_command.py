"""`liaison check`: JSONL in, verdicts out, and no line that passes in silence."""

import json
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.commands.check import check
from policies.actions import ItemKind
from policies.rules.rule import Family
from tools.errors import SettingsError

CLEAN: dict[str, Any] = {"id": "a", "kind": "ad_copy", "state": "TX", "text": "Knee care in Mesa. Call for an appointment."}
BLOCKED: dict[str, Any] = {"id": "b", "kind": "ad_copy", "state": "TX", "text": "We guarantee results."}


class Ran:
    def __init__(self, lines: str, *, files: list[Path] | None = None, practice: Path | None = None, as_json: bool = True) -> None:
        stdout, stderr = StringIO(), StringIO()
        self.code = check(files or [], StringIO(lines), stdout, stderr, practice=practice, as_json=as_json)
        self.out, self.messages = stdout.getvalue(), stderr.getvalue()

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


def jsonl(*items: dict[str, Any]) -> str:
    return "".join(json.dumps(item) + "\n" for item in items)


def rules(row: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in row["findings"]}


def test_clean_copy_passes_with_exit_0() -> None:
    ran = Ran(jsonl(CLEAN))

    assert (ran.code, ran.messages) == (0, "")
    assert ran.rows == [{"id": "a", "verdict": "pass", "findings": []}]


def test_a_blocked_item_gives_exit_1_and_its_finding() -> None:
    ran = Ran(jsonl(CLEAN, BLOCKED))

    assert ran.code == 1
    assert [row["verdict"] for row in ran.rows] == ["pass", "block"]
    (finding,) = [one for one in ran.rows[1]["findings"] if one["rule"] == "FTC-CLAIM-GUARANTEE"]
    assert finding["family"] == "ftc"
    assert finding["severity"] == "block"
    assert finding["quote"] == "We guarantee results"
    assert finding["citation"]
    assert finding["mend"]
    assert finding["cleared_by"] == {"any_of": [], "all_of": []}
    assert finding["needs_evidence"] is False


def test_needs_review_alone_is_exit_0() -> None:
    ran = Ran(jsonl({"id": 1, "kind": "ad_copy", "state": "OH", "text": "Meet Dr. Lane"}))

    assert (ran.code, ran.rows[0]["verdict"]) == (0, "needs_review")


def test_families_are_the_ten_of_the_contract() -> None:
    mail = {"id": 1, "kind": "email", "text": "Book now!", "facts": {"purpose": "marketing", "optout_ok": False}}
    call = {"id": 2, "kind": "sms_call", "text": "Hi", "facts": {"revoked": True}}
    page = {"id": 3, "kind": "web_page", "text": "Statins", "facts": {"ymyl_topic": True}}

    found = [finding["family"] for row in Ran(jsonl(mail, call, page)).rows for finding in row["findings"]]

    assert {"can_spam", "tcpa", "ymyl"} == set(found)
    assert set(found) <= set(Family)


def test_a_missing_sender_fact_asks_for_evidence_and_passes() -> None:
    ran = Ran(jsonl({"id": 1, "kind": "email", "text": "Our clinic has new hours.", "facts": {"purpose": "marketing"}}))

    assert (ran.code, ran.rows[0]["verdict"]) == (0, "pass")
    assert {"CANSPAM-HEADER", "CANSPAM-ADDRESS", "CANSPAM-OPTOUT"} <= rules(ran.rows[0])
    assert all(finding["needs_evidence"] for finding in ran.rows[0]["findings"])


@pytest.mark.parametrize(
    ("state", "fires"), [(None, True), ("CA", True), ("ca", True), ("US-CA", True), (["TX", "CA"], True), ([], True), ("TX", False)]
)
def test_state_is_null_one_code_or_a_list(state: object, fires: bool) -> None:
    ran = Ran(jsonl({"id": 1, "kind": "ad_copy", "state": state, "text": "Board certified in aesthetic surgery"}))

    assert ("STATE-CA-BOARDCERT" in rules(ran.rows[0])) is fires


def test_evidence_clears() -> None:
    item = {"id": 1, "kind": "ad_copy", "state": "NM", "text": "98% success rate", "evidence": ["substantiation_record"]}

    assert Ran(jsonl(item)).rows[0]["verdict"] == "pass"


@pytest.mark.parametrize("field", ["cohort_size", "offer_value_usd", "stark_value_usd", "recipient_local_hour", "stark_year", "ymyl_topic"])
def test_an_endless_number_is_compared_and_stops_no_line(field: str) -> None:
    line = json.dumps({"id": 1, "kind": "ad_copy", "text": "x"})[:-1] + f', "facts": {{"{field}": 1{"0" * 400}, "stark_ytd_usd": 1.5}}}}\n'

    ran = Ran(line + jsonl(BLOCKED))

    assert [row["id"] for row in ran.rows] == [1, "b"]
    assert ran.rows[1]["verdict"] == "block"
    assert "could not be checked" not in ran.messages


def test_an_identifier_in_a_record_is_found_whatever_the_caller_says() -> None:
    facts = {"leaves_phi_boundary": False, "contains_phi": False, "has_user_identifier": False}

    ran = Ran(jsonl({"id": 1, "kind": "handoff", "text": "Lead: Maria Lopez, 608-555-0142, asked about knee pain", "facts": facts}))

    assert ran.code == 1
    assert {"HIPAA-164.514-B2-NAMES", "HIPAA-164.514-B2-PHONE", "HIPAA-164.504-BAA"} <= rules(ran.rows[0])


BAD = [
    ("{", "not JSON"),
    ("[1]", "not a JSON object"),
    ('{"id": 1, "kind": "ad_copy", "text": "x", "colour": 1}', "unknown field colour"),
    ('{"id": 1, "text": "x"}', "field kind is missing"),
    ('{"kind": "ad_copy"}', "field id is missing"),
    ('{"id": 1, "kind": "billboard"}', "unknown kind billboard: write one of engagement_record"),
    ('{"id": 1, "kind": "ad_copy", "state": "ZZ"}', "unknown state ZZ"),
    ('{"id": 1, "kind": "ad_copy", "state": ["TX", 7]}', "unknown state"),
    ('{"id": 1, "kind": "ad_copy", "state": 7}', "unknown state"),
    ('{"id": 1, "kind": "ad_copy", "facts": [1]}', "field facts"),
    ('{"id": 1, "kind": "ad_copy", "text": 7}', "field text"),
    ('{"id": 1, "kind": "ad_copy", "evidence": "all"}', "field evidence"),
    ('{"id": true, "kind": "ad_copy"}', "field id"),
    ('{"id": 1, "kind": "ad_copy", "text": "\\ud800"}', "surrogate"),
    ("[" * 100_000, "nested too deeply"),
]


@pytest.mark.parametrize(("line", "reason"), BAD)
def test_a_bad_line_is_named_and_the_rest_is_checked(tmp_path: Path, line: str, reason: str) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text(f"{json.dumps(CLEAN)}\n\n{line}\n{json.dumps(CLEAN)}\n", encoding="utf-8")

    ran = Ran("", files=[path])

    assert ran.code == 1
    assert f"{path}, line 3: " in ran.messages
    assert reason in ran.messages
    assert [row["verdict"] for row in ran.rows if row["id"] == "a"] == ["pass", "pass"]
    assert all(row["verdict"] == "needs_review" and row["error"] for row in ran.rows if row["id"] != "a")


def test_a_message_never_repeats_what_the_item_says() -> None:
    ran = Ran('{"id": 1, "kind": "Maria Lopez 608-555-0142", "text": "secret words"}\n{"id": 2, "Maria Lopez": 1, "kind": "email"}\n')

    assert "Maria" not in ran.messages + ran.out
    assert "secret" not in ran.messages + ran.out


def test_a_missing_file_is_named_and_the_others_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + jsonl(CLEAN).encode())

    ran = Ran("", files=[tmp_path / "nowhere.jsonl", path])

    assert ran.code == 1
    assert "nowhere.jsonl cannot be read" in ran.messages
    assert len(ran.rows) == 1


def test_bytes_that_are_no_utf8_spoil_only_their_line() -> None:
    stdin = TextIOWrapper(BytesIO(b"\xff\xfe\n" + jsonl(CLEAN).encode()), encoding="utf-8")
    stdout, stderr = StringIO(), StringIO()

    code = check([], stdin, stdout, stderr, practice=None, as_json=True)

    assert code == 1
    assert "stdin, line 1: not UTF-8" in stderr.getvalue()
    assert json.loads(stdout.getvalue())["verdict"] == "pass"


def test_a_fact_no_rule_reads_is_mentioned() -> None:
    ran = Ran(jsonl({**CLEAN, "facts": {"ymyl_topc": True, "platform": "google", "offer_value_usd": 3}}))

    assert ran.code == 0
    assert "ymyl_topc" in ran.messages
    assert "platform" not in ran.messages


def test_a_spanish_or_long_text_is_checked_like_any_other() -> None:
    texts = ["Atención ortopédica cerca de su casa. ¿Tiene dolor de rodilla? Llámenos.", "Knee care in a calm clinic. " * 9000]
    items = [{"id": f"{kind}-{number}", "kind": kind, "text": text} for kind in ItemKind for number, text in enumerate(texts)]

    ran = Ran(jsonl(*items))

    assert [row["id"] for row in ran.rows] == [item["id"] for item in items]
    assert ran.messages == ""


def test_the_report_for_people_has_words_law_and_mend() -> None:
    text = "Board certified in aesthetic surgery. We guarantee results."
    ran = Ran(jsonl({**BLOCKED, "state": "CA", "text": text}, {"id": "x", "kind": "?"}), as_json=False)

    assert ran.code == 1
    assert "b: block" in ran.out
    assert '"We guarantee results"' in ran.out
    assert "by board_cert_verified_recognized and board_full_name_present" in ran.out
    assert "x: needs_review (not checked: unknown kind" in ran.out


def practice(directory: Path, **organisation: object) -> Path:
    directory.mkdir()
    body = {
        "key": "lakeside",
        "organisation": {
            "name": "Lakeside Joints",
            "legal_name": "Lakeside Joints LLC",
            "postal_address": "100 Lake Rd, Madison WI 53703",
            "reply_to": "care@lakeside.example.org",
            "phone": "608-555-0100",
            "website": "https://lakeside.example.org",
            **organisation,
        },
        "timezone": "America/Chicago",
        "brands": ["Lakeside"],
        "locations": [],
        "service_lines": [],
        "providers": [],
        "budget": {"monthly_usd": 0, "by_channel_usd": {}},
        "channels": {},
        "people": [],
        "approval_policy": {"rules": []},
        "policies": ["own.yaml"],
    }
    (directory / "practice.yaml").write_text(yaml.safe_dump(body), encoding="utf-8")
    (directory / "own.yaml").write_text("[]", encoding="utf-8")
    return directory


def test_a_practice_answers_for_its_sender_facts(tmp_path: Path) -> None:
    mail = jsonl({"id": 1, "kind": "email", "text": "Our clinic has new hours.", "facts": {"purpose": "marketing"}})
    stop = "https://lakeside.example.org/stop"

    known = Ran(mail, practice=practice(tmp_path / "known", sender_identity_verified=True, unsubscribe_url=stop))
    unknown = Ran(mail, practice=practice(tmp_path / "unknown"))

    assert rules(known.rows[0]) == {"CANSPAM-ADID"}
    assert {"CANSPAM-HEADER", "CANSPAM-OPTOUT", "CANSPAM-ADID"} == rules(unknown.rows[0])


def test_a_broken_rule_pack_of_the_practice_is_refused(tmp_path: Path) -> None:
    directory = practice(tmp_path / "p")
    (directory / "own.yaml").write_text("- id: OWN-1", encoding="utf-8")

    with pytest.raises(SettingsError, match="OWN-1"):
        Ran(jsonl(CLEAN), practice=directory)


@pytest.mark.parametrize(
    ("kind", "facts", "claim", "rule"),
    [
        ("handoff", {"contains_phi": True}, "vendor_is_treating_provider", "HIPAA-164.504-BAA"),
        ("web_page", {"holds_part2_records": True}, "npp_updated_for_part2", "HIPAA-164.520-NPP"),
    ],
)
def test_a_claim_clears_nothing_the_practice_does_not_say(tmp_path: Path, kind: str, facts: dict[str, Any], claim: str, rule: str) -> None:
    ran = Ran(jsonl({"id": 1, "kind": kind, "text": "x", "facts": {**facts, claim: True}}), practice=practice(tmp_path / "p"))

    assert rule in rules(ran.rows[0])

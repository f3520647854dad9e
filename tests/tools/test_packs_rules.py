"""Rule packs: the shipped one is whole, and a bad one is refused with its rule and field."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from policies.rules.rule import Family
from tests.timing import seconds
from tools.errors import SettingsError
from tools.packs.rules import load_catalogue

RULE = {
    "id": "OWN-1",
    "family": "ftc",
    "title": "No exclamation",
    "citation": "House style",
    "jurisdiction": "US-ALL",
    "severity": "warn",
    "applies_to": ["email"],
    "detect": {"signal": "An exclamation mark", "patterns_any": ["!"]},
    "cleared_by": {},
    "suggested_fix": "Use a full stop.",
    "examples": {"violating": [{"text": "Now!"}], "clean": [{"text": "Now."}]},
    "effective": "2026-01-01",
    "source": ["House style"],
    "verified": True,
    "confidence": "high",
    "as_of": "2026-11",
}


def pack(tmp_path: Path, *rules: object) -> Path:
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump(list(rules)), encoding="utf-8")
    return path


def test_the_shipped_pack_is_whole() -> None:
    catalogue = load_catalogue()

    assert len(catalogue.rules) == 163
    assert {one.rule.family for one in catalogue.rules} == set(Family)
    assert len(catalogue.pack) <= 80


def test_the_shipped_pack_loads_fast() -> None:
    assert seconds(load_catalogue) < 1.0


def test_the_hash_follows_every_word_and_nothing_else(tmp_path: Path) -> None:
    shipped = load_catalogue()

    assert load_catalogue().hash == shipped.hash
    assert load_catalogue((pack(tmp_path, RULE),)).hash != shipped.hash
    once = load_catalogue((pack(tmp_path, RULE),)).hash
    assert load_catalogue((pack(tmp_path, RULE | {"title": "Another"}),)).hash != once


def test_a_practice_adds_its_own_rules(tmp_path: Path) -> None:
    catalogue = load_catalogue((pack(tmp_path, RULE),))

    assert len(catalogue.rules) == 164
    own = catalogue.rule("OWN-1")
    assert own is not None
    assert own.title == "No exclamation"
    assert catalogue.rule("OWN-2") is None


def test_a_rule_is_in_force_from_its_day(tmp_path: Path) -> None:
    own = pack(tmp_path, RULE | {"effective": "2027-01"})

    assert load_catalogue((own,), as_of=date(2026, 12, 31)).rule("OWN-1") is None
    assert load_catalogue((own,), as_of=date(2027, 1, 1)).rule("OWN-1") is not None


DETECT = RULE["detect"]
BAD = [
    ({"detect": {"signal": "s", "patterns_any": ["("]}}, "detect.patterns_any.0", "does not compile"),
    ({"detect": {"signal": "s", "patterns_any": ["a*"]}}, "detect.patterns_any.0", "empty text"),
    ({"detect": {"signal": "s"}}, "detect", "could never fire"),
    ({"detect": {"signal": "s", "conditions_all": [{"field": "f", "op": "like", "value": 1}]}}, "detect.conditions_all.0.op", "is_true"),
    ({"detect": {"signal": "s", "conditions_all": [{"field": "f", "op": "in", "value": "a"}]}}, "detect.conditions_all.0", "needs a list"),
    ({"detect": {"signal": "s", "conditions_all": [{"field": "f", "op": "lt", "value": "a"}]}}, "detect.conditions_all.0", "number"),
    ({"detect": {"signal": "s", "conditions_all": [{"field": "f", "op": "is_true", "value": 1}]}}, "detect.conditions_all.0", "no value"),
    ({"detect": {"signal": "s", "conditions_all": [{"field": "f", "op": "eq"}]}}, "detect.conditions_all.0", "needs a value"),
    ({"applies_to": ["billboard"]}, "applies_to.0", "email"),
    ({"applies_to": []}, "applies_to", "at least 1"),
    ({"jurisdiction": "US-ZZ"}, "jurisdiction", "unknown jurisdiction US-ZZ"),
    ({"severity": "fatal"}, "severity", "block"),
    ({"family": "tax"}, "family", "hipaa"),
    ({"citation": ""}, "citation", "at least 1"),
    ({"effective": "2026-13-40"}, "effective", "not a day"),
    ({"colour": "red"}, "colour", "not permitted"),
    ({"id": "own 1"}, "id", "pattern"),
]


@pytest.mark.parametrize(("change", "field", "reason"), BAD)
def test_a_bad_rule_is_refused_with_its_name_and_field(tmp_path: Path, change: dict[str, object], field: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load_catalogue((pack(tmp_path, RULE | change),))

    message = str(caught.value)
    assert "own.yaml: rule " in message
    assert ("OWN-1" in message) or change.get("id")
    assert f", {field}:" in message
    assert reason in message


def test_a_missing_citation_is_refused(tmp_path: Path) -> None:
    without = {key: value for key, value in RULE.items() if key != "citation"}

    with pytest.raises(SettingsError, match=r"rule OWN-1, citation: Field required"):
        load_catalogue((pack(tmp_path, without),))


def test_an_id_used_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="FTC-CLAIM-CURE is defined twice"):
        load_catalogue((pack(tmp_path, RULE | {"id": "FTC-CLAIM-CURE"}),))


@pytest.mark.parametrize(("body", "reason"), [("a: [", "is not YAML"), ("a: 1", "is not a list of rules"), ("- 7", "rule number 1")])
def test_a_file_that_is_no_pack_is_refused(tmp_path: Path, body: str, reason: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(body, encoding="utf-8")

    with pytest.raises(SettingsError, match=reason):
        load_catalogue((path,))


def test_a_missing_or_binary_pack_is_refused(tmp_path: Path) -> None:
    binary = tmp_path / "binary.yaml"
    binary.write_bytes(b"\xff\xfe\x00")

    for path in (tmp_path / "nowhere.yaml", binary):
        with pytest.raises(SettingsError, match=r"cannot be read|is not UTF-8"):
            load_catalogue((path,))


def test_an_id_not_yet_in_force_is_taken_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="FTC-CLAIM-CURE is defined twice"):
        load_catalogue((pack(tmp_path, RULE | {"id": "FTC-CLAIM-CURE"}),), as_of=date(1990, 1, 1))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("- &a {id: OWN-1}\n- *a\n", "YAML alias"),
        ("- id: OWN-1\n  severity: block\n  severity: warn\n", "severity is written twice"),
        ("- id: OWN-1\n" + "# " * 500_001, "larger than"),
    ],
)
def test_a_pack_that_could_mean_two_things_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(SettingsError, match=reason):
        load_catalogue((path,))


def test_every_missing_field_is_named_at_once(tmp_path: Path) -> None:
    pack = tmp_path / "house.yaml"
    pack.write_text("- {id: HOUSE-1, title: x, citation: y}")

    with pytest.raises(SettingsError, match=r"HOUSE-1, family, jurisdiction, severity, .*as_of: these fields are missing"):
        load_catalogue((pack,))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("- {id: X-1, effective: 2026-99-99}", "cannot be read: put days"),
        ("- {id: X-1, as_of: " + "9" * 6001 + "}", "cannot be read: put days"),
        ("- " * 3000 + "x", "cannot be read|nested too deeply|not YAML"),
    ],
)
def test_a_pack_that_breaks_the_reader_is_refused_by_name(tmp_path: Path, body: str, message: str) -> None:
    path = tmp_path / "house.yaml"
    path.write_text(body)

    with pytest.raises(SettingsError, match=message) as refused:
        load_catalogue((path,))

    assert "house.yaml" in str(refused.value)


def test_a_mapping_of_many_keys_is_read_in_no_time(tmp_path: Path) -> None:
    path = tmp_path / "house.yaml"
    path.write_text("- {" + ", ".join(f"k{number}: 1" for number in range(8_000)) + "}")

    def refused() -> None:
        with pytest.raises(SettingsError):
            load_catalogue((path,))

    assert seconds(refused, runs=1) < 15


@pytest.mark.parametrize("as_of", ["zzz", "2026-13", "x" * 200])
def test_a_pack_is_as_of_a_month_or_a_day(tmp_path: Path, as_of: str) -> None:
    with pytest.raises(SettingsError, match="as_of"):
        load_catalogue((pack(tmp_path, RULE | {"as_of": as_of}),))

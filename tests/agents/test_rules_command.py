"""`liaison rules`: browse the catalogue, test rules of one's own, see what is covered."""

import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from agents.cli import app
from agents.commands.rules import coverage, list_rules, run_examples, show
from approvals.queue import enqueue
from policies.actions import ItemKind
from policies.rules.browse import Asked
from policies.rules.catalogue import Catalogue
from policies.rules.rule import Family
from tests.approvals.conftest import *  # noqa: F403 - its fixtures
from tests.approvals.conftest import proposal
from tools.errors import NotFound, SettingsError
from tools.packs.rules import load_catalogue
from tools.settings import Settings
from tools.workspace import Workspace

OWN: dict[str, Any] = {
    "id": "OWN-LOUD",
    "family": "ftc",
    "title": "No exclamation",
    "citation": "House style; 16 CFR 255.5",
    "jurisdiction": "US-TX,PLATFORM-GOOGLE",
    "severity": "warn",
    "applies_to": ["email", "ad_copy"],
    "detect": {"signal": "An exclamation mark", "patterns_any": ["!"], "patterns_none": ["\\bwow\\b"]},
    "cleared_by": {"any_of": ["legal_signoff"]},
    "why": "Loud copy reads like a promise.",
    "suggested_fix": "Use a full stop.",
    "rewrite": "Call us.",
    "examples": {
        "violating": [{"text": "Now!"}, {"text": "Call today!"}],
        "clean": [{"text": "Now."}, {"text": "Now!", "context": {"evidence": ["legal_signoff"]}}],
    },
    "effective": "2026-01-01",
    "source": ["House style"],
    "verified": True,
    "confidence": "high",
    "as_of": "2026-11",
}


def pack(tmp_path: Path, *rules: object, name: str = "own.yaml") -> Path:
    path = tmp_path / name
    path.write_text(yaml.safe_dump(list(rules)), encoding="utf-8")
    return path


def practice_with(directory: Path, repository: Path, *rules: object) -> Path:
    body = yaml.safe_load((repository / "tools" / "practice_starter.yaml").read_text(encoding="utf-8"))
    pack(directory, *rules)
    (directory / "practice.yaml").write_text(yaml.safe_dump({**body, "policies": ["own.yaml"]}), encoding="utf-8")
    return directory


def listed(asked: Asked | None = None, *, practice: Path | None = None, as_of: date | None = None) -> dict[str, Any]:
    out = StringIO()
    assert list_rules(practice, asked or Asked(), as_of=as_of, as_json=True, stdout=out, stderr=StringIO()) == 0
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def shown(rule: str, *, practice: Path | None = None) -> str:
    out = StringIO()
    assert show(rule, practice, as_json=False, stdout=out) == 0
    return out.getvalue()


# --- list


def test_the_list_holds_every_rule_and_names_the_pack(catalogue: Catalogue) -> None:
    out = StringIO()
    list_rules(None, Asked(), as_of=None, as_json=False, stdout=out, stderr=StringIO())

    lines = out.getvalue().splitlines()

    assert [line.split()[0] for line in lines[:-1]] == [one.rule.id for one in catalogue.rules]
    assert lines[-1].endswith(f"pack {catalogue.pack}")
    found = listed()
    assert (found["pack"], found["version"], found["hash"]) == (catalogue.pack, catalogue.version, catalogue.hash)


def test_the_list_is_narrowed_by_family_state_and_kind() -> None:
    found = listed(Asked(family=Family.STATE_BOARD, state="TX", kind=ItemKind.AD_COPY))["rules"]

    assert found
    for row in found:
        assert (row["family"], "ad_copy" in row["applies_to"]) == ("state_board", True)
        assert "US-TX" in row["jurisdiction"].split(",")


def test_asking_for_a_state_says_how_many_rules_hold_everywhere() -> None:
    messages = StringIO()

    list_rules(None, Asked(state="TX"), as_of=None, as_json=False, stdout=StringIO(), stderr=messages)

    assert "rules hold in every state besides those that name TX" in messages.getvalue()


def test_only_rules_in_force_on_the_day_are_listed() -> None:
    early, now = listed(as_of=date(1995, 1, 1)), listed()

    assert 0 < len(early["rules"]) < len(now["rules"])
    assert all(row["effective"] <= "1995-01-01" for row in early["rules"])
    assert early["hash"] != now["hash"]


def test_a_practices_own_rules_are_listed_with_the_shipped_ones(tmp_path: Path, repository: Path) -> None:
    directory = practice_with(tmp_path, repository, OWN)

    assert listed(practice=directory)["rules"][-1]["id"] == "OWN-LOUD"
    assert "OWN-LOUD" in shown("own-loud", practice=directory)


@pytest.mark.parametrize("wrong", [["--family", "poetry"], ["--state", "XX"], ["--kind", "poem"], ["--as-of", "soon"]])
def test_an_unknown_filter_is_misuse(wrong: list[str]) -> None:
    ran = CliRunner().invoke(app, ["rules", "list", *wrong])

    assert ran.exit_code == 2


def test_a_state_may_be_written_in_any_form() -> None:
    ran = CliRunner().invoke(app, ["rules", "list", "--state", "us-tx", "--json"])

    assert ran.exit_code == 0
    assert json.loads(ran.stdout)["rules"]


# --- show


def test_a_rule_is_shown_whole_in_plain_words(tmp_path: Path, repository: Path) -> None:
    told = shown("OWN-LOUD", practice=practice_with(tmp_path, repository, OWN))

    for part in (
        "OWN-LOUD: No exclamation",
        "Loud copy reads like a promise.",
        "https://www.ecfr.gov/current/title-16/section-255.5",
        "Texas, Google",
        "email, ad_copy",
        "An exclamation mark",
        "\\bwow\\b",
        "legal_signoff, recorded by compliance or admin",
        "Use a full stop.",
        "Call us.",
        '"Call today!"',
        '"Now!" facts {"evidence": ["legal_signoff"]}',
        "2026-01-01",
        "2026-11, verified against its source, confidence high",
    ):
        assert part in told


def test_every_shipped_rule_can_be_shown(catalogue: Catalogue) -> None:
    for one in catalogue.rules[::10]:
        told = shown(one.rule.id)

        for sign in (*one.rule.detect.detectors, *one.rule.detect.suspects):
            assert f"{sign}: " in told
        assert one.rule.detect.signal in told


def test_a_rule_as_json_holds_its_file_and_what_the_code_adds(catalogue: Catalogue) -> None:
    rule = catalogue.rules[0].rule
    out = StringIO()
    show(rule.id, None, as_json=True, stdout=out)

    body = json.loads(out.getvalue())

    assert {name: body[name] for name in rule.model_dump(mode="json")} == rule.model_dump(mode="json")
    assert "".join(link["text"] for link in body["links"]) == rule.citation
    assert body["pack"] == catalogue.pack


def test_an_unknown_rule_is_answered_with_the_closest_ids(catalogue: Catalogue) -> None:
    known = catalogue.rules[0].rule.id

    with pytest.raises(NotFound, match=known):
        show(known[:-1], None, as_json=False, stdout=StringIO())


# --- test


def test_a_good_pack_passes_with_its_version_and_hash(tmp_path: Path, catalogue: Catalogue) -> None:
    path, out = pack(tmp_path, OWN), StringIO()

    assert run_examples([path], stdout=out) == 0

    first, last = out.getvalue().splitlines()
    assert first.startswith(f"{path}: 1 rule, 4 examples, all do what they say; pack 2026-11@")
    assert last == f"Beside the shipped rules: {len(catalogue.rules) + 1} rules, pack {load_catalogue((path,)).pack}"


def test_each_example_that_does_not_do_what_it_says_is_named_without_its_words(tmp_path: Path) -> None:
    examples = {"violating": [{"text": "Now!"}, {"text": "Wow, quietly."}], "clean": [{"text": "Jane Roe!"}]}
    path, out = pack(tmp_path, OWN | {"examples": examples}), StringIO()

    assert run_examples([path], stdout=out) == 1

    told = out.getvalue()
    assert f"{path}: OWN-LOUD, violating example 2 does not fire it as email, ad_copy: mend" in told
    assert f"{path}: OWN-LOUD, clean example 1 fires it as email, ad_copy: mend" in told
    assert "2 not doing what they say" in told
    assert "violating example 1" not in told
    assert "Jane" not in told


def test_one_bad_pack_of_two_is_enough_to_fail(tmp_path: Path) -> None:
    bad = OWN | {"id": "OWN-OTHER", "examples": {"violating": [{"text": "quiet"}], "clean": [{"text": "quiet"}]}}
    packs = [pack(tmp_path, OWN), pack(tmp_path, bad, name="other.yaml")]

    assert run_examples(packs[:1], stdout=StringIO()) == 0
    assert run_examples(packs, stdout=StringIO()) == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [({"severity": "loud"}, "severity"), ({"detect": {"signal": "x", "detectors": ["none_such"]}}, "unknown detector")],
)
def test_a_pack_that_cannot_be_loaded_is_refused_with_its_rule_and_field(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=f"rule OWN-LOUD.*{message}"):
        run_examples([pack(tmp_path, OWN | change)], stdout=StringIO())


def test_an_id_that_is_taken_is_refused(tmp_path: Path, catalogue: Catalogue) -> None:
    with pytest.raises(SettingsError, match="defined twice"):
        run_examples([pack(tmp_path, OWN | {"id": catalogue.rules[0].rule.id})], stdout=StringIO())


# --- coverage


@pytest.fixture
def database(sqlite_database: object) -> object:
    return sqlite_database


def covered(settings: Settings) -> dict[str, Any]:
    out = StringIO()
    assert coverage(None, settings, as_json=True, stdout=out) == 0
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_coverage_counts_examples_and_makes_no_home(tmp_path: Path, catalogue: Catalogue) -> None:
    home = tmp_path / "none"

    found = covered(Settings(home=home))

    assert not home.exists()
    assert found["home"] is False
    for row, one in zip(found["rules"], catalogue.rules, strict=True):
        examples = one.rule.examples
        assert (row["rule"], row["violating"], row["clean"]) == (one.rule.id, len(examples.violating), len(examples.clean))
        assert row["detectors"] == list(one.rule.detect.detectors)
        assert row["last_fired"] is None


def test_coverage_says_when_a_rule_last_fired_in_this_home(workspace: Workspace) -> None:
    guarantee = proposal(content={"body": "We guarantee a pain-free result."})
    with workspace.database.write() as connection:
        action, _ = enqueue(workspace, connection, guarantee, run=None, now=workspace.clock())
    plain = StringIO()

    found = covered(workspace.settings)
    coverage(None, workspace.settings, as_json=False, stdout=plain)

    fired = {row["rule"]: row for row in found["rules"] if row["last_fired"]}
    assert set(fired) == {finding.rule for finding in action.findings}
    assert {(row["last_fired"], row["versions"]) for row in fired.values()} == {(workspace.clock().isoformat(), 1)}
    assert f"{workspace.clock():%Y-%m-%d}" in plain.getvalue()
    assert "never" in plain.getvalue()


def test_the_pack_in_the_documentation_is_whole_and_does_what_its_examples_say(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/compliance.md").read_text(encoding="utf-8")
    pack = tmp_path / "house.yaml"
    pack.write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    out = StringIO()

    assert run_examples([pack], stdout=out) == 0
    assert "1 rule, 2 examples, all do what they say" in out.getvalue()
    assert load_catalogue((pack,)).own == {"HOUSE-PRICE"}

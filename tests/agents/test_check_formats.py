"""`liaison check` as people, code scanning, GitHub and hooks see it."""

import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import typer.testing
import yaml

from agents.cli import app
from agents.cli_options import CHECK_FORMATS, CHECK_KINDS
from agents.commands.check import check
from agents.commands.check_files import Entry
from agents.commands.check_output import Format, Result, TextOutput
from policies.actions import Finding, ItemKind, Severity, Verdict
from tests.agents.checking import BLOCKED, CLEAN, GUARANTEE, Ran
from tools.documents.files import TYPES


@pytest.fixture(autouse=True)
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of the test: a content repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "content").mkdir()
    return tmp_path / "content"


def test_the_report_for_people_leads_to_line_and_column(content: Path) -> None:
    (content / "a.md").write_text("# Rates\n\nWe have a 98% success\nrate.\u202e\n", encoding="utf-8")

    ran = Ran("content", form=Format.TEXT, states=("NM",))

    assert re.search(r"^  content/a\.md:3:\d+: (?:needs_review|block) [A-Z]", ran.out, re.MULTILINE)
    for label in ("words", "law", "mend", "cleared", "who"):
        assert f"\n    {label:<8} " in ran.out
    assert "\u202e" not in ran.out


def sarif(*files: str, **options: Any) -> dict[str, Any]:
    log = Ran(*files, form=Format.SARIF, **options).log
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


def test_sarif_has_its_required_shape(content: Path) -> None:
    (content / "a b.md").write_text(BLOCKED)
    (content / "c.md").write_text("---\nliaison: {facts: {ymyl_topic: true}}\n---\nStatins\n")

    run = sarif("content", states=None)

    driver = run["tool"]["driver"]
    assert driver["name"] == "Liaison"
    assert re.fullmatch(r"\d+\.\d+.*", driver["version"])
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(ids) == len(set(ids))
    for rule in driver["rules"]:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]
    assert {result["ruleId"] for result in run["results"]} == set(ids)
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        assert result["message"]["text"]
        (location,) = result["locations"]
        region = location["physicalLocation"]["region"]
        assert all(region[name] >= 1 for name in ("startLine", "startColumn", "endLine", "endColumn"))
        assert (region["endLine"], region["endColumn"]) >= (region["startLine"], region["startColumn"])
        assert all(re.fullmatch("[0-9a-f]{32}", value) for value in result["partialFingerprints"].values())


def test_sarif_leads_to_the_words(content: Path) -> None:
    (content / "a b.md").write_text(BLOCKED)

    (result,) = [one for one in sarif("content")["results"] if one["ruleId"] == GUARANTEE]

    assert result["level"] == "error"
    assert result["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "content/a%20b.md", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 3, "startColumn": 1, "endLine": 4, "endColumn": 8},
    }


def test_an_absolute_path_below_the_repository_is_relative_and_one_elsewhere_is_a_file_address(
    content: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "a.md"
    for path in (content / "a.md", elsewhere):
        path.write_text(BLOCKED)

    results = sarif(str(content / "a.md"), str(elsewhere))["results"]

    found = {result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in results}
    assert found == {"content/a.md", elsewhere.as_uri()}


def test_sarif_levels_follow_severity(content: Path) -> None:
    (content / "a.eml").write_text("Subject: Meet Dr. Lane\n\nWe guarantee results.\n")
    page = {"id": 1, "kind": "email", "state": "OH", "text": "Meet Dr. Lane. We guarantee results.", "facts": {"purpose": "marketing"}}

    results = sarif("-", stdin=json.dumps(page))["results"]

    expected = {"block": "error", "needs_review": "warning", "warn": "note"}
    assert {one["properties"]["needsEvidence"] for one in results} == {True, False}
    for one in results:
        assert one["level"] == ("note" if one["properties"]["needsEvidence"] else expected[one["properties"]["severity"]])


def fingerprints(run: dict[str, Any]) -> dict[str, Any]:
    return {one["ruleId"]: one["partialFingerprints"] for one in run["results"]}


def test_a_fingerprint_survives_edits_elsewhere_and_not_edits_of_its_words(content: Path) -> None:
    page = content / "a.md"
    page.write_text(BLOCKED)
    before = fingerprints(sarif("content"))

    page.write_text(f"New first line.\n\nMore.\n\n{BLOCKED}")
    moved = fingerprints(sarif("content"))
    page.write_text(BLOCKED.replace("results", "great results"))
    reworded = fingerprints(sarif("content"))

    assert moved == before
    assert reworded[GUARANTEE] != before[GUARANTEE]


def test_sarif_names_what_was_not_checked(content: Path) -> None:
    (content / "a.md").write_bytes(b"\x00")

    (invocation,) = sarif("content")["invocations"]

    (problem,) = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is False
    assert problem["level"] == "error"
    assert "binary" in problem["message"]["text"]
    assert problem["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "content/a.md"


def test_an_item_of_jsonl_is_placed_at_its_line(content: Path) -> None:
    (content / "items.jsonl").write_text('\n{"id": 7, "kind": "ad_copy", "text": "We guarantee results", "state": "TX"}\n')

    result = sarif("content/items.jsonl")["results"][0]
    line = Ran("content/items.jsonl", form=Format.GITHUB).out.splitlines()[0]

    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 2
    assert line.startswith(f"::error file=content/items.jsonl,line=2,col=1,title={GUARANTEE}::")


def test_github_commands_are_escaped(content: Path) -> None:
    (content / "100%, a:b.md").write_text(BLOCKED)
    (content / "bad.md").write_bytes(b"\x00")

    found = Ran("content", form=Format.GITHUB).out.splitlines()

    assert all(re.match(r"::(?:error|warning|notice) file=[^:,]+,line=\d+,col=\d+,title=[^:,]+::[^\r\n]+$", line) for line in found)
    assert any(line.startswith(f"::error file=content/100%25%2C a%3Ab.md,line=3,col=1,title={GUARANTEE}::") for line in found)
    assert any(line.startswith("::error file=content/bad.md,line=1,col=1,title=not checked::content/bad.md is binary") for line in found)
    assert "%0AMend: " in found[0]


def test_a_clean_folder_is_silent_for_github_and_empty_for_sarif(content: Path) -> None:
    (content / "a.md").write_text(CLEAN)

    assert (Ran("content", form=Format.GITHUB).out, Ran("content", form=Format.GITHUB).code) == ("", 0)
    assert sarif("content")["results"] == []


HOSTILE = "::error::boo\u009b\u202e##[add-mask]x"


@pytest.mark.parametrize("form", list(Format))
def test_no_name_or_id_becomes_a_command_or_reaches_a_terminal_raw(content: Path, form: Format) -> None:
    names = ["::stop-commands::x.txt", "::y\x1b[2J.txt", "##[error]z.md"]
    for name, body in zip(names, (BLOCKED.encode(), b"\x00", BLOCKED.encode()), strict=True):
        Path(name).write_bytes(body)
    items = [{"id": HOSTILE, "kind": "ad_copy", "text": "We guarantee results\x9b2J"}, {"id": "::b", "kind": "billboard"}]

    ran = Ran(*names, "-", form=form, stdin="".join(json.dumps(item) + "\n" for item in items), practice=None)

    printed = ran.messages + ("" if form is Format.GITHUB else ran.out)
    assert ran.code == 1
    assert not re.search(
        r"^\s*::|##\[|[^\n -~\u00a1-\uffff]|\u202e", printed.replace(names[2], "") if form.value in ("json", "sarif") else printed, re.M
    )
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", ran.out)


def test_a_house_rule_prints_no_escapes(content: Path) -> None:
    shown = TextOutput(out := StringIO())
    words = "a\n::error::\x1b[2Jb"
    finding = Finding(rule="OWN-1", family="ftc", severity=Severity.WARN, citation=words, title=words, why=words, mend=words, rewrite=words)

    shown.write(Result(Entry("a.txt", id="a"), Verdict.PASS, (finding,)))

    assert not re.search(r"^\s*::|\x1b", out.getvalue(), re.MULTILINE)


def test_a_check_that_stops_early_leaves_a_valid_log(content: Path) -> None:
    class Interrupted(StringIO):
        def __iter__(self) -> "Interrupted":
            return self

        def __next__(self) -> str:
            raise KeyboardInterrupt

    (content / "a.md").write_text(BLOCKED)
    out = StringIO()

    with pytest.raises(KeyboardInterrupt):
        check([content / "a.md", Path("-")], Interrupted(), out, StringIO(), practice=None, form=Format.SARIF)

    (run,) = json.loads(out.getvalue())["runs"]
    (invocation,) = run["invocations"]
    assert GUARANTEE in {result["ruleId"] for result in run["results"]}
    assert invocation["executionSuccessful"] is False
    assert "stopped early (KeyboardInterrupt)" in invocation["toolExecutionNotifications"][0]["message"]["text"]


# --- the command line, the hook and the page about them


def run(*words: str, stdin: str = "") -> typer.testing.Result:
    return typer.testing.CliRunner().invoke(app, ["check", *words], input=stdin)


def test_help_lists_every_kind_format_and_file_type() -> None:
    shown = " ".join(run("--help").output.split())

    assert tuple(ItemKind) == tuple(CHECK_KINDS.split(", "))
    assert tuple(Format) == tuple(CHECK_FORMATS.split(", "))
    assert all(word in shown for word in (*ItemKind, *Format, *TYPES))


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--kind", "billboard"], "choose from engagement_record"),
        (["--state", "ZZ"], "USPS code"),
        (["--format", "xml"], "choose from text, json, sarif, github"),
        (["--as-of", "Friday"], "write YYYY-MM-DD"),
        (["--json", "--format", "sarif"], "leave one of them out"),
    ],
)
def test_an_option_that_means_nothing_is_misuse(words: list[str], reason: str) -> None:
    done = run(*words)

    assert done.exit_code == 2
    assert reason in " ".join(done.output.split())


def test_json_is_the_format_of_that_name(content: Path) -> None:
    (content / "a.md").write_text(BLOCKED)

    short, long = run("content", "--json", "--state", "tx"), run("content", "--format", "json", "--state", "TX")

    assert short.exit_code == long.exit_code == 1
    assert short.stdout == long.stdout
    assert json.loads(short.stdout)["id"] == "content/a.md"


def test_a_day_before_the_rules_finds_nothing() -> None:
    assert run("--kind", "ad_copy", "--as-of", "1900-01-01", stdin="We guarantee results.").exit_code == 0
    assert run("--kind", "ad_copy", stdin="We guarantee results.").exit_code == 1


def test_the_hook_gets_exactly_the_documents(repository: Path) -> None:
    (hook,) = yaml.safe_load((repository / ".pre-commit-hooks.yaml").read_text())

    assert (hook["id"], hook["entry"], hook["language"]) == ("liaison-check", "liaison check --format text", "python")
    assert all(re.search(hook["files"], f"content/a{suffix}") for suffix in TYPES)
    assert not any(re.search(hook["files"], name) for name in ("a.py", "a.jsonl", "md", "a.md.bak"))


def test_every_command_of_the_page_about_checking_works(repository: Path) -> None:
    page = (repository / "docs" / "checking.md").read_text()
    commands = "\n".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL))
    path = f"{Path(sys.executable).parent}:/usr/bin:/bin"

    done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], env={"PATH": path, "HOME": "."}, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "content/knee.md:5:1: block FTC-CLAIM-GUARANTEE" in done.stdout
    assert json.loads(Path("liaison.sarif").read_text())["version"] == "2.1.0"

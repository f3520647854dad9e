"""`liaison policy` and `liaison people`: the ladder and a way in, from the command line; the audit log says who typed it."""

import json
import os
import pwd
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agents import cli_policy
from agents.by_hand import by_hand
from agents.cli import app
from agents.commands.decide import decide
from policies.approval.ladder import Level
from policies.records import Channel
from tests.approvals.conftest import *  # noqa: F403 - its fixtures
from tests.approvals.conftest import Put
from tests.journeys.support import SAMPLE, open_home
from tools.store.audit import entries
from tools.workspace import Workspace

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def database(sqlite_database: object) -> object:
    return sqlite_database


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own beside the sample practice."""
    monkeypatch.setenv("LIAISON_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LIAISON_PRACTICE", str(SAMPLE))
    return tmp_path / "home"


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, [*words])


def told(home: Path, event: str) -> list[tuple[str, str, str]]:
    """Actor, client and user of the rows of this event, the newest first."""
    database = open_home(home)
    with database.read() as connection:
        found = [(one.actor, one.detail["client"], one.detail["os_user"]) for one in entries(connection) if one.event == event]
    database.close()
    return found


def test_the_words_the_commands_take_are_the_products() -> None:
    assert tuple(Level) == cli_policy.LEVELS
    assert tuple(Channel) == cli_policy.CHANNELS


def test_the_sample_policy_is_linted_in_words_and_as_json(home: Path) -> None:
    words, body = typed("policy", "lint"), typed("policy", "lint", "--json")

    assert (words.exit_code, body.exit_code) == (0, 0)
    assert "Reply to a review" in words.output
    assert {line["kind"] for line in json.loads(body.stdout)["kinds"]} >= {"review_reply", "mql_handoff"}


def test_a_class_goes_up_with_two_people_and_down_with_one(home: Path) -> None:
    asked = typed("policy", "raise", "negative_keywords", "act", "--by", "dana.whitcombe", "--per-day", "3")
    grant = asked.output.split()[0]
    alone = typed("policy", "agree", grant, "--by", "dana.whitcombe")
    agreed = typed("policy", "agree", grant, "--by", "lena.fischer")
    levels = json.loads(typed("policy", "levels", "--json").stdout)
    lowered = typed("policy", "lower", "negative_keywords", "observe", "--by", "dana.whitcombe", "--reason", "new agency")

    assert [one.exit_code for one in (asked, agreed, lowered)] == [0, 0, 0], (asked.output, agreed.output, lowered.output)
    assert alone.exit_code != 0
    assert [(one["kind"], one["level"], one["limits"]["per_day"]) for one in levels["in_force"]] == [("negative_keywords", "act", 3)]
    assert told(home, "autonomy:ask") == [("dana.whitcombe", "cli", ME)]
    assert told(home, "autonomy:raise") == [("lena.fischer", "cli", ME)]
    assert told(home, "autonomy:lower") == [("dana.whitcombe", "cli", ME)]


def test_a_word_that_is_no_level_or_channel_names_those_that_are(home: Path) -> None:
    level = typed("policy", "lower", "negative_keywords", "sleep", "--by", "dana.whitcombe")
    channel = typed("policy", "lower", "negative_keywords", "observe", "--by", "dana.whitcombe", "--channel", "radio")

    assert (level.exit_code, channel.exit_code) == (2, 2)
    assert "observe, propose or act" in level.output
    assert "search, listings, email or youtube" in channel.output


def test_whoever_keeps_the_machine_lets_a_locked_out_administrator_in(home: Path) -> None:
    made = typed("people", "link", "dana.whitcombe", "--desk-url", "https://desk.example.org/")
    nobody = typed("people", "link", "nobody")

    assert made.exit_code == 0
    assert made.stdout.startswith("https://desk.example.org/welcome/")
    assert nobody.exit_code != 0
    assert told(home, "person:link") == [("system", "cli", ME)]


def test_a_decision_typed_here_says_so_in_the_audit_log(workspace: Workspace, put: Put) -> None:
    import io

    action, out = put(), io.StringIO()

    assert decide(by_hand(workspace), action.id, "approve", by="theo", reason="", set_=[], stdout=out, stderr=out) == 0

    with workspace.database.read() as connection:
        entry = next(entry for entry in entries(connection, subject=action.id) if entry.event == "action:approve")
    assert (entry.actor, entry.detail["client"], entry.detail["os_user"]) == ("theo", "cli", ME)

"""`liaison policy` and `liaison people`: the ladder and a way in, from the command line; the audit log says who typed it."""

import io
import json
import os
import pwd
from pathlib import Path

import pytest

from agents import cli_policy
from agents.by_hand import by_hand
from agents.commands.decide import decide
from policies.approval.ladder import Level
from policies.records import Channel
from tests.approvals.conftest import *  # noqa: F403 - its fixtures
from tests.approvals.conftest import Put
from tests.journeys.forked import Done, forked
from tests.journeys.support import environment, open_home
from tools.store.audit import entries
from tools.workspace import Workspace

ME = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
def database(sqlite_database: object) -> object:
    return sqlite_database


class House:
    """A home of its own beside the sample practice."""

    def __init__(self, folder: Path) -> None:
        self.home, self._folder = folder / "home", folder

    def typed(self, *words: str) -> Done:
        return forked(*words, env=environment(self.home), folder=self._folder)

    def told(self, event: str) -> list[tuple[str, str, str]]:
        """Actor, client and user of the rows of this event, the newest first."""
        database = open_home(self.home)
        with database.read() as connection:
            found = [(one.actor, one.detail["client"], one.detail["os_user"]) for one in entries(connection) if one.event == event]
        database.close()
        return found


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_the_words_the_commands_take_are_the_products() -> None:
    assert tuple(Level) == cli_policy.LEVELS
    assert tuple(Channel) == cli_policy.CHANNELS


def test_the_sample_policy_is_linted_in_words_and_as_json(house: House) -> None:
    words, body = house.typed("policy", "lint"), house.typed("policy", "lint", "--json")

    assert (words.code, body.code) == (0, 0)
    assert "Reply to a review" in words.stdout
    assert {line["kind"] for line in json.loads(body.stdout)["kinds"]} >= {"review_reply", "mql_handoff"}


def test_a_class_goes_up_with_two_people_and_down_with_one(house: House) -> None:
    asked = house.typed("policy", "raise", "negative_keywords", "act", "--by", "dana.whitcombe", "--per-day", "3")
    grant = asked.stdout.split()[0]
    alone = house.typed("policy", "agree", grant, "--by", "dana.whitcombe")
    agreed = house.typed("policy", "agree", grant, "--by", "lena.fischer")
    levels = json.loads(house.typed("policy", "levels", "--json").stdout)
    lowered = house.typed("policy", "lower", "negative_keywords", "observe", "--by", "dana.whitcombe", "--reason", "new agency")

    assert [one.code for one in (asked, agreed, lowered)] == [0, 0, 0], (asked, agreed, lowered)
    assert alone.code != 0
    assert [(one["kind"], one["level"], one["limits"]["per_day"]) for one in levels["in_force"]] == [("negative_keywords", "act", 3)]
    assert house.told("autonomy:ask") == [("dana.whitcombe", "cli", ME)]
    assert house.told("autonomy:raise") == [("lena.fischer", "cli", ME)]
    assert house.told("autonomy:lower") == [("dana.whitcombe", "cli", ME)]


def test_a_word_that_is_no_level_or_channel_names_those_that_are(house: House) -> None:
    level = house.typed("policy", "lower", "negative_keywords", "sleep", "--by", "dana.whitcombe")
    channel = house.typed("policy", "lower", "negative_keywords", "observe", "--by", "dana.whitcombe", "--channel", "radio")

    assert (level.code, channel.code) == (2, 2)
    assert "observe, propose or act" in level.stderr
    assert "search, listings, email or youtube" in channel.stderr


def test_whoever_keeps_the_machine_lets_a_locked_out_administrator_in(house: House) -> None:
    made = house.typed("people", "link", "dana.whitcombe", "--desk-url", "https://desk.example.org/")
    nobody = house.typed("people", "link", "nobody")

    assert made.code == 0
    assert made.stdout.startswith("https://desk.example.org/welcome/")
    assert nobody.code != 0
    assert house.told("person:link") == [("system", "cli", ME)]


def test_a_decision_typed_here_says_so_in_the_audit_log(workspace: Workspace, put: Put) -> None:
    action, out = put(), io.StringIO()

    assert decide(by_hand(workspace), action.id, "approve", by="theo", reason="", set_=[], stdout=out, stderr=out) == 0

    with workspace.database.read() as connection:
        entry = next(entry for entry in entries(connection, subject=action.id) if entry.event == "action:approve")
    assert (entry.actor, entry.detail["client"], entry.detail["os_user"]) == ("theo", "cli", ME)

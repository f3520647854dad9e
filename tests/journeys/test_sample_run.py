"""The first thing a user does: `liaison run` over the sample practice, and again."""

import json
import re
import shutil
import stat
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from sqlalchemy import select

from tests.journeys.support import NOW, ROOT, differences, environment, installed, liaison, open_home, state
from tools.store import desk
from tools.store.action_tables import actions
from tools.store.tables import score_models, scores

pytestmark = pytest.mark.xdist_group("sample")  # the fixture is dear: one worker builds it


class Runs(NamedTuple):
    home: Path
    env: dict[str, str]
    first: dict[str, Any]
    first_messages: str
    after_first: dict[str, list[str]]
    second: dict[str, Any]
    after_second: dict[str, list[str]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    home = tmp_path_factory.mktemp("sample") / "home"
    env = environment(home)
    first = installed("run", "--json", "--now", NOW, env=env)
    database = open_home(home)
    after_first = state(database)
    second = liaison("run", "--json", "--now", "2026-11-02T17:45:00+00:00", env=env)
    after_second = state(database)
    database.close()
    return Runs(home, env, json.loads(first.stdout), first.stderr, after_first, json.loads(second.stdout), after_second)


def test_the_report_has_the_contracts_shape(runs: Runs) -> None:
    report = runs.first

    assert report["run"].startswith("R-")
    assert set(report["channels"]) == {"search", "listings", "email", "youtube"}
    for row in report["channels"].values():
        assert {"collected", "duplicates", "refused", "scrubbed", "status"} <= row.keys()
        assert row["collected"] > 0
    assert all({"id", "kind", "channel", "verdict", "risk"} <= row.keys() for row in report["queued"] + report["blocked"])


def test_every_channel_proposes_and_something_is_blocked_by_a_rule(runs: Runs) -> None:
    assert {row["channel"] for row in runs.first["queued"]} == {"search", "listings", "email", "youtube"}
    assert runs.first["blocked"]
    assert all(row["rules"] for row in runs.first["blocked"])
    assert all(row["verdict"] == "block" for row in runs.first["blocked"])


def test_referring_practices_are_worth_what_their_contacts_are_together(runs: Runs) -> None:
    found = json.loads(liaison("leads", "practices", "--json", env=runs.env).stdout)

    assert len(found) == 6
    for practice in found:
        intents = [member["intent"] * member["counts_for"] for member in practice["members"]]
        assert practice["intent"] == pytest.approx(min(60, sum(intents)), abs=0.02)
    first = found[0]["members"][0]["lead"]
    (line,) = json.loads(liaison("why", first, "--json", env=runs.env).stdout)
    assert [(group["kind"], len(group["members"])) for group in line["groups"]] == [("practice", len(found[0]["members"]))]
    assert "of the second, a quarter of the third" in liaison("why", first, env=runs.env).stdout


def test_leads_become_mqls_on_both_tracks(runs: Runs) -> None:
    assert runs.first["leads"] > 100
    assert 10 <= runs.first["mqls"] <= 60
    handoffs = [json.loads(row) for row in runs.after_first["actions"] if '"mql_handoff"' in row]
    assert {row["track"] for row in handoffs} == {"b2c_patient", "b2b_referral"}


def test_bad_input_is_reported_and_kept_and_the_rest_goes_on(runs: Runs) -> None:
    database = open_home(runs.home)
    with database.read() as connection:
        letters = desk.open_dead_letters(connection)
    database.close()
    files = {letter.file for letter in letters}

    assert runs.first["channels"]["search"]["status"] == "degraded"
    assert runs.first["channels"]["email"]["status"] == "ok"
    assert any("partial" in file for file in files)
    assert any("segment_2026-09-07" in file for file in files)
    assert all(letter.mend and letter.reason for letter in letters)
    assert sum(letter.count for letter in letters) == sum(row["refused"] for row in runs.first["channels"].values())


def test_a_second_run_changes_nothing(runs: Runs) -> None:
    # What a run writes about itself is new by nature; leads, scores, queue and everything else are not.
    ignore = ("runs", "run_steps", "node_attempts", "audit")

    assert differences(runs.after_first, runs.after_second, ignore=ignore) == {}
    assert runs.second["queued"] == runs.first["queued"]
    assert runs.second["blocked"] == runs.first["blocked"]
    assert [runs.second[key] for key in ("leads", "mqls")] == [runs.first[key] for key in ("leads", "mqls")]
    assert all(row["collected"] == 0 for row in runs.second["channels"].values())


def test_the_first_run_says_how_to_open_the_desk_once(runs: Runs) -> None:
    assert "make serve" in runs.first_messages
    assert re.search(r"http://127\.0\.0\.1:8765/welcome/\S{20,}", runs.first_messages)


def test_the_home_is_private(runs: Runs) -> None:
    assert stat.S_IMODE(runs.home.stat().st_mode) == 0o700


def test_the_readable_summary_names_channels_leads_queue_and_rules(runs: Runs) -> None:
    done = liaison("run", "--now", "2026-11-02T18:00:00+00:00", env=runs.env)

    for word in ("channel", "collected", "search", "MQL", "wait for a person", "blocked by a rule"):
        assert word in done.stdout
    assert "Traceback" not in done.stderr


def test_the_audit_log_verifies_and_doctor_names_the_dead_letters(runs: Runs) -> None:
    verified = liaison("audit", "verify", env=runs.env)
    doctor = liaison("doctor", env=runs.env, check=False)

    assert verified.returncode == 0
    assert "dead letter" in doctor.stdout
    assert "google_ads_search_terms_2026-09-28_partial.json" in doctor.stdout
    assert "reviews[22].reviewId" in doctor.stdout
    letters = json.loads(liaison("doctor", "--json", env=runs.env, check=False).stdout)["dead_letters"]
    assert all({"file", "line", "field", "reason", "mend"} <= letter.keys() for letter in letters)
    assert any(letter["line"] and letter["field"] for letter in letters)


def test_another_practice_cannot_use_this_home(runs: Runs, tmp_path: Path) -> None:
    liaison("init", str(tmp_path / "other"), env=runs.env)

    refused = liaison("run", "--practice", str(tmp_path / "other"), env=runs.env, check=False)

    assert refused.returncode == 1
    assert "belongs to the practice" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("run", "tiktok"), 2),
        (("decide", "A-1", "delete", "--by", "x"), 2),
        (("score", "--model", "x.yaml", "--history", "y", "--at", "yesterday"), 2),
        (("run", "--now", "2026-11-02T09:30:00"), 2),
        (("run", "--practice", "nowhere"), 1),
        (("queue", "show", "A-000000000000"), 1),
        (("decide", "A-000000000000", "approve", "--by", "nobody"), 1),
        (("schedule", "run", "nothing"), 1),
    ],
)
def test_misuse_and_refusal_have_their_own_exit_codes(runs: Runs, arguments: tuple[str, ...], code: int) -> None:
    done = liaison(*arguments, env=runs.env, check=False)

    assert done.returncode == code
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_help_answers_without_importing_the_heavy_parts() -> None:
    import subprocess
    import sys

    script = (
        "import sys\nfrom agents import cli\n"
        "try:\n    cli.app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'langgraph', 'openai', 'sqlalchemy', 'fastapi', 'alembic', 'uvicorn', 'apscheduler', 'yaml', 'langsmith', 'httpx2'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)

    assert done.stderr.strip() == "[]"
    assert "autonomous CMO" in done.stdout


def test_a_signed_version_is_in_force_at_once_and_hands_nobody_over_twice(runs: Runs, tmp_path: Path) -> None:
    home = shutil.copytree(runs.home, tmp_path / "home")
    env = environment(home)
    before = json.loads(liaison("leads", "list", "--line", "dental", "--json", env=env).stdout)
    candidate = yaml.safe_load(liaison("model", "show", "dental", env=env).stdout)
    candidate["intent_points"]["pricing_page"] = 6
    path = tmp_path / "dental.yaml"
    path.write_text(yaml.safe_dump(candidate))

    assert "intent_points.pricing_page: 12 -> 6" in liaison("model", "diff", str(path), env=env).stdout
    proposed = next(
        word for word in liaison("model", "propose", str(path), "--by", "dana.whitcombe", env=env).stdout.split() if "@" in word
    )
    for who in ("dana.whitcombe", "kim.tran"):
        signed = liaison("model", "sign", proposed.strip(":,."), "--by", who, env=env).stdout
    assert "It is in force" in signed

    after = json.loads(liaison("leads", "list", "--line", "dental", "--json", env=env).stdout)
    assert len(after) == len(before) > 0
    assert sum(row["total"] for row in after) < sum(row["total"] for row in before)
    database = open_home(home)
    try:
        with database.read() as connection:
            live = set(connection.scalars(select(score_models.c.id).where(score_models.c.live)))
            assert proposed.strip(":,.") in live
            assert not {one for one in live if one.startswith("dental@")} - {proposed.strip(":,.")}
            assert connection.scalars(select(scores.c.lead).where(scores.c.model == proposed.strip(":,."))).first() is not None
        liaison("run", "--json", "--now", "2026-11-02T18:30:00+00:00", env=env)
        with database.read() as connection:
            assert set(connection.scalars(select(score_models.c.id).where(score_models.c.live))) == live
            under_way = connection.scalars(
                select(actions.c.subject).where(actions.c.kind == "mql_handoff", actions.c.status.in_(["queued", "approved", "done"]))
            ).all()
    finally:
        database.close()
    assert [subject for subject, count in Counter(under_way).items() if count > 1] == []

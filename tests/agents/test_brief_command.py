import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agents.build import build_workspace
from agents.commands.brief import brief
from agents.context import open_context
from agents.playbook import PlaybookDrafter
from agents.strategist import plan, working_plan
from policies.records import Channel
from tools.clock import fixed_clock
from tools.settings import Settings
from tools.workspace import Workspace

AT = datetime(2026, 10, 5, 1, 0, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path, repository: Path) -> Workspace:
    return build_workspace(Settings(home=tmp_path / "home"), repository / "examples" / "practice", fixed_clock(AT))


def test_the_brief_of_a_new_home_is_a_page_and_a_record(workspace: Workspace) -> None:
    page, record = io.StringIO(), io.StringIO()

    assert brief(workspace, since=None, as_json=False, stdout=page) == 0
    assert brief(workspace, since=AT - timedelta(days=1), as_json=True, stdout=record) == 0
    workspace.database.close()

    assert page.getvalue().startswith("Brief, 28 Sep 2026 to 05 Oct 2026 01:00 UTC\n")
    assert "What waits for you: 0 actions" in page.getvalue()
    body = json.loads(record.getvalue())
    assert body["since"] == "2026-10-04T01:00:00Z"
    assert body["budget_usd"] == 44_000.0


def test_a_context_of_an_empty_store_proposes_nothing(workspace: Workspace) -> None:
    from agents.channels import email_nurture, google_search, listings, youtube

    agents = {Channel.SEARCH: google_search, Channel.LISTINGS: listings, Channel.EMAIL: email_nurture, Channel.YOUTUBE: youtube}
    practice = workspace.practice
    with workspace.database.read() as connection:
        for one in working_plan(plan(practice, None, AT), practice).channels:
            context = open_context(connection, plan=one, practice=practice, now=AT, drafter=PlaybookDrafter())
            assert agents[one.channel].propose(iter(()), context) == []
    workspace.database.close()

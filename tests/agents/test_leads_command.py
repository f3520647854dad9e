"""`liaison leads`: the match log, a merge and its undoing, without a browser."""

import io
import json

import pytest
from sqlalchemy import insert, select

from agents import cli_leads
from agents.commands import leads as command
from approvals.errors import NotAllowed
from policies.leads.identity import MergeReason, UnmergeReason
from tests.approvals.conftest import *  # noqa: F403 - its fixtures
from tools.errors import Conflict, NotFound
from tools.store.action_tables import audit
from tools.store.tables import lead_keys, leads
from tools.workspace import Workspace

ONE, OTHER = "L-aaaaaaaaaaa1", "L-bbbbbbbbbbb2"


@pytest.fixture
def database(sqlite_database: object) -> object:
    return sqlite_database


@pytest.fixture
def ws(workspace: Workspace) -> Workspace:
    now = workspace.clock()
    with workspace.database.write() as connection:
        for lead, key in ((ONE, "email:1"), (OTHER, "email:2")):
            row = {"id": lead, "track": "b2c_patient", "created_at": now, "attributes": {}, "attribute_times": {}, "stage": "lead"}
            connection.execute(insert(leads), row)
            connection.execute(insert(lead_keys), {"match_key": key, "lead": lead, "added_at": now})
    return workspace


def printed(call: object, *args: object, **options: object) -> str:
    out = io.StringIO()
    assert call(*args, stdout=out, **options) == 0  # type: ignore[operator]
    return out.getvalue()


def test_the_reasons_of_the_command_line_are_those_of_the_log() -> None:
    assert set(cli_leads.MERGE_REASONS) == {one.value for one in MergeReason}
    assert set(cli_leads.UNMERGE_REASONS) == {one.value for one in UnmergeReason}


def test_a_merge_and_its_undoing_are_logged_audited_and_shown_without_keys(ws: Workspace) -> None:
    assert printed(command.list_matches, ws, None, limit=20, as_json=False) == "No lead was ever merged into another.\n"

    said = printed(command.merge, ws, ONE, OTHER, by="sam", reason=MergeReason.SAME_PERSON.value)
    gone = said.split()[0]
    printed(command.unmerge, ws, gone, by="sam", reason=UnmergeReason.SHARED_DEVICE.value)

    rows = json.loads(printed(command.list_matches, ws, gone, limit=20, as_json=True))
    assert [(row["event"], row["by"], row["lead_keys"]) for row in rows] == [("unmerge", "sam", ["email"]), ("merge", "sam", ["email"])]
    assert "email:1" not in json.dumps(rows)
    with ws.database.read() as connection:
        events = connection.scalars(select(audit.c.event).order_by(audit.c.seq)).all()
        assert dict(connection.execute(select(leads.c.id, leads.c.merged_into)).all()) == {ONE: None, OTHER: None}
    assert events[-2:] == ["lead:merge", "lead:unmerge"]
    assert f"{gone} out of" in printed(command.list_matches, ws, None, limit=20, as_json=False)


def test_what_cannot_be_said_is_refused_with_what_to_do(ws: Workspace) -> None:
    with pytest.raises(NotFound, match="copy the id"):
        command.merge(ws, ONE, "L-nobody", by="sam", reason=MergeReason.SAME_PERSON.value, stdout=io.StringIO())
    with pytest.raises(Conflict, match="name two"):
        command.merge(ws, ONE, ONE, by="sam", reason=MergeReason.SAME_PERSON.value, stdout=io.StringIO())
    with pytest.raises(Conflict, match="not merged into another"):
        command.unmerge(ws, ONE, by="sam", reason=UnmergeReason.SHARED_DEVICE.value, stdout=io.StringIO())
    with pytest.raises(NotAllowed):
        command.merge(ws, ONE, OTHER, by="nobody", reason=MergeReason.SAME_PERSON.value, stdout=io.StringIO())

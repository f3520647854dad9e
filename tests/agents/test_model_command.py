import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import insert, select

from agents.commands import model as command
from agents.commands.learn import learn
from agents.commands.shadow import shadow
from agents.commands.thresholds import Asked
from policies.phi.scrub import Scrubber
from policies.records import LeadId
from policies.rules.catalogue import Catalogue
from tests.agents.made import NOW, practice
from tests.tools.learning.made import made_leads, written
from tools.clock import fixed_clock
from tools.errors import Conflict, NotFound, SettingsError
from tools.keys import KeyRing
from tools.packs.models import SHIPPED, live_models, load_models
from tools.packs.phi import load_lexicon
from tools.packs.registry import registry_of
from tools.settings import Settings
from tools.store.action_tables import audit, sales_inbox
from tools.store.audit import AuditLog
from tools.store.database import Database
from tools.store.models import signed_models
from tools.store.tables import engagements, leads
from tools.workspace import Workspace

PEOPLE = [
    {"username": "mara", "name": "Mara Lindqvist", "roles": ["marketing"]},
    {"username": "sam", "name": "Sam Whitlock", "roles": ["sales"]},
    {"username": "ada", "name": "Ada Nilsen", "roles": ["auditor"]},
]


@pytest.fixture
def workspace(sqlite_database: Database, ring: KeyRing, catalogue: Catalogue, tmp_path: Path) -> Workspace:
    found = practice(people=PEOPLE, model_signatures={"orthopaedics": ["mara", "sam"], "dental": ["mara"]})
    return Workspace(
        settings=Settings(home=tmp_path),
        directory=tmp_path,
        practice=found,
        database=sqlite_database,
        ring=ring,
        audit=AuditLog(ring, tmp_path / "audit.head"),
        clock=fixed_clock(NOW),
        catalogue=catalogue,
        scrubber=Scrubber(load_lexicon(), ()),
        registry=registry_of(found),
    )


def said(call: Callable[..., int], *args: Any, **options: Any) -> Any:
    out = io.StringIO()
    assert call(*args, stdout=out, **options) == 0
    return json.loads(out.getvalue()) if options.get("as_json") else out.getvalue()


def candidate(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "candidate.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load((SHIPPED / "orthopaedics.yaml").read_text()) | changes))
    return path


def test_the_list_says_which_models_score_and_which_lack_a_signature(workspace: Workspace) -> None:
    rows = {row["name"]: row for row in said(command.list_models, workspace, as_json=True)}

    assert {name: row["state"] for name, row in rows.items()} == {
        "orthopaedics": "live",
        "dental": "unsigned",
        "physician_liaison": "unsigned",
    }
    assert rows["dental"]["signed_by"] == ["mara"]
    assert "liaison model sign" in said(command.list_models, workspace, as_json=False)


def test_what_is_shown_can_be_proposed(workspace: Workspace, tmp_path: Path) -> None:
    text = said(command.show, workspace, "orthopaedics", as_json=False)
    (tmp_path / "copy.yaml").write_text(text)

    body = said(command.diff, workspace, tmp_path / "copy.yaml", as_json=True)
    assert body["settings"] == {}
    assert body["now"] == body["then"]
    with pytest.raises(NotFound, match="model list"):
        command.show(workspace, "knees", as_json=False, stdout=io.StringIO())


def test_a_version_scores_once_both_sides_signed_it(workspace: Workspace, tmp_path: Path) -> None:
    said(command.propose, workspace, candidate(tmp_path, threshold=75), by="ada")
    rows = said(command.list_models, workspace, as_json=True)
    (proposed,) = [row["id"] for row in rows if row["threshold"] == 75]
    assert live(workspace)["orthopaedics"].threshold == 60

    assert "One more signature" in said(command.sign, workspace, proposed, by="mara")
    assert live(workspace)["orthopaedics"].threshold == 60
    assert "It is in force" in said(command.sign, workspace, proposed, by="sam")

    assert live(workspace)["orthopaedics"].id == proposed
    (row,) = [row for row in said(command.list_models, workspace, as_json=True) if row["name"] == "orthopaedics"]
    assert (row["id"], row["state"], row["signed_by"]) == (proposed, "live", ["mara", "sam"])
    with workspace.database.read() as connection:
        assert list(connection.scalars(select(audit.c.event).order_by(audit.c.seq))) == ["model:propose", "model:sign", "model:sign"]


def live(workspace: Workspace) -> dict[str, Any]:
    with workspace.database.read() as connection:
        signed = signed_models(connection, workspace.practice)
    return dict(live_models(workspace.practice, load_models(workspace.practice, workspace.directory), signed=signed))


@pytest.mark.parametrize(("by", "message"), [("ada", "may not sign"), ("nobody", "may not sign"), ("mara", "already signed")])
def test_who_may_not_sign_is_refused(workspace: Workspace, tmp_path: Path, by: str, message: str) -> None:
    said(command.propose, workspace, candidate(tmp_path, threshold=75), by="mara")
    (proposed,) = [row["id"] for row in said(command.list_models, workspace, as_json=True) if row["threshold"] == 75]
    said(command.sign, workspace, proposed, by="mara")

    with pytest.raises(Conflict, match=message):
        command.sign(workspace, proposed, by=by, stdout=io.StringIO())


def test_an_unknown_version_or_proposer_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="model propose"):
        command.sign(workspace, "orthopaedics@000000000000", by="mara", stdout=io.StringIO())
    with pytest.raises(NotFound, match="--by"):
        command.propose(workspace, candidate(tmp_path), by="nobody", stdout=io.StringIO())


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"name": "knees"}, "no service line"), ({"track": "b2b_referral"}, "same track"), ({"fast_lane": ["aks"]}, "no event")],
)
def test_a_model_that_fits_no_line_cannot_be_proposed(
    workspace: Workspace, tmp_path: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        command.propose(workspace, candidate(tmp_path, **changes), by="mara", stdout=io.StringIO())


def lead_with(workspace: Workspace, name: str, *kinds: str) -> LeadId:
    lead = LeadId(f"L-{name}")
    fit = {"in_area": "yes", "service_offered": "yes", "payer": "accepted"}
    at = NOW - timedelta(days=10)
    acts = [
        {
            "id": f"E-{name}-{kind}",
            "kind": kind,
            "lead": lead,
            "occurred_at": at,
            "revised_at": at,
            "service_line": "orthopaedics",
            "record": {},
        }
        | {"channel": "search", "source": "segment", "digest": "d", "run": "R", "stage": 2}
        for kind in kinds
    ]
    with workspace.database.write() as connection:
        connection.execute(insert(leads), {"id": lead, "track": "b2c_patient", "created_at": at, "attributes": fit, "stage": "lead"})
        connection.execute(insert(engagements), acts)
    return lead


def test_the_difference_names_the_leads_that_flip(workspace: Workspace, tmp_path: Path) -> None:
    lead_with(workspace, "low", "guide_download")
    middle = lead_with(workspace, "middle", "tracked_call", "pricing_page")
    lead_with(workspace, "high", "tracked_call", "pricing_page", "guide_download", "scheduling_started")

    body = said(command.diff, workspace, candidate(tmp_path, threshold=80), as_json=True)

    assert (body["gained"], body["lost"], body["kept"]) == ([], [middle], 1)
    assert body["settings"] == {"threshold": {"now": 60, "then": 80}}
    assert f"- {middle}" in said(command.diff, workspace, candidate(tmp_path, threshold=80), as_json=False)


def test_a_shadow_tells_week_by_week_who_would_have_been_handed_over(workspace: Workspace, tmp_path: Path) -> None:
    middle = lead_with(workspace, "middle", "tracked_call", "pricing_page")
    lead_with(workspace, "high", "tracked_call", "pricing_page", "guide_download", "scheduling_started")
    said(command.propose, workspace, candidate(tmp_path, threshold=80), by="ada")
    (proposed,) = [row["id"] for row in said(command.list_models, workspace, as_json=True) if row["threshold"] == 80]

    body = said(shadow, workspace, proposed, weeks=8, as_json=True)

    assert body["shadow"] == proposed
    assert [sum(week[key] for week in body["weeks"]) for key in ("live", "other")] == [2, 1]
    assert [lead for week in body["weeks"] for lead in week["lost"]] == [middle]
    assert [lead for week in body["weeks"] for lead in week["gained"]] == []
    assert "in all" in said(shadow, workspace, str(candidate(tmp_path, threshold=80)), weeks=2, as_json=False)


def handed_over(workspace: Workspace, lead: LeadId, number: int, status: str, reason: str | None = None) -> None:
    row = {"execution": f"X-{number}", "action": f"A-{number}", "lead": lead, "track": "b2c_patient", "service_line": "orthopaedics"}
    row |= {"handoff": {}, "status": status, "reason": reason, "received_at": NOW - timedelta(days=5) + timedelta(hours=number)}
    with workspace.database.write() as connection:
        connection.execute(insert(sales_inbox), row)


def test_a_backtest_without_outcomes_says_so(workspace: Workspace) -> None:
    handed_over(workspace, lead_with(workspace, "one", "tracked_call"), 1, "new")
    out, err = io.StringIO(), io.StringIO()

    assert command.backtest(workspace, file=None, as_json=False, stdout=out, stderr=err) == 1
    assert "No handoff has an outcome yet" in err.getvalue()
    assert out.getvalue() == ""


def test_a_backtest_judges_each_lead_as_it_stood_when_handed_over(workspace: Workspace, tmp_path: Path) -> None:
    good = lead_with(workspace, "good", "tracked_call", "pricing_page", "guide_download", "scheduling_started")
    poor = lead_with(workspace, "poor", "tracked_call", "pricing_page")
    for number, (lead, status, reason) in enumerate(
        [(good, "sql", None), (poor, "rejected", "outside_area"), (good, "accepted", None), (poor, "rejected", "not_reachable")]
    ):
        handed_over(workspace, lead, number, status, reason)

    def tested(file: Path | None) -> dict[str, Any]:
        found = said(command.backtest, workspace, file=file, as_json=True, stderr=io.StringIO())
        return {"handoffs": found["handoffs"]} | {key: found["splits"][0][key] for key in ("precision", "recall")}

    assert tested(None) == {"handoffs": 3, "precision": pytest.approx(2 / 3), "recall": 1}
    assert tested(candidate(tmp_path, threshold=80)) == {"handoffs": 3, "precision": 1, "recall": 1}
    early = replace(workspace, clock=fixed_clock(NOW - timedelta(days=60)))
    assert "Recall is among handoffs" in said(command.backtest, early, file=None, as_json=False, stderr=io.StringIO())


def many_handed_over(workspace: Workspace) -> None:
    good = lead_with(workspace, "good", "tracked_call", "pricing_page", "guide_download", "scheduling_started")
    poor = lead_with(workspace, "poor", "tracked_call", "pricing_page")
    for number in range(40):
        handed_over(workspace, good if number % 2 else poor, number, "sql" if number % 2 or number == 4 else "rejected", "outside_area")


def test_a_backtest_finds_the_threshold_of_each_side_capacity_and_profit(workspace: Workspace, tmp_path: Path) -> None:
    many_handed_over(workspace)
    asked = Asked(precision=0.9, coverage=0.9, capacity=10, contact_cost=30, value=100)
    page = tmp_path / "backtest.html"
    body = said(command.backtest, workspace, file=None, as_json=True, asked=asked, html=page, stderr=io.StringIO())

    assert set(body) == {"handoffs", "splits", "thresholds"}
    found = body["thresholds"]
    assert (found["leads"], found["good"]) == (40, 21)
    at = {cut["theta"]: cut for cut in found["cuts"]}
    assert (at[50]["precision"]["value"], at[50]["recall"]["value"]) == (pytest.approx(21 / 40), 1)
    assert at[found["sales"]["theta"]["value"]]["precision"]["value"] == 1
    assert at[found["marketing"]["theta"]["value"]]["recall"]["value"] == pytest.approx(20 / 21, abs=1e-6)
    assert found["suggested"] in found["both"]
    assert found["cost"]["everyone"] == 21 * 100 - 40 * 30
    assert found["cost"]["best"] == 21 * 100 - 23 * 30  # the good one among the three first of the poor ones pays for the other two
    assert "orthopaedics@" in page.read_text()


def test_a_backtest_tells_thresholds_in_words_and_names_what_makes_no_sense(workspace: Workspace) -> None:
    many_handed_over(workspace)
    asked = Asked(precision=0.9, coverage=0.9, capacity=10, contact_cost=30, value=100)

    text = said(command.backtest, workspace, file=None, as_json=False, asked=asked, stderr=io.StringIO())
    for words in (
        "sales (at least 90% precision)",
        "marketing (at least 90% coverage)",
        "capacity (10 of",
        "both sides agree on: from",
        "best cut",
    ):
        assert words in text
    with pytest.raises(SettingsError, match="go together"):
        said(command.backtest, workspace, file=None, as_json=False, asked=Asked(value=100), stderr=io.StringIO())


def test_what_leads_teach_can_be_proposed_as_a_version(workspace: Workspace, tmp_path: Path) -> None:
    proposed = tmp_path / "learned.yaml"
    file = written(made_leads(4000), tmp_path)
    streams = {"stdout": io.StringIO(), "stderr": io.StringIO()}
    base = SHIPPED / "orthopaedics.yaml"
    assert learn(file, outcome="converted", time="created", id_="lead_id", propose_to=proposed, base=base, **streams) == 0

    assert "is proposed" in said(command.propose, workspace, proposed, by="ada")
    body = said(command.diff, workspace, proposed, as_json=True)
    assert {key.split(".")[0] for key in body["settings"]} == {"fit_weights"}

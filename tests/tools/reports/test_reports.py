"""The numbers of every picture, counted by hand, on both engines."""

import random

import pytest

from policies.actions import ActionKind
from policies.leads.lifecycle import Stage
from policies.leads.score import intent, total_points
from policies.records import Track
from tests.tools.reports import story
from tests.tools.reports.story import DAY, MODEL, NOW, act, asked, decided, entered, item, lead, put, said, score, tell
from tools.reports import scoring
from tools.reports.catalogue import GROUPS, PICTURES
from tools.reports.channels import channel_mix, window_effect
from tools.reports.compliance import consent_steps, findings, latency
from tools.reports.funnel import cohorts, funnel
from tools.reports.report import Filters
from tools.reports.sales import rejections, time_to_mql
from tools.reports.scoring import grid, histogram
from tools.store.database import Database


def test_the_funnel_counts_each_person_at_the_furthest_stage_it_ever_reached(database: Database) -> None:
    tell(database)

    with database.read() as connection:
        found = funnel(asked(connection))
        dental = funnel(asked(connection, line="dental"))

    patients, referrers = found.tracks
    assert patients.stages == ("Seen", "Identified", "Engaged", "MQL", "Accepted", "SQL", "Booked", "Came")
    assert patients.reached == (6, 5, 4, 3, 2, 1, 1, 0)
    assert referrers.reached == (2, 2, 2, 1, 0, 0, 0, 0)
    assert "Patients: 6 people first seen in 90 days, 3 MQLs (50 %), 1 SQL" in found.takeaway()
    assert found.table().rows[3] == ("Patients", "MQL", 3, 75.0, 50.0)
    assert dental.tracks[0].count("MQL") == 1


def test_a_cohort_is_told_only_once_its_time_is_over(database: Database) -> None:
    tell(database)

    with database.read() as connection:
        found = cohorts(asked(connection))
        austin = cohorts(asked(connection, location="austin"))
        year = cohorts(asked(connection, days=365))

    assert [(one.name, one.mqls, one.sqls, one.sqls_so_far) for one in found.cohorts] == [
        ("09 Feb 2026", 1, (1, 1, None, None, None), 1),
        ("16 Feb 2026", 2, (0, None, None, None, None), 0),
        ("23 Feb 2026", 2, (None, None, None, None, None), 0),
    ]
    assert found.takeaway() == "All service lines: 1 of 5 MQLs became SQL (20 %)."
    assert [one.mqls for one in austin.cohorts] == [1]
    assert [(one.name, one.mqls) for one in year.cohorts] == [("Feb 2026", 5)]


def test_the_histogram_says_in_sql_what_scoring_says_in_python(database: Database) -> None:
    dice = random.Random(7)
    rows = [
        score(f"L{number}", dice.choice([0, 12.5, 25, 40]), number % 10 == 0, calls=dice.uniform(-30, 60), intent=dice.uniform(-20, 70))
        for number in range(200)
    ]
    rows += [score("edge", 5.0), score("full", 40.0, calls=20.0, intent=60.0), score("none", 0.0, intent=-9.0)]
    put(database, story.scores, *rows)
    expected = [0] * 20
    cells = [[0] * 4 for _ in range(4)]
    for row in rows:
        wants = intent(MODEL, row["groups"], NOW)
        expected[min(19, int(total_points(MODEL, row["fit"], wants) / 5))] += 1
        cells[min(3, int(row["fit"] / 10))][min(3, int(wants / 15))] += 1

    with database.read() as connection:
        (line,) = histogram(asked(connection)).lines
        squares = grid(asked(connection))

    assert line.bins == tuple(expected)
    assert line.mqls == 20
    assert line.bins[1] >= 1
    assert line.capacity == 12
    assert line.capacity_total == pytest.approx(sorted(_totals(rows), reverse=True)[11])
    assert squares.cells == tuple(map(tuple, cells))
    assert squares.leads == len(rows)


def _totals(rows: list[dict[str, object]]) -> list[float]:
    return [total_points(MODEL, row["fit"], intent(MODEL, row["groups"], NOW)) for row in rows]  # type: ignore[arg-type]


def test_scores_fade_between_two_looks(database: Database) -> None:
    put(database, story.scores, score("L1", 30.0, intent=25.0))

    with database.read() as connection:
        now = histogram(asked(connection)).lines[0].bins
        later = histogram(asked(connection, at=NOW + 365.25 / 4 * DAY)).lines[0].bins

    assert now.index(1) == 11  # 55 points
    assert later.index(1) == 9  # 30 + 25 * 0.75 = 48.75


def test_credit_goes_by_the_doors_of_the_visits_and_adds_up(database: Database) -> None:
    tell(database)
    put(
        database,
        story.engagements,
        act(1, "P5", "service_page", 60, medium="cpc"),
        act(2, "P5", "email_sent", 41, channel="email"),
        act(3, "P5", "email_click", 30, channel="email"),
        act(4, "P4", "service_page", 10),
        act(5, "P3", "service_page", 9, medium="cpc"),
        act(6, "P4", "guide_download", 5),  # after it became one
    )
    put(database, story.scores, score("P3", 10.0, intent=3.0))

    with database.read() as connection:
        mix = channel_mix(asked(connection, line="orthopaedics"))
        windows = window_effect(asked(connection, line="orthopaedics"))

    credit = {model: dict(zip(mix.channels, row, strict=True)) for model, row in zip(mix.models, mix.credit, strict=True)}
    assert mix.mqls == 2
    assert credit["First touch"] == {"paid search": 1.0, "email": 0.0, "direct": 1.0}
    assert credit["Last touch"] == {"paid search": 0.0, "email": 1.0, "direct": 1.0}
    assert all(sum(row) == pytest.approx(2.0) for row in mix.credit)
    assert dict(zip(windows.days, windows.older, strict=True))[30] == 0.5  # of P5 the first touch was 40 days before
    assert dict(zip(windows.days, windows.older, strict=True))[60] == 0.0


def test_time_to_mql_runs_from_the_first_act_to_the_day_of_the_handoff(database: Database) -> None:
    tell(database)
    item(database, "A-P5", ActionKind.MQL_HANDOFF, period="2026-02-05")

    with database.read() as connection:
        found = {line.name: line.days for line in time_to_mql(asked(connection)).lines}

    # P4 and P6 were handed over 2 and 4 days after their first act; P5, seen on 31 January at 9, is dated by the end of 5 February.
    assert found["Orthopaedics"] == pytest.approx((2.0, 4.0, 5.62498), abs=1e-4)
    assert found["Dental"] == pytest.approx((21.0,))
    assert found["Physician liaison"] == pytest.approx((37.0,))


def test_rejections_are_ordered_by_how_often_and_by_nothing_sales_wrote(database: Database) -> None:
    tell(database)
    put(
        database,
        story.lead_stages,
        entered("P2", Stage.RECYCLED, 2, reason="not_reachable"),
        entered("P3", Stage.RECYCLED, 2, reason="not_reachable"),
        entered("P1", Stage.REJECTED, 2, reason="=cmd()"),
    )

    with database.read() as connection:
        found = rejections(asked(connection))
        before = rejections(asked(connection, at=NOW - 4 * DAY))

    assert found.reasons == (("not_reachable", 2), ("payer_mismatch", 1))
    assert found.table().rows[1] == ("Payer mismatch", 1, pytest.approx(100 / 3), 100.0)
    assert before.reasons == (("payer_mismatch", 1),)


def test_the_consent_waterfall_falls_to_those_who_said_yes_and_did_not_stop(database: Database) -> None:
    tell(database)
    words = [said("P2", "email", True), said("P3", "email", True), said("P4", "email", False), said("P5", "email", True)]
    put(database, story.consents, *words, said("P2", "sms", False), said("P7", "email", True))
    put(database, story.suppressions, {"lead": "P3", "channel": "email", "reason": "unsubscribed", "at": NOW, "execution": None})

    with database.read() as connection:
        found = consent_steps(asked(connection, track=Track.B2C_PATIENT))

    assert [(step.name, step.lost, step.count) for step in found.steps] == [
        ("Everybody seen", 0, 6),
        ("Never said who they are", 1, 5),
        ("Never asked about email", 1, 4),
        ("Said no", 1, 3),
        ("Unsubscribed or stopped", 1, 2),
        ("May be sent email", 0, 2),
    ]
    assert found.by_purpose == (("sms", 0, 1),)


def test_latency_is_the_time_a_version_stood_in_the_queue(database: Database) -> None:
    for number, ago in enumerate((2.0, 3.0, 4.0)):
        item(database, f"A-{number}", ActionKind.REVIEW_REPLY, ago=ago)
    item(database, "A-b", ActionKind.BUDGET_SHIFT, ago=1)
    put(database, story.decisions, *(decided(f"A-{number}", "approve", 1.0) for number in range(3)))
    put(database, story.decisions, decided("A-b", "reject", 0.75), decided("A-b", "redraft", 0.5, by="theo"))

    with database.read() as connection:
        found = latency(asked(connection))

    assert [(one.name, one.hours) for one in found.kinds] == [
        ("Reply to a review", pytest.approx((24.0, 48.0, 72.0))),
        ("Shift ad budget", pytest.approx((6.0,))),
    ]
    assert found.takeaway().startswith("Half of 4 decisions came within 36.0 h")


def test_findings_count_an_item_once_per_rule_at_its_gravest(database: Database) -> None:
    item(database, "A-1", ActionKind.VIDEO_METADATA, findings=(("FTC-1", "warn"), ("FTC-1", "block"), ("EEAT-2", "needs_review")))
    item(database, "A-2", ActionKind.VIDEO_METADATA, findings=(("FTC-1", "warn"),), track="b2b_referral")
    item(database, "A-3", ActionKind.VIDEO_METADATA)
    item(database, "A-4", ActionKind.VIDEO_METADATA, ago=100, findings=(("OLD-1", "block"),))

    with database.read() as connection:
        found = findings(asked(connection))
        referral = findings(asked(connection, track=Track.B2B_REFERRAL))

    assert (found.items, found.clean) == (3, 1)
    assert [(one.rule, one.block, one.needs_review, one.warn) for one in found.rules] == [("FTC-1", 1, 0, 1), ("EEAT-2", 0, 1, 0)]
    assert (referral.items, referral.clean) == (1, 0)


@pytest.mark.parametrize("one", PICTURES, ids=lambda one: one.key)
def test_every_picture_says_so_when_there_is_nothing_yet(database: Database, one) -> None:  # type: ignore[no-untyped-def]
    with database.read() as connection:
        found = one.read(asked(connection))

    assert found.is_empty()
    assert found.takeaway().endswith(".")
    assert one.fills
    assert one.group in GROUPS


def test_a_filter_a_picture_does_not_take_changes_nothing_of_it() -> None:
    scores = next(one for one in PICTURES if one.key == "scores")

    assert scores.only(Filters(line="dental", location="tampa", days=365)) == Filters(line="dental")


def test_a_stage_row_of_a_lead_that_was_merged_counts_for_who_it_is_now(database: Database) -> None:
    put(database, story.leads, lead("A", "mql", seen=5), lead("B", "mql", seen=5, into="A"))
    put(database, story.lead_stages, entered("A", Stage.MQL, 1), entered("B", Stage.MQL, 1))

    with database.read() as connection:
        assert funnel(asked(connection)).tracks[0].count("MQL") == 1


def test_a_long_line_is_estimated_below_and_counted_above(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "SAMPLE", 50)
    ids = [f"L-{random.Random(number).getrandbits(48):012x}" for number in range(400)]
    put(
        database,
        story.scores,
        *(score(identity, 25.0, number % 40 == 0, intent=40.0 if number % 40 == 0 else 7.0) for number, identity in enumerate(ids)),
    )

    with database.read() as connection:
        (line,) = histogram(asked(connection)).lines
        squares = grid(asked(connection))

    assert line.mql_bins[13] == line.bins[13] == 10  # 65 points
    assert line.bins[6] == 390  # 32 points: all of one kind, so the estimate is exact
    assert line.sampled is not None
    assert 20 < line.sampled < 90
    assert squares.leads == 400

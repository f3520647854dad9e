"""The brief: a record written from counts, read as text, as HTML and as a mail that says no more than it may."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest

from policies.actions import ActionKind, Status
from policies.kinds import KINDS
from policies.records import ActionId, Channel, EngagementKind
from tests.agents.made import NOW, practice
from tools.brief import Brief, brief, text_of, week_name, week_named, week_of
from tools.brief_mail import brief_message, html_of
from tools.store.results import LastResults
from tools.store.week import Act, Counts, Group, Ledger, Stuck

DEAR_SEARCH = LastResults(
    mqls_by_line={"orthopaedics": 5, "dental": 10},
    mqls_by_channel={Channel.SEARCH: 6, Channel.EMAIL: 9},
    spend_by_channel={Channel.SEARCH: 6000.0, Channel.EMAIL: 900.0},
)


def group(kind: ActionKind, count: int, **more: object) -> Group:
    return Group.model_validate({"kind": kind, "title": KINDS[kind].title, "count": count, **more})


LEDGER = Ledger(
    since=NOW - timedelta(days=7),
    until=NOW,
    now=Counts(
        runs=3,
        engagements=1234,
        new_leads=40,
        new_mqls={"dental": 2, "orthopaedics": 5},
        new_sqls={"dental": 1},
        spend_usd={"orthopaedics": 6000.0, "dental": 500.0},
        decided={"approve": 6, "reject": 1},
        drafting_usd=0.5,
        acts=(
            Act(kind=EngagementKind.PRICING_PAGE, channel=Channel.SEARCH, count=31),
            Act(kind=EngagementKind.EMAIL_CLICK, channel=Channel.EMAIL, count=2),
        ),
    ),
    before=Counts(
        new_mqls={"dental": 4},
        spend_usd={"dental": 480.0},
        acts=(
            Act(kind=EngagementKind.PRICING_PAGE, channel=Channel.SEARCH, count=11),
            Act(kind=EngagementKind.EMAIL_CLICK, channel=Channel.EMAIL, count=3),
        ),
    ),
    failed_runs=(("R-1", "StoreError"),),
    degraded={"email": "timed out"},
    done=(group(ActionKind.BUDGET_SHIFT, 1, money_usd=200, actions=("A-000000000010",)), group(ActionKind.NURTURE_EMAIL, 1)),
    waiting=(
        group(ActionKind.BUDGET_SHIFT, 1, high_risk=1, money_usd=590.0, next_expiry=NOW + timedelta(days=3)),
        group(ActionKind.REVIEW_REPLY, 2, high_risk=2, needs_review=1, next_expiry=NOW + timedelta(days=1)),
    ),
    blocked=(Stuck(id=ActionId("A-000000000006"), kind=ActionKind.VIDEO_METADATA, status=Status.BLOCKED, title="x", rules=("FTC-CLAIM",)),),
    blocked_count=3,
    stuck=(
        Stuck(
            id=ActionId("A-000000000007"), kind=ActionKind.NURTURE_EMAIL, status=Status.UNKNOWN, title="x", error="the connection was cut"
        ),
    ),
    stuck_count=1,
    unread={"search": 3},
)
WRITTEN = brief(practice(), LEDGER, DEAR_SEARCH)


def test_the_numbers_are_those_of_the_ledger() -> None:
    lines = {one.line: one for one in WRITTEN.lines}

    assert (lines["orthopaedics"].mqls, lines["orthopaedics"].mqls_before, lines["orthopaedics"].mqls_30_days) == (5, 0, 5)
    assert (lines["orthopaedics"].cost_per_mql_usd, lines["orthopaedics"].too_dear) == (1200.0, True)
    assert (lines["dental"].mqls, lines["dental"].mqls_before, lines["dental"].sqls, lines["dental"].cost_per_mql_usd) == (2, 4, 1, 250.0)
    assert (WRITTEN.waiting, WRITTEN.high_risk_waiting, WRITTEN.money_waiting_usd) == (3, 3, 590.0)
    assert (WRITTEN.spend_usd, WRITTEN.spend_before_usd, WRITTEN.budget_usd) == (6500.0, 480.0, 10_000.0)
    assert WRITTEN.budget_share_usd == round(10_000 * 7 / 30, 2)
    assert WRITTEN.executed == 2


def test_the_brief_reads_as_a_page() -> None:
    page = text_of(WRITTEN).splitlines()

    for line in (
        "Bring these lines back to their goals: Orthopaedics.",
        "  3 runs, 1,234 engagements, 40 new leads",
        "  7 new MQLs: 2 Dental, 5 Orthopaedics",
        "  1 new SQL: 1 Dental",
        "  Decisions: 6 × approve, 1 × reject",
        "  Orthopaedics: 5 MQLs (+5), 0 SQLs, $6,000.00 spent, $1,200.00 per MQL of at most $900.00",
        "  Orthopaedics: +5 MQLs; known search spend $6,000.00, before $0.00",
        "  Leads did more: Pricing page 11 → 31",
        "What waits for you: 3 actions, 3 of high risk, $590.00 to decide",
        "     1  Shift ad budget: 1 high risk, $590.00, first expires 05 Mar",
        "     2  Reply to a review: 2 high risk, 1 need review, first expires 03 Mar",
        "  A-000000000007 Send a nurture email is unknown: the connection was cut",
        "  Run R-1 failed: StoreError",
        "  Channel email is degraded: timed out",
        "  A-000000000006 Update a video's text is blocked by FTC-CLAIM",
        "  2 more are blocked",
        "  3 records of search could not be read: see liaison doctor",
        "  1 × Shift ad budget, $200.00",
        "  High risk and waiting for a decision: 3 items",
        "  Orthopaedics: $1,200.00 per MQL, the goal is at most $900.00",
        "  Known spend is $4,166.67 above what the budget gives for these days",
    ):
        assert line in page, line


def test_a_change_of_one_is_no_reason() -> None:
    assert not [row for row in WRITTEN.why if "Email click" in row]


def test_an_empty_week_says_so() -> None:
    empty = Ledger(since=NOW - timedelta(days=7), until=NOW, now=Counts(), before=Counts())

    page = text_of(brief(practice(), empty, None))

    assert "nothing was executed" in page
    assert "  Decisions: none" in page


# --- the mail


def sent(written: Brief, **more: str) -> dict[str, str]:
    """The parts of the mail as a mail program reads them from the wire."""
    message = brief_message(written, "mara@harbor.example.com", "desk@harbor.example.com", **more)
    read = message_from_bytes(bytes(message), policy=policy.default)
    parts = {part.get_content_type(): part.get_content() for part in read.walk() if not part.is_multipart()}
    return {**parts, "type": read.get_content_type(), "subject": str(read["Subject"])}


def test_the_mail_is_text_and_html_of_one_record() -> None:
    mail = sent(WRITTEN, desk_url="https://desk.example.com")

    assert mail["type"] == "multipart/alternative"
    assert mail["subject"] == "Harbor Care: week 2026-W09, 3 items wait for you"
    assert "What waits for you: 3 actions" in mail["text/plain"]
    assert "What waits for you (3)" in mail["text/html"]
    assert '<a href="https://desk.example.com/queue?kind=review_reply">' in mail["text/html"]
    assert "https://desk.example.com/brief" in mail["text/plain"]
    for part in ("text/plain", "text/html"):
        assert "5 Orthopaedics" in mail[part]


def test_what_a_program_said_stays_inside() -> None:
    secret = "refused: pat.doe@example.com"
    stuck = LEDGER.stuck[0].model_copy(update={"error": secret})
    leaky = LEDGER.model_copy(update={"stuck": (stuck,), "degraded": {"email": secret}, "failed_runs": (("R-1", secret),)})

    mail = sent(brief(practice(), leaky, None))

    assert secret in text_of(brief(practice(), leaky, None))
    assert "example.com" not in mail["text/plain"] + mail["text/html"]
    assert "Channel email is degraded" in mail["text/html"]


def test_the_html_runs_nothing_and_loads_nothing() -> None:
    evil = WRITTEN.model_copy(update={"objective": "<script>alert(1)</script>", "practice": "<img src=x onerror=y>"})

    page = html_of(evil)

    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;" in page
    for foreign in ("http://", "https://", "<link", "<style", "url("):
        assert foreign not in page


def test_an_address_cannot_break_the_header() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        brief_message(WRITTEN, "a@example.com\nBcc: b@example.com", "desk@example.com")


# --- weeks


def test_a_week_begins_on_monday_by_the_practices_clock() -> None:
    sunday_night = datetime(2026, 3, 2, 4, 30, tzinfo=UTC)  # still Sunday in Chicago

    since, until = week_of(sunday_night, "America/Chicago")

    assert (since.isoformat(), until.isoformat()) == ("2026-02-23T00:00:00-06:00", "2026-03-02T00:00:00-06:00")
    assert week_name(since) == "2026-W09"
    assert week_named("2026-W09", "America/Chicago") == (since, until)


@pytest.mark.parametrize("name", ["", "2026-W60", "W09", "2026-02-23", "2026-W09; drop"])
def test_a_name_that_is_no_week_is_none(name: str) -> None:
    assert week_named(name, "UTC") is None

"""Exports in, engagements and refusals out: every vendor's shape, and every way a file can be wrong."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policies.records import Channel, RawEngagement, Refusal, Source
from tools.channels.connect import FEEDS, FileConnector, open_connectors
from tools.channels.files import MAX_RECORD_BYTES
from tools.practice import ChannelConfig, SourceFile, load_practice

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[3] / "examples" / "practice"

Collect = Callable[..., list[RawEngagement | Refusal]]


@pytest.fixture
def collect(tmp_path: Path) -> Collect:
    """Write one file and collect it as an export of `source`."""

    def run(
        source: Source, content: Any, *, name: str = "export", shift: timedelta = timedelta(), **config: Any
    ) -> list[RawEngagement | Refusal]:
        data = content if isinstance(content, bytes) else content.encode() if isinstance(content, str) else json.dumps(content).encode()
        (tmp_path / name).write_bytes(data)
        return list(connector(tmp_path, source, name, shift=shift, **config).collect())

    return run


def connector(directory: Path, source: Source, path: str, *, shift: timedelta = timedelta(), **config: Any) -> FileConnector:
    sources = (SourceFile(source=source, path=path, **config),)
    return FileConnector(Channel.SEARCH, ChannelConfig(sources=sources), directory, shift, NOW)


def engagements(found: list[RawEngagement | Refusal]) -> list[RawEngagement]:
    return [record for record in found if isinstance(record, RawEngagement)]


def refusals(found: list[RawEngagement | Refusal]) -> list[Refusal]:
    return [record for record in found if isinstance(record, Refusal)]


def segment(**changes: Any) -> str:
    return json.dumps({"type": "page", "messageId": "m-1", "timestamp": "2026-02-27T10:00:00Z", **changes})


def only_refusal(found: list[RawEngagement | Refusal]) -> Refusal:
    (refusal,) = refusals(found)
    assert refusal.reason
    assert refusal.mend
    return refusal


# --- times


def test_a_segment_time_is_corrected_by_the_clients_clock_error(collect: Collect) -> None:
    (record,) = collect(Source.SEGMENT, segment(sentAt="2026-02-27T10:00:05Z", receivedAt="2026-02-27T07:00:05.500Z"))

    assert record.occurred_at == datetime(2026, 2, 27, 7, 0, 0, 500_000, tzinfo=UTC)


def test_a_segment_time_corrected_by_segment_is_not_corrected_again(collect: Collect) -> None:
    (record,) = collect(
        Source.SEGMENT, segment(originalTimestamp="2026-02-27T13:00:00Z", sentAt="2026-02-27T13:00:00Z", receivedAt="2026-02-27T10:00:00Z")
    )

    assert record.occurred_at == datetime(2026, 2, 27, 10, tzinfo=UTC)


def test_search_console_days_start_in_the_sources_zone(collect: Collect) -> None:
    body = {
        "request": {"dimensions": ["date", "query"]},
        "response": {"rows": [{"keys": ["2026-02-27", "knee pain"], "clicks": 1, "impressions": 9, "ctr": 0.1, "position": 3.0}]},
    }
    (record,) = collect(Source.SEARCH_CONSOLE, body, timezone="America/Los_Angeles")

    assert record.occurred_at == datetime(2026, 2, 27, 8, tzinfo=UTC)
    assert record.payload["query"] == "knee pain"


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("02/27/2026 09:30 PM", datetime(2026, 2, 28, 3, 30, tzinfo=UTC)),
        ("2026-02-27 21:30", datetime(2026, 2, 28, 3, 30, tzinfo=UTC)),
        ("2026-02-27T21:30:00-05:00", datetime(2026, 2, 28, 2, 30, tzinfo=UTC)),
        ("2026-02-27 21:30 EST", datetime(2026, 2, 28, 2, 30, tzinfo=UTC)),
        ("2026-02-27 21:30 America/Denver", datetime(2026, 2, 28, 4, 30, tzinfo=UTC)),
        ('"Feb 27, 2026"', datetime(2026, 2, 27, 6, tzinfo=UTC)),
    ],
)
def test_a_review_date_is_read_in_the_exports_zone_unless_it_names_one(collect: Collect, written: str, at: datetime) -> None:
    (record,) = collect(Source.WEBMD, f"id,submitted,stars\n1,{written},5\n", timezone="America/Chicago")

    assert record.occurred_at == at


def test_a_naive_time_without_a_zone_is_refused(collect: Collect) -> None:
    refusal = only_refusal(collect(Source.ZOCDOC, "review_url,date,overall_rating\nu1,2026-02-27 10:00,5\n"))

    assert (refusal.line, refusal.field) == (2, "review_date")
    assert "timezone" in refusal.mend


def test_an_unknown_zone_is_refused(collect: Collect) -> None:
    refusal = only_refusal(collect(Source.WEBMD, "id,submitted,stars\n1,2026-02-27 10:00 Mars/Olympus,5\n", timezone="UTC"))

    assert refusal.reason == "the time names an unknown time zone"


def test_a_time_in_the_future_is_refused_and_one_day_ahead_is_not(collect: Collect) -> None:
    found = collect(Source.SEGMENT, "\n".join([segment(timestamp="2026-03-03T08:59:00Z"), segment(timestamp="2041-01-01T00:00:00Z")]))

    assert len(engagements(found)) == 1
    assert (only_refusal(found).line, only_refusal(found).field) == (2, "timestamp")


def test_the_shift_moves_times_and_not_ids(collect: Collect) -> None:
    row = "id,submitted,stars,edited_at\n,2025-02-27 10:00,5,2025-02-28 10:00\n".replace("id,", "doctor,", 1).replace("\n,", "\nDr A,", 1)
    (still,) = collect(Source.WEBMD, row, timezone="UTC")
    (moved,) = collect(Source.WEBMD, row, timezone="UTC", shift=timedelta(days=300))

    assert moved.occurred_at - still.occurred_at == moved.revised_at - still.revised_at == timedelta(days=300)
    assert moved.external_id == still.external_id
    assert moved.payload == still.payload


# --- identity


def test_two_copies_of_an_export_have_the_same_ids(tmp_path: Path) -> None:
    rows = "doctor,submitted,stars,comment\nDr A,2026-02-27 10:00,5,Fine\nDr A,2026-02-27 10:00,4,Fine\n"
    for name in ("a.csv", "a_copy.csv"):
        (tmp_path / name).write_text(rows)

    found = engagements(list(connector(tmp_path, Source.WEBMD, "*.csv", timezone="UTC").collect()))

    ids = [record.external_id for record in found]
    assert ids[:2] == ids[2:]
    assert len(set(ids)) == 2


def test_an_edited_review_keeps_its_id_and_is_newer(collect: Collect) -> None:
    review = {"reviewId": "g1", "starRating": "ONE", "createTime": "2026-02-01T00:00:00Z", "updateTime": "2026-02-01T00:00:00Z"}
    first, second = engagements(collect(Source.GOOGLE_BUSINESS, {"reviews": [review, review | {"updateTime": "2026-02-20T00:00:00Z"}]}))

    assert first.external_id == second.external_id
    assert second.occurred_at == first.occurred_at == first.revised_at < second.revised_at


@pytest.mark.parametrize(
    ("source", "content", "field"),
    [
        (Source.SEGMENT, segment(messageId=None), "messageId"),
        (Source.SENDGRID, [{"event": "open", "timestamp": 1772204645}], "events[0].sg_event_id"),
        (Source.GOOGLE_BUSINESS, {"reviews": [{"createTime": "2026-02-01T00:00:00Z"}]}, "reviews[0].reviewId"),
        (Source.YOUTUBE_VIDEO, {"items": [{"snippet": {"publishedAt": "2026-02-01T00:00:00Z"}}]}, "items[0].id"),
        (Source.CRM, '{"created_at": "2026-02-01T00:00:00Z"}', "id"),
    ],
)
def test_a_record_without_an_id_is_refused_by_field(collect: Collect, source: Source, content: Any, field: str) -> None:
    refusal = only_refusal(collect(source, content))

    assert refusal.field == field
    assert refusal.reason == "the record has no id"
    assert refusal.payload


def test_every_source_of_the_product_has_a_feed() -> None:
    assert FEEDS.keys() == set(Source)


# --- files


def test_a_missing_export_is_a_refusal_that_names_the_path(tmp_path: Path) -> None:
    refusal = only_refusal(list(connector(tmp_path, Source.SEGMENT, "exports/web/*.jsonl").collect()))

    assert (refusal.file, refusal.field) == ("exports/web/*.jsonl", "path")
    assert "practice.yaml" in refusal.mend


@pytest.mark.parametrize("path", ["../secrets.jsonl", "/etc/hosts", "exports/../../x"])
def test_a_path_outside_the_practice_is_refused(tmp_path: Path, path: str) -> None:
    assert "leaves the practice directory" in only_refusal(list(connector(tmp_path, Source.SEGMENT, path).collect())).reason


def test_a_cut_off_json_file_is_refused_with_its_line_and_the_next_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text('[{"results": [\n{"a": 1},\n{"b"')
    good = {"searchTermView": {"resourceName": "r", "searchTerm": "knee"}, "campaign": {"id": "1"}, "segments": {"date": "2026-02-27"}}
    (tmp_path / "2.json").write_text(json.dumps([{"results": [good]}, {"fieldMask": "a"}]))

    found = list(connector(tmp_path, Source.ADS, "*.json", timezone="America/Chicago").collect())

    refusal = only_refusal(found)
    assert (refusal.file, refusal.line) == ("1.json", 3)
    assert refusal.payload.startswith("[{")
    assert len(engagements(found)) == 1


def test_bad_lines_are_refused_by_number_and_the_good_rest_is_read(collect: Collect) -> None:
    lines = [segment(messageId="1"), '{"cut": ', "[1, 2]", "", '"\\ud800"', segment(messageId="2")]
    found = collect(Source.SEGMENT, "\n".join(lines).encode() + b'\n{"bad": "\xff"}\n')

    assert [record.external_id for record in engagements(found)] == ["1", "2"]
    assert [refusal.line for refusal in refusals(found)] == [2, 3, 5, 7]
    assert refusals(found)[-1].reason == "the line is not UTF-8"
    assert refusals(found)[-1].payload == '{"bad": "\\xff"}\n'


def test_a_text_of_five_megabytes_is_refused_and_kept_and_the_rest_read(collect: Collect) -> None:
    found = collect(Source.SEGMENT, "\n".join([segment(properties={"message": "a" * 5_000_000}), segment(messageId="after")]))

    assert [record.external_id for record in engagements(found)] == ["after"]
    assert only_refusal(found).line == 1
    assert len(only_refusal(found).payload) > 5_000_000


def test_an_overlong_record_inside_a_json_file_is_refused_by_place(collect: Collect) -> None:
    review = {"reviewId": "g1", "createTime": "2026-02-01T00:00:00Z", "comment": "b" * (MAX_RECORD_BYTES + 1)}
    refusal = only_refusal(collect(Source.GOOGLE_BUSINESS, {"reviews": [review]}))

    assert refusal.field == "reviews[0]"


@pytest.mark.parametrize(
    ("source", "content"),
    [
        (Source.SEARCH_CONSOLE, {"rows": []}),
        (Source.SEARCH_CONSOLE, {"request": {"dimensions": ["date"]}, "response": {"rows": [{"keys": []}]}}),
        (Source.ADS, [["x"]]),
        (Source.SENDGRID, {"event": "open"}),
        (Source.SENDGRID, [7]),
        (Source.GOOGLE_BUSINESS, []),
        (Source.YOUTUBE_VIDEO, {"items": {}}),
        (Source.YOUTUBE_ANALYTICS, {"columnHeaders": [{"name": "views"}], "rows": [[1]]}),
        (Source.YOUTUBE_ANALYTICS, {"columnHeaders": [{"name": "day"}, {"name": "video"}], "rows": [["2026-02-27"]]}),
        (Source.GOOGLE_BUSINESS, b"\xff\xfe{}"),
        (Source.SENDGRID, b""),
    ],
)
def test_a_file_of_another_shape_is_refused(collect: Collect, source: Source, content: Any) -> None:
    only_refusal(collect(source, content))


def test_a_response_without_rows_is_empty_not_wrong(collect: Collect) -> None:
    assert collect(Source.SEARCH_CONSOLE, {"request": {"dimensions": ["date"]}, "response": {}}) == []
    assert collect(Source.GOOGLE_BUSINESS, {"averageRating": 5}) == []


# --- CSV


def test_a_row_of_another_width_is_refused_and_the_rest_read(collect: Collect) -> None:
    found = collect(Source.WEBMD, "id,submitted,stars\n1,2026-02-27,5,extra\n2,2026-02-27,5\n", timezone="UTC")

    assert only_refusal(found).reason == "the row has 4 cells, the header 3"
    assert only_refusal(found).line == 2
    assert [record.external_id for record in engagements(found)] == ["2"]


def test_a_missing_required_column_is_named_with_its_synonyms(collect: Collect) -> None:
    refusal = only_refusal(collect(Source.WEBMD, "id,stars\n1,5\n"))

    assert refusal.field == "review_date"
    assert "submitted" in refusal.mend


def test_a_formula_stays_text_and_loses_only_its_protection(collect: Collect) -> None:
    rows = 'id,submitted,stars,comment\n1,2026-02-27,5,"=HYPERLINK(""https://example.com"")"\n2,2026-02-27,5,\'=1+1\n3,2026-02-27,5,\'tis fine\n'
    found = engagements(collect(Source.WEBMD, rows, timezone="UTC"))

    assert [record.payload["comment"] for record in found] == ['=HYPERLINK("https://example.com")', "=1+1", "'tis fine"]


def test_quoted_cells_may_hold_commas_and_lines(collect: Collect) -> None:
    found = engagements(
        collect(Source.WEBMD, b'\xef\xbb\xbfid,submitted,stars,comment\r\n1,2026-02-27,5,"one, two\r\nthree"\r\n', timezone="UTC")
    )

    assert found[0].payload["comment"] == "one, two\r\nthree"
    assert "id" in found[0].payload


def test_an_unclosed_quote_costs_one_row(collect: Collect) -> None:
    rows = "id,submitted,stars,comment\n" + '1,2026-02-27,5,"never closed\n' + "".join(f"{n},2026-02-27,5,fine\n" for n in range(2, 2_500))
    found = collect(Source.WEBMD, rows, timezone="UTC")

    assert only_refusal(found).line == 2
    assert len(engagements(found)) == 2_498


def test_a_row_that_is_not_utf8_is_refused(collect: Collect) -> None:
    found = collect(Source.WEBMD, b"id;submitted;stars;comment\n1;2026-02-27;5;caf\xe9\n2;2026-02-27;5;ok\n", timezone="UTC")

    assert only_refusal(found).mend == "save the file as CSV UTF-8"
    assert [record.external_id for record in engagements(found)] == ["2"]


def test_an_unknown_column_is_carried_to_the_scrubber(collect: Collect) -> None:
    (record,) = collect(Source.WEBMD, "id,submitted,stars,patient_contact\n1,2026-02-27,5,someone\n", timezone="UTC")

    assert record.payload["patient_contact"] == "someone"


def test_profile_counts_are_keyed_by_location_and_week(collect: Collect) -> None:
    rows = (
        "location,profile_views,period_start,period_end\nA,5,2026-02-16,2026-02-22\nB,5,2026-02-16,2026-02-22\nA,6,2026-02-23,2026-03-01\n"
    )
    found = engagements(collect(Source.HEALTHGRADES, rows, timezone="UTC"))

    assert len({record.external_id for record in found}) == 3
    assert found[0].occurred_at == datetime(2026, 2, 22, tzinfo=UTC)


# --- mail


def mail(*lines: str) -> bytes:
    return "\r\n".join(lines).encode()


HEADERS = ("From: Some One <someone@example.com>", "To: care@example.org", "Subject: Re: hello", "Date: Fri, 27 Feb 2026 10:00:00 -0600")


def test_a_reply_is_read_with_its_sender_and_text(collect: Collect) -> None:
    (record,) = collect(Source.IMAP, mail(*HEADERS, "Message-ID: <a@example.com>", "", "Is Saturday fine?"), name="1.eml")

    assert record.external_id == "<a@example.com>"
    assert record.occurred_at == datetime(2026, 2, 27, 16, tzinfo=UTC)
    assert record.payload["from"] == {"name": "Some One", "address": "someone@example.com"}
    assert record.payload["body"].strip() == "Is Saturday fine?"


def test_html_and_encoded_mail_becomes_plain_text(collect: Collect) -> None:
    head = (
        "Message-ID: <b@example.com>",
        "MIME-Version: 1.0",
        'Content-Type: text/html; charset="utf-8"',
        "Content-Transfer-Encoding: base64",
        "",
    )
    (record,) = collect(Source.IMAP, mail(*HEADERS, *head, "PHN0eWxlPnB7fTwvc3R5bGU+PHA+TWF5IEkgPGI+Y2FsbDwvYj4/PC9wPg=="), name="1.eml")

    assert record.payload["body"] == "May I call?"


def test_a_bounce_names_whose_address_failed_and_whether_for_good(collect: Collect) -> None:
    report = (
        "Message-ID: <c@example.com>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "failed",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.example.com",
        "",
        "Final-Recipient: rfc822; gone@example.net",
        "Status: 5.1.1",
        "",
        "--b--",
    )
    (record,) = collect(Source.IMAP, mail(*HEADERS, *report), name="1.eml")

    assert {name: record.payload[name] for name in ("report", "failed_recipient", "permanent")} == {
        "report": "delivery-status",
        "failed_recipient": "gone@example.net",
        "permanent": True,
    }


@pytest.mark.parametrize(
    ("content", "field"), [(mail("From: a@example.com", "", "x"), "Date"), (b"\x00\x01\x02 not a mail", None), (b"", None)]
)
def test_a_mail_without_a_date_or_headers_is_refused(collect: Collect, content: bytes, field: str | None) -> None:
    assert only_refusal(collect(Source.IMAP, content, name="1.eml")).field == field


def test_a_click_learns_how_long_after_its_delivery_it_came(collect: Collect) -> None:
    base = {"email": "someone@example.com", "sg_message_id": "g1.x"}
    events = [
        {**base, "event": "click", "timestamp": 1772204646, "sg_event_id": "2"},
        {**base, "event": "delivered", "timestamp": 1772204645, "sg_event_id": "1", "sg_message_id": "g1.y"},
        {"event": "click", "email": "other@example.com", "timestamp": 1772204646, "sg_event_id": "3", "sg_message_id": "g2"},
    ]
    found = engagements(collect(Source.SENDGRID, events))

    assert [record.payload.get("seconds_after_delivery") for record in found] == [1, None, None]


# --- the port


def test_a_refusal_shows_no_content(collect: Collect) -> None:
    found = collect(
        Source.WEBMD, "id,submitted,stars\n1,Jane Quillfeather 361-555-0142,5\n2,2026-02-27,5,jane@example.com\n", timezone="UTC"
    )

    for refusal in refusals(found):
        shown = refusal.model_dump_json(exclude={"payload"}) + repr(refusal)
        assert "Quillfeather" not in shown
        assert "jane@" not in shown
        assert refusal.payload


def test_reading_a_long_file_holds_one_line_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("".join(segment(messageId=str(n)) + "\n" for n in range(1_000)))
    stream: Iterator[RawEngagement | Refusal] = connector(tmp_path, Source.SEGMENT, "a.jsonl").collect()

    assert isinstance(next(stream), RawEngagement)
    (tmp_path / "a.jsonl").write_text("")  # what was not read yet is gone: nothing was read ahead but the buffer
    assert len(list(stream)) < 999


@pytest.mark.skipif(not (EXAMPLES / "practice.yaml").exists(), reason="the sample practice is not there")
def test_the_sample_practice_is_read_whole_with_each_planted_fault_named() -> None:
    practice = load_practice(EXAMPLES)
    assert practice.sample is not None
    connectors = open_connectors(practice, EXAMPLES, shift=timedelta(), now=practice.sample.last_event_at)
    found = [record for one in connectors.values() for record in one.collect()]

    assert connectors.keys() == set(Channel)
    assert len(engagements(found)) > 5_000
    reasons = {refusal.reason for refusal in refusals(found)}
    assert {
        "the file is not valid JSON, or was cut off",
        "the record has no id",
        "the time lies in the future",
        "the time has no time zone and the source names none",
    } <= reasons
    assert len(refusals(found)) < 30
    assert max(record.occurred_at for record in engagements(found)) <= practice.sample.last_event_at

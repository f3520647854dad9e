"""Reports of a scrub hold reasons and counts, never content; the page of before and after escapes what it shows."""

import json

from policies.phi.report import ScrubReport, diff_entry, explained
from policies.phi.scrub import Scrubber
from tools.packs.phi import load_lexicon

SCRUBBER = Scrubber(load_lexicon())
TEXT = "I am <b>Jane</b> Doe, call (312) 555-0142, seen 3/4/24"


def test_each_span_says_which_finder_found_it_and_how_surely() -> None:
    rows = explained(SCRUBBER.scrubbed(TEXT).hits)

    assert [(TEXT[row["start"] : row["end"]], row["why"]) for row in rows] == [  # type: ignore[misc]
        ("Jane", "name"),
        ("Doe", "name"),
        ("(312) 555-0142", "phone"),
        ("3/4/24", "date in numbers"),
    ]
    assert all(0.5 <= row["confidence"] <= 1 for row in rows)  # type: ignore[operator]


def test_a_report_counts_labels_finders_and_reasons_without_content() -> None:
    report = ScrubReport()
    report.add_text(SCRUBBER.scrubbed(TEXT))
    report.add_text(SCRUBBER.scrubbed("the knee is fine"))
    report.add_text(SCRUBBER.scrubbed("x" * 10_000_001))
    report.add_payload("crm", ["/ssn", "/deep/jane.doe@example.org"], ["NAME"], "no kind")

    found = report.as_json()

    assert (found["texts"], found["texts_changed"], found["payloads"]) == (3, 1, 1)
    assert found["labels"]["NAME"]["count"] == 3  # type: ignore[index]
    assert found["withheld"] == {"longer than 10,000,000 characters: split it into records": 1, "no kind": 1}
    assert not any(part in json.dumps(found) for part in ("Jane", "0142", "jane.doe", "ssn"))


def test_the_page_of_before_and_after_escapes_both_sides() -> None:
    entry = diff_entry("<id>", TEXT, SCRUBBER.scrubbed(TEXT))

    assert "<b>" not in entry
    assert "&lt;b&gt;" in entry
    assert "&lt;id&gt;" in entry
    assert '<mark title="PHONE: phone">(312) 555-0142</mark>' in entry
    assert '<mark class="made">[PHONE_1]</mark>' in entry


def test_only_what_was_put_in_is_marked_as_made() -> None:
    text = "[sic] array] call (312) 555-0142"
    entry = diff_entry("1", text, SCRUBBER.scrubbed(text))

    assert '<pre>[sic] array] call <mark class="made">[PHONE_1]</mark></pre>' in entry

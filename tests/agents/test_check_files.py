"""`liaison check` on files and folders: what is read, as what it is checked, and what cannot be."""

import json
from datetime import date
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from agents.commands.check import check
from agents.commands.check_output import Format
from policies.actions import ItemKind
from tests.agents.checking import BLOCKED, CLEAN, GUARANTEE, Ran
from tools.documents.files import MAX_BYTES, TYPES


@pytest.fixture(autouse=True)
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of the test: a content repository."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "content").mkdir()
    return tmp_path / "content"


def rules(row: dict[str, Any]) -> set[str]:
    return {finding["rule"] for finding in row["findings"]}


# --- what is checked


def test_a_document_is_one_item_named_by_its_path(content: Path) -> None:
    (content / "a.md").write_text(BLOCKED)

    ran = Ran("content/a.md")

    (row,) = ran.rows
    (finding,) = [one for one in row["findings"] if one["rule"] == GUARANTEE]
    assert (ran.code, row["id"], row["verdict"]) == (1, "content/a.md", "block")
    assert (finding["quote"], finding["line"], finding["column"]) == ("We guarantee results", 3, 1)
    assert (finding["start"], finding["end"]) == (7, 27)


def test_a_folder_is_walked_in_order_and_what_is_passed_over_is_counted(content: Path) -> None:
    for name in ("b.md", "a/c.html", "x.png", "items.jsonl"):
        (content / name).parent.mkdir(exist_ok=True)
        (content / name).write_text(CLEAN)

    ran = Ran("content", "content/b.md")

    assert [row["id"] for row in ran.rows] == ["content/a/c.html", "content/b.md"]
    assert ran.messages == "note: content: passed over 2 files of other types and 0 folders (hidden, node_modules, links)\n"
    assert ran.code == 0


@pytest.mark.parametrize(
    ("name", "source", "kind"),
    [
        ("a.md", "x", "web_page"),
        ("a.HTM", "x", "web_page"),
        ("a.txt", "x", "web_page"),
        ("a.eml", "Subject: x\n\nx\n", "email"),
        ("a.srt", "x", "video_metadata"),
        ("a.vtt", "WEBVTT\n\nx", "video_metadata"),
    ],
)
def test_each_file_type_has_its_kind(content: Path, name: str, source: str, kind: str) -> None:
    (content / name).write_text(source)
    as_item = {"id": f"content/{name}", "kind": kind, "state": "TX", "text": "Subject: x\n\nx" if kind == "email" else "x"}

    found, wanted = Ran(content / name).rows[0], Ran(stdin=json.dumps(as_item)).rows[0]

    assert (found["verdict"], rules(found)) == (wanted["verdict"], rules(wanted))


def test_words_are_found_across_markup_and_cues(content: Path) -> None:
    (content / "a.html").write_text("<p>This laser cu<b>re</b>s acne.</p>")
    (content / "b.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nWe guarantee\n\n2\n00:00:02,000 --> 00:00:03,000\nresults.\n")
    (content / "c.eml").write_text("Subject: We guarantee results\n\nCall us.\n")

    html, srt, eml = Ran("content").rows

    assert "FTC-CLAIM-CURE" in rules(html)
    assert {(one["line"], one["column"]) for one in srt["findings"] if one["rule"] == GUARANTEE} == {(3, 1)}
    assert {(one["line"], one["column"]) for one in eml["findings"] if one["rule"] == GUARANTEE} == {(1, 10)}


def test_hidden_characters_reach_the_rules_unchanged(content: Path) -> None:
    (content / "a.txt").write_text("\u200fWe gua\u200brantee results.", encoding="utf-8")

    (row,) = Ran("content").rows
    (finding,) = [one for one in row["findings"] if one["rule"] == GUARANTEE]

    assert finding["quote"] == "We gua\u200brantee results"
    assert (finding["start"], finding["column"]) == (1, 2)


def test_with_a_kind_stdin_is_one_plain_text() -> None:
    text, item = Ran(stdin="We guarantee results.", kind=ItemKind.AD_COPY), Ran("-", stdin='{"id": 1, "kind": "ad_copy", "text": "x"}')

    assert (text.code, [row["id"] for row in text.rows]) == (1, ["stdin"])
    assert item.rows == [{"id": 1, "verdict": "pass", "findings": []}]


def test_bytes_on_stdin_are_read_like_a_file() -> None:
    stdout, stderr = StringIO(), StringIO()
    stdin = TextIOWrapper(BytesIO("café".encode("latin-1")), encoding="utf-8")

    code = check([], stdin, stdout, stderr, practice=None, kind=ItemKind.WEB_PAGE)

    assert (code, "stdin is not UTF-8" in stderr.getvalue()) == (1, True)


def test_documents_and_items_may_be_mixed(content: Path) -> None:
    (content / "a.md").write_text(CLEAN)
    (content / "items.jsonl").write_text('{"id": "b", "kind": "ad_copy", "text": "x"}\n')

    ran = Ran("content/items.jsonl", content, "-", stdin='{"id": "c", "kind": "ad_copy", "text": "x"}\n')

    assert [row["id"] for row in ran.rows] == ["b", str(content / "a.md"), "c"]


# --- kind, state, day


def test_a_page_says_how_it_is_checked_before_the_options_do(content: Path) -> None:
    body = "Board certified in aesthetic surgery. 98% success rate."
    (content / "a.md").write_text(f"---\nliaison: {{kind: ad_copy, state: CA, evidence: [substantiation_record]}}\n---\n{body}\n")
    (content / "b.md").write_text(body)

    said, default = Ran("content", kind=ItemKind.WEB_PAGE).rows

    assert "STATE-CA-BOARDCERT" in rules(said)
    assert "STATE-CA-BOARDCERT" not in rules(default)
    assert len(rules(default)) > 0


def test_states_are_those_given_or_all(content: Path) -> None:
    (content / "a.md").write_text("Board certified in aesthetic surgery")

    assert "STATE-CA-BOARDCERT" in rules(Ran("content", states=None).rows[0])
    assert "STATE-CA-BOARDCERT" in rules(Ran("content", states=("TX", "CA")).rows[0])
    assert "STATE-CA-BOARDCERT" not in rules(Ran("content").rows[0])


def test_only_rules_in_force_on_the_day_are_applied(content: Path) -> None:
    (content / "a.md").write_text(BLOCKED)

    assert Ran("content", as_of=date(2026, 11, 1)).code == 1
    assert Ran("content", as_of=date(1900, 1, 1)).rows[0]["findings"] == []


def test_the_day_of_the_check_is_a_fact_unless_the_item_says_one(content: Path) -> None:
    page = "---\nliaison: {{facts: {{ymyl_topic: true, reviewed_on: 2026-06-01{}}}}}\n---\nStatins"
    (content / "a.md").write_text(page.format(""))
    (content / "b.md").write_text(page.format(", checked_on: 2036-06-02"))

    soon, said = Ran("content", as_of=date(2026, 6, 2)).rows
    late, _ = Ran("content", as_of=date(2036, 6, 2)).rows

    assert rules(said) == rules(late)
    assert rules(late) > rules(soon)


def test_the_kind_of_the_command_line_wins_over_what_a_page_claims(content: Path) -> None:
    (content / "a.md").write_text("---\nliaison: {kind: review_reply}\n---\n98% success rate.\n")
    (content / "b.md").write_text("---\nliaison: {kind: ad_copy}\n---\n98% success rate.\n")

    ran, alone = Ran("content", kind=ItemKind.AD_COPY), Ran("content/a.md")

    assert rules(ran.rows[0]) == rules(ran.rows[1]) != set()
    assert ran.messages == "note: content/a.md: claims for itself to be of kind review_reply: --kind ad_copy decides\n"
    assert "claims for itself to be of kind review_reply: its file type would be web_page" in alone.messages


# --- what cannot be checked


BAD = [
    ("a.md", b"a\x00b", "is binary"),
    ("a.html", "café".encode("latin-1"), "is not UTF-8"),
    ("a.txt", b"\xff\xfea", "is not UTF-16"),
    ("a.txt", b"a" * (MAX_BYTES + 1), "10,000,001 bytes"),
    ("a.md", b"---\nliaison: {kind: billboard}\n---\n", "unknown kind billboard: write one of engagement_record"),
    ("a.md", b"---\nliaison: {state: ZZ}\n---\n", "unknown state ZZ"),
    ("a.md", b"---\ntitle: a: b\n---\n", "a.md, line 2: front matter is not YAML"),
    ("a.eml", b"Content-Transfer-Encoding: x-zip\n\na\n", "transfer encoding"),
    ("a.pdf", b"%PDF\x00", "is binary"),
]


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize(("name", "body", "reason"), BAD)
def test_what_cannot_be_read_is_named_and_the_rest_is_checked(content: Path, form: Format, name: str, body: bytes, reason: str) -> None:
    (content / name).write_bytes(body)
    (content / "z.md").write_text(BLOCKED)

    ran = Ran(f"content/{name}", "content/z.md", form=form)

    assert ran.code == 1
    assert f"content/{name}" in ran.messages
    assert reason in ran.messages
    assert GUARANTEE in ran.out
    if form is Format.JSON and name != "a.pdf":
        assert (ran.rows[0]["id"], ran.rows[0]["verdict"], bool(ran.rows[0]["error"])) == (f"content/{name}", "needs_review", True)


@pytest.mark.parametrize("form", list(Format))
def test_an_unreadable_file_alone_is_exit_1(content: Path, form: Format) -> None:
    assert Ran("content/nowhere.md", form=form).code == 1
    assert "cannot be read" in Ran("content/nowhere.md", form=form).messages


def test_a_folder_without_documents_is_no_pass(content: Path) -> None:
    (content / "a.png").write_text("x")

    ran = Ran("content")

    assert ran.code == 1
    assert "content holds no document: name a folder with files of type .md," in ran.messages


def test_what_is_not_read_is_noted(content: Path) -> None:
    head = 'Content-Type: multipart/mixed; boundary="x"\n\n--x\n\nHello\n'
    (content / "a.eml").write_text(
        f"{head}--x\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=f.pdf\n\nx\n--x--\n"
    )
    (content / "b.html").write_text("<script>app()</script>")

    ran = Ran("content")
    people, github, sarif = (Ran("content", form=form) for form in (Format.TEXT, Format.GITHUB, Format.SARIF))

    assert ran.code == 0
    assert (ran.rows[0]["verdict"], ran.rows[0]["not_read"]) == ("needs_review", ["f.pdf"])
    assert "content/a.eml: needs_review (not read: f.pdf)\n" in people.out
    assert "::warning file=content/a.eml,line=1,col=1,title=not read::content/a.eml: f.pdf not read" in github.out
    assert [one["level"] for one in sarif.log["runs"][0]["invocations"][0]["toolExecutionNotifications"]] == ["warning"]
    assert "note: content/a.eml: what is attached is not read (f.pdf)" in ran.messages
    assert "note: content/b.html: holds no words to check" in ran.messages


def test_the_words_of_a_mail_without_its_empty_line_are_checked(content: Path) -> None:
    (content / "a.eml").write_text("From: a@b.c\nSubject: Hi\nWe guarantee results.\n\nBest, Ann\n")

    ran = Ran("content")

    (finding,) = [one for one in ran.rows[0]["findings"] if one["rule"] == GUARANTEE]
    assert (ran.code, finding["line"], finding["column"]) == (1, 3, 1)


def test_a_fault_of_a_reader_leaves_the_other_files_checked(content: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (content / "a.vtt").write_text("WEBVTT\n")
    (content / "b.md").write_text(BLOCKED)
    broken = TYPES[".vtt"]._replace(read=lambda source, _: source.text.nothing)  # type: ignore[attr-defined]
    monkeypatch.setitem(TYPES, ".vtt", broken)

    ran = Ran("content")

    assert (ran.code, [row["verdict"] for row in ran.rows]) == (1, ["needs_review", "block"])
    assert "content/a.vtt cannot be read, its reader failed (AttributeError)" in ran.messages


def test_messages_repeat_no_words_of_a_document(content: Path) -> None:
    (content / "a.md").write_text("---\nMaria Lopez: a: b\n---\nsecret\n")
    (content / "b.md").write_text("---\nliaison: {kind: Maria Lopez}\n---\nsecret\n")

    for form in Format:
        ran = Ran("content", form=form)
        assert "Maria" not in ran.out + ran.messages
        assert "secret" not in ran.out + ran.messages


def test_a_page_that_claims_its_own_evidence_is_named(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("---\nliaison: {evidence: [substantiation_rct, made_up_key]}\n---\n\nIt cures arthritis.\n", encoding="utf-8")

    ran = Ran(page)

    assert "claims evidence for itself (substantiation_rct, made_up_key)" in ran.messages
    assert "no rule asks for this evidence, so it cleared nothing: made_up_key" in ran.messages

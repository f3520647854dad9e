"""Copy out of files: what a reader sees is read, markup is not, and every word leads back to its line."""

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.actions import ItemKind
from tests.timing import seconds
from tools.documents.errors import Unreadable
from tools.documents.files import MAX_BYTES, TYPES, Document, document_of, documents_in, read_document


def read(source: str | bytes, suffix: str = ".md") -> Document:
    return document_of(source.encode() if isinstance(source, str) else source, suffix)


def paragraphs(source: str | bytes, suffix: str = ".md") -> list[str]:
    return [part for part in read(source, suffix).text.strip().split("\n\n") if part]


def at(document: Document, words: str) -> tuple[int, int, int, int]:
    start = document.text.index(words)
    return tuple(document.region(start, start + len(words)))  # type: ignore[return-value]


CLAIM = "We cure diabetes. Results guaranteed."


# --- Markdown


MARKDOWN = [
    ("We **guar**antee *that*", ["We guarantee that"]),
    ("__We__ cu_re_s and ~~cure~~", ["We cu_re_s and cure"]),
    ("5 * 3 and results* vary", ["5 * 3 and results* vary"]),
    ("Two lines\nare One", ["Two lines are One"]),
    ("One  \ntwo\\\nthree", ["One\ntwo\nthree"]),
    ("# Head #\nText\n\nSet\n---\nMore", ["Head", "Text", "Set", "More"]),
    ("- one\n- two\n  1. three\n* [x] four", ["one", "two", "three", "four"]),
    ("We opened in\n2019. Since then", ["We opened in 2019. Since then"]),
    ("said\n> quoted\n> words", ["said", "quoted words"]),
    ("[text](http://cures.example/a 'cures')", ["text"]),
    ('[![alt](a.png)](b.html) ![We "cure"](c.png)', ["alt", 'We "cure"']),
    ("[shown][ref] [ref] [sic]\n\n[ref]: http://cures.example", ["shown ref [sic]"]),
    ("[a][nowhere]", ["[a][nowhere]"]),
    ("Note[^1].\n\n[^1]: The note", ["Note.", "The note"]),
    ("<https://cures.example> `a <b>` \\*c\\* &lt;7% &amp; A&B <7", ["a <b> *c* <7% & A&B <7"]),
    ("| A | B |\n|---|:-:|\n| c | d |\n\nAfter", ["A", "B", "c", "d", "After"]),
    ("<!-- no\n\nno -->\n<script>\nno\n\nno\n</script>\ncu<b>re</b>s", ["cures"]),
    ("<div title='Spoken words'>\n\nIn **it**\n\n</div>", ["In it", "Spoken words"]),
    (
        '{{< figure src="a.jpg" alt="No pain" caption="Care for all" >}} {% include a.html text="More care" %}',
        ["No pain", "Care for all", "More care"],
    ),
    ("Right {: .big}\n\n## Head {#id}", ["Right", "Head"]),
    ("+++\ntitle = 'Knees'\n+++\nBody", ["Knees", "Body"]),
    ("---\ntitle: We care\ndescription: >-\n  Two\n  lines\nother: no\n---\nBody", ["We care", "Two lines", "Body"]),
    ("---\nJust a line\n---\nBody", ["Just a line", "Body"]),
    ("no\u200bspace \u202eright\u202c", ["no\u200bspace \u202eright\u202c"]),
]


@pytest.mark.parametrize(("source", "expected"), MARKDOWN)
def test_markdown_reads_as_it_is_shown(source: str, expected: list[str]) -> None:
    assert paragraphs(source) == expected


@pytest.mark.parametrize("source", ["```js\nno\n```", "~~~\nno\n```\nno\n~~~", "- a\n\n  ```\n  no\n  ```", "> ```\n> no\n> ```\n"])
def test_a_code_fence_is_skipped(source: str) -> None:
    assert "no" not in read(f"{source}\n\nyes").text
    assert "yes" in read(f"{source}\n\nyes").text


@pytest.mark.parametrize(
    "source", ["```\nyes", "> ```\n> a\n\nyes\n\n```\nb\n```", "    ```\n\nyes\n\n```js\nno\n```", "<!-- never closed\n\nyes"]
)
def test_markup_that_is_never_closed_hides_nothing(source: str) -> None:
    assert "yes" in read(source).text


def test_mdx_reads_what_components_are_given_and_skips_its_code() -> None:
    code = "import A from './a'\nexport const m = {\n  a: 1,\n}\n\n"
    shown = '# Hi {/* no */}\n\n<Hero headline="We care for you" className="a b" cta=\'Call\' />\n'

    assert paragraphs(code + shown, ".mdx") == ["Hi", "We care for you"]


def test_words_in_markdown_lead_back_to_their_lines() -> None:
    document = read('---\ntitle: "Our cures"\n---\n\n# Top\n\nWe **guar**antee that\nyou are well. ![Alt words](a.png)\n')

    assert at(document, "Our cures") == (2, 9, 2, 18)
    assert at(document, "guarantee") == (7, 6, 7, 17)
    assert at(document, "that you") == (7, 18, 8, 4)
    assert at(document, "Alt words") == (8, 17, 8, 26)


def test_lines_of_any_ending_are_counted() -> None:
    assert at(read("One\r\n\r\nTwo\r\n"), "Two") == (3, 1, 3, 4)
    assert at(read(b"\xef\xbb\xbfOne\n\nTwo"), "Two") == (3, 1, 3, 4)


def test_front_matter_says_how_the_page_is_checked() -> None:
    said = "kind: ad_copy\n  state: [TX]\n  facts: {reviewed_on: 2026-01-02, ymyl_topic: true}\n  evidence: [a]\n"
    claims = {"kind": "ad_copy", "state": ["TX"], "facts": {"reviewed_on": "2026-01-02", "ymyl_topic": True}, "evidence": ["a"]}

    assert read(f"---\ntitle: x\nliaison:\n  {said}---\nBody").claims == claims
    assert read(f"---\nliaison:\n  {said}---\n<p>Body</p>", ".html").claims == claims
    assert read('+++\n[liaison]\nkind = "ad_copy"\nfacts = {reviewed_on = 2026-01-02}\n+++\n').claims == {
        "kind": "ad_copy",
        "facts": {"reviewed_on": "2026-01-02"},
    }


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("---\ntitle: a\ndescription: b: c\n---\n", 3, "not YAML"),
        ("---\nliaison: [a]\n---\n", 1, "no mapping"),
        ("---\nliaison: {kinds: a}\n---\n", 1, "unknown field"),
        ("---\nliaison: {facts: {reviewed_on: 2026-13-45}}\n---\n", 1, "YYYY-MM-DD"),
        ("---\nliaison: &a {facts: *a}\n---\n", 1, "liaison"),
        ("+++\ntitle = a\n+++\n", 2, "not TOML"),
    ],
)
def test_front_matter_that_cannot_be_read_is_refused_with_its_line(source: str, line: int, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as caught:
        read(source)

    assert caught.value.line == line


FRONT = [
    f'---\nhero:\n  headline: "{CLAIM}"\n---\nBody',
    f"---\nsubtitle: {CLAIM}\n---\nBody",
    f"---\nTitle: {CLAIM}\n---\nBody",
    f'---\ntitle: ["{CLAIM}"]\n---\nBody',
    f"---\nfaq:\n  - {{ask: Why us, answer: '{CLAIM}'}}\n---\nBody",
    f'---\nfaq: {{"{CLAIM}": yes}}\n---\nBody',
    f'+++\n[hero]\nheadline = "{CLAIM}" # "no\n+++\nBody',
    f'+++\ntags = [\'a b\', """{CLAIM}"""]\n+++\nBody',
]


@pytest.mark.parametrize("source", FRONT)
def test_prose_in_any_field_of_front_matter_is_read_where_it_stands(source: str) -> None:
    document = read(source)

    line, column, end_line, end_column = at(document, CLAIM)
    assert source.split("\n")[line - 1][column - 1 : end_column - 1] == CLAIM
    assert line == end_line
    assert CLAIM in document.text.split("\n\n")


def test_claims_codes_and_days_of_front_matter_are_no_copy() -> None:
    assert paragraphs("---\nliaison: {facts: {a: b c}}\nslug: knee\ndate: 2026-01-02 10:00:00\ndraft: yes\n---\nBody") == ["Body"]


@pytest.mark.parametrize("name", ["liaison", "title", "other"])
def test_an_alias_that_unfolds_without_end_is_refused(name: str) -> None:
    bomb = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))

    with pytest.raises(Unreadable, match="alias"):
        read(f"---\na0: &a0 [x y]\n{bomb}{name}: *a11\n---\nBody")


def test_front_matter_over_its_limit_or_with_an_endless_number_is_refused() -> None:
    for source in (
        f"---\na: {'x ' * 100_001}\n---\n",
        f"+++\na = {'1' * 6000}\n+++\n",
        f"---\nliaison: {{facts: {{a: {'1' * 6000}}}}}\n---\n",
    ):
        with pytest.raises(Unreadable):
            read(source)


def test_a_site_template_in_front_matter_is_no_error() -> None:
    assert paragraphs("---\ntitle: {{ page.title }}\n---\nBody") == ["Body"]


# --- HTML


HTML = [
    ("<p>We cu<b>re</b>s</p><p>acne</p>", ["We cures", "acne"]),
    ("<p>One\n   two<br>Three</p>four", ["One two\nThree", "four"]),
    ("<ul><li>a<li>b</ul><table><tr><td>c<td>d</table>", ["a", "b", "c", "d"]),
    ("<title>T &amp; U</title><style>no</style><script>no('<p>')</script>x", ["T & U", "x"]),
    ('<meta name="description" content="Best &quot;care&quot;"><meta property="og:title" content="Og">', ['Best "care"', "Og"]),
    ('<meta property="og:image" content="https://a.example/cures.png"><meta name="viewport" content="no">', []),
    (
        "<img alt='A smile'><input type=submit value='Book now'><input value=no><a href='no' title=\"Go there\">l</a>",
        ["l", "A smile", "Book now", "Go there"],
    ),
    ("&#67;ures&nbsp;&copy; AT&T &nosuch; <7% x < y", ["Cures\xa0© AT&T &nosuch; <7% x < y"]),
    ("<pre>a\n  b</pre>", ["a\n  b"]),
    ("<![if !x]>a<![foo bar]>b<!-- no -->c<?php no ?>", ["abc"]),
    ("<!-->a<!--->b<!-- no --!>c<!-- no --", ["abc\u2039!-- no --"]),
    ("<img alt='One sign' alt='Two signs'>", ["One sign", "Two signs"]),
    ("<x-hero headline='We care for you' class='a b'></x-hero>", ["We care for you"]),
    ("no\u200bspace<b>\u202e</b>", ["no\u200bspace\u202e"]),
]


@pytest.mark.parametrize(("source", "expected"), HTML)
def test_html_reads_as_it_is_shown(source: str, expected: list[str]) -> None:
    assert paragraphs(source, ".html") == expected


def test_words_in_html_lead_back_to_their_lines() -> None:
    document = read('<p>\n  We cu<b>re</b>s\n  AT&amp;T</p>\n<img\n alt="A smile">', ".htm")

    assert at(document, "cures") == (2, 6, 2, 18)
    assert at(document, "AT&T") == (3, 3, 3, 11)
    assert at(document, "A smile") == (5, 7, 5, 14)


# --- mail


def mail(subject: str, text: str, **options: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = subject
    message.set_content(text, **options)
    return message.as_bytes()


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
def test_a_mail_is_its_subject_and_its_text(encoding: str, charset: str) -> None:
    found = paragraphs(mail("Un café", "Un café = bon\n\nAdieu\n", charset=charset, cte=encoding), ".eml")

    assert [part.strip() for part in found] == ["Subject: Un café", "Un café = bon", "Adieu"]


def test_every_text_part_of_a_mail_is_read_and_attachments_are_named() -> None:
    message = EmailMessage()
    message["Subject"] = "News"
    message.set_content("Plain words")
    message.add_alternative("<p>Ri<b>ch</b> words</p>", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="flyer.pdf")
    message.add_attachment("attached words", filename="notes.txt")

    document = read(message.as_bytes(), ".eml")

    assert document.text.split() == ["Subject:", "News", "Plain", "words", "Rich", "words", "attached", "words"]
    assert document.left_out == ("flyer.pdf",)
    assert document.kind is ItemKind.EMAIL


def test_words_in_a_mail_lead_back_to_their_lines() -> None:
    quoted = (
        b"Subject: Our news\nContent-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n<p>caf=C3=A9 we gua=\nrantee it</p>\n"
    )

    document = read(quoted, ".eml")

    assert at(document, "Our news") == (1, 10, 1, 18)
    assert at(document, "café") == (5, 4, 5, 13)
    assert at(document, "guarantee") == (5, 17, 6, 7)


def test_a_wrong_or_missing_charset_is_read_as_what_the_bytes_are() -> None:
    head = "Subject: a\nContent-Type: text/plain; charset={}\nContent-Transfer-Encoding: 8bit\n\ncafé\n"

    assert "café" in read(head.format("us-ascii").encode(), ".eml").text
    assert "café" in read(head.format("iso-8859-1").encode(), ".eml").text
    assert "café" in read(head.format("no-such-set").encode(), ".eml").text
    assert "café" in read(head.format("windows-1252").encode("cp1252"), ".eml").text


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"Content-Type: text/plain; charset=utf-8\n\ncaf\xe9\n", "character set"),
        (b"Content-Type: multipart/mixed; boundary=x\n\nno boundary\n", "boundary"),
        (b"Content-Transfer-Encoding: base64\n\nabcde\n", "base64"),
        (b"Content-Transfer-Encoding: x-zip\n\nabc\n", "transfer encoding"),
    ],
)
def test_a_mail_that_cannot_be_decoded_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(b"Subject: a\n" + body, ".eml")


MAILS = [
    (f"From: a@b.c\nSubject: Hi\n{CLAIM}\n\nBest, Ann\n", ["Subject: Hi", CLAIM, "Best, Ann"]),
    (f"Hi all. {CLAIM}\n\nyes", [f"Hi all. {CLAIM}", "yes"]),
    (f"Note: {CLAIM}\n\nyes", [f"Note: {CLAIM}", "yes"]),
    (f"Subject: Hi\nNote: {CLAIM}\n\nyes", ["Subject: Hi", f"Note: {CLAIM}", "yes"]),
    (f"From our clinic: {CLAIM}\n\nyes", [f"From our clinic: {CLAIM}", "yes"]),
    (f"From a@b.c Thu Nov  5 10:00:00 2026\nSubject: Hi\n\n{CLAIM}", ["Subject: Hi", CLAIM]),
    (
        f"Subject: Hi\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n<p>{CLAIM}</p>\n--x--\n",
        ["Subject: Hi", CLAIM],
    ),
    (f"Content-Type: multipart/mixed; boundary=x\n\n{CLAIM}\n--x\n\na\n--x--\nyes\n--x\n\nmore\n", [CLAIM, "a", "yes", "more"]),
    (
        "Subject: Hi\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\na\n--x\nContent-Type: message/rfc822\n\n"
        f"Subject: Fwd\n\n{CLAIM}\n--x--\n",
        ["Subject: Hi", "a", "Subject: Fwd", CLAIM],
    ),
    (
        f"Subject: Hi\nContent-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: Fwd\n\n{CLAIM}\n--x--\n",
        ["Subject: Hi", "Subject: Fwd", CLAIM],
    ),
    (f"Subject: Hi\nContent-Type: text/calendar\n\n{CLAIM}", ["Subject: Hi", CLAIM]),
    (f"Subject: Hi\nContent-Type: text/plain; charset=utf-16\n\n{CLAIM}", ["Subject: Hi", CLAIM]),
    ("Subject: Hi\n\nIt helps dia-\nbetes\n", ["Subject: Hi", "It helps dia-\nbetes", "It helps diabetes"]),
]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(("source", "expected"), MAILS)
def test_no_text_of_a_mail_is_lost(source: str, expected: list[str], ends: str) -> None:
    document = read(source.replace("\n", ends), ".eml")

    assert [part.strip() for part in document.text.replace(ends, "\n").strip().split("\n\n") if part.strip()] == expected
    if CLAIM in source:
        line, column, *_ = at(document, CLAIM)
        assert source.split("\n")[line - 1][column - 1 :].startswith(CLAIM)


@pytest.mark.parametrize(
    ("source", "line", "reason"),
    [
        ("Subject: a\nnot a header\nContent-Type: text/html\n\nb", 2, "empty line behind the headers"),
        ("Subject: a\nContent-Type: text/html\nContent-Type: image/png\n\nb", 3, "Content-Type twice"),
        ("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nYQ==", None, "encoded"),
        ("Content-Transfer-Encoding: base64\n\nYQ==\n\nMore words", None, "base64"),
        ("Content-Type: message/rfc822\n\n" * 30, None, "mails in mails"),
    ],
)
def test_a_mail_that_programs_would_read_differently_is_refused(source: str, line: int | None, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason) as caught:
        read(source, ".eml")

    assert line is None or caught.value.line == line


# --- subtitles


def test_a_sentence_that_spans_cues_reads_as_one() -> None:
    srt = (
        "1\n00:00:01,000 --> 00:00:02,000\nWe guarantee\n<i>that</i> you\n\n2\n00:00:03,000 --> 00:00:04,000\nare cured &amp; {\\an8}well\n"
    )
    spoken = "<v Ann>We guarantee\n\n00:03.000 --> 00:04.000\n<v Ann><00:03.500>results\n"
    vtt = f"WEBVTT\n\nNOTE no\nno\n\nintro\n00:01.000 --> 00:02.000 align:start\n{spoken}"

    assert read(srt, ".srt").text == "We guarantee that you are cured & well"
    assert read(vtt, ".vtt").text == "We guarantee results"
    assert at(read(srt, ".srt"), "that you are") == (4, 4, 8, 4)


def test_another_speaker_begins_a_line_and_a_gap_in_a_cue_hides_nothing() -> None:
    srt = "1\n00:00:01,000 --> 00:00:02,000\n- It cures\n- Really?\n\nIt does\n\n2\n00:00:03,000 --> 00:00:04,000\n7\n"

    assert read(srt, ".srt").text == "- It cures\n- Really? It does 7"


# --- files and folders


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf8_and_utf16_with_a_mark_are_read(encoding: str) -> None:
    assert read("café\n".encode(encoding), ".txt").text == "café\n"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"a\x00b", "binary"),
        ("a\x00b".encode("utf-16"), "binary"),
        ("a".encode("utf-32"), "binary"),
        ("café".encode("latin-1"), "not UTF-8"),
        (b"\xff\xfea", "not UTF-16"),
        (b"a" * (MAX_BYTES + 1), "10,000,000 bytes"),
    ],
)
def test_what_is_no_text_is_refused_with_the_way_out(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body, ".txt")


def test_a_file_over_the_limit_is_refused_with_its_size(tmp_path: Path) -> None:
    path = tmp_path / "big.txt"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 5)

    with pytest.raises(Unreadable, match="10,000,005 bytes"):
        read_document(path)


def test_a_folder_gives_its_documents_in_order_and_counts_the_rest(tmp_path: Path) -> None:
    for name in ("b.md", "a/c.HTML", "a.txt", "x.png", ".git/d.md", "node_modules/e.md", "a/y.css"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)

    found = documents_in(tmp_path)

    assert [path.relative_to(tmp_path).as_posix() for path in found.documents] == ["a/c.HTML", "a.txt", "b.md"]
    assert (found.other_files, found.other_folders) == (2, 3)


# % ends a line, @ as Windows does, ~ is a space.
BITS = (
    "** * _ ` ```% % %% @ -~ >~ | |-|% [ ](x) ![ <b> </b> <!-- --> <script> </script> &amp; & < > \\ ---% +++% WEBVTT% 00:01.000~-->~00:02.000% "
    "Subject:~ =C3=A9 =% words é \u200b ~"
)
PIECES = st.sampled_from([bit.replace("%", "\n").replace("@", "\r\n").replace("~", " ") for bit in BITS.split()])


@given(st.sampled_from(sorted(TYPES)), st.lists(PIECES, max_size=40).map("".join))
def test_every_character_comes_from_somewhere_in_its_file(suffix: str, source: str) -> None:
    try:
        document = read(source, suffix)
    except Unreadable:
        return

    runs = document.copy.runs
    ends = [*(run.at for run in runs[1:]), len(document.text)]
    assert all(0 <= run.start <= run.end <= len(source) for run in runs)
    assert all(
        document.text[run.at : end] == source[run.start : run.end]
        for run, end in zip(runs, ends, strict=False)
        if run.literal and suffix != ".eml"
    )


@pytest.mark.parametrize(
    "page", [f'<meta property="og:description" content="/ {CLAIM}">', f'<input type=text value="{CLAIM}">', f'<input value="{CLAIM}">']
)
def test_copy_in_attributes_of_html_that_people_see_is_read(page: str) -> None:
    assert CLAIM in read(page, ".html").text


@pytest.mark.parametrize(
    "page", [f'{{{{% hero "{CLAIM}" %}}}}', f'{{{{< hero title="Knees" "{CLAIM}" >}}}}', f"Knees {{{{< hero '{CLAIM}' >}}}} and hips"]
)
def test_a_text_given_to_a_shortcode_without_a_name_is_read(page: str) -> None:
    assert CLAIM in read(page).text


# --- time


@pytest.mark.parametrize(
    ("suffix", "piece", "end"),
    [
        (".md", " ```a\n", ""),
        (".md", "      ", "x there.\n"),
        (".md", "# a      ", "x\n"),
        (".md", "<!-- ", ""),
        (".mdx", "{/* ", "-->"),
        (".html", "<a ", ""),
        (".html", "<!-- ", ""),
        (".html", "<!-- ", "-->"),
        (".html", "<a ", ">"),
    ],
)
def test_reading_takes_time_in_proportion_to_the_text(suffix: str, piece: str, end: str) -> None:
    def spent(times: int) -> float:
        return seconds(lambda: read("Hello " + piece * times + end, suffix))

    assert spent(32_000) < 8 * 3 * spent(4_000) + 0.5  # eight times the text; the square of it would be sixty-four times the time


def test_thousands_of_attributes_on_one_tag_are_read_in_time_proportional_to_them() -> None:
    def spent(count: int) -> float:
        page = f"<x-hero {' '.join(f'a{number}={chr(34)}the words{chr(34)}' for number in range(count))}>"
        return seconds(lambda: read(page, ".html"))

    assert spent(4_000) < 8 * 3 * spent(500) + 0.5

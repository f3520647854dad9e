"""The words of an HTML page: what is shown, the title, the description, what stands for images. Also the last step of Markdown and HTML mails."""

import html
import re
from html.parser import HTMLParser

from tools.documents.places import Copy, Writer, paragraphs

_BLOCK_NAMES = """
    address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset figcaption figure footer form frameset h1
    h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav noscript ol optgroup option p pre search section select summary table tbody
    td template textarea tfoot th thead title tr ul
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
"""Elements that end a paragraph. All others, known or not, stand inside a sentence: "cu<b>re</b>s" reads "cures"."""

_UNSEEN = ("script", "style")
_SPOKEN = frozenset({"alt", "title", "aria-label", "placeholder", "label"})
"""Attributes that a visitor sees or hears."""

_NOT_PROSE = frozenset({"class", "classname", "style", "href", "src", "srcset", "sizes", "id", "d", "points", "transform", "viewbox"})
_BUTTONS = frozenset({"submit", "button", "reset"})
_NOT_SHOWN = frozenset({"hidden", "password", "checkbox", "radio", "file"})
_SPACE = " \t\n\r\f"
_STRETCH = re.compile(rf"[{_SPACE}]+|[^{_SPACE}]+(?: [^{_SPACE}]+)*")
_LINES = re.compile(r"\n|[^\n]+")


def read_html(source: Copy) -> Copy:
    """Visible text in paragraphs, then the copy that stands in attributes, a paragraph each. Entities are decoded, white space is collapsed."""
    page = _Page(source)
    # Behind the last ">" no tag is ever closed. The parser would look for its end from every "<" anew, and browsers show nothing of it: it is read
    # as text, because what is cut off here may be whole where the page is put together.
    closed = source.text.rfind(">") + 1
    page.feed(source.text[:closed] + re.sub(r"<(?=[A-Za-z/!?])", "\u2039", source.text[closed:]))
    page.close()
    return paragraphs([page.shown.done(), *page.attributes])


class _Page(HTMLParser):
    def __init__(self, source: Copy) -> None:
        super().__init__(convert_charrefs=False)  # an entity must keep its place
        self.shown = Writer()
        self.attributes: list[Copy] = []
        self._source = source
        self._starts = [0, *(hit.end() for hit in re.finditer("\n", source.text))]
        self._unseen = False
        self._pre = 0
        self._gap = ""
        self._gap_at = (0, 0)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen = tag in _UNSEEN
        self._pre += tag == "pre"
        self._breaks(tag)
        self._read_attributes(tag, attrs)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._breaks(tag)
        self._read_attributes(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = False
        self._pre = max(0, self._pre - (tag == "pre"))
        self._breaks(tag)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        start = self._offset()
        if not self._source.text.startswith(data, start):
            self._word(data, start, start)
            return
        for stretch in (_LINES if self._pre else _STRETCH).finditer(self._source.text, start, start + len(data)):
            self._text(*stretch.span())

    def handle_entityref(self, name: str) -> None:
        self._reference(f"&{name}")

    def handle_charref(self, name: str) -> None:
        self._reference(f"&#{name}")

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """`<![…]>` is a comment to browsers; the parser raises AssertionError on words it does not know."""
        end = self.rawdata.find(">", i)
        return end + 1 if end >= 0 else -1

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def _reference(self, written: str) -> None:
        start = self._offset()
        end = start + len(written)
        end += self._source.text.startswith(";", end)
        self._word(html.unescape(self._source.text[start:end]), start, end)

    def _text(self, start: int, end: int) -> None:
        first = self._source.text[start]
        if self._pre and first != "\n":
            self._word(None, start, end)
        elif first in _SPACE:
            self._gap_of("\n" if self._pre else " ", start, end)
        else:
            self._word(None, start, end)

    def _word(self, decoded: str | None, start: int, end: int) -> None:
        if self.shown.length and self._gap:
            # A single space is taken as it stands, so that most of a paragraph is one run.
            if self._gap == self._source.text[slice(*self._gap_at)]:
                self.shown.take(self._source, *self._gap_at)
            else:
                self.shown.put(self._gap, self._source, *self._gap_at)
        self._gap = ""
        if decoded is None:
            self.shown.take(self._source, start, end)
        else:
            self.shown.put(decoded, self._source, start, end)

    def _gap_of(self, gap: str, start: int, end: int) -> None:
        """What separates the words before from the words to come: an empty line, else a new line, else a space."""
        if gap == "\n" and "\n" in self._gap:
            gap = "\n\n"
        if len(gap) > len(self._gap) or (gap == "\n" and self._gap == " "):
            self._gap, self._gap_at = gap, (start, end)

    def _breaks(self, tag: str) -> None:
        start = self._offset()
        if tag == "br":
            self._gap_of("\n", start, start)
        elif tag in _BLOCKS:
            self._gap_of("\n\n", start, start)

    def _read_attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not any(value for _, value in attrs):
            return
        written = self.get_starttag_text() or ""
        given = {name: value or "" for name, value in attrs}
        for name, value in given.items():
            if value.strip() and _is_copy(tag, name, given, component="-" in tag or written[1:2].isupper()):
                self.attributes.append(self._attribute(written, name, value))

    def _attribute(self, written: str, name: str, value: str) -> Copy:
        start = self._offset()
        hit = re.search(rf"""[\s"'/]{re.escape(name)}\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))""", written, re.IGNORECASE)
        writer = Writer()
        if hit and hit.lastindex and hit[hit.lastindex] == value and not re.search(r"\s{2}|[\t\n\r\f]", value):
            writer.take(self._source, start + hit.start(hit.lastindex), start + hit.end(hit.lastindex))
        else:
            whole = hit.span(hit.lastindex or 0) if hit else (0, len(written))
            writer.put(" ".join(value.split()), self._source, start + whole[0], start + whole[1])
        return writer.done()


def _is_copy(tag: str, name: str, given: dict[str, str], *, component: bool) -> bool:
    if tag == "meta":
        about = (given.get("property") or given.get("name") or "").lower()
        described = about == "description" or about.startswith(("og:", "twitter:"))
        return name == "content" and described and not re.fullmatch(r"(?:https?:)?/\S*", given[name].strip())
    if name == "value":
        shown = given.get("type", "text").lower()
        return tag == "input" and (shown in _BUTTONS or (shown not in _NOT_SHOWN and " " in given[name].strip()))
    # <Hero headline="We …"> of MDX and <x-hero headline="We …">: which attributes are shown, only the component knows. Prose has spaces.
    return name in _SPOKEN or (component and name not in _NOT_PROSE and " " in given[name].strip())

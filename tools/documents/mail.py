"""The words of a mail (.eml): subject and every text part, decoded. What is no text is named and left out. Opens nothing, sends nothing."""

import binascii
import quopri
import re
from base64 import b64decode
from collections.abc import Iterator
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from typing import NamedTuple

from tools.documents.errors import Unreadable
from tools.documents.mail_parts import Part, parts_of
from tools.documents.pages import read_html
from tools.documents.places import Copy, Run, Writer, paragraphs, read_joined, trimmed

_ENCODED = re.compile(r"(?:=[0-9A-Fa-f]{2}|=[ \t]*\r?\n)+")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_PAGES = frozenset({"html", "x-amp-html"})
_WESTERN = frozenset({"us-ascii", "ascii", "iso-8859-1", "latin-1", "latin1", "iso-8859-15", "windows-1252", "cp1252"})
_SHIFTED = ("iso-2022", "iso2022", "hz", "utf-7", "utf7")
"""Sets in which ASCII bytes stand for other signs."""

_NAME_MAX = 80


class MailCopy(NamedTuple):
    """`left_out` names the parts that are no text of the mail."""

    copy: Copy
    left_out: tuple[str, ...]


def read_mail(source: Copy, encoding: str) -> MailCopy:
    """ "Subject: …", then the text of each part, attached or not, and the mails inside. `encoding` gives back the file's bytes.

    It is UTF-8, or Latin-1 when the file is none. Raises Unreadable when a part's text cannot be decoded, or when programs would not agree where
    it begins.
    """
    pieces: list[Copy] = []
    left_out: list[str] = []
    for part in parts_of(source.text):
        pieces += _headings(source, part, encoding)
        about = part.about
        if part.container:
            continue
        if about.get_content_maintype() != "text":
            left_out.append(_name(about))
            continue
        decoded = _decoded(source, part.start, part.end, about, encoding)
        pieces.append(read_html(decoded) if about.get_content_subtype() in _PAGES else read_joined(decoded))
    return MailCopy(paragraphs(pieces), tuple(left_out))


def _name(part: Message) -> str:
    name = part.get_filename() or part.get_content_type()
    return "".join(character if character.isprintable() else "?" for character in name[:_NAME_MAX])


# --- headings


def _headings(source: Copy, part: Part, encoding: str) -> Iterator[Copy]:
    """The subject, and every field that no mail program knows: it may be a line of the text whose empty line above is missing."""
    for field in part.shown:
        place = trimmed(source, field.start, field.end)
        written = source.text[slice(*place)]
        shown = _header(written, encoding)
        writer = Writer()
        writer.put(f"{field.name}: ", source, *place)
        if shown == written:
            writer.take(source, *place)
        else:
            writer.put(shown, source, *place)
        yield writer.done()


def _header(written: str, encoding: str) -> str:
    """Folded lines joined, encoded words decoded."""
    try:
        parts = decode_header(" ".join(written.split("\n")))
    except HeaderParseError:
        parts = [(written, None)]
    shown = "".join(_header_part(part, charset, encoding) for part, charset in parts)
    return " ".join(shown.split()) if "\n" in written else shown


def _header_part(part: str | bytes, charset: str | None, encoding: str) -> str:
    if charset:
        return _text_of(part if isinstance(part, bytes) else part.encode(encoding), charset, "a subject")
    # Between encoded words the parser hands plain text over as escaped bytes.
    plain = part if isinstance(part, str) else part.decode("raw-unicode-escape")
    try:
        return plain.encode(encoding).decode("utf-8")
    except ValueError:
        return plain  # bytes of no declared set, in a file that is no UTF-8: what Latin-1 makes of them


# --- parts


def _decoded(source: Copy, start: int, end: int, part: Message, encoding: str) -> Copy:
    transfer = str(part.get("Content-Transfer-Encoding", "7bit")).strip().lower()
    charset = part.get_content_charset() or "utf-8"
    if transfer in ("7bit", "8bit", "binary"):
        return _as_written(source, start, end, charset, encoding)
    if transfer == "quoted-printable":
        return _quoted_printable(source, start, end, charset, encoding)
    if transfer != "base64":
        raise Unreadable("has a part in an unknown transfer encoding: save the mail again as 8bit, quoted-printable or base64")
    try:
        # Strictly: a program that skips what is no base64 shows other words than one that stops there.
        body = b64decode("".join(source.text[start:end].split()).encode(encoding), validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("has a broken base64 part: save the mail again from the program that made it") from None
    writer = Writer()
    writer.put(_text_of(body, charset, "a part"), source, start, end)
    return writer.done()


def _as_written(source: Copy, start: int, end: int, charset: str, encoding: str) -> Copy:
    """Line by line, because a character may be several bytes: every line keeps its place."""
    written = source.text[start:end]
    shown = _text_of(written.encode(encoding), charset, "a part")
    lines, shown_lines = _LINE.findall(written), _LINE.findall(shown)
    if len(lines) != len(shown_lines):
        lines, shown_lines = [written], [shown]
    writer = Writer()
    for line, shown_line in zip(lines, shown_lines, strict=True):
        run = Run(0, start, start + len(line), len(line) == len(shown_line))
        writer.take(Copy(shown_line, (run,)), 0, len(shown_line))
        start += len(line)
    return writer.done()


def _quoted_printable(source: Copy, start: int, end: int, charset: str, encoding: str) -> Copy:
    """Plain stretches keep their place character by character, an encoded stretch as a whole."""
    whole = _text_of(quopri.decodestring(source.text[start:end].encode(encoding)), charset, "a part")
    writer = Writer()
    place = start
    for hit in _ENCODED.finditer(source.text, start, end):
        writer.take(source, place, hit.start())
        writer.put(quopri.decodestring(hit.group().encode("ascii")).decode(charset, "replace"), source, *hit.span())
        place = hit.end()
    writer.take(source, place, end)
    if writer.done().text.split() == whole.split():
        return writer.done()
    writer = Writer()  # another set than declared, or one in which a byte's meaning depends on those before it
    writer.put(whole, source, start, end)
    return writer.done()


def _text_of(body: bytes, charset: str, what: str) -> str:
    """Decoded as declared. Bytes that are UTF-8 are hardly ever so by accident: that comes before a Western set, which fits all bytes, and after
    one that does not fit."""
    if body.isascii() and b"\0" not in body and not charset.startswith(_SHIFTED):
        return body.decode("ascii")  # UTF-16 declared over plain bytes would make other signs of them
    for name in ("utf-8", charset) if charset in _WESTERN else (charset, "utf-8"):
        try:
            return body.decode(name)
        except (LookupError, ValueError):
            continue
    raise Unreadable(f"has {what} that is not in the character set it declares, nor in UTF-8: save the mail again as UTF-8")

"""Where the parts of a mail stand in its source: headers, bodies, parts of parts. Decodes nothing.

The standard parser says what a part is, but not where: it drops line ends and boundaries, so that its text cannot be found again for certain. Here
the same steps are taken over offsets. Where mail programs disagree (a header section without its empty line that goes on behind a line of text, a
type given twice), the mail is refused: what one program shows must not go unread because another does not.
"""

import re
from collections.abc import Iterator
from email import message_from_string
from email.message import Message
from typing import NamedTuple

from tools.documents.errors import Unreadable

MAX_DEPTH = 20

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|\Z)")
_FIELD = re.compile(r"([A-Za-z0-9][\w.-]*)[ \t]*:")
_MAILBOX = re.compile(r"From \S+ +\w{3} +\w{3} +\d+ [^\r\n]*(?:\r\n?|\n)")
"""The line that mbox files put before each mail."""

_DECIDES = frozenset({"content-type", "content-transfer-encoding"})
_PLAIN = frozenset({"", "7bit", "8bit", "binary"})
_MACHINE_NAMES = """
    apparently-to authentication-results auto-submitted autocrypt bcc bimi-selector bounces-to cc date delivered-to
    disposition-notification-to dkim-signature domainkey-signature encrypted errors-to feedback-id from importance in-reply-to mail-from
    mailing-list message-id mime-version old-subject organization original-recipient precedence priority received received-spf references reply-to
    return-path return-receipt-to sender sensitivity status thread-index thread-topic to user-agent
"""
_MACHINE = frozenset(_MACHINE_NAMES.split())
_MACHINE_BEGINNINGS = ("x-", "arc-", "content-", "list-", "resent-", "ms-", "dkim-")


class Field(NamedTuple):
    """A header field; its value, folds included, stands from `start` to `end`."""

    name: str
    start: int
    end: int


class Part(NamedTuple):
    """A part: what its headers say, the fields that a reader may see, and where its body stands. A `container` holds the parts that follow it."""

    about: Message
    shown: tuple[Field, ...]
    start: int
    end: int
    container: bool = False


def parts_of(text: str) -> Iterator[Part]:
    """Every part of the mail in order, containers before what they hold; text before and behind the parts comes as a part of its own.

    Raises Unreadable, with the line, when the mail cannot be taken apart in one way only.
    """
    yield from _mail(text, 0, len(text), 0)


def _mail(text: str, start: int, end: int, depth: int) -> Iterator[Part]:
    if mailbox := _MAILBOX.match(text, start, end):
        start = mailbox.end()
    fields, body = _head(text, start, end)
    if not any(_known(field.name) for field in fields):
        fields, body = [], start  # no mail's headers: a text that begins "Note: …"
    yield from _part(text, fields, body, end, depth, top=True)


def _head(text: str, start: int, end: int) -> tuple[list[Field], int]:
    """The header fields from `start` on and where the body begins."""
    fields: list[Field] = []
    place = start
    while place < end and (line := _LINE.match(text, place, end)):
        found = _FIELD.match(text, place, line.end())
        if not line.group().strip():
            return fields, line.end()
        if found:
            fields.append(Field(found[1], found.end(), line.end()))
        elif fields and text[place] in " \t":
            fields[-1] = fields[-1]._replace(end=line.end())
        else:
            _refuse_later_fields(text, place, end)
            return fields, place
        place = line.end()
    return fields, end


def _refuse_later_fields(text: str, place: int, end: int) -> None:
    """A line that is no header begins the text, to some programs; others go on to the empty line. That matters when the type comes after it."""
    at = place
    while at < end and (line := _LINE.match(text, at, end)) and line.group().strip():
        found = _FIELD.match(text, at, line.end())
        if found and found[1].lower() in _DECIDES:
            raise Unreadable("has a line among its headers that is none: put an empty line behind the headers", _line(text, place))
        at = line.end()


def _part(text: str, fields: list[Field], start: int, end: int, depth: int, *, top: bool, default: str = "text/plain") -> Iterator[Part]:
    if depth > MAX_DEPTH:
        raise Unreadable(f"holds mails in mails over {MAX_DEPTH} deep: check the innermost alone", _line(text, start))
    about = _about(text, fields)
    about.set_default_type(default)
    shown = tuple(field for field in fields if (top and field.name.lower() == "subject") or not _known(field.name))
    kind = about.get_content_type()
    if about.get_content_maintype() == "multipart":
        yield Part(about, shown, start, end, container=True)
        yield from _children(text, about, start, end, depth)
    elif kind in ("message/rfc822", "message/global"):
        if str(about.get("Content-Transfer-Encoding", "")).strip().lower() not in _PLAIN:
            raise Unreadable("has a mail inside that is encoded: save it as a file of its own", _line(text, start))
        yield Part(about, shown, start, end, container=True)
        yield from _mail(text, start, end, depth + 1)
    else:
        yield Part(about, shown, start, end)


def _about(text: str, fields: list[Field]) -> Message:
    names = [field.name.lower() for field in fields]
    if twice := next((name for name in sorted(_DECIDES) if names.count(name) > 1), None):
        last = max(field.start for field in fields if field.name.lower() == twice)
        raise Unreadable(f"gives {twice.title()} twice in one place: keep one", _line(text, last))
    head = "".join(
        f"{field.name}:{_unfolded(text[field.start : field.end])}\n" for field in fields if field.name.lower().startswith("content-")
    )
    return message_from_string(f"{head}\n")


def _unfolded(value: str) -> str:
    return " ".join(value.splitlines())


def _children(text: str, about: Message, start: int, end: int, depth: int) -> Iterator[Part]:
    boundary = about.get_boundary()
    marks = list(re.finditer(rf"^--{re.escape(boundary)}(--)?[ \t]*(?:\r\n?|\n|\Z)", text[start:end], re.MULTILINE)) if boundary else []
    if not marks:
        raise Unreadable("has parts that cannot be told apart, the boundary is missing: save the mail again from the program that made it")
    outside = message_from_string("\n")
    yield Part(outside, (), start, start + marks[0].start())
    stops = [*(mark.start() for mark in marks[1:]), end - start]
    default = "message/rfc822" if about.get_content_subtype() == "digest" else "text/plain"
    for mark, stop in zip(marks, stops, strict=True):
        first, last = start + mark.end(), start + stop
        if mark[1]:
            yield Part(outside, (), first, last)
        else:
            fields, body = _head(text, first, last)
            yield from _part(text, fields, body, last, depth + 1, top=False, default=default)


def _known(name: str) -> bool:
    lowered = name.lower()
    return lowered == "subject" or lowered in _MACHINE or lowered.startswith(_MACHINE_BEGINNINGS)


def _line(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1

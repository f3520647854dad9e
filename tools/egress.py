"""The egress guard: the last look at the bytes before they leave. Refuses and records why; it never cleans up silently.

Knows what a destination is allowed to receive, not what the bytes are for. Two tests: the fields of a JSON body against the destination's
typed allow-list, and every text inside (JSON strings, mail headers and parts, decoded) against the identifier scanner.
"""

import json
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as email_policy
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sqlalchemy import insert

from policies.records import Span
from tools.errors import EgressRefused
from tools.store.action_tables import egress_log
from tools.store.database import Database

if TYPE_CHECKING:
    from policies.phi.scrub import Scrubber

# Hashing is not de-identification (45 CFR 164.514(c)): a SHA-256 of an address still singles out a person.
_HEX64 = re.compile(r"(?<![0-9a-fA-F])[0-9a-fA-F]{64}(?![0-9a-fA-F])")
_ADDRESS_HEADERS = ("to", "from", "reply-to", "subject", "list-unsubscribe")
# Headers that only say how the mail is built, each with the only form it may have; what has another form is read like any text.
_STRUCTURE_HEADERS = {
    "message-id": re.compile(r"<(?:[A-Za-z]{1,4}-)?[0-9a-f]{8,64}@[A-Za-z0-9.-]{3,120}>"),
    "date": re.compile(r"[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT)"),
    "mime-version": re.compile(r"1\.0"),
    "content-type": re.compile(
        r'(?:text/(?:plain|html); charset="?utf-8"?|multipart/(?:alternative|mixed); boundary="[=_.0-9A-Za-z-]{8,70}")', re.I
    ),
    "content-transfer-encoding": re.compile(r"(?:7bit|8bit|quoted-printable|base64)", re.I),
    "list-unsubscribe-post": re.compile(r"List-Unsubscribe=One-Click"),
    "auto-submitted": re.compile(r"auto-generated"),
}
_TAG = re.compile(r"<[^<>]*>")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class DestinationPolicy:
    """What one destination may receive. `allowed_fields`: dotted paths of a JSON body, lists without index, or the names of a form; empty = the
    body has no fields."""

    name: str
    baa: bool
    allowed_fields: frozenset[str] = frozenset()
    is_form: bool = False


class Egress:
    """`database` keeps one row per attempt in `egress_log`, in a transaction of its own: do not call it inside `Database.write()`."""

    def __init__(self, scrubber: "Scrubber", database: Database, clock: Callable[[], datetime]) -> None:
        self._scrubber = scrubber
        self._database = database
        self._clock = clock

    def release(
        self,
        policy: DestinationPolicy,
        *,
        subject: str,
        body: bytes,
        allowed_values: Collection[str] = (),
        opaque: Collection[str] = (),
    ) -> bytes:
        """`body` unchanged, or EgressRefused naming the destination, the subject and the kind of identifier, never its value.

        `allowed_values` are contact details of this one recipient: they count only for a destination with a BAA. `opaque` are our own ids and
        the practice's own published values in this body: any destination may have them.
        """
        allowed = {*opaque, *(allowed_values if policy.baa else ())}
        reason = self._objection(policy, body, {value for value in allowed if value})
        self._record(policy, subject, len(body), reason)
        if reason:
            raise EgressRefused(
                f"{policy.name} was not given {subject}: {reason}; nothing was sent. Edit the item, or put a BAA on file for this destination"
            )
        return body

    def _objection(self, policy: DestinationPolicy, body: bytes, allowed: Collection[str]) -> str:
        try:
            text = body.decode()
        except UnicodeDecodeError:
            return "the bytes are not UTF-8 text and cannot be scanned"
        if _CONTROL.search(text):
            return "it holds control characters, which text has no use for"
        try:
            found = _form(text) if policy.is_form else _json(text)
        except (_RepeatedKey, RecursionError):
            return "it has a key twice in one object, or is nested too deeply to be read"
        if policy.allowed_fields:
            if not isinstance(found, dict):
                return "the body is not an object with fields and cannot be held against the allow-list"
            if extra := sorted(set(_paths(found)) - policy.allowed_fields):
                return f"{len(extra)} field(s) are not on the allow-list of {policy.name}"
        try:
            texts = [*_texts(found), *_joined(found)] if found is not None else list(_mail_texts(body)) if _is_mail(text) else [text]
        except (LookupError, ValueError, RecursionError):
            return "the message has a part or header that cannot be read"
        return self._scan(policy, texts, allowed)

    def _scan(self, policy: DestinationPolicy, texts: list[str], allowed: Collection[str]) -> str:
        for text in texts:
            permitted = list(_occurrences(text, allowed))
            if not policy.baa and any(not _within(*match.span(), permitted) for match in _HEX64.finditer(text)):
                return "it holds a 64-digit hash, which may stand for a person"
            for span in self._scrubber.scan(text):
                if not _covered(span, permitted):
                    return f"it holds an identifier ({span.label})"
        return ""

    def _record(self, policy: DestinationPolicy, subject: str, size: int, reason: str) -> None:
        row = {"at": self._clock(), "destination": policy.name, "subject": subject, "bytes": size, "allowed": not reason, "reason": reason}
        with self._database.write() as connection:
            connection.execute(insert(egress_log).values(row))


class _RepeatedKey(Exception):
    """A JSON object says one key twice: a receiver may read the one that was not looked at."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedKey
    return found


def _json(text: str) -> Any:
    """The parsed body if it is a JSON object or list; None for anything else. Raises _RepeatedKey and RecursionError."""
    try:
        found = json.loads(text, object_pairs_hook=_once)
    except ValueError:
        return None
    return found if isinstance(found, dict | list) else None


def _form(text: str) -> Any:
    """The decoded fields of a form (application/x-www-form-urlencoded); None for anything else. Raises _RepeatedKey."""
    try:
        return _once(parse_qsl(text, keep_blank_values=True, strict_parsing=True))
    except ValueError:
        return None


def _paths(value: Any, at: str = "") -> Iterator[str]:
    """Where values stand; an empty container is a value, and a dot within a key is no step."""
    if isinstance(value, dict) and value:
        for key, item in value.items():
            step = str(key).replace(".", "\\.")
            yield from _paths(item, f"{at}.{step}" if at else step)
    elif isinstance(value, list) and value:
        for item in value:
            yield from _paths(item, at)
    elif at or not isinstance(value, dict | list):
        yield at


def _texts(value: Any) -> Iterator[str]:
    """Every key, string and number, decoded: an escape such as \\u0040 hides nothing."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
        yield str(value)


def _joined(value: Any) -> Iterator[str]:
    """The strings with digits and the numbers of each list in one line: a number that was cut into pieces is read whole."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _joined(item)
    elif isinstance(value, list):
        plain = [
            str(item)
            for item in value
            if isinstance(item, str | int) and not isinstance(item, bool) and any(char.isdigit() for char in str(item))
        ]
        if len(plain) > 1:
            yield " ".join(plain)
        for item in value:
            yield from _joined(item)


def _is_mail(text: str) -> bool:
    return bool(re.match(r"[A-Za-z-]+: ", text)) and "\nmime-version:" in text.lower()


def _mail_texts(body: bytes) -> Iterator[str]:
    """Decoded headers and text parts. A header or part of an unknown kind raises ValueError: what cannot be read may not leave."""
    message = message_from_bytes(body, policy=email_policy)
    for part in message.walk():
        for name, value in part.items():
            form = _STRUCTURE_HEADERS.get(name.lower())
            if name.lower() in _ADDRESS_HEADERS or (form and not form.fullmatch(" ".join(str(value).split()))):
                yield str(value)
            elif form is None:
                raise ValueError(name)
        if part.is_multipart():
            yield from filter(None, (part.preamble, part.epilogue))
            continue
        if not isinstance(part, EmailMessage) or part.get_content_maintype() != "text":
            raise ValueError("part")
        content = part.get_content()
        yield content
        if part.get_content_subtype() == "html":
            yield _TAG.sub("", content)  # as it is seen: a number with markup inside it is one number


def _occurrences(text: str, values: Collection[str]) -> Iterator[tuple[int, int]]:
    lowered = text.casefold()
    if len(lowered) != len(text):
        lowered = text  # a letter that folds to two would shift every offset after it
    for value in values:
        wanted = value.casefold() if lowered is not text else value
        start = lowered.find(wanted)
        while wanted and start >= 0:
            yield start, start + len(wanted)
            start = lowered.find(wanted, start + 1)


def _covered(span: Span, permitted: list[tuple[int, int]]) -> bool:
    return _within(span.start, span.end, permitted)


def _within(first: int, last: int, permitted: list[tuple[int, int]]) -> bool:
    return any(start <= first and last <= end for start, end in permitted)

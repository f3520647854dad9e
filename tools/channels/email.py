"""The email channel's feeds: SendGrid's event webhook as saved, and replies as .eml files. Reads mail; sends none."""

import hashlib
from collections.abc import Iterator
from datetime import tzinfo
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses
from html.parser import HTMLParser
from typing import Any

from policies.records import Refusal, Source
from tools.channels.feed import Feed, Parsed, required_id
from tools.channels.files import MAX_RECORD_BYTES, Export, Item, json_file, json_items
from tools.channels.times import moment

MAX_MAIL_BYTES = 5_000_000


def read_sendgrid(export: Export) -> Iterator[Item | Refusal]:
    """Events of one saved batch. A click learns how long after the delivery of its message it came: link scanners click at once."""
    body = json_file(export)
    if isinstance(body, Refusal):
        yield body
        return
    delivered: dict[tuple[str, str], float] = {}
    for event in body if isinstance(body, list) else ():
        if isinstance(event, dict) and event.get("event") == "delivered" and isinstance(event.get("timestamp"), int | float):
            delivered[_message(event)] = event["timestamp"]
    for item in json_items(export, body, "events"):
        if isinstance(item, Item) and item.body.get("event") == "click" and isinstance(item.body.get("timestamp"), int | float):
            at = delivered.get(_message(item.body))
            if at is not None:
                item = Item(item.body | {"seconds_after_delivery": item.body["timestamp"] - at}, field=item.field)
        yield item


def _message(event: dict[str, Any]) -> tuple[str, str]:
    return str(event.get("sg_message_id")).split(".")[0], str(event.get("email")).lower()


def parse_sendgrid(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    """`timestamp` is epoch seconds; sg_event_id is how the vendor says to recognise repeats."""
    return Parsed(
        required_id(body.get("sg_event_id"), "sg_event_id"),
        moment(body.get("timestamp"), field="timestamp", zone=zone),
        time_field="timestamp",
    )


def read_mail(export: Export) -> Iterator[Item | Refusal]:
    """One message as a record: sender, subject, text, and what a bounce (RFC 3464) or complaint (RFC 5965) report says."""
    try:
        if export.path.stat().st_size > MAX_MAIL_BYTES:
            yield export.refuse("the message is larger than 5 MB", "save it without its attachments")
            return
        data = export.path.read_bytes()
    except OSError as error:
        yield export.refuse(f"the file cannot be read ({error.strerror})", "check its owner and mode")
        return
    message = BytesParser(policy=policy.default).parsebytes(data)
    if not message.keys():
        yield export.refuse("the file is not a mail message", "save it as .eml with its headers", payload=data)
        return
    try:
        record = _record(message)
    except (LookupError, ValueError, AttributeError):  # an unknown charset, a header the standard library cannot parse
        yield export.refuse("a header or part of the message cannot be decoded", "save it again from the mail program", payload=data)
        return
    if len(record["body"].encode("utf-8", "replace")) > MAX_RECORD_BYTES:
        yield export.refuse(
            f"the message's text is longer than {MAX_RECORD_BYTES:,} bytes", "save it without what it quotes", field="body", payload=data
        )
        return
    if not record["message_id"]:
        record["message_id"] = "h:" + hashlib.sha256(data).hexdigest()
    yield Item(record)


def parse_mail(body: dict[str, Any], zone: tzinfo | None) -> Parsed:
    return Parsed(body["message_id"], moment(body["date"], field="Date", zone=zone), time_field="Date")


def _record(message: EmailMessage) -> dict[str, Any]:
    name, address = next(iter(getaddresses([str(message.get("From", ""))])), ("", ""))
    report = str(message.get_param("report-type", "")) if message.get_content_type() == "multipart/report" else ""
    sent = message.get("Date")
    record: dict[str, Any] = {
        "message_id": str(message.get("Message-ID", "")).strip(),
        "in_reply_to": str(message.get("In-Reply-To", "")).strip(),
        "from": {"name": name, "address": address},
        "subject": str(message.get("Subject", "")),
        "date": sent.datetime.isoformat() if sent is not None and sent.datetime is not None else "",
        "body": _text(message),
        "auto_submitted": str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower() != "no",
        "attachments": sum(1 for _ in message.iter_attachments()),
    }
    if report:
        record |= {"report": report} | _reported(message)
    return record


def _reported(message: EmailMessage) -> dict[str, Any]:
    """Whom a delivery report is about, and whether the failure is for good (status 5.x.x)."""
    fields: dict[str, Any] = {}
    for part in message.walk():
        if part.get_content_type() in ("message/delivery-status", "message/feedback-report"):
            blocks = part.get_payload()
            for block in (found for found in (blocks if isinstance(blocks, list) else [part]) if isinstance(found, Message)):
                recipient = block.get("Final-Recipient") or block.get("Original-Rcpt-To")
                if recipient:
                    fields["failed_recipient"] = str(recipient).split(";")[-1].strip().strip("<>")
                if block.get("Status"):
                    fields["permanent"] = str(block["Status"]).strip().startswith("5")
    return fields


def _text(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return ""
    content = part.get_content()
    if not isinstance(content, str):
        return ""
    return _plain(content) if part.get_content_type() == "text/html" else content


class _Words(HTMLParser):
    """The visible text of an HTML mail."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("style", "script")
        if tag in ("br", "p", "div", "tr", "li", "blockquote"):
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("style", "script") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def _plain(html: str) -> str:
    words = _Words()
    words.feed(html)
    words.close()
    return "".join(words.parts).strip()


FEEDS = {Source.SENDGRID: Feed(read_sendgrid, parse_sendgrid), Source.IMAP: Feed(read_mail, parse_mail)}

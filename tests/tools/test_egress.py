"""The egress guard: what may leave, and that a refusal names no value."""

import json
from datetime import datetime
from email.message import EmailMessage

import pytest
from sqlalchemy import select

from policies.phi.scrub import Scrubber
from tools.clock import fixed_clock
from tools.egress import DestinationPolicy, Egress
from tools.errors import EgressRefused
from tools.packs.phi import load_lexicon
from tools.store.action_tables import egress_log
from tools.store.database import Database

OPEN = DestinationPolicy("llm", baa=False)
WITH_BAA = DestinationPolicy("smtp", baa=True)
HOOK = DestinationPolicy("webhook:crm", baa=False, allowed_fields=frozenset({"lead", "score", "data.next_action"}))
ADDRESS = "wren.quillfeather@example.org"


@pytest.fixture(scope="module")
def scrubber() -> Scrubber:
    return Scrubber(load_lexicon(), ("Larkfield Joint Care", "813-555-0100"))


@pytest.fixture
def egress(scrubber: Scrubber, sqlite_database: Database, now: datetime) -> Egress:
    return Egress(scrubber, sqlite_database, fixed_clock(now))


def mail(body: str, *, encoding: str = "quoted-printable", **headers: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "A next step"
    message["To"] = ADDRESS
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body, cte=encoding)
    return message.as_bytes()


def test_clean_bytes_leave_unchanged_and_are_recorded(egress: Egress, sqlite_database: Database) -> None:
    body = b"Write a page about knee pain for Larkfield Joint Care, 813-555-0100."

    assert egress.release(OPEN, subject="A-1", body=body) == body

    with sqlite_database.read() as connection:
        row = connection.execute(select(egress_log)).one()
    assert (row.destination, row.subject, row.bytes, row.allowed, row.reason) == ("llm", "A-1", len(body), True, "")


@pytest.mark.parametrize(
    "body",
    [
        f"Reply to {ADDRESS}".encode(),
        b"Call me at (813) 555-0142",
        json.dumps({"prompt": ["ok", {"deep": ADDRESS}]}).encode(),
        json.dumps({"prompt": ADDRESS}).replace("@", "\\u0040").encode(),
        json.dumps({ADDRESS: 1}).encode(),
        ("hashed " + "0a" * 32).encode(),
        b"\xff\xfe",
    ],
)
def test_an_identifier_is_refused_recorded_and_not_repeated(egress: Egress, sqlite_database: Database, body: bytes) -> None:
    with pytest.raises(EgressRefused) as refused:
        egress.release(OPEN, subject="A-1", body=body, allowed_values=(ADDRESS,))

    with sqlite_database.read() as connection:
        row = connection.execute(select(egress_log)).one()
    assert not row.allowed
    assert "quillfeather" not in f"{refused.value}{row.reason}".lower()


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64"])
def test_a_mail_is_read_decoded(egress: Egress, encoding: str) -> None:
    body = mail("Hello Wren,\nyour chart MRN 88214467 is ready.", encoding=encoding)

    with pytest.raises(EgressRefused, match="identifier"):
        egress.release(WITH_BAA, subject="X-1", body=body, allowed_values=(ADDRESS, "Wren"))


def test_a_destination_with_a_baa_gets_exactly_this_recipient(egress: Egress) -> None:
    body = mail("Hello Wren,\nwe are glad to help.")

    assert egress.release(WITH_BAA, subject="X-1", body=body, allowed_values=(ADDRESS, "Wren")) == body
    with pytest.raises(EgressRefused):
        egress.release(WITH_BAA, subject="X-2", body=body, allowed_values=("somebody.else@example.org",))
    with pytest.raises(EgressRefused):
        egress.release(DestinationPolicy("smtp", baa=False), subject="X-3", body=body, allowed_values=(ADDRESS, "Wren"))


def test_a_header_or_part_nobody_knows_may_not_leave(egress: Egress) -> None:
    with pytest.raises(EgressRefused, match="cannot be read"):
        egress.release(WITH_BAA, subject="X-1", body=mail("Hello.", X_Note="hello"), allowed_values=(ADDRESS,))


@pytest.mark.parametrize(
    ("body", "leaves"),
    [
        ({"lead": "one", "score": 81, "data": {"next_action": "call"}}, True),
        ({"lead": "one", "phone": "later"}, False),
        ({"data": {"next_action": "call", "note": "x"}}, False),
        (["lead"], False),
    ],
)
def test_a_field_that_is_not_on_the_allow_list_may_not_leave(egress: Egress, body: object, leaves: bool) -> None:
    raw = json.dumps(body).encode()

    if leaves:
        assert egress.release(HOOK, subject="X-1", body=raw) == raw
    else:
        with pytest.raises(EgressRefused, match="allow-list"):
            egress.release(HOOK, subject="X-1", body=raw)


def test_our_own_ids_may_leave_where_they_are_named(egress: Egress) -> None:
    body = json.dumps({"lead": "L-0123456789ab"}).encode()

    assert egress.release(HOOK, subject="X-1", body=body, opaque=("L-0123456789ab",)) == body


@pytest.mark.parametrize(
    "body",
    [
        b'{"text":"SSN 123-45-6789","text":"ok"}',  # a receiver may read the first
        json.dumps({"text": ["813", "555", "0142"]}).encode(),
        b"SSN 123\x00-45\x00-6789",
        "123-45-6789".encode("utf-16-le"),
        b"[" * 100_000,
    ],
)
def test_what_a_receiver_might_put_together_is_refused_and_recorded(egress: Egress, sqlite_database: Database, body: bytes) -> None:
    with pytest.raises(EgressRefused):
        egress.release(OPEN, subject="A-9", body=body)

    with sqlite_database.read() as connection:
        assert not connection.execute(select(egress_log.c.allowed)).scalar_one()


@pytest.mark.parametrize("body", [{"lead": "L-1", "foo": {}}, {"lead": "L-1", "foo": []}, {"data.next_action": "call"}])
def test_an_empty_container_and_a_dotted_key_are_fields_of_their_own(egress: Egress, body: object) -> None:
    with pytest.raises(EgressRefused, match="not on the allow-list"):
        egress.release(HOOK, subject="A-1", body=json.dumps(body).encode())


@pytest.mark.parametrize(
    "header",
    [
        ("Message-ID", "<jane.doe.123-45-6789@example.com>"),
        ("Date", "SSN 123-45-6789"),
        ("Auto-Submitted", "jane@example.com"),
        ("List-Unsubscribe-Post", "jane@example.com"),
    ],
)
def test_a_header_that_is_not_of_its_form_is_read(egress: Egress, header: tuple[str, str]) -> None:
    body = mail("Hello").replace(b"MIME-Version", f"{header[0]}: {header[1]}\nMIME-Version".encode(), 1)

    with pytest.raises(EgressRefused):
        egress.release(WITH_BAA, subject="A-1", body=body, allowed_values=(ADDRESS,))


def test_a_number_with_markup_inside_it_is_one_number(egress: Egress) -> None:
    message = EmailMessage()
    message["Subject"], message["To"] = "A next step", ADDRESS
    message.set_content("<p>123-<b>45</b>-6789 or 813-<i>555</i>-<i>0142</i></p>", subtype="html")

    with pytest.raises(EgressRefused, match="identifier"):
        egress.release(WITH_BAA, subject="A-1", body=message.as_bytes(), allowed_values=(ADDRESS,))


FORM = DestinationPolicy("oidc", baa=False, allowed_fields=frozenset({"code", "back"}), is_form=True)


def test_a_form_is_read_decoded_and_field_by_field(egress: Egress) -> None:
    code, back = "0a" * 32, "https://desk.example.com/return"
    body = b"code=" + code.encode() + b"&back=https%3A%2F%2Fdesk.example.com%2Freturn"

    assert egress.release(FORM, subject="flow", body=body, opaque=(code, back)) == body
    for wrong in (b"&extra=1", b"&code=2", b"&code"):
        with pytest.raises(EgressRefused):
            egress.release(FORM, subject="flow", body=body + wrong, opaque=(code, back))


@pytest.mark.parametrize("value", ["wren.quillfeather%40example.org", "0b" * 32, "%2B1%20813%20555%200142"])
def test_a_form_with_what_is_not_its_own_is_refused(egress: Egress, value: str) -> None:
    with pytest.raises(EgressRefused):
        egress.release(FORM, subject="flow", body=f"code={value}&back=x".encode(), opaque=("0a" * 32,))

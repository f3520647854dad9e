"""A form with a document: its fields, and of the document only the SHA-256, taken while it arrives. Nothing of it is kept, on disk or in memory."""

import hashlib
from typing import Annotated, NamedTuple

from fastapi import Depends, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from approvals.identity import Session
from approvals.web.desk import FIELDS_LIMIT, FORM_LIMIT_BYTES, BadForm, signed_in, verified

DOCUMENT_LIMIT_BYTES = 25_000_000


class Sent(NamedTuple):
    """`document_hash` is empty when no file was chosen, or an empty one."""

    fields: dict[str, str]
    document_hash: str


async def posted_with_document(request: Request, me: Annotated[Session, Depends(signed_in)]) -> Sent:
    """The fields of a form sent by the signed-in person's own page, and the hash of its document. Raises BadForm (403)."""
    kind, options = parse_options_header(request.headers.get("content-type"))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise BadForm("the form cannot be read: open the page again and send it from there")
    parts = _Parts()
    try:
        parser = MultipartParser(
            options[b"boundary"],
            {
                "on_part_begin": parts.begin,
                "on_header_field": parts.header_name,
                "on_header_value": parts.header_value,
                "on_header_end": parts.header_end,
                "on_headers_finished": parts.headers_finished,
                "on_part_data": parts.data,
            },
        )
        async for chunk in request.stream():
            parser.write(chunk)
        parser.finalize()
        fields = {name: bytes(value).decode() for name, value in parts.fields.items()}
    except (FormParserError, UnicodeDecodeError):
        raise BadForm("the form cannot be read: open the page again and send it from there") from None
    return Sent(verified(fields, me.csrf), parts.document.hexdigest() if parts.length else "")


class _Parts:
    """What the parser has read so far. A part with a file name is the document; it is hashed and let go."""

    def __init__(self) -> None:
        self.fields: dict[str, bytearray] = {}
        self.document = hashlib.sha256()
        self.length = 0
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._into: bytearray | None = None

    def begin(self) -> None:
        self._disposition = b""

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0].extend(data[start:end])

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1].extend(data[start:end])

    def header_end(self) -> None:
        name, value = map(bytes, self._header)
        if name.lower() == b"content-disposition":
            self._disposition = value
        self._header = (bytearray(), bytearray())

    def headers_finished(self) -> None:
        _, options = parse_options_header(self._disposition)
        is_document = b"filename" in options
        name = options.get(b"name", b"").decode("latin-1")
        self._into = None if is_document else self.fields.setdefault(name, bytearray())
        if len(self.fields) > FIELDS_LIMIT:
            raise BadForm("the form has too many fields: open the page again and send it from there")

    def data(self, data: bytes, start: int, end: int) -> None:
        if self._into is None:
            self.length += end - start
            if self.length > DOCUMENT_LIMIT_BYTES:
                raise BadForm(f"the document is longer than {DOCUMENT_LIMIT_BYTES // 1_000_000} MB: choose a shorter copy of it")
            self.document.update(data[start:end])
            return
        self._into.extend(data[start:end])
        if sum(map(len, self.fields.values())) > FORM_LIMIT_BYTES:
            raise BadForm(f"the form is longer than {FORM_LIMIT_BYTES // 1000} kB: shorten the text and send it again")

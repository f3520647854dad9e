"""`liaison scrub`: de-identify JSONL on stdin. Texts go to the free-text scrubber, vendor payloads to the structured one.

A line that cannot be read is named on stderr by its number, never by its content, and the next line is read. Nothing is stored.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from policies.phi.events import raw_of, scrub_engagement
from policies.phi.outbound import Outside, flat, outbound
from policies.phi.outbound import version as outbound_version
from policies.phi.registry import Registry
from policies.phi.report import ScrubReport, diff_entry, diff_foot, diff_head, explained
from policies.phi.scrub import Scrubber
from policies.records import Source
from tools.errors import SettingsError
from tools.keys import KeyRing, load_ring
from tools.packs.phi import scrubber_of
from tools.packs.registry import registry_of
from tools.practice import Practice, load_practice
from tools.settings import load_settings

SOURCES = (
    Source.SEGMENT,
    Source.SENDGRID,
    Source.FORM_VENDOR,
    Source.CALL_TRACKING,
    Source.CRM,
    Source.REVIEW,
    Source.YOUTUBE,
    Source.ADS,
    Source.WEBINAR,
    Source.SMS,
    Source.SCHEDULER,
)
_SURROGATE = re.compile("[\ud800-\udfff]")
# A payload that does not say when it happened gets a fixed time, so that the same line always gives the same record.
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)


class BadLine(ValueError):
    """One line of input is no record: the message says why and how to mend it, without its content."""


class _Desk:
    """What one call needs; the key ring is opened by the first payload, so that scrubbing texts touches no file."""

    def __init__(self, practice: Practice | None, *, explain: bool, diff: TextIO | None, destination: Outside | None) -> None:
        self.explain = explain
        self.destination = destination
        self.diff = diff
        self.report = ScrubReport()
        self.scrubber: Scrubber = scrubber_of(practice)
        self.registry = registry_of(practice) if practice else Registry()
        self._ring: KeyRing | None = None

    def ring(self) -> KeyRing:
        if self._ring is None:
            settings = load_settings()
            self._ring = load_ring(settings.home, settings.keys.get_secret_value() if settings.keys else None)
        return self._ring


def scrub(
    stdin: TextIO,
    stdout: TextIO,
    stderr: TextIO,
    *,
    practice: Path | None,
    as_json: bool,
    explain: bool = False,
    report: Path | None = None,
    diff: Path | None = None,
    destination: Outside | None = None,
) -> int:
    """Write one JSON object per good line, in order; 0 unless stdin cannot be read (1).

    `explain` adds "why" and "confidence" to each span. `report` gets counts without content; `diff` a page of before and after, which shows
    identifiers and is therefore readable by its owner alone. `destination` adds to each payload's row what that kind of destination may have.

    Offsets of `spans` are code points of the line's text; for a payload, of the engagement's free text before scrubbing.
    `practice` leaves the practice's own public names in place. `as_json` makes the messages on stderr JSON too; the data always is.
    Raises SettingsError when the practice, the settings or the key ring is wrong.
    """
    for path in (report, diff):
        if path and not path.parent.is_dir():
            raise SettingsError(f"{path.parent} is no folder: make it, or write the file elsewhere")
    with ExitStack() as stack:
        page = stack.enter_context(_private(diff)) if diff else None
        desk = _Desk(load_practice(practice) if practice is not None else None, explain=explain, diff=page, destination=destination)
        code = _stream(desk, stdin, stdout, stderr, as_json=as_json)
        if page:
            page.write(diff_foot())
    if report:
        report.write_text(json.dumps(desk.report.as_json(), indent=2) + "\n", encoding="utf-8")
    return code


@contextmanager
def _private(path: Path) -> Iterator[TextIO]:
    """A new file that only its owner may read."""
    path.unlink(missing_ok=True)
    with open(
        path, "w", encoding="utf-8", errors="backslashreplace", opener=lambda name, flags: os.open(name, flags | os.O_EXCL, 0o600)
    ) as page:
        page.write(diff_head())
        yield page


def _stream(desk: _Desk, stdin: TextIO, stdout: TextIO, stderr: TextIO, *, as_json: bool) -> int:
    if isinstance(stdin, TextIOWrapper):
        stdin.reconfigure(errors="surrogateescape")  # a byte that is no UTF-8 spoils its own line only
    try:
        for number, line in enumerate(stdin, start=1):
            if line.strip():
                _answer(desk, number, line, stdout, stderr, as_json=as_json)
    except (OSError, UnicodeDecodeError) as error:
        print(f"stdin cannot be read ({type(error).__name__}): pipe a UTF-8 JSONL file into liaison scrub", file=stderr)
        return 1
    return 0


def _answer(desk: _Desk, number: int, line: str, stdout: TextIO, stderr: TextIO, *, as_json: bool) -> None:
    try:
        body = _parsed(line)
        row, withheld = _scrubbed(desk, body)
    except BadLine as problem:
        desk.report.lines_refused += 1
        _complain(stderr, number, str(problem), as_json=as_json)
        return
    if withheld:
        _complain(stderr, number, f"withheld: {withheld}", as_json=as_json)
    shown = json.dumps(row, ensure_ascii=False)
    print(json.dumps(row) if _SURROGATE.search(shown) else shown, file=stdout)


def _complain(stderr: TextIO, number: int, problem: str, *, as_json: bool) -> None:
    print(json.dumps({"line": number, "error": problem}) if as_json else f"stdin, line {number}: {problem}", file=stderr)


def _parsed(line: str) -> dict[str, Any]:
    if _SURROGATE.search(line):
        raise BadLine("not UTF-8: save the input as UTF-8")
    try:
        body = json.loads(line.removeprefix("\ufeff"))
    except ValueError:
        raise BadLine('not JSON: write one object per line, {"id","text"} or {"id","source","payload"}') from None
    except RecursionError:
        raise BadLine("JSON nested too deeply: flatten the payload") from None
    if not isinstance(body, dict):
        raise BadLine('not a JSON object: write {"id","text"} or {"id","source","payload"}')
    if not isinstance(body.get("id"), str | int) or isinstance(body["id"], bool):
        raise BadLine('field id is missing or neither text nor a number: add "id"')
    if _SURROGATE.search(str(body["id"])):
        raise BadLine("field id holds half a character (an unpaired surrogate): write it again")
    if ("text" in body) == ("payload" in body):
        raise BadLine('write exactly one of "text" and "payload"')
    return body


def _scrubbed(desk: _Desk, body: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    """The output row and, for a payload that gave no engagement, why."""
    if "text" in body:
        if not isinstance(body["text"], str):
            raise BadLine("field text is not a string: quote it")
        found = desk.scrubber.scrubbed(body["text"])
        desk.report.add_text(found)
        if desk.diff:
            desk.diff.write(diff_entry(str(body["id"]), body["text"], found))
        spans = explained(found.hits)
        if not desk.explain:
            spans = [{name: span[name] for name in ("start", "end", "label")} for span in spans]
        return {"id": body["id"], "text": found.text, "spans": spans}, found.withheld or None
    if not isinstance(body["payload"], dict):
        raise BadLine("field payload is not an object: give the vendor's record as it came")
    if body.get("source") not in SOURCES:
        raise BadLine(f"field source is unknown: write one of {', '.join(SOURCES)}")
    source, ring = Source(body["source"]), desk.ring()
    key = ring.fingerprint(f"scrub\x00{source}\x00{body['id']}")
    cleaned = scrub_engagement(
        raw_of(source, body["payload"], external_id=key, fallback=_NO_TIME),
        natural_key=key,
        registry=desk.registry,
        scrubber=desk.scrubber,
        match_key=ring.match_key,
    )
    desk.report.add_payload(source, cleaned.refused, (span.label for span in cleaned.spans), cleaned.withheld)
    row: dict[str, Any] = {
        "id": body["id"],
        "engagement": cleaned.engagement.model_dump(mode="json") if cleaned.engagement else None,
        "refused": list(cleaned.refused),
        "spans": [span.model_dump(mode="json") for span in cleaned.spans],
    }
    if desk.destination and cleaned.engagement:
        may, stays = outbound(flat(row["engagement"]), desk.destination, lambda kind, value: ring.match_key(kind, value)[: len(kind) + 13])
        row["outbound"] = {"destination": desk.destination, "schema": outbound_version(desk.destination), "fields": may, "dropped": stays}
    return row, cleaned.withheld

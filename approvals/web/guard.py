"""The last look at a page: what a reader may see is scrubbed long before, so an identifier in a page's text is a fault, and is masked.

Only patterns and labelled numbers are looked for: names of colleagues and towns of the practice belong on its pages. Forms keep their values.
Linear in the page.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator

from policies.phi.hits import Hit
from policies.records import Label

# Dates, places and reference numbers stand on every page of a desk.
MASKED = frozenset(
    (Label.EMAIL, Label.PHONE, Label.FAX, Label.SSN, Label.MRN, Label.HEALTH_PLAN_ID, Label.ACCOUNT, Label.LICENSE, Label.VEHICLE, Label.IP)
)
# Text between tags; marks of emphasis are no end of it, so that "<b>312</b>-555-0198" is read as it is seen.
_INLINE = r"</?(?:b|i|em|strong|span|mark|u|small|code|ins|del)\b[^<>]*>"
_TEXT = re.compile(rf"(?<=>)(?:{_INLINE}|[^<>])+(?=<)")
_TAG = re.compile(r"<[^<>]*>")
_SPOKEN = re.compile(r"""(?<=[\s"'])(?:alt|title|aria-label|content|summary)=(?:"([^"<>]{5,})"|'([^'<>]{5,})')|(?<=mailto:)([^"'<>]+)""")
_OPEN = re.compile(r"<(script|style|textarea|option)\b", re.I)


def masked(page: str, patterns: Callable[[str], Iterable[Hit]]) -> tuple[str, list[Label]]:
    """`page` with each identifier in its text and its spoken attributes as `[LABEL]`, and the labels masked. `patterns` is `Scrubber.patterns`."""
    labels: list[Label] = []
    parts: list[str] = []
    at = 0
    for start, end in _readable(page):
        text = html.unescape(_TAG.sub("", page[start:end]))
        hits = [hit for hit in patterns(text) if hit.label in MASKED] if len(text) > 4 else []
        if not hits or start < at:
            continue
        labels += (hit.label for hit in hits)
        parts += (page[at:start], _replaced(text, hits))
        at = end
    return ("".join((*parts, page[at:])), labels) if labels else (page, labels)


def _readable(page: str) -> Iterator[tuple[int, int]]:
    """Where text stands that a reader sees or hears, in order, outside of scripts and what somebody typed into a form."""
    spans = [match.span() for match in _TEXT.finditer(page)]
    spans += (match.span(match.lastindex or 0) for match in _SPOKEN.finditer(page))
    kept = list(_kept(page))
    index = 0
    for start, end in sorted(spans):
        while index < len(kept) and kept[index][1] <= start:
            index += 1
        if index == len(kept) or start < kept[index][0]:
            yield start, end


def _kept(page: str) -> Iterator[tuple[int, int]]:
    """From each opening tag of `_OPEN` to its end; one that is never closed keeps nothing."""
    lowered, at = page.lower(), 0
    unclosed: set[str] = set()
    for match in _OPEN.finditer(page):
        name = match[1].lower()
        if match.start() < at or name in unclosed:
            continue
        end = lowered.find(f"</{name}", match.end())
        if end < 0:
            unclosed.add(name)
            continue
        at = end
        yield match.start(), end


def _replaced(text: str, hits: list[Hit]) -> str:
    out: list[str] = []
    at = 0
    for hit in hits:
        out += (html.escape(text[at : hit.start]), f"[{hit.label}]")
        at = hit.end
    return "".join((*out, html.escape(text[at:])))

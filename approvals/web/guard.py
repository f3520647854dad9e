"""The last look at a page: what a reader may see is scrubbed long before, so an identifier in a page's text is a fault, and is masked.

Only patterns and labelled numbers are looked for: names of colleagues and towns of the practice belong on its pages. Forms keep their values.
"""

import html
import re
from collections.abc import Callable, Iterable

from policies.phi.hits import Hit
from policies.records import Label

# Dates, places and reference numbers stand on every page of a desk.
MASKED = frozenset(
    (Label.EMAIL, Label.PHONE, Label.FAX, Label.SSN, Label.MRN, Label.HEALTH_PLAN_ID, Label.ACCOUNT, Label.LICENSE, Label.VEHICLE, Label.IP)
)
_TEXT = re.compile(r"(?<=>)[^<>]{5,}(?=<)")
_SCRIPT = re.compile(r"<(script|style|textarea|option|title)\b.*?</\1>", re.S | re.I)


def masked(page: str, patterns: Callable[[str], Iterable[Hit]]) -> tuple[str, list[Label]]:
    """`page` with each identifier between tags as `[LABEL]`, and the labels masked. `patterns` is `Scrubber.patterns`."""
    kept = [match.span() for match in _SCRIPT.finditer(page)]
    labels: list[Label] = []
    parts: list[str] = []
    at = 0
    for match in _TEXT.finditer(page):
        start, end = match.span()
        if any(first <= start < last for first, last in kept):
            continue
        text = html.unescape(match[0])
        hits = [hit for hit in patterns(text) if hit.label in MASKED]
        if not hits:
            continue
        labels += (hit.label for hit in hits)
        parts += (page[at:start], _replaced(text, hits))
        at = end
    return ("".join((*parts, page[at:])), labels) if labels else (page, labels)


def _replaced(text: str, hits: list[Hit]) -> str:
    out: list[str] = []
    at = 0
    for hit in hits:
        out += (html.escape(text[at : hit.start]), f"[{hit.label}]")
        at = hit.end
    return "".join((*out, html.escape(text[at:])))

"""Days as copy writes them."""

import re
from datetime import date

from policies.rules.patterns import Span
from policies.rules.text import Text

_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = f"(?:{'|'.join(_NAMES)})"

WRITTEN = rf"\b(?:{_MONTH}[a-z]*\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+20\d\d|{_MONTH}[a-z]*\.?,?\s+20\d\d|\d{{1,2}}/\d{{1,2}}/(?:20)?\d\d|20\d\d-\d\d-\d\d)\b"
"""A day, or a month of a year."""

_PARTS = re.compile(
    rf"(?P<month>{_MONTH})[a-z]*\.?,?\s+(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?(?P<year>20\d\d)"
    r"|(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>(?:20)?\d\d)|(?P<iso>20\d\d-\d\d-\d\d)",
    re.IGNORECASE,
)


def day_in(text: Text, span: Span) -> date | None:
    """The first day written in the span; a month alone means its last safe day, the 28th. None when there is none, or it is not in the calendar."""
    found = _PARTS.search(text.folded, *span)
    if found is None:
        return None
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["year"]:
            return date(int(found["year"]), _NAMES.index(found["month"].lower()) + 1, int(found["day"] or 28))
        return date(int(found["y"]) % 100 + 2000, int(found["m"]), int(found["d"]))
    except ValueError:
        return None

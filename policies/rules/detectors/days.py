"""Days as copy writes them."""

import re
from datetime import date

from policies.rules.patterns import Span
from policies.rules.text import Text

_NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = f"(?:{'|'.join(_NAMES)})"

WRITTEN = rf"\b(?:{_MONTH}[a-z]*\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+20\d\d|{_MONTH}[a-z]*\.?,?\s+20\d\d|\d{{1,2}}/\d{{1,2}}/(?:20)?\d\d|20\d\d-\d\d-\d\d)\b"
"""A day, or a month of a year."""

WRITTEN_OR_YEAR = rf"(?:{WRITTEN}|\b(?:19|20)\d\d\b)"

_PARTS = re.compile(
    rf"(?P<month>{_MONTH})[a-z]*\.?,?\s+(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?(?P<year>20\d\d)"
    r"|(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>(?:20)?\d\d)|(?P<iso>20\d\d-\d\d-\d\d)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


def day_in(text: Text, span: Span) -> date | None:
    """The first day written in the span; a month alone means its last safe day, the 28th, a year alone its last, or today. None when there is none, or it is not in the calendar."""
    found = _PARTS.search(text.folded, *span)
    if found is None:
        year = _YEAR.search(text.folded, *span)
        return _last_day(int(year[0]), text.today) if year else None
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        if found["year"]:
            return date(int(found["year"]), _NAMES.index(found["month"].lower()) + 1, int(found["day"] or 28))
        return date(int(found["y"]) % 100 + 2000, int(found["m"]), int(found["d"]))
    except ValueError:
        return None


def _last_day(year: int, today: date | None) -> date:
    return today if today and today.year == year else date(year, 12, 31)

"""Identifiers whose meaning depends on the day. 45 CFR 164.514(b)(2)(i)(C); which identifiers a text holds at all is the scrubber's to say."""

import re

from policies.rules.detectors.detector import Detector
from policies.rules.patterns import Span
from policies.rules.text import Text

_YEAR = re.compile(r"(?:18|19|20)\d\d")
OLDEST_STATED = 89
"""Ages above it are one category, 90 or older."""


def _implies_over_89(text: Text, span: Span) -> bool:
    year = _YEAR.search(text.folded, *span)
    return bool(year and text.today and text.today.year - int(year[0]) > OLDEST_STATED)


OLD_BIRTH_YEAR = Detector(
    name="birth_year_over_89",
    says="gives a year of birth that makes somebody older than 89",
    finds=(
        r"\b(?:birth_?year|year_?of_?birth|yob|birthyear|born(?: in)?|dob|birth_?date|date of birth)\b\"?[^\w\n]{0,4}(?:in )?(?:\d{1,2}[/-]\d{1,2}[/-])?(?:18|19)\d\d\b",
    ),
    accepts=_implies_over_89,
)

DETECTORS = (OLD_BIRTH_YEAR,)

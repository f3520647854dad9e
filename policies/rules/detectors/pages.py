"""Signals of trust on health pages: when a clinician last looked at them. Google Search Quality Rater Guidelines, YMYL; product default limits."""

from policies.rules.detectors.days import WRITTEN, WRITTEN_OR_YEAR, day_in
from policies.rules.detectors.detector import Detector
from policies.rules.patterns import Span
from policies.rules.text import Text

MONTHS_CURRENT = 24
"""How long a medical review of clinical content stays current (limits.yaml, content_freshness, other_clinical)."""


def _is_old(text: Text, span: Span) -> bool:
    day = day_in(text, span)
    if day is None or text.today is None:
        return False
    months = (text.today.year - day.year) * 12 + text.today.month - day.month
    return months > MONTHS_CURRENT or day > text.today


OLD_REVIEW = Detector(
    name="medical_review_is_old",
    says="names a day of medical review that is more than two years back",
    finds=(
        r"\b(?:(?:medically|clinically|last|fact) (?:reviewed|checked|updated)|reviewed (?:by|on)|last (?:updated|review)|date of review|reviewed:)[^\n]{0,60}?"
        + WRITTEN,
        r"\blast (?:\w+ ){0,3}(?:look|looked|check|read|revision|edit)\b[^\n.]{0,40}?" + WRITTEN_OR_YEAR,
        r"\b(?:posted|published|written|dated|from) (?:\w+ ){0,2}?"
        + WRITTEN_OR_YEAR
        + r"[^\n.]{0,40}?\b(?:never|not|nobody|hasn't|no one)\b[^\n.]{0,20}?\b(?:look|touch|review|read|updat|check|revis)\w*",
    ),
    accepts=_is_old,
)

DETECTORS = (OLD_REVIEW,)

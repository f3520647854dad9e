"""Telephone and fax numbers as people write them: North American, with a country code, national forms abroad, spelled and spaced digits.

Ranges kept for fiction (555-01xx) count: a scrubber cannot know. Sources: NANP (area and exchange start 2-9), ITU-T E.164 (at most 15 digits).
"""

import re
from collections.abc import Callable, Iterator

from policies.phi.checksums import digits_of
from policies.phi.dates import NUMERIC
from policies.phi.gate import Finder
from policies.phi.hits import Hit
from policies.records import Label

_EXTENSION = r"(?:[ ,;]{0,2}(?:ext(?:ension|n)?|x|#)\.? ?\d{1,6})?"
_BEFORE = r"(?<![\w.$€£#/-])"
PHONE = re.compile(
    rf"(?<![\w.$€£#-])(?:\+?1[-. ]{{0,2}})?(?:\([2-9]\d\d\)"
    rf"|[2-9]\d\d\)?)[-. /]{{0,3}}\(?[2-9]\d\d\)?[-. /]{{0,3}}\(?\d{{4}}\)?{_EXTENSION}(?![\w%]|[.,-]\d)",
    re.I,
)
ABROAD = re.compile(
    r"(?<![\w+])(?:(?:\+|011[- ])[1-9]\d{0,2}[-. ]{0,2}|00[1-9]\d{0,2}[-. ])(?:\(0?\d{0,5}\)|\d{1,6})(?:[-. /]{0,2}\(?\d{1,6}\)?){1,5}"
    + _EXTENSION
    + r"(?!\d)",
    re.I,
)
NATIONAL = re.compile(
    rf"{_BEFORE}(?:\(0\d{{1,4}}\)[ -]?\d{{2,8}}(?:[ -]\d{{2,5}}){{0,2}}|0\d{{1,5}}[ /-]{{1,3}}\d{{3,8}}(?:[ -]\d{{2,5}}){{0,2}}"
    r"|0\d(?:[ .-]\d\d){4}|0\d{9,10}|[6789]\d{4}[ -]\d{5}|[1-9]\d{2} \d{3} \d{3}|[69]\d\d \d\d \d\d \d\d"
    r"|\(?[1-9]\d\)?[ -]\d{4}[ -]\d{4})(?![\w%]|[.,-]\d)"
)
LOCAL = re.compile(r"(?<![\w.$€£#-])[2-9]\d\d[-. ]\d{4}(?![\w%]|[.,-]\d)")
PAIRS = re.compile(r"(?<![\w.$€£#-])\d{2,4}(?:[-. ]\d{2,4}){2,5}(?![\w%]|[.,-]\d)")
SPACED = re.compile(r"(?<![\w.$€£#-])(?:\+?1 )?[2-9](?: \d){2} (?:[-./] ?)?[2-9](?: \d){2} (?:[-./] ?)?\d(?: \d){3}(?! ?[\d%])")
SPACED_LOCAL = re.compile(r"(?<![\w.$€£#-])[2-9](?:[ -]\d){6,9}(?! ?[\d%])")
STARRED = re.compile(r"[2-9]\d\d([*~•·|_])[2-9]\d\d\1\d{4}(?![\w*])")
_TEN_IN_GROUPS = re.compile(r"[2-9]\d\d[-. ][2-9]\d\d[-. ]\d\d[-. ]\d\d")
_CUE = re.compile(
    r"\b(?:call|text|phone|tel|telephone|cell|mobile|ph|number|reach|tel[eé]fono|llam\w*|celular|cel|m[oó]vil|whatsapp|contact|ring|dial"
    r"|n[uú]mero|#)\b"
    r"[^\n]{0,24}$",
    re.I,
)
_FAX_CUE = re.compile(r"\b(?:fax|facsimile|faxed|fx)\b[^\n\d]{0,24}$", re.I)
_NOT_LOCAL = re.compile(r"\b(?:rooms?|pages?|codes?|cpt|\$)\s*$", re.I)
_YEARS = re.compile(r"(?:19|20)\d\d-(?:19|20)\d\d$")


def _label(text: str, start: int) -> Label:
    return Label.FAX if _FAX_CUE.search(text, max(0, start - 40), start) else Label.PHONE


def _cued(text: str, start: int) -> bool:
    before = max(0, start - 40)
    return bool(_CUE.search(text, before, start) or _FAX_CUE.search(text, before, start))


def _each(pattern: re.Pattern[str], holds: Callable[[str, re.Match[str]], bool]) -> Callable[[str], Iterator[Hit]]:
    def find(text: str) -> Iterator[Hit]:
        for match in pattern.finditer(text):
            if holds(text, match):
                yield Hit(match.start(), match.end(), _label(text, match.start()))

    return find


def _any(text: str, match: re.Match[str]) -> bool:
    return True


def _abroad(text: str, match: re.Match[str]) -> bool:
    return 8 <= len(digits_of(match[0])) <= 20


def _national(text: str, match: re.Match[str]) -> bool:
    """Without a country code a number must look dialled (leading zero, brackets) or be called a number."""
    if NUMERIC.fullmatch(match[0]) or not 8 <= len(digits_of(match[0])) <= 12:
        return False
    return match[0].lstrip("(").startswith("0") or _cued(text, match.start())


def _local(text: str, match: re.Match[str]) -> bool:
    return not _NOT_LOCAL.search(text, max(0, match.start() - 12), match.start()) and not _YEARS.match(match[0])


def _pairs(text: str, match: re.Match[str]) -> bool:
    """Called a number, or ten digits that begin as an American number does ("319 555 01 72")."""
    digits = digits_of(match[0])
    if not 7 <= len(digits) <= 15 or NUMERIC.fullmatch(match[0]):
        return False
    return _cued(text, match.start()) or _TEN_IN_GROUPS.fullmatch(match[0]) is not None


FINDERS = (
    Finder("phone", r"(?:\b|1)[2-9]\d\d\)?[-. /]{0,3}\(?[2-9]\d\d\)?[-. /]{0,3}\(?\d{4}", _each(PHONE, _any), digit=True),
    Finder("phone with a country code", r"\+[1-9]|\b011[- ]|\b00[1-9]", _each(ABROAD, _abroad), digit=True),
    Finder(
        "phone abroad",
        r"\b0\d{1,5}\)?[ /.-]{0,3}\d{2}|\b[6789]\d{4}[ -]\d{5}|\b\d{2,3}\)? ?-?\d{2,4}[ -]\d{2,4}",
        _each(NATIONAL, _national),
    ),
    Finder("local phone", r"\b[2-9]\d\d[-. ]\d{4}", _each(LOCAL, _local), digit=True),
    Finder("phone in groups", r"\b\d{2,4}[-. ]\d{2,4}[-. ]\d{2,4}", _each(PAIRS, _pairs), digit=True),
    Finder("phone, digit by digit", r"\b[2-9] \d \d (?:[-./] ?)?[2-9] \d \d", _each(SPACED, _any), digit=True),
    Finder(
        "local phone, digit by digit",
        r"\b[2-9](?:[ -]\d){6}",
        _each(SPACED_LOCAL, lambda text, match: _cued(text, match.start())),
        digit=True,
    ),
    Finder("phone with odd separators", r"[2-9]\d\d[*~•·|_][2-9]\d\d[*~•·|_]\d{4}", _each(STARRED, _any), digit=True),
)

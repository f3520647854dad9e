"""Default-deny for numbers: a run of five or more digits, or a mix of six or more letters and digits, goes unless it is known to be harmless.

Harmless are money, counts with a unit, doses, medical codes, years and ordinals. Digits said in words: `spoken.py`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from policies.phi.checksums import digits_of
from policies.phi.dates import NUMERIC
from policies.phi.gate import Finder
from policies.phi.hits import WEAK, Hit, joined
from policies.phi.lexicon import Lexicon, fold
from policies.records import Label

MIN_DIGITS = 5
MIN_MIX = 6

_CHUNK = re.compile(r"\S+")
_DIGIT = re.compile(r"\d")
_TOKEN = re.compile(r"[^\W_]+(?:[-_/.,:#+][^\W_]+)*")
_MONEY = re.compile(r"(?:[$€£¥]|\busd|\beur|\bmxn)\s*[\d,.]*$", re.I)
_UNIT = (
    r"(?:%|percent|mg|mcg|µg|g|kg|lbs?|pounds?|ml|cc|iu|units?|mm|cm|km|miles?|feet|ft|sq|steps?|calories|kcal|dollars?"
    r"|usd|euros?|pesos|patients?|pacientes|people|personas|reviews?|rese[nñ]as"
    r"|followers?|views?|clicks?|impressions?|visits?|visitors?|cases?|procedures?|surgeries|implants?|replacements?"
    r"|injections?|hours?|minutes?|days?|women|men|adults|children|kids|americans"
    r"|families|times|words?|subscribers|points?|cells?|participants|hz|k|m|rpm|watts?|years?|smiles|treatments?|veces"
    r"|bucks|or more|plus|\+|per)"
)
_COUNTED = re.compile(rf"\s?(?:{_UNIT})(?!\w)", re.I)
_CODE_CUE = re.compile(
    r"\b(?:cpt|hcpcs|icd(?:-?1[01])?|cdt|drg|snomed|loinc|ndc|procedure codes?|billing codes?|codes?|rev(?:ision)?)\b[^\n]{0,40}$"
    r"|\b(?:mri|ct|esi|rfa|emg|ultrasound|x-?ray|injections?|procedure|surgery|arthroscopy|colonoscopy|endoscopy|biopsy|consult|visit"
    r"|eval|therapy|graft"
    r"|crown|implant|mohs|tka|tha|acdf|fusion|repair|release|block|copay|vs\.?|or|and|to|,|/) *\(?$"
    r"|\($",
    re.I,
)
_HARMLESS = re.compile(
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,4}\.\d+|\d{1,2}(?:[:.]\d\d)?(?:[ap]m)?(?:-\d{1,2}(?:[:.]\d\d)?(?:[ap]m)?)?"
    r"|(?:19|20)\d\d[-/](?:(?:19|20)?\d\d)|\d+(?:st|nd|rd|th|s|x|k|m|w)"
    r"|\d+(?:[.,/-]\d+)?[-/]?(?:mg|mcg|ug|g|kg|lbs?|ml|cc|mm|cm|iu|units?|min|mins|minutes?|hours?|hrs?|hr|days?|weeks?"
    r"|wks?|months?|mos?|years?|yrs?|yr|yo|star|stars|step|point|part|d|in|ft|mph|gauge|nm|hz|mhz|gb|mb|tb|year-old"
    r"|month-old|week-old|day-old|ghz|amp|volt|watt|kv|fold|way|pack|page|person|bed|inch|degree|percent)s?"
    r"|[a-tv-z]\d[0-9ab](?:\.[0-9a-z]{1,4})?|[cdegjklqstv]\d{4}|covid-?\d\d|sars-?cov-?\d"
    r"|[ctls]\d{1,2}(?:[-/](?:[ctls])?\d{1,2})+|\d{1,2}-?in-?\d{1,2}|\d-on-\d|\d-for-\d|all-on-[46]|\d{1,2}/\d{1,2}/?"
    r"|\d{1,3}/\d{2,3}|hba?1c|ca-?\d{2,3}(?:-\d)?|hpv-?\d\d|brca-?[12]|her-?2|b-?12|w-?[29]|401k|403b|501c3|1099|mp[34]"
    r"|utf-?8|h\d+n\d+"
    r"|99[2-4]\d\d|nct\d{8}|isrctn\d{6,8}|\d+x\d+(?:x[\d.]+)?|[ypc]{0,2}t[0-4][a-d]?(?:mi|is)?(?:n[0-3][a-c]?)?(?:m[01])?|cha2ds2(?:-?vasc)?|cr\d{4}"
    r"|icd-?1[01](?:-cm)?|gpt-?\d|iso-?\d{4,5}|y2k|h264)$",
    re.I,
)
MAX_LANGUAGE_DIGITS = 5
_HARMLESS_LIST = re.compile(r"[a-z-]+(?:[-_/.,:#+](?:19|20)\d\d){1,2}[a-z]*$", re.I)
_VERSION_WORD = re.compile(r"([^\W\d_]+)[-]?\d{1,2}$")
_ZIP_LIKE = re.compile(r"\d{5}(?:-\d{4})?$")
_CLICK_ID = re.compile(r"\b(?:gclid|fbclid|msclkid|_fbp|_ga|wbraid|gbraid)\s*[=:]\s*([\w.-]+)", re.I)


NAME = "number that nothing explains"
GATE = r"\d"
CLICK_FINDER = Finder(
    "click id", r"(?i)clid|_fbp|_ga\b|braid", lambda text: (Hit(*match.span(1), Label.OTHER_ID) for match in _CLICK_ID.finditer(text))
)


class Residue:
    """Judges each token that holds a digit. Call only for text that `GATE` matches."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def find(self, text: str, explained: list[Hit]) -> Iterator[Hit]:
        """The numbers of `text` that no hit of `explained` covers and nothing excuses."""
        known = joined(hit for hit in explained if hit.score > WEAK)
        starts = [hit.start for hit in known]

        def covered(start: int, end: int) -> bool:
            before = bisect_right(starts, start) - 1
            return before >= 0 and end <= known[before].end

        for chunk in _CHUNK.finditer(text):
            start, end = chunk.span()
            if end - start < MIN_DIGITS or not _DIGIT.search(text, start, end) or covered(start, end):
                continue
            for match in _TOKEN.finditer(text, start, end):
                token = match[0]
                if len(token) < MIN_DIGITS or token.isalpha() or not any(char.isdigit() for char in token):
                    continue
                start, end = match.span()
                if covered(start, end) or self._harmless(token, text, start, end):
                    continue
                zip_like = _ZIP_LIKE.match(token) and token[:5] > "00500"
                yield Hit(start, end, Label.LOCATION if zip_like else Label.OTHER_ID, why=NAME)

    def _harmless(self, token: str, text: str, start: int, end: int) -> bool:
        plain = sum(char.isalnum() for char in token)
        digits = len(digits_of(token)) or sum(char.isdigit() for char in token)
        if plain < MIN_DIGITS or _HARMLESS.match(token):
            return True
        if not any(char.isalpha() for char in token):
            return self._harmless_number(token, text, start, end)
        if plain < MIN_MIX:
            return digits < MIN_DIGITS
        return self._harmless_mix(token) or bool("-" not in token and _CODE_CUE.search(text, max(0, start - 48), start) and plain <= 8)

    def _harmless_number(self, token: str, text: str, start: int, end: int) -> bool:
        if NUMERIC.fullmatch(token):  # `dates.py` has judged it
            return True
        if _MONEY.search(text, max(0, start - 12), start) or _COUNTED.match(text, end):
            return True
        longest = max(len(run) for run in re.findall(r"\d+", token)) if token.isascii() else len(token)
        if (
            longest < MIN_DIGITS
        ):  # groups: a date, hours, a range or a sum written with dots; long chains of groups are numbers of something
            return len(digits_of(token)) < 7
        return longest == MIN_DIGITS and bool(_CODE_CUE.search(text, max(0, start - 48), start))

    def _harmless_mix(self, token: str) -> bool:
        """Words joined to small numbers ("post-op-6", "iphone15", "10-year-old") are language; anything denser is an identifier."""
        if sum(char.isdigit() for char in token) > MAX_LANGUAGE_DIGITS and not _HARMLESS_LIST.match(token):
            return False
        for part in re.split(r"[-_/.,:#+]", token):
            if part.isdigit():
                if len(part) > 4:
                    return False
            elif part.isalpha():
                if part.isupper() and len(part) > 1 and fold(part) not in self._lexicon.terms and fold(part) not in self._lexicon.words:
                    return False
            elif not _HARMLESS.match(part) and not self._numbered_word(part) and len(part) >= 4:
                return False
        return True

    def _numbered_word(self, part: str) -> bool:
        match = _VERSION_WORD.match(part)
        return match is not None and (fold(match[1]) in self._lexicon.words or fold(match[1]) in self._lexicon.terms)

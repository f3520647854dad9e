"""What the practice has published about itself and may stay: its clinicians, brands, sites, phones, addresses and web hosts.

Excuses a hit only where the text says nothing personal of it: "Dr. Marsh" stays, "my husband Marsh" goes.
"""

import re
from collections.abc import Iterable

from policies.phi.checksums import digits_of
from policies.phi.hits import Hit
from policies.phi.lexicon import fold, word_set
from policies.phi.name_cues import PERSONAL, TITLES
from policies.phi.normalise import normalised
from policies.records import Label

_CLINICIAN = re.compile(r"\b(?:dr|dra|doctor|doctora|np|pa)\b\.? *$", re.I)
_CLINICIAN_FIRST = re.compile(r"(?:dr|dra|doctor|doctora)\b", re.I)
_TITLE = re.compile(rf"(?:{'|'.join(sorted(TITLES))})\b\.? *", re.I)
_CREDENTIAL = re.compile(r",? *(?:MD|DO|DDS|DMD|NP|PA-C|RN|DPM|FAAD|FAAOS)\b")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_HOST = re.compile(r"(?:https?://)?(?:www\.)?([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?:/\S*)?$", re.I)


def _flexible(text: str) -> str:
    """A pattern for `text` whatever the white space in it."""
    return r"\s+".join(re.escape(word) for word in text.split())


def _personal(text: str, hit: Hit) -> bool:
    """ "my husband Marsh": said of a person, whoever else bears the name."""
    if hit.label is not Label.NAME or _CLINICIAN_FIRST.match(text, hit.start):
        return False
    return bool(PERSONAL.search(text, max(0, hit.start - 60), hit.start))


_ROLE_MAIL = word_set(
    "info frontdesk front.desk office contact billing appointments hello scheduling support records care help team marketing news referrals"
)


def _shortens(word: str, phrase: tuple[str, ...]) -> bool:
    """Is `word` one of the phrase's, whole or cut short ("Lakeside Ortho")?"""
    return word in phrase or (len(word) > 4 and any(whole.startswith(word) for whole in phrase))


class AllowList:
    """`phrases` as published, one fact each ("Elena Marsh", "(312) 555-0142", "https://www.example.com")."""

    def __init__(self, phrases: Iterable[str]) -> None:
        texts = sorted({normalised(phrase).text.strip() for phrase in phrases if len(phrase.strip()) > 2}, key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(_flexible, texts))})(?!\w)", re.I) if texts else None
        self._phones = frozenset(
            digits[-10:] for text in texts if len(digits := digits_of(text)) in (10, 11) and not re.search(r"[A-Za-z]", text)
        )
        self._people = tuple(tuple(fold(word) for word in _WORD.findall(text)) for text in texts if not re.search(r"[\d@/]", text))
        self.words = frozenset(word for person in self._people for word in person)
        self.hosts = frozenset(match[1].lower() for text in texts if "@" not in text and (match := _HOST.match(text)))

    def excuse(self, text: str, hits: list[Hit]) -> list[Hit]:
        """`hits` without those the practice's own facts explain."""
        if self._pattern is None or not hits:
            return hits
        places = [match.span() for match in self._pattern.finditer(text)]
        # one number is often several hits (a phone, and a long number): what lies in the practice's own phone goes with it
        places += [(hit.start, hit.end) for hit in hits if hit.label in (Label.PHONE, Label.FAX) and self._own_phone(text, hit)]
        familiar = self._introduced(text, places, hits)
        return [hit for hit in hits if hit.personal or not self._explained(text, hit, places, familiar) or _personal(text, hit)]

    def _introduced(self, text: str, places: list[tuple[int, int]], hits: list[Hit]) -> frozenset[str]:
        """Surnames of clinicians whom this text names in full or by title: later mentions may be bare."""
        seen = {fold(text[start:end].split()[-1]) for start, end in places if " " in text[start:end]}
        return frozenset(
            seen
            | {self._words(text, hit)[-1] for hit in hits if hit.label is Label.NAME and self._titled(text, hit) and self._words(text, hit)}
        )

    def _words(self, text: str, hit: Hit) -> tuple[str, ...]:
        words = tuple(fold(word) for word in _WORD.findall(text[hit.start : hit.end]) if len(word) > 1)
        return words[1:] if words and words[0] in TITLES else words

    def _explained(self, text: str, hit: Hit, places: list[tuple[int, int]], familiar: frozenset[str]) -> bool:
        if hit.label is Label.EMAIL:
            local, _, host = text[hit.start : hit.end].lower().partition("@")
            return host.removeprefix("www.") in self.hosts and local in _ROLE_MAIL
        first = hit.start
        if hit.label is Label.NAME and (title := _TITLE.match(text, hit.start)):
            first = title.end()
        if any(start <= first and hit.end <= end for start, end in places):
            return True
        if hit.label is Label.LOCATION:
            named = {fold(word) for word in _WORD.findall(text[hit.start : hit.end])}
            return bool(named) and any(all(_shortens(word, phrase) for word in named) for phrase in self._people)
        if hit.label is Label.NAME:
            words = self._words(text, hit)
            return self._titled(text, hit) or (len(words) == 1 and words[0] in familiar)
        return False

    def _own_phone(self, text: str, hit: Hit) -> bool:
        return not hit.personal and re.sub(r"^(?:00|011)?1(?=\d{10}$)", "", digits_of(text[hit.start : hit.end])) in self._phones

    def _titled(self, text: str, hit: Hit) -> bool:
        """A clinician of the practice, by title or credential, named by some part of the published name."""
        clinician = _CLINICIAN.search(text, max(0, hit.start - 12), hit.start) or _CLINICIAN_FIRST.match(text, hit.start)
        if not (clinician or _CREDENTIAL.match(text, hit.end)):
            return False
        words = self._words(text, hit)
        return bool(words) and any(set(words) <= set(person) for person in self._people)

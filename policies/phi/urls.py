"""Web addresses, read rather than matched: a public page survives, an address that points at a person does not.

Personal are social profiles, personal hosts, user paths, query values beyond campaign tags, and any path word that is not an ordinary word.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from policies.phi.gate import Finder
from policies.phi.hits import Hit
from policies.phi.identifiers import URL, files
from policies.phi.lexicon import Lexicon, fold, word_set
from policies.phi.name_cues import CREDENTIALS
from policies.records import Label

_SOCIAL = (
    "facebook.com",
    "instagram.com",
    "tiktok.com",
    "linkedin.com",
    "twitter.com",
    "x.com",
    "snapchat.com",
    "pinterest.com",
    "reddit.com",
    "youtube.com",
    "youtu.be",
    "threads.net",
    "t.me",
    "wa.me",
    "venmo.com",
    "fb.com",
)
_HOSTING = (
    "wordpress.com",
    "blogspot.com",
    "tumblr.com",
    "github.io",
    "substack.com",
    "wixsite.com",
    "weebly.com",
    "caringbridge.org",
    "gofundme.com",
    "medium.com",
    "linktr.ee",
    "sites.google.com",
    "dropbox.com",
    "drive.google.com",
    "photos.google.com",
)
_SAFE_PARAMETERS = re.compile(r"(?:utm_\w+|page|lang|hl|sort)=[A-Za-z_+-]{0,40}\d{0,4}$", re.I)
_CAMEL = re.compile(r"(?<=[A-Za-z][a-z]{2})(?<!Mac)(?<!Van)(?<!Del)(?=[A-Z][a-z])")  # "NewPatientForm" are three words
_PAIR = re.compile(r"[?&;#]([^=&;#]*)=([^&;#]*)")
_HOST = re.compile(r"^[a-z]+://", re.I)
_FIVE_DIGITS = re.compile(r"\d{5}")
_PERSON_KEY = re.compile(
    r"(?:patient|pid|mrn|user|lead|f?name|l?name|^fn|^ln|^first|^last|given|surname|city|^ct|street|zip|nombre|apellido|member|acct|account"
    r"|e?mail|phone|tel|dob|ssn|(?:^|_)id)$",
    re.I,
)
# One person's page by its address; on any other page only the values of the query point at somebody.
_PERSONAL_PAGE = re.compile(
    r"portal|inbox|unsubscribe|opt-?out|chart|account|/my\b|patient|paciente|member|results|invite|invitation|login|verify", re.I
)
_LONG_NUMBER = re.compile(r"(?<!\d)(?!(?:19|20)\d\d(?!\d))\d{3,}")  # a year is none
_WORD = re.compile(r"[^\W\d_]+")
_BRANDED = word_set("www html htm php aspx com org net faq blog index en us seo cta")
_EXTENSION = re.compile(r"\.(?:html?|php|aspx?)$", re.I)


# A host's ending or a file's; "J.D." is neither.
GATE = (
    r"(?i)://|www\.|[a-z0-9-]\.(?:com|org|net|edu|gov|mil|io|co|us|info|biz|health|care|clinic|dental|me|es|mx|uk|ca|example|test|invalid"
    r"|de|fr|in|tv|ly|app)"
    r"(?:[^a-z0-9]|$)|\.(?:jpe?g|png|gif|heic|tiff?|bmp|dcm|mp4|mov|avi|webp|pdf|docx?|xlsx?|csv|txt|rtf)"
)


_MINE = re.compile(r"\bmy (?:own |personal )?(?:site|website|web page|page|blog|link|profile|portfolio|channel)\b.{0,12}$", re.I)


class UrlReader:
    """Finds personal addresses and file names that hold a name."""

    def __init__(self, lexicon: Lexicon, own_hosts: frozenset[str], own_words: frozenset[str] = frozenset()) -> None:
        self._own_words = own_words
        self._lexicon = lexicon
        self._own_hosts = own_hosts

    def finder(self) -> Finder:
        return Finder("web address", GATE, self.find)

    def find(self, text: str) -> Iterator[Hit]:
        for match in URL.finditer(text):
            address = match[0].rstrip(".,;:!?*")
            mine = _MINE.search(text, max(0, match.start() - 30), match.start())
            if mine or self._personal(address.partition("?")[0]):
                yield Hit(match.start(), match.start() + len(address), Label.URL)
            elif "?" in address:
                values = list(self._values(address, match.start()))
                own = self._own(_HOST.sub("", address).partition("/")[0].partition("?")[0].lower().removeprefix("www."))
                if own and not any(hit.label is Label.EMAIL or hit.personal for hit in values):
                    continue  # the practice's own page with its own settings
                if _PERSONAL_PAGE.search(address.partition("?")[0]) and any(hit.label is not Label.NAME for hit in values):
                    yield Hit(match.start(), match.start() + len(address), Label.URL)
                else:
                    yield from values
        for match in files(text):
            if not self._ordinary(_CAMEL.sub(" ", match[0][: match.start(1) - match.start()])):
                image = match[1].lower() not in ("pdf", "doc", "docx", "xls", "xlsx", "csv", "txt", "rtf")
                yield Hit(match.start(), match.end(), Label.PHOTO if image else Label.OTHER_ID)

    def _values(self, address: str, start: int) -> Iterator[Hit]:
        """The query values of a public page that may point at a person; the page itself stays."""
        for pair in _PAIR.finditer(address, address.index("?")):
            value = unquote(pair[2])
            if not value or (_SAFE_PARAMETERS.match(pair[0][1:]) and not self._names_somebody(value)):
                continue
            is_person_s = _PERSON_KEY.search(pair[1]) is not None
            if is_person_s or not self._ordinary(value.replace("+", " ")):
                label = Label.EMAIL if "@" in value else Label.OTHER_ID if any(char.isdigit() for char in value) else Label.NAME
                yield Hit(start + pair.start(2), start + pair.end(2), label, is_person_s or _FIVE_DIGITS.search(value) is not None)

    def _personal(self, address: str) -> bool:
        rest = address.split("://", 1)[-1]
        host, _, path = re.sub(r"[?#]", r"/\g<0>", rest, count=1).partition("/")
        host = host.lower().removeprefix("www.")
        path, _, query = path.partition("?")
        path, _, fragment = path.partition("#")
        query, _, late_fragment = query.partition("#")
        labels = host.split(".")
        if len(labels) > 2 and not self._own(host) and len(labels[0]) > 5 and not self._ordinary(labels[0]):
            return True
        if "@" in host or re.search(r":\d|^\d", host):
            return True
        if (_belongs(host, _SOCIAL) and path.strip("/")) or _belongs(host, _HOSTING):
            return not self._own(host)
        if query and not all(_SAFE_PARAMETERS.match(pair) for pair in query.split("&") if pair):
            return True
        if self._names_somebody(labels[0]) or (path and self._names_somebody(unquote(path))):
            return True
        if self._own(host) and not re.search(r"\d{4,}", path):
            return False
        path = _EXTENSION.sub("", unquote(path))
        return not all(self._ordinary(part) for part in (path, fragment, late_fragment))

    def _own(self, host: str) -> bool:
        return any(host == own or host.endswith("." + own) for own in self._own_hosts)

    def _names_somebody(self, text: str) -> bool:
        """Do a given name and a surname stand side by side ("maria-gonzalez", "will-young-md"), other than the practice's own people?"""
        words = [fold(word) for word in _WORD.findall(text)]
        for first, last, after in zip(words, words[1:], [*words[2:], ""], strict=False):
            given, family = self._lexicon.names.get(first, ""), self._lexicon.names.get(last, "")
            if first in self._own_words and last in self._own_words:
                continue
            if ("F" in given and "L" in family) or (given and family and after in CREDENTIALS):
                return True
        return False

    def _ordinary(self, text: str) -> bool:
        if "~" in text or _LONG_NUMBER.search(text):
            return False
        for word in _WORD.findall(text):
            token = fold(word)
            known = token in self._lexicon.words or token in self._lexicon.terms or token in _BRANDED or len(token) < 3
            known = known or token.removesuffix("s") in self._lexicon.words or token in self._lexicon.towns
            known = known or token in self._lexicon.eponyms or token in self._lexicon.rare_words
            if not known or self._lexicon.names.get(token, "x").isupper():
                return False
        return True


def _belongs(host: str, sites: tuple[str, ...]) -> bool:
    return any(host == site or host.endswith("." + site) for site in sites)

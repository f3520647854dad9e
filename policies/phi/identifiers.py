"""Electronic and numbered identifiers by shape and checksum: email, handle, SSN, card, plan, licence, vehicle, device, IP, file names.

Telephones, labelled numbers, names, places and dates have their own files; what no shape explains is `residue.py`'s to judge.
Source: 45 CFR 164.514(b)(2)(i)(D)-(R).
"""

import ipaddress
import re
from collections.abc import Callable, Iterator

from policies.phi.checksums import digits_of, iban, luhn, nanp, npi, ssn, vin
from policies.phi.gate import Finder
from policies.phi.hits import Hit
from policies.phi.lexicon import word_set
from policies.records import Label

_TLD = r"(?:com|org|net|edu|gov|mil|io|co|us|info|biz|health|care|clinic|dental|me|es|mx|uk|ca|example|test|invalid)"
_DOT = r"(?:\s*(?:\(dot\)|\[dot\]|\{dot\}|\(punto\)|\[\.\]|\(\.\))\s*|\s+(?:dot|punto)\s+)"
_AT = r"(?:\s*(?:\(at\)|\[at\]|\{at\}|<at>|\[@\]|\(@\)|\(arroba\))\s*|\s+(?:arroba)\s+)"
_LOCAL = r"[\w+'-]{1,64}(?:(?:\.|" + _DOT + r")[\w+'-]{1,64}){0,4}"
_WEBMAIL = r"(?:gmail|yahoo|hotmail|outlook|icloud|aol|proton|protonmail|live|msn|comcast|verizon|att|gmx|yandex|mail|ymail|me)"

EMAIL = re.compile(
    r"[\w.+'~!#$*^-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}|[\w.+-]{1,64} ?@ ?[\w-]{1,63}(?: ?\. ?[\w-]{1,63}){0,3} ?\. ?" + _TLD + r"\b",
    re.I,
)
EMAIL_WORDS = re.compile(
    rf"(?<![\w.+-])(?:{_LOCAL}{_AT}[\w-]+(?:(?:\.|{_DOT})[\w-]+){{0,3}}(?:(?:\.|{_DOT}){_TLD})\b"
    rf"|{_LOCAL}\s+at\s+[\w-]+(?:(?:\.|{_DOT})[\w-]+){{0,2}}{_DOT}{_TLD}\b"
    rf"|{_LOCAL}\s+at\s+{_WEBMAIL}\s?\.\s?(?:com|net|me|mx)\b"
    rf"|[\w+-]{{0,40}}[._\d][\w.+-]{{0,40}}\s+at\s+[\w-]+(?:\.[\w-]+)*\.{_TLD}\b)",
    re.I,
)
# The first words of "reach me: jane dot doe at ..." belong to the sentence, not to the address.
HANDLE = re.compile(r"(?<![\w.@/])@[A-Za-z_][\w.]{2,40}")

SSN = re.compile(r"(?<![\w-])\d{3}([-. ])\d{2}\1\d{4}(?![\w-])")
SSN_LABELLED = re.compile(
    r"\b(?:ssn|ss ?#|itin|social(?: security)?|seguro social)\b(?:\s*(?:number|num|no\.?|n[uú]mero))?[^\d\n]{0,24}?(\d[\d -]{2,12}\d)", re.I
)
CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
_TAIL = r"\b(?:end(?:ing|s)?(?: in| with)?|last (?:four|4)(?: digits)?|termina(?: en)?|[uú]ltimos (?:cuatro|4)(?: d[ií]gitos)?)\b"
_CARD_WORD = r"\b(?:card|cc|visa|mastercard|mc|amex|discover|disc|debit|credit|tarjeta|account|acct|checking)\b"
CARD_TAIL = re.compile(rf"{_CARD_WORD}[^\d\n]{{0,30}}{_TAIL}[^\d\n]{{0,12}}(\d{{4}})\b", re.I)
_SSN_WORD = r"(?:\b(?:ssn?|social(?: security)?(?: number)?|seguro social)\b ?#?)"
SSN_TAIL = re.compile(
    rf"{_SSN_WORD}[^\d\n]{{0,60}}{_TAIL}[^\d\n]{{0,12}}(\d{{4}})\b"
    rf"|{_TAIL}(?: of| de)?(?: my| the| his| her| mi| su)? {_SSN_WORD}[^\d\n]{{0,12}}(\d{{4}})\b",
    re.I,
)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
MBI = re.compile(
    r"(?<![\w-])[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[- ]?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[- ]?[AC-HJKMNP-RT-Y]{2}\d\d(?![\w-])",
    re.I,
)
VIN = re.compile(r"(?<!\w)[A-HJ-NPR-Z0-9]{17}(?!\w)", re.I)
NPI = re.compile(r"(?<![\w.-])[12]\d{9}(?![\w-])")
DEA = re.compile(r"(?<!\w)[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?!\w)")
MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])", re.I)
UUID = re.compile(r"(?<!\w)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!\w)", re.I)
_DEVICE_CUE = re.compile(r"\b(?:device|idfa|gaid|aaid|advertising|udi|android|ios|pump|monitor)\b[^\n]{0,30}$", re.I)
PLATE = re.compile(
    r"\b(?:plates?|placas?|tag)\b(?: del? (?:carro|coche|auto|veh[ií]culo))?(?: ?(?:number|no\.?"
    r"|#))?[: ]*(?:is )?((?=[A-Z0-9 -]*\d)[A-Z0-9]{1,4}(?:[ -][A-Z0-9]{2,5}){1,3})\b",
    re.I,
)
IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.I)
FILE = re.compile(
    r"(?<![\w.%+()'-])[\w%+()'-]{1,120}(?:\.[\w-]{1,60}){0,4}\.(jpe?g|png|gif|heic|tiff?|bmp|dcm|mp4|mov|avi|webp|pdf|docx?"
    r"|xlsx?|csv|txt|rtf)\b",
    re.I,
)
_FILE_NUMBER = re.compile(r"(?<!\d)(?!(?:19|20)\d\d(?!\d))\d{3,}|\d[-_.]\d{1,2}[-_.]\d")  # a year or "v7" is no number of anybody
PHOTOS = word_set("jpg jpeg png gif heic tif tiff bmp dcm mp4 mov avi webp")

URL = re.compile(
    r"(?<![\w@.])(?:(?:https?|ftp)://|www\.)[^\s<>\"'()\[\]{}\ue000,]+|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,6}"
    + _TLD
    + r"(?:/[^\s<>\"'()\[\]{}\ue000,]*)?(?![\w@-])",
    re.I,
)


def files(text: str) -> Iterator[re.Match[str]]:
    """File names, also at the end of a path; the last part of a web address is the address's."""
    found = list(FILE.finditer(text))
    addresses = [match.span() for match in URL.finditer(text)] if found else []
    for match in found:
        if not any(start < match.start() < end for start, end in addresses):
            yield match


def _numbered_files(text: str) -> Iterator[Hit]:
    for match in files(text):
        if _FILE_NUMBER.search(match[0][: match.start(1) - match.start()]):
            yield Hit(match.start(), match.end(), Label.PHOTO if match[1].lower() in PHOTOS else Label.OTHER_ID)


def shape(
    pattern: re.Pattern[str], label: Label, holds: Callable[[str], bool] | None = None, *, otherwise: Label | None = None, group: int = 0
) -> Callable[[str], Iterator[Hit]]:
    """A finder of `pattern`: `label` where `holds(matched text)`, else `otherwise`, else nothing."""

    def find(text: str) -> Iterator[Hit]:
        for match in pattern.finditer(text):
            found = label if holds is None or holds(match[group]) else otherwise
            if found is not None:
                yield Hit(match.start(group), match.end(group), found)

    return find


def _uuids(text: str) -> Iterator[Hit]:
    for match in UUID.finditer(text):
        cued = _DEVICE_CUE.search(text, max(0, match.start() - 40), match.start())
        yield Hit(match.start(), match.end(), Label.DEVICE_ID if cued else Label.OTHER_ID)


def _ssn_tails(text: str) -> Iterator[Hit]:
    for match in SSN_TAIL.finditer(text):
        group = 1 if match[1] else 2
        yield Hit(match.start(group), match.end(group), Label.SSN)


def _octets(text: str) -> bool:
    return all(int(part) < 256 for part in text.split("."))


def _ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return len(text) > 3


ADDRESSES = (
    Finder("email address", r"@", shape(EMAIL, Label.EMAIL)),
    Finder(
        "email address in words",
        r"(?i)arroba|[(\[{<](?:at|@|dot|punto|\.)[)\]}>]|\b(?:dot|punto)\b|\bat\s+[\w.-]+\s?\.\s?(?:com|net|org|edu|me|mx|example|test)",
        shape(EMAIL_WORDS, Label.EMAIL),
    ),
)
FINDERS = (
    Finder("handle", r"@[A-Za-z_]", shape(HANDLE, Label.OTHER_ID)),
    Finder(
        "SSN",
        r"\b\d{3}[-. ]\d{2}[-. ]\d{4}",
        shape(SSN, Label.SSN, lambda text: ssn(digits_of(text)), otherwise=Label.OTHER_ID),
        digit=True,
    ),
    Finder("SSN by its label", r"(?i)\b(?:ssn|ss ?#|itin|social)", shape(SSN_LABELLED, Label.SSN, group=1), digit=True),
    Finder(
        "payment card",
        r"\b\d(?:[ -]?\d){12}",
        shape(CARD, Label.ACCOUNT, lambda text: luhn(digits_of(text)), otherwise=Label.OTHER_ID),
        digit=True,
    ),
    Finder(
        "end of a card number",
        r"(?i)card|\bcc\b|\bmc\b|visa|amex|\bdisc|debit|credit|tarjeta|account|acct|checking",
        shape(CARD_TAIL, Label.ACCOUNT, group=1),
        digit=True,
    ),
    Finder("end of an SSN", r"(?i)\bss(?:n|#|\b)|social", _ssn_tails, digit=True),
    Finder("plate", r"(?i)plates?\b|placas?\b|\btag\b", shape(PLATE, Label.VEHICLE, group=1), digit=True),
    Finder(
        "Medicare number",
        r"(?i)\b[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d[- ]?[AC-HJKMNP-RT-Y]",
        shape(MBI, Label.HEALTH_PLAN_ID),
        digit=True,
    ),
    Finder("VIN", r"\b[A-HJ-NPR-Za-hj-npr-z0-9]{8}[0-9Xx][A-HJ-NPR-Za-hj-npr-z0-9]{8}\b", shape(VIN, Label.VEHICLE, vin)),
    Finder("IBAN", r"\b[A-Z]{2}\d{2} ?[A-Z0-9]{4}", shape(IBAN, Label.ACCOUNT, iban, otherwise=Label.OTHER_ID), digit=True),
    Finder("NPI", r"\b[12]\d{9}\b", shape(NPI, Label.LICENSE, lambda text: npi(text) and not nanp(text)), digit=True),
    Finder("DEA number", r"\b[A-Z][A-Z9]\d{7}\b", shape(DEA, Label.LICENSE), digit=True),
    Finder("MAC address", r"(?i)\b[0-9a-f]{2}[:-][0-9a-f]{2}[:-][0-9a-f]{2}[:-]", shape(MAC, Label.DEVICE_ID), digit=True),
    Finder("IP address", r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d", shape(IPV4, Label.IP, _octets), digit=True),
    Finder("IPv6 address", r"(?i):[0-9a-f]{0,4}:", shape(IPV6, Label.IP, _ipv6)),
    Finder("UUID", r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-", _uuids),
    Finder("file name", r"(?i)\.(?:jpe?g|png|gif|heic|tiff?|bmp|dcm|mp4|mov|avi|webp|pdf|docx?|xlsx?|csv|txt|rtf)\b", _numbered_files),
)

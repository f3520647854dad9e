"""Numbered and electronic identifiers by shape, checksum or label: email, phone, fax, SSN, record, plan, account, licence, vehicle, device, URL, IP.

Names, places and dates have their own files; what no shape here explains is `residue.py`'s to judge.
Source: 45 CFR 164.514(b)(2)(i)(D)-(R).
"""

import ipaddress
import re
from collections.abc import Callable, Iterator

from policies.phi.checksums import digits_of, iban, luhn, nanp, npi, ssn, vin
from policies.phi.hits import Hit
from policies.phi.lexicon import word_set
from policies.records import Label

_TLD = r"(?:com|org|net|edu|gov|mil|io|co|us|info|biz|health|care|clinic|dental|me|es|mx|uk|ca|example|test|invalid)"
_DOT = r"(?:\s*(?:\(dot\)|\[dot\]|\{dot\}|\(punto\)|\[\.\]|\(\.\))\s*|\s+(?:dot|punto)\s+)"
_AT = r"(?:\s*(?:\(at\)|\[at\]|\{at\}|<at>|\[@\]|\(@\)|\(arroba\))\s*|\s+(?:arroba)\s+)"
_LOCAL = r"[\w+'-]{1,64}(?:(?:\.|" + _DOT + r")[\w+'-]{1,64}){0,4}"
_WEBMAIL = r"(?:gmail|yahoo|hotmail|outlook|icloud|aol|proton|protonmail|live|msn|comcast|verizon|att|gmx|yandex|mail|ymail|me)"

EMAIL = re.compile(
    r"[\w.+'~!#$&*/=?^{|}-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}|[\w.+-]{1,64} ?@ ?[\w-]{1,63}(?: ?\. ?[\w-]{1,63}){0,3} ?\. ?"
    + _TLD
    + r"\b",
    re.I,
)
EMAIL_WORDS = re.compile(
    rf"(?<![\w.+-])(?:{_LOCAL}{_AT}[\w-]+(?:(?:\.|{_DOT})[\w-]+){{0,3}}(?:(?:\.|{_DOT}){_TLD})\b"
    rf"|{_LOCAL}\s+at\s+[\w-]+(?:(?:\.|{_DOT})[\w-]+){{0,2}}{_DOT}{_TLD}\b"
    rf"|{_LOCAL}\s+at\s+{_WEBMAIL}\s?\.\s?(?:com|net|me|mx)\b"
    rf"|[\w+-]*[._\d][\w.+-]*\s+at\s+[\w-]+(?:\.[\w-]+)*\.{_TLD}\b)",
    re.I,
)
# The first words of "reach me: jane dot doe at ..." belong to the sentence, not to the address.
HANDLE = re.compile(r"(?<![\w.@/])@[A-Za-z_][\w.]{2,40}")

PHONE = re.compile(
    r"(?<![\w.$€£#-])(?:\+?1[-. ]{0,2})?(?:\([2-9]\d\d\)|[2-9]\d\d)[-. /]{0,3}[2-9]\d\d[-. ]{0,3}\d{4}(?:[ ,;]{0,2}(?:ext"
    r"|extension|x|#)\.? ?\d{1,6})?(?![\w%]|[.,-]\d)",
    re.I,
)
PHONE_ABROAD = re.compile(
    r"(?<![\w+])(?:(?:\+|011[- ])[1-9]\d{0,2}[-. ]?|00[1-9]\d{0,2}[-. ])(?:\(\d{1,5}\)|\d{1,5})(?:[-. ]?\d{1,5}){1,5}(?!\d)"
)
PHONE_LOCAL = re.compile(r"(?<![\w.$€£#-])[2-9]\d\d[-. ]\d{4}(?![\w%]|[.,-]\d)")
PHONE_PAIRS = re.compile(r"(?<![\w.$€£#-])\d{2,4}(?:[-. ]\d{2,4}){2,5}(?![\w%]|[.,-]\d)")
PHONE_SPACED = re.compile(r"(?<![\w.$€£#-])(?:\+?1 )?[2-9](?: \d){2} [2-9](?: \d){6}(?! ?[\d%])")
_SPACED_DIGITS = re.compile(r"\d \d \d ")
PHONE_STARRED = re.compile(r"[2-9]\d\d([*~•·|])[2-9]\d\d\1\d{4}(?![\w*])")
_PHONE_CUE = re.compile(
    r"\b(?:call|text|phone|tel|telephone|cell|mobile|ph|number|reach|tel[eé]fono|llam\w*|celular|m[oó]vil|whatsapp|contact)\b[^\n]{0,24}$",
    re.I,
)
_FAX_CUE = re.compile(r"\b(?:fax|facsimile|faxed|fx)\b[^\n\d]{0,24}$", re.I)
_NOT_LOCAL_PHONE = re.compile(r"\b(?:rooms?|pages?|codes?|cpt|\$)\s*$", re.I)

SSN = re.compile(r"(?<![\w-])\d{3}([-. ])\d{2}\1\d{4}(?![\w-])")
SSN_LABELLED = re.compile(
    r"\b(?:ssn|ss ?#|itin|social(?: security)?|seguro social)\b(?:\s*(?:number|num|no\.?|n[uú]mero))?[^\d\n]{0,24}?(\d[\d -]{2,12}\d)", re.I
)
CARD = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")
CARD_TAIL = re.compile(
    r"\b(?:card|visa|mastercard|amex|discover|tarjeta|account|acct)\b[^\d\n]{0,30}\b(?:ending|ends|last (?:four"
    r"|4)(?: digits)?|termina)\b[^\d\n]{0,12}(\d{4})\b",
    re.I,
)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b")
MBI = re.compile(
    r"(?<![\w-])[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d\d(?![\w-])", re.I
)
VIN = re.compile(r"(?<!\w)[A-HJ-NPR-Z0-9]{17}(?!\w)", re.I)
NPI = re.compile(r"(?<![\w.-])[12]\d{9}(?![\w-])")
DEA = re.compile(r"(?<!\w)[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?!\w)")
MAC = re.compile(r"(?<![\w:-])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![\w:-])", re.I)
UUID = re.compile(r"(?<!\w)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!\w)", re.I)
_DEVICE_CUE = re.compile(r"\b(?:device|idfa|gaid|aaid|advertising|udi|android|ios|pump|monitor)\b[^\n]{0,30}$", re.I)
PLATE = re.compile(
    r"\b(?:plates?|placas?|tag)\b(?: ?(?:number|no\.?|#))?[: ]*(?:is )?((?=[A-Z0-9 -]*\d)[A-Z0-9]{1,4}[ -][A-Z0-9]{2,5})\b", re.I
)
IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)")
IPV6 = re.compile(r"(?<![\w:.])[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?![\w:])", re.I)
FILE = re.compile(
    r"(?<![\w.%+()-])[\w%+()-]{1,120}(?:\.[\w-]{1,60}){0,4}\.(jpe?g|png|gif|heic|tiff?|bmp|dcm|mp4|mov|avi|webp|pdf|docx?"
    r"|xlsx?|csv|txt|rtf)\b",
    re.I,
)
_PHOTOS = word_set("jpg jpeg png gif heic tif tiff bmp dcm mp4 mov avi webp")

_SIGN = r"\s*(?:numbers?|num\b\.?|nos?\b\.?|n[uú]mero|nbr\.?|id|#|code|ending in)?\s*(?:is|es|was|:|=|#|-|of)?\s*[:#]?\s*"
_VALUE = r"((?=[\w./-]{0,30}\d)[A-Z0-9][\w./-]{%d,40}(?: \d{3,6}\b){0,3})"
_SURE = r"\b(?:%s)\b\.?" + _SIGN + _VALUE % 1
# A word with an everyday meaning counts as a label only when "number", "#", ":" or "id" follows it, and then with at least three characters.
_MAYBE = (
    r"\b(?:%s)\s*(?:numbers?|num\b\.?|no\b\.?|n[uú]mero|nbr\.?|ids?\b|#|code|:)\s*(?:is|es|:|=|#)?\s*[:#]?\s*"
    + _VALUE % 2
    + r"|\b(?:%s) +((?=[A-Z0-9-]*\d)(?:[A-Z]{1,4}-?\d{3,}|\d{5,}|(?!19|20)\d{4}\b)[\w-]*)"
)

_LABELLED: tuple[tuple[Label, str, str], ...] = (
    (
        Label.MRN,
        "mrn|m\\.r\\.n|medical record|med rec|emr|ehr|encounter id|accession|pat(?:ient)? ?id|expediente|historia cl[ií]nica"
        "|chart ?#|chart n(?:o|umber)",
        "chart|record|patient|pt|encounter|case|folder|specimen|referral",
    ),
    (
        Label.HEALTH_PLAN_ID,
        "mbi|medicare|medicaid|member ?id|subscriber ?id|hicn|beneficiary|rx ?bin|rx ?pcn|rx ?grp|poliza|p[oó]liza|afiliado",
        "member|membership|subscriber|policy|group|plan|insurance|claim|bcbs|aetna|cigna|humana|seguro|authorization|auth",
    ),
    (
        Label.ACCOUNT,
        "acct|account ?(?:#|no|number|id)|iban|routing|guarantor|cuenta n[uú]mero|bank account",
        "account|invoice|bill|billing|statement|receipt|payment|transaction|check|card|cuenta|factura|tarjeta|loan|balance",
    ),
    (
        Label.LICENSE,
        "npi|dea|dl ?#|driver'?s? licen[sc]e|licen[sc]e (?:#|no|number)|passport|licencia",
        "licen[sc]e|lic|certificate|cert|passport|permit|registration|green card|visa|pasaporte",
    ),
    (Label.VEHICLE, "vin|license plate|licence plate|plate (?:#|no|number)|placas?|tag #", "plate|tag|vehicle|placa"),
    (
        Label.DEVICE_ID,
        "imei|meid|udi|idfa|gaid|mac address|serial|s/n|device (?:id|serial|number)|lot (?:#|no|number)",
        "device|implant|serial|pacemaker|pump|lot|model|sensor|cgm|hearing aid|cpap",
    ),
    (Label.BIOMETRIC, "fingerprint|voice ?print|face ?print|retina(?:l)? scan|iris scan|biometric|palm ?print|huella", "template|scan"),
    (
        Label.OTHER_ID,
        "prescription|rx ?#|employee id|student id|badge|confirmation (?:#|no|number|code)|gclid|fbclid|msclkid|tracking id"
        "|user ?id|client ?id|session ?id|cookie",
        "rx|employee|student|ticket|reference|ref|confirmation|tracking|user|client|session|customer|booking|reservation|order"
        "|pin|password|passcode|code word|id",
    ),
)
_LABELS: tuple[tuple[Label, re.Pattern[str]], ...] = tuple(
    (label, re.compile(_SURE % sure + "|" + _MAYBE % (maybe, maybe), re.I)) for label, sure, maybe in _LABELLED
)
# "my PIN is 8842": what is said to be a secret is one; a surgeon's pin has a length instead.
SECRET = re.compile(
    r"\b(?:pin|passcode|pass ?code|password|contraseña|clave)\b(?: (?:number|code))? *(?:is|es|was|=|:) *(?=[\w-]*\d)([\w-]{3,20})\b"
    r"(?! ?(?:mm|cm|inch|percent|years?)\b|%)",
    re.I,
)
_COUNTED = re.compile(
    r"(?:\d{1,2}|(?:19|20)\d\ds?|\d+(?:st|nd|rd|th|x|%|k)|\d{1,3}(?:am|pm|mg|ml|mm|cm|hr|hrs|days?|weeks?|years?)|24/7"
    r"|[01]?\d[:.]\d\d(?:am|pm)?|covid-?19)$",
    re.I,
)

URL = re.compile(
    r"(?<![\w@.])(?:(?:https?|ftp)://|www\.)[^\s<>\"'()\[\]{}\ue000,]+|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,6}"
    + _TLD
    + r"(?:/[^\s<>\"'()\[\]{}\ue000,]*)?(?![\w@-])",
    re.I,
)


def emails(text: str) -> Iterator[Hit]:
    """Addresses, also spaced or spelled ("jane dot doe at example dot com"), and social handles."""
    if "@" in text:
        for match in EMAIL.finditer(text):
            yield Hit(match.start(), match.end(), Label.EMAIL)
        for match in HANDLE.finditer(text):
            yield Hit(match.start(), match.end(), Label.OTHER_ID)
    for match in EMAIL_WORDS.finditer(text):
        yield Hit(match.start(), match.end(), Label.EMAIL)


def numbers(text: str) -> Iterator[Hit]:
    """Every kind of identifier that holds digits. Call only for text with at least one digit."""
    yield from _phones(text)
    yield from _checked(text)
    yield from _labelled(text)
    for match in files(text):
        label = Label.PHOTO if match[1].lower() in _PHOTOS else Label.OTHER_ID
        if any(char.isdigit() for char in match[0][: match.start(1) - match.start()]):
            yield Hit(match.start(), match.end(), label)


def files(text: str) -> Iterator[re.Match[str]]:
    """File names, also at the end of a path; the last part of a web address is the address's."""
    found = list(FILE.finditer(text))
    addresses = [match.span() for match in URL.finditer(text)] if found else []
    for match in found:
        if not any(start < match.start() < end for start, end in addresses):
            yield match


def _phones(text: str) -> Iterator[Hit]:
    def label(start: int) -> Label:
        return Label.FAX if _FAX_CUE.search(text, max(0, start - 40), start) else Label.PHONE

    for match in PHONE.finditer(text):
        yield Hit(match.start(), match.end(), label(match.start()))
    for match in PHONE_ABROAD.finditer(text):
        if 8 <= len(digits_of(match[0])) <= 15:
            yield Hit(match.start(), match.end(), label(match.start()))
    if _SPACED_DIGITS.search(text):
        for match in PHONE_SPACED.finditer(text):
            yield Hit(match.start(), match.end(), label(match.start()))
    for match in PHONE_STARRED.finditer(text):
        yield Hit(match.start(), match.end(), label(match.start()))
    for match in PHONE_LOCAL.finditer(text):
        if not _NOT_LOCAL_PHONE.search(text, max(0, match.start() - 12), match.start()) and not _year_range(match[0]):
            yield Hit(match.start(), match.end(), label(match.start()))
    for match in PHONE_PAIRS.finditer(text):
        cued = _PHONE_CUE.search(text, max(0, match.start() - 40), match.start()) or _FAX_CUE.search(
            text, max(0, match.start() - 40), match.start()
        )
        if cued and 7 <= len(digits_of(match[0])) <= 15:
            yield Hit(match.start(), match.end(), label(match.start()))


def _year_range(text: str) -> bool:
    return len(text) == 9 and text[4] == "-"


def _checked(text: str) -> Iterator[Hit]:
    for match in SSN.finditer(text):
        yield Hit(match.start(), match.end(), Label.SSN if ssn(digits_of(match[0])) else Label.OTHER_ID)
    for match in SSN_LABELLED.finditer(text):
        yield Hit(match.start(1), match.end(1), Label.SSN)
    for match in CARD.finditer(text):
        yield Hit(match.start(), match.end(), Label.ACCOUNT if luhn(digits_of(match[0])) else Label.OTHER_ID)
    for pattern, label in ((CARD_TAIL, Label.ACCOUNT), (PLATE, Label.VEHICLE)):
        for match in pattern.finditer(text):
            yield Hit(match.start(1), match.end(1), label)
    for pattern, label, holds in _SHAPES:
        for match in pattern.finditer(text):
            if holds(match[0]):
                yield Hit(match.start(), match.end(), label)
    for match in UUID.finditer(text):
        cued = _DEVICE_CUE.search(text, max(0, match.start() - 40), match.start())
        yield Hit(match.start(), match.end(), Label.DEVICE_ID if cued else Label.OTHER_ID)


def _octets(text: str) -> bool:
    return all(int(part) < 256 for part in text.split("."))


def _ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return len(text) > 3


_SHAPES: tuple[tuple[re.Pattern[str], Label, Callable[[str], bool]], ...] = (
    (MBI, Label.HEALTH_PLAN_ID, lambda text: True),
    (VIN, Label.VEHICLE, vin),
    (IBAN, Label.ACCOUNT, iban),
    (NPI, Label.LICENSE, lambda text: npi(text) and not nanp(text)),
    (DEA, Label.LICENSE, lambda text: True),
    (MAC, Label.DEVICE_ID, lambda text: True),
    (IPV4, Label.IP, _octets),
    (IPV6, Label.IP, _ipv6),
)


def _labelled(text: str) -> Iterator[Hit]:
    lowered = text.lower()
    for match in SECRET.finditer(text) if any(word in lowered for word in ("pin", "pass", "clave", "contrase")) else ():
        if not match[1].endswith(("mm", "cm")):
            yield Hit(match.start(1), match.end(1), Label.OTHER_ID)
    for label, pattern in _LABELS:
        for match in pattern.finditer(text):
            group = next(number for number in (1, 2, 3) if match[number])
            value = match[group].rstrip(".-/_")
            if value and not _COUNTED.match(value):
                yield Hit(match.start(group), match.start(group) + len(value), label)

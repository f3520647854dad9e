"""Numbers that say what they are: "MRN: A-10382", "policy no. 88123", "my account 4471". A label, a sign, a value; the label names the kind.

Source: 45 CFR 164.514(b)(2)(i)(H)-(R).
"""

import re
from collections.abc import Callable, Iterator

from policies.phi.gate import Finder
from policies.phi.hits import Hit
from policies.records import Label

_SIGN = r"\s*(?:numbers?|num\b\.?|nos?\b\.?|n[uú]mero|nbr\.?|id|#|code|ending in)?\s*(?:is|es|was|:|=|#|-|of)?\s*[:#]?\s*"
# Groups of digits that go on after a space, unless they begin an age, a dose, a date or a time.
_GROUP = r"(?: \d{2,6}\b(?:-\d{1,4}\b)?(?! ?(?:[mf]\b|y/?o\b|yrs?\b|years?|mg|ml|lbs?|\x25|am\b|pm\b)|[/:.,]\d))"
_VALUE = (
    rf"((?!(?:is|was|the|for|no|ext|and|or|to|of|on|at|in|my)\b)[A-Z]{{1,4}}{_GROUP}{{2,4}}(?-i: [A-Z]\b)?"
    rf"|(?-i:[A-Z]{{2,4}} \d{{5,9}}\b(?: [A-Z]\b)?)"
    rf"|(?=[\w./-]{{0,30}}\d)[A-Z0-9][\w./-]{{%d,40}}{_GROUP}{{0,3}}(?-i: [A-Z]\b(?!\.))?)"
)
_SURE = r"\b(?:%s)(?:\b|(?<=#))\.?" + _SIGN + _VALUE % 1
# A word with an everyday meaning counts as a label only when "number", "#", ":" or "id" follows it, and then with at least three characters.
_MAYBE = (
    r"\b(?:%s)\s*(?:numbers?|num\b\.?|no\b\.?|n[uú]mero|nbr\.?|ids?\b|#|code|:)\s*(?:is|es|:|=|#)?\s*[:#]?\s*"
    + _VALUE % 2
    + r"|\b(?:%s) +((?=[A-Z0-9-]*\d)(?:[A-Z]{1,4}-?\d{3,}|[A-Z]{1,4}-\d{2}(?= \d{2})|\d{5,}|(?!19|20)\d{4}\b)[\w-]*"
    + _GROUP
    + r"{0,3}|(?-i:[A-Z]{1,4}) \d{4,9}\b)"
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
        "mbi|medicare|medicaid|member ?id|subscriber ?id|hicn|beneficiary|rx ?bin|rx ?pcn|rx ?grp|poliza|p[oó]liza|afiliado|id miembro"
        "|n[uú]m(?:ero)? de (?:socio|afiliado|p[oó]liza)",
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
        "device|sn|implant|serial|pacemaker|pump|lot|sensor|cgm|hearing aid|cpap",
    ),
    (Label.BIOMETRIC, "fingerprint|voice ?print|face ?print|retina(?:l)? scan|iris scan|biometric|palm ?print|huella", "template|scan"),
    (
        Label.OTHER_ID,
        "prescription|c[oó]digo|folio|confirmaci[oó]n|rx ?#|(?:wc|work(?:er'?s)? comp|legal|court) (?:file|case|claim)"
        "|(?:verification|security|access|login|ur|your|sign-?in|entry|gate|door) code|case ?#|file ?#|conf ?#"
        "|employee id|student id|badge|confirmation (?:#|no|number|code)|gclid|fbclid|msclkid|tracking id"
        "|user ?id|client ?id|session ?id|cookie",
        "rx|employee|student|ticket|reference|ref|confirmation|tracking|user|client|session|customer|booking|reservation|order"
        "|pin|password|passcode|code word|id",
    ),
)
# "my PIN is 8842": what is said to be a secret is one; a surgeon's pin has a length instead.
SECRET = re.compile(
    r"\b(?:pin|passcode|pass ?code|password|contraseña|clave)\b(?: (?:number|code))? *(?:is|es|was|=|:) *(?=[\w-]*\d)([\w-]{3,20})\b"
    r"(?! ?(?:mm|cm|inch|percent|years?)\b|%)",
    re.I,
)
_COUNTED = re.compile(
    r"(?:\d{1,2}|(?:19|20)\d\ds?|\d+(?:st|nd|rd|th|x|%|k)|\d{1,3}(?:am|pm|mg|ml|mm|cm|hr|hrs|days?|weeks?|years?)|24/7"
    r"|[01]?\d[:.]\d\d(?:am|pm)?|covid-?19|[a-z]-?\d[ab]?)$",
    re.I,
)


# "XJH 90 447 1182", "2321 0884 519": letters and groups of digits, seven digits or more; without letters only after a word for a number.
_GROUPS = re.compile(r"(?<![\w$€£#.-])(?:[A-Z]{1,4} )?\d{2,6}(?: \d{2,6}){1,4}(?: \d)?(?! ?%|[\w/:]|[.,]\d)")
_NUMBER_BEFORE = re.compile(
    r"\b(?:numbers?|no|id|#|dup(?:licate)? of|serial|file|case|acct|account|mrn|chart|typed|code|ref)\b[^\n]{0,16}$", re.I
)


_CODE = re.compile(r"\b[Cc]ode:? (?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])([A-Z0-9]{2,4}-[A-Z0-9]{2,4})\b")
_USERNAME = re.compile(
    r"\b(?:user(?: ?name)?|login|screen ?name|handle|usuario)(?: is| es| was)? *[:=]? *\"?((?=[\w.-]*[\d_.-])[A-Za-z][\w.-]{2,40}[\w])",
    re.I,
)


def _coded(text: str) -> Iterator[Hit]:
    for pattern in (_CODE, _USERNAME):
        for match in pattern.finditer(text):
            yield Hit(match.start(1), match.end(1), Label.OTHER_ID)


def _grouped(text: str) -> Iterator[Hit]:
    for match in _GROUPS.finditer(text):
        digits = sum(char.isdigit() for char in match[0])
        if digits >= 7 and (match[0][0].isalpha() or _NUMBER_BEFORE.search(text, max(0, match.start() - 32), match.start())):
            yield Hit(match.start(), match.end(), Label.OTHER_ID)


def _secrets(text: str) -> Iterator[Hit]:
    for match in SECRET.finditer(text):
        if not match[1].endswith(("mm", "cm")):
            yield Hit(match.start(1), match.end(1), Label.OTHER_ID)


def _labelled(label: Label, pattern: re.Pattern[str]) -> Callable[[str], Iterator[Hit]]:
    def find(text: str) -> Iterator[Hit]:
        for match in pattern.finditer(text):
            group = next(number for number in (1, 2, 3) if match[number])
            value = match[group].rstrip(".-/_")
            if value and not _COUNTED.match(value):
                yield Hit(match.start(group), match.start(group) + len(value), label)

    return find


FINDERS = (
    Finder("number in groups", r"\d{2} \d{2}", _grouped, digit=True),
    Finder("code or user name", r"(?i)code:? [a-z0-9]{2,4}-|user|login|screen ?name|handle|usuario", _coded),
    Finder("secret", r"(?i)\bpin\b|pass|contrase|clave", _secrets, digit=True),
    *(
        Finder(
            f"labelled {label.lower().replace('_', ' ')}",
            rf"(?i)\b(?:{sure}|{maybe})",
            _labelled(label, re.compile(_SURE % sure + "|" + _MAYBE % (maybe, maybe), re.I)),
            digit=True,
        )
        for label, sure, maybe in _LABELLED
    ),
)

"""Dates finer than a year, and ages over 89. Years, opening hours, fractions and durations are not dates.

Relative dates ("last Tuesday") count only beside a word of care or birth. Source: 45 CFR 164.514(b)(2)(i)(C).
"""

import re
from collections.abc import Iterator

from policies.phi.hits import Hit
from policies.phi.lexicon import word_set
from policies.records import Label

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
    r"|enero|febrero|marzo|abril|mayo|junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)\b\.?"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_ORDINAL = rf"(?:{_DAY}(?:st|nd|rd|th|º|o)?|first|primero)"
_YEAR = r"(?:(?:18|19|20)\d\d|'\d\d)"
_WEEKDAY = (
    r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo)\b\.?"
)
_M, _D2 = r"(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_CLOCK = r"(?:[T ]{1,2}(?:at )?\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]m|Z|[+-]\d\d:?\d\d)?)?"

NUMERIC = re.compile(
    rf"(?<![\w./-])(?:(?:{_M}([-/.]){_D2}\1|{_D2}([-/.]){_M}\2)(?:(?:18|19|20)\d\d|'?\d\d)|(?:18|19"
    rf"|20)\d\d([-/.]){_M}\3{_D2}{_CLOCK})(?![\w%]|[/.-]\d)"
)
COMPACT = re.compile(
    r"(?<!\w)(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d\d)(?!\w)"
)
TEXTUAL = re.compile(
    rf"(?<![\w$])(?:{_WEEKDAY},? +)?(?:{_MONTH} *-?(?:the )?{_ORDINAL}\b(?!:\d| ?[ap]m\b|[-–]\d+ *(?:am|pm)|%| *(?:mg|ml"
    rf"|lbs?|kg|patients|people)\b)(?:,? *(?:of |de |del )?{_YEAR}\b)?"
    rf"|{_ORDINAL} *-?(?:of |de )?{_MONTH}(?:,? *-?(?:of |de |del )?(?:{_YEAR}|\d\d)\b)?|{_MONTH},? *-?(?:of |de |del )?{_YEAR}\b)(?!\w)",
    re.I,
)
_MODAL = re.compile(r"(?:may|march|mar|sat|sun) *(?:the )?(?:\d|first)", re.ASCII)  # "it may 5 times", lower case: a verb
SHORT = re.compile(rf"(?<![\w./$-]){_M}[/-]{_D2}(?![\w%]|[/.-]\d)")
_CARE = (
    r"(?:born|birth\w*|b-?day|dob|d\.o\.b|bday|turn(?:ed|s)|died|passed away|death|appointment|appt|apt|visit(?:ed)?|seen"
    r"|saw|surgery|operat\w+|procedure|admit\w*"
    r"|admission|discharg\w+|diagnos\w+|treated|treatment|deliver(?:ed|y)|scan|mri|x-?ray|biopsy|infusion|inject\w+|exam"
    r"|checkup|follow[- ]?up|consult\w*|injur\w+|fell|accident"
    r"|hospital\w*|er|nac[ií]\w*|naci\w+|cita|cirug[ií]a|operaron|oper[oó]|consulta|falleci\w+|ingres\w+|alta|came in"
    r"|went in|cleaning|extraction|root canal|implant"
    r"|replacement|filling|crown|checked in|removed|pulled|stitch\w+|fixed|replaced|date of service|dos|last seen|since"
    r"|labs?|pregnan\w+|due|wedding|anniversary)"
)
_CARE_NEAR = re.compile(rf"\b{_CARE}\b", re.I)
RELATIVE = re.compile(
    rf"\b(?:(?:last|this past|this|next|past) +(?:{_WEEKDAY}|{_MONTH}|week|month|night|winter|spring|summer|fall|autumn"
    rf"|thanksgiving|christmas|easter)"
    rf"|yesterday|day before yesterday|(?:on|el|este|the) +{_WEEKDAY}(?: pasado)?|(?:a|two|three|four|five|six"
    rf"|\d{{1,2}}) +(?:days?|weeks?|months?) +ago"
    r"|hace +(?:un|una|dos|tres|cuatro|\d{1,2}) +(?:d[ií]as?|semanas?|mes(?:es)?)|la semana pasada|el mes pasado|ayer|anteayer"
    rf"|(?:in|early|late|mid|back in|since|en) +{_MONTH}(?! *\d))(?!\w)",
    re.I,
)
TIME_WORDS = word_set(
    "january february march april may june july august september october november december jan feb mar apr jun jul aug sep "
    "sept oct nov dec enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre "
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun lunes martes "
    "miercoles jueves viernes sabado domingo yesterday ago week month night winter spring summer fall autumn thanksgiving "
    "christmas easter ayer anteayer hace pasada pasado"
)
_PUBLIC = re.compile(
    r"\b(?:offer|valid|expires?|ends?|ending|sale|updated|reviewed|published|effective|closed|open|holiday|webinar|event"
    r"|open house|deadline|rsvp|accessed|version|copyright|rev)\b"
    r"[^.\n]{0,24}$",
    re.I,
)
_HOURS = re.compile(rf"^{_WEEKDAY} *(?:-|to|through|a)? *", re.I)
_OLD_NUMBER = r"(?:9\d|1[01]\d|12[0-5])"
_TENS = (
    r"(?:ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a |one )?hundred(?:[- ]and[- ](?:one|two|three"
    r"|four|five))?|noventa(?: y (?:uno?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve))?|cien)"
)
_KIN = (
    r"mom|mum|mother|father|dad|grandmother|grandma|granny|gran|nana|grandfather|grandpa|aunt|auntie|uncle|wife|husband|sister|brother"
    r"|mother-in-law|father-in-law|neighbor|friend|patient|abuel[ao]|t[ií][ao]|madre|padre|mam[aá]|pap[aá]|espos[ao]|suegr[ao]"
)
AGE = re.compile(
    rf"(?<![\w$.,/-])(?:{_OLD_NUMBER}|{_TENS})(?:[- ]?(?:years?|yrs?|yr)[- ]?(?:olds?|of age|young)|[- ]?(?:yo|y/o|y\.o\.?"
    rf"|yos)\b|[- ]a[nñ]os\b(?= *(?:de edad|,|\.|$|y\b|con\b|que\b)))"
    rf"|\b(?:age[ds]?|edad|ages|turn(?:s|ed|ing)?|cumpli[oó]|cumple|tiene|at the age of|age:|aged:|edad:)(?: of| de| is|:"
    rf"| only)* *({_OLD_NUMBER}|{_TENS})(?: a[nñ]os)?\b(?!%|[.,/]\d| *(?:degrees|percent|mg|lbs|pounds|min|days|patients"
    rf"|reviews|down|around|out|left|right))"
    rf"|\b(?:he|she|who|mom|mother|father|dad|grandmother|grandma|grandfather|grandpa|aunt|uncle|abuela|abuelo|wife"
    rf"|husband|patient|i)(?:,? [A-Z][\w']+,?)?(?: is|'s| was|'m| am) *(?:now |almost |nearly |already )?((?:{_OLD_NUMBER}"
    rf"|{_TENS})\b(?: years? old)?)(?!%|[.,/]\d| *(?:percent|mg|lbs|pounds|min|days|degrees|minutes|miles|feet|kg|weeks))"
    rf"|\bat ({_OLD_NUMBER})\b(?=,? *(?:and |but )?(?:he|she|i|my|mom|dad|his|her)\b)"
    rf"|\([A-Z]\w{{1,20}},? ({_OLD_NUMBER})\)"
    rf"|\b(?:{_KIN})(?: [A-Z][\w']+)?(?:, ?| ?\()({_OLD_NUMBER})(?=,(?! ?\d)|\))",
    re.I,
)
BIRTH_YEAR = re.compile(
    r"\b(?:born|b\.|naci[oó]|nacid[oa]|dob|birth year)(?: *(?:in|en|on|:|the year))* *((?:18\d\d|19[0-2]\d|193[0-5]))\b(?![-/]\d)", re.I
)


def dates(text: str) -> Iterator[Hit]:
    """Dates written with digits. Call only for text with at least one digit."""
    for pattern in (NUMERIC, COMPACT):
        for match in pattern.finditer(text):
            if not _public(text, match.start()):
                yield Hit(match.start(), match.end(), Label.DATE)
    for match in TEXTUAL.finditer(text):
        if not _MODAL.match(match[0]) and not _public(text, match.start()) and not _weekday_hours(match[0]):
            yield Hit(match.start(), match.end(), Label.DATE)
    for match in SHORT.finditer(text):
        if _near_care(text, match.start(), match.end(), reach=30) and not _public(text, match.start()):
            yield Hit(match.start(), match.end(), Label.DATE)
    for match in BIRTH_YEAR.finditer(text):
        yield Hit(match.start(1), match.end(1), Label.AGE_OVER_89)


def relative_dates(text: str) -> Iterator[Hit]:
    """ "last Tuesday", "in March", "hace dos semanas" beside a word of care. Call only for text with a month, weekday or time word."""
    for match in RELATIVE.finditer(text):
        if _near_care(text, match.start(), match.end(), reach=48):
            yield Hit(match.start(), match.end(), Label.DATE)


def old_ages(text: str) -> Iterator[Hit]:
    for match in AGE.finditer(text):
        group = next((number for number in (1, 2, 3, 4, 5) if match[number]), 0)
        yield Hit(match.start(group), match.end(group), Label.AGE_OVER_89)


def _near_care(text: str, start: int, end: int, *, reach: int) -> bool:
    return bool(_CARE_NEAR.search(text, max(0, start - reach), min(len(text), end + reach)))


def _public(text: str, start: int) -> bool:
    """A date of a publication or an offer, by the words just before it, is not a person's."""
    return bool(_PUBLIC.search(text, max(0, start - 40), start)) and not _CARE_NEAR.search(text, max(0, start - 16), start)


def _weekday_hours(found: str) -> bool:
    rest = _HOURS.sub("", found)
    return rest == "" or rest.isdigit()

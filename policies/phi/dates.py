"""Dates finer than a year. Years, opening hours, fractions, ratings and durations are not dates; ages have their own file.

Each finder starts from the rare part (a month's name, two numbers and a mark) and reads outward. What is a date only beside a word of care or
birth ("3/14", "last Tuesday") counts there, and elsewhere only in a text that holds another identifier. Source: 45 CFR 164.514(b)(2)(i)(C).
"""

import re
from collections.abc import Iterator

from policies.phi.gate import Finder
from policies.phi.hits import WEAK, Hit
from policies.records import Label

_MONTH = (
    r"(?:january|jan|february|feb|march|mar|april|apr|may|june|jun|july|jul|august|aug|september|sept|sep|[o0]ctober|[o0]ct|november|nov|december|dec"
    r"|enero|ene|febrero|marzo|abril|abr|mayo|junio|julio|agosto|ago|septiembre|setiembre|octubre|noviembre|diciembre|dic)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_SPELLED_DAY = (
    r"(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth"
    r"|seventeenth|eighteenth"
    r"|nineteenth|twentieth|twenty[- ](?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth)|thirtieth|thirty[- ]first)"
)
_CARDINAL_DAY = (
    r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
    r"|twenty(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|thirty(?:[- ]one)?"
    r"|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|diecis[eé]is|diecisiete|dieciocho|diecinueve|veinte"
    r"|veinti(?:uno|d[oó]s|tr[eé]s|cuatro|cinco|s[eé]is|siete|ocho|nueve)|treinta(?: y uno)?)"
)
_ORDINAL = rf"(?:{_DAY} ?(?:st|nd|rd|th|º|ro)\b|{_DAY}\b(?!:\d)|{_SPELLED_DAY}|{_CARDINAL_DAY}\b|primero|uno)"
_SPANISH_TENS = "(?:veinti\\w+|(?:veinte|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)(?: y \\w+)?)"
_YEAR = (
    rf"(?:(?:18|19|20)\d\d\b|['’]\d\d\b|(?:mil novecientos |dos mil )?{_SPANISH_TENS}\b"
    r"|(?:nineteen|twenty)[ -](?:oh[ -])?[a-z]+(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?\b)"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?s?|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo)\b\.?"
_CLOCK = r"(?:(?:T| {1,2}(?:at )?)\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?: ?[ap]\.?m\b|Z|[+-]\d\d:?\d\d)?)?"
_D, _M = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"

NUMERIC = re.compile(
    rf"(?<![\w./-])(?:(?:{_M}([-/.]){_D}\1|{_D}([-/.]){_M}\2)(?:(?:18|19|20)\d\d|['’]?\d\d){_CLOCK}"
    rf"|(?:18|19|20)\d\d([-/.]){_M}\3{_D}{_CLOCK})(?![\w%]|[/.-]\d)"
)
_ROMAN = re.compile(r"(?<![\w.])(?:0?[1-9]|[12]\d|3[01])([.-])(?:I{1,3}|IV|VI{0,3}|IX|XI{0,2})\1(?:(?:18|19|20)\d\d|\d\d)(?!\w)")
_GLUED = re.compile(
    r"(?<![\w.$-])(?:0?[1-9]|[12]\d|3[01])-?(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)-?(?:(?:19|20)?\d\d)?(?!\w)", re.I
)
_BARE = re.compile(rf"(?<![\w./,$-]){_M} {_D} (?:(?:19|20)\d\d|[0-9]\d)(?! ?(?:mg|ml|mm|%|x|weeks?|days?|years?|yo)|[\w/.:-])")
_DOTTED_DAY = re.compile(rf"\b(?:from|on|since|until|till|by|dob|born|am|vom|ab|bis|seit|el|del|desde|hasta) ({_D}\.{_M}\.)(?!\d)", re.I)
_SPREAD = re.compile(rf"(?<![\w./-])(?:{_M} ?([-/.]) ?{_D} ?\1|{_D} ?([-/.]) ?{_M} ?\2) ?(?:(?:18|19|20)\d\d|\d\d)(?![\w%]|[/.-]\d)")
_COMPACT = re.compile(
    r"(?<!\w)(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:19|20)\d\d)(?!\w)"
)
_MONTH_YEAR = re.compile(rf"(?<![\w./$-]){_M}[/-](?:19|20)\d\d(?![\w%/-])|(?<![\w./$-])(?:19|20)\d\d[-/](?:0[1-9]|1[0-2])(?![\w%/-])")
_SHORT = re.compile(rf"(?<![\w./$,-])(?:{_M}[/-]{_D}|{_D}/{_M})(?: ?[-–] ?{_M}[/-]{_D})?(?![\w%]|[/.-]\d)")
_RATED = re.compile(
    r"\b(?:beighton|tinetti|moca|gcs|mmse|phq-?9|harris|oxford|constant|koos|womac|vas|nrs|mayo|pirani|dimeglio|meld|pain|scores?|rated?|rating"
    r"|strength|stars?|scale|apgar|murmur|grade|stage|reflexes|power|nps|gave|give|out of)\b[^.\n]{0,16}$",
    re.I,
)
_FRACTION = re.compile(r"(?:1[/-][234568]|[23]/[34]|[1-9]/10|[1-5]/5|24/7|[1-9]-(?:[2-9]|1[0-2]))$")

_MONTH_WORD = re.compile(rf"(?<![^\W_])({_MONTH})(?![^\W\d_])\.?", re.I)
_AFTER_MONTH = re.compile(
    rf" *[-/]? *(?:the |el )?({_ORDINAL})(?:(?: *[-–/&] *| to | and | al | y ){_ORDINAL})?"
    rf"(?! ?[ap]m\b|%| *(?:mg|ml|lbs?|kg|patients|people|times|days|weeks|months|years|hours|minutes|of my|percent|or)\b)"
    rf"(?:(?:,? *(?:of |de |del |in )?|[-/ ]){_YEAR}|[-/]\d\d\b)?"
    rf"|,? *[-/]? *(?:of |de |del )?{_YEAR}",
    re.I,
)
_BEFORE_MONTH = re.compile(
    rf"(?:(?:{_WEEKDAY},?|(?:lun|mar|mi[eé]|jue|vie|s[aá]b|dom)\.?,) +)?(?:the |el )?(?<![\w.$-])(?<!\d/)(?:{_ORDINAL}(?: *[-–/&] *| to | and "
    rf"| al | y ))?{_ORDINAL} *[-/]? *(?:of +|de +)?$",
    re.I,
)
_WEEKDAY_BEFORE = re.compile(rf"\b{_WEEKDAY},? +(?:the |el )?$", re.I)
_WORD_MONTH = frozenset(("may", "march", "mar", "dec", "ago", "sun", "uno"))
_HALF_MONTH = re.compile(
    r"\b(?:early|late|mid|since|last|this past|next|in|around|until|till|by|from|en|desde|a finales de|principios de)[ -]+$", re.I
)

_CARE = (
    r"(?:born|birth\w*|b-?day|dob|d\.o\.b|bday|turn(?:ed|s)|died|passed away|death|deceased|appointment|appt|apt|visit(?:ed)?|seen"
    r"|surger\w+|operat\w+|procedure|admi\w+|discharg\w+|dx|diagnos\w+|treated|treatment|deliver\w+|scan|mri|ct|x-?rays?|biopsy|infusion|inject\w+"
    r"|exam|checkup|check-up|follow[- ]?up|f/u|consult\w*|injur\w+|fell|fall|accident|hospital\w*|er|ed|icu|nac[ií]\w*|fecha|cita"
    r"|cirug[ií]a|operaron|oper[oó]"
    r"|consulta|falleci\w+|ingres\w+|alta|cleaning|extraction|root canal|implants?|replacement|filling|crown|checked in|removed|pulled"
    r"|stitch\w+|fixed"
    r"|replaced|date of service|dos|labs?|pregnan\w+|due|wedding|anniversary|colonoscopy|mammogram|shot|vaccin\w+|dose|session"
    r"|transfus\w+|stroke|seizure"
    r"|relapse\w*|onset|started|start|booked|scheduled|reschedul\w+|schedul\w+|cancel\w*|confirm\w*|renew\w*|refill\w*|signed|enrolled|hired|lmp|edd"
    r"|post-?op|pre-?op|s/p|patient|pt|charged|billed|invoice|braces|reservad\w+|nos vemos|see you)"
)
_CARE_NEAR = re.compile(rf"\b{_CARE}\b", re.I)
_PERSON_NEAR = re.compile(
    r"\b(?:i|i'm|im|i've|my|mine|me|we|our|he|she|his|her|pt|pts|patient|mom|dad|mother|father|wife|husband|son|daughter|yo|y/o|mi|mam[aá]"
    r"|pap[aá])\b",
    re.I,
)
_AGO = r"(?:a|one|two|three|four|five|six|seven|eight|nine|ten|a few|a couple(?: of)?|couple(?: of)?|\d{1,2})"
_RELATIVE = re.compile(
    rf"\b(?:(?:last|this past|past|next|this coming) +(?:{_WEEKDAY}(?: (?:morning|afternoon|evening|night|nite))?|{_MONTH}\b|week|month|night|nite"
    rf"|winter|spring|summer|fall"
    rf"|autumn|thanksgiving|christmas|easter|weekend)"
    rf"|(?:the )?day before yesterday|yesterday(?: (?:morning|afternoon|evening))?|(?:tomorrow|tmrw|tmw|2moro|tomorow)(?: (?:morning"
    rf"|afternoon|evening))?"
    rf"|(?:on|this|el|este|pr[oó]ximo) +{_WEEKDAY}(?: (?:pasado|que viene))?(?! *(?:-|to|through|a)\b)"
    rf"|(?:{_AGO} +|\d{{1,2}}) ?(?:days?|weeks?|wks?|months?|nights?) +ago|{_WEEKDAY} +(?:before last|pasado)"
    r"|hace +(?:un|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|quince|unos|unas|\d{1,2}) +(?:d[ií]as?|semanas?|mes(?:es)?)"
    r"|la semana pasada|el mes pasado"
    r"|el (?:fin de semana|año) pasado"
    r"|(?<!la )(?<!esta )(?<!las )mañana(?! por la)|ayer|anteayer|antier|anoche|ma[ñn]ana por la (?:ma[ñn]ana|tarde)|pasado ma[ñn]ana"
    r"|la pr[oó]xima semana"
    r"|(?:christmas|x-?mas|new year'?s|mother'?s|father'?s|valentine'?s|thanksgiving|labor day|memorial day|halloween|easter)(?: (?:eve|day|weekend))"
    r"|(?:on|since"
    r"|after|before|until) (?:christmas|thanksgiving|halloween|easter|labor day|memorial day|juneteenth)"
    r"|(?:the )?(?:day|week|weekend|night|morning) (?:before|after) (?:christmas|thanksgiving|halloween|easter|labor day|new year'?s)"
    r"|this (?:morning|afternoon|evening)"
    r"|navidad|nochebuena)(?!\w)",
    re.I,
)
_ONE_WEEKDAY = re.compile(
    rf"(?<![-–\w])(?<!every )(?<!each )(?<! a )(?<!any )(?<!through )(?:{_WEEKDAY}(?: (?:morning|afternoon|evening"
    rf"|night))?)(?! ?(?:-|–|to|through"
    rf"|thru|and|or|&|/|,) ?{_WEEKDAY})(?!s\b)(?![-–])(?! hours)",
    re.I,
)
_HOURS = re.compile(r"\b(?:open|opens|opened|closed|hours)(?: on)? $", re.I)
_DAY_AFTER = re.compile(r",? (?:the )?(?:[12]?\d|3[01])(?:st|nd|rd|th)?\b(?![:/\d–-]| ?[ap]\.?m)", re.I)
_APPOINTED = re.compile(
    r"\b(?:can i|could i|move my|my appt|my appointment|appt|reschedul\w*|resched|cancel\w*|see (?:her|him|me|us)|come in|coming in|since"
    r"|mi cita)\b[^.?!\n]{0,30}$",
    re.I,
)
_ORDINAL_DAY = re.compile(
    r"\b(?:(?:on|by|until|till|since|before|after|from|for|of|around|para|desde|antes|hasta) +(?:the|el|del)|the|el d[ií]a"
    r"|el) +(\d{1,2}(?:st|nd|rd|th)?)"
    r"(?= *(?:[.,;!?)\n]|$|at\b|[^\w\s]|for\b|and\b|with\b|but\b|to\b|or\b|instead|please|works|a las|para|por|con|y\b|because|since|when|when"
    r"|then|so\b|in the|if\b|by\b|w/|from\b|still\b|works\b))",
    re.I,
)
_SPOKEN_DAY = re.compile(
    rf"\b(?:on|to|until|till|by|since|for|like,?) (the {_SPELLED_DAY})\b(?! (?:time|one|floor|visit|dose|day|week|opinion|toe|finger|rib))",
    re.I,
)
_ON_THE_DAY = re.compile(
    r"\b(?:on|until|till|by|since) (the [123]?\d(?:st|nd|rd|th))\b(?! (?:floor|visit|time|try|day|toe|finger|rib|metatarsal|grade|anniversary|row"
    r"|page|of\b))",
    re.I,
)
_PUBLIC = re.compile(
    r"\b(?:offer|valid|expires?|ends?|ending|sale|updated|reviewed|published|effective|closed|open|holiday|webinar|event|v[aá]lid[oa]|hasta el"
    r"|open house|deadline|rsvp|accessed|version|copyright|rev|guidelines?|posted|through|promo\w*|special)\b"
    r"[^.\n]{0,24}$",
    re.I,
)


_OFFER_AFTER = re.compile(
    r"(?: (?:to|through|until|-|–|al?) [\w ]{1,14})?,? (?:enjoy|save|get \d|receive|\d+ ?% off|all (?:new )?patients)", re.I
)


def _near_care(text: str, start: int, end: int, *, reach: int) -> bool:
    return bool(_CARE_NEAR.search(text, max(0, start - reach), min(len(text), end + reach)))


def _public(text: str, start: int) -> bool:
    """A date of a publication or an offer, by the words just before it, is not a person's."""
    return bool(_PUBLIC.search(text, max(0, start - 40), start)) and not _CARE_NEAR.search(text, max(0, start - 16), start)


def _judged(text: str, start: int, end: int, *, reach: int) -> Hit:
    """Sure beside a word of care, weak elsewhere."""
    return Hit(start, end, Label.DATE, score=4.0 if _near_care(text, start, end, reach=reach) else WEAK)


def _numeric(text: str) -> Iterator[Hit]:
    for pattern in (NUMERIC, _COMPACT):
        for match in pattern.finditer(text):
            if not _public(text, match.start()):
                yield Hit(match.start(), match.end(), Label.DATE)


def _spread(text: str) -> Iterator[Hit]:
    for match in _SPREAD.finditer(text):
        yield _judged(text, match.start(), match.end(), reach=30)


def _bare(text: str) -> Iterator[Hit]:
    """ "6 6 62", "12.4.": three numbers apart, a day and a month with German dots; a date beside a birth, elsewhere beside another identifier."""
    for match in _BARE.finditer(text):
        yield Hit(
            match.start(), match.end(), Label.DATE, score=4.0 if _BIRTH.search(text, max(0, match.start() - 16), match.start()) else WEAK
        )
    for match in _DOTTED_DAY.finditer(text):
        yield _judged(text, *match.span(1), reach=30)


_BIRTH = re.compile(r"\b(?:dob|born|birth\w*|nac\w*|d\.o\.b\.?)\W{0,4}$", re.I)


def _short(text: str) -> Iterator[Hit]:
    for pattern in (_SHORT, _MONTH_YEAR):
        for match in pattern.finditer(text):
            if _HOURS.search(text, max(0, match.start() - 12), match.start()) or text[: match.start()].lower().endswith("hours ("):
                continue
            if _public(text, match.start()) or _RATED.search(text, max(0, match.start() - 30), match.start()):
                continue
            if not _FRACTION.match(match[0]) or _DATED.search(text, max(0, match.start() - 12), match.start()):
                yield _judged(text, match.start(), match.end(), reach=30)


_DATED = re.compile(r"\b(?:on|since|dated|dob|seen|appt|visit|dos|fell|injured|hurt|doi|accident|mri|x-?rays?|labs) $", re.I)
_CARE_NEXT = re.compile(
    r" (?:scans?|visits?|appt|appointments?|mri|ct|labs?|surgery|procedure|bloodwork|infusion|biopsy|cleaning|follow-?up)\b", re.I
)
_SHORT_YEAR = re.compile(
    r"(?:[-/. ]| del? |['’ ]{1,2})\d\d(?![\w%.:/-]| ?(?:mg|ml|at\b|[ap]m\b|patients|people|times|days|weeks|years|hours|min))"
)


def _worded(text: str) -> Iterator[Hit]:
    for month in _MONTH_WORD.finditer(text):
        start, end = month.span()
        before = _BEFORE_MONTH.search(text, max(0, start - 40), start)
        after = _AFTER_MONTH.match(text, end if text[end - 1] == "." or before else month.end())
        word = month[1]
        sure = 4.0
        if word in _WORD_MONTH and not (after and re.search(r"\d{4}|\d(?:st|nd|rd|th)", after[0], re.I)):
            if after is None and not before:
                continue
            sure = 4.0 if _near_care(text, start, end, reach=24) else WEAK
        if _public(text, before.start() if before else start) or _OFFER_AFTER.match(text, after.end() if after else end):
            continue
        if before or after:
            weekday = None if before else _WEEKDAY_BEFORE.search(text, max(0, start - 16), start)
            first = before.start() if before else weekday.start() if weekday else start
            last = after.end() if after else end
            if before and not after and (year := _SHORT_YEAR.match(text, last)):  # "04-JUL-88", "22 Nov 01"
                last = year.end()
            yield Hit(first, last, Label.DATE, score=sure)
        elif word not in _WORD_MONTH and _CARE_NEXT.match(text, end):  # "on april scan"
            yield Hit(start, end, Label.DATE)
        elif (word[0].isupper() or word not in _WORD_MONTH) and (half := _HALF_MONTH.search(text, max(0, start - 20), start)):
            first = half.start() if half[0].lower().startswith(("last", "this", "next", "mid", "early", "late")) else start
            yield _judged(text, first, end, reach=40)


_CLOSED = re.compile(r"\b(?:closed|closing|holiday hours|office hours)\b[^.\n]{0,40}$", re.I)


def _relative(text: str) -> Iterator[Hit]:
    for match in _RELATIVE.finditer(text):
        if _CLOSED.search(text, max(0, match.start() - 48), match.start()):
            continue
        start = match.start() + (3 if match[0][:3].lower() == "on " else 0)
        person = _PERSON_NEAR.search(text, max(0, start - 60), min(len(text), match.end() + 60))
        yield Hit(start, match.end(), Label.DATE) if person else _judged(text, start, match.end(), reach=60)


def _weekdays(text: str) -> Iterator[Hit]:
    """A bare weekday: hours and schedules have them too, so only beside another identifier."""
    for match in _ONE_WEEKDAY.finditer(text):
        if day := _DAY_AFTER.match(text, match.end()):  # "Friday the 17th"
            yield _judged(text, match.start(), day.end(), reach=60)
            continue
        if _HOURS.search(text, max(0, match.start() - 12), match.start()):
            continue
        moved = _APPOINTED.search(text, max(0, match.start() - 40), match.start())
        if moved or text[max(0, match.start() - 3) : match.start()].lower() != "to ":  # "Monday to Friday"
            yield Hit(match.start(), match.end(), Label.DATE, score=4.0 if moved else WEAK)


def _ordinal_days(text: str) -> Iterator[Hit]:
    for match in _ON_THE_DAY.finditer(text):
        yield _judged(text, *match.span(1), reach=60)
    for match in _ORDINAL_DAY.finditer(text):
        if 1 <= int(re.sub(r"\D", "", match[1])) <= 31 and (
            not match[1].isdigit() or match[0].lower().startswith(("el ", "on ", "para", "hasta"))
        ):
            first = text.lower().rfind("the ", max(0, match.start(1) - 4), match.start(1))
            yield _judged(text, first if first >= 0 else match.start(1), match.end(1), reach=60)


FINDERS = (
    Finder("date in numbers", r"\d[-/.]\d{1,2}[-/.]['’]?\d|\b\d{8}\b", _numeric, digit=True),
    Finder("date in spaced numbers", r"\d ?[-/.] ?\d{1,2} ?[-/.] ?\d", _spread, digit=True),
    Finder(
        "date in Roman numerals",
        r"\d[.-][IVX]{1,4}[.-]\d",
        lambda text: (Hit(*match.span(), Label.DATE) for match in _ROMAN.finditer(text)),
        digit=True,
    ),
    Finder(
        "date in one word",
        r"(?i)\d-?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)",
        lambda text: (_judged(text, *match.span(), reach=60) for match in _GLUED.finditer(text)),
        digit=True,
    ),
    Finder("date in bare numbers", r"\d \d{1,2} \d\d|\d\.\d{1,2}\.", _bare, digit=True),
    Finder("day and month", r"\d[/-]\d", _short, digit=True),
    Finder("date in words", rf"(?i)(?:^|[^a-z]){_MONTH}(?:[^a-z]|$)", _worded),
    Finder(
        "relative date",
        rf"(?i)\b(?:last|past|next|this|this coming|on|el|este|pr[oó]ximo) +(?:{_WEEKDAY}|{_MONTH}|week|month|night|nite|winter|spring|summer"
        rf"|fall|autumn|thanks|christ"
        r"|easter|hallow|mes|fin|año|morning|afternoon|evening)|yesterday|tomorrow|tmrw|tmw|2moro|tomorow|\bago\b|\bhace +|semana|\bayer|anteayer"
        r"|antier|anoche"
        r"|pasad[oa]|por la|mañana|christmas|x-?mas|mother'?s day|father'?s day|valentine"
        r"|new year|thanksgiving"
        r"|labor day|memorial day|halloween|easter|navidad|nochebuena",
        _relative,
    ),
    Finder("weekday", rf"(?i)\b{_WEEKDAY}", _weekdays),
    Finder("day of the month", r"(?i)\b(?:the|el|d[ií]a|del) +\d{1,2}", _ordinal_days, digit=True),
    Finder(
        "day of the month in words",
        rf"(?i)\b(?:on|to|until|till|by|since|for|like,?) the {_SPELLED_DAY}",
        lambda text: (_judged(text, *match.span(1), reach=60) for match in _SPOKEN_DAY.finditer(text)),
    ),
)

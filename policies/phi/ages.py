"""Ages of 90 and more, and birth years that give such an age away. Lower ages are no identifiers. Source: 45 CFR 164.514(b)(2)(i)(C)."""

import re
from collections.abc import Iterator

from policies.phi.gate import Finder
from policies.phi.hits import Hit
from policies.records import Label

_TENS = (
    r"ninety(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?|(?:a |one )?hundred(?:[- ](?:and[- ])?(?:one|two|three"
    r"|four|five|six|seven|eight|nine|ten))?|noventa(?: y (?:uno?|dos|tres|cuatro|cinco|seis|siete|ocho|nueve))?|cien"
)
_NUMBER = re.compile(rf"(?<![\w.$€£,/-])(?:9\d|1[01]\d|12[0-5]|{_TENS})(?![\d%]|[.,/:]\d)", re.I)
_KIN = (
    r"mom|mum|mother|father|dad|grandmother|grandma|granny|gran|nana|grandfather|grandpa|aunt|auntie|uncle|wife|husband|sister|brother|he|she|who"
    r"|mother-in-law|father-in-law|neighbor|friend|patient|pt|abuel[ao]|abuelit[ao]|t[ií][ao]|madre|padre|mam[aá]|pap[aá]|espos[ao]"
    r"|suegr[ao]|great-grandmother"
    r"|i|woman|man|lady|gentleman|female|male|resident|nonna|oma|opa|abuela"
)
_YEARS_AFTER = re.compile(
    r"[- ]?(?:year|yr)s?[- ]?(?:olds?\b|of age\b|young\b)|[- ]?(?:yo|y/o|y\.o\.?|yos|yr old|y ?o)(?!\w)|[- ]?(?:yof|yom|yf|ym|f|m)(?!\w)"
    r"|[- ]?a[nñ]os\b(?= *(?:de edad|,|\.|$|y\b|con\b|que\b|\n|!|\)))|(?:st|nd|rd|th) (?:birthday|bday|b-day)"
    r"|[- ]year[- ](?:old )?(?:woman|man|lady|mother|father|grandm)",
    re.I,
)
_AGE_BEFORE = re.compile(
    r"(?:\bage[ds]?|\bedad|\bages|\bturn(?:s|ed|ing)?|\bcumpli[oó]|\bcumple|\btiene|\bat the age of|\bage\"?:|\baged:|\bedad:|\bage="
    r"|\bhit)(?: of| de| is| was|:| only| just)* *\"?$"
    rf"|\b(?:{_KIN})(?:,? [A-Z][\w']+,?)?(?:,| is|'s| was|'m| am| will be| just turned| is turning| of| est[aá] por cumplir)? *(?:now "
    rf"|almost |nearly |already |only |at |a |un |una )*$"
    rf"|\b(?:{_KIN})(?: in law)? [\w']+ $|\b(?:moms|dads|grandmas|grandpas|shes|hes|mothers|fathers) $"
    rf"|(?-i:\b[A-Z]\.? ?[A-Z]\.?), $|(?-i:[A-Z][a-z]+), $|(?-i:\b[A-Z][a-z]+), $|\([A-Z][\w ]{{1,20}},? $|\b(?:{_KIN})(?: [A-Z][\w']+)?(?:, ?"
    rf"| ?\()$|\b(?:mom|mother"
    rf"|dad|father|grandma|grandpa|she|he|abuela)\b[^.!?\n]{{0,24}}[.!?] $|\bat $"
    rf"|\bwhen (?:he|she|they|i) (?:was|were|is) $",
    re.I,
)
_MEASURED = re.compile(
    r" ?(?:%|degrees|percent|mg|mcg|ml|lbs?|pounds|min(?:ute)?s?|days?|weeks?|months?|reviews|down|around|out|left|right|miles|feet|kg|cm"
    r"|mm|bpm|units?|dollars|bucks|times"
    r"|patients|people|hours?|hrs?|sec|over|st|nd|th|rd|street|years of|calories|steps|a[nñ]os de (?:experiencia|servicio))\b",
    re.I,
)
_PERSON_AFTER = re.compile(r",? *(?:and |but )?(?:he|she|i|my|mom|dad|his|her)\b|[.!]|$", re.I)
_BIRTH_YEAR = re.compile(
    r"\b(?:born|b\.|naci[oó]|nacid[oa]|dob|birth year|year of birth)(?: *(?:in|en|on|:|the year|back))* *((?:18\d\d|19[0-2]\d"
    r"|193[0-5]))\b(?![-/]\d)",
    re.I,
)


def _old_ages(text: str) -> Iterator[Hit]:
    for match in _NUMBER.finditer(text):
        if after := _YEARS_AFTER.match(text, match.end()):
            counted = "a" in after[0][:2].lower()  # "95 años": the number; "95 years old": the phrase
            yield Hit(match.start(), match.end() if counted else after.end(), Label.AGE_OVER_89)
        elif _AGE_BEFORE.search(text, max(0, match.start() - 48), match.start()) and not _MEASURED.match(text, match.end()):
            at_age = text[max(0, match.start() - 3) : match.start()].lower().endswith("at ")
            if not at_age or _PERSON_AFTER.match(text, match.end()):
                yield Hit(match.start(), match.end(), Label.AGE_OVER_89)


def _birth_years(text: str) -> Iterator[Hit]:
    for match in _BIRTH_YEAR.finditer(text):
        yield Hit(match.start(1), match.end(1), Label.AGE_OVER_89)


FINDERS = (
    Finder("age of 90 or more", r"(?i)\b(?:9\d|1[0-2]\d)(?:[^0-9]|$)|ninety|hundred|noventa|\bcien\b", _old_ages),
    Finder("early birth year", r"(?i)born|\bb\.|nac|dob|birth", _birth_years, digit=True),
)

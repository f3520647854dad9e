"""Places finer than a state: street addresses in both orders, units, ZIP codes, coordinates, counties, cities. States and countries survive.

Source: 45 CFR 164.514(b)(2)(i)(B).
"""

import re
from collections.abc import Iterator

from policies.phi.hits import Hit
from policies.phi.lexicon import Lexicon, fold, word_set
from policies.records import Label

_STATE_CODES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA"
    "|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|PR"
)
_STATE_NAMES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois"
    "|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland"
    "|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico"
    "|North Carolina|North Dakota|Ohio|Oklahoma|Oregon"
    "|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia"
    "|Wisconsin|Wyoming|Puerto Rico"
)
_STATE = rf"(?:(?:{_STATE_CODES})\b\.?|(?i:{_STATE_NAMES})\b)"
STATES = frozenset(word for name in _STATE_NAMES.lower().split("|") for word in (name, *name.split())) | {
    "usa",
    "america",
    "mexico",
    "canada",
}
WHOLE_STATES = frozenset(name for name in _STATE_NAMES.lower().split("|") if " " not in name)
_ZIP = r"\d{5}(?:-\d{4})?(?![\w-])"
_CITY = r"[A-Z][\w'.]{1,24}(?: [A-Z][\w'.]{1,24}){0,2}"
_TAIL = rf"(?:,? +(?:{_CITY},? +)?{_STATE}(?:,? +{_ZIP})?|,? +{_ZIP}|, +{_CITY})?"
_UNIT = r"(?:,? *(?:(?i:apt|apartment|unit|suite|ste|bldg|building|fl|floor|room|rm|lot|depto|departamento|piso|int)\b\.?|#) *#?[\w-]{1,6})"
_DIRECTION = r"(?:(?i:north|south|east|west|northeast|northwest|southeast|southwest|[ns]\.?[ew]?\.?|[ew]\.?)\b\.? +)?"
_STREET = (
    r"(?i:street|st|avenue|ave|av|boulevard|blvd|road|rd|lane|ln|highway|hwy|parkway|pkwy|terrace|terr|circle|cir|trail"
    r"|trl|court|ct|drive|dr|place|pl|way|square|sq|loop|alley|turnpike|tpke|expressway|crossing|ridge|run|row|path|pike"
    r"|plaza|cove|bend|hollow|commons)"
)
# "a 10 minute drive", "the 3 day trail": a measure between number and street word is no address.
_MEASURE = (
    r"(?!(?i:min(?:ute)?s?|hours?|hrs?|days?|weeks?|months?|years?|miles?|mi|km|feet|ft|percent|star|stars|step|steps|more"
    r"|of|in|on|to|for|the|a|times?|way|people|patients|blocks?|mg|am|pm|and|or|is)\b)"
)

ADDRESS = re.compile(
    rf"(?<![\w$.,/-])\d{{1,6}}[A-Za-z]?(?:-\d{{1,4}})? +{_DIRECTION}{_MEASURE}(?:[\w'.-]{{1,24}} +){{1,4}}?{_STREET}\b\.?(?! +(?i:time"
    rf"|ago|from))(?: +(?:[NSEW]{{1,2}}|(?i:north|south|east|west))\b\.?)?{_UNIT}?{_TAIL}"
)
_WEAK_STREET = re.compile(r"(?:drive|court|place|way|run|row|path|circle|trail|square|loop|ridge|plaza|cove|bend|st|dr|ct|pl)\.?\Z", re.I)
# Every other suffix of USPS Publication 28 (and three British ones): weak, so a capitalised name must stand before it.
_SUFFIXES = word_set(
    "allee alley anex annex arcade avenue bayoo bayou bch beach bend blf blfs bluff bluffs bnd bottom branch brg bridge brk "
    "brook brooks btm burg burgs byp bypass byu camp canyon cape causeway center centers centre circle circles clf clfs "
    "cliff cliffs close club common commons cor corner corners cors course court courts cove coves creek cres crescent "
    "crest crk crossing crossroad crse crst cswy ctr cts curv curve cyn dale dam divide estate estates ests extension fall "
    "falls ferry field fields flat flats fld flds fls flt flts forest forge fork forks fort frd freeway frg frk frks frst "
    "fry fwy garden gardens gate gateway gdn gdns glen glens gln green greens grn grove groves grv gtwy gulch harbor "
    "harbour haven hbr heights hill hills hl hls hollow holw hts hvn inlet inlt island islands isle isles iss jct junction "
    "key keys knl knls knoll knolls kys lake lakes land landing lane lck ldg lgt light lk lks lndg loaf lock lodge mall "
    "manor manors mdw mdws meadow meadows mews mill mills mission mnr motorway mount mountain msn mtn nck neck orch orchard "
    "oval overpass park parks parkways pass passage pine pines plain plains pln plns pne point points port ports prairie "
    "prt quay radial ranch rapid rapids rdg rest ridge ridges rise riv river rnch route row rpds rte rue shl shoal shoals "
    "shore shores shr shrs skyway smt spg spgs spring springs spur spurs sta station stravenue stream strm summit "
    "throughway trace track trafficway trailer trak trce trfy tunl tunnel underpass union unions valley valleys via viaduct "
    "view views village villages ville vis vista vlg vly vst walk walks wall well wells wls wynd xing xrd est"
)
# "5 Trauma Centers", "3 Knee Points": after a medical word these are no street.
_NO_NUMBER_BEFORE = re.compile(r"[\w$#.,/-]")  # tested after the match: in front of the pattern it would slow every search
_EVERYDAY = word_set(
    "center centre ctr centers club fall falls field fields gate key keys lock light mission pass park parks point points port ports "
    "rest rise station summit track trace union unions view views village walk walks wall well wells course common commons close"
)
_FACILITY = word_set(
    "trauma medical health surgery surgical care joint spine knee hip shoulder back foot ankle hand wellness imaging cancer heart birth "
    "fitness community convenient best great easy quick more top key new big bad good simple main major level week day year star "
    "rehab therapy pain sports dental skin eye minute step nice"
)
CASED_ADDRESS = re.compile(
    rf"\d{{1,6}}[A-Za-z]?(?:-\d{{1,4}})? +{_DIRECTION}{_MEASURE}((?:[A-Z][\w'.-]{{0,24}} +){{1,3}}?)((?=[A-Z])(?i:"
    rf"{'|'.join(sorted(_SUFFIXES, key=len, reverse=True))}))\b\.?{_UNIT}?{_TAIL}"
)
NUMBERED_NAME = re.compile(
    r"\d{1,6}[A-Za-z]? +[A-Z][\w'.-]{0,24}(?: (?:de |del |la |las |los )?[A-Z][\w'.-]{0,24}){0,3}"
    rf"{_UNIT}?{_TAIL}"
)
_DWELLING_BEFORE = re.compile(
    r"\b(?:(?:liv(?:es?|ed|ing)|resid(?:es?|ed|ing)) at|address(?: is|:)|viv(?:o|e|imos|[ií]a) en|resid[oe] en"
    r"|direcci[oó]n(?: es|:)|domicilio(?: es|:)) +$",
    re.I,
)
RURAL_ROUTE = re.compile(rf"\b(?i:r\.?r\.?|h\.?c\.?|rural route|highway contract) *#?\d{{1,4}},? +(?i:box) *#?\d{{1,6}}[A-Za-z]?\b{_TAIL}")
PO_BOX = re.compile(rf"(?i:\bp\.? ?o\.? ?box|\bpost office box|\bapartado(?: postal)?) *#?\d{{1,7}}{_TAIL}")
UNIT = re.compile(r"\b(?:apt|apartment|suite|ste|depto|departamento)\b\.? *#? ?(?=[\w-]*\d|[A-Z]\b)[\w-]{1,6}\b", re.I)
NAME_FIRST = re.compile(
    r"\b(?:(?i:calle|avenida|av\.|avda\.|paseo|calzada|carrera|callej[oó]n|camino|colonia|urb\.|urbanizaci[oó]n|via|rue"
    r"|rua) +(?:[\w'.]{1,24} +){0,4}?(?:[#n]?[ºo°.]? *)?\d{1,5}\b[a-zA-Z]?"
    rf"|[A-ZÄÖÜ]\w{0, 24}(?:stra(?:ß|ss)e|str\.|weg|platz|gasse) *\d{{1,4}}\w?){_UNIT}?{_TAIL}"
)
CORNER = re.compile(r"\b(?:corner|intersection) of +[\w' ]{2,25}? (?:and|&) +[A-Z0-9][\w']*(?: [A-Z][\w']*)?")
CITY_STATE = re.compile(rf"\b{_CITY}, ?((?:{_STATE_CODES})\b|(?:{_STATE_NAMES})\b)(,? +{_ZIP})?")
_CREDENTIAL_LIKE = frozenset(("MD", "PA", "DC", "OK", "HI", "ME", "OR", "IN"))  # "Elena Vega, MD" is no town in Maryland
STATE_ZIP = re.compile(rf"\b(?i:{_STATE_CODES}|{_STATE_NAMES})\.? +({_ZIP})")
ZIP = re.compile(
    rf"\b(?i:zip(?: ?code)?|postal code|postcode|c[oó]digo postal|c\.?p\.?)\b[\s:#]*(?:is|es|of|area)? *({_ZIP}"
    rf"|\d{{3}}(?!\d)|[A-Z]\d[A-Z] ?\d[A-Z]\d)"
)
POSTCODE = re.compile(
    r"(?<!\w)(?:[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]"
    r" \d[ABCEGHJ-NPRSTV-Z]\d|(?:GIR|[A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]?) \d[ABD-HJLNP-UW-Z]{2})(?!\w)"
)
COORDINATES = re.compile(r"(?<![\w.])[-+]?\d{1,2}\.\d{3,}°? ?[NS]?,? ?[-+]?\d{1,3}\.\d{3,}°? ?[EW]?(?![\w.])")
COUNTY = re.compile(
    r"\b(?:[A-Z][\w']{1,24} ){1,2}(?:County|Parish|Township|Borough)\b|\b[Cc]ondado de [A-Z][\w']{1,24}(?: [A-Z][\w']{1,24})?"
)
_RESIDENCE = (
    r"(?:(?:i|we|he|she|they|mom|dad|who)?'?(?:m|re|s)? *\b(?:live[sd]?|living|reside[sd]?|residing|resident|moved"
    r"|relocat\w+|based|grew up|born|raised|staying|hometown|home|neighbor\w*)"
    r"(?: [a-z]+){0,2}? (?:in|at|to|of|near|from|outside)"
    r"|\b(?:i am|i'm|we're|we are|he's|she's|is|came|come|drove|driving|drive|travel\w*|flew|commut\w+|all the way|soy"
    r"|somos|vengo|venimos|viajo) (?:up |down |over |in )?(?:from|de|desde)"
    r"|\bviv(?:o|e|imos|ia|ía|iendo) en|\bresid[oe] en|\bvecin[oa] de|\bnac[ií] en|\bmud[eé] a)"
)
RESIDENCE = re.compile(
    rf"(?i:{_RESIDENCE})(?i: the (?:city|town|village) of)? +((?:[A-Z][\w'.]{{1,24}})(?: (?:de |del |la |las "
    rf"|los )?[A-Z][\w'.]{{1,24}}){{0,3}})"
)
_RESIDENCE_BEFORE = re.compile(rf"{_RESIDENCE} +$", re.I)
_PREPOSITION = re.compile(
    r"\b(?:in|at|from|near|to|of|around|outside|downtown|serving|en|de|desde|cerca de|hasta|north of|south of|east of"
    r"|west of|city of|town of) +$",
    re.I,
)
_FACILITY_NEXT = re.compile(
    r" (?:clinic|hospital|medical|health|dental|ortho\w*|dermatology|center|centre|university|office|location|surgery"
    r"|surgical|institute|group|smiles|skin|eye|spine|joint)\b",
    re.I,
)
_OWN_BEFORE = re.compile(r"\b(?:our|your|nuestra|nuestro|the) +$", re.I)
_CAPITAL_INSIDE = re.compile(r"[\w,;:] *[A-Z]")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def addresses(text: str) -> Iterator[Hit]:
    """Places written with digits. Call only for text with at least one digit."""
    for match in ADDRESS.finditer(text):
        if not _WEAK_STREET.search(match[0]) or _looks_named(match[0]):
            yield Hit(match.start(), match.end(), Label.LOCATION)
    for pattern in (PO_BOX, UNIT, NAME_FIRST, POSTCODE, COORDINATES):
        for match in pattern.finditer(text):
            yield Hit(match.start(), match.end(), Label.LOCATION)
    for pattern in (STATE_ZIP, ZIP):
        for match in pattern.finditer(text):
            yield Hit(match.start(1), match.end(1), Label.LOCATION)

    if "box" in text.lower():
        for match in RURAL_ROUTE.finditer(text):
            yield Hit(match.start(), match.end(), Label.LOCATION)
    for match in NUMBERED_NAME.finditer(text):
        if _DWELLING_BEFORE.search(text, max(0, match.start() - 24), match.start()):
            yield Hit(match.start(), match.end(), Label.LOCATION)


def _looks_named(found: str) -> bool:
    """ "12 Birch Court" but not "3 nice way": a street word that is also an ordinary word needs a capitalised name before it."""
    words = [word for word in found.split()[1:] if word[0].isalpha()]
    return bool(words) and (
        words[0][0].isupper() or found.isupper() or (words[-1].lower().strip(".") in ("st", "dr", "ct", "pl") and len(words) > 1)
    )


class PlaceReader:
    """Finds cities by list and by what is said before them."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._cities = lexicon.cities
        self._words = lexicon.words
        self._terms = lexicon.terms
        self._first_words = frozenset(city.split()[0] for city in lexicon.cities)
        # What to look for in a text at all: of "the woodlands" the second word, the first is in every text.
        self.telling_words = frozenset(words[0] if words[0] not in lexicon.words else words[-1] for words in map(str.split, lexicon.cities))

    def find(self, text: str, *, listed: bool) -> Iterator[Hit]:
        """Every place; `listed` says whether `text` has a first word of a listed city at all."""
        if listed:
            yield from self._listed(text)
        if not _CAPITAL_INSIDE.search(text):
            return
        for match in CITY_STATE.finditer(text):
            place = re.split(", ?", match[0])[0]
            if fold(place) in STATES or (match[1] in _CREDENTIAL_LIKE and not match[2] and fold(place) not in self._cities):
                continue
            start = match.start() + self._leading_ordinary(place)
            yield Hit(start, match.end(), Label.LOCATION, bool(_RESIDENCE_BEFORE.search(text, max(0, start - 60), start)))
        for match in CASED_ADDRESS.finditer(text):
            before = [fold(word) for word in match[1].split()]
            if _NO_NUMBER_BEFORE.match(text[match.start() - 1 : match.start()]):
                continue
            if fold(match[2]) not in _EVERYDAY or not any(word in _FACILITY or word in self._terms for word in before):
                yield Hit(match.start(), match.end(), Label.LOCATION)
        for pattern in (COUNTY, CORNER):
            for match in pattern.finditer(text):
                yield Hit(match.start(), match.end(), Label.LOCATION)
        for match in RESIDENCE.finditer(text):
            name = match[1].rstrip(".")
            if fold(name) not in STATES and fold(name.split()[0]) not in self._terms and not self._plain(name):
                yield Hit(match.start(1), match.start(1) + len(name), Label.LOCATION, True)

    def _leading_ordinary(self, place: str) -> int:
        """How many characters of a capitalised run come before the city ("From Joliet, IL" starts at Joliet)."""
        words = place.split(" ")
        at = 0
        while len(words) > 1 and fold(words[0]) in ("in", "from", "at", "near", "to", "the", "our", "visit", "en", "de", "dear", "of"):
            at += len(words.pop(0)) + 1
        return at

    def _plain(self, name: str) -> bool:
        """An ordinary capitalised word is no place, unless the list knows it as one."""
        return fold(name) not in self._cities and all(fold(word) in self._words for word in name.split())

    def _listed(self, text: str) -> Iterator[Hit]:
        tokens = [(match.start(), match.end(), fold(match[0])) for match in _TOKEN.finditer(text)]
        for index, (start, _, word) in enumerate(tokens):
            if word not in self._first_words:
                continue
            for width in (4, 3, 2, 1):
                run = tokens[index : index + width]
                if len(run) < width:
                    continue
                phrase = " ".join(token for _, _, token in run)
                if phrase in self._cities and len(text[start : run[-1][1]]) <= len(phrase) + 2:
                    if hit := self._judged(text, start, run[-1][1], phrase):
                        yield hit
                    break

    def _judged(self, text: str, start: int, end: int, phrase: str) -> Hit | None:
        before = max(0, start - 60)
        if _FACILITY_NEXT.match(text, end) and not _RESIDENCE_BEFORE.search(text, before, start):
            return None
        if _RESIDENCE_BEFORE.search(text, before, start):
            return Hit(start, end, Label.LOCATION, True)
        if _OWN_BEFORE.search(text, before, start):
            return None
        ambiguous = self._cities[phrase]
        cased = text[start].isupper()
        if _PREPOSITION.search(text, before, start) and (cased or not ambiguous):
            return Hit(start, end, Label.LOCATION)
        return None if ambiguous else Hit(start, end, Label.LOCATION)

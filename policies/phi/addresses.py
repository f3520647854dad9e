"""Street addresses and postal codes: number first as in the United States, name first as in Europe and Latin America, boxes, units, coordinates.

Source: 45 CFR 164.514(b)(2)(i)(B); street suffixes of USPS Publication 28.
"""

import re
from collections.abc import Callable, Iterator

from policies.phi.gate import Finder
from policies.phi.hits import WEAK, Hit
from policies.phi.lexicon import Lexicon, fold, word_set
from policies.phi.spoken import NUMBERS
from policies.records import Label

STATE_CODES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA"
    "|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|PR"
)
STATE_NAMES = (
    "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Georgia|Hawaii|Idaho|Illinois"
    "|Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland"
    "|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico"
    "|North Carolina|North Dakota|Ohio|Oklahoma|Oregon"
    "|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|Washington|West Virginia"
    "|Wisconsin|Wyoming|Puerto Rico"
)
_STATE = rf"(?:(?:{STATE_CODES})\b\.?|(?i:{STATE_NAMES})\b)"
# Countries survive as states do; those that are more often given names (Jordan, Chad, Israel) are left to the tagger.
_COUNTRIES = (
    "usa|america|mexico|canada|england|scotland|ireland|wales|britain|united kingdom|france|germany|spain|portugal|italy|greece|poland"
    "|belgium|netherlands|holland|switzerland|austria|denmark|sweden|norway|finland|iceland|russia|ukraine|romania|hungary|croatia|serbia"
    "|bulgaria|turkey|egypt|morocco"
    "|nigeria|ghana|kenya|ethiopia|somalia|south africa|india|pakistan|bangladesh|nepal|sri lanka|china|japan|korea|vietnam|thailand|cambodia|laos"
    "|philippines|indonesia|malaysia|singapore|taiwan|australia|new zealand|brazil|argentina|chile|peru|colombia|venezuela|ecuador|bolivia|uruguay"
    "|paraguay|guatemala|honduras|nicaragua|panama|costa rica|el salvador|cuba|haiti|jamaica|trinidad|dominican republic|iran|iraq|syria|lebanon"
    "|saudi arabia|yemen|afghanistan|bavaria|espana|alemania|francia|italia|brasil|inglaterra"
)
STATES = frozenset(word for name in STATE_NAMES.lower().split("|") for word in (name, *name.split())) | frozenset(_COUNTRIES.split("|"))
ZIP_CODE = r"\d{5}(?:-\d{4})?(?![\w-])"
_CITY_WORD = r"(?:(?:St|Mt|Ft|Pt)\. ?)?[A-Z][\w']{1,24}"
CITY = rf"{_CITY_WORD}(?: {_CITY_WORD}){{0,2}}"
# Of the United Kingdom and Canada; four digits as in Australia only after its states.
_POSTCODE = (
    r"(?:[A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]? \d[ABD-HJLNP-UW-Z]{2}|[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d"
    r"|(?:NSW|VIC|QLD|WA|SA|TAS|ACT) \d{4})\b"
)
_TAIL = (
    rf"(?:,? +(?:{CITY},? +)?{_STATE}(?:,? +{ZIP_CODE})?|,? +(?i:[a-z][a-z.' ]{{2,28}}, ?(?:{STATE_CODES}|{STATE_NAMES}),? +{ZIP_CODE})"
    rf"|,? +{ZIP_CODE}|, +{CITY}(?:,? +{_POSTCODE})?)?"
)
_UNIT = r"(?:,? *(?:(?i:apt|apto|apartment|unit|suite|ste|bldg|building|fl|floor|room|rm|lot|depto|departamento|piso|int)\b\.?|#) *#?[\w-]{1,6})"
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
    rf"(?:\b(?i:flat|unit|apt|suite|house|block|blk) \w{{1,5}}, ?)?(?<![\w$.,/-])"
    rf"\d{{1,6}}[A-Za-z]?(?:-\d{{1,4}})? +{_DIRECTION}{_MEASURE}(?:[\w'.-]{{1,24}} +){{1,4}}?{_STREET}\b\.?(?! +(?i:time"
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
    rf"(?:\b(?i:flat|unit|apt|house|block"
    rf"|blk) \w{{1,5}}, ?)?\d{{1,6}}[A-Za-z]?(?:-\d{{1,4}})? +{_DIRECTION}{_MEASURE}((?:[A-Z][\w'.-]{{0,24}} +){{1,3}}?)((?=[A-Z])(?i:"
    rf"{'|'.join(sorted(_SUFFIXES, key=len, reverse=True))}))\b\.?{_UNIT}?{_TAIL}"
)
NUMBERED_NAME = re.compile(
    r"\d{1,6}[A-Za-z]? +[A-Z][\w'.-]{0,24}(?: (?:de |del |la |las |los )?[A-Z][\w'.-]{0,24}){0,3}"
    rf"{_UNIT}?{_TAIL}"
)
_DWELLING_BEFORE = re.compile(
    r"\b(?:(?:liv(?:es?|ed|ing)|resid(?:es?|ed|ing)|i'?m|we'?re|come|pick (?:me|us) up) at|address(?: is|:)|viv(?:o|e|imos|[ií]a) en|resid[oe] en"
    r"|direcci[oó]n(?: es|:)|domicilio(?: es|:)) +$",
    re.I,
)
RURAL_ROUTE = re.compile(rf"\b(?i:r\.?r\.?|h\.?c\.?|rural route|highway contract) *#?\d{{1,4}},? +(?i:box) *#?\d{{1,6}}[A-Za-z]?\b{_TAIL}")
PO_BOX = re.compile(rf"(?i:\bp\.? ?o\.? ?box|\bpost office box|\bapartado(?: postal)?) *#?\d{{1,7}}{_TAIL}")
_LONE_UNIT = re.compile(r"(?:^|[\n,:]) *(?i:unit|lot|space|room) #?\d{1,4}[A-Z]?(?= *(?:$|[\n,]))")
UNIT = re.compile(r"\b(?:apt|apartment|suite|ste|depto|departamento)\b\.? *#? ?(?=[\w-]*\d|[A-Z]\b)[\w-]{1,6}\b", re.I)
# "int. 4, Col. Jardines del Sur, C.P. 44950 Guadalajara, Jal."
_MEXICAN = (
    r"(?:,? *(?i:int|interior|depto|piso|puerta|esc|local|letra)\.? ?\w{1,4})?(?:,? +(?i:col\.?|colonia|fracc\.?|fraccionamiento|barrio|sector)"
    r" [\w .]{2,30}?(?=,| \d{5}|$|\n))?(?:,? +(?i:c\.?p\.? ?)?\d{4,5}\b)?"
    r"(?:, [A-Z][\w'.]{1,24}(?: [A-Z][\w'.]{1,24}){0,2}){0,2}(?:,? +(?i:c\.?p\.? ?)?\d{5}\b)?"
)
NAME_FIRST = re.compile(
    r"\b(?:(?i:calle|avenida|av\.|avda\.|paseo|calzada|carrera|callej[oó]n|jl\.|jalan|camino|colonia|urb\.|urbanizaci[oó]n|via|rue"
    r"|rua) +(?:[\w'.]{1,24} +){0,4}?(?:[#n]?[ºo°.]? *)?\d{1,5}\b[a-zA-Z]?"
    rf"|[A-ZÄÖÜ]\w{{0,24}}(?:stra(?:ß|ss)e|str\.|weg|platz|gasse) *\d{{1,4}}\w?){_UNIT}?{_MEXICAN}{_TAIL}"
)
_ZIP_NUMBER = re.compile(rf"(?<=[a-zA-Z. ])(?<= ){ZIP_CODE}")
_STATE_BEFORE = re.compile(rf"\b(?:{STATE_CODES}|{STATE_NAMES})\.? +$", re.I)
ZIP = re.compile(
    rf"\b(?i:zip(?: ?code)?|postal code|postcode|c[oó]digo postal|c\.?p\.?)\b[\s:#]*(?:is|es|of|area)? *({ZIP_CODE}"
    rf"|\d{{3}}(?!\d)|[A-Z]\d[A-Z] ?\d[A-Z]\d)"
)
POSTCODE = re.compile(
    r"(?<!\w)(?:[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z]"
    r" \d[ABCEGHJ-NPRSTV-Z]\d|(?:GIR|[A-PR-UWYZ][A-HK-Y]?\d[\dA-HJKPSTUW]?) \d[ABD-HJLNP-UW-Z]{2})(?!\w)"
)
COORDINATES = re.compile(r"(?<![\w.])[-+]?\d{1,2}\.\d{3,}°? ?[NS]?,? ?[-+]?\d{1,3}\.\d{3,}°? ?[EW]?(?![\w.])")


def _streets(text: str) -> Iterator[Hit]:
    for match in ADDRESS.finditer(text):
        if not _WEAK_STREET.search(match[0]) or _looks_named(match[0]):
            yield Hit(match.start(), match.end(), Label.LOCATION)


_NO_STREET = word_set("with by see for at from to my our the and or of in on via per")


def _looks_named(found: str) -> bool:
    """ "12 Birch Court" but not "3 nice way": a street word that is also an ordinary word needs a capitalised name before it."""
    words = [word for word in found.split()[1:] if word[0].isalpha()]
    if words and words[0] in _NO_STREET:  # "8:15 with Dr"
        return False
    return bool(words) and (
        words[0][0].isupper() or found.isupper() or (words[-1].lower().strip(".") in ("st", "dr", "ct", "pl") and len(words) > 1)
    )


def _cased_streets(terms: frozenset[str]) -> Callable[[str], Iterator[Hit]]:
    def find(text: str) -> Iterator[Hit]:
        for match in CASED_ADDRESS.finditer(text):
            before = [fold(word) for word in match[1].split()]
            if _NO_NUMBER_BEFORE.match(text[match.start() - 1 : match.start()]):
                continue
            if fold(match[2]) not in _EVERYDAY or not any(word in _FACILITY or word in terms for word in before):
                yield Hit(match.start(), match.end(), Label.LOCATION)

    return find


_SPOKEN = "|".join(sorted(NUMBERS, key=len, reverse=True))
_NAMED_STREET = re.compile(
    rf"\b((?i:(?:{_SPOKEN}|hundred)[ -]){{1,5}})?(?:[A-Z][\w'.-]{{1,20}} ){{1,3}}"
    r"(?:Street|St|Avenue|Ave|Boulevard|Blvd|Road|Rd|Lane|Ln|Drive|Dr|Court|Ct|Terrace|Parkway|Pkwy|Highway|Circle|Cir)\b(?!\.? [A-Z])\.?"
)
_SPOKEN_ADDRESS = re.compile(
    rf"\b(?i:address(?: is|'s|:)?|liv(?:e|es|ing) at|i'?m at|staying at)(?: uh| um)? +((?i:(?:{_SPOKEN}|hundred)[ -]){{1,6}}(?:[A-Z]\w+ ?){{1,3}}"
    r"(?:, (?i:apartment|apt|unit|suite) \w+(?: [A-Z]\b)?)?(?:, [A-Z]\w+(?: [A-Z]\w+)?)?)"
)
_ON_STREET = re.compile(r"\b(?:lives?|living|moved|house|home|street|address|resid\w+)\b[^.\n]{0,24}$", re.I)


def _named_streets(text: str) -> Iterator[Hit]:
    """ "Alder Hollow Rd" without a number: somebody's street, beside another identifier or a word of living."""
    for match in _NAMED_STREET.finditer(text):
        lives = match[1] or _ON_STREET.search(text, max(0, match.start() - 40), match.start())
        yield Hit(match.start(), match.end(), Label.LOCATION, score=4.0 if lives else WEAK)


def _dwellings(text: str) -> Iterator[Hit]:
    for match in _SPOKEN_ADDRESS.finditer(text):
        yield Hit(match.start(1), match.end(1), Label.LOCATION)
    for match in NUMBERED_NAME.finditer(text):
        if _DWELLING_BEFORE.search(text, max(0, match.start() - 24), match.start()):
            yield Hit(match.start(), match.end(), Label.LOCATION)


def _zips(text: str) -> Iterator[Hit]:
    for match in _ZIP_NUMBER.finditer(text):
        if _STATE_BEFORE.search(text, max(0, match.start() - 20), match.start()):
            yield Hit(match.start(), match.end(), Label.LOCATION)


def _each(pattern: re.Pattern[str], group: int = 0) -> Callable[[str], Iterator[Hit]]:
    def find(text: str) -> Iterator[Hit]:
        for match in pattern.finditer(text):
            yield Hit(match.start(group), match.end(group), Label.LOCATION)

    return find


_NAME_FIRST_GATE = (
    r"(?i)(?:calle|avenida|av\.|avda|paseo|calzada|carrera|callej|jl\.|jalan|camino|colonia|urb|via|rue|rua|str|weg|platz|gasse)"
)


_CAP = r"[A-ZÀ-ÖØ-Ž][\w'’.-]{1,24}"
_JOIN = r"(?:de|la|las|los|el|del|da|das|do|dos|di|van|der|den|von|des|du|utca|út|tér)"
_CODE = r"(?:[A-Z]{1,2}-)?(?:\d{4,6}(?:-\d{3,4})?|\d{3} \d{2,3})(?: [A-Z]{2})?"
# Street, number, code and town: "Bahnhofstrasse 393, 8001 Zürich", "Rua das Flores 918, 4050-262 Porto".
ABROAD = re.compile(
    rf"{_CAP}(?: (?:{_JOIN}|{_CAP})){{0,5}},? (?:n[ºo°.]* ?)?\d{{1,5}}[A-Za-z]?(?:[/-]\w{{1,4}})?\.?(?:, ?[\w º°.]{{1,14}})?, ?"
    rf"{_CODE} {_CAP}(?: {_CAP}){{0,2}}"
)
# Town, then code: "Jakarta Selatan 12730"; a town of the list, or after a street.
TOWN_CODE = re.compile(rf"({_CAP}(?: {_CAP})?) (?!19\d\d|20\d\d)(\d{{4,6}})(?![\w%-])")
_CHUNK = rf"{_CAP}(?: (?:{_JOIN}|{_CAP})){{0,4}}"
# "Flat 7B, Tulip Heights, Baner Road, Pune 411045", "3/88 Wattlebird Pde, Geelong VIC 3220", "219 Rue des Mésanges, Gatineau, QC J8X 0Z9".
COMMONWEALTH = re.compile(
    rf"(?:(?i:flat|unit|apt|plot|house|door no|h\.? ?no)\.? ?[\w/-]{{1,6}},? +(?:\d{{1,5}}[A-Za-z]?,? +)?|\d{{1,5}}[A-Za-z]?(?:/\d{{1,5}})?,? +)"
    rf"{_CHUNK}(?:, {_CHUNK}){{0,3}},? +(?:(?:[A-Z]{{2,3}},? +)?{_POSTCODE}|[1-9]\d{{2}} ?\d{{3}}(?!\d))"
)
_FLAT = re.compile(
    r"(?:flat|blk|block|h\.? ?no\.?|house no\.?|casa|piso|lote|mz\.?) ?#?\w{1,5},? *(?:(?:sector|sec|mza?|col\.?) ?[\w-]{1,12},? *)?$", re.I
)


def _towns_with_codes(lexicon: Lexicon) -> Callable[[str], Iterator[Hit]]:
    def find(text: str) -> Iterator[Hit]:
        for match in TOWN_CODE.finditer(text):
            names = [fold(word) for word in match[1].split()]
            if " ".join(names) in lexicon.towns or names[0] in lexicon.towns or names[-1] in lexicon.towns:
                flat = _FLAT.search(text, max(0, match.start() - 40), match.start())
                yield Hit(flat.start() if flat else match.start(), match.end(), Label.LOCATION)

    return find


def finders(lexicon: Lexicon) -> tuple[Finder, ...]:
    """Places written with digits."""
    return (
        Finder("street address", rf" {_STREET}\b", _streets, digit=True),
        Finder(
            "street address by its capitals",
            r"\d[A-Za-z]?(?:-\d{1,4})? +(?:[NSEWnsew]\S* +)?[A-Z]",
            _cased_streets(lexicon.terms),
            digit=True,
        ),
        Finder("dwelling", r"(?i)\bat |address|viv|resid|domicilio|direcci", _dwellings),
        Finder(
            "street without a number",
            r"[\w.'-] (?:Street|St|Ave|Avenue|Blvd|Boulevard|R[oa]*d|Lane|Ln|Drive|Dr|C[our]*t|Terrace|P[ark]*way|Pkwy|Highway|Circle|Cir)\b",
            _named_streets,
        ),
        Finder("post box", r"(?i)\bbox *#?\d|apartado", _each(PO_BOX), digit=True),
        Finder("rural route", r"(?i)\bbox *#?\d", _each(RURAL_ROUTE), digit=True),
        Finder(
            "unit of a form",
            r"(?i)\b(?:unit|lot|space|room) #?\d",
            lambda text: (Hit(*match.span(), Label.LOCATION, score=WEAK) for match in _LONE_UNIT.finditer(text)),
            digit=True,
        ),
        Finder("unit", r"(?i)\b(?:apt|apartment|suite|ste|depto|departamento)\b", _each(UNIT), digit=True),
        Finder("street name before number", _NAME_FIRST_GATE, _each(NAME_FIRST), digit=True),
        Finder("address abroad", r", ?(?:[A-Z]{1,2}-)?\d{3,6}[ -]", _each(ABROAD), digit=True),
        Finder(
            "address of the Commonwealth",
            r"[A-Z]\d[\dA-Z]? ?\d[A-Z]|(?:NSW|VIC|QLD|WA|SA|TAS|ACT) \d{4}|[a-z] [1-9]\d{2} ?\d{3}\b",
            _each(COMMONWEALTH),
            digit=True,
        ),
        Finder("town and code", r"[A-Za-zÀ-ž] \d{4,6}\b", _towns_with_codes(lexicon), digit=True),
        Finder("postcode", r"[A-Z]\d[A-Z0-9]{0,2} \d[A-Z]", _each(POSTCODE), digit=True),
        Finder("coordinates", r"\d\.\d{3}", _each(COORDINATES), digit=True),
        Finder("ZIP after a state", r"[A-Za-z]\.? +\d{5}", _zips, digit=True),
        Finder("ZIP by its label", r"(?i)zip|postal|postcode|c\.?p\b", _each(ZIP, 1), digit=True),
    )

"""What is said around a name, in English and Spanish: the patterns after which a name stands. Knows no names."""

import re
from typing import NamedTuple

from policies.phi.lexicon import word_set

_TITLES = (
    "mr|mrs|ms|miss|mx|mister|sr|sra|srta|señor|senor|señora|senora|señorita|senorita|don|doña|dr|dra|doctor|doctora|prof"
    "|professor|rev|pastor|nurse|hygienist|sister"
)
_KIN = (
    "wife|husband|spouse|partner|fianc[eé]e?|boyfriend|girlfriend|son|daughter|kid|child|baby|mom|mum|mother|dad|father"
    "|stepmom|stepdad|stepson|stepdaughter|brother|sister|sibling"
    "|grandma|grandmother|grandpa|grandfather|granny|nana|grandson|granddaughter|aunt|auntie|uncle|cousin|niece|nephew"
    "|twin|twins|friend|neighbor|neighbour|roommate|coworker|boss|caregiver"
    "|mother-in-law|father-in-law|sister-in-law|brother-in-law|son-in-law|daughter-in-law|patient|patients|pt|client"
    "|member|guarantor|resident|classmate|teacher|coach|employer"
    "|esposa|esposo|marido|mujer|hijo|hija|hijos|bebé|bebe|mam[aá]|madre|pap[aá]|padre|hermano|hermana|abuela|abuelo|nieta"
    "|nieto|t[ií]a|t[ií]o|prima|primo|sobrina|sobrino|suegra|suegro"
    "|cuñada|cuñado|amiga|amigo|vecina|vecino|novia|novio|paciente"
)
_GREETINGS = (
    "dear|hi|hello|hey|hiya|good morning|good afternoon|good evening|hola|estimado|estimada|querido|querida|buenos d[ií]as"
    "|buenas tardes|buenas"
)
_FAREWELLS = (
    "thanks|thank you|many thanks|regards|best|best regards|warm regards|kind regards|warmly|sincerely|cheers|love|yours"
    "|yours truly|respectfully|saludos|atentamente|gracias|cordialmente|un abrazo|signed|from|xoxo|blessings|take care"
    "|muchas gracias"
)
_CASED_TITLES = "Capt|Sgt|Lt|Col|Fr|Judge|Officer|Coach|Grandma|Grandpa|Aunt|Uncle|Mom|Dad|Nana|Papa|T[ií]a|T[ií]o"


def _first_words(alternatives: str) -> frozenset[str]:
    plain = alternatives.lower().replace("[eé]e?", "e").replace("[aá]", "a").replace("[ií]", "i").replace("ñ", "n").replace("é", "e")
    return frozenset(re.split(r"[ -]", entry)[0] for entry in plain.split("|"))


class Cue(NamedTuple):
    """`first` are the words it may begin with, `opens` asks that it begins a sentence or field.

    `trusts` says how unlike a name the next word may be: 3 anything, 2 any capitalised word, 1 a capitalised non-word or a known name,
    0 the same with more doubt.
    """

    first: frozenset[str]
    pattern: re.Pattern[str]
    trusts: int
    personal: bool
    opens: bool = False


_NAME_OWNERS = (
    "my|his|her|their|patient|patients|pt|pts|full|first|last|legal|maiden|middle|preferred|guarantor|contact|guardian|son"
    "|sons|daughter|daughters|child|childs|wife|wifes|husband|husbands|mom|moms"
)
_NAME_WORDS = "name|names|nombre|apellido|apellidos|llamo|llama|attn|goes|known|dime"
_INTRODUCING = (
    "this|i|im|it|its|soy|habla|named|called|ask|asked|asking|on|regarding|re|concerning|spoke|talked|met|seen|saw|see"
    "|thanks|thank|gracias|shout|shoutout|kudos|appointment|appt|booked|cita|referred"
    "|recommended|para|con|for|by|with|and|y|to|about|love|loved|recommend|recomiendo|emergency|guardian|signed|reviewed"
    "|author|caller|speaking|attendee|attendees|from|cc|beneficiary"
)
FORMAL_WORDS = _first_words("mr|mrs|ms|miss|mx|mister|dr|dra|sr|sra|srta|senor|senora|senorita")
NAME_WORDS = _first_words(_NAME_WORDS)

CUES: tuple[Cue, ...] = (
    Cue(
        _first_words(_NAME_OWNERS),
        re.compile(
            r"(?:(?:my|his|her|their|patient(?:'?s)?|pt'?s?|full|first|last|legal|maiden|middle|preferred|guarantor|contact"
            r"|guardian|son'?s?|daughter'?s?|child'?s?|wife'?s?|husband'?s?|mom'?s?) +)+"
            r"names?(?: +is\b|'s\b| *[:=])[ \"']*",
            re.I,
        ),
        3,
        True,
    ),
    Cue(
        _first_words("name|nombre|apellido|apellidos|patient|paciente|pt"),
        re.compile(r"(?:name|nombre|apellidos?|patient|paciente|pt)\"? *[:=][ \"']*", re.I),
        3,
        True,
        opens=True,
    ),
    Cue(
        _first_words("me|mi|su|first|last|given|family|attn|nombre|se|goes|known|call|dime"),
        re.compile(
            r"(?:me +llamo +|(?:mi|su) +nombre +(?:completo +)?(?:es|:) *|(?:first|last|given|family)[_ ]?name\"? *[:=] *\"?"
            r"|attn\b[:.]? *|nombre(?: completo)?(?: del paciente)? *: *"
            r"|(?:se +llama|goes +by|known +as|call +me|dime) +)",
            re.I,
        ),
        3,
        True,
    ),
    Cue(_first_words(_TITLES), re.compile(rf"(?:{_TITLES})\b\.? *(?=[^\W\d_])", re.I), 2, False),
    Cue(_first_words(_CASED_TITLES), re.compile(rf"(?:{_CASED_TITLES})\b\.? +"), 1, True),
    Cue(
        _first_words(_KIN),
        re.compile(
            rf"(?:{_KIN})(?:(?:,| is| was| named| called| llamad[oa]| -| \(|:| of| de| initials| mr\.?| ms\.?| mrs\.?)? +| \()(?=[^\W\d_])",
            re.I,
        ),
        1,
        True,
    ),
    Cue(
        _first_words(_INTRODUCING),
        re.compile(
            r"(?:this +is|i +am|i'?m|it'?s|soy|habla|named|called|ask(?:ed)? +for|asking +for|on +behalf +of|regarding|re:"
            r"|concerning|spoke +(?:with|to)|talked +(?:with|to)|met +(?:with)?"
            r"|seen +by|saw|see|thanks +to|thank +you,?|thanks,?|gracias +a|shout ?out +to|kudos +to|appointment +(?:for|of)"
            r"|appt +for|booked +(?:for|with)|cita +(?:para|de|con)|referred +by"
            r"|recommended +by|para|con|for|by|with|and|y|to|about|met|love|loved|recommend|recomiendo +a"
            r"|emergency +contact(?: +is|:)?|guardian(?: +is|:)?|signed(?: +by)?|reviewed +by|author:?|caller(?: +is|:)?"
            r"|speaking +with|attendees?:?|from:|to:|cc:|beneficiary:?) +",
            re.I,
        ),
        0,
        True,
    ),
    Cue(_first_words(_GREETINGS), re.compile(rf"(?:{_GREETINGS}) *,? +", re.I), 1, False, opens=True),
)
CUES_BY_WORD: dict[str, tuple[Cue, ...]] = {
    word: tuple(cue for cue in CUES if word in cue.first) for word in frozenset().union(*(cue.first for cue in CUES))
}

SIGNATURE = re.compile(
    rf"(?:(?:(?:^|\n|[.!?;,)\"'] *| )(?:--?|~|\*) *)|(?:(?:^|\n|[.!?,;] *)(?:{_FAREWELLS})(?: +(?:so much|again"
    rf"|y?our patient))?\b[,!.\- \n]{{1,4}} *))"
    r"((?:[^\W\d_]\.? ?){2,3}|[^\W\d_][^\W\d_'.-]{0,24}(?: +[^\W\d_][^\W\d_'.-]{0,24}\.?){0,2}\.?),? *(?=\n|$)",
    re.I,
)
INITIALS = re.compile(r"(?:[A-Z]\. ?){2,3}$|[A-Z]{2}\.?$")
SPELLED_NAME = re.compile(r"(?<![\w-])[A-Za-z](?:-[A-Za-z]){3,14}(?![\w-])")  # N-O-R-A
INITIALS_ACTING = re.compile(r"(?<![\w.])([A-Z]\.[A-Z])\.?(?![\w])")
NO_INITIALS = word_set("US UK DC NY LA PT OT RN NP PA MD DO AM PM ID")
NOT_GREETED = word_set(
    "team all there everyone everybody friend friends sir madam maam patient patients doctor doctors valued neighbor guys "
    "folks staff office again both customer client member parents parent family dr mr mrs ms miss hiring to todos equipo "
    "amigos amigo paciente whom it ladies gentlemen colleagues colleague reader readers subscriber"
)
# After "X was", "X told me": done by people, seldom by products.
PERSON_VERB = re.compile(
    r" (?:(?:was|is|has been|were) (?:so|very|super|extremely|really|always|incredibly|the best|amazing|wonderful"
    r"|fantastic|great|awesome|kind|friendly|rude|patient|gentle|helpful|professional|there|our|my|able)\b"
    r"|(?:come|comes|drives|drove|lives|told|said|helped|greeted|explained|answered|listened|called|took|made|walked"
    r"|checked|treated|did|gave|went|came|kept|cleaned|scheduled|needs|wants|has an? (?:appointment|question)|at the front"
    r"|from the front"
    r"|in (?:billing|reception|scheduling)|and (?:his|her|the)|me atendi[oó]|fue muy|es muy|nos|me)\b)"
)
DISEASE_NEXT = re.compile(
    r"(?:'s|s')? +(?:disease|syndrome|fractures?|sign|test|repair|palsy|neuroma|catheter|scale|score|classification"
    r"|osteotomy|splint|method|technique|approach|stitch|retractor|pins?|view|deformity|tendon"
    r"|ligament|criteria|phenomenon|maneuver|contracture|cyst|lymphoma|tear|lesion|procedure|diet|esophagus|sarcoma"
    r"|disorder|thyroiditis|block|needle|tube|bar|ring|clamp|nodes?|spots?|model|index|enfermedad)\b",
    re.I,
)
ORGANISATION_NEXT = re.compile(
    r"(?:[ ,&-]+(?:and |& )?[A-Z][\w']{0,24}){0,2}? +(?i:clinics?|hospitals?|medical|health|healthcare"
    r"|dental|dentistry|ortho\w*|dermatology|center|centre|university|institute|group|smiles|surgery|surgical|associates"
    r"|partners"
    r"|pharmacy|college|school|foundation|insurance|inc|llc|church|library|park|airport|stadium|building|memorial|regional"
    r"|wellness|imaging|laboratories|labs|therapeutics|pharmaceuticals|brand|bank|hotel|award)\b"
)
ORGANISATION_CASED = re.compile(r"(?:Saint|St\.?|Mount|Mt\.?|Fort|Port|Lake|San|Santa|Los|Las|El|La|University of|Johns) +$")

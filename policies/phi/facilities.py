"""Hospitals and clinics that treated or employ somebody. Not the practice's own (`allow.py` excuses those), not a name that stands alone.

A facility is no identifier of its own under Safe Harbor; with a person's case around it it places that person below the state. So it counts
beside a word of care or a person, and elsewhere only in a text that holds another identifier. Source: 45 CFR 164.514(b)(2)(i)(B).
"""

import re
from collections.abc import Iterator

from policies.phi.gate import Finder
from policies.phi.hits import WEAK, Hit
from policies.phi.lexicon import fold, word_set
from policies.records import Label

_KIND = (
    r"(?:hospitals?|medical (?:center|centre|group|plaza|arts)|med(?:ical)? c(?:en)?te?r|clinic|infirmary|health(?: ?care)?(?: system"
    r"| center| network)?|urgent care|hospice"
    r"|surg(?:ery|ical) center|cancer center|children'?s(?: hospital)?|memorial(?: hospital)?|regional(?: hospital| medical center)?"
    r"|general(?: hospital)?|nursing home"
    r"|rehab(?:ilitation)?(?: center| hospital)?|family (?:dental|medicine|practice|health)|dental(?: care| group| associates)?"
    r"|orthop(?:a)?edics?|ortho|dermatology"
    r"|women'?s (?:center|health)|eye (?:center|institute)|heart (?:center|institute)|spine (?:center|institute)|institute"
    r"|assisted living|senior living|dialysis(?: partners| center)?|fertility(?: clinic| center)?|manor|imaging|women'?s health"
    r"|health partners|physicians"
    r"|(?:memory|home|skin|eye|foot|care|hospice|day ?care|wellness|recovery|birth(?:ing)?|vein|infusion|treatment|pain)"
    r" (?:care|center|centre|clinic|house|home|bar)"
    r"|med ?spa|medi-?spa|pavilion|transplant|recovery|bone (?:&|and) joint|foot (?:&|and) ankle|home health|physical therapy|sports medicine"
    r"|pa?ediatrics|oncology|cardiology|urology|endodontics|orthodontics|periodontics|ob-?gyn|aesthetics|plastic surgery"
    r"|va(?: hospital| medical center)?|school of medicine|skilled nursing|snf|rehab(?: hospital)?|behavioral health|counseling|psychiatry"
    r"|eye ?care|dental studio|smiles"
    r"|(?:neurology|rheumatology|gastroenterology|nephrology|pulmonology|endocrinology|ophthalmology|podiatry|radiology|arthritis|allergy"
    r"|sleep)(?: group| associates| partners| center| clinic| specialists)|internal medicine|family medicine|primary care|medical associates"
    r"|drugs|pharmacy"
    r"|cl[ií]nica|hospital (?:general|universitario|civil))"
)
_WORD = r"(?:(?:St|Mt|Ft)\.|[A-Z][\w'’&-]*|of|the|&|and|de|del|la|los|san|santa)"
CASED = re.compile(
    rf"\b(?!(?:The|At|In|To|From|My|Our|Your|I|We|Dr|A|An|For|And|Is|Was|Went|Of|Any|This|That|Which|Local|New)\b)"
    rf"(?:St\.|Mt\.|Ft\.|[A-Z][\w'’&-]*)(?: {_WORD}){{0,3}}? (?:(?i:{_KIND})|Dental|ER|ED)\b(?: [A-Z][a-z]+(?= |$|[.,;]))?"
)
LOWER = re.compile(
    r"\b(?:st\.? |saint |mt\.? |mount |holy |sacred |good )?(?!(?:the|at|in|to|from|my|our|your|a|an|for|and|is|was|went|of|any|this|that"
    r"|which|local|new|best|near|nearest|with|or"
    r"|dr|pt|first|same|other|another|oral|public|private|general|urgent|free|community|your|his|her|mental|home|behavioral|primary"
    r"|dental|medical|eye|skin|knee|pain|in-?patient"
    r"|digital|good|overall|women'?s|men'?s|county|state|university|travel|sleep|walk-in|weight|loss|cosmetic|vein|allergy|fertility"
    r"|wound|va|children'?s|vision|better|of)\b)"
    r"[a-z][\w'’-]{2,20}(?: (?!(?:at|in|to|from|my|for|and|is|was|with|or|dr|pt)\b)[a-z][\w'’-]{1,20})?? (?:hospital|medical center"
    r"|med ctr|urgent care|regional|memorial"
    r"|general hospital|general(?= |$|[.,;])|children'?s hospital|clinic(?! near| in| for| that| open)|surgery center|health system"
    r"|family dental|dialysis|fertility|manor|women'?s health|med ?spa|pavilion|care center|nursing home|hospice|recovery center"
    r"|medical group|rehab(?= |$|[.,;]))\b"
)
SAINT = re.compile(
    r"\b(?:St\.?|Saint|Mt\.?|Mount|Sacred|Holy|Good) (?:[A-Z][a-z]+(?:'s|s')?)(?: (?i:hospital|medical center|heart|health|cross|samaritan|name))?\b"
)
_SAINTS = "luke|mary|joseph|john|jude|vincent|francis|anthony|elizabeth|michael|david|sinai|heart|cross|samaritan|thomas|agnes"
# Networks of hospitals by the first word of their houses' names.
NETWORK = re.compile(
    r"\b(?:Mercy|Providence|Advocate|Ascension|Baptist|Methodist|Presbyterian|Adventist|Trinity|Good Shepherd)(?: [A-Z][a-z]+){1,2}\b"
)
SAINT_LOWER = re.compile(rf"\b(?:st\.?|saint|mt\.?|mount|sacred|holy|good) (?:{_SAINTS})(?:'?s)?\b")
SPANISH = re.compile(
    r"\b(?:Hospital|Cl[ií]nica|Sanatorio|Centro M[eé]dico|Consultorio)(?: (?:(?:de|la|del|los|las)\b|[A-ZÁ-Ž][\w'’-]+)){1,4}"
)
KNOWN = re.compile(
    r"\b(?:mayo clinic|cleveland clinic|mass general|massachusetts general|mount sinai|mt\.? sinai|johns hopkins|cedars[- ]sinai"
    r"|baylor scott (?:&|and) white|memorial hermann"
    r"|northwell(?: health)?|harborview|bellevue|nyu langone|md anderson|sloan[- ]kettering|brigham and women'?s|mcleod|geisinger|ochsner"
    r"|intermountain|kaiser (?:oakland|richmond|fontana)"
    r"|grady memorial|jackson memorial|parkland|cook county hospital|houston methodist|rush university|stanford hospital|ucla medical"
    r"|ucsf|penn medicine|duke regional|emory)\b(?: (?:hospital|medical center))?",
    re.I,
)
_CARE_BEFORE = re.compile(
    r"\b(?:admi\w+|transfer\w*|discharg\w*|treated|hospitali[sz]\w+|seen|deliver\w*|born|operated|works?|worked|working|employed|employer"
    r"|retire\w*|resident|nurse|rn|md|np|went|er"
    r"|surgery|icu|s/p|sent|referred|visited|scan|mri|labs?|records?|exposed|consult\w*|follow\w*|been|was|were|ingres\w+|trabaj\w+"
    r"|operaron|internad[oa]"
    r"|i|my|he|she|we|mom|dad|mother|father|wife|husband|patient|pt|yo|y/o|[mf]|dr|doctor|mi|su|mam[aá]|pap[aá]|paciente)\b[^.\n]{0,48}$",
    re.I,
)


# Words that every facility's name is made of: without another word they are a department or a service.
_GENERIC = word_set(
    "hospital hospitals medical center centre group clinic health healthcare care system network urgent surgery surgical cancer childrens children "
    "memorial regional general nursing home rehab rehabilitation family dental medicine practice orthopedic orthopedics orthopaedics ortho "
    "dermatology "
    "womens women eye heart spine institute assisted senior living dialysis fertility imaging physicians partners physical therapy sports pediatrics "
    "oncology cardiology urology endodontics orthodontics periodontics aesthetics plastic cosmetic behavioral mental counseling psychiatry hospice "
    "wellness memory skin foot ankle bone joint hand vein pain infusion treatment recovery transplant pavilion med spa medspa studio and the of for "
    "er ed va our your new fast services service department team unit primary internal sleep weight loss hearing vision hair laser advanced "
    "comprehensive complete total same day walk in online virtual mobile community public private local best free occupational speech knee hip "
    "shoulder "
    "breast lung kidney liver brain neuro neurology allergy asthma diabetes thyroid addiction detox oral facial implant implants smile smiles "
    "does do did how long what when where who why can will would should"
)


_THING_AFTER = re.compile(r" (?:valve|pacemaker|icd|lead|wort|brace|passion|day)\b|'s wort", re.I)
_PAYER = re.compile(
    r"(?:delta|metlife|guardian|cigna|aetna|humana|liberty|ameritas|renaissance|spirit|sun life|principal|bcbs|blue cross)\b", re.I
)


def _named(name: str) -> bool:
    return any(fold(word) not in _GENERIC for word in _NAME_WORD.findall(name))


_NAME_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")


def _facilities(text: str) -> Iterator[Hit]:
    patterns = (CASED, SAINT, NETWORK, KNOWN, SPANISH) if not text.islower() else (LOWER, SAINT_LOWER, KNOWN)
    for pattern in patterns:
        for match in pattern.finditer(text):
            if not _named(match[0]) or _PAYER.match(match[0]) or _THING_AFTER.match(text, match.end()):
                continue
            near = _CARE_BEFORE.search(text, max(0, match.start() - 64), match.start())
            yield Hit(match.start(), match.end(), Label.LOCATION, score=1.5 if near else WEAK)


FINDERS = (
    Finder(
        "facility",
        rf"(?i) (?:{_KIND}|dental|er|ed)\b|\b(?:mercy|providence|advocate|ascension|baptist|methodist|presbyterian|adventist|trinity|st\.?|saint"
        rf"|mt\.?|mount|sacred|holy|good) [a-z]|mass general|hospital|cl[ií]nica|sanatorio"
        rf"|consultorio|centro m|sinai|hopkins|baylor|hermann"
        rf"|northwell|harborview|bellevue|langone"
        r"|md anderson|kettering|brigham|geisinger|ochsner|intermountain|kaiser|parkland|ucla|ucsf|penn medicine|emory",
        _facilities,
    ),
)

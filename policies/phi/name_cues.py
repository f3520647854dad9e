"""What is said around a name, in English and Spanish: the patterns after which a name stands. Knows no names."""

import re

from policies.phi.lexicon import fold, word_set

TITLES = word_set("doc rev shri smt mr mrs ms miss mx mister sr sra srta senor senora senorita dr dra prof rev dona")
ROLES = word_set("nurse hygienist sister pastor doctor doctora professor don")  # titles that are also words of their own
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
_FAREWELLS = (
    "thanks|thank you|many thanks|regards|best|best regards|warm regards|kind regards|warmly|sincerely|cheers|love|yours"
    "|yours truly|respectfully|saludos|atentamente|gracias|cordialmente|un abrazo|signed|from|xoxo|blessings|take care"
    "|muchas gracias"
)
INTRODUCED = re.compile(
    r"\b(?:(?:(?:my|his|her|their|patient(?:'?s)?|pt'?s?|full|first|last|legal|maiden|middle|preferred|guarantor|contact|guardian|given|family"
    r"|son'?s?|daughter'?s?|child'?s?|wife'?s?|husband'?s?|mom'?s?) +){1,4}names?(?: +is\b|'s\b| *[:=])[ \"']*"
    r"|(?:my|his|her|their|hubbys|moms|dads) +names +(?=[a-z])|me +llamo +|se +llama +|(?:mi|su) +nombre +(?:completo +)?(?:es|:) *|(?:first|last"
    r"|given|family|full|patient|customer"
    r"|user)_?name\"? *[:=] *\"?|(?:^|(?<=[\n,;|{(&?]))(?:first|last|given|surname|fname|lname) *[:=] *"
    r"|(?:(?:^|(?<=[\n,;|{(&?]))\s*)(?:name|nombre(?: completo)?(?: del paciente)?|apellidos?|patient|paciente|pt)\"? *[:=][ \"']*"
    r"|(?:pref(?:erred|\.)?|legal|given|birth) +names?:? +(?=(?-i:[A-Z]))"
    r"|attn\b[:.]? *|goes +by +|known +as +|(?:please +)?call +me +(?!back|at|on|when|if|today|tomorrow|asap|please|in|after|before|anytime))",
    re.I,
)
# "It's Will again", "this is Grace.": a given name that is also a word, by what follows it.
HERE = re.compile(
    r"\b(?:[Ii]t'?s|[Tt]his is|[Ii]'?m|[Ii] am|[Ss]oy) +(?=[A-Z][a-z]+(?: (?:again|here|from|calling|with)\b| [A-Z]|[,.!]|$))"
)
CREDENTIALS = word_set(
    "md dds dmd dpm phd psyd lcsw dpt aprn arnp fnp crna lvn lpn rdh bsn msn facs faad faaos mbbs pharmd dnp lmft edd esq pac"
)
PROFESSIONS = word_set(
    "dermatologist podiatrist orthodontist endodontist periodontist dentist cardiologist neurologist oncologist urologist gynecologist obgyn "
    "pediatrician psychiatrist psychologist therapist chiropractor optometrist ophthalmologist surgeon physician hygienist nurse acupuncturist "
    "gastroenterologist rheumatologist endocrinologist allergist pulmonologist nephrologist radiologist anesthesiologist physical orthopedist midwife"
)
# The same in lower case, where what follows makes it sure: "hi its summer from 555-0134".
HERE_LOWER = re.compile(r"\b(?:it'?s|this is|i'?m|soy) +(?=[a-z]+ (?:from|here|calling|again|w/ a)\b)", re.I)
KIN_WORDS = word_set("husb dtr hubby sis bro bf gf gma gpa mommy daddy abue grandpapa grandmama stepkid") | frozenset(
    fold(word) for word in re.sub(r"\[eé\]e\?", "e", re.sub(r"\[(.).\]", r"\1", _KIN)).split("|") if "-" not in word
)
KIN_OWNERS = word_set("my our his her their mi su tu the")
PERSONAL = re.compile(
    rf"(?:\b(?:{_KIN})(?:(?:,| is| was| named| called| llamad[oa]| -| \(|:| of| de| mr\.?| ms\.?| mrs\.?)? +| \()"
    r"|\b(?:my|his|her|their|full|first|last) +name(?: +is|'s| *[:=]) *|me +llamo +|mi +nombre +es +"
    r"|\b(?:this +is|i +am|i'?m|soy|on +behalf +of|attn[:.]?) +)$",
    re.I,
)
SIGNATURE = re.compile(
    rf"(?:(?:(?:^|\n|[.!?;,)\"'] *| )(?:--?|~|\*) *)|(?:(?:^|\n|[.!?,;] *)(?:{_FAREWELLS})(?: +(?:so much|again"
    rf"|y?our patient))?\b[,!.\- \n]{{1,4}} *))"
    r"((?:[^\W\d_]\.? ?){2,3}|[^\W\d_][^\W\d_'.-]{0,24}(?: +[^\W\d_][^\W\d_'.-]{0,24}\.?){0,2}\.?),? *(?=\n|$)",
    re.I,
)
NOT_GREETED = word_set(
    "team all there everyone everybody friend friends sir madam maam patient patients doctor doctors valued neighbor guys "
    "folks staff office again both customer client member parents parent family dr mr mrs ms miss hiring to todos equipo "
    "si no yes yeah hi hello sure okay ok um uh well so it its thank thanks good my and but yep nope right alright "
    "amigos amigo paciente whom it ladies gentlemen colleagues colleague reader readers subscriber"
)
ORGANISATION_WORDS = word_set(
    "clinic clinics hospital hospitals medical health healthcare dental dentistry ortho orthopedics orthopaedics dermatology center centre "
    "university institute group smiles surgery surgical associates partners pharmacy college school foundation insurance inc llc church library "
    "park airport stadium building memorial regional wellness imaging laboratories labs therapeutics pharmaceuticals brand bank hotel award"
)

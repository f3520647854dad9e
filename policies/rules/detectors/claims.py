"""What copy promises about treatment: cures, certain results, safety, proof, figures, superiority. FTC Act s.5; Health Products Compliance Guidance (2022)."""

from policies.rules.detectors.detector import Detector
from policies.rules.detectors.words import BODY, CONDITION, NUMBER, PEOPLE

_GAP = r"[^.!?\n]{0,60}?"
_NEAR = r"[^.!?\n]{0,25}?"

DENIED = (
    r"\b(?:no|not|cannot|can't|cant|won't|wouldn't|doesn't|don't|didn't|isn't|aren't|hasn't|haven't|nobody|none|neither|nor|never say|unlikely|rarely|beware|wary|skeptic\w*|too good to be true)\b",
    r"\b(?:myth|myths|misconception|false|untrue|rumou?r|scam|so-called|researchers?|scientists?|studying|clinical trials?|fundrais\w*|donat\w*|5k|walk for|one day|hope to|viral|red flags?|ads that|clinics (?:that|selling)|what we actually know|think twice|watch out|took out|take out|headline)\b",
    r"\b(?:may|might|could|some|many|can sometimes) (?:people |patients )?(?:help|reduce|ease|relieve|lessen|improve|manage)",
)
"""A sentence that takes a promise back, doubts it, or speaks of research."""

CURE = Detector(
    name="cure_or_permanence",
    says="promises that a condition goes away, or stays away, for good",
    finds=(
        rf"\b(?:say|wave|kiss|bid|saying|waving)\b{_NEAR}\b(?:good-?bye|bye|farewell|adios)\b{_GAP}\b{CONDITION}\b",
        rf"\b(?:say|wave|kiss|bid|saying|waving|kissed|said)\b{_NEAR}\b{CONDITION}\b{_NEAR}\b(?:good-?bye|bye|farewell)\b",
        rf"\b{CONDITION}\b[^.!?\n]{{0,50}}?\b(?:for good|forever|permanently|once and for all|a thing of the past|ancient history|(?:simply |just )?(?:melts?|fades?|slips?) away|(?:is|are|be) history|(?:will|can) (?:disappear|vanish|be gone)|disappears?|vanish(?:es)?|never (?:comes?|returns?)|gone in|wiped out|behind you|won't come back|doesn't come back|stays? (?:gone|away))\b",
        rf"\b(?:permanent(?:ly)?|forever|once and for all|lifelong|life-?long|lasting|for good)\b[^.!?\n]{{0,40}}?\b(?:relief|solution|fix|freedom|end|answer|remov\w+|free(?: of| from)?)\b{_GAP}\b{CONDITION}\b",
        rf"\b(?:never|no longer|not another|no more)\b[^.!?\n]{{0,40}}?\b(?:suffer|deal with|worry about|live with|experience|have|feel|face|fight|another|wake up)\b[^.!?\n]{{0,40}}?\b{CONDITION}\b(?:[^.!?\n]{{0,25}}\bagain\b)?",
        rf"\b(?:last|final)\b[^.!?\n]{{0,25}}?\b{CONDITION}\b[^.!?\n]{{0,20}}\b(?:you(?:'ll| will)? ever|of your life)\b",
        rf"\b(?:cure[sd]?|curing|heals?|healed|reverse[sd]?|reversing|eliminat\w+|eradicat\w+|erase[sd]?|erasing|banish\w*|conquer\w*|defeats?|defeated|beats?|wipes? out|knocks? out|gets? rid of|getting rid of|rids? (?:you|yourself|your body) of|ends?|ending|stops?|dissolves?|melts? away|undo(?:es)?|fix(?:es|ed)?|resolves?)\b[^.!?\n]{{0,30}}?\b{CONDITION}\b",
        rf"\b(?:free|freedom|liberat\w+)[- ](?:of|from)\b[^.!?\n]{{0,20}}?\b{CONDITION}\b",
        r"\b(?:pain|symptom|migraine|acne|snore|anxiety|wrinkle|allergy|cavity|medication|drug|pill|insulin|addiction)[- ]free (?:life|living|days|future|for life|forever|in|within|by|after|guaranteed|again)\b",
        rf"\b(?:root cause|at its source|at the source)\b{_GAP}\b(?:heal|eliminat|end|cure|fix|correct)\w*",
        r"\b(?:throw away|toss|ditch|trash|put away|leave behind|no longer need|stop (?:taking|needing|wearing)|come off|get off|off)\b[^.!?\n]{0,25}?\b(?:glasses|contacts|cpap|inhalers?|insulin|(?:your |all )?(?:meds?|medications?|pills|prescriptions)|walker|cane|hearing aids?)\b(?:[^.!?\n]{0,25}\b(?:for good|forever|again)\b)?",
        rf"\b(?:restore[sd]?|restoring|regrow\w*|rebuild\w*|regenerat\w+|turn back)\b[^.!?\n]{{0,30}}?\b(?:{BODY}|cartilage|the clock|nerves?|memory|fertility)\b",
        r"\b(?:gives?|giving|gave|get|gets|bring|brings|hand)\b[^.!?\n]{0,20}?\bback\b[^.!?\n]{0,40}?\b(?:what|your|their|the (?:life|years|hair|smile|hearing|sight|body))\b|\b(?:the way (?:they|it|you) (?:did|were|was|worked|felt)|like (?:it|they|you) did|good as new|like new)\b",
        rf"\b{CONDITION}\b[^.!?\n]{{0,40}}?\b(?:leaves?|is gone|are gone|quits?|lifts? for|lets? go|clears? for|stops? (?:here|for good|coming)|retires?|packs? (?:its|their) bags|(?:does|do|will) not (?:come|return)|out of your life|bows out|meets its match|a memory)\b",
    ),
    unless=(*DENIED, r"\b(?:sale|coupon|parking|paperwork|hold music|waiting room|wait times?|boredom|ham|bacon|salmon|cured meats?)\b"),
)

_PROMISE = r"(?:cure[sd]?|heal(?:s|ed)?|guarantee[sd]?|promise[sd]?|reverse[sd]?|eliminate[sd]?|fix(?:es|ed)?)"

BY_DENIAL = Detector(
    name="promise_by_denial",
    says="promises by a denial that leaves itself out (no cure but ours, not a single side effect)",
    finds=(
        rf"\b(?:no|not|never|nobody|cannot|can't|won't)\b[^.!?\n]{{0,80}}\b(?:{_PROMISE}|side effects?|risks?)\b[^.!?\n]{{0,40}}\b(?:but|except|yet|until|save for|other than|apart from)\b[^.!?\n]{{0,16}}?\b(?:ours?|us|we (?:do|can|did)(?=[.,!?;:]|$)|here|now|wink|everyone|everybody)\b",
        rf"\bnothing (?:that )?(?:we|it|our \w+) (?:can't|cannot|can not|couldn't) {_PROMISE}\b",
        rf"\bnot (?:only|just|merely)\b[^.!?\n]{{0,60}}\b(?:we|it|this|our \w+) {_PROMISE}\b",
        r"\b(?:not a single|not one|zero) (?:patients?|persons?|clients?|people|guests?)\b[^.!?\n]{0,40}\b(?:side effects?|complications?|reactions?|scars?|problems?|complain\w*|fail\w*)\b",
        rf"\b(?:myth|they say|doctors say)\b[^\n]{{0,100}}[.!?][^.!?\n]{{0,30}}\b(?:our|we)\b[^.!?\n]{{0,30}}\b{_PROMISE}\b",
    ),
)

GUARANTEE = Detector(
    name="certain_result",
    says="promises a result, or money back if it does not come",
    finds=(
        r"\bmoney[- ]back\b|\bor (?:it's|its|your (?:next|second|treatment|visit|session|money)|we(?:'ll| will)?)\b[^.!?\n]{0,30}\b(?:free|back|refund\w*|on us|treat you free|money)\b",
        r"\b(?:full|complete|100\s?%)\s+refund\b[^.!?\n]{0,60}\b(?:results?|work|improve\w*|happy|satisf\w+|difference|better|lose)\b",
        r"\b(?:if|when|unless) (?:you|it|your|the)\b[^.!?\n]{0,60}\b(?:don't|doesn't|do not|does not|isn't|aren't|not|fail\w*)\b[^.!?\n]{0,60}\b(?:refund\w*|pay nothing|money back|free of charge|on us|on the house|your money|costs? you nothing|owe (?:us )?nothing|don't pay|won't pay|we(?:'ll| will) (?:treat|redo|repeat))\b",
        r"\b(?:no results?,? no (?:fee|bill|charge|pay)|pay only (?:if|when|for)|you don't pay (?:unless|until|if))\b",
        rf"\b(?:guarantee[ds]?|promise[ds]?|assure[ds]?|rest assured|certain|you have our word|count on|bet on|we stand behind)\b[^.!?\n]{{0,70}}?\b(?:results?|relief|outcomes?|better|improve\w*|success\w*|smile|{CONDITION}|{BODY}|pregnan\w*|sober|recover\w*|happy|love|work(?:s|ed)?|lose|pounds|younger|heal\w*|satisf\w*|full refund|every dollar)\b|\b(?:results?|relief|outcomes?|improvement|success|recovery|smile)\b[^.!?\n]{{0,40}}?\b(?:guarantee[ds]?|promise[ds]?|assured?|certain|no exceptions?|without exception|every time)\b",
        r"\b(?:sure-?fire|fool-?proof|fail-?proof|without fail|works every (?:single )?time|never fails?|can't (?:fail|miss)|cannot fail|surefire|infallible|foolproof|every (?:single )?(?:one|patient|person|client|case)(?: who)?\b[^.!?\n]{0,40}\b(?:succe\w+|walk\w*|leav\w+|recover\w*|gets?|achiev\w+|sees?|loses?|lost|healed|better))\b",
        r"\byou(?:'ll| will)\b[^.!?\n]{0,25}\b(?:be pain[- ]free|walk out|sleep (?:through|like a baby)|feel (?:like new|twenty|years younger|20 years younger|brand new)|look (?:10|ten|20|twenty|fifteen|15) years younger|be (?:dancing|running|back on|off|smiling|pregnant|cured|healed|sober)|get pregnant|hear (?:perfectly|every)|see (?:perfectly|20/20|results|a difference)|lose|drop|regain|wake up (?:pain|refreshed))\b",
        r"\b(?:see|feel|notice|get|enjoy|expect|deliver\w*)\b[^.!?\n]{0,20}\b(?:results?|relief|a difference|improvement|change|pain[- ]free)\b[^.!?\n]{0,25}\b(?:in (?:just |only |under |as little as )?(?:\d+|one|two|three|four|five|six|seven|ten|a few|a single|your first)\b|within (?:\d+|a|days|hours|weeks|minutes)|overnight|immediately|instant(?:ly)?|after (?:just )?(?:one|a single|your first|1)\b|by (?:summer|spring|your wedding|the weekend|friday|monday))",
        r"\b(?:in|within|after) (?:just |only |under |as little as |less than )?(?:\d+|one|two|three|four|five|six|seven|eight|ten|a|an|a single) (?:days?|hours?|weeks?|minutes?|months?|visits?|sessions?|treatments?|injections?|weekends?|nights?)\b[^.!?\n]{0,50}\b(?:pain[- ]free|gone|cured|healed|back to (?:normal|life|work|running)|younger|results|relief|sleep(?:ing)? through|sober|new (?:you|smile|person)|transformed|disappear\w*|vanish\w*)\b",
        r"\b(?:instant|immediate|overnight|same-day)\s+(?:\w+\s+)?(?:relief|results?|cure|transformation|improvement|fix)\b",
        r"\b(?:has|have) never (?:failed|had a|lost|missed)\b|\b(?:zero|no) (?:failures|failed)\b|\bperfect (?:record|track record|results)\b",
    ),
    unless=(
        r"\b(?:no one|nobody|no|cannot|can't|can not|do not|don't|does not|doesn't|never|not|no (?:clinic|doctor|provider|surgeon|practice|treatment|procedure))\b[^.!?\n]{0,40}\b(?:guarantee|promise|assure|certain|predict)\w*",
        r"\bguarantee[ds]? (?:you |every \w+ )?(?:a |an |the |your )?(?:call|callback|reply|response|answer|appointment|seat|spot|time|on-time|delivery|price|ride|parking|same[- ]day)|\b(?:manufacturer|warranty|breakage|frames?)\b",
        r"\b(?:results? (?:vary|differ)|guarantee(?:d)? (?:privacy|appointment|parking|slot|time|confidential\w*)|appointment guarantee|price guarantee)\b",
        r"\b(?:test|lab|biopsy|imaging|x-?ray|mri|screening|survey|strep|covid|pregnancy test|culture|pathology|ultrasound) results?\b|\bresults? (?:are |will be )?(?:sent|posted|available|in (?:your|the) (?:portal|mychart))\b|\b(?:deposit|cancel\w*|reschedul\w*|order|shipping|purchase)\b",
    ),
)

SAFETY = Detector(
    name="absolute_safety",
    says="says that a treatment has no risk, no side effect or no pain at all",
    finds=(
        r"\b(?:no|zero|without(?: any)?|free of|none of the|never any|not a single)\s+(?:\w+\s+){0,2}(?:side[- ]effects?|risks?|complications?|danger|harm|downsides?|pain|discomfort|recovery time|down-?time|scarring)\b",
        r"\b(?:side[- ]effect|risk|complication|pain|worry|downtime|toxin|chemical)[- ]free\b",
        r"\b(?:completely|totally|perfectly|absolutely|entirely|100\s?%|one hundred percent|always|utterly|proven)\s+(?:safe|harmless|painless|risk-?free|natural|non-?toxic|gentle)\b",
        r"\b(?:is|it's|are|as|so|being)\s+(?:\w+\s+)?(?:harmless|painless)\b|\b(?:nothing (?:to worry about|can go wrong|to lose)|can't hurt you|cannot hurt you|safe for (?:everyone|anyone|everybody|all ages|any age)|safe as|safer than aspirin|won't feel a thing|don't feel a thing|feel nothing)\b",
        r"\b(?:all-?natural|natural|herbal|plant-?based|drug-?free|chemical-?free|holistic|homeopathic|organic)\b[^.!?\n]{0,50}\b(?:so (?:it's|there's|it is|you)|therefore|means?|and (?:completely |totally )?(?:safe|harmless)|safe|no (?:side|risk)|without)\b",
    ),
    unless=(
        r"\b(?:no (?:surgery|procedure|treatment|operation|medication|medicine|drug|vaccine)|nothing|none|not every|isn't|is not|aren't|are not|never) (?:is|are|comes? )?(?:\w+ ){0,2}(?:without|free of|risk-?free|completely|totally|100)\b",
        r"\b(?:isn't a word|is not a word|no such thing|doesn't always mean|does not (?:always )?mean|not the same as)\b",
        r"\b(?:every|all|any) (?:\w+ ){0,2}(?:surger(?:y|ies)|procedures?|treatments?|medicines?|medications?|operations?|drugs?) (?:has|have|carr(?:y|ies)|comes?|involves?)\b|\b(?:ask|talk|discuss|tell|report|call|speak)\b[^.!?\n]{0,50}\b(?:side[- ]effects?|risks?|pain)\b",
        r"\b(?:parking|cancel\w*|trial|quote|estimate|tour|dust|smoke|tobacco|fragrance|latex|scent|peanut|nut)\b",
    ),
)

PROOF = Detector(
    name="claim_of_proof",
    says="says that science or doctors have proven a treatment",
    finds=(
        r"\b(?:stud(?:y|ies)|research|science|trials?|data|evidence|experts|scientists|harvard|stanford|mayo|nasa|a journal)\b[^.!?\n]{0,25}\b(?:shows?|proves?|proved|proven|confirms?|confirmed|demonstrates?|found that|says?|agrees?|backs?|validat\w+)\b[^.!?\n]{0,80}\b(?:our|we|this|the (?:program|method|device|treatment|supplement|protocol|system|patch)|works?|better|heals?|reverses?|eliminates?|restores?|boosts?|\d+\s?%)\b",
        r"\b(?:backed|supported|proven|validated|confirmed|endorsed|verified)\s+by\s+(?:\w+\s+){0,2}(?:science|research|studies|clinical (?:trials|studies|research|data)|doctors|physicians|experts|evidence|data)\b",
        r"\b(?:clinically|scientifically|medically|laboratory|lab|doctor|university)[- ](?:proven|tested|validated|verified|backed|shown|demonstrated|formulated)\b",
        r"\bproven\s+(?:\w+\s+){0,2}(?:results?|treatment|cure|method|formula|system|program|protocol|therapy|technology|relief|way to|to (?:work|heal|reverse|reduce|eliminate|restore|help|boost|improve|melt|relieve))\b",
        r"\b(?:doctors|physicians|dentists|dermatologists|experts|specialists|nutritionists)\s+(?:everywhere |all |nationwide |overwhelmingly |now )?(?:agree|recommend|trust|swear by|choose|endorse|prefer)\b|\b\d+ (?:out )?of \d+ (?:doctors|dentists|dermatologists|physicians)\b",
    ),
    unless=(
        r"\b(?:not|isn't|hasn't|haven't|no|never|lacks?|limited|insufficient|mixed|little|weak|unclear)\b[^.!?\n]{0,20}\b(?:proven|evidence|shown|studies|research|data|proof)\b",
        r"\b(?:vaccin\w+|screening|brush(?:ing)?|floss\w*|exercise|smoking|wash\w*|sunscreen|hand-?washing|mammogra\w+|guideline|cdc|uspstf|aap|ada recommend)\b",
    ),
)

FIGURES = Detector(
    name="outcome_figure",
    says="gives a figure for how well treatment works",
    finds=(
        rf"\b\d{{1,3}}(?:\.\d+)?\s?(?:%|percent\b)[^.!?\n]{{0,40}}\b(?:{PEOPLE}|success\w*|improve\w*|reduc\w+|less|fewer|more|faster|better|effective\w*|relief|recover\w*|live birth|pregnan\w+|quit|sober|survival|cured?|heal\w*|regrow\w*|pain|symptoms?|of (?:cases|our)|satisf\w+|happier|recommend)\b",
        rf"\b{NUMBER} (?:out of|of|in) (?:every )?{NUMBER}\b[^.!?\n]{{0,40}}\b(?:{PEOPLE}|women|couples|smokers|families|guests|residents|alumni|graduates|report|see|achieve|feel|avoid|walk|still|stay\w*|sober|go home|return|are|were)\b",
        rf"\b(?:cuts?|reduc\w+|lower\w*|slash\w*|improv\w+|boost\w*|increas\w+|doubl\w+|tripl\w+|halv\w+|drop\w*)\b[^.!?\n]{{0,40}}\b(?:{CONDITION}|a1c|blood sugar|weight|risk|recovery|energy|testosterone|sleep|odds|chances|pregnan\w+|success)\b[^.!?\n]{{0,25}}\b(?:by (?:up to |over |more than |nearly )?(?:\d|half|two-thirds|a third)|in half|\d+\s?(?:%|percent))",
        r"\b(?:twice|two times|three times|3x|2x|5x|10x|\d+ times|half|double|triple)\s+(?:as |the |more |likely )?(?:fast|likely|effective|quick\w*|recover\w*|results?|success|relief|time|stronger|better)\b",
        rf"\b(?:lose|lost|losing|drop|dropped|shed|shedding|melt|burn)\b[^.!?\n]{{0,25}}?\b(?:{NUMBER}|a) (?:\+ )?(?:more )?(?:lbs?|pounds?|kilos?|kg|inches|(?:dress|pants|jean) sizes?|sizes?)\b",
        r"\b(?:\d[\d,]*|thousands of|hundreds of|countless)\s+(?:\w+\s+){0,2}(?:success stories|transformed|cured|healed|helped|babies born|lives (?:saved|changed)|satisfied|happy|successful)\b",
        r"\b(?:success|cure|satisfaction|live[- ]birth|pregnancy|survival|recovery|completion|sobriety|complication|infection) rates?\b[^.!?\n]{0,40}\b(?:\d|highest|lowest|exceeds?|beats?|above|below|better|top|near(?:ly)? perfect|double)",
    ),
    unless=(
        r"\b\d+\s?% off\b|\b(?:of calls|of americans|of adults in the|of people in the (?:u\.s\.|united states)|nationwide|in the united states|according to the (?:cdc|nih)|interest|apr|financing|tax|tuition|discount|survey of members)\b",
    ),
)

SUPERIOR = Detector(
    name="superiority",
    says="says that a provider or treatment is better than others",
    finds=(
        r"\b(?:second to none|head and shoulders above|in a class of (?:its|our|their|his|her) own|nobody does it better|no one (?:else )?(?:does|comes|offers|matches|can match|compares)|unparalleled|unrivall?ed|unmatched|unsurpassed|unbeatable|peerless|incomparable|without equal|bar none|world[- ](?:class|renowned|famous|leading)|cutting[- ]edge|gold standard of|best[- ]in[- ]class|top[- ]rated|highest[- ]rated|five[- ]star care|most[- ](?:trusted|advanced|experienced|skilled|respected|gentle|talented|sought[- ]after|recommended|loved|qualified|successful)|foremost|premier|pre-?eminent|elite|finest|number[- ]one|no\. ?1)\b",
        r"\b(?:better|safer|faster|gentler|more (?:effective|experienced|advanced|accurate|skilled|caring|precise)|superior|cheaper|less painful|longer[- ]lasting|higher quality|outperforms?|beats?|surpass\w*|leaves? [^.!?\n]{0,20} in the dust|runs? circles around)\b[^.!?\n]{0,40}\b(?:than|to|over)\b[^.!?\n]{0,40}\b(?:other|any|competitors?|clinics?|hospitals?|dentists?|doctors?|surgeons?|practices?|chains?|down the street|across town|in town|elsewhere|typical|traditional|surgery|drugs|medication|the rest|big box|anyone|anywhere|average)\b",
        r"\b(?:unlike|compared (?:to|with)|while) (?:other|most|those|the (?:big|other)|your (?:old|last)|corporate|chain|discount|competing)\b[^.!?\n]{0,60}",
        r"\b(?:the )?only\s+(?:\w+\s+){0,3}(?:clinic|practice|hospital|doctors?|dentists?|surgeons?|center|provider|program|place|team|office|lab)\b[^.!?\n]{0,40}\b(?:in|that|to|who|you|with)\b",
        r"\b(?:best|top|#\s?1|leading|greatest)\b[^.!?\n]{0,30}\b(?:dentists?|doctors?|surgeons?|clinics?|hospitals?|practice|specialists?|physicians?|results|care|team|outcomes|orthodontists?|dermatologists?|therapists?|center|provider|in (?:the )?(?:town|city|state|county|region|country|nation|world|tri-?state|valley|area|texas|florida|california|america))\b",
    ),
    unless=(
        r"\b(?:best|top) (?:time|way|ways|interest|practice|fit|possible|choice for you|questions?|next step|option for you|results come|regards|wishes|efforts?|seat|friend)\b",
        r"\b(?:not|isn't|no|never|whether|which|ask) [^.!?\n]{0,25}\b(?:better|best|superior|top)\b",
        r"\bleading (?:cause|to|edge of)|\b(?:legal|counsel|compliance) (?:asked|told|wants|said)\b",
        r"\b(?:the only (?:thing|way|reason|time|exception|cost|difference|question|people who|person who|requirement|appointment|opening|day))\b",
    ),
)

_SPANISH_DENIED = (
    r"\b(?:no (?:hay|existe|podemos|se puede|garantizamos|prometemos|es posible|deje|suspenda|significa)|ningun(?:a)? (?:clinica|medico|doctor|tratamiento|cirugia|medicamento)|nadie puede|nunca|cada (?:paciente|caso|persona)|resultados varian|hable con su)\b",
)

SPANISH_CURE = Detector(
    name="spanish_cure",
    says="promises a cure in Spanish",
    finds=(
        r"\b(?:cura(?:mos|r|n|ra)?|curacion|cure|sana(?:mos|r|ra)?|elimin(?:a|amos|ar|e|ara)|revert(?:ir|imos)|reviert[ea]|acab(?:a|e|ar|amos) con|pon(?:ga|er)? fin|adios a|despid(?:ase|ete)|olvid(?:ese|ate) de|di(?:ga|le)? adios|libr(?:e|ese) de|desaparec\w+)\b[^.!?\n]{0,50}\b(?:diabetes|dolor(?:es)?|artritis|cancer|migrana|migranas|ansiedad|depresion|alergias?|varices|acne|presion|caries|insomnio|enfermedad\w*|adiccion|sintomas|rodilla|espalda|kilos|peso|manchas|arrugas|hongos|ronquidos?|lentes|gafas|insulina|calvicie)\b",
        r"\b(?:para siempre|de una vez por todas|definitiv(?:a|o|amente)|permanente(?:mente)?|en (?:solo |tan solo )?(?:\d+|una|dos|tres|pocas) (?:dias|semanas|sesiones|sesion|horas))\b",
    ),
    unless=_SPANISH_DENIED,
)

SPANISH_GUARANTEE = Detector(
    name="spanish_certain_result",
    says="promises a result in Spanish",
    finds=(
        r"\b(?:le|te|les) (?:regresamos|devolvemos|reembolsamos)\b|\b(?:su|tu) dinero (?:de vuelta|de regreso)\b|\b(?:seguro que|segur[oa]s? (?:estamos )?de que|sin falla|nunca falla|siempre funciona|le va a funcionar|vera resultados|resultados (?:inmediatos|garantizados|al instante|desde))\b",
        r"\b(?:garantiz(?:a|amos|ado|ada|ados|adas|an)|garantia|aseguramos|prometemos|le devolvemos su dinero|devolvemos (?:el|su|tu) dinero|o (?:le|te) devolvemos|100\s?%)\b[^.!?\n]{0,60}",
    ),
    unless=_SPANISH_DENIED,
)

SPANISH_SAFETY = Detector(
    name="spanish_absolute_safety",
    says="says in Spanish that there is no risk or pain",
    finds=(
        r"\bno (?:duele|deja (?:marcas?|cicatri\w+)|hay (?:ningun )?riesgos?|causa|tiene (?:ningun )?(?:riesgo|efecto))\b|\bcero dolor\b|\bno sent\w+ (?:nada|dolor)\b",
        r"\b(?:sin (?:ningun |ninguna |ningunos )?(?:riesgos?|dolor|efectos? secundarios?|efectos? adversos|complicaciones)|totalmente (?:seguro|segura|natural)|completamente (?:seguro|segura|natural)|cero riesgos?|no tiene (?:riesgos|efectos))\b",
    ),
    unless=_SPANISH_DENIED,
)

SPANISH_SUPERIOR = Detector(
    name="spanish_superiority",
    says="says in Spanish that a provider is the best",
    finds=(
        r"\b(?:el|la|los|las) mejor(?:es)?\s+(?:\w+\s+){0,2}(?:clinica|doctor\w*|dentista\w*|cirujan\w+|especialistas?|hospital|medic\w+|equipo|consultorio|del? (?:estado|ciudad|pais|condado|area))\b|\b(?:numero uno|insuperable|sin igual)\b",
    ),
    unless=_SPANISH_DENIED,
)

SPANISH_WEIGHT = Detector(
    name="spanish_weight",
    says="promises in Spanish to lose so much weight",
    finds=(r"\b(?:baj(?:e|a|ar)|pierd[ae]|perder|adelgac\w+)\b[^.!?\n]{0,30}\b\d+ (?:libras|kilos|tallas)\b",),
    unless=_SPANISH_DENIED,
)

SPANISH_PROOF = Detector(
    name="spanish_claim_of_proof",
    says="says in Spanish that science has proven a treatment",
    finds=(
        r"\b(?:clinicamente|cientificamente|medicamente) (?:probad|comprobad)[oa]s?\b|\b(?:estudios|la ciencia) (?:demuestran?|comprueban?|prueban?)\b",
    ),
    unless=_SPANISH_DENIED,
)

WEIGHT = Detector(
    name="weight_without_effort",
    says="promises to lose weight without diet or exercise, or however much one eats",
    finds=(
        r"\b(?:no|without|skip(?:ping)?|forget|ditch)\b[^.!?\n]{0,20}\b(?:diet(?:s|ing)?|exercis\w+|gym|workouts?|calorie|counting|sweat\w*|giving up|willpower)\b[^.!?\n]{0,80}\b(?:lose|lost|losing|weight|pounds|slim\w*|fat|inches|shed|drop|melt\w*|body)\b",
        r"\b(?:lose|losing|weight|pounds|slim\w*|fat|inches|shed|drop|melt\w*)\b[^.!?\n]{0,80}\b(?:no|without|never)\b[^.!?\n]{0,20}\b(?:diet(?:s|ing)?|exercis\w+|gym|workouts?|calorie|counting|sweat\w*|giving up|changing)\b",
        rf"\b(?:a|{NUMBER}) (?:pounds?|lbs?|kilos?|inch(?:es)?|sizes?) (?:every|a|per|each) (?:day|week|month|{NUMBER} days|other day)\b|\bwithout (?:setting foot|stepping|going|ever going|touching|lifting|breaking a)\b|\b(?:pizza|pasta|dessert|burgers?|wine|ice cream|bread|favorite foods)\b[^\n]{{0,100}}?\b(?:pounds?|lbs?|weight|slim\w*|inches|drop\w*|lose|losing|shed)\b",
        r"\beat (?:whatever|anything|all|as much|what)\b[^.!?\n]{0,60}\b(?:lose|weight|pounds|slim|shed|drop|melt)\b|\b(?:lose|shed|drop|melt)\b[^.!?\n]{0,60}\beat(?:ing)? (?:whatever|anything|all|as much|what)\b|\bwhile you sleep\b|\b(?:melt|burn|block|flush)s? (?:away )?(?:\w+ )?(?:fat|pounds)\b",
        r"\b(?:keep|stays?|kept|keeping) (?:it|the weight|them|weight) off (?:for good|forever|permanently|for life)\b|\bnever (?:diet|gain it back|regain)\b",
    ),
    unless=(r"\b(?:no (?:magic|single|quick)|not|can't|cannot|doesn't|don't believe|myth|beware)\b",),
)

DETECTORS = (
    BY_DENIAL,
    CURE,
    GUARANTEE,
    SAFETY,
    PROOF,
    FIGURES,
    SUPERIOR,
    WEIGHT,
    SPANISH_CURE,
    SPANISH_GUARANTEE,
    SPANISH_SAFETY,
    SPANISH_SUPERIOR,
    SPANISH_WEIGHT,
    SPANISH_PROOF,
)

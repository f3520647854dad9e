"""Value for referrals and gifts to patients. 42 U.S.C. 1320a-7b(b), 1320a-7a(a)(5); 18 U.S.C. 220; 42 CFR 411.357; state all-payor laws."""

from policies.rules.detectors.detector import Detector
from policies.rules.detectors.words import GIFT, MONEY, NUMBER, PERSON

_SENT = r"(?:refer(?:s|red|ring|rals?|rers?)?|sen(?:d|ds|t|ding)|steer\w*|direct(?:s|ed|ing)?|point(?:s|ed|ing)?|rout(?:e|es|ed|ing)|funnel\w*|introduc\w+|recommend\w*|bring\w*|deliver(?:s|ed)?|enroll\w*|admi(?:t|ts|tted|ssions?)|convert\w*|book(?:s|ed|ing|ings)?|intakes?|leads?|orders?|scripts?|placements?|sign-?ups?|new starts?|show(?:s|ed)? up|case mix|volume|volumes|samples?|specimens?|panels?|tests? ordered|transfers?)"
_PARTY = r"(?:patients?|referrals?|residents?|clients?|members?|beneficiar(?:y|ies)|enrollees|people|families|cases|them|us|our (?:way|direction|center|clinic|lab|agency|facility|door)|leads?|admissions?|admits?|scripts?|orders?|samples?|specimens?|beds?|consults?|appointments?|bookings?|mqls?)"

VALUE_FOR_REFERRAL = Detector(
    name="value_for_referrals",
    says="gives something of value for sending, booking or recommending patients",
    finds=(
        rf"\b{GIFT}\b[^.!?\n]{{0,80}}?\b(?:for|when|whenever|per|each|every|once|after|as|if|in return|in exchange|depending|based|tied|who|that|to)\b[^.!?\n]{{0,50}}?\b{_SENT}\b[^.!?\n]{{0,40}}?\b{_PARTY}\b",
        rf"\b{_SENT}\b[^.!?\n]{{0,40}}?\b{_PARTY}\b[^.!?\n]{{0,80}}?\b(?:get|gets|receive|receives|earn|earns|earned|we(?:'ll| will)|we send|you(?:'ll| will)|and|worth|treat|covers?|pays?|paid|reward\w*|thank|gift\w*|enjoy|score|win|owe\w*|collects?)\b[^.!?\n]{{0,40}}?\b{GIFT}\b",
        r"(?:\$\s?\d[\d,.]*|\b\d+ (?:dollars|percent)|\b\d{1,2}(?:\.\d+)?\s?%)[^.;!?\n]{0,60}?\b(?:per|for each|for every|each|every|a|an|on each|on every|of (?:the )?(?:first|what|each|every|collect\w+|net|gross|revenue|whatever))\b\s+(?:\w+\s+){0,4}?(?:leads?|referrals?|patients?|bookings?|appointments?|admissions?|admits?|intakes?|consults?|consultations?|scripts?|prescriptions?|orders?|tests?|samples?|specimens?|panels?|enrollees?|enrollments?|placements?|residents?|clients?|mqls?|new starts?|starts?|shows?|sign-?ups?|beds?|collections?|revenue|claims?|reimbursement|case|heads?|month'?s? billings?|visit)\b",
        r"\b(?:commissions?|bount(?:y|ies)|finder'?s? fees?|kick-?backs?|rev(?:enue)?[- ]shar\w+|success fees?|placement fees?|referral (?:fees?|bonus\w*|rewards?|incentives?|payments?|program pays|commission)|split (?:the )?(?:fee|revenue|proceeds|collections)|fee[- ]split\w*|spiffs?|per[- ](?:head|lead|referral|patient|booking|admit|admission|script|order|sample|start|show|placement|enrollment|acquisition|click-to-book) (?:fee|rate|pay\w*|basis|bonus|charge|arrangement|comp\w*|pricing|payout)|pay[- ]per[- ](?:lead|patient|appointment|booking|show|admit|referral)|cost per (?:admit|booked patient))\b",
        r"\b(?:volume|number|count|amount|value|how many|quota|target|tiers?|threshold|top)\b[^.!?\n]{0,50}\b(?:referrals?|referrers?|referring|patients? (?:sent|referred|you send)|admissions|scripts|orders)\b[^.!?\n]{0,80}\b(?:bonus\w*|pay\w*|rate|rent|stipend|honorari\w+|fees?|rewards?|dinner|trip|gift\w*|discount\w*|paid|compensat\w+|credit)\b",
        r"\b(?:bonus\w*|pay(?:s|ment|out)?|rate|rent|stipend|honorari\w+|fees?|rewards?|dinner|trip|gifts?|discount\w*|paid|compensat\w+|medical director\w*|retainer|scale|rises?|grows?|climbs?|escalat\w+)\b[^.!?\n]{0,80}\b(?:volume|number|count|how many|quota|target|tier\w*|based on|tied to|depend\w+|according to|scales? with|in proportion|proportional|tracks?)\b[^.!?\n]{0,50}\b(?:referrals?|referred|patients|admissions|scripts|orders|leads|bookings|collections|revenue|census)\b",
        r"\b(?:thank|thanks|reward|appreciat\w+|gratitude|treat|spoil|celebrate|show our)\b[^.!?\n]{0,60}\b(?:referr\w+|top (?:sources|docs|doctors|offices|senders)|sending us|send us|discharge planners?|case managers?|front desks?|liaisons?)\b[^.!?\n]{0,80}\b(?:gifts?|dinners?|lunch\w*|tickets?|cards?|trips?|wine|golf|spa|basket\w*|box|suite|party|event|getaway|cruise|bonus|catered|steak\w*|cash|stipend|weekend|perks?)\b",
        r"\b(?:gifts?|dinners?|lunch\w*|tickets?|gift cards?|trips?|wine|golf|spa|baskets?|suite|party|getaway|cruise|bonus|catered|steak\w*|cash|stipend|weekend|perks?|free (?:staff|software|equipment|rent|supplies|ehr|marketing|billing)|below[- ]market|rent[- ]free)\b[^.!?\n]{0,90}\b(?:referr\w+|discharge planners?|case managers?|for sending|who send|that send|keep (?:sending|the patients|those)|patients (?:coming|flowing)|send (?:us|more|their|your)|steer|our way)\b",
        r"\b(?:who|that|whoever)\b[^.!?\n]{0,20}\b(?:refers?|sends?|sent|referred|steers?|points?)\b[^.!?\n]{0,60}\b(?:to|with|for|a|an)\b[^.!?\n]{0,30}\b(?:dinner|lunch|game|golf|spa|trip|concert|resort|getaway|cruise|show|tickets?|suite|steak\w*|weekend|retreat)\b",
        r"\b(?:we(?:'ll| will)? (?:waive|cover|pay for|provide|pick up|comp)|at no (?:cost|charge)|free|complimentary)\b[^.!?\n]{0,60}\b(?:to|for) (?:your|the|any|every|each|our) (?:\w+ )?(?:office|practice|staff|physicians?|doctors?|referr\w+|facility|facilities|planners?)\b[^.!?\n]{0,60}\b(?:refer\w*|send\w*|patients|orders?|volume|preferred|exclusive\w*)\b",
    ),
    unless=(
        r"\b(?:not|never|no|nor|without|cannot|can't|doesn't|don't|won't|isn't|aren't|regardless|independent of|unrelated|irrespective|prohibit\w*|forbid\w*|ban(?:s|ned)?|decline[ds]?|refuse[ds]?|illegal|avoid)\b[^.!?\n]{0,90}\b(?:refer\w*|volume|value|patients?|leads?|bookings?|gifts?|pay\w*|commission\w*|kickbacks?|compensat\w+|remuneration|accept\w*|percentage)\b",
        r"\b(?:refer\w*|volume|value)\b[^.!?\n]{0,60}\b(?:not|never|no|isn't|regardless|prohibit\w*|nothing)\b",
        r"\bjoint commission\b|\baccredited\b|\b(?:watch out|beware|scam|decline|not allowed|isn't allowed|compliance)\b",
        r"\b(?:flat|fixed) (?:monthly |annual |yearly )?(?:fee|rate|retainer|salary)\b(?![^.!?\n]*\b(?:plus|and|per)\b)",
    ),
)

VOLUME_PAY = Detector(
    name="pay_by_volume",
    says="pays by the head, or a share of what comes in",
    finds=(
        rf"(?:{MONEY}|\b{GIFT}\b)[^!?\n]{{0,90}}?\b(?:per|each|every|apiece|a head|a pop)\b[^.!?\n]{{0,40}}?\b{PERSON}\b",
        rf"\b(?:per|each|every)\b[^.!?\n]{{0,30}}?\b{PERSON}\b[^!?\n]{{0,90}}?(?:{MONEY}|\b{GIFT}\b)",
        rf"\b{NUMBER} (?:\w+ ){{0,4}}?{PERSON}\b[^.!?\n]{{0,40}}?\b(?:at|x|@|times|for)\b ?{MONEY}(?: each| apiece| per)?",
        rf"(?:{MONEY}|\b(?:share|cut|slice|piece|portion|percentage|points?|skim|split|override|residual))\b[^.!?\n]{{0,20}}?\b(?:of|on|from)\b[^.!?\n]{{0,50}}?\b(?:every dollar|each dollar|the dollar|collect\w*|revenue|billings?|billed|reimburs\w+|receipts|proceeds|tickets?|sales?|invoices?|claims?|fees?|what (?:we|they|the|medicare|insurance)|whatever|takes? in|brings? in|production|net|gross|pays?)\b",
        r"\b(?:who|that|whoever|anyone)\b[^.!?\n]{0,40}?\b(?:walk\w*|sen[dt]\w*|referr?\w*|point\w*|steer\w*|rout\w*|bring\w*|brought|deliver\w*|hand\w*|pass\w*|talk\w*|introduc\w*|mov\w*|plac\w*|book\w*|sign\w*|order\w*|prescrib\w*|enroll\w*)\b[^.!?\n]{0,70}?\b(?:gets?|receives?|earns?|wins?|takes? home|is (?:paid|owed|treated)|collects?|scores?|enjoys?|picks? up)\b",
        rf"\b(?:pass along|hand (?:over|off|us)|point|steer|send|refer|walk|route|nudge|bring)\b[^.!?\n]{{0,70}}?\b(?:and|,)\s?(?:we(?:'ll| will)?|you(?:'ll| will)?|our|i(?:'ll| will)?|there's|a|the)\b[^.!?\n]{{0,50}}?\b(?:send|pay|cover|give|drop|mail|treat|thank|take care|back|owe|kick|slip|venmo|cut you|share|{GIFT})\b",
        rf"\b(?:climbs?|rises?|goes up|grows?|steps? up|doubles?|increases?|jumps?|bumps?|scales?|adjust\w*|tracks?)\b[^.!?\n]{{0,60}}?\b(?:when|if|once|as|after|with|past|for every|depending)\b[^.!?\n]{{0,60}}?\b{PERSON}\b",
        rf"\b(?:for|thanks for|because of|appreciation (?:of|for)|on the strength of|recogni\w+|in light of|given)\b[^.!?\n]{{0,30}}?\b(?:all |the |your |those |their |his |her |{NUMBER} |every |each )?(?:\w+ )?(?:referrals?|patients? (?:you|they|he|she)|admissions|business|cases you|people you|new starts|seniors|residents|families you)\b[^.!?\n]{{0,90}}?\b{GIFT}\b",
    ),
    unless=VALUE_FOR_REFERRAL.unless,
)

PATIENT_REWARD = Detector(
    name="reward_to_patients",
    says="offers patients something of value for coming in, choosing, or bringing others",
    finds=(
        rf"\b(?:bring|refer|send|tell|invite|recommend|share)\b[^.!?\n]{{0,40}}\b(?:friends?|family|neighbou?rs?|co-?workers?|loved ones?|someone|others|buddy|buddies|sister|spouse|relative)\b[^.!?\n]{{0,80}}\b(?:get|gets|receive|earn|both|we(?:'ll| will)|you(?:'ll| will)|save|off|free|{GIFT})\b",
        rf"\b(?:get|gets|receive|earn|both|we(?:'ll| will)|save|off|free|{GIFT})\b[^.!?\n]{{0,60}}\b(?:bring|refer|send|invite|recommend|tell)(?:s|ring|ed|ing)?\b[^.!?\n]{{0,30}}\b(?:friends?|family|neighbou?rs?|co-?workers?|loved ones?|someone|others|buddy|patient)\b",
        r"\b(?:refer[- ]a[- ]friend|referral rewards?|referral (?:bonus|program|credit|contest|raffle|perks?)|friends and family rewards?|ambassador program|buddy (?:pass|bonus))\b",
        r"\b(?:gift ?cards?|visa cards?|prepaid cards?|cash|vouchers?|(?<!on )(?<!on a )(?<!on the )(?<!on your )(?<!own )(?<!lobby )(?<!desk )tablets?|ipads?|airpods|tv|raffle|drawing|prizes?|sweepstakes|grocery card|gas card|\$\s?\d[\d,]* (?:card|credit|cash|gift|reward|bonus|toward|check|amazon|visa|target|walmart|starbucks))\b[^.!?\n]{0,80}\b(?:patients?|appointment|visit|exam|screening|enroll\w*|sign(?:ing)? up|new|book\w*|schedul\w*|show(?:ing)? up|complet\w+|switch\w*|transfer\w*|medicare|medicaid|members?|come|coming|keep\w*|try)\b",
        r"\b(?:patients?|appointment|visit|exam|screening|enroll\w*|sign up|book\w*|schedul\w*|show up|complet\w+|switch\w*|transfer\w*|medicare|medicaid|members?|come (?:in|see)|try|choose)\b[^.!?\n]{0,80}\b(?:gift ?cards?|visa cards?|prepaid cards?|cash (?:back|gift|bonus|reward|in)|vouchers?|(?<!on )(?<!on a )(?<!on the )(?<!on your )(?<!own )(?<!lobby )(?<!desk )tablets?|ipads?|airpods|raffle|drawing|sweepstakes|prizes?|grocery card|gas card|\$\s?\d[\d,]* (?:card|credit|cash|gift|reward|bonus|toward|check|amazon|visa|target|walmart|starbucks|in cash))\b",
        r"\b(?:we(?:'ll| will)? (?:pay|venmo|cash ?app|zelle|paypal|hand|slip|mail|text|send|give|put|load|credit|add) (?:you |a |an |your )?(?:\w+ ){0,4}?(?:\$\s?\d+|(?:a )?(?:crisp )?(?:twenty|fifty|hundred|ten)(?: dollars)?|gift|(?<!reminder )(?<!appointment )(?<!index )(?<!greeting )card|cash|bill|credit|toward)|get paid|paid (?:visit|to come)|earn (?:money|cash|\$)|cash (?:back|in hand|bonus|reward|gift|incentive))\b",
        rf"\b(?:bring|refer|send|tell|invite|recommend|share|hand|know|pass|introduce|for every|each)\b[^\n]{{0,50}}?\b(?:friends?|family|neighbou?rs?|co-?workers?|loved ones?|someone|somebody|pals?|buddy|buddies|sisters?|brothers?|spouse|relatives?|roommates?|cousins?|mom|others|teammates?|classmates?|your code|personal code|your link)\b[^\n]{{0,140}}?\b(?:we(?:'ll| will)|you(?:'ll| will)? (?:get|both|each|earn|receive|score|take|pocket)|get|gets|receive|earn|both|yours|shows? up|on us|our treat|toward|{GIFT}|\$\s?\d+|{NUMBER} (?:dollars|off|percent)|speaker|tumbler|hoodie|blanket|mug|tote|earbuds|headphones|toaster|grill|bike|watch)\b",
        r"\b(?:new patients?|first visit|first appointment|come in|book|switch|sign up|enroll|schedule|show up|keep your|complete|finish|get your|roll up)\b[^\n]{0,100}?\b(?:take home|goes home|leave with|walk out with|pick up|receive|get|claim|grab|yours|enter\w*|win|and we(?:'ll| will)|welcome gift|thank-?you gift|goodie|basket|bundle)\b[^.!?\n]{0,50}?\b(?:basket|gift|robe|candle|tumbler|hoodie|blanket|mug|tote|earbuds|headphones|toaster|grill|bike|watch|speaker|card|cash|credit|\$\s?\d+|groceries|turkey|ham|tickets?|prize|drawing|raffle|bag|bottle|diapers|stroller|tablet|phone|tv)\b",
    ),
    unless=(
        r"\b(?:not|never|no|cannot|can't|don't|doesn't|prohibit\w*)\b[^.!?\n]{0,40}\b(?:reward|gift|pay|cash|incentive|offer|compensat)\w*",
        r"\b(?:employee|staff|team member|toy drive|food drive|donat\w+|charity|fundrais\w*|volunteer\w*|for sale|sold|cash(?:[- ]pay| price| or (?:card|check))|pay with|accept)\b",
        r"\b(?:patient|physician|provider) referral (?:form|line|coordinator|process|portal)\b",
    ),
)

COPAY = Detector(
    name="copay_forgiven",
    says="offers to forgive, cover or not collect what the patient owes",
    finds=(
        r"\b(?:co-?pay\w*|deductibles?|co-?insurance|out[- ]of[- ]pocket|patient (?:share|portion|responsibility)|balance|your (?:portion|share|part)|20\s?%|the rest|remainder|what's left|difference)\b[^.!?\n]{0,60}\b(?:waiv\w+|forgiv\w+|on us|covered|we(?:'ll| will)? (?:cover|eat|absorb|take care|pick up|handle|never)|taken care of|write (?:it|that|them)? ?off|written off|zero|\$0|no(?:t| one)? (?:collect|charge|bill)\w*|never (?:see|get|receive|bill|pay)|gone|erased?|vanish\w*|skip\w*|disregard|our treat|don't worry|ignore|free)\b",
        r"\b(?:waiv\w+|forgiv\w+|eat|absorb\w*|pick(?:s|ing)? up|cover(?:s|ing)?|take care of|write off|skip|never (?:collect|charge|bill|ask)|don't (?:collect|charge|bill)|do not (?:collect|charge|bill)|no|zero|\$0|without|erase)\b[^.!?\n]{0,40}\b(?:co-?pay\w*|deductibles?|co-?insurance|out[- ]of[- ]pocket|patient (?:share|portion|responsibility)|your (?:portion|share|part|20)|medicare'?s? 20)\b",
        r"\b(?:whatever|what|anything) (?:your )?(?:insurance|medicare|plan|insurer)\b[^.!?\n]{0,30}\b(?:pays?|covers?|sends?|allows?|doesn't|won't)\b[^.!?\n]{0,60}\b(?:payment in full|we(?:'ll| will)? (?:accept|take|call it|eat|cover|absorb)|good enough|call it even|as (?:full )?payment|enough for us|on us|won't (?:bill|see)|never (?:bill|see))\b",
        r"\b(?:whatever|what|anything|balance|portion|part|share|rest|percent|twenty|20)\b[^.!?\n]{0,50}?\b(?:leaves?|left|owe[sd]?|remains?|remaining|doesn't (?:pay|cover)|won't (?:pay|cover)|isn't covered|for you to pay)?\b[^.!?\n]{0,40}?\b(?:let (?:it )?go|torn up|tear (?:it )?up|never chase|don't chase|forget(?: about)? it|disappears?|vanishes|goes away|on the house|we (?:won't|don't|never) (?:ask|chase|send|mail|collect|come after|bill)|consider it (?:paid|done|gone|handled|settled)|call it (?:square|even|done|good)|stays? (?:with us|at zero)|is (?:our|ours|on us|handled|settled)|rip (?:it )?up|shred)\b|\bwe (?:never|don't|won't|do not|will not) (?:chase|bill you|come after|send you a bill|collect|ask for)\b[^.!?\n]{0,50}\b(?:percent|balance|co-?pay|deductible|rest|difference|share|portion|20|twenty|remainder)\b|\b(?:no wallet needed|leave your wallet|keep your wallet|nothing out of (?:your )?pocket|\$0 out of pocket|zero out of pocket)\b",
        r"\b(?:insurance|medicare|plan)\b[^.!?\n]{0,30}\b(?:payment|check|pays)\b[^.!?\n]{0,40}\b(?:in full|full payment|paid in full|all we (?:need|ask|want)|is enough|won't (?:get|see|receive) a bill)\b|\b(?:never|won't|not) (?:get|see|receive|pay)\b[^.!?\n]{0,20}\b(?:a bill|a cent|a dime|a penny|anything)\b",
    ),
    unless=(
        r"\b(?:can't|cannot|not able|unable|must|required to|have to|obligat\w+|law requires|won't|do not waive|don't waive|never waive)\b[^.!?\n]{0,40}\b(?:waive|skip|collect|forgive|co-?pay|deductible)",
        r"\b(?:preventive|annual wellness|in-network preventive|covered at 100|financial (?:need|assistance|hardship)|sliding|charity care|eligib\w+|depends on|may apply|applies?|due at|varies|check with your|estimate|before your visit)\b",
    ),
)

RIDES = Detector(
    name="free_ride",
    says="advertises free transport",
    finds=(
        r"\b(?:free|complimentary|no[- ]cost|our treat|on us|at no charge|gratis)\b[^.!?\n]{0,50}\b(?:rides?|transport\w*|uber|lyft|shuttle|pick[- ]?up|limo|limousine|van|car service|driver|town car|black car|cab|taxi|airfare|flights?|travel)\b",
        r"\b(?:rides?|transport\w*|uber|lyft|shuttle|limo|limousine|car service|driver|town car|cab fare|taxi|airfare|flights?|plane ticket|travel)\b[^.!?\n]{0,50}\b(?:free|complimentary|no cost|our treat|on us|at no charge|we(?:'ll| will)? (?:pay|cover|send|book)|covered|paid)\b",
        r"\b(?:shuttle|van|car|driver|lyft|uber|bus|cab)\b[^.!?\n]{0,60}?\b(?:at (?:your|their|the) door|nothing to pay|no charge|without charge|on us|door[- ]to[- ]door|picks? (?:you|them|new patients) up|curb)\b|\b(?:nothing to pay|no charge|without charge)\b[^.!?\n]{0,40}\b(?:ride|pick)",
        r"\bwe(?:'ll| will)? (?:send (?:a |you a )?(?:car|driver|ride|van|cab|limo)|pick you up|drive you|come get you|fly you)\b",
    ),
    unless=(r"\b(?:not|no|cannot|can't|don't|doesn't|parking|public|bus route|arrange your own|responsible)\b",),
)

DETECTORS = (VALUE_FOR_REFERRAL, VOLUME_PAY, PATIENT_REWARD, COPAY, RIDES)

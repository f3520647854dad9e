"""Drugs, devices and supplements: sameness of compounded drugs, uses without risks, FDA status, disease claims. 21 U.S.C. 331, 352; 21 CFR 202.1."""

from policies.rules.detectors.detector import Detector
from policies.rules.detectors.words import CONDITION

_GLP1 = r"(?:semaglutide|tirzepatide|liraglutide|glp-?1s?|ozempic|wegovy|mounjaro|zepbound|weight[- ]loss (?:shots?|injections?|jab)|skinny shots?)"
_RX = (
    r"(?:ozempic|wegovy|mounjaro|zepbound|semaglutide|tirzepatide|botox|dysport|xeomin|jeuveau|juvederm|restylane|kybella|sculptra|latisse|accutane|isotretinoin|humira|dupixent|"
    r"skyrizi|stelara|enbrel|cosentyx|otezla|keytruda|opdivo|xarelto|eliquis|jardiance|farxiga|trulicity|victoza|entresto|prolia|evenity|viagra|cialis|sildenafil|tadalafil|"
    r"finasteride|propecia|minoxidil|spravato|ketamine|esketamine|adderall|vyvanse|xanax|zoloft|lexapro|prozac|wellbutrin|suboxone|vivitrol|naltrexone|sublocade|truvada|descovy|"
    r"prep|biktarvy|paxlovid|testosterone|trt|clomid|letrozole|metformin|phentermine|contrave|qulipta|nurtec|ubrelvy|aimovig|emgality|ajovy|lantus|humalog|tretinoin|"
    r"spironolactone|doxycycline|valtrex|acyclovir|trikafta|ocrevus|leqembi|kisunla|repatha|praluent|lipitor|crestor|nexium|singulair)"
)

COMPOUNDED = Detector(
    name="compounded_sameness",
    says="says or lets believe that a compounded drug is the approved one, or as good",
    finds=(
        rf"\b(?:same|identical|equivalent|generic|just like|no different|dupes?|copy|version of|twin|bioidentical|as good as|as effective|works like|mirrors|alternative to|without the (?:brand|name)|cheaper|fraction of the (?:price|cost)|swap|instead of)\b[^.!?\n]{{0,80}}\b{_GLP1}\b",
        rf"\b{_GLP1}\b[^.!?\n]{{0,80}}\b(?:same|identical|equivalent|generic|just like|no different|dupes?|version|bioidentical|as good as|as effective|works like|without the (?:brand|name|sticker|pharmacy)|cheaper|fraction of the (?:price|cost)|for less|fda[- ]approved|clinically|proven)\b",
        rf"\bcompound\w*\b[^.!?\n]{{0,80}}\b(?:{_GLP1}|same|identical|fda|approved|clinically proven|safe and effective|generic|just as|equivalent)\b",
    ),
    unless=(
        r"\b(?:not (?:the same|fda|a generic|equivalent|identical|reviewed|approved)|isn't (?:the same|fda)|are not|has not been|have not been|cannot be called|don't offer|do not offer|only (?:fda-approved|the brand))\b",
    ),
)

DRUG_WITH_USE = Detector(
    name="drug_with_a_use",
    says="names a prescription drug with what it is good for, without its risks",
    finds=(
        rf"\b{_RX}\b[^.!?\n]{{0,100}}\b(?:for|treats?|helps?|works?|clears?|melts?|erases?|smooth\w*|los(?:e|s|t)|weight|relief|relieves?|lifts?|reduces?|stops?|prevents?|boosts?|restores?|fix\w*|quiet\w*|curb\w*|suppress\w*|calms?|gets? rid|protect\w*|lowers?|improv\w+|{CONDITION})\b",
        rf"\b(?:for|treat\w*|help\w*|clear|melt|erase|smooth|lose|weight|relief|lift|reduce|stop|prevent|boost|restore|curb|lower|improve|{CONDITION})\b[^.!?\n]{{0,80}}\b{_RX}\b",
        rf"\b{_RX}\b[^.!?\n]{{0,60}}\b(?:\$\s?\d+|delivered|online|today|prescri\w+|available|same[- ]day|no (?:visit|prescription|insurance)|at home|shipped|starting|special|sale|party|unit)\b|\b(?:get|buy|order|start|try|ask (?:about|for)|now offering|introducing)\b[^.!?\n]{{0,30}}\b{_RX}\b",
    ),
    unless_item=(
        r"\b(?:important safety information|boxed warning|side effects (?:include|may)|risks include|full prescribing information|prescribing information)\b",
    ),
    unless=(
        r"\b(?:stop taking|refills?|do not stop|don't stop|before stopping|bring (?:a list|your)|interact\w*|recall\w*|shortage|store\b|expired?|missed dose|take your|drug take-?back|naloxone)\b",
    ),
)

FDA_STATUS = Detector(
    name="fda_status",
    says="leans on the FDA for a product, or sells one for what it is not approved for",
    finds=(
        r"\bfda[- ](?:approved|cleared|registered|certified|endorsed|backed|recognized|compliant|listed|authorized|tested|accepted)\b|\b(?:approved|cleared|registered|endorsed|certified|blessed|backed|recognized|green-?lit|signed off|vetted) (?:by|with) (?:the )?fda\b|\bfda (?:seal|stamp|nod|approval|clearance|blessing|facility)\b",
        rf"\b(?:stem[- ]cells?|exosomes?|prp|peptides?|nad\+?|ozone|chelation|iv (?:drip|vitamin|therapy)|hyperbaric|ketamine|methylene blue|red light)\b[^.!?\n]{{0,60}}?\b(?:for|helps?)\b[^.!?\n]{{0,20}}?\b{CONDITION}\b",
        r"\boff[- ]label\b|\b(?:stem[- ]cells?|exosomes?|prp|platelet[- ]rich|peptides?|bpc-?157|nad\+?|ozone|chelation|iv (?:drip|vitamin|therapy)|hyperbaric|ketamine|ivermectin|methylene blue|red light|cold laser|ultrasound wand|magnet\w*|tms)\b[^.!?\n]{0,90}\b(?:treats?|heals?|cures?|revers\w+|repairs?|regrow\w*|regenerat\w+|restor\w+|eliminat\w+|rebuild\w*|boost\w*|detox\w*|fight\w*|prevent\w*|slow\w*)\b",
    ),
    unless=(
        r"\b(?:not (?:been )?(?:fda|approved|cleared|evaluated)|isn't fda|hasn't been|have not been|does not (?:approve|endorse)|fda does not|fda has not|ask (?:whether|if)|think twice|do not (?:provide|offer)|don't (?:provide|offer)|not an established|as stated in its clearance|warn\w*|recall\w*|clinical trial|investigational|explain\w*|what (?:does )?\"?fda)\b",
    ),
)

DISEASE_CLAIM = Detector(
    name="disease_claim_of_a_product",
    says="says that a supplement, food, drip or device acts on a disease",
    finds=(
        rf"\b(?:supplements?|vitamins?|herbs?|herbal|tea|tonics?|gumm(?:y|ies)|cbd|turmeric|mushrooms?|probiotics?|collagen|essential oils?|tinctures?|drips?|iv|detox\w*|cleanse|homeopath\w+|acupuncture|chiropractic|adjustments?|salt|keto|diet|powder|capsules?|patch(?:es)?|elixir|juice|zinc|magnesium|ashwagandha|berberine|peptides?|stem cells?)\b[^.!?\n]{{0,80}}\b(?:treat\w*|heal\w*|cur(?:e|es|ed|ing)|revers\w+|prevent\w*|eliminat\w+|fight\w*|beat\w*|kill\w*|shrink\w*|stop\w*|end\w*|knock\w*|replac\w+|instead of|regulat\w+|lower\w*|balanc\w+|get(?:s)? rid|dissolv\w+|flush\w*|fix\w*|relie\w+)\b[^.!?\n]{{0,40}}\b(?:{CONDITION}|insulin|chemo\w*|medication|meds|virus(?:es)?|infections?|flu|colds?|blood pressure|a1c|tumou?rs?)\b",
        rf"\b(?:{CONDITION}|virus(?:es)?|flu|colds?|a1c)\b[^.!?\n]{{0,60}}\b(?:try|with|using|take|thanks to|drink)\b[^.!?\n]{{0,30}}\b(?:supplements?|vitamins?|herbs?|herbal|tea|tonics?|cbd|turmeric|drips?|detox\w*|cleanse|homeopath\w+|essential oils?|stem cells?|peptides?)\b",
        r"\b(?:instead of|rather than|without|skip|ditch|replace\w*|no need for|forget|alternative to|before you (?:try|agree))\b[^.!?\n]{0,30}\b(?:chemo(?:therapy)?|radiation|insulin|statins?|antidepressants?|vaccin\w+|surgery|ssris?|your (?:medication|meds|prescriptions?|cardiologist|oncologist)|conventional (?:medicine|treatment))\b[^.!?\n]{0,80}",
        r"\b(?:pass on|say no to|refuse|avoid|opt out of|decline|delay|think twice (?:about|before)|don't need|do not need|never needed|skip)\b[^.!?\n]{0,30}?\b(?:shots?|vaccin\w+|jabs?|boosters?|chemo\w*|mammograms?|screenings?|statins?|fluoride|antibiotics|insulin|sunscreen)\b|\b(?:no (?:needle|shot|vaccine|drug) needed|keeps? the (?:virus|cancer|flu) away|big pharma|detox (?:the|your|from)|burns? out (?:the )?(?:virus|cancer))\b",
        r"\b(?:vaccines?|fluoride|chemo(?:therapy)?|statins?|5g|big pharma|masks?)\b[^.!?\n]{0,60}\b(?:cause[sd]?|poison\w*|toxic|kill\w*|don't want you|hiding|hoax|dangerous|autism|infertil\w+|unnecessary|scam)\b|\b(?:doctors|big pharma|they) (?:don't|do not|won't) (?:want you|tell)\b|\b(?:miracle|secret|ancient remedy|suppressed|breakthrough they)\b",
    ),
    unless=(
        r"\b(?:no evidence|not (?:approved|proven|recommended|been shown|a substitute|intended|replace)|cannot|can't|doesn't|does not|never (?:stop|replace|skip)|do not (?:stop|replace|skip|use)|don't (?:stop|replace|skip)|tell your (?:doctor|provider|surgeon)|before (?:taking|starting|you take)|talk (?:to|with)|ask your|isn't a substitute|myth|studies have not|misconception|tell us about any)\b",
    ),
)

ONLINE_RX = Detector(
    name="prescription_online",
    says="offers prescriptions online, or a service that search platforms certify first",
    finds=(
        r"\b(?:prescri\w+|pills?|meds?|medications?|refills?|shots?|injections?|drugs?)\b[^\n]{0,80}?\b(?:online|by mail|mailed|mails|shipped|ships|delivered|to your door|doorstep|without (?:a|an|seeing|leaving|ever)|no (?:visit|appointment|waiting|doctor)|from (?:home|your couch|your phone)|in minutes|same[- ]day|telehealth|quiz|questions?|app)\b",
        r"\b(?:online|by mail|from (?:home|your couch|your phone)|telehealth|virtual\w*|quiz|answer (?:a few|five|three|some|\d+)|app|chat)\b[^\n]{0,80}?\b(?:prescri\w+|pills?|meds\b|medication|refills?|weight[- ]loss (?:shots?|meds?|injections?)|adderall|suboxone|testosterone|viagra|ketamine)\b",
        r"\b(?:rehab|detox|addiction|alcohol|opioid|drug|recovery|sober|suboxone|methadone)\b[^.!?\n]{0,40}\b(?:treatment|center|program|hotline|helpline|placement|beds?|residential|inpatient|clinic)\b",
    ),
    unless=(r"\b(?:portal|existing patients|drug take-?back|naloxone|never share|school|prevention week)\b",),
)

DETECTORS = (ONLINE_RX, COMPOUNDED, DRUG_WITH_USE, FDA_STATUS, DISEASE_CLAIM)

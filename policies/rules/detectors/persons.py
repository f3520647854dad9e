"""Copy, audiences and events that tie a person to a condition. Meta and Google personal-attribute policies; FTC Act s.5; state health-privacy laws."""

from policies.rules.detectors.detector import Detector
from policies.rules.detectors.words import CONDITION, SENSITIVE

ATTRIBUTE = Detector(
    name="reader_has_a_condition",
    says="tells or asks the reader about a condition of theirs",
    finds=(
        rf"\b(?:are|do|does|did|have|is|has|were|was|been|can|can't|could|why|how long|tired|sick|fed up|ready|still|ever|feeling|hiding|ashamed|embarrassed)\b[^.!?\n]{{0,30}}\b(?:you|your|you've|yours)\b[^.!?\n]{{0,50}}\b(?:{CONDITION}|{SENSITIVE})\b[^.!\n]{{0,60}}\?",
        rf"\b(?:your|you're|you are|you've|you have|you were|you suffer|you struggle|you live|you battle|you know)\b[^.!?\n]{{0,40}}\b(?:{CONDITION}|{SENSITIVE})\b",
        rf"\b(?:suffer\w*|struggl\w+|liv(?:e|ing)|battl\w+|cop(?:e|ing)|deal\w*|diagnosed|newly diagnosed|tired|sick|fed up|plagued|ashamed|embarrassed|haunted|trapped|stuck) (?:from|with|of|by|in)\b[^.!?\n]{{0,30}}\b(?:{CONDITION}|{SENSITIVE})\b",
        r"\b(?:fellow|other|for|attention|calling all|hey|dear|as a|to all) (?:\w+ )?(?:diabetics?|alcoholics?|addicts?|cancer (?:patients|survivors)|migraine sufferers|smokers|insomniacs|overweight (?:people|women|men|adults)|obese (?:people|adults)|infertile (?:couples|women)|hiv[- ]positive|depressed (?:people|teens|moms|men|women)|anxious (?:people|teens|moms))\b",
        r"\b(?:drinking|drug use|weight|mood|sex life|performance|bladder|cravings|using|habit|fertility|libido|hair ?line|memory|belly)\b[^.!?\n]{0,40}\b(?:out of (?:control|hand)|holding you back|embarrass\w*|ruin\w*|taking over|keeping you|getting worse|slipping|failing)\b|\b(?:your|you) (?:drinking|drug use|bladder|libido|cravings|hair ?line|weight|belly|mood swings|dark thoughts|period|hormones)\b",
    ),
)

HEALTH_AUDIENCE = Detector(
    name="audience_built_on_health",
    says="builds an audience or list of people on a condition, a treatment or visits to health pages",
    finds=(
        rf"\b(?:remarket\w*|retarget\w*|custom(?:er)? (?:audience|match|list|segment)\w*|look-?a-?likes?|similar (?:audience|users)|audience|segments?|seed (?:list|audience)?|upload\w*|crm list|match list|pixel\w*|target\w*|suppress\w*|exclude|cohort|list|serve ads|show ads|follow)\b[^\n]{{0,140}}\b(?:{SENSITIVE}|patients?|diagnos\w+|condition|symptom\w*|treatment|appointment|booking|booked|intake|quiz|procedure|pharmacy|prescription|portal|clinic|screening|{CONDITION})\b",
        rf"\b(?:{SENSITIVE}|patients?|diagnos\w+|condition|symptom\w*|prescription|intake|quiz|portal|{CONDITION})\b[^\n]{{0,140}}\b(?:remarket\w*|retarget\w*|custom(?:er)? (?:audience|match|list|segment)\w*|look-?a-?likes?|similar (?:audience|users)|upload\w*|match list|seed (?:list|audience)|google ads|meta|facebook|tiktok|serve ads|follow them)\b",
        r"\b(?:visited|viewed|browsed|clicked|searched|opened|started|abandoned|landed on|read|spent)\b[^\n]{0,80}(?:/[a-z][\w-]+|\bpages?\b|\bquiz\b|\bform\b|\bassessment\b|\bchecker\b)",
    ),
    unless=(
        r"\b(?:do not|don't|must not|must never|never|may not|should not)\b[^.!?\n]{0,40}\b(?:upload|mention|use|build|target|name|share|send|include|create)\b",
        r"\b(?:contextual|no (?:remarketing|retargeting|audience|custom)|not (?:used|built|based|uploaded|shared)|without (?:any )?(?:user|patient|audience|health)|zip codes? only|demographic|keyword targeting|broad|geograph\w+ only|all (?:adults|visitors to the careers)|careers?|job|recruit\w*|never (?:use|upload|share))\b",
    ),
)

REVEALING_NAME = Detector(
    name="name_reveals_a_condition",
    says="names an event, list, campaign or address after a condition or treatment",
    itself=True,
    finds=(
        rf"\"?\b(?:event|event_name|content_name|content_category|audience|list_name|list|campaign|campaign_name|custom_event|custom_conversion|conversion|page_title|page_location|page_path|url|utm_\w+|search_string|item_name|label|category|value|tag|name|page|path|referrer|title)\"?\s*[:=]\s*\"?[^\",}}\n]{{0,160}}?(?:{SENSITIVE}|{CONDITION})",
        rf"/(?:[\w-]+[/-])*(?:{SENSITIVE})(?:[/?#_-]|\b)",
        r"\b[A-Za-z]*[_-]?(?:hiv|std|sti|ivf|prep|suboxone|detox|rehab|depression|anxiety|pregnan\w*|abortion|diabet\w+|cancer|oncology|bariatric|adhd|ketamine|testosterone|herpes|hepatitis|hospice|dialysis|infertility|fertility|addiction|bipolar|ptsd|autism)[_-][A-Za-z_]+\b|\b[A-Za-z]+[_](?:hiv|std|sti|ivf|prep|suboxone|detox|rehab|depression|anxiety|pregnan\w*|abortion|diabet\w+|cancer|oncology|bariatric|adhd|ketamine|testosterone|herpes|hepatitis|hospice|dialysis|infertility|fertility|addiction|bipolar|ptsd|autism)\b",
    ),
)

USER_DATA_SENT = Detector(
    name="user_data_to_ad_platform",
    says="sends what identifies a person to an advertising platform",
    finds=(
        r"\b(?:hash\w*|sha-?256|encrypted?|email\w*|phone\w*|addresses|names|patient (?:list|emails|phones|data)|ip address\w*|device ids?|click ids?|gclid|fbclid|external_id|user data|first[- ]party data|contact (?:info\w*|list)|crm)\b[^\n]{0,120}\b(?:to|with|into|via|through|on) (?:\w+ ){0,3}(?:meta|facebook|google(?: ads)?|tiktok|instagram|linkedin|snapchat|pinterest|bing|capi|conversions? api|enhanced conversions|ad (?:platform|network|partner)s?|data broker|the trade desk|amazon ads|pixel)\b",
        r"\b(?:meta|facebook|google(?: ads)?|tiktok|capi|conversions? api|enhanced conversions|pixel|ad (?:platform|network|partner)s?|data broker)\b[^\n]{0,120}\b(?:hash\w*|sha-?256|emails?|email address\w*|phone numbers?|patient (?:list|emails|phones|data)|ip address\w*|device ids?|click ids?|gclid|fbclid|external_id|user data|contact (?:info\w*|list)|full (?:url|page)|form (?:fields|answers)|answers)\b",
    ),
    unless=(
        r"\b(?:no (?:user|personal|patient|email|identif\w+)|without (?:user|personal|any|identif\w+)|not (?:send|sent|share|shared|include\w*|upload\w*)|never|aggregate\w*|do not (?:send|share|upload)|only (?:counts|aggregate|campaign)|removed|stripped|blocked)\b",
    ),
)

GEOFENCE = Detector(
    name="fence_around_care",
    says="targets phones that are, or were, at a place of care",
    finds=(
        r"\b(?:geo-?fenc\w+|radius|polygon|ring|circle|fence|within \d+ (?:feet|ft|meters|yards|miles?)|\d[\d,]*[- ]?(?:foot|feet|ft|meter|yard|mile)s?|devices? (?:that|seen|at|inside|which)|phones? (?:inside|at|that|seen)|ping|standing at|parked at|location data|visited)\b[^\n]{0,100}?\b(?:clinics?|hospitals?|centers?|planned parenthood|pharmac(?:y|ies)|dialysis|rehab|methadone|oncology|cancer center|emergency room|emergency|waiting room|practice|doctor'?s? office|urgent care|health center|birth center|abortion)\b",
        r"\b(?:around|over|near|at|outside|inside)\b[^\n]{0,50}?\b(?:clinics?|hospitals?|health centers?|pharmac(?:y|ies)|dialysis|rehab|methadone|cancer center|emergency room|urgent care|women's health|birth center|abortion)\b[^\n]{0,100}?\b(?:serve|show|target|ads?|phones?|devices?|ping|capture|retarget|push)\b",
    ),
    unless=(r"\b(?:our own|zip codes?|city|county|metro|dma|no geofenc\w*|not (?:use|target|near)|never)\b",),
)

DETECTORS = (GEOFENCE, ATTRIBUTE, HEALTH_AUDIENCE, REVEALING_NAME, USER_DATA_SENT)

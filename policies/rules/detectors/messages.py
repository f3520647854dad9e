"""Mail, texts and calls: subjects that deceive, opt-outs ignored, consent bypassed, people passed off as doctors. 15 U.S.C. 7704; 47 CFR 64.1200; Cal. AB 489."""

from policies.rules.detectors.detector import Detector

SUBJECT = Detector(
    name="deceptive_subject",
    says="has a subject line that looks like something the message is not",
    finds=(
        r"\bsubject(?: line)?\s*:?\s*[\"']?(?:re|fw|fwd)\s*:",
        r"\bsubject(?: line)?\b[^\n]{0,80}\b(?:your (?:results?|test|lab|account|appointment|refund|claim|benefits?|coverage|order|prescription|payment|invoice|record|bill|statement)|urgent|final notice|action required|past due|suspended|expired?|confirm(?:ed|ation)?|important (?:information|notice|update) about your|from (?:medicare|the (?:irs|va|county|state|government))|medicare (?:notice|benefit)|recall notice|you (?:won|have been selected)|we found something|test came back|missed call|your doctor)\b",
        r"\bsubject(?: line)?\s*:?\s*[\"']?(?:you're|you are|your|you have|you've) (?:booked|confirmed|approved|enrolled|selected|scheduled|due|overdue|late|pre-?approved|covered|going to|been)\b",
    ),
)

_KEPT = (
    r"\b(?:honou?r\w*|respect\w*|remov\w+ (?:them|anyone|everyone|you) (?:from|within|immediately|right)|suppress(?:ed|es)? (?:them|anyone|everyone|immediately|all)|never (?:text|call|email|buy|purchase)|not (?:text|call|email|send|contact|buy)|do not (?:text|call|email|send|contact|buy)|don't (?:text|call|email|send|buy)|written consent on file|with (?:written |prior |express )+consent|no (?:login|fee|account) (?:is )?(?:needed|required)|one click|reply stop|consent is not (?:a condition|required))\b",
)
"""What a sentence says that keeps the rule."""

NO_CONSENT = Detector(
    name="list_without_consent",
    says="texts, calls or mails a list of people who did not agree",
    finds=(
        r"\b(?:bought|purchas\w+|rented|scraped|harvested|pulled|acquired|third[- ]party|appended?|skip-?traced)\b[^.!?\n]{0,60}\b(?:lists?|numbers?|emails?|contacts|cell|mobile|leads?|records?|names)\b",
        r"\b(?:consent|agree\w*)\b[^.!?\n]{0,60}\b(?:required|condition|must|in order to|to (?:be seen|book|receive care|schedule))\b[^.!?\n]{0,60}\b(?:text\w*|call\w*|marketing|promot\w*)\b",
    ),
    unless=_KEPT,
)

IGNORED = Detector(
    name="optout_ignored",
    says="goes on writing to people who asked to be left alone",
    finds=(
        r"\b(?:opted out|unsubscrib\w+|replied stop|said stop|texted stop|do[- ]not[- ](?:call|contact)|dnc|revoked|asked (?:us )?(?:to stop|not to|to be removed))\b[^.!?\n]{0,100}\b(?:anyway|again|still|one more|keep|re-?add\w*|re-?upload\w*|include|another|win-?back|back on|different (?:number|shortcode|domain|sender)|new (?:number|list|shortcode)|regardless|ignore|next (?:quarter|month|campaign)|after (?:a|the) (?:month|30|60|90))\b",
        r"\b(?:re-?add|re-?upload|re-?subscribe|keep (?:texting|emailing|calling|sending|mailing)|still (?:text|email|call|send|mail)|ignore|skip|bypass|drop|hide|bury|leave (?:off|out)|remove|no|without(?: an?)?)\b[^.!?\n]{0,60}\b(?:opt(?:ed)?[- ]?outs?|unsubscrib\w*|stop (?:requests?|replies|message)|do[- ]not[- ]call|dnc|consent|opt-?in|postal address|physical address|suppression)\b",
    ),
    unless=_KEPT,
)

OBSTRUCTED = Detector(
    name="optout_obstructed",
    says="makes it hard, slow or costly to opt out",
    finds=(
        r"\b(?:unsubscrib\w+|opt(?:ing)?[- ]?out|get off (?:the|our|this) list|to stop (?:these|our|the|this|getting|receiving)\b[^.!?,\n]{0,30}|(?:be |get )?removed from (?:the|our|this)|(?-i:STOP))\b[^.!?\n]{0,60}\b(?:log ?in|sign ?in|call (?:us|our)|mail (?:us|a)|write to|fee|\$\s?\d+|account|portal|in person|form|survey|allow (?:up to )?(?:\d{2,}|thirty|sixty|ninety)|within (?:\d{2,}|thirty|sixty|ninety)|(?:30|45|60|90) (?:business )?days)\b",
    ),
    unless=_KEPT,
)

VOICE = Detector(
    name="artificial_voice",
    says="uses a dialer, a recording or an artificial voice",
    finds=(
        r"\b(?:auto-?dial\w*|robo-?call\w*|robo-?text\w*|prerecorded|pre-recorded|ringless|voice (?:drop|clone|cloned|bot)|ai[- ](?:voice|caller|agent|generated)|synthetic voice|cloned voice|blast|mass text|bulk sms|(?:use|using|run|running|through|via|by|with|load\w*|on) (?:the |our |a |an )?(?:\w+ )?dialer|dialer (?:will|calls|dials|list|campaign))\b",
    ),
    unless=_KEPT,
)

DISGUISED = Detector(
    name="sender_disguised",
    says="hides who sends the message",
    finds=(
        r"\b(?:from|sender|reply-to|display)[- ](?:name|line|address|field)\b[^.!?\n]{0,60}\b(?:medicare|cms|hospital|doctor|someone|different|another|insur\w+|irs|government|health department|spoof\w*|no-?reply|fake|look like|appear)\b",
    ),
    unless=_KEPT,
)

LATE_HOUR = Detector(
    name="call_at_a_quiet_hour",
    says="plans a text or call outside the hours the law allows",
    finds=(
        r"\b(?:send|sends|sending|text|texts|blast|call|calls|dial|schedul\w+|go(?:es)? out|queue\w*|launch\w*|drop\w*|set|fires?)\b[^.!?\n]{0,80}\b(?:9:[0-5]\d|10(?::\d\d)?|11(?::\d\d)?|12(?::\d\d)?|midnight)\s?(?:p\.?m\.?|at night)|\b(?:send|sends|sending|text|texts|blast|call|calls|dial|schedul\w+|go(?:es)? out|queue\w*|launch\w*|set|fires?)\b[^.!?\n]{0,80}\b(?:[1-7](?::\d\d)?|5|6|7|12(?::\d\d)?)\s?a\.?m\.?\b|\b(?:after midnight|before (?:dawn|sunrise|8 ?a\.?m)|overnight|late[- ]night|crack of dawn)\b[^.!?\n]{0,60}\b(?:text|call|send|blast|dial)\w*",
    ),
    unless=(r"\b(?:not|never|no|only between|between 8|quiet hours|clinic opens|we open|doors open|fasting|arrive|check[- ]in)\b",),
)

AI_AS_CLINICIAN = Detector(
    name="ai_as_clinician",
    says="lets software pass for a doctor, nurse or therapist",
    finds=(
        r"\b(?:ai|a\.i\.|chat-?bot|bot|virtual|digital|automated|algorithm|assistant|avatar)\b[^.!?\n]{0,60}\b(?:doctor|physician|nurse|therapist|dentist|psychologist|counselor|clinician|licensed|diagnos\w+|prescrib\w+|second opinion)\b",
        r"\b(?:doctor|nurse|therapist|clinician|counselor|physician)\b[^.!?\n]{0,40}\b(?:ai|bot|avatar|algorithm|powered by|never sleeps|24/7|virtual)\b",
    ),
    unless=(
        r"\b(?:not a (?:doctor|licensed|substitute|nurse|therapist)|reviewed by|is not|isn't|cannot|does not|doesn't|human|real person|supervis\w+|hand\w* (?:you )?(?:over|off))\b",
    ),
)

NOT_HEALTHCARE = Detector(
    name="more_than_a_health_message",
    says="adds marketing or billing to a message that claims the health-care exemption",
    finds=(
        r"(?:\$\s?\d|\b\d+\s?% off)|\b(?:sale|special|specials|bundle|offer|deal|discount|promo\w*|coupon|save|free|new service|now offering|friend|refer|gift|upgrade|membership|while you're at it|don't forget to try|check out our|peek at|pay now|you owe|owe|balance|past due|collections?|payment|bill|invoice|credit card|shop|store|botox|whitening|laser|package)\b",
    ),
)

DETECTORS = (NOT_HEALTHCARE, SUBJECT, NO_CONSENT, IGNORED, OBSTRUCTED, VOICE, DISGUISED, LATE_HOUR, AI_AS_CLINICIAN)

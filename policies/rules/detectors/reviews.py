"""Reviews and endorsements: made up, paid for by their tone, gated, suppressed, or by insiders. 16 CFR 465; 16 CFR 255; FTC Act s.5."""

from policies.rules.detectors.detector import Detector

_REVIEW = r"(?:reviews?|ratings?|testimonials?|stars?|star[- ]ratings?|feedback|google|yelp|healthgrades|zocdoc|shout-?outs?|kind words|recommendations?|posts?)"
_GOOD = r"(?:(?<!to )5|five|4|four|positive|great|glowing|good|happy|nice|kind|stellar|favorable|raving|rave|perfect|high|wonderful|loved|top|all)"
_BAD = r"(?:negative|bad|poor|one|two|1|2|3|critical|unhappy|low|harsh|unfair|angry|three|less than|below|fewer)"
_VALUE = r"(?:gift|cards?|\$\s?\d+|discount|off|credit|free|raffle|drawing|entered|entry|points|reward|bonus|coupon|whitening|upgrade|prize|chance to win|swag|voucher|thank[- ]you gift|latte|coffee|treat|waive\w*)"

FAKE = Detector(
    name="made_up_review",
    says="has reviews, followers or testimonials written, bought or generated",
    finds=(
        rf"\b(?:buy|bought|purchas\w+|order(?:ed)?|\d+ (?:fresh |new |verified )?|generat\w+|write|wrote|writing|written|draft\w*|compos\w+|invent\w*|creat\w+|fabricat\w+|make up|made up|seed\w*|ghost-?writ\w+|hire\w*|post(?:ed|ing)?|publish\w*|spin)\b[^.!?\n]{{0,60}}\b{_REVIEW}\b[^.!?\n]{{0,60}}\b(?:as (?:if|though)|from (?:different|fake|new|several|multiple|dummy|burner)|never (?:been|visited|came|set foot|met)|haven't|didn't (?:visit|come)|fictional|fake|personas?|accounts?|vpn|chatgpt|ai\b|gpt|bot|on behalf|for (?:them|you|our patients)|vendor|agency|fiverr|package|bulk|made[- ]up|stock photos?|invented)\b",
        rf"\b(?:fake|chatgpt|ai[- ](?:generated|written|tool)?|gpt|bot|made[- ]up|dummy|personas?|burner accounts?|fictional|invented|composite)\b[^.!?\n]{{0,60}}\b{_REVIEW}\b",
        r"\b(?:write-?ups?|reviews?|ratings?|testimonials?|stars|posts)\b[^\n]{0,90}?\b(?:apiece|each|per (?:review|post|batch)|dripped?|staggered|batch(?:es)?|package|mixed (?:male|names)|names? (?:and|from)|different (?:names|accounts|devices|ips?)|aged accounts|profiles)\b|\b(?:writers?|freelancers?|reviewers|authors?)\b[^.!?\n]{0,30}\b(?:have not|haven't|never|did not|didn't|need not|don't have to|without)\b[^.!?\n]{0,30}\b(?:been|visit\w*|seen|come|set foot|met|try|tried|used)\b",
        r"\b(?:followers|subscribers|views|likes|comments|plays|watch hours)\b[^.!?\n]{0,50}\b(?:bought|buy|purchas\w+|package|bulk|bot|vendor|farm|panel|delivered|boost(?:ed)? by)\b|\b(?:buy|bought|purchas\w+|order(?:ed)?|pay\w* for|invoice for|package of|\d[\d,]*k?)\b[^.!?\n]{0,40}\b(?:followers|subscribers|views|likes|watch hours|engagement pod)\b",
    ),
    unless=(
        r"\b(?:not|never|don't|do not|no|cannot|won't|prohibit\w*|report(?:ed|ing)?|flag(?:ged|ging)?|remove|detect\w*|against)\b[^.!?\n]{0,40}\b(?:fake|buy|bought|write|generate|pay|purchas\w*|post)\w*",
    ),
)

PAID_TONE = Detector(
    name="paid_for_praise",
    says="offers something for a review, or for a good one",
    finds=(
        rf"\b{_VALUE}\b[^.!?\n]{{0,80}}\b(?:for|when|if|after|once|by|just|simply|who|to)\b[^.!?\n]{{0,40}}\b(?:leav\w+|left|writ\w+|post\w*|giv\w+|submit\w*|shar\w+|drop\w*|say\w*|rate|rating|review\w*)\b[^.!?\n]{{0,40}}\b{_REVIEW}\b",
        rf"\b(?:leav\w+|writ\w+|post\w*|giv\w+|submit\w*|shar\w+|drop\w*|rate us|review us|rating us|tell (?:the world|everyone|google)|show us)\b[^.!?\n]{{0,60}}\b{_REVIEW}\b[^.!?\n]{{0,80}}\b(?:get|receive|earn|and we|we(?:'ll| will)|you(?:'ll| will)|for (?:a|your|\$)|to (?:win|be entered|get|receive|claim)|your next|{_VALUE})\b",
        rf"\b(?:put up|post|tap|drop|leave|give us|write|share|tell (?:the internet|google|the world|everyone)|snap|tag|mention|pongan?os|pongame|deje(?:nos)?|escrib\w+)\b[^\n]{{0,60}}?\b(?:stars?|{_REVIEW}|how we did|write-?up|estrellas|resena|comentario)\b[^\n]{{0,120}}?\b(?:our treat|on us|yours|in the hat|we draw|drawing|earbuds|regalo|gratis|{_VALUE}|parking|show (?:the|us|me|this)|screenshot|bring (?:the|your) phone|next (?:\w+ )?(?:treatment|visit|facial|cleaning)|lleves[ei]|sorteo|descuento)\b",
        rf"\b(?:in exchange|in return)\b[^.!?\n]{{0,40}}\b{_REVIEW}\b|\b{_REVIEW}\b[^.!?\n]{{0,40}}\b(?:in exchange|in return)\b",
    ),
    unless=(
        r"\b(?:not|never|no|cannot|can't|don't|doesn't|without|won't)\b[^.!?\n]{0,50}\b(?:incentive|reward|gift|pay|compensat\w*|offer|exchange|discount|anything)\b",
    ),
)

GATE = Detector(
    name="review_gating",
    says="asks happy patients to post in public and sends the others elsewhere",
    finds=(
        rf"\b(?:if|when|were|was|are you|anyone|those|people|patients?|guests|clients|only|just)\b[^.!?\n]{{0,60}}\b(?:{_GOOD}|love[ds]?|enjoy\w*|amazing|delighted|thrilled|pleased|satisfied|exceeded|smil\w+|promoters?|(?:9|10)s?(?! ?(?:to|am|pm|a\.m|p\.m|-|:)))\b[^\n]{{0,120}}\b(?:google|yelp|review|post|public\w*|online|stars?|facebook|healthgrades|share it|tell the world)\b[^\n]{{0,160}}\b(?:if not|otherwise|unhappy|not happy|wasn't|weren't|less than|anything (?:else|less|other)|didn't|fell short|disappoint\w+|{_BAD}|detractors?|private\w*|call (?:us|me)|email (?:us|me)|reply|tell us|let us|internal\w*|directly|manager|skip)\b",
        r"\b(?:loved|love|enjoyed|liked|great|good|happy|amazing|wonderful|smile)\b[^\n]{0,20}\?[^\n]{0,80}\b(?:google|yelp|post|share|review|tell (?:the )?world|online|public)\b[^\n]{0,40}[.!;][^\n]{0,80}\b(?:private\w*|between us|tell us|call us|email us|our manager|text us|form|directly|keep it)\b",
        rf"\b(?:if not|unhappy|not happy|wasn't|weren't|less than|anything (?:less|other)|fell short|disappoint\w+|{_BAD}|detractors?|complain\w*)\b[^\n]{{0,100}}\b(?:private\w*|call (?:us|me|our)|email (?:us|me)|reply|tell us|internal\w*|directly|manager|form|instead|before (?:posting|you post)|skip|do not (?:post|send)|don't (?:post|send|ask))\b[^\n]{{0,160}}\b(?:google|yelp|review|public\w*|online|stars?)\b",
        rf"\b(?:only|just)\b[^.!?\n]{{0,40}}\b(?:ask|send|invite|text|email|request\w*|target|prompt)\w*\b[^.!?\n]{{0,80}}\b(?:happy|satisfied|smil\w+|good|promoters?|{_GOOD}|thrilled|pleased)\b|\b(?:ask|send|invite|text|email|request\w*|prompt)\w*\b[^.!?\n]{{0,60}}\bonly\b[^.!?\n]{{0,40}}\b(?:happy|satisfied|promoters?|{_GOOD}|thrilled|pleased|who (?:loved|scored|rated))\b",
        r"\b(?:score\w*|rat(?:e|es|ed|ing)|nps|survey)\b[^\n]{0,60}\b(?:9|10|4|5|high|above|promoters?|four|five)\b[^\n]{0,80}\b(?:google|public|review|yelp)\b[^\n]{0,120}\b(?:others?|rest|lower|below|low|detractors?|under|less|else|1|2|3)\b",
    ),
    unless=(r"\b(?:everyone|every patient|all patients|regardless|whether (?:good|positive|you)|good or bad|positive or negative)\b",),
)

SUPPRESS = Detector(
    name="review_suppressed",
    says="threatens, pays or bargains to get a bad review off",
    finds=(
        rf"\b(?:remov\w+|tak(?:e|ing|en) (?:it |this |that |your \w+ )?down|delet\w+|edit|change|retract\w*|withdraw\w*|pull|revise|updat\w+)\b[^.!?\n]{{0,60}}\b(?:{_REVIEW}|it|this|comments?)\b[^.!?\n]{{0,100}}\b(?:or|otherwise|we(?:'ll| will)|legal|attorney|lawyer|sue|court|defam\w+|refund\w*|credit|free|in exchange|if you|before we|hear from|discount|waive|gift|collections?|balance)\b",
        rf"\b(?:legal|attorneys?|lawyers?|sue|court|defam\w+|libel|slander|cease and desist|refund\w*|credit your|waive|collections?|dismiss\w*|discharge|no longer (?:see|treat))\b[^.!?\n]{{0,100}}\b(?:{_REVIEW}|posting|post|comments?|remov\w+|delet\w+|retract\w*|take it down)\b",
        r"\b(?:agree|agreement|sign|contract|consent|terms|waiver|policy|clause)\b[^.!?\n]{0,60}\b(?:not to|never|won't|refrain|prohibit\w*|may not|will not|without)\b[^.!?\n]{0,40}\b(?:post|review|publish|comment|rate|online)\b",
        rf"\b(?:hide|hides|hiding|hidden|filter\w*|suppress\w*|remove|delete|don't (?:show|display|publish)|do not (?:show|display|publish)|never (?:show|display|publish)|only (?:show|display|publish|feature)|leave out|omit|bury|exclude)\b[^.!?\n]{{0,50}}\b(?:{_BAD}|under|below|anything)\b[^.!?\n]{{0,30}}\b{_REVIEW}\b",
    ),
    unless=(r"\b(?:spam|profan\w+|obscene|irrelevant|violates (?:google|the platform)|hate speech|duplicate)\b",),
)

INSIDER = Detector(
    name="insider_review",
    says="has staff, family or vendors review their own practice",
    finds=(
        rf"\b(?:staff|team members?|employees?|family|spouses?|relatives|friends of|vendors?|interns?|nurses|hygienists?|everyone (?:here|on the team|in the office)|colleagues|board members|yourself|your (?:mom|spouse|partner|family|relatives|kids|personal|own)|each of (?:you|us)|all of us|our own|contractors)\b[^.!?\n]{{0,80}}\b(?:post\w*|leav\w+|writ\w+|drop\w*|submit\w*|add|give|put up)\b[^.!?\n]{{0,40}}\b{_REVIEW}\b",
        rf"\b(?:post\w*|leav\w+|writ\w+|drop\w*|submit\w*|add|give)\b[^.!?\n]{{0,40}}\b{_REVIEW}\b[^.!?\n]{{0,80}}\b(?:personal (?:gmail|account|email|google)|own (?:gmail|account|google)|home (?:computer|wifi|account)|don't mention (?:you|that)|staff|employees?|as (?:if|a patient|patients)|family members|your spouse|relatives)\b",
    ),
    unless=(r"\b(?:not|never|don't|do not|cannot|may not|must not|shouldn't|please don't|prohibit\w*|disclos\w+)\b",),
)

UNDISCLOSED = Detector(
    name="undisclosed_connection",
    says="has somebody who is paid praise a provider without saying so",
    finds=(
        r"\b(?:influencers?|creators?|bloggers?|ambassadors?|athletes?|celebrit\w+|spokes\w+|host|podcaster|partner|youtubers?|mommy bloggers?)\b[^.!?\n]{0,100}\b(?:free|paid|comp(?:ed|limentary)?|gift\w*|in exchange|\$\s?\d+|fee|discount\w*|sponsor\w*|on the house|no charge)\b[^\n]{0,120}\b(?:no (?:need|mention|#ad|hashtag|disclos\w*)|don't (?:mention|say|tag|disclose|use)|without (?:mention\w*|#ad|saying|disclos\w*|tag\w*)|organic\w*|natural\w*|seamless\w*|not (?:look|feel|sound|read) like|skip the|candid|keep it|authentic)\b",
        r"\b(?:no|without|skip|don't (?:use|add|need|mention)|leave off|omit|avoid)\b[^.!?\n]{0,20}(?:#ad\b|#sponsored\b|\bdisclos\w+|\bsponsor\w+|\bpartnership (?:tag|label)\w*|\bpaid partnership)",
    ),
)

PRIVACY_PROMISE = Detector(
    name="privacy_promise",
    says="promises privacy or HIPAA compliance in absolute words",
    finds=(
        r"\bhipaa[- ](?:certified|approved|compliant|secure|protected|endorsed|safe|verified|accredited|guaranteed|seal)\b|\b(?:certified|approved|endorsed) by (?:hipaa|hhs|ocr)\b|\bfully compliant\b",
        r"\b(?:100\s?%|completely|totally|absolutely|fully|entirely|guaranteed|strictly|always|perfectly)\s+(?:private|confidential|secure|anonymous|discreet|safe and secure|hack-?proof|unhackable|encrypted)\b",
        r"\b(?:never|not ever|will not ever|no one|nobody)\b[^.!?\n]{0,40}\b(?:shar\w+|sell\w*|sold|track\w*|see|seen|disclos\w+|leav\w+|know\w*|store\w*|access)\b[^.!?\n]{0,40}\b(?:data|information|info|answers|records?|details|anyone|servers?|third part\w+|advertis\w+|facebook|google|meta|what you (?:tell|share|enter))\b",
        r"\b(?:your|all) (?:data|information|answers|responses|details|health information|secrets?)\b[^.!?\n]{0,40}\b(?:stays?|remains?|is|are|kept)\b[^.!?\n]{0,20}\b(?:between us|private|anonymous|confidential|safe|secure|locked|with us|protected|on your device)\b",
        r"\b(?:bank|military|hospital|government)[- ](?:level|grade)\s+(?:security|encryption|privacy)\b|\b(?:impossible to (?:hack|trace)|can't be (?:hacked|traced)|unhackable|hack-?proof)\b",
    ),
    unless=(
        r"\b(?:isn't|is not|aren't|are not|not|no website|no site|can never be)\b[^.!?\n]{0,25}\b(?:secure|private|confidential|anonymous|compliant|certified)\b|\b(?:notice of privacy practices|except (?:as|when)|as described in|see our privacy|privacy policy explains|no (?:system|method|transmission))\b",
    ),
)

ASKED_FOR = Detector(
    name="review_asked_where_platforms_forbid",
    says="asks for reviews where or how the directory forbids it: on Yelp, on a device in the office, or in bulk",
    finds=(
        r"\b(?:yelp)\b[^\n]{0,80}?\b(?:leave|write|post|review|write-?up|rate|stars?|tell)\b|\b(?:leave|write|post|drop|rate)\b[^.!?\n]{0,60}?\byelp\b",
        r"\b(?:tablet|ipad|kiosk|lobby (?:computer|tablet)|front desk (?:tablet|ipad|computer)|office (?:computer|wi-?fi|tablet|phone)|checkout|check-?out|before (?:they|you) (?:leave|go|get))\b[^\n]{0,120}?\b(?:reviews?|ratings?|rate|stars?|google|healthgrades|zocdoc)\b|\b(?:reviews?|rating|stars?|google page)\b[^\n]{0,80}?\b(?:on our|at the) (?:tablet|ipad|kiosk|front desk|computer|checkout)\b",
    ),
    unless=(r"\b(?:never|don't|do not|not|avoid|no)\b[^.!?\n]{0,50}\b(?:ask|solicit|request|tablet|kiosk|yelp|review)",),
)

DETECTORS = (ASKED_FOR, FAKE, PAID_TONE, GATE, SUPPRESS, INSIDER, UNDISCLOSED, PRIVACY_PROMISE)

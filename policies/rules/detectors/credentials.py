"""Titles, certificates and identity of clinicians. State medical and dental board advertising rules."""

from policies.rules.detectors.detector import Detector

_BOARDS = r"(?:american board of (?:medical specialties|dermatology|plastic surgery|surgery|orthop\w+|internal medicine|family medicine|pediatrics|obstetrics\w*|anesthesiology|radiology|ophthalmology|otolaryngology|psychiatry\w*|neurolog\w+|urology|emergency medicine|pathology|physical medicine\w*|preventive medicine|thoracic surgery|colon\w*|nuclear medicine|allergy\w*|medical genetics\w*|neurological surgery|oral\w*|orthodontics|pediatric dentistry|periodontology|prosthodontics|endodontics)|abms|aoa|american osteopathic board)"

BOARD = Detector(
    name="board_certified_bare",
    says="says board certified or board eligible",
    finds=(
        r"\bboard[- ](?:certified|certification|eligible|approved|recognized|registered|qualified|trained|diplomate|licensed specialist)\b|\bdouble[- ]boarded\b|\b(?:double|triple|dual)[- ]board\b|\bdiplomates?\b|\bboarded in\b|\bcertified by the (?:american|national|international|world) (?:board|academy|society|college|association)\b|\bfellow of the (?:american|international|world) (?:academy|board|society)\b",
    ),
    unless=(rf"\b{_BOARDS}\b",),
)

SPECIALIST = Detector(
    name="specialist_claim",
    says="calls a clinician a specialist or expert in a field",
    finds=(
        r"\b(?:specialists?|speciali[sz](?:es|ing|ed) in|experts? (?:in|on)|guru|implantologists?|cosmetic dentists?|cosmetic surgeons?|aesthetic (?:surgeons?|physicians?)|anti-?aging (?:doctor|physician|expert)|hormone (?:doctor|expert|specialist)|laser specialist|certified injector|master injector)\b",
    ),
    unless=(
        r"\b(?:refer(?:ral|red)?|see|to|by|a|the|your|with|consult|visit|ask) (?:a |the |your |our )?specialists?\b(?!\s+in)|\b(?:billing|insurance|scheduling|marketing|seo|it|lead|intake|patient access|referral|coding|front office|financial|support|hr|content|media|social media) (?:specialist|expert)s?\b|\bspecialty (?:pharmacy|clinic|care|visits?|referrals?|practice|group)\b|\bsubject[- ]matter expert\b",
        r"\b(?:not|isn't|are not|aren't|general dentist\w*) (?:a |an )?(?:recognized |board[- ]certified )?special\w+\b",
    ),
)

DETECTORS = (BOARD, SPECIALIST)

"""Titles, certificates and identity of clinicians. State medical and dental board advertising rules."""

import re

from policies.rules.detectors.detector import Detector
from policies.rules.patterns import Span
from policies.rules.text import Text

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

_DEGREES = (
    r"(?:M\.?D|D\.?O|D\.?D\.?S|D\.?M\.?D|D\.?C|O\.?D|D\.?P\.?M|Ph\.?D|PsyD|Psy\.D|PharmD|DNP|DPT|AuD|NP|PNP|FNP|PA-C|CRNA|RN|LCSW|RD)\b"
)


def _stands_without_degree(text: Text, span: Span) -> bool:
    """Has this very name no degree anywhere in the item? "Hana Lund, MD, will see you. Ask Dr. Lund." names it once, which is enough."""
    surname = text.folded[slice(*span)].split()[-1]
    return re.search(rf"\b{re.escape(surname)},? {_DEGREES}", text.folded) is None


DOCTOR = Detector(
    name="doctor_without_degree",
    says="calls somebody a doctor without saying what kind",
    finds=(
        r"(?<!\bhi )(?<!\bdear )(?<!\bhello )\b(?:dr\.?|doctor)\s+(?-i:[A-Z])\w+\b(?!\s*,?\s*(?-i:[A-Z]{2})\s+\d{5})(?<!Suite)(?<!Ste)(?<!Unit)",
    ),
    unless=(
        rf"(?-i:\b{_DEGREES})",
        r"\b(?:physician|dentist|chiropractor|surgeon|optometrist|podiatrist|psychologist|psychiatrist|pediatrician|orthodontist|nurse practitioner"
        r"|dermatolog\w+|cardiolog\w+)\b",
    ),
    accepts=_stands_without_degree,
)

DETECTORS = (BOARD, SPECIALIST, DOCTOR)

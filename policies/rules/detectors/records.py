"""What is kept, tracked and traded: short retention, trackers behind a login, patient data for value. 45 CFR 164.316, 164.502(a)(5)(ii), 164.504(e)."""

import re

from policies.rules.detectors.detector import Detector
from policies.rules.patterns import Span
from policies.rules.text import Text

YEARS_KEPT = 6
"""HIPAA documentation is kept six years from its creation or last effect. 45 CFR 164.316(b)(2)(i), 164.530(j)."""

_TEENS = ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen"]
_WORDS = {
    word: number
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", *_TEENS], start=1
    )
}
_PERIOD = re.compile(r"\b(\d{1,3}|[a-z]+)[ -](days?|weeks?|months?|years?)\b", re.IGNORECASE)
_PER_YEAR = {"d": 365.25, "w": 52.18, "m": 12.0, "y": 1.0}


def _too_short(text: Text, span: Span) -> bool:
    """Is some period named in the hit shorter than six years?"""
    if re.search(r"\b(?:last|this) (?:year|month|week|quarter)'s\b", text.folded[span[0] : span[1]], re.IGNORECASE):
        return True
    for found in _PERIOD.finditer(text.folded, *span):
        number = int(found[1]) if found[1].isdigit() else _WORDS.get(found[1].lower())
        if number is not None and number / _PER_YEAR[found[2][0].lower()] < YEARS_KEPT:
            return True
    return False


_RECORD = r"(?:authori[sz]ations?|baas?|business associate agreements?|privacy policies|policies|complaints?|complaint files?|approvals?|(?:disclosure|consent|complaint) logs?|(?:photo|image|media) releases?|training sign-ins|compliance (?:records?|decisions?|files?)|consents?)"
_GOES = r"(?:purg\w*|shred\w*|delet\w*|destroy\w*|discard\w*|kept?|keep|retain\w*|retention|erase[sd]?|drop\w*|wipe[sd]?|archiv\w*|expires?|auto-?delet\w*)"
_PERIOD_WORDS = r"(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen)[ -](?:days?|weeks?|months?|years?)"

KEPT_TOO_SHORT = Detector(
    name="record_kept_too_short",
    says="lets a compliance record go before six years are over",
    finds=(
        rf"\b{_RECORD}\b[^.!?\n]{{0,80}}?\b{_GOES}\b[^.!?\n]{{0,80}}?\b{_PERIOD_WORDS}\b",
        rf"\b{_GOES}\b[^.!?\n]{{0,80}}?\b{_RECORD}\b[^.!?\n]{{0,80}}?\b{_PERIOD_WORDS}\b",
        rf"\b(?:purged|shredded|deleted|destroyed|discarded|wiped|threw out|tossed)\b[^.!?\n]{{0,20}}?\b(?:last|this) (?:year|month|week|quarter)'s\b[^.!?\n]{{0,30}}?\b{_RECORD}\b",
        rf"\b{_RECORD}\b[^.!?\n]{{0,40}}?\b(?:older than|after|past)\b[^.!?\n]{{0,10}}?\b{_PERIOD_WORDS}\b[^.!?\n]{{0,40}}?\b{_GOES}\b",
    ),
    accepts=_too_short,
)

_PAPER = r"(?:baas?|business associate agreements?|paperwork|contracts?|agreements?|paper)"

NO_AGREEMENT = Detector(
    name="vendor_without_agreement",
    says="lets a vendor at patients' information before the agreement is signed",
    finds=(
        rf"\b{_PAPER}\b[^.!?\n]{{0,40}}?\b(?:can (?:wait|follow|come later)|to follow|some ?day|later|afterwards|unsigned|not signed|never signed|still out|went live|anyway|skipped)\b",
        r"\b(?:without|no|skip\w*|before)\b (?:\w+ ){0,2}?(?:signed )?(?:baas?|business associate agreements?)\b[^.!?\n]{0,60}?\b(?:live|started?|gets?|has|receiv\w+|sends?|sent|given|access|feed|upload\w*)\b",
    ),
    unless=(
        r"\b(?:until|only after|once (?:\w+ ){0,3}signed|no data|nothing (?:goes|leaves|is sent|moves)|won't|will not|denied|declined|refused|so nobody)\b",
    ),
)

_TRACKER = r"(?:pixels?|tags?|trackers?|tracking|session replays?|replay|heat ?maps?|analytics|google analytics|ga4|gtm|meta|facebook|tiktok|hotjar|fullstory|ad account|retargeting|ad tags?|cookies)"
_INSIDE = r"(?:patient portal|portals?|behind (?:the )?(?:sign-?in|log-?in|login)|after (?:sign-?in|log-?in|login)|logged[- ]in|signed[- ]in|message inbox|test[- ]results?(?: screens?| pages?)?|mychart|intake (?:form|quiz)|refill (?:form|page)|account pages?|video visits?)"

BEHIND_LOGIN = Detector(
    name="tracker_behind_login",
    says="runs a tracker where patients are signed in or fill in intake forms",
    finds=(
        rf"\b{_TRACKER}\b[^!?\n]{{0,140}}?\b{_INSIDE}\b",
        rf"\b{_INSIDE}\b[^!?\n]{{0,140}}?\b{_TRACKER}\b",
    ),
    unless=(
        r"\b(?:no|never|not|without|removed?|blocked|stripped|disabled|turned off|switched off|excluded?|do not|does not|doesn't|don't|nothing)\b[^.!?\n]{0,60}\b(?:pixels?|tags?|track\w*|replay|analytics|heat ?maps?|cookies|load|fire|run)",
        r"\b(?:pixels?|tags?|track\w*|replay|analytics|heat ?maps?)\b[^.!?\n]{0,60}\b(?:off|removed|blocked|stripped|disabled|only on public|not)\b",
    ),
    unless_item=(
        r"\b(?:signed|executed|current) (?:baa|business associate agreement)\b|\b(?:baa|business associate agreement) (?:is |was )?(?:signed|in place|on file)\b",
    ),
)

_PATIENTS = r"(?:patients?'?|members?|bariatric|fertility|audiology|oncology|diabet\w+|recall list|wellness|program)"
_LISTS = r"(?:names?|emails?|addresses|list|roster|file|records?|data|export|numbers|contacts)"
_VALUE = r"(?:in exchange|in return|trade[sd]?|swap\w*|sell\w*|sold|sale of|paid us|pays? us|will pay|bought|buys?|sponsor\w*|cover(?:s|ed)? our|fund\w*|ad credits?|\$\s?\d[\d,]*|per thousand|a thousand|free software|rebate|commission)"

DATA_FOR_VALUE = Detector(
    name="patient_data_for_value",
    says="gives patients' data and gets something for it",
    finds=(
        rf"\b{_VALUE}\b[^\n]{{0,100}}?\b{_LISTS}\b[^\n]{{0,60}}?\b{_PATIENTS}\b",
        rf"\b{_PATIENTS}\b[^\n]{{0,40}}?\b{_LISTS}\b[^\n]{{0,100}}?\b{_VALUE}\b",
        rf"\b{_VALUE}\b[^\n]{{0,60}}?\b(?:hand|give|send|share|release|supply|provide)\w*\b[^\n]{{0,40}}?\b{_PATIENTS}\b[^\n]{{0,20}}?\b{_LISTS}\b",
    ),
    unless=(
        r"\b(?:no|never|not|do not|don't|decline[ds]?|refuse[ds]?|cannot|won't|will not)\b[^.!?\n]{0,60}\b(?:sell|share|trade|swap|list|names|data|give|hand)",
    ),
)

DETECTORS = (KEPT_TOO_SHORT, NO_AGREEMENT, BEHIND_LOGIN, DATA_FOR_VALUE)

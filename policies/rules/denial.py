"""Do the words around a claim deny it, or say that it was turned down? Reads sentences around a place; knows no rule.

Two answers, because a denial is easy to write and hard to read. `is_denied` is broad: what it finds becomes a question for a person, never a pass.
`is_turned_down` is narrow, and is asked only of items that describe what is done (`DESCRIBES`), where nobody else reads the words: "Refused the
invoice, which billed $40 a new patient" is a record of a payment that was not made.
"""

import re

from policies.actions import ItemKind
from policies.rules.text import Text

DESCRIBES = frozenset(
    {
        ItemKind.AUDIENCE,
        ItemKind.ENGAGEMENT_RECORD,
        ItemKind.HANDOFF,
        ItemKind.OFFER_INCENTIVE,
        ItemKind.OUTBOUND_EVENT,
        ItemKind.PAYMENT,
        ItemKind.SYSTEM_RECORD,
        ItemKind.VENDOR,
    }
)
"""Kinds whose text says what is done, inside the house; all others are read by patients or referrers as they stand."""

_NEAR = 60
"""Characters on either side of words in which a denial is looked for."""

_DENIED_BEFORE = re.compile(
    r"\b(?:not|never|cannot|nor|neither|without|none|nobody|no longer|no|prohibit\w*|forbids?|forbidden|avoid\w*|retired|removed?|against"
    r"|instead of|rather than|myths?|scams?|beware|watch out|warn\w*|(?:is|are|was|were|do|does|did|can|could|will|would|should|has|have|wo|ca)n't)"
    r"\b[^,;:!?]*$"
    r"|\bthere(?: is|'s) (?:no|nothing)\b[^.;:!?]*\bthat $",
    re.IGNORECASE,
)
_DENIED_AFTER = re.compile(
    r"[\s\"')]*(?:[\w'-]+\s+){0,4}(?:(?:is|are|was|were|be|been)\s+(?:not|never|no longer|retired|removed|prohibited|forbidden|banned)"
    r"|isn't|aren't|wasn't|weren't)\b",
    re.IGNORECASE,
)

_PLAIN_NO = (
    r"no(?=[.!](?! (?:we do|ours?|only|here|because we)\b)"
    r"|, (?:sorry|never|(?:we|nobody|no one)(?: (?:can|do|does|will|would|should))?(?:not|n't| can| does| should)\b))"
)
"""The no of "No. Bodies heal differently.", not of "No strings attached" nor of "No. We do."."""
_ANSWERED_NO = re.compile(
    rf"[^.?!\n]{{0,80}}\?\s*[\"'(]?(?:{_PLAIN_NO}|never(?=[.!,])|not (?:at (?:our|this|any)|here)\b"
    r"|we (?:won't|don't|can't|cannot|will not) (?:say|promise|claim|do)\b)",
    re.IGNORECASE,
)
_NEAR_NOTE = 120
_COPY = (
    r"(?:headlines?|lines?|slogans?|drafts?|ideas?|requests?|copy|captions?|posters?|flyers?|posts?|versions?|scripts?|subject lines?|phrases?"
    r"|titles?)"
)
_GONE = (
    r"(?:scrapped|rejected|pulled|killed|struck|cut|dropped|retired|deleted|declined|denied|turned down|taken down|took down|sent back|returned"
    r"|not approved|refused|threw out|thrown out|vetoed)"
)
_THROWN_OUT = re.compile(
    rf"\b(?:{_GONE}(?: \w+){{0,4}} {_COPY}|{_COPY}(?:[^.!?\n]{{0,40}}\b)?{_GONE}|{_COPY}(?: \w+){{0,4}} (?:said|read|called|claimed)|not posted"
    r"|(?:cut|strike|pull|delete|remove|drop|scrap|kill|lose|take) (?:it|that|this)(?: out| down)?[.,;]"
    r"|(?:took|take|cut|struck|strike|pulled|pull|removed?) (?:['\"][^'\"]{1,60}['\"](?: and )?){1,3} (?:from|out|off|down)\b"
    r"|(?:do not|don't|never) (?:put|run|use|post|print) (?:it|that|this)\b"
    r"|hold the (?:drafted? )?(?:answer|reply|post|draft)\b|(?:was|were) drafted as\b|(?:was|were|went) never (?:live|posted|published)\b"
    r"|comes out before\b"
    r"|(?:it|that)? ?(?:won't|will not|can't|cannot) (?:be posted|run|go out|ship)\b)",
    re.IGNORECASE,
)
"""An editor's note about copy that does not run: "Scrapped headline: best dentist in town"."""


def is_denied(text: Text, start: int, end: int) -> bool:
    """Do the words around it deny, answer with no or throw out what it says? Then a person must say whether the sentence means it."""
    first, last = text.sentences_around(start, end)
    folded = text.folded
    before, after = folded[max(first, start - _NEAR) : start], folded[end : min(last, end + _NEAR)]
    if _DENIED_BEFORE.search(before) or _DENIED_AFTER.match(after) or is_answered_no(text, end):
        return True
    around = text.sentences_around(max(0, first - 2), first)[0], text.sentences_around(last, min(len(folded), last + 2))[1]
    return bool(_THROWN_OUT.search(folded, max(around[0], start - _NEAR_NOTE), min(around[1], end + _NEAR_NOTE)))


def is_answered_no(text: Text, end: int) -> bool:
    """ "Can you waive my copay? No." says the opposite of what its words name."""
    return _ANSWERED_NO.match(text.folded, end) is not None


_ASKED_FOR = re.compile(
    r"\b(?:can|could|do|does|will|would) (?:you|we|anyone|somebody|any (?:doctor|clinic|dentist))\b(?![^?\n]*\b(?:else|elsewhere|others?)\b)"
    rf"[^.?!\n]{{0,20}}\b(?:guarantee|promise|waive|forgive|cure)\b[^.?!\n]{{0,60}}\?\s*[\"'(]?{_PLAIN_NO}",
    re.IGNORECASE,
)


def is_refused(text: Text, start: int, end: int) -> bool:
    """ "Do you guarantee results? No." asks for the promise and refuses it. Not "Will it hurt? No.", where the no is the promise."""
    first, _ = text.sentences_around(start, end)
    return _ASKED_FOR.match(text.folded, first) is not None


# --- refusals on record

_DONE_TO = r"(?:pay|give|send|share|sell|run|use|build|upload|hand|offer|target|buy|post|fund|split)"
_TURNED_DOWN = (
    rf"(?:reject(?:ed|s)|(?:declin|refus)(?:ed|es)(?! to (?!{_DONE_TO}\b))|den(?:ied|ies)|turn(?:ed|s) (?:it |that |them )?down|cancel(?:l?ed|s)"
    r"|scrapped|vetoed|veto on|withdr(?:awn|ew)(?= (?:the|our|his|her|their) (?:offer|request|invoice|proposal|idea)\b)|shelved|walked away"
    r"|killed(?= the)|struck(?![^.\n]{0,30}\b(?:deal|bargain|agreement)\b)|scrap|strike|(?:says?|said) no to|sent back unsigned)"
)
_UNLESS_TURNED = r"(?!(?:who|that|which|nobody|never|not|none|no|hardly|cannot|\w+n't) )"
"""Words that turn a refusal round: "nobody turned down …", "patients who declined …"."""
_DOCUMENT = (
    r"(?:headlines?|lines?|slogans?|drafts?|ideas?|requests?|copy|captions?|posters?|flyers?|posts?|scripts?|invoices?|offers?|proposals?"
    r"|pitch(?:es)?|quotes?|plans?|deals?|audiences?|segments?|campaigns?|payments?)"
)
_OF_THIS = rf"(?=\s*(?:[:,'\"$\d]|(?:an?|the|their|his|her|our|that|this|any|all|both|every|to|on|from)\b|(?:[\w'-]+ ){{0,3}}{_DOCUMENT}:))"
"""What is refused follows at once: "Rejected the invoice", "Rejected headline: …", not "Rejected applicants get …"."""
_A_SAFEGUARD = (
    r"(?! (?:[\w'-]+ ){0,3}(?:baa|agreement|contract|consents?|authorizations?|opt-?outs?|unsubscribes?|training|audit|polic(?:y|ies)|salary|wages?"
    r"|flat|receipt|appointments?|visits?|nothing)\b)"
)
"""What would have been right: who refuses it goes on without, "Scrap the BAA and send the list"."""
_CLAUSE_ENDS = (
    r"(?=\s*(?:[.;!)]|$|,? and (?:no|nothing|none)\b"
    r"|, (?:and )?(?:told|explain|note|document|log|filed|wrote|remind|thank|in writing|citing|because|since|per|under|same)"
    r"|(?:it|that|this|both|in (?:writing|(?:code |legal )?review)|the (?:offer|request|idea|deal|plan|proposal|pitch|quote|invoice|same)"
    r"|on|at|because|before)\b|by (?:us|compliance|legal|counsel|the board|management)\b))"
)
"""Nothing else is told after it: "Refused by two clinics, taken by ours" goes on."""
_LED_BY = (
    rf"(?:^|(?<=[.!?:;\n\"'(] )|(?<=[:;\n\"'(]))\s*(?:{_UNLESS_TURNED}[\w'-]+ ){{0,3}}{_TURNED_DOWN}\b{_OF_THIS}{_A_SAFEGUARD}"
    rf"(?:\s*:|(?: [\w'-]+){{0,3}}? {_DOCUMENT}:)?"
)
_BEFORE = re.compile(
    _LED_BY
    + r"(?! unless)(?:(?!, (?!which|whose|who |that |asking|offering|billing|for )|: | and (?!the |an? |his |her |their |our )| without "
    r"| to (?:keep|stop) )[^.!?;\n]){0,90}$",
    re.IGNORECASE,
)
"""From the refusal to what it names: a comma, a colon or a second verb begin something else."""
_AFTER = re.compile(
    r"[^.!?\n;,:]{0,70}?(?:\b(?:is|are|was|were|has been|have been|got|came back|comes back|came|returned)\b|[:,])\s+"
    rf"(?:(?:all|both|politely|firmly|since|again|already|promptly) )?(?:{_TURNED_DOWN}|retired|un(?:paid|signed)(?<=returned unpaid)"
    rf"|not (?:approved|paid|signed|sent)|never (?:paid|signed|sent|used|run|went live))\b{_CLAUSE_ENDS}",
    re.IGNORECASE,
)
_NEXT = re.compile(
    r"[^.!?\n]{0,80}[.!?][\"')]*\s+\"?"
    r"(?:(?:we|i|it|that|this|both|all|compliance|legal|counsel|management|leadership|finance"
    rf"|(?:the|his|her|their|our|that|this) {_DOCUMENT})[ ,:]+)?"
    r"(?:(?:has|have|had|was|were|is|are|been|being|got|politely|firmly|promptly|again) ){0,3}"
    rf"(?:{_TURNED_DOWN}(?: the (?:request|offer|idea|deal|plan|proposal|pitch|quote|invoice))?{_CLAUSE_ENDS}"
    r"|passed on it|dropped(?=[.!])|said no(?=\s*(?:[.!)]|$|in writing|on |at ))|cut it|took it out"
    r"|wrote back that we don't"
    r"|(?:the )?answer (?:is|was) (?:still )?no(?=[.,!])"
    r"|told (?:them|him|her) no(?=[.,!])|no thanks|no was the answer|it never went live|none of it (?:was|is) paid)",
    re.IGNORECASE,
)
_WE_DID = re.compile(
    r"\bwe (?:already |now |still |always )?(?:pay|paid|give|gave|send|sent|share|shared|hand|handed|run|ran|use|used|upload|uploaded|post|posted"
    r"|build|built|sell|sold|track|target)\b(?! (?:no|nothing|nobody|none)\b)",
    re.IGNORECASE,
)
"""Said as done, so the refusal beside it is of something else."""
_WE_SAID_NO = re.compile(
    r"[^.!?\n,;:]{0,40}(?:,? and|;|,) (?:we|i|legal|compliance|counsel) (?:said no|refused|declined)(?=\s*(?:[.!)]|$|in writing))",
    re.IGNORECASE,
)
_NEVER_DONE = re.compile(
    r"(?<!\bif we )(?<!\bif he )(?<!\bif she )(?<!\bif they )(?<!\bunless )(?<!\buntil )"
    r"\b(?:not|never|nobody|no one|none of us|(?:do|does|did|wo|ca|is|are|has|have)n't|cannot)\b"
    r" (?:(?:ever|yet|been|be|agreed? to|going to|have|has|will) ){0,2}?"
    r"(?:pays?|paid|owed?|gives?|gave|buys?|bought|sells?|sold|sends?|sent|shares?|offers?|runs?|uses?|takes?|gets?|accepts?|trades?|builds?|uploads?"
    r"|tracks?|targets?|carry|carries|holds?|keeps?)\b"
    r" (?:(?:an?|the|any|for|per|by|or|you|them|us|anyone|anything|anybody|such|extra|meals|fees|gifts|money|patients?) ){0,4}$"
    r"|\bwe (?:build|buy|sell|send|share|offer|run|use|keep|give|pay) no (?:[\w'-]+ )?"
    r"(?:audiences?|lists?|segments?|lookalikes?|commissions?|fees?|gifts?|bonus(?:es)?|kickbacks?|rewards?)\b"
    r"(?:(?!, (?:we|i|he|she|they|it|our)\b|\b(?:when|and pay|and give)\b)[^.;:!?\n]){0,60}$",
    re.IGNORECASE,
)
_NO_SUCH = re.compile(r"(?:^|[\s\"'(])(?:no|zero)(?: (?:referral|paid|cash|such))? $", re.IGNORECASE)
_NO_LIMIT = re.compile(r"\b(?:limits?|caps?|ceiling|maximum|matter|question|problem|doubt) $", re.IGNORECASE)
_TURNED_BACK = re.compile(
    r"\b(?:but|until|later|then|still|except|unless|yet|however|counter\w*|agreed?(?! to no )|agreeing|(?<!not )approved|went ahead|anyway|at first"
    r"|initially|instead we|overrul\w+|overrode|regardless|nonetheless|(?:ran|did|signed|paid) (?:it|him|her|them))\b",
    re.IGNORECASE,
)
"""Words by which a refusal may be taken back or turn out to be a bargain: then it is no refusal a program should trust."""
_BARGAIN = re.compile(r"\b(?:less|fewer|more|under|below|only|just|apart from|other than)\b", re.IGNORECASE)
"""With these a "never" says what is done: "We never pay less than $40 a patient"."""


def is_turned_down(text: Text, start: int, end: int, kind: ItemKind) -> bool:
    """Is it said, in the sentence or the one after it, that this was refused, called off or is never done, with nothing that takes it back?"""
    if kind not in DESCRIBES:
        return False
    folded = text.folded
    first, last = text.sentences_around(start, end)
    long = start - first > _NEAR_NOTE  # a sentence cut off has no beginning to lead with a refusal
    before = f"…{folded[start - _NEAR_NOTE : start]}" if long else folded[first:start]
    after = folded[end : end + 2 * _NEAR_NOTE]
    refused = bool(_BEFORE.search(before) or _TURNED_DOWN_WITHIN.match(folded, start, end) or _ENDED.search(folded, start, end))
    if not refused and not _WE_DID.search(folded, first, last):
        refused = bool(_AFTER.match(after) or _NEXT.match(after) or _WE_SAID_NO.match(after))
    if not refused and kind is not ItemKind.OFFER_INCENTIVE and not _BARGAIN.search(folded, first, last):
        refused = bool(_NEVER_DONE.search(before) or (_NO_SUCH.search(before) and not _NO_LIMIT.search(before)))
    around = text.sentences_around(last, min(len(folded), last + 2))[1]
    return refused and not _TURNED_BACK.search(folded, first, around)


_ENDED = re.compile(r": (?:declined|rejected|denied|refused|not approved|vetoed)\.(?!\w)", re.IGNORECASE)
"""In a match that runs on past the decision: "Proposal to …: declined. We will …"."""
_TURNED_DOWN_WITHIN = re.compile(
    rf"\s*(?:{_UNLESS_TURNED}[\w'-]+ ){{0,3}}{_TURNED_DOWN}\b{_OF_THIS}{_A_SAFEGUARD}"
    r"(?:(?!, (?!which|whose|who |that )| and (?!the |an? ))[^.!?;\n])*$",
    re.IGNORECASE,
)
"""A match that begins before the refusal holds it: "Turned down: a request to …" read from the start of its sentence."""

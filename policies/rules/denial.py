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

_ANSWERED_NO = re.compile(
    r"[^.?!\n]{0,80}\?\s*[\"'(]?(?:no|never|not (?:at|here|ever)|we (?:won't|don't|can't|cannot|will not) (?:say|promise|claim|do) )"
    r"\b(?! (?:question|doubt|wonder|problem|worries|need))",
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
    r"\b(?:can|could|do|does|will|would) (?:you|we|they|anyone|somebody|any (?:doctor|clinic|dentist))\b[^.?!\n]{0,20}"
    r"\b(?:guarantee|promise|waive|forgive|cure)\b"
    r"[^.?!\n]{0,60}\?\s*[\"'(]?no\b(?! (?:question|doubt|wonder|problem|worries|need))",
    re.IGNORECASE,
)


def is_refused(text: Text, start: int, end: int) -> bool:
    """ "Do you guarantee results? No." asks for the promise and refuses it. Not "Will it hurt? No.", where the no is the promise."""
    first, _ = text.sentences_around(start, end)
    return _ASKED_FOR.match(text.folded, first) is not None


_TURNED_DOWN = (
    r"(?:reject(?:ed|s)|declin(?:ed|es)|refus(?:ed|es)|turn(?:ed|s) (?:it |that |them )?down|cancel(?:l?ed|s)|scrapped|vetoed|veto on"
    r"|withdr(?:awn|ew)|shelved|walked away|killed(?= the)|struck(?! an? (?:deal|bargain))|scrap|strike|shredded|threw out|thrown out"
    r"|(?:says?|said) no to|sent back unsigned)"
)
_UNLESS_TURNED = r"(?!(?:who|that|which|nobody|never|not|none|no|hardly|cannot|\w+n't) )"
"""Words that turn a refusal round: "nobody turned down …", "patients who declined …"."""
_OF_THIS = r"(?=\s*(?:[:,'\"$\d]|(?:an?|the|their|his|her|our|that|this|any|all|both|every|to|on|from)\b|[\w' -]{0,30}:))"
"""What is refused follows at once: "Rejected the invoice", "Rejected headline: …", not "Rejected applicants get …"."""
_CLAUSE_ENDS = (
    r"(?=\s*(?:[.,;:!)]|$"
    r"|(?:it|that|this|them|both|in writing|the (?:offer|request|idea|deal|plan|same)|on|at|by|and|before|because|with)\b))"
)
_LED_BY = rf"(?:^|(?<=[.!?:;\n\"'(] )|(?<=[:;\n\"'(]))\s*(?:{_UNLESS_TURNED}[\w'-]+ ){{0,3}}{_TURNED_DOWN}\b{_OF_THIS}(?! nothing)"
_BEFORE = re.compile(rf"{_LED_BY}(?! (?:to (?:stop|disclose|sign|report)|unless))(?:(?!, (?:and|so) )[^.!?;\n]){{0,90}}$", re.IGNORECASE)
_AFTER = re.compile(
    r"[^.!?\n;]{0,70}?(?:\b(?:is|are|was|were|has been|have been|got|came back|comes back|came|returned|stays?)\b|[:,])\s+"
    rf"(?:{_UNLESS_TURNED}\w+ )?(?:{_TURNED_DOWN}|retired|unsigned|unsent|off"
    r"|not (?:paid|signed|sent|used|run)|never (?:paid|signed|sent|used|run|went live))\b",
    re.IGNORECASE,
)
_NEXT = re.compile(
    rf"[^.!?\n]{{0,80}}[.!?][\"')]*\s+(?:{_UNLESS_TURNED}[\w'-]+[ ,:]+){{0,3}}\"?(?:{_TURNED_DOWN}{_CLAUSE_ENDS}"
    r"|passed(?= on it|[.,])|said no|cut it|took it out"
    r"|wrote back that we don't"
    r"|(?:the )?answer (?:is|was) (?:still )?no"
    r"|told (?:them|him|her) no|no thanks|no was the answer|it never went live|none of it (?:was|is) paid)\b",
    re.IGNORECASE,
)
_NEVER_DONE = re.compile(
    r"\b(?:not|never|nobody|no one|none of us|(?:do|does|did|wo|ca|is|are|has|have)n't|cannot)\b (?:[\w'-]+ ){0,2}?"
    r"(?:pays?|paid|owed?|gives?|gave|buys?|bought|sells?|sold|sends?|sent|shares?|offers?|runs?|uses?|takes?|gets?|accepts?|trades?|builds?|uploads?"
    r"|tracks?|targets?|carry|carries|holds?|keeps?)\b"
    r" (?:(?:an?|the|any|for|per|by|or|you|them|us|anyone|anything|anybody|such|extra|meals|fees|gifts|money|patients?) ){0,4}$"
    r"|\bwe (?:build|buy|sell|send|share|offer|run|use|keep|give|pay) no [\w'-]+\b[^.;:!?\n]{0,60}$",
    re.IGNORECASE,
)
_NO_SUCH = re.compile(r"(?:^|[\s\"'(])(?:no|zero)(?: [\w'-]+)? $", re.IGNORECASE)
_NO_LIMIT = re.compile(r"\b(?:limits?|caps?|ceiling|maximum|matter|question|problem|doubt) $", re.IGNORECASE)
_TURNED_BACK = re.compile(
    r"\b(?:but|until|later|then|still|except|unless|yet|however|counter\w*|agreed?(?! to no )|agreeing|approved|went ahead|anyway|at first|initially"
    r"|instead we)\b",
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
    refused = bool(_BEFORE.search(before) or _TURNED_DOWN_WITHIN.match(folded, start, end) or _AFTER.match(after) or _NEXT.match(after))
    if not refused and kind is not ItemKind.OFFER_INCENTIVE and not _BARGAIN.search(folded, first, last):
        refused = bool(_NEVER_DONE.search(before) or (_NO_SUCH.search(before) and not _NO_LIMIT.search(before)))
    around = text.sentences_around(last, min(len(folded), last + 2))[1]
    return refused and not _TURNED_BACK.search(folded, first, around)


_TURNED_DOWN_WITHIN = re.compile(rf"\s*(?:{_UNLESS_TURNED}[\w'-]+ ){{0,3}}{_TURNED_DOWN}\b{_OF_THIS}(?! nothing)", re.IGNORECASE)
"""A match that begins before the refusal holds it: "Turned down: a request to …" read from the start of its sentence."""

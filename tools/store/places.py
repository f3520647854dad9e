"""Where an action stands in a list, as one number, and the words it is found by.

What is open stands by risk, then age, then people first; what is over by how lately it ended.
"""

from datetime import UTC, datetime, timedelta

from policies.actions import ActionKind, Risk, Status
from policies.rules.text import folded

FINAL = frozenset({Status.DONE, Status.REJECTED, Status.EXPIRED, Status.SUPERSEDED})
RANK = {Risk.HIGH: 0, Risk.MEDIUM: 1, Risk.LOW: 2}
WORDS_MAX = 240
STEP = 10**16
"""Microseconds between two ranks: more than any date of this millennium has."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def open_place(risk: Risk, created_at: datetime, kind: ActionKind) -> int:
    """Riskiest first, then oldest; one run proposes everything at one moment, and of that the person who waits for a call goes first."""
    return 2 * (RANK[risk] * STEP + _microseconds(created_at)) + (kind != ActionKind.MQL_HANDOFF)


def final_place(ended_at: datetime) -> int:
    """The latest first."""
    return -_microseconds(ended_at)


def of_risk(risk: Risk) -> tuple[int, int]:
    """The open places of one risk, from the first up to and without the second."""
    return 2 * RANK[risk] * STEP, 2 * (RANK[risk] + 1) * STEP


def search_words(text: str) -> str:
    """`text` as a search compares it: without accents and capitals, at most WORDS_MAX characters."""
    return " ".join(folded(text).casefold().split())[:WORDS_MAX]


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)

"""The last look at an answer, as `guard.py` has it for pages: what a program may read was scrubbed long before, so an identifier here is a fault.

Ids, hashes and times are ours and stay as they are: a digest whose digits happen to look like a telephone number must not change.
"""

from collections.abc import Callable, Iterable
from typing import Any

from approvals.web.guard import MASKED
from policies.phi.hits import Hit

OURS = frozenset(
    (
        *("id", "action", "run", "execution", "lead", "token", "model", "rule", "cursor", "next", "content_hash", "document_hash"),
        *("prev_hash", "hash", "instance", "type", "key", "version", "seq", "endpoint", "event_id", "object_id"),
        *("survivor", "parts", "out_of", "handoffs", "actions", "freed", "host"),
    )
)
SHORTEST = 5


def masked(value: Any, patterns: Callable[[str], Iterable[Hit]], name: str = "") -> tuple[Any, int]:
    """`value` with each identifier in its texts as `[LABEL]`, and how many there were. `patterns` is `Scrubber.patterns`."""
    match value:
        case dict():
            found = {key: masked(item, patterns, str(key)) for key, item in value.items()}
            return {key: item for key, (item, _) in found.items()}, sum(count for _, count in found.values())
        case list():
            items = [masked(item, patterns, name) for item in value]
            return [item for item, _ in items], sum(count for _, count in items)
        case str() if len(value) >= SHORTEST and name not in OURS and not name.endswith("_at"):
            return _replaced(value, patterns)
        case _:
            return value, 0


def _replaced(text: str, patterns: Callable[[str], Iterable[Hit]]) -> tuple[str, int]:
    out: list[str] = []
    at = count = 0
    for hit in patterns(text):
        if hit.label in MASKED and hit.start >= at:
            out += (text[at : hit.start], f"[{hit.label}]")
            at, count = hit.end, count + 1
    return "".join((*out, text[at:])), count

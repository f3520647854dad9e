"""Which of many finders can match a text at all: one pass of a compiled set of patterns, so that a finder runs only where it may find something.

A gate is a necessary condition in the common subset of RE2 and `re` (no look-around, no backreference). Without RE2 the answers are the same, slower.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from policies.phi.hits import Hit

try:
    import re2
except ImportError:  # an optional speed-up: see `_each`
    re2 = None


class Finder(NamedTuple):
    """`name` stands in reports ("why was this removed"); `gate` must match every text in which `find` finds anything, and with `digit` the text
    must hold a digit too.

    A gate is local: a pattern such as "label, then anything, then a digit" would make the automaton of all gates remember every label it met.
    """

    name: str
    gate: str
    find: Callable[[str], Iterable[Hit]]
    digit: bool = False


TOGETHER = 12
"""Patterns in one automaton: more make fewer passes and more states. Found by `bench/phi/speed.py`."""


def compiled_set(gates: Sequence[tuple[int, str]], *, native: bool = True) -> Callable[[str], list[int]]:
    """A function from a text to the numbers, in order, of the (number, pattern) `gates` that match somewhere in it. `native=False` = without RE2."""
    if re2 is None or not native:
        searches = [(number, re.compile(gate).search) for number, gate in gates]
        return lambda text: sorted(number for number, search in searches if search(text))
    sets = [_native(gates[start : start + TOGETHER]) for start in range(0, len(gates), TOGETHER)]

    def matching(text: str) -> list[int]:
        encoded = text.encode("utf-8", "surrogatepass")
        found: list[int] = []
        for match, numbers in sets:
            if places := match(encoded):
                found += [numbers[place] for place in places]
        found.sort()
        return found

    return matching


def _native(gates: Sequence[tuple[int, str]]) -> tuple[Callable[[bytes], list[int]], list[int]]:
    options = re2.Options()
    options.max_mem = 64 << 20  # the automaton is built as texts come; running out of room would make it start again
    options.log_errors = False
    patterns = re2.Set.SearchSet(options)
    for _, gate in gates:
        patterns.Add(gate)
    patterns.Compile()
    match: Callable[[bytes], list[int]] = patterns._set.Match  # the wrapper's own method costs as much again
    return match, [number for number, _ in gates]

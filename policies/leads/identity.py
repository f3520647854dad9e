"""Who is who: which engagements are of one person, by exact match keys and by the word of people. Knows no names, no guesses and no store.

A key is "<kind>:<keyed hash>"; two engagements that share a key are of one lead, and so are all that hang together in such a way. A person may say
that leads are one, or that they are not: that word holds against every key.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import NamedTuple

KINDS = ("user", "npi", "email", "phone", "anon")
"""From the strongest to the weakest: an account is one person, a browser may be a family's."""

AMBIGUOUS_AT = 8
"""A key seen with this many different people is a front desk, a kiosk or a test account, and links nobody.  Source: WebMD Ignite, "Unmastered"."""


class Rule(StrEnum):
    """Why leads were joined or taken apart."""

    SHARED_KEY = "shared_key"  # one act carried keys of both
    CROWD = "crowd"  # the key that joined them proved to be of many people
    DUPLICATE = "duplicate"  # sales gave a handoff back as a duplicate
    PERSON = "person"


class MergeReason(StrEnum):
    """Why a person says that two leads are one: a closed list, because free text would name people."""

    SAME_PERSON = "same_person"
    NEW_ADDRESS = "new_address"
    TYPING_ERROR = "typing_error"


class UnmergeReason(StrEnum):
    """Why a person says that they are not."""

    DIFFERENT_PEOPLE = "different_people"
    SHARED_PHONE = "shared_phone"
    SHARED_DEVICE = "shared_device"
    MISTAKE = "mistake"


def kind_of(key: str) -> str:
    return key.partition(":")[0]


def strongest(keys: Iterable[str]) -> str:
    """The key a new lead is named after."""
    return min(keys, key=lambda key: (KINDS.index(kind_of(key)) if kind_of(key) in KINDS else len(KINDS), key))


def is_anonymous(keys: Iterable[str]) -> bool:
    """Only browsers are known, no person."""
    return all(kind_of(key) == "anon" for key in keys)


def components(groups: Iterable[Collection[str]]) -> list[list[str]]:
    """The members of `groups` that hang together directly or through others, each component and the list of them sorted."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    for group in groups:
        first = None
        for node in group:
            here = root(parent.setdefault(node, node))
            first = here if first is None else first
            parent[here] = first = root(first)
    found: dict[str, list[str]] = {}
    for node in parent:
        found.setdefault(root(node), []).append(node)
    return sorted(sorted(members) for members in found.values())


def crowded(keys: Iterable[str]) -> bool:
    """Whether keys of one lead could hide several people, so that `ambiguous` is worth asking."""
    counts: dict[str, int] = {}
    for key in keys:
        counts[kind_of(key)] = counts.get(kind_of(key), 0) + 1
    return any(count >= AMBIGUOUS_AT for kind, count in counts.items() if kind != "anon")


def ambiguous(groups: Iterable[Collection[str]]) -> set[str]:
    """The keys that were seen, in `groups` (the keys of one engagement each), with `AMBIGUOUS_AT` or more different people."""
    met: dict[str, dict[str, set[str]]] = {}
    for group in groups:
        for key in group:
            for other in group:
                if kind_of(other) not in (kind_of(key), "anon"):
                    met.setdefault(key, {}).setdefault(kind_of(other), set()).add(other)
    return {key for key, kinds in met.items() if any(len(others) >= AMBIGUOUS_AT for others in kinds.values())}


# --- what people said


class Held(NamedTuple):
    """The word of people. `apart`: two sides each, whose keys never meet in one lead; `together`: keys that are of one lead."""

    apart: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()
    together: tuple[frozenset[str], ...] = ()

    def splits(self, keys: Collection[str]) -> bool:
        """Whether `keys`, which hang together, are of people who were held apart."""
        return any(not one.isdisjoint(keys) and not other.isdisjoint(keys) for one, other in self.apart)

    @property
    def anchored(self) -> frozenset[str]:
        """Keys whose side a person has decided."""
        return frozenset(key for sides in self.apart for side in sides for key in side)


NOTHING_HELD = Held()


def parted(groups: Iterable[Collection[str]], held: Held) -> list[list[str]]:
    """Like `components`, but no part ever holds keys of both sides of a pair that is held apart.

    `groups` are the keys of one act each, in order of time: a key that both sides show is of the side that showed it first. Of one act the weaker
    keys follow the strongest, unless they are of the other side. The answer depends on the acts and on what is held alone, not on who asked when.
    """
    waiting = [list(group) for group in groups]
    parent = {key: key for group in waiting for key in group}
    sides: dict[str, set[tuple[int, int]]] = {}
    for number, pair in enumerate(held.apart):
        for side, keys in enumerate(pair):
            for key in keys:
                sides.setdefault(key, set()).add((number, side))

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    def join(one: str, other: str) -> None:
        a, b = root(one), root(other)
        mine, its = sides.get(a, set()), sides.get(b, set())
        if a != b and not any((number, 1 - side) in its for number, side in mine):
            parent[b] = a
            sides[a] = mine | its

    for group in [*([key for key in sorted(said) if key in parent] for said in held.together), *waiting]:
        for other in group:
            join(strongest(group), other)
    found: dict[str, list[str]] = {}
    for key in parent:
        found.setdefault(root(key), []).append(key)
    return sorted(sorted(members) for members in found.values())


def home_key(keys: Collection[str], held: Held) -> str:
    """The key by which a lead is found again after its keys were linked anew: its strongest, of those that people decided if there are any."""
    return strongest(held.anchored.intersection(keys) or keys)

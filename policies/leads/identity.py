"""Who is who: which engagements are of one person, by exact match keys alone. Knows no names, no guesses and no store.

A key is "<kind>:<keyed hash>"; two engagements that share a key are of one lead, and so are all that hang together in such a way.
"""

from collections.abc import Collection, Iterable

KINDS = ("user", "npi", "email", "phone", "anon")
"""From the strongest to the weakest: an account is one person, a browser may be a family's."""

AMBIGUOUS_AT = 8
"""A key seen with this many different people is a front desk, a kiosk or a test account, and links nobody.  Source: WebMD Ignite, "Unmastered"."""


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

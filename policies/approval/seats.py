"""Seats: which person's approval meets which review. One person takes one seat, and so does one authority, lent or not."""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from policies.approval.rules import Requirement, Review


class Vote(NamedTuple):
    """One person's approval: given by `by` with the authority of `principal`, who holds `roles`. Without a deputy both are the same person.

    `behind`: colleagues who could have given it themselves, because they made a new way into the account of `by` a short time before.
    """

    by: str
    principal: str
    roles: tuple[str, ...]
    behind: frozenset[str] = frozenset()

    @property
    def hands(self) -> frozenset[str]:
        """Everybody who may have given it."""
        return self.behind | {self.by}


class Seated(NamedTuple):
    """One review and the votes that fill its seats; it is met when none is missing."""

    review: Review
    votes: tuple[Vote, ...]

    @property
    def missing(self) -> int:
        return self.review.people - len(self.votes)


def counting(requirement: Requirement, votes: Iterable[Vote], *, authors: Collection[str]) -> tuple[Vote, ...]:
    """The votes that may count, whatever the order they were given in.

    Under four eyes no author counts, nor a deputy who acts for one. Of several votes with one authority its holder's own goes first. Votes that may
    be of one hand are one vote: of those, an account that nobody else could have entered goes first.
    """
    kept: dict[str, Vote] = {}
    for vote in sorted(votes, key=lambda vote: (bool(vote.behind), vote.by != vote.principal, vote.by, vote.principal)):
        wrote = requirement.four_eyes and not (vote.hands | {vote.principal}).isdisjoint(authors)
        used = any(vote.principal == other.principal or not vote.hands.isdisjoint(other.hands) for other in kept.values())
        if not wrote and not used and set(vote.roles) & set(requirement.roles):
            kept[vote.by] = vote
    return tuple(kept.values())


def seat(requirement: Requirement, votes: Iterable[Vote], *, authors: Collection[str]) -> tuple[Seated, ...]:
    """As many reviews met as these votes can meet: a largest matching of seats and people, the same for every order of `votes`."""
    usable = counting(requirement, votes, authors=authors)
    seats = [index for index, review in enumerate(requirement.reviews) for _ in range(review.people)]
    taken: dict[int, int] = {}  # seat -> vote
    for vote in range(len(usable)):
        _place(vote, requirement.reviews, seats, usable, taken, set())
    return tuple(
        Seated(review, tuple(usable[taken[place]] for place in sorted(taken) if seats[place] == index))
        for index, review in enumerate(requirement.reviews)
    )


def is_met(requirement: Requirement, votes: Iterable[Vote], *, authors: Collection[str]) -> bool:
    return all(one.missing == 0 for one in seat(requirement, votes, authors=authors))


def advances(requirement: Requirement, votes: Sequence[Vote], new: Vote, *, authors: Collection[str]) -> bool:
    """Would `new` fill a seat that is still empty?"""
    before = sum(one.missing for one in seat(requirement, votes, authors=authors))
    return sum(one.missing for one in seat(requirement, (*votes, new), authors=authors)) < before


def _place(
    vote: int, reviews: Sequence[Review], seats: Sequence[int], usable: Sequence[Vote], taken: dict[int, int], tried: set[int]
) -> bool:
    """Kuhn's augmenting path: a free seat, or one whose holder can move to another."""
    for place, review in enumerate(seats):
        if place in tried or not set(usable[vote].roles) & set(reviews[review].roles):
            continue
        tried.add(place)
        if place not in taken or _place(taken[place], reviews, seats, usable, taken, tried):
            taken[place] = vote
            return True
    return False

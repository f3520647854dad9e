"""Seats: which person's approval meets which review. One person takes one seat, and so does one authority, lent or not."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from policies.approval.rules import Requirement, Review

MOST_WEIGHED = 12
"""Of so many votes every choice is weighed where some are one; an item seldom has more than four."""


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

    def is_one_with(self, other: "Vote") -> bool:
        """Whether both may rest on one person, or do rest on one authority."""
        if self.behind or other.behind:
            return self.principal == other.principal or not self.hands.isdisjoint(other.hands)
        return self.principal == other.principal or self.by == other.by


class Seated(NamedTuple):
    """One review and the votes that fill its seats; it is met when none is missing."""

    review: Review
    votes: tuple[Vote, ...]

    @property
    def missing(self) -> int:
        return self.review.people - len(self.votes)


def counting(requirement: Requirement, votes: Iterable[Vote], *, authors: Collection[str]) -> tuple[Vote, ...]:
    """The votes that may count, whatever the order they were given in.

    Under four eyes no author counts, nor a deputy who acts for one. Of several votes with one authority, and of several that may be of one hand,
    one counts: together those that fill most seats, an authority's holder before a deputy.
    """

    def is_useful(vote: Vote) -> bool:
        wrote = requirement.four_eyes and not (vote.hands | {vote.principal}).isdisjoint(authors)
        return not wrote and not set(vote.roles).isdisjoint(requirement.roles)

    useful = sorted(filter(is_useful, votes), key=lambda vote: (vote.by != vote.principal, vote.by, vote.principal))
    return max(_apart(useful), key=lambda some: (_filled(requirement, some), len(some)))


def _apart(votes: Sequence[Vote]) -> Iterator[tuple[Vote, ...]]:
    """Every way to leave out votes until no two of them are one; the way that keeps the first of each pair comes first."""
    if len({vote.principal for vote in votes}) == len({vote.by for vote in votes}) == len(votes) and not any(vote.behind for vote in votes):
        yield tuple(votes)  # nearly always: nobody twice
        return
    if len(votes) > MOST_WEIGHED:
        yield _first_of_each(votes)  # fewer may count than could: never more
        return
    for place, vote in enumerate(votes):
        twins = [other for other in votes[place + 1 :] if vote.is_one_with(other)]
        if twins:
            before, after = votes[:place], votes[place + 1 :]
            yield from _apart([*before, vote, *(other for other in after if other not in twins)])
            yield from _apart([*before, *after])
            return
    yield tuple(votes)


def _first_of_each(votes: Sequence[Vote]) -> tuple[Vote, ...]:
    kept: list[Vote] = []
    for vote in votes:
        if not any(vote.is_one_with(other) for other in kept):
            kept.append(vote)
    return tuple(kept)


def seat(requirement: Requirement, votes: Iterable[Vote], *, authors: Collection[str]) -> tuple[Seated, ...]:
    """As many reviews met as these votes can meet: a largest matching of seats and people, the same for every order of `votes`."""
    usable = counting(requirement, votes, authors=authors)
    seats, taken = _matched(requirement, usable)
    return tuple(
        Seated(review, tuple(usable[taken[place]] for place in sorted(taken) if seats[place] == index))
        for index, review in enumerate(requirement.reviews)
    )


def _filled(requirement: Requirement, usable: Sequence[Vote]) -> int:
    return len(_matched(requirement, usable)[1])


def _matched(requirement: Requirement, usable: Sequence[Vote]) -> tuple[list[int], dict[int, int]]:
    """The review of each seat, and which vote takes which seat."""
    seats = [index for index, review in enumerate(requirement.reviews) for _ in range(review.people)]
    taken: dict[int, int] = {}
    for vote in range(len(usable)):
        _place(vote, requirement.reviews, seats, usable, taken, set())
    return seats, taken


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

"""Requests that come at the same time are served together, and each gets its own answer."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from tests.waiting import until
from tools.group import MOST, Group

Asks = Callable[[int], "Future[int]"]


class Served:
    """Doubles each number once it is let go; keeps who was served with whom."""

    def __init__(self) -> None:
        self.groups: list[Sequence[int]] = []
        self.started, self.let_go = Event(), Event()

    def __call__(self, asked: Sequence[int]) -> Sequence[int | Exception]:
        self.groups.append(sorted(asked))
        self.started.set()
        assert self.let_go.wait(30)
        if -1 in asked:
            raise RuntimeError("the disk is full")
        return [ValueError(f"{one} is odd") if one % 2 else one * 2 for one in asked]


def together(serve: Served, asked: Sequence[int]) -> "list[Future[int]]":
    """0 is served alone; the others come while it is."""
    group: Group[int, int] = Group()
    with ThreadPoolExecutor(len(asked) + 1) as pool:
        futures = [pool.submit(group.ask, 0, serve)]
        assert serve.started.wait(30)
        futures += [pool.submit(group.ask, one, serve) for one in asked]
        until(lambda: group.waiting == len(asked))
        serve.let_go.set()
    return futures


def test_what_comes_while_one_is_served_is_served_together() -> None:
    serve = Served()

    answers = [one.result() for one in together(serve, [2, 4, 6])]

    assert answers == [0, 4, 8, 12]
    assert serve.groups == [[0], [2, 4, 6]]


def test_one_requests_refusal_is_its_own() -> None:
    _, even, odd = together(Served(), [2, 3])

    assert even.result() == 4
    with pytest.raises(ValueError, match="3 is odd"):
        odd.result()


def test_when_serving_itself_fails_everybody_is_told_and_the_next_is_served() -> None:
    serve = Served()

    alone, *others = together(serve, [2, -1])

    assert alone.result() == 0
    assert ["full" in str(one.exception()) for one in others] == [True, True]
    assert Group[int, int]().ask(8, serve) == 16


def test_no_more_than_the_most_are_served_at_once() -> None:
    serve = Served()

    together(serve, [2] * (MOST + 5))

    assert [len(one) for one in serve.groups] == [1, MOST, 5]

"""Group commit: requests that arrive while another is served wait together and are served together, in one transaction and one wait for the disk."""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
Serve = Callable[[Sequence[Asked]], Sequence[Answer | Exception]]

MOST = 100
"""Requests served at once: nobody waits longer than for that many."""


class _Waiting(Generic[Asked, Answer]):
    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answer: Answer | BaseException | None = None


class Group(Generic[Asked, Answer]):
    """Whoever has the turn serves all who wait; those then find their answer. With nobody beside it a request costs two locks."""

    def __init__(self) -> None:
        self._turn, self._guard = Lock(), Lock()
        self._waiting: list[_Waiting[Asked, Answer]] = []

    @property
    def waiting(self) -> int:
        """How many requests nobody serves yet."""
        return len(self._waiting)

    def ask(self, asked: Asked, serve: Serve[Asked, Answer]) -> Answer:
        """The answer, when `serve` has given it; it answers each request in its place, and everybody who asks gives the same one.

        Raises the exception that stands in the answer's place, or what `serve` itself raised.
        """
        mine: _Waiting[Asked, Answer] = _Waiting(asked)
        with self._guard:
            self._waiting.append(mine)
        with self._turn:
            while mine.answer is None:
                self._serve_next(serve)
        if isinstance(mine.answer, BaseException):
            raise mine.answer
        return mine.answer

    def _serve_next(self, serve: Serve[Asked, Answer]) -> None:
        with self._guard:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
        answers: Sequence[Answer | BaseException]
        try:
            answers = serve([one.asked for one in taken])
        except BaseException as error:  # also an interrupt: whoever waits must not wait for ever
            answers = [error] * len(taken)
        for one, answer in zip(taken, answers, strict=True):
            one.answer = answer

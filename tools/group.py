"""Group commit: requests that arrive while another is served wait together and are served together, in one transaction and one wait for the disk."""

from collections.abc import Callable, Sequence
from threading import Condition, Event, Lock
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")
Serve = Callable[[Sequence[Asked]], Sequence[Answer | Exception]]

MOST = 100
"""Requests served at once: nobody waits longer than for that many."""
GATHER_S = 0.002
"""How long the first waits for as many as came last time. Without it, of eight who ask again one is served alone while seven wait."""


class _Waiting(Generic[Asked, Answer]):
    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.answer: Answer | BaseException | None = None
        self.called = Event()


class Group(Generic[Asked, Answer]):
    """Whoever comes first serves; whoever comes meanwhile waits, and the first of those then serves all of them. Nobody answered waits again."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._came = Condition(self._guard)
        self._waiting: list[_Waiting[Asked, Answer]] = []
        self._is_served = False
        self._size = 1  # of the last group

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
            self._came.notify()
            is_first, self._is_served = not self._is_served, True
            if is_first and self._size > 1:
                self._came.wait_for(lambda: len(self._waiting) >= self._size, timeout=GATHER_S)
        if not is_first:
            mine.called.wait()
        if mine.answer is None:
            self._serve_all(serve)  # mine among them: whoever is called without an answer is the first of those who wait
        if mine.answer is None:
            raise RuntimeError("a request of a group was served and has no answer")
        if isinstance(mine.answer, BaseException):
            raise mine.answer
        return mine.answer

    def _serve_all(self, serve: Serve[Asked, Answer]) -> None:
        """Serve those who wait now; then call them, and the next who is to serve."""
        with self._guard:
            taken, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            self._size = len(taken)
        answers: Sequence[Answer | BaseException]
        try:
            answers = serve([one.asked for one in taken])
        except BaseException as error:  # also an interrupt: whoever waits must not wait for ever
            answers = [error] * len(taken)
        for one, answer in zip(taken, answers, strict=True):
            one.answer = answer
            one.called.set()
        with self._guard:
            if self._waiting:
                self._waiting[0].called.set()
            else:
                self._is_served = False

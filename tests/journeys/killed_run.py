"""A run that kills itself: the real steps in a real process, with a SIGKILL where the test wants it."""

import os
import signal
from typing import Any

from agents.steps import collect, nodes
from tools.store.database import Database


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def arm(when: str, step: str) -> None:
    """Kill this process `before` or `after` the step's node, or `amid`: after the first transaction that the step commits."""
    if step == "collect":
        original: Any = collect.collect
        collect.collect = _armed(original, when)
    else:
        nodes.STEPS[step] = _armed(nodes.STEPS[step], when)


def _armed(work: Any, when: str) -> Any:
    def step(*args: Any, **kwargs: Any) -> Any:
        if when == "before":
            die()
        if when == "amid":
            _die_after_commit()
        result = work(*args, **kwargs)
        die()
        return result

    return step


def _die_after_commit() -> None:
    write = Database.write

    def armed(self: Database) -> Any:
        manager = write(self)

        class Once:
            def __enter__(self) -> Any:
                return manager.__enter__()

            def __exit__(self, *error: Any) -> Any:
                manager.__exit__(*error)
                die()

        return Once()

    Database.write = armed  # type: ignore[method-assign,assignment]

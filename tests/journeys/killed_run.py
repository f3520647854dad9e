"""A run that kills itself: `python killed_run.py WHEN STEP`. The real command in the real process, with a SIGKILL where the test wants it.

WHEN is `before` or `after` the step's node, or `amid`: after the first transaction that the step commits.
"""

import os
import signal
import sys
from typing import Any

from agents import cli, steps
from tools.store.database import Database


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    when, step = sys.argv[1:3]
    if step == "collect":
        original: Any = steps.collect
        steps.collect = _armed(original, when)
    else:
        steps.STEPS[step] = _armed(steps.STEPS[step], when)
    sys.argv = ["liaison", "run", "--json", *sys.argv[3:]]
    cli.main()


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


if __name__ == "__main__":
    main()

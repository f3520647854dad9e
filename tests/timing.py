"""How long a piece of work takes, for tests that hold a cost to the length of its input."""

import gc
from collections.abc import Callable
from time import process_time


def seconds(work: Callable[[], object], runs: int = 3) -> float:
    """Processor seconds of the fastest of `runs`.

    The collector of garbage waits meanwhile: its walk over all that the test process holds would be counted as the work's.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        return min(_once(work) for _ in range(runs))
    finally:
        if collecting:
            gc.enable()


def _once(work: Callable[[], object]) -> float:
    started = process_time()
    work()
    return process_time() - started

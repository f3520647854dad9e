"""The command in a process of its own that starts with everything imported: half of what a small run takes is importing.

For tests that run the command dozens of times. What the command does is the same; how it starts is what the other journeys test.
"""

import os
import sys
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

from tests.journeys.support import ROOT

LIMIT_S = 110  # under the time a test may take
_CONTEXT = get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.journeys.ready"])


class Done(NamedTuple):
    """`code` is the exit code, or minus the signal that ended it."""

    code: int
    stdout: str
    stderr: str


def forked(*arguments: str, env: dict[str, str], folder: Path, kill: tuple[str, str] | None = None) -> Done:
    """`liaison ARGUMENTS` under exactly `env`; `kill` = (when, step) as in `killed_run`. `folder` gets what it prints."""
    out, err = folder / "stdout", folder / "stderr"
    process = _CONTEXT.Process(target=_command, args=(arguments, env, str(out), str(err), kill))
    process.start()
    process.join(timeout=LIMIT_S)
    if process.exitcode is None:
        process.kill()
        process.join()
    return Done(process.exitcode or 0, out.read_text(), err.read_text())


def _command(arguments: tuple[str, ...], env: dict[str, str], out: str, err: str, kill: tuple[str, str] | None) -> None:
    from agents import cli
    from tests.journeys.killed_run import arm

    os.environ.clear()
    os.environ.update(env)
    os.chdir(ROOT)
    for path, number in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    sys.stdout, sys.stderr = os.fdopen(1, "w", closefd=False), os.fdopen(2, "w", closefd=False)
    if kill:
        arm(*kill)
    sys.argv = ["liaison", *arguments]
    cli.main()

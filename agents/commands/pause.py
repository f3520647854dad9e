"""`liaison pause` and `liaison resume`: one channel, or all of them (the kill switch)."""

from typing import TextIO

from approvals import pause as desk
from tools.workspace import Workspace


def pause(ws: Workspace, scope: str, *, by: str, reason: str, stdout: TextIO) -> int:
    made = desk.pause(ws, scope, by=by, reason=reason)
    print(f"{made.scope} is paused. What is approved goes back to the queue when its turn comes.", file=stdout)
    return 0


def resume(ws: Workspace, scope: str, *, by: str, stdout: TextIO) -> int:
    desk.resume(ws, scope, by=by)
    print(f"{scope} is no longer paused.", file=stdout)
    return 0

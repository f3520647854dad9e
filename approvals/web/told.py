"""What the page says after a decision. The address carries a known word and an id, never a sentence, so nobody can put words on our page."""

import re

from fastapi import Request

TOLD = {
    "approved": "Approved. It is handed to the worker now.",
    "counted": "Your approval is recorded. A second person must approve too.",
    "rejected": "Rejected. The reason is kept with the item.",
    "redraft": "A new draft was asked for. It comes back to the queue.",
    "edited": "Saved as a new version and checked again. Earlier approvals no longer count.",
    "undone": "Taken back before anything was done. It waits again.",
    "requeued": "Put back into the queue.",
    "settled": "The outcome is recorded.",
    "accepted": "Accepted. Make the first attempt, then qualify it.",
    "qualified": "Qualified: this lead is now an SQL.",
    "returned": "Returned to marketing with the reason.",
    "task": "Marked as done.",
    "paused": "Paused. Nothing of it is executed until somebody resumes it.",
    "resumed": "Resumed.",
}
_ACTION = re.compile(r"A-[0-9a-f]{1,14}")


def told_of(request: Request) -> tuple[str, str] | None:
    """(the sentence, the action's id or "") that the address asks for, if it is one of ours."""
    word, _, action = request.query_params.get("told", "").partition(":")
    sentence = TOLD.get(word)
    return (sentence, action if _ACTION.fullmatch(action) else "") if sentence else None

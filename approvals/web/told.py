"""What the page says after a decision. The address carries a known word and an id, never a sentence, so nobody can put words on our page."""

import re
from typing import NamedTuple

from fastapi import Request

from approvals.queue import get_action
from approvals.web.desk import desk_of
from policies.records import ActionId
from tools.errors import NotFound

TOLD = {
    "approved": "Approved. It is handed to the worker now.",
    "counted": "Your approval is recorded. Another person must approve too.",
    "rejected": "Rejected. The reason is kept with the item.",
    "redraft": "A new draft was asked for. It comes back to the queue.",
    "commented": "Your comment is kept with the item.",
    "proved": "Recorded. The item was checked again with it.",
    "edited": "Saved as a new version and checked again. Earlier approvals no longer count.",
    "undone": "Taken back before anything was done. It waits again.",
    "requeued": "Put back into the queue.",
    "settled": "The outcome is recorded.",
    "accepted": "Accepted. Make the first attempt, then qualify it.",
    "qualified": "Qualified: this lead is now an SQL.",
    "returned": "Returned to marketing with the reason.",
    "attempt": "The attempt is recorded.",
    "outcome": "The outcome is recorded.",
    "reassigned": "Handed on. The audit log keeps who gave it to whom.",
    "merged": "They are one lead now. Acts, contact and score are counted once.",
    "unmerged": "Taken out again. No key joins the two any more.",
    "task": "Marked as done.",
    "recorded": "Recorded. What it clears was checked again.",
    "revoked": "Revoked. It clears nothing any more; what rested on it was checked again.",
    "token_revoked": "Revoked. It opens nothing any more.",
    "assigned": "Given to them. Others who can decide it still may.",
    "away": "Recorded. It holds from the time you gave until it ends or is taken back.",
    "back": "Ended. What was decided until now keeps counting.",
    "level_asked": "Asked for. Nothing changes until somebody of compliance agrees.",
    "raised": "In force from now on, for what is proposed from now on.",
    "refused": "Refused. Nothing was in force.",
    "lowered": "Lowered, at once.",
    "webhook_ping": "A test is on its way. Its answer stands among the latest deliveries.",
    "webhook_off": "Turned off. What happens meanwhile is not told later.",
    "webhook_on": "Turned on. It is told of what happens from now on.",
    "webhook_replay": "It is sent again, under its own id.",
    "paused": "Paused. Nothing of it is executed until somebody resumes it.",
    "resumed": "Resumed.",
    "asked": "Asked for. The worker takes it as soon as no other run is under way.",
    "switched_on": "Switched on. It runs at its next time; nothing of the past is caught up.",
    "switched_off": "Switched off. It stays off until somebody switches it on again.",
    "retried": "Put back for the worker.",
    "replayed": "Asked for. Whatever can be read now leaves this list; the rest stays with its reason.",
    "discarded": "Given up, with your reason in the audit log. It is not tried again.",
    "read": "Marked as read.",
    "preferred": "Saved. It holds for what happens from now on.",
}
_ACTION = re.compile(r"A-[0-9a-f]{1,14}")


class Told(NamedTuple):
    """A sentence, and the item it is about with the words of the link to it; an empty `action` when it is about none."""

    sentence: str
    action: str = ""
    title: str = ""
    link: str = ""


def told_of(request: Request) -> Told | None:
    """What the address asks to be said, if it is one of ours."""
    word, _, action = request.query_params.get("told", "").partition(":")
    sentence = TOLD.get(word)
    if sentence is None or not _ACTION.fullmatch(action):
        return Told(sentence) if sentence else None
    try:
        with desk_of(request).workspace.database.read() as connection:
            title = get_action(connection, ActionId(action)).content.title
    except NotFound:
        return Told(sentence)
    return Told(sentence, action, title, "See its receipt" if word == "approved" else "See the item")

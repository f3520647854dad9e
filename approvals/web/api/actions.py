"""Queue and actions: the list, one item with everything its page shows, and the decisions. A decision names the version and hash it is about."""

from collections.abc import Callable
from contextlib import suppress
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import Connection

from approvals import batch, comments, decide
from approvals import queue as reading
from approvals.errors import NotAllowed
from approvals.recipients import Recipients, in_words, recipients_of
from approvals.reviewers import authority, handling_role, panel_of
from approvals.settle import resolve_unknown
from approvals.web.api.access import Caller, Decider, Editor, QueueReader
from approvals.web.api.common import SAID, ActionPath, Identifier, LongText, Note, Paged, Reason, Term, cursor_of, place_of, router
from approvals.web.api.problems import documented
from approvals.web.api.schemas import (
    ActionAnswer,
    ActionDetail,
    ActionExecutions,
    ActionVersions,
    AuditPage,
    BatchAnswer,
    CommentAnswer,
    CommentsAnswer,
    Hash,
    QueueCounts,
    QueuePage,
    ReachAnswer,
    RecipientAnswer,
    RecipientsAnswer,
    Version,
)
from approvals.web.filters import decider_of
from policies.actions import Action, ActionKind, Risk
from policies.records import ActionId, Channel, Record
from tools.errors import Conflict
from tools.store import actions as store
from tools.store import queue as reads
from tools.store.comments import comments_of
from tools.store.delegations import assignment_of
from tools.store.queue import Filters

queue = router("queue")
actions = router("actions")

HISTORY = 100
Shelf = Literal["waiting", "blocked", "moving", "attention", "done", "closed"]


class Narrowed(Record):
    """What a list of the queue can be narrowed to."""

    shelf: Annotated[Shelf, Field(description="Which tab of the queue")] = "waiting"
    channel: Channel | None = None
    kind: ActionKind | None = None
    risk: Risk | None = None
    q: Annotated[Term, Field(description="Words of the title")] = ""
    mine: Annotated[bool, Field(description="Only what the token's owner can still approve")] = False

    def filters(self, me: Caller) -> Filters:
        decider = decider_of(me.workspace, me.session) if self.mine else None
        return Filters(shelf=self.shelf, channel=self.channel, kind=self.kind, risk=self.risk, search=self.q, mine=decider)


class QueueQuery(Paged, Narrowed):
    pass


class Bound(Record):
    """What a decision is about: exactly what you have read. When it is no longer that, the answer is 409 and nothing is done."""

    version: Version
    content_hash: Hash


class Approval(Bound):
    reason: Note = ""


class Rejection(Bound):
    reason: Reason


class RedraftWish(Bound):
    note: Annotated[Reason, Field(description="What the new text should do differently")]


class Edit(Bound):
    """The words to change; what is left out stays. Every approval so far is void."""

    title: Annotated[LongText | None, Field(description="null or left out: as it is")] = None
    body: Annotated[LongText | None, Field(description="null or left out: as it is")] = None

    @model_validator(mode="after")
    def _something(self) -> "Edit":
        if self.title is None and self.body is None:
            raise ValueError("give a title, a body, or both")
        return self


class BatchItem(Bound):
    id: Identifier


class BatchApproval(Record):
    """Like items: of one kind, none of high risk, none with a finding. What does not fit is left out, never half done."""

    items: Annotated[tuple[BatchItem, ...], Field(min_length=1, max_length=batch.MOST)]
    reason: Note = ""


class BatchRejection(Record):
    items: Annotated[tuple[BatchItem, ...], Field(min_length=1, max_length=batch.MOST)]
    reason: Reason


class NewComment(Record):
    """`version` is the one you have read; `@user.name` calls on a colleague."""

    version: Version
    text: Annotated[str, StringConstraints(min_length=1, max_length=comments.TEXT_MAX, pattern=SAID)]


class Settlement(Record):
    """What a person found out about an execution whose outcome nobody could tell."""

    outcome: Literal["done", "failed"]
    reason: Annotated[Reason, Field(description="Where you saw it, for example the server's log")]


@queue.get("/queue", operation_id="listQueue", summary="The queue, riskiest and oldest first")
def list_queue(me: QueueReader, query: Annotated[QueueQuery, Query()]) -> QueuePage:
    with me.workspace.database.read() as connection:
        page = reads.queue_page(connection, query.filters(me), after=place_of("queue", query.cursor), limit=query.limit)
    return QueuePage.model_validate({"items": page.rows, "next": cursor_of("queue", page.after)})


@queue.get("/queue/counts", operation_id="countQueue", summary="How much lies on every shelf, and the weight of what waits")
def count_queue(me: QueueReader) -> QueueCounts:
    with me.workspace.database.read() as connection:
        return QueueCounts.model_validate(reads.counts(connection))


@queue.post("/queue/approve", operation_id="approveMany", summary="Approve many like items", responses=documented(404))
def approve_many(me: Decider, body: BatchApproval) -> BatchAnswer:
    """Each is checked anew and bound to the version you saw; one item's refusal only leaves it out."""
    return BatchAnswer.model_validate(batch.approve_many(me.workspace, _items(body.items), by=me.username, reason=body.reason))


@queue.post("/queue/reject", operation_id="rejectMany", summary="Reject many like items for one reason", responses=documented(404))
def reject_many(me: Decider, body: BatchRejection) -> BatchAnswer:
    return BatchAnswer.model_validate(batch.reject_many(me.workspace, _items(body.items), by=me.username, reason=body.reason))


@actions.get("/actions/{action_id}", operation_id="getAction", summary="One item, exactly as it is decided", responses=documented(404))
def get_action(me: QueueReader, action_id: ActionPath, response: Response) -> ActionDetail:
    with me.workspace.database.read() as connection:
        action = reading.get_action(connection, ActionId(action_id))
        found = _detail(me, connection, action)
    response.headers["ETag"] = f'"{action.version}-{action.content_hash}"'
    return found


@actions.get(
    "/actions/{action_id}/versions", operation_id="listVersions", summary="Every version, the first one first", responses=documented(404)
)
def list_versions(me: QueueReader, action_id: ActionPath) -> ActionVersions:
    with me.workspace.database.read() as connection:
        action = reading.get_action(connection, ActionId(action_id))
        return ActionVersions.model_validate({"items": reading.versions(connection, action.id)})


@actions.get(
    "/actions/{action_id}/executions", operation_id="listExecutions", summary="What was done, with its receipts", responses=documented(404)
)
def list_executions(me: QueueReader, action_id: ActionPath) -> ActionExecutions:
    with me.workspace.database.read() as connection:
        action = reading.get_action(connection, ActionId(action_id))
        return ActionExecutions.model_validate({"items": reading.executions(connection, action.id)})


@actions.get(
    "/actions/{action_id}/history", operation_id="listHistory", summary="Its rows of the audit log, newest first", responses=documented(404)
)
def list_history(me: QueueReader, action_id: ActionPath) -> AuditPage:
    with me.workspace.database.read() as connection:
        action = reading.get_action(connection, ActionId(action_id))
        return AuditPage.model_validate({"items": reading.history(connection, action.id, limit=HISTORY)})


@actions.get("/actions/{action_id}/comments", operation_id="listComments", summary="What people said about it", responses=documented(404))
def list_comments(me: QueueReader, action_id: ActionPath) -> CommentsAnswer:
    with me.workspace.database.read() as connection:
        action = reading.get_action(connection, ActionId(action_id))
        return CommentsAnswer.model_validate({"items": comments_of(connection, action.id)})


@actions.post(
    "/actions/{action_id}/comments", operation_id="addComment", summary="Say something about it", status_code=201, responses=documented(404)
)
def add_comment(me: Editor, action_id: ActionPath, body: NewComment) -> CommentAnswer:
    """It decides nothing. People it calls on are told, if they want to be."""
    made = comments.add(me.workspace, ActionId(action_id), by=me.username, version=body.version, text=body.text)
    return CommentAnswer.model_validate(made)


@actions.post("/actions/{action_id}/approve", operation_id="approveAction", summary="Approve it", responses=documented(404, 409))
def approve(me: Decider, action_id: ActionPath, body: Approval) -> ActionAnswer:
    """With enough approvals it is executed after the hold window. Where two people must agree, the first approval leaves it queued."""
    return _answer(decide.approve(me.workspace, ActionId(action_id), by=me.username, **dict(body)))


@actions.post("/actions/{action_id}/reject", operation_id="rejectAction", summary="Reject it for good", responses=documented(404, 409))
def reject(me: Decider, action_id: ActionPath, body: Rejection) -> ActionAnswer:
    return _answer(decide.reject(me.workspace, ActionId(action_id), by=me.username, **dict(body)))


@actions.post("/actions/{action_id}/edit", operation_id="editAction", summary="Make a new version", responses=documented(404, 409))
def edit(me: Editor, action_id: ActionPath, body: Edit) -> ActionAnswer:
    """It is checked again; every approval so far is void, and where four eyes are needed you can no longer approve it."""
    changes = body.model_dump(include={"title", "body"}, exclude_none=True)
    bound = {"version": body.version, "content_hash": body.content_hash}
    return _answer(decide.edit(me.workspace, ActionId(action_id), by=me.username, changes=changes, **bound))  # type: ignore[arg-type]


@actions.post(
    "/actions/{action_id}/redraft",
    operation_id="redraftAction",
    summary="Ask the agent for another text",
    status_code=202,
    responses=documented(404, 409),
)
def redraft(me: Editor, action_id: ActionPath, body: RedraftWish) -> ActionAnswer:
    """The worker answers with a new version; until then the item stays as it is."""
    return _answer(decide.redraft(me.workspace, ActionId(action_id), by=me.username, **dict(body)))


@actions.post("/actions/{action_id}/undo", operation_id="undoApproval", summary="Take an approval back", responses=documented(404, 409))
def undo(me: Editor, action_id: ActionPath) -> ActionAnswer:
    """While the hold window is open; the item waits again, as a new version."""
    return _answer(decide.undo(me.workspace, ActionId(action_id), by=me.username))


@actions.post(
    "/actions/{action_id}/requeue",
    operation_id="requeueAction",
    summary="Put a failed item back into the queue",
    responses=documented(404, 409),
)
def requeue(me: Editor, action_id: ActionPath) -> ActionAnswer:
    return _answer(decide.requeue(me.workspace, ActionId(action_id), by=me.username))


@actions.post(
    "/actions/{action_id}/settle",
    operation_id="settleAction",
    summary="Say what became of an unknown outcome",
    responses=documented(404, 409),
)
def settle(me: Editor, action_id: ActionPath, body: Settlement) -> ActionAnswer:
    """Nothing is sent. A failed item can be put back into the queue afterwards."""
    settled = resolve_unknown(me.workspace, ActionId(action_id), by=me.username, outcome=body.outcome, reason=body.reason)
    return _answer(settled)


def _items(items: tuple[BatchItem, ...]) -> list[batch.Item]:
    return [batch.Item(ActionId(one.id), one.version, one.content_hash) for one in items]


def _answer(action: Action) -> ActionAnswer:
    return ActionAnswer.model_validate(action)


def _detail(me: Caller, connection: Connection, action: Action) -> ActionDetail:
    practice = me.workspace.practice
    decisions, given = store.decisions_of(connection, action.id), assignment_of(connection, action.id)
    needed, may = 0, False
    approved: tuple[str, ...] = ()
    with suppress(NotAllowed):
        panel = panel_of(practice, connection, action, now=me.workspace.clock())
        needed, approved = panel.needed.people, panel.approvers
        may = _allowed(lambda: authority(practice, connection, panel, me.username, now=me.workspace.clock()).role)
    return ActionDetail.model_validate(
        {
            **_answer(action).model_dump(),
            "decisions": decisions,
            "approvals_needed": needed,
            "approved_by": approved,
            "may_approve": may,
            "may_handle": _allowed(lambda: handling_role(practice, action.kind, me.username)),
            "hold_until": store.hold_until(connection, action.id),
            "assigned_to": given.assignee if given else None,
            "recipients": _recipients(recipients_of(practice, connection, action, now=me.workspace.clock())),
        }
    )


def _recipients(found: Recipients) -> RecipientsAnswer | None:
    if found == Recipients():
        return None
    reach = ReachAnswer(**found.reach._asdict(), total=found.reach.total) if found.reach else None
    recipient = RecipientAnswer.model_validate(found.recipient) if found.recipient else None
    return RecipientsAnswer(words=in_words(found), service_line=found.line, reach=reach, recipient=recipient)


def _allowed(guard: Callable[[], str]) -> bool:
    try:
        guard()
    except (NotAllowed, Conflict):
        return False
    return True

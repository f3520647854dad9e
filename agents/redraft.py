"""A redraft: a person asked the agent for another text. The agent proposes the same action again from the data, with the person's note; the new
text is checked and waits for a decision like any other.
"""

from dataclasses import dataclass, replace

from agents.parts import Parts
from agents.steps.propose import AGENTS, channel_context, look_back
from approvals import decide, queue
from policies.actions import Action, action_id
from policies.records import ActionId
from tools.errors import DraftRefused
from tools.goals import month
from tools.llm import Draft, Drafter, DraftRequest
from tools.store import results
from tools.store.jobs import Job

WORDINGS = 8
"""How many wordings are asked for before saying that there is no other: the playbook has a few per kind."""


@dataclass(frozen=True)
class Noted:
    """A drafter that knows what the approver wants changed and what was already written."""

    drafter: Drafter
    note: str
    before: str

    def draft(self, request: DraftRequest) -> Draft:
        """Another text than `before`. Raises DraftRefused when there is none."""
        asked = f"{request.instruction} The approver asks for another version: {self.note}"
        for attempt in range(1, WORDINGS + 1):
            draft = self.drafter.draft(request.model_copy(update={"instruction": asked, "subject": f"{request.subject}#{attempt}"}))
            if draft.text not in self.before:
                return draft
        raise DraftRefused(f"{request.kind} {request.subject}: there is no other wording; edit the text instead")


def redraft(parts: Parts, job: Job) -> Action:
    """Answer one redraft job. Raises DraftRefused when the agent has no other text, Conflict when a person edited meanwhile."""
    workspace = parts.workspace
    identity = ActionId(job.subject)
    now = workspace.clock()
    with workspace.database.read() as connection:
        action = queue.get_action(connection, identity)
        plan = results.plan_of(connection, month(now))
        context = channel_context(parts, connection, action.channel, plan, now=now)
        drafter = Noted(parts.drafter(None), note=str(job.payload["note"]), before=action.content.body)
        # Only this action is not known, so only this one is proposed and drafted.
        again = replace(context, known=context.known - {identity}, waiting=0, drafter=drafter)
        proposals = AGENTS[action.channel](look_back(connection, action.channel, now=now), again)
    for proposal in proposals:
        if action_id(proposal.kind, proposal.channel, proposal.subject, proposal.period) == identity:
            if proposal.content.body == action.content.body:
                raise DraftRefused(f"action {identity}: there is no other wording; edit the text instead")
            return decide.replace_draft(
                workspace,
                identity,
                version=int(job.payload["version"]),
                content_hash=str(job.payload["content_hash"]),
                content=proposal.content,
                why=proposal.why,
            )
    raise DraftRefused(f"action {identity}: the data no longer calls for it; edit its text, or reject it")

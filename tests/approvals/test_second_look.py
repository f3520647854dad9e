"""What a language model objected to: no rule answers it, a person does."""

from approvals import decide, queue
from policies.actions import Finding, Gate, Severity, Status, Verdict
from policies.check import item_of
from policies.kinds import KINDS
from tests.approvals.conftest import about, proposal
from tools.second_look import LANGUAGE_MODEL
from tools.workspace import Workspace

WORDS = "The stairs will feel as they did at twenty."
OBJECTION = Finding(
    rule=LANGUAGE_MODEL,
    family="ftc",
    severity=Severity.NEEDS_REVIEW,
    citation="Liaison design §5",
    title="A model",
    why="It promises.",
    quote=WORDS,
)


def test_an_objection_waits_for_a_person_and_goes_with_its_words(workspace: Workspace) -> None:
    now = workspace.clock()
    one = proposal(content={"body": f"Our clinic opens at eight. {WORDS}"})
    with workspace.database.write() as connection:
        assert queue.draft(workspace, connection, one, run=None, now=now)
        (draft,) = queue.list_actions(connection, statuses=(Status.DRAFT,))
        checked = queue.check_draft(workspace, connection, draft, now=now)
        assert WORDS in item_of(KINDS[checked.kind].item_kinds[0], checked.content).text
        queue.add_objection(workspace, connection, checked, OBJECTION)
        (draft,) = queue.list_actions(connection, statuses=(Status.DRAFT,))
        queued = queue.enqueue_draft(workspace, connection, draft, now=now)

    assert (queued.status, queued.verdict) == (Status.QUEUED, Verdict.NEEDS_REVIEW)
    for gate in Gate:
        with workspace.database.read() as connection:
            assert OBJECTION in queue.findings_on(workspace, connection, queued, gate=gate, now=now)

    mended = decide.edit(workspace, queued.id, by="theo", changes={"body": "Our clinic opens at eight."}, **about(queued))

    assert OBJECTION not in mended.findings

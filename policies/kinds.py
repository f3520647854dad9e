"""What each action kind is: the rules it answers to, where it goes, who must agree, how it is undone and read back. The only such table.

A kind that is missing here cannot be proposed: the table is total over `ActionKind`, checked when this module is read and by a test.
"""

from enum import StrEnum

from policies.actions import ActionKind, ItemKind, Risk
from policies.records import Record


class Operation(StrEnum):
    """One effect on the world; each has exactly one destination module in `tools/destinations/`."""

    SALES_INBOX = "sales_inbox"
    WEBHOOK = "webhook"
    SMTP = "smtp"
    HUMAN_TASK = "human_task"
    SUPPRESSION_LIST = "suppression_list"
    PLAN_REGISTER = "plan_register"


class KindSpec(Record):
    """`item_kinds` empty would mean "no rule family applies", which is never true: such a kind is held as needs_review.

    `four_eyes` is the default; the practice's policy may demand it where this says False, never the reverse. `editable` is the text a person
    may change: where the text states what the figures or the lead are, it is written by the agent alone, or what is read would not be what is done.
    """

    title: str
    item_kinds: tuple[ItemKind, ...]
    operations: tuple[Operation, ...]
    four_eyes: bool
    risk: Risk
    undo: str
    read_back: str
    effect: str
    expires_days: int = 14
    editable: tuple[str, ...] = ("title", "body")


_TASK_UNDO = "close the task before it is done; afterwards a person reverts it"
_TASK_READ_BACK = "the task row, keyed by the execution id"

KINDS: dict[ActionKind, KindSpec] = {
    ActionKind.NEGATIVE_KEYWORDS: KindSpec(
        title="Add negative keywords",
        item_kinds=(ItemKind.AUDIENCE,),  # who does not see an ad; the words themselves are never published
        operations=(Operation.HUMAN_TASK,),
        four_eyes=False,
        risk=Risk.LOW,
        undo=_TASK_UNDO,
        read_back=_TASK_READ_BACK,
        effect="Approve and hand to the ads team",
    ),
    ActionKind.BUDGET_SHIFT: KindSpec(
        editable=(),
        title="Shift ad budget",
        item_kinds=(ItemKind.AD_COPY,),
        operations=(Operation.HUMAN_TASK,),
        four_eyes=True,
        risk=Risk.HIGH,
        undo=_TASK_UNDO,
        read_back=_TASK_READ_BACK,
        effect="Approve the spend change",
    ),
    ActionKind.LANDING_PAGE_FIX: KindSpec(
        title="Fix a landing page",
        item_kinds=(ItemKind.WEB_PAGE,),
        operations=(Operation.HUMAN_TASK,),
        four_eyes=False,
        risk=Risk.LOW,
        undo=_TASK_UNDO,
        read_back=_TASK_READ_BACK,
        effect="Approve and hand to the web team",
    ),
    ActionKind.QUERY_COVERAGE: KindSpec(
        title="Cover a search query",
        item_kinds=(ItemKind.WEB_PAGE,),
        operations=(Operation.HUMAN_TASK,),
        four_eyes=False,
        risk=Risk.MEDIUM,
        undo=_TASK_UNDO,
        read_back=_TASK_READ_BACK,
        effect="Approve the page brief",
    ),
    ActionKind.REVIEW_REPLY: KindSpec(
        title="Reply to a review",
        item_kinds=(ItemKind.REVIEW_REPLY,),
        operations=(Operation.HUMAN_TASK,),
        four_eyes=False,
        risk=Risk.HIGH,
        undo="delete the posted reply",
        read_back=_TASK_READ_BACK,
        effect="Approve the reply to be posted",
    ),
    ActionKind.PROFILE_CORRECTION: KindSpec(
        title="Correct a listing",
        item_kinds=(ItemKind.LISTING,),
        operations=(Operation.HUMAN_TASK,),
        four_eyes=False,
        risk=Risk.LOW,
        undo=_TASK_UNDO,
        read_back=_TASK_READ_BACK,
        effect="Approve the correction",
    ),
    ActionKind.NURTURE_EMAIL: KindSpec(
        title="Send a nurture email",
        item_kinds=(ItemKind.EMAIL,),
        operations=(Operation.SMTP,),
        four_eyes=False,
        risk=Risk.MEDIUM,
        undo="none once the mail server has it; before that within the hold window, where the policy sets one",
        read_back="none over SMTP: a cut connection after DATA is `unknown` and goes to a person",
        effect="Approve and send",
    ),
    ActionKind.SUPPRESSION: KindSpec(
        editable=(),
        title="Stop emailing",
        item_kinds=(ItemKind.SYSTEM_RECORD,),
        operations=(Operation.SUPPRESSION_LIST,),
        four_eyes=False,
        risk=Risk.LOW,
        undo="a new, recorded consent",
        read_back="the suppression row, keyed by lead and channel",
        effect="Approve and stop emailing",
    ),
    ActionKind.VIDEO_METADATA: KindSpec(
        title="Update a video's text",
        item_kinds=(ItemKind.VIDEO_METADATA,),
        operations=(Operation.HUMAN_TASK,),
        four_eyes=True,
        risk=Risk.MEDIUM,
        undo="restore the previous text, kept in the action",
        read_back=_TASK_READ_BACK,
        effect="Approve the new text",
    ),
    ActionKind.COMMENT_REPLY: KindSpec(
        title="Reply to a comment",
        item_kinds=(ItemKind.REVIEW_REPLY,),
        operations=(Operation.HUMAN_TASK,),
        four_eyes=False,
        risk=Risk.HIGH,
        undo="delete the posted reply",
        read_back=_TASK_READ_BACK,
        effect="Approve the reply to be posted",
    ),
    ActionKind.MQL_HANDOFF: KindSpec(
        editable=(),
        title="Hand a lead to sales",
        item_kinds=(ItemKind.HANDOFF,),
        operations=(Operation.SALES_INBOX, Operation.WEBHOOK),
        four_eyes=False,
        risk=Risk.MEDIUM,
        undo="sales rejects it with a reason",
        read_back="the inbox row; webhooks carry a constant webhook-id",
        effect="Approve and hand to sales",
        expires_days=7,
    ),
    ActionKind.PLAN_BUDGET: KindSpec(
        editable=(),
        title="Adopt the plan",
        item_kinds=(ItemKind.SYSTEM_RECORD,),
        operations=(Operation.PLAN_REGISTER,),
        four_eyes=True,
        risk=Risk.HIGH,
        undo="adopt the previous plan again",
        read_back="the plan row",
        effect="Approve the plan's spend",
    ),
}

if KINDS.keys() != set(ActionKind):
    raise RuntimeError(f"policies/kinds.py lacks {sorted(set(ActionKind) - KINDS.keys())}: every action kind needs a row")

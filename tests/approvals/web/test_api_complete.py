"""The API and the pages cannot drift apart: whatever changes something at a page is an operation, or an exception with its reason."""

import re

from approvals.tokens import Scope
from approvals.web.api.app import create_api, document
from approvals.web.desk import NAVIGATION, Desk
from policies.records import Contact
from tests.approvals.web.api_client import program
from tests.approvals.web.house import LEAD, House
from tests.approvals.web.test_api_schema import omniscient
from tests.approvals.web.test_pages import fill, routes
from tools.store.contacts import save_contacts
from tools.store.tables import lead_keys

SAME: dict[str, tuple[str, ...]] = {
    "/absence": ("addAbsence",),
    "/absence/{delegation_id}/end": ("endAbsence",),
    "/actions/{action_id}/approve": ("approveAction",),
    "/actions/{action_id}/assign": ("assignAction",),
    "/actions/{action_id}/comments": ("addComment",),
    "/actions/{action_id}/edit": ("editAction",),
    "/actions/{action_id}/evidence": ("addActionEvidence",),
    "/actions/{action_id}/redraft": ("redraftAction",),
    "/actions/{action_id}/reject": ("rejectAction",),
    "/actions/{action_id}/requeue": ("requeueAction",),
    "/actions/{action_id}/settle": ("settleAction",),
    "/actions/{action_id}/undo": ("undoApproval",),
    "/audit/export": ("exportAudit",),
    "/audit/verify": ("verifyAudit",),
    "/dead-letters/{group_id}/discard": ("discardDeadLetters",),
    "/dead-letters/{group_id}/replay": ("replayDeadLetters",),
    "/evidence": ("recordEvidence",),
    "/evidence/{evidence_id}/revoke": ("revokeEvidence",),
    "/inbox/take": ("takeNextHandoff",),
    "/inbox/{execution}/accept": ("acceptHandoff",),
    "/inbox/{execution}/attempt": ("recordAttempt",),
    "/inbox/{execution}/outcome": ("recordOutcome",),
    "/inbox/{execution}/qualify": ("qualifyHandoff",),
    "/inbox/{execution}/reassign": ("reassignHandoff",),
    "/inbox/{execution}/return": ("returnHandoff",),
    "/inbox/{execution}/reveal": ("revealContact",),
    "/jobs/{job_id}/retry": ("retryJob",),
    "/leads/{lead}/merge": ("mergeLeads",),
    "/leads/{lead}/unmerge": ("unmergeLead",),
    "/notices/read": ("readNotices",),
    "/notices/retry": ("retryNotices",),
    "/notices/settings": ("setNoticePreferences",),
    "/notices/{notice}/read": ("readNotice",),
    "/pause/{scope}": ("pause",),
    "/pause/{scope}/resume": ("resume",),
    "/policy/levels/lower": ("lowerLevel",),
    "/policy/levels/{grant_id}/refuse": ("refuseLevel",),
    "/queue/batch": ("approveMany", "rejectMany"),
    "/queue/views": ("saveView",),
    "/queue/views/remove": ("removeView",),
    "/runs/ask": ("askRun",),
    "/schedule/{schedule_id}/{switch}": ("switchSchedule",),
    "/tasks/{execution}/done": ("finishTask",),
    "/webhooks/deliveries/{delivery}/replay": ("replayDelivery",),
    "/webhooks/{endpoint}/disable": ("disableWebhook",),
    "/webhooks/{endpoint}/enable": ("enableWebhook",),
    "/webhooks/{endpoint}/ping": ("pingWebhook",),
}
"""Path of a page's form → the operations that do the same."""

RAISES = "raising autonomy needs two people who have just proved at a browser who they are; a leaked token must not let anything act"
CREDENTIAL = "no credential is made, changed or ended with a credential: a leaked token could outlive its own end"
DOOR = "the way in, before anybody is known: a program comes with a token"
PROVIDER = "called by somebody else's server or its redirect, with a proof of its own"
EXCEPTIONS: dict[str, str] = {
    "/policy/levels": RAISES,
    "/policy/levels/{grant_id}/agree": RAISES,
    "/tokens": CREDENTIAL,
    "/tokens/{token_id}/revoke": CREDENTIAL,
    "/webhooks": CREDENTIAL,
    "/webhooks/{endpoint}/rotate": CREDENTIAL,
    "/people/{username}/authenticator/reset": CREDENTIAL,
    "/people/{username}/objection": CREDENTIAL,
    "/account/objection": CREDENTIAL,
    "/people/{username}/link": CREDENTIAL,
    "/people/{username}/sessions/end": CREDENTIAL,
    "/people/{username}/tokens/revoke": CREDENTIAL,
    "/account/authenticator": CREDENTIAL,
    "/account/authenticator/begin": CREDENTIAL,
    "/account/authenticator/codes": CREDENTIAL,
    "/account/authenticator/remove": CREDENTIAL,
    "/account/confirm": CREDENTIAL,
    "/account/password": CREDENTIAL,
    "/account/sessions/others": CREDENTIAL,
    "/account/sessions/{session_id}/end": CREDENTIAL,
    "/signin": DOOR,
    "/signin/authenticator": DOOR,
    "/signin/code": DOOR,
    "/signout": DOOR,
    "/welcome/{token}": DOOR,
    "/signin/oidc": DOOR,
    "/signin/oidc/return": PROVIDER,
    "/slack/interactions": PROVIDER,
}
"""Path of a page's form → why the API has not its like. docs/api.md says the same in words."""

READS = {
    "/queue": "listQueue",
    "/inbox": "listHandoffs",
    "/tasks": "listTasks",
    "/brief": "getBrief",
    "/pictures": "listPictures",
    "/leads": "listLeads",
    "/practices": "listPractices",
    "/runs": "listRuns",
    "/schedule": "listSchedules",
    "/dead-letters": "listDeadLetters",
    "/health": "getHealth",
    "/pause": "listPauses",
    "/rules": "listRules",
    "/policy": "getPolicy",
    "/evidence": "listEvidence",
    "/audit": "listAudit",
    "/notices": "listNotices",
    "/absence": "listAbsences",
    "/webhooks": "listWebhooks",
    "/people": "listPeople",
}
"""Section of the navigation → the operation that lists what it shows. Tokens are a credential's business: a token knows only itself (`getMe`)."""


NAMES = ("Quilla", "Fenwright", "quilla.fenwright@example.org", "813-555-0142", "8135550142")


def operations(house: House) -> set[str]:
    found = document(create_api(Desk(house.workspace), requests_per_minute=1))
    return {one["operationId"] for path in found["paths"].values() for one in path.values()}


def test_whatever_changes_something_at_a_page_is_in_the_api_or_says_why_not(house: House) -> None:
    posts = set(routes(house.app, "POST"))

    assert not posts - set(SAME) - set(EXCEPTIONS), "give it an operation in approvals/web/api, or a reason here and in docs/api.md"
    assert not (set(SAME) | set(EXCEPTIONS)) - posts, "these pages are gone"
    assert not set(SAME) & set(EXCEPTIONS)
    assert not {one for names in SAME.values() for one in names} - operations(house)
    assert not [method for method in ("PUT", "PATCH", "DELETE") if routes(house.app, method)]


def test_every_section_of_the_desk_can_be_read(house: House) -> None:
    assert {section.path for section in NAVIGATION} == set(READS) | {"/tokens"}
    assert not set(READS.values()) - operations(house)


def test_no_read_of_the_api_says_who_a_lead_is_to_anybody(house: House) -> None:
    """A contact is in one answer alone: the reveal that its reader asked for, which is no GET."""
    omniscient(house)
    values = fill(house)
    values["group"] = values["group_id"]
    ws, now = house.workspace, house.clock()
    key = ws.ring.match_key("email", NAMES[2])
    with ws.database.write() as connection:
        connection.execute(lead_keys.insert().values(match_key=key, lead=LEAD, added_at=now))
        contact = Contact(first_name=NAMES[0], last_name=NAMES[1], email=NAMES[2], phone=NAMES[3])
        save_contacts(connection, ws.ring, [((key,), contact)], now=now)
    omni = program(house, "omni", *Scope)

    found = document(create_api(Desk(ws), requests_per_minute=1))["paths"]
    answers = {path: omni.get(re.sub("^/v1", "", path).format(**values)) for path, methods in found.items() if "get" in methods}

    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code != 200} == {}
    assert not [(path, name) for path, answer in answers.items() for name in NAMES if name in answer.text]
    assert LEAD in answers["/v1/leads/{lead}"].text

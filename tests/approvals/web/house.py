"""A whole desk: a real workspace with an invented practice, items of several kinds in its queue, and people who can sign in."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from approvals import identity
from approvals.queue import enqueue, get_action
from approvals.web.desk import COOKIE
from policies.actions import Action, ActionKind, Audience, Content, Proposal, Risk
from policies.records import Channel, LeadId, Track
from tools.workspace import Workspace

PASSWORD = "four unrelated quiet words"
LEAD = LeadId("L-0123456789abcdef")

PRACTICE = {
    "key": "harborview",
    "organisation": {
        "name": "Harborview Joint Care",
        "legal_name": "Harborview Joint Care LLC",
        "postal_address": "12 Pier Road, Tampa, FL 33601",
        "reply_to": "hello@harborview.example.com",
        "phone": "813-555-0100",
        "website": "https://harborview.example.com",
        "sender_identity_verified": True,
        "unsubscribe_url": "https://harborview.example.com/stop",
    },
    "timezone": "America/New_York",
    "brands": ["Harborview"],
    "locations": [
        {
            "key": "tampa",
            "name": "Harborview Tampa",
            "brand": "Harborview",
            "state": "FL",
            "city": "Tampa",
            "address": "12 Pier Road",
            "zip": "33601",
            "phone": "813-555-0101",
            "timezone": "America/New_York",
        }
    ],
    "service_lines": [
        {"key": "orthopaedics", "name": "Orthopaedics", "track": "b2c_patient", "model": "orthopaedics", "locations": ["tampa"]}
    ],
    "providers": [],
    "budget": {"monthly_usd": 10000, "by_channel_usd": {"search": 6000}},
    "channels": {"search": {"sources": []}},
    "destinations": {"smtp": {"host": "127.0.0.1", "sender": "hello@harborview.example.com", "starttls": False, "baa": True}},
    "people": [
        {"username": "mara", "name": "Mara Lindqvist", "roles": ["marketing", "admin"]},
        {"username": "theo", "name": "Theo Brandt", "roles": ["marketing"]},
        {"username": "inez", "name": "Inez Okafor", "roles": ["compliance"]},
        {"username": "sam", "name": "Sam Whitlock", "roles": ["sales"]},
        {"username": "ada", "name": "Ada Nilsen", "roles": ["auditor"]},
    ],
    "model_signatures": {"orthopaedics": ["theo", "sam"]},
    "approval_policy": {
        "rules": [
            {"kinds": ["negative_keywords", "nurture_email", "review_reply", "video_metadata"], "roles": ["marketing", "compliance"]},
            {"kinds": ["budget_shift", "plan_budget"], "roles": ["marketing", "compliance"], "four_eyes": True},
            {"kinds": ["mql_handoff"], "roles": ["marketing", "sales"]},
        ]
    },
}


@dataclass
class Hand:
    """A clock whose hand the test moves."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **length: int) -> None:
        self.at += timedelta(**length)


@dataclass
class Visitor:
    """A browser without JavaScript: follows the forms of the pages it is shown, as a person would."""

    client: TestClient
    page: str = field(default="", repr=False)

    def get(self, path: str) -> Any:
        response = self.client.get(path)
        self.page = response.text
        return response

    def post(self, path: str, **fields: str) -> Any:
        """Post with the hidden fields of the form on the current page whose action is `path`; does not follow the redirect."""
        response = self.client.post(path, data={**self.hidden(path), **fields}, follow_redirects=False)
        return response

    def hidden(self, path: str) -> dict[str, str]:
        form = re.search(rf'<form[^>]*action="{re.escape(path)}[^"]*".*?</form>', self.page, re.DOTALL)
        assert form, f"the page has no form for {path}"
        return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[0]))


@dataclass
class House:
    workspace: Workspace
    clock: Hand
    app: FastAPI

    def visitor(self) -> Visitor:
        return Visitor(TestClient(self.app))

    def signed_in(self, username: str) -> Visitor:
        visitor = self.visitor()
        entrance = identity.use_link(self.workspace, identity.create_link(self.workspace, username, by="mara"), PASSWORD)
        visitor.client.cookies.set(COOKIE, entrance.token)
        return visitor

    def hold(self, *, seconds: int) -> None:
        """Approvals wait this long before they are executed, from now on."""
        practice = self.workspace.practice
        policy = practice.approval_policy.model_copy(update={"hold_seconds": seconds})
        # The app holds this workspace: it is the one whose practice file was edited.
        object.__setattr__(self.workspace, "practice", practice.model_copy(update={"approval_policy": policy}))

    def when_over(self, action: Action) -> None:
        """Go to just past the moment until which `action` may be decided."""
        self.clock.at = action.expires_at + timedelta(seconds=1)

    def propose(self, proposal: Proposal) -> Action:
        with self.workspace.database.write() as connection:
            action, _ = enqueue(self.workspace, connection, proposal, run=None, now=self.clock())
        return action

    def action(self, action_id: str) -> Action:
        with self.workspace.database.read() as connection:
            return get_action(connection, action_id)  # type: ignore[arg-type]


def proposal(kind: ActionKind, subject: str, **changes: Any) -> Proposal:
    """A proposal of `kind` that breaks no rule unless `changes` make it."""
    base: dict[str, Any] = {
        "kind": kind,
        "channel": Channel.SEARCH,
        "subject": subject,
        "period": "2026-03",
        "content": Content(title=f"Item {subject}", body="Campaign Knee, phrase match:\njobs\nsalary", destination="Google Ads"),
        "why": ("31 clicks cost $84 and brought no conversion",),
        "risk": Risk.LOW,
        "states": ("FL",),
    }
    return Proposal(**{**base, **changes})


def keywords(subject: str = "knee", **changes: Any) -> Proposal:
    return proposal(ActionKind.NEGATIVE_KEYWORDS, subject, **changes)


def nurture() -> Proposal:
    body = (
        "Hello {{first_name}},\n\nyou asked about our walking programme. Here is how a first visit goes.\n\n"
        "Harborview Joint Care LLC, 12 Pier Road, Tampa, FL 33601\nStop these mails: {{unsubscribe_url}}"
    )
    audience = Audience(description="One lead who consented to email", lead=LEAD, count=1)
    content = Content(title="How a first visit goes", body=body, fields={"step": 2}, audience=audience, destination="email")
    return proposal(ActionKind.NURTURE_EMAIL, LEAD, channel=Channel.EMAIL, content=content, risk=Risk.MEDIUM, track=Track.B2C_PATIENT)


def guarantee() -> Proposal:
    body = "Our knee programme.\nWe guarantee lasting pain relief after one visit.\nBook at harborview.example.com."
    content = Content(title="Knee pain, explained", body=body, destination="YouTube Studio")
    return proposal(ActionKind.VIDEO_METADATA, "video-7", channel=Channel.YOUTUBE, content=content, risk=Risk.MEDIUM)


def budget() -> Proposal:
    content = Content(
        title="Move $1,200 a month from Hip to Knee", body="Hip: lower by $1,200\nKnee: raise by $1,200", destination="Google Ads"
    )
    return proposal(ActionKind.BUDGET_SHIFT, "hip-knee", content=content, risk=Risk.HIGH, money_usd=1200.0)

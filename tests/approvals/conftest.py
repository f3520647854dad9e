"""A workspace with an invented practice, and a queue one can fill by hand."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert

from approvals.queue import enqueue, get_action
from policies.actions import Action, ActionKind, Audience, Content, Proposal, Status
from policies.phi.scrub import Scrubber
from policies.records import ActionId, Channel, Contact, LeadId, Track
from policies.rules.catalogue import Catalogue
from tests.servers.smtp import SmtpServer
from tools.keys import KeyRing
from tools.packs.phi import load_lexicon
from tools.packs.registry import registry_of
from tools.packs.rules import load_catalogue
from tools.practice import Practice
from tools.settings import Settings
from tools.store.audit import AuditLog
from tools.store.contacts import save_contacts
from tools.store.database import Database
from tools.store.tables import consents, lead_keys, leads
from tools.workspace import Workspace

LEAD = LeadId("L-0123456789ab")
RECIPIENT = "quilla.fenwright@example.org"

BODY: dict[str, Any] = {
    "key": "larkfield",
    "organisation": {
        "name": "Larkfield Joint Care",
        "legal_name": "Larkfield Joint Care LLC",
        "postal_address": "12 Pier Road, Tampa, FL 33601",
        "reply_to": "hello@larkfield.example.com",
        "phone": "813-555-0100",
        "website": "https://larkfield.example.com",
        "sender_identity_verified": True,
        "unsubscribe_url": "https://larkfield.example.com/stop",
    },
    "timezone": "America/New_York",
    "brands": ["Larkfield"],
    "locations": [],
    "service_lines": [],
    "providers": [],
    "budget": {"monthly_usd": 1000, "by_channel_usd": {"search": 600}},
    "channels": {"search": {"sources": []}},
    "people": [
        {"username": "mara", "name": "Mara Lindqvist", "roles": ["marketing", "admin"]},
        {"username": "theo", "name": "Theo Brandt", "roles": ["marketing"]},
        {"username": "inez", "name": "Inez Okafor", "roles": ["compliance"]},
        {"username": "sam", "name": "Sam Whitlock", "roles": ["sales"]},
        {"username": "pia", "name": "Pia Nyberg", "roles": ["privacy_officer"]},
        {"username": "ada", "name": "Ada Nilsen", "roles": ["auditor"]},
    ],
    "approval_policy": {
        "rules": [
            {"kinds": ["landing_page_fix", "negative_keywords", "nurture_email", "suppression"], "roles": ["marketing", "compliance"]},
            {"kinds": ["budget_shift", "plan_budget", "video_metadata"], "roles": ["marketing", "compliance"]},
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

    def forward(self, **length: float) -> None:
        self.at += timedelta(**length)


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue()


@pytest.fixture(scope="session")
def scrubber() -> Scrubber:
    organisation = Practice.model_validate(BODY).organisation
    return Scrubber(load_lexicon(), (organisation.name, organisation.phone, organisation.postal_address))


@pytest.fixture
def clock(now: datetime) -> Hand:
    return Hand(now)


@pytest.fixture
def workspace(database: Database, ring: KeyRing, clock: Hand, tmp_path: Path, catalogue: Catalogue, scrubber: Scrubber) -> Workspace:
    practice = Practice.model_validate(BODY)
    return Workspace(
        settings=Settings(home=tmp_path),
        directory=tmp_path,
        practice=practice,
        database=database,
        ring=ring,
        audit=AuditLog(ring, tmp_path / "audit.head"),
        clock=clock,
        catalogue=catalogue,
        scrubber=scrubber,
        registry=registry_of(practice),
    )


def with_practice(ws: Workspace, **changes: Any) -> Workspace:
    """The same workspace after its practice file was changed."""
    return replace(ws, practice=Practice.model_validate({**BODY, **changes}))


def with_policy(ws: Workspace, *rules: dict[str, Any], **more: Any) -> Workspace:
    return with_practice(ws, approval_policy={"rules": list(rules), **more})


def proposal(kind: ActionKind = ActionKind.LANDING_PAGE_FIX, subject: str = "/knee", **changes: Any) -> Proposal:
    """One harmless proposal; `content` may hold title, body, fields, audience or destination."""
    content = {"title": "Make the form shorter", "body": "Ask for name and phone only.", "destination": "web team"}
    content |= changes.pop("content", {})
    given = {"channel": Channel.SEARCH, "period": "2026-03", "why": ("42 of 50 visits left at the form",), **changes}
    return Proposal(kind=kind, subject=subject, content=Content(**content), **given)


def email(**changes: Any) -> Proposal:
    content = {
        "title": "A next step, when it suits you",
        "body": "Hi {{first_name}},\n\nour team is glad to answer questions.\n\n{{practice_name}}, {{postal_address}}\nStop: {{unsubscribe_url}}",
        "audience": Audience(description="one lead", lead=LEAD, count=1),
        "destination": "email",
    }
    facts = {"purpose": "marketing", "optout_ok": True, "is_advertisement": True}
    return proposal(ActionKind.NURTURE_EMAIL, LEAD, channel=Channel.EMAIL, track=Track.B2C_PATIENT, content=content, facts=facts, **changes)


def handoff(**changes: Any) -> Proposal:
    content = {
        "title": f"Hand {LEAD} to sales",
        "body": "Reached the agreed threshold.",
        "fields": {"lead_id": LEAD, "service_line": "orthopaedics", "score": 81, "stage": "mql", "next_action": "call"},
        "audience": Audience(description="sales", lead=LEAD, count=1),
        "destination": "sales inbox",
    }
    facts = {"handoff_fields": list(content["fields"]), "disclosure_logged": True, "payee": "employee"}  # type: ignore[call-overload]
    given = {
        "channel": Channel.EMAIL,
        "track": Track.B2C_PATIENT,
        "content": content,
        "facts": facts,
        "why": ("Asked for a call",),
        **changes,
    }
    return proposal(ActionKind.MQL_HANDOFF, f"{LEAD}:orthopaedics", **given)


Put = Callable[..., Action]


@pytest.fixture
def put(workspace: Workspace) -> Put:
    """Put a proposal into the queue and return the action."""

    def add(what: Proposal | None = None, *, ws: Workspace | None = None) -> Action:
        ws = ws or workspace
        with ws.database.write() as connection:
            action, _ = enqueue(ws, connection, what or proposal(), run=None, now=ws.clock())
        return action

    return add


@pytest.fixture
def lead(workspace: Workspace) -> LeadId:
    """A lead with a contact and consent to email."""
    now = workspace.clock()
    key = workspace.ring.match_key("email", RECIPIENT)
    with workspace.database.write() as connection:
        connection.execute(
            insert(leads).values(id=LEAD, track="b2c_patient", created_at=now, merged_into=None, attributes={}, stage="engaged")
        )
        connection.execute(insert(lead_keys).values(match_key=key, lead=LEAD, added_at=now))
        connection.execute(insert(consents).values(lead=LEAD, purpose="email", granted=True, at=now, engagement="E-1"))
        contact = Contact(first_name="Quilla", last_name="Fenwright", email=RECIPIENT, phone="813-555-0142")
        save_contacts(connection, workspace.ring, [((key,), contact)], now=now)
    return LEAD


def seen(ws: Workspace, action: Action | ActionId) -> Action:
    """The action as it is stored now."""
    with ws.database.read() as connection:
        return get_action(connection, ActionId(action if isinstance(action, str) else action.id))


def status(ws: Workspace, action: Action) -> Status:
    return seen(ws, action).status


def about(action: Action) -> dict[str, Any]:
    """What a decision about exactly this version carries."""
    return {"version": action.version, "content_hash": action.content_hash}


@pytest.fixture
def mail() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server

"""Evidence clears a finding only where, while and for whom it holds; only who answers for a key may record or revoke it."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from approvals import decide
from approvals import evidence as proofs
from approvals.errors import NotAllowed, NotDecidable
from approvals.evidence import State, state_of
from approvals.execute import run_steps
from approvals.queue import history, recheck_blocked
from policies.actions import Action, EvidenceRecord, ItemKind, Proposal, Status
from policies.records import LeadId
from policies.rules.catalogue import Catalogue, catalogue_of
from policies.rules.evidence import may_record
from policies.rules.rule import Rule
from tests.approvals.conftest import LEAD, Hand, Put, about, email, proposal, seen, status, with_practice
from tests.approvals.executing import held_by, rows
from tools.errors import Conflict, NotFound
from tools.store.action_tables import human_tasks
from tools.store.audit import Event, entries
from tools.store.evidence import PRACTICE, add_evidence, list_evidence
from tools.workspace import Workspace

KEY, REVIEW_KEY = "substantiation_record", "privacy_officer_signoff"
HASH = hashlib.sha256(b"a study").hexdigest()
PROVIDER = {"key": "lane", "name": "Dr. Lane", "credentials": "MD", "service_line": "knee", "location": "tampa", "states": ["FL"]}


def rule(identity: str, word: str, severity: str, *keys: str) -> Rule:
    return Rule.model_validate(
        {
            "id": identity,
            "family": "ftc",
            "title": "A word of ours",
            "citation": "House style",
            "jurisdiction": "US-ALL",
            "severity": severity,
            "applies_to": list(ItemKind),
            "detect": {"signal": "The word", "patterns_any": [word]},
            "cleared_by": {"any_of": list(keys)},
            "suggested_fix": "Leave it out.",
            "examples": {"violating": [{"text": word}], "clean": [{"text": "nothing"}]},
            "effective": "2026-01-01",
            "source": ["House style"],
            "verified": True,
            "confidence": "high",
            "as_of": "2026-11",
        }
    )


@pytest.fixture
def ws(workspace: Workspace, catalogue: Catalogue) -> Workspace:
    """Two rules of the house instead of the law: "proven" blocks, "story" needs review; each is cleared by one key."""
    house = catalogue_of(
        (rule("OWN-PROOF", "proven", "block", KEY), rule("OWN-STORY", "story", "needs_review", REVIEW_KEY)), catalogue.limits
    )
    return replace(workspace, catalogue=house)


def claim(**changes: Any) -> Proposal:
    return proposal(content={"body": "A proven treatment."}, **{"states": ("TX",), **changes})


def story(**changes: Any) -> Proposal:
    return proposal(content={"body": "A patient's story."}, **{"states": ("TX",), **changes})


def recorded(ws: Workspace, key: str = KEY, *, subject: str, by: str = "inez", **more: Any) -> str:
    return proofs.record(ws, key, subject=subject, document_hash=HASH, by=by, **more)[0].id


def on_file(ws: Workspace) -> int:
    with ws.database.read() as connection:
        return len(list_evidence(connection))


@pytest.mark.parametrize("subject", ["its own id", "its subject", PRACTICE])
def test_evidence_about_the_item_or_the_whole_practice_clears_its_finding(ws: Workspace, put: Put, subject: str) -> None:
    blocked = put(claim(), ws=ws)
    about_what = {"its own id": blocked.id, "its subject": blocked.subject}.get(subject, subject)

    _, freed = proofs.record(ws, KEY, subject=about_what, document_hash=HASH, by="inez", scope={"state": "TX"})

    assert freed == (blocked.id,)
    assert (status(ws, blocked), held_by(ws, blocked)) == (Status.QUEUED, set())


def test_evidence_about_another_item_clears_nothing_here(ws: Workspace, put: Put) -> None:
    blocked, other = put(claim(), ws=ws), put(claim(subject="/hip"), ws=ws)

    recorded(ws, subject=other.id)

    assert (status(ws, blocked), status(ws, other)) == (Status.BLOCKED, Status.QUEUED)


def test_evidence_about_another_lead_clears_nothing_here(ws: Workspace, put: Put, lead: LeadId) -> None:
    blocked = put(claim(), ws=ws)

    recorded(ws, subject=LEAD)

    assert status(ws, blocked) is Status.BLOCKED


@pytest.mark.parametrize(
    ("states", "scope"),
    [
        (("TX",), {"state": "FL"}),
        (("TX", "FL"), {"state": "TX"}),
        (None, {"state": "TX"}),
        (("TX",), {"state": "TX", "channel": "email"}),
        (("TX",), {"kind": "nurture_email"}),
        (("TX",), {"destination": "another team"}),
    ],
    ids=["another state", "one of two states", "unknown state", "another channel", "another kind", "another destination"],
)
def test_evidence_clears_nothing_outside_its_scope(ws: Workspace, put: Put, states: tuple[str, ...] | None, scope: dict[str, str]) -> None:
    blocked = put(claim(states=states), ws=ws)

    recorded(ws, subject=blocked.id, scope=scope)

    assert status(ws, blocked) is Status.BLOCKED


def test_evidence_of_another_key_clears_nothing(ws: Workspace, put: Put) -> None:
    blocked = put(claim(), ws=ws)

    recorded(ws, REVIEW_KEY, subject=blocked.id)

    assert status(ws, blocked) is Status.BLOCKED


def test_expired_and_revoked_evidence_clears_no_new_item(ws: Workspace, put: Put, clock: Hand) -> None:
    recorded(ws, subject=PRACTICE, expires_at=clock.at.replace(day=5))
    assert put(claim(), ws=ws).status is Status.QUEUED

    clock.forward(days=4)
    assert put(claim(subject="/hip"), ws=ws).status is Status.BLOCKED

    again = recorded(ws, subject=PRACTICE)
    assert put(claim(subject="/back"), ws=ws).status is Status.QUEUED
    proofs.revoke(ws, again, by="inez")
    assert put(claim(subject="/foot"), ws=ws).status is Status.BLOCKED


@pytest.mark.parametrize("how", ["revoked", "expired"])
@pytest.mark.parametrize("what", [claim, story])
def test_what_was_approved_on_its_strength_is_held_at_execution(ws: Workspace, put: Put, clock: Hand, how: str, what: Any) -> None:
    key = KEY if what is claim else REVIEW_KEY
    proof = recorded(ws, key, subject=PRACTICE, expires_at=clock.at.replace(day=5))
    action = put(what(), ws=ws)
    assert action.findings == ()
    decide.approve(ws, action.id, by="theo", **about(action))

    if how == "revoked":
        proofs.revoke(ws, proof, by="inez")
    else:
        clock.forward(days=4)

    assert run_steps(ws, action.id) == "held"
    assert rows(ws, human_tasks) == 0
    assert status(ws, action) is (Status.BLOCKED if what is claim else Status.QUEUED)
    assert held_by(ws, action) == ({"OWN-PROOF"} if what is claim else {"OWN-STORY"})


def test_evidence_that_still_holds_lets_the_approved_item_through(ws: Workspace, put: Put) -> None:
    recorded(ws, subject=PRACTICE)
    action = put(claim(), ws=ws)
    decide.approve(ws, action.id, by="theo", **about(action))

    assert run_steps(ws, action.id) == "done"


def test_a_waiting_item_is_checked_again_when_its_proof_comes_and_when_it_goes(ws: Workspace, put: Put) -> None:
    waiting, untouched = put(story(), ws=ws), put(proposal(subject="/hip"), ws=ws)

    proof = recorded(ws, REVIEW_KEY, subject=waiting.id, by="pia")
    after = seen(ws, waiting)
    proofs.revoke(ws, proof, by="pia")

    assert held_by(ws, waiting) == {"OWN-STORY"}
    assert (after.version, after.findings) == (2, ())
    assert (seen(ws, waiting).version, seen(ws, untouched).version) == (3, 1)
    with ws.database.read() as connection:
        assert [entry.event for entry in history(connection, waiting.id)][:2] == [Event.ACTION_CHECK, Event.ACTION_CHECK]


def test_a_waiting_item_that_rests_on_revoked_evidence_is_blocked_again_and_loses_its_approval(ws: Workspace, put: Put) -> None:
    rules = [{"kinds": ["landing_page_fix"], "roles": ["marketing", "compliance"], "four_eyes": True}]
    ws = with_practice(ws, approval_policy={"rules": rules})
    proof = recorded(ws, subject=PRACTICE)
    waiting = put(claim(), ws=ws)
    decide.approve(ws, waiting.id, by="theo", **about(waiting))

    proofs.revoke(ws, proof, by="inez")

    assert status(ws, waiting) is Status.BLOCKED
    with pytest.raises(Conflict):
        decide.approve(ws, waiting.id, by="mara", **about(waiting))


def test_only_the_roles_of_a_key_may_record_it_and_the_refusal_names_who_may(ws: Workspace, put: Put) -> None:
    blocked = put(claim(), ws=ws)

    for person in ws.practice.people:
        allowed = bool(set(person.roles) & set(may_record(KEY)))
        if allowed:
            recorded(ws, subject=blocked.id, by=person.username)
            continue
        before = on_file(ws)
        with pytest.raises(NotAllowed, match=f"evidence {KEY} is recorded and revoked by .* and {person.username} is not: ask .*inez"):
            recorded(ws, subject=blocked.id, by=person.username)
        assert on_file(ws) == before


def test_a_privacy_key_is_the_privacy_officers_and_a_clinical_one_is_not(ws: Workspace) -> None:
    assert recorded(ws, REVIEW_KEY, subject=PRACTICE, by="pia")

    with pytest.raises(NotAllowed):
        recorded(ws, KEY, subject=PRACTICE, by="pia")


def test_only_the_roles_of_a_key_may_revoke_it(ws: Workspace) -> None:
    proof = recorded(ws, subject=PRACTICE)

    for person in ("theo", "sam", "pia", "ada"):
        with pytest.raises(NotAllowed, match="ask"):
            proofs.revoke(ws, proof, by=person)

    with ws.database.read() as connection:
        assert list_evidence(connection)[0].revoked_at is None


def test_evidence_is_revoked_once_and_an_unknown_id_is_said_so(ws: Workspace) -> None:
    proof = recorded(ws, subject=PRACTICE)
    proofs.revoke(ws, proof, by="inez")

    with pytest.raises(Conflict, match="revoked already"):
        proofs.revoke(ws, proof, by="inez")
    with pytest.raises(NotFound, match="no evidence of that id"):
        proofs.revoke(ws, "P-none", by="inez")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"subject": "A-none"}, "none of ours"),
        ({"subject": "Jane Roe"}, "none of ours"),
        ({"subject": ""}, "none of ours"),
        ({"scope": {"sate": "TX"}}, "cannot be limited to that"),
        ({"scope": {"state": "Texas"}}, "that is no state"),
        ({"scope": {"state": ""}}, "that is no state"),
        ({"scope": {"channel": "fax"}}, "that is no channel"),
        ({"scope": {"kind": "poem"}}, "that is no kind"),
        ({"document_hash": ""}, "needs the document"),
    ],
)
def test_evidence_that_could_never_clear_anything_is_refused_without_repeating_it(
    ws: Workspace, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(NotDecidable, match=message) as refused:
        proofs.record(ws, KEY, **{"subject": PRACTICE, "document_hash": HASH, "by": "inez", **changes})

    assert "Jane" not in str(refused.value)
    assert on_file(ws) == 0


@pytest.mark.parametrize("key", ["hipaa_authorization", "tcpa_written_consent", "own_patient_photo"])
def test_proof_about_one_person_never_stands_for_the_whole_practice(workspace: Workspace, put: Put, key: str) -> None:
    with pytest.raises(NotDecidable, match="one person or one text"):
        recorded(workspace, key, subject=PRACTICE)

    assert recorded(workspace, key, subject=put().id)


def test_an_unknown_key_and_a_past_expiry_are_refused(ws: Workspace, clock: Hand) -> None:
    with pytest.raises(NotDecidable, match="no rule asks for evidence of that name: license_verified"):
        recorded(ws, "license_verified", subject=PRACTICE)
    with pytest.raises(NotDecidable, match="expired already"):
        recorded(ws, subject=PRACTICE, expires_at=clock.at)


def test_a_providers_proof_is_taken_and_its_state_is_written_in_one_form(ws: Workspace) -> None:
    line = {"key": "knee", "name": "Knee", "track": "b2c_patient", "model": "knee", "locations": ["tampa"]}
    place = {"key": "tampa", "name": "Tampa", "brand": "Larkfield", "state": "FL", "city": "Tampa", "address": "12 Pier Road"}
    place |= {"zip": "33601", "phone": "813-555-0101", "timezone": "America/New_York"}
    ws = with_practice(ws, locations=[place], service_lines=[line], providers=[PROVIDER])

    recorded(ws, subject=" lane ", scope={"state": "us-fl"})

    with ws.database.read() as connection:
        (kept,) = list_evidence(connection)
    assert (kept.subject, kept.scope) == ("lane", {"state": "FL"})


def test_only_the_documents_hash_is_kept_and_the_audit_says_who_verified_it(ws: Workspace, tmp_path: Path) -> None:
    document = tmp_path / "study.pdf"
    document.write_bytes(b"a study")

    kept, _ = proofs.add(ws, KEY, subject=PRACTICE, document=document, by="inez")

    assert kept.document_hash == HASH
    with ws.database.read() as connection:
        (entry,) = [entry for entry in entries(connection) if entry.event == Event.EVIDENCE_ADD]
    assert (entry.actor, entry.subject, entry.detail["document"]) == ("inez", kept.id, HASH)
    with pytest.raises(NotDecidable, match="cannot be read"):
        proofs.add(ws, KEY, subject=PRACTICE, document=tmp_path / "gone.pdf", by="inez")


def test_a_proof_is_valid_until_it_expires_or_is_revoked(ws: Workspace, clock: Hand) -> None:
    until = clock.at.replace(day=5)
    proof = proofs.record(ws, KEY, subject=PRACTICE, document_hash=HASH, by="inez", expires_at=until)[0]

    assert state_of(proof, clock.at) is State.VALID
    assert state_of(proof, until) is State.EXPIRED
    assert state_of(proof.model_copy(update={"revoked_at": clock.at}), until) is State.REVOKED


def test_a_mail_to_a_lead_is_cleared_by_that_leads_proof_only(ws: Workspace, put: Put, lead: LeadId) -> None:
    mail = email(states=("TX",))
    mail = mail.model_copy(update={"content": mail.content.model_copy(update={"body": "A proven treatment."})})
    blocked: Action = put(mail, ws=ws)
    assert "OWN-PROOF" in held_by(ws, blocked)

    recorded(ws, subject=lead)

    assert "OWN-PROOF" not in held_by(ws, blocked)


# --- proof about the words of one item

TEXT_KEY = "hipaa_authorization"


@pytest.fixture
def authorized(workspace: Workspace, catalogue: Catalogue) -> Workspace:
    """One rule of the house: a patient's story blocks until the patient's authorization is on file."""
    house = catalogue_of((rule("OWN-STORY", "story", "block", TEXT_KEY),), catalogue.limits)
    return replace(workspace, catalogue=house)


def test_an_authorization_is_for_the_words_it_was_recorded_for_and_falls_with_an_edit(authorized: Workspace, put: Put) -> None:
    blocked = put(story(), ws=authorized)
    recorded(authorized, TEXT_KEY, subject=blocked.id)
    assert status(authorized, blocked) is Status.QUEUED

    action = seen(authorized, blocked)
    decide.edit(authorized, action.id, by="inez", **about(action), changes={"body": "Another patient's story."})

    assert (status(authorized, blocked), held_by(authorized, blocked)) == (Status.BLOCKED, {"OWN-STORY"})


@pytest.mark.parametrize("subject", ["/knee", LEAD, "lane", "A-000000000000"])
def test_an_authorization_is_never_about_a_page_a_lead_a_provider_or_nothing(authorized: Workspace, put: Put, subject: str) -> None:
    put(story(), ws=authorized)

    with pytest.raises(NotDecidable, match="about the words of one item"):
        recorded(authorized, TEXT_KEY, subject=subject)


def test_an_authorization_stored_without_its_words_clears_nothing(authorized: Workspace, put: Put) -> None:
    blocked = put(story(), ws=authorized)
    with authorized.database.write() as connection:
        old = EvidenceRecord(
            id="P-old",
            key=TEXT_KEY,
            subject=blocked.subject,
            scope={},
            issued_at=authorized.clock(),
            document_hash=HASH,
            verified_by="inez",
        )
        add_evidence(connection, old)

    assert recheck_blocked(authorized) == ()

"""Who made a colleague a new way into their account counts with them as one person for three days, unless an authenticator stood before it."""

from datetime import timedelta

import pyotp
import pytest

from approvals import autonomy, decide, delegate, identity
from approvals.errors import NotAllowed
from approvals.execute import run_steps
from approvals.identity import totp
from policies.actions import ActionKind, Status
from policies.approval.ladder import Level, Limits
from policies.approval.rules import ApprovalRule, requirement
from policies.approval.seats import Vote, is_met
from tests.approvals.conftest import Hand, Put, about, proposal, with_practice
from tests.approvals.executing import held_by
from tests.policies.approval.test_rules import Item
from tools.errors import Conflict
from tools.store import recoveries
from tools.workspace import Workspace

PASSWORD = "four unrelated quiet words"
FIX = ActionKind.LANDING_PAGE_FIX
FOUR_EYES = {"kinds": ["landing_page_fix"], "roles": ["marketing", "compliance"], "four_eyes": True}


def let_in(ws: Workspace, username: str, *, by: str = "mara") -> None:
    identity.use_link(ws, identity.create_link(ws, username, by=by), PASSWORD)


@pytest.fixture
def ws(workspace: Workspace) -> Workspace:
    """Two people must agree; everybody has a password already."""
    under = with_practice(workspace, approval_policy={"rules": [FOUR_EYES]})
    for username in ("mara", "theo", "inez"):
        let_in(under, username)
    return under


def enrol(ws: Workspace, username: str) -> None:
    totp.begin(ws, username)
    secret = totp.pending(ws, username)[0].replace(" ", "")
    identity.confirm_totp(ws, username, pyotp.TOTP(secret).at(ws.clock()))


def test_who_opened_an_account_again_cannot_approve_beside_it(ws: Workspace, put: Put, clock: Hand) -> None:
    first, other = put(proposal(subject="/hip"), ws=ws), put(proposal(subject="/knee"), ws=ws)
    let_in(ws, "inez")
    decide.approve(ws, first.id, by="mara", **about(first))
    decide.approve(ws, other.id, by="inez", **about(other))

    with pytest.raises(NotAllowed, match=r"mara opened the account of inez again, so until 2026-03-05 09:00 UTC both count as one person"):
        decide.approve(ws, first.id, by="inez", **about(first))
    with pytest.raises(NotAllowed, match="mara opened the account of inez"):
        decide.approve(ws, other.id, by="mara", **about(other))

    assert decide.approve(ws, first.id, by="theo", **about(first)).status is Status.APPROVED
    clock.forward(hours=72)
    assert run_steps(ws, first.id) == "done"
    with pytest.raises(NotAllowed):  # what was given in those days stays in doubt
        decide.approve(ws, other.id, by="mara", **about(other))


def test_three_days_later_it_counts_for_itself_again(ws: Workspace, put: Put, clock: Hand) -> None:
    let_in(ws, "inez")
    clock.forward(hours=72)
    action = put(ws=ws)
    decide.approve(ws, action.id, by="mara", **about(action))

    assert decide.approve(ws, action.id, by="inez", **about(action)).status is Status.APPROVED


def test_a_first_link_and_ones_own_are_no_recovery(workspace: Workspace, put: Put) -> None:
    ws = with_practice(workspace, approval_policy={"rules": [FOUR_EYES]})
    let_in(ws, "inez", by="mara")
    let_in(ws, "mara", by="system")
    let_in(ws, "mara", by="mara")
    action = put(ws=ws)
    decide.approve(ws, action.id, by="mara", **about(action))

    assert decide.approve(ws, action.id, by="inez", **about(action)).status is Status.APPROVED


def test_behind_an_authenticator_a_link_lets_nobody_in(ws: Workspace, put: Put) -> None:
    enrol(ws, "inez")
    let_in(ws, "inez")
    action = put(ws=ws)
    decide.approve(ws, action.id, by="mara", **about(action))

    assert decide.approve(ws, action.id, by="inez", **about(action)).status is Status.APPROVED


def test_an_authenticator_taken_away_by_a_colleague_is_a_recovery(ws: Workspace, put: Put) -> None:
    enrol(ws, "inez")
    identity.reset_totp(ws, "inez", by="mara")
    action = put(ws=ws)
    decide.approve(ws, action.id, by="mara", **about(action))

    with pytest.raises(NotAllowed, match="mara opened the account of inez"):
        decide.approve(ws, action.id, by="inez", **about(action))


def test_an_account_of_single_sign_on_was_in_use_without_a_password(workspace: Workspace, put: Put) -> None:
    oidc = {"issuer": "https://id.example.org", "client_id": "desk", "name": "Larkfield ID", "people": {"subject-7": "inez"}}
    ws = with_practice(workspace, approval_policy={"rules": [FOUR_EYES]}, sign_in={"oidc": oidc})
    let_in(ws, "inez")
    action = put(ws=ws)
    decide.approve(ws, action.id, by="mara", **about(action))

    with pytest.raises(NotAllowed, match="mara opened the account of inez"):
        decide.approve(ws, action.id, by="inez", **about(action))


def test_nor_may_they_approve_what_that_account_wrote(ws: Workspace, put: Put, clock: Hand) -> None:
    let_in(ws, "inez")
    clock.forward(hours=1)
    action = put(ws=ws)
    edited = decide.edit(ws, action.id, by="inez", changes={"body": "Ask for the name only."}, **about(action))

    with pytest.raises(NotAllowed, match="wrote or edited this item, or opened the account that did"):
        decide.approve(ws, action.id, by="mara", **about(edited))
    decide.approve(ws, action.id, by="theo", **about(edited))


def test_a_deputy_of_that_account_is_another_person(ws: Workspace, put: Put, clock: Hand) -> None:
    """Its owner lends the authority; who uses it is somebody nobody let in."""
    let_in(ws, "inez")
    delegate.delegate(ws, "inez", by="inez", deputy="pia", starts_at=clock.at, ends_at=clock.at + timedelta(days=3))
    action = put(ws=ws)
    decide.approve(ws, action.id, by="mara", **about(action))

    assert decide.approve(ws, action.id, by="pia", **about(action)).status is Status.APPROVED


def test_two_accounts_opened_by_one_colleague_are_one_person(ws: Workspace, put: Put) -> None:
    let_in(ws, "inez")
    let_in(ws, "theo")
    action = put(ws=ws)
    decide.approve(ws, action.id, by="theo", **about(action))

    with pytest.raises((NotAllowed, Conflict)):
        decide.approve(ws, action.id, by="inez", **about(action))


def test_a_class_is_not_raised_by_one_person_in_two_accounts(ws: Workspace) -> None:
    let_in(ws, "inez")
    asked = autonomy.ask(ws, FIX, Level.ACT, by="mara", limits=Limits(per_day=5))

    with pytest.raises(NotAllowed, match="inez and mara may be one person"):
        autonomy.agree(ws, asked.id, by="inez")


def test_a_recovery_that_is_seen_late_holds_the_item_before_it_is_executed(ws: Workspace, put: Put, clock: Hand) -> None:
    """Two transactions at one moment: the votes are weighed again at execution, with every recovery there is then."""
    action = put(ws=ws)
    decide.approve(ws, action.id, by="mara", **about(action))
    decide.approve(ws, action.id, by="inez", **about(action))
    with ws.database.write() as connection:
        recoveries.add(connection, "inez", by="mara", at=clock.at)

    assert run_steps(ws, action.id) == "held"
    assert "EXEC-DECISION" in held_by(ws, action)


def test_votes_that_may_be_of_one_hand_are_one_vote_in_any_order() -> None:
    needed = requirement([ApprovalRule.model_validate(FOUR_EYES)], Item(FIX))
    mara, theo = Vote("mara", "mara", ("marketing",)), Vote("theo", "theo", ("marketing",))
    inez = Vote("inez", "inez", ("compliance",), frozenset({"mara"}))

    for votes in ([mara, inez], [inez, mara]):
        assert not is_met(needed, votes, authors=())
        assert is_met(needed, [*votes, theo], authors=())
    assert is_met(needed, [inez, theo], authors=())
    assert not is_met(needed, [inez, theo], authors=("mara",))

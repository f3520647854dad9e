"""Who made a colleague a new way into their account counts with them as one person for three days, unless an authenticator stood before it."""

from datetime import timedelta

import pyotp
import pytest

from approvals import autonomy, decide, delegate, identity, tokens
from approvals.errors import NotAllowed
from approvals.execute import run_steps
from approvals.identity import totp
from policies.actions import Action, ActionKind, Status
from policies.approval.ladder import Level, Limits
from policies.approval.rules import ApprovalRule, requirement
from policies.approval.seats import Vote, is_met
from tests.approvals.conftest import BODY, Hand, Put, about, proposal, with_practice
from tests.approvals.executing import held_by
from tests.policies.approval.test_rules import Item
from tools.errors import NotFound
from tools.store import recoveries
from tools.workspace import Workspace

PASSWORD = "four unrelated quiet words"
FIX = ActionKind.LANDING_PAGE_FIX
FOUR_EYES = {"kinds": ["landing_page_fix"], "roles": ["marketing", "compliance"], "four_eyes": True}


IN_SLACK = [{**one, "slack_user": "U0INEZ"} if one["username"] == "inez" else one for one in BODY["people"]]


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


def approve(ws: Workspace, action: Action, *people: str) -> Action:
    for person in people:
        action = decide.approve(ws, action.id, by=person, **about(action))
    return action


def refused(ws: Workspace, action: Action, person: str, match: str = "count as one person") -> None:
    with pytest.raises(NotAllowed, match=match):
        decide.approve(ws, action.id, by=person, **about(action))


def test_who_opened_an_account_again_cannot_approve_beside_it(ws: Workspace, put: Put) -> None:
    first, other = put(proposal(subject="/hip"), ws=ws), put(proposal(subject="/knee"), ws=ws)
    let_in(ws, "inez")
    approve(ws, first, "mara")
    approve(ws, other, "inez")

    refused(ws, first, "inez", r"mara opened the account of inez again, so until 2026-03-05 09:00 UTC they count as one person")
    refused(ws, other, "mara", "mara opened the account of inez")

    assert approve(ws, first, "theo").status is Status.APPROVED


def test_what_nobody_objected_to_within_three_days_counts(ws: Workspace, put: Put, clock: Hand) -> None:
    action = put(ws=ws)
    let_in(ws, "inez")
    approve(ws, action, "inez")
    clock.forward(hours=71)
    refused(ws, action, "mara")
    clock.forward(hours=1)

    assert approve(ws, action, "mara").status is Status.APPROVED
    assert run_steps(ws, action.id) == "done"


def test_a_chain_of_accounts_is_one_person(ws: Workspace, put: Put, clock: Hand) -> None:
    """mara enters the account of theo, makes a link there, and uses it when the doubt about theo's is over."""
    let_in(ws, "theo", by="mara")
    clock.forward(hours=71)
    link = identity.create_link(ws, "inez", by="theo")
    clock.forward(hours=20)
    identity.use_link(ws, link, PASSWORD)
    action = put(ws=ws)
    approve(ws, action, "mara")

    refused(ws, action, "inez")
    asked = autonomy.ask(ws, FIX, Level.ACT, by="mara", limits=Limits(per_day=5))
    with pytest.raises(NotAllowed, match="may be one person"):
        autonomy.agree(ws, asked.id, by="inez")


def test_a_link_that_waits_behind_an_authenticator_lets_its_maker_in_when_the_authenticator_goes(
    ws: Workspace, put: Put, clock: Hand
) -> None:
    enrol(ws, "inez")
    let_in(ws, "inez", by="mara")
    clock.forward(days=9)
    identity.reset_totp(ws, "inez", by="theo")
    by_mara, by_theo = put(proposal(subject="/hip"), ws=ws), put(proposal(subject="/knee"), ws=ws)
    approve(ws, by_mara, "mara")
    approve(ws, by_theo, "theo")

    refused(ws, by_mara, "inez", "mara opened the account of inez")
    refused(ws, by_theo, "inez", "theo opened the account of inez")


def test_a_password_the_owner_has_chosen_since_is_nobody_elses(ws: Workspace, put: Put) -> None:
    enrol(ws, "inez")
    let_in(ws, "inez", by="mara")
    identity.use_link(ws, identity.create_link(ws, "inez", by="inez"), PASSWORD)
    identity.remove_totp(ws, "inez")
    action = put(ws=ws)
    approve(ws, action, "mara")

    assert approve(ws, action, "inez").status is Status.APPROVED


def test_an_account_that_a_link_let_in_without_a_password_was_in_use(workspace: Workspace, put: Put) -> None:
    """Passwords are off: an administrator breaks the glass, twice."""
    oidc = {"issuer": "https://id.example.org", "client_id": "desk", "name": "Larkfield ID", "people": {"subject-7": "theo"}}
    people = [{**one, "roles": [*one["roles"], "admin"]} for one in BODY["people"]]
    sign_in = {"oidc": oidc, "passwords": False}
    ws = with_practice(workspace, approval_policy={"rules": [FOUR_EYES]}, sign_in=sign_in, people=people)
    identity.use_link(ws, identity.create_link(ws, "inez", by="mara"), "")
    identity.revoke_all(ws, "inez", by="inez")
    identity.use_link(ws, identity.create_link(ws, "inez", by="mara"), "")
    action = put(ws=ws)
    approve(ws, action, "mara")

    refused(ws, action, "inez")


def test_no_token_and_no_deputyship_outlasts_the_days_of_doubt(ws: Workspace, clock: Hand) -> None:
    let_in(ws, "inez", by="mara")
    until = clock.at + timedelta(days=4)

    with pytest.raises(NotAllowed, match="mara opened this account again: a token can be made from 2026-03-05 09:00 UTC on"):
        tokens.create(ws, by="inez", name="crm", scopes=(tokens.Scope.DECIDE,))
    for deputy in ("mara", "pia"):
        with pytest.raises(NotAllowed, match="the account of inez was opened again"):
            delegate.delegate(ws, "inez", by="inez", deputy=deputy, starts_at=clock.at, ends_at=until)
    with pytest.raises(NotAllowed, match="the account of inez was opened again"):
        delegate.delegate(ws, "theo", by="mara", deputy="inez", starts_at=clock.at, ends_at=until)
    delegate.delegate(ws, "inez", by="inez", deputy=None, starts_at=clock.at, ends_at=until)
    clock.forward(days=3)
    tokens.create(ws, by="inez", name="crm", scopes=(tokens.Scope.DECIDE,))


def test_what_was_objected_to_does_not_count_when_the_days_are_over(ws: Workspace, put: Put, clock: Hand) -> None:
    action, other = put(proposal(subject="/hip"), ws=ws), put(proposal(subject="/knee"), ws=ws)
    let_in(ws, "inez", by="mara")
    approve(ws, action, "inez")
    identity.object_to_recovery(ws, "inez", by="inez")
    clock.forward(hours=80)

    refused(ws, action, "mara", "mara opened the account of inez")
    approve(ws, other, "inez")  # nobody has given her the account back yet
    refused(ws, other, "mara", "mara opened the account of inez")


def test_who_gets_the_account_back_by_somebody_else_counts_for_themself_again(ws: Workspace, put: Put, clock: Hand) -> None:
    before, after = put(proposal(subject="/hip"), ws=ws), put(proposal(subject="/knee"), ws=ws)
    let_in(ws, "inez", by="mara")
    approve(ws, before, "inez")
    clock.forward(hours=1)
    let_in(ws, "inez", by="system")
    approve(ws, after, "inez")

    assert approve(ws, after, "mara").status is Status.APPROVED
    clock.forward(hours=72)
    refused(ws, before, "mara", "mara opened the account of inez")
    tokens.create(ws, by="inez", name="crm", scopes=(tokens.Scope.DECIDE,))


def test_there_is_nothing_to_object_to_in_an_account_nobody_opened(ws: Workspace, clock: Hand) -> None:
    with pytest.raises(NotFound, match="nothing to object to"):
        identity.object_to_recovery(ws, "inez", by="inez")
    let_in(ws, "inez", by="mara")
    clock.forward(hours=72)
    with pytest.raises(NotFound, match="nothing to object to"):
        identity.object_to_recovery(ws, "inez", by="inez")


def test_an_authenticator_set_up_in_days_of_doubt_keeps_nobody_out_who_was_in(ws: Workspace, put: Put, clock: Hand) -> None:
    """mara may have photographed the secret: a later link of hers lets her in past it."""
    let_in(ws, "inez", by="mara")
    enrol(ws, "inez")
    clock.forward(hours=73)
    let_in(ws, "inez", by="mara")
    action = put(ws=ws)
    approve(ws, action, "mara")

    refused(ws, action, "inez", "mara opened the account of inez")


def test_an_account_that_acts_through_slack_or_was_acted_in_is_in_use(workspace: Workspace, put: Put) -> None:
    slack = {"bot_token_env": "SLACK_TOKEN", "signing_secret_env": "SLACK_SECRET"}
    in_slack = with_practice(
        workspace,
        approval_policy={"rules": [FOUR_EYES]},
        people=IN_SLACK,
        notifications={"desk_url": "https://desk.larkfield.example.com", "slack": slack},
    )
    acted = with_practice(workspace, approval_policy={"rules": [FOUR_EYES]})
    approve(acted, put(proposal(subject="/wrist"), ws=acted), "theo")
    for ws, person in ((in_slack, "inez"), (acted, "theo")):
        let_in(ws, person, by="mara")
        action = put(proposal(subject=f"/{person}"), ws=ws)
        approve(ws, action, "mara")
        refused(ws, action, person)


def test_a_member_of_slack_has_no_way_in_where_slack_is_not_set_up(workspace: Workspace, put: Put) -> None:
    ws = with_practice(workspace, approval_policy={"rules": [FOUR_EYES]}, people=IN_SLACK)
    let_in(ws, "inez", by="mara")
    action = put(ws=ws)
    approve(ws, action, "mara")

    assert approve(ws, action, "inez").status is Status.APPROVED


def test_what_was_written_before_the_account_was_opened_is_its_owners(ws: Workspace, put: Put, clock: Hand) -> None:
    action = put(ws=ws)
    edited = decide.edit(ws, action.id, by="theo", changes={"body": "Ask for the name only."}, **about(action))
    approve(ws, edited, "mara")
    assert approve(ws, edited, "inez").status is Status.APPROVED
    clock.forward(minutes=1)
    let_in(ws, "theo", by="mara")

    assert run_steps(ws, action.id) == "done"


def test_three_days_later_it_counts_for_itself_again(ws: Workspace, put: Put, clock: Hand) -> None:
    let_in(ws, "inez")
    clock.forward(hours=72)
    action = put(ws=ws)
    approve(ws, action, "mara")

    assert approve(ws, action, "inez").status is Status.APPROVED


def test_a_first_link_and_ones_own_are_no_recovery(workspace: Workspace, put: Put) -> None:
    ws = with_practice(workspace, approval_policy={"rules": [FOUR_EYES]})
    let_in(ws, "inez", by="mara")
    let_in(ws, "mara", by="system")
    let_in(ws, "mara", by="mara")
    action = put(ws=ws)
    approve(ws, action, "mara")

    assert approve(ws, action, "inez").status is Status.APPROVED


def test_behind_an_authenticator_a_link_lets_nobody_in(ws: Workspace, put: Put) -> None:
    enrol(ws, "inez")
    let_in(ws, "inez")
    action = put(ws=ws)
    approve(ws, action, "mara")

    assert approve(ws, action, "inez").status is Status.APPROVED


def test_an_authenticator_taken_away_by_a_colleague_is_a_recovery(ws: Workspace, put: Put) -> None:
    enrol(ws, "inez")
    identity.reset_totp(ws, "inez", by="mara")
    action = put(ws=ws)
    approve(ws, action, "mara")

    refused(ws, action, "inez", "mara opened the account of inez")


def test_an_account_of_single_sign_on_was_in_use_without_a_password(workspace: Workspace, put: Put) -> None:
    oidc = {"issuer": "https://id.example.org", "client_id": "desk", "name": "Larkfield ID", "people": {"subject-7": "inez"}}
    ws = with_practice(workspace, approval_policy={"rules": [FOUR_EYES]}, sign_in={"oidc": oidc})
    let_in(ws, "inez")
    action = put(ws=ws)
    approve(ws, action, "mara")

    refused(ws, action, "inez", "mara opened the account of inez")


def test_nor_may_they_approve_what_that_account_wrote(ws: Workspace, put: Put, clock: Hand) -> None:
    let_in(ws, "inez")
    clock.forward(hours=1)
    action = put(ws=ws)
    edited = decide.edit(ws, action.id, by="inez", changes={"body": "Ask for the name only."}, **about(action))

    refused(ws, edited, "mara", "mara opened the account of inez")
    approve(ws, edited, "theo")


def test_a_deputy_named_before_is_another_person(ws: Workspace, put: Put, clock: Hand) -> None:
    """Its owner lent the authority; who uses it is somebody nobody let in."""
    delegate.delegate(ws, "inez", by="inez", deputy="pia", starts_at=clock.at, ends_at=clock.at + timedelta(days=3))
    let_in(ws, "inez")
    action = put(ws=ws)
    approve(ws, action, "mara")

    assert approve(ws, action, "pia").status is Status.APPROVED


def test_two_accounts_opened_by_one_colleague_are_one_person(ws: Workspace, put: Put) -> None:
    let_in(ws, "inez")
    let_in(ws, "theo")
    action = put(ws=ws)
    approve(ws, action, "theo")

    refused(ws, action, "inez", "mara opened the account of inez.*with everybody else whose account mara opened")


def test_a_class_is_not_raised_by_one_person_in_two_accounts(ws: Workspace) -> None:
    let_in(ws, "inez")
    let_in(ws, "theo")
    both = with_practice(ws, people=[{**one, "roles": [*one["roles"], "admin"]} for one in BODY["people"]])
    for asker in ("mara", "theo"):
        asked = autonomy.ask(both, FIX, Level.ACT, by=asker, limits=Limits(per_day=5))
        with pytest.raises(NotAllowed, match=f"inez and {asker} may be one person"):
            autonomy.agree(both, asked.id, by="inez")
        autonomy.refuse(both, asked.id, by="theo")


def test_a_recovery_that_is_seen_late_holds_the_item_before_it_is_executed(ws: Workspace, put: Put, clock: Hand) -> None:
    """Two transactions at one moment: the votes are weighed again at execution, with every recovery there is then."""
    action = put(ws=ws)
    approve(ws, action, "mara", "inez")
    with ws.database.write() as connection:
        recoveries.opened(connection, "inez", by={"mara"}, at=clock.at)

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

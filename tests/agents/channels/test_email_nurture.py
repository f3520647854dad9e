from datetime import timedelta
from typing import Any

import pytest

from agents.channels.email_nurture import propose
from policies.actions import ActionKind, Proposal
from policies.records import Channel, Engagement, EngagementKind, LeadId, Track
from tests.agents.conftest import Check
from tests.agents.made import NOW, act, context, lead_of, practice, score
from tools.store.results import Prospect


def prospect(lead: str = "L-1", *, idle_days: float = 4, **changes: Any) -> Prospect:
    given = {"lead": lead, "track": Track.B2C_PATIENT, "service_line": "orthopaedics", "last_engaged_at": NOW - timedelta(days=idle_days)}
    return Prospect.model_validate(given | changes)


def steps(*prospects: Prospect, acts: tuple[Engagement, ...] = (), **changes: Any) -> list[Proposal]:
    given = {"prospects": prospects, "consented": lambda _: True, **changes}
    return propose(acts, context(Channel.EMAIL, **given))


@pytest.mark.parametrize("step", [0, 1, 2])
@pytest.mark.parametrize(
    ("track", "line"), [("b2c_patient", "orthopaedics"), ("b2c_patient", "dental"), ("b2b_referral", "physician_liaison")]
)
def test_every_nurture_mail_breaks_no_rule(step: int, track: str, line: str, check: Check) -> None:
    [mail] = steps(prospect(track=track, service_line=line, steps_done=step, last_step_at=NOW - timedelta(days=8) if step else None))

    assert check(mail) == {}
    assert mail.period == f"step-{step + 1}"
    assert mail.subject == f"L-1:{line}"


def test_a_mail_is_a_template_with_tokens_footer_and_opt_out() -> None:
    [mail] = steps(prospect())

    body = mail.content.body
    assert body.startswith("Hi {{first_name}},")
    assert practice().organisation.postal_address in body
    assert practice().organisation.legal_name in body
    assert "{{unsubscribe_url}}" in body
    assert mail.content.audience is not None
    assert mail.content.audience.lead == "L-1"
    assert "orthopaedics" not in mail.content.title.lower()  # a subject shows on a locked phone


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"consented": lambda _: False}, id="no consent"),
        pytest.param({"suppressed": lambda _: True}, id="suppressed"),
        pytest.param({"mqls": (score("L-1"),)}, id="an MQL belongs to sales"),
    ],
)
def test_nobody_is_written_to_who_may_not_be(changes: dict[str, Any]) -> None:
    assert steps(prospect(), **changes) == []


@pytest.mark.parametrize(
    "left_out",
    [
        pytest.param(prospect(steps_done=1, last_step_at=NOW - timedelta(days=6)), id="a mail this week"),
        pytest.param(prospect(steps_done=3, last_step_at=NOW - timedelta(days=30)), id="all three sent"),
        pytest.param(prospect(idle_days=57), id="idle for over eight weeks"),
    ],
)
def test_no_mail_is_due(left_out: Prospect) -> None:
    assert steps(left_out) == []


def test_an_mql_of_one_line_may_still_be_nurtured_for_another() -> None:
    assert len(steps(prospect(service_line="dental"), mqls=(score("L-1", "orthopaedics"),))) == 1


def test_without_a_baa_the_mail_is_blocked(catalogue: Any) -> None:
    from policies.actions import Gate
    from policies.check import check_action
    from tools.facts import sender_facts

    [mail] = steps(prospect())
    without = practice(destinations={"smtp": {"host": "localhost", "sender": "hello@harbor.example.com", "baa": False}})

    findings = check_action(
        catalogue,
        mail.kind,
        mail.content,
        gate=Gate.CHECK,
        sender=sender_facts(without, kind=mail.kind),
        states=mail.states,
        facts=mail.facts,
    )

    assert "HIPAA-164.504-BAA" in {finding.rule for finding in findings}


def test_the_state_of_the_lead_chooses_the_rules() -> None:
    [known] = steps(prospect(), attributes=lambda _: {"state": "FL"})
    [unknown] = steps(prospect())

    assert (known.states, unknown.states) == (("FL",), ("TX",))


@pytest.mark.parametrize("kind", [EngagementKind.BOUNCE, EngagementKind.UNSUBSCRIBE, EngagementKind.SPAM_REPORT])
def test_a_stop_becomes_a_suppression_and_no_mail(kind: EngagementKind, check: Check) -> None:
    stop = act(kind)

    [proposal] = steps(prospect(), acts=(stop, stop), lead_of=lead_of({stop.id: "L-1"}))

    assert (proposal.kind, proposal.subject, proposal.period) == (ActionKind.SUPPRESSION, "L-1", "2026-02")
    assert proposal.content.fields["reason"] == kind.value
    assert check(proposal) == {}


def test_a_stop_that_the_store_has_carried_out_already_is_not_proposed() -> None:
    stop = act(EngagementKind.UNSUBSCRIBE)

    assert steps(acts=(stop,), lead_of=lead_of({stop.id: "L-1"}), suppressed=lambda lead: lead == LeadId("L-1")) == []


def test_suppressions_come_before_mails_and_the_most_recently_active_before_the_rest() -> None:
    stop = act(EngagementKind.BOUNCE)

    found = steps(prospect("L-1", idle_days=9), prospect("L-2", idle_days=1), acts=(stop,), lead_of=lead_of({stop.id: "L-9"}))

    assert [one.subject for one in found] == ["L-9", "L-2:orthopaedics", "L-1:orthopaedics"]

"""The policy as it stands today: the practice's rules and people, who is away, who stands in.

`liaison policy lint` and the page /policy show it.
"""

from datetime import datetime

from sqlalchemy import Connection

from approvals.delegate import absent
from policies.approval.lint import Report, Somebody, StandsIn, lint
from tools.practice import Practice
from tools.store import delegations


def report(practice: Practice, connection: Connection | None, *, now: datetime) -> Report:
    """What the policy asks of each kind, and what is wrong with it. Without a store: the file alone, with the absences it names."""
    running = delegations.running(connection, at=now) if connection is not None else ()
    away = absent(practice, running, now=now)
    people = [Somebody(person.username, person.name, person.roles, person.username in away) for person in practice.people]
    deputies = [StandsIn(one.person, one.deputy, one.kinds) for one in running if one.deputy]
    directed = practice.escalation.marketing_director or any("marketing" in person.roles for person in practice.people)
    return lint(
        practice.approval_policy,
        people,
        deputies=deputies,
        states={place.state for place in practice.locations},
        director=bool(directed),
    )

"""Business hours and response times as practice.yaml states them; a mistake names its key."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import yaml

from policies.leads.sla import Sla, Term
from policies.records import Track
from tests.approvals.conftest import BODY
from tests.approvals.test_returns import LINES, LOCATION
from tools.errors import SettingsError
from tools.practice import Practice, load_practice

WHOLE = {**BODY, "locations": [LOCATION], "service_lines": LINES}
MONDAY = datetime(2026, 3, 2, 13, 30, tzinfo=UTC)  # 08:30 in Tampa


def loaded(tmp_path: Path, **changes: object) -> Practice:
    (tmp_path / "practice.yaml").write_text(yaml.safe_dump({**WHOLE, **changes}), encoding="utf-8")
    return load_practice(tmp_path)


def test_a_location_answers_on_its_own_hours(tmp_path: Path) -> None:
    hours = {"days": {"mon": "09:00-12:00, 13:00-17:00", "tue": "closed"}, "closed": [date(2026, 3, 9)], "federal_holidays": False}
    elsewhere = {**LOCATION, "key": "reno", "timezone": "America/Los_Angeles"}
    practice = loaded(tmp_path, locations=[{**LOCATION, "business_hours": hours}, elsewhere])

    tampa = practice.calendar("dental", "tampa")

    assert [f"{opens:%H:%M}" for opens, _ in tampa.opens(date(2026, 3, 2))] == ["14:00", "18:00"]
    assert not tampa.is_business_day(date(2026, 3, 3))
    assert not tampa.is_business_day(date(2026, 3, 9))
    assert practice.calendar("dental", "reno") == tampa, "reno serves no dental patients"
    assert practice.calendar("gone", None).zone.key == "America/New_York"


def test_a_line_may_state_its_own_response_times(tmp_path: Path) -> None:
    lines = [{**LINES[0], "response": {"accept_minutes": 3}}, {**LINES[2], "response": {"attempt_days": 4}}]
    practice = loaded(tmp_path, service_lines=lines)

    assert practice.sla("orthopaedics", Track.B2C_PATIENT) == Sla(Term(3), Term(15))
    assert practice.sla("physician_liaison", Track.B2B_REFERRAL) == Sla(Term(days=1), Term(days=4))
    assert practice.sla("gone", Track.B2C_PATIENT) == Sla(Term(30), Term(30))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"locations": [{**LOCATION, "business_hours": {"days": {"mon": "8-18"}}}]}, "locations.0.business_hours.*write 08:00-18:00"),
        ({"locations": [{**LOCATION, "business_hours": {"days": {"mon": "closed"}}}]}, "locations.0.business_hours.*at least one"),
        ({"locations": [{**LOCATION, "business_hours": {"days": {"monday": "08:00-18:00"}}}]}, "business_hours.days.monday"),
        ({"service_lines": [{**LINES[0], "response": {"accept_minutes": 0}}]}, "response.accept_minutes"),
        ({"service_lines": [{**LINES[0], "response": {"accept_minutes": 5, "accept_days": 1}}]}, "minutes or days, not both"),
        ({"escalation": {"sales_lead": "nobody"}}, "escalation.sales_lead: nobody is not a username under people"),
    ],
)
def test_a_mistake_names_its_key(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    with pytest.raises(SettingsError, match=told):
        loaded(tmp_path, **changes)

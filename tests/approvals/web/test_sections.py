"""Which sections each role sees in the navigation and may open."""

import re

import pytest

from tests.approvals.web.house import House

EVERYBODY = {"Queue", "Brief", "Tasks", "Rules", "Evidence", "Notices"}
STAFF = EVERYBODY | {"Runs", "Schedule", "Dead letters", "Health", "Pause"}
SELLING = {"Sales inbox", "Leads", "Practices", "Pictures"}


@pytest.mark.parametrize(
    ("name", "sections"),
    [
        ("mara", STAFF | SELLING | {"Audit", "Webhooks", "People"}),
        ("theo", STAFF | SELLING),
        ("inez", STAFF | {"Audit"}),
        ("sam", EVERYBODY | SELLING),
        ("ada", STAFF | SELLING | {"Audit"}),
    ],
)
def test_each_role_sees_and_opens_its_own_sections(house: House, name: str, sections: set[str]) -> None:
    person = house.signed_in(name)
    person.get("/")

    shown = dict(re.findall(r'<a href="(/[a-z-]+)"(?: aria-current="page")?>([A-Z][a-z ]+)</a>', person.page.split("</nav>")[0]))

    assert set(shown.values()) == sections | {"Approval policy", "Absence and deputies"}  # which are everybody's
    for path in (
        "/queue",
        "/inbox",
        "/leads",
        "/practices",
        "/tasks",
        "/runs",
        "/schedule",
        "/dead-letters",
        "/health",
        "/rules",
        "/evidence",
        "/audit",
        "/pause",
        "/people",
    ):
        assert person.get(path).status_code == (200 if path in shown else 403), path

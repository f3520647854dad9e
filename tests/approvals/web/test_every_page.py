"""Every page there is, in a real browser: for a screen reader, at any width, in both schemes; hostile words stay words, contacts sealed."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from sqlalchemy import insert, update

from approvals import comments
from policies.actions import ActionKind, Content
from policies.records import Contact
from tests.approvals.web.browsing import Visit
from tests.approvals.web.house import LEAD, House, keywords, proposal
from tests.approvals.web.test_pages import fill, routes
from tools.store.action_tables import action_versions, decisions, human_tasks
from tools.store.contacts import save_contacts
from tools.store.tables import dead_letters, jobs, lead_keys, runs
from tools.store.views import View, save_view

PEOPLE = ("mara", "inez", "sam", "ada")  # administrator and marketing, compliance, sales, auditor
WIDTHS = (320, 768, 2560)
SERIOUS = ("serious", "critical")
HOSTILE = "\"'><img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>{{7*7}}=cmd|' /C calc'!A0"
SQUEEZED = (
    "[...document.querySelectorAll('dd, td')].filter(e => e.checkVisibility() && e.innerText.trim().length > 3 && e.clientWidth < 30)"
    ".map(e => e.innerText).slice(0, 3)"
)
NAMES = ("Quilla", "Fenwright", "quilla.fenwright@example.org", "813-555-0142", "8135550142")


def pages_of(house: House, values: dict[str, str], username: str) -> list[str]:
    """Every address whose answer to this person is a whole page."""
    client = house.signed_in(username).client
    found = []
    for path in sorted(set(routes(house.app, "GET"))):
        if path.startswith(("/static", "/healthz", "/queue/events", "/welcome")):
            continue
        answer = client.get(path.format(**values))
        if answer.status_code == 200 and answer.text.lstrip().lower().startswith("<!doctype html"):
            found.append(path.format(**values))
    return found


def go(page: Page, path: str) -> None:
    """Open `path` and be there: a session that ended would lead to the sign-in page, which says nothing about this one."""
    page.goto(path)
    assert path.startswith("/signin") or "/signin" not in page.url, f"{path} led to {page.url}"


def complaints(page: Page) -> list[str]:
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


@pytest.fixture
def filled(house: House) -> dict[str, str]:
    values = {**fill(house), "token": "none"}
    with house.workspace.database.write() as connection:
        view = View(owner="mara", name="Quick ones", query="?risk=low", is_shared=True)
        save_view(connection, view, at=house.clock())
    return values


def axe_findings(page: Page, axe: Axe) -> list[str]:
    """What axe calls serious, as it is seen in the light; and in the dark, where nothing but colours can differ."""
    page.emulate_media(color_scheme="light")
    light = axe.run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate("axe.run({runOnly: ['color-contrast'], resultTypes: ['violations']})")["violations"]
    found = []
    for scheme, violations in (("light", light), ("dark", dark)):
        for violation in violations:
            if violation["impact"] in SERIOUS:
                nodes = "; ".join(f"{node['target']} {node['failureSummary'][:160]}" for node in violation["nodes"][:2])
                found.append(f"{scheme} {violation['id']}: {nodes}")
    return found


def too_wide(page: Page) -> list[str]:
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} px wide at {width}")
        if thin := page.evaluate(SQUEEZED):
            found.append(f"one letter a line at {width}: {thin}")
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_no_page_has_a_serious_finding_of_axe_scrolls_sideways_or_breaks_its_own_policy(
    house: House, visit: Visit, filled: dict[str, str]
) -> None:
    paths = [*pages_of(house, filled, "mara"), "/queue?kind=negative_keywords&mine=0", "/queue?shelf=done"]
    assert len(paths) > 25
    page, axe = visit(house, "mara", viewport={"width": 1280, "height": 900}), Axe()
    said = complaints(page)
    found: list[str] = []
    for path in paths:
        go(page, path)
        found += [f"{path}: {one}" for one in (*axe_findings(page, axe), *too_wide(page))]

    assert (found, said) == ([], [])


def hostile(house: House) -> None:
    """The same hostile words in every field a stranger, an export or a colleague can fill."""
    now = house.clock()
    fields: dict[str, Any] = {"campaign": HOSTILE, "review": HOSTILE}
    content = Content(title=HOSTILE, body=HOSTILE, fields=fields, destination=HOSTILE)
    for kind in (ActionKind.NEGATIVE_KEYWORDS, ActionKind.REVIEW_REPLY, ActionKind.VIDEO_METADATA, ActionKind.PROFILE_CORRECTION):
        house.propose(proposal(kind, f"hostile-{kind}", content=content, why=(HOSTILE,)))
    item = house.propose(keywords("commented"))
    comments.add(house.workspace, item.id, by="theo", version=1, text=HOSTILE)
    ws = house.workspace
    with ws.database.write() as connection:
        save_view(connection, View(owner="mara", name=HOSTILE[:60], query="?risk=low", is_shared=True), at=now)
        summary = {
            "channels": {"search": {"collected": 1, "duplicates": 0, "refused": 0, "scrubbed": 1, "status": "degraded", "reason": HOSTILE}}
        }
        run = {"id": "R-2", "channels": ["search"], "trigger": "cli", "as_of": now, "status": "failed", "started_at": now, "error": HOSTILE}
        connection.execute(insert(runs).values(**run, summary={**summary, "leads": 0, "mqls": 0}))
        sealed = {"key_id": "k1", "nonce": b"n", "ciphertext": b"c"}
        where = {"channel": "search", "source": "segment", "file": HOSTILE, "field": HOSTILE, "reason": HOSTILE, "mend": HOSTILE}
        connection.execute(insert(dead_letters).values(digest="d2", line=1, run="R-1", seen_at=now, **where, **sealed))
        connection.execute(
            insert(jobs).values(kind="redraft", subject=item.id, payload={}, status="failed", error=HOSTILE, not_before=now, created_at=now)
        )
        said = {"version": 1, "content_hash": item.content_hash, "verdict": "reject", "by": "theo", "role": "marketing", "reason": HOSTILE}
        connection.execute(insert(decisions).values(action=item.id, at=now - timedelta(days=1), **said))
        connection.execute(update(human_tasks).values(title=HOSTILE, body=HOSTILE, where=HOSTILE))
        connection.execute(update(action_versions).where(action_versions.c.action == item.id).values(why=[HOSTILE]))


def test_hostile_words_stay_words_on_every_page(house: House, visit: Visit, filled: dict[str, str]) -> None:
    hostile(house)
    paths = pages_of(house, filled, "mara")
    page = visit(house, "mara")
    said = complaints(page)
    found: list[str] = []
    with house.workspace.database.read() as connection:
        items = [f"/actions/{row[0]}" for row in connection.exec_driver_sql("SELECT id FROM actions")]
    for path in (*paths, *items, "/runs/R-2", "/queue?q=%3Cimg+src%3Dx%3E&mine=0"):
        go(page, path)
        if page.evaluate("window.hit !== undefined || document.querySelectorAll('img[src=x]').length > 0"):
            found.append(path)

    assert (found, said) == ([], [])


def test_no_page_shows_who_a_lead_is_to_anybody(house: House, filled: dict[str, str]) -> None:
    """A contact is shown by one answer alone: the reveal that its reader asked for, which is no GET."""
    ws, now = house.workspace, house.clock()
    key = ws.ring.match_key("email", NAMES[2])
    with ws.database.write() as connection:
        connection.execute(insert(lead_keys).values(match_key=key, lead=LEAD, added_at=now))
        contact = Contact(first_name=NAMES[0], last_name=NAMES[1], email=NAMES[2], phone=NAMES[3])
        save_contacts(connection, ws.ring, [((key,), contact)], now=now)
    shown: list[str] = []
    for username in PEOPLE:
        client = house.signed_in(username).client
        for path in sorted(set(routes(house.app, "GET"))):
            address = path.format(**filled) + ("?seconds=0" if path == "/queue/events" else "")
            answer = client.get(address)
            shown += [f"{username} {path}: {name}" for name in NAMES if name.encode() in answer.content]

    assert shown == []

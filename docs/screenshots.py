"""Pictures of the desk for the README, taken from the real pages over the sample practice: `python docs/screenshots.py`.

Runs every channel once in a home of its own that is removed afterwards, serves the desk on a free port, and opens it in Debian's Chromium.
"""

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TOP))
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip
WIDE, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=TOP / "docs" / "images")
    parser.add_argument("--home", type=Path, help="a home in which liaison run has finished; default: a new one")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        home = arguments.home or Path(scratch)
        if arguments.home is None:
            environment = {**os.environ, "LIAISON_HOME": str(home)}
            subprocess.run([sys.executable, "-m", "agents.cli", "run"], cwd=TOP, env=environment, check=True, stdout=subprocess.DEVNULL)
        with desk(home) as (workspace, url):
            take(workspace, url, arguments.out)


@contextmanager
def desk(home: Path) -> Iterator[tuple[Any, str]]:
    """The desk over `home`, served on a free port of loopback."""
    import uvicorn

    from agents.build import build_workspace
    from approvals.web.app import create_app
    from tools.clock import system_clock
    from tools.settings import Settings

    workspace = build_workspace(Settings(home=home), TOP / "examples" / "practice", system_clock)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(create_app(workspace), log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield workspace, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
    workspace.database.close()


def take(workspace: Any, url: str, out: Path) -> None:
    from playwright.sync_api import sync_playwright

    from approvals import identity
    from approvals.execute import run_steps
    from approvals.queue import list_actions
    from policies.actions import ActionKind, Status

    def first(*kinds: ActionKind, blocked: bool = False, findings: bool = False) -> str | None:
        """The first waiting item of these kinds, if the run made one; with `findings`, one the rules say something about."""
        statuses = [Status.BLOCKED] if blocked else [Status.QUEUED]
        with workspace.database.read() as connection:
            for kind in kinds or (None,):
                for action in list_actions(connection, statuses=statuses, kind=kind):
                    if not findings or any(finding.quote for finding in action.findings):
                        return action.id
        return None

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport=WIDE, device_scale_factor=1)

        def shoot(name: str, path: str | None = None, *, full: bool = False) -> None:
            if path:
                page.goto(url + path)
            page.screenshot(path=out / f"{name}.png", full_page=full)

        def enter(username: str) -> None:
            page.context.clear_cookies()
            page.goto(f"{url}/welcome/{identity.create_link(workspace, username, by='system')}")
            page.fill("#password", "four unrelated quiet words")
            page.fill("#again", "four unrelated quiet words")
            page.click("button.primary")

        shoot("signin", "/signin")
        admin = next(person.username for person in workspace.practice.people if "admin" in person.roles)
        enter(admin)
        shoot("queue", "/queue")
        for name, found in {
            "blocked": first(blocked=True),
            "action": first(ActionKind.VIDEO_METADATA, ActionKind.QUERY_COVERAGE, findings=True),
            "email": first(ActionKind.NURTURE_EMAIL),
            "handoff": first(ActionKind.MQL_HANDOFF),
        }.items():
            if found:
                shoot(name, f"/actions/{found}", full=True)
        for kind in (ActionKind.NEGATIVE_KEYWORDS, ActionKind.MQL_HANDOFF):
            found = first(kind)
            if found:
                page.goto(f"{url}/actions/{found}")
                page.click("#approve")
                run_steps(workspace, found)  # type: ignore[arg-type]
                shoot(f"receipt-{kind.value}", f"/actions/{found}", full=True)
        for name in ("tasks", "runs", "health", "audit", "people", "pause", "inbox"):
            shoot(name, f"/{name}")
        page.goto(f"{url}/runs")
        page.click("tbody a")
        shoot("run", full=True)
        page.set_viewport_size(PHONE)
        shoot("phone-queue", "/queue")
        found = first(ActionKind.VIDEO_METADATA, ActionKind.QUERY_COVERAGE, ActionKind.NURTURE_EMAIL)
        if found:
            shoot("phone-action", f"/actions/{found}", full=True)
        for name in ("runs", "health", "people", "audit", "tasks"):
            shoot(f"phone-{name}", f"/{name}")
        page.set_viewport_size(WIDE)
        seller = next((person.username for person in workspace.practice.people if "sales" in person.roles), None)
        if seller:
            enter(seller)
            page.click("#rows .title")
            page.click("#approve")
            shoot("lead", full=True)
        browser.close()


if __name__ == "__main__":
    main()

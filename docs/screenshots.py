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

    def first(kind: ActionKind, status: Status = Status.QUEUED) -> str:
        """The id of the first item of a kind; a blocked one is the one with the most words objected to."""
        with workspace.database.read() as connection:
            found = list_actions(connection, statuses=[status], kind=kind)
        if not found:
            raise SystemExit(f"the run made no {status} {kind}: the pictures need one; look at liaison queue list")
        return max(found, key=lambda action: sum(bool(finding.quote) for finding in action.findings)).id

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport=WIDE)

        def shoot(name: str, path: str | None = None, *, full: bool = False) -> None:
            if path:
                page.goto(url + path)
            page.screenshot(path=out / f"{name}.png", full_page=full)

        def enter(role: str) -> None:
            person = next(person for person in workspace.practice.people if role in person.roles)
            page.context.clear_cookies()
            page.goto(f"{url}/welcome/{identity.create_link(workspace, person.username, by='system')}")
            page.fill("#password", "four unrelated quiet words")
            page.fill("#again", "four unrelated quiet words")
            page.click("button.primary")

        enter("admin")
        shoot("queue", "/queue")
        shoot("blocked", f"/actions/{first(ActionKind.VIDEO_METADATA, Status.BLOCKED)}", full=True)
        shoot("email", f"/actions/{first(ActionKind.NURTURE_EMAIL)}", full=True)
        handoff = first(ActionKind.MQL_HANDOFF)
        page.goto(f"{url}/actions/{handoff}")
        page.click("#approve")
        run_steps(workspace, handoff)  # type: ignore[arg-type]
        shoot("receipt", f"/actions/{handoff}", full=True)
        page.goto(f"{url}/runs")
        page.click("tbody a")
        shoot("run", full=True)
        shoot("health", "/health")
        page.set_viewport_size(PHONE)
        shoot("phone", f"/actions/{first(ActionKind.NURTURE_EMAIL)}")
        page.set_viewport_size(WIDE)
        enter("sales")
        page.click("#rows .title")
        page.click("#approve")
        shoot("lead", full=True)
        shoot("leads", "/leads")
        page.click("tbody a")
        shoot("why", full=True)
        browser.close()


if __name__ == "__main__":
    main()

"""A real browser before a real socket: fixtures for what a person sees and presses."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from approvals import identity
from tests.approvals.web.house import PASSWORD, House

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Per module: Playwright's event loop counts as running in this thread until it is stopped, and other modules call `asyncio.run`."""
    if not CHROMIUM.exists():
        pytest.skip("Chromium is not installed: run deploy/test-deps.sh")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def site(house: House) -> Iterator[str]:
    """The desk on a free port; the socket listens before the server starts, so the first request waits in line."""
    import uvicorn

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        server = uvicorn.Server(uvicorn.Config(house.app, log_level="critical", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join()


@pytest.fixture
def visit(browser: Browser, site: str) -> Iterator[Visit]:
    """A new browser profile per call, already on the welcome page of `username` when one is named."""
    contexts: list[BrowserContext] = []

    def opened(house: House, username: str | None = None, **options: Any) -> Page:
        context = browser.new_context(base_url=site, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        if username:
            page.goto(f"/welcome/{identity.create_link(house.workspace, username, by='mara')}")
            set_password(page)
        return page

    yield opened
    for context in contexts:
        context.close()


def set_password(page: Page) -> None:
    """On the page of a one-time link."""
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Set the password and sign in").click()
    page.wait_for_url(re.compile("/(queue|inbox)"))

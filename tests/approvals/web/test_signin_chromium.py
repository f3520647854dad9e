"""Signing in with a real browser: an authenticator from its picture to the desk, and single sign-on at a real provider, with and without scripts."""

import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from approvals import identity
from approvals.web.app import create_app
from tests.approvals.web.house import PASSWORD, PRACTICE, House
from tests.servers.oidc_provider import OidcProvider, require_provider
from tools.clock import system_clock
from tools.practice import Practice
from tools.workspace import Workspace

pytestmark = pytest.mark.xdist_group("signin_chromium")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Listening before anything runs: the provider must know the desk's address before the desk knows the provider's."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        opened.listen()
        yield opened


@contextmanager
def served(listener: socket.socket, workspace: Workspace) -> Iterator[None]:
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(create_app(workspace), log_level="critical", access_log=False, proxy_headers=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


def address(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}"


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['target']}" for one in found if one["impact"] in ("serious", "critical")]


def test_an_authenticator_from_the_picture_to_the_desk(browser: Browser, listener: socket.socket, house: House) -> None:
    practice = Practice.model_validate({**PRACTICE, "sign_in": {"totp_for": ["compliance"]}})
    workspace = replace(house.workspace, practice=practice)
    link = identity.create_link(workspace, "inez", by="mara")
    errors: list[str] = []
    with served(listener, workspace), browser.new_context(base_url=address(listener)) as context:
        page = context.new_page()
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(f"/welcome/{link}")
        page.get_by_label("New password").fill(PASSWORD)
        page.get_by_label("The same again").fill(PASSWORD)
        page.get_by_role("button", name="Set the password and sign in").click()

        expect(page.get_by_role("heading", name="Set up an authenticator")).to_be_visible()
        expect(page.locator("svg.qr")).to_be_visible()
        assert serious(page) == []
        page.get_by_text("I cannot scan it").click()
        made = pyotp.TOTP(page.locator(".secret").inner_text().replace(" ", ""))
        page.get_by_label("Code").fill(made.at(house.clock()))
        page.get_by_role("button", name="Turn it on").click()
        expect(page.get_by_role("heading", name="Keep these recovery codes")).to_be_visible()
        recovery = page.locator(".codes li").first.inner_text()
        page.get_by_role("link", name="I have kept them").click()
        page.wait_for_url("**/queue")

        page.get_by_role("link", name="Inez Okafor").click()
        expect(page.get_by_text("this browser")).to_be_visible()
        assert serious(page) == []
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("User name").fill("inez")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name=re.compile("One more step"))).to_be_visible()
        page.get_by_label("Code").fill("000000")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_role("alert")).to_contain_text("not right")
        page.get_by_label("Code").fill(recovery)
        page.get_by_role("button", name="Continue").click()
        page.wait_for_url("**/queue")

        cookies = {cookie["name"]: cookie for cookie in context.cookies()}
        assert cookies["liaison_session"]["sameSite"] == "Strict"
        assert cookies["liaison_session"]["httpOnly"]
        assert "liaison_step" not in cookies
    assert [error for error in errors if "403" not in error] == []


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_single_sign_on_at_a_real_provider_and_out_of_both(
    browser: Browser, listener: socket.socket, house: House, monkeypatch: pytest.MonkeyPatch, scripts: bool
) -> None:
    require_provider()
    monkeypatch.setitem(os.environ, "TEST_OIDC_SECRET", "shared/with+the provider")
    accounts = {
        "theo": {"email": "theo@harborview.example.com", "email_verified": True},
        "eve": {"email": "eve@evil.example.org", "email_verified": True},
    }
    desk = address(listener)
    with OidcProvider(client="liaison", secret="shared/with+the provider", desk=desk, accounts=accounts) as provider:
        oidc = {"name": "Harborview ID", "issuer": provider.issuer, "client_id": "liaison", "client_secret_env": "TEST_OIDC_SECRET"}
        ways = {"oidc": {**oidc, "people": {"theo@harborview.example.com": "theo"}}}
        practice = Practice.model_validate({**PRACTICE, "sign_in": ways})
        workspace = replace(house.workspace, practice=practice, clock=system_clock)
        with served(listener, workspace), browser.new_context(base_url=desk, java_script_enabled=scripts) as context:
            page = context.new_page()
            page.goto("/queue")
            at_provider(page, "theo", scripts=scripts)
            page.wait_for_url("**/queue")
            expect(page.get_by_role("link", name="Theo Brandt")).to_be_visible()
            page.goto("/account")
            expect(page.get_by_text("with your organization's account")).to_be_visible()

            page.get_by_role("button", name="Sign out").click()
            expect(page.get_by_role("heading", name="You are signed out")).to_be_visible()
            page.get_by_role("link", name="Sign out of Harborview ID").click()
            page.get_by_role("button", name="Yes, sign me out").click()
            page.wait_for_url("**/signin")

            at_provider(page, "eve", scripts=scripts)
            expect(page.get_by_role("alert")).to_contain_text("not one of this practice's people")
            page.goto("/queue")
            expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def at_provider(page: Page, login: str, *, scripts: bool) -> None:
    """From our sign-in page to the provider's, and back; without scripts a person presses one button more."""
    page.get_by_role("button", name="Sign in with Harborview ID").click()
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()
    if not scripts:
        page.get_by_role("heading", name="Back from Harborview ID").wait_for()
        page.get_by_role("button", name="Continue").click()

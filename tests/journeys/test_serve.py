"""`liaison serve`, as its user meets it: one process, first link, approve in the page, the worker executes, Ctrl-C ends it."""

import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from tests.journeys.support import ROOT, environment, installed, liaison, open_home
from tools.store.audit import Event, entries


class Desk(NamedTuple):
    url: str
    link: str
    process: "subprocess.Popen[str]"
    env: dict[str, str]


@pytest.fixture
def desk(ran: tuple[Path, Path], tmp_path: Path) -> Iterator[Desk]:
    env = environment(tmp_path / "home", ran[0])
    installed("run", env=env)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-u", "-m", "agents.cli", "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    link = ""
    for line in process.stderr:
        if found := re.search(r"http://\S+/welcome/\S+", line):
            link = found.group()
            break
    drain = threading.Thread(target=process.stderr.read)
    drain.start()
    yield Desk(f"http://127.0.0.1:{port}", link, process, env)
    if process.poll() is None:
        process.kill()
    process.wait(10)
    drain.join(10)
    process.stderr.close()


def until(client: httpx2.Client, path: str, words: str) -> str:
    """The page, once it says `words`; fails after 30 seconds."""
    wait = threading.Event()
    for _ in range(300):
        try:
            page = client.get(path).text
        except httpx2.ConnectError:
            page = ""
        if words in page:
            return page
        wait.wait(0.1)
    raise AssertionError(f"{path} never said {words!r}")


def token(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found.group(1)


def test_from_the_first_link_to_an_executed_action_and_a_clean_end(desk: Desk) -> None:
    with httpx2.Client(base_url=desk.url, follow_redirects=True, timeout=20) as client:
        until(client, "/healthz", "ok")
        welcome = client.get(desk.link)
        password = "a long enough password"
        entered = client.post(desk.link, data={"csrf": token(welcome.text), "password": password, "again": password})
        assert entered.status_code == 200
        queue = client.get("/queue?kind=mql_handoff").text
        action = re.search(r"/actions/(A-[0-9a-f]{12})", queue)
        assert action, queue[-1500:]
        page = client.get(f"/actions/{action.group(1)}").text
        form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
        approved = client.post(f"/actions/{action.group(1)}/approve", data=form)
        assert approved.status_code == 200

        done = until(client, f"/actions/{action.group(1)}", "Done")

    assert "audit row" in done
    desk.process.send_signal(signal.SIGINT)
    assert desk.process.wait(30) in (0, 130)
    verified = liaison("audit", "verify", env=desk.env)
    assert verified.returncode == 0
    database = open_home(Path(desk.env["LIAISON_HOME"]))
    with database.read() as connection:
        links = [entry.detail["first"] for entry in entries(connection) if entry.event == Event.PERSON_LINK]
    database.close()
    assert links  # the sample's own first sign-in
    assert all(links)  # lets nobody into an account in use, so nobody is warned of it

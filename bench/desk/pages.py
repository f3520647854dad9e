"""The queue's page, as a browser asks for it, with a short and with a long queue behind it; and what the first page weighs."""

import re
import time
from collections.abc import Callable
from pathlib import Path

from starlette.testclient import TestClient

from approvals import identity
from approvals.web.app import create_app
from approvals.web.desk import COOKIE
from bench.desk import made
from tools.store.database import Database
from tools.workspace import Workspace

New = Callable[[str], Database]
ROUNDS = 200
SMALL = 1000
PASSWORD = "four unrelated quiet words"
ADDRESSES = {
    "as it opens": "/queue",
    "everybody's": "/queue?mine=0",
    "one kind": "/queue?kind=video_metadata&mine=0",
    "one channel, high risk": "/queue?channel=email&risk=high&mine=0",
    "what is done": "/queue?shelf=done",
    "what is closed": "/queue?shelf=closed",
}


def queue(new: New, home: Path, engine: str, *, queued: int, decided: int, small: int = SMALL, rounds: int = ROUNDS) -> None:
    """(p) p99 of the page with `queued` waiting and `decided` closed actions, beside the page with `small` of each."""
    asked: dict[str, dict[str, tuple[TestClient, str]]] = {}
    for name, waiting, over in (("small", small, small), ("large", queued, decided)):
        database = new(f"pages_{name}")
        started = time.perf_counter()
        made.fill(database, queued=waiting, decided=over)
        print(f"    filled {engine} with {waiting:,} waiting and {over:,} closed in {time.perf_counter() - started:.0f} s", flush=True)
        asked[name] = _asked(made.workspace(database, home / name))
    for title in asked["large"]:
        before, large = _p99s((asked["small"][title], asked["large"][title]), rounds)
        print(
            f"(p) {engine}, {title}: p99 {large * 1000:.1f} ms with {queued:,} waiting and {decided:,} closed (asked 100), "
            f"{large / before:.2f}x of {small:,} (asked 1.5x)"
        )


def weight(new: New, home: Path) -> None:
    """(w) Bytes of the first page and everything it asks for, as they are sent without compression."""
    database = new("weight")
    made.fill(database, queued=SMALL, decided=SMALL)
    client = _client(made.workspace(database, home / "weight"))
    page = client.get("/queue").text
    files = sorted(set(re.findall(r'(?:src|href)="(/static/[^"]+)"', page)))
    sizes = {path: len(client.get(path).content) for path in files}
    total = len(page.encode()) + sum(sizes.values())
    print(
        f"(w) first page: {total / 1000:.0f} kB in {len(files) + 1} answers (asked 150), the page itself {len(page.encode()) / 1000:.0f} kB"
    )


def _asked(ws: Workspace) -> dict[str, tuple[TestClient, str]]:
    client = _client(ws)
    link = re.search(r'href="(/queue\?[^"]*after=[^"]+)"', client.get("/queue?mine=0").text)
    deep = {"the next page": link[1].replace("&amp;", "&")} if link else {}
    others = {title: (client, address) for title, address in {**ADDRESSES, **deep}.items()}
    return {**others, "as it opens, to who decided all that is closed": (_client(ws, "theo"), "/queue")}


def _client(ws: Workspace, username: str = "mara") -> TestClient:
    client = TestClient(create_app(ws))
    client.cookies.set(COOKIE, identity.use_link(ws, identity.create_link(ws, username, by="mara"), PASSWORD).token)
    return client


def _p99s(pages: tuple[tuple[TestClient, str], ...], rounds: int) -> list[float]:
    """Seconds. The pages are asked for in turn, so that whatever else the machine does then (a checkpoint, a vacuum) delays them alike."""
    spent: list[list[float]] = [[] for _ in pages]
    for _ in range(rounds + 5):
        for times, (client, address) in zip(spent, pages, strict=True):
            started = time.perf_counter()
            answer = client.get(address)
            times.append(time.perf_counter() - started)
            if answer.status_code != 200:
                raise SystemExit(f"{address} answered {answer.status_code}")
    return [sorted(times[5:])[max(int(rounds * 0.99) - 1, 0)] for times in spent]

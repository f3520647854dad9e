"""`make bench-lighthouse`: Lighthouse's scores of the desk's pages, in Debian's Chromium on loopback, as on a computer and as on a phone."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from approvals import identity
from approvals.web.app import create_app
from approvals.web.desk import COOKIE
from bench.desk import made
from bench.desk.pages import PASSWORD, SMALL
from tools.store.database import open_database
from tools.workspace import Workspace

HERE = Path(__file__).parent / "lighthouse"
CHROMIUM = "/usr/bin/chromium"
FLAGS = "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run"
ASKED = {"performance": 95, "accessibility": 95, "best-practices": 95}
TRIES = 3
"""Its recording of a page load fails now and then, and asks to be run again (NO_NAVSTART)."""
DEVICES = {"computer": ("--preset=desktop",), "phone": ()}
"""Lighthouse's own profiles: its phone is slowed to a fourth of this machine and to a slow 4G network."""


def main() -> None:
    if not (HERE / "node_modules" / "lighthouse").is_dir() or not shutil.which("node"):
        raise SystemExit("Lighthouse is not installed: run make bench-lighthouse, which installs it, or install Node.js first")
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        ws = made.workspace(open_database(f"sqlite:///{home}/desk.db"), home)
        made.fill(ws.database, queued=SMALL, decided=SMALL)
        (item,) = made.propose(ws, 1, prefix="item")
        cookie = identity.use_link(ws, identity.create_link(ws, "mara", by="mara"), PASSWORD).token
        with served(ws) as address:
            for path in ("/queue", f"/actions/{item.id}", "/pictures", "/policy", "/signin"):
                for device, options in DEVICES.items():
                    scores = _scores(f"{address}{path}", home, options, None if path == "/signin" else cookie)
                    print(f"{'/'.join(path.split('/')[:2]):<10} {device:<9}", _told(scores), flush=True)
        ws.database.close()


def _told(scores: dict[str, int]) -> str:
    return ", ".join(f"{name} {score}{'' if score >= ASKED[name] else f' (asked {ASKED[name]})'}" for name, score in scores.items())


def _scores(address: str, home: Path, options: tuple[str, ...], cookie: str | None) -> dict[str, int]:
    """Each category's score, of 100."""
    report, headers = home / "report.json", home / "headers.json"
    headers.write_text(json.dumps({"Cookie": f"{COOKIE}={cookie}"} if cookie else {}))
    command = [
        "node", str(HERE / "node_modules" / "lighthouse" / "cli" / "index.js"), address, "--quiet", "--output=json", f"--output-path={report}",
        f"--only-categories={','.join(ASKED)}", f"--extra-headers={headers}", f"--chrome-flags={FLAGS}", "--disable-storage-reset", *options,
    ]  # fmt: skip
    for _ in range(TRIES):
        done = subprocess.run(command, check=False, env={**os.environ, "CHROME_PATH": CHROMIUM}, timeout=180)
        if done.returncode == 0:
            break
    else:
        raise SystemExit(f"Lighthouse failed {TRIES} times at {address}: its own words stand above")
    found = json.loads(report.read_text())
    if found.get("runtimeError") or found["finalDisplayedUrl"].partition("?")[0] != address:
        raise SystemExit(f"{address} led to {found['finalDisplayedUrl']}: {found.get('runtimeError')}")
    return {name: round(100 * found["categories"][name]["score"]) for name in ASKED}


@contextmanager
def served(ws: Workspace) -> Iterator[str]:
    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(create_app(ws), log_level="critical", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


if __name__ == "__main__":
    main()

"""A real OpenID Connect provider (npm `oidc-provider`, certified) on loopback, with its own pages; started by `node`, ends with the test."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

HERE = Path(__file__).parent / "oidc"


def require_provider() -> None:
    """Skips with the reason where the provider is not installed; fails where CI is set."""
    if shutil.which("node") and (HERE / "node_modules" / "oidc-provider").is_dir():
        return
    reason = "Node.js or the OpenID provider's packages are not installed: run deploy/test-deps.sh"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


class OidcProvider:
    """`issuer` once entered. `accounts`: login → claims; any password is right."""

    def __init__(self, *, client: str, secret: str, desk: str, accounts: dict[str, dict[str, Any]]) -> None:
        back, after = f"{desk}/signin/oidc/return", f"{desk}/signin"
        self._wanted = {"client": client, "secret": secret, "redirect": back, "after": after, "accounts": accounts}
        self.issuer = ""

    def __enter__(self) -> "OidcProvider":
        command = ["node", str(HERE / "provider.mjs"), json.dumps(self._wanted)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout
        lines = iter(self._process.stdout.readline, "")
        self.issuer = next((line.strip() for line in lines if line.startswith("http://")), "")
        assert self.issuer, "the provider ended before it listened"
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(timeout=30)
        self._process.stdout.close()

"""One call of `liaison check`, for tests: what it wrote and how it ended."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

from agents.commands.check import check
from agents.commands.check_output import Format

GUARANTEE = "FTC-CLAIM-GUARANTEE"
BLOCKED = "# Knees\n\nWe **guar**antee\nresults. Call us.\n"
CLEAN = "Our clinic is open on Mondays.\n"


class Ran:
    def __init__(self, *files: Path | str, stdin: str = "", form: Format = Format.JSON, **options: Any) -> None:
        stdout, stderr = StringIO(), StringIO()
        given: dict[str, Any] = {"practice": None, "states": ("TX",), **options}
        self.code = check([Path(one) for one in files], StringIO(stdin), stdout, stderr, form=form, **given)
        self.out, self.messages = stdout.getvalue(), stderr.getvalue()

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def log(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.out)
        return body

"""`liaison brief`: what changed and why, what was done, what waits, what failed, with money and risk. Reads only."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import TextIO

from tools.errors import SettingsError
from tools.workspace import Workspace

DEFAULT_SPAN = timedelta(days=7)


def brief(workspace: Workspace, *, since: datetime | None, as_json: bool, stdout: TextIO, html: Path | None = None) -> int:
    """Print the brief since `since` (aware; default one week back); `html` is written beside it. Always 0: what failed is in the output."""
    from tools.brief import text_of, weekly_brief
    from tools.brief_mail import html_of

    now = workspace.clock()
    written = weekly_brief(workspace, since or now - DEFAULT_SPAN, now)
    if html is not None:
        try:
            html.write_text(html_of(written), encoding="utf-8")
        except OSError as error:
            raise SettingsError(f"{html} cannot be written ({error.strerror}): name a file in a folder that exists") from None
    stdout.write(written.model_dump_json(indent=2) + "\n" if as_json else text_of(written))
    return 0

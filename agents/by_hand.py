"""What a person does at the command line: no password is asked for, so the audit log says that it was typed, and by whom of the operating system.

Whoever runs a command holds the database and the key ring and could write anything; a password would protect nothing.
"""

import os
import pwd
from dataclasses import replace

from tools.workspace import Workspace


def by_hand(ws: Workspace) -> Workspace:
    """The same workspace; every audit row it writes says `client: cli` and which user of the operating system it was."""
    return replace(ws, audit=ws.audit.through(client="cli", os_user=_os_user()))


def _os_user() -> str:
    """By the system's own table, not by a variable that anybody can set; a number where the table has no name (containers)."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"

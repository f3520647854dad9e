"""The workspace: everything one installation needs, built once in `agents/build.py` and handed down. Holds no logic."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.clock import Clock
from tools.keys import KeyRing
from tools.practice import Practice
from tools.settings import Settings
from tools.store.audit import AuditLog
from tools.store.database import Database

if TYPE_CHECKING:  # The rules and the scanner are heavy to import and only named here.
    from policies.phi.registry import Registry
    from policies.phi.scrub import Scrubber
    from policies.rules.catalogue import Catalogue


@dataclass(frozen=True)
class Workspace:
    """`directory` is the practice's own; `audit` writes inside the caller's transaction; `clock` gives aware UTC."""

    settings: Settings
    directory: Path
    practice: Practice
    database: Database
    ring: KeyRing
    audit: AuditLog
    clock: Clock
    catalogue: "Catalogue"
    scrubber: "Scrubber"
    registry: "Registry"

"""Executes one action in a process of its own, so that a test can kill it. Given its workspace as JSON."""

import json
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from approvals.due import run_due
from approvals.execute import run_steps
from policies.phi.scrub import Scrubber
from tools.clock import fixed_clock
from tools.keys import parse_ring
from tools.packs.phi import load_lexicon
from tools.packs.registry import registry_of
from tools.packs.rules import load_catalogue
from tools.practice import Practice
from tools.settings import Settings
from tools.store.audit import AuditLog
from tools.store.database import open_database
from tools.workspace import Workspace

given = json.loads(sys.argv[1])
home = Path(given["home"])
ring = parse_ring(given["ring"], where="the test")
practice = Practice.model_validate(given["practice"])
organisation = practice.organisation
workspace = Workspace(
    settings=Settings(home=home),
    directory=home,
    practice=practice,
    database=open_database(given["url"]),
    ring=ring,
    audit=AuditLog(ring, home / "audit.head"),
    clock=fixed_clock(datetime.fromisoformat(given["now"])),
    catalogue=load_catalogue(),
    scrubber=Scrubber(load_lexicon(), (organisation.name, organisation.phone, organisation.postal_address)),
    registry=registry_of(practice),
)
run_due(workspace, partial(run_steps, workspace))

"""Imported once by the process that `forked` starts others from: what every run imports and reads before it does anything."""

import langgraph.checkpoint.sqlite.aio  # noqa: F401

import agents.build
import agents.commands.run
import agents.graph  # noqa: F401
import tests.journeys.killed_run  # noqa: F401
from tools.packs.phi import load_lexicon

load_lexicon()

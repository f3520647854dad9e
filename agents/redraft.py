"""A redraft: a person asked the agent for another text. The new one is checked and waits for a decision like any other; it never executes."""

from agents.parts import Parts
from agents.prompts import INSTRUCTIONS
from approvals import decide
from policies.records import ActionId
from tools.errors import DraftRefused
from tools.llm import DraftRequest
from tools.store import actions

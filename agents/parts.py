"""The parts of one running installation, as `build.py` puts them together: the workspace, the scoring models, the drafter, the connectors."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from policies.leads.model import Model
from policies.records import Channel
from tools.channels import Connector
from tools.llm import Drafter
from tools.second_look import SecondLook
from tools.store.runs import Run
from tools.workspace import Workspace


@dataclass(frozen=True)
class Parts:
    """`models` gives those two people signed, asked anew each time: a process that runs for months must not score under a version that was replaced.
    `drafter` gives each run its own drafter (the money limit is per run): the playbook unless a language model is configured.

    `second_look` is the language model as second reader of what it or the playbook drafted; None = there is no model.
    `connectors` opens the practice's sources for one run: dates moved by `shift` (the sample practice), "future" judged by the run's `as_of`.
    """

    workspace: Workspace
    models: Callable[[Connection], Mapping[str, Model]]
    drafter: Callable[[Run | None], Drafter]
    second_look: Callable[[Run | None], SecondLook | None]
    connectors: Callable[[Run], Mapping[Channel, Connector]]
    shift: timedelta

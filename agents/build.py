"""Where parts are put together, and the only place: settings in, `Parts` out. Nothing is created by importing this module."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from agents.parts import Parts
from tools.clock import Clock, fixed_clock, system_clock
from tools.errors import SettingsError
from tools.keys import load_ring
from tools.log import configure
from tools.practice import Practice, load_practice
from tools.settings import Settings, load_settings
from tools.store.audit import AuditLog
from tools.store.database import Database, insert_new, open_database
from tools.store.tables import practice_state
from tools.workspace import Workspace

if TYPE_CHECKING:
    from tools.llm import Drafter
    from tools.second_look import SecondLook
    from tools.store.runs import Run

DATE_SHIFT = "date_shift_s"
PRACTICE_KEY = "practice"


@contextmanager
def open_parts(*, practice: Path | None = None, now: datetime | None = None, settings: Settings | None = None) -> Iterator[Parts]:
    """Everything one command needs, closed at the end. `now` fixes the clock (for `--now` and tests)."""
    settings = settings or load_settings()
    configure(settings.log_level)
    directory = practice or settings.practice
    clock = fixed_clock(now) if now else system_clock
    workspace = build_workspace(settings, directory, clock)
    try:
        yield build_parts(workspace)
    finally:
        workspace.database.close()


def build_workspace(settings: Settings, directory: Path, clock: Clock) -> Workspace:
    """Open the home: key ring, database, audit head. A home belongs to one practice; another one is refused."""
    from tools.packs.phi import scrubber_of
    from tools.packs.registry import registry_of
    from tools.packs.rules import load_catalogue

    found = load_practice(directory)
    os.umask(0o077)  # database, checkpoints and audit head are their owner's alone, whatever the folder's mode is made
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    ring = load_ring(settings.home, settings.keys.get_secret_value() if settings.keys else None)
    database = open_database(settings.database())
    _claim_home(database, found, settings.home)
    return Workspace(
        settings=settings,
        directory=directory,
        practice=found,
        database=database,
        ring=ring,
        audit=AuditLog(ring, settings.home / "audit.head"),
        clock=clock,
        catalogue=load_catalogue(tuple(directory / path for path in found.policies), as_of=clock().date()),
        scrubber=scrubber_of(found),
        registry=registry_of(found),
    )


def build_parts(workspace: Workspace) -> Parts:
    from tools.channels import open_connectors
    from tools.packs.models import live_models, load_models
    from tools.store.models import signed_models

    shift = date_shift(workspace)
    on_file = load_models(workspace.practice, workspace.directory)
    return Parts(
        workspace=workspace,
        models=lambda connection: live_models(workspace.practice, on_file, signed=signed_models(connection, workspace.practice)),
        drafter=lambda run: _drafter(workspace, run),
        second_look=lambda run: _second_look(workspace, run),
        connectors=lambda run: open_connectors(workspace.practice, workspace.directory, shift=shift, now=run.as_of),
        shift=shift,
    )


def date_shift(workspace: Workspace) -> timedelta:
    """How far the sample practice's dates are moved: fixed by the first run, reused ever after. Zero for a real practice."""
    sample = workspace.practice.sample
    if sample is None:
        return timedelta()
    today = workspace.clock().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = today - sample.last_event_at
    with workspace.database.write() as connection:
        row = {"key": DATE_SHIFT, "value": str(int(wanted.total_seconds()))}
        connection.execute(insert_new(connection, practice_state), [row])
        stored = connection.execute(select(practice_state.c.value).where(practice_state.c.key == DATE_SHIFT)).scalar_one()
    return timedelta(seconds=int(stored))


def _claim_home(database: Database, practice: Practice, home: Path) -> None:
    with database.write() as connection:
        connection.execute(insert_new(connection, practice_state), [{"key": PRACTICE_KEY, "value": practice.key}])
        owner = connection.execute(select(practice_state.c.value).where(practice_state.c.key == PRACTICE_KEY)).scalar_one()
    if owner != practice.key:
        database.close()
        raise SettingsError(f"{home} belongs to the practice {owner}, not {practice.key}: set LIAISON_HOME to another folder for this one")


def _drafter(workspace: Workspace, run: "Run | None") -> "Drafter":
    from agents.playbook import PlaybookDrafter

    if workspace.settings.openai_api_key is None:
        return PlaybookDrafter()
    from tools.llm import OpenAIDrafter

    return OpenAIDrafter(**_model_server(workspace, run))


def _second_look(workspace: Workspace, run: "Run | None") -> "SecondLook | None":
    if workspace.settings.openai_api_key is None:
        return None
    from tools.second_look import ModelSecondLook

    return ModelSecondLook(**_model_server(workspace, run))


def _model_server(workspace: Workspace, run: "Run | None") -> dict[str, Any]:
    """What `tools.llm_client.ModelClient` takes. Drafts and second looks of one run have the money limit each."""
    from tools.egress import Egress
    from tools.store.results import record_usage

    settings = workspace.settings
    return {
        "api_key": settings.openai_api_key,
        "base_url": settings.openai_base_url,
        "model": settings.openai_model,
        "timeout_s": settings.llm_timeout_s,
        "max_usd": settings.llm_max_usd_per_run,
        "egress": Egress(workspace.scrubber, workspace.database, workspace.clock),
        "record": lambda usage: record_usage(workspace.database, usage, at=workspace.clock(), run=run.id if run else None),
    }


# --- for LangGraph Studio and `langgraph dev` (langgraph.json): demo data, no saver of ours, nothing opened before the first node runs


def channel_run_graph() -> Any:
    """channel_run over the sample practice, compiled without a saver: `langgraph dev` brings its own."""
    from agents.graph import channel_run
    from agents.worker import demo_nodes, run_nodes

    return channel_run(demo_nodes(run_nodes)).compile(name="channel_run")


def action_run_graph() -> Any:
    """action_run on the sample practice's own home."""
    from agents.graph import action_run
    from agents.worker import action_nodes, demo_nodes

    return action_run(demo_nodes(action_nodes)).compile(name="action_run")

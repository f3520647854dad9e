"""Proposed and signed scoring models: immutable versions, live once a marketing and a sales person have signed the very same one."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from policies.leads.model import Model
from tools.errors import Conflict, NotFound
from tools.packs.models import SIGNING_ROLES, is_signed, live_models, load_models
from tools.practice import Practice
from tools.store.database import insert_new
from tools.store.tables import score_models, scores

IS_LIVE = scores.c.model.in_(select(score_models.c.id).where(score_models.c.live))
"""Rows of models that went out of force stay in `scores`; nobody keeps them up."""


class Version(NamedTuple):
    """A model and who signed it with `liaison model sign`; `live` = it scores now."""

    model: Model
    signed_by: tuple[str, ...]
    live: bool
    created_at: datetime


def versions(connection: Connection) -> list[Version]:
    """Every version ever proposed or used, oldest first."""
    rows = connection.execute(select(score_models).order_by(score_models.c.created_at, score_models.c.id))
    return [Version(Model.model_validate(row.body), tuple(one["by"] for one in row.signatures), row.live, row.created_at) for row in rows]


def propose_model(connection: Connection, model: Model, *, now: datetime) -> None:
    """Put a version on file, unsigned. The same version again changes nothing."""
    row = {"id": model.id, "name": model.name, "body": model.model_dump(mode="json"), "live": False, "signatures": [], "created_at": now}
    connection.execute(insert_new(connection, score_models), row)


def sign_model(connection: Connection, practice: Practice, model_id: str, *, by: str, now: datetime) -> Version:
    """Add the signature of `by` to exactly this version. Raises NotFound, or Conflict when `by` may not sign or has signed."""
    column = score_models.c
    row = connection.execute(select(score_models).where(column.id == model_id).with_for_update()).first()
    if row is None:
        raise NotFound(f"no model version {model_id} is on file: run liaison model list, or propose it with liaison model propose")
    person = practice.person(by)
    if person is None or not set(person.roles) & set(SIGNING_ROLES):
        raise Conflict(f"{by} may not sign {model_id}: it takes a person of practice.yaml with the role {' or '.join(SIGNING_ROLES)}")
    if by in (one["by"] for one in row.signatures):
        raise Conflict(f"{by} has already signed {model_id}: the other signature is still needed, or it is live")
    signed = [*row.signatures, {"by": by, "at": now.isoformat()}]
    connection.execute(update(score_models).where(column.id == model_id).values(signatures=signed))
    return Version(Model.model_validate(row.body), tuple(one["by"] for one in signed), row.live, row.created_at)


def models_in_force(connection: Connection, practice: Practice, directory: Path) -> dict[str, Model]:
    """The models that score this practice now, by name. Raises SettingsError when a model's file is missing or wrong."""
    return live_models(practice, load_models(practice, directory), signed=signed_models(connection, practice))


def hold_models(connection: Connection) -> None:
    """Nobody puts another version in force until this transaction ends: what is scored meanwhile is scored under what is in force."""
    connection.execute(select(score_models.c.id).order_by(score_models.c.id).with_for_update(read=True)).all()


def signed_models(connection: Connection, practice: Practice) -> list[Model]:
    """Per service line the version whose second signature is the newest."""
    newest: dict[str | None, tuple[str, Model]] = {}
    for row in connection.execute(select(score_models)):
        if is_signed(practice, tuple(one["by"] for one in row.signatures)):
            model, complete_at = Model.model_validate(row.body), max(one["at"] for one in row.signatures)
            if complete_at >= newest.get(model.service_line, ("", model))[0]:
                newest[model.service_line] = (complete_at, model)
    return [model for _, model in newest.values()]

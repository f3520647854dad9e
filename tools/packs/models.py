"""Scoring models from files: the shipped defaults, or the practice's own `models/<name>.yaml`, which wins. Knows files; the maths is in policies."""

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path

import yaml
from pydantic import ValidationError

import policies.leads
from policies.leads.model import Model
from policies.records import EngagementKind
from tools.errors import SettingsError
from tools.practice import Person, Practice

SHIPPED = Path(policies.leads.__file__).parent / "models"
SIGNING_ROLES = ("marketing", "sales")


def load_model_file(path: Path) -> Model:
    """Read one model, YAML or JSON. Raises SettingsError naming the file, the key and how to mend it."""
    try:
        return _model_of(path.read_bytes(), path)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}): name a scoring model, YAML or JSON") from None


@lru_cache(maxsize=64)  # by content: every page with a score reads its models, and parsing one takes 50 ms
def _model_of(content: bytes, path: Path) -> Model:
    try:
        body = yaml.safe_load(content.decode())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        raise SettingsError(f"{path}{f', line {mark.line + 1}' if mark else ''} is neither YAML nor JSON: mend its indentation") from None
    if not isinstance(body, dict):
        raise SettingsError(f"{path} is not a mapping of keys: start from a file that liaison model show prints")
    try:
        return Model.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "(whole file)"
        raise SettingsError(f"{path}: {key}: {_mend(first['type'], first.get('ctx', {}), first['msg'])}") from None


def _mend(kind: str, limits: Mapping[str, object], said: str) -> str:
    """What to write instead of what pydantic refused."""
    mends = {
        "missing": "this key is missing: add it",
        "extra_forbidden": "unknown key: remove it or correct its spelling",
        "greater_than_equal": f"write {limits.get('ge')} or more",
        "greater_than": f"write more than {limits.get('gt')}",
        "less_than_equal": f"write {limits.get('le')} or less",
        "less_than": f"write less than {limits.get('lt')}",
        "finite_number": "write a finite number",
        "float_type": "write a number",
        "float_parsing": "write a number",
    }
    return mends.get(kind, said.removeprefix("Value error, "))


def load_models(practice: Practice, directory: Path) -> dict[str, Model]:
    """The model of every service line of `practice`, signed or not, by name, in the practice's order of lines.

    A model that serves a second line is a model of its own (another id, so scores do not mix), under "<name>:<line>". Raises SettingsError when
    a file is missing or wrong, is for the other track, or scores an event that no channel knows.
    """
    models: dict[str, Model] = {}
    for line in practice.service_lines:
        path = model_path(line.model, directory)
        if not path.exists():
            raise SettingsError(
                f"{path} does not exist: service_lines.{line.key}.model names it; write it or choose one of {shipped_names()}"
            )
        model = for_line(load_model_file(path), name=line.model, line=line.key)
        if model.track != line.track:
            raise SettingsError(f"{path}: track: {model.track}, but service line {line.key} is {line.track}: use a model of that track")
        refuse_unsound(model, path)
        models[line.model if line.model not in models else f"{line.model}:{line.key}"] = model
    return models


def live_models(practice: Practice, models: Mapping[str, Model], *, signed: Iterable[Model] = ()) -> dict[str, Model]:
    """The models that may score: signed by two different people, one of marketing and one of sales. Unsigned ones are left out.

    `signed` are the versions signed with `liaison model sign` (`tools.store.models.signed_models`); one replaces the file's model of its line.
    A signature in practice.yaml under a bare name vouches for the shipped model of that name; a file of the practice's own is signed by id.
    """
    newer = {model.service_line: model for model in signed}
    chosen = {key: newer.get(model.service_line, model) for key, model in models.items()}
    return {key: model for key, model in chosen.items() if model.service_line in newer or is_signed(practice, signatures(practice, model))}


def signatures(practice: Practice, model: Model) -> tuple[str, ...]:
    """Who signed `model` in practice.yaml."""
    by_id = practice.model_signatures.get(model.id, ())
    return by_id or (practice.model_signatures.get(model.name, ()) if is_shipped(model) else ())


def is_shipped(model: Model) -> bool:
    shipped = _shipped(model.name)
    return shipped is not None and for_line(shipped, name=model.name, line=model.service_line).id == model.id


@cache
def _shipped(name: str) -> Model | None:
    path = SHIPPED / f"{name}.yaml"
    return load_model_file(path) if path.exists() else None


def for_line(model: Model, *, name: str, line: str | None) -> Model:
    """`model` as the model of one service line: part of its identity, so two lines never share a version."""
    return Model.model_validate(model.model_dump() | {"name": name, "service_line": line})


def is_signed(practice: Practice, signatures: tuple[str, ...]) -> bool:
    """Whether one marketing person and another, sales, person are among `signatures`; one person with both roles is one person."""
    signers = [person for name in dict.fromkeys(signatures) if (person := practice.person(name))]
    return any(_pair(a, b) for a in signers for b in signers if a.username != b.username)


def _pair(a: Person, b: Person) -> bool:
    marketing, sales = SIGNING_ROLES
    return marketing in a.roles and sales in b.roles


def model_path(name: str, directory: Path) -> Path:
    """The practice's own file if there is one, else the shipped one (which may not exist)."""
    own = directory / "models" / f"{name}.yaml"
    return own if own.exists() else SHIPPED / f"{name}.yaml"


def shipped_names() -> str:
    return ", ".join(sorted(path.stem for path in SHIPPED.glob("*.yaml")))


def refuse_unsound(model: Model, path: Path) -> None:
    """Raise SettingsError if one event alone makes an MQL, or the model scores an event that no channel knows: it would silently give no points."""
    known = {kind.value for kind in EngagementKind}
    for key, events in (
        ("intent_points", model.intent_points),
        ("fast_lane", model.fast_lane),
        ("disqualify_events", model.disqualify_events),
    ):
        if unknown := sorted(set(events) - known):
            raise SettingsError(f"{path}: {key}: {', '.join(unknown)} is no event that a channel collects: correct its spelling")
    if single := model.single_event_mqls:
        event, total = next(iter(single.items()))
        raise SettingsError(
            f"{path}: intent_points.{event}: one such event makes an MQL by itself ({total:g} of {model.threshold:g} points, with fit at f_min): "
            f"give it fewer points, cap its group, raise i_min or threshold, or list it under fast_lane if it is a request for a person"
        )

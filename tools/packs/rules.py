"""Reads rule packs: the shipped catalogue and a practice's own files. Refuses a pack that could silently allow something."""

import re
from collections.abc import Iterable
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from policies.rules.catalogue import Catalogue, catalogue_of
from policies.rules.limits import Limits
from policies.rules.rule import SHIPPED, Family, Rule
from tools.errors import SettingsError
from tools.packs.reader import load_reader

_DATA = "policies/rules/data/catalogue"


def load_catalogue(extra: tuple[Path, ...] = (), as_of: date | None = None) -> Catalogue:
    """The shipped rules plus those of `extra` files, compiled; with `as_of`, only rules in force that day.

    Raises SettingsError naming the file, the rule and the field: a bad pack is refused whole, because a skipped rule would allow what it forbids.
    """
    data = files("policies.rules") / "data"
    rules: list[Rule] = []
    for family in Family:
        where = f"{_DATA}/{family}.yaml"
        rules += _rules(_yaml((data / "catalogue" / f"{family}.yaml").read_text(encoding="utf-8"), where), where, SHIPPED)
    for path in extra:
        rules += load_pack(path)
    limits = Limits.model_validate(_yaml((data / "limits.yaml").read_text(encoding="utf-8"), "limits.yaml"))
    try:
        return catalogue_of(tuple(rule for rule in rules if as_of is None or rule.effective_on() <= as_of), limits, load_reader())
    except ValueError as error:
        raise SettingsError(str(error)) from None


def load_pack(path: Path) -> tuple[Rule, ...]:
    """The rules of one of a practice's own files, in its order. Raises SettingsError as `load_catalogue` does."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(f"{path} cannot be read as UTF-8 text: correct `policies` in practice.yaml or the file's rights") from None
    return tuple(_rules(_yaml(text, str(path)), str(path)))


def _yaml(text: str, where: str) -> Any:
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both loaders are the safe ones
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise SettingsError(f"{where}{f', line {mark.line + 1}' if mark else ''} is not YAML: mend its indentation or quotes") from None


def _rules(body: Any, where: str, context: dict[str, bool] | None = None) -> Iterable[Rule]:
    if not isinstance(body, list):
        raise SettingsError(f"{where} is not a list of rules: each rule starts with `- id:`")
    for number, row in enumerate(body, start=1):
        name = row.get("id") if isinstance(row, dict) else None
        where_rule = f"{where}: rule {name if isinstance(name, str) and re.fullmatch(r'[A-Z0-9.-]{3,61}', name) else f'number {number}'}"
        try:
            rule = Rule.model_validate(row, context=context)
            rule.effective_on()
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "(whole rule)"
            raise SettingsError(f"{where_rule}, {field}: {first['msg'].removeprefix('Value error, ')}") from None
        except ValueError:
            raise SettingsError(f"{where_rule}, effective: not a day of the calendar; write YYYY-MM-DD") from None
        yield rule

"""Reads rule packs: the shipped catalogue and a practice's own files. Refuses a pack that could silently allow something."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from policies.rules.catalogue import Catalogue, catalogue_of, refuse_repeated
from policies.rules.limits import Limits
from policies.rules.rule import SHIPPED, Family, Rule
from tools.errors import SettingsError
from tools.packs.reader import load_reader

MAX_BYTES = 1_000_000
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
    own: list[Rule] = []
    for path in extra:
        for rule in load_pack(path):
            if any(rule.id == other.id for other in (*rules, *own)):
                raise SettingsError(f"{path}: rule {rule.id} is defined twice: ids are stable and unique, rename the one in this file")
            own.append(rule)
    limits = Limits.model_validate(_yaml((data / "limits.yaml").read_text(encoding="utf-8"), "limits.yaml"))
    try:
        refuse_repeated(rules)
        known = (*rules, *own)
        in_force = tuple(rule for rule in known if as_of is None or rule.effective_on() <= as_of)
        catalogue = catalogue_of(in_force, limits, load_reader())
        return replace(catalogue, own=frozenset(rule.id for rule in own), not_in_force=len(known) - len(in_force))
    except ValueError as error:
        raise SettingsError(str(error)) from None


def load_pack(path: Path) -> tuple[Rule, ...]:
    """The rules of one of a practice's own files, in its order. Raises SettingsError as `load_catalogue` does."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SettingsError(f"{path} is larger than {MAX_BYTES:,} bytes: split it into several packs")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}): correct `policies` in practice.yaml or the file's rights") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path} is not UTF-8 text: save it as UTF-8") from None
    body = _yaml(text, str(path))
    try:
        _refuse_ambiguous(text, path)
    except RecursionError:
        raise SettingsError(f"{path} is nested too deeply: a pack is a list of rules") from None
    return tuple(_rules(body, str(path)))


def _refuse_ambiguous(text: str, path: Path) -> None:
    """A key written twice would silently take its last value, and an alias can unfold without end."""
    if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
        raise SettingsError(f"{path} uses a YAML alias (*name): write the value out in each rule")
    waiting = [yaml.compose(text, Loader=yaml.SafeLoader)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
        elif isinstance(node, yaml.MappingNode):
            counts = Counter(str(key.value) for key, _ in node.value)
            if twice := next((key for key, count in counts.items() if count > 1), None):
                line = node.start_mark.line + 1
                raise SettingsError(f"{path}, near line {line}: the key {str(twice)[:40]} is written twice in one place: keep one")
            waiting += [value for _, value in node.value]


def _yaml(text: str, where: str) -> Any:
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both loaders are the safe ones
    except (ValueError, RecursionError):  # a day that is in no calendar, a number of thousands of digits, nesting without end
        raise SettingsError(f"{where} holds a value that cannot be read: put days and long numbers in quotes, and nest less") from None
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
            raise SettingsError(f"{where_rule}, {_complaint(error)}") from None
        except ValueError:
            raise SettingsError(f"{where_rule}, effective: not a day of the calendar; write YYYY-MM-DD") from None
        yield rule


def _complaint(error: ValidationError) -> str:
    """The first mistake, or every missing field at once: somebody who writes a first rule should not learn of them one run at a time."""
    missing = [_field(one["loc"]) for one in error.errors() if one["type"] == "missing"]
    if len(missing) > 1:
        return f"{', '.join(missing)}: these fields are missing; docs/compliance.md has a whole rule to start from"
    first = error.errors()[0]
    return f"{_field(first['loc'])}: {first['msg'].removeprefix('Value error, ')}"


def _field(place: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in place) or "(whole rule)"

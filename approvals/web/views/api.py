"""The reference of the API, rendered from its own document: every operation with its scope, what it takes, and what it answers."""

from collections.abc import Iterator
from functools import cache
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from approvals.identity import Session
from approvals.web.api.app import document
from approvals.web.api.problems import MEANING, TITLES
from approvals.web.desk import desk_of, signed_in

router = APIRouter()
COMMON = ("401", "403", "422", "429", "500")


class Field(NamedTuple):
    """One thing an operation takes. `kind` is its type in words."""

    name: str
    place: str
    kind: str
    is_required: bool
    said: str


class Operation(NamedTuple):
    id: str
    method: str
    path: str
    summary: str
    said: str
    scope: str
    fields: tuple[Field, ...]
    answers: tuple[tuple[str, str], ...]


class Group(NamedTuple):
    name: str
    said: str
    operations: tuple[Operation, ...]


@router.get("/api")
def show(request: Request, me: Annotated[Session, Depends(signed_in)]) -> Response:
    found = document(request.app.state.api)
    return desk_of(request).page(
        request,
        "api.html",
        me=me,
        about=found["info"]["description"].split("\n\n"),
        groups=_groups(_Key(found)),
        common=COMMON,
        meaning=MEANING,
        titles=TITLES,
        base=str(request.base_url).rstrip("/"),
    )


class _Key:
    """A document as a key of the cache: it is made once per process."""

    def __init__(self, found: dict[str, Any]) -> None:
        self.found = found

    def __hash__(self) -> int:
        return hash(self.found["info"]["title"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.found == self.found


@cache
def _groups(key: _Key) -> tuple[Group, ...]:
    found = key.found
    groups: dict[str, list[Operation]] = {tag["name"]: [] for tag in found["tags"]}
    for path, methods in found["paths"].items():
        for method, one in methods.items():
            groups[one["tags"][0]].append(_operation(found, method, path, one))
    return tuple(Group(tag["name"], tag["description"], tuple(groups[tag["name"]])) for tag in found["tags"])


def _operation(found: dict[str, Any], method: str, path: str, one: dict[str, Any]) -> Operation:
    said = one["description"].rpartition("\n\n")[0]
    answers = tuple((status, answer["description"]) for status, answer in one["responses"].items() if status not in COMMON)
    fields = (*_parameters(found, one), *_body(found, one))
    return Operation(one["operationId"], method.upper(), f"/api{path}", one["summary"], said, one["x-scope"] or "", fields, answers)


def _parameters(found: dict[str, Any], one: dict[str, Any]) -> Iterator[Field]:
    for parameter in one.get("parameters", ()):
        kind = _kind(found, parameter["schema"])
        yield Field(parameter["name"], parameter["in"], kind, parameter.get("required", False), parameter.get("description", ""))


def _body(found: dict[str, Any], one: dict[str, Any]) -> Iterator[Field]:
    content = one.get("requestBody", {}).get("content", {})
    for media in content.values():
        schema = _resolved(found, media["schema"])
        for name, part in schema.get("properties", {}).items():
            yield Field(name, "body", _kind(found, part), name in schema.get("required", ()), part.get("description", ""))


def _resolved(found: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return found["components"]["schemas"][reference.rpartition("/")[2]] if reference else schema


def _kind(found: dict[str, Any], schema: dict[str, Any]) -> str:
    """A schema in a few words: "one of high, medium, low", "text, 1 to 500 characters"."""
    whole = _resolved(found, schema)
    if "anyOf" in whole:
        return " or ".join(_kind(found, part) for part in whole["anyOf"] if part.get("type") != "null")
    if "enum" in whole:
        return f"one of {', '.join(map(str, whole['enum']))}"
    match whole.get("type"):
        case "string":
            form = {"date-time": "a moment with its zone", "date": "a day"}.get(whole.get("format", ""), "text")
            most = f", at most {whole['maxLength']:,} characters" if "maxLength" in whole and form == "text" else ""
            return f"{form}{most}"
        case "integer" if "maximum" in whole and whole["maximum"] < 10_000:
            return f"a number, {whole.get('minimum', 0)} to {whole['maximum']}"
        case "integer" | "number":
            return "a number"
        case "boolean":
            return "true or false"
        case other:
            return str(other or "any value")

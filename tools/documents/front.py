"""Front matter: the YAML or TOML block before a page's text. Its title and description are copy; `liaison:` says how the page is to be checked."""

import re
import tomllib
from datetime import date
from typing import Any, NamedTuple

import yaml

from tools.documents.errors import Unreadable
from tools.documents.places import Copy, Writer

_YAML = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_COPY_FIELDS = ("title", "description")
_CLAIMS = ("kind", "state", "facts", "evidence")
_SHAPE = "liaison: {kind: …, state: …, facts: {…}, evidence: […]}"


class Front(NamedTuple):
    """`body` is the offset at which the page's own text begins."""

    copy: tuple[Copy, ...] = ()
    claims: dict[str, Any] = {}  # noqa: RUF012 - never changed
    body: int = 0


def read_front(source: Copy) -> Front:
    """The front matter of a page; an empty `Front` for a page without one.

    Raises Unreadable when the block cannot be parsed, because then nobody knows what the page is.
    """
    if found := _YAML.match(source.text):
        return _from_yaml(source, found)
    if found := _TOML.match(source.text):
        return _from_toml(source, found)
    return Front()


def _from_yaml(source: Copy, found: re.Match[str]) -> Front:
    shift = found.start(1)
    try:
        loader = yaml.SafeLoader(found[1])
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            return Front()  # a line of dashes that opens a text
        copy, claims = [], None
        for key, node in root.value:
            if key.value in _COPY_FIELDS and isinstance(node, yaml.ScalarNode) and not node.tag.endswith(":null"):
                copy.append(_piece(source, node.value, shift + node.start_mark.index, shift + node.end_mark.index))
            elif key.value == "liaison":
                claims = loader.construct_document(node)
        return Front(tuple(copy), _claims(claims), found.end())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise Unreadable("front matter is not YAML: mend its indentation or quotes, a text with a colon needs quotes", line) from None
    except (ValueError, RecursionError):
        raise Unreadable(f"front matter cannot be read: write {_SHAPE}, days as YYYY-MM-DD", 1) from None


def _from_toml(source: Copy, found: re.Match[str]) -> Front:
    try:
        body = tomllib.loads(found[1].replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise Unreadable("front matter is not TOML: mend its quotes and brackets", int(line[1]) + 1 if line else 1) from None
    except RecursionError:
        raise Unreadable("front matter is nested too deeply: flatten it", 1) from None
    copy = []
    for field in _COPY_FIELDS:
        if isinstance(value := body.get(field), str):
            hit = re.search(rf"^{field}[ \t]*=[ \t]*(.*)$", found[1], re.MULTILINE)
            start, end = hit.span(1) if hit else (0, len(found[1]))
            copy.append(_piece(source, value, found.start(1) + start, found.start(1) + end))
    return Front(tuple(copy), _claims(body.get("liaison")), found.end())


def _piece(source: Copy, value: str, start: int, end: int) -> Copy:
    writer = Writer()
    place = source.text.find(value, start, end)
    if place >= 0:
        writer.take(source, place, place + len(value))
    else:  # escapes or folded lines
        writer.put(value, source, start, end)
    return writer.done()


def _claims(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"`liaison` in the front matter is no mapping: write {_SHAPE}", 1)
    if any(name not in _CLAIMS for name in value):
        raise Unreadable(f"`liaison` in the front matter has an unknown field: it takes {', '.join(_CLAIMS)}", 1)
    return {name: _plain(one) for name, one in value.items()}


def _plain(value: Any) -> Any:
    """As JSON would hold it: YAML and TOML make days of what the rules read as text."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value

"""Front matter: the YAML or TOML block before a page's text. Its prose is copy, whatever the field; `liaison:` says how the page is to be checked.

Themes show fields of any name ("subtitle", "hero: {headline: …}"), so that every text with a space in it is read, nested ones too.
"""

import re
import tomllib
from collections import defaultdict, deque
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import yaml

from tools.documents.errors import Unreadable
from tools.documents.places import Copy, Writer

_YAML = re.compile(r"---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE)
_COPY_FIELDS = ("title", "description")
"""Copy even when it is a single word."""

MAX_LENGTH = 200_000
_NO_TEXT = frozenset(f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "timestamp"))
_LITERAL = re.compile(
    r'''"""(?:[^"\\]|\\.|"{1,2}(?!"))*+"{3,5}|'{3}(?:[^']|'{1,2}(?!'))*+'{3,5}|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*'|\#[^\n]*''', re.DOTALL
)
"""A text or a comment of TOML."""

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
    found = _YAML.match(source.text) or _TOML.match(source.text)
    if found and len(found[1]) > MAX_LENGTH:
        raise Unreadable(f"front matter holds over {MAX_LENGTH:,} characters: move its texts into the page", 1)
    if found and source.text.startswith("-"):
        return _from_yaml(source, found)
    return _from_toml(source, found) if found else Front()


class _Loader(yaml.SafeLoader):
    """Without aliases: a few lines of them unfold to more than a machine holds."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise Unreadable(f"front matter uses a YAML alias (*name): write the value out, as in {_SHAPE}", 1)
        return super().compose_node(parent, index)


def _from_yaml(source: Copy, found: re.Match[str]) -> Front:
    shift = found.start(1)
    try:
        loader = _Loader(found[1])
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            return Front()  # a line of dashes that opens a text
        copy: list[Copy] = []
        claims = None
        for key, node in root.value:
            if key.value == "liaison":
                claims = loader.construct_document(node)
                continue
            always = isinstance(key.value, str) and key.value.lower() in _COPY_FIELDS
            copy += [
                _piece(source, text.value, shift + text.start_mark.index, shift + text.end_mark.index)
                for text in (*_texts(key), *_texts(node, always=always))
            ]
        return Front(tuple(copy), _claims(claims), found.end())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise Unreadable("front matter is not YAML: mend its indentation or quotes, a text with a colon needs quotes", line) from None
    except (ValueError, RecursionError):
        raise Unreadable(f"front matter cannot be read: write {_SHAPE}, days as YYYY-MM-DD", 1) from None


def _texts(node: yaml.Node, *, always: bool = False) -> Iterator[yaml.ScalarNode]:
    """The texts below `node` that read like prose, keys too; `always` = also single words, in it and in a list in its place."""
    waiting = [(node, always)]
    while waiting:
        one, every = waiting.pop()
        if isinstance(one, yaml.ScalarNode):
            if one.tag not in _NO_TEXT and (every or _is_prose(one.value)):
                yield one
        elif isinstance(one, yaml.MappingNode):
            waiting += [(part, False) for pair in reversed(one.value) for part in reversed(pair)]
        else:
            waiting += [(part, every) for part in reversed(one.value)]


def _is_prose(text: str) -> bool:
    return len(text.split()) > 1


def _from_toml(source: Copy, found: re.Match[str]) -> Front:
    try:
        body = tomllib.loads(found[1].replace("\r\n", "\n"))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        raise Unreadable("front matter is not TOML: mend its quotes and brackets", int(line[1]) + 1 if line else 1) from None
    except (ValueError, RecursionError):
        raise Unreadable("front matter is nested too deeply, or has a number too long to read: mend it", 1) from None
    claims = body.pop("liaison", None)
    places = _places(found)
    copy = []
    for text in _toml_texts(body):
        start, end = places[text].popleft() if places[text] else found.span(1)
        copy.append(_piece(source, text, start, end))
    return Front(tuple(copy), _claims(claims), found.end())


def _toml_texts(body: dict[str, Any]) -> Iterator[str]:
    waiting = [(value, name.lower() in _COPY_FIELDS) for name, value in reversed(body.items())]
    while waiting:
        value, always = waiting.pop()
        if isinstance(value, str):
            if always or _is_prose(value):
                yield value
        elif isinstance(value, dict):
            waiting += [(part, False) for pair in reversed(value.items()) for part in reversed(pair)]
        elif isinstance(value, list):
            waiting += [(part, always) for part in reversed(value)]


def _places(found: re.Match[str]) -> dict[str, deque[tuple[int, int]]]:
    """Where in the page each text of a TOML block is written, in order: the parser does not say."""
    places: dict[str, deque[tuple[int, int]]] = defaultdict(deque)
    for hit in _LITERAL.finditer(found[1]):
        if not hit[0].startswith("#"):
            try:
                text = tomllib.loads(f"v = {hit[0]}".replace("\r\n", "\n"))["v"]
            except tomllib.TOMLDecodeError:
                continue  # a quote inside a comment or a key: the block as a whole was read
            places[text].append((found.start(1) + hit.start(), found.start(1) + hit.end()))
    return places


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

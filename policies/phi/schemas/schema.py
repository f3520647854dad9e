"""Default-deny reading: a schema says which fields of a payload are known and what may become of each; everything else is refused.

A field is kept (through a function that validates and coarsens), sealed (identity: only keyed hashes and the sealed contact come of it),
text (scrubbed), a URL (kept as the page it means; its remains are refused) or used (read by `collect`, never copied). Knows nothing of any vendor.
"""

import hashlib
import json
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from policies.phi.registry import Registry, normal, words
from policies.records import ScrubbedText

MAX_DEPTH = 16
MASKED_KEY = "[KEY]"  # stands in a JSON Pointer for a key that may itself be an identifier


class TextScrubber(Hashable, Protocol):
    def scrub(self, text: str) -> ScrubbedText: ...
    def knows(self, word: str) -> bool: ...


class Reader(NamedTuple):
    """What a parser may look values up in."""

    registry: Registry
    scrubber: TextScrubber
    match_key: Callable[[str, str], str]


Parse = Callable[[Any, Reader], Any]


class Use(Enum):
    KEEP = 1
    SEAL = 2
    TEXT = 3
    USED = 4
    URL = 5


class Field(NamedTuple):
    """`slot` is the name the builder reads the value by; `parse` returns None for a value it does not accept."""

    slot: str
    use: Use
    parse: Parse


class Seen:
    """What one payload gave. `values` are clean; `sealed` and `texts` are not and never leave the scrubber."""

    __slots__ = ("refused", "sealed", "texts", "values")

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.sealed: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.refused: list[str] = []


class _Step(NamedTuple):
    """What becomes of one key at one place: compiled once, looked up by the raw key ever after."""

    quick: int
    slot: str
    parse: Parse
    field: Field | None
    is_container: bool
    pointer: str  # from the nearest array element or the payload itself
    below: "_Plan"


# What a step does in the walk itself; a container, a text and a value that its parser does not accept take the longer way.
_QUICK_NO, _QUICK_KEEP, _QUICK_SEAL, _QUICK_TEXT, _QUICK_REFUSE, _QUICK_URL, _QUICK_USED = range(7)


def _nothing(value: Any, reader: Reader) -> None:
    return None


class _Plan(dict[str, _Step]):
    """The steps of one place in payloads, by raw key; filled as keys come."""

    def __init__(self, path: str, pointer: str) -> None:
        super().__init__()
        self.path = path
        self.pointer = pointer


PLAN_LIMIT = 20_000  # steps a schema remembers: whoever sends ever new keys pays for them each time, not with our memory


class Schema:
    """`paths` are full paths ("context.page.path", arrays are transparent); `names` are field names accepted at the top and inside any
    container of `inside`, at any depth. Keys are compared by letters and digits only, so `firstName`, `first_name` and `First Name` are one.

    Compiled lazily to a dictionary of steps by raw key: an event of known keys costs one look-up a key. Raises ValueError for a field whose
    use or parser is none of ours, naming the field.
    """

    def __init__(
        self, *, paths: Mapping[str, Field] | None = None, names: Mapping[str, Field] | None = None, inside: Iterable[str] = ()
    ) -> None:
        for name, field in (*(paths or {}).items(), *(names or {}).items()):
            if not isinstance(field, Field) or not isinstance(field.use, Use) or not callable(field.parse):
                raise ValueError(f"field {name} of a schema has an unknown type: declare it with keep, seal, text, url or USED")
        self._paths = {".".join(map(normal, path.split("."))): field for path, field in (paths or {}).items()}
        self._containers = {path.rsplit(".", depth)[0] for path in self._paths for depth in range(1, path.count(".") + 1)}
        self._names = {normal(name): field for name, field in (names or {}).items()}
        self._inside = frozenset(map(normal, inside))
        self._roots: dict[TextScrubber, _Plan] = {}  # by scrubber: which keys may be shown is its to say
        self._steps = 0

    @property
    def version(self) -> str:
        """12 hex digits over every field, its use, its slot and its parser's name: another schema has another version."""
        lines = [f"{kind}|{name}|{field.slot}|{field.use.name}|{field.parse.__qualname__}" for kind, name, field in self._declared()]
        return hashlib.sha256("\n".join((*sorted(lines), *sorted(self._inside))).encode()).hexdigest()[:12]

    def _declared(self) -> Iterator[tuple[str, str, Field]]:
        yield from (("path", name, field) for name, field in self._paths.items())
        yield from (("name", name, field) for name, field in self._names.items())

    def read(self, payload: Mapping[str, Any], reader: Reader) -> Seen:
        """Walk `payload` once; cost linear in its size."""
        seen = Seen()
        root = self._roots.get(reader.scrubber)
        if root is None or self._steps > PLAN_LIMIT:
            self._roots, self._steps = {}, 0
            root = self._roots[reader.scrubber] = _Plan("", "")
        self._walk(payload, root, "", reader, seen, 0)
        return seen

    def _walk(self, node: Mapping[str, Any], plan: _Plan, base: str, reader: Reader, seen: Seen, depth: int) -> None:
        if self._names and ("value" in node or "answer" in node or "field" in node) and (answer := _answer_in(node)):
            self._walk_answer(node, answer, plan, base, reader, seen, depth)
            return
        refused, look_up = seen.refused, plan.get
        slots = (seen.values, seen.values, seen.sealed, seen.texts, seen.values, seen.values)
        for key, value in node.items():
            step = look_up(key) or self._compiled(plan, key, reader)
            quick = step.quick
            if quick == _QUICK_REFUSE:  # a field that nobody declared
                if isinstance(value, _NODES) or (isinstance(value, str) and value[:1] in _OPENS):
                    _refuse(value, base + step.pointer, reader, seen, depth)
                else:
                    refused.append(base + step.pointer if base else step.pointer)
            elif quick == _QUICK_NO and isinstance(value, dict) and depth < MAX_DEPTH:
                self._walk(value, step.below, base, reader, seen, depth + 1)
            elif quick == _QUICK_NO or (quick == _QUICK_USED and isinstance(value, _NODES)):
                self._follow(step, value, base, reader, seen, depth)
            elif quick != _QUICK_USED and value is not None and value != "":
                parsed = step.parse(value, reader)
                if parsed is None or quick == _QUICK_TEXT:
                    self._follow(step, value, base, reader, seen, depth)
                    continue
                known = slots[quick].setdefault(step.slot, parsed)
                if quick == _QUICK_SEAL or (known is not parsed and known != parsed) or (quick == _QUICK_URL and not parsed.is_whole):
                    refused.append(base + step.pointer if base else step.pointer)

    def _walk_answer(
        self, node: Mapping[str, Any], answer: "_Answer", plan: _Plan, base: str, reader: Reader, seen: Seen, depth: int
    ) -> None:
        for key, value in node.items():
            if key == answer.value_key:
                # the question names the field; the pointer names the key it stands under
                step = self._made(normal(answer.name), plan, _join(plan.pointer, str(key), reader))
                self._follow(step, value, base, reader, seen, depth)
            elif key != answer.name_key:
                _refuse(value, base + _join(plan.pointer, str(key), reader), reader, seen, depth)

    def _compiled(self, plan: _Plan, key: Any, reader: Reader) -> _Step:
        step = self._made(normal(str(key)), plan, _join(plan.pointer, str(key), reader))
        if self._steps <= PLAN_LIMIT and isinstance(key, str):
            plan[key] = step
            self._steps += 1
        return step

    def _made(self, name: str, plan: _Plan, pointer: str) -> _Step:
        full = f"{plan.path}.{name}" if plan.path else name
        field = self._paths.get(full) or self._names.get(name) or self._names.get(_NUMBERED.sub("", name))
        is_container = full in self._containers or name in self._inside
        quick = _QUICK_NO if is_container else _QUICK_REFUSE if field is None else _QUICK[field.use]
        slot, parse = (field.slot, field.parse) if field else ("", _nothing)
        return _Step(quick, slot, parse, field, is_container, pointer, _Plan(full, pointer))

    def _follow(self, step: _Step, value: Any, base: str, reader: Reader, seen: Seen, depth: int) -> None:
        _, _, _, field, is_container, pointer, below = step
        if field is not None and not (is_container and isinstance(value, dict | list)):
            _take(field, value, base + pointer, reader, seen, depth)
            return
        if is_container:
            inside = base
            if isinstance(value, str) and (inner := _json_in(value)) is not None:
                value, below = inner, _Plan(below.path, f"{pointer}/!json")
            if self._enter(value, below, inside, reader, seen, depth):
                return
            pointer = below.pointer
        _refuse(value, base + pointer, reader, seen, depth)

    def _enter(self, value: Any, plan: _Plan, base: str, reader: Reader, seen: Seen, depth: int) -> bool:
        if depth >= MAX_DEPTH:
            return False
        if isinstance(value, dict):
            self._walk(value, plan, base, reader, seen, depth + 1)
            return True
        if isinstance(value, list):
            inner = _Plan(plan.path, "") if value else plan  # an element's pointer holds its index: its steps are not shared
            for index, item in enumerate(value):
                place = f"{base}{plan.pointer}/{index}"
                if not self._enter(item, inner, place, reader, seen, depth + 1):
                    _refuse(item, place, reader, seen, depth + 1)
            return True
        return value is None


_QUICK = {
    Use.KEEP: _QUICK_KEEP,
    Use.SEAL: _QUICK_SEAL,
    Use.TEXT: _QUICK_TEXT,
    Use.URL: _QUICK_URL,
    Use.USED: _QUICK_USED,
}
_NODES = (dict, list)  # isinstance with a tuple is twice as fast as with a union
_OPENS = ("{", "[", " ", "\t", "\n", "\r")  # how JSON inside a string may begin
_WRAPPERS = ("value", "label")  # {"email": {"value": …}} as HubSpot writes properties, {"choice": {"label": …}} as Typeform does


def _take(field: Field, value: Any, pointer: str, reader: Reader, seen: Seen, depth: int) -> None:
    is_scalar = not isinstance(value, dict | list)
    if value is None or value == "" or (field.use is Use.USED and is_scalar):
        return
    parsed = field.parse(value, reader)
    if parsed is not None and not (field.use is Use.TEXT and _json_in(parsed) is not None):
        _place(field, parsed, pointer, seen)
    elif is_scalar or depth >= MAX_DEPTH:
        _refuse(value, pointer, reader, seen, depth)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _take(field, item, f"{pointer}/{index}", reader, seen, depth + 1)
    else:
        wrapper = next((key for key in _WRAPPERS if key in value), None)
        for key, item in value.items():
            below = _join(pointer, str(key), reader)
            if key == wrapper:
                _take(field, item, below, reader, seen, depth + 1)
            else:
                _refuse(item, below, reader, seen, depth + 1)


def _place(field: Field, parsed: Any, pointer: str, seen: Seen) -> None:
    """Put a value into its slot: the first one wins, and another value for the same slot is refused like any field that does not come out."""
    use = field.use
    slots: dict[str, Any] = seen.sealed if use is Use.SEAL else seen.texts if use is Use.TEXT else seen.values
    is_kept = slots.setdefault(field.slot, parsed) == parsed
    if field.use is Use.SEAL or not is_kept or (field.use is Use.URL and not parsed.is_whole):
        seen.refused.append(pointer)


def _refuse(value: Any, pointer: str, reader: Reader, seen: Seen, depth: int) -> None:
    """List every leaf below `pointer`, entering strings that hold JSON."""
    if isinstance(value, str) and (inner := _json_in(value)) is not None:
        value, pointer = inner, f"{pointer}/!json"
    children: Iterable[tuple[str, Any]] = ()
    if depth < MAX_DEPTH:
        if isinstance(value, dict):
            children = ((_join(pointer, str(key), reader), item) for key, item in value.items())
        elif isinstance(value, list):
            children = ((f"{pointer}/{index}", item) for index, item in enumerate(value))
    empty = True
    for child, item in children:
        empty = False
        _refuse(item, child, reader, seen, depth + 1)
    if empty:
        seen.refused.append(pointer)


def _json_in(text: str) -> dict[str, Any] | list[Any] | None:
    stripped = text.strip()
    if stripped[:1] not in ("{", "["):
        return None
    try:
        value = json.loads(stripped)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


_NUMBERED = re.compile(r"^q\d+(?=[a-z])")  # JotForm numbers its questions: q4_email
_NAME_KEYS = ("name", "field", "label", "key", "ref", "question")
_VALUE_KEYS = ("value", "answer")


class _Answer(NamedTuple):
    name: str
    name_key: str
    value_key: str


def _answer_in(node: Mapping[str, Any]) -> _Answer | None:
    """Forms send answers as {"name": "email", "value": …} or, Typeform, {"field": {"ref": "email"}, "type": "email", "email": …}."""
    for value_key in _VALUE_KEYS:
        for name_key in _NAME_KEYS:
            if value_key in node and isinstance(node.get(name_key), str):
                return _Answer(node[name_key], name_key, value_key)
    field, kind = node.get("field"), node.get("type")
    if isinstance(field, dict) and isinstance(field.get("ref"), str) and isinstance(kind, str) and kind in node:
        return _Answer(field["ref"], "field", kind)
    return None


def _join(pointer: str, key: str, reader: Reader) -> str:
    return f"{pointer}/{shown_key(key, reader.scrubber)}"


# Words field names are made of: a key of these words is a field's name, not a person's.
_FIELD_WORDS = frozenset(
    words(
        """a account action address addresses age agent amount answer answers appointment appt args at attachment attachments attribution audio
    author avatar batch billing birth birthday body browser call callback called caller campaign campaigns card category cc channel chart
    chief child city click client code comment comments company complaint consent contact content context cookie cost count country county
    created creator currency custom customer data date day debug department description destination details device diagnosis display doctor
    driver duration dx email emails emergency employer encounter end error event events external extra fax fbclid field fields file first form
    format free from full gclid gender geo group guarantor guardian headers height hidden history home host html icd id identifier identity ids
    image info input insurance integrations internal ip item items key kind label lang language last lat latitude lead length level library
    license licence line list lng lon locale location long longitude mail maiden meta metadata mailing medical medication medium member message method
    middle mobile model mother mrn msclkid name names new next note notes npi null number object office old on option options order org
    organisation organization original other page params parent partner passport path patient patients payer payload payment person phone
    phones photo physician plan plate platform points policy position postal prescription primary profile properties property provider query question
    questions raw reason received recipient record recording ref reference referrer region relation relationship reply request response result
    results review reviewer room row rows sc score search secondary secret sender sent serial service session sex sid signature site size social
    source spouse ssn start state status street string subject subscriber symptom symptoms tag tags tel telephone term test text time timestamp
    title to token total tracking traits transcript treatment type u unknown updated url user username utm value values vehicle version video vin
    visit visitor voice web website weight work x y year zip zone"""
    )
)
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_PLAIN = re.compile(r"[\w .$-]+", re.ASCII)
_FIELD_STYLE = re.compile(r"[$_]*[a-z][A-Za-z0-9_.$-]{0,39}", re.ASCII)


@lru_cache(maxsize=4096)
def shown_key(key: str, scrubber: TextScrubber) -> str:
    """`key` as it may stand in a JSON Pointer (RFC 6901 escapes), or "[KEY]" when it does not read as a field's name.

    Vendors and visitors put identifiers into keys ({"jane@example.com": true}), so a key is shown only if it is made of field words, or is
    written like a field (lower case first, or half of it field words; no long number), the text scrubber knows every other word of it and
    sees no identifier in them.
    """
    parts = _WORDS.findall(key)
    numbers = [part for part in parts if part.isdigit()]
    letters = [part for part in parts if not part.isdigit()]
    if not parts or len(key) > 60 or not _PLAIN.fullmatch(key) or len(numbers) > 2 or any(len(number) > 2 for number in numbers):
        return MASKED_KEY
    known = sum(part.lower() in _FIELD_WORDS for part in letters)
    if known < len(letters):
        if not _FIELD_STYLE.fullmatch(key) and 2 * known < len(letters):
            return MASKED_KEY
        if not all(part.lower() in _FIELD_WORDS or len(part) < 3 or scrubber.knows(part) for part in letters):
            return MASKED_KEY
        phrase = " ".join(letters)
        if scrubber.scrub(phrase).spans or scrubber.scrub(phrase.title()).spans:
            return MASKED_KEY
    return key.replace("~", "~0").replace("/", "~1")

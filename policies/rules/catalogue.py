"""The rule catalogue as typed values: what a rule is, and the compiled set of them. Knows nothing of files, items or how a rule fires.

`policies/rules/data/catalogue.yaml` is the only list of rules; `tools/packs/rules.py` reads it. Ids are stable: never renumber, only retire.
"""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BeforeValidator, Field, field_validator, model_validator

from policies.actions import ItemKind, Severity
from policies.records import Record, canonical_json
from policies.rules.limits import Limits
from policies.rules.words import needed_words

_USPS = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX "
    "UT VT VA WA WV WI WY AS GU MP PR VI"
)
STATES = frozenset(_USPS.split())
"""USPS codes of the states, the District and the territories."""

_EVERYWHERE = frozenset({"US-FED", "US-ALL"})
_PLATFORM = "PLATFORM-"


class Family(StrEnum):
    """The body of law or policy a rule belongs to."""

    HIPAA = "hipaa"
    FTC = "ftc"
    CAN_SPAM = "can_spam"
    TCPA = "tcpa"
    AKS = "aks"
    STATE_BOARD = "state_board"
    FDA = "fda"
    PRIVACY = "privacy"
    PLATFORM = "platform"
    YMYL = "ymyl"


class Platform(StrEnum):
    GOOGLE = "GOOGLE"
    META = "META"
    YOUTUBE = "YOUTUBE"
    REVIEWS = "REVIEWS"


class Operator(StrEnum):
    EQ = "eq"
    NE = "ne"
    IN = "in"
    NOT_IN = "not_in"
    IS_TRUE = "is_true"
    NOT_TRUE = "not_true"
    IS_FALSE = "is_false"
    MISSING = "missing"
    EXISTS = "exists"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    HAS_OUTSIDE = "has_outside"
    LACKS_ANY = "lacks_any"


_TAKES_LIST = frozenset({Operator.IN, Operator.NOT_IN, Operator.HAS_OUTSIDE, Operator.LACKS_ANY})
_TAKES_NUMBER = frozenset({Operator.GT, Operator.GTE, Operator.LT, Operator.LTE})
_TAKES_NOTHING = frozenset({Operator.IS_TRUE, Operator.NOT_TRUE, Operator.IS_FALSE, Operator.MISSING, Operator.EXISTS})


class Condition(Record):
    """One test of one fact. `value` is a list for set operators, a number for comparisons, absent for the rest."""

    field: str = Field(min_length=1)
    op: Operator
    value: Any = None

    @model_validator(mode="after")
    def _value_fits(self) -> "Condition":
        if self.op in _TAKES_LIST and not (isinstance(self.value, list) and self.value):
            raise ValueError(f"operator {self.op} needs a list with at least one value")
        if self.op in _TAKES_NUMBER and (isinstance(self.value, bool) or not isinstance(self.value, int | float)):
            raise ValueError(f"operator {self.op} needs a number")
        if self.op in _TAKES_NOTHING and self.value is not None:
            raise ValueError(f"operator {self.op} takes no value")
        if self.op in {Operator.EQ, Operator.NE} and self.value is None:
            raise ValueError(f"operator {self.op} needs a value")
        return self


def _regex(source: object) -> object:
    if isinstance(source, str):
        try:
            compiled = re.compile(source, re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"the pattern does not compile: {error}") from None
        if compiled.search(""):
            raise ValueError("the pattern matches the empty text, so it would fire on every item")
    return source


Pattern = Annotated[str, BeforeValidator(_regex)]


class Detect(Record):
    """When a rule fires. `none_scope`: a negation must stand in the sentence of the claim; a statement the law prescribes may stand anywhere."""

    signal: str = Field(min_length=1)
    patterns_any: tuple[Pattern, ...] = ()
    patterns_none: tuple[Pattern, ...] = ()
    none_scope: Literal["sentence", "item"] = "sentence"
    conditions_all: tuple[Condition, ...] = ()
    fields: tuple[str, ...] = ()
    data: str | None = None

    @model_validator(mode="after")
    def _can_fire(self) -> "Detect":
        if not self.patterns_any and not self.conditions_all:
            raise ValueError("a rule needs patterns_any or conditions_all: this one could never fire")
        return self


class ClearedBy(Record):
    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()


class Example(Record):
    text: str = ""
    context: dict[str, Any] = Field(default_factory=dict)


class Examples(Record):
    violating: tuple[Example, ...] = Field(min_length=1)
    clean: tuple[Example, ...] = Field(min_length=1)


class Rule(Record):
    id: str = Field(pattern=r"^[A-Z][A-Z0-9.-]{2,60}$")
    family: Family
    title: str = Field(min_length=1)
    citation: str = Field(min_length=1)
    jurisdiction: str
    severity: Severity
    applies_to: tuple[ItemKind, ...] = Field(min_length=1)
    detect: Detect
    cleared_by: ClearedBy
    suggested_fix: str = Field(min_length=1)
    examples: Examples
    effective: str = Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")
    source: tuple[str, ...] = Field(min_length=1)
    verified: bool
    confidence: Literal["high", "medium", "low"]
    as_of: str
    notes: str = ""

    @field_validator("jurisdiction")
    @classmethod
    def _known_place(cls, value: str) -> str:
        for code in value.split(","):
            kind, _, place = code.partition("-")
            if code not in _EVERYWHERE and not (kind == "US" and place in STATES) and not (kind == "PLATFORM" and place in list(Platform)):
                raise ValueError(f"unknown jurisdiction {code}: write US-FED, US-ALL, US-XX or PLATFORM-GOOGLE, -META, -YOUTUBE, -REVIEWS")
        return value

    def effective_on(self) -> date:
        """First day in force; a month alone means its first day."""
        return date.fromisoformat(self.effective if len(self.effective) == 10 else f"{self.effective}-01")


class Trigger(NamedTuple):
    """A pattern and sets of words: every match holds at least one word of each set."""

    pattern: re.Pattern[str]
    needs: tuple[frozenset[str], ...]

    def may_match(self, lowered: str) -> bool:
        """False means the pattern cannot match; found many times faster than by the pattern itself."""
        for words in self.needs:
            for word in words:
                if word in lowered:
                    break
            else:
                return False
        return True


@dataclass(frozen=True)
class CompiledRule:
    """A rule ready to run. `states`, `platforms` empty and `everywhere` True = no limit of place."""

    rule: Rule
    any_of: tuple[Trigger, ...]
    none_of: tuple[re.Pattern[str], ...]
    everywhere: bool
    states: frozenset[str]
    platforms: frozenset[Platform]

    @classmethod
    def of(cls, rule: Rule) -> "CompiledRule":
        codes = rule.jurisdiction.split(",")
        return cls(
            rule=rule,
            any_of=tuple(Trigger(re.compile(source, re.IGNORECASE), needed_words(source)) for source in rule.detect.patterns_any),
            none_of=tuple(re.compile(source, re.IGNORECASE) for source in rule.detect.patterns_none),
            everywhere=bool(_EVERYWHERE.intersection(codes)),
            states=frozenset(code.removeprefix("US-") for code in codes if code.startswith("US-") and code not in _EVERYWHERE),
            platforms=frozenset(Platform(code.removeprefix(_PLATFORM)) for code in codes if code.startswith(_PLATFORM)),
        )


@dataclass(frozen=True)
class Catalogue:
    """Every rule in force, compiled once. `pack` names exactly what was applied: it is stored beside each action version."""

    rules: tuple[CompiledRule, ...]
    limits: Limits
    version: str
    hash: str
    by_kind: dict[ItemKind, tuple[CompiledRule, ...]]

    @property
    def pack(self) -> str:
        """ "<as_of>@<first 16 hex digits of the hash>", at most 80 characters."""
        return f"{self.version}@{self.hash[:16]}"

    def reads(self, kind: ItemKind, fields: Collection[str]) -> bool:
        """Does any rule for items of `kind` ask for one of these facts?"""
        return any(condition.field in fields for one in self.by_kind[kind] for condition in one.rule.detect.conditions_all)

    def rule(self, rule_id: str) -> Rule | None:
        return next((compiled.rule for compiled in self.rules if compiled.rule.id == rule_id), None)


def catalogue_of(rules: tuple[Rule, ...], limits: Limits) -> Catalogue:
    """The compiled catalogue; its hash covers every word of the rules and the limits, in order. Raises ValueError on a repeated id."""
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise ValueError(f"rule {rule.id} is defined twice: ids are stable and unique, rename the newer one")
        seen.add(rule.id)
    compiled = tuple(CompiledRule.of(rule) for rule in rules)
    body = {"rules": [rule.model_dump(mode="json") for rule in rules], "limits": limits.model_dump(mode="json")}
    return Catalogue(
        rules=compiled,
        limits=limits,
        version=max((rule.as_of for rule in rules), default="empty"),
        hash=hashlib.sha256(canonical_json(body).encode()).hexdigest(),
        by_kind={kind: tuple(one for one in compiled if kind in one.rule.applies_to) for kind in ItemKind},
    )

"""A rule of the catalogue as a typed value. Knows nothing of files, items or how a rule fires.

`policies/rules/data/catalogue/` is the only list of rules; `tools/packs/rules.py` reads it. Ids are stable: never renumber, only retire.
"""

from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from policies.actions import ItemKind, Severity
from policies.records import Record
from policies.rules.detectors import DETECTORS
from policies.rules.patterns import Pattern

_USPS = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX "
    "UT VT VA WA WV WI WY AS GU MP PR VI"
)
STATES = frozenset(_USPS.split())
"""USPS codes of the states, the District and the territories."""

EVERYWHERE = frozenset({"US-FED", "US-ALL"})
"""Jurisdictions without a limit of place."""


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


@lru_cache(maxsize=4096)
def pattern_of(source: str) -> Pattern:
    """The compiled pattern; eight states forbid the same superlatives in the same words, so each is compiled once."""
    return Pattern(source)


SHIPPED = {"shipped": True}
"""Validation context of the product's own packs: the test suite has run their patterns, so that loading need not compile them all."""


def _runs(source: object, info: ValidationInfo) -> object:
    if isinstance(source, str) and info.context is not SHIPPED:
        pattern_of(source).check()
    return source


Source = Annotated[str, BeforeValidator(_runs)]
"""A regular expression that is known to run safely."""


def _known(name: object) -> object:
    if isinstance(name, str) and name not in DETECTORS:
        raise ValueError(f"unknown detector {name[:40]}: write one of {', '.join(sorted(DETECTORS))}")
    return name


DetectorName = Annotated[str, BeforeValidator(_known)]


_IDENTIFIERS = ("hipaa_identifiers.yaml", "restricted_zip3.yaml")


class Detect(Record):
    """When a rule fires: a pattern or a detector hits, and every condition holds.

    `none_scope`: a negation must stand in the sentence of the claim; a statement the law prescribes may stand anywhere
    (`patterns_none_item`: a rule may have both). `detectors` hit with the
    rule's own severity, `suspects` with needs_review at most: wording that usually, not always, says what the rule is after.
    """

    signal: str = Field(min_length=1)
    patterns_any: tuple[Source, ...] = ()
    patterns_none: tuple[Source, ...] = ()
    none_scope: Literal["sentence", "item"] = "sentence"
    patterns_none_item: tuple[Source, ...] = ()
    conditions_all: tuple[Condition, ...] = ()
    detectors: tuple[DetectorName, ...] = ()
    suspects: tuple[DetectorName, ...] = ()
    fields: tuple[str, ...] = ()
    data: str | None = None

    @model_validator(mode="after")
    def _can_fire(self) -> "Detect":
        if not (self.reads_text or self.conditions_all):
            raise ValueError("a rule needs patterns_any, detectors or conditions_all: this one could never fire")
        return self

    @property
    def finds_data(self) -> bool:
        """Do its patterns find an identifier, which stands there whatever is said about it?"""
        return self.data in _IDENTIFIERS

    @property
    def reads_text(self) -> bool:
        """Must words of the text trigger it? False = facts alone do."""
        return bool(self.patterns_any or self.detectors or self.suspects)


class ClearedBy(Record):
    """Evidence keys. One of `any_of` and all of `all_of` clear the rule; a key in `only` clears no more than the triggers it names.

    A trigger is the place of a pattern in `patterns_any` (from 0) or the name of a detector. A photo release clears the photo, not the claim.
    """

    any_of: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    only: dict[str, tuple[int | str, ...]] = Field(default_factory=dict)


class Example(Record):
    text: str = ""
    context: dict[str, Any] = Field(default_factory=dict)


class Examples(Record):
    violating: tuple[Example, ...] = Field(min_length=1)
    clean: tuple[Example, ...] = Field(min_length=1)


class Rule(Record):
    """`why` is for people: what is at stake, in one plain sentence. `rewrite` is a sentence that may stand in place of the offending one."""

    id: str = Field(pattern=r"^[A-Z][A-Z0-9.-]{2,60}$")
    family: Family
    title: str = Field(min_length=1)
    citation: str = Field(min_length=1)
    jurisdiction: str
    severity: Severity
    applies_to: tuple[ItemKind, ...] = Field(min_length=1)
    detect: Detect
    cleared_by: ClearedBy
    why: str = ""
    suggested_fix: str = Field(min_length=1)
    rewrite: str = ""
    examples: Examples
    effective: str = Field(pattern=r"^\d{4}-\d{2}(-\d{2})?$")
    source: tuple[str, ...] = Field(min_length=1)
    verified: bool
    confidence: Literal["high", "medium", "low"]
    as_of: str = Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?$")
    notes: str = ""

    @field_validator("jurisdiction")
    @classmethod
    def _known_place(cls, value: str) -> str:
        for code in value.split(","):
            kind, _, place = code.partition("-")
            if code not in EVERYWHERE and not (kind == "US" and place in STATES) and not (kind == "PLATFORM" and place in list(Platform)):
                raise ValueError(f"unknown jurisdiction {code}: write US-FED, US-ALL, US-XX or PLATFORM-GOOGLE, -META, -YOUTUBE, -REVIEWS")
        return value

    @model_validator(mode="after")
    def _only_names_triggers(self) -> "Rule":
        triggers = {*range(len(self.detect.patterns_any)), *self.detect.detectors, *self.detect.suspects}
        for key, named in self.cleared_by.only.items():
            if key not in self.cleared_by.any_of:
                raise ValueError(f"cleared_by.only.{key} is not among any_of: add it there")
            if unknown := [one for one in named if one not in triggers]:
                raise ValueError(f"cleared_by.only.{key} names {unknown[0]}, which is no pattern or detector of this rule")
        return self

    def effective_on(self) -> date:
        """First day in force; a month alone means its first day."""
        return date.fromisoformat(self.effective if len(self.effective) == 10 else f"{self.effective}-01")

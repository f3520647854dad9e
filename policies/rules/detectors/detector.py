"""What a detector is: wording that patterns in the catalogue would have to repeat rule by rule, under one name that rules use."""

from collections.abc import Callable
from dataclasses import dataclass

from policies.rules.patterns import Span
from policies.rules.text import Text


@dataclass(frozen=True)
class Detector:
    """`finds` are expressions; a hit counts unless its sentence holds one of `unless` or the item one of `unless_item`, and `accepts` agrees.

    `says` is one plain sentence for people: what it takes the words to say. `itself`: the words are what may not be there (a name, an identifier),
    so no refusal around them takes them away.
    """

    name: str
    says: str
    finds: tuple[str, ...]
    unless: tuple[str, ...] = ()
    unless_item: tuple[str, ...] = ()
    accepts: Callable[[Text, Span], bool] | None = None
    itself: bool = False

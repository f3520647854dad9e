"""How much the scrubber finds and how much it takes too much, on hand-written and generated texts. Prints; `measure` is used by the tests too.

Entity recall: an identifier counts as found when every letter and digit of it is covered, whatever the label. Character precision: the share
of removed letters and digits that belong to an identifier. Leak: a text with any identifier not wholly covered. Touched: a clean text of which
anything was removed. Kept: of what must survive (names the practice has published; drugs, eponyms, brands and medical words of the lists) and
stands outside an identifier, the share left whole.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from bench.phi.frames import MARK, SETS
from policies.phi.lexicon import Lexicon, Weights, fold
from policies.phi.scrub import Scrubber
from tools.packs.phi import load_lexicon

OWN = (
    *("Elena Vega", "Marcus Oyelaran", "Priya Raman", "Thomas Lindqvist", "Lakeside Orthopedics", "Harbor Smiles Dental", "(312) 555-0142"),
    "https://lakeside-ortho.example",
)


class Labelled(NamedTuple):
    kind: str
    text: str
    spans: tuple[tuple[int, int, str], ...]


def parsed(line: str) -> Labelled:
    kind, _, marked = line.partition(" | ")
    marked = marked.replace("\\n", "\n")
    text, spans, at = "", [], 0
    for match in MARK.finditer(marked):
        text += marked[at : match.start()]
        spans.append((len(text), len(text) + len(match[2]), match[1]))
        text += match[2]
        at = match.end()
    return Labelled(kind.strip(), text + marked[at:], tuple(spans))


def hand_written(name: str) -> list[Labelled]:
    return [parsed(line) for line in (SETS / name).read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


class Figures(NamedTuple):
    texts: int
    entities: int
    recall: float
    precision: float
    leaking: float  # share of all texts
    touched: float  # share of the clean texts
    right_label: float  # of the identifiers, those that a span of their own label meets
    by_label: dict[str, tuple[int, int]]  # found, all
    by_kind: dict[str, tuple[int, int]]
    right_by_kind: dict[str, tuple[int, int]]  # removed characters that belong to an identifier, all that were removed
    kept: dict[str, tuple[int, int]]  # left whole, all
    misses: list[str]
    excess: list[str]


KEPT = re.compile(
    "|".join(re.escape(phrase) for phrase in sorted((*OWN, "Vega", "Oyelaran", "Raman", "Lindqvist"), key=len, reverse=True)), re.I
)
_ABROAD = re.compile(r"(?:\+(?!1\b)|00|0)[\d (]")


def must_survive(text: str, lexicon: Lexicon) -> Iterator[tuple[int, int, str]]:
    """(start, end, sort) of the practice's own names and of the listed words in `text`."""
    for match in KEPT.finditer(text):
        yield *match.span(), "own names"
    for match in re.finditer(r"[^\W\d_]+(?:'s)?", text):
        if fold(match[0].removesuffix("'s")) in lexicon.terms:
            yield *match.span(), "terms"


Spans = Callable[[str], Iterable[tuple[int, int, str]]]


def measure(texts: list[Labelled], spans_of: Spans) -> Figures:
    lexicon = load_lexicon()
    kept: Counter[str] = Counter()
    surviving: Counter[str] = Counter()
    labels: Counter[str] = Counter()
    found_labels: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    found_kinds: Counter[str] = Counter()
    right_kinds: Counter[str] = Counter()
    removed_kinds: Counter[str] = Counter()
    right = removed = leaking = clean = touched = named = 0
    misses, excess = [], []
    for entry in texts:
        covered = [False] * len(entry.text)
        found = list(spans_of(entry.text))
        for start, end, _ in found:
            covered[start:end] = [True] * (end - start)
        gold = [False] * len(entry.text)
        leaks = False
        for start, end, label in entry.spans:
            gold[start:end] = [True] * (end - start)
            whole = all(covered[at] for at in range(start, end) if entry.text[at].isalnum())
            if label == "PHONE" and _ABROAD.match(entry.text[start:end]):
                labels["PHONE abroad"] += 1
                found_labels["PHONE abroad"] += whole
            labels[label] += 1
            kinds[entry.kind] += 1
            found_labels[label] += whole
            named += any(first < end and start < last and label == own for first, last, own in found)
            found_kinds[entry.kind] += whole
            if not whole:
                leaks = True
                misses.append(f"{label}: {entry.text[start:end]!r} in {entry.text!r}")
        for start, end, sort in must_survive(entry.text, lexicon):
            if not any(gold[start:end]):
                surviving[sort] += 1
                kept[sort] += not any(covered[start:end])
        leaking += leaks
        counted = [at for at, char in enumerate(entry.text) if char.isalnum() and covered[at]]
        removed += len(counted)
        right += sum(gold[at] for at in counted)
        removed_kinds[entry.kind] += len(counted)
        right_kinds[entry.kind] += sum(gold[at] for at in counted)
        wrong = "".join(char if covered[at] and not gold[at] else "\0" for at, char in enumerate(entry.text))
        taken = [part for part in re.split("\0+", wrong) if any(char.isalnum() for char in part)]
        if taken:
            excess.append(f"{' | '.join(taken)!r} in {entry.text!r}")
        if not entry.spans:
            clean += 1
            touched += bool(counted)
    entities = sum(count for label, count in labels.items() if label != "PHONE abroad")
    whole_ones = sum(count for label, count in found_labels.items() if label != "PHONE abroad")
    return Figures(
        len(texts),
        entities,
        whole_ones / max(1, entities),
        right / max(1, removed),
        leaking / max(1, len(texts)),
        touched / max(1, clean),
        named / max(1, entities),
        {label: (found_labels[label], count) for label, count in sorted(labels.items())},
        {kind: (found_kinds[kind], count) for kind, count in sorted(kinds.items())},
        {kind: (right_kinds[kind], count) for kind, count in sorted(removed_kinds.items())},
        {sort: (kept[sort], count) for sort, count in sorted(surviving.items())},
        misses,
        excess,
    )


def shown(name: str, figures: Figures) -> str:
    parts = " ".join(f"{label} {found}/{count}" for label, (found, count) in figures.by_label.items())
    kinds = " ".join(f"{kind} {found / count:.3f}" for kind, (found, count) in figures.by_kind.items())
    left = " ".join(f"{sort} {found}/{count}" for sort, (found, count) in figures.kept.items())
    exact = " ".join(f"{kind} {right / max(1, removed):.3f}" for kind, (right, removed) in figures.right_by_kind.items())
    return (
        f"{name}: {figures.texts} texts, {figures.entities} identifiers: recall {figures.recall:.4f}, precision {figures.precision:.4f}, "
        f"texts with a leak {figures.leaking:.2%}, clean texts touched {figures.touched:.2%}\n  {parts}\n  recall by kind: {kinds}\n"
        f"  precision by kind: {exact}\n  kept: {left}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", help="files of tests/policies/phi/sets; none = all")
    parser.add_argument("--show", action="store_true", help="list each miss and each excess")
    parser.add_argument("--generated", type=int, default=0, help="texts per held-out template, on a fresh seed; give --weights with it")
    parser.add_argument(
        "--weights", type=Path, help="weights of another training (`train.py --part train`, `--without SET`) in place of the product's"
    )
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    lexicon = load_lexicon()
    if given.weights:
        held = json.loads(given.weights.read_text(encoding="utf-8"))
        lexicon = replace(lexicon, weights=Weights(held["bias"], held["features"]))
    scrubber = Scrubber(lexicon, OWN)

    def spans_of(text: str) -> list[tuple[int, int, str]]:
        return [(hit.start, hit.end, hit.label.value) for hit in scrubber.scrubbed(text).hits]

    names = given.sets or [] if given.generated else given.sets or sorted(path.name for path in SETS.glob("*.txt"))
    groups = {name: hand_written(name) for name in names}
    if given.generated:
        from bench.phi.generator import samples

        groups["templates held out"] = [Labelled(one.kind, one.text, one.spans) for one in samples(given.seed, given.generated, "held")]
    for name, texts in groups.items():
        figures = measure(texts, spans_of)
        print(shown(name, figures))
        if given.show:
            print(*(f"  MISS {line}" for line in figures.misses), *(f"  EXCESS {line}" for line in figures.excess), sep="\n")


if __name__ == "__main__":
    main()

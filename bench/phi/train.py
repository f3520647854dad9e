"""Train the tagger of names and towns on generated texts; writes `policies/phi/data/tagger.json`. Run: `make phi-train` (about 2 minutes, 3 GB).

Seeded and deterministic: the same templates, lists and library versions give the same file. Two regularised logistic regressions (liblinear) over
the features of `policies/phi/tagger.py`. To learn the surroundings and not only the lists, a part of the names, drugs and towns is hidden from the
lists while training, and ordinary words get typing errors.
"""

import argparse
import json
import random
import re
import sys
from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from bench.phi.generator import Sample, samples
from policies.phi.lexicon import Weights
from policies.phi.lines import is_free
from policies.phi.normalise import normalised
from policies.phi.scrub import Scrubber
from policies.phi.tagger import features
from policies.phi.tokens import ANY_NAME, NEW, TERM, TERM_NAME, TERM_ONLY, TOWN, TOWN_WORD, Token
from tools.packs.phi import load_lexicon

SEED = 20_261_126
MIN_SEEN = 4
MIN_WEIGHT = 0.04
HIDDEN_FROM_LISTS = 0.22
MISTYPED = 0.012
UNJUDGED = re.compile(r"\{(?:HOSPITAL|OWNDR|PRACTICE)\}")


def mistyped(sample: Sample, draw: random.Random) -> str:
    """The text with letters swapped in a few ordinary words."""
    out = list(sample.text)
    for match in re.finditer(r"[a-z]{5,}", sample.text):
        if draw.random() < MISTYPED and not any(start < match.end() and match.start() < end for start, end, _ in sample.spans):
            at = draw.randrange(match.start(), match.end() - 1)
            out[at], out[at + 1] = out[at + 1], out[at]
    return "".join(out)


def unlisted(token: Token) -> Token:
    """`token` as if it stood in no list."""
    return token._replace(bits=token.bits & ~(ANY_NAME | TERM | TOWN | TOWN_WORD), shape=NEW * 3 + token.shape % 3, candidate=True)


def examples(scrubber: Scrubber, drawn: Iterable[Sample], seed: int) -> Iterator[tuple[list[str], int]]:
    """(features, 0 other / 1 name / 2 town) of every candidate word."""
    draw, tagger = random.Random(seed), scrubber.tagger
    for sample in drawn:
        view = normalised(mistyped(sample, draw))
        if view.starts is not None:  # an escape was decoded: positions differ
            continue
        line = tagger.line(scrubber.spoken(view.text)[1])
        targets, tokens, hidden = [], list(line.tokens), set()
        for index, (word, start) in enumerate(zip(line.words, line.starts, strict=True)):
            label = next((label for first, end, label in sample.spans if first <= start < end), "")
            targets.append(1 if label == "NAME" else 2 if label == "LOCATION" else 3 if label else 0)
            kind = tokens[index].shape // 3
            if (targets[-1] in (1, 2) or kind in (TERM_ONLY, TERM_NAME)) and len(word) > 2 and draw.random() < HIDDEN_FROM_LISTS:
                tokens[index] = unlisted(tokens[index])
                hidden.add(index)
        line = line._replace(tokens=tokens)
        able = set(line.candidates) | {index for index in hidden if is_free(line.gaps, index)}
        judged = not UNJUDGED.search(sample.template)
        for index in range(len(tokens)):
            if index in able and targets[index] != 3 and (judged or targets[index] == 1):
                yield list(features(line, index)), targets[index]


def train(per_template: int, part: str, without: Collection[str] = ()) -> dict[str, object]:
    scrubber = Scrubber(replace(load_lexicon(), weights=Weights((0, 0), {})))
    numbers: dict[str, int] = {}
    entries, pointers, targets = array("l"), array("l", [0]), array("b")
    for found, target in examples(scrubber, samples(SEED, per_template, part, without), SEED):
        entries.extend(numbers.setdefault(key, len(numbers)) for key in found)
        pointers.append(len(entries))
        targets.append(target)
    matrix = csr_matrix(
        (numpy.ones(len(entries), dtype=numpy.float32), numpy.array(entries), numpy.array(pointers)), shape=(len(targets), len(numbers))
    )
    frequent = numpy.flatnonzero(numpy.asarray(matrix.sum(axis=0)).ravel() >= MIN_SEEN)
    matrix = matrix[:, frequent]
    names_of = list(numbers)
    columns = {names_of[number]: index for index, number in enumerate(frequent)}
    wanted = numpy.array(targets)
    print(f"{len(targets)} words, {len(columns)} features, {(wanted == 1).sum()} of names, {(wanted == 2).sum()} of towns", file=sys.stderr)
    fitted = []
    for target in (1, 2):
        model = LogisticRegression(solver="liblinear", C=0.1, max_iter=60, tol=1e-3, random_state=SEED)
        model.fit(matrix, wanted == target)
        fitted.append((float(model.intercept_[0]), model.coef_[0]))
    (name_bias, names), (town_bias, towns) = fitted
    kept = {
        key: [round(100 * float(names[index])), round(100 * float(towns[index]))]
        for key, index in columns.items()
        if max(abs(names[index]), abs(towns[index])) >= MIN_WEIGHT
    }
    return {"bias": [round(100 * name_bias), round(100 * town_bias)], "features": kept}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--per-template", type=int, default=60)
    parser.add_argument("--part", choices=("train", "all"), default="train")
    parser.add_argument("--without", nargs="*", default=(), help="sets of tests/policies/phi/sets that the model shall not meet")
    parser.add_argument("--out", type=Path, default=HERE.parents[1] / "policies" / "phi" / "data" / "tagger.json")
    given = parser.parse_args()
    held = train(given.per_template, given.part, given.without)
    given.out.write_text(json.dumps(held, separators=(",", ":"), sort_keys=True) + "\n", encoding="utf-8")
    print(f"{given.out.name}: {len(held['features'])} features, {given.out.stat().st_size / 1e6:.2f} MB", file=sys.stderr)

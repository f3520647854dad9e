"""Trains the second reader's weights from the template families and the sets that were read. Deterministic: the same inputs give the same bytes.

    train.py                cross-validate, then write policies/rules/data/reader.bin
    train.py --evaluate     cross-validate only: leave out one set (one writer) or one fold of template families at a time, never random paraphrases

The threshold is chosen on the predictions of the cross-validation: of the clean snippets no rule objects to, at most `HELD` are held.
"""

import argparse
import hashlib
import sys
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from agents.playbook import NURTURE_STEPS, PlaybookDrafter
from bench.compliance.accuracy import SETS, judge, snippets
from policies.actions import ActionKind, Gate, ItemKind, Verdict
from policies.check import verdict_of
from policies.rules.reader import BUCKETS, context_features, number_of, windows, word_features, words_of
from policies.rules.rule import Family
from policies.rules.text import text_of
from tools.llm import DraftRequest
from tools.packs.rules import load_catalogue

HELD = 0.12  # of clean snippets; the rules hold a few more. At 10 % the reader passes 3.7 % of the violations of a writer left out, at 12 % 2.9 %
FOLDS = 5
FAMILY_STRENGTH = 16.0  # names the right family for 81 % of the violations of a writer left out, 80 % at 4
TEMPLATES = HERE / "templates"
FILLED = 3  # examples made of each template
OWN = 6.0  # the weight of what the product drafts itself: a false alarm there comes back every day
WEIGHTS = ROOT / "policies/rules/data/reader.bin"


class Example(NamedTuple):
    """`group` is what cross-validation leaves out together: a set, or a fold of template families."""

    text: str
    kind: ItemKind
    violating: bool
    families: frozenset[str]
    group: str
    weight: float


def examples() -> list[Example]:
    read = [
        Example(one.item.text, one.item.kind, one.violating, one.families, name, OWN if name.startswith("own_") else 1.0)
        for name in sorted(path.stem for path in SETS.glob("*.jsonl") if not path.stem.startswith("test_"))
        for one in snippets(name)
        if one.item.text
    ]
    return [part for one in read + _from_templates() + _from_playbook() + _from_rewrites() for part in _as_read(one)]


def _as_read(example: Example) -> list[Example]:
    """Clean text is clean in every window the reader will meet; of a violating one nobody has said which window it is."""
    if example.violating:
        return [example]
    read = text_of(example.text)
    return [example._replace(text=read.folded[start:end]) for start, end in windows(read)]


def _from_templates() -> list[Example]:
    made: list[Example] = []
    slots = yaml.safe_load((TEMPLATES / "slots.yaml").read_text(encoding="utf-8"))
    for family in yaml.safe_load((TEMPLATES / "second_reader.yaml").read_text(encoding="utf-8")):
        fold = int(hashlib.sha256(family["id"].encode()).hexdigest(), 16) % FOLDS
        for number, template in enumerate(family["templates"]):
            for copy in range(FILLED):
                text = _filled(template, slots, f"{family['id']} {number} {copy}")
                kind = ItemKind(family["kinds"][(number + copy) % len(family["kinds"])])
                law = frozenset() if family["label"] == "clean" else frozenset({family["legal"]})
                made.append(Example(text, kind, family["label"] != "clean", law, f"templates {fold}", 0.25 / FILLED))
    return made


def _from_playbook() -> list[Example]:
    """The product's own replies, letters and pages: what it drafts is clean, in both languages."""
    facts = {
        "practice": "Harbor Care",
        "phone": "(512) 555-0100",
        "url": "https://harbor.example.com/knee",
        "line": "orthopaedics",
        "emergency": "911",
    }
    asked: list[tuple[ActionKind, ItemKind, str, dict[str, str], str]] = []
    for language, subject, tone in product(("en", "es"), range(12), ("low", "high")):
        given = {**facts, "tone": tone}
        asked += [
            (kind, ItemKind.REVIEW_REPLY, f"s-{subject}", given, language) for kind in (ActionKind.REVIEW_REPLY, ActionKind.COMMENT_REPLY)
        ]
    for track, step in product(("b2c_patient", "b2b_referral"), range(1, NURTURE_STEPS + 1)):
        asked.append((ActionKind.NURTURE_EMAIL, ItemKind.EMAIL, f"{track}-{step}", {**facts, "track": track, "step": str(step)}, "en"))
    texts: dict[str, ItemKind] = {}
    for kind, item, subject, given, language in asked:
        draft = PlaybookDrafter().draft(DraftRequest(kind=kind, subject=subject, instruction="-", facts=given, language=language))
        texts[f"{draft.title}\n\n{draft.text}".strip()] = item
    return [Example(text, item, False, frozenset(), "playbook", OWN) for text, item in texts.items()]


def _from_rewrites() -> list[Example]:
    """What the rules themselves propose to say instead."""
    rules = [one.rule for one in load_catalogue().rules if one.rule.rewrite]
    return [Example(rule.rewrite, kind, False, frozenset(), "rewrites", OWN) for rule in rules for kind in rule.applies_to]


def _filled(template: str, slots: dict[str, list[str]], seed: str) -> str:
    for name, fillers in slots.items():
        while f"{{{name}}}" in template:
            pick = int(hashlib.sha256(f"{seed} {name} {template}".encode()).hexdigest(), 16) % len(fillers)
            template = template.replace(f"{{{name}}}", str(fillers[pick]), 1)
    return template


def matrix(data: list[Example]) -> csr_matrix:
    rows, columns, values = [], [], []
    for row, one in enumerate(data):
        words = words_of(text_of(one.text).folded)
        value = 1 / np.sqrt(max(1, len(words)))
        buckets = [bucket for word in words for bucket in word_features(word)] + list(
            context_features([number_of(word) for word in words], one.kind)
        )
        rows += [row] * len(buckets)
        columns += buckets
        values += [value] * len(buckets)
    return csr_matrix((values, (rows, columns)), shape=(len(data), BUCKETS))


def fitted(features: csr_matrix, labels: np.ndarray, weights: np.ndarray, strength: float) -> LogisticRegression:
    return LogisticRegression(C=strength, max_iter=3000, class_weight="balanced").fit(features, labels, sample_weight=weights)


def cross_validated(data: list[Example], features: csr_matrix, strength: float) -> np.ndarray:
    """For every example the risk given by a model that saw nothing of its group."""
    labels = np.array([one.violating for one in data])
    weights = np.array([one.weight for one in data])
    groups = np.array([one.group for one in data])
    risk = np.zeros(len(data))
    for group in sorted(set(groups)):
        out = groups == group
        risk[out] = fitted(features[~out], labels[~out], weights[~out], strength).predict_proba(features[out])[:, 1]
    return risk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--evaluate", action="store_true")
    parser.add_argument("--strength", type=float, default=4.0)
    wanted = parser.parse_args()
    data = examples()
    features = matrix(data)
    risk = cross_validated(data, features, wanted.strength)
    threshold = _threshold(data, risk)
    if not wanted.evaluate:
        WEIGHTS.write_bytes(packed(data, features, wanted.strength, threshold))
        print(f"wrote {WEIGHTS.relative_to(ROOT)}, {WEIGHTS.stat().st_size / 1e6:.2f} MB")


def _threshold(data: list[Example], risk: np.ndarray) -> float:
    """Prints how the reader does on each group left out, and returns the threshold."""
    sets = [name for name in sorted({one.group for one in data}) if name.startswith("dev_")]
    judged = judge(reader=False)
    passed: dict[str, list[tuple[bool, float]]] = {name: [] for name in sets}
    totals = {name: [0, 0] for name in sets}
    scores: dict[tuple[str, str], float] = {}
    for one, score in zip(data, risk, strict=True):
        key = one.group, one.text
        scores[key] = max(float(score), scores.get(key, 0.0))
    for name in sets:
        for one in snippets(name):
            if not one.item.text:
                continue
            totals[name][one.violating] += 1
            if verdict_of(judged(one.item), Gate.CHECK) is Verdict.PASS:
                read = text_of(one.item.text)
                parts = [one.item.text] if one.violating else [read.folded[start:end] for start, end in windows(read)]
                passed[name].append((one.violating, max(scores[name, part] for part in parts)))
    clean = sorted(score for name in sets for violating, score in passed[name] if not violating)
    allowed = int(HELD * sum(totals[name][0] for name in sets))
    threshold = round(clean[-allowed - 1] + 1e-6, 4) if 0 < allowed < len(clean) else 0.5
    print(f"threshold {threshold} (cross-validated: at most {HELD:.0%} of clean snippets held by the reader)")
    print(f"{'left out':<20}{'violating':>10}{'rules miss':>12}{'both miss':>11}{'clean':>7}{'reader holds':>14}")
    for name in sets:
        missed = [score for violating, score in passed[name] if violating]
        held = [score for violating, score in passed[name] if not violating and score >= threshold]
        both = sum(score < threshold for score in missed)
        shares = f"{len(missed) / max(1, totals[name][1]):>12.1%}{both / max(1, totals[name][1]):>11.1%}"
        print(f"{name:<20}{totals[name][1]:>10}{shares}{totals[name][0]:>7}{len(held) / max(1, totals[name][0]):>14.1%}")
    for label in ("templates",):
        mine = [(one.violating, score) for one, score in zip(data, risk, strict=True) if one.group.startswith(label)]
        if mine:
            caught = [score >= threshold for violating, score in mine if violating]
            held = [score >= threshold for violating, score in mine if not violating]
            print(f"{label:<20}{len(caught):>10}{'':>12}{1 - np.mean(caught):>11.1%}{len(held):>7}{np.mean(held):>14.1%}")
    return threshold


def packed(data: list[Example], features: csr_matrix, strength: float, threshold: float) -> bytes:
    """One header line, then one signed byte per bucket for the risk and for each family."""
    weights = np.array([one.weight for one in data])
    header: dict[str, Any] = {"threshold": threshold}
    body = bytearray()
    for name in ("risk", *Family):
        labels = np.array([one.violating if name == "risk" else name in one.families for one in data])
        rows = np.array([name == "risk" or one.violating for one in data])
        used = labels.sum() >= 5
        header[f"{name}.used"] = int(used)
        if not used:
            header[f"{name}.scale"], header[f"{name}.bias"] = 0.0, -30.0
            body += bytes(BUCKETS)
            continue
        model = fitted(features[rows], labels[rows], weights[rows], strength if name == "risk" else FAMILY_STRENGTH)
        coefficients = model.coef_[0]
        scale = float(np.abs(coefficients).max()) / 127
        header[f"{name}.scale"], header[f"{name}.bias"] = f"{scale:.8g}", f"{float(model.intercept_[0]):.6g}"
        body += np.rint(coefficients / scale).astype(np.int8).tobytes()
    return " ".join(f"{name}={value}" for name, value in header.items()).encode() + b"\n" + bytes(body)


if __name__ == "__main__":
    main()

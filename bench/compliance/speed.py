"""How fast the compliance check is: loading, snippets, long texts, and each pattern on the text that suits it worst. One run, one core.

Snippets are the labelled sets, run together and cut to 300 characters: copy in which half of the snippets break a rule. `ordinary` is the clean half
alone, which is what a website's repository holds. The yardstick beside them is one scan of the same text by `re` for the catalogue's own patterns,
one after the other, as a plain implementation would do it.
"""

import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from bench.compliance.accuracy import SETS, snippets
from policies.actions import Gate, Item, ItemKind
from policies.check import check
from policies.rules.catalogue import Catalogue
from policies.rules.patterns import Pattern
from policies.rules.text import text_of
from tools.packs.rules import load_catalogue

LENGTH = 300
ADVERSARIAL = 100_000


def timed(call: Callable[[], object], repeats: int = 5) -> float:
    """Median seconds of `repeats` calls."""
    took = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        took.append(time.perf_counter() - started)
    return statistics.median(took)


def items(*, clean_only: bool) -> list[Item]:
    by_kind: dict[ItemKind, list[str]] = {}
    for path in sorted(SETS.glob("dev_*.jsonl")):
        for one in snippets(path.stem):
            if one.item.text and not (clean_only and one.violating):
                by_kind.setdefault(one.item.kind, []).append(one.item.text)
    made = []
    for kind, texts in by_kind.items():
        together = " ".join(texts)
        made += [Item(kind=kind, text=together[at : at + LENGTH]) for at in range(0, len(together) - LENGTH, LENGTH)]
    return made


def throughput(catalogue: Catalogue, given: list[Item]) -> float:
    def run() -> None:
        for item in given:
            check(catalogue, item, gate=Gate.CHECK, sender={})

    run()
    return len(given) / timed(run)


def plain(given: list[Item], catalogue: Catalogue) -> float:
    patterns = {
        kind: [re.compile(source, re.IGNORECASE) for one in of.rules for source in one.rule.detect.patterns_any]
        for kind, of in catalogue.by_kind.items()
    }

    def run() -> None:
        for item in given:
            for pattern in patterns[item.kind]:
                pattern.search(item.text)

    run()
    return len(given) / timed(run, 1)


def worst_texts(pattern: Pattern) -> list[str]:
    """Texts the pattern can begin on everywhere: its own words over and over, alone, in pairs, and with what gaps allow between them."""
    words = sorted(set(re.findall(r"[a-z]{2,}|\d", pattern.plain.lower())), key=lambda word: (-len(word), word)) or ["a"]
    shapes = [[words[0]], words[:2], words[-2:], words[:12], ["a"], ["a."], ["1"], ["A b"]]
    return [" ".join(islice(cycle(shape), ADVERSARIAL // (1 + sum(map(len, shape)) // len(shape))))[:ADVERSARIAL] for shape in shapes]


def slowest(catalogue: Catalogue) -> list[tuple[float, str]]:
    found = []
    patterns = {trigger.pattern.source: trigger.pattern for one in catalogue.rules for trigger in one.triggers}
    patterns |= {
        one.source: one for rule in catalogue.rules for trigger in rule.triggers for by in trigger.taken_back_by for one in by.patterns
    }
    for source, pattern in patterns.items():
        for text in worst_texts(pattern):
            read = text_of(text)
            found.append((timed(lambda read=read, pattern=pattern: pattern.matches(read), 1), source))
    return sorted(found, reverse=True)


def main() -> None:
    load = timed(load_catalogue)
    print(f"load of the pack                     {load * 1000:8.0f} ms   (asked < 150)")
    catalogue = load_catalogue()
    alone = replace(catalogue, reader=None)
    for name, given in (("half violating", items(clean_only=False)), ("ordinary", items(clean_only=True))):
        peer = plain(given, catalogue)
        for what, pack in (("rules", alone), ("rules and second reader", catalogue)):
            rate = throughput(pack, given)
            print(f"{name}, {what:<24}{rate:12,.0f} snippets/s   {rate / peer:5.1f} x plain `re`   (asked 5,000)")
    text = " ".join(item.text for item in items(clean_only=True) if item.kind is ItemKind.WEB_PAGE)
    rates = []
    for size in (1_000, 10_000, 100_000, 1_000_000):
        long = (text * (size // len(text) + 1))[:size]
        seconds = timed(lambda long=long: check(catalogue, Item(kind=ItemKind.WEB_PAGE, text=long), gate=Gate.CHECK, sender={}), 3)
        rates.append(size / seconds / 1e6)
        print(f"{size:>9,} characters              {seconds * 1000:8.1f} ms   {rates[-1]:.2f} MB/s")
    print(f"cost per character, 1 MB over 10 kB  {rates[1] / rates[3]:8.2f}      (linear = 1)")
    for seconds, source in slowest(catalogue)[:5]:
        print(f"slowest on 100 kB                    {seconds * 1000:8.1f} ms   {source[:70]}   (asked < 50)")


if __name__ == "__main__":
    main()

"""How fast the scrubber is, per core, beside its building blocks and its peers, in one run. CPU time of this process; read the ratios.

Texts come from the templates on a fresh seed (about 90 bytes each); "dense" is as drawn, "15 % dirty" mixes clean texts with so many that hold an
identifier. Peers (Presidio's regular expressions, scrubadub) run when they are installed: `make bench-phi`.
"""

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from bench.phi.generator import samples
from policies.phi.normalise import normalised
from policies.phi.scrub import Scrubber
from tools.packs.phi import load_lexicon

SEED = 4_711


def rate(work: Callable[[], object], size: int, *, least_seconds: float = 0.6) -> float:
    """MB/s: the best of three rounds, each long enough to be read."""
    best = 0.0
    for _ in range(3):
        rounds, began = 0, time.process_time()
        while time.process_time() - began < least_seconds:
            work()
            rounds += 1
        best = max(best, rounds * size / (time.process_time() - began) / 1e6)
    return best


def corpus() -> tuple[list[str], list[str]]:
    """(dense, 15 % dirty)."""
    drawn = [one for one in samples(SEED, 4, "all") if 40 <= len(one.text.encode()) <= 180]
    draw = random.Random(SEED)
    clean = [one.text for one in drawn if not one.spans]
    dirty = [one.text for one in drawn if one.spans]
    mixed = [draw.choice(dirty) if draw.random() < 0.15 else draw.choice(clean) for _ in range(6_000)]
    dense = [one.text for one in drawn]
    draw.shuffle(dense)
    return dense[:6_000], mixed


def size_of(texts: Sequence[str]) -> int:
    return sum(len(text.encode()) for text in texts)


def each(function: Callable[[str], object], texts: Sequence[str]) -> Callable[[], object]:
    def work() -> None:
        for text in texts:
            function(text)

    return work


def blocks(scrubber: Scrubber, texts: list[str]) -> dict[str, float]:
    """The parts alone, MB/s: what their serial sum would allow."""
    size = size_of(texts)
    views = [normalised(text).text for text in texts]
    return {
        "normalise": rate(each(normalised, texts), size),
        "gate": rate(each(scrubber._gate, views), size),
        "split and look up words": rate(each(scrubber._tagger.line, views), size),
        "patterns": rate(each(scrubber.patterns, texts), size),
        "names and towns": rate(each(lambda text: list(scrubber._words(text, cued=False)), views), size),
        "first reading, all layers": rate(each(scrubber._found, texts), size),
    }


def peers(texts: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    few = texts[:400]
    size = size_of(few)
    try:
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NoOpNlpEngine
    except ImportError:
        print("Presidio is not installed: make bench-phi", file=sys.stderr)
    else:
        registry = RecognizerRegistry()
        registry.load_predefined_recognizers(languages=["en"])
        engine = AnalyzerEngine(registry=registry, nlp_engine=NoOpNlpEngine(), supported_languages=["en"])
        found["Presidio, regular expressions"] = rate(each(lambda text: engine.analyze(text=text, language="en"), few), size)
    try:
        import scrubadub
    except ImportError:
        print("scrubadub is not installed: make bench-phi", file=sys.stderr)
    else:
        cleaner = scrubadub.Scrubber()
        found["scrubadub"] = rate(each(cleaner.clean, few), size)
    return found


def start_up() -> tuple[float, float]:
    """Milliseconds: import of the scrubber, and the import with lists and model loaded; the least of five fresh processes."""
    code = (
        "import time;a=time.perf_counter();import policies.phi.scrub as s;b=time.perf_counter();"
        "from tools.packs.phi import load_lexicon;s.Scrubber(load_lexicon()).scrub('x');c=time.perf_counter();print(1000*(b-a),1000*(c-a))"
    )
    runs = []
    for _ in range(5):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=HERE.parents[1])
        runs.append(tuple(float(part) for part in done.stdout.split()))
    return min(run[0] for run in runs), min(run[1] for run in runs)


def linear(scrubber: Scrubber, texts: list[str]) -> list[tuple[int, float]]:
    """(characters, µs per character) of one long text."""
    unit = " ".join(texts)
    out = []
    for length in (100_000, 1_000_000, 10_000_000):
        text = (unit * (1 + length // len(unit)))[:length]
        began = time.process_time()
        scrubber.scrubbed(text)
        out.append((length, (time.process_time() - began) / length * 1e6))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="also texts of up to 10 million characters")
    given = parser.parse_args()
    scrubber = Scrubber(load_lexicon())
    dense, mixed = corpus()
    size, mixed_size = size_of(dense), size_of(mixed)
    hit = sum(bool(scrubber.scrubbed(text).hits) for text in dense) / len(dense)
    print(
        f"dense: {len(dense)} texts, {size / len(dense):.0f} bytes each, {hit:.0%} with a hit; mixed: {mixed_size / len(mixed):.0f} bytes each"
    )
    parts = blocks(scrubber, dense)
    for name, figure in parts.items():
        print(f"  {name}: {figure:.2f} MB/s")
    everything = rate(each(scrubber.scrubbed, dense), size)
    serial = 1 / (
        1 / parts["normalise"]
        + 1 / parts["gate"]
        + 1 / parts["split and look up words"]
        + 1 / parts["names and towns"]
        + 1 / parts["patterns"]
    )
    print(
        f"all layers, names and re-scan, dense: {everything:.2f} MB/s (asked 2.5); one reading by the serial sum of its parts {serial:.2f} MB/s"
    )
    print(f"all layers, names and re-scan, 15 % dirty: {rate(each(scrubber.scrubbed, mixed), mixed_size):.2f} MB/s")
    print(f"patterns only, dense: {rate(lambda: scrubber.patterns_in(dense), size):.2f} MB/s (asked 12)")
    print(f"patterns only, 15 % dirty: {rate(lambda: scrubber.patterns_in(mixed), mixed_size):.2f} MB/s (asked 35)")
    for name, figure in peers(dense).items():
        print(f"{name}: {figure:.4f} MB/s; ours {everything / figure:.0f} times as fast")
    imported, ready = start_up()
    print(f"import {imported:.0f} ms (asked 150), with lists and model loaded and one text scrubbed {ready:.0f} ms")
    if given.long:
        for length, cost in linear(scrubber, dense):
            print(f"one text of {length:,} characters: {cost:.3f} µs a character")


if __name__ == "__main__":
    main()

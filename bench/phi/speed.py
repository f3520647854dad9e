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


def rate(work: Callable[[str], object], rounds: Sequence[Sequence[str]]) -> float:
    """MB/s: the best of the rounds, each of texts not seen before, so that no memo of whole texts could help."""
    best = 0.0
    for texts in rounds:
        began = time.process_time()
        for text in texts:
            work(text)
        best = max(best, size_of(texts) / (time.process_time() - began) / 1e6)
    return best


def corpus(seed: int) -> tuple[list[str], list[str]]:
    """(dense, 15 % dirty): about 90 bytes a text, two short ones joined where needed; 64 % of the dense ones hold an identifier."""
    draw = random.Random(seed)
    drawn = [one for one in samples(seed, 12, "all") if len(one.text) <= 180 and "\n" not in one.text]
    draw.shuffle(drawn)
    clean = _joined([one.text for one in drawn if not one.spans])
    dirty = _joined([one.text for one in drawn if one.spans])
    dense = [draw.choice(dirty) if draw.random() < 0.64 else draw.choice(clean) for _ in range(4_000)]
    mixed = [draw.choice(dirty) if draw.random() < 0.15 else draw.choice(clean) for _ in range(4_000)]
    return dense, mixed


def _joined(texts: list[str]) -> list[str]:
    out, held = [], ""
    for text in texts:
        held = f"{held} {text}" if held else text
        if len(held) >= 60:
            out.append(held)
            held = ""
    return [text for text in out if len(text) <= 180]


def size_of(texts: Sequence[str]) -> int:
    return sum(len(text.encode()) for text in texts)


def blocks(scrubber: Scrubber, rounds: list[list[str]]) -> dict[str, float]:
    """The parts alone, MB/s: what their serial sum would allow for one reading."""
    views = [[normalised(text).text for text in texts] for texts in rounds]
    return {
        "normalise": rate(normalised, rounds),
        "gates": rate(scrubber.gates, views),
        "split and look up words": rate(scrubber.tagger.line, views),
        "all finders of patterns": rate(lambda text: scrubber._run(text, scrubber.gates(text), []), views),
        "names and towns": rate(lambda text: list(scrubber._words(text, [])), views),
    }


def peers(rounds: list[list[str]]) -> dict[str, float]:
    found: dict[str, float] = {}
    few = [texts[:300] for texts in rounds]
    try:
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import NoOpNlpEngine
    except ImportError:
        print("Presidio is not installed: make bench-phi", file=sys.stderr)
    else:
        registry = RecognizerRegistry()
        registry.load_predefined_recognizers(languages=["en"])
        registry.remove_recognizer("SpacyRecognizer")
        engine = AnalyzerEngine(
            registry=registry, nlp_engine=NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "none"}]), supported_languages=["en"]
        )
        found["Presidio, regular expressions"] = rate(lambda text: engine.analyze(text=text, language="en"), few)
    try:
        import scrubadub
    except ImportError:
        print("scrubadub is not installed: make bench-phi", file=sys.stderr)
    else:
        cleaner = scrubadub.Scrubber()
        found["scrubadub, no names"] = rate(cleaner.clean, few)
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
    dense, mixed = zip(*(corpus(SEED + number) for number in range(3)), strict=True)
    dense, mixed = list(dense), list(mixed)
    texts = [text for some in dense for text in some]
    hit = sum(bool(scrubber.scrubbed(text).hits) for text in texts[:3_000]) / 3_000
    print(f"dense: {len(texts)} texts of {size_of(texts) / len(texts):.0f} bytes, {hit:.0%} with a hit")
    parts = blocks(scrubber, dense)
    print("; ".join(f"{name} {figure:.1f} MB/s" for name, figure in parts.items()))
    serial = 1 / sum(1 / figure for name, figure in parts.items() if name != "gates")
    everything = rate(scrubber.scrubbed, dense)
    print(
        f"all layers with names and the re-scan, dense: {everything:.2f} MB/s (asked 2.5); one reading by the sum of its parts: {serial:.2f} MB/s"
    )
    print(f"all layers with names and the re-scan, 15 % dirty: {rate(scrubber.scrubbed, mixed):.2f} MB/s")
    print(f"typed patterns only, dense: {rate(scrubber.patterns, dense):.1f} MB/s (asked 12)")
    print(f"typed patterns only, 15 % dirty: {rate(scrubber.patterns, mixed):.1f} MB/s (asked 35)")
    for name, figure in peers(dense).items():
        print(f"{name}: {figure:.4f} MB/s; ours {everything / figure:.0f} times as fast with names")
    imported, ready = start_up()
    print(f"import {imported:.0f} ms (asked 150); with lists and model loaded and one text scrubbed {ready:.0f} ms")
    if given.long:
        for length, cost in linear(scrubber, dense[0]):
            print(f"one text of {length:,} characters: {cost:.3f} µs a character")


if __name__ == "__main__":
    main()

"""`make bench`: every figure of docs/benchmarks.md, as ratios of one run on one machine."""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.scale import grow

SIZES = (5_000, 10_000, 50_000)


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {time.strftime('%Y-%m-%d')}\n")
    results = {size: pipeline(size) for size in SIZES}
    print(f"{'records':>9}{'records/s':>11}{'us/record':>11}{'peak MB':>9}{'graph share':>13}{'checkpoint':>12}")
    for result in results.values():
        share = 1 - result["nodes_s"] / result["graph_s"]
        print(
            f"{result['records']:>9,}{result['records'] / result['wall_s']:>11,.0f}{result['wall_s'] / result['records'] * 1e6:>11,.0f}"
            f"{result['peak_mb']:>9,.0f}{share:>13.2%}{result['checkpoint_bytes'] / 1000:>9.1f} kB"
        )
    small, large = results[SIZES[0]], results[SIZES[-1]]
    per_record = (large["wall_s"] / large["records"]) / (small["wall_s"] / small["records"])
    print(f"\ntime per record, {SIZES[-1]:,} against {SIZES[0]:,}: {per_record:.2f}x")
    print(f"peak memory, {SIZES[-1]:,} against {SIZES[0]:,}: {large['peak_mb'] / small['peak_mb']:.2f}x")
    print("seconds per step: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in large["steps_s"].items()))
    print(f"\nliaison --help: {help_ms():.0f} ms, bare interpreter {bare_ms():.0f} ms (median of 9)")


def pipeline(size: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        practice = grow(Path(folder) / "practice", size)
        command = [sys.executable, "-m", "bench.pipeline", str(practice), str(Path(folder) / "home")]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
        if done.returncode != 0:
            sys.exit(f"the run over {size} records failed:\n{done.stderr[-3000:]}")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found


def help_ms() -> float:
    return _median([sys.executable, "-m", "agents.cli", "--help"])


def bare_ms() -> float:
    return _median([sys.executable, "-c", "pass"])


def _median(command: list[str]) -> float:
    times = []
    for _ in range(9):
        started = time.perf_counter()
        subprocess.run(command, capture_output=True, check=True, cwd=ROOT)
        times.append((time.perf_counter() - started) * 1000)
    return sorted(times)[4]


if __name__ == "__main__":
    main()

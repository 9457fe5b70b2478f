"""Time for each jurisdiction and peak memory for 6, 30 and 120 fictitious jurisdictions.

    python tests/benchmarks/bench_scale.py [--sizes 6 30 120]

Memory is the largest sum over all processes of a run, sampled ten times a second (proportional set size).
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from studies import make_study


def measure(study: Path, out: Path) -> tuple[float, float]:
    """Return the wall time of a cold run in seconds and its peak memory in megabytes."""
    command = [str(Path(sys.executable).with_name("ctresearch")), "run", str(study), "--out", str(out)]
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    peak = 0
    while process.poll() is None:
        peak = max(peak, sum(_memory(pid) for pid in _family(process.pid)))
        time.sleep(0.1)
    if process.returncode:
        raise SystemExit(f"the run of {study} ended with {process.returncode}")
    return time.perf_counter() - start, peak / 1024


def _family(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        try:
            for task in Path(f"/proc/{current}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _memory(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[6, 30, 120])
    sizes = parser.parse_args().sizes
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    results = {}
    with tempfile.TemporaryDirectory(prefix="ct-bench-") as private:
        for size in sizes:
            study = make_study(Path(private) / f"fiction_{size}", size)
            results[size] = measure(study, Path(private) / f"out_{size}")
            seconds, memory = results[size]
            print(
                f"{size:4d} jurisdictions: {seconds:7.1f} s, {seconds / size:6.2f} s each, peak {memory:6.0f} MB",
                flush=True,
            )
    first, last = results[sizes[0]], results[sizes[-1]]
    print(f"time each at {sizes[-1]} / at {sizes[0]}: {last[0] / sizes[-1] / (first[0] / sizes[0]):.2f}")
    print(f"memory at {sizes[-1]} / at {sizes[0]}: {last[1] / first[1]:.2f}")


if __name__ == "__main__":
    main()

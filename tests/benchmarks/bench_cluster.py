"""A cold run on this machine against the same run on a Dask cluster of two worker processes, both here.

python tests/benchmarks/bench_cluster.py [--repeat 3]
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COMMAND = str(Path(sys.executable).with_name("ctresearch"))


@contextmanager
def start_cluster(folder: Path) -> Iterator[str]:
    """Start a scheduler and two workers of one thread each; yield the address."""
    file = folder / "scheduler.json"
    host = ("--host", "127.0.0.1", "--no-dashboard", "--scheduler-file", str(file))
    quiet = {"cwd": folder, "stderr": subprocess.DEVNULL}
    python = (sys.executable, "-m")
    processes = [subprocess.Popen([*python, "distributed.cli.dask_scheduler", "--port", "0", *host], **quiet)]
    while not file.exists():
        time.sleep(0.1)
    worker = [*python, "distributed.cli.dask_worker", *host, "--nthreads", "1", "--no-nanny"]
    processes += [subprocess.Popen(worker, **quiet) for _ in range(2)]
    try:
        yield json.loads(file.read_text(encoding="utf-8"))["address"]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def time_run(out: Path, *options: str) -> float:
    """Return the wall time of a run into an empty folder, in seconds."""
    shutil.rmtree(out, ignore_errors=True)
    start = time.perf_counter()
    subprocess.run([COMMAND, "run", "--out", str(out), *options], check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3)
    repeat = parser.parse_args().repeat
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory(prefix="ct-bench-") as private, start_cluster(Path(private)) as address:
        out = Path(private) / "out"
        time_run(out, "--scheduler", address)
        spread = statistics.median(time_run(out, "--scheduler", address) for _ in range(repeat))
        local = statistics.median(time_run(out) for _ in range(repeat))
    print(f"local    {local:7.2f} s")
    print(f"cluster  {spread:7.2f} s")
    print(f"cluster / local  {spread / local:.2f}")


if __name__ == "__main__":
    main()

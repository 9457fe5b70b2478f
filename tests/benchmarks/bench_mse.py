"""Processor time and memory of multiple systems estimation, with the tables of the tests.

    python tests/benchmarks/bench_mse.py [--repeats 3]

R MultipleSystemsEstimation 1.2.0 took 85 to 92 s of processor time for five lists, BIC and 1,000 resamples among the
100 best models. Here each resample passes the existence checks and chooses among all models, unless 100 are named.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch import multiple_systems as mse

GOLDEN = Path(__file__).parents[1] / "golden"


def read_table(name: str) -> pd.DataFrame:
    """Read the capture histories that stand in a golden file."""
    table = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))["input"]["table"]
    return pd.DataFrame(table["rows"], columns=table["columns"])


def estimate(table: pd.DataFrame, search: mse.Stepwise | mse.LowestBic) -> Callable[[], mse.Estimate]:
    """Prepare one estimate with 1,000 resamples."""
    return lambda: mse.estimate_population(
        table,
        count="count",
        search=search,
        level=0.95,
        resamples=1000,
        least_overlap=10,
        rng=np.random.default_rng(1),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    uk, western, kosovo = (
        read_table(f"mse_{name}") for name in ("uk2013_6lists", "western_us_5lists", "kosovo_4lists")
    )
    works = {
        "six lists, stepwise, 1,000 BCa resamples (12 s)": estimate(uk, mse.Stepwise(0.02)),
        "five lists, 1,024 models by BIC, 1,000 BCa resamples (5 s)": estimate(western, mse.LowestBic(2, None)),
        "five lists, the 100 best of 1,024 models, as R (85 s)": estimate(western, mse.LowestBic(2, 100)),
        "four lists, all orders, 1,000 BCa resamples": estimate(kosovo, mse.LowestBic(3, None)),
        "five lists, 1,024 models once (R 2.0 s)": lambda: mse.rank_models(western, count="count", order=2),
        "six lists, 32,768 models once": lambda: mse.rank_models(uk, count="count", order=2),
        "five lists, 822 decomposable graphs, 30,000 totals": lambda: mse.average_graphs(
            western,
            count="count",
            hidden=range(1, 30_001),
            prior_persons=2.0**-5,
            log_prior=lambda total: -np.log(total),
            level=0.95,
        ),
    }
    for name, work in works.items():
        seconds = []
        for _ in range(repeats):
            start = time.process_time()
            work()
            seconds.append(time.process_time() - start)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{name}: {min(seconds):.2f} to {max(seconds):.2f} s of processor; peak so far {peak:.0f} MiB", flush=True
        )


if __name__ == "__main__":
    main()

"""Joinpoint regression with its permutation tests, and the other trend models, in seconds of processor time.

python tests/benchmarks/bench_trends.py [--years 35] [--permutations 4499]
"""

import argparse
import resource
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from ctresearch import trends


def measure(name: str, run: Callable[[], object]) -> object:
    """Print the processor time of one call and return its result."""
    start = time.process_time()
    result = run()
    print(f"{name:<58} {time.process_time() - start:6.2f} s")
    return result


def make_series(years_n: int, *, joinpoints_n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Make counts of lines that meet at evenly spaced joinpoints, steep enough to be found."""
    x = np.arange(years_n)
    cuts = np.linspace(0, years_n, joinpoints_n + 2)[1:-1]
    slope = np.where(np.searchsorted(cuts, x) % 2, -0.15, 0.15)
    values = np.exp(5 + np.cumsum(slope) + rng.normal(0, 0.02, years_n))
    return pd.DataFrame({"year": 1990 + x, "value": values.round()})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=35)
    parser.add_argument("--permutations", type=int, default=4499)
    arguments = parser.parse_args()
    rng = np.random.default_rng(1)
    for truth in (0, 2, 4):
        counts = make_series(arguments.years, joinpoints_n=truth, rng=rng)
        options = trends.JoinpointOptions(
            "log", "constant", "refuse", 4, 2, 2, "permutation", alpha=0.05, permutations_n=arguments.permutations
        )
        found = measure(
            f"joinpoint, up to 4, {arguments.years} years, {arguments.permutations} permutations, true {truth}",
            lambda counts=counts, options=options: trends.fit_joinpoints(counts, options=options, rng=rng),
        )["as_counted"]
        print(f"    chosen {len(found.years)} in {len(found.tests)} tests")
    counts = pd.DataFrame({"year": range(1990, 2025), "value": rng.poisson(20, 35)})
    masked = counts.assign(value_low=counts["value"], value_high=counts["value"])
    masked.loc[::6, ["value_low", "value_high"]] = [1, 4]
    for model in ("quasi_poisson", "negative_binomial"):
        measure(
            f"{model}, 35 years, 6 masked (64 combinations)",
            lambda model=model: trends.fit_annual_change(masked, model=model, level=0.95),
        )
    measure("change point, 35 years", lambda: trends.find_change_point(counts, level=0.95, years_min=1))
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()

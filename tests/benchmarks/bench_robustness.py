"""Seconds of processor time and peak memory of the simulation over every choice.

Run: python tests/benchmarks/bench_robustness.py
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import numpy as np
import pandas as pd

from ctresearch.composite import describe_structure, weight_equal
from ctresearch.robustness import describe_choices, measure_influence, perturb_weights, simulate_choices

DRAWS = 10_000
SIZES = ((6, 67, 1, 300), (200, 150, 30, 1024))
"""Jurisdictions, indicators, most seconds and most MiB."""


def make_case(units_n: int, indicators_n: int, rng: np.random.Generator) -> dict[str, object]:
    indicators = pd.DataFrame({"indicator": [f"I-{place}" for place in range(indicators_n)]})
    indicators["pillar"] = [f"pillar_{place % 7}" for place in range(indicators_n)]
    structure = describe_structure(indicators, top="index", goalposts=(0, 3))
    truth = rng.integers(0, 4, (units_n, indicators_n)).astype(float)
    scores = {}
    for coder in ("A", "B", "C"):
        values = np.clip(truth + rng.integers(-1, 2, truth.shape) * (rng.random(truth.shape) < 0.2), 0, 3)
        values[1:][rng.random(values[1:].shape) < 0.1] = np.nan
        names = [f"U-{place}" for place in range(units_n)]
        scores[coder] = pd.DataFrame(values, index=names, columns=indicators["indicator"])
    equal = weight_equal(structure)
    weights = pd.concat([equal.rename("equal"), perturb_weights(equal, share=0.5, copies=20, rng=rng)], axis=1)
    options = {
        "coder": list(scores),
        "missing": ["available", "mean", "median", "lowest", "highest"],
        "normalise": ["goalposts", "minmax", "rank", "zscore"],
        "weight": list(weights.columns),
        "aggregate": ["arithmetic", "geometric", "harmonic", "median"],
        "left_out": ["none", *indicators["indicator"]],
    }
    fixed = {"weights": weights, "choices": describe_choices(options), "scale": (1, 100), "constant": "middle"}
    return {"scores": scores, "structure": structure, **fixed}


def measure(units_n: int, indicators_n: int) -> None:
    rng = np.random.default_rng(7)
    case = make_case(units_n, indicators_n, rng)
    simulate_choices(**case, draws_n=10, level=0.9, rng=rng)
    start = time.process_time()
    found = simulate_choices(**case, draws_n=DRAWS, level=0.9, rng=rng)
    seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seconds} {peak} {found.calculated_n}")


def measure_sobol() -> float:
    rng = np.random.default_rng(7)
    case = make_case(6, 67, rng)
    choices = case["choices"]
    kept = choices[choices["option"].ne("zscore")]
    shares = kept.groupby("factor")["probability"].transform("sum")
    case["choices"] = kept.assign(probability=kept["probability"] / shares)
    reference = kept.groupby("factor")["option"].first().to_dict()
    start = time.process_time()
    measure_influence(**case, reference=reference, base_n=1024, resamples=100, level=0.95, rng=rng)
    return time.process_time() - start


def main() -> None:
    if len(sys.argv) > 1:
        measure(int(sys.argv[1]), int(sys.argv[2]))
        return
    for units_n, indicators_n, most_seconds, most_mib in SIZES:
        command = [sys.executable, __file__, str(units_n), str(indicators_n)]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        seconds, peak, calculated_n = float(printed[0]), float(printed[1]), int(printed[2])
        print(
            f"{units_n} x {indicators_n} x {DRAWS:,} draws ({calculated_n:,} could be calculated): "
            f"{seconds:.2f} s of {most_seconds} s, peak {peak:.0f} MiB of {most_mib} MiB with the interpreter"
        )
    print(f"Sobol indices, 6 x 67, base sample of 1,024: {measure_sobol():.2f} s")


if __name__ == "__main__":
    main()

"""Seconds of processor time to clean a column of 1,000,000 cells with 200 distinct values.

Run: python tests/benchmarks/bench_words.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from ctresearch import store
from ctresearch.clean.countries import map_countries
from ctresearch.clean.dates import parse_dates
from ctresearch.clean.labels import map_codes
from ctresearch.clean.persons import band_ages, band_birth_years
from ctresearch.clean.text import fold_text, tidy_text

ROWS, DISTINCT, REPEATS = 1_000_000, 200, 5


def make_column(cells: list[str], rng: np.random.Generator) -> pd.Series:
    distinct = np.array(cells[:DISTINCT], dtype=object)
    return pd.Series(distinct[rng.integers(0, len(distinct), ROWS)], dtype="str")


def measure(step: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of the first call, which loads the languages, and the median of the later ones."""
    seconds = []
    for _ in range(1 + REPEATS):
        start = time.process_time()
        step()
        seconds.append(time.process_time() - start)
    return seconds[0], float(np.median(seconds[1:]))


def main() -> None:
    rng = np.random.default_rng(20240305)
    labels = store.read_study().labels
    words = {name: rows["label"].drop_duplicates().tolist() for name, rows in labels.groupby("list")}
    names = make_column(rng.permutation(words["country"]).tolist(), rng)
    forms = make_column(words["form"], rng)
    days = make_column(pd.date_range("2010-01-01", periods=DISTINCT).strftime("%d.%m.%Y.").tolist(), rng)
    ages = make_column([str(age) for age in range(121)], rng)
    born = make_column([str(year) for year in range(1940, 2015)], rng)
    at = pd.Series("2014", index=born.index, dtype="str")
    steps: dict[str, Callable[[], object]] = {
        "tidy_text": lambda: tidy_text(names),
        "fold_text": lambda: fold_text(names),
        "map_codes": lambda: map_codes(forms, labels, list="form"),
        "map_countries": lambda: map_countries(names, labels),
        "map_countries, all unknown": lambda: map_countries(days, labels),
        "parse_dates": lambda: parse_dates(days, day_first=True, labels=labels),
        "band_ages": lambda: band_ages(ages),
        "band_birth_years": lambda: band_birth_years(born, at),
    }
    print(f"{ROWS:,} rows; seconds of processor time\n{'step':28} {'first':>7} {'later':>7}")
    for name, step in steps.items():
        first, later = measure(step)
        print(f"{name:28} {first:7.3f} {later:7.3f}")


if __name__ == "__main__":
    main()

"""Protection and audit of the tables of a study: about 200 tables with 5,000 cells, linked by their margins.

python tests/benchmarks/bench_disclosure.py [--places 20] [--persons 400]
"""

import argparse
import resource
import time
from itertools import combinations

import numpy as np
import pandas as pd

from ctresearch import disclosure

CODES = {"year": 5, "sex": 2, "age": 4, "form": 5, "citizenship": 4}
CHOICES = disclosure.DisclosureChoices(
    least_n=5,
    zeros="safe",
    protection_n=4,
    dominance_n=1,
    dominance_pct=75.0,
    p_pct=10.0,
    rounding_base=5,
    k_n=5,
    l_n=2,
    t_max=0.3,
)


def make_tables(places_n: int, persons_n: int, rng: np.random.Generator) -> list[disclosure.CaseTable]:
    """Make every table of two dimensions for each place, from records with rare codes."""
    tables = []
    for place in range(places_n):
        records = pd.DataFrame(
            {name: rng.choice(n, persons_n, p=rng.dirichlet(np.full(n, 1.5))).astype(str) for name, n in CODES.items()}
        )
        for pair in combinations(CODES, 2):
            rows = records.groupby(list(pair)).size().rename("persons_n").reset_index()
            name = f"{place}-{'-'.join(pair)}"
            tables.append(disclosure.CaseTable(name, rows, by=pair, value="persons_n", population=str(place)))
    return tables


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=20)
    parser.add_argument("--persons", type=int, default=400)
    arguments = parser.parse_args()
    tables = make_tables(arguments.places, arguments.persons, np.random.default_rng(1))
    start, wall = time.process_time(), time.perf_counter()
    release = disclosure.protect_tables(tables, choices=CHOICES, hierarchies={}, search="stepwise")
    cells_n = sum(len(table.rows) for table in release.tables.values())
    hidden_n = sum(table.rows["status"].eq("suppressed").sum() for table in release.tables.values())
    print(f"{len(tables)} tables, {cells_n} cells, {release.shown_n} of them different")
    print(f"unsafe {release.unsafe_n}, hidden {release.changed_n} ({hidden_n} as often as they are shown)")
    print(f"audit: {len(release.audit)} cells, safe {release.audit['is_safe'].sum()}")
    print(f"processor {time.process_time() - start:.1f} s, wall {time.perf_counter() - wall:.1f} s")
    print(f"largest memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()

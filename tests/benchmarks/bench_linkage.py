"""Precision, recall and time of the linkage of fictitious people in three agencies' lists.

    python tests/benchmarks/bench_linkage.py [--seeds 101 102 ...] [--sizes 3000 30000]

The shipped weights were set from the truth of seed 1 and the threshold while looking at seeds 1 and 2, all of this same
generator; the seeds measured here were not looked at. How real lists fare is not known: see the runs with more slips.
A pair of records of one person that share a cluster is found; pairs left for a person's review count as not found.
"""

import argparse
import sys
import time
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from people import make_people, true_pairs

from ctresearch import places
from ctresearch.clean.linkage import Linkage, LinkageSettings, link_records

SETTINGS = LinkageSettings(match=1.5, review=-4.0, margin=3.0, certain_recall=0.6, age_on="2020-06-30")
KEY = bytes(range(32))
SEEDS = range(101, 113)


def link(records: pd.DataFrame, *, is_weighed: bool) -> tuple[Linkage, float]:
    """Return the linkage and its wall time in seconds."""
    framework = places.locate_shipped("data") / "framework"
    labels = pd.read_csv(framework / "labels.csv", dtype="str", keep_default_na=False)
    weights = pd.read_csv(framework / "linkage_weights.csv") if is_weighed else None
    start = time.perf_counter()
    linkage = link_records(records, key=KEY, labels=labels, settings=SETTINGS, weights=weights)
    return linkage, time.perf_counter() - start


def measure(linkage: Linkage, truth: pd.Series) -> dict[str, float]:
    """Return precision, recall, and the share of true pairs that the review would still bring."""
    true = true_pairs(truth)
    found = true_pairs(linkage.clusters.set_index("case_id")["person"])
    doubtful = set(zip(linkage.review["case_id_a"], linkage.review["case_id_b"], strict=True))
    return {
        "precision": len(found & true) / max(len(found), 1),
        "recall": len(found & true) / len(true),
        "for review": len(doubtful),
        "true among them": len(doubtful & true),
        "persons": linkage.clusters["person"].nunique(),
        "true persons": truth.nunique(),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS))
    parser.add_argument("--sizes", type=int, nargs="+", default=[3000, 30000], help="records, for the time")
    chosen = parser.parse_args()
    results = []
    for seed in chosen.seeds:
        records, truth = make_people(seed)
        linkage, seconds = link(records, is_weighed=True)
        results.append({"seed": seed, "records": len(records), **measure(linkage, truth), "seconds": seconds})
        exact, _ = link(records, is_weighed=False)
        rules = measure(exact, truth)
        results[-1] |= {"precision, rules": rules["precision"], "recall, rules": rules["recall"]}
        print(pd.DataFrame(results[-1:]).round(4).to_string(index=False, header=len(results) == 1), flush=True)
    table = pd.DataFrame(results)
    print(f"least precision {table['precision'].min():.4f}, mean {table['precision'].mean():.4f}")
    print(f"least recall {table['recall'].min():.4f}, mean {table['recall'].mean():.4f}")
    for slips in (0.5, 2.0, 3.0):
        records, truth = make_people(chosen.seeds[0], slips=slips)
        found = measure(link(records, is_weighed=True)[0], truth)
        print(f"{slips} times the slips: precision {found['precision']:.4f}, recall {found['recall']:.4f}", flush=True)
    for size in chosen.sizes:
        records, truth = make_people(1000, persons=round(size / 1.6))
        linkage, seconds = link(records.iloc[:size], is_weighed=True)
        _, by_rules = link(records.iloc[:size], is_weighed=False)
        print(
            f"{len(linkage.clusters):6d} records: {seconds:6.1f} s weighed, {by_rules:6.1f} s by exact rules",
            flush=True,
        )


if __name__ == "__main__":
    main()

"""Where the parts of a published breakdown do not add up to its total."""

from __future__ import annotations

import pandas as pd

from ctresearch.clean.counts import BREAKDOWNS


def find_sum_gaps(counts: pd.DataFrame) -> pd.DataFrame:
    """Add the parts of each one-way breakdown and compare the sum, with its bounds, with the total.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows of `victims` or `justice`; masked values take part as bounds.

    Returns
    -------
    pandas.DataFrame
        One row a breakdown that does not fit: `jurisdiction`, `year`, `measure`, `breakdown`, `parts_low`,
        `parts_high`, `total_printed`, `verdict` (`exceeds`: even the smallest sum is above the total;
        `falls_short`: even the largest is below it), `source_id`. Only a publisher's own table can fall short: a
        narrative may print some of the parts.
    """
    keys = ["jurisdiction", "year", "year_end", "period", "measure", "source_id", "report_year"]
    totals = counts[counts[list(BREAKDOWNS)].eq("total").all(axis=1)]
    gaps = [
        gap for breakdown in BREAKDOWNS for gap in _compare_breakdown(counts, totals, breakdown=breakdown, keys=keys)
    ]
    columns = [
        "jurisdiction",
        "year",
        "measure",
        "breakdown",
        "parts_low",
        "parts_high",
        "total_printed",
        "verdict",
        "source_id",
    ]
    return pd.DataFrame(gaps, columns=columns).sort_values(["jurisdiction", "measure", "year"], ignore_index=True)


def _compare_breakdown(counts: pd.DataFrame, totals: pd.DataFrame, *, breakdown: str, keys: list[str]) -> list[dict]:
    others = [column for column in BREAKDOWNS if column != breakdown]
    parts = counts[counts[others].eq("total").all(axis=1) & counts[breakdown].ne("total")]
    sums = parts.groupby(keys, dropna=False).agg(
        value_low=("value_low", "sum"), value_high=("value_high", lambda values: values.sum(skipna=False))
    )
    merged = sums.reset_index().merge(totals, on=keys, suffixes=("_parts", ""))
    limits = ["value_high_parts", "value_high"]
    merged[limits] = merged[limits].fillna(float("inf"))
    rows = []
    for row in merged.itertuples():
        exceeds = row.value_low_parts > row.value_high
        falls_short = row.check == "publisher_file" and row.value_high_parts < row.value_low
        if exceeds or falls_short:
            rows.append(
                {
                    "jurisdiction": row.jurisdiction,
                    "year": row.year,
                    "measure": row.measure,
                    "breakdown": breakdown,
                    "parts_low": row.value_low_parts,
                    "parts_high": row.value_high_parts,
                    "total_printed": row.printed,
                    "verdict": "exceeds" if exceeds else "falls_short",
                    "source_id": row.source_id,
                }
            )
    return rows

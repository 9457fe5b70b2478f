"""Where published figures on the same thing differ; both are kept and shown."""

from __future__ import annotations

import pandas as pd

from ctresearch.clean.counts import BREAKDOWNS

COMPARABLE: dict[str, tuple[str, ...]] = {
    "victims": (
        "victims_detected",
        "victims_identified",
        "victims_official",
        "victims_potential",
        "victims_potential_official",
    ),
    "prosecuted": ("persons_prosecuted",),
    "convicted": ("persons_convicted",),
}
"""Measures that readers take for the same thing, though the definitions differ."""


def find_conflicts(counts: pd.DataFrame, *, preferred_source_id: str) -> pd.DataFrame:
    """Compare every other figure on a total with the preferred source's figure for the same years.

    A figure for several years is compared with the sum of the preferred source's years, if it has all of them. A
    part of a year is compared with the whole year: it conflicts only if it is larger.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows of `victims` or `justice`.
    preferred_source_id : str
        The source that series are drawn from.

    Returns
    -------
    pandas.DataFrame
        One row a comparison: `jurisdiction`, `year`, `year_end`, `period`, `concept`, `measure`, `printed`,
        `preferred_low`, `preferred_high`, `preferred_printed`, `verdict` (`agree`, `differ`, `no_preferred`),
        `definition` (`same` or `other`), `source_id`, `preferred_source_id`.
    """
    totals = counts[counts[list(BREAKDOWNS)].eq("total").all(axis=1)]
    is_whole_year = totals["year"].eq(totals["year_end"]) & totals["period"].eq("")
    preferred = totals[totals["source_id"].eq(preferred_source_id) & is_whole_year]
    found = [
        _compare(row, preferred, concept, measures)
        for concept, measures in COMPARABLE.items()
        for row in totals[totals["measure"].isin(measures) & totals["source_id"].ne(preferred_source_id)].itertuples()
    ]
    columns = [
        "jurisdiction",
        "year",
        "year_end",
        "period",
        "concept",
        "measure",
        "printed",
        "preferred_low",
        "preferred_high",
        "preferred_printed",
        "verdict",
        "definition",
        "source_id",
        "preferred_source_id",
    ]
    return pd.DataFrame(found, columns=columns).sort_values(["jurisdiction", "year", "year_end"], ignore_index=True)


def _compare(row, preferred: pd.DataFrame, concept: str, measures: tuple[str, ...]) -> dict:
    same = preferred[
        preferred["jurisdiction"].eq(row.jurisdiction)
        & preferred["measure"].isin(measures)
        & preferred["year"].between(row.year, row.year_end)
    ]
    years = row.year_end - row.year + 1
    complete = len(same) == same["year"].nunique() == years
    low = same["value_low"].sum() if complete else pd.NA
    high = same["value_high"].sum(skipna=False) if complete else pd.NA
    return {
        "jurisdiction": row.jurisdiction,
        "year": row.year,
        "year_end": row.year_end,
        "period": row.period,
        "concept": concept,
        "measure": row.measure,
        "printed": row.printed,
        "preferred_low": low,
        "preferred_high": high,
        "preferred_printed": _print_sum(same) if complete else "",
        "verdict": _judge(row, low, high) if complete else "no_preferred",
        "definition": "same" if complete and same["measure"].eq(row.measure).all() else "other",
        "source_id": row.source_id,
        "preferred_source_id": preferred["source_id"].iloc[0] if complete else "",
    }


def _print_sum(same: pd.DataFrame) -> str:
    if len(same) == 1:
        return same["printed"].iloc[0]
    low, high = int(same["value_low"].sum()), same["value_high"].sum(skipna=False)
    if pd.isna(high):
        return f"at least {low}"
    return f"{low}" if low == high else f"{low} to {int(high)}"


def _judge(row, low: float, high: float) -> str:
    row_high = row.value_high if pd.notna(row.value_high) else float("inf")
    high = high if pd.notna(high) else float("inf")
    if row.period:
        return "differ" if row.value_low > high else "agree"
    return "agree" if row.value_low <= high and low <= row_high else "differ"

"""The justice chain: persons in contact, prosecuted and convicted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctresearch.trends.rates import estimate_ratio_interval

CAVEATS = (
    "Persons convicted in a year were often prosecuted, and prosecuted ones investigated, in an earlier year: "
    "the ratio compares the work of the same years and follows no person.",
    "One authority may count persons and another cases or charges, and changed charges leave the chain.",
)
"""What is said beside every ratio of the chain."""
BACKLOG = "The later step counts more than the earlier one: older cases were closed, or the two are counted otherwise."


def measure_justice_chain(justice: pd.DataFrame, *, jurisdiction: str, source_id: str) -> pd.DataFrame:
    """Lay out persons in contact, prosecuted and convicted by year, as printed.

    Returns one row a year with a column for each measure (printed value, ND where nothing was published).
    Persons convicted in a year were often prosecuted earlier, so no rate is formed from the columns.
    """
    rows = justice[
        justice["jurisdiction"].eq(jurisdiction)
        & justice["source_id"].eq(source_id)
        & justice[["sex", "age_group", "form", "citizenship"]].eq("total").all(axis=1)
        & justice["year"].eq(justice["year_end"])
        & justice["period"].eq("")
    ]
    wide = rows.pivot_table(index="year", columns="measure", values="printed", aggfunc="first")
    return wide.reset_index().rename_axis(columns=None).fillna("ND").assign(source_id=source_id)


def measure_chain_ratios(
    justice: pd.DataFrame, *, steps: Sequence[tuple[str, str]], years: tuple[int, int], level: float
) -> pd.DataFrame:
    r"""Relate steps of the justice chain over the years in which both are known.

    Limits treat both sums as independent Poisson counts (exact conditional interval); masked years enter as bounds.
    It is a ratio, not a share: it may exceed 1.

    Parameters
    ----------
    justice : pandas.DataFrame
        Rows of one jurisdiction and one source with `year`, `measure`, `value_low`, `value_high` (persons).
    steps : sequence of (later measure, earlier measure)
    years : tuple of int
        First and last year looked at.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        One row a step: `later`, `earlier`, `years_n`, `span`, sums `later_low`, `later_high`, `earlier_low`,
        `earlier_high`, `ratio` (all counts known), `ratio_low`, `ratio_high`, `caveat`, `reason`. What does not exist
        is missing, with the reason.

    Raises
    ------
    ValueError
        If rows are of several jurisdictions or sources, or a measure has two rows for a year.

    Examples
    --------
    >>> rows = pd.DataFrame({"year": [2015, 2015], "measure": ["prosecuted", "convicted"], "value": [20.0, 8.0]})
    >>> rows = rows.assign(value_low=rows["value"], value_high=rows["value"])
    >>> measured = measure_chain_ratios(rows, steps=[("convicted", "prosecuted")], years=(2014, 2016), level=0.95)
    >>> measured[["years_n", "ratio"]].to_dict("records")
    [{'years_n': 1, 'ratio': 0.4}]
    """
    for name in ("jurisdiction", "source_id"):
        if name in justice and justice[name].nunique() > 1:
            raise ValueError(f"the rows hold several values of '{name}'; measure one chain at a time")
    rows = justice[justice["year"].between(*years)]
    if rows.duplicated(["year", "measure"]).any():
        raise ValueError("a measure has two rows for a year; choose totals of one source first")
    return pd.DataFrame([_relate(rows, later, earlier, level) for later, earlier in steps])


def compare_chain_ratios(
    justice: pd.DataFrame, *, steps: Sequence[tuple[str, str]], periods: Sequence[tuple[str, int, int]], level: float
) -> pd.DataFrame:
    """Relate steps of the justice chain in each period; see `measure_chain_ratios`.

    Returns
    -------
    pandas.DataFrame
        As from `measure_chain_ratios`, with `time_point` and `source_id`.
    """
    parts = [
        measure_chain_ratios(justice, steps=steps, years=(first, last), level=level).assign(time_point=code)
        for code, first, last in periods
    ]
    return pd.concat(parts, ignore_index=True).assign(source_id=";".join(dict.fromkeys(justice["source_id"])))


def _relate(rows: pd.DataFrame, later: str, earlier: str, level: float) -> dict:
    known = rows.dropna(subset=["value_low", "value_high"])
    pair = known[known["measure"].eq(later)].merge(
        known[known["measure"].eq(earlier)], on="year", suffixes=("_l", "_e")
    )
    sums = {
        f"{step}_{bound}": float(pair[f"value_{bound}_{step[0]}"].sum())
        for step in ("later", "earlier")
        for bound in ("low", "high")
    }
    span = f"{pair['year'].min()}-{pair['year'].max()}" if len(pair) else "ND"
    row = {"later": later, "earlier": earlier, "years_n": len(pair), "span": span, **sums}
    return {**row, **_find_ratio(sums, level, years_n=len(pair))}


def _find_ratio(sums: dict[str, float], level: float, *, years_n: int) -> dict:
    nothing = {"ratio": np.nan, "ratio_low": np.nan, "ratio_high": np.nan, "caveat": " ".join(CAVEATS)}
    if not years_n:
        return {**nothing, "reason": "No year has both steps."}
    if sums["earlier_low"] == 0:
        return {**nothing, "reason": "The earlier step may be zero persons, so there is no ratio."}
    low = estimate_ratio_interval(sums["later_low"], sums["earlier_high"], level=level)[0]
    high = estimate_ratio_interval(sums["later_high"], sums["earlier_low"], level=level)[1]
    is_known = sums["later_low"] == sums["later_high"] and sums["earlier_low"] == sums["earlier_high"]
    more = [BACKLOG] if sums["later_low"] > sums["earlier_high"] else []
    return {
        "ratio": sums["later_low"] / sums["earlier_low"] if is_known else np.nan,
        "ratio_low": low,
        "ratio_high": high,
        "caveat": " ".join([*CAVEATS, *more]),
        "reason": "" if is_known else "Some counts are known only within bounds, so there is a range and no ratio.",
    }

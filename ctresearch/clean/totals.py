"""Where the parts of a published breakdown do not add up to its total."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctresearch.clean.counts import BREAKDOWNS

CROSSED: dict[str, tuple[str, ...]] = {**{name: (name,) for name in BREAKDOWNS}, "sex_age": ("sex", "age_group")}
"""Breakdowns that are added up, and the columns that each goes by."""

_TABLE = ["jurisdiction", "year", "year_end", "period", "measure", "source_id", "report_year"]
_COLUMNS = [
    *("jurisdiction", "year", "year_end", "measure", "breakdown", "parts_n", "parts_low", "parts_high"),
    *("total_low", "total_high", "total_printed", "verdict", "difference", "source_id"),
]


def add_up_parts(counts: pd.DataFrame) -> pd.DataFrame:
    """Add the parts of each breakdown and compare the sum, with its bounds, with the total of the same table.

    Parts whose note says "of which" are inside another part and are not added.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows of `victims`, `justice` or both; masked values take part as bounds. Where both are given, sums of persons
        are compared with the number of victims too.

    Returns
    -------
    pandas.DataFrame
        One row a breakdown that has a total: `jurisdiction`, `year`, `year_end`, `measure`, `breakdown`, `parts_n`
        (rows added), `parts_low`, `parts_high`, `total_low`, `total_high`, `total_printed`, `verdict`, `difference`,
        `source_id`. The verdict is `fits`, `exceeds` (even the smallest sum is above the total), `falls_short` (even
        the largest is below it) or, outside a publisher's own table, `incomplete`: a narrative may print some of the
        parts. `difference` says what is different in what is counted, in codes of the list of that name.
    """
    is_total = counts[list(BREAKDOWNS)].eq("total")
    totals = counts[is_total.all(axis=1)]
    added = counts[~counts["note"].str.contains("of which", regex=False).fillna(False)]
    sums = pd.concat(
        [_sum_parts(added, columns).assign(breakdown=name) for name, columns in CROSSED.items()], ignore_index=True
    )
    merged = sums.merge(totals, on=_TABLE)
    merged["total_low"], merged["total_high"] = merged["value_low"], merged["value_high"].fillna(np.inf)
    merged = merged.rename(columns={"printed": "total_printed"})
    merged["verdict"] = _judge(merged)
    merged["difference"] = _explain(merged, totals)
    return merged.sort_values(["jurisdiction", "measure", "year", "breakdown", "source_id"], ignore_index=True)[
        _COLUMNS
    ]


def _sum_parts(counts: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    is_total = counts[list(BREAKDOWNS)].eq("total")
    others = [name for name in BREAKDOWNS if name not in columns]
    parts = counts[is_total[others].all(axis=1) & ~is_total[list(columns)].any(axis=1)]
    parts = parts.assign(value_high=parts["value_high"].fillna(np.inf))
    groups = parts.groupby(_TABLE, dropna=False, sort=False, as_index=False)
    return groups.agg(parts_n=("value_low", "size"), parts_low=("value_low", "sum"), parts_high=("value_high", "sum"))


def _judge(merged: pd.DataFrame) -> np.ndarray:
    is_over = merged["parts_low"].gt(merged["total_high"]).to_numpy(dtype=bool)
    is_short = merged["parts_high"].lt(merged["total_low"]).to_numpy(dtype=bool)
    is_whole = merged["check"].eq("publisher_file").to_numpy(dtype=bool)
    return np.select([is_over, is_short & is_whole, is_short], ["exceeds", "falls_short", "incomplete"], "fits")


def _explain(merged: pd.DataFrame, totals: pd.DataFrame) -> np.ndarray:
    """Say what the sum looks like; the first of the codes that holds."""
    is_over = merged["verdict"].eq("exceeds").to_numpy(dtype=bool)
    is_short = merged["verdict"].isin(["falls_short", "incomplete"]).to_numpy(dtype=bool)
    is_exact = merged["parts_low"].eq(merged["parts_high"]) & merged["total_low"].eq(merged["total_high"])
    is_double = is_exact & merged["parts_low"].eq(merged["total_low"] * 2)
    choices = {
        "parts_are_victims": is_over & _equal_victims(merged, totals),
        "parts_double": is_over & is_double.to_numpy(dtype=bool),
        "parts_overlap": is_over,
        "parts_missing": is_short,
    }
    return np.select(list(choices.values()), list(choices), "")


def _equal_victims(merged: pd.DataFrame, totals: pd.DataFrame) -> np.ndarray:
    """Whether parts of persons before the law add up to the victims that the same table prints for that year."""
    keys = [name for name in _TABLE if name != "measure"]
    victims = totals.loc[totals["measure"].eq("victims_detected"), [*keys, "value"]].drop_duplicates(keys)
    found = merged[keys].merge(victims, on=keys, how="left")["value"]
    is_equal = found.eq(merged["parts_low"]) & found.eq(merged["parts_high"]) & merged["measure"].ne("victims_detected")
    return is_equal.fillna(False).to_numpy(dtype=bool)

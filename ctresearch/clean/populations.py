"""How far population figures of two sources are apart; the denominator decides the rate."""

from __future__ import annotations

import numpy as np
import pandas as pd


def compare_populations(population: pd.DataFrame) -> pd.DataFrame:
    """Compare every two sources on the population of a jurisdiction in a year, both sexes.

    Women and men are added up where a source prints no total.

    Parameters
    ----------
    population : pandas.DataFrame
        Rows of the table `population`: `jurisdiction`, `year`, `sex`, `population_n` (persons), `source_id`.

    Returns
    -------
    pandas.DataFrame
        One row a jurisdiction, year and pair of sources: `jurisdiction`, `year`, `population_n`, `source_id`,
        `against_n`, `against_source_id`, `gap_pct` (per cent of `population_n` by which the other is larger).

    Examples
    --------
    >>> rows = pd.DataFrame({"jurisdiction": "A", "year": 2014, "sex": ["female", "male", "total"],
    ...                      "population_n": [52, 53, 100], "source_id": ["g", "g", "w"]})
    >>> compare_populations(rows).round(6)[["source_id", "population_n", "against_n", "gap_pct"]].values.tolist()
    [['w', 100, 105, 5.0]]
    """
    keys = ["jurisdiction", "year", "source_id"]
    totals = population[population["sex"].eq("total")].drop_duplicates(keys).assign(is_printed=True)
    halves = population[population["sex"].isin(["female", "male"])]
    sums = halves.groupby(keys, as_index=False).agg(sexes_n=("sex", "nunique"), population_n=("population_n", "sum"))
    sums = sums[sums["sexes_n"].eq(2)].assign(is_printed=False)
    columns = [*keys, "population_n", "is_printed"]
    figures = pd.concat([totals[columns], sums[columns]], ignore_index=True).drop_duplicates(keys)
    pairs = figures.merge(figures, on=["jurisdiction", "year"], suffixes=("", "_against"))
    order = [*zip(~pairs["is_printed"], pairs["source_id"], strict=True)]
    against = [*zip(~pairs["is_printed_against"], pairs["source_id_against"], strict=True)]
    pairs = pairs[np.array([left < right for left, right in zip(order, against, strict=True)], dtype=bool)]
    pairs = pairs.rename(columns={"population_n_against": "against_n", "source_id_against": "against_source_id"})
    pairs["gap_pct"] = (pairs["against_n"] / pairs["population_n"] - 1) * 100
    shown = ["jurisdiction", "year", "population_n", "source_id", "against_n", "against_source_id", "gap_pct"]
    return pairs.sort_values(["jurisdiction", "year", "source_id", "against_source_id"], ignore_index=True)[shown]


def find_widest_gaps(compared: pd.DataFrame) -> pd.DataFrame:
    """Return the year in which two sources are furthest apart, one row a jurisdiction and pair of sources.

    Parameters
    ----------
    compared : pandas.DataFrame
        From `compare_populations`.
    """
    groups = ["jurisdiction", "source_id", "against_source_id"]
    widest = compared.assign(size=compared["gap_pct"].abs()).sort_values(["size", "year"], kind="stable")
    widest = widest.drop_duplicates(groups, keep="last").drop(columns="size")
    return widest.sort_values(groups, ignore_index=True)

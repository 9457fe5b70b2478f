"""The gender and child lens: what is rated and a gap among the flagged indicators, and where the evidence is silent."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ctresearch.needs.rule import SEVERITY, Rule

LENSES = ("is_gender", "is_child")
"""Flags of the framework: gender-sensitive and child-sensitive indicators."""

READINGS = ("gap", "between", "strength", "facts", "silent", "NA")
"""How a flagged indicator stands: rated so, facts without a level, neither, or it does not apply."""


def read_lens(
    levels: pd.DataFrame,
    coverage: pd.DataFrame,
    indicators: pd.DataFrame,
    rule: Rule,
    *,
    jurisdictions: Sequence[str],
    time_point: str,
) -> pd.DataFrame:
    """Read every flagged indicator by itself, one row a lens, jurisdiction and indicator.

    Parameters
    ----------
    levels : pandas.DataFrame
        From `ratings.roll_up_levels` and `ratings.cite_evidence`.
    coverage : pandas.DataFrame
        From `score.count_coverage`.
    indicators : pandas.DataFrame
        `indicator`, `is_gender`, `is_child`.
    rule : Rule
    jurisdictions : sequence of str
    time_point : str

    Returns
    -------
    pandas.DataFrame
        `lens`, `jurisdiction`, `indicator`, `value` (missing where not rated), `lens_reading` (one of `READINGS`),
        `source_id`.
    """
    keys = ["jurisdiction", "indicator"]
    columns = [*keys, "value", "status", "source_id"]
    now = levels.loc[levels["time_point"].eq(time_point), columns]
    flagged = [indicators.loc[indicators[lens], ["indicator"]].assign(lens=lens) for lens in LENSES]
    asked = pd.concat(flagged).merge(pd.DataFrame({"jurisdiction": list(jurisdictions)}), how="cross")
    full = asked.merge(now, on=keys, how="left").merge(coverage[[*keys, "facts_n"]], on=keys, how="left")
    makes = ("level_" + full["value"].astype("Int64").astype("string")).map(rule.scales[SEVERITY].makes)
    rated = makes.map({"need": "gap", "strength": "strength"}).fillna("between")
    reading = pd.Series("silent", index=full.index).mask(full["facts_n"].gt(0), "facts")
    reading = reading.mask(full["status"].eq("coded"), rated).mask(full["status"].eq("NA"), "NA")
    read = full.assign(lens_reading=reading, source_id=full["source_id"].fillna(""))
    return read[["lens", *keys, "value", "lens_reading", "source_id"]]


def count_lens(read: pd.DataFrame) -> pd.DataFrame:
    """Count flagged indicators by lens, jurisdiction and reading.

    Parameters
    ----------
    read : pandas.DataFrame
        From `read_lens`.

    Returns
    -------
    pandas.DataFrame
        `lens`, `jurisdiction`, `asked_n` (those that apply), then one column a reading (`gap_n` and so on),
        `source_id`.

    Examples
    --------
    >>> read = pd.DataFrame({"lens": "is_child", "jurisdiction": "AAA", "lens_reading": ["gap", "silent", "NA"],
    ...                      "source_id": ["s", "", ""]})
    >>> count_lens(read)[["asked_n", "gap_n", "silent_n", "source_id"]].values.tolist()
    [[2, 1, 1, 's']]
    """
    grouped = read.groupby(["lens", "jurisdiction"], sort=False)
    counts = grouped["lens_reading"].value_counts().unstack(fill_value=0).reindex(columns=list(READINGS), fill_value=0)
    sources = grouped["source_id"].agg(lambda ids: ";".join(dict.fromkeys(";".join(filter(None, ids)).split(";"))))
    table = counts.add_suffix("_n").rename(columns={"NA_n": "not_applicable_n"})
    table = table.assign(asked_n=counts.drop(columns="NA").sum(axis=1), source_id=sources)
    order = list(dict.fromkeys(zip(read["lens"], read["jurisdiction"], strict=True)))
    return table.loc[order].reset_index().rename_axis(columns=None)


def find_uncounted(
    victims: pd.DataFrame, *, persons: Sequence[str], jurisdictions: Sequence[str], years: tuple[int, int]
) -> pd.DataFrame:
    """Say for which persons no number of detected victims was published in the years of a time point.

    Parameters
    ----------
    victims : pandas.DataFrame
        Counts by sex and age of one measure and source, with `person` (see `clean.name_sex_and_age`).
    persons : sequence of str
        Those who are asked about: women, men, girls, boys.
    jurisdictions : sequence of str
    years : tuple of int
        First and last year.

    Returns
    -------
    pandas.DataFrame
        `jurisdiction`, `person`, `counted_n` (years with a figure), `victims_low`, `victims_high` (sums over them,
        missing where there is none), `source_id`.
    """
    own = victims[victims["year"].between(*years) & victims["value_low"].notna()]
    grouped = own.groupby(["jurisdiction", "person"])
    found = grouped.agg(
        counted_n=("year", "nunique"),
        victims_low=("value_low", "sum"),
        victims_high=("value_high", lambda values: values.sum(skipna=False)),
        source_id=("source_id", lambda ids: ";".join(dict.fromkeys(ids))),
    )
    asked = pd.MultiIndex.from_product([list(jurisdictions), list(persons)], names=["jurisdiction", "person"])
    return found.reindex(asked).fillna({"counted_n": 0, "source_id": ""}).astype({"counted_n": int}).reset_index()

"""Records of two consecutive years that are the same, which real counts hardly ever are."""

from __future__ import annotations

import pandas as pd

from ctresearch.clean.counts import BREAKDOWNS

_TABLE = ["jurisdiction", "measure", "period", "source_id", "report_year"]
_BY = {"sex_age": ("form", "citizenship"), "form": ("citizenship",), "citizenship": ("form",)}
_CELL = [*BREAKDOWNS, "part"]


def find_repeated_years(counts: pd.DataFrame, *, cells_n: int) -> pd.DataFrame:
    """Find years whose figures a publisher repeats unchanged in the next year.

    The cells by sex and age, by form (with sex and age) and by citizenship are compared each for itself. A repetition
    proves no error; it is a question to the publisher.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows of `victims` or `justice`.
    cells_n : int
        Least number of cells with a printed number above zero that must be the same. Zeros and masked values repeat
        by chance.

    Returns
    -------
    pandas.DataFrame
        One row a repetition: `jurisdiction`, `measure`, `breakdown` (`sex_age`, `form` or `citizenship`), `year`,
        `next_year`, `cells_n` (cells above zero that are the same), `source_id`.

    Examples
    --------
    >>> row = dict(jurisdiction="A", measure="m", period="", source_id="s", report_year=2020, age_group="total",
    ...            form="total", citizenship="total", part=None)
    >>> cells = [row | dict(year=y, year_end=y, sex=s, value=v, printed=str(v))
    ...          for y in (2017, 2018) for s, v in (("female", 60), ("male", 35))]
    >>> find_repeated_years(pd.DataFrame(cells), cells_n=2)[["year", "next_year", "cells_n"]].values.tolist()
    [[2017, 2018, 2]]
    """
    whole = counts[counts["year"].eq(counts["year_end"])]
    found = [_compare_years(_select_cells(whole, name), name) for name in _BY]
    repeats = pd.concat(found, ignore_index=True)
    repeats = repeats[repeats["cells_n"].ge(cells_n)]
    return repeats.sort_values(["jurisdiction", "measure", "year", "breakdown", "source_id"], ignore_index=True)


def _select_cells(counts: pd.DataFrame, breakdown: str) -> pd.DataFrame:
    is_total = counts[list(BREAKDOWNS)].eq("total")
    kept = is_total[list(_BY[breakdown])].all(axis=1)
    return counts[kept if breakdown == "sex_age" else kept & ~is_total[breakdown]]


def _compare_years(cells: pd.DataFrame, breakdown: str) -> pd.DataFrame:
    """Count the cells of each year, those printed the same in the next year, and those of the next year."""
    cells = cells.assign(part=cells["part"].fillna(0), is_number=cells["value"].gt(0).fillna(False))
    before = cells[[*_TABLE, *_CELL, "year", "printed", "is_number"]]
    after = before.drop(columns="is_number").assign(next_year=before["year"], year=before["year"] - 1)
    same = before.merge(after, on=[*_TABLE, *_CELL, "year", "printed"])
    keys = [*_TABLE, "year"]
    repeats = same.groupby(keys, dropna=False, as_index=False).agg(
        same_n=("printed", "size"), cells_n=("is_number", "sum"), next_year=("next_year", "first")
    )
    sizes = [frame.groupby(keys, dropna=False, as_index=False).size() for frame in (before, after)]
    sizes = sizes[0].merge(sizes[1], on=keys, suffixes=("_before", "_after"))
    repeats = repeats.merge(sizes, on=keys)
    is_whole = repeats["same_n"].eq(repeats["size_before"]) & repeats["same_n"].eq(repeats["size_after"])
    columns = ["jurisdiction", "measure", "breakdown", "year", "next_year", "cells_n", "source_id"]
    return repeats[is_whole].assign(breakdown=breakdown)[columns]

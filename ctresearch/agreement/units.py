"""Ratings laid out by unit and coder, after the checks that every measure needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Units:
    """Values by unit (rows) and coder (columns), missing where not rated; `keys` names the units."""

    keys: pd.DataFrame
    coders: tuple[str, ...]
    values: np.ndarray
    categories: np.ndarray

    @property
    def marks(self) -> np.ndarray:
        """Whether each coder gave each unit each category: (units, coders, categories)."""
        return self.values[:, :, None] == self.categories


def arrange_units(ratings: pd.DataFrame, *, units: Sequence[str], categories: Sequence[float]) -> Units:
    """Lay ratings out by unit and coder; units and coders in sorted order, so that row order is irrelevant.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `coder`, the columns of `units`, `value`.
    units : sequence of str
        Columns that say what was rated.
    categories : sequence of float
        Values a coder could give.

    Returns
    -------
    Units
        Units with at least one value.

    Raises
    ------
    ValueError
        With all problems: columns that are missing, double ratings, values that are no category.

    Examples
    --------
    >>> ratings = pd.DataFrame({"coder": ["B", "A"], "unit": [1, 1], "value": [3, None]})
    >>> arrange_units(ratings, units=["unit"], categories=[0, 1, 2, 3]).values.tolist()
    [[nan, 3.0]]
    """
    absent = [name for name in ("coder", *units, "value") if name not in ratings.columns]
    if absent or not units:
        raise ValueError(f"ratings has no column {', '.join(absent)}" if absent else "units names no column")
    rows = ratings[["coder", *units]].assign(value=pd.to_numeric(ratings["value"], errors="coerce").astype("float64"))
    _refuse_problems(ratings, rows, units, categories)
    rows = rows[rows["value"].notna()]
    wide = rows.set_index([*units, "coder"])["value"].unstack("coder").sort_index().sort_index(axis=1)
    coders = tuple(sorted(ratings["coder"].dropna().unique()))
    wide = wide.reindex(columns=list(coders))
    return Units(
        wide.index.to_frame(index=False), coders, wide.to_numpy(dtype=float), np.asarray(categories, dtype=float)
    )


def _refuse_problems(
    ratings: pd.DataFrame, rows: pd.DataFrame, units: Sequence[str], categories: Sequence[float]
) -> None:
    checks = {
        "a coder rated a unit twice": rows.duplicated(["coder", *units], keep=False),
        f"value is not one of {', '.join(f'{value:g}' for value in categories)}": ratings["value"].notna()
        & ~rows["value"].isin(list(categories)),
        f"coder or {', '.join(units)} is empty": rows[["coder", *units]].isna().any(axis=1),
    }
    problems = [f"{what} ({_name_rows(found)})" for what, found in checks.items() if found.any()]
    if problems:
        raise ValueError("ratings: " + "; ".join(problems))


def _name_rows(found: pd.Series) -> str:
    numbers = [str(number) for number in np.flatnonzero(found.to_numpy())[:5] + 1]
    return f"rows {', '.join(numbers)}; {int(found.sum())} in all"

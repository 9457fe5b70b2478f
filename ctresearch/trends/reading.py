"""Columns of a table as numbers, or a sentence that says why they are none."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

LARGEST = 1e15
"""No count of persons, cases or money comes near it; beyond, sums of squares lose their meaning."""


def check_columns(table: pd.DataFrame, needed: Iterable[str], *, what: str) -> None:
    """Refuse what is no table with one column of each name that is needed.

    Parameters
    ----------
    table : pandas.DataFrame
    needed : iterable of str
        Columns that must be there.
    what : str
        How the table is called in the message, for example "series".

    Raises
    ------
    ValueError
        If it is no DataFrame, its columns have several levels, or a column is missing or comes twice.

    Examples
    --------
    >>> check_columns(pd.DataFrame({"year": [2010]}), ["year", "value"], what="series")
    Traceback (most recent call last):
    ValueError: the series has no column 'value'; it has year
    """
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"the {what} is a {type(table).__name__}; expected a pandas DataFrame")
    if table.columns.nlevels > 1:
        raise ValueError(f"the columns of the {what} have several levels; give each one name")
    missing = [name for name in needed if name not in table.columns]
    if missing:
        held = ", ".join(map(str, table.columns)) or "none"
        raise ValueError(f"the {what} has no column {', '.join(map(repr, missing))}; it has {held}")
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise ValueError(f"the {what} has the column '{twice[0]}' twice; keep one")


def read_numbers(table: pd.DataFrame, name: str) -> np.ndarray:
    """Return a column as numbers, missing where it is missing, shape (n,).

    Raises
    ------
    ValueError
        If it holds words, dates or complex numbers; the first five rows are named.

    Examples
    --------
    >>> read_numbers(pd.DataFrame({"value": ["3", None]}), "value").tolist()
    [3.0, nan]
    """
    column = table[name]
    if column.dtype.kind in "Mmc":
        numbers = np.full(len(column), np.nan)
    else:
        try:
            numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        except OverflowError:
            raise ValueError(f"'{name}' holds a number beyond 1e308") from None
    wrong = np.isnan(numbers) & column.notna().to_numpy()
    if wrong.any():
        rows = ", ".join(str(row) for row in np.flatnonzero(wrong)[:5] + 1)
        raise ValueError(f"'{name}' holds what is no number in {int(wrong.sum())} row(s) ({rows}); expected numbers")
    return numbers


def read_years(table: pd.DataFrame) -> pd.Series:
    """Return the column `year` as whole numbers.

    Raises
    ------
    ValueError
        If a year is missing or no whole number.

    Examples
    --------
    >>> read_years(pd.DataFrame({"year": ["2010", "2011"]})).tolist()
    [2010, 2011]
    """
    if table["year"].dtype.kind in "iu" and table["year"].notna().all():
        return table["year"]
    years = read_numbers(table, "year")
    wrong = ~np.isfinite(years) | (years != np.round(years))
    if wrong.any():
        raise ValueError(f"{int(wrong.sum())} row(s) have no year, or one that is no whole number")
    return pd.Series(years.astype("int64"), index=table.index)

"""Work on the distinct values of a column, however many rows repeat them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd


def map_distinct(values: pd.Series, change: Callable[[Any], Any], *, dtype: str = "str") -> pd.Series:
    """Apply a function once to each distinct value, and spread the answers over the rows.

    Parameters
    ----------
    values : pandas.Series
        Any column; missing values stay missing and are never handed to the function.
    change : callable
        From one value to its answer; `None` is a missing answer.
    dtype : str
        Type of the answers.

    Returns
    -------
    pandas.Series
        Same index, name and length.

    Examples
    --------
    >>> map_distinct(pd.Series(["a", "b", "a", None], index=[5, 6, 7, 8]), str.upper).tolist()
    ['A', 'B', 'A', nan]
    """
    places, distinct = split_distinct(values)
    answers = pd.array([*(change(value) for value in distinct), None], dtype=dtype)
    return pd.Series(answers.take(places), index=values.index, name=values.name)


def split_distinct(values: pd.Series) -> tuple[np.ndarray, Sequence[Any]]:
    """Return the place of each row's value among the distinct values, and those.

    A missing value has the place after the last one.

    Examples
    --------
    >>> places, distinct = split_distinct(pd.Series(["b", None, "a", "b"]))
    >>> places.tolist(), list(distinct)
    ([0, 2, 1, 0], ['b', 'a'])
    """
    cells = values.to_numpy(dtype=object) if values.dtype == "str" else values
    places, distinct = pd.factorize(cells, use_na_sentinel=True)
    return np.where(places < 0, len(distinct), places), distinct

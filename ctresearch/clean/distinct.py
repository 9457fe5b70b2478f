"""Work on the distinct values of a column, however many rows repeat them."""

from __future__ import annotations

from collections.abc import Callable
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
    places, distinct = pd.factorize(values, use_na_sentinel=True)
    # The last answer is the missing one, where -1, the place of a missing value, points.
    answers = pd.array([*(change(value) for value in distinct), None], dtype=dtype)
    places = np.where(places < 0, len(distinct), places)
    return pd.Series(answers.take(places), index=values.index, name=values.name)

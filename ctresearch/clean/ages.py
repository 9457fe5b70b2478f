"""Age bands from the dates of birth and of recording, as far as they are known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctresearch.clean.persons import AGE_BANDS

_FIRST_AGES = np.array([first for first, _ in AGE_BANDS.values()])
_MOST_YEARS = 120
_PLACE_VALUES = 10 ** np.arange(7, -1, -1, dtype=np.int32)
_BANDS = np.searchsorted(_FIRST_AGES, np.arange(_MOST_YEARS + 1), side="right").astype(np.int8) - np.int8(1)


def band_between(born: pd.Series, recorded: pd.Series) -> tuple[pd.Series, np.ndarray]:
    """Band the age between two dates where only one band is possible.

    Parameters
    ----------
    born, recorded : pandas.Series
        The same rows: categories of ISO dates that may be partial (2014-03-05, 2014-03 or 2014).

    Returns
    -------
    tuple
        Categories of `persons.AGE_BANDS` with a fresh index, missing where a date is missing or two bands are
        possible; and for each row whether the dates allow an age from 0 to 120 years (true where one is missing).

    Examples
    --------
    >>> born = pd.Series(["2000-06-02", "2000", "2000", "2020"], dtype="category")
    >>> recorded = pd.Series(["2018-06-01", "2018", "2019-12-31", "2019"], dtype="category")
    >>> bands, fits = band_between(born, recorded)
    >>> bands.tolist(), fits.tolist()
    (['9--17', nan, '18--20', nan], [True, True, True, False])
    """
    youngest, oldest = _ages(born, recorded)
    known = (oldest >= 0) & (youngest <= _MOST_YEARS)
    low, high = _BANDS.take(youngest, mode="clip"), _BANDS.take(oldest, mode="clip")
    places = np.where(known & (low == high), low, np.int8(-1))
    missing = (born.isna() | recorded.isna()).to_numpy()
    bands = pd.Categorical.from_codes(places, categories=list(AGE_BANDS), validate=False)
    return pd.Series(bands, copy=False), missing | known


def _ages(born: pd.Series, recorded: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and greatest age in completed years; -1 where a date is missing."""
    born_first, born_last = _bounds(born)
    recorded_first, recorded_last = _bounds(recorded)
    missing = (born_first < 0) | (recorded_first < 0)
    # Dates as numbers yyyymmdd: their difference over 10,000 counts the birthdays.
    youngest = (recorded_first - born_last) // 10_000
    oldest = (recorded_last - born_first) // 10_000
    return np.where(missing, -1, youngest), np.where(missing, -1, oldest)


def _bounds(dates: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and last day that a date allows, as numbers yyyymmdd; -1 where missing."""
    letters = dates.cat.categories.to_numpy(dtype="U10").view(np.uint32).reshape(-1, 10)
    places = dates.cat.codes.to_numpy()
    first, last = (_number(np.where(letters == 0, _spell(text), letters)) for text in ("0001-01-01", "0001-12-31"))
    return first.take(places, mode="wrap"), last.take(places, mode="wrap")


def _spell(text: str) -> np.ndarray:
    return np.array([ord(letter) for letter in text], dtype=np.uint32)


def _number(letters: np.ndarray) -> np.ndarray:
    """Return each date as yyyymmdd, and -1 as the last."""
    digits = np.delete(letters, [4, 7], axis=1).astype(np.int32) - ord("0")
    return np.append(digits @ _PLACE_VALUES, np.int32(-1))

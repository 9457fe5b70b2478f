"""Ages and birth years to the age bands under which case data are shared."""

from __future__ import annotations

import re

import pandas as pd

from ctresearch.clean.distinct import map_distinct

AGE_BANDS = {
    "0--8": (0, 8),
    "9--17": (9, 17),
    "18--20": (18, 20),
    "21--23": (21, 23),
    "24--26": (24, 26),
    "27--29": (27, 29),
    "30--38": (30, 38),
    "39--47": (39, 47),
    "48+": (48, 120),
}
"""First and last age in years of each band of the Counter-Trafficking Data Collaborative.

The Human Trafficking Case Data Standard 2.0 itself records a birth date and has no bands.
"""

_AGE = re.compile(r"\d{1,3}(?:[.,]\d+)?", re.ASCII)
_YEAR = re.compile(r"(\d{4})(?:\.0+)?", re.ASCII)

CHILD_BANDS = tuple(band for band, (_, last) in AGE_BANDS.items() if last < 18)


def band_ages(ages: pd.Series) -> pd.Series:
    """Put ages into bands.

    Parameters
    ----------
    ages : pandas.Series
        Completed years, as numbers or as text.

    Returns
    -------
    pandas.Series
        Bands, same index and name; missing where the age is no number of 0 to 120 years.

    Examples
    --------
    >>> band_ages(pd.Series(["17", "18", "48", "121", "about 20"])).tolist()
    ['9--17', '18--20', '48+', nan, nan]
    """
    return map_distinct(ages, lambda age: _find_band(_read_number(age)))


def band_birth_years(birth_years: pd.Series, at_years: pd.Series) -> pd.Series:
    """Put birth years into the age bands of another year, where the band does not depend on the birthday.

    Parameters
    ----------
    birth_years, at_years : pandas.Series
        The same rows: years of four digits, as numbers or as text.

    Returns
    -------
    pandas.Series
        Bands, same index, named like `birth_years`. A person is `at - birth` or one year less at some day of that
        year; the band is missing where the two ages lie in two bands.

    Raises
    ------
    ValueError
        If the two do not have the same rows.

    Examples
    --------
    >>> band_birth_years(pd.Series([2000, 2000, 2000]), pd.Series([2016, 2018, 2019])).tolist()
    ['9--17', nan, '18--20']
    """
    if not birth_years.index.equals(at_years.index):
        raise ValueError(f"expected the same rows: found {len(birth_years)} birth years and {len(at_years)} years")
    born = map_distinct(birth_years, _read_year, dtype="Float64")
    at = map_distinct(at_years, _read_year, dtype="Float64")
    older = at - born
    bands, younger_bands = band_ages(older), band_ages((older - 1).where(older != 0, 0))
    return bands.where(bands.eq(younger_bands)).rename(birth_years.name)


def is_child(bands: pd.Series) -> pd.Series:
    """Say which bands lie under 18 years.

    Returns
    -------
    pandas.Series
        `boolean`, same index and name; missing where the band is missing.

    Raises
    ------
    ValueError
        If a value is not one of `AGE_BANDS`.

    Examples
    --------
    >>> is_child(pd.Series(["9--17", "18--20", None])).tolist()
    [True, False, <NA>]
    """
    strange = set(bands.dropna().unique()) - set(AGE_BANDS)
    if strange:
        plural = "s" if len(strange) > 1 else ""
        raise ValueError(f"found {len(strange)} other value{plural}, expected age bands: {', '.join(AGE_BANDS)}")
    return map_distinct(bands, lambda band: band in CHILD_BANDS, dtype="boolean")


def _find_band(age: float | None) -> str | None:
    if age is None:
        return None
    return next((band for band, (first, last) in AGE_BANDS.items() if first <= age < last + 1), None)


def _read_number(value: object) -> float | None:
    match = _AGE.fullmatch(str(value).strip())
    number = float(match[0].replace(",", ".")) if match else -1.0
    return number if 0 <= number <= 120 else None


def _read_year(value: object) -> float | None:
    match = _YEAR.fullmatch(str(value).strip())
    return float(match[1]) if match else None

"""Counts as they are: rates with exact intervals, one denominator for each."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

from ctresearch.trends.reading import check_columns, read_numbers, read_years

PER = 100_000
"""Persons for whom a rate is given."""


def estimate_poisson_interval(low: np.ndarray, high: np.ndarray, *, level: float) -> tuple[np.ndarray, np.ndarray]:
    r"""Exact (Garwood) interval of a Poisson mean, for counts known only within bounds.

    The lower limit is :math:`\chi^2_{\alpha/2}(2x)/2` at the smallest and the upper
    :math:`\chi^2_{1-\alpha/2}(2x+2)/2` at the largest count that the printed value allows.

    Parameters
    ----------
    low, high : array of float, shape (n,)
        Smallest and largest possible count; equal where the count is known.
    level : float
        Confidence level between 0 and 1.

    Returns
    -------
    tuple of two arrays, shape (n,)
        Lower and upper limit, in counts.

    References
    ----------
    Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28, 437-442.

    Examples
    --------
    >>> lower, upper = estimate_poisson_interval(np.array([10.0]), np.array([10.0]), level=0.95)
    >>> round(float(lower[0]), 3), round(float(upper[0]), 3)
    (4.795, 18.39)
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, for example 0.95")
    alpha = 1 - level
    low, high = np.asarray(low, dtype=float), np.asarray(high, dtype=float)
    if (low < 0).any() or (low > high).any() or np.isinf(high).any():
        raise ValueError("a count is negative or infinite, or its lower bound is above the upper one")
    lower = np.where(low > 0, stats.chi2.ppf(alpha / 2, 2 * np.maximum(low, 1e-300)) / 2, 0.0)
    return np.where(np.isnan(low), np.nan, lower), stats.chi2.ppf(1 - alpha / 2, 2 * high + 2) / 2


def estimate_ratio_interval(after: float, before: float, *, level: float) -> tuple[float, float]:
    """Exact conditional limits of the ratio of two Poisson means with equal exposure.

    The limits of Clopper and Pearson :math:`p` for the later count, given both together, become :math:`p / (1 - p)`.

    Parameters
    ----------
    after, before : float
        Counts. An infinite one, or two zeros, leaves the ratio open: 0 to infinity.
    level : float
        Confidence level.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Biometrika 31, 313-323.

    Examples
    --------
    >>> low, high = estimate_ratio_interval(20, 10, level=0.95)
    >>> round(low, 3), round(high, 3)
    (0.894, 4.785)
    """
    if np.isinf(before + after) or before + after == 0:
        return 0.0, float("inf")
    interval = stats.binomtest(int(after), int(before + after)).proportion_ci(confidence_level=level, method="exact")
    upper = interval.high / (1 - interval.high) if interval.high < 1 else float("inf")
    return interval.low / (1 - interval.low), upper


def add_rates(counts: pd.DataFrame, population: pd.DataFrame, *, level: float) -> pd.DataFrame:
    """Add rates per 100,000 with exact intervals to yearly counts.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row a jurisdiction, year and sex, with `value`, `value_low`, `value_high` (persons).
    population : pandas.DataFrame
        `jurisdiction`, `year`, `sex`, `population_n` of ONE source; rows without a match get no rate.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        `counts` with `population_n`, `rate_per_100k` (missing where the count is masked), `rate_low`, `rate_high`
        and `population_source_id`. A masked count has an interval but no rate.

    Raises
    ------
    ValueError
        If `population` has two values for a jurisdiction, year and sex, or one that is not above zero.
    """
    keys = ["jurisdiction", "year", "sex"]
    check_columns(counts, [*keys, "value", "value_low", "value_high"], what="table of counts")
    check_columns(population, [*keys, "population_n", "source_id"], what="table of populations")
    empty = read_numbers(population, "population_n") <= 0
    if empty.any():
        raise ValueError(f"population_n is zero or below in {int(empty.sum())} row(s); a rate needs persons")
    if population.duplicated(keys).any():
        raise ValueError("population has two values for a jurisdiction, year and sex; choose one source first")
    counts, population = (table.assign(year=read_years(table)) for table in (counts, population))
    denominators = population[[*keys, "population_n", "source_id"]].rename(
        columns={"source_id": "population_source_id"}
    )
    rated = counts.merge(denominators, on=keys, how="left")
    lower, upper = estimate_poisson_interval(
        read_numbers(rated, "value_low"), read_numbers(rated, "value_high"), level=level
    )
    persons = read_numbers(rated, "population_n")
    return rated.assign(
        rate_per_100k=read_numbers(rated, "value") / persons * PER,
        rate_low=lower / persons * PER,
        rate_high=upper / persons * PER,
    )


def choose_population(population: pd.DataFrame, *, total_source_id: str, sex_source_id: str) -> pd.DataFrame:
    """Keep one denominator for totals and one for each sex, by the study's preferences."""
    is_total = population["sex"].eq("total")
    wanted = (is_total & population["source_id"].eq(total_source_id)) | (
        ~is_total & population["source_id"].eq(sex_source_id)
    )
    return population[wanted].reset_index(drop=True)

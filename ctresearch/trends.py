"""Counts over time: rates with exact intervals, change between periods, the justice chain."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy import stats

_CHANGE_COLUMNS = [
    "jurisdiction",
    *(f"{period}_{key}" for period in ("first", "last") for key in ("low", "high", "years", "span")),
    *("ratio", "ratio_low", "ratio_high", "verdict"),
]

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
    lower = np.where(low > 0, stats.chi2.ppf(alpha / 2, 2 * np.maximum(low, 1e-300)) / 2, 0.0)
    return np.where(np.isnan(low), np.nan, lower), stats.chi2.ppf(1 - alpha / 2, 2 * high + 2) / 2


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
        If `population` has two values for a jurisdiction, year and sex.
    """
    keys = ["jurisdiction", "year", "sex"]
    if population.duplicated(keys).any():
        raise ValueError("population has two values for a jurisdiction, year and sex; choose one source first")
    denominators = population[[*keys, "population_n", "source_id"]].rename(
        columns={"source_id": "population_source_id"}
    )
    rated = counts.merge(denominators, on=keys, how="left")
    lower, upper = estimate_poisson_interval(_floats(rated["value_low"]), _floats(rated["value_high"]), level=level)
    persons = _floats(rated["population_n"])
    return rated.assign(
        rate_per_100k=_floats(rated["value"]) / persons * PER,
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


def compare_periods(
    counts: pd.DataFrame, *, first: tuple[int, int], last: tuple[int, int], level: float
) -> pd.DataFrame:
    r"""Ratio of the yearly counts in two periods, with an exact conditional interval.

    Given the sum of both periods, the later count is binomial; its Clopper-Pearson limits :math:`p` become those of
    the ratio, :math:`p/(1-p)` times the ratio of years. Masked years enter as bounds: the ratio is given only if all
    counts are known, the interval spans what the masked values allow.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row a jurisdiction and year, one measure, one source.
    first, last : tuple of int
        First and last year of the two periods.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        One row a jurisdiction: `first_low`, `first_high`, `first_years`, `first_span`, the same for `last`,
        `ratio`, `ratio_low`, `ratio_high`, `verdict` (`rising`, `falling`, `no_clear_change`, `not_enough_years`).

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series.
    Biometrika 31, 313-323.
    """
    rows = []
    for jurisdiction, group in counts.groupby("jurisdiction", sort=False):
        before, after = _sum_period(group, first), _sum_period(group, last)
        rows.append(
            {
                "jurisdiction": jurisdiction,
                **_name("first", before),
                **_name("last", after),
                **_ratio(before, after, level),
            }
        )
    return pd.DataFrame(rows, columns=_CHANGE_COLUMNS)


def measure_justice_chain(justice: pd.DataFrame, *, jurisdiction: str, source_id: str) -> pd.DataFrame:
    """Lay out persons in contact, prosecuted and convicted by year, as printed.

    Returns one row a year with a column for each measure (printed value, ND where nothing was published).
    Persons convicted in a year were often prosecuted earlier, so no rate is formed from the columns.
    """
    rows = justice[
        justice["jurisdiction"].eq(jurisdiction)
        & justice["source_id"].eq(source_id)
        & justice[["sex", "age_group", "form", "citizenship"]].eq("total").all(axis=1)
        & justice["year"].eq(justice["year_end"])
        & justice["period"].eq("")
    ]
    wide = rows.pivot_table(index="year", columns="measure", values="printed", aggfunc="first")
    return wide.reset_index().rename_axis(columns=None).fillna("ND").assign(source_id=source_id)


def _floats(values: pd.Series) -> np.ndarray:
    return values.astype("Float64").to_numpy(dtype=float, na_value=np.nan)


def _sum_period(group: pd.DataFrame, period: tuple[int, int]) -> dict:
    rows = group[group["year"].between(*period)]
    return {
        "low": float(rows["value_low"].sum()),
        "high": float(rows["value_high"].fillna(np.inf).sum()),
        "years": len(rows),
        "span": _print_span(rows["year"]),
        "is_known": bool(rows["value"].notna().all()) and len(rows) > 0,
    }


def _print_span(years: pd.Series) -> str:
    if years.empty:
        return "ND"
    first, last = int(years.min()), int(years.max())
    return str(first) if first == last else f"{first}-{last}"


def _name(prefix: str, period: dict) -> dict:
    return {f"{prefix}_{key}": period[key] for key in ("low", "high", "years", "span")}


def _ratio(before: dict, after: dict, level: float) -> dict:
    if not before["years"] or not after["years"]:
        return {"ratio": np.nan, "ratio_low": np.nan, "ratio_high": np.nan, "verdict": "not_enough_years"}
    exposure = before["years"] / after["years"]
    low = _conditional_limits(before["high"], after["low"], level)[0] * exposure
    high = _conditional_limits(before["low"], after["high"], level)[1] * exposure
    known = before["is_known"] and after["is_known"] and before["low"] > 0
    verdict = "rising" if low > 1 else "falling" if high < 1 else "no_clear_change"
    return {
        "ratio": after["low"] / before["low"] * exposure if known else np.nan,
        "ratio_low": low,
        "ratio_high": high,
        "verdict": verdict,
    }


def _conditional_limits(before: float, after: float, level: float) -> tuple[float, float]:
    if np.isinf(before + after) or before + after == 0:
        return 0.0, float("inf")
    total = int(before + after)
    interval = stats.binomtest(int(after), total).proportion_ci(confidence_level=level, method="exact")
    upper = interval.high / (1 - interval.high) if interval.high < 1 else float("inf")
    return interval.low / (1 - interval.low), upper

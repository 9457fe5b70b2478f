"""Change between two periods: exact ratios of yearly counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ctresearch.trends.rates import estimate_ratio_interval
from ctresearch.trends.reading import LARGEST, check_columns, read_numbers

_CHANGE_COLUMNS = [
    *(f"{period}_{key}" for period in ("first", "last") for key in ("low", "high", "years", "span")),
    *("ratio", "ratio_low", "ratio_high", "verdict"),
]


def compare_periods(
    counts: pd.DataFrame,
    *,
    first: tuple[int, int],
    last: tuple[int, int],
    level: float,
    by: Sequence[str] = ("jurisdiction",),
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
    by : sequence of str
        Columns that tell series apart.

    Returns
    -------
    pandas.DataFrame
        One row a series: `by`, `first_low`, `first_high`, `first_years`, `first_span`, the same for `last`,
        `ratio`, `ratio_low`, `ratio_high` (infinite where zero is possible before), `verdict` (`rising`, `falling`,
        `no_clear_change`, `not_enough_years`).

    Raises
    ------
    ValueError
        If a column is missing or holds no numbers, a count is negative or infinite, or the level is none.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series.
    Biometrika 31, 313-323.
    """
    numbers = ("year", "value", "value_low", "value_high")
    check_columns(counts, [*by, *numbers], what="table of counts")
    counts = counts.assign(**{name: read_numbers(counts, name) for name in numbers})
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, for example 0.95")
    bounds = counts[["value_low", "value_high"]]
    wrong = (bounds.lt(0) | bounds.gt(LARGEST) | (bounds.ne(bounds.round()) & bounds.notna())).any(axis=1)
    if wrong.any():
        raise ValueError(
            f"{int(wrong.sum())} row(s) hold a count that is negative, above {LARGEST:.0e} or no whole number"
        )
    rows = []
    for key, group in counts.groupby(list(by), sort=False):
        before, after = _sum_period(group, first), _sum_period(group, last)
        rows.append(
            {
                **dict(zip(by, key, strict=True)),
                **_name("first", before),
                **_name("last", after),
                **_ratio(before, after, level),
            }
        )
    return pd.DataFrame(rows, columns=[*by, *_CHANGE_COLUMNS])


@dataclass(frozen=True)
class RateRatio:
    """Ratio of two rates: `ratio` and its exact limits (None where open or undefined), `p_value`, `reason`."""

    ratio: float | None
    ratio_low: float
    ratio_high: float | None
    p_value: float | None
    reason: str


def estimate_rate_ratio(
    after: int, before: int, *, exposure_after: float, exposure_before: float, level: float
) -> RateRatio:
    r"""Estimate the ratio of two Poisson rates with the exact conditional interval and test.

    Given both counts together the later one is binomial with share :math:`rE_1/(rE_1+E_0)`; the interval turns that of
    Clopper and Pearson, the p value adds all counts that are no likelier than the one seen.

    Parameters
    ----------
    after, before : int
        Counts of events.
    exposure_after, exposure_before : float
        Years or persons, above zero.
    level : float
        Confidence level.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Biometrika 31, 313-323.

    Examples
    --------
    >>> ratio = estimate_rate_ratio(41, 15, exposure_after=28010, exposure_before=19017, level=0.95)
    >>> round(ratio.ratio, 4), round(ratio.ratio_low, 4), round(ratio.ratio_high, 4), round(ratio.p_value, 5)
    (1.8558, 1.0057, 3.6093, 0.04085)
    """
    if not all(0 <= count <= LARGEST and count == int(count) for count in (after, before)):
        raise ValueError(f"counts are {after} and {before}; expected whole numbers of 0 or more, up to {LARGEST:.0e}")
    if not (0 < exposure_after < np.inf and 0 < exposure_before < np.inf):
        raise ValueError(f"exposures are {exposure_after} and {exposure_before}; expected numbers above 0")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, for example 0.95")
    if after + before == 0:
        return RateRatio(None, 0.0, None, None, "Both counts are zero, so there is nothing to compare.")
    scale = exposure_before / exposure_after
    low, high = (limit * scale for limit in estimate_ratio_interval(after, before, level=level))
    p_value = stats.binomtest(
        int(after), int(after + before), exposure_after / (exposure_after + exposure_before)
    ).pvalue
    reason = "" if before else "The earlier count is zero, so the ratio has a lower limit and no upper one."
    return RateRatio(after / before * scale if before else None, low, high if before else None, float(p_value), reason)


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
    low = estimate_ratio_interval(after["low"], before["high"], level=level)[0] * exposure
    high = estimate_ratio_interval(after["high"], before["low"], level=level)[1] * exposure
    known = before["is_known"] and after["is_known"] and before["low"] > 0
    verdict = "rising" if low > 1 else "falling" if high < 1 else "no_clear_change"
    return {
        "ratio": after["low"] / before["low"] * exposure if known else np.nan,
        "ratio_low": low,
        "ratio_high": high,
        "verdict": verdict,
    }

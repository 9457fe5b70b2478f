"""One change of level in a yearly series of counts: exact test and exact region of the year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import signal, special

from ctresearch.trends.series import Series, list_scenarios, read_series

EVENTS_MAX_N = 100_000
"""Above so many events the distribution over sums is not computed."""
FAR = 20.0
"""A year whose log-likelihood is so far below the best cannot be the one: the chance is of the order of exp(-20)."""
P_SMALLEST = 1e-10
"""Rounding of the sums; no smaller p value is told."""
DIRECT_N = 1000
"""Up to so many events sums are folded directly."""
PENALTIES = ("bic", "mbic")


@dataclass(frozen=True)
class ChangePoint:
    """The likeliest single change of level, or the reason why there is none.

    Attributes
    ----------
    last_year : float or None
        Last year of the first level.
    rate_before, rate_after : float or None
        Events a year, or for one unit of exposure.
    statistic : float or None
        Twice the logarithm of the likelihood ratio against no change.
    p_value : float or None
        Exact, given the sum of all counts.
    region : tuple of float
        Years that cannot be ruled out as `last_year`, in order; not always neighbours.
    reason : str
    """

    last_year: float | None
    rate_before: float | None
    rate_after: float | None
    statistic: float | None
    p_value: float | None
    region: tuple[float, ...]
    reason: str


def find_change_point(
    counts: pd.DataFrame, *, level: float, years_min: int, exposure: str | None = None
) -> dict[str, ChangePoint]:
    r"""Find the year after which a Poisson mean changed, at all bounds that the masked years allow.

    The year maximises :math:`S_k \log(S_k/E_k) + (N-S_k)\log((N-S_k)/(E-E_k))` over splits with sums of counts
    :math:`S_k` and exposure :math:`E_k`. The test is exact given N: the sums form a Markov chain, and the chance that
    no split reaches the largest ratio is added up along it. A year is in the region unless, given its own sum, the
    chance of a likelihood ratio over it as small as the one seen exceeds `level`.

    Parameters
    ----------
    counts : pandas.DataFrame
        One series as `read_series` takes it.
    level : float
        Confidence level of the region.
    years_min : int
        Years at least on either side, 1 or more.
    exposure : str, optional
        Column with persons.

    Returns
    -------
    dict of str to ChangePoint
        By scenario of `list_scenarios`.

    References
    ----------
    Worsley, K. J. (1986). Confidence regions and tests for a change-point in a sequence of exponential family random
    variables. Biometrika 73, 91-104.
    Siegmund, D. (1988). Confidence sets in change-point problems. International Statistical Review 56, 31-48.

    Examples
    --------
    >>> counts = pd.DataFrame({"year": range(2010, 2018), "value": [9.0, 11, 10, 12, 2, 1, 3, 2]})
    >>> found = find_change_point(counts, level=0.95, years_min=1)["as_counted"]
    >>> found.last_year, found.rate_before, found.rate_after, found.p_value < 0.001
    (2013.0, 10.5, 2.0, True)
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, for example 0.95")
    if years_min < 1:
        raise ValueError(f"years_min is {years_min}; expected at least 1")
    series = read_series(counts, exposure=exposure)
    return {s.name: _find(series, s.values, level, years_min) for s in list_scenarios(series)}


def find_change_points(counts: pd.DataFrame, *, penalty: str, years_min: int) -> dict[str, tuple[float, ...]]:
    r"""Find any number of changes of a Poisson mean by the least penalised likelihood over all partitions.

    Twice the negative log-likelihood of the parts plus, for each change, :math:`2\log n` ("bic") or :math:`3\log n`
    and the logarithm of the lengths of the parts ("mbic", Zhang and Siegmund). No interval comes with it.

    Parameters
    ----------
    counts : pandas.DataFrame
        One series as `read_series` takes it.
    penalty : {"bic", "mbic"}
    years_min : int
        Years at least in a part.

    Returns
    -------
    dict of str to tuple of float
        Last years of all parts but the last, by scenario of `list_scenarios`.

    References
    ----------
    Jackson, B. et al. (2005). An algorithm for optimal partitioning of data on an interval. IEEE Signal Processing
    Letters 12, 105-108.
    Zhang, N. R. and Siegmund, D. O. (2007). A modified Bayes information criterion. Biometrics 63, 22-32.

    Examples
    --------
    >>> counts = pd.DataFrame({"year": range(2010, 2018), "value": [9.0, 11, 10, 12, 2, 1, 3, 2]})
    >>> find_change_points(counts, penalty="bic", years_min=1)
    {'as_counted': (2013.0,)}
    """
    if penalty not in PENALTIES:
        raise ValueError(f"penalty is '{penalty}'; use one of {', '.join(PENALTIES)}")
    if years_min < 1:
        raise ValueError(f"years_min is {years_min}; expected at least 1")
    series = read_series(counts)
    return {
        scenario.name: tuple(float(series.years[end - 1]) for end in _partition(scenario.values, penalty, years_min))
        for scenario in list_scenarios(series)
    }


def _partition(values: np.ndarray, penalty: str, years_min: int) -> list[int]:
    """Return where parts end, the last end left out, by optimal partitioning."""
    n = len(values)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    price = (2 if penalty == "bic" else 3) * np.log(max(n, 2))
    least, before = np.full(n + 1, np.inf), np.zeros(n + 1, dtype=int)
    least[0] = -price
    for end in range(years_min, n + 1):
        starts = np.arange(end - years_min + 1)
        length, events = end - starts, sums[end] - sums[starts]
        cost = -2 * special.xlogy(events, events / length) + (np.log(length) if penalty == "mbic" else 0)
        totals = least[starts] + price + cost
        before[end] = totals.argmin()
        least[end] = totals.min()
    ends, end = [], int(before[n])
    while end > 0:
        ends.append(end)
        end = int(before[end])
    return ends[::-1]


def _find(series: Series, values: np.ndarray, level: float, years_min: int) -> ChangePoint:
    reason = _find_reason(values, years_min)
    if reason:
        return ChangePoint(None, None, None, None, None, (), reason)
    share = np.cumsum(series.exposure) / series.exposure.sum()
    sums = np.cumsum(values)
    splits = np.arange(years_min - 1, len(values) - years_min)
    gains = _gain(sums[splits], sums[-1], share[splits])
    best = splits[gains.argmax()]
    chance = _stay_below(gains.max(), share, splits, total=int(sums[-1]), end=int(sums[-1]), years_n=len(values))
    possible = [k for k in splits if _is_possible(k, sums=sums, share=share, splits=splits, gains=gains, level=level)]
    return ChangePoint(
        last_year=float(series.years[best]),
        rate_before=float(sums[best] / series.exposure[: best + 1].sum()),
        rate_after=float((sums[-1] - sums[best]) / series.exposure[best + 1 :].sum()),
        statistic=2 * float(gains.max()),
        p_value=max(P_SMALLEST, 1 - chance),
        region=tuple(float(year) for year in series.years[possible]),
        reason="",
    )


def _find_reason(values: np.ndarray, years_min: int) -> str:
    if len(values) < max(3, 2 * years_min):
        return f"A change point needs at least {max(3, 2 * years_min)} years; the series has {len(values)}."
    if not values.any():
        return "Every count is zero, so there is no change to find."
    if (values != np.round(values)).any():
        return "A count is not a whole number, so the exact distribution of counts does not hold."
    if values.sum() > EVENTS_MAX_N:
        return f"There are more than {EVENTS_MAX_N:,} events; a trend model suits such a series better."
    return ""


def _gain(sums: np.ndarray, total: float, share: np.ndarray | float) -> np.ndarray:
    """Return the logarithm of the likelihood ratio of a change after a share of the exposure."""
    if total == 0:
        return np.zeros(np.shape(sums))
    before, after = sums / total, 1 - sums / total
    return total * (special.xlogy(before, before / share) + special.xlogy(after, after / (1 - share)))


def _is_possible(
    k: int, *, sums: np.ndarray, share: np.ndarray, splits: np.ndarray, gains: np.ndarray, level: float
) -> bool:
    """Tell if a change after year k may have made a likelihood ratio as large as that of the best year over it."""
    bound, total, n = gains.max(), int(sums[-1]), len(sums)
    short = bound - gains[splits == k][0]
    if short > FAR or short <= 0:
        return bool(short <= 0)
    left = _stay_below(bound, share, splits, total=total, end=int(sums[k]), years_n=k + 1)
    mirrored = np.append(1 - share[-2::-1], 1.0)
    right = _stay_below(bound, mirrored, n - 2 - splits, total=total, end=total - int(sums[k]), years_n=n - k - 1)
    return left * right <= level


def _stay_below(bound: float, share: np.ndarray, splits: np.ndarray, *, total: int, end: int, years_n: int) -> float:
    """Return the chance that no split before `years_n` gains as much as the bound, given the sum `end` of these years.

    Counts of the years at one level are multinomial given their sum; they are taken as Poisson and conditioned on it.
    """
    if end == 0:
        inside = splits[splits < years_n - 1]
        return float(not (_gain(np.zeros(len(inside)), total, share[inside]) >= bound - 1e-9).any())
    steps = np.diff(share[:years_n], prepend=0.0) * end / share[years_n - 1]
    sums, chances = np.arange(end + 1), np.zeros(end + 1)
    logs = special.gammaln(sums + 1.0)
    chances[0] = 1.0
    for year in range(years_n - 1):
        chances = _convolve(chances, _poisson(logs, sums, steps[year]))[: end + 1]
        chances = np.maximum(chances, 0.0)
        if year in splits:
            chances[_gain(sums, total, share[year]) >= bound - 1e-9] = 0.0
    reached = chances @ _poisson(logs, sums, steps[-1])[::-1]
    return float(min(1.0, reached / _poisson(logs[-1:], sums[-1:], float(end))[0]))


def _poisson(logs: np.ndarray, counts: np.ndarray, mean: float) -> np.ndarray:
    return np.exp(special.xlogy(counts, mean) - mean - logs)


def _convolve(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    # Short series of counts are folded directly, which is exact and ten times as fast; long ones by Fourier.
    return np.convolve(first, second) if len(first) < DIRECT_N else signal.fftconvolve(first, second)

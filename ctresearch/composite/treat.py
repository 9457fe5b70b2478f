"""What COINr does before normalising: relate values to a size, and pull in outliers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import scipy


def denominate(scores: pd.DataFrame, denominators: pd.DataFrame, *, by: Mapping[str, str]) -> pd.DataFrame:
    """Divide indicators by a size of the jurisdiction, such as its population.

    Parameters
    ----------
    scores, denominators : pandas.DataFrame
        One row a jurisdiction (index).
    by : mapping
        Denominator of each indicator that has one.

    Returns
    -------
    pandas.DataFrame
        A value is missing where it or its denominator is.

    Raises
    ------
    ValueError
        Naming the denominators that are absent or not above 0 somewhere.

    Examples
    --------
    >>> scores, sizes = pd.DataFrame({"victims": [4.0]}), pd.DataFrame({"persons": [2.0]})
    >>> denominate(scores, sizes, by={"victims": "persons"})["victims"].tolist()
    [2.0]
    """
    sizes = denominators.reindex(index=scores.index, columns=sorted(set(by.values())))
    unfit = [str(name) for name in sizes.columns if sizes[name].isna().all() or sizes[name].le(0).any()]
    if unfit:
        raise ValueError(f"denominators: {', '.join(unfit)} must be above 0 wherever it is known")
    return scores.assign(**{name: scores[name] / sizes[size] for name, size in by.items()})


def treat_outliers(scores: pd.DataFrame, *, most_n: int, skew: float, kurtosis: float) -> pd.DataFrame:
    """Pull in the outermost values of indicators whose skewness AND kurtosis are beyond the limits, one at a time.

    Each step gives the outermost values, on the side of the skew, the value next to them, until one limit is met.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a jurisdiction (index), one column an indicator.
    most_n : int
        Most values that may be pulled in.
    skew, kurtosis : float
        Limits of the absolute sample skewness and the sample excess kurtosis.

    Raises
    ------
    ValueError
        Naming the indicators that are still beyond the limits; they need another treatment.

    References
    ----------
    Becker, W. et al. (2022). COINr: an R package for developing composite indicators. JOSS 7(78), 4567.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [1, 2, 3, 4, 5, 6, 7, 8, 9, 1000.0]})
    >>> treat_outliers(scores, most_n=1, skew=2, kurtosis=3.5)["a"].tolist()[-2:]
    [9.0, 9.0]
    """
    treated, stubborn = {}, []
    for name in scores.columns:
        values, is_treated = _pull_in(scores[name].to_numpy(dtype=float), most_n, skew, kurtosis)
        treated[name] = values
        if not is_treated:
            stubborn.append(str(name))
    if stubborn:
        raise ValueError(f"{', '.join(stubborn)}: outliers remain after {most_n} values were pulled in")
    return pd.DataFrame(treated, index=scores.index)


def _pull_in(values: np.ndarray, most_n: int, skew: float, kurtosis: float) -> tuple[np.ndarray, bool]:
    values = values.copy()
    for step in range(most_n + 1):
        known = values[~np.isnan(values)]
        if len(known) < 4 or np.ptp(known) == 0:
            return values, True
        leaning = float(scipy.stats.skew(known, bias=False))
        if abs(leaning) <= skew or float(scipy.stats.kurtosis(known, bias=False)) <= kurtosis:
            return values, True
        if step < most_n:
            outermost = known.max() if leaning > 0 else known.min()
            rest = known[known != outermost]
            values[values == outermost] = rest.max() if leaning > 0 else rest.min()
    return values, False

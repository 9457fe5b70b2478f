"""Whether indicators measure one thing: Cronbach's alpha, and what each indicator adds to it."""

from __future__ import annotations

import numpy as np
import pandas as pd

CANCELLED = "the standardised indicators add up to the same for all, so their sum measures nothing"
_LEAST = 1e-12


def measure_consistency(scores: pd.DataFrame) -> pd.DataFrame:
    r"""Standardised Cronbach alpha :math:`k\bar r/(1+(k-1)\bar r)` of all indicators and without each of them.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a jurisdiction, one column an indicator (three or more), without missing values, more being better.

    Returns
    -------
    pandas.DataFrame
        `left_out` (`none` first), `rest_correlation` (of the indicator with the sum of the others, all standardised),
        `alpha`, and `reason`: a sentence where one of them does not exist because indicators cancel each other out,
        else empty.

    Raises
    ------
    ValueError
        If there are fewer than three indicators or jurisdictions, values are missing, or an indicator is constant.

    References
    ----------
    OECD/JRC (2008). Handbook on Constructing Composite Indicators, section 4 and table 18.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 2, 3], "c": [1.0, 3, 2]})
    >>> measure_consistency(scores)["alpha"].round(3).tolist()
    [0.857, 0.667, 0.667, 1.0]
    """
    if min(scores.shape) < 3 or scores.isna().any().any():
        raise ValueError("consistency needs three or more indicators and jurisdictions, and no missing value")
    constant = [str(name) for name in scores.columns[scores.nunique().lt(2)]]
    if constant:
        raise ValueError(f"{', '.join(constant[:5])} ({len(constant)} in all) is constant and has no correlation")
    related = scores.corr()
    rows = [("none", np.nan, *_estimate_alpha(related.to_numpy()))]
    for name in scores.columns:
        rest = related.drop(index=name, columns=name).to_numpy()
        with_rest = float((related[name].sum() - 1) / np.sqrt(rest.sum())) if rest.sum() > _LEAST else np.nan
        alpha, reason = _estimate_alpha(rest)
        rows.append((str(name), with_rest, alpha, CANCELLED if np.isnan(with_rest) else reason))
    return pd.DataFrame(rows, columns=["left_out", "rest_correlation", "alpha", "reason"])


def _estimate_alpha(related: np.ndarray) -> tuple[float, str]:
    k = len(related)
    mean = (related.sum() - k) / (k * (k - 1))
    below = 1 + (k - 1) * mean
    return (float(k * mean / below), "") if below > _LEAST else (float("nan"), CANCELLED)

"""Missing values: filled by a stated method and never otherwise; values that are there are never touched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

IMPUTATIONS = ("mean", "median", "group_mean", "value")
"""Methods, each a function `impute_...`."""


@dataclass(frozen=True)
class Screened:
    """The units kept, and the coverage of all with the reason why one was left out."""

    kept: pd.DataFrame
    coverage: pd.DataFrame


def impute_mean(scores: pd.DataFrame) -> pd.DataFrame:
    """Fill missing values with the mean of the indicator over the other jurisdictions.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a jurisdiction (index), one column an indicator.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    ValueError
        Naming the indicators that have no value at all.

    Examples
    --------
    >>> impute_mean(pd.DataFrame({"P-1": [1.0, None, 3.0]}))["P-1"].tolist()
    [1.0, 2.0, 3.0]
    """
    return _fill(scores, scores.mean(), "in any jurisdiction")


def impute_median(scores: pd.DataFrame) -> pd.DataFrame:
    """Fill missing values with the median of the indicator; otherwise as `impute_mean`.

    Examples
    --------
    >>> impute_median(pd.DataFrame({"P-1": [0.0, None, 0.0, 3.0]}))["P-1"].tolist()
    [0.0, 0.0, 0.0, 3.0]
    """
    return _fill(scores, scores.median(), "in any jurisdiction")


def impute_group_mean(scores: pd.DataFrame, *, groups: pd.Series | Mapping[str, str]) -> pd.DataFrame:
    """Fill missing values with the mean of the indicator within a group of jurisdictions (Handbook, section 3).

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a jurisdiction (index), one column an indicator.
    groups : mapping
        Group of every jurisdiction.

    Raises
    ------
    ValueError
        If a jurisdiction has no group, or naming the indicators without a value in a group that needs one.

    Examples
    --------
    >>> scores = pd.DataFrame({"P-1": [1.0, None, 3.0]}, index=["A", "B", "C"])
    >>> impute_group_mean(scores, groups={"A": "x", "B": "x", "C": "y"})["P-1"].tolist()
    [1.0, 1.0, 3.0]
    """
    group = pd.Series(dict(groups), dtype="object").reindex(scores.index)
    if group.isna().any():
        raise ValueError(f"groups has no group for {', '.join(map(str, scores.index[group.isna()]))}")
    return _fill(scores, scores.groupby(group.to_numpy()).transform("mean"), "in its group")


def impute_value(scores: pd.DataFrame, *, values: pd.Series | Mapping[str, float]) -> pd.DataFrame:
    """Fill missing values with a stated value for each indicator, for example the lowest of its scale.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a jurisdiction (index), one column an indicator.
    values : mapping
        Value of every indicator that has a missing one.

    Raises
    ------
    ValueError
        Naming the indicators that have a missing value and no stated one.

    Examples
    --------
    >>> impute_value(pd.DataFrame({"P-1": [1.0, None]}), values={"P-1": 0})["P-1"].tolist()
    [1.0, 0.0]
    """
    stated = pd.Series(dict(values), dtype="float64").reindex(scores.columns)
    return _fill(scores, stated, "among the stated ones")


def screen_coverage(scores: pd.DataFrame, *, least_share: float) -> Screened:
    """Keep the jurisdictions with at least a share of the indicators, and say of the others why not.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a jurisdiction (index), one column an indicator.
    least_share : float
        Smallest share (0-1) of indicators with a value.

    Returns
    -------
    Screened
        `coverage` has `values_n`, `coverage_share`, `is_kept`, `reason`.

    Raises
    ------
    ValueError
        If the share is not between 0 and 1.

    Examples
    --------
    >>> scores = pd.DataFrame({"P-1": [1.0, None], "P-2": [2.0, 3.0]}, index=["A", "B"])
    >>> screen_coverage(scores, least_share=0.9).coverage["reason"].tolist()
    ['', '1 of 2 indicators have a value, 90 % are needed']
    """
    if not 0 <= least_share <= 1:
        raise ValueError(f"least_share is {least_share}; expected a share between 0 and 1, for example 0.8")
    values_n = scores.notna().sum(axis=1)
    share = values_n / max(scores.shape[1], 1)
    is_kept = share.ge(least_share)
    needed = f"of {scores.shape[1]} indicators have a value, {least_share:.0%} are needed".replace("%", " %")
    reason = ["" if kept else f"{count} {needed}" for kept, count in zip(is_kept, values_n, strict=True)]
    coverage = pd.DataFrame(
        {"values_n": values_n, "coverage_share": share, "is_kept": is_kept, "reason": reason}, index=scores.index
    )
    return Screened(scores[is_kept], coverage)


def _fill(scores: pd.DataFrame, values: pd.Series | pd.DataFrame, where: str) -> pd.DataFrame:
    known = scores.to_numpy(dtype=float)
    filled = pd.DataFrame(
        np.where(np.isnan(known), values.to_numpy(dtype=float), known), index=scores.index, columns=scores.columns
    )
    unfilled = [str(name) for name in scores.columns[filled.isna().any()]]
    if unfilled:
        raise ValueError(f"{', '.join(unfilled[:5])} ({len(unfilled)} in all) cannot be imputed: no value {where}")
    return filled

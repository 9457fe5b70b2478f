"""Aggregation: weighted means of indicators, for one set of weights or for thousands at once."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ctresearch.composite.structure import align_values, list_children

MEANS = ("arithmetic", "geometric", "harmonic", "median")
"""Methods, each a function `aggregate_...`; the first lets a strength make up fully for a weakness."""

MISSING = ("refuse", "available")
"""What to do about missing values: refuse them, or take the mean of what there is, with weights rescaled."""

_CELLS = 2**21
"""Cells of the largest intermediate array: 16 MiB of floats."""


def aggregate_arithmetic(scores: pd.DataFrame, *, weights: pd.Series | Mapping[str, float], missing: str) -> pd.Series:
    r"""Weighted arithmetic mean :math:`\sum w x/\sum w`.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a jurisdiction (index), one column an indicator, normalised.
    weights : mapping
        Weight (0 or above) of every indicator.
    missing : str
        One of `MISSING`.

    Returns
    -------
    pandas.Series
        By jurisdiction; missing where no value is available.

    Raises
    ------
    ValueError
        If values are missing and those are refused, a weight is missing or negative, or all are 0.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [0.0], "b": [100.0]}, index=["ALB"])
    >>> aggregate_arithmetic(scores, weights={"a": 1, "b": 3}, missing="refuse").to_dict()
    {'ALB': 75.0}
    """
    return _aggregate(scores, weights, missing, "arithmetic")


def aggregate_geometric(scores: pd.DataFrame, *, weights: pd.Series | Mapping[str, float], missing: str) -> pd.Series:
    r"""Weighted geometric mean :math:`\prod x^{w/\sum w}`; a weakness is only partly made up for.

    Parameters
    ----------
    scores, weights, missing
        As in `aggregate_arithmetic`; every value must be above 0.

    Raises
    ------
    ValueError
        As `aggregate_arithmetic`, and naming the indicators with a value that is not above 0.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [1.0], "b": [100.0]}, index=["ALB"])
    >>> aggregate_geometric(scores, weights={"a": 1, "b": 1}, missing="refuse").round(6).to_dict()
    {'ALB': 10.0}
    """
    return _aggregate(scores, weights, missing, "geometric")


def aggregate_harmonic(scores: pd.DataFrame, *, weights: pd.Series | Mapping[str, float], missing: str) -> pd.Series:
    r"""Weighted harmonic mean :math:`\sum w/\sum(w/x)`; the lowest values count most.

    Parameters
    ----------
    scores, weights, missing
        As in `aggregate_geometric`.

    Raises
    ------
    ValueError
        As `aggregate_geometric`.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [1.0], "b": [3.0]}, index=["ALB"])
    >>> aggregate_harmonic(scores, weights={"a": 1, "b": 1}, missing="refuse").to_dict()
    {'ALB': 1.5}
    """
    return _aggregate(scores, weights, missing, "harmonic")


def aggregate_median(scores: pd.DataFrame, *, weights: pd.Series | Mapping[str, float], missing: str) -> pd.Series:
    """Weighted median: half of the weight lies at or below it, the middle of two values where it falls between.

    Parameters
    ----------
    scores, weights, missing
        As in `aggregate_arithmetic`.

    Raises
    ------
    ValueError
        As `aggregate_arithmetic`.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [0.0], "b": [10.0], "c": [100.0]}, index=["ALB"])
    >>> aggregate_median(scores, weights={"a": 1, "b": 1, "c": 1}, missing="refuse").to_dict()
    {'ALB': 10.0}
    """
    return _aggregate(scores, weights, missing, "median")


def climb_levels(
    scores: pd.DataFrame, structure: pd.DataFrame, *, weights: pd.Series | Mapping[str, float], mean: str, missing: str
) -> pd.DataFrame:
    """Aggregate from the indicators to the top, one level after the other.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a jurisdiction (index), one column an indicator of level 1, normalised.
    structure : pandas.DataFrame
        From `describe_structure`.
    weights : mapping
        Weight of every code among its siblings.
    mean : str
        One of `MEANS`, used at every level.
    missing : str
        One of `MISSING`.

    Returns
    -------
    pandas.DataFrame
        `scores` with a column for every aggregate.

    Raises
    ------
    ValueError
        As the aggregation, or if an indicator of the structure is no column of the scores.

    Examples
    --------
    >>> rows = [("a", "X", 1), ("b", "X", 1), ("X", "", 2)]
    >>> structure = pd.DataFrame(rows, columns=["code", "parent", "level"])
    >>> scores = pd.DataFrame({"a": [1.0], "b": [3.0]}, index=["ALB"])
    >>> weights = {"a": 1, "b": 1, "X": 1}
    >>> climb_levels(scores, structure, weights=weights, mean="arithmetic", missing="refuse")["X"].to_dict()
    {'ALB': 2.0}
    """
    climbed = scores.copy()
    absent = [code for code in structure.loc[structure["level"].eq(1), "code"] if code not in scores.columns]
    if absent:
        raise ValueError(f"scores has no column {', '.join(absent[:5])} ({len(absent)} in all)")
    given = dict(weights)
    for code, members in list_children(structure).items():
        climbed[code] = _aggregate(
            climbed[members], {name: given[name] for name in members if name in given}, missing, mean
        )
    return climbed


def average_rows(values: np.ndarray, weights: np.ndarray, *, mean: str) -> np.ndarray:
    """Aggregate with many sets of weights at once; what is missing is left out and its weight with it.

    Parameters
    ----------
    values : array of float, shape (u, i)
        Units by indicators, or (d, u, i) with values of its own for every set of weights.
    weights : array of float, shape (d, i)
        Sets of weights, 0 or above.
    mean : str
        One of `MEANS`.

    Returns
    -------
    numpy.ndarray, shape (d, u)
        Missing where nothing is available, or where a geometric or harmonic mean meets a value that is not above 0.

    Raises
    ------
    ValueError
        If the method is unknown.

    Examples
    --------
    >>> average_rows(np.array([[1.0, 3.0]]), np.array([[1.0, 1.0], [1.0, 0.0]]), mean="arithmetic").tolist()
    [[2.0], [1.0]]
    """
    if mean not in MEANS:
        raise ValueError(f"mean is {mean!r}; expected one of {', '.join(MEANS)}")
    if mean == "median":
        return _average_median(values, weights)
    is_known = ~np.isnan(values)
    if mean == "arithmetic":
        return _divide(_weigh(np.where(is_known, values, 0.0), weights), _weigh(is_known.astype(float), weights))
    is_low = is_known & (values <= 0)
    usable = np.where(is_known & ~is_low, values, 1.0)
    carried = np.log(usable) if mean == "geometric" else np.where(is_known, 1 / usable, 0.0)
    summed, total = _weigh(carried, weights), _weigh(is_known.astype(float), weights)
    averaged = np.exp(_divide(summed, total)) if mean == "geometric" else _divide(total, summed)
    if not is_low.any():
        return averaged
    return np.where(_weigh(is_low.astype(float), weights) > 0, np.nan, averaged)


def _aggregate(scores: pd.DataFrame, weights: pd.Series | Mapping[str, float], missing: str, mean: str) -> pd.Series:
    if missing not in MISSING:
        raise ValueError(f"missing is {missing!r}; expected {' or '.join(MISSING)}")
    weight = align_values(weights, scores.columns, what="weights")
    if (weight < 0).any() or not weight.sum() > 0:
        raise ValueError("weights must be 0 or above, and one of them above 0")
    values = scores.to_numpy(dtype=float)[:, weight > 0]
    used = scores.columns[weight > 0]
    _refuse_values(used, np.isnan(values) & (missing == "refuse"), "has missing values; impute them or leave them out")
    if mean in ("geometric", "harmonic"):
        _refuse_values(
            used, values <= 0, f"has a value that is not above 0; a {mean} mean needs a scale such as (1, 100)"
        )
    return pd.Series(average_rows(values, weight[None, weight > 0], mean=mean)[0], index=scores.index)


def _refuse_values(columns: pd.Index, is_bad: np.ndarray, why: str) -> None:
    bad = [str(name) for name in columns[is_bad.any(axis=0)]]
    if bad:
        raise ValueError(f"{', '.join(bad[:5])} ({len(bad)} in all) {why}")


def _weigh(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return weights @ values.T if values.ndim == 2 else np.einsum("di,dui->du", weights, values)


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)


def _average_median(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    found = np.empty((len(weights), values.shape[-2]))
    step = max(1, _CELLS // max(1, values.shape[-1] * values.shape[-2]))
    for start in range(0, len(weights), step):
        part = slice(start, start + step)
        found[part] = _find_medians(values if values.ndim == 2 else values[part], weights[part])
    return found


def _find_medians(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    order = np.argsort(values, axis=-1)
    ranked = np.take_along_axis(values, order, axis=-1)
    if values.ndim == 2:
        carried = weights[:, order]
    else:
        carried = np.take_along_axis(np.broadcast_to(weights[:, None, :], values.shape), order, axis=-1)
    summed = np.cumsum(np.where(np.isnan(ranked), 0.0, carried), axis=-1)
    half = summed[..., -1:] / 2
    slack = 1e-9 * half
    below = (summed < half - slack).sum(axis=-1, keepdims=True)
    above = (summed <= half + slack).sum(axis=-1, keepdims=True)
    last = ranked.shape[-1] - 1
    if values.ndim == 2:
        rows = np.arange(len(values))[None, :, None]
        low, high = ranked[rows, np.minimum(below, last)], ranked[rows, np.minimum(above, last)]
    else:
        low, high = (np.take_along_axis(ranked, np.minimum(at, last), axis=-1) for at in (below, above))
    return np.where(half[..., 0] > 0, (low + high)[..., 0] / 2, np.nan)

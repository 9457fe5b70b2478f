"""Coefficients of many resamples of the units at once."""

from __future__ import annotations

import numpy as np


def resample_coefficient(marks: np.ndarray, weights: np.ndarray, *, coefficient: str, times: np.ndarray) -> np.ndarray:
    """Calculate a coefficient for every resample; missing where it cannot be calculated.

    Parameters
    ----------
    marks : array of bool, shape (n, r, q)
        As in `estimate_coefficient`.
    weights : array of float, shape (q, q)
        Agreement between categories.
    coefficient : str
        As in `estimate_coefficient`, or `alpha_ordinal`, whose weights follow from the values of each resample.
    times : array of int, shape (b, n)
        How often each unit was drawn.

    Returns
    -------
    numpy.ndarray, shape (b,)

    Examples
    --------
    >>> marks = np.array([[0, 0], [1, 1], [1, 0], [0, 0]])[:, :, None] == np.array([0, 1])
    >>> resample_coefficient(marks, np.eye(2), coefficient="kappa", times=np.ones((1, 4), dtype=int)).tolist()
    [0.5]
    """
    marks = np.asarray(marks, dtype=float)
    counts = marks.sum(axis=1)
    if coefficient.startswith("alpha"):
        return _resample_alpha(counts, weights, times, is_ordinal=coefficient == "alpha_ordinal")
    rated = counts.sum(axis=1)
    has_pair = rated >= 2
    agreed = np.where(has_pair, (counts * (counts @ weights.T - 1)).sum(axis=1) / np.maximum(rated * (rated - 1), 1), 0)
    observed = _divide(times @ agreed, times @ has_pair.astype(float))
    return _correct(observed, _resample_chance(counts, marks, weights, times, coefficient))


def _resample_chance(
    counts: np.ndarray, marks: np.ndarray, weights: np.ndarray, times: np.ndarray, coefficient: str
) -> np.ndarray:
    q = len(weights)
    if coefficient == "observed":
        return np.zeros(len(times))
    if coefficient == "bp":
        return np.full(len(times), weights.sum() / q**2)
    if coefficient == "kappa":
        return _resample_chance_by_coder(marks, weights, times)
    rated = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(rated, 1)
    used = _divide(times @ shares, (times @ (rated > 0))[:, :1])
    if coefficient == "ac":
        return weights.sum() / (q * (q - 1)) * (used * (1 - used)).sum(axis=1)
    return ((used @ weights) * used).sum(axis=1)


def _resample_chance_by_coder(marks: np.ndarray, weights: np.ndarray, times: np.ndarray) -> np.ndarray:
    n, coders, q = marks.shape
    given = (times @ marks.reshape(n, coders * q)).reshape(-1, coders, q)
    habits = _divide(given, given.sum(axis=2, keepdims=True))
    present = ~np.isnan(habits[:, :, 0])
    habits = np.nan_to_num(habits)
    others = (habits.sum(axis=1, keepdims=True) - habits) @ weights.T
    coders_n = present.sum(axis=1)
    return _divide((habits * others).sum(axis=(1, 2)), coders_n * (coders_n - 1.0))


def _resample_alpha(counts: np.ndarray, weights: np.ndarray, times: np.ndarray, *, is_ordinal: bool) -> np.ndarray:
    rated = counts.sum(axis=1)
    paired = rated >= 2
    counts, rated, times = counts[paired], rated[paired], times[:, paired]
    q = counts.shape[1]
    together = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(q)
    met = (times @ (together / (rated - 1)[:, None, None]).reshape(len(counts), q * q)).reshape(-1, q, q)
    totals = met.sum(axis=2)
    distance = _measure_ordinal_distance(totals) if is_ordinal else 1 - weights
    total = totals.sum(axis=1)
    expected = (totals[:, :, None] * totals[:, None, :] * distance).sum(axis=(1, 2))
    return 1 - _divide((met * distance).sum(axis=(1, 2)) * (total - 1), expected)


def _measure_ordinal_distance(totals: np.ndarray) -> np.ndarray:
    r"""Krippendorff's :math:`(\sum_{g=c}^k n_g-(n_c+n_k)/2)^2`, for every resample."""
    middle = np.cumsum(totals, axis=1) - totals / 2
    return (middle[:, :, None] - middle[:, None, :]) ** 2


def _correct(observed: np.ndarray, chance: np.ndarray) -> np.ndarray:
    return _divide(observed - chance, np.where(np.isclose(chance, 1.0, rtol=0, atol=1e-12), 0.0, 1 - chance))


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    below = np.broadcast_to(below, above.shape)
    return np.divide(above, below, out=np.full(above.shape, np.nan), where=below > 0)

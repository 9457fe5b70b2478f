"""How much two different values agree: weights between the categories of a scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SCALES = ("identity", "linear", "quadratic", "ordinal")
"""Weightings: any difference counts in full, by its size, by its square, or by the ranks between."""


def weigh_categories(categories: Sequence[float], *, scale: str) -> np.ndarray:
    r"""Weigh the agreement of every pair of categories, 1 for equal ones.

    `linear` is :math:`1-|x_k-x_l|/(x_q-x_1)`, `quadratic` its square of the difference, `ordinal`
    :math:`1-\binom{|k-l|+1}{2}/\binom{q}{2}` for ranks k and l.

    Parameters
    ----------
    categories : sequence of float, length q
        Every value a coder could give, in ascending order, whether or not it was given.
    scale : str
        One of `SCALES`.

    Returns
    -------
    numpy.ndarray, shape (q, q)
        Weights between 0 and 1.

    Raises
    ------
    ValueError
        If there are fewer than two categories, they do not ascend, or the scale is unknown.

    References
    ----------
    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition, chapter 3.

    Examples
    --------
    >>> weigh_categories([0, 1, 2, 3], scale="linear")[0].round(2).tolist()
    [1.0, 0.67, 0.33, 0.0]
    """
    values = np.asarray(categories, dtype=float)
    if len(values) < 2 or not np.all(np.diff(values) > 0):
        raise ValueError(f"categories are {list(categories)}; expected at least two values in ascending order")
    if scale not in SCALES:
        raise ValueError(f"scale is {scale!r}; expected one of {', '.join(SCALES)}")
    if scale == "identity":
        return np.eye(len(values))
    if scale == "ordinal":
        between = np.abs(np.subtract.outer(np.arange(len(values)), np.arange(len(values))))
        return 1 - between * (between + 1) / (len(values) * (len(values) - 1))
    distance = np.abs(np.subtract.outer(values, values)) / (values[-1] - values[0])
    return 1 - distance ** (2 if scale == "quadratic" else 1)

"""Many small Poisson regressions at once, on the lattice of capture histories."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import gammaln, xlogy
from threadpoolctl import ThreadpoolController

from ctresearch.multiple_systems.lattice import spread_effects, sum_subsets, sum_supersets

_MOST_STEPS = 100
_MOST_HALVINGS = 40
_CLOSE = 1e-8
_LARGEST_LOG = 500.0
_NUMBERS_AT_ONCE = 4_000_000
"""Numbers held in one batch: 32 MB an array."""


@dataclass(frozen=True, eq=False)
class PoissonFits:
    """Maximum likelihood estimates, one row a regression.

    Attributes
    ----------
    coefficients : array, shape (rows, effects)
        0 where the effect is not in the model of the row.
    fitted : array, shape (rows, 2**lists)
        Expected persons by history; 0 in histories that are not open.
    converged : array of bool, shape (rows,)
    """

    coefficients: np.ndarray
    fitted: np.ndarray
    converged: np.ndarray

    @property
    def hidden(self) -> np.ndarray:
        """Expected persons on no list: exp of the intercept, which is the first effect."""
        return np.exp(np.minimum(self.coefficients[:, 0], _LARGEST_LOG))


def fit_poisson(
    counts: np.ndarray,
    cells: np.ndarray,
    effects: np.ndarray,
    finite: np.ndarray,
    *,
    start: np.ndarray | None = None,
) -> PoissonFits:
    """Fit log-linear Poisson models by Newton's method with step halving, all rows together.

    The second derivative of two effects is the fitted margin of their union, so it is looked up instead of multiplied.

    Parameters
    ----------
    counts : array, shape (rows, 2**lists)
    cells : array of bool, shape (rows, 2**lists)
        Open histories; the others take no part.
    effects : array of int, shape (effects,)
        The intercept (0) first.
    finite : array of bool, shape (rows, effects)
        Effects to estimate in each row.
    start : array, shape (rows, effects), optional
        Coefficients to start from.

    Returns
    -------
    PoissonFits

    Examples
    --------
    Two independent lists, 30 and 20 alone and 5 on both: 30 * 20 / 5 = 120 are hidden.

    >>> counts, cells = np.array([[0.0, 30, 20, 5]]), np.array([[False, True, True, True]])
    >>> fits = fit_poisson(counts, cells, np.array([0, 1, 2]), np.ones((1, 3), dtype=bool))
    >>> round(float(fits.hidden[0]), 6)
    120.0
    """
    used = finite.any(axis=0)
    at_once = max(1, _NUMBERS_AT_ONCE // (counts.shape[1] + int(used.sum()) ** 2))
    coefficients = np.zeros(finite.shape)
    fitted = np.zeros(counts.shape)
    converged = np.zeros(len(counts), dtype=bool)
    with hold_one_thread():
        for first in range(0, len(counts), at_once):
            rows = slice(first, first + at_once)
            begin = None if start is None else start[rows][:, used]
            climb = _Climb(counts[rows], cells[rows], effects[used], finite[rows][:, used])
            coefficients[rows, used], fitted[rows], converged[rows] = climb.run(begin)
    return PoissonFits(coefficients, fitted, converged)


@cache
def _find_blas() -> ThreadpoolController:
    return ThreadpoolController()


def hold_one_thread() -> AbstractContextManager:
    """Hold BLAS to one thread: in many small solves several threads only wait for each other."""
    return _find_blas().limit(limits=1, user_api="blas")


class _Climb:
    """Newton's method on the rows that have not arrived."""

    def __init__(self, counts: np.ndarray, cells: np.ndarray, effects: np.ndarray, finite: np.ndarray) -> None:
        self.counts, self.cells, self.effects, self.finite = counts, cells, effects, finite
        self.union = (effects[:, None] | effects[None, :]).ravel()
        self.margins = sum_supersets(counts * cells)[:, effects] * finite

    def run(self, start: np.ndarray | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        rows = np.arange(len(self.counts))
        beta = self._first() if start is None else start * self.finite
        fitted, height = self._evaluate(rows, beta)
        converged = np.zeros(len(rows), dtype=bool)
        for _ in range(_MOST_STEPS):
            step, gain = self._newton(rows, fitted[rows])
            beta[rows], fitted[rows], height[rows] = self._walk(rows, beta[rows], step, height[rows])
            done = gain < _CLOSE
            converged[rows[done]] = True
            rows = rows[~done]
            if not len(rows):
                break
        return beta, fitted, converged & np.isfinite(beta).all(axis=1)

    def _first(self) -> np.ndarray:
        """Weighted least squares on the logarithms, as glm starts."""
        guess = (self.counts + 0.1) * self.cells
        target = sum_supersets(xlogy(guess, guess) + (self.counts - guess) * self.cells)[:, self.effects]
        return np.linalg.solve(self._curvature(slice(None), guess), (target * self.finite)[..., None])[..., 0]

    def _evaluate(self, rows: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        log_fitted = sum_subsets(spread_effects(beta, self.effects, self.counts.shape[1]))
        fitted = np.exp(np.minimum(log_fitted, _LARGEST_LOG)) * self.cells[rows]
        return fitted, fitted.sum(axis=1) - (self.margins[rows] * beta).sum(axis=1)

    def _curvature(self, rows: np.ndarray | slice, fitted: np.ndarray) -> np.ndarray:
        count = len(self.effects)
        finite = self.finite[rows]
        curvature = sum_supersets(fitted)[:, self.union].reshape(-1, count, count)
        if not finite.all():
            curvature *= finite[:, :, None] & finite[:, None, :]
        diagonal = np.arange(count)
        curvature[:, diagonal, diagonal] += np.where(finite, 1e-12 * (1 + curvature[:, diagonal, diagonal]), 1.0)
        return curvature

    def _newton(self, rows: np.ndarray, fitted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        slope = (self.margins[rows] - sum_supersets(fitted)[:, self.effects]) * self.finite[rows]
        step = np.linalg.solve(self._curvature(rows, fitted), slope[..., None])[..., 0]
        return step, np.abs((slope * step).sum(axis=1))

    def _walk(
        self, rows: np.ndarray, beta: np.ndarray, step: np.ndarray, height: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        new = beta + step
        fitted, new_height = self._evaluate(rows, new)
        length = 1.0
        for _ in range(_MOST_HALVINGS):
            worse = ~(new_height <= height + 1e-9 * (1 + np.abs(height)))
            if not worse.any():
                break
            length /= 2
            new[worse] = beta[worse] + length * step[worse]
            fitted[worse], new_height[worse] = self._evaluate(rows[worse], new[worse])
        return new, fitted, new_height


def log_likelihood(counts: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Poisson log-likelihood of each row, with its constants."""
    return (xlogy(counts, fitted) - fitted - gammaln(counts + 1)).sum(axis=-1)


def deviance(counts: np.ndarray, fitted: np.ndarray) -> np.ndarray:
    """Twice the log-likelihood that a model with one parameter a history has more."""
    ratio = np.divide(counts, fitted, out=np.ones_like(fitted), where=(counts > 0) & (fitted > 0))
    return 2 * (xlogy(counts, ratio) - counts + fitted).sum(axis=-1)

"""The grid of joinpoint regression: all places of joinpoints in one walk, for many responses at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb

import numpy as np

NEGLIGIBLE = 1e-12
"""Share of the sum of squares about zero below which a rest is rounding."""


@dataclass(frozen=True)
class Fit:
    """Places (positions of years) of the best joinpoints of one number, and the weighted sum of squares left."""

    places: tuple[int, ...]
    sse: float


@dataclass(frozen=True)
class Grid:
    """Whitened design of all hinges, with the straight line taken out.

    Attributes
    ----------
    years, response, root : array of float, shape (n,)
        Years, response and square root of the weights.
    line : array of float, shape (n, 2)
        Orthonormal basis of the weighted straight line.
    hinges : array of float, shape (n, m)
        Weighted hinges at the places, orthogonal to the line.
    places : array of int, shape (m,)
        Positions of years that may be joinpoints, one after the other.
    gap : int
        Least difference between two places.
    """

    years: np.ndarray
    response: np.ndarray
    root: np.ndarray
    line: np.ndarray
    hinges: np.ndarray
    places: np.ndarray
    gap: int

    @property
    def whitened(self) -> np.ndarray:
        """Return the weighted response, shape (n,)."""
        return self.root * self.response

    @property
    def negligible(self) -> float:
        """Return the sum of squares below which a rest is rounding."""
        return NEGLIGIBLE * float(self.whitened @ self.whitened) + np.finfo(float).tiny

    def solve(self, places: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return slopes of the segments (k + 1,), their unscaled covariance and the fitted response (n,).

        The covariance counts the joinpoints as estimated: each adds a step, the derivative of its hinge.
        """
        x = self.years - self.years[0]
        cuts = x[list(places)]
        design = np.column_stack([np.ones_like(x), x, np.maximum(x[:, None] - cuts, 0)])
        basis, triangle = np.linalg.qr(self.root[:, None] * design)
        coefficients = np.linalg.solve(triangle, basis.T @ self.whitened)
        steps = self.root[:, None] * np.column_stack([design, x[:, None] > cuts])
        inverse = np.linalg.inv(np.linalg.qr(steps)[1])
        sums = np.tril(np.ones((len(places) + 1,) * 2))
        spread = sums @ inverse[1 : len(places) + 2]
        return sums @ coefficients[1:], spread @ spread.T, design @ coefficients

    def list_fits(self, joinpoints_n: int) -> tuple[np.ndarray, np.ndarray]:
        """Return all places (c, k) of so many joinpoints and their sums of squares (c,)."""
        rest, moments = _project(self, self.whitened[:, None])
        if joinpoints_n == 0:
            return np.empty((1, 0), dtype=int), rest
        walked = [step for step in _walk(self, moments, joinpoints_n) if len(step[0]) == joinpoints_n - 1]
        places = np.array([(*first, last) for first, lasts, _ in walked for last in lasts])
        return places, rest[0] - np.concatenate([gains[:, 0] for _, _, gains in walked])


def make_grid(years: np.ndarray, response: np.ndarray, weights: np.ndarray, *, end_min: int, between_min: int) -> Grid:
    """Lay out the grid of observed years for weighted least squares.

    Parameters
    ----------
    years, response, weights : array of float, shape (n,)
    end_min, between_min : int
        Observed years at least beyond the outer joinpoints and between two, the joinpoints not counted.
    """
    # Dividing by the mean weight changes no fit; it keeps sums of squares in the unit of the response.
    root = np.sqrt(weights / weights.mean())
    x = years - years[0]
    line, _ = np.linalg.qr(root[:, None] * np.column_stack([np.ones_like(x), x]))
    places = np.arange(end_min, len(years) - end_min)
    hinges = root[:, None] * np.maximum(x[:, None] - x[places], 0)
    return Grid(years, response, root, line, hinges - line @ (line.T @ hinges), places, between_min + 1)


def count_choices(grid: Grid, joinpoints_n: int) -> int:
    """Return how many sets of so many joinpoints the grid holds."""
    return comb(max(len(grid.places) - (joinpoints_n - 1) * (grid.gap - 1), 0), joinpoints_n) if joinpoints_n else 1


def find_best(grid: Grid, joinpoints_max: int) -> tuple[Fit, ...]:
    """Find the best places for every number of joinpoints up to a largest, sums of squares by QR."""
    fits = []
    for k in range(joinpoints_max + 1):
        places, sse = grid.list_fits(k)
        best = tuple(int(place) for place in places[sse.argmin()])
        rest = grid.whitened - grid.root * grid.solve(best)[2]
        fits.append(Fit(best, float(rest @ rest)))
    return tuple(fits)


def measure_least(grid: Grid, responses: np.ndarray, joinpoints_max: int) -> np.ndarray:
    """Return the least sum of squares for every number of joinpoints, for many whitened responses.

    Parameters
    ----------
    responses : array of float, shape (n, b)

    Returns
    -------
    array of float, shape (joinpoints_max + 1, b)
    """
    rest, moments = _project(grid, responses)
    gained = np.zeros((joinpoints_max + 1, responses.shape[1]))
    for first, _, gains in _walk(grid, moments, joinpoints_max):
        np.maximum(gained[len(first) + 1], gains.max(axis=0), out=gained[len(first) + 1])
    return np.maximum(rest - gained, 0)


def _project(grid: Grid, responses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Take out the straight line: sums of squares left (b,) and products with the hinges (m, b)."""
    rest = responses - grid.line @ (grid.line.T @ responses)
    return np.einsum("ij,ij->j", rest, rest), grid.hinges.T @ rest


def _walk(
    grid: Grid, moments: np.ndarray, joinpoints_max: int
) -> Iterator[tuple[tuple[int, ...], np.ndarray, np.ndarray]]:
    """Yield first places, last places (m,) and by how much the sum of squares falls (m, b), for all sets of places.

    Sets with the same first places share their elimination (sweep), so one more joinpoint costs one step.
    """
    if joinpoints_max:
        products = grid.hinges.T @ grid.hinges
        yield from _extend(
            (), grid.places, products=products, moments=moments, gained=0.0, gap=grid.gap, left=joinpoints_max
        )


def _extend(
    first: tuple[int, ...],
    places: np.ndarray,
    *,
    products: np.ndarray,
    moments: np.ndarray,
    gained: np.ndarray | float,
    gap: int,
    left: int,
) -> Iterator[tuple[tuple[int, ...], np.ndarray, np.ndarray]]:
    gains = np.square(moments)
    gains /= np.diagonal(products)[:, None]
    gains += gained
    yield first, places, gains
    if left == 1:
        return
    for i in range(len(places) - gap):
        factor = products[i + gap :, i] / products[i, i]
        yield from _extend(
            (*first, int(places[i])),
            places[i + gap :],
            products=products[i + gap :, i + gap :] - factor[:, None] * products[i, i + gap :],
            moments=moments[i + gap :] - factor[:, None] * moments[i],
            gained=gains[i],
            gap=gap,
            left=left - 1,
        )

"""What a reader can calculate about cells that are not shown: the widest interval that all published sums allow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

_MOST_COLUMNS = 4_000
_CAP = 4.0
_NEAR = 1e-6


class DisagreementError(ValueError):
    """Published numbers cannot all be right: no table of counts agrees with them."""


@dataclass(frozen=True, eq=False)
class View:
    """What a reader has before them.

    Attributes
    ----------
    equations : scipy.sparse.csr_array, shape (sums, cells)
        Every sum: 1 for the cell, -1 for each cell that makes it up.
    known : array of float, shape (cells,)
        Values that can be read; missing where they cannot.
    low, high : array of float, shape (cells,)
        What is known of the others beforehand, for example that a count is not below zero.
    is_count : array of bool, shape (cells,)
        Whether the value is a whole number.
    """

    equations: scipy.sparse.csr_array
    known: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_count: np.ndarray


def find_intervals(view: View, *, targets: np.ndarray) -> np.ndarray:
    r"""Find the attacker's interval of cells.

    For every target :math:`t`, :math:`[\min x_t, \max x_t]` over all :math:`x` with :math:`Ax=0`, the values that can
    be read and the limits that are known beforehand (Hundepool and others, 2012, Statistical Disclosure Control, on
    auditing). Counts must be whole: where the linear programme ends in fractions, the interval is that of the integer
    programme, which is never wider.

    Parameters
    ----------
    view : View
        What the reader has.
    targets : array of int, shape (t,)
        Cells.

    Returns
    -------
    numpy.ndarray, shape (t, 2)
        Lowest and highest value; infinite where there is no limit.

    Raises
    ------
    DisagreementError
        If no table agrees with what can be read.

    Examples
    --------
    A row of three cells with the sum 9, of which one cell, 4, is shown.

    >>> sums = scipy.sparse.csr_array([[1.0, -1.0, -1.0, -1.0]])
    >>> view = View(sums, np.array([9, 4, np.nan, np.nan]), np.zeros(4), np.full(4, np.inf), np.full(4, True))
    >>> find_intervals(view, targets=np.array([2])).tolist()
    [[0.0, 5.0]]
    """
    found = np.column_stack([view.known, view.known])[targets]
    hidden = np.flatnonzero(np.isnan(view.known))
    inner = view.equations[:, hidden].tocsr()
    right = -(view.equations @ np.nan_to_num(view.known))
    _check_complete_sums(inner, right)
    place = np.full(len(view.known), -1)
    place[hidden] = np.arange(len(hidden))
    wanted = place[targets]
    _, group = scipy.sparse.csgraph.connected_components(abs(inner).T @ abs(inner), directed=False)
    for name in np.unique(group[wanted[wanted >= 0]]):
        members = np.flatnonzero(group == name)
        rows = np.flatnonzero(np.diff(inner[:, members].tocsr().indptr))
        part = _Part(
            inner[rows][:, members],
            right[rows],
            view.low[hidden[members]],
            view.high[hidden[members]],
            bool(view.is_count[hidden[members]].all()),
        )
        asked = np.flatnonzero(np.isin(wanted, members))
        found[asked] = part.bound(np.searchsorted(members, wanted[asked]))
    return found


def _check_complete_sums(inner: scipy.sparse.csr_array, right: np.ndarray) -> None:
    complete = np.diff(inner.indptr) == 0
    if (np.abs(right[complete]) > _NEAR * np.maximum(1, np.abs(right[complete]))).any():
        raise DisagreementError("Published numbers that should add up do not: they cannot count the same persons.")


@dataclass(frozen=True, eq=False)
class _Part:
    """Hidden cells that hang together, with the sums that tie them."""

    equations: scipy.sparse.csr_array
    right: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_count: bool

    @property
    def cap(self) -> float:
        """Value that no cell reaches unless nothing limits it."""
        finite = np.concatenate(
            [np.abs(self.right), self.low[np.isfinite(self.low)], self.high[np.isfinite(self.high)]]
        )
        return _CAP * (float(np.abs(finite).sum()) + 1)

    def bound(self, cells: np.ndarray) -> np.ndarray:
        """Return the interval of each cell, shape (cells, 2)."""
        ends = np.concatenate([self._solve(cells, 1.0), self._solve(cells, -1.0)]).reshape(2, -1).T
        return np.where(np.abs(ends) >= self.cap * (1 - 1e-9), np.copysign(np.inf, ends), ends)

    def _solve(self, cells: np.ndarray, sign: float) -> np.ndarray:
        step = max(1, _MOST_COLUMNS // self.equations.shape[1])
        return np.concatenate([self._solve_together(cells[at : at + step], sign) for at in range(0, len(cells), step)])

    def _solve_together(self, cells: np.ndarray, sign: float) -> np.ndarray:
        """Solve for several cells in one programme of as many blocks: most of the time of a small one is its start."""
        n, times = self.equations.shape[1], len(cells)
        cost = np.zeros(n * times)
        cost[np.arange(times) * n + cells] = sign
        has_sums = len(self.right) > 0
        result = scipy.optimize.linprog(
            cost,
            A_eq=scipy.sparse.kron(scipy.sparse.eye_array(times), self.equations, format="csr") if has_sums else None,
            b_eq=np.tile(self.right, times) if has_sums else None,
            bounds=np.tile(self._limits(), (times, 1)),
            method="highs",
        )
        if result.x is None:
            raise DisagreementError(
                "No table of counts agrees with all published numbers: they cannot count the same persons."
            )
        x = result.x.reshape(times, n)
        ends = x[np.arange(times), cells]
        if not self.is_count:
            return ends
        is_whole = (np.abs(x - np.round(x)) < _NEAR).all(axis=1)
        return np.array(
            [
                round(e) if whole else self._solve_whole(c, sign)
                for e, c, whole in zip(ends, cells, is_whole, strict=True)
            ],
            dtype=float,
        )

    def _solve_whole(self, cell: int, sign: float) -> float:
        cost = np.zeros(self.equations.shape[1])
        cost[cell] = sign
        limits = self._limits()
        result = scipy.optimize.milp(
            cost,
            constraints=scipy.optimize.LinearConstraint(self.equations, self.right, self.right),
            integrality=np.ones(len(cost)),
            bounds=scipy.optimize.Bounds(limits[:, 0], limits[:, 1]),
            options={"mip_rel_gap": 0},
        )
        if result.x is None:
            raise DisagreementError(
                "No table of whole numbers agrees with all published numbers: they cannot count the same persons."
            )
        return float(round(result.x[cell]))

    def _limits(self) -> np.ndarray:
        return np.column_stack([np.maximum(self.low, -self.cap), np.minimum(self.high, self.cap)])

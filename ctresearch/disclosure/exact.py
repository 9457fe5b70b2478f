"""The set of cells of least value that protects all unsafe ones, by one mixed integer programme."""

from __future__ import annotations

import numpy as np
import scipy

from ctresearch.disclosure.room import Room, refuse
from ctresearch.disclosure.system import System

_MOST_COLUMNS = 20_000


def hide_exactly(system: System, room: Room, *, needs: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Find the hidden cells of least total value; parameters and errors as `hide_cells`.

    The programme has a yes-no variable for each cell, hidden or not, and for each limit that must be reached one table
    that differs from the true one in hidden cells alone.
    """
    reached = [(cell, side) for cell, side in np.argwhere(needs > 0)]
    n, moves_n = len(hidden), len(reached)
    if n * (moves_n + 1) > _MOST_COLUMNS:
        raise ValueError(
            f"{n} cells with {moves_n} limits to reach are too many for the exact search; use search = 'stepwise'."
        )
    most = float(np.abs(system.complete()).max()) + float(np.nansum(needs))
    down, up = np.minimum(room.down, most), np.minimum(room.up, most)
    low, high = np.tile(-down, (moves_n, 1)), np.tile(up, (moves_n, 1))
    for number, (cell, side) in enumerate(reached):
        low[number, cell] = high[number, cell] = (2 * side - 1) * needs[cell, side]
    is_free = ~system.is_shown | hidden
    may_hide = is_free | (down > 0) | (up > 0)
    result = scipy.optimize.milp(
        np.concatenate([room.cost, np.zeros(n * moves_n)]),
        constraints=_tie(system.equations, down, up, moves_n),
        integrality=np.concatenate([np.ones(n), np.zeros(n * moves_n)]),
        bounds=scipy.optimize.Bounds(np.concatenate([is_free, low.ravel()]), np.concatenate([may_hide, high.ravel()])),
        options={"mip_rel_gap": 0},
    )
    if result.x is None:
        raise refuse(system, int(reached[0][0]))
    return (result.x[:n] > 0.5) & system.is_shown


def _tie(equations: scipy.sparse.csr_array, down: np.ndarray, up: np.ndarray, moves_n: int) -> list:
    """Every table keeps the sums, and differs in hidden cells alone."""
    n = len(down)
    none, every = scipy.sparse.csr_array((equations.shape[0] * moves_n, n)), scipy.sparse.eye_array(n * moves_n)
    times = np.ones((moves_n, 1))
    sums = scipy.sparse.hstack([none, scipy.sparse.kron(scipy.sparse.eye_array(moves_n), equations)], format="csr")
    below = scipy.sparse.hstack([scipy.sparse.kron(times, scipy.sparse.diags_array(down)), every], format="csr")
    above = scipy.sparse.hstack([scipy.sparse.kron(times, scipy.sparse.diags_array(-up)), every], format="csr")
    return [
        scipy.optimize.LinearConstraint(sums, 0, 0),
        scipy.optimize.LinearConstraint(below, 0, np.inf),
        scipy.optimize.LinearConstraint(above, -np.inf, 0),
    ]

"""Cells to hide for one unsafe cell after another, by linear programmes: fast, safe, not the fewest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from ctresearch.disclosure.room import Room, refuse
from ctresearch.disclosure.system import System

_REACH = 2
_NEAR = 1e-7
_CHEAP = 1e-6


def hide_stepwise(system: System, room: Room, *, needs: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Hide the cells in which tables differ that reach each limit at least cost; parameters and errors as `hide_cells`.

    The costliest needs come first. A table found for one cell shows how far others can move too, so that most cells
    need no programme of their own.
    """
    search = _Search(system, room, abs(system.equations).tocsr())
    hidden = hidden.copy()
    reached = np.zeros_like(needs)
    unsafe = np.flatnonzero(~np.isnan(needs).all(axis=1))
    order = np.lexsort((unsafe, -room.cost[unsafe], -np.nansum(needs[unsafe], axis=1)))
    for cell in unsafe[order]:
        for side in (0, 1):
            if reached[cell, side] < needs[cell, side] - _NEAR:
                move = search.find_move(hidden, cell, (2 * side - 1) * needs[cell, side])
                hidden |= (np.abs(move) > _NEAR) & system.is_shown
                reached = np.maximum(reached, np.column_stack([-move, move]))
    return hidden


@dataclass(frozen=True, eq=False)
class _Search:
    system: System
    room: Room
    links: scipy.sparse.csr_array

    def find_move(self, hidden: np.ndarray, cell: int, amount: float) -> np.ndarray:
        """Return the cheapest change of all tables that moves one cell by an amount: near it, or else anywhere."""
        for cells in (self._list_near(cell), np.arange(len(hidden))):
            move = self._solve(hidden, cells, cell, amount)
            if move is not None:
                return move
        raise refuse(self.system, cell)

    def _list_near(self, cell: int) -> np.ndarray:
        is_near = np.zeros(self.links.shape[1])
        is_near[cell] = 1
        for _ in range(_REACH):
            is_near = is_near + self.links.T @ (self.links @ is_near > 0).astype(float)
        return np.flatnonzero(is_near)

    def _solve(self, hidden: np.ndarray, cells: np.ndarray, cell: int, amount: float) -> np.ndarray | None:
        room = self.room
        cells = cells[(room.down[cells] > 0) | (room.up[cells] > 0)]
        n, at = len(cells), int(np.searchsorted(cells, cell))
        if amount > room.up[cell] or -amount > room.down[cell]:
            return None
        inner = self.system.equations[:, cells].tocsr()
        inner = inner[np.flatnonzero(np.diff(inner.indptr))]
        sums = scipy.sparse.hstack([inner, -inner], format="csr") if inner.shape[0] else None
        limits = np.zeros((2 * n, 2))
        limits[:, 1] = np.concatenate([room.up[cells], room.down[cells]])
        limits[at], limits[n + at] = max(amount, 0.0), max(-amount, 0.0)
        result = scipy.optimize.linprog(
            np.tile(np.where(hidden[cells], 0.0, room.cost[cells]) + _CHEAP, 2),
            A_eq=sums,
            b_eq=None if sums is None else np.zeros(inner.shape[0]),
            bounds=limits,
            method="highs",
        )
        if result.x is None:
            return None
        move = np.zeros(len(hidden))
        move[cells] = result.x[:n] - result.x[n:]
        return move

"""How far each cell can move while all that a reader has stays the same, and what it costs to hide it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ctresearch.disclosure.released import name_codes
from ctresearch.disclosure.system import NOW, System


class UnprotectedError(ValueError):
    """No choice of cells to hide protects an unsafe one."""


@dataclass(frozen=True, eq=False)
class Room:
    """Room of each cell around its true value.

    Attributes
    ----------
    down, up : array of float, shape (cells,)
        Room below and above; none where anybody knows the value.
    cost : array of float, shape (cells,)
        Value that is lost when the cell is hidden, at least 1; none where it is not shown.
    """

    down: np.ndarray
    up: np.ndarray
    cost: np.ndarray


def measure_room(system: System, *, is_unsafe: np.ndarray, is_zero_safe: bool) -> Room:
    """Measure the room of every cell.

    Parameters
    ----------
    system : System
        The cells.
    is_unsafe : array of bool, shape (cells,)
        Cells that are unsafe by themselves.
    is_zero_safe : bool
        Whether zeros are shown: then readers know them, unless the cell is unsafe for another reason.
    """
    values = system.complete()
    is_now = np.array([key[0] == NOW for key in system.keys], dtype=bool)
    is_fixed = system.is_public | (is_zero_safe & is_now & ~is_unsafe & (system.values == 0))
    cost = np.where(system.is_shown, np.maximum(np.abs(values), 1.0), 0.0)
    return Room(np.where(is_fixed, 0.0, values - system.low), np.where(is_fixed, 0.0, system.high - values), cost)


def name_cell(system: System, cell: int) -> str:
    """Name a cell in words, without its value."""
    _, population, codes = system.keys[cell]
    return f"a cell of '{population}' ({name_codes(codes)})"


def refuse(system: System, cell: int) -> UnprotectedError:
    """Say that a cell cannot be protected, and why."""
    return UnprotectedError(
        f"In the tables {name_cell(system, cell)} cannot be protected, whatever is hidden: what others published, an "
        "earlier build or zeros that are shown give it away. Hide zeros too, or leave the table out."
    )

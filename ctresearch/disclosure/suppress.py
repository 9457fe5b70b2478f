"""Complementary suppression: which more cells to hide, so that no sum gives an unsafe one away."""

from __future__ import annotations

import numpy as np

from ctresearch.disclosure.exact import hide_exactly
from ctresearch.disclosure.room import measure_room
from ctresearch.disclosure.stepwise import hide_stepwise
from ctresearch.disclosure.system import System

SEARCHES = {"exact": hide_exactly, "stepwise": hide_stepwise}
"""`exact`: the least value hidden, for some hundred cells; `stepwise`: one unsafe cell after another, for thousands."""


def hide_cells(system: System, *, needs: np.ndarray, is_zero_safe: bool, search: str) -> np.ndarray:
    r"""Choose the cells that are not shown.

    A cell of value :math:`x_p` is protected if tables :math:`x'` and :math:`x''` exist that differ from the true one
    in hidden cells alone, agree with every sum, and have :math:`x'_p = x_p + u_p` and :math:`x''_p = x_p - l_p`
    (Fischetti and Salazar, 2001, Management Science 47, 1008-1027). `exact` finds the set of least total value;
    `stepwise` hides for one unsafe cell after another, the one with the largest needs first, the cells in which the
    cheapest such tables differ. Both give sets that are safe, `stepwise` not the smallest one.

    Parameters
    ----------
    system : System
        The cells.
    needs : array of float, shape (cells, 2)
        By how much the attacker's interval must reach below and above; missing where a cell is safe by itself.
    is_zero_safe : bool
        Whether zeros are shown and readers may know them.
    search : str
        One of `SEARCHES`.

    Returns
    -------
    numpy.ndarray of bool, shape (cells,)

    Raises
    ------
    UnprotectedError
        If hiding all cells would not be enough.
    ValueError
        If the search is unknown, or there are too many cells for an exact one.

    Examples
    --------
    >>> import pandas as pd
    >>> from ctresearch.disclosure import CaseTable
    >>> from ctresearch.disclosure.system import build_system
    >>> rows = pd.DataFrame({"age": ["child", "youth", "adult"], "persons_n": [2, 6, 30]})
    >>> table = CaseTable("by_age", rows, by=("age",), value="persons_n", population="assisted")
    >>> system = build_system([table], hierarchies={}, others=(), earlier=(), only_grows=False)
    >>> needs = np.array([[2.0, 2.0], [np.nan] * 2, [np.nan] * 2, [np.nan] * 2])
    >>> hide_cells(system, needs=needs, is_zero_safe=True, search="exact").tolist()
    [True, True, False, False]
    """
    if search not in SEARCHES:
        raise ValueError(f"search is '{search}'; use one of {', '.join(SEARCHES)}.")
    is_unsafe = ~np.isnan(needs).all(axis=1)
    hidden = is_unsafe & system.is_shown & ~system.is_public
    room = measure_room(system, is_unsafe=is_unsafe, is_zero_safe=is_zero_safe)
    if not is_unsafe.any():
        return hidden
    return SEARCHES[search](system, room, needs=needs, hidden=hidden)

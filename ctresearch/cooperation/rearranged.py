"""Random tables with the same sums as an observed one, for permutation tests of tables with structural zeros."""

from __future__ import annotations

from itertools import combinations, permutations

import numpy as np

_SWEEPS_N = 3
"""How often every block of a table is drawn anew between two tables."""


def rearrange_tables(counts: np.ndarray, is_cell: np.ndarray, *, tables_n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw tables with the sums of each observed table, as if destinations were dealt out among persons at random.

    Every block of two rows and two columns is drawn anew from the hypergeometric distribution that its sums leave, and
    every ring of three cells is moved by one person with the chance that keeps the distribution (without them, tables
    with an empty diagonal are not all reached). The steps are first taken backwards from the observed table to a common
    start and then forwards for each table, so that observed and drawn tables are exchangeable and p values are exact,
    however far the steps lead.

    Parameters
    ----------
    counts : numpy.ndarray
        Whole numbers, shape (observed tables, rows, columns).
    is_cell : numpy.ndarray
        Which cells exist, shape (rows, columns); the others stay empty.
    tables_n : int
        Tables to draw, an observed one.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray
        Shape (observed tables, tables_n, rows, columns).

    References
    ----------
    Besag, J., Clifford, P. (1989). Biometrika 76, 633-642. Aoki, S., Takemura, A. (2005). Markov chain Monte Carlo
    exact tests for incomplete two-way contingency tables. J. Stat. Comput. Simul. 75, 787-812.

    Examples
    --------
    >>> observed = np.array([[[0, 3, 1], [2, 0, 2], [1, 1, 0]]])
    >>> drawn = rearrange_tables(observed, ~np.eye(3, dtype=bool), tables_n=50, rng=np.random.default_rng(1))
    >>> drawn.shape, bool((drawn.sum(axis=2) == observed.sum(axis=1)[:, None]).all())
    ((1, 50, 3, 3), True)
    """
    blocks, rings = _find_blocks(is_cell), _find_rings(is_cell)
    steps = [*blocks, *rings] * _SWEEPS_N
    order = rng.permutation(len(steps))
    tables = np.where(is_cell, counts, 0).astype(np.int64)
    for place in order[::-1]:
        _take_step(tables, steps[place], rng)
    drawn = np.repeat(tables[:, None], tables_n, axis=1).reshape(-1, *is_cell.shape)
    for place in order:
        _take_step(drawn, steps[place], rng)
    return drawn.reshape(len(counts), tables_n, *is_cell.shape)


def _find_blocks(is_cell: np.ndarray) -> list[tuple]:
    rows, columns = range(is_cell.shape[0]), range(is_cell.shape[1])
    return [
        ((i, j), (k, m))
        for i, j in combinations(rows, 2)
        for k, m in combinations(columns, 2)
        if is_cell[[i, i, j, j], [k, m, k, m]].all()
    ]


def _find_rings(is_cell: np.ndarray) -> list[tuple]:
    """Return the cells that lose and those that gain a person where three rows and three columns make a ring."""
    rings = []
    for rows in combinations(range(is_cell.shape[0]), 3):
        for columns in permutations(range(is_cell.shape[1]), 3):
            turned = (*columns[1:], columns[0])
            middle = (*columns[2:], *columns[:2])
            is_ring = is_cell[rows, columns].all() and is_cell[rows, turned].all()
            if is_ring and not is_cell[rows, middle].any():
                rings.append((np.array(rows), np.array(columns), np.array(turned)))
    return rings


def _take_step(tables: np.ndarray, step: tuple, rng: np.random.Generator) -> None:
    if len(step) == 2:
        _draw_block(tables, *step, rng)
    else:
        _move_ring(tables, *step, rng)


def _draw_block(tables: np.ndarray, rows: tuple[int, int], columns: tuple[int, int], rng: np.random.Generator) -> None:
    (i, j), (k, m) = rows, columns
    row, other = tables[:, i, k] + tables[:, i, m], tables[:, j, k] + tables[:, j, m]
    column = tables[:, i, k] + tables[:, j, k]
    drawn = rng.hypergeometric(row, other, column)
    tables[:, i, k], tables[:, i, m] = drawn, row - drawn
    tables[:, j, k], tables[:, j, m] = column - drawn, other - (column - drawn)


def _move_ring(
    tables: np.ndarray, rows: np.ndarray, columns: np.ndarray, turned: np.ndarray, rng: np.random.Generator
) -> None:
    """Move one person along a ring, in the direction that a coin shows, with Metropolis' chance."""
    is_back = rng.random(len(tables)) < 0.5
    losing = np.where(is_back[:, None], tables[:, rows, turned], tables[:, rows, columns])
    gaining = np.where(is_back[:, None], tables[:, rows, columns], tables[:, rows, turned])
    chance = (losing / (gaining + 1)).prod(axis=1)
    step = np.where(rng.random(len(tables)) < chance, np.where(is_back, -1, 1), 0)[:, None]
    tables[:, rows, columns] -= step
    tables[:, rows, turned] += step

"""Random tables with the same sums as an observed one, for permutation tests of tables with structural zeros."""

from __future__ import annotations

from itertools import combinations, product
from math import comb

import numpy as np

_SWEEPS_N = 3
"""How often every block of a table is drawn anew between two tables."""

_MOST_STEPS_N = 20_000
"""Steps between two tables; where all blocks would need more, as many are drawn by lot."""


def rearrange_tables(counts: np.ndarray, is_cell: np.ndarray, *, tables_n: int, rng: np.random.Generator) -> np.ndarray:
    """Draw tables with the sums of each observed table, as if destinations were dealt out among persons at random.

    Every block of two rows and two columns is drawn anew from the hypergeometric distribution that its sums leave, and
    every ring of three cells is moved by one person with the chance that keeps the distribution (without them, tables
    with an empty diagonal are not all reached). The steps are first taken backwards from the observed table to a common
    start and then forwards for each table, so that observed and drawn tables are exchangeable and p values are exact,
    however far the steps lead and whichever they are: of a large table a sample of the blocks and rings is taken, which
    costs power alone.

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
    steps = _choose_steps(is_cell, rng)
    order = rng.permutation(len(steps))
    tables = np.where(is_cell, counts, 0)
    # No count, and no two of a row or a column together, can be more than the largest sum; one is added to a count.
    largest = max(int(tables.sum(axis=axis).max(initial=0)) for axis in (1, 2))
    tables = tables.astype(np.min_scalar_type(-largest - 2))
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
    """Return the cells that lose and those that gain a person where three rows and three columns make a ring.

    A ring goes round three cells that do not exist, one in each row, in columns that have others.
    """
    zeros = [np.flatnonzero(~row & is_cell.any(axis=0)).tolist() for row in is_cell]
    rings = []
    for rows in combinations(range(len(zeros)), 3):
        for columns in sorted((b, c, a) for a, b, c in product(*(zeros[row] for row in rows))):
            ring = _make_ring(is_cell, rows, columns)
            rings += [ring] if ring else []
    return rings


def _make_ring(is_cell: np.ndarray, rows: tuple[int, ...], columns: tuple[int, ...]) -> tuple | None:
    turned = (*columns[1:], columns[0])
    is_ring = len(set(columns)) == 3 and is_cell[rows, columns].all() and is_cell[rows, turned].all()
    return (np.array(rows), np.array(columns), np.array(turned)) if is_ring else None


def _choose_steps(is_cell: np.ndarray, rng: np.random.Generator) -> list[tuple]:
    """Return every block and ring a few times; of a large table as many as may be taken, drawn by lot."""
    rows_n, columns_n = is_cell.shape
    if comb(rows_n, 2) * comb(columns_n, 2) * _SWEEPS_N <= _MOST_STEPS_N:
        return [*_find_blocks(is_cell), *_find_rings(is_cell)] * _SWEEPS_N
    steps: list[tuple] = []
    zeros = np.argwhere(~is_cell & is_cell.any(axis=0))
    for _ in range(_MOST_STEPS_N):
        (i, j), (k, m) = rng.choice(rows_n, 2, replace=False), rng.choice(columns_n, 2, replace=False)
        if is_cell[[i, i, j, j], [k, m, k, m]].all():
            steps.append(((i, j), (k, m)))
        if len(zeros) >= 3 and len(steps) % 10 == 0:
            rows, middle = zeros[rng.choice(len(zeros), 3, replace=False)].T
            ring = _make_ring(is_cell, tuple(rows), (middle[1], middle[2], middle[0])) if len(set(rows)) == 3 else None
            steps += [ring] if ring else []
    return steps


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

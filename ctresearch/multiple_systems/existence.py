"""Does the extended maximum likelihood estimate exist, and are its parameters identified? Asked before any estimate.

An interaction whose lists share nobody goes to minus infinity: its histories are dropped (Chan, Silverman and Vincent
2021). On the others the estimate exists if and only if some table with no empty history has the same margins, which is
the linear programme of Fienberg and Rinaldo (2012).
"""

from __future__ import annotations

import numpy as np
from scipy import optimize

from ctresearch.multiple_systems.lattice import spread_effects, sum_subsets, sum_supersets

HOLDS, NO_ESTIMATE, NOT_IDENTIFIED = 0, 1, 2
SENTENCES = {
    0: "The estimate exists and is identified.",
    1: "The estimate does not exist: the likelihood is highest where a number becomes zero or infinite.",
    2: "The parameters are not identified: different hidden populations fit the lists equally well.",
    3: "The estimate does not exist, and its parameters are not identified.",
}
_CLEARLY_FULL = np.log(1e-8)
_NOTHING = 1e-9


def find_open_cells(support: np.ndarray, effects: np.ndarray, active: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the effects that stay finite, and the histories that are left.

    Parameters
    ----------
    support : array of bool, shape (rows, 2**lists)
        Which histories were seen.
    effects : array of int, shape (effects,)
    active : array of bool, shape (rows, effects)
        Effects of the model of each row.

    Returns
    -------
    tuple of two arrays of bool
        Finite effects, shape (rows, effects); histories that may hold anybody, shape (rows, 2**lists), without the
        history of no list.
    """
    size = support.shape[-1]
    margins = sum_supersets(support)[:, effects]
    finite = active & (margins > 0)
    cells = sum_subsets(spread_effects(active & ~finite, effects, size)) == 0
    cells[:, 0] = False
    return finite, cells


def check_estimates(support: np.ndarray, effects: np.ndarray, active: np.ndarray) -> np.ndarray:
    """Check the model of each row on the histories seen in that row.

    Where the seen histories alone have a design of full rank, the estimate exists and is identified. For the rest,
    existence is decided on the null space of that design: by the theorem of the alternative there is a positive table
    with the same margins unless a direction leaves the seen histories as they are and raises none of the others.

    Parameters
    ----------
    support, effects, active
        See `find_open_cells`.

    Returns
    -------
    array of int, shape (rows,)
        0: holds; 1: no estimate; 2: not identified; 3: neither.
    """
    finite, cells = find_open_cells(support, effects, active)
    is_empty = ~support.any(axis=1)
    status = np.where(is_empty, NO_ESTIMATE, HOLDS)
    doubtful = np.flatnonzero(~is_empty & ~_has_full_rank(support & cells, effects, finite))
    known: dict[bytes, int] = {}
    keys = np.packbits(np.concatenate([support, active], axis=1)[doubtful], axis=1)
    for row, key in zip(doubtful, keys, strict=True):
        mark = key.tobytes()
        if mark not in known:
            design = build_design(cells[row], effects[finite[row]])
            known[mark] = check_design(design, support[row][cells[row]])
        status[row] = known[mark]
    return status


def _has_full_rank(seen: np.ndarray, effects: np.ndarray, finite: np.ndarray) -> np.ndarray:
    union = effects[:, None] | effects[None, :]
    gram = sum_supersets(seen)[:, union] * (finite[:, :, None] & finite[:, None, :])
    diagonal = np.arange(len(effects))
    gram[:, diagonal, diagonal] += ~finite
    heights = gram[:, diagonal, diagonal]
    sign, log_determinant = np.linalg.slogdet(gram)
    return (sign > 0) & (log_determinant - np.log(heights).sum(axis=1) > _CLEARLY_FULL)


def build_design(cells: np.ndarray, effects: np.ndarray) -> np.ndarray:
    """Build the 0-1 design: one row for each open history, one column for each effect."""
    histories = np.flatnonzero(cells)
    return ((histories[:, None] & effects) == effects).astype(float)


def check_design(design: np.ndarray, seen: np.ndarray) -> int:
    """Check one design on the rows that were seen, by its null space.

    Parameters
    ----------
    design : array, shape (cells, parameters)
    seen : array of bool, shape (cells,)

    Returns
    -------
    int
        As in `check_estimates`.

    Examples
    --------
    >>> check_design(np.array([[1.0, 0.0], [1.0, 1.0]]), np.array([True, False]))
    1
    """
    _, heights, directions = np.linalg.svd(design[seen], full_matrices=True)
    rank = int((heights > _NOTHING * max(heights.max(initial=0.0), 1.0)).sum())
    moves = design[~seen] @ directions[rank:].T
    moves[np.abs(moves) < _NOTHING] = 0.0
    if not moves.shape[1]:
        return HOLDS
    is_unidentified = np.linalg.matrix_rank(moves) < moves.shape[1] if moves.size else True
    return (NOT_IDENTIFIED if is_unidentified else 0) + (0 if _balances(moves) else NO_ESTIMATE)


def _balances(moves: np.ndarray) -> bool:
    """Tell whether some positive weights of the rows add up to nothing in every column."""
    moves = moves[moves.any(axis=1)]
    if not len(moves):
        return True
    if moves.shape[1] == 1:
        return bool(moves.min() < 0 < moves.max())
    wanted = -moves.sum(axis=0)
    _, residual = optimize.nnls(moves.T, wanted)
    return bool(residual < 1e-7 * max(np.linalg.norm(wanted), 1.0))


def solve_existence_programme(counts: np.ndarray, effects: np.ndarray) -> float:
    r"""Solve the linear programme of Fienberg and Rinaldo for one model.

    Maximise s so that :math:`A^T x = A^T n` and :math:`x \ge s` in every open history; the estimate exists if s > 0.

    Parameters
    ----------
    counts : array, shape (2**lists,)
        Persons by history.
    effects : array of int
        Effects of the model.

    Returns
    -------
    float
        The largest s.

    Examples
    --------
    Of three lists only A and B share somebody; with the interaction A:B nothing is left to tell of the hidden:

    >>> counts = np.array([0, 40, 30, 6, 20, 0, 0, 0.0])
    >>> solve_existence_programme(counts, np.array([0, 1, 2, 4])) > 0
    True
    >>> solve_existence_programme(counts, np.array([0, 1, 2, 4, 3])) > 0
    False
    """
    active = np.ones((1, len(effects)), dtype=bool)
    finite, cells = find_open_cells(counts[None] > 0, effects, active)
    design = build_design(cells[0], effects[finite[0]])
    held = counts[cells[0]] / counts.sum()
    objective = np.r_[np.zeros(len(held)), -1.0]
    answer = optimize.linprog(
        objective,
        A_ub=np.c_[-np.eye(len(held)), np.ones(len(held))],
        b_ub=np.zeros(len(held)),
        A_eq=np.c_[design.T, np.zeros(design.shape[1])],
        b_eq=design.T @ held,
        method="highs",
    )
    least = -answer.fun * counts.sum()
    return float(least) if least > 1e-9 * counts.sum() else 0.0

"""How many victims a pair would have if only the size of both sides counted, and which flows are more than that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy

from ctresearch.cooperation.rearranged import rearrange_tables

EXPECTED_COLUMNS = (
    *("origin", "destination", "value_low", "value_high", "expected_low", "expected_high"),
    *("residual_low", "residual_high", "p_value_low", "p_value_high", "flow_reading", "source_id"),
)

_ROUNDS_N = 2000
_CLOSE = 1e-10
_SATURATED = 1e-9


def compare_with_expected(
    flows: pd.DataFrame,
    *,
    places: Sequence[str],
    reporting: Sequence[str],
    completions_n: int,
    tables_n: int,
    alpha: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Compare each flow between two places with what the sums of rows and columns alone would give.

    The model is quasi-independence: a flow is the product of one factor of the origin and one of the destination. A
    place with itself, and a destination that does not report, are no cells of the table: they are structurally empty
    and not zero. Masked values are filled in `completions_n` times, among them all with their lower and all with their
    upper bounds; what follows is the range over these.

    Parameters
    ----------
    flows : pandas.DataFrame
        From `sum_flows`: `origin`, `destination`, `value_low`, `value_high`, `source_id`; a pair without a row is zero.
    places : sequence of str
        Places between which flows are compared.
    reporting : sequence of str
        Those of them that report what they detect.
    completions_n : int
        Ways to fill in masked values, 2 or more.
    tables_n : int
        Random tables with the same sums, a completion.
    alpha : float
        Largest p value at which a flow is called more or less than expected.
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        `EXPECTED_COLUMNS`, one row a cell, the largest residual first. Residuals are standardised (Haberman): about 1
        in size by chance. The p value is that of the largest residual of a table (single-step max-T), so that it holds
        for all cells together. `flow_reading`: `more` or `less` where every completion says so, else `open`; `ND` where
        the sums leave a cell no choice. Empty if there is no flow, or one without an upper bound.

    Raises
    ------
    ValueError
        If `completions_n` is below 2 or `tables_n` below 1.

    References
    ----------
    Goodman, L. A. (1968). J. Am. Stat. Assoc. 63, 1091-1131. Haberman, S. J. (1973). Biometrics 29, 205-220.
    Westfall, P. H., Young, S. S. (1993). Resampling-Based Multiple Testing.

    Examples
    --------
    >>> pairs = [("A", "B", 9), ("B", "A", 9), ("C", "D", 9), ("D", "C", 9)]
    >>> flows = pd.DataFrame(pairs, columns=["origin", "destination", "value_low"])
    >>> flows = flows.assign(value_high=flows["value_low"], source_id="s")
    >>> found = compare_with_expected(flows, places=list("ABCD"), reporting=list("ABCD"), completions_n=2, tables_n=99,
    ...                               alpha=0.05, rng=np.random.default_rng(1))
    >>> found[["value_low", "expected_low", "flow_reading"]].head(1).round(2).values.tolist()
    [[9, 3.0, 'more']]
    """
    if completions_n < 2 or tables_n < 1:
        raise ValueError(f"completions_n is {completions_n}, tables_n {tables_n}; expected 2 and 1 or more")
    low, high, source = _lay_out(flows, places)
    is_cell = ~np.eye(len(places), dtype=bool) & np.isin(list(places), list(reporting))[None, :]
    if not (high[is_cell] > 0).any() or not np.isfinite(high[is_cell]).all():
        return pd.DataFrame(columns=list(EXPECTED_COLUMNS))
    filled = _fill(np.where(is_cell, low, 0), np.where(is_cell, high, 0), completions_n, rng)
    fitted = [fit_quasi_independence(table, is_cell) for table in filled]
    errors = np.array([_measure_errors(table) for table in fitted])
    expected = np.array(fitted)
    residuals = _standardise(filled, expected, errors)
    random = rearrange_tables(filled, is_cell, tables_n=tables_n, rng=rng)
    reached = np.array([_count_reached(*one, is_cell) for one in zip(random, expected, errors, residuals, strict=True)])
    p_values = np.where(np.isnan(residuals), np.nan, (1 + reached) / (1 + tables_n))
    ranges = {"expected": expected, "residual": residuals, "p_value": p_values}
    rows = _tell(places, is_cell, (low, high), ranges, alpha=alpha)
    return rows.assign(source_id=source)[list(EXPECTED_COLUMNS)]


def fit_quasi_independence(counts: np.ndarray, is_cell: np.ndarray) -> np.ndarray:
    """Fit row and column factors to the cells of a table by iterative proportional fitting.

    Parameters
    ----------
    counts : numpy.ndarray
        Square or not, shape (rows, columns); only cells count.
    is_cell : numpy.ndarray
        Which cells exist (structural zeros do not).

    Returns
    -------
    numpy.ndarray
        Expected counts with the sums of the counts; 0 where there is no cell, or the sums leave it empty in any case.

    Examples
    --------
    >>> off = ~np.eye(3, dtype=bool)
    >>> fit_quasi_independence(np.array([[0, 2, 2], [2, 0, 2], [2, 2, 0]]), off).round(2).tolist()
    [[0.0, 2.0, 2.0], [2.0, 0.0, 2.0], [2.0, 2.0, 0.0]]
    """
    counts = np.where(is_cell, counts, 0).astype(float)
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    fitted = (is_cell & _find_possible(counts, is_cell)).astype(float)
    for _ in range(_ROUNDS_N):
        fitted *= _divide(columns, fitted.sum(axis=0))
        fitted *= _divide(rows, fitted.sum(axis=1))[:, None]
        if np.abs(fitted.sum(axis=0) - columns).max() <= _CLOSE * max(columns.sum(), 1.0):
            break
    return fitted


def _find_possible(counts: np.ndarray, is_cell: np.ndarray) -> np.ndarray:
    """Find the cells that are above 0 in some table with the same sums.

    A cell can grow if others shrink and grow in turn along a ring: from its row to its column, and from a column to a
    row only by a count that can shrink. So row and column must be strongly connected.
    """
    rows_n = len(counts)
    ways = np.zeros((sum(counts.shape), sum(counts.shape)), dtype=bool)
    ways[:rows_n, rows_n:], ways[rows_n:, :rows_n] = is_cell, counts.T > 0
    part = scipy.sparse.csgraph.connected_components(ways, connection="strong")[1]
    return part[:rows_n, None] == part[rows_n:]


def _divide(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _lay_out(flows: pd.DataFrame, places: Sequence[str]) -> tuple[np.ndarray, np.ndarray, str]:
    number = {place: at for at, place in enumerate(places)}
    inside = flows[flows["origin"].isin(number) & flows["destination"].isin(number)]
    low, high = np.zeros((2, len(number), len(number)))
    at = inside["origin"].map(number).to_numpy(dtype=int), inside["destination"].map(number).to_numpy(dtype=int)
    low[at] = inside["value_low"].to_numpy(dtype=float)
    high[at] = inside["value_high"].to_numpy(dtype=float, na_value=np.inf)
    return low, high, ";".join(dict.fromkeys(inside["source_id"]))


def _fill(low: np.ndarray, high: np.ndarray, completions_n: int, rng: np.random.Generator) -> np.ndarray:
    """Return whole counts within the bounds, shape (completions, rows, columns): lowest, highest, then draws."""
    drawn = rng.integers(low.astype(int), high.astype(int) + 1, (completions_n - 2, *low.shape))
    return np.concatenate([[low.astype(int)], [high.astype(int)], drawn])


def _measure_errors(fitted: np.ndarray) -> np.ndarray:
    """Return the standard error of counts less fitted under the model; missing where it leaves no choice.

    The variance of a cell is its mean, less the share (leverage) that the factors of its row and column take.
    """
    sums = np.concatenate([fitted.sum(axis=1), fitted.sum(axis=0)])
    scale = _divide(np.ones_like(sums), np.sqrt(sums))
    rows_n = len(fitted)
    gram = np.diag(sums)
    gram[:rows_n, rows_n:], gram[rows_n:, :rows_n] = fitted, fitted.T
    inverse = np.linalg.pinv(np.outer(scale, scale) * gram, rcond=_SATURATED, hermitian=True) * np.outer(scale, scale)
    own = np.diag(inverse)
    leverage = fitted * (own[:rows_n, None] + own[rows_n:] + 2 * inverse[:rows_n, rows_n:])
    is_free = (fitted > 0) & (leverage < 1 - _SATURATED)
    return np.where(is_free, np.sqrt(np.where(is_free, fitted * (1 - leverage), 0)), np.nan)


def _standardise(counts: np.ndarray, expected: np.ndarray, errors: np.ndarray) -> np.ndarray:
    return (counts - expected) / errors


def _count_reached(
    random: np.ndarray, expected: np.ndarray, errors: np.ndarray, residuals: np.ndarray, is_cell: np.ndarray
) -> np.ndarray:
    """Count the random tables of one completion whose largest residual is at least as large as that of each cell."""
    # Table by table: the residuals of all of them would take eight times the memory of the counts.
    drawn = (np.abs(_standardise(table, expected, errors)[is_cell]) for table in random)
    most = np.sort([np.nanmax(sizes, initial=-np.inf) for sizes in drawn])
    return len(most) - np.searchsorted(most, np.abs(residuals) - _SATURATED)


def _tell(
    places: Sequence[str],
    is_cell: np.ndarray,
    bounds: tuple[np.ndarray, np.ndarray],
    ranges: dict[str, np.ndarray],
    *,
    alpha: float,
) -> pd.DataFrame:
    origins, destinations = np.nonzero(is_cell)
    residuals = ranges["residual"]
    is_known = ~np.isnan(residuals).any(axis=0)
    is_told = is_known & (np.nan_to_num(ranges["p_value"], nan=1.0).max(axis=0) <= alpha)
    reading = np.select(
        [~is_known, is_told & (residuals > 0).all(axis=0), is_told & (residuals < 0).all(axis=0)],
        ["ND", "more", "less"],
        "open",
    )
    rows = pd.DataFrame(
        {
            "origin": np.array(places, dtype=object)[origins],
            "destination": np.array(places, dtype=object)[destinations],
            "value_low": bounds[0][is_cell].astype(int),
            "value_high": bounds[1][is_cell].astype(int),
            **{f"{name}_low": np.min(values, axis=0)[is_cell] for name, values in ranges.items()},
            **{f"{name}_high": np.max(values, axis=0)[is_cell] for name, values in ranges.items()},
            "flow_reading": reading[is_cell],
        }
    )
    order = ["residual_low", "value_low", "origin", "destination"]
    return rows.sort_values(order, ascending=[False, False, True, True], na_position="last", ignore_index=True)

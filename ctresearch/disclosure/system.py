"""All tables of a build, what others published and what was released earlier, as one system of cells and sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy

from ctresearch.disclosure.attack import DisagreementError, View
from ctresearch.disclosure.cells import TOTAL, CaseTable, Grid, Hierarchies, Key, PublishedTable, lay_out_grids

NOW, EARLIER, CHANGE = "now", "earlier", "change"
"""Versions of the data in the identity of a cell: this build, an earlier one, and the difference of the two."""

_NEAR = 1e-6


@dataclass(frozen=True, eq=False)
class System:
    """Cells of all tables and what is known of them.

    Attributes
    ----------
    keys : tuple of Key
        Identity of each cell.
    grids : tuple of Grid
        The case tables, laid out.
    places : tuple of array of int
        Cells of each grid.
    equations : scipy.sparse.csr_array, shape (sums, cells)
        1 for the sum, -1 for each cell that makes it up.
    values : array of float, shape (cells,)
        True values; missing where only others know them.
    low, high : array of float, shape (cells,)
        Limits that anybody knows: published masks, and that a count is not below zero.
    is_shown : array of bool, shape (cells,)
        Cells of the tables that are to be shown.
    is_masked : array of bool, shape (cells,)
        Cells that others masked, or that an earlier build did not show.
    is_count : array of bool, shape (cells,)
        Whether the value is known to be a whole number: a count of ours, or a change of one.
    """

    keys: tuple[Key, ...]
    grids: tuple[Grid, ...]
    places: tuple[np.ndarray, ...]
    equations: scipy.sparse.csr_array
    values: np.ndarray
    low: np.ndarray
    high: np.ndarray
    is_shown: np.ndarray
    is_masked: np.ndarray
    is_count: np.ndarray

    @property
    def is_public(self) -> np.ndarray:
        """Whether anybody knows the value already."""
        return self.low == self.high

    def view(self, is_hidden: np.ndarray) -> View:
        """Return what a reader has when some cells are not shown."""
        known = np.where(self.is_shown & ~is_hidden, self.values, np.nan)
        known = np.where(self.is_public, self.low, known)
        return View(self.equations, known, self.low, self.high, self.is_count)

    def complete(self) -> np.ndarray:
        """Return values in which those that only others know are any that agree with all the rest.

        Raises
        ------
        DisagreementError
            If none agree.
        """
        if not np.isnan(self.values).any():
            _check_limits(self.values, self.low, self.high)
            return self.values
        _check_limits(self.values, self.low, self.high)
        fixed = ~np.isnan(self.values)
        low, high = np.where(fixed, self.values, self.low), np.where(fixed, self.values, self.high)
        zero = np.zeros(self.equations.shape[0])
        result = scipy.optimize.linprog(
            np.zeros(len(low)), A_eq=self.equations, b_eq=zero, bounds=np.column_stack([low, high]), method="highs"
        )
        if result.x is None:
            raise DisagreementError(
                "The case counts do not agree with what was published for the same population; if other persons are "
                "counted, name another population."
            )
        return result.x


def _check_limits(values: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    if ((values < low - _NEAR) | (values > high + _NEAR)).any():
        raise DisagreementError(
            "A case count lies outside what was published or released earlier for the same population, though it may "
            "not; if other persons are counted, name another population."
        )


def build_system(
    tables: Sequence[CaseTable],
    *,
    hierarchies: Hierarchies,
    others: Sequence[PublishedTable],
    earlier: Sequence[PublishedTable],
    only_grows: bool,
) -> System:
    """Join tables at the cells that they share.

    Parameters
    ----------
    tables : sequence of CaseTable
        Tables to be shown.
    hierarchies : mapping
        See `Hierarchies`.
    others : sequence of PublishedTable
        What others published.
    earlier : sequence of PublishedTable
        What an earlier build showed; what it did not show is masked, or left out where it had no limits.
    only_grows : bool
        Whether a later version of the data can only hold more persons, not fewer, which a reader may know.

    Returns
    -------
    System

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"sex": ["female", "male"], "persons_n": [7, 2]})
    >>> table = CaseTable("by_sex", rows, by=("sex",), value="persons_n", population="assisted")
    >>> system = build_system([table], hierarchies={}, others=(), earlier=(), only_grows=False)
    >>> system.values.tolist(), system.equations.toarray().tolist()
    ([7.0, 2.0, 9.0], [[-1.0, -1.0, 1.0]])
    """
    grids = lay_out_grids([*tables, *others], hierarchies=hierarchies, version=NOW)
    old = lay_out_grids(earlier, hierarchies=hierarchies, version=EARLIER)
    keys = list(dict.fromkeys(key for grid in [*grids, *old] for key in grid.keys))
    place = {key: number for number, key in enumerate(keys)}
    places = [np.array([place[key] for key in grid.keys]) for grid in [*grids, *old]]
    sums = {
        (int(own[whole]), tuple(int(own[part]) for part in parts)): None
        for grid, own in zip([*grids, *old], places, strict=True)
        for whole, parts in grid.sums
    }
    for version, population, codes in list(keys):
        if version == EARLIER and (NOW, population, codes) in place:
            keys.append((CHANGE, population, codes))
            sums[place[NOW, population, codes], (place[EARLIER, population, codes], len(keys) - 1)] = None
    cells = _Cells(keys, only_grows)
    for table, grid, own in zip(tables, grids, places[: len(tables)], strict=False):
        cells.add_case_table(table, grid, own)
    for number, (_, population, codes) in enumerate(keys):
        cells.is_count[number] = cells.is_count[place.get((NOW, population, codes), number)]
    for table, grid, own in zip([*others, *earlier], [*grids[len(tables) :], *old], places[len(tables) :], strict=True):
        cells.add_published_table(table, grid, own)
    system = System(
        tuple(keys),
        tuple(grids[: len(tables)]),
        tuple(places[: len(tables)]),
        _write_equations(list(sums), len(keys)),
        *(cells.values, cells.low, cells.high, cells.is_shown, cells.is_masked, cells.is_count),
    )
    return replace(system, values=_derive(system.equations, system.values))


def join_dimensions(tables: Sequence[CaseTable]) -> list[PublishedTable]:
    """Return for each population of several tables one of all their dimensions, in which nothing is known.

    Examples
    --------
    >>> import pandas as pd
    >>> by_sex = CaseTable("a", pd.DataFrame({"sex": ["f"], "n": [7]}), by=("sex",), value="n", population="all")
    >>> by_age = CaseTable("b", pd.DataFrame({"age": ["old"], "n": [7]}), by=("age",), value="n", population="all")
    >>> join_dimensions([by_sex, by_age])[0].by
    ('sex', 'age')
    """
    codes: dict[str, dict[str, dict[str, None]]] = {}
    for table in tables:
        for name in table.by:
            own = codes.setdefault(table.population, {}).setdefault(name, {})
            own |= dict.fromkeys(table.rows[name].astype(str))
    joined = []
    for population, dimensions in codes.items():
        single = [{name: code} for name, own in dimensions.items() for code in own]
        rows = pd.DataFrame(single).reindex(columns=list(dimensions)).fillna(TOTAL)
        joined.append(
            PublishedTable(population, rows.assign(value_low=0.0, value_high=np.nan), tuple(dimensions), population)
        )
    return joined


class _Cells:
    """What is known of each cell, filled table by table."""

    def __init__(self, keys: Sequence[Key], only_grows: bool) -> None:
        n = len(keys)
        self.keys = keys
        self.values = np.full(n, np.nan)
        is_change = np.array([key[0] == CHANGE for key in keys], dtype=bool)
        self.low = np.where(is_change & (not only_grows), -np.inf, 0.0)
        self.high = np.full(n, np.inf)
        self.is_shown, self.is_masked = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
        self.is_count = np.zeros(n, dtype=bool)

    def add_case_table(self, table: CaseTable, grid: Grid, own: np.ndarray) -> None:
        before = self.values[own]
        if (np.abs(before - grid.values) > _NEAR * np.maximum(1, grid.values)).any():
            raise DisagreementError(
                f"Table '{table.name}' has other sums than another table of '{table.population}'. Tables of one "
                "population count the same persons; name another population if these do not."
            )
        self.values[own] = grid.values
        is_total = grid.codes.eq(TOTAL).any(axis=1).to_numpy() | ~_are_finest(table, grid)
        self.is_shown[own] |= True if table.has_margins else ~is_total
        self.is_count[own] = table.contributions is None

    def add_published_table(self, table: PublishedTable, grid: Grid, own: np.ndarray) -> None:
        version = grid.keys[0][0]
        place = {key: number for number, key in zip(own, grid.keys, strict=True)}
        limits = table.rows[["value_low", "value_high"]].to_numpy(dtype=float)
        for row, (low, high) in zip(table.rows[list(table.by)].astype(str).to_numpy(), limits, strict=True):
            codes = frozenset(pair for pair in zip(table.by, row, strict=True) if pair[1] != TOTAL)
            number = place[version, table.population, codes]
            self.low[number] = max(self.low[number], low)
            self.high[number] = min(self.high[number], np.inf if np.isnan(high) else high)
            if self.low[number] > self.high[number]:
                raise DisagreementError(
                    f"Table '{table.name}' contradicts another published table of the same population."
                )
        told = np.array(sorted(place.values()), dtype=int)
        is_exact = self.low[told] == self.high[told]
        self.values[told[is_exact]] = np.where(np.isnan(self.values[told]), self.low[told], self.values[told])[is_exact]
        has_limits = np.isfinite(self.high[told]) | (self.low[told] > 0) | np.array(version == EARLIER)
        self.is_masked[told] |= ~is_exact & has_limits


def _are_finest(table: CaseTable, grid: Grid) -> np.ndarray:
    """Return which cells are no sums of others."""
    is_sum = np.zeros(len(grid.keys), dtype=bool)
    is_sum[[whole for whole, _ in grid.sums]] = True
    return ~is_sum


def _write_equations(sums: Sequence[tuple[int, tuple[int, ...]]], cells_n: int) -> scipy.sparse.csr_array:
    rows = np.repeat(np.arange(len(sums)), [1 + len(parts) for _, parts in sums])
    columns = np.array([cell for whole, parts in sums for cell in (whole, *parts)], dtype=int)
    signs = np.array([sign for _, parts in sums for sign in (1.0, *[-1.0] * len(parts))])
    return scipy.sparse.csr_array((signs, (rows, columns)), shape=(len(sums), cells_n))


def _derive(equations: scipy.sparse.csr_array, values: np.ndarray) -> np.ndarray:
    """Fill in what follows from a sum in which one cell alone is missing, such as the change between two versions."""
    values = values.copy()
    for _ in range(len(values)):
        missing = np.isnan(values)
        single = np.flatnonzero((abs(equations) @ missing.astype(float)) == 1)
        if not len(single):
            break
        rows = equations[single].tocoo()
        rest = equations[single] @ np.nan_to_num(values)
        is_open = missing[rows.col]
        values[rows.col[is_open]] = -rest[rows.row[is_open]] / rows.data[is_open]
    return values

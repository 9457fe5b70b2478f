"""Tables made from case records, tables that others published, and every sum that a reader can form in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pandas as pd

TOTAL = "total"
"""Code of a dimension over which a row is added up."""

MOST_CELLS = 100_000
"""Cells of one table with its margins; a longer cross-classification is a data set and no table."""

MOST = 1e9
"""Largest value of a cell: beyond it linear programming in floating point can no longer tell one person."""

Key = tuple[str, str, frozenset[tuple[str, str]]]
"""Identity of a cell: version of the data, who is counted, and the codes by which they are narrowed down."""

Hierarchies = Mapping[str, Mapping[str, str]]
"""Dimension: code and the code that it is a part of."""


@dataclass(frozen=True, eq=False)
class CaseTable:
    """A table made from case records, which may not be shown before it has passed the gate.

    Attributes
    ----------
    name : str
        Name of the table.
    rows : pandas.DataFrame
        One row for each combination that occurs, without rows for totals; what is absent is zero.
    by : sequence of str
        Dimensions: columns of `rows` whose codes part the persons.
    value : str
        Column of the count or amount.
    population : str
        Who is counted. Tables that count the same persons by other dimensions must name the same population: cells
        that they share are then one cell.
    has_margins : bool
        Whether the totals are to be shown too. Readers can form them in any case.
    contributions : pandas.DataFrame or None
        For amounts: `contributor`, the columns of `by` and `value`, one row a contributor and cell.
    source_id : str
        Sources of the records, joined by `;`; they travel with the table.

    Raises
    ------
    ValueError
        In a sentence, if there is no row, a value is no count or amount, a code is missing or a row occurs twice.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["female", "male"], "persons_n": [7, 2]})
    >>> CaseTable("by_sex", rows, by=("sex",), value="persons_n", population="assisted", source_id="demo")
    CaseTable(name='by_sex', by=('sex',), value='persons_n', population='assisted', has_margins=True,
    source_id='demo')
    """

    name: str
    rows: pd.DataFrame = field(repr=False)
    by: Sequence[str]
    value: str
    population: str
    has_margins: bool = True
    contributions: pd.DataFrame | None = field(default=None, repr=False)
    source_id: str = ""

    def __post_init__(self) -> None:
        problem = _find_problem(self.rows, self.by, [self.value], has_totals=False)
        if problem:
            raise ValueError(f"Table '{self.name}': {problem}")


@dataclass(frozen=True, eq=False)
class PublishedTable:
    """A table that somebody has published, which anybody may lay beside ours.

    Attributes
    ----------
    name : str
        Name of the table.
    rows : pandas.DataFrame
        The columns of `by`, where `total` stands for a sum, `value_low` and `value_high`: equal where the value was
        printed, apart where it was masked (no `value_high`: no limit). What is absent is not known.
    by : sequence of str
        Dimensions, as in `CaseTable`.
    population : str
        Who is counted. Only where it is the same, word for word, are two cells the same.

    Raises
    ------
    ValueError
        As `CaseTable`.
    """

    name: str
    rows: pd.DataFrame = field(repr=False)
    by: Sequence[str]
    population: str

    def __post_init__(self) -> None:
        problem = _find_problem(self.rows, self.by, ["value_low", "value_high"], has_totals=True)
        if problem:
            raise ValueError(f"Table '{self.name}': {problem}")


def _find_problem(rows: pd.DataFrame, by: Sequence[str], values: Sequence[str], *, has_totals: bool) -> str:
    absent = [column for column in [*by, *values] if column not in rows.columns]
    if absent:
        return f"there is no column {', '.join(absent)}."
    codes = rows[list(by)]
    is_missing, is_total = codes.isna().to_numpy().any(), codes.eq(TOTAL).to_numpy().any()
    is_twice = codes.duplicated().any() if len(by) else len(rows) > 1
    problems = {
        "it has no row, so there is nothing to protect or to show.": rows.empty,
        "a code is missing; use a code such as 'unknown' for persons of whom it is not known.": is_missing,
        "a combination of codes occurs twice; add the rows up first.": is_twice,
        f"rows for a '{TOTAL}' are formed by the gate; leave them out.": is_total and not has_totals,
    }
    found = [problem for problem, is_found in problems.items() if is_found]
    return found[0] if found else _find_bad_value(rows, values, may_be_open=has_totals)


def _find_bad_value(rows: pd.DataFrame, values: Sequence[str], *, may_be_open: bool) -> str:
    numbers = rows[list(values)].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float, copy=True)
    if may_be_open:
        numbers[:, -1] = np.where(rows[values[-1]].isna(), numbers[:, 0], numbers[:, -1])
    if not np.isfinite(numbers).all():
        return "a value is missing or no finite number; a count that is not known cannot be protected."
    if (numbers < 0).any():
        return "a value is below zero; counts and amounts are not."
    if (numbers > MOST).any():
        return f"a value is above {MOST:,.0f}; state amounts in a larger unit."
    return "a lower limit is above its upper limit." if (numbers[:, 0] > numbers[:, -1]).any() else ""


@dataclass(frozen=True, eq=False)
class Grid:
    """A table laid out with all its margins.

    Attributes
    ----------
    codes : pandas.DataFrame
        Codes of each cell, one column a dimension; `total` where it is added up.
    keys : tuple of Key
        Identity of each cell.
    sums : tuple of (int, tuple of int)
        Positions of a cell and of the cells that make it up, for every sum along one dimension.
    values : array of float, shape (cells,)
        Values; missing for a published table.
    """

    codes: pd.DataFrame
    keys: tuple[Key, ...]
    sums: tuple[tuple[int, tuple[int, ...]], ...]
    values: np.ndarray


def lay_out_grids(
    tables: Sequence[CaseTable | PublishedTable], *, hierarchies: Hierarchies, version: str = ""
) -> list[Grid]:
    """Lay tables out with every margin, on the codes that tables of one population use together.

    Parameters
    ----------
    tables : sequence of CaseTable or PublishedTable
        The tables.
    hierarchies : mapping
        See `Hierarchies`.
    version : str
        Version of the data, part of the identity of each cell.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["female", "male"], "persons_n": [7, 2]})
    >>> table = CaseTable("by_sex", rows, by=("sex",), value="persons_n", population="assisted")
    >>> grid, = lay_out_grids([table], hierarchies={})
    >>> grid.codes["sex"].tolist(), grid.values.tolist(), grid.sums
    (['female', 'male', 'total'], [7.0, 2.0, 9.0], ((2, (0, 1)),))
    """
    roots: dict[tuple[str, str], list[str]] = {}
    for table in tables:
        for name in table.by:
            found = [_climb(code, hierarchies.get(name, {}))[-1] for code in _own_codes(table, name)]
            known = roots.setdefault((table.population, name), [])
            known += [code for code in dict.fromkeys(found) if code not in known]
    return [
        _lay_out(
            table, [_Axis.grow(table, name, roots[table.population, name], hierarchies) for name in table.by], version
        )
        for table in tables
    ]


def _own_codes(table: CaseTable | PublishedTable, name: str) -> list[str]:
    return [code for code in dict.fromkeys(table.rows[name].astype(str)) if code != TOTAL]


def _climb(code: str, parents: Mapping[str, str]) -> list[str]:
    path = [code]
    while path[-1] in parents:
        path.append(parents[path[-1]])
        if len(path) > len(parents) + 1:
            raise ValueError(f"In the hierarchy of codes '{code}' is a part of itself.")
    return path


@dataclass(frozen=True)
class _Axis:
    """Codes of one dimension of a table: the finest, the sums that they lead to, and which make up which."""

    codes: tuple[str, ...]
    parts: Mapping[str, tuple[str, ...]]

    @classmethod
    def grow(
        cls, table: CaseTable | PublishedTable, name: str, roots: Sequence[str], hierarchies: Hierarchies
    ) -> _Axis:
        parents = hierarchies.get(name, {})
        own = _own_codes(table, name)
        above = {code for path in (_climb(code, parents) for code in own) for code in path[1:]}
        both = sorted(above & set(own))
        if both and isinstance(table, CaseTable):
            raise ValueError(
                f"Table '{table.name}': '{both[0]}' of {name} has rows of its own and of its parts; keep one."
            )
        children: dict[str, list[str]] = {}
        for child, parent in parents.items():
            children.setdefault(parent, []).append(child)
        parts = {code: tuple(children[code]) for code in above} | {TOTAL: tuple(roots)}
        return cls(tuple(_walk(TOTAL, parts)), parts)

    def add_up(self) -> np.ndarray:
        """Return which finest codes make up each code, shape (codes, finest codes)."""
        finest = [code for code in self.codes if code not in self.parts]
        rows = {code: np.eye(len(finest))[number] for number, code in enumerate(finest)}
        for code in self.codes:
            if code in self.parts:
                rows[code] = np.sum([rows[part] for part in self.parts[code]], axis=0)
        return np.array([rows[code] for code in self.codes]).reshape(len(self.codes), len(finest))


def _walk(code: str, parts: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for part in parts.get(code, ()):
        yield from _walk(part, parts)
    yield code


def _lay_out(table: CaseTable | PublishedTable, axes: Sequence[_Axis], version: str) -> Grid:
    shape = tuple(len(axis.codes) for axis in axes)
    if np.prod(shape, dtype=float) > MOST_CELLS:
        raise ValueError(f"Table '{table.name}' has more than {MOST_CELLS:,} cells with its margins; use fewer codes.")
    cells = list(product(*(axis.codes for axis in axes)))
    named = [frozenset(pair for pair in zip(table.by, cell, strict=True) if pair[1] != TOTAL) for cell in cells]
    places = np.arange(len(cells)).reshape(shape)
    values = _add_up(table, axes) if isinstance(table, CaseTable) else np.full(len(cells), np.nan)
    return Grid(
        pd.DataFrame(cells, columns=list(table.by), dtype="str"),
        tuple((version, table.population, codes) for codes in named),
        tuple(pair for number, axis in enumerate(axes) for pair in _list_sums(np.moveaxis(places, number, 0), axis)),
        values,
    )


def _list_sums(places: np.ndarray, axis: _Axis) -> Iterator[tuple[int, tuple[int, ...]]]:
    row = {code: number for number, code in enumerate(axis.codes)}
    for code, parts in axis.parts.items():
        if parts:
            whole, pieces = places[row[code]].ravel(), places[[row[part] for part in parts]].reshape(len(parts), -1)
            yield from zip(whole.tolist(), map(tuple, pieces.T.tolist()), strict=True)


def _add_up(table: CaseTable, axes: Sequence[_Axis]) -> np.ndarray:
    finest = [[code for code in axis.codes if code not in axis.parts] for axis in axes]
    inner = np.zeros([len(codes) for codes in finest])
    where = tuple(
        table.rows[name].astype(str).map({c: n for n, c in enumerate(codes)}).to_numpy()
        for name, codes in zip(table.by, finest, strict=True)
    )
    inner[where] = table.rows[table.value].to_numpy(dtype=float)
    for number, axis in enumerate(axes):
        inner = np.moveaxis(np.tensordot(axis.add_up(), inner, axes=(1, number)), 0, number)
    return inner.ravel()

"""Read back the sheet in which stakeholders weighed the pillars."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pandas as pd

from ctresearch.clean.headers import find_table
from ctresearch.clean.result import Cleaned, find_unmapped, join_changes, record_changes
from ctresearch.clean.text import tidy_text
from ctresearch.schema import Problem, Table, check_table, convert_table
from ctresearch.schema.stakeholders import BUDGET_ALLOCATIONS, PAIR_COMPARISONS

_MOST_TIMES = 9
_NEAR = 0.005
"""Sheets hold 1/9 as 0.11 or 0.1111, and shares of points with two decimals."""

_REMEDY = "Ask the stakeholder again, or leave all rows of this stakeholder empty."


def tidy_weights(
    sheets: Mapping[str, pd.DataFrame],
    *,
    file: str,
    codes: Mapping[str, Mapping[str, str]],
    budget_points: float,
    find_persons: Callable[..., list[Problem]] = lambda rows, file: [],
) -> Cleaned:
    """Read a filled-in sheet of weights into rows of `budget_allocations` and `pair_comparisons`.

    A stakeholder may weigh in one way alone; who began in a way and did not finish, spread more or fewer points than
    there are, or has another problem is left out of that way as a whole, and listed.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Cells of the file; the columns of one or both tables in any order, reading aids beside them are left aside.
    file : str
        Name for messages.
    codes : mapping of str to mapping of str to str
        Label of each code: lists `pillar` and `source`.
    budget_points : float
        Points that each stakeholder spreads.
    find_persons : callable
        As `stakeholders.find_personal_data`: what in the rows, beside the numbers, names a person.

    Returns
    -------
    Cleaned
        The tables of which the file has a sheet; cells whose number was written otherwise (`1/3`, `0,5`); and every
        problem with its rows.

    Examples
    --------
    >>> cells = pd.DataFrame([["stakeholder", "first", "second", "ratio", "source_id"],
    ...                       ["S-001", "data", "protection", "1/3", "survey"]], index=[1, 2], dtype="str")
    >>> codes = {"pillar": {"data": "Data", "protection": "Protection"}, "source": {"survey": "Survey"}}
    >>> cleaned = tidy_weights({"": cells}, file="w.xlsx", codes=codes, budget_points=100)
    >>> cleaned.problems, cleaned.tables["pair_comparisons"]["ratio"].round(4).tolist()
    ((), [0.3333])
    """
    tables, logs, problems, missing = {}, [], [], []
    for table, number, limits in (
        (BUDGET_ALLOCATIONS, "points", (0, budget_points)),
        (PAIR_COMPARISONS, "ratio", (1 / _MOST_TIMES, _MOST_TIMES)),
    ):
        names = [column.name for column in table.columns]
        found = find_table(sheets, file=file, required=names)
        if found.problems:
            missing += found.problems
            continue
        raw = found.frame[names].apply(tidy_text).astype("str")
        rows, log, wrong = _read_rows(raw, table, number=number, limits=limits, file=file, codes=codes)
        wrong += find_persons(rows.drop(columns=number).set_axis(rows.index - 2), file=file)
        if table is BUDGET_ALLOCATIONS:
            wrong += _find_unspent(rows.drop(index=_list_rows(wrong)), budget_points, file)
        refused = rows["stakeholder"].isin(rows.loc[_list_rows(wrong), "stakeholder"])
        tables[table.name] = convert_table(table, rows[~refused].reset_index(drop=True))
        logs.append(log)
        problems += wrong
    return Cleaned(tables, join_changes(logs), tuple(problems if tables else missing))


def _read_rows(
    raw: pd.DataFrame,
    table: Table,
    *,
    number: str,
    limits: tuple[float, float],
    file: str,
    codes: Mapping[str, Mapping[str, str]],
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Return the rows of who weighed in this way, the cells that were written otherwise, and the problems."""
    begun = raw["stakeholder"].isin(raw.loc[raw[number].notna(), "stakeholder"].dropna())
    raw = raw[begun | (raw["stakeholder"].isna() & raw[number].notna())]
    value = _read_numbers(raw[number])
    empty = tuple(int(row) for row in raw.index[raw[number].isna()])
    problems = [Problem(file, "a number in each row of a stakeholder", _REMEDY, empty, number)] if empty else []
    problems += find_unmapped(raw[number], value, file=file, column=number, expected="a number", remedy=_REMEDY)
    beyond = value[~value.between(limits[0] - _NEAR, limits[1] + _NEAR) & value.notna()]
    if len(beyond):
        expected = f"a number from {limits[0]:.4g} to {limits[1]:.4g}"
        problems.append(Problem(file, expected, _REMEDY, tuple(int(row) for row in beyond.index), number))
    written = value.map(lambda found: f"{found:.6g}", na_action="ignore").astype("str")
    rows = raw.assign(**{number: written}).fillna("")
    # Rows of the check count from 0 at row 2 of the file.
    numbered = rows.drop(index=_list_rows(problems))
    numbered = numbered.set_axis(numbered.index - 2)
    problems += check_table(table, numbered, codes, file=file, may_be_empty=True)
    is_other = raw[number].ne(written)
    return rows, record_changes(raw.loc[is_other, number], written[is_other], column=number, rule="number"), problems


def _read_numbers(cells: pd.Series) -> pd.Series:
    """Read numbers with either decimal sign, and fractions such as 1/3."""
    parts = cells.str.replace(",", ".", regex=False).str.extract(r"^([\d.]+)(?:\s*/\s*([1-9]))?$")
    return pd.to_numeric(parts[0], errors="coerce") / pd.to_numeric(parts[1]).fillna(1)


def _find_unspent(rows: pd.DataFrame, budget_points: float, file: str) -> list[Problem]:
    """Find the budgets of which points are left, or that were overspent; the rows of a budget are named together."""
    problems = []
    for _, own in rows.groupby("stakeholder", sort=False):
        spent = pd.to_numeric(own["points"]).sum()
        if abs(spent - budget_points) > _NEAR * budget_points:
            expected = f"{budget_points:g} points in all"
            lines = tuple(int(row) for row in own.index)
            problems.append(Problem(file, expected, _REMEDY, lines, "points", f"{spent:g}"))
    return problems


def _list_rows(problems: list[Problem]) -> list[int]:
    return sorted({row for problem in problems for row in problem.rows})

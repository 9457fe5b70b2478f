"""Corrections as data: mend cells of a table, and fail once a cell is no longer what was to be mended."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ctresearch.clean.result import Cleaned, join_changes, record_changes
from ctresearch.schema.contracts import STUDY
from ctresearch.schema.problems import Problem

BOUNDED = ("value", "value_low", "value_high")
"""Columns that are corrected together, because the bounds say what the value allows."""

_FIXED = {column for table in STUDY for column in table.scope} | {"source_id"}
_FILE = "corrections.csv"


def correct_table(table: pd.DataFrame, corrections: pd.DataFrame, *, name: str) -> Cleaned:
    """Apply the corrections of one table and say so in the note of each corrected row.

    A correction is made only if its `where` (`column=value;column=value`, all as printed in the file) finds one row,
    and the cell there still holds `expected_value`. So a correction fails once its source has been repaired. A `value`
    is corrected only together with its bounds.

    Parameters
    ----------
    table : pandas.DataFrame
        The table as read: every column text, index from 0 (the header is row 1 of the file).
    corrections : pandas.DataFrame
        Rows of `corrections` as read, of any tables, index from 0.
    name : str
        Name of the table; corrections of others are left aside.

    Returns
    -------
    Cleaned
        The corrected table under `name`; each corrected cell in `changes`, with the reason as its rule; and in
        `problems` each correction that was not made, with its row in corrections.csv and what to do.

    Examples
    --------
    >>> table = pd.DataFrame({"code": ["A", "B"], "people_n": ["10", "20"], "note": ["", "old"]})
    >>> corrections = pd.DataFrame([{"table": "towns", "where": "code=B", "column": "people_n", "expected_value": "20",
    ...                              "new_value": "21", "reason": "slip", "source_id": "src-a", "who": "researcher",
    ...                              "date": "2026-11-24"}])
    >>> corrected = correct_table(table, corrections, name="towns")
    >>> corrected.tables["towns"].loc[1].tolist()
    ['B', '21', "old; corrected 2026-11-24: people_n from '20' to '21', slip [src-a]"]
    >>> again = correct_table(corrected.tables["towns"], corrections, name="towns")
    >>> print(again.problems[0])  # doctest: +ELLIPSIS
    corrections.csv, row 2, column 'expected_value': found '21', expected '20' in towns.csv, row 3, ... see if it is...
    """
    asked = corrections[corrections["table"].eq(name)]
    placed, problems = _place(table, asked, name)
    problems += _find_twice(placed) + _find_without_bounds(placed, table, name)
    refused = {row - 2 for problem in problems for row in problem.rows}
    made = placed[~placed.index.isin(refused)]
    return Cleaned({name: _apply(table, made)}, _log(table, made), tuple(problems))


def _place(table: pd.DataFrame, asked: pd.DataFrame, name: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Find the row of each correction (column `place`) and check the cell that stands there."""
    places, problems = {}, []
    for correction in asked.itertuples():
        place, problem = _find_row(table, correction, name)
        problem = problem or _check_cell(table, correction, place, name)
        if problem:
            problems.append(problem)
        else:
            places[correction.Index] = place
    return asked.loc[list(places)].assign(place=list(places.values())), problems


def _find_row(table: pd.DataFrame, correction, name: str) -> tuple[int, Problem | None]:
    row = (correction.Index + 2,)
    parts = [part.partition("=") for part in correction.where.split(";")]
    unread = [column for column, sign, _ in parts if not sign or column.strip() not in table.columns]
    if unread:
        expected = f"columns of {name}.csv as column=value, joined by ;"
        return 0, Problem(_FILE, expected, "Correct the place.", row, "where", unread[0])
    fits = pd.Series(True, index=table.index)
    for column, _, value in parts:
        fits &= table[column.strip()].eq(value.strip())
    found = table.index[fits]
    if len(found) == 1:
        return found[0], None
    if len(found) == 0:
        remedy = "Correct the place, or take the correction out if the row is gone."
    else:
        rows = ", ".join(str(index + 2) for index in found[:5])
        remedy = f"Name more columns: rows {rows}{' and more' if len(found) > 5 else ''} fit."
    return 0, Problem(_FILE, f"one row of {name}.csv, not {len(found)}", remedy, row, "where", correction.where)


def _check_cell(table: pd.DataFrame, correction, place: int, name: str) -> Problem | None:
    row = (correction.Index + 2,)
    if correction.column not in table.columns:
        return Problem(_FILE, f"a column of {name}.csv", "Correct the name.", row, "column", correction.column)
    if correction.column in _FIXED:
        # Chapters are planned by these columns of the file as it stands.
        expected = "a column that does not say where the row belongs or who printed it"
        remedy = f"Correct it in {name}.csv itself."
        return Problem(_FILE, expected, remedy, row, "column", correction.column)
    found = table.at[place, correction.column]
    if found != correction.expected_value:
        expected = f"{correction.expected_value!r} in {name}.csv, row {place + 2}, column '{correction.column}'"
        remedy = "The table has changed: see if it is repaired, then take the correction out, or renew it."
        return Problem(_FILE, expected, remedy, row, "expected_value", found or "an empty cell")
    if found == correction.new_value:
        remedy = "Take the correction out."
        return Problem(_FILE, "another value than the expected one", remedy, row, "new_value", found)
    return None


def _find_twice(placed: pd.DataFrame) -> list[Problem]:
    twice = placed[placed.duplicated(["place", "column"], keep=False)]
    return [
        Problem(
            _FILE,
            "one correction a cell",
            "Keep one of them.",
            tuple(int(index) + 2 for index in rows.index),
            "column",
            str(column),
        )
        for (_, column), rows in twice.groupby(["place", "column"], sort=False)
    ]


def _find_without_bounds(placed: pd.DataFrame, table: pd.DataFrame, name: str) -> list[Problem]:
    if not set(BOUNDED) <= set(table.columns):
        return []
    problems = []
    for _, rows in placed[placed["column"].isin(BOUNDED)].groupby("place", sort=False):
        missing = [column for column in BOUNDED if column not in set(rows["column"])]
        is_value = rows["column"].eq("value")
        if is_value.any() and missing:
            expected = f"corrections of {' and '.join(missing)} for the same row of {name}.csv"
            remedy = "Say with the value what its smallest and largest number are."
            problems.append(
                Problem(_FILE, expected, remedy, tuple(int(i) + 2 for i in rows.index), "column", "value alone")
            )
    return problems


def _apply(table: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    corrected = table.copy()
    for correction in made.itertuples():
        corrected.at[correction.place, correction.column] = correction.new_value
    if "note" in corrected.columns:
        for place, text in _write_notes(made):
            corrected.at[place, "note"] = "; ".join(part for part in (corrected.at[place, "note"], text) if part)
    return corrected


def _write_notes(made: pd.DataFrame) -> Iterator[tuple[int, str]]:
    """Write one note a row and reason: its cells, the reason and the source."""
    for (place, date, reason, source_id), rows in made.groupby(["place", "date", "reason", "source_id"], sort=False):
        cells = ", ".join(f"{row.column} from {row.expected_value!r} to {row.new_value!r}" for row in rows.itertuples())
        yield place, f"corrected {date}: {cells}, {reason} [{source_id}]"


def _log(table: pd.DataFrame, made: pd.DataFrame) -> pd.DataFrame:
    logs = []
    for correction in made.itertuples():
        row = pd.Index([correction.place + 2])
        before = pd.Series([correction.expected_value], index=row)
        after = pd.Series([correction.new_value], index=row)
        logs.append(record_changes(before, after, column=correction.column, rule=correction.reason))
    return join_changes(logs)

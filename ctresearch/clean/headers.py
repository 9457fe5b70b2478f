"""Find the table in a file's sheets: the header row wherever it stands, the columns in any order and spelling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from ctresearch.clean.text import fold_value, tidy_value
from ctresearch.schema.problems import Problem

SEARCHED_ROWS = 100
"""Rows from the top of each sheet in which a header row is looked for."""


@dataclass(frozen=True)
class FoundTable:
    """A table that was found in a file.

    Attributes
    ----------
    frame : pandas.DataFrame
        The rows below the header as text; columns named as asked where they were asked for, else as printed; index:
        row number in the file. Without rows if there are problems that keep it from being read.
    problems : tuple of Problem
        What is wrong with the header; empty if the table can be read.
    sheet : str
        Name of the sheet.
    header_row : int
        Row number of the header; 0 if none was found.
    headings : mapping of str to str
        The heading of each column as printed.
    """

    frame: pd.DataFrame
    problems: tuple[Problem, ...] = ()
    sheet: str = ""
    header_row: int = 0
    headings: Mapping[str, str] = field(default_factory=dict)


def find_table(
    sheets: Mapping[str, pd.DataFrame],
    *,
    file: str,
    required: Mapping[str, Sequence[str]] | Sequence[str],
    optional: Mapping[str, Sequence[str]] | Sequence[str] = (),
) -> FoundTable:
    """Find the sheet and the row that hold the asked columns, and return the rows below it.

    Case, script, diacritics, punctuation and spaces of a heading do not matter. Of several rows that fit, the one with
    most of the asked columns is taken, and of these the first; two of them with all columns are a problem.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Raw cells as text; index: row number in the file; columns 0, 1, 2 ...
    file : str
        Name of the file, for messages.
    required, optional : mapping of str to sequence of str, or sequence of str
        Columns to look for; a mapping gives, for each name, the headings under which it may stand.

    Returns
    -------
    FoundTable
        The table; see its `problems` before its `frame`.

    Examples
    --------
    >>> cells = pd.DataFrame([["Export of 2020", None], ["Godina", "VALUE "], ["2014", "12"]], index=[1, 2, 3])
    >>> found = find_table({"": cells}, file="x.csv", required={"year": ["Year", "Godina"], "value": ["Value"]})
    >>> found.header_row, found.frame.loc[3].to_dict()
    (2, {'year': '2014', 'value': '12'})
    """
    wanted = {**_list_headings(required), **_list_headings(optional)}
    needed = list(_list_headings(required))
    names = {_fold_heading(heading): name for name, headings in wanted.items() for heading in headings}
    candidates = [
        (sheet, row, keys)
        for sheet, cells in sheets.items()
        for row, keys in _match_rows(cells.head(SEARCHED_ROWS), names)
    ]
    if not candidates:
        return FoundTable(_make_empty(needed), (_say_missing(file, needed, wanted),))
    sheet, row, keys = max(candidates, key=lambda found: _rate(found[2], needed))
    cells = sheets[sheet]
    place = f"{file}, sheet '{sheet}'" if sheet else file
    header = _name_columns(cells, row, keys)
    problems = [
        *_find_missing(keys, needed, wanted, place, row),
        *_find_doubles(header, place, row),
        *_find_headless(cells, header, place, row),
        *_find_second_headers(candidates, (sheet, row, keys), needed, place),
    ]
    if problems:
        return FoundTable(_make_empty(needed), tuple(problems), sheet, row)
    below = cells.loc[cells.index > row]
    frame = below[list(header)].set_axis(list(header.values()), axis=1)
    headings = {name: str(cells.at[row, column]) for column, name in header.items()}
    return FoundTable(frame[frame.notna().any(axis=1)], (), sheet, row, headings)


def _fold_heading(text: str) -> str:
    """Return the key of a heading; a percentage is another column than the count of the same name."""
    return fold_value(text.replace("%", " percent "))


def _list_headings(columns: Mapping[str, Sequence[str]] | Sequence[str]) -> dict[str, list[str]]:
    given = columns if isinstance(columns, Mapping) else dict.fromkeys(columns, ())
    return {name: [name, *headings] for name, headings in given.items()}


def _match_rows(cells: pd.DataFrame, names: Mapping[str, str]) -> list[tuple[int, dict[int, str]]]:
    """List the rows that hold an asked heading, with the asked name of each column."""
    stacked = cells.stack()
    found = stacked.map({text: names.get(_fold_heading(str(text))) for text in stacked.unique()}).dropna()
    rows: dict[int, dict[int, str]] = {}
    for (row, column), name in found.items():
        rows.setdefault(int(row), {})[int(column)] = name
    return list(rows.items())


def _rate(keys: Mapping[int, str], needed: Sequence[str]) -> tuple[int, int]:
    distinct = set(keys.values())
    return len(distinct & set(needed)), len(distinct)


def _name_columns(cells: pd.DataFrame, row: int, keys: Mapping[int, str]) -> dict[int, str]:
    """Return the name of every column that has a heading: as asked, or as printed."""
    printed = cells.loc[row].dropna()
    tidied = {column: tidy_value(str(text)) for column, text in printed.items()}
    return {column: keys.get(column, text) for column, text in tidied.items() if text}


def _find_missing(
    keys: Mapping[int, str], needed: Sequence[str], wanted: Mapping[str, Sequence[str]], place: str, row: int
) -> list[Problem]:
    missing = [name for name in needed if name not in keys.values()]
    remedy = "In the row that looks most like the header. Known headings of it: {}."
    return [
        Problem(
            place, f"a column '{name}'", remedy.format(", ".join(dict.fromkeys(wanted[name]))), rows=(row,), column=name
        )
        for name in missing
    ]


def _find_doubles(header: Mapping[int, str], place: str, row: int) -> list[Problem]:
    names = pd.Series(header)
    doubles = names[names.map(_fold_heading).duplicated()].unique()
    remedy = "Two columns have this heading: rename or delete one of them."
    return [Problem(place, "each heading once", remedy, rows=(row,), column=str(name)) for name in doubles]


def _find_headless(cells: pd.DataFrame, header: Mapping[int, str], place: str, row: int) -> list[Problem]:
    """Name columns with values but no heading, as merged headings leave them."""
    below = cells.loc[cells.index > row]
    bare = [column for column in cells.columns if column not in header and below[column].notna().any()]
    if not bare:
        return []
    numbers = ", ".join(str(column + 1) for column in bare[:5])
    remedy = "Columns hold values but have no heading: undo merged cells and give each column its own heading."
    return [Problem(place, "a heading for each column", remedy, rows=(row,), found=f"none for column {numbers}")]


def _find_second_headers(
    candidates: Sequence[tuple[str, int, Mapping[int, str]]],
    chosen: tuple[str, int, Mapping[int, str]],
    needed: Sequence[str],
    place: str,
) -> list[Problem]:
    """Name further header rows: of a second table below, or of another sheet that holds the same columns."""
    sheet, row, keys = chosen
    full = set(keys.values()) & set(needed)
    same = [(other, place_) for other, place_, others in candidates if full and full <= set(others.values())]
    rows = tuple(number for other, number in same if other == sheet and number != row)
    problems = []
    if rows:
        remedy = "The header stands more than once: put each table on a sheet of its own, or delete the other header."
        problems.append(Problem(place, "one header row", remedy, rows=rows))
    others = dict.fromkeys(other for other, _ in same if other != sheet)
    if others:
        listed = ", ".join(f"'{other}'" for other in others)
        remedy = f"The sheets {listed} have the same header: keep one, or join them on one sheet."
        problems.append(Problem(place, "one sheet with this table", remedy, rows=(row,)))
    return problems


def _say_missing(file: str, needed: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> Problem:
    listed = ", ".join(wanted[name][-1] for name in needed)
    expected = f"a header row with {listed} within the first {SEARCHED_ROWS} rows of a sheet"
    return Problem(file, expected, "Check that this is the right file, and that its headings were not changed.")


def _make_empty(needed: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in needed}, index=pd.RangeIndex(0))

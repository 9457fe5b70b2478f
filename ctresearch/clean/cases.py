"""Case sheets of any office, read with a mapping to the case data standard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from ctresearch.clean.mapping import LEFT_OUT, CaseMapping, parse_mapping
from ctresearch.clean.records import RecordReader
from ctresearch.clean.result import Cleaned
from ctresearch.clean.text import fold_value, tidy_value
from ctresearch.schema import Problem

_ROWS_SEARCHED = 60
_REMEDY = 'Add it to [values.{field}] of the mapping; write "" as its code if it says that it is not known.'


@dataclass(frozen=True)
class CaseColumns:
    """The columns of a case sheet.

    Attributes
    ----------
    headers, targets : tuple of str
        Header and field of each column, in the order of the sheet.
    first_row : int
        Row number of the first row with data.
    sheet : str
        Name of the sheet.
    """

    headers: tuple[str, ...]
    targets: tuple[str, ...]
    first_row: int
    sheet: str = ""


def tidy_cases(
    sheets: Mapping[str, pd.DataFrame],
    *,
    mapping: Mapping[str, object],
    file: str,
    labels: pd.DataFrame,
    codes: pd.DataFrame,
    mapping_file: str = "the mapping",
) -> Cleaned:
    """Read a case sheet with the mapping of its office.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Cells as the file has them, without a header; index: row number.
    mapping : mapping
        As read from TOML; see `mapping.parse_mapping`.
    file, mapping_file : str
        Names for messages.
    labels, codes : pandas.DataFrame
        The framework tables `labels` and `codes`.

    Returns
    -------
    Cleaned
        `cases` (contract `cases`) and `identifiers` (for linking records; never to be written). A column or word that
        the mapping does not know is a problem; messages give row numbers, never values. Nothing is read while the
        mapping or the header has a problem.

    Examples
    --------
    >>> labels = pd.DataFrame({"list": ["sex", "yesno"], "code": ["female", "yes"], "language": "en",
    ...                        "label": ["feminine", "yes"]})
    >>> codes = pd.DataFrame({"list": ["htcds_gender"], "code": ["Feminine"], "label": ["Feminine"]})
    >>> sheet = pd.DataFrame([["Pol", "Napomena"], ["ž", "x"]], index=[1, 2], dtype="str")
    >>> mapping = {"agency": "a", "source_id": "s", "day_first": True,
    ...            "columns": {"Pol": "gender", "Napomena": "left_out"}, "values": {"gender": {"Ž": "Feminine"}}}
    >>> cases = tidy_cases({"": sheet}, mapping=mapping, file="a.csv", labels=labels, codes=codes).tables["cases"]
    >>> cases.loc[0, ["case_id", "gender"]].tolist()
    ['a-2', 'Feminine']
    """
    parsed, problems = parse_mapping(mapping, codes=codes, file=mapping_file)
    if parsed is None:
        return Cleaned({}, problems=problems)
    columns, problems = find_case_columns(sheets, mapping=parsed, file=file)
    if columns is None:
        return Cleaned({}, problems=problems)
    rows = sheets[columns.sheet].loc[columns.first_row :]
    return tidy_case_rows(rows, columns=columns, mapping=parsed, file=file, labels=labels, codes=codes)


def tidy_case_rows(
    rows: pd.DataFrame,
    *,
    columns: CaseColumns,
    mapping: CaseMapping,
    file: str,
    labels: pd.DataFrame,
    codes: pd.DataFrame,
) -> Cleaned:
    """Read rows of a case sheet whose columns were found before: a chunk of a long file, or a partition.

    Parameters
    ----------
    rows : pandas.DataFrame
        Cells below the header; index: row number in the file.
    columns : CaseColumns
        What `find_case_columns` found at the top of the file.
    """
    reader = RecordReader(mapping, labels, codes, file, _REMEDY)
    return reader.tidy(rows, columns.targets, columns.headers)


def find_case_columns(
    sheets: Mapping[str, pd.DataFrame], *, mapping: CaseMapping, file: str
) -> tuple[CaseColumns | None, tuple[Problem, ...]]:
    """Find the header row and the field of each column.

    Returns
    -------
    tuple
        The columns, or nothing and every problem: no header, a header that the mapping does not name, one that it
        names and the sheet has not, one that stands twice, a column without a header.
    """
    if mapping.sheet and mapping.sheet not in sheets:
        remedy = "Correct 'sheet' in the mapping."
        found = ", ".join(sheets)
        return None, (Problem(file, f"a sheet named '{mapping.sheet}'", remedy, found=found),)
    searched = {mapping.sheet: sheets[mapping.sheet]} if mapping.sheet else sheets
    columns = find_header(searched, mapping.resolve)
    if columns is None:
        headers = ", ".join(list(mapping.titles.values())[:6])
        remedy = "Correct the headers in [columns] of the mapping to what the sheet has."
        return None, (Problem(file, f"a header row with the headers of the mapping ({headers})", remedy),)
    problems = _check_header(sheets[columns.sheet], columns, mapping, file)
    return (None, problems) if problems else (columns, ())


def find_header(
    sheets: Mapping[str, pd.DataFrame], resolve: Callable[[Sequence[str | None]], Sequence[str]]
) -> CaseColumns | None:
    """Find the row in which most headers are known, in any sheet, and the first row of data below it.

    Parameters
    ----------
    resolve : callable
        From the headers of a row to the field of each, empty where unknown.

    Returns
    -------
    CaseColumns or None
        Nothing where no row has a known header. A row below the header that holds headers again is skipped.
    """
    best: tuple[int, str, int] = (0, "", 0)
    for name, sheet in sheets.items():
        for place in range(min(len(sheet), _ROWS_SEARCHED)):
            count = len({target for target in resolve(_cells(sheet, place)) if target})
            if count > best[0]:
                best = (count, name, place)
    if not best[0]:
        return None
    count, name, place = best
    headers = _cells(sheets[name], place)
    targets = resolve(headers)
    below = place + 1
    if count > 1 and below < len(sheets[name]) and 2 * len({*resolve(_cells(sheets[name], below))} - {""}) > count:
        headers = [header or second for header, second in zip(headers, _cells(sheets[name], below), strict=True)]
        targets = resolve(headers)
        below += 1
    first_row = int(sheets[name].index[below]) if below < len(sheets[name]) else int(sheets[name].index[-1]) + 1
    return CaseColumns(tuple(header or "" for header in headers), tuple(targets), first_row, name)


def _cells(sheet: pd.DataFrame, place: int) -> list[str | None]:
    return [None if pd.isna(cell) else tidy_value(str(cell)) or None for cell in sheet.iloc[place]]


def _check_header(sheet: pd.DataFrame, columns: CaseColumns, mapping: CaseMapping, file: str) -> tuple[Problem, ...]:
    problems = []
    rows = sheet.loc[columns.first_row :]
    found = [fold_value(header) for header in columns.headers]
    for place, (header, target) in enumerate(zip(columns.headers, columns.targets, strict=True)):
        if header and not target:
            remedy = f"Name it in [columns] of the mapping, with '{LEFT_OUT}' if it is not to be read."
            problems.append(Problem(file, "a header that the mapping names", remedy, column=header))
        elif header and found.index(found[place]) != place:
            problems.append(Problem(file, "each header once", "Rename one of the two columns.", column=header))
        elif not header and rows.iloc[:, place].notna().any():
            remedy = "Write a header over it, or remove the column."
            problems.append(Problem(file, f"a header over column {place + 1}", remedy))
    for key, title in mapping.titles.items():
        if key not in found:
            remedy = "Correct or remove it in [columns] of the mapping."
            problems.append(Problem(file, "every header that the mapping names", remedy, column=title))
    return tuple(problems)

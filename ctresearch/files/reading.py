"""A file into sheets of text cells, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from ctresearch.files.archives import inspect_workbook
from ctresearch.files.delimited import read_delimited, read_delimited_chunks
from ctresearch.files.guarded import read_guarded
from ctresearch.files.kinds import recognise
from ctresearch.files.limits import FileError, Limits, print_size, refuse
from ctresearch.schema.problems import Problem

LIMITS = Limits()


@dataclass(frozen=True)
class FileContent:
    """What a file holds.

    Attributes
    ----------
    sheets : mapping
        Cells by name of the sheet, as `read_sheets` returns them.
    notes : tuple of Problem
        What did not keep the file from being read but should be known: macros, formulas, hidden sheets, a guessed
        encoding, values that the owner declared missing.
    variable_labels : mapping
        Labels of the columns of an SPSS or Stata file, by column.
    """

    sheets: Mapping[str, pd.DataFrame]
    notes: tuple[Problem, ...] = ()
    variable_labels: Mapping[str, str] = field(default_factory=dict)


def read_file(path: Path | str, *, limits: Limits = LIMITS, as_categories: bool = False) -> FileContent:
    """Read a delimited text, workbook, SPSS or Stata file into text cells.

    Nothing is interpreted: no header, no types, no missing codes. Dates of workbooks come in ISO form. Workbooks, SPSS
    and Stata files are read by a process of its own, which the system ends when it asks for too much.

    Parameters
    ----------
    path : pathlib.Path or str
        The file; `.csv`, `.tsv`, `.txt` (or with `.gz`), `.xlsx`, `.xlsm`, `.ods`, `.sav`, `.zsav` or `.dta`.
    limits : Limits
        How much the file may ask of the machine.
    as_categories : bool
        Whether columns of a long text may come as categories of text, which takes less time and memory.

    Raises
    ------
    FileError
        With every problem that keeps the file from being read; each names the place and the remedy.
    """
    path = Path(path)
    kind = recognise(path)
    if kind in {"delimited", "gzip"}:
        cells, notes = read_delimited(path, kind, limits, as_categories=as_categories)
        return FileContent({"": cells}, notes)
    notes = inspect_workbook(path, limits) if kind == "workbook" else _check_size(path, limits)
    columns, found, labels = read_guarded(path, kind, limits)
    sheets = {name: _make_frame(cells) for name, cells in columns.items()}
    if not any(len(frame) for frame in sheets.values()):
        raise refuse(path.name, "a table", "No sheet holds a value: save the file again with its data.")
    return FileContent(sheets, (*notes, *found), labels)


def read_sheets(path: Path | str, *, limits: Limits = LIMITS, as_categories: bool = False) -> dict[str, pd.DataFrame]:
    r"""Read a file into text cells, one frame a sheet.

    Parameters
    ----------
    path, limits, as_categories
        As for `read_file`.

    Returns
    -------
    dict of str to pandas.DataFrame
        By name of the sheet; the one sheet of a text, SPSS or Stata file is named "". Columns 0, 1, 2 ...; index: row
        number in the file from 1; dtype `str`, missing where a cell is empty. SPSS and Stata files have the names of
        their variables in row 1.

    Raises
    ------
    FileError
        As `read_file`.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.csv"
    ...     _ = path.write_text("year;share\n2014;1,5\n", encoding="utf-8")
    ...     read_sheets(path)[""].loc[2].tolist()
    ['2014', '1,5']
    """
    return dict(read_file(path, limits=limits, as_categories=as_categories).sheets)


def read_chunks(path: Path | str, *, chunk_bytes: int = 16 * 2**20, limits: Limits = LIMITS) -> Iterator[pd.DataFrame]:
    """Read a delimited file of any length in frames of bounded size.

    Parameters
    ----------
    path : pathlib.Path or str
        A `.csv`, `.tsv` or `.txt` file, or one of these with `.gz`.
    chunk_bytes : int
        Bytes of text for each frame.

    Yields
    ------
    pandas.DataFrame
        As `read_sheets` returns it with `as_categories`; the index goes on counting the rows of the file.

    Raises
    ------
    FileError
        As `read_file`; also for other kinds of files, which are small enough to be read at once.
    """
    path = Path(path)
    kind = recognise(path)
    if kind not in {"delimited", "gzip"}:
        raise refuse(path.name, "a csv, tsv or txt file", "Only text is read in chunks: use `read_sheets`.")
    yield from read_delimited_chunks(path, kind, limits, chunk_bytes=chunk_bytes)


def _check_size(path: Path, limits: Limits) -> tuple[Problem, ...]:
    size = path.stat().st_size
    if size > limits.packed_bytes:
        expected = f"a file of at most {print_size(limits.packed_bytes)}"
        raise FileError([Problem(path.name, expected, "Save it as csv.", found=print_size(size))])
    return ()


def _make_frame(columns: list[list[str | None]]) -> pd.DataFrame:
    series = {position: pd.Series(cells, dtype="str") for position, cells in enumerate(columns)}
    frame = pd.DataFrame(series)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame

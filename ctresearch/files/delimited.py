"""Delimited text into frames of text cells, whole or in chunks, with every row that does not fit named."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from ctresearch.files.limits import FileError, Limits
from ctresearch.files.repeated import Columns
from ctresearch.files.structure import Structure, find_structure
from ctresearch.files.text import find_delimiter, find_encoding, give_pieces, load_text, note_encoding, recode
from ctresearch.schema.problems import Problem

_FORMULA = re.compile(r"\s*(?:=|@\s*\w+\(|[+\-].*[|!]|[+\-]\s*[A-Za-z@=(].*\()")


def read_delimited(
    path: Path, kind: str, limits: Limits, *, as_categories: bool = False
) -> tuple[pd.DataFrame, tuple[Problem, ...]]:
    """Read a whole delimited file.

    Parameters
    ----------
    as_categories : bool
        Whether columns of a long text in which words repeat may be categories.

    Returns
    -------
    tuple
        The cells (text, missing where empty; index: row number of the file from 1), and what is worth knowing.

    Raises
    ------
    FileError
        With every problem that keeps the file from being a table.
    """
    data = load_text(path, kind, limits)
    encoding = find_encoding(data, file=path.name, is_whole=True)
    data = recode(data, encoding, file=path.name)
    if data.isspace() or not data:
        raise FileError([Problem(path.name, "a table", "The file holds blank lines only: export it again.")])
    delimiter = find_delimiter(data)
    columns = Columns(is_given_up=not as_categories)
    structure = find_structure(data, delimiter, columns)
    check_structure(structure, delimiter, path.name, limits)
    cells = columns.give(first_row=1)
    if cells is None:
        cells = parse_cells(data, delimiter, width=int(structure.widths.max()))
    return cells, (*note_encoding(encoding, file=path.name), *note_formulas(cells, structure, path.name))


def parse_cells(data: bytes, delimiter: str, *, width: int, first_row: int = 1) -> pd.DataFrame:
    """Parse text in UTF-8 into cells; each row is filled up to the width."""
    options = {
        "sep": delimiter,
        "header": None,
        "names": range(width),
        "index_col": False,
        "keep_default_na": False,
        "na_values": [""],
        "skip_blank_lines": False,
        "encoding": "utf-8",
        "low_memory": False,
    }
    # Asked for text at once, pandas is several times slower than where it finds out itself; a column that it takes
    # for numbers or dates is read again as text.
    cells = pd.read_csv(io.BytesIO(data), **options)
    guessed = [column for column in cells if cells[column].dtype != "str"]
    if guessed:
        cells[guessed] = pd.read_csv(io.BytesIO(data), dtype=dict.fromkeys(guessed, "str"), **options)[guessed]
    cells.index = pd.RangeIndex(first_row, first_row + len(cells))
    return cells


def check_structure(
    structure: Structure,
    delimiter: str,
    file: str,
    limits: Limits,
    *,
    width: int = 0,
    offset: int = 0,
    is_last: bool = True,
) -> None:
    """Refuse a text whose rows do not make a table.

    Parameters
    ----------
    width : int
        Cells of each row as earlier chunks had them; 0: as most rows of this text have.
    offset : int
        Rows of earlier chunks.
    is_last : bool
        Whether the text ends the file; only there may notes stand below the table.

    Raises
    ------
    FileError
        With every problem: quotation mark never closed, too many columns, cells too long, rows of unequal length.
    """
    problems = []
    if structure.open_quote_row:
        remedy = "A quotation mark opens there or before and never closes: close it, or write it twice inside a cell."
        problems.append(Problem(file, "closed quotation marks", remedy, rows=(structure.open_quote_row + offset,)))
    widest = int(structure.widths.max())
    if widest > limits.columns:
        row = int(structure.widths.argmax()) + 1 + offset
        remedy = "Keep the columns that matter, or check whether line ends were lost."
        problems.append(Problem(file, f"at most {limits.columns:,} columns", remedy, rows=(row,), found=f"{widest:,}"))
    if structure.longest > limits.cell_characters:
        remedy = "Shorten it; perhaps a quotation mark was not closed."
        expected = f"cells of at most {limits.cell_characters:,} characters"
        row = structure.longest_row + offset
        problems.append(Problem(file, expected, remedy, rows=(row,), found=f"{structure.longest:,}"))
    problems = problems or _find_ragged(structure, delimiter, file, width=width, offset=offset, is_last=is_last)
    if problems:
        raise FileError(problems)


def _find_ragged(
    structure: Structure, delimiter: str, file: str, *, width: int, offset: int, is_last: bool
) -> list[Problem]:
    """Name rows that are longer or shorter than most; rows before the table and notes below it may be shorter."""
    widths = structure.widths
    if not (widths > 1).any():
        return []
    rows = np.arange(len(widths))
    usual = width or _find_usual(widths)
    first = 0 if width else int(np.flatnonzero(widths == usual)[0])
    last = int(np.flatnonzero(widths > 1)[-1]) if is_last else len(widths) - 1
    is_inside = (rows >= first) & (rows <= last)
    is_ragged = is_inside & (widths != usual) & ~structure.blank | (widths > usual)
    if not is_ragged.any():
        return []
    name = "tab" if delimiter == "\t" else delimiter
    remedy = f"A separator ({name}) is missing or stands inside a cell: put such cells in quotation marks."
    ragged = tuple((rows[is_ragged] + 1 + offset).tolist())
    return [Problem(file, f"{usual} cells in each row", remedy, rows=ragged)]


def _find_usual(widths: np.ndarray) -> int:
    sizes, counts = np.unique(widths[widths > 1], return_counts=True)
    return int(sizes[counts == counts.max()][-1])


def note_formulas(cells: pd.DataFrame, structure: Structure, file: str) -> tuple[Problem, ...]:
    """Name the rows with text that a spreadsheet programme would take for a formula."""
    found: set[int] = set()
    rows, columns = structure.suspects
    for column in np.unique(columns):
        texts = cells[column].iloc[rows[columns == column] - 1]
        known = {text for text in texts.unique() if isinstance(text, str) and _FORMULA.match(text)}
        found |= set(texts.index[texts.isin(known)]) if known else set()
    remedy = "It was kept as text: look at it before it is opened in a spreadsheet programme."
    problem = Problem(file, "no text that looks like a formula", remedy, rows=tuple(sorted(map(int, found))))
    return (problem,) if found else ()


def read_delimited_chunks(path: Path, kind: str, limits: Limits, *, chunk_bytes: int) -> Iterator[pd.DataFrame]:
    """Read a delimited file of any length in frames of bounded size; the index goes on counting rows.

    Raises
    ------
    FileError
        As `read_delimited`, at the first frame in which something is wrong.
    """
    width = offset = 0
    delimiter = ""
    pieces = give_pieces(path, kind, chunk_bytes=chunk_bytes, limits=limits)
    piece = next(pieces, b"")
    while piece:
        following = next(pieces, b"")
        delimiter = delimiter or find_delimiter(piece)
        columns = Columns()
        structure = find_structure(piece, delimiter, columns)
        place = {"width": width, "offset": offset, "is_last": not following}
        check_structure(structure, delimiter, path.name, limits, **place)
        width = width or int(structure.widths.max())
        cells = columns.give(first_row=offset + 1)
        yield parse_cells(piece, delimiter, width=width, first_row=offset + 1) if cells is None else cells
        offset += len(structure.widths)
        piece = following

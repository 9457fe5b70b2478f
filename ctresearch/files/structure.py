"""The shape of a delimited text: how many cells each row has, found without parsing where that is safe."""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from ctresearch.files.repeated import Columns

_BLOCK_BYTES = 2**20
_NEWLINE, _QUOTE = 10, 34
_SIGNS = "=+-@"
_IS_SIGN = np.isin(np.arange(256), [ord(sign) for sign in _SIGNS])


@dataclass(frozen=True)
class Structure:
    """The shape of a delimited text.

    Attributes
    ----------
    widths : numpy.ndarray
        Number of cells of each row, in order; 1 for a blank row.
    blank : numpy.ndarray
        Whether each row holds nothing at all.
    longest : int
        Bytes of the longest cell.
    longest_row : int
        The row of that cell; the first row is 1.
    open_quote_row : int
        The row in which a quotation mark opens and never closes; 0 if there is none.
    suspects : numpy.ndarray
        Row (from 1) and column (from 0) of the cells that begin like a formula; many are plain numbers below zero.
    """

    widths: np.ndarray
    blank: np.ndarray
    longest: int
    longest_row: int
    open_quote_row: int
    suspects: np.ndarray


def find_structure(data: bytes, delimiter: str, columns: Columns | None = None) -> Structure:
    r"""Count the cells of each row of a text in UTF-8 with plain line ends.

    Parameters
    ----------
    columns : Columns, optional
        Collects the cells on the way; it gives up where quotation marks stand oddly.

    Examples
    --------
    >>> find_structure(b'a,b\n"1,5",2\n', ",").widths.tolist()
    [2, 2]
    """
    if not data.endswith(b"\n"):
        data += b"\n"
    columns = columns or Columns(is_given_up=True)
    columns.is_given_up |= data.startswith(BOM_UTF8)  # which pandas takes off once more
    found = _scan(np.frombuffer(data, dtype=np.uint8), ord(delimiter), columns, has_quotes=b'"' in data)
    if found is None:
        columns.is_given_up = True
    return found if found is not None else _parse_structure(data, delimiter)


def _scan(text: np.ndarray, delimiter: int, columns: Columns, *, has_quotes: bool) -> Structure | None:
    """Look at the text block by block, each cut after its last whole row; `None` where quotation marks stand oddly."""
    widths, blank, suspects = [], [], []
    longest = longest_row = rows = start = 0
    size = _BLOCK_BYTES
    while start < len(text):
        block = text[start : start + size]
        is_end = (block == delimiter) | (block == _NEWLINE)
        if has_quotes:
            is_end &= ~np.bitwise_xor.accumulate(block == _QUOTE)
        ends = np.flatnonzero(is_end)
        row_ends = np.flatnonzero(block.take(ends) == _NEWLINE)
        if len(row_ends) == 0:
            if start + size >= len(text):
                return None
            size *= 2
            continue
        ends = ends[: row_ends[-1] + 1]
        block = block[: ends[-1] + 1]
        if has_quotes and not _stand_at_edges(block, delimiter):
            return None
        lengths = np.diff(ends, prepend=-1) - 1
        widths.append(np.diff(row_ends, prepend=-1))
        blank.append((widths[-1] == 1) & (lengths[row_ends] == 0))
        suspects.append(_find_suspects(block, ends, row_ends) + np.array([[rows], [0]]))
        columns.add(block, ends, row_ends)
        if lengths.max() > longest:
            longest = int(lengths.max())
            longest_row = rows + 1 + int(np.searchsorted(row_ends, lengths.argmax()))
        rows += len(row_ends)
        start, size = start + len(block), _BLOCK_BYTES
    return Structure(np.concatenate(widths), np.concatenate(blank), longest, longest_row, 0, np.hstack(suspects))


def _stand_at_edges(block: np.ndarray, delimiter: int) -> bool:
    """Tell whether quotation marks open after, and close before, the end of a cell or another quotation mark."""
    marks = np.flatnonzero(block == _QUOTE)
    opening, closing = marks[::2], marks[1::2]
    before, after = block[opening - 1], block[closing + 1]
    starts = (before == delimiter) | (before == _NEWLINE) | (before == _QUOTE) | (opening == 0)
    stops = (after == delimiter) | (after == _NEWLINE) | (after == _QUOTE)
    return bool(starts.all() and stops.all())


def _find_suspects(block: np.ndarray, ends: np.ndarray, row_ends: np.ndarray) -> np.ndarray:
    """Return row (from 1, within the block) and column of the cells that begin like a formula."""
    starts = np.append(0, ends[:-1] + 1)
    first = block.take(starts)
    quoted = np.flatnonzero(first == _QUOTE)
    first[quoted] = block[starts[quoted] + 1]
    cells = np.flatnonzero(_IS_SIGN[first])
    rows = np.searchsorted(row_ends, cells)
    first_cells = np.where(rows > 0, row_ends[rows - 1] + 1, 0)
    return np.vstack([rows + 1, cells - first_cells])


def _parse_structure(data: bytes, delimiter: str) -> Structure:
    """Count cells as the csv module reads them; slow, but right about stray quotation marks."""
    text = data.decode("utf-8", "replace")
    widths, blank, lengths, suspects, last_line, line = [], [], [], [], 0, 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    with _allow_cells_of(len(text) + 1):
        for row, cells in enumerate(reader, start=1):
            last_line, line = line, reader.line_num
            widths.append(max(len(cells), 1))
            blank.append(not cells)
            lengths.append(max(map(len, cells), default=0))
            suspects += [(row, place) for place, cell in enumerate(cells) if cell and cell[0] in _SIGNS]
        is_open = _is_open(text, last_line, delimiter)
    longest = int(np.argmax(lengths))
    return Structure(
        widths=np.array(widths),
        blank=np.array(blank),
        longest=lengths[longest],
        longest_row=longest + 1,
        open_quote_row=len(widths) if is_open else 0,
        suspects=np.array(suspects, dtype=np.int64).reshape(-1, 2).T,
    )


@contextmanager
def _allow_cells_of(characters: int) -> Iterator[None]:
    """Let the csv module read long cells for a while: its limit holds for the whole process."""
    before = csv.field_size_limit(max(characters, csv.field_size_limit()))
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _is_open(text: str, last_line: int, delimiter: str) -> bool:
    rest = io.StringIO(text, newline="")
    for _ in range(last_line):
        next(rest)
    try:
        list(csv.reader(rest, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def find_cut(data: bytes) -> int:
    r"""Return where the last whole row of a piece of text ends; 0 if no row ends in it.

    Examples
    --------
    >>> find_cut(b'a,b\n"1\n')
    4
    """
    block = np.frombuffer(data, dtype=np.uint8)
    is_end = block == _NEWLINE
    if b'"' in data:
        is_end &= ~np.bitwise_xor.accumulate(block == _QUOTE)
    ends = np.flatnonzero(is_end)
    return int(ends[-1]) + 1 if len(ends) else 0

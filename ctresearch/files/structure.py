"""The shape of a delimited text: how many cells each row has, found without parsing where that is safe."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np

_BLOCK_BYTES = 2**24
_NEWLINE, _QUOTE = 10, 34
_FORMULA_STARTS = np.frombuffer(b"=+-@", dtype=np.uint8)


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
    formula_rows : numpy.ndarray
        Rows with a cell that begins like a formula; many of them are plain numbers below zero.
    """

    widths: np.ndarray
    blank: np.ndarray
    longest: int
    longest_row: int
    open_quote_row: int
    formula_rows: np.ndarray


def find_structure(data: bytes, delimiter: str) -> Structure:
    r"""Count the cells of each row of a text in UTF-8 with plain line ends.

    Examples
    --------
    >>> find_structure(b'a,b\n"1,5",2\n', ",").widths.tolist()
    [2, 2]
    """
    if not data.endswith(b"\n"):
        data += b"\n"
    if b'"' in data:
        found = _scan_quoted(data, delimiter)
        return found if found is not None else _parse_structure(data, delimiter)
    ends = [_scan(data, start, ord(delimiter)) for start in range(0, len(data), _BLOCK_BYTES)]
    return _join(data, np.concatenate(ends))


def _scan(data: bytes, start: int, delimiter: int) -> np.ndarray:
    block = np.frombuffer(data, dtype=np.uint8, count=min(_BLOCK_BYTES, len(data) - start), offset=start)
    return np.flatnonzero((block == delimiter) | (block == _NEWLINE)) + start


def _scan_quoted(data: bytes, delimiter: str) -> Structure | None:
    """Find the ends of cells outside quotation marks; `None` where the marks stand in unexpected places."""
    ends, is_inside = [], False
    edges = {ord(delimiter), _NEWLINE, _QUOTE}
    for start in range(0, len(data), _BLOCK_BYTES):
        block = np.frombuffer(data, dtype=np.uint8, count=min(_BLOCK_BYTES, len(data) - start), offset=start)
        marks = np.flatnonzero(block == _QUOTE) + start
        if not _stand_at_edges(data, marks, is_inside, edges):
            return None
        inside = np.bitwise_xor.accumulate(block == _QUOTE) ^ is_inside
        found = ((block == ord(delimiter)) | (block == _NEWLINE)) & ~inside
        ends.append(np.flatnonzero(found) + start)
        is_inside = bool(inside[-1])
    return None if is_inside else _join(data, np.concatenate(ends))


def _stand_at_edges(data: bytes, marks: np.ndarray, is_inside: bool, edges: set[int]) -> bool:
    bytes_ = np.frombuffer(data, dtype=np.uint8)
    opening, closing = marks[int(is_inside) :: 2], marks[1 - int(is_inside) :: 2]
    before = bytes_[np.maximum(opening - 1, 0)]
    after = bytes_[np.minimum(closing + 1, len(bytes_) - 1)]
    allowed = np.array(sorted(edges), dtype=np.uint8)
    return bool((np.isin(before, allowed) | (opening == 0)).all() and np.isin(after, allowed).all())


def _join(data: bytes, ends: np.ndarray) -> Structure:
    bytes_ = np.frombuffer(data, dtype=np.uint8)
    row_ends = np.flatnonzero(bytes_[ends] == _NEWLINE)
    lengths = np.diff(ends, prepend=-1) - 1
    longest = int(lengths.argmax())
    starts = np.concatenate([[0], ends[:-1] + 1])
    first = bytes_[starts]
    first = np.where((first == _QUOTE) & (lengths > 1), bytes_[np.minimum(starts + 1, len(bytes_) - 1)], first)
    suspects = np.flatnonzero(np.isin(first, _FORMULA_STARTS) & (lengths > 1))
    return Structure(
        widths=np.diff(row_ends, prepend=-1),
        blank=(np.diff(row_ends, prepend=-1) == 1) & (lengths[row_ends] == 0),
        longest=int(lengths[longest]),
        longest_row=int(np.searchsorted(row_ends, longest)) + 1,
        open_quote_row=0,
        formula_rows=np.unique(np.searchsorted(row_ends, suspects)) + 1,
    )


def _parse_structure(data: bytes, delimiter: str) -> Structure:
    """Count cells as the csv module reads them; slow, but right about stray quotation marks."""
    text = data.decode("utf-8", "replace")
    csv.field_size_limit(len(text) + 1)
    widths, blank, lengths, suspects, last_line, line = [], [], [], [], 0, 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for row, cells in enumerate(reader, start=1):
        last_line, line = line, reader.line_num
        widths.append(max(len(cells), 1))
        blank.append(not cells)
        lengths.append(max(map(len, cells), default=0))
        if any(len(cell) > 1 and cell[0] in "=+-@" for cell in cells):
            suspects.append(row)
    longest = int(np.argmax(lengths))
    return Structure(
        widths=np.array(widths),
        blank=np.array(blank),
        longest=lengths[longest],
        longest_row=longest + 1,
        open_quote_row=len(widths) if _is_open(text, last_line, delimiter) else 0,
        formula_rows=np.array(suspects, dtype=int),
    )


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

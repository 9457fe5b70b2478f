"""Columns of a long text as categories: of words that many rows repeat, a Python text is made only once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

_LEAST_ROWS = 1000
_FOLDED_ROWS = 2**18
_WORD_BYTES, _MOST_WORDS = 8, 8
_LONGEST = _WORD_BYTES * _MOST_WORDS
_FIRST_BYTES = np.tri(_LONGEST + 1, _LONGEST, -1, dtype=np.uint8) * np.uint8(255)
"""For each length of a cell, which of the bytes from its start on are its own."""
_ODD = np.uint64(0x9E3779B97F4A7C15)
"""2 to the 64th over the golden ratio: Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4)."""


@dataclass
class Columns:
    """Collects the cells of a text block by block, column by column.

    It gives up, and gives no cells, where rows differ in their number of cells or where a block of text holds few
    rows: what is then to be read is short or wide, and pandas reads it well.
    """

    is_given_up: bool = False
    columns: list[_Column] = field(default_factory=list)
    waiting_n: int = 0

    def add(self, block: np.ndarray, ends: np.ndarray, row_ends: np.ndarray) -> None:
        """Add whole rows of text, given where their cells end and which of the cells end a row."""
        width = len(self.columns) or int(row_ends[0]) + 1
        is_even = len(ends) == width * len(row_ends) and bool((row_ends[::-1] % width == width - 1).all())
        if self.is_given_up or not is_even or (not self.columns and len(row_ends) < _LEAST_ROWS):
            self.is_given_up = True
            return
        self.columns = self.columns or [_Column() for _ in range(width)]
        padded = np.append(block, np.zeros(_LONGEST, dtype=np.uint8))
        starts = np.append(0, ends[:-1] + 1).reshape(-1, width).T.copy()
        lengths = ends.reshape(-1, width).T - starts
        for column, *cells in zip(self.columns, starts, lengths, strict=True):
            column.add(padded, *cells)
        self.waiting_n += len(row_ends)
        if self.waiting_n >= _FOLDED_ROWS:
            self._fold()

    def _fold(self) -> None:
        for column in self.columns:
            column.fold()
        self.waiting_n = 0

    def give(self, *, first_row: int) -> pd.DataFrame | None:
        """Return the cells, or nothing where it gave up.

        Returns
        -------
        pandas.DataFrame or None
            Columns 0, 1, 2 ...: categories of text in the order in which they were met, or text where most cells are
            different; missing where a cell is empty.
        """
        if self.is_given_up or not self.columns:
            return None
        self._fold()
        cells = pd.DataFrame({place: column.give() for place, column in enumerate(self.columns)})
        cells.index = pd.RangeIndex(first_row, first_row + len(cells))
        return cells


@dataclass
class _Column:
    """The cells of one column: those of the latest blocks as they came, those before as codes or as text."""

    waiting: list[np.ndarray | list[bytes]] = field(default_factory=list)
    known: dict[bytes, int] = field(default_factory=dict)
    codes: list[np.ndarray] = field(default_factory=list)
    texts: list[pd.api.extensions.ExtensionArray] = field(default_factory=list)

    def add(self, padded: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> None:
        """Take the cells of a block as numbers of eight bytes each, filled up with zeros; long ones as bytes."""
        size = max(1, -(-int(lengths.max()) // _WORD_BYTES)) * _WORD_BYTES
        if size > _LONGEST:
            data, ends = padded.tobytes(), starts + lengths
            self.waiting.append([data[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
            return
        taken = np.ndarray(len(padded) - size, dtype=f"V{size}", buffer=padded, strides=(1,))[starts]
        masks = np.ascontiguousarray(_FIRST_BYTES[: size + 1, :size]).view("<u8")
        self.waiting.append(taken.view("<u8").reshape(len(starts), -1) & masks.take(lengths, axis=0))

    def fold(self) -> None:
        """Turn the cells that wait into codes, or into text from where on most are different."""
        if not self.waiting:
            return
        is_long = any(isinstance(part, list) for part in self.waiting)
        words = None if is_long or self.texts else _stack(self.waiting)
        if words is None or not self._code(words):
            self._turn_to_text()
            self.texts.append(_make_texts([cell for part in self.waiting for cell in _list_cells(part)]))
        self.waiting = []

    def _code(self, words: np.ndarray) -> bool:
        """Take cells as codes, unless most of them were never met before."""
        places, firsts = _factorise(words)
        if not self.codes and 2 * len(firsts) > len(places):
            return False
        known_n = len(self.known)
        codes = [self.known.setdefault(cell, len(self.known)) for cell in _list_cells(words[firsts])]
        if 2 * (len(self.known) - known_n) > len(places):
            return False
        self.codes.append(np.array(codes, dtype=np.int32)[places])
        return True

    def _turn_to_text(self) -> None:
        cells = list(self.known)
        self.texts += [_make_texts(cells).take(part) for part in self.codes]
        self.codes = []

    def give(self) -> pd.Series:
        if self.texts:
            return pd.Series(pd.concat([pd.Series(part) for part in self.texts], ignore_index=True))
        # What was written with and without quotation marks is one word.
        places, words = pd.factorize(_make_texts(list(self.known)))
        codes = np.concatenate([places[part] for part in self.codes])
        return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(words, dtype="str"), validate=False))


def _stack(parts: list[np.ndarray]) -> np.ndarray:
    """Put the cells of several blocks below each other, filled up to the width of the longest."""
    words = np.zeros((sum(map(len, parts)), max(part.shape[1] for part in parts)), dtype="<u8")
    start = 0
    for part in parts:
        words[start : start + len(part), : part.shape[1]] = part
        start += len(part)
    return words


def _factorise(words: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of each cell among the distinct ones, and where each of these stands first."""
    keys = words[:, 0].copy()
    for number in range(1, words.shape[1]):
        keys = (keys ^ (keys >> np.uint64(29))) * _ODD + words[:, number]
    places, distinct = pd.factorize(keys)
    firsts = _find_firsts(places, len(distinct))
    if words.shape[1] > 1 and (words[firsts].take(places, axis=0) != words).any():
        # Two different cells have one key, which hardly ever happens.
        places, distinct = pd.factorize(np.array(_list_cells(words), dtype=object))
        firsts = _find_firsts(places, len(distinct))
    return places, firsts


def _find_firsts(places: np.ndarray, count: int) -> np.ndarray:
    firsts = np.empty(count, dtype=np.intp)
    firsts[places[::-1]] = np.arange(len(places) - 1, -1, -1)
    return firsts


def _list_cells(part: np.ndarray | list[bytes]) -> list[bytes]:
    return part if isinstance(part, list) else part.view(f"S{_WORD_BYTES * part.shape[1]}").ravel().tolist()


def _make_texts(cells: list[bytes]) -> pd.api.extensions.ExtensionArray:
    """Return cells as text without their quotation marks, missing where empty; no cell holds a NUL."""
    joined = b"\0".join(cells).decode()
    texts = joined.split("\0") if cells else []
    if '"' in joined:
        texts = [text[1:-1].replace('""', '"') if text.startswith('"') else text for text in texts]
    return pd.array([text or None for text in texts] if "" in texts else texts, dtype="str")

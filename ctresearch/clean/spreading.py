"""Answers for the distinct values of a column, spread over its rows as a categorical column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctresearch.clean.text import tidy_values

SEPARATORS = (";", "|", "\n", ",", "/", " ")
"""Marks between several codes in one cell, in the order in which they are tried."""
_FIRST_ROWS = 2**16


@dataclass(frozen=True)
class Distinct:
    """The distinct values of a column.

    Attributes
    ----------
    places : numpy.ndarray of int
        For each row the position of its value in `values`; -1 for an empty cell.
    values : pandas.Series of str
        Distinct values in the order in which they are met, tidied; missing for one that is blank.
    counts : numpy.ndarray of int
        Number of rows of each distinct value.
    """

    places: np.ndarray
    values: pd.Series
    counts: np.ndarray

    def rows_with(self, wanted: np.ndarray, index: pd.Index) -> tuple[int, ...]:
        """Return the row numbers of the values for which `wanted` is true."""
        return tuple(int(row) for row in index[np.append(wanted, False)[self.places]])


def find_distinct(values: pd.Series) -> Distinct:
    """Find the distinct values of a column of text or categories.

    Examples
    --------
    >>> found = find_distinct(pd.Series(["b", " ", "b", None]))
    >>> found.places.tolist(), found.values.tolist()
    ([0, 1, 0, -1], ['b', nan])
    """
    if isinstance(values.dtype, pd.CategoricalDtype):
        codes, words = values.cat.codes.to_numpy(), values.cat.categories.to_numpy(dtype=object)
    else:
        codes, words = pd.factorize(values.to_numpy(dtype=object))
    counts = np.bincount(codes + codes.dtype.type(1), minlength=len(words) + 1)[1:]
    order = _find_order(codes, np.count_nonzero(counts))
    new_places = np.full(len(words) + 1, -1, dtype=codes.dtype)
    new_places[order] = np.arange(len(order))
    texts = tidy_values(map(str, words[order]))
    return Distinct(look_up(new_places, codes), pd.Series(texts, dtype="str"), counts[order])


def _find_order(codes: np.ndarray, count: int) -> np.ndarray:
    """Return the codes in the order in which they are met; mostly, all of them are met early."""
    for part in (codes[:_FIRST_ROWS], codes):
        order = pd.unique(part)
        order = order[order >= 0]
        if len(order) == count:
            break
    return order


def look_up(table: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the entry of a table at each place; at the place -1 the last one.

    Examples
    --------
    >>> look_up(np.array([5, 6, -1]), np.array([1, 0, -1])).tolist()
    [6, 5, -1]
    """
    if table.dtype == places.dtype == np.int8:
        # As bytes, of which there are 256 and -1 is the last: several times faster than to make indices of them.
        entries = np.full(256, table[-1])
        entries[: len(table[:128])] = table[:128]
        return np.frombuffer(bytearray(places).translate(entries.tobytes()), dtype=np.int8)
    return table.take(places, mode="wrap")


def spread(places: np.ndarray, answers: Sequence[str | None], *, categories: Sequence[str] | None = None) -> pd.Series:
    """Spread one answer a distinct value over the rows.

    Parameters
    ----------
    places : numpy.ndarray of int
        Position of each row's answer; -1 for none.
    answers : sequence
        Answers; `None` or missing for none.
    categories : sequence of str, optional
        All answers that there can be, in order, so that columns of several files agree; those that occur if not given.

    Returns
    -------
    pandas.Series
        Categorical, with a fresh index.

    Examples
    --------
    >>> spread(np.array([1, 0, -1]), ["x", "y"]).tolist()
    ['y', 'x', nan]
    """
    category = pd.Categorical(pd.Series(answers, dtype="str"), categories=categories)
    taken = look_up(np.append(category.codes, category.codes.dtype.type(-1)), places)
    return pd.Series(pd.Categorical.from_codes(taken, dtype=category.dtype, validate=False), copy=False)


def find_several(cells: pd.Series, find: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Find the codes of cells that may hold several words: first as a whole, then split by one mark after the other.

    Parameters
    ----------
    cells : pandas.Series of str
        Distinct cells.
    find : callable
        From words to codes, missing where unknown, "" where the word says that it is not known.

    Returns
    -------
    pandas.Series
        Codes joined by ;, each once; missing where a part is unknown.

    Examples
    --------
    >>> words = {"Work": "w", "Sex": "s", "Work, paid": "p"}
    >>> find_several(pd.Series(["Sex; Work", "Work, paid", "Work, other"]), lambda parts: parts.map(words)).tolist()
    ['s;w', 'p', nan]
    """
    answers = find(cells).astype("str")
    for mark in SEPARATORS:
        if not answers.isna().any():
            break
        undone = cells[answers.isna() & cells.str.contains(mark, regex=False, na=False)]
        if undone.empty:
            continue
        parts = undone.str.split(mark, regex=False).explode().str.strip()
        codes = find(parts[parts.ne("")].reset_index(drop=True)).astype("str")
        codes.index = parts.index[parts.ne("")]
        answers = answers.fillna(codes.groupby(level=0).agg(_join_codes).reindex(cells.index).astype("str"))
    return answers.map(_drop_repeats, na_action="ignore").astype("str")


def _join_codes(codes: pd.Series) -> str | None:
    return None if codes.isna().any() else ";".join(codes)


def _drop_repeats(codes: str) -> str:
    return ";".join(dict.fromkeys(code for code in codes.split(";") if code))

"""Answers for the distinct values of a column, spread over its rows as a categorical column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctresearch.clean.text import tidy_values

SEPARATORS = (";", "|", "\n", ",", "/", " ")
"""Marks between several codes in one cell, in the order in which they are tried."""


@dataclass(frozen=True)
class Distinct:
    """The distinct values of a column.

    Attributes
    ----------
    places : numpy.ndarray of int
        For each row the position of its value in `values`; -1 for an empty cell.
    values : pandas.Series of str
        Distinct values, tidied; missing for one that is blank.
    """

    places: np.ndarray
    values: pd.Series

    def count(self) -> np.ndarray:
        """Return the number of rows of each distinct value."""
        return np.bincount(self.places + 1, minlength=len(self.values) + 1)[1:]

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
    places, distinct = pd.factorize(values)
    texts = tidy_values(map(str, np.asarray(distinct, dtype=object)))
    return Distinct(places.astype(np.int32), pd.Series(texts, dtype="str"))


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
    # The place -1 wraps to the last of the codes: none.
    taken = np.append(category.codes, category.codes.dtype.type(-1)).take(places, mode="wrap")
    return pd.Series(pd.Categorical.from_codes(taken, dtype=category.dtype, validate=False))


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

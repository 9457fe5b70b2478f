"""A table of capture histories, checked and added up."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctresearch.multiple_systems.lattice import sum_supersets

MOST_LISTS = 14
MOST_PERSONS = 10_000_000_000
"""More than live on Earth: a larger total is not a count of persons."""


@dataclass(frozen=True, eq=False)
class Captures:
    """How many persons have each capture history.

    Attributes
    ----------
    lists : tuple of str
        Lists that hold at least one person.
    counts : array of float, shape (2**lists,)
        Persons by history; the history that is bit i alone is that of list i alone. The first, on no list, is 0: it is
        what is to be estimated.
    notes : tuple of str
        A sentence for each thing that was done to the table.
    """

    lists: tuple[str, ...]
    counts: np.ndarray
    notes: tuple[str, ...]

    @property
    def persons(self) -> float:
        """Persons on at least one list."""
        return float(self.counts.sum())

    @property
    def overlap(self) -> float:
        """Persons on two lists or more."""
        return float(self.counts[np.bitwise_count(np.arange(len(self.counts))) > 1].sum())

    @property
    def margins(self) -> np.ndarray:
        """Persons on all lists of each history, and perhaps on more."""
        return sum_supersets(self.counts)


def read_captures(table: pd.DataFrame, *, count: str | None, lists: Sequence[str] | None = None) -> Captures:
    """Check a table of capture histories and add up rows of the same history.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a history (or a person): a column of 0 and 1 for each list, and a count.
    count : str or None
        Column of the number of persons; None where each row is one person.
    lists : sequence of str, optional
        Columns of the lists; all columns but the count where not given.

    Returns
    -------
    Captures

    Raises
    ------
    ValueError
        If a column is missing, a list holds anything but 0 and 1, or a count is missing, negative, no whole number or
        no number of persons; in one message, with the first five rows of each.

    Examples
    --------
    >>> table = pd.DataFrame({"police": [1, 0, 1, 1], "ngo": [0, 1, 1, 1], "persons_n": [30, 20, 4, 1]})
    >>> captures = read_captures(table, count="persons_n")
    >>> captures.lists, captures.counts.tolist(), captures.overlap
    (('police', 'ngo'), [0.0, 30.0, 20.0, 5.0], 5.0)
    """
    names = _name_lists(check_table(table), count, lists)
    marks = np.column_stack([_read_numbers(table[name]) for name in names])
    persons = np.ones(len(table)) if count is None else _read_numbers(table[count])
    problems = _find_problems(table, names, marks, count, persons)
    if problems:
        raise ValueError("; ".join(problems))
    used = persons > 0
    held = marks[used].any(axis=0)
    history = (marks[used][:, held].astype(np.int64) << np.arange(held.sum())).sum(axis=1)
    counts = np.bincount(history, weights=persons[used], minlength=2 ** int(held.sum())).astype(float)
    return Captures(
        tuple(str(name) for name, is_held in zip(names, held, strict=True) if is_held),
        counts,
        _note_changes(names, held, history),
    )


def check_table(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table, or refuse what is no table with one name a column.

    Raises
    ------
    ValueError
        If it is no DataFrame, or its columns have several levels.
    """
    if not isinstance(table, pd.DataFrame):
        raise ValueError(f"the capture histories are a {type(table).__name__}; expected a pandas DataFrame")
    if table.columns.nlevels > 1:
        raise ValueError("the columns of the table have several levels; give each list and the count one name")
    return table


def _name_lists(table: pd.DataFrame, count: str | None, lists: Sequence[str] | None) -> list[str]:
    if not isinstance(count, Hashable):
        raise ValueError(f"count is {count!r}; expected the name of one column, or None where each row is one person")
    names = [name for name in table.columns if name != count] if lists is None else list(lists)
    wanted = names if count is None else [*names, count]
    missing = [str(name) for name in wanted if name not in table.columns]
    if missing:
        held = ", ".join(map(str, table.columns)) or "none"
        raise ValueError(f"the table has no column {', '.join(missing)}; it has {held}")
    if table.columns.duplicated().any() or len(set(names)) < len(names) or count in names:
        raise ValueError("a column stands twice in the table or among the lists; give each list and the count once")
    if not names:
        raise ValueError("the table has no list: expected a column of 0 and 1 for each list, none of them in the index")
    if len(names) > MOST_LISTS:
        raise ValueError(f"the table has {len(names)} lists; expected 1 to {MOST_LISTS}: join lists that are alike")
    return names


def _read_numbers(column: pd.Series) -> np.ndarray:
    if column.dtype.kind in "Mmc":
        # Times would be read as nanoseconds, complex numbers as their real parts.
        return np.full(len(column), np.nan)
    try:
        return pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    except OverflowError:
        return np.array([_read_number(value) for value in column])


def _read_number(value: object) -> float:
    try:
        return float(value)
    except (OverflowError, TypeError, ValueError):
        return np.nan


def _find_problems(
    table: pd.DataFrame, names: list[str], marks: np.ndarray, count: str | None, persons: np.ndarray
) -> list[str]:
    problems = [
        f"list {name!r} holds something else than 0 and 1 in {_say_rows(table, wrong)}; a column that is no list, such "
        "as sex, has to be left out (or estimate by strata)"
        for name, wrong in zip(names, ~np.isin(marks, (0, 1)).T, strict=True)
        if wrong.any()
    ]
    wrong = ~np.isfinite(persons) | (persons < 0) | (persons != np.floor(persons))
    if wrong.any():
        problems.append(
            f"count {count!r} is missing, negative or no whole number in {_say_rows(table, wrong)}; "
            "expected 0, 1, 2, ..."
        )
    elif persons.sum() > MOST_PERSONS:
        problems.append(f"count {count!r} adds up to {persons.sum():.3g}, more persons than live on Earth")
    unseen = (marks == 0).all(axis=1) & (persons > 0)
    if unseen.any():
        problems.append(
            f"{_say_rows(table, unseen)} count persons on no list, who cannot have been counted; remove them: they are "
            "what is estimated"
        )
    return problems


def _say_rows(table: pd.DataFrame, wrong: np.ndarray) -> str:
    rows = np.flatnonzero(wrong) + 1
    first = ", ".join(map(str, rows[:5]))
    return (
        f"row {first}" if len(rows) == 1 else f"rows {first} ({len(rows)} in all)" if len(rows) > 5 else f"rows {first}"
    )


def _note_changes(names: list[str], held: np.ndarray, history: np.ndarray) -> tuple[str, ...]:
    notes = []
    empty = [str(name) for name, is_held in zip(names, held, strict=True) if not is_held]
    if empty:
        notes.append(f"Nobody is on {', '.join(empty)}: left out, as it says nothing about the hidden.")
    repeated = len(history) - len(np.unique(history))
    if repeated:
        notes.append(f"{repeated} rows repeat a history of another row: added up.")
    return tuple(notes)

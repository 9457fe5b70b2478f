"""What cleaning gives back: tidy tables, every change that was made, and every problem that was met."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from ctresearch.schema.problems import Problem

CHANGE_COLUMNS = ("row", "column", "before", "after", "rule", "cells_n")
"""A change of one cell has its row; one of many cells at once, a mapped word, has their number instead."""


def no_changes() -> pd.DataFrame:
    """Return an empty change log."""
    kinds = {"row": "Int64", "cells_n": "Int64"}
    return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, "str")) for name in CHANGE_COLUMNS})


@dataclass(frozen=True)
class Cleaned:
    """The result of a reader.

    Attributes
    ----------
    tables : mapping
        Tidy tables by name; each satisfies the contract of that name.
    changes : pandas.DataFrame
        One row a changed cell: `row` (of the file, the first row is 1), `column`, `before`, `after`, `rule`,
        `cells_n`; for a mapped word one row without a number and `cells_n` cells. Values that could identify a person
        are never in it.
    problems : tuple of Problem
        Everything that could not be read or mapped; empty means that the tables are whole.
    """

    tables: Mapping[str, pd.DataFrame]
    changes: pd.DataFrame = field(default_factory=no_changes)
    problems: tuple[Problem, ...] = ()


def record_changes(before: pd.Series, after: pd.Series, *, column: str, rule: str) -> pd.DataFrame:
    """Log the cells in which a cleaned column differs from the raw one.

    Parameters
    ----------
    before, after : pandas.Series
        The same rows, before and after; the index is the row number in the file. Missing equals missing.
    column : str
        Name of the column in the file.
    rule : str
        What was done, in a few words.

    Returns
    -------
    pandas.DataFrame
        `row`, `column`, `before`, `after`, `rule`, `cells_n`.

    Examples
    --------
    >>> raw, clean = pd.Series([" a", "b"], index=[2, 3]), pd.Series(["a", "b"], index=[2, 3])
    >>> record_changes(raw, clean, column="x", rule="trim")
       row column before after  rule  cells_n
    0    2      x      a     a  trim        1
    """
    raw, clean = before.astype("string"), after.astype("string")
    is_changed = raw.ne(clean).fillna(True) & ~(raw.isna() & clean.isna())
    return pd.DataFrame(
        {
            "row": raw.index[is_changed].astype("Int64"),
            "column": column,
            "before": raw[is_changed].to_numpy(dtype=object, na_value=""),
            "after": clean[is_changed].to_numpy(dtype=object, na_value=""),
            "rule": rule,
            "cells_n": pd.array([1] * int(is_changed.sum()), dtype="Int64"),
        },
        columns=list(CHANGE_COLUMNS),
    )


def log_left_out(rows: pd.DataFrame, kept: pd.DataFrame, *, column: str, reason: str) -> pd.DataFrame:
    """Log the rows that were not kept, without their values.

    Examples
    --------
    >>> rows = pd.DataFrame({"consent": ["yes", "no"]}, index=[2, 3])
    >>> log_left_out(rows, rows.head(1), column="consent", reason="no consent")[["row", "rule"]].values.tolist()
    [[3, 'left out: no consent']]
    """
    left_out = rows.index.difference(kept.index)
    if left_out.empty:
        return no_changes()
    log = pd.DataFrame({"row": left_out.astype("Int64"), "column": column, "before": "", "after": ""})
    return log.assign(rule=f"left out: {reason}", cells_n=1)[list(CHANGE_COLUMNS)]


def join_changes(logs: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Put change logs together in the order of the file's rows."""
    filled = [log for log in logs if len(log)]
    if not filled:
        return no_changes()
    return pd.concat(filled, ignore_index=True).sort_values(["row", "column"], kind="stable", ignore_index=True)


def find_unmapped(
    before: pd.Series, after: pd.Series, *, file: str, column: str, expected: str, remedy: str, show_value: bool = True
) -> list[Problem]:
    """List the values that were given and could not be mapped, one problem a distinct value.

    Parameters
    ----------
    before, after : pandas.Series
        The same rows before and after mapping, indexed by row number of the file; a missing `after` was not mapped.
    show_value : bool
        Whether the message may show the value; not for columns of case records.
    """
    raw = before.astype("string").str.strip()
    missed = raw[raw.notna() & raw.ne("") & after.isna()]
    if missed.empty:
        return []
    if not show_value:
        return [Problem(file, expected, remedy, rows=tuple(int(row) for row in missed.index), column=column)]
    return [
        Problem(file, expected, remedy, rows=tuple(int(row) for row in rows.index), column=column, found=str(value))
        for value, rows in missed.groupby(missed, sort=False)
    ]

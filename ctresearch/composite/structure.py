"""The table that describes an index: which indicators make which aggregate, and which way is good."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

COLUMNS = ("code", "parent", "level", "direction", "weight", "goalpost_low", "goalpost_high")
"""Columns of the table; `parent` is empty at the top, indicators are level 1."""


def describe_structure(
    indicators: pd.DataFrame, *, top: str, goalposts: tuple[float, float], weights: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Describe an index of pillars of indicators that are all rated on one scale, more being better.

    Parameters
    ----------
    indicators : pandas.DataFrame
        `indicator` and `pillar`.
    top : str
        Code of the index.
    goalposts : tuple of float
        Lowest and highest value of the scale.
    weights : mapping, optional
        Weight of an indicator or pillar among its siblings; 1 where not named.

    Returns
    -------
    pandas.DataFrame
        The columns of `COLUMNS`: indicators, then pillars, then the index.

    Raises
    ------
    ValueError
        If a weight names no indicator or pillar, or as `list_children`.

    Examples
    --------
    >>> indicators = pd.DataFrame({"indicator": ["P-1", "P-2"], "pillar": ["protection", "protection"]})
    >>> describe_structure(indicators, top="index", goalposts=(0, 3))[["code", "parent", "level"]].values.tolist()
    [['P-1', 'protection', 1], ['P-2', 'protection', 1], ['protection', 'index', 2], ['index', '', 3]]
    """
    rows = [(code, pillar, 1) for code, pillar in zip(indicators["indicator"], indicators["pillar"], strict=True)]
    rows += [(pillar, top, 2) for pillar in indicators["pillar"].unique()] + [(top, "", 3)]
    structure = pd.DataFrame(rows, columns=["code", "parent", "level"])
    given = dict(weights or {})
    unknown = sorted(set(given) - set(structure["code"]))
    if unknown:
        raise ValueError(f"weights names {', '.join(unknown)}, which the index does not have")
    structure = structure.assign(direction=1, weight=structure["code"].map(given).astype("float64").fillna(1.0))
    low, high = goalposts
    structure = structure.assign(goalpost_low=float(low), goalpost_high=float(high))
    list_children(structure)
    return structure


def list_children(structure: pd.DataFrame) -> dict[str, list[str]]:
    """List the members of every aggregate, from the lowest level to the top.

    Parameters
    ----------
    structure : pandas.DataFrame
        `code`, `parent`, `level`.

    Returns
    -------
    dict of str to list of str
        Aggregates in the order in which they can be calculated.

    Raises
    ------
    ValueError
        With all problems: columns or rows that are missing, codes named twice, parents that do not exist or are not one
        level higher, aggregates without members.

    Examples
    --------
    >>> rows = [("a", "X", 1), ("b", "X", 1), ("X", "", 2)]
    >>> list_children(pd.DataFrame(rows, columns=["code", "parent", "level"]))
    {'X': ['a', 'b']}
    """
    absent = [name for name in ("code", "parent", "level") if name not in structure.columns]
    if absent or structure.empty:
        raise ValueError(f"structure has no column {', '.join(absent)}" if absent else "structure has no row")
    problems = _find_problems(structure)
    if problems:
        raise ValueError("structure: " + "; ".join(problems))
    ordered = structure.sort_values("level", kind="stable")
    above = ordered.loc[ordered["level"].gt(1), "code"]
    members = ordered.groupby("parent", sort=False)["code"].agg(list)
    return {code: members[code] for code in above}


def align_values(values: pd.Series | Mapping[str, float], columns: pd.Index, *, what: str) -> np.ndarray:
    """Return one number a column, in the columns' order; refuse, naming them, columns without a finite number.

    Examples
    --------
    >>> align_values({"a": 1, "b": -1}, pd.Index(["b", "a"]), what="directions").tolist()
    [-1.0, 1.0]
    """
    found = pd.Series(dict(values), dtype="float64").reindex(columns)
    absent = [str(name) for name in columns[~np.isfinite(found.to_numpy())]]
    if absent:
        raise ValueError(f"{what} has no number for {', '.join(absent[:5])} ({len(absent)} in all)")
    return found.to_numpy()


def _find_problems(structure: pd.DataFrame) -> list[str]:
    levels = dict(zip(structure["code"], structure["level"], strict=True))
    rows = list(structure[["code", "parent", "level"]].itertuples(index=False))
    has_parent = [row for row in rows if isinstance(row.parent, str) and row.parent]
    checks = {
        "named twice": structure.loc[structure["code"].duplicated(), "code"].unique(),
        "have a parent that is no code": [row.code for row in has_parent if row.parent not in levels],
        "have a parent that is not one level higher": [
            row.code for row in has_parent if row.parent in levels and levels[row.parent] != row.level + 1
        ],
        "are aggregates without members": sorted(
            {row.code for row in rows if row.level > 1} - {row.parent for row in has_parent}
        ),
    }
    tops = [str(row.code) for row in rows if row not in has_parent]
    problems = [f"{', '.join(map(str, codes))} {what}" for what, codes in checks.items() if len(codes)]
    return problems if len(tops) == 1 else [*problems, f"one code must have no parent, found {len(tops)}"]

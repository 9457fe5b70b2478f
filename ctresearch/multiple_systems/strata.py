"""Estimates by sex, age group or another covariate, and lists too sparse to stand alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ctresearch.multiple_systems.captures import Captures, check_table, read_captures
from ctresearch.multiple_systems.estimate import Estimate, estimate_captures, estimate_population
from ctresearch.multiple_systems.models import Interval
from ctresearch.multiple_systems.search import GivenModel, Search

UNKNOWN = "unknown"


@dataclass(frozen=True, eq=False)
class StrataEstimate:
    """One estimate a stratum, their sum, and the estimate that ignores the strata.

    Attributes
    ----------
    strata : pandas.DataFrame
        One row a stratum: its covariates, `observed`, `overlap`, `hidden`, `total`, `low`, `high`, `model`, `reason`.
    total : float or None
        Sum of the strata; None where one of them has no estimate.
    interval : Interval
        Of the sum: quantiles of the summed resamples, which are independent between strata.
    pooled : Estimate
        All persons together. Far from the sum where the strata are found by different offices: then believe the strata.
    reason : str
        Why there is no sum; empty where there is one.
    """

    strata: pd.DataFrame
    total: float | None
    interval: Interval
    pooled: Estimate
    reason: str


def estimate_strata(
    table: pd.DataFrame,
    *,
    count: str | None,
    strata: Sequence[str],
    search: Search,
    level: float,
    resamples: int,
    least_overlap: int,
    rng: np.random.Generator,
) -> StrataEstimate:
    """Estimate each stratum on its own: persons differ less within it, so that lists are nearer to independence.

    A missing covariate is a stratum of its own, `unknown`: nobody is shared out by guess.

    Parameters
    ----------
    table : pandas.DataFrame
        Capture histories with the covariates: a column for each list and each of `strata`, and the count.
    count, search, level, resamples, least_overlap, rng
        See `estimate_population`; `least_overlap` holds for each stratum.
    strata : sequence of str
        Columns of the covariates, for example sex and age group.

    Returns
    -------
    StrataEstimate

    Raises
    ------
    ValueError
        If the table or a setting cannot be used.

    Examples
    --------
    >>> from ctresearch.multiple_systems import GivenModel
    >>> table = pd.DataFrame({"A": [1, 0, 1] * 2, "B": [0, 1, 1] * 2, "sex": ["F"] * 3 + ["M"] * 3,
    ...     "n": [30, 20, 10, 40, 30, 2]})
    >>> found = estimate_strata(table, count="n", strata=["sex"], search=GivenModel(()), level=0.95, resamples=200,
    ...     least_overlap=5, rng=np.random.default_rng(1))
    >>> found.strata["reason"].tolist()
    ['', '2 persons are on two lists or more, fewer than the 5 that were asked for.']
    >>> found.reason
    'No sum: 1 of 2 strata has no estimate.'
    """
    if isinstance(strata, str):
        raise ValueError(f"strata is {strata!r}; expected a list of columns, for example [{strata!r}]")
    names = list(dict.fromkeys(strata))
    absent = [name for name in names if name not in check_table(table).columns]
    if absent or not names or count in names:
        raise ValueError(f"strata {names} are not columns of covariates; the table has {', '.join(map(str, table))}")
    settings = {"search": search, "level": level, "resamples": resamples, "least_overlap": least_overlap, "rng": rng}
    pooled = estimate_population(table.drop(columns=names), count=count, **settings)
    covariates = table[names].astype("object").where(table[names].notna(), UNKNOWN)
    rows, estimates = [], []
    for values, part in table.drop(columns=names).groupby([covariates[name] for name in names], sort=True):
        captures = read_captures(part, count=count)
        estimate = _estimate_stratum(captures, settings)
        estimates.append(estimate)
        rows.append(dict(zip(names, values, strict=True)) | _summarise(estimate))
    columns = [*names, "observed", "overlap", "hidden", "total", "low", "high", "model", "reason"]
    return _add_up(pd.DataFrame(rows, columns=columns), estimates, pooled, level)


def _estimate_stratum(captures: Captures, settings: dict) -> Estimate:
    search = settings["search"]
    named = {name for lists in search.interactions for name in lists} if isinstance(search, GivenModel) else set()
    absent = sorted(named - set(captures.lists))
    estimate = estimate_captures(captures, **(settings | ({"search": GivenModel(())} if absent else {})))
    if not absent or estimate.total is None:
        return estimate
    reason = f"Nobody here is on {', '.join(absent)}, which the given model needs."
    interval = Interval(None, None, None, estimate.interval.level, estimate.interval.method, reason)
    return replace(estimate, hidden=None, total=None, interval=interval, model="", reason=reason)


def _summarise(estimate: Estimate) -> dict[str, object]:
    return {
        "observed": estimate.observed,
        "overlap": estimate.overlap,
        "hidden": estimate.hidden,
        "total": estimate.total,
        "low": estimate.interval.low,
        "high": estimate.interval.high,
        "model": estimate.model,
        "reason": estimate.reason or estimate.interval.reason,
    }


def _add_up(rows: pd.DataFrame, estimates: list[Estimate], pooled: Estimate, level: float) -> StrataEstimate:
    numbers = ["hidden", "total", "low", "high"]
    rows = rows.astype(dict.fromkeys(numbers, "Float64"))
    method = "quantiles of summed resamples"
    refused = sum(estimate.total is None for estimate in estimates)
    if refused or not estimates:
        reason = f"No sum: {refused} of {len(estimates)} strata {'has' if refused == 1 else 'have'} no estimate."
        return StrataEstimate(rows, None, Interval(None, None, None, level, method, reason), pooled, reason)
    total = float(sum(estimate.total for estimate in estimates))
    replicates = np.sum([estimate.replicates for estimate in estimates], axis=0)
    if not np.isfinite(replicates).all():
        reason = "Some resamples have no finite estimate, so the sum has no upper limit."
        return StrataEstimate(rows, total, Interval(None, None, total, level, method, reason), pooled, "")
    low, high = np.quantile(replicates, [(1 - level) / 2, (1 + level) / 2], method="median_unbiased")
    return StrataEstimate(rows, total, Interval(float(low), float(high), total, level, method), pooled, "")


def merge_lists(table: pd.DataFrame, *, lists: Sequence[str], into: str) -> pd.DataFrame:
    """Make one list of several: a person is on it who is on any of them.

    For lists that are too sparse to stand alone, or that depend on each other by design. Decide it from how the lists
    come about, not from the estimate.

    Parameters
    ----------
    table : pandas.DataFrame
        Capture histories; list columns of 0 and 1.
    lists : sequence of str
        Columns to join.
    into : str
        Name of the joined list, which takes the place of the first.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    ValueError
        If a column is missing or holds anything but 0, 1 and missing values, or `into` is the name of another column.

    Examples
    --------
    >>> table = pd.DataFrame({"police": [1, 0], "border": [0, 1], "ngo": [0, 0], "n": [3, 4]})
    >>> merge_lists(table, lists=["police", "border"], into="state")
       state  ngo  n
    0      1    0  3
    1      1    0  4
    """
    if isinstance(lists, str) or not isinstance(lists, Iterable):
        raise ValueError(f"lists is {lists!r}; expected two columns or more, for example ['police', 'border']")
    names = list(lists)
    if len(names) < 2 or any(name not in check_table(table).columns for name in names):
        raise ValueError(f"lists {names} are not two columns or more of the table: {', '.join(map(str, table))}")
    if into in table.columns and into not in names:
        raise ValueError(f"the table already has another column {into!r}; choose another name")
    marks = table[names]
    wrong = [str(name) for name in names if not (marks[name].isna() | marks[name].isin([0, 1])).all()]
    if wrong:
        raise ValueError(f"lists {', '.join(wrong)} hold something else than 0 and 1; see `read_captures` for the rows")
    place = table.columns.get_loc(names[0])
    merged = table.drop(columns=names)
    merged.insert(min(place, merged.shape[1]), into, marks.max(axis=1, skipna=False))
    return merged

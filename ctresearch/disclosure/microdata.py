"""Extracts of records: how many share a key, and what their sharing gives away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

_ROWS_AT_ONCE = 500


def count_matches(records: pd.DataFrame, *, keys: Sequence[str], weight: str | None) -> pd.DataFrame:
    """Count for each record how many records share its key; a missing value fits every value.

    Parameters
    ----------
    records : pandas.DataFrame
        One row a person.
    keys : sequence of str
        Columns by which somebody could recognise a person.
    weight : str or None
        Column of sampling weights; `None` where all persons are in the extract.

    Returns
    -------
    pandas.DataFrame
        `sample_n`: records with a key that fits, the record itself among them; `population_n`: their weights added up.
        As `freqCalc` of sdcMicro (Templ, Kowarik and Meindl, 2015, Journal of Statistical Software 67(4)).

    Raises
    ------
    ValueError
        If no key is named.

    Examples
    --------
    >>> records = pd.DataFrame({"sex": ["f", "f", "m", None], "age": [20, 20, 30, 20]})
    >>> count_matches(records, keys=["sex", "age"], weight=None)["sample_n"].tolist()
    [3, 3, 1, 3]
    """
    codes = _code(records, keys)
    weights = np.ones(len(records)) if weight is None else records[weight].to_numpy(dtype=float)
    patterns, group = np.unique(codes, axis=0, return_inverse=True)
    counts = (
        np.column_stack([np.bincount(group), np.bincount(group, weights=weights)]) if len(codes) else np.zeros((0, 2))
    )
    sums = np.concatenate([fits @ counts for fits in _list_fits(patterns)]) if len(codes) else counts
    matched = sums[group] if len(codes) else sums
    return pd.DataFrame({"sample_n": matched[:, 0].astype(int), "population_n": matched[:, 1]}, index=records.index)


def find_violations(
    records: pd.DataFrame,
    *,
    keys: Sequence[str],
    sensitive: Sequence[str],
    ordered: Sequence[str],
    k: int,
    l: int,  # noqa: E741 - the name in the literature
    t: float,
) -> pd.DataFrame:
    r"""List the records of an extract that are too easy to recognise, or whose sensitive value is too easy to guess.

    k-anonymity: at least k records share a key. l-diversity: at least l different values of a sensitive column occur
    among them. t-closeness: their values are at most t from those of all records, by the earth mover's distance:
    :math:`\tfrac12\sum|p_i-q_i|`, for an ordered column :math:`\tfrac1{m-1}\sum_i|\sum_{j\le i}(p_j-q_j)|`
    (Samarati and Sweeney, 1998; Machanavajjhala and others, 2007; Li, Li and Venkatasubramanian, 2007).

    Parameters
    ----------
    records : pandas.DataFrame
        One row a person.
    keys : sequence of str
        Columns by which somebody could recognise a person; a missing value fits every value.
    sensitive : sequence of str
        Columns that nobody should learn. A missing value tells nothing and is not counted.
    ordered : sequence of str
        Those of `sensitive` whose values have an order.
    k, l, t : int, int, float
        `k_n`, `l_n` and `t_max` of study.toml.

    Returns
    -------
    pandas.DataFrame
        One row a record that violates a rule: `row` (number of the record, from 0), `rule` (`k`, `l` or `t`), `column`
        (empty for `k`), `measured`, and `reason`, a sentence. It holds no value of the record.

    Raises
    ------
    ValueError
        If no key is named, or a column of `ordered` is not sensitive.

    Examples
    --------
    >>> records = pd.DataFrame({"age": ["adult"] * 3 + ["minor"] * 3, "form": ["a", "b", "a", "a", "a", "a"]})
    >>> options = {"keys": ["age"], "sensitive": ["form"], "ordered": [], "k": 3, "l": 2, "t": 0.5}
    >>> find_violations(records, **options)[["rule", "reason"]].iloc[0].tolist()
    ['l', '1 different value(s) of form among the records that share the key; 2 are needed.']
    """
    if set(ordered) - set(sensitive):
        raise ValueError("A column of `ordered` must be one of `sensitive` too.")
    codes = _code(records, keys)
    if not len(records):
        return pd.DataFrame(columns=["row", "rule", "column", "measured", "reason"])
    patterns, group = np.unique(codes, axis=0, return_inverse=True)
    matched = count_matches(records, keys=keys, weight=None)["sample_n"].to_numpy()
    found = [_list(matched < k, "k", "", matched, f"record(s) share the key; {k} are needed.")]
    for column in sensitive:
        shared = _count_values(patterns, group, records[column])[group]
        different = (shared > 0).sum(axis=1)
        words = f"different value(s) of {column} among the records that share the key; {l} are needed."
        found.append(_list(different < l, "l", column, different, words))
        overall = records[column].value_counts().sort_index().to_numpy(dtype=float)
        distance = _measure_distance(shared, overall, is_ordered=column in ordered)
        words = f"is the distance of {column} among the records that share the key from all; {t:g} is allowed."
        found.append(_list(distance > t + 1e-12, "t", column, distance, words))
    return pd.concat(found, ignore_index=True)


def _code(records: pd.DataFrame, keys: Sequence[str]) -> np.ndarray:
    if not keys:
        raise ValueError("Name at least one key: a column by which somebody could recognise a person.")
    return np.column_stack([pd.factorize(records[key], sort=True)[0] for key in keys])


def _list_fits(patterns: np.ndarray) -> Iterator[np.ndarray]:
    """Yield which keys fit which, some rows at a time; -1 stands for a missing value."""
    for at in range(0, len(patterns), _ROWS_AT_ONCE):
        one, other = patterns[at : at + _ROWS_AT_ONCE, None, :], patterns[None, :, :]
        yield ((one == other) | (one == -1) | (other == -1)).all(axis=2).astype(float)


def _count_values(patterns: np.ndarray, group: np.ndarray, values: pd.Series) -> np.ndarray:
    codes, levels = pd.factorize(values, sort=True)
    table = np.zeros((len(patterns), len(levels)))
    known = codes >= 0
    np.add.at(table, (group[known], codes[known]), 1)
    return np.concatenate([fits @ table for fits in _list_fits(patterns)])


def _measure_distance(shared: np.ndarray, overall: np.ndarray, *, is_ordered: bool) -> np.ndarray:
    """Return the distance of the values around each record from those of all; 0 where none is known."""
    totals = shared.sum(axis=1, keepdims=True)
    own = np.divide(shared, totals, out=np.zeros_like(shared), where=totals > 0)
    gap = np.where(totals > 0, own - overall / max(overall.sum(), 1), 0.0)
    if is_ordered:
        return np.abs(gap.cumsum(axis=1)).sum(axis=1) / max(shared.shape[1] - 1, 1)
    return np.abs(gap).sum(axis=1) / 2


def _list(is_broken: np.ndarray, rule: str, column: str, measured: np.ndarray, words: str) -> pd.DataFrame:
    broken = measured[is_broken]
    return pd.DataFrame(
        {
            "row": np.flatnonzero(is_broken),
            "rule": rule,
            "column": column,
            "measured": broken.astype(float),
            "reason": [f"{value:.3g} {words}" for value in broken],
        }
    )

"""Weights from comparisons of pairs: the analytic hierarchy process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)
"""Mean inconsistency of random answers for 1 to 10 codes (Saaty 1980)."""


@dataclass(frozen=True)
class AhpWeights:
    """Weights by code, the consistency ratio of the joint answers and that of every stakeholder."""

    weights: pd.Series
    consistency_ratio: float
    by_expert: pd.DataFrame


def weight_ahp(comparisons: pd.DataFrame, *, consistency_limit: float) -> AhpWeights:
    r"""Weigh codes by the principal eigenvector of their comparisons; stakeholders are joined by geometric means.

    The consistency ratio is :math:`(\lambda_{\max}-n)/((n-1)\,RI_n)`.

    Parameters
    ----------
    comparisons : pandas.DataFrame
        One row a stakeholder and pair: `expert`, `first`, `second`, `ratio` (how many times more the first matters,
        above 0); every stakeholder compares every pair once.
    consistency_limit : float
        Largest ratio accepted for the joint answers; Saaty advises 0.1.

    Returns
    -------
    AhpWeights

    Raises
    ------
    ValueError
        If a pair is missing, compared twice or has no ratio above 0, there are more than 10 codes, or the joint answers
        are less consistent than the limit.

    References
    ----------
    Saaty, T. L. (1980). The Analytic Hierarchy Process. Aczel, J., Saaty, T. L. (1983). J. Math. Psych. 27, 93-102.

    Examples
    --------
    >>> rows = [("E1", "a", "b", 3.0)]
    >>> found = weight_ahp(pd.DataFrame(rows, columns=["expert", "first", "second", "ratio"]), consistency_limit=0.1)
    >>> found.weights.round(2).to_dict()
    {'a': 0.75, 'b': 0.25}
    """
    codes = list(pd.unique(pd.concat([comparisons["first"], comparisons["second"]])))
    if not 2 <= len(codes) <= len(RANDOM_INDEX):
        raise ValueError(
            f"comparisons name {len(codes)} codes; expected 2 to {len(RANDOM_INDEX)}: compare within pillars"
        )
    logs = {expert: _lay_out(rows, codes, expert) for expert, rows in comparisons.groupby("expert", sort=False)}
    weights, ratio = _solve(np.exp(np.mean(list(logs.values()), axis=0)))
    if ratio > consistency_limit:
        raise ValueError(
            f"the joint comparisons have a consistency ratio of {ratio:.2f}, above the limit of {consistency_limit:g}; "
            "ask again about the pairs that contradict each other"
        )
    own = [(expert, _solve(np.exp(log))[1]) for expert, log in logs.items()]
    by_expert = pd.DataFrame(own, columns=["expert", "consistency_ratio"])
    return AhpWeights(pd.Series(weights, index=codes, name="weight"), ratio, by_expert)


def _lay_out(rows: pd.DataFrame, codes: list[str], expert: str) -> np.ndarray:
    number = {code: place for place, code in enumerate(codes)}
    logs = np.full((len(codes), len(codes)), np.nan)
    np.fill_diagonal(logs, 0.0)
    for row in rows.itertuples():
        first, second = number[row.first], number[row.second]
        if not (row.ratio > 0 and np.isfinite(row.ratio)) or not np.isnan(logs[first, second]):
            raise ValueError(f"comparisons: {expert} needs one ratio above 0 for {row.first} and {row.second}")
        logs[first, second], logs[second, first] = np.log(row.ratio), -np.log(row.ratio)
    missing = int(np.isnan(logs).sum()) // 2
    if missing:
        raise ValueError(f"comparisons: {expert} has not compared {missing} of the pairs")
    return logs


def _solve(ratios: np.ndarray) -> tuple[np.ndarray, float]:
    values, vectors = np.linalg.eig(ratios)
    largest = int(np.argmax(values.real))
    weights = np.abs(vectors[:, largest].real)
    n = len(ratios)
    random = RANDOM_INDEX[n - 1]
    ratio = float((values[largest].real - n) / (n - 1) / random) if random else 0.0
    return weights / weights.sum(), max(ratio, 0.0)

"""Differences between groups of respondents, with a correction for how many were looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import scipy

from ctresearch.survey.design import Design, estimate_means
from ctresearch.survey.groups import hide_small_groups
from ctresearch.survey.priorities import ASPECTS, SCALE, spread_answers

NOT_A_GROUP = frozenset({"", "unknown"})
"""Who did not say to which group they belong."""


def estimate_groups(
    answers: pd.DataFrame,
    respondents: pd.DataFrame,
    design: Design,
    *,
    fields: Sequence[str],
    least_group_n: int,
    level: float,
) -> pd.DataFrame:
    """Estimate the weighted mean of importance and performance of every indicator in every group.

    Parameters
    ----------
    answers, respondents, design
        As for `rank_priorities`; respondents from `list_respondents`.
    fields : sequence of str
        Columns of `respondents` that make the groups.
    least_group_n : int
        A smaller group is not shown, nor a larger one from which it could be found by subtraction.
    level : float
        Confidence level.

    Returns
    -------
    pandas.DataFrame
        One row an indicator, aspect, field and group: `answers_n`, `mean`, `low`, `high` (missing where hidden),
        `is_hidden`, `source_id`.
    """
    parts = []
    for aspect in ASPECTS:
        wide = spread_answers(answers, aspect)
        for field in fields:
            groups = respondents.loc[wide.index, field].fillna("").astype("str")
            for group in sorted(set(groups) - NOT_A_GROUP):
                found = estimate_means(wide.where(groups.eq(group), axis=0), design, level=level)
                parts.append(found.assign(aspect=aspect, field=field, group=group))
    columns = ["indicator", "aspect", "field", "group", "answers_n", "mean", "low", "high"]
    if not parts:
        return pd.DataFrame(columns=[*columns, "is_hidden", "source_id"])
    rows = pd.concat(parts).rename(columns={"item": "indicator"})[columns]
    rows["low"], rows["high"] = rows["low"].clip(lower=SCALE[0]), rows["high"].clip(upper=SCALE[1])
    shown = hide_small_groups(
        rows,
        counts="answers_n",
        values=["answers_n", "mean", "low", "high"],
        by=["indicator", "aspect", "field"],
        least_n=least_group_n,
    )
    order = ["indicator", "aspect", "field", "group"]
    named = ";".join(dict.fromkeys(answers["source_id"].astype("str")))
    return shown.sort_values(order, kind="stable", ignore_index=True).assign(source_id=named)


def compare_groups(
    answers: pd.DataFrame,
    respondents: pd.DataFrame,
    *,
    fields: Sequence[str],
    least_group_n: int,
    false_discovery_rate: float,
) -> pd.DataFrame:
    r"""Test whether groups answer differently: Kruskal and Wallis by ranks, corrected after Benjamini and Hochberg.

    The test asks whether the answers of some group tend to be higher; it takes the scale as an order and does not
    weigh. All tests of the table are corrected together. The effect is :math:`\varepsilon^2 = H/(n-1)`, 0 for none
    and 1 for groups that share no answer.

    Parameters
    ----------
    answers, respondents : pandas.DataFrame
        As for `estimate_groups`.
    fields : sequence of str
        Columns of `respondents` that make the groups.
    least_group_n : int
        A smaller group is left out of the test.
    false_discovery_rate : float
        Expected share of false ones among the differences that are found.

    Returns
    -------
    pandas.DataFrame
        One row an indicator, aspect and field: `groups_n`, `answers_n`, `effect`, `p`, `p_adjusted`, `highest` and
        `lowest` (group with the highest and lowest mean), and `verdict`: `differ`, `no_difference_seen`, or
        `cannot_be_told` where fewer than two groups are large enough.

    References
    ----------
    Kruskal, W. H., Wallis, W. A. (1952). JASA 47, 583-621. Benjamini, Y., Hochberg, Y. (1995). J. R. Stat. Soc. B 57.

    Examples
    --------
    >>> answers = pd.DataFrame({"respondent": range(12), "source_id": "s", "indicator": "A",
    ...                         "importance": [5] * 6 + [1] * 6, "performance": 3})
    >>> people = pd.DataFrame({"sex": ["female"] * 6 + ["male"] * 6}, index=[f"s:{n}" for n in range(12)])
    >>> found = compare_groups(answers, people, fields=["sex"], least_group_n=5, false_discovery_rate=0.05)
    >>> found[["aspect", "effect", "highest", "verdict"]].values.tolist()
    [['importance', 1.0, 'female', 'differ'], ['performance', 0.0, '', 'no_difference_seen']]
    """
    tests = []
    for aspect in ASPECTS:
        wide = spread_answers(answers, aspect)
        for field in fields:
            groups = respondents.loc[wide.index, field].fillna("").astype("str")
            for indicator in wide.columns:
                row = {"indicator": indicator, "aspect": aspect, "field": field}
                tests.append(row | _test_item(wide[indicator], groups, least_group_n))
    columns = ["indicator", "aspect", "field", "groups_n", "answers_n", "effect", "p", "highest", "lowest"]
    table = pd.DataFrame(tests, columns=columns)
    is_told = table["p"].notna()
    adjusted = pd.Series(np.nan, index=table.index, dtype="float64")
    if is_told.any():
        adjusted[is_told] = scipy.stats.false_discovery_control(table.loc[is_told, "p"].to_numpy(dtype="float64"))
    verdict = pd.Series("no_difference_seen", index=table.index, dtype="str")
    verdict = verdict.mask(adjusted.le(false_discovery_rate), "differ").mask(~is_told, "cannot_be_told")
    named = ";".join(dict.fromkeys(answers["source_id"].astype("str")))
    return table.assign(p_adjusted=adjusted, verdict=verdict, source_id=named)


def _test_item(values: pd.Series, groups: pd.Series, least_n: int) -> dict[str, object]:
    answered = pd.DataFrame({"value": values, "group": groups}).dropna()
    answered = answered[~answered["group"].isin(NOT_A_GROUP)]
    sizes = answered["group"].value_counts()
    answered = answered[answered["group"].isin(sizes.index[sizes.ge(least_n)])]
    parts = {group: part.to_numpy() for group, part in answered.groupby("group")["value"]}
    known = {"groups_n": len(parts), "answers_n": len(answered), "highest": "", "lowest": ""}
    if len(parts) < 2:
        return known | {"effect": np.nan, "p": np.nan}
    if answered["value"].nunique() == 1:
        return known | {"effect": 0.0, "p": 1.0}
    found = scipy.stats.kruskal(*parts.values())
    means = {group: part.mean() for group, part in parts.items()}
    ends = {"highest": max(means, key=means.get), "lowest": min(means, key=means.get)}
    effect = min(float(found.statistic) / (len(answered) - 1), 1.0)
    return known | ends | {"effect": effect, "p": float(found.pvalue)}


def list_differences(compared: pd.DataFrame) -> pd.DataFrame:
    """Return the differences that were found, the largest effect first.

    Examples
    --------
    >>> rows = pd.DataFrame({"verdict": ["differ", "cannot_be_told", "differ"], "effect": [0.1, 0.9, 0.4]})
    >>> list_differences(rows)["effect"].tolist()
    [0.4, 0.1]
    """
    found = compared[compared["verdict"].eq("differ")]
    return found.sort_values("effect", ascending=False, kind="stable", ignore_index=True)

"""Importance against performance: what matters most and is done worst, with what the answers leave open."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctresearch.survey.design import Design, estimate_means
from ctresearch.survey.response import key_answers

SCALE = (1, 5)
"""Lowest and highest answer."""

ASPECTS = ("importance", "performance")
_QUADRANTS = {
    (True, False): "act_first",
    (True, True): "keep_up",
    (False, False): "watch",
    (False, True): "enough",
}


def spread_answers(answers: pd.DataFrame, aspect: str) -> pd.DataFrame:
    """Lay answers out with one row a respondent and one column an indicator; missing where there is no number."""
    keyed = answers.assign(_key=key_answers(answers))
    return keyed.pivot(index="_key", columns="indicator", values=aspect).astype("float64").rename_axis("respondent")


def rank_priorities(
    answers: pd.DataFrame,
    design: Design,
    *,
    quadrant_border: str,
    least_group_n: int,
    percentage_base_n: int,
    level: float,
) -> pd.DataFrame:
    """Estimate importance, performance and the gap between them of every indicator, the widest gap first.

    The gap is the mean of importance less performance of those who rated both. "Don't know" is no answer on the scale
    and is counted apart. An indicator lies in the quadrant of its two means; the quadrant is clear where neither
    interval reaches over a border.

    Parameters
    ----------
    answers : pandas.DataFrame
        Contract of `survey_answers`.
    design : Design
        From `weigh_respondents`, by the respondents of `list_respondents`.
    quadrant_border : str
        `middle`: the borders lie in the middle of the scale; `mean`: at the mean of all indicators.
    least_group_n, percentage_base_n : int
        Fewer ratings are not shown; no share on a smaller base.
    level : float
        Confidence level of the intervals, which end where the scale ends.

    Returns
    -------
    pandas.DataFrame
        One row an indicator: for `importance` and `performance` `_n`, `_mean`, `_low`, `_high`, `_dont_know_n` and
        `_dont_know_share` (0-1, of those who were asked and said anything); `gap_mean`, `gap_low`, `gap_high`;
        `quadrant` (`ND` where a mean is not shown), `is_clear`; `importance_border`, `performance_border`; `source_id`.

    References
    ----------
    Martilla, J. A., James, J. C. (1977). Importance-performance analysis. Journal of Marketing 41, 77-79.

    Examples
    --------
    >>> answers = pd.DataFrame({"respondent": [1, 2, 1, 2], "source_id": "s", "dont_know": False,
    ...                         "indicator": ["A", "A", "B", "B"], "importance": [5, 4, 2, 1],
    ...                         "performance": [1, 2, 4, 5]}).astype({"importance": "Int64", "performance": "Int64"})
    >>> people = pd.DataFrame(index=pd.Index(["s:1", "s:2"]))
    >>> from ctresearch.survey.design import weigh_respondents
    >>> rules = {"quadrant_border": "middle", "least_group_n": 1, "percentage_base_n": 20, "level": 0.95}
    >>> found = rank_priorities(answers, weigh_respondents(people, pd.DataFrame(), by=[]), **rules)
    >>> found[["indicator", "gap_mean", "quadrant", "is_clear"]].values.tolist()
    [['A', 3.0, 'act_first', False], ['B', -3.0, 'enough', False]]
    """
    wide = {aspect: spread_answers(answers, aspect) for aspect in ASPECTS}
    named = answers.groupby("indicator")["source_id"].agg(lambda ids: ";".join(dict.fromkeys(ids.astype("str"))))
    table = pd.DataFrame({"indicator": named.index})
    for aspect in ASPECTS:
        part = _describe_aspect(
            answers, wide[aspect], design, aspect=aspect, least_n=least_group_n, base_n=percentage_base_n, level=level
        )
        table = table.merge(part, on="indicator")
    gaps = estimate_means(wide["importance"] - wide["performance"], design, level=level)
    gaps = _keep_counted(gaps, least_group_n, (SCALE[0] - SCALE[1], SCALE[1] - SCALE[0]))
    gaps.columns = ["indicator", *(f"gap_{name}" for name in gaps.columns[1:])]
    table = _place(table.merge(gaps, on="indicator"), quadrant_border).assign(source_id=named.to_numpy())
    return table.sort_values(["gap_mean", "importance_mean"], ascending=False, kind="stable", ignore_index=True)


def _describe_aspect(
    answers: pd.DataFrame, wide: pd.DataFrame, design: Design, *, aspect: str, least_n: int, base_n: int, level: float
) -> pd.DataFrame:
    part = _keep_counted(estimate_means(wide, design, level=level), least_n, SCALE)
    is_unsure = answers["dont_know"].astype(bool) & answers[aspect].isna()
    unsure = is_unsure.groupby(answers["indicator"]).sum().reindex(part["item"]).to_numpy()
    base = part["n"].to_numpy() + unsure
    with np.errstate(invalid="ignore", divide="ignore"):
        part["dont_know_n"], part["dont_know_share"] = unsure, np.where(base >= base_n, unsure / base, np.nan)
    part.columns = ["indicator", *(f"{aspect}_{name}" for name in part.columns[1:])]
    return part


def _keep_counted(found: pd.DataFrame, least_n: int, ends: tuple[int, int]) -> pd.DataFrame:
    """Keep mean and interval, within the ends of the scale, where enough persons answered."""
    part = found[["item", "answers_n", "mean", "low", "high"]].rename(columns={"answers_n": "n"})
    part["low"], part["high"] = part["low"].clip(lower=ends[0]), part["high"].clip(upper=ends[1])
    is_few = part["n"].lt(least_n)
    return part.assign(**{name: part[name].mask(is_few) for name in ("mean", "low", "high")})


def _place(table: pd.DataFrame, quadrant_border: str) -> pd.DataFrame:
    is_known = table["importance_mean"].notna() & table["performance_mean"].notna()
    is_clear = is_known.copy()
    sides = []
    for aspect in ASPECTS:
        border = sum(SCALE) / 2 if quadrant_border == "middle" else table.loc[is_known, f"{aspect}_mean"].mean()
        is_beside = table[f"{aspect}_low"].gt(border) | table[f"{aspect}_high"].lt(border)
        is_clear &= is_beside
        sides.append(table[f"{aspect}_mean"].ge(border))
        table = table.assign(**{f"{aspect}_border": border})
    quadrants = [_QUADRANTS[bool(high), bool(well)] for high, well in zip(*sides, strict=True)]
    return table.assign(quadrant=pd.Series(quadrants, dtype="str").where(is_known, "ND"), is_clear=is_clear)

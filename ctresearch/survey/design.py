"""Weights of respondents, and means and totals with the uncertainty that the design leaves (Taylor linearisation)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy


@dataclass(frozen=True)
class Design:
    """How respondents stand for all who could have answered.

    Attributes
    ----------
    weights : pandas.Series
        How many persons a respondent stands for, by respondent.
    strata : pandas.Series
        Group of each respondent; groups were drawn or weighted apart. Same index.
    sampled_share : pandas.Series
        Share of the group that answered, by respondent; 0 where the group is taken as without end.
    """

    weights: pd.Series
    strata: pd.Series
    sampled_share: pd.Series


def weigh_respondents(respondents: pd.DataFrame, invited: pd.DataFrame, *, by: Sequence[str]) -> Design:
    """Weigh respondents so that each group counts as it was invited, however many of it answered (post-stratification).

    The weight in a group is persons invited over persons who answered, and the share that answered reduces the
    uncertainty as in a stratified sample without replacement. This mends an unequal response only so far as those who
    answered resemble those of their group who did not; a group of which nobody answered has no part in any estimate.

    Parameters
    ----------
    respondents : pandas.DataFrame
        One row a respondent, as index or not, with the columns of `by`.
    invited : pandas.DataFrame
        The columns of `by` and `invited_n`. Without rows, every respondent weighs 1 and the population is endless.
    by : sequence of str
        Columns that make the groups; none: one group.

    Returns
    -------
    Design
        By the index of `respondents`. Who belongs to no invited group weighs 1 and stands for themselves.

    Raises
    ------
    ValueError
        If more persons of a group answered than were invited.

    References
    ----------
    Holt, D., Smith, T. M. F. (1979). Post stratification. J. R. Stat. Soc. A 142, 33-46.

    Examples
    --------
    >>> people = pd.DataFrame({"sector": ["ngo", "ngo", "police"]})
    >>> asked = pd.DataFrame({"sector": ["ngo", "police"], "invited_n": [4, 10]})
    >>> weigh_respondents(people, asked, by=["sector"]).weights.tolist()
    [2.0, 2.0, 10.0]
    """
    strata = _join_groups(respondents, by)
    answered = strata.map(strata.value_counts()).astype("float64")
    if invited.empty:
        ones, zeros = (pd.Series(value, index=respondents.index) for value in (1.0, 0.0))
        return Design(ones, strata, zeros)
    totals = invited["invited_n"].astype("float64").groupby(_join_groups(invited, by)).sum()
    population = strata.map(totals).astype("float64")
    too_many = strata[population.lt(answered)].unique()
    if len(too_many):
        raise ValueError(f"more answers than invitations in {', '.join(too_many)}; correct the table of invitations")
    population = population.where(population.gt(0), answered)
    return Design(population / answered, strata, answered / population)


def _join_groups(rows: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    joined = pd.Series("", index=rows.index, dtype="str")
    for number, column in enumerate(by):
        joined = joined + (" / " if number else "") + rows[column].fillna("").astype("str").replace("", "not said")
    return joined if by else joined.replace("", "all")


def estimate_means(values: pd.DataFrame, design: Design, *, level: float) -> pd.DataFrame:
    r"""Estimate the weighted mean of every column.

    With :math:`z_i = w_i (y_i-\bar y)/\sum_j w_j` for those who answered and 0 for the others, the variance is
    :math:`\sum_h (1-f_h)\,\frac{n_h}{n_h-1}\sum_{i\in h}(z_i-\bar z_h)^2`. Who did not answer a question stays in the
    design, as in an analysis of a domain. A stratum with one respondent is centred at the mean of all, not of itself.

    Parameters
    ----------
    values : pandas.DataFrame
        One row a respondent (index as in the design), one column a question; missing: no answer.
    design : Design
        Weights, strata and sampled shares.
    level : float
        Confidence level of the intervals (Student's t, respondents less strata).

    Returns
    -------
    pandas.DataFrame
        One row a question: `item`, `answers_n`, `mean`, `se`, `low`, `high`, and `deff`, the variance over that of a
        simple random sample of the same size. Missing where it cannot be told: no answer, or no more answers than
        strata.

    References
    ----------
    Lumley, T. (2010). Complex Surveys. R package survey, `svymean`, options `lonely.psu = "adjust"`.

    Examples
    --------
    >>> people = pd.DataFrame({"sector": ["ngo", "ngo", "police", "police"]})
    >>> design = weigh_respondents(people, pd.DataFrame(), by=[])
    >>> estimate_means(pd.DataFrame({"a": [1.0, 2, 3, 4]}), design, level=0.95).round(3).values.tolist()
    [['a', 4, 2.5, 0.645, 0.446, 4.554, 1.0]]
    """
    answers = values.to_numpy(dtype="float64", na_value=np.nan)
    answered = ~np.isnan(answers)
    weights = design.weights.loc[values.index].to_numpy()[:, None] * answered
    total = weights.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (weights * np.where(answered, answers, 0.0)).sum(axis=0) / total
        scores = weights * np.where(answered, answers - mean, 0.0) / total
    variance = _sum_strata(scores, design, values.index)
    count = answered.sum(axis=0)
    table = _tabulate(values, mean, variance, design, level=level)
    return table.assign(deff=_relate_to_simple(answers, weights, mean, count, variance))


def estimate_totals(values: pd.DataFrame, design: Design, *, level: float) -> pd.DataFrame:
    """Estimate the weighted total of every column; as `estimate_means`, without `deff`.

    Examples
    --------
    >>> people = pd.DataFrame({"sector": ["ngo", "ngo"]})
    >>> design = weigh_respondents(people, pd.DataFrame({"sector": ["ngo"], "invited_n": [10]}), by=["sector"])
    >>> estimate_totals(pd.DataFrame({"a": [1.0, 2.0]}), design, level=0.95)["total"].tolist()
    [15.0]
    """
    answers = values.to_numpy(dtype="float64", na_value=np.nan)
    answered = ~np.isnan(answers)
    scores = design.weights.loc[values.index].to_numpy()[:, None] * np.where(answered, answers, 0.0)
    variance = _sum_strata(scores, design, values.index)
    table = _tabulate(values, scores.sum(axis=0), variance, design, level=level)
    return table.rename(columns={"mean": "total"})


def _one_hot(design: Design, index: pd.Index) -> np.ndarray:
    codes = pd.factorize(design.strata.loc[index])[0]
    return np.equal.outer(np.arange(codes.max() + 1 if len(codes) else 0), codes).astype("float64")


def _sum_strata(scores: np.ndarray, design: Design, index: pd.Index) -> np.ndarray:
    """Return the variance of the sum of scores: one number a column."""
    member = _one_hot(design, index)
    count = member.sum(axis=1, keepdims=True)
    centre = np.where(count > 1, (member @ scores) / np.maximum(count, 1), scores.mean(axis=0) if len(scores) else 0.0)
    spread = member @ (scores - member.T @ centre) ** 2
    left = 1.0 - (member @ design.sampled_share.loc[index].to_numpy()[:, None]) / np.maximum(count, 1)
    return (left * np.where(count > 1, count / np.maximum(count - 1, 1), 1.0) * spread).sum(axis=0)


def _relate_to_simple(answers, weights, mean, count, variance) -> np.ndarray:
    """Divide by the variance of a simple random sample without replacement from as many as the weights stand for."""
    total = weights.sum(axis=0)
    squares = np.where(np.isnan(answers), 0.0, (answers - mean) ** 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = (weights * squares).sum(axis=0) / total * count / (count - 1)
        left = np.where(np.isclose(total, count), 1.0, (total - count) / total)
        deff = variance / (left * spread / count)
    return np.where(np.isfinite(deff), deff, np.nan)


def _tabulate(
    values: pd.DataFrame, estimate: np.ndarray, variance: np.ndarray, design: Design, *, level: float
) -> pd.DataFrame:
    answered = values.notna().to_numpy()
    count = answered.sum(axis=0)
    freedom = count - (_one_hot(design, values.index) @ answered > 0).sum(axis=0)
    se = np.where(freedom > 0, np.sqrt(variance), np.nan)
    half = scipy.stats.t.ppf(0.5 + level / 2, np.maximum(freedom, 1)) * se
    table = {"item": values.columns, "answers_n": count, "mean": estimate, "se": se}
    return pd.DataFrame(table | {"low": estimate - half, "high": estimate + half})

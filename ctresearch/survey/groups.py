"""Groups of respondents: which are too small to show, and their names."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ctresearch.vocabulary import Vocabulary

GROUP_LISTS = {
    "jurisdiction": "jurisdiction_or_region",
    "sector": "sector",
    "level": "level",
    "sex": "respondent_sex",
    "nrm_role": "nrm_role",
}
"""Code list of the groups of each column of respondents."""


def hide_small_groups(
    rows: pd.DataFrame, *, counts: str, values: Sequence[str], by: Sequence[str], least_n: int
) -> pd.DataFrame:
    """Take away what is said of groups that are so small that a person could be recognised.

    Hidden is each group of fewer than `least_n`, and then, while those hidden are together still fewer, the smallest
    that is left: otherwise the one hidden group could be found by subtraction from the total.

    Parameters
    ----------
    rows : pandas.DataFrame
        One row a group.
    counts : str
        Column with the persons of the group.
    values : sequence of str
        Columns that become missing, `counts` among them if it is to be hidden.
    by : sequence of str
        Columns within which groups add up to a total that is shown.
    least_n : int
        From `study.SurveyRules`.

    Returns
    -------
    pandas.DataFrame
        The rows with `is_hidden`. A group without any person has nothing to hide.

    Examples
    --------
    >>> rows = pd.DataFrame({"field": "sex", "group": ["f", "m", "o"], "n": [20, 9, 1], "mean": [3.0, 4.0, 5.0]})
    >>> hide_small_groups(rows, counts="n", values=["mean"], by=["field"], least_n=5)["mean"].tolist()
    [3.0, nan, nan]
    """
    shown = rows.reset_index(drop=True)
    is_hidden = pd.Series(False, index=shown.index)
    for _, part in shown[shown[counts].gt(0)].sort_values(counts, kind="stable").groupby(list(by), sort=False):
        sizes = part[counts].astype("float64")
        before = sizes.cumsum() - sizes
        is_hidden[part.index] = sizes.lt(least_n) | (before.gt(0) & before.lt(least_n))
    hidden = {name: shown[name].mask(is_hidden) for name in values}
    return shown.assign(**hidden, is_hidden=is_hidden)


def name_groups(rows: pd.DataFrame, vocabulary: Vocabulary, *, columns: Sequence[str] = ("group",)) -> pd.DataFrame:
    """Put the name of each group in place of its code, by the list of its `field`.

    Examples
    --------
    >>> words = Vocabulary({"respondent_sex": {"female": "Women"}})
    >>> name_groups(pd.DataFrame({"field": ["sex"], "group": ["female"]}), words)["group"].tolist()
    ['Women']
    """
    named = {
        column: [
            vocabulary.label(GROUP_LISTS.get(field, field), code)
            for field, code in zip(rows["field"], rows[column], strict=True)
        ]
        for column in columns
    }
    return rows.assign(**{column: pd.Series(words, index=rows.index, dtype="str") for column, words in named.items()})

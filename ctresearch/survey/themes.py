"""Themes in free text, found by a codebook; the text itself goes nowhere."""

from __future__ import annotations

import pandas as pd

from ctresearch.clean.text import fold_value
from ctresearch.survey.groups import hide_small_groups

UNCODED = "uncoded"
"""Theme of a text that holds no word of the codebook."""


def code_texts(texts: pd.DataFrame, codebook: pd.DataFrame, *, source_id: str) -> pd.DataFrame:
    """Give each free text the themes of which it holds a word.

    Parameters
    ----------
    texts : pandas.DataFrame
        `respondent`, `question`, `text`, as `clean.survey.tidy_survey` returns them.
    codebook : pandas.DataFrame
        `survey_theme`, `stem`: beginning of a word in any language; case, script and diacritics do not matter.
    source_id : str
        Source that the rows cite.

    Returns
    -------
    pandas.DataFrame
        Contract of `survey_themes`: one row a respondent, question and theme; `uncoded` where no word is in the text.

    Examples
    --------
    >>> texts = pd.DataFrame({"respondent": [1, 2], "question": "comment", "text": ["More STAFF, funding", "?"]})
    >>> book = pd.DataFrame({"survey_theme": ["staff", "money"], "stem": ["staff", "fund"]})
    >>> code_texts(texts, book, source_id="s")[["respondent", "survey_theme"]].values.tolist()
    [[1, 'money'], [1, 'staff'], [2, 'uncoded']]
    """
    stems = [(fold_value(stem), theme) for stem, theme in zip(codebook["stem"], codebook["survey_theme"], strict=True)]
    found = []
    for row in texts.itertuples():
        words = f" {fold_value(row.text)}"
        themes = {theme for stem, theme in stems if f" {stem}" in words} or {UNCODED}
        found += [(row.respondent, row.question, theme, source_id) for theme in themes]
    coded = pd.DataFrame(found, columns=["respondent", "asked", "survey_theme", "source_id"]).drop_duplicates()
    return coded.sort_values(["respondent", "asked", "survey_theme"], ignore_index=True)


def count_themes(themes: pd.DataFrame, *, least_group_n: int, percentage_base_n: int) -> pd.DataFrame:
    """Count the respondents who wrote of each theme.

    Parameters
    ----------
    themes : pandas.DataFrame
        Contract of `survey_themes`.
    least_group_n, percentage_base_n : int
        A theme of fewer respondents is not shown; no share on a smaller base.

    Returns
    -------
    pandas.DataFrame
        One row a question and theme, the most frequent first: `respondents_n`, `theme_share` (0-1, of those who wrote
        anything there), `is_hidden`, `source_id`.

    Examples
    --------
    >>> rows = [(n, "comment", "staff", "s") for n in range(6)] + [(0, "comment", "money", "s")]
    >>> themes = pd.DataFrame(rows, columns=["respondent", "asked", "survey_theme", "source_id"])
    >>> count_themes(themes, least_group_n=5, percentage_base_n=20)["respondents_n"].tolist()
    [6, <NA>]
    """
    who = themes["source_id"].astype("str") + ":" + themes["respondent"].astype("str")
    keyed = themes.assign(_who=who)
    counted = keyed.groupby(["asked", "survey_theme"], sort=False)["_who"].nunique().rename("respondents_n")
    rows = counted.astype("Int64").reset_index()
    base = rows["asked"].map(keyed.groupby("asked")["_who"].nunique()).astype("Float64")
    rows["theme_share"] = (rows["respondents_n"].astype("Float64") / base).where(base.ge(percentage_base_n))
    rows = rows.sort_values(["asked", "respondents_n"], ascending=False, kind="stable")
    shown = hide_small_groups(
        rows,
        counts="respondents_n",
        values=["respondents_n", "theme_share"],
        by=["asked", "survey_theme"],
        least_n=least_group_n,
    )
    return shown.assign(source_id=";".join(dict.fromkeys(themes["source_id"].astype("str"))))

"""Who answered: respondents of a table of answers, and the response of each group that was invited."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ctresearch.survey.groups import GROUP_LISTS, hide_small_groups

FIELDS = tuple(GROUP_LISTS)


def key_answers(answers: pd.DataFrame) -> pd.Series:
    """Return what makes a respondent one person: the running number within a source."""
    return answers["source_id"].astype("str") + ":" + answers["respondent"].astype("str")


def list_respondents(answers: pd.DataFrame) -> pd.DataFrame:
    """List the persons behind a table of answers.

    Parameters
    ----------
    answers : pandas.DataFrame
        Contract of `survey_answers`.

    Returns
    -------
    pandas.DataFrame
        One row a respondent, who is the index: `jurisdiction`, `sector`, `level`, `sex`, `nrm_role`, `source_id`.

    Examples
    --------
    >>> answers = pd.DataFrame({"respondent": [1, 1], "source_id": "s", "sector": "ngo", "sex": "female",
    ...                         "jurisdiction": "AAA", "level": "", "nrm_role": ""})
    >>> list_respondents(answers).index.tolist()
    ['s:1']
    """
    first = answers.set_axis(pd.Index(key_answers(answers), name="respondent"), axis=0)
    first = first[[*FIELDS, "source_id"]]
    return first[~first.index.duplicated()]


def count_response(
    respondents: pd.DataFrame,
    invitations: pd.DataFrame,
    *,
    fields: Sequence[str],
    least_group_n: int,
    percentage_base_n: int,
) -> pd.DataFrame:
    """Count who completed the survey of those who were invited, by group.

    Parameters
    ----------
    respondents : pandas.DataFrame
        From `list_respondents`.
    invitations : pandas.DataFrame
        `invited_n` by group; without rows, nobody knows how many were invited.
    fields : sequence of str
        Columns of both, each counted by itself.
    least_group_n, percentage_base_n : int
        A smaller group that answered is not shown; no share on a smaller base.

    Returns
    -------
    pandas.DataFrame
        One row a group, first all: `field`, `group`, `invited_n`, `completed_n`, `response_share` (0-1), `is_hidden`,
        `source_id`. What is not known or not shown is missing. No row where nobody was invited and nobody answered.

    Examples
    --------
    >>> people = pd.DataFrame({"sector": ["ngo"] * 5 + ["police"] * 10, "source_id": "s"})
    >>> asked = pd.DataFrame({"sector": ["ngo", "police"], "invited_n": [20, 40], "source_id": "s"})
    >>> found = count_response(people, asked, fields=["sector"], least_group_n=5, percentage_base_n=20)
    >>> found[["group", "invited_n", "completed_n", "response_share"]].values.tolist()
    [['all', 60, 15, 0.25], ['ngo', 20, 5, 0.25], ['police', 40, 10, 0.25]]
    """
    everyone = pd.DataFrame({"field": "all", "group": ["all"], "completed_n": [len(respondents)]})
    if len(invitations):
        everyone["invited_n"] = int(invitations["invited_n"].sum())
    parts = [everyone, *(_count_field(respondents, invitations, field) for field in fields)]
    counted = pd.concat(parts, ignore_index=True).reindex(columns=["field", "group", "invited_n", "completed_n"])
    if respondents.empty and invitations.empty:
        counted = counted.head(0)
    counted = counted.astype({"invited_n": "Int64", "completed_n": "Int64"})
    share = counted["completed_n"].astype("Float64") / counted["invited_n"].astype("Float64")
    counted["response_share"] = share.where(counted["invited_n"].ge(percentage_base_n).fillna(False))
    shown = hide_small_groups(
        counted, counts="completed_n", values=["completed_n", "response_share"], by=["field"], least_n=least_group_n
    )
    named = pd.concat([table["source_id"] for table in (respondents, invitations) if "source_id" in table])
    return shown.assign(source_id=";".join(dict.fromkeys(named.astype("str"))))


def _count_field(respondents: pd.DataFrame, invitations: pd.DataFrame, field: str) -> pd.DataFrame:
    completed = respondents[field].fillna("").astype("str").replace("", "unknown").value_counts(sort=False)
    parts = {"completed_n": completed}
    if len(invitations):
        codes = invitations[field].fillna("").astype("str").replace("", "unknown")
        parts = {"invited_n": invitations["invited_n"].groupby(codes.to_numpy(), sort=False).sum(), **parts}
    counted = pd.DataFrame(parts).astype("Int64")
    counted["completed_n"] = counted["completed_n"].fillna(0)
    return counted.rename_axis("group").reset_index().sort_values("group", ignore_index=True).assign(field=field)

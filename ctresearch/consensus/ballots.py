"""Which votes of a workshop count, and which do not and why; none is lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctresearch.clean.result import join_changes
from ctresearch.clean.text import fold_text

VOTES = ("agree", "amend", "object")

VOTE_COLUMNS = (
    *("ballot", "list_version", "recommendation_id", "vote", "wording", "objection"),
    *("jurisdiction", "sector", "sex", "source_id"),
)
"""Columns of the contract of `ballots`."""

RECEIVED = ("file", "row")
"""Where a vote was received; these stay with it while it is not counted."""

_CODED = {"vote": "vote", "objection": "objection", "sector": "sector", "sex": "sex"}
"""Columns of a vote that hold codes, and the list of the form's translations that holds their labels."""


@dataclass(frozen=True)
class CheckedBallots:
    """Votes that count (contract of `ballots`), and those that do not (contract of `ballots_not_counted`).

    `changes` are the words that were taken from a vote that counts (`clean.result.CHANGE_COLUMNS`).
    """

    counted: pd.DataFrame
    not_counted: pd.DataFrame
    changes: pd.DataFrame


def check_ballots(
    votes: pd.DataFrame,
    voting_list: pd.DataFrame,
    *,
    codes: Mapping[str, tuple[str, ...]],
    translations: pd.DataFrame,
) -> CheckedBallots:
    """Part the votes that count from those that do not.

    A vote does not count if its ballot has no number or votes more than once on the recommendation (then none of these
    counts, for nobody knows which is meant), if the recommendation is not on the list or the list is an older one, if
    a cell holds a label in some language or an unknown code in place of a code, if the sex is missing or consent was
    refused, or if an amendment has no words. Case and punctuation do not make another number of a ballot. Words beside
    a vote that does not take them are left out and logged: the vote is what counts.

    Parameters
    ----------
    votes : pandas.DataFrame
        As they were received: columns of `ballots` as text, empty where nothing is said, with `file`, `row` and, where
        the form asks, `consent`.
    voting_list : pandas.DataFrame
        Contract of `voting_list`.
    codes : mapping of str to tuple of str
        Known codes of `vote`, `objection`, `jurisdiction`, `sector` and `sex`.
    translations : pandas.DataFrame
        The framework table: labels of codes in all languages.

    Returns
    -------
    CheckedBallots
        Each vote is in one of the two tables.

    Examples
    --------
    >>> votes = pd.DataFrame({"file": "a.csv", "row": [2, 3], "ballot": ["B-1", "B-2"], "list_version": "v",
    ...     "recommendation_id": "AAA-1", "vote": ["agree", "dakord"], "wording": "", "objection": "",
    ...     "jurisdiction": "", "sector": "", "sex": ["female", ""], "source_id": "s"})
    >>> listed = pd.DataFrame({"recommendation_id": ["AAA-1"], "list_version": ["v"]})
    >>> codes = {"vote": ("agree",), "objection": (), "jurisdiction": (), "sector": (), "sex": ("female",)}
    >>> words = pd.DataFrame({"list": ["vote"], "code": ["agree"], "language": ["sq"], "text": ["Dakord"]})
    >>> checked = check_ballots(votes, listed, codes=codes, translations=words)
    >>> checked.counted["ballot"].tolist(), checked.not_counted["problem"].tolist()
    (['B-1'], ['other_language;no_sex'])
    """
    votes = votes.reset_index(drop=True)
    cast = votes[["recommendation_id"]].assign(ballot=fold_text(votes["ballot"]).fillna(votes["ballot"]))
    found = {
        "no_consent": votes["consent"].ne("yes") if "consent" in votes else pd.Series(False, index=votes.index),
        "no_ballot": votes["ballot"].eq(""),
        "double_vote": cast.duplicated(keep=False) & votes["ballot"].ne(""),
        "unknown_recommendation": ~votes["recommendation_id"].isin(voting_list["recommendation_id"]),
        "old_list": ~votes["list_version"].isin(voting_list["list_version"]),
        **_find_codes(votes, codes, translations),
        "no_sex": votes["sex"].eq(""),
        "no_wording": votes["vote"].eq("amend") & votes["wording"].eq(""),
    }
    flags = np.column_stack([flag.to_numpy(dtype=bool) for flag in found.values()])
    names = np.array(list(found), dtype=object)
    is_bad = flags.any(axis=1)
    problems = [";".join(names[row]) for row in flags[is_bad]]
    bad = votes[is_bad].assign(problem=pd.Series(problems, index=votes.index[is_bad], dtype="str"))
    counted, changes = _keep_own_words(votes[~is_bad])
    return CheckedBallots(
        counted[list(VOTE_COLUMNS)].reset_index(drop=True),
        bad[[*RECEIVED, "problem", *VOTE_COLUMNS]].reset_index(drop=True),
        changes,
    )


def _find_codes(
    votes: pd.DataFrame, codes: Mapping[str, tuple[str, ...]], translations: pd.DataFrame
) -> dict[str, pd.Series]:
    """Find cells that hold a label of some language, or nothing that is known, in place of a code."""
    labels = pd.Series(False, index=votes.index)
    unknown = votes["vote"].eq("")
    for column in (*_CODED, "jurisdiction"):
        is_code = votes[column].isin(["", *codes[column]])
        own = translations.loc[translations["list"].eq(_CODED.get(column, column)), "text"]
        is_label = ~is_code & fold_text(votes[column]).isin(set(fold_text(own)))
        labels |= is_label
        unknown |= ~is_code & ~is_label
    return {"other_language": labels, "unknown_code": unknown}


def _keep_own_words(votes: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Empty and log a wording or an objection that a voter wrote and then voted otherwise."""
    logs = []
    for column, vote in (("wording", "amend"), ("objection", "object")):
        lost = votes[votes[column].ne("") & votes["vote"].ne(vote)]
        rule = "left out: words beside another vote, " + lost["file"]
        log = pd.DataFrame({"row": lost["row"].astype("Int64"), "column": column, "before": lost[column], "after": ""})
        logs.append(log.assign(rule=rule, cells_n=pd.array([1] * len(lost), dtype="Int64")))
        votes = votes.assign(**{column: votes[column].where(votes["vote"].eq(vote), "")})
    return votes, join_changes(logs)

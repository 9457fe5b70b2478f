"""From votes to a status of each recommendation, by a rule that stands in a table, and to the list that follows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctresearch.clean.text import fold_text
from ctresearch.consensus.ballots import VOTES
from ctresearch.survey import hide_small_groups

NOT_VOTED = "not_voted"

COUNTED_COLUMNS = (
    *("recommendation_id", "scope", "action", "votes_n", "agree_n", "amend_n", "object_n", "evidence_n"),
    *("agree_share", "support_share", "object_share", "evidence_share", "lowest_support_share"),
    *("wording", "wording_n", "wording_share", "source_id"),
)

_COMPARE = {"at_least": np.greater_equal, "at_most": np.less_equal, "above": np.greater, "below": np.less}


def count_votes(ballots: pd.DataFrame, voting_list: pd.DataFrame, *, least_group_n: int) -> pd.DataFrame:
    """Count the votes on each recommendation of the list.

    Parameters
    ----------
    ballots, voting_list : pandas.DataFrame
        Contracts of those names.
    least_group_n : int
        With fewer votes a sex does not count by itself in `lowest_support_share`.

    Returns
    -------
    pandas.DataFrame
        One row a recommendation, in the order of the list: `votes_n`, `agree_n`, `amend_n`, `object_n`, `evidence_n`
        (objections for want of evidence); shares of the votes (0-1, missing without a vote), `support_share` with
        `amend`, `lowest_support_share` of a sex (of all where none has enough votes); `wording`, the most proposed
        one as it was first written, `wording_n` who proposed it (case, accents and spaces apart) and `wording_share`
        of those who would amend, missing where two lead; `source_id`.

    Examples
    --------
    >>> ballots = pd.DataFrame({"ballot": ["B-1", "B-2"], "recommendation_id": "AAA-1", "vote": ["agree", "amend"],
    ...     "wording": ["", "Train all."], "objection": "", "sex": ["female", "male"], "source_id": "s"})
    >>> listed = pd.DataFrame({"recommendation_id": ["AAA-1"], "scope": ["AAA"], "action": ["Train."]})
    >>> count_votes(ballots, listed, least_group_n=1)[["votes_n", "support_share", "wording"]].values.tolist()
    [[2, 1.0, 'Train all.']]
    """
    rows = voting_list[["recommendation_id", "scope", "action"]].reset_index(drop=True)
    code = pd.Index(rows["recommendation_id"]).get_indexer(ballots["recommendation_id"])
    flags = {f"{vote}_n": ballots["vote"].eq(vote).to_numpy() for vote in VOTES}
    flags["evidence_n"] = flags["object_n"] & ballots["objection"].eq("evidence").to_numpy()
    flags = {"votes_n": np.ones(len(ballots), dtype=bool)} | flags
    for name, flag in flags.items():
        rows[name] = np.bincount(code[flag & (code >= 0)], minlength=len(rows))
    base = rows["votes_n"].where(rows["votes_n"].gt(0)).astype("float64")
    rows["agree_share"] = rows["agree_n"] / base
    rows["support_share"] = (rows["agree_n"] + rows["amend_n"]) / base
    rows["object_share"] = rows["object_n"] / base
    rows["evidence_share"] = rows["evidence_n"] / base
    lowest = rows["recommendation_id"].map(_find_lowest_support(ballots, least_group_n)).astype("float64")
    rows["lowest_support_share"] = lowest.fillna(rows["support_share"])
    rows = rows.merge(_find_wordings(ballots), on="recommendation_id", how="left")
    rows["wording"] = rows["wording"].fillna("")
    rows["wording_n"] = rows["wording_n"].fillna(0).astype(int)
    rows["wording_share"] = (rows["wording_n"] / rows["amend_n"].where(rows["amend_n"].gt(0))).mask(rows.pop("is_tied"))
    return rows.assign(source_id=_name_sources(ballots))[list(COUNTED_COLUMNS)]


def _find_lowest_support(ballots: pd.DataFrame, least_group_n: int) -> pd.Series:
    supports = ballots["vote"].ne("object").astype("float64")
    by = supports.groupby([ballots["recommendation_id"], ballots["sex"]])
    shares = by.mean()[by.size().ge(least_group_n)]
    return shares.groupby(level=0).min()


def _find_wordings(ballots: pd.DataFrame) -> pd.DataFrame:
    amended = ballots.loc[ballots["vote"].eq("amend"), ["recommendation_id", "wording"]]
    folded = fold_text(amended["wording"].astype("str")).fillna(amended["wording"])
    by = amended.groupby([amended["recommendation_id"], folded.rename("folded")], sort=False)["wording"]
    counted = by.agg(wording="first", wording_n="size").reset_index()
    counted = counted.sort_values("wording_n", ascending=False, kind="stable")
    counted["is_tied"] = counted.duplicated(["recommendation_id", "wording_n"], keep=False)
    best = counted.drop_duplicates("recommendation_id")
    return best[["recommendation_id", "wording", "wording_n", "is_tied"]].astype({"is_tied": "boolean"})


def decide(counted: pd.DataFrame, decision_rules: pd.DataFrame) -> pd.DataFrame:
    """Give each recommendation the first status of which all conditions hold, and its wording from now on.

    A missing quantity fulfils no condition. Without a single vote nothing is decided.

    Parameters
    ----------
    counted : pandas.DataFrame
        From `count_votes`.
    decision_rules : pandas.DataFrame
        The framework table.

    Returns
    -------
    pandas.DataFrame
        The rows with `decision` and `new_action`: the most proposed wording of an amended one, else the old.

    Raises
    ------
    ValueError
        If no status holds for some recommendation; the last should hold always.

    Examples
    --------
    >>> counted = pd.DataFrame({"recommendation_id": ["AAA-1"], "votes_n": [9], "agree_share": [1.0],
    ...                         "action": ["Train."], "wording": [""]})
    >>> rules = pd.DataFrame({"order": [1], "decision": ["accepted"], "quantity": ["agree_share"],
    ...                       "comparison": ["at_least"], "limit": [0.75]})
    >>> decide(counted, rules)[["decision", "new_action"]].values.tolist()
    [['accepted', 'Train.']]
    """
    decision = pd.Series(NOT_VOTED, index=counted.index, dtype="str")
    is_open = counted["votes_n"].gt(0)
    for (_, status), conditions in decision_rules.groupby(["order", "decision"], sort=True):
        holds = is_open.copy()
        for row in conditions.itertuples():
            values = counted[row.quantity].to_numpy(dtype="float64", na_value=np.nan)
            holds &= _COMPARE[row.comparison](values, float(row.limit))
        decision[holds] = status
        is_open &= ~holds
    if is_open.any():
        names = ", ".join(counted.loc[is_open, "recommendation_id"].head(5))
        raise ValueError(f"no status holds for {names}; end framework/decision_rules.csv with one that always does")
    new_action = counted["action"].where(decision.ne("amended"), counted["wording"])
    return counted.assign(decision=decision, new_action=new_action)


def group_votes(ballots: pd.DataFrame, *, fields: Sequence[str], least_group_n: int) -> pd.DataFrame:
    """Count the votes on each recommendation by group.

    Parameters
    ----------
    ballots : pandas.DataFrame
        Contract of `ballots`.
    fields : sequence of str
        Columns that make the groups.
    least_group_n : int
        A smaller group is not shown, nor a larger one from which it could be found by subtraction.

    Returns
    -------
    pandas.DataFrame
        One row a recommendation, field and group: `votes_n`, `agree_n`, `amend_n`, `object_n`, `is_hidden`,
        `source_id`.

    Examples
    --------
    >>> ballots = pd.DataFrame({"recommendation_id": "AAA-1", "vote": ["agree", "object"], "sex": "female",
    ...                         "source_id": "s"})
    >>> group_votes(ballots, fields=["sex"], least_group_n=1)[["group", "agree_n", "object_n"]].values.tolist()
    [['female', 1, 1]]
    """
    names = [f"{vote}_n" for vote in VOTES]
    columns = ["recommendation_id", "field", "group", "votes_n", *names]
    parts = []
    for field in fields:
        groups = ballots[field].replace("", "unknown").rename("group")
        counted = ballots.groupby([ballots["recommendation_id"], groups, "vote"]).size().unstack(fill_value=0)
        counted = counted.reindex(columns=list(VOTES), fill_value=0).set_axis(names, axis=1)
        parts.append(counted.assign(votes_n=counted.sum(axis=1), field=field).reset_index())
    if ballots.empty:
        return pd.DataFrame(columns=[*columns, "is_hidden", "source_id"])
    rows = pd.concat(parts, ignore_index=True)[columns].astype(dict.fromkeys(["votes_n", *names], "Int64"))
    shown = hide_small_groups(
        rows, counts="votes_n", values=["votes_n", *names], by=["recommendation_id", "field"], least_n=least_group_n
    )
    return shown.assign(source_id=_name_sources(ballots))


def apply_decisions(advice: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Put what was decided into the list of recommendations.

    Parameters
    ----------
    advice : pandas.DataFrame
        The list of today: `recommendation_id`, `action` and more.
    decided : pandas.DataFrame
        From `decide`, of the list that was voted on.

    Returns
    -------
    pandas.DataFrame
        The list with `decision`, `old_action` and `action` (amended where so decided). A recommendation that was not
        on the list, or has another wording today than there, is `not_voted` and stays as it is.

    Examples
    --------
    >>> decided = pd.DataFrame({"recommendation_id": ["AAA-1"], "action": ["Train."], "decision": ["amended"],
    ...                         "new_action": ["Train all."]})
    >>> advice = pd.DataFrame({"recommendation_id": ["AAA-1", "AAA-2"], "action": ["Train.", "Pay."]})
    >>> apply_decisions(advice, decided)[["action", "decision"]].values.tolist()
    [['Train all.', 'amended'], ['Pay.', 'not_voted']]
    """
    known = decided.drop_duplicates("recommendation_id").set_index("recommendation_id")
    names = advice["recommendation_id"]
    is_same = names.map(known["action"]).eq(advice["action"])
    decision = names.map(known["decision"]).where(is_same, NOT_VOTED).astype("str")
    action = names.map(known["new_action"]).where(is_same, advice["action"]).astype("str")
    return advice.assign(old_action=advice["action"], action=action, decision=decision)


def _name_sources(rows: pd.DataFrame) -> str:
    return ";".join(dict.fromkeys(rows["source_id"].astype("str")))

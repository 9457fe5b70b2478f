"""From round to round: whether answers are stable, who dropped out, who dissents, and one's own answer beside all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from ctresearch.choices import DelphiRules
from ctresearch.consensus.agreement import SCALE, measure_concordance, name_thirds
from ctresearch.survey import hide_small_groups

_STABILITY = ["recommendation_id", "from_round", "to_round", "both_n", "changed_share", "median_change", "is_stable"]
_DISSENT = ["recommendation_id", "round", "side", "dissenters_n", "median", "reasons", "source_id"]


def compare_rounds(ratings: pd.DataFrame, *, rules: DelphiRules) -> pd.DataFrame:
    r"""Compare each round with the one before, by those who rated in both.

    The share that changed is that of the net changes of the distribution: half the sum of the differences of the
    counts of each rating, over the panellists. Somebody who moves up while another moves down changes nothing.

    Parameters
    ----------
    ratings, rules
        As for `score_ratings`.

    Returns
    -------
    pandas.DataFrame
        One row a recommendation and pair of rounds: `from_round`, `to_round`, `both_n`, `changed_share` (0-1),
        `median_change`, `is_stable` (missing with too few ratings), `source_id`.

    References
    ----------
    Scheibe, M., Skutsch, M., Schofer, J. (1975). Experiments in Delphi methodology. In: Linstone, Turoff, The Delphi
    Method, 262-287: below 15 % is stable.

    Examples
    --------
    >>> rows = [(number, f"S-{person}", "AAA-1", 5 + (number == 2 and person == 0), "s")
    ...         for number in (1, 2) for person in range(5)]
    >>> names = ["round", "stakeholder", "recommendation_id", "rating", "source_id"]
    >>> found = compare_rounds(pd.DataFrame(rows, columns=names), rules=DelphiRules(3, "ipras", 2.0, 5, 0.15))
    >>> found[["both_n", "changed_share", "is_stable"]].values.tolist()
    [[5, 0.2, False]]
    """
    rounds = sorted(ratings["round"].astype(int).unique())
    parts = [_compare(ratings, first, second, rules) for first, second in pairwise(rounds)]
    if not parts:
        return pd.DataFrame(columns=[*_STABILITY, "source_id"])
    return pd.concat(parts, ignore_index=True).assign(source_id=_name_sources(ratings))


def _compare(ratings: pd.DataFrame, first: int, second: int, rules: DelphiRules) -> pd.DataFrame:
    key = ["recommendation_id", "stakeholder"]
    before, after = (ratings.loc[ratings["round"].eq(number), [*key, "rating"]] for number in (first, second))
    both = before.merge(after, on=key, suffixes=("_first", "_second"))
    code, names = pd.factorize(both["recommendation_id"])
    counts = np.zeros((2, len(names), SCALE[1] + 1))
    for place, column in enumerate(("rating_first", "rating_second")):
        np.add.at(counts[place], (code, both[column].astype(int)), 1)
    medians = both.groupby("recommendation_id", sort=False)[["rating_first", "rating_second"]].median()
    table = pd.DataFrame({"recommendation_id": names, "from_round": first, "to_round": second})
    table["both_n"] = counts[0].sum(axis=1).astype(int)
    table["changed_share"] = np.abs(counts[1] - counts[0]).sum(axis=1) / 2 / table["both_n"]
    table["median_change"] = (medians["rating_second"] - medians["rating_first"]).astype("float64").to_numpy()
    is_stable = table["changed_share"].lt(rules.stable_share).astype("boolean")
    return table.assign(is_stable=is_stable.where(table["both_n"].ge(rules.least_ratings_n), pd.NA))


def summarise_rounds(ratings: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    """Sum up each round: how many rated, on how much they agree, and how alike they order.

    Parameters
    ----------
    ratings, scored : pandas.DataFrame
        Contract of `delphi_ratings`, and from `score_ratings`.

    Returns
    -------
    pandas.DataFrame
        One row a round: `panellists_n`, `recommendations_n`, `consensus_n`, `high_n` (priority high), `w`, `w_p`,
        `w_recommendations_n` (rated by all, on which W rests), `source_id`.
    """
    rows = []
    for number, part in ratings.groupby("round", sort=True):
        own, found = scored[scored["round"].eq(number)], measure_concordance(part)
        rows.append(
            {
                "round": int(number),
                "panellists_n": part["stakeholder"].nunique(),
                "recommendations_n": len(own),
                "consensus_n": int(own["is_consensus"].fillna(False).sum()),
                "high_n": int(own["priority_class"].eq("high").sum()),
                "w": found.w,
                "w_p": found.p,
                "w_recommendations_n": found.recommendations_n,
                "source_id": _name_sources(part),
            }
        )
    columns = ["round", "panellists_n", "recommendations_n", "consensus_n", "high_n", "w", "w_p", "w_recommendations_n"]
    return pd.DataFrame(rows, columns=[*columns, "source_id"])


def select_last(scored: pd.DataFrame) -> pd.DataFrame:
    """Select the last round in which each recommendation was rated; what is settled need not be put again.

    Parameters
    ----------
    scored : pandas.DataFrame
        From `score_ratings`.

    Examples
    --------
    >>> rows = pd.DataFrame({"round": [1, 1, 2], "recommendation_id": ["A", "B", "A"], "median": [5.0, 8.0, 7.0]})
    >>> select_last(rows)["median"].tolist()
    [8.0, 7.0]
    """
    last = scored.groupby("recommendation_id")["round"].transform("max")
    return scored[scored["round"].eq(last)].reset_index(drop=True)


def list_dissent(ratings: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    """List what consensus would hide: ratings in another third of the scale than the median, and why.

    Of each recommendation the last round in which it was rated counts.

    Parameters
    ----------
    ratings, scored
        As for `summarise_rounds`.

    Returns
    -------
    pandas.DataFrame
        One row a recommendation and `side` (`lower`, `higher` than the median): `round`, `dissenters_n`, `median`,
        `reasons` (one a line), `source_id`. Nothing says who they are.

    Examples
    --------
    >>> rows = pd.DataFrame({"round": 1, "stakeholder": list("abcde"), "recommendation_id": "AAA-1",
    ...                      "rating": [1, 8, 8, 9, 9], "reason": ["no money", "", "", "", ""], "source_id": "s"})
    >>> from ctresearch.consensus import score_ratings
    >>> scored = score_ratings(rows, rules=DelphiRules(3, "ipras", 2.0, 5, 0.15))
    >>> list_dissent(rows, scored)[["side", "dissenters_n", "reasons"]].values.tolist()
    [['lower', 1, 'no money']]
    """
    if ratings.empty:
        return pd.DataFrame(columns=_DISSENT)
    last = select_last(scored)[["round", "recommendation_id", "median"]]
    joined = ratings.merge(last, on=["round", "recommendation_id"])
    value, median = joined["rating"].astype("float64"), joined["median"]
    is_outside = name_thirds(value) != name_thirds(median)
    outside = joined.assign(side=np.where(value.lt(median), "lower", "higher"))[is_outside]
    by = outside.groupby(["recommendation_id", "round", "side"], sort=False)
    found = by.agg(
        dissenters_n=("rating", "size"),
        median=("median", "first"),
        reasons=("reason", lambda texts: "\n".join(dict.fromkeys(text for text in texts if text))),
        source_id=("source_id", lambda ids: ";".join(dict.fromkeys(ids))),
    ).reset_index()
    return found[_DISSENT]


def count_dropout(
    ratings: pd.DataFrame, stakeholders: pd.DataFrame, *, fields: Sequence[str], least_group_n: int
) -> pd.DataFrame:
    """Count who rated in the first round and no longer in a later one, by group.

    Parameters
    ----------
    ratings, stakeholders : pandas.DataFrame
        Contracts of `delphi_ratings` and `stakeholders`.
    fields : sequence of str
        Columns of `stakeholders` by which they are counted.
    least_group_n : int
        A smaller group is not shown, nor a larger one from which it could be found by subtraction.

    Returns
    -------
    pandas.DataFrame
        One row a round, field and group, first the whole `panel`: `started_n`, `left_n`, `left_share` (0-1),
        `is_hidden`, `source_id`.

    Examples
    --------
    >>> rows = pd.DataFrame({"round": [1, 1, 2], "stakeholder": ["S-1", "S-2", "S-1"], "source_id": "s"})
    >>> people = pd.DataFrame({"stakeholder": ["S-1", "S-2"], "sex": ["female", "male"]})
    >>> found = count_dropout(rows, people, fields=["sex"], least_group_n=1)
    >>> found.loc[found["round"].eq(2), ["group", "started_n", "left_n"]].values.tolist()
    [['panel', 2, 1], ['female', 1, 0], ['male', 1, 1]]
    """
    columns = ["round", "field", "group", "started_n", "left_n", "left_share"]
    if ratings.empty:
        return pd.DataFrame(columns=[*columns, "is_hidden", "source_id"])
    first = ratings["round"].min()
    started = pd.Index(ratings.loc[ratings["round"].eq(first), "stakeholder"].unique())
    people = stakeholders.set_index("stakeholder").reindex(started)
    parts = []
    for number, part in ratings.groupby("round", sort=True):
        has_left = pd.Series(~started.isin(part["stakeholder"]), index=started)
        for field in ("panel", *fields):
            groups = people[field].astype("str") if field != "panel" else pd.Series("panel", index=started)
            counted = has_left.groupby(groups).agg(["size", "sum"]).set_axis(["started_n", "left_n"], axis=1)
            parts.append(counted.rename_axis("group").reset_index().assign(round=int(number), field=field))
    rows = pd.concat(parts, ignore_index=True).astype({"started_n": "Int64", "left_n": "Int64"})
    rows["left_share"] = rows["left_n"].astype("Float64") / rows["started_n"].astype("Float64")
    hidden = ["started_n", "left_n", "left_share"]
    by = ["round", "field"]
    shown = hide_small_groups(rows[columns], counts="started_n", values=hidden, by=by, least_n=least_group_n)
    return shown.assign(source_id=_name_sources(ratings))


def compare_own(ratings: pd.DataFrame, scored: pd.DataFrame, *, stakeholder: str, number: int) -> pd.DataFrame:
    """Put the answers of one panellist beside the group's, for that panellist alone to see before the next round.

    Parameters
    ----------
    ratings, scored
        As for `summarise_rounds`.
    stakeholder : str
        The panellist.
    number : int
        The round.

    Returns
    -------
    pandas.DataFrame
        One row a recommendation of the round: `own_rating` (missing: none given), `median`, `q1`, `q3`, `ratings_n`,
        `is_outside` (own rating outside the middle half), `source_id`.

    Examples
    --------
    >>> rows = pd.DataFrame({"round": 1, "stakeholder": list("abcde"), "recommendation_id": "AAA-1",
    ...                      "rating": [1, 8, 8, 9, 9], "source_id": "s"})
    >>> from ctresearch.consensus import score_ratings
    >>> scored = score_ratings(rows, rules=DelphiRules(3, "ipras", 2.0, 5, 0.15))
    >>> compare_own(rows, scored, stakeholder="a", number=1)[["own_rating", "median", "is_outside"]].values.tolist()
    [[1, 8.0, True]]
    """
    own = ratings[ratings["round"].eq(number) & ratings["stakeholder"].eq(stakeholder)]
    rating = own.set_index("recommendation_id")["rating"].astype("Int64")
    group = scored.loc[
        scored["round"].eq(number), ["recommendation_id", "median", "q1", "q3", "ratings_n", "source_id"]
    ]
    group = group.reset_index(drop=True)
    group.insert(1, "own_rating", group["recommendation_id"].map(rating).astype("Int64"))
    is_outside = group["own_rating"].lt(group["q1"]) | group["own_rating"].gt(group["q3"])
    return group.assign(is_outside=is_outside)


def _name_sources(rows: pd.DataFrame) -> str:
    return ";".join(dict.fromkeys(rows["source_id"].astype("str")))

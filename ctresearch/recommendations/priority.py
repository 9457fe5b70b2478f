"""The priority of a recommendation: the urgency of the need that it meets, with its interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctresearch.vocabulary import REGION

PRIORITY_COLUMNS = ("priority_low", "priority_median", "priority_high", "urgent_share", "priority_basis")

BASES = ("coders", "one_coder", "facts", "none")
"""What stands behind the interval: how far coders differ, one coder, facts without a level, nothing."""


_HOLDS = {
    "coders": "how far coders differ, the weights, criteria left out, what is missing",
    "one_coder": "the weights, criteria left out, what is missing, what the coder was unsure of; the level has none",
    "facts": "the weights, criteria left out, what is missing and the levels that the facts allow; there is no level",
    "none": "nothing: there is no priority",
}


def add_priorities(
    advice: pd.DataFrame, needs: pd.DataFrame, ratings: pd.DataFrame, *, time_point: str, adjudicator: str
) -> pd.DataFrame:
    """Add how urgent the need behind each recommendation is, and sort each scope by it.

    One for the region has the mean over the jurisdictions that share the gap and have the need on their list; its
    interval is the mean of their ends, as if all were high or low together, so it is never too narrow.

    Parameters
    ----------
    advice : pandas.DataFrame
        From `recommend`.
    needs : pandas.DataFrame
        `needs.Urgency.needs` of all jurisdictions.
    ratings : pandas.DataFrame
        The coders' sheets: the interval holds how far coders differ only where two or more gave a level.
    time_point, adjudicator : str
        Code of the time point; role that settles and does not code.

    Returns
    -------
    pandas.DataFrame
        The recommendations with `PRIORITY_COLUMNS`: share (0-1) of the points of urgency, missing where there is
        neither a level nor a recent fact, or a level at which it is no need; `urgent_share`, share of the draws in
        which the need is urgent; one of `BASES`, of a region the weakest of its jurisdictions. Within a scope the most
        urgent come first, those without a priority last, otherwise in the order given.

    Examples
    --------
    >>> advice = pd.DataFrame({"recommendation_id": ["A-1", "A-2"], "scope": "A", "indicator": ["P-1", "P-2"],
    ...                        "shared_by": "A"})
    >>> needs = pd.DataFrame({"jurisdiction": ["A"], "indicator": ["P-2"], "need_basis": "rated", "urgency_low": 0.4,
    ...                       "urgency_median": 0.5, "urgency_high": 0.7, "urgent_share": 0.2})
    >>> sheet = pd.DataFrame({"coder": ["c1"], "jurisdiction": "A", "indicator": "P-2", "time_point": "now",
    ...                       "status": "coded"})
    >>> found = add_priorities(advice, needs, sheet, time_point="now", adjudicator="panel")
    >>> found[["recommendation_id", "priority_low", "priority_basis"]].values.tolist()
    [['A-2', 0.4, 'one_coder'], ['A-1', nan, 'none']]
    """
    known = _describe_needs(needs, _count_coders(ratings, time_point, adjudicator))
    rows = [_pool(row, known) for row in advice.itertuples()]
    found = pd.DataFrame(rows, columns=list(PRIORITY_COLUMNS), index=advice.index)
    scopes = {scope: place for place, scope in enumerate(dict.fromkeys(advice["scope"]))}
    joined = advice.assign(**{name: found[name] for name in PRIORITY_COLUMNS}, _scope=advice["scope"].map(scopes))
    ordered = joined.sort_values(
        ["_scope", "priority_median"], ascending=[True, False], na_position="last", kind="stable", ignore_index=True
    )
    return ordered.drop(columns="_scope")


def count_by_basis(advice: pd.DataFrame) -> pd.DataFrame:
    """Count recommendations by what stands behind their priority, and say what the interval holds.

    Returns
    -------
    pandas.DataFrame
        One row for each of `BASES` that occurs: `priority_basis`, `recommendations_n`, `interval_holds`, `source_id`
        (of the recommendations).

    Examples
    --------
    >>> advice = pd.DataFrame({"priority_basis": ["facts", "facts"], "source_id": "s"})
    >>> count_by_basis(advice)[["priority_basis", "recommendations_n"]].values.tolist()
    [['facts', 2]]
    """
    counted = advice["priority_basis"].value_counts()
    own = [basis for basis in BASES if basis in counted]
    sources = advice.groupby("priority_basis")["source_id"].agg(
        lambda cells: ";".join(dict.fromkeys(part for cell in cells for part in cell.split(";")))
    )
    return pd.DataFrame(
        {
            "priority_basis": own,
            "recommendations_n": [int(counted[basis]) for basis in own],
            "interval_holds": [_HOLDS[basis] for basis in own],
            "source_id": [sources[basis] for basis in own],
        }
    )


def _count_coders(ratings: pd.DataFrame, time_point: str, adjudicator: str) -> dict[tuple[str, str], int]:
    own = ratings[
        ratings["time_point"].eq(time_point) & ratings["status"].eq("coded") & ratings["coder"].ne(adjudicator)
    ]
    return own.groupby(["jurisdiction", "indicator"])["coder"].nunique().to_dict()


def _describe_needs(needs: pd.DataFrame, coders: dict[tuple[str, str], int]) -> dict[tuple[str, str], tuple]:
    known = {}
    for row in needs.itertuples():
        cell = (row.jurisdiction, row.indicator)
        basis = "facts" if row.need_basis == "read" else "coders" if coders.get(cell, 0) > 1 else "one_coder"
        known[cell] = (row.urgency_low, row.urgency_median, row.urgency_high, row.urgent_share, basis)
    return known


def _pool(row, known: dict[tuple[str, str], tuple]) -> tuple:
    places = row.shared_by.split(";") if row.scope == REGION else [row.scope]
    own = [known[place, row.indicator] for place in places if (place, row.indicator) in known]
    if not own:
        return (np.nan,) * 4 + ("none",)
    basis = max((one[-1] for one in own), key=BASES.index)
    return (*np.mean([one[:-1] for one in own], axis=0), basis)

"""Recommendations: gaps joined with the measure that closes them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import pandas as pd

from ctresearch.vocabulary import REGION

_COLUMNS = [
    "recommendation_id",
    "scope",
    "indicator",
    "action",
    "addressee",
    "level",
    "time_frame",
    "cost_class",
    "capacity",
    "gender_effect",
    "bases",
    "findings_n",
    "shared_by",
    "evidence_ids",
    "source_id",
]


_FOUND = ("scope", "measure_id", "bases", "bases_n", "findings_n", "shared_by", "evidence_ids", "source_id")


def select_scope(advice: pd.DataFrame, scope: str, *, basis: str = "") -> pd.DataFrame:
    """Select the recommendations for one scope, of one kind of basis if named.

    Examples
    --------
    >>> advice = pd.DataFrame({"recommendation_id": ["A-1", "A-2"], "scope": "A", "bases": ["desk_review", "gsi_item"]})
    >>> select_scope(advice, "A", basis="gsi_item")["recommendation_id"].tolist()
    ['A-2']
    """
    fits = advice["scope"].eq(scope)
    if basis:
        fits &= advice["bases"].str.split(";").map(lambda bases: basis in bases)
    return advice[fits].reset_index(drop=True)


def count_by_scope(advice: pd.DataFrame) -> pd.DataFrame:
    """Count recommendations by scope, and those that rest on a fact of the desk review.

    Examples
    --------
    >>> advice = pd.DataFrame({"scope": ["A", "A"], "bases": ["desk_review;gsi_item", "gsi_item"]})
    >>> count_by_scope(advice).values.tolist()
    [['A', 2, 1]]
    """
    stated = advice["bases"].str.contains("desk_review")
    counts = advice.assign(stated=stated).groupby("scope", sort=False)["stated"].agg(["size", "sum"]).reset_index()
    return counts.set_axis(["scope", "recommendations_n", "desk_review_n"], axis=1)


def recommend(
    gaps: pd.DataFrame, measures: pd.DataFrame, *, shared_gap_n: int, jurisdictions: Sequence[str]
) -> pd.DataFrame:
    """Join gaps with measures: one recommendation a measure and jurisdiction, and one for a shared gap.

    A measure on law is recommended only for a gap in law, one on practice only for a gap in practice, and rests on
    the findings of that kind alone. A gap is shared when at least `shared_gap_n` jurisdictions have one of the kind
    that the measure closes, or when the evidence is about the region.

    Parameters
    ----------
    gaps : pandas.DataFrame
        Rows of the `find_*_gaps` functions together.
    measures : pandas.DataFrame
        The table of measures; every indicator with a gap needs one.
    shared_gap_n : int
        From the study's thresholds.
    jurisdictions : sequence of str
        Codes in the order of the report.

    Returns
    -------
    pandas.DataFrame
        `recommendation_id`, `scope` (a code, or REG), `indicator`, `action`, `addressee`, `level`, `time_frame`,
        `cost_class`, `capacity`, `gender_effect`, `bases` and `findings_n` (kinds and number of findings), `shared_by`,
        `evidence_ids`, `source_id`; sorted by scope, those with a fact of the desk review first, then by kinds and
        number of findings.

    Raises
    ------
    ValueError
        If an indicator has a gap and no measure, or a gap names no evidence or source.
    """
    gaps = gaps[gaps["jurisdiction"].isin([REGION, *jurisdictions])]
    _refuse_orphans(gaps, measures)
    if gaps.empty:
        return pd.DataFrame(columns=_COLUMNS)
    fitting = gaps.merge(measures[["measure_id", "indicator", "applies_to"]], on="indicator")
    fitting = fitting[fitting["applies_to"].eq("any") | fitting["applies_to"].eq(fitting["on"])]
    own = fitting[fitting["jurisdiction"].ne(REGION)].groupby(["jurisdiction", "measure_id"], sort=False)
    local = [_join(scope, measure_id, group, (scope,)) for (scope, measure_id), group in own]
    shared = [
        _join(REGION, measure_id, group, tuple(c for c in jurisdictions if c in set(group["jurisdiction"])))
        for measure_id, group in fitting.groupby("measure_id", sort=False)
        if group["jurisdiction"].eq(REGION).any() or group["jurisdiction"].nunique() >= shared_gap_n
    ]
    found = pd.DataFrame(chain(shared, local), columns=list(_FOUND))
    joined = found.merge(measures, on="measure_id")
    joined["action"] = joined["action"].where(joined["scope"].ne(REGION), joined["regional_action"])
    joined["level"] = joined["level"].where(joined["scope"].ne(REGION), "regional")
    return _order(joined, jurisdictions)


def _refuse_orphans(gaps: pd.DataFrame, measures: pd.DataFrame) -> None:
    without_measure = sorted(set(gaps["indicator"]) - set(measures["indicator"]))
    if without_measure:
        raise ValueError(
            f"no measure for the indicators {', '.join(without_measure)}; add a row to framework/measures.csv"
        )
    orphans = gaps[gaps["evidence_id"].eq("") | gaps["source_id"].eq("")]
    if len(orphans):
        raise ValueError(f"{len(orphans)} gaps name no evidence or no source; the first is {orphans.iloc[0].to_dict()}")


def _join(scope: str, measure_id: str, group: pd.DataFrame, shared_by: tuple[str, ...]) -> dict:
    sources = dict.fromkeys(chain.from_iterable(source.split(";") for source in group["source_id"]))
    return {
        "scope": scope,
        "measure_id": measure_id,
        "bases": ";".join(dict.fromkeys(group["basis"])),
        "bases_n": group["basis"].nunique(),
        "findings_n": group["evidence_id"].nunique(),
        "shared_by": ";".join(shared_by),
        "evidence_ids": ";".join(dict.fromkeys(group["evidence_id"])),
        "source_id": ";".join(sources),
    }


def _order(joined: pd.DataFrame, jurisdictions: Sequence[str]) -> pd.DataFrame:
    rank = {scope: number for number, scope in enumerate([REGION, *jurisdictions])}
    is_stated = joined["bases"].str.contains("desk_review")
    ordered = joined.assign(_scope=joined["scope"].map(rank), _stated=is_stated).sort_values(
        ["_scope", "_stated", "bases_n", "findings_n", "indicator", "measure_id"],
        ascending=[True, False, False, False, True, True],
        kind="stable",
        ignore_index=True,
    )
    ordered["recommendation_id"] = ordered["scope"] + "-" + ordered["measure_id"].str.removeprefix("M-")
    return ordered[_COLUMNS]

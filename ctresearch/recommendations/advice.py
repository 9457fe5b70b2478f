"""Recommendations: gaps joined with the measures that close them."""

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


_OF_REGION = ("action", "addressee", "cost_class", "capacity", "gender_effect")
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

    A measure rests on the findings that it answers alone; see `match_measures`. A gap is shared when at least
    `shared_gap_n` jurisdictions have one of the kind that the measure closes, or when the evidence is about the region.
    What is done together has its own addressee, class of cost, capacity and effect where the table names them.

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
        `cost_class`, `capacity`, `gender_effect`, `bases` and `findings_n` (kinds and number of findings), `shared_by`
        (codes joined by `;`; REG where a finding is about the region), `evidence_ids`, `source_id`; sorted by scope,
        those with a fact of the desk review first, then by kinds and number of findings.

    Raises
    ------
    ValueError
        If an indicator has a gap and no measure, or a gap names no evidence or source.
    """
    gaps = gaps[gaps["jurisdiction"].isin([REGION, *jurisdictions])]
    _refuse_orphans(gaps, measures)
    if gaps.empty:
        return pd.DataFrame(columns=_COLUMNS)
    fitting = match_measures(gaps, measures)
    own = fitting[fitting["jurisdiction"].ne(REGION)].groupby(["jurisdiction", "measure_id"], sort=False)
    local = [_join(scope, measure_id, group, (scope,)) for (scope, measure_id), group in own]
    shared = [
        _join(REGION, measure_id, group, tuple(c for c in (REGION, *jurisdictions) if c in set(group["jurisdiction"])))
        for measure_id, group in fitting.groupby("measure_id", sort=False)
        if group["jurisdiction"].eq(REGION).any() or group["jurisdiction"].nunique() >= shared_gap_n
    ]
    found = pd.DataFrame(chain(shared, local), columns=list(_FOUND))
    joined = found.merge(measures, on="measure_id")
    return _order(_word_for_region(joined), jurisdictions)


def match_measures(gaps: pd.DataFrame, measures: pd.DataFrame) -> pd.DataFrame:
    """Pair each gap with the measures that answer it.

    A measure on law answers only a gap in law, one on practice only a gap in practice. A measure for a facet of the
    indicator answers the gaps of that facet; one for no facet those that no measure for a facet answers.

    Returns
    -------
    pandas.DataFrame
        The gaps with `measure_id`, a row for each pair; the index is that of the gap.

    Examples
    --------
    >>> gaps = pd.DataFrame({"indicator": "P-1", "facet": ["", "x", "y"], "on": "law"})
    >>> rows = [("M-1", "P-1", "any", ""), ("M-2", "P-1", "any", "x"), ("M-3", "P-1", "practice", "")]
    >>> measures = pd.DataFrame(rows, columns=["measure_id", "indicator", "applies_to", "facet"])
    >>> match_measures(gaps, measures)["measure_id"].tolist()
    ['M-1', 'M-2', 'M-1']
    """
    offered = measures[["measure_id", "indicator", "applies_to", "facet"]].rename(columns={"facet": "for_facet"})
    pairs = gaps.reset_index(names="_gap").merge(offered, on="indicator").set_index("_gap").rename_axis(None)
    pairs = pairs[pairs["applies_to"].eq("any") | pairs["applies_to"].eq(pairs["on"])]
    is_own = pairs["for_facet"].eq(pairs["facet"])
    is_left = ~pairs.index.isin(pairs.index[is_own])
    return pairs[is_own | (is_left & pairs["for_facet"].eq(""))].drop(columns=["applies_to", "for_facet"])


def add_ground(advice: pd.DataFrame, evidence: pd.DataFrame, *, recent_from: int) -> pd.DataFrame:
    """Say how far the evidence of each recommendation carries: what to check before anybody acts.

    Parameters
    ----------
    advice : pandas.DataFrame
        From `recommend`.
    evidence : pandas.DataFrame
        The facts of the desk review.
    recent_from : int
        First year of the time point for which the recommendations are made.

    Returns
    -------
    pandas.DataFrame
        The recommendations with `ground`: `recent_fact` (a fact of that year or later), `older_fact`, or `no_fact`
        (a benchmark, or something that was searched and not found); and `newest_fact`, its year or `none`.

    Examples
    --------
    >>> advice = pd.DataFrame({"evidence_ids": ["E-1;E-2", "E-1", "GSI-1"]})
    >>> evidence = pd.DataFrame({"evidence_id": ["E-1", "E-2"], "year": [2014, 2023]})
    >>> add_ground(advice, evidence, recent_from=2022)["ground"].tolist()
    ['recent_fact', 'older_fact', 'no_fact']
    """
    years = dict(zip(evidence["evidence_id"], evidence["year"].astype(int), strict=True))
    named = advice["evidence_ids"].str.split(";")
    newest = [max((years[name] for name in names if name in years), default=0) for names in named]
    ground = ["recent_fact" if year >= recent_from else "older_fact" if year else "no_fact" for year in newest]
    return advice.assign(ground=ground, newest_fact=[str(year or "none") for year in newest])


def _word_for_region(joined: pd.DataFrame) -> pd.DataFrame:
    is_regional = joined["scope"].eq(REGION)
    own = {name: joined[f"regional_{name}"] for name in _OF_REGION}
    worded = {name: joined[name].mask(is_regional & cells.ne(""), cells) for name, cells in own.items()}
    return joined.assign(**worded, level=joined["level"].mask(is_regional, "regional"))


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

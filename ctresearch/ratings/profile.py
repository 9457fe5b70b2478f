"""Profiles: levels by pillar, law and practice apart, with coverage beside them; nothing from too few indicators."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctresearch.ratings.levels import CHANCES, Levels, estimate_levels, find_run, roll_up_levels
from ctresearch.study import Study

ASPECTS = ("law", "practice")
"""What is written in law; and everything else that is rated: institutions, practice and outcomes."""

_DIGITS = 9
"""Differences that agree to so many decimals are one: thirds and sevenths differ in the last bits."""

TOO_FEW = "{rated} of {asked} indicators have a level, {share:.0%} are needed"


def cite_evidence(cells: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """Add `source_id`: the sources of the facts that each cell rests on, joined by `;`.

    Parameters
    ----------
    cells : pandas.DataFrame
        `evidence_ids`, joined by `;`.
    evidence : pandas.DataFrame
        The facts: `evidence_id`, `source_id`, `second_source_id`.

    Examples
    --------
    >>> cells = pd.DataFrame({"evidence_ids": ["f;g", ""]})
    >>> facts = pd.DataFrame({"evidence_id": ["f", "g"], "source_id": ["a", "b"], "second_source_id": ["", "a"]})
    >>> cite_evidence(cells, facts)["source_id"].tolist()
    ['a;b', '']
    """
    columns = evidence[["evidence_id", "source_id", "second_source_id"]].fillna("")
    named = {name: [first, second] for name, first, second in columns.itertuples(index=False, name=None)}
    sources = [
        ";".join(dict.fromkeys(source for name in ids.split(";") for source in named.get(name, ()) if source))
        for ids in cells["evidence_ids"]
    ]
    return cells.assign(source_id=sources)


def add_aspects(cells: pd.DataFrame, indicators: pd.DataFrame) -> pd.DataFrame:
    """Add `pillar` and `aspect` (one of `ASPECTS`), in the order of the framework.

    Examples
    --------
    >>> indicators = pd.DataFrame({"indicator": ["P-1"], "pillar": ["data"], "measure_type": ["outcome"]})
    >>> add_aspects(pd.DataFrame({"indicator": ["P-1"]}), indicators)[["pillar", "aspect"]].values.tolist()
    [['data', 'practice']]
    """
    known = indicators.set_index("indicator")
    is_law = cells["indicator"].map(known["measure_type"]).eq("law")
    order = {code: place for place, code in enumerate(indicators["indicator"])}
    named = cells.assign(
        pillar=cells["indicator"].map(known["pillar"]),
        aspect=is_law.map(dict(zip((True, False), ASPECTS, strict=True))),
    )
    return named.sort_values("indicator", key=lambda codes: codes.map(order), kind="stable", ignore_index=True)


def derive_levels(study: Study, ratings: pd.DataFrame, *, indicators: pd.DataFrame, evidence: pd.DataFrame) -> Levels:
    """Settle the ratings of all coders and roll them up to jurisdictions, by the choices of a study.

    Parameters
    ----------
    study : Study
        Adjudicator, parts of jurisdictions, rule for practice and level of the intervals.
    ratings, indicators, evidence : pandas.DataFrame
        Tables of the study and its framework, checked and typed.

    Returns
    -------
    Levels
        `cells` as `roll_up_levels`, with pillar and aspect of the indicators and the sources of the evidence.
    """
    scoring = study.scoring
    settled = estimate_levels(ratings, adjudicator=scoring.adjudicator, level=scoring.interval_level)
    cells = roll_up_levels(
        settled.cells,
        indicators,
        parts=study.parts(),
        practice_rule=scoring.practice_rule,
        level=scoring.interval_level,
    )
    return Levels(cite_evidence(add_aspects(cells, indicators), evidence), settled.coders)


def profile_pillars(
    cells: pd.DataFrame,
    indicators: pd.DataFrame,
    *,
    jurisdictions: Sequence[str],
    time_point: str,
    least_share: float,
    level: float,
) -> pd.DataFrame:
    """Average the levels of each pillar, law and practice apart, where enough indicators are rated.

    The mean is that of the settled levels, each indicator alike; those that do not apply are not asked. Its interval
    is the run of means that holds this one and whose chance is nearest to `level`, as for a level, from the chances of
    the levels of all cells together, taken as independent; indicators without a level are not in it. Below
    `least_share` there is a reason and no mean.

    Parameters
    ----------
    cells : pandas.DataFrame
        From `roll_up_levels`; one row a jurisdiction, indicator and time point.
    indicators : pandas.DataFrame
        `indicator`, `pillar`, `measure_type`.
    jurisdictions : sequence of str
        All that are asked about; an indicator without a row is not rated.
    time_point : str
        Code of the time point.
    least_share : float
        Smallest share (0-1) of the indicators asked that must have a level.
    level : float
        Chance within the interval.

    Returns
    -------
    pandas.DataFrame
        `jurisdiction`, `pillar`, `aspect`, `asked_n`, `rated_n`, `rated_share`, `mean_level`, `mean_low`, `mean_high`
        (0 to 3), `reason`, `evidence_ids`.

    Raises
    ------
    ValueError
        If a cell has two rows.

    Examples
    --------
    >>> indicators = pd.DataFrame({"indicator": ["P-1", "P-2"], "pillar": "data", "measure_type": "law"})
    >>> cell = {"jurisdiction": "AAA", "time_point": "now", "status": "coded", "evidence_ids": "f"}
    >>> cells = pd.DataFrame([{**cell, "indicator": "P-1", "value": 1, **dict(zip(CHANCES, (0, 1.0, 0, 0)))},
    ...                       {**cell, "indicator": "P-2", "value": 2, **dict(zip(CHANCES, (0, 0, 0.5, 0.5)))}])
    >>> profile = profile_pillars(cells, indicators, jurisdictions=["AAA"], time_point="now", least_share=0.8,
    ...                           level=0.9)
    >>> profile[["mean_level", "mean_low", "mean_high"]].values.tolist()
    [[1.5, 1.5, 2.0]]
    """
    asked = indicators[["indicator"]].merge(pd.DataFrame({"jurisdiction": list(jurisdictions)}), how="cross")
    now = cells[cells["time_point"].eq(time_point)].drop(columns="time_point")
    if now.duplicated(["jurisdiction", "indicator"]).any():
        raise ValueError("two levels of one cell; settle the coders and roll up the parts first")
    full = asked.merge(now, on=["jurisdiction", "indicator"], how="left").fillna({"status": "ND", "evidence_ids": ""})
    full = add_aspects(full, indicators)
    rows = [
        {**dict(zip(_GROUP, group, strict=True)), **_average(own, least_share, level)}
        for place in jurisdictions
        for group, own in full[full["jurisdiction"].eq(place)].groupby(_GROUP, sort=False)
    ]
    table = pd.DataFrame(rows)
    order = {aspect: place for place, aspect in enumerate(ASPECTS)}
    places = {code: place for place, code in enumerate([*jurisdictions, *dict.fromkeys(indicators["pillar"])])}
    return table.sort_values(_GROUP, key=lambda codes: codes.map(places | order), kind="stable", ignore_index=True)


_GROUP = ["jurisdiction", "pillar", "aspect"]


def compare_law_and_practice(profile: pd.DataFrame, cells: pd.DataFrame, *, level: float) -> pd.DataFrame:
    """Set the mean level of practice beside that of law, by jurisdiction and pillar.

    Parameters
    ----------
    profile : pandas.DataFrame
        From `profile_pillars`.
    cells : pandas.DataFrame
        The cells it was made from, at its time point, with `add_aspects`.
    level : float
        Chance within the interval of the difference.

    Returns
    -------
    pandas.DataFrame
        `jurisdiction`, `pillar`, `law_level`, `practice_level`, `difference_level` (law less practice: above 0 what is
        written is ahead of what is done), `difference_low`, `difference_high`, `reason`.
    """
    rows = []
    for (place, pillar), own in profile.groupby(["jurisdiction", "pillar"], sort=False):
        by_aspect = own.set_index("aspect")
        if set(ASPECTS) - set(by_aspect.index):
            continue
        law, practice = (by_aspect.loc[aspect] for aspect in ASPECTS)
        reason = "; ".join(
            f"{name}: {side['reason']}" for name, side in zip(ASPECTS, (law, practice), strict=True) if side["reason"]
        )
        there = cells[cells["jurisdiction"].eq(place) & cells["pillar"].eq(pillar)]
        difference = law["mean_level"] - practice["mean_level"]
        low, high = (np.nan, np.nan) if reason else _span_difference(there, difference, level)
        rows.append(
            {
                **{"jurisdiction": place, "pillar": pillar, "law_level": law["mean_level"]},
                **{"practice_level": practice["mean_level"], "reason": reason},
                "difference_level": difference,
                **{"difference_low": low, "difference_high": high},
                "evidence_ids": ";".join(filter(None, [law["evidence_ids"], practice["evidence_ids"]])),
            }
        )
    return pd.DataFrame(rows, columns=_COMPARED)


_COMPARED = ["jurisdiction", "pillar", "law_level", "practice_level", "difference_level", "difference_low",
             "difference_high", "reason", "evidence_ids"]  # fmt: skip


def _average(own: pd.DataFrame, least_share: float, level: float) -> dict[str, object]:
    asked = own[own["status"].ne("NA")]
    rated = asked[asked["status"].eq("coded")]
    share = len(rated) / len(asked) if len(asked) else np.nan
    ids = ";".join(dict.fromkeys(name for cell in rated["evidence_ids"] for name in cell.split(";") if name))
    found = {"asked_n": len(asked), "rated_n": len(rated), "rated_share": share, "evidence_ids": ids}
    blank = dict.fromkeys(["mean_level", "mean_low", "mean_high"], np.nan)
    if asked.empty:
        return {**found, **blank, "reason": "no indicator applies"}
    if share < least_share or rated.empty:
        said = TOO_FEW.format(rated=len(rated), asked=len(asked), share=least_share).replace("%", " %")
        return {**found, **blank, "reason": said}
    mean = float(rated["value"].astype(float).mean())
    sums = _add_up(rated[list(CHANCES)].to_numpy(dtype=float))
    if sums is None:
        return {**found, **blank, "mean_level": mean, "reason": "a level has no interval, so the mean has none"}
    low, high, _ = find_run(sums, int(rated["value"].sum()), level)
    return {**found, "mean_level": mean, "mean_low": low / len(rated), "mean_high": high / len(rated), "reason": ""}


def _add_up(chances: np.ndarray) -> np.ndarray | None:
    """Return the chance of each sum of levels; nothing if a cell has no chances."""
    if np.isnan(chances).any():
        return None
    sums = np.ones(1)
    for own in chances:
        sums = np.convolve(sums, own)
    return sums


def _span_difference(there: pd.DataFrame, difference: float, level: float) -> tuple[float, float]:
    """Return the ends of the run of differences that holds the settled one."""
    rated = there[there["status"].eq("coded")]
    sides = [rated.loc[rated["aspect"].eq(aspect), list(CHANCES)].to_numpy(dtype=float) for aspect in ASPECTS]
    sums = [_add_up(side) for side in sides]
    if sums[0] is None or sums[1] is None:
        return np.nan, np.nan
    law, practice = (np.arange(len(own)) / len(side) for own, side in zip(sums, sides, strict=True))
    gaps, places = np.unique(np.subtract.outer(law, practice).round(_DIGITS), return_inverse=True)
    chances = np.bincount(places.ravel(), weights=np.outer(*sums).ravel())
    low, high, _ = find_run(chances, float(np.abs(gaps - difference).argmin()), level)
    return float(gaps[low]), float(gaps[high])

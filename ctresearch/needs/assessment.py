"""From levels and evidence to ranked needs, with the rules and choices of a study."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ctresearch.clean import select_series
from ctresearch.needs.criteria import grade_criteria
from ctresearch.needs.rule import Rule, read_rule
from ctresearch.needs.urgency import Urgency, rank_needs
from ctresearch.study import Study
from ctresearch.survey import list_views
from ctresearch.trends import compare_periods


@dataclass(frozen=True)
class Assessment:
    """The rule of urgency as it stands in the framework, and the needs ranked by it."""

    rule: Rule
    urgency: Urgency


def assess_needs(
    study: Study,
    levels: pd.DataFrame,
    *,
    evidence: pd.DataFrame,
    indicators: pd.DataFrame,
    victims: pd.DataFrame,
    concerned: pd.DataFrame,
    participation: pd.DataFrame,
    urgency: pd.DataFrame,
    survey_answers: pd.DataFrame,
    jurisdictions: Sequence[str] = (),
) -> Assessment:
    """Grade every gap at the study's last time point by every criterion, and rank them by urgency.

    Reach and trend come from the detected victims of the preferred source; facts before the time point stand in for no
    level. Draws start from the seed of the study, so that every part of a report ranks alike.

    Parameters
    ----------
    study : Study
        Time points, preferred source, standards, and the choices of the ranking.
    levels : pandas.DataFrame
        As `ratings.derive_levels` returns them.
    evidence, indicators, victims, concerned, participation, urgency, survey_answers : pandas.DataFrame
        Tables of the study and its framework, typed.
    jurisdictions : sequence of str
        Only these; all of the study if empty.

    Examples
    --------
    >>> from ctresearch import ratings, store
    >>> data = store.read_study("western_balkans")
    >>> tables = {name: getattr(data, name) for name in ("evidence", "indicators", "victims", "concerned",
    ...                                                  "participation", "urgency", "survey_answers")}
    >>> settled = ratings.derive_levels(data.study, data.ratings, indicators=data.indicators, evidence=data.evidence)
    >>> found = assess_needs(data.study, settled.cells, **tables, jurisdictions=["SRB"])
    >>> found.urgency.needs["jurisdiction"].unique().tolist(), bool(found.urgency.needs["urgent_share"].le(1).all())
    (['SRB'], True)
    """
    baseline, update = study.baseline(), study.update()
    source_id, scoring = study.preferences["victims"].source_id, study.scoring
    rule = read_rule(urgency)
    counted = victims[victims["measure"].eq("victims_detected") & victims["source_id"].eq(source_id)]
    change = compare_periods(
        select_series(victims, measure="victims_detected", source_id=source_id),
        first=(baseline.first_year, baseline.last_year),
        last=(update.first_year, update.last_year),
        level=study.thresholds.confidence_level,
    )
    wanted = jurisdictions or study.codes
    grades = grade_criteria(
        levels[levels["jurisdiction"].isin(wanted)],
        evidence,
        indicators,
        victims=counted[counted["year"].eq(counted["year_end"])],
        concerned=concerned,
        verdicts=change.assign(source_id=source_id),
        participation=participation,
        standards=study.standards,
        rule=rule,
        jurisdictions=wanted,
        time_point=update.code,
        years=(update.first_year, update.last_year),
        since=update.first_year,
        answers=list_views(survey_answers, least_group_n=study.survey.least_group_n),
    )
    ranked = rank_needs(
        grades,
        rule,
        weight_share=scoring.weight_share,
        draws_n=scoring.draws_n,
        level=scoring.interval_level,
        rng=np.random.default_rng(scoring.seed),
    )
    return Assessment(rule, ranked)

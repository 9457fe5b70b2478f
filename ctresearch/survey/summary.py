"""All that the answers of a survey come to, as tables that may be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ctresearch.study import Study
from ctresearch.survey.design import weigh_respondents
from ctresearch.survey.differences import compare_groups, estimate_groups
from ctresearch.survey.priorities import rank_priorities
from ctresearch.survey.response import count_response, list_respondents
from ctresearch.survey.themes import count_themes

COUNTED = ("jurisdiction", "sector", "sex")
"""Groups whose response is counted."""

COMPARED = ("sex", "sector")
"""Groups whose answers are compared."""


@dataclass(frozen=True)
class SurveyResults:
    """Tables from `count_response`, `rank_priorities`, `estimate_groups`, `compare_groups` and `count_themes`."""

    response: pd.DataFrame
    priorities: pd.DataFrame
    groups: pd.DataFrame
    differences: pd.DataFrame
    themes: pd.DataFrame


def pick_rules(study: Study) -> dict[str, object]:
    """Return what a study has decided on the reading of its survey, as `summarise` takes it."""
    rules, thresholds = study.survey, study.thresholds
    return {
        "weigh_by": rules.weigh_by,
        "least_group_n": rules.least_group_n,
        "quadrant_border": rules.quadrant_border,
        "false_discovery_rate": rules.false_discovery_rate,
        "percentage_base_n": thresholds.percentage_base_n,
        "level": thresholds.confidence_level,
    }


def summarise(
    answers: pd.DataFrame,
    themes: pd.DataFrame,
    invitations: pd.DataFrame,
    *,
    weigh_by: Sequence[str],
    least_group_n: int,
    quadrant_border: str,
    false_discovery_rate: float,
    percentage_base_n: int,
    level: float,
) -> SurveyResults:
    """Read the answers of a survey by the rules of the study.

    Parameters
    ----------
    answers, themes, invitations : pandas.DataFrame
        Contracts of `survey_answers`, `survey_themes` and `invitations`; the last two may be empty.
    weigh_by, least_group_n, quadrant_border, false_discovery_rate, percentage_base_n, level
        From `pick_rules`.

    Raises
    ------
    ValueError
        If more persons of a group answered than were invited.
    """
    people = list_respondents(answers)
    design = weigh_respondents(people, invitations, by=weigh_by)
    small = {"least_group_n": least_group_n}
    base = {"percentage_base_n": percentage_base_n}
    compared = {"fields": COMPARED, **small}
    return SurveyResults(
        response=count_response(people, invitations, fields=COUNTED, **small, **base),
        priorities=rank_priorities(answers, design, quadrant_border=quadrant_border, level=level, **small, **base),
        groups=estimate_groups(answers, people, design, level=level, **compared),
        differences=compare_groups(answers, people, false_discovery_rate=false_discovery_rate, **compared),
        themes=count_themes(themes, **small, **base),
    )

"""Words on the survey of stakeholders: who was asked, by which rules answers are read, and what is not shown."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ctresearch.exhibits import Exhibit
from ctresearch.study import Study
from ctresearch.tables import format_column
from ctresearch.text import list_points, say
from ctresearch.vocabulary import Vocabulary

NOT_HELD = "ND: no survey has been held in this study, so there is no answer to show."
"""Printed in place of every result of a survey that was not held."""

HIDDEN = "not shown"
"""Printed where a group is too small; neither unknown nor zero."""

_BORDERS = {
    "middle": "the middle of the scale",
    "mean": "the mean of all indicators, so that half of them or so count as important whatever their level",
}


def describe_survey(answers: pd.DataFrame, stakeholders: pd.DataFrame, *, name: str, sources: pd.DataFrame) -> Exhibit:
    """Say whether a survey was held and a register kept, so that nobody takes an empty instrument for a result.

    Parameters
    ----------
    answers, stakeholders : pandas.DataFrame
        Contracts of `survey_answers` and `stakeholders`; either may be empty.
    """
    people = answers[["source_id", "respondent"]].drop_duplicates()
    held = f"{len(people):,} persons answered the survey of stakeholders." if len(people) else _describe_nothing()
    kept = (
        f"The register of stakeholders holds {len(stakeholders):,} of them, by role and without a name."
        if len(stakeholders)
        else "No register of stakeholders has been kept, so every seat that the quotas ask for is empty."
    )
    return say(held, kept, name=name, sources=sources)


def _describe_nothing() -> str:
    return (
        "No survey of stakeholders has been held in this study. What follows is the empty instrument: whom it would "
        "ask, what it would ask, and by which rules the answers would be read. Nothing in this report is the opinion "
        "of a stakeholder."
    )


def list_rules(study: Study, *, vocabulary: Vocabulary, name: str, sources: pd.DataFrame) -> Exhibit:
    """List the rules by which the study reads its survey."""
    rules = study.survey
    fields = [vocabulary.label("stakeholder_field", column).lower() for column in rules.weigh_by]
    weighed = (
        f"Answers are weighed so that each group by {' and '.join(fields)} stands for all who were invited of it."
        if fields
        else "Every answer counts the same."
    )
    points = (
        weighed,
        "An indicator counts as important, or as done well, where its mean lies above "
        f"{_BORDERS[rules.quadrant_border]}.",
        f"Intervals hold the value for all who were invited with a confidence of "
        f"{study.thresholds.confidence_level:.0%}, if those who did not answer think like those who did.",
        "Don't know is an answer of its own and never a number.",
        f"Of the differences between groups that are reported, at most {rules.false_discovery_rate:.0%} are expected "
        "to be chance.",
        f"A group of fewer than {rules.least_group_n} persons is not shown, nor one from which it could be found; no "
        f"percentage is shown on fewer than {study.thresholds.percentage_base_n} answers.",
        "What people wrote is coded by themes and never shown as they wrote it.",
    )
    return list_points(points, name=name, sources=sources)


def describe_differences(compared: pd.DataFrame, *, name: str, sources: pd.DataFrame) -> Exhibit:
    """Say how many comparisons of groups were made, and what became of them.

    Parameters
    ----------
    compared : pandas.DataFrame
        From `survey.compare_groups`.
    """
    if compared.empty:
        return say(NOT_HELD, name=name, sources=sources)
    counts = compared["verdict"].value_counts()
    differ, untold = int(counts.get("differ", 0)), int(counts.get("cannot_be_told", 0))
    shown = f"{differ or 'none'} {'shows' if differ == 1 else 'show'}"
    small = f" In {untold} of them the groups are too small to tell." if untold else ""
    sentence = (
        f"Of {len(compared)} comparisons (each indicator, importance and performance, by sex and by sector), {shown} "
        f"a difference that chance hardly explains.{small} Where no difference was seen there may still be one: few "
        "answers show only large differences."
    )
    return say(sentence, name=name, sources=sources)


def mark_hidden(rows: pd.DataFrame, *, columns: Sequence[str]) -> pd.DataFrame:
    """Add columns in print, `<column>_printed`, that say "not shown" of the groups that are too small.

    Examples
    --------
    >>> rows = pd.DataFrame({"completed_n": pd.array([12, None], dtype="Int64"), "is_hidden": [False, True]})
    >>> mark_hidden(rows, columns=["completed_n"])["completed_n_printed"].tolist()
    ['12', 'not shown']
    """
    printed = {name: format_column(rows[name], Vocabulary()).mask(rows["is_hidden"], HIDDEN) for name in columns}
    return rows.assign(**{f"{name}_printed": cells for name, cells in printed.items()})

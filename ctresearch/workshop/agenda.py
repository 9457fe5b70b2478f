"""What a workshop talks about: the list that is voted on, and the findings, instruments and flows behind it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ctresearch import clean, consensus, cooperation, recommendations, score
from ctresearch.store import StudyData
from ctresearch.vocabulary import REGION


@dataclass(frozen=True)
class Agenda:
    """The list that is voted on (contract of `voting_list`), and all that stands behind it.

    `advice` holds the recommendations of today; the list may be older, for it is fixed when the kit is made.
    """

    voting_list: pd.DataFrame
    advice: pd.DataFrame
    findings: pd.DataFrame
    pairs: pd.DataFrame
    flows: pd.DataFrame
    matches: pd.DataFrame


def draw_up(data: StudyData) -> Agenda:
    """Draw up the agenda of a study: its recommendations by rule, as notebook 03 lists them, and what they rest on.

    The list that is voted on is `voting_list.csv` of the study where that has rows, and else the list of today.
    """
    codes = data.study.codes
    pairs = cooperation.pair_instruments(data.participation, data.instruments, jurisdictions=codes)
    findings = _collect_findings(data, pairs)
    known = {"shared_gap_n": data.study.thresholds.shared_gap_n, "jurisdictions": codes}
    advice = recommendations.recommend(findings, data.measures, **known)
    flows = cooperation.sum_flows(
        data.flows, measure="victims_by_citizenship", source_id=data.study.preferences["victims"].source_id
    )
    coverage = score.count_coverage(data.evidence, data.indicators, jurisdictions=codes)
    voting_list = data.voting_list if len(data.voting_list) else consensus.fix_list(advice)
    return Agenda(voting_list, advice, findings, pairs, flows, cooperation.match_strengths_to_gaps(coverage))


def _collect_findings(data: StudyData, pairs: pd.DataFrame) -> pd.DataFrame:
    study, codes = data.study, data.study.codes
    register = study.preferences["register"].source_id
    treaty_gaps = recommendations.find_treaty_gaps(
        data.participation,
        data.instruments,
        treaties=study.treaties,
        indicator=recommendations.TREATY_INDICATOR,
        jurisdictions=codes,
        source_id=register,
    )
    items = data.benchmarks[data.benchmarks["benchmark"].eq("gsi_item")]
    return recommendations.collect_gaps(
        evidence=data.evidence,
        judged=score.judge_gsi_items(items, data.gsi_items),
        pairs=pairs,
        treaty_gaps=treaty_gaps,
        counts=clean.select_totals(data.victims),
        justice=clean.select_totals(data.justice),
        jurisdictions=codes,
        years=(study.baseline().first_year, study.update().last_year - 1),
        source_id=study.preferences["victims"].source_id,
        register_source_id=register,
    )


def select_votes_of(voting_list: pd.DataFrame, code: str) -> pd.DataFrame:
    """Select what somebody votes on who works in a jurisdiction: its recommendations and those for the region."""
    scopes = [REGION] if code == REGION else [REGION, code]
    return voting_list[voting_list["scope"].isin(scopes)].reset_index(drop=True)

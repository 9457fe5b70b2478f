"""What a workshop talks about: the list that is voted on, and the findings, instruments and flows behind it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ctresearch import consensus, cooperation, recommendations, score
from ctresearch.store import StudyData
from ctresearch.vocabulary import REGION

_TABLES = ("evidence", "benchmarks", "gsi_items", "participation", "instruments", "victims", "justice")
"""Tables of a study in which gaps are found."""


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
    findings = recommendations.derive_findings(data.study, **{name: getattr(data, name) for name in _TABLES})
    known = {"shared_gap_n": data.study.thresholds.shared_gap_n, "jurisdictions": codes}
    advice = recommendations.recommend(findings, data.measures, **known)
    flows = cooperation.sum_flows(
        data.flows, measure="victims_by_citizenship", source_id=data.study.preferences["victims"].source_id
    )
    coverage = score.count_coverage(data.evidence, data.indicators, jurisdictions=codes)
    voting_list = data.voting_list if len(data.voting_list) else consensus.fix_list(advice)
    return Agenda(voting_list, advice, findings, pairs, flows, cooperation.match_strengths_to_gaps(coverage))


def select_votes_of(voting_list: pd.DataFrame, code: str) -> pd.DataFrame:
    """Select what somebody votes on who works in a jurisdiction: its recommendations and those for the region."""
    scopes = [REGION] if code == REGION else [REGION, code]
    return voting_list[voting_list["scope"].isin(scopes)].reset_index(drop=True)

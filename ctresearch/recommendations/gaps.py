"""Gaps of four kinds, each with the evidence and the source that it rests on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctresearch.cooperation import NO_INSTRUMENT
from ctresearch.vocabulary import REGION

TREATY_INDICATOR = "PART-14"
"""Indicator on international commitments."""

TREATIES, REPORTING = "treaties", "reporting"
"""Facets of a gap: a treaty that is missing, and a year that was not reported; see `match_measures`."""

GAP_COLUMNS = ["jurisdiction", "indicator", "facet", "basis", "on", "finding", "evidence_id", "source_id"]
_CELL = ["jurisdiction", "indicator", "on"]
_LAW_ITEMS = r"M(?:21|221[12]$|222|224|123[1-4]|5112$|521[12]$|5221$)"
"""Items of the Global Slavery Index that ask for a rule; the others ask what is done."""


def find_evidence_gaps(evidence: pd.DataFrame, *, jurisdictions: Sequence[str]) -> pd.DataFrame:
    """Gaps that the desk review states and no later strength on the same indicator answers.

    A gap is answered when the same jurisdiction has a strength of a later year on the same indicator; a gap in practice
    is not answered by what a law says. Those of the region are never taken as answered.

    Parameters
    ----------
    evidence : pandas.DataFrame
        The facts of the desk review.
    jurisdictions : sequence of str
        Codes; gaps elsewhere are left out.

    Returns
    -------
    pandas.DataFrame
        `GAP_COLUMNS`, in the order of the facts.

    Examples
    --------
    >>> facts = pd.DataFrame({"evidence_id": ["A-1", "A-2"], "jurisdiction": "AAA", "indicator": "P-1",
    ...     "direction": ["gap", "strength"], "year": [2012, 2014], "evidence_kind": ["practice", "law"],
    ...     "statement": ["No shelter.", "A law on shelters."], "source_id": "s"})
    >>> find_evidence_gaps(facts, jurisdictions=["AAA"])[["evidence_id", "on"]].values.tolist()
    [['A-1', 'practice']]
    """
    gaps = _select_gaps(evidence, jurisdictions)
    return gaps.loc[~_is_answered(gaps), GAP_COLUMNS].reset_index(drop=True)


def find_answered_gaps(evidence: pd.DataFrame, *, jurisdictions: Sequence[str]) -> pd.DataFrame:
    """Gaps with later progress: what was found then, and the year of the latest strength on the same indicator.

    Nothing is recommended on them; whether they are closed is a question to those concerned.

    Parameters
    ----------
    evidence, jurisdictions
        As for `find_evidence_gaps`.

    Returns
    -------
    pandas.DataFrame
        `GAP_COLUMNS`, `year` and `year_of_strength`, by jurisdiction, indicator and year.
    """
    gaps = _select_gaps(evidence, jurisdictions)
    answered = gaps.loc[_is_answered(gaps), [*GAP_COLUMNS, "year", "year_of_strength"]]
    return answered.sort_values(["jurisdiction", "indicator", "year"], kind="stable", ignore_index=True)


def find_gsi_gaps(judged: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """Gaps by benchmark: Global Slavery Index items not met that fit an indicator closely.

    Where the desk review found a strength on the same indicator, the two disagree and the item makes no gap: "not
    met" says that no evidence was seen, and evidence was; what a law says is no evidence of what is done. Treaties are
    read from the study's register instead, which knows to whom a treaty is open. An item that the index could not rate,
    because the one before it was not met, makes no gap of its own.

    Parameters
    ----------
    judged : pandas.DataFrame
        From `score.judge_gsi_items`.
    evidence : pandas.DataFrame
        The facts of the desk review.
    """
    judged = judged.assign(on=np.where(judged["item"].str.match(_LAW_ITEMS), "law", "practice"))
    seen = pd.MultiIndex.from_frame(_list_answers(evidence)[_CELL])
    is_seen = pd.MultiIndex.from_frame(judged[_CELL]).isin(seen)
    unmet = pd.MultiIndex.from_frame(judged.loc[~judged["is_met"], ["jurisdiction", "item"]])
    is_unrated = pd.MultiIndex.from_frame(judged[["jurisdiction", "rated_if"]]).isin(unmet)
    gaps = judged[
        ~judged["is_met"]
        & ~is_unrated
        & judged["fit"].eq("close")
        & ~judged["indicator"].isin(["", TREATY_INDICATOR])
        & ~is_seen
    ]
    return gaps.assign(
        basis="gsi_item",
        finding="Global Slavery Index 2023: " + gaps["gap_reading"] + ".",
        evidence_id="GSI-" + gaps["item"] + "-" + gaps["jurisdiction"],
    )[GAP_COLUMNS].reset_index(drop=True)


def find_instrument_gaps(pairs: pd.DataFrame, *, indicator: str, source_id: str) -> pd.DataFrame:
    """Gaps by instrument: pairs without a bilateral or trilateral instrument found, one row for each side.

    Parameters
    ----------
    pairs : pandas.DataFrame
        From `cooperation.pair_instruments`.
    indicator : str
        The indicator on protocols in the region.
    source_id : str
        Source of the register that was searched; if empty, none was searched and nothing can be missing in it.

    Examples
    --------
    >>> pairs = pd.DataFrame({"first": ["A"], "second": ["B"], "reading": "not_found"})
    >>> found = find_instrument_gaps(pairs, indicator="P-1", source_id="s")
    >>> found[["jurisdiction", "evidence_id"]].values.tolist()
    [['A', 'PAIR-A-B'], ['B', 'PAIR-A-B']]
    """
    missing = pairs[pairs["reading"].eq("not_found") & bool(source_id)]
    rows = [
        {
            "jurisdiction": side,
            "indicator": indicator,
            "facet": "",
            "basis": "instrument_not_found",
            "on": "law",
            "finding": NO_INSTRUMENT,
            "evidence_id": f"PAIR-{pair.first}-{pair.second}",
            "source_id": source_id,
        }
        for pair in missing.itertuples()
        for side in (pair.first, pair.second)
    ]
    return pd.DataFrame(rows, columns=GAP_COLUMNS)


def find_treaty_gaps(
    participation: pd.DataFrame,
    instruments: pd.DataFrame,
    *,
    treaties: Sequence[str],
    indicator: str,
    jurisdictions: Sequence[str],
    source_id: str,
) -> pd.DataFrame:
    """Gaps by treaty: expected parties for which no signature, consent or other standing was found.

    A treaty says nothing about a jurisdiction that it is not open to.

    Parameters
    ----------
    participation, instruments : pandas.DataFrame
        The tables of the same names.
    treaties : sequence of str
        The study's main treaties.
    indicator : str
        The indicator on international commitments.
    source_id : str
        Source of the register that was searched; if empty, none was searched and nothing can be missing in it.
    """
    treaties = treaties if source_id else ()
    active = participation[participation["status"].isin(["found", "party_date_missing"])]
    known = set(zip(active["instrument"], active["jurisdiction"], strict=True))
    titles = instruments.set_index("instrument")["title"]
    expected = instruments.set_index("instrument")["expected_parties"].str.split(";")
    rows = [
        {
            "jurisdiction": jurisdiction,
            "indicator": indicator,
            "facet": TREATIES,
            "basis": "instrument_not_found",
            "on": "law",
            "finding": f"No ratification or other act was found for this treaty: {titles[treaty]}.",
            "evidence_id": f"TREATY-{treaty}-{jurisdiction}",
            "source_id": source_id,
        }
        for jurisdiction in jurisdictions
        for treaty in treaties
        if jurisdiction in expected[treaty] and (treaty, jurisdiction) not in known
    ]
    return pd.DataFrame(rows, columns=GAP_COLUMNS)


def find_statistics_gaps(
    counts: pd.DataFrame,
    *,
    measures: Sequence[str],
    indicator: str,
    years: tuple[int, int],
    jurisdictions: Sequence[str],
    source_id: str,
) -> pd.DataFrame:
    """Gaps in statistics: years of the window without a published figure in the study's main source.

    A jurisdiction that the source does not cover at all has no gap of this kind.

    Parameters
    ----------
    counts : pandas.DataFrame
        Totals, such as from `clean.select_totals`.
    measures, jurisdictions : sequence of str
        What should be counted, and where.
    indicator : str
        The indicator on which a missing figure bears.
    years : tuple of int
        First and last year of the window.
    source_id : str
        The main source.

    Examples
    --------
    >>> counts = pd.DataFrame({"jurisdiction": ["A"], "measure": "victims_detected", "source_id": "s", "year": [2013]})
    >>> asked = {"measures": ["victims_detected"], "indicator": "D-1", "years": (2013, 2015), "jurisdictions": ["A"]}
    >>> find_statistics_gaps(counts, source_id="s", **asked)["finding"].tolist()
    ["No figure on victims detected for 2014, 2015 in the study's main source."]
    """
    rows = []
    covered = set(counts.loc[counts["source_id"].eq(source_id), "jurisdiction"])
    for jurisdiction in (code for code in jurisdictions if code in covered):
        for measure in measures:
            found = counts[
                counts["jurisdiction"].eq(jurisdiction)
                & counts["measure"].eq(measure)
                & counts["source_id"].eq(source_id)
            ]
            missing = sorted(set(range(years[0], years[1] + 1)) - set(found["year"].astype(int)))
            if missing:
                rows.append(_describe_missing(jurisdiction, measure, indicator, missing, source_id))
    return pd.DataFrame(rows, columns=GAP_COLUMNS)


def collect_gaps(
    *,
    evidence: pd.DataFrame,
    judged: pd.DataFrame,
    pairs: pd.DataFrame,
    treaty_gaps: pd.DataFrame,
    counts: pd.DataFrame,
    justice: pd.DataFrame,
    jurisdictions: Sequence[str],
    years: tuple[int, int],
    source_id: str,
    register_source_id: str,
) -> pd.DataFrame:
    """Collect the gaps of all four kinds: facts, benchmark items, instruments (treaties among them) and statistics.

    Parameters
    ----------
    evidence, judged, pairs : pandas.DataFrame
        The facts, `score.judge_gsi_items` and `cooperation.pair_instruments`.
    treaty_gaps : pandas.DataFrame
        From `find_treaty_gaps`.
    counts, justice : pandas.DataFrame
        Totals of victims and of justice figures.
    years : tuple of int
        First and last year for which a figure is expected.
    source_id, register_source_id : str
        Source of the statistics, and of the register of instruments.
    """
    window = {"years": years, "jurisdictions": jurisdictions, "source_id": source_id}
    chain_measures = ("persons_prosecuted", "persons_convicted")
    return pd.concat(
        [
            find_evidence_gaps(evidence, jurisdictions=jurisdictions),
            find_gsi_gaps(judged, evidence),
            find_instrument_gaps(pairs, indicator="PART-08", source_id=register_source_id),
            treaty_gaps,
            find_statistics_gaps(counts, measures=("victims_detected",), indicator="DATA-02", **window),
            find_statistics_gaps(justice, measures=chain_measures, indicator="DATA-04", **window),
        ],
        ignore_index=True,
    )


def _select_gaps(evidence: pd.DataFrame, jurisdictions: Sequence[str]) -> pd.DataFrame:
    """Return the gaps of the desk review, with the year of the latest strength that could answer each."""
    gaps = evidence[evidence["direction"].eq("gap") & evidence["jurisdiction"].isin([*jurisdictions, REGION])]
    gaps = gaps.assign(facet="", basis="desk_review", finding=gaps["statement"], on=_tell_kind(gaps))
    latest = _list_answers(evidence).groupby(_CELL)["year"].max().rename("year_of_strength").reset_index()
    return gaps.merge(latest, on=_CELL, how="left")


def _list_answers(evidence: pd.DataFrame) -> pd.DataFrame:
    """Return the strengths with the kind of gap that each answers: what is done both, what a law says one in law."""
    strengths = evidence[evidence["direction"].eq("strength")]
    strengths = strengths.assign(on=_tell_kind(strengths))
    return pd.concat([strengths, strengths[strengths["on"].eq("practice")].assign(on="law")])


def _tell_kind(facts: pd.DataFrame) -> pd.Series:
    return facts["evidence_kind"].where(facts["evidence_kind"].eq("law"), "practice")


def _is_answered(gaps: pd.DataFrame) -> pd.Series:
    later = gaps["year_of_strength"].gt(gaps["year"]).fillna(False).astype(bool)
    return later & gaps["jurisdiction"].ne(REGION)


def _describe_missing(jurisdiction: str, measure: str, indicator: str, missing: list[int], source_id: str) -> dict:
    years = ", ".join(str(year) for year in missing)
    return {
        "jurisdiction": jurisdiction,
        "indicator": indicator,
        "facet": REPORTING,
        "basis": "missing_statistic",
        "on": "practice",
        "finding": f"No figure on {measure.replace('_', ' ')} for {years} in the study's main source.",
        "evidence_id": f"STAT-{measure}-{jurisdiction}",
        "source_id": source_id,
    }

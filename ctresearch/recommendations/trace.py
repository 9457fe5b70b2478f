"""From a study to its recommendations in one step, and whether each can be walked back to a source."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ctresearch.clean import select_totals
from ctresearch.cooperation import pair_instruments
from ctresearch.recommendations.advice import match_measures, recommend
from ctresearch.recommendations.gaps import TREATY_INDICATOR, collect_gaps, find_treaty_gaps
from ctresearch.schema import Problem
from ctresearch.score import judge_gsi_items
from ctresearch.study import Study
from ctresearch.vocabulary import REGION


def derive_findings(
    study: Study,
    *,
    evidence: pd.DataFrame,
    benchmarks: pd.DataFrame,
    gsi_items: pd.DataFrame,
    participation: pd.DataFrame,
    instruments: pd.DataFrame,
    victims: pd.DataFrame,
    justice: pd.DataFrame,
) -> pd.DataFrame:
    """Find the gaps of a study by its settings, as `collect_gaps` gives them.

    Parameters
    ----------
    study : Study
    evidence, benchmarks, gsi_items, participation, instruments, victims, justice : pandas.DataFrame
        The tables of these names.
    """
    register = study.preferences["register"].source_id
    return collect_gaps(
        evidence=evidence,
        judged=judge_gsi_items(benchmarks[benchmarks["benchmark"].eq("gsi_item")], gsi_items),
        pairs=pair_instruments(participation, instruments, jurisdictions=study.codes),
        treaty_gaps=find_treaty_gaps(
            participation,
            instruments,
            treaties=study.treaties,
            indicator=TREATY_INDICATOR,
            jurisdictions=study.codes,
            source_id=register,
        ),
        counts=select_totals(victims),
        justice=select_totals(justice),
        jurisdictions=study.codes,
        years=(study.baseline().first_year, study.update().last_year - 1),
        source_id=study.preferences["victims"].source_id,
        register_source_id=register,
    )


def check_trace(
    study: Study, findings: pd.DataFrame, measures: pd.DataFrame, *, known: Iterable[str], sources: Iterable[str]
) -> list[Problem]:
    """Find what breaks the way from a recommendation to a source, and findings on which nothing is recommended.

    Parameters
    ----------
    study : Study
    findings : pandas.DataFrame
        From `derive_findings`.
    measures : pandas.DataFrame
        The framework table.
    known : iterable of str
        Ids of the rows that findings may name; see `list_known_rows`.
    sources : iterable of str
        Sources that rows may cite.

    Returns
    -------
    list of Problem
        A finding whose evidence is no row, a source that is not registered, an indicator with a gap that no measure
        closes. Empty if every recommendation reaches a finding, each finding a row, and each row a source.
    """
    rows, citable = set(known), set(sources)
    problems = []
    lost = findings[~findings["evidence_id"].isin(rows)]
    remedy = "Correct the id, or add the row."
    problems += [
        Problem("findings", "the id of a row of the study", remedy, column="evidence_id", found=name)
        for name in dict.fromkeys(lost["evidence_id"])
    ]
    remedy = "Register the source in sources.csv."
    cited = dict.fromkeys(source for cell in findings["source_id"] for source in cell.split(";"))
    problems += [
        Problem("findings", "a registered source", remedy, column="source_id", found=source or "nothing")
        for source in cited
        if source not in citable
    ]
    return problems + _find_unanswered(study, findings, measures)


def list_known_rows(
    study: Study,
    *,
    evidence: pd.DataFrame,
    benchmarks: pd.DataFrame,
    instruments: pd.DataFrame,
    measures: Iterable[str],
) -> list[str]:
    """List the ids of all rows that a finding may name.

    Facts by their id, benchmark items by item and jurisdiction, pairs and treaties by their codes, statistics by
    measure and jurisdiction.

    Parameters
    ----------
    study : Study
    evidence, benchmarks, instruments : pandas.DataFrame
        The tables of these names.
    measures : iterable of str
        What is counted.
    """
    items = benchmarks[benchmarks["benchmark"].eq("gsi_item")]
    pairs = [(first, second) for first in study.codes for second in study.codes]
    return [
        *evidence["evidence_id"],
        *("GSI-" + items["item"] + "-" + items["jurisdiction"]),
        *(f"PAIR-{first}-{second}" for first, second in pairs),
        *(f"TREATY-{treaty}-{code}" for treaty in instruments["instrument"] for code in study.codes),
        *(f"STAT-{measure}-{code}" for measure in measures for code in study.codes),
    ]


def _find_unanswered(study: Study, findings: pd.DataFrame, measures: pd.DataFrame) -> list[Problem]:
    """Find gaps on which nothing is recommended because no measure is for this kind of gap."""
    own = findings[findings["jurisdiction"].isin([REGION, *study.codes])]
    unanswered = own[~own.index.isin(match_measures(own, measures).index)]
    missing = dict.fromkeys(zip(unanswered["indicator"], unanswered["on"], strict=True))
    remedy = "Add a measure to framework/measures.csv, or let one apply to any gap."
    return [
        Problem("framework/measures.csv", f"a measure for a gap in {on}", remedy, column="indicator", found=indicator)
        for indicator, on in missing
    ]


def check_recommendations(advice: pd.DataFrame, findings: pd.DataFrame) -> list[Problem]:
    """Find recommendations that reach no finding, and findings that no recommendation carries.

    Parameters
    ----------
    advice : pandas.DataFrame
        From `recommend`.
    findings : pandas.DataFrame
        From `derive_findings`.

    Examples
    --------
    >>> advice = pd.DataFrame({"recommendation_id": ["A-1"], "scope": "A", "indicator": "P-1", "shared_by": "A",
    ...                        "evidence_ids": "E-1"})
    >>> findings = pd.DataFrame({"jurisdiction": "A", "indicator": "P-1", "evidence_id": ["E-1", "E-2"]})
    >>> [problem.found for problem in check_recommendations(advice, findings)]
    ['E-2']
    """
    held = {(row.jurisdiction, row.indicator, row.evidence_id) for row in findings.itertuples()}
    carried = set()
    problems = []
    for row in advice.itertuples():
        places = {*row.shared_by.split(";"), REGION} if row.scope == REGION else {row.scope}
        cells = {(place, row.indicator, name) for place in places for name in row.evidence_ids.split(";")}
        reached = cells & held
        carried |= reached
        lost = {name for _, _, name in cells} - {name for _, _, name in reached}
        if lost:
            remedy = "Derive the recommendations anew from the findings."
            expected = "findings on its indicator and scope"
            found = f"{row.recommendation_id}: {', '.join(sorted(lost))}"
            problems.append(Problem("recommendations", expected, remedy, column="evidence_ids", found=found))
    orphans = sorted(held - carried)
    remedy = "Add a measure that fits, or correct the fact."
    return problems + [
        Problem("findings", "a recommendation that rests on it", remedy, column="evidence_id", found=name)
        for _, _, name in orphans
    ]


def lint(
    study: Study,
    *,
    measures: pd.DataFrame,
    sources: pd.DataFrame,
    **tables: pd.DataFrame,
) -> list[Problem]:
    """Derive the recommendations of a study and return every break between them and their sources.

    Parameters
    ----------
    study : Study
    measures, sources : pandas.DataFrame
        The tables of these names.
    tables : pandas.DataFrame
        What `derive_findings` takes.
    """
    findings = derive_findings(study, **tables)
    known = list_known_rows(
        study,
        evidence=tables["evidence"],
        benchmarks=tables["benchmarks"],
        instruments=tables["instruments"],
        measures=[*tables["victims"]["measure"].unique(), *tables["justice"]["measure"].unique()],
    )
    citable = sources.loc[sources["status"].ne("wanted"), "source_id"]
    problems = check_trace(study, findings, measures, known=known, sources=citable)
    if problems:
        return problems
    advice = recommend(findings, measures, shared_gap_n=study.thresholds.shared_gap_n, jurisdictions=study.codes)
    return check_recommendations(advice, findings)

"""Sentences made from numbers and facts, so that no number in a report is typed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

from ctresearch.clean.counts import name_sex_and_age
from ctresearch.exhibits import Exhibit, cite_sources, link_source
from ctresearch.study import Study, TimePoint
from ctresearch.tables import NOTHING_FOUND, format_column, format_interval
from ctresearch.vocabulary import Vocabulary

DETECTED_NOT_EXISTING = "Counts are what was detected, not how much there is."

_VERDICTS = {
    "rising": "rose",
    "falling": "fell",
    "no_clear_change": "shows no clear change",
}


def describe_counts(counts: pd.DataFrame, *, period: TimePoint) -> str:
    """Say the printed counts of one series for the years of a period.

    Examples
    --------
    >>> rows = pd.DataFrame({"year": [2013, 2014], "printed": ["<5", "8"]})
    >>> describe_counts(rows, period=TimePoint("baseline", "", 2013, 2014))
    '<5 in 2013 and 8 in 2014'
    """
    rows = counts[counts["year"].between(period.first_year, period.last_year)]
    parts = [f"{row.printed} in {row.year}" for row in rows.itertuples()]
    if not parts:
        return f"no figure for {period.first_year} to {period.last_year} in the source of the series"
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def describe_change(change: pd.Series, *, level: float) -> str:
    """Say in words whether yearly counts changed between two periods, with the interval of the ratio.

    Parameters
    ----------
    change : pandas.Series
        A row of `trends.compare_periods`.
    level : float
        Confidence level of its interval.
    """
    span = f"between {change['first_span']} and {change['last_span']}"
    if change["verdict"] == "not_enough_years":
        return "There are too few years to say whether the yearly number of detected victims changed."
    words = f"The yearly number of detected victims {_VERDICTS[change['verdict']]} {span}"
    interval = format_interval(change["ratio_low"], change["ratio_high"], 2)
    ratio = "" if pd.isna(change["ratio"]) else f"ratio {change['ratio']:.2f}, "
    caution = "a change in what is counted or in how hard the authorities look has the same effect"
    return f"{words} ({ratio}{level:.0%} interval {interval}; {caution})."


def summarise_jurisdiction(
    *,
    study: Study,
    jurisdiction: str,
    victims: pd.DataFrame,
    change: pd.DataFrame,
    evidence: pd.DataFrame,
    coverage: pd.DataFrame,
    sources: pd.DataFrame,
) -> Exhibit:
    """Write the first paragraphs of a chapter from its evidence.

    Parameters
    ----------
    victims : pandas.DataFrame
        Totals of detected victims of the preferred source.
    change : pandas.DataFrame
        From `trends.compare_periods`.
    evidence, coverage : pandas.DataFrame
        Facts, and their count by indicator.
    """
    own = victims[victims["jurisdiction"].eq(jurisdiction)]
    facts = evidence[evidence["jurisdiction"].eq(jurisdiction)]
    known = coverage[coverage["jurisdiction"].eq(jurisdiction)]
    found = int(known["facts_n"].gt(0).sum())
    series = "; ".join(describe_counts(own, period=period) for period in (study.baseline(), study.update()))
    directions = facts["direction"].value_counts()
    lines = [
        f"Detected victims: {series}.",
        *(
            describe_change(row, level=study.thresholds.confidence_level)
            for _, row in change[change["jurisdiction"].eq(jurisdiction)].iterrows()
        ),
        f"The desk review holds {len(facts)} facts on {found} of {len(known)} indicators: "
        f"{directions.get('strength', 0)} strengths, {directions.get('gap', 0)} gaps and "
        f"{directions.get('context', 0)} facts of context. {_describe_basis(facts, sources)}",
        f"For the other {len(known) - found} indicators nothing was found (ND), which is no finding about the "
        "jurisdiction.",
    ]
    cited, has_synthetic_counts = cite_sources(own, sources)
    is_synthetic = has_synthetic_counts or cite_sources(facts, sources)[1]
    return Exhibit(
        "summary", "text", _paragraphs(lines), sources=cited, note=DETECTED_NOT_EXISTING, is_synthetic=is_synthetic
    )


def list_facts(evidence: pd.DataFrame, *, name: str, sources: pd.DataFrame, vocabulary: Vocabulary) -> Exhibit:
    """List facts as statements, each with its indicator, evidence id and sources."""
    _, is_synthetic = cite_sources(evidence, sources)
    items = [
        f"<li>{escape(fact.statement)} <span class='ref'>[{escape(vocabulary.label('indicator', fact.indicator))}; "
        f"{escape(fact.evidence_id)}; {_cite(fact.source_id, vocabulary)}]</span></li>"
        for fact in evidence.itertuples()
    ]
    body = f"<ul class='facts'>{''.join(items)}</ul>" if items else f"<p>{NOTHING_FOUND}</p>"
    return Exhibit(name, "text", body, data=evidence, is_synthetic=is_synthetic)


def say(*sentences: str, name: str, sources: pd.DataFrame) -> Exhibit:
    """Show sentences as paragraphs, escaped; empty ones are left out."""
    _, is_synthetic = cite_sources(pd.DataFrame(), sources)
    return Exhibit(name, "text", _paragraphs(filter(None, sentences)), is_synthetic=is_synthetic)


def list_points(points: Sequence[str], *, name: str, sources: pd.DataFrame) -> Exhibit:
    """Show points of the study's settings as a list, escaped; ND where there is none."""
    _, is_synthetic = cite_sources(pd.DataFrame(), sources)
    items = "".join(f"<li>{escape(point)}</li>" for point in points)
    body = f"<ul>{items}</ul>" if items else f"<p>{NOTHING_FOUND}</p>"
    return Exhibit(name, "text", body, is_synthetic=is_synthetic)


def count_agreement(compared: pd.DataFrame, *, name: str, what: str, sources: pd.DataFrame) -> Exhibit:
    """Say how many comparisons agree, so that a table needs to list the others only.

    Parameters
    ----------
    compared : pandas.DataFrame
        Comparisons with a `verdict`, as `clean.find_conflicts` and `clean.add_up_parts` return them; those that could
        not be decided are `incomplete`.
    what : str
        What was compared, in the plural.

    Examples
    --------
    >>> compared = pd.DataFrame({"verdict": ["agree", "differ", "differ"]})
    >>> register = pd.DataFrame({"source_id": ["a"], "status": ["public"]})
    >>> count_agreement(compared, name="x", what="pairs of figures", sources=register).body
    '<p>Of 3 pairs of figures that were compared, 1 agrees and 2 do not.</p>'
    """
    decided = compared[compared["verdict"].ne("incomplete")]
    agree = int(decided["verdict"].isin(["agree", "fits"]).sum())
    rest = len(decided) - agree
    if decided.empty:
        return say(f"There are no {what} to compare.", name=name, sources=sources)
    verbs = ("agrees" if agree == 1 else "agree", "does not" if rest == 1 else "do not")
    said = f"Of {len(decided)} {what} that were compared, {agree} {verbs[0]} and {rest} {verbs[1]}."
    return say(said, name=name, sources=sources)


def add_labels(rows: pd.DataFrame, *, of: Sequence[str], vocabulary: Vocabulary) -> pd.DataFrame:
    """Return the rows with `label`: what tells them apart, in words; a total is not said.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["female", "total"], "age_group": ["child", "total"], "year": [2024, 2024]})
    >>> names = Vocabulary({"person": {"girls": "Girls"}})
    >>> add_labels(rows, of=["sex", "age_group", "year"], vocabulary=names)["label"].tolist()
    ['Girls, 2024', '2024']
    """
    codes = rows[list(of)].astype("object")
    words = codes.apply(format_column, vocabulary=vocabulary).mask(codes.eq("total") | codes.isna(), "")
    if {"sex", "age_group"} <= set(of):
        both = codes[["sex", "age_group"]].ne("total").all(axis=1)
        words.loc[both, "sex"] = format_column(name_sex_and_age(rows)["person"], vocabulary)[both]
        words.loc[both, "age_group"] = ""
    labels = [", ".join(word for word in row if word) or "All" for row in words.itertuples(index=False)]
    return rows.assign(label=labels)


def add_percentages(shares: pd.DataFrame) -> pd.DataFrame:
    """Return shares between 0 and 1 with `share_pct`, `low_pct` and `high_pct` for a figure in per cent."""
    names = {"share": "share_pct", "share_low": "low_pct", "share_high": "high_pct"}
    return shares.assign(**{to: 100 * shares[name].astype("Float64") for name, to in names.items()})


def define_terms(glossary: pd.DataFrame) -> Exhibit:
    """Show the glossary as a definition list."""
    terms = "".join(f"<dt>{escape(row.term)}</dt><dd>{escape(row.definition)}</dd>" for row in glossary.itertuples())
    body = f"<dl class='glossary'>{terms}</dl>" if terms else f"<p>{NOTHING_FOUND}</p>"
    return Exhibit("glossary", "text", body, data=glossary)


def _describe_basis(facts: pd.DataFrame, sources: pd.DataFrame) -> str:
    """Say how many facts rest on one publisher, and which publisher stands behind most."""
    alone = int(facts["check"].isin(["single_source", "same_publisher"]).sum())
    publishers = facts["source_id"].map(sources.set_index("source_id")["publisher"]).value_counts()
    if publishers.empty:
        return f"{alone} of the facts rest on one publisher alone."
    most = f"{publishers.iloc[0]} stand on texts of {publishers.index[0]}"
    return f"{alone} of the facts rest on one publisher alone; {most}."


def _paragraphs(lines) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)


def _cite(cell: str, vocabulary: Vocabulary) -> str:
    return "; ".join(link_source(part, vocabulary.label("source", part)) for part in cell.split(";"))

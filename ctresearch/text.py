"""Sentences made from numbers and facts, so that no number in a report is typed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pandas as pd

from ctresearch.choices import Scoring
from ctresearch.clean.counts import name_sex_and_age
from ctresearch.exhibits import Exhibit, cite_row, cite_sources
from ctresearch.needs import Rule, Urgency
from ctresearch.robustness import Assessment
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
        f"{escape(fact.evidence_id)}; {cite_row(fact._asdict(), vocabulary)}]</span></li>"
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


def describe_coding(
    ratings: pd.DataFrame, disagreements: pd.DataFrame, *, adjudicator: str, name: str, sources: pd.DataFrame
) -> Exhibit:
    """Say how many coders rated, on how many cells they differ, and what became of these; or why nobody can know.

    Parameters
    ----------
    ratings : pandas.DataFrame
        The table `ratings`.
    disagreements : pandas.DataFrame
        From `ratings.list_disagreements`.
    adjudicator : str
        Role of who settles.

    Examples
    --------
    >>> rows = pd.DataFrame({"coder": ["a"], "jurisdiction": "AAA", "jurisdiction_part": "", "indicator": "P-1",
    ...                      "time_point": "now"})
    >>> register = pd.DataFrame({"source_id": ["a"], "status": ["public"]})
    >>> describe_coding(rows, pd.DataFrame(), adjudicator="panel", name="x", sources=register).body[:62]
    '<p>One coder worked on 1 cells (an indicator in one place at o'
    """
    coders = ratings[ratings["coder"].ne(adjudicator)]
    cell = ["jurisdiction", "jurisdiction_part", "indicator", "time_point"]
    rated = coders.groupby(cell)["coder"].nunique()
    what = f"{len(rated)} cells (an indicator in one place at one time point)"
    coders_n = coders["coder"].nunique()
    if coders_n == 0:
        return say("Nobody has coded the indicators of this study.", name=name, sources=sources)
    if coders_n == 1:
        return say(
            f"One coder worked on {what}. Agreement cannot be measured: it needs a second coder who works on the same "
            "cells without seeing the first. Until then each level is the reading of one person; how far another would "
            "differ is not known, and no level has an interval.",
            name=name,
            sources=sources,
        )
    shared_n, differ_n = int(rated.ge(2).sum()), len(disagreements)
    settled_n = int(disagreements["is_settled"].sum())
    return say(
        f"{coders_n} coders worked on {what}; {shared_n} cells were seen by two or more. They say the same on "
        f"{shared_n - differ_n} and differ on {differ_n}: {settled_n} of these were settled with a reason, and "
        f"{differ_n - settled_n} are open and have no level.",
        name=name,
        sources=sources,
    )


def explain_ranking(assessment: Assessment, *, vocabulary: Vocabulary, name: str, sources: pd.DataFrame) -> Exhibit:
    """Say whether places can be compared at all, which are left out and why, and that there is no index unless chosen.

    Examples
    --------
    >>> coverage = pd.DataFrame({"jurisdiction": ["AAA"], "is_kept": [False], "reason": ["1 of 9 have a value"]})
    >>> register = pd.DataFrame({"source_id": ["a"], "status": ["public"]})
    >>> found = Assessment(coverage, reason="0 of 1 jurisdictions can be compared")
    >>> explain_ranking(found, vocabulary=Vocabulary(), name="x", sources=register).body[:65]
    '<p>No ranking is made: 0 of 1 jurisdictions can be compared.</p><'
    """
    rows = assessment.coverage[~assessment.coverage["is_kept"]]
    names = rows["jurisdiction"].map(lambda code: vocabulary.label("jurisdiction", code))
    left_out = "; ".join(names + ": " + rows["reason"])
    if assessment.reason:
        lines = [
            f"No ranking is made: {assessment.reason}.",
            f"Left out: {left_out}." if left_out else "",
            "A cell without a level is not a low level. A rank from so few cells would say what could be read at a "
            "desk and nothing about the places.",
        ]
        return say(*lines, name=name, sources=sources)
    off = "No index is calculated, because methods.csv switches none on. " if assessment.index.empty else ""
    return say(
        f"{off}The tables below say what a ranking would be worth: one was made in {assessment.draws_n:,} ways, each "
        "with other coders, treatments of missing levels, scales, weights, means and indicators left out.",
        f"Left out: {left_out}." if left_out else "",
        name=name,
        sources=sources,
    )


def explain_urgency(
    urgency: Urgency, rule: Rule, *, shares: Scoring, vocabulary: Vocabulary, name: str, sources: pd.DataFrame
) -> Exhibit:
    """Say how many gaps there are, how many are urgent, by which rule, and what the rule does not say.

    Parameters
    ----------
    urgency : Urgency
    rule : Rule
    shares : Scoring
        The study's choices: how far weights are varied.
    """
    needs = urgency.needs
    if needs.empty:
        return say("No gap is rated and no fact speaks of one, so no need is ranked.", name=name, sources=sources)
    most = [
        f"{vocabulary.label('criterion', criterion)} up to {max(rule.scales[criterion].points.values()):g}"
        for criterion in urgency.criteria
    ]
    bases = needs["need_basis"].value_counts()
    counted = ", ".join(f"{bases[code]} {label}" for code, label in _list_labels(vocabulary, "need_basis", bases))
    absent = [vocabulary.label("criterion", one) for one in rule.scales if one not in urgency.criteria]
    left = f" Not counted, because nothing was given: {', '.join(absent)}." if absent else ""
    listed_n = int(needs["urgent_share"].ge(rule.listed_share).sum())
    return say(
        f"{len(needs)} gaps were found ({counted}). {listed_n} are urgent in at least {rule.listed_share:.0%} of "
        f"{urgency.draws_n:,} draws of the choices, and "
        f"{int(needs['is_always_urgent'].sum())} under every choice.",
        f"Points: {'; '.join(most)}.{left} A need is urgent from {rule.urgent_share:.0%} of the points that can be "
        f"reached. Each draw takes another level within its uncertainty, changes the weight of each criterion by up to "
        f"{shares.weight_share:.0%}, puts what is missing at its bounds and leaves out one criterion or none.",
        "A gap against a written anchor is no finding that a treaty is breached: an anchor may ask for more than the "
        "treaty does. Few detected victims may mean that few are looked for, and a rise that more are found.",
        name=name,
        sources=sources,
    )


def describe_lens(
    read: pd.DataFrame, uncounted: pd.DataFrame, *, vocabulary: Vocabulary, name: str, sources: pd.DataFrame
) -> Exhibit:
    """Say on which gender- and child-sensitive indicators the evidence is silent, and who was not counted.

    Parameters
    ----------
    read : pandas.DataFrame
        From `needs.read_lens`, of one jurisdiction.
    uncounted : pandas.DataFrame
        From `needs.find_uncounted`, of the same.
    """
    lines = []
    for lens, rows in read.groupby("lens", sort=False):
        silent = rows.loc[rows["lens_reading"].eq("silent"), "indicator"]
        named = "; ".join(vocabulary.label("indicator", code) for code in silent)
        ends = f": {named}" if named else ""
        what = f"On {len(silent)} of {len(rows)} indicators that matter for {vocabulary.label('lens', lens)}"
        lines.append(f"{what} the evidence is silent, with neither a level nor a fact{ends}.")
    missing = uncounted.loc[uncounted["counted_n"].eq(0), "person"]
    who = ", ".join(vocabulary.label("person", code).lower() for code in missing)
    counted = f"No number of detected {who} was published" if who else "Women, men, girls and boys were each counted"
    lines.append(f"{counted} for the years of the time point. Silence says nothing about their needs: nobody wrote.")
    return say(*lines, name=name, sources=sources)


def _list_labels(vocabulary: Vocabulary, name: str, present: pd.Series) -> list[tuple[str, str]]:
    return [(code, vocabulary.label(name, code)) for code in vocabulary.codes(name) if code in present.index]


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
    most = f"{publishers.index[0]} ({publishers.iloc[0]})"
    return f"{alone} of the facts rest on one publisher alone. Cited most often: {most}."


def _paragraphs(lines) -> str:
    return "".join(f"<p>{escape(line)}</p>" for line in lines)

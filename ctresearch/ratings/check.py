"""Refuse ratings that their evidence does not carry, with every problem in one list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from ctresearch import schema
from ctresearch.schema import Problem

LEVELS = ("0", "1", "2", "3")
"""Levels of the written anchors."""

NEEDS_MORE_THAN_LAW = ("practice", "outcome")
"""Measure types on which text of law alone, or one kind of source, earns at most level 1."""

_CAPPED = ("2", "3")
_CITED = ("evidence_id", "jurisdiction", "indicator", "year", "evidence_kind", "source_id", "second_source_id")


def classify_sources(sources: pd.DataFrame, publishers: pd.DataFrame) -> pd.DataFrame:
    """Add `publisher_kind`, the kind of source of each publication; empty where the publisher is not classified.

    Parameters
    ----------
    sources : pandas.DataFrame
        The table `sources`.
    publishers : pandas.DataFrame
        The table `publishers`: `publisher`, `publisher_kind`.

    Examples
    --------
    >>> sources = pd.DataFrame({"source_id": ["a", "b"], "publisher": ["Ministry", "Paper"]})
    >>> publishers = pd.DataFrame({"publisher": ["Ministry"], "publisher_kind": ["authority"]})
    >>> classify_sources(sources, publishers)["publisher_kind"].tolist()
    ['authority', '']
    """
    kinds = dict(zip(publishers["publisher"], publishers["publisher_kind"], strict=True))
    return sources.assign(publisher_kind=sources["publisher"].map(kinds).astype("object").fillna(""))


def check_ratings(
    ratings: pd.DataFrame,
    evidence: pd.DataFrame,
    indicators: pd.DataFrame,
    sources: pd.DataFrame,
    periods: Sequence[tuple[str, int, int]],
    *,
    codes: Mapping[str, Collection[str]] | None = None,
    parts: Mapping[str, Collection[str]] | None = None,
    file: str = "ratings.csv",
) -> list[Problem]:
    """Return everything that is wrong with ratings; empty if each keeps its contract and rests on its evidence.

    Refused are: what breaks the contract (unknown codes, double ratings, no coder or date); a level outside 0 to 3; a
    level without evidence, rationale or confidence; ND or NA with a level; ND that does not say what was looked for;
    NA without a reason; a fact that does not exist, is about another jurisdiction or indicator, or lies outside the
    years of the time point; a part of another jurisdiction; a place coded as a whole and by parts; and, on an
    indicator of practice or outcome, level 2 or 3 from text of law alone (`evidence_kind` of all facts is `law`) or
    from one kind of source. The kinds are those of `publishers.csv` (authority of the jurisdiction, authority of
    another state, monitoring body, intergovernmental organisation, civil society, research, press), of the first and
    second sources of all facts; publishers without a kind count as none. Whether a text only retells another is not
    seen from its kind: the coder judges it.

    Parameters
    ----------
    ratings : pandas.DataFrame
        The table `ratings` as read (every column text); its index counts from 0 at row 2 of the file.
    evidence, indicators : pandas.DataFrame
        The tables of these names.
    sources : pandas.DataFrame
        From `classify_sources`: `source_id`, `publisher_kind`.
    periods : sequence of (code, first year, last year)
        The study's time points.
    codes : mapping of str to collection of str, optional
        Further code lists: `jurisdiction`, `jurisdiction_part`, `rating_status`, `confidence`; absent: not checked.
    parts : mapping of str to collection of str, optional
        Parts of each jurisdiction that is rated by parts; absent: not checked.
    file : str
        Name to print.

    Examples
    --------
    >>> rating = {"coder": "coder_a", "jurisdiction": "AAA", "jurisdiction_part": "", "indicator": "PROT-01",
    ...           "time_point": "baseline", "value": "2", "status": "coded", "evidence_ids": "f1", "rationale": "why",
    ...           "looked_for": "", "confidence": "low", "date": "2026-11-24"}
    >>> fact = {"evidence_id": "f1", "jurisdiction": "AAA", "indicator": "PROT-01", "year": 2014,
    ...         "evidence_kind": "practice", "source_id": "s", "second_source_id": ""}
    >>> indicators = pd.DataFrame({"indicator": ["PROT-01"], "measure_type": ["practice"]})
    >>> sources = pd.DataFrame({"source_id": ["s"], "publisher_kind": ["press"]})
    >>> problems = check_ratings(pd.DataFrame([rating]), pd.DataFrame([fact]), indicators, sources,
    ...                          [("baseline", 2013, 2014)])
    >>> print(problems[0])  # doctest: +ELLIPSIS
    ratings.csv, row 2, column 'value': found '2 from press', expected at most level 1 on practice or outcome from one
    kind of source. Add a fact from another kind of source, or lower the level.
    """
    rows = ratings.astype("string").fillna("").astype("str")
    allowed = {
        "indicator": tuple(indicators["indicator"]),
        "time_point": tuple(code for code, _, _ in periods),
        "rating_status": ("coded", "ND", "NA"),
        **(codes or {}),
    }
    problems = schema.check_table(schema.RATINGS, rows, allowed, file=file, may_be_empty=True)
    if any(not problem.rows for problem in problems):
        return problems
    sound = rows.drop(index=[row - 2 for row in {row for problem in problems for row in problem.rows}])
    problems += _check_levels(sound, file) + _check_parts(sound, parts, file)
    citations = _list_citations(sound, evidence)
    problems += _check_citations(citations, periods, file)
    return problems + _check_ceiling(citations, indicators, sources, file)


def _name_rows(index: pd.Index) -> tuple[int, ...]:
    return tuple(sorted({int(place) + 2 for place in index}))


def _check_levels(rows: pd.DataFrame, file: str) -> list[Problem]:
    """Find rows whose value, status and reasons do not belong together."""
    value, status = rows["value"], rows["status"]
    is_coded, is_open = status.eq("coded"), status.isin(["ND", "NA"])
    checks = (
        (~value.isin(["", *LEVELS]), "value", "a level from 0 to 3", "Enter a level of the written anchors."),
        (is_coded & value.eq(""), "value", "a level where the status is coded", "Enter it, or set the status to ND."),
        (is_open & value.ne(""), "value", "no level where the status is ND or NA", "Empty the cell, or code it."),
        (is_coded & rows["evidence_ids"].eq(""), "evidence_ids", "the facts that a level rests on",
         "Cite facts of evidence.csv, or set the status to ND."),
        (is_coded & rows["rationale"].eq(""), "rationale", "a rationale for a level",
         "Say which fact meets which anchor."),
        (is_coded & rows["confidence"].eq(""), "confidence", "the confidence of a level", "Enter low, medium or high."),
        (status.eq("ND") & rows["looked_for"].eq(""), "looked_for", "what was looked for where nothing decides",
         "Say what was looked for, and where."),
        (status.eq("NA") & rows["rationale"].eq(""), "rationale", "a reason why the question does not apply",
         "Say why, by the rule of the indicator."),
    )  # fmt: skip
    problems = []
    for is_wrong, column, expected, remedy in checks:
        for found, wrong in rows[is_wrong.astype(bool)].groupby(column, sort=False):
            problems.append(Problem(file, expected, remedy, _name_rows(wrong.index), column, str(found)))
    return problems


def _check_parts(rows: pd.DataFrame, parts: Mapping[str, Collection[str]] | None, file: str) -> list[Problem]:
    problems = []
    is_part = rows["jurisdiction_part"].ne("")
    for (jurisdiction, part), named in rows[is_part].groupby(["jurisdiction", "jurisdiction_part"], sort=False):
        own = (parts or {}).get(jurisdiction, ())
        if parts is not None and part not in own:
            expected = f"a part of {jurisdiction} ({', '.join(own)})" if own else f"no part: {jurisdiction} has none"
            remedy = "Correct it, or name the parts of the jurisdiction in study.toml."
            problems.append(Problem(file, expected, remedy, _name_rows(named.index), "jurisdiction_part", part))
    cell = ["coder", "jurisdiction", "indicator", "time_point"]
    coded = rows[rows["status"].eq("coded")].assign(is_part=is_part)
    is_double = coded.groupby(cell, sort=False)["is_part"].transform("nunique").gt(1)
    for _, same in coded[is_double].groupby(cell, sort=False):
        remedy = "Keep the level of the whole or those of the parts; the parts are rolled up by rule."
        expected = "a level for the whole or for its parts, not both"
        problems.append(Problem(file, expected, remedy, _name_rows(same.index), "jurisdiction_part"))
    return problems


def _list_citations(rows: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """Return one row a cited fact, indexed as the rating, with the fact beside it (`year` missing: no such fact)."""
    cited = rows.assign(cited=rows["evidence_ids"].str.split(";")).explode("cited")
    cited = cited[cited["cited"].ne("")].drop(columns="evidence_ids")
    facts = evidence[list(_CITED)].drop_duplicates("evidence_id").add_prefix("fact_")
    joined = cited.reset_index(names="place").merge(facts, left_on="cited", right_on="fact_evidence_id", how="left")
    return joined.assign(fact_year=pd.to_numeric(joined["fact_year"], errors="coerce")).set_index("place")


def _check_citations(citations: pd.DataFrame, periods: Sequence[tuple[str, int, int]], file: str) -> list[Problem]:
    """Find facts that do not exist, are about another cell, or are not of the years of the time point."""
    is_known = citations["fact_evidence_id"].notna()
    problems = [
        _refuse(wrong, str(found), "facts of evidence.csv", "Correct the id, or add the fact with its source.", file)
        for found, wrong in citations[~is_known].groupby("cited", sort=False)
    ]
    about = ["fact_jurisdiction", "fact_indicator"]
    is_other = (citations[about].to_numpy() != citations[["jurisdiction", "indicator"]].to_numpy()).any(axis=1)
    for (fact, place, question), wrong in citations[is_known & is_other].groupby(["cited", *about], sort=False):
        expected = "facts about the jurisdiction and indicator of the row"
        problems.append(
            _refuse(wrong, f"{fact} ({place}, {question})", expected, "Cite the facts on this cell alone.", file)
        )
    for point, first, last in periods:
        year = citations["fact_year"]
        is_outside = citations["time_point"].eq(point) & year.notna() & ~year.between(first, last)
        for (fact, dated), wrong in citations[is_outside].groupby(["cited", "fact_year"], sort=False):
            expected = f"facts of {first} to {last} for the time point {point}"
            remedy = "Cite facts of these years, or set the status to ND."
            problems.append(_refuse(wrong, f"{fact} ({int(dated)})", expected, remedy, file))
    return problems


def _refuse(wrong: pd.DataFrame, found: str, expected: str, remedy: str, file: str) -> Problem:
    return Problem(file, expected, remedy, _name_rows(wrong.index), "evidence_ids", found)


def _check_ceiling(
    citations: pd.DataFrame, indicators: pd.DataFrame, sources: pd.DataFrame, file: str
) -> list[Problem]:
    """Find levels 2 and 3 on practice or outcome that rest on law text alone or on one kind of source."""
    types = dict(zip(indicators["indicator"], indicators["measure_type"], strict=True))
    kinds = dict(zip(sources["source_id"], sources["publisher_kind"], strict=True))
    is_capped = citations["indicator"].map(types).isin(NEEDS_MORE_THAN_LAW) & citations["value"].isin(_CAPPED)
    problems = []
    of_capped = citations[is_capped & citations["status"].eq("coded") & citations["fact_evidence_id"].notna()]
    for _, facts in of_capped.groupby(level=0, sort=False):
        rows, level = _name_rows(facts.index), facts["value"].iloc[0]
        cited = (*facts["fact_source_id"], *facts["fact_second_source_id"])
        named = sorted({kinds.get(name, "") for name in cited} - {""})
        if set(facts["fact_evidence_kind"]) == {"law"}:
            expected = "at most level 1 on practice or outcome from text of law alone"
            remedy = "Add a fact on what is done, or lower the level."
            problems.append(Problem(file, expected, remedy, rows, "value", level))
        if len(named) < 2:
            expected = "at most level 1 on practice or outcome from one kind of source"
            remedy = "Add a fact from another kind of source, or lower the level."
            if not named:
                remedy = "Say in publishers.csv what kind of source the publishers are, or lower the level."
            found = f"{level} from {', '.join(named) or 'publishers without a kind'}"
            problems.append(Problem(file, expected, remedy, rows, "value", found))
    return problems

"""What is known about each mechanism: coverage of the framework and its reading item by item."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

DIRECTIONS = ("strength", "gap", "context")


def assign_time_points(evidence: pd.DataFrame, *, periods: Sequence[tuple[str, int, int]]) -> pd.DataFrame:
    """Add `time_point`: the code of the period that holds the year of the fact, else `other`.

    Parameters
    ----------
    evidence : pandas.DataFrame
        Facts with `year`.
    periods : sequence of (code, first year, last year)
        The study's time points.

    Examples
    --------
    >>> facts = pd.DataFrame({"year": [2013, 2018]})
    >>> assign_time_points(facts, periods=[("baseline", 2012, 2015)])["time_point"].tolist()
    ['baseline', 'other']
    """
    time_point = pd.Series("other", index=evidence.index)
    for code, first, last in periods:
        time_point = time_point.mask(evidence["year"].between(first, last).astype(bool), code)
    return evidence.assign(time_point=time_point)


def count_coverage(evidence: pd.DataFrame, indicators: pd.DataFrame, *, jurisdictions: Sequence[str]) -> pd.DataFrame:
    """Count facts by indicator and jurisdiction; every pair has a row, none is left out.

    Returns
    -------
    pandas.DataFrame
        `indicator`, `pillar`, `is_core`, `jurisdiction`, `strength_n`, `gap_n`, `context_n`, `facts_n` and `reading`:
        `strength`, `gap`, `mixed` (both), `context` (facts without a direction) or `ND` (no fact found).
    """
    pairs = indicators[["indicator", "pillar", "is_core"]].merge(
        pd.DataFrame({"jurisdiction": list(jurisdictions)}), how="cross"
    )
    counts = evidence.groupby(["indicator", "jurisdiction", "direction"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(DIRECTIONS), fill_value=0).add_suffix("_n").reset_index()
    covered = pairs.merge(counts, on=["indicator", "jurisdiction"], how="left")
    columns = [f"{direction}_n" for direction in DIRECTIONS]
    covered[columns] = covered[columns].fillna(0).astype(int)
    return covered.assign(facts_n=covered[columns].sum(axis=1), reading=_read(covered))


def select_facts(
    evidence: pd.DataFrame,
    *,
    jurisdiction: str,
    kinds: Sequence[str] = (),
    directions: Sequence[str] = (),
) -> pd.DataFrame:
    """Select the facts on a jurisdiction, of some kinds of evidence or directions if named, by indicator and year."""
    fits = evidence["jurisdiction"].eq(jurisdiction)
    if kinds:
        fits &= evidence["evidence_kind"].isin(kinds)
    if directions:
        fits &= evidence["direction"].isin(directions)
    return evidence[fits].sort_values(["indicator", "year", "evidence_id"], kind="stable", ignore_index=True)


def lay_out_benchmark(benchmarks: pd.DataFrame, *, benchmark: str) -> pd.DataFrame:
    """Lay out the items of a benchmark side by side, one row a jurisdiction and year, as printed."""
    rows = benchmarks[benchmarks["benchmark"].eq(benchmark)]
    if rows.empty:
        return pd.DataFrame(columns=["jurisdiction", "year", "source_id"])
    keys = ["jurisdiction", "year", "source_id"]
    return rows.pivot(index=keys, columns="item", values="printed").fillna("ND").reset_index().rename_axis(columns=None)


def list_mechanisms(
    evidence: pd.DataFrame, indicators: pd.DataFrame, *, jurisdiction: str, pillar: str
) -> pd.DataFrame:
    """List the facts on every indicator of a pillar; an indicator without one has a row that says ND.

    Returns
    -------
    pandas.DataFrame
        `item` (such as `ALB-PROT-03`, by which a reader can cite the indicator of this place), `indicator`, `theme`,
        `year`, `statement`, `direction`, `evidence_id`, and sources with locators, in the framework's order.
    """
    facts = evidence[evidence["jurisdiction"].eq(jurisdiction)]
    texts = ["direction", "evidence_id", "source_id", "locator", "second_source_id", "second_locator"]
    columns = ["indicator", "year", "statement", *texts]
    listed = indicators.loc[indicators["pillar"].eq(pillar), ["indicator", "theme"]].merge(
        facts[columns].sort_values("year", kind="stable"), on="indicator", how="left"
    )
    listed["statement"] = listed["statement"].fillna("ND: no published fact was found in the desk review.")
    listed[texts] = listed[texts].fillna("")
    listed.insert(0, "item", jurisdiction + "-" + listed["indicator"])
    return listed


def count_facts_by_time(dated: pd.DataFrame, *, jurisdictions: Sequence[str]) -> pd.DataFrame:
    """Count facts by time point and jurisdiction, with the sources they come from.

    Parameters
    ----------
    dated : pandas.DataFrame
        From `assign_time_points`.
    """
    own = dated[dated["jurisdiction"].isin(jurisdictions)]
    counts = (
        own.groupby(["time_point", "jurisdiction"]).size().unstack(fill_value=0).reindex(columns=list(jurisdictions))
    )
    return counts.fillna(0).astype(int).stack().rename("facts_n").reset_index()


def count_readings(coverage: pd.DataFrame) -> pd.DataFrame:
    """Count indicators by reading and jurisdiction; every reading has a row.

    Parameters
    ----------
    coverage : pandas.DataFrame
        From `count_coverage`.
    """
    counts = coverage.groupby(["jurisdiction", "reading"], sort=False).size().unstack(fill_value=0)
    counts = counts.reindex(columns=["strength", "mixed", "gap", "context", "ND"], fill_value=0)
    return counts.stack().rename("indicators_n").reset_index()


def find_shared_gaps(coverage: pd.DataFrame, *, shared_gap_n: int) -> pd.DataFrame:
    """List indicators that are read as a gap, alone or beside a strength, in at least so many jurisdictions.

    Returns
    -------
    pandas.DataFrame
        `indicator`, `gaps` (codes joined by `;`), `gaps_n`; the most shared first.
    """
    weak = coverage[coverage["reading"].isin(["gap", "mixed"])]
    shared = weak.groupby("indicator", sort=False)["jurisdiction"].agg([";".join, "size"]).reset_index()
    shared.columns = ["indicator", "gaps", "gaps_n"]
    shared = shared[shared["gaps_n"].ge(shared_gap_n)]
    return shared.sort_values("gaps_n", ascending=False, kind="stable", ignore_index=True)


def score_gsi(
    items: pd.DataFrame, gsi_items: pd.DataFrame, indicators: pd.DataFrame, *, jurisdictions: Sequence[str]
) -> pd.DataFrame:
    """Share of Global Slavery Index items met, by jurisdiction and pillar of OUR framework.

    Only items with an indicator count; a negative item is met when the index did not find it. This is a
    benchmark: it stands beside our coding and never enters it.

    Parameters
    ----------
    jurisdictions : sequence of str
        Codes in the order of the report; others are left out. Pillars follow the order of the indicators.

    Returns
    -------
    pandas.DataFrame
        `jurisdiction`, `pillar`, `met_n`, `items_n`, `met_share`, `source_id`.
    """
    judged = judge_gsi_items(items, gsi_items).merge(indicators[["indicator", "pillar"]], on="indicator")
    orders = {"jurisdiction": list(jurisdictions), "pillar": indicators["pillar"].unique()}
    ordered = judged.assign(**{name: pd.Categorical(judged[name], order) for name, order in orders.items()})
    groups = ordered.groupby(list(orders), observed=True)
    scored = groups.agg(met_n=("is_met", "sum"), items_n=("is_met", "size"), source_id=("source_id", "first"))
    shares = scored.assign(met_share=scored["met_n"] / scored["items_n"]).reset_index()
    return shares.astype(dict.fromkeys(orders, "str"))


def judge_gsi_items(items: pd.DataFrame, gsi_items: pd.DataFrame) -> pd.DataFrame:
    """Join each reported item with its label and say whether it is met.

    Parameters
    ----------
    items : pandas.DataFrame
        Rows of `benchmarks` with benchmark `gsi_item`: `jurisdiction`, `item`, `value`, `source_id`.
    gsi_items : pandas.DataFrame
        The crosswalk: `item`, `label`, `is_negative`, `indicator`, `fit`, `gap_reading`, `rated_if`.
    """
    reported = items[items["value"].notna()]
    judged = reported[["jurisdiction", "item", "value", "source_id"]].merge(gsi_items, on="item")
    positive = judged["value"].eq(1)
    negative_absent = judged["value"].eq(0)
    return judged.assign(is_met=negative_absent.where(judged["is_negative"], positive).astype(bool))


def _read(covered: pd.DataFrame) -> pd.Series:
    reading = pd.Series("ND", index=covered.index).mask(covered["context_n"].gt(0), "context")
    reading = reading.mask(covered["strength_n"].gt(0), "strength").mask(covered["gap_n"].gt(0), "gap")
    return reading.mask(covered["strength_n"].gt(0) & covered["gap_n"].gt(0), "mixed")

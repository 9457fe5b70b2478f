"""The framework in the terms of others: provisions of their standards, and levels beside another index's items."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from ctresearch.vocabulary import NOT_APPLICABLE, UNKNOWN

READINGS = ("strength", "mixed", "gap", "context", UNKNOWN)
"""How the facts on an indicator can be read, as `score.count_coverage` has it."""


def read_standards(coverage: pd.DataFrame, standards: pd.DataFrame, *, only: Sequence[str] = ()) -> pd.DataFrame:
    """Give every provision the reading of each of its indicators in each jurisdiction.

    Parameters
    ----------
    coverage : pandas.DataFrame
        From `score.count_coverage`: `indicator`, `jurisdiction`, `reading`.
    standards : pandas.DataFrame
        The crosswalk.
    only : sequence of str
        Standards that a partner reads by; all if empty.

    Returns
    -------
    pandas.DataFrame
        The rows of the crosswalk, each once a jurisdiction, with `jurisdiction` and `reading`. A reading says what the
        facts on our indicator are; it is no finding that a provision is kept or broken.

    Raises
    ------
    ValueError
        If a standard in `only` has no provision.

    Examples
    --------
    >>> coverage = pd.DataFrame({"indicator": ["P-1", "P-2"], "jurisdiction": "AAA", "reading": ["gap", "ND"]})
    >>> standards = pd.DataFrame({"standard": "treaty", "provision": ["1", "2"], "indicator": ["P-1", "P-2"]})
    >>> read_standards(coverage, standards, only=["treaty"])["reading"].tolist()
    ['gap', 'ND']
    """
    absent = [name for name in only if name not in set(standards["standard"])]
    if absent:
        raise ValueError(
            f"no provision of '{absent[0]}'; expected of {', '.join(dict.fromkeys(standards['standard']))}"
        )
    chosen = standards[standards["standard"].isin(only)] if len(only) else standards
    return chosen.merge(coverage[["indicator", "jurisdiction", "reading"]], on="indicator")


def count_standards(readings: pd.DataFrame) -> pd.DataFrame:
    """Count provisions and indicators of each standard, and the indicators by reading in each jurisdiction.

    Parameters
    ----------
    readings : pandas.DataFrame
        From `read_standards`.

    Returns
    -------
    pandas.DataFrame
        `standard`, `jurisdiction`, `provisions_n`, `indicators_n`, and `strength_n`, `mixed_n`, `gap_n`, `context_n`,
        `unknown_n`, which add up to `indicators_n`: an indicator counts once, however many provisions ask for it.

    Examples
    --------
    >>> readings = pd.DataFrame({"standard": "treaty", "provision": ["1", "2"], "indicator": "P-1",
    ...                          "jurisdiction": "AAA", "reading": "gap"})
    >>> count_standards(readings)[["provisions_n", "indicators_n", "gap_n"]].values.tolist()
    [[2, 1, 1]]
    """
    keys = ["standard", "jurisdiction"]
    provisions = readings.groupby("standard", sort=False)["provision"].nunique()
    once = readings.drop_duplicates([*keys, "indicator"])
    counts = once.groupby([*keys, "reading"], sort=False).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(READINGS), fill_value=0).rename(columns={UNKNOWN: "unknown"}).add_suffix("_n")
    counted = counts.rename_axis(columns=None).reset_index()
    counted.insert(2, "provisions_n", counted["standard"].map(provisions))
    counted.insert(3, "indicators_n", counts.sum(axis=1).to_numpy())
    return counted


def list_provisions(readings: pd.DataFrame) -> pd.DataFrame:
    """List the provisions of each standard with the jurisdictions whose facts show a gap or a strength.

    Parameters
    ----------
    readings : pandas.DataFrame
        From `read_standards`.

    Returns
    -------
    pandas.DataFrame
        `standard`, `provision`, `asks`, `is_binding`, `citation_check`; `indicators` joined by `;`; `gaps` and
        `strengths`: jurisdictions with at least one such indicator, joined by `;`, in the order of the study. One that
        has both stands in both; one in neither is not known to keep the provision.

    Examples
    --------
    >>> readings = pd.DataFrame({"standard": "treaty", "provision": "1", "asks": "a shelter", "is_binding": True,
    ...                          "citation_check": "audited", "indicator": ["P-1", "P-1", "P-2"],
    ...                          "jurisdiction": ["AAA", "BBB", "AAA"], "reading": ["mixed", "ND", "strength"]})
    >>> list_provisions(readings)[["indicators", "gaps", "strengths"]].values.tolist()
    [['P-1;P-2', 'AAA', 'AAA']]
    """
    keys = ["standard", "provision"]
    first = readings.drop_duplicates(keys)[[*keys, "asks", "is_binding", "citation_check"]]
    order = {code: place for place, code in enumerate(dict.fromkeys(readings["jurisdiction"]))}
    joined = {
        "indicators": readings.groupby(keys)["indicator"].agg(lambda codes: ";".join(dict.fromkeys(codes))),
        "gaps": _join_places(readings[readings["reading"].isin(["gap", "mixed"])], keys, order),
        "strengths": _join_places(readings[readings["reading"].isin(["strength", "mixed"])], keys, order),
    }
    listed = first.merge(pd.DataFrame(joined), on=keys, how="left")
    return listed.fillna({"gaps": "", "strengths": ""}).reset_index(drop=True)


def _join_places(rows: pd.DataFrame, keys: list[str], order: dict[str, int]) -> pd.Series:
    return (
        rows.groupby(keys)["jurisdiction"].agg(lambda codes: ";".join(sorted(set(codes), key=order.get))).astype("str")
    )


def add_provisions(rows: pd.DataFrame, standards: pd.DataFrame, *, only: Sequence[str]) -> pd.DataFrame:
    """Name each row's indicator by the provisions of standards: one column a standard, close provisions first.

    Parameters
    ----------
    rows : pandas.DataFrame
        Anything about an indicator: findings, facts, levels, gaps.
    standards : pandas.DataFrame
        The crosswalk.
    only : sequence of str
        Standards that become columns. A provision from memory ends in `(?)`; empty where none fits.

    Examples
    --------
    >>> standards = pd.DataFrame({"standard": "treaty", "provision": ["Art. 1", "Art. 2"], "indicator": "P-1",
    ...                           "fit": ["partial", "close"], "citation_check": ["audited", "memory"]})
    >>> add_provisions(pd.DataFrame({"indicator": ["P-1", "P-2"]}), standards, only=["treaty"])["treaty"].tolist()
    ['Art. 2 (?); Art. 1', '']
    """
    marks = standards["citation_check"].map({"memory": " (?)"}).fillna("")
    named = standards.assign(named=standards["provision"] + marks).sort_values(
        "fit", key=lambda fits: fits.ne("close"), kind="stable"
    )
    columns = {}
    for name in only:
        texts = named[named["standard"].eq(name)].groupby("indicator")["named"].agg("; ".join)
        columns[name] = rows["indicator"].map(texts).fillna("").astype("str")
    return rows.assign(**columns)


_ITEM = ("item", "label", "is_negative", "fit", "is_met", "met_from", "unmet_to", "source_id")


def compare_with_items(
    levels: pd.DataFrame, judged: pd.DataFrame, *, time_point: str, jurisdictions: Sequence[str]
) -> pd.DataFrame:
    """Set our level beside each item of another index; item by item, nothing is added up.

    The anchors decide: from `met_from` on, the anchor of our level says that the item is met; up to `unmet_to`, that
    it is not. Between the two our level leaves it open, and the two cannot be compared.

    Parameters
    ----------
    levels : pandas.DataFrame
        One level a cell: `jurisdiction`, `indicator`, `time_point`, `value` (0 to 3), `status`.
    judged : pandas.DataFrame
        From `score.judge_gsi_items`, with `met_from` and `unmet_to`. Items without an indicator are left out.
    time_point : str
        Code of the time point whose levels are compared.
    jurisdictions : sequence of str
        Whose items are compared, in this order.

    Returns
    -------
    pandas.DataFrame
        `jurisdiction`, `indicator`, `value`, `status`, `our_level` (the value, ND or NA), `item`, `asks` (what is so
        when the item is met; a negative item asks that something is not found), `fit`, `is_met`, `agreement` (`agree`,
        `differ` or `not_comparable`), `agreement_reason`, `source_id`. A cell without a level is ND.

    Raises
    ------
    ValueError
        If a cell has two levels.

    Examples
    --------
    >>> cell = {"jurisdiction": "AAA", "time_point": "now", "status": "coded"}
    >>> levels = pd.DataFrame([{**cell, "indicator": "P-1", "value": 2}, {**cell, "indicator": "P-2", "value": 1}])
    >>> item = {"jurisdiction": "AAA", "label": "plan", "is_negative": False, "fit": "close", "source_id": "s"}
    >>> item |= {"met_from": 2, "unmet_to": 0}
    >>> judged = pd.DataFrame([{**item, "indicator": "P-1", "item": "M1", "is_met": False},
    ...                        {**item, "indicator": "P-2", "item": "M2", "is_met": True}])
    >>> compared = compare_with_items(levels, judged, time_point="now", jurisdictions=["AAA"])
    >>> compared[["agreement", "agreement_reason"]].values.tolist()
    [['differ', 'opposite'], ['not_comparable', 'level_open']]
    """
    keys = ["jurisdiction", "indicator"]
    now = levels.loc[levels["time_point"].eq(time_point), [*keys, "value", "status"]]
    if now.duplicated(keys).any():
        raise ValueError("two levels of one cell; settle the coders and roll up the parts first")
    items = judged.loc[judged["indicator"].ne(""), [*keys, *_ITEM]]
    ordered = pd.DataFrame({"jurisdiction": list(jurisdictions)}, dtype="str").merge(items, on="jurisdiction")
    rows = ordered.merge(now, on=keys, how="left").fillna({"status": UNKNOWN})
    value = rows["value"].astype("Int64")
    says_met = value.ge(rows["met_from"].astype("Int64")).fillna(False).astype(bool)
    says_unmet = value.le(rows["unmet_to"].astype("Int64")).fillna(False).astype(bool)
    is_met = rows["is_met"].astype(bool)
    reason = pd.Series("level_open", index=rows.index, dtype="str")
    reason = reason.mask(says_met | says_unmet, "opposite").mask((says_met & is_met) | (says_unmet & ~is_met), "same")
    reason = reason.mask(rows["fit"].ne("close"), "partial_fit")
    reason = reason.mask(rows["status"].eq(UNKNOWN), "no_level").mask(
        rows["status"].eq(NOT_APPLICABLE), "not_applicable"
    )
    compared = rows.assign(
        value=value,
        our_level=value.astype("str").where(rows["status"].eq("coded"), rows["status"]),
        asks=rows["label"].mask(rows["is_negative"].astype(bool), "not found: " + rows["label"]),
        agreement=reason.map({"same": "agree", "opposite": "differ"}).fillna("not_comparable"),
        agreement_reason=reason,
    )
    shown = ["value", "status", "our_level", "item", "asks", "fit", "is_met", "agreement", "agreement_reason"]
    return compared[[*keys, *shown, "source_id"]].reset_index(drop=True)


def _find_reason(rows: pd.DataFrame) -> pd.Series:
    says_met = rows["value"].ge(rows["met_from"]).fillna(False).astype(bool)
    says_unmet = rows["value"].le(rows["unmet_to"]).fillna(False).astype(bool)
    is_same = (says_met & rows["is_met"]) | (says_unmet & ~rows["is_met"])
    reason = pd.Series("level_open", index=rows.index, dtype="str")
    reason = reason.mask(says_met | says_unmet, "opposite").mask(is_same, "same")
    reason = reason.mask(rows["fit"].ne("close"), "partial_fit")
    return reason.mask(rows["status"].eq(UNKNOWN), "no_level").mask(rows["status"].eq(NOT_APPLICABLE), "not_applicable")


def count_agreement(compared: pd.DataFrame) -> pd.DataFrame:
    """Count how items compare, with the reason, by jurisdiction.

    Parameters
    ----------
    compared : pandas.DataFrame
        From `compare_with_items`.

    Returns
    -------
    pandas.DataFrame
        `agreement`, `agreement_reason`, `jurisdiction`, `items_n`; every reason that occurs has a row a jurisdiction.
    """
    keys = ["agreement", "agreement_reason"]
    reasons = compared[keys].drop_duplicates().sort_values(keys, kind="stable")
    pairs = reasons.merge(compared[["jurisdiction"]].drop_duplicates(), how="cross")
    counts = compared.groupby([*keys, "jurisdiction"]).size().rename("items_n").reset_index()
    return pairs.merge(counts, how="left").fillna({"items_n": 0}).astype({"items_n": "int64"})

"""Recommendations in the terms of partners, and by who acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

STANDARD_COLUMNS = ("standard", "provision", "asks", "fit", "is_binding", "citation_check", "recommendation_ids")


def add_standards(advice: pd.DataFrame, standards: pd.DataFrame) -> pd.DataFrame:
    """Name the standards that ask for the same as the indicator of each recommendation.

    Parameters
    ----------
    advice : pandas.DataFrame
        From `recommend`.
    standards : pandas.DataFrame
        The framework table; only close provisions count.

    Returns
    -------
    pandas.DataFrame
        The recommendations with `standards` (codes joined by `;`, in the order of the table; empty if none).

    Examples
    --------
    >>> advice = pd.DataFrame({"recommendation_id": ["A-1"], "indicator": ["P-1"]})
    >>> rows = [("x", "Art. 1", "P-1", "close"), ("y", "Art. 2", "P-1", "partial")]
    >>> standards = pd.DataFrame(rows, columns=["standard", "provision", "indicator", "fit"])
    >>> add_standards(advice, standards)["standards"].tolist()
    ['x']
    """
    close = standards[standards["fit"].eq("close")]
    named = close.groupby("indicator", sort=False)["standard"].agg(lambda codes: ";".join(dict.fromkeys(codes)))
    return advice.assign(standards=advice["indicator"].map(named.to_dict()).fillna("").astype("str"))


def list_by_standard(advice: pd.DataFrame, standards: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """List, for every standard, its provisions and the recommendations that serve them.

    Parameters
    ----------
    advice, standards
        As for `add_standards`.

    Returns
    -------
    dict of str to pandas.DataFrame
        By standard: `STANDARD_COLUMNS` and `source_id` (of the recommendations), one row a provision that a
        recommendation serves.

    Examples
    --------
    >>> advice = pd.DataFrame({"recommendation_id": ["A-1", "B-1"], "indicator": "P-1", "source_id": "s"})
    >>> row = ("x", "Art. 1", "P-1", "it", "close", True, "audited")
    >>> names = ["standard", "provision", "indicator", "asks", "fit", "is_binding", "citation_check"]
    >>> list_by_standard(advice, pd.DataFrame([row], columns=names))["x"]["recommendation_ids"].tolist()
    ['A-1;B-1']
    """
    close = standards[standards["fit"].eq("close")]
    joined = close.merge(advice[["recommendation_id", "indicator", "source_id"]], on="indicator")
    keys = list(STANDARD_COLUMNS[:-1])
    listed = joined.groupby(keys, sort=False).agg(
        recommendation_ids=("recommendation_id", _join), source_id=("source_id", _join)
    )
    rows = listed.reset_index()[[*STANDARD_COLUMNS, "source_id"]]
    order = dict.fromkeys(standards["standard"])
    return {code: rows[rows["standard"].eq(code)].reset_index(drop=True) for code in order}


def list_by_addressee(
    advice: pd.DataFrame, *, addressees: Sequence[str] | Mapping[str, str]
) -> dict[str, pd.DataFrame]:
    """Split the recommendations by who acts, in the order of the code list; those without any are left out.

    Examples
    --------
    >>> advice = pd.DataFrame({"recommendation_id": ["A-1", "A-2"], "addressee": ["police", "judiciary"]})
    >>> list(list_by_addressee(advice, addressees=["judiciary", "legislature", "police"]))
    ['judiciary', 'police']
    """
    parts = {code: advice[advice["addressee"].eq(code)].reset_index(drop=True) for code in addressees}
    return {code: rows for code, rows in parts.items() if len(rows)}


def _join(cells: pd.Series) -> str:
    return ";".join(dict.fromkeys(part for cell in cells for part in cell.split(";")))

"""Flows of victims between places, added up with their bounds."""

from __future__ import annotations

import pandas as pd


def select_abroad(flows: pd.DataFrame, *, jurisdiction: str, source_id: str) -> pd.DataFrame:
    """Select the flows of citizens of one jurisdiction to named places elsewhere, from one source.

    Examples
    --------
    >>> flows = pd.DataFrame({"origin": "A", "destination": ["A", "B", "abroad"], "source_id": "s"})
    >>> select_abroad(flows, jurisdiction="A", source_id="s")["destination"].tolist()
    ['B']
    """
    return flows[
        flows["origin"].eq(jurisdiction)
        & flows["source_id"].eq(source_id)
        & ~flows["destination"].isin([jurisdiction, "abroad", "unknown"])
    ].reset_index(drop=True)


def sum_flows(
    flows: pd.DataFrame, *, measure: str, source_id: str, years: tuple[int, int] | None = None
) -> pd.DataFrame:
    """Sum yearly flows between pairs, with bounds; a masked year adds its bounds.

    Parameters
    ----------
    flows : pandas.DataFrame
        The table of flows.
    measure, source_id : str
        One measure of one source; others are never added to it.
    years : tuple of int, optional
        First and last year; all years if not given.

    Returns
    -------
    pandas.DataFrame
        `origin`, `destination`, `value_low`, `value_high`, `years_n` (years with a figure), `first_year`,
        `last_year`, `source_id`, the largest first; pairs of which every year is zero are left out.

    Examples
    --------
    >>> flows = pd.DataFrame({"origin": "A", "destination": "B", "measure": "m", "source_id": "s", "year": [2013, 2014],
    ...                       "year_end": [2013, 2014], "value_low": [7.0, 1.0], "value_high": [7.0, 4.0]})
    >>> sum_flows(flows, measure="m", source_id="s")[["value_low", "value_high", "years_n"]].values.tolist()
    [[8.0, 11.0, 2.0]]
    """
    fits = flows["measure"].eq(measure) & flows["source_id"].eq(source_id)
    if years is not None:
        fits &= flows["year"].between(*years) & flows["year_end"].between(*years)
    summed = (
        flows[fits]
        .groupby(["origin", "destination"])
        .agg(
            value_low=("value_low", "sum"),
            value_high=("value_high", _sum_limits),
            years_n=("year", "nunique"),
            first_year=("year", "min"),
            last_year=("year_end", "max"),
        )
    )
    summed = summed[summed["value_high"].fillna(float("inf")).gt(0)].reset_index().assign(source_id=source_id)
    order = ["value_low", "value_high", "origin", "destination"]
    return summed.sort_values(order, ascending=[False, False, True, True], ignore_index=True)


def _sum_limits(limits: pd.Series) -> float:
    return limits.sum(skipna=False)

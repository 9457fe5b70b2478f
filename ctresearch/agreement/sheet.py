"""The sheet on which coders settle what they see differently."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctresearch.agreement.units import Units, arrange_units
from ctresearch.vocabulary import UNKNOWN


def find_disagreements(
    ratings: pd.DataFrame, *, units: Sequence[str], categories: Sequence[float], least_spread: float
) -> pd.DataFrame:
    """List the units whose coders differ, the widest first, with room for the settled value and its reason.

    A unit that one coder rated and another answered without a value is listed too: no evidence found is a finding.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `coder`, the columns of `units`, `value`; a row without a value says by its `status` why (`ND` if there is no
        such column).
    units : sequence of str
        Columns that say what was rated.
    categories : sequence of float
        Values a coder could give.
    least_spread : float
        Smallest difference between the highest and the lowest value that is listed, in steps of the scale.

    Returns
    -------
    pandas.DataFrame
        `units`, one column a coder (the status where there is no value, empty where the unit was not theirs),
        `spread`, `missing_n`, `difference` (in words), `adjudicated_value` and `reason` (both empty).

    Raises
    ------
    ValueError
        As `measure_agreement`.

    Examples
    --------
    >>> ratings = pd.DataFrame({"coder": ["A", "B"], "unit": [1, 1], "value": [0, 2]})
    >>> sheet = find_disagreements(ratings, units=["unit"], categories=[0, 1, 2, 3], least_spread=1)
    >>> sheet[["unit", "A", "B", "spread"]].values.tolist()
    [[1, '0', '2', 2.0]]
    """
    arranged = arrange_units(ratings, units=units, categories=categories)
    said = _lay_out_missing(ratings, units, arranged)
    rated = ~np.isnan(arranged.values)
    missing_n = ((said != "") & ~rated).sum(axis=1)
    spread = np.where(rated, arranged.values, -np.inf).max(axis=1, initial=-np.inf)
    spread = spread - np.where(rated, arranged.values, np.inf).min(axis=1, initial=np.inf)
    printed = np.where(rated, [[f"{value:g}" for value in row] for row in arranged.values], said)
    sheet = pd.concat([arranged.keys, pd.DataFrame(printed, columns=list(arranged.coders))], axis=1)
    sheet = sheet.assign(spread=spread, missing_n=missing_n, difference=_say_difference(spread, missing_n))
    sheet = sheet.assign(adjudicated_value="", reason="")[(spread >= least_spread) | (missing_n > 0)]
    order = ["spread", "missing_n", *units]
    return sheet.sort_values(order, ascending=[False, False, *[True] * len(units)], kind="stable", ignore_index=True)


def _lay_out_missing(ratings: pd.DataFrame, units: Sequence[str], arranged: Units) -> np.ndarray:
    """Return what each coder's row says where it has no value; empty where the coder has no row."""
    status = ratings["status"].astype("object") if "status" in ratings.columns else UNKNOWN
    said = ratings[["coder", *units]].assign(said=status).set_index([*units, "coder"])["said"].unstack("coder")
    rows = pd.MultiIndex.from_frame(arranged.keys) if len(units) > 1 else arranged.keys[units[0]]
    return said.reindex(index=rows, columns=list(arranged.coders)).fillna("").to_numpy(dtype=object)


def _say_difference(spread: np.ndarray, missing_n: np.ndarray) -> list[str]:
    said = []
    for steps, missing in zip(spread, missing_n, strict=True):
        parts = [f"values {steps:g} apart"] if steps > 0 else []
        parts += [f"{missing} without a value"] if missing else []
        said.append("; ".join(parts))
    return said

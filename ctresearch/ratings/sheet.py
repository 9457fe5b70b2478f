"""The empty sheet that a coder fills in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import pandas as pd

from ctresearch import schema

READING_AIDS = ("question", "anchor_0", "anchor_1", "anchor_2", "anchor_3", "level_rule", "not_applicable_when")
"""Columns of the framework that a coder reads beside the cells to fill in."""

SHEET_COLUMNS = (*(column.name for column in schema.RATINGS.columns), *READING_AIDS)
"""Columns of a coder's sheet: those of the table `ratings`, then the reading aids."""


def coding_sheet(
    indicators: pd.DataFrame,
    *,
    coder: str,
    jurisdictions: Sequence[str],
    time_points: Sequence[str],
    parts: Mapping[str, Sequence[str]],
    is_core_only: bool,
    date: str = "",
) -> pd.DataFrame:
    """Lay out one row a cell that a coder is to rate, with the question and the anchors beside it.

    Parameters
    ----------
    indicators : pandas.DataFrame
        The framework table.
    coder : str
        Role of the coder, never a name.
    jurisdictions, time_points : sequence of str
        Codes, in the order of the sheet.
    parts : mapping of str to sequence of str
        Parts of each jurisdiction that is rated by parts; others have one row a cell.
    is_core_only : bool
        Whether only the core indicators are rated.
    date : str
        Day of the rating, for all rows; empty: the coder enters it.

    Returns
    -------
    pandas.DataFrame
        `SHEET_COLUMNS`, all text; what the coder fills in is empty.

    Examples
    --------
    >>> indicators = pd.DataFrame({"indicator": ["PROT-01"], "is_core": [True], "question": ["Is there?"],
    ...                            "anchor_0": ["no"], "anchor_1": ["a"], "anchor_2": ["b"], "anchor_3": ["c"],
    ...                            "level_rule": [""], "not_applicable_when": [""]})
    >>> rows = coding_sheet(indicators, coder="coder_a", jurisdictions=["AAA", "BBB"], time_points=["baseline"],
    ...                     parts={"BBB": ["north", "south"]}, is_core_only=True)
    >>> rows[["jurisdiction", "jurisdiction_part", "indicator", "time_point", "value"]].values.tolist()
    [['AAA', '', 'PROT-01', 'baseline', ''], ['BBB', 'north', 'PROT-01', 'baseline', ''],
     ['BBB', 'south', 'PROT-01', 'baseline', '']]
    """
    rated = indicators[indicators["is_core"].astype(bool)] if is_core_only else indicators
    places = [(code, part) for code in jurisdictions for part in parts.get(code) or ("",)]
    cells = [(*place, code, point) for place, code, point in product(places, rated["indicator"], time_points)]
    rows = pd.DataFrame(cells, columns=["jurisdiction", "jurisdiction_part", "indicator", "time_point"], dtype="str")
    filled = rows.assign(coder=coder, date=date).merge(rated[["indicator", *READING_AIDS]], on="indicator", how="left")
    return filled.reindex(columns=list(SHEET_COLUMNS), fill_value="").fillna("")

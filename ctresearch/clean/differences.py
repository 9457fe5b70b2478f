"""What differs in what two figures count, and which of the two is preferred."""

from __future__ import annotations

import numpy as np
import pandas as pd

STAGES: dict[str, str] = {
    "victims_identified": "identified",
    "victims_official": "official",
    "victims_potential": "potential",
    "victims_potential_official": "potential_official",
    "victims_in_convictions": "conviction_based",
}
"""What sets a measure apart from a count of all detected victims; codes of the list `difference`."""


def describe_differences(pairs: pd.DataFrame) -> pd.Series:
    """Say for each pair of figures what differs in what they count.

    Parameters
    ----------
    pairs : pandas.DataFrame
        Two figures a row: `measure`, `publisher`, `source_id`, `year`, `year_end`, `period`, `low`, `high` and
        `is_summed`, and the same with `against_`; `is_complete` (every year of the figure is in the other) and
        `verdict` (`agree` or `differ`).

    Returns
    -------
    pandas.Series of str
        Codes of the list `difference` joined by `;`, in the order of that list; empty if nothing differs.

    Examples
    --------
    >>> figure = dict(measure="victims_official", publisher="A", source_id="a", year=2014, year_end=2014, period="",
    ...               low=3, high=3, is_summed=False)
    >>> other = {**figure, "measure": "victims_detected", "publisher": "B", "source_id": "b", "low": 5, "high": 5}
    >>> pair = figure | {f"against_{name}": cell for name, cell in other.items()}
    >>> describe_differences(pd.DataFrame([pair | {"is_complete": True, "verdict": "differ"}])).tolist()
    ['official']
    """
    marks = {code: _has_stage(pairs, code) for code in dict.fromkeys(STAGES.values())}
    marks |= _mark_kinds(pairs)
    is_plain = ~np.logical_or.reduce(list(marks.values())) if len(pairs) else np.array([], dtype=bool)
    marks["not_explained"] = is_plain & pairs["verdict"].eq("differ").to_numpy(dtype=bool)
    codes = np.full(len(pairs), "", dtype=object)
    for code, mark in marks.items():
        codes[mark] = codes[mark] + np.where(codes[mark] == "", code, ";" + code).astype(object)
    return pd.Series(codes, index=pairs.index, dtype="str")


def _has_stage(pairs: pd.DataFrame, code: str) -> np.ndarray:
    measures = [measure for measure, stage in STAGES.items() if stage == code]
    here = pairs["measure"].isin(measures)
    there = pairs["against_measure"].str.split(";").map(lambda parts: bool(set(parts) & set(measures)))
    return here.ne(there.astype(bool)).to_numpy(dtype=bool)


def _mark_kinds(pairs: pd.DataFrame) -> dict[str, np.ndarray]:
    is_one_publisher = pairs["publisher"].eq(pairs["against_publisher"])
    is_one_source = pairs["source_id"].eq(pairs["against_source_id"])
    units = [pairs[column].str.split("_").str[0] for column in ("measure", "against_measure")]
    spans = pairs["year"].ne(pairs["against_year"]) | pairs["year_end"].ne(pairs["against_year_end"])
    has_bounds = pairs["low"].ne(pairs["high"]) | pairs["against_low"].ne(pairs["against_high"])
    marks = {
        "summed": pairs["is_summed"] | pairs["against_is_summed"],
        "unit": units[0].ne(units[1]),
        "year_span": spans | ~pairs["is_complete"].astype(bool),
        "part_of_year": pairs["period"].ne(pairs["against_period"]),
        "edition": is_one_publisher & ~is_one_source,
        "same_source": is_one_source,
        "masking": has_bounds & pairs["verdict"].eq("agree"),
    }
    return {code: mark.to_numpy(dtype=bool) for code, mark in marks.items()}


def judge_preference(pairs: pd.DataFrame, *, preferred_source_id: str) -> np.ndarray:
    """Say why the figure that a pair is compared with is preferred.

    Returns
    -------
    numpy.ndarray of str
        Codes of the list `preference`: `series` (it is of the source of the series), `later_report` (its publisher
        printed it later), `none` (no reason to prefer either; both are kept).

    Examples
    --------
    >>> pairs = pd.DataFrame({"publisher": ["A"], "against_publisher": ["A"], "report_year": [2014],
    ...                       "against_report_year": [2015], "against_source_id": ["a-2015"]})
    >>> judge_preference(pairs, preferred_source_id="b").tolist()
    ['later_report']
    """
    is_series = pairs["against_source_id"].eq(preferred_source_id)
    is_later = pairs["against_report_year"].gt(pairs["report_year"]).fillna(False)
    is_later &= pairs["publisher"].eq(pairs["against_publisher"])
    choices = [is_series.to_numpy(dtype=bool), is_later.to_numpy(dtype=bool)]
    return np.select(choices, ["series", "later_report"], "none")

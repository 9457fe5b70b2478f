"""Walk Free's data file of the Global Slavery Index to benchmarks."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

import pandas as pd

from ctresearch.clean.countries import map_countries
from ctresearch.clean.headers import FoundTable, find_table
from ctresearch.clean.result import Cleaned, find_unmapped
from ctresearch.clean.text import tidy_text
from ctresearch.schema.contracts import BENCHMARKS
from ctresearch.schema.problems import Problem

_BENCHMARKS = ("gsi_response", "gsi_prevalence", "gsi_vulnerability")
_ITEM = r"M[1-5][0-9]{3}(?:NEG)?"
_MODELLED = "modelled estimate, not a count of victims; modern slavery is wider than trafficking"
_NOTES = {"gsi_prevalence": f"{_MODELLED} (it includes forced marriage)"}
_EMPTY = "not estimated by the publisher; cell empty; never read as 0"
_REMEDY = "Correct the cell, or add the label to framework/labels.csv."
_ROUNDED_TO = 4
_STACKED = ("country", "printed", "benchmark", "item", "locator", "place", "row", "column")


def tidy_gsi(
    sheets: Mapping[str, pd.DataFrame],
    *,
    file: str,
    source_id: str,
    jurisdictions: Collection[str],
    labels: pd.DataFrame,
    year: int,
) -> Cleaned:
    """Turn the data file of the index into one row a rating.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Raw cells as text; index: row number in the file.
    file : str
        Name of the file, for messages.
    source_id : str
        Source of the rows.
    jurisdictions : collection of str
        Codes to keep.
    labels : pandas.DataFrame
        The framework table `labels`; its lists `gsi_response`, `gsi_prevalence` and `gsi_vulnerability` name the
        columns.
    year : int
        Edition of the index.

    Returns
    -------
    Cleaned
        `benchmarks`: `gsi_item` (-1, 0 or 1), `gsi_response` and `gsi_vulnerability` (per cent), `gsi_prevalence`
        (persons, or persons in 1,000). An empty cell is `not_reported`, never 0. Numbers are rounded to 4 decimals,
        and are as printed in `printed`.

    Examples
    --------
    >>> labels = pd.DataFrame([("gsi_response", "total", "en", "Total %"), ("gsi_prevalence", "number", "en", "Number"),
    ...     ("gsi_vulnerability", "total", "en", "Score"), ("country", "ALB", "en", "Albania")],
    ...     columns=["list", "code", "language", "label"])
    >>> sheets = {"a": pd.DataFrame([["Country", "M1111", "Total %"], ["Albania", "1", "61.53845977"]], index=[1, 2]),
    ...     "b": pd.DataFrame([["Country", "Number", "Score"], ["Albania", "34000", None]], index=[1, 2])}
    >>> cleaned = tidy_gsi(sheets, file="x.xlsx", source_id="s", jurisdictions=["ALB"], labels=labels, year=2023)
    >>> cleaned.tables["benchmarks"][["benchmark", "item", "value", "status"]].values.tolist()
    [['gsi_item', 'M1111', 1.0, 'reported'], ['gsi_response', 'total', 61.5385, 'reported'],
     ['gsi_prevalence', 'number', 34000.0, 'reported'], ['gsi_vulnerability', 'total', <NA>, 'not_reported']]
    """
    found = [
        find_table(sheets, file=file, required={"country": ["Country"], **_list_headings(labels, benchmarks)})
        for benchmarks in (("gsi_response",), ("gsi_prevalence", "gsi_vulnerability"))
    ]
    problems = [problem for table in found for problem in table.problems]
    if all(table.problems for table in found):
        return Cleaned({}, problems=tuple(problems))
    rows = pd.concat([_stack(table, file) for table in found], ignore_index=True)
    rows["jurisdiction"] = map_countries(tidy_text(rows["country"]), labels)
    problems += _name_unknown(rows)
    rows = rows[rows["jurisdiction"].isin(jurisdictions)]
    value = pd.to_numeric(rows["printed"], errors="coerce").astype("Float64")
    is_unread = value.isna() & rows["printed"].ne("")
    problems += _name_unread(rows[is_unread])
    rows = rows.assign(value=value.round(_ROUNDED_TO), year=year, source_id=source_id)[~is_unread]
    return Cleaned({"benchmarks": _shape(rows)}, problems=tuple(problems))


def _list_headings(labels: pd.DataFrame, benchmarks: Collection[str]) -> dict[str, list[str]]:
    rows = labels[labels["list"].isin(benchmarks)]
    keys = rows["list"] + " " + rows["code"]
    return {str(key): group.tolist() for key, group in rows.groupby(keys, sort=False)["label"]}


def _stack(found: FoundTable, file: str) -> pd.DataFrame:
    """Return one row a country and rating, as printed."""
    parts = [_take(found, name, file) for name in found.headings if _name_rating(name)]
    return pd.concat(parts) if parts else pd.DataFrame(columns=list(_STACKED), dtype="str")


def _name_rating(column: str) -> tuple[str, str] | None:
    if re.fullmatch(_ITEM, column):
        return "gsi_item", column
    benchmark, _, item = column.partition(" ")
    return (benchmark, item) if item and benchmark in _BENCHMARKS else None


def _take(found: FoundTable, column: str, file: str) -> pd.DataFrame:
    benchmark, item = _name_rating(column)
    heading = found.headings[column].strip()
    shown = heading if benchmark in {"gsi_item", "gsi_response"} else f'"{heading}"'
    return pd.DataFrame(
        {
            "country": found.frame["country"],
            "printed": found.frame[column].fillna("").str.strip(),
            "benchmark": benchmark,
            "item": item,
            "locator": f'data file, sheet "{found.sheet}", row of the jurisdiction, column {shown}',
            "place": f"{file}, sheet '{found.sheet}'",
            "row": found.frame.index,
            "column": heading,
        }
    )


def _name_unknown(rows: pd.DataFrame) -> list[Problem]:
    """Name each country that is not known, once a sheet."""
    once = rows.drop_duplicates(["place", "row"])
    problems = []
    for place, group in once.groupby("place", sort=False):
        shown, codes = (group.set_index("row")[name] for name in ("country", "jurisdiction"))
        problems += find_unmapped(shown, codes, file=place, column="Country", expected="a country", remedy=_REMEDY)
    return problems


def _name_unread(rows: pd.DataFrame) -> list[Problem]:
    remedy = "Look the cell up at the publisher's; a rating is never guessed."
    return [
        Problem(
            row.place, "a number or an empty cell", remedy, rows=(int(row.row),), column=row.column, found=row.printed
        )
        for row in rows.itertuples()
    ]


def _shape(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the columns and types of the contract, with the notes that hold for every edition."""
    is_empty = rows["printed"].eq("")
    note = rows["benchmark"].map(_NOTES).fillna("").mask(is_empty, _EMPTY)
    status = pd.Series("reported", index=rows.index).mask(is_empty, "not_reported")
    shaped = rows.assign(note=note, status=status).reindex(columns=[column.name for column in BENCHMARKS.columns])
    types = {"year": "Int64", "value": "Float64"}
    return shaped.astype({name: types.get(name, "str") for name in shaped}).reset_index(drop=True)

"""Read back the sheet that a coder filled in, in any language of its drop-downs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import pandas as pd

from ctresearch.clean.countries import map_countries
from ctresearch.clean.headers import find_table
from ctresearch.clean.labels import map_codes
from ctresearch.clean.result import Cleaned, find_unmapped, join_changes, record_changes
from ctresearch.clean.text import fold_value, tidy_text
from ctresearch.ratings import check_ratings
from ctresearch.schema import RATINGS, Problem, convert_table

_COLUMNS = tuple(column.name for column in RATINGS.columns)
_IN_EVERY_ROW = ("coder", "jurisdiction", "indicator", "time_point", "status", "date")
_MAY_LACK = ("jurisdiction_part", "looked_for")
_REMEDY = "Choose from the drop-down, or add the word to framework/labels.csv."


def tidy_ratings(
    sheets: Mapping[str, pd.DataFrame],
    *,
    file: str,
    labels: pd.DataFrame,
    evidence: pd.DataFrame,
    indicators: pd.DataFrame,
    sources: pd.DataFrame,
    periods: Sequence[tuple[str, int, int]],
    codes: Mapping[str, Mapping[str, str]],
    parts: Mapping[str, Collection[str]],
) -> Cleaned:
    """Read a coder's sheet into rows of `ratings`, and say all that is wrong with it at once.

    Jurisdictions, parts, time points, statuses and confidence may be written as codes or as labels in any language;
    facts may be separated by `;`, commas or line breaks. Empty cells where merged ones stood are named as such.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Cells of the file; the columns of `ratings` in any order, reading aids beside them are left aside.
    file : str
        Name for messages.
    labels : pandas.DataFrame
        The framework table `labels` with the study's own names: lists `country`, `rating_status`, `confidence`.
    evidence, indicators, sources, periods, parts
        As `ratings.check_ratings` takes them.
    codes : mapping of str to mapping of str to str
        Label of each code: lists `jurisdiction`, `jurisdiction_part`, `time_point`.

    Returns
    -------
    Cleaned
        `ratings`: the rows without a problem, typed; the cells whose words were mapped; and every problem with its row.

    Examples
    --------
    >>> header = ["coder", "jurisdiction", "indicator", "time_point", "value", "status", "evidence_ids", "rationale",
    ...           "looked_for", "confidence", "date"]
    >>> cells = pd.DataFrame([header, ["coder_a", "Shqipëria", "PROT-01", "then", None, "pa të dhëna", None, None,
    ...                                "law text", None, "2026-11-24"]], index=[1, 2], dtype="str")
    >>> labels = pd.DataFrame({"list": ["rating_status", "confidence", "country"], "code": ["ND", "low", "ALB"],
    ...                        "language": "sq", "label": ["pa të dhëna", "e ulët", "Shqipëria"]})
    >>> facts = pd.DataFrame(columns=["evidence_id", "jurisdiction", "indicator", "year", "evidence_kind", "source_id",
    ...                               "second_source_id"])
    >>> indicators = pd.DataFrame({"indicator": ["PROT-01"], "measure_type": ["law"]})
    >>> cleaned = tidy_ratings({"": cells}, file="a.csv", labels=labels, evidence=facts, indicators=indicators,
    ...                        sources=pd.DataFrame({"source_id": [], "publisher_kind": []}), parts={},
    ...                        periods=[("then", 2013, 2014)],
    ...                        codes={"jurisdiction": {"ALB": "Albania"}, "time_point": {"then": "2013 to 2014"}})
    >>> cleaned.problems, cleaned.tables["ratings"].loc[0, ["jurisdiction", "status"]].tolist()
    ((), ['ALB', 'ND'])
    """
    needed = [name for name in _COLUMNS if name not in _MAY_LACK]
    found = find_table(sheets, file=file, required=needed, optional=_MAY_LACK)
    if found.problems:
        return Cleaned({}, problems=found.problems)
    raw = found.frame.apply(tidy_text).reindex(columns=list(_COLUMNS)).astype("str")
    raw = raw[raw.notna().any(axis=1)]
    rows = _map_words(raw, labels, codes)
    problems = _find_empty(raw, file) + _find_unknown(raw, rows, file)
    wrong = {row for problem in problems for row in problem.rows}
    known = rows.fillna("").drop(index=[row for row in rows.index if row in wrong])
    # Rows of the check count from 0 at row 2 of the file.
    numbered = known.set_axis(known.index - 2)
    checked = check_ratings(numbered, evidence, indicators, sources, periods, codes=codes, parts=parts, file=file)
    refused = {row for problem in checked for row in problem.rows}
    sound = known.drop(index=[row for row in known.index if row in refused]).reset_index(drop=True)
    changes = [record_changes(raw[name], rows[name], column=name, rule="word to code") for name in _COLUMNS]
    return Cleaned({"ratings": convert_table(RATINGS, sound)}, join_changes(changes), (*problems, *checked))


def _map_words(raw: pd.DataFrame, labels: pd.DataFrame, codes: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Return the codes of what was chosen; missing where a word is unknown."""
    rows = raw.copy()
    rows["jurisdiction"] = map_countries(raw["jurisdiction"], labels)
    for name, listed in (("status", "rating_status"), ("confidence", "confidence")):
        rows[name] = map_codes(raw[name], labels, list=listed)
    for name in ("jurisdiction_part", "time_point"):
        words = codes.get(name, {})
        keys = {fold_value(word): code for code, label in words.items() for word in (label, code)}
        rows[name] = raw[name].map(lambda text, keys=keys: keys.get(fold_value(text)), na_action="ignore")
    rows["value"] = raw["value"].str.extract(r"^([0-9]+)(?:\.0+)?$")[0]
    rows["indicator"] = raw["indicator"].str.split(" ").str[0].str.upper()
    rows["evidence_ids"] = raw["evidence_ids"].str.strip(" ;,").str.replace(r"[\s;,]+", ";", regex=True)
    rows["date"] = raw["date"].str.replace(r"[T ]00:00:00(\.0+)?$", "", regex=True)
    return rows.astype("str").where(rows.notna())


def _find_empty(raw: pd.DataFrame, file: str) -> list[Problem]:
    remedy = "Fill the cell; where cells were merged, undo that and repeat the value in each row."
    problems = []
    for name in _IN_EVERY_ROW:
        empty = tuple(int(row) for row in raw.index[raw[name].isna()])
        if empty:
            problems.append(Problem(file, "a value in each row", remedy, empty, name))
    return problems


def _find_unknown(raw: pd.DataFrame, rows: pd.DataFrame, file: str) -> list[Problem]:
    expected = {
        "jurisdiction": "a jurisdiction of the study",
        "jurisdiction_part": "a part of the list 'jurisdiction_part'",
        "time_point": "a time point of the study",
        "status": "coded, ND or NA, or their labels",
        "confidence": "low, medium or high, or their labels",
        "value": "a level from 0 to 3",
    }
    return [
        problem
        for name, words in expected.items()
        for problem in find_unmapped(raw[name], rows[name], file=file, column=name, expected=words, remedy=_REMEDY)
    ]

"""Counts transcribed by hand from narratives into a sheet, one row a printed number."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ctresearch.clean.countries import map_countries
from ctresearch.clean.headers import find_table
from ctresearch.clean.labels import list_keys, map_codes
from ctresearch.clean.result import CHANGE_COLUMNS, Cleaned, find_unmapped, no_changes
from ctresearch.clean.text import fold_text, tidy_text
from ctresearch.schema import STUDY, Problem

_REQUIRED = ("jurisdiction", "data_year", "indicator", "breakdown", "category", "value", "publication")
_OPTIONAL = ("report_year", "victim_status", "note", "publisher", "via")
_PERSONS = {
    "women": ("female", "adult"),
    "men": ("male", "adult"),
    "girls": ("female", "child"),
    "boys": ("male", "child"),
}
_STATUS = {"potential": "victims_potential", "official": "victims_official"}
_BREAKDOWNS = ("sex", "age_group", "form", "citizenship")
_OF_WHICH = "inside another category of the same source ('of which')"


def tidy_tip_narrative(
    sheets: Mapping[str, pd.DataFrame],
    *,
    file: str,
    source_ids: Mapping[str, str] | str,
    labels: pd.DataFrame,
) -> Cleaned:
    """Read a transcription sheet into rows of `victims` and `justice`.

    Parameters
    ----------
    sheets : mapping of str to pandas.DataFrame
        Cells of the file. Columns, in any order: `jurisdiction`, `data_year` (2014, 2014H1, 2013-2016 or
        2007-2013H1), `indicator`, `breakdown` (total, sex, age, sexage, form, citizenship, status or referral),
        `category`, `value`, `publication`; optional `report_year`, `victim_status`, `note`, `publisher`, `via`.
    file : str
        Name for messages.
    source_ids : mapping of str to str, or str
        Source id of each publication, or of all. A row of a publication that is not in it is a problem.
    labels : pandas.DataFrame
        The framework table `labels`: lists `narrative_measure` (`indicator; victim_status`), `narrative_form`, `sex`,
        `age_group`, `citizenship`, `country`.

    Returns
    -------
    Cleaned
        `victims` and `justice`; a row that cannot be placed is a problem, and one whose breakdown the contracts have
        no column for (channel of identification) is logged as left out. What was transcribed by one person is
        `one_transcription`.

    Examples
    --------
    >>> labels = pd.DataFrame({"list": ["narrative_measure", "sex", "age_group", "narrative_form", "citizenship",
    ...                                 "country"],
    ...                        "code": ["victims_official", "female", "child", "sexual", "foreign", "ALB"],
    ...                        "language": "en", "label": ["victims; official", "women", "child", "sex", "foreign",
    ...                                                    "Albania"]})
    >>> header = ["jurisdiction", "data_year", "indicator", "victim_status", "breakdown", "category", "value",
    ...           "publication"]
    >>> cells = pd.DataFrame([header, ["ALB", "2013-2016", "victims", "official", "sex", "women", "7", "Report"]],
    ...                      index=[1, 2], dtype="str")
    >>> cleaned = tidy_tip_narrative({"": cells}, file="n.csv", source_ids={"Report": "r"}, labels=labels)
    >>> row = cleaned.tables["victims"].loc[0]
    >>> row["measure"], row["sex"], f"{row['year']}-{row['year_end']}: {row['value']:g}"
    ('victims_official', 'female', '2013-2016: 7')
    """
    found = find_table(sheets, file=file, required=_REQUIRED, optional=_OPTIONAL)
    if found.problems:
        return Cleaned({}, problems=found.problems)
    raw = found.frame.apply(tidy_text).reindex(columns=[*_REQUIRED, *_OPTIONAL]).astype("str")
    is_kept = raw["breakdown"].ne("channel").fillna(True).astype(bool)
    raw, left_out = raw[is_kept], raw[~is_kept]
    rows = pd.concat([_read_years(raw), _read_category(raw, labels), _read_value(raw)], axis=1)
    rows["jurisdiction"] = map_countries(raw["jurisdiction"], labels)
    rows["measure"] = _read_measure(raw, labels)
    named = dict.fromkeys(raw["publication"], source_ids) if isinstance(source_ids, str) else dict(source_ids)
    rows["source_id"] = raw["publication"].map(named)
    rows["citizenship"] = rows["citizenship"].mask(rows["citizenship"].eq(rows["jurisdiction"]), "own")
    problems = _find_problems(raw, rows, file)
    wrong = {row for problem in problems for row in problem.rows}
    tidy = _complete(raw, rows).drop(index=[row for row in rows.index if row in wrong])
    is_victims = tidy["measure"].str.startswith("victims")
    tables = {
        "victims": tidy[is_victims].reset_index(drop=True),
        "justice": tidy[~is_victims].reset_index(drop=True),
    }
    return Cleaned(tables, _log_left_out(left_out), tuple(problems))


def _read_years(raw: pd.DataFrame) -> pd.DataFrame:
    parts = raw["data_year"].str.extract(r"^((?:19|20)\d\d)(?:-((?:19|20)\d\d))?(H1|H2)?$")
    year = pd.to_numeric(parts[0]).astype("Int64")
    year_end = pd.to_numeric(parts[1]).astype("Int64").fillna(year)
    half = parts[2].map({"H1": "first half", "H2": "second half"}).fillna("")
    is_cut = parts[1].notna() & parts[2].eq("H1")
    period = half.mask(parts[1].notna(), "").mask(is_cut, "to the end of June " + year_end.astype("str"))
    return pd.DataFrame({"year": year, "year_end": year_end, "period": period.astype("str")})


def _read_value(raw: pd.DataFrame) -> pd.DataFrame:
    value = pd.to_numeric(raw["value"].str.extract(r"^(\d+)(?:\.0)?$")[0]).astype("Float64")
    return pd.DataFrame({"value": value, "value_low": value, "value_high": value, "printed": raw["value"]})


def _read_category(raw: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Place each category in its columns; missing where it is unknown."""
    kind, category = raw["breakdown"], raw["category"].str.replace(r"^of which ", "", regex=True)
    placed = pd.DataFrame("total", index=raw.index, columns=list(_BREAKDOWNS), dtype="str")
    lists = {"sex": "sex", "age": "age_group", "form": "narrative_form"}
    for name, listed in lists.items():
        column = {"age": "age_group"}.get(name, name)
        placed[column] = placed[column].mask(kind.eq(name), map_codes(category, labels, list=listed))
    countries = map_codes(category, labels, list="citizenship").fillna(map_countries(category, labels))
    placed["citizenship"] = placed["citizenship"].mask(kind.eq("citizenship"), countries)
    persons = category.str.extract(r"^(\w+)(?: \((.+)\))?$")
    is_person = kind.eq("sexage")
    placed["sex"] = placed["sex"].mask(is_person, persons[0].map({name: sex for name, (sex, _) in _PERSONS.items()}))
    placed["age_group"] = placed["age_group"].mask(
        is_person, persons[0].map({name: age for name, (_, age) in _PERSONS.items()})
    )
    form = map_codes(persons[1], labels, list="narrative_form").mask(persons[1].isna(), "total")
    placed["form"] = placed["form"].mask(is_person, form)
    return placed


def _read_measure(raw: pd.DataFrame, labels: pd.DataFrame) -> pd.Series:
    """Find the measure of indicator and status together, else of the indicator alone where it needs none."""
    keys = list_keys(labels, list="narrative_measure")
    status = raw["victim_status"].fillna("")
    both = fold_text(raw["indicator"] + "; " + status).map(keys)
    is_victims = raw["indicator"].str.contains("victim", na=False)
    measure = both.fillna(fold_text(raw["indicator"]).map(keys).mask(is_victims))
    measure = measure.mask(raw["breakdown"].eq("status"), raw["category"].map(_STATUS))
    return measure.mask(raw["breakdown"].eq("referral"), "victims_referred").astype("str")


def _find_problems(raw: pd.DataFrame, rows: pd.DataFrame, file: str) -> list[Problem]:
    known = raw["breakdown"].isin(["total", "sex", "age", "sexage", "form", "citizenship", "status", "referral"])
    placed = rows[list(_BREAKDOWNS)].notna().all(axis=1)
    what = raw["indicator"] + "; " + raw["victim_status"].fillna("")
    checks = (
        ("jurisdiction", raw["jurisdiction"], rows["jurisdiction"], "a country"),
        ("data_year", raw["data_year"], rows["year"].astype("str"), "a year, 2014H1, 2013-2016 or 2007-2013H1"),
        ("indicator", what, rows["measure"], "an indicator and status of the list 'narrative_measure'"),
        ("breakdown", raw["breakdown"], raw["breakdown"].where(known), "a known breakdown"),
        ("category", raw["category"], raw["category"].where(placed), "a known category of its breakdown"),
        ("value", raw["value"], rows["value"].astype("str"), "a whole number"),
        ("publication", raw["publication"], rows["source_id"], "a publication with a source id"),
    )
    remedy = "Correct the cell, or add the word to framework/labels.csv or the publication to the sources."
    problems = []
    for column, before, after, expected in checks:
        problems += find_unmapped(before, after, file=file, column=column, expected=expected, remedy=remedy)
        empty = tuple(int(row) for row in raw.index[raw[column].isna()])
        if empty:
            problems.append(Problem(file, "a value", "Fill the cell.", rows=empty, column=column))
    return problems


def _complete(raw: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Add what is the same for all rows, and order columns as the contract does."""
    report_year = pd.to_numeric(raw["report_year"].str.extract(r"^(\d{4})(?:\.0)?$")[0]).astype("Int64")
    of_which = raw["category"].str.startswith("of which ").fillna(False).astype(bool)
    note = raw["note"].fillna("")
    note = note.mask(of_which, note.where(note.eq(""), note + "; ") + _OF_WHICH)
    constant = {"status": "reported", "check": "one_transcription"}
    own = {"report_year": report_year, "locator": raw["via"].fillna(""), "note": note}
    complete = rows.assign(part=pd.Series(pd.NA, index=rows.index, dtype="Int64"), **own, **constant)
    contract = next(table for table in STUDY if table.name == "victims")
    return complete[[column.name for column in contract.columns]]


def _log_left_out(left_out: pd.DataFrame) -> pd.DataFrame:
    if left_out.empty:
        return no_changes()
    log = pd.DataFrame({"row": left_out.index.astype("Int64"), "column": "breakdown", "before": left_out["breakdown"],
                        "after": "", "rule": "left out: no column for this breakdown", "cells_n": 1})  # fmt: skip
    return log[list(CHANGE_COLUMNS)].reset_index(drop=True)

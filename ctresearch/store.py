"""The only reader of `data/`: find a study, check all of it at once, load it."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ctresearch import schema
from ctresearch.clean.corrections import correct_table
from ctresearch.consensus import find_changed_rules
from ctresearch.digests import digest_inputs
from ctresearch.places import CHECKED, DEFAULT_STUDY, find_misnamed, locate_framework, locate_study
from ctresearch.places import read_settings as _read_settings
from ctresearch.ratings import check_ratings, classify_sources
from ctresearch.recommendations import lint
from ctresearch.schema import Problem, StudyError, Table
from ctresearch.stakeholders import find_personal_data
from ctresearch.study import NOT_CHOSEN, Study
from ctresearch.survey import UNCODED
from ctresearch.vocabulary import REGION, Vocabulary

# A study's tables are small: on them text of Python's own is a quarter faster than Arrow's, which pandas would take.
pd.set_option("mode.string_storage", "python")
_DERIVED = (
    *("jurisdiction", "jurisdiction_or_region", "jurisdiction_part", "time_point"),
    *("indicator", "gsi_item", "instrument", "source", "evidence", "stakeholder", "recommendation"),
)
_SPOKEN = frozenset({"ballots", "ballots_not_counted", "comments", "sign_offs"})
_RATED_FROM = ("evidence", "indicators", "sources", "publishers")
_CHOICES = {
    "victims": "victims",
    "justice": "justice",
    "population_total": "population",
    "population_sex": "population",
    "assisted_flows": "flows",
}


@dataclass(frozen=True)
class StudyData:
    """A study with its evidence and framework, checked and typed."""

    name: str
    study: Study
    vocabulary: Vocabulary
    codes: pd.DataFrame
    indicators: pd.DataFrame
    measures: pd.DataFrame
    gsi_items: pd.DataFrame
    standards: pd.DataFrame
    glossary: pd.DataFrame
    terms: pd.DataFrame
    labels: pd.DataFrame
    linkage_weights: pd.DataFrame
    urgency: pd.DataFrame
    concerned: pd.DataFrame
    translations: pd.DataFrame
    quotas: pd.DataFrame
    codebook: pd.DataFrame
    decision_rules: pd.DataFrame
    sources: pd.DataFrame
    victims: pd.DataFrame
    justice: pd.DataFrame
    flows: pd.DataFrame
    benchmarks: pd.DataFrame
    instruments: pd.DataFrame
    participation: pd.DataFrame
    monitoring: pd.DataFrame
    evidence: pd.DataFrame
    population: pd.DataFrame
    context: pd.DataFrame
    breaks: pd.DataFrame
    captures: pd.DataFrame
    publishers: pd.DataFrame
    ratings: pd.DataFrame
    methods: pd.DataFrame
    stakeholders: pd.DataFrame
    invitations: pd.DataFrame
    budget_allocations: pd.DataFrame
    pair_comparisons: pd.DataFrame
    survey_answers: pd.DataFrame
    survey_themes: pd.DataFrame
    voting_list: pd.DataFrame
    delphi_rounds: pd.DataFrame
    delphi_ratings: pd.DataFrame
    ballots: pd.DataFrame
    ballots_not_counted: pd.DataFrame
    comments: pd.DataFrame
    report_states: pd.DataFrame
    sign_offs: pd.DataFrame
    corrections: pd.DataFrame


def read_study(study: str | Path = DEFAULT_STUDY, *, jurisdiction: str = "") -> StudyData:
    """Read, check and type all tables of a study.

    Parameters
    ----------
    study : str or Path
        Folder of the study, or the name of a shipped one.
    jurisdiction : str
        Read and check only the rows of this jurisdiction, and the sources that they and the study's preferences
        name, so that a chapter depends on nothing else; all rows if empty.

    Raises
    ------
    StudyError
        With every problem of every file.

    Examples
    --------
    >>> read_study("western_balkans").study.codes
    ('ALB', 'BIH', 'XKX', 'MKD', 'MNE', 'SRB')
    """
    folder = locate_study(study)
    data, problems = _load(folder, jurisdiction, is_checked=os.environ.get(CHECKED) == digest_inputs(folder))
    if problems:
        raise StudyError(problems)
    return data


def check_study(study: str | Path = DEFAULT_STUDY) -> list[Problem]:
    """Return every problem of a study's inputs, and of what is recommended on them; empty if it can be run."""
    try:
        data, problems = _load(locate_study(study))
    except StudyError as error:
        return list(error.problems)
    return problems if data is None else lint_recommendations(data)


def lint_recommendations(data: StudyData) -> list[Problem]:
    """Return every break between recommendations, findings, rows and sources of a checked study."""
    names = ("measures", "sources", "evidence", "benchmarks", "gsi_items", "participation", "instruments")
    tables = {name: getattr(data, name) for name in (*names, "victims", "justice")}
    return lint(data.study, **tables)


def list_empty_tables(study: str | Path = DEFAULT_STUDY) -> list[str]:
    """Return the names of the study's tables that hold no row; reports say ND where they are used.

    Examples
    --------
    >>> list_empty_tables("western_balkans")
    []
    """
    folder = locate_study(study)
    read = {table.name: _read_csv(folder / table.file, table)[0] for table in schema.STUDY if not table.is_optional}
    return [name for name, rows in read.items() if rows is not None and rows.empty]


def _load(folder: Path, jurisdiction: str = "", *, is_checked: bool = False) -> tuple[StudyData | None, list[Problem]]:
    settings, problems = _read_settings(folder)
    problems += find_misnamed(folder, [table.file for table in schema.STUDY])
    raw: dict[str, pd.DataFrame] = {}
    for table, place in _tables(folder):
        rows, unread = _read_csv(place / table.file, table)
        problems += unread
        if rows is not None:
            raw[table.name] = rows
    corrected, uncorrected = _correct(raw, folder)
    raw |= corrected
    lists = _collect_lists(settings, raw)
    if jurisdiction and settings is not None:
        settings.name(jurisdiction)
        raw = _keep_jurisdiction(raw, settings, jurisdiction)
    for table, place in _tables(folder):
        rows = raw.get(table.name)
        may_be_empty = bool(jurisdiction) or table.is_optional
        # Ratings are checked with the evidence that they cite.
        is_left = is_checked or (table is schema.RATINGS and settings is not None)
        if rows is not None and not is_left and not (rows.empty and may_be_empty):
            label = f"{place.name}/{table.file}"
            # What looks like a person is not repeated by another check of the same table.
            personal = _find_persons(table, rows, label)
            if personal:
                problems += personal
                continue
            codes = {k: tuple(v) for k, v in lists.items()}
            problems += schema.check_table(table, rows, codes, file=label, may_be_empty=table in schema.STUDY)
    if settings is not None:
        problems += [] if is_checked else _check_ratings(settings, raw, lists, folder, problems)
        problems += _check_settings(settings, lists)
        problems += [] if jurisdiction else _check_choices(settings, raw) + _check_rounds(settings, raw, folder)
    problems += uncorrected + _check_measures(raw) + _check_quotas(raw, lists)
    if problems:
        return None, problems
    typed = {table.name: schema.convert_table(table, raw[table.name]) for table, _ in _tables(folder)}
    frames = {name: rows.reset_index(drop=True) for name, rows in typed.items()}
    return StudyData(name=folder.name, study=settings, vocabulary=Vocabulary(lists), **frames), []


def _correct(raw: dict[str, pd.DataFrame], folder: Path) -> tuple[dict[str, pd.DataFrame], list[Problem]]:
    """Return the corrected tables, and every correction that could not be made."""
    corrections = raw.get("corrections", pd.DataFrame())
    if corrections.empty or list(corrections.columns) != [column.name for column in schema.CORRECTIONS.columns]:
        return {}, []
    named = [name for name in corrections["table"].unique() if name in raw and name != "corrections"]
    results = {name: correct_table(raw[name], corrections, name=name) for name in named}
    found = [problem for result in results.values() for problem in result.problems]
    problems = [replace(problem, file=f"{folder.name}/{problem.file}") for problem in found]
    return {name: result.tables[name] for name, result in results.items()}, problems


def _keep_jurisdiction(raw: dict[str, pd.DataFrame], study: Study, jurisdiction: str) -> dict[str, pd.DataFrame]:
    kept = dict(raw)
    for table in schema.STUDY:
        if table.name in raw and set(table.scope) <= set(raw[table.name].columns) and table.scope:
            rows = raw[table.name]
            kept[table.name] = rows[rows[list(table.scope)].eq(jurisdiction).any(axis=1)]
    named = {preference.source_id for preference in study.preferences.values()}
    for name, rows in kept.items():
        if name != "sources":
            for column in rows.columns[rows.columns.str.endswith("source_id")]:
                named |= set(rows[column])
    if "source_id" in raw.get("sources", pd.DataFrame()).columns:
        kept["sources"] = raw["sources"][raw["sources"]["source_id"].isin(named)]
    return kept


def _tables(folder: Path) -> list[tuple[Table, Path]]:
    framework = locate_framework(folder)
    return [(table, framework) for table in schema.FRAMEWORK] + [(table, folder) for table in schema.STUDY]


def _read_csv(file: Path, table: Table) -> tuple[pd.DataFrame | None, list[Problem]]:
    label = f"{file.parent.name}/{table.file}"
    if not file.exists() and table.is_optional:
        return pd.DataFrame(columns=[column.name for column in table.columns], dtype=str), []
    if not file.is_file():
        return None, [
            Problem(label, f"a file; a row is {table.row}", "The file is missing: add it; see data/README.md.")
        ]
    try:
        return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        found = f"byte 0x{error.object[error.start]:02x}"
        return None, [Problem(label, "text in UTF-8", "Save the file as CSV in UTF-8.", (line,), found=found)]
    except pd.errors.EmptyDataError:
        return None, [Problem(label, "a header and at least one row", "Add the rows, or restore the file.")]
    except pd.errors.ParserError as error:
        return None, [Problem(label, "comma-separated values", "Quote cells that hold commas.", found=str(error))]


def _collect_lists(study: Study | None, raw: dict[str, pd.DataFrame]) -> dict[str, dict[str, str]]:
    lists: dict[str, dict[str, str]] = {}
    if {"list", "code", "label"} <= set(raw.get("codes", pd.DataFrame()).columns):
        for name, rows in raw["codes"].groupby("list", sort=False):
            lists[str(name)] = dict(zip(rows["code"], rows["label"], strict=True))
    if study is None:
        lists.pop("country", None)
        lists.pop("citizenship", None)
    else:
        for name, codes in study.labels.items():
            if name in lists:
                lists[name] |= codes
        names = {jurisdiction.code: jurisdiction.name() for jurisdiction in study.jurisdictions}
        lists["jurisdiction"] = names
        lists["jurisdiction_or_region"] = {**names, REGION: "Region"}
        lists["jurisdiction_part"] = {code: label for j in study.jurisdictions for code, label in j.parts.items()}
        lists["time_point"] = {point.code: point.label for point in study.time_points}
        if "country" in lists:
            lists["country"] = {**names, **lists["country"]}
            lists["citizenship"] = {**lists["country"], **lists.get("citizenship", {})}
    lists["study_table"] = {table.name: table.row for table in schema.STUDY if table is not schema.CORRECTIONS}
    for name, table, code, label in (
        ("indicator", "indicators", "indicator", "theme"),
        ("gsi_item", "gsi_items", "item", "label"),
        ("instrument", "instruments", "instrument", "title"),
        ("evidence", "evidence", "evidence_id", "evidence_id"),
        ("stakeholder", "stakeholders", "stakeholder", "stakeholder"),
        ("recommendation", "voting_list", "recommendation_id", "recommendation_id"),
    ):
        if {code, label} <= set(raw.get(table, pd.DataFrame()).columns):
            lists[name] = dict(zip(raw[table][code], raw[table][label], strict=True))
    if {"survey_theme", "label"} <= set(raw.get("codebook", pd.DataFrame()).columns):
        themes = zip(raw["codebook"]["survey_theme"], raw["codebook"]["label"], strict=True)
        lists["survey_theme"] = {**dict(themes), UNCODED: "None of the codebook's themes"}
    if "indicator" in lists:
        lists["indicator"] = {code: f"{code} {theme}" for code, theme in lists["indicator"].items()}
    sources = raw.get("sources", pd.DataFrame())
    if {"source_id", "status", "publisher", "year"} <= set(sources.columns):
        citable = sources[sources["status"].ne("wanted")]
        labels = citable["publisher"] + citable["year"].where(citable["year"].eq(""), " " + citable["year"])
        lists["source"] = dict(zip(citable["source_id"], labels, strict=True))
    return lists


def _check_measures(raw: dict[str, pd.DataFrame]) -> list[Problem]:
    indicators, measures = raw.get("indicators", pd.DataFrame()), raw.get("measures", pd.DataFrame())
    if "indicator" not in indicators.columns or "indicator" not in measures.columns:
        return []
    without = indicators[~indicators["indicator"].isin(measures["indicator"])]
    remedy = "Add a row to framework/measures.csv that says what closes a gap."
    return [
        Problem("framework/indicators.csv", "an indicator with a measure", remedy, (index + 2,), "indicator", code)
        for index, code in without["indicator"].items()
    ]


def _check_quotas(raw: dict[str, pd.DataFrame], lists: dict[str, dict[str, str]]) -> list[Problem]:
    quotas = raw.get("quotas", pd.DataFrame())
    if not {"field", "code"} <= set(quotas.columns):
        return []
    known = zip(quotas["field"], quotas["code"], strict=True)
    wrong = [row for row, (field, code) in enumerate(known, start=2) if field in lists and code not in lists[field]]
    remedy = "Use a code of the list that 'field' names."
    return [Problem("framework/quotas.csv", "a code of its list", remedy, tuple(wrong), "code")] if wrong else []


def _check_ratings(
    study: Study, raw: dict[str, pd.DataFrame], lists: dict[str, dict[str, str]], folder: Path, found: list[Problem]
) -> list[Problem]:
    """Check ratings and what they rest on; by their contract alone where a table that they rest on has a problem."""
    rows, file = raw.get("ratings", pd.DataFrame()), f"{folder.name}/{schema.RATINGS.file}"
    if rows.empty:
        return []
    rests_on = {f"{place.name}/{table.file}" for table, place in _tables(folder) if table.name in _RATED_FROM}
    if rests_on & {problem.file for problem in found}:
        return schema.check_table(schema.RATINGS, rows, lists, file=file)
    sources = classify_sources(raw["sources"], raw["publishers"])
    known = (raw["evidence"], raw["indicators"], sources, study.periods())
    return check_ratings(rows, *known, codes=lists, parts=study.parts(), file=file)


def _find_persons(table: Table, rows: pd.DataFrame, label: str) -> list[Problem]:
    """Find what looks like a person where people are asked, vote or comment; short names and days never do."""
    if "stakeholder" in table.key:
        numbers = [column.name for column in table.columns if column.kind in ("number", "integer")]
        return find_personal_data(rows.drop(columns=numbers, errors="ignore"), file=label)
    if table.name not in _SPOKEN:
        return []
    own = [column.name for column in table.columns if column.kind != "text"]
    return find_personal_data(rows.drop(columns=own, errors="ignore"), file=label)


def _check_rounds(study: Study, raw: dict[str, pd.DataFrame], folder: Path) -> list[Problem]:
    rounds, listed = raw.get("delphi_rounds", pd.DataFrame()), raw.get("voting_list", pd.DataFrame())
    columns = {"round", "rule_version", "list_version"}
    if not columns <= set(rounds.columns) or "list_version" not in listed.columns:
        return []
    return find_changed_rules(rounds, listed, study.delphi, file=f"{folder.name}/delphi_rounds.csv")


def _check_choices(study: Study, raw: dict[str, pd.DataFrame]) -> list[Problem]:
    """Find tables with rows from which no series is chosen, and choices for which there is no row."""
    registered = set(raw.get("sources", pd.DataFrame(columns=["source_id"])).get("source_id", ()))
    problems = []
    for name, table in _CHOICES.items():
        rows = raw.get(table, pd.DataFrame())
        if "source_id" not in rows.columns:
            continue
        if name == "assisted_flows" and "measure" in rows.columns:
            rows = rows[rows["measure"].eq("victims_assisted")]
        chosen = study.preferences[name]
        column = f"preferences.{name}"
        if chosen is NOT_CHOSEN and len(rows):
            expected = f"the source that is drawn on where the rows of {table}.csv differ"
            remedy = f"Add [{column}] with source_id and reason."
            problems.append(Problem("study.toml", expected, remedy, column=column))
        elif chosen.source_id in registered and not rows["source_id"].eq(chosen.source_id).any():
            expected = f"a source of at least one row in {table}.csv"
            remedy = "Add the rows, or take the choice out of study.toml."
            problems.append(Problem("study.toml", expected, remedy, column=column, found=chosen.source_id))
    return problems


def _check_settings(study: Study, lists: dict[str, dict[str, str]]) -> list[Problem]:
    problems = [
        Problem(
            "study.toml",
            "the name of a code list of framework/codes.csv",
            "Correct the name.",
            column="labels",
            found=name,
        )
        for name in study.labels
        if "country" in lists and (name not in lists or name in _DERIVED)
    ]
    for name, preference in study.preferences.items():
        if "source" in lists and preference is not NOT_CHOSEN and preference.source_id not in lists["source"]:
            problems.append(
                Problem(
                    "study.toml",
                    "a source registered in sources.csv",
                    "Register the source, or correct the id.",
                    column=f"preferences.{name}.source_id",
                    found=preference.source_id,
                )
            )
    named = [("treaties", treaty) for treaty in study.treaties]
    named += [(f"standards.{standard}", instrument) for standard, instrument in study.standards.items()]
    for column, instrument in named:
        if "instrument" in lists and instrument not in lists["instrument"]:
            remedy = "Add it, or correct the name."
            problems.append(Problem("study.toml", "an instrument of instruments.csv", remedy, (), column, instrument))
    return problems

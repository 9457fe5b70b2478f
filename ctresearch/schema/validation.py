"""Find every problem of a table at once (pandera), and give columns their types."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import partial

import pandas as pd

from ctresearch.schema.columns import Column, Table
from ctresearch.schema.problems import Problem

_DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?)?)?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_CODES = re.compile(r"[^;\s]+(;[^;\s]+)*")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


_KIND_EXPECTED = {
    "id": "a short name of letters, digits, '.', '_' and '-'",
    "year": "a year of four digits",
    "integer": "a whole number",
    "number": "a number with a decimal point and no thousands mark",
    "date": "a date like 2014, 2014-09, 2014-09-22 or 2014-09-22/2014-09-26",
    "yesno": "yes or no",
    "codes": "codes joined by ';', without spaces",
    "address": "an address that starts with http:// or https://",
}
_KIND_REMEDY = {
    "number": "Write the number alone; put '<5' and words in 'printed' and bounds in 'value_low' and 'value_high'.",
    "date": "Keep what is known: a year alone is a valid date.",
}


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        for day in text.split("/"):
            date.fromisoformat(day + "-01-01"[len(day) - 4 :])
    except ValueError:
        return False
    return True


_KINDS: dict[str, Callable[[str], bool]] = {
    "id": lambda text: bool(_ID.fullmatch(text)),
    "year": lambda text: bool(re.fullmatch(r"(19|20)[0-9]{2}", text)),
    "integer": lambda text: bool(re.fullmatch(r"-?[0-9]+", text)),
    "number": lambda text: bool(_NUMBER.fullmatch(text)),
    "date": _is_date,
    "yesno": lambda text: text in ("yes", "no"),
    "codes": lambda text: bool(_CODES.fullmatch(text)),
    "address": lambda text: bool(re.match(r"https?://\S+$", text)),
}


def _is_of_kind(value: str, kind: str) -> bool:
    return value == "" or kind not in _KINDS or _KINDS[kind](value)


def _are_on_scale(rows: pd.DataFrame, *columns: str) -> pd.Series:
    """Whether every filled cell is an answer from 1 to 5."""
    return pd.concat([rows[name].isin(["", "1", "2", "3", "4", "5"]) for name in columns], axis=1).all(axis=1)


_Test = Callable[[str], bool]
_RULES: dict[str, tuple[Callable[[pd.DataFrame], pd.Series], str, str]] = {
    "answers_on_the_scale": (
        lambda rows: _are_on_scale(rows, "importance", "performance"),
        "'importance' and 'performance' from 1 to 5",
        "Correct the answer, or leave it empty.",
    ),
    "power_and_interest_on_the_scale": (
        lambda rows: _are_on_scale(rows, "power", "interest"),
        "'power' and 'interest' from 1 to 5",
        "Correct the judgement.",
    ),
    "rating_on_the_scale_of_nine": (
        lambda rows: _numbers(rows, "rating").between(1, 9),
        "'rating' from 1 to 9",
        "Correct the rating; one that was not given has no row.",
    ),
    "wording_where_amended": (
        lambda rows: rows["vote"].eq("amend") == rows["wording"].ne(""),
        "'wording' of a vote to amend, and of no other",
        "Write the proposed wording, or correct the vote.",
    ),
    "deadline_where_sent": (
        lambda rows: rows["report_state"].eq("sent_for_comments") == rows["deadline"].ne(""),
        "'deadline' of a report that is sent for comments, and of no other",
        "Enter the last day for comments, or take it out.",
    ),
    "reason_where_not_accepted": (
        lambda rows: rows["reply"].isin(["", "accepted"]) | rows["reply_reason"].ne(""),
        "'reply_reason' of a comment that is rejected or accepted in part",
        "Say why.",
    ),
    "years_in_order": (
        lambda rows: _numbers(rows, "year").le(_numbers(rows, "year_end")),
        "'year' not after 'year_end'",
        "Swap the two, or repeat the year for a single year.",
    ),
    "bounds_in_order": (
        lambda rows: (
            _numbers(rows, "value_low").le(_numbers(rows, "value").fillna(_numbers(rows, "value_low")))
            & _numbers(rows, "value")
            .le(_numbers(rows, "value_high"))
            .where(_numbers(rows, "value").notna() & _numbers(rows, "value_high").notna(), True)
            & _numbers(rows, "value_low").le(_numbers(rows, "value_high").fillna(float("inf")))
        ),
        "value_low <= value <= value_high",
        "Correct the bounds to what the printed value allows.",
    ),
    "suppressed_has_no_value": (
        lambda rows: rows["status"].ne("suppressed") | rows["value"].eq(""),
        "no value in a suppressed row",
        "Leave 'value' empty and give 'value_low' and 'value_high'.",
    ),
    "persons_are_counted": (
        lambda rows: _numbers(rows, "persons_n").ge(1),
        "persons_n of 1 or more",
        "Leave out rows without a person; those on no list cannot be counted.",
    ),
    "accessed_unless_wanted": (
        lambda rows: rows["status"].eq("wanted") | rows["accessed"].ne(""),
        "an access date for a source that rows may cite",
        "Enter the day on which the copy was read, or give the source the status 'wanted'.",
    ),
    "seen_if_audited": (
        lambda rows: rows["citation_check"].eq("audited") == rows["seen_in"].ne(""),
        "the text in which an audited provision was seen, and none for one from memory",
        "Name the text in 'seen_in', or set 'citation_check' to memory.",
    ),
}


def check_table(
    table: Table,
    rows: pd.DataFrame,
    allowed: Mapping[str, Collection[str]],
    *,
    file: str = "",
    may_be_empty: bool = False,
) -> list[Problem]:
    """Return everything that is wrong with a table as it was read (all columns text).

    Parameters
    ----------
    table : Table
        The contract.
    rows : pandas.DataFrame
        The table as read: every column text, missing values as empty text.
    allowed : mapping of str to collection of str
        Codes by name of code list. A list that is absent is not checked, so that one unreadable file does
        not raise a problem in every other.
    file : str
        Name to print; the table's own file name if empty.
    may_be_empty : bool
        Whether a header without rows is a valid table.

    Returns
    -------
    list of Problem
        Empty if the table keeps its contract. Row numbers count the header as row 1.

    Examples
    --------
    >>> from ctresearch.schema.contracts import GLOSSARY
    >>> terms = pd.DataFrame({"term": ["NRM", "NRM"], "definition": ["a", "b"], "source_note": ["", ""]})
    >>> print(check_table(GLOSSARY, terms, {})[0])
    glossary.csv, rows 2, 3, column 'term': found 'NRM', expected one row a key. Remove or merge the repeated rows.
    """
    file = file or table.file
    if len(rows.columns) == 1 and ";" in rows.columns[0]:
        remedy = "Save the file as CSV with commas; spreadsheets write semicolons in some languages."
        return [Problem(file, "columns separated by commas", remedy, found=str(rows.columns[0])[:40])]
    problems = _check_columns(table, rows, file)
    if problems:
        return problems
    if rows.empty:
        return (
            []
            if may_be_empty
            else [Problem(file, "at least one row", "Add the rows, or take the table's source out of the study.")]
        )
    problems += _check_values(table, rows, allowed, file)
    problems += _check_key(table, rows, file)
    wrong = {row - 2 for problem in problems for row in problem.rows}
    return problems + _check_rules(table, rows.drop(index=list(wrong)), file)


def convert_table(table: Table, rows: pd.DataFrame) -> pd.DataFrame:
    """Give the columns of a checked table their types; text stays text, missing numbers become NA."""
    typed = rows.copy()
    for column in table.columns:
        if column.kind in ("year", "integer"):
            typed[column.name] = pd.to_numeric(typed[column.name].replace("", None)).astype("Int64")
        elif column.kind == "number":
            typed[column.name] = pd.to_numeric(typed[column.name].replace("", None)).astype("Float64")
        elif column.kind == "yesno":
            typed[column.name] = typed[column.name].eq("yes")
    return typed


def _numbers(rows: pd.DataFrame, column: str) -> pd.Series:
    return pd.to_numeric(rows[column], errors="coerce")


def _check_columns(table: Table, rows: pd.DataFrame, file: str) -> list[Problem]:
    expected = [column.name for column in table.columns]
    problems = [
        Problem(file, f"one of {', '.join(expected)}", "Rename or remove the column.", column=name, found=str(name))
        for name in rows.columns
        if name not in expected
    ]
    problems += [
        Problem(file, f"the column '{name}'", "Add the column; leave cells empty where nothing is known.", column=name)
        for name in expected
        if name not in rows.columns
    ]
    return problems


def _check_values(table: Table, rows: pd.DataFrame, allowed: Mapping[str, Collection[str]], file: str) -> list[Problem]:
    checks = {column.name: _list_checks(column, allowed) for column in table.columns}
    # Pandera tells which cells fail; most columns have none, and asking it about them takes most of the time.
    doubtful = {name: tests for name, tests in checks.items() if not _is_sound(rows[name], tests)}
    if not doubtful:
        return []
    import pandera.pandas as pa

    columns = {
        name: pa.Column(checks=[pa.Check(partial(_pass, test=test), name=check) for check, test in tests.items()])
        for name, tests in doubtful.items()
    }
    try:
        pa.DataFrameSchema(columns).validate(rows, lazy=True)
    except pa.errors.SchemaErrors as error:
        return _to_problems(table, error.failure_cases, allowed, file)
    return []


def _is_sound(values: pd.Series, tests: Mapping[str, _Test]) -> bool:
    distinct = values.unique().tolist()
    return all(isinstance(value, str) for value in distinct) and all(
        all(map(test, distinct)) for test in tests.values()
    )


def _pass(values: pd.Series, *, test: _Test) -> pd.Series:
    return values.isin({value for value in values.unique() if test(value)})


def _list_checks(column: Column, allowed: Mapping[str, Collection[str]]) -> dict[str, _Test]:
    checks: dict[str, _Test] = {}
    if column.required:
        checks["required"] = lambda value: value.strip() != ""
    if column.kind in _KINDS:
        checks["kind"] = lambda value: _is_of_kind(value, column.kind)
    if column.kind in ("code", "codes") and column.codes in allowed:
        known = {*allowed[column.codes], ""}
        checks["code"] = (
            known.__contains__ if column.kind == "code" else lambda value: known.issuperset(value.split(";"))
        )
    checks["trimmed"] = lambda value: value == value.strip()
    return checks


def _to_problems(table: Table, cases: pd.DataFrame, allowed: Mapping[str, Collection[str]], file: str) -> list[Problem]:
    problems = []
    for (name, check, found), group in cases.groupby(["column", "check", "failure_case"], sort=False, dropna=False):
        expected, remedy = _explain(table.column(name), check, allowed)
        rows = tuple(sorted(int(index) + 2 for index in group["index"]))
        problems.append(Problem(file, expected, remedy, rows, name, str(found)))
    return sorted(problems, key=lambda problem: (problem.rows, problem.column))


def _explain(column: Column, check: str, allowed: Mapping[str, Collection[str]]) -> tuple[str, str]:
    if check == "required":
        return "a value", "Fill the cell; a fact that nobody knows has no row."
    if check == "trimmed":
        return "no space at the start or end", "Remove the space."
    if check == "code":
        return _explain_code(column, allowed[column.codes])
    return _KIND_EXPECTED[column.kind], _KIND_REMEDY.get(column.kind, "Correct the cell.")


def _explain_code(column: Column, codes: Collection[str]) -> tuple[str, str]:
    if column.codes == "source":
        return "a source registered in sources.csv (and not 'wanted')", "Register the source, or correct the id."
    some = ", ".join(list(codes)[:12])
    remedy = {
        "jurisdiction": "Use a code of study.toml, or add a [[jurisdictions]] entry there.",
        "indicator": "Use an indicator of framework/indicators.csv.",
        "evidence": "Use an evidence_id of evidence.csv.",
        "study_table": "Name a table of the study, without .csv.",
        "stakeholder": "Add the panellist to stakeholders.csv, by role and without a name.",
        "recommendation": "Use a recommendation of voting_list.csv, which `ctresearch workshop build` writes.",
    }.get(column.codes, f"Use a code of the list '{column.codes}' in framework/codes.csv.")
    return f"a code of the list '{column.codes}' ({some}{', ...' if len(codes) > 12 else ''})", remedy


def _check_key(table: Table, rows: pd.DataFrame, file: str) -> list[Problem]:
    is_repeated = rows.duplicated(list(table.key), keep=False)
    if not is_repeated.any():
        return []
    return [
        Problem(
            file,
            "one row a key",
            "Remove or merge the repeated rows.",
            tuple(int(index) + 2 for index in group.index),
            ", ".join(table.key),
            " | ".join(str(part) for part in key),
        )
        for key, group in rows[is_repeated].groupby(list(table.key), sort=False)
    ]


def _check_rules(table: Table, rows: pd.DataFrame, file: str) -> list[Problem]:
    problems = []
    for name in table.rules:
        rule, expected, remedy = _RULES[name]
        broken = rows.index[~rule(rows).fillna(False).astype(bool)]
        if len(broken):
            problems.append(Problem(file, expected, remedy, tuple(int(index) + 2 for index in broken)))
    return problems

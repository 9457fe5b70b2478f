"""Clean a received file: tidy tables, the changes and the problems beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from ctresearch import files
from ctresearch.clean.result import CHANGE_COLUMNS, Cleaned, no_changes
from ctresearch.files.kinds import recognise
from ctresearch.intake.kinds import KINDS, extend_labels, read_mapping
from ctresearch.intake.request import Intake, Request
from ctresearch.intake.results import append_rows, open_result, tabulate_problems
from ctresearch.schema.problems import Problem, StudyError
from ctresearch.store import StudyData

PRIVATE = frozenset({"identifiers"})
"""Tables that name persons; they are never written."""

_HELP = {
    "mapping": "; `ctresearch clean FILE --suggest` drafts one",
    "source": "; the id of the file in sources.csv",
}
"""How to come by what a kind of file needs."""

LONG_FILE_BYTES = 100 * 2**20
"""A case sheet of more bytes is cleaned in chunks."""


def clean_file(file: Path, *, request: Request, out: Path) -> Intake:
    """Clean a received file and write the result as a whole: a csv for each table, `changes.csv`, `problems.csv`.

    Parameters
    ----------
    file : Path
        The file as it was received; it is not changed.
    out : Path
        Folder for the results; an earlier result there is replaced unless its files were changed or others added.

    Raises
    ------
    StudyError
        If the file cannot be read or gives no table, something is missing from the request, or the folder holds other
        files; nothing is written then.
    """
    check_request(file, request)
    with open_result(out) as folder:
        intake = write_parts(read_parts(file, request), folder)
        if not intake[0]:
            raise StudyError(intake[2])
    return Intake(out, *intake)


def suggest_mapping(file: Path, *, data: StudyData) -> str:
    """Draft the mapping of a case sheet, as TOML for a person to complete."""
    from ctresearch.clean.suggestion import suggest_mapping as suggest

    return suggest(files.read_sheets(file), labels=extend_labels(data), codes=data.codes)


def check_request(file: Path, request: Request) -> None:
    """Refuse a file that is none, and a request in which something is missing that its kind of file needs.

    Raises
    ------
    StudyError
        With everything that is missing.
    """
    problems = _look_at(file)
    needed = KINDS.get(request.kind)
    if needed is None:
        asked = Problem("--as", f"one of {', '.join(KINDS)}", "Name the kind of file.", found=request.kind)
        raise StudyError([asked, *problems])
    for option in needed.options:
        if not getattr(request, option):
            name = option.removesuffix("_id")
            problems.append(Problem(f"--{name}", "a value", f"A {request.kind} file needs it{_HELP.get(name, '')}."))
    registered = request.data.sources["source_id"]
    if request.source_id and not registered.eq(request.source_id).any():
        remedy = "Register the source in sources.csv first, with its terms and status."
        problems.append(Problem("--source", "a source of the study", remedy, found=request.source_id))
    if problems:
        raise StudyError(problems)


def _look_at(file: Path) -> list[Problem]:
    try:
        recognise(file)
    except files.FileError as error:
        return list(error.problems)
    return []


def write_parts(
    parts: Iterable[tuple[Cleaned, tuple[Problem, ...]]], folder: Path
) -> tuple[dict[str, int], int, tuple[Problem, ...], tuple[Problem, ...]]:
    """Write cleaned parts of a file; return rows by table, changed cells, problems, and remarks on the reading."""
    rows: dict[str, int] = {}
    changes_n, problems, notes, words = 0, [], [], []
    append_rows(pd.DataFrame(columns=list(CHANGE_COLUMNS)), folder / "changes.csv")
    for cleaned, remarks in parts:
        for name, table in cleaned.tables.items():
            if name not in PRIVATE:
                append_rows(table, folder / f"{name}.csv")
                rows[name] = rows.get(name, 0) + len(table)
        has_row = cleaned.changes["row"].notna()
        append_rows(cleaned.changes[has_row], folder / "changes.csv")
        words.append(cleaned.changes[~has_row])
        changes_n += int(cleaned.changes["cells_n"].sum())
        problems += cleaned.problems
        notes += remarks
    append_rows(_join_words(words), folder / "changes.csv")
    problems = _join_rows(problems)
    append_rows(tabulate_problems(problems), folder / "problems.csv")
    return rows, changes_n, tuple(problems), tuple(notes)


def _join_words(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Count a mapped word once, in however many chunks it was met."""
    changes = pd.concat(parts, ignore_index=True) if parts else no_changes()
    by = [name for name in CHANGE_COLUMNS if name not in ("row", "cells_n")]
    return changes.groupby(by, as_index=False)["cells_n"].sum().reindex(columns=list(CHANGE_COLUMNS))


def _join_rows(problems: list[Problem]) -> list[Problem]:
    """Make one problem of those that differ in their rows alone."""
    rows: dict[Problem, list[int]] = {}
    for problem in problems:
        rows.setdefault(replace(problem, rows=()), []).extend(problem.rows)
    return [replace(problem, rows=tuple(found)) for problem, found in rows.items()]


def read_parts(file: Path, request: Request) -> Iterator[tuple[Cleaned, tuple[Problem, ...]]]:
    """Yield the cleaned file with remarks on how it was read; in chunks if it is a long case sheet."""
    if request.kind == "cases" and file.is_file() and file.stat().st_size > LONG_FILE_BYTES:
        yield from ((cleaned, ()) for cleaned in _clean_chunks(file, request))
        return
    content = files.read_file(file, as_categories=request.kind == "cases")
    yield KINDS[request.kind].tidy(dict(content.sheets), file.name, request), content.notes


def _clean_chunks(file: Path, request: Request) -> Iterator[Cleaned]:
    from ctresearch.clean.cases import find_case_columns, tidy_case_rows
    from ctresearch.clean.mapping import parse_mapping

    mapping, problems = parse_mapping(read_mapping(request), codes=request.data.codes, file=request.mapping.name)
    labels, columns = extend_labels(request.data), None
    for chunk in files.read_chunks(file) if mapping else ():
        if columns is None:
            columns, problems = find_case_columns({"": chunk}, mapping=mapping, file=file.name)
            if columns is None:
                break
            chunk = chunk.loc[columns.first_row :]  # noqa: PLW2901
        known = {"labels": labels, "codes": request.data.codes}
        yield tidy_case_rows(chunk, columns=columns, mapping=mapping, file=file.name, **known)
    if problems:
        yield Cleaned({}, problems=problems)

"""Take in a received file: read it, make it tidy, write the tables, the changes and the problems beside each other."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ctresearch import files, places, publication
from ctresearch.clean.result import CHANGE_COLUMNS, Cleaned, no_changes
from ctresearch.ratings import classify_sources
from ctresearch.schema.problems import Problem, StudyError
from ctresearch.store import StudyData

if TYPE_CHECKING:
    from ctresearch.clean.linkage import LinkageSettings

PRIVATE = frozenset({"identifiers"})
"""Tables that name persons; they are never written."""

LONG_FILE_BYTES = 100 * 2**20
"""A case sheet of more bytes is cleaned in chunks."""

_PROBLEM_COLUMNS = ("file", "rows", "column", "found", "expected", "remedy")


@dataclass(frozen=True)
class Request:
    """What a file is, and what its reader must be told.

    Attributes
    ----------
    kind : str
        One of `KINDS`.
    data : StudyData
        The study that the file is for.
    source_id : str
        Source that the rows cite, registered in the study's sources.
    agency : str
        Short name of the agency that recorded the cases.
    mapping, form : Path, optional
        The mapping of a case sheet, or the sources of a transcription sheet's publications; the XLSForm of a form's
        export.
    year : int, optional
        Year of a rating, or of the publication of an export.
    day_first : bool
        Whether 3/5/2014 is the third of May.
    """

    kind: str
    data: StudyData
    source_id: str = ""
    agency: str = ""
    mapping: Path | None = None
    form: Path | None = None
    year: int | None = None
    day_first: bool = True


@dataclass(frozen=True)
class Intake:
    """What became of a file: where the results are, rows by table, changed cells, and problems."""

    folder: Path
    rows: dict[str, int]
    changes_n: int
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def clean_file(file: Path, *, request: Request, out: Path) -> Intake:
    """Clean a received file and write the result as a whole: a csv for each table, `changes.csv`, `problems.csv`.

    Parameters
    ----------
    file : Path
        The file as it was received; it is not changed.
    out : Path
        Folder for the results; an earlier result there is replaced, other files are not touched but refused.

    Raises
    ------
    StudyError
        If the file cannot be read, something is missing from the request, or the folder holds other files; nothing is
        written then.
    """
    _check_request(request)
    _refuse_other_files(out)
    with _open_result(out) as folder:
        intake = _write_parts(file, request, folder)
    return Intake(out, *intake)


def suggest_mapping(file: Path, *, data: StudyData) -> str:
    """Draft the mapping of a case sheet, as TOML for a person to complete."""
    from ctresearch.clean.suggestion import suggest_mapping as suggest

    return suggest(files.read_sheets(file), labels=_extend_labels(data), codes=data.codes)


def link_sheets(
    sheets: Sequence[tuple[Path, Path]], *, data: StudyData, key: bytes, settings: LinkageSettings, out: Path
) -> dict[str, int]:
    """Find the same persons in the case sheets of several agencies, and write who is on which lists.

    Parameters
    ----------
    sheets : sequence of (Path, Path)
        Case sheet and mapping of each agency.
    key : bytes
        The secret that names are hashed with; it is not kept.

    Returns
    -------
    dict of str to int
        Rows of each table that was written: `captures`, `clusters`, `links`, `review`, `conflicts`. None holds a name,
        birth date or document number.

    Raises
    ------
    StudyError
        With the problems of all sheets; nothing is written then.
    """
    from ctresearch.clean.linkage import link_records

    if find_spec("splink") is None:
        raise StudyError(
            [Problem("link", "the library splink", "Install the extra: pip install 'ctresearch[linkage]'.")]
        )
    _refuse_other_files(out)
    requests = [(sheet, Request("cases", data, mapping=mapping)) for sheet, mapping in sheets]
    parts = [part for sheet, request in requests for part, _ in _clean_parts(sheet, request)]
    unusable = [problem for part in parts if "identifiers" not in part.tables for problem in part.problems]
    if unusable:
        raise StudyError(unusable)
    identifiers = pd.concat([part.tables["identifiers"] for part in parts], ignore_index=True)
    weights = pd.read_csv(places.locate_framework(places.locate_study(data.name)) / "linkage_weights.csv")
    linked = link_records(
        identifiers.astype("str").where(identifiers.notna()),
        key=key,
        labels=data.labels,
        settings=settings,
        weights=weights,
    )
    tables = {name: getattr(linked, name) for name in ("captures", "clusters", "links", "review", "conflicts")}
    with _open_result(out) as folder:
        for name, table in tables.items():
            _append(table, folder / f"{name}.csv")
        _append(_tabulate([problem for part in parts for problem in part.problems]), folder / "problems.csv")
    return {name: len(table) for name, table in tables.items()}


@contextmanager
def _open_result(out: Path) -> Iterator[Path]:
    """Give a private folder, which takes its place as a whole once all is written."""
    out.parent.mkdir(parents=True, exist_ok=True)
    private = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    private.chmod(0o755)
    try:
        yield private
        publication.publish(private, out)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def _check_request(request: Request) -> None:
    problems = []
    needed = KINDS.get(request.kind)
    if needed is None:
        raise StudyError([Problem("--as", f"one of {', '.join(KINDS)}", "Name the kind of file.", found=request.kind)])
    for option in needed.options:
        if not getattr(request, option):
            problems.append(Problem(f"--{option.removesuffix('_id')}", "a value", f"A {request.kind} file needs it."))
    registered = request.data.sources["source_id"]
    if request.source_id and not registered.eq(request.source_id).any():
        remedy = "Register the source in sources.csv first, with its terms and status."
        problems.append(Problem("--source", "a source of the study", remedy, found=request.source_id))
    if problems:
        raise StudyError(problems)


def _refuse_other_files(out: Path) -> None:
    if not out.exists():
        return
    if out.is_dir() and ((out / "problems.csv").is_file() or not any(out.iterdir())):
        return
    raise StudyError([Problem(str(out), "a new or empty folder, or an earlier result", "Name another folder.")])


def _write_parts(
    file: Path, request: Request, folder: Path
) -> tuple[dict[str, int], int, tuple[Problem, ...], tuple[Problem, ...]]:
    rows: dict[str, int] = {}
    changes_n, problems, notes, words = 0, [], [], []
    _append(pd.DataFrame(columns=list(CHANGE_COLUMNS)), folder / "changes.csv")
    for cleaned, remarks in _clean_parts(file, request):
        for name, table in cleaned.tables.items():
            if name not in PRIVATE:
                _append(table, folder / f"{name}.csv")
                rows[name] = rows.get(name, 0) + len(table)
        has_row = cleaned.changes["row"].notna()
        _append(cleaned.changes[has_row], folder / "changes.csv")
        words.append(cleaned.changes[~has_row])
        changes_n += int(cleaned.changes["cells_n"].sum())
        problems += cleaned.problems
        notes += remarks
    _append(_join_words(words), folder / "changes.csv")
    problems = _join_rows(problems)
    _append(_tabulate(problems), folder / "problems.csv")
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


def _clean_parts(file: Path, request: Request) -> Iterator[tuple[Cleaned, tuple[Problem, ...]]]:
    """Yield the cleaned file with remarks on how it was read; in chunks if it is a long case sheet."""
    if request.kind == "cases" and file.is_file() and file.stat().st_size > LONG_FILE_BYTES:
        yield from ((cleaned, ()) for cleaned in _clean_chunks(file, request))
        return
    content = files.read_file(file)
    yield KINDS[request.kind].tidy(dict(content.sheets), file.name, request), content.notes


def _clean_chunks(file: Path, request: Request) -> Iterator[Cleaned]:
    from ctresearch.clean.cases import find_case_columns, tidy_case_rows
    from ctresearch.clean.mapping import parse_mapping

    mapping, problems = parse_mapping(_read_mapping(request), codes=request.data.codes, file=request.mapping.name)
    labels, columns = _extend_labels(request.data), None
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


def _read_mapping(request: Request) -> dict:
    file = request.mapping
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        remedy = "Correct it; `ctresearch clean FILE --suggest` drafts one."
        raise StudyError([Problem(file.name, "a mapping in TOML", remedy, found=str(error))]) from None


def _append(table: pd.DataFrame, file: Path) -> None:
    table.to_csv(file, mode="a", header=not file.exists(), index=False, lineterminator="\n")


def _tabulate(problems: list[Problem]) -> pd.DataFrame:
    rows = [(p.file, " ".join(str(row) for row in p.rows), p.column, p.found, p.expected, p.remedy) for p in problems]
    return pd.DataFrame(rows, columns=list(_PROBLEM_COLUMNS))


@dataclass(frozen=True)
class _Kind:
    """A kind of file: its reader, and the options without which it cannot be read."""

    tidy: Callable[[dict[str, pd.DataFrame], str, Request], Cleaned]
    options: tuple[str, ...] = ()


def _tidy_glotip(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.glotip import tidy_glotip

    return tidy_glotip(sheets, report_year=request.year, **_known(file, request), **_own(request))


def _tidy_gsi(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.gsi import tidy_gsi

    return tidy_gsi(sheets, year=request.year, **_known(file, request), **_own(request))


def _tidy_ctdc(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.ctdc import tidy_ctdc

    return tidy_ctdc(sheets, **_known(file, request))


def _tidy_htcds(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.htcds import tidy_htcds

    form = files.read_sheets(request.form) if request.form else None
    named = {"source_id": request.source_id, "agency": request.agency, "codes": request.data.codes}
    return tidy_htcds(sheets, form=form, day_first=request.day_first, **_known(file, request), **named)


def _tidy_cases(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.cases import tidy_cases

    named = {"mapping": _read_mapping(request), "mapping_file": request.mapping.name, "codes": request.data.codes}
    return tidy_cases(sheets, **_known(file, request), **named)


def _tidy_survey(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.survey import tidy_survey

    indicators = tuple(request.data.indicators["indicator"])
    return tidy_survey(sheets, source_id=request.source_id, indicators=indicators, **_known(file, request))


def _tidy_narrative(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.tip_narrative import tidy_tip_narrative

    sources = request.data.sources
    source_ids = request.source_id or dict(zip(sources["title"], sources["source_id"], strict=True))
    if request.mapping:
        source_ids = _read_mapping(request).get("sources", {})
    return tidy_tip_narrative(sheets, source_ids=source_ids, **_known(file, request))


def _tidy_ratings(sheets, file: str, request: Request) -> Cleaned:
    from ctresearch.clean.ratings_sheet import tidy_ratings

    data = request.data
    return tidy_ratings(
        sheets,
        evidence=data.evidence,
        indicators=data.indicators,
        sources=classify_sources(data.sources, data.publishers),
        periods=data.study.periods(),
        codes=data.vocabulary.lists,
        parts=data.study.parts(),
        **_known(file, request),
    )


def _known(file: str, request: Request) -> dict:
    return {"file": file, "labels": _extend_labels(request.data)}


def _extend_labels(data: StudyData) -> pd.DataFrame:
    """Add the names that a study gives its jurisdictions and countries to the words of the framework."""
    words = pd.DataFrame(data.study.list_country_words(), columns=["code", "label"])
    own = words.assign(list="country", language="study")
    return pd.concat([data.labels, own[~own["label"].isin(data.labels["label"])]], ignore_index=True)


def _own(request: Request) -> dict:
    return {"source_id": request.source_id, "jurisdictions": request.data.study.codes}


KINDS = {
    "glotip": _Kind(_tidy_glotip, ("source_id",)),
    "gsi": _Kind(_tidy_gsi, ("source_id", "year")),
    "ctdc": _Kind(_tidy_ctdc),
    "htcds": _Kind(_tidy_htcds, ("source_id", "agency")),
    "cases": _Kind(_tidy_cases, ("mapping",)),
    "survey": _Kind(_tidy_survey, ("source_id",)),
    "tip_narrative": _Kind(_tidy_narrative),
    "ratings": _Kind(_tidy_ratings),
}
"""Kinds of files that can be cleaned."""

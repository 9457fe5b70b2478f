"""What a run consists of, what each part depends on, and which parts are stale; by content, never by time."""

from __future__ import annotations

import ast
import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path

from ctresearch import places
from ctresearch.schema.contracts import FRAMEWORK, STUDY, Table
from ctresearch.schema.problems import Problem, StudyError
from ctresearch.study import Study

PACKAGES = ("ctresearch", "pandas", "numpy", "scipy", "statsmodels", "seaborn", "matplotlib", "papermill", "nbconvert")
"""Packages whose versions a section depends on and a manifest records."""

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Section:
    """One notebook run: a chapter for a jurisdiction, or a part of the report about the region."""

    name: str
    title: str
    notebook: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """All sections of a run with what they depend on, and what an earlier run has left.

    Attributes
    ----------
    inputs : mapping
        For each section, the digest of everything that it depends on, by kind.
    reasons : mapping
        For each stale section, why it is stale; a section that is up to date is absent.
    is_complete : bool
        Whether the published report needs nothing: no stale section, same template, no damaged file.
    """

    folder: Path
    study: Study
    notebooks: Path
    place: Path
    sections: tuple[Section, ...]
    left_out: tuple[str, ...]
    inputs: Mapping[str, Mapping[str, str]]
    reasons: Mapping[str, tuple[str, ...]]
    is_complete: bool

    @property
    def stale(self) -> tuple[Section, ...]:
        """Sections that must be executed."""
        return tuple(section for section in self.sections if section.name in self.reasons)


def list_sections(study: Study, *, study_parameter: str, jurisdictions: Sequence[str] = ()) -> list[Section]:
    """List the sections of a report in their order; only the chapters of some jurisdictions if any are named.

    Raises
    ------
    StudyError
        If a code is not a jurisdiction of the study.
    """
    unknown = [code for code in jurisdictions if code not in study.codes]
    if unknown:
        expected = f"one of {', '.join(study.codes)}"
        raise StudyError(
            [Problem("--jurisdiction", expected, "Use a code of the study.", found=code) for code in unknown]
        )
    shared = {"study": study_parameter}
    chapters = [
        Section(code.lower(), study.name(code), "01_jurisdiction", {**shared, "jurisdiction": code})
        for code in study.codes
        if not jurisdictions or code in jurisdictions
    ]
    annex = Section("annex", "Annex", "04_annex", shared)
    if jurisdictions:
        return [*chapters, annex]
    return [
        *chapters,
        Section("regional", "The region", "02_regional", shared),
        Section("recommendations", "Recommendations", "03_recommendations", shared),
        annex,
        Section("slides", "Workshop slides", "05_workshop", shared),
    ]


def make_plan(
    study: str | Path = places.DEFAULT_STUDY,
    *,
    out: Path,
    jurisdictions: Sequence[str] = (),
    notebooks: Path | None = None,
    force: bool = False,
) -> Plan:
    """Compare what every section depends on with what the published report was made from.

    Parameters
    ----------
    study : str or Path
        Folder of a study, or the name of a shipped one.
    out : Path
        Folder that holds the published reports. A report of some jurisdictions has a place of its own.
    force : bool
        Take every section as stale.

    Raises
    ------
    StudyError
        If the study cannot be found or its settings cannot be read.
    """
    folder = places.locate_study(study)
    settings, problems = places.read_settings(folder)
    if settings is None:
        raise StudyError(problems)
    notebooks = notebooks or places.locate_shipped("notebooks")
    sections = list_sections(settings, study_parameter=places.name_study(folder), jurisdictions=jurisdictions)
    refused = [problem for section in sections for problem in check_parameters(section, notebooks)]
    if refused:
        raise StudyError(dict.fromkeys(refused))
    tables = {table.name: list(_read_rows(folder / table.file)) for table in STUDY}
    scoped = {table.name: _sort_rows(tables[table.name], table) for table in STUDY if table.scope}
    whole = {name: _digest_rows(rows) for name, rows in tables.items()}
    shared = _digest_shared(folder)
    inputs = {}
    for section in sections:
        code = section.parameters.get("jurisdiction", "")
        rows = _digest_chapter_rows(code, tables, scoped, whole, folder) if code else whole
        inputs[section.name] = shared | _digest_notebook(section, notebooks) | rows
    place = out.resolve() / "-".join([folder.name, *jurisdictions])
    manifest = read_manifest(place)
    damaged = find_damage(place, manifest)
    reasons = _find_reasons(sections, inputs, manifest, damaged, force=force)
    is_complete = not reasons and not damaged and manifest.get("template") == digest_template()
    present = {section.name for section in sections}
    everything = list_sections(settings, study_parameter="")
    left_out = tuple(section.title for section in everything if section.name not in present)
    return Plan(folder, settings, notebooks, place, tuple(sections), left_out, inputs, reasons, is_complete)


def check_parameters(section: Section, notebooks: Path) -> list[Problem]:
    """Refuse parameters that the notebook does not declare, or of another type than it declares.

    Papermill only warns of the first and injects both; a crafted name would be run as code.
    """
    file = f"{section.notebook}.ipynb"
    declared = _read_declared(notebooks / file)
    if declared is None:
        return []
    problems = []
    for name, value in section.parameters.items():
        if name not in declared:
            expected = f"one of {', '.join(declared) or 'no parameter'}"
            remedy = "Declare it in the cell tagged 'parameters', or do not pass it."
            problems.append(Problem(file, expected, remedy, column=name, found=name))
        elif type(value) is not type(declared[name]):
            kind = type(declared[name]).__name__
            problems.append(
                Problem(file, f"a value of type {kind}", "Pass such a value.", column=name, found=repr(value))
            )
    return problems


def _read_declared(file: Path) -> dict[str, object] | None:
    """Return the literals of the cell tagged `parameters`; none if the notebook cannot be read here."""
    try:
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return None
    source = next(("".join(c["source"]) for c in cells if "parameters" in c["metadata"].get("tags", [])), "")
    assigned = [node for node in ast.parse(source).body if isinstance(node, ast.Assign)]
    return {node.targets[0].id: ast.literal_eval(node.value) for node in assigned}


def read_manifest(place: Path) -> dict:
    """Return the manifest of a published report; empty if there is none that can be read."""
    try:
        return json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def find_damage(place: Path, manifest: Mapping) -> list[str]:
    """Return the published files that are missing or are not what the run wrote."""
    files = manifest.get("files", {})
    return [name for name, digest in files.items() if _digest_file(place / name) != digest]


def list_versions() -> dict[str, str]:
    """Return the version of every package that a section depends on."""
    return {name: version(name) for name in PACKAGES}


def digest_files(folder: Path) -> dict[str, str]:
    """Return the digest of every file in a folder, by its path."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): _digest_file(file) for file in files}


@cache
def digest_library() -> str:
    """Return the digest of the library's code."""
    package = Path(__file__).parent
    files = sorted(file for file in package.rglob("*.py") if "shipped" not in file.parts)
    return _digest(*(file.read_bytes() for file in files))


@cache
def digest_template() -> str:
    """Return the digest of the templates and the code that pages are made with."""
    files = sorted(file for file in (Path(__file__).parent / "templates").rglob("*") if file.is_file())
    return _digest(digest_library().encode(), *(file.read_bytes() for file in files))


def _digest_shared(folder: Path) -> dict[str, str]:
    framework = places.locate_framework(folder)
    return {
        "library": digest_library(),
        "packages": _digest(json.dumps(list_versions()).encode()),
        "settings": _digest_file(folder / "study.toml"),
        "framework": _digest(*(_digest_file(framework / table.file).encode() for table in FRAMEWORK)),
    }


def _digest_notebook(section: Section, notebooks: Path) -> dict[str, str]:
    parameters = {name: value for name, value in section.parameters.items() if name != "study"}
    return {
        "notebook": _digest_file(notebooks / f"{section.notebook}.ipynb"),
        "parameters": _digest(json.dumps(parameters, sort_keys=True).encode()),
    }


def _digest_chapter_rows(
    code: str,
    tables: Mapping[str, list[list[str]]],
    scoped: Mapping[str, Mapping[str, list[list[str]]]],
    whole: Mapping[str, str],
    folder: Path,
) -> dict[str, str]:
    """Return the digests of the rows of a jurisdiction and of the sources that they name.

    `store.read_study` gives a chapter the same rows.
    """
    rows = {name: scoped[name].get(code, []) if name in scoped else tables[name] for name in tables}
    settings = (folder / "study.toml").read_text(encoding="utf-8")
    sources = _digest_rows(_select_sources(rows, settings))
    return {name: _digest_rows(rows[name]) if name in scoped else whole[name] for name in tables} | {"sources": sources}


def _find_reasons(
    sections: Sequence[Section],
    inputs: Mapping[str, Mapping[str, str]],
    manifest: Mapping,
    damaged: Sequence[str],
    *,
    force: bool,
) -> dict[str, tuple[str, ...]]:
    recorded = {entry["name"]: entry for entry in manifest.get("sections", [])}
    reasons = {}
    for section in sections:
        entry = recorded.get(section.name)
        if force:
            why = ["forced"]
        elif entry is None:
            why = ["not built yet"]
        elif entry["error"]:
            why = ["failed before"]
        elif f"notebooks/{section.name}.ipynb" in damaged:
            why = ["executed notebook is damaged"]
        else:
            digests = inputs[section.name]
            why = [f"{kind} changed" for kind in digests if digests[kind] != entry["inputs"].get(kind)]
        if why:
            reasons[section.name] = tuple(why)
    return reasons


def _sort_rows(rows: list[list[str]], table: Table) -> dict[str, list[list[str]]]:
    """Return the rows of each code by which they belong to a jurisdiction, each list with the header."""
    found: dict[str, list[list[str]]] = {}
    positions = [rows[0].index(column) for column in table.scope if column in rows[0]] if rows else []
    for row in rows[1:]:
        for code in {row[position] for position in positions if position < len(row)}:
            found.setdefault(code, [rows[0]]).append(row)
    return found


def _select_sources(tables: Mapping[str, list[list[str]]], settings: str) -> list[list[str]]:
    named = set()
    for name, rows in tables.items():
        if name != "sources" and rows:
            positions = [p for p, column in enumerate(rows[0]) if column.endswith("source_id")]
            named |= {row[p] for row in rows[1:] for p in positions if p < len(row)}
    sources = tables["sources"]
    return [row for number, row in enumerate(sources) if number == 0 or row[0] in named or f'"{row[0]}"' in settings]


def _read_rows(file: Path) -> Iterable[list[str]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            yield from [row for row in csv.reader(stream) if row]
    except (OSError, UnicodeDecodeError, csv.Error):
        # What is wrong with the file is said when it is checked; here it only must not look like the earlier one.
        yield [f"cannot be read: {_digest_file(file)}"]


def _digest_rows(rows: list[list[str]]) -> str:
    return _digest("\x1e".join("\x1f".join(row) for row in rows).encode())


def _digest_file(file: Path) -> str:
    return _digest(file.read_bytes()) if file.is_file() else "missing"


def _digest(*parts: bytes) -> str:
    found = hashlib.sha256()
    for part in parts:
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    return found.hexdigest()

"""What a run consists of, what each part depends on, and which parts are stale; by content, never by time."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ctresearch import digests, places
from ctresearch.schema.contracts import FRAMEWORK
from ctresearch.schema.problems import Problem, StudyError
from ctresearch.study import Study

MANIFEST = "manifest.json"

_READING = re.compile(r"^(\w+) = (?:\w+\.)?read_study\(", re.MULTILINE)

_MANY = 30
"""Jurisdictions above which memory is spared at the cost of time."""

_READ_BY_ALL = frozenset({"sources", "instruments", "corrections"})
"""Tables behind what every notebook shows: citations, labels, and corrected rows of any table."""


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
        Whether the published report needs nothing: no stale section, same template and content, no damaged file.
    content : str
        Digest of all that the study is read from, also of tables that no section reads: they are checked all the same,
        and the head of each page names what was signed.
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
    content: str = ""

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
        Section("hidden", "Persons on no list", "06_hidden_population", shared),
        Section("recommendations", "Recommendations", "03_recommendations", shared),
        Section("participation", "Participation", "07_participation", shared),
        annex,
        Section("slides", "Workshop slides", "05_workshop", shared),
    ]


def arrange_sections(
    sections: Sequence[Section], study: Study, notebooks: Path, *, shares_memory: bool
) -> list[list[Section]]:
    """Say what is executed side by side, one group after the other; the longest notebooks first.

    So no long part is left to run alone at the end. Where a large study is executed on one machine, each part on all
    jurisdictions is a group of its own: the memory of such a part grows with the study, that of a chapter does not.

    Parameters
    ----------
    shares_memory : bool
        Whether all sections are executed on one machine.
    """
    ordered = sorted(sections, key=lambda section: _weigh(notebooks / f"{section.notebook}.ipynb"), reverse=True)
    if not shares_memory or len(study.codes) <= _MANY:
        return [ordered]
    chapters = [section for section in ordered if "jurisdiction" in section.parameters]
    return [*([section] for section in ordered if section not in chapters), chapters]


def _weigh(notebook: Path) -> int:
    return notebook.stat().st_size if notebook.is_file() else 0


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
    tables = digests.digest_tables(folder)
    shared = _digest_shared(folder)
    read = {name: find_tables_read(notebooks / f"{name}.ipynb") for name in {s.notebook for s in sections}}
    inputs = {}
    for section in sections:
        rows = tables.select(section.parameters.get("jurisdiction", ""))
        wanted = rows if read[section.notebook] is None else read[section.notebook] | _READ_BY_ALL
        rows = {name: found for name, found in rows.items() if name in wanted}
        inputs[section.name] = shared | _digest_notebook(section, notebooks) | rows
    place = out.resolve() / "-".join([folder.name, *jurisdictions])
    manifest = read_manifest(place)
    damaged = find_damage(place, manifest)
    reasons = _find_reasons(sections, inputs, manifest, damaged, force=force)
    content = digests.digest_inputs(folder)
    is_same = manifest.get("template") == digests.digest_template() and manifest.get("content") == content
    is_complete = not reasons and not damaged and is_same
    present = {section.name for section in sections}
    everything = list_sections(settings, study_parameter="")
    left_out = tuple(section.title for section in everything if section.name not in present)
    made = (folder, settings, notebooks, place, tuple(sections), left_out, inputs, reasons, is_complete)
    return Plan(*made, content=content)


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


def find_tables_read(file: Path) -> frozenset[str] | None:
    """Return the names that a notebook takes from the study that it reads; none if its code does not tell.

    It tells if the study is read once, as `data = store.read_study(...)`, and `data` is used as `data.<table>` alone.
    """
    try:
        codes = ["".join(cell["source"]) for cell in _read_cells(file) if cell["cell_type"] == "code"]
        held = [name for code in codes for name in _READING.findall(code)]
        if len(held) != 1 or sum(code.count("read_study") for code in codes) != 1:
            return None
        name = held[0]
        # Trees are slow to walk, and most cells name nothing but tables.
        is_bare = re.compile(rf"\b{name}\b(?!\.\w)").search
        if any(_is_used_whole(name, code) for code in codes if is_bare(code)):
            return None
    except (OSError, ValueError, KeyError, SyntaxError):
        return None
    return frozenset(table for code in codes for table in re.findall(rf"\b{name}\.(\w+)", code))


def _is_used_whole(name: str, code: str) -> bool:
    """Return whether code uses a name but to take something from it or to hold the study that is read."""
    nodes = list(ast.walk(ast.parse(code)))
    known = [node.value for node in nodes if isinstance(node, ast.Attribute)]
    reading = [node for node in nodes if isinstance(node, ast.Assign) and _READING.match(ast.unparse(node))]
    known += [target for node in reading for target in node.targets]
    return any(isinstance(node, ast.Name) and node.id == name and node not in known for node in nodes)


def _read_cells(file: Path) -> list[dict]:
    return json.loads(file.read_text(encoding="utf-8"))["cells"]


def _read_declared(file: Path) -> dict[str, object] | None:
    """Return the literals of the cell tagged `parameters`; none if the notebook cannot be read here."""
    try:
        cells = _read_cells(file)
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
    return [name for name, digest in files.items() if digests.digest_file(place / name) != digest]


def _digest_shared(folder: Path) -> dict[str, str]:
    framework = places.locate_framework(folder)
    return {
        "library": digests.digest_library(),
        "packages": digests.digest(json.dumps(digests.list_versions()).encode()),
        "settings": digests.digest_file(folder / "study.toml"),
        "framework": digests.digest(*(digests.digest_file(framework / table.file).encode() for table in FRAMEWORK)),
    }


def _digest_notebook(section: Section, notebooks: Path) -> dict[str, str]:
    parameters = {name: value for name, value in section.parameters.items() if name != "study"}
    return {
        "notebook": digests.digest_file(notebooks / f"{section.notebook}.ipynb"),
        "parameters": digests.digest(json.dumps(parameters, sort_keys=True).encode()),
    }


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

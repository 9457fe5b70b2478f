"""Run a study: execute its notebooks with papermill, build the report aside, publish it whole."""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from pathlib import Path

import nbformat
from traitlets.config import Config

from ctresearch import report, store
from ctresearch.report import Page
from ctresearch.study import Study

PACKAGES = ("ctresearch", "pandas", "numpy", "scipy", "statsmodels", "seaborn", "matplotlib", "papermill", "nbconvert")
"""Packages whose versions a manifest records."""


@dataclass(frozen=True)
class Section:
    """One notebook run: a chapter for a jurisdiction, or a part of the report about the region."""

    name: str
    title: str
    notebook: str
    parameters: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """What became of a section; `error` is empty if it was executed."""

    section: Section
    executed: Path
    seconds: float
    error: str = ""


@dataclass(frozen=True)
class RunResult:
    """A finished run: where the report is and what failed or was left out."""

    folder: Path
    outcomes: tuple[Outcome, ...]
    left_out: tuple[str, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Sections that could not be executed."""
        return tuple(outcome for outcome in self.outcomes if outcome.error)


Report = Callable[[str, Section | None], None]
"""Receives `started`, `finished`, `failed` with a section, and `publishing` without one."""


def list_sections(study: Study, *, study_parameter: str, jurisdictions: Sequence[str] = ()) -> list[Section]:
    """List the sections of a report in their order; only the chapters of some jurisdictions if any are named.

    Raises
    ------
    store.StudyError
        If a code is not a jurisdiction of the study.
    """
    unknown = [code for code in jurisdictions if code not in study.codes]
    if unknown:
        remedy = "Use a code of the study."
        raise store.StudyError(
            [
                store.Problem("--jurisdiction", f"one of {', '.join(study.codes)}", remedy, found=code)
                for code in unknown
            ]
        )
    shared = {"study": study_parameter}
    chapters = [
        Section(code.lower(), study.name(code), "01_jurisdiction", {**shared, "jurisdiction": code})
        for code in study.codes
        if not jurisdictions or code in jurisdictions
    ]
    if jurisdictions:
        return [*chapters, Section("annex", "Annex", "04_annex", shared)]
    return [
        *chapters,
        Section("regional", "The region", "02_regional", shared),
        Section("recommendations", "Recommendations", "03_recommendations", shared),
        Section("annex", "Annex", "04_annex", shared),
        Section("slides", "Workshop slides", "05_workshop", shared),
    ]


def run_study(
    study: str | Path = store.DEFAULT_STUDY,
    *,
    out: Path = Path("outputs"),
    jurisdictions: Sequence[str] = (),
    jobs: int | None = None,
    on_event: Report = lambda event, section: None,
    notebooks: Path | None = None,
) -> RunResult:
    """Build the report of a study and publish it under `out`.

    The report is built in a private folder beside its place and put there by renaming, so that readers see the
    old report or the new one. A section that fails is marked as missing; its executed notebook is kept.

    Parameters
    ----------
    study : str or Path
        Folder of a study, or the name of a shipped one.
    out : Path
        Folder that receives `<study>/`.
    jurisdictions : sequence of str
        Only the chapters of these; the regional parts are then left out.
    jobs : int, optional
        Notebooks to execute at once; the number of cores if not given.
    on_event : callable
        Told what starts and ends.
    notebooks : Path, optional
        Folder of the notebooks; the shipped ones if not given.

    Raises
    ------
    store.StudyError
        If the inputs have problems; nothing is written then.
    """
    data = store.read_study(study)
    folder = store.locate_study(study)
    parameter = data.name if folder == _shipped_study(data.name) else str(folder)
    sections = list_sections(data.study, study_parameter=parameter, jurisdictions=jurisdictions)
    left_out = _name_left_out(data.study, sections)
    out.mkdir(parents=True, exist_ok=True)
    building = out.resolve() / f".building-{data.name}-{os.getpid()}"
    shutil.rmtree(building, ignore_errors=True)
    (building / "notebooks").mkdir(parents=True)
    try:
        outcomes = _execute_all(sections, notebooks or store.locate_shipped("notebooks"), building, jobs, on_event)
        on_event("publishing", None)
        _scrub(building / "notebooks", folder)
        _write_manifest(study, outcomes, building)
        _write_report(data, outcomes, left_out, building)
        return RunResult(_publish(building, out.resolve() / data.name), tuple(outcomes), tuple(left_out))
    finally:
        shutil.rmtree(building, ignore_errors=True)


def execute_section(section: Section, notebooks: Path, folder: Path) -> Outcome:
    """Execute one notebook with papermill; never raises for an error inside the notebook."""
    import papermill
    from papermill.exceptions import PapermillExecutionError

    executed = folder / f"{section.name}.ipynb"
    start = time.perf_counter()
    error = ""
    try:
        with tempfile.TemporaryDirectory(prefix="ct-") as sockets:
            papermill.execute_notebook(
                str(notebooks / f"{section.notebook}.ipynb"),
                str(executed),
                parameters=section.parameters,
                cwd=str(notebooks),
                progress_bar=False,
                log_output=False,
                config=_choose_transport(Path(sockets)),
            )
    except PapermillExecutionError as problem:
        place = f"{section.notebook}.ipynb for {section.title}, cell {problem.cell_index}"
        error = f"{place}: {problem.ename}: {problem.evalue}"
    except Exception as problem:
        error = f"{section.notebook}.ipynb for {section.title}: {type(problem).__name__}: {problem}"
    return Outcome(section, executed, time.perf_counter() - start, error)


def _choose_transport(folder: Path) -> Config:
    """Use sockets in a private folder: ports can be taken between being chosen and being bound."""
    if os.name == "nt":
        return Config()
    return Config({"KernelManager": {"transport": "ipc", "ip": str(folder / "kernel")}})


def _execute_all(
    sections: Sequence[Section], notebooks: Path, building: Path, jobs: int | None, on_event: Report
) -> list[Outcome]:
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs or os.cpu_count() or 1, mp_context=context) as executor:
        return _collect(executor, sections, notebooks, building / "notebooks", on_event)


def _collect(
    executor: Executor, sections: Sequence[Section], notebooks: Path, folder: Path, on_event: Report
) -> list[Outcome]:
    futures = {}
    for section in sections:
        futures[executor.submit(execute_section, section, notebooks, folder)] = section
        on_event("started", section)
    outcomes = {}
    for future in as_completed(futures):
        section = futures[future]
        try:
            outcomes[section.name] = future.result()
        except Exception as problem:
            outcomes[section.name] = Outcome(
                section, folder / f"{section.name}.ipynb", 0.0, f"{section.title}: {problem}"
            )
        on_event("failed" if outcomes[section.name].error else "finished", section)
    return [outcomes[section.name] for section in sections]


def _shipped_study(name: str) -> Path:
    return (store.locate_shipped("data") / name).resolve()


def _name_left_out(study: Study, sections: Sequence[Section]) -> list[str]:
    present = {section.name for section in sections}
    return [section.title for section in list_sections(study, study_parameter="") if section.name not in present]


def _scrub(folder: Path, study: Path) -> None:
    """Take times, paths and machine details out of the executed notebooks."""
    for file in folder.glob("*.ipynb"):
        notebook = nbformat.read(file, as_version=4)
        notebook.metadata.pop("papermill", None)
        for cell in notebook.cells:
            for key in ("papermill", "execution"):
                cell.metadata.pop(key, None)
            if "injected-parameters" in cell.metadata.get("tags", []):
                cell["id"] = "injected-parameters"
                cell["source"] = cell["source"].replace(str(study), study.name)
        file.write_text(nbformat.writes(notebook), encoding="utf-8")


def _write_report(data: store.StudyData, outcomes: Sequence[Outcome], left_out: Sequence[str], building: Path) -> None:
    pages = [
        Page(outcome.section.name, outcome.section.title, number) for number, outcome in enumerate(outcomes, start=1)
    ]
    pages = report.mark_missing(pages, {o.section.name: o.error for o in outcomes if o.error})
    (building / "tables").mkdir()
    for page, outcome in zip(pages, outcomes, strict=True):
        if page.missing:
            continue
        notebook = nbformat.read(outcome.executed, as_version=4)
        if outcome.section.notebook == "05_workshop":
            html = report.render_slides(notebook, page, data.study)
        else:
            html = report.render_page(notebook, page, pages, data.study)
        (building / page.file).write_text(html, encoding="utf-8")
        for name, rows in report.collect_data(notebook).items():
            rows.to_csv(building / "tables" / f"{page.name}-{name}.csv", index=False)
        if outcome.section.notebook == "03_recommendations":
            _write_recommendations(report.collect_data(notebook), building)
    files = [(name, label) for name, label in _FILES if (building / name).exists()]
    cover = report.render_cover(
        data.study,
        pages,
        files=files,
        left_out=left_out,
        is_synthetic=bool(data.sources["status"].eq("synthetic").any()),
    )
    (building / "index.html").write_text(cover, encoding="utf-8")


_FILES = (
    ("recommendations.csv", "Recommendations as CSV"),
    ("recommendations.xlsx", "Recommendations and the findings behind them as XLSX"),
    ("manifest.json", "Manifest: versions, input hashes, parameters and durations"),
)


def _write_recommendations(data: dict, building: Path) -> None:
    recommendations, findings = data["all-recommendations"], data["findings"]
    recommendations.to_csv(building / "recommendations.csv", index=False)
    report.write_workbook({"recommendations": recommendations, "findings": findings}, building / "recommendations.xlsx")


def _write_manifest(study: str | Path, outcomes: Sequence[Outcome], building: Path) -> None:
    manifest = {
        "study": store.locate_study(study).name,
        "python": platform.python_version(),
        "packages": {name: version(name) for name in PACKAGES},
        "inputs": store.hash_inputs(study),
        "sections": [
            {
                **asdict(outcome.section),
                "parameters": {k: Path(v).name if k == "study" else v for k, v in outcome.section.parameters.items()},
                "seconds": round(outcome.seconds, 2),
                "error": outcome.error,
            }
            for outcome in outcomes
        ],
    }
    (building / "manifest.json").write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")


def _publish(building: Path, place: Path) -> Path:
    previous = place.with_name(f".previous-{place.name}-{os.getpid()}")
    if place.exists():
        place.rename(previous)
    try:
        building.rename(place)
    except OSError:
        if previous.exists():
            previous.rename(place)
        raise
    shutil.rmtree(previous, ignore_errors=True)
    return place

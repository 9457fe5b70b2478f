"""Run a study: execute what is stale, build the report aside, publish it whole."""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ctresearch import digests, footprint, places, plan, publication
from ctresearch.engine import Execution, execute_section, skip_grammars
from ctresearch.memo import EXTENSION, prepare_memo
from ctresearch.plan import Plan, Section

if TYPE_CHECKING:
    from ctresearch.report import Part, Register, Site

USED = (
    *("agreement", "clean", "consensus", "consultation", "cooperation", "crosswalk", "deliberation", "disclosure"),
    *("figures", "multiple_systems", "needs", "ratings", "recommendations", "review", "robustness", "score"),
    *("stakeholders", "store", "survey", "tables", "text", "trends"),
)
"""What the notebooks of a report import: loaded once, before kernels are forked."""

Report = Callable[[str, Section | None], None]
"""Receives `reused`, `started`, `finished`, `failed` or `skipped` with a section, and `publishing` without one."""

Execute = Callable[[Section], Execution]
"""Executes the notebook of a section."""


@dataclass(frozen=True)
class Outcome:
    """What became of a section.

    Attributes
    ----------
    notebook : Path, optional
        The file in the report that holds the executed notebook; nothing if none was executed.
    error : str
        Empty if the section is in the report.
    """

    section: Section
    notebook: Path | None
    inputs: Mapping[str, str]
    seconds: float
    error: str = ""
    is_reused: bool = False


Conclude = Callable[[Future, Section], Outcome]
"""Puts into the report what became of a section."""


@dataclass(frozen=True)
class RunResult:
    """A finished run: where the report is, what became of each section, and what was left out."""

    folder: Path
    outcomes: tuple[Outcome, ...]
    left_out: tuple[str, ...]
    is_unchanged: bool = False

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Sections that are missing from the report."""
        return tuple(outcome for outcome in self.outcomes if outcome.error)


@dataclass(frozen=True)
class Options:
    """How a run is carried out; nothing here changes what is in the report.

    Attributes
    ----------
    jobs : int, optional
        Notebooks to execute at once; the number of cores if not given.
    timeout : int, optional
        Seconds that a cell may take.
    is_cold : bool
        Start an ordinary kernel for each notebook.
    fail_fast : bool
        Start no further section once one has failed.
    wait : bool
        Wait for another run of the same report.
    scheduler : str
        Address of a Dask scheduler whose workers execute the notebooks.
    """

    jobs: int | None = None
    timeout: int | None = None
    is_cold: bool = False
    fail_fast: bool = False
    wait: bool = False
    scheduler: str = ""


def run_study(
    study: str | Path = places.DEFAULT_STUDY,
    *,
    out: Path = Path("outputs"),
    jurisdictions: Sequence[str] = (),
    notebooks: Path | None = None,
    force: bool = False,
    options: Options | None = None,
    on_event: Report = lambda event, section: None,
) -> RunResult:
    """Bring the report of a study up to date and publish it under `out`.

    Parameters
    ----------
    study : str or Path
        Folder of a study, or the name of a shipped one.
    out : Path
        Folder that receives `<study>/`, or `<study>-<codes>/` for some jurisdictions.
    jurisdictions : sequence of str
        Only the chapters of these and the annex; the regional parts are then left out.
    notebooks : Path, optional
        Folder of the notebooks; the shipped ones if not given.
    force : bool
        Execute every section, even if nothing that it depends on has changed.
    options : Options
        How the run is carried out.
    on_event : callable
        Told what starts and ends.

    Raises
    ------
    StudyError
        If the inputs have problems; nothing is written then.
    BusyError
        If another run of the same report is at work.
    """
    options = options or Options()
    asked = {"out": out, "jurisdictions": jurisdictions, "notebooks": notebooks, "force": force}
    planned = plan.make_plan(study, **asked)
    if planned.is_complete:
        return _unchanged(planned)
    if not options.scheduler and _is_warm(options):
        _start_server()
    checked = digests.digest_inputs(planned.folder)
    keeper = footprint.Keeper()
    register, state = _check_inputs(planned)
    # The tables that were read are needed no more, and other processes need the room.
    keeper.give_back()
    with publication.lock_place(planned.place, wait=options.wait), footprint.keep_loaded():
        publication.restore(planned.place)
        planned = plan.make_plan(study, **asked)
        if planned.is_complete:
            return _unchanged(planned)
        workshop = publication.Workshop(planned.place)
        memo = "" if options.scheduler else _prepare_memo(planned, force=force)
        with _open_site(planned, workshop.report, register, state=state) as site:
            outcomes = _collect_outcomes(planned, workshop, site, options, on_event, checked=checked, memo=memo)
            on_event("publishing", None)
            site.finish([_make_part(outcome) for outcome in outcomes], left_out=planned.left_out)
        _write_manifest(planned, outcomes, workshop.report, state=state)
        publication.publish(workshop.report, planned.place)
        workshop.clear()
    return RunResult(planned.place, tuple(outcomes), planned.left_out)


def _unchanged(planned: Plan) -> RunResult:
    return RunResult(planned.place, (), planned.left_out, is_unchanged=True)


def _check_inputs(planned: Plan) -> tuple[Register, str]:
    """Refuse inputs with problems; return of them what pages need beside the notebooks, and the report's state."""
    skip_grammars()
    from ctresearch import report, review, store
    from ctresearch.schema.problems import StudyError

    data = store.read_study(planned.folder)
    problems = store.lint_recommendations(data)
    if problems:
        raise StudyError(problems)
    state = review.describe_state(review.find_state(data.report_states), content=digests.digest_content(planned.folder))
    return report.Register(data.sources, data.glossary, data.vocabulary), state


def _start_server() -> None:
    from ctresearch import kernels

    kernels.start_server([*(f"ctresearch.{name}" for name in USED), EXTENSION])


def _prepare_memo(planned: Plan, *, force: bool) -> str:
    computed_with = digests.digest(digests.digest_library().encode(), json.dumps(digests.list_versions()).encode())
    return str(prepare_memo(planned.place, computed_with=computed_with[:12], force=force))


def _collect_outcomes(
    planned: Plan, workshop: publication.Workshop, site: Site, options: Options, on_event: Report, **told: str
) -> list[Outcome]:
    outcomes: dict[str, Outcome] = {}
    for section in planned.sections:
        reused = _find_reusable(section, planned, workshop)
        if reused is not None:
            outcomes[section.name] = reused
            on_event("reused", section)
    missing = [section for section in planned.sections if section.name not in outcomes]
    shares_memory = not options.scheduler
    waves = plan.arrange_sections(missing, planned.study, planned.notebooks, shares_memory=shares_memory)
    how = {"timeout": options.timeout, "is_warm": _is_warm(options), **told}
    execute = partial(execute_section, notebooks=str(planned.notebooks), **how)
    conclude = partial(_conclude, planned=planned, workshop=workshop)
    # Pages of parts that are taken up are written while kernels start.
    taken_up = iter(list(outcomes.values()))
    doing = {"options": options, "on_event": on_event, "meanwhile": partial(_add_parts, site, taken_up)}
    for outcome in _execute_all(waves, execute, conclude, **doing):
        outcomes[outcome.section.name] = outcome
        _add_parts(site, [outcome])
    return [outcomes[section.name] for section in planned.sections]


def _find_reusable(section: Section, planned: Plan, workshop: publication.Workshop) -> Outcome | None:
    inputs = planned.inputs[section.name]
    if "forced" in planned.reasons.get(section.name, ()):
        return None
    notebook = workshop.locate(section.name)
    kept = workshop.take_up(section.name, inputs)
    if kept is not None:
        return Outcome(section, notebook, inputs, kept["seconds"], is_reused=True)
    if section.name in planned.reasons:
        return None
    recorded = {entry["name"]: entry for entry in plan.read_manifest(planned.place)["sections"]}
    shutil.copyfile(planned.place / "notebooks" / notebook.name, notebook)
    return Outcome(section, notebook, inputs, recorded[section.name]["seconds"], is_reused=True)


def _execute_all(
    waves: Sequence[Sequence[Section]], execute: Execute, conclude: Conclude, *, options: Options, **told
) -> Iterator[Outcome]:
    if not any(waves):
        return
    is_stopped = False
    with _open_executor(options) as executor:
        for wave in waves:
            if is_stopped:
                yield from (_skip(section, conclude, told["on_event"]) for section in wave)
            else:
                is_stopped = yield from _execute_on(executor, wave, execute, conclude, options=options, **told)


@contextmanager
def _open_executor(options: Options) -> Iterator[Executor]:
    if options.scheduler:
        from distributed import Client

        with Client(options.scheduler, set_as_default=False) as client:
            yield client.get_executor()
        return
    from ctresearch import kernels

    try:
        with ThreadPoolExecutor(max_workers=options.jobs or os.cpu_count()) as executor:
            yield executor
    finally:
        kernels.stop_server()


def _is_warm(options: Options) -> bool:
    from ctresearch import kernels

    return kernels.can_fork() and not options.is_cold


def _execute_on(
    executor: Executor,
    sections: Sequence[Section],
    execute: Execute,
    conclude: Conclude,
    *,
    options: Options,
    on_event: Report,
    meanwhile: Callable[[], None],
) -> Generator[Outcome, None, bool]:
    """Execute sections at the same time; return whether a failure has stopped the run."""
    is_stopped = False
    futures = {}
    for section in sections:
        futures[executor.submit(execute, section)] = section
        on_event("started", section)
    try:
        meanwhile()
        for future in as_completed(list(futures)):
            outcome = conclude(future, futures.pop(future))
            on_event(_name_event(future, outcome), outcome.section)
            # It holds the executed notebook, while pages are made of the file.
            del future
            yield outcome
            if outcome.error and options.fail_fast:
                is_stopped = True
                for other in futures:
                    other.cancel()
    except BaseException:
        from ctresearch import kernels

        for future in futures:
            future.cancel()
        kernels.stop_server()
        raise
    return is_stopped


def _skip(section: Section, conclude: Conclude, on_event: Report) -> Outcome:
    never = Future()
    never.cancel()
    on_event("skipped", section)
    return conclude(never, section)


def _conclude(future: Future, section: Section, *, planned: Plan, workshop: publication.Workshop) -> Outcome:
    """Put the executed notebook into the report, and keep it for another run if it has no error."""
    inputs = planned.inputs[section.name]
    if future.cancelled():
        return Outcome(section, None, inputs, 0.0, f"{section.title}: skipped after the failure of another section")
    problem = future.exception()
    if problem is not None:
        return Outcome(section, None, inputs, 0.0, f"{section.title}: {type(problem).__name__}: {problem}")
    execution: Execution = future.result()
    seconds = round(execution.seconds, 2)
    file = workshop.locate(section.name) if execution.notebook else None
    if file is not None:
        # As a file, so that memory does not grow with the report.
        file.write_text(execution.notebook, encoding="utf-8")
    if not execution.error:
        workshop.keep(section.name, {"inputs": inputs, "seconds": seconds})
    return Outcome(section, file, inputs, seconds, execution.error)


def _name_event(future: Future, outcome: Outcome) -> str:
    if future.cancelled():
        return "skipped"
    return "failed" if outcome.error else "finished"


def _open_site(planned: Plan, folder: Path, register: Register, *, state: str) -> Site:
    from ctresearch import report

    parts = [(section.name, section.title) for section in planned.sections]
    return report.Site(folder, planned.study, parts, register=register, state=state)


def _add_parts(site: Site, outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        if not outcome.error:
            site.add(_make_part(outcome))


def _make_part(outcome: Outcome) -> Part:
    from ctresearch import report

    section = outcome.section
    return report.Part(section.name, section.title, section.notebook, outcome.notebook, outcome.error)


def _write_manifest(planned: Plan, outcomes: Sequence[Outcome], folder: Path, *, state: str) -> None:
    manifest = {
        "study": planned.folder.name,
        "python": platform.python_version(),
        "packages": digests.list_versions(),
        "template": digests.digest_template(),
        "content": planned.content,
        "state": state,
        "sections": [_record(outcome) for outcome in outcomes],
        "files": digests.digest_files(folder),
    }
    publication.write_whole(folder / plan.MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))


def _record(outcome: Outcome) -> dict:
    parameters = dict(outcome.section.parameters)
    parameters["study"] = Path(parameters["study"]).name
    return {
        **asdict(outcome.section),
        "parameters": parameters,
        "inputs": dict(outcome.inputs),
        "seconds": outcome.seconds,
        "error": outcome.error,
    }

"""Execute one notebook with papermill and say what became of it."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ctresearch import footprint, places
from ctresearch.memo import ask_kernel, turn_memo
from ctresearch.plan import Section

START_SECONDS = 60
"""How long a kernel may take to start."""


@dataclass(frozen=True)
class Execution:
    """An executed notebook as text; `error` is empty if every cell ran."""

    section: Section
    notebook: str
    seconds: float
    error: str = ""


def skip_grammars() -> None:
    """Keep jsonschema, which nbformat loads, from compiling grammars for seconds: no notebook holds a web address.

    To be called before nbformat is imported.
    """
    sys.modules.setdefault("rfc3987_syntax", None)


def execute_section(
    section: Section, notebooks: str, *, timeout: int | None, is_warm: bool, checked: str = "", memo: str = ""
) -> Execution:
    """Execute the notebook of a section; never raises for anything that happens inside the notebook.

    The executed notebook says that a cell is completed even if its kernel died, so success is taken from the call
    alone.

    Parameters
    ----------
    notebooks : str
        Folder of the notebooks; also the working folder of the kernel.
    timeout : int, optional
        Seconds that a cell may take.
    is_warm : bool
        Fork the kernel from a process that has the libraries loaded.
    checked : str
        Digest of the inputs that need no further check.
    memo : str
        Folder with the results of earlier executions of all sections; without it nothing is remembered.
    """
    if checked:
        os.environ[places.CHECKED] = checked
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="ct-") as private:
        executed = Path(private) / "executed.ipynb"
        try:
            kept = Path(memo, section.name) if memo else None
            with turn_memo(kept) if kept else nullcontext():
                _execute(section, Path(notebooks), executed, timeout=timeout, is_warm=is_warm, memo=kept)
            error = ""
        except Exception as problem:
            error = f"{section.notebook}.ipynb for {section.title}{_describe(problem, executed)}"
        text = _scrub(executed, section) if executed.is_file() else ""
        _close_loop()
    return Execution(section, text, time.perf_counter() - start, error)


def _execute(
    section: Section, notebooks: Path, executed: Path, *, timeout: int | None, is_warm: bool, memo: Path | None
) -> None:
    skip_grammars()
    import papermill

    # All outputs are there when the last cell has ended: nothing is lost, and no kernel complains of an interrupt.
    options: dict[str, Any] = {"resources": {"metadata": {"path": str(notebooks)}}, "shutdown_kernel": "immediate"}
    # What a run executes is no part of anybody's history of commands.
    options["extra_arguments"] = ["--HistoryManager.enabled=False", f"--ext={footprint.EXTENSION}"]
    options["extra_arguments"] += ask_kernel(memo) if memo else []
    if os.name != "nt":
        # Sockets in a private folder: ports can be taken between being chosen and being bound.
        from traitlets.config import Config

        sockets = str(executed.with_name("socket"))
        options["config"] = Config({"KernelManager": {"transport": "ipc", "ip": sockets}})
    if is_warm:
        from ctresearch.kernels import WarmKernelManager

        options["kernel_manager_class"] = WarmKernelManager
    papermill.execute_notebook(
        str(notebooks / f"{section.notebook}.ipynb"),
        str(executed),
        parameters=section.parameters,
        progress_bar=False,
        log_output=False,
        request_save_on_cell_execute=False,
        autosave_cell_every=0,
        start_timeout=START_SECONDS,
        execution_timeout=timeout,
        **options,
    )


def _close_loop() -> None:
    """Close the event loop that the client left in this thread."""
    from jupyter_core.utils import ensure_event_loop

    ensure_event_loop().close()


def _describe(problem: Exception, executed: Path) -> str:
    from papermill.exceptions import PapermillExecutionError

    if isinstance(problem, PapermillExecutionError):
        return f", cell {problem.cell_index}: {problem.ename}: {problem.evalue}"
    message = str(problem).strip().splitlines()
    return f": {type(problem).__name__}: {message[0] if message else 'no message'}"


def _scrub(executed: Path, section: Section) -> str:
    """Take times, paths and machine details out of an executed notebook."""
    import nbformat

    # What wrote it has checked it against the format.
    notebook = nbformat.v4.reads(executed.read_text(encoding="utf-8"))
    notebook.metadata.pop("papermill", None)
    study = section.parameters.get("study", "")
    for cell in notebook.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
            cell["source"] = cell["source"].replace(study, Path(study).name) if study else cell["source"]
    # Nobody edits it: without indents it is a fifth smaller.
    return nbformat.v4.writes(notebook, indent=None, separators=(",", ":")) + "\n"

"""Say what a run is doing: a bar with the time left on a terminal, a plain log elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from ctresearch.batch import RunResult
from ctresearch.plan import Section


def summarise(result: RunResult, console: Console) -> None:
    """Print a table of all sections, what became of each and how long it took."""
    if not result.outcomes:
        return
    table = Table("part", "result", "seconds")
    for outcome in result.outcomes:
        state = "failed" if outcome.error else "unchanged" if outcome.is_reused else "built"
        table.add_row(outcome.section.title, state, "" if outcome.is_reused else f"{outcome.seconds:.1f}")
    console.print(table)


class RunProgress:
    """Receives the events of `batch.run_study`; use as a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._start = time.monotonic()
        self._done = 0
        self._total = 0
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self._bar = Progress(*columns, console=console) if console.is_terminal else None
        self._task = self._bar.add_task("starting", total=None) if self._bar else None

    def __enter__(self) -> RunProgress:
        if self._bar:
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def report(self, event: str, section: Section | None) -> None:
        """Show one event."""
        if event in ("finished", "failed", "reused", "skipped"):
            self._done += 1
        if event in ("started", "reused"):
            self._total += 1
        title = section.title if section else "the report"
        if self._bar and self._task is not None:
            self._bar.update(self._task, total=self._total, completed=self._done, description=f"{event} {title}")
        elif event != "started":
            elapsed = time.monotonic() - self._start
            self._console.print(
                f"[{elapsed:6.1f} s] {self._done}/{self._total} {event} {title}", markup=False, highlight=False
            )

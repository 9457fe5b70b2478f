"""Say what a run is doing: a bar with the time left on a terminal, a plain log elsewhere.

Rich is loaded at the first event, because that takes longer than to find that nothing has changed.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

    from ctresearch.batch import RunResult
    from ctresearch.plan import Section


class RunProgress:
    """Receives the events of `batch.run_study`; use as a context manager."""

    def __init__(self, console: Console | None = None) -> None:
        self._start = time.monotonic()
        self._done = 0
        self._total = 0
        self._is_open = False
        self._console = console
        self._bar: Progress | None = None

    def __enter__(self) -> RunProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.stop()

    def report(self, event: str, section: Section | None) -> None:
        """Show one event."""
        console = self._open()
        if event in ("finished", "failed", "reused", "skipped"):
            self._done += 1
        if event in ("started", "reused"):
            self._total += 1
        title = section.title if section else "the report"
        if self._bar:
            state = {"total": self._total, "completed": self._done, "description": f"{event} {title}"}
            self._bar.update(self._bar.task_ids[0], **state)
        elif event != "started":
            elapsed = time.monotonic() - self._start
            console.print(
                f"[{elapsed:6.1f} s] {self._done}/{self._total} {event} {title}", markup=False, highlight=False
            )

    def summarise(self, result: RunResult) -> None:
        """Print a table of all sections, what became of each and how long it took."""
        if not result.outcomes:
            return
        from rich.table import Table

        table = Table("part", "result", "seconds")
        for outcome in result.outcomes:
            state = "failed" if outcome.error else "unchanged" if outcome.is_reused else "built"
            table.add_row(outcome.section.title, state, "" if outcome.is_reused else f"{outcome.seconds:.1f}")
        self._open().print(table)

    def _open(self) -> Console:
        if not self._is_open:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self._is_open = True
            self._console = self._console or Console(stderr=True)
            if self._console.is_terminal:
                columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
                self._bar = Progress(*columns, console=self._console)
                self._bar.add_task("starting", total=None)
                self._bar.start()
        return self._console

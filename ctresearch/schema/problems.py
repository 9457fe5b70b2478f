"""What is wrong with an input, in words that say what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input file, and what to do about it."""

    file: str
    expected: str
    remedy: str
    rows: tuple[int, ...] = ()
    column: str = ""
    found: str = ""

    def __str__(self) -> str:
        place = f"{self.file}"
        if self.rows:
            first = ", ".join(str(row) for row in self.rows[:5])
            more = f" and {len(self.rows) - 5} more" if len(self.rows) > 5 else ""
            place += f", row{'s' if len(self.rows) > 1 else ''} {first}{more}"
        if self.column:
            place += f", column '{self.column}'"
        found = f"found {self.found!r}, " if self.found else ""
        return f"{place}: {found}expected {self.expected}. {self.remedy}"


class StudyError(Exception):
    """Every problem of what was given, as one message."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        listed = "\n".join(f"  {number}. {problem}" for number, problem in enumerate(self.problems, start=1))
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in what was given:\n{listed}")

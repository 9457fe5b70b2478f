"""What is asked of an intake, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ctresearch.schema.problems import Problem
from ctresearch.store import StudyData


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

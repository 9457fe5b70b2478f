"""The folder of an intake's results: written as a whole, and never over what somebody else put there."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from ctresearch import digests, publication
from ctresearch.schema.problems import Problem, StudyError

RECORD = "result.json"
"""Names every file of a result with its digest."""

_PROBLEM_COLUMNS = ("file", "rows", "column", "found", "expected", "remedy")


@contextmanager
def open_result(out: Path) -> Iterator[Path]:
    """Give a private folder, which takes its place as a whole once all is written.

    Raises
    ------
    StudyError
        If `out` holds anything but an earlier result as it was written; it is left as it is then.
    """
    _refuse_other_files(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    private = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    private.chmod(0o755)
    try:
        yield private
        publication.write_whole(private / RECORD, json.dumps(digests.digest_files(private), indent=1))
        _refuse_other_files(out)
        publication.publish(private, out)
    finally:
        shutil.rmtree(private, ignore_errors=True)


def append_rows(table: pd.DataFrame, file: Path) -> None:
    """Write rows below those that a csv file holds, or start it with a header."""
    table.to_csv(file, mode="a", header=not file.exists(), index=False, lineterminator="\n")


def tabulate_problems(problems: Sequence[Problem]) -> pd.DataFrame:
    """Return a row for each problem."""
    rows = [(p.file, " ".join(str(row) for row in p.rows), p.column, p.found, p.expected, p.remedy) for p in problems]
    return pd.DataFrame(rows, columns=list(_PROBLEM_COLUMNS))


def _refuse_other_files(out: Path) -> None:
    if not out.exists():
        return
    recorded, present = _read_record(out), digests.digest_files(out) if out.is_dir() else {out.name: ""}
    present.pop(RECORD, None)
    changed = [name for name, known in present.items() if recorded.get(name) != known]
    if changed:
        remedy = "Name another folder: these files were added or changed, and would be lost."
        expected = "a new or empty folder, or an earlier result as it was written"
        raise StudyError([Problem(str(out), expected, remedy, found=", ".join(changed))])


def _read_record(out: Path) -> dict[str, str]:
    try:
        return dict(json.loads((out / RECORD).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}

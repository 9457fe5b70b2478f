"""Find the same persons in the case sheets of several agencies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ctresearch import files
from ctresearch.clean.headers import find_table
from ctresearch.clean.result import Cleaned
from ctresearch.intake.cleaning import read_parts
from ctresearch.intake.request import Request
from ctresearch.intake.results import append_rows, open_result, tabulate_problems
from ctresearch.schema.problems import Problem, StudyError
from ctresearch.store import StudyData

if TYPE_CHECKING:
    from ctresearch.clean.linkage import Linkage, LinkageSettings


_INSTALL = "Install it in the folder of the project: pip install -c constraints.txt -e '.[linkage]'"
_DECISION_COLUMNS = ("case_id_a", "case_id_b", "decision")


def link_sheets(
    sheets: Sequence[tuple[Path, Path]],
    *,
    data: StudyData,
    key: bytes,
    settings: LinkageSettings,
    out: Path,
    decisions: Path | None = None,
) -> dict[str, int]:
    """Find the same persons in the case sheets of several agencies, and write who is on which lists.

    Parameters
    ----------
    sheets : sequence of (Path, Path)
        Case sheet and mapping of each agency.
    key : bytes
        The secret that names are hashed with; it is not kept.
    decisions : Path, optional
        What a person decided on doubtful pairs: `review.csv` of an earlier result with a further column `decision`,
        `same` or `different`; rows without one are undecided.

    Returns
    -------
    dict of str to int
        Rows of each table that was written: `captures`, `clusters`, `links`, `review`, `conflicts`. None holds a name,
        birth date or document number.

    Raises
    ------
    StudyError
        With the problems of all sheets and decisions; nothing is written then.
    """
    if find_spec("splink") is None:
        raise StudyError([Problem("link", "the library splink", _INSTALL)])
    with open_result(out) as folder:
        cleaned = [
            part for sheet, mapping in sheets for part, _ in read_parts(sheet, Request("cases", data, mapping=mapping))
        ]
        linked = _link(cleaned, data, key, settings)
        if decisions is not None:
            linked = _apply_decisions(linked, decisions, margin=settings.margin)
        tables = {name: getattr(linked, name) for name in ("captures", "clusters", "links", "review", "conflicts")}
        for name, table in tables.items():
            append_rows(table, folder / f"{name}.csv")
        problems = [problem for part in cleaned for problem in part.problems]
        append_rows(tabulate_problems(problems), folder / "problems.csv")
    return {name: len(table) for name, table in tables.items()}


def _link(cleaned: Sequence[Cleaned], data: StudyData, key: bytes, settings: LinkageSettings) -> Linkage:
    from ctresearch.clean.linkage import link_records

    unusable = [problem for part in cleaned if "identifiers" not in part.tables for problem in part.problems]
    if unusable:
        raise StudyError(unusable)
    identifiers = pd.concat([part.tables["identifiers"] for part in cleaned], ignore_index=True)
    known = {"labels": data.labels, "weights": data.linkage_weights}
    return link_records(identifiers.astype("str").where(identifiers.notna()), key=key, settings=settings, **known)


def _apply_decisions(linked: Linkage, file: Path, *, margin: float) -> Linkage:
    from ctresearch.clean.linkage import apply_decisions

    found = find_table(files.read_sheets(file), file=file.name, required=_DECISION_COLUMNS)
    if found.problems:
        raise StudyError(found.problems)
    rows = found.frame[list(_DECISION_COLUMNS)].apply(lambda column: column.str.strip())
    try:
        return apply_decisions(linked, rows.assign(decision=rows["decision"].str.lower()).dropna(), margin=margin)
    except StudyError as error:
        raise StudyError([replace(problem, file=file.name) for problem in error.problems]) from None

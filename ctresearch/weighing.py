"""Write the sheet in which stakeholders weigh the pillars: points to spread, and pairs to compare."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pandas as pd
import xlsxwriter

from ctresearch.schema import Problem, StudyError, Table
from ctresearch.schema.stakeholders import BUDGET_ALLOCATIONS, PAIR_COMPARISONS
from ctresearch.stakeholders import find_personal_data
from ctresearch.store import StudyData

_WIDTH = 22
_HOW = (
    "Weigh the pillars in both ways, each by yourself. Write no name anywhere.",
    "Sheet budget_allocations: spread {points:g} points over the pillars by how much each matters. The last column "
    "says how many are left; it must be 0.",
    "Sheet pair_comparisons: how many times more does the first matter than the second? 1: the same; 3: somewhat; "
    "5: clearly; 7: strongly; 9: as much as can be. Where the second matters more, write 1/3 as 0.3333, 1/5 as 0.2, "
    "1/7 as 0.1429, 1/9 as 0.1111.",
    "For the research team: read the filled-in file with `ctresearch clean FILE --as weights`, add the rows to the "
    "tables of the same names in the study, then run `ctresearch check`.",
)


def write_weights_sheet(data: StudyData, *, stakeholders: Sequence[str], source_id: str, out: Path) -> int:
    """Write the empty sheet: the rows of `budget_allocations` and `pair_comparisons` that stakeholders fill in.

    Parameters
    ----------
    data : StudyData
        The study; its pillars are those of the indicators.
    stakeholders : sequence of str
        Running short names as in the register, never a name of a person.
    source_id : str
        Source that the rows will cite.
    out : Path
        A new file, `.xlsx`.

    Returns
    -------
    int
        Rows to fill in.

    Raises
    ------
    StudyError
        If the file exists or ends otherwise, a stakeholder looks like a person or is named twice, or the source is not
        registered; nothing is written then.
    """
    _check_request(data, stakeholders, source_id, out)
    pillars = list(dict.fromkeys(data.indicators["pillar"]))
    labels = {code: data.vocabulary.label("pillar", code) for code in pillars}
    budgets = [(who, pillar, "", source_id, labels[pillar]) for who in stakeholders for pillar in pillars]
    pairs = [
        (who, first, second, "", source_id, labels[first], labels[second])
        for who in stakeholders
        for first, second in combinations(pillars, 2)
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    # Dated like the report's workbooks, so that the same study makes the same bytes.
    created = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")), UTC)
    points = data.study.survey.budget_points
    with xlsxwriter.Workbook(out, {"strings_to_formulas": False}) as workbook:
        workbook.set_properties({"created": created.replace(tzinfo=None)})
        how = workbook.add_worksheet("how_to")
        wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
        how.set_column(0, 0, 100, wrapped)
        how.write_column(0, 0, [text.format(points=points) for text in _HOW])
        sheet = _write_rows(workbook, BUDGET_ALLOCATIONS, budgets, ("in words", "points left"))
        limits = {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": points}
        sheet.data_validation(1, 2, len(budgets), 2, limits)
        for row in range(1, len(budgets) + 1):
            left = f"={points:g}-SUMIF(A$2:A${len(budgets) + 1},A{row + 1},C$2:C${len(budgets) + 1})"
            sheet.write_formula(row, 5, left, None, points)
        sheet = _write_rows(workbook, PAIR_COMPARISONS, pairs, ("first in words", "second in words"))
        limits = {"validate": "decimal", "criteria": "between", "minimum": 0.11, "maximum": 9}
        sheet.data_validation(1, 3, len(pairs), 3, limits)
    return len(budgets) + len(pairs)


def _check_request(data: StudyData, stakeholders: Sequence[str], source_id: str, out: Path) -> None:
    problems = find_personal_data(pd.DataFrame({"stakeholder": list(stakeholders)}, dtype="str"), file="--stakeholder")
    repeated = sorted({who for who in stakeholders if list(stakeholders).count(who) > 1})
    if repeated or not stakeholders:
        expected = "one or more, each once"
        problems.append(Problem("--stakeholder", expected, "Name each once.", found=", ".join(repeated)))
    citable = data.sources.loc[data.sources["status"].ne("wanted"), "source_id"]
    if source_id not in set(citable):
        remedy = "Register the source first."
        problems.append(Problem("--source", "a source registered in sources.csv", remedy, found=source_id))
    if out.suffix != ".xlsx":
        problems.append(Problem(str(out), "a file that ends in .xlsx", "Name another file."))
    elif out.exists():
        problems.append(Problem(str(out), "a new file", "Name another file; a filled-in sheet is never replaced."))
    if problems:
        raise StudyError(problems)


def _write_rows(workbook: xlsxwriter.Workbook, table: Table, rows: Sequence[tuple], aids: Sequence[str]):
    sheet = workbook.add_worksheet(table.name)
    sheet.write_row(0, 0, [*(column.name for column in table.columns), *aids], workbook.add_format({"bold": True}))
    for number, row in enumerate(rows, start=1):
        sheet.write_row(number, 0, row)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(table.columns) + len(aids) - 1, _WIDTH)
    return sheet

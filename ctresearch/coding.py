"""Write the sheet that a coder fills in: csv, or a workbook with drop-downs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

from ctresearch.ratings import SHEET_COLUMNS, coding_sheet
from ctresearch.schema import Problem, StudyError
from ctresearch.store import StudyData

_LISTS = "lists"
_WIDTHS = {"rationale": 50, "looked_for": 40, "evidence_ids": 30, "question": 40, "level_rule": 40}
_WIDTH = 16


def write_coding_sheet(
    data: StudyData, *, coder: str, out: Path, language: str, is_core_only: bool, date: str = ""
) -> int:
    """Write the empty sheet of one coder for all jurisdictions, parts and time points of the study.

    Parameters
    ----------
    data : StudyData
        The study.
    coder : str
        Role of the coder, never a name.
    out : Path
        A new file, `.csv` or `.xlsx`. The workbook offers the codes as drop-downs.
    language : str
        Language of the drop-downs for status and confidence, as in `labels.csv` (`en`, `sq`, `sr-Cyrl` ...).
    is_core_only : bool
        Whether only the core indicators are asked.
    date : str
        Day of the rating; empty: the coder enters it.

    Returns
    -------
    int
        Rows of the sheet.

    Raises
    ------
    StudyError
        If the file exists, its ending is another, or there are no words in that language; nothing is written then.
    """
    _check_request(data, coder, out, language)
    rows = coding_sheet(
        data.indicators,
        coder=coder,
        jurisdictions=data.study.codes,
        time_points=[point.code for point in data.study.time_points],
        parts=data.study.parts(),
        is_core_only=is_core_only,
        date=date,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".csv":
        rows.to_csv(out, index=False, lineterminator="\n", encoding="utf-8-sig")
    else:
        _write_workbook(rows, _list_choices(data, language), out)
    return len(rows)


def _check_request(data: StudyData, coder: str, out: Path, language: str) -> None:
    problems = []
    if not coder or any(character.isspace() for character in coder):
        problems.append(Problem("--coder", "a role without spaces", "Name the role, never the person.", found=coder))
    if out.suffix not in (".csv", ".xlsx"):
        problems.append(Problem(str(out), "a file that ends in .csv or .xlsx", "Name another file."))
    elif out.exists():
        problems.append(Problem(str(out), "a new file", "Name another file; a filled-in sheet is never replaced."))
    known = list(dict.fromkeys(data.labels.loc[data.labels["list"].eq("rating_status"), "language"]))
    if language not in known:
        problems.append(
            Problem("--language", f"one of {', '.join(known)}", "Name one of them, or add its words.", found=language)
        )
    if problems:
        raise StudyError(problems)


def _list_choices(data: StudyData, language: str) -> dict[str, list[str]]:
    """Return what each drop-down offers."""
    words = data.labels[data.labels["language"].eq(language)].drop_duplicates(["list", "code"])
    own = {name: words.loc[words["list"].eq(name), "label"].tolist() for name in ("rating_status", "confidence")}
    parts = dict.fromkeys(part for parts in data.study.parts().values() for part in parts)
    offered = {
        "jurisdiction": list(data.study.codes),
        "jurisdiction_part": list(parts),
        "indicator": data.indicators["indicator"].tolist(),
        "time_point": [point.code for point in data.study.time_points],
        "value": [0, 1, 2, 3],
        "status": own["rating_status"],
        "confidence": own["confidence"],
    }
    return {name: choices for name, choices in offered.items() if choices}


def _write_workbook(rows: pd.DataFrame, choices: Mapping[str, Sequence], file: Path) -> None:
    # Dated like the report's workbooks, so that the same study makes the same bytes.
    created = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")), UTC)
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        workbook.set_properties({"created": created.replace(tzinfo=None)})
        sheet = workbook.add_worksheet("ratings")
        bold, wrapped = workbook.add_format({"bold": True}), workbook.add_format({"text_wrap": True, "valign": "top"})
        sheet.write_row(0, 0, rows.columns, bold)
        for number, row in enumerate(rows.itertuples(index=False), start=1):
            sheet.write_row(number, 0, row, wrapped)
        for column, name in enumerate(SHEET_COLUMNS):
            is_aid = name.startswith("anchor")
            sheet.set_column(column, column, 30 if is_aid else _WIDTHS.get(name, _WIDTH), wrapped)
        sheet.freeze_panes(1, SHEET_COLUMNS.index("value"))
        _add_choices(workbook, sheet, choices, len(rows))


def _add_choices(workbook: xlsxwriter.Workbook, sheet, choices: Mapping[str, Sequence], rows_n: int) -> None:
    lists = workbook.add_worksheet(_LISTS)
    lists.hide()
    for number, (name, words) in enumerate(choices.items()):
        lists.write_column(0, number, words)
        letter = xlsxwriter.utility.xl_col_to_name(number, col_abs=True)
        column = SHEET_COLUMNS.index(name)
        rule = {
            "validate": "list",
            "source": f"={_LISTS}!{letter}$1:{letter}${len(words)}",
            "error_title": name,
            "error_message": "Choose from the list.",
        }
        sheet.data_validation(1, column, max(rows_n, 1), column, rule)

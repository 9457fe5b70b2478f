"""Instruments that leave the machine and come back: the form of the survey out, its export in."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

from ctresearch import survey
from ctresearch.clean.result import Cleaned
from ctresearch.intake.cleaning import check_request, read_parts, write_parts
from ctresearch.intake.request import Intake, Request
from ctresearch.intake.results import open_result
from ctresearch.schema import Problem, StudyError
from ctresearch.store import StudyData

_WIDTH = 40


@dataclass(frozen=True)
class BuiltForm:
    """A form that was written: where, how many questions, and in which languages it is a draft."""

    file: Path
    questions_n: int
    languages: tuple[str, ...]
    drafts: tuple[str, ...]


def build_survey(data: StudyData, *, out: Path) -> BuiltForm:
    """Write the survey of a study as an XLSForm, after pyxform has turned it into a form without a warning.

    Parameters
    ----------
    data : StudyData
        The study.
    out : Path
        A new file, `.xlsx`, for KoboToolbox or ODK.

    Raises
    ------
    StudyError
        If the file exists or ends otherwise, a translation is missing or stale, or pyxform has anything to say;
        nothing is written then.
    """
    _refuse_target(out)
    names = {code: data.study.name(code) for code in data.study.codes}
    try:
        sheets = survey.lay_out_form(
            data.indicators, data.translations, jurisdictions=names, form_id=f"survey_{data.name}"
        )
    except ValueError as error:
        remedy = "Complete the table; a text that nobody has checked is a 'draft'."
        expected = "every text in every language"
        raise StudyError([Problem("framework/translations.csv", expected, remedy, found=str(error))]) from None
    content = write_form(sheets)
    refuse_warnings(content, out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(content)
    languages = survey.list_languages(data.translations)
    asked = sheets["survey"]["type"].str.match("select_one|text")
    drafts = languages.loc[languages["drafts_n"].gt(0), "name"]
    return BuiltForm(out, int(asked.sum()), tuple(languages["name"]), tuple(drafts))


def _refuse_target(out: Path) -> None:
    if out.suffix != ".xlsx":
        raise StudyError([Problem(str(out), "a file that ends in .xlsx", "Name another file.")])
    if out.exists():
        raise StudyError([Problem(str(out), "a new file", "Name another file; a form in use is never replaced.")])


def write_form(sheets: Mapping[str, pd.DataFrame]) -> bytes:
    """Return the sheets of an XLSForm as a workbook, the same bytes each time."""
    created = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")), UTC)
    stream = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(stream, options) as workbook:
        workbook.set_properties({"created": created.replace(tzinfo=None)})
        bold, wrapped = workbook.add_format({"bold": True}), workbook.add_format({"text_wrap": True, "valign": "top"})
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, rows.columns, bold)
            for number, row in enumerate(rows.itertuples(index=False), start=1):
                sheet.write_row(number, 0, row, wrapped)
            sheet.set_column(0, max(len(rows.columns) - 1, 0), _WIDTH, wrapped)
            sheet.freeze_panes(1, 0)
    return stream.getvalue()


def refuse_warnings(content: bytes, out: Path) -> None:
    """Refuse an XLSForm that pyxform cannot convert, or converts with a warning.

    Raises
    ------
    StudyError
        With every warning.
    """
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    try:
        warnings = convert(content, validate=False, file_type=".xlsx").warnings
    except PyXFormError as error:
        warnings = [str(error)]
    if warnings:
        remedy = "Correct the texts or codes that it names."
        expected = "an XLSForm that pyxform converts without a warning"
        raise StudyError([Problem(out.name, expected, remedy, found=warning) for warning in warnings])


def read_survey(file: Path, *, request: Request, out: Path) -> Intake:
    """Read an export of the survey, and write its answers and what they come to.

    Parameters
    ----------
    file : Path
        The export as it was received.
    request : Request
        Of the kind `survey`.
    out : Path
        Folder for the results: the tables of the kind, `survey_themes` by the codebook, and `response`, `priorities`,
        `groups`, `differences` and `themes` as they may be shown. `survey_texts` is for the coder's eyes alone.

    Raises
    ------
    StudyError
        As `intake.clean_file`, or if more persons of a group answered than were invited.
    """
    check_request(file, request)
    parts = [(_score_answers(cleaned, request), notes) for cleaned, notes in read_parts(file, request)]
    with open_result(out) as folder:
        intake = write_parts(parts, folder)
    return Intake(out, *intake)


def _score_answers(cleaned: Cleaned, request: Request) -> Cleaned:
    if "survey_answers" not in cleaned.tables:
        return cleaned
    data, answers = request.data, cleaned.tables["survey_answers"]
    themes = survey.code_texts(cleaned.tables["survey_texts"], data.codebook, source_id=request.source_id)
    try:
        results = survey.summarise(answers, themes, data.invitations, **survey.pick_rules(data.study))
    except ValueError as error:
        remedy = "Correct invitations.csv, or leave out what was answered twice."
        raise StudyError(
            [Problem("invitations.csv", "at least as many invited as answered", remedy, found=str(error))]
        ) from None
    return replace(cleaned, tables={**cleaned.tables, "survey_themes": themes, **vars(results)})

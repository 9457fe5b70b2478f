"""The data behind exhibits: out of executed notebooks, into CSV and XLSX."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import xlsxwriter

from ctresearch.exhibits import DATA_MIME

_TYPES = {"integer": int, "number": float, "boolean": "True".__eq__}
_FORMULA = re.compile(r"[=@\t\r\uff1d\uff0b\uff0d\uff20]|[+-](?![\d.,]+( ?%)?( to [+-]?[\d.,]+( ?%)?)?$)")


def collect_data(notebook: nbformat.NotebookNode) -> dict[str, dict]:
    """Return the tidy data behind every exhibit of an executed notebook, by its name, as a data resource."""
    return {
        resource["name"]: resource
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for resource in output.get("data", {}).get(DATA_MIME, {}).get("resources", [])
    }


def read_rows(resource: Mapping) -> list[dict[str, object]]:
    r"""Return the rows of a data resource by its schema; a missing value is None.

    Examples
    --------
    >>> fields = [{"name": "year", "type": "integer"}, {"name": "rate", "type": "number"}]
    >>> read_rows({"schema": {"fields": fields}, "data": "year,rate\n2014,\n"})
    [{'year': 2014, 'rate': None}]
    """
    read = {field["name"]: _TYPES.get(field["type"], str) for field in resource["schema"]["fields"]}
    rows = csv.DictReader(io.StringIO(resource["data"], newline=""))
    return [{name: read[name](cell) if cell else None for name, cell in row.items()} for row in rows]


def write_table(resource: Mapping, file: Path) -> None:
    """Write one data resource to CSV."""
    write_rows(csv.reader(io.StringIO(resource["data"], newline="")), file)


def write_rows(rows: Iterable[Sequence], file: Path) -> None:
    """Write rows to CSV; a missing value is an empty cell, and no spreadsheet takes a text for a formula."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows(map(quote_formula, row) for row in rows)


def quote_formula(value: object) -> object:
    """Put an apostrophe before a text that a spreadsheet would calculate, as OWASP advises; numbers stay as they are.

    Examples
    --------
    >>> [quote_formula(value) for value in ("=1+1", "-2 to 3.5", "+1-2", -4)]
    ["'=1+1", '-2 to 3.5', "'+1-2", -4]
    """
    return f"'{value}" if isinstance(value, str) and _FORMULA.match(value) else value


def write_workbook(sheets: Mapping[str, Mapping], file: Path) -> None:
    """Write tables to an XLSX file; text that looks like a formula stays text.

    The file is dated by SOURCE_DATE_EPOCH, else 1980, so that the same tables make the same bytes.
    """
    created = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")), UTC)
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        workbook.set_properties({"created": created.replace(tzinfo=None)})
        for title, resource in sheets.items():
            names = [field["name"] for field in resource["schema"]["fields"]]
            sheet = workbook.add_worksheet(title[:31])
            sheet.write_row(0, 0, names, workbook.add_format({"bold": True}))
            for number, row in enumerate(read_rows(resource), start=1):
                sheet.write_row(number, 0, [row[name] for name in names])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(names) - 1, 24)

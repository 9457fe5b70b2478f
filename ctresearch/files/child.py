"""Read one workbook, SPSS or Stata file in a process of its own, so that a hostile file ends that process alone.

Started by path, with this library not imported: `python child.py request`, a JSON object; writes a JSON object.
"""

from __future__ import annotations

import contextlib
import datetime
import importlib
import itertools
import json
import math
import re
import sys
import zipfile
from collections.abc import Iterator

_FORMULA = re.compile(r"\s*(?:=|@\s*\w+\(|[+\-].*[|!]|[+\-]\s*[A-Za-z@=(].*\()")
_BEYOND = re.compile(rb'\br="(?:[A-Z]*\d{8,}|[A-Z]{4,}\d+)"')
_ERROR = re.compile(rb'<c r="([A-Z]+)(\d+)"[^>]*\bt="e"[^>]*>')
_NO_VALUE = re.compile(
    rb'<c r="([A-Z]+)(\d+)"[^>]*>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
_LIBRARIES = {"workbook": "python_calamine", "statistical": "pyreadstat"}
_MOST_PLACES = 1_000
_WIDEST_GAP = 100_000
_BLOCK_ROWS = 4_096


def print_value(value: object) -> str | None:
    """Return a cell's value as text: whole numbers without a point, dates in ISO form, nothing for an empty cell."""
    if value is None or value == "" or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(float(value))
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat().removesuffix("T00:00:00").replace("T", " ")
    return str(value)


def name_column(number: int) -> str:
    """Return the letters of a column; the first is A."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def note(sheet: str, kind: str, rows: list[int], column: str = "", count: int = 0) -> dict:
    """Return something that was met in a sheet."""
    return {"sheet": sheet, "kind": kind, "rows": rows[:_MOST_PLACES], "column": column, "count": count or len(rows)}


def fail(sheet: str, kind: str, *, rows: tuple[int, ...] = (), found: str = "") -> None:
    """End with a reason that the parent puts into words."""
    json.dump({"failure": {"sheet": sheet, "kind": kind, "rows": rows, "found": found}}, sys.stdout)
    sys.stdout.flush()
    sys.exit(3)


def convert_sheet(name: str, rows: Iterator[list], request: dict, budget: int) -> tuple[dict, list[dict], int]:
    """Turn rows into columns of text and note cells that look like formulas; block by block, for speed."""
    columns: list[list] = []
    suspects: list[int] = []
    used = height = last = 0
    while block := list(itertools.islice(rows, _BLOCK_ROWS)):
        texts = [convert_cells(cells) for cells in zip(*block, strict=True)]
        filled = [place for place, cells in enumerate(texts, start=1) if cells.count(None) < len(block)]
        used += sum(len(block) - texts[place - 1].count(None) for place in filled)
        if filled:
            first = height + 1 + min(find_first(texts[place - 1]) for place in filled)
            check_block(name, texts, filled, request, height=height, gap=first - last, is_over=used > budget)
            suspects += [height + row for row in find_formulas(texts)]
            last = height + len(block)
            columns += [[None] * height for _ in range(filled[-1] - len(columns))]
        for place, cells in enumerate(columns):
            cells.extend(texts[place] if place < len(texts) else [None] * len(block))
        height += len(block)
    notes = [note(name, "formula_text", list(dict.fromkeys(suspects)), count=len(suspects))] if suspects else []
    return {"name": name, "columns": columns}, notes, used


def convert_cells(cells: tuple) -> list[str | None]:
    """Return the values of some cells as text."""
    return [
        None if value == "" else value if value.__class__ is str else print_value(value)  # str first: most cells
        for value in cells
    ]


def find_first(cells: list[str | None]) -> int:
    """Return the place of the first filled cell."""
    return next(place for place, text in enumerate(cells) if text is not None)


def find_formulas(texts: list[list[str | None]]) -> list[int]:
    """Return the rows, from 1, of cells that look like formulas, in order."""
    found = [
        row
        for cells in texts
        for row, text in enumerate(cells, start=1)
        if text and text[0] in "=+-@ " and _FORMULA.match(text)
    ]
    return sorted(found)


def check_block(
    name: str, texts: list, filled: list[int], request: dict, *, height: int, gap: int, is_over: bool
) -> None:
    """End where rows are too wide, hold too long a cell, stand too far below the others, or are too many."""
    if filled[-1] > request["columns"]:
        fail(name, "columns", rows=(height + 1 + find_first(texts[filled[-1] - 1]),), found=f"{filled[-1]:,}")
    for place in filled:
        lengths = [len(text) if text else 0 for text in texts[place - 1]]
        longest = max(lengths)
        if longest > request["cell_characters"]:
            fail(name, "cell", rows=(height + 1 + lengths.index(longest),), found=f"{longest:,}")
    if gap > _WIDEST_GAP:
        fail(name, "area", rows=(height + 1,))
    if is_over:
        fail(name, "cells", rows=(height + 1,))


def read_workbook(request: dict) -> dict:
    """Read the sheets of a workbook; hidden sheets too, charts not."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(request["path"])
    except python_calamine.PasswordError:
        fail("", "password")
    notes = list(scan_sheets(request["path"]))
    sheets, budget = [], request["cells"]
    for meta in book.sheets_metadata:
        if meta.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        print(f"sheet:{meta.name}", file=sys.stderr, flush=True)
        sheet = book.get_sheet_by_name(meta.name)
        if (sheet.height or 0) * (sheet.width or 0) > 5 * request["cells"]:
            fail(meta.name, "area", rows=(sheet.end[0] + 1,))
        converted, found, used = convert_sheet(meta.name, give_rows(sheet), request, budget)
        budget -= used
        sheets.append(converted)
        notes += found
        if meta.visible != python_calamine.SheetVisibleEnum.Visible:
            notes.append(note(meta.name, "hidden", [], count=1))
    return {"sheets": sheets, "notes": notes, "labels": {}}


def give_rows(sheet: object) -> Iterator[list]:
    """Give the rows of a sheet from the first row and column on, however far to the right its first cell stands."""
    if sheet.start is None:
        return
    margin = [""] * sheet.start[1]
    for row in sheet.iter_rows():
        yield margin + list(row)


def scan_sheets(path: str) -> Iterator[dict]:
    """Find what the values alone do not show in an Excel workbook: formulas never calculated, and errors."""
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        if "xl/workbook.xml" not in names:
            return
        for part, sheet in name_parts(archive).items():
            if part not in names:
                continue
            xml = archive.read(part)
            if _BEYOND.search(xml):
                fail(sheet, "damaged", found="a cell beyond the last row or column")
            for kind, pattern in (("no_value", _NO_VALUE), ("error", _ERROR)):
                rows = [int(row) for _, row in pattern.findall(xml)] if kind == "error" or b"<f" in xml else []
                if rows:
                    yield note(sheet, kind, list(dict.fromkeys(rows)), count=len(rows))
            if count := xml.count(b"<f>") + xml.count(b"<f "):
                yield note(sheet, "formulas", [], count=count)


def name_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the name of the sheet by part of the archive."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    with contextlib.suppress(KeyError):
        links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
        found = [(re.search(r'\bId="([^"]*)"', tag), re.search(r'\bTarget="([^"]*)"', tag)) for tag in split(links)]
        targets = {key[1]: value[1].lstrip("/") for key, value in found if key and value}
        sheets = [(re.search(r'\bname="([^"]*)"', tag), re.search(r':id="([^"]*)"', tag)) for tag in split(book)]
        pairs = [(targets.get(key[1], ""), name[1]) for name, key in sheets if name and key]
        return {part if part.startswith("xl/") else f"xl/{part}": name for part, name in pairs if part}
    return {}


def split(xml: str) -> list[str]:
    """Return the tags of a small XML text."""
    return re.findall(r"<[^>]*>", xml)


def read_statistical(request: dict) -> dict:
    """Read an SPSS or Stata file: value labels applied, values that the owner declared missing left out."""
    import pyreadstat

    read = pyreadstat.read_dta if request["path"].lower().endswith(".dta") else pyreadstat.read_sav
    options = {"output_format": "dict", "user_missing": True}
    _, shape = read(request["path"], metadataonly=True, **options)
    width, height = len(shape.column_names), shape.number_rows or 0
    if width > request["columns"]:
        fail("", "columns", found=str(width))
    if width * height > request["cells"]:
        fail("", "cells", found=f"{width * height:,}")
    most_rows = request["cells"] // max(width, 1) + 1
    values, meta = read(request["path"], row_limit=most_rows, **options)
    columns, notes = [], []
    for position, (name, cells) in enumerate(values.items(), start=1):
        texts, dropped = label_values(list(cells), name, meta)
        columns.append([name, *texts])
        if any(text is not None and len(text) > request["cell_characters"] for text in texts):
            fail("", "cell", found=name)
        if dropped:
            notes.append(note("", "declared_missing", dropped, column=name_column(position)))
    labels = {name: label for name, label in meta.column_names_to_labels.items() if label}
    return {"sheets": [{"name": "", "columns": columns}], "notes": notes, "labels": labels}


def label_values(cells: list, name: str, meta: object) -> tuple[list[str | None], list[int]]:
    """Return values as text, and the rows of unlabelled values that the owner declared missing."""
    labels = {print_value(value): label for value, label in meta.variable_value_labels.get(name, {}).items()}
    ranges = meta.missing_ranges.get(name, [])
    codes = {print_value(value) for value in meta.missing_user_values.get(name, [])}
    texts: list[str | None] = []
    dropped: list[int] = []
    for row, value in enumerate(cells, start=2):
        text = print_value(value.item() if hasattr(value, "item") else value)
        is_missing = text in codes or (text is not None and any(lies_within(value, limits) for limits in ranges))
        if is_missing and text not in labels:
            dropped.append(row)
            text = None
        texts.append(labels.get(text, text) if text is not None else None)
    return texts, dropped


def lies_within(value: object, limits: dict) -> bool:
    """Tell whether a value lies in a range that the owner declared missing."""
    try:
        return limits["lo"] <= value <= limits["hi"]
    except TypeError:
        return False


def limit_process(request: dict) -> None:
    """Let the system end this process when it takes too much memory or time; not on Windows."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (request["memory_bytes"], request["memory_bytes"]))
        resource.setrlimit(resource.RLIMIT_CPU, (request["seconds"], request["seconds"]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Read what the request names and write it as JSON."""
    request = json.loads(sys.argv[1])
    importlib.import_module(_LIBRARIES[request["kind"]])  # before the limits, which are for the file
    limit_process(request)
    read = {"workbook": read_workbook, "statistical": read_statistical}[request["kind"]]
    try:
        content = read(request)
    except MemoryError:
        fail("", "memory")
    except Exception as error:  # a parser's word on a damaged file, whatever its type
        fail("", "damaged", found=f"{type(error).__name__}: {error}"[:200])
    json.dump(content, sys.stdout)


if __name__ == "__main__":
    main()

"""Make malformed files of many kinds and read each: run as a script, writes one JSON line a file.

Usage: python malformed.py FOLDER
"""

from __future__ import annotations

import gzip
import inspect
import io
import json
import os
import struct
import sys
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HEADER = ["Case", "Година", "Country", "Share"]
ROWS = [["A-1", "2014", "Албанија", "1,5"], ["A-2", "2015", "Crna Gora", "2,5"], ["A-3", "2016", "Shqipëri", "3,5"]]
REQUIRED = ["Case", "Country"]
SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


@dataclass(frozen=True)
class Malformed:
    """One malformed file: its name, how it is made, what must be said.

    `outcome`: `refused` (a message), `kept` (read, with a note if there are words), `header` (read, and the search for
    the table says the words), `any` (either way, but no crash).
    """

    file: str
    make: Callable[[], bytes] | Callable[[Path], None]
    outcome: str
    words: str = ""


CASES: dict[str, Malformed] = {}


def case(name: str, file: str, make, outcome: str, words: str = "") -> None:
    assert name not in CASES, name
    CASES[name] = Malformed(file, make, outcome, words)


def text_of(rows=(), *, header=HEADER, delimiter=";", end="\n") -> str:
    return end.join(delimiter.join(row) for row in (header, *(rows or ROWS))) + end


def add_text(name: str, content: str | bytes, outcome: str, words: str = "", *, file: str = "cases.csv") -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    case(name, file, lambda: data, outcome, words)


# Texts.
VALID = text_of()
add_text("empty", b"", "refused", "The file is empty")
add_text("blank lines", "\n\n \n", "refused", "blank lines only")
add_text("NUL in a cell", VALID.replace("2014", "20\x0014"), "refused", "row 2: expected text without NUL")
add_text("NUL row", VALID + "\x00" * 5 + "\n", "refused", "row 5: expected text without NUL")
add_text("only NULs", b"\x00" * 4000, "refused")
add_text(
    "quote never closed in the last row", VALID + '"A-4;2017;x;1\n', "refused", "row 5: expected closed quotation marks"
)
add_text("quote never closed in the middle", VALID.replace("A-2", '"A-2'), "refused", "expected closed quotation marks")
add_text(
    "quote never closed in the header", VALID.replace("Case", '"Case'), "refused", "expected closed quotation marks"
)
add_text("stray quotes inside cells", VALID.replace("A-1", 'A"1').replace("A-2", 'A"2'), "kept")
add_text("one stray quote inside a cell", VALID.replace("A-1", 'A"1'), "kept")
add_text("a row too long", VALID.replace("1,5", "1,5;x"), "refused", "row 2: expected 4 cells in each row")
add_text("a row too short", VALID.replace(";2015", ""), "refused", "row 3: expected 4 cells in each row")
add_text(
    "a row of one cell in the middle", VALID.replace("A-2;2015;Crna Gora;2,5", "A-2"), "refused", "row 3: expected 4"
)
add_text("three rows ragged", text_of(ROWS * 4).replace(";2015", ""), "refused", "rows 3, 6, 9")
add_text("decimal commas in a comma file", "Case,Share\nA-1,1,5\nA-2,2,5\nA-3,3\n", "any")
add_text(
    "every row longer than the header",
    "Case;Country\nA-1;x;1\nA-2;y;2\n",
    "header",
    "Columns hold values but have no heading",
)
add_text("notes below the table", VALID + "\nSource: an office\n", "kept")
add_text("preamble above the table", "Export\n\n" + VALID, "kept")
for width in (2_001, 10_000):
    add_text(
        f"{width} columns", ",".join(["x"] * width) + "\n" + ",".join(["1"] * width), "refused", "at most 2,000 columns"
    )
add_text("10000 columns in one row", VALID + ";".join(["1"] * 10_000) + "\n", "refused", "row 5: found '10,000'")
add_text("line ends lost", VALID.replace("\n", ";") * 700, "refused", "whether line ends were lost")
add_text(
    "cell of 1 MB", VALID.replace("A-1", "A" * 10**6), "refused", "row 2: found '1,000,000', expected cells of at most"
)
add_text("quoted cell of 1 MB", VALID.replace("A-3", '"' + "A;\n" * 400_000 + '"'), "refused", "row 4: found")
for encoding in ("cp1250", "cp1251", "iso8859_5"):
    strange = "\n".join(
        ["x;Šabac;Београд" if encoding == "cp1251" else "x;Šabac" if encoding == "cp1250" else "x;Београд"] * 3
    )
    part = strange.replace("Š", "" if encoding != "cp1250" else "Š").encode(encoding)
    add_text(f"UTF-8 and {encoding} mixed", VALID.encode() + part, "refused", "Some rows are UTF-8 and these are not")
add_text(
    "cp1250",
    text_of([["A-1", "2014", "Đurđevac čćžš", "1"]] * 9, header=["Case", "Year", "Country", "Share"]).encode("cp1250"),
    "kept",
    "check names with special letters",
)
add_text("cp1251", text_of(ROWS[:1] * 9).encode("cp1251"), "kept", "check names with special letters")
add_text("UTF-8 cut inside a letter", VALID.encode()[:-1].replace(b"3,5", "š".encode()[:1]), "any")
add_text("bytes of no encoding", bytes(range(128, 256)) * 40, "any")
add_text("random bytes", np.random.default_rng(1).bytes(5_000), "any")
add_text("UTF-16", VALID.encode("utf-16"), "kept")
add_text("UTF-16 without mark", VALID.encode("utf-16-le"), "kept")
add_text("UTF-16 cut", VALID.encode("utf-16")[:-1], "refused", "Save the file again as UTF-8")
add_text("UTF-16 with half a pair", b"\xff\xfe" + b"a\x00\x00\xd8b\x00" * 20, "refused", "Save the file again as UTF-8")
add_text("UTF-32", VALID.encode("utf-32"), "kept")
add_text("UTF-32 damaged", b"\xff\xfe\x00\x00" + b"\xff" * 40, "refused", "Save the file again as UTF-8")
add_text("byte order mark", b"\xef\xbb\xbf" + VALID.encode(), "kept")
add_text("two byte order marks", b"\xef\xbb\xbf" * 2 + VALID.encode(), "kept")
for name, end in (("CR", "\r"), ("CRLF", "\r\n"), ("CR CR LF", "\r\r\n")):
    add_text(f"line ends {name}", text_of(end=end), "kept")
for name, delimiter in (("tabs", "\t"), ("bars", "|"), ("semicolons", ";")):
    add_text(f"{name} in a csv", text_of(delimiter=delimiter), "kept")
for number, formula in enumerate(
    [
        '=HYPERLINK("http://x.example";"click")',
        "=1+1",
        "@SUM(A1:A9)",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "=cmd|'/C calc'!A0",
    ]
):
    quoted = '"' + formula.replace('"', '""') + '"'
    add_text(
        f"formula text {number}",
        VALID.replace("A-2", quoted),
        "kept",
        "row 3: expected no text that looks like a formula",
    )
add_text("numbers below zero and telephone numbers", VALID.replace("1,5", "-1,5").replace("A-2", "+381 11 123"), "kept")
add_text("two header rows", "Case;Country\nCase;Country\nA-1;x\n", "header", "The header stands more than once")
add_text("header repeated below", VALID + text_of(), "header", "The header stands more than once")
add_text("merged headings", "Case;;Country\nA-1;5;x\n", "header", "none for column 2")
add_text("a heading twice", "Case;Country;country\nA-1;x;y\n", "header", "Two columns have this heading")
add_text("a heading twice in other columns", "Case;Country;n;n\nA-1;x;1;2\n", "header", "Two columns have this heading")
add_text("no header", "A-1;x\nA-2;y\n", "header", "Check that this is the right file")
add_text("a column missing", "Case;Place\nA-1;x\n", "header", "expected a column 'Country'")
add_text("one column, semicolons lost", "Case Country\nA-1 x\n", "header", "Check that this is the right file")
add_text(
    "web page",
    "<!DOCTYPE html><table><tr><td>1</td></tr></table>",
    "refused",
    "Open it in a spreadsheet programme and save it as xlsx",
)
add_text("XML", "<?xml version='1.0'?><a/>", "refused", "found 'a web page or XML'")
add_text("PDF", b"%PDF-1.7 x", "refused", "A PDF holds no table")
add_text("PDF by its own name", b"%PDF-1.7 x", "refused", "A PDF holds no table", file="cases.pdf")
add_text("old workbook as csv", b"\xd0\xcf\x11\xe0" + b"x" * 600, "refused", "remove the password and save it as xlsx")
add_text("old workbook", b"\xd0\xcf\x11\xe0" + b"x" * 600, "refused", "save it as xlsx", file="cases.xls")
add_text("gzip as csv", gzip.compress(VALID.encode()), "refused", "Add .gz to its name")
add_text("unknown ending", VALID, "refused", "expected a csv, tsv or txt file", file="cases.docx")
add_text("no ending", VALID, "refused", "no ending of the name", file="cases")
add_text(
    "packed with another name", gzip.compress(b"x"), "refused", "expected a csv, tsv or txt file", file="cases.json.gz"
)


# Packed texts.
def add_gzip(name: str, data: bytes, outcome: str, words: str = "") -> None:
    case(name, "cases.csv.gz", lambda: data, outcome, words)


PACKED = gzip.compress(text_of(ROWS * 500).encode(), mtime=0)
for share in (0.02, 0.3, 0.6, 0.9, 0.99):
    add_gzip(f"gzip cut at {share:.0%}", PACKED[: int(len(PACKED) * share)], "refused", "cut off or damaged")
add_gzip("gzip with a wrong checksum", PACKED[:-8] + b"\x00" * 8, "refused", "cut off or damaged")
add_gzip("gzip damaged inside", PACKED[:40] + b"\xff" * 20 + PACKED[60:], "refused")
add_gzip("gzip and then rubbish", PACKED + b"rubbish", "refused", "cut off or damaged")
add_gzip("gzip of nothing", gzip.compress(b""), "refused", "blank lines only")
add_gzip("gzip of gzip", gzip.compress(PACKED), "any")
add_gzip("gzip of NULs", gzip.compress(b"a;b\n\x00;1\n"), "refused", "without NUL")
add_gzip("text named gz", VALID.encode(), "refused", "fetch or save it again")
case(
    "gzip bomb",
    "cases.csv.gz",
    lambda: b"".join([gzip.compress(b"1;2\n" * 2**22, mtime=0)] * 20),
    "refused",
    "Read it in chunks",
)


# Workbooks.
def workbook(*, rows=ROWS, header=HEADER, edit=None, macro=False, formula="", hidden=False) -> bytes:
    import xlsxwriter

    data = io.BytesIO()
    book = xlsxwriter.Workbook(data, {"in_memory": True})
    sheet = book.add_worksheet("Cases")
    for number, row in enumerate([header, *rows]):
        sheet.write_row(number, 0, row)
    if formula:
        sheet.write_formula(5, 0, formula, None, "#DIV/0!" if "/0" in formula else 2)
    if hidden:
        other = book.add_worksheet("Hidden")
        other.write(0, 0, "x")
        other.hide()
    if edit:
        edit(book, sheet)
    book.close()
    return data.getvalue()


def make_chart(book):
    chart = book.add_chart({"type": "bar"})
    chart.add_series({"values": "=Cases!$A$1:$A$2"})
    return chart


def repack(data: bytes, changes: dict[str, bytes | None], *, method=zipfile.ZIP_DEFLATED) -> bytes:
    """Return a packed file with parts replaced, added, or (None) taken out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", method) as new:
        for name in dict.fromkeys([*old.namelist(), *changes]):
            content = changes[name] if name in changes else old.read(name)
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def zip_of(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


def with_sheet(cells: str, *, before: str = "") -> Callable[[], bytes]:
    xml = f'<?xml version="1.0"?>{before}{SHEET.format(cells)}'.encode()
    return lambda: repack(workbook(), {"xl/worksheets/sheet1.xml": xml})


def add_book(name: str, make, outcome: str, words: str = "", *, file: str = "cases.xlsx") -> None:
    case(name, file, make, outcome, words)


def spoil(data: bytes, seed: int, *, count: int = 12) -> bytes:
    rng = np.random.default_rng(seed)
    content = bytearray(data)
    for place in rng.integers(0, len(content), size=count):
        content[place] = int(rng.integers(0, 256))
    return bytes(content)


for share in (0.01, 0.1, 0.5, 0.9, 0.999):
    add_book(
        f"xlsx cut at {share:.1%}",
        lambda share=share: workbook()[: int(len(workbook()) * share)],
        "refused",
        "cut off or damaged",
    )
for seed in range(15):
    add_book(f"xlsx with spoilt bytes {seed}", lambda seed=seed: spoil(workbook(), seed), "any")
add_book("text named xlsx", VALID.encode, "refused", "fetch or save it again")
add_book("web page named xlsx", lambda: b"<html><table></table></html>", "refused", "save it as xlsx")
add_book(
    "protected by a password",
    lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") * 99,
    "refused",
    "remove the password",
)
add_book("empty archive", lambda: zip_of({}), "refused", "found 'another packed file'")
add_book("archive of a csv", lambda: zip_of({"cases.csv": VALID.encode()}), "refused", "found 'another packed file'")
add_book("Word document", lambda: zip_of({"word/document.xml": b"<x/>"}), "refused", "a Word document")
add_book("binary workbook", lambda: zip_of({"xl/workbook.bin": b"x"}), "refused", "a binary workbook (xlsb)")
add_book("ods named xlsx", lambda: ods(None), "refused", "an OpenDocument file")
add_book(
    "zip bomb of one part",
    lambda: repack(workbook(), {"xl/worksheets/sheet1.xml": b" " * 600 * 2**20}),
    "refused",
    "was not unpacked",
)
add_book(
    "zip bomb of many parts",
    lambda: repack(workbook(), {f"xl/media/{n}.xml": b" " * 9 * 2**20 for n in range(60)}),
    "refused",
    "was not unpacked",
)
add_book(
    "zip bomb of high ratio",
    lambda: repack(workbook(), {"xl/sharedStrings.xml": b"<sst>" + b" " * 30 * 2**20}),
    "refused",
    "was not unpacked",
)
add_book("zip in a zip", lambda: zip_of({"inner.xlsx": workbook()}), "refused", "another packed file")
add_book(
    "6000 parts", lambda: repack(workbook(), {f"x/{n}": b"" for n in range(6_000)}), "refused", "at most 5,000 parts"
)


def lie(data: bytes, *, size: int) -> bytes:
    """Write another unpacked size of every part into the table of contents."""
    content = bytearray(data)
    place = content.find(b"PK\x01\x02")
    while place >= 0:
        struct.pack_into("<I", content, place + 24, size)
        place = content.find(b"PK\x01\x02", place + 4)
    return bytes(content)


add_book("table of contents lies: small", lambda: lie(workbook(), size=5), "any")
add_book("table of contents lies: large", lambda: lie(workbook(), size=2**30), "refused", "was not unpacked")
add_book(
    "part said to be encrypted",
    lambda: workbook().replace(b"PK\x01\x02\x14\x00\x14\x00\x00\x00", b"PK\x01\x02\x14\x00\x14\x00\x01\x00"),
    "any",
)
add_book(
    "macro workbook",
    lambda: repack(workbook(), {"xl/vbaProject.bin": b"x"}),
    "kept",
    "macros were not run",
    file="cases.xlsm",
)
add_book(
    "Excel 4 macro sheet",
    lambda: repack(workbook(), {"xl/macrosheets/sheet1.xml": b"<x/>"}),
    "kept",
    "macros were not run",
    file="cases.xlsm",
)
add_book("formula with a value", lambda: workbook(formula="=1+1"), "kept", "1 formulas: the values last stored")
add_book("formula with an error", lambda: workbook(formula="=1/0"), "kept", "row 6: expected no error in a formula")
add_book(
    "formula never calculated",
    with_sheet('<row r="1"><c r="A1"><f>1+1</f></c><c r="B1"><v>1</v></c></row>'),
    "kept",
    "row 1: expected a stored value for each formula",
)
add_book(
    "formula text in a cell",
    lambda: workbook(
        rows=[['=HYPERLINK("x")', "2014", "x", "1"]], edit=lambda b, s: s.write_string(1, 0, '=HYPERLINK("x")')
    ),
    "kept",
    "row 2: expected no text that looks like a formula",
)
add_book("hidden sheet", lambda: workbook(hidden=True), "kept", "The sheet is hidden")
add_book(
    "two header rows in a workbook",
    lambda: workbook(rows=[HEADER, *ROWS]),
    "header",
    "The header stands more than once",
)
add_book(
    "merged headings in a workbook",
    lambda: workbook(header=["Case", "", "Country", "x"], edit=lambda b, s: s.merge_range(0, 0, 0, 1, "Case")),
    "header",
    "none for column 2",
)
add_book(
    "the table on two sheets",
    lambda: workbook(edit=lambda b, s: b.add_worksheet("Copy").write_row(0, 0, HEADER)),
    "header",
    "the same header",
)
add_book(
    "xlsx of 2001 columns",
    lambda: workbook(header=["x"] * 2_001),
    "refused",
    "sheet 'Cases', row 1: found '2,001', expected at most 2,000 columns",
)
add_book("xlsx of 10000 columns", lambda: workbook(header=["x"] * 10_000), "refused", "at most 2,000 columns")
add_book(
    "xlsx cell of 1 MB",
    with_sheet(f'<row r="1"><c r="A1" t="inlineStr"><is><t>{"A" * 10**6}</t></is></c></row>'),
    "refused",
    "cells of at most 100,000 characters",
)
add_book(
    "cell in the last corner",
    with_sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "refused",
    "sheet 'Cases'",
)
add_book(
    "cell in the last row",
    with_sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="C1048576"><v>1</v></c></row>'),
    "any",
)
add_book(
    "formatted cell in the last row",
    with_sheet('<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="C1048576" s="1"/></row>'),
    "kept",
)
add_book("column beyond the last", with_sheet('<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>'), "any")
add_book("row beyond the last", with_sheet('<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'), "any")
add_book("row zero", with_sheet('<row r="0"><c r="A0"><v>1</v></c></row>'), "any")
add_book("place of a cell unreadable", with_sheet('<row r="1"><c r="1A"><v>1</v></c></row>'), "any")
add_book("shared text that is not there", with_sheet('<row r="1"><c r="A1" t="s"><v>999999</v></c></row>'), "any")
add_book("shared text of no number", with_sheet('<row r="1"><c r="A1" t="s"><v>x</v></c></row>'), "any")
add_book("number of no digits", with_sheet('<row r="1"><c r="A1"><v>abc</v></c></row>'), "any")
add_book("endless number", with_sheet('<row r="1"><c r="A1"><v>1e999</v></c><c r="B1"><v>NaN</v></c></row>'), "any")
add_book(
    "tag never closed", lambda: repack(workbook(), {"xl/worksheets/sheet1.xml": b"<worksheet><sheetData><row>"}), "any"
)
add_book("sheet of rubbish", lambda: repack(workbook(), {"xl/worksheets/sheet1.xml": b"\xff\xfe\x00rubbish"}), "any")
add_book(
    "sheet missing",
    lambda: repack(workbook(), {"xl/worksheets/sheet1.xml": None}),
    "refused",
    "open it in the programme that made it",
)
add_book(
    "links missing",
    lambda: repack(workbook(), {"xl/_rels/workbook.xml.rels": None}),
    "refused",
    "open it in the programme that made it",
)
add_book("workbook empty", lambda: repack(workbook(), {"xl/workbook.xml": b""}), "refused")
add_book(
    "no sheet in the workbook",
    lambda: repack(workbook(), {"xl/workbook.xml": b"<workbook><sheets/></workbook>"}),
    "refused",
    "No sheet holds a value",
)
add_book("sheets without a value", lambda: workbook(header=[], rows=[]), "refused", "No sheet holds a value")
add_book(
    "only a chart",
    lambda: workbook(header=[], rows=[], edit=lambda b, s: b.add_chartsheet("Chart").set_chart(make_chart(b))),
    "refused",
    "No sheet holds a value",
)
LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a '"
    + "ha" * 50
    + "'>"
    + "".join(f"<!ENTITY {chr(98 + n)} '{('&' + chr(97 + n) + ';') * 10}'>" for n in range(9))
    + "]>"
)
add_book(
    "a billion laughs",
    with_sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>&j;</t></is></c></row>', before=LAUGHS),
    "any",
)
add_book(
    "entity of another file",
    with_sheet(
        '<row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>',
        before='<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    ),
    "any",
)
add_book("tags 100000 deep", with_sheet("<x>" * 100_000 + "</x>" * 100_000), "any")
add_book(
    "control characters in a cell",
    with_sheet('<row r="1"><c r="A1" t="inlineStr"><is><t>&#1;_x0000_</t></is></c></row>'),
    "any",
)
add_book(
    "rows in disorder",
    with_sheet('<row r="9"><c r="A9"><v>1</v></c></row><row r="2"><c r="A2"><v>2</v></c></row>'),
    "any",
)


# OpenDocument.
ODS = (
    '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="Cases">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)
MIME = b"application/vnd.oasis.opendocument.spreadsheet"


def ods_cell(text: str, extra: str = "") -> str:
    return f'<table:table-cell office:value-type="string"{extra}><text:p>{text}</text:p></table:table-cell>'


def ods(rows: str | None = None, *, manifest: bytes = b"<manifest/>") -> bytes:
    body = rows or "".join(
        f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in (HEADER, *ROWS)
    )
    return zip_of({"mimetype": MIME, "content.xml": ODS.format(body).encode(), "META-INF/manifest.xml": manifest})


def add_ods(name: str, make, outcome: str, words: str = "") -> None:
    case(name, "cases.ods", make, outcome, words)


ENCRYPTED = b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="content.xml"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>'
add_ods("ods as it should be", ods, "kept")
for share in (0.1, 0.5, 0.95):
    add_ods(
        f"ods cut at {share:.0%}", lambda share=share: ods()[: int(len(ods()) * share)], "refused", "cut off or damaged"
    )
for seed in range(8):
    add_ods(f"ods with spoilt bytes {seed}", lambda seed=seed: spoil(ods(), seed, count=6), "any")
add_ods("xlsx named ods", workbook, "refused", "an Excel workbook")
add_ods("ods without content", lambda: zip_of({"mimetype": MIME}), "refused")
add_ods("ods with a password", lambda: ods(manifest=ENCRYPTED), "refused", "password")
add_ods("ods with a macro", lambda: repack(ods(), {"Basic/script-lc.xml": b"<x/>"}), "kept", "macros were not run")
FULL = ' table:number-columns-repeated="16384"'
add_ods(
    "ods of 16384 filled columns",
    lambda: ods(f"<table:table-row>{ods_cell('x', FULL)}</table:table-row>"),
    "refused",
    "at most 2,000 columns",
)
add_ods(
    "ods repeat bomb",
    lambda: ods(f'<table:table-row table:number-rows-repeated="1048576">{ods_cell("x", FULL)}</table:table-row>'),
    "refused",
)
add_ods(
    "ods repeats a row a billion times",
    lambda: ods(f'<table:table-row table:number-rows-repeated="1000000000">{ods_cell("x")}</table:table-row>'),
    "refused",
)
add_ods(
    "ods repeats minus one",
    lambda: ods(f'<table:table-row table:number-rows-repeated="-1">{ods_cell("x")}</table:table-row>'),
    "any",
)
add_ods(
    "ods repeats blanks to the end",
    lambda: ods(
        f'<table:table-row>{ods_cell("x")}<table:table-cell{FULL}/></table:table-row><table:table-row table:number-rows-repeated="1048000"><table:table-cell{FULL}/></table:table-row>'
    ),
    "kept",
)
add_ods(
    "ods of broken XML",
    lambda: zip_of({"mimetype": MIME, "content.xml": b"<office:document", "META-INF/manifest.xml": b"<x/>"}),
    "refused",
)
add_ods(
    "ods with a billion laughs",
    lambda: zip_of(
        {
            "mimetype": MIME,
            "content.xml": ODS.format(f"<table:table-row>{ods_cell('&j;')}</table:table-row>")
            .replace("?>", "?>" + LAUGHS, 1)
            .encode(),
            "META-INF/manifest.xml": b"<x/>",
        }
    ),
    "any",
)


# SPSS and Stata.
def statistical(kind: str) -> bytes:
    import tempfile

    import pandas as pd
    import pyreadstat

    frame = pd.DataFrame({"case": ["A-1", "A-2"] * 40, "sex": [1.0, 2.0] * 40, "age": [30.0, 99.0] * 40})
    labels = {"variable_value_labels": {"sex": {1: "Žena", 2: "Muškarac"}}, "column_labels": ["Case", "Sex", "Age"]}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x.{kind}"
        if kind == "dta":
            pyreadstat.write_dta(frame, path, **labels)
        else:
            pyreadstat.write_sav(frame, path, missing_ranges={"age": [99]}, **labels)
        return path.read_bytes()


def at(data: bytes, place: int, value: bytes) -> bytes:
    return data[:place] + value + data[place + len(value) :]


for kind in ("sav", "dta"):
    file = f"cases.{kind}"
    for share in (0.01, 0.2, 0.5, 0.8, 0.98):
        case(
            f"{kind} cut at {share:.0%}",
            file,
            lambda kind=kind, share=share: statistical(kind)[: int(len(statistical(kind)) * share)],
            "any",
        )
    for seed in range(6):
        case(
            f"{kind} with spoilt bytes {seed}", file, lambda kind=kind, seed=seed: spoil(statistical(kind), seed), "any"
        )
    case(f"text named {kind}", file, lambda: VALID.encode(), "refused", "fetch or save it again")
    case(f"xlsx named {kind}", file, workbook, "refused", "Rename it to .xlsx")
case(
    "sav with values declared missing",
    "cases.sav",
    lambda: statistical("sav"),
    "kept",
    "declared 40 values without a label as missing",
)
case("dta as it should be", "cases.dta", lambda: statistical("dta"), "kept")
case("sav named dta", "cases.dta", lambda: statistical("sav"), "refused")
case("dta named sav", "cases.sav", lambda: statistical("dta"), "refused")
case(
    "sav that says it holds 2 billion rows",
    "cases.sav",
    lambda: at(statistical("sav"), 80, struct.pack("<i", 2**31 - 1)),
    "refused",
)
case("sav with a password", "cases.sav", lambda: b"ENCRYPTEDSAV" + b"\x00" * 400, "refused")
case("sav of its first bytes alone", "cases.sav", lambda: b"$FL2@(#) x", "refused")
case("old dta of its first bytes alone", "cases.dta", lambda: b"\x72\x02\x01\x00" + b"\xff" * 200, "any")
case("dta of its first tag alone", "cases.dta", lambda: b"<stata_dta><header>", "refused")


# What is no file.
case("folder", "cases.csv", lambda path: path.mkdir(), "refused", "This is a folder")
case("no such file", "cases.csv", lambda path: None, "refused", "There is no such file")
case("pipe", "cases.csv", lambda path: os.mkfifo(path), "refused", "This is a device or a pipe")
case("endless device", "cases.csv", lambda path: path.symlink_to("/dev/zero"), "refused", "This is a device or a pipe")
case("link to nothing", "cases.csv", lambda path: path.symlink_to("nothing"), "refused", "There is no such file")
case("link to itself", "cases.csv", lambda path: path.symlink_to(path.name), "refused", "The system says")
case("sparse file of 1 GiB", "cases.csv", lambda path: make_sparse(path, 2**30), "refused")
case("sparse workbook of 1 GiB", "cases.xlsx", lambda path: make_sparse(path, 2**30, start=b"PK"), "refused")


def make_sparse(path: Path, size: int, start: bytes = b"a;b\n") -> None:
    with path.open("wb") as file:
        file.write(start)
        file.truncate(size)


def write_case(name: str, folder: Path) -> Path:
    """Make the file of one case in a folder of its own."""
    malformed = CASES[name]
    place = folder / f"{list(CASES).index(name):03d}"
    place.mkdir(parents=True)
    path = place / malformed.file
    if "path" in inspect.signature(malformed.make).parameters:
        malformed.make(path)
    else:
        path.write_bytes(malformed.make())
    return path


def read_case(name: str, path: Path) -> dict:
    """Read one file and find its table; return what was said and how long it took (s)."""
    from ctresearch import files
    from ctresearch.clean.headers import find_table

    start = time.monotonic()
    answer = {"name": name, "outcome": "kept", "message": "", "header": ""}
    try:
        content = files.read_file(path)
        answer["message"] = "\n".join(map(str, content.notes))
        found = find_table(content.sheets, file=path.name, required=REQUIRED)
        answer["header"] = "\n".join(map(str, found.problems))
        answer["rows"] = len(found.frame)
    except files.FileError as error:
        answer |= {"outcome": "refused", "message": str(error)}
    except Exception as error:
        answer |= {"outcome": "crashed", "message": f"{type(error).__name__}: {error}"}
    return answer | {"seconds": round(time.monotonic() - start, 3)}


def main() -> None:
    """Make and read every file; the last line tells the largest memory (KiB) of this process and of its children."""
    import resource

    folder = Path(sys.argv[1])
    for name in CASES:
        path = write_case(name, folder)
        print(json.dumps(read_case(name, path)), flush=True)
        if path.is_file() and path.stat().st_size > 10**6:
            path.unlink()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps({"own": own, "children": children}))


if __name__ == "__main__":
    main()

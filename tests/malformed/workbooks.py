"""Malformed Excel workbooks."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

from malformed.cases import HEADER, ROWS, VALID, case, repack, spoil, zip_of

SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)


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


def bomb(part: str, *, size: int, copies: int = 1) -> bytes:
    """Return a workbook with parts that unpack to many spaces; written in pieces, so that making it needs little."""
    out = io.BytesIO(workbook())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as new:
        for copy in range(copies):
            with new.open(part.format(copy), "w", force_zip64=True) as file:
                for _ in range(size // 2**20):
                    file.write(b" " * 2**20)
    return out.getvalue()


def with_sheet(cells: str, *, before: str = "") -> Callable[[], bytes]:
    xml = f'<?xml version="1.0"?>{before}{SHEET.format(cells)}'.encode()
    return lambda: repack(workbook(), {"xl/worksheets/sheet1.xml": xml})


def add_book(name: str, make, outcome: str, words: str = "", *, file: str = "cases.xlsx") -> None:
    case(name, file, make, outcome, words)


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
BOMB = "was not unpacked"
add_book("zip bomb of one part", lambda: bomb("xl/media/x.xml", size=600 * 2**20), "refused", BOMB)
add_book("zip bomb of many parts", lambda: bomb("xl/media/{}.xml", size=9 * 2**20, copies=60), "refused", BOMB)
add_book("zip bomb of high ratio", lambda: bomb("xl/sharedStrings2.xml", size=30 * 2**20), "refused", BOMB)
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

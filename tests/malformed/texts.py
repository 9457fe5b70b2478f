"""Malformed texts, packed or not."""

from __future__ import annotations

import gzip

import numpy as np

from malformed.cases import ROWS, VALID, case, text_of


def add_text(name: str, content: str | bytes, outcome: str, words: str = "", *, file: str = "cases.csv") -> None:
    data = content if isinstance(content, bytes) else content.encode("utf-8")
    case(name, file, lambda: data, outcome, words)


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

"""Malformed OpenDocument, SPSS and Stata files."""

from __future__ import annotations

import functools
import struct
from pathlib import Path

from malformed.cases import HEADER, ROWS, VALID, case, repack, spoil, zip_of
from malformed.workbooks import LAUGHS, workbook

SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
ODS = (
    f'<?xml version="1.0"?><office:document-content xmlns:office="{SPACE}office:1.0"'
    f' xmlns:table="{SPACE}table:1.0" xmlns:text="{SPACE}text:1.0">'
    '<office:body><office:spreadsheet><table:table table:name="Cases">{}</table:table></office:spreadsheet>'
    "</office:body></office:document-content>"
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


ENCRYPTED = (
    f'<manifest:manifest xmlns:manifest="{SPACE}manifest:1.0"><manifest:file-entry manifest:full-path="content.xml">'
    "<manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
).encode()
add_ods("ods as it should be", ods, "kept")
for share in (0.1, 0.5, 0.95):
    add_ods(
        f"ods cut at {share:.0%}", lambda share=share: ods()[: int(len(ods()) * share)], "refused", "cut off or damaged"
    )
for seed in range(8):
    add_ods(f"ods with spoilt bytes {seed}", lambda seed=seed: spoil(ods(), seed, count=6), "any")
case("ods named xlsx", "cases.xlsx", lambda: ods(), "refused", "an OpenDocument file")  # noqa: PLW0108
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
    "any",
)
add_ods(
    "ods repeats minus one",
    lambda: ods(f'<table:table-row table:number-rows-repeated="-1">{ods_cell("x")}</table:table-row>'),
    "any",
)
add_ods(
    "ods repeats blanks to the end",
    lambda: ods(
        f"<table:table-row>{ods_cell('x')}<table:table-cell{FULL}/></table:table-row>"
        f'<table:table-row table:number-rows-repeated="1048000"><table:table-cell{FULL}/></table:table-row>'
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


@functools.cache
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
    case(f"text named {kind}", file, VALID.encode, "refused", "fetch or save it again")
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
    "any",
)
case("sav with a password", "cases.sav", lambda: b"ENCRYPTEDSAV" + b"\x00" * 400, "refused")
case("sav of its first bytes alone", "cases.sav", lambda: b"$FL2@(#) x", "refused")
case("old dta of its first bytes alone", "cases.dta", lambda: b"\x72\x02\x01\x00" + b"\xff" * 200, "any")
case("dta of its first tag alone", "cases.dta", lambda: b"<stata_dta><header>", "refused")

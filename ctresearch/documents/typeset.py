"""A document as a tagged PDF (Typst, PDF/UA-1), and its drawings as images."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

import typst

from ctresearch.documents.blocks import Block, Document, Heading, Items, Picture, Runs, Table
from ctresearch.documents.linking import address_place, link_places

_TEMPLATE = Path(__file__).parents[1] / "templates" / "document" / "report.typ"
_FONTS = Path(find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"
_EPOCH = 315532800
_LINE, _HALF_PAGE = 120, 30
"""Letters of a line of a table as wide as the page, and lines of half a page."""

PICTURE_CM = 15.9
"""Width of a picture in the Word file."""


def read_epoch() -> int:
    """Return the time at which files say that they were made: SOURCE_DATE_EPOCH, else 1980."""
    return int(os.environ.get("SOURCE_DATE_EPOCH", _EPOCH))


def write_pdf(document: Document, file: Path) -> None:
    """Write a tagged PDF with bookmarks, running heads and page numbers; the same document makes the same bytes.

    Fonts come with the libraries, never from the machine. Links to places that the document does not hold are left
    out.
    """
    with tempfile.TemporaryDirectory(prefix="ct-") as private:
        folder = Path(private)
        (folder / "main.typ").write_bytes(_TEMPLATE.read_bytes())
        places = sorted(document.list_places())
        content = {"places": places, **_lay_out_document(document, places, folder)}
        (folder / "report.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        compiler = typst.Compiler(folder / "main.typ", root=folder, font_paths=[_FONTS], ignore_system_fonts=True)
        pages = folder / "pages.pdf"
        compiler.compile(output=pages, format="pdf", pdf_standards="ua-1", timestamp=read_epoch())
        # What is set already is not set again.
        found = json.loads(compiler.query("<places>", field="value", one=True))
        link_places(pages, dict(zip(places, found, strict=True)), file)


def draw_images(drawings: Sequence[bytes], *, ppi: float = 160) -> list[bytes]:
    """Turn SVG drawings into PNG images with that many points an inch where they are printed."""
    if not drawings:
        return []
    with tempfile.TemporaryDirectory(prefix="ct-") as private:
        folder = Path(private)
        for number, drawing in enumerate(drawings):
            (folder / f"{number}.svg").write_bytes(drawing)
        pages = "#pagebreak()\n".join(f'#image("{number}.svg")\n' for number in range(len(drawings)))
        look = f"#set page(width: auto, height: auto, margin: 0pt)\n#set image(width: {PICTURE_CM}cm)\n"
        (folder / "main.typ").write_text(look + pages, encoding="utf-8")
        drawn = typst.Compiler(folder / "main.typ", root=folder, ignore_system_fonts=True).compile(
            format="png", ppi=ppi
        )
    return drawn if isinstance(drawn, list) else [drawn]


def _lay_out_document(document: Document, places: Sequence[str], folder: Path) -> dict:
    """Return what the template reads, with drawings as files in the folder."""
    known = {f"#{place}": address_place(number) for number, place in enumerate(places)}
    chapters: list[dict] = []
    for number, block in enumerate(document.blocks):
        if not chapters or (isinstance(block, Heading) and block.level == 1):
            chapters.append({"title": block.text if isinstance(block, Heading) else "", "blocks": []})
        chapters[-1]["blocks"].append(_lay_out(block, number, known, folder))
    front = [_lay_out(block, number, known, folder) for number, block in enumerate(document.front)]
    words = {"title": document.title, "running_head": document.running_head, "language": document.language}
    return {**words, "front": front, "chapters": chapters}


def _lay_out(block: Block, number: int, known: Mapping[str, str], folder: Path) -> dict:
    if isinstance(block, Heading):
        return vars(block)
    if isinstance(block, Picture):
        (folder / f"{number}.svg").write_bytes(block.drawing)
        return {**vars(block), "drawing": f"{number}.svg"}
    if isinstance(block, Table):
        header = [_lay_out_cell(cell, known) for cell in block.header]
        cells = [_lay_out_cell(cell, known) for row in block.rows for cell in row]
        return {**vars(block), "rows": [], "header": header, "cells": cells, "has_long_rows": _has_long_rows(block)}
    if isinstance(block, Items):
        return {**vars(block), "items": [_lay_out_runs(item, known) for item in block.items]}
    return {**vars(block), "runs": _lay_out_runs(block.runs, known)}


def _has_long_rows(table: Table) -> bool:
    """Tell whether a row may need more than half a page; only such a row may be parted, which takes time to set."""
    return any(
        sum(1 + len(line) / (width * _LINE) for line in "".join(run.text for run in cell).split("\n")) > _HALF_PAGE
        for row in table.rows
        for cell, width in zip(row, table.widths, strict=True)
    )


def _lay_out_cell(runs: Runs, known: Mapping[str, str]) -> list | str:
    """Return plain text alone where a cell holds nothing else, which is set much faster."""
    laid = _lay_out_runs(runs, known)
    if not laid:
        return ""
    return laid[0] if len(laid) == 1 and isinstance(laid[0], str) else laid


def _lay_out_runs(runs: Runs, known: Mapping[str, str]) -> list[str | dict | None]:
    """Return texts, none for a line break, and what sets a text apart; links that lead nowhere are left out."""
    laid: list[str | dict | None] = []
    for run in runs:
        link = known.get(run.link, "") if run.link.startswith("#") else run.link
        marks = {"link": link, "is_strong": run.is_strong, "place": run.place}
        kept = {name: value for name, value in marks.items() if value}
        for place, line in enumerate(run.text.split("\n")):
            laid += [None] if place else []
            if kept:
                laid.append({"text": line, **kept})
                kept.pop("place", None)
            elif line:
                laid.append(line)
    return laid

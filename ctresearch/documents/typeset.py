"""A document as a tagged PDF (Typst, PDF/UA-1), and its drawings as images."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import matplotlib as mpl
import typst

from ctresearch.documents.blocks import Block, Document, Picture, Run, Runs, Table

_TEMPLATE = Path(__file__).parents[1] / "templates" / "document" / "report.typ"
_FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
_EPOCH = 315532800


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
        known = document.list_places()
        blocks = [_lay_out(block, number, known, folder) for number, block in enumerate(document.blocks)]
        content = {**asdict(replace(document, blocks=())), "blocks": blocks}
        (folder / "report.json").write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        compiler = typst.Compiler(folder / "main.typ", root=folder, font_paths=[_FONTS], ignore_system_fonts=True)
        file.write_bytes(compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=read_epoch()))


def draw_images(drawings: Sequence[bytes], *, ppi: float = 150) -> list[bytes]:
    """Turn SVG drawings into PNG images."""
    if not drawings:
        return []
    with tempfile.TemporaryDirectory(prefix="ct-") as private:
        folder = Path(private)
        for number, drawing in enumerate(drawings):
            (folder / f"{number}.svg").write_bytes(drawing)
        pages = "#pagebreak()\n".join(f'#image("{number}.svg")\n' for number in range(len(drawings)))
        (folder / "main.typ").write_text(
            f"#set page(width: auto, height: auto, margin: 0pt)\n{pages}", encoding="utf-8"
        )
        drawn = typst.Compiler(folder / "main.typ", root=folder, ignore_system_fonts=True).compile(
            format="png", ppi=ppi
        )
    return drawn if isinstance(drawn, list) else [drawn]


def _lay_out(block: Block, number: int, known: frozenset[str], folder: Path) -> dict:
    if isinstance(block, Picture):
        (folder / f"{number}.svg").write_bytes(block.drawing)
        return {**asdict(replace(block, drawing=b"")), "drawing": "", "file": f"{number}.svg"}
    laid = asdict(replace(block, header=(), rows=()) if isinstance(block, Table) else block)
    if isinstance(block, Table):
        laid["header"] = [_lay_out_cell(cell, known) for cell in block.header]
        laid["cells"] = [_lay_out_cell(cell, known) for row in block.rows for cell in row]
    elif block.kind == "items":
        laid["items"] = [_resolve(item, known) for item in block.items]
    elif block.kind == "paragraph":
        laid["runs"] = _resolve(block.runs, known)
    return laid


def _lay_out_cell(runs: Runs, known: frozenset[str]) -> dict | str:
    """Return plain text alone where a cell holds nothing else, which is set much faster."""
    is_plain = len(runs) == 1 and runs[0] == Run(runs[0].text) and "\n" not in runs[0].text
    return runs[0].text if is_plain else {"runs": _resolve(runs, known)}


def _resolve(runs: Runs, known: frozenset[str]) -> list[dict]:
    """Leave out links that lead nowhere in the document."""
    return [
        asdict(replace(run, link="") if run.link.startswith("#") and run.link[1:] not in known else run) for run in runs
    ]

"""The documents of a finished report: read its executed notebooks, write what leaves the office."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from importlib.metadata import version
from pathlib import Path

from ctresearch import digests, plan, publication
from ctresearch.documents.blocks import Block, Document, Paragraph, Run, keep_first_places, list_drawings
from ctresearch.documents.hxl import write_tagged
from ctresearch.documents.reading import Reader
from ctresearch.documents.typeset import draw_images, write_pdf
from ctresearch.documents.word import write_word
from ctresearch.schema.problems import Problem, StudyError
from ctresearch.study import Study
from ctresearch.vocabulary import SYNTHETIC_NOTICE

PDF, WORD, TAGGED = "report.pdf", "report.docx", "tables-hxl"
LABELS = {PDF: "The whole report as PDF, for reading and printing", WORD: "The whole report for comments in Word"}
"""Documents that the cover offers, and how it calls them."""

_SLIDES = "05_workshop"
_OFFERED = '<ul class="files">'


def make_documents(study: str | Path, *, out: Path, has_hxl: bool = False) -> list[Path]:
    """Write the documents of a finished report into its folder and link them on its cover.

    A run that changes the report takes them away, because they must say the same.

    Parameters
    ----------
    study : str or Path
        Folder of the study, or the name of a shipped one.
    out : Path
        Folder that holds the reports.
    has_hxl : bool
        Whether to write the tables with a row of HXL hashtags too.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    StudyError
        If the study cannot be found, or its report is not up to date.
    BusyError
        If a run of the same report is at work.
    """
    planned = plan.make_plan(study, out=out)
    if not planned.is_complete:
        remedy = f"Run `ctresearch run {study}` first; a document must say the same as the report."
        raise StudyError([Problem(planned.place.name, "a report that is up to date", remedy)])
    # Typst lets Python go on: pictures are drawn beside the reading, and the PDF is set beside the Word file.
    with publication.lock_place(planned.place, wait=False), ThreadPoolExecutor(1) as beside:
        drawn: list[Future[list[bytes]]] = []

        def draw(chapter: Sequence[Block]) -> None:
            drawn.append(beside.submit(draw_images, list_drawings(chapter)))

        document = read_document(planned.place, planned.study, begin=draw)
        images = (image for chapter in drawn for image in chapter.result())
        word = beside.submit(_write_whole, planned.place / WORD, partial(write_word, document, images=images))
        _write_whole(planned.place / PDF, partial(write_pdf, document))
        word.result()
        tagged = write_tagged(planned.place / "tables", planned.place / TAGGED) if has_hxl else []
        _offer(planned.place, LABELS)
    return [*(planned.place / name for name in LABELS), *tagged]


def _offer(place: Path, labels: Mapping[str, str]) -> None:
    """Link documents on the cover, and record in the manifest what is there now."""
    cover = place / "index.html"
    html = cover.read_text(encoding="utf-8")
    new = {name: label for name, label in labels.items() if f'href="{name}"' not in html}
    links = "".join(f'<li><a href="{name}">{label}</a></li>' for name, label in new.items())
    publication.write_whole(cover, html.replace(_OFFERED, _OFFERED + links))
    manifest = plan.read_manifest(place)
    manifest["files"] |= {name: digests.digest_file(place / name) for name in (cover.name, *labels)}
    publication.write_whole(place / plan.MANIFEST, json.dumps(manifest, indent=1, ensure_ascii=False))


def _write_whole(file: Path, write: Callable[..., None]) -> None:
    private = file.with_name(f".{file.name}.part")
    write(file=private)
    private.replace(file)


def read_document(place: Path, study: Study, *, begin: Callable[[Sequence[Block]], None] | None = None) -> Document:
    """Read the executed notebooks of a report, in its order and without the slides, into one document.

    Parameters
    ----------
    begin : callable, optional
        Gets the blocks of each chapter as soon as it is read.
    """
    manifest = plan.read_manifest(place)
    blocks: list[Block] = []
    for number, section in enumerate(manifest["sections"], start=1):
        if section["notebook"] != _SLIDES and not section["error"]:
            # The run that wrote it has checked it against the format.
            notebook = json.loads((place / "notebooks" / f"{section['name']}.ipynb").read_text(encoding="utf-8"))
            chapter = list(Reader(number, section["name"]).read(notebook, section["title"]))
            if begin is not None:
                begin(chapter)
            blocks += chapter
    said = [block for block in blocks if isinstance(block, Paragraph) and block.style == "synthetic"]
    state = manifest["state"]
    front = _write_front(study, state=state, is_synthetic=bool(said))
    return Document(study.title, f"{study.short_title}. {state}", front, tuple(keep_first_places(blocks)))


def _write_front(study: Study, *, state: str, is_synthetic: bool) -> tuple[Paragraph, ...]:
    basis = "evidence that is invented in whole or in part" if is_synthetic else "published evidence"
    made = f"Made with ctresearch {version('ctresearch')} from {basis}."
    lines = [
        (SYNTHETIC_NOTICE, "synthetic") if is_synthetic else ("", ""),
        (state, "body"),
        (study.objective, "question"),
        *((f"{term}: {value}", "body") for term, value in study.project.items()),
        (f"{made} This report is a desk review; it has not been validated by the authorities that it names.", "body"),
        ("ND (no data): nothing was found in the sources, which does not mean that there is nothing.", "note"),
        *((note, "note") for note in study.notes_for(" ".join(study.name(code) for code in study.codes))),
    ]
    return tuple(Paragraph((Run(text),), style) for text, style in lines if text)

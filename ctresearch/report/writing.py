"""The report of a run: pages as their parts are executed, and at the end what is made of all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
import pandas as pd

from ctresearch import footprint, interchange, search
from ctresearch.datafiles import collect_data, write_rows, write_table, write_workbook
from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.report.pages import Page, render_cover, render_page, render_slides
from ctresearch.site import brief, cards, drafts, items, shell, whole
from ctresearch.study import Study
from ctresearch.vocabulary import Vocabulary


@dataclass(frozen=True)
class Register:
    """What is looked up for pages: the source register, the glossary, and the labels of codes."""

    sources: pd.DataFrame
    glossary: pd.DataFrame
    vocabulary: Vocabulary


@dataclass(frozen=True)
class Part:
    """An executed section; its notebook, run and stored, belongs in the report if `error` is empty."""

    name: str
    title: str
    notebook_name: str
    notebook: Path | None
    error: str = ""


@dataclass(frozen=True)
class _Added:
    """What is made of a page at the end."""

    tables: brief.Tables = field(default_factory=dict)
    items: tuple[items.Item, ...] = ()


SLIDES = "05_workshop"
"""Notebook of the slides."""

FILES = (
    ("whole.html", "The whole report as one page"),
    ("items.csv", "Identifiers of sections, tables, figures, findings and recommendations, by which to cite them"),
    ("recommendations.csv", "Recommendations as CSV"),
    ("recommendations.xlsx", "Recommendations and the findings behind them as XLSX"),
    ("recommendations.json", "Recommendations, findings and standards as JSON"),
    ("recommendations.schema.json", "JSON Schema of that file"),
    ("manifest.json", "Manifest: versions, hashes of inputs and files, parameters, durations"),
)
"""Files that the cover offers if they are there."""


class Site:
    """The site of a report in an empty folder; a context, whose drafts go with its end.

    A page names all others. So pages that were added before another part failed are written again by `finish`.

    Parameters
    ----------
    folder : Path
        Receives the site.
    parts : sequence of (name, title)
        Of all parts, in the order of the report.
    register : Register
        What citations open, the terms that are explained in place, and the labels of codes.
    state : str
        Where the report stands between draft and published; each page says it at its head.
    """

    def __init__(
        self, folder: Path, study: Study, parts: Iterable[tuple[str, str]], *, register: Register, state: str
    ) -> None:
        self._folder, self._study, self._register, self._state = folder, study, register, state
        self._is_synthetic = bool(register.sources["status"].eq("synthetic").any())
        self._pages = [Page(name, title, number) for number, (name, title) in enumerate(parts, start=1)]
        names = [page.name for page in self._pages]
        self._drafts, self._entries = (drafts.Drafts(folder.parent, names) for _ in range(2))
        self._added: dict[str, _Added] = {}
        self._keeper = footprint.Keeper(step=footprint.STEP // 4)
        (folder / "tables").mkdir()

    def __enter__(self) -> Site:
        return self

    def __exit__(self, *problem: object) -> None:
        self._drafts.close()
        self._entries.close()

    def add(self, part: Part) -> None:
        """Write the page and the data of an executed part."""
        self._add(part)
        self._keeper.give_back()

    def _add(self, part: Part) -> None:
        page = next(page for page in self._pages if page.name == part.name)
        # The run that executed it has checked it against the format.
        notebook = nbformat.v4.reads(part.notebook.read_text(encoding="utf-8"))
        data = collect_data(notebook)
        self._write_data(part, data)
        if part.notebook_name == SLIDES:
            self._write(page.file, render_slides(notebook, page, self._study, is_synthetic=self._is_synthetic))
            self._added[page.name] = _Added()
            return
        html = render_page(notebook, page, self._pages, self._study, is_synthetic=self._is_synthetic)
        self._drafts.put(page.name, html)
        (self._folder / page.file).write_text(self._finish(html), encoding="utf-8")
        entries = search.list_entries(html, file=page.file, page=page.title)
        self._entries.put(page.name, search.write_entries(entries))
        listed = items.list_items(html, file=page.file)
        self._added[page.name] = _Added(brief.pick_tables(data, page.name), tuple(listed))

    def finish(self, parts: Sequence[Part], *, left_out: Sequence[str]) -> None:
        """Write the pages that are not written yet, and all that needs all pages.

        Parameters
        ----------
        parts : sequence of Part
            All parts, in the order of the report.
        left_out : sequence of str
            Titles of what this report leaves out.
        """
        errors = {part.name: part.error for part in parts}
        if any(errors.values()):
            self._pages = [replace(page, missing=errors[page.name]) for page in self._pages]
            self._added.clear()
        for part in parts:
            if not part.error and part.name not in self._added:
                self.add(part)
        readable = [page for page in self._pages if page.name in self._drafts and not page.missing]
        self._write_whole(readable)
        added = {page.name: self._added[page.name] for page in readable}
        found = [item for one in added.values() for item in one.items]
        self._write_items(found)
        self._write_search(self._entries[page.name] for page in readable)
        short = self._write_short({name: one.tables for name, one in added.items()}, found)
        self._write_cover(left_out, short)

    def _write_whole(self, readable: Sequence[Page]) -> None:
        opened = cards.Cards(sources=self._register.sources, glossary=self._register.glossary)
        notice = SYNTHETIC_NOTICE if self._is_synthetic else ""
        file = self._folder / "whole.html"
        whole.write_whole(file, self._study, readable, self._drafts, opened, notice=notice, state=self._state)

    def _write_short(self, tables: Mapping[str, brief.Tables], found: Iterable[items.Item]) -> dict[str, str]:
        by_id = {item.item_id: item for item in found}
        register = self._register
        context = brief.Context(self._study, register.sources, register.vocabulary, by_id, self._is_synthetic)
        return brief.write_short_pages(self._folder, tables, context, self._finish)

    def _write_cover(self, left_out: Sequence[str], short: Mapping[str, str]) -> None:
        files = [(name, label) for name, label in FILES if name == "manifest.json" or (self._folder / name).exists()]
        made = {"files": files, "left_out": left_out, "is_synthetic": self._is_synthetic, "short": short}
        self._write("index.html", render_cover(self._study, self._pages, **made))

    def _finish(self, html: str) -> str:
        html = cards.add_cards(html, sources=self._register.sources, glossary=self._register.glossary)
        # The cards may name places that the page did not.
        return shell.mark_state(shell.add_notes(html, self._study), self._state)

    def _write(self, name: str, html: str) -> None:
        (self._folder / name).write_text(shell.mark_state(html, self._state), encoding="utf-8")

    def _write_data(self, part: Part, data: Mapping[str, Mapping]) -> None:
        for name, resource in data.items():
            write_table(resource, self._folder / "tables" / f"{part.name}-{name}.csv")
        names = {"recommendations": "all-recommendations", "findings": "findings"}
        if part.notebook_name == "03_recommendations" and set(names.values()) <= set(data):
            sheets = {sheet: data[name] for sheet, name in names.items()}
            write_table(sheets["recommendations"], self._folder / "recommendations.csv")
            write_workbook(sheets, self._folder / "recommendations.xlsx")
            text = interchange.write_recommendations(data, self._study, is_synthetic=self._is_synthetic)
            (self._folder / "recommendations.json").write_text(text, encoding="utf-8", newline="")
            schema = interchange.read_schema()
            (self._folder / interchange.SCHEMA_FILE).write_text(schema, encoding="utf-8", newline="")

    def _write_items(self, found: Iterable[items.Item]) -> None:
        names = ("item_id", "file", "kind", "title")
        rows = [names, *([getattr(item, name) for name in names] for item in found)]
        write_rows(rows, self._folder / "items.csv")

    def _write_search(self, entries: Iterable[str]) -> None:
        """Write a page that holds what the others say and searches it in the browser."""
        frame = shell.render(
            "search.html.j2",
            self._study,
            is_synthetic=self._is_synthetic,
            synthetic_notice=SYNTHETIC_NOTICE,
            script=shell.read_script("search.js"),
            index=shell.PLACE,
        )
        frame = shell.mark_state(frame, self._state)
        shell.write_pieces(self._folder / "search.html", frame, search.write_index(entries), self._study)

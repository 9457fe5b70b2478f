"""Turn executed notebooks into pages, slides and files (nbconvert, BeautifulSoup)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

import nbformat
import pandas as pd
from bs4 import BeautifulSoup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from ctresearch import interchange, search
from ctresearch.datafiles import collect_data, write_rows, write_table, write_workbook
from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.markup import clean_html
from ctresearch.site import brief, cards, drafts, items, shell, tiles, whole
from ctresearch.study import Study
from ctresearch.vocabulary import Vocabulary

_QUESTION = re.compile(r'(?<=<section class="prose">)\s*<h1[^>]*>(.*?)</h1>')
_HEADING = re.compile(r"<h(?P<level>[23])[^>]*>(?P<text>.*?)</h(?P=level)>")
_EXHIBIT = re.compile(
    r'<figure class="exhibit (?P<kind>table|figure)" data-name="(?P<name>[^"]*)">'
    r"<figcaption>(?P<caption>.*?)</figcaption>"
    r'|(?P<region> aria-label="table")'
    r"|(?P<end></figure>)"
)


@dataclass(frozen=True)
class Page:
    """One page of the report: file, title, and why it is missing if it is."""

    name: str
    title: str
    number: int
    missing: str = ""

    @property
    def file(self) -> str:
        """Name of the HTML file."""
        return f"{self.name}.html"


@dataclass(frozen=True)
class Register:
    """What is looked up for pages: the source register, the glossary, and the labels of codes."""

    sources: pd.DataFrame
    glossary: pd.DataFrame
    vocabulary: Vocabulary


@dataclass(frozen=True)
class Part:
    """An executed section: its notebook, run and stored; `error` is empty if it belongs in the report."""

    name: str
    title: str
    notebook_name: str
    notebook: Path
    error: str = ""


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


def write_site(
    folder: Path,
    study: Study,
    parts: Sequence[Part],
    *,
    left_out: Sequence[str],
    is_synthetic: bool,
    register: Register,
    state: str,
) -> None:
    """Write pages, slides, tables, recommendations and cover of a report into an empty folder.

    Parameters
    ----------
    register : Register
        What citations open, the terms that are explained in place, and the labels of codes.
    state : str
        Where the report stands between draft and published; each page says it at its head.
    """
    pages = [Page(part.name, part.title, number, part.error) for number, part in enumerate(parts, start=1)]

    def finish(html: str) -> str:
        html = cards.add_cards(html, sources=register.sources, glossary=register.glossary)
        # The cards may name places that the page did not.
        return shell.mark_state(shell.add_notes(html, study), state)

    def write(name: str, html: str) -> None:
        (folder / name).write_text(shell.mark_state(html, state), encoding="utf-8")

    (folder / "tables").mkdir()
    kept: dict[str, brief.Tables] = {}
    with drafts.Drafts(folder.parent) as rendered:
        for page, part in zip(pages, parts, strict=True):
            if part.error:
                continue
            html, data = _write_part(folder, page, part, pages, study, is_synthetic=is_synthetic)
            if part.notebook_name == SLIDES:
                write(page.file, html)
                continue
            rendered.put(page.name, html)
            kept[page.name] = brief.pick_tables(data, page.name)
            (folder / page.file).write_text(finish(html), encoding="utf-8")
        readable = [page for page in pages if page.name in rendered]
        opened = cards.Cards(sources=register.sources, glossary=register.glossary)
        notice = SYNTHETIC_NOTICE if is_synthetic else ""
        whole.write_whole(folder / "whole.html", study, readable, rendered, opened, notice=notice, state=state)
        found_items = write_items(folder / "items.csv", rendered)
        write_search(folder / "search.html", study, readable, rendered, is_synthetic=is_synthetic, state=state)
    context = brief.Context(study, register.sources, register.vocabulary, found_items, is_synthetic)
    short = brief.write_short_pages(folder, kept, context, finish)
    files = [(name, label) for name, label in FILES if name == "manifest.json" or (folder / name).exists()]
    cover = render_cover(study, pages, files=files, left_out=left_out, is_synthetic=is_synthetic, short=short)
    write("index.html", cover)


def _write_part(
    folder: Path, page: Page, part: Part, pages: Sequence[Page], study: Study, *, is_synthetic: bool
) -> tuple[str, dict[str, dict]]:
    """Write what belongs to a part; return its page, which still lacks its cards, and the data behind it."""
    notebook = nbformat.read(part.notebook, as_version=4)
    if part.notebook_name == SLIDES:
        html = render_slides(notebook, page, study, is_synthetic=is_synthetic)
    else:
        html = render_page(notebook, page, pages, study, is_synthetic=is_synthetic)
    data = collect_data(notebook)
    for name, resource in data.items():
        write_table(resource, folder / "tables" / f"{page.name}-{name}.csv")
    names = {"recommendations": "all-recommendations", "findings": "findings"}
    if part.notebook_name == "03_recommendations" and set(names.values()) <= set(data):
        sheets = {sheet: data[name] for sheet, name in names.items()}
        write_table(sheets["recommendations"], folder / "recommendations.csv")
        write_workbook(sheets, folder / "recommendations.xlsx")
        text = interchange.write_recommendations(data, study, is_synthetic=is_synthetic)
        (folder / "recommendations.json").write_text(text, encoding="utf-8", newline="")
        (folder / interchange.SCHEMA_FILE).write_text(interchange.read_schema(), encoding="utf-8", newline="")
    return html, data


def render_page(
    notebook: nbformat.NotebookNode, page: Page, pages: Sequence[Page], study: Study, *, is_synthetic: bool = False
) -> str:
    """Turn an executed notebook into a self-contained HTML page.

    Headings, tables and figures are numbered within the page's number; identifiers are made of names, so that they
    survive a rerun. The notes of jurisdictions that the page names are printed at its foot. A report with a synthetic
    source says so at the head of each page.
    """
    script = shell.read_script()
    readable = [other for other in pages if not other.missing]
    position = readable.index(page)
    context = {
        "title": page.title,
        "file": page.file,
        "report": study.short_title,
        "pages": pages,
        "previous": readable[position - 1] if position else None,
        "next": readable[position + 1] if position + 1 < len(readable) else None,
        "synthetic": SYNTHETIC_NOTICE if is_synthetic else "",
        "script": script,
        "script_hash": f"sha256-{shell.hash_script(script)}",
    }
    html = _export(_keep_shown(notebook), "page", context)
    html = _QUESTION.sub(r'<p class="question">\1</p>', html, count=1)
    html, listed = _number_headings(html, page.number)
    html = _number_exhibits(html, page, collect_data(notebook))
    # Each drawing is read when a reader comes near it, or prints the page.
    html = html.replace("<img src=", '<img loading="lazy" decoding="async" src=')
    html = html.replace('aria-label="On this page">', f'aria-label="On this page">{_list_contents(listed)}', 1)
    return shell.add_notes(html, study)


def render_slides(notebook: nbformat.NotebookNode, page: Page, study: Study, *, is_synthetic: bool = False) -> str:
    """Turn an executed notebook into one offline reveal.js file; cells of type `slide` start a slide."""
    scripts = [
        (shell.TEMPLATES / "slides" / name).read_text(encoding="utf-8") for name in ("reveal/reveal.js", "start.js")
    ]
    hashes = " ".join(f"'sha256-{shell.hash_script(script)}'" for script in scripts)
    context = {
        "title": page.title,
        "report": study.short_title,
        "slides": _group_slides(_keep_shown(notebook)),
        "scripts": scripts,
        "script_hashes": hashes,
    }
    soup = BeautifulSoup(_export(nbformat.v4.new_notebook(), "slides", context), "html.parser")
    _split_exhibits(soup)
    for slide in soup.select("section"):
        slide.find("aside").string = " ".join(study.notes_for(slide.get_text()))
        if is_synthetic and slide.select_one(".synthetic") is None:
            banner = soup.new_tag("p", attrs={"class": "synthetic", "role": "note"})
            banner.string = SYNTHETIC_NOTICE
            slide.append(banner)
    for figure in soup.select("figure[data-name]"):
        figure["id"] = f"{page.name}-{figure['data-name']}"
    return str(soup)


def render_cover(
    study: Study,
    pages: Sequence[Page],
    *,
    files: Sequence[tuple[str, str]],
    left_out: Sequence[str],
    is_synthetic: bool,
    short: Mapping[str, str] | None = None,
) -> str:
    """Render `index.html`: cover, tiles of the jurisdictions, contents, files and how to read the report.

    Parameters
    ----------
    short : mapping of str to str, optional
        Labels of the summary and the profiles, by file.
    """
    short, readable = short or {}, {page.file for page in pages if not page.missing}
    leading = {
        code: {
            label: file
            for file, label in ((f"{code.lower()}.html", ""), (f"profile-{code.lower()}.html", "On one page"))
            if file in readable or file in short
        }
        for code in study.codes
    }
    return shell.render(
        "cover.html.j2",
        study,
        pages=pages,
        tiles=tiles.lay_out_tiles(study, leading),
        summary="summary.html" in short,
        files=files,
        left_out=left_out,
        is_synthetic=is_synthetic,
        synthetic_notice=SYNTHETIC_NOTICE,
        version=version("ctresearch"),
    )


def write_search(
    file: Path, study: Study, pages: Sequence[Page], rendered: Mapping[str, str], *, is_synthetic: bool, state: str
) -> None:
    """Write `search.html`, which holds what the pages say and searches it in the browser."""
    entries = (
        entry for page in pages for entry in search.list_entries(rendered[page.name], file=page.file, page=page.title)
    )
    frame = shell.render(
        "search.html.j2",
        study,
        is_synthetic=is_synthetic,
        synthetic_notice=SYNTHETIC_NOTICE,
        script=shell.read_script("search.js"),
        index=shell.PLACE,
    )
    shell.write_pieces(file, shell.mark_state(frame, state), search.write_index(entries), study)


def write_items(file: Path, rendered: Mapping[str, str]) -> dict[str, items.Item]:
    """Write what can be cited on the pages, by their names, to CSV; return it by identifier."""
    found = [item for name, html in rendered.items() for item in items.list_items(html, file=f"{name}.html")]
    names = ("item_id", "file", "kind", "title")
    write_rows([names, *([getattr(item, name) for name in names] for item in found)], file)
    return {item.item_id: item for item in found}


class _SiteExporter(TemplateExporter):
    """The template machinery of nbconvert, without what its HTML exporter adds to images and scripts."""

    file_extension = ".html"
    # The pages need none of them, and the notebook would be copied and checked once for each.
    default_preprocessors = ()

    def default_filters(self) -> Iterable[tuple[str, Callable]]:
        """Return nbconvert's filters, with headings that carry no link to themselves."""
        yield from super().default_filters()
        markdown = MarkdownWithMath(renderer=IPythonRenderer(escape=False, exclude_anchor_links=True))
        yield "markdown2html", lambda source: clean_html(markdown.render(source))


@cache
def _load_exporter(template: str) -> _SiteExporter:
    return _SiteExporter(template_name=template, extra_template_basedirs=[str(shell.TEMPLATES)])


def _export(notebook: nbformat.NotebookNode, template: str, context: Mapping[str, object]) -> str:
    return _load_exporter(template).from_notebook_node(notebook, resources={"page": context})[0]


def _keep_shown(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return what a page shows of a notebook: its texts, and its outputs as HTML that cannot act."""
    cells = []
    for cell in notebook.cells:
        outputs = [
            {**output, "data": {"text/html": clean_html(output.data["text/html"])}}
            for output in cell.get("outputs", [])
            if "text/html" in output.get("data", {})
        ]
        cells.append({**cell, "outputs": outputs} if cell.cell_type == "code" else cell)
    # nbconvert copies and checks a notebook several times; the data behind exhibits is most of it.
    return nbformat.from_dict({**notebook, "cells": cells})


def _group_slides(notebook: nbformat.NotebookNode) -> list[list[nbformat.NotebookNode]]:
    slides: list[list[nbformat.NotebookNode]] = []
    for cell in notebook.cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "skip")
        if kind == "slide":
            slides.append([cell])
        elif kind == "-" and slides:
            slides[-1].append(cell)
    return slides


def _split_exhibits(soup: BeautifulSoup) -> None:
    for group in soup.select("section > .exhibits"):
        slide = group.parent
        for exhibit in reversed(group.find_all("figure", recursive=False)):
            own, heading = soup.new_tag("section"), soup.new_tag("h2")
            heading.string = exhibit.find("figcaption").get_text()
            own.extend([heading, exhibit.extract(), soup.new_tag("aside", attrs={"class": "jurisdiction-note"})])
            slide.insert_after(own)
        group.decompose()


def _number_headings(html: str, chapter: int) -> tuple[str, list[tuple[str, str]]]:
    """Give headings numbers and identifiers; return the page and its second-level headings."""
    listed: list[tuple[str, str]] = []
    second = third = 0

    def number(heading: re.Match) -> str:
        nonlocal second, third
        level, text = heading["level"], heading["text"]
        if level == "2":
            second, third = second + 1, 0
            label = f"{chapter}.{second} {text}"
            listed.append((items.name_heading(text), label))
        else:
            third += 1
            label = f"{chapter}.{second}.{third} {text}"
        return f'<h{level} id="{items.name_heading(text)}">{label}</h{level}>'

    return _HEADING.sub(number, html), listed


def _number_exhibits(html: str, page: Page, with_data: Collection[str]) -> str:
    """Give tables and figures numbers, links to themselves and to their data, and identifiers made of their names."""
    counts = {"table": 0, "figure": 0}
    name = place = label = ""

    def number(found: re.Match) -> str:
        nonlocal name, place, label
        if found["region"]:
            return f' aria-labelledby="{place}-caption"'
        if found["end"]:
            link = f'<a href="tables/{place}.csv" download>Data of {label} (CSV)</a>' if name in with_data else ""
            return f'<p class="data"><span>Cite as <code>{place}</code></span> {link}</p></figure>'
        kind, name = found["kind"], found["name"]
        counts[kind] += 1
        label, place = f"{kind.capitalize()} {page.number}.{counts[kind]}", f"{page.name}-{name}"
        link = f'<a class="place" href="#{place}">{label}</a>'
        head = f'<figcaption id="{place}-caption">{link}. {found["caption"]}</figcaption>'
        return f'<figure class="exhibit {kind}" id="{place}">{head}'

    return _EXHIBIT.sub(number, html)


def _list_contents(listed: Sequence[tuple[str, str]]) -> str:
    links = "".join(f'<li><a href="#{name}">{label}</a></li>' for name, label in listed)
    return f"<p>On this page</p><ol>{links}</ol>"

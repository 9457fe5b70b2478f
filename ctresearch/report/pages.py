"""Pages, slides and cover from executed notebooks (nbconvert, BeautifulSoup)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import nbformat
from bs4 import BeautifulSoup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from ctresearch.datafiles import collect_data
from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.markup import clean_html
from ctresearch.site import items, shell, tiles
from ctresearch.study import Study

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
    for slide in soup.find_all("section"):
        slide.find("aside").string = " ".join(study.notes_for(slide.get_text()))
        if is_synthetic and slide.find(class_="synthetic") is None:
            banner = soup.new_tag("p", attrs={"class": "synthetic", "role": "note"})
            banner.string = SYNTHETIC_NOTICE
            slide.append(banner)
    for figure in soup.find_all("figure", attrs={"data-name": True}):
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
    for group in soup.find_all(class_="exhibits"):
        if group.parent.name != "section":
            continue
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

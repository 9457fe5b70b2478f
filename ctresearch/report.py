"""Turn executed notebooks into pages, slides and files (nbconvert, BeautifulSoup)."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import nbformat
import pandas as pd
from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader
from nbconvert import HTMLExporter

from ctresearch.exhibits import DATA_MIME, SYNTHETIC_NOTICE
from ctresearch.study import Study

_TEMPLATES = Path(__file__).parent / "templates"


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


def render_page(notebook: nbformat.NotebookNode, page: Page, pages: Sequence[Page], study: Study) -> str:
    """Turn an executed notebook into a self-contained HTML page.

    Headings, tables and figures are numbered within the page's number; identifiers are made of names, so that they
    survive a rerun. The notes of jurisdictions that the page names are printed at its foot.
    """
    readable = [other for other in pages if not other.missing]
    position = readable.index(page)
    context = {
        "title": page.title,
        "file": page.file,
        "report": study.short_title,
        "pages": pages,
        "previous": readable[position - 1] if position else None,
        "next": readable[position + 1] if position + 1 < len(readable) else None,
    }
    html = _export(notebook, "page", context)
    soup = BeautifulSoup(html, "html.parser")
    _number_headings(soup, page.number)
    _number_exhibits(soup, page)
    _fill_contents(soup)
    _add_notes(soup, study)
    return str(soup)


def render_slides(notebook: nbformat.NotebookNode, page: Page, study: Study) -> str:
    """Turn an executed notebook into one offline reveal.js file; cells of type `slide` start a slide."""
    scripts = [(_TEMPLATES / "slides" / name).read_text(encoding="utf-8") for name in ("reveal/reveal.js", "start.js")]
    hashes = " ".join(f"'sha256-{_hash_script(script)}'" for script in scripts)
    context = {
        "title": page.title,
        "report": study.short_title,
        "slides": _group_slides(notebook),
        "scripts": scripts,
        "script_hashes": hashes,
    }
    soup = BeautifulSoup(_export(notebook, "slides", context), "html.parser")
    _split_exhibits(soup)
    for slide in soup.select("section"):
        slide.find("aside").string = " ".join(study.notes_for(slide.get_text()))
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
) -> str:
    """Render `index.html`: cover, contents, files and how to read the report."""
    environment = Environment(loader=FileSystemLoader(_TEMPLATES / "page"), autoescape=True)
    html = environment.get_template("cover.html.j2").render(
        study=study,
        pages=pages,
        files=files,
        left_out=left_out,
        is_synthetic=is_synthetic,
        synthetic_notice=SYNTHETIC_NOTICE,
        version=version("ctresearch"),
        notes=[],
        style="",
    )
    soup = BeautifulSoup(html, "html.parser")
    soup.find("style").string = (_TEMPLATES / "page" / "style.css").read_text(encoding="utf-8")
    _add_notes(soup, study)
    return str(soup)


def collect_data(notebook: nbformat.NotebookNode) -> dict[str, pd.DataFrame]:
    """Return the tidy data behind every exhibit of an executed notebook, by its name."""
    resources = (
        resource
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for resource in output.get("data", {}).get(DATA_MIME, {}).get("resources", [])
    )
    return {
        resource["name"]: pd.read_json(io.StringIO(json.dumps(resource["data"])), orient="table")
        for resource in resources
    }


def write_workbook(sheets: Mapping[str, pd.DataFrame], file: Path) -> None:
    """Write tables to an XLSX file; text that looks like a formula stays text."""
    options = {"options": {"strings_to_formulas": False, "strings_to_urls": False}}
    with pd.ExcelWriter(file, engine="xlsxwriter", engine_kwargs=options) as writer:
        for name, rows in sheets.items():
            rows.to_excel(writer, sheet_name=name[:31], index=False)
            sheet = writer.sheets[name[:31]]
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, max(len(rows.columns) - 1, 0), 24)


def mark_missing(pages: Sequence[Page], reasons: Mapping[str, str]) -> list[Page]:
    """Return the pages with the reason why one is missing."""
    return [replace(page, missing=reasons.get(page.name, "")) for page in pages]


def _export(notebook: nbformat.NotebookNode, template: str, context: Mapping[str, object]) -> str:
    exporter = HTMLExporter(
        template_name=template, extra_template_basedirs=[str(_TEMPLATES)], exclude_anchor_links=True
    )
    return exporter.from_notebook_node(notebook, resources={"page": context})[0]


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


def _number_headings(soup: BeautifulSoup, chapter: int) -> None:
    question = soup.select_one("section.prose h1")
    if question is not None:
        question.name = "p"
        question["class"] = "question"
    second = third = 0
    for heading in soup.select("main h2, main h3"):
        if heading.name == "h2":
            second, third = second + 1, 0
            number = f"{chapter}.{second}"
        else:
            third += 1
            number = f"{chapter}.{second}.{third}"
        heading["id"] = _slugify(heading.get_text())
        heading.insert(0, f"{number} ")


def _slugify(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _number_exhibits(soup: BeautifulSoup, page: Page) -> None:
    counts = {"table": 0, "figure": 0}
    for figure in soup.select("figure[data-name]"):
        kind = "table" if "table" in figure["class"] else "figure"
        counts[kind] += 1
        label = f"{kind.capitalize()} {page.number}.{counts[kind]}"
        figure["id"] = f"{page.name}-{figure['data-name']}"
        caption = figure.find("figcaption")
        caption.insert(0, f"{label}. ")
        for region in figure.select(".scroll"):
            region["aria-label"] = f"{label}, scrollable"


def _fill_contents(soup: BeautifulSoup) -> None:
    contents = soup.select_one("nav.contents")
    listed = soup.new_tag("ol")
    for heading in soup.select("main h2"):
        item, link = soup.new_tag("li"), soup.new_tag("a", href=f"#{heading['id']}")
        link.string = heading.get_text()
        item.append(link)
        listed.append(item)
    label = soup.new_tag("p")
    label.string = "On this page"
    contents.extend([label, listed])


def _add_notes(soup: BeautifulSoup, study: Study) -> None:
    footer = soup.select_one("footer.report")
    for position, note in enumerate(study.notes_for(soup.get_text())):
        paragraph = soup.new_tag("p", attrs={"class": "jurisdiction-note"})
        paragraph.string = note
        footer.insert(position, paragraph)


def _hash_script(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")

"""Turn executed notebooks into pages, slides and files (nbconvert, BeautifulSoup)."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from importlib.metadata import version
from pathlib import Path

import nbformat
import xlsxwriter
from bs4 import BeautifulSoup
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from ctresearch import interchange, search
from ctresearch.exhibits import DATA_MIME, SYNTHETIC_NOTICE
from ctresearch.study import Study

_TEMPLATES = Path(__file__).parent / "templates"
_TYPES = {"integer": int, "number": float, "boolean": "True".__eq__}
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
class Part:
    """An executed section: its notebook, run and stored; `error` is empty if it belongs in the report."""

    name: str
    title: str
    notebook_name: str
    notebook: Path
    error: str = ""


FILES = (
    ("recommendations.csv", "Recommendations as CSV"),
    ("recommendations.xlsx", "Recommendations and the findings behind them as XLSX"),
    ("recommendations.json", "Recommendations, findings and standards as JSON"),
    ("recommendations.schema.json", "JSON Schema of that file"),
    ("manifest.json", "Manifest: versions, hashes of inputs and files, parameters, durations"),
)
"""Files that the cover offers if they are there."""


def write_site(
    folder: Path, study: Study, parts: Sequence[Part], *, left_out: Sequence[str], is_synthetic: bool
) -> None:
    """Write pages, slides, tables, recommendations and cover of a report into an empty folder."""
    pages = [Page(part.name, part.title, number, part.error) for number, part in enumerate(parts, start=1)]
    (folder / "tables").mkdir()
    for page, part in zip(pages, parts, strict=True):
        if not part.error:
            _write_part(folder, page, part, pages, study, is_synthetic=is_synthetic)
    files = [(name, label) for name, label in FILES if name == "manifest.json" or (folder / name).exists()]
    cover = render_cover(study, pages, files=files, left_out=left_out, is_synthetic=is_synthetic)
    (folder / "index.html").write_text(cover, encoding="utf-8")
    found = render_search(study, folder, pages, is_synthetic=is_synthetic)
    (folder / "search.html").write_text(found, encoding="utf-8")


def _write_part(
    folder: Path, page: Page, part: Part, pages: Sequence[Page], study: Study, *, is_synthetic: bool
) -> None:
    notebook = nbformat.read(part.notebook, as_version=4)
    is_slides = part.notebook_name == "05_workshop"
    if is_slides:
        html = render_slides(notebook, page, study, is_synthetic=is_synthetic)
    else:
        html = render_page(notebook, page, pages, study, is_synthetic=is_synthetic)
    (folder / page.file).write_text(html, encoding="utf-8")
    data = collect_data(notebook)
    for name, resource in data.items():
        (folder / "tables" / f"{page.name}-{name}.csv").write_text(resource["data"], encoding="utf-8", newline="")
    names = {"recommendations": "all-recommendations", "findings": "findings"}
    if part.notebook_name == "03_recommendations" and set(names.values()) <= set(data):
        sheets = {sheet: data[name] for sheet, name in names.items()}
        listed = sheets["recommendations"]["data"]
        (folder / "recommendations.csv").write_text(listed, encoding="utf-8", newline="")
        write_workbook(sheets, folder / "recommendations.xlsx")
        text = interchange.write_recommendations(data, study, is_synthetic=is_synthetic)
        (folder / "recommendations.json").write_text(text, encoding="utf-8", newline="")
        (folder / interchange.SCHEMA_FILE).write_text(interchange.read_schema(), encoding="utf-8", newline="")


def render_page(
    notebook: nbformat.NotebookNode, page: Page, pages: Sequence[Page], study: Study, *, is_synthetic: bool = False
) -> str:
    """Turn an executed notebook into a self-contained HTML page.

    Headings, tables and figures are numbered within the page's number; identifiers are made of names, so that they
    survive a rerun. The notes of jurisdictions that the page names are printed at its foot. A report with a synthetic
    source says so at the head of each page.
    """
    script = (_TEMPLATES / "page" / "sort.js").read_text(encoding="utf-8")
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
        "script_hash": f"sha256-{_hash_script(script)}",
    }
    html = _export(notebook, "page", context)
    html = _QUESTION.sub(r'<p class="question">\1</p>', html, count=1)
    html, listed = _number_headings(html, page.number)
    html = _number_exhibits(html, page, collect_data(notebook))
    html = html.replace('aria-label="On this page">', f'aria-label="On this page">{_list_contents(listed)}', 1)
    return _add_notes(html, study)


def render_slides(notebook: nbformat.NotebookNode, page: Page, study: Study, *, is_synthetic: bool = False) -> str:
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
        style=Markup((_TEMPLATES / "page" / "style.css").read_text(encoding="utf-8")),
    )
    return _add_notes(html, study)


def render_search(study: Study, folder: Path, pages: Sequence[Page], *, is_synthetic: bool) -> str:
    """Render `search.html`, which holds what the pages say and searches it in the browser."""
    readable = [page for page in pages if not page.missing and page.name != "slides"]
    entries = (
        entry
        for page in readable
        for entry in search.list_entries(
            (folder / page.file).read_text(encoding="utf-8"), file=page.file, page=page.title
        )
    )
    script = (_TEMPLATES / "page" / "search.js").read_text(encoding="utf-8")
    environment = Environment(loader=FileSystemLoader(_TEMPLATES / "page"), autoescape=True)
    html = environment.get_template("search.html.j2").render(
        study=study,
        is_synthetic=is_synthetic,
        synthetic_notice=SYNTHETIC_NOTICE,
        style=Markup((_TEMPLATES / "page" / "style.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash=f"sha256-{_hash_script(script)}",
        index=Markup(search.write_index(entries)),
    )
    return _add_notes(html, study)


def collect_data(notebook: nbformat.NotebookNode) -> dict[str, dict]:
    """Return the tidy data behind every exhibit of an executed notebook, by its name, as a data resource."""
    return {
        resource["name"]: resource
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for resource in output.get("data", {}).get(DATA_MIME, {}).get("resources", [])
    }


def read_rows(resource: Mapping) -> list[dict[str, object]]:
    r"""Return the rows of a data resource by its schema; a missing value is None.

    Examples
    --------
    >>> fields = [{"name": "year", "type": "integer"}, {"name": "rate", "type": "number"}]
    >>> read_rows({"schema": {"fields": fields}, "data": "year,rate\n2014,\n"})
    [{'year': 2014, 'rate': None}]
    """
    read = {field["name"]: _TYPES.get(field["type"], str) for field in resource["schema"]["fields"]}
    rows = csv.DictReader(io.StringIO(resource["data"], newline=""))
    return [{name: read[name](cell) if cell else None for name, cell in row.items()} for row in rows]


def write_workbook(sheets: Mapping[str, Mapping], file: Path) -> None:
    """Write tables to an XLSX file; text that looks like a formula stays text.

    The file is dated by SOURCE_DATE_EPOCH, else 1980, so that the same tables make the same bytes.
    """
    created = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH", "315532800")), UTC)
    with xlsxwriter.Workbook(file, {"strings_to_formulas": False, "strings_to_urls": False}) as workbook:
        workbook.set_properties({"created": created.replace(tzinfo=None)})
        for title, resource in sheets.items():
            names = [field["name"] for field in resource["schema"]["fields"]]
            sheet = workbook.add_worksheet(title[:31])
            sheet.write_row(0, 0, names, workbook.add_format({"bold": True}))
            for number, row in enumerate(read_rows(resource), start=1):
                sheet.write_row(number, 0, [row[name] for name in names])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(names) - 1, 24)


class _SiteExporter(TemplateExporter):
    """The template machinery of nbconvert, without what its HTML exporter adds to images and scripts."""

    file_extension = ".html"
    # The pages need none of them, and the notebook would be copied and checked once for each.
    default_preprocessors = ()

    def default_filters(self) -> Iterable[tuple[str, Callable]]:
        """Return nbconvert's filters, with headings that carry no link to themselves."""
        yield from super().default_filters()
        renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
        yield "markdown2html", MarkdownWithMath(renderer=renderer).render


def _export(notebook: nbformat.NotebookNode, template: str, context: Mapping[str, object]) -> str:
    exporter = _SiteExporter(template_name=template, extra_template_basedirs=[str(_TEMPLATES)])
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
            listed.append((_slugify(text), label))
        else:
            third += 1
            label = f"{chapter}.{second}.{third} {text}"
        return f'<h{level} id="{_slugify(text)}">{label}</h{level}>'

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
            link = f'<a href="tables/{place}.csv" download>Data of {label} (CSV)</a>'
            return (f'<p class="data">{link}</p>' if name in with_data else "") + "</figure>"
        kind, name = found["kind"], found["name"]
        counts[kind] += 1
        label, place = f"{kind.capitalize()} {page.number}.{counts[kind]}", f"{page.name}-{name}"
        link = f'<a class="place" href="#{place}">{label}</a>'
        head = f'<figcaption id="{place}-caption">{link}. {found["caption"]}</figcaption>'
        return f'<figure class="exhibit {kind}" id="{place}">{head}'

    return _EXHIBIT.sub(number, html)


def _slugify(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _list_contents(listed: Sequence[tuple[str, str]]) -> str:
    links = "".join(f'<li><a href="#{name}">{label}</a></li>' for name, label in listed)
    return f"<p>On this page</p><ol>{links}</ol>"


def _add_notes(html: str, study: Study) -> str:
    notes = "".join(f'<p class="jurisdiction-note">{escape(note)}</p>' for note in study.notes_for(html))
    return html.replace('<footer class="report">', f'<footer class="report">{notes}', 1)


def _hash_script(script: str) -> str:
    return base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")

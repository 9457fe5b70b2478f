"""Executed notebooks into the blocks of a document (mistune, lxml)."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import mistune
from lxml import etree

from ctresearch.documents.blocks import Block, Heading, Items, Paragraph, Picture, Run, Runs, Table
from ctresearch.markup import clean_html
from ctresearch.site.items import name_heading, name_section

_STYLES = {"synthetic", "note", "source", "question"}
_SKIPPED = {"data", "place"}
_BLOCKS = {"p", "div", "figure", "ul", "ol", "dl", "table", "section", "article", "details", "blockquote", "img"}
_BOXES = {"div", "figure", "section", "article", "blockquote"}
_STRONG = {"b", "strong", "dt", "th", "summary"}
_HELD = re.compile(r"data:image/svg\+xml;base64,(.+)")
_NOT_PRINTED = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BLANKS = re.compile(r"\s+")
_MARKDOWN = ("strikethrough", "table", "url", "task_lists", "def_list")
"""What nbconvert, which makes the pages, reads too; loading it for its formulas takes longer than reading all prose."""

_PADDING, _MOST_WEIGHT = 3, 40
"""Letters: around each cell, and of the widest column."""


class Reader:
    """Reads one chapter: its number, and how many headings, tables and figures there were so far."""

    def __init__(self, number: int, name: str) -> None:
        self.number, self.name = number, name
        self._second = self._third = 0
        self._counts = {"table": 0, "figure": 0}

    def read(self, notebook: Mapping, title: str) -> Iterator[Block]:
        """Yield the blocks of an executed notebook: what a page of the report shows, without code."""
        yield Heading(1, f"{self.number} {title}")
        render = mistune.create_markdown(escape=False, plugins=_MARKDOWN)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                yield from self._read_html(render("".join(cell["source"])))
            for output in cell.get("outputs", []):
                yield from self._read_html("".join(output.get("data", {}).get("text/html", "")))

    def _read_html(self, text: str) -> Iterator[Block]:
        if cleaned := clean_html(text).strip():
            yield from self._read_children(etree.HTML(f"<div>{cleaned}</div>")[0][0])

    def _read_children(self, parent: etree._Element) -> Iterator[Block]:
        for element in parent:
            classes = set(element.get("class", "").split())
            if not classes & _SKIPPED:
                yield from self._read_element(element, classes)

    def _read_element(self, element: etree._Element, classes: set[str]) -> Iterator[Block]:
        tag = element.tag
        if tag == "h1":
            yield Paragraph(read_runs(element), "question")
        elif tag in ("h2", "h3"):
            yield self._number_heading(tag, element)
        elif tag == "figure" and "exhibit" in classes:
            yield from self._read_exhibit(element, classes)
        elif tag in ("ul", "ol"):
            yield Items(tuple(read_runs(item) for item in element), tag == "ol")
        elif tag == "dl":
            yield from _read_terms(element)
        elif tag == "table":
            yield _read_table(element, "", "")
        elif tag == "details":
            yield Paragraph(tuple(run for part in element[1:] for run in read_runs(part)), "source")
        elif tag in _BOXES and any(child.tag in _BLOCKS for child in element):
            yield from _name_first(self._read_children(element), element.get("id", ""))
        elif runs := read_runs(element):
            yield Paragraph(runs, next(iter(classes & _STYLES), "body"))

    def _number_heading(self, tag: str, element: etree._Element) -> Heading:
        text = "".join(run.text for run in read_runs(element))
        place = name_section(self.name, name_heading(text))
        if tag == "h2":
            self._second, self._third = self._second + 1, 0
            return Heading(2, f"{self.number}.{self._second} {text}", place)
        self._third += 1
        return Heading(3, f"{self.number}.{self._second}.{self._third} {text}", place)

    def _read_exhibit(self, element: etree._Element, classes: set[str]) -> Iterator[Block]:
        kind = "figure" if "figure" in classes else "table"
        self._counts[kind] += 1
        words = "".join(run.text for run in read_runs(element.find("figcaption")))
        caption = f"{kind.capitalize()} {self.number}.{self._counts[kind]}. {words}"
        place = f"{self.name}-{element.get('data-name', '')}"
        image, table = element.find(".//img"), element.find(".//table")
        if image is not None:
            drawing = base64.b64decode(_HELD.match(image.get("src", ""))[1])
            yield Picture(caption, place, _tidy(image.get("alt", "")), drawing)
        elif table is not None:
            yield _read_table(table, caption, place)
        else:
            yield Paragraph((Run(caption, place=place),), "caption")
        for child in element:
            is_read = child.tag in ("figcaption", "img") or (table is not None and table in child.iter())
            if not is_read and not set(child.get("class", "").split()) & _SKIPPED:
                yield from self._read_element(child, set(child.get("class", "").split()))


def _name_first(blocks: Iterator[Block], place: str) -> Iterator[Block]:
    """Give a place that has no words of its own to the first words below it."""
    for block in blocks:
        if place and isinstance(block, Paragraph) and block.runs and not block.runs[0].place:
            first, *rest = block.runs
            yield replace(block, runs=(replace(first, place=place), *rest))
            place = ""
        else:
            yield block


def read_runs(element: etree._Element) -> Runs:
    r"""Return the text of an element in runs; blanks are joined, a line break stays.

    Examples
    --------
    >>> element = etree.HTML('<p>See  <a href="annex.html#source-a">A</a><br>now</p>')[0][0]
    >>> [(run.text, run.link) for run in read_runs(element)]
    [('See ', ''), ('A', '#source-a'), ('\n', ''), ('now', '')]
    """
    runs = [run for run in _walk(element, "", element.tag in ("th", "dt")) if run.text or run.place]
    return _strip(runs)


def _walk(element: etree._Element, link: str, is_strong: bool) -> Iterator[Run]:
    own = element.get("id", "")
    strong = is_strong or element.tag in _STRONG
    if element.tag == "a":
        link = _read_link(element.get("href", ""))
    if element.tag == "br":
        yield Run("\n")
    elif element.text or own:
        yield Run(_tidy(element.text or ""), link, own, strong)
    for child in element:
        if child.tag in ("p", "div") and child.getprevious() is not None:
            yield Run("\n")
        yield from _walk(child, link, strong)
        if child.tail:
            yield Run(_tidy(child.tail), link, "", strong)


def _read_link(address: str) -> str:
    if address.startswith(("http://", "https://")):
        return address
    return f"#{address.partition('#')[2]}" if "#" in address else ""


def _tidy(text: str) -> str:
    if text.isprintable() and "  " not in text:
        return text
    return _BLANKS.sub(" ", _NOT_PRINTED.sub("\ufffd", text))


def _strip(runs: Sequence[Run]) -> Runs:
    kept = list(runs)
    while kept and not kept[0].text.strip() and not kept[0].place:
        kept.pop(0)
    while kept and not kept[-1].text.strip() and not kept[-1].place:
        kept.pop()
    if kept and kept[0].text[:1].isspace():
        kept[0] = replace(kept[0], text=kept[0].text.lstrip())
    if kept and kept[-1].text[-1:].isspace():
        kept[-1] = replace(kept[-1], text=kept[-1].text.rstrip())
    return tuple(kept)


def _read_terms(element: etree._Element) -> Iterator[Paragraph]:
    for term in element.iter("dt"):
        meaning = term.getnext()
        if meaning is not None:
            yield Paragraph((*read_runs(term), Run(": ", is_strong=True), *read_runs(meaning)))


def _read_table(element: etree._Element, caption: str, place: str) -> Table:
    lines = [[cell for cell in row if cell.tag in ("td", "th")] for row in element.iter("tr")]
    has_header = bool(lines) and all(cell.tag == "th" for cell in lines[0])
    cells = [tuple(read_runs(cell) for cell in line) for line in lines]
    columns = max(map(len, cells), default=1)
    cells = [line + ((),) * (columns - len(line)) for line in cells]
    header, rows = (cells[0], cells[1:]) if has_header else (((),) * columns, cells)
    body = lines[1:] if has_header else lines
    numeric = tuple(
        bool(body) and all(len(line) > place and "number" in line[place].get("class", "") for line in body)
        for place in range(columns)
    )
    return Table(caption, place, header, tuple(rows), _weigh([header, *rows], columns), numeric)


def _weigh(lines: Sequence[Sequence[Runs]], columns: int) -> tuple[float, ...]:
    """Share the width: a column needs its longest word, and more the longer its texts are."""
    weights = []
    for place in range(columns):
        texts = ["".join(run.text for run in line[place]) for line in lines]
        longest = max((len(word) for text in texts for word in text.split()), default=1)
        mean = sum(map(len, texts)) / len(texts)
        weights.append(min(max(longest, mean**0.75) + _PADDING, _MOST_WEIGHT))
    return tuple(round(weight / sum(weights), 4) for weight in weights)

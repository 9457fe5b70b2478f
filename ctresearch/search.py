"""Search within a report without a server: what its pages say, by the place that a link can lead to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

MOST_CHARACTERS = 12_000
"""Of the text of one place; longer tables are found by what stands in their first rows and by their caption."""


@dataclass(frozen=True)
class Entry:
    """A place in the report: a link to it, the titles of its page and its own, and its text."""

    address: str
    page: str
    title: str
    text: str


def list_entries(html: str, *, file: str, page: str) -> Iterator[Entry]:
    """Yield the headings with the text below them, and the exhibits, of a page.

    Examples
    --------
    >>> html = '<main><h2 id="law">Law</h2><p>In force.</p><figure class="exhibit" id="t"><figcaption>Acts</figcaption>'
    >>> [(entry.address, entry.title, entry.text) for entry in list_entries(html, file="a.html", page="A")]
    [('a.html#t', 'Acts', 'Acts'), ('a.html#law', 'Law', 'In force.')]
    """
    main = BeautifulSoup(html, "html.parser").main
    heading, texts = None, []
    for tag in main.find_all(["h1", "h2", "h3", "figure", "p", "li", "dt", "dd"]) if main else ():
        if tag.name in ("h1", "h2", "h3"):
            yield from _make(heading, texts, file, page)
            heading, texts = tag, []
        elif tag.name == "figure" and tag.get("id"):
            caption = tag.find("figcaption")
            yield Entry(f"{file}#{tag['id']}", page, _read(caption or tag), _read(tag)[:MOST_CHARACTERS])
        elif tag.find_parent(["figure", "nav"]) is None and tag.find_parent(["p", "li"]) is None:
            texts.append(_read(tag))
    yield from _make(heading, texts, file, page)


def write_index(entries: Iterator[Entry]) -> str:
    """Return the entries as JSON that can stand inside a page."""
    text = json.dumps([vars(entry) for entry in entries], ensure_ascii=False, separators=(",", ":"))
    # Nothing in the data may end the element that holds it.
    return text.replace("<", "\\u003c")


def _make(heading: Tag | None, texts: list[str], file: str, page: str) -> Iterator[Entry]:
    if heading is not None and (texts or heading.get("id")):
        place = f"#{heading['id']}" if heading.get("id") else ""
        yield Entry(f"{file}{place}", page, _read(heading), " ".join(texts)[:MOST_CHARACTERS])


def _read(tag: Tag) -> str:
    return re.sub(r" (?=[.,;:\])])", "", " ".join(tag.get_text(" ").split()))

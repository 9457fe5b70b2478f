"""Search within a report without a server: what its pages say, by the place that a link can lead to."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lxml.html import HtmlElement, document_fromstring

MOST_CHARACTERS = 12_000
"""Of the text of one place; longer tables are found by what stands in their first rows and by their caption."""

_READ_WHOLE = frozenset({"figure", "nav", "p", "li"})
_IMAGE = re.compile(r"<img [^>]*>")


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
    if not html:
        return
    heading, texts = None, []
    for tag in document_fromstring(_IMAGE.sub("", html)).iterfind("body/main//*"):
        if tag.tag in ("h1", "h2", "h3"):
            yield from _make(heading, texts, file, page)
            heading, texts = tag, []
        elif tag.tag == "figure" and tag.get("id"):
            caption = tag.find(".//figcaption")
            yield Entry(f"{file}#{tag.get('id')}", page, _read(tag if caption is None else caption), _cut(_read(tag)))
        elif tag.tag in ("p", "li", "dt", "dd") and not any(over.tag in _READ_WHOLE for over in tag.iterancestors()):
            texts.append(_read(tag))
    yield from _make(heading, texts, file, page)


def write_entries(entries: Iterable[Entry]) -> str:
    """Return entries as JSON that can stand inside a page, one after the other; `write_index` puts them together.

    Examples
    --------
    >>> write_entries([Entry("a.html", "A", "Law", "In force.")])
    '{"address":"a.html","page":"A","title":"Law","text":"In force."}'
    """
    texts = (json.dumps(vars(entry), ensure_ascii=False, separators=(",", ":")) for entry in entries)
    # Nothing in the data may end the element that holds it.
    return ",".join(text.replace("<", "\\u003c") for text in texts)


def write_index(written: Iterable[str]) -> Iterator[str]:
    """Yield, piece by piece, the list of the entries that `write_entries` wrote for each page.

    Examples
    --------
    >>> "".join(write_index(['{"a":1}', "", '{"b":2},{"c":3}']))
    '[{"a":1},{"b":2},{"c":3}]'
    """
    before = "["
    for entries in filter(None, written):
        yield before + entries
        before = ","
    yield "[]" if before == "[" else "]"


def _make(heading: HtmlElement | None, texts: list[str], file: str, page: str) -> Iterator[Entry]:
    if heading is not None and (texts or heading.get("id")):
        place = f"#{heading.get('id')}" if heading.get("id") else ""
        yield Entry(f"{file}{place}", page, _read(heading), _cut(" ".join(texts)))


def _read(tag: HtmlElement) -> str:
    return re.sub(r" (?=[.,;:\])])", "", " ".join(" ".join(tag.itertext()).split()))


def _cut(text: str) -> str:
    return text[:MOST_CHARACTERS]

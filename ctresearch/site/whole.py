"""The whole report as one page: the chapters behind each other, with identifiers that stay unique."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from html import escape, unescape
from pathlib import Path

from ctresearch.site import packed, shell
from ctresearch.site.cards import Cards
from ctresearch.site.items import name_section
from ctresearch.study import Study

_TITLE = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_HEADING = re.compile(r'(<h[23] id=")([^"]+)(")')
_FINDING = re.compile(r' id="(finding-[^"]+)"')
_LINK = re.compile(r'href="(?P<file>[^"#:]*\.html)?(?:#(?P<place>[^"]*))?"')


def write_whole(
    file: Path, study: Study, pages: Sequence, rendered: Mapping[str, str], cards: Cards, *, notice: str, state: str
) -> None:
    """Write all chapters behind each other, without the slides, one after the other.

    Parameters
    ----------
    pages : sequence of report.Page
        The chapters.
    rendered : mapping of str to str
        Their HTML, by name.
    notice : str
        What the page says of synthetic data before its chapters are opened; empty if there is none.
    """
    script = f"function startTools() {{\n{shell.read_script()}\n}}\n{shell.read_script('packed.js')}"
    frame = shell.render("whole.html.j2", study, script=script, pages=pages, notice=notice, chapters=shell.PLACE)
    chapters = map(cards.open, join_chapters(rendered))
    marked = shell.mark_state(frame, state)
    shell.write_pieces(file, marked, chapters, study, closing=cards.render, put=packed.pack)


def join_chapters(pages: Mapping[str, str]) -> Iterator[str]:
    """Yield the contents of rendered pages, by their names; links between them become links within.

    The identifier of a finding stays where it stands first; several chapters may list it.

    Examples
    --------
    >>> first = '<main id="content"><h2 id="law">Law</h2><a href="b.html#law">see</a> <a href="#law">up</a></main>'
    >>> second = '<main id="content"><h2 id="law">Law</h2><a href="a.html">A</a> <a href="c.csv">data</a></main>'
    >>> for article in join_chapters({"a": first, "b": second}):
    ...     print(article)
    <article class="chapter" id="a"><h2 id="a-section-law">Law</h2><a href="#b-section-law">see</a>
    <a href="#a-section-law">up</a></article>
    <article class="chapter" id="b"><h2 id="b-section-law">Law</h2><a href="#a">A</a>
    <a href="c.csv">data</a></article>
    """
    headings = {name: {found[2] for found in _HEADING.finditer(_find_body(html))} for name, html in pages.items()}
    seen: set[str] = set()

    def keep_first(found: re.Match) -> str:
        is_first = found[1] not in seen
        seen.add(found[1])
        return found[0] if is_first else ""

    for name, html in pages.items():
        body = _FINDING.sub(keep_first, _move_inside(_find_body(html), name, headings))
        yield f'<article class="chapter" id="{escape(name)}">{body}</article>'


def _find_body(html: str) -> str:
    return html.partition('<main id="content">')[2].partition("</main>")[0]


def _move_inside(body: str, name: str, headings: Mapping[str, set[str]]) -> str:
    title = _TITLE.search(body)
    if title:
        body = body.replace('aria-label="On this page"', f'aria-label="In the chapter {title[1]}"', 1)
    body = _HEADING.sub(lambda found: f"{found[1]}{name_section(name, found[2])}{found[3]}", body)

    def turn(link: re.Match) -> str:
        target = (link["file"] or f"{name}.html").removesuffix(".html")
        place = unescape(link["place"] or "")
        # A source stays a link to the annex until its card is made of it.
        if target not in headings or place.startswith("source-"):
            return link[0]
        inside = name_section(target, place) if place in headings[target] else place or target
        return f'href="#{escape(inside)}"'

    return _LINK.sub(turn, body)

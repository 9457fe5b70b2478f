"""What of the one page stands in files beside it, so that it opens at once however long the report is."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

from ctresearch.markup import is_drawing

MOST_BYTES = 1_250_000
"""Of the one page itself: with the drawings that are in sight when it opens, it stays under 1.5 MB."""

FIGURES, FOLDER = "figures", "whole"
"""Folders of the drawings, and of the chapters that follow when the page is open."""

_DRAWING = re.compile(
    r'<figure class="exhibit \w+" id="(?P<name>[^"]+)">|src="data:image/svg\+xml;base64,(?P<drawing>[\w+/=]+)"'
)
_SIZE = re.compile(rb'<svg width="([\d.]+)pt" height="([\d.]+)pt"')
_FILE_NAME = re.compile(r"[\w-]+")
_TITLE = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_START = re.compile(r'<(?P<tag>article) class="chapter" id="(?P<name>[\w-]+)"|<(?P<last>aside) class="cards"')
_PLACE = re.compile(r'<(article|aside) [^<>]*data-part="(?P<file>whole/[\w-]+\.js)">.*?</\1>', re.DOTALL)
_CALL = re.compile(r"readPart\((.*)\);\n", re.DOTALL)
_PIXELS_PER_POINT = 96 / 72


def move_drawings(html: str, folder: Path) -> str:
    """Write the drawings of a chapter to files; return the chapter with images that show them at their size.

    A drawing is left where it is if it holds anything that could act when somebody opens its file.
    """
    name = ""

    def move(found: re.Match) -> str:
        nonlocal name
        if found["name"]:
            name = found["name"]
            return found[0]
        drawing = base64.b64decode(found["drawing"])
        size = _SIZE.match(drawing)
        if not (size and _FILE_NAME.fullmatch(name) and is_drawing(drawing)):
            return found[0]
        file = folder / FIGURES / f"{name}.svg"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(drawing)
        width, height = (round(float(points) * _PIXELS_PER_POINT) for points in size.groups())
        return f'src="{FIGURES}/{file.name}" width="{width}" height="{height}"'

    return _DRAWING.sub(move, html)


class Parts:
    """The pieces of the one page in their order; those that would make it too heavy go to files of their own.

    Without scripts, or where such a file is lost, a link to the chapter's own page stands in its place.

    Parameters
    ----------
    folder : Path
        Folder of the page.
    most : int
        Bytes that the page may have.

    Examples
    --------
    >>> parts = Parts(Path(), most=100)
    >>> parts.put('<article class="chapter" id="alb"><h1>Albania</h1></article>')
    '<article class="chapter" id="alb"><h1>Albania</h1></article>'
    """

    def __init__(self, folder: Path, *, most: int = MOST_BYTES) -> None:
        self._folder, self._left = folder, most

    def put(self, piece: str) -> str:
        """Return what stands in the page: the piece, or the place that it is read into."""
        start = _START.match(piece)
        self._left -= len(piece.encode())
        if self._left >= 0 or start is None:
            return piece
        name, tag = start["name"] or "sources", start["tag"] or start["last"]
        file = self._folder / FOLDER / f"{name}.js"
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"readPart({json.dumps(piece, ensure_ascii=False)});\n", encoding="utf-8", newline="")
        title = _TITLE.search(piece)
        page, label = (f"{name}.html", title[1]) if title else ("annex.html", "Sources")
        link = f'<p>This part is read from a file beside the page: <a href="{page}">{label}</a>.</p>'
        return f'{start[0]} data-part="{FOLDER}/{name}.js">{title[0] if title else ""}{link}</{tag}>'


def read_part(text: str) -> str | None:
    """Return what a file of a part holds; none for another script.

    Examples
    --------
    >>> read_part('readPart("<p>One</p>");' + chr(10)), read_part("go()")
    ('<p>One</p>', None)
    """
    call = _CALL.fullmatch(text)
    try:
        part = json.loads(call[1]) if call else None
    except ValueError:
        return None
    return part if isinstance(part, str) else None


def read_page(file: Path) -> str:
    """Return a page with its parts in their places, as a reader has it when it is open."""

    def read(place: re.Match) -> str:
        part = file.parent / place["file"]
        return (read_part(part.read_text(encoding="utf-8")) if part.is_file() else None) or place[0]

    return _PLACE.sub(read, file.read_text(encoding="utf-8"))

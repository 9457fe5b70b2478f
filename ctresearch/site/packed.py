"""Pieces of the one page, packed small, so that it opens at once and stays one file however long the report is."""

from __future__ import annotations

import base64
import gzip
import json
import re
import zlib
from pathlib import Path

MOST_BYTES = 256 * 2**20
"""Of what is packed in one piece; more is a bomb."""

_START = re.compile(r'<(?P<tag>article) class="chapter" id="(?P<name>[\w-]+)"|<(?P<last>aside) class="cards"')
_TITLE = re.compile(r"<h1>(.*?)</h1>", re.DOTALL)
_DRAWING = re.compile(r"data:image/svg\+xml;base64,([\w+/=]+)")
_PLACE = re.compile(r'<(article|aside) [^<>]*data-packed="(?P<packed>[\w+/=]+)">.*?</\1>', re.DOTALL)


def pack(piece: str) -> str:
    """Return a chapter, or the cards of its sources, packed; without scripts, a link to its own page stands there.

    Texts and drawings take turns in what is packed: a drawing packs to half the size if it is no base64.

    Examples
    --------
    >>> chapter = '<article class="chapter" id="alb"><h1>Albania</h1><p>Laws</p></article>'
    >>> place = pack(chapter)
    >>> place.startswith('<article class="chapter" id="alb" data-packed="'), "Laws" in place
    (True, False)
    >>> open_page(place) == chapter
    True
    """
    start = _START.match(piece)
    if start is None:
        return piece
    texts, drawings = _DRAWING.split(piece)[::2], _DRAWING.findall(piece)
    turns = [turn for pair in zip(texts, [*map(_read_drawing, drawings), ""], strict=True) for turn in pair]
    content = json.dumps(turns[:-1], ensure_ascii=False).encode()
    packed = base64.b64encode(gzip.compress(content, mtime=0)).decode()
    title = _TITLE.search(piece)
    page, label = (f"{start['name']}.html", title[1]) if title else ("annex.html", "Sources")
    link = f'<p>This part is packed; it also has a page of its own: <a href="{page}">{label}</a>.</p>'
    tag = start["tag"] or start["last"]
    return f'{start[0]} data-packed="{packed}">{title[0] if title else ""}{link}</{tag}>'


def open_page(html: str) -> str:
    """Return a page with what is packed in it, as a reader has it when it is open; what is damaged stays packed."""
    return _PLACE.sub(lambda place: unpack(place["packed"]) or place[0], html)


def read_page(file: Path) -> str:
    """Return the content of a page file as `open_page` does."""
    return open_page(file.read_text(encoding="utf-8"))


def list_packed(html: str) -> list[str]:
    """Return what is packed in a page, in its order."""
    return [piece for place in _PLACE.finditer(html) if (piece := unpack(place["packed"]))]


def unpack(packed: str) -> str:
    """Return a piece that was packed; empty if it is damaged, none of ours, or a bomb."""
    reader = zlib.decompressobj(wbits=31)
    try:
        content = reader.decompress(base64.b64decode(packed), MOST_BYTES)
        turns = json.loads(content) if reader.eof else None
    except (ValueError, zlib.error):
        return ""
    if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
        return ""
    return "".join(_hold_drawing(turn) if place % 2 else turn for place, turn in enumerate(turns))


def _read_drawing(packed: str) -> str:
    return base64.b64decode(packed).decode()


def _hold_drawing(drawing: str) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}"

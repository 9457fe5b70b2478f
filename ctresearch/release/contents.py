"""What the files of an edition hold: everything that is packed in them, and the texts that somebody can read."""

from __future__ import annotations

import base64
import binascii
import csv
import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from lxml import etree

from ctresearch.site.packed import list_packed

MOST_BYTES = 256 * 2**20
"""Of what is packed in one file; more is refused as a bomb."""

_MOST_LAYERS = 4
_HELD = re.compile(rb"data:([\w/+.-]+)(?:;[\w=-]+)*;base64,([A-Za-z0-9+/]+={0,2})")
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_DESCRIBED = re.compile(rb"<x:xmpmeta.*?</x:xmpmeta>", re.DOTALL)
_PRINTED = re.compile(rb"[\x20-\x7e\x80-\xff]{4,}")
_READABLE = ("alt", "title", "content", "aria-label", "placeholder", "summary", "label", "descr", "value")
_CONTACTS = ("mailto:", "tel:")
_ASIDE = ("script", "style", "figcaption")
_MARKUP = (".html", ".htm", ".xml", ".svg", ".rels", ".xhtml")


@dataclass(frozen=True)
class Piece:
    """A file, or something packed in one: where it is, its bytes, and what can be read in it.

    Attributes
    ----------
    place : str
        Path of the file in the edition; what is packed in it follows after `!`.
    content : bytes
        The bytes as they are.
    texts : tuple of str
        Texts that a reader sees or that describe the file.
    """

    place: str
    content: bytes = field(repr=False)
    texts: tuple[str, ...] = field(repr=False)


class UnpackError(Exception):
    """Something packed cannot be looked into, so nobody can say what it holds."""


def list_pieces(folder: Path) -> Iterator[Piece]:
    """Yield every file of a folder, and everything that is packed in it, with its texts.

    Raises
    ------
    UnpackError
        If an archive is damaged, protected or a bomb.
    """
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        yield from unpack(file.relative_to(folder).as_posix(), file.read_bytes())


def unpack(place: str, content: bytes, *, layer: int = 0) -> Iterator[Piece]:
    """Yield a file and all that is packed in it: members of archives, images held in pages, streams of a PDF.

    Examples
    --------
    >>> page = b'<img src="data:image/svg+xml;base64,PHN2Zz5BPC9zdmc+" alt="One">'
    >>> [(piece.place, piece.texts) for piece in unpack("a.html", page)]
    [('a.html', ('One',)), ('a.html!1.svg', ('A',))]
    """
    yield Piece(place, content, tuple(_read_texts(place, content)))
    if layer == _MOST_LAYERS:
        raise UnpackError(f"{place}: packed more than {_MOST_LAYERS} times")
    for name, inner in _list_inner(place, content):
        yield from unpack(f"{place}!{name}", inner, layer=layer + 1)


def _list_inner(place: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    if content.startswith(b"PK\x03\x04"):
        yield from _list_members(place, content)
    elif content.startswith(b"\x1f\x8b"):
        yield "gz", _inflate(place, gzip.GzipFile(fileobj=io.BytesIO(content)).read)
    elif content.startswith(b"%PDF"):
        for number, found in enumerate(_STREAM.finditer(content), start=1):
            reader = zlib.decompressobj()
            try:
                yield f"{number}.stream", reader.decompress(found[1], MOST_BYTES)
            except zlib.error:
                yield f"{number}.stream", found[1]
    else:
        if PurePosixPath(place).suffix.lower() == ".html":
            for number, piece in enumerate(list_packed(content.decode("utf-8", "replace")), start=1):
                yield f"packed-{number}.html", piece.encode()
        seen = set()
        for found in _HELD.finditer(content):
            if found[2] not in seen:
                seen.add(found[2])
                suffix = found[1].decode().partition("/")[2].partition("+")[0]
                yield f"{len(seen)}.{suffix}", _decode(found[2])


def _list_members(place: str, content: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir()]
            if sum(part.file_size for part in parts) > MOST_BYTES:
                raise UnpackError(f"{place}: unpacks to more than {MOST_BYTES // 2**20} MiB")
            for part in parts:
                yield part.filename, archive.read(part)
            if archive.comment:
                yield "comment.txt", archive.comment
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error) as error:
        raise UnpackError(f"{place}: cannot be unpacked ({error})") from None


def _inflate(place: str, read) -> bytes:
    try:
        content = read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnpackError(f"{place}: cannot be unpacked ({error})") from None
    if len(content) > MOST_BYTES:
        raise UnpackError(f"{place}: unpacks to more than {MOST_BYTES // 2**20} MiB")
    return content


def _decode(text: bytes) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return text


def _read_texts(place: str, content: bytes) -> Iterator[str]:
    suffix = PurePosixPath(place.rpartition("!")[2]).suffix.lower()
    if suffix in _MARKUP:
        yield from _read_markup(content)
    elif suffix in (".json", ".ipynb"):
        yield from _read_json(content)
    elif suffix == ".csv":
        yield from _read_cells(content.decode("utf-8-sig", "replace"))
    elif suffix in (".txt", ".toml", ".md", ".js", ".css"):
        yield content.decode("utf-8", "replace")
    elif suffix in (".pdf", ".stream"):
        # Words of a page stand there as numbers of glyphs; only what describes the file can be read.
        described = _DESCRIBED.search(content)
        yield from _read_markup(described[0]) if described else ()
    elif not content.startswith(b"PK"):
        head = _HELD.sub(b"", content)
        yield from (run.decode("utf-8", "replace") for run in _PRINTED.findall(head))


def _read_cells(text: str) -> Iterator[str]:
    yield from dict.fromkeys(cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row if cell)


def _read_json(content: bytes) -> Iterator[str]:
    try:
        values = [json.loads(content)]
    except ValueError:
        yield content.decode("utf-8", "replace")
        return
    while values:
        value = values.pop()
        if isinstance(value, dict) and "schema" in value and isinstance(value.get("data"), str):
            # Rows behind an exhibit: two numbers that stand in neighbouring cells are no coordinates.
            yield from _read_cells(value["data"])
        elif isinstance(value, dict):
            values += [*value.keys(), *value.values()]
        elif isinstance(value, list):
            # The lines of a cell belong together; a word may not be cut at their borders.
            is_lines = all(isinstance(part, str) for part in value)
            values += ["".join(value)] if is_lines and any("\n" in part for part in value) else value
        elif isinstance(value, str):
            yield from _read_markup(value.encode()) if "<" in value and ">" in value else (value,)


def _read_markup(content: bytes) -> Iterator[str]:
    for element in _parse(content).iter():
        yield from (text for text in (element.text, element.tail) if text and not text.isspace())
        for name, value in element.items():
            if value.lower().startswith(_CONTACTS):
                yield unquote(value)
            elif name in _READABLE and value:
                yield value


def _parse(content: bytes) -> etree._Element:
    return etree.fromstring(b"<div>" + content, etree.HTMLParser(encoding="utf-8", huge_tree=True))


class Markup:
    """What a page or another marked-up text holds.

    Attributes
    ----------
    texts : list of str
        Text between the elements, and attributes that somebody can read.
    identifiers, links : list of str
        What can be linked to, and what is linked to.
    exhibits : list of dict
        Tables and figures: `id`, `text` below the caption, and `is_sourced`: whether it leads to a source or its note
        says what it was made from.
    """

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.identifiers: list[str] = []
        self.links: list[str] = []
        self.exhibits: list[dict] = []
        self._hidden = 0
        self._open: list[dict | None] = []

    @classmethod
    def read(cls, text: str) -> Markup:
        """Read a text; it need not be well formed."""
        reader = cls()
        for event, element in etree.iterwalk(_parse(text.encode()), events=("start", "end", "comment", "pi")):
            if event == "start":
                reader._enter(element.tag, element.attrib)
                reader._take(element.text)
            else:
                if event == "end":
                    reader._leave(element.tag)
                reader._take(element.tail)
        return reader

    def _enter(self, tag: str, given: Mapping[str, str]) -> None:
        self.texts += [given[name] for name in _READABLE if given.get(name)]
        self.identifiers += [given["id"]] if given.get("id") else []
        self.links += [given[name] for name in ("href", "src") if given.get(name)]
        self.links += [f"#{given['popovertarget']}"] if given.get("popovertarget") else []
        self._hidden += tag in _ASIDE
        if tag == "figure":
            is_exhibit = "exhibit" in given.get("class", "").split()
            self._open.append({"id": given.get("id", ""), "text": "", "is_sourced": False} if is_exhibit else None)
        is_source = "#source-" in given.get("href", "") or given.get("id", "").startswith("source-")
        leads = is_source or {"note", "cite"} & set(given.get("class", "").split())
        if leads and self._open and self._open[-1] is not None:
            self._open[-1]["is_sourced"] = True

    def _leave(self, tag: str) -> None:
        self._hidden -= tag in _ASIDE
        if tag == "figure":
            closed = self._open.pop()
            self.exhibits += [closed] if closed is not None else []

    def _take(self, text: str | None) -> None:
        """Take a text, also that of a script, which a browser may show."""
        if text and not text.isspace():
            self.texts.append(text)
            if self._open and self._open[-1] is not None and not self._hidden:
                self._open[-1]["text"] += text

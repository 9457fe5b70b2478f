"""The parts that a document is made of, whatever it is written as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Run:
    """A piece of text.

    Attributes
    ----------
    text : str
        The text; a line break is kept.
    link : str
        Address that it leads to: `https://...`, or `#` and the name of a place in the document; empty: none.
    place : str
        Name of the place that it is; empty: none.
    is_strong : bool
        Whether it is set apart.
    """

    text: str
    link: str = ""
    place: str = ""
    is_strong: bool = False


Runs = tuple[Run, ...]


@dataclass(frozen=True)
class Heading:
    """A heading with its number and the name of its section's place; level 1 is a chapter."""

    level: int
    text: str
    place: str = ""
    kind: str = "heading"


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `style` is body, question, note, source, synthetic or caption (of an exhibit without a row)."""

    runs: Runs
    style: str = "body"
    kind: str = "paragraph"


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Runs, ...]
    is_ordered: bool = False
    kind: str = "items"


@dataclass(frozen=True)
class Table:
    """A table below its caption.

    Attributes
    ----------
    caption : str
        Number and caption; empty for a table that is no exhibit.
    place : str
        Name of the place.
    header : tuple of Runs
        One cell a column.
    rows : tuple of tuple of Runs
        The cells.
    widths : tuple of float
        Share of each column in the width of the page.
    numeric : tuple of bool
        Columns of numbers, which stand to the right.
    """

    caption: str
    place: str
    header: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]
    widths: tuple[float, ...]
    numeric: tuple[bool, ...]
    kind: str = "table"


@dataclass(frozen=True)
class Picture:
    """A figure above its caption, with a text in its place; `drawing` is an SVG."""

    caption: str
    place: str
    alt: str
    drawing: bytes = field(repr=False)
    kind: str = "picture"


Block = Heading | Paragraph | Items | Table | Picture


def list_drawings(blocks: Iterable[Block]) -> list[bytes]:
    """Return the drawings of all pictures."""
    return [block.drawing for block in blocks if isinstance(block, Picture)]


def keep_first_places(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks in which each place is named once: chapters that are put together name some of them again.

    Examples
    --------
    >>> twice = Paragraph((Run("a", place="x"),))
    >>> [block.runs[0].place for block in keep_first_places([twice, twice])]
    ['x', '']
    """
    seen: set[str] = set()

    def keep(place: str) -> str:
        is_new = place not in seen
        seen.add(place)
        return place if is_new else ""

    def keep_runs(runs: Runs) -> Runs:
        if not any(run.place for run in runs):
            return runs
        return tuple(replace(run, place=keep(run.place)) if run.place else run for run in runs)

    for block in blocks:
        if isinstance(block, Paragraph):
            yield replace(block, runs=keep_runs(block.runs))
        elif isinstance(block, Items):
            yield replace(block, items=tuple(map(keep_runs, block.items)))
        elif isinstance(block, Table):
            rows = tuple(tuple(map(keep_runs, row)) for row in block.rows)
            yield replace(block, place=keep(block.place), header=tuple(map(keep_runs, block.header)), rows=rows)
        else:
            yield replace(block, place=keep(block.place)) if block.place else block


@dataclass(frozen=True)
class Document:
    """A whole document: title, running head, notes for its first page, language and blocks."""

    title: str
    running_head: str
    front: tuple[Paragraph, ...]
    blocks: tuple[Block, ...]
    language: str = "en"

    def list_places(self) -> frozenset[str]:
        """Return the names of all places that can be linked to."""
        named = {block.place for block in self.blocks if isinstance(block, Heading | Table | Picture) and block.place}
        return frozenset(named | {run.place for runs in self.list_runs() for run in runs if run.place})

    def list_runs(self) -> list[Runs]:
        """Return all texts but headings and captions."""
        found: list[Runs] = []
        for block in (*self.front, *self.blocks):
            if isinstance(block, Paragraph):
                found.append(block.runs)
            elif isinstance(block, Items):
                found += block.items
            elif isinstance(block, Table):
                found += [*block.header, *(cell for row in block.rows for cell in row)]
        return found

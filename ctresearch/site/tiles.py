"""The jurisdictions as tiles, placed as on a map but without borders, areas or numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from ctresearch.study import Study

COLUMNS = 3
"""Width of the grid where the study places no tiles."""


@dataclass(frozen=True)
class Tile:
    """One tile: code, name, its row and column from 1, and the pages that it leads to by their labels."""

    code: str
    name: str
    row: int
    column: int
    pages: Mapping[str, str]


def lay_out_tiles(study: Study, pages: Mapping[str, Mapping[str, str]]) -> list[Tile]:
    """Return the tiles of a study: where study.toml puts them, else in rows in the order of the report.

    Parameters
    ----------
    pages : mapping of str to mapping
        Pages of each jurisdiction: file by label. One without a page is shown without a link.
    """
    codes = list(study.codes)
    given = {place.code: place.tile for place in study.jurisdictions if place.tile}
    free = (place for place in product(range(1, len(codes) + 2), range(1, COLUMNS + 1)))
    # A tile without a place comes below those that have one.
    below = max((row for row, _ in given.values()), default=0)
    places = {code: given.get(code) or _next(free, below) for code in codes}
    return [Tile(code, study.name(code), *places[code], pages.get(code, {})) for code in codes]


def _next(free, below: int) -> tuple[int, int]:
    row, column = next(free)
    return row + below, column

"""How much room a table takes on a slide, and how its rows are spread over slides so that none is cut.

Who opens the slides may have other fonts, so texts are measured in DejaVu Sans (it comes with matplotlib): it is wider
than the fonts that office programs put in place of one another, and what fits in it fits in them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

_LINE = 1.22
"""Height of a line in sizes of the letters: that of Calibri; of DejaVu Sans it is 1.17."""
_BESIDE, _ABOVE = 0.2, 0.1
"""Margins of a cell that python-pptx leaves as they are, both sides together, in inches."""

Rows = Sequence[Sequence[str]]


def count_lines(text: str, *, width: float, size: int, is_bold: bool = False) -> int:
    """Count the lines on which a text stands.

    Parameters
    ----------
    text : str
    width : float
        Inches between the margins.
    size : int
        Of the letters, in points.
    is_bold : bool

    Returns
    -------
    int
        At least 1. A word that is wider than a line is broken.

    Examples
    --------
    >>> count_lines("one two", width=2, size=18), count_lines("one two", width=0.6, size=18)
    (1, 2)
    """
    room = width * 72 / size
    lines, used = 1, 0.0
    for word in text.split():
        wide = _measure(word, is_bold)
        if used and used + _measure(" ", is_bold) + wide > room:
            lines, used = lines + 1, 0.0
        used += wide + (_measure(" ", is_bold) if used else 0.0)
        broken = max(math.ceil(used / room) - 1, 0)
        lines, used = lines + broken, used - broken * room
    return lines


def estimate_height(rows: Rows, widths: Sequence[float], *, size: int) -> float:
    """Estimate the height of a table in inches; its first row is the header, in bold letters.

    Parameters
    ----------
    rows : sequence of rows of texts
    widths : sequence of float
        Of the columns, in inches.
    size : int
        Of the letters, in points.

    Examples
    --------
    >>> round(estimate_height([["Id", "To"], ["A-1", "Police"]], [2, 2], size=18), 2)
    0.81
    """
    return sum(
        max(
            count_lines(text, width=width - _BESIDE, size=size, is_bold=number == 0)
            for text, width in zip(row, widths, strict=True)
        )
        * (size * _LINE / 72)
        + _ABOVE
        for number, row in enumerate(rows)
    )


def fit_size(rows: Rows, widths: Sequence[float], *, room: float, size: int) -> int:
    """Return the largest size of letters, at most `size`, in which a table is no higher than `room` inches.

    Examples
    --------
    >>> rows = [["Recommendation"], ["word " * 60]]
    >>> fit_size(rows, [4], room=5, size=18), fit_size(rows, [4], room=2, size=18)
    (18, 11)
    """
    sizes = range(size, 1, -1)
    return next((points for points in sizes if estimate_height(rows, widths, size=points) <= room), 1)


def split_rows(header: Sequence[str], rows: Rows, widths: Sequence[float], *, room: float, size: int) -> list[int]:
    """Say how many rows stand on each slide: as few slides as the room allows, filled as evenly as can be.

    Parameters
    ----------
    header : sequence of str
        Stands above the rows of each slide.
    rows : sequence of rows of texts
        In the order in which they are shown.
    widths : sequence of float
        Of the columns, in inches.
    room : float
        Inches for a table.
    size : int
        Of the letters, in points.

    Returns
    -------
    list of int
        Their sum is the number of rows. A row that is higher than the room stands alone; `fit_size` gives the size of
        its letters.

    Examples
    --------
    >>> rows = [["word " * 20]] * 5
    >>> split_rows(["Recommendation"], rows, [5], room=5, size=18)
    [3, 2]
    """
    head = estimate_height([header], widths, size=size)
    heights = [estimate_height([header, row], widths, size=size) - head for row in rows]
    runs = {sum(heights[i:j]) for i in range(len(rows)) for j in range(i + 1, len(rows) + 1)}
    fewest = _fill(heights, room - head)
    lower = (_fill(heights, limit) for limit in sorted(runs))
    return next((counts for counts in lower if len(counts) <= len(fewest)), fewest)


def _fill(heights: Sequence[float], limit: float) -> list[int]:
    counts, used = [], 0.0
    for height in heights:
        if counts and used + height <= limit:
            counts[-1], used = counts[-1] + 1, used + height
        else:
            counts.append(1)
            used = height
    return counts


@lru_cache(maxsize=20_000)
def _measure(word: str, is_bold: bool) -> float:
    """Return the width of a word in sizes of its letters."""
    font = FontProperties(family="DejaVu Sans", weight="bold" if is_bold else "normal", size=1)
    return text_to_path.get_text_width_height_descent(word, font, ismath=False)[0]

"""Figures of who is linked with whom."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ctresearch.exhibits import Exhibit
from ctresearch.figures.canvas import INK, SOFT, make_figure
from ctresearch.vocabulary import Vocabulary

_MOST_LINES = 45
"""Lines of one kind, those of ten jurisdictions; of many more none could be told from another."""


def draw_network(
    pairs: pd.DataFrame,
    unmet: pd.DataFrame,
    *,
    jurisdictions: Sequence[str],
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
) -> Exhibit:
    """Draw jurisdictions on a circle, linked by their instruments, and by victims where no instrument was found.

    Parameters
    ----------
    pairs : pandas.DataFrame
        From `cooperation.pair_instruments`: the width of a full line is the number of bilateral and trilateral
        instruments, which stands on it.
    unmet : pandas.DataFrame
        From `cooperation.find_unmet_flows`: a broken line. Of many pairs, those with the most instruments and those
        with the most victims are drawn, with the jurisdictions that they join, and the note says so.
    jurisdictions : sequence of str
        Codes in the order around the circle.
    """
    linked = pairs[pairs["bilateral_n"].gt(0)].sort_values("bilateral_n", ascending=False, kind="stable")
    found = (len(linked), len(unmet))
    linked = linked.head(_MOST_LINES).sort_index()
    broken = [tuple(codes.split(";")) for codes in unmet["shared_by"].head(_MOST_LINES)]
    if max(found) > _MOST_LINES:
        joined = {*linked["first"], *linked["second"], *(code for pair in broken for code in pair)}
        jurisdictions = [code for code in jurisdictions if code in joined]
        note = f"{note} Drawn are at most {_MOST_LINES} lines of a kind, of {found[0]:,} and {found[1]:,}.".strip()
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(jurisdictions)) / len(jurisdictions)
    at = dict(zip(jurisdictions, zip(np.cos(angles), np.sin(angles), strict=True), strict=True))

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        for first, second in broken:
            axis.plot(*zip(at[first], at[second], strict=True), color=INK, linestyle=(0, (2, 3)), linewidth=1, zorder=1)
        for row in linked.itertuples():
            _draw_link(axis, at[row.first], at[row.second], int(row.bilateral_n))
        for code, (x, y) in at.items():
            axis.scatter([x], [y], s=90, color="white", edgecolors=INK, linewidths=1.5, zorder=3)
            side = "left" if x > 0.1 else "right" if x < -0.1 else "center"
            label = vocabulary.label("jurisdiction", code)
            axis.text(1.12 * x, 1.14 * y, label, ha=side, va="center", fontsize=9, color=INK)
        axis.set(xlim=(-2.1, 2.1), ylim=(-1.3, 1.3), aspect="equal")
        axis.set_axis_off()

    said = [
        f"{vocabulary.label('jurisdiction', row.first)} and {vocabulary.label('jurisdiction', row.second)} "
        f"{row.bilateral_n}"
        for row in linked.itertuples()
    ]
    without = [" and ".join(vocabulary.label("jurisdiction", code) for code in pair) for pair in broken]
    alt = (
        f"Network of instruments between pairs. Number found: {'; '.join(said) or 'none'}. "
        f"Victims detected and no instrument found: {'; '.join(without) or 'none'}."
    )
    size = (7.2, 4.6)
    return make_figure(pairs, draw, size, name=name, caption=caption, alt=alt, sources=sources, note=note)


def _draw_link(axis: Axes, first: tuple[float, float], second: tuple[float, float], number: int) -> None:
    axis.plot(*zip(first, second, strict=True), color=INK, linewidth=1 + 1.1 * number, zorder=2)
    # Off the middle, where lines across the circle would meet.
    x, y = (0.58 * a + 0.42 * b for a, b in zip(first, second, strict=True))
    box = {"boxstyle": "circle,pad=0.2", "facecolor": "white", "edgecolor": SOFT}
    axis.text(x, y, str(number), ha="center", va="center", fontsize=8, color=INK, bbox=box, zorder=4)

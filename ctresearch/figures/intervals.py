"""Figures of estimates with their intervals."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ctresearch.exhibits import Exhibit, cite_sources
from ctresearch.figures.canvas import ACCENT, INK, SOFT, make_figure

_FAR = 3.0
"""Limits so many times as far as the middle one are cut off at an arrow; the text beside says them."""


def draw_intervals(
    rows: pd.DataFrame,
    *,
    label: str,
    value: str,
    low: str,
    high: str,
    axis_label: str,
    name: str,
    caption: str,
    sources: pd.DataFrame,
    reference: float | None = None,
    digits: int = 1,
    note: str = "",
    empty: str = "",
) -> Exhibit:
    """Draw one interval a row as a bar with its limits beside it, and a dot where there is a middle.

    Parameters
    ----------
    rows : pandas.DataFrame
        Rows without both limits are left out of the drawing; they travel with the figure.
    label : str
        Column with the text that stands at the row.
    value, low, high : str
        Columns; a missing value has no dot (masked counts).
    axis_label : str
        What is measured, with its unit.
    reference : float, optional
        Where a line marks no change.
    digits : int
        Digits of the limits that are printed.
    empty : str
        What is said where no row can be drawn.
    """
    shown = rows[rows[low].notna() & rows[high].notna()].reset_index(drop=True)
    limits = shown[[low, high]].astype(float).to_numpy()
    if shown.empty:
        said = f"<p>{escape(empty) or 'ND: there is no interval that could be drawn.'}</p>"
        return Exhibit(name, "figure", said, caption, note=note, is_synthetic=cite_sources(rows, sources)[1])

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        edges = _find_edges(limits, reference)
        positions = np.arange(len(shown))[::-1]
        _draw_bars(axis, positions, limits, edges)
        middle = shown[value].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
        axis.scatter(np.clip(middle, *edges), positions, color=ACCENT, s=26, zorder=3)
        for position, (lower, upper) in zip(positions, limits, strict=True):
            text = f"   {_print(lower, digits)} to {_print(upper, digits)}"
            axis.text(edges[1], position, text, va="center", fontsize=8, color=INK)
        if reference is not None:
            axis.axvline(reference, color=INK, linewidth=0.9, zorder=1)
        axis.set_yticks(positions, labels=shown[label])
        axis.set(xlabel=axis_label, ylabel="", xlim=edges, ylim=(-0.7, len(shown) - 0.3))
        axis.grid(visible=False, axis="y")

    said = "; ".join(
        f"{text} {_print(lower, digits)} to {_print(upper, digits)}"
        for text, (lower, upper) in zip(shown[label], limits, strict=True)
    )
    size = (7.6, 0.3 * len(shown) + 1.0)
    alt = f"Intervals, {axis_label}. {said}."
    return make_figure(rows, draw, size, name=name, caption=caption, alt=alt, sources=sources, note=note)


def _find_edges(limits: np.ndarray, reference: float | None) -> tuple[float, float]:
    """Span most limits; a few that are far off do not press all others together."""
    centre = float(np.median(limits)) if reference is None else reference
    distance = np.abs(limits - centre)
    reach = min(float(distance.max()), _FAR * float(np.median(distance))) or 1.0
    low, high = max(float(limits.min()), centre - reach), min(float(limits.max()), centre + reach)
    room = 0.04 * (high - low or 1.0)
    return min(low, centre) - room, max(high, centre) + room


def _draw_bars(axis: Axes, positions: np.ndarray, limits: np.ndarray, edges: tuple[float, float]) -> None:
    inner = np.clip(limits, *edges)
    axis.hlines(positions, inner[:, 0], inner[:, 1], color=SOFT, linewidth=5, zorder=2)
    for side, marker in ((0, "<"), (1, ">")):
        beyond = limits[:, side] != inner[:, side]
        axis.scatter(inner[beyond, side], positions[beyond], marker=marker, color=INK, s=22, zorder=4, clip_on=False)


def _print(number: float, digits: int) -> str:
    return "no limit" if np.isinf(number) else f"{number:,.{digits}f}"

"""Figures of overlapping lists."""

from __future__ import annotations

from html import escape

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ctresearch.exhibits import NOT_SHOWN, Exhibit, cite_sources
from ctresearch.figures.canvas import ACCENT, INK, SOFT, make_figure
from ctresearch.vocabulary import Vocabulary


def draw_overlaps(
    histories: pd.DataFrame,
    *,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
    empty: str = "",
) -> Exhibit:
    """Draw how many persons are on each combination of lists: full dots are the lists that they are on.

    Parameters
    ----------
    histories : pandas.DataFrame
        From `disclosure.protect_lists`; one panel a jurisdiction and year. A count that is missing is not shown.
    empty : str
        What is said where there is no row.
    """
    if histories.empty:
        is_synthetic = cite_sources(histories, sources)[1]
        return Exhibit(name, "figure", f"<p>{escape(empty)}</p>", caption, note=note, is_synthetic=is_synthetic)
    groups = [(key, rows) for key, rows in histories.groupby(["jurisdiction", "year"], sort=False)]
    titles = [f"{vocabulary.label('jurisdiction', code)}, {year}" for (code, year), _ in groups]

    def draw(figure: Figure) -> None:
        heights = [len(rows) for _, rows in groups]
        panels = figure.subplots(
            len(groups), 2, squeeze=False, sharey="row", height_ratios=heights, width_ratios=[1, 2]
        )
        for (dots, bars), (_, rows), title in zip(panels, groups, titles, strict=True):
            lists = sorted({part for cell in rows["lists"] for part in cell.split(";")})
            _draw_dots(dots, rows, lists)
            _draw_counts(bars, rows)
            dots.set_title(title)

    said = ". ".join(
        f"{title}: "
        + "; ".join(f"{row.lists.replace(';', ' and ')} {_print(row.persons_n)}" for row in rows.itertuples())
        for title, (_, rows) in zip(titles, groups, strict=True)
    )
    size = (7.6, 0.32 * len(histories) + 0.9 * len(groups))
    alt = f"Persons by the lists that they are on. {said}."
    return make_figure(histories, draw, size, name=name, caption=caption, alt=alt, sources=sources, note=note)


def _print(count: object) -> str:
    return NOT_SHOWN if pd.isna(count) else f"{count:,}"


def _draw_dots(axis: Axes, rows: pd.DataFrame, lists: list[str]) -> None:
    positions = np.arange(len(rows))[::-1]
    for place, one in enumerate(lists):
        is_on = np.array([one in cell.split(";") for cell in rows["lists"]])
        axis.scatter(np.full(len(rows), place), positions, s=46, facecolors="white", edgecolors=SOFT, zorder=2)
        axis.scatter(np.full(is_on.sum(), place), positions[is_on], s=46, color=INK, zorder=3)
    axis.set_xticks(range(len(lists)), labels=lists)
    axis.set(xlim=(-0.5, len(lists) - 0.5), ylim=(-0.6, len(rows) - 0.4), ylabel="")
    axis.tick_params(labelleft=False)
    axis.grid(visible=False)


def _draw_counts(axis: Axes, rows: pd.DataFrame) -> None:
    positions = np.arange(len(rows))[::-1]
    lengths = rows["persons_n"].fillna(0).astype(int).to_numpy()
    axis.barh(positions, lengths, color=ACCENT, height=0.6)
    for position, length, count in zip(positions, lengths, rows["persons_n"], strict=True):
        axis.text(length, position, f" {_print(count)}", va="center", fontsize=8, color=INK)
    axis.set(xlabel="persons", ylabel="")
    axis.grid(visible=False, axis="y")
    axis.margins(x=0.1)

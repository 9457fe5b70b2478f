"""Figures of what was found on indicators and items."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ctresearch.exhibits import Exhibit
from ctresearch.figures.canvas import ACCENT, SOFT, lay_out_panels, make_figure, title_panels
from ctresearch.vocabulary import Vocabulary

_READING_COLOURS = {"strength": "#0072B2", "mixed": "#8c8c8c", "gap": "#D55E00", "context": "#d9d9d9", "ND": "#ffffff"}
_READING_MARKERS = {
    "strength": (("+", 0.5),),
    "mixed": (("+", 0.42), ("_", 0.78)),
    "gap": (("_", 0.5),),
    "context": ((".", 0.5),),
}


def draw_coverage(
    coverage: pd.DataFrame,
    *,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    evidence: pd.DataFrame,
    note: str = "",
) -> Exhibit:
    """Draw the reading of every indicator and jurisdiction as a map of cells, with a symbol in each.

    Parameters
    ----------
    coverage : pandas.DataFrame
        From `score.count_coverage`.
    evidence : pandas.DataFrame
        The facts behind it; their sources are cited.
    """
    pillars = [code for code in vocabulary.codes("pillar") if code in set(coverage["pillar"])]
    order = list(_READING_COLOURS)

    def draw(figure: Figure) -> None:
        heights = [int(coverage.loc[coverage["pillar"].eq(pillar), "indicator"].nunique()) for pillar in pillars]
        axes = np.atleast_1d(figure.subplots(1, len(pillars)))
        for axis, pillar in zip(axes, pillars, strict=True):
            wide = coverage[coverage["pillar"].eq(pillar)].pivot(
                index="indicator", columns="jurisdiction", values="reading"
            )
            wide = wide[list(dict.fromkeys(coverage["jurisdiction"]))]
            # Not seaborn's heatmap: it draws the whole figure to measure labels, which takes seconds and memory.
            axis.pcolormesh(
                wide.map(order.index).to_numpy(dtype=int),
                cmap=mpl.colors.ListedColormap(list(_READING_COLOURS.values())),
                vmin=-0.5,
                vmax=len(order) - 0.5,
                linewidth=0.6,
                edgecolors="#9aa5b1",
            )
            _mark_readings(axis, wide)
            axis.set_xticks(np.arange(wide.shape[1]) + 0.5, labels=wide.columns)
            axis.set_yticks(np.arange(wide.shape[0]) + 0.5, labels=wide.index)
            axis.grid(visible=False)
            axis.set(title=vocabulary.label("pillar", pillar), xlim=(0, wide.shape[1]), ylim=(max(heights), 0))
            axis.tick_params(axis="x", rotation=90, length=0)
            axis.tick_params(axis="y", rotation=0, length=0)

    counts = coverage["reading"].value_counts()
    alt = "; ".join(f"{vocabulary.label('reading', reading)}: {int(counts.get(reading, 0))} cells" for reading in order)
    return make_figure(
        _name_sources(coverage, evidence),
        draw,
        (9.4, 5.6),
        name=name,
        caption=caption,
        alt=f"Map of indicators by jurisdiction. {alt}.",
        sources=sources,
        note=note,
    )


def draw_shares(
    rows: pd.DataFrame,
    *,
    category: str,
    series: str,
    value: str,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
) -> Exhibit:
    """Draw shares between 0 and 1 as dots on a line, one row a category, one panel a series."""
    codes, categories = list(dict.fromkeys(rows[series])), list(dict.fromkeys(rows[category]))
    labels = [vocabulary.label(category, code) for code in categories]

    def draw(figure: Figure) -> None:
        axes = lay_out_panels(figure, title_panels(codes, vocabulary), share_y=True)
        axes[0].set_yticks(range(len(categories)), labels=labels)
        axes[0].set(xlim=(-0.03, 1.05), ylim=(len(categories) - 0.5, -0.5))
        axes[0].xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0, decimals=0))
        for axis, code in zip(axes, codes, strict=True):
            own = rows[rows[series].eq(code)]
            shares, positions = own[value].astype(float), own[category].map(categories.index)
            axis.scatter(shares, positions, color=ACCENT, s=30)
            axis.hlines(positions, 0, shares, color=SOFT, zorder=0)

    said = "; ".join(
        f"{vocabulary.label('jurisdiction', of)}, {vocabulary.label(category, item)} {share:.0%}"
        for of, item, share in zip(rows[series], rows[category], rows[value], strict=True)
    )
    size = (7.2, 2.2) if len(codes) == 1 else (8.6, 2.1 * int(np.ceil(len(codes) / 3)))
    return make_figure(
        rows, draw, size, name=name, caption=caption, alt=f"Dot charts of shares. {said}.", sources=sources, note=note
    )


def _name_sources(coverage: pd.DataFrame, evidence: pd.DataFrame) -> pd.DataFrame:
    """Add to each cell the sources of its facts."""
    keys = ["indicator", "jurisdiction"]
    columns = [column for column in evidence.columns if column.endswith("source_id")]
    named = pd.concat([evidence[[*keys, column]].set_axis([*keys, "source_id"], axis=1) for column in columns])
    named = named[named["source_id"].notna() & named["source_id"].ne("")].drop_duplicates()
    joined = named.groupby(keys)["source_id"].agg(";".join).reset_index()
    return coverage.merge(joined, on=keys, how="left").fillna({"source_id": ""})


def _mark_readings(axis: Axes, readings: pd.DataFrame) -> None:
    """Draw a symbol in each cell, so that the map can be read without its colours."""
    for reading, markers in _READING_MARKERS.items():
        rows, columns = np.nonzero(readings.eq(reading).to_numpy())
        for marker, height in markers:
            axis.scatter(columns + 0.5, rows + height, marker=marker, s=26, color="black", linewidths=1)

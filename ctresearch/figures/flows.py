"""Figures of flows between places."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ctresearch.exhibits import Exhibit
from ctresearch.figures.canvas import ACCENT, INK, SOFT, make_figure
from ctresearch.vocabulary import Vocabulary


def draw_flows(
    flows: pd.DataFrame,
    *,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
    limit: int = 12,
    is_logarithmic: bool = False,
) -> Exhibit:
    """Draw the largest flows as bars between their bounds, with the numbers at the bars.

    Parameters
    ----------
    flows : pandas.DataFrame
        From `cooperation.sum_flows`.
    limit : int
        How many flows are drawn; all travel with the figure as data.
    is_logarithmic : bool
        Whether the axis is logarithmic, for flows of very different size; it says so.
    """
    top = flows.head(limit)
    labels = [
        f"{vocabulary.label('citizenship', o)} → {vocabulary.label('citizenship', d)}"
        for o, d in zip(top["origin"], top["destination"], strict=True)
    ]

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        low, high = top["value_low"].astype(float), top["value_high"].astype(float)
        positions = np.arange(len(top))[::-1]
        axis.barh(positions, low, color=ACCENT, height=0.6)
        axis.barh(positions, high - low, left=low, color=SOFT, height=0.6)
        for position, least, most in zip(positions, low, high, strict=True):
            axis.text(most, position, " " + _print_range(least, most), va="center", fontsize=8, color=INK)
        axis.set_yticks(positions, labels=labels)
        if is_logarithmic:
            axis.set_xscale("log")
            axis.xaxis.set_major_formatter(mpl.ticker.StrMethodFormatter("{x:,.0f}"))
            axis.xaxis.set_minor_formatter(mpl.ticker.NullFormatter())
        axis.set(xlabel="victims, logarithmic scale" if is_logarithmic else "victims", ylabel="")
        axis.margins(x=0.12)

    said = "; ".join(
        f"{label.replace('→', 'to')} {_print_range(row.value_low, row.value_high)}"
        for label, row in zip(labels, top.itertuples(), strict=True)
    )
    return make_figure(
        flows,
        draw,
        (7.6, 0.32 * len(top) + 0.9),
        name=name,
        caption=caption,
        alt=f"Bar chart of flows. {said}.",
        sources=sources,
        note=note,
    )


def _print_range(low: float, high: float) -> str:
    return f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"

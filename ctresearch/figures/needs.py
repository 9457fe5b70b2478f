"""Figure of needs by urgency, each with what the choices allow."""

from __future__ import annotations

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from ctresearch.exhibits import Exhibit
from ctresearch.figures.canvas import ACCENT, INK, SOFT, make_figure
from ctresearch.vocabulary import Vocabulary


def draw_urgency(
    needs: pd.DataFrame,
    *,
    urgent_share: float,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
    limit: int = 15,
) -> Exhibit:
    """Draw the most urgent needs as a mark in an interval, with the share of choices under which each is urgent.

    Diamonds are urgent under every choice, other rated needs are full circles, needs that are read from facts are
    empty ones; the line is where a need is called urgent.

    Parameters
    ----------
    needs : pandas.DataFrame
        `Urgency.needs`, the most urgent first.
    urgent_share : float
        Share of the points from which a need is urgent (0-1).
    limit : int
        How many are drawn; all travel with the figure as data.
    """
    top = needs.head(limit)
    labels = [_label(row, vocabulary, has_place=needs["jurisdiction"].nunique() > 1) for row in top.itertuples()]

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        axis.axvline(urgent_share, color=SOFT, linewidth=1.2, zorder=0)
        for place, row in enumerate(top.itertuples()):
            axis.hlines(place, row.urgency_low, row.urgency_high, color=INK, linewidth=2)
            marker = "D" if row.is_always_urgent else "o"
            face = "white" if row.need_basis == "read" else ACCENT
            axis.scatter(row.urgency_median, place, s=40, marker=marker, facecolors=face, edgecolors=ACCENT, zorder=3)
            axis.text(1.06, place, f"{row.urgent_share:.0%}", va="center", fontsize=8, color=INK)
        axis.set_yticks(range(len(top)), labels=labels)
        axis.set(xlim=(-0.03, 1.2), ylim=(len(top) - 0.5, -0.5))
        # The names at the left may leave the axis shorter than its label.
        axis.set_xlabel("share of the points that can be reached", loc="right")
        axis.set_xticks([0, 0.25, 0.5, 0.75, 1])
        axis.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0, decimals=0))

    said = "; ".join(
        f"{label}: {row.urgency_median:.0%} ({row.urgency_low:.0%} to {row.urgency_high:.0%}), urgent in "
        f"{row.urgent_share:.0%} of the draws"
        for label, row in zip(labels, top.itertuples(), strict=True)
    )
    alt = f"Urgency of needs with intervals, the most urgent first. {said}."
    size = (8.4, 0.32 * len(top) + 0.9)
    return make_figure(needs, draw, size, name=name, caption=caption, alt=alt, sources=sources, note=note)


def _label(row, vocabulary: Vocabulary, *, has_place: bool) -> str:
    indicator = vocabulary.label("indicator", row.indicator)
    return f"{vocabulary.label('jurisdiction', row.jurisdiction)}: {indicator}" if has_place else indicator

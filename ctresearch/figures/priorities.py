"""The figure of importance against performance."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ctresearch.exhibits import Exhibit
from ctresearch.figures.canvas import ACCENT, INK, SOFT, make_figure
from ctresearch.vocabulary import Vocabulary

_ENDS = (0.8, 5.2)
_STEP = 0.17
_CORNERS = {"act_first": (0.02, 0.98), "keep_up": (0.98, 0.98), "watch": (0.02, 0.02), "enough": (0.98, 0.02)}


def draw_priorities(
    priorities: pd.DataFrame,
    *,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
) -> Exhibit:
    """Draw every indicator at its mean importance and performance, with intervals, and the borders of the quadrants.

    Parameters
    ----------
    priorities : pandas.DataFrame
        From `survey.rank_priorities`; indicators that are not shown there are left out.
    """
    shown = priorities[priorities["quadrant"].ne("ND")].reset_index(drop=True)

    def draw(figure: Figure) -> None:
        axis = figure.subplots()
        across, up = shown["performance_mean"].astype(float), shown["importance_mean"].astype(float)
        spread = {"colors": SOFT, "linewidth": 1.2, "zorder": 1}
        axis.hlines(up, shown["performance_low"].fillna(across), shown["performance_high"].fillna(across), **spread)
        axis.vlines(across, shown["importance_low"].fillna(up), shown["importance_high"].fillna(up), **spread)
        axis.scatter(across, up, color=ACCENT, s=28, zorder=2)
        axis.axvline(shown["performance_border"].iloc[0], color=INK, linewidth=0.8, linestyle="--")
        axis.axhline(shown["importance_border"].iloc[0], color=INK, linewidth=0.8, linestyle="--")
        _name_points(axis, shown)
        for quadrant, (x, y) in _CORNERS.items():
            sides = {"ha": "left" if x < 0.5 else "right", "va": "bottom" if y < 0.5 else "top"}
            label = vocabulary.label("quadrant", quadrant)
            axis.text(x, y, label, transform=axis.transAxes, color=INK, style="italic", fontsize=8, **sides)
        axis.set(xlim=_ENDS, ylim=_ENDS, xlabel="How well it is done today", ylabel="How important it is")

    said = "; ".join(
        f"{vocabulary.label('quadrant', quadrant)} - {', '.join(own['indicator'])}"
        for quadrant, own in shown.groupby("quadrant", sort=False)
    )
    return make_figure(
        shown,
        draw,
        (7.2, 5.4),
        name=name,
        caption=caption,
        alt=f"Importance against performance of {len(shown)} indicators on a scale from 1 to 5. {said}.",
        sources=sources,
        note=note,
    )


def _name_points(axis: Axes, shown: pd.DataFrame) -> None:
    """Write the code beside each point, from the top down, none over another."""
    placed: list[tuple[float, float]] = []
    for row in shown.sort_values("importance_mean", ascending=False, kind="stable").itertuples():
        across, up = float(row.performance_mean), float(row.importance_mean)
        height = up
        near = [other for place, other in placed if abs(place - across) < 0.75]
        if near:
            height = min(height, min(near) - _STEP)
        placed.append((across, height))
        lead = {"arrowstyle": "-", "color": SOFT, "linewidth": 0.6}
        axis.annotate(
            row.indicator,
            (across, up),
            (across + 0.16, height),
            fontsize=7.5,
            va="center",
            arrowprops=lead if height != up else None,
        )

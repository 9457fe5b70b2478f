"""The figure of importance against performance."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ctresearch.exhibits import Exhibit
from ctresearch.figures.canvas import ACCENT, INK, SOFT, make_figure
from ctresearch.vocabulary import Vocabulary

_ENDS = (0.8, 5.2)
_STEP, _ASIDE = 0.15, 0.3
_LEAD = "#8a97a6"
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
    """Write the code beside each point: to the right, else to the left, else further down; none over another."""
    points = list(zip(shown["performance_mean"].astype(float), shown["importance_mean"].astype(float), strict=True))
    placed: list[tuple[float, float]] = []
    for name, (across, up) in sorted(zip(shown["indicator"], points, strict=True), key=lambda pair: -pair[1][1]):
        others = [point for point in points if point != (across, up)]
        tried = ((across + side * _ASIDE, up - step * _STEP) for step in range(len(points) + 1) for side in (1, -1))
        place = next((spot for spot in tried if _is_free(spot, placed, others)), (across + _ASIDE, up))
        placed.append(place)
        lead = {"arrowstyle": "-", "color": _LEAD, "linewidth": 0.6} if place[1] != up else None
        axis.annotate(name, (across, up), place, fontsize=7.5, ha="center", va="center", arrowprops=lead)


def _is_free(spot: tuple[float, float], labels: list[tuple[float, float]], points: list[tuple[float, float]]) -> bool:
    over_label = any(abs(spot[0] - x) < 2 * _ASIDE and abs(spot[1] - y) < _STEP * 0.95 for x, y in labels)
    return not over_label and not any(abs(spot[0] - x) < 0.25 and abs(spot[1] - y) < 0.08 for x, y in points)

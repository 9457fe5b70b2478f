"""Figures of levels by pillar, law and practice apart."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ctresearch.exhibits import Exhibit
from ctresearch.figures.canvas import ACCENT, INK, SOFT, lay_out_panels, make_figure, title_panels
from ctresearch.vocabulary import Vocabulary

_ENDS = (0, 3)
_GREY = "#6b7785"
_MARKERS = {"law": "s", "practice": "o"}


def draw_profile(
    profile: pd.DataFrame,
    levels: pd.DataFrame,
    *,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
) -> Exhibit:
    """Draw the mean level of each pillar with its interval, one panel a jurisdiction, and how many are rated beside it.

    Single levels are small marks, larger where several are the same; law is a square, all else a circle. Where there
    are too few levels for a mean only the single ones are drawn.

    Parameters
    ----------
    profile : pandas.DataFrame
        From `ratings.profile_pillars`, with `source_id`.
    levels : pandas.DataFrame
        The levels it was made from: `jurisdiction`, `pillar`, `aspect`, `value`.
    """
    codes = list(dict.fromkeys(profile["jurisdiction"]))
    rows = list(dict.fromkeys(zip(profile["pillar"], profile["aspect"], strict=True)))

    def draw(figure: Figure) -> None:
        axes = lay_out_panels(figure, title_panels(codes, vocabulary), share_y=True)
        labels = [f"{vocabulary.label('pillar', pillar)}: {_shorten(aspect)}" for pillar, aspect in rows]
        axes[0].set_yticks(range(len(rows)), labels=labels)
        axes[0].set(xlim=(-0.2, 4.1), ylim=(len(rows) - 0.5, -0.5))
        axes[0].set_xticks(range(4))
        for axis, code in zip(axes, codes, strict=True):
            own = levels[levels["jurisdiction"].eq(code)]
            _draw_panel(axis, profile[profile["jurisdiction"].eq(code)], own, rows)

    size = (7.2, 0.9 + 0.34 * len(rows)) if len(codes) == 1 else (9.4, 3.1 * int(np.ceil(len(codes) / 3)))
    said = "; ".join(_describe(row, vocabulary) for row in profile.itertuples())
    alt = f"Levels from {_ENDS[0]} to {_ENDS[1]} by pillar. {said}."
    return make_figure(profile, draw, size, name=name, caption=caption, alt=alt, sources=sources, note=note)


def _shorten(aspect: str) -> str:
    return "law" if aspect == "law" else "practice"


def _draw_panel(axis: Axes, profile: pd.DataFrame, levels: pd.DataFrame, rows: list[tuple[str, str]]) -> None:
    axis.grid(visible=False, axis="y")
    axis.hlines(range(len(rows)), *_ENDS, color=SOFT, linewidth=0.6, zorder=0)
    for row in profile.itertuples():
        place = rows.index((row.pillar, row.aspect))
        own = levels[levels["pillar"].eq(row.pillar) & levels["aspect"].eq(row.aspect) & levels["value"].notna()]
        counts = own["value"].astype(int).value_counts()
        marker = _MARKERS[row.aspect]
        sizes, at = 22 + 16 * (counts - 1), [place] * len(counts)
        axis.scatter(counts.index, at, s=sizes, marker=marker, facecolors="white", edgecolors=_GREY, linewidths=1)
        if not pd.isna(row.mean_level):
            if not pd.isna(row.mean_low):
                axis.hlines(place, row.mean_low, row.mean_high, color=INK, linewidth=2, zorder=2)
            axis.scatter(row.mean_level, place, s=40, marker=marker, color=ACCENT, zorder=3, edgecolors="white")
        axis.text(4.05, place, f"{row.rated_n} of {row.asked_n}", ha="right", va="center", fontsize=8, color=INK)
    axis.axvline(_ENDS[1] + 0.2, color=SOFT, linewidth=0.8)


def _describe(row, vocabulary: Vocabulary) -> str:
    where = f"{vocabulary.label('jurisdiction', row.jurisdiction)}, {vocabulary.label('pillar', row.pillar)}"
    rated = f"{row.rated_n} of {row.asked_n} rated"
    if pd.isna(row.mean_level):
        return f"{where}, {_shorten(row.aspect)}: no mean, {rated}"
    span = "" if pd.isna(row.mean_low) else f" ({row.mean_low:.1f} to {row.mean_high:.1f})"
    return f"{where}, {_shorten(row.aspect)}: {row.mean_level:.1f}{span}, {rated}"

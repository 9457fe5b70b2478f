"""Figures of yearly counts and ratings."""

from __future__ import annotations

from collections.abc import Mapping
from string import ascii_lowercase

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ctresearch.exhibits import Exhibit, Released, open_rows
from ctresearch.figures.canvas import ACCENT, INK, SOFT, lay_out_panels, make_figure, title_panels
from ctresearch.vocabulary import REGION, Vocabulary


def draw_series(
    counts: pd.DataFrame | Released,
    *,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    sparse_years_n: int,
    breaks: pd.DataFrame | None = None,
    note: str = "",
) -> Exhibit:
    """Draw yearly totals, one panel a jurisdiction: dots, a line where the series is dense, bars for masked years.

    Parameters
    ----------
    counts : pandas.DataFrame or Released
        One row a jurisdiction and year: `value`, `value_low`, `value_high`; or a table of case records by these two
        that passed the gate, of which the numbers that may be shown are drawn.
    sparse_years_n : int
        With fewer known years no line is drawn.
    breaks : pandas.DataFrame, optional
        Rows of the table `breaks`: each is a dotted line with a letter, and the note says what it means.
    """
    counts, note = _open_counts(counts, note)
    codes = list(dict.fromkeys(counts["jurisdiction"]))
    marks = _letter_breaks(breaks, counts)

    def draw(figure: Figure) -> None:
        axes = lay_out_panels(figure, title_panels(codes, vocabulary), pad=12 if len(marks) else None)
        _set_years(axes[0], counts)
        for axis, code in zip(axes, codes, strict=True):
            _plot_counts(axis, counts[counts["jurisdiction"].eq(code)], sparse_years_n)
            axis.set_ylim(0, None)
            _mark_breaks(axis, marks[marks["jurisdiction"].isin([REGION, code])])

    alt = ". ".join(
        _describe_series(counts[counts["jurisdiction"].eq(code)], vocabulary.label("jurisdiction", code))
        for code in codes
    )
    size = (7.2, 2.9) if len(codes) == 1 else (8.4, 2.3 * int(np.ceil(len(codes) / 3)))
    return make_figure(
        counts,
        draw,
        size,
        name=name,
        caption=caption,
        alt=f"Dot chart of yearly counts. {alt}.",
        sources=sources,
        note=" ".join(filter(None, [_explain_marks(marks, vocabulary), note])),
    )


def draw_breakdown(
    counts: pd.DataFrame | Released,
    *,
    by: str,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
) -> Exhibit:
    """Draw yearly counts by category, one panel a category, masked values as bars between their bounds.

    Of a table of case records that passed the gate, the numbers that may be shown are drawn.
    """
    counts, note = _open_counts(counts, note)
    categories = [code for code in vocabulary.codes(by) if code in set(counts[by])]

    def draw(figure: Figure) -> None:
        axes = lay_out_panels(figure, [vocabulary.label(by, code) for code in categories], share_y=True)
        _set_years(axes[0], counts)
        axes[0].set_ylim(0, max(float(counts["value_high"].max()) * 1.08, 1))
        for axis, code in zip(axes, categories, strict=True):
            _plot_counts(axis, counts[counts[by].eq(code)], sparse_years_n=10**6)

    alt = ". ".join(_describe_series(counts[counts[by].eq(code)], vocabulary.label(by, code)) for code in categories)
    size = (8.4, 2.3 * int(np.ceil(len(categories) / 3)))
    return make_figure(
        counts,
        draw,
        size,
        name=name,
        caption=caption,
        alt=f"Dot charts of yearly counts by category. {alt}.",
        sources=sources,
        note=note,
    )


def draw_steps(
    ratings: pd.DataFrame,
    *,
    levels: Mapping[float, str],
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
) -> Exhibit:
    """Draw a rating by year as dots on named levels, one panel a jurisdiction; the best level is at the top."""
    codes = list(dict.fromkeys(ratings["jurisdiction"]))

    def draw(figure: Figure) -> None:
        axes = lay_out_panels(figure, title_panels(codes, vocabulary), share_y=True)
        axes[0].set_yticks(list(levels), labels=list(levels.values()))
        axes[0].set_ylim(max(levels) + 0.3, min(levels) - 0.3)
        for axis, code in zip(axes, codes, strict=True):
            rows = ratings[ratings["jurisdiction"].eq(code) & ratings["value"].notna()]
            axis.step(rows["year"].astype(int), rows["value"].astype(float), where="mid", color=SOFT, zorder=1)
            axis.scatter(rows["year"].astype(int), rows["value"].astype(float), s=14, color=ACCENT, zorder=2)

    alt = ". ".join(
        _describe_ratings(ratings[ratings["jurisdiction"].eq(code)], vocabulary.label("jurisdiction", code))
        for code in codes
    )
    size = (7.2, 2.2) if len(codes) == 1 else (8.4, 2.1 * int(np.ceil(len(codes) / 3)))
    return make_figure(
        ratings, draw, size, name=name, caption=caption, alt=f"Ratings by year. {alt}.", sources=sources, note=note
    )


def _open_counts(counts: pd.DataFrame | Released, note: str) -> tuple[pd.DataFrame, str]:
    rows, note = open_rows(counts, note)
    if not isinstance(counts, Released):
        return rows, note
    is_sum = rows[["jurisdiction", "year"]].eq("total").any(axis=1)
    shown = rows[rows[counts.value].notna() & ~is_sum].astype({"year": int}).sort_values("year", kind="stable")
    return shown.assign(**dict.fromkeys(("value", "value_low", "value_high"), shown[counts.value])), note


def _letter_breaks(breaks: pd.DataFrame | None, counts: pd.DataFrame) -> pd.DataFrame:
    """Give every break that lies between the first and last year of a figure a letter, in the order of years."""
    if breaks is None or counts.empty:
        return pd.DataFrame(columns=["jurisdiction", "year", "what", "letter"])
    inside = breaks["year"].gt(counts["year"].min()) & breaks["year"].le(counts["year"].max())
    shown = breaks[inside & breaks["jurisdiction"].isin([REGION, *counts["jurisdiction"]])]
    shown = shown.sort_values(["year", "jurisdiction"], kind="stable", ignore_index=True)
    return shown.assign(letter=[ascii_lowercase[place % len(ascii_lowercase)] for place in range(len(shown))])


def _mark_breaks(axis: Axes, marks: pd.DataFrame) -> None:
    for year, own in marks.groupby("year"):
        axis.axvline(float(year) - 0.5, color=INK, linestyle=":", linewidth=0.9, zorder=0)
        place = (float(year) - 0.5, 1.0)
        letters = ",".join(own["letter"])
        axis.text(
            *place, letters, transform=axis.get_xaxis_transform(), ha="center", va="bottom", fontsize=8, color=INK
        )


def _explain_marks(marks: pd.DataFrame, vocabulary: Vocabulary) -> str:
    if marks.empty:
        return ""
    said = [
        f"{row.letter}: {vocabulary.label('jurisdiction_or_region', row.jurisdiction)} {row.year}, "
        f"{vocabulary.label('break_kind', row.kind)}. {row.what}"
        for row in marks.itertuples()
    ]
    return f"Dotted lines are changes that the counts run through. {' '.join(said)}"


def _set_years(axis: Axes, counts: pd.DataFrame) -> None:
    """Span the years of all panels, which share this axis."""
    axis.set_xlim(int(counts["year"].min()) - 0.6, int(counts["year"].max()) + 0.6)
    axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=6))


def _plot_counts(axis: Axes, rows: pd.DataFrame, sparse_years_n: int) -> None:
    known = rows[rows["value"].notna()]
    years, values = known["year"].astype(int), known["value"].astype(float)
    if len(known) >= sparse_years_n and years.is_unique:
        full = pd.Series(values.to_numpy(), index=years.to_numpy())
        full = full.reindex(range(int(rows["year"].min()), int(rows["year"].max()) + 1))
        axis.plot(full.index, full.to_numpy(), color=SOFT, linewidth=1.4, zorder=1)
    axis.scatter(years, values, color=ACCENT, s=22, zorder=3, edgecolors="white", linewidths=0.5)
    masked = rows[rows["value"].isna()]
    axis.vlines(
        masked["year"].astype(int),
        masked["value_low"].astype(float),
        masked["value_high"].astype(float),
        color="#D55E00",
        linewidth=4,
        zorder=2,
    )
    axis.yaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=5))


def _describe_series(rows: pd.DataFrame, label: str) -> str:
    known = rows[rows["value"].notna()]
    masked = rows[rows["value"].isna()]
    parts = [f"{label}"]
    if len(known):
        least, most = known.loc[known["value"].astype(float).idxmin()], known.loc[known["value"].astype(float).idxmax()]
        last = known.iloc[-1]
        span = f"from {least['printed']} ({least['year']}) to {most['printed']} ({most['year']})"
        parts.append(f"{span}, last {last['printed']} ({last['year']})")
    if len(masked):
        parts.append("masked in " + ", ".join(str(year) for year in masked["year"]))
    return ": ".join([parts[0], "; ".join(parts[1:])]) if len(parts) > 1 else f"{label}: ND"


def _describe_ratings(rows: pd.DataFrame, label: str) -> str:
    first, last = rows.iloc[0], rows.iloc[-1]
    return f"{label}: {first['printed']} in {first['year']}, {last['printed']} in {last['year']}"

"""Figures: drawn from tidy tables, with a text alternative made from the same numbers."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from html import escape

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from ctresearch.exhibits import SYNTHETIC_NOTICE, Exhibit, cite_sources
from ctresearch.vocabulary import Vocabulary

_STYLE = {
    "svg.hashsalt": "ctresearch",
    "svg.fonttype": "path",
    "text.parse_math": False,
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_INK, _ACCENT, _SOFT = "#1f2d3d", "#0b5fa5", "#c9d6e3"
_READING_COLOURS = {"strength": "#0072B2", "mixed": "#8c8c8c", "gap": "#D55E00", "context": "#d9d9d9", "ND": "#ffffff"}
_READING_MARKERS = {
    "strength": (("+", 0.5),),
    "mixed": (("+", 0.42), ("_", 0.78)),
    "gap": (("_", 0.5),),
    "context": ((".", 0.5),),
}


def draw_series(
    counts: pd.DataFrame,
    *,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    sparse_years_n: int,
    note: str = "",
) -> Exhibit:
    """Draw yearly totals, one panel a jurisdiction: dots, a line where the series is dense, bars for masked years.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row a jurisdiction and year: `value`, `value_low`, `value_high`.
    sparse_years_n : int
        With fewer known years no line is drawn.
    """
    codes = list(dict.fromkeys(counts["jurisdiction"]))

    def draw(figure: Figure) -> None:
        axes = _grid(figure, len(codes))
        years = _span_years(counts)
        for axis, code in zip(axes, codes, strict=False):
            _plot_counts(axis, counts[counts["jurisdiction"].eq(code)], sparse_years_n)
            axis.set(xlim=years, ylim=(0, None), xlabel="", ylabel="")
            if len(codes) > 1:
                axis.set_title(vocabulary.label("jurisdiction", code))

    alt = ". ".join(
        _describe_series(counts[counts["jurisdiction"].eq(code)], vocabulary.label("jurisdiction", code))
        for code in codes
    )
    size = (7.2, 2.9) if len(codes) == 1 else (8.4, 2.3 * int(np.ceil(len(codes) / 3)))
    return _exhibit(
        counts,
        draw,
        size,
        name=name,
        caption=caption,
        alt=f"Dot chart of yearly counts. {alt}.",
        sources=sources,
        note=note,
    )


def draw_breakdown(
    counts: pd.DataFrame,
    *,
    by: str,
    name: str,
    caption: str,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
    note: str = "",
) -> Exhibit:
    """Draw yearly counts by category, one panel a category, masked values as bars between their bounds."""
    categories = [code for code in vocabulary.codes(by) if code in set(counts[by])]

    def draw(figure: Figure) -> None:
        axes = _grid(figure, len(categories), share_y=True)
        years = _span_years(counts)
        top = max(float(counts["value_high"].max()) * 1.08, 1)
        for axis, code in zip(axes, categories, strict=False):
            _plot_counts(axis, counts[counts[by].eq(code)], sparse_years_n=10**6)
            axis.set(xlim=years, ylim=(0, top), title=vocabulary.label(by, code), xlabel="", ylabel="")

    alt = ". ".join(_describe_series(counts[counts[by].eq(code)], vocabulary.label(by, code)) for code in categories)
    size = (8.4, 2.3 * int(np.ceil(len(categories) / 3)))
    return _exhibit(
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
        for axis, code in zip(_grid(figure, len(codes), share_y=True), codes, strict=False):
            rows = ratings[ratings["jurisdiction"].eq(code) & ratings["value"].notna()]
            axis.step(rows["year"].astype(int), rows["value"].astype(float), where="mid", color=_SOFT, zorder=1)
            axis.scatter(rows["year"].astype(int), rows["value"].astype(float), s=14, color=_ACCENT, zorder=2)
            axis.set_yticks(list(levels), labels=list(levels.values()))
            axis.set(ylim=(max(levels) + 0.3, min(levels) - 0.3), xlabel="", ylabel="")
            if len(codes) > 1:
                axis.set_title(vocabulary.label("jurisdiction", code))

    alt = ". ".join(
        _describe_ratings(ratings[ratings["jurisdiction"].eq(code)], vocabulary.label("jurisdiction", code))
        for code in codes
    )
    size = (7.2, 2.2) if len(codes) == 1 else (8.4, 2.1 * int(np.ceil(len(codes) / 3)))
    return _exhibit(
        ratings, draw, size, name=name, caption=caption, alt=f"Ratings by year. {alt}.", sources=sources, note=note
    )


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
            sns.heatmap(
                wide.map(order.index).astype(int),
                ax=axis,
                cmap=mpl.colors.ListedColormap(list(_READING_COLOURS.values())),
                vmin=-0.5,
                vmax=len(order) - 0.5,
                cbar=False,
                linewidths=0.6,
                linecolor="#9aa5b1",
            )
            _mark_readings(axis, wide)
            axis.set(title=vocabulary.label("pillar", pillar), xlabel="", ylabel="", ylim=(max(heights), 0))
            axis.tick_params(axis="x", rotation=90, length=0)
            axis.tick_params(axis="y", rotation=0, length=0)

    counts = coverage["reading"].value_counts()
    alt = "; ".join(f"{vocabulary.label('reading', reading)}: {int(counts.get(reading, 0))} cells" for reading in order)
    return _exhibit(
        _name_sources(coverage, evidence),
        draw,
        (9.4, 5.6),
        name=name,
        caption=caption,
        alt=f"Map of indicators by jurisdiction. {alt}.",
        sources=sources,
        note=note,
    )


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
        axis.barh(positions, low, color=_ACCENT, height=0.6)
        axis.barh(positions, high - low, left=low, color=_SOFT, height=0.6)
        for position, least, most in zip(positions, low, high, strict=True):
            axis.text(most, position, " " + _print_range(least, most), va="center", fontsize=8, color=_INK)
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
    return _exhibit(
        flows,
        draw,
        (7.6, 0.32 * len(top) + 0.9),
        name=name,
        caption=caption,
        alt=f"Bar chart of flows. {said}.",
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
        for axis, code in zip(_grid(figure, len(codes), share_y=True), codes, strict=False):
            own = rows[rows[series].eq(code)]
            shares, positions = own[value].astype(float), own[category].map(categories.index)
            axis.scatter(shares, positions, color=_ACCENT, s=30)
            axis.hlines(positions, 0, shares, color=_SOFT, zorder=0)
            axis.set_yticks(range(len(categories)), labels=labels)
            axis.set(xlim=(-0.03, 1.05), ylim=(len(categories) - 0.5, -0.5), xlabel="", ylabel="")
            axis.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0, decimals=0))
            if len(codes) > 1:
                axis.set_title(vocabulary.label("jurisdiction", code))

    said = "; ".join(
        f"{vocabulary.label('jurisdiction', of)}, {vocabulary.label(category, item)} {share:.0%}"
        for of, item, share in zip(rows[series], rows[category], rows[value], strict=True)
    )
    size = (7.2, 2.2) if len(codes) == 1 else (8.6, 2.1 * int(np.ceil(len(codes) / 3)))
    return _exhibit(
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


def _span_years(counts: pd.DataFrame) -> tuple[float, float]:
    return int(counts["year"].min()) - 0.6, int(counts["year"].max()) + 0.6


def _plot_counts(axis: Axes, rows: pd.DataFrame, sparse_years_n: int) -> None:
    known = rows[rows["value"].notna()]
    years, values = known["year"].astype(int), known["value"].astype(float)
    if len(known) >= sparse_years_n and years.is_unique:
        full = pd.Series(values.to_numpy(), index=years.to_numpy())
        full = full.reindex(range(int(rows["year"].min()), int(rows["year"].max()) + 1))
        axis.plot(full.index, full.to_numpy(), color=_SOFT, linewidth=1.4, zorder=1)
    axis.scatter(years, values, color=_ACCENT, s=22, zorder=3, edgecolors="white", linewidths=0.5)
    masked = rows[rows["value"].isna()]
    axis.vlines(
        masked["year"].astype(int),
        masked["value_low"].astype(float),
        masked["value_high"].astype(float),
        color="#D55E00",
        linewidth=4,
        zorder=2,
    )
    axis.xaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=6))
    axis.yaxis.set_major_locator(mpl.ticker.MaxNLocator(integer=True, nbins=5))


def _grid(figure: Figure, panels: int, *, share_y: bool = False) -> Sequence[Axes]:
    """Lay out panels that share the horizontal axis; its labels stand under the lowest panel of each column."""
    columns = min(3, panels)
    rows = int(np.ceil(panels / columns))
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=share_y).ravel()
    for spare in axes[panels:]:
        spare.set_axis_off()
    for lowest in axes[max(panels - columns, 0) : panels]:
        lowest.tick_params(labelbottom=True)
    return axes[:panels]


def _exhibit(
    rows: pd.DataFrame,
    draw: Callable[[Figure], None],
    size: tuple[float, float],
    *,
    name: str,
    caption: str,
    alt: str,
    sources: pd.DataFrame,
    note: str,
) -> Exhibit:
    if rows.empty:
        return Exhibit(name, "figure", "<p>ND: no figure was published that could be drawn.</p>", caption, note=note)
    cited, is_synthetic = cite_sources(rows, sources)
    image = _render(draw, size, watermark=is_synthetic)
    body = f'<img src="data:image/svg+xml;base64,{image}" alt="{escape(alt)}">'
    return Exhibit(name, "figure", body, caption, rows, cited, note, is_synthetic)


def _render(draw: Callable[[Figure], None], size: tuple[float, float], *, watermark: bool) -> str:
    with mpl.rc_context({**sns.axes_style("whitegrid"), **_STYLE}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        if watermark:
            figure.text(
                0.5, 0.5, SYNTHETIC_NOTICE.split(":")[0], rotation=20, alpha=0.25, fontsize=28, ha="center", va="center"
            )
        # Laid out and drawn once: `savefig` would draw a figure with a layout twice, and lay it out twice more.
        figure.get_layout_engine().execute(figure)
        figure.set_layout_engine("none")
        stream = io.BytesIO()
        FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None, "Creator": None})
    return base64.b64encode(stream.getvalue()).decode("ascii")


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


def _print_range(low: float, high: float) -> str:
    return f"{low:.0f}" if low == high else f"{low:.0f} to {high:.0f}"

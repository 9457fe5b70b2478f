"""The canvas that every figure is drawn on: one style, one layout of panels, an image with its text alternative."""

from __future__ import annotations

import base64
import io
import re
import textwrap
from collections.abc import Callable, Sequence
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
    # Where a title stands anyway; without it every layout measures all tick labels to find out.
    "axes.titley": 1.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_SPARE = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>"
    r'| id="[A-Za-z]\w*(?:\.\w+)?_\d+"'
    r'| xmlns:xlink="[^"]*"'
    r"|(?<=[a-z\d];) (?=[a-z-]+: )"
    r"|(?<=[a-z]:) (?=[#\w.,-]+(?:;|\"))",
    re.DOTALL,
)
_MOVED = re.compile(r'(<use href="#\w+") transform="translate\(([\d.-]+) 0\)"/>')
_PATH = re.compile(r'(?<= d=")[^"]*')
_COMMAND = re.compile(r" ?([A-Za-z]) ?")
_GROUP = re.compile(r"</?g(?: [^>]*)?/?>")
_GLYPH = re.compile(r"DejaVuSans-((?:[A-Z][A-Za-z]*-)?)")
_MOST_LETTERS = 84
"""Letters of the titles of a row of panels."""
_LONG_NUMBER = re.compile(r"\b[1-9]\d*\.\d{3,}")
INK, ACCENT, SOFT = "#1f2d3d", "#0b5fa5", "#c9d6e3"


def lay_out_panels(
    figure: Figure, titles: Sequence[str], *, share_y: bool = False, pad: float | None = None
) -> Sequence[Axes]:
    """Lay out titled panels that share the horizontal axis; its labels stand under the lowest panel of each column."""
    panels = len(titles)
    columns = min(3, panels)
    rows = int(np.ceil(panels / columns))
    axes = figure.subplots(rows, columns, squeeze=False, sharex=True, sharey=share_y).ravel()
    for spare in axes[panels:]:
        spare.set_axis_off()
    for lowest in axes[max(panels - columns, 0) : panels]:
        lowest.tick_params(labelbottom=True)
    for axis, title in zip(axes, titles, strict=False):
        # A longer title would run into that of the next panel.
        axis.set_title(textwrap.fill(title, _MOST_LETTERS // columns), pad=pad)
    return axes[:panels]


def title_panels(codes: Sequence[str], vocabulary: Vocabulary) -> list[str]:
    """Return the titles of panels of jurisdictions; one alone needs none, since the caption names it.

    Examples
    --------
    >>> title_panels(["SRB"], Vocabulary())
    ['']
    """
    return [vocabulary.label("jurisdiction", code) if len(codes) > 1 else "" for code in codes]


def make_figure(
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
    """Draw on a new canvas and return it as an exhibit; without rows, a sentence in its place.

    Parameters
    ----------
    rows : pandas.DataFrame
        What the figure shows; it travels with it, and its sources are cited.
    draw : callable
        Draws on the empty figure that it is given.
    size : tuple of float
        Width and height in inches.
    alt : str
        The text alternative, unescaped: kind of figure and its main numbers; the caption, which says what it shows,
        is set before it.
    """
    cited, is_synthetic = cite_sources(rows, sources)
    if rows.empty:
        nothing = "<p>ND: no figure was published that could be drawn.</p>"
        return Exhibit(name, "figure", nothing, caption, note=note, is_synthetic=is_synthetic)
    image = _render(draw, size, watermark=is_synthetic)
    body = f'<img src="data:image/svg+xml;base64,{image}" alt="{escape(f"{caption}. {alt}")}">'
    return Exhibit(name, "figure", body, caption, rows, cited, note, is_synthetic)


def _render(draw: Callable[[Figure], None], size: tuple[float, float], *, watermark: bool) -> str:
    with mpl.rc_context({**sns.axes_style("whitegrid"), **_STYLE}):
        figure = Figure(figsize=size, layout="constrained")
        draw(figure)
        if watermark:
            figure.text(
                0.5, 0.5, SYNTHETIC_NOTICE.split(":")[0], rotation=20, alpha=0.25, fontsize=28, ha="center", va="center"
            )
        _fix_empty_labels(figure)
        # Laid out and drawn once: `savefig` would draw a figure with a layout twice, and lay it out twice more.
        figure.get_layout_engine().execute(figure)
        figure.set_layout_engine("none")
        stream = io.BytesIO()
        FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None, "Creator": None})
    return base64.b64encode(slim_svg(stream.getvalue().decode("utf-8")).encode("utf-8")).decode("ascii")


def _fix_empty_labels(figure: Figure) -> None:
    """Give labels without a text a place, so that none is sought for them among all tick labels."""
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)):
        if not axis.get_label_text():
            axis.set_label_coords(0, 0)


def slim_svg(svg: str) -> str:
    r"""Return a smaller SVG that looks the same: two decimals of a point, short names, nothing that is not drawn.

    Numbers below one are kept: they are scales, and not places. Letters are moved by `x` instead of a transformation.

    Examples
    --------
    >>> slim_svg('<svg>\n <!-- a -->\n<g><path d="M 1.23456 2 \nL 3.10 4 z " style="fill: none"/></g></svg>')
    '<svg><path d="M1.23 2L3.10 4z" style="fill:none"/></svg>'
    >>> slim_svg('<g id="text_1"><g style="fill: red"><use xlink:href="#a" transform="translate(9.5 0)"/></g></g>')
    '<g style="fill:red"><use href="#a" x="9.5"/></g>'
    """
    svg = _GLYPH.sub(lambda font: f"g{font[1][:1]}", _SPARE.sub("", svg))
    svg = _LONG_NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), svg)
    svg = " ".join(svg.split()).replace("> <", "><").replace("xlink:href=", "href=")
    svg = _MOVED.sub(r'\1 x="\2"/>', svg)
    svg = _PATH.sub(lambda path: _COMMAND.sub(r"\1", path[0].strip()), svg)
    return _drop_idle_groups(svg)


def _drop_idle_groups(svg: str) -> str:
    closing: list[str] = []

    def keep(tag: re.Match) -> str:
        if tag[0].endswith("/>"):
            return ""
        if tag[0] == "</g>":
            return closing.pop()
        closing.append("" if tag[0] == "<g>" else "</g>")
        return tag[0] if closing[-1] else ""

    return _GROUP.sub(keep, svg)

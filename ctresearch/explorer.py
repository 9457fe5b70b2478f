"""The researcher's view: one measure of one jurisdiction as plot, table and sources."""

from __future__ import annotations

import ipywidgets
import pandas as pd

from ctresearch import figures, tables
from ctresearch.clean import select_series
from ctresearch.exhibits import Exhibits
from ctresearch.text import DETECTED_NOT_EXISTING
from ctresearch.vocabulary import Vocabulary

BREAKDOWN_CHOICES = [
    ("Total", "total"),
    ("Sex", "sex"),
    ("Age group", "age_group"),
    ("Form of exploitation", "form"),
    ("Citizenship", "citizenship"),
]


def choose_counts(*, counts: pd.DataFrame, vocabulary: Vocabulary, sources: pd.DataFrame) -> ipywidgets.VBox:
    """Show drop-downs for jurisdiction, measure and breakdown above what was chosen.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows of `victims` and `justice` together.

    Notes
    -----
    The view is set as HTML, not through an output area, which needs messages from a browser and can hold up a run
    without one.
    """
    chosen = [
        ipywidgets.Dropdown(description=label, options=options)
        for label, options in (
            ("Jurisdiction", list_choices(counts, vocabulary, column="jurisdiction")),
            ("Measure", list_choices(counts, vocabulary, column="measure")),
            ("Breakdown", BREAKDOWN_CHOICES),
        )
    ]
    view = ipywidgets.HTML()

    def show(change: object) -> None:
        codes = [choice.value for choice in chosen]
        view.value = explore_counts(*codes, counts=counts, vocabulary=vocabulary, sources=sources).to_html()

    for choice in chosen:
        choice.observe(show, names="value")
    show(None)
    return ipywidgets.VBox([*chosen, view])


def explore_counts(
    jurisdiction: str,
    measure: str,
    breakdown: str,
    *,
    counts: pd.DataFrame,
    vocabulary: Vocabulary,
    sources: pd.DataFrame,
) -> Exhibits:
    """Show one measure of one jurisdiction, in total or by one breakdown, with every source there is.

    Parameters
    ----------
    jurisdiction, measure : str
        Codes.
    breakdown : str
        `total`, `sex`, `age_group`, `form` or `citizenship`.
    counts : pandas.DataFrame
        Rows of `victims` and `justice` together.
    """
    by = () if breakdown == "total" else (breakdown,)
    rows = select_series(counts[counts["jurisdiction"].eq(jurisdiction)], measure=measure, by=by)
    caption = f"{vocabulary.label('measure', measure)}, {vocabulary.label('jurisdiction', jurisdiction)}"
    shared = {"vocabulary": vocabulary, "sources": sources}
    if by:
        figure = figures.draw_breakdown(rows, by=breakdown, name="explore-figure", caption=caption, **shared)
    else:
        figure = figures.draw_series(rows, name="explore-figure", caption=caption, sparse_years_n=5, **shared)
    columns = {
        "year": "Year",
        **({breakdown: breakdown.capitalize()} if by else {}),
        "printed": "As printed",
        "locator": "Where",
    }
    table = tables.show_table(
        rows,
        name="explore-table",
        caption=caption,
        columns=columns,
        note=DETECTED_NOT_EXISTING,
        cite_rows=True,
        **shared,
    )
    return Exhibits((figure, table))


def list_choices(counts: pd.DataFrame, vocabulary: Vocabulary, *, column: str) -> list[tuple[str, str]]:
    """Return (label, code) pairs of the codes that occur in a column, for a drop-down."""
    lists = {"jurisdiction": "jurisdiction", "measure": "measure"}
    present = set(counts[column])
    return [
        (vocabulary.label(lists[column], code), code) for code in vocabulary.codes(lists[column]) if code in present
    ]

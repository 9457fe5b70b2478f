from __future__ import annotations

import base64
import io

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from PIL import Image

from ctresearch import figures
from ctresearch.disclosure import CaseTable, protect_tables
from ctresearch.documents import draw_images
from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.figures import canvas, draw_breakdown, draw_coverage, draw_flows, draw_series, draw_shares, draw_steps
from ctresearch.vocabulary import Vocabulary

MASKED = {"value": None, "value_low": 1.0, "value_high": 4.0, "printed": "<5"}
EMPTY = "<p>ND: no figure was published that could be drawn.</p>"
HOSTILE = "<script>\"'onx=1"
LEVELS = {1.0: "Tier 1", 2.0: "Tier 2", 3.0: "Tier 3"}


def make_ratings(*rows: tuple[str, int, float | None, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["jurisdiction", "year", "value", "printed"])
    return frame.assign(source_id="src-a").astype({"year": "Int64", "value": "Float64", "jurisdiction": "str"})


def make_coverage(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["indicator", "pillar", "jurisdiction", "reading"], dtype="str")


def make_flows(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["origin", "destination", "value_low", "value_high"])
    return frame.assign(source_id="src-a").astype({"value_low": "Float64", "value_high": "Float64"})


def make_shares(*rows: tuple[str, str, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["jurisdiction", "pillar", "met_share"])
    return frame.assign(source_id="src-a").astype({"met_share": "float"})


def test_counts_of_case_records_are_drawn_as_the_gate_released_them(study, sources, vocabulary):
    cells = [
        (year, sex, n)
        for year, *pair in ((2013, 19, 18), (2014, 22, 2), (2015, 30, 3))
        for sex, n in zip(("female", "male"), pair, strict=True)
    ]
    counted = pd.DataFrame(cells, columns=["year", "sex", "persons_n"]).assign(jurisdiction="AAA")
    table = CaseTable(
        "assisted",
        counted,
        by=("jurisdiction", "year", "sex"),
        value="persons_n",
        population="assisted",
        source_id="src-a",
    )
    options = {"by": "sex", "name": "x", "caption": "X", "vocabulary": vocabulary, "sources": sources}
    with pytest.raises(TypeError, match="made from case records"):
        draw_breakdown(table, **options)
    with pytest.raises(TypeError, match="made from case records"):
        draw_series(table, sparse_years_n=5, name="x", caption="X", vocabulary=vocabulary, sources=sources)
    released = protect_tables([table], choices=study.disclosure, hierarchies={}, search="exact").tables["assisted"]
    exhibit = draw_breakdown(released, **options)
    passed = released.rows[released.rows["persons_n"].notna() & released.rows["year"].ne("total")]
    passed = passed[passed["jurisdiction"].eq("AAA")].astype({"year": int})
    drawn = exhibit.data[["year", "sex", "value"]].rename(columns={"value": "persons_n"})
    assert sorted(drawn.itertuples(index=False)) == sorted(passed[list(drawn)].itertuples(index=False))
    assert not {2, 3} & set(drawn["persons_n"])
    assert "numbers are not shown" in exhibit.note


RATINGS = make_ratings(("AAA", 2013, 2.0, "Tier 2"), ("AAA", 2015, 1.0, "Tier 1"), ("BBB", 2014, 3.0, "Tier 3"))
COVERAGE = make_coverage(
    ("PREV-01", "prevention", "AAA", "gap"),
    ("PREV-01", "prevention", "BBB", "ND"),
    ("PROT-01", "protection", "AAA", "mixed"),
    ("PROT-01", "protection", "BBB", "gap"),
)
EVIDENCE = pd.DataFrame(
    {
        "indicator": ["PREV-01", "PROT-01", "PROT-01"],
        "jurisdiction": ["AAA", "AAA", "BBB"],
        "source_id": ["src-a", "src-b", "src-a"],
        "second_source_id": ["", "", "src-b"],
    }
)
FLOWS = make_flows(("AAA", "BBB", 9.0, 9.0), ("BBB", "CCC", 1.0, 4.0))
SHARES = make_shares(("AAA", "prevention", 0.25), ("AAA", "protection", 1.0), ("BBB", "prevention", 0.0))


@pytest.fixture
def counts(counts_of) -> pd.DataFrame:
    return counts_of(
        {"year": 2013, "value": 6.0},
        {"year": 2014, **MASKED},
        {"year": 2015, "value": 12.0},
        {"year": 2016, "value": 7.0},
        {"jurisdiction": "BBB", "year": 2014, "value": 3.0},
    )


@pytest.fixture
def by_sex(counts_of) -> pd.DataFrame:
    return counts_of(
        {"sex": "male", "year": 2013, "value": 6.0},
        {"sex": "female", "year": 2013, **MASKED},
        {"sex": "female", "year": 2014, "value": 8.0},
    )


@pytest.fixture
def drawn(counts, by_sex, vocabulary, sources):
    """Return a function that draws one figure by name, with its arguments changed as asked."""
    functions = {
        "series": (draw_series, counts, {"sparse_years_n": 3}),
        "breakdown": (draw_breakdown, by_sex, {"by": "sex"}),
        "steps": (draw_steps, RATINGS, {"levels": LEVELS}),
        "coverage": (draw_coverage, COVERAGE, {"evidence": EVIDENCE}),
        "flows": (draw_flows, FLOWS, {}),
        "shares": (draw_shares, SHARES, {"category": "pillar", "series": "jurisdiction", "value": "met_share"}),
    }

    def draw(figure: str, rows: pd.DataFrame | None = None, **changes):
        function, default, options = functions[figure]
        shared = {"name": "f", "caption": "Caption", "vocabulary": vocabulary, "sources": sources}
        return function(default if rows is None else rows, **{**shared, **options, **changes})

    draw.rows = {name: rows for name, (_, rows, _) in functions.items()}
    return draw


FIGURES = ["series", "breakdown", "steps", "coverage", "flows", "shares"]
every_figure = pytest.mark.parametrize("figure", FIGURES)


def alt_of(exhibit) -> str:
    """Return the text alternative after the caption, with which it begins."""
    said = BeautifulSoup(exhibit.body, "html.parser").img["alt"]
    assert said.startswith(f"{exhibit.caption}. ")
    return said.removeprefix(f"{exhibit.caption}. ")


def svg_of(exhibit) -> str:
    source = BeautifulSoup(exhibit.body, "html.parser").img["src"]
    kind, _, data = source.partition(",")
    assert kind == "data:image/svg+xml;base64"
    return base64.b64decode(data).decode("utf-8")


def test_a_slim_drawing_looks_the_same(monkeypatch, vocabulary, sources):
    written = []
    slim = canvas.slim_svg
    monkeypatch.setattr(canvas, "slim_svg", lambda svg: written.append(svg) or slim(svg))
    rows = pd.DataFrame({"year": [2013, 2014], "persons_n": [12, 7], "source_id": "src-a", "lists": ["a", "a;b"]})
    rows = rows.assign(jurisdiction="AAA", lists_n=[1, 2])
    figures.draw_overlaps(rows, name="overlaps", caption="Lists", vocabulary=vocabulary, sources=sources)
    slimmed = slim(written[0])
    assert len(slimmed) < 0.7 * len(written[0])
    assert "<g>" not in slimmed
    before, after = (
        np.asarray(Image.open(io.BytesIO(image)).convert("L"), dtype=float)
        for image in draw_images([written[0].encode(), slimmed.encode()])
    )
    assert before.std() > 10
    assert np.abs(before - after).mean() < 0.05


@pytest.fixture
def record(monkeypatch):
    """Return a function that records what one method of the axes is called with."""

    def start(method: str) -> list[tuple[tuple, dict]]:
        calls: list[tuple[tuple, dict]] = []
        original = getattr(Axes, method)

        def recorded(self, *arguments, **options):
            calls.append((arguments, options))
            return original(self, *arguments, **options)

        monkeypatch.setattr(Axes, method, recorded)
        return calls

    return start


@pytest.fixture
def panels(monkeypatch) -> list[Axes]:
    """Return the panels of the figure that was drawn last, as they were when it was written."""
    seen: list[Axes] = []
    original = FigureCanvasSVG.print_svg

    def look(canvas, *arguments, **options):
        seen[:] = [axis for axis in canvas.figure.axes if axis.axison]
        return original(canvas, *arguments, **options)

    monkeypatch.setattr(FigureCanvasSVG, "print_svg", look)
    return seen


def points(call: tuple[tuple, dict]) -> tuple[list[float], list]:
    """Return where a recorded call put its dots, whether by position or by name."""
    arguments, options = call
    x, y = arguments[:2] if arguments else (options["x"], options["y"])
    return numbers(x), list(y)


def numbers(values) -> list[float]:
    return np.asarray(values, dtype=float).tolist()


@every_figure
def test_a_figure_is_an_image_inside_the_page_with_its_data_and_leaves_the_rows_unchanged(drawn, figure):
    before = drawn.rows[figure].copy()
    exhibit = drawn(figure, note="Mind this.")
    pd.testing.assert_frame_equal(drawn.rows[figure], before)
    pd.testing.assert_frame_equal(exhibit.data[before.columns], before)
    assert svg_of(exhibit).rstrip().endswith("</svg>")
    assert (exhibit.name, exhibit.kind, exhibit.caption, exhibit.note) == ("f", "figure", "Caption", "Mind this.")
    assert not exhibit.is_synthetic
    assert "src-a" in [source_id for source_id, _ in exhibit.sources]


@every_figure
def test_the_same_rows_drawn_twice_make_the_same_bytes(drawn, figure):
    assert drawn(figure).to_html() == drawn(figure, drawn.rows[figure].copy()).to_html()


@every_figure
def test_a_figure_depends_on_its_rows(drawn, figure):
    assert svg_of(drawn(figure)) != svg_of(drawn(figure, drawn.rows[figure].iloc[:1]))


@every_figure
def test_no_date_of_drawing_is_written_into_the_image(drawn, figure):
    svg = svg_of(drawn(figure))
    assert "dc:date" not in svg
    assert "dc:creator" not in svg


@every_figure
def test_drawing_leaves_the_settings_of_the_library_alone(drawn, figure):
    before = dict(mpl.rcParams)
    drawn(figure)
    assert dict(mpl.rcParams) == before


@every_figure
def test_a_synthetic_source_shows_on_the_exhibit(drawn, figure, synthetic_sources):
    exhibit = drawn(figure, sources=synthetic_sources)
    assert exhibit.is_synthetic
    assert SYNTHETIC_NOTICE in exhibit.to_html()


@every_figure
def test_a_synthetic_source_shows_in_the_image_itself(drawn, figure, synthetic_sources):
    assert svg_of(drawn(figure, sources=synthetic_sources)) != svg_of(drawn(figure))


@every_figure
def test_without_rows_a_figure_says_nd_in_a_sentence_and_keeps_its_caption_and_note(drawn, figure):
    exhibit = drawn(figure, drawn.rows[figure].iloc[:0], note="Mind this.")
    assert exhibit.body == EMPTY
    assert (exhibit.caption, exhibit.note) == ("Caption", "Mind this.")


@every_figure
def test_hostile_labels_captions_and_notes_are_shown_as_text(drawn, figure, inert):
    lists = ("jurisdiction", "sex", "pillar", "reading", "citizenship")
    codes = ("AAA", "BBB", "CCC", "male", "female", "prevention", "protection", "gap")
    wicked = Vocabulary({name: dict.fromkeys(codes, HOSTILE) for name in lists})
    rows = drawn.rows[figure]
    rows = rows.assign(printed=HOSTILE) if "printed" in rows else rows
    html = drawn(figure, rows, vocabulary=wicked, caption=HOSTILE, note=HOSTILE).to_html()
    inert(html, times=2, text=HOSTILE)
    image = BeautifulSoup(html, "html.parser").img
    assert set(image.attrs) == {"src", "alt"}
    assert HOSTILE in image["alt"]


def test_dollar_signs_in_a_label_are_no_formula(drawn, vocabulary):
    priced = vocabulary.extend(jurisdiction={"AAA": "from $\\x$ on", "BBB": "Borduria"})
    assert "from $\\x$ on" in alt_of(drawn("series", vocabulary=priced))


def test_the_text_of_a_series_names_least_most_last_and_masked_years_of_each_jurisdiction(drawn):
    assert alt_of(drawn("series")) == (
        "Dot chart of yearly counts. Arcadia: from 6 (2013) to 12 (2015), last 7 (2016); masked in 2014. "
        "Borduria: from 3 (2014) to 3 (2014), last 3 (2014)."
    )


def test_the_text_of_a_series_that_is_wholly_masked_names_the_years(drawn, counts_of):
    exhibit = drawn("series", counts_of({"year": 2013, **MASKED}, {"year": 2014, **MASKED}))
    assert alt_of(exhibit) == "Dot chart of yearly counts. Arcadia: masked in 2013, 2014."


def test_masked_years_are_drawn_as_bars_between_their_bounds(drawn, counts, record):
    bars = record("vlines")
    drawn("series", counts[counts["jurisdiction"].eq("AAA")])
    ((years, low, high), _), *rest = bars
    assert rest == []
    assert (numbers(years), numbers(low), numbers(high)) == ([2014], [1], [4])


def test_known_years_are_drawn_as_dots_and_masked_ones_are_not(drawn, counts, record):
    dots = record("scatter")
    drawn("series", counts[counts["jurisdiction"].eq("AAA")])
    assert [points(call) for call in dots] == [([2013, 2015, 2016], [6, 12, 7])]


@pytest.mark.parametrize(("sparse_years_n", "lines"), [(3, 1), (4, 0)])
def test_a_line_is_drawn_only_from_enough_known_years_and_is_broken_where_a_year_is_masked(
    drawn, counts, record, sparse_years_n, lines
):
    plotted = record("plot")
    drawn("series", counts[counts["jurisdiction"].eq("AAA")], sparse_years_n=sparse_years_n)
    assert len(plotted) == lines
    for (years, values), _ in plotted:
        assert numbers(years) == [2013, 2014, 2015, 2016]
        np.testing.assert_array_equal(numbers(values), [6, np.nan, 12, 7])


def test_two_sources_on_one_year_are_not_added_in_the_line(drawn, counts_of, record):
    plotted = record("plot")
    rows = [
        {"year": year, "value": 10.0, "source_id": source} for year in (2013, 2014) for source in ("src-a", "src-b")
    ]
    drawn("series", counts_of(*rows), sparse_years_n=2)
    assert all(max(numbers(values)) <= 10 for (_, values), _ in plotted)


def test_all_panels_have_the_same_years_and_titles_only_if_there_are_several(drawn, counts, panels):
    drawn("series")
    assert [axis.get_title(loc="left") for axis in panels] == ["Arcadia", "Borduria"]
    assert {axis.get_xlim() for axis in panels} == {(2012.4, 2016.6)}
    assert {axis.get_ylim()[0] for axis in panels} == {0}
    drawn("series", counts[counts["jurisdiction"].eq("AAA")])
    assert [axis.get_title(loc="left") for axis in panels] == [""]


def test_the_lowest_panel_of_each_column_has_the_years_under_it(drawn, counts_of, panels):
    drawn("series", counts_of(*[{"jurisdiction": letter * 3, "value": 3.0} for letter in "ABCDE"]))
    labelled = [axis.xaxis.get_tick_params()["labelbottom"] for axis in panels]
    assert labelled == [False, False, True, True, True]


def test_seven_panels_are_drawn_in_three_rows_with_the_spare_ones_empty(drawn, counts_of, record):
    hidden = record("set_axis_off")
    codes = [letter * 3 for letter in "ABCDEFG"]
    exhibit = drawn("series", counts_of(*[{"jurisdiction": code, "value": 3.0} for code in codes]))
    assert len(hidden) == 2
    assert all(f"{code}: from 3" in alt_of(exhibit) for code in codes[3:])


def test_zeros_are_drawn_and_said(drawn, counts_of):
    assert "Arcadia: from 0 (2014) to 0 (2014)" in alt_of(drawn("series", counts_of({"value": 0.0})))


def test_a_breakdown_names_and_draws_every_category_in_the_order_of_its_list(drawn, panels):
    exhibit = drawn("breakdown")
    assert alt_of(exhibit) == (
        "Dot charts of yearly counts by category. "
        "Women and girls: from 8 (2014) to 8 (2014), last 8 (2014); masked in 2013. "
        "Men and boys: from 6 (2013) to 6 (2013), last 6 (2013)."
    )
    assert [axis.get_title(loc="left") for axis in panels] == ["Women and girls", "Men and boys"]
    assert {axis.get_ylim() for axis in panels} == {(0, 8 * 1.08)}
    assert {axis.get_xlim() for axis in panels} == {(2012.4, 2014.6)}


def test_a_title_that_would_run_into_the_next_panel_is_broken():
    long = "Persons in formal contact with police or justice"
    for titles, printed in (
        ([long, "Persons prosecuted", "Persons convicted"], "Persons in formal contact\nwith police or justice"),
        ([long], long),
    ):
        assert canvas.lay_out_panels(Figure(), titles)[0].get_title() == printed


def test_a_breakdown_draws_masked_values_as_bars_and_never_a_line(drawn, record):
    bars, plotted = record("vlines"), record("plot")
    drawn("breakdown")
    assert plotted == []
    assert [numbers(high) for (_, _, high), _ in bars if len(high)] == [[4]]


def test_a_breakdown_of_zeros_is_drawn(drawn, counts_of):
    rows = counts_of({"sex": "female", "value": 0.0}, {"sex": "male", "value": 0.0})
    assert "Women and girls: from 0 (2014)" in alt_of(drawn("breakdown", rows))


def test_ratings_name_the_first_and_the_last_of_each_jurisdiction(drawn):
    assert alt_of(drawn("steps")) == (
        "Ratings by year. Arcadia: Tier 2 in 2013, Tier 1 in 2015. Borduria: Tier 3 in 2014, Tier 3 in 2014."
    )


def test_ratings_are_drawn_on_named_levels_with_the_best_at_the_top_and_missing_ones_left_out(drawn, record, panels):
    dots = record("scatter")
    drawn("steps", make_ratings(("AAA", 2013, 2.0, "Tier 2"), ("AAA", 2014, None, "special case")))
    assert [points(call) for call in dots] == [([2013], [2])]
    assert [label.get_text() for label in panels[0].get_yticklabels()] == ["Tier 1", "Tier 2", "Tier 3"]
    assert panels[0].get_ylim() == (3.3, 0.7)
    assert panels[0].get_title(loc="left") == ""
    drawn("steps")
    assert [axis.get_title(loc="left") for axis in panels] == ["Arcadia", "Borduria"]
    assert {axis.get_ylim() for axis in panels} == {(3.3, 0.7)}


def test_the_text_of_a_map_counts_the_cells_of_every_reading(drawn):
    assert alt_of(drawn("coverage")) == (
        "Map of indicators by jurisdiction. strength: 0 cells; strength and gap: 1 cells; gap: 2 cells; "
        "context only: 0 cells; ND: 1 cells."
    )


def test_every_cell_of_the_map_has_a_symbol_so_that_colour_is_not_needed(drawn, record):
    marks = record("scatter")
    readings = ["strength", "mixed", "gap", "context", "ND"]
    rows = [("PREV-01", "prevention", code, reading) for code, reading in zip("ABCDE", readings, strict=True)]
    drawn("coverage", make_coverage(*rows))
    found = [(options["marker"], int(x)) for (xs, _), options in marks for x in xs]
    assert found == [("+", 0), ("+", 1), ("_", 1), ("_", 2), (".", 3)]


def test_each_cell_of_a_map_names_the_sources_of_its_own_facts(drawn):
    exhibit = drawn("coverage")
    assert [source_id for source_id, _ in exhibit.sources] == ["src-a", "src-b"]
    assert list(exhibit.data["source_id"]) == ["src-a", "", "src-b", "src-a;src-b"]


def test_a_map_cites_its_sources_however_many_there_are(drawn, sources):
    register = pd.concat([sources.iloc[:1].assign(source_id=f"s{n}") for n in range(7)])
    exhibit = drawn("coverage", sources=register, evidence=register.assign(indicator="PREV-01", jurisdiction="AAA"))
    assert len(exhibit.sources) == 7


def test_flows_name_both_ends_and_their_bounds(drawn):
    assert alt_of(drawn("flows")) == "Bar chart of flows. Arcadia to Borduria 9; Borduria to Cockaigne 1 to 4."


def test_flows_are_drawn_as_bars_between_their_bounds_with_the_number_at_the_bar(drawn, record):
    bars, written = record("barh"), record("text")
    drawn("flows")
    (_, sure), sure_options = bars[0]
    (_, open_part), open_options = bars[1]
    assert numbers(sure) == [9, 1]
    assert numbers(open_part) == [0, 3]
    assert numbers(open_options["left"]) == [9, 1]
    assert sure_options["color"] != open_options["color"]
    assert [arguments[2] for arguments, _ in written] == [" 9", " 1 to 4"]


def test_only_the_largest_flows_are_drawn_and_all_travel_as_data(drawn):
    exhibit = drawn("flows", limit=1)
    assert alt_of(exhibit) == "Bar chart of flows. Arcadia to Borduria 9."
    assert len(exhibit.data) == 2


@pytest.mark.parametrize(("is_logarithmic", "label"), [(True, "victims, logarithmic scale"), (False, "victims")])
def test_a_logarithmic_axis_says_so(drawn, record, is_logarithmic, label):
    labelled, scales = record("set"), record("set_xscale")
    drawn("flows", is_logarithmic=is_logarithmic)
    assert label in [options.get("xlabel") for _, options in labelled]
    assert [arguments for arguments, _ in scales] == ([("log",)] if is_logarithmic else [])


def test_a_flow_that_may_be_zero_is_drawn_on_a_logarithmic_axis_too(drawn):
    exhibit = drawn("flows", make_flows(("AAA", "BBB", 9.0, 9.0), ("BBB", "CCC", 0.0, 4.0)), is_logarithmic=True)
    assert "Borduria to Cockaigne 0 to 4" in alt_of(exhibit)


def test_shares_name_series_category_and_percentage(drawn):
    assert alt_of(drawn("shares")) == (
        "Dot charts of shares. Arcadia, Prevention 25%; Arcadia, Protection 100%; Borduria, Prevention 0%."
    )


def test_shares_are_drawn_on_the_same_scale_in_every_panel(drawn, record):
    dots, limits, titles = record("scatter"), record("set"), record("set_title")
    drawn("shares")
    assert [points(call)[0] for call in dots] == [[0.25, 1.0], [0.0]]
    assert {options["xlim"] for _, options in limits if "xlim" in options} == {(-0.03, 1.05)}
    assert [arguments[0] for arguments, _ in titles] == ["Arcadia", "Borduria"]
    titles.clear()
    drawn("shares", SHARES.iloc[:2])
    assert [arguments[0] for arguments, _ in titles] == [""]


def estimates_of(**changes):
    rows = pd.DataFrame({"label": ["one", "two", "far"], "middle": [1.0, None, 2.0], "low": [0.5, -1.0, 0.0]})
    return rows.assign(high=[1.5, 2.0, 900.0], source_id="src-a", **changes)


def draw_estimates(rows, sources, **options):
    columns = {"label": "label", "value": "middle", "low": "low", "high": "high", "axis_label": "per cent"}
    return figures.draw_intervals(rows, **columns, name="x", caption="X", sources=sources, **options)


def test_intervals_are_drawn_and_told_with_their_limits(sources):
    exhibit = draw_estimates(estimates_of(), sources, reference=0.0)
    assert exhibit.kind == "figure"
    assert "one 0.5 to 1.5; two -1.0 to 2.0; far 0.0 to 900.0." in exhibit.body
    assert exhibit.sources[0][0] == "src-a"


@pytest.mark.parametrize("rows", [estimates_of().iloc[:0], estimates_of().assign(high=None)])
def test_without_an_interval_a_sentence_is_shown(rows, sources):
    assert "nothing here" in draw_estimates(rows, sources, empty="nothing here").body


def test_breaks_are_lettered_by_year_and_explained(counts_of, vocabulary, sources):
    counts = counts_of(*({"year": year, "value": 5.0} for year in range(2010, 2016)))
    breaks = pd.DataFrame({"jurisdiction": ["REG", "AAA", "BBB", "AAA"], "year": [2014, 2012, 2012, 2010]})
    breaks = breaks.assign(kind="law", what=["A fever.", "A law.", "Elsewhere.", "Before."])
    exhibit = figures.draw_series(
        counts, name="x", caption="X", sparse_years_n=5, breaks=breaks, vocabulary=vocabulary, sources=sources
    )
    letters = "a: Arcadia 2012, law. A law. b: Region 2014, law. A fever."
    assert exhibit.note == f"Dotted lines are changes that the counts run through. {letters}"


def test_overlaps_are_told_list_by_list(vocabulary, sources):
    rows = {
        "jurisdiction": "AAA",
        "year": 2024,
        "lists": ["ngo", "ngo;police"],
        "persons_n": [4, 2],
        "source_id": "src-a",
    }
    shown = {"name": "x", "caption": "X", "vocabulary": vocabulary, "sources": sources, "empty": "no lists"}
    histories = pd.DataFrame(rows)
    assert "Arcadia, 2024: ngo 4; ngo and police 2." in figures.draw_overlaps(histories, **shown).body
    assert "no lists" in figures.draw_overlaps(histories.iloc[:0], **shown).body

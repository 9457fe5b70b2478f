from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from ctresearch.clean.counts import BREAKDOWNS
from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.explorer import choose_counts, explore_counts, list_choices
from ctresearch.text import DETECTED_NOT_EXISTING


@pytest.fixture
def counts(counts_of):
    return counts_of(
        {"year": 2014, "value": 7.0},
        {"year": 2013, "value": 5.0, "source_id": "src-b", "locator": "page 9"},
        {"year": 2014, "value": 4.0, "sex": "female"},
        {"year": 2014, "value": 3.0, "sex": "male"},
        {"year": 2014, "value": 88.0, "measure": "persons_prosecuted"},
        {"year": 2014, "value": 99.0, "jurisdiction": "BBB"},
    )


@pytest.fixture
def explore(counts, vocabulary, sources):
    def shown(breakdown: str = "total", *, code: str = "AAA", measure: str = "victims_detected", **changes):
        shared = {"counts": counts, "vocabulary": vocabulary, "sources": sources, **changes}
        return explore_counts(code, measure, breakdown, **shared).exhibits

    return shown


def cells(exhibit) -> list[list[str]]:
    page = BeautifulSoup(exhibit.body, "html.parser")
    return [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]


def test_totals_are_shown_as_figure_and_table_with_every_source(explore, counts):
    before = counts.copy()
    figure, table = explore()
    assert counts.equals(before)
    assert (figure.name, figure.kind, table.name, table.kind) == ("explore-figure", "figure", "explore-table", "table")
    assert figure.caption == table.caption == "Detected victims, Arcadia"
    assert "Arcadia: from 5 (2013) to 7 (2014), last 7 (2014)" in figure.body
    assert cells(table) == [
        ["Year", "As printed", "Where", "Source"],
        ["2013", "5", "page 9", "Bureau B 2021"],
        ["2014", "7", "table 1", "Bureau A 2020"],
    ]
    assert table.note == DETECTED_NOT_EXISTING


def test_a_breakdown_is_shown_by_category_without_the_total(explore):
    figure, table = explore("sex")
    assert "Women and girls: from 4 (2014)" in figure.body
    assert "Men and boys: from 3 (2014)" in figure.body
    assert cells(table) == [
        ["Year", "Sex", "As printed", "Where", "Source"],
        ["2014", "Women and girls", "4", "table 1", "Bureau A 2020"],
        ["2014", "Men and boys", "3", "table 1", "Bureau A 2020"],
    ]


@pytest.mark.parametrize("breakdown", ["total", *BREAKDOWNS])
def test_what_was_not_published_is_nd_in_a_sentence(explore, breakdown):
    figure, table = explore(breakdown, code="CCC")
    assert figure.body.startswith("<p>ND: ")
    assert table.body.startswith("<p>ND: ")


def test_another_measure_or_jurisdiction_shows_its_own_counts_only(explore):
    assert [row[1] for row in cells(explore(measure="persons_prosecuted")[1])[1:]] == ["88"]
    assert [row[1] for row in cells(explore(code="BBB")[1])[1:]] == ["99"]


def test_a_line_is_drawn_from_five_years_on(explore, counts_of, monkeypatch):
    from matplotlib.axes import Axes

    lines = []
    original = Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda self, *a, **k: (lines.append(a), original(self, *a, **k))[1])
    explore(counts=counts_of(*[{"year": 2010 + n} for n in range(4)]))
    assert lines == []
    explore(counts=counts_of(*[{"year": 2010 + n} for n in range(5)]))
    assert len(lines) == 1


def test_synthetic_counts_say_so_in_figure_and_table(explore, synthetic_sources):
    for exhibit in explore(sources=synthetic_sources):
        assert SYNTHETIC_NOTICE in exhibit.to_html()


def test_hostile_printed_values_and_locators_are_shown_as_text(explore, counts_of, hostile, inert):
    counts = counts_of({"printed": hostile, "locator": hostile, "source_id": hostile})
    figure, table = explore(counts=counts)
    inert(figure.body, times=0)
    inert(table.body, times=3)


def test_choices_are_the_codes_that_occur_in_the_order_of_the_list(counts, vocabulary):
    turned = counts.iloc[::-1]
    assert list_choices(turned, vocabulary, column="jurisdiction") == [("Arcadia", "AAA"), ("Borduria", "BBB")]
    assert list_choices(turned, vocabulary, column="measure") == [
        ("Detected victims", "victims_detected"),
        ("Persons prosecuted", "persons_prosecuted"),
    ]


def test_without_counts_there_is_no_choice(counts, vocabulary):
    assert list_choices(counts.iloc[:0], vocabulary, column="measure") == []


def test_a_choice_in_a_drop_down_changes_what_is_shown(counts, vocabulary, sources):
    chooser = choose_counts(counts=counts, vocabulary=vocabulary, sources=sources)
    jurisdiction, measure, breakdown, view = chooser.children
    measure.value = "victims_detected"
    assert "from 5 (2013) to 7 (2014)" in view.value
    breakdown.value = "sex"
    assert "Women and girls: from 4 (2014)" in view.value
    jurisdiction.value = "BBB"
    breakdown.value = "total"
    assert "from 99 (2014)" in view.value
    assert [code for _, code in jurisdiction.options] == ["AAA", "BBB"]

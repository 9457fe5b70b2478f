from __future__ import annotations

import json

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from ctresearch.exhibits import DATA_MIME, SYNTHETIC_NOTICE, Exhibit, Exhibits, cite_sources, link_source


def test_a_table_has_caption_body_note_and_sources_in_this_order():
    exhibit = Exhibit("t", "table", "<p>body</p>", "Caption", sources=(("src-a", "Bureau A"),), note="Note.")
    assert exhibit.to_html() == (
        '<figure class="exhibit table" data-name="t"><figcaption>Caption</figcaption><p>body</p>'
        '<p class="note">Note.</p>'
        '<p class="source">Source: <a href="annex.html#source-src-a">Bureau A</a>.</p></figure>'
    )


def test_a_text_has_no_caption_and_no_empty_foot():
    assert Exhibit("t", "text", "<p>body</p>").to_html() == '<div class="exhibit text"><p>body</p></div>'


def test_several_sources_are_named_in_the_plural():
    html = Exhibit("t", "table", "", sources=(("src-a", "A"), ("src-b", "B"))).to_html()
    assert ">Sources: <a" in html
    assert "</a>; <a" in html


@pytest.mark.parametrize("kind", ["table", "figure", "text"])
def test_a_synthetic_exhibit_says_so_before_its_body(kind):
    html = Exhibit("t", kind, "<p>body</p>", "Caption", is_synthetic=True).to_html()
    assert "SYNTHETIC" in SYNTHETIC_NOTICE
    assert html.index(SYNTHETIC_NOTICE) < html.index("<p>body</p>")
    assert SYNTHETIC_NOTICE not in Exhibit("t", kind, "<p>body</p>", "Caption").to_html()


def test_hostile_text_in_every_field_is_shown_as_text(hostile, inert):
    exhibit = Exhibit(hostile, "table", "", hostile, sources=((hostile, hostile),), note=hostile)
    inert(exhibit.to_html(), times=3)
    page = BeautifulSoup(exhibit.to_html(), "html.parser")
    assert page.figure["data-name"] == hostile
    assert page.a["href"] == f"annex.html#source-{hostile}"


def test_hostile_text_in_the_foot_of_a_paragraph_is_shown_as_text(hostile, inert):
    inert(Exhibit("t", "text", "", sources=((hostile, hostile),), note=hostile).to_html(), times=2)


def test_a_link_to_a_source_is_escaped_on_both_sides(hostile, inert):
    inert(link_source(hostile, hostile), times=1)
    assert link_source("src-a", "A & B") == '<a href="annex.html#source-src-a">A &amp; B</a>'


def test_data_travels_with_the_exhibit_and_keeps_missing_values():
    data = pd.DataFrame({"year": pd.Series([2014, None], dtype="Int64"), "printed": ["<5", "é"]})
    bundle = Exhibit("t", "table", "<p>b</p>", "Caption", data)._repr_mimebundle_()
    (resource,) = bundle[DATA_MIME]["resources"]
    assert resource["name"] == "t"
    assert resource["data"] == "year,printed\n2014,<5\n,é\n"
    assert resource["format"] == "csv"
    fields = [{"name": "year", "type": "integer"}, {"name": "printed", "type": "string"}]
    assert resource["schema"]["fields"] == fields
    assert bundle["text/plain"] == "Caption"
    assert "<p>b</p>" in bundle["text/html"]
    assert json.loads(json.dumps(bundle)) == bundle


@pytest.mark.parametrize("dtype", ["float64", "Float64", object])
def test_a_limit_that_is_open_is_an_empty_cell_in_the_data(dtype):
    data = pd.DataFrame({"high": pd.Series([float("inf"), 2.5], dtype=dtype)})
    (resource,) = Exhibit("t", "table", "", "", data)._repr_mimebundle_()[DATA_MIME]["resources"]
    assert resource["data"] == 'high\n""\n2.5\n'


def test_an_exhibit_without_data_or_caption_shows_its_name():
    bundle = Exhibit("t", "text", "<p>b</p>")._repr_mimebundle_()
    assert bundle["text/plain"] == "t"
    assert set(bundle) == {"text/html", "text/plain"}


def test_several_exhibits_are_shown_under_each_other_with_the_data_of_each():
    data = pd.DataFrame({"x": [1]})
    both = Exhibits((Exhibit("a", "table", "<p>1</p>", "One", data), Exhibit("b", "table", "<p>2</p>", "Two")))
    html = both.to_html()
    assert html.startswith('<div class="exhibits"><figure')
    assert html.index("<p>1</p>") < html.index("<p>2</p>")
    bundle = both._repr_mimebundle_()
    assert bundle["text/plain"] == "One; Two"
    assert bundle["text/html"] == html
    assert [resource["name"] for resource in bundle[DATA_MIME]["resources"]] == ["a"]


def test_sources_are_cited_once_each_in_the_order_of_first_use_with_year_and_title(sources):
    rows = pd.DataFrame({"source_id": ["src-b; src-a", "src-a", ""], "population_source_id": ["src-b", None, "src-a"]})
    before = rows.copy()
    cited, is_synthetic = cite_sources(rows, sources)
    pd.testing.assert_frame_equal(rows, before)
    assert cited == (("src-b", "Bureau B, Survey"), ("src-a", "Bureau A (2020), Yearbook"))
    assert not is_synthetic


@pytest.mark.parametrize("column", ["source_id", "second_source_id", "population_source_id"])
def test_one_synthetic_source_in_any_column_makes_the_whole_synthetic(synthetic_sources, column):
    rows = pd.DataFrame({column: ["src-b", "src-b;src-a"]})
    assert cite_sources(rows, synthetic_sources)[1] is True
    assert cite_sources(rows.iloc[:1], synthetic_sources)[1] is False


@pytest.mark.parametrize("rows", [pd.DataFrame(), pd.DataFrame({"x": [1]}), pd.DataFrame({"source_id": [""]})])
def test_rows_that_name_no_source_cite_none_and_may_rest_on_any(sources, synthetic_sources, rows):
    assert cite_sources(rows, sources) == ((), False)
    assert cite_sources(rows, synthetic_sources) == ((), True)


@pytest.mark.parametrize(("number", "has_titles"), [(4, True), (5, False)])
def test_with_more_than_four_sources_labels_are_short(sources, number, has_titles):
    register = pd.concat([sources.iloc[:1].assign(source_id=f"s{n}") for n in range(number)])
    cited, _ = cite_sources(pd.DataFrame({"source_id": register["source_id"]}), register)
    assert len(cited) == number
    assert {label for _, label in cited} == {"Bureau A (2020), Yearbook" if has_titles else "Bureau A (2020)"}


def test_file_of_synthetic_data_says_so_in_every_row_and_one_of_real_data_does_not():
    rows = pd.DataFrame({"a": [1, 2]})
    synthetic = Exhibit("n", "table", "", "", rows, is_synthetic=True)._repr_mimebundle_()[DATA_MIME]
    lines = synthetic["resources"][0]["data"].splitlines()
    assert lines == ["a,synthetic", *(f"{number},SYNTHETIC DATA" for number in (1, 2))]
    real = Exhibit("n", "table", "", "", rows)._repr_mimebundle_()[DATA_MIME]
    assert real["resources"][0]["data"] == "a\n1\n2\n"

"""Notebooks to pages: numbers, identifiers, notes, safety of the files."""

import re
from dataclasses import replace

import nbformat
import pandas as pd
import pytest
import shipped
from bs4 import BeautifulSoup

from ctresearch import datafiles, report
from ctresearch.exhibits import Exhibit, Exhibits
from ctresearch.report import Page
from ctresearch.site import shell


@pytest.fixture(scope="module")
def study():
    return shipped.read_study().study


def notebook_of(*shown, markdown=("# What is asked?", "## First part", "### Detail", "## Second part"), slides=False):
    metadata = {"slideshow": {"slide_type": "slide"}} if slides else {}
    cells = [nbformat.v4.new_markdown_cell(text, metadata=metadata) for text in markdown]
    for item in shown:
        bundle = item._repr_mimebundle_()
        output = nbformat.v4.new_output("execute_result", data=bundle, execution_count=1)
        stream = nbformat.v4.new_output("stream", name="stderr", text="a warning nobody should see")
        metadata = {"slideshow": {"slide_type": "-"}} if slides else {}
        cells.append(nbformat.v4.new_code_cell("secret_code()", outputs=[stream, output], metadata=metadata))
    return nbformat.v4.new_notebook(cells=cells)


ROWS = pd.DataFrame({"year": [2014], "value": [125]})
TABLE = Exhibit("victims", "table", "<table class='data'></table>", "Victims", ROWS)
FIGURE = Exhibit("trend", "figure", "<img alt='125 in 2014' src='data:,'>", "Trend", ROWS)
PAGES = (
    Page("alb", "Albania", 1),
    Page("bih", "Bosnia and Herzegovina", 2, "failed"),
    Page("regional", "The region", 3),
)


def test_sections_tables_and_figures_are_numbered_with_stable_ids(study):
    html = report.render_page(notebook_of(TABLE, FIGURE, TABLE), PAGES[2], PAGES, study)
    text = BeautifulSoup(html, "html.parser").get_text()
    for words in (
        "3.1 First part",
        "3.1.1 Detail",
        "3.2 Second part",
        "Table 3.1. Victims",
        "Figure 3.1. Trend",
        "Table 3.2. Victims",
    ):
        assert words in text
    assert 'id="regional-victims"' in html
    assert "<h1>The region</h1>" in html
    assert '<p class="question">What is asked?</p>' in html
    assert html.count("<h1") == 1


def test_contents_link_to_headings_that_exist(study):
    html = report.render_page(notebook_of(TABLE), PAGES[0], PAGES, study)
    contents = re.search(r'<nav class="contents".*?</nav>', html, re.DOTALL).group(0)
    links = re.findall(r'href="#([^"]+)"', contents)
    assert links == ["first-part", "second-part"]
    for link in links:
        assert f'id="{link}"' in html


def test_code_and_warnings_are_not_shown(study):
    html = report.render_page(notebook_of(TABLE), PAGES[0], PAGES, study)
    assert "secret_code" not in html
    assert "a warning nobody should see" not in html


def test_missing_chapter_is_named_without_a_link_and_skipped_in_turning(study):
    html = report.render_page(notebook_of(TABLE), PAGES[0], PAGES, study)
    assert "Bosnia and Herzegovina (missing in this run)" in html
    assert 'href="bih.html"' not in html
    assert 'rel="next" href="regional.html"' in html
    assert 'rel="prev"' not in html


def test_drawings_are_read_when_a_reader_comes_near(study):
    figure = replace(FIGURE, body='<img src="data:image/svg+xml;base64,AA==" alt="125 in 2014">')
    page = report.render_page(notebook_of(figure), PAGES[0], PAGES, study)
    image = BeautifulSoup(page, "html.parser").img
    assert (image["loading"], image["decoding"], image["alt"]) == ("lazy", "async", "125 in 2014")


def test_note_on_kosovo_is_on_a_page_that_names_it_and_only_there(study):
    named = Exhibit("text", "text", "<p>Facts on Kosovo*</p>")
    with_note = report.render_page(notebook_of(named), PAGES[0], PAGES, study)
    without = report.render_page(notebook_of(TABLE), PAGES[0], PAGES, study)
    assert "Security Council resolution 1244 (1999)" in with_note
    assert "1244" not in without


def test_pages_and_slides_name_no_other_host_and_allow_none(study):
    page = report.render_page(notebook_of(TABLE), PAGES[0], PAGES, study)
    slides = report.render_slides(notebook_of(TABLE, slides=True), PAGES[0], study)
    cover = report.render_cover(study, PAGES, files=[], left_out=[], is_synthetic=False)
    for html in (page, slides, cover):
        assert "default-src 'none'" in html
        assert not re.findall(r'<(?:script|link|img|iframe)[^>]+(?:src|href)="https?:', html)
    assert "<script" not in cover
    for html in (page, slides):
        allowed = re.search(r"script-src ([^;\"]+)", html).group(1).split()
        scripts = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
        assert allowed == [f"'sha256-{shell.hash_script(script)}'" for script in scripts]
        assert len(scripts) == html.count("<script")


def test_hostile_titles_are_escaped(study):
    hostile = Page("alb", "<script>alert(1)</script>", 1)
    html = report.render_page(notebook_of(TABLE), hostile, [hostile], study)
    cover = report.render_cover(study, [hostile], files=[], left_out=["<b>x</b>"], is_synthetic=False)
    assert "<script>alert" not in html + cover
    assert "&lt;script&gt;alert(1)" in html
    assert "&lt;b&gt;x&lt;/b&gt;" in cover


def test_what_could_act_in_an_output_is_taken_out_of_pages_and_slides(study):
    wicked = Exhibit("a", "table", '<p onclick="go()">Kept<script>go()</script></p>', "Table")
    page = report.render_page(notebook_of(wicked), PAGES[0], PAGES, study)
    slides = report.render_slides(notebook_of(wicked, slides=True), PAGES[0], study)
    for html in (page, slides):
        assert "<p>Kept</p>" in html
        assert "go()" not in html


def test_each_of_several_exhibits_becomes_a_slide(study):
    several = Exhibits((Exhibit("a", "table", "<p>1</p>", "First"), Exhibit("b", "table", "<p>2</p>", "Second")))
    html = report.render_slides(notebook_of(several, markdown=("# Title", "## Lists"), slides=True), PAGES[0], study)
    assert html.count("<section") == 4
    assert html.index("<h2>First</h2>") < html.index("<h2>Second</h2>")
    assert 'class="exhibits"' not in html


def test_cells_outside_slides_are_skipped(study):
    notebook = notebook_of(TABLE, slides=True)
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("not a slide"))
    assert "not a slide" not in report.render_slides(notebook, PAGES[0], study)


def test_cover_says_synthetic_and_partial(study):
    cover = report.render_cover(study, PAGES, files=[("a.csv", "A file")], left_out=["Serbia"], is_synthetic=True)
    assert "SYNTHETIC DATA" in cover
    assert "Left out: Serbia." in cover
    assert '<a href="a.csv">A file</a>' in cover
    assert "Bosnia and Herzegovina: missing in this run (failed)" in cover
    assert "SYNTHETIC" not in report.render_cover(study, PAGES, files=[], left_out=[], is_synthetic=False)


def test_data_of_exhibits_survive_the_notebook():
    masked = pd.DataFrame({"jurisdiction": ["MNE"], "value": pd.array([None], dtype="Float64"), "printed": ["<5"]})
    found = datafiles.collect_data(notebook_of(Exhibit("masked", "table", "", "", masked), Exhibits((TABLE, FIGURE))))
    assert set(found) == {"masked", "victims", "trend"}
    assert found["masked"]["data"] == "jurisdiction,value,printed\nMNE,,<5\n"
    assert found["victims"]["data"] == "year,value\n2014,125\n"


def test_rows_of_exhibits_are_read_back_with_their_types():
    rows = pd.DataFrame(
        {
            "text": ["a,b\r\nc", None],
            "share": pd.array([0.1 + 0.2, None], dtype="Float64"),
            "year": pd.array([None, 2014], dtype="Int64"),
            "is_new": [True, False],
        }
    )
    found = datafiles.collect_data(notebook_of(Exhibit("all", "table", "", "", rows)))
    assert datafiles.read_rows(found["all"]) == [
        {"text": "a,b\r\nc", "share": 0.3, "year": None, "is_new": True},
        {"text": None, "share": None, "year": 2014, "is_new": False},
    ]


def test_workbook_is_dated_by_the_source_date_epoch(tmp_path, monkeypatch):
    data = datafiles.collect_data(notebook_of(TABLE))["victims"]
    contents = []
    for name, epoch in (("a", "1"), ("b", "1"), ("c", "1700000000")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        datafiles.write_workbook({"victims": data}, tmp_path / f"{name}.xlsx")
        contents.append((tmp_path / f"{name}.xlsx").read_bytes())
    assert contents[0] == contents[1] != contents[2]


def test_same_notebook_gives_the_same_bytes(study):
    notebook = notebook_of(TABLE, FIGURE)
    assert report.render_page(notebook, PAGES[0], PAGES, study) == report.render_page(notebook, PAGES[0], PAGES, study)


def test_cover_lists_the_project_and_shows_hostile_entries_as_text(study, hostile):
    wicked = replace(study, objective=hostile, project={"Duration": "one year", hostile: hostile})
    cover = report.render_cover(wicked, [], files=[], left_out=[], is_synthetic=False)
    assert "<dt>Duration</dt><dd>one year</dd>" in cover
    assert "<script>alert" not in cover
    assert "<img src=x" not in cover
    assert cover.count("&lt;script&gt;alert(1)") == 3

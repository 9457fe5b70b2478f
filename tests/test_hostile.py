"""Whatever stands in the data is read as text: hostile values in every field of a study, opened in a real browser."""

import csv
import io
import re
import zipfile

import hostile
import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from lxml import html as markup

from ctresearch import batch, exhibits, report, tables
from ctresearch.datafiles import quote_formula
from ctresearch.markup import clean_html
from ctresearch.report import Page
from ctresearch.study import parse_study
from ctresearch.vocabulary import Vocabulary

SHOWN = (
    *("sources.publisher", "sources.title", "sources.terms", "sources.note", "victims.printed"),
    *("evidence.statement", "indicators.theme", "indicators.question"),
    *("measures.action", "measures.gender_effect", "codes.label", "codebook.label", "glossary.term"),
    *("glossary.definition", "instruments.title", "monitoring.document", "breaks.what", "standards.asks"),
    *("quotas.reason", "urgency.words"),
)
"""Fields that pages show."""


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    return folder / hostile.FOLDER, hostile.plant(folder)


@pytest.fixture(scope="module")
def built(planted, tmp_path_factory):
    result = batch.run_study(planted[0], out=tmp_path_factory.mktemp("out"))
    assert result.failed == (), [outcome.error for outcome in result.failed]
    return result.folder


@pytest.fixture(scope="module")
def opened(built, browser):
    """What every page did when it was opened and everything in it was pressed, and the text that it holds."""
    return {page.name: open_page(browser, page.as_uri()) for page in sorted(built.glob("*.html"))}


def open_page(browser, address):
    context = browser.new_context()
    context.route(re.compile("^(?!file:|data:)"), lambda route: route.abort())
    context.add_init_script("window.hits = []; window.pwn = number => window.hits.push(number)")
    page, seen = context.new_page(), {"dialogs": [], "requests": [], "messages": []}
    page.on("dialog", lambda dialog: (seen["dialogs"].append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("console", lambda message: seen["messages"].append(message.text))
    page.on("pageerror", lambda error: seen["messages"].append(str(error)))
    page.goto(address, wait_until="load")
    page.evaluate(
        """() => document.querySelectorAll('body *').forEach(element => {
            for (const name of ['mouseover', 'focus', 'toggle']) element.dispatchEvent(new Event(name));
            if (element.matches('a[href^="java" i], form[action^="java" i] button')) element.click();
        })"""
    )
    if page.locator("#words").count():
        page.locator("#words").fill("pwn")
    page.wait_for_timeout(100)
    seen |= {"hits": page.evaluate("window.hits"), "text": page.evaluate("document.body.textContent")}
    seen["is_there"] = page.evaluate("document.body.getBoundingClientRect().height") > 0
    context.close()
    return seen


def squeeze(text):
    return re.sub(r"\s+", "", text)


def test_there_are_enough_values_of_every_kind_in_every_field(planted):
    assert len(set(hostile.VALUES)) == len(hostile.VALUES) >= 60
    assert all(count > 0 for count in planted[1].values())
    assert sum(count >= 60 for count in planted[1].values()) >= 40
    rows = pd.read_csv(planted[0] / "evidence.csv", dtype=str, keep_default_na=False)
    assert all(rows["statement"].str.startswith(value).any() for value in hostile.VALUES)


@pytest.mark.notebooks
@pytest.mark.browser
def test_no_value_acts_in_any_page(opened):
    assert len(opened) >= 10
    for name, seen in opened.items():
        assert (name, seen["hits"], seen["dialogs"], seen["messages"]) == (name, [], [], [])
        assert [url for url in seen["requests"] if not url.startswith(("data:image", "file:"))] == [], name
        assert seen["is_there"], name


@pytest.mark.notebooks
@pytest.mark.browser
def test_every_value_can_be_read_as_text_on_a_page(opened):
    texts = [squeeze(seen["text"]) for seen in opened.values()]
    assert [value for value in hostile.VALUES if not any(squeeze(value) in text for text in texts)] == []
    facts = squeeze(opened["avq.html"]["text"])
    assert sum(squeeze(value) in facts for value in hostile.VALUES) >= 60


@pytest.mark.notebooks
def test_every_field_that_pages_show_is_shown_as_it_was_written(built, planted):
    pages = [page.read_text(encoding="utf-8") for page in built.glob("*.html") if page.stem not in ("search", "slides")]
    texts = [squeeze(markup.fromstring(page).text_content()) for page in pages]
    missing = []
    for field in SHOWN:
        table, column = field.split(".")
        places = [planted[0] / f"{table}.csv", planted[0] / "framework" / f"{table}.csv"]
        cells = pd.read_csv(next(place for place in places if place.exists()), dtype=str)[column].unique()
        if not any(squeeze(cell) in text for cell in cells for text in texts):
            missing.append(field)
    assert missing == []


@pytest.mark.notebooks
def test_no_spreadsheet_calculates_what_stands_in_a_file(built):
    files = [file.read_text(encoding="utf-8") for file in built.rglob("*.csv")]
    cells = [cell for text in files for row in csv.reader(io.StringIO(text)) for cell in row]
    assert sum(cell.startswith("'=") for cell in cells) > 10
    assert [cell for cell in cells if cell.startswith(("=", "@", "\t", "\uff1d")) or re.match(r"[+-]\D", cell)] == []
    with zipfile.ZipFile(built / "recommendations.xlsx") as workbook:
        sheets = [workbook.read(name).decode() for name in workbook.namelist() if "worksheets/sheet" in name]
        assert len(sheets) == 2
        assert not any("<f" in re.sub("<(format|f[^ >/])", "", sheet) for sheet in sheets)
        assert not any("hyperlink" in sheet for sheet in sheets)
        assert "=HYPERLINK(" in workbook.read("xl/sharedStrings.xml").decode()


@pytest.mark.notebooks
def test_names_of_files_are_plain(built):
    names = [file.relative_to(built).as_posix() for file in built.rglob("*") if file.is_file()]
    assert [name for name in names if not re.fullmatch(r"([a-z0-9][a-z0-9_-]*/)?[a-z0-9][a-z0-9_.-]*", name)] == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("off", "acting"),
    [
        ({"escape", "clean", "policy"}, True),
        ({"escape", "clean"}, False),
        ({"escape", "policy"}, False),
        ({"clean", "policy"}, False),
    ],
    ids=lambda value: "-".join(sorted(value)) if isinstance(value, set) else "",
)
def test_values_act_without_protection_and_each_protection_holds_alone(
    off, acting, monkeypatch, tmp_path, browser, study, sources
):
    """The control: if no protection were needed, none of these tests could fail."""
    if "escape" in off:
        monkeypatch.setattr(tables, "escape", str)
        monkeypatch.setattr(exhibits, "escape", str)
    if "clean" in off:
        monkeypatch.setattr(report.pages, "clean_html", str)
    address = write_page(tmp_path, study, sources)
    if "policy" in off:
        page = (tmp_path / "aaa.html").read_text(encoding="utf-8")
        page = re.sub("<meta http-equiv=.Content-Security-Policy[^>]*>", "", page)
        (tmp_path / "aaa.html").write_text(page, encoding="utf-8")
    seen = open_page(browser, address)
    acted = set(seen["hits"]) | {int(number) for number in seen["dialogs"]}
    assert (len(acted) >= 20) if acting else acted == set()


def write_page(folder, study, sources):
    # A value that hides or replaces the page would keep the others from acting.
    values = [
        value for value in hostile.VALUES if not re.search("<style>|<(meta|base|form|noscript|math)|</title", value)
    ]
    rows = pd.DataFrame({"statement": values, "source_id": "src-a"})
    shown = [
        tables.show_table(
            rows.iloc[[number]],
            name=f"t{number}",
            caption=value,
            columns={"statement": "Statement"},
            vocabulary=Vocabulary(),
            sources=sources,
            note=value,
        )
        for number, value in enumerate(values)
    ]
    cells = [
        nbformat.v4.new_code_cell(
            "", outputs=[nbformat.v4.new_output("display_data", data=exhibit._repr_mimebundle_())]
        )
        for exhibit in shown
    ]
    page = Page("aaa", "Arcadia", 1)
    html = report.render_page(nbformat.v4.new_notebook(cells=cells), page, [page], study)
    (folder / "aaa.html").write_text(html, encoding="utf-8")
    return (folder / "aaa.html").as_uri()


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_cleaning_takes_nothing_out_of_what_a_report_shows(built_report):
    for file in sorted((built_report / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(file, as_version=4).cells:
            for output in cell.get("outputs", []):
                shown = output.get("data", {}).get("text/html", "")
                assert read_elements(clean_html(shown)) == read_elements(shown), file.name


def read_elements(marked_up):
    page = markup.fromstring(f"<div>{marked_up}</div>")
    return [(tag.tag, sorted(tag.items())) for tag in page.iter()], page.text_content()


@pytest.mark.parametrize("value", hostile.VALUES)
def test_cleaned_html_holds_nothing_that_acts(value):
    cleaned = clean_html(f"<p>{value}</p>")
    soup = BeautifulSoup(cleaned, "html.parser")
    assert {tag.name for tag in soup.find_all()} <= {"p", "a", "b", "img", "details", "span", "div", "strong", "table"}
    for tag in soup.find_all():
        assert not [name for name in tag.attrs if name.startswith("on") or name in ("style", "srcdoc", "srcset")]
        assert not re.match("(java|data)", re.sub(r"\s", "", tag.get("href", "")).lower())
        assert tag.get("src") is None


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href=" da\tta:text/html,x">x</a>', "<a>x</a>"),
        ('<a href="https://a.example/">x</a>', '<a href="https://a.example/">x</a>'),
        ('<a href="annex.html#source-a" download>x</a>', '<a href="annex.html#source-a" download="">x</a>'),
        ('<img src="data:image/png;base64,AAAA" alt="1">', '<img src="data:image/png;base64,AAAA" alt="1">'),
        ('<img src="data:image/svg+xml,<svg>" alt="1">', '<img alt="1">'),
        ('<img src="http://evil.example/a.png" alt="1">', '<img alt="1">'),
        ('<td aria-label="a" data-name="b" class="c" style="d">e</td>', "e"),
        ("<div><p>left open", "<div><p>left open</p></div>"),
        ("</main></body>text", "text"),
    ],
)
def test_cleaned_html_keeps_what_a_page_needs(html, expected):
    assert clean_html(html) == expected


@pytest.mark.parametrize(
    "value", ["=1+1", "@A1", "+A1", "-A1", "+1+1", "-2-3", "\t=1", "\uff1d1", "-", "+", "-1 to =2"]
)
def test_formulas_are_quoted(value):
    assert quote_formula(value) == f"'{value}"


@pytest.mark.parametrize(
    "value", ["", "a=1", "-1", "+3.5", "-1.2 to 3.4", "-0.4 to -0.1", "1,000", "<5", -4, None, "- %"[2:]]
)
def test_numbers_and_words_are_not_quoted(value):
    assert quote_formula(value) == value


@pytest.mark.parametrize("code", ["../AVQ", "<b>", "A/B", "a b", "INDEX", "NUL", ""])
def test_a_code_that_could_not_be_the_name_of_a_file_is_refused(code, settings):
    settings["jurisdictions"][0]["code"] = code
    with pytest.raises(ValueError, match=r"jurisdictions\[1\]\.code"):
        parse_study(settings)

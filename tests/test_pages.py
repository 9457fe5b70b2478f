"""The report in a real browser, offline: links, headings, figures, notes, numbers."""

import csv
import json
import re
from collections import Counter
from functools import cache
from itertools import product
from pathlib import Path
from urllib.parse import unquote, urlsplit

import lxml.html
import pytest
from bs4 import BeautifulSoup

from ctresearch import comments
from ctresearch.readability import PLAIN, measure_lix
from ctresearch.site.packed import read_page

PAGES = [
    *("index", "alb", "bih", "xkx", "mkd", "mne", "srb", "regional", "hidden", "recommendations"),
    *("participation", "annex", "summary", "profile-alb", "profile-xkx", "search"),
    "slides",
]
VIEWS = ((320, "light"), (320, "dark"), (1280, "light"), (1280, "dark"))
ALIKE = ("alb", "bih", "mkd", "mne", "whole")
"""Pages of one make: each is seen in one of the views; of others the first in all, the rest narrow and wide."""
WATCHED = ("srb", "slides")
CUT = """for (const [group, most] of [["tbody", 3], [".cards", 2], ["ul.facts, ol, ul", 4]])
  for (const parent of document.querySelectorAll(group)) [...parent.children].slice(most).forEach((c) => c.remove());
[...document.querySelectorAll("article.chapter")].slice(2, -2).forEach((chapter) => chapter.remove());"""
BROKEN = """async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.allSettled([...document.images].map((image) => image.decode()));
  return [...document.images].filter((image) => !image.complete || !image.naturalWidth).length;
}"""
pytestmark = [pytest.mark.notebooks, pytest.mark.no_cover]


@cache
def read(folder: Path, page: str) -> BeautifulSoup:
    return BeautifulSoup((folder / f"{page}.html").read_text(encoding="utf-8"), "lxml")


@cache
def identifiers(folder: Path, page: str) -> frozenset[str]:
    return frozenset(tag["id"] for tag in read(folder, page).select("[id]"))


def settle(opened):
    """Wait until what is packed in a page is open."""
    while opened.evaluate("document.querySelectorAll('main > [data-packed], body > [data-packed]').length"):
        opened.wait_for_timeout(50)


def test_report_has_every_part(built_report):
    names = {file.name for file in built_report.iterdir()}
    assert {f"{page}.html" for page in PAGES} <= names
    assert {"recommendations.csv", "recommendations.xlsx", "manifest.json", "tables", "notebooks"} <= names
    assert len(list((built_report / "tables").glob("*.csv"))) > 150


@pytest.mark.parametrize("page", PAGES)
def test_every_page_says_where_the_report_stands(built_report, page):
    state = read(built_report, page).select("header.report .state, .reveal > .state")
    assert [tag.get_text() for tag in state] == ["Draft: nobody has been asked for comments yet."]


@pytest.mark.parametrize("page", PAGES)
def test_every_link_leads_somewhere(built_report, page):
    for link in read(built_report, page).select("a[href]"):
        address = urlsplit(link["href"])
        if address.scheme in ("http", "https"):
            continue
        target = built_report / (unquote(address.path) or f"{page}.html")
        assert target.exists(), link["href"]
        if address.fragment:
            assert unquote(address.fragment) in identifiers(built_report, target.stem), link["href"]


@pytest.mark.parametrize("page", PAGES)
def test_identifiers_are_unique(built_report, page):
    found = [tag["id"] for tag in read(built_report, page).select("[id]")]
    assert [name for name, times in Counter(found).items() if times > 1] == []


@pytest.mark.parametrize("page", PAGES[1:-2])
def test_every_table_and_figure_has_caption_and_source_or_note(built_report, page):
    soup = read(built_report, page)
    for figure in soup.select("figure.exhibit"):
        assert re.match(r"(Table|Figure) \d+\.\d+\. .+", figure.find("figcaption").get_text())
        is_empty = "ND: n" in figure.get_text()
        in_rows = "th:-soup-contains('Source'), dt:-soup-contains('Sources')"
        sourced = figure.select_one(f"p.source, details.source, p.note, {in_rows}")
        assert sourced or is_empty, figure["id"]


@pytest.mark.parametrize("page", PAGES)
def test_every_image_has_a_text_made_from_its_data(built_report, page):
    for image in read(built_report, page).select("img"):
        assert len(image["alt"]) > 30
        assert re.search(r"\d", image["alt"])
        figure = image.find_parent("figure")
        assert image["alt"].startswith(re.sub(r"^Figure [\d.]+ ", "", figure.find("figcaption").get_text()))
        assert image["src"].startswith("data:image/svg+xml;base64,")


@pytest.mark.parametrize("page", PAGES)
def test_page_that_names_kosovo_carries_the_note(built_report, page):
    text = read(built_report, page).get_text()
    if "Kosovo" in text:
        assert "Security Council resolution 1244 (1999)" in text
    if page == "slides":
        for slide in read(built_report, page).select("section"):
            assert ("Kosovo" in slide.get_text()) == ("1244 (1999)" in slide.find("aside").get_text())


@pytest.mark.parametrize("page", [*PAGES, "whole"])
def test_page_is_light_enough(built_report, page):
    assert (built_report / f"{page}.html").stat().st_size <= 1_500_000


def test_site_weighs_at_most_25_megabytes_beside_the_notebooks_that_it_was_made_from(built_report):
    files = [file for file in built_report.rglob("*") if file.is_file() and file.parent.name != "notebooks"]
    assert sum(file.stat().st_size for file in files) < 25_000_000


def test_whole_report_has_unique_identifiers_and_links_that_lead_somewhere(built_report):
    page = lxml.html.document_fromstring(read_page(built_report / "whole.html"))
    names = page.xpath("//@id")
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert {"alb", "srb", "regional", "annex"} <= set(page.xpath("//article/@id"))
    known = {**dict.fromkeys(names), **{f"annex.html#{name}": None for name in identifiers(built_report, "annex")}}
    for address in page.xpath("//a/@href"):
        if not address.startswith(("http", "tables/")) and "#" in address:
            assert unquote(address).removeprefix("#") in known, address


def test_items_to_cite_are_unique_and_exist(built_report):
    with (built_report / "items.csv").open(encoding="utf-8", newline="") as stream:
        listed = list(csv.DictReader(stream))
    names = [row["item_id"] for row in listed]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert {"SRB-PROT-03", "SRB-PROT-01-2", "srb-victims-rates", "srb-urgent-needs"} <= set(names)
    assert {row["kind"] for row in listed} == {"section", "table", "figure", "finding", "recommendation"}
    assert set(names) <= set(lxml.html.document_fromstring(read_page(built_report / "whole.html")).xpath("//@id"))


def test_summary_has_five_messages_in_plain_language_with_their_evidence(built_report):
    page = read(built_report, "summary")
    messages = page.select("ol.messages > li")
    assert len(messages) == 5
    for message in messages:
        assert message.select_one("p.source a[href^='regional.html#']")
        said = " ".join(tag.get_text() for tag in message.find_all(["h2", "p"]) if "source" not in tag.get("class", []))
        assert re.search(r"\d", said)
        assert measure_lix(said) <= PLAIN, said


def test_cover_has_a_tile_for_each_jurisdiction_and_the_note(built_report):
    page = read(built_report, "index")
    assert [tile.a.get_text() for tile in page.select("ul.tiles li")] == [
        *("Albania", "Bosnia and Herzegovina", "Kosovo*", "North Macedonia", "Montenegro", "Serbia")
    ]
    assert {tile["style"] for tile in page.select("ul.tiles li")} == {
        f"grid-area: {row} / {column}" for row in (1, 2, 3) for column in (1, 2)
    }
    assert "1244 (1999)" in page.select_one("ul.tiles + p.note").get_text()


def test_slides_are_about_twenty(built_report):
    assert 18 <= len(read(built_report, "slides").select("section")) <= 26


def test_numbers_of_the_chapters(built_report):
    table = read(built_report, "alb").find(id="alb-victims-rates").get_text(" ")
    assert re.search(r"2014\s+125\s+4\.\d", table)
    montenegro = read(built_report, "mne").find(id="mne-victims-rates").get_text(" ")
    assert re.search(r"2013\s+<5\s+ND", montenegro)
    serbia = read(built_report, "srb").find(id="srb-conflicts").get_text(" ")
    assert "92 Identified victims 76 Detected victims" in re.sub(r"\s+", " ", serbia)
    assert "296 Officially identified victims 191 Detected victims" in re.sub(r"\s+", " ", serbia)
    bosnia = read(built_report, "bih").find(id="bih-conflicts").get_text(" ")
    assert "48 Identified victims 49 Detected victims" in re.sub(r"\s+", " ", bosnia)


def test_kosovo_chapter_says_what_is_missing_instead_of_a_zero(built_report):
    soup = read(built_report, "xkx")
    assert "no figure for 2013 to 2014 in the source of the series" in soup.get_text()
    assert "ND: no figure was published that could be drawn." in soup.find(id="xkx-victims-figure").get_text()


def test_every_place_that_the_search_knows_exists(built_report):
    entries = json.loads(read(built_report, "search").find(id="index").string)
    assert len(entries) > 200
    assert {entry["page"] for entry in entries} >= {"Albania", "Serbia", "Annex"}
    for entry in entries:
        page, _, place = entry["address"].partition(".html")
        assert not place or place[1:] in identifiers(built_report, page), entry["address"]


def test_every_exhibit_with_data_offers_it_and_links_to_itself(built_report):
    tables = {file.name for file in (built_report / "tables").iterdir()}
    for figure in read(built_report, "srb").select("figure.exhibit"):
        assert figure.select_one("figcaption a.place")["href"] == f"#{figure['id']}"
        offered = figure.select_one("p.data a")
        assert (offered is not None) == (f"{figure['id']}.csv" in tables)


@pytest.mark.browser
def test_whole_report_opens_with_every_chapter_figure_and_tool(built_report, browser):
    requests, messages = [], []
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    opened.on("request", lambda request: requests.append(request.url))
    opened.on("console", lambda message: messages.append(message.text))
    opened.on("pageerror", lambda error: messages.append(str(error)))
    opened.goto((built_report / "whole.html").as_uri())
    settle(opened)
    held = lxml.html.document_fromstring(read_page(built_report / "whole.html"))
    assert opened.locator("article.chapter").count() == len(held.xpath("//article[@class='chapter']"))
    assert opened.evaluate(BROKEN) == 0
    assert opened.evaluate("document.images.length") == len(held.xpath("//img")) > 50
    assert opened.locator("figure.exhibit:has(.tool)").count() == len(held.xpath("//figure"))
    assert opened.locator("#comment").count() == 1
    assert [url for url in requests if not url.startswith(("data:image/svg", built_report.as_uri()))] == []
    assert messages == []
    opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("item", ["SRB-PROT-03", "srb-urgent-needs", "annex-indicators"])
def test_an_item_of_the_whole_report_is_in_sight_when_somebody_follows_a_link_to_it(built_report, browser, item):
    opened = browser.new_page(viewport={"width": 1280, "height": 800})
    opened.goto(f"{(built_report / 'whole.html').as_uri()}#{item}")
    settle(opened)
    while not opened.evaluate("document.querySelectorAll(':target').length"):
        opened.wait_for_timeout(50)
    opened.wait_for_timeout(200)
    assert abs(opened.evaluate("document.querySelector(':target').getBoundingClientRect().top")) < 5
    opened.close()


@pytest.mark.browser
def test_search_finds_a_place_and_a_heading_sorts_its_table(built_report, browser):
    opened = browser.new_page()
    opened.goto((built_report / "search.html").as_uri())
    opened.get_by_label("Words").fill("GARWOOD serbia rate")
    assert opened.locator("#found a").first.get_attribute("href") == "srb.html#srb-victims-rates"
    opened.locator("#found a").first.click()
    opened.wait_for_url("**/srb.html#srb-victims-rates")
    rows = "#srb-victims-rates tbody tr td:nth-child(2)"
    before = [int(text) for text in opened.locator(rows).all_inner_texts()]
    heading = opened.locator("#srb-victims-rates th").nth(1)
    heading.get_by_role("button").press("Enter")
    assert [int(text) for text in opened.locator(rows).all_inner_texts()] == sorted(before)
    assert heading.get_attribute("aria-sort") == "ascending"
    heading.get_by_role("button").click()
    assert [int(text) for text in opened.locator(rows).all_inner_texts()] == sorted(before, reverse=True)
    heading.get_by_role("button").click()
    assert [int(text) for text in opened.locator(rows).all_inner_texts()] == before
    opened.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    ("page", "width"),
    [*product([page for page in PAGES if page not in ALIKE], (320, 1280)), *((page, 320) for page in ALIKE)],
)
def test_page_opens_offline_without_error_request_or_overflow(built_report, browser, page, width):
    messages, requests = [], []
    context = browser.new_context(viewport={"width": width, "height": 800}, offline=True)
    opened = context.new_page()
    opened.on("console", lambda message: messages.append(message.text))
    opened.on("pageerror", lambda error: messages.append(str(error)))
    opened.on("request", lambda request: requests.append(request.url))
    address = (built_report / f"{page}.html").as_uri()
    opened.goto(address)
    opened.wait_for_load_state("load")
    broken = opened.evaluate(BROKEN)
    wide = opened.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    context.close()
    assert messages == []
    assert [url for url in requests if not url.startswith(("data:", address))] == []
    assert broken == 0
    if page != "slides":
        assert wide <= 0


@pytest.mark.browser
@pytest.mark.parametrize("page", [*PAGES, "whole"])
def test_page_has_no_accessibility_violation(built_report, browser, page):
    """axe-core, narrow and wide, in light and dark; long tables and lists are cut, since their rows are alike."""
    from axe_playwright_python.sync_playwright import Axe

    context = browser.new_context(offline=True)
    opened = context.new_page()
    opened.goto((built_report / f"{page}.html").as_uri())
    settle(opened)
    opened.evaluate(CUT)
    found = []
    views = [VIEWS[ALIKE.index(page) % len(VIEWS)]] if page in ALIKE else VIEWS if page in WATCHED else VIEWS[::3]
    for width, scheme in views:
        opened.set_viewport_size({"width": width, "height": 800})
        opened.emulate_media(color_scheme=scheme)
        for violation in Axe().run(opened).response["violations"]:
            found += [(width, scheme, violation["id"], node["html"][:200]) for node in violation["nodes"][:3]]
    context.close()
    assert found == []


@pytest.mark.browser
def test_everything_is_reached_with_the_keyboard_and_focus_is_seen(built_report, browser):
    opened = browser.new_page()
    opened.goto((built_report / "xkx.html").as_uri())
    parts = "a[href], button, input, select, textarea, summary, .scroll"
    assert opened.evaluate(f"[...document.querySelectorAll('{parts}')].filter(e => e.tabIndex < 0).length") == 0
    seen = set()
    for _ in range(40):
        opened.keyboard.press("Tab")
        name, width = opened.evaluate(
            "(e => [e.outerHTML.slice(0, 120), parseFloat(getComputedStyle(e).outlineWidth)])(document.activeElement)"
        )
        assert width >= 2, name
        seen.add(name)
    assert len(seen) >= 38


@pytest.mark.browser
def test_a_source_and_a_term_open_and_close_with_the_keyboard(built_report, browser):
    opened = browser.new_page()
    opened.goto((built_report / "srb.html").as_uri())
    source = opened.locator("#SRB-PROT-01-2").locator("xpath=ancestor::tr").locator("button.cite").first
    for button in (source, opened.locator("button.term").first):
        card = opened.locator(f"#{button.get_attribute('popovertarget')}")
        assert not card.is_visible()
        button.press("Enter")
        assert card.is_visible()
        opened.keyboard.press("Escape")
        assert not card.is_visible()
        assert button.evaluate("e => e === document.activeElement")
    source.press("Enter")
    said = opened.locator(f"#{source.get_attribute('popovertarget')}").inner_text()
    assert {"Where in it", "Terms of use", "Register"} <= set(said.splitlines())
    opened.close()


@pytest.mark.browser
def test_a_comment_travels_from_the_page_into_the_matrix(built_report, browser, tmp_path):
    context = browser.new_context(accept_downloads=True, viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    opened.goto((built_report / "hidden.html").as_uri())
    opened.get_by_role("button", name="Comment", exact=True).first.press("Enter")
    form = opened.locator("#comments form")
    form.get_by_role("button", name="Keep").press("Enter")
    assert opened.locator("#comments li").count() == 0
    opened.keyboard.press("Escape")
    assert not opened.locator("#comments").is_visible()
    opened.evaluate("getSelection().selectAllChildren(document.querySelector('main section.prose p'))")
    opened.get_by_role("button", name="Comment", exact=True).first.click()
    quote = form.get_by_label("Words that you selected").input_value()
    assert len(quote) > 20
    item = form.get_by_label("On", exact=True).input_value()
    form.get_by_label("Kind").select_option("wording")
    form.get_by_label("Comment, with").fill("=Say it <b>shorter</b>")
    form.get_by_label("Name").fill("Vera Example")
    form.get_by_label("Organisation").fill("Ministry")
    form.get_by_role("button", name="Keep").click()
    opened.reload()
    opened.get_by_role("button", name="Comment", exact=True).first.click()
    assert "=Say it <b>shorter</b>" in opened.locator("#comments li").inner_text()
    with opened.expect_download() as download:
        opened.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "a.json")
    opened.get_by_role("button", name="Delete").click()
    assert opened.locator("#comments li").count() == 0
    context.close()
    merged = comments.merge_files([tmp_path / "a.json"], matrix=tmp_path / "comments.csv", report=built_report)
    row = merged.rows.loc[0]
    assert (row["item_id"], row["comment_kind"], row["quote"]) == (item, "wording", quote)
    assert row["organisation"] == "Ministry"
    assert row["text"] == "=Say it <b>shorter</b>"
    assert not row["title"].startswith(comments.GONE)
    assert "Vera" not in (tmp_path / "comments.csv").read_text(encoding="utf-8")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("page", "most"), [("summary", 2), *((f"profile-{code}", 1) for code in ("alb", "bih", "xkx", "mkd", "mne", "srb"))]
)
def test_short_pages_fit_on_their_paper(built_report, browser, page, most):
    opened = browser.new_page()
    opened.goto((built_report / f"{page}.html").as_uri())
    margin = dict.fromkeys(("top", "bottom", "left", "right"), "15mm")
    printed = opened.pdf(format="A4", margin=margin)
    opened.close()
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) <= most


@pytest.mark.browser
def test_on_paper_no_table_is_cut_and_the_cells_of_a_row_have_one_size(built_report, browser):
    opened = browser.new_page(viewport={"width": 680, "height": 900})  # A4 with margins of 15 mm
    opened.goto((built_report / "srb.html").as_uri())
    opened.emulate_media(media="print")
    cut = "[...document.querySelectorAll('table')].filter(t => t.offsetWidth > document.documentElement.clientWidth)"
    sizes = "t => new Set([...t.querySelectorAll('td')].map(c => getComputedStyle(c).fontSize)).size"
    assert opened.evaluate("document.querySelectorAll('table').length") > 30
    assert opened.evaluate(f"{cut}.map(t => t.id)") == []
    assert opened.evaluate(f"Math.max(...[...document.querySelectorAll('table')].map({sizes}))") == 1
    opened.close()


@pytest.mark.browser
def test_slides_turn_with_the_keyboard(built_report, browser):
    opened = browser.new_page(viewport={"width": 1280, "height": 720})
    opened.goto((built_report / "slides.html").as_uri())
    opened.wait_for_selector(".reveal.ready")
    first = opened.evaluate("Reveal.getIndices().h")
    opened.keyboard.press("ArrowRight")
    assert opened.evaluate("Reveal.getIndices().h") == first + 1
    opened.close()


@pytest.mark.browser
def test_slides_hold_what_they_show(built_report, browser):
    opened = browser.new_page(viewport={"width": 1280, "height": 720})
    opened.goto((built_report / "slides.html").as_uri())
    opened.wait_for_selector(".reveal.ready")
    total = opened.evaluate("Reveal.getTotalSlides()")
    too_high = []
    for number in range(total):
        opened.evaluate(f"Reveal.slide({number})")
        if opened.evaluate("Reveal.getCurrentSlide().scrollHeight") > 720:
            too_high.append(number + 1)
    opened.close()
    assert too_high == []

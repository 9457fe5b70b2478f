"""The files beside the one page: drawings, and the parts that are read when it is open."""

import base64
import re

import pytest
from bs4 import BeautifulSoup

from ctresearch import report
from ctresearch.markup import is_drawing
from ctresearch.release import Markup, unpack
from ctresearch.release.access import check_access
from ctresearch.release.checks import check_links
from ctresearch.site import beside

SVG = '<svg width="300pt" height="150pt" xmlns="http://www.w3.org/2000/svg">{}</svg>'
SHAPE = '<path d="M0 0L300 150" style="stroke:#ff0000" clip-path="url(#a)"/>'


def hold(drawing: str) -> str:
    return f'src="data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}"'


def draw(name: str, drawing: str = SVG.format(SHAPE)) -> str:
    return f'<figure class="exhibit figure" id="{name}"><img loading="lazy" {hold(drawing)} alt="Three of 4"></figure>'


def test_drawings_go_to_files_named_by_their_exhibits(tmp_path):
    html = f'<figure class="exhibit table" id="t">T</figure>{draw("srb-a")}{draw("srb-b")}'
    images = BeautifulSoup(beside.move_drawings(html, tmp_path), "html.parser").find_all("img")
    assert [image["src"] for image in images] == ["figures/srb-a.svg", "figures/srb-b.svg"]
    # 300 points of 1/72 inch are 400 pixels of 1/96 inch.
    assert {(image["width"], image["height"], image["alt"]) for image in images} == {("400", "200", "Three of 4")}
    assert (tmp_path / "figures" / "srb-b.svg").read_text(encoding="utf-8") == SVG.format(SHAPE)


@pytest.mark.parametrize(
    "inner",
    [
        "<script>go()</script>",
        '<path onclick="go()"/>',
        '<use href="https://x.example/a.svg#b"/>',
        '<use xmlns:x="http://www.w3.org/1999/xlink" x:href="javascript:go()"/>',
        "<style>@import 'https://x.example/a.css'</style>",
        '<path style="fill:url(https://x.example/a)"/>',
        "<foreignObject><p>x</p></foreignObject>",
        "<?xml-stylesheet href='a.css'?>",
        "<g>",
    ],
)
def test_a_drawing_that_could_act_as_a_file_stays_in_the_page(tmp_path, inner):
    html = draw("srb-a", SVG.format(inner))
    assert beside.move_drawings(html, tmp_path) == html
    assert list(tmp_path.iterdir()) == []


def test_what_stands_before_a_drawing_counts_too():
    assert is_drawing(SVG.format(SHAPE).encode())
    assert not is_drawing(b'<?xml-stylesheet href="a.css"?>' + SVG.format(SHAPE).encode())
    assert not is_drawing(b"<!DOCTYPE svg [<!ENTITY a 'b'>]>" + SVG.format(SHAPE).encode())


def test_a_name_that_is_no_file_name_leaves_the_drawing_in_the_page(tmp_path):
    html = draw("../a") + draw("srb-a", SVG.format(SHAPE).replace("pt", "em"))
    assert beside.move_drawings(html, tmp_path) == html


CHAPTERS = (
    '<article class="chapter" id="one"><h1>One</h1><p id="first"><a href="#REG-02">on</a></p></article>',
    '<article class="chapter" id="two"><h1>Two &amp; a half</h1><p data-part="https://x.example/a.js">“Ž”</p></article>',
    '<article class="chapter" id="six"><h1>Six</h1><p style="margin-top:9000px" id="REG-02">it</p></article>',
    '<aside class="cards" aria-label="Sources"><div id="card-1">Card</div></aside>',
)


@pytest.fixture
def page(tmp_path, study):
    """A page of three chapters and cards, of which the first chapter alone finds room."""
    parts = beside.Parts(tmp_path, most=len(CHAPTERS[0]))
    one, *others = map(parts.put, CHAPTERS)
    started = "function startTools() { window.started = (window.started || 0) + 1; }\n"
    script = started + report.shell.read_script("parts.js")
    html = report.shell.render("whole.html.j2", study, script=script, pages=[], chapters=report.shell.PLACE)
    html = html.replace(report.shell.PLACE, "".join((one, *others[:2])))
    file = tmp_path / "whole.html"
    file.write_text(html.replace('<footer class="report">', f'{others[2]}<footer class="report">'), encoding="utf-8")
    return file


def test_pieces_that_find_no_room_leave_a_link_and_can_be_read_back(page):
    html = page.read_text(encoding="utf-8")
    assert sorted(file.name for file in (page.parent / "whole").iterdir()) == ["six.js", "sources.js", "two.js"]
    assert CHAPTERS[0] in html
    places = BeautifulSoup(html, "html.parser").select("[data-part]")
    assert [(place.get("id"), place.a["href"], place.a.get_text()) for place in places] == [
        ("two", "two.html", "Two & a half"),
        ("six", "six.html", "Six"),
        (None, "annex.html", "Sources"),
    ]
    whole = beside.read_page(page)
    assert all(chapter in whole for chapter in CHAPTERS)
    assert "read from a file" not in whole


def test_a_piece_of_another_kind_stays_in_the_page(tmp_path):
    assert beside.Parts(tmp_path, most=0).put("<p>Words</p>") == "<p>Words</p>"


@pytest.mark.parametrize("text", ["readPart(go());\n", "readPart(3);\n", 'go("<p>");\n'])
def test_another_script_is_no_part(page, text):
    (page.parent / "whole" / "two.js").write_text(text, encoding="utf-8")
    assert beside.read_part(text) is None
    assert CHAPTERS[1] not in beside.read_page(page)
    assert [piece.texts for piece in unpack("two.js", text.encode())] == [(text,)]


def test_the_release_gate_reads_the_parts_in_their_places(page):
    part = page.parent / "whole" / "six.js"
    assert next(unpack("whole/six.js", part.read_bytes())).texts == ("Six", "it")
    assert [reason for reason in check_access(page.parent) if "whole.html" in reason.places] == []
    pages = {"whole.html": Markup.read(beside.read_page(page))}
    assert not [reason for reason in check_links(page.parent, pages) if reason.what == "#REG-02"]
    part.unlink()
    pages = {"whole.html": Markup.read(beside.read_page(page))}
    broken = {reason.what for reason in check_links(page.parent, pages)}
    assert {"#REG-02", "whole/six.js"} <= broken


def open_page(browser, address):
    opened, seen = browser.new_page(), []
    opened.on("console", lambda message: seen.append(message.text))
    opened.on("pageerror", lambda error: seen.append(str(error)))
    opened.on("request", lambda request: seen.append(request.url))
    opened.goto(address)
    while not opened.evaluate("window.started"):
        opened.wait_for_timeout(20)
    return opened, seen


@pytest.mark.browser
def test_parts_are_read_in_their_order_and_an_item_in_a_part_is_shown(page, browser):
    opened, seen = open_page(browser, f"{page.as_uri()}#REG-02")
    assert opened.evaluate("[...document.querySelectorAll('h1')].map(h => h.textContent)") == [
        *("One", "Two & a half", "Six"),
    ]
    assert opened.evaluate("document.querySelector('#two p').textContent") == "“Ž”"
    assert opened.locator("#card-1").count() == 1
    assert opened.evaluate("document.querySelector(':target').id") == "REG-02"
    assert opened.evaluate("scrollY") > 1000
    assert opened.evaluate("window.started") == 1
    assert [re.sub(".*/whole", "whole", one) for one in seen] == [
        *("whole.html", "whole/two.js", "whole/six.js", "whole/sources.js"),
    ]
    opened.close()


@pytest.mark.browser
def test_a_part_that_is_lost_leaves_its_link_and_the_others_are_read(page, browser):
    (page.parent / "whole" / "two.js").unlink()
    opened, _ = open_page(browser, page.as_uri())
    assert opened.locator("#two a").get_attribute("href") == "two.html"
    assert opened.locator("#REG-02").inner_text() == "it"
    opened.close()


@pytest.mark.browser
def test_drawings_are_read_when_near_and_before_printing(page, browser):
    far = f'<div style="height:20000px">Far</div>{draw("one-a")}'
    html = page.read_text(encoding="utf-8").replace("</article>", f"{far}</article>", 1)
    page.write_text(beside.move_drawings(html, page.parent), encoding="utf-8")
    opened, seen = open_page(browser, page.as_uri())
    assert not [one for one in seen if one.endswith(".svg")]
    opened.pdf()
    assert opened.evaluate("document.images[0].naturalWidth") == 400
    assert [one for one in seen if not one.startswith("file:")] == []
    opened.close()

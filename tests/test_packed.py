"""Chapters that are packed in the one page: nothing is lost, the browser opens them, the gate reads them."""

import base64
import gzip

import pytest
from bs4 import BeautifulSoup

from ctresearch.release import Markup, unpack
from ctresearch.release.access import check_access
from ctresearch.release.checks import check_links
from ctresearch.site import packed, shell

SVG = '<svg width="300pt" height="150pt" xmlns="http://www.w3.org/2000/svg"><title>Č 1%</title></svg>'
HELD = f'<img src="data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}" alt="Three of 4">'
TALL = '<figure class="exhibit table"><div style="height:2000px"></div></figure>'
LATER = "https://x.example/a.js"
CHAPTERS = (
    f'<article class="chapter" id="one"><h1>One</h1>{HELD}<p><a href="#REG-02">on</a></p>{HELD}</article>',
    f'<article class="chapter" id="two"><h1>Two &amp; a half</h1><p data-packed="{LATER}">“Ž” 0:1</p></article>',
    f'<article class="chapter" id="six"><h1>Six</h1>{TALL * 9}<p id="REG-02">it</p>{TALL * 9}</article>',
    '<aside class="cards" aria-label="Sources"><div id="card-1">Card</div></aside>',
)


@pytest.fixture
def page(tmp_path, study):
    """Write a page of three chapters and of cards."""
    *chapters, cards = map(packed.pack, CHAPTERS)
    script = f"function startTools() {{ window.started = true; }}\n{shell.read_script('packed.js')}"
    html = shell.render("whole.html.j2", study, script=script, pages=[], chapters=shell.PLACE)
    html = html.replace(shell.PLACE, "".join(chapters))
    file = tmp_path / "whole.html"
    file.write_text(html.replace('<footer class="report">', f'{cards}<footer class="report">'), encoding="utf-8")
    return file


def test_packed_chapters_leave_a_link_and_come_back_as_they_were(page):
    places = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select("[data-packed]")
    assert [(place.get("id"), place.a["href"], place.a.get_text()) for place in places] == [
        ("one", "one.html", "One"),
        ("two", "two.html", "Two & a half"),
        ("six", "six.html", "Six"),
        (None, "annex.html", "Sources"),
    ]
    whole = packed.read_page(page)
    assert all(chapter in whole for chapter in CHAPTERS)
    assert "This part is packed" not in whole
    assert packed.list_packed(page.read_text(encoding="utf-8")) == list(CHAPTERS)


def test_the_same_chapter_is_packed_to_the_same_bytes_and_another_piece_stays():
    assert packed.pack(CHAPTERS[0]) == packed.pack(CHAPTERS[0])
    assert packed.pack("<p>Words</p>") == "<p>Words</p>"


@pytest.mark.parametrize(
    "content",
    [
        b"no archive",
        gzip.compress(b'["a"]')[:-9],
        gzip.compress(b"[1]"),
        gzip.compress(b'"a"'),
        gzip.compress(b"[\xff]"),
        gzip.compress(b'["' + b"A" * 2**16 + b'"]'),
    ],
    # An archive holds the second of its making: as a name, each process that collects tests would have another.
    ids=["no archive", "cut off", "a number", "a text", "no UTF-8", "a bomb"],
)
def test_what_is_damaged_or_no_piece_or_a_bomb_stays_packed(monkeypatch, content):
    monkeypatch.setattr(packed, "MOST_BYTES", 2**12)
    html = f'<article class="chapter" data-packed="{base64.b64encode(content).decode()}">Link</article>'
    assert packed.open_page(html) == html
    assert packed.list_packed(html) == []


def test_the_release_gate_reads_what_is_packed(page):
    pieces = {piece.place: piece for piece in unpack("whole.html", page.read_bytes())}
    assert pieces["whole.html!packed-3.html"].texts == ("Six", "it")
    assert pieces["whole.html!packed-1.html!1.svg"].content == SVG.encode()
    assert [reason for reason in check_access(page.parent) if "whole.html" in reason.places] == []
    broken = CHAPTERS[2].replace("<p ", '<img src="data:,"><p ').replace("REG-02", "REG-03")
    page.write_text(
        page.read_text(encoding="utf-8").replace(packed.pack(CHAPTERS[2]), packed.pack(broken)), encoding="utf-8"
    )
    assert [reason for reason in check_access(page.parent) if "whole.html" in reason.places]
    pages = {"whole.html": Markup.read(packed.read_page(page))}
    assert "#REG-02" in {reason.what for reason in check_links(page.parent, pages)}


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
def test_the_browser_opens_chapters_in_their_order_and_goes_to_the_item_asked_for(page, browser):
    opened, seen = open_page(browser, f"{page.as_uri()}#REG-02")
    assert opened.locator("h1").all_text_contents() == ["One", "Two & a half", "Six"]
    assert opened.locator("#two p").text_content() == "“Ž” 0:1"
    assert opened.locator("#two p").get_attribute("data-packed") == LATER
    assert opened.locator("#card-1").count() == 1
    assert opened.evaluate("[...document.images].map(image => image.naturalWidth)") == [400, 400]
    while not opened.evaluate("document.querySelectorAll(':target').length"):
        opened.wait_for_timeout(20)
    opened.wait_for_timeout(100)
    assert opened.evaluate("document.querySelector(':target').id") == "REG-02"
    assert abs(opened.evaluate("document.querySelector(':target').getBoundingClientRect().top")) < 2
    assert [one for one in seen if not one.startswith(("file:", "data:image/svg"))] == []
    opened.close()


@pytest.mark.browser
def test_a_damaged_chapter_leaves_its_link_and_the_others_are_opened(page, browser):
    html = page.read_text(encoding="utf-8")
    page.write_text(html.replace('id="two" data-packed="H4', 'id="two" data-packed="A4'), encoding="utf-8")
    opened, _ = open_page(browser, page.as_uri())
    assert opened.locator("#two a").get_attribute("href") == "two.html"
    assert opened.locator("#REG-02").inner_text() == "it"
    opened.close()

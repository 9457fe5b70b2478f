"""The search within a report: what is found where, and that nothing in it can leave its element."""

import json

import pytest

from ctresearch.search import MOST_CHARACTERS, list_entries, write_entries, write_index

PAGE = """<main><h1>Serbia</h1><p>Opening.</p><nav><li>Contents</li></nav>
<h2 id="law">Law</h2><p>In force <b>since 2006</b>.</p><ul><li>An item<p>inside</p></li></ul>
<figure class="exhibit" id="srb-acts"><figcaption>Table 6.1. Acts</figcaption><p>Note</p>
<table><tr><td>12</td></tr></table></figure>
</main>"""


def entries_of(html):
    return {entry.address: entry for entry in list_entries(html, file="srb.html", page="Serbia")}


def test_headings_carry_the_text_below_them_and_exhibits_stand_apart():
    found = entries_of(PAGE)
    assert {address: (entry.title, entry.text) for address, entry in found.items()} == {
        "srb.html": ("Serbia", "Opening."),
        "srb.html#law": ("Law", "In force since 2006. An item inside"),
        "srb.html#srb-acts": ("Table 6.1. Acts", "Table 6.1. Acts Note 12"),
    }


def test_a_long_exhibit_is_cut():
    html = f'<main><figure id="t"><figcaption>T</figcaption>{"word " * MOST_CHARACTERS}</figure></main>'
    assert len(entries_of(html)["srb.html#t"].text) == MOST_CHARACTERS


@pytest.mark.parametrize("html", ["", "<p>no main</p>", "<main></main>"])
def test_a_page_without_content_gives_nothing(html):
    assert entries_of(html) == {}


def test_an_index_of_nothing_is_an_empty_list():
    assert json.loads("".join(write_index([]))) == []


@pytest.mark.parametrize("hostile", ["</script><script>alert(1)</script>", "<!--<script>", "\u2028", '"};alert(1)//'])
def test_no_text_can_end_the_element_that_holds_the_index(hostile):
    html = f"<main><h2 id='x'>{hostile.replace('<', '&lt;')}</h2></main>"
    index = "".join(write_index([write_entries(list_entries(html, file="a.html", page=hostile))]))
    assert "<" not in index
    assert json.loads(index)[0]["page"] == hostile

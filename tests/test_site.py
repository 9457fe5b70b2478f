"""What a finished page gets besides its text: source cards, explained terms, items to cite, one page of everything."""

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from ctresearch.exhibits import Exhibit, cite_row, link_source, mark_items
from ctresearch.site import cards, items, shell, whole
from ctresearch.vocabulary import Vocabulary

FOOT = '<footer class="report"></footer>'
GLOSSARY = pd.DataFrame(
    {
        "term": ["victim", "potential victim", "national referral mechanism (NRM)", "ND (no data)", "cap"],
        "definition": ["Legal status.", "Before the decision.", "Agreed ways.", "Nothing found.", "A limit."],
        "source_note": ["CETS 197", "", "", "Ours.", ""],
    }
)
NO_TERMS = GLOSSARY.iloc[:0]


def finish(body, sources, glossary=NO_TERMS):
    return BeautifulSoup(cards.add_cards(body + FOOT, sources=sources, glossary=glossary), "html.parser")


def test_a_citation_opens_the_card_with_everything_that_is_known_of_its_source(sources):
    page = finish(link_source("src-a", "Bureau A", "table 3"), sources)
    button = page.find("button", class_="cite")
    assert button.get_text() == "Bureau A"
    card = page.find(id=button["popovertarget"])
    assert card.has_attr("popover")
    terms = [tag.get_text() for tag in card.find_all("dt")]
    facts = dict(zip(terms, [tag.get_text() for tag in card.find_all("dd")], strict=True))
    assert card.p.get_text() == "Bureau A: Yearbook"
    assert facts == {
        "Where in it": "table 3",
        "Year": "2020",
        "Terms of use": "free",
        "Address": "https://a.example/yearbook",
        "Read on": "2021-01-02",
        "Register": "src-a",
    }
    assert card.find("a", string="src-a")["href"] == "annex.html#source-src-a"
    assert card.find("button")["popovertargetaction"] == "hide"


def test_the_same_place_has_one_card_and_another_place_in_the_source_its_own(sources):
    links = (link_source("src-a", "A", "p. 1"), link_source("src-a", "A", "p. 2"), link_source("src-a", "A", "p. 1"))
    page = finish(" ".join(links), sources)
    assert [button["popovertarget"] for button in page.select("button.cite")] == ["card-1", "card-2", "card-1"]
    assert len(page.select(".pop.source")) == 2


def test_a_source_that_is_not_in_the_register_stays_a_link_and_a_page_without_sources_has_no_cards(sources):
    link = link_source("unknown", "Somebody")
    assert cards.add_cards(link + FOOT, sources=sources, glossary=NO_TERMS) == link + FOOT


def test_a_card_of_a_synthetic_source_says_so_first(synthetic_sources):
    page = finish(link_source("src-a", "A") + link_source("src-b", "B"), synthetic_sources)
    first, second = page.select(".pop.source")
    assert first.dd.get_text().startswith("SYNTHETIC")
    assert "SYNTHETIC" not in second.get_text()


def test_hostile_words_in_a_source_a_locator_and_a_term_are_shown_as_text(sources, hostile, inert):
    wicked = sources.assign(**dict.fromkeys(("publisher", "title", "address", "terms", "via", "note"), hostile))
    terms = pd.DataFrame({"term": ["cap"], "definition": [hostile], "source_note": [hostile]})
    body = f"<p>A cap.</p>{link_source('src-a', 'A', hostile)}"
    inert(cards.add_cards(body + FOOT, sources=wicked, glossary=terms), times=9)


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "//host.example", ""])
def test_only_an_address_of_the_web_becomes_a_link(sources, address):
    page = finish(link_source("src-a", "A"), sources.assign(address=address))
    assert [link["href"] for link in page.select(".pop a")] == ["annex.html#source-src-a"]


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ("<p>Victims and potential victims, and a victim.</p>", ["Victims", "potential victims"]),
        ("<p>The NRM; the national referral mechanism.</p>", ["NRM"]),
        ("<p>nrm and nd are no short forms, and capacity is no cap</p>", ["cap"]),
        ('<p class="note">ND: no data.</p>', ["ND"]),
        ("<p><a href='x'>victim</a> <code>cap</code> <em>cap</em></p>", ["cap"]),
        ('<p class="source">A victim.</p><h2>Victim</h2><td>victim</td>', []),
    ],
)
def test_terms_are_explained_once_where_they_stand_first_in_a_paragraph(text, explained):
    found = {}
    html = cards.explain_terms(text, GLOSSARY.to_dict("records"), found)
    page = BeautifulSoup(html, "html.parser")
    assert [button.get_text() for button in page.select("button.term")] == explained
    assert [button["popovertarget"] for button in page.select("button.term")] == [f"term-{n}" for n in found]
    assert page.get_text() == BeautifulSoup(text, "html.parser").get_text()


def test_a_term_has_a_card_with_its_meaning(sources):
    card = finish("<p>A victim.</p>", sources, GLOSSARY).find(id="term-0")
    assert card.p.get_text() == "victim: Legal status."
    assert card.find("p", class_="ref").get_text() == "CETS 197"


def test_rows_are_cited_with_both_sources_and_a_locator_only_where_it_belongs_to_one():
    names = Vocabulary({"source": {"a": "A", "b": "B"}})
    both = {"source_id": "a", "locator": "p. 1", "second_source_id": "b", "second_locator": "p. 2"}
    assert cite_row(both, names) == f"{link_source('a', 'A', 'p. 1')}; {link_source('b', 'B', 'p. 2')}"
    assert "data-locator" not in cite_row({"source_id": "a;b", "locator": "p. 1"}, names)
    assert cite_row({"source_id": "", "second_source_id": None}, names) == ""


def test_the_line_of_sources_says_where_in_the_source_the_rows_are():
    places = [f"table {number}" for number in range(8)]
    rows = pd.DataFrame({"source_id": ["a"] * 9, "locator": [*places, None]})
    html = Exhibit("t", "table", "", "", rows, sources=(("a", "A"), ("b", "B"))).to_html()
    assert 'data-locator="table 0; table 1; table 2; table 3; table 4; table 5; 2 more in the data file"' in html
    assert html.count("data-locator") == 1


def test_a_row_shows_its_identifier_once_and_alone_where_the_cell_is_the_identifier():
    marked = mark_items(pd.Series(["x", "x", "y", "B-1"]), pd.Series(["A-1", "A-1", "", "B-1"]))
    assert [BeautifulSoup(cell, "html.parser").get_text() for cell in marked] == ["x A-1", "x", "y", "B-1"]
    assert 'id="B-1" href="#B-1"' in marked[3]


def test_items_of_a_page_are_listed_with_their_titles_as_printed():
    page = (
        '<h2 id="law">2.1 Law</h2><figure class="exhibit table" id="srb-acts"><figcaption id="srb-acts-caption">'
        '<a class="place" href="#srb-acts">Table 2.1</a>. Acts &amp; more</figcaption></figure>'
        '<article class="card" id="REG-01"><p class="head"><span>REG-01</span> Do it</p></article>'
    )
    assert [tuple(vars(item).values()) for item in items.list_items(page, file="srb.html")] == [
        ("srb-section-law", "srb.html", "section", "2.1 Law"),
        ("srb-acts", "srb.html", "table", "Table 2.1. Acts & more"),
        ("REG-01", "srb.html", "recommendation", "REG-01 Do it"),
    ]


def test_links_between_chapters_lead_within_the_one_page_and_others_stay():
    first = (
        '<main id="content"><h2 id="law">Law</h2><a href="b.html#REG-01">r</a> <a href="#a-acts">t</a> '
        '<a href="https://x.example/b.html">w</a> <a href="annex.html#source-s">s</a> <a href="c.html">c</a></main>'
    )
    chapters = whole.join_chapters({"a": first, "b": '<main id="content"><p id="REG-01">x</p></main>', "annex": first})
    links = [link["href"] for link in BeautifulSoup("".join(chapters), "html.parser").find(id="a").find_all("a")]
    assert links == ["#REG-01", "#a-acts", "https://x.example/b.html", "annex.html#source-s", "c.html"]


def test_contents_of_the_chapters_of_the_one_page_have_names_of_their_own():
    contents = '<main id="content"><h1>{}</h1><nav class="contents" aria-label="On this page"></nav></main>'
    chapters = whole.join_chapters({"a": contents.format("A"), "b": contents.format("B &amp; C")})
    labels = [nav["aria-label"] for nav in BeautifulSoup("".join(chapters), "html.parser").find_all("nav")]
    assert labels == ["In the chapter A", "In the chapter B & C"]


def test_a_page_written_in_pieces_has_one_card_for_a_source_and_the_notes_of_all_places_named(study, sources, tmp_path):
    opened = cards.Cards(sources=sources, glossary=GLOSSARY)
    citation = link_source("src-a", "A")
    pieces = [f"<p>A victim.</p>{citation}", "<p>A victim in Borduria.</p>", citation]
    frame = f"<main>{shell.PLACE}</main>{FOOT}"
    shell.write_pieces(tmp_path / "a.html", frame, map(opened.open, pieces), study, closing=opened.render)
    page = BeautifulSoup((tmp_path / "a.html").read_text(encoding="utf-8"), "html.parser")
    assert [button["popovertarget"] for button in page.select("main button")] == ["term-0", "card-1", "card-1"]
    assert [card["id"] for card in page.select(".pop")] == ["card-1", "term-0"]
    assert [note.get_text() for note in page.select("footer .jurisdiction-note")] == ["* A note on Borduria."]


def test_a_page_from_a_template_allows_its_own_script_alone(study):
    html = shell.render("search.html.j2", study, script="1 < 2", index="[]")
    assert f"script-src 'sha256-{shell.hash_script('1 < 2')}'" in html
    assert "<script>1 < 2</script>" in html

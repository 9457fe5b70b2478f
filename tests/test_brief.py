"""Messages of the region, profiles on one page, tiles, and how hard the words are to read."""

from dataclasses import replace

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from ctresearch.messages import NOTHING, say_messages
from ctresearch.readability import PLAIN, measure_lix
from ctresearch.site import brief, tiles
from ctresearch.site.items import Item
from ctresearch.study import parse_study

CODES = ["AAA", "BBB", "CCC"]
VERDICTS = pd.DataFrame(
    {"jurisdiction": ["AAA", "BBB"], "verdict": ["rising", "falling"], "span": "2008 to 2023", "source_id": "src-a"}
)
TABLES = {
    "trends-verdicts": VERDICTS,
    "convictions-verdicts": VERDICTS.assign(verdict="not_enough_years"),
    "shared-gaps": pd.DataFrame({"indicator": ["PREV-01", "PROT-01"], "gaps_n": [3, 2]}),
    "urgent-shared": pd.DataFrame({"indicator": ["PROT-01"], "shared_n": [2], "source_id": ["src-b"]}),
    "pairs": pd.DataFrame(
        {"first": ["AAA", "AAA", "BBB"], "second": ["BBB", "CCC", "CCC"], "bilateral_n": [1, 0, 0], "source_id": ""}
    ),
    "complementary": pd.DataFrame({"indicator": ["PREV-01"]}),
    "coverage": pd.DataFrame({"jurisdiction": CODES * 2, "reading": ["ND", "gap", "ND", "ND", "gap", "mixed"]}),
}
CHAPTER = {
    "victims-rates": pd.DataFrame(
        {"year": [2014, 2013], "printed": ["<5", "7"], "rate_per_100k": [None, 1.25], "source_id": "src-a"}
    ),
    "victims-verdict": VERDICTS.iloc[:1].assign(measure="victims_detected"),
    "treaties": pd.DataFrame({"title": ["A", "B"], "bound": ["2009-04-14", None]}),
    "urgent-needs": pd.DataFrame(
        {"indicator": ["PROT-01"] * 4, "urgent_share": [0.9, 0.8, 0.7, 0.6], "source_id": "src-a"}
    ),
    "gaps": pd.DataFrame(
        {"evidence_id": ["A-1", "A-2"], "year": [2010, 2020], "statement": ["Old.", "New."], "source_id": "src-a"}
    ),
    "missing": pd.DataFrame({"indicator": ["PREV-01", "PROT-01"], "is_core": [True, False]}),
}
ADVICE = pd.DataFrame({"recommendation_id": ["REG-1"], "action": ["Do it."], "addressee": ["ministry"]})


@pytest.fixture
def context(study, sources, vocabulary):
    names = ("regional-trends-verdicts", "regional-pairs", "aaa-victims-rates")
    items = {name: Item(name, f"{name.split('-')[0]}.html", "table", f"Table 7.{n}. X") for n, name in enumerate(names)}
    return brief.Context(study, sources, vocabulary, items)


def test_there_are_five_messages_and_each_counts_what_its_tables_hold(vocabulary):
    said = [message.text for message in say_messages(TABLES, jurisdictions=CODES, vocabulary=vocabulary)]
    assert [text.split(". ")[0] for text in said] == [
        "The number of detected victims rose in 1 and fell in 1 of 2 places with a series of years",
        "The number of persons convicted clearly rose or fell in none of the 2 places with a series of years",
        "2 gaps are shared by 2 places or more",
        "For 1 of 3 pairs an agreement of their own was found",
        "On 3 of 6 questions (50%) nothing was found",
    ]
    assert "It rose in Arcadia. It fell in Borduria. There is no series for Cockaigne." in said[0]
    assert "It has too few years to say in Arcadia and Borduria." in said[1]
    assert "Shared by most, 3 of 3: PREV-01 Risk knowledge. Urgent in several places: PROT-01 Shelter." in said[2]
    assert "None was found for Arcadia with Cockaigne and Borduria with Cockaigne." in said[3]
    assert "Each place is asked 2 questions. Without an answer: Arcadia 2, Borduria 0 and Cockaigne 1." in said[4]


@pytest.mark.parametrize("tables", [{}, {name: rows.iloc[:0] for name, rows in TABLES.items()}])
def test_without_tables_every_message_says_that_nothing_is_known(tables, vocabulary):
    said = say_messages(tables, jurisdictions=CODES, vocabulary=vocabulary)
    assert [message.sentences for message in said] == [(NOTHING,)] * 5
    assert not any(character.isdigit() for message in said for character in message.headline)


def test_a_table_alone_is_said_without_the_other(vocabulary):
    gaps = say_messages({"shared-gaps": TABLES["shared-gaps"]}, jurisdictions=CODES, vocabulary=vocabulary)[2]
    urgent = say_messages({"urgent-shared": TABLES["urgent-shared"]}, jurisdictions=CODES, vocabulary=vocabulary)[2]
    assert "Urgent" not in gaps.text
    assert urgent.text == "No gap is known to be shared. Urgent in several places: PROT-01 Shelter."


def test_more_than_three_are_not_named(vocabulary):
    many = {"complementary": pd.DataFrame({"indicator": list("abcde")}), "pairs": TABLES["pairs"].iloc[:1]}
    said = say_messages(many, jurisdictions=CODES, vocabulary=vocabulary)[3]
    assert "Among them: a, b, c and 2 more." in said.text
    assert "None was found" not in said.text


def test_lix_is_words_a_sentence_and_long_words_in_a_hundred():
    # 7 words in 2 sentences, of which 'trafficked' and 'protection' are long: 7 / 2 + 100 * 2 / 7 = 32.07
    assert measure_lix("Every trafficked person has rights. Protection comes.") == pytest.approx(3.5 + 200 / 7)
    assert measure_lix("no end") == 2
    assert measure_lix("Ćićevac ima osmoro ljudi.") == pytest.approx(4 + 25)
    with pytest.raises(ValueError, match="without a word"):
        measure_lix("12 %")


@pytest.mark.parametrize("none", ["", None])
def test_a_course_that_turned_is_said_in_the_message_and_in_the_profile(none, context, vocabulary):
    turned = VERDICTS.assign(turn=[none, "rising since 2019"])
    said = say_messages(TABLES | {"trends-verdicts": turned}, jurisdictions=CODES, vocabulary=vocabulary)[0]
    assert "It fell in Borduria. The course turned in Borduria: rising since 2019. There is no series" in said.text
    assert said.text.count("turned") == 1
    assert measure_lix(said.text) <= PLAIN
    for row, words in ((0, "rising, 2008 to 2023"), (1, "falling, 2008 to 2023, but rising since 2019")):
        chapter = {"victims-verdict": turned.iloc[[row]].assign(measure="victims_detected")}
        assert brief.make_profile("AAA", chapter, ADVICE, context).lines[1].value == words


def test_a_place_whose_number_changes_only_if_it_is_judged_alone_is_named(vocabulary):
    rows = pd.DataFrame({"jurisdiction": CODES, "verdict": ["no_clear_change", "no_clear_change", "rising"]})
    rows = rows.assign(change_pct_low=[0.2, -2.0, 1.0], change_pct_high=[4.7, 5.5, None])
    said = say_messages(TABLES | {"trends-verdicts": rows}, jurisdictions=CODES, vocabulary=vocabulary)[0]
    assert said.text.endswith(
        "It shows no clear change in Arcadia and Borduria. "
        "Judged alone, and not with the others, it may have changed in Arcadia."
    )
    assert measure_lix(said.text) <= PLAIN


def test_messages_are_in_plain_language(vocabulary):
    for message in say_messages(TABLES, jurisdictions=CODES, vocabulary=vocabulary):
        assert measure_lix(message.text) <= PLAIN, message.text


def test_no_sentence_stands_twice_in_the_messages(vocabulary):
    said = say_messages(TABLES, jurisdictions=CODES, vocabulary=vocabulary)
    sentences = [sentence for message in said for sentence in (message.headline, *message.sentences)]
    assert len(sentences) > 10
    assert len(set(sentences)) == len(sentences) - sentences.count("There is no series for Cockaigne.") + 1


def test_the_summary_links_each_message_to_its_tables_and_sources(context):
    page = BeautifulSoup(brief.render_summary(TABLES, ADVICE, context), "html.parser")
    shown = page.select("ol.messages > li")
    assert len(shown) == 5
    first = shown[0].select_one("p.source")
    assert [link["href"] for link in first.find_all("a")] == [
        "regional.html#regional-trends-verdicts",
        "annex.html#source-src-a",
    ]
    assert first.get_text() == "Evidence: Table 7.0. Sources: Bureau A (2020), Yearbook"
    assert "Do it. [REG-1; to: ministry]" in page.get_text()
    assert "SYNTHETIC" not in page.get_text()
    synthetic = brief.render_summary(TABLES, ADVICE, replace(context, is_synthetic=True))
    assert "SYNTHETIC" in synthetic


def test_a_profile_shows_the_last_count_the_latest_gaps_and_three_needs(context):
    profile = brief.make_profile("AAA", CHAPTER, ADVICE, context)
    values = {line.term: line.value for line in profile.lines}
    assert values == {
        "Detected victims": "<5 in 2014",
        "Detected victims over the years": "rising, 2008 to 2023",
        "Persons convicted over the years": NOTHING,
        "Main treaties": "date of joining found for 1 of 2",
        "Questions without a fact": "2, of which 1 are core questions",
    }
    assert profile.lines[0].evidence == '<a href="aaa.html#aaa-victims-rates">Table 7.2</a>'
    assert [line.value for line in profile.lists["Most urgent needs"]] == [
        "urgent under 90% of the choices that were tried",
        "urgent under 80% of the choices that were tried",
        "urgent under 70% of the choices that were tried",
    ]
    assert [line.term for line in profile.lists["Gaps, the latest first"]] == ["A-2", "A-1"]
    assert profile.lists["Strengths, the latest first"] == []
    earlier = {"victims-rates": CHAPTER["victims-rates"].iloc[1:]}
    assert (
        brief.make_profile("AAA", earlier, ADVICE, context).lines[0].value == "7 in 2013, 1.2 per 100,000 inhabitants"
    )


def test_a_profile_of_a_place_about_which_nothing_is_known_says_so(context):
    profile = brief.make_profile("AAA", {}, ADVICE.iloc[:0], context)
    assert [line.value for line in profile.lines] == [NOTHING] * 4 + ["none is listed"]
    page = BeautifulSoup(brief.render_profile("AAA", {}, ADVICE.iloc[:0], context), "html.parser")
    assert page.h1.get_text() == "Arcadia on one page"
    assert page.get_text().count(NOTHING) == 8


def test_too_few_years_are_no_change(context):
    few = {"justice-verdict": VERDICTS.iloc[:1].assign(measure="persons_convicted", verdict="not_enough_years")}
    assert brief.make_profile("AAA", few, ADVICE, context).lines[2].value == "too few years to say"


def test_hostile_words_in_the_short_pages_are_shown_as_text(context, hostile, inert):
    wicked = {"gaps": CHAPTER["gaps"].assign(statement=hostile, evidence_id=hostile)}
    advice = ADVICE.assign(action=hostile, recommendation_id=hostile, addressee=hostile)
    inert(brief.render_profile("AAA", wicked, advice, context), times=6)
    inert(brief.render_summary({}, advice, context), times=3)


def test_only_pages_that_have_their_tables_are_written(tmp_path, context):
    written = brief.write_short_pages(tmp_path, {"aaa": CHAPTER}, context, lambda html: f"{html}<!-- finished -->")
    assert list(written) == ["profile-aaa.html"]
    assert [file.name for file in tmp_path.iterdir()] == ["profile-aaa.html"]
    assert (tmp_path / "profile-aaa.html").read_text(encoding="utf-8").endswith("<!-- finished -->")
    kept = {"regional": TABLES, "recommendations": {"regional": ADVICE, "advice-bbb": ADVICE}, "bbb": {}}
    assert set(brief.write_short_pages(tmp_path, kept, context, str)) == {"summary.html", "profile-bbb.html"}


def test_tables_of_short_pages_are_read_by_page():
    resource = {"schema": {"fields": [{"name": "year", "type": "integer"}]}, "data": "year\n2014\n"}
    data = dict.fromkeys(("coverage", "gaps", "regional", "advice-alb", "other"), resource)
    assert set(brief.pick_tables(data, "regional")) == {"coverage"}
    assert set(brief.pick_tables(data, "recommendations")) == {"regional", "advice-alb"}
    picked = brief.pick_tables(data, "alb")
    assert set(picked) == {"gaps"}
    assert picked["gaps"]["year"].tolist() == [2014]


def test_tiles_stand_where_the_study_puts_them_and_others_below_in_rows(settings):
    settings["jurisdictions"] += [{"code": code, "names": [{"name": code}]} for code in ("CCC", "DDD", "EEE", "FFF")]
    rows = [(tile.row, tile.column) for tile in tiles.lay_out_tiles(parse_study(settings), {})]
    assert rows == [(1, 1), (1, 2), (1, 3), (2, 1), (2, 2), (2, 3)]
    settings["jurisdictions"][1]["tile"] = [2, 4]
    placed = tiles.lay_out_tiles(parse_study(settings), {"BBB": {"": "bbb.html"}})
    assert [(tile.row, tile.column) for tile in placed][:3] == [(3, 1), (2, 4), (3, 2)]
    assert (placed[1].name, placed[1].pages) == ("Borduria*", {"": "bbb.html"})


@pytest.mark.parametrize("tile", [[0, 1], [1], "1, 2", [1.0, 2], [True, 1]])
def test_a_tile_that_is_no_place_is_refused(settings, tile):
    settings["jurisdictions"][0]["tile"] = tile
    with pytest.raises(ValueError, match="expected row and column, whole numbers from 1"):
        parse_study(settings)


def test_two_tiles_on_one_place_are_refused(settings):
    for entry in settings["jurisdictions"]:
        entry["tile"] = [1, 1]
    with pytest.raises(ValueError, match="is given twice"):
        parse_study(settings)

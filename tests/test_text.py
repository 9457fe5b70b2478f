from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from ctresearch.exhibits import SYNTHETIC_NOTICE
from ctresearch.study import TimePoint
from ctresearch.tables import NOTHING_FOUND
from ctresearch.text import (
    DETECTED_NOT_EXISTING,
    define_terms,
    describe_change,
    describe_counts,
    list_facts,
    list_points,
    say,
    summarise_jurisdiction,
)
from ctresearch.vocabulary import Vocabulary

PERIOD = TimePoint("baseline", "", 2013, 2015)
CHANGE = {
    "jurisdiction": "AAA",
    "first_span": "2013-2014",
    "last_span": "2022-2024",
    "ratio": 2.345,
    "ratio_low": 1.5,
    "ratio_high": 3.456,
    "verdict": "rising",
}
FACTS = pd.DataFrame(
    {
        "evidence_id": ["E-1", "E-2", "E-3", "E-4", "E-5"],
        "jurisdiction": ["AAA", "AAA", "AAA", "AAA", "BBB"],
        "indicator": "PREV-01",
        "direction": ["strength", "gap", "gap", "context", "gap"],
        "statement": ["One.", "Two.", "Three.", "Four.", "Five."],
        "source_id": ["src-a", "src-a;src-b", "src-b", "src-b", "src-b"],
        "second_source_id": "",
        "check": ["confirmed", "single_source", "same_publisher", "single_source", "single_source"],
    }
)
COVERAGE = pd.DataFrame({"jurisdiction": ["AAA", "AAA", "AAA", "BBB"], "facts_n": [4, 0, 0, 1]})


@pytest.mark.parametrize(
    ("years", "sentence"),
    [
        ([2013, 2014, 2015], "<5 in 2013, 6 in 2014 and 7 in 2015"),
        ([2014, 2015], "6 in 2014 and 7 in 2015"),
        ([2014], "6 in 2014"),
        ([], "no figure for 2013 to 2015 in the source of the series"),
    ],
)
def test_counts_of_a_period_are_said_as_printed(years, sentence):
    printed = {2012: "99", 2013: "<5", 2014: "6", 2015: "7", 2016: "98"}
    rows = pd.DataFrame([(year, printed[year]) for year in (2012, *years, 2016)], columns=["year", "printed"])
    assert describe_counts(rows, period=PERIOD) == sentence


@pytest.mark.parametrize(
    ("verdict", "words"), [("rising", "rose"), ("falling", "fell"), ("no_clear_change", "shows no clear change")]
)
def test_a_change_is_said_with_its_ratio_interval_and_caution(verdict, words):
    assert describe_change(pd.Series({**CHANGE, "verdict": verdict}), level=0.95) == (
        f"The yearly number of detected victims {words} between 2013-2014 and 2022-2024 "
        f"(ratio 2.35, 95% interval 1.50 to 3.46; {CAUTION})."
    )


def test_a_change_with_masked_years_is_said_without_a_ratio_and_a_limit_that_is_missing_as_none():
    sentence = describe_change(pd.Series({**CHANGE, "ratio": np.nan, "ratio_high": np.inf}), level=0.9)
    assert "(90% interval 1.50 to no limit; " in sentence
    assert "ratio" not in sentence


def test_too_few_years_are_said_to_be_too_few():
    change = pd.Series({**CHANGE, "verdict": "not_enough_years", "ratio_low": np.nan, "ratio_high": np.nan})
    sentence = describe_change(change, level=0.95)
    assert sentence == "There are too few years to say whether the yearly number of detected victims changed."


CAUTION = "a change in what is counted or in how hard the authorities look has the same effect"


@pytest.fixture
def summarise(study, sources, counts_of):
    def summary(**changes):
        arguments = {
            "study": study,
            "jurisdiction": "AAA",
            "victims": counts_of(
                {"year": 2013, "value": 6.0},
                {"year": 2023, "value": 9.0},
                {"year": 2013, "value": 777.0, "jurisdiction": "BBB"},
            ),
            "change": pd.DataFrame([CHANGE, {**CHANGE, "jurisdiction": "BBB", "ratio": 7.77}]),
            "evidence": FACTS,
            "coverage": COVERAGE,
            "sources": sources,
            **changes,
        }
        return summarise_jurisdiction(**arguments)

    return summary


def test_a_summary_counts_victims_facts_and_indicators_of_its_own_jurisdiction(summarise):
    exhibit = summarise()
    paragraphs = [p.get_text() for p in BeautifulSoup(exhibit.body, "html.parser").find_all("p")]
    assert paragraphs == [
        "Detected victims: 6 in 2013; 9 in 2023.",
        "The yearly number of detected victims rose between 2013-2014 and 2022-2024 "
        f"(ratio 2.35, 95% interval 1.50 to 3.46; {CAUTION}).",
        "The desk review holds 4 facts on 1 of 3 indicators: 1 strengths, 2 gaps and 1 facts of context. "
        "3 of the facts rest on one publisher alone. Cited most often: Bureau B (2).",
        "For the other 2 indicators nothing was found (ND), which is no finding about the jurisdiction.",
    ]
    assert exhibit.note == DETECTED_NOT_EXISTING == "Counts are what was detected, not how much there is."
    assert exhibit.sources == (("src-a", "Bureau A (2020), Yearbook"),)
    assert not exhibit.is_synthetic


def test_a_summary_without_figures_and_facts_says_so(summarise, counts_of):
    exhibit = summarise(
        victims=counts_of(), change=pd.DataFrame(columns=list(CHANGE)), evidence=FACTS.iloc[:0], coverage=COVERAGE[1:3]
    )
    said = "no figure for {} in the source of the series"
    assert f"{said.format('2013 to 2014')}; {said.format('2022 to 2024')}." in exhibit.body
    assert "0 facts on 0 of 2 indicators" in exhibit.body
    assert "(ND)" in exhibit.body
    assert exhibit.sources == ()


def test_a_summary_of_synthetic_counts_says_synthetic(summarise, synthetic_sources):
    assert SYNTHETIC_NOTICE in summarise(sources=synthetic_sources).to_html()


def test_a_summary_of_synthetic_facts_says_synthetic_even_if_the_counts_are_real(
    summarise, synthetic_sources, counts_of
):
    victims = counts_of({"year": 2013, "value": 6.0, "source_id": "src-b"})
    exhibit = summarise(victims=victims, sources=synthetic_sources)
    assert SYNTHETIC_NOTICE in exhibit.to_html()


def test_hostile_printed_values_of_a_summary_are_shown_as_text(summarise, counts_of, hostile, inert):
    victims = counts_of({"year": 2013, "printed": hostile}, {"year": 2022, "printed": hostile})
    change = pd.DataFrame([{**CHANGE, "first_span": hostile}])
    inert(summarise(victims=victims, change=change).to_html(), times=3)


def test_facts_are_listed_with_indicator_id_and_a_link_to_each_source(vocabulary, sources):
    exhibit = list_facts(FACTS.iloc[:2], name="f", sources=sources, vocabulary=vocabulary)
    items = BeautifulSoup(exhibit.body, "html.parser").find_all("li")
    assert [item.get_text() for item in items] == [
        "One. [PREV-01 Risk knowledge; E-1; Bureau A 2020]",
        "Two. [PREV-01 Risk knowledge; E-2; Bureau A 2020; Bureau B 2021]",
    ]
    assert [a["href"] for a in items[1].find_all("a")] == ["annex.html#source-src-a", "annex.html#source-src-b"]
    assert (exhibit.name, exhibit.kind) == ("f", "text")
    pd.testing.assert_frame_equal(exhibit.data, FACTS.iloc[:2])


def test_without_facts_the_list_says_nd_in_a_sentence(vocabulary, sources):
    exhibit = list_facts(FACTS.iloc[:0], name="f", sources=sources, vocabulary=vocabulary)
    assert exhibit.body == f"<p>{NOTHING_FOUND}</p>"


@pytest.mark.parametrize("column", ["source_id", "second_source_id"])
def test_a_fact_from_a_synthetic_source_makes_the_list_synthetic(vocabulary, synthetic_sources, column):
    facts = FACTS.iloc[2:3].assign(**{column: "src-a"})
    shared = {"name": "f", "sources": synthetic_sources, "vocabulary": vocabulary}
    assert SYNTHETIC_NOTICE in list_facts(facts, **shared).to_html()
    assert SYNTHETIC_NOTICE not in list_facts(FACTS.iloc[2:3], **shared).to_html()


def test_hostile_facts_are_shown_as_text(sources, hostile, inert):
    facts = FACTS.iloc[:1].assign(statement=hostile, evidence_id=hostile, indicator=hostile, source_id=hostile)
    wicked = Vocabulary({"indicator": {hostile: hostile}})
    inert(list_facts(facts, name="f", sources=sources, vocabulary=wicked).body, times=4)


def test_sentences_become_paragraphs_and_hostile_ones_are_shown_as_text(sources, hostile, inert):
    exhibit = say("One.", hostile, name="s", sources=sources)
    assert exhibit.body.startswith("<p>One.</p><p>")
    assert (exhibit.name, exhibit.kind) == ("s", "text")
    assert say("", "One.", name="s", sources=sources).body == "<p>One.</p>"
    inert(exhibit.body, times=1)


def test_points_become_a_list_and_hostile_ones_are_shown_as_text(sources, hostile, inert):
    exhibit = list_points(["One.", hostile], name="p", sources=sources)
    assert exhibit.body.startswith("<ul><li>One.</li><li>")
    inert(exhibit.body, times=1)
    assert list_points([], name="p", sources=sources).body.startswith("<p>ND: nothing was found")


def test_sentences_of_a_study_with_a_synthetic_source_say_so(sources, synthetic_sources):
    for show in (
        lambda known: say("One.", name="s", sources=known),
        lambda known: list_points([], name="p", sources=known),
    ):
        assert not show(sources).is_synthetic
        assert show(synthetic_sources).is_synthetic


def test_terms_are_a_definition_list_and_hostile_ones_are_shown_as_text(hostile, inert):
    glossary = pd.DataFrame({"term": ["NRM", hostile], "definition": ["a mechanism", hostile]})
    exhibit = define_terms(glossary)
    assert exhibit.body.startswith("<dl class='glossary'><dt>NRM</dt><dd>a mechanism</dd>")
    inert(exhibit.body, times=2)
    pd.testing.assert_frame_equal(exhibit.data, glossary)


def test_an_empty_glossary_says_nd_in_a_sentence():
    assert "ND" in define_terms(pd.DataFrame({"term": [], "definition": []})).body


def test_the_same_facts_make_the_same_bytes(vocabulary, sources, summarise):
    shared = {"name": "f", "sources": sources, "vocabulary": vocabulary}
    assert list_facts(FACTS, **shared).to_html() == list_facts(FACTS.copy(), **shared).to_html()
    assert summarise().to_html() == summarise().to_html()

"""What a reader sees of needs: the sentences, and the figure that can be read without its colours."""

import numpy as np
import pandas as pd
import pytest
import shipped
from bs4 import BeautifulSoup

from ctresearch import needs
from ctresearch.figures import draw_urgency
from ctresearch.needs.urgency import NEED_COLUMNS
from ctresearch.text import describe_lens, explain_urgency
from ctresearch.vocabulary import Vocabulary

SOURCES = pd.DataFrame({"source_id": ["s"], "status": ["public"], "publisher": ["P"], "title": ["T"], "year": [2024]})
NAMES = Vocabulary({
    "indicator": {"P-1": "P-1 Shelters", "P-2": "P-2 Data"},
    "jurisdiction": {"AAA": "Arcadia", "BBB": "Borduria"},
    "person": {"girls": "Girls", "women": "Women"},
    "lens": {"is_child": "children"},
})  # fmt: skip
NEED = {"jurisdiction": "AAA", "indicator": "P-1", "need_basis": "rated", "urgency_low": 0.5, "urgency_median": 0.75,
        "urgency_high": 0.9, "rank_low": 1, "rank_median": 1, "rank_high": 2, "urgent_share": 0.97,
        "is_always_urgent": True, "reason": "Why.", "source_id": "s"}  # fmt: skip
OTHER = {**NEED, "indicator": "P-2", "need_basis": "read", "urgent_share": 0.4, "is_always_urgent": False}
NEEDS = pd.DataFrame([NEED, OTHER])


@pytest.fixture(scope="module")
def data():
    return shipped.read_study("demo")


def draw(rows):
    return draw_urgency(rows, urgent_share=0.6, name="f", caption="C", vocabulary=NAMES, sources=SOURCES)


def test_the_text_alternative_says_what_the_figure_shows():
    alt = BeautifulSoup(draw(NEEDS).body, "html.parser").img["alt"]
    assert "P-1 Shelters: 75% (50% to 90%), urgent in 97% of the draws; P-2 Data: 75%" in alt


def test_a_place_is_named_only_where_there_are_several():
    both = pd.DataFrame([NEED, {**OTHER, "jurisdiction": "BBB"}])
    assert "Borduria: P-2 Data" in BeautifulSoup(draw(both).body, "html.parser").img["alt"]


def test_no_need_is_a_sentence():
    assert "ND" in draw(NEEDS.head(0)).body


def explain(data, rows, criteria=("severity", "trend")):
    return explain_urgency(
        needs.Urgency(rows, criteria, 1000),
        needs.read_rule(data.urgency),
        shares=data.study.scoring,
        vocabulary=data.vocabulary,
        name="n",
        sources=SOURCES,
    ).body


def test_what_was_counted_and_what_was_not_is_said(data):
    said = explain(data, NEEDS)
    assert "2 gaps were found (1 rated, 1 read from facts). 1 are urgent" in said
    assert "and 1 under every choice" in said
    assert "Not counted, because nothing was given: reach, obligation, stakeholders." in said
    assert "no finding that a treaty is breached" in said


def test_without_gaps_nothing_is_ranked(data):
    assert "so no need is ranked" in explain(data, pd.DataFrame(columns=list(NEED_COLUMNS)), ())


def test_silence_is_said_and_never_read_as_no_need():
    read = pd.DataFrame({"lens": "is_child", "indicator": ["P-1", "P-2"], "lens_reading": ["silent", "gap"]})
    uncounted = pd.DataFrame({"person": ["girls", "women"], "counted_n": [0, 2], "victims_low": [np.nan, 3]})
    said = describe_lens(read, uncounted, vocabulary=NAMES, name="l", sources=SOURCES).body
    assert "On 1 of 2 indicators that matter for children the evidence is silent" in said
    assert "P-1 Shelters" in said
    assert "No number of detected girls was published" in said
    counted = describe_lens(read, uncounted.tail(1), vocabulary=NAMES, name="l", sources=SOURCES).body
    assert "Women, men, girls and boys were each counted" in counted

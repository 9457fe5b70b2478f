from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.vocabulary import NOT_APPLICABLE, REGION, UNKNOWN, Jurisdiction, NamePeriod, Vocabulary

# Old until 11 Feb 2010, Middle until 30 June 2015, New since.
RENAMED = Jurisdiction(
    "AAA", (NamePeriod("Old", date(2010, 2, 11)), NamePeriod("Middle", date(2015, 6, 30)), NamePeriod("New"))
)


@pytest.mark.parametrize(
    ("on", "name"),
    [
        (None, "New"),
        (date(2010, 2, 11), "Old"),
        (date(2010, 2, 12), "Middle"),
        (date(2015, 6, 30), "Middle"),
        (date(2015, 7, 1), "New"),
        (2009, "Old"),
        (2010, "Middle"),
        (2014, "Middle"),
        (2015, "New"),
    ],
)
def test_a_name_is_the_one_used_on_the_day_or_at_the_end_of_the_year(on, name):
    assert RENAMED.name(on) == name


def test_a_jurisdiction_whose_last_name_has_ended_keeps_it_afterwards():
    ended = Jurisdiction("BBB", (NamePeriod("Only", date(2000, 1, 1)),))
    assert ended.name(1999) == "Only"
    assert ended.name(2020) == "Only"


@given(st.integers(1900, 2099), st.integers(1900, 2099))
def test_names_follow_each_other_in_time(one, other):
    order = [period.name for period in RENAMED.names]
    early, late = sorted((one, other))
    assert order.index(RENAMED.name(early)) <= order.index(RENAMED.name(late))


def test_the_note_of_a_name_is_empty_unless_given():
    assert Jurisdiction("AAA", (NamePeriod("A"),)).note == ""


def test_codes_come_in_the_order_of_the_list():
    assert Vocabulary({"sex": {"male": "M", "female": "F"}}).codes("sex") == ("male", "female")


def test_a_list_that_is_not_loaded_has_no_codes():
    assert Vocabulary().codes("sex") == ()


@pytest.mark.parametrize(
    ("name", "code", "label"), [("sex", "female", "Women"), ("sex", "other", "other"), ("form", "female", "female")]
)
def test_a_code_without_a_label_is_printed_as_it_is(name, code, label):
    assert Vocabulary({"sex": {"female": "Women"}}).label(name, code) == label


def test_extending_adds_and_replaces_lists_in_a_new_vocabulary_only():
    first = Vocabulary({"sex": {"female": "Women"}, "form": {"x": "X"}})
    second = first.extend(sex={"female": "Women and girls"}, pillar={"p": "P"})
    assert second.label("sex", "female") == "Women and girls"
    assert second.label("pillar", "p") == "P"
    assert second.label("form", "x") == "X"
    assert first.label("sex", "female") == "Women"
    assert first.codes("pillar") == ()


def test_unknown_not_applicable_and_region_are_three_words():
    assert (UNKNOWN, NOT_APPLICABLE, REGION) == ("ND", "NA", "REG")

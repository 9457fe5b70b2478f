"""Counts of overlapping lists: shown only where they passed the gate, and calculated from only where all are shown."""

from itertools import product

import pandas as pd
import pytest
import shipped
from bs4 import BeautifulSoup

from ctresearch import disclosure, figures, tables
from ctresearch import multiple_systems as mse
from ctresearch.disclosure import NOT_SHOWN, DisclosureChoices, protect_lists

CHOICES = DisclosureChoices(5, "safe", 4, 1, 75.0, 10.0, 5, 5, 2, 0.3)
SAFE = {"ngo": 40, "police": 30, "ngo;police": 20}


def captures_of(counts, *, code="AAA", year=2024, split=0.5):
    rows = [
        {
            "jurisdiction": code,
            "year": year,
            "lists": lists,
            "sex": sex,
            "age_band": "",
            "source_id": "src-a",
            "persons_n": n,
        }
        for lists, count in counts.items()
        for sex, n in (("female", round(count * split)), ("male", count - round(count * split)))
        if n
    ]
    return pd.DataFrame(rows).astype({"year": "Int64", "persons_n": "Int64"})


def test_lists_without_a_small_count_are_open_and_unchanged():
    captures = captures_of(SAFE)
    lists = protect_lists(captures, choices=CHOICES)
    pd.testing.assert_frame_equal(lists.captures, captures)
    shown = mse.count_histories(captures)
    pd.testing.assert_frame_equal(lists.histories[shown.columns], shown, check_dtype=False)
    assert lists.totals.to_dict("records") == [
        {"jurisdiction": "AAA", "year": 2024, "observed_n": 90, "overlap_n": 20, "is_open": True}
    ]
    assert lists.audit.empty


def test_the_lists_of_the_fictitious_study_may_be_shown():
    data = shipped.read_study("demo")
    lists = protect_lists(data.captures, choices=data.study.disclosure)
    assert lists.totals["is_open"].all()
    assert len(lists.captures) == len(data.captures)


def test_a_small_combination_closes_its_place_and_no_other():
    both = pd.concat([captures_of(SAFE | {"ngo;police": 2}), captures_of(SAFE, code="BBB")], ignore_index=True)
    lists = protect_lists(both, choices=CHOICES)
    assert lists.totals.set_index("jurisdiction")["is_open"].to_dict() == {"AAA": False, "BBB": True}
    assert set(lists.captures["jurisdiction"]) == {"BBB"}
    hidden = lists.histories[lists.histories["persons_n"].isna()]
    assert ("AAA", "ngo;police", "suppressed") in hidden[["jurisdiction", "lists", "status"]].itertuples(index=False)
    assert set(hidden["jurisdiction"]) == {"AAA"}
    assert lists.audit["is_safe"].all()


def test_a_small_number_of_one_sex_closes_the_place_too():
    lists = protect_lists(captures_of({"ngo": 40, "police": 30, "ngo;police": 24}, split=0.1), choices=CHOICES)
    assert lists.totals["is_open"].tolist() == [False]


@pytest.mark.parametrize("small", ["ngo", "police", "ngo;police", "police;social", "ngo;police;social"])
def test_no_reader_can_calculate_a_hidden_combination(small):
    """By trying every whole number for each hidden count and keeping those that fit all sums that are shown."""
    counts = {"ngo": 9, "police": 8, "social": 7, "ngo;police": 6, "police;social": 6, "ngo;police;social": 5, small: 2}
    lists = protect_lists(captures_of(counts), choices=CHOICES)
    rows, total = lists.histories.set_index("lists")["persons_n"], lists.totals.iloc[0]
    hidden = list(rows.index[rows.isna()])
    assert small in hidden
    fitting = set()
    for guess in product(range(25), repeat=len(hidden) if len(hidden) < 4 else 0):
        tried = rows.copy()
        tried[hidden] = list(guess)
        several = tried[tried.index.str.contains(";")].sum()
        if fits(tried.sum(), total["observed_n"]) and fits(several, total["overlap_n"]):
            fitting.add(tried[small])
    assert len(hidden) >= 4 or (min(fitting) == 0 and max(fitting) >= 2 + CHOICES.protection_n)


def fits(value, shown):
    return pd.isna(shown) or value == shown


def test_nothing_is_shown_of_a_place_that_cannot_be_protected(monkeypatch):
    def refuse(*_, **__):
        raise disclosure.UnprotectedError("no")

    monkeypatch.setattr("ctresearch.disclosure.lists.protect_tables", refuse)
    lists = protect_lists(captures_of(SAFE), choices=CHOICES)
    assert lists.histories.empty
    assert lists.captures.empty
    assert lists.totals[["observed_n", "overlap_n"]].isna().all(axis=None)


def test_a_study_without_lists_has_nothing_to_protect():
    captures = captures_of(SAFE).iloc[:0]
    lists = protect_lists(captures, choices=CHOICES)
    assert lists.histories.empty
    assert lists.audit["is_safe"].all()
    places = mse.list_places(captures, jurisdictions=["AAA"], least_overlap=20)
    assert lists.mask_places(places)["lists_standing"].tolist() == ["no_lists"]


def test_what_is_not_shown_is_said_and_is_not_called_unknown(vocabulary, sources):
    captures = captures_of(SAFE | {"ngo;police": 3})
    lists = protect_lists(captures, choices=CHOICES)
    places = lists.mask_places(mse.list_places(captures, jurisdictions=["AAA", "BBB"], least_overlap=20))
    assert places["lists_standing"].tolist() == ["withheld", "no_lists"]
    columns = {"jurisdiction": "Jurisdiction", "observed": "On a list", "overlap": "On two or more"}
    options = {"vocabulary": vocabulary, "sources": sources}
    shown = tables.show_table(places, name="places", caption="Lists", columns=columns, **options)
    cells = [cell.get_text() for cell in BeautifulSoup(shown.to_html(), "html.parser").select("td")]
    assert cells == ["Arcadia", NOT_SHOWN, NOT_SHOWN, "Borduria", "ND", "ND"]
    figure = figures.draw_overlaps(lists.histories, name="overlaps", caption="Lists", **options)
    assert f"ngo and police {NOT_SHOWN}" in figure.body
    assert figure.data["persons_n"].isna().any()


def test_captures_are_not_changed():
    captures = captures_of(SAFE | {"ngo;police": 3})
    before = captures.copy()
    protect_lists(captures, choices=CHOICES)
    pd.testing.assert_frame_equal(captures, before)

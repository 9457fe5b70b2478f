"""Readings by the provisions of standards, and levels beside the items of another index."""

from __future__ import annotations

import pandas as pd
import pytest
import shipped
from hypothesis import given
from hypothesis import strategies as st

from ctresearch import schema, score
from ctresearch.crosswalk import (
    READINGS,
    add_provisions,
    compare_with_items,
    count_agreement,
    count_standards,
    list_provisions,
    read_standards,
)
from ctresearch.places import locate_shipped

STANDARDS = pd.DataFrame(
    [
        ("treaty", "Art. 2", "P-2", "partial", "audited"),
        ("treaty", "Art. 2", "P-1", "close", "audited"),
        ("treaty", "Art. 10", "P-1", "close", "memory"),
        ("law", "(a)", "P-3", "close", "audited"),
    ],
    columns=["standard", "provision", "indicator", "fit", "citation_check"],
).assign(asks="something", is_binding=True)


def make_coverage(**readings: str) -> pd.DataFrame:
    """Return coverage from one reading for P-1, P-2 and P-3, joined by blanks, a jurisdiction."""
    rows = [
        (f"P-{number}", place, reading)
        for place, text in readings.items()
        for number, reading in enumerate(text.split(), start=1)
    ]
    return pd.DataFrame(rows, columns=["indicator", "jurisdiction", "reading"])


def make_level(value: int | None, status: str = "coded") -> pd.DataFrame:
    cell = {"jurisdiction": "AAA", "indicator": "P-1", "time_point": "now", "value": value, "status": status}
    return pd.DataFrame([cell]).astype({"value": "Int64"})


def make_item(*, is_met: bool, fit: str = "close", met_from: int | None = 2, unmet_to: int | None = 0) -> pd.DataFrame:
    item = {"jurisdiction": "AAA", "indicator": "P-1", "item": "M1", "label": "a plan", "fit": fit, "is_met": is_met}
    item["is_negative"] = False
    bounds = {"met_from": met_from, "unmet_to": unmet_to}
    return pd.DataFrame([{**item, **bounds, "source_id": "s"}]).astype(dict.fromkeys(bounds, "Int64"))


def compare(levels: pd.DataFrame, items: pd.DataFrame) -> tuple[str, str, str]:
    compared = compare_with_items(levels, items, time_point="now", jurisdictions=["AAA"])
    return tuple(compared.loc[0, ["our_level", "agreement", "agreement_reason"]])


def test_every_provision_takes_the_reading_of_its_indicators_in_each_jurisdiction():
    readings = read_standards(make_coverage(BBB="gap strength ND", AAA="ND ND gap"), STANDARDS)
    # Four rows of the crosswalk in two jurisdictions.
    assert readings[["provision", "jurisdiction", "reading"]].values.tolist() == [
        ["Art. 2", "BBB", "strength"],
        ["Art. 2", "AAA", "ND"],
        ["Art. 2", "BBB", "gap"],
        ["Art. 2", "AAA", "ND"],
        ["Art. 10", "BBB", "gap"],
        ["Art. 10", "AAA", "ND"],
        ["(a)", "BBB", "ND"],
        ["(a)", "AAA", "gap"],
    ]


def test_a_partner_reads_by_the_standards_that_are_asked_for():
    readings = read_standards(make_coverage(AAA="gap gap gap"), STANDARDS, only=["law"])
    assert set(readings["standard"]) == {"law"}
    with pytest.raises(ValueError, match="no provision of 'lore'; expected of treaty, law"):
        read_standards(make_coverage(AAA="gap gap gap"), STANDARDS, only=["lore"])


def test_an_indicator_counts_once_in_a_standard_however_many_provisions_ask_for_it():
    counted = count_standards(read_standards(make_coverage(AAA="gap strength ND", BBB="mixed context ND"), STANDARDS))
    # The treaty has two provisions on P-1 and P-2; P-1 stands in both and counts once.
    assert counted.values.tolist() == [
        ["treaty", "AAA", 2, 2, 1, 0, 1, 0, 0],
        ["treaty", "BBB", 2, 2, 0, 1, 0, 1, 0],
        ["law", "AAA", 1, 1, 0, 0, 0, 0, 1],
        ["law", "BBB", 1, 1, 0, 0, 0, 0, 1],
    ]


@given(st.lists(st.lists(st.sampled_from(READINGS), min_size=3, max_size=3), min_size=1, max_size=5))
def test_the_readings_of_a_standard_add_up_to_its_indicators(places):
    coverage = make_coverage(**{f"J{place}": " ".join(readings) for place, readings in enumerate(places)})
    counted = count_standards(read_standards(coverage, STANDARDS))
    parts = ["strength_n", "mixed_n", "gap_n", "context_n", "unknown_n"]
    assert counted[parts].sum(axis=1).tolist() == counted["indicators_n"].tolist()
    assert len(counted) == 2 * len(places)


def test_a_provision_names_the_places_with_a_gap_or_a_strength_on_any_of_its_indicators():
    listed = list_provisions(read_standards(make_coverage(BBB="gap strength ND", AAA="mixed ND ND"), STANDARDS))
    assert listed[["provision", "indicators", "gaps", "strengths"]].values.tolist() == [
        ["Art. 2", "P-2;P-1", "BBB;AAA", "BBB;AAA"],
        ["Art. 10", "P-1", "BBB;AAA", "AAA"],
        ["(a)", "P-3", "", ""],
    ]


def test_without_facts_no_provision_has_a_gap_and_without_jurisdictions_there_is_none():
    assert list_provisions(read_standards(make_coverage(AAA="ND ND ND"), STANDARDS))["gaps"].tolist() == ["", "", ""]
    empty = read_standards(make_coverage(), STANDARDS)
    assert list_provisions(empty).empty
    assert count_standards(empty).empty


def test_a_finding_is_named_by_the_provisions_of_each_standard_the_close_ones_first():
    findings = pd.DataFrame({"indicator": ["P-1", "P-2", "P-9"], "statement": "x"})
    named = add_provisions(findings, STANDARDS, only=["treaty", "law"])
    assert named["treaty"].tolist() == ["Art. 2; Art. 10 (?)", "Art. 2", ""]
    assert named["law"].tolist() == ["", "", ""]
    assert list(findings.columns) == ["indicator", "statement"]


# The anchor of level 2 says that the item is met, that of level 0 that it is not; level 1 says neither.
@pytest.mark.parametrize(
    ("value", "is_met", "agreement", "reason"),
    [
        (3, True, "agree", "same"),
        (2, True, "agree", "same"),
        (2, False, "differ", "opposite"),
        (1, True, "not_comparable", "level_open"),
        (1, False, "not_comparable", "level_open"),
        (0, False, "agree", "same"),
        (0, True, "differ", "opposite"),
    ],
)
def test_the_anchors_decide_whether_a_level_and_an_item_agree(value, is_met, agreement, reason):
    assert compare(make_level(value), make_item(is_met=is_met)) == (str(value), agreement, reason)


@pytest.mark.parametrize("is_met", [True, False])
def test_what_cannot_be_compared_says_why(is_met):
    unlike = make_item(is_met=is_met, fit="partial", met_from=None, unmet_to=None)
    silent = make_item(is_met=is_met, met_from=None, unmet_to=None)
    item = make_item(is_met=is_met)
    assert compare(make_level(3), unlike) == ("3", "not_comparable", "partial_fit")
    assert compare(make_level(3), silent) == ("3", "not_comparable", "level_open")
    assert compare(make_level(None, "ND"), item) == ("ND", "not_comparable", "no_level")
    assert compare(make_level(None, "NA"), item) == ("NA", "not_comparable", "not_applicable")
    other = make_level(3).assign(time_point="then")
    assert compare(other, item) == ("ND", "not_comparable", "no_level")


def test_a_negative_item_asks_that_something_is_not_found():
    harm = make_item(is_met=True).assign(label="victims were locked up", is_negative=True)
    compared = compare_with_items(make_level(2), harm, time_point="now", jurisdictions=["AAA"])
    assert compared.loc[0, "asks"] == "not found: victims were locked up"


def test_items_without_an_indicator_are_left_out_and_two_levels_of_a_cell_are_refused():
    item = make_item(is_met=True)
    lone = item.assign(indicator="")
    assert compare_with_items(make_level(1), lone, time_point="now", jurisdictions=["AAA"]).empty
    twice = pd.concat([make_level(1), make_level(2)])
    with pytest.raises(ValueError, match="two levels of one cell; settle the coders"):
        compare_with_items(twice, item, time_point="now", jurisdictions=["AAA"])


def test_agreement_is_counted_by_reason_and_jurisdiction_with_a_zero_where_it_does_not_occur():
    items = pd.concat([make_item(is_met=True), make_item(is_met=False), make_item(is_met=True)])
    items["jurisdiction"] = ["AAA", "AAA", "BBB"]
    compared = compare_with_items(make_level(3), items, time_point="now", jurisdictions=["BBB", "AAA"])
    assert count_agreement(compared).values.tolist() == [
        ["agree", "same", "BBB", 0],
        ["agree", "same", "AAA", 1],
        ["differ", "opposite", "BBB", 0],
        ["differ", "opposite", "AAA", 1],
        ["not_comparable", "no_level", "BBB", 1],
        ["not_comparable", "no_level", "AAA", 0],
    ]
    assert count_agreement(compared.iloc[:0]).empty


@pytest.fixture(scope="module")
def data():
    return shipped.read_study()


def test_every_indicator_stands_beside_a_provision_that_is_more_than_a_dimension(data):
    specific = data.standards[data.standards["standard"].ne("index_3p")]
    assert set(specific["indicator"]) == set(data.indicators["indicator"])
    assert set(data.standards["standard"]) == set(data.vocabulary.codes("standard"))


def test_a_provision_says_the_same_in_all_its_rows(data):
    of_provision = ["asks", "is_binding", "citation_check", "seen_in"]
    assert data.standards.groupby(["standard", "provision"])[of_provision].nunique().eq(1).all(axis=None)
    assert set(data.standards["fit"]) == {"close", "partial"}


def test_what_monitors_only_ask_about_obliges_nobody(data):
    asked = data.standards[data.standards["standard"].str.match("greta|tip|index")]
    assert not asked["is_binding"].any()
    reluctant = data.standards["asks"].str.match("(consider|endeavour|may) ")
    assert not data.standards.loc[reluctant, "is_binding"].any()


def test_levels_that_settle_an_item_are_of_close_items_and_in_order(data):
    items = data.gsi_items
    settled = items[items[["met_from", "unmet_to"]].notna().any(axis=1)]
    assert set(settled["fit"]) == {"close"}
    assert settled[["met_from", "unmet_to"]].stack().between(0, 3).all()
    both = settled.dropna(subset=["met_from", "unmet_to"])
    assert both["unmet_to"].lt(both["met_from"]).all()


def test_the_real_study_compares_every_item_that_has_an_indicator(data):
    judged = score.judge_gsi_items(data.benchmarks[data.benchmarks["benchmark"].eq("gsi_item")], data.gsi_items)
    levels = data.ratings[data.ratings["jurisdiction_part"].eq("")]
    compared = compare_with_items(levels, judged, time_point="update", jurisdictions=data.study.codes)
    assert len(compared) == len(data.study.codes) * int(data.gsi_items["indicator"].ne("").sum())
    assert list(dict.fromkeys(compared["jurisdiction"])) == list(data.study.codes)
    for name in ("agreement", "agreement_reason"):
        assert set(compared[name]) <= set(data.vocabulary.codes(name))


def test_an_audited_provision_names_the_text_in_which_it_was_seen():
    rows = pd.read_csv(locate_shipped("data") / "framework" / "standards.csv", dtype=str, keep_default_na=False)
    is_seen = rows["seen_in"].ne("")
    broken = rows.mask(is_seen, rows.assign(seen_in="")).head(2)
    problems = schema.check_table(schema.STANDARDS, broken, {})
    assert str(problems[0]) == (
        "standards.csv, rows 2, 3: expected the text in which an audited provision was seen, and none for one from "
        "memory. Name the text in 'seen_in', or set 'citation_check' to memory."
    )

"""Every two figures on the same thing: which are compared, with what verdict, what differs, and which is preferred."""

from itertools import combinations_with_replacement, product

import pandas as pd
import pytest
import shipped

from ctresearch.clean import conflicts, find_conflicts
from ctresearch.clean.conflicts import COMPARABLE
from ctresearch.clean.differences import STAGES

MASKED = {"value": None, "value_low": 1.0, "value_high": 4.0, "printed": "<5", "status": "suppressed"}
AT_LEAST_TEN = {"value": None, "value_low": 10.0, "value_high": None, "printed": "at least 10"}
SOURCES = pd.DataFrame(
    {
        "source_id": ["src-a", "src-b", "src-c", "report-2015", "report-2016"],
        "publisher": ["Bureau A", "Bureau B", "Bureau C", "Bureau R", "Bureau R"],
    }
)
OTHER = {"source_id": "src-b"}


def compare(counts_of, *rows: dict) -> list[dict]:
    return find_conflicts(counts_of(*rows), SOURCES, preferred_source_id="src-a").to_dict("records")


def conflict(counts_of, *rows: dict) -> dict:
    (row,) = compare(counts_of, *rows)
    return row


@pytest.mark.parametrize(
    ("other", "verdict", "difference"),
    [
        ({"value": 3.0}, "agree", ""),
        ({"value": 5.0}, "differ", "not_explained"),
        ({"value": 1.0}, "differ", "not_explained"),
        (MASKED, "agree", "masking"),  # 1 to 4 holds the preferred 3
        ({**MASKED, "value_low": 4.0, "value_high": 6.0}, "differ", "not_explained"),
        ({**AT_LEAST_TEN, "value_low": 2.0}, "agree", "masking"),
        (AT_LEAST_TEN, "differ", "not_explained"),
    ],
)
def test_two_figures_agree_if_their_bounds_meet(counts_of, other, verdict, difference):
    row = conflict(counts_of, {"value": 3.0}, {**other, **OTHER})
    assert (row["verdict"], row["difference"]) == (verdict, difference)
    assert (row["source_id"], row["against_source_id"]) == ("src-b", "src-a")
    assert (row["against_low"], row["against_high"], row["against_printed"]) == (3, 3, "3")
    assert (row["preferred_printed"], row["preference"], row["concept"]) == ("3", "series", "victims")


def test_two_sources_of_which_none_is_preferred_are_compared_too(counts_of):
    rows = compare(counts_of, {"value": 3.0}, {"value": 4.0, **OTHER}, {"value": 5.0, "source_id": "src-c"})
    assert [(row["source_id"], row["against_source_id"], row["preference"]) for row in rows] == [
        ("src-b", "src-a", "series"),
        ("src-b", "src-c", "none"),
        ("src-c", "src-a", "series"),
    ]
    assert [row["preferred_printed"] for row in rows] == ["3", "", "3"]


@pytest.mark.parametrize(
    "cell",
    [{"sex": "female"}, {"age_group": "child", "sex": "male"}, {"form": "labour"}, {"citizenship": "BBB"}],
)
def test_parts_are_compared_with_the_same_parts_only(counts_of, cell):
    row = conflict(counts_of, {"value": 9.0}, {"value": 3.0, **cell}, {"value": 5.0, **cell, **OTHER})
    assert row["verdict"] == "differ"
    assert {name: row[name] for name in cell} == cell


def test_parts_that_a_publisher_prints_under_one_key_are_added_up(counts_of):
    # 3 + (1 to 4) = 4 to 7
    parts = ({"form": "other", "part": 1, "value": 3.0}, {"form": "other", "part": 2, **MASKED})
    for value, verdict in ((4.0, "agree"), (7.0, "agree"), (8.0, "differ")):
        row = conflict(counts_of, *parts, {"form": "other", "value": value, **OTHER})
        assert (row["verdict"], row["against_printed"]) == (verdict, "3 + <5")


@pytest.mark.parametrize(("value", "verdict"), [(2.0, "agree"), (3.0, "agree"), (4.0, "differ")])
def test_a_part_of_a_year_conflicts_only_if_it_is_larger_than_the_year(counts_of, value, verdict):
    part = {"value": value, "period": "January to June", **OTHER}
    row = conflict(counts_of, {"value": 3.0}, part)
    assert (row["verdict"], row["difference"]) == (verdict, "part_of_year")
    turned = conflict(counts_of, {"value": value, "period": "January to June"}, {"value": 3.0, **OTHER})
    assert (turned["verdict"], turned["difference"]) == (verdict, "part_of_year")


def test_two_different_parts_of_a_year_are_not_compared(counts_of):
    assert compare(counts_of, {"period": "January to June"}, {"period": "May to July", "value": 9.0, **OTHER}) == []


def test_a_figure_for_several_years_is_compared_with_the_sum_of_the_years(counts_of):
    # 3 in 2014 and 1 to 4 in 2015 are 4 to 7 together.
    years = ({"value": 3.0}, {"year": 2015, **MASKED})
    for value, verdict in ((4.0, "agree"), (7.0, "agree"), (8.0, "differ"), (3.0, "differ")):
        row = conflict(counts_of, *years, {"year_end": 2015, "value": value, **OTHER})
        assert (row["verdict"], row["against_printed"], row["preference"]) == (verdict, "4 to 7", "series")
        assert (row["against_year"], row["against_year_end"]) == (2014, 2015)


@pytest.mark.parametrize(("value", "printed"), [(5.0, "5"), (None, "at least 13")])
def test_a_sum_is_printed_as_a_number_or_a_span(counts_of, value, printed):
    second = {"year": 2015, "value": 2.0} if value else {"year": 2015, **AT_LEAST_TEN}
    row = conflict(counts_of, {"value": 3.0}, second, {"year_end": 2015, "value": 20.0, **OTHER})
    assert row["against_printed"] == printed


def test_years_of_several_reports_of_one_publisher_are_added_up_and_all_cited(counts_of):
    rows = [
        {"value": 3.0, "source_id": "report-2015", "report_year": 2015},
        {"value": 4.0, "source_id": "report-2016", "report_year": 2016, "year": 2015},
        {"year_end": 2015, "value": 9.0, **OTHER},
    ]
    row = conflict(counts_of, *rows)
    assert (row["against_printed"], row["verdict"]) == ("7", "differ")
    assert row["against_source_id"] == "report-2015;report-2016"


def test_if_a_publisher_restated_a_year_the_later_report_enters_the_sum(counts_of):
    rows = [
        {"value": 3.0, "source_id": "report-2015", "report_year": 2015},
        {"value": 5.0, "source_id": "report-2016", "report_year": 2016},
        {"value": 4.0, "source_id": "report-2016", "report_year": 2016, "year": 2015},
        {"year_end": 2015, "value": 9.0, **OTHER},
    ]
    row = next(row for row in compare(counts_of, *rows) if row["year_end"] == 2015)
    assert (row["against_printed"], row["verdict"]) == ("9", "agree")


@pytest.mark.parametrize(("value", "found"), [(2.0, True), (3.0, False), (9.0, False)])
def test_some_of_the_years_can_only_show_that_a_span_is_too_small(counts_of, value, found):
    rows = compare(counts_of, {"value": 3.0}, {"year_end": 2015, "value": value, **OTHER})
    assert [(row["verdict"], row["difference"]) for row in rows] == ([("differ", "year_span")] if found else [])


def test_years_of_several_measures_are_added_up_only_if_there_is_one_a_year(counts_of):
    span = {"year_end": 2015, "value": 12.0, **OTHER}
    mixed = ({"value": 3.0}, {"value": 8.0, "year": 2015, "measure": "victims_potential"})
    row = conflict(counts_of, *mixed, span)  # 3 + 8 = 11
    assert (row["against_printed"], row["against_measure"]) == ("11", "victims_detected;victims_potential")
    assert (row["definition"], row["difference"]) == ("other", "potential")
    assert compare(counts_of, *mixed, {"value": 1.0, "measure": "victims_official"}, span) == []


def test_a_longer_span_must_not_be_smaller_than_one_inside_it(counts_of):
    inside = {"year": 2013, "year_end": 2016, "value": 296.0, "measure": "victims_official", "source_id": "src-c"}
    outside = {"year": 2012, "year_end": 2016, "measure": "victims_identified", "period": "to November 2016", **OTHER}
    row = conflict(counts_of, inside, {**outside, "value": 165.0})
    assert (row["verdict"], row["preference"]) == ("differ", "none")
    assert row["difference"] == "identified;official;year_span;part_of_year"
    assert conflict(counts_of, inside, {**outside, "value": 300.0})["verdict"] == "agree"


def test_a_later_report_of_the_same_publisher_restates_and_is_preferred(counts_of):
    early = {"value": 19.0, "source_id": "report-2015", "report_year": 2015}
    late = {"value": 20.0, "source_id": "report-2016", "report_year": 2016}
    row = conflict(counts_of, late, early)
    assert (row["report_year"], row["against_report_year"]) == (2015, 2016)
    assert (row["difference"], row["preference"], row["preferred_printed"]) == ("edition", "later_report", "20")


def test_two_measures_of_one_publisher_are_not_compared(counts_of):
    early = {"value": 4.0, "measure": "victims_potential", "source_id": "report-2015", "report_year": 2015}
    late = {"value": 0.0, "measure": "victims_official", "source_id": "report-2016", "report_year": 2016}
    assert compare(counts_of, early, late) == []
    row = conflict(counts_of, early, {**late, "measure": "victims_detected"})
    assert row["difference"] == "potential;edition"


def test_two_figures_that_one_source_prints_for_the_same_thing_are_shown(counts_of):
    rows = ({"value": 54.0, "measure": "cases_investigated", **OTHER}, {"value": 71.0, "measure": "cases_investigated"})
    row = conflict(counts_of, rows[0], {**rows[1], **OTHER})
    assert (row["difference"], row["preference"]) == ("same_source", "none")


@pytest.mark.parametrize(("measure", "difference"), STAGES.items())
def test_a_figure_by_another_definition_says_which(counts_of, measure, difference):
    row = conflict(counts_of, {"value": 3.0}, {"value": 9.0, "measure": measure, **OTHER})
    assert (row["definition"], row["difference"]) == ("other", difference)


@pytest.mark.parametrize(
    ("measures", "difference"),
    [
        (("persons_prosecuted", "cases_prosecuted"), "unit"),
        (("persons_prosecuted", "indictments"), "unit"),
        (("persons_convicted", "judgments_convicting"), "unit"),
        (("persons_convicted", "persons_convicted"), "not_explained"),
    ],
)
def test_persons_and_cases_are_told_apart(counts_of, measures, difference):
    row = conflict(counts_of, {"measure": measures[0]}, {"measure": measures[1], "value": 9.0, **OTHER})
    assert row["difference"] == difference


def test_potential_and_official_victims_are_added_where_only_the_two_are_printed(counts_of):
    stages = [{"value": 154.0, "measure": "victims_potential"}, {"value": 5.0, "measure": "victims_official"}]
    stages = [{**stage, **OTHER} for stage in stages]
    rows = compare(counts_of, {"value": 159.0}, *stages)
    summed = [row for row in rows if row["printed"] == "154 + 5"]
    assert [(row["verdict"], row["difference"]) for row in summed] == [("agree", "potential_official;summed")]
    assert len(rows) == 1  # neither stage alone is compared with a figure of another definition
    alone = compare(counts_of, {"value": 5.0, "measure": "victims_official"}, *stages)
    assert [(row["printed"], row["verdict"]) for row in alone if row["definition"] == "same"] == [("5", "agree")]
    together = {"value": 159.0, "measure": "victims_potential_official", **OTHER}
    assert not [r for r in compare(counts_of, {"value": 159.0}, *stages, together) if "+" in r["printed"]]


@pytest.mark.parametrize(
    "change",
    [
        {"measure": "victims_assisted"},
        {"measure": "persons_convicted"},
        {"sex": "female"},
        {"year": 2015, "year_end": 2015},
        {"jurisdiction": "BBB"},
        {"source_id": "src-a"},
    ],
)
def test_figures_on_different_things_are_not_compared(counts_of, change):
    found = find_conflicts(
        counts_of({"value": 3.0}, {"value": 9.0, **OTHER, **change})[lambda rows: rows["value"].notna()],
        SOURCES,
        preferred_source_id="src-a",
    )
    assert len(found) == (1 if change == {"source_id": "src-a"} else 0)
    assert "verdict" in found.columns


def test_every_stage_is_a_measure_that_is_compared():
    assert set(STAGES) < set(COMPARABLE["victims"])


SIX = [
    ("BBB", 2014, 1.0, "src-a"),
    ("BBB", 2014, 2.0, "src-b"),
    ("AAA", 2014, 3.0, "src-a"),
    ("AAA", 2014, 3.0, "src-b"),
    ("AAA", 2013, 5.0, "src-a"),
    ("AAA", 2013, 9.0, "src-b"),
]


@pytest.mark.parametrize("order", [(5, 4, 3, 2, 1, 0), (3, 0, 5, 1, 4, 2), (1, 3, 5, 0, 2, 4)])
def test_conflicts_do_not_depend_on_the_order_of_rows_and_come_by_jurisdiction_and_year(counts_of, order):
    names = ("jurisdiction", "year", "value", "source_id")
    shuffled = counts_of(*[dict(zip(names, row, strict=True)) for row in SIX]).iloc[list(order)]
    before = shuffled.copy()
    found = find_conflicts(shuffled, SOURCES, preferred_source_id="src-a")
    pd.testing.assert_frame_equal(shuffled, before)
    assert list(zip(found["jurisdiction"], found["year"], found["verdict"], strict=True)) == [
        ("AAA", 2013, "differ"),
        ("AAA", 2014, "agree"),
        ("BBB", 2014, "differ"),
    ]


def test_the_verdict_is_the_same_whichever_source_is_preferred(counts_of):
    bounds = list(combinations_with_replacement(range(6), 2))
    pairs = dict(enumerate(product(bounds, bounds), start=1000))
    rows = [
        {"year": year, "value": None, "value_low": float(low), "value_high": float(high), "printed": f"{low} to {high}"}
        | {"source_id": source}
        for year, pair in pairs.items()
        for (low, high), source in zip(pair, ("src-a", "src-b"), strict=True)
    ]
    expected = {
        year: "agree" if max(left[0], right[0]) <= min(left[1], right[1]) else "differ"
        for year, (left, right) in pairs.items()
    }
    for preferred in ("src-a", "src-b"):
        found = find_conflicts(counts_of(*rows), SOURCES, preferred_source_id=preferred)
        assert dict(zip(found["year"], found["verdict"], strict=True)) == expected


@pytest.mark.parametrize("table", ["victims", "justice"])
def test_how_many_jurisdictions_are_compared_at_once_does_not_matter(monkeypatch, table):
    data = shipped.read_study()
    preferred = {"preferred_source_id": data.study.preferences[table].source_id}
    at_once = find_conflicts(getattr(data, table), data.sources, **preferred)
    monkeypatch.setattr(conflicts, "_BLOCK_N", 300)
    assert len(conflicts._split(data.victims)) > 2
    pd.testing.assert_frame_equal(find_conflicts(getattr(data, table), data.sources, **preferred), at_once)

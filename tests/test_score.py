from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.score import (
    assign_time_points,
    count_coverage,
    count_facts_by_time,
    count_readings,
    find_shared_gaps,
    judge_gsi_items,
    lay_out_benchmark,
    list_mechanisms,
    score_gsi,
    select_facts,
)

PERIODS = [("baseline", 2013, 2014), ("update", 2022, 2024)]
INDICATORS = pd.DataFrame(
    {
        "indicator": ["PREV-01", "PREV-02", "PROT-01"],
        "pillar": ["prevention", "prevention", "protection"],
        "theme": ["Risk knowledge", "Awareness", "Shelter"],
        "is_core": [True, False, True],
    }
)


def make_facts(*rows: tuple[str, str, str, int]) -> pd.DataFrame:
    """Return facts from (jurisdiction, indicator, direction, year)."""
    facts = pd.DataFrame(rows, columns=["jurisdiction", "indicator", "direction", "year"])
    numbers = range(1, len(facts) + 1)
    facts = facts.assign(
        evidence_id=[f"E-{number}" for number in numbers],
        statement=[f"Statement {number}." for number in numbers],
        evidence_kind="practice",
        source_id="src-a",
        locator="p. 3",
        second_source_id="",
        second_locator="",
    )
    return facts.astype({**dict.fromkeys(facts.columns, "str"), "year": "Int64"})


def read(*directions: str) -> str:
    facts = make_facts(*[("AAA", "PREV-01", direction, 2014) for direction in directions])
    coverage = count_coverage(facts, INDICATORS, jurisdictions=["AAA"])
    return coverage.set_index("indicator")["reading"]["PREV-01"]


@pytest.mark.parametrize(
    ("year", "time_point"),
    [
        (2012, "other"),
        (2013, "baseline"),
        (2014, "baseline"),
        (2015, "other"),
        (2022, "update"),
        (2024, "update"),
        (2025, "other"),
    ],
)
def test_a_fact_belongs_to_the_period_that_holds_its_year(year, time_point):
    facts = make_facts(("AAA", "PREV-01", "gap", year))
    assert assign_time_points(facts, periods=PERIODS)["time_point"].tolist() == [time_point]
    assert "time_point" not in facts


def test_without_periods_all_facts_are_of_another_time():
    assert assign_time_points(make_facts(("AAA", "PREV-01", "gap", 2014)), periods=[])["time_point"].tolist() == [
        "other"
    ]


@pytest.mark.parametrize(
    ("directions", "reading"),
    [
        ((), "ND"),
        (("context",), "context"),
        (("strength",), "strength"),
        (("strength", "context"), "strength"),
        (("gap",), "gap"),
        (("gap", "context"), "gap"),
        (("gap", "strength"), "mixed"),
        (("gap", "gap", "strength", "context"), "mixed"),
    ],
)
def test_an_indicator_is_read_from_the_directions_of_its_facts(directions, reading):
    assert read(*directions) == reading


def test_coverage_counts_facts_of_every_pair_in_the_order_of_framework_and_study():
    facts = make_facts(
        ("AAA", "PREV-01", "gap", 2014),
        ("AAA", "PREV-01", "gap", 2015),
        ("AAA", "PREV-01", "context", 2014),
        ("BBB", "PROT-01", "strength", 2014),
        ("REG", "PROT-01", "gap", 2014),
    )
    coverage = count_coverage(facts, INDICATORS, jurisdictions=["BBB", "AAA"])
    assert list(zip(coverage["indicator"], coverage["jurisdiction"], strict=True)) == [
        ("PREV-01", "BBB"),
        ("PREV-01", "AAA"),
        ("PREV-02", "BBB"),
        ("PREV-02", "AAA"),
        ("PROT-01", "BBB"),
        ("PROT-01", "AAA"),
    ]
    assert coverage["gap_n"].tolist() == [0, 2, 0, 0, 0, 0]
    assert coverage["context_n"].tolist() == [0, 1, 0, 0, 0, 0]
    assert coverage["strength_n"].tolist() == [0, 0, 0, 0, 1, 0]
    assert coverage["facts_n"].tolist() == [0, 3, 0, 0, 1, 0]
    assert coverage["reading"].tolist() == ["ND", "gap", "ND", "ND", "strength", "ND"]
    assert coverage["is_core"].tolist() == [True, True, False, False, True, True]
    assert coverage["pillar"].tolist() == ["prevention"] * 4 + ["protection"] * 2


def test_coverage_of_no_facts_is_nd_everywhere():
    coverage = count_coverage(make_facts(), INDICATORS, jurisdictions=["AAA", "BBB"])
    assert coverage["reading"].tolist() == ["ND"] * 6
    assert coverage["facts_n"].tolist() == [0] * 6


FACT_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["AAA", "BBB", "REG"]),
        st.sampled_from(["PREV-01", "PREV-02", "PROT-01"]),
        st.sampled_from(["strength", "gap", "context"]),
        st.integers(2010, 2025),
    ),
    max_size=12,
)


@given(FACT_ROWS, st.randoms(use_true_random=False))
def test_coverage_does_not_depend_on_the_order_of_facts_and_counts_each_once(rows, random):
    facts = make_facts(*rows)
    before = facts.copy()
    coverage = count_coverage(facts, INDICATORS, jurisdictions=["AAA", "BBB"])
    shuffled = list(rows)
    random.shuffle(shuffled)
    again = count_coverage(make_facts(*shuffled), INDICATORS, jurisdictions=["AAA", "BBB"])
    pd.testing.assert_frame_equal(coverage, again)
    pd.testing.assert_frame_equal(facts, before)
    assert coverage["facts_n"].sum() == sum(code != "REG" for code, *_ in rows)
    assert coverage["reading"].eq("ND").equals(coverage["facts_n"].eq(0))


def test_facts_are_selected_by_jurisdiction_kind_and_direction():
    facts = make_facts(
        ("AAA", "PROT-01", "gap", 2014),
        ("AAA", "PREV-01", "strength", 2015),
        ("AAA", "PREV-01", "gap", 2013),
        ("BBB", "PREV-01", "gap", 2013),
    )
    facts.loc[0, "evidence_kind"] = "law"
    assert select_facts(facts, jurisdiction="AAA")["evidence_id"].tolist() == ["E-3", "E-2", "E-1"]
    assert select_facts(facts, jurisdiction="AAA", kinds=["law"])["evidence_id"].tolist() == ["E-1"]
    assert select_facts(facts, jurisdiction="AAA", directions=["gap"])["evidence_id"].tolist() == ["E-3", "E-1"]
    assert select_facts(facts, jurisdiction="AAA", kinds=["law"], directions=["strength"]).empty
    assert select_facts(facts, jurisdiction="AAA").index.tolist() == [0, 1, 2]


BENCHMARKS = pd.DataFrame(
    {
        "jurisdiction": ["AAA", "AAA", "BBB", "AAA"],
        "year": [2020, 2020, 2020, 2020],
        "benchmark": ["b", "b", "b", "c"],
        "item": ["x", "y", "x", "x"],
        "printed": ["1", "2a", "3", "9"],
        "source_id": "src-a",
    }
)


def test_items_of_a_benchmark_stand_side_by_side_as_printed():
    wide = lay_out_benchmark(BENCHMARKS, benchmark="b")
    assert list(wide.columns) == ["jurisdiction", "year", "source_id", "x", "y"]
    assert wide["x"].tolist() == ["1", "3"]
    assert wide["y"].tolist() == ["2a", "ND"]


def test_a_benchmark_without_rows_is_an_empty_table():
    wide = lay_out_benchmark(BENCHMARKS, benchmark="none")
    assert wide.empty
    assert list(wide.columns) == ["jurisdiction", "year", "source_id"]


def test_mechanisms_list_every_indicator_of_a_pillar_and_say_nd_where_nothing_was_found():
    facts = make_facts(
        ("AAA", "PREV-01", "gap", 2015),
        ("AAA", "PREV-01", "strength", 2013),
        ("BBB", "PREV-02", "gap", 2013),
        ("AAA", "PROT-01", "gap", 2013),
    )
    listed = list_mechanisms(facts, INDICATORS, jurisdiction="AAA", pillar="prevention")
    assert listed["indicator"].tolist() == ["PREV-01", "PREV-01", "PREV-02"]
    assert listed["item"].tolist() == ["AAA-PREV-01", "AAA-PREV-01", "AAA-PREV-02"]
    assert listed["evidence_id"].tolist() == ["E-2", "E-1", ""]
    assert listed["locator"].tolist() == ["p. 3", "p. 3", ""]
    assert listed["statement"].tolist()[2] == "ND: no published fact was found in the desk review."
    assert listed["direction"].tolist() == ["strength", "gap", ""]
    assert listed["source_id"].tolist() == ["src-a", "src-a", ""]
    assert listed["theme"].tolist() == ["Risk knowledge", "Risk knowledge", "Awareness"]
    assert listed["year"].isna().tolist() == [False, False, True]


def test_mechanisms_keep_the_order_of_the_framework():
    framework = INDICATORS.iloc[[1, 0, 2]]
    listed = list_mechanisms(make_facts(), framework, jurisdiction="AAA", pillar="prevention")
    assert listed["indicator"].tolist() == ["PREV-02", "PREV-01"]


def test_facts_are_counted_by_time_point_and_jurisdiction():
    dated = assign_time_points(
        make_facts(
            ("AAA", "PREV-01", "gap", 2013),
            ("AAA", "PREV-01", "gap", 2014),
            ("AAA", "PREV-01", "gap", 2022),
            ("REG", "PREV-01", "gap", 2022),
        ),
        periods=PERIODS,
    )
    counted = count_facts_by_time(dated, jurisdictions=["BBB", "AAA"])
    assert [tuple(row) for row in counted.to_numpy()] == [
        ("baseline", "BBB", 0),
        ("baseline", "AAA", 2),
        ("update", "BBB", 0),
        ("update", "AAA", 1),
    ]
    assert list(counted.columns) == ["time_point", "jurisdiction", "facts_n"]


def test_every_reading_has_a_count_even_if_it_is_zero():
    facts = make_facts(("AAA", "PREV-01", "gap", 2014), ("AAA", "PREV-02", "gap", 2014))
    counted = count_readings(count_coverage(facts, INDICATORS, jurisdictions=["AAA"]))
    assert dict(zip(counted["reading"], counted["indicators_n"], strict=True)) == {
        "strength": 0,
        "mixed": 0,
        "gap": 2,
        "context": 0,
        "ND": 1,
    }


def test_gaps_are_shared_from_the_threshold_on_with_mixed_readings_counted():
    facts = make_facts(
        ("AAA", "PREV-01", "gap", 2014),
        ("BBB", "PREV-01", "gap", 2014),
        ("BBB", "PREV-01", "strength", 2014),
        ("AAA", "PREV-02", "gap", 2014),
        ("AAA", "PROT-01", "gap", 2014),
        ("BBB", "PROT-01", "gap", 2014),
        ("CCC", "PROT-01", "gap", 2014),
    )
    coverage = count_coverage(facts, INDICATORS, jurisdictions=["AAA", "BBB", "CCC"])
    shared = find_shared_gaps(coverage, shared_gap_n=2)
    assert shared.to_dict("list") == {
        "indicator": ["PROT-01", "PREV-01"],
        "gaps": ["AAA;BBB;CCC", "AAA;BBB"],
        "gaps_n": [3, 2],
    }
    assert find_shared_gaps(coverage, shared_gap_n=4).empty


def test_without_gaps_none_is_shared():
    shared = find_shared_gaps(count_coverage(make_facts(), INDICATORS, jurisdictions=["AAA"]), shared_gap_n=1)
    assert shared.empty
    assert list(shared.columns) == ["indicator", "gaps", "gaps_n"]


GSI_ITEMS = pd.DataFrame(
    {
        "item": ["P1", "P2", "N1", "U1"],
        "label": ["one", "two", "three", "four"],
        "is_negative": [False, False, True, False],
        "indicator": ["PREV-01", "PREV-02", "PREV-01", ""],
        "fit": "close",
        "gap_reading": "no sign of it",
        "rated_if": "",
    }
)


def make_items(*rows: tuple[str, str, float | None]) -> pd.DataFrame:
    items = pd.DataFrame(rows, columns=["jurisdiction", "item", "value"]).assign(source_id="src-a")
    return items.astype({"value": "Float64"})


@pytest.mark.parametrize(
    ("item", "value", "is_met"), [("P1", 1, True), ("P1", 0, False), ("N1", 0, True), ("N1", -1, False)]
)
def test_a_positive_item_is_met_when_found_and_a_negative_one_when_not(item, value, is_met):
    assert judge_gsi_items(make_items(("AAA", item, value)), GSI_ITEMS)["is_met"].tolist() == [is_met]


def test_an_item_that_was_not_reported_is_neither_met_nor_missed():
    assert judge_gsi_items(make_items(("AAA", "P1", None), ("AAA", "P2", 1.0)), GSI_ITEMS)["item"].tolist() == ["P2"]


def test_the_share_of_items_met_counts_items_with_an_indicator_by_pillar():
    # AAA: P1 met, P2 not, N1 met: 2 of 3. U1 has no indicator and does not count.
    items = make_items(("AAA", "P1", 1), ("AAA", "P2", 0), ("AAA", "N1", 0), ("AAA", "U1", 1), ("BBB", "P1", 0))
    before = items.copy()
    scored = score_gsi(items, GSI_ITEMS, INDICATORS, jurisdictions=["BBB", "AAA"]).set_index("jurisdiction")
    assert scored.index.tolist() == ["BBB", "AAA"]
    assert scored.loc["AAA", ["met_n", "items_n", "pillar", "source_id"]].tolist() == [2, 3, "prevention", "src-a"]
    assert scored.loc["AAA", "met_share"] == pytest.approx(2 / 3)
    assert scored.loc["BBB", "met_share"] == 0
    pd.testing.assert_frame_equal(items, before)


@given(
    st.lists(
        st.tuples(st.sampled_from(["P1", "P2", "N1"]), st.sampled_from([0, 1, -1, None])),
        max_size=3,
        unique_by=lambda x: x[0],
    )
)
def test_shares_lie_between_zero_and_one(rows):
    items = make_items(*[("AAA", item, value) for item, value in rows])
    scored = score_gsi(items, GSI_ITEMS, INDICATORS, jurisdictions=["AAA"])
    assert scored["met_share"].astype(float).between(0, 1).all()
    assert scored["items_n"].sum() == sum(value is not None for _, value in rows)

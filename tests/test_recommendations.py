from __future__ import annotations

import pandas as pd
import pytest
import shipped
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.recommendations import (
    GAP_COLUMNS,
    TREATY_INDICATOR,
    add_ground,
    collect_gaps,
    count_by_scope,
    find_answered_gaps,
    find_evidence_gaps,
    find_gsi_gaps,
    find_instrument_gaps,
    find_statistics_gaps,
    find_treaty_gaps,
    match_measures,
    recommend,
    select_scope,
)
from ctresearch.score import judge_gsi_items

NO_GAPS = pd.DataFrame(columns=GAP_COLUMNS)
CODES = ("AAA", "BBB", "CCC")
INDICATORS = ("DATA-02", "DATA-04", "PART-08", "PREV-01", "PREV-02")
MEASURES = pd.DataFrame(
    {
        "measure_id": [f"M-{indicator}a" for indicator in INDICATORS],
        "indicator": INDICATORS,
        "applies_to": "any",
        "facet": "",
        "action": [f"Do {indicator}." for indicator in INDICATORS],
        "regional_action": [f"Together do {indicator}." for indicator in INDICATORS],
        "addressee": "ministry",
        "level": "national",
        "time_frame": "short",
        "cost_class": "low",
        "capacity": "procedures",
        "gender_effect": "reaches women, men, girls and boys",
        "regional_addressee": "",
        "regional_cost_class": "",
        "regional_capacity": "",
        "regional_gender_effect": "",
    }
)
EVIDENCE = pd.DataFrame(
    {
        "evidence_id": ["E-1", "E-2", "E-3", "E-4", "E-5"],
        "jurisdiction": ["AAA", "AAA", "REG", "ZZZ", "BBB"],
        "indicator": "PREV-01",
        "direction": ["gap", "strength", "gap", "gap", "context"],
        "year": [2014, 2014, 2012, 2014, 2014],
        "evidence_kind": ["law", "practice", "institution", "law", "law"],
        "statement": ["One.", "Two.", "Three.", "Four.", "Five."],
        "source_id": "src-a",
    }
)
PAIRS = pd.DataFrame({"first": ["AAA", "AAA"], "second": ["BBB", "CCC"], "reading": ["not_found", "found"]})
JUDGED = pd.DataFrame(
    {
        "jurisdiction": "AAA",
        "item": ["P1", "P2", "P3", "P4"],
        "is_met": [False, True, False, False],
        "fit": ["close", "close", "loose", "close"],
        "indicator": ["PREV-02", "PREV-02", "PREV-02", ""],
        "facet": "",
        "gap_reading": "no sign of it",
        "rated_if": "",
        "source_id": "src-g",
    }
)


def make_gaps(*rows: tuple[str, str] | tuple[str, str, str]) -> pd.DataFrame:
    """Return gaps from (jurisdiction, indicator[, basis]), each with its own evidence id."""
    gaps = [
        {
            "jurisdiction": row[0],
            "indicator": row[1],
            "basis": row[2] if len(row) > 2 else "desk_review",
            "facet": "",
            "on": "practice",
            "finding": "A finding.",
            "evidence_id": f"E-{number}",
            "source_id": "src-a",
        }
        for number, row in enumerate(rows, start=1)
    ]
    return pd.DataFrame(gaps, columns=GAP_COLUMNS, dtype="str")


def advise(*rows: tuple, shared_gap_n: int = 2, jurisdictions: tuple[str, ...] = CODES) -> pd.DataFrame:
    return recommend(make_gaps(*rows), MEASURES, shared_gap_n=shared_gap_n, jurisdictions=jurisdictions)


def test_facts_of_direction_gap_of_the_study_and_the_region_are_gaps():
    before = EVIDENCE.copy()
    gaps = find_evidence_gaps(EVIDENCE, jurisdictions=CODES)
    pd.testing.assert_frame_equal(EVIDENCE, before)
    assert list(gaps.columns) == GAP_COLUMNS
    assert gaps["evidence_id"].tolist() == ["E-1", "E-3"]
    assert gaps["finding"].tolist() == ["One.", "Three."]
    assert gaps["basis"].tolist() == ["desk_review"] * 2
    assert gaps["on"].tolist() == ["law", "practice"]
    assert gaps.index.tolist() == [0, 1]


def test_unmet_items_that_fit_closely_and_name_an_indicator_are_gaps():
    assert find_gsi_gaps(JUDGED, EVIDENCE).to_dict("records") == [
        {
            "jurisdiction": "AAA",
            "indicator": "PREV-02",
            "facet": "",
            "basis": "gsi_item",
            "on": "practice",
            "finding": "Global Slavery Index 2023: no sign of it.",
            "evidence_id": "GSI-P1-AAA",
            "source_id": "src-g",
        }
    ]


def test_an_item_that_was_not_rated_because_the_one_before_it_was_not_met_is_no_gap():
    judged = pd.concat([JUDGED.iloc[[0, 1]], JUDGED.iloc[[0, 0]]], ignore_index=True)
    judged = judged.assign(item=["P1", "P2", "P5", "P6"], rated_if=["", "", "P1", "P2"])
    assert find_gsi_gaps(judged, EVIDENCE)["evidence_id"].tolist() == ["GSI-P1-AAA", "GSI-P6-AAA"]
    elsewhere = judged.assign(jurisdiction=["BBB", "AAA", "AAA", "AAA"])
    assert len(find_gsi_gaps(elsewhere, EVIDENCE)) == 3


def test_no_finding_of_the_real_study_rests_on_an_item_that_was_not_rated():
    data = shipped.read_study()
    unrated = data.benchmarks[data.benchmarks["note"].str.startswith("automatic 0")]
    judged = judge_gsi_items(data.benchmarks[data.benchmarks["benchmark"].eq("gsi_item")], data.gsi_items)
    cited = find_gsi_gaps(judged, data.evidence)["evidence_id"]
    assert len(unrated)
    assert len(cited)
    assert not cited.isin("GSI-" + unrated["item"] + "-" + unrated["jurisdiction"]).any()


def test_a_pair_without_an_instrument_is_a_gap_of_both_sides_and_does_not_say_that_there_is_none():
    gaps = find_instrument_gaps(PAIRS, indicator="PART-08", source_id="src-r")
    assert gaps["jurisdiction"].tolist() == ["AAA", "BBB"]
    assert gaps["evidence_id"].tolist() == ["PAIR-AAA-BBB"] * 2
    assert gaps["indicator"].tolist() == ["PART-08"] * 2
    assert gaps["source_id"].tolist() == ["src-r"] * 2
    assert gaps["finding"].str.endswith("does not mean that there is none.").all()


def test_if_every_pair_has_an_instrument_there_is_no_gap():
    gaps = find_instrument_gaps(PAIRS.iloc[1:], indicator="PART-08", source_id="src-r")
    assert gaps.empty
    assert list(gaps.columns) == GAP_COLUMNS


def find_missing(counts: pd.DataFrame, *, jurisdictions=("AAA",), measures=("victims_detected",)) -> pd.DataFrame:
    return find_statistics_gaps(
        counts,
        measures=measures,
        indicator="DATA-02",
        years=(2013, 2015),
        jurisdictions=jurisdictions,
        source_id="src-a",
    )


def test_years_without_a_figure_in_the_main_source_are_named(counts_of):
    counts = counts_of(
        {"year": 2014},
        {"year": 2013, "source_id": "src-b"},
        {"year": 2013, "measure": "persons_convicted"},
        {"year": 2015, "jurisdiction": "BBB"},
        {"year": 2020},
    )
    (gap,) = find_missing(counts).to_dict("records")
    assert gap == {
        "jurisdiction": "AAA",
        "indicator": "DATA-02",
        "facet": "reporting",
        "basis": "missing_statistic",
        "on": "practice",
        "finding": "No figure on victims detected for 2013, 2015 in the study's main source.",
        "evidence_id": "STAT-victims_detected-AAA",
        "source_id": "src-a",
    }


def test_a_complete_series_has_no_gap_even_if_a_year_is_masked(counts_of):
    counts = counts_of(
        {"year": 2013}, {"year": 2014, "value": None, "value_low": 1.0, "value_high": 4.0}, {"year": 2015}
    )
    gaps = find_missing(counts)
    assert gaps.empty
    assert list(gaps.columns) == GAP_COLUMNS


def test_every_measure_is_looked_at_in_every_jurisdiction_that_the_source_covers(counts_of):
    covered = counts_of({"year": 2020, "jurisdiction": "AAA"}, {"year": 2020, "jurisdiction": "BBB"})
    gaps = find_missing(covered, jurisdictions=("BBB", "AAA", "CCC"), measures=("m_1", "m_2"))
    assert gaps["evidence_id"].tolist() == ["STAT-m_1-BBB", "STAT-m_2-BBB", "STAT-m_1-AAA", "STAT-m_2-AAA"]


def test_gaps_of_all_kinds_are_collected_with_the_indicator_that_each_bears_on(counts_of):
    gaps = collect_gaps(
        evidence=EVIDENCE,
        judged=JUDGED,
        pairs=PAIRS,
        treaty_gaps=NO_GAPS,
        counts=counts_of({"year": 2013}),
        justice=counts_of({"year": 2013, "measure": "persons_prosecuted"}),
        jurisdictions=("AAA",),
        years=(2013, 2013),
        source_id="src-a",
        register_source_id="src-r",
    )
    assert list(zip(gaps["basis"], gaps["indicator"], gaps["evidence_id"], strict=True)) == [
        ("desk_review", "PREV-01", "E-1"),
        ("desk_review", "PREV-01", "E-3"),
        ("gsi_item", "PREV-02", "GSI-P1-AAA"),
        ("instrument_not_found", "PART-08", "PAIR-AAA-BBB"),
        ("instrument_not_found", "PART-08", "PAIR-AAA-BBB"),
        ("missing_statistic", "DATA-04", "STAT-persons_convicted-AAA"),
    ]
    assert gaps.index.tolist() == list(range(6))


def test_missing_counts_of_victims_bear_on_another_indicator_than_missing_justice_figures(counts_of):
    gaps = collect_gaps(
        evidence=EVIDENCE.iloc[:0],
        judged=JUDGED.iloc[:0],
        pairs=PAIRS.iloc[:0],
        treaty_gaps=NO_GAPS,
        counts=counts_of({"year": 2020}),
        justice=counts_of({"year": 2020}),
        jurisdictions=("AAA",),
        years=(2013, 2013),
        source_id="src-a",
        register_source_id="src-r",
    )
    assert list(zip(gaps["indicator"], gaps["evidence_id"], strict=True)) == [
        ("DATA-02", "STAT-victims_detected-AAA"),
        ("DATA-04", "STAT-persons_prosecuted-AAA"),
        ("DATA-04", "STAT-persons_convicted-AAA"),
    ]


def test_gaps_on_one_indicator_make_one_recommendation_with_all_its_findings():
    (row,) = advise(("AAA", "PREV-01"), ("AAA", "PREV-01", "gsi_item"), ("AAA", "PREV-01")).to_dict("records")
    assert row == {
        "recommendation_id": "AAA-PREV-01a",
        "scope": "AAA",
        "indicator": "PREV-01",
        "action": "Do PREV-01.",
        "addressee": "ministry",
        "level": "national",
        "time_frame": "short",
        "cost_class": "low",
        "capacity": "procedures",
        "gender_effect": "reaches women, men, girls and boys",
        "bases": "desk_review;gsi_item",
        "findings_n": 3,
        "shared_by": "AAA",
        "evidence_ids": "E-1;E-2;E-3",
        "source_id": "src-a",
    }


def test_a_gap_shared_by_enough_jurisdictions_is_put_to_the_region_first_with_its_joint_action():
    advice = advise(("BBB", "PREV-01"), ("AAA", "PREV-01"), ("AAA", "PREV-02"))
    assert advice["recommendation_id"].tolist() == ["REG-PREV-01a", "AAA-PREV-01a", "AAA-PREV-02a", "BBB-PREV-01a"]
    regional = advice.iloc[0]
    assert regional["action"] == "Together do PREV-01."
    assert regional["level"] == "regional"
    assert regional["shared_by"] == "AAA;BBB"
    assert regional["evidence_ids"] == "E-1;E-2"
    assert advice["level"].tolist()[1:] == ["national"] * 3


@pytest.mark.parametrize(("shared_gap_n", "is_shared"), [(1, True), (2, True), (3, False)])
def test_sharing_starts_at_the_threshold(shared_gap_n, is_shared):
    advice = advise(("AAA", "PREV-01"), ("BBB", "PREV-01"), ("BBB", "PREV-01"), shared_gap_n=shared_gap_n)
    assert ("REG" in set(advice["scope"])) == is_shared


def test_evidence_about_the_region_is_put_to_the_region_alone():
    advice = advise(("REG", "PREV-01"))
    assert advice["scope"].tolist() == ["REG"]
    assert advice["shared_by"].tolist() == ["REG"]
    assert advice["action"].tolist() == ["Together do PREV-01."]


def test_a_gap_of_a_jurisdiction_outside_the_study_counts_for_nothing():
    advice = advise(("AAA", "PREV-01"), ("ZZZ", "PREV-01"))
    assert advice["scope"].tolist() == ["AAA"]


def test_recommendations_come_by_scope_then_kinds_then_number_of_findings_then_indicator():
    advice = advise(
        ("BBB", "DATA-02"),
        ("AAA", "PREV-02"),
        ("AAA", "DATA-04"),
        ("AAA", "PREV-01"),
        ("AAA", "PREV-01"),
        ("AAA", "PART-08"),
        ("AAA", "PART-08", "instrument_not_found"),
        jurisdictions=("BBB", "AAA"),
    )
    assert advice["recommendation_id"].tolist() == [
        "BBB-DATA-02a",
        "AAA-PART-08a",  # two kinds of findings
        "AAA-PREV-01a",  # two findings of one kind
        "AAA-DATA-04a",
        "AAA-PREV-02a",
    ]


def test_sources_of_findings_are_named_once_each():
    gaps = make_gaps(("AAA", "PREV-01"), ("AAA", "PREV-01"), ("AAA", "PREV-01"))
    gaps["source_id"] = ["src-b;src-a", "src-a", "src-c"]
    advice = recommend(gaps, MEASURES, shared_gap_n=2, jurisdictions=CODES)
    assert advice["source_id"].tolist() == ["src-b;src-a;src-c"]


def test_one_finding_for_both_sides_of_a_pair_is_named_once_in_the_region():
    gaps = find_instrument_gaps(PAIRS, indicator="PART-08", source_id="src-r")
    advice = recommend(gaps, MEASURES, shared_gap_n=2, jurisdictions=CODES)
    assert advice.loc[advice["scope"].eq("REG"), "evidence_ids"].tolist() == ["PAIR-AAA-BBB"]


def test_two_measures_for_one_indicator_make_two_recommendations():
    second = MEASURES[MEASURES["indicator"].eq("PREV-01")].assign(measure_id="M-PREV-01b")
    measures = pd.concat([second, MEASURES])
    advice = recommend(make_gaps(("AAA", "PREV-01")), measures, shared_gap_n=2, jurisdictions=CODES)
    assert advice["recommendation_id"].tolist() == ["AAA-PREV-01a", "AAA-PREV-01b"]


@pytest.mark.parametrize(
    ("facet", "on", "answered_by"),
    [
        ("", "practice", ["M-PREV-01a"]),  # a finding of no facet: the measure for no facet
        ("inspection", "practice", ["M-PREV-01b"]),  # the measure for its facet, and not the general one
        ("inspection", "law", ["M-PREV-01a"]),  # the measure for its facet is on practice: the general one is left
        ("unheard_of", "practice", ["M-PREV-01a"]),
    ],
)
def test_a_measure_for_a_facet_answers_findings_on_that_facet_alone(facet, on, answered_by):
    general = MEASURES[MEASURES["indicator"].eq("PREV-01")]
    special = general.assign(measure_id="M-PREV-01b", facet="inspection", applies_to="practice")
    gaps = make_gaps(("AAA", "PREV-02"), ("AAA", "PREV-01")).assign(facet=["", facet], on=["law", on])
    pairs = match_measures(gaps, pd.concat([special, general]))
    assert pairs["measure_id"].tolist() == answered_by
    assert pairs.index.tolist() == [1]


def test_what_is_done_together_has_its_own_addressee_cost_capacity_and_effect_where_they_are_named():
    together = {
        "addressee": "network",
        "cost_class": "medium",
        "capacity": "exchange",
        "gender_effect": "is read together",
    }
    measures = MEASURES.assign(**{f"regional_{name}": value for name, value in together.items()})
    gaps = make_gaps(("AAA", "PREV-01"), ("BBB", "PREV-01"))
    own = recommend(gaps, measures, shared_gap_n=2, jurisdictions=CODES).set_index("scope")[list(together)]
    as_before = advise(("AAA", "PREV-01"), ("BBB", "PREV-01")).set_index("scope")[list(together)]
    assert own.loc["REG"].to_dict() == together
    assert as_before.loc["REG"].to_dict() == as_before.loc["AAA"].to_dict()
    pd.testing.assert_frame_equal(own.loc[["AAA", "BBB"]], as_before.loc[["AAA", "BBB"]])


def test_the_ground_of_a_recommendation_is_its_newest_fact():
    advice = pd.DataFrame({"evidence_ids": ["E-1;E-2;GSI-1", "GSI-1;E-1", "GSI-1;PAIR-A-B", "E-3"]})
    evidence = pd.DataFrame({"evidence_id": ["E-1", "E-2", "E-3"], "year": pd.array([2021, 2022, 2024], dtype="Int64")})
    shown = add_ground(advice, evidence, recent_from=2022)
    assert shown["ground"].tolist() == ["recent_fact", "older_fact", "no_fact", "recent_fact"]
    assert shown["newest_fact"].tolist() == ["2022", "2021", "none", "2024"]
    assert list(advice.columns) == ["evidence_ids"]


def test_indicators_without_a_measure_are_all_named():
    with pytest.raises(
        ValueError, match=r"no measure for the indicators XX-01, XX-02; add a row to framework/measures\.csv"
    ):
        advise(("AAA", "XX-02"), ("AAA", "PREV-01"), ("BBB", "XX-01"))


@pytest.mark.parametrize("column", ["evidence_id", "source_id"])
def test_a_gap_without_evidence_or_source_is_refused(column):
    gaps = make_gaps(("AAA", "PREV-01"), ("BBB", "PREV-01"))
    gaps.loc[1, column] = ""
    with pytest.raises(ValueError, match=r"1 gaps name no evidence or no source; the first is .*'jurisdiction': 'BBB'"):
        recommend(gaps, MEASURES, shared_gap_n=2, jurisdictions=CODES)


def test_without_gaps_nothing_is_recommended():
    advice = advise()
    assert advice.empty
    assert {"recommendation_id", "scope", "action", "evidence_ids", "source_id"} <= set(advice.columns)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([*CODES, "REG"]), st.sampled_from(INDICATORS), st.sampled_from(["desk_review", "gsi_item"])
        ),
        min_size=1,
        max_size=12,
    ),
    st.integers(1, 4),
    st.randoms(use_true_random=False),
)
def test_every_gap_is_answered_once_and_the_order_of_gaps_does_not_matter(rows, shared_gap_n, random):
    gaps = make_gaps(*rows)
    before = gaps.copy()
    advice = recommend(gaps, MEASURES, shared_gap_n=shared_gap_n, jurisdictions=CODES)
    pd.testing.assert_frame_equal(gaps, before)
    order = list(range(len(gaps)))
    random.shuffle(order)
    again = recommend(gaps.iloc[order], MEASURES, shared_gap_n=shared_gap_n, jurisdictions=CODES)
    assert again["recommendation_id"].tolist() == advice["recommendation_id"].tolist()
    assert again["findings_n"].tolist() == advice["findings_n"].tolist()
    assert advice["recommendation_id"].is_unique
    answered = set(zip(advice["scope"], advice["indicator"], strict=True))
    assert {(code, indicator) for code, indicator, _ in rows} <= answered
    assert set(";".join(advice["evidence_ids"]).split(";")) == set(gaps["evidence_id"])
    assert advice.loc[advice["scope"].ne("REG"), "findings_n"].sum() == sum(code != "REG" for code, *_ in rows)


def test_recommendations_of_one_scope_and_basis_are_selected():
    advice = advise(
        ("AAA", "PREV-01"), ("AAA", "PREV-02", "gsi_item"), ("AAA", "PREV-01", "gsi_item"), ("BBB", "DATA-02")
    )
    assert select_scope(advice, "AAA")["indicator"].tolist() == ["PREV-01", "PREV-02"]
    assert select_scope(advice, "AAA", basis="desk_review")["indicator"].tolist() == ["PREV-01"]
    assert select_scope(advice, "AAA", basis="gsi")["indicator"].tolist() == []
    assert select_scope(advice, "BBB").index.tolist() == [0]
    assert select_scope(advice, "CCC").empty


def test_recommendations_are_counted_by_scope_with_those_that_rest_on_a_fact():
    advice = advise(("AAA", "PREV-01"), ("AAA", "PREV-02", "gsi_item"), ("BBB", "DATA-02", "missing_statistic"))
    assert count_by_scope(advice).to_dict("records") == [
        {"scope": "AAA", "recommendations_n": 2, "desk_review_n": 1},
        {"scope": "BBB", "recommendations_n": 1, "desk_review_n": 0},
    ]


def test_a_treaty_without_any_act_is_a_gap_and_one_with_an_undated_act_is_not():
    acts = [("t1", "AAA", "found"), ("t2", "AAA", "party_date_missing"), ("t1", "BBB", "not_party")]
    participation = pd.DataFrame(acts, columns=["instrument", "jurisdiction", "status"])
    instruments = pd.DataFrame(
        {
            "instrument": ["t1", "t2"],
            "title": ["First treaty", "Second treaty"],
            "expected_parties": ["AAA;BBB", "AAA;BBB"],
        }
    )
    gaps = find_treaty_gaps(
        participation,
        instruments,
        treaties=("t1", "t2"),
        indicator="PREV-01",
        jurisdictions=("AAA", "BBB", "CCC"),
        source_id="src-r",
    )
    assert gaps["evidence_id"].tolist() == ["TREATY-t1-BBB", "TREATY-t2-BBB"]
    assert gaps["finding"].iloc[0] == "No ratification or other act was found for this treaty: First treaty."
    assert set(gaps["source_id"]) == {"src-r"}


def test_a_gap_that_a_later_strength_answers_leads_to_no_recommendation_and_is_listed_as_a_question():
    later = EVIDENCE.assign(year=[2014, 2016, 2012, 2014, 2014])
    assert find_evidence_gaps(later, jurisdictions=CODES)["evidence_id"].tolist() == ["E-3"]
    answered = find_answered_gaps(later, jurisdictions=CODES)
    assert answered[["evidence_id", "year", "year_of_strength"]].values.tolist() == [["E-1", 2014, 2016]]
    assert find_answered_gaps(EVIDENCE, jurisdictions=CODES).empty


@pytest.mark.parametrize(
    ("gap", "strength", "is_answered"),
    [("practice", "law", False), ("practice", "institution", True), ("law", "law", True), ("law", "practice", True)],
)
def test_what_a_law_says_answers_no_gap_in_practice(gap, strength, is_answered):
    later = EVIDENCE.assign(year=[2014, 2016, 2012, 2014, 2014])
    later.loc[[0, 1], "evidence_kind"] = [gap, strength]
    answered = find_answered_gaps(later, jurisdictions=CODES)
    assert answered[["evidence_id", "on"]].values.tolist() == ([["E-1", gap]] if is_answered else [])
    assert ("E-1" in set(find_evidence_gaps(later, jurisdictions=CODES)["evidence_id"])) is not is_answered


def test_a_strength_elsewhere_or_about_the_region_answers_no_gap():
    later = EVIDENCE.assign(year=[2014, 2020, 2012, 2014, 2014], jurisdiction=["AAA", "BBB", "REG", "ZZZ", "BBB"])
    assert find_evidence_gaps(later, jurisdictions=CODES)["evidence_id"].tolist() == ["E-1", "E-3"]


def test_a_measure_on_law_is_recommended_for_a_gap_in_law_alone():
    law = MEASURES[MEASURES["indicator"].eq("PREV-01")].assign(applies_to="law")
    practice = law.assign(applies_to="practice", measure_id="M-PREV-01b")
    gaps = make_gaps(("AAA", "PREV-01"), ("BBB", "PREV-01"))
    gaps["on"] = ["law", "practice"]
    advice = recommend(gaps, pd.concat([law, practice]), shared_gap_n=3, jurisdictions=CODES)
    assert advice["recommendation_id"].tolist() == ["AAA-PREV-01a", "BBB-PREV-01b"]


def test_recommendations_with_a_fact_come_before_those_with_more_findings_of_other_kinds():
    rows = [("AAA", "PREV-01", "gsi_item"), ("AAA", "PREV-01", "gsi_item"), ("AAA", "PREV-02")]
    assert advise(*rows)["indicator"].tolist() == ["PREV-02", "PREV-01"]


def test_a_benchmark_item_makes_no_gap_where_the_desk_review_found_a_strength():
    strength = EVIDENCE.assign(indicator="PREV-02")
    assert find_gsi_gaps(JUDGED, strength).empty
    assert len(find_gsi_gaps(JUDGED, strength.assign(jurisdiction="BBB"))) == 1


def test_a_law_does_not_contradict_what_a_benchmark_says_of_practice():
    law = EVIDENCE.assign(indicator="PREV-02", direction="strength", evidence_kind="law")
    assert find_gsi_gaps(JUDGED, law)["evidence_id"].tolist() == ["GSI-P1-AAA"]
    assert find_gsi_gaps(JUDGED.assign(item="M21"), law).empty


def test_treaty_items_of_the_benchmark_make_no_gap_because_the_register_knows_who_may_ratify():
    assert find_gsi_gaps(JUDGED.assign(indicator=TREATY_INDICATOR), EVIDENCE).empty


def test_a_measure_rests_on_gaps_of_its_kind_alone_and_is_shared_by_those_that_have_one():
    measures = pd.concat(
        [
            MEASURES[MEASURES["indicator"].eq("PREV-01")].assign(measure_id="M-PREV-01a", applies_to="law"),
            MEASURES[MEASURES["indicator"].eq("PREV-01")].assign(measure_id="M-PREV-01b", applies_to="practice"),
        ]
    )
    gaps = make_gaps(("AAA", "PREV-01"), ("AAA", "PREV-01"), ("BBB", "PREV-01"), ("CCC", "PREV-01"))
    gaps["on"] = ["law", "practice", "law", "practice"]
    both = recommend(gaps, measures, shared_gap_n=2, jurisdictions=CODES).set_index("recommendation_id")
    assert both.loc["REG-PREV-01a", ["shared_by", "evidence_ids"]].tolist() == ["AAA;BBB", "E-1;E-3"]
    assert both.loc["REG-PREV-01b", ["shared_by", "evidence_ids"]].tolist() == ["AAA;CCC", "E-2;E-4"]
    assert both.loc["AAA-PREV-01a", "evidence_ids"] == "E-1"
    # Three jurisdictions have a gap on the indicator, but no kind of it is shared by three.
    assert not recommend(gaps, measures, shared_gap_n=3, jurisdictions=CODES)["scope"].eq("REG").any()

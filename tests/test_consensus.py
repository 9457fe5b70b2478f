"""Rounds of a panel: published and computed answers of others, sums worked by hand, and what must always hold."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch import consensus
from ctresearch.choices import DelphiRules

RULES = DelphiRules(rounds_n=3, consensus="ipras", iqr_limit=2.0, least_ratings_n=5, stable_share=0.15)
PANEL = pd.DataFrame({"stakeholder": list("abcdefghij"), "sex": ["female"] * 6 + ["male"] * 4, "sector": "ngo"})


def rate(*values, number=1, name="AAA-1", people="abcdefghijklmnopqrstuvwxyz", reasons=None):
    """Ratings of one recommendation in one round, one panellist a value."""
    rows = {"round": number, "stakeholder": list(people[: len(values)]), "recommendation_id": name}
    rows |= {"rating": list(values), "reason": reasons or [""] * len(values), "source_id": "src-a"}
    return pd.DataFrame(rows).astype({"rating": "Int64", "round": "Int64"})


def score(*values, **changes):
    return consensus.score_ratings(rate(*values), rules=replace(RULES, **changes)).iloc[0]


def test_golden_ipras(golden):
    case = golden("rand_ucla_ipras")
    expected, near = case["expected"], {"abs": float(case["tolerance"])}
    found = score(*case["input"]["ratings"])
    names = {"median": "median", "p30": "p30", "p70": "p70", "IPR": "ipr", "IPRAS": "ipras"}
    for theirs, ours in names.items():
        assert found[ours] == pytest.approx(expected[theirs], **near), theirs
    middle = (found["p30"] + found["p70"]) / 2
    assert middle == pytest.approx(expected["IPRCP"], **near)
    assert abs(5 - middle) == pytest.approx(expected["AI"], **near)
    assert found["has_disagreement"] == expected["disagreement"]
    assert {"high": "appropriate"}[found["priority_class"]] == expected["classification"]


@pytest.mark.parametrize("span", ["8-10", "11-13", "14-16"])
def test_golden_panel_sizes(golden, span):
    expected = golden("rand_ucla_thresholds")["expected"][span]
    most, least = (int(text.lstrip("<>=")) for text in expected.values())
    first, last = map(int, span.split("-"))
    for panellists_n in range(first, last + 1):
        assert consensus.limit_panel(panellists_n) == (most, least)
        agreed = [8] * (panellists_n - most) + [1] * most
        split = [1] * least + [9] * (panellists_n - least)
        assert score(*agreed)["panel_agreement"] == "agree"
        assert score(*split)["panel_agreement"] == "disagree"
        assert score(*([8] * (panellists_n - most - 1) + [5] * (most + 1)))["panel_agreement"] == "neither"


@pytest.mark.parametrize("panellists_n", [7, 17])
def test_a_panel_of_another_size_has_no_limit_and_no_verdict_by_it(panellists_n):
    found = score(*[8] * panellists_n, consensus="panel_size")
    assert found["panel_agreement"] == ""
    assert pd.isna(found["is_consensus"])


def test_golden_kendall(golden):
    case = golden("kendall_w_anxiety")
    rows = [
        (f"R-{subject}", f"S-{rater}", value)
        for subject, row in enumerate(case["input"]["rows"])
        for rater, value in enumerate(row)
    ]
    found = consensus.measure_concordance(pd.DataFrame(rows, columns=["recommendation_id", "stakeholder", "rating"]))
    near = {"abs": float(case["tolerance"])}
    assert found.w == pytest.approx(case["expected"]["W_ties_corrected"], **near)
    assert found.chi2 == pytest.approx(case["expected"]["chi2"], **near)
    assert found.p == pytest.approx(case["expected"]["p"], **near)
    assert (found.recommendations_n, found.panellists_n) == (20, 3)


def test_concordance_needs_something_to_order():
    pair = pd.concat([rate(1, 9, name="A"), rate(9, 1, name="B")])
    same = pd.concat([rate(5, 5, name=name) for name in "ABC"])
    for rows in (pair, same, rate(1, 2)):
        assert np.isnan(consensus.measure_concordance(rows).w)


def test_a_recommendation_that_somebody_left_out_does_not_enter_the_concordance():
    rows = pd.concat([*(rate(place, place + 1, name=name) for place, name in enumerate("ABC", 1)), rate(9, name="D")])
    found = consensus.measure_concordance(rows)
    assert (found.w, found.recommendations_n) == (1.0, 3)


def test_disagreement_by_hand():
    # 1 1 1 1 5 9 9 9 9: 30th percentile at rank 0.3*8 = 2.4 is 1, 70th at 5.6 is 9; IPR 8, middle 5, IPRAS 2.35.
    found = score(1, 1, 1, 1, 5, 9, 9, 9, 9)
    assert (found["ipr"], found["ipras"]) == (8.0, 2.35)
    assert found["has_disagreement"]
    assert found["priority_class"] == "unclear"
    assert not found["is_consensus"]
    assert (found["lowest_third_n"], found["highest_third_n"], found["outside_n"]) == (4, 4, 8)


@pytest.mark.parametrize(
    "values",
    [(3, 3, 3, 3, 6, 6, 6, 6, 7, 7, 7, 7), (4, 4, 4, 4, 7, 9, 9), (4, 4, 4, 4, 4, 4, 4, 6, 8, 8, 8, 8)],
)
def test_a_width_of_just_the_limit_is_no_disagreement(values):
    # First: 30th percentile at rank 0.3*11 = 3.3 is 3 + 0.3*3 = 3.9, 70th at 7.7 is 6 + 0.7*1 = 6.7; IPR 2.8; middle
    # 5.3, IPRAS 2.35 + 1.5*0.3 = 2.8: not wider.
    found = score(*values)
    assert found["ipr"] == found["ipras"]
    assert not found["has_disagreement"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [((6, 6, 6, 7, 7, 7), "high"), ((3, 3, 3, 4, 4, 4), "unclear"), ((1, 2, 2, 3, 3), "low"), ((5,) * 5, "unclear")],
)
def test_a_median_on_the_border_counts_up(values, expected):
    assert score(*values)["priority_class"] == expected


def test_each_rule_of_consensus_judges_for_itself():
    # Quartiles of 5 5 5 7 9 9 9 9: ranks 1.75 and 5.25 give 5 and 9, so IQR is 4; five of eight lie above 6.
    wide = (5, 5, 5, 7, 9, 9, 9, 9)
    assert score(*wide, consensus="iqr")["iqr"] == 4
    verdicts = [bool(score(*wide, consensus=name)["is_consensus"]) for name in ("ipras", "iqr", "panel_size")]
    assert verdicts == [True, False, False]
    assert bool(score(*wide, consensus="iqr", iqr_limit=4.0)["is_consensus"])


def test_too_few_ratings_are_no_consensus():
    assert pd.isna(score(8, 8, 8, 8)["is_consensus"])


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30))
def test_scores_are_within_their_bounds_and_do_not_depend_on_the_order(values):
    found, turned = score(*values), score(*values[::-1])
    assert found.equals(turned)
    assert 1 <= found["q1"] <= found["p30"] <= found["median"] <= found["p70"] <= found["q3"] <= 9
    assert 2.35 <= found["ipras"] <= 8.35
    assert 0 <= found["outside_n"] <= found["ratings_n"] == len(values)


def test_no_ratings_give_empty_tables_with_their_columns():
    nobody = rate()
    scored = consensus.score_ratings(nobody, rules=RULES)
    tables = (
        scored,
        consensus.compare_rounds(nobody, rules=RULES),
        consensus.summarise_rounds(nobody, scored),
        consensus.select_last(scored),
        consensus.list_dissent(nobody, scored),
        consensus.count_dropout(nobody, PANEL, fields=["sex"], least_group_n=1),
    )
    for table in tables:
        assert table.empty
        assert "source_id" in table


def test_stability_by_hand():
    # Round 1: 5 5 5 5 5 7 7 7 7 7; round 2: two of the fives become 7 and one 7 becomes 5. Net change of the counts:
    # 5 -> 4 and 5 -> 6, so (1 + 1)/2/10 = 0.1. The fifth panellist of the first round is absent: 10 -> 9 in both.
    first = rate(5, 5, 5, 5, 5, 7, 7, 7, 7, 7)
    second = rate(7, 7, 5, 5, 5, 7, 7, 7, 7, 5, number=2)
    found = consensus.compare_rounds(pd.concat([first, second]), rules=RULES).iloc[0]
    assert (found["both_n"], found["changed_share"], found["median_change"]) == (10, pytest.approx(0.1), 1.0)
    assert found["is_stable"]
    few = consensus.compare_rounds(pd.concat([first, second.head(4)]), rules=RULES).iloc[0]
    assert few["both_n"] == 4
    assert pd.isna(few["is_stable"])


def test_rounds_are_summed_up():
    rows = pd.concat([*(rate(*[value] * 5, name=name) for value, name in ((2, "A"), (5, "B"), (9, "C")))])
    found = consensus.summarise_rounds(rows, consensus.score_ratings(rows, rules=RULES)).iloc[0]
    assert found[["panellists_n", "recommendations_n", "consensus_n", "high_n", "w"]].tolist() == [5, 3, 3, 1, 1.0]


def test_dissent_is_kept_with_its_reasons_and_without_names():
    rows = rate(1, 2, 8, 8, 8, 9, 9, reasons=["too dear", "too dear", "x", "", "", "", ""], number=2)
    earlier = rate(9, 1, 1, 1, 1, 1, 1)
    both = pd.concat([earlier, rows])
    found = consensus.list_dissent(both, consensus.score_ratings(both, rules=RULES))
    assert found[["round", "side", "dissenters_n", "reasons"]].values.tolist() == [[2, "lower", 2, "too dear"]]
    assert "stakeholder" not in found


def test_what_was_settled_in_an_earlier_round_keeps_its_scores_and_its_dissent():
    settled = rate(1, 8, 8, 8, 8, 9, 9, name="AAA-2", reasons=["no money", "", "", "", "", "", ""])
    settled.loc[0, "source_id"] = "src-b"
    last = rate(2, 2, 2, 2, 2, 2, 9, number=2)
    both = pd.concat([rate(5, 5, 5, 5, 5, 5, 5), settled, last])
    scored = consensus.score_ratings(both, rules=RULES)
    found = consensus.select_last(scored)
    assert found[["recommendation_id", "round", "median"]].values.tolist() == [["AAA-2", 1, 8.0], ["AAA-1", 2, 2.0]]
    dissent = consensus.list_dissent(both, scored).set_index("recommendation_id")
    assert dissent.loc["AAA-2", ["round", "side", "reasons", "source_id"]].tolist() == [1, "lower", "no money", "src-b"]
    assert dissent.loc["AAA-1", ["round", "side", "dissenters_n"]].tolist() == [2, "higher", 1]


def test_dissent_names_every_source():
    rows = rate(1, 2, 8, 8, 8, 9, 9).assign(source_id=["src-a", "src-b", *["src-c"] * 5])
    (found,) = consensus.list_dissent(rows, consensus.score_ratings(rows, rules=RULES)).to_dict("records")
    assert found["source_id"] == "src-a;src-b"


def test_dropout_is_counted_by_sex_and_hides_small_groups():
    rows = pd.concat([rate(*[5] * 10), rate(5, 5, 5, 5, number=2, people="abcg")])
    found = consensus.count_dropout(rows, PANEL, fields=["sex"], least_group_n=3)
    later = found[found["round"].eq(2)].set_index("group")
    assert later.loc["panel", ["started_n", "left_n", "left_share"]].tolist() == [10, 6, 0.6]
    assert later.loc[["female", "male"], "left_n"].tolist() == [3, 3]
    hidden = consensus.count_dropout(rows, PANEL, fields=["sex"], least_group_n=5).set_index(["round", "group"])
    assert pd.isna(hidden.loc[(2, "male"), "left_n"])
    assert pd.isna(hidden.loc[(2, "female"), "left_n"])  # else the other sex could be found from the panel
    assert hidden.loc[(2, "panel"), "left_n"] == 6


def test_own_answer_stands_beside_the_group_even_where_none_was_given():
    rows = pd.concat([rate(1, 8, 8, 9, 9), rate(8, 8, people="bc", name="AAA-2")])
    scored = consensus.score_ratings(rows, rules=RULES)
    own = consensus.compare_own(rows, scored, stakeholder="a", number=1)
    assert own["own_rating"].tolist() == [1, pd.NA]
    assert own["is_outside"].tolist() == [True, pd.NA]
    assert own["median"].tolist() == [8.0, 8.0]


def test_a_round_opened_under_another_rule_list_or_number_is_found():
    known = consensus.digest_rules(RULES)
    listed = consensus.fix_list(pd.DataFrame({"recommendation_id": ["A"], "scope": ["REG"], "action": ["Do."]}))
    version = listed["list_version"][0]
    rounds = pd.DataFrame({"round": [1, 4], "rule_version": [known, known], "list_version": [version, "old"]})
    problems = consensus.find_changed_rules(rounds, listed, RULES, file="d.csv")
    assert [(problem.column, problem.rows) for problem in problems] == [("list_version", (3,)), ("round", (3,))]
    strict = replace(RULES, iqr_limit=1.0)
    assert {p.column for p in consensus.find_changed_rules(rounds.head(1), listed, strict, file="d.csv")} == {
        "rule_version"
    }
    assert consensus.find_changed_rules(rounds.head(1), listed, RULES, file="d.csv") == []


def test_every_word_and_the_order_are_in_the_version_of_a_list():
    rows = pd.DataFrame({"recommendation_id": ["A", "B"], "scope": "REG", "action": ["Do.", "Pay."]})
    changed = (rows.replace("Do.", "Do!"), rows.iloc[::-1], rows.head(1), rows.assign(scope="AAA"))
    versions = [consensus.fix_list(table)["list_version"].iloc[0] for table in (rows, *changed)]
    assert len(set(versions)) == len(versions)
    assert consensus.fix_list(rows.head(0)).empty

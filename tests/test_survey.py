"""The survey: sums worked by hand, the answers of R's survey package, and what must hold whatever the answers are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch import survey
from ctresearch.survey.response import FIELDS

RULES = {"quadrant_border": "middle", "least_group_n": 5, "percentage_base_n": 20, "level": 0.95}
SMALL = RULES | {"weigh_by": ["sector"], "false_discovery_rate": 0.05}
NOBODY = pd.DataFrame(columns=["jurisdiction", "sector", "level", "sex", "invited_n", "source_id"])
NO_THEMES = pd.DataFrame(columns=["respondent", "asked", "survey_theme", "source_id"])


def make_answers(*rows, sector="ngo", sex="female"):
    """Each row: respondent, indicator, importance, performance, and whether they said that they do not know."""
    columns = ["respondent", "indicator", "importance", "performance", "dont_know"]
    answers = pd.DataFrame(rows, columns=columns).astype({"importance": "Int64", "performance": "Int64"})
    return answers.assign(source_id="s", sector=sector, sex=sex, jurisdiction="AAA", level="local", nrm_role="none")


def unweighted(answers):
    return survey.weigh_respondents(survey.list_respondents(answers), NOBODY, by=[])


def rank(answers, **changed):
    return survey.rank_priorities(answers, unweighted(answers), **RULES | changed)


# Weights, means and totals


def test_golden_apistrat(golden):
    known = golden("survey_apistrat")
    schools = pd.DataFrame(known["input"]["table"])
    share = schools["stype"].map(schools["stype"].value_counts()) / schools["fpc"]
    design = survey.Design(schools["pw"], schools["stype"], share)
    expected, near = known["expected"], {"rel": 1e-6}
    awards = schools["awards"].eq("Yes").astype("float64")
    means = survey.estimate_means(pd.DataFrame({"api00": schools["api00"], "awards": awards}), design, level=0.95)
    assert means["mean"].tolist() == pytest.approx([expected["mean_api00"][0], expected["prop_awards_yes"][0]], **near)
    errors = [expected["mean_api00"][1][0][0], expected["prop_awards_yes"][1]]
    assert means["se"].tolist() == pytest.approx(errors, **near)
    assert means["deff"][0] == pytest.approx(expected["deff_mean_api00"], **near)
    total = survey.estimate_totals(schools[["enroll"]], design, level=0.95).iloc[0]
    wanted = (expected["total_enroll"][0], expected["total_enroll"][1][0][0])
    assert (total["total"], total["se"]) == pytest.approx(wanted, **near)
    domains = {row["stype"]: schools["api00"].where(schools["stype"].eq(row["stype"])) for row in expected["by_stype"]}
    found = survey.estimate_means(pd.DataFrame(domains), design, level=0.95)
    assert found["mean"].tolist() == pytest.approx([row["api00"] for row in expected["by_stype"]], **near)
    assert found["se"].tolist() == pytest.approx([row["se"] for row in expected["by_stype"]], **near)


def test_a_weighted_mean_by_hand():
    # ngo: 2 of 4 invited answered 1 and 3; police: 2 of 16 answered 4 and 5. Weights 2 and 8.
    # Mean (2*1 + 2*3 + 8*4 + 8*5)/20 = 80/20 = 4.
    # Variance: ngo (1 - 2/4) * 2 * (2*1/20)^2 * 2 = 0.02; police (1 - 2/16) * 2 * (8*0.5/20)^2 * 2 = 0.14; sum 0.16.
    people = pd.DataFrame({"sector": ["ngo", "ngo", "police", "police"]})
    invited = pd.DataFrame({"sector": ["ngo", "police"], "invited_n": [4, 16]})
    design = survey.weigh_respondents(people, invited, by=["sector"])
    found = survey.estimate_means(pd.DataFrame({"a": [1, 3, 4, 5]}), design, level=0.95).iloc[0]
    assert (found["mean"], found["se"]) == pytest.approx((4.0, 0.4))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5)), min_size=1, max_size=40), st.integers(1, 9))
def test_a_weighted_mean_lies_among_the_answers_and_order_does_not_matter(rows, spare):
    people = pd.DataFrame(rows, columns=["sector", "value"])
    invited = people["sector"].value_counts().rename_axis("sector").rename("invited_n").reset_index()
    invited["invited_n"] += spare
    before = people.copy()
    found = []
    for table in (people, people.sample(frac=1, random_state=1)):
        design = survey.weigh_respondents(table, invited, by=["sector"])
        assert design.weights.sum() == pytest.approx(invited["invited_n"].sum())
        found.append(survey.estimate_means(table[["value"]], design, level=0.95).iloc[0])
    assert people["value"].min() - 1e-9 <= found[0]["mean"] <= people["value"].max() + 1e-9
    assert found[0]["mean"] == pytest.approx(found[1]["mean"])
    assert (found[0]["se"] == pytest.approx(found[1]["se"], abs=1e-9)) or np.isnan(found[0]["se"])
    pd.testing.assert_frame_equal(people, before)


def test_nobody_left_to_ask_leaves_no_uncertainty():
    people = pd.DataFrame({"sector": ["ngo"] * 4})
    design = survey.weigh_respondents(people, pd.DataFrame({"sector": ["ngo"], "invited_n": [4]}), by=["sector"])
    assert survey.estimate_means(pd.DataFrame({"a": [1, 2, 3, 4]}), design, level=0.95)["se"].tolist() == [0.0]


def test_more_answers_than_invitations_are_refused_by_name():
    people = pd.DataFrame({"sector": ["ngo"] * 4})
    with pytest.raises(ValueError, match="more answers than invitations in ngo"):
        survey.weigh_respondents(people, pd.DataFrame({"sector": ["ngo"], "invited_n": [3]}), by=["sector"])


def test_who_was_not_invited_stands_for_themselves_alone():
    people = pd.DataFrame({"sector": ["ngo", "other", ""]})
    design = survey.weigh_respondents(people, pd.DataFrame({"sector": ["ngo"], "invited_n": [3]}), by=["sector"])
    assert design.weights.tolist() == [3.0, 1.0, 1.0]


@pytest.mark.parametrize("values", [[np.nan, np.nan], [3.0, np.nan]])
def test_too_few_answers_give_a_mean_without_an_interval_or_nothing(values):
    people = pd.DataFrame({"sector": ["ngo", "ngo"]})
    found = survey.estimate_means(
        pd.DataFrame({"a": values}), survey.weigh_respondents(people, NOBODY, by=[]), level=0.95
    )
    assert found[["se", "low", "high"]].isna().all(axis=None)
    assert not np.isinf(found["mean"]).any()


# Importance and performance


def test_quadrants_gap_and_dont_know_by_hand():
    rows = [(n, "A", 5, 1, False) for n in range(6)] + [(n, "B", 2, 4, False) for n in range(6)]
    rows += [(6, "A", None, 1, True), (7, "A", None, None, True), (8, "A", 5, None, False)]
    found = rank(make_answers(*rows)).set_index("indicator")
    assert found["quadrant"].to_dict() == {"A": "act_first", "B": "enough"}
    assert found["gap_mean"].to_dict() == {"A": 4.0, "B": -2.0}
    # A: importance of 6 + 1 persons, two do not know; performance of 6 + 1, one does not know, one did not say.
    columns = ["importance_n", "importance_dont_know_n", "performance_n", "performance_dont_know_n", "gap_n"]
    assert found.loc["A", columns].tolist() == [7, 2, 7, 1, 6]
    assert found["importance_dont_know_share"].isna().all()


def test_the_rule_decides_where_the_border_lies():
    # Means of importance 5 and 4, of performance 4 and 4: all above the middle; at the mean of all, B is below 4.5.
    answers = make_answers(*[(n, "A", 5, 4, False) for n in range(6)], *[(n, "B", 4, 4, False) for n in range(6)])
    assert set(rank(answers)["quadrant"]) == {"keep_up"}
    by_mean = rank(answers, quadrant_border="mean").set_index("indicator")
    assert by_mean["quadrant"].to_dict() == {"A": "keep_up", "B": "enough"}
    assert by_mean["importance_border"].tolist() == [4.5, 4.5]


def test_few_ratings_are_not_shown():
    answers = make_answers(*[(n, "A", 5, 1, False) for n in range(4)])
    found = rank(answers).iloc[0]
    assert found["quadrant"] == "ND"
    assert found[["importance_mean", "performance_mean", "gap_mean"]].isna().all()


@given(st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 5, None]), st.booleans()), min_size=1, max_size=30))
def test_means_and_intervals_stay_on_the_scale(rows):
    answers = make_answers(*[(n, "A", value, value, unsure) for n, (value, unsure) in enumerate(rows)])
    found = rank(answers, least_group_n=1).iloc[0]
    ends = found[["importance_mean", "importance_low", "importance_high"]].astype("float64").dropna()
    assert ends.between(1, 5).all()
    assert found["importance_n"] + found["importance_dont_know_n"] <= len(rows)


# Groups


@given(st.lists(st.integers(0, 30), min_size=1, max_size=6), st.integers(1, 10))
def test_no_hidden_group_can_be_found_by_subtraction(sizes, least):
    rows = pd.DataFrame({"field": "f", "group": range(len(sizes)), "n": sizes, "mean": 1.0})
    found = survey.hide_small_groups(rows, counts="n", values=["mean"], by=["field"], least_n=least)
    hidden = found[found["is_hidden"]]
    assert found.loc[found["n"].between(1, least - 1), "is_hidden"].all()
    assert hidden.empty or hidden["n"].sum() >= least or len(hidden) == (found["n"] > 0).sum()
    assert hidden["mean"].isna().all()


def test_a_planted_difference_is_found_and_chance_is_not():
    generator = np.random.default_rng(7)
    rows = []
    for person in range(60):
        for indicator in "ABCDEFGH":
            low = person < 30 and indicator == "C"
            rows.append((person, indicator, 1 if low else int(generator.integers(3, 6)), 3, False))
    answers = make_answers(*rows)
    answers["sex"] = np.where(answers["respondent"] < 30, "female", "male")
    people = survey.list_respondents(answers)
    found = survey.compare_groups(answers, people, fields=["sex", "sector"], least_group_n=5, false_discovery_rate=0.01)
    differ = survey.list_differences(found)
    assert differ[["indicator", "aspect", "field", "highest", "lowest"]].values.tolist() == [
        ["C", "importance", "sex", "male", "female"]
    ]
    assert set(found.loc[found["field"].eq("sector"), "verdict"]) == {"cannot_be_told"}
    assert (found["p_adjusted"].dropna() >= found["p"].dropna()).all()


def test_groups_show_weighted_means_and_hide_the_small():
    rows = [(n, "A", 5 if n < 6 else 1, 3, False) for n in range(12)] + [(12, "A", 3, 3, False)]
    answers = make_answers(*rows)
    answers["sex"] = np.where(answers["respondent"] < 6, "female", "male")
    answers.loc[answers["respondent"].eq(12), "sex"] = "other"
    found = survey.estimate_groups(
        answers,
        survey.list_respondents(answers),
        unweighted(answers),
        fields=["sex"],
        least_group_n=5,
        level=0.95,
    )
    shown = found[found["aspect"].eq("importance")].set_index("group")
    # Of other (1) and female (6), the smallest that is left, both are hidden; male stays.
    assert shown["is_hidden"].to_dict() == {"female": True, "male": False, "other": True}
    assert shown.loc["male", "mean"] == 1.0


# Response and themes


def test_response_by_group_by_hand():
    answers = make_answers(*[(n, "A", 5, 1, False) for n in range(10)])
    answers["sector"] = np.where(answers["respondent"] < 6, "ngo", "police")
    invited = pd.DataFrame({"sector": ["ngo", "police", "judiciary"], "invited_n": [24, 26, 10], "source_id": "s"})
    people = survey.list_respondents(answers)
    found = survey.count_response(people, invited, fields=["sector"], least_group_n=5, percentage_base_n=20)
    found = found.set_index("group")
    assert found.loc["all", ["invited_n", "completed_n"]].tolist() == [60, 10]
    # Four of the police are too few, and with the ten of all and the six of civil society they could be found.
    assert found["is_hidden"].to_dict() == {"all": False, "judiciary": False, "ngo": True, "police": True}
    assert found.loc["judiciary", "completed_n"] == 0
    assert pd.isna(found.loc["judiciary", "response_share"])
    assert found.loc["all", "response_share"] == pytest.approx(1 / 6)


def test_the_same_number_in_two_sources_is_two_persons():
    answers = pd.concat(
        [make_answers((1, "A", 5, 1, False)), make_answers((1, "A", 4, 1, False)).assign(source_id="t")]
    )
    assert len(survey.list_respondents(answers)) == 2


def test_themes_are_found_in_any_script_and_no_text_comes_out():
    texts = pd.DataFrame(
        {"respondent": [1, 2, 3], "question": "comment", "text": ["Нема НОВЦА", "ndihmë për fëmijët", "zebra"]}
    )
    book = pd.DataFrame(
        {"survey_theme": ["money", "money", "children"], "stem": ["novc", "budžet", "fëmij"], "language": "x"}
    )
    coded = survey.code_texts(texts, book, source_id="s")
    assert coded["survey_theme"].tolist() == ["money", "children", survey.UNCODED]
    assert "zebra" not in coded.to_csv()
    counted = survey.count_themes(coded, least_group_n=5, percentage_base_n=20)
    assert counted["respondents_n"].isna().all()
    assert counted["is_hidden"].all()


def test_a_study_without_a_survey_has_empty_tables():
    answers = make_answers().astype({"respondent": "Int64"})
    results = survey.summarise(answers, NO_THEMES, NOBODY, **SMALL)
    assert {name: len(table) for name, table in vars(results).items()} == {
        "response": 0,
        "priorities": 0,
        "groups": 0,
        "differences": 0,
        "themes": 0,
    }


def test_invitations_without_an_answer_are_a_response_of_none():
    invited = pd.DataFrame([["AAA", "ngo", "", "female", 30, "s"]], columns=NOBODY.columns)
    results = survey.summarise(make_answers().astype({"respondent": "Int64"}), NO_THEMES, invited, **SMALL)
    assert results.response.loc[0, ["invited_n", "completed_n", "response_share"]].tolist() == [30, 0, 0.0]


def test_a_single_respondent_gives_neither_nan_nor_infinity_in_what_is_shown():
    results = survey.summarise(make_answers((1, "A", 5, 1, False)), NO_THEMES, NOBODY, **SMALL)
    assert results.priorities["quadrant"].tolist() == ["ND"]
    assert set(results.differences["verdict"]) == {"cannot_be_told"}
    assert not np.isinf(results.priorities.select_dtypes("number").to_numpy(dtype="float64", na_value=0)).any()
    assert set(FIELDS) <= set(make_answers().columns)

"""Urgency by the rule in the table: each criterion, the draws, what holds under every choice, and the planted needs."""

import dataclasses
import json

import demo
import numpy as np
import pandas as pd
import pytest
import shipped
from drawn import rate
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch import clean, needs, ratings, score, trends
from ctresearch.ratings import CHANCES

TRUTH = json.loads(demo.TRUTH.read_text(encoding="utf-8"))
PLANTED = set(TRUTH["urgent_needs"])


@pytest.fixture(scope="module")
def data():
    return shipped.read_study("demo")


@pytest.fixture(scope="module")
def rule(data):
    return needs.read_rule(data.urgency)


@pytest.fixture(scope="module")
def levels(data):
    scoring = data.study.scoring
    cells = ratings.estimate_levels(data.ratings, adjudicator=scoring.adjudicator, level=scoring.interval_level).cells
    rolled = ratings.roll_up_levels(
        cells,
        data.indicators,
        parts=data.study.parts(),
        practice_rule=scoring.practice_rule,
        level=scoring.interval_level,
    )
    return ratings.cite_evidence(rolled, data.evidence)


@pytest.fixture(scope="module")
def coverage(data):
    return score.count_coverage(data.evidence, data.indicators, jurisdictions=data.study.codes)


def read_true_levels():
    """The planted scores as levels that nobody doubts."""
    rows = [
        {"jurisdiction": place, "indicator": indicator, "value": level, "time_point": "update", "status": "coded"}
        for indicator, scores in TRUTH["scores"].items()
        for place, level in scores.items()
    ]
    table = pd.DataFrame(rows).assign(confidence="high", source_id="", **dict.fromkeys(CHANCES, np.nan))
    ends = dict.fromkeys(("value_low", "value_high", "level_low", "level_high"), table["value"])
    return table.assign(**ends).astype(dict.fromkeys(["value", *ends], "Int64"))


def grade(data, rule, levels):
    """Grade every criterion but the stakeholders' view."""
    study, source = data.study, data.study.preferences["victims"].source_id
    baseline, update = study.baseline(), study.update()
    spans = [(point.first_year, point.last_year) for point in (baseline, update)]
    victims = data.victims[data.victims["measure"].eq("victims_detected") & data.victims["source_id"].eq(source)]
    totals = clean.select_series(data.victims, measure="victims_detected", source_id=source)
    change = trends.compare_periods(totals, first=spans[0], last=spans[1], level=study.thresholds.confidence_level)
    return needs.grade_criteria(
        levels,
        data.evidence,
        data.indicators,
        victims=victims,
        concerned=data.concerned,
        verdicts=change.assign(source_id=source),
        participation=data.participation,
        standards=study.standards,
        rule=rule,
        jurisdictions=study.codes,
        time_point=update.code,
        years=spans[1],
        since=baseline.last_year + 1,
    )


def ask_stakeholders(data, rule, severity):
    answers = data.survey_answers.groupby("indicator")[["importance", "performance"]].mean().astype(float)
    return needs.grade_stakeholders(severity, answers.reset_index().assign(source_id="demo-survey"), rule), answers


def rank(data, rule, grades, *, draws_n=2000):
    scoring = data.study.scoring
    return needs.rank_needs(
        grades,
        rule,
        weight_share=scoring.weight_share,
        draws_n=draws_n,
        level=scoring.interval_level,
        rng=np.random.default_rng(scoring.seed),
    )


def share(data, ranked):
    return needs.share_needs(
        ranked.needs, least_share=needs.read_rule(data.urgency).listed_share, jurisdictions=data.study.codes
    )


# A rule small enough to work by hand: severity 4, 2, 0, 0 points, trend 2 or 0, urgent from half of the points.
_RULE = [
    ("severity", "level_0", None, 4, "", "need", "nothing is there"),
    ("severity", "level_1", None, 2, "", "need", "a first step is there"),
    ("severity", "level_2", None, 0, "", "", "it is there"),
    ("severity", "level_3", None, 0, "", "strength", "all is there"),
    ("severity", "gap", None, None, "level_0;level_1", "need", "facts speak of a gap"),
    ("severity", "strength", None, None, "level_2;level_3", "strength", "facts speak of a strength"),
    ("confidence", "low", None, None, "-1;0;1", "", "unsure"),
    ("reach", "many", 50, 2, "", "", "many"),
    ("reach", "few", 0, 0, "", "", "few"),
    ("reach", "unknown", None, None, "many;few", "", "not known"),
    ("trend", "rising", None, 2, "", "", "rising"),
    ("trend", "falling", None, 0, "", "", "falling"),
    ("trend", "unknown", None, None, "rising;falling", "", "trend not known"),
    ("total", "urgent", 0.5, None, "", "", "urgent"),
    ("total", "listed", 0.5, None, "", "", "listed"),
]
_COLUMNS = ["criterion", "level", "least", "points", "stands_for", "makes", "words"]


def make_table(rows=_RULE):
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.astype({"least": "Float64", "points": "Float64"})


def make_grades(criterion, levels, *, place="AAA", may_be=None):
    indicators = [f"P-{number}" for number in range(1, len(levels) + 1)]
    table = pd.DataFrame({"jurisdiction": place, "indicator": indicators, "criterion": criterion, "level": levels})
    return table.assign(may_be=may_be or levels, detail="", basis="rated", source_id="s")


def draw(grades, *, weight_share=0.5, draws_n=3000, seed=1, rows=_RULE):
    return needs.rank_needs(
        grades,
        needs.read_rule(make_table(rows)),
        weight_share=weight_share,
        draws_n=draws_n,
        level=0.9,
        rng=np.random.default_rng(seed),
    ).needs.set_index("indicator")


def test_urgency_without_varied_weights_is_the_sum_worked_by_hand():
    # Both criteria count in a third of the draws: level 1 and rising give (2 + 2) of (4 + 2) points. Without severity
    # it is 2 of 2, without the trend 2 of 4. Level 0 and falling: 4 of 6, 0 of 2, 4 of 4.
    found = draw([make_grades("severity", ["level_1", "level_0"]), make_grades("trend", ["rising", "falling"])],
                 weight_share=0)  # fmt: skip
    assert found.loc["P-1", ["urgency_low", "urgency_median", "urgency_high"]].tolist() == pytest.approx(
        [0.5, 2 / 3, 1]
    )
    assert found.loc["P-2", ["urgency_low", "urgency_median", "urgency_high"]].tolist() == pytest.approx([0, 2 / 3, 1])
    # P-1 never falls below half of the points and P-2 does where severity is left out.
    assert found["is_always_urgent"].to_dict() == {"P-1": True, "P-2": False}
    assert found.loc["P-1", "urgent_share"] == 1
    assert found.loc["P-2", "urgent_share"] == pytest.approx(2 / 3, abs=0.03)


def test_what_holds_under_every_choice_is_found_at_the_ends_of_the_weights():
    # Level 1 and rising, factors 0.5 to 1.5: points over half of the most are f * (2 - 2) + g * (2 - 1) > 0: always.
    # Without the trend exactly half of the points is left, which is urgent.
    grades = [make_grades("severity", ["level_1"]), make_grades("trend", ["rising"])]
    assert draw(grades)["is_always_urgent"].all()
    # One more point from which a need is urgent: 0.5 * (2 - 2.4) < 0 where the trend is left out.
    stricter = [row if row[1] != "urgent" else ("total", "urgent", 0.6, None, "", "", "u") for row in _RULE]
    assert not draw(grades, rows=stricter)["is_always_urgent"].any()


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from(["level_0", "level_1", "gap"]), min_size=1, max_size=5),
    st.sampled_from(["rising", "falling", "unknown"]),
    st.floats(0, 0.9),
)
def test_no_draw_goes_against_what_holds_under_every_choice(levels, trend, weight_share):
    spread = {"gap": "level_0;level_1", "unknown": "rising;falling"}
    grades = [
        make_grades("severity", levels, may_be=[spread.get(level, level) for level in levels]),
        make_grades("trend", [trend] * len(levels), may_be=[spread.get(trend, trend)] * len(levels)),
    ]
    found = draw(grades, weight_share=weight_share, draws_n=200)
    assert found["urgent_share"][found["is_always_urgent"]].eq(1).all()
    assert (found[["urgency_low", "urgency_median", "urgency_high"]].to_numpy() >= 0).all()
    assert (found["urgency_high"] <= 1).all()
    assert (found["urgency_low"] <= found["urgency_median"]).all()
    assert found["rank_low"].ge(1).all()
    assert found["rank_high"].le(len(levels)).all()


def test_a_missing_criterion_is_the_same_for_all_cells_that_share_it():
    unknown = make_grades("trend", ["unknown"] * 2, may_be=["rising;falling"] * 2)
    found = draw([make_grades("severity", ["level_1"] * 2), unknown])
    assert found["rank_high"].tolist() == [1, 1]
    assert found["reason"].unique().tolist() == ["A first step is there; trend not known."]


def test_order_of_rows_does_not_matter_and_inputs_stay():
    grades = [make_grades("severity", ["level_1", "level_0"]), make_grades("trend", ["falling", "rising"])]
    kept = [rows.copy() for rows in grades]
    turned = [grades[0], grades[1].iloc[::-1]]
    pd.testing.assert_frame_equal(draw(grades), draw(turned))
    for rows, before in zip(grades, kept, strict=True):
        pd.testing.assert_frame_equal(rows, before)


def test_without_a_gap_there_is_no_need_and_no_error():
    assert draw([make_grades("severity", ["level_3", "level_2"]), make_grades("trend", ["rising"] * 2)]).empty
    assert draw([make_grades("severity", [])]).empty
    empty = needs.share_needs(draw([make_grades("severity", [])]).reset_index(), least_share=0.5, jurisdictions=[])
    assert empty.empty


def test_a_cell_without_a_grade_is_refused():
    with pytest.raises(ValueError, match="1 needs have no row of trend, the first is AAA, P-2; grade every cell"):
        draw([make_grades("severity", ["level_0", "level_0"]), make_grades("trend", ["rising"])])


@pytest.mark.parametrize("wrong", [{"weight_share": 1.0}, {"draws_n": 0}])
def test_numbers_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="a draw or more"):
        draw([make_grades("severity", ["level_0"])], **wrong)


def test_a_rule_that_does_not_fit_together_is_refused_with_all_that_is_wrong():
    rows = [row for row in _RULE if row[0] != "total" and row[1] not in ("level_3", "strength")]
    rows += [("trend", "odd", None, None, "sideways", "", "w"), ("obligation", "binding", None, 0, "", "", "w")]
    with pytest.raises(ValueError) as refused:  # noqa: PT011
        needs.read_rule(make_table(rows))
    assert str(refused.value).splitlines() == [
        "urgency.csv: severity: expected points for level_0, level_1, level_2, level_3 and for no other level",
        "urgency.csv: trend, odd: expected points, or levels with points in stands_for",
        "urgency.csv: obligation: expected points of 0 or more, and more than 0 for one level",
        "urgency.csv: total: expected the rows urgent and listed, each with a share from 0 to 1 in least",
    ]


def make_levels(rows):
    columns = ["indicator", "value", "status", "confidence", *CHANCES, "value_low", "value_high", "level_low",
               "level_high"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns).assign(jurisdiction="AAA", time_point="now", source_id="s")
    return table.astype(dict.fromkeys(["value", *columns[-4:]], "Int64"))


def test_severity_says_what_it_rests_on():
    none = (np.nan,) * 4
    levels = make_levels([
        ("P-1", 1, "coded", "low", *none, 1, 1, None, None),  # one coder, unsure: 0, 1 or 2
        ("P-2", 0, "coded", "low", 0.6, 0.4, 0, 0, 0, 0, 0, 1),  # coders agree with an interval of 0 to 1
        ("P-3", None, "ND", "low", 0.7, 0.2, 0.1, 0, 0, 2, 0, 1),  # coders differ between 0 and 2
        ("P-4", None, "ND", "", *none, 0, 3, None, None),  # not rated, the facts speak of a gap
        ("P-5", None, "NA", "", *none, None, None, None, None),  # does not apply
    ])  # fmt: skip
    coverage = pd.DataFrame({"jurisdiction": "AAA", "indicator": [f"P-{n}" for n in range(1, 7)],
                             "reading": ["gap"] * 5 + ["ND"]})  # fmt: skip
    facts = pd.DataFrame({"jurisdiction": ["AAA"], "indicator": ["P-4"], "direction": ["gap"], "source_id": ["f"]})
    graded = needs.grade_severity(levels, coverage, facts, needs.read_rule(make_table()), time_point="now")
    assert graded[["indicator", "level", "may_be", "basis", "source_id"]].values.tolist() == [
        ["P-1", "level_1", "level_0;level_1;level_2", "rated", "s"],
        ["P-2", "level_0", "level_0;level_1", "rated", "s"],
        ["P-3", "level_0", "level_0;level_1;level_2", "open", "s"],
        ["P-4", "gap", "level_0;level_1", "read", "f"],
    ]
    assert graded["detail"].tolist() == ["low confidence of one coder", "", "the coders differ and are not settled", ""]


def make_counts(rows):
    columns = ["jurisdiction", "year", "sex", "age_group", "value_low", "value_high"]
    table = pd.DataFrame(rows, columns=columns).assign(form="total", citizenship="total", source_id="v")
    return table.astype({"value_low": "Float64", "value_high": "Float64"})


def test_reach_averages_years_and_keeps_the_bounds_of_masked_counts():
    # 40 to 45 and 55 to 62 in two years: 47.5 to 53.5 a year, so few or many; children 1 to 4 and 3: 2 to 3.5 a year.
    victims = make_counts([
        ("AAA", 2023, "total", "total", 40, 45), ("AAA", 2024, "total", "total", 55, 62),
        ("AAA", 2023, "total", "child", 1, 4), ("AAA", 2024, "total", "child", 3, 3),
        ("AAA", 2014, "total", "total", 900, 900),
    ])  # fmt: skip
    cells = pd.DataFrame({"jurisdiction": ["AAA", "AAA", "BBB"], "indicator": ["P-1", "P-2", "P-1"]})
    concerned = pd.DataFrame({"indicator": ["P-2"], "sex": ["total"], "age_group": ["child"]})
    graded = needs.grade_reach(cells, victims, concerned, needs.read_rule(make_table()), years=(2023, 2024))
    assert graded[["level", "may_be", "detail", "source_id"]].values.tolist() == [
        ["few;many", "few;many", "47.5 to 53.5 a year (children 2 to 3.5)", "v"],
        ["few", "few", "2 to 3.5 a year", "v"],
        ["unknown", "many;few", "", ""],
    ]


def test_an_open_upper_bound_is_no_number():
    victims = make_counts([("AAA", 2024, "total", "total", 3, None)])
    cells = pd.DataFrame({"jurisdiction": ["AAA"], "indicator": ["P-1"]})
    none = pd.DataFrame(columns=["indicator", "sex", "age_group"])
    graded = needs.grade_reach(cells, victims, none, needs.read_rule(make_table()), years=(2024, 2024))
    assert graded[["level", "detail"]].values.tolist() == [["few;many", "3 or more a year"]]


def test_an_obligation_binds_from_the_act_on(rule):
    cells = pd.DataFrame({"jurisdiction": list("ABCDE"), "indicator": "P-1"})
    indicators = pd.DataFrame({"indicator": ["P-1"], "standard": ["CETS 197 Art. 5"], "standard_kind": ["binding"]})
    acts = [("A", "ratification", "2010-05", "found"), ("B", "accession", "", "party_date_missing"),
            ("C", "none", "", "not_party"), ("D", "ratification", "2024", "found"),
            ("E", "signature", "2009", "found")]  # fmt: skip
    participation = pd.DataFrame(acts, columns=["jurisdiction", "act", "date", "status"])
    participation = participation.assign(instrument="treaty", source_id="r")
    graded = needs.grade_obligations(cells, indicators, participation, rule, standards={"CETS": "treaty"}, until=2023)
    assert graded["level"].tolist() == ["binding", "binding", "not_bound", "not_bound", "unknown"]
    nothing = needs.grade_obligations(cells, indicators, participation, rule, standards={}, until=2023)
    assert set(nothing["level"]) == {"unknown"}
    for kind, level in (("guidance", "guidance"), ("consider", "consider")):
        other = indicators.assign(standard_kind=kind)
        graded = needs.grade_obligations(cells, other, participation, rule, standards={"CETS": "treaty"}, until=2023)
        assert graded["level"].iloc[0] == level


def test_stakeholders_put_first_what_is_important_and_poorly_done(rule):
    answers = pd.DataFrame({"indicator": ["P-1", "P-2", "P-3"], "importance": [5.0, 5, 1], "performance": [1.0, 5, 1],
                            "source_id": "q"})  # fmt: skip
    cells = pd.DataFrame({"jurisdiction": "AAA", "indicator": ["P-1", "P-2", "P-3", "P-4"]})
    graded = needs.grade_stakeholders(cells, answers, rule)
    assert graded["level"].tolist() == ["act_first", "keep_up", "later", "unknown"]
    assert graded["source_id"].tolist() == ["q", "q", "q", ""]


def test_planted_needs_are_the_top_ones_at_their_true_levels(data, rule):
    ranked = rank(data, rule, grade(data, rule, read_true_levels()))
    assert set(share(data, ranked)["indicator"].head(len(PLANTED))) == PLANTED


def test_planted_needs_are_the_top_ones_in_the_ratings(data, rule, levels):
    ranked = rank(data, rule, grade(data, rule, levels))
    shared = share(data, ranked)
    assert set(shared["indicator"].head(len(PLANTED))) == PLANTED
    # A clear step: each is shared by more jurisdictions than any other need.
    others = shared.loc[~shared["indicator"].isin(PLANTED), "shared_n"]
    assert shared.loc[shared["indicator"].isin(PLANTED), "shared_n"].min() > others.max()


def test_planted_needs_are_the_top_ones_whoever_rates(data):
    study = dataclasses.replace(data.study, scoring=dataclasses.replace(data.study.scoring, draws_n=500))
    names = ("evidence", "indicators", "victims", "concerned", "participation", "urgency", "survey_answers")
    tables = {name: getattr(data, name) for name in names}
    known = data.evidence[data.evidence["evidence_id"].str.endswith("-1")].to_dict("records")
    places = []
    for seed in range(3):
        given, _ = rate(seed, TRUTH["scores"], known)
        settled = ratings.derive_levels(study, given, indicators=data.indicators, evidence=data.evidence)
        shared = share(data, needs.assess_needs(study, settled.cells, **tables).urgency)
        places.append([shared["indicator"].tolist().index(need) + 1 for need in TRUTH["urgent_needs"]])
    places = np.array(places)
    # Each time at least four of the five stand in the first five places, and each stands there as a rule.
    assert (places <= len(PLANTED)).sum(axis=1).min() >= len(PLANTED) - 1
    assert np.median(places, axis=0).max() <= len(PLANTED)


def test_with_the_survey_all_that_is_urgent_under_every_choice_was_planted(data, rule, levels):
    grades = grade(data, rule, levels)
    told, answers = ask_stakeholders(data, rule, grades[0])
    ranked = rank(data, rule, [*grades, told])
    always = ranked.needs[ranked.needs["is_always_urgent"]]
    assert len(always) >= len(PLANTED)
    assert set(always["indicator"]) <= PLANTED
    assert all(TRUTH["scores"][row.indicator][row.jurisdiction] == 0 for row in always.itertuples())
    shared = share(data, ranked)
    asked = shared[shared["indicator"].isin(answers.index)]
    assert set(asked["indicator"].head(len(PLANTED))) == PLANTED


def test_strengths_say_how_sure_they_are(data, rule, levels):
    asked = {"jurisdictions": data.study.codes, "before": "baseline", "after": "update", "since": 2015}
    found = needs.list_strengths(levels, data.evidence, data.indicators, rule, **asked)
    strong = found[found["strength_kind"].eq("strength")]
    assert strong["value"].eq(3).all()
    promising = found[found["strength_kind"].eq("promising")]
    assert promising["value"].eq(2).all()
    assert promising["reason"].str.startswith("Risen from level").all()
    assert found.loc[found["is_sure"], "level_low"].ge(2).all()
    assert found.loc[found["strength_kind"].eq("read"), "value"].isna().all()
    assert not found.duplicated(["jurisdiction", "indicator"]).any()
    none = needs.list_strengths(levels.head(0), data.evidence.head(0), data.indicators, rule, **asked)
    assert none.empty
    assert list(none.columns) == list(found.columns)


def test_the_lens_reads_every_flagged_indicator(data, rule, levels, coverage):
    read = needs.read_lens(levels, coverage, data.indicators, rule, jurisdictions=data.study.codes, time_point="update")
    flagged = {lens: set(data.indicators.loc[data.indicators[lens], "indicator"]) for lens in ("is_gender", "is_child")}
    assert {lens: set(rows["indicator"]) for lens, rows in read.groupby("lens")} == flagged
    counted = needs.count_lens(read)
    named = [column for column in counted.columns if column.endswith("_n") and column != "asked_n"]
    assert counted[named].sum(axis=1).tolist() == [len(flagged[lens]) for lens in counted["lens"]]
    assert read.loc[read["lens_reading"].eq("gap"), "value"].le(1).all()
    assert read.loc[read["lens_reading"].isin(["silent", "facts"]), "value"].isna().all()


def test_persons_without_a_count_are_named():
    victims = make_counts([("AAA", 2024, "female", "adult", 1, 4), ("AAA", 2014, "male", "adult", 9, 9)])
    found = needs.find_uncounted(
        clean.name_sex_and_age(victims), persons=("women", "men"), jurisdictions=["AAA"], years=(2023, 2024)
    )
    assert found["counted_n"].tolist() == [1, 0]
    assert found["victims_high"].isna().tolist() == [False, True]


def test_the_whole_assessment_puts_the_planted_needs_first_in_the_region_and_in_a_chapter(data):
    names = ("evidence", "indicators", "victims", "concerned", "participation", "urgency", "survey_answers")
    tables = {name: getattr(data, name) for name in names}
    settled = ratings.derive_levels(data.study, data.ratings, indicators=data.indicators, evidence=data.evidence)
    region = needs.assess_needs(data.study, settled.cells, **tables)
    assert set(share(data, region.urgency)["indicator"].head(len(PLANTED))) == PLANTED
    assert "stakeholders" in region.urgency.criteria
    assert region.urgency.draws_n == data.study.scoring.draws_n
    code = data.study.codes[0]
    chapter = needs.assess_needs(data.study, settled.cells, **tables, jurisdictions=[code])
    assert set(chapter.urgency.needs["jurisdiction"]) == {code}
    assert set(chapter.urgency.needs.loc[chapter.urgency.needs["is_always_urgent"], "indicator"]) <= PLANTED

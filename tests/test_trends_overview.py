"""Many series at once: verdicts, turns, shares then and now, profiles, and the pooled change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch import clean, trends

RULE = trends.make_trend_rule(years_min=5, events_min=25, alpha=0.05, change_pct_min=0)
JUDGING = {"rule": RULE, "model": "quasi_poisson", "multiplicity": "holm", "alpha": 0.05, "level": 0.95}
NO_BREAKS = pd.DataFrame(columns=["jurisdiction", "year", "measure", "what", "is_cut"])
PERIODS = [("then", 2013, 2014), ("now", 2022, 2024)]
OPTIONS = trends.JoinpointOptions("log", "poisson", "add_half", 1, 3, 3, "permutation", 0.05, 199)
SHARES = {"method": "goodman", "level": 0.95, "alpha": 0.05, "base_min": 20, "draws_n": 99}


def series(counts_of, values, first=2010, **keys):
    return counts_of(*({"year": first + k, "value": float(v), **keys} for k, v in enumerate(values)))


def breaks_of(**changes) -> pd.DataFrame:
    row = {"jurisdiction": "AAA", "year": 2014, "measure": "", "what": "a law", "is_cut": True}
    return pd.DataFrame([{**row, **changes}])


def test_every_series_has_a_verdict_and_the_p_values_are_adjusted_for_all(counts_of):
    rising, flat = [10, 14, 20, 28, 40, 56, 80, 112], [30, 31, 29, 30, 30, 31, 29, 30]
    counts = pd.concat([series(counts_of, rising, sex="female"), series(counts_of, flat, sex="male")])
    judged = trends.judge_series(counts, by=["sex"], breaks=NO_BREAKS, **JUDGING)
    assert judged["verdict"].tolist() == ["rising", "no_clear_change"]
    # 10 * 2**(k/2): every second year doubles, 100 * (sqrt(2) - 1) = 41.4 per cent a year.
    assert judged["change_pct"].iloc[0] == pytest.approx(41.4, abs=0.2)
    # Holm: the smaller of two p values counts twice.
    assert judged["p_adjusted"].iloc[0] == pytest.approx(2 * judged["p_value"].iloc[0])
    assert set(judged["source_id"]) == {"src-a"}


@pytest.mark.parametrize(
    ("change", "spans"),
    [
        ({}, ["2010 to 2013", "2014 to 2021"]),
        ({"jurisdiction": "REG"}, ["2010 to 2013", "2014 to 2021"]),
        ({"measure": "victims_detected"}, ["2010 to 2013", "2014 to 2021"]),
        ({"measure": "persons_convicted"}, ["2010 to 2021"]),
        ({"jurisdiction": "BBB"}, ["2010 to 2021"]),
        ({"is_cut": False}, ["2010 to 2021"]),
    ],
)
def test_a_cut_makes_two_series_of_what_it_touches(counts_of, change, spans):
    counts = series(counts_of, [20] * 12)
    judged = trends.judge_series(counts, by=["jurisdiction", "measure"], breaks=breaks_of(**change), **JUDGING)
    assert judged["span"].tolist() == spans


def test_breaks_of_the_region_and_of_every_measure_are_selected():
    rows = [{"jurisdiction": "REG", "year": 2020}, {"measure": "other"}, {"jurisdiction": "BBB"}, {"year": 2012}]
    breaks = pd.concat([breaks_of(**row) for row in rows])
    chosen = trends.select_breaks(breaks, jurisdiction="AAA", measures=["victims_detected"])
    assert chosen["year"].tolist() == [2012, 2020]


def test_a_year_without_an_upper_limit_is_left_out_and_two_figures_for_a_year_are_no_trend(counts_of):
    open_end = counts_of({"year": 2018, "value": None, "value_low": 5.0, "value_high": None})
    counts = pd.concat([series(counts_of, [20] * 8), open_end])
    judged = trends.judge_series(counts, by=["sex"], breaks=NO_BREAKS, **JUDGING)
    assert judged["span"].tolist() == ["2010 to 2017"]
    twice = pd.concat([counts, counts_of({"year": 2012, "value": 9.0})])
    judged = trends.judge_series(twice, by=["sex"], breaks=NO_BREAKS, **JUDGING)
    assert judged["verdict"].tolist() == ["too_few_to_say"]
    assert "come twice" in judged["sentence"].iloc[0]


def test_no_series_is_no_row(counts_of):
    nothing = series(counts_of, [1]).iloc[:0]
    assert trends.judge_series(nothing, by=["sex"], breaks=NO_BREAKS, **JUDGING).empty
    assert trends.compare_models(nothing, by=["sex"], breaks=NO_BREAKS, level=0.95).empty
    turns = {"options": OPTIONS, "level": 0.95, "long_years_n": 10, "side_years_n": 3, "rng": np.random.default_rng(1)}
    assert trends.find_turns(nothing, by=["sex"], breaks=NO_BREAKS, **turns).empty
    pooled = trends.pool_series(
        nothing, by=["sex"], breaks=NO_BREAKS, model="quasi_poisson", method="paule_mandel", errors="normal", level=0.95
    )
    assert pooled.empty
    shares = trends.compare_breakdowns(
        nothing, categories=["sex", "form"], periods=PERIODS, rng=np.random.default_rng(1), **SHARES
    )
    assert shares.empty
    assert trends.list_share_changes(shares).empty
    assert trends.find_new_forms(nothing, since=2013).empty


@pytest.mark.parametrize("value", [None, 30.0])
def test_both_models_stand_side_by_side(counts_of, value):
    counts = pd.concat(
        [
            series(counts_of, [20, 31, 25, 40, 28, 44, 35]),
            counts_of({"year": 2017, "value": value, "value_low": 1.0 if value is None else value, "value_high": 30.0}),
        ]
    )
    models = trends.compare_models(counts, by=["sex"], breaks=NO_BREAKS, level=0.95)
    assert models["trend_model"].tolist() == ["quasi_poisson", "negative_binomial"]
    assert models["change_pct"].isna().all() == (value is None)
    assert (models["change_pct_low"] < models["change_pct_high"]).all()


def test_a_jump_is_found_and_a_short_series_is_not_looked_at(counts_of):
    counts = pd.concat(
        [
            series(counts_of, [50, 52, 48, 51, 49, 20, 19, 21, 20, 22, 18], sex="female"),
            series(counts_of, [5] * 4, sex="male"),
        ]
    )
    turns = trends.find_turns(
        counts,
        by=["sex"],
        breaks=NO_BREAKS,
        options=OPTIONS,
        level=0.95,
        long_years_n=10,
        side_years_n=3,
        rng=np.random.default_rng(1),
    )
    # The means of the five years before and of the six after are 50 and 20.
    assert (
        turns["change_point"]
        .iloc[0]
        .startswith("The level changed after 2014 (not ruled out: 2014 to 2014), from 50 to 20")
    )
    assert turns["joinpoint"].iloc[1] == "Too short: 4 of the 10 years that are asked for."


def test_the_pooled_change_of_equal_series_is_theirs_and_masked_years_span(counts_of):
    values = [16, 20, 25, 31, 39, 49, 61]
    counts = pd.concat([series(counts_of, values, jurisdiction=code) for code in ("AAA", "BBB", "CCC")])
    pooling = {"model": "quasi_poisson", "method": "paule_mandel", "errors": "normal", "level": 0.95}
    pooled = trends.pool_series(counts, by=["jurisdiction"], breaks=NO_BREAKS, **pooling)
    judged = trends.judge_series(counts, by=["jurisdiction"], breaks=NO_BREAKS, **JUDGING)
    assert pooled["change_pct"].to_numpy() == pytest.approx(judged["change_pct"].iloc[0])
    stacked = trends.stack_pooled(judged, pooled)
    assert stacked["jurisdiction"].tolist() == ["AAA", "BBB", "CCC", "REG"]
    assert stacked["change_pct_low"].iloc[-1] > stacked["change_pct_low"].iloc[0]
    masked = counts.copy()
    masked.loc[(masked["year"] == 2016).to_numpy(), ["value", "value_low"]] = [None, 1.0]
    wide = trends.stack_pooled(judged, trends.pool_series(masked, by=["jurisdiction"], breaks=NO_BREAKS, **pooling))
    assert wide["change_pct"].isna().iloc[-1]
    assert wide["change_pct_low"].iloc[-1] < stacked["change_pct_low"].iloc[-1]


def test_periods_are_compared_for_every_series(counts_of):
    counts = pd.concat(
        [
            counts_of({"year": 2013, "value": 10.0, "sex": sex}, {"year": 2023, "value": value, "sex": sex})
            for sex, value in (("female", 20.0), ("male", 10.0))
        ]
    )
    found = trends.compare_periods(counts, first=(2013, 2014), last=(2022, 2024), level=0.95, by=["sex"])
    assert found[["sex", "ratio"]].values.tolist() == [["female", 2.0], ["male", 1.0]]


def test_years_in_which_a_group_is_not_printed_make_no_shares(counts_of):
    counts = counts_of(
        {"year": 2013, "sex": "female", "value": 30.0},
        {"year": 2013, "sex": "male", "value": 10.0},
        {"year": 2014, "sex": "female", "value": 99.0},
        {"year": 2023, "sex": "female", "value": 30.0},
        {"year": 2023, "sex": "male", "value": 30.0},
    )
    found = trends.compare_breakdowns(
        counts, categories=["sex", "form"], periods=PERIODS, rng=np.random.default_rng(1), **SHARES
    )
    assert found["years"].tolist() == ["2013", "2013", "2023", "2023"]
    assert found["share"].tolist() == [0.75, 0.25, 0.5, 0.5]
    # Chi-square of (30, 10; 30, 30) with margins 60, 40 of 100: 100 (30*30 - 10*30)^2 / (40*60*60*40) = 6.25, p 0.012.
    assert trends.list_share_changes(found)["change"].tolist() == ["The shares changed (p 0.012, chi-square test)."]


def test_a_category_of_one_period_alone_is_left_out_of_the_test(counts_of):
    rows = [("sexual", 2013, 20.0), ("labour", 2013, 20.0), ("sexual", 2023, 20.0), ("labour", 2023, 20.0)]
    rows += [("begging", 2023, 20.0)]
    counts = counts_of(*({"form": form, "year": year, "value": value} for form, year, value in rows))
    found = trends.compare_shares(counts, category="form", periods=PERIODS, rng=np.random.default_rng(1), **SHARES)
    assert found["change"].iloc[0] == (
        "No clear change of the shares (p 1.000, chi-square test). "
        "Left out, as not printed for every period: 1 of 3 categories."
    )


def test_the_unknown_are_the_total_less_the_four_groups(counts_of):
    persons = clean.name_sex_and_age(
        counts_of(
            {"year": 2013, "sex": "female", "age_group": "adult", "value": 6.0},
            {"year": 2013, "sex": "male", "age_group": "child", "value": None, "value_low": 1.0, "value_high": 4.0},
        )
    )
    totals = counts_of({"year": 2013, "value": 12.0})
    found = trends.count_profiles(persons, totals, periods=PERIODS).set_index(["time_point", "person"])
    limits = found[["count_low", "count_high"]]
    # 12 - 6 - (1 to 4) = 2 to 5.
    assert limits.loc[("then", "other")].tolist() == [2.0, 5.0]
    assert limits.loc[("then", "girls")].isna().all()
    assert limits.loc[("now", "other")].isna().all()


@pytest.mark.parametrize(
    ("early", "late", "standing"),
    [
        ([0.0, 0.0], [3.0, 3.0], "new"),
        (None, [3.0, 3.0], "first_printed"),
        ([2.0, 2.0], [3.0, 3.0], "both"),
        ([2.0, 2.0], [0.0, 4.0], "before_only"),
        ([0.0, 4.0], [3.0, 3.0], "uncertain"),
        (None, [0.0, 0.0], "uncertain"),
    ],
)
def test_a_form_is_new_only_where_it_was_zero_before(early, late, standing):
    rows = [(2012, *early)] if early else []
    forms = pd.DataFrame([*rows, (2015, *late)], columns=["year", "value_low", "value_high"])
    found = trends.find_new_forms(forms.assign(form="labour", source_id="a"), since=2013)
    assert found["form_standing"].tolist() == [standing]


def test_own_citizens_here_and_elsewhere_and_others_here():
    rows = [
        ("A", "A", 5.0, 5.0),
        ("B", "A", 2.0, 4.0),
        ("A", "C", 7.0, 7.0),
        ("A", "abroad", 9.0, 9.0),
        ("B", "C", 8.0, 8.0),
    ]
    flows = pd.DataFrame(rows, columns=["origin", "destination", "value_low", "value_high"]).assign(
        year=2013, year_end=2013, measure="m", source_id="a"
    )
    found = trends.count_where_detected(flows, jurisdiction="A", measure="m", source_id="a", periods=PERIODS)
    then = found[found["time_point"].eq("then")].set_index("detected")[["count_low", "count_high"]]
    assert then.loc["own_at_home"].tolist() == [5.0, 5.0]
    assert then.loc["foreign_at_home"].tolist() == [2.0, 4.0]
    assert then.loc["own_elsewhere"].tolist() == [7.0, 7.0]
    assert then.loc["unknown_at_home"].isna().all()
    assert found.loc[found["time_point"].eq("now"), "count_low"].isna().all()


def test_steps_are_related_in_each_period(counts_of):
    rows = [(2013, "persons_prosecuted", 20.0), (2013, "persons_convicted", 8.0), (2023, "persons_prosecuted", 10.0)]
    steps = counts_of(*({"year": year, "measure": measure, "value": value} for year, measure, value in rows))
    ratios = trends.compare_chain_ratios(
        steps, steps=[("persons_convicted", "persons_prosecuted")], periods=PERIODS, level=0.95
    )
    assert ratios["ratio"].iloc[0] == 0.4
    assert ratios["reason"].tolist() == ["", "No year has both steps."]


@pytest.mark.no_cover
@given(st.lists(st.integers(0, 60), min_size=1, max_size=14), st.sampled_from([True, False]))
def test_every_series_is_answered_in_a_sentence_and_left_alone(counts_of, values, is_masked):
    counts = series(counts_of, values)
    if is_masked:
        counts.loc[0, ["value", "value_low", "value_high"]] = [None, 1.0, 4.0]
    before = counts.copy(deep=True)
    judged = trends.judge_series(counts, by=["sex"], breaks=NO_BREAKS, **JUDGING)
    turns = trends.find_turns(
        counts,
        by=["sex"],
        breaks=NO_BREAKS,
        options=OPTIONS,
        level=0.95,
        long_years_n=10,
        side_years_n=3,
        rng=np.random.default_rng(1),
    )
    pd.testing.assert_frame_equal(counts, before)
    assert len(judged) == len(turns) == 1
    for text in (judged["sentence"].iloc[0], turns["joinpoint"].iloc[0], turns["change_point"].iloc[0]):
        assert text.endswith(".")
        assert "nan" not in text
        assert "inf " not in text


# What the last years say against the verdict

FALLS_AND_RISES = [200, 160, 128, 102, 82, 66, 52, 42, 60, 84, 118]


def turns_of(counts: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    settings = {"options": OPTIONS, "level": 0.95, "long_years_n": 10, "side_years_n": 3}
    return trends.find_turns(counts, by=by, breaks=NO_BREAKS, rng=np.random.default_rng(1), **settings)


def tell(counts: pd.DataFrame, rule: pd.DataFrame | None = None) -> pd.DataFrame:
    judged = trends.judge_series(counts, by=["sex"], breaks=NO_BREAKS, **JUDGING)
    return trends.add_turns(
        judged, turns_of(counts, ["sex"]), by=["sex"], rule=trends.make_turn_rule() if rule is None else rule
    )


@pytest.mark.parametrize(
    ("values", "verdict", "turn"),
    [
        (FALLS_AND_RISES, "falling", "rising since 2017"),
        ([20, 28, 40, 56, 80, 112, 160, 224, 170, 130, 100], "rising", "falling since 2017"),
        ([200, 150, 110, 80, 60, 45, 60, 80, 110, 150, 200], "no_clear_change", "rising since 2015"),
        ([20, 27, 36, 50, 66, 90, 66, 50, 36, 27, 20], "no_clear_change", "falling since 2015"),
        ([200 * 0.8**k for k in range(11)], "falling", ""),
        ([200, 160, 128, 102, 82, 66, 65, 66, 64, 66, 65], "falling", "no clear change since 2015"),
    ],
)
def test_a_course_that_turned_is_told_beside_the_verdict(counts_of, values, verdict, turn):
    told = tell(series(counts_of, [round(value) for value in values], sex="female"))
    assert told["verdict"].tolist() == [verdict]
    assert told["turn"].tolist() == [turn]
    assert ("The course turned: " in told["sentence"].item()) == bool(turn)
    if turn:
        words = turn.replace("rising", "it has risen").replace("falling", "it has fallen")
        words = words.replace("no clear change since 2015", "since 2015 it shows no clear change")
        assert words in told["sentence"].item()


def test_the_words_of_a_turn_hold_the_year_the_limits_and_how_sure_the_year_is(counts_of):
    told = tell(series(counts_of, FALLS_AND_RISES, sex="female"))
    found = turns_of(series(counts_of, FALLS_AND_RISES, sex="female"), ["sex"])
    assert found["last_bend"].tolist() == [2017]
    assert (
        told["sentence"].item().endswith(f"The course turned: it has risen since 2017 ({found['last_detail'].item()}).")
    )
    middle, limits = found["last_detail"].item().split(" per cent")[0].split(", 95% interval ")
    low, high = (float(word) for word in limits.split(" to "))
    # From 42 in 2017 to 118 in 2020: (118 / 42)^(1/3) is a rise of 41 per cent a year.
    assert low < 41 < high
    assert float(middle) == pytest.approx(41, abs=1)
    assert "bend within 2017 to 2017" in found["last_detail"].item()


def test_a_rule_without_the_pair_says_nothing_and_short_series_have_no_turn(counts_of):
    counts = pd.concat(
        [series(counts_of, FALLS_AND_RISES, sex="female"), series(counts_of, FALLS_AND_RISES[-6:], sex="male")]
    )
    assert tell(counts)["turn"].tolist() == ["rising since 2017", ""]
    rule = trends.make_turn_rule()
    silent = tell(counts, rule[rule["last_course"].ne("rising")])
    assert silent["turn"].tolist() == ["", ""]
    assert not silent["sentence"].str.contains("turned").any()


def test_masked_years_that_leave_the_bend_open_leave_no_turn(counts_of):
    counts = series(counts_of, FALLS_AND_RISES, sex="female")
    last = counts["year"].ge(2018).to_numpy()
    counts.loc[last, ["value", "value_low", "value_high"]] = [np.nan, 1.0, 120.0]
    assert tell(counts)["turn"].tolist() == [""]


def test_a_turn_that_all_bounds_agree_on_is_told_with_the_widest_limits(counts_of):
    counts = series(counts_of, FALLS_AND_RISES, sex="female")
    exact = turns_of(counts, ["sex"])["last_detail"].item()
    counts.loc[counts["year"].eq(2019).to_numpy(), ["value", "value_low", "value_high"]] = [np.nan, 80.0, 88.0]
    told = tell(counts)
    assert told["turn"].tolist() == ["rising since 2017"]
    wide = turns_of(counts, ["sex"])["last_detail"].item()
    assert wide.startswith("95% interval ")
    low, high = (float(word) for word in wide.split("interval ")[1].split(" per cent")[0].split(" to "))
    assert low < float(exact.split("interval ")[1].split(" to ")[0]) < high


def test_two_figures_for_a_year_have_no_turn_and_say_so(counts_of):
    twice = pd.concat([series(counts_of, FALLS_AND_RISES, sex="female")] * 2)
    assert "come twice" in turns_of(twice, ["sex"])["joinpoint"].item()
    assert tell(twice)["turn"].tolist() == [""]

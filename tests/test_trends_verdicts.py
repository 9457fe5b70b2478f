"""Shares, pooled trends, ratios, multiplicity and verdicts in words."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ctresearch import trends

RULE = trends.make_trend_rule(years_min=5, events_min=20, alpha=0.05, change_pct_min=0)


def series_of(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"year": range(2010, 2010 + len(values)), "value": values})


def judge(*values: list[float], rule: pd.DataFrame = RULE) -> pd.DataFrame:
    found = {
        str(k): trends.fit_annual_change(series_of(v), model="quasi_poisson", level=0.95) for k, v in enumerate(values)
    }
    adjusted = trends.adjust_p_values(trends.tabulate_trends(found), method="holm", alpha=0.05)
    return trends.judge_trends(adjusted, rule, level=0.95)


def test_the_exact_ratio_and_its_test_equal_those_of_another_tool(golden):
    case = golden("rate_ratio_exact_a")
    (after, before), (late, early) = case["input"]["x"], case["input"]["T"]
    found = trends.estimate_rate_ratio(after, before, exposure_after=late, exposure_before=early, level=0.95)
    tolerance = float(case["tolerance"])
    assert found.ratio == pytest.approx(case["expected"]["ratio"], rel=tolerance)
    assert [found.ratio_low, found.ratio_high] == pytest.approx(case["expected"]["ci95"], rel=tolerance)
    assert found.p_value == pytest.approx(case["expected"]["p"], rel=tolerance)


def test_a_ratio_over_zero_says_that_it_has_no_upper_limit():
    found = trends.estimate_rate_ratio(9, 0, exposure_after=1, exposure_before=1, level=0.95)
    assert (found.ratio, found.ratio_high) == (None, None)
    assert "no upper one" in found.reason
    nothing = trends.estimate_rate_ratio(0, 0, exposure_after=1, exposure_before=1, level=0.95)
    assert nothing.reason == "Both counts are zero, so there is nothing to compare."


@pytest.mark.parametrize(
    ("after", "exposure", "words"), [(-1, 1, "counts are -1"), (1.5, 1, "whole numbers"), (1, 0, "exposures are 0")]
)
def test_impossible_counts_and_exposures_are_refused(after, exposure, words):
    with pytest.raises(ValueError, match=words):
        trends.estimate_rate_ratio(after, 3, exposure_after=exposure, exposure_before=1, level=0.95)


# Multiplicity and verdicts


def test_holm_and_benjamini_hochberg_by_hand():
    # Holm: 3 x 0.01, 2 x 0.03, then 0.04 not below it. BH: 0.01 x 3, 0.03 x 3 / 2 = 0.045, 0.04, so 0.04 twice.
    tests = pd.DataFrame({"p_value": [0.01, 0.04, None, 0.03]})
    holm = trends.adjust_p_values(tests, method="holm", alpha=0.05)
    assert holm["p_adjusted"].dropna().tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm["p_adjusted"].isna().tolist() == [False, False, True, False]
    assert holm["multiplicity"].iloc[0].startswith("p values of 3 series were adjusted: Holm's method")
    bh = trends.adjust_p_values(tests, method="benjamini_hochberg", alpha=0.05)
    assert bh["p_adjusted"].dropna().tolist() == pytest.approx([0.03, 0.04, 0.04])


@pytest.mark.parametrize(
    ("values", "verdict", "words"),
    [
        ([10.0, 12, 15, 17, 19, 21, 25, 30], "rising", "The yearly count rose, 2010 to 2017 (+"),
        ([30.0, 25, 21, 19, 17, 15, 12, 10], "falling", "The yearly count fell, 2010 to 2017 (-"),
        ([10.0, 12, 9, 11, 10, 12, 9, 11], "no_clear_change", "The yearly count shows no clear change"),
        ([1.0, 0, 2, 1, 0, 1, 1, 0], "too_few_to_say", "There is too little to say whether the yearly count changed"),
        ([30.0, 60, 90], "too_few_to_say", "There is too little to say"),
        ([0.0] * 9, "too_few_to_say", "There is too little to say"),
    ],
)
def test_verdicts_come_with_a_sentence_and_its_uncertainty(values, verdict, words):
    row = judge(values).iloc[0]
    assert row["verdict"] == verdict
    assert row["sentence"].startswith(words)
    if verdict in {"rising", "falling"}:
        assert "95% interval" in row["sentence"]
        assert "adjusted p" in row["sentence"]
    if not any(values):
        assert row["sentence"].endswith("Every count is zero, so there is no trend to estimate.")


def test_many_series_make_each_verdict_harder():
    rising = [10.0, 12, 15, 17, 19, 21, 25, 30]
    alone = judge(rising)
    among = judge(rising, *[[10.0, 12, 9, 11, 10, 12, 9, 11]] * 12)
    assert (alone["verdict"].iloc[0], among["verdict"].iloc[0]) == ("rising", "no_clear_change")


def test_the_rule_is_the_table():
    strict = trends.make_trend_rule(years_min=5, events_min=20, alpha=0.05, change_pct_min=50)
    assert judge([10.0, 12, 15, 17, 19, 21, 25, 30], rule=strict)["verdict"].tolist() == ["no_clear_change"]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (RULE.iloc[:-1], "the last row of the rule must hold always"),
        (RULE.assign(verdict="soaring"), "the rule has the verdict soaring; use one of rising"),
        (RULE.replace({"measure": {"years_n": "ages_n"}}), "the rule has the measure ages_n"),
        (RULE.replace({"relation": {"<": "is"}}), "the rule has the relation is"),
        (RULE.iloc[:0], "the last row of the rule must hold always"),
    ],
)
def test_a_rule_that_cannot_decide_is_refused(rule, words):
    with pytest.raises(ValueError, match=words):
        judge([10.0, 12, 15, 17, 19, 21], rule=rule)


# Composition


def shares(*bounds: tuple[float, float], method: str = "goodman", base_min: int = 20) -> pd.DataFrame:
    low, high = zip(*bounds, strict=True)
    counts = pd.DataFrame({"form": [f"form {k}" for k in range(len(low))], "value_low": low, "value_high": high})
    return trends.estimate_shares(counts, category="form", method=method, level=0.95, base_min=base_min)


def test_shares_have_the_intervals_of_goodman_by_hand():
    # chi2(1 - 0.05 / 3, 1) = c; limits (c + 2x -/+ sqrt(c (c + 4 x (n - x) / n))) / (2 (n + c)) for x of n = 100.
    c = stats.chi2.ppf(1 - 0.05 / 3, 1)
    found = shares((50, 50), (30, 30), (20, 20))
    for x, row in zip((50, 30, 20), found.itertuples(), strict=True):
        root = np.sqrt(c * (c + 4 * x * (100 - x) / 100))
        assert row.share == x / 100
        assert (row.share_low, row.share_high) == pytest.approx(
            ((c + 2 * x - root) / (2 * (100 + c)), (c + 2 * x + root) / (2 * (100 + c)))
        )


@pytest.mark.parametrize("method", ["goodman", "sison_glaz"])
def test_masked_counts_make_ranges_that_span_every_combination(method):
    found = shares((1, 4), (50, 50), (1, 4), method=method)
    assert found["share"].isna().all()
    assert found["reason"].str.contains("range and no share").all()
    for a, b in product((1, 4), repeat=2):
        exact = shares((a, a), (50, 50), (b, b), method=method)
        assert (found["share_low"] <= exact["share_low"] + 1e-12).all()
        assert (found["share_high"] >= exact["share_high"] - 1e-12).all()


@given(st.lists(st.integers(0, 50), min_size=2, max_size=6), st.sampled_from(["goodman", "sison_glaz"]))
def test_shares_lie_in_their_intervals_within_zero_and_one(counts, method):
    found = shares(*[(float(x), float(x)) for x in counts], method=method)
    if found["reason"].iloc[0]:
        assert sum(counts) < 20
        return
    assert found["share"].sum() == pytest.approx(1)
    assert (found["share_low"] <= found["share"]).all()
    assert (found["share"] <= found["share_high"]).all()
    assert found[["share_low", "share_high"]].stack().between(0, 1).all()


def test_no_share_is_given_on_a_small_base_or_of_one_category():
    assert shares((9, 9), (10, 10))["reason"].iloc[0] == "19 persons are fewer than the 20 on which shares are given."
    assert shares((99, 99))["reason"].iloc[0] == "A composition needs at least 2 categories."
    with pytest.raises(ValueError, match="a count is missing, infinite or negative"):
        shares((-1, 3), (30, 30))


def compare(table: list[list[float]], **high: list[list[float]]) -> trends.CompositionChange:
    rows = [
        {"period": i, "form": j, "value_low": low, "value_high": high.get("high", table)[i][j]}
        for i, line in enumerate(table)
        for j, low in enumerate(line)
    ]
    return trends.compare_compositions(
        pd.DataFrame(rows), period="period", category="form", draws_n=4999, rng=np.random.default_rng(7)
    )


def test_large_tables_are_tested_by_chi_square():
    # Rows 60/40 and 40/60 of 100: expected 50 everywhere, chi-square 4 x 100 / 50 = 8.
    found = compare([[60, 40], [40, 60]])
    assert found.method == "chi_square"
    assert found.p_value_low == found.p_value_high == pytest.approx(stats.chi2.sf(8, 1))


@given(st.lists(st.integers(0, 6), min_size=4, max_size=4))
def test_small_tables_of_two_by_two_equal_the_exact_test_of_scipy(cells):
    table = np.array(cells, dtype=float).reshape(2, 2)
    found = compare(table.tolist())
    if found.reason:
        assert (table.sum(axis=0) == 0).any() or (table.sum(axis=1) == 0).any()
    elif found.method == "exact":
        assert found.p_value_low == pytest.approx(stats.fisher_exact(table.astype(int)).pvalue)


def test_drawn_tables_come_near_the_exact_answer():
    # A third period that splits as the first two together adds little; two periods are exact, three are drawn.
    drawn = compare([[3, 1, 2], [1, 4, 1], [2, 2, 2]])
    assert drawn.method == "monte_carlo"
    assert 0 < drawn.p_value_low < 1


def test_masked_cells_give_a_range_of_p_values():
    found = compare([[1, 20], [15, 6]], high=[[4, 20], [15, 6]])
    ends = [compare([[x, 20], [15, 6]]).p_value_low for x in (1, 4)]
    assert (found.p_value_low, found.p_value_high) == pytest.approx((min(ends), max(ends)))
    assert found.is_exhaustive


@pytest.mark.parametrize(
    ("table", "words"), [([[3, 4]], "Fewer than two periods"), ([[3, 0], [5, 0]], "All persons are in one category")]
)
def test_tables_without_a_change_to_test_say_why(table, words):
    assert words in compare(table).reason


# Justice chain


def chain(*rows: tuple[int, str, float, float]) -> dict:
    frame = pd.DataFrame(rows, columns=["year", "measure", "value_low", "value_high"])
    found = trends.measure_chain_ratios(frame, steps=[("convicted", "prosecuted")], years=(2010, 2020), level=0.95)
    return found.iloc[0].to_dict()


def test_steps_are_related_over_the_years_that_have_both():
    row = chain((2014, "prosecuted", 10, 10), (2014, "convicted", 4, 4), (2015, "prosecuted", 99, 99))
    assert (row["years_n"], row["earlier_low"], row["ratio"], row["span"]) == (1, 10, 0.4, "2014-2014")
    assert row["ratio_low"] < 0.4 < row["ratio_high"]
    assert "follows no person" in row["caveat"]


def test_a_masked_step_has_a_range_and_no_ratio_and_a_backlog_is_said():
    row = chain((2014, "prosecuted", 1, 4), (2014, "convicted", 9, 9))
    assert np.isnan(row["ratio"])
    assert "range and no ratio" in row["reason"]
    assert "older cases were closed" in row["caveat"]


def test_steps_without_a_ratio_say_why():
    assert chain((2014, "prosecuted", 3, 3))["reason"] == "No year has both steps."
    assert "may be zero persons" in chain((2014, "prosecuted", 0, 4), (2014, "convicted", 1, 1))["reason"]
    with pytest.raises(ValueError, match="a measure has two rows for a year"):
        chain((2014, "prosecuted", 3, 3), (2014, "prosecuted", 4, 4))


# Pooling


def test_the_pooled_trend_of_dersimonian_and_laird_by_hand():
    # Effects 0.02 and 0.08, errors 0.02: Q = 2 (0.03 / 0.02)^2 = 4.5, tau2 = (4.5 - 1) / (2500) = 0.0014.
    effects = pd.DataFrame({"log_change": [0.02, 0.08], "standard_error": [0.02, 0.02]})
    pooled = trends.pool_trends(effects, method="dersimonian_laird", errors="normal", level=0.95)
    assert (pooled.q, pooled.tau2, pooled.i2) == pytest.approx((4.5, 0.0014, 3.5 / 4.5))
    error = np.sqrt((0.0004 + 0.0014) / 2)
    expected = [100 * np.expm1(0.05 + z * error) for z in (0, -1.959964, 1.959964)]
    assert [pooled.change_pct, pooled.change_pct_low, pooled.change_pct_high] == pytest.approx(expected, rel=1e-5)


def test_paule_and_mandel_make_the_weighted_spread_equal_to_its_degrees_of_freedom():
    effects = pd.DataFrame({"log_change": [0.02, 0.08, -0.05, 0.01], "standard_error": [0.02, 0.01, 0.02, 0.04]})
    pooled = trends.pool_trends(effects, method="paule_mandel", errors="knapp_hartung", level=0.95)
    weights = 1 / (effects["standard_error"] ** 2 + pooled.tau2)
    mean = (weights * effects["log_change"]).sum() / weights.sum()
    assert (weights * (effects["log_change"] - mean) ** 2).sum() == pytest.approx(3, rel=1e-4)
    assert pooled.prediction_low < pooled.change_pct_low < pooled.change_pct < pooled.change_pct_high


def test_pooling_is_by_bounds_and_needs_two_series():
    masked = pd.DataFrame(
        {"year": range(2010, 2016), "value_low": [1, 9, 8, 7, 1, 9], "value_high": [4, 9, 8, 7, 4, 9]}
    )
    fits = {
        name: trends.fit_annual_change(counts, model="quasi_poisson", level=0.95)
        for name, counts in (("AAA", masked), ("BBB", series_of([5.0, 6, 7, 8, 9, 9])), ("CCC", series_of([0.0] * 5)))
    }
    effects = trends.list_effects(fits)
    assert effects["series"].unique().tolist() == ["AAA", "BBB"]
    with pytest.raises(ValueError, match="pool each by itself"):
        trends.pool_trends(effects, method="paule_mandel", errors="normal", level=0.95)
    low = effects[effects["bounds"].eq("all_low")]
    assert trends.pool_trends(low, method="paule_mandel", errors="normal", level=0.95).series_n == 2
    alone = trends.pool_trends(low.iloc[:1], method="paule_mandel", errors="normal", level=0.95)
    assert alone.reason == "Pooling needs at least 2 series; there are 1."

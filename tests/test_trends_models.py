"""Trends of yearly counts against the answers of MASS, segmented, changepoint and NCI Joinpoint, and by hand."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog

from ctresearch import trends
from ctresearch.trends.segmented import _measure_deviance, _read

YEARS = range(2010, 2018)
RISING = [10.0, 12, 15, 17, 19, 21, 25, 30]
NCI = trends.JoinpointOptions(
    transform="log",
    weights="standard_errors",
    zeros="refuse",
    joinpoints_max=3,
    end_years_min=2,
    between_years_min=2,
    choose_by="permutation",
    alpha=0.05,
    permutations_n=4499,
)
PLAIN = replace(NCI, transform="linear", weights="constant", choose_by="bic", permutations_n=99)


def series_of(values: list[float], start: int = 2010) -> pd.DataFrame:
    return pd.DataFrame({"year": range(start, start + len(values)), "value": values})


def masked_series(*bounds: tuple[float, float]) -> pd.DataFrame:
    low, high = zip(*bounds, strict=True)
    return pd.DataFrame({"year": range(2010, 2010 + len(bounds)), "value_low": low, "value_high": high})


MASKED = masked_series((1, 4), (12, 12), (1, 4), (7, 7), (9, 9), (1, 4), (15, 15), (1, 4))


def change(counts: pd.DataFrame, model: str = "quasi_poisson", level: float = 0.95) -> trends.AnnualTrend:
    return trends.fit_annual_change(counts, model=model, level=level)


def rng() -> np.random.Generator:
    return np.random.default_rng(20261124)


# Annual change


def test_the_negative_binomial_equals_that_of_mass(golden):
    case = golden("glm_nb_quine")
    table = pd.DataFrame(case["input"]["table"])
    columns = [("Sex", "M"), ("Age", "F1"), ("Age", "F2"), ("Age", "F3"), ("Eth", "N"), ("Lrn", "SL")]
    design = np.column_stack([np.ones(len(table)), *(table[name].eq(value) for name, value in columns)]).astype(float)
    fit = trends.fit_negative_binomial(design, table["Days"].to_numpy(dtype=float))
    tolerance = float(case["tolerance"])
    expected = case["expected"]
    np.testing.assert_allclose(fit.coefficients, list(expected["coef"].values()), atol=tolerance)
    np.testing.assert_allclose(fit.errors, list(expected["se"].values()), atol=tolerance)
    assert fit.theta == pytest.approx(expected["theta"], rel=tolerance)
    assert fit.theta_error == pytest.approx(expected["SE.theta"], rel=tolerance)
    assert 2 * fit.log_likelihood == pytest.approx(expected["twologlik"], rel=tolerance)
    # Seven coefficients and theta.
    assert 2 * 8 - 2 * fit.log_likelihood == pytest.approx(expected["aic"], rel=tolerance)


@pytest.mark.parametrize("model", ["quasi_poisson", "negative_binomial"])
def test_counts_that_halve_fall_by_half_a_year(model):
    # 64, 32, ..., 2 lie on a line of logarithms with the slope log(1/2): minus 50 per cent.
    assert change(series_of([64.0, 32, 16, 8, 4, 2]), model).change_pct == pytest.approx(-50)


def test_years_left_out_count_as_years():
    # From 8 in 2010 to 16 in 2013 and 32 in 2016: doubling in three years is 2^(1/3) - 1 = 26.0 per cent a year.
    counts = pd.DataFrame({"year": [2010, 2013, 2016], "value": [8.0, 16, 32]})
    assert change(counts).change_pct == pytest.approx(100 * (2 ** (1 / 3) - 1))


def test_masked_years_leave_no_estimate_and_the_interval_spans_every_combination_of_bounds():
    found = change(MASKED)
    ends = [change(series_of([a, 12, b, 7, 9, c, 15, d])) for a, b, c, d in product((1.0, 4.0), repeat=4)]
    assert found.change_pct is None
    assert (found.masked_n, found.is_exhaustive, len(found.scenarios)) == (4, True, 16)
    assert found.change_pct_low == pytest.approx(min(end.change_pct_low for end in ends))
    assert found.change_pct_high == pytest.approx(max(end.change_pct_high for end in ends))
    assert found.p_value == pytest.approx(max(end.p_value for end in ends))


def test_of_many_masked_years_the_ordered_bounds_are_tried_and_said_not_to_be_all():
    found = change(masked_series(*[(1, 4)] * 10, (20, 20)))
    assert not found.is_exhaustive
    assert {"all_low", "all_high", "high_from_masked_year_6", "low_from_masked_year_6"} <= set(
        found.scenarios["scenario"]
    )
    assert len(found.scenarios) == 2 + 2 * 9


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=8, max_size=8), st.randoms())
def test_the_steepest_slopes_are_among_the_ordered_bounds(pairs, random):
    counts = masked_series(*[(float(min(p)), float(max(p)) + 1) for p in pairs])
    found = change(counts)
    if found.reason:
        return
    inside = [random.choice([low, high]) for low, high in zip(counts["value_low"], counts["value_high"], strict=True)]
    slope = change(series_of(inside)).scenarios["log_change"].iloc[0]
    slopes = found.scenarios["log_change"]
    assert slopes.min() - 1e-7 <= slope <= slopes.max() + 1e-7


@given(st.lists(st.integers(1, 300), min_size=4, max_size=12), st.randoms())
def test_the_interval_holds_the_change_in_any_order_of_rows_and_leaves_the_input(values, random):
    counts = series_of([float(v) for v in values])
    order = list(range(len(values)))
    random.shuffle(order)
    shuffled = counts.iloc[order]
    before = shuffled.copy()
    found = change(shuffled)
    pd.testing.assert_frame_equal(shuffled, before)
    assert found.change_pct == change(counts).change_pct
    assert found.change_pct_low <= found.change_pct <= found.change_pct_high
    assert change(counts, level=0.99).change_pct_low <= found.change_pct_low


def test_a_trend_of_rates_takes_growing_populations_out():
    counts = series_of(RISING).assign(population_n=[1000 * value for value in RISING])
    found = trends.fit_annual_change(counts, model="quasi_poisson", level=0.95, exposure="population_n")
    assert found.change_pct == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], "A trend with an interval needs at least 3 years; the series has 0."),
        ([5.0], "A trend with an interval needs at least 3 years; the series has 1."),
        ([0.0] * 8, "Every count is zero, so there is no trend to estimate."),
        ([0.0] * 7 + [4.0], "Only 2017, at one end, has a count above zero; no rate of change fits best."),
    ],
)
@pytest.mark.parametrize("model", ["quasi_poisson", "negative_binomial"])
def test_series_without_a_trend_say_why(values, words, model):
    found = change(series_of(values), model)
    assert found.reason == words
    assert (found.change_pct, found.change_pct_low, found.p_value) == (None, None, None)


def test_a_series_masked_in_every_year_with_zero_possible_says_so():
    assert change(masked_series(*[(0, 4)] * 5)).reason.startswith("At some values of the 5 masked year(s): Every count")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"value": -1.0}, r"1 year\(s\) of the series \(2011\) have a negative count"),
        ({"value": None}, r"1 year\(s\) of the series \(2011\) have no count"),
        ({"value": np.inf}, r"1 year\(s\) of the series \(2011\) have an infinite count"),
        ({"year": 2010}, r"1 year\(s\) of the series \(2010\) come twice"),
        ({"year": None}, "has a row without a year"),
    ],
)
def test_a_table_that_is_no_series_is_refused_by_its_year(row, words):
    counts = pd.DataFrame([{"year": 2010, "value": 3.0}, {"year": 2011, "value": 4.0, **row}])
    with pytest.raises(ValueError, match=words):
        change(counts)


def test_different_definitions_are_never_joined():
    counts = series_of(RISING).assign(measure=["victims_detected"] * 4 + ["victims_identified"] * 4)
    with pytest.raises(ValueError, match=r"several values of 'measure' .*; series of different definitions are never"):
        change(counts)


@pytest.mark.parametrize(
    ("model", "level", "words"), [("poisson", 0.95, "use one of"), ("quasi_poisson", 95, "level is 95")]
)
def test_an_unknown_model_or_level_is_refused(model, level, words):
    with pytest.raises(ValueError, match=words):
        change(series_of(RISING), model, level)


# Breaks


def test_a_break_splits_the_series_of_its_jurisdiction():
    counts = pd.DataFrame({"jurisdiction": ["AAA", "AAA", "BBB", "BBB"], "year": [2012, 2013, 2012, 2013]})
    breaks = pd.DataFrame(
        {"jurisdiction": ["AAA", None], "year": [2013, 2012], "what_changed": ["new law", "pandemic"]}
    )
    marked = trends.split_at_breaks(counts, breaks)
    assert marked["segment"].tolist() == [2, 3, 2, 2]
    assert marked["break_note"].tolist() == ["2012: pandemic", "2013: new law", "2012: pandemic", "2012: pandemic"]


def test_a_break_must_say_what_changed():
    with pytest.raises(ValueError, match="no year or does not say what changed"):
        trends.split_at_breaks(series_of(RISING), pd.DataFrame({"year": [2012], "what_changed": [" "]}))


# Joinpoints


@pytest.mark.parametrize("name", ["joinpoint_nih_both", "joinpoint_nih_male"])
def test_joinpoints_equal_those_of_nci_joinpoint(golden, name):
    case = golden(name)
    table = pd.DataFrame(case["input"]["table"]).rename(columns={"rate": "value", "se": "standard_error"})
    counts = table[["year", "value", "standard_error"]]
    found = trends.fit_joinpoints(counts, options=NCI, rng=rng())["as_counted"]
    expected = case["expected"]
    assert list(found.years) == expected["joinpoints"]
    np.testing.assert_allclose(found.segments["change"], expected["APC_percent"], atol=0.006)
    assert found.segments["is_significant"].tolist() == expected["significant"]
    assert found.tests["is_rejected"].tolist() == [True] * 3


def fit_accidents(golden, joinpoints_n: int) -> tuple[trends.Joinpoints, pd.Series, dict]:
    case = golden("joinpoint_nci48_accidents")
    table = pd.DataFrame(case["input"]["table"]).rename(columns={"accidents.obs": "value"})
    found = trends.fit_joinpoints(table, options=replace(PLAIN, joinpoints_max=joinpoints_n), rng=rng())["as_counted"]
    assert found.years == found.models["years"].iloc[joinpoints_n]
    printed = pd.Series(case["expected"]["fitted"][str(joinpoints_n)], index=table["year"])
    return found, printed, case["expected"]["joinpoints"]


@pytest.mark.parametrize(
    ("joinpoints_n", "tolerance"),
    [
        pytest.param(
            0,
            0.006,
            marks=pytest.mark.xfail(
                strict=True,
                reason="No straight line comes within 0.006 of all 99 printed values; ours misses one, by 0.0084.",
            ),
        ),
        (1, 0.006),
        (2, 0.006),
        (3, 0.11),
    ],
)
def test_fitted_values_equal_those_of_nci_joinpoint(golden, joinpoints_n, tolerance):
    found, printed, joinpoints = fit_accidents(golden, joinpoints_n)
    assert list(found.years) == joinpoints.get(str(joinpoints_n), [])
    np.testing.assert_allclose(found.fitted, printed, atol=tolerance)


@pytest.mark.parametrize(("joinpoints_n", "slips"), [(0, [1907]), (1, []), (2, []), (3, [1923, 1968])])
def test_all_printed_fits_but_three_slips_are_ours_rounded(golden, joinpoints_n, slips):
    # The source is a sheet with slips: 105.75 (1907) stands between steps of 0.81 and 0.79 where all others are 0.80 or
    # 0.81, 87.87 (1923) between steps of 0.69 and 0.49 in a line that falls by 0.59 a year.
    found, printed, _ = fit_accidents(golden, joinpoints_n)
    away = (printed - found.fitted).abs()
    assert away.index[away > 0.00501].tolist() == slips


def test_no_straight_line_has_the_printed_value_of_1907(golden):
    # The least possible largest distance of a line from the printed values, by linear programming.
    _, printed, _ = fit_accidents(golden, 0)

    def measure_least_distance(values: pd.Series) -> float:
        line = np.column_stack([np.ones(len(values)), values.index - 1949.0])
        ones = np.ones((len(values), 1))
        rows = np.vstack([np.hstack([line, -ones]), np.hstack([-line, -ones])])
        return linprog([0, 0, 1], A_ub=rows, b_ub=np.r_[values, -values], bounds=[(None, None)] * 3).fun

    assert measure_least_distance(printed) > 0.006
    assert measure_least_distance(printed.drop(1907)) < 0.005


def test_lines_that_meet_are_found_as_they_were_drawn():
    # 10, 20, ..., 60 and down by 5 a year from 2015 on.
    found = trends.fit_joinpoints(
        series_of([10.0, 20, 30, 40, 50, 60, 55, 50, 45, 40]), options=replace(PLAIN, joinpoints_max=2), rng=rng()
    )["as_counted"]
    assert found.years == (2015.0,)
    assert found.segments["change"].tolist() == pytest.approx([10, -5])
    # Five years at 10 and four at -5: (50 - 20) / 9.
    assert found.average[0] == pytest.approx(30 / 9)
    assert found.unit == "a year"


def test_masked_years_are_fitted_at_bounds_and_the_steepest_combinations():
    counts = masked_series((1, 4), (2, 2), (1, 4), (5, 5), (6, 6), (7, 7), (9, 9), (12, 12), (1, 4), (1, 4))
    options = replace(PLAIN, transform="log", weights="poisson", joinpoints_max=1)
    found = trends.fit_joinpoints(counts, options=options, rng=rng())
    assert list(found) == ["all_low", "all_high", "high_from_masked_year_3", "low_from_masked_year_3"]


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        ([5.0], NCI, "A joinpoint regression needs at least 4 years; the series has 1."),
        ([0.0] * 9, NCI, "Every count is zero, so there is no trend to fit."),
        ([0.0] + [4.0] * 9, NCI, "A year has the count zero, which has no logarithm or weight"),
        ([4.0, 5, 6, 7, 9], NCI, "5 years are too few for 3 joinpoints with 2 years beyond the outer and 2 between;"),
    ],
)
def test_series_without_joinpoints_say_why(values, options, words):
    options = replace(options, weights="constant")
    found = trends.fit_joinpoints(series_of(values), options=options, rng=rng())["as_counted"]
    assert found.reason.startswith(words)
    assert (found.years, found.average, len(found.segments)) == ((), None, 0)


@given(st.lists(st.integers(1, 60), min_size=11, max_size=14), st.integers(0, 2), st.sampled_from([2, 3]))
def test_the_walk_over_the_grid_equals_every_fit_by_itself(values, most, end_min):
    counts = series_of([float(v) for v in values])
    options = replace(PLAIN, joinpoints_max=most, end_years_min=end_min, weights="poisson")
    found = trends.fit_joinpoints(counts, options=options, rng=rng())["as_counted"]
    n = len(values)
    x, y, w = np.arange(n), np.array(values, dtype=float), 1 / np.array(values)
    for k in range(most + 1 if not found.reason else 0):
        least = np.inf
        for places in combinations(range(end_min, n - end_min), k):
            if all(b - a > 2 for a, b in pairwise(places)):
                design = np.column_stack([np.ones(n), x, *(np.maximum(x - p, 0) for p in places)])
                root = np.sqrt(w / w.mean())
                coefficients = np.linalg.lstsq(root[:, None] * design, root * y, rcond=None)[0]
                least = min(least, float(((root * (y - design @ coefficients)) ** 2).sum()))
        assert found.models["sse"].iloc[k] == pytest.approx(least, rel=1e-8, abs=1e-8)


@pytest.mark.parametrize(
    ("change_of", "words"),
    [
        ({"transform": "root"}, "transform is 'root'; use one of log, linear"),
        ({"alpha": 5}, "alpha is 5"),
        ({"end_years_min": 1}, "end_years_min is 1; expected at least 2"),
    ],
)
def test_options_are_checked(change_of, words):
    with pytest.raises(ValueError, match=words):
        replace(NCI, **change_of)


def test_a_missing_standard_error_is_refused():
    with pytest.raises(ValueError, match="need a column 'standard_error'"):
        trends.fit_joinpoints(series_of(RISING), options=NCI, rng=rng())


# Segmented regression


def down(golden, first_slope: str) -> trends.Segmented:
    table = pd.DataFrame(golden("segmented_down")["input"]["table"])
    return trends.fit_segmented(
        table, x="age", events="cases", trials="births", family="binomial", first_slope=first_slope, level=0.95
    )


def test_the_break_equals_that_of_segmented(golden):
    case, found = golden("segmented_down"), down(golden, "free")
    expected = case["expected"]
    assert found.break_at == pytest.approx(expected["psi"], abs=1e-4)
    assert found.break_error == pytest.approx(expected["psi_se"], abs=1e-2)
    assert [found.break_low, found.break_high] == pytest.approx(expected["psi_CI95"][1:], abs=1e-3)
    assert found.deviance == pytest.approx(expected["deviance"], abs=1e-5)
    assert found.deviance_without_break == pytest.approx(expected["null_deviance_no_break"], abs=1e-5)
    assert found.aic == pytest.approx(expected["aic"], abs=1e-5)
    ours = found.slopes[["slope", "standard_error", "slope_low", "slope_high"]].to_numpy()
    np.testing.assert_allclose(ours, np.array(expected["slopes"])[:, [0, 1, 3, 4]], rtol=1e-3)
    np.testing.assert_allclose(ours[:, 0] / ours[:, 1], np.array(expected["slopes"])[:, 2], rtol=1e-3)


def test_with_a_flat_start_the_break_of_segmented_is_the_second_of_two_minima(golden):
    # Without restarts R segmented goes from starts up to 31.4 to the one, from 31.6 on to the other; with its restarts
    # it ends at 31.6376 and 44.4489, as we do.
    case, found = golden("segmented_down"), down(golden, "zero")
    expected = case["expected"]["slope1_zero_model"]
    best, second = found.minima.to_dict("records")
    assert second["break_at"] == pytest.approx(expected["psi"], abs=1e-4)
    assert second["break_error"] == pytest.approx(expected["se"], abs=1e-2)
    assert second["deviance"] == pytest.approx(expected["deviance"], abs=1e-5)
    assert (found.break_at, found.break_error, found.deviance) == tuple(best.values())
    assert [best["break_at"], best["break_error"]] == pytest.approx([31.63761, 0.5781951], abs=1e-4)
    assert best["deviance"] == pytest.approx(44.44892, abs=1e-5)
    assert found.slopes.loc["before", "slope"] == 0


def test_every_minimum_beats_the_breaks_beside_it_and_none_the_first():
    # A line that rises, falls and rises again bends best at one of its two corners.
    table = pd.DataFrame({"x": np.arange(12.0), "events": [10, 19, 41, 80, 160, 81, 39, 20, 41, 79, 161, 320]})
    words = {"x": "x", "events": "events", "family": "poisson", "first_slope": "free", "level": 0.95}
    found = trends.fit_segmented(table, **words)
    assert len(found.minima) > 1
    data = _read(table, trials=None, **words)
    assert found.deviance <= min(_measure_deviance(data, at) for at in np.linspace(1, 10, 46)) + 1e-7
    assert found.minima["deviance"].is_monotonic_increasing
    for row in found.minima.itertuples():
        assert row.deviance == pytest.approx(_measure_deviance(data, row.break_at))
        assert all(_measure_deviance(data, row.break_at + step) > row.deviance for step in (-0.01, 0.01))


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([5.0, 6], "needs at least 6 different values of x; the table has 2"),
        ([0.0] * 9, "Fewer than three rows have events"),
        ([7.0] * 9, "The line does not bend"),
    ],
)
def test_lines_without_a_break_say_why(events, words):
    table = pd.DataFrame({"year": range(len(events)), "events": events})
    found = trends.fit_segmented(table, x="year", events="events", family="poisson", first_slope="free", level=0.95)
    assert words in found.reason
    assert found.break_at is None


# Change points


def test_the_change_point_of_the_mines_equals_that_of_changepoint(golden):
    case = golden("changepoint_coal_poisson")
    counts = pd.DataFrame(case["input"]["table"]).rename(columns={"count": "value"})
    found = trends.find_change_point(counts, level=0.95, years_min=1)["as_counted"]
    expected = case["expected"]
    assert found.last_year == expected["last_year_of_first_regime"] == 1850 + expected["AMOC_index"]
    assert [found.rate_before, found.rate_after] == pytest.approx(expected["rates"], rel=1e-9)
    assert found.p_value < 1e-9
    assert 1891 in found.region
    for penalty, index in (("mbic", [expected["PELT_MBIC"]]), ("bic", expected["PELT_BIC"])):
        years = trends.find_change_points(counts, penalty=penalty, years_min=1)["as_counted"]
        assert [year - 1850 for year in years] == index


def test_the_chance_of_a_change_point_is_that_of_all_ways_to_share_the_events():
    # Six events in three years: 3^6 = 729 equally likely ways; count those whose largest ratio reaches the one seen.
    counts = series_of([0.0, 1, 5])
    found = trends.find_change_point(counts, level=0.95, years_min=1)["as_counted"]

    def statistic(ways: np.ndarray) -> np.ndarray:
        best = np.zeros(len(ways))
        for k in (1, 2):
            s = (ways < k).sum(axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                left = np.where(s > 0, s * np.log(s / 6 / (k / 3)), 0)
                right = np.where(s < 6, (6 - s) * np.log((6 - s) / 6 / (1 - k / 3)), 0)
            best = np.maximum(best, left + right)
        return best

    ways = np.array(list(product(range(3), repeat=6)))
    seen = statistic(np.array([[1, 2, 2, 2, 2, 2]]))[0]
    assert found.statistic == pytest.approx(2 * seen)
    assert found.p_value == pytest.approx((statistic(ways) >= seen - 1e-9).mean())


@given(st.lists(st.integers(0, 15), min_size=3, max_size=12))
def test_the_likeliest_year_is_in_the_region_and_chances_are_chances(values):
    found = trends.find_change_point(series_of([float(v) for v in values]), level=0.9, years_min=1)["as_counted"]
    if found.reason:
        assert not any(values)
        return
    assert found.last_year in found.region
    assert 0 <= found.p_value <= 1


@pytest.mark.parametrize(
    ("values", "words"),
    [([5.0, 6], "needs at least 3 years"), ([0.0] * 5, "Every count is zero"), ([0.5, 1, 2], "not a whole number")],
)
def test_series_without_a_change_point_say_why(values, words):
    found = trends.find_change_point(series_of(values), level=0.95, years_min=1)["as_counted"]
    assert words in found.reason
    assert found.region == ()


# What is no series


def ask_every_function(counts: object) -> list:
    """Give one table to every function that takes yearly counts."""
    settings = {"by": ["jurisdiction"], "breaks": pd.DataFrame()}
    judged = {"rule": trends.make_trend_rule(years_min=4, events_min=9, alpha=0.05, change_pct_min=0), "alpha": 0.05}
    pooled = {"method": "paule_mandel", "errors": "knapp_hartung"}
    turned = {"options": PLAIN, "long_years_n": 8, "side_years_n": 2, "rng": rng()}
    return [
        lambda: change(counts),
        lambda: trends.find_change_point(counts, level=0.95, years_min=2),
        lambda: trends.find_change_points(counts, penalty="mbic", years_min=2),
        lambda: trends.fit_joinpoints(counts, options=PLAIN, rng=rng()),
        lambda: trends.fit_segmented(
            counts, x="year", events="value_low", family="poisson", first_slope="free", level=0.95
        ),
        lambda: trends.compare_periods(counts, first=(2010, 2012), last=(2013, 2015), level=0.95),
        lambda: trends.judge_series(
            counts, model="quasi_poisson", multiplicity="holm", level=0.95, **settings, **judged
        ),
        lambda: trends.find_turns(counts, level=0.95, **settings, **turned),
        lambda: trends.compare_models(counts, level=0.95, **settings),
        lambda: trends.pool_series(counts, model="quasi_poisson", level=0.95, **settings, **pooled),
        lambda: trends.split_at_breaks(counts, pd.DataFrame({"year": [2012], "what_changed": ["new law"]})),
        lambda: trends.add_rates(counts, POPULATION, level=0.95),
    ]


FULL = series_of(RISING).assign(jurisdiction="AAA", sex="total", source_id="a", value_low=RISING, value_high=RISING)
POPULATION = pd.DataFrame({"jurisdiction": "AAA", "sex": "total", "source_id": "p", "year": YEARS, "population_n": 9e5})


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ([3, 4], "is a list; expected a pandas DataFrame"),
        (None, "is a NoneType; expected a pandas DataFrame"),
        (pd.DataFrame(), "has no column .*; it has none"),
        (FULL.drop(columns="year"), "has no column .*'year'.*; it has value"),
        (pd.concat({"x": FULL}, axis=1), "have several levels"),
        (pd.concat([FULL, FULL], axis=1), "has the column 'year|jurisdiction' twice; keep one"),
    ],
)
def test_what_is_no_table_of_years_is_refused_by_every_function(counts, words):
    for ask in ask_every_function(counts):
        with pytest.raises(ValueError, match=words):
            ask()


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("year", ["x"] * 8, r"'year' holds what is no number in 8 row\(s\) \(1, 2, 3, 4, 5\)"),
        ("year", pd.date_range("2010", periods=8), "'year' holds what is no number in 8 row"),
        ("year", [np.inf, *range(7)], "a year beyond 9999"),
        ("value_low", ["a", *RISING[1:]], r"'value_low' holds what is no number in 1 row\(s\) \(1\)"),
        ("value_low", [1j] * 8, "'value_low' holds what is no number in 8 row"),
        ("value_low", [10**400, *RISING[1:]], "'value_low' holds a number beyond 1e308"),
        ("value_high", [1e16, *RISING[1:]], r"1 year\(s\) of the series \(2010\) have a count above 1e\+15"),
    ],
)
def test_what_is_no_count_or_year_is_refused_in_a_sentence(column, values, words):
    counts = FULL.assign(**{column: values})
    with pytest.raises(ValueError, match=words):
        change(counts)
    judged = ask_every_function(counts)[6]()
    assert judged["verdict"].tolist() == ["too_few_to_say"]
    assert judged["sentence"].str.contains(words).all()


def test_numbers_in_quotes_are_numbers_in_every_function():
    quoted = FULL.assign(
        year=[str(year) for year in YEARS],
        **{name: [str(value) for value in RISING] for name in ("value", "value_low", "value_high")},
    )
    periods = {"first": (2010, 2012), "last": (2013, 2015), "level": 0.95}
    pd.testing.assert_frame_equal(trends.compare_periods(quoted, **periods), trends.compare_periods(FULL, **periods))
    assert change(quoted).change_pct == change(FULL).change_pct
    assert trends.add_rates(quoted, POPULATION, level=0.95)["rate_per_100k"].tolist() == pytest.approx(
        [value / 9 for value in RISING]
    )


def test_years_in_quotes_are_in_the_order_of_numbers():
    counts = pd.DataFrame({"year": ["1000", "998", "999"], "value": [16.0, 4, 8]})
    assert change(counts).change_pct == pytest.approx(100)


@pytest.mark.parametrize(
    ("bounds", "words"),
    [((-1.0, 3.0), "negative or infinite"), ((4.0, 3.0), "above the upper"), ((1.0, np.inf), "inf")],
)
def test_bounds_of_no_count_have_no_interval(bounds, words):
    with pytest.raises(ValueError, match=words):
        trends.estimate_poisson_interval(*(np.array([bound]) for bound in bounds), level=0.95)


def test_a_rate_needs_persons_and_whole_years():
    with pytest.raises(ValueError, match=r"population_n is zero or below in 1 row\(s\)"):
        trends.add_rates(FULL, POPULATION.assign(population_n=[0.0, *[9e5] * 7]), level=0.95)
    with pytest.raises(ValueError, match=r"8 row\(s\) have no year, or one that is no whole number"):
        trends.add_rates(FULL.assign(year=[year + 0.5 for year in YEARS]), POPULATION, level=0.95)


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({"value_low": [-1.0, *RISING[1:]]}, 0.95, r"1 row\(s\) hold a count that is negative"),
        ({"value_high": [np.inf, *RISING[1:]]}, 0.95, r"1 row\(s\) hold a count that is negative, above"),
        ({"value_low": [2.5, *RISING[1:]]}, 0.95, r"1 row\(s\) hold a count that is .* no whole number"),
        ({}, 95, "level is 95"),
    ],
)
def test_periods_of_impossible_counts_are_not_compared(changes, level, words):
    with pytest.raises(ValueError, match=words):
        trends.compare_periods(FULL.assign(**changes), first=(2010, 2012), last=(2013, 2015), level=level)


def test_a_make_up_needs_a_period_and_a_category_in_every_row():
    counts = pd.DataFrame({"when": [1, 2, None], "sex": ["f", "m", "m"], "value": [3.0, 4, 5]})
    with pytest.raises(ValueError, match=r"1 row\(s\) have no 'when' or no 'sex'"):
        trends.compare_compositions(counts, period="when", category="sex", draws_n=99, rng=rng())

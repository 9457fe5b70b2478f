from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.trends import (
    add_rates,
    choose_population,
    compare_periods,
    estimate_poisson_interval,
    measure_justice_chain,
)

MASKED = {"value": None, "value_low": 1.0, "value_high": 4.0, "printed": "<5"}
AT_LEAST_TEN = {"value": None, "value_low": 10.0, "value_high": None, "printed": "at least 10"}


def interval(low: float, high: float | None = None, level: float = 0.95) -> tuple[float, float]:
    lower, upper = estimate_poisson_interval(np.array([low]), np.array([low if high is None else high]), level=level)
    return float(lower[0]), float(upper[0])


@pytest.mark.parametrize(("level", "lo", "hi"), [(0.95, "lo", "hi"), (0.9, "lo90", "hi90")])
def test_intervals_equal_those_of_garwood_as_another_tool_computes_them(golden, level, lo, hi):
    case = golden("exact_poisson_ci_a")
    tolerance = float(case["tolerance"])
    counts = np.array(case["input"]["counts"], dtype=float)
    lower, upper = estimate_poisson_interval(counts, counts, level=level)
    assert [row["x"] for row in case["expected"]] == case["input"]["counts"]
    np.testing.assert_allclose(lower, [row[lo] for row in case["expected"]], rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(upper, [row[hi] for row in case["expected"]], rtol=tolerance, atol=tolerance)


def test_the_upper_limit_of_zero_is_minus_log_of_half_alpha():
    # P(X = 0) = exp(-m) = 0.025 gives m = -log(0.025) = 3.6889
    assert interval(0) == (0.0, pytest.approx(-np.log(0.025)))


def test_a_count_within_bounds_spans_the_intervals_of_both_bounds():
    assert interval(1, 4) == (interval(1)[0], interval(4)[1])


def test_a_missing_bound_has_a_missing_limit():
    assert np.isnan(interval(np.nan, 4)[0])
    assert interval(np.nan, 4)[1] == interval(4)[1]
    assert np.isnan(interval(3, np.nan)[1])


@pytest.mark.parametrize("level", [0, 1, 95, -0.1])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(ValueError, match=f"level is {level}; expected a number between 0 and 1, for example 0.95"):
        interval(3, level=level)


@given(st.integers(0, 10**5), st.integers(0, 100), st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
def test_intervals_contain_the_count_and_grow_with_bounds_and_level(count, more, level):
    low, high = interval(count, count + more, level)
    assert low <= count <= count + more <= high
    assert interval(count, level=level)[1] <= high
    wider = interval(count, count + more, 0.995)
    assert wider[0] <= low
    assert high <= wider[1]


@given(st.lists(st.integers(0, 1000), min_size=2, max_size=10))
def test_intervals_keep_the_order_of_counts(counts):
    ordered = np.sort(np.array(counts, dtype=float))
    lower, upper = estimate_poisson_interval(ordered, ordered, level=0.95)
    assert (np.diff(lower) >= 0).all()
    assert (np.diff(upper) >= 0).all()


def make_population(*rows: tuple[str, int, str, int, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["jurisdiction", "year", "sex", "population_n", "source_id"])
    return frame.astype({"year": "Int64", "population_n": "Int64"})


PEOPLE = make_population(("AAA", 2014, "total", 500_000, "pop-1"), ("AAA", 2014, "female", 250_000, "pop-2"))


def test_a_rate_is_the_count_for_a_hundred_thousand_persons(counts_of):
    # 10 of 500,000 is 2 of 100,000; the limits 4.795 and 18.390 become 0.959 and 3.678.
    (row,) = add_rates(counts_of({"value": 10.0}), PEOPLE, level=0.95).to_dict("records")
    assert row["rate_per_100k"] == pytest.approx(2.0)
    assert row["rate_low"] == pytest.approx(4.7953886961 / 5)
    assert row["rate_high"] == pytest.approx(18.390356042 / 5)
    assert row["population_n"] == 500_000
    assert row["population_source_id"] == "pop-1"
    assert row["source_id"] == "src-a"


def test_each_sex_has_its_own_denominator(counts_of):
    rated = add_rates(counts_of({"value": 10.0}, {"sex": "female", "value": 10.0}), PEOPLE, level=0.95)
    assert rated["rate_per_100k"].tolist() == pytest.approx([2.0, 4.0])
    assert rated["population_source_id"].tolist() == ["pop-1", "pop-2"]


def test_a_masked_count_has_an_interval_and_no_rate(counts_of):
    (row,) = add_rates(counts_of(MASKED), PEOPLE, level=0.95).to_dict("records")
    assert np.isnan(row["rate_per_100k"])
    assert row["rate_low"] == pytest.approx(interval(1)[0] / 5)
    assert row["rate_high"] == pytest.approx(interval(4)[1] / 5)


def test_a_year_without_population_keeps_its_row_without_a_rate(counts_of):
    rated = add_rates(counts_of({"year": 2013}, {"year": 2014}), PEOPLE, level=0.95)
    assert rated["year"].tolist() == [2013, 2014]
    assert rated["rate_per_100k"].isna().tolist() == [True, False]
    assert rated["rate_low"].isna().tolist() == [True, False]


def test_two_denominators_for_one_count_are_refused(counts_of):
    twice = make_population(("AAA", 2014, "total", 5, "pop-1"), ("AAA", 2014, "total", 6, "pop-2"))
    with pytest.raises(
        ValueError, match="population has two values for a jurisdiction, year and sex; choose one source"
    ):
        add_rates(counts_of({}), twice, level=0.95)


@given(st.lists(st.one_of(st.none(), st.integers(0, 400)), min_size=1, max_size=5))
def test_rates_lie_within_their_intervals_and_input_is_unchanged(counts_of, values):
    counts = counts_of(
        *[{"year": 2000 + n, **(MASKED if v is None else {"value": float(v)})} for n, v in enumerate(values)]
    )
    people = make_population(*[("AAA", 2000 + n, "total", 300_000, "pop-1") for n in range(len(values))])
    before, people_before = counts.copy(), people.copy()
    rated = add_rates(counts, people, level=0.95)
    pd.testing.assert_frame_equal(counts, before)
    pd.testing.assert_frame_equal(people, people_before)
    assert rated["rate_per_100k"].isna().tolist() == [v is None for v in values]
    known = rated[rated["rate_per_100k"].notna()]
    assert (known["rate_low"] <= known["rate_per_100k"]).all()
    assert (known["rate_per_100k"] <= known["rate_high"]).all()


def test_totals_and_sexes_take_their_denominators_from_the_preferred_sources():
    population = make_population(
        ("AAA", 2014, "total", 1, "pop-1"),
        ("AAA", 2014, "total", 2, "pop-2"),
        ("AAA", 2014, "female", 3, "pop-1"),
        ("AAA", 2014, "female", 4, "pop-2"),
    )
    chosen = choose_population(population, total_source_id="pop-1", sex_source_id="pop-2")
    assert chosen["population_n"].tolist() == [1, 4]
    assert chosen.index.tolist() == [0, 1]


def compare(counts: pd.DataFrame, first=(2001, 2002), last=(2011, 2012), level=0.95) -> dict:
    (row,) = compare_periods(counts, first=first, last=last, level=level).to_dict("records")
    return row


def test_the_exact_ratio_equals_that_of_another_tool(golden):
    # The tool compares 41 in 28,010 units of time with 15 in 19,017; here a unit is a year, and all events are in one.
    case = golden("rate_ratio_exact_a")
    (late, early), (late_time, early_time) = case["input"]["x"], case["input"]["T"]
    years = np.arange(1, early_time + late_time + 1)
    values = np.zeros(len(years))
    values[0], values[-1] = early, late
    counts = pd.DataFrame({"jurisdiction": "AAA", "year": years, "value": values})
    counts = counts.assign(value_low=values, value_high=values)
    row = compare(counts, first=(1, early_time), last=(early_time + 1, early_time + late_time))
    tolerance = float(case["tolerance"])
    assert (row["first_years"], row["last_years"]) == (early_time, late_time)
    assert row["ratio"] == pytest.approx(case["expected"]["ratio"], rel=tolerance)
    assert [row["ratio_low"], row["ratio_high"]] == pytest.approx(case["expected"]["ci95"], rel=tolerance)
    assert row["verdict"] == "rising"


def test_the_ratio_is_of_yearly_counts_and_periods_may_differ_in_length(counts_of):
    # 10 + 20 in two years is 15 a year; 60 in one year: ratio 4.
    row = compare(
        counts_of({"year": 2001, "value": 10.0}, {"year": 2002, "value": 20.0}, {"year": 2012, "value": 60.0})
    )
    assert row["ratio"] == pytest.approx(4.0)
    assert (row["first_low"], row["first_high"], row["first_years"], row["first_span"]) == (30, 30, 2, "2001-2002")
    assert (row["last_low"], row["last_high"], row["last_years"], row["last_span"]) == (60, 60, 1, "2012")
    assert row["verdict"] == "rising"


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (10.0, 60.0, "rising"),
        (60.0, 10.0, "falling"),
        (20.0, 35.0, "no_clear_change"),
        (35.0, 20.0, "no_clear_change"),
        (0.0, 0.0, "no_clear_change"),
    ],
)
def test_a_change_is_clear_only_if_the_interval_leaves_out_one(counts_of, before, after, verdict):
    row = compare(counts_of({"year": 2001, "value": before}, {"year": 2011, "value": after}))
    assert row["verdict"] == verdict


def test_zero_before_leaves_the_ratio_open_upwards(counts_of):
    row = compare(counts_of({"year": 2001, "value": 0.0}, {"year": 2011, "value": 9.0}))
    assert np.isnan(row["ratio"])
    assert row["ratio_high"] == np.inf
    # All 9 events are late: lower limit p = 0.025^(1/9) = 0.6637, and p / (1 - p) = 1.9738.
    assert row["ratio_low"] == pytest.approx(0.025 ** (1 / 9) / (1 - 0.025 ** (1 / 9)))
    assert row["verdict"] == "rising"


def test_zero_in_both_periods_says_nothing(counts_of):
    row = compare(counts_of({"year": 2001, "value": 0.0}, {"year": 2011, "value": 0.0}))
    assert (row["ratio_low"], row["ratio_high"]) == (0.0, np.inf)


def test_a_masked_year_widens_the_interval_to_what_its_bounds_allow(counts_of):
    row = compare(counts_of({"year": 2001, **MASKED}, {"year": 2011, "value": 9.0}))
    most = compare(counts_of({"year": 2001, "value": 4.0}, {"year": 2011, "value": 9.0}))
    least = compare(counts_of({"year": 2001, "value": 1.0}, {"year": 2011, "value": 9.0}))
    assert np.isnan(row["ratio"])
    assert row["ratio_low"] == most["ratio_low"]
    assert row["ratio_high"] == least["ratio_high"]
    assert (row["first_low"], row["first_high"]) == (1, 4)


def test_a_masked_year_after_leaves_no_ratio_either(counts_of):
    row = compare(counts_of({"year": 2001, "value": 9.0}, {"year": 2011, **MASKED}))
    assert np.isnan(row["ratio"])
    assert row["verdict"] == "no_clear_change"


def test_a_year_without_an_upper_limit_cannot_make_a_rise(counts_of):
    row = compare(counts_of({"year": 2001, **AT_LEAST_TEN}, {"year": 2011, "value": 40.0}))
    assert row["ratio_low"] == 0
    assert row["verdict"] != "rising"


@pytest.mark.parametrize("year", [2001, 2011])
def test_a_period_without_a_year_is_not_compared(counts_of, year):
    row = compare(counts_of({"year": year, "value": 9.0}, {"year": 2030, "value": 99.0}))
    assert row["verdict"] == "not_enough_years"
    assert np.isnan([row["ratio"], row["ratio_low"], row["ratio_high"]]).all()
    assert {row["first_span"], row["last_span"]} == {str(year), "ND"}


def test_jurisdictions_are_compared_each_by_itself_in_their_order(counts_of):
    rows = [
        {"jurisdiction": c, "year": y, "value": v}
        for c, y, v in [("BBB", 2001, 5.0), ("BBB", 2011, 50.0), ("AAA", 2001, 50.0), ("AAA", 2011, 5.0)]
    ]
    compared = compare_periods(counts_of(*rows), first=(2001, 2001), last=(2011, 2011), level=0.95)
    assert compared["jurisdiction"].tolist() == ["BBB", "AAA"]
    assert compared["verdict"].tolist() == ["rising", "falling"]


@given(
    st.lists(st.integers(0, 60), min_size=4, max_size=4),
    st.permutations(range(4)),
    st.sampled_from([0.8, 0.95]),
)
def test_the_interval_contains_the_ratio_whatever_the_order_of_rows(counts_of, values, order, level):
    years = (2001, 2002, 2011, 2012)
    counts = counts_of(*[{"year": y, "value": float(v)} for y, v in zip(years, values, strict=True)])
    shuffled = counts.iloc[list(order)]
    before = shuffled.copy()
    row = compare(shuffled, level=level)
    pd.testing.assert_frame_equal(shuffled, before)
    assert pd.Series(row).equals(pd.Series(compare(counts, level=level)))
    if values[0] + values[1]:
        assert row["ratio"] == pytest.approx((values[2] + values[3]) / (values[0] + values[1]))
        assert row["ratio_low"] <= row["ratio"] <= row["ratio_high"]
    else:
        assert np.isnan(row["ratio"])


def chain_of(counts: pd.DataFrame) -> pd.DataFrame:
    return measure_justice_chain(counts, jurisdiction="AAA", source_id="src-a")


def test_the_chain_lays_out_measures_by_year_as_printed_with_nd_for_gaps(counts_of):
    counts = counts_of(
        {"measure": "persons_prosecuted", "year": 2015, "value": 7.0},
        {"measure": "persons_prosecuted", "year": 2014, **MASKED},
        {"measure": "persons_convicted", "year": 2015, "value": 2.0},
        {"measure": "persons_convicted", "year": 2015, "value": 1.0, "sex": "female"},
        {"measure": "persons_convicted", "year": 2015, "value": 9.0, "source_id": "src-b"},
        {"measure": "persons_convicted", "year": 2015, "value": 8.0, "jurisdiction": "BBB"},
    )
    before = counts.copy()
    assert chain_of(counts).to_dict("list") == {
        "year": [2014, 2015],
        "persons_convicted": ["ND", "2"],
        "persons_prosecuted": ["<5", "7"],
        "source_id": ["src-a", "src-a"],
    }
    pd.testing.assert_frame_equal(counts, before)


def test_a_chain_without_figures_is_empty(counts_of):
    assert chain_of(counts_of({"jurisdiction": "BBB", "measure": "persons_convicted"})).empty


@pytest.mark.parametrize("change", [{"year_end": 2016}, {"period": "January to June"}])
def test_a_figure_for_another_span_is_not_shown_as_that_of_the_year(counts_of, change):
    counts = counts_of(
        {"measure": "persons_convicted", "year": 2014, "value": 30.0, **change},
        {"measure": "persons_convicted", "year": 2015, "value": 2.0},
    )
    assert "30" not in chain_of(counts)["persons_convicted"].tolist()

"""Bayesian thresholding of pairs: the printed figures of R, a posterior by another way, tables that say little."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch import multiple_systems as mse

HISTORIES = [[h & 1, h >> 1 & 1, h >> 2 & 1] for h in range(1, 8)]
LINCOLN = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "n": [30, 20, 10]})


def threshold(table: pd.DataFrame, *, seed: int = 1, **changes: object) -> mse.ThresholdedPairs:
    chosen = {"count": "n", "prior_variance": 1.0, "threshold": 2.0, "level": 0.95, "draws": 4000}
    return mse.threshold_pairs(table, **(chosen | {"rng": np.random.default_rng(seed)} | changes))


def make_table(rows: list[list[int]], lists: str = "AB") -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*lists, "n"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_kosovo_keeps_the_pairs_and_gives_about_the_numbers_of_the_vignette(golden, seed):
    case = golden("mse_kosovo_4lists")
    told = case["expected"]["published"]["bayesthresh vignette maxorder 2"]
    table = pd.DataFrame(case["input"]["table"]["rows"], columns=case["input"]["table"]["columns"])
    found = threshold(table, seed=seed, count="count", draws=20_000)
    kept = found.pairs.loc[found.pairs["is_retained"], "pair"]
    names = told.split("retained ")[1].split(";")[0].split(", ")
    assert set(kept) == set(names)
    # The vignette says "about 14 000; about 12 200 / 16 400", from one chain of 10,000 steps.
    assert "about 14 000; 2.5%/97.5% about 12 200 / 16 400" in told
    assert found.median == pytest.approx(14_000, rel=0.01)
    assert (found.low, found.high) == pytest.approx((12_200, 16_400), rel=0.02)
    assert found.warning == ""


def test_two_lists_have_the_posterior_of_a_grid():
    # With a prior variance of 1e-9 the pair is left out: three Poisson counts 30, 20 and 10 with flat logarithms of
    # hidden m and odds x, y: posterior of (log m, log x, log y) on a grid.
    m = np.linspace(np.log(10), np.log(500), 120)
    x = np.linspace(-2.5, 1.5, 90)
    y = np.linspace(-3.0, 1.2, 90)
    hidden, first, second = np.meshgrid(m, x, y, indexing="ij")
    logs = 30 * (hidden + first) + 20 * (hidden + second) + 10 * (hidden + first + second)
    logs -= np.exp(hidden + first) + np.exp(hidden + second) + np.exp(hidden + first + second)
    weights = np.exp(logs - logs.max()).sum(axis=(1, 2))
    below = np.cumsum(weights) / weights.sum()
    wanted = [60 + np.exp(np.interp(share, below, m)) for share in (0.025, 0.5, 0.975)]
    found = threshold(LINCOLN, prior_variance=1e-9, draws=40_000)
    assert (found.low, found.median, found.high) == pytest.approx(wanted, rel=0.03)
    assert found.pairs["is_retained"].tolist() == [False]


def test_a_lower_threshold_keeps_more_pairs():
    persons = (120, 85, 64, 60, 9, 8, 9)
    table = make_table([[*h, n] for h, n in zip(HISTORIES, persons, strict=True)], "ABC")
    some, every = threshold(table), threshold(table, threshold=1e-6)
    assert 0 < some.pairs["is_retained"].sum() < 3
    assert every.pairs["is_retained"].all()
    assert (some.pairs["ratio"] == every.pairs["ratio"]).all()
    assert some.high - some.low < every.high - every.low


@pytest.mark.parametrize(
    ("rows", "lists", "words"),
    [
        ([[1, 5]], "A", "One list with persons"),
        ([[1, 0, 5], [0, 1, 6]], "AB", "No person is on two lists"),
        ([], "AB", "No person is on any list"),
        ([[*row, 9] for row in np.eye(11, dtype=int)] + [[*[1] * 11, 3]], "ABCDEFGHIJK", "11 lists hold persons"),
    ],
)
def test_tables_that_say_nothing_are_refused_in_a_sentence(rows, lists, words):
    found = threshold(make_table(rows, lists))
    assert words in found.reason
    assert [found.median, found.low, found.high, found.effective_n] == [None] * 4


@pytest.mark.parametrize(
    "rows", [[[1, 1, 7]], [[1, 0, 50], [1, 1, 30]], [[1, 0, 3 * 10**9], [0, 1, 2 * 10**9], [1, 1, 10**9]]]
)
def test_tables_at_the_edge_get_finite_limits(rows):
    found = threshold(make_table(rows))
    assert sum(row[-1] for row in rows) <= found.low <= found.median <= found.high < 1e11
    assert np.isfinite(found.pairs["ratio"]).all()


def test_draws_that_are_worth_little_are_told_in_words():
    assert threshold(make_table([[1, 1, 7]])).warning.endswith("independent ones (1,000 are wanted): draw more.")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"level": 2}, "level is 2"),
        ({"prior_variance": 0, "threshold": -1, "draws": 10}, "variance is 0; .*threshold is -1; .*draws is 10; expec"),
        ({"draws": np.inf}, "draws is inf"),
        ({"draws": 1000.5}, "draws is 1000.5"),
        ({"prior_variance": None, "draws": "many"}, "variance is None; .*draws is 'many'"),
        ({"rng": None}, "rng is None; expected a generator"),
        ({"count": "persons"}, "the table has no column persons"),
    ],
)
def test_settings_out_of_bounds_are_refused_together(changes, words):
    with pytest.raises(ValueError, match=words):
        threshold(LINCOLN, **changes)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from([0, 0, 1, 2, 9, 400]), min_size=7, max_size=7), st.randoms(use_true_random=False))
def test_every_table_gets_an_answer_within_bounds_or_a_reason_whatever_the_order_of_rows(persons, random):
    rows = [[*h, n] for h, n in zip(HISTORIES, persons, strict=True)]
    table = make_table(rows, "ABC")
    before = table.copy(deep=True)
    found = threshold(table, draws=1000)
    pd.testing.assert_frame_equal(table, before)
    random.shuffle(rows)
    again = threshold(make_table(rows, "ABC"), draws=1000)
    assert (found.low, found.median, found.high, found.reason) == (again.low, again.median, again.high, again.reason)
    assert (found.median is None) == bool(found.reason)
    if found.median is not None:
        assert found.observed <= found.low <= found.median <= found.high < np.inf

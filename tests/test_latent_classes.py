"""Latent classes: the figures of R LCMCR, a posterior by another way, tables that say little, chains that mix badly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch import multiple_systems as mse
from ctresearch.multiple_systems.captures import read_captures
from ctresearch.multiple_systems.latent_classes import _Sampler

HISTORIES = [[h & 1, h >> 1 & 1, h >> 2 & 1] for h in range(1, 8)]
LINCOLN = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "n": [6, 4, 3]})
CHOSEN = {"count": "n", "classes": 10, "prior_shape": 0.25, "prior_rate": 0.25, "level": 0.95}
SHORT = {"chains": 8, "warm_up": 30, "draws": 60}


def average(table: pd.DataFrame, *, seed: int = 1, **changes: object) -> mse.LatentClasses:
    return mse.average_classes(table, **(CHOSEN | SHORT | {"rng": np.random.default_rng(seed)} | changes))


def make_table(rows: list[list[int]], lists: str = "AB") -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*lists, "n"])


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(
    ("name", "chains", "warm_up", "draws"),
    [("mse_kosovo_4lists", 20, 2000, 2000), ("mse_western_us_5lists", 40, 400, 1500)],
)
def test_median_and_limits_are_those_of_lcmcr(golden, name, chains, warm_up, draws, seed):
    case = golden(name)
    expected = case["expected"]["computed"]["LCMCR_0.4.14"]
    table = pd.DataFrame(case["input"]["table"]["rows"], columns=case["input"]["table"]["columns"])
    priors = {"classes": expected["K"], "prior_shape": expected["a"], "prior_rate": expected["b"]}
    found = average(table, seed=seed, count="count", **priors, chains=chains, warm_up=warm_up, draws=draws)
    wanted = expected["quantiles"]
    # Given are 3 % and 8 %. The one chain of the reference has errors of chance itself: thirty chains of its length
    # gave 1,835 (standard deviation 19) and an upper limit of 2,985 (96) for the five lists; it has 1,820 and 2,821.
    assert found.median == pytest.approx(wanted["50%"], rel=0.03)
    assert (found.low, found.high) == pytest.approx((wanted["2.5%"], wanted["97.5%"]), rel=0.08)


def test_the_posterior_is_that_of_weighted_draws_from_the_prior():
    # Each of 200,000 draws from the prior counts as the chance of the persons seen, given that they are seen:
    # prod p(x)^n(x) / (1 - p(0))^n; the hidden are then negative binomial. No chain is needed.
    rng, draws, classes = np.random.default_rng(5), 200_000, 3
    chance = rng.random((draws, 2, classes))
    taken = np.column_stack([rng.beta(1, rng.gamma(2, 1, draws)[:, None], (draws, classes - 1)), np.ones(draws)])
    share = taken * np.column_stack([np.ones(draws), np.cumprod(1 - taken[:, :-1], axis=1)])
    first, second = chance[:, 0], chance[:, 1]
    parts = (first * (1 - second), (1 - first) * second, first * second, (1 - first) * (1 - second))
    only_first, only_second, both, none = ((share * part).sum(axis=1) for part in parts)
    weights = only_first**6 * only_second**4 * both**3 / (1 - none) ** 13
    hidden = rng.negative_binomial(13, 1 - none)
    weights[hidden > 20 * 13] = 0
    order = np.argsort(hidden, kind="stable")
    below = np.cumsum(weights[order]) / weights.sum()
    wanted = [13 + hidden[order][np.searchsorted(below, share)] for share in (0.05, 0.25, 0.5, 0.75, 0.95)]
    found = average(LINCOLN, classes=classes, prior_shape=2, prior_rate=1, chains=50, warm_up=50, draws=500)
    assert found.warning == ""
    assert np.quantile(found.draws, (0.05, 0.25, 0.5, 0.75, 0.95)) == pytest.approx(wanted, rel=0.06, abs=1)


def test_one_class_of_independent_lists_is_found():
    # 2,000 persons, expected counts of three independent lists with chances 0.4, 0.3 and 0.2: one class, N = 2000.
    marks = np.array(HISTORIES)
    chances = np.array([0.4, 0.3, 0.2])
    persons = np.round(2000 * np.prod(np.where(marks == 1, chances, 1 - chances), axis=1)).astype(int)
    found = average(make_table([[*h, n] for h, n in zip(HISTORIES, persons, strict=True)], "ABC"), draws=200)
    assert found.low < 2000 < found.high
    assert found.median == pytest.approx(2000, rel=0.1)
    assert found.classes < 3


@pytest.mark.parametrize(
    ("rows", "lists", "words"),
    [
        ([[1, 5]], "A", "One list with persons"),
        ([[1, 0, 5], [0, 1, 6]], "AB", "No person is on two lists"),
        ([[1, 0, 0], [0, 1, 0]], "AB", "No person is on any list"),
        ([], "AB", "No person is on any list"),
    ],
)
def test_tables_that_say_nothing_are_refused_in_a_sentence(rows, lists, words):
    found = average(make_table(rows, lists))
    assert words in found.reason
    assert [found.mean, found.median, found.low, found.high, found.effective_n] == [None] * 5


@pytest.mark.parametrize(
    ("rows", "lists"),
    [
        ([[1, 1, 7]], "AB"),
        ([[1, 0, 50], [1, 1, 30]], "AB"),
        ([[1, 0, 3 * 10**9], [0, 1, 2 * 10**9], [1, 1, 10**9]], "AB"),
        ([[*np.eye(12, dtype=int)[i], 30] for i in range(12)] + [[*[1] * 12, 4]], "ABCDEFGHIJKL"),
        ([[1, 1, 1, 1]], "ABC"),
    ],
)
def test_tables_at_the_edge_get_finite_limits(rows, lists):
    found = average(make_table(rows, lists))
    observed = sum(row[-1] for row in rows)
    assert observed <= found.low <= found.median <= found.high <= 21 * observed
    assert np.isfinite([found.mean, found.effective_n, found.distance]).all()


def test_lists_that_set_no_upper_limit_are_said_to_be_cut_off():
    found = average(make_table([[1, 0, 400], [0, 1, 400], [1, 1, 1]]), draws=200)
    assert "does not end within 20 times the persons observed" in " ".join(found.notes)
    assert found.high <= 21 * 801
    assert average(LINCOLN).notes == ()


def draw_hidden(table: pd.DataFrame, unseen: float) -> np.ndarray:
    sampler = _Sampler(read_captures(table, count="n"), 3, (0.25, 0.25), 4000, np.random.default_rng(1))
    return sampler._draw_hidden(np.full(4000, unseen))


def test_the_hidden_beyond_the_end_are_drawn_below_it():
    # 13 persons seen, so at most 260 hidden; 13 * 0.96 / 0.04 = 312 would be the mean.
    hidden = draw_hidden(LINCOLN, 0.96)
    whole = np.random.default_rng(2).negative_binomial(13, 0.04, 40_000)
    assert hidden.max() <= 260
    assert np.median(hidden) == pytest.approx(np.median(whole[whole <= 260]), rel=0.03)


def test_the_end_is_given_where_the_chance_to_be_below_it_is_nothing():
    assert (draw_hidden(make_table([[1, 0, 400], [0, 1, 400], [1, 1, 1]]), 1.0) == 20 * 801).all()


def test_chains_that_were_stopped_too_early_are_told_in_words():
    rows = [[*h, n] for h, n in zip(HISTORIES, (300, 200, 90, 150, 20, 30, 60), strict=True)]
    found = average(make_table(rows, "ABC"), warm_up=0, draws=20)
    assert found.warning.startswith("The chains mix badly: ")
    assert "allow a longer warm-up and more draws" in found.warning


def test_the_mixing_of_a_chain_with_known_memory_is_measured():
    # x(t) = 0.8 x(t - 1) + noise is worth (1 - 0.8) / (1 + 0.8) = 1/9 of as many independent draws.
    noise = np.random.default_rng(3).standard_normal((4000, 8))
    chain = np.zeros_like(noise)
    for step in range(1, len(noise)):
        chain[step] = 0.8 * chain[step - 1] + noise[step]
    effective_n, distance = mse.measure_mixing(chain)
    assert effective_n == pytest.approx(noise.size / 9, rel=0.1)
    assert distance == pytest.approx(1, abs=0.01)
    drifting = mse.measure_mixing(chain + np.linspace(0, 20, len(chain))[:, None])
    assert drifting[0] < 100
    assert drifting[1] > 1.5
    assert mse.measure_mixing(np.ones((40, 4))) == (160.0, 1.0)
    apart = mse.measure_mixing(np.tile([0.0, 1, 2, 3], (40, 1)))
    assert apart[0] < 10
    assert 100 < apart[1] < np.inf


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"level": 95}, "level is 95"),
        ({"classes": 1}, "classes is 1; expected a whole number from 2"),
        ({"chains": 2.5, "draws": 5}, "chains is 2.5; expected a whole number from 4; draws is 5; .* from 20"),
        ({"draws": np.nan}, "draws is nan"),
        ({"draws": np.inf}, "draws is inf"),
        ({"warm_up": -1}, "warm_up is -1"),
        ({"classes": "ten", "prior_rate": None}, "classes is 'ten'"),
        ({"prior_rate": None}, "prior_rate is None"),
        ({"rng": 7}, "rng is 7; expected a generator"),
        (
            {"prior_shape": 0, "prior_rate": np.inf},
            "prior_shape is 0; .*; prior_rate is inf; expected a number above 0",
        ),
        ({"count": "persons"}, "the table has no column persons"),
    ],
)
def test_settings_out_of_bounds_are_refused_together(changes, words):
    with pytest.raises(ValueError, match=words):
        average(LINCOLN, **changes)


def test_a_list_without_persons_is_left_out_and_said():
    found = average(make_table([[1, 0, 0, 30], [0, 1, 0, 20], [1, 1, 0, 10], [0, 0, 1, 0]], "ABC"))
    assert found.notes == ("Nobody is on C: left out, as it says nothing about the hidden.",)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.sampled_from([0, 0, 1, 2, 9]), min_size=7, max_size=7),
    st.randoms(use_true_random=False),
)
def test_every_table_gets_an_answer_within_bounds_or_a_reason_whatever_the_order_of_rows(persons, random):
    rows = [[*h, n] for h, n in zip(HISTORIES, persons, strict=True)]
    table = make_table(rows, "ABC")
    before = table.copy(deep=True)
    short = {"chains": 4, "warm_up": 5, "draws": 20}
    found = average(table, **short)
    pd.testing.assert_frame_equal(table, before)
    random.shuffle(rows)
    again = average(make_table(rows, "ABC"), **short)
    assert (found.low, found.median, found.high, found.reason) == (again.low, again.median, again.high, again.reason)
    assert (found.median is None) == bool(found.reason)
    if found.median is not None:
        assert found.observed <= found.low <= found.median <= found.high

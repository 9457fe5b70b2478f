"""Figures that others print, in papers and in the tests and help pages of their programs, beside those made here."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from ctresearch import multiple_systems as mse
from ctresearch import trends


def histories(lists: int, persons: list[int]) -> pd.DataFrame:
    """Lay out counts in the order of R's Rcapture: 111, 110, 101, 100, 011, 010, 001."""
    table = pd.DataFrame(list(product((1, 0), repeat=lists))[:-1], columns=[f"c{k + 1}" for k in range(lists)])
    return table.assign(n=persons)


def pairs(*written: str) -> list[tuple[str, str]]:
    return [(f"c{pair[0]}", f"c{pair[1]}") for pair in written]


ALL_PAIRS = {k: [(f"c{a}", f"c{b}") for a, b in combinations(range(1, k + 1), 2)] for k in (3, 4)}
DARROCH = histories(3, [72, 155, 7, 71, 13, 53, 43])
DIABETES = histories(4, [58, 157, 18, 104, 46, 650, 12, 709, 14, 20, 7, 74, 8, 182, 10])
DEATHS_4 = histories(4, [72, 5, 29, 53, 24, 3, 12, 14, 0, 0, 0, 1, 0, 0, 2])
DEATHS_3 = histories(3, [72, 5, 29, 54, 24, 3, 14])
HIV = histories(4, [0, 3, 1, 33, 0, 20, 6, 403, 3, 35, 10, 545, 11, 621, 205])


# Rivest (2011), Biometrics, and Cormack, Chang and Smith (2000), as the tests of R Rcapture hold them
# (inst/tests/testPapersResults.R): total, its error (where printed) and the deviance, rounded as there.
@pytest.mark.parametrize(
    ("table", "interactions", "total", "error", "deviance", "digits"),
    [
        (DARROCH, ALL_PAIRS[3], 1240, 451, 0.0, 1),
        (DARROCH, pairs("12", "23"), 850, 186, 3.8, 1),
        (DIABETES, [pair for pair in ALL_PAIRS[4] if pair != ("c1", "c4")], 2771, 145, 7.62, 2),
        (DIABETES, pairs("13", "24", "34"), 2472, 53, 21.97, 2),
        (DEATHS_4, (), 215, None, 87.1, 1),
        (DEATHS_3, (), 209, None, 75.1, 1),
    ],
)
def test_models_of_lists_have_the_totals_of_rivest_and_of_cormack(table, interactions, total, error, deviance, digits):
    fit = mse.fit_model(table, count="n", interactions=interactions)
    assert round(fit.total) == total
    assert error is None or round(fit.standard_error) == error
    assert round(fit.deviance, digits) == pytest.approx(deviance)


@pytest.mark.parametrize(("interactions", "low", "high"), [((), 203, 217), (pairs("23"), 210, None)])
def test_profile_limits_of_the_deaths_at_work_are_those_of_cormack(interactions, low, high):
    found = mse.estimate_profile_interval(DEATHS_3, count="n", interactions=interactions, level=0.95)
    assert round(found.low) == low
    assert high is None or round(found.high) == high


def test_where_rcapture_gives_more_than_a_million_there_is_no_estimate():
    for interactions in (ALL_PAIRS[4], pairs("12", "13", "14", "34")):
        assert "does not exist" in mse.check_model(DEATHS_4, count="n", interactions=interactions)


# AIDS cases of Abeni et al. (1994) in R Rcapture (data HIV; printed in tests/Examples/Rcapture-Ex.Rout.save).
@pytest.mark.parametrize(
    ("interactions", "poisson", "profile"),
    [
        (ALL_PAIRS[4], (23443.5, 9594.9, 3.037, 92.073), (23269.8, 10027.6, 50046.3)),
        (pairs("12"), (12318.5, 1188.7, 7.614, 86.65), (12308, 10266, 14992.3)),
    ],
)
def test_models_of_four_lists_have_the_figures_of_the_help_of_rcapture(interactions, poisson, profile):
    fit = mse.fit_model(HIV, count="n", interactions=interactions)
    assert (fit.total, fit.standard_error, fit.deviance, fit.aic) == pytest.approx(poisson, rel=1e-4)
    found = mse.estimate_profile_interval(HIV, count="n", interactions=interactions, level=0.95)
    assert (found.centre, found.low, found.high) == pytest.approx(profile, rel=1e-5)


def test_coefficients_of_all_pairs_are_those_of_the_help_of_rcapture():
    effects = mse.fit_model(HIV, count="n", interactions=ALL_PAIRS[4]).coefficients.set_index("effect")
    printed = {"(intercept)": (9.9780167, 0.4452368), "c4": (-4.6582017, 0.4453831), "c1:c4": (0.3339371, 0.5168483)}
    for effect, figures in printed.items():
        assert effects.loc[effect, ["estimate", "standard_error"]].tolist() == pytest.approx(figures, abs=2e-7)


def test_two_samples_of_seber_have_the_figures_of_the_help_of_rcapture():
    # Seber (1982), p. 107: 167 caught twice, 781 and 254 once.
    table = pd.DataFrame({"first": [1, 1, 0], "second": [1, 0, 1], "n": [167, 781, 254]})
    found = mse.compare_heterogeneity(table, count="n", is_ordered=True).set_index("model")
    printed = {"M0": (2805.6, 164.1, 281.334), "Mt": (2389.9, 130.4, 0.0), "Mb": (1295.0, 17.3, 0.0)}
    for model, figures in printed.items():
        assert found.loc[model, ["total", "standard_error", "deviance"]].tolist() == pytest.approx(figures, abs=0.05)


# Trials of the BCG vaccine: cases and others, vaccinated and not (dat.bcg of R metadat); figures of Stata metan in the
# tests of R metafor (tests/testthat/test_misc_metan_vs_rma.uni_with_dat.bcg.r).
BCG = np.array(
    [
        (4, 119, 11, 128),
        (6, 300, 29, 274),
        (3, 228, 11, 209),
        (62, 13536, 248, 12619),
        (33, 5036, 47, 5761),
        (180, 1361, 372, 1079),
        (8, 2537, 10, 619),
        (505, 87886, 499, 87892),
        (29, 7470, 45, 7232),
        (17, 1699, 65, 1600),
        (186, 50448, 141, 27197),
        (5, 2493, 3, 2338),
        (27, 16886, 29, 17825),
    ],
    dtype=float,
)


@pytest.mark.parametrize(
    ("measure", "figures"),
    [
        ("risk", (-0.7141, -1.0644, -0.3638, 0.3088, 0.921173, 152.2330)),
        ("odds", (-0.7474, -1.1242, -0.3706, 0.3663, 0.926455, 163.1649)),
    ],
)
def test_pooled_trials_have_the_figures_of_metan_and_metafor(measure, figures):
    cases, others = BCG[:, [0, 2]], BCG[:, [1, 3]]
    base = cases + others if measure == "risk" else others
    sign = -1 if measure == "risk" else 1
    effects = pd.DataFrame(
        {
            "log_change": -np.diff(np.log(cases / base))[:, 0],
            "standard_error": np.sqrt((1 / cases + sign / base).sum(axis=1)),
        }
    )
    pooled = trends.pool_trends(effects, method="dersimonian_laird", errors="normal", level=0.95)
    logs = np.log1p(np.array([pooled.change_pct, pooled.change_pct_low, pooled.change_pct_high]) / 100)
    assert [*logs, pooled.tau2, pooled.i2, pooled.q] == pytest.approx(figures, abs=6e-5)


# Sison and Glaz (1995): their example in three digits, and R MultinomialCI's, as the tests of statsmodels hold them.
SISON = {
    "goodman": [
        (0.085, 0.166),
        (0.115, 0.204),
        (0.116, 0.207),
        (0.091, 0.173),
        (0.096, 0.181),
        (0.143, 0.239),
        (0.089, 0.171),
    ],
    "sison_glaz": [
        (0.0792, 0.1643),
        (0.1135, 0.1986),
        (0.1156, 0.2007),
        (0.0857, 0.1708),
        (0.0921, 0.1772),
        (0.1456, 0.2307),
        (0.0835, 0.1686),
    ],
}


@pytest.mark.parametrize(("method", "error"), [("goodman", 6e-4), ("sison_glaz", 1e-4)])
def test_shares_have_the_limits_of_the_paper_of_sison_and_glaz(method, error):
    counts = pd.DataFrame({"form": list("abcdefg"), "value": [56.0, 72, 73, 59, 62, 87, 58]})
    found = trends.estimate_shares(counts, category="form", method=method, level=0.95, base_min=20)
    assert found[["share_low", "share_high"]].to_numpy() == pytest.approx(np.array(SISON[method]), abs=error)


# Printed by R's poisson.test: articles of doctoral students by sex (Kuhn and Silge, Tidy Modeling with R, chapter 21),
# two rates of the help, and a course's gene counts at 99 %.
@pytest.mark.parametrize(
    ("after", "before", "years", "level", "figures"),
    [
        (930, 619, (1, 1), 0.95, (1.502423, 1.355716, 1.665905, 2.727e-15)),
        (10, 2, (20000, 17887), 0.95, (4.47175, 0.9529548, 41.9743814, 0.0421)),
        (909, 901, (12, 14), 0.99, (1.177026, 1.041626, 1.330051, 0.0005739)),
    ],
)
def test_ratios_of_rates_are_those_that_poisson_test_prints(after, before, years, level, figures):
    found = trends.estimate_rate_ratio(after, before, exposure_after=years[0], exposure_before=years[1], level=level)
    assert (found.ratio, found.ratio_low, found.ratio_high, found.p_value) == pytest.approx(figures, rel=2e-4)


# Agresti (2002), p. 57 (income and satisfaction, 0.7827), and (2007), p. 39 (sex and party), from R's help pages.
@pytest.mark.parametrize(
    ("table", "p_value", "error"),
    [
        ([(1, 3, 10, 6), (2, 3, 10, 7), (1, 6, 14, 12), (0, 1, 9, 11)], 0.7827, 0.02),
        ([(762, 327, 468), (484, 239, 477)], 2.9535891832117357e-7, 1e-15),
    ],
)
def test_tables_are_compared_with_the_chances_of_the_books_of_agresti(table, p_value, error):
    rows = [(row, f"column {k}", float(cell)) for row, cells in enumerate(table) for k, cell in enumerate(cells)]
    counts = pd.DataFrame(rows, columns=["period", "category", "value"])
    found = trends.compare_compositions(
        counts, period="period", category="category", draws_n=5000, rng=np.random.default_rng(1)
    )
    assert found.p_value_low == pytest.approx(p_value, abs=error)


def test_p_values_of_benjamini_and_hochberg_are_adjusted_as_the_help_of_scipy_prints():
    given = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528]
    printed = [0.0015, 0.003, 0.0095, 0.035625, 0.0603, 0.06385714, 0.06385714, 0.0645, 0.0765, 0.486, 0.58118182]
    tests = pd.DataFrame({"p_value": [*given, 0.759, 1.0]})
    found = trends.adjust_p_values(tests, method="benjamini_hochberg", alpha=0.05)["p_adjusted"]
    assert found.tolist() == pytest.approx([*printed, 0.714875, 0.75323077, 0.81321429, 1.0], abs=1e-8)


# Great inventions and discoveries a year, 1860 to 1959 (data discoveries of R), by R 4 with MASS and segmented 1.6-2:
# glm(n ~ year, quasipoisson), glm.nb(n ~ year) and segmented(glm(n ~ year, poisson), ~year, psi = 1900).
DISCOVERIES = "5302032361212133352440237c3a923772336243522404252336583660522263442247533022213422111214432141110020"
"""One hexadecimal digit a year."""


def test_a_century_of_discoveries_has_the_trends_and_the_break_of_r():
    counts = pd.DataFrame({"year": range(1860, 1960), "value": [float(int(digit, 16)) for digit in DISCOVERIES]})
    quasi = trends.fit_annual_change(counts, model="quasi_poisson", level=0.95)
    assert np.log1p(quasi.change_pct / 100) == pytest.approx(-0.005360224, rel=1e-6)
    assert quasi.scenarios["standard_error"].item() == pytest.approx(0.002460355, rel=1e-6)
    assert quasi.p_value == pytest.approx(0.03175621, rel=1e-6)
    design = np.column_stack([np.ones(100), counts["year"]])
    binomial = trends.fit_negative_binomial(design, counts["value"].to_numpy())
    assert binomial.coefficients[1] == pytest.approx(-0.005831967, rel=1e-6)
    assert (binomial.theta, binomial.theta_error) == pytest.approx((6.214858, 2.6682), rel=1e-5)
    broken = trends.fit_segmented(counts, x="year", events="value", family="poisson", first_slope="free", level=0.95)
    # The break is on a year: R gives this error from psi = 1880, 1890 and 1900, the lesser 3.678 from 1910.
    assert (broken.break_at, broken.break_error) == pytest.approx((1887, 4.02397), rel=1e-5)
    assert broken.slopes["slope"].tolist() == pytest.approx([0.041737, -0.016263], abs=1e-6)
    assert broken.slopes["standard_error"].tolist() == pytest.approx([0.0145560, 0.0032594], abs=1e-6)
    assert (broken.deviance, broken.aic) == pytest.approx((130.4351, 407.4419), abs=1e-4)

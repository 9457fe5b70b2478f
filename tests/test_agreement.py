from __future__ import annotations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats import inter_rater

from ctresearch.agreement import (
    COEFFICIENTS,
    SCALES,
    estimate_coefficient,
    measure_agreement,
    measure_pairs,
    screen_coders,
    weigh_categories,
)
from ctresearch.agreement.bootstrap import resample_coefficient

IRRCAC = {"pa": "observed", "fleiss": "fleiss", "scott": "fleiss", "conger": "kappa", "kappa": "kappa", "bp": "bp"}
IRRCAC |= {"kripp": "alpha", "kalpha": "alpha", "ac1": "ac", "ac2": "ac"}
VALUES = (0, 1, 2, 3)


def mark(values, categories) -> np.ndarray:
    return np.asarray(values, dtype=float)[:, :, None] == np.asarray(categories, dtype=float)


def tidy(values, names="ABCDEFGH") -> pd.DataFrame:
    rows = [
        (names[coder], "ALB", f"P-{unit}", np.nan if value is None else float(value))
        for unit, row in enumerate(values)
        for coder, value in enumerate(row)
    ]
    return pd.DataFrame(rows, columns=["coder", "jurisdiction", "indicator", "value"])


def measure(ratings, **changes) -> pd.DataFrame:
    choices = {
        "units": ["jurisdiction", "indicator"],
        "by": [],
        "categories": VALUES,
        "coefficients": COEFFICIENTS,
        "scale": "quadratic",
        "level": 0.95,
        "resamples": 0,
        "rng": np.random.default_rng(1),
    }
    return measure_agreement(ratings, **(choices | changes))


def by_name(measured: pd.DataFrame) -> pd.DataFrame:
    return measured.set_index("coefficient")


def transpose(table: dict) -> list[list]:
    return list(zip(*table.values(), strict=True))


@pytest.mark.parametrize("scale", ["unweighted", "quadratic"])
def test_four_raters_agree_as_irrcac_says(golden, scale):
    case = golden("gwet_cac_4raters")
    marks = mark(transpose(case["input"]["table"]), [1, 2, 3, 4, 5])
    weights = weigh_categories([1, 2, 3, 4, 5], scale={"unweighted": "identity"}.get(scale, scale))
    for name, expected in case["expected"][scale].items():
        found = estimate_coefficient(marks, weights, coefficient=IRRCAC[name], level=0.95, form="ratings")
        assert found.value == pytest.approx(expected["coef"], abs=float(case["tolerance"])), name
        assert found.se == pytest.approx(expected["se"], abs=float(case["tolerance"])), name
        low, high = (float(text) for text in expected["ci95"].strip("()").split(","))
        assert (round(found.low, 3), round(found.high, 3)) == (low, high), name


@pytest.mark.parametrize(("suffix", "scale"), [("", "identity"), ("_q", "quadratic"), ("_lin", "linear")])
def test_two_diagnoses_agree_as_irrcac_says(golden, suffix, scale):
    case = golden("kappa_4x4_diagnosis")
    table = np.array(case["input"]["table"])
    first, second = (np.repeat(place.ravel(), table.ravel()) for place in np.indices(table.shape))
    marks, weights = mark(np.column_stack([first, second]), range(4)), weigh_categories(range(4), scale=scale)
    names = [name for name in case["expected"] if (f"_{name.partition('_')[2]}" if "_" in name else "") == suffix]
    assert names
    for name in names:
        expected = case["expected"][name]
        coefficient = IRRCAC[name.partition("_")[0]]
        found = estimate_coefficient(marks, weights, coefficient=coefficient, level=0.95, form="cross_table")
        assert found.value == pytest.approx(expected["coef"], abs=float(case["tolerance"])), name
        assert found.se == pytest.approx(expected["se"], abs=float(case["tolerance"])), name
        low, high = (float(text) for text in expected["ci"].strip("()").split(","))
        assert (round(found.low, 3), round(found.high, 3)) == (low, high), name


def test_six_raters_of_whom_only_counts_are_known_agree_as_irrcac_says(golden):
    case = golden("fleiss_distribution_6raters")
    counts = np.array(transpose(case["input"]["table"]), dtype=int)
    ratings = np.array([np.repeat(np.arange(counts.shape[1]), row) for row in counts])
    for name, expected in case["expected"].items():
        found = estimate_coefficient(
            mark(ratings, range(5)), np.eye(5), coefficient=IRRCAC[name], level=0.95, form="counts"
        )
        assert found.value == pytest.approx(expected["coef"], abs=float(case["tolerance"])), name
        assert found.se == pytest.approx(expected["se"], abs=float(case["tolerance"])), name


@pytest.mark.parametrize(
    ("name", "categories"), [("alpha_kripp2011_A_binary", [0, 1]), ("alpha_kripp2011_C_missing", [1, 2, 3, 4, 5])]
)
def test_alpha_is_that_of_krippendorff(golden, name, categories):
    case = golden(name)
    values = transpose(case["input"]["table"])
    by_unit = [list(unit) for unit in case["input"]["table"].values()]
    assert len(values) == len(by_unit[0])
    expected = case["expected"].get("computed") or {"nominal": case["expected"]["nominal_exact"]}
    scales = {"nominal": "identity", "ordinal": "ordinal", "interval": "quadratic"}
    for metric, scale in scales.items():
        if metric not in expected:
            continue
        found = measure(tidy(by_unit), categories=categories, coefficients=["alpha"], scale=scale)
        assert found["value"].item() == pytest.approx(expected[metric], abs=1e-7), metric
        published = case["expected"].get("published", case["expected"])
        assert found["value"].item() == pytest.approx(published[metric], abs=5e-4), metric


def test_kappa_by_hand():
    # Both say 1 once and 0 twice of four, A alone says 1 once: pa = 3/4.
    # A: 2 of 4 are 1, B: 1 of 4; pe = 2/4 * 1/4 + 2/4 * 3/4 = 1/2; kappa = (3/4 - 1/2) / (1 - 1/2) = 1/2.
    # AC1: mean share of 1 is 3/8; pe = 2 * 3/8 * 5/8 / (2 - 1) = 15/32; (24 - 15) / (32 - 15) = 9/17.
    found = by_name(measure(tidy([(0, 0), (1, 1), (1, 0), (0, 0)]), categories=[0, 1], scale="identity"))
    assert found.loc["kappa", ["value", "observed", "chance"]].tolist() == [0.5, 0.75, 0.5]
    assert found.loc["ac", "value"] == pytest.approx(9 / 17)


def test_kappas_are_those_of_statsmodels():
    rng = np.random.default_rng(3)
    values = rng.integers(0, 4, (60, 2))
    table = np.zeros((4, 4))
    np.add.at(table, (values[:, 0], values[:, 1]), 1)
    for scale, wt in (("identity", None), ("linear", "linear"), ("quadratic", "quadratic")):
        theirs = inter_rater.cohens_kappa(table, wt=wt)
        ours = measure_pairs(
            tidy(values.tolist()), units=["jurisdiction", "indicator"], categories=VALUES, scale=scale, level=0.95
        )
        assert ours["value"].item() == pytest.approx(float(theirs.kappa), abs=1e-12)
        assert ours["se"].item() == pytest.approx(float(np.sqrt(theirs.var_kappa)), abs=1e-12)
    counts = inter_rater.aggregate_raters(rng.integers(0, 4, (40, 3)), n_cat=4)[0]
    ratings = [list(np.repeat(range(4), row.astype(int))) for row in counts]
    found = measure(tidy(ratings), coefficients=["fleiss"], scale="identity")
    assert found["value"].item() == pytest.approx(inter_rater.fleiss_kappa(counts), abs=1e-12)


@st.composite
def rated(draw):
    units, coders = draw(st.integers(2, 8)), draw(st.integers(2, 4))
    value = st.one_of(st.none(), st.sampled_from(VALUES))
    return draw(st.lists(st.lists(value, min_size=coders, max_size=coders), min_size=units, max_size=units))


@settings(deadline=None)
@given(rated(), st.sampled_from(SCALES), st.randoms(use_true_random=False))
def test_agreement_has_bounds_and_a_reason_and_row_order_is_irrelevant(values, scale, random):
    ratings = tidy(values)
    before = ratings.copy()
    found = measure(ratings, scale=scale, resamples=20)
    pd.testing.assert_frame_equal(ratings, before)
    assert (found["value"].dropna() <= 1 + 1e-9).all()
    assert (found["value"].notna() | found["reason"].ne("")).all()
    assert not np.isinf(found.select_dtypes("number")).any().any()
    shuffled = ratings.iloc[random.sample(range(len(ratings)), len(ratings))]
    pd.testing.assert_frame_equal(measure(shuffled, scale=scale, resamples=20), found)
    renamed = ratings.assign(coder=ratings["coder"].map(dict(zip("ABCD", "DCBA", strict=True))))
    pd.testing.assert_series_equal(measure(renamed, scale=scale)["value"], found["value"])


@settings(deadline=None)
@given(rated(), st.sampled_from(SCALES))
def test_a_resample_that_is_the_sample_gives_the_coefficient(values, scale):
    array = np.array([[np.nan if value is None else value for value in row] for row in values], dtype=float)
    marks, weights = mark(array, VALUES), weigh_categories(VALUES, scale=scale)
    once = np.ones((1, len(array)), dtype=int)
    for name in COEFFICIENTS:
        found = estimate_coefficient(marks, weights, coefficient=name, level=0.95, form="ratings").value
        again = resample_coefficient(marks, weights, coefficient=name, times=once)[0]
        assert (found is None) == np.isnan(again), name
        assert found is None or again == pytest.approx(found, abs=1e-9), name


def test_alpha_of_a_resample_is_that_of_the_library_on_the_resampled_units():
    rng = np.random.default_rng(5)
    values = np.where(rng.random((12, 3)) < 0.2, np.nan, rng.integers(0, 4, (12, 3)))
    times = rng.multinomial(12, np.full(12, 1 / 12), size=5)
    found = resample_coefficient(mark(values, VALUES), np.eye(4), coefficient="alpha_ordinal", times=times)
    for row, value in zip(times, found, strict=True):
        theirs = krippendorff.alpha(np.repeat(values, row, axis=0).T, level_of_measurement="ordinal")
        assert value == pytest.approx(theirs, abs=1e-9)


def test_degenerate_ratings_get_a_sentence():
    same = by_name(measure(tidy([(2, 2), (2, 2), (2, 2)]), resamples=50))
    for name in ("alpha", "fleiss", "kappa"):
        assert pd.isna(same.loc[name, "value"])
        assert "every rating is the same value" in same.loc[name, "reason"]
    assert same.loc["ac", "value"] == 1
    alone = measure(tidy([(2, None), (1, None)]))
    assert alone["reason"].str.contains("no unit was rated by two coders").all()
    single = by_name(measure(tidy([(2, 1)])))
    assert single.loc["ac", "reason"] == "only one unit was rated by two coders, so there is no standard error"
    assert measure(tidy([(None, None)]))["reason"].str.contains("nothing to compare").all()


def test_resamples_that_fail_are_counted_and_said():
    found = by_name(measure(tidy([(0, 0), (1, 1), (1, 1)]), scale="identity", resamples=200))
    assert 0 < found.loc["kappa", "boot_n"] < 200
    assert f"{200 - found.loc['kappa', 'boot_n']} of 200 resamples" in found.loc["kappa", "reason"]


def test_groups_are_measured_apart():
    ratings = tidy([(0, 0), (1, 1), (0, 1), (1, 0)])
    ratings["pillar"] = ratings["indicator"].map(lambda code: "a" if code in ("P-0", "P-1") else "b")
    found = measure(ratings, by=["pillar"], coefficients=["ac"], scale="identity", categories=[0, 1])
    assert found[["pillar", "value", "units_n", "coders_n"]].values.tolist() == [["a", 1.0, 2, 2], ["b", -1.0, 2, 2]]


def test_the_unreliable_coder_is_found():
    rng = np.random.default_rng(11)
    truth = rng.integers(0, 4, 60)
    near = np.clip(truth + (rng.random(60) < 0.1), 0, 3)
    values = np.column_stack([truth, near, rng.integers(0, 4, 60)])
    pairs = measure_pairs(
        tidy(values.tolist()), units=["jurisdiction", "indicator"], categories=VALUES, scale="quadratic", level=0.95
    ).set_index(["first", "second"])
    assert pairs.loc[("A", "B"), "low"] > 0.8
    assert (pairs.loc[[("A", "C"), ("B", "C")], "high"] < 0.5).all()


def test_pairs_that_share_no_unit_get_a_sentence():
    pairs = measure_pairs(
        tidy([(0, None), (None, 1)]), units=["jurisdiction", "indicator"], categories=VALUES, scale="linear", level=0.9
    )
    assert pairs["reason"].item() == "no unit was rated by two coders, so there is nothing to compare"
    assert pairs["difference"].isna().all()


def test_bad_ratings_are_all_named_at_once():
    ratings = pd.concat([tidy([(0, 7)]), tidy([(0, 1)]).assign(jurisdiction=None)], ignore_index=True)
    ratings = pd.concat([ratings, ratings.head(1)], ignore_index=True)
    with pytest.raises(ValueError, match="rated a unit twice") as caught:
        measure(ratings)
    assert "value is not one of 0, 1, 2, 3 (rows 2; 1 in all)" in str(caught.value)
    assert "coder or jurisdiction, indicator is empty (rows 3, 4; 2 in all)" in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"coefficients": ["rho"]}, "coefficients has rho; expected some of alpha"),
        ({"scale": "cubic"}, "scale is 'cubic'; expected one of identity"),
        ({"categories": [3, 0]}, "at least two values in ascending order"),
        ({"level": 95}, "level is 95"),
        ({"by": ["pillar"]}, "ratings has no column pillar"),
        ({"units": ["place"]}, "ratings has no column place"),
        ({"units": []}, "units names no column"),
    ],
)
def test_choices_that_cannot_be_are_refused(changes, words):
    with pytest.raises(ValueError, match=words.replace("(", "\\(")):
        measure(tidy([(0, 1), (1, 1)]), **changes)


def screen(ratings, **changes):
    choices = {"units": ["jurisdiction", "indicator"], "categories": VALUES, "scale": "quadratic", "level": 0.95}
    return screen_coders(ratings, **choices | {"resamples": 100, "rng": np.random.default_rng(1)} | changes)


def test_who_differs_from_all_others_is_found():
    # A and B agree on all twelve units, C gives the opposite end: kappa 1 among the others, below 0 with them.
    found = screen(tidy([(0, 0, 3), (3, 3, 0), (1, 1, 2), (2, 2, 1)] * 3)).set_index("coder")
    assert found["is_flagged"].to_dict() == {"A": False, "B": False, "C": True}
    assert found.loc["C", "among_others"] == pytest.approx(1)
    assert found.loc["C", "with_others"] < 0


def test_two_coders_cannot_be_screened():
    found = screen(tidy([(0, 3), (1, 1)]))
    assert not found["is_flagged"].any()
    assert (
        found["reason"]
        .eq("with fewer than three coders nobody can say whose ratings differ from those of the others")
        .all()
    )


def test_coders_without_a_cell_in_common_are_not_flagged():
    found = screen(tidy([(0, 0, None), (1, 1, None), (None, None, 2)]))
    assert not found["is_flagged"].any()
    assert found["reason"].str.contains("no cell in common").all()
    assert screen(tidy([(1, 1, 1)] * 4))["reason"].ne("").all()

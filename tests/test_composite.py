from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch import composite
from ctresearch.composite.aggregate import average_rows
from ctresearch.composite.weight import rotate_loadings

SCALE = (1.0, 100.0)


def table_of(columns: dict, key: str) -> pd.DataFrame:
    return pd.DataFrame(columns).set_index(key)


def frame(values, columns="abcdefgh") -> pd.DataFrame:
    values = np.array(values, dtype=float)
    units = [f"U{place}" for place in range(len(values))]
    return pd.DataFrame(values, index=units, columns=list(columns[: values.shape[1]]))


def build(codes: dict[str, str], **columns) -> pd.DataFrame:
    structure = composite.describe_structure(
        pd.DataFrame({"indicator": list(codes), "pillar": list(codes.values())}), top="index", goalposts=(0, 3)
    )
    return structure.assign(**columns)


@pytest.fixture
def tai(golden):
    return golden("composite_tai_normalisation")


def test_normalised_years_of_school_are_those_of_the_handbook(tai):
    scores = table_of(tai["input"]["table"], "country")[["SCHOOLING"]]
    up = {"directions": {"SCHOOLING": 1}}
    distance = {
        name: composite.normalise_distance(scores, reference=name, measure="ratio", **up)
        for name in ("mean", "best", "worst")
    }
    found = {
        "z": composite.normalise_zscore(scores, constant="refuse", **up),
        "minmax": composite.normalise_minmax(scores, scale=(0, 1), constant="refuse", **up),
        **{f"dist_to_{name}": table for name, table in distance.items()},
        "rel_diff_to_mean": composite.normalise_distance(scores, reference="mean", measure="difference", **up),
        "above_below_mean_p20": composite.normalise_margin(scores, margin=0.2, **up),
        "rank_high_is_top": composite.normalise_rank(scores, ties="min", **up),
    }
    for country, expected in tai["expected"].items():
        for name, normal in found.items():
            assert normal.loc[country, "SCHOOLING"] == pytest.approx(expected[name], abs=0.006), (country, name)
    # The table does not print its cuts: these are read off its percentiles, so the codes test the banding alone.
    bands = {"cuts": [5, 15, 35, 65, 85, 95], "codes": [0, 20, 40, 50, 60, 80, 100]}
    percentile = composite.normalise_percentile(scores, **up)["SCHOOLING"]
    coded = composite.normalise_bands(scores, **up, **bands)["SCHOOLING"]
    for country, expected in tai["expected"].items():
        assert percentile[country] == pytest.approx(expected["percentile"], abs=0.06), country
        assert coded[country] == expected["categorical_percentile_scale"], country


def test_weights_from_correlations_are_those_of_the_handbook(golden):
    case = golden("composite_tai_multivariate")
    scores = table_of(case["input"]["table"], "country")
    values = np.sort(np.linalg.eigvalsh(scores.corr().to_numpy()))[::-1]
    np.testing.assert_allclose(values / 8 * 100, case["expected"]["variance_pct"], atol=0.15)
    weights = composite.weight_pca(scores, factors_n=4)
    for name, expected in case["expected"]["PC_weights"].items():
        assert weights[name] == pytest.approx(expected, abs=0.006), name
    loadings = rotate_loadings(scores, factors_n=4)
    expected = pd.DataFrame(case["expected"]["rotated_loadings"]).T.loc[loadings.index]
    for _, printed in expected.items():
        same = [loadings[name] * np.sign((loadings[name] * printed).sum()) for name in loadings]
        assert min(np.abs(factor - printed).max() for factor in same) <= 0.015
    explained = sorted((loadings**2).sum())
    np.testing.assert_allclose(explained, sorted(case["expected"]["rotated_explained_variance"]), atol=0.03)


def test_consistency_is_that_of_the_handbook(golden):
    case = golden("composite_tai_multivariate")
    found = composite.measure_consistency(table_of(case["input"]["table"], "country")).set_index("left_out")
    assert found.loc["none", "alpha"] == pytest.approx(case["expected"]["cronbach_alpha_standardised"], abs=0.006)
    for name, (correlation, alpha) in case["expected"]["cronbach_drop_one"].items():
        assert found.loc[name, "rest_correlation"] == pytest.approx(correlation, abs=0.008), name
        assert found.loc[name, "alpha"] == pytest.approx(alpha, abs=0.008), name
    assert found["reason"].eq("").all()
    with pytest.raises(ValueError, match=r"a .1 in all. is constant"):
        composite.measure_consistency(frame([[1, 2, 3], [1, 3, 3], [1, 5, 1]]))


def test_consistency_says_why_where_indicators_cancel_each_other_out():
    # Unit vectors a and b at right angles and c = -(a + b) / root 2: the rest without c is fine, the sum of a, -a is 0.
    scores = pd.DataFrame({"a": [1.0, 2, 3, 4], "opposite": [4.0, 3, 2, 1], "b": [1.0, -1, -1, 1]})
    found = composite.measure_consistency(scores).set_index("left_out")
    assert np.isnan(found.loc["b", "alpha"])
    assert found["reason"].to_dict() == {"none": "", "a": "", "opposite": "", "b": composite.consistency.CANCELLED}


@pytest.fixture
def asem(golden):
    case = golden("composite_asem_pipeline")
    data, meta = table_of(case["input"]["data"], "uCode"), table_of(case["input"]["meta"], "iCode")
    indicators = meta[meta["Type"].eq("Indicator")]
    return case, data, meta, indicators


def test_every_stage_of_coinr_is_reached_from_the_raw_data(asem):
    case, data, meta, indicators = asem
    raw = data[indicators.index].astype(float)
    by = indicators["Denominator"].dropna().to_dict()
    denominated = composite.denominate(raw, data[sorted(set(by.values()))].astype(float), by=by)
    imputed = composite.impute_group_mean(denominated, groups=data["EurAsia_group"])
    screened = composite.screen_coverage(imputed, least_share=0.9).kept
    treated = composite.treat_outliers(screened, most_n=5, skew=2, kurtosis=3.5)
    directions = indicators["Direction"]
    normal = composite.normalise_minmax(treated, directions=directions, scale=(0, 100), constant="refuse")
    ours = meta[meta["Type"].isin(["Indicator", "Aggregate"])].reset_index(names="code")
    structure = ours.rename(
        columns={"Parent": "parent", "Level": "level", "Direction": "direction", "Weight": "weight"}
    )
    structure = structure.assign(parent=structure["parent"].fillna(""), level=structure["level"].astype(int))
    weights = composite.weight_given(structure)
    index = composite.climb_levels(normal, structure, weights=weights, mean="arithmetic", missing="refuse")
    stages = {
        "Denominated": denominated,
        "Imputed": imputed,
        "Treated": treated,
        "Normalised": normal,
        "Aggregated": index,
    }
    for name, found in stages.items():
        expected = table_of(case["expected"][name], "uCode").astype(float)
        np.testing.assert_allclose(found.loc[expected.index, expected.columns], expected, rtol=1e-6, atol=1e-6)
    changed = {name for name in screened if not screened[name].equals(treated[name])}
    assert changed == set(case["expected"]["Treated"]) - {"uCode"}
    for code, value in case["expected"]["Index"].items():
        assert index.loc[code, "Index"] == pytest.approx(value, abs=1e-5)


def test_imputing_never_changes_a_value_that_is_there(asem):
    _, data, _, indicators = asem
    raw = data[indicators.index].astype(float)
    before = raw.copy()
    filled = composite.impute_median(raw)
    pd.testing.assert_frame_equal(raw, before)
    pd.testing.assert_frame_equal(filled.where(raw.notna()), raw)
    assert filled.notna().all().all()


def test_an_index_by_hand():
    # Pillar x: (0 + 3) / 2 = 1.5 -> 50; pillar y: 3 -> 100; index (50 + 100) / 2 = 75.
    # Geometric on 1-100: x = sqrt(1 * 100) = 10, y = 100, index = sqrt(1000) = 31.62.
    structure = build({"a": "x", "b": "x", "c": "y"})
    scores = frame([[0, 3, 3]])
    methods = {"missing": "available", "normalise": "goalposts", "weight": "equal"}
    for mean, scale, expected in (("arithmetic", (0, 100), 75), ("geometric", (1, 100), np.sqrt(1000))):
        choices = pd.DataFrame((methods | {"aggregate": mean}).items(), columns=["step", "method"]).assign(is_on=True)
        found = composite.calculate_index(scores, structure, choices=choices, scale=scale, constant="middle")
        assert found.loc["U0", "index"] == pytest.approx(expected)
        assert list(found.columns) == ["x", "y", "index"]


def test_bad_choices_are_all_named():
    rows = [
        ("missing", "zero", True),
        ("normalise", "rank", True),
        ("normalise", "minmax", True),
        ("vote", "all", True),
    ]
    choices = pd.DataFrame(rows, columns=["step", "method", "is_on"])
    with pytest.raises(ValueError, match="missing knows no zero") as caught:
        composite.calculate_index(frame([[0]]), build({"a": "x"}), choices=choices, scale=SCALE, constant="middle")
    for words in ("normalise has 2 methods", "weight has 0 methods", "vote is no step"):
        assert words in str(caught.value)


def test_stakeholders_who_overspend_are_named():
    rows = [
        ("E1", "a", 60.0),
        ("E1", "b", 50.0),
        ("E2", "a", -10.0),
        ("E2", "b", 110.0),
        ("E3", "a", 50.0),
        ("E3", "a", 50.0),
    ]
    with pytest.raises(ValueError, match=r"up to 100 for E1; .* negative for E2; a code has two rows"):
        composite.weight_budget(pd.DataFrame(rows, columns=["expert", "code", "points"]), points=100)


def test_saaty_weights_by_hand():
    # Consistent answers (a:b = 2, b:c = 2, a:c = 4) have the weights 4/7, 2/7, 1/7 and the ratio 0.
    rows = [("E1", "a", "b", 2.0), ("E1", "b", "c", 2.0), ("E1", "a", "c", 4.0)]
    comparisons = pd.DataFrame(rows, columns=["expert", "first", "second", "ratio"])
    found = composite.weight_ahp(comparisons, consistency_limit=0.1)
    np.testing.assert_allclose(found.weights, [4 / 7, 2 / 7, 1 / 7])
    assert found.consistency_ratio == pytest.approx(0, abs=1e-9)
    circle = comparisons.assign(ratio=[9.0, 9.0, 1 / 9])
    with pytest.raises(ValueError, match=r"consistency ratio of .* above the limit of 0.1"):
        composite.weight_ahp(circle, consistency_limit=0.1)
    with pytest.raises(ValueError, match="E1 has not compared 1 of the pairs"):
        composite.weight_ahp(comparisons.head(2), consistency_limit=0.1)
    with pytest.raises(ValueError, match="one ratio above 0 for a and b"):
        composite.weight_ahp(pd.concat([comparisons, comparisons.head(1)]), consistency_limit=0.1)


@pytest.mark.parametrize(
    ("values", "weights", "expected"),
    [([1, 2, 3], [1, 1, 1], 2), ([1, 2], [1, 1], 1.5), ([1, 2, 9], [1, 1, 5], 9), ([5, 1, np.nan], [1, 1, 8], 3)],
)
def test_weighted_medians_by_hand(values, weights, expected):
    assert average_rows(np.array([values], dtype=float), np.array([weights], dtype=float), mean="median") == expected


numbers = st.floats(1, 100, allow_nan=False)


@st.composite
def cells(draw, value=numbers):
    units, width = draw(st.integers(2, 6)), draw(st.integers(1, 5))
    row = st.lists(st.one_of(st.none(), value), min_size=width, max_size=width)
    return frame([[np.nan if cell is None else cell for cell in draw(row)] for _ in range(units)])


@settings(deadline=None)
@given(cells(), st.sampled_from(composite.MEANS), st.data())
def test_means_lie_between_the_values_and_keep_order(scores, mean, data):
    weights = {name: data.draw(st.floats(0.1, 5)) for name in scores}
    aggregate = getattr(composite, f"aggregate_{mean}")
    before = scores.copy()
    found = aggregate(scores, weights=weights, missing="available")
    pd.testing.assert_frame_equal(scores, before)
    assert (found.isna() == scores.isna().all(axis=1)).all()
    known = found.notna()
    assert (found[known] >= scores[known].min(axis=1) - 1e-9).all()
    assert (found[known] <= scores[known].max(axis=1) + 1e-9).all()
    assert (aggregate(scores + 1, weights=weights, missing="available")[known] > found[known]).all()
    turned = aggregate(scores.iloc[::-1], weights=weights, missing="available").iloc[::-1]
    pd.testing.assert_series_equal(turned, found)


@settings(deadline=None)
@given(cells(), st.sampled_from(["minmax", "zscore", "rank", "goalposts", "distance"]), st.sampled_from([-1, 1]))
def test_normalising_keeps_order_and_what_is_missing(scores, method, direction):
    choices = {
        "minmax": {"scale": SCALE, "constant": "middle"},
        "zscore": {"constant": "middle"},
        "rank": {"ties": "average"},
        "goalposts": {"lows": dict.fromkeys(scores, 0), "highs": dict.fromkeys(scores, 100), "scale": SCALE},
        "distance": {"reference": "worst", "measure": "ratio"},
    }
    scores = scores.dropna(axis="columns", how="all")
    before = scores.copy()
    normal = getattr(composite, f"normalise_{method}")
    found = normal(scores, directions=dict.fromkeys(scores, direction), **choices[method])
    pd.testing.assert_frame_equal(scores, before)
    assert (found.isna() == scores.isna()).all().all()
    for name in scores:
        order = scores[name].dropna().sort_values(ascending=direction > 0).index
        assert (found.loc[order, name].diff().dropna() >= -1e-9).all()


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: composite.impute_mean(frame([[1, np.nan]])), "b .1 in all. cannot be imputed: no value in any"),
        (lambda: composite.impute_value(frame([[np.nan]]), values={}), "a .* no value among the stated ones"),
        (lambda: composite.impute_group_mean(frame([[1]]), groups={}), "groups has no group for U0"),
        (lambda: composite.screen_coverage(frame([[1]]), least_share=80), "least_share is 80"),
        (
            lambda: composite.normalise_minmax(frame([[2], [2]]), directions={"a": 1}, scale=SCALE, constant="refuse"),
            "a .1 in all. has the same value",
        ),
        (
            lambda: composite.normalise_goalposts(
                frame([[4]]), directions={"a": 1}, lows={"a": 0}, highs={"a": 3}, scale=SCALE
            ),
            "a .1 in all. has values beyond its goalposts",
        ),
        (lambda: composite.normalise_rank(frame([[1]]), directions={"a": 2}, ties="min"), "a .* needs the direction 1"),
        (lambda: composite.normalise_rank(frame([[1]]), directions={}, ties="min"), "directions has no number for a"),
        (lambda: composite.normalise_zscore(frame([[1]]), directions={"a": 1}, constant="zero"), "constant is 'zero'"),
        (lambda: composite.weight_pca(frame([[1, 2], [2, 3]]), factors_n=1), "2 jurisdictions cannot tell how 2"),
        (lambda: composite.weight_pca(frame([[1, 2], [1, 3], [1, 5]]), factors_n=1), "a .1 in all. is constant"),
        (lambda: composite.weight_pca(frame([[1], [np.nan]]), factors_n=1), "a .* impute them first"),
        (
            lambda: composite.aggregate_geometric(frame([[0, 1]]), weights={"a": 1, "b": 1}, missing="refuse"),
            "a .1 in all. has a value that is not above 0; a geometric mean needs",
        ),
        (
            lambda: composite.aggregate_median(frame([[np.nan, 1]]), weights={"a": 1, "b": 1}, missing="refuse"),
            "a .1 in all. has missing values",
        ),
        (lambda: composite.aggregate_arithmetic(frame([[1]]), weights={"a": 0}, missing="refuse"), "weights must be"),
        (lambda: composite.aggregate_arithmetic(frame([[1]]), weights={"a": 1}, missing="drop"), "missing is 'drop'"),
        (lambda: composite.denominate(frame([[1]]), frame([[0]], "n"), by={"a": "n"}), "n must be above 0"),
        (lambda: composite.weight_given(build({"a": "x"}, weight=0.0)), "all members of x"),
        (lambda: composite.weight_given(build({"a": "x"}, weight=np.nan)), "needs a weight of 0 or above"),
        (
            lambda: composite.treat_outliers(frame([[v] for v in [*range(9), 99, 999]]), most_n=0, skew=2, kurtosis=3),
            "a: outliers remain after 0 values",
        ),
        (lambda: composite.list_children(build({"a": "x"}, parent="x")), "structure: .* one level higher"),
        (lambda: composite.list_children(pd.concat([build({"a": "x"})] * 2)), "named twice"),
    ],
)
def test_what_cannot_be_done_is_said_by_name(call, words):
    with pytest.raises(ValueError, match=words):
        call()

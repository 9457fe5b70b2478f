from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.survey import pool_imputations

NAMES = {"estimate": "estimate", "std.error": "standard_error", "df": "df", "p.value": "p_value"}


def test_three_coefficients_pool_as_mice_does(golden):
    case = golden("rubin_pooling_nhanes")
    given_values = case["input"]
    terms = [row["term"] for row in case["expected"]]
    pooled = pool_imputations(
        pd.DataFrame(given_values["Q_coef_by_imputation"], index=terms),
        pd.DataFrame(given_values["U_var_by_imputation"], index=terms),
        complete_df=given_values["n"] - given_values["k"],
        level=0.95,
    )
    for row in case["expected"]:
        for theirs, ours in NAMES.items():
            assert pooled.loc[row["term"], ours] == pytest.approx(row[theirs], rel=float(case["tolerance"]))


def test_a_sum_by_hand():
    # Within 4, between 1.5 * var(1, 3) = 3, so T = 7 and lambda = 3/7; df = 1 / lambda^2 = 49/9 in a large sample.
    pooled = pool_imputations(
        pd.DataFrame([[1.0, 3.0]]), pd.DataFrame([[3.0, 5.0]]), complete_df=np.inf, level=0.9
    ).iloc[0]
    assert pooled["standard_error"] == pytest.approx(7**0.5)
    assert pooled["missing_share"] == pytest.approx(3 / 7)
    assert pooled["df"] == pytest.approx(49 / 9)
    assert pooled["high"] - 2 == pytest.approx(2 - pooled["low"])


def test_where_nothing_is_missing_the_complete_data_speak():
    same = pd.DataFrame([[2.0, 2.0, 2.0]])
    pooled = pool_imputations(same, same * 0 + 9, complete_df=20, level=0.95).iloc[0]
    # With lambda 0 what is left is Barnard and Rubin's (df + 1) / (df + 3) * df.
    assert pooled[["standard_error", "missing_share"]].tolist() == [3.0, 0.0]
    assert pooled["df"] == pytest.approx(21 / 23 * 20)


@given(
    st.lists(st.floats(-100, 100), min_size=2, max_size=6),
    st.floats(0.1, 50),
    st.randoms(use_true_random=False),
)
def test_missing_answers_never_make_an_estimate_surer_and_their_order_does_not_matter(values, variance, random):
    estimates = pd.DataFrame([values])
    given_before = estimates.copy()
    pooled = pool_imputations(estimates, estimates * 0 + variance, complete_df=30, level=0.95).iloc[0]
    pd.testing.assert_frame_equal(estimates, given_before)
    assert pooled["standard_error"] >= np.sqrt(variance) * (1 - 1e-9)
    assert 0 < pooled["df"] <= 30
    mixed = random.sample(values, len(values))
    again = pool_imputations(pd.DataFrame([mixed]), estimates * 0 + variance, complete_df=30, level=0.95).iloc[0]
    np.testing.assert_allclose(again.to_numpy(), pooled.to_numpy(), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(
    ("estimates", "variances", "said"),
    [
        ([[1.0]], [[1.0]], "two or more"),
        ([[1.0, 2.0]], [[1.0]], "expected the same"),
        ([[1.0, np.nan]], [[1.0, 1.0]], "missing"),
        ([[1.0, 2.0]], [[1.0, 0.0]], "not above 0"),
        ([[1.0, 2.0]], [[1.0, np.nan]], "missing"),
    ],
)
def test_what_cannot_be_pooled_is_refused(estimates, variances, said):
    with pytest.raises(ValueError, match=said):
        pool_imputations(pd.DataFrame(estimates), pd.DataFrame(variances), complete_df=10, level=0.95)

from __future__ import annotations

from itertools import product
from math import factorial

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.cooperation import (
    compare_with_expected,
    describe_network,
    fit_quasi_independence,
    measure_density,
    rearrange_tables,
    rearranged,
)

OFF = ~np.eye(4, dtype=bool)
COUNTS = np.array([[0, 8, 2, 5], [3, 0, 7, 1], [6, 2, 0, 9], [1, 4, 3, 0]])


def make_flows(counts, places="ABCD", *, more: int = 0) -> pd.DataFrame:
    rows = [
        (places[i], places[j], int(value), int(value) + more, "s") for (i, j), value in np.ndenumerate(counts) if value
    ]
    return pd.DataFrame(rows, columns=["origin", "destination", "value_low", "value_high", "source_id"])


def compare(flows, places="ABCD", **changes) -> pd.DataFrame:
    options = {"reporting": list(places), "completions_n": 2, "tables_n": 99, "alpha": 0.05}
    rng = np.random.default_rng(3)
    return compare_with_expected(flows, places=list(places), rng=rng, **(options | changes))


def test_fit_and_residuals_are_those_of_a_poisson_model_without_the_diagonal():
    row, column = np.nonzero(OFF)
    design = np.hstack([np.eye(4)[row], np.eye(4)[column][:, 1:]])
    model = sm.GLM(COUNTS[OFF], design, family=sm.families.Poisson()).fit()
    np.testing.assert_allclose(fit_quasi_independence(COUNTS, OFF)[OFF], model.fittedvalues, rtol=1e-7)
    leverage = model.get_influence().hat_matrix_diag
    theirs = pd.Series(model.resid_pearson / np.sqrt(1 - leverage), index=pd.MultiIndex.from_arrays([row, column]))
    ours = compare(make_flows(COUNTS)).set_index(["origin", "destination"])["residual_low"]
    for (i, j), residual in theirs.items():
        assert ours["ABCD"[i], "ABCD"[j]] == pytest.approx(residual, rel=1e-6)


def test_expected_flows_by_hand():
    # Each of three gives 4 and receives 4: the two cells of each row share alike.
    fitted = fit_quasi_independence(np.array([[0, 1, 3], [3, 0, 1], [1, 3, 0]]), ~np.eye(3, dtype=bool))
    assert fitted[~np.eye(3, dtype=bool)].round(9).tolist() == [2.0] * 6


def test_a_fit_without_any_count_is_zero():
    assert fit_quasi_independence(np.zeros((3, 3)), ~np.eye(3, dtype=bool)).tolist() == np.zeros((3, 3)).tolist()


@given(st.lists(st.integers(0, 9), min_size=12, max_size=12), st.integers(0, 2**16))
@settings(max_examples=25)
def test_rearranged_tables_keep_every_sum_and_leave_the_diagonal_empty(values, seed):
    counts = np.zeros((4, 4), dtype=int)
    counts[OFF] = values
    drawn = rearrange_tables(counts[None], OFF, tables_n=20, rng=np.random.default_rng(seed))[0]
    assert (drawn >= 0).all()
    assert (drawn[:, ~OFF] == 0).all()
    assert (drawn.sum(axis=1) == counts.sum(axis=0)).all()
    assert (drawn.sum(axis=2) == counts.sum(axis=1)).all()


@pytest.mark.parametrize("largest", [0, 1, 126, 127, 128, 32766, 32767])
def test_small_numbers_take_little_memory_and_give_the_same_tables(largest, monkeypatch):
    counts = np.zeros((1, 4, 4), dtype=int)
    counts[0, [0, 1, 2], [1, 2, 0]] = largest
    drawn = rearrange_tables(counts, OFF, tables_n=30, rng=np.random.default_rng(1))
    assert drawn.itemsize == {0: 1, 1: 1, 126: 1, 127: 2, 128: 2, 32766: 2, 32767: 4}[largest]
    monkeypatch.setattr(np, "min_scalar_type", lambda number: np.dtype("int64"))
    whole = rearrange_tables(counts, OFF, tables_n=30, rng=np.random.default_rng(1))
    assert whole.dtype == "int64"
    assert (whole == drawn).all()


def test_tables_come_as_often_as_their_probability_says():
    # All tables of three places with these sums differ in one number; each has probability ~ 1 / product of factorials.
    counts = np.array([[0, 2, 1], [1, 0, 2], [2, 1, 0]])
    off = ~np.eye(3, dtype=bool)
    sums = counts.sum(axis=0), counts.sum(axis=1)
    weights = {}
    for first in product(range(4), repeat=6):
        table = np.zeros((3, 3), dtype=int)
        table[off] = first
        if (table.sum(axis=0) == sums[0]).all() and (table.sum(axis=1) == sums[1]).all():
            weights[table[0, 1]] = 1 / np.prod([factorial(value) for value in first])
    expected = np.array(list(weights.values())) / sum(weights.values())
    # Two hundred starts, for one start leads to tables that belong together.
    starts = rearrange_tables(np.repeat(counts[None], 200, axis=0), off, tables_n=20, rng=np.random.default_rng(5))
    found = np.array([(starts[:, :, 0, 1] == value).mean() for value in weights])
    np.testing.assert_allclose(found, expected, atol=0.04)


def test_a_planted_excess_is_found_and_the_rest_is_left_open():
    counts = np.full((4, 4), 10) * OFF
    counts[0, 1] = 40
    found = compare(make_flows(counts), tables_n=199).set_index(["origin", "destination"])
    assert found.loc[("A", "B"), "flow_reading"] == "more"
    assert found.loc[("A", "B"), "p_value_high"] <= 0.01
    assert set(found["flow_reading"].drop(("A", "B"))) <= {"open", "less"}


def test_too_few_are_found_too():
    counts = np.full((4, 4), 20) * OFF
    counts[0, 1] = 0
    found = compare(make_flows(counts), tables_n=199).set_index(["origin", "destination"])
    assert found.loc[("A", "B"), "flow_reading"] == "less"


def test_under_the_model_hardly_anything_is_told():
    rng = np.random.default_rng(7)
    told = 0
    for _ in range(40):
        counts = rng.poisson(np.outer([4, 6, 8, 10], [1, 1.5, 2, 1])) * OFF
        told += compare(make_flows(counts), alpha=0.1)["flow_reading"].isin(["more", "less"]).any()
    assert told <= 10


def test_masked_values_widen_the_ranges_and_close_no_question_by_themselves():
    sure, masked = compare(make_flows(COUNTS)), compare(make_flows(COUNTS, more=6), completions_n=6)
    assert (sure["expected_low"] == sure["expected_high"]).all()
    both = masked.merge(sure, on=["origin", "destination"], suffixes=("", "_sure"))
    assert (both["expected_low"] <= both["expected_low_sure"] + 1e-9).all()
    assert (both["expected_high"] > both["expected_high_sure"]).all()
    assert (masked["residual_low"] < masked["residual_high"]).all()


def test_places_that_do_not_report_and_those_at_home_are_no_cells():
    flows = pd.concat([make_flows(COUNTS), make_flows(np.diag([90, 0, 0, 0]))])
    found = compare(flows, reporting=["A", "B", "C"])
    assert len(found) == 9
    assert "D" not in set(found["destination"])
    assert (found["origin"] != found["destination"]).all()


def test_a_cell_without_a_choice_is_not_judged():
    # Nobody comes from C or D and nobody is found in A but through B: the sums fix both flows.
    found = compare(make_flows(np.array([[0, 5, 0, 0], [7, 0, 0, 0], [0] * 4, [0] * 4])))
    assert set(found["flow_reading"]) == {"ND"}
    assert found["p_value_high"].isna().all()


def test_cells_that_the_sums_keep_empty_are_not_judged_and_the_fit_keeps_the_sums():
    # B, C and D send to A alone and A takes all that they send: nothing can go between them.
    star = np.array([[0, 5, 5, 5], [5, 0, 0, 0], [5, 0, 0, 0], [5, 0, 0, 0]])
    fitted = fit_quasi_independence(star, OFF)
    np.testing.assert_allclose(fitted, star, atol=1e-9)
    assert set(compare(make_flows(star))["flow_reading"]) == {"ND"}


@pytest.mark.parametrize("scale", [1, 1000])
def test_errors_are_those_of_the_whole_design(scale):
    counts, off = scale * np.array([[0, 3, 1, 1], [2, 0, 2, 4], [1, 1, 0, 1], [1, 0, 9, 0]]), OFF
    fitted = fit_quasi_independence(counts, off)
    row, column = np.nonzero(off)
    weighted = np.sqrt(fitted[off])[:, None] * np.hstack([np.eye(4)[row], np.eye(4)[column]])
    leverage = np.einsum("ij,ji->i", weighted, np.linalg.pinv(weighted))
    expected = (counts - fitted)[off] / np.sqrt(fitted[off] * (1 - leverage))
    found = compare(make_flows(counts), tables_n=1).set_index(["origin", "destination"])["residual_low"]
    ours = [found["ABCD"[i], "ABCD"[j]] for i, j in zip(row, column, strict=True)]
    np.testing.assert_allclose(ours, expected, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("bound", [0, None])
def test_without_a_flow_or_its_upper_bound_nothing_is_compared(bound):
    flows = make_flows(COUNTS).head(1).assign(value_low=0, value_high=pd.Series([bound], dtype="Float64"))
    found = compare(flows)
    assert found.empty
    assert "flow_reading" in found.columns


@pytest.mark.parametrize("changes", [{"completions_n": 1}, {"tables_n": 0}])
def test_too_few_draws_are_refused(changes):
    with pytest.raises(ValueError, match="expected 2 and 1 or more"):
        compare(make_flows(COUNTS), **changes)


def test_florentine_families_stand_as_networkx_says(golden):
    case = golden("network_florentine")
    links = pd.DataFrame(case["input"]["edges"], columns=["first", "second"])
    places = list(case["expected"]["degree"])
    described = describe_network(links, places=places).set_index("place")
    tolerance = float(case["tolerance"])
    for theirs, ours in (
        *(("degree", "degree"), ("betweenness", "betweenness_ratio")),
        *(("closeness", "closeness_ratio"), ("constraint", "constraint_ratio")),
    ):
        for place, value in case["expected"][theirs].items():
            assert described.loc[place, ours] == pytest.approx(value, abs=tolerance)
    assert measure_density(links, places=places) == pytest.approx(case["expected"]["density"], abs=tolerance)


def test_links_count_once_and_none_with_itself_and_the_lonely_are_described():
    links = pd.DataFrame({"first": ["A", "B", "A", "A"], "second": ["B", "A", "A", "Z"]})
    described = describe_network(links, places=["A", "B", "C"]).set_index("place")
    assert described["degree"].tolist() == [1, 1, 0]
    # A reaches one of two others: (2 - 1) / 1 * (2 - 1) / (3 - 1).
    assert described["closeness_ratio"].tolist() == [0.5, 0.5, 0.0]
    assert np.isnan(described.loc["C", "constraint_ratio"])
    assert measure_density(links, places=["A", "B", "C"]) == pytest.approx(1 / 3)
    assert np.isnan(measure_density(links, places=["A"]))


def test_a_large_table_keeps_its_sums_and_takes_no_more_steps_than_may_be_taken(monkeypatch):
    is_cell = ~np.eye(20, dtype=bool)
    is_cell[:, 3] = False
    observed = np.random.default_rng(2).integers(0, 4, (2, 20, 20)) * is_cell
    taken = []
    monkeypatch.setattr(rearranged, "_take_step", lambda *_: taken.append(1))
    rearranged.rearrange_tables(observed, is_cell, tables_n=1, rng=np.random.default_rng(3))
    assert 0 < len(taken) <= 2 * 1.1 * rearranged._MOST_STEPS_N
    monkeypatch.undo()
    drawn = rearranged.rearrange_tables(observed, is_cell, tables_n=3, rng=np.random.default_rng(3))
    assert (drawn.sum(axis=3) == observed.sum(axis=2)[:, None]).all()
    assert (drawn.sum(axis=2) == observed.sum(axis=1)[:, None]).all()
    assert not drawn[..., ~is_cell].any()
    assert (drawn != observed[:, None]).mean() > 0.3

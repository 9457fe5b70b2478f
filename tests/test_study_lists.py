"""The overlapping lists of a study: tidy rows and histories, and the planted truth of the fictitious study."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shipped

from ctresearch import multiple_systems as mse

TRUTH = json.loads((Path(__file__).parent / "data" / "demo_truth.json").read_text(encoding="utf-8"))["lists"]
OPTIONS = {"level": 0.95, "resamples": 300, "least_overlap": 20}
CHAINS = {"level": 0.95, "warm_up": 100, "draws": 200}
SEARCH = mse.LowestBic(order=2, keep=None)


@pytest.fixture(scope="module")
def captures():
    return shipped.read_study("demo").captures


def test_the_lists_of_the_fictitious_study_are_the_planted_ones(captures):
    counted = mse.count_histories(captures).set_index("lists")["persons_n"].to_dict()
    seen = {";".join(sorted(name.split("+"))): sum(by_sex.values()) for name, by_sex in TRUTH["seen_by"].items()}
    assert counted == {name: count for name, count in seen.items() if name != "nobody"}


@pytest.mark.parametrize("seed", [1, 2])
def test_the_true_hidden_population_lies_in_the_recommended_interval(captures, seed):
    true = sum(sum(by_sex.values()) for by_sex in TRUTH["seen_by"].values())
    found = mse.estimate_places(captures, searches={"lowest_bic": SEARCH}, rng=np.random.default_rng(seed), **OPTIONS)
    row = found.iloc[0]
    assert (row["jurisdiction"], row["year"]) == (TRUTH["jurisdiction"], TRUTH["year"])
    assert row["low_persons"] <= true <= row["high_persons"]
    averaged = mse.average_places(captures, hidden_max=5000, prior_persons=1.0, level=0.95).iloc[0]
    assert averaged["low_persons"] <= true <= averaged["high_persons"]
    by_classes = mse.average_places_by_classes(captures, **CHAINS, rng=np.random.default_rng(seed)).iloc[0]
    assert by_classes["low_persons"] <= true <= by_classes["high_persons"]
    for row, method in ((averaged, "graphs"), (by_classes, "latent_classes")):
        assert row["method"] == method
        assert row["sentence"].startswith(f"About {row['total_persons']:.0f} persons in all (95% credible interval")
        assert row["sentence"].endswith("of whom 408 are on a list; if the assumptions hold.")
    assert by_classes["model"].endswith(" classes")


def test_the_true_number_of_each_sex_lies_in_its_interval(captures):
    found = mse.estimate_by_sex(captures, search=SEARCH, rng=np.random.default_rng(1), **OPTIONS).set_index("sex")
    for sex in ("female", "male"):
        true = sum(by_sex[sex] for by_sex in TRUTH["seen_by"].values())
        assert found.loc[sex, "low_persons"] <= true <= found.loc[sex, "high_persons"]
    parts = found.loc[["female", "male"], "total_persons"].sum()
    assert found.loc["total", "total_persons"] == pytest.approx(parts)


def test_too_little_overlap_is_refused_in_a_sentence(captures):
    few = captures[~captures["lists"].str.contains(";")]
    for found in (
        mse.estimate_places(few, searches={"lowest_bic": SEARCH}, rng=np.random.default_rng(1), **OPTIONS),
        mse.estimate_by_sex(few, search=SEARCH, rng=np.random.default_rng(1), **OPTIONS),
    ):
        assert found["total_persons"].isna().all()
        assert found["sentence"].str.contains("No|two lists").all()
    places = mse.list_places(few, jurisdictions=["LRQ"], least_overlap=20)
    assert places["lists_standing"].tolist() == ["too_little_overlap"]
    for averaged in (
        mse.average_places(few, hidden_max=50, prior_persons=1.0, level=0.95),
        mse.average_places_by_classes(few, **CHAINS, rng=np.random.default_rng(1)),
    ):
        assert averaged["total_persons"].isna().all()
        assert averaged["sentence"].str.startswith("No estimate. No person is on two lists").all()
    assert mse.spread_models(few, order=2, near_bic=10).empty
    assert len(mse.assess_places(few, threshold=0.02, least_overlap=20)) >= 6


def test_a_study_without_lists_says_so_for_every_jurisdiction():
    none = shipped.read_study()
    places = mse.list_places(none.captures, jurisdictions=none.study.codes, least_overlap=20)
    assert places["jurisdiction"].tolist() == list(none.study.codes)
    assert set(places["lists_standing"]) == {"no_lists"}
    estimates = mse.estimate_places(
        none.captures, searches={"lowest_bic": SEARCH}, rng=np.random.default_rng(1), **OPTIONS
    )
    averages = mse.average_places(none.captures, hidden_max=50, prior_persons=1.0, level=0.95)
    by_classes = mse.average_places_by_classes(none.captures, **CHAINS, rng=np.random.default_rng(1))
    assert mse.join_estimates(estimates, averages, by_classes).empty
    assert mse.count_histories(none.captures).empty
    assert mse.assess_places(none.captures, threshold=0.02, least_overlap=20).empty


def test_histories_become_rows_of_the_study_and_histories_again(captures):
    histories = mse.spread_lists(captures)
    rows = mse.gather_lists(histories, jurisdiction="LRQ", year=2024, source_id="demo-lists")
    columns = list(captures.columns)
    pd.testing.assert_frame_equal(rows[columns], captures, check_dtype=False)


def test_the_answer_does_not_hang_on_the_order_of_rows(captures):
    shuffled = captures.sample(frac=1, random_state=3)
    first, again = (
        mse.estimate_places(rows, searches={"a": SEARCH}, rng=np.random.default_rng(1), **OPTIONS)
        for rows in (captures, shuffled)
    )
    pd.testing.assert_frame_equal(first, again)

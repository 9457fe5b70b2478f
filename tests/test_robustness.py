from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch.composite import climb_levels, describe_structure, weight_equal
from ctresearch.composite.index import fill_missing, normalise_scores
from ctresearch.robustness import (
    FACTORS,
    SETTLED,
    assess_ranking,
    describe_choices,
    estimate_sobol,
    lay_out_coders,
    list_choices,
    measure_influence,
    perturb_weights,
    simulate_choices,
)
from ctresearch.robustness.engine import evaluate_draws, pick_options, prepare_setting

ONE = {
    "coder": ["A"],
    "missing": ["available"],
    "normalise": ["goalposts"],
    "weight": ["equal"],
    "aggregate": ["arithmetic"],
    "left_out": ["none"],
}


def build(codes: dict[str, str]) -> pd.DataFrame:
    indicators = pd.DataFrame({"indicator": list(codes), "pillar": list(codes.values())})
    return describe_structure(indicators, top="index", goalposts=(0, 3))


STRUCTURE = build({"a": "x", "b": "x", "c": "y", "d": "y"})


def make_scores(values, columns="abcd") -> pd.DataFrame:
    return pd.DataFrame(values, index=["ALB", "MKD", "SRB"][: len(values)], columns=list(columns), dtype=float)


def set_up(scores=None, *, structure=STRUCTURE, scale=(1, 100), constant="middle", weights=None, **options):
    equal = weight_equal(structure)
    return {
        "scores": scores or {"A": make_scores([[3, 3, 3, 3], [1, 2, 0, 3], [0, 0, 1, 0]])},
        "structure": structure,
        "weights": equal.to_frame("equal") if weights is None else weights,
        "choices": describe_choices(ONE | options),
        "scale": scale,
        "constant": constant,
    }


def simulate(case, *, draws_n=300, level=0.9, seed=1):
    return simulate_choices(**case, draws_n=draws_n, level=level, rng=np.random.default_rng(seed))


def test_a_missing_value_spans_the_scale_by_hand():
    # P-1 is 3 of 3 and P-2 unknown: the index is (100 + 0) / 2 = 50 or (100 + 100) / 2 = 100.
    structure = build({"a": "x", "b": "x"})
    case = set_up(
        {"A": make_scores([[3, np.nan], [1.5, 1.5]], "ab")},
        structure=structure,
        scale=(0, 100),
        missing=["lowest", "highest"],
    )
    found = simulate(case)
    assert found.scores[["score_low", "score_high"]].values.tolist() == [[50.0, 100.0], [50.0, 50.0]]
    assert found.ranks[["rank_best", "rank_worst"]].values.tolist() == [[1, 1], [1, 2]]
    # Above in half of the draws, equal in the other half: 1/2 + 1/4.
    assert found.pairs["above_share"].item() == pytest.approx(0.75, abs=0.08)
    assert (found.draws_n, found.calculated_n, len(found.failures)) == (300, 300, 0)


@pytest.mark.no_cover
def test_every_combination_is_that_of_the_single_steps():
    rng = np.random.default_rng(2)
    scores = {
        coder: make_scores(np.where(rng.random((3, 4)) < 0.2, np.nan, rng.integers(0, 4, (3, 4)))) for coder in "AB"
    }
    weights = perturb_weights(weight_equal(STRUCTURE), share=0.5, copies=2, rng=rng)
    options = {
        "coder": ["A", "B"],
        "missing": ["available", "lowest", "highest"],
        "normalise": ["goalposts", "minmax", "rank"],
        "weight": ["noise_1", "noise_2"],
        "aggregate": ["arithmetic", "geometric", "harmonic", "median"],
        "left_out": ["none", "a", "d"],
    }
    setting = prepare_setting(**set_up(scores, weights=weights, **options))
    picks = np.array(list(itertools.product(*(range(len(options[name])) for name in FACTORS))))
    evaluated = evaluate_draws(setting, picks)
    for row, found, reason in zip(picks, evaluated.scores, evaluated.reasons, strict=True):
        coder, missing, normalise, weight, mean, left_out = (
            options[name][at] for name, at in zip(FACTORS, row, strict=True)
        )
        filled = fill_missing(scores[coder], STRUCTURE, method=missing)
        normal = normalise_scores(filled, STRUCTURE, method=normalise, scale=(1, 100), constant="middle")
        own = weights[weight].copy()
        own[[code for code in [left_out] if code != "none"]] = 0.0
        own["index"] = 1.0
        expected = climb_levels(normal, STRUCTURE, weights=own, mean=mean, missing="available")["index"]
        if expected.isna().any():
            assert reason.startswith("no value for")
        else:
            assert reason == ""
            np.testing.assert_allclose(found, expected)


def test_draws_that_cannot_be_calculated_are_counted_and_said():
    case = set_up(normalise=["goalposts", "zscore"], aggregate=["arithmetic", "geometric"])
    found = simulate(case, draws_n=400)
    assert found.failures["reason"].tolist() == ["a geometric mean meets a value that is not above 0"]
    assert found.failures["draws_n"].sum() == found.draws_n - found.calculated_n
    assert 60 < found.failures["draws_n"].item() < 140
    assert found.failures["draws_share"].item() == found.failures["draws_n"].item() / 400


def test_an_indicator_that_nobody_has_fails_the_mean_and_says_which():
    scores = make_scores([[3, np.nan, 3, 3], [1, np.nan, 0, 3]])
    found = simulate(set_up({"A": scores}, missing=["mean"]))
    assert found.calculated_n == 0
    assert found.failures["reason"].item().startswith("coder A, missing mean, normalise goalposts: b (1 in all) cannot")
    assert found.scores["reason"].tolist() == ["no draw with this normalisation could be calculated"] * 2
    assert found.ranks["reason"].tolist() == ["no draw could be calculated"] * 2
    assert found.pairs["above_share"].isna().all()


def test_a_jurisdiction_without_evidence_is_named():
    found = simulate(set_up({"A": make_scores([[3, 3, 3, 3], [np.nan] * 4])}))
    assert found.failures["reason"].tolist() == ["no value for MKD"]


def test_zscores_stay_out_of_the_common_scale():
    found = simulate(set_up(normalise=["goalposts", "zscore"])).scores
    assert found["normalise"].unique().tolist() == ["all", "goalposts", "zscore"]
    everything, own = (found[found["normalise"].eq(name)].drop(columns="normalise") for name in ("all", "goalposts"))
    pd.testing.assert_frame_equal(everything.reset_index(drop=True), own.reset_index(drop=True))


def test_probabilities_are_kept():
    case = set_up(missing=["lowest", "highest", "available"])
    case["choices"].loc[case["choices"]["factor"].eq("missing"), "probability"] = [0.8, 0.2, 0.0]
    setting = prepare_setting(**case)
    picks = pick_options(setting, np.random.default_rng(1).random((20_000, len(FACTORS))))[:, FACTORS.index("missing")]
    np.testing.assert_allclose(np.bincount(picks, minlength=3) / 20_000, [0.8, 0.2, 0], atol=0.01)
    assert pick_options(setting, np.ones((1, len(FACTORS))))[0, FACTORS.index("missing")] == 1


@settings(deadline=None, max_examples=25)
@given(
    st.lists(st.lists(st.sampled_from([0, 1, 2, 3, None]), min_size=4, max_size=4), min_size=3, max_size=3),
    st.integers(0, 9),
)
def test_intervals_are_ordered_and_the_order_of_jurisdictions_is_irrelevant(values, seed):
    scores = make_scores([[np.nan if value is None else value for value in row] for row in values])
    before = scores.copy()
    options = {"missing": ["available", "lowest"], "normalise": ["goalposts", "minmax"], "left_out": ["none", *"abcd"]}
    found = simulate(set_up({"A": scores}, **options), draws_n=40, seed=seed)
    pd.testing.assert_frame_equal(scores, before)
    known = found.scores.dropna(subset="score_low")
    assert (known["score_low"] <= known["score_median"]).all()
    assert (known["score_median"] <= known["score_high"]).all()
    assert known["score_low"].between(1 - 1e-9, 100 + 1e-9).all()
    assert found.calculated_n + found.failures["draws_n"].sum() == found.draws_n
    turned = simulate(set_up({"A": scores.iloc[::-1]}, **options), draws_n=40, seed=seed)
    ranks = turned.ranks.set_index("jurisdiction").loc[scores.index].reset_index()
    pd.testing.assert_frame_equal(ranks, found.ranks, check_names=False)


def test_better_everywhere_is_above_under_every_choice():
    options = {
        "missing": ["available", "lowest"],
        "normalise": ["goalposts", "minmax", "rank"],
        "aggregate": ["arithmetic", "geometric", "harmonic"],
        "left_out": ["none", *"abcd"],
    }
    found = simulate(set_up(**options))
    assert found.ranks.loc[0, ["rank_best", "rank_worst"]].tolist() == [1, 1]
    assert found.pairs.loc[found.pairs["first"].eq("ALB"), "above_share"].tolist() == [1.0, 1.0]


def test_sobol_indices_of_the_ishigami_function(golden):
    case = golden("sobol_ishigami")

    def ishigami(points):
        x = (points * 2 - 1) * np.pi
        return (np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))[:, None]

    for base_n, tolerance in ((4096, 0.02), (65536, 0.005)):
        found = estimate_sobol(
            ishigami,
            names=["x1", "x2", "x3"],
            outputs=["y"],
            base_n=base_n,
            resamples=10,
            level=0.95,
            rng=np.random.default_rng(1),
        )
        np.testing.assert_allclose(found["first"], case["expected"]["S1"], atol=tolerance)
        np.testing.assert_allclose(found["total"], case["expected"]["ST"], atol=tolerance)


def measure(case, reference=None, **changes):
    first = case["choices"].groupby("factor")["option"].first().to_dict()
    rest = {"base_n": 128, "resamples": 20, "level": 0.95, "rng": np.random.default_rng(1)}
    return measure_influence(**case, reference=reference or first, **(rest | changes))


def test_the_choice_that_matters_is_found():
    scores = {"A": make_scores([[3, 3, 3, 3], [1, 2, 0, 3], [0, 0, 1, 0]])}
    scores["B"] = make_scores([[0, 0, 0, 0], [1, 2, 0, 3], [3, 3, 3, 3]])
    found = measure(set_up(scores, coder=["A", "B"], missing=["lowest", "highest"])).set_index(["output", "factor"])
    assert found.loc[("rank_shift", "coder"), "total"] == pytest.approx(1, abs=0.05)
    assert found.loc[("rank_shift", "missing"), "total"] == pytest.approx(0, abs=0.05)
    assert found.loc[("score MKD", "coder"), "reason"] == "the same whatever is chosen"
    assert not [name for name in found.index.get_level_values("factor") if name not in ("coder", "missing")]


def test_indices_are_refused_where_a_combination_fails():
    case = set_up(normalise=["goalposts", "zscore"], aggregate=["arithmetic", "geometric"])
    with pytest.raises(ValueError, match=r"need every combination: .* most often because: a geometric mean meets"):
        measure(case)
    with pytest.raises(ValueError, match="no factor has two options"):
        measure(set_up())
    with pytest.raises(ValueError, match="base_n is 100; expected a power of 2"):
        measure(set_up(missing=["lowest", "highest"]), base_n=100)
    with pytest.raises(ValueError, match="reference needs one of the chosen options for coder"):
        measure(set_up(missing=["lowest", "highest"]), reference=dict.fromkeys(FACTORS, "none"))


def test_coders_are_laid_out_with_what_is_missing():
    rows = [("A", "ALB", "a", 1.0), ("B", "ALB", "a", 3.0), ("B", "SRB", "a", None)]
    ratings = pd.DataFrame(rows, columns=["coder", "jurisdiction", "indicator", "value"])
    places = {"jurisdictions": ["SRB", "ALB"], "indicators": ["a", "b"]}
    found = lay_out_coders(ratings, joint=["mean", "lowest"], **places)
    assert list(found) == ["A", "B", "mean", "lowest"]
    assert found["mean"].loc["ALB", "a"] == 2
    assert found["lowest"].loc["ALB", "a"] == 1
    assert found["A"].index.tolist() == ["SRB", "ALB"]
    assert found["mean"]["b"].isna().all()
    with pytest.raises(ValueError, match="joint has vote"):
        lay_out_coders(ratings, joint=["vote"], **places)
    with pytest.raises(ValueError, match="1 cells are rated twice"):
        lay_out_coders(pd.concat([ratings, ratings.head(1)]), joint=[], **places)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"draws_n": 0}, "draws_n is 0"),
        ({"level": 1.5}, "level 1.5"),
        ({"scores": {}}, "choices: coder knows no A"),
        ({"scores": {"A": make_scores([[1, 2, 3]], "abc")}}, "scores of A: no column d"),
        (
            {"scores": {"A": make_scores([[1, 2, 3, 0]]), "B": make_scores([[1, 2, 3, 0]] * 2)}},
            "scores of B: needs the same",
        ),
        ({"weights": pd.DataFrame({"equal": {"a": 1.0}})}, "weights: b, c, d, x, y .5 in all. needs a weight"),
        ({"choices": describe_choices(ONE).assign(probability=0.5)}, "probabilities of coder do not add up to 1"),
        ({"choices": describe_choices(ONE | {"left_out": ["z"]})}, "left_out knows no z"),
    ],
)
def test_what_does_not_fit_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        simulate_choices(**({**set_up(), "draws_n": 10, "level": 0.9, "rng": np.random.default_rng(1)} | change))


def test_options_must_name_every_factor_once():
    with pytest.raises(ValueError, match="coder is missing; vote is no factor; missing needs options, each once"):
        describe_choices({**{name: ONE[name] for name in FACTORS[2:]}, "missing": ["mean", "mean"], "vote": ["a"]})
    with pytest.raises(ValueError, match="share is 2, copies 1"):
        perturb_weights(pd.Series({"a": 1.0}), share=2, copies=1, rng=np.random.default_rng(1))


METHODS = pd.DataFrame(
    [
        ("coder", SETTLED, 0.5, True),
        ("coder", "each", 0.5, False),
        ("missing", "available", 1.0, True),
        ("normalise", "goalposts", 1.0, True),
        ("weight", "equal", 0.5, True),
        ("weight", "each", 0.5, False),
        ("aggregate", "arithmetic", 1.0, True),
        ("left_out", "none", 0.5, True),
        ("left_out", "each", 0.5, False),
    ],
    columns=["step", "method", "probability", "is_reference"],
).assign(is_on=False)
PILLARS = pd.DataFrame({"indicator": ["a", "b", "c", "d"], "pillar": ["x", "x", "y", "y"]})
FULL = {"ALB": (3, 3, 3, 3), "BIH": (0, 0, 0, 0), "SRB": (1,)}


def assess(rows, **changes):
    rated = pd.DataFrame(rows, columns=["coder", "jurisdiction", "indicator", "value"]).astype({"value": "Int64"})
    choices = {"methods": METHODS, "jurisdictions": ["ALB", "BIH", "SRB"], "least_share": 0.75, "weight_share": 0.5}
    choices |= {"weight_copies_n": 3, "draws_n": 200, "base_n": 16, "resamples_n": 10, "level": 0.9}
    return assess_ranking(rated, PILLARS, **choices | {"rng": np.random.default_rng(1)} | changes)


def rate_all(coder, levels):
    return [(coder, place, "abcd"[number], level) for place, own in levels.items() for number, level in enumerate(own)]


def test_who_is_better_on_everything_is_above_in_every_draw():
    found = assess(rate_all(SETTLED, FULL) + rate_all("A", FULL))
    assert found.ranks[["rank_best", "rank_worst"]].values.tolist() == [[1, 1], [2, 2]]
    assert found.pairs["above_share"].tolist() == [1.0]
    assert found.coverage.set_index("jurisdiction").loc["SRB", "reason"].startswith("1 of 4 indicators have a value")
    assert found.index.empty
    assert found.reason == found.influence_reason == ""
    assert found.influence["reason"].eq("the same whatever is chosen").all()


def test_a_coder_who_sees_the_opposite_moves_the_ranks():
    turned = {"ALB": FULL["BIH"], "BIH": FULL["ALB"]}
    found = assess(rate_all(SETTLED, FULL) + rate_all("A", turned))
    assert found.ranks["rank_worst"].tolist() == [2, 2]
    assert found.influence.set_index("factor")["total"].idxmax() == "coder"


def test_an_index_is_calculated_only_if_the_table_switches_it_on():
    is_on = METHODS["step"].isin(["missing", "normalise", "aggregate"]) | METHODS["method"].eq("equal")
    found = assess(rate_all(SETTLED, FULL) + rate_all("A", FULL), methods=METHODS.assign(is_on=is_on))
    assert found.index.set_index("jurisdiction")["index"].to_dict() == {"ALB": 100.0, "BIH": 1.0}


def test_too_few_levels_or_no_methods_make_no_ranking():
    found = assess(rate_all(SETTLED, {"ALB": (3,)}))
    assert found.reason.startswith("0 of 3 jurisdictions have a level on at least 75 % of the indicators")
    assert [len(table) for table in (found.scores, found.ranks, found.pairs, found.influence)] == [0] * 4
    assert "rank_low" in found.ranks.columns
    assert assess([]).reason.startswith("0 of 3")
    assert "no methods.csv" in assess(rate_all(SETTLED, FULL), methods=METHODS.iloc[:0]).reason


def test_draws_that_fail_leave_the_influence_unmeasured():
    other = METHODS[METHODS["step"].eq("missing")].assign(method="mean", is_reference=False)
    methods = pd.concat([METHODS, other], ignore_index=True)
    methods["probability"] = methods["probability"].where(methods["step"].ne("missing"), 0.5)
    levels = {"ALB": (3, 3, 3), "BIH": (0, 0, 0)}
    found = assess(rate_all(SETTLED, levels) + rate_all("A", levels), methods=methods)
    assert "draws could not be calculated" in found.influence_reason
    assert found.influence.empty


def test_each_that_stands_for_nothing_is_refused():
    methods = pd.DataFrame({"step": ["weight", "weight"], "method": ["equal", "each"], "probability": [0.5, 0.5]})
    with pytest.raises(ValueError, match="each of weight stands for nothing"):
        list_choices(methods, coders=[], weights=["equal"], indicators=[])


def test_weights_of_stakeholders_are_one_more_choice():
    methods = METHODS[METHODS["step"].ne("weight")]
    budget = pd.DataFrame([("weight", "budget", 1.0, True)], columns=list(METHODS.columns[:4])).assign(is_on=False)
    methods = pd.concat([methods, budget], ignore_index=True)
    levels = {"ALB": (3, 3, 0, 0), "BIH": (0, 0, 2, 3)}
    rows = rate_all(SETTLED, levels) + rate_all("A", levels)
    # The budget names pillar x alone: the other pillar, in which BIH is ahead, weighs nothing.
    weights = pd.DataFrame({"pillar": ["x"], "weighing": "budget", "weight_share": [1.0]})
    found = assess(rows, methods=methods, pillar_weights=weights)
    assert found.ranks[["rank_best", "rank_worst"]].values.tolist() == [[1, 1], [2, 2]]
    turned = assess(rows, methods=methods, pillar_weights=weights.assign(pillar="y"))
    assert turned.ranks[["rank_best", "rank_worst"]].values.tolist() == [[2, 2], [1, 1]]
    with pytest.raises(ValueError, match="weight knows no budget"):
        assess(rows, methods=methods)

"""Levels with intervals, profiles by pillar, law against practice: by hand, by properties, and on the planted truth."""

import json

import demo
import numpy as np
import pandas as pd
import pytest
import shipped
from demo_parts.coders import SPARSE
from drawn import draw_study
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch import agreement, ratings
from ctresearch.ratings import CHANCES
from ctresearch.ratings.levels import NOT_RATED, ONE_CODER, PART_OPEN, add_intervals, find_run

CELL = ["jurisdiction", "jurisdiction_part", "indicator", "time_point"]
TRUTH = json.loads(demo.TRUTH.read_text(encoding="utf-8"))
INDICATORS = pd.DataFrame(
    {
        "indicator": ["P-1", "P-2", "P-3"],
        "pillar": "protection",
        "measure_type": ["law", "practice", "outcome"],
    }
)


def tidy(rows):
    """Ratings from (coder, indicator, level or status)."""
    cell = {"jurisdiction": "AAA", "jurisdiction_part": "", "time_point": "now", "evidence_ids": "f"}
    cell |= {"confidence": "low", "rationale": "r"}
    made = [
        cell
        | {"coder": coder, "indicator": name}
        | ({"status": said, "value": pd.NA} if isinstance(said, str) else {"status": "coded", "value": said})
        for coder, name, said in rows
    ]
    return pd.DataFrame(made).astype({"value": "Int64"})


def make_cell(**changes):
    sure = dict(zip(CHANCES, (0.0, 1.0, 0.0, 0.0), strict=True))
    cell = {"jurisdiction": "AAA", "jurisdiction_part": "", "indicator": "P-1", "time_point": "now", "value": 1}
    cell |= {"status": "coded", "evidence_ids": "f", "rationale": "r", "confidence": "low", "basis": "agreed"}
    return cell | sure | {"coders_n": 2} | changes


@pytest.fixture(scope="module")
def data():
    return shipped.read_study("demo")


@pytest.fixture(scope="module")
def settled(data):
    scoring = data.study.scoring
    return ratings.estimate_levels(data.ratings, adjudicator=scoring.adjudicator, level=scoring.interval_level)


@pytest.fixture(scope="module")
def drawn(data):
    """Cells and pillars of six studies that are drawn as the fictitious one is, each with what is true of it."""
    studies = []
    for seed in range(6):
        given, rated, scores = draw_study(seed)
        settled = ratings.estimate_levels(given, adjudicator="panel", level=data.study.scoring.interval_level)
        studies.append(judge(data, settled, rated, scores))
    return [pd.concat(part) for part in zip(*studies, strict=True)]


def judge(data, settled, rated, scores):
    """Cells and means of pillars that have an interval, with `true` and `is_held`."""
    cells = settled.cells.merge(pd.DataFrame(rated["cells"]).rename(columns={"level": "true"}), on=CELL)
    cells = cells[cells["level_low"].notna()]
    scoring = data.study.scoring
    choices = {"parts": data.study.parts(), "practice_rule": scoring.practice_rule, "level": scoring.interval_level}
    levels = ratings.roll_up_levels(settled.cells, data.indicators, **choices)
    asked = {"jurisdictions": data.study.codes, "time_point": "update", "least_share": scoring.coverage_share}
    profile = ratings.profile_pillars(levels, data.indicators, **asked, level=scoring.interval_level)
    now = ratings.add_aspects(levels[levels["status"].eq("coded") & levels["time_point"].eq("update")], data.indicators)
    now = now.assign(true=[scores[row.indicator][row.jurisdiction] for row in now.itertuples()])
    means = now.groupby(["jurisdiction", "pillar", "aspect"])["true"].mean().reset_index()
    pillars = profile[profile["mean_low"].notna()].merge(means)
    within = pillars["true"].between(pillars["mean_low"] - 1e-9, pillars["mean_high"] + 1e-9)
    return cells.assign(is_held=cells["true"].between(cells["level_low"], cells["level_high"])), pillars.assign(
        is_held=within
    )


def test_true_levels_and_means_lie_in_the_intervals_of_studies_drawn_by_chance(drawn):
    cells, pillars = drawn
    assert len(cells) > 3000
    assert len(pillars) > 250
    # Whole levels hold more than is stated, and as much as they say; means of pillars have finer steps.
    assert 0.85 <= cells["is_held"].mean() <= 0.95
    assert cells["is_held"].mean() == pytest.approx(cells["interval_chance"].mean(), abs=0.01)
    assert pillars["is_held"].mean() == pytest.approx(0.9, abs=0.04)


def test_what_an_interval_says_that_it_holds_is_what_it_holds(drawn):
    cells, _ = drawn
    bins = pd.cut(cells["interval_chance"].astype(float), [0, 0.85, 0.9, 0.95, 0.98, 1])
    by_bin = cells.assign(said=cells["interval_chance"].astype(float)).groupby(bins, observed=True)
    assert len(by_bin) == 5
    for _, own in by_bin:
        # Three standard errors, and one in a hundred for the shares and slips, which are estimated.
        said = own["said"].mean()
        spread = 3 * (said * (1 - said) / len(own)) ** 0.5 + 0.01
        assert own["is_held"].mean() == pytest.approx(said, abs=spread)


def test_true_levels_and_means_lie_in_the_intervals_of_the_shipped_study(data, settled, drawn):
    cells, pillars = judge(data, settled, TRUTH["rated"], TRUTH["scores"])
    assert len(cells) > 500
    assert len(pillars) > 40
    assert 0.85 <= cells["is_held"].mean() <= 0.95
    # Two standard errors of one study around what is so on average.
    share = drawn[1]["is_held"].mean()
    spread = 2 * (share * (1 - share) / len(pillars)) ** 0.5
    assert pillars["is_held"].mean() == pytest.approx(share, abs=spread)


def test_the_planted_sparse_place_has_the_fewest_levels(settled):
    now = settled.cells[settled.cells["time_point"].eq("update")]
    assert now["status"].eq("coded").groupby(now["jurisdiction"]).mean().idxmin() == SPARSE


def test_the_planted_unreliable_coder_is_found_and_no_other(data, settled):
    given = data.ratings[data.ratings["coder"].ne(data.study.scoring.adjudicator)]
    found = agreement.screen_coders(
        given,
        units=CELL,
        categories=range(4),
        scale=data.study.scoring.agreement_scale,
        level=data.study.thresholds.confidence_level,
        resamples=200,
        rng=np.random.default_rng(1),
    )
    assert found.loc[found["is_flagged"], "coder"].tolist() == [TRUTH["rated"]["unreliable"]]
    exact = settled.coders.groupby("coder")["exact_share"].max()
    assert exact.idxmin() == TRUTH["rated"]["unreliable"]


def test_interval_is_the_run_whose_chance_is_nearest():
    # Around level 1: alone 0.70; with 2, 0.93; with 0 and 2, 0.98. Of 0.70, 0.93 and 0.98 the second is nearest to 0.9.
    cells = pd.DataFrame([[1, "coded", 0.05, 0.70, 0.23, 0.02]], columns=["value", "status", *CHANCES])
    found = add_intervals(cells, level=0.9).iloc[0]
    assert (found["level_low"], found["level_high"]) == (1, 2)
    assert found["interval_chance"] == pytest.approx(0.93)
    # A settled level is always within, however unlikely: 0 to 1 is 0.75, 0 to 2 is 0.98.
    found = add_intervals(cells.assign(value=0), level=0.9).iloc[0]
    assert (found["level_low"], found["level_high"]) == (0, 2)


def test_run_is_the_likeliest_of_its_length_and_of_two_equally_near_the_one_that_holds_more():
    # Of two places 0.6 (the first two), of three 0.9 (from the second on): the run need not begin at the first.
    assert find_run(np.array([0.1, 0.5, 0.1, 0.3]), None, 0.9) == (1, 3, pytest.approx(0.9))
    # 0.8 alone and 1.0 together are equally near to 0.9: the one that holds more is taken, and nothing of no chance.
    assert find_run(np.array([0.8, 0.2, 0.0]), 0, 0.9)[:2] == (0, 1)
    # A value without any chance lies within if it must.
    assert find_run(np.array([0.0, 0.0, 1.0]), 0, 0.9) == (0, 2, pytest.approx(1))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=8).filter(any), st.data())
def test_no_other_run_is_nearer(weights, data):
    chances = np.array(weights) / sum(weights)
    held = data.draw(st.none() | st.integers(0, len(weights) - 1))
    low, high, chance = find_run(chances, held, 0.9)
    assert chance == pytest.approx(chances[low : high + 1].sum())
    likeliest = {}
    for first in range(len(weights)):
        for last in range(first, len(weights)):
            if held is None or first <= held <= last:
                own = likeliest.setdefault(last - first, [])
                own.append(chances[first : last + 1].sum())
    assert abs(chance - 0.9) <= min(abs(max(own) - 0.9) for own in likeliest.values()) + 1e-8
    assert held is None or low <= held <= high


def test_one_coder_has_no_interval_and_says_why():
    found = ratings.estimate_levels(tidy([("a", "P-1", 2), ("a", "P-2", "ND")]), adjudicator="panel", level=0.9)
    assert found.coders.empty
    assert found.cells["level_low"].isna().all()
    assert found.cells["reason"].tolist() == [ONE_CODER, NOT_RATED]


def test_two_coders_share_one_error_as_nobody_can_tell_who_errs():
    rows = [("a", "P-1", 1), ("b", "P-1", 1), ("a", "P-2", 0), ("b", "P-2", 3), ("panel", "P-2", 3)]
    found = ratings.estimate_levels(tidy(rows), adjudicator="panel", level=0.9)
    assert found.coders["coder"].tolist() == ["a; b", "panel"]
    assert found.cells["basis"].tolist() == ["agreed", "adjudicated"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([0, 1, 2, 3, "ND", "NA"])] * 3), min_size=1, max_size=8), st.data())
def test_chances_add_up_to_one_and_row_order_is_irrelevant(answers, data):
    rows = [
        (coder, f"P-{number}", said)
        for number, own in enumerate(answers)
        for coder, said in zip("abc", own, strict=True)
    ]
    found = (
        ratings.estimate_levels(tidy(rows), adjudicator="panel", level=0.9).cells.set_index("indicator").sort_index()
    )
    sums = found[list(CHANCES)].sum(axis=1, skipna=False)
    assert np.allclose(sums.dropna(), 1)
    assert (found["level_low"].isna() == found["interval_chance"].isna()).all()
    known = found[found["level_low"].notna() & found["value"].notna()]
    assert (known["level_low"].le(known["value"]) & known["value"].le(known["level_high"])).all()
    again = ratings.estimate_levels(tidy(data.draw(st.permutations(rows))), adjudicator="panel", level=0.9).cells
    again = again.set_index("indicator").sort_index()
    assert np.allclose(again[list(CHANCES)], found[list(CHANCES)], equal_nan=True, atol=1e-6)


def test_a_share_that_is_none_is_refused():
    with pytest.raises(ValueError, match="level is 90; expected a number between 0 and 1"):
        ratings.estimate_levels(tidy([("a", "P-1", 1)]), adjudicator="panel", level=90)


def test_chances_of_the_whole_are_those_of_every_combination():
    # Lower median of three parts, each 1 or 2 with a half: two or more of three are 2 in 4 of 8 cases.
    half = dict(zip(CHANCES, (0.0, 0.5, 0.5, 0.0), strict=True))
    parts = [make_cell(indicator="P-2", jurisdiction_part=part, **half) for part in "xyz"]
    rule = {"parts": {"AAA": tuple("xyz")}, "practice_rule": "lower_median", "level": 0.9}
    whole = ratings.roll_up_levels(pd.DataFrame(parts), INDICATORS, **rule).iloc[0]
    assert whole[list(CHANCES)].tolist() == [0, 0.5, 0.5, 0]
    # The lowest of three, as for law: 2 only if all are, 1 in 8.
    law = pd.DataFrame(parts).assign(indicator="P-1")
    assert ratings.roll_up_levels(law, INDICATORS, **rule).iloc[0]["chance_2"] == 0.125


def test_a_part_without_a_level_leaves_no_interval():
    blank = dict.fromkeys(CHANCES, np.nan)
    parts = [
        make_cell(jurisdiction_part="x", value=0),
        make_cell(jurisdiction_part="y", value=pd.NA, status="ND", **blank),
    ]
    rule = {"parts": {"AAA": ("x", "y")}, "practice_rule": "minimum", "level": 0.9}
    whole = ratings.roll_up_levels(pd.DataFrame(parts), INDICATORS, **rule).iloc[0]
    # Law: the lowest is 0 whatever the other is.
    assert (whole["value"], whole["status"], whole["reason"]) == (0, "coded", PART_OPEN)
    assert pd.isna(whole["level_low"])


def profile_of(*cells, least_share=0.5, places=("AAA",)):
    asked = {"jurisdictions": places, "time_point": "now", "least_share": least_share, "level": 0.9}
    return ratings.profile_pillars(pd.DataFrame(cells), INDICATORS, **asked)


def test_profile_by_hand():
    # Practice: 1 for sure, and 0 or 2 by halves (settled 2): the sum is 1 or 3, so the mean is 0.5 or 1.5.
    split = dict(zip(CHANCES, (0.5, 0.0, 0.5, 0.0), strict=True))
    profile = profile_of(make_cell(indicator="P-2"), make_cell(indicator="P-3", value=2, **split))
    law, practice = profile.iloc[0], profile.iloc[1]
    assert practice[["asked_n", "rated_n", "mean_level", "mean_low", "mean_high"]].tolist() == [2, 2, 1.5, 0.5, 1.5]
    assert law["reason"] == "0 of 1 indicators have a level, 50 % are needed"
    assert pd.isna(law["mean_level"])


def test_what_does_not_apply_is_not_asked():
    na = make_cell(indicator="P-3", status="NA", value=pd.NA, **dict.fromkeys(CHANCES, np.nan))
    profile = profile_of(make_cell(indicator="P-2"), na, make_cell(indicator="P-1", status="NA", value=pd.NA))
    assert profile["asked_n"].tolist() == [0, 1]
    assert profile["reason"].tolist() == ["no indicator applies", ""]


def test_nothing_rated_gives_reasons_and_no_number():
    empty = pd.DataFrame([make_cell()]).iloc[:0]
    profile = ratings.profile_pillars(
        empty, INDICATORS, jurisdictions=["AAA"], time_point="now", least_share=0.0, level=0.9
    )
    assert profile["mean_level"].isna().all()
    assert profile["reason"].ne("").all()


def test_law_is_set_against_practice():
    # Law 3 for sure; practice 1 for sure and 0 or 2 by halves: differences 3 - 0.5 = 2.5 and 3 - 1.5 = 1.5.
    sure, split = (dict(zip(CHANCES, own, strict=True)) for own in ((0.0, 0, 0, 1.0), (0.5, 0.0, 0.5, 0.0)))
    cells = [make_cell(value=3, **sure), make_cell(indicator="P-2"), make_cell(indicator="P-3", value=2, **split)]
    levels = ratings.add_aspects(pd.DataFrame(cells), INDICATORS)
    gap = ratings.compare_law_and_practice(profile_of(*cells), levels, level=0.9).iloc[0]
    assert gap[["difference_level", "difference_low", "difference_high"]].tolist() == [1.5, 1.5, 2.5]
    gap = ratings.compare_law_and_practice(profile_of(*cells[1:]), levels, level=0.9).iloc[0]
    assert gap["reason"].startswith("law: 0 of 1 indicators have a level")
    assert pd.isna(gap["difference_low"])


def test_two_rows_of_a_cell_are_refused():
    with pytest.raises(ValueError, match="two levels of one cell"):
        profile_of(make_cell(), make_cell())


def test_on_the_real_study_one_coder_leaves_no_interval_and_no_mean():
    data = shipped.read_study()
    scoring = data.study.scoring
    found = ratings.estimate_levels(data.ratings, adjudicator=scoring.adjudicator, level=scoring.interval_level)
    assert set(found.cells["basis"]) == {"single_coder"}
    assert found.cells["level_low"].isna().all()
    asked = {"jurisdictions": data.study.codes, "least_share": scoring.coverage_share, "level": scoring.interval_level}
    for point in ("baseline", "update"):
        profile = ratings.profile_pillars(found.cells, data.indicators, time_point=point, **asked)
        assert profile["mean_level"].isna().all()
    assert set(found.cells["reason"]) == {ONE_CODER, NOT_RATED}

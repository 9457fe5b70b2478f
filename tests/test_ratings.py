"""Ratings: refused where their evidence does not carry them; rolled up, compared and settled by stated rules."""

import shutil

import pandas as pd
import pytest
import shipped
from hypothesis import given, settings
from hypothesis import strategies as st

from ctresearch import places, schema, store
from ctresearch.ratings import (
    adjudicate,
    check_ratings,
    classify_sources,
    coding_sheet,
    compare_time_points,
    list_disagreements,
    roll_up_parts,
)

PERIODS = [("baseline", 2013, 2014), ("update", 2022, 2024)]
INDICATORS = pd.DataFrame(
    {"indicator": ["LAW-01", "PRAC-01", "OUT-01"], "measure_type": ["law", "practice", "outcome"]}
)
SOURCES = pd.DataFrame(
    {"source_id": ["state", "ngo", "embassy", "blog"], "publisher": ["State", "NGO", "Embassy", "Blog"]}
)
PUBLISHERS = pd.DataFrame(
    {"publisher": ["State", "NGO", "Embassy"], "publisher_kind": ["authority", "civil_society", "other_state"]}
)
CODES = {
    "jurisdiction": ("AAA", "BBB"),
    "jurisdiction_part": ("north", "south"),
    "confidence": ("low", "medium", "high"),
}
PARTS = {"BBB": ("north", "south")}


def fact(evidence_id, indicator, kind, source, *, second="", jurisdiction="AAA", year=2014):
    return {
        **{"evidence_id": evidence_id, "jurisdiction": jurisdiction, "indicator": indicator, "year": str(year)},
        **{"evidence_kind": kind, "source_id": source, "second_source_id": second},
    }


FACTS = pd.DataFrame(
    [
        fact("law", "PRAC-01", "law", "state", second="ngo"),
        fact("seen", "PRAC-01", "practice", "state"),
        fact("told", "PRAC-01", "practice", "ngo"),
        fact("both", "OUT-01", "outcome", "ngo", second="embassy"),
        fact("blog", "OUT-01", "outcome", "blog"),
        fact("old", "LAW-01", "law", "state", year=2012),
        fact("text", "LAW-01", "law", "state"),
        fact("there", "LAW-01", "law", "state", jurisdiction="BBB"),
    ]
)


def rate(**cells):
    row = {
        **{"coder": "coder_a", "jurisdiction": "AAA", "jurisdiction_part": "", "indicator": "PRAC-01"},
        **{"time_point": "baseline", "value": "1", "status": "coded", "evidence_ids": "seen", "rationale": "why"},
        **{"looked_for": "", "confidence": "low", "date": "2026-11-24"},
    }
    return row | cells


def check(*rows):
    ratings = pd.DataFrame(list(rows))
    sources = classify_sources(SOURCES, PUBLISHERS)
    return [str(p) for p in check_ratings(ratings, FACTS, INDICATORS, sources, PERIODS, codes=CODES, parts=PARTS)]


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"value": "2", "evidence_ids": "seen;told"},
        {"value": "3", "evidence_ids": "law;seen"},
        {"indicator": "OUT-01", "value": "2", "evidence_ids": "both"},
        {"indicator": "LAW-01", "value": "3", "evidence_ids": "text"},
        {"value": "", "status": "ND", "evidence_ids": "", "rationale": "", "looked_for": "reports", "confidence": ""},
        {"value": "", "status": "ND", "evidence_ids": "seen", "looked_for": "figures", "confidence": ""},
        {"value": "", "status": "NA", "evidence_ids": "", "rationale": "No case arose.", "confidence": ""},
    ],
)
def test_a_rating_that_its_evidence_carries_is_accepted(cells):
    assert check(rate(**cells)) == []


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"evidence_ids": ""}, "column 'evidence_ids': expected the facts that a level rests on"),
        ({"rationale": ""}, "column 'rationale': expected a rationale for a level"),
        ({"confidence": ""}, "expected the confidence of a level"),
        ({"value": ""}, "expected a level where the status is coded"),
        ({"value": "4"}, "found '4', expected a level from 0 to 3"),
        ({"value": "-1"}, "found '-1', expected a level from 0 to 3"),
        ({"value": "1.5"}, "found '1.5', expected a whole number"),
        ({"status": "ND", "looked_for": "x"}, "found '1', expected no level where the status is ND or NA"),
        ({"status": "ND", "value": ""}, "expected what was looked for where nothing decides"),
        ({"status": "NA", "value": "", "rationale": ""}, "expected a reason why the question does not apply"),
        ({"status": "done"}, "found 'done', expected a code of the list 'rating_status'"),
        ({"confidence": "sure"}, "found 'sure', expected a code of the list 'confidence'"),
        ({"indicator": "PRAC-99"}, "found 'PRAC-99', expected a code of the list 'indicator'"),
        ({"jurisdiction": "CCC"}, "found 'CCC', expected a code of the list 'jurisdiction'"),
        ({"time_point": "later"}, "found 'later', expected a code of the list 'time_point'"),
        ({"coder": "Jane Doe"}, "found 'Jane Doe', expected a short name"),
        ({"evidence_ids": "seen;none"}, "found 'none', expected facts of evidence.csv"),
        ({"evidence_ids": "seen, told"}, "expected codes joined by ';'"),
        ({"evidence_ids": "both"}, "found 'both (AAA, OUT-01)', expected facts about the jurisdiction and indicator"),
        ({"indicator": "LAW-01", "evidence_ids": "there"}, "found 'there (BBB, LAW-01)', expected facts about"),
        ({"indicator": "LAW-01", "evidence_ids": "old"}, "found 'old (2012)', expected facts of 2013 to 2014"),
        ({"time_point": "update"}, "found 'seen (2014)', expected facts of 2022 to 2024 for the time point update"),
        ({"value": "2", "evidence_ids": "law"}, "at most level 1 on practice or outcome from text of law alone"),
        ({"value": "2"}, "found '2 from authority', expected at most level 1 on practice or outcome from one kind"),
        (
            {"indicator": "OUT-01", "value": "3", "evidence_ids": "blog"},
            "found '3 from publishers without a kind', expected at most level 1",
        ),
        ({"jurisdiction_part": "north"}, "found 'north', expected no part: AAA has none"),
    ],
)
def test_a_rating_that_its_evidence_does_not_carry_is_refused(cells, said):
    problems = check(rate(**cells))
    assert len(problems) == 1, problems
    assert "ratings.csv, row 2" in problems[0]
    assert said in problems[0]


def test_all_problems_of_all_rows_come_in_one_list():
    problems = check(
        rate(), rate(), rate(indicator="LAW-01", evidence_ids="old;nowhere"), rate(indicator="OUT-01", value="7")
    )
    assert len(problems) == 5, problems
    assert "rows 2, 3, column 'coder, jurisdiction, jurisdiction_part, indicator, time_point'" in problems[0]
    assert [text.split(":")[0] for text in problems[1:]] == [
        "ratings.csv, row 5, column 'value'",
        "ratings.csv, row 4, column 'evidence_ids'",
        "ratings.csv, row 5, column 'evidence_ids'",
        "ratings.csv, row 4, column 'evidence_ids'",
    ]


def test_a_place_is_coded_as_a_whole_or_by_parts():
    at = {"jurisdiction": "BBB", "indicator": "LAW-01", "evidence_ids": "there"}
    both = check(rate(**at), rate(**at, jurisdiction_part="north"))
    assert len(both) == 1
    assert "rows 2, 3" in both[0]
    assert "a level for the whole or for its parts, not both" in both[0]


def test_a_missing_column_is_said_alone_and_no_rows_are_no_problem():
    table = pd.DataFrame([rate()])
    sources = classify_sources(SOURCES, PUBLISHERS)
    (problem,) = check_ratings(table.drop(columns="date"), FACTS, INDICATORS, sources, PERIODS)
    assert "expected the column 'date'" in str(problem)
    assert check_ratings(table.iloc[:0], FACTS, INDICATORS, sources, PERIODS) == []


@settings(max_examples=20, deadline=None)
@given(value=st.sampled_from("0123"), cited=st.sets(st.sampled_from(["law", "seen", "told"]), min_size=1))
def test_the_ceiling_holds_for_every_choice_of_facts(value, cited):
    ratings = pd.DataFrame([rate(value=value, evidence_ids=";".join(sorted(cited)))])
    before = ratings.copy()
    # "law" has two kinds of source of its own; "seen" and "told" are of one kind each.
    carries = cited != {"law"} and (len(cited) > 1)
    assert (check(*ratings.to_dict("records")) == []) == (value in "01" or carries)
    pd.testing.assert_frame_equal(ratings, before)


def cells(levels, *, indicator="PRAC-01", **changes):
    """Rate the parts of BBB; a text instead of a level is a status."""
    rows = []
    for part, level in levels.items():
        is_level = isinstance(level, int)
        rows.append(
            rate(jurisdiction="BBB", jurisdiction_part=part, indicator=indicator, evidence_ids=f"f-{part}", **changes)
            | {"value": level if is_level else None, "status": "coded" if is_level else level}
        )
    return pd.DataFrame(rows).astype({"value": "Int64"})


def roll(levels, *, indicator="PRAC-01", rule="lower_median", parts=("a", "b", "c", "d")):
    given_ = {"parts": {"BBB": parts}, "practice_rule": rule}
    (row,) = roll_up_parts(cells(levels, indicator=indicator), INDICATORS, **given_).to_dict("records")
    return row


def test_parts_by_hand():
    levels = {"a": 3, "b": 0, "c": 2, "d": 2}
    # Law: the lowest of 3, 0, 2, 2. Practice: of 0, 2, 2, 3 more than half (three) reach 2.
    assert roll(levels, indicator="LAW-01")["value"] == 0
    practice = roll(levels)
    assert (practice["value"], practice["rule"], practice["parts_n"], practice["rated_n"]) == (2, "lower_median", 4, 4)
    assert practice["rationale"] == "a 3; b 0; c 2; d 2"
    assert practice["evidence_ids"] == "f-a;f-b;f-c;f-d"
    assert roll(levels, rule="minimum")["value"] == 0


def test_an_unknown_part_leaves_a_span_unless_it_cannot_matter():
    # Lower median of 1, 2, 2 and 0..3 is 1 (0, 1, 2, 2) to 2 (1, 2, 2, 3).
    open_ = roll({"a": 1, "b": 2, "c": 2, "d": "ND"})
    assert (open_["status"], open_["value_low"], open_["value_high"]) == ("ND", 1, 2)
    assert pd.isna(open_["value"])
    # The lowest cannot be more than 0 whatever the part without a row is.
    assert roll({"a": 0, "b": 2, "c": "ND"}, rule="minimum")["value"] == 0
    assert roll({"a": 3, "b": "NA", "c": 3, "d": 3})["value"] == 3
    assert roll(dict.fromkeys("abcd", "NA"))["status"] == "NA"


def test_a_rule_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="no rule 'mean' for parts; expected one of minimum, lower_median"):
        roll({"a": 1}, rule="mean")


@given(
    levels=st.dictionaries(st.sampled_from("abcd"), st.sampled_from([0, 1, 2, 3, "ND", "NA"]), min_size=1),
    rule=st.sampled_from(["minimum", "lower_median"]),
)
def test_roll_up_stays_within_its_parts_and_knows_no_order(levels, rule):
    rolled = roll(levels, rule=rule)
    backwards = roll(dict(reversed(levels.items())), rule=rule)
    assert {name: str(rolled[name]) for name in ("value", "value_low", "value_high", "status")} == {
        name: str(backwards[name]) for name in ("value", "value_low", "value_high", "status")
    }
    known = [level for level in levels.values() if isinstance(level, int)]
    if rolled["status"] == "coded":
        assert min(known) <= rolled["value"] <= max(known)
    elif rolled["status"] == "ND":
        assert 0 <= rolled["value_low"] < rolled["value_high"] <= 3


def test_change_by_hand():
    ratings = pd.concat(
        [
            cells({"north": 1, "south": 2}, rationale="A draft."),
            cells({"north": 3, "south": "ND"}, time_point="update", rationale="In force."),
        ]
    )
    compared = compare_time_points(ratings, before="baseline", after="update")
    north, south = compared.to_dict("records")
    assert (north["change"], north["direction"]) == (2, "up")
    assert north["what_changed"] == "From 1 to 3. Before: A draft. After: In force."
    assert (north["evidence_ids_before"], north["evidence_ids_after"]) == ("f-north", "f-north")
    assert pd.isna(south["change"])
    assert (south["direction"], south["what_changed"][:15]) == ("unknown", "From 2 to ND. B")


def test_a_cell_of_one_time_point_alone_is_unknown_and_two_ratings_are_refused():
    one = cells({"north": 1})
    (row,) = compare_time_points(one, before="baseline", after="update").to_dict("records")
    assert (row["direction"], row["what_changed"]) == ("unknown", "From 1 to ND. Before: why")
    with pytest.raises(ValueError, match="settle the coders first"):
        compare_time_points(pd.concat([one, one]), before="baseline", after="update")
    assert compare_time_points(one.iloc[:0], before="baseline", after="update").empty


def test_coders_are_settled_by_decision_else_by_agreement():
    ratings = pd.concat(
        [
            cells({"a": 1, "b": 1, "c": 0, "d": 2}, coder="one"),
            cells({"a": 1, "b": 2, "c": "ND"}, coder="two"),
            cells({"b": 2}, coder="panel", rationale="The act binds."),
        ]
    )
    settled = adjudicate(ratings, adjudicator="panel").set_index("jurisdiction_part")
    assert settled["basis"].to_dict() == {"a": "agreed", "b": "adjudicated", "c": "open", "d": "single_coder"}
    assert settled["value"].astype(object).where(settled["value"].notna(), None).to_dict() == {
        **{"a": 1, "b": 2, "c": None, "d": 2}
    }
    assert settled.loc["b", "rationale"] == "The act binds."
    # One says 0, the other cannot tell: anything from 0 to 3.
    assert settled.loc["c", ["status", "value_low", "value_high"]].tolist() == ["ND", 0, 3]
    differing = list_disagreements(ratings, adjudicator="panel")
    assert differing[["jurisdiction_part", "levels", "is_settled"]].values.tolist() == [
        ["b", "one 1; two 2", True],
        ["c", "one 0; two ND", False],
    ]
    assert differing["spread"].tolist() == [1, pd.NA]
    assert differing.loc[0, "decision"] in ("0", "1", "2", "3")
    assert differing.loc[1, ["decision", "decision_reason"]].tolist() == ["", ""]


def test_a_sheet_has_one_row_a_cell_and_no_cell_twice():
    data = shipped.read_study()
    asked = {"jurisdictions": data.study.codes, "time_points": ["baseline", "update"], "parts": data.study.parts()}
    sheet = coding_sheet(data.indicators, coder="coder_a", is_core_only=False, **asked)
    assert len(sheet) == len(data.indicators) * 2 * (5 + 4)
    assert not sheet.duplicated(list(schema.RATINGS.key)).any()
    assert sheet[["value", "status", "evidence_ids", "rationale"]].eq("").all(axis=None)
    assert sheet.notna().all(axis=None)


def test_real_study_attempts_every_core_cell_and_weighs_every_fact():
    data = shipped.read_study()
    ratings = data.ratings.merge(data.indicators[["indicator", "is_core"]], on="indicator")
    assert ratings["is_core"].sum() == 24 * 6 * 2
    cited = {name for ids in ratings["evidence_ids"] for name in ids.split(";")}
    in_window = data.evidence["year"].between(2013, 2014) | data.evidence["year"].between(2022, 2024)
    own = data.evidence["jurisdiction"].ne("REG")
    assert set(data.evidence.loc[in_window & own, "evidence_id"]) <= cited
    assert ratings.loc[ratings["status"].eq("coded"), "rationale"].str.len().between(60, 320).all()


def test_a_study_says_which_rating_does_not_hold(tmp_path):
    folder = tmp_path / "damaged"
    shutil.copytree(places.locate_study("western_balkans"), folder)
    rows = pd.read_csv(folder / "ratings.csv", dtype=str, keep_default_na=False)
    coded = rows.index[rows["indicator"].eq("PREV-12") & rows["status"].eq("coded")][0]
    rows.loc[coded, "value"] = "3"
    rows.to_csv(folder / "ratings.csv", index=False)
    (problem,) = store.check_study(folder)
    assert str(problem).startswith(f"damaged/ratings.csv, row {coded + 2}, column 'value': found '3 from other_state'")
    (folder / "ratings.csv").unlink()
    (folder / "publishers.csv").unlink()
    assert store.check_study(folder) == []
    assert store.read_study(folder).ratings.empty

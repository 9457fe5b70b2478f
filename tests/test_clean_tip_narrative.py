"""Transcription sheets: raw rows and expected counts side by side."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from conftest import make_count

from ctresearch import schema
from ctresearch.clean.mapping import list_codes
from ctresearch.clean.tip_narrative import tidy_tip_narrative

ROOT = Path(__file__).parents[1]
TRANSCRIBED = ROOT.parent / "shared" / "evidence" / "tip_narrative_counts.csv"
LABELS = pd.read_csv(ROOT / "data" / "framework" / "labels.csv", dtype=str, keep_default_na=False)
CODES = pd.read_csv(ROOT / "data" / "framework" / "codes.csv", dtype=str, keep_default_na=False)
HEADERS = ["jurisdiction", "data_year", "report_year", "indicator", "victim_status", "breakdown", "category", "value",
           "note", "publication"]  # fmt: skip


def row(**changes: str | None) -> list[str | None]:
    plain = dict(zip(HEADERS, ["ALB", "2014", "2015.0", "victims identified", "official", "total", "all", "7", None,
                               "Report"], strict=True))  # fmt: skip
    return list({**plain, **changes}.values())


def tidy(*rows: list[str | None]):
    frame = pd.DataFrame([HEADERS, *rows], dtype="str")
    frame.index = pd.RangeIndex(1, 1 + len(frame))
    return tidy_tip_narrative({"": frame}, file="n.csv", source_ids={"Report": "src-a"}, labels=LABELS)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"measure": "victims_official", "year": 2014, "value": 7.0, "value_high": 7.0, "report_year": 2015}),
        ({"data_year": "2013-2016"}, {"year": 2013, "year_end": 2016, "period": ""}),
        ({"data_year": "2014H1"}, {"year": 2014, "year_end": 2014, "period": "first half"}),
        ({"data_year": "2007-2013H1"}, {"year": 2007, "year_end": 2013, "period": "to the end of June 2013"}),
        ({"data_year": "2012-2013H2"}, {"year": 2012, "year_end": 2013, "period": ""}),
        ({"breakdown": "sex", "category": "female"}, {"sex": "female", "age_group": "total"}),
        ({"breakdown": "age", "category": "child"}, {"age_group": "child", "sex": "total"}),
        ({"breakdown": "sexage", "category": "boys"}, {"sex": "male", "age_group": "child"}),
        (
            {"breakdown": "sexage", "category": "men (labour)"},
            {"sex": "male", "age_group": "adult", "form": "labour"},
        ),
        ({"breakdown": "form", "category": "both sex and labour"}, {"form": "mixed"}),
        ({"breakdown": "citizenship", "category": "Kosovo"}, {"citizenship": "XKX"}),
        ({"breakdown": "citizenship", "category": "Albania"}, {"citizenship": "own"}),
        ({"breakdown": "status", "category": "potential"}, {"measure": "victims_potential"}),
        ({"breakdown": "referral", "category": "suspected victims referred"}, {"measure": "victims_referred"}),
        ({"victim_status": None}, {"measure": "victims_identified"}),
        ({"victim_status": "potential + official"}, {"measure": "victims_potential_official"}),
        ({"jurisdiction": "Северна Македонија"}, {"jurisdiction": "MKD"}),
    ],
)
def test_a_transcribed_row_becomes_the_expected_count(changes, expected):
    cleaned = tidy(row(**changes))
    assert cleaned.problems == ()
    found = cleaned.tables["victims"].iloc[0]
    assert {name: found[name] for name in expected} == expected


def test_of_which_is_kept_as_a_note():
    found = tidy(row(breakdown="form", category="of which forced begging", note="x")).tables["victims"].iloc[0]
    assert found["form"] == "begging"
    assert found["note"] == "x; inside another category of the same source ('of which')"


def test_persons_before_the_law_go_to_their_own_table():
    cleaned = tidy(row(), row(indicator="persons convicted", victim_status=None))
    assert cleaned.tables["victims"]["measure"].tolist() == ["victims_official"]
    assert cleaned.tables["justice"]["measure"].tolist() == ["persons_convicted"]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"jurisdiction": "Yugoslavia"}, "jurisdiction"),
        ({"data_year": "about 2014"}, "data_year"),
        ({"indicator": "victims seen"}, "indicator"),
        ({"victim_status": "not counted as victims"}, "indicator"),
        ({"breakdown": "shoe size"}, "breakdown"),
        ({"breakdown": "form", "category": "zzz"}, "category"),
        ({"value": "some"}, "value"),
        ({"value": "<5"}, "value"),
        ({"value": None}, "value"),
        ({"publication": "Rumour"}, "publication"),
    ],
)
def test_what_cannot_be_placed_is_a_problem_and_no_row(changes, column):
    cleaned = tidy(row(), row(**changes))
    assert {problem.column for problem in cleaned.problems} == {column}
    assert {problem.rows for problem in cleaned.problems} == {(3,)}
    assert sum(len(table) for table in cleaned.tables.values()) == 1


def test_channels_are_logged_as_left_out():
    cleaned = tidy(row(), row(breakdown="channel", category="mobile units"))
    assert cleaned.changes[["row", "before"]].values.tolist() == [[3, "channel"]]
    assert len(cleaned.tables["victims"]) == 1


def test_the_counts_keep_their_contract():
    table = next(table for table in schema.STUDY if table.name == "victims")
    victims = tidy(row(), row(breakdown="sex", category="female")).tables["victims"]
    assert list(victims.columns) == list(make_count())
    text = victims.assign(value=victims["value"].map("{:g}".format)).astype("str").fillna("").replace("<NA>", "")
    allowed = {**list_codes(CODES), "source": ("src-a",), "jurisdiction": ("ALB",)}
    assert schema.check_table(table, text, allowed) == []


def test_the_transcription_at_hand_agrees_with_the_study():
    if not TRANSCRIBED.is_file():
        if os.environ.get("CI"):
            pytest.fail("the transcription must be at hand in CI")
        pytest.skip("the transcription is not at hand")
    from ctresearch.files import read_sheets

    ids = {f"TIP Report {year}": f"usdos-tip-{year}" for year in range(2001, 2026)}
    cleaned = tidy_tip_narrative(read_sheets(TRANSCRIBED), file="n.csv", source_ids=ids, labels=LABELS)
    refused = {problem.found for problem in cleaned.problems if problem.column == "indicator"}
    assert refused == {
        "judgments; identified",
        "children forced into marriage; not counted as victims",
        "child beggars identified by police; not counted as victims",
    }
    key = [
        "jurisdiction",
        "year",
        "year_end",
        "period",
        "measure",
        "sex",
        "age_group",
        "form",
        "citizenship",
        "source_id",
    ]
    study = pd.read_csv(ROOT / "data" / "western_balkans" / "victims.csv", dtype=str, keep_default_na=False)
    study = study[study["source_id"].str.startswith("usdos-tip")]
    ours = {tuple(map(str, cells)) for cells in cleaned.tables["victims"][key].to_numpy()}
    shared = study[[cells in ours for cells in map(tuple, study[key].to_numpy())]]
    values = cleaned.tables["victims"].assign(value=lambda rows: rows["value"].map("{:g}".format)).astype("str")
    pairs = shared.merge(values, on=key, suffixes=("", "_sheet"))
    assert len(pairs) >= 270
    assert pairs.loc[pairs["value"].ne(pairs["value_sheet"])].empty

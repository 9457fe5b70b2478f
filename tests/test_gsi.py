"""Walk Free's data file: every rating of the region as printed, an empty cell never zero."""

import os
from pathlib import Path

import pandas as pd
import pytest

from ctresearch import files
from ctresearch.clean.gsi import tidy_gsi

ROOT = Path(__file__).parents[1]
RAW = ROOT.parent / "shared" / "raw" / "walkfree_gsi_2023_data.xlsx"
EVIDENCE = ROOT.parent / "shared" / "evidence" / "gsi.csv"
REGION = ("ALB", "BIH", "XKX", "MKD", "MNE", "SRB")
KEY = ["jurisdiction", "benchmark", "item"]
needs_raw = pytest.mark.skipif(
    not RAW.exists() and not os.environ.get("CI"), reason="the publisher's files are not part of the project"
)
RESPONSE = [f"Milestone {number} %" for number in range(1, 6)]
VULNERABILITY = [
    "Governance issues",
    "Lack of basic needs",
    "Inequality",
    "Disenfranchised groups",
    "Effects of conflict",
    "Total Vulnerability score (%)",
]
PREVALENCE = [
    "Estimated prevalence of modern slavery per 1,000 population",
    "Estimated number of people in modern slavery",
]


@pytest.fixture(scope="module")
def labels():
    return pd.read_csv(ROOT / "data" / "framework" / "labels.csv", dtype="str", keep_default_na=False)


@pytest.fixture(scope="module")
def cleaned(labels):
    sheets = files.read_sheets(RAW)
    return tidy_gsi(
        sheets, file=RAW.name, source_id="walkfree-gsi-2023", jurisdictions=REGION, labels=labels, year=2023
    )


def sheet(*rows):
    cells = pd.DataFrame([list(row) for row in rows], dtype="str")
    cells.index = range(1, len(cells) + 1)
    return cells


def small(country="Albania", item="1", total="61.53845977783203", estimate="34000"):
    return {
        "Indicators": sheet(
            ["Source: x"] + [None] * 8,
            ["Region", "Country", "M1111", *RESPONSE, "Total %"],
            ["E", country, item, *"12345", total],
        ),
        "Summary": sheet(["Country", *PREVALENCE, *VULNERABILITY], [country, "11.8", estimate, *"654321"]),
    }


def tidy(labels, sheets):
    return tidy_gsi(sheets, file="x.xlsx", source_id="s", jurisdictions=REGION, labels=labels, year=2023)


@needs_raw
def test_the_region_agrees_with_the_shipped_benchmarks(cleaned):
    shipped = pd.read_csv(ROOT / "data" / "western_balkans" / "benchmarks.csv", dtype="str", keep_default_na=False)
    shipped = shipped[shipped["source_id"].eq("walkfree-gsi-2023")]
    rows = cleaned.tables["benchmarks"]
    # 6 jurisdictions by 141 items, 6 responses, 2 estimates and 6 vulnerabilities: 6 x 155 = 930.
    assert (len(rows), len(shipped)) == (930, 930)
    both = rows.merge(shipped, on=KEY, suffixes=("", "_shipped"))
    assert len(both) == 930
    for column in ("printed", "status", "locator"):
        assert both[column].eq(both[f"{column}_shipped"]).all(), column
    assert both["value"].eq(pd.to_numeric(both["value_shipped"]).astype("Float64")).fillna(True).all()
    assert both["value"].isna().eq(both["value_shipped"].eq("")).all()


@needs_raw
def test_items_and_responses_agree_with_the_evidence(cleaned):
    evidence = pd.read_csv(EVIDENCE, dtype="str", keep_default_na=False)
    evidence = evidence[evidence["sheet"].eq("Govt response - Indicators") & evidence["indicator"].str.match(r"M\d{4}")]
    rows = cleaned.tables["benchmarks"]
    both = evidence.merge(rows, left_on=["jurisdiction", "indicator"], right_on=["jurisdiction", "item"])
    assert len(both) == len(evidence) == 6 * 141
    assert both["value_x"].astype(float).eq(both["value_y"].astype(float)).all()


@needs_raw
def test_montenegro_is_not_estimated_and_never_zero(cleaned):
    rows = cleaned.tables["benchmarks"]
    rows = rows[rows["jurisdiction"].eq("MNE") & rows["benchmark"].isin(["gsi_prevalence", "gsi_vulnerability"])]
    assert len(rows) == 8
    assert rows["value"].isna().all()
    assert rows["status"].eq("not_reported").all()
    assert rows["note"].eq("not estimated by the publisher; cell empty; never read as 0").all()


def test_a_small_file_gives_one_row_a_rating(labels):
    rows = tidy(labels, small()).tables["benchmarks"]
    assert len(rows) == 1 + 6 + 2 + 6
    total = rows[rows["benchmark"].eq("gsi_response") & rows["item"].eq("total")].iloc[0]
    assert (total["value"], total["printed"]) == (61.5385, "61.53845977783203")


@pytest.mark.parametrize(
    ("changes", "column", "found"),
    [
        ({"total": "n/a"}, "Total %", "n/a"),
        ({"item": "yes"}, "M1111", "yes"),
        ({"country": "Atlantis"}, "Country", "Atlantis"),
    ],
)
def test_what_cannot_be_read_is_a_problem_with_sheet_and_row(labels, changes, column, found):
    problems = tidy(labels, small(**changes)).problems
    assert {(problem.column, problem.found) for problem in problems} == {(column, found)}
    assert "sheet 'Indicators'" in problems[0].file
    assert problems[0].rows == (3,)


def test_a_file_without_the_sheets_says_what_is_missing(labels):
    cleaned = tidy(labels, {"x": sheet(["a"], ["b"])})
    assert len(cleaned.problems) == 2
    assert cleaned.tables == {}

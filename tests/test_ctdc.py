"""CTDC's releases: all rows of the synthetic release give the counts that were taken from it before."""

import os
from pathlib import Path

import pandas as pd
import pytest

from ctresearch import files
from ctresearch.clean.ctdc import REDACTED, count_cases, tidy_ctdc

ROOT = Path(__file__).parents[1]
RAW = ROOT.parent / "shared" / "raw" / "ctdc_synthetic_20210825_reconstructed.csv.gz"
SUMMARY = ROOT.parent / "shared" / "evidence" / "ctdc_summary.csv"
SCHEMA = ROOT.parent / "shared" / "evidence" / "ctdc_schema.csv"
REGION = ("ALB", "BIH", "XKX", "MKD", "MNE", "SRB")
HEAD = [
    "yearOfRegistration",
    "gender",
    "citizenship",
    "CountryOfExploitation",
    "isForcedLabour",
    "typeOfLabourConcatenated",
]
needs_raw = pytest.mark.skipif(
    not RAW.exists() and not os.environ.get("CI"), reason="the publisher's files are not part of the project"
)


@pytest.fixture(scope="module")
def labels():
    return pd.read_csv(ROOT / "data" / "framework" / "labels.csv", dtype="str", keep_default_na=False)


@pytest.fixture(scope="module")
def release(labels):
    return tidy_ctdc(files.read_sheets(RAW), file=RAW.name, labels=labels)


def tidy(labels, *rows, head=HEAD):
    cells = pd.DataFrame([head, *rows], dtype="str")
    cells.index = range(1, len(cells) + 1)
    return tidy_ctdc({"": cells}, file="x.csv", labels=labels)


@needs_raw
def test_all_rows_and_columns_are_read_without_a_problem(release):
    assert release.problems == ()
    cases = release.tables["cases"]
    assert cases.shape == (193_025, 37)
    assert cases.index[[0, -1]].tolist() == [2, 193_026]
    schema = pd.read_csv(SCHEMA, dtype="str", keep_default_na=False)
    assert cases.columns.tolist() == schema.loc[schema["release"].str.contains("2021"), "column"].tolist()


@needs_raw
def test_the_counts_reproduce_the_summary(release):
    summary = pd.read_csv(SUMMARY, dtype="str", keep_default_na=False)
    summary = summary[summary["release"].str.contains("Synthetic")]
    cases = release.tables["cases"]
    counts = pd.concat(
        [count_cases(cases, role=role, jurisdictions=REGION) for role in ("citizenship", "CountryOfExploitation")]
    )
    counts["dimension"] = counts["dimension"].replace({"is_yes": "indicator=1", "is_no": "indicator=0"})
    key = ["role", "jurisdiction", "dimension", "category"]
    both = summary.merge(counts, on=key, how="left", suffixes=("_summary", ""))
    # 376 counts of the release, among them three totals of 0 and 270 yes-no columns.
    assert len(both) == 376
    assert both["n"].notna().all()
    assert both["n"].eq(both["n_summary"].astype(int)).all()


@needs_raw
def test_the_release_prints_no_no(release):
    cases = release.tables["cases"]
    flags = cases.select_dtypes("boolean")
    assert flags.shape[1] == 30
    assert not flags.eq(False).any().any()  # a blank is not "no"


@pytest.mark.parametrize(
    ("raw", "column", "expected"),
    [
        (["2016", "Female", "NA", "AL", "1", ""], "citizenship", "NAM"),
        (["2016", "Female", "0", "AL", "1", ""], "citizenship", REDACTED),
        (["2016", "Female", "-99", "AL", "1", ""], "citizenship", None),
        (["2016", "Female", "XK", "AL", "1", ""], "citizenship", "XKX"),
        (["2016", "Female", "MD", "SRB", "1", ""], "CountryOfExploitation", "SRB"),
        (["2016", "-99", "MD", "AL", "1", ""], "gender", None),
        (["2016.0", "-99", "MD", "AL", "1", ""], "yearOfRegistration", 2016),
        (["-99", "-99", "MD", "AL", "1", ""], "yearOfRegistration", None),
        (["2016", "-99", "MD", "AL", "0", ""], "isForcedLabour", False),
        (["2016", "-99", "MD", "AL", "1.0", ""], "isForcedLabour", True),
        (["2016", "-99", "MD", "AL", "-99", ""], "isForcedLabour", None),
        (["2016", "-99", "MD", "AL", None, ""], "isForcedLabour", None),
        (["2016", "-99", "MD", "AL", None, "Begging"], "typeOfLabourConcatenated", "Begging"),
    ],
)
def test_values_become_codes_and_what_is_missing_stays_missing(labels, raw, column, expected):
    cleaned = tidy(labels, raw)
    value = cleaned.tables["cases"][column].iloc[0]
    assert cleaned.problems == ()
    assert pd.isna(value) if expected is None else value == expected


@pytest.mark.parametrize(
    ("raw", "column"),
    [
        (["2016", "F", "Atlantis", "AL", "1", ""], "citizenship"),
        (["2016", "F", "AL", "0x", "1", ""], "CountryOfExploitation"),
        (["201", "F", "AL", "AL", "1", ""], "yearOfRegistration"),
        (["2016", "F", "AL", "AL", "2", ""], "isForcedLabour"),
    ],
)
def test_a_message_on_a_case_names_the_row_and_never_the_value(labels, raw, column):
    cleaned = tidy(labels, raw, raw)
    assert [(problem.column, problem.rows, problem.found) for problem in cleaned.problems] == [(column, (2, 3), "")]
    assert cleaned.tables["cases"][column].isna().all()


def test_counts_are_worked_by_hand(labels):
    cases = tidy(
        labels,
        ["2016", "Female", "AL", "RS", "1", ""],
        ["2016", "Male", "AL", "RS", "0", ""],
        ["2017", "-99", "AL", "MK", None, ""],
        ["2017", "Male", "0", "RS", "1", ""],
    ).tables["cases"]
    counts = count_cases(cases, role="citizenship", jurisdictions=["ALB", "XKX"]).set_index(
        ["jurisdiction", "dimension", "category"]
    )["n"]
    assert counts.to_dict() == {
        ("ALB", "total", "all"): 3,
        ("XKX", "total", "all"): 0,
        ("ALB", "gender", "Female"): 1,
        ("ALB", "gender", "Male"): 1,
        ("ALB", "yearOfRegistration", "2016"): 2,
        ("ALB", "yearOfRegistration", "2017"): 1,
        ("ALB", "is_yes", "isForcedLabour"): 1,
        ("ALB", "is_no", "isForcedLabour"): 1,
    }


def test_an_unknown_role_is_refused(labels):
    with pytest.raises(ValueError, match="role is 'gender'; expected one of citizenship, CountryOfExploitation"):
        count_cases(pd.DataFrame(), role="gender", jurisdictions=[])


def test_the_input_is_unchanged(labels):
    cells = pd.DataFrame([HEAD, ["2016", " Female", "NA", "AL", "1", ""]], index=[1, 2], dtype="str")
    before = cells.copy(deep=True)
    tidy_ctdc({"": cells}, file="x.csv", labels=labels)
    pd.testing.assert_frame_equal(cells, before)

"""UNODC's export: every cell of the region is a tidy row with its own bounds, or is said to be left out."""

import os
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from ctresearch import files
from ctresearch.clean.glotip import tidy_glotip

ROOT = Path(__file__).parents[1]
RAW = ROOT.parent / "shared" / "raw"
EVIDENCE = ROOT.parent / "shared" / "evidence"
EDITIONS = {2023: "unodc_glotip_export_2023-05-30.xlsx", 2025: "unodc_glotip_export_2025-04-14.xlsx"}
REGION = ("ALB", "BIH", "XKX", "MKD", "MNE", "SRB")
HEAD = ["Iso3_code", "Country", "Indicator", "Dimension", "Category", "Sex", "Age", "Year", "txtVALUE"]
VICTIMS = "Detected trafficking victims"
needs_raw = pytest.mark.skipif(
    not RAW.exists() and not os.environ.get("CI"), reason="the publisher's files are not part of the project"
)


@pytest.fixture(scope="module")
def labels():
    return pd.read_csv(ROOT / "data" / "framework" / "labels.csv", dtype="str", keep_default_na=False)


@pytest.fixture(scope="module")
def editions(labels):
    """Both editions: raw rows of the region, and what the reader made of the file."""
    found = {}
    for year, name in EDITIONS.items():
        sheets = files.read_sheets(RAW / name)
        cells = next(iter(sheets.values()))
        header = cells.index[cells[0].eq("Iso3_code")][0]
        raw = cells.loc[header + 1 :].set_axis(cells.loc[header], axis=1)
        cleaned = tidy_glotip(sheets, file=name, source_id="s", jurisdictions=REGION, labels=labels)
        found[year] = raw[raw["Iso3_code"].isin(REGION)], cleaned
    return found


def sheet(*rows, head=HEAD, preamble=()):
    cells = pd.DataFrame([*([text, *[None] * (len(head) - 1)] for text in preamble), head, *rows], dtype="str")
    cells.index = range(1, len(cells) + 1)
    return {"data": cells}


def row(value, *, indicator=VICTIMS, dimension="Total", category="Total", sex="Total", age="Total", iso3="ALB"):
    return [iso3, "Albania", indicator, dimension, category, sex, age, "2014", value]


def clean(labels, sheets, **options):
    settings = {"file": "x.xlsx", "source_id": "s", "jurisdictions": REGION, "labels": labels}
    return tidy_glotip(sheets, **{**settings, **options})


def bounds_of(printed):
    return (0, 4) if printed == "<5" else (int(printed.replace(",", "")),) * 2


@needs_raw
@pytest.mark.parametrize(("year", "cells"), [(2023, 1584), (2025, 2002)])
def test_every_cell_of_the_region_is_a_tidy_row_or_is_left_out_with_a_reason(editions, year, cells):
    raw, cleaned = editions[year]
    assert len(raw) == cells
    problem_rows = {
        number
        for problem in cleaned.problems
        if problem.column == "category" and not problem.expected.startswith(("a citizenship", "one row"))
        for number in problem.rows
    } & set(raw.index)
    left_out = cleaned.changes[cleaned.changes["rule"].str.startswith("left out")]
    kept = raw[~raw.index.isin(problem_rows) & ~raw.index.isin(left_out["row"])]
    assert len(problem_rows) + len(left_out) + len(kept) == cells
    assert set(raw.loc[left_out["row"].tolist(), "Indicator"]) == {"Persons convicted"}
    assert set(raw.loc[left_out["row"].tolist(), "Dimension"]) == {"by form of exploitation", "by citizenship"}
    counts = pd.concat([cleaned.tables["victims"], cleaned.tables["justice"]])
    flows = cleaned.tables["flows"]
    home = flows[flows["measure"].eq("victims_repatriated")]
    tidy = Counter(
        zip(
            counts["jurisdiction"],
            counts["locator"],
            counts["year"],
            counts["value_low"],
            counts["value_high"],
            strict=True,
        )
    ) + Counter(
        zip(
            home["origin"],
            [f"{VICTIMS}; by country of repatriation"] * len(home),
            home["year"],
            home["value_low"],
            home["value_high"],
            strict=True,
        )
    )
    original = Counter(
        (iso3, f"{indicator}; {dimension}", int(when), *bounds_of(value))
        for iso3, indicator, dimension, when, value in kept[
            ["Iso3_code", "Indicator", "Dimension", "Year", "txtVALUE"]
        ].values
    )
    assert tidy == original


@needs_raw
def test_what_the_editions_leave_unclear_is_a_problem_with_its_rows(editions):
    # Rows without a citizenship: the publisher later printed "Unknown" there; the file does not say so.
    unclear = {
        year: {
            (problem.found, len(problem.rows))
            for problem in cleaned.problems
            if "form of exploitation" in problem.expected
        }
        for year, (_, cleaned) in editions.items()
    }
    assert unclear == {
        2023: {("(empty)", 5), ("Former Yugoslavia", 1)},
        2025: {("(empty)", 5), ("(specify the country)", 1), ("Former Yugoslavia", 1)},
    }


@needs_raw
@pytest.mark.parametrize(("year", "column"), [(2023, "ed_20230530"), (2025, "ed_20250414")])
def test_totals_and_forms_agree_with_the_evidence_where_the_editions_agree(editions, year, column):
    keys = ["jurisdiction", "indicator", "dimension", "category", "sex", "age", "year"]
    evidence = pd.read_csv(EVIDENCE / "glotip_region.csv", dtype="str", keep_default_na=False)
    evidence = evidence[
        evidence["n_same_key"].eq("1") & evidence["dimension"].isin(["Total", "by form of exploitation"])
    ]
    revised = pd.read_csv(EVIDENCE / "glotip_revisions.csv", dtype="str", keep_default_na=False)
    known = pd.concat([evidence.set_index(keys)["value_raw"], revised.set_index(keys)[column]])
    known = known[~known.index.duplicated(keep="last")]
    raw, _ = editions[year]
    raw = raw[raw["Dimension"].isin(["Total", "by form of exploitation"])]
    names = dict(zip(["Iso3_code", "Indicator", "Dimension", "Category", "Sex", "Age", "Year"], keys, strict=True))
    own = raw.rename(columns=names).set_index(keys)["txtVALUE"]
    own = own[~own.index.duplicated(keep=False)]
    both = own.to_frame("own").join(known.rename("known"), how="inner")
    both = both[both["known"].ne("")]
    assert len(both) > 900
    assert both[both["own"].ne(both["known"])].empty


@needs_raw
def test_the_year_of_the_edition_is_read_above_the_header(editions):
    assert {
        year: cleaned.tables["victims"]["report_year"].unique().tolist() for year, (_, cleaned) in editions.items()
    } == {
        2023: [2023],
        2025: [2025],
    }


@needs_raw
def test_kosovo_never_reports_but_its_citizens_are_found_elsewhere(editions):
    _, cleaned = editions[2025]
    assert not cleaned.tables["victims"]["jurisdiction"].eq("XKX").any()
    flows = cleaned.tables["flows"]
    assert flows.loc[flows["origin"].eq("XKX"), "destination"].nunique() > 3


@needs_raw
@pytest.mark.parametrize("name", ["victims", "justice", "flows"])
def test_tables_satisfy_their_contracts(editions, name):
    from ctresearch import schema

    table = next(table for table in schema.STUDY if table.name == name)
    codes = pd.read_csv(ROOT / "data" / "framework" / "codes.csv", dtype="str", keep_default_na=False)
    lists = codes.groupby("list")["code"].agg(list).to_dict()
    lists["jurisdiction"] = list(REGION)
    lists["country"] = [*lists["country"], *REGION]
    lists["citizenship"] = [*lists["citizenship"], *lists["country"]]
    lists["source"] = ["s"]
    for _, cleaned in editions.values():
        printed = cleaned.tables[name].astype("string").fillna("").astype("str")
        printed = printed.replace(r"\.0$", "", regex=True)
        problems = schema.check_table(table, printed, lists, file="x")
        strange = [
            problem
            for problem in problems
            if "country" not in problem.expected and "citizenship" not in problem.expected
        ]
        assert strange == []


@pytest.mark.parametrize(
    ("zero", "expected"),
    [(row("0", sex="Female"), (1, 4)), (row("7", sex="Female"), (0, 4))],
)
def test_a_masked_count_may_be_zero_only_where_no_zero_is_printed(labels, zero, expected):
    masked = clean(labels, sheet(row("<5"), zero)).tables["victims"].iloc[0]
    assert (masked["value_low"], masked["value_high"], masked["printed"], masked["status"]) == (
        *expected,
        "<5",
        "suppressed",
    )
    assert pd.isna(masked["value"])


@pytest.mark.parametrize(
    ("raw", "column", "expected"),
    [
        (row("1,204"), "value", 1204.0),
        (row("12", sex="Female", age="0 to 17 years"), "age_group", "child"),
        (row("12", sex="Female"), "sex", "female"),
        (row("12", dimension="by form of exploitation", category="Forced labour"), "form", "labour"),
        (row("12", dimension="by form of exploitation", category="Other forms of exploitation"), "form", "other"),
        (row("12", dimension="by citizenship", category="TÃ¼rkiye"), "citizenship", "TUR"),
        (row("12", dimension="by citizenship", category="Nationals"), "citizenship", "own"),
        (row("12", dimension="by citizenship", category="Kosovo under UNSCR 1244"), "citizenship", "XKX"),
        (
            row("12", dimension="by citizenship", category="The former Yugoslav Republic of Macedonia"),
            "citizenship",
            "MKD",
        ),
    ],
)
def test_labels_become_codes(labels, raw, column, expected):
    cleaned = clean(labels, sheet(raw))
    assert cleaned.problems == ()
    assert cleaned.tables["victims"][column].tolist() == [expected]


def test_mended_spelling_is_in_the_changes(labels):
    cleaned = clean(labels, sheet(row("12", dimension="by citizenship", category="TÃ¼rkiye")))
    assert cleaned.changes.values.tolist() == [[2, "category", "TÃ¼rkiye", "Türkiye", "tidy text", 1]]


def test_repeated_keys_are_numbered_in_the_order_of_the_file(labels):
    form = {"dimension": "by form of exploitation", "category": "Other forms of exploitation"}
    victims = clean(labels, sheet(row("27", **form), row("<5", **form), row("9"))).tables["victims"]
    assert victims["part"].tolist()[:2] == [1, 2]
    assert pd.isna(victims["part"].iloc[2])
    assert victims["note"].tolist() == ["sub-form whose label the export does not carry"] * 2 + [""]


def test_order_of_columns_sheets_and_preamble_do_not_matter(labels):
    table = sheet(row("5"), row("3", indicator="Persons convicted"))
    turned = {
        "about": pd.DataFrame([["words"]], index=[1], dtype="str"),
        **sheet(
            list(reversed(row("5"))),
            list(reversed(row("3", indicator="Persons convicted"))),
            head=[name.upper() for name in reversed(HEAD)],
            preamble=("UNODC", "14/04/2025"),
        ),
    }
    plain, other = clean(labels, table, report_year=2025), clean(labels, turned)
    for name in ("victims", "justice", "flows"):
        pd.testing.assert_frame_equal(plain.tables[name], other.tables[name])


def test_two_labels_for_one_country_are_kept_in_victims_and_out_of_flows(labels):
    by = {"dimension": "by citizenship"}
    cleaned = clean(labels, sheet(row("6", category="Serbia", **by), row("<5", category="Serbians", **by)))
    assert cleaned.tables["victims"]["part"].tolist() == [1, 2]
    assert cleaned.tables["flows"].empty
    assert [problem.rows for problem in cleaned.problems] == [(2, 3)]


@pytest.mark.parametrize(
    ("raw", "column", "found"),
    [
        (row("about 5"), "printed", "about 5"),
        (row(None), "printed", "(empty)"),
        (row("1.204"), "printed", "1.204"),
        (row("5", sex="F/M"), "sex", "F/M"),
        (row("5", indicator="Persons freed"), "indicator", "Persons freed"),
        (row("5", dimension="by citizenship", category="Former Yugoslavia"), "category", "Former Yugoslavia"),
        (["Q1", "Atlantis", *row("5")[2:]], "country", "Atlantis"),
    ],
)
def test_what_cannot_be_mapped_is_a_problem_with_its_row_and_no_row_of_a_table(labels, raw, column, found):
    cleaned = clean(labels, sheet(row("8"), raw))
    assert [(problem.column, problem.found, problem.rows) for problem in cleaned.problems] == [(column, found, (3,))]
    assert len(cleaned.tables["victims"]) == 1


def test_a_file_without_the_columns_is_one_problem(labels):
    cleaned = clean(labels, {"a": pd.DataFrame([["x", "y"]], index=[1], dtype="str")})
    assert len(cleaned.problems) == 1
    assert all(table.empty for table in cleaned.tables.values())


def test_the_input_is_unchanged(labels):
    sheets = sheet(row(" 5 "))
    before = sheets["data"].copy(deep=True)
    clean(labels, sheets)
    pd.testing.assert_frame_equal(sheets["data"], before)


@needs_raw
@pytest.mark.parametrize("name", ["victims", "justice", "flows"])
def test_rows_are_coded_as_the_shipped_rows_of_a_later_edition_are(editions, name):
    shipped = pd.read_csv(ROOT / "data" / "western_balkans" / f"{name}.csv", dtype="str", keep_default_na=False)
    shipped = shipped[shipped["source_id"].eq("unodc-glotip-2025-10-28")]
    own = editions[2025][1].tables[name].astype("string").fillna("").astype("str")
    same = {
        "flows": ["origin", "destination", "year", "year_end", "measure", "printed"],
    }.get(
        name,
        [
            "jurisdiction",
            "year",
            "year_end",
            "period",
            "measure",
            "sex",
            "age_group",
            "form",
            "citizenship",
            "part",
            "printed",
        ],
    )
    both = own.merge(shipped, on=same, suffixes=("", "_shipped"))
    # Where both editions print the same figure, only the bounds of "<5" and the edition may differ.
    assert len(both) > 0.6 * len(own)
    for column in ("status", "locator", "note", "check"):
        if column in own:
            assert both[column].eq(both[f"{column}_shipped"]).all(), column

"""The shipped evidence: complete, sourced, real, and equal to the figures that its publishers printed."""

import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest
import shipped

from ctresearch import clean, schema, store, trends

DATA = Path(__file__).parents[1] / "data"
STUDY = DATA / "western_balkans"
GLOTIP = "unodc-glotip-2025-10-28"


@pytest.fixture(scope="module")
def data():
    return shipped.read_study()


def total(data, jurisdiction, year, *, table="victims", measure="victims_detected"):
    rows = clean.select_series(getattr(data, table), measure=measure, source_id=GLOTIP)
    found = rows[rows["jurisdiction"].eq(jurisdiction) & rows["year"].eq(year)]
    assert len(found) == 1
    return found.iloc[0]


def test_shipped_study_has_no_problem():
    assert store.check_study("western_balkans") == []


def test_study_folder_holds_the_contracted_tables_and_nothing_else():
    optional = {table.file for table in schema.STUDY if table.is_optional}
    expected = {table.file for table in schema.STUDY} | {"study.toml"}
    assert {file.name for file in STUDY.iterdir()} | optional == expected


TABLES = [table for table in schema.STUDY if (STUDY / table.file).exists()]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_row_names_a_registered_source(table):
    rows = pd.read_csv(STUDY / table.file, dtype=str, keep_default_na=False)
    sources = pd.read_csv(STUDY / "sources.csv", dtype=str, keep_default_na=False)
    citable = set(sources.loc[sources["status"].ne("wanted"), "source_id"])
    if "source_id" in rows.columns and table.name != "sources":
        assert len(rows) > 0
        assert set(rows["source_id"]) <= citable


def test_no_source_is_synthetic_or_restricted(data):
    assert set(data.sources["status"]) == {"public", "wanted"}


def test_no_row_rests_on_memory_or_on_a_source_that_may_not_be_used(data):
    assert not data.evidence["check"].str.contains("memory").any()
    text = " ".join((STUDY / table.file).read_text(encoding="utf-8") for table in TABLES)
    assert "libertas" not in text
    assert "Richard W. Frank" not in text


def test_wanted_sources_say_what_is_wanted(data):
    wanted = data.sources[data.sources["status"].eq("wanted")]
    assert len(wanted) >= 10
    assert wanted["title"].str.len().gt(5).all()


@pytest.mark.parametrize(
    ("jurisdiction", "year", "printed"),
    [("ALB", 2014, "125"), ("SRB", 2013, "76"), ("SRB", 2014, "52"), ("BIH", 2014, "49"), ("MKD", 2014, "8")],
)
def test_detected_victims_are_as_unodc_printed_them(data, jurisdiction, year, printed):
    row = total(data, jurisdiction, year)
    assert row["printed"] == printed
    assert row["value"] == float(printed)


def test_masked_value_of_montenegro_2013_is_a_span_and_no_number(data):
    row = total(data, "MNE", 2013)
    assert row["printed"] == "<5"
    assert pd.isna(row["value"])
    assert (row["value_low"], row["value_high"]) == (1.0, 4.0)


def test_kosovo_has_no_row_in_glotip(data):
    assert not data.victims.loc[data.victims["source_id"].eq(GLOTIP), "jurisdiction"].eq("XKX").any()


def test_persons_convicted_by_form_are_left_out(data):
    assert data.justice.loc[data.justice["source_id"].eq(GLOTIP), "form"].eq("total").all()


@pytest.mark.parametrize(
    ("jurisdiction", "tier"),
    [("ALB", "2"), ("BIH", "2 Watch List"), ("XKX", "2"), ("MKD", "1"), ("MNE", "2"), ("SRB", "2")],
)
def test_tiers_of_the_2014_report(data, jurisdiction, tier):
    rows = data.benchmarks
    found = rows[rows["benchmark"].eq("tip_tier") & rows["jurisdiction"].eq(jurisdiction) & rows["year"].eq(2014)]
    assert found["printed"].tolist() == [tier]


@pytest.mark.parametrize(
    ("jurisdiction", "year", "year_end", "printed", "preferred"),
    [("SRB", 2013, 2013, "92", "76"), ("SRB", 2013, 2016, "296", "191"), ("BIH", 2014, 2014, "48", "49")],
)
def test_conflicts_between_sources_are_listed(data, jurisdiction, year, year_end, printed, preferred):
    # GLOTIP for Serbia: 76 + 52 + 32 + 31 = 191 in 2013 to 2016.
    conflicts = clean.find_conflicts(data.victims, data.sources, preferred_source_id=GLOTIP)
    found = conflicts[
        conflicts["jurisdiction"].eq(jurisdiction)
        & conflicts["year"].eq(year)
        & conflicts["year_end"].eq(year_end)
        & conflicts["printed"].eq(printed)
    ]
    assert len(found) >= 1
    assert set(found["verdict"]) == {"differ"}
    assert preferred in set(found["preferred_printed"])


def test_albania_2017_is_printed_again_as_2018(data):
    repeats = clean.find_repeated_years(data.victims, cells_n=2)
    assert repeats[["jurisdiction", "year", "next_year", "breakdown", "source_id"]].values.tolist() == [
        ["ALB", 2017, 2018, "sex_age", GLOTIP]
    ]


def test_every_code_that_the_comparisons_return_has_a_label(data):
    pairs = [
        clean.find_conflicts(counts, data.sources, preferred_source_id=GLOTIP)
        for counts in (data.victims, data.justice)
    ]
    sums = [clean.add_up_parts(counts) for counts in (data.victims, data.justice)]
    for name in ("verdict", "difference", "preference", "definition", "breakdown"):
        known = set(data.vocabulary.codes(name))
        cells = pd.concat([table[name] for table in (*pairs, *sums) if name in table])
        assert set(cells.str.split(";").explode()) - {""} <= known, name


def test_framework_has_67_indicators_of_which_24_are_core(data):
    assert len(data.indicators) == 67
    assert int(data.indicators["is_core"].sum()) == 24
    assert set(data.measures["indicator"]) == set(data.indicators["indicator"])


def test_gsi_has_every_item_for_all_six(data):
    items = data.benchmarks[data.benchmarks["benchmark"].eq("gsi_item")]
    assert items.groupby("jurisdiction")["item"].nunique().to_dict() == dict.fromkeys(
        data.study.codes, len(data.gsi_items)
    )


def test_bounds_agree_with_what_is_printed(data):
    rows = data.victims[data.victims["source_id"].eq(GLOTIP)]
    parsed = clean.parse_printed_counts(rows["printed"], zeros_are_printed=True)
    for column in ("value", "value_low", "value_high"):
        assert parsed[column].equals(rows[column].astype("Float64")), column
    assert parsed["status"].equals(rows["status"])


def test_one_denominator_a_jurisdiction_year_and_sex(data):
    chosen = trends.choose_population(
        data.population,
        total_source_id=data.study.preferences["population_total"].source_id,
        sex_source_id=data.study.preferences["population_sex"].source_id,
    )
    assert not chosen.duplicated(["jurisdiction", "year", "sex"]).any()
    assert set(chosen["jurisdiction"]) == set(data.study.codes)


def test_statements_use_the_names_and_words_of_the_study(data):
    statements = " ".join(data.evidence["statement"])
    assert not re.search(r"Kosovo(?!\*)", statements)
    assert not re.search(r"prostitut|illegal (im)?migrant|handicapped|FYROM", statements, re.IGNORECASE)


def test_dictionary_is_the_mirror_of_the_contracts():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    assert schema.write_dictionary(schema.STUDY, folder="western_balkans") in text
    assert schema.write_dictionary(schema.FRAMEWORK, folder="framework") in text
    assert schema.write_dictionary(schema.OPTIONAL, folder="STUDY").rstrip("\n") in text


def test_project_metadata_are_complete():
    project = tomllib.loads((STUDY / "study.toml").read_text(encoding="utf-8"))["project"]
    assert {"Executing agency", "Management site", "Partners", "Beneficiaries", "Duration"} <= set(project)

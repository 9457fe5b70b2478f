"""The received files of the fictitious study, read by the readers of their kinds, give the planted truth back."""

import json
import tomllib
from itertools import combinations

import demo
import pandas as pd
import pytest
import shipped
from click.testing import CliRunner

from ctresearch import intake
from ctresearch.clean import linkage
from ctresearch.clean.cases import tidy_cases
from ctresearch.clean.glotip import tidy_glotip
from ctresearch.clean.survey import tidy_survey
from ctresearch.clean.tip_narrative import tidy_tip_narrative
from ctresearch.cli import app
from ctresearch.files.reading import read_sheets

# The tests of the readers and of the commands cover the same lines on fewer rows.
pytestmark = pytest.mark.no_cover

FRAMEWORK = demo.ROOT / "data" / "framework"
TRUTH = json.loads(demo.TRUTH.read_text(encoding="utf-8"))
SHEETS = {"police": "police_2024.xlsx", "ngo": "ngo_2024.csv", "social": "social_2024.sav"}


def read_framework(name):
    return pd.read_csv(FRAMEWORK / f"{name}.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def study():
    return shipped.read_study("demo").study


@pytest.fixture(scope="module")
def labels(study):
    """The framework's labels and what the study says about its own places."""
    own = [("country", code, "en", word) for code, word in study.list_country_words()]
    labels = read_framework("labels")
    return pd.concat([labels, pd.DataFrame(own, columns=list(labels.columns))], ignore_index=True)


def read(name):
    return read_sheets(demo.DEMO / "received" / name)


@pytest.fixture(scope="module")
def sheets(labels):
    codes = read_framework("codes")
    return {
        agency: tidy_cases(
            read(name),
            mapping=tomllib.loads((demo.DEMO / "received" / f"{agency}_2024.toml").read_text(encoding="utf-8")),
            file=name,
            labels=labels,
            codes=codes,
        )
        for agency, name in SHEETS.items()
    }


def same_rows(found, table):
    """Whether a tidy table equals the study's rows from the portal, whatever the order."""
    stored = pd.read_csv(demo.DEMO / f"{table}.csv", dtype=str, keep_default_na=False)
    stored = stored[stored["source_id"].eq("demo-portal")]
    texts = found[list(stored.columns)].astype("string").fillna("")
    texts = texts.apply(lambda column: column.str.replace(r"\.0$", "", regex=True))
    return sorted(map(tuple, texts.values.tolist())) == sorted(map(tuple, stored.values.tolist()))


def test_portal_export_gives_the_tidy_tables(study, labels):
    cleaned = tidy_glotip(
        read("portal_export.xlsx"),
        file="portal_export.xlsx",
        source_id="demo-portal",
        jurisdictions=study.codes,
        labels=labels,
    )
    assert cleaned.problems == ()
    for table in ("victims", "justice", "flows"):
        assert same_rows(cleaned.tables[table], table), table
    mended = {(row.row, row.before, row.after) for row in cleaned.changes.itertuples()}
    planted = TRUTH["received"]["portal_export.xlsx"]["slips"]
    read_columns = [slip for slip in planted if slip["kind"] in ("homoglyph", "zero-width", "no-break space")]
    assert {(slip["row"], slip["written"], slip["meant"]) for slip in read_columns} <= mended


def test_coder_sheet_in_another_language_names_every_slip_and_nothing_else(tmp_path):
    truth = TRUTH["received"]["coder_sheet.xlsx"]
    request = intake.Request("ratings", shipped.read_study("demo"))
    cleaned = intake.clean_file(demo.DEMO / "received" / "coder_sheet.xlsx", request=request, out=tmp_path / "out")
    found = sorted((problem.column, list(problem.rows)) for problem in cleaned.problems)
    assert found == sorted((problem["column"], problem["rows"]) for problem in truth["problems"])
    kept = pd.read_csv(tmp_path / "out" / "ratings.csv", dtype=str, keep_default_na=False)
    # Each row with a slip is left out: one of five slips, and two that rate one cell twice.
    assert len(kept) == truth["rows_n"] - len({row for problem in truth["problems"] for row in problem["rows"]})
    assert set(kept["status"]) <= {"coded", "ND", "NA"}


@pytest.mark.parametrize("agency", SHEETS)
def test_every_mistyped_code_is_a_problem_and_nothing_else_is(sheets, agency):
    planted = {}
    for slip in TRUTH["received"][SHEETS[agency]]["slips"]:
        if slip["kind"] == "mistyped code":
            planted.setdefault(slip["column"], []).append(slip["row"])
    found = {problem.column: sorted(problem.rows) for problem in sheets[agency].problems if problem.rows}
    assert found == planted


@pytest.mark.parametrize("agency", SHEETS)
def test_every_row_becomes_a_case_with_its_true_birth_date(sheets, agency):
    truth = TRUTH["received"][SHEETS[agency]]
    cases, identifiers = sheets[agency].tables["cases"], sheets[agency].tables["identifiers"]
    assert cases["case_id"].tolist() == [f"{agency}-{row}" for row in truth["persons"]]
    assert identifiers["birth_date"].notna().all()
    born = dict(zip(identifiers["case_id"], identifiers["birth_date"], strict=True))
    for slip in truth["slips"]:
        if slip["kind"] in ("excel serial", "day first"):
            day, month, year = slip["meant"].strip(".").split(".")
            assert born[f"{agency}-{slip['row']}"] == f"{year}-{month}-{day}"


def test_linkage_finds_the_planted_persons(sheets):
    columns = ["case_id", "agency", "given_name", "family_name", "birth_date", "sex", "citizenship", "document_number"]
    identifiers = pd.concat([cleaned.tables["identifiers"][columns] for cleaned in sheets.values()], ignore_index=True)
    weights = read_framework("linkage_weights").astype({"m": float, "u": float})
    settings = linkage.LinkageSettings(match=5, review=-5, margin=5, certain_recall=0.8, age_on="2024-12-31")
    identifiers = identifiers.astype("str").where(identifiers.notna())
    linked = linkage.link_records(
        identifiers, key=bytes(range(32)), labels=read_framework("labels"), settings=settings, weights=weights
    )
    person = {
        f"{agency}-{row}": number
        for agency, name in SHEETS.items()
        for row, number in TRUTH["received"][name]["persons"].items()
    }
    by_person = pd.Series(person).groupby(pd.Series(person)).groups.values()
    true = {tuple(sorted(pair)) for records in by_person for pair in combinations(records, 2)}
    found = {tuple(pair) for pair in linked.links[["case_id_a", "case_id_b"]].values.tolist()}
    precision, recall = len(found & true) / len(found), len(found & true) / len(true)
    print(f"precision {precision:.3f}, recall {recall:.3f} on {len(true)} planted pairs")
    assert precision >= 0.98
    assert recall >= 0.95


def test_survey_leaves_out_who_did_not_consent_or_answered_twice_and_finds_the_slip(labels):
    words = read_framework("translations").rename(columns={"text": "label"})
    labels = pd.concat([labels, words], ignore_index=True)
    indicators = read_framework("indicators")["indicator"].tolist()
    cleaned = tidy_survey(
        read("survey_export.csv"), file="s.csv", source_id="demo-survey", indicators=indicators, labels=labels
    )
    truth = TRUTH["received"]["survey_export.csv"]
    twice = [pair["row"] for pair in truth["sent_twice"]]
    assert cleaned.changes["row"].tolist() == sorted([*truth["no_consent_rows"], *twice])
    answers = cleaned.tables["survey_answers"]
    assert answers["respondent"].nunique() == truth["answers_n"] - len(truth["no_consent_rows"]) - len(twice)
    mistyped = [slip["row"] for slip in truth["slips"] if slip["kind"] == "mistyped code"]
    assert [row for problem in cleaned.problems for row in problem.rows] == mistyped
    urgent = answers.groupby("indicator")["importance"].mean().nlargest(len(TRUTH["urgent_needs"]))
    assert set(urgent.index) == set(TRUTH["urgent_needs"])


def test_transcription_sheet_gives_the_bulletins_totals(labels):
    sources = shipped.read_study("demo").sources
    publications = dict(zip(sources["title"], sources["source_id"], strict=True))
    cleaned = tidy_tip_narrative(read("narrative_sheet.csv"), file="n.csv", source_ids=publications, labels=labels)
    mistyped = [
        slip["row"] for slip in TRUTH["received"]["narrative_sheet.csv"]["slips"] if slip["kind"] == "mistyped year"
    ]
    assert [row for problem in cleaned.problems for row in problem.rows] == mistyped
    found = cleaned.tables["victims"]
    found = found[found[["sex", "age_group", "form", "citizenship"]].eq("total").all(axis=1)]
    stored = shipped.read_study("demo").victims
    stored = stored[stored["source_id"].eq("demo-bulletin")].set_index(["jurisdiction", "year"])["value"]
    assert len(found) in (len(stored), len(stored) - len(mistyped))
    for row in found.itertuples():
        assert row.value == stored[row.jurisdiction, row.year]


@pytest.mark.parametrize(
    ("name", "options", "tables", "exit_code"),
    [
        ("portal_export.xlsx", ["--as", "glotip", "--source", "demo-portal"], ["flows", "justice", "victims"], 0),
        ("narrative_sheet.csv", ["--as", "tip_narrative"], ["justice", "victims"], 1),
        ("survey_export.csv", ["--as", "survey", "--source", "demo-survey"], ["survey_texts", "survey_answers"], 1),
        *((name, ["--mapping", f"{agency}_2024.toml"], ["cases"], 1) for agency, name in SHEETS.items()),
    ],
)
def test_command_cleans_every_received_file_of_a_region_that_the_framework_does_not_know(
    tmp_path, name, options, tables, exit_code
):
    folder = demo.DEMO / "received"
    options = [str(folder / word) if word.endswith(".toml") else word for word in options]
    command = ["clean", str(folder / name), *options, "--study", "demo", "--out", str(tmp_path / "clean")]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == exit_code, result.output
    assert "expected a country" not in result.output
    written = {file.stem for file in (tmp_path / "clean").iterdir()}
    assert set(tables) <= written <= {*tables, "changes", "problems", "result"}
    for table in tables[-1:]:
        assert len(pd.read_csv(tmp_path / "clean" / f"{table}.csv")) > 50

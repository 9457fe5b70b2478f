"""The case data standard's own sheets: invented rows, and the published templates where they are at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from ctresearch import schema
from ctresearch.clean.htcds import tidy_htcds
from ctresearch.clean.mapping import list_codes

ROOT = Path(__file__).parents[1]
RAW = ROOT.parent / "shared" / "raw"
LABELS = pd.read_csv(ROOT / "data" / "framework" / "labels.csv", dtype=str, keep_default_na=False)
CODES = pd.read_csv(ROOT / "data" / "framework" / "codes.csv", dtype=str, keep_default_na=False)
NAMES = ["con_Consent", "prs_First_Name", "prs_Gender", "prs_Citizenship", "vic_TypeOfExploitation"]


def frame(*rows: list[str | None]) -> pd.DataFrame:
    made = pd.DataFrame(list(rows), dtype="str")
    made.index = pd.RangeIndex(1, 1 + len(made))
    return made


def tidy(sheets, **settings):
    known = {"file": "x", "source_id": "s", "agency": "a", "labels": LABELS, "codes": CODES}
    return tidy_htcds(sheets, **known, **settings)


def read_template(name: str) -> dict[str, pd.DataFrame]:
    if not (RAW / name).is_file():
        if os.environ.get("CI"):
            pytest.fail("the published templates must be at hand in CI")
        pytest.skip("the published templates are not at hand")
    from ctresearch.files import read_sheets

    return read_sheets(RAW / name)


@pytest.mark.parametrize("prefix", ["", "person/", "a/b/", "person-", "person:"])
def test_names_are_found_behind_any_group(prefix):
    cleaned = tidy({"": frame([prefix + name for name in NAMES], ["TRUE", "Ana", "Feminine", "NA", "ForcedLabour"])})
    assert cleaned.problems == ()
    found = cleaned.tables["cases"].loc[0, ["consent", "gender", "citizenship", "type_of_exploitation"]].tolist()
    assert found == ["yes", "Feminine", "NAM", "ForcedLabour"]
    assert cleaned.tables["identifiers"]["given_name"].tolist() == ["Ana"]


SEVERAL = {
    "one column": (["vic_TypeOfExploitation"], ["ForcedBegging ForcedLabour"]),
    "split": (["g/vic_TypeOfExploitation/ForcedLabour", "g/vic_TypeOfExploitation/ForcedBegging"], ["1", "TRUE"]),
    "both": (["vic_TypeOfExploitation", "vic_TypeOfExploitation/ForcedBegging"], ["ForcedLabour ForcedBegging", "1"]),
}


@pytest.mark.parametrize("kind", SEVERAL)
def test_several_codes_come_out_alike_from_one_column_and_from_split_columns(kind):
    headers, cells = SEVERAL[kind]
    cleaned = tidy(
        {"": frame(["prs_Gender", "prs_Birthdate", "_id", *headers], ["Feminine", "2001-02-03", "7", *cells])}
    )
    assert cleaned.problems == ()
    assert cleaned.tables["cases"].loc[0, "type_of_exploitation"] == "ForcedLabour;ForcedBegging"


def test_an_unticked_option_is_not_an_answer_no():
    headers = ["prs_Gender", "prs_Birthdate", "vic_TypeOfExploitation/ForcedLabour", "con_Consent"]
    cleaned = tidy({"": frame(headers, ["Feminine", None, "0", None])})
    assert pd.isna(cleaned.tables["cases"].loc[0, "type_of_exploitation"])


def form() -> dict[str, pd.DataFrame]:
    survey = frame(
        ["type", "name", "label::English (en)", "label::Shqip (sq)"],
        ["select_one gender", "prs_Gender", "Gender", "Gjinia"],
        ["text", "prs_Second_Name", "Second Name", "Mbiemri"],
        ["text", "prs_Title", "Second Name", "Mbiemri"],
        ["select_multiple exploitation", "vic_TypeOfExploitation", "Type of Exploitation", "Lloji i shfrytëzimit"],
        ["select_one consent", "con_Consent", "Consent", "Pëlqimi"],
    )
    choices = frame(
        ["list_name", "name", "label::English (en)", "label::Shqip (sq)"],
        ["gender", "Feminine", "Feminine", "Femërore"],
        ["exploitation", "ForcedLabour", "Forced labour", "Punë e detyruar"],
        ["exploitation", "Servitude", "Servitude", "Skllavëri"],
        ["consent", "TRUE", "Yes", "Po"],
    )
    return {"survey": survey, "choices": choices}


def test_an_export_with_labels_is_read_with_its_form_in_any_language():
    data = frame(
        ["Gjinia", "Mbiemri", "Mbiemri", "Lloji i shfrytëzimit/Punë e detyruar", "Lloji i shfrytëzimit/Skllavëri",
         "Pëlqimi"],
        ["Femërore", "Test", "shefe", "1", "1", "Po"],
    )  # fmt: skip
    cleaned = tidy({"data": data}, form=form())
    assert cleaned.problems == ()
    found = cleaned.tables["cases"].loc[0, ["gender", "type_of_exploitation", "consent"]].tolist()
    assert found == ["Feminine", "ForcedLabour;Servitude", "yes"]
    assert cleaned.tables["identifiers"]["family_name"].tolist() == ["Test"]


def test_the_form_may_stand_in_the_same_workbook():
    data = frame(["Gjinia", "Mbiemri", "Pëlqimi"], ["Femërore", "Test", "Po"])
    assert tidy({"data": data, **form()}).tables["cases"]["gender"].tolist() == ["Feminine"]


def test_a_column_that_the_standard_does_not_have_is_a_problem():
    cleaned = tidy({"": frame([*NAMES, "shoe_size"], ["TRUE", "Ana", "Feminine", "AL", "Other", "38"])})
    assert cleaned.tables == {}
    assert [(problem.column, problem.expected) for problem in cleaned.problems] == [
        ("shoe_size", "a field of the standard in column 6")
    ]


def test_another_table_is_refused_with_the_remedy():
    cleaned = tidy({"": frame(["year", "value"], ["2014", "3"])})
    assert "XML values and headers" in cleaned.problems[0].remedy


def test_a_value_outside_the_lists_is_a_problem_by_row_alone():
    cleaned = tidy({"": frame(NAMES, ["TRUE", "Ana", "Lady", "AL", "Other"])})
    assert [(problem.column, problem.rows, problem.found) for problem in cleaned.problems] == [("prs_Gender", (2,), "")]


def test_the_table_keeps_its_contract():
    cases = tidy({"": frame(NAMES, ["TRUE", "Ana", "Feminine", "AL", "Other"])}).tables["cases"]
    allowed = {**list_codes(CODES), "source": ("s",)}
    assert schema.check_table(schema.CASES, cases.astype("str").fillna(""), allowed) == []


def test_the_empty_intake_workbook_holds_no_case():
    sheets = read_template("HTCDS_Excel_Spreadsheet_single_select_with_validation_v2.0.xlsx")
    cleaned = tidy(sheets)
    assert cleaned.problems == ()
    assert len(cleaned.tables["cases"]) == 0


INTAKE = {
    "prs_FirstName": ("Ana", None, None),
    "con_Consent": ("TRUE", "consent", "yes"),
    "prs_Birthdate": ("2000-02-01", "age_band", "9--17"),
    "prs_Gender": ("NonConforming", "gender", "NonConforming"),
    "prs_Citizenship": ("Namibia", "citizenship", "NAM"),
    "vic_TraffickingStatus": ("Actual victim of trafficking", "trafficking_status", "ActualVictimOfTrafficking"),
    "vic_TraffickinStatusDecisionMakingOrg": ("Court or prosecution", "status_decision_org", "CourtOrProsecution"),
    "vic_MethodsOfControl": ("Threatens children/family", "methods_of_control", "ThreatensChildrenFamily"),
    "vic_ForcedLabourIndustry": (
        "Agriculture, forestry and fishing",
        "forced_labour_industry",
        "A_AgricultureForestryAndFishing",
    ),
    "cas_Status": ("Follow up", "case_status", "FollowUp"),
    "cas_IncomingReferralDate": ("2017-04-03", "recorded", "2017-04-03"),
    "cas_ReasonForIncomingReferral": (
        "Migration Or Change Of Location",
        "reason_for_incoming_referral",
        "MigrationOrChangeOfLocation",
    ),
}


def test_a_filled_intake_workbook_is_read_by_its_technical_names():
    sheets = read_template("HTCDS_Excel_Spreadsheet_single_select_with_validation_v2.0.xlsx")
    cells = sheets["Case Sheet"].copy()
    headers = cells.loc[1].tolist()
    for header, (raw, _, _) in INTAKE.items():
        cells.loc[3, headers.index(header)] = raw
    cleaned = tidy({**sheets, "Case Sheet": cells})
    assert cleaned.problems == ()
    assert len(cleaned.tables["cases"]) == 1
    for _, column, expected in INTAKE.values():
        if column:
            assert cleaned.tables["cases"].loc[0, column] == expected


def test_every_label_of_the_published_form_has_its_code():
    choices = read_template("htcds_xlsform.xlsx")["choices"].set_axis(["list", "name", "label"], axis=1)
    listed = {
        "gender": "htcds_gender",
        "typeofexploitation": "htcds_type_of_exploitation",
        "methodsofcontrol": "htcds_methods_of_control",
        "methodofrecruitment": "htcds_method_of_recruitment",
        "forcedlabourindustry": "htcds_forced_labour_industry",
        "traffickingstatus": "htcds_trafficking_status",
        "traffickingstatusdecisionmakingorg": "htcds_status_decision_org",
        "status": "htcds_case_status",
    }
    for name, ours in listed.items():
        theirs = choices.loc[choices["list"].eq(name), "name"].str.strip().tolist()
        assert theirs == list(list_codes(CODES)[ours]), name

"""Drafts of mappings: invented sheets in the languages of the region."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest

from ctresearch.clean.cases import tidy_cases
from ctresearch.clean.mapping import parse_mapping
from ctresearch.clean.suggestion import suggest_mapping

FRAMEWORK = Path(__file__).parents[1] / "data" / "framework"
LABELS = pd.read_csv(FRAMEWORK / "labels.csv", dtype=str, keep_default_na=False)
CODES = pd.read_csv(FRAMEWORK / "codes.csv", dtype=str, keep_default_na=False)


def sheet(*rows: list[str | None], headers: list[str]) -> dict[str, pd.DataFrame]:
    frame = pd.DataFrame([headers, *rows], dtype="str")
    frame.index = pd.RangeIndex(1, 1 + len(frame))
    return {"": frame}


DRAFTS = {
    "sq": (["Emri", "Gjinia", "Shtetësia", "Lloji i shfrytëzimit"], ["Ana", "Femër", "Shqipëria", "punë e detyruar"]),
    "sr-Cyrl": (["Име", "Пол", "Држављанство", "Врста експлоатације"], ["Ана", "женски", "Албанија", "принудни рад"]),
    "hr": (["Ime", "Spol", "Državljanstvo", "Vrsta iskorištavanja"], ["Ana", "žensko", "Albanija", "prisilni rad"]),
    "mk": (["Име", "Пол", "Државјанство", "Вид на експлоатација"], ["Ана", "женски", "Албанија", "принудна работа"]),
    "en": (["First name", "Gender", "Citizenship", "Type of exploitation"], ["Ana", "F", "Albania", "forced labour"]),
}


@pytest.mark.parametrize("language", DRAFTS)
def test_a_draft_finds_headers_and_words_in_each_language_and_can_be_used(language):
    headers, cells = DRAFTS[language]
    sheets = sheet(cells, headers=headers)
    draft = suggest_mapping(sheets, labels=LABELS, codes=CODES)
    mapping = tomllib.loads(draft)
    assert list(mapping["columns"].values()) == ["given_name", "gender", "citizenship", "type_of_exploitation"]
    complete = {**mapping, "agency": "a", "source_id": "s"}
    cleaned = tidy_cases(sheets, mapping=complete, file="a.csv", labels=LABELS, codes=CODES)
    assert cleaned.problems == ()
    found = cleaned.tables["cases"].loc[0, ["gender", "citizenship", "type_of_exploitation"]].tolist()
    assert found == ["Feminine", "ALB", "ForcedLabour"]


def test_a_draft_is_refused_until_a_person_has_completed_it():
    headers, cells = DRAFTS["en"]
    draft = tomllib.loads(suggest_mapping(sheet(cells, headers=headers), labels=LABELS, codes=CODES))
    _, problems = parse_mapping(draft, codes=CODES, file="m.toml")
    assert [problem.column for problem in problems] == ["agency", "source_id"]


def test_a_draft_marks_what_it_could_not_find():
    sheets = sheet(["zzz", "x"], headers=["Gender", "Something"])
    mapping = tomllib.loads(suggest_mapping(sheets, labels=LABELS, codes=CODES))
    assert mapping["columns"] == {"Gender": "gender", "Something": "TODO"}
    assert mapping["values"]["gender"] == {"zzz": "TODO"}


PRIVATE = ("First name", "Surname", "Full name", "Phone", "Passport number", "Notes", "Address", "Date of birth")


@pytest.mark.parametrize("header", [*PRIVATE, "Something", "Recruitment"])
def test_a_draft_never_holds_names_numbers_or_free_text(header):
    secret = "Ana Anić was taken to the house at the end of the village by her uncle, she says"
    sheets = sheet([secret, "F"], headers=[header, "Gender"])
    draft = suggest_mapping(sheets, labels=LABELS, codes=CODES)
    assert "Ana" not in draft
    assert "uncle" not in draft
    assert tomllib.loads(draft)["columns"]["Gender"] == "gender"


def test_hostile_headers_and_words_are_quoted():
    nasty = 'x"]\n[columns]\\ "=HYPERLINK()'
    sheets = sheet(["F", nasty], headers=["Gender", "Citizenship"])
    sheets[""].loc[1, 1] = "Citizenship"
    mapping = tomllib.loads(suggest_mapping(sheets, labels=LABELS, codes=CODES))
    assert set(mapping["columns"]) == {"Gender", "Citizenship"}


def test_a_file_without_a_known_header_is_refused():
    with pytest.raises(ValueError, match="no row of the file has a header that is known"):
        suggest_mapping(sheet(["x"], headers=["y"]), labels=LABELS, codes=CODES)

"""The form goes out through pyxform, comes back as an export, and no answer is lost on the way."""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest
import shipped
from click.testing import CliRunner
from pyxform.xls2xform import convert

from ctresearch import fieldwork, intake, store, survey
from ctresearch.cli import app
from ctresearch.schema import StudyError

LANGUAGES = ["en", "sq", "bs", "hr", "sr-Latn", "sr-Cyrl", "mk", "cnr"]


@pytest.fixture(scope="module")
def data():
    return shipped.read_study("demo")


@pytest.fixture(scope="module")
def sheets(data):
    names = {code: data.study.name(code) for code in data.study.codes}
    return survey.lay_out_form(data.indicators, data.translations, jurisdictions=names, form_id="x")


@pytest.fixture(scope="module")
def built(data, tmp_path_factory):
    return fieldwork.build_survey(data, out=tmp_path_factory.mktemp("form") / "survey.xlsx")


def list_questions(sheets):
    """Path, name and choices (none: free text) of every question, as an export names them."""
    choices = sheets["choices"].groupby("list_name", sort=False)["name"].agg(list)
    path, found = [], []
    for row in sheets["survey"].itertuples():
        if row.type == "begin_group":
            path.append(row.name)
        elif row.type == "end_group":
            path.pop()
        elif row.type.startswith("select_one"):
            found.append(("/".join([*path, row.name]), row.name, choices[row.type.split()[1]]))
        elif row.type == "text":
            found.append(("/".join([*path, row.name]), row.name, None))
    return found


def fill_form(sheets, *, people_n, seed=3):
    """Rows of an export with every question answered by chance; one person in ten does not consent."""
    generator = np.random.default_rng(seed)
    questions = list_questions(sheets)
    rows = []
    for person in range(people_n):
        row = {
            name: f"More funding, number {person}" if options is None else str(generator.choice(options))
            for _, name, options in questions
        }
        row["consent"] = "no" if person % 10 == 9 else "yes"
        row = row if row["consent"] == "yes" else dict.fromkeys(row, "") | {"consent": "no"}
        rows.append(row | {"_uuid": f"u-{person}"})
    return [*(path for path, _, _ in questions), "_uuid"], rows


def write_export(file, header, rows):
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\n")
    writer.writerow(header)
    writer.writerows([list(row.values()) for row in rows])
    file.write_text("\ufeff" + stream.getvalue(), encoding="utf-8")
    return file


def read(data, export, out):
    request = intake.Request("survey", data, "demo-survey")
    return fieldwork.read_survey(export, request=request, out=out)


def test_the_form_converts_without_a_warning_in_all_languages(built):
    result = convert(built.file.read_bytes(), validate=False, file_type=".xlsx")
    assert result.warnings == []
    headings = re.findall(r'<translation lang="([^"]+)"', result.xform)
    assert len(headings) == len(LANGUAGES)
    assert [heading for heading in headings if "DRAFT" not in heading] == ["English (en)"]
    assert len(built.languages) == len(LANGUAGES)
    assert len(built.drafts) == len(LANGUAGES) - 1


def test_consent_comes_first_and_nothing_is_asked_without_it(sheets):
    rows = sheets["survey"]
    asked = rows[rows["type"].str.match("select_one|text")]
    assert asked["name"].iloc[0] == "consent"
    depth, is_behind_consent = 0, []
    for row in rows.itertuples():
        opens = row.type == "begin_group"
        if opens and depth == 0:
            is_behind_consent.append(row.relevant == "${consent} = 'yes'")
        depth += opens - (row.type == "end_group")
    assert is_behind_consent
    assert all(is_behind_consent)
    assert not {"start", "end", "deviceid", "geopoint", "username", "today"} & set(rows["type"])


def test_every_core_indicator_is_asked_with_dont_know(sheets, data):
    core = data.indicators.loc[data.indicators["is_core"], "indicator"].str.replace("-", "_")
    names = set(sheets["survey"]["name"])
    assert {f"{aspect}_{code}" for aspect in ("importance", "performance") for code in core} <= names
    offered = sheets["choices"].groupby("list_name")["name"].agg(list)
    assert offered["importance"] == offered["performance"] == ["1", "2", "3", "4", "5", "dk"]


def test_free_text_warns_to_name_nobody(sheets):
    free = sheets["survey"][sheets["survey"]["type"].eq("text")]
    assert free["name"].tolist() == ["strengths", "comment"]
    assert free["hint::English (en)"].str.startswith("Name nobody").all()


def test_the_same_study_makes_the_same_bytes(data, built, tmp_path):
    again = fieldwork.build_survey(data, out=tmp_path / "again.xlsx")
    assert again.file.read_bytes() == built.file.read_bytes()


def test_another_text_is_another_version(data):
    changed = data.translations.copy()
    changed.loc[changed["code"].eq("intro") & changed["language"].eq("mk"), "text"] = "X"
    names = {"jurisdictions": {"AVQ": "Arvelia"}, "form_id": "x"}
    versions = [
        survey.lay_out_form(data.indicators, table, **names)["settings"]["version"][0]
        for table in (data.translations, changed)
    ]
    assert versions[0] != versions[1]


def test_a_missing_text_and_a_changed_question_are_both_named(data):
    texts = data.translations
    texts = texts[~(texts["code"].eq("PROT-04") & texts["language"].eq("sq"))]
    indicators = data.indicators.replace({"question": {data.indicators["question"].iloc[0]: "Another?"}})
    first_core = data.indicators["is_core"].idxmax()
    indicators.loc[first_core, "question"] = "Is it another question now?"
    with pytest.raises(ValueError, match="indicator 'PROT-04' has no text in 'sq'") as caught:
        survey.lay_out_form(indicators, texts, jurisdictions={"AVQ": "Arvelia"}, form_id="x")
    assert f"indicator '{indicators.loc[first_core, 'indicator']}' was translated from another" in str(caught.value)


def test_a_form_that_pyxform_warns_of_is_not_written(data, tmp_path):
    rows = pd.DataFrame({"type": ["text"], "name": ["x"], "label::Nowhere": ["A"]})
    content = fieldwork.write_form({"survey": rows, "settings": pd.DataFrame({"form_id": ["x"]})})
    with pytest.raises(StudyError, match="without a warning"):
        fieldwork.refuse_warnings(content, tmp_path / "x.xlsx")


@pytest.mark.parametrize(("name", "expected"), [("a.csv", "ends in .xlsx"), ("there.xlsx", "a new file")])
def test_a_form_in_use_is_never_replaced(data, tmp_path, name, expected):
    (tmp_path / "there.xlsx").write_text("mine", encoding="utf-8")
    with pytest.raises(StudyError, match=expected):
        fieldwork.build_survey(data, out=tmp_path / name)
    assert (tmp_path / "there.xlsx").read_text(encoding="utf-8") == "mine"


def test_every_language_has_every_text_and_none_but_english_is_checked(data):
    texts = data.translations[data.translations["code"].ne("language")]
    assert texts.groupby("language", sort=False).size().nunique() == 1
    assert list(dict.fromkeys(texts["language"])) == LANGUAGES
    assert set(texts.loc[texts["language"].ne("en"), "state"]) == {"draft"}
    assert set(texts.loc[texts["language"].eq("en"), "state"]) == {"checked"}
    assert not texts.loc[texts["language"].isin(["mk", "sr-Cyrl"]), "text"].str.contains("[A-Za-z]").any()


def test_round_trip_loses_no_answer(data, sheets, tmp_path):
    header, rows = fill_form(sheets, people_n=60)
    result = read(data_without_invitations(data), write_export(tmp_path / "e.csv", header, rows), tmp_path / "out")
    assert result.problems == ()
    kept = [row for row in rows if row["consent"] == "yes"]
    answers = pd.read_csv(tmp_path / "out" / "survey_answers.csv", dtype=str, keep_default_na=False)
    found = {(row.respondent, row.indicator): row for row in answers.itertuples()}
    core = data.indicators.loc[data.indicators["is_core"], "indicator"]
    assert len(found) == len(answers) == len(kept) * len(core)
    for number, row in enumerate(kept, start=1):
        for indicator in core:
            own = found[str(number), indicator]
            given = [row[f"{aspect}_{indicator.replace('-', '_')}"] for aspect in ("importance", "performance")]
            assert [own.importance or "dk", own.performance or "dk"] == given
            assert own.dont_know == str("dk" in given)
            background = ("jurisdiction", "sector", "nrm_role", "level", "sex")
            assert [getattr(own, name) for name in background] == [row[name] for name in background]
    texts = pd.read_csv(tmp_path / "out" / "survey_texts.csv", dtype=str)
    assert sorted(texts["text"]) == sorted([row[name] for row in kept for name in ("strengths", "comment")])
    changes = pd.read_csv(tmp_path / "out" / "changes.csv")
    assert changes["rule"].tolist() == ["left out: no consent"] * (len(rows) - len(kept))


def data_without_invitations(data):
    from dataclasses import replace

    return replace(data, invitations=data.invitations.head(0))


def test_an_answer_that_was_sent_twice_counts_once(data, sheets, tmp_path):
    header, rows = fill_form(sheets, people_n=5)
    export = write_export(tmp_path / "e.csv", header, [*rows, rows[2]])
    result = read(data_without_invitations(data), export, tmp_path / "out")
    answers = pd.read_csv(tmp_path / "out" / "survey_answers.csv")
    assert answers["respondent"].nunique() == 5
    assert pd.read_csv(tmp_path / "out" / "changes.csv")[["row", "rule"]].values.tolist() == [
        [7, "left out: sent twice"]
    ]
    assert result.problems == ()


def test_no_result_repeats_what_somebody_wrote(data, sheets, tmp_path):
    header, rows = fill_form(sheets, people_n=30)
    read(data_without_invitations(data), write_export(tmp_path / "e.csv", header, rows), tmp_path / "out")
    for file in (tmp_path / "out").glob("*.csv"):
        is_private = file.stem == "survey_texts"
        assert ("More funding" in file.read_text(encoding="utf-8")) == is_private, file.name


def test_more_answers_than_invitations_write_nothing(data, sheets, tmp_path):
    header, rows = fill_form(sheets, people_n=400)
    with pytest.raises(StudyError, match="at least as many invited as answered"):
        read(data, write_export(tmp_path / "e.csv", header, rows), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_commands_build_and_read(tmp_path):
    form, out = tmp_path / "form.xlsx", tmp_path / "out"
    made = CliRunner().invoke(app, ["survey", "build", str(form), "--study", "demo"])
    assert made.exit_code == 0, made.output
    assert "Drafts that somebody who speaks the language must check first: Shqip" in made.output
    again = CliRunner().invoke(app, ["survey", "build", str(form), "--study", "demo"])
    assert again.exit_code == 2
    assert "a new file" in again.output
    export = store.locate_study("demo") / "received" / "survey_export.csv"
    options = ["--source", "demo-survey", "--study", "demo", "--out", str(out)]
    done = CliRunner().invoke(app, ["survey", "read", str(export), *options])
    assert done.exit_code == 1, done.output  # one mistyped answer is planted
    assert "column 'importance_PROT-04'" in done.output
    ranked = pd.read_csv(out / "priorities.csv")
    assert ranked["quadrant"].value_counts()["act_first"] == 5


def test_the_readers_of_the_demo_give_its_tidy_tables_and_planted_truth(data, tmp_path):
    export = store.locate_study("demo") / "received" / "survey_export.csv"
    read(data, export, tmp_path / "out")
    stored = data.survey_answers
    found = pd.read_csv(tmp_path / "out" / "survey_answers.csv")
    assert found[["respondent", "indicator"]].values.tolist() == stored[["respondent", "indicator"]].values.tolist()
    assert found["importance"].fillna(0).astype(int).tolist() == stored["importance"].fillna(0).tolist()
    results = survey.summarise(stored, data.survey_themes, data.invitations, **survey.pick_rules(data.study))
    differ = survey.list_differences(results.differences)
    assert differ[["indicator", "aspect", "lowest"]].values.tolist() == [["PROT-06", "performance", "ngo"]]

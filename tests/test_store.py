"""Reading a study: every problem of every file in one go, each with file, row, column, found, expected and remedy."""

import shutil

import pandas as pd
import pytest

from ctresearch import digests, places, store


@pytest.fixture
def study(tmp_path):
    """Copy the shipped study, so that a test can damage it."""
    folder = tmp_path / "damaged"
    shutil.copytree(places.locate_study("western_balkans"), folder)
    shutil.copytree(places.locate_shipped("data") / "framework", folder / "framework")
    return folder


def edit(folder, table, change):
    file = folder / f"{table}.csv"
    rows = pd.read_csv(file, dtype=str, keep_default_na=False)
    change(rows).to_csv(file, index=False)


def set_cell(row, column, value):
    def change(rows):
        rows.loc[row, column] = value
        return rows

    return change


def only_problem(folder):
    problems = store.check_study(folder)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return str(problems[0])


def test_study_is_read_by_name_and_by_path(study):
    assert store.read_study("western_balkans").study.codes == store.read_study(study).study.codes
    assert store.read_study(study).name == "damaged"


def test_own_framework_of_a_study_is_used(study):
    edit(study / "framework", "indicators", set_cell(0, "theme", "Another theme"))
    assert store.read_study(study).vocabulary.label("indicator", "PREV-01") == "PREV-01 Another theme"


def test_types_and_empty_cells(study):
    data = store.read_study(study)
    assert str(data.victims["year"].dtype) == "Int64"
    assert str(data.victims["value"].dtype) == "Float64"
    assert data.indicators["is_core"].dtype == bool
    assert data.victims.loc[data.victims["status"].eq("suppressed"), "value"].isna().all()
    assert not data.victims["note"].isna().any()


def test_country_code_na_is_namibia_and_not_a_missing_value(study):
    edit(study / "framework", "codes", lambda rows: pd.concat([rows, rows.head(1).assign(list="country", code="NA")]))
    edit(study, "flows", set_cell(0, "destination", "NA"))
    assert store.read_study(study).flows.loc[0, "destination"] == "NA"


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "said"),
    [
        (
            "victims",
            3,
            "jurisdiction",
            "Albania",
            "row 5, column 'jurisdiction': found 'Albania', expected a code of the list",
        ),
        ("evidence", 0, "indicator", "PROT-99", "expected a code of the list 'indicator'"),
        ("victims", 0, "value", "a dozen", "found 'a dozen', expected a number with a decimal point"),
        ("victims", 0, "value", "1,204", "found '1,204', expected a number with a decimal point"),
        ("population", 4, "source_id", "someone", "found 'someone', expected a source registered in sources.csv"),
        ("monitoring", 0, "date", "2 December 2011", "expected a date like 2014, 2014-09"),
        ("participation", 0, "instrument", "no-such", "expected a code of the list 'instrument'"),
        ("flows", 0, "status", "masked", "expected a code of the list 'value_status'"),
    ],
)
def test_wrong_cell_is_named_with_remedy(study, table, row, column, value, said):
    edit(study, table, set_cell(row, column, value))
    problem = only_problem(study)
    assert f"damaged/{table}.csv, row {row + 2}, column '{column}'" in problem
    assert said in problem
    assert problem.endswith(".")


def test_wanted_source_may_not_be_cited(study):
    sources = pd.read_csv(study / "sources.csv", dtype=str, keep_default_na=False)
    wanted = sources.loc[sources["status"].eq("wanted"), "source_id"].iloc[0]
    edit(study, "population", set_cell(0, "source_id", wanted))
    assert "(and not 'wanted')" in only_problem(study)


def test_missing_file_does_not_raise_problems_elsewhere(study):
    (study / "sources.csv").unlink()
    assert "damaged/sources.csv: expected a file; a row is one publication" in only_problem(study)


def test_unknown_and_missing_column(study):
    edit(study, "context", lambda rows: rows.rename(columns={"value": "amount"}))
    said = [str(problem) for problem in store.check_study(study)]
    assert any("column 'amount': found 'amount', expected one of jurisdiction, year" in problem for problem in said)
    assert any("expected the column 'value'. Add the column" in problem for problem in said)


def test_duplicate_key(study):
    edit(study, "population", lambda rows: pd.concat([rows, rows.head(1)]))
    assert "expected one row a key. Remove or merge the repeated rows." in only_problem(study)


def test_wrong_encoding_names_the_line(study):
    file = study / "evidence.csv"
    file.write_bytes(file.read_bytes().replace(b"Kosovo", b"Kosov\xf3", 1))
    problem = only_problem(study)
    assert "damaged/evidence.csv, row " in problem
    assert "found 'byte 0xf3', expected text in UTF-8" in problem


def test_empty_files_and_tables(study):
    (study / "flows.csv").write_text("", encoding="utf-8")
    edit(study / "framework", "glossary", lambda rows: rows.head(0))
    said = " ".join(str(problem) for problem in store.check_study(study))
    assert "damaged/flows.csv: expected a header and at least one row" in said
    assert "framework/glossary.csv: expected at least one row" in said


def test_a_table_of_the_study_may_be_empty(study):
    edit(study, "context", lambda rows: rows.head(0))
    assert store.check_study(study) == []
    assert store.list_empty_tables(study) == ["context"]


def test_a_choice_of_which_no_row_is_there_is_a_problem(study):
    edit(study, "justice", lambda rows: rows.head(0))
    problem = only_problem(study)
    assert "column 'preferences.justice': found 'unodc-glotip-2025-10-28', expected a source of at least one" in problem
    assert problem.endswith("Add the rows, or take the choice out of study.toml.")


def test_rows_without_a_choice_are_a_problem(study):
    file = study / "study.toml"
    text = file.read_text(encoding="utf-8")
    start = text.index("[preferences.justice]")
    file.write_text(text[:start] + text[text.index("[preferences.population_total]") :], encoding="utf-8")
    problem = only_problem(study)
    assert "column 'preferences.justice': expected the source that is drawn on where the rows of justice" in problem
    assert problem.endswith("Add [preferences.justice] with source_id and reason.")


def test_a_study_extends_and_renames_codes_of_the_framework(study):
    with (study / "study.toml").open("a", encoding="utf-8") as stream:
        stream.write('\n[labels.country]\nABQ = "Faraway"\n\n[labels.sex]\nfemale = "Women"\n')
    edit(study, "flows", set_cell(0, "origin", "ABQ"))
    vocabulary = store.read_study(study).vocabulary
    assert vocabulary.label("country", "ABQ") == vocabulary.label("citizenship", "ABQ") == "Faraway"
    assert vocabulary.label("sex", "female") == "Women"
    assert vocabulary.label("country", "SRB") == "Serbia"


@pytest.mark.parametrize("name", ["contry", "indicator"])
def test_labels_for_a_list_that_is_not_the_frameworks_are_a_problem(study, name):
    with (study / "study.toml").open("a", encoding="utf-8") as stream:
        stream.write(f'\n[labels.{name}]\nABQ = "Faraway"\n')
    assert f"column 'labels': found '{name}', expected the name of a code list" in only_problem(study)


def test_broken_csv(study):
    (study / "flows.csv").write_text('a,b\n"1,2\n', encoding="utf-8")
    assert "damaged/flows.csv: found" in only_problem(study)


def test_all_problems_of_all_files_come_at_once(study):
    edit(study, "victims", set_cell(0, "jurisdiction", "XXX"))
    edit(study, "victims", set_cell(1, "sex", "women"))
    edit(study, "population", set_cell(0, "year", "20I4"))
    (study / "context.csv").unlink()
    with pytest.raises(store.StudyError, match="4 problems in what was given"):
        store.read_study(study)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("languages =", "tongues =", "languages is missing"),
        ("[thresholds]", "[thresholds", "expected a TOML file"),
        (
            'source_id = "worldbank-sp-pop-totl"',
            'source_id = "nobody"',
            "column 'preferences.population_total.source_id': found 'nobody'",
        ),
        ('"cedaw"', '"cedar"', "column 'treaties': found 'cedar', expected an instrument"),
        (
            '"ILO Protocol P029" = "ilo-p029"',
            '"ILO Protocol P029" = "ilo-p92"',
            "column 'standards.ILO Protocol P029': found 'ilo-p92', expected an instrument",
        ),
    ],
)
def test_wrong_settings(study, old, new, said):
    file = study / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert said in only_problem(study)


def test_settings_in_another_encoding(study):
    (study / "study.toml").write_bytes(b'title = "S\xe9rbie"')
    assert any("study.toml: found 'byte 10', expected text in UTF-8" in str(p) for p in store.check_study(study))


def test_a_table_whose_name_has_a_slip_is_not_passed_over(study):
    for name in ("stakeholder.csv", "Comments.csv", "~$evidence.csv", "notes.csv"):
        (study / name).write_text("x\n", encoding="utf-8")
    said = [str(problem) for problem in store.check_study(study)]
    assert [text.split(": ")[1] for text in said] == [
        "expected the name of a table, perhaps comments.csv. Rename the file, or move it elsewhere.",
        "expected the name of a table, perhaps stakeholders.csv. Rename the file, or move it elsewhere.",
    ]


def test_a_folder_in_place_of_an_optional_table_is_not_passed_over(study):
    (study / "stakeholders.csv").mkdir()
    assert "stakeholders.csv: expected a file" in only_problem(study)


def test_unknown_study_says_where_it_was_looked_for(tmp_path):
    with pytest.raises(store.StudyError, match=r"expected a folder with a study\.toml\. Looked in "):
        store.read_study(tmp_path / "nowhere")
    (said,) = store.check_study("no_such_study")
    assert "or the name of a shipped study: demo or western_balkans." in str(said)


def test_a_file_or_another_folder_in_place_of_a_study_is_told_with_the_folder_that_is_meant(study, tmp_path):
    (said,) = store.check_study(study / "evidence.csv")
    assert f"Give the path of a study folder ({study} is one), or the name" in str(said)
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    (said,) = store.check_study(tmp_path / "notes.txt")
    assert f"Looked in {tmp_path / 'notes.txt'}. Give the path of a study folder, or the name" in str(said)


def test_chapter_reads_the_rows_of_its_jurisdiction_and_the_sources_that_they_name():
    everything, chapter = store.read_study(), store.read_study(jurisdiction="MNE")
    assert set(chapter.victims["jurisdiction"]) == {"MNE"}
    assert (chapter.flows["origin"].eq("MNE") | chapter.flows["destination"].eq("MNE")).all()
    assert len(chapter.indicators) == len(everything.indicators)
    assert len(chapter.instruments) == len(everything.instruments)
    assert 0 < len(chapter.sources) < len(everything.sources)
    assert set(chapter.evidence["source_id"]) <= set(chapter.sources["source_id"])
    with pytest.raises(KeyError, match="'FRA' is not a jurisdiction of this study"):
        store.read_study(jurisdiction="FRA")


def test_indicator_without_a_measure_is_a_problem(study):
    edit(study / "framework", "measures", lambda rows: rows[rows["indicator"].ne("PREV-01")])
    problem = only_problem(study)
    assert (
        "framework/indicators.csv, row 2, column 'indicator': found 'PREV-01', expected an indicator with a" in problem
    )
    assert problem.endswith("Add a row to framework/measures.csv that says what closes a gap.")


def test_semicolons_are_one_problem_with_a_remedy(study):
    rows = pd.read_csv(study / "context.csv", dtype=str, keep_default_na=False)
    rows.to_csv(study / "context.csv", index=False, sep=";")
    assert "expected columns separated by commas. Save the file as CSV with commas" in only_problem(study)


def test_inputs_that_a_run_has_checked_are_not_checked_again_unless_they_have_changed(study, monkeypatch):
    monkeypatch.setenv(places.CHECKED, digests.digest_inputs(study))
    checked = []
    original = store.schema.check_table
    monkeypatch.setattr(
        store.schema, "check_table", lambda table, *rest, **named: checked.append(1) or original(table, *rest, **named)
    )
    assert len(store.read_study(study).victims) > 0
    assert checked == []
    edit(study, "victims", set_cell(0, "sex", "fmale"))
    with pytest.raises(store.StudyError, match="found 'fmale'"):
        store.read_study(study)
    assert checked != []


def test_the_command_that_checks_never_relies_on_an_earlier_check(study, monkeypatch):
    edit(study, "victims", set_cell(0, "sex", "fmale"))
    monkeypatch.setenv(places.CHECKED, digests.digest_inputs(study))
    assert "found 'fmale'" in only_problem(study)


@pytest.mark.parametrize("file", ["study.toml", "victims.csv", "framework/codes.csv"])
def test_the_digest_of_the_inputs_follows_every_file(study, file):
    before = digests.digest_inputs(study)
    with (study / file).open("a", encoding="utf-8") as stream:
        stream.write("\n")
    assert digests.digest_inputs(study) != before


WHERE = "jurisdiction=SRB;year=2013;measure=victims_identified;source_id=b92-cptv-2014;citizenship=total;period="


def write_corrections(folder, *rows):
    last = {"reason": "a slip", "source_id": "b92-cptv-2014", "who": "researcher", "date": "2026-11-24"}
    names = ("table", "where", "column", "expected_value", "new_value")
    pd.DataFrame([dict(zip(names, row, strict=True)) | last for row in rows]).to_csv(
        folder / "corrections.csv", index=False
    )


def test_a_study_without_corrections_has_none_and_one_with_a_header_alone_too(study):
    assert store.read_study(study).corrections.empty
    write_corrections(study, ("victims", WHERE, "locator", "x", "y"))
    edit(study, "corrections", lambda rows: rows.head(0))
    assert store.check_study(study) == []


@pytest.mark.parametrize("jurisdiction", ["", "SRB"])
def test_corrections_are_made_when_the_study_is_read_and_the_row_says_so(study, jurisdiction):
    cells = [("victims", WHERE, column, "92", "93") for column in ("value", "value_low", "value_high")]
    write_corrections(study, *cells)
    data = store.read_study(study, jurisdiction=jurisdiction)
    (row,) = data.victims[data.victims["note"].str.contains("corrected")].itertuples()
    assert (row.value, row.value_low, row.value_high, row.printed) == (93, 93, 93, "92")
    assert row.note.endswith("value_high from '92' to '93', a slip [b92-cptv-2014]")
    assert len(data.corrections) == 3
    assert "b92-cptv-2014" in set(data.sources["source_id"])


def test_a_correction_whose_source_was_repaired_fails_the_check(study):
    write_corrections(study, ("victims", WHERE, "printed", "92", "93"))
    edit(study, "victims", lambda rows: rows.assign(printed=rows["printed"].replace("92", "91")))
    assert only_problem(study) == (
        "damaged/corrections.csv, row 2, column 'expected_value': found '91', expected '92' in victims.csv, "
        "row 1762, column 'printed'. The table has changed: see if it is repaired, then take the correction out, or "
        "renew it."
    )


def test_a_corrected_table_still_has_to_keep_its_contract(study):
    write_corrections(study, ("victims", WHERE, "value_low", "92", "99"))
    assert "value_low <= value <= value_high" in only_problem(study)


def test_a_correction_of_a_table_that_is_not_there_or_by_an_unknown_source_is_refused(study):
    write_corrections(study, ("victim", WHERE, "printed", "92", "93"))
    assert "Name a table of the study, without .csv." in only_problem(study)
    write_corrections(study, ("victims", WHERE, "printed", "92", "93"))
    edit(study, "corrections", lambda rows: rows.assign(source_id="nobody"))
    assert "a source registered in sources.csv" in only_problem(study)

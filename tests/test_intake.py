"""Taking in received files: whole results or none, persons never written, every refusal with its remedy."""

from dataclasses import replace

import pandas as pd
import pytest
import shipped

from ctresearch import intake, places
from ctresearch.clean.linkage import LinkageSettings
from ctresearch.files import repeated
from ctresearch.intake import cleaning, linking
from ctresearch.schema import StudyError

RECEIVED = places.locate_study("demo") / "received"
KEY = bytes(range(32))
SETTINGS = LinkageSettings(match=1.5, review=-5.0, margin=5.0, certain_recall=0.5, age_on="2024-12-31")
SHEETS = [
    (RECEIVED / f"{agency}_2024.{kind}", RECEIVED / f"{agency}_2024.toml")
    for agency, kind in (("police", "xlsx"), ("ngo", "csv"), ("social", "sav"))
]


@pytest.fixture(scope="module")
def data():
    return shipped.read_study("demo")


@pytest.fixture
def portal(data):
    return intake.Request("glotip", data, source_id="demo-portal")


def names_of(data):
    """Return what a person could be known by in the case sheets."""
    columns = ["given_name", "family_name", "document_number"]
    requests = [(sheet, intake.Request("cases", data, mapping=mapping)) for sheet, mapping in SHEETS]
    parts = [part for sheet, request in requests for part, _ in cleaning.read_parts(sheet, request)]
    named = pd.concat([part.tables["identifiers"][columns] for part in parts])
    return {str(value) for column in columns for value in named[column].dropna() if len(str(value)) > 3}


def test_a_portal_export_becomes_the_tables_of_the_study(tmp_path, data, portal):
    done = intake.clean_file(RECEIVED / "portal_export.xlsx", request=portal, out=tmp_path / "new")
    assert done.problems == ()
    assert {file.name for file in done.folder.iterdir()} == {
        *("victims.csv", "justice.csv", "flows.csv", "changes.csv", "problems.csv", "result.json"),
    }
    written = pd.read_csv(done.folder / "victims.csv", dtype=str, keep_default_na=False)
    own = data.victims[data.victims["source_id"].eq("demo-portal")]
    assert len(written) == done.rows["victims"] == len(own)
    assert sorted(written["printed"]) == sorted(own["printed"])
    assert len(pd.read_csv(done.folder / "changes.csv")) == done.changes_n > 0


def test_a_result_can_be_made_anew_but_no_other_folder_is_touched(tmp_path, portal):
    file = RECEIVED / "portal_export.xlsx"
    first = intake.clean_file(file, request=portal, out=tmp_path / "new")
    before = (first.folder / "victims.csv").read_bytes()
    assert intake.clean_file(file, request=portal, out=tmp_path / "new").rows == first.rows
    assert (first.folder / "victims.csv").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["new"]
    other = tmp_path / "other"
    other.mkdir()
    (other / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StudyError, match="expected a new or empty folder"):
        intake.clean_file(file, request=portal, out=other)
    assert [entry.name for entry in other.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("kind", "options", "said"),
    [
        ("spreadsheet", {}, "--as: found 'spreadsheet', expected one of glotip, gsi"),
        ("glotip", {}, "--source: expected a value. A glotip file needs it; the id of the file in sources.csv."),
        ("htcds", {}, "--agency: expected a value"),
        ("cases", {}, "A cases file needs it; `ctresearch clean FILE --suggest` drafts one."),
        ("glotip", {"source_id": "unheard-of"}, "found 'unheard-of', expected a source of the study"),
    ],
)
def test_what_a_reader_must_be_told_is_asked_for_at_once(tmp_path, data, kind, options, said):
    with pytest.raises(StudyError) as refused:
        intake.clean_file(
            RECEIVED / "ngo_2024.csv", request=intake.Request(kind, data, **options), out=tmp_path / "new"
        )
    assert said in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_and_a_missing_option_are_said_together(tmp_path, data):
    with pytest.raises(StudyError) as refused:
        intake.clean_file(tmp_path / "none.csv", request=intake.Request("cases", data), out=tmp_path / "new")
    assert [problem.file for problem in refused.value.problems] == ["none.csv", "--mapping"]


def test_a_mapping_that_does_not_fit_the_sheet_or_holds_a_todo_writes_nothing(tmp_path, data):
    draft = tmp_path / "draft.toml"
    draft.write_text(intake.suggest_mapping(RECEIVED / "ngo_2024.csv", data=data), encoding="utf-8")
    for mapping, said in ((RECEIVED / "police_2024.toml", "expected a sheet named"), (draft, "found 'TODO'")):
        request = intake.Request("cases", data, mapping=mapping)
        with pytest.raises(StudyError, match=said):
            intake.clean_file(RECEIVED / "ngo_2024.csv", request=request, out=tmp_path / "new")
    assert list(tmp_path.iterdir()) == [draft]


def test_a_file_that_cannot_be_read_leaves_the_earlier_result(tmp_path, data, portal):
    done = intake.clean_file(RECEIVED / "portal_export.xlsx", request=portal, out=tmp_path / "new")
    before = {file.name: file.read_bytes() for file in done.folder.iterdir()}
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes((RECEIVED / "portal_export.xlsx").read_bytes()[:5000])
    with pytest.raises(StudyError, match=r"broken\.xlsx"):
        intake.clean_file(broken, request=portal, out=tmp_path / "new")
    assert {file.name: file.read_bytes() for file in done.folder.iterdir()} == before


@pytest.mark.parametrize("kind", ["glotip", "gsi", "ctdc", "htcds", "survey", "tip_narrative", "ratings", "weights"])
def test_a_file_of_another_kind_writes_nothing(tmp_path, data, kind):
    file = tmp_path / "other.csv"
    file.write_text("Name,Amount\nA,1\nB,2\n", encoding="utf-8")
    request = intake.Request(kind, data, source_id="demo-portal", agency="police", year=2023)
    with pytest.raises(StudyError, match=r"other\.csv"):
        intake.clean_file(file, request=request, out=tmp_path / "new")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("text", ["agency = ", "\udcff"])
def test_a_mapping_that_is_no_toml_is_named_with_its_remedy(tmp_path, data, text):
    mapping = tmp_path / "own.toml"
    mapping.write_text(text, encoding="utf-8", errors="surrogateescape")
    request = intake.Request("cases", data, mapping=mapping)
    with pytest.raises(StudyError, match=r"own\.toml: .*expected a mapping in TOML.*--suggest"):
        intake.clean_file(RECEIVED / "ngo_2024.csv", request=request, out=tmp_path / "new")


@pytest.mark.parametrize(("sheet", "mapping"), SHEETS, ids=["police", "ngo", "social"])
def test_case_sheets_are_written_without_anything_that_names_a_person(tmp_path, data, sheet, mapping):
    done = intake.clean_file(sheet, request=intake.Request("cases", data, mapping=mapping), out=tmp_path / "new")
    assert done.rows.keys() == {"cases"}
    written = "".join(file.read_text(encoding="utf-8") for file in done.folder.iterdir())
    assert done.rows["cases"] > 100
    assert {name for name in names_of(data) if name in written} == set()


def test_a_long_case_sheet_in_chunks_is_the_same_as_in_one_piece(tmp_path, data, monkeypatch):
    sheet, mapping = SHEETS[1]
    request = intake.Request("cases", data, mapping=mapping)
    whole = intake.clean_file(sheet, request=request, out=tmp_path / "whole")
    monkeypatch.setattr(cleaning, "LONG_FILE_BYTES", 1000)
    original = cleaning.files.read_chunks
    monkeypatch.setattr(cleaning.files, "read_chunks", lambda file: original(file, chunk_bytes=4000))
    parts = list(cleaning.read_parts(sheet, request))
    assert len(parts) > 3
    chunked = intake.clean_file(sheet, request=request, out=tmp_path / "chunked")
    assert chunked.rows == whole.rows
    assert chunked.changes_n == whole.changes_n
    assert (chunked.folder / "cases.csv").read_bytes() == (whole.folder / "cases.csv").read_bytes()
    assert (chunked.folder / "changes.csv").read_bytes() == (whole.folder / "changes.csv").read_bytes()
    rows = {tuple(problem.rows) for problem in whole.problems}
    assert {row for problem in chunked.problems for row in problem.rows} == {row for found in rows for row in found}


def test_a_long_case_sheet_read_as_categories_gives_the_same_tables(data, monkeypatch):
    sheet, mapping = SHEETS[1]
    request = intake.Request("cases", data, mapping=mapping)
    ((text, _),) = cleaning.read_parts(sheet, request)
    monkeypatch.setattr(repeated, "_LEAST_ROWS", 10)
    given = []
    original = cleaning.files.read_file
    monkeypatch.setattr(
        cleaning.files, "read_file", lambda *args, **options: given.append(original(*args, **options)) or given[0]
    )
    ((categories, _),) = cleaning.read_parts(sheet, request)
    assert "category" in {str(kind) for kind in given[0].sheets[""].dtypes}
    for name, table in text.tables.items():
        pd.testing.assert_frame_equal(categories.tables[name], table)
    pd.testing.assert_frame_equal(categories.changes, text.changes)
    assert categories.problems == text.problems


def test_a_transcription_sheet_finds_its_sources_by_title_by_option_or_in_a_file(tmp_path, data):
    def rows(folder, **options):
        request = intake.Request("tip_narrative", data, **options)
        return intake.clean_file(RECEIVED / "narrative_sheet.csv", request=request, out=tmp_path / folder)

    mapping = tmp_path / "sources.toml"
    mapping.write_text('[sources]\n"Identified victims in invented places" = "demo-bulletin"\n', encoding="utf-8")
    by_title = rows("title")
    assert by_title.rows["victims"] > 100
    assert rows("option", source_id="demo-bulletin").rows == by_title.rows
    assert rows("file", mapping=mapping).rows == by_title.rows
    mapping.write_text('[sources]\n"Another title" = "demo-bulletin"\n', encoding="utf-8")
    unknown = rows("unknown", mapping=mapping)
    assert unknown.rows["victims"] == 0
    assert any(problem.found == "Identified victims in invented places" for problem in unknown.problems)


def test_a_draft_of_a_mapping_has_the_headers_and_no_person(data):
    draft = intake.suggest_mapping(SHEETS[0][0], data=data)
    assert '"Држављанство" = "citizenship"' in draft
    assert '"принудни рад" = "ForcedLabour"' in draft
    assert {name for name in names_of(data) if name in draft} == set()


def test_linked_sheets_give_the_overlapping_lists_and_name_nobody(tmp_path, data):
    rows = intake.link_sheets(SHEETS, data=data, key=KEY, settings=SETTINGS, out=tmp_path / "linked")
    captures = pd.read_csv(tmp_path / "linked" / "captures.csv")
    clusters = pd.read_csv(tmp_path / "linked" / "clusters.csv")
    assert captures["persons_n"].sum() == clusters["person"].nunique()
    assert captures.loc[captures[["ngo", "police", "social"]].sum(axis=1).gt(1), "persons_n"].sum() > 50
    assert rows["clusters"] == len(clusters) > 500
    written = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "linked").iterdir())
    assert {name for name in names_of(data) if name in written} == set()


def test_sheets_that_cannot_be_read_stop_the_linkage_with_all_problems(tmp_path, data):
    mapping = tmp_path / "wrong.toml"
    text = SHEETS[1][1].read_text(encoding="utf-8").replace('"Emri"', '"Emër"')
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError, match="Em"):
        intake.link_sheets([(SHEETS[1][0], mapping)], data=data, key=KEY, settings=SETTINGS, out=tmp_path / "linked")
    assert not (tmp_path / "linked").exists()


def test_without_the_library_the_linkage_names_the_extra(tmp_path, data, monkeypatch):
    monkeypatch.setattr(linking, "find_spec", lambda name: None)
    with pytest.raises(StudyError, match=r"library splink.*pip install -c constraints\.txt -e '\.\[linkage\]'"):
        intake.link_sheets(SHEETS, data=data, key=KEY, settings=SETTINGS, out=tmp_path / "linked")


def link(data, out, **options):
    doubting = replace(SETTINGS, match=25, review=-25)
    return intake.link_sheets(SHEETS, data=data, key=KEY, settings=doubting, out=out, **options)


def test_decisions_on_doubtful_pairs_join_and_part_persons(tmp_path, data):
    link(data, tmp_path / "linked")
    review = pd.read_csv(tmp_path / "linked" / "review.csv", dtype=str)
    before = pd.read_csv(tmp_path / "linked" / "clusters.csv").set_index("case_id")["person"]
    decided = review.assign(decision=["same", " Different "] + [None] * (len(review) - 2))
    decided.to_excel(tmp_path / "decided.xlsx", index=False)
    link(data, tmp_path / "decided", decisions=tmp_path / "decided.xlsx")
    after = pd.read_csv(tmp_path / "decided" / "clusters.csv").set_index("case_id")["person"]
    joined, parted = ([row["case_id_a"], row["case_id_b"]] for row in review.head(2).to_dict("records"))
    assert before[joined].nunique() == 2
    assert after[joined].nunique() == 1
    assert after[parted].nunique() == 2
    left = pd.read_csv(tmp_path / "decided" / "review.csv", dtype=str)
    assert set(zip(left["case_id_a"], left["case_id_b"], strict=True)).isdisjoint([tuple(joined), tuple(parted)])


def test_decisions_that_cannot_be_used_are_listed_with_their_rows(tmp_path, data):
    file = tmp_path / "decided.csv"
    file.write_text(
        "case_id_a,case_id_b,decision\nnobody-1,nobody-2,same\nnobody-1,nobody-3,perhaps\n", encoding="utf-8"
    )
    with pytest.raises(StudyError) as refused:
        link(data, tmp_path / "linked", decisions=file)
    assert {problem.file for problem in refused.value.problems} == {"decided.csv"}
    assert {problem.rows for problem in refused.value.problems if problem.column == "case_id_a"} == {(2, 3)}
    assert {problem.rows for problem in refused.value.problems if problem.column == "decision"} == {(3,)}
    file.write_text("case_id_a,case_id_b\na,b\n", encoding="utf-8")
    with pytest.raises(StudyError, match="decision"):
        link(data, tmp_path / "linked", decisions=file)
    assert not (tmp_path / "linked").exists()


def test_a_result_that_somebody_changed_or_added_to_is_not_replaced(tmp_path, portal):
    out = tmp_path / "new"
    intake.clean_file(RECEIVED / "portal_export.xlsx", request=portal, out=out)
    intake.clean_file(RECEIVED / "portal_export.xlsx", request=portal, out=out)
    (out / "victims.csv").write_text("corrected by hand", encoding="utf-8")
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(StudyError, match=r"notes\.txt, victims\.csv.*would be lost"):
        intake.clean_file(RECEIVED / "portal_export.xlsx", request=portal, out=out)
    assert (out / "victims.csv").read_text(encoding="utf-8") == "corrected by hand"
    assert (out / "notes.txt").is_file()

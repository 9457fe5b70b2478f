"""A study for another region: written whole, empty but valid, and run without a change of code."""

import csv
import json
import os
import tomllib

import nbformat
import pytest
from click.testing import CliRunner

from ctresearch import batch, schema, start, store
from ctresearch.cli import app
from ctresearch.start import NewStudy, parse_answers, refuse_occupied, write_study
from ctresearch.study import parse_study

EIGHT = tuple((f"P{number}Q", f"Invented Place {number}") for number in range(1, 9))
ANSWERS = NewStudy('Needs "here" \\ and there', EIGHT, ((2019, 2020), (2023, 2024)), ("en", "pt-BR"))
OPTIONS = [word for code, name in EIGHT for word in ("--jurisdiction", f"{code}={name}")]
PERIODS = ["--period", "2019-2020", "--period", "2023-2024"]


def call(*arguments, typed=None):
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=typed)


def test_settings_are_what_was_answered(tmp_path):
    folder = write_study(tmp_path / "eight", ANSWERS)
    study = parse_study(tomllib.loads((folder / "study.toml").read_text(encoding="utf-8")))
    assert study.title == ANSWERS.title
    assert [(code, study.name(code)) for code in study.codes] == list(EIGHT)
    assert study.periods() == (("baseline", 2019, 2020), ("update", 2023, 2024))
    assert study.languages == ("en", "pt-BR")
    assert study.thresholds.shared_gap_n == 5  # more than half of eight
    assert study.treaties == ()


def test_a_study_with_more_periods_names_those_between():
    answers = NewStudy("T", EIGHT[:2], ((2010, 2010), (2015, 2016), (2024, 2024)))
    settings = tomllib.loads(start._write_settings(answers))
    assert [point["code"] for point in settings["time_points"]] == ["baseline", "between-1", "update"]
    assert [point["label"] for point in settings["time_points"]] == ["2010", "2015 to 2016", "2024"]
    assert settings["thresholds"]["shared_gap_n"] == 2


def test_every_table_has_its_header_and_no_row(tmp_path):
    folder = write_study(tmp_path / "eight", ANSWERS)
    expected = {table.file for table in schema.STUDY} | {"study.toml", "README.md"}
    assert {file.name for file in folder.iterdir()} == expected
    for table in schema.STUDY:
        with (folder / table.file).open(encoding="utf-8", newline="") as stream:
            assert list(csv.reader(stream)) == [[column.name for column in table.columns]]
    assert store.check_study(folder) == []
    assert store.list_empty_tables(folder) == [table.name for table in schema.STUDY if not table.is_optional]


def test_readme_explains_every_column_and_every_code(tmp_path):
    text = (write_study(tmp_path / "eight", ANSWERS) / "README.md").read_text(encoding="utf-8")
    assert schema.write_dictionary(schema.STUDY, folder="eight") in text
    assert text.startswith(f"# {ANSWERS.title}\n")
    assert "`P1Q` Invented Place 1; `P2Q` Invented Place 2" in text
    assert "- `sex`: `total` Both sexes; `female` Women and girls" in text
    assert "$" not in text


def test_title_with_template_marks_stays_as_it_is(tmp_path):
    answers = NewStudy("Cost in $title and ${x}", EIGHT[:1], ((2010, 2010), (2020, 2020)))
    folder = write_study(tmp_path / "a", answers)
    assert tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))["title"] == "Cost in $title and ${x}"


def test_nothing_is_left_beside_the_folder(tmp_path):
    write_study(tmp_path / "inner" / "eight", ANSWERS)
    assert [file.name for file in (tmp_path / "inner").iterdir()] == ["eight"]


def test_an_empty_folder_is_filled(tmp_path):
    (tmp_path / "eight").mkdir()
    assert store.check_study(write_study(tmp_path / "eight", ANSWERS)) == []


def occupy_with_file(folder):
    folder.mkdir()
    (folder / "notes.txt").write_text("mine", encoding="utf-8")


def occupy_as_file(folder):
    folder.write_text("mine", encoding="utf-8")


def occupy_as_link(folder):
    folder.symlink_to(folder.parent / "nowhere")


@pytest.mark.parametrize("occupy", [occupy_with_file, occupy_as_file, occupy_as_link])
def test_an_occupied_place_is_refused_and_stays_as_it_was(tmp_path, occupy):
    folder = tmp_path / "eight"
    occupy(folder)
    for attempt in (lambda: write_study(folder, ANSWERS), lambda: refuse_occupied(folder)):
        with pytest.raises(schema.StudyError, match="expected a folder that does not exist or is empty"):
            attempt()
    assert [file.name for file in tmp_path.iterdir()] == ["eight"]
    if folder.is_dir():
        assert [file.read_text(encoding="utf-8") for file in folder.iterdir()] == ["mine"]


def test_a_place_that_fills_up_meanwhile_is_refused(tmp_path, monkeypatch):
    folder = tmp_path / "eight"
    monkeypatch.setattr(start, "refuse_occupied", lambda place: None)
    occupy_with_file(folder)
    with pytest.raises(schema.StudyError, match="is empty"):
        write_study(folder, ANSWERS)
    assert [file.name for file in folder.iterdir()] == ["notes.txt"]
    assert [file.name for file in tmp_path.iterdir()] == ["eight"]


def test_a_place_below_a_file_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(schema.StudyError, match="expected a place where a folder can be written"):
        write_study(tmp_path / "file" / "eight", ANSWERS)


def test_an_interrupted_start_leaves_nothing(tmp_path, monkeypatch):
    def interrupt(self, target):
        raise KeyboardInterrupt

    monkeypatch.setattr(type(tmp_path), "rename", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_study(tmp_path / "eight", ANSWERS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": " "}, "--title: found ' ', expected one line of text"),
        ({"title": "a\nb"}, "expected one line of text"),
        ({"jurisdictions": []}, "--jurisdiction: expected at least one CODE=Name"),
        ({"jurisdictions": ["Arvelia"]}, "found 'Arvelia', expected CODE=Name"),
        ({"jurisdictions": ["AV="]}, "found 'AV=', expected CODE=Name"),
        ({"jurisdictions": ["av=Arvelia"]}, "the code of 2 to 8 capital letters and digits"),
        ({"jurisdictions": ["../X=Arvelia"]}, "the code of 2 to 8 capital letters and digits"),
        ({"jurisdictions": ["AV=Ar\x00velia"]}, "expected CODE=Name"),
        ({"jurisdictions": ["REG=Arvelia"]}, "found 'REG', expected another code"),
        ({"jurisdictions": ["ANNEX=Arvelia"]}, "found 'ANNEX', expected another code"),
        ({"jurisdictions": ["AV=A", "AV=B"]}, "found 'AV', expected a code of its own"),
        ({"jurisdictions": ["AV=A", "BV=A"]}, "found 'A', expected a name of its own"),
        ({"periods": ["2020"]}, "--period: expected two periods, the baseline and the update"),
        ({"periods": ["2020", "2019x"]}, "found '2019x', expected a year or FIRST-LAST, in order"),
        ({"periods": ["2020-2019", "2024"]}, "found '2020-2019', expected a year or FIRST-LAST, in order"),
        ({"periods": ["2020-2022", "2022-2024"]}, "expected periods in order that share no year"),
        ({"languages": []}, "--language: expected at least one language"),
        ({"languages": ["English!"]}, "found 'English!', expected a language code"),
    ],
)
def test_an_answer_that_cannot_be_used_is_named(change, said):
    answers = {"title": "T", "jurisdictions": ["AV=Arvelia"], "periods": ["2019", "2024"], "languages": ["en"]}
    with pytest.raises(schema.StudyError) as error:
        parse_answers(**{**answers, **change})
    assert said in str(error.value)
    assert len(error.value.problems) == 1


def test_all_wrong_answers_are_named_at_once():
    with pytest.raises(schema.StudyError) as error:
        parse_answers(title="", jurisdictions=[], periods=[], languages=[])
    assert len(error.value.problems) == 4


def test_command_with_flags(tmp_path):
    result = call("new", tmp_path / "eight", "--title", "Needs", *OPTIONS, *PERIODS)
    assert result.exit_code == 0
    assert f"Study: {tmp_path / 'eight'}" in result.output
    checked = call("check", tmp_path / "eight")
    assert (checked.exit_code, checked.output.split(":")[0]) == (0, "Empty but valid")


def test_command_without_flags_and_terminal_says_what_is_missing(tmp_path):
    result = call("new", tmp_path / "eight")
    assert result.exit_code == 2
    assert "Nothing was written. 3 problems" in result.output
    assert list(tmp_path.iterdir()) == []


def test_command_refuses_an_occupied_folder(tmp_path):
    occupy_with_file(tmp_path / "eight")
    result = call("new", tmp_path / "eight", "--title", "Needs", *OPTIONS, *PERIODS)
    assert result.exit_code == 2
    assert "expected a folder that does not exist or is empty" in result.output


def test_dialogue_in_a_terminal(tmp_path):
    pty = pytest.importorskip("pty", reason="pseudo-terminals exist on POSIX only")
    import subprocess
    import sys

    leader, follower = pty.openpty()
    command = [sys.executable, "-c", "from ctresearch.cli import app; app()", "new", str(tmp_path / "two")]
    process = subprocess.Popen(command, stdin=follower, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.close(follower)
    os.write(leader, b"Needs\nAVQ=Arvelia\nBMQ=Belmora\n\n2019-2020\n2024\n\n\n")
    output = process.communicate(timeout=60)[0].decode()
    os.close(leader)
    assert process.returncode == 0, output
    study = parse_study(tomllib.loads((tmp_path / "two" / "study.toml").read_text(encoding="utf-8")))
    assert (study.title, study.codes, study.languages) == ("Needs", ("AVQ", "BMQ"), ("en",))
    assert study.periods() == (("baseline", 2019, 2020), ("update", 2024, 2024))


ROWS = {
    "sources": "src-a,Bureau A,Yearbook,2025,,free,public,2026-01-02,,",
    "evidence": "E-1,P1Q,PREV-01,2024,The plan quotes an analysis.,strength,practice,src-a,page 4,,,single_source,",
    "victims": "P2Q,2023,2023,,victims_detected" + ",total" * 4 + ",,12,12,12,12,reported,2025,src-a,,publisher_file,",
}
CHOICE = '[preferences.victims]\nsource_id = "src-a"\nreason = "The only one."\n'


@pytest.fixture(scope="module")
def eight(tmp_path_factory):
    """A region of eight: run when empty, then with some rows."""
    folder = write_study(tmp_path_factory.mktemp("studies") / "eight", ANSWERS)
    out = tmp_path_factory.mktemp("outputs")
    empty = batch.run_study(folder, out=out)
    pages = {file.name: file.read_text(encoding="utf-8") for file in empty.folder.glob("*.html")}
    for name, row in ROWS.items():
        with (folder / f"{name}.csv").open("a", encoding="utf-8") as stream:
            stream.write(row + "\n")
    settings = folder / "study.toml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("[preferences]\n", CHOICE), encoding="utf-8")
    filled = batch.run_study(folder, out=out, jurisdictions=("P1Q", "P2Q"))
    return folder, empty, pages, filled


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_an_empty_region_of_eight_runs_and_says_nd(eight):
    _, empty, pages, _ = eight
    assert empty.failed == ()
    assert set(pages) == {f"{kind}{code.lower()}.html" for code, _ in EIGHT for kind in ("", "profile-")} | {
        f"{name}.html"
        for name in (
            "index",
            "search",
            "whole",
            "summary",
            "regional",
            "hidden",
            "recommendations",
            "participation",
            "annex",
            "slides",
        )
    }
    for code, name in EIGHT:
        page = pages[f"{code.lower()}.html"]
        assert name in page
        assert page.count("ND: n") >= 20
    assert "ND: nothing was found" in pages["recommendations.html"]
    assert not (empty.folder / "recommendations.csv").exists()
    assert "Kosovo" not in "".join(pages.values())


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_rows_that_are_added_appear_without_a_change_of_code(eight):
    folder, _, _, filled = eight
    assert filled.failed == ()
    assert store.check_study(folder) == []
    assert set(store.list_empty_tables(folder)).isdisjoint(ROWS)
    assert "The plan quotes an analysis." in (filled.folder / "p1q.html").read_text(encoding="utf-8")
    executed = nbformat.read(filled.folder / "notebooks" / "p2q.ipynb", as_version=4)
    assert "from 12 (2023) to 12 (2023)" in json.dumps(executed)

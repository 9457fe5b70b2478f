"""Running a study: whole reports only, failures marked, earlier output kept."""

import json
import shutil

import nbformat
import pandas as pd
import pytest

from ctresearch import batch, store

NAMES = ("01_jurisdiction", "02_regional", "03_recommendations", "04_annex", "05_workshop")


def write_notebook(folder, name, source):
    parameters = nbformat.v4.new_code_cell('study = ""\njurisdiction = ""', metadata={"tags": ["parameters"]})
    heading = nbformat.v4.new_markdown_cell("# A question?\n\n## A section")
    slide = {"slideshow": {"slide_type": "slide"}}
    cells = [heading, parameters, nbformat.v4.new_code_cell(source, metadata=slide)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / f"{name}.ipynb")


@pytest.fixture
def notebooks(tmp_path):
    """Small notebooks under the names of the real ones, which need no library."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in NAMES:
        write_notebook(folder, name, "1 + 1")
    exhibits = (
        "import pandas as pd\nfrom ctresearch.exhibits import Exhibit, Exhibits\n"
        "rows = pd.DataFrame({'recommendation_id': ['REG-1'], 'action': ['=1+1']})\n"
        "Exhibits((Exhibit('all-recommendations', 'table', '<p>x</p>', 'All', rows),"
        " Exhibit('findings', 'table', '<p>y</p>', 'Findings', rows)))"
    )
    write_notebook(folder, "03_recommendations", exhibits)
    return folder


def run(notebooks, out, **options):
    return batch.run_study(out=out, notebooks=notebooks, jobs=2, **options)


def test_sections_come_in_the_order_of_the_study():
    study = store.read_study().study
    names = [section.name for section in batch.list_sections(study, study_parameter="x")]
    assert names == ["alb", "bih", "xkx", "mkd", "mne", "srb", "regional", "recommendations", "annex", "slides"]
    one = batch.list_sections(study, study_parameter="x", jurisdictions=["SRB"])
    assert [section.name for section in one] == ["srb", "annex"]
    assert one[0].parameters == {"study": "x", "jurisdiction": "SRB"}


def test_unknown_jurisdiction_is_refused_before_anything_is_written(tmp_path, notebooks):
    with pytest.raises(store.StudyError, match="found 'FRA', expected one of ALB, BIH, XKX, MKD, MNE, SRB"):
        run(notebooks, tmp_path / "outputs", jurisdictions=["FRA"])
    assert not (tmp_path / "outputs").exists()


@pytest.mark.notebooks
def test_run_publishes_a_whole_report_and_replaces_the_earlier_one(tmp_path, notebooks):
    out = tmp_path / "outputs"
    events = []
    result = run(notebooks, out, on_event=lambda event, section: events.append((event, section and section.name)))
    assert result.failed == ()
    assert events[-1] == ("publishing", None)
    assert sorted(name for event, name in events if event == "finished") == sorted(
        o.section.name for o in result.outcomes
    )
    files = {file.name for file in result.folder.iterdir()}
    pages = {f"{section.section.name}.html" for section in result.outcomes}
    assert files == pages | {
        "index.html",
        "manifest.json",
        "recommendations.csv",
        "recommendations.xlsx",
        "notebooks",
        "tables",
    }
    (result.folder / "stale.html").write_text("old", encoding="utf-8")
    again = run(notebooks, out)
    assert not (again.folder / "stale.html").exists()
    assert [file.name for file in out.iterdir()] == ["western_balkans"]


@pytest.mark.notebooks
def test_failed_section_is_marked_and_the_others_are_built(tmp_path, notebooks):
    write_notebook(notebooks, "01_jurisdiction", "assert jurisdiction != 'SRB', 'no evidence on the place'")
    result = run(notebooks, tmp_path / "outputs")
    assert [outcome.section.name for outcome in result.failed] == ["srb"]
    assert (
        result.failed[0].error == "01_jurisdiction.ipynb for Serbia, cell 3: AssertionError: no evidence on the place"
    )
    index = (result.folder / "index.html").read_text(encoding="utf-8")
    assert "Serbia: missing in this run (01_jurisdiction.ipynb for Serbia, cell 3: AssertionError" in index
    assert 'href="srb.html"' not in index
    assert not (result.folder / "srb.html").exists()
    assert (result.folder / "alb.html").exists()
    kept = nbformat.read(result.folder / "notebooks" / "srb.ipynb", as_version=4)
    assert any(output.get("ename") == "AssertionError" for cell in kept.cells for output in cell.get("outputs", []))
    manifest = json.loads((result.folder / "manifest.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in manifest["sections"] if entry["error"]] == ["srb"]


@pytest.mark.notebooks
def test_missing_notebook_and_dying_kernel_are_failures_of_their_section(tmp_path, notebooks):
    (notebooks / "02_regional.ipynb").unlink()
    write_notebook(notebooks, "04_annex", "import os\nos._exit(7)")
    result = run(notebooks, tmp_path / "outputs")
    errors = {outcome.section.name: outcome.error for outcome in result.failed}
    assert set(errors) == {"regional", "annex"}
    assert errors["regional"].startswith("02_regional.ipynb for The region: FileNotFoundError")
    assert errors["annex"].startswith("04_annex.ipynb for Annex: DeadKernelError")


@pytest.mark.notebooks
def test_one_jurisdiction_says_what_it_left_out(tmp_path, notebooks):
    result = run(notebooks, tmp_path / "outputs", jurisdictions=["SRB"])
    assert result.left_out[0] == "Albania"
    assert "The region" in result.left_out
    index = (result.folder / "index.html").read_text(encoding="utf-8")
    assert "This is a partial report. Left out: Albania, " in index


def test_problem_in_the_inputs_leaves_earlier_output_untouched(tmp_path, notebooks):
    study = tmp_path / "study"
    shutil.copytree(store.locate_study("western_balkans"), study)
    (study / "victims.csv").write_text("jurisdiction\nALB\n", encoding="utf-8")
    out = tmp_path / "outputs"
    earlier = out / "study" / "index.html"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("earlier", encoding="utf-8")
    with pytest.raises(store.StudyError):
        run(notebooks, out, study=study)
    assert earlier.read_text(encoding="utf-8") == "earlier"
    assert list(out.iterdir()) == [out / "study"]


@pytest.mark.notebooks
def test_study_outside_the_project_leaves_no_path_in_the_report(tmp_path, notebooks):
    study = tmp_path / "restricted" / "own_study"
    shutil.copytree(store.locate_study("western_balkans"), study)
    result = run(notebooks, tmp_path / "outputs", study=study)
    assert result.folder.name == "own_study"
    for file in result.folder.rglob("*"):
        if file.is_file():
            assert str(tmp_path).encode() not in file.read_bytes(), file.name
    executed = nbformat.read(result.folder / "notebooks" / "alb.ipynb", as_version=4)
    assert any('study = "own_study"' in cell.source for cell in executed.cells)
    assert "papermill" not in executed.metadata


def test_publishing_restores_the_earlier_report_if_it_cannot_rename(tmp_path, monkeypatch):
    place, building = tmp_path / "report", tmp_path / ".building"
    place.mkdir()
    (place / "index.html").write_text("earlier", encoding="utf-8")
    with pytest.raises(FileNotFoundError):
        batch._publish(building, place)
    assert (place / "index.html").read_text(encoding="utf-8") == "earlier"


@pytest.mark.notebooks
def test_recommendations_are_written_as_text_that_no_spreadsheet_calculates(tmp_path, notebooks):
    result = run(notebooks, tmp_path / "outputs")
    assert pd.read_csv(result.folder / "recommendations.csv")["action"].tolist() == ["=1+1"]
    cells = pd.read_excel(result.folder / "recommendations.xlsx", sheet_name=None, engine="calamine")
    assert cells["recommendations"]["action"].tolist() == ["=1+1"]
    assert set(cells) == {"recommendations", "findings"}


def test_worker_that_cannot_return_is_a_failure_of_its_section(tmp_path):
    class Broken:
        def submit(self, *arguments):
            from concurrent.futures import Future

            future = Future()
            future.set_exception(RuntimeError("worker was killed"))
            return future

    section = batch.Section("alb", "Albania", "01_jurisdiction")
    outcomes = batch._collect(Broken(), [section], tmp_path, tmp_path, lambda event, section: None)
    assert outcomes[0].error == "Albania: worker was killed"

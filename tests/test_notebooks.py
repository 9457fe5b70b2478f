"""The notebooks: they tell, define nothing, are stored without output, and run as they stand."""

import ast
import json
from pathlib import Path

import nbformat
import papermill
import pytest
import shipped

from ctresearch import batch

FOLDER = Path(__file__).parents[1] / "notebooks"
ROOT = FOLDER.parent
FILES = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code_of(notebook):
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_all_seven_are_there():
    names = ["00_explore", "01_jurisdiction", "02_regional", "03_recommendations", "04_annex", "05_workshop"]
    names.append("06_hidden_population")
    names.append("07_participation")
    assert [file.stem for file in FILES] == names


def test_stored_without_output(notebook):
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


def test_title_asks_one_question_or_names_the_slides(notebook):
    first = notebook.cells[0].source
    assert first.startswith("# ")
    assert "?" in first.splitlines()[0] or "desk review" in first


def test_second_cell_holds_literal_parameters_with_a_comment_each(notebook):
    cell = notebook.cells[1]
    assert cell.metadata["tags"] == ["parameters"]
    for statement in ast.parse(cell.source).body:
        assert isinstance(statement, ast.Assign)
        ast.literal_eval(statement.value)
    assert all("#" in line for line in cell.source.splitlines())


def test_they_define_nothing(notebook):
    forbidden = (ast.FunctionDef, ast.ClassDef, ast.Try, ast.Lambda, ast.With)
    for source in code_of(notebook):
        for node in ast.walk(ast.parse(source.replace(");", ")"))):
            assert not isinstance(node, forbidden), source
        for word in ("open(", "Path(", ".to_csv", "os.path", "!pip", "%"):
            assert word not in source.replace(":.0%", ""), source


def test_what_they_import_of_the_library_is_loaded_once_before_kernels_are_forked(notebook):
    nodes = [node for source in code_of(notebook) for node in ast.walk(ast.parse(source))]
    imported = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module == "ctresearch"]
    assert imported
    # The explorer is in no report.
    assert {name.name for node in imported for name in node.names} - {"explorer"} <= set(batch.USED)


def test_prose_carries_no_figure_typed_by_hand(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            digits = [word for word in cell.source.replace("<5", "").split() if any(c.isdigit() for c in word)]
            years_of_citations = {"1936).", "1940)"}
            assert set(digits) <= years_of_citations, digits


@pytest.mark.no_cover
@pytest.mark.notebooks
@pytest.mark.parametrize(
    ("file", "folder"),
    # The first is in no report; no notebook names a path, so that two are enough from the root.
    [(FILES[0], FOLDER), (FILES[0], ROOT), (FILES[-1], ROOT)],
    ids=lambda place: place.stem,
)
def test_runs_as_it_stands(file, folder, tmp_path):
    executed = papermill.execute_notebook(
        str(file), str(tmp_path / file.name), cwd=str(folder), progress_bar=False, log_output=False
    )
    check_outputs(executed)


@pytest.mark.no_cover
@pytest.mark.notebooks
@pytest.mark.parametrize("file", FILES[1:], ids=lambda file: file.stem)
def test_report_holds_what_it_shows_as_it_stands(file, built_report):
    """With its own parameters each is a section of the report, which was executed from its folder."""
    notebook = nbformat.read(file, as_version=4)
    own = {}
    exec(notebook.cells[1].source, own)
    section = own.get("jurisdiction", "").lower()
    parts = [nbformat.read(part, as_version=4) for part in (built_report / "notebooks").glob(f"{section or '*'}.ipynb")]
    (executed,) = [part for part in parts if part.cells[0].source == notebook.cells[0].source]
    (injected,) = [cell for cell in executed.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    given = {}
    exec(injected.source, given)
    assert {name: own[name] for name in given if name != "__builtins__"} == {
        name: value for name, value in given.items() if name != "__builtins__"
    }
    check_outputs(executed)


def check_outputs(executed):
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert not [output for output in outputs if output.output_type == "error"]
    assert not [output.text for output in outputs if output.output_type == "stream" and output.name == "stderr"]
    assert any("text/html" in output.get("data", {}) for output in outputs)


@pytest.mark.no_cover
@pytest.mark.notebooks
@pytest.mark.parametrize("file", FILES[1:], ids=lambda file: file.stem)
def test_runs_on_the_fictitious_study(file, built_demo):
    executed = [nbformat.read(part, as_version=4) for part in (built_demo / "notebooks").glob("*.ipynb")]
    own = [one for one in executed if one.cells[0].source == nbformat.read(file, as_version=4).cells[0].source]
    assert len(own) == (len(shipped.read_study("demo").study.codes) if file.stem == "01_jurisdiction" else 1)
    for one in own:
        outputs = [output for cell in one.cells for output in cell.get("outputs", [])]
        assert not [output for output in outputs if output.output_type in ("error", "stream")]
        assert any("text/html" in output.get("data", {}) for output in outputs)


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_explores_the_fictitious_study(tmp_path):
    file = FOLDER / "00_explore.ipynb"
    parameters = {"study": "demo", "jurisdiction": "LRQ", "measure": "persons_convicted"}
    executed = papermill.execute_notebook(
        str(file), str(tmp_path / file.name), parameters, cwd=str(FOLDER), progress_bar=False, log_output=False
    )
    shown = json.dumps(executed)
    assert "Persons convicted, Lurenna" in shown
    assert "Contains SYNTHETIC DATA" in shown


@pytest.mark.no_cover
@pytest.mark.notebooks
@pytest.mark.parametrize("code", shipped.read_study().study.codes)
def test_chapter_of_every_jurisdiction_was_built(code, built_report):
    executed = nbformat.read(built_report / "notebooks" / f"{code.lower()}.ipynb", as_version=4)
    text = json.dumps(executed)
    assert "Traceback" not in text
    assert text.count("<figure class=") >= 20

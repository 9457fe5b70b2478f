"""The command: what it prints and the status it ends with."""

import re
import subprocess
import sys
from importlib.metadata import version

import pytest
from click.testing import CliRunner

from ctresearch import batch, cli, digests, places, plan, publication
from ctresearch.progress import RunProgress

SECTION = plan.Section("srb", "Serbia", "01_jurisdiction")


@pytest.fixture
def invoke():
    return lambda *arguments: CliRunner().invoke(cli.app, list(arguments))


def finish(monkeypatch, *, error="", left_out=(), raises=None):
    def run_study(study, *, on_event, out, **asked):
        if raises:
            raise raises
        on_event("started", SECTION)
        on_event("failed" if error else "finished", SECTION)
        on_event("publishing", None)
        outcome = batch.Outcome(SECTION, "{}", {}, 1.0, error)
        return batch.RunResult(out / "western_balkans", (outcome,), left_out)

    monkeypatch.setattr(batch, "run_study", run_study)


def test_version(invoke):
    result = invoke("--version")
    assert result.exit_code == 0
    assert result.output == f"ctresearch {version('ctresearch')}\n"


def test_help_names_the_commands_in_words(invoke):
    output = invoke("--help").output
    assert "run" in output
    assert "Check the inputs and bring the report up to date." in output
    assert "..." not in output.partition("Commands")[2], "no command is cut short"
    assert "Folder that holds the reports." in invoke("run", "--help").output


def test_check_of_the_shipped_study(invoke):
    result = invoke("check")
    assert result.exit_code == 0
    assert result.output.startswith("No problem found in ")
    content = digests.digest_content(places.locate_study("western_balkans"))
    assert result.output.endswith(f"Content, for report_states.csv and sign_offs.csv: {content}\n")


def test_check_lists_problems_and_ends_with_2(invoke, tmp_path):
    result = invoke("check", str(tmp_path))
    assert result.exit_code == 2
    assert "1 problem in what was given" in result.output


def test_run_says_where_the_report_is(invoke, monkeypatch, tmp_path):
    finish(monkeypatch, left_out=("Albania",))
    result = invoke("run", "--out", str(tmp_path), "--jurisdiction", "SRB")
    assert result.exit_code == 0
    assert f"Report: {tmp_path / 'western_balkans' / 'index.html'}" in result.output
    assert "Left out: Albania." in result.output
    assert "1/1 finished Serbia" in result.output


def test_run_with_a_failed_section_ends_with_1(invoke, monkeypatch, tmp_path):
    finish(monkeypatch, error="01_jurisdiction.ipynb for Serbia, cell 3: ValueError: x")
    result = invoke("run", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert "Failed: 01_jurisdiction.ipynb for Serbia, cell 3: ValueError: x. See " in result.output


def test_run_with_bad_inputs_ends_with_2_and_writes_nothing(invoke, tmp_path):
    result = invoke("run", str(tmp_path / "none"), "--out", str(tmp_path / "outputs"))
    assert result.exit_code == 2
    assert "Nothing was written. 1 problem in what was given" in result.output
    assert not (tmp_path / "outputs").exists()


def test_run_refuses_an_unknown_jurisdiction(invoke, tmp_path):
    result = invoke("run", "--jurisdiction", "FRA", "--out", str(tmp_path / "outputs"))
    assert result.exit_code == 2
    assert "found 'FRA', expected one of ALB" in result.output


def test_run_that_cannot_write_ends_with_1(invoke, monkeypatch, tmp_path):
    finish(monkeypatch, raises=OSError(28, "No space left on device"))
    result = invoke("run", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert "Nothing was published; an earlier report is untouched." in result.output
    assert "No space left on device" in result.output


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (KeyboardInterrupt(), 130, "Interrupted. Finished parts are kept for the next run"),
        (publication.BusyError("another run is building x"), 1, "another run is building x"),
    ],
)
def test_interrupted_and_refused_runs_say_so(invoke, monkeypatch, tmp_path, raised, code, said):
    finish(monkeypatch, raises=raised)
    result = invoke("run", "--out", str(tmp_path))
    assert result.exit_code == code
    assert said in result.output


def test_run_with_nothing_to_do_says_so(invoke, monkeypatch, tmp_path):
    unchanged = batch.RunResult(tmp_path / "western_balkans", (), (), is_unchanged=True)
    monkeypatch.setattr(batch, "run_study", lambda *_, **__: unchanged)
    result = invoke("run", "--out", str(tmp_path))
    assert result.exit_code == 0
    assert "Nothing has changed; the report is up to date." in result.output


def test_status_says_what_is_stale_and_why(invoke, tmp_path):
    result = invoke("status", "--out", str(tmp_path))
    assert result.exit_code == 1
    assert "Serbia: stale (not built yet)" in result.output
    assert invoke("status", str(tmp_path / "none")).exit_code == 2


@pytest.mark.notebooks
def test_status_of_a_report_that_is_up_to_date(invoke, built_report):
    result = invoke("status", "--out", str(built_report.parent))
    assert result.exit_code == 0
    assert "Albania: up to date" in result.output
    assert result.output.endswith("The report is up to date.\n")


def test_command_with_nothing_to_do_loads_no_heavy_library():
    script = (
        "import sys; from ctresearch import cli, batch, plan, publication;"
        "heavy = ('pandas', 'numpy', 'matplotlib', 'nbformat', 'papermill', 'rich', 'pydantic');"
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert run.stdout == "[]\n"


def test_nothing_is_searched_for_garbage_when_a_command_ends():
    # What is registered first is called last.
    script = "import atexit, gc\natexit.register(lambda: print(len(gc.get_objects())))\nimport ctresearch.cli"
    assert int(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True).stdout) < 1000


def test_progress_bar_on_a_terminal():
    from io import StringIO

    from rich.console import Console

    stream = StringIO()
    with RunProgress(Console(file=stream, force_terminal=True, width=100)) as progress:
        progress.report("started", SECTION)
        progress.report("finished", SECTION)
    assert "finished Serbia" in stream.getvalue()
    assert "1/1" in stream.getvalue()


def test_default_study_is_the_shipped_one():
    assert places.DEFAULT_STUDY == "western_balkans"


RECEIVED = places.locate_study("demo") / "received"


def test_clean_writes_the_tables_and_names_each(invoke, tmp_path):
    options = ("--as", "glotip", "--source", "demo-portal", "--study", "demo", "--out", str(tmp_path / "new"))
    result = invoke("clean", str(RECEIVED / "portal_export.xlsx"), *options)
    assert result.exit_code == 0, result.output
    for table in ("victims", "justice", "flows"):
        assert re.search(rf"new/{table}\.csv: [\d,]+ rows", result.output)
    assert "changes.csv: 4 changed cells" in result.output


def test_clean_lists_the_problems_and_ends_with_1(invoke, tmp_path):
    mapping = ("--mapping", str(RECEIVED / "ngo_2024.toml"))
    result = invoke(
        "clean", str(RECEIVED / "ngo_2024.csv"), *mapping, "--study", "demo", "--out", str(tmp_path / "new")
    )
    assert result.exit_code == 1
    assert "Note: ngo_2024.csv: expected text in UTF-8. It was read as cp1250" in result.output
    assert "1 problem, all in" in result.output
    assert "column 'Gjinia': expected a word that stands for a code of 'gender'" in result.output


def test_clean_that_cannot_be_done_ends_with_2_and_writes_nothing(invoke, tmp_path):
    result = invoke("clean", str(tmp_path / "none.csv"), "--as", "ctdc", "--out", str(tmp_path / "new"))
    assert result.exit_code == 2
    assert "Nothing was written." in result.output
    assert not (tmp_path / "new").exists()


def test_clean_suggests_a_mapping(invoke):
    result = invoke("clean", str(RECEIVED / "ngo_2024.csv"), "--suggest", "--study", "demo")
    assert result.exit_code == 0
    assert '"Gjinia" = "gender"' in result.output


def pairs_of(*agencies):
    kinds = {"police": "xlsx", "ngo": "csv", "social": "sav"}
    return [f"{RECEIVED / agency}_2024.{kinds[agency]}={RECEIVED / agency}_2024.toml" for agency in agencies]


def test_link_writes_overlapping_lists_and_says_its_choices(invoke, tmp_path):
    key = tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    options = ("--key-file", str(key), "--age-on", "2024-12-31", "--study", "demo", "--out", str(tmp_path / "linked"))
    result = invoke("link", *pairs_of("police", "ngo"), *options)
    assert result.exit_code == 0, result.output
    assert "A link weighs at least 1.5 bits, a pair to review -5; ages are counted on 2024-12-31." in result.output
    assert (tmp_path / "linked" / "captures.csv").is_file()


@pytest.mark.parametrize(
    ("key", "age_on", "code", "said"),
    [
        (b"short", "2024-12-31", 2, "at least 32 bytes"),
        (bytes(32), "31.12.2024", 2, "ages are counted as YYYY-MM-DD"),
        (None, "2024-12-31", 1, "key"),
    ],
)
def test_link_that_cannot_be_done_says_why(invoke, tmp_path, key, age_on, code, said):
    file = tmp_path / "key"
    if key is not None:
        file.write_bytes(key)
    options = ("--key-file", str(file), "--age-on", age_on, "--study", "demo", "--out", str(tmp_path / "linked"))
    result = invoke("link", *pairs_of("ngo"), *options)
    assert result.exit_code == code
    assert "Nothing was written." in result.output
    assert said in result.output


def test_a_coding_sheet_is_written_once_and_reads_back_as_empty(invoke, tmp_path):
    sheet = tmp_path / "coder.xlsx"
    result = invoke("coding-sheet", str(sheet), "--coder", "coder_a", "--study", "demo")
    assert result.exit_code == 0, result.output
    assert "Read it back with: ctresearch clean" in result.output
    again = invoke("coding-sheet", str(sheet), "--coder", "coder_a", "--study", "demo")
    assert again.exit_code == 2
    assert "Nothing was written." in again.output
    read = invoke("clean", str(sheet), "--as", "ratings", "--study", "demo", "--out", str(tmp_path / "new"))
    assert read.exit_code in (0, 1), read.output
    assert (tmp_path / "new" / "problems.csv").is_file()

"""Running a study: whole reports only, failures marked, earlier output kept."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd
import pytest
from conftest import write_notebook, write_small_notebooks

from ctresearch import batch, engine, places, plan, publication
from ctresearch.schema import StudyError


@pytest.fixture
def notebooks(small_notebooks):
    return small_notebooks


def run(notebooks, out, *, how=None, **asked):
    return batch.run_study(out=out, notebooks=notebooks, options=how or batch.Options(jobs=2), **asked)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The first run of a study outside the project: its notebooks, study, outputs, result and events; only read."""
    base, events = tmp_path_factory.mktemp("whole"), []
    notebooks, study = write_small_notebooks(base / "notebooks"), base / "restricted" / "own_study"
    shutil.copytree(places.locate_study("western_balkans"), study)

    def note(event, section):
        events.append((event, section and section.name))

    result = run(notebooks, base / "outputs", study=study, on_event=note)
    return SimpleNamespace(notebooks=notebooks, study=study, out=base / "outputs", result=result, events=events)


@pytest.fixture
def copied(whole, tmp_path):
    """The same to be changed."""
    shutil.copytree(whole.study, tmp_path / "own_study")
    shutil.copytree(whole.out, tmp_path / "outputs")
    return tmp_path / "own_study", tmp_path / "outputs"


def read_all(folder):
    return {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_unknown_jurisdiction_is_refused_before_anything_is_written(tmp_path, notebooks):
    with pytest.raises(StudyError, match="found 'FRA', expected one of ALB, BIH, XKX, MKD, MNE, SRB"):
        run(notebooks, tmp_path / "outputs", jurisdictions=["FRA"])
    assert not (tmp_path / "outputs").exists()


@pytest.mark.notebooks
def test_run_publishes_a_whole_report_and_then_has_nothing_to_do(whole):
    result, events = whole.result, whole.events
    assert result.failed == ()
    assert events[-1] == ("publishing", None)
    names = {outcome.section.name for outcome in result.outcomes}
    started = [name for event, name in events if event == "started"]
    assert started[0] == "recommendations", "the longest notebook starts first"
    assert {name for event, name in events if event == "finished"} == names
    fixed = {"index.html", "search.html", "manifest.json", "recommendations.csv", "recommendations.xlsx"}
    fixed |= {"recommendations.json", "recommendations.schema.json", "items.csv", "notebooks", "tables"}
    fixed |= {"whole.html", "summary.html", *(f"profile-{name}.html" for name in names if len(name) == 3)}
    assert {file.name for file in result.folder.iterdir()} == {f"{name}.html" for name in names} | fixed
    assert {file.name for file in whole.out.iterdir()} == {"own_study", ".own_study.lock", ".own_study.memo"}
    again = run(whole.notebooks, whole.out, study=whole.study)
    assert again.is_unchanged
    assert again.outcomes == ()


@pytest.mark.notebooks
def test_same_inputs_give_the_same_bytes_in_warm_and_in_cold_kernels(tmp_path, notebooks):
    some = {"jurisdictions": ("MNE", "XKX")}
    warm = read_all(run(notebooks, tmp_path / "warm", **some).folder)
    cold = read_all(run(notebooks, tmp_path / "cold", how=batch.Options(jobs=1, is_cold=True), **some).folder)
    manifest = next(file for file in warm if file.name == "manifest.json")
    assert warm.keys() == cold.keys()
    assert [str(file) for file in warm if file != manifest and warm[file] != cold[file]] == []


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_only_what_depends_on_a_change_is_executed_again(whole, copied):
    study, out = copied
    rows = pd.read_csv(study / "victims.csv", dtype=str, keep_default_na=False)
    rows.loc[rows["jurisdiction"].eq("SRB").idxmax(), "note"] = "checked again"
    rows.to_csv(study / "victims.csv", index=False)
    result = run(whole.notebooks, out, study=study)
    built = [outcome.section.name for outcome in result.outcomes if not outcome.is_reused]
    assert built == ["srb", "regional", "hidden", "recommendations", "participation", "annex", "slides"]


@pytest.mark.no_cover
@pytest.mark.notebooks
def test_damaged_output_is_noticed_and_mended(whole, copied):
    study, out = copied
    folder = out / "own_study"
    (folder / "alb.html").write_text("cut", encoding="utf-8")
    (folder / "notebooks" / "srb.ipynb").unlink()
    result = run(whole.notebooks, out, study=study)
    assert [outcome.section.name for outcome in result.outcomes if not outcome.is_reused] == ["srb"]
    intact, mended = read_all(whole.result.folder), read_all(folder)
    assert {str(f) for f in intact if f.name != "manifest.json" and intact[f] != mended[f]} == set()


@pytest.mark.notebooks
def test_finished_sections_of_an_interrupted_run_are_taken_up(tmp_path, notebooks):
    def interrupt(event, section):
        if event == "finished" and section.name == "bih":
            raise KeyboardInterrupt

    some = {"jurisdictions": ("ALB", "BIH", "MNE")}
    with pytest.raises(KeyboardInterrupt):
        run(notebooks, tmp_path / "outputs", how=batch.Options(jobs=1), on_event=interrupt, **some)
    assert not (tmp_path / "outputs" / "western_balkans-ALB-BIH-MNE").exists()
    result = run(notebooks, tmp_path / "outputs", **some)
    assert [outcome.section.name for outcome in result.outcomes if outcome.is_reused] == ["alb", "bih"]
    assert result.failed == ()


@pytest.mark.notebooks
def test_failed_section_is_marked_and_the_others_are_built(tmp_path, notebooks):
    some = {"jurisdictions": ("ALB", "SRB")}
    write_notebook(notebooks, "01_jurisdiction", "assert jurisdiction != 'SRB', 'no evidence on the place'")
    result = run(notebooks, tmp_path / "outputs", **some)
    assert [outcome.section.name for outcome in result.failed] == ["srb"]
    assert (
        result.failed[0].error == "01_jurisdiction.ipynb for Serbia, cell 3: AssertionError: no evidence on the place"
    )
    index = (result.folder / "index.html").read_text(encoding="utf-8")
    assert "Serbia: missing in this run (01_jurisdiction.ipynb for Serbia, cell 3: AssertionError" in index
    assert 'href="srb.html"' not in index
    assert not (result.folder / "srb.html").exists()
    # These were written before it was known that the other part fails.
    pages = [(result.folder / name).read_text(encoding="utf-8") for name in ("alb.html", "annex.html")]
    assert [page.count('href="srb.html"') for page in pages] == [0, 0]
    assert [page.count('href="annex.html"') > 0 for page in pages] == [True, True]
    kept = nbformat.read(result.folder / "notebooks" / "srb.ipynb", as_version=4)
    assert any(output.get("ename") == "AssertionError" for cell in kept.cells for output in cell.get("outputs", []))
    manifest = json.loads((result.folder / "manifest.json").read_text(encoding="utf-8"))
    assert [entry["name"] for entry in manifest["sections"] if entry["error"]] == ["srb"]
    again = run(notebooks, tmp_path / "outputs", **some)
    assert [outcome.section.name for outcome in again.outcomes if not outcome.is_reused] == ["srb"]


@pytest.mark.notebooks
@pytest.mark.parametrize("is_cold", [False, True], ids=["warm", "cold"])
def test_missing_notebook_dying_kernel_and_slow_cell_are_failures_of_their_section(tmp_path, notebooks, is_cold):
    (notebooks / "04_annex.ipynb").unlink()
    dying, slow = "if jurisdiction == 'ALB':\n    os._exit(7)\n", "if jurisdiction == 'BIH':\n    time.sleep(60)"
    write_notebook(notebooks, "01_jurisdiction", f"import os, time\n{dying}{slow}")
    how = batch.Options(jobs=2, timeout=3, is_cold=is_cold)
    result = run(notebooks, tmp_path / "outputs", how=how, jurisdictions=("ALB", "BIH", "MNE"))
    errors = {outcome.section.name: outcome.error for outcome in result.failed}
    assert set(errors) == {"alb", "bih", "annex"}
    assert errors["alb"].startswith("01_jurisdiction.ipynb for Albania: DeadKernelError")
    assert errors["bih"].startswith("01_jurisdiction.ipynb for Bosnia and Herzegovina: CellTimeoutError")
    assert errors["annex"].startswith("04_annex.ipynb for Annex: FileNotFoundError")


@pytest.mark.notebooks
def test_fail_fast_starts_nothing_more(tmp_path, notebooks):
    write_notebook(notebooks, "02_regional", "raise ValueError('first')")
    result = run(notebooks, tmp_path / "outputs", how=batch.Options(jobs=1, fail_fast=True))
    errors = {outcome.section.name: outcome.error for outcome in result.outcomes}
    assert errors["regional"].endswith("ValueError: first")
    skipped = [outcome for outcome in result.outcomes if "skipped after the failure" in outcome.error]
    assert len(skipped) >= 7


@pytest.mark.notebooks
def test_parts_on_all_jurisdictions_of_a_large_study_are_executed_one_at_a_time_before_the_chapters(
    tmp_path, notebooks, monkeypatch
):
    monkeypatch.setattr(plan, "_MANY", 5)
    events = []
    run(
        notebooks,
        tmp_path / "outputs",
        on_event=lambda event, section: events.append((event, section and section.name)),
    )
    chapters = {"alb", "bih", "xkx", "mkd", "mne", "srb"}
    alone = [event for event in events if event[1] not in {*chapters, None}]
    assert alone == [(event, name) for _, name in alone[::2] for event in ("started", "finished")]
    assert {name for _, name in alone} > {"regional", "recommendations", "slides"}
    assert events[len(alone) :][:6] == [("started", name) for name in ("alb", "bih", "xkx", "mkd", "mne", "srb")]
    write_notebook(notebooks, "02_regional", "1 + 1")
    write_notebook(notebooks, "05_workshop", "1 + 1")
    events.clear()
    run(
        notebooks,
        tmp_path / "outputs",
        on_event=lambda event, section: events.append((event, section and section.name)),
    )
    done = [event for event in events if event[0] in {"started", "finished"}]
    assert [event for event, _ in done] == ["started", "finished"] * 2, "also where no chapter is stale"


@pytest.mark.notebooks
def test_failure_that_stops_a_run_of_a_large_study_skips_what_would_have_followed(tmp_path, notebooks, monkeypatch):
    monkeypatch.setattr(plan, "_MANY", 5)
    write_notebook(notebooks, "03_recommendations", "raise ValueError('first')")
    events = []
    how = batch.Options(jobs=2, fail_fast=True)
    result = run(notebooks, tmp_path / "outputs", how=how, on_event=lambda event, section: events.append(event))
    assert len(events) == len(result.outcomes) + 2
    assert events[:2] == ["started", "failed"]
    assert set(events[2:-1]) == {"skipped"}
    assert all(outcome.error for outcome in result.outcomes)


@pytest.mark.notebooks
def test_one_jurisdiction_has_a_report_of_its_own_that_says_what_it_left_out(tmp_path, notebooks):
    result = run(notebooks, tmp_path / "outputs", jurisdictions=["SRB"])
    assert result.folder.name == "western_balkans-SRB"
    assert result.left_out[0] == "Albania"
    assert "The region" in result.left_out
    index = (result.folder / "index.html").read_text(encoding="utf-8")
    assert "This is a partial report. Left out: Albania, " in index
    forced = run(notebooks, tmp_path / "outputs", jurisdictions=["SRB"], force=True)
    assert [outcome.is_reused for outcome in forced.outcomes] == [False, False]


def test_problem_in_the_inputs_leaves_earlier_output_untouched(tmp_path, notebooks):
    study = tmp_path / "study"
    shutil.copytree(places.locate_study("western_balkans"), study)
    (study / "victims.csv").write_text("jurisdiction\nALB\n", encoding="utf-8")
    out = tmp_path / "outputs"
    earlier = out / "study" / "index.html"
    earlier.parent.mkdir(parents=True)
    earlier.write_text("earlier", encoding="utf-8")
    with pytest.raises(StudyError, match=r"study/victims\.csv.*expected the column 'year'"):
        run(notebooks, out, study=study)
    assert earlier.read_text(encoding="utf-8") == "earlier"
    assert list(out.iterdir()) == [out / "study"]


@pytest.mark.notebooks
def test_study_outside_the_project_leaves_no_path_in_the_report(whole):
    result = whole.result
    assert result.folder.name == "own_study"
    for name, content in read_all(result.folder).items():
        assert str(whole.study.parent.parent).encode() not in content, name
    executed = nbformat.read(result.folder / "notebooks" / "alb.ipynb", as_version=4)
    assert any('study = "own_study"' in cell.source for cell in executed.cells)
    assert "papermill" not in executed.metadata


@pytest.mark.notebooks
def test_recommendations_are_written_as_text_that_no_spreadsheet_calculates(whole):
    folder = whole.result.folder
    assert pd.read_csv(folder / "recommendations.csv")["action"].tolist() == ["'=1+1"]
    cells = pd.read_excel(folder / "recommendations.xlsx", sheet_name=None, engine="calamine")
    assert cells["recommendations"]["action"].tolist() == ["=1+1"]
    assert set(cells) == {"recommendations", "findings"}


@pytest.mark.notebooks
def test_a_second_run_is_told_that_the_first_is_at_work(tmp_path, notebooks):
    place = (tmp_path / "outputs" / "western_balkans").resolve()
    with (
        publication.lock_place(place, wait=False),
        pytest.raises(publication.BusyError, match="another run is building"),
    ):
        run(notebooks, tmp_path / "outputs")


def test_worker_that_cannot_return_is_a_failure_of_its_section():
    future = Future()
    future.set_exception(RuntimeError("worker was killed"))
    planned = SimpleNamespace(inputs={"alb": {}})
    outcome = batch._conclude(future, plan.Section("alb", "Albania", "01_jurisdiction"), planned=planned, workshop=None)
    assert outcome.error == "Albania: RuntimeError: worker was killed"


@pytest.fixture
def disk(tmp_path):
    """Mount a disk of 600 kB; yield its folder and a function that makes it read-only."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        pytest.skip("a small disk needs the right to mount one")
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(folder)], check=False).returncode:
        pytest.skip("this system does not allow a tmpfs to be mounted")
    yield folder, lambda: subprocess.run(["mount", "-o", "remount,ro", str(folder)], check=True)
    subprocess.run(["umount", "-l", str(folder)], check=False)


def put_earlier_report(folder, name="western_balkans"):
    earlier = folder / name / "index.html"
    earlier.parent.mkdir()
    earlier.write_text("earlier", encoding="utf-8")
    return earlier


@pytest.mark.notebooks
def test_full_disk_is_a_clear_message_and_the_earlier_report_stays(disk, small_notebooks):
    folder, _ = disk
    earlier = put_earlier_report(folder, "western_balkans-ALB")
    write_notebook(small_notebooks, "04_annex", "'x' * 2_000_000")
    with pytest.raises(OSError, match="No space left on device"):
        batch.run_study(out=folder, notebooks=small_notebooks, jurisdictions=["ALB"])
    assert earlier.read_text(encoding="utf-8") == "earlier"


@pytest.mark.notebooks
def test_read_only_outputs_folder_is_a_clear_message_and_the_earlier_report_stays(disk, small_notebooks):
    folder, make_read_only = disk
    earlier = put_earlier_report(folder)
    make_read_only()
    with pytest.raises(OSError, match=r"Read-only file system: .*western_balkans"):
        batch.run_study(out=folder, notebooks=small_notebooks)
    assert earlier.read_text(encoding="utf-8") == "earlier"


@pytest.mark.notebooks
def test_a_kernel_that_never_starts_is_a_failure_of_its_section(tmp_path, small_notebooks, monkeypatch):
    kernel = tmp_path / "jupyter" / "kernels" / "python3" / "kernel.json"
    kernel.parent.mkdir(parents=True)
    specification = {"argv": ["sh", "-c", "exec sleep 600"], "display_name": "Sleeper", "language": "python"}
    kernel.write_text(json.dumps(specification), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setattr(engine, "START_SECONDS", 2)
    result = run(small_notebooks, tmp_path / "outputs", jurisdictions=["ALB"])
    assert [outcome.section.name for outcome in result.failed] == ["alb", "annex"]
    assert result.failed[0].error.startswith("01_jurisdiction.ipynb for Albania: RuntimeError: Kernel didn't respond")
    assert (result.folder / "index.html").is_file()
    wanted = f"JUPYTER_PATH={tmp_path / 'jupyter'}".encode()
    assert set(find_processes(wanted)) <= {os.getpid()}, "no kernel is left"


def test_outputs_folder_that_cannot_be_written_is_a_clear_message(tmp_path, small_notebooks):
    blocked = tmp_path / "outputs"
    blocked.write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(OSError, match="outputs"):
        batch.run_study(out=blocked, notebooks=small_notebooks)


@pytest.mark.notebooks
def test_interrupt_of_the_command_is_status_130_and_leaves_no_process(tmp_path):
    command = [str(Path(sys.executable).with_name("ctresearch")), "run", "--out", str(tmp_path / "outputs")]
    environment = {**os.environ, "CT_INTERRUPT_PROBE": str(tmp_path)}
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True)
    time.sleep(8)
    os.killpg(run.pid, signal.SIGINT)
    _, said = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Interrupted. Finished parts are kept for the next run" in said
    assert not (tmp_path / "outputs" / "western_balkans").exists()
    wanted = f"CT_INTERRUPT_PROBE={tmp_path}".encode()
    deadline = time.monotonic() + 15
    while (left := find_processes(wanted)) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert left == []


def find_processes(wanted):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found

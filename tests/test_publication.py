"""Publishing: one step, one run at a time, nothing lost on the way."""

import ctypes
import subprocess
import sys

import pytest

from ctresearch import publication


@pytest.fixture
def folders(tmp_path):
    place, report = tmp_path / "report", tmp_path / ".report.building" / "report"
    for folder, text in ((place, "old"), (report, "new")):
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(text, encoding="utf-8")
    return report, place


def text_of(place):
    return (place / "index.html").read_text(encoding="utf-8")


def test_first_report_takes_its_place(tmp_path):
    report = tmp_path / "new"
    report.mkdir()
    publication.publish(report, tmp_path / "place")
    assert (tmp_path / "place").is_dir()


def test_folders_are_exchanged(folders):
    report, place = folders
    publication.publish(report, place)
    assert text_of(place) == "new"


def test_without_exchange_the_earlier_report_is_moved_aside(folders, monkeypatch):
    report, place = folders
    monkeypatch.setattr(publication, "_exchange", lambda first, second: False)
    publication.publish(report, place)
    assert text_of(place) == "new"
    assert not place.with_name(".report.previous").exists()


def test_earlier_report_is_moved_back_if_the_new_one_cannot_take_its_place(folders, monkeypatch):
    report, place = folders
    monkeypatch.setattr(publication, "_exchange", lambda first, second: False)
    with pytest.raises(FileNotFoundError):
        publication.publish(report / "none", place)
    assert text_of(place) == "old"


def test_report_left_aside_by_an_interrupted_run_is_restored(folders):
    _, place = folders
    place.rename(place.with_name(".report.previous"))
    publication.restore(place)
    assert text_of(place) == "old"
    publication.restore(place)
    assert text_of(place) == "old"


def test_system_without_exchange_is_noticed(folders, monkeypatch):
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: object())
    assert publication._exchange(*folders) is False


def test_lock_refuses_a_second_run_and_is_freed_when_its_holder_is_killed(tmp_path):
    place = tmp_path / "outputs" / "study"
    script = (
        "import sys, time; from pathlib import Path; from ctresearch import publication\n"
        "with publication.lock_place(Path(sys.argv[1]), wait=False):\n"
        "    print('held', flush=True); time.sleep(60)"
    )
    holder = subprocess.Popen([sys.executable, "-c", script, str(place)], stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with (
        pytest.raises(publication.BusyError, match="wait for it, or use --wait"),
        publication.lock_place(place, wait=False),
    ):
        pass
    holder.kill()
    holder.wait()
    holder.stdout.close()
    with publication.lock_place(place, wait=True):
        pass


def test_kept_section_is_taken_up_by_its_inputs_alone(tmp_path):
    workshop, record = publication.Workshop(tmp_path / "study"), {"inputs": {"victims": "a"}, "seconds": 1.0}
    workshop.locate("alb").write_text("{}", encoding="utf-8")
    workshop.keep("alb", record)
    later = publication.Workshop(tmp_path / "study")
    for inputs, name in (({"victims": "b"}, "alb"), ({"victims": "a"}, "bih")):
        assert later.take_up(name, inputs) is None
        assert not later.locate(name).exists()
    assert later.take_up("alb", {"victims": "a"}) == record
    assert later.locate("alb").read_text(encoding="utf-8") == "{}"
    for broken in ("{", '{"notebook": "{}"}'):
        (later.folder / "alb.json").write_text(broken, encoding="utf-8")
        assert later.take_up("alb", {"victims": "a"}) is None
    workshop.keep("alb", record)
    (later.folder / "alb.ipynb").unlink()
    assert later.take_up("alb", {"victims": "a"}) is None
    later.clear()
    assert not later.folder.exists()


def test_notebook_that_is_kept_when_the_run_is_killed_has_no_record_of_an_earlier_one(tmp_path, monkeypatch):
    workshop = publication.Workshop(tmp_path / "study")
    workshop.locate("alb").write_text("{}", encoding="utf-8")
    workshop.keep("alb", {"inputs": {"victims": "a"}})
    workshop.locate("alb").write_text("[]", encoding="utf-8")
    monkeypatch.setattr(publication, "write_whole", lambda file, text: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        workshop.keep("alb", {"inputs": {"victims": "b"}})
    for before in ("a", "b"):
        assert workshop.take_up("alb", {"victims": before}) is None

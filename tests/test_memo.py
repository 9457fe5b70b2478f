"""What a kernel remembers: the same results as computing anew, never of other values, never more than results."""

import os
import pickle
import subprocess
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from ctresearch import kernels, store
from ctresearch.engine import execute_section
from ctresearch.exhibits import Exhibit
from ctresearch.memo import EXTENSION, entries, prepare_memo, turn_memo
from ctresearch.memo.entries import Entries, make_key
from ctresearch.memo.kernel import recall, remember
from ctresearch.plan import Section

# Text is as in kernels, where `store` has said how it is stored.
FRAME = pd.DataFrame(
    {
        "jurisdiction": pd.array(["AAA", "BBB", None], dtype="str"),
        "year": pd.array([2013, None, 2015], dtype="Int64"),
        "rate": [0.5, np.nan, np.inf],
        "is_cut": [True, False, True],
        "mixed": [1, "a", None],
        "sex": pd.Categorical(["female", None, "male"]),
        "day": pd.to_datetime(["2013-01-02", None, "2014-05-06"]),
    }
)


@pytest.fixture
def kept(tmp_path) -> Entries:
    (tmp_path / "srb").mkdir()
    return Entries(tmp_path / "srb")


def key(*args, **kwargs) -> str | None:
    return make_key("trends.judge", args, kwargs)


def garble(mask_over: int) -> pd.DataFrame:
    """Return a column of which one cell is missing, over whatever memory held."""
    numbers = pd.arrays.IntegerArray(np.array([1, mask_over]), np.array([False, True]))
    return pd.DataFrame({"value": numbers})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FRAME, FRAME.copy()),
        (FRAME, pickle.loads(pickle.dumps(FRAME))),
        (FRAME, pd.DataFrame({name: FRAME[name] for name in FRAME})),
        (FRAME.iloc[:2], pd.concat([FRAME, FRAME], ignore_index=True).iloc[:2]),
        (pd.DataFrame({"a": ["x" + "y", "xy"]}), pd.DataFrame({"a": ["xy"] * 2})),
        (garble(7), garble(8)),
        (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3))),
        (np.arange(8)[::2], np.array([0, 2, 4, 6])),
        (FRAME["year"], FRAME.copy()["year"]),
        (np.random.default_rng(1), np.random.default_rng(1)),
    ],
)
def test_equal_values_have_one_key_however_they_came_about(one, other):
    assert key(one) == key(other) is not None


@pytest.mark.parametrize(
    "other",
    [
        FRAME.iloc[::-1],
        FRAME.iloc[:2],
        FRAME.set_axis([1, 2, 3]),
        FRAME.rename(columns={"rate": "rates"}),
        FRAME[FRAME.columns[::-1]],
        FRAME.assign(rate=[0.5, np.nan, 1]),
        FRAME.assign(rate=[0.5, 0.0, np.inf]),
        FRAME.assign(year=[2013.0, np.nan, 2015.0]),
        FRAME.assign(jurisdiction=pd.array(["AAA", "BBB", ""], dtype="str")),
        FRAME.assign(sex=pd.Categorical(["female", None, "male"], categories=["male", "female"])),
        FRAME.assign(mixed=["1", "a", None]),
    ],
)
def test_other_values_have_another_key(other):
    assert key(other) != key(FRAME)


def test_name_and_arguments_belong_to_the_key():
    assert make_key("a", (1,), {}) != make_key("b", (1,), {})
    assert len({key(1, by="year"), key(1, by="sex"), key(1, of="year"), key(1), key(2)}) == 5
    assert key(by=1, of=2) == key(of=2, by=1)
    assert key(np.random.default_rng(1)) != key(np.random.default_rng(2))


def test_what_is_recalled_is_what_was_computed(kept):
    calls = []

    def double(rows, *, note):
        calls.append(note)
        exhibit = Exhibit("a", "table", "<b>1</b>", data=rows[["year", "rate"]], sources=(("s", "S"),))
        return {"rows": pd.concat([rows, rows]), "by_year": rows.set_index("year")["rate"], "exhibit": exhibit}

    doubled = recall(double, kept)
    first, second = doubled(FRAME, note="x"), doubled(FRAME.copy(), note="x")
    assert calls == ["x"]
    assert_frame_equal(first["rows"], second["rows"])
    pd.testing.assert_series_equal(first["by_year"], second["by_year"])
    assert first["exhibit"] == second["exhibit"]
    assert first["exhibit"]._repr_mimebundle_() == second["exhibit"]._repr_mimebundle_()
    doubled(FRAME, note="y")
    assert calls == ["x", "y"]


def test_a_generator_is_left_as_the_computation_left_it(kept):
    draw = recall(lambda rows, *, rng: rng.normal(size=len(rows)), kept)
    computed, recalled = np.random.default_rng(5), np.random.default_rng(5)
    assert (draw(FRAME, rng=computed) == draw(FRAME, rng=recalled)).all()
    assert computed.normal() == recalled.normal()


def test_only_what_is_asked_for_is_kept_and_only_of_values(kept):
    calls = []

    def count(rows):
        calls.append("count")
        return len(rows)

    inner = recall(count, kept)
    outer = recall(lambda rows: inner(rows) + 1, kept)
    assert [outer(FRAME), outer(FRAME), calls] == [4, 4, ["count"]]
    assert len(list(kept.folder.iterdir())) == 1, "what is called for a result has no entry of its own"


def test_what_is_no_value_is_neither_asked_for_nor_kept(kept):
    def apply(rows, how):
        return how(rows)

    def fail(rows):
        return rows["absent"]

    def make(rows):
        return (number for number in range(len(rows)))

    applied, failing, made = recall(apply, kept), recall(fail, kept), recall(make, kept)
    assert [applied(FRAME, lambda rows: 1), applied(FRAME, lambda rows: 2)] == [1, 2]
    for _ in range(2):
        with pytest.raises(KeyError):
            failing(FRAME)
    assert not kept.is_computing
    assert [list(made(FRAME)), list(made(FRAME))] == [[0, 1, 2]] * 2
    assert list(kept.folder.iterdir()) == []


@pytest.mark.parametrize("harm", [lambda file: file[:-1], lambda file: file[:40] + b"x" + file[41:], lambda file: b""])
def test_an_entry_that_is_not_whole_is_no_entry(kept, harm):
    kept.keep("k", ({"a": "b" * 50}, []))
    assert kept.find("k") == ({"a": "b" * 50}, [])
    file = kept.folder / "k"
    file.write_bytes(harm(file.read_bytes()))
    assert kept.find("k") is None


class Harmful:
    def __init__(self, file, call):
        self.file, self.call = file, call

    def __reduce__(self):
        return self.call, (str(self.file),)


@pytest.mark.parametrize("call", [os.mkdir, eval, pd.read_pickle, subprocess.Popen, Path, Entries])
def test_nothing_but_results_is_rebuilt_from_a_file(kept, tmp_path, call):
    pickled = pickle.dumps((Harmful(tmp_path / "made", call), []))
    (kept.folder / "k").write_bytes(entries._digest(pickled) + pickled)
    found = kept.find("k")
    assert found is None or (call is Entries and found[0] == Entries(str(tmp_path / "made")))
    assert not (tmp_path / "made").exists()


def test_an_entry_of_a_class_that_is_no_more_is_no_entry(kept):
    pickled = pickle.dumps(Entries("a")).replace(b"Entries", b"Entriez")
    (kept.folder / "k").write_bytes(entries._digest(pickled) + pickled)
    assert kept.find("k") is None


def test_without_room_nothing_is_kept_and_nothing_fails(kept):
    for gone in (Entries(kept.folder / "absent"), Entries(kept.folder / "absent" / "srb")):
        assert recall(len, gone)(FRAME) == 3
        assert gone.find(key(FRAME)) is None


def test_results_of_other_sections_and_earlier_executions_are_found_and_those_not_asked_for_are_forgotten(tmp_path):
    memo = tmp_path / "regional"
    other = Entries(tmp_path / "srb")
    other.folder.mkdir()
    other.keep("shared", (1, []))
    with turn_memo(memo):
        for number, name in enumerate(["asked", "not_asked"]):
            Entries(memo).keep(name, (number, []))
    with pytest.raises(ValueError, match="cell"), turn_memo(memo):
        raise ValueError("cell")
    with turn_memo(memo):
        assert [Entries(memo).find(name) for name in ("asked", "shared", "absent")] == [(0, []), (1, []), None]
    assert {file.name for file in memo.iterdir()} == {"asked", "shared"}
    assert {folder.name for folder in tmp_path.iterdir()} == {"regional", "srb"}


def test_results_of_other_code_are_forgotten_and_all_if_asked(tmp_path):
    place = tmp_path / "study"
    for code in ("old", "new"):
        (tmp_path / ".study.memo" / code / "srb").mkdir(parents=True)
    assert prepare_memo(place, computed_with="new") == tmp_path / ".study.memo" / "new"
    assert [folder.name for folder in (tmp_path / ".study.memo").iterdir()] == ["new"]
    prepare_memo(place, computed_with="new", force=True)
    assert list((tmp_path / ".study.memo").iterdir()) == []


def test_public_functions_of_a_module_are_replaced_and_no_others(kept, monkeypatch):
    from ctresearch import score

    for name, function in list(vars(score).items()):
        monkeypatch.setattr(score, name, function)
    before = dict(vars(score))
    remember([score], kept)
    replaced = {name for name in before if vars(score)[name] is not before[name]}
    own = {n for n, f in before.items() if getattr(f, "__module__", "") == score.__name__ and callable(f)}
    assert replaced == {name for name in own if not name.startswith("_") and not isinstance(before[name], type)}
    assert score.count_coverage.__doc__ == before["count_coverage"].__doc__


CELLS = (
    "from ctresearch import store, trends, tables, clean, figures\nimport numpy\ndata = store.read_study(study)",
    'victims = clean.select_series(data.victims, measure="victims_detected", source_id=wanted)\n'
    'show = {"vocabulary": data.vocabulary, "sources": data.sources}',
    'figures.draw_series(victims, name="f", caption="Detected victims", sparse_years_n=8, **show)',
    'tables.show_table(data.breaks, name="t", caption="Breaks", columns={"year": "Year", "what": "What"}, **show)',
)


@pytest.mark.notebooks
def test_a_notebook_gives_the_same_with_what_was_remembered(tmp_path):
    cells = [nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(CELLS)]
    declared = nbformat.v4.new_code_cell('study = ""\nwanted = ""', id="p", metadata={"tags": ["parameters"]})
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[declared, *cells], metadata=kernel), tmp_path / "probe.ipynb")
    section = Section("probe", "Probe", "probe", {"study": store.DEFAULT_STUDY, "wanted": "unodc-glotip-2025-10-28"})
    options = {"timeout": None, "is_warm": kernels.can_fork()}
    if kernels.can_fork():
        kernels.start_server([EXTENSION])
    plain = execute_section(section, str(tmp_path), **options)
    first = execute_section(section, str(tmp_path), **options, memo=str(tmp_path / "memo"))
    files = {file.name: file.stat().st_ino for file in (tmp_path / "memo" / "probe").iterdir()}
    again = execute_section(section, str(tmp_path), **options, memo=str(tmp_path / "memo"))
    kernels.stop_server()
    assert (plain.error, first.error, again.error) == ("", "", "")
    assert plain.notebook == first.notebook == again.notebook
    assert len(files) >= 3, "one entry for each call"
    assert {file.name: file.stat().st_ino for file in (tmp_path / "memo" / "probe").iterdir()} == files

"""Whatever a file holds: no crash, no hang, bounded memory, and a message that names the place and the remedy."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from malformed import CASES, VALID
from malformed.__main__ import read_case, write_case
from malformed.workbooks import workbook

from ctresearch import files
from ctresearch.clean.headers import find_table

HERE = Path(__file__).parent
MEBIBYTE_IN_KIB = 1024


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What was said of each file; all are made and read by one process, whose memory is measured."""
    command = [sys.executable, "-m", "malformed", str(tmp_path_factory.mktemp("malformed"))]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=600, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return {line.get("name", "memory"): line for line in lines}


def test_there_are_at_least_150_kinds():
    assert len(CASES) >= 150


@pytest.mark.parametrize("name", CASES)
def test_a_malformed_file_is_refused_or_read_and_the_message_says_why(answers, name):
    case, answer = CASES[name], answers[name]
    assert answer["outcome"] != "crashed", answer["message"]
    if case.outcome in {"refused", "kept"}:
        assert answer["outcome"] == case.outcome
    said = answer["header"] if case.outcome == "header" else answer["message"]
    assert case.words in said
    if answer["outcome"] == "refused":
        # Each line: number, place, what was expected, and a sentence that says what to do.
        for line in answer["message"].splitlines()[1:]:
            assert case.file in line
            assert "expected " in line
            assert line.rstrip().endswith(".")


@pytest.mark.no_cover
@pytest.mark.parametrize("name", [name for name in CASES if "spoilt bytes" not in name])
def test_a_file_is_answered_in_the_same_words_by_any_process(answers, name, tmp_path):
    if answers[name]["seconds"] > 0.25:
        pytest.skip("answered once already, and slow")
    answer = read_case(name, write_case(name, tmp_path))
    same = ("outcome", "message", "header")
    assert {key: answer[key] for key in same} == {key: answers[name][key] for key in same}


def test_every_file_is_done_within_the_time_limit(answers):
    # 10 s of processor time are allowed; the clock may run longer where other programmes use the machine too.
    slow = {name: answer["seconds"] for name, answer in answers.items() if answer.get("seconds", 0) > 30}
    assert slow == {}


def test_no_file_takes_more_memory_than_the_limit(answers):
    memory = answers["memory"]
    assert memory["own"] < 1024 * MEBIBYTE_IN_KIB
    assert memory["children"] < 1024 * MEBIBYTE_IN_KIB


def read(name: str, data: bytes) -> str:
    """Read a file; return what was said. Anything but a `FileError` is raised."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            content = files.read_file(path)
        except files.FileError as error:
            return str(error)
        found = find_table(content.sheets, file=name, required=["Case", "Country"])
        return "\n".join(map(str, (name, *content.notes, *found.problems)))


MUTATIONS = st.lists(
    st.tuples(st.integers(0, len(VALID.encode()) - 1), st.sampled_from(["put", "drop", "insert"]), st.integers(0, 255)),
    max_size=12,
)


@given(MUTATIONS)
@settings(max_examples=60)
def test_a_csv_with_any_bytes_changed_is_read_or_refused(mutations):
    data = bytearray(VALID.encode())
    for wanted, kind, value in mutations:
        place = min(wanted, len(data) - 1)
        if kind == "put":
            data[place] = value
        elif kind == "drop" and len(data) > 1:
            del data[place]
        else:
            data.insert(place, value)
    assert "cases.csv" in read("cases.csv", bytes(data))


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)


@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=1, max_size=8), st.sampled_from(",;\t|"))
@settings(max_examples=40)
def test_any_cells_written_as_csv_come_back(rows, delimiter):
    import csv
    import io

    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows([["a", "b"]] * 3 + rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.csv"
        path.write_bytes(out.getvalue().encode())
        cells = files.read_sheets(path)[""]
    expected = [[cell.replace("\r\n", "\n").replace("\r", "\n") for cell in row] for row in rows]
    assert cells.iloc[3:].fillna("").to_numpy().tolist() == expected
    assert cells.index.tolist() == list(range(1, len(rows) + 4))


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
@settings(max_examples=8)
def test_a_workbook_with_any_bytes_changed_is_read_or_refused(seed, count):
    from malformed.cases import spoil

    assert "cases.xlsx" in read("cases.xlsx", spoil(workbook(), seed, count=count))

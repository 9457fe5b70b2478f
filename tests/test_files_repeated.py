"""Columns of long texts as categories: the same cells as pandas reads, and the same messages."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from malformed import CASES
from malformed.__main__ import write_case

from ctresearch import files
from ctresearch.files import repeated, structure
from ctresearch.files.delimited import parse_cells
from ctresearch.files.repeated import Columns
from ctresearch.files.structure import find_structure

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r")
WORDS = st.sampled_from(
    ["", "ž", "eight by", "nine byte", "007", "1.5", "NA", "a,b", 'say "x"', "two\nlines", "č" * 40]
)


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    """A few rows are a long text, and make several blocks, each with its own lengths of cells."""
    monkeypatch.setattr(repeated, "_LEAST_ROWS", 1)
    monkeypatch.setattr(repeated, "_FOLDED_ROWS", 3)
    monkeypatch.setattr(structure, "_BLOCK_BYTES", 256)


def read(data, delimiter=","):
    columns = Columns()
    find_structure(data, delimiter, columns)
    return columns.give(first_row=1)


def write(rows, quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\n", quoting=quoting).writerows(rows)
    return out.getvalue().encode()


@given(
    st.lists(st.tuples(WORDS | st.text(LETTERS, max_size=90), WORDS, st.text(LETTERS, max_size=9)), min_size=1),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
@settings(max_examples=40, deadline=None)
def test_the_cells_are_those_that_pandas_reads(rows, quoting):
    data = write(rows, quoting)
    found = read(data)
    assert found is not None
    pd.testing.assert_frame_equal(found.astype("str"), parse_cells(data, ",", width=3), check_column_type=False)


def test_repeated_words_are_categories_in_the_order_of_the_file_and_different_ones_text():
    found = read("".join(f"A-{number},{'mž'[number % 2]},\n" for number in range(100)).encode())
    assert [str(kind) for kind in found.dtypes] == ["str", "category", "category"]
    assert found[1].cat.categories.tolist() == ["m", "ž"]
    assert str(found[1].cat.categories.dtype) == "str"
    assert found[1].cat.codes.tolist() == [0, 1] * 50
    assert found[2].isna().all()
    assert found.index.tolist() == list(range(1, 101))


def test_a_word_with_and_without_quotation_marks_is_one_category():
    found = read(b'm\n"m"\n""\nm\n' * 10)
    assert found[0].cat.categories.tolist() == ["m"]
    assert found[0].cat.codes.tolist() == [0, 0, -1, 0] * 10


def test_a_column_whose_words_stop_repeating_becomes_text():
    found = read("".join(f"{'same' if number < 50 else number}\n" for number in range(100)).encode())
    assert str(found[0].dtype) == "str"
    assert found[0].tolist() == ["same"] * 50 + [str(number) for number in range(50, 100)]


def test_cells_with_the_same_key_stay_apart(monkeypatch):
    monkeypatch.setattr(repeated, "_ODD", np.uint64(0))
    cells = ["first of them", "other of them", "first of them", None]
    assert read("".join(f"{cell or ''}\n" for cell in cells).encode() * 20)[0].tolist()[:3] == cells[:3]


@pytest.mark.parametrize(
    "data",
    [
        b"title\na,b\n1,2\n",
        b"a,b\n1,2\nnote\n",
        b"a,b\n" * 30 + b"\n",
        b"a,b\n" * 30 + b"1,2,3\n4\n",
        b'a,b\nx"y,z\n',
        b"\xef\xbb\xbfa,b\n1,2\n",
    ],
)
def test_what_is_no_even_table_is_left_to_pandas(data):
    assert read(data) is None


def test_a_text_of_few_rows_is_left_to_pandas(monkeypatch):
    monkeypatch.setattr(repeated, "_LEAST_ROWS", 3)
    assert read(b"a,b\n1,2\n") is None


TEXTS = [name for name, case in CASES.items() if case.file.endswith(("csv", "txt", "gz"))]
SLOW = {"gzip bomb", "sparse file of 1 GiB"}


@pytest.mark.parametrize("name", [name for name in TEXTS if name not in SLOW])
def test_the_messages_are_the_same_with_categories(name, tmp_path, monkeypatch):
    path = write_case(name, tmp_path)
    if path.is_file() and path.stat().st_size > 100_000:
        monkeypatch.setattr(structure, "_BLOCK_BYTES", 2**20)
    assert answer(path, as_categories=True) == answer(path, as_categories=False)


def answer(path, *, as_categories):
    try:
        content = files.read_file(path, as_categories=as_categories)
    except files.FileError as error:
        return str(error)
    cells = content.sheets[""].astype("str")
    return [*content.notes, cells.fillna("\x00").to_numpy().tolist()]

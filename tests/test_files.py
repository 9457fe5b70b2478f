"""Each kind of file becomes the same cells; what is read otherwise than printed is said."""

import csv
import gzip
import json
import tracemalloc

import pandas as pd
import pytest
import xlsxwriter

from ctresearch import files, places
from ctresearch.files import child
from ctresearch.files.reading import LIMITS
from ctresearch.files.structure import find_structure
from ctresearch.files.text import find_delimiter

ROWS = [["Case", "Država", "Share"], ["A-1", "Србија", "1,5"], ["A-2", "", "2,5"]]
CELLS = [["Case", "Država", "Share"], ["A-1", "Србија", "1,5"], ["A-2", None, "2,5"]]


def as_lists(cells):
    return cells.astype(object).where(cells.notna(), None).to_numpy().tolist()


def write_text(path, *, delimiter=";", encoding="utf-8", end="\n"):
    path.write_bytes((end.join(delimiter.join(row) for row in ROWS) + end).encode(encoding))
    return path


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_is_read_whatever_its_separator_encoding_and_line_ends(tmp_path, delimiter, encoding, end):
    path = write_text(tmp_path / "x.csv", delimiter=delimiter, encoding=encoding, end=end)
    content = files.read_file(path)
    cells = content.sheets[""]
    assert as_lists(cells) == CELLS
    assert cells.index.tolist() == [1, 2, 3]
    assert cells.columns.tolist() == [0, 1, 2]
    assert set(cells.dtypes.astype(str)) == {"str"}
    assert content.notes == ()


def test_a_packed_text_is_read(tmp_path):
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(write_text(tmp_path / "y.csv").read_bytes()))
    assert as_lists(files.read_sheets(path)[""]) == CELLS


def test_words_that_pandas_takes_for_missing_stay_words(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\nNA,null\nNaN,\n", encoding="utf-8")
    assert as_lists(files.read_sheets(path)[""])[1:] == [["NA", "null"], ["NaN", None]]


def test_a_cell_with_separator_and_line_end_stays_one_cell(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text('a;b\n"one; two\nthree ""x""";2\n', encoding="utf-8")
    cells = files.read_sheets(path)[""]
    assert as_lists(cells)[1] == ['one; two\nthree "x"', "2"]
    assert len(cells) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", ","),
        ("year;share\n2014;1,5\n2015;2,5\n", ";"),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
        ("Report, of 2020\n\nyear;share\n2014;1,5\n", ";"),
        ("a\tb\nx, y\tz, w\n", "\t"),
        ('a;b\n"x,y";"z,w"\n', ";"),
        ("only\none\n", ","),
        ('a,b\n"x; y; z",1\n"u; v; w",2\n"p; q\nr; s",3\n', ","),
    ],
)
def test_the_separator_is_found(text, expected):
    assert find_delimiter(text.encode()) == expected


@pytest.mark.parametrize(
    ("text", "widths"),
    [
        ("a,b\n1,2\n", [2, 2]),
        ('a,b\n"1,5",2\n', [2, 2]),
        ('a,b\n"1\n5",2', [2, 2]),
        ('a,b"c\n1,2\n', [2, 2]),
        ("a\n\nb\n", [1, 1, 1]),
    ],
)
def test_cells_of_a_row_are_counted(text, widths):
    assert find_structure(text.encode(), ",").widths.tolist() == widths


def make_workbook(path):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Podaci")
        sheet.write_row(1, 1, ["Case", "Day", "n", "share", "yes", "code"])
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        sheet.write_row(3, 1, ["A-1"])
        sheet.write_datetime(3, 2, pd.Timestamp("2014-03-05").to_pydatetime(), day)
        sheet.write_number(3, 3, 5)
        sheet.write_number(3, 4, 0.1)
        sheet.write_boolean(3, 5, True)
        sheet.write_string(3, 6, "007")
        book.add_worksheet("Empty")
    return path


def test_a_workbook_is_read_cell_by_cell_with_row_numbers_of_the_file(tmp_path):
    sheets = files.read_sheets(make_workbook(tmp_path / "x.xlsx"))
    assert list(sheets) == ["Podaci", "Empty"]
    cells = sheets["Podaci"]
    assert as_lists(cells.loc[[4]])[0] == [None, "A-1", "2014-03-05", "5", "0.1", "TRUE", "007"]
    assert cells.loc[[1, 3]].isna().all().all()
    assert cells.index[-1] == 4
    assert sheets["Empty"].empty


@pytest.mark.parametrize("kind", ["sav", "dta"])
def test_value_labels_are_applied_and_labels_of_variables_kept(tmp_path, kind):
    import pyreadstat

    frame = pd.DataFrame({"case": ["A-1", "A-2", "A-3"], "sex": [1.0, 2.0, 9.0], "born": [1990.0, None, 1985.5]})
    path = tmp_path / f"x.{kind}"
    write = pyreadstat.write_sav if kind == "sav" else pyreadstat.write_dta
    write(frame, path, column_labels=["Case", "Pol", "Year"], variable_value_labels={"sex": {1: "Žena", 2: "Muškarac"}})
    content = files.read_file(path)
    assert as_lists(content.sheets[""]) == [
        ["case", "sex", "born"],
        ["A-1", "Žena", "1990"],
        ["A-2", "Muškarac", None],
        ["A-3", "9", "1985.5"],
    ]
    assert content.variable_labels == {"case": "Case", "sex": "Pol", "born": "Year"}


def test_values_declared_missing_are_empty_unless_they_have_a_label(tmp_path):
    import pyreadstat

    frame = pd.DataFrame({"age": [30.0, 98.0, 99.0]})
    path = tmp_path / "x.sav"
    pyreadstat.write_sav(frame, path, missing_ranges={"age": [98, 99]}, variable_value_labels={"age": {98: "Refused"}})
    content = files.read_file(path)
    assert as_lists(content.sheets[""]) == [["age"], ["30"], ["Refused"], [None]]
    assert [(note.rows, note.column) for note in content.notes] == [((4,), "A")]


@pytest.mark.parametrize("chunk_bytes", [7, 64, 1000, 10**6])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1250"])
def test_chunks_together_are_the_whole_file(tmp_path, chunk_bytes, encoding):
    path = tmp_path / "x.csv"
    lines = ["Case;Place;Note"] + [f'A-{number};Šabac;"first\nsecond; {number}"' for number in range(40)]
    path.write_bytes("\r\n".join(lines).encode(encoding))
    chunks = list(files.read_chunks(path, chunk_bytes=max(chunk_bytes, 64) if encoding == "cp1250" else chunk_bytes))
    whole = files.read_sheets(path)[""]
    assert len(chunks) > 1 or chunk_bytes >= 1000
    pd.testing.assert_frame_equal(pd.concat(chunks), whole, check_index_type=False)


def test_a_ragged_row_in_a_late_chunk_is_named_by_its_row_in_the_file(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a;b\n" + "1;2\n" * 500 + "1;2;3\n", encoding="utf-8")
    with pytest.raises(files.FileError, match="row 502: expected 2 cells in each row"):
        list(files.read_chunks(path, chunk_bytes=100))


def test_only_text_is_read_in_chunks(tmp_path):
    with pytest.raises(files.FileError, match="Only text is read in chunks"):
        list(files.read_chunks(make_workbook(tmp_path / "x.xlsx")))


def test_a_long_file_is_read_in_chunks_of_bounded_memory(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a;b;c\n" + "some;words;here\n" * 400_000, encoding="utf-8")  # 6.4 MB
    tracemalloc.start()
    rows = sum(len(chunk) for chunk in files.read_chunks(path, chunk_bytes=2**16))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert rows == 400_001
    assert peak < 3 * 2**20


def test_a_file_that_may_not_be_read_is_refused(tmp_path, monkeypatch):
    path = write_text(tmp_path / "x.csv")

    def refuse(*args, **options):
        raise PermissionError

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(files.FileError, match=r"expected a file that may be read\. Ask for the right to read it"):
        files.read_sheets(path)


def test_a_longer_text_than_the_limit_is_refused(tmp_path):
    path = write_text(tmp_path / "x.csv")
    with pytest.raises(files.FileError, match=r"at most 10 bytes of text\. Read it in chunks"):
        files.read_sheets(path, limits=files.Limits(text_bytes=10))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"cells": 10}, "sheet 'Podaci', row 1: expected at most 10 cells"),
        ({"columns": 6}, "found '7', expected at most 6 columns"),
        ({"cell_characters": 4}, "row 4: found '10', expected cells of at most 4 characters"),
        ({"packed_bytes": 100}, "expected a workbook of at most 100 bytes"),
        ({"unpacked_bytes": 100}, "was not unpacked"),
        ({"memory_bytes": 2**24}, "expected a file that fits into 16 MiB"),
    ],
)
def test_a_workbook_beyond_a_limit_is_refused(tmp_path, limits, words):
    with pytest.raises(files.FileError) as caught:
        files.read_sheets(make_workbook(tmp_path / "x.xlsx"), limits=files.Limits(**limits))
    assert words in str(caught.value)


@pytest.mark.parametrize("first", ["code,share,flag", "007,1.50,True"])
def test_what_looks_like_a_number_stays_as_it_was_written(tmp_path, first):
    file = tmp_path / "a.csv"
    file.write_text(f"{first}\n007,1.50,True\n010,2e3,False\n,nan,inf\n", encoding="utf-8")
    cells = files.read_sheets(file)[""]
    assert cells.loc[2].tolist() == ["007", "1.50", "True"]
    assert cells.loc[3].tolist() == ["010", "2e3", "False"]
    assert cells.loc[4, 1:].tolist() == ["nan", "inf"]
    assert pd.isna(cells.loc[4, 0])
    assert {str(kind) for kind in cells.dtypes} == {"str"}


def test_reading_a_file_leaves_the_limits_of_the_process_alone(tmp_path):
    before = csv.field_size_limit()
    file = tmp_path / "a.csv"
    file.write_text('a,b\n"x"y,' + "z" * 100_000 + '\n"open,1\n', encoding="utf-8")
    with pytest.raises(files.FileError):
        files.read_sheets(file)
    assert csv.field_size_limit() == before


@pytest.mark.parametrize("name", ["police_2024.xlsx", "portal_export.xlsx", "social_2024.sav"])
def test_the_process_of_its_own_gives_what_the_reader_gives(name):
    path = places.locate_study("demo") / "received" / name
    request = {"path": str(path), "kind": "workbook" if name.endswith("xlsx") else "statistical", **vars(LIMITS)}
    answer = (child.read_workbook if name.endswith("xlsx") else child.read_statistical)(request)
    given = {sheet["name"]: sheet["columns"] for sheet in answer["sheets"]}
    read = files.read_sheets(path)
    assert given.keys() == read.keys()
    for sheet, cells in read.items():
        for column, values in zip(cells, given[sheet], strict=True):
            assert cells[column].dropna().tolist() == [value for value in values if value is not None]


def test_a_sheet_beyond_a_limit_ends_the_reading_with_its_place(tmp_path, capsys):
    path = write_book(tmp_path / "wide.xlsx", [["a"] * 30])
    with pytest.raises(SystemExit):
        child.read_workbook({"path": str(path), "kind": "workbook", **vars(LIMITS), "columns": 20})
    failure = json.loads(capsys.readouterr().out)["failure"]
    assert (failure["kind"], failure["rows"]) == ("columns", [1])


def write_book(path, rows):
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("Sheet")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return path

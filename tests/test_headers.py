"""The header row is found wherever it stands; what is wrong with it is said."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.clean.headers import find_table

REQUIRED = {"year": ["Year", "Godina"], "country": ["Country", "Држава"], "value": ["txtVALUE"]}


def cells(*rows):
    frame = pd.DataFrame([list(row) for row in rows], dtype="str")
    frame.index = range(1, len(frame) + 1)
    return frame


def words(found):
    return "\n".join(str(problem) for problem in found.problems)


def test_a_header_below_a_preamble_on_another_sheet_in_another_order_and_spelling_is_found():
    sheets = {
        "About": cells(["Made by", "an office"], ["Year", "of the file"]),
        "Data": cells(
            ["Export", None, None, None],
            [None] * 4,
            ["TXT value", "držaVA ", "note", "GODINA"],
            ["5", "A", None, "2014"],
        ),
    }
    found = find_table(sheets, file="x.xlsx", required={**REQUIRED, "value": ["txt value"]})
    assert (found.sheet, found.header_row, found.problems) == ("Data", 3, ())
    assert found.frame.columns.tolist() == ["value", "country", "note", "year"]
    assert found.frame.loc[4, ["year", "country", "value"]].tolist() == ["2014", "A", "5"]


def test_blank_rows_are_left_out_and_row_numbers_kept():
    found = find_table({"": cells(["year"], [None], ["2014"])}, file="x.csv", required=["year"])
    assert found.frame.index.tolist() == [3]


def test_without_a_header_the_message_names_what_was_looked_for():
    found = find_table({"": cells(["a", "b"])}, file="x.csv", required=REQUIRED)
    assert found.header_row == 0
    assert found.frame.empty
    assert words(found) == (
        "x.csv: expected a header row with Godina, Држава, txtVALUE within the first 100 rows of a sheet. "
        "Check that this is the right file, and that its headings were not changed."
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["Year", "Country"], ["2014", "A"]], "row 1, column 'value': expected a column 'value'"),
        ([["Year", "Country", "txtVALUE", "txtvalue"], ["1", "2", "3", "4"]], "Two columns have this heading"),
        ([["Year", "Country", "txtVALUE", "x", "X "], ["1", "2", "3", "4", "5"]], "Two columns have this heading"),
        ([["Year", None, "Country", "txtVALUE"], ["1", "2", "3", "4"]], "none for column 2"),
        ([["Year", "Country", "txtVALUE"], ["1", "2", "3"], ["Year", "Country", "txtVALUE"]], "more than once"),
    ],
)
def test_what_is_wrong_with_a_header_is_said_with_its_row(rows, said):
    found = find_table({"S": cells(*rows)}, file="x.xlsx", required=REQUIRED)
    assert "x.xlsx, sheet 'S', row" in words(found)
    assert said in words(found)
    assert found.frame.empty


def test_two_sheets_with_the_same_header_are_a_problem():
    table = cells(["Year", "Country", "txtVALUE"], ["1", "2", "3"])
    found = find_table({"A": table, "B": table}, file="x.xlsx", required=REQUIRED)
    assert "The sheets 'B' have the same header" in words(found)


def test_all_problems_are_said_at_once():
    found = find_table({"": cells(["Year", "x", "x", None], ["1", "2", "3", "4"])}, file="x.csv", required=REQUIRED)
    assert len(found.problems) == 4  # country and value missing, x twice, a column without heading


@given(st.permutations(["Year", "Country", "txtVALUE", "other"]), st.integers(0, 5))
def test_order_and_preamble_do_not_matter_and_the_input_is_unchanged(order, preamble):
    table = cells(*([["words", None, None, None]] * preamble), order, [name.lower() for name in order])
    before = table.copy(deep=True)
    found = find_table({"": table}, file="x.csv", required=REQUIRED)
    # The row below repeats the headings, so it is one row of data that reads as a second header.
    assert found.header_row == preamble + 1
    assert [problem.rows for problem in found.problems] == [(preamble + 2,)]
    pd.testing.assert_frame_equal(table, before)

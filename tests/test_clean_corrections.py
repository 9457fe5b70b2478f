"""Corrections as data: what is mended, what is logged, and every guard that stops a correction."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.clean import correct_table

AT = "corrections.csv, row 2, column"
COLUMNS = ("table", "where", "column", "expected_value", "new_value", "reason", "source_id", "who", "date")


def town(**changes: str) -> dict:
    row = {"jurisdiction": "AAA", "year": "2014", "value": "95", "value_low": "95", "value_high": "95", "note": ""}
    return row | {"printed": "95", "source_id": "src-a"} | changes


TOWNS = pd.DataFrame(
    [town(), town(jurisdiction="BBB", note="old"), town(year="2015"), town(jurisdiction="BBB", year="2015")]
)
WHERE = "jurisdiction=AAA;year=2014"


def correct(*rows: tuple, table: pd.DataFrame = TOWNS, name: str = "towns"):
    last = ("a slip of the pen", "src-b", "researcher", "2026-11-24")
    corrections = pd.DataFrame([("towns", *row, *last) for row in rows], columns=list(COLUMNS))
    return correct_table(table, corrections, name=name)


def only_problem(*rows: tuple) -> str:
    corrected = correct(*rows)
    pd.testing.assert_frame_equal(corrected.tables["towns"], TOWNS)
    assert corrected.changes.empty
    (problem,) = corrected.problems
    return str(problem)


def test_raw_and_corrected_cells_stand_side_by_side():
    bounds = [(WHERE, column, "95", "105") for column in ("value", "value_low", "value_high")]
    corrected = correct(*bounds, ("jurisdiction=BBB;year=2014", "printed", "95", "96"))
    assert corrected.problems == ()
    table = corrected.tables["towns"]
    assert table.loc[0, ["value", "value_low", "value_high", "printed"]].tolist() == ["105", "105", "105", "95"]
    assert table.loc[0, "note"] == (
        "corrected 2026-11-24: value from '95' to '105', value_low from '95' to '105', value_high from '95' to '105', "
        "a slip of the pen [src-b]"
    )
    assert table.loc[1, "note"] == "old; corrected 2026-11-24: printed from '95' to '96', a slip of the pen [src-b]"
    pd.testing.assert_frame_equal(table.loc[2:], TOWNS.loc[2:])
    assert corrected.changes.values.tolist() == [
        [2, "value", "95", "105", "a slip of the pen", 1],
        [2, "value_high", "95", "105", "a slip of the pen", 1],
        [2, "value_low", "95", "105", "a slip of the pen", 1],
        [3, "printed", "95", "96", "a slip of the pen", 1],
    ]


def test_corrections_of_other_tables_are_left_aside():
    corrected = correct((WHERE, "printed", "95", "96"), name="villages")
    pd.testing.assert_frame_equal(corrected.tables["villages"], TOWNS)
    assert corrected.problems == ()


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            (WHERE, "printed", "94", "96"),
            f"{AT} 'expected_value': found '95', expected '94' in towns.csv, row 2, column "
            "'printed'. The table has changed: see if it is repaired, then take the correction out, or renew it.",
        ),
        (
            (WHERE, "note", "old", "new"),
            f"{AT} 'expected_value': found 'an empty cell', expected 'old' in towns.csv, row 2, "
            "column 'note'. The table has changed: see if it is repaired, then take the correction out, or renew it.",
        ),
        (
            ("jurisdiction=CCC", "printed", "95", "96"),
            f"{AT} 'where': found 'jurisdiction=CCC', expected one row of towns.csv, not 0. "
            "Correct the place, or take the correction out if the row is gone.",
        ),
        (
            ("jurisdiction=AAA", "printed", "95", "96"),
            f"{AT} 'where': found 'jurisdiction=AAA', expected one row of towns.csv, not 2. "
            "Name more columns: rows 2, 4 fit.",
        ),
        (
            ("town=AAA", "printed", "95", "96"),
            f"{AT} 'where': found 'town', expected columns of towns.csv as column=value, joined "
            "by ;. Correct the place.",
        ),
        (
            ("AAA 2014", "printed", "95", "96"),
            f"{AT} 'where': found 'AAA 2014', expected columns of towns.csv as column=value, "
            "joined by ;. Correct the place.",
        ),
        (
            (WHERE, "people", "95", "96"),
            f"{AT} 'column': found 'people', expected a column of towns.csv. Correct the name.",
        ),
        (
            (WHERE, "source_id", "src-a", "src-b"),
            f"{AT} 'column': found 'source_id', expected a column that does not say where the "
            "row belongs or who printed it. Correct it in towns.csv itself.",
        ),
        (
            (WHERE, "printed", "95", "95"),
            f"{AT} 'new_value': found '95', expected another value than the expected one. Take the correction out.",
        ),
        (
            (WHERE, "value", "95", "105"),
            f"{AT} 'column': found 'value alone', expected corrections of value_low and "
            "value_high for the same row of towns.csv. Say with the value what its smallest and largest number are.",
        ),
    ],
)
def test_a_correction_that_cannot_be_made_changes_nothing_and_says_why(row, message):
    assert only_problem(row) == message


def test_two_corrections_of_one_cell_are_both_refused():
    twice = ((WHERE, "printed", "95", "96"), ("year=2014;jurisdiction=AAA", "printed", "95", "97"))
    assert only_problem(*twice) == (
        "corrections.csv, rows 2, 3, column 'column': found 'printed', expected one correction a cell. "
        "Keep one of them."
    )


def test_bounds_may_be_corrected_without_a_value_and_one_missing_bound_is_named():
    masked = TOWNS.assign(value="", value_low="1", value_high="4")
    corrected = correct((WHERE, "value_low", "1", "0"), table=masked)
    assert corrected.tables["towns"].loc[0, "value_low"] == "0"
    two = ((WHERE, "value", "95", "105"), (WHERE, "value_low", "95", "105"))
    assert "corrections of value_high for the same row" in only_problem(*two)


def test_all_problems_come_at_once_and_the_good_corrections_are_made():
    corrected = correct(
        (WHERE, "printed", "1", "2"),
        ("year=1900", "printed", "95", "2"),
        ("year=2014;jurisdiction=BBB", "printed", "95", "7"),
    )
    assert [problem.rows for problem in corrected.problems] == [(2,), (3,)]
    assert corrected.tables["towns"]["printed"].tolist() == ["95", "7", "95", "95"]


def test_a_correction_fails_the_second_time():
    corrections = (WHERE, "printed", "95", "96")
    again = correct(corrections, table=correct(corrections).tables["towns"])
    assert [problem.column for problem in again.problems] == ["expected_value"]


def test_a_value_may_hold_an_equals_sign_and_an_empty_cell_is_a_place_too():
    table = TOWNS.assign(locator=["a=b", "", "", ""])
    assert correct(("locator=a=b", "printed", "95", "1"), table=table).problems == ()
    assert correct(("locator=;jurisdiction=AAA", "printed", "95", "1"), table=table).problems == ()


@pytest.mark.no_cover
@given(st.integers(0, 3), st.text(min_size=1, max_size=5).filter(lambda text: text != "95"))
def test_only_the_cell_and_the_note_change_and_the_input_does_not(row, value):
    before = TOWNS.copy()
    place = f"jurisdiction={TOWNS.at[row, 'jurisdiction']};year={TOWNS.at[row, 'year']}"
    corrected = correct((place, "printed", "95", value)).tables["towns"]
    pd.testing.assert_frame_equal(TOWNS, before)
    changed = corrected.ne(TOWNS)
    assert changed.sum().sum() == 2
    assert changed.loc[row, ["printed", "note"]].all()
    assert corrected.at[row, "printed"] == value

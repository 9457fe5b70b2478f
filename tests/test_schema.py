from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.schema import FRAMEWORK, STUDY, Column, Problem, Table, check_table, convert_table, write_dictionary
from ctresearch.schema.contracts import EVIDENCE, FLOWS, GLOSSARY, POPULATION, SOURCES, VICTIMS

ALLOWED = {
    "jurisdiction": ("AAA", "BBB"),
    "jurisdiction_or_region": ("AAA", "BBB", "REG"),
    "country": ("AAA", "BBB"),
    "citizenship": ("total", "own"),
    "measure": ("victims_detected",),
    "sex": ("total", "female"),
    "age_group": ("total",),
    "form": ("total",),
    "value_status": ("reported", "suppressed"),
    "source": ("src-a",),
    "source_status": ("public", "wanted"),
    "check": ("publisher_file",),
    "indicator": ("PREV-01",),
    "direction": ("gap", "strength"),
    "evidence_kind": ("law",),
}
VICTIM = {
    "jurisdiction": "AAA",
    "year": "2014",
    "year_end": "2014",
    "period": "",
    "measure": "victims_detected",
    "sex": "total",
    "age_group": "total",
    "form": "total",
    "citizenship": "total",
    "part": "",
    "value": "3",
    "value_low": "3",
    "value_high": "3",
    "printed": "3",
    "status": "reported",
    "report_year": "",
    "source_id": "src-a",
    "locator": "",
    "check": "publisher_file",
    "note": "",
}
MASKED = {"value": "", "value_low": "1", "value_high": "4", "printed": "<5", "status": "suppressed"}
FACT = {
    "evidence_id": "E-1",
    "jurisdiction": "REG",
    "indicator": "PREV-01",
    "year": "2014",
    "statement": "A fact.",
    "direction": "gap",
    "evidence_kind": "law",
    "source_id": "src-a",
    "locator": "page 1",
    "second_source_id": "",
    "second_locator": "",
    "check": "publisher_file",
    "note": "",
}
SOURCE = {
    "source_id": "src-a",
    "publisher": "Bureau A",
    "title": "Yearbook",
    "year": "2020",
    "address": "https://a.example/x",
    "terms": "free",
    "status": "public",
    "accessed": "2021-01-02",
    "via": "",
    "note": "",
}


def victims(*changes: dict) -> pd.DataFrame:
    return pd.DataFrame(
        [{**VICTIM, "year": str(2001 + n), "year_end": str(2001 + n), **c} for n, c in enumerate(changes)]
    )


def check(table: Table, rows: pd.DataFrame) -> list[str]:
    return [str(problem) for problem in check_table(table, rows, ALLOWED)]


def test_a_table_that_keeps_its_contract_has_no_problem():
    assert (
        check(VICTIMS, victims({}, MASKED, {"value_high": ""}, {"value": "", "value_high": "", "printed": ">3"})) == []
    )
    assert check(EVIDENCE, pd.DataFrame([FACT])) == []
    assert check(SOURCES, pd.DataFrame([SOURCE])) == []


def test_an_unknown_column_is_named_with_the_columns_that_are_expected():
    rows = pd.DataFrame({"term": ["a"], "definition": ["b"], "source_note": [""], "colour": ["red"]})
    assert check(GLOSSARY, rows) == [
        "glossary.csv, column 'colour': found 'colour', expected one of term, definition, source_note. "
        "Rename or remove the column."
    ]


def test_a_missing_column_is_named():
    assert check(GLOSSARY, pd.DataFrame({"term": ["a"], "definition": ["b"]})) == [
        "glossary.csv, column 'source_note': expected the column 'source_note'. "
        "Add the column; leave cells empty where nothing is known."
    ]


def test_unknown_and_missing_columns_are_reported_together():
    assert len(check(GLOSSARY, pd.DataFrame({"trem": ["a"], "definition": ["b"], "source_note": [""]}))) == 2


def test_an_empty_table_is_a_problem():
    assert check(GLOSSARY, pd.DataFrame(columns=["term", "definition", "source_note"])) == [
        "glossary.csv: expected at least one row. Add the rows, or take the table's source out of the study."
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"jurisdiction": "ZZZ"},
            "victims.csv, row 2, column 'jurisdiction': found 'ZZZ', expected a code of the list 'jurisdiction' "
            "(AAA, BBB). Use a code of study.toml, or add a [[jurisdictions]] entry there.",
        ),
        (
            {"sex": "women"},
            "victims.csv, row 2, column 'sex': found 'women', expected a code of the list 'sex' (total, female). "
            "Use a code of the list 'sex' in framework/codes.csv.",
        ),
        (
            {"source_id": "src-z"},
            "victims.csv, row 2, column 'source_id': found 'src-z', expected a source registered in sources.csv "
            "(and not 'wanted'). Register the source, or correct the id.",
        ),
        (
            {"value": "<5"},
            "victims.csv, row 2, column 'value': found '<5', expected a number with a decimal point and no thousands "
            "mark. Write the number alone; put '<5' and words in 'printed' and bounds in 'value_low' and 'value_high'.",
        ),
        (
            {"year": "14"},
            "victims.csv, row 2, column 'year': found '14', expected a year of four digits. Correct the cell.",
        ),
        (
            {"part": "1.5"},
            "victims.csv, row 2, column 'part': found '1.5', expected a whole number. Correct the cell.",
        ),
        (
            {"printed": ""},
            "victims.csv, row 2, column 'printed': expected a value. "
            "Fill the cell; a fact that nobody knows has no row.",
        ),
        (
            {"note": "checked "},
            "victims.csv, row 2, column 'note': found 'checked ', expected no space at the start or end. "
            "Remove the space.",
        ),
        (
            {"value": "", "status": "suppressed", "value_low": "5", "value_high": "4"},
            "victims.csv, row 2: expected value_low <= value <= value_high. "
            "Correct the bounds to what the printed value allows.",
        ),
        (
            {"status": "suppressed"},
            "victims.csv, row 2: expected no value in a suppressed row. "
            "Leave 'value' empty and give 'value_low' and 'value_high'.",
        ),
        (
            {"year": "2015"},
            "victims.csv, row 2: expected 'year' not after 'year_end'. "
            "Swap the two, or repeat the year for a single year.",
        ),
    ],
)
def test_each_problem_of_a_row_says_what_failed_where_and_what_to_do(change, message):
    assert check(VICTIMS, pd.DataFrame([{**VICTIM, **change}])) == [message]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"indicator": "XXXX-01"}, "list 'indicator' (PREV-01). Use an indicator of framework/indicators.csv."),
        ({"evidence_id": "E 1"}, "expected a short name of letters, digits, '.', '_' and '-'. Correct the cell."),
        ({"second_source_id": "src-z"}, "column 'second_source_id': found 'src-z', expected a source registered"),
    ],
)
def test_problems_of_evidence_name_the_remedy(change, words):
    (message,) = check(EVIDENCE, pd.DataFrame([{**FACT, **change}]))
    assert words in message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"address": "www.a.example"}, "expected an address that starts with http:// or https://."),
        ({"address": "javascript:alert(1)"}, "expected an address that starts with http:// or https://."),
        ({"accessed": "2 January"}, "Keep what is known: a year alone is a valid date."),
        ({"accessed": ""}, "expected an access date for a source that rows may cite. Enter the day on which"),
    ],
)
def test_problems_of_the_register_name_the_remedy(change, words):
    (message,) = check(SOURCES, pd.DataFrame([{**SOURCE, **change}]))
    assert words in message


def test_a_wanted_source_needs_no_access_date():
    assert check(SOURCES, pd.DataFrame([{**SOURCE, "status": "wanted", "accessed": ""}])) == []


@pytest.mark.parametrize("date", ["2014", "2014-09", "2014-09-22", "2014-09-22/2014-09-26"])
def test_partial_dates_and_spans_of_days_are_dates(date):
    assert check(SOURCES, pd.DataFrame([{**SOURCE, "accessed": date}])) == []


@pytest.mark.parametrize("date", ["14-09-22", "2014/09/22", "2014-9-2", "2014-13", "2014-02-30"])
def test_a_date_that_no_calendar_has_is_refused(date):
    (message,) = check(SOURCES, pd.DataFrame([{**SOURCE, "accessed": date}]))
    assert f"found '{date}', expected a date like 2014" in message


@pytest.mark.parametrize("number", ["3", "-3", "0.5", "1e3", "2.5E-1"])
def test_numbers_with_a_decimal_point_or_exponent_are_numbers(number):
    change = {"value": number, "value_low": "-9", "value_high": "9999"}
    assert check(VICTIMS, pd.DataFrame([{**VICTIM, **change}])) == []


@pytest.mark.parametrize("text", ["1,204", "about 3", "3.", ".5", "0x1F", "nan", "inf", "१"])
def test_a_number_that_is_text_is_refused(text):
    (message,) = check(VICTIMS, pd.DataFrame([{**VICTIM, "value": text}]))
    assert f"found '{text}', expected a number" in message


@pytest.mark.parametrize(
    "change",
    [
        {"value": "5"},
        {"value": "2"},
        {"value_low": "4", "value_high": ""},
        {"value": "", "value_low": "4", "value_high": "3"},
    ],
)
def test_a_value_outside_its_bounds_is_refused(change):
    (message,) = check(VICTIMS, pd.DataFrame([{**VICTIM, "value_low": "3", "value_high": "4", **change}]))
    assert "expected value_low <= value <= value_high" in message


def test_years_that_span_a_period_are_in_order():
    row = {"origin": "AAA", "destination": "BBB", "year": "2013", "year_end": "2015", "measure": "victims_detected"}
    rest = {"value": "1", "value_low": "1", "value_high": "1", "printed": "1", "status": "reported"}
    rows = pd.DataFrame([{**row, **rest, "source_id": "src-a", "locator": "", "note": ""}])
    assert check(FLOWS, rows) == []


def test_a_repeated_key_names_all_its_rows_and_the_key():
    rows = pd.DataFrame([VICTIM, {**VICTIM, "year": "2015", "year_end": "2015"}, VICTIM])
    (message,) = check(VICTIMS, rows)
    assert message.startswith("victims.csv, rows 2, 4, column 'jurisdiction, year, year_end, period")
    assert "found 'AAA | 2014 | 2014 |  | victims_detected | total" in message
    assert message.endswith("expected one row a key. Remove or merge the repeated rows.")


def test_the_first_five_rows_are_named_and_the_others_counted():
    (message,) = check(VICTIMS, victims(*[{"sex": "women"}] * 8))
    assert message.startswith("victims.csv, rows 2, 3, 4, 5, 6 and 3 more, column 'sex': found 'women'")


def test_exactly_five_rows_are_named_without_a_remainder():
    (message,) = check(VICTIMS, victims(*[{"sex": "women"}] * 5))
    assert message.startswith("victims.csv, rows 2, 3, 4, 5, 6, column 'sex'")


def test_broken_rules_are_counted_the_same_way():
    (message,) = check(VICTIMS, victims(*[{"status": "suppressed"}] * 7))
    assert message.startswith("victims.csv, rows 2, 3, 4, 5, 6 and 2 more: expected no value in a suppressed row")


def test_a_long_code_list_is_cut_after_twelve_codes():
    allowed = {**ALLOWED, "sex": tuple(f"s{n}" for n in range(13))}
    (problem,) = check_table(VICTIMS, pd.DataFrame([VICTIM]), allowed)
    assert "(s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, ...)" in str(problem)
    twelve = {**ALLOWED, "sex": tuple(f"s{n}" for n in range(12))}
    (problem,) = check_table(VICTIMS, pd.DataFrame([VICTIM]), twelve)
    assert "s10, s11)" in str(problem)


def test_a_code_list_that_was_not_read_is_not_checked():
    allowed = {name: codes for name, codes in ALLOWED.items() if name != "sex"}
    assert check_table(VICTIMS, pd.DataFrame([{**VICTIM, "sex": "anything"}]), allowed) == []


def test_problems_of_different_columns_and_rows_are_reported_together_in_the_order_of_rows():
    rows = victims({"year": "x"}, {"sex": "women"}, {"value": "many"})
    messages = check(VICTIMS, rows)
    assert [message.split(":")[0] for message in messages] == [
        "victims.csv, row 2, column 'year'",
        "victims.csv, row 3, column 'sex'",
        "victims.csv, row 4, column 'value'",
    ]


def test_a_wrong_code_in_one_row_does_not_hide_a_broken_rule_in_another():
    messages = check(VICTIMS, victims({"sex": "women"}, {"status": "suppressed"}))
    assert any("row 2, column 'sex'" in message for message in messages)
    assert any("row 3: expected no value in a suppressed row" in message for message in messages)


def test_a_repeated_key_does_not_hide_a_wrong_code():
    messages = check(VICTIMS, pd.DataFrame([{**VICTIM, "sex": "women"}] * 2))
    assert len(messages) == 2


def test_the_name_of_the_file_can_be_given():
    (problem,) = check_table(GLOSSARY, pd.DataFrame(columns=["term", "definition", "source_note"]), {}, file="x/y.csv")
    assert str(problem).startswith("x/y.csv: expected at least one row")


def test_a_reported_row_without_a_value_is_refused():
    change = {"value": "", "value_low": "", "value_high": "", "status": "reported"}
    messages = check(VICTIMS, pd.DataFrame([{**VICTIM, **change}]))
    assert messages
    assert all("row 2" in message for message in messages)


def test_checking_does_not_change_the_rows():
    rows = victims({}, {"sex": "women"}, {"value": "many "})
    before = rows.copy()
    check(VICTIMS, rows)
    pd.testing.assert_frame_equal(rows, before)


@given(st.permutations(["3", "many", "<5", "4", "x"]))
def test_problems_follow_their_rows_whatever_the_order(values):
    rows = victims(*[{"value": v, "value_low": "-9", "value_high": "99"} for v in values])
    problems = check_table(VICTIMS, rows, ALLOWED)
    assert {(p.found, p.rows) for p in problems} == {
        (v, (n + 2,)) for n, v in enumerate(values) if v in ("many", "<5", "x")
    }


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("f.csv", "x", "Do y."), "f.csv: expected x. Do y."),
        (Problem("f.csv", "x", "Do y.", (2,)), "f.csv, row 2: expected x. Do y."),
        (
            Problem("f.csv", "x", "Do y.", (2, 3), "c", "z"),
            "f.csv, rows 2, 3, column 'c': found 'z', expected x. Do y.",
        ),
    ],
)
def test_a_problem_is_one_sentence_and_a_remedy(problem, text):
    assert str(problem) == text


def test_columns_get_their_types_and_empty_numbers_become_missing():
    raw = pd.DataFrame([VICTIM, {**VICTIM, **MASKED}])
    typed = convert_table(VICTIMS, raw)
    assert typed["year"].dtype == "Int64"
    assert typed["value"].dtype == "Float64"
    assert typed["year"].tolist() == [2014, 2014]
    assert typed["value"].isna().tolist() == [False, True]
    assert typed["part"].isna().all()
    assert typed["value_high"].tolist() == [3.0, 4.0]
    assert typed["printed"].tolist() == ["3", "<5"]


def test_yes_and_no_become_true_and_false():
    table = Table("t", "a row", (Column("is_core", "yesno", "d"),), ("is_core",))
    assert convert_table(table, pd.DataFrame({"is_core": ["yes", "no"]}))["is_core"].tolist() == [True, False]
    (problem,) = check_table(table, pd.DataFrame({"is_core": ["maybe"]}), {})
    assert str(problem) == "t.csv, row 2, column 'is_core': found 'maybe', expected yes or no. Correct the cell."


@given(st.lists(st.one_of(st.none(), st.integers(-(10**6), 10**6)), min_size=1, max_size=8))
def test_converting_keeps_missing_numbers_missing_and_the_input_unchanged(values):
    texts = ["" if value is None else str(value) for value in values]
    raw = pd.DataFrame({"jurisdiction": "AAA", "year": "2014", "sex": "total", "population_n": texts})
    raw = raw.assign(source_id="src-a", note="")
    before = raw.copy()
    typed = convert_table(POPULATION, raw)
    assert [None if pd.isna(v) else int(v) for v in typed["population_n"]] == values
    pd.testing.assert_frame_equal(raw, before)


@pytest.mark.parametrize("table", [*FRAMEWORK, *STUDY], ids=lambda table: table.name)
def test_the_key_of_every_table_is_made_of_its_columns(table):
    names = [column.name for column in table.columns]
    assert len(names) == len(set(names))
    assert set(table.key) <= set(names)
    assert table.file == f"{table.name}.csv"
    assert [table.column(name).name for name in names] == names


@pytest.mark.parametrize("table", [*FRAMEWORK, *STUDY], ids=lambda table: table.name)
def test_the_dictionary_has_one_line_of_six_cells_for_every_column(table):
    lines = write_dictionary([table], folder="place").splitlines()
    assert lines[0] == f"### `place/{table.name}.csv`"
    row = f"A row is {table.row}. Key: {', '.join(f'`{name}`' for name in table.key)}."
    assert lines[2] == row + (" The file may be absent." if table.is_optional else "")
    cells = [line for line in lines if line.startswith("| `")]
    assert [line.split("`")[1] for line in cells] == [column.name for column in table.columns]
    assert {line.count("|") for line in cells} == {7}


def test_the_dictionary_says_type_unit_list_and_whether_a_cell_may_be_empty():
    text = write_dictionary([POPULATION, GLOSSARY], folder="place")
    assert "| `population_n` | whole number | persons |  | no | persons, all ages |" in text
    assert "| `sex` | code |  | `sex` | no | sex of the persons |" in text
    assert "| `source_note` | text |  |  | yes | where the meaning comes from |" in text
    assert text.index("place/population.csv") < text.index("place/glossary.csv")

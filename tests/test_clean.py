from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.clean import (
    combine_parts,
    name_sex_and_age,
    parse_printed_counts,
    select_series,
    select_totals,
    spread_printed,
)

MASKED = {"value": None, "value_low": 1.0, "value_high": 4.0, "printed": "<5", "status": "suppressed"}
AT_LEAST_TEN = {"value": None, "value_low": 10.0, "value_high": None, "printed": "at least 10"}


@pytest.mark.parametrize(
    ("printed", "zeros", "expected"),
    [
        ("12", True, (12, 12, 12, "reported")),
        (" 12 ", True, (12, 12, 12, "reported")),
        ("1,204", True, (1204, 1204, 1204, "reported")),
        ("0", True, (0, 0, 0, "reported")),
        ("<5", True, (None, 1, 4, "suppressed")),  # zeros are printed, so a masked count is 1, 2, 3 or 4
        ("<5", False, (None, 0, 4, "suppressed")),  # no zero is ever printed, so it may be 0 too
        ("< 10", True, (None, 1, 9, "suppressed")),
        ("", True, (None, None, None, "not_reported")),
        (None, False, (None, None, None, "not_reported")),
    ],
)
def test_a_printed_count_is_read_into_value_bounds_and_status(printed, zeros, expected):
    read = parse_printed_counts(pd.Series([printed], dtype=object), zeros_are_printed=zeros).iloc[0]
    assert tuple(None if pd.isna(cell) else cell for cell in read) == expected


def test_raw_and_read_counts_stand_side_by_side():
    table = pd.DataFrame(
        {"printed": ["7", "<5", "", "1,000"], "status": ["reported", "suppressed", "not_reported", "reported"]}
    )
    read = parse_printed_counts(table["printed"], zeros_are_printed=True)
    assert read["status"].tolist() == table["status"].tolist()
    assert [str(read[name].dtype) for name in ("value", "value_low", "value_high")] == ["Float64"] * 3


def test_what_cannot_be_read_is_named_by_row_with_its_number():
    printed = pd.Series(["3", "many", "-4", "3.5"], index=[10, 11, 12, 13])
    with pytest.raises(ValueError, match="neither a number") as error:
        parse_printed_counts(printed, zeros_are_printed=True)
    assert str(error.value) == ("3 printed counts are neither a number nor '<number': 11: 'many', 12: '-4', 13: '3.5'")


def test_only_the_first_five_unread_rows_are_named():
    with pytest.raises(ValueError, match=r"^7 printed counts") as error:
        parse_printed_counts(pd.Series(["x"] * 7), zeros_are_printed=True)
    assert str(error.value).endswith("0: 'x', 1: 'x', 2: 'x', 3: 'x', 4: 'x'")


@pytest.mark.parametrize("printed", ["1,5", "12,34", ",5", "1,2,3"])
def test_a_comma_that_marks_no_thousands_is_refused(printed):
    with pytest.raises(ValueError, match="neither a number nor '<number'"):
        parse_printed_counts(pd.Series([printed]), zeros_are_printed=True)


@given(st.integers(0, 50), st.booleans())
def test_bounds_of_masked_counts_are_in_order_or_refused(limit, zeros):
    try:
        read = parse_printed_counts(pd.Series([f"<{limit}"]), zeros_are_printed=zeros)
    except ValueError:
        assert limit < 2
        return
    assert read["value_low"].iloc[0] <= read["value_high"].iloc[0] == limit - 1


@given(st.lists(st.sampled_from(["", "<5", "3", "1,200", "0"]), min_size=1, max_size=8), st.booleans())
def test_bounds_contain_the_value_missing_stays_missing_and_input_is_unchanged(printed, zeros):
    series = pd.Series(printed, index=range(5, 5 + len(printed)))
    before = series.copy()
    read = parse_printed_counts(series, zeros_are_printed=zeros)
    pd.testing.assert_series_equal(series, before)
    assert read.index.equals(series.index)
    known = read["value"].notna()
    assert known.tolist() == [text not in ("", "<5") for text in printed]
    assert (read["value_low"][known] <= read["value"][known]).all()
    assert (read["value"][known] <= read["value_high"][known]).all()
    assert read["value_low"].isna().tolist() == [text == "" for text in printed]


def test_a_series_holds_whole_year_totals_of_one_measure(counts_of):
    counts = counts_of(
        {"jurisdiction": "BBB", "year": 2014, "value": 1.0},
        {"year": 2015, "value": 2.0},
        {"year": 2014, "value": 3.0},
        {"year": 2014, "measure": "victims_potential", "value": 90.0},
        {"year": 2014, "year_end": 2015, "value": 91.0},
        {"year": 2014, "period": "January to June", "value": 92.0},
        {"year": 2014, "sex": "female", "value": 93.0},
        {"year": 2014, "citizenship": "own", "value": 94.0},
        {"year": 2016, "source_id": "src-b", "value": 4.0},
    )
    assert select_series(counts, measure="victims_detected")["value"].tolist() == [3, 2, 4, 1]
    only = select_series(counts, measure="victims_detected", source_id="src-a")
    assert only["value"].tolist() == [3, 2, 1]
    assert only.index.tolist() == [0, 1, 2]


def test_a_breakdown_holds_the_parts_and_not_the_total(counts_of):
    counts = counts_of(
        {"value": 9.0},
        {"sex": "male", "value": 1.0},
        {"sex": "female", "value": 2.0},
        {"sex": "female", "age_group": "child", "value": 3.0},
        {"age_group": "child", "value": 4.0},
    )
    assert select_series(counts, measure="victims_detected", by=("sex",))["value"].tolist() == [2, 1]
    assert select_series(counts, measure="victims_detected", by=("sex", "age_group"))["value"].tolist() == [3]


def test_totals_hold_any_measure_source_and_period(counts_of):
    counts = counts_of(
        {"year": 2015, "value": 1.0},
        {"year": 2014, "year_end": 2016, "measure": "b", "value": 2.0},
        {"year": 2014, "measure": "b", "value": 3.0, "report_year": 2021},
        {"year": 2014, "measure": "b", "value": 4.0, "report_year": 2019},
        {"year": 2014, "measure": "a", "value": 5.0, "period": "first half"},
        {"form": "labour", "value": 99.0},
    )
    assert select_totals(counts)["value"].tolist() == [5, 4, 3, 2, 1]


@given(st.permutations(range(6)))
def test_selecting_does_not_depend_on_the_order_of_rows_and_changes_nothing(counts_of, order):
    counts = counts_of(
        *[
            {"jurisdiction": code, "year": year, "value": float(year)}
            for code in ("AAA", "BBB")
            for year in (1999, 2000, 2001)
        ]
    )
    shuffled = counts.iloc[list(order)]
    before = shuffled.copy()
    assert select_series(shuffled, measure="victims_detected").equals(select_series(counts, measure="victims_detected"))
    pd.testing.assert_frame_equal(shuffled, before)


def test_parts_of_one_key_are_added_with_their_bounds(counts_of):
    # 3 + (1 to 4) is 4 to 7, not known exactly; 5 + 6 is 11.
    counts = counts_of(
        {"part": 1, "value": 3.0},
        {"part": 2, **MASKED},
        {"year": 2015, "part": 1, "value": 5.0},
        {"year": 2015, "part": 2, "value": 6.0},
    )
    combined = combine_parts(counts)
    assert combined["printed"].tolist() == ["3 + <5", "5 + 6"]
    assert combined["value"].isna().tolist() == [True, False]
    assert combined["value"].iloc[1] == 11
    assert combined["value_low"].tolist() == [4, 11]
    assert combined["value_high"].tolist() == [7, 11]


def test_rows_of_different_keys_are_not_added(counts_of):
    counts = counts_of({}, {"source_id": "src-b"}, {"measure": "x"}, {"sex": "female"}, {"period": "first half"})
    assert len(combine_parts(counts)) == 5


def test_a_part_without_an_upper_limit_leaves_the_sum_without_one(counts_of):
    combined = combine_parts(counts_of({"part": 1, "value": 3.0}, {"part": 2, **AT_LEAST_TEN}))
    assert combined["value_low"].tolist() == [13]
    assert combined["value_high"].isna().all()


@given(st.lists(st.one_of(st.none(), st.integers(0, 30)), min_size=1, max_size=5))
def test_a_sum_lies_within_its_bounds_and_is_missing_if_a_part_is(counts_of, values):
    parts = counts_of(*[{"part": n, **(MASKED if v is None else {"value": float(v)})} for n, v in enumerate(values)])
    before = parts.copy()
    (row,) = combine_parts(parts).to_dict("records")
    pd.testing.assert_frame_equal(parts, before)
    assert pd.isna(row["value"]) == (None in values)
    assert row["value_low"] == sum(1 if v is None else v for v in values)
    assert row["value_high"] == sum(4 if v is None else v for v in values)


@pytest.mark.parametrize(
    ("sex", "age_group", "person"),
    [
        ("female", "adult", "women"),
        ("male", "adult", "men"),
        ("female", "child", "girls"),
        ("male", "child", "boys"),
        ("unknown", "adult", "other"),
        ("female", "unknown", "other"),
        ("other", "child", "other"),
    ],
)
def test_persons_are_named_by_sex_and_age(sex, age_group, person):
    rows = pd.DataFrame({"sex": [sex], "age_group": [age_group]})
    assert name_sex_and_age(rows)["person"].tolist() == [person]
    assert "person" not in rows


def test_categories_stand_side_by_side_as_printed_and_what_was_not_printed_is_nd(counts_of):
    counts = counts_of(
        {"year": 2015, "sex": "female", "value": 2.0},
        {"year": 2014, "sex": "female", "value": 3.0, "part": 1},
        {"year": 2014, "sex": "female", "part": 2, **MASKED},
        {"year": 2014, "sex": "male", "value": 0.0, "source_id": "src-b"},
    )
    wide = spread_printed(counts, by="sex")
    assert wide["year"].tolist() == [2014, 2015]
    assert wide["female"].tolist() == ["3 + <5", "2"]
    assert wide["male"].tolist() == ["0", "ND"]
    assert wide["source_id"].tolist() == ["src-a;src-b", "src-a"]


def test_nothing_to_spread_is_an_empty_table(counts_of):
    wide = spread_printed(counts_of(), by="sex")
    assert wide.empty
    assert list(wide.columns) == ["year", "source_id"]

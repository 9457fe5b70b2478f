from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.clean import (
    combine_parts,
    find_conflicts,
    find_sum_gaps,
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


def conflict(counts_of, *rows: dict) -> dict:
    found = find_conflicts(counts_of(*rows), preferred_source_id="src-a")
    assert len(found) == 1
    return found.iloc[0].to_dict()


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        ({"value": 3.0}, "agree"),
        ({"value": 5.0}, "differ"),
        ({"value": 1.0}, "differ"),
        (MASKED, "agree"),  # 1 to 4 holds the preferred 3
        ({**MASKED, "value_low": 4.0, "value_high": 6.0}, "differ"),
        ({**AT_LEAST_TEN, "value_low": 2.0}, "agree"),
        (AT_LEAST_TEN, "differ"),
    ],
)
def test_another_figure_agrees_if_its_bounds_and_the_preferred_ones_meet(counts_of, other, verdict):
    row = conflict(counts_of, {"value": 3.0}, {**other, "source_id": "src-b"})
    assert row["verdict"] == verdict
    assert (row["source_id"], row["preferred_source_id"]) == ("src-b", "src-a")
    assert (row["preferred_low"], row["preferred_high"], row["preferred_printed"]) == (3, 3, "3")
    assert row["concept"] == "victims"


def test_a_masked_preferred_figure_is_compared_by_its_bounds(counts_of):
    assert conflict(counts_of, MASKED, {"value": 2.0, "source_id": "src-b"})["verdict"] == "agree"
    assert conflict(counts_of, MASKED, {"value": 5.0, "source_id": "src-b"})["verdict"] == "differ"


def test_a_preferred_figure_without_an_upper_limit_agrees_with_a_larger_one(counts_of):
    assert conflict(counts_of, AT_LEAST_TEN, {"value": 50.0, "source_id": "src-b"})["verdict"] == "agree"


@pytest.mark.parametrize(("value", "verdict"), [(2.0, "agree"), (3.0, "agree"), (4.0, "differ")])
def test_a_part_of_a_year_conflicts_only_if_it_is_larger_than_the_year(counts_of, value, verdict):
    part = {"value": value, "period": "January to June", "source_id": "src-b"}
    assert conflict(counts_of, {"value": 3.0}, part)["verdict"] == verdict


def test_a_figure_for_several_years_is_compared_with_the_sum_of_the_years(counts_of):
    # 3 in 2014 and 1 to 4 in 2015 are 4 to 7 together.
    years = ({"value": 3.0}, {"year": 2015, **MASKED})
    for value, verdict in ((4.0, "agree"), (7.0, "agree"), (8.0, "differ"), (3.0, "differ")):
        row = conflict(counts_of, *years, {"year_end": 2015, "value": value, "source_id": "src-b"})
        assert (row["verdict"], row["preferred_printed"]) == (verdict, "4 to 7")
    known = conflict(
        counts_of, {"value": 3.0}, {"year": 2015, "value": 2.0}, {"year_end": 2015, "value": 5.0, "source_id": "src-b"}
    )
    assert known["preferred_printed"] == "5"


def test_without_all_years_of_the_preferred_source_nothing_is_compared(counts_of):
    row = conflict(counts_of, {"value": 3.0}, {"year_end": 2015, "value": 3.0, "source_id": "src-b"})
    assert row["verdict"] == "no_preferred"
    assert row["preferred_printed"] == ""
    assert row["preferred_source_id"] == ""
    assert pd.isna(row["preferred_low"])
    assert pd.isna(row["preferred_high"])
    assert row["definition"] == "other"


def test_two_measures_of_one_year_do_not_stand_for_two_years(counts_of):
    row = conflict(
        counts_of,
        {"value": 3.0},
        {"value": 9.0, "measure": "victims_potential"},
        {"year_end": 2015, "value": 12.0, "source_id": "src-b"},
    )
    assert row["verdict"] == "no_preferred"


def test_a_part_of_a_year_of_the_preferred_source_is_not_taken_for_the_year(counts_of):
    row = conflict(counts_of, {"value": 3.0, "period": "January to June"}, {"value": 8.0, "source_id": "src-b"})
    assert row["verdict"] == "no_preferred"


@pytest.mark.parametrize(("measure", "definition"), [("victims_detected", "same"), ("victims_official", "other")])
def test_a_figure_by_another_definition_says_so(counts_of, measure, definition):
    row = conflict(counts_of, {"value": 3.0}, {"value": 3.0, "measure": measure, "source_id": "src-b"})
    assert row["definition"] == definition


def test_measures_that_nobody_takes_for_the_same_are_not_compared(counts_of):
    counts = counts_of(
        {"value": 3.0},
        {"value": 3.0, "measure": "victims_assisted", "source_id": "src-b"},
        {"value": 3.0, "sex": "female", "source_id": "src-b"},
    )
    found = find_conflicts(counts, preferred_source_id="src-a")
    assert found.empty
    assert "verdict" in found.columns


def test_convictions_are_compared_with_convictions_only(counts_of):
    row = conflict(
        counts_of,
        {"measure": "persons_prosecuted", "value": 9.0},
        {"measure": "persons_convicted", "value": 2.0},
        {"measure": "persons_convicted", "value": 2.0, "source_id": "src-b"},
    )
    assert (row["concept"], row["verdict"]) == ("convicted", "agree")


def test_figures_of_another_jurisdiction_are_not_compared(counts_of):
    row = conflict(counts_of, {"jurisdiction": "BBB", "value": 3.0}, {"value": 3.0, "source_id": "src-b"})
    assert row["verdict"] == "no_preferred"


@given(st.permutations(range(6)))
def test_conflicts_do_not_depend_on_the_order_of_rows_and_come_by_jurisdiction_and_year(counts_of, order):
    counts = counts_of(
        *[
            {"jurisdiction": code, "year": year, "value": value, "source_id": source}
            for code, year, value, source in [
                ("BBB", 2014, 1.0, "src-a"),
                ("BBB", 2014, 2.0, "src-b"),
                ("AAA", 2014, 3.0, "src-a"),
                ("AAA", 2014, 3.0, "src-b"),
                ("AAA", 2013, 5.0, "src-a"),
                ("AAA", 2013, 9.0, "src-b"),
            ]
        ]
    )
    shuffled = counts.iloc[list(order)]
    before = shuffled.copy()
    found = find_conflicts(shuffled, preferred_source_id="src-a")
    pd.testing.assert_frame_equal(shuffled, before)
    assert list(zip(found["jurisdiction"], found["year"], found["verdict"], strict=True)) == [
        ("AAA", 2013, "differ"),
        ("AAA", 2014, "agree"),
        ("BBB", 2014, "differ"),
    ]


def by_sex(counts_of, total: dict, *parts: dict) -> pd.DataFrame:
    labelled = [{"sex": sex, **part} for sex, part in zip(("female", "male", "unknown"), parts, strict=False)]
    return find_sum_gaps(counts_of(total, *labelled))


@pytest.mark.parametrize(
    ("total", "female", "verdict"),
    [
        ({"value": 5.0}, {"value": 3.0}, None),  # 3 + 2 = 5
        ({"value": 4.0}, {"value": 3.0}, "exceeds"),
        ({"value": 6.0}, {"value": 3.0}, "falls_short"),
        ({"value": 6.0}, MASKED, None),  # 2 + (1 to 4) is 3 to 6
        ({"value": 7.0}, MASKED, "falls_short"),
        ({"value": 2.0}, MASKED, "exceeds"),
        (MASKED, {"value": 2.0}, None),  # 4 is within 1 to 4
        (MASKED, {"value": 3.0}, "exceeds"),
    ],
)
def test_parts_and_total_fit_if_their_bounds_meet(counts_of, total, female, verdict):
    gaps = by_sex(counts_of, total, female, {"value": 2.0})
    assert gaps["verdict"].tolist() == ([verdict] if verdict else [])


def test_a_gap_names_the_breakdown_the_sum_and_the_printed_total(counts_of):
    (row,) = by_sex(counts_of, {"value": 9.0}, MASKED, {"value": 2.0}).to_dict("records")
    assert row == {
        "jurisdiction": "AAA",
        "year": 2014,
        "measure": "victims_detected",
        "breakdown": "sex",
        "parts_low": 3,
        "parts_high": 6,
        "total_printed": "9",
        "verdict": "falls_short",
        "source_id": "src-a",
    }


def test_a_narrative_may_print_some_of_the_parts_but_not_too_many(counts_of):
    assert by_sex(counts_of, {"value": 9.0, "check": "read_once"}, {"value": 2.0}).empty
    assert by_sex(counts_of, {"value": 1.0, "check": "read_once"}, {"value": 2.0})["verdict"].tolist() == ["exceeds"]


@pytest.mark.parametrize("change", [{"source_id": "src-b"}, {"report_year": 2019}, {"year": 2015, "year_end": 2015}])
def test_parts_are_compared_with_the_total_of_their_own_table_only(counts_of, change):
    assert by_sex(counts_of, {"value": 9.0}, {"value": 2.0, **change}).empty


def test_cross_breakdowns_are_no_parts_of_a_one_way_breakdown(counts_of):
    assert by_sex(counts_of, {"value": 1.0}, {"value": 9.0, "age_group": "child"}).empty


def test_every_breakdown_is_compared(counts_of):
    parts = [
        {"sex": "female", "value": 9.0},
        {"age_group": "child", "value": 9.0},
        {"form": "labour", "value": 9.0},
        {"citizenship": "own", "value": 9.0},
    ]
    gaps = find_sum_gaps(counts_of({"value": 5.0}, *parts))
    assert sorted(gaps["breakdown"]) == ["age_group", "citizenship", "form", "sex"]


def test_a_part_without_an_upper_limit_cannot_fall_short(counts_of):
    assert by_sex(counts_of, {"value": 50.0}, AT_LEAST_TEN, {"value": 2.0}).empty


def test_a_total_without_an_upper_limit_cannot_be_exceeded(counts_of):
    assert by_sex(counts_of, AT_LEAST_TEN, {"value": 30.0}, {"value": 2.0}).empty


def test_counts_without_breakdown_have_no_gaps(counts_of):
    gaps = find_sum_gaps(counts_of({"value": 5.0}))
    assert gaps.empty
    assert "verdict" in gaps.columns


@given(st.permutations(range(4)), st.integers(0, 12))
def test_gaps_do_not_depend_on_the_order_of_rows_and_only_true_sums_pass(counts_of, order, total):
    # 3 + (1 to 4) + 2 is 6 to 9.
    rows = [
        {"value": float(total)},
        {"sex": "female", "value": 3.0},
        {"sex": "male", **MASKED},
        {"sex": "unknown", "value": 2.0},
    ]
    counts = counts_of(*rows).iloc[list(order)]
    before = counts.copy()
    gaps = find_sum_gaps(counts)
    pd.testing.assert_frame_equal(counts, before)
    assert gaps["verdict"].tolist() == (["exceeds"] if total < 6 else ["falls_short"] if total > 9 else [])

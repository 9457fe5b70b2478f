"""Parts against totals, years that repeat, and population figures of two sources."""

import pandas as pd
import pytest

from ctresearch.clean import add_up_parts, compare_populations, find_repeated_years, find_widest_gaps

MASKED = {"value": None, "value_low": 1.0, "value_high": 4.0, "printed": "<5", "status": "suppressed"}
AT_LEAST_TEN = {"value": None, "value_low": 10.0, "value_high": None, "printed": "at least 10"}


def find_sum_gaps(counts: pd.DataFrame) -> pd.DataFrame:
    compared = add_up_parts(counts)
    return compared[compared["verdict"].isin(["exceeds", "falls_short"])]


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
        "year_end": 2014,
        "measure": "victims_detected",
        "breakdown": "sex",
        "parts_n": 2,
        "parts_low": 3,
        "parts_high": 6,
        "total_low": 9,
        "total_high": 9,
        "total_printed": "9",
        "verdict": "falls_short",
        "difference": "parts_missing",
        "source_id": "src-a",
    }


def test_a_narrative_may_print_some_of_the_parts_but_not_too_many(counts_of):
    assert by_sex(counts_of, {"value": 9.0, "check": "read_once"}, {"value": 2.0}).empty
    assert by_sex(counts_of, {"value": 1.0, "check": "read_once"}, {"value": 2.0})["verdict"].tolist() == ["exceeds"]


@pytest.mark.parametrize("change", [{"source_id": "src-b"}, {"report_year": 2019}, {"year": 2015, "year_end": 2015}])
def test_parts_are_compared_with_the_total_of_their_own_table_only(counts_of, change):
    assert by_sex(counts_of, {"value": 9.0}, {"value": 2.0, **change}).empty


def test_cross_breakdowns_are_no_parts_of_a_one_way_breakdown(counts_of):
    assert by_sex(counts_of, {"value": 1.0}, {"value": 9.0, "form": "labour"}).empty
    crossed = by_sex(counts_of, {"value": 1.0}, {"value": 9.0, "age_group": "child"})
    assert crossed["breakdown"].tolist() == ["sex_age"]


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


@pytest.mark.parametrize("order", [(3, 2, 1, 0), (1, 3, 0, 2)])
@pytest.mark.parametrize("total", [0, 5, 6, 8, 9, 10])
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


def test_parts_by_sex_and_age_together_are_added_up_too(counts_of):
    parts = [
        {"sex": sex, "age_group": age, "value": value}
        for (sex, age), value in zip(
            [("female", "child"), ("female", "adult"), ("male", "child"), ("male", "adult")],
            (17.0, 5.0, 1.0, 0.0),
            strict=True,
        )
    ]
    gaps = find_sum_gaps(counts_of({"value": 94.0}, *parts))  # 17 + 5 + 1 + 0 = 23
    assert gaps[["breakdown", "parts_n", "parts_low", "verdict"]].values.tolist() == [
        ["sex_age", 4, 23.0, "falls_short"]
    ]


def test_a_part_inside_another_part_is_not_added(counts_of):
    parts = [{"form": "labour", "value": 46.0}, {"form": "sexual", "value": 2.0}]
    inside = {"form": "begging", "value": 7.0, "note": "of which: inside labour"}
    fits = add_up_parts(counts_of({"value": 48.0}, *parts, inside))
    assert fits[["parts_n", "parts_low", "verdict"]].values.tolist() == [[2, 48.0, "fits"]]
    exceeds = add_up_parts(counts_of({"value": 48.0}, *parts, {**inside, "note": ""}))
    assert exceeds["verdict"].tolist() == ["exceeds"]


@pytest.mark.parametrize(
    ("total", "parts", "verdict", "difference"),
    [
        (16.0, (10.0, 22.0), "exceeds", "parts_double"),  # 32 = 2 x 16
        (16.0, (10.0, 7.0), "exceeds", "parts_overlap"),
        (5.0, (100.0, 59.0), "exceeds", "parts_are_victims"),  # 159 victims in that year
        (16.0, (10.0, 5.0), "falls_short", "parts_missing"),
        (16.0, (10.0, 6.0), "fits", ""),
    ],
)
def test_a_sum_that_does_not_fit_says_what_it_is(counts_of, total, parts, verdict, difference):
    convicted = {"measure": "persons_convicted"}
    rows = [
        {"form": form, "value": value, **convicted} for form, value in zip(("labour", "sexual"), parts, strict=True)
    ]
    found = add_up_parts(counts_of({"value": 159.0}, {"value": total, **convicted}, *rows))
    assert found[["verdict", "difference"]].values.tolist() == [[verdict, difference]]


def test_a_narrative_that_prints_some_parts_is_incomplete_and_no_gap(counts_of):
    rows = ({"value": 9.0, "check": "read_once"}, {"sex": "female", "value": 2.0, "check": "read_once"})
    assert add_up_parts(counts_of(*rows))["verdict"].tolist() == ["incomplete"]


def year_of(year: int, **cells: object) -> list[dict]:
    return [
        {"year": year, "sex": sex, **(cell if isinstance(cell, dict) else {"value": cell})}
        for sex, cell in cells.items()
    ]


def repeats(counts_of, *years: list[dict], cells_n: int = 2) -> list[tuple]:
    found = find_repeated_years(counts_of(*[row for rows in years for row in rows]), cells_n=cells_n)
    return list(zip(found["year"], found["next_year"], found["breakdown"], found["cells_n"], strict=True))


def test_two_years_with_the_same_cells_and_figures_are_found(counts_of):
    years = [year_of(year, total=95.0, female=60.0, male=35.0, unknown=MASKED) for year in (2017, 2018)]
    assert repeats(counts_of, *years) == [(2017, 2018, "sex_age", 3)]
    assert repeats(counts_of, *years, cells_n=4) == []  # a masked cell repeats by chance


@pytest.mark.parametrize(
    "second",
    [
        year_of(2018, total=95.0, female=60.0, male=34.0),  # one figure differs
        year_of(2018, total=95.0, female=60.0),  # one cell is not printed
        year_of(2018, total=95.0, female=60.0, male=35.0, unknown=0.0),  # one cell more
        year_of(2019, total=95.0, female=60.0, male=35.0),  # not the next year
        [{**row, "source_id": "src-b"} for row in year_of(2018, total=95.0, female=60.0, male=35.0)],
        [{**row, "measure": "victims_official"} for row in year_of(2018, total=95.0, female=60.0, male=35.0)],
    ],
)
def test_other_years_are_no_repetition(counts_of, second):
    assert repeats(counts_of, year_of(2017, total=95.0, female=60.0, male=35.0), second) == []


def test_zeros_repeat_by_chance_and_three_years_give_two_repetitions(counts_of):
    zeros = [year_of(year, total=0.0, female=0.0, male=0.0) for year in (2017, 2018)]
    assert repeats(counts_of, *zeros, cells_n=1) == []
    three = [year_of(year, total=9.0, female=9.0) for year in (2017, 2018, 2019)]
    assert [row[:2] for row in repeats(counts_of, *three)] == [(2017, 2018), (2018, 2019)]


@pytest.mark.parametrize("order", [(5, 4, 3, 2, 1, 0), (3, 0, 5, 1, 4, 2)])
def test_repetitions_do_not_depend_on_the_order_of_rows(counts_of, order):
    rows = [row for year in (2017, 2018) for row in year_of(year, total=95.0, female=60.0, male=35.0)]
    shuffled = counts_of(*rows).iloc[list(order)]
    before = shuffled.copy()
    assert find_repeated_years(shuffled, cells_n=3)["cells_n"].tolist() == [3]
    pd.testing.assert_frame_equal(shuffled, before)


def populations(*rows: tuple) -> pd.DataFrame:
    names = ["jurisdiction", "year", "sex", "population_n", "source_id"]
    return pd.DataFrame(rows, columns=names)


def test_population_gaps_are_per_cent_of_the_printed_total_and_the_widest_year_is_found():
    rows = populations(
        ("A", 2000, "total", 200, "w"),
        ("A", 2000, "female", 101, "g"),
        ("A", 2000, "male", 101, "g"),
        ("A", 2001, "total", 200, "w"),
        ("A", 2001, "female", 90, "g"),
        ("A", 2001, "male", 90, "g"),
    )
    compared = compare_populations(rows)
    assert compared["gap_pct"].round(6).tolist() == [1.0, -10.0]  # 202 and 180 against 200
    assert find_widest_gaps(compared)[["year", "source_id", "against_source_id"]].values.tolist() == [[2001, "w", "g"]]


def test_one_sex_alone_is_no_population():
    rows = populations(("A", 2000, "total", 200, "w"), ("A", 2000, "female", 101, "g"))
    assert compare_populations(rows).empty


def test_without_populations_there_is_nothing_to_compare():
    compared = compare_populations(populations())
    assert compared.empty
    assert find_widest_gaps(compared).empty

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch.cooperation import (
    find_unmet_flows,
    lay_out_participation,
    list_treaty_acts,
    match_strengths_to_gaps,
    mirror_pairs,
    pair_instruments,
    select_abroad,
    sum_flows,
)

CODES = ("AAA", "BBB", "CCC")
INSTRUMENTS = pd.DataFrame(
    {
        "instrument": ["two", "three", "network", "treaty-x"],
        "kind": ["bilateral", "trilateral", "network", "treaty"],
        "title": ["Agreement of two", "Protocol of three", "Network", "Treaty X"],
        "source_id": ["src-a", "src-b", "src-a", "src-b"],
    }
)


def make_acts(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    """Return participation from (instrument, jurisdiction, act, date, status)."""
    acts = pd.DataFrame(rows, columns=["instrument", "jurisdiction", "act", "date", "status"], dtype="str")
    return acts.assign(source_id=[f"src-{number}" for number in range(len(acts))])


def everyone(instrument: str, *codes: str, status: str = "found") -> list[tuple[str, str, str, str, str]]:
    return [(instrument, code, "signature", "2010", status) for code in codes]


def test_treaties_list_their_dates_by_kind_of_act_in_the_given_order():
    acts = make_acts(
        ("treaty-x", "AAA", "signature", "2005-01-02", "found"),
        ("treaty-x", "AAA", "ratification", "2007", "found"),
        ("treaty-x", "AAA", "entry_into_force", "2008-03", "found"),
        ("treaty-x", "BBB", "signature", "2001", "found"),
    )
    before = acts.copy()
    listed = list_treaty_acts(acts, INSTRUMENTS, jurisdiction="AAA", treaties=["treaty-z", "treaty-x"])
    pd.testing.assert_frame_equal(acts, before)
    assert listed.to_dict("records") == [
        {
            "instrument": "treaty-z",
            "title": "treaty-z",
            "signature": "",
            "bound": "",
            "entry_into_force": "",
            "participation": "not_found",
            "source_id": "",
        },
        {
            "instrument": "treaty-x",
            "title": "Treaty X",
            "signature": "2005-01-02",
            "bound": "2007",
            "entry_into_force": "2008-03",
            "participation": "found",
            "source_id": "src-0;src-1;src-2",
        },
    ]


@pytest.mark.parametrize("act", ["ratification", "accession", "succession"])
def test_ratification_accession_and_succession_bind(act):
    acts = make_acts(("treaty-x", "AAA", act, "2007", "found"))
    assert list_treaty_acts(acts, INSTRUMENTS, jurisdiction="AAA", treaties=["treaty-x"])["bound"].tolist() == ["2007"]


def test_dates_of_two_sources_are_both_shown_and_equal_ones_once():
    acts = make_acts(
        ("treaty-x", "AAA", "ratification", "2007", "found"),
        ("treaty-x", "AAA", "ratification", "2008", "found"),
        ("treaty-x", "AAA", "ratification", "2007", "found"),
        ("treaty-x", "AAA", "ratification", "", "party_date_missing"),
    )
    (row,) = list_treaty_acts(acts, INSTRUMENTS, jurisdiction="AAA", treaties=["treaty-x"]).to_dict("records")
    assert row["bound"] == "2007; 2008"
    assert row["participation"] == "found"


@pytest.mark.parametrize(
    ("statuses", "participation"),
    [
        (["not_party"], "not_party"),
        (["not_party", "party_date_missing"], "party_date_missing"),
        (["party_date_missing", "found"], "found"),
        (["searched"], "not_found"),
    ],
)
def test_the_surest_status_of_a_treaty_is_shown(statuses, participation):
    acts = make_acts(*[("treaty-x", "AAA", "signature", "", status) for status in statuses])
    listed = list_treaty_acts(acts, INSTRUMENTS, jurisdiction="AAA", treaties=["treaty-x"])
    assert listed["participation"].tolist() == [participation]


def test_three_jurisdictions_make_three_pairs_with_the_instruments_of_both():
    acts = make_acts(
        *everyone("two", "AAA", "BBB"),
        *everyone("three", *CODES),
        *everyone("network", "AAA", "CCC"),
        *everyone("treaty-x", *CODES),
    )
    pairs = pair_instruments(acts, INSTRUMENTS, jurisdictions=CODES)
    assert pairs.to_dict("list") == {
        "first": ["AAA", "AAA", "BBB"],
        "second": ["BBB", "CCC", "CCC"],
        "bilateral": ["two;three", "three", "three"],
        "multilateral": ["", "network", ""],
        "bilateral_n": [2, 1, 1],
        "multilateral_n": [0, 1, 0],
        "reading": ["found", "found", "found"],
        "source_id": ["src-a;src-b", "src-b;src-a", "src-b"],
    }


@pytest.mark.parametrize(("status", "reading"), [("party_date_missing", "found"), ("not_party", "not_found")])
def test_only_parties_count_with_or_without_a_date(status, reading):
    acts = make_acts(*everyone("two", "AAA"), *everyone("two", "BBB", status=status))
    pairs = pair_instruments(acts, INSTRUMENTS, jurisdictions=CODES)
    assert pairs["reading"].tolist() == [reading, "not_found", "not_found"]


def test_a_wider_instrument_alone_is_no_instrument_of_the_pair():
    pairs = pair_instruments(make_acts(*everyone("network", *CODES)), INSTRUMENTS, jurisdictions=CODES)
    assert pairs["reading"].tolist() == ["not_found"] * 3
    assert pairs["multilateral_n"].tolist() == [1] * 3


def test_without_participation_no_pair_has_an_instrument():
    pairs = pair_instruments(make_acts(), INSTRUMENTS, jurisdictions=CODES)
    assert pairs["bilateral"].tolist() == ["", "", ""]
    assert pairs["reading"].tolist() == ["not_found"] * 3


@given(st.permutations(range(7)))
def test_pairs_do_not_depend_on_the_order_of_acts(order):
    acts = make_acts(*everyone("two", "AAA", "BBB"), *everyone("three", *CODES), *everyone("network", "AAA", "CCC"))
    shuffled = acts.iloc[list(order)]
    pd.testing.assert_frame_equal(
        pair_instruments(shuffled, INSTRUMENTS, jurisdictions=CODES),
        pair_instruments(acts, INSTRUMENTS, jurisdictions=CODES),
    )


@given(st.integers(2, 7))
def test_n_jurisdictions_make_n_times_n_less_one_halves_pairs_and_twice_as_many_mirrored(n):
    codes = [letter * 3 for letter in "GFEDCBA"[:n]]
    pairs = pair_instruments(make_acts(*everyone("three", *codes)), INSTRUMENTS, jurisdictions=codes)
    assert len(pairs) == n * (n - 1) / 2
    both = mirror_pairs(pairs, jurisdictions=codes)
    assert list(zip(both["first"], both["second"], strict=True)) == [(a, b) for a in codes for b in codes]
    others = both["first"].ne(both["second"])
    assert both.loc[others, "instruments"].eq("1").all()
    assert both.loc[~others, "instruments"].eq("NA").all()


def test_mirrored_pairs_keep_the_order_of_the_study_and_their_numbers():
    pairs = pair_instruments(
        make_acts(*everyone("two", "AAA", "BBB")), INSTRUMENTS, jurisdictions=("CCC", "AAA", "BBB")
    )
    both = mirror_pairs(pairs, jurisdictions=("CCC", "AAA", "BBB"))
    both = both[both["instruments"].ne("NA")]
    assert list(zip(both["first"], both["second"], both["instruments"], strict=True)) == [
        ("CCC", "AAA", "ND"),
        ("CCC", "BBB", "ND"),
        ("AAA", "CCC", "ND"),
        ("AAA", "BBB", "1"),
        ("BBB", "CCC", "ND"),
        ("BBB", "AAA", "1"),
    ]


def standing(*rows: tuple[str, str, str, str, str], code: str = "AAA") -> tuple[str, str]:
    laid = lay_out_participation(make_acts(*rows), INSTRUMENTS, jurisdictions=CODES)
    row = laid[laid["instrument"].eq("treaty-x") & laid["jurisdiction"].eq(code)].iloc[0]
    return row["standing"], row["source_id"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([], ("not_found", "src-b")),
        ([("treaty-x", "AAA", "ratification", "2007", "found")], ("2007", "src-0")),
        ([("treaty-x", "AAA", "entry_into_force", "2008", "found")], ("party_date_missing", "src-0")),
        ([("treaty-x", "AAA", "ratification", "", "party_date_missing")], ("party_date_missing", "src-0")),
        ([("treaty-x", "AAA", "ratification", "", "not_party")], ("not_party", "src-0")),
        ([("treaty-x", "BBB", "ratification", "2007", "found")], ("not_found", "src-b")),
        (
            [("treaty-x", "AAA", "party", "", "not_found"), ("treaty-x", "AAA", "party", "", "not_party")],
            ("not_party", "src-0;src-1"),
        ),
    ],
)
def test_standing_is_a_date_or_what_is_known_instead(rows, expected):
    assert standing(*rows) == expected


@pytest.mark.parametrize("is_turned", [False, True])
def test_consent_to_be_bound_comes_before_signature_whatever_the_order_of_rows(is_turned):
    rows = [
        ("treaty-x", "AAA", "signature", "2005", "found"),
        ("treaty-x", "AAA", "ratification", "2007", "found"),
        ("treaty-x", "AAA", "entry_into_force", "2008", "found"),
    ]
    assert standing(*(rows[::-1] if is_turned else rows))[0] == "2007"


def test_standing_covers_every_wider_instrument_and_jurisdiction_and_no_bilateral_one():
    laid = lay_out_participation(make_acts(*everyone("two", "AAA", "BBB")), INSTRUMENTS, jurisdictions=CODES)
    assert list(zip(laid["instrument"], laid["jurisdiction"], strict=True)) == [
        (instrument, code) for instrument in ("network", "treaty-x") for code in CODES
    ]


def make_flows(*rows: dict) -> pd.DataFrame:
    base = {
        "origin": "AAA",
        "destination": "BBB",
        "year": 2014,
        "measure": "m",
        "source_id": "src-a",
        "value_low": 1.0,
        "value_high": 1.0,
    }
    full = [{**base, "year_end": row.get("year", 2014), **row} for row in rows]
    frame = pd.DataFrame(full, columns=[*base, "year_end"])
    return frame.astype({"year": "Int64", "year_end": "Int64", "value_low": "Float64", "value_high": "Float64"})


def test_flows_abroad_leave_out_home_unnamed_places_and_other_sources():
    flows = make_flows(
        {"destination": "BBB"},
        {"destination": "AAA"},
        {"destination": "abroad"},
        {"destination": "unknown"},
        {"origin": "BBB", "destination": "CCC"},
        {"destination": "CCC", "source_id": "src-b"},
    )
    selected = select_abroad(flows, jurisdiction="AAA", source_id="src-a")
    assert selected["destination"].tolist() == ["BBB"]
    assert selected.index.tolist() == [0]


def test_flows_are_summed_over_years_with_their_bounds_the_largest_first():
    # AAA to BBB: 3 in 2014 and 1 to 4 in 2015 are 4 to 7; CCC to AAA: 9.
    flows = make_flows(
        {"value_low": 3.0, "value_high": 3.0},
        {"year": 2015, "value_low": 1.0, "value_high": 4.0},
        {"origin": "CCC", "destination": "AAA", "year": 2016, "value_low": 9.0, "value_high": 9.0},
        {"measure": "other", "value_low": 99.0, "value_high": 99.0},
        {"source_id": "src-b", "value_low": 99.0, "value_high": 99.0},
    )
    before = flows.copy()
    summed = sum_flows(flows, measure="m", source_id="src-a")
    pd.testing.assert_frame_equal(flows, before)
    assert summed.to_dict("list") == {
        "origin": ["CCC", "AAA"],
        "destination": ["AAA", "BBB"],
        "value_low": [9, 4],
        "value_high": [9, 7],
        "years_n": [1, 2],
        "first_year": [2016, 2014],
        "last_year": [2016, 2015],
        "source_id": ["src-a", "src-a"],
    }


@pytest.mark.parametrize(("years", "low"), [((2014, 2015), 3.0), ((2014, 2014), 1.0), ((2014, 2016), 7.0)])
def test_only_flows_wholly_within_the_years_are_summed(years, low):
    flows = make_flows(
        {"value_low": 1.0}, {"year": 2015, "value_low": 2.0}, {"year": 2014, "year_end": 2016, "value_low": 4.0}
    )
    assert sum_flows(flows, measure="m", source_id="src-a", years=years)["value_low"].tolist() == [low]


def test_a_pair_of_which_every_year_is_zero_is_left_out_and_a_masked_one_is_kept():
    flows = make_flows(
        {"value_low": 0.0, "value_high": 0.0}, {"destination": "CCC", "value_low": 0.0, "value_high": 4.0}
    )
    assert sum_flows(flows, measure="m", source_id="src-a")["destination"].tolist() == ["CCC"]


def test_a_flow_without_an_upper_limit_is_kept_and_its_sum_has_none():
    summed = sum_flows(
        make_flows({"value_low": 5.0, "value_high": None}, {"year": 2015}), measure="m", source_id="src-a"
    )
    assert summed["value_low"].tolist() == [6]
    assert summed["value_high"].isna().all()


@given(
    st.lists(
        st.tuples(st.sampled_from(CODES), st.sampled_from(CODES), st.integers(0, 9), st.integers(0, 5)), max_size=8
    ),
    st.randoms(use_true_random=False),
)
def test_sums_keep_the_total_and_the_order_and_do_not_depend_on_rows(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)

    def total(given_rows: list) -> pd.DataFrame:
        flows = make_flows(
            *[
                {"origin": o, "destination": d, "value_low": float(v), "value_high": float(v + m)}
                for o, d, v, m in given_rows
            ]
        )
        return sum_flows(flows, measure="m", source_id="src-a")

    summed = total(rows)
    pd.testing.assert_frame_equal(summed, total(shuffled))
    assert summed["value_low"].sum() == sum(v for *_, v, _ in rows)
    assert (summed["value_low"] <= summed["value_high"]).all()
    assert summed["value_low"].is_monotonic_decreasing


def make_pairs(*acts: tuple[str, str, str, str, str]) -> pd.DataFrame:
    return pair_instruments(make_acts(*acts), INSTRUMENTS, jurisdictions=CODES)


def test_flows_in_both_directions_are_added_for_pairs_without_an_instrument():
    flows = sum_flows(
        make_flows(
            {"origin": "AAA", "destination": "CCC", "value_low": 2.0, "value_high": 3.0},
            {"origin": "CCC", "destination": "AAA", "value_low": 5.0, "value_high": 5.0},
            {"origin": "CCC", "destination": "BBB", "value_low": 9.0, "value_high": 9.0},
            {"origin": "AAA", "destination": "BBB", "value_low": 70.0, "value_high": 70.0},
            {"origin": "AAA", "destination": "AAA", "value_low": 80.0, "value_high": 80.0},
            {"origin": "AAA", "destination": "ZZZ", "value_low": 90.0, "value_high": 90.0},
        ),
        measure="m",
        source_id="src-a",
    )
    pairs = make_pairs(*everyone("two", "AAA", "BBB"), *everyone("network", "AAA", "CCC"))
    expected = pd.DataFrame(
        [("AAA", "CCC", "open"), ("CCC", "AAA", "more"), ("AAA", "BBB", "more"), ("CCC", "BBB", "less")],
        columns=["origin", "destination", "flow_reading"],
    )
    found = find_unmet_flows(flows, expected, pairs)
    assert found.drop(columns=["proposal", "indicator"]).to_dict("list") == {
        "opportunity": ["OPP-FLOW-BBB-CCC", "OPP-FLOW-AAA-CCC"],
        "shared_by": ["BBB;CCC", "AAA;CCC"],
        "evidence_ids": ["PAIR-BBB-CCC;FLOW-CCC-BBB", "PAIR-AAA-CCC;FLOW-CCC-AAA;FLOW-AAA-CCC"],
        "source_id": ["src-a", "src-a"],
        "value_low": [9, 7],
        "value_high": [9, 8],
        "flow_reading": ["open", "more"],
        "multilateral_n": [0, 1],
    }


def test_without_flows_no_pair_calls_for_an_instrument():
    expected = pd.DataFrame(columns=["origin", "destination", "flow_reading"])
    found = find_unmet_flows(sum_flows(make_flows(), measure="m", source_id="src-a"), expected, make_pairs())
    assert found.empty
    assert list(found.columns)[-4:] == ["value_low", "value_high", "flow_reading", "multilateral_n"]


def test_strengths_are_matched_with_gaps_of_the_same_indicator():
    coverage = pd.DataFrame(
        [
            ("PREV-01", "AAA", "strength"),
            ("PREV-01", "BBB", "gap"),
            ("PREV-01", "CCC", "gap"),
            ("PREV-02", "AAA", "gap"),
            ("PREV-02", "BBB", "mixed"),
            ("PROT-01", "AAA", "strength"),
            ("PROT-01", "BBB", "ND"),
        ],
        columns=["indicator", "jurisdiction", "reading"],
    )
    assert match_strengths_to_gaps(coverage).to_dict("records") == [
        {"indicator": "PREV-01", "strengths": "AAA", "gaps": "BBB;CCC"}
    ]


def test_where_nothing_matches_the_table_is_empty_with_its_columns():
    coverage = pd.DataFrame({"indicator": ["PREV-01"], "jurisdiction": ["AAA"], "reading": ["gap"]})
    matched = match_strengths_to_gaps(coverage)
    assert matched.empty
    assert list(matched.columns) == ["indicator", "strengths", "gaps"]

from __future__ import annotations

import re
from itertools import combinations

import pandas as pd
import pytest
import shipped

from ctresearch import figures
from ctresearch.cooperation import (
    NO_INSTRUMENT,
    SUBJECTS,
    cite_cells,
    find_unmet_flows,
    find_unused_instruments,
    lay_out_participation,
    lay_out_subjects,
    list_bodies,
    list_rested_on,
    list_shared_needs,
    match_strengths_to_needs,
    pair_instruments,
    sum_flows,
)

CODES = ("AAA", "BBB", "CCC")


def make_instruments(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Return instruments from (instrument, kind, subject, in_force)."""
    made = pd.DataFrame(rows, columns=["instrument", "kind", "subject", "in_force"])
    return made.assign(
        title="Title of " + made["instrument"],
        adopted="2010",
        expected_parties="AAA;BBB",
        use_evidence_ids="",
        source_id="s-" + made["instrument"],
        locator="p. 1",
        note="",
    )


def make_acts(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    acts = pd.DataFrame(rows, columns=["instrument", "jurisdiction", "act", "date", "status"])
    return acts.assign(source_id="s-acts")


def between(instrument: str, act: str, *dates: str, status: str = "found") -> list[tuple[str, str, str, str, str]]:
    return [(instrument, code, act, date, status) for code, date in zip(CODES, dates, strict=False)]


@pytest.mark.parametrize(
    ("acts", "in_force", "standing"),
    [
        (between("x", "entry_into_force", "2012", "2011"), "", "in_force;2012"),
        (between("x", "signature", "2012", "2011-05"), "2013-01", "in_force;2013-01"),
        (between("x", "signature", "2012", "2011-05"), "", "agreed;2012"),
        (between("x", "signature", "2012") + between("x", "party", "", "", status="party_date_missing"), "", "named"),
        (between("x", "party", "", "", status="party_date_missing"), "", "named"),
        (between("x", "signature", "2012"), "", "ND"),
        (between("x", "signature", "2012", "2012", status="not_found"), "", "ND"),
    ],
)
def test_standing_of_an_instrument_between_two(acts, in_force, standing):
    laid = lay_out_subjects(
        make_acts(*acts), make_instruments(("x", "bilateral", "police", in_force)), jurisdictions=CODES
    )
    cells = laid.set_index(["pair", "subject"])
    assert cells.loc[("AAA;BBB", "police"), "instrument_standing"] == standing
    assert cells["instrument_standing"].drop(("AAA;BBB", "police")).eq("ND").all()
    assert cells.loc[("AAA;BBB", "police"), "bilateral"] == ("" if standing == "ND" else "x")


def test_the_surest_standing_comes_first_and_every_pair_and_subject_has_a_cell():
    laid = lay_out_subjects(
        make_acts(
            *between("later", "party", "", "", status="party_date_missing"), *between("first", "signature", "1", "2")
        ),
        make_instruments(("later", "bilateral", "police;children", ""), ("first", "trilateral", "police", "")),
        jurisdictions=CODES,
    )
    cells = laid.set_index(["pair", "subject"])
    assert len(laid) == 3 * len(SUBJECTS)
    assert cells.loc[("AAA;BBB", "police"), ["bilateral", "instrument_standing", "source_id"]].tolist() == [
        "first;later",
        "agreed;2",
        "s-first;s-later",
    ]
    assert cells.loc[("AAA;BBB", "children"), "instrument_standing"] == "named"


def test_an_instrument_open_to_more_is_no_pairs_own_and_is_listed_as_a_body():
    acts = make_acts(
        ("net", "AAA", "participation", "2010", "found"),
        ("net", "BBB", "none", "", "not_party"),
        ("net", "CCC", "participation", "", "not_found"),
        ("deal", "AAA", "signature", "2010", "found"),
    )
    listed = make_instruments(("net", "network", "police", ""), ("deal", "bilateral", "police", ""))
    assert lay_out_subjects(acts, listed, jurisdictions=CODES)["instrument_standing"].eq("ND").all()
    (body,) = list_bodies(acts, listed, jurisdictions=CODES).to_dict("records")
    assert (body["instrument"], body["inside"], body["outside"], body["unseen"]) == ("net", "AAA", "BBB", "CCC")
    assert body["source_id"] == "s-net;s-acts"


def test_a_party_that_another_source_leaves_out_is_inside():
    acts = make_acts(("net", "AAA", "none", "", "not_party"), ("net", "AAA", "party", "2010", "found"))
    (body,) = list_bodies(acts, make_instruments(("net", "network", "police", "")), jurisdictions=("AAA",)).to_dict(
        "records"
    )
    assert (body["inside"], body["outside"], body["unseen"]) == ("AAA", "", "")


def test_instruments_without_a_fact_on_their_use_are_listed_and_others_are_not():
    acts = make_acts(
        *between("idle", "signature", "2010", "2011"),
        *between("used", "signature", "2010", "2011"),
        *between("planned", "signature", "", "", status="not_found"),
        ("half", "AAA", "signature", "2010", "found"),
        *between("net", "participation", "2010", "2010"),
    )
    listed = make_instruments(
        ("idle", "bilateral", "police", ""),
        ("used", "bilateral", "police", ""),
        ("planned", "bilateral", "police", ""),
        ("half", "bilateral", "police", ""),
        ("net", "network", "police", ""),
    )
    listed.loc[1, "use_evidence_ids"] = "AAA-1"
    (found,) = find_unused_instruments(acts, listed, jurisdictions=CODES).to_dict("records")
    assert (found["instrument"], found["shared_by"], found["evidence_ids"]) == ("idle", "AAA;BBB", "INST-idle")
    assert found["instrument_standing"] == "agreed;2011"


CITED = pd.DataFrame(
    [("AAA", "P-1", "A1"), ("AAA", "P-1", "A2"), ("BBB", "P-1", "B1"), ("CCC", "P-1", "C1"), ("AAA", "P-2", "A9")],
    columns=["jurisdiction", "indicator", "evidence_id"],
)


def test_an_instrument_of_three_that_one_has_not_joined_is_one_of_the_two_others():
    acts = make_acts(
        *between("three", "signature", "2011", "2012"),
        ("three", "CCC", "none", "", "not_party"),
        *between("two", "signature", "2011"),
        ("two", "BBB", "signature", "", "not_found"),
    )
    listed = make_instruments(("three", "trilateral", "police", ""), ("two", "bilateral", "police", ""))
    (found,) = find_unused_instruments(acts, listed, jurisdictions=CODES).to_dict("records")
    assert [found[name] for name in ("instrument", "shared_by", "instrument_standing")] == [
        "three",
        "AAA;BBB",
        "agreed;2012",
    ]


def test_of_one_jurisdiction_tables_of_pairs_are_empty_and_keep_their_columns():
    acts, listed = make_acts(*between("two", "signature", "2011")), make_instruments(("two", "bilateral", "police", ""))
    pairs = pair_instruments(acts, listed, jurisdictions=CODES[:1])
    assert pairs.columns.equals(pair_instruments(acts, listed, jurisdictions=CODES).columns)
    laid = lay_out_subjects(acts, listed, jurisdictions=CODES[:1])
    assert laid.columns.equals(lay_out_subjects(acts, listed, jurisdictions=CODES).columns)
    standing = lay_out_participation(acts, listed, jurisdictions=CODES)
    assert standing.columns.tolist() == ["instrument", "jurisdiction", "standing", "source_id"]
    assert pairs.empty
    assert laid.empty
    assert standing.empty


def test_shared_needs_name_the_facts_of_those_who_share_them():
    shared = pd.DataFrame(
        {"indicator": ["P-1"], "shared_by": "CCC;AAA", "shared_n": 2, "always_n": 1, "read_n": 0, "source_id": "s"}
    )
    (found,) = list_shared_needs(shared, CITED).to_dict("records")
    assert (found["opportunity"], found["evidence_ids"], found["always_n"]) == ("OPP-NEED-P-1", "C1;A1;A2", 1)


def test_strengths_are_matched_with_urgent_needs_elsewhere_rated_ones_first():
    strengths = pd.DataFrame(
        [("AAA", "P-1", "read"), ("BBB", "P-2", "strength"), ("BBB", "P-3", "strength"), ("AAA", "P-4", "strength")],
        columns=["jurisdiction", "indicator", "strength_kind"],
    ).assign(source_id="s")
    needs = pd.DataFrame(
        [
            ("BBB", "P-1", "rated", 1.0),
            ("AAA", "P-2", "rated", 0.6),
            ("BBB", "P-2", "rated", 0.9),  # strong by another reading: it cannot learn from itself
            ("AAA", "P-3", "rated", 0.4),  # not urgent
            ("AAA", "P-5", "rated", 0.9),  # nobody is strong
        ],
        columns=["jurisdiction", "indicator", "need_basis", "urgent_share"],
    ).assign(source_id="t")
    found = match_strengths_to_needs(strengths, needs, CITED, least_share=0.5)
    assert found["indicator"].tolist() == ["P-1"]
    found = match_strengths_to_needs(strengths, needs.drop(index=2), CITED, least_share=0.5)
    assert found[["indicator", "strengths", "gaps", "is_rated"]].values.tolist() == [
        ["P-2", "BBB", "AAA", True],
        ["P-1", "AAA", "BBB", False],
    ]
    assert found["evidence_ids"].tolist() == ["A9", "A1;A2;B1"]
    assert found["source_id"].tolist() == ["s;t", "s;t"]


def test_cells_rest_on_what_their_level_cites_and_on_recent_facts_of_the_direction():
    levels = pd.DataFrame(
        [("now", "coded", "A1;A2"), ("then", "coded", "A3"), ("now", "ND", "A4")],
        columns=["time_point", "status", "evidence_ids"],
    ).assign(jurisdiction="AAA", indicator="P-1")
    facts = pd.DataFrame(
        [("A2", 2023, "gap"), ("A5", 2023, "gap"), ("A6", 2023, "strength"), ("A7", 2013, "gap")],
        columns=["evidence_id", "year", "direction"],
    ).assign(jurisdiction="AAA", indicator="P-1")
    cited = cite_cells(levels, facts, time_point="now", since=2022, directions=["gap"])
    assert cited["evidence_id"].tolist() == ["A1", "A2", "A5"]


def rest_on(*ids: str) -> pd.DataFrame:
    evidence = pd.DataFrame(
        [("A1", "AAA", 2020, "Said.", "p. 4", "s-fact")],
        columns=["evidence_id", "jurisdiction", "year", "statement", "locator", "source_id"],
    )
    flow = {"origin": "AAA", "destination": "BBB", "first_year": 2010, "last_year": 2012, "source_id": "s-flow"}
    flows = pd.DataFrame([{**flow, "value_low": 3.0, "value_high": 9.0}, {**flow, "origin": "CCC", "value_low": 4.0}])
    return list_rested_on(
        [pd.DataFrame({"evidence_ids": ids})],
        evidence=evidence,
        flows=flows.fillna({"value_high": 4.0}),
        instruments=make_instruments(("x", "bilateral", "police", "")),
        register_source_id="s-register",
    )


def test_every_row_that_an_opportunity_rests_on_can_be_opened_once():
    rows = rest_on("A1;FLOW-AAA-BBB", "PAIR-AAA-CCC;INST-x;A1", "FLOW-CCC-BBB").set_index("evidence_id")
    assert rows.index.tolist() == ["A1", "FLOW-AAA-BBB", "PAIR-AAA-CCC", "INST-x", "FLOW-CCC-BBB"]
    assert rows.loc["A1"].tolist() == ["AAA", "2020", "Said.", "p. 4", "s-fact"]
    assert ": 3 to 9," in rows.loc["FLOW-AAA-BBB", "statement"]
    assert ": 4," in rows.loc["FLOW-CCC-BBB", "statement"]
    assert rows.loc["PAIR-AAA-CCC", ["shared_by", "statement", "source_id"]].tolist() == [
        "AAA;CCC",
        NO_INSTRUMENT,
        "s-register",
    ]
    assert rows.loc["INST-x", ["statement", "source_id"]].tolist() == ["Title of x.", "s-x"]


def test_an_id_that_leads_nowhere_is_refused():
    with pytest.raises(ValueError, match=r"1 evidence ids lead to no row, the first is 'FLOW-BBB-AAA'"):
        rest_on("A1;FLOW-BBB-AAA")


def test_the_network_tells_the_same_in_words(vocabulary):
    pairs = pd.DataFrame({"first": ["AAA", "AAA"], "second": ["BBB", "CCC"], "bilateral_n": [2, 0], "source_id": "s"})
    unmet = pd.DataFrame({"shared_by": ["AAA;CCC"]})
    sources = pd.DataFrame(
        {"source_id": ["s"], "publisher": ["P"], "year": ["2020"], "title": ["T"], "status": "public"}
    )
    shown = figures.draw_network(
        pairs, unmet, jurisdictions=CODES, name="n", caption="c", vocabulary=vocabulary, sources=sources
    )
    alt = re.search('alt="([^"]*)"', shown.body)[1]
    first, second, third = (vocabulary.label("jurisdiction", code) for code in CODES)
    assert f"Number found: {first} and {second} 2." in alt
    assert f"no instrument found: {first} and {third}." in alt
    alone = figures.draw_network(
        pairs.tail(1), unmet.head(0), jurisdictions=CODES, name="n", caption="c", vocabulary=vocabulary, sources=sources
    )
    assert "Number found: none. Victims detected and no instrument found: none." in alone.body


def test_a_network_of_many_pairs_draws_the_most_linked_and_says_so(vocabulary):
    codes = [f"Q{number:02d}" for number in range(30)]
    pairs = pd.DataFrame([{"first": a, "second": b} for a, b in combinations(codes, 2)])
    pairs = pairs.assign(bilateral_n=[1 + number // 400 for number in range(len(pairs))], source_id="s")
    unmet = pd.DataFrame({"shared_by": [f"{a};{b}" for a, b in zip(pairs["first"], pairs["second"], strict=True)]})
    sources = pd.DataFrame(
        {"source_id": ["s"], "publisher": ["P"], "year": ["2020"], "title": ["T"], "status": "public"}
    )
    shown = figures.draw_network(
        pairs, unmet, jurisdictions=codes, name="n", caption="c", vocabulary=vocabulary, sources=sources
    )
    told = re.search(r"Number found: (.*?)\. Victims detected and no instrument found: (.*?)\.", shown.body)
    assert [part[-1] for part in told[1].split("; ")].count("2") == 35
    assert len(told[1].split("; ")) == len(told[2].split("; ")) == 45
    assert told[2].startswith("Q00 and Q01; ")
    assert shown.note == "Drawn are at most 45 lines of a kind, of 435 and 435."
    assert len(shown.data) == 435


def test_the_real_study_has_fifteen_pairs_and_names_who_is_outside_the_bodies():
    data = shipped.read_study()
    codes = data.study.codes
    laid = lay_out_subjects(data.participation, data.instruments, jurisdictions=codes)
    assert laid["pair"].nunique() == 15
    bodies = list_bodies(data.participation, data.instruments, jurisdictions=codes).set_index("instrument")
    assert {"pcc-see", "seci", "selec"} <= set(bodies.index[bodies["outside"].eq("XKX")])
    assert not (bodies["inside"].str.contains("XKX") & bodies["outside"].str.contains("XKX")).any()
    flows = sum_flows(
        data.flows, measure="victims_by_citizenship", source_id=data.study.preferences["victims"].source_id
    )
    inside = flows[flows["origin"].isin(codes) & flows["destination"].isin(codes)]
    pairs = pair_instruments(data.participation, data.instruments, jurisdictions=codes)
    unmet = find_unmet_flows(inside, pd.DataFrame(columns=["origin", "destination", "flow_reading"]), pairs)
    unused = find_unused_instruments(data.participation, data.instruments, jurisdictions=codes)
    rows = list_rested_on(
        [unmet, unused],
        evidence=data.evidence,
        flows=inside,
        instruments=data.instruments,
        register_source_id=data.study.preferences["register"].source_id,
    )
    assert rows["source_id"].str.split(";").explode().isin(data.sources["source_id"]).all()
    assert "xkx-mne-2014" not in set(unused["instrument"])

"""Priority, the terms of partners, the trace to sources, and the published JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shipped
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from ctresearch import interchange, store
from ctresearch.exhibits import Exhibit
from ctresearch.recommendations import (
    add_priorities,
    add_standards,
    check_recommendations,
    check_trace,
    count_by_basis,
    derive_findings,
    list_by_addressee,
    list_by_standard,
    list_known_rows,
    recommend,
)


@pytest.fixture(scope="module")
def data():
    return shipped.read_study()


@pytest.fixture(scope="module")
def findings(data):
    names = ("evidence", "benchmarks", "gsi_items", "participation", "instruments", "victims", "justice")
    return derive_findings(data.study, **{name: getattr(data, name) for name in names})


@pytest.fixture(scope="module")
def advice(data, findings):
    rules = {"shared_gap_n": data.study.thresholds.shared_gap_n, "jurisdictions": data.study.codes}
    return recommend(findings, data.measures, **rules)


@pytest.fixture(scope="module")
def known(data):
    measures = [*data.victims["measure"].unique(), *data.justice["measure"].unique()]
    tables = {name: getattr(data, name) for name in ("evidence", "benchmarks", "instruments")}
    return list_known_rows(data.study, **tables, measures=measures)


def make_advice(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Return recommendations from (scope, indicator, shared_by)."""
    made = pd.DataFrame(rows, columns=["scope", "indicator", "shared_by"])
    return made.assign(recommendation_id=[f"R-{number}" for number in range(1, len(made) + 1)], source_id="s")


def make_needs(*rows: tuple) -> pd.DataFrame:
    columns = ["jurisdiction", "indicator", "need_basis", "urgency_low", "urgency_median", "urgency_high"]
    return pd.DataFrame(rows, columns=columns).assign(urgent_share=0.5)


def make_sheets(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    """Return ratings from (coder, jurisdiction, status, time point) on P-1."""
    return pd.DataFrame(rows, columns=["coder", "jurisdiction", "status", "time_point"]).assign(indicator="P-1")


def prioritise(advice, needs, sheets=None) -> pd.DataFrame:
    sheets = make_sheets() if sheets is None else sheets
    return add_priorities(advice, needs, sheets, time_point="now", adjudicator="panel")


def test_the_most_urgent_come_first_in_their_scope_and_those_without_a_priority_last():
    advice = make_advice(("REG", "P-9", ""), ("AAA", "P-2", "AAA"), ("AAA", "P-3", "AAA"), ("AAA", "P-1", "AAA"))
    before = advice.copy()
    needs = make_needs(("AAA", "P-1", "rated", 0.6, 0.7, 0.8), ("AAA", "P-3", "read", 0.2, 0.3, 0.9))
    found = prioritise(advice, needs)
    pd.testing.assert_frame_equal(advice, before)
    assert found["recommendation_id"].tolist() == ["R-1", "R-4", "R-3", "R-2"]
    assert found["priority_basis"].tolist() == ["none", "one_coder", "facts", "none"]
    assert found.loc[1, ["priority_low", "priority_median", "priority_high"]].tolist() == [0.6, 0.7, 0.8]
    assert np.isnan(found.loc[3, "priority_median"])


@pytest.mark.parametrize(
    ("sheets", "basis"),
    [
        ([("a", "AAA", "coded", "now")], "one_coder"),
        ([("a", "AAA", "coded", "now"), ("panel", "AAA", "coded", "now")], "one_coder"),
        ([("a", "AAA", "coded", "now"), ("b", "AAA", "ND", "now")], "one_coder"),
        ([("a", "AAA", "coded", "now"), ("b", "AAA", "coded", "then")], "one_coder"),
        ([("a", "AAA", "coded", "now"), ("b", "AAA", "coded", "now")], "coders"),
    ],
)
def test_only_two_coders_of_the_time_point_make_an_interval_of_coders(sheets, basis):
    advice, needs = make_advice(("AAA", "P-1", "AAA")), make_needs(("AAA", "P-1", "rated", 0.1, 0.2, 0.3))
    assert prioritise(advice, needs, make_sheets(*sheets))["priority_basis"].tolist() == [basis]


def test_a_region_has_the_mean_of_those_that_share_the_gap_and_the_weakest_basis():
    # AAA and BBB share it; CCC has the need too and shares nothing; BBB is read from facts.
    needs = make_needs(
        ("AAA", "P-1", "rated", 0.2, 0.4, 0.6),
        ("BBB", "P-1", "read", 0.4, 0.6, 1.0),
        ("CCC", "P-1", "rated", 0.0, 0.0, 0.0),
    )
    found = prioritise(make_advice(("REG", "P-1", "AAA;BBB;DDD")), needs).iloc[0]
    assert found[["priority_low", "priority_median", "priority_high"]].round(9).tolist() == [0.3, 0.5, 0.8]
    assert found["priority_basis"] == "facts"


def test_bases_are_counted_in_their_order_with_what_the_interval_holds():
    rows = pd.DataFrame({"priority_basis": ["none", "facts", "none", "one_coder"], "source_id": ["a", "b", "a;c", "d"]})
    counted = count_by_basis(rows)
    assert counted["priority_basis"].tolist() == ["one_coder", "facts", "none"]
    assert counted["recommendations_n"].tolist() == [1, 1, 2]
    assert counted["source_id"].tolist() == ["d", "b", "a;c"]
    assert counted.loc[0, "interval_holds"].endswith("the level has none")


STANDARDS = pd.DataFrame(
    [
        ("treaty", "Art. 1", "P-1", "close", True),
        ("treaty", "Art. 1", "P-2", "close", True),
        ("treaty", "Art. 2", "P-2", "partial", True),
        ("law", "(a)", "P-2", "close", False),
    ],
    columns=["standard", "provision", "indicator", "fit", "is_binding"],
).assign(asks="it", citation_check="memory")


def test_standards_that_ask_for_the_same_are_named_and_turned_round():
    advice = make_advice(("AAA", "P-1", ""), ("BBB", "P-2", ""), ("BBB", "P-3", ""))
    assert add_standards(advice, STANDARDS)["standards"].tolist() == ["treaty", "treaty;law", ""]
    listed = list_by_standard(advice, STANDARDS)
    assert list(listed) == ["treaty", "law"]
    assert listed["treaty"][["provision", "recommendation_ids"]].values.tolist() == [["Art. 1", "R-1;R-2"]]
    assert listed["law"]["recommendation_ids"].tolist() == ["R-2"]


def test_recommendations_are_split_by_who_acts_and_none_is_lost(advice, data):
    parts = list_by_addressee(advice, addressees=data.vocabulary.codes("addressee"))
    assert sum(map(len, parts.values())) == len(advice)
    assert all(rows["addressee"].eq(code).all() for code, rows in parts.items())


def test_the_real_study_has_enough_recommendations_and_each_is_walked_back_to_a_source(data, findings, advice, known):
    assert len(advice) >= 30
    assert advice["scope"].eq("REG").sum() >= 8
    assert store.lint_recommendations(data) == []
    assert check_recommendations(advice, findings) == []
    told = advice.loc[advice["bases"].str.contains("desk_review"), "evidence_ids"].str.split(";").explode()
    facts = set(told) & set(data.evidence["evidence_id"])
    assert facts
    opened = data.evidence[data.evidence["evidence_id"].isin(facts)]
    assert opened["locator"].ne("").all()


def test_no_finding_calls_for_a_measure_on_something_else(findings, advice, data):
    """Findings on one part of an indicator carry the measure for that part alone."""
    carried = advice.assign(evidence_id=advice["evidence_ids"].str.split(";")).explode("evidence_id")
    measure = "M-" + carried["recommendation_id"].str.split("-", n=1).str[1]
    parts = measure.map(data.measures.set_index("measure_id")["facet"]).to_numpy()
    facets = findings.drop_duplicates("evidence_id").set_index("evidence_id")["facet"]
    assert (carried["evidence_id"].map(facets).to_numpy() == parts).all()
    # Walk Free's item on recruitment agencies says nothing about inspections, a missing year nothing about a register.
    agencies = carried.loc[carried["evidence_id"].str.startswith("GSI-M4221"), "action"]
    assert len(agencies)
    assert not agencies.str.contains("inspection").any()
    assert carried.loc[carried["evidence_id"].str.startswith("STAT-"), "action"].str.startswith("Report ").all()


def check(data, findings, known, **changes):
    given = {"measures": data.measures, "known": known, "sources": data.sources["source_id"]} | changes
    return [str(problem) for problem in check_trace(data.study, findings, **given)]


def test_evidence_that_is_no_row_and_a_source_that_is_not_registered_are_named(data, findings, known):
    assert check(data, findings, known) == []
    broken = findings.copy()
    broken.loc[0, "evidence_id"], broken.loc[1, "source_id"] = "LOST-1", "nobody"
    first, second = check(data, broken, known)
    assert "found 'LOST-1', expected the id of a row" in first
    assert "found 'nobody', expected a registered source" in second


def test_a_gap_that_no_measure_closes_is_named_with_its_kind(data, findings, known):
    measures = data.measures[~data.measures["measure_id"].isin(["M-PREV-09b"])]
    (problem,) = check(data, findings, known, measures=measures)
    assert "'PREV-09'" in problem
    assert "a measure for a gap in practice" in problem


def test_a_finding_that_nothing_carries_and_one_that_is_not_there_are_named(advice, findings):
    fewer = advice[~(advice["scope"].isin(["REG", "SRB"]) & advice["indicator"].eq("PREV-09"))]
    problems = check_recommendations(fewer, findings)
    orphans = findings[findings["jurisdiction"].eq("SRB") & findings["indicator"].eq("PREV-09")]
    assert len(problems) == orphans["evidence_id"].nunique() > 0
    strange = advice.head(1).assign(evidence_ids="LOST-1")
    assert "LOST-1" in str(check_recommendations(strange, findings)[0])


def test_a_study_that_breaks_the_trace_is_refused(data):
    measures = data.measures[~data.measures["measure_id"].eq("M-PREV-09b")]
    problems = store.lint_recommendations(replace(data, measures=measures))
    assert [problem.found for problem in problems] == ["PREV-09"]


def as_tables(data, findings, advice) -> dict[str, dict]:
    shown = add_standards(advice, data.standards).assign(
        priority_low=0.25, priority_median=0.5, priority_high=1.0, urgent_share=0.125, priority_basis="one_coder"
    )
    shown.loc[0, ["priority_low", "priority_median", "priority_high", "urgent_share"]] = np.nan
    shown.loc[0, "priority_basis"] = "none"
    listed = {f"by-standard-{code}": rows for code, rows in list_by_standard(advice, data.standards).items()}
    tables = {"all-recommendations": shown, "findings": findings, **listed}
    return {name: Exhibit(name, "table", "", data=rows)._to_resource() for name, rows in tables.items()}


def test_the_json_is_valid_by_the_published_schema_and_says_the_same(data, findings, advice):
    schema = json.loads(interchange.read_schema())
    Draft202012Validator.check_schema(schema)
    text = interchange.write_recommendations(as_tables(data, findings, advice), data.study, is_synthetic=False)
    document = json.loads(text)
    Draft202012Validator(schema).validate(document)
    assert [row["id"] for row in document["recommendations"]] == advice["recommendation_id"].tolist()
    assert document["recommendations"][0]["priority"] is None
    assert document["recommendations"][1]["priority"] == {
        "low": 0.25,
        "median": 0.5,
        "high": 1.0,
        "urgent_share": 0.125,
    }
    held = {row["id"] for row in document["findings"]}
    assert all(set(row["findings"]) <= held for row in document["recommendations"])
    served = {row["id"]: [one["standard"] for one in row["standards"]] for row in document["recommendations"]}
    expected = add_standards(advice, data.standards)
    for row in expected.itertuples():
        assert set(served[row.recommendation_id]) == {code for code in row.standards.split(";") if code}
    assert document["synthetic"] == ""
    assert interchange.write_recommendations(as_tables(data, findings, advice), data.study, is_synthetic=True) != text


@pytest.mark.parametrize(
    ("path", "value"),
    [("priority_basis", "guess"), ("cost_class", "cheap"), ("findings", []), ("sources", []), ("note", "more")],
)
def test_the_schema_refuses_what_it_does_not_know(data, findings, advice, path, value):
    schema = json.loads(interchange.read_schema())
    document = json.loads(
        interchange.write_recommendations(as_tables(data, findings, advice.head(3)), data.study, is_synthetic=False)
    )
    document["recommendations"][0][path] = value
    with pytest.raises(ValidationError):
        Draft202012Validator(schema).validate(document)


def test_a_table_without_a_column_is_refused(data, findings, advice):
    tables = as_tables(data, findings, advice.drop(columns="cost_class"))
    with pytest.raises(KeyError, match="cost_class"):
        interchange.write_recommendations(tables, data.study, is_synthetic=False)

"""The register of roles, quotas, and weights from stakeholders."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch import stakeholders, store

PAIRS = pd.DataFrame(columns=["stakeholder", "first", "second", "ratio", "source_id"])
POINTS = pd.DataFrame(columns=["stakeholder", "pillar", "points", "source_id"])


@pytest.mark.parametrize("column", ["name", "Name", "E-mail", "Telefon", "ime i prezime", "Име", "Emri", "full name"])
def test_a_column_that_names_persons_is_refused(column):
    rows = pd.DataFrame({"stakeholder": ["S-001"], column: ["x"]})
    (problem,) = stakeholders.find_personal_data(rows, file="s.csv")
    assert problem.column == column
    assert "no column of names or addresses" in problem.expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("jane@example.org", "no e-mail address"),
        ("+382 20 123 456", "no telephone number"),
        ("(020) 123-456", "no telephone number"),
    ],
)
def test_a_value_that_leads_to_a_person_is_refused_and_not_repeated(value, expected):
    rows = pd.DataFrame({"stakeholder": ["S-001", "S-002"], "note": ["", value]})
    (problem,) = stakeholders.find_personal_data(rows, file="s.csv")
    assert (problem.expected, problem.rows) == (expected, (3,))
    assert value not in str(problem)


@pytest.mark.parametrize("value", ["Jane Roe", "jane.roe", "Jane", "roe_j", "S 1"])
def test_a_short_name_that_is_a_name_is_refused_and_not_repeated(value):
    (problem,) = stakeholders.find_personal_data(pd.DataFrame({"stakeholder": [value]}), file="s.csv")
    assert "running short name" in problem.expected
    assert value not in str(problem).replace("S-001", "")


def test_the_register_of_a_study_is_checked_for_persons(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    for file in store.locate_study("demo").iterdir():
        if file.is_file():
            (folder / file.name).write_bytes(file.read_bytes())
    register = pd.read_csv(folder / "stakeholders.csv", dtype=str, keep_default_na=False)
    register.loc[4, "stakeholder"] = "Jane Roe"
    register.assign(phone="020 123 456").to_csv(folder / "stakeholders.csv", index=False)
    said = "\n".join(map(str, store.check_study(folder)))
    assert "row 6, column 'stakeholder': expected a running short name" in said
    assert "column 'phone': expected no column of names or addresses of persons" in said
    assert "Jane" not in said


def test_quotas_by_hand():
    people = pd.DataFrame({"jurisdiction": ["AAA", "AAA", "BBB"], "sex": ["female", "male", "male"]})
    quotas = pd.DataFrame({"field": "sex", "code": ["female", "male"], "least_n": [2, 1], "reason": ["a", "b"]})
    counted = stakeholders.count_quotas(people, quotas, jurisdictions=["AAA", "BBB"])
    assert counted[["jurisdiction", "group", "registered_n", "missing_n"]].values.tolist() == [
        ["AAA", "female", 1, 1],
        ["AAA", "male", 1, 0],
        ["BBB", "female", 0, 2],
        ["BBB", "male", 1, 0],
    ]
    summed = stakeholders.sum_missing(counted)
    assert summed[["registered_n", "missing_n", "missing_in"]].values.tolist() == [
        [1, 3, "everywhere"],
        [2, 0, "nowhere"],
    ]


@given(st.lists(st.sampled_from(["female", "male", "other"]), max_size=12), st.integers(0, 8))
def test_what_is_missing_and_what_is_there_fill_the_quota(sexes, least):
    people = pd.DataFrame({"jurisdiction": "AAA", "sex": pd.Series(sexes, dtype="str")})
    quotas = pd.DataFrame({"field": "sex", "code": ["female"], "least_n": [least], "reason": ["a"]})
    row = stakeholders.count_quotas(people, quotas, jurisdictions=["AAA"]).iloc[0]
    assert row["registered_n"] == sexes.count("female")
    assert row["missing_n"] == max(least - row["registered_n"], 0)


def test_an_empty_register_misses_every_seat():
    quotas = pd.DataFrame({"field": "sex", "code": ["female"], "least_n": [4], "reason": ["a"]})
    people = pd.DataFrame({"jurisdiction": pd.Series(dtype="str"), "sex": pd.Series(dtype="str")})
    assert stakeholders.count_quotas(people, quotas, jurisdictions=["AAA", "BBB"])["missing_n"].tolist() == [4, 4]


def test_weights_of_both_ways_of_asking_by_hand():
    # Budgets 60/40 and 20/80: mean shares 0.4 and 0.6. One comparison of 3 to 1: weights 0.75 and 0.25.
    rows = [
        ("S-1", "data", 60, "s"),
        ("S-1", "protection", 40, "s"),
        ("S-2", "data", 20, "s"),
        ("S-2", "protection", 80, "s"),
    ]
    points = pd.DataFrame(rows, columns=POINTS.columns)
    pairs = pd.DataFrame([("S-1", "data", "protection", 3.0, "s")], columns=PAIRS.columns)
    found = stakeholders.weigh_pillars(points, pairs, budget_points=100, consistency_limit=0.1)
    assert found[["pillar", "weighing"]].values.tolist() == [
        ["data", "budget"],
        ["protection", "budget"],
        ["data", "pairs"],
        ["protection", "pairs"],
    ]
    assert found["weight_share"].tolist() == pytest.approx([0.4, 0.6, 0.75, 0.25])
    assert found["lowest_share"].tolist()[:2] == [0.2, 0.4]
    assert found["stakeholders_n"].tolist() == [2, 2, 1, 1]


def test_points_that_do_not_add_up_are_refused():
    points = pd.DataFrame([("S-1", "data", 60, "s")], columns=POINTS.columns)
    with pytest.raises(ValueError, match="points do not add up to 100 for S-1"):
        stakeholders.weigh_pillars(points, PAIRS, budget_points=100, consistency_limit=0.1)


def test_nobody_has_weighed():
    assert stakeholders.weigh_pillars(POINTS, PAIRS, budget_points=100, consistency_limit=0.1).empty

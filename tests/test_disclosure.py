from __future__ import annotations

import dataclasses
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from ctresearch import disclosure
from ctresearch.disclosure import CaseTable, PublishedTable, protect_tables

CHOICES = disclosure.DisclosureChoices(
    least_n=5,
    zeros="safe",
    protection_n=4,
    dominance_n=1,
    dominance_pct=75.0,
    p_pct=10.0,
    rounding_base=5,
    k_n=5,
    l_n=2,
    t_max=0.3,
)
DIMENSIONS = {"sex": 2, "age": 3, "form": 3}


def make_table(rows: pd.DataFrame, *by: str, name: str = "table", population: str = "assisted", **more) -> CaseTable:
    return CaseTable(name, rows, by=by, value="persons_n", population=population, **more)


def count(records: pd.DataFrame, *by: str, name: str = "") -> CaseTable:
    rows = records.groupby(list(by)).size().rename("persons_n").reset_index()
    return make_table(rows, *by, name=name or "-".join(by))


def draw_records(seed: int, persons_n: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {name: rng.choice(n, persons_n, p=rng.dirichlet(np.ones(n))).astype(str) for name, n in DIMENSIONS.items()}
    )


def protect(*tables: CaseTable, choices=CHOICES, search="stepwise", hierarchies=None, **more) -> disclosure.Release:
    return protect_tables(tables, choices=choices, hierarchies=hierarchies or {}, search=search, **more)


def attack(released, *, dimensions) -> list[tuple]:
    """Bound each hidden number from printed ones alone, over the unknown table of all dimensions.

    Written anew: no line of the library is used, and its unknowns are persons with all codes, not cells of tables.
    """
    names = list(dimensions)
    inner = list(np.ndindex(*dimensions.values()))
    printed, hidden = [], []
    for table in released:
        for row in table.rows.to_dict("records"):
            codes = {name: row[name] for name in table.by if row[name] != "total"}
            mask = np.array(
                [all(str(cell[names.index(n)]) == c for n, c in codes.items()) for cell in inner], dtype=float
            )
            (hidden if row["status"] == "suppressed" else printed).append((mask, row[table.value], codes))
    a = np.array([mask for mask, _, _ in printed])
    b = np.array([value for _, value, _ in printed])
    sums = {"A_eq": a, "b_eq": b} if len(a) else {}
    found = []
    for mask, _, codes in hidden:
        ends = [optimize.linprog(s * mask, **sums, bounds=(0, 10_000), method="highs") for s in (1, -1)]
        found.append((codes, ends[0].fun, -ends[1].fun))
    return found


def true_count(records: pd.DataFrame, codes: dict) -> int:
    return (
        int(np.logical_and.reduce([records[n].eq(c) for n, c in codes.items()], initial=True).sum())
        if codes
        else len(records)
    )


def golden_table(part: dict) -> pd.DataFrame:
    return pd.DataFrame(part["table"]["rows"], columns=part["table"]["columns"])


def test_the_exact_search_hides_as_little_as_four_engines(golden):
    case = golden("suppress_z1_below3")
    rows = golden_table(case["input"])
    table = CaseTable("z1", rows, by=("region", "hovedint"), value="ant", population="z1")
    choices = replace(CHOICES, least_n=3, protection_n=1)
    release = protect(table, choices=choices, search="exact")
    hidden = release.tables["z1"].rows.query("status == 'suppressed'").merge(rows, on=["region", "hovedint"])
    assert release.unsafe_n == case["expected"]["n_primary"]
    assert release.changed_n - release.unsafe_n == case["expected"]["n_secondary"]
    assert hidden["ant_y"].sum() == case["expected"]["min_total_suppressed_value"]
    intervals = release.audit[["low", "high"]].drop_duplicates().to_numpy().tolist()
    assert intervals == [case["expected"]["attacker_interval_of_primaries"]]
    assert protect(table, choices=choices).audit["is_safe"].all()


def test_zeros_are_hidden_as_gausssuppression_hides_them(golden):
    case = golden("suppress_example1_gauss")
    table = CaseTable("e", golden_table(case["input"]), by=("age", "geo"), value="freq", population="e")
    choices = replace(CHOICES, least_n=2, zeros="unsafe", protection_n=1)
    rows = protect(table, choices=choices, search="exact").tables["e"].rows.set_index(["age", "geo"])["status"]
    for cell in case["expected"]["table"]:
        place = cell["age"].replace("Total", "total"), cell["geo"].replace("Total", "total")
        assert rows[place] == ("suppressed" if cell["suppressed"] else "reported")


def test_rounding_changes_as_little_as_possible(golden):
    case = golden("controlled_rounding_z1_base5")
    rows = golden_table(case["input"])
    table = CaseTable("z1", rows, by=("region", "hovedint"), value="ant", population="z1")
    rounded = disclosure.round_tables([table], choices=replace(CHOICES, least_n=3), hierarchies={}).tables["z1"].rows
    whole = rows.pivot(index="region", columns="hovedint", values="ant")
    whole.loc["total"] = whole.sum()
    whole["total"] = whole.sum(axis=1)
    shown = rounded.pivot(index="region", columns="hovedint", values="ant").loc[whole.index, whole.columns]
    assert (shown - whole).abs().to_numpy().sum() == case["expected"]["min_L1"]
    assert ((shown - whole).abs() < 5).to_numpy().all()
    assert (shown % 5 == 0).to_numpy().all()
    assert (shown.drop("total").sum() == shown.loc["total"]).all()
    assert (shown.drop(columns="total").sum(axis=1) == shown["total"]).all()


def test_noise_is_that_of_ptable(golden):
    case = golden("cellkey_ptable_D2")
    expected = golden_table(case["expected"])
    noise = disclosure.find_noise(most=case["input"]["D"], variance=case["input"]["V"])
    assert noise[["i", "j", "v"]].to_numpy().tolist() == expected[["i", "j", "v"]].to_numpy().tolist()
    columns = {"p": "p", "from_key": "p_int_lb", "to_key": "p_int_ub"}
    for ours, theirs in columns.items():
        np.testing.assert_allclose(noise[ours], expected[theirs], atol=1e-5)


def test_records_share_keys_as_in_sdcmicro(golden):
    case = golden("freqcalc_weighted")
    matched = disclosure.count_matches(pd.DataFrame(case["input"]), keys=case["params"]["keys"], weight="weight")
    assert matched["sample_n"].tolist() == case["expected"]["fk"]
    assert matched["population_n"].tolist() == case["expected"]["Fk"]
    assert matched["sample_n"].min() == case["expected"]["k"]


def test_a_small_count_takes_three_more_with_it_by_hand():
    # 3 is unsafe. Its row (3 + 12) and its column (21 + 3) would each give it away; hiding 21 and 12 leaves 8 to be
    # hidden with them. A reader knows row sums 29 and 15 and column sums 24 and 20: the 3 may be 0 to 15.
    rows = pd.DataFrame({"sex": ["f", "m", "f", "m"], "age": ["a", "a", "b", "b"], "persons_n": [21, 3, 8, 12]})
    release = protect(make_table(rows, "sex", "age"), search="exact")
    status = release.tables["table"].rows
    assert status.loc[status["status"].eq("suppressed"), ["sex", "age"]].to_numpy().tolist() == [
        ["f", "a"],
        ["f", "b"],
        ["m", "a"],
        ["m", "b"],
    ]
    assert release.audit[["low", "high"]].to_numpy().tolist() == [[0, 15]]


def test_amounts_by_hand():
    # 70 + 20 + 10: one gives 70 %, under 75 %; without the two largest 10 remain, more than a tenth of 70: safe.
    # 80 + 15 + 5: 80 > 75, needs 80 / 0.75 - 100 = 6.67; 5 < 8, needs 3: so 6.67. Two contributors are too few.
    paid = pd.DataFrame(
        {"contributor": list("abcdefgh"), "year": list("11122233"), "amount": [70.0, 20, 10, 80, 15, 5, 50, 50]}
    )
    choices = replace(CHOICES, least_n=3)
    found = disclosure.find_unsafe_amounts(paid, by=["year"], value="amount", choices=choices, hierarchies={})
    found = found.set_index("year")
    assert found["rules"].to_dict() == {"1": "", "2": "dominance;p", "3": "threshold;p", "total": ""}
    assert found.loc["2", "protection"] == pytest.approx(80 / 0.75 - 100)
    assert found.loc["3", "protection"] == pytest.approx(5.0)
    rows = paid.groupby("year")["amount"].sum().reset_index()
    table = CaseTable("paid", rows, by=("year",), value="amount", population="paid", contributions=paid)
    assert protect(table, choices=choices).tables["paid"].rows["status"].tolist() == [
        "reported",
        "suppressed",
        "suppressed",
        "reported",
    ]


@pytest.mark.no_cover
@given(st.integers(0, 10_000), st.integers(5, 300), st.booleans())
@settings(max_examples=25)
def test_no_hidden_number_of_linked_tables_is_recovered(seed, persons_n, is_by_all):
    records = draw_records(seed, persons_n)
    by = [tuple(DIMENSIONS)] if is_by_all else list(combinations(DIMENSIONS, 2))
    release = protect(*(count(records, *names) for names in by), is_joint=not is_by_all)
    for codes, low, high in attack(release.tables.values(), dimensions=DIMENSIONS):
        n = true_count(records, codes)
        if 0 < n < CHOICES.least_n:
            assert low <= n - min(n, CHOICES.protection_n) + 1e-6
            assert high >= n + CHOICES.protection_n - 1e-6
        assert n == 0 or high - low > 1 - 1e-6
    for table in release.tables.values():
        shown = table.rows.query("status == 'reported'")[table.value]
        assert not shown.between(1, CHOICES.least_n - 1).any()


def test_without_complementary_hiding_the_attack_succeeds():
    # What the attack is for: the small count alone is hidden, and its row gives it away.
    rows = pd.DataFrame(
        {"sex": ["0", "1", "total"], "persons_n": [np.nan, 9.0, 11.0], "status": ["suppressed", *["reported"] * 2]}
    )

    class Naive:
        by, value = ("sex",), "persons_n"

    Naive.rows = rows
    assert attack([Naive], dimensions={"sex": 2}) == [({"sex": "0"}, pytest.approx(2), pytest.approx(2))]


def test_tables_are_linked_through_a_hierarchy():
    ages = pd.DataFrame({"age": ["0-8", "9-17", "18+"], "persons_n": [2, 10, 30]})
    minors = pd.DataFrame({"age": ["minor", "adult"], "persons_n": [12, 30]})
    parents = {"age": {"0-8": "minor", "9-17": "minor", "18+": "adult"}}
    release = protect(make_table(ages, "age", name="a"), make_table(minors, "age", name="b"), hierarchies=parents)
    assert dict(release.tables["a"].rows[["age", "status"]].to_numpy()) == {
        "0-8": "suppressed",
        "9-17": "suppressed",
        "minor": "reported",
        "18+": "reported",
        "adult": "reported",
        "total": "reported",
    }


def test_totals_that_are_not_shown_can_be_formed_all_the_same():
    rows = pd.DataFrame({"sex": ["f", "m"], "year": ["1", "1"], "persons_n": [1, 1]})
    release = protect(make_table(rows, "sex", "year", has_margins=False))
    assert len(release.tables["table"].rows) == 2
    assert (release.audit["cell"] == "all together").sum() == 1


def test_what_others_published_is_used_against_ours():
    rows = pd.DataFrame({"age": ["a", "b", "c"], "persons_n": [2, 9, 30]})
    theirs = PublishedTable(
        "report", pd.DataFrame({"age": ["b"], "value_low": [9], "value_high": [9]}), ("age",), "assisted"
    )
    alone, beside = protect(make_table(rows, "age")), protect(make_table(rows, "age"), others=[theirs])
    assert alone.tables["table"].rows["status"].tolist() == ["suppressed", "suppressed", "reported", "reported"]
    found = disclosure.check_combination([alone.tables["table"]], others=[theirs], hierarchies={})
    assert found[["cell", "low", "high", "is_given_away"]].to_numpy().tolist() == [["age a", 2.0, 2.0, True]]
    # b is out already; so c, or the total, must go too.
    assert beside.tables["table"].rows["status"].eq("suppressed").sum() >= 2
    assert (
        disclosure.check_combination([beside.tables["table"]], others=[theirs], hierarchies={})["is_given_away"].sum()
        == 0
    )


def test_what_others_masked_stays_masked():
    rows = pd.DataFrame({"age": ["a", "b", "c"], "persons_n": [7, 9, 30]})
    masked = pd.DataFrame({"age": ["a"], "value_low": [0], "value_high": [9]})
    theirs = PublishedTable("report", masked, ("age",), "assisted")
    release = protect(make_table(rows, "age"), others=[theirs], choices=replace(CHOICES, protection_n=2))
    assert release.tables["table"].rows["status"].tolist()[0] == "suppressed"


def test_counts_that_contradict_what_was_published_are_refused():
    theirs = PublishedTable(
        "r", pd.DataFrame({"age": ["a"], "value_low": [8], "value_high": [8]}), ("age",), "assisted"
    )
    table = make_table(pd.DataFrame({"age": ["a", "b"], "persons_n": [7, 9]}), "age")
    with pytest.raises(disclosure.DisagreementError, match="name another population"):
        protect(table, others=[theirs])


@given(st.integers(0, 10_000), st.integers(40, 200), st.integers(0, 12))
@settings(max_examples=12)
def test_two_builds_give_nobody_away_by_their_difference(seed, before_n, added_n):
    records = draw_records(seed, before_n + added_n)
    old_records = records.iloc[:before_n]
    by = ("sex", "age")
    old = protect(count(old_records, *by, name="t"))
    new = protect(count(records, *by, name="t"), earlier=old.tables.values(), only_grows=True)
    before = old.tables["t"].rows.set_index(list(by))["persons_n"]
    after = new.tables["t"].rows.set_index(list(by))["persons_n"]
    change = (after - before).dropna()
    assert not change.between(1, CHOICES.least_n - 1).any()
    hidden_before = before[before.isna()].index
    assert after.reindex(hidden_before).dropna().eq(0).all()


def test_the_difference_of_two_builds_by_hand():
    # 12 women were shown; one more came. Shown again, 13 - 12 = 1 would be told of her: the new number is hidden.
    first = make_table(pd.DataFrame({"sex": ["f", "m", "x"], "persons_n": [12, 20, 30]}), "sex")
    second = make_table(pd.DataFrame({"sex": ["f", "m", "x"], "persons_n": [13, 20, 40]}), "sex")
    old = protect(first).tables.values()
    assert protect(second).changed_n == 0
    rows = protect(second, earlier=old, only_grows=True).tables["table"].rows
    assert rows["status"].tolist()[0] == "suppressed"
    assert rows["status"].eq("suppressed").sum() >= 2


def test_only_the_gate_makes_what_may_be_shown():
    release = protect(make_table(pd.DataFrame({"sex": ["f", "m"], "persons_n": [9, 8]}), "sex", source_id="src-a"))
    table = release.tables["table"]
    with pytest.raises(TypeError, match="made by the gate alone"):
        replace(table, name="other")
    with pytest.raises(dataclasses.FrozenInstanceError):
        table.note = ""
    rows = table.rows
    rows.loc[0, "persons_n"] = 1
    assert table.rows["persons_n"].tolist() == [9, 8, 17]
    assert table.rows["source_id"].unique().tolist() == ["src-a"]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"sex": [], "persons_n": []}, "has no row"),
        ({"sex": ["f"], "persons_n": [-1]}, "below zero"),
        ({"sex": ["f"], "persons_n": [np.nan]}, "missing or no finite number"),
        ({"sex": ["f"], "persons_n": [np.inf]}, "missing or no finite number"),
        ({"sex": ["f"], "persons_n": ["many"]}, "missing or no finite number"),
        ({"sex": ["f"], "persons_n": [10**12]}, "above 1,000,000,000"),
        ({"sex": [None], "persons_n": [1]}, "a code is missing"),
        ({"sex": ["f", "f"], "persons_n": [1, 2]}, "occurs twice"),
        ({"sex": ["total"], "persons_n": [1]}, "formed by the gate"),
        ({"persons_n": [1]}, "no column sex"),
    ],
)
def test_tables_that_cannot_be_protected_are_refused_in_a_sentence(rows, words):
    with pytest.raises(ValueError, match=f"^Table 'table': .*{words}"):
        make_table(pd.DataFrame(rows), "sex")


def test_degenerate_tables_pass():
    one = protect(make_table(pd.DataFrame({"sex": ["f"], "persons_n": [2]}), "sex"))
    assert one.tables["table"].rows["status"].tolist() == ["suppressed", "suppressed"]
    zero = protect(make_table(pd.DataFrame({"sex": ["f", "m"], "persons_n": [0, 0]}), "sex"))
    assert zero.changed_n == 0
    huge = protect(make_table(pd.DataFrame({"sex": ["f", "m"], "persons_n": [10**9, 2]}), "sex"))
    assert huge.audit["is_safe"].all()
    with pytest.raises(ValueError, match="No table was given"):
        protect()
    with pytest.raises(ValueError, match="same name"):
        protect(*[make_table(pd.DataFrame({"sex": ["f"], "persons_n": [9]}), "sex")] * 2)
    with pytest.raises(ValueError, match="use one of exact, stepwise"):
        protect(make_table(pd.DataFrame({"sex": ["f"], "persons_n": [2]}), "sex"), search="best")


def test_tables_of_one_population_must_count_the_same_persons():
    a = make_table(pd.DataFrame({"sex": ["f"], "persons_n": [9]}), "sex", name="a")
    b = make_table(pd.DataFrame({"age": ["old"], "persons_n": [8]}), "age", name="b")
    with pytest.raises(disclosure.DisagreementError, match="Table 'b' has other sums"):
        protect(a, b)


def test_the_same_records_get_the_same_noise_everywhere():
    records = draw_records(3, 80).assign(key=disclosure.draw_record_keys(80, rng=np.random.default_rng(2)))
    options = {"key": "key", "noise": disclosure.find_noise(most=3, variance=2.0), "population": "assisted"}
    one = disclosure.perturb_records(records, name="one", by=["sex", "age"], **options).rows
    other = disclosure.perturb_records(records, name="two", by=["age"], **options).rows
    shared = one[one["sex"].eq("total")].merge(other, on="age")
    assert len(shared) == 4
    assert shared["persons_n_x"].equals(shared["persons_n_y"])
    with pytest.raises(ValueError, match="at least one record"):
        disclosure.perturb_records(records.iloc[:0], name="none", by=["sex"], **options)


@given(st.integers(1, 6), st.floats(0.2, 5))
@settings(max_examples=15)
def test_noise_is_unbiased_and_within_its_variance(most, variance):
    noise = disclosure.find_noise(most=most, variance=variance)
    for _, law in noise.groupby("i"):
        assert law["p"].sum() == pytest.approx(1, abs=1e-6)
        assert law["p"] @ law["v"] == pytest.approx(0, abs=1e-6)
        assert law["p"] @ law["v"] ** 2 <= variance + 1e-5
        assert (law["j"] >= 0).all()


def test_records_too_easy_to_recognise_by_hand():
    # Three adults share a key: forms a, b, a. All six: a 5 of 6, b 1 of 6; adults a 2 of 3, b 1 of 3: distance 1 / 6.
    records = pd.DataFrame(
        {"age": ["adult"] * 3 + ["minor"] * 2 + ["old"], "form": list("abaaaa"), "harm": [1, 2, 3, 1, 1, 3]}
    )
    options = {"keys": ["age"], "sensitive": ["form", "harm"], "ordered": ["harm"], "k": 2, "l": 2, "t": 0.17}
    found = disclosure.find_violations(records, **options)
    assert found.query("rule == 'k'")["row"].tolist() == [5]
    assert found.query("rule == 'l' and column == 'form'")["row"].tolist() == [3, 4, 5]
    # harm of all: 3, 1 and 2 of 6; of minors 2, 0, 0 of 2: (|1 - 1/2| + |1 - 2/3|) / 2 = 5 / 12.
    minors = found.query("rule == 't' and column == 'harm' and row == 3")
    assert minors["measured"].tolist() == [pytest.approx(5 / 12)]
    assert found.query("rule == 't' and column == 'form'")["row"].tolist() == []


@given(st.integers(0, 1000))
@settings(max_examples=20)
def test_a_missing_key_fits_every_value(seed):
    rng = np.random.default_rng(seed)
    records = (
        pd.DataFrame(rng.integers(0, 3, (25, 3)), columns=list("abc")).astype("Int64").mask(rng.random((25, 3)) < 0.2)
    )
    found = disclosure.count_matches(records, keys=list("abc"), weight=None)["sample_n"]
    rows = records.astype(float).to_numpy()
    for row, n in zip(rows, found, strict=True):
        assert n == ((rows == row) | np.isnan(rows) | np.isnan(row)).all(axis=1).sum()


def test_no_record_violates_nothing():
    records = pd.DataFrame({"age": [], "form": []})
    options = {"sensitive": ["form"], "ordered": [], "k": 2, "l": 2, "t": 0.3}
    assert disclosure.find_violations(records, keys=["age"], **options).empty
    with pytest.raises(ValueError, match="at least one key"):
        disclosure.find_violations(records, keys=[], **options)

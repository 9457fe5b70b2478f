"""Votes: each wrong ballot is listed with its reason, none is lost, and the rule in the table decides."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctresearch import consensus, schema
from ctresearch.consensus.ballots import VOTE_COLUMNS

FRAMEWORK = Path(__file__).parents[1] / "data" / "framework"
LIST = consensus.fix_list(
    pd.DataFrame(
        {"recommendation_id": ["AAA-1", "AAA-2"], "scope": "AAA", "action": ["Train judges.", "Pay the shelters."]}
    )
)
VERSION = LIST["list_version"][0]
CODES = {
    "vote": ("agree", "amend", "object"),
    "objection": ("evidence", "means"),
    "jurisdiction": ("AAA", "BBB"),
    "sector": ("ngo", "police"),
    "sex": ("female", "male", "unknown"),
}
WORDS = pd.DataFrame(
    [
        ("vote", "agree", "sq", "Dakord"),
        ("vote", "object", "mk", "Се противам"),
        ("sex", "female", "en", "A woman"),
        ("sector", "ngo", "sr-Latn", "Civilno društvo"),
    ],
    columns=["list", "code", "language", "text"],
)


def vote(ballot="B-1", name="AAA-1", vote="agree", **changes):
    row = dict.fromkeys(VOTE_COLUMNS, "") | {"file": "b.csv", "row": 2, "ballot": ballot, "recommendation_id": name}
    return row | {"list_version": VERSION, "vote": vote, "sex": "female", "source_id": "src-a"} | changes


def check(*rows):
    return consensus.check_ballots(pd.DataFrame(rows), LIST, codes=CODES, translations=WORDS)


def cast(counts, **changes):
    """As many ballots as given of each vote."""
    rows = [
        vote(f"B-{kind}-{number}", vote=kind, wording="Train all judges." if kind == "amend" else "", **changes)
        for kind, count in counts.items()
        for number in range(count)
    ]
    return pd.DataFrame(rows, columns=list(vote()))


@pytest.fixture(scope="module")
def rules():
    table = pd.read_csv(FRAMEWORK / "decision_rules.csv", dtype=str, keep_default_na=False)
    return schema.convert_table(schema.contracts.DECISION_RULES, table)


def decide(ballots, rules):
    counted = consensus.count_votes(ballots, LIST, least_group_n=3)
    return consensus.decide(counted, rules).set_index("recommendation_id").loc["AAA-1"]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"name": "ZZZ-1"}, "unknown_recommendation"),
        ({"list_version": "000000000000"}, "old_list"),
        ({"vote": "Dakord"}, "other_language"),
        ({"vote": "се противам"}, "other_language"),
        ({"sex": "A woman"}, "other_language"),
        ({"sector": "Civilno drustvo"}, "other_language"),
        ({"vote": "maybe"}, "unknown_code"),
        ({"vote": ""}, "unknown_code"),
        ({"jurisdiction": "CCC"}, "unknown_code"),
        ({"sex": ""}, "no_sex"),
        ({"ballot": ""}, "no_ballot"),
        ({"vote": "amend"}, "no_wording"),
        ({"consent": "no"}, "no_consent"),
        ({"consent": ""}, "no_consent"),
    ],
)
def test_a_wrong_vote_is_listed_and_not_counted(changes, problem):
    checked = check(vote("B-9", consent="yes"), vote(**{"consent": "yes"} | changes))
    assert checked.counted["ballot"].tolist() == ["B-9"]
    assert checked.not_counted["problem"].tolist() == [problem]


def test_of_a_double_vote_nothing_counts_in_whatever_file_it_stands():
    checked = check(vote(), vote(name="AAA-2"), vote(vote="object", file="c.csv"), vote("B-2"))
    assert checked.counted[["ballot", "recommendation_id"]].values.tolist() == [["B-1", "AAA-2"], ["B-2", "AAA-1"]]
    assert checked.not_counted[["file", "vote", "problem"]].values.tolist() == [
        ["b.csv", "agree", "double_vote"],
        ["c.csv", "object", "double_vote"],
    ]


def test_two_ballots_without_number_are_not_taken_for_a_double_vote():
    assert check(vote(""), vote("", row=3)).not_counted["problem"].tolist() == ["no_ballot", "no_ballot"]


def test_several_reasons_are_all_named():
    found = check(vote(name="ZZZ", sex="", list_version="x")).not_counted["problem"][0]
    assert found == "unknown_recommendation;old_list;no_sex"


@pytest.mark.parametrize("ballot", ["b-1", "B 1", " B-1"])
def test_another_spelling_of_a_number_is_no_other_ballot(ballot):
    checked = check(vote(), vote(ballot, vote="object", file="paper.csv"))
    assert checked.not_counted["problem"].tolist() == ["double_vote", "double_vote"]


def test_words_of_a_changed_mind_do_not_make_another_vote_and_are_logged():
    checked = check(vote(wording="x", objection="means"), vote("B-2", vote="object", objection="means", row=3))
    assert checked.counted[["wording", "objection"]].values.tolist() == [["", ""], ["", "means"]]
    assert checked.changes[["row", "column", "before", "rule"]].values.tolist() == [
        [2, "objection", "means", "left out: words beside another vote, b.csv"],
        [2, "wording", "x", "left out: words beside another vote, b.csv"],
    ]


_CELLS = st.fixed_dictionaries(
    {
        "ballot": st.sampled_from(["B-1", "B-2", ""]),
        "recommendation_id": st.sampled_from(["AAA-1", "AAA-2", "ZZZ"]),
        "vote": st.sampled_from(["agree", "amend", "object", "dakord", "x", ""]),
        "wording": st.sampled_from(["", "Train."]),
        "sex": st.sampled_from(["female", ""]),
        "list_version": st.sampled_from([VERSION, "old"]),
    }
)


@given(st.lists(_CELLS, max_size=12))
def test_no_vote_is_lost(cells):
    rows = [vote() | cell | {"row": number} for number, cell in enumerate(cells)]
    votes = pd.DataFrame(rows, columns=list(vote()))
    checked = consensus.check_ballots(votes, LIST, codes=CODES, translations=WORDS)
    assert len(checked.counted) + len(checked.not_counted) == len(cells)
    assert sorted(checked.not_counted["row"]) == [
        row["row"] for row in rows if row["row"] in set(checked.not_counted["row"])
    ]
    kept = checked.not_counted.set_index("row")
    assert all(kept.loc[row["row"], "vote"] == row["vote"] for row in rows if row["row"] in kept.index)
    assert (checked.not_counted["problem"] != "").all()
    assert not checked.counted.duplicated(["ballot", "recommendation_id"]).any()


@pytest.mark.parametrize(
    ("counts", "changes", "expected"),
    [
        ({"agree": 4}, {}, "undecided"),
        ({"agree": 5}, {}, "accepted"),
        ({"agree": 15, "amend": 5}, {}, "accepted"),
        ({"agree": 14, "amend": 6}, {}, "amended"),
        ({"agree": 8, "amend": 7, "object": 5}, {"objection": "means"}, "amended"),
        ({"agree": 8, "amend": 6, "object": 6}, {"objection": "means"}, "contested"),
        ({"agree": 9, "object": 11}, {"objection": "means"}, "rejected"),
        ({"agree": 10, "object": 10}, {"objection": "means"}, "contested"),
        ({"agree": 16, "object": 4}, {"objection": "evidence"}, "needs_evidence"),
        ({"agree": 17, "object": 4}, {"objection": "evidence"}, "accepted"),
    ],
)
def test_the_table_decides(rules, counts, changes, expected):
    assert decide(cast(counts, **changes), rules)["decision"] == expected


def test_what_one_sex_rejects_is_not_accepted_by_the_other(rules):
    # 16 of 20 agree, but of four women one: support of women 1/4.
    men, women = cast({"agree": 15}, sex="male"), cast({"agree": 1, "object": 3}, objection="means")
    together = pd.concat([men, women.assign(ballot=women["ballot"] + "-f")])
    found = decide(together, rules)
    assert found["lowest_support_share"] == 0.25
    assert found["decision"] == "contested"


def test_a_sex_of_few_votes_has_no_veto(rules):
    rows = pd.concat([cast({"agree": 15}, sex="male"), cast({"object": 2}, objection="means")])
    assert decide(rows, rules)["decision"] == "accepted"


def test_where_no_sex_has_enough_votes_all_count_together(rules):
    found = decide(pd.concat([cast({"agree": 4}), cast({"agree": 2}, sex="male")]), rules)
    small = consensus.count_votes(cast({"agree": 6, "object": 2}), LIST, least_group_n=9).iloc[0]
    assert found["decision"] == "accepted"
    assert small["lowest_support_share"] == 0.75


def test_two_wordings_with_as_many_voters_decide_nothing(rules):
    rows = cast({"agree": 6, "amend": 6})
    rows.loc[rows.index[-3:], "wording"] = "Train prosecutors."
    found = decide(rows, rules)
    assert pd.isna(found["wording_share"])
    assert found["decision"] == "contested"


def test_the_most_proposed_wording_becomes_the_new_one_however_it_is_spelt(rules):
    rows = cast({"agree": 6, "amend": 6})
    wordings = ["Train  ALL judges", "Train all judges.", "train all judges", "Pay them.", "...", "Train all judges."]
    rows.loc[rows["vote"].eq("amend"), "wording"] = wordings
    found = decide(rows, rules)
    assert (found["wording_n"], found["wording_share"]) == (4, pytest.approx(4 / 6))
    assert (found["decision"], found["action"]) == ("amended", "Train judges.")
    assert found["new_action"] == "Train  ALL judges"


def test_without_a_vote_nothing_is_decided(rules):
    counted = consensus.count_votes(cast({}), LIST, least_group_n=3)
    assert counted["votes_n"].tolist() == [0, 0]
    decided = consensus.decide(counted, rules)
    assert set(decided["decision"]) == {"not_voted"}
    assert decided["new_action"].tolist() == LIST["action"].tolist()


def test_a_table_of_rules_with_a_hole_is_refused(rules):
    counted = consensus.count_votes(cast({"agree": 8, "object": 6}), LIST, least_group_n=3)
    with pytest.raises(ValueError, match=r"no status holds for AAA-1; end framework/decision_rules\.csv"):
        consensus.decide(counted, rules[rules["decision"].ne("contested")])


def test_votes_by_group_add_up_and_small_groups_are_not_shown():
    rows = pd.concat(
        [cast({"agree": 6}), cast({"object": 5}, sex="male", objection="means"), cast({"amend": 2}, sex="")]
    )
    found = consensus.group_votes(rows, fields=["sex"], least_group_n=1).set_index("group")
    assert found["votes_n"].to_dict() == {"female": 6, "male": 5, "unknown": 2}
    assert found.loc["male", ["agree_n", "amend_n", "object_n"]].tolist() == [0, 0, 5]
    hidden = consensus.group_votes(rows, fields=["sex"], least_group_n=3).set_index("group")
    assert hidden["is_hidden"].to_dict() == {"female": False, "male": True, "unknown": True}
    assert pd.isna(hidden.loc["unknown", "amend_n"])
    assert consensus.group_votes(rows.head(0), fields=["sex"], least_group_n=1).empty


def test_decisions_go_into_the_list_unless_its_words_have_changed_since(rules):
    rows = pd.concat([cast({"amend": 9}), cast({"agree": 9}, name="AAA-2")])
    decided = consensus.decide(consensus.count_votes(rows, LIST, least_group_n=3), rules)
    advice = pd.DataFrame(
        {
            "recommendation_id": ["AAA-2", "AAA-1", "AAA-3"],
            "action": ["Pay the shelters well.", "Train judges.", "New."],
            "addressee": "x",
        }
    )
    final = consensus.apply_decisions(advice, decided)
    assert final["decision"].tolist() == ["not_voted", "amended", "not_voted"]
    assert final["action"].tolist() == ["Pay the shelters well.", "Train all judges.", "New."]
    assert final["old_action"].tolist() == advice["action"].tolist()
    assert final["addressee"].tolist() == ["x"] * 3
    assert "decision" not in advice

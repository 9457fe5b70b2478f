"""Words on what was decided: an empty instrument is never taken for a result, and what was said meets what was done."""

import json
from dataclasses import replace

import demo
import pytest
import shipped
from bs4 import BeautifulSoup

from ctresearch import consensus, deliberation
from ctresearch.review import ReportState
from ctresearch.vocabulary import Vocabulary

TRUTH = json.loads(demo.TRUTH.read_text(encoding="utf-8"))["workshop"]


@pytest.fixture(scope="module")
def data():
    return shipped.read_study("demo")


@pytest.fixture(scope="module")
def scored(data):
    return consensus.score_ratings(data.delphi_ratings, rules=data.study.delphi)


@pytest.fixture(scope="module")
def decided(data):
    counted = consensus.count_votes(data.ballots, data.voting_list, least_group_n=data.study.survey.least_group_n)
    return consensus.decide(counted, data.decision_rules)


def read(exhibit):
    return BeautifulSoup(exhibit.body, "html.parser").get_text(" ")


def test_without_a_round_or_a_vote_it_says_so(data):
    show = {"name": "x", "sources": data.sources}
    assert "No panel has rated" in read(deliberation.describe_rounds(data.delphi_ratings.head(0), **show))
    nothing = consensus.count_votes(data.ballots.head(0), data.voting_list.head(0), least_group_n=5)
    unvoted = consensus.count_votes(data.ballots.head(0), data.voting_list, least_group_n=5)
    for counted in (nothing, unvoted):
        decided = consensus.decide(counted, data.decision_rules)
        said = deliberation.describe_votes(decided, data.ballots_not_counted.head(0), **show)
        assert "No workshop has voted." in read(said)
        assert "draft from documents. No stakeholder" in read(deliberation.describe_list(decided, **show))
        assert deliberation.answer_voters(decided, vocabulary=data.vocabulary).empty


def test_rounds_and_votes_of_the_demo_are_told(data, decided):
    show = {"name": "x", "sources": data.sources}
    assert f"A panel of {TRUTH['panel_n']} rated 12 recommendations in 3 rounds" in read(
        deliberation.describe_rounds(data.delphi_ratings, **show)
    )
    said = read(deliberation.describe_votes(decided, data.ballots_not_counted, **show))
    assert f"{len(data.ballots):,} votes were counted" in said
    assert f"{len(data.ballots_not_counted)} votes are not counted" in said
    assert "Every vote that came in counts." in read(
        deliberation.describe_votes(decided, data.ballots_not_counted.head(0), **show)
    )
    assert "A workshop has voted on this list" in read(deliberation.describe_list(decided, **show))
    problems = deliberation.count_problems(data.ballots_not_counted).set_index("problem")["votes_n"]
    assert problems["double_vote"] == 2
    assert problems["old_list"] == 1
    assert deliberation.count_statuses(decided)["recommendations_n"].sum() == len(decided)


def test_the_panel_of_the_demo_draws_together_as_planted(data, scored):
    rounds = consensus.summarise_rounds(data.delphi_ratings, scored)
    assert rounds["panellists_n"].tolist() == [TRUTH["panel_n"] - gone for gone in (0, 1, 3)]
    assert rounds["w"].iloc[-1] > rounds["w"].iloc[0]
    last = scored[scored["round"].eq(3)].set_index("recommendation_id")
    assert last.index[~last["is_consensus"].astype(bool)].tolist() == TRUTH["without_consensus"]
    dissent = consensus.list_dissent(data.delphi_ratings, scored).set_index("recommendation_id")
    assert dissent.loc[[TRUTH["dissent_on"]], ["side", "dissenters_n"]].values.tolist() == [["lower", 1]]
    assert "Invented" in dissent.loc[TRUTH["dissent_on"], "reasons"]
    left = consensus.count_dropout(data.delphi_ratings, data.stakeholders, fields=["sex"], least_group_n=1)
    gone = left[left["field"].eq("panel")].set_index("round")["left_n"]
    assert gone.to_dict() == {1: 0, **{int(number): n for number, n in TRUTH["left_by_round"].items()}}


@pytest.mark.parametrize(
    ("rule", "words"),
    [("ipras", "closer together than IPRAS"), ("iqr", "range is at most 2."), ("panel_size", "a panel of its size")],
)
def test_the_rule_is_told_with_its_hash(data, rule, words):
    study = replace(data.study, delphi=replace(data.study.delphi, consensus=rule))
    said = read(deliberation.list_delphi_rules(study, name="x", sources=data.sources))
    assert words in said
    assert consensus.digest_rules(study.delphi) in said


def test_what_was_said_meets_what_was_done(decided):
    words = Vocabulary({"decision": {"not_voted": "not voted on"}})
    answered = deliberation.answer_voters(decided, vocabulary=words).set_index("decision")
    assert answered.loc[["amended"], "did"].iloc[0].startswith("New wording: Invented new wording: ")
    assert "(10 for want of evidence)" in answered.loc["needs_evidence", "said"]
    assert answered.loc["rejected", "did"] == "No longer recommended; it stays in the list with its votes."
    assert set(answered.loc[["contested"], "did"]) == {"Kept as it stands and marked as contested."}
    single = decided.head(1).assign(agree_n=1, amend_n=0, object_n=1, votes_n=2, decision="undecided", evidence_n=0)
    row = deliberation.answer_voters(single, vocabulary=words).iloc[0]
    assert (row["said"], row["did"]) == ("2 votes: 1 agrees, 1 objects.", "Kept as it stands; too few voted to decide.")
    other = single.assign(decision="not_voted")
    assert deliberation.answer_voters(other, vocabulary=words)["did"].tolist() == ["not voted on"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ReportState(), "It has not been sent"),
        (ReportState("sent_for_comments", "2025-06-02", "2025-07-15"), "comments are taken until 2025-07-15"),
        (ReportState("final", "2025-08-01", "", "abc"), "made final on 2025-08-01, for the content abc"),
        (ReportState("published", "2025-08-02", "", "abc"), "published on 2025-08-02"),
    ],
)
def test_where_the_report_stands_is_told_with_the_replies(data, state, words):
    said = read(deliberation.describe_standing(state, data.comments, name="x", sources=data.sources))
    assert words in said
    assert "Of 4 comments 3 have a reply." in said
    without = deliberation.describe_standing(state, data.comments.head(0), name="x", sources=data.sources)
    assert "have a reply" not in read(without)

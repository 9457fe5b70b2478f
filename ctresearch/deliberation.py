"""Words on what was decided: rounds of a panel, votes of a workshop, said and done, where the report stands."""

from __future__ import annotations

import pandas as pd

from ctresearch.consensus import digest_rules
from ctresearch.exhibits import Exhibit
from ctresearch.review import ReportState
from ctresearch.study import Study
from ctresearch.text import list_points, say
from ctresearch.vocabulary import UNKNOWN, Vocabulary

NO_ROUND = "ND: no round of a panel was held in this study."
NO_VOTE = "ND: no workshop has voted on the recommendations of this study."
NO_COMMENT = "ND: nobody has commented on a draft of this study."

_AGREES = {
    "ipras": "the ratings between the 30th and the 70th percentile lie closer together than IPRAS, the width that the "
    "RAND/UCLA method expects of a panel that disagrees",
    "panel_size": "no more ratings lie outside the third of the scale that holds the median than the table of the "
    "RAND/UCLA method allows a panel of its size",
    "iqr": "the interquartile range is at most {limit:g}",
}


def describe_rounds(ratings: pd.DataFrame, *, name: str, sources: pd.DataFrame) -> Exhibit:
    """Say whether a panel has rated the recommendations.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Contract of `delphi_ratings`; may be empty.
    """
    if ratings.empty:
        said = (
            "No panel has rated the recommendations of this study. Below stands the rule by which it would agree; the "
            "order of the recommendations is that of the evidence and of nobody's opinion."
        )
        return say(said, name=name, sources=sources)
    rounds_n, people_n = ratings["round"].nunique(), ratings["stakeholder"].nunique()
    listed_n = ratings["recommendation_id"].nunique()
    said = (
        f"A panel of {people_n} rated {listed_n} recommendations in {rounds_n} rounds, from 1 (not now) to 9 (first)."
    )
    return say(said, name=name, sources=sources)


def list_delphi_rules(study: Study, *, name: str, sources: pd.DataFrame) -> Exhibit:
    """List the rule of consensus, with the content hash by which it was fixed."""
    rules = study.delphi
    points = (
        f"The panel agrees where {_AGREES[rules.consensus].format(limit=rules.iqr_limit)}.",
        f"With fewer than {rules.least_ratings_n} ratings nothing is said of agreement.",
        "A priority is high where the median lies in the upper third without disagreement, and low in the lower third.",
        f"Answers are stable where less than {rules.stable_share:.0%} of the panel moved between two rounds.",
        f"There are at most {rules.rounds_n} rounds. Who dissents is heard to the end: dissent is listed with its "
        "reasons.",
        f"Content hash of the rule: {digest_rules(rules)}. Each round records it, and every check compares.",
    )
    return list_points(points, name=name, sources=sources)


def print_concordance(rounds: pd.DataFrame) -> pd.DataFrame:
    """Add Kendall's W in print, with two decimals: it lies between 0 and 1.

    Examples
    --------
    >>> print_concordance(pd.DataFrame({"w": [0.5397, None]}))["w_printed"].tolist()
    ['0.54', 'ND']
    """
    printed = [UNKNOWN if pd.isna(value) else f"{value:.2f}" for value in rounds["w"]]
    return rounds.assign(w_printed=pd.Series(printed, index=rounds.index, dtype="str"))


def print_limits(decision_rules: pd.DataFrame) -> pd.DataFrame:
    """Add the limit of each condition in print: shares in per cent, votes as they are.

    Examples
    --------
    >>> rules = pd.DataFrame({"quantity": ["agree_share", "votes_n"], "limit": [0.75, 5.0]})
    >>> print_limits(rules)["limit_printed"].tolist()
    ['75 %', '5']
    """
    pairs = zip(decision_rules["quantity"], decision_rules["limit"].astype("float64"), strict=True)
    printed = [f"{limit * 100:g} %" if quantity.endswith("_share") else f"{limit:g}" for quantity, limit in pairs]
    return decision_rules.assign(limit_printed=pd.Series(printed, index=decision_rules.index, dtype="str"))


def describe_votes(decided: pd.DataFrame, not_counted: pd.DataFrame, *, name: str, sources: pd.DataFrame) -> Exhibit:
    """Say whether a workshop has voted, and on how much.

    Parameters
    ----------
    decided : pandas.DataFrame
        From `consensus.decide`; may be empty.
    not_counted : pandas.DataFrame
        Contract of `ballots_not_counted`.
    """
    votes_n = int(decided["votes_n"].sum()) if len(decided) else 0
    if not votes_n:
        said = (
            "No workshop has voted. Every recommendation is a draft from documents that no stakeholder has accepted, "
            "changed or rejected. Below stands the rule by which votes would decide."
        )
        return say(said, name=name, sources=sources)
    on_n = int(decided["votes_n"].gt(0).sum())
    left = (
        f"{len(not_counted)} votes are not counted; they are listed below with the reason."
        if len(not_counted)
        else "Every vote that came in counts."
    )
    said = (
        f"{votes_n:,} votes were counted on {on_n} of {len(decided)} recommendations that were put to the vote. {left}"
    )
    return say(said, name=name, sources=sources)


def count_statuses(decided: pd.DataFrame) -> pd.DataFrame:
    """Count the recommendations by status, those of the most first.

    Examples
    --------
    >>> decided = pd.DataFrame({"decision": ["accepted", "accepted"], "source_id": "s"})
    >>> count_statuses(decided)[["decision", "recommendations_n"]].values.tolist()
    [['accepted', 2]]
    """
    by = decided.groupby("decision", sort=False)
    counted = by.agg(recommendations_n=("decision", "size"), source_id=("source_id", "first")).reset_index()
    return counted.sort_values("recommendations_n", ascending=False, kind="stable", ignore_index=True)


def count_problems(not_counted: pd.DataFrame) -> pd.DataFrame:
    """Count the votes that do not count by reason; one may have several.

    Examples
    --------
    >>> count_problems(pd.DataFrame({"problem": ["no_sex;old_list"], "source_id": "s"}))["votes_n"].tolist()
    [1, 1]
    """
    single = not_counted.assign(problem=not_counted["problem"].str.split(";")).explode("problem")
    by = single.groupby("problem", sort=False)
    return by.agg(votes_n=("problem", "size"), source_id=("source_id", "first")).reset_index()


def answer_voters(decided: pd.DataFrame, *, vocabulary: Vocabulary) -> pd.DataFrame:
    """Put what voters said beside what was done: each recommendation that somebody would change or rejects.

    Parameters
    ----------
    decided : pandas.DataFrame
        From `consensus.decide`.

    Returns
    -------
    pandas.DataFrame
        `recommendation_id`, `action` (old wording), `said`, `did`, `decision`, `source_id`.

    Examples
    --------
    >>> row = {"recommendation_id": "AAA-1", "action": "Train.", "votes_n": 9, "agree_n": 2, "amend_n": 6,
    ...        "object_n": 1, "evidence_n": 0, "decision": "amended", "new_action": "Train all.", "source_id": "s"}
    >>> answered = answer_voters(pd.DataFrame([row]), vocabulary=Vocabulary())
    >>> answered["said"][0], answered["did"][0]
    ('9 votes: 2 agree, 6 would write it differently, 1 objects.', 'New wording: Train all.')
    """
    rows = decided[decided["amend_n"].gt(0) | decided["object_n"].gt(0)].reset_index(drop=True)
    said = [_say_votes(row) for row in rows.itertuples()]
    did = [_say_deed(row, vocabulary) for row in rows.itertuples()]
    columns = ["recommendation_id", "action", "said", "did", "decision", "source_id"]
    texts = {"said": pd.Series(said, dtype="str"), "did": pd.Series(did, dtype="str")}
    return rows.assign(**texts)[columns]


def _say_votes(row) -> str:
    parts = [
        f"{row.agree_n} {'agrees' if row.agree_n == 1 else 'agree'}",
        f"{row.amend_n} would write it differently" if row.amend_n else "",
        f"{row.object_n} {'objects' if row.object_n == 1 else 'object'}" if row.object_n else "",
    ]
    doubts = f" ({row.evidence_n} for want of evidence)" if row.evidence_n else ""
    return f"{row.votes_n} votes: {', '.join(part for part in parts if part)}{doubts}."


def _say_deed(row, vocabulary: Vocabulary) -> str:
    deeds = {
        "accepted": "Kept as it stands.",
        "amended": f"New wording: {row.new_action}",
        "rejected": "No longer recommended; it stays in the list with its votes.",
        "needs_evidence": "Held back until its evidence has been looked at again.",
        "contested": "Kept as it stands and marked as contested.",
        "undecided": "Kept as it stands; too few voted to decide.",
    }
    return deeds.get(row.decision, vocabulary.label("decision", row.decision))


def describe_standing(state: ReportState, comments: pd.DataFrame, *, name: str, sources: pd.DataFrame) -> Exhibit:
    """Say where the report stands between draft and published, and how many comments have a reply.

    Parameters
    ----------
    state : ReportState
        From `review.find_state`.
    comments : pandas.DataFrame
        Contract of `comments`; may be empty.
    """
    stands = {
        "draft": "This report is a draft. It has not been sent to those whom it names for their comments.",
        "sent_for_comments": f"This report is a draft that was sent for comments on {state.date}; comments are taken "
        f"until {state.deadline}.",
        "final": f"This report was made final on {state.date}, for the content {state.content}.",
        "published": f"This report was published on {state.date}, for the content {state.content}.",
    }[state.state]
    open_n = int(comments["reply"].eq("").sum())
    replied = f"Of {len(comments)} comments {len(comments) - open_n} have a reply." if len(comments) else ""
    needed = (
        "It may be published when the time for comments is over, every comment has a reply (with a reason where it is "
        "not accepted), and each role that the settings name has signed the very content that is published."
    )
    return say(stands, replied, needed, name=name, sources=sources)


def describe_list(decided: pd.DataFrame, *, name: str, sources: pd.DataFrame) -> Exhibit:
    """Say what the list of recommendations is: a draft from documents, or what a workshop has voted on.

    Parameters
    ----------
    decided : pandas.DataFrame
        From `consensus.decide`; may be empty.
    """
    if decided.empty or not decided["votes_n"].sum():
        said = "The list is a draft from documents. No stakeholder has ranked, changed or accepted it."
    else:
        said = (
            "A workshop has voted on this list; each recommendation shows its status, and amended ones their new "
            "wording. What was not put to the vote, or has been worded anew since, is a draft from documents."
        )
    return say(said, name=name, sources=sources)

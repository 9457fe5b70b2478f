"""The way of a report to its readers, after GRETA's procedure: draft, sent for comments, final, published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from ctresearch.choices import ReviewRules
from ctresearch.schema import Problem

STATES = ("draft", "sent_for_comments", "final", "published")
"""States in the order in which they are reached. A report without a row is a draft."""

KINDS = ("fact", "wording", "missing", "disagree")
"""What a comment can say: that a fact is wrong, words should change, something is missing, or the reader disagrees."""

NOT_SAID = "not_said"
"""Kind of a comment that was written in Word without one."""

REPLIES = ("accepted", "partly", "rejected")

_STATES_FILE, _COMMENTS_FILE, _SIGN_FILE = "report_states.csv", "comments.csv", "sign_offs.csv"


@dataclass(frozen=True)
class ReportState:
    """Where a report stands: its state, since when, until when comments are taken, and the content that had it."""

    state: str = "draft"
    date: str = ""
    deadline: str = ""
    content: str = ""


def find_state(states: pd.DataFrame) -> ReportState:
    """Return the latest state of a report; of two on one day the later in the order of `STATES`.

    Parameters
    ----------
    states : pandas.DataFrame
        Contract of `report_states`; may be empty.

    Examples
    --------
    >>> rows = [("draft", "2025-01-10", "", "a"), ("sent_for_comments", "2025-02-01", "2025-03-01", "b")]
    >>> states = pd.DataFrame(rows, columns=["report_state", "date", "deadline", "content"])
    >>> find_state(states).state, find_state(states.head(0)).state
    ('sent_for_comments', 'draft')
    """
    if states.empty:
        return ReportState()
    order = states.assign(_place=states["report_state"].map(STATES.index))
    last = order.sort_values(["date", "_place"], kind="stable").iloc[-1]
    return ReportState(last["report_state"], last["date"], last["deadline"], last["content"])


def describe_state(state: ReportState, *, content: str) -> str:
    """Say where a report stands, for the head of each page.

    A final or published state is that of one content: where the report is made of another, the page says so.

    Parameters
    ----------
    state : ReportState
    content : str
        Content hash of what the report is made from.

    Examples
    --------
    >>> describe_state(ReportState(), content="a")
    'Draft: nobody has been asked for comments yet.'
    >>> describe_state(ReportState("final", "2025-06-01", "", "a"), content="b")
    'Draft: changed since it was final on 2025-06-01.'
    """
    if state.state in ("final", "published"):
        if state.content != content:
            words = "final" if state.state == "final" else "published"
            return f"Draft: changed since it was {words} on {state.date}."
        word = "Final" if state.state == "final" else "Published"
        return f"{word} since {state.date}, content {content}."
    if state.state == "sent_for_comments":
        return f"Draft, sent for comments on {state.date}; comments are taken until {state.deadline}."
    since = f" since {state.date}" if state.date else ""
    return f"Draft{since}: nobody has been asked for comments yet."


def count_replies(comments: pd.DataFrame) -> pd.DataFrame:
    """Count the comments by reply; `open` has none yet.

    Examples
    --------
    >>> count_replies(pd.DataFrame({"reply": ["accepted", "", "accepted"]})).values.tolist()
    [['accepted', 2], ['open', 1]]
    """
    counts = comments["reply"].replace("", "open").value_counts(sort=False).rename_axis("reply")
    order = {name: place for place, name in enumerate((*REPLIES, "open"))}
    return counts.rename("comments_n").reset_index().sort_values("reply", key=lambda s: s.map(order), ignore_index=True)


def find_open_points(
    states: pd.DataFrame,
    comments: pd.DataFrame,
    sign_offs: pd.DataFrame,
    *,
    rules: ReviewRules,
    content: str,
    today: date,
) -> list[Problem]:
    """Find everything for which a report may not be published yet.

    It may once a draft was sent for comments for long enough and the deadline has passed, each comment has a reply (and
    a reason where it was not accepted), the state `final` was reached on this very content, and each role of the rules
    has signed this content.

    Parameters
    ----------
    states, comments, sign_offs : pandas.DataFrame
        Contracts of `report_states`, `comments` and `sign_offs`; each may be empty.
    rules : ReviewRules
        Of the study.
    content : str
        Content hash of what the report is made from.
    today : datetime.date
        The day on which it would be published.

    Returns
    -------
    list of Problem
        Empty if the report may be published.

    Examples
    --------
    >>> none = pd.DataFrame(columns=["report_state", "date", "deadline", "content", "reply", "reply_reason", "role"])
    >>> rules = ReviewRules(comment_days_n=28, sign_off_roles=["lead"])
    >>> for point in find_open_points(none, none, none, rules=rules, content="a", today=date(2025, 7, 1)):
    ...     print(point.expected)
    a draft that was sent for comments
    the state 'final'
    the signature of 'lead' under this content
    """
    return [
        *_check_deadline(states, rules, today),
        *_check_replies(comments),
        *_check_final(states, content),
        *_check_signatures(sign_offs, rules.sign_off_roles, content),
    ]


def _check_deadline(states: pd.DataFrame, rules: ReviewRules, today: date) -> list[Problem]:
    sent = states[states["report_state"].eq("sent_for_comments")]
    if sent.empty:
        remedy = "Send the draft, and add a row with the deadline."
        return [Problem(_STATES_FILE, "a draft that was sent for comments", remedy)]
    last = sent.sort_values("date", kind="stable").iloc[-1]
    rows = (int(last.name) + 2,)
    first, deadline = last["date"], last["deadline"]
    if {len(first), len(deadline)} != {len("2025-06-02")}:
        expected = "whole days in 'date' and 'deadline', such as 2025-06-02"
        found = f"{first} and {deadline}"
        return [Problem(_STATES_FILE, expected, "Enter the day: readers must know it.", rows, "deadline", found)]
    problems = []
    if deadline >= today.isoformat():
        problems.append(Problem(_STATES_FILE, "a deadline that has passed", "Wait for it.", rows, "deadline", deadline))
    if (date.fromisoformat(deadline) - date.fromisoformat(first)).days < rules.comment_days_n:
        expected = f"at least {rules.comment_days_n} days from 'date' to 'deadline', as [review] says"
        problems.append(Problem(_STATES_FILE, expected, "Give more time.", rows, "deadline", deadline))
    return problems


def _check_replies(comments: pd.DataFrame) -> list[Problem]:
    is_open = comments["reply"].eq("")
    is_bare = comments["reply"].isin(["partly", "rejected"]) & comments["reply_reason"].eq("")
    found = (
        (is_open, "reply", "a reply to each comment", "Accept it, in part or not, and say why."),
        (is_bare, "reply_reason", "the reason of a reply that does not accept", "Say why."),
    )
    return [
        Problem(_COMMENTS_FILE, expected, remedy, tuple(int(row) + 2 for row in comments.index[flag]), column)
        for flag, column, expected, remedy in found
        if flag.any()
    ]


def _check_final(states: pd.DataFrame, content: str) -> list[Problem]:
    state = find_state(states)
    if state.state not in ("final", "published"):
        remedy = f"Add a row with the state final and content {content}."
        return [Problem(_STATES_FILE, "the state 'final'", remedy, column="report_state")]
    if state.content != content:
        remedy = "Something was changed since: look at it, have it signed again, and add a row with this content."
        return [Problem(_STATES_FILE, f"content {content}", remedy, column="content", found=state.content)]
    return []


def _check_signatures(sign_offs: pd.DataFrame, roles: Sequence[str], content: str) -> list[Problem]:
    signed = set(sign_offs.loc[sign_offs["content"].eq(content), "role"])
    remedies = dict.fromkeys(sign_offs["role"], f"It signed another content: have it look at {content}.")
    return [
        Problem(
            _SIGN_FILE,
            f"the signature of '{role}' under this content",
            remedies.get(role, f"Have it sign {content}."),
            column="role",
        )
        for role in roles
        if role not in signed
    ]

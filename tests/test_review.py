"""The way of a report: each open point refuses a published build, and nothing else does."""

from datetime import date

import pandas as pd
import pytest

from ctresearch import review
from ctresearch.choices import ReviewRules

RULES = ReviewRules(comment_days_n=28, sign_off_roles=["lead", "office"])
STATES = pd.DataFrame(
    [
        ("draft", "2025-01-10", "", "a"),
        ("sent_for_comments", "2025-02-01", "2025-03-01", "b"),
        ("final", "2025-04-01", "", "c"),
    ],
    columns=["report_state", "date", "deadline", "content"],
)
COMMENTS = pd.DataFrame({"reply": ["accepted", "partly", "rejected"], "reply_reason": ["", "half", "no source"]})
SIGNED = pd.DataFrame({"role": ["lead", "office"], "content": ["c", "c"]})


def find(states=STATES, comments=COMMENTS, signed=SIGNED, *, content="c", today=date(2025, 4, 2)):
    return review.find_open_points(states, comments, signed, rules=RULES, content=content, today=today)


def expect(*expected, **changes):
    assert [point.expected for point in find(**changes)] == list(expected)


def test_a_report_with_nothing_open_may_be_published():
    assert find() == []
    assert find(comments=COMMENTS.head(0)) == []


def test_a_draft_that_nobody_saw():
    missing = ("a draft that was sent for comments", "the state 'final'")
    expect(*missing, states=STATES.head(1))
    expect(*missing, states=STATES.head(0))


def test_a_deadline_that_has_not_passed_even_today():
    expect("a deadline that has passed", today=date(2025, 3, 1))
    expect(today=date(2025, 3, 2))


def test_too_little_time_for_comments():
    short = STATES.replace("2025-03-01", "2025-02-28")
    expect("at least 28 days from 'date' to 'deadline', as [review] says", states=short)


@pytest.mark.parametrize("day", ["2025-03", "2025", "2025-03-01/2025-03-04"])
def test_a_deadline_without_a_day_has_not_passed(day):
    whole = "whole days in 'date' and 'deadline', such as 2025-06-02"
    expect(whole, states=STATES.replace("2025-03-01", day), today=date(2025, 3, 15))
    expect(whole, states=STATES.replace("2025-02-01", day))


def test_comments_without_reply_or_reason():
    bare = COMMENTS.assign(reply=["", "partly", "rejected"], reply_reason="")
    points = find(comments=bare)
    assert [(point.column, point.rows) for point in points] == [("reply", (2,)), ("reply_reason", (3, 4))]


def test_a_report_that_was_changed_after_it_was_final_must_be_signed_again():
    points = find(content="d")
    assert [point.column for point in points] == ["content", "role", "role"]
    assert points[0].found == "c"
    assert points[1].remedy == "It signed another content: have it look at d."


def test_a_missing_signature():
    points = find(signed=SIGNED.head(1))
    assert [str(point) for point in points] == [
        "sign_offs.csv, column 'role': expected the signature of 'office' under this content. Have it sign c."
    ]


def test_a_published_report_stays_publishable():
    published = pd.concat([STATES, STATES.tail(1).replace("final", "published")], ignore_index=True)
    assert find(states=published) == []
    assert review.find_state(published).state == "published"


@pytest.mark.parametrize(
    ("rows", "content", "words"),
    [
        (0, "c", "Draft: nobody has been asked for comments yet."),
        (1, "c", "Draft since 2025-01-10: nobody has been asked for comments yet."),
        (2, "c", "Draft, sent for comments on 2025-02-01; comments are taken until 2025-03-01."),
        (3, "c", "Final since 2025-04-01, content c."),
        (3, "d", "Draft: changed since it was final on 2025-04-01."),
    ],
)
def test_each_page_says_where_the_report_stands(rows, content, words):
    state = review.find_state(STATES.head(rows))
    assert review.describe_state(state, content=content) == words


def test_a_published_report_says_so_and_no_longer_once_it_is_changed():
    state = review.ReportState("published", "2025-05-01", "", "c")
    assert review.describe_state(state, content="c") == "Published since 2025-05-01, content c."
    assert review.describe_state(state, content="d") == "Draft: changed since it was published on 2025-05-01."


def test_states_are_ordered_by_day_and_not_by_row():
    assert review.find_state(STATES.iloc[::-1]).state == "final"


def test_replies_are_counted_with_those_that_are_open():
    replies = review.count_replies(pd.DataFrame({"reply": ["", "rejected", "accepted", ""]}))
    assert replies.values.tolist() == [["accepted", 1], ["rejected", 1], ["open", 2]]

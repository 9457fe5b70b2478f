"""Tables of what stakeholders decide: rounds of a Delphi, votes of a workshop, the way of a report to its readers."""

from __future__ import annotations

from ctresearch.schema.columns import Column, Table
from ctresearch.schema.columns import code_column as _code
from ctresearch.schema.columns import text_column as _text

_SOURCE = _code("source_id", "source of the row", "source")
_RECOMMENDATION = _code("recommendation_id", "the recommendation, a row of `voting_list.csv`", "recommendation")
_VERSION = Column(
    "list_version", "id", "content hash of the list that was put to the vote, as `voting_list.csv` has it"
)
_BALLOT = Column("ballot", "id", "number of the ballot, such as B-001; never anything that names a person")

VOTING_LIST = Table(
    "voting_list",
    "one recommendation as it was put to the panel and to the vote",
    (
        Column("recommendation_id", "id", "the recommendation"),
        _code("scope", "jurisdiction, or REG for the region", "jurisdiction_or_region"),
        _text("action", "its wording then", required=True),
        Column("list_version", "id", "content hash of the whole list: of every recommendation and its wording"),
    ),
    ("recommendation_id",),
    is_optional=True,
)

DELPHI_ROUNDS = Table(
    "delphi_rounds",
    "one round of a Delphi",
    (
        Column("round", "integer", "number of the round, from 1"),
        Column("opened", "date", "day on which it was opened"),
        Column("closed", "date", "day on which it was closed", required=False),
        Column("rule_version", "id", "content hash of `[delphi]` in `study.toml` when the round was opened"),
        _VERSION,
        _SOURCE,
    ),
    ("round",),
    is_optional=True,
)

DELPHI_RATINGS = Table(
    "delphi_ratings",
    "the rating that one panellist gave one recommendation in one round",
    (
        Column("round", "integer", "number of the round"),
        _code("stakeholder", "panellist, a row of `stakeholders.csv`", "stakeholder"),
        _RECOMMENDATION,
        Column("rating", "integer", "priority, 1 (not now) to 9 (first)"),
        _text("reason", "why, as the team has put it in words that name nobody"),
        _SOURCE,
    ),
    ("round", "stakeholder", "recommendation_id"),
    rules=("rating_on_the_scale_of_nine",),
    is_optional=True,
)

_VOTE_COLUMNS = (
    _BALLOT,
    _VERSION,
    _RECOMMENDATION,
    _code("vote", "agree, amend or object", "vote"),
    _text("wording", "the wording that is proposed; only of amend"),
    _code("objection", "why, of object", "objection", required=False),
    _code("jurisdiction", "where the voter works", "jurisdiction_or_region", required=False),
    _code("sector", "sector of the voter", "sector", required=False),
    _code("sex", "sex of the voter", "respondent_sex"),
    _SOURCE,
)

BALLOTS = Table(
    "ballots",
    "one vote of one ballot on one recommendation",
    _VOTE_COLUMNS,
    ("ballot", "recommendation_id"),
    rules=("wording_where_amended",),
    is_optional=True,
)

BALLOTS_NOT_COUNTED = Table(
    "ballots_not_counted",
    "one vote that is not counted, as it was received, with the reason",
    (
        _text("file", "file in which it was received", required=True),
        Column("row", "integer", "row of the file"),
        Column("problem", "codes", "why it is not counted", codes="ballot_problem"),
        *(_text(column.name, f"{column.description}, as written") for column in _VOTE_COLUMNS[:-1]),
        _SOURCE,
    ),
    ("file", "row", "recommendation_id"),
    is_optional=True,
)

REPORT_STATES = Table(
    "report_states",
    "one state that the report has reached",
    (
        _code("report_state", "draft, sent for comments, final or published", "report_state"),
        Column("date", "date", "day on which it was reached"),
        Column("deadline", "date", "last day for comments; only of a report that is sent for comments", required=False),
        Column("content", "id", "content hash of what the report was made from; `ctresearch check` prints it"),
        _text("note", "what a reader must know"),
    ),
    ("report_state", "date"),
    rules=("deadline_where_sent",),
    is_optional=True,
)

COMMENTS = Table(
    "comments",
    "one comment on the draft, with the reply; published with the report",
    (
        Column("comment_id", "id", "short name that the page gave the comment, or a running one such as C-001"),
        _text("item_id", "what it is about, such as `SRB-PROT-03` (items.csv of the report)", required=True),
        _text("title", "title of the item as printed now, or that it is no longer there", required=True),
        _code("comment_kind", "what the reader wants to say", "comment_kind"),
        _text("quote", "words that the reader selected"),
        _text("text", "the comment", required=True),
        _text("organisation", "office, organisation or role that commented, if given; never the name of a person"),
        _code("reply", "accepted, partly, rejected; empty while there is none", "reply", required=False),
        _text("reply_reason", "why, and what was changed"),
    ),
    ("comment_id",),
    rules=("reason_where_not_accepted",),
    is_optional=True,
)

SIGN_OFFS = Table(
    "sign_offs",
    "one signature of one role under one content",
    (
        _text("role", "a role of `[review]` in `study.toml`; never the name of a person", required=True),
        Column("date", "date", "day of the signature"),
        Column("content", "id", "content hash of what the report was made from; `ctresearch check` prints it"),
        _text("note", "what a reader must know"),
    ),
    ("role", "content"),
    is_optional=True,
)

DELIBERATION_TABLES = (VOTING_LIST, DELPHI_ROUNDS, DELPHI_RATINGS, BALLOTS, BALLOTS_NOT_COUNTED)
REVIEW_TABLES = (COMMENTS, REPORT_STATES, SIGN_OFFS)
"""Optional tables of a study on what was decided, and on its way to its readers."""

DECISION_RULES = Table(
    "decision_rules",
    "one condition of one status of a recommendation; the first status of which all hold is given",
    (
        Column("order", "integer", "place of the status: lower ones are tried first"),
        _code("decision", "the status", "decision"),
        _code("quantity", "what is compared", "vote_quantity"),
        _code("comparison", "how", "comparison"),
        Column("limit", "number", "with what"),
        _text("reason", "why", required=True),
    ),
    ("decision", "quantity", "comparison"),
)

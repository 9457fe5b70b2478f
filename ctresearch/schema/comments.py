"""The matrix of reviewers' comments: what they wrote, and what became of it."""

from __future__ import annotations

from ctresearch.schema.columns import Column, Table
from ctresearch.schema.columns import code_column as _code
from ctresearch.schema.columns import text_column as _text

COMMENT_CODES = {
    "comment_kind": {
        "fact": "A fact is wrong or outdated",
        "wording": "The wording should change",
        "missing": "Something is missing",
        "disagree": "The reader disagrees",
    },
    "comment_decision": {
        "accepted": "The report was changed as asked",
        "partly": "The report was changed in part",
        "declined": "The report was not changed",
    },
}
"""Codes of the matrix, by list."""

COMMENTS = Table(
    "comments",
    "one comment of a reviewer; the name stays in the file that the reviewer sent",
    (
        Column("comment_id", "id", "short name that the page gave the comment"),
        _text("item_id", "what it is about, such as `SRB-PROT-03` (items.csv of the report)", required=True),
        _text("title", "title of the item as printed now, or that it is no longer there", required=True),
        _code("kind", "what the reader wants to say", "comment_kind"),
        _text("quote", "words that the reader selected"),
        _text("text", "the comment", required=True),
        _text("organisation", "organisation of the reader, if given"),
        _text("reply", "what the team answers"),
        _code("decision", "what was decided; empty: open", "comment_decision", required=False),
        _text("reason", "why it was decided so"),
    ),
    ("comment_id",),
)

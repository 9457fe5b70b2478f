"""The columns of the words that a report does not use."""

from __future__ import annotations

from ctresearch.schema.columns import Table
from ctresearch.schema.columns import text_column as _text

TERMS = Table(
    "terms",
    "one word or phrase that a report does not use of people, because it hurts or judges them",
    (
        _text("term", "the word or phrase; case, hyphens and a plural with s do not matter", required=True),
        _text("instead", "what to write; empty: leave it out"),
        _text("reason", "why", required=True),
        _text("source_note", "whose choice of words it is", required=True),
    ),
    ("term",),
)

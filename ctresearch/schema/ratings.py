"""The columns of coded assessments: one coder's level for a cell, and what kind of source a publisher is."""

from __future__ import annotations

from ctresearch.schema.columns import Column, Table
from ctresearch.schema.columns import code_column as _code
from ctresearch.schema.columns import text_column as _text

RATINGS = Table(
    "ratings",
    "what one coder says of one indicator in one place at one time point",
    (
        Column("coder", "id", "role of the coder, never a name"),
        _code("jurisdiction", "jurisdiction that is rated", "jurisdiction"),
        _code("jurisdiction_part", "part that is rated; empty: the whole", "jurisdiction_part", required=False),
        _code("indicator", "indicator that is rated", "indicator"),
        _code("time_point", "time point of the study", "time_point"),
        Column("value", "integer", "level 0 to 3 by the written anchors; empty where it is not coded", required=False),
        _code("status", "coded, ND (no data) or NA (does not apply)", "rating_status"),
        Column("evidence_ids", "codes", "facts of `evidence.csv` that were read, joined by `;`", required=False),
        _text("rationale", "which fact meets which anchor; for NA why the question does not apply"),
        _text("looked_for", "what was looked for and where, if nothing decides the level"),
        _code("confidence", "how sure the coder is of the level", "confidence", required=False),
        Column("date", "date", "day of the rating"),
    ),
    ("coder", "jurisdiction", "jurisdiction_part", "indicator", "time_point"),
    scope=("jurisdiction",),
    is_optional=True,
)

METHODS = Table(
    "methods",
    "one method that could make an index, with whether the study makes one by it",
    (
        _code("step", "step of an index, in the words of the Handbook on Constructing Composite Indicators", "step"),
        _code("method", "method of that step; `each`: every coder, varied weight or indicator by itself", "method"),
        Column("is_on", "yesno", "whether the study's index is made by it; no index if no row says yes"),
        Column("probability", "number", "chance of it in the test of robustness; adds up to 1 within a step"),
        Column("is_reference", "yesno", "whether changes of rank are counted from it; one row of each step"),
        _text("reason", "why it is on, or why it has this chance", required=True),
    ),
    ("step", "method"),
    is_optional=True,
)

PUBLISHERS = Table(
    "publishers",
    "one publisher of `sources.csv` with its kind",
    (
        _text("publisher", "name as in `sources.csv`", required=True),
        _code("publisher_kind", "kind of source: of the author, where it copies another", "publisher_kind"),
        _text("note", "what a reviewer must know"),
    ),
    ("publisher",),
    is_optional=True,
)

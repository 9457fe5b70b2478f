"""The columns of the rule of urgency: points by criterion, and whom an indicator concerns."""

from __future__ import annotations

from ctresearch.schema.columns import Column, Table
from ctresearch.schema.columns import code_column as _code
from ctresearch.schema.columns import text_column as _text

URGENCY = Table(
    "urgency",
    "one level of one criterion of urgency, with its points",
    (
        _code("criterion", "what makes a need urgent", "criterion"),
        Column("level", "id", "level of the criterion; of severity: a rated level, or how facts read where none is"),
        Column(
            "least", "number", "of reach: fewest victims a year; of total: least share of the points", required=False
        ),
        Column("points", "number", "points of the level; more is more urgent", required=False),
        _text("stands_for", "levels that an unsure one may be, joined by `;`, each as likely; of confidence: steps"),
        _code("makes", "what a cell with this severity is", "need_kind", required=False),
        _text("words", "what is said of it in a report", required=True),
    ),
    ("criterion", "level"),
)

CONCERNED = Table(
    "concerned",
    "one indicator that concerns some victims only; the others concern all",
    (
        _code("indicator", "the indicator", "indicator"),
        _code("sex", "sex of those concerned", "sex"),
        _code("age_group", "age of those concerned", "age_group"),
        _text("reason", "why only they", required=True),
    ),
    ("indicator",),
)

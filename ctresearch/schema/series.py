"""Tables about series: where they break, and the overlapping lists from which the hidden are estimated."""

from __future__ import annotations

from ctresearch.schema.columns import Column, Table, code_column, text_column

BREAKS = Table(
    "breaks",
    "one change of law, reporting, definition or state that a series of counts runs through",
    (
        code_column("jurisdiction", "jurisdiction that it touches, or REG for all", "jurisdiction_or_region"),
        Column("year", "year", "first year that is counted or reported in the new way"),
        code_column("measure", "measure that it touches; empty: every series", "measure", required=False),
        code_column("kind", "what kind of change", "break_kind"),
        text_column("what", "what changed, in our own words", required=True),
        Column("is_cut", "yesno", "yes: the counts before and after are two series, and no trend runs over the year"),
        code_column("source_id", "source of the row", "source"),
        text_column("locator", "where in the source", required=True),
        text_column("note", "what a reviewer must know"),
    ),
    ("jurisdiction", "year", "measure", "kind", "what"),
    is_optional=True,
)

CAPTURES = Table(
    "captures",
    "the persons of one sex and age band who were on the same lists of several agencies in one year",
    (
        code_column("jurisdiction", "jurisdiction that the row is about", "jurisdiction"),
        Column("year", "year", "year of the lists"),
        Column("lists", "codes", "names of the lists that the persons are on, and of no other; at least one"),
        code_column("sex", "sex of the persons", "sex"),
        code_column("age_band", "age band of the persons; empty: not known", "age_band", required=False),
        Column("persons_n", "integer", "persons, each counted once", unit="persons"),
        code_column("source_id", "source of the row", "source"),
        text_column("note", "what a reviewer must know"),
    ),
    ("jurisdiction", "year", "lists", "sex", "age_band", "source_id"),
    ("persons_are_counted",),
    scope=("jurisdiction",),
    is_optional=True,
)

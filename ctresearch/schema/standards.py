"""The columns of the crosswalks from the framework's indicators to the terms of others."""

from __future__ import annotations

from ctresearch.schema.columns import Column, Table
from ctresearch.schema.columns import code_column as _code
from ctresearch.schema.columns import text_column as _text

GSI_ITEMS = Table(
    "gsi_items",
    "one government-response item of the Global Slavery Index 2023, in our own words",
    (
        Column("item", "id", "the index's code"),
        Column("milestone", "integer", "milestone of the index"),
        _text("activity", "activity of the index", required=True),
        _text("label", "what is met when the item is met", required=True),
        Column("is_negative", "yesno", "coded -1 when found, 0 when not"),
        _code("indicator", "nearest indicator of the framework", "indicator", required=False),
        _text("facet", "part of the indicator that the item is about, if a measure is for that part alone"),
        _code("fit", "how near", "fit"),
        Column("met_from", "integer", "lowest level whose anchor says that it is met; empty: none", required=False),
        Column("unmet_to", "integer", "highest level whose anchor says that it is not; empty: none", required=False),
        _text("gap_reading", "what 'not met' says", required=True),
        _code(
            "rated_if",
            "item that must be met for this one to be rated; where it is not, 'not met' says nothing",
            "gsi_item",
            required=False,
        ),
    ),
    ("item",),
)

STANDARDS = Table(
    "standards",
    "one indicator beside one provision of a standard that asks for the same or for a part of it",
    (
        _code("standard", "treaty, directive, law or index that others read the region by", "standard"),
        _text("provision", "article, paragraph, criterion, theme or dimension", required=True),
        _code("indicator", "indicator of the framework", "indicator"),
        _text("asks", "what the provision asks for, in our own words", required=True),
        _code("fit", "how near: asks for the same, or touches a part of it", "fit"),
        Column(
            "is_binding",
            "yesno",
            "whether the provision obliges those who are bound by the standard; no: it asks them to consider or to "
            "endeavour, or is a yardstick of whoever watches them",
        ),
        _code("citation_check", "whether the provision was seen in a text or is from memory", "citation_check"),
        _code("seen_in", "text in which it was seen; empty if it is from memory", "standard_text", required=False),
    ),
    ("standard", "provision", "indicator"),
    ("seen_if_audited",),
)

"""The columns of every table in `data/`, with type, unit, code list and missing code."""

from __future__ import annotations

from ctresearch.schema.columns import Column, Table
from ctresearch.schema.columns import code_column as _code
from ctresearch.schema.columns import text_column as _text
from ctresearch.schema.deliberation import DECISION_RULES, DELIBERATION_TABLES, REVIEW_TABLES
from ctresearch.schema.needs import CONCERNED, URGENCY
from ctresearch.schema.ratings import METHODS, PUBLISHERS, RATINGS
from ctresearch.schema.series import BREAKS, CAPTURES
from ctresearch.schema.stakeholders import FORM_TABLES, PARTICIPATION_TABLES
from ctresearch.schema.standards import GSI_ITEMS, STANDARDS
from ctresearch.schema.terms import TERMS

_JURISDICTION = _code("jurisdiction", "jurisdiction that the row is about", "jurisdiction")
_SOURCE = _code("source_id", "source of the row", "source")
_LOCATOR = _text("locator", "where in the source: page, narrative, table, address of the page")
_NOTE = _text("note", "what a reviewer must know")
_YEAR = Column("year", "year", "year of the events")

_VALUE = (
    Column("value", "number", "the number; empty where the publisher masked it", required=False),
    Column("value_low", "number", "smallest number that the printed value allows"),
    Column("value_high", "number", "largest number that the printed value allows; empty: no limit", required=False),
    _text("printed", "the value as the publisher printed it", required=True),
    _code("status", "reported, or suppressed (masked by the publisher)", "value_status"),
)

_COUNT_COLUMNS = (
    _JURISDICTION,
    Column("year", "year", "first year of the events"),
    Column("year_end", "year", "last year of the events; equals `year` for a single year"),
    _text("period", "part of the year that is covered, in words; empty: whole years"),
    _code("measure", "what is counted; different counts are different measures", "measure"),
    _code("sex", "sex of the persons", "sex"),
    _code("age_group", "age group of the persons", "age_group"),
    _code("form", "form of exploitation", "form"),
    _code("citizenship", "citizenship: total, own, foreign, unknown or a country code", "citizenship"),
    Column("part", "integer", "running number where a publisher prints one key more than once", required=False),
    *_VALUE,
    Column("report_year", "year", "year of the publication", required=False),
    _SOURCE,
    _LOCATOR,
    _code("check", "how the transcription was checked", "check"),
    _NOTE,
)
_COUNT_KEY = (
    "jurisdiction",
    "year",
    "year_end",
    "period",
    "measure",
    *("sex", "age_group", "form", "citizenship", "part"),
    *("printed", "report_year", "source_id"),
)
_COUNT_RULES = ("years_in_order", "bounds_in_order", "suppressed_has_no_value")

SOURCES = Table(
    "sources",
    "one publication",
    (
        Column("source_id", "id", "short name by which rows cite the source"),
        _text("publisher", "who published it", required=True),
        _text("title", "title of the publication or page", required=True),
        Column("year", "year", "year of publication", required=False),
        Column("address", "address", "public address of the publication or page", required=False),
        _text("terms", "terms of use as far as they are known", required=True),
        _code(
            "status",
            "public, restricted, synthetic, or wanted (known to be missing; no row may cite it)",
            "source_status",
        ),
        Column("accessed", "date", "day on which the copy was read; empty only for a wanted source", required=False),
        _text("via", "where the copy that was read is kept, if not at the address"),
        _NOTE,
    ),
    ("source_id",),
    ("accessed_unless_wanted",),
)

VICTIMS = Table(
    "victims", "one published count of victims", _COUNT_COLUMNS, _COUNT_KEY, _COUNT_RULES, scope=("jurisdiction",)
)

JUSTICE = Table(
    "justice",
    "one published count of persons or cases before the law",
    _COUNT_COLUMNS,
    _COUNT_KEY,
    _COUNT_RULES,
    scope=("jurisdiction",),
)

FLOWS = Table(
    "flows",
    "one published count of victims by citizenship and place of detection",
    (
        _code("origin", "citizenship of the victims", "country"),
        _code("destination", "where they were detected or exploited", "country"),
        _YEAR,
        Column("year_end", "year", "last year of the events; equals `year` for a single year"),
        _code("measure", "what is counted", "measure"),
        *_VALUE,
        _SOURCE,
        _LOCATOR,
        _NOTE,
    ),
    ("origin", "destination", "year", "year_end", "measure", "source_id"),
    ("years_in_order", "bounds_in_order", "suppressed_has_no_value"),
    scope=("origin", "destination"),
)

BENCHMARKS = Table(
    "benchmarks",
    "one value of another body's rating, shown beside and never blended in",
    (
        _JURISDICTION,
        Column("year", "year", "year of the rating"),
        _code("benchmark", "whose rating", "benchmark"),
        _text("item", "what is rated", required=True),
        Column("value", "number", "the rating as a number, on the scale of its publisher", required=False),
        _text("printed", "the rating as printed"),
        _code("status", "reported, or not reported by the publisher", "value_status"),
        _SOURCE,
        _LOCATOR,
        _NOTE,
    ),
    ("jurisdiction", "year", "benchmark", "item", "source_id"),
    scope=("jurisdiction",),
)

INSTRUMENTS = Table(
    "instruments",
    "one treaty, agreement, network or declaration",
    (
        Column("instrument", "id", "short name"),
        _code("kind", "kind of instrument", "instrument_kind"),
        _text("title", "title", required=True),
        Column("subject", "codes", "what it regulates, as its title or a text on it says", codes="instrument_subject"),
        Column("adopted", "date", "day, month or year of adoption or signature", required=False),
        Column("in_force", "date", "day, month or year of entry into force", required=False),
        Column("is_binding", "yesno", "whether it binds its parties"),
        _text("expected_parties", "codes of those that it is open to, joined by ;"),
        Column("use_evidence_ids", "codes", "facts that show its use", codes="evidence", required=False),
        _SOURCE,
        _LOCATOR,
        _NOTE,
    ),
    ("instrument",),
)

PARTICIPATION = Table(
    "participation",
    "one act of one party under one instrument",
    (
        _code("instrument", "the instrument", "instrument"),
        _code("jurisdiction", "the party", "country"),
        _code("act", "the act", "instrument_act"),
        Column("date", "date", "day, month or year of the act", required=False),
        _code("status", "found, or what is known instead; not found is not the same as none", "participation_status"),
        _SOURCE,
        _LOCATOR,
        _NOTE,
    ),
    ("instrument", "jurisdiction", "act", "date", "source_id"),
    scope=("jurisdiction",),
)

MONITORING = Table(
    "monitoring",
    "one step of an international monitoring round",
    (
        _JURISDICTION,
        _text("body", "the monitoring body", required=True),
        Column("round", "integer", "evaluation round"),
        _code("event", "the step", "monitoring_event"),
        Column("date", "date", "day, month, year, or first and last day", required=False),
        _text("document", "number of the document"),
        _SOURCE,
        _LOCATOR,
        _NOTE,
    ),
    ("jurisdiction", "body", "round", "event", "date", "source_id"),
    scope=("jurisdiction",),
)

EVIDENCE = Table(
    "evidence",
    "one fact found in the desk review",
    (
        Column("evidence_id", "id", "short name by which findings cite the fact"),
        _code("jurisdiction", "jurisdiction, or REG for the region", "jurisdiction_or_region"),
        _code("indicator", "indicator that the fact bears on", "indicator"),
        Column("year", "year", "year that the fact is about"),
        _text("statement", "the fact in our own words", required=True),
        _code("direction", "gap, strength or context, read against the indicator's anchors", "direction"),
        _code("evidence_kind", "what the fact is evidence of", "evidence_kind"),
        _SOURCE,
        _text("locator", "where in the source: page, narrative, table, address of the page", required=True),
        _code("second_source_id", "independent second source", "source", required=False),
        _text("second_locator", "where in the second source"),
        _code("check", "how the fact was checked", "check"),
        _NOTE,
    ),
    ("evidence_id",),
    scope=("jurisdiction",),
)

POPULATION = Table(
    "population",
    "one population estimate",
    (
        _JURISDICTION,
        _YEAR,
        _code("sex", "sex of the persons", "sex"),
        Column("population_n", "integer", "persons, all ages", unit="persons"),
        _SOURCE,
        _NOTE,
    ),
    ("jurisdiction", "year", "sex", "source_id"),
    scope=("jurisdiction",),
)

CONTEXT = Table(
    "context",
    "one social or economic figure",
    (
        _JURISDICTION,
        _YEAR,
        _code("context_measure", "what is measured, with its unit", "context_measure"),
        _code("sex", "sex of the persons", "sex"),
        Column("value", "number", "the figure, in the unit that the measure names"),
        _SOURCE,
        _NOTE,
    ),
    ("jurisdiction", "year", "context_measure", "sex", "source_id"),
    scope=("jurisdiction",),
)

CORRECTIONS = Table(
    "corrections",
    "one corrected cell of another table of the study",
    (
        _code("table", "table that is corrected", "study_table"),
        _text("where", "the row: `column=value;column=value` as in the file; fits one row", required=True),
        _text("column", "column of the cell", required=True),
        _text("expected_value", "what the cell holds before; when it no longer does, the study fails its check"),
        _text("new_value", "what it is corrected to; a `value` needs `value_low` and `value_high` corrected with it"),
        _text("reason", "why the cell is wrong", required=True),
        _code("source_id", "source of the new value", "source"),
        _text("who", "role of the person who corrects, never a name", required=True),
        Column("date", "date", "day of the correction"),
    ),
    ("table", "where", "column"),
    is_optional=True,
)

STUDY: tuple[Table, ...] = (
    SOURCES,
    VICTIMS,
    JUSTICE,
    FLOWS,
    BENCHMARKS,
    INSTRUMENTS,
    PARTICIPATION,
    MONITORING,
    EVIDENCE,
    POPULATION,
    CONTEXT,
    BREAKS,
    CAPTURES,
    PUBLISHERS,
    RATINGS,
    METHODS,
    *PARTICIPATION_TABLES,
    *DELIBERATION_TABLES,
    *REVIEW_TABLES,
    CORRECTIONS,
)
"""Tables of a study folder, in the order in which they are read."""

CODES = Table(
    "codes",
    "one code of one code list",
    (
        Column("list", "id", "name of the code list"),
        _text("code", "the code", required=True),
        _text("label", "label in reports", required=True),
        _NOTE,
    ),
    ("list", "code"),
)

INDICATORS = Table(
    "indicators",
    "one question of the framework",
    (
        Column("indicator", "id", "short name: pillar and number"),
        _code("pillar", "pillar of the framework", "pillar"),
        _text("theme", "theme in a few words", required=True),
        _code("measure_type", "what is rated: law, institution, practice or outcome", "measure_type"),
        _text("question", "the question", required=True),
        _text("anchor_0", "what earns 0", required=True),
        _text("anchor_1", "what earns 1", required=True),
        _text("anchor_2", "what earns 2", required=True),
        _text("anchor_3", "what earns 3", required=True),
        _text("level_rule", "how levels, parts and caps are decided", required=True),
        _text("not_applicable_when", "when the answer is NA"),
        _text("standard", "the standard that the question rests on", required=True),
        _code("standard_kind", "how far the standard binds", "standard_kind"),
        _text("see_also", "other standards and guidance"),
        _code("citation_check", "whether the citation was audited or is from memory", "citation_check"),
        Column("is_core", "yesno", "in the core set"),
        Column("is_gender", "yesno", "gender-sensitive"),
        Column("is_child", "yesno", "child-sensitive"),
        Column("is_regional", "yesno", "matters for regional cooperation"),
        _text("evidence_expected", "what would answer it", required=True),
        _text("ask", "whom to ask", required=True),
    ),
    ("indicator",),
)

MEASURES = Table(
    "measures",
    "one measure that closes a gap",
    (
        Column("measure_id", "id", "short name"),
        _code("indicator", "indicator whose gap it closes", "indicator"),
        _code("applies_to", "law, practice or any gap", "applies_to"),
        _text("facet", "part of the indicator that it is for; empty: all that no other measure is for"),
        _text("action", "what to do", required=True),
        _text("regional_action", "what to do together where several jurisdictions share the gap", required=True),
        _code("addressee", "who acts", "addressee"),
        _code("level", "where it is done", "level"),
        _code("time_frame", "how soon", "time_frame"),
        _code("cost_class", "class of cost, as the authors judge; nothing was costed", "cost_class"),
        _code("capacity", "capacity that is developed", "capacity"),
        _text("gender_effect", "effect on women, men, girls and boys", required=True),
        _code("regional_addressee", "who acts for the region; empty: as above", "addressee", required=False),
        _code("regional_cost_class", "class of cost for the region; empty: as above", "cost_class", required=False),
        _code("regional_capacity", "capacity developed in the region; empty: as above", "capacity", required=False),
        _text("regional_gender_effect", "effect of what is done together; empty: as above"),
    ),
    ("measure_id",),
)

GLOSSARY = Table(
    "glossary",
    "one term",
    (
        _text("term", "the term", required=True),
        _text("definition", "what it means here", required=True),
        _text("source_note", "where the meaning comes from"),
    ),
    ("term",),
)

LABELS = Table(
    "labels",
    "one word or phrase that stands for a code in one language",
    (
        Column("list", "id", "name of the code list, of `codes.csv` or of a standard"),
        _text("code", "the code that the label stands for", required=True),
        Column("language", "id", "language and, where two are in use, script (BCP 47)"),
        _text("label", "the word or phrase; case, diacritics and punctuation do not matter", required=True),
    ),
    ("list", "code", "language", "label"),
)

LINKAGE_WEIGHTS = Table(
    "linkage_weights",
    "one degree to which two records agree in a field",
    (
        Column("field", "id", "field of the case sheets that is compared"),
        Column("level", "id", "how far the two values agree"),
        Column("m", "number", "share of pairs of the same person that agree so far"),
        Column("u", "number", "share of pairs of two persons that agree so far"),
    ),
    ("field", "level"),
)

FRAMEWORK: tuple[Table, ...] = (
    CODES,
    INDICATORS,
    MEASURES,
    GSI_ITEMS,
    STANDARDS,
    GLOSSARY,
    TERMS,
    LABELS,
    LINKAGE_WEIGHTS,
    URGENCY,
    CONCERNED,
    *FORM_TABLES,
    DECISION_RULES,
)
"""Tables of the framework folder, the same for every study."""

"""Tables of the people who are asked: who they are in roles alone, what they answered, and the words of the form."""

from __future__ import annotations

from ctresearch.schema.columns import Column, Table
from ctresearch.schema.columns import code_column as _code
from ctresearch.schema.columns import text_column as _text
from ctresearch.schema.records import SURVEY_ANSWERS

_STAKEHOLDER = Column("stakeholder", "id", "running short name such as S-001; never anything that names a person")
_SOURCE = _code("source_id", "source of the row", "source")

STAKEHOLDERS = Table(
    "stakeholders",
    "one stakeholder by role, without anything that names a person",
    (
        _STAKEHOLDER,
        _code("jurisdiction", "where they work; REG: in several jurisdictions", "jurisdiction_or_region"),
        _code("sector", "type of stakeholder", "sector"),
        _code("level", "level on which they work", "level"),
        _code("sex", "sex", "sex"),
        _code("nrm_role", "role in the national referral mechanism", "nrm_role"),
        Column("power", "integer", "how much they can decide, 1 (little) to 5 (much), as the team judges"),
        Column("interest", "integer", "how much it matters to them, 1 (little) to 5 (much), as the team judges"),
        _SOURCE,
    ),
    ("stakeholder",),
    rules=("power_and_interest_on_the_scale",),
    scope=("jurisdiction",),
    is_optional=True,
)

INVITATIONS = Table(
    "invitations",
    "one group of persons who were invited to the survey",
    (
        _code("jurisdiction", "where they work; REG: in several jurisdictions", "jurisdiction_or_region"),
        _code("sector", "their sector", "sector"),
        _code("level", "their level", "level", required=False),
        _code("sex", "their sex", "sex"),
        Column("invited_n", "integer", "persons invited", unit="persons"),
        _SOURCE,
    ),
    ("jurisdiction", "sector", "level", "sex"),
    scope=("jurisdiction",),
    is_optional=True,
)

BUDGET_ALLOCATIONS = Table(
    "budget_allocations",
    "the points that one stakeholder gave to one pillar",
    (
        _STAKEHOLDER,
        _code("pillar", "pillar of the framework", "pillar"),
        Column("points", "number", "points out of the budget of `study.toml`"),
        _SOURCE,
    ),
    ("stakeholder", "pillar"),
    is_optional=True,
)

PAIR_COMPARISONS = Table(
    "pair_comparisons",
    "one comparison of two pillars by one stakeholder",
    (
        _STAKEHOLDER,
        _code("first", "a pillar", "pillar"),
        _code("second", "the pillar that it is compared with", "pillar"),
        Column("ratio", "number", "how many times more the first matters than the second: 1/9 to 9"),
        _SOURCE,
    ),
    ("stakeholder", "first", "second"),
    is_optional=True,
)

SURVEY_THEMES = Table(
    "survey_themes",
    "one theme that the codebook finds in one free text of one respondent; the text itself is nowhere here",
    (
        Column("respondent", "integer", "running number of the respondent, as in `survey_answers.csv`"),
        _code("asked", "the question that was answered", "survey_question"),
        _code(
            "survey_theme", "theme of the codebook, or `uncoded` where the text holds none of its words", "survey_theme"
        ),
        _SOURCE,
    ),
    ("respondent", "asked", "survey_theme", "source_id"),
    is_optional=True,
)

PARTICIPATION_TABLES = (
    STAKEHOLDERS,
    INVITATIONS,
    BUDGET_ALLOCATIONS,
    PAIR_COMPARISONS,
    SURVEY_ANSWERS,
    SURVEY_THEMES,
)
"""Optional tables of a study on the people who were asked."""

TRANSLATIONS = Table(
    "translations",
    "one text of a form in one language",
    (
        Column("list", "id", "kind of text: a code list, `indicator` or `survey_text`"),
        _text("code", "the code that the text stands for", required=True),
        Column("language", "id", "language and, where two are in use, script (BCP 47)"),
        _text("text", "the text as the form shows it", required=True),
        _code("state", "whether a person who speaks the language has checked it", "translation_state"),
    ),
    ("list", "code", "language"),
)

QUOTAS = Table(
    "quotas",
    "one least number of stakeholders to hear in each jurisdiction",
    (
        _code("field", "by what stakeholders are counted", "stakeholder_field"),
        _text("code", "code of the field's list", required=True),
        Column("least_n", "integer", "least number in a jurisdiction", unit="persons"),
        _text("reason", "why", required=True),
    ),
    ("field", "code"),
)

CODEBOOK = Table(
    "codebook",
    "one beginning of a word by which a theme is found in free text, in one language",
    (
        Column("survey_theme", "id", "short name of the theme"),
        _text("label", "the theme in reports", required=True),
        Column("language", "id", "language and, where two are in use, script (BCP 47)"),
        _text("stem", "beginning of a word; case and diacritics do not matter", required=True),
    ),
    ("survey_theme", "language", "stem"),
)

FORM_TABLES = (TRANSLATIONS, QUOTAS, CODEBOOK)
"""Tables of the framework on what is asked, of whom, and how free text is read."""

"""Table contracts: what every input table holds, and what is wrong with one that does not.

Checking needs pandas and pandera and is imported when first used, so that a command with nothing to do starts at once.
"""

from typing import TYPE_CHECKING, Any

from ctresearch.schema.contracts import CORRECTIONS, FRAMEWORK, STUDY, Column, Table
from ctresearch.schema.dictionary import write_dictionary
from ctresearch.schema.problems import Problem, StudyError
from ctresearch.schema.ratings import PUBLISHERS, RATINGS
from ctresearch.schema.records import CASES, OPTIONAL, SURVEY_ANSWERS
from ctresearch.schema.standards import STANDARDS

if TYPE_CHECKING:
    from ctresearch.schema.validation import check_table, convert_table

__all__ = [
    "CASES",
    "CORRECTIONS",
    "FRAMEWORK",
    "OPTIONAL",
    "PUBLISHERS",
    "RATINGS",
    "STANDARDS",
    "STUDY",
    "SURVEY_ANSWERS",
    "Column",
    "Problem",
    "StudyError",
    "Table",
    "check_table",
    "convert_table",
    "write_dictionary",
]


def __getattr__(name: str) -> Any:
    if name in ("check_table", "convert_table"):
        from ctresearch.schema import validation

        return getattr(validation, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

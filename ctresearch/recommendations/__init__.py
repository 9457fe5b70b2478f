"""Recommendations by rule: gaps, the measures that close them, priority, the terms of partners, and their trace."""

from ctresearch.recommendations.advice import add_ground, count_by_scope, match_measures, recommend, select_scope
from ctresearch.recommendations.gaps import (
    GAP_COLUMNS,
    TREATY_INDICATOR,
    collect_gaps,
    find_answered_gaps,
    find_evidence_gaps,
    find_gsi_gaps,
    find_instrument_gaps,
    find_statistics_gaps,
    find_treaty_gaps,
)
from ctresearch.recommendations.priority import BASES, PRIORITY_COLUMNS, add_priorities, count_by_basis
from ctresearch.recommendations.standards import add_standards, list_by_addressee, list_by_standard
from ctresearch.recommendations.trace import (
    check_recommendations,
    check_trace,
    derive_findings,
    lint,
    list_known_rows,
)

__all__ = [
    "BASES",
    "GAP_COLUMNS",
    "PRIORITY_COLUMNS",
    "TREATY_INDICATOR",
    "add_ground",
    "add_priorities",
    "add_standards",
    "check_recommendations",
    "check_trace",
    "collect_gaps",
    "count_by_basis",
    "count_by_scope",
    "derive_findings",
    "find_answered_gaps",
    "find_evidence_gaps",
    "find_gsi_gaps",
    "find_instrument_gaps",
    "find_statistics_gaps",
    "find_treaty_gaps",
    "lint",
    "list_by_addressee",
    "list_by_standard",
    "list_known_rows",
    "match_measures",
    "recommend",
    "select_scope",
]

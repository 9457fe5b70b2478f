"""Needs: which gaps are urgent by a rule in a table, what is strong, and what the gender and child lens shows."""

from ctresearch.needs.assessment import Assessment, assess_needs
from ctresearch.needs.criteria import (
    grade_criteria,
    grade_obligations,
    grade_reach,
    grade_severity,
    grade_stakeholders,
    grade_trend,
)
from ctresearch.needs.lens import count_lens, find_uncounted, read_lens
from ctresearch.needs.rule import CRITERIA, Rule, read_rule
from ctresearch.needs.strengths import list_strengths
from ctresearch.needs.urgency import Urgency, rank_needs, share_needs

__all__ = [
    "CRITERIA",
    "Assessment",
    "Rule",
    "Urgency",
    "assess_needs",
    "count_lens",
    "find_uncounted",
    "grade_criteria",
    "grade_obligations",
    "grade_reach",
    "grade_severity",
    "grade_stakeholders",
    "grade_trend",
    "list_strengths",
    "rank_needs",
    "read_lens",
    "read_rule",
    "share_needs",
]

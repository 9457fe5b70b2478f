"""Ratings: what coders say of each indicator, checked against its evidence, settled, rolled up, compared, profiled."""

from ctresearch.ratings.check import check_ratings, classify_sources
from ctresearch.ratings.levels import CHANCES, Levels, estimate_levels, roll_up_levels
from ctresearch.ratings.profile import (
    add_aspects,
    cite_evidence,
    compare_law_and_practice,
    derive_levels,
    profile_pillars,
)
from ctresearch.ratings.settle import adjudicate, compare_time_points, list_disagreements, roll_up_parts
from ctresearch.ratings.sheet import SHEET_COLUMNS, coding_sheet

__all__ = [
    "CHANCES",
    "SHEET_COLUMNS",
    "Levels",
    "add_aspects",
    "adjudicate",
    "check_ratings",
    "cite_evidence",
    "classify_sources",
    "coding_sheet",
    "compare_law_and_practice",
    "compare_time_points",
    "derive_levels",
    "estimate_levels",
    "list_disagreements",
    "profile_pillars",
    "roll_up_levels",
    "roll_up_parts",
]

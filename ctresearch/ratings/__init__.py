"""Ratings: what coders say of each indicator, checked against its evidence, rolled up, compared and settled."""

from ctresearch.ratings.check import check_ratings, classify_sources
from ctresearch.ratings.settle import adjudicate, compare_time_points, list_disagreements, roll_up_parts
from ctresearch.ratings.sheet import SHEET_COLUMNS, coding_sheet

__all__ = [
    "SHEET_COLUMNS",
    "adjudicate",
    "check_ratings",
    "classify_sources",
    "coding_sheet",
    "compare_time_points",
    "list_disagreements",
    "roll_up_parts",
]

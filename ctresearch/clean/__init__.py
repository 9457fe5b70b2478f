"""Cleaning: one file for each kind of work on the evidence; tables in, new tables out."""

from ctresearch.clean.conflicts import find_conflicts
from ctresearch.clean.counts import (
    combine_parts,
    name_sex_and_age,
    parse_printed_counts,
    select_series,
    select_totals,
    spread_printed,
)
from ctresearch.clean.totals import find_sum_gaps

__all__ = [
    "combine_parts",
    "find_conflicts",
    "find_sum_gaps",
    "name_sex_and_age",
    "parse_printed_counts",
    "select_series",
    "select_totals",
    "spread_printed",
]

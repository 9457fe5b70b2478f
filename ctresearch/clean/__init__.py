"""Cleaning: one file for each kind of work on the evidence; tables in, new tables out."""

from ctresearch.clean.conflicts import find_conflicts
from ctresearch.clean.corrections import correct_table
from ctresearch.clean.counts import (
    combine_parts,
    name_sex_and_age,
    parse_printed_counts,
    select_breakdowns,
    select_series,
    select_totals,
    spread_printed,
)
from ctresearch.clean.populations import compare_populations, find_widest_gaps
from ctresearch.clean.repeats import find_repeated_years
from ctresearch.clean.totals import add_up_parts

__all__ = [
    "add_up_parts",
    "combine_parts",
    "compare_populations",
    "correct_table",
    "find_conflicts",
    "find_repeated_years",
    "find_widest_gaps",
    "name_sex_and_age",
    "parse_printed_counts",
    "select_breakdowns",
    "select_series",
    "select_totals",
    "spread_printed",
]

"""Figures: drawn from tidy tables, with a text alternative made from the same numbers."""

from ctresearch.figures.counts import draw_breakdown, draw_series, draw_steps
from ctresearch.figures.flows import draw_flows
from ctresearch.figures.intervals import draw_intervals
from ctresearch.figures.lists import draw_overlaps
from ctresearch.figures.needs import draw_urgency
from ctresearch.figures.networks import draw_network
from ctresearch.figures.priorities import draw_priorities
from ctresearch.figures.profiles import draw_profile
from ctresearch.figures.readings import draw_coverage, draw_shares

__all__ = [
    "draw_breakdown",
    "draw_coverage",
    "draw_flows",
    "draw_intervals",
    "draw_network",
    "draw_overlaps",
    "draw_priorities",
    "draw_profile",
    "draw_series",
    "draw_shares",
    "draw_steps",
    "draw_urgency",
]

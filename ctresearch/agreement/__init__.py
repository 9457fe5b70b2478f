"""Agreement of coders: chance-corrected coefficients with intervals, and a screen for who differs from all others."""

from ctresearch.agreement.coefficients import Agreement, estimate_coefficient
from ctresearch.agreement.measures import COEFFICIENTS, measure_agreement, measure_pairs
from ctresearch.agreement.screen import screen_coders
from ctresearch.agreement.weights import SCALES, weigh_categories

__all__ = [
    "COEFFICIENTS",
    "SCALES",
    "Agreement",
    "estimate_coefficient",
    "measure_agreement",
    "measure_pairs",
    "screen_coders",
    "weigh_categories",
]

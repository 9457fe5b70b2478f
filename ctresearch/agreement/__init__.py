"""Agreement of coders: chance-corrected coefficients with intervals, and the cells that coders must talk over."""

from ctresearch.agreement.coefficients import Agreement, estimate_coefficient
from ctresearch.agreement.measures import COEFFICIENTS, measure_agreement, measure_pairs
from ctresearch.agreement.sheet import find_disagreements
from ctresearch.agreement.weights import SCALES, weigh_categories

__all__ = [
    "COEFFICIENTS",
    "SCALES",
    "Agreement",
    "estimate_coefficient",
    "find_disagreements",
    "measure_agreement",
    "measure_pairs",
    "weigh_categories",
]

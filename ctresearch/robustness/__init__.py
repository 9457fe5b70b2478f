"""How far scores and ranks depend on choices that could have been made otherwise, and on which."""

from ctresearch.robustness.assess import SETTLED, Assessment, assess_ranking
from ctresearch.robustness.choices import (
    FACTORS,
    NOTHING_LEFT_OUT,
    describe_choices,
    lay_out_coders,
    list_choices,
    perturb_weights,
)
from ctresearch.robustness.influence import estimate_sobol, measure_influence
from ctresearch.robustness.simulation import Robustness, simulate_choices

__all__ = [
    "FACTORS",
    "NOTHING_LEFT_OUT",
    "SETTLED",
    "Assessment",
    "Robustness",
    "assess_ranking",
    "describe_choices",
    "estimate_sobol",
    "lay_out_coders",
    "list_choices",
    "measure_influence",
    "perturb_weights",
    "simulate_choices",
]

"""Cooperation: instruments between pairs and bodies open to all, flows of victims, and where the two do not meet."""

from ctresearch.cooperation.expected import compare_with_expected, fit_quasi_independence
from ctresearch.cooperation.flows import select_abroad, sum_flows
from ctresearch.cooperation.instruments import (
    ACTIVE,
    NO_INSTRUMENT,
    lay_out_participation,
    list_treaty_acts,
    mirror_pairs,
    pair_instruments,
)
from ctresearch.cooperation.network import describe_network, measure_density
from ctresearch.cooperation.opportunities import (
    cite_cells,
    find_unmet_flows,
    find_unused_instruments,
    list_rested_on,
    list_shared_needs,
    match_strengths_to_gaps,
    match_strengths_to_needs,
)
from ctresearch.cooperation.rearranged import rearrange_tables
from ctresearch.cooperation.subjects import SUBJECTS, lay_out_subjects, list_bodies

__all__ = [
    "ACTIVE",
    "NO_INSTRUMENT",
    "SUBJECTS",
    "cite_cells",
    "compare_with_expected",
    "describe_network",
    "find_unmet_flows",
    "find_unused_instruments",
    "fit_quasi_independence",
    "lay_out_participation",
    "lay_out_subjects",
    "list_bodies",
    "list_rested_on",
    "list_shared_needs",
    "list_treaty_acts",
    "match_strengths_to_gaps",
    "match_strengths_to_needs",
    "measure_density",
    "mirror_pairs",
    "pair_instruments",
    "rearrange_tables",
    "select_abroad",
    "sum_flows",
]

"""A composite indicator by the steps of the OECD/JRC Handbook: each step a verb, each method a function.

Off by default: an index is calculated only from a table of choices that someone wrote (see `calculate_index`).
"""

from ctresearch.composite.aggregate import (
    MEANS,
    aggregate_arithmetic,
    aggregate_geometric,
    aggregate_harmonic,
    aggregate_median,
    climb_levels,
)
from ctresearch.composite.ahp import weight_ahp
from ctresearch.composite.consistency import measure_consistency
from ctresearch.composite.impute import (
    IMPUTATIONS,
    impute_group_mean,
    impute_mean,
    impute_median,
    impute_value,
    screen_coverage,
)
from ctresearch.composite.index import calculate_index
from ctresearch.composite.normalise import (
    normalise_bands,
    normalise_distance,
    normalise_goalposts,
    normalise_margin,
    normalise_minmax,
    normalise_percentile,
    normalise_rank,
    normalise_zscore,
)
from ctresearch.composite.structure import describe_structure, list_children
from ctresearch.composite.treat import denominate, treat_outliers
from ctresearch.composite.weight import weight_budget, weight_equal, weight_given, weight_pca

__all__ = [
    "IMPUTATIONS",
    "MEANS",
    "aggregate_arithmetic",
    "aggregate_geometric",
    "aggregate_harmonic",
    "aggregate_median",
    "calculate_index",
    "climb_levels",
    "denominate",
    "describe_structure",
    "impute_group_mean",
    "impute_mean",
    "impute_median",
    "impute_value",
    "list_children",
    "measure_consistency",
    "normalise_bands",
    "normalise_distance",
    "normalise_goalposts",
    "normalise_margin",
    "normalise_minmax",
    "normalise_percentile",
    "normalise_rank",
    "normalise_zscore",
    "screen_coverage",
    "treat_outliers",
    "weight_ahp",
    "weight_budget",
    "weight_equal",
    "weight_given",
    "weight_pca",
]

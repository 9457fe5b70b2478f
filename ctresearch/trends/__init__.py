"""Counts over time: rates with exact intervals, trends, change, composition and the justice chain."""

from ctresearch.trends.annual import AnnualTrend, fit_annual_change, fit_negative_binomial
from ctresearch.trends.changepoint import ChangePoint, find_change_point, find_change_points
from ctresearch.trends.composition import CompositionChange, compare_compositions, estimate_shares
from ctresearch.trends.joinpoint import JoinpointOptions, Joinpoints, fit_joinpoints
from ctresearch.trends.justice import CAVEATS, compare_chain_ratios, measure_chain_ratios, measure_justice_chain
from ctresearch.trends.overview import (
    compare_models,
    find_turns,
    judge_series,
    pool_series,
    select_breaks,
    stack_pooled,
)
from ctresearch.trends.periods import RateRatio, compare_periods, estimate_rate_ratio
from ctresearch.trends.pooling import PooledTrend, list_effects, pool_trends
from ctresearch.trends.profiles import (
    compare_breakdowns,
    compare_shares,
    count_profiles,
    count_where_detected,
    find_new_forms,
    list_share_changes,
)
from ctresearch.trends.rates import (
    PER,
    add_rates,
    choose_population,
    estimate_poisson_interval,
    estimate_ratio_interval,
)
from ctresearch.trends.segmented import Segmented, fit_segmented
from ctresearch.trends.series import list_scenarios, read_series, split_at_breaks
from ctresearch.trends.verdicts import (
    add_turns,
    adjust_p_values,
    judge_trends,
    make_trend_rule,
    make_turn_rule,
    tabulate_trends,
)

__all__ = [
    "CAVEATS",
    "PER",
    "AnnualTrend",
    "ChangePoint",
    "CompositionChange",
    "JoinpointOptions",
    "Joinpoints",
    "PooledTrend",
    "RateRatio",
    "Segmented",
    "add_rates",
    "add_turns",
    "adjust_p_values",
    "choose_population",
    "compare_breakdowns",
    "compare_chain_ratios",
    "compare_compositions",
    "compare_models",
    "compare_periods",
    "compare_shares",
    "count_profiles",
    "count_where_detected",
    "estimate_poisson_interval",
    "estimate_rate_ratio",
    "estimate_ratio_interval",
    "estimate_shares",
    "find_change_point",
    "find_change_points",
    "find_new_forms",
    "find_turns",
    "fit_annual_change",
    "fit_joinpoints",
    "fit_negative_binomial",
    "fit_segmented",
    "judge_series",
    "judge_trends",
    "list_effects",
    "list_scenarios",
    "list_share_changes",
    "make_trend_rule",
    "make_turn_rule",
    "measure_chain_ratios",
    "measure_justice_chain",
    "pool_series",
    "pool_trends",
    "read_series",
    "select_breaks",
    "split_at_breaks",
    "stack_pooled",
    "tabulate_trends",
]

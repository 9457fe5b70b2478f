"""What a study chooses: thresholds, methods and rules of study.toml, one class a section."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """Numbers that decide what is said or shown, chosen by the study."""

    shared_gap_n: int
    percentage_base_n: int
    sparse_years_n: int
    confidence_level: float


ZEROS = ("safe", "unsafe")
"""Whether a count of zero may be shown."""


@dataclass(frozen=True)
class DisclosureChoices:
    """How persons in case records are kept from being recognised; see `ctresearch.disclosure`.

    Attributes
    ----------
    least_n : int
        Smallest count, or number of contributors to an amount, that is shown.
    zeros : str
        `safe`: a zero is shown, and readers may know it; `unsafe`: it is hidden like a small count.
    protection_n : int
        Persons by which what a reader can calculate about a hidden count must reach beyond it, up and down to zero.
    dominance_n, dominance_pct : int, float
        An amount is hidden if so many contributors give more than so many per cent of it.
    p_pct : float
        An amount is hidden if the largest contribution can be estimated to within so many per cent of it.
    rounding_base : int
        Counts are rounded to multiples of it where rounding is chosen.
    k_n : int
        Records of an extract that must share the same key.
    l_n : int
        Different sensitive values that must occur among them.
    t_max : float
        Largest distance (0-1) of the sensitive values among them from those of all.
    """

    least_n: int
    zeros: str
    protection_n: int
    dominance_n: int
    dominance_pct: float
    p_pct: float
    rounding_base: int
    k_n: int
    l_n: int
    t_max: float


@dataclass(frozen=True)
class Scoring:
    """How ratings become levels and profiles, chosen by the study."""

    adjudicator: str
    """Role under which disagreements of coders are settled."""
    practice_rule: str
    """How the levels of parts become one where not law is rated: `minimum` or `lower_median`."""
    coverage_share: float
    """Share of the indicators that must have a level before anything is averaged."""
    interval_level: float
    """Chance within the interval of a level, a score or a rank."""
    agreement_scale: str
    """How much two different levels agree, one of `agreement.SCALES`."""
    resamples_n: int
    draws_n: int
    base_n: int
    """Size of the base sample of Sobol indices, a power of 2."""
    weight_share: float
    """Largest change of a weight in the test of robustness."""
    weight_copies_n: int
    """Sets of changed weights that are tried."""
    seed: int
    """Start of all draws, so that a run repeats to the byte."""


@dataclass(frozen=True)
class TrendChoices:
    """How trends are estimated and told; each is explained in the functions of `trends` that take it.

    Attributes
    ----------
    model : str
        Model whose interval decides; the other is shown beside it.
    years_min_n, events_min_n : int
        Fewer years or persons are too few to say.
    alpha, change_min_pct : float
        Largest adjusted p value of a change, and the change a year beyond which the interval must lie.
    multiplicity, shares, pooling, pooling_errors : str
        Methods of `adjust_p_values`, `estimate_shares` and `pool_trends`.
    long_years_n : int
        Joinpoints and change points are looked for in series of at least so many years.
    side_years_n : int
        Years at least on either side of a joinpoint or change point.
    joinpoints_max_n, permutations_n : int
        Of `fit_joinpoints`; as many tables are drawn where a composition cannot be tested by listing them.
    joinpoint_transform, joinpoint_weights, joinpoint_zeros, joinpoint_choice : str
        Of `JoinpointOptions`, there without the first word; the last is `choose_by`.
    """

    model: str
    years_min_n: int
    events_min_n: int
    alpha: float
    change_min_pct: float
    multiplicity: str
    long_years_n: int
    side_years_n: int
    joinpoints_max_n: int
    joinpoint_transform: str
    joinpoint_weights: str
    joinpoint_zeros: str
    joinpoint_choice: str
    permutations_n: int
    shares: str
    pooling: str
    pooling_errors: str


@dataclass(frozen=True)
class HiddenChoices:
    """How persons on no list are estimated; see `multiple_systems`.

    Attributes
    ----------
    least_overlap_n : int
        With fewer persons on two lists or more there is no estimate.
    near_bic : float
        Models whose BIC is at most so far above the lowest are shown.
    pair_p_value : float
        Below it a pair of lists counts as dependent in the stepwise choice.
    order : int
        Most lists in one interaction of the models that are compared by BIC.
    hidden_max_n : int
        Most hidden persons that the average over graphs thinks possible.
    prior_persons : float
        Prior persons in each cell of the average over graphs.
    """

    least_overlap_n: int
    near_bic: float
    pair_p_value: float
    order: int
    hidden_max_n: int
    prior_persons: float


@dataclass(frozen=True)
class SurveyRules:
    """How answers of stakeholders are read, chosen before the first of them came in.

    Attributes
    ----------
    least_group_n : int
        A group of fewer persons is not shown.
    quadrant_border : str
        What parts important from less important, and done well from done badly: `middle` of the scale, or `mean` of
        all items.
    false_discovery_rate : float
        Expected share of false ones among the differences between groups that are called differences.
    weigh_by : list of str
        Columns of `invitations.csv` whose groups count as they were invited, however many of them answered.
    budget_points : int
        Points that a stakeholder spreads over the pillars.
    consistency_limit : float
        Largest consistency ratio of joint comparisons of pillars.
    """

    least_group_n: int
    quadrant_border: str
    false_discovery_rate: float
    weigh_by: list
    budget_points: int
    consistency_limit: float


QUADRANT_BORDERS = ("middle", "mean")
"""What may part the quadrants of importance and performance."""


@dataclass(frozen=True)
class DelphiRules:
    """How ratings of a panel, from 1 to 9 in rounds, become consensus; fixed before round one.

    Attributes
    ----------
    rounds_n : int
        Most rounds.
    consensus : str
        When a panel agrees on a rating: `ipras`, no disagreement by the width between percentiles; `panel_size`, few
        ratings outside the third of the median, by a table for 8 to 16 panellists; or `iqr`, a narrow middle half.
    iqr_limit : float
        Widest interquartile range that counts as agreement by `iqr`.
    least_ratings_n : int
        With fewer ratings nothing is said of agreement.
    stable_share : float
        Answers are stable where less than this share of the panel moved between two rounds.
    """

    rounds_n: int
    consensus: str
    iqr_limit: float
    least_ratings_n: int
    stable_share: float


CONSENSUS_RULES = ("ipras", "panel_size", "iqr")
"""Rules of agreement of a panel."""


@dataclass(frozen=True)
class ReviewRules:
    """What a report goes through before it is published.

    Attributes
    ----------
    comment_days_n : int
        Least days between the day on which a draft is sent for comments and the deadline.
    sign_off_roles : list of str
        Roles that each must sign the same content; never a name.
    """

    comment_days_n: int
    sign_off_roles: list


SECTIONS: dict[str, type] = {
    "thresholds": Thresholds,
    "scoring": Scoring,
    "trends": TrendChoices,
    "hidden_population": HiddenChoices,
    "disclosure": DisclosureChoices,
    "survey": SurveyRules,
    "delphi": DelphiRules,
    "review": ReviewRules,
}
"""Sections of study.toml; every key of a section is required."""

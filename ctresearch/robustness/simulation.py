"""Monte Carlo over methodological choices: score intervals, rank ranges, who is above whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from ctresearch.robustness.choices import FACTORS
from ctresearch.robustness.engine import Evaluated, Setting, evaluate_draws, pick_options, prepare_setting

_DIGITS = 9
"""Scores that agree to so many decimals are equal: sums in another order differ in the last bits."""


@dataclass(frozen=True)
class Robustness:
    """Results of a simulation.

    Attributes
    ----------
    scores : pandas.DataFrame
        `normalise` (an option, or `all` for those on the common scale), `jurisdiction`, `score_low`, `score_median`,
        `score_high`, `draws_n`, `reason`.
    ranks : pandas.DataFrame
        `jurisdiction`, `rank_best`, `rank_low`, `rank_median`, `rank_high`, `rank_worst` (1 is the best; equal scores
        share the better rank), `reason`.
    pairs : pandas.DataFrame
        `first`, `second`, `above_share`: share of draws in which the first is above the second, equal scores by halves.
    failures : pandas.DataFrame
        `reason`, `draws_n`, `draws_share`: draws that could not be calculated; none of them entered a result.
    draws_n, calculated_n : int
        Draws asked for and calculated.
    """

    scores: pd.DataFrame
    ranks: pd.DataFrame
    pairs: pd.DataFrame
    failures: pd.DataFrame
    draws_n: int
    calculated_n: int


def simulate_choices(
    scores: Mapping[str, pd.DataFrame],
    structure: pd.DataFrame,
    *,
    weights: pd.DataFrame,
    choices: pd.DataFrame,
    scale: tuple[float, float],
    constant: str,
    draws_n: int,
    level: float,
    rng: np.random.Generator,
) -> Robustness:
    """Calculate an index under draws of every choice.

    An indicator is left out after missing values are treated. For the scores of one pillar pass the rows of the
    structure that make it.

    Parameters
    ----------
    scores : mapping of str to pandas.DataFrame
        For every coder (or joint rating) one row a jurisdiction, one column an indicator; see `lay_out_coders`.
    structure : pandas.DataFrame
        From `describe_structure`.
    weights : pandas.DataFrame
        One row a code (indicators and pillars), one column an option: equal, given, each stakeholder's.
    choices : pandas.DataFrame
        `factor`, `option`, `probability`; see `describe_choices`.
    scale : tuple of float
        Scale of normalised values; above 0 where a geometric or harmonic mean is an option.
    constant : str
        `refuse` or `middle`: what to do about an indicator on which all are alike.
    draws_n : int
        Draws.
    level : float
        Share of the draws within an interval, for example 0.9.
    rng : numpy.random.Generator
        Draws the choices.

    Returns
    -------
    Robustness

    Raises
    ------
    ValueError
        If the tables do not fit together, or a choice is unknown.

    References
    ----------
    Saisana, M., Saltelli, A., Tarantola, S. (2005). Uncertainty and sensitivity analysis techniques as tools for the
    quality assessment of composite indicators. J. R. Stat. Soc. A 168, 307-323.

    Examples
    --------
    >>> from ctresearch.composite import describe_structure, weight_equal
    >>> from ctresearch.robustness import describe_choices
    >>> indicators = pd.DataFrame({"indicator": ["P-1", "P-2"], "pillar": ["protection", "protection"]})
    >>> structure = describe_structure(indicators, top="index", goalposts=(0, 3))
    >>> options = {"coder": ["A"], "missing": ["lowest", "highest"], "normalise": ["goalposts"], "weight": ["equal"],
    ...            "aggregate": ["arithmetic"], "left_out": ["none"]}
    >>> found = simulate_choices(
    ...     {"A": pd.DataFrame({"P-1": [3.0, 0.0], "P-2": [None, 0.0]}, index=["ALB", "SRB"])}, structure,
    ...     weights=weight_equal(structure).to_frame("equal"), choices=describe_choices(options), scale=(0, 100),
    ...     constant="middle", draws_n=200, level=0.9, rng=np.random.default_rng(1),
    ... )
    >>> found.scores[["jurisdiction", "score_low", "score_high"]].values.tolist()[:2]
    [['ALB', 50.0, 100.0], ['SRB', 0.0, 0.0]]
    """
    if draws_n < 1 or not 0 < level < 1:
        raise ValueError(f"draws_n is {draws_n}, level {level}; expected a draw or more and a share between 0 and 1")
    setting = prepare_setting(scores, structure, weights=weights, choices=choices, scale=scale, constant=constant)
    picks = pick_options(setting, rng.random((draws_n, len(FACTORS))))
    evaluated = evaluate_draws(setting, picks)
    is_calculated = evaluated.reasons == ""
    ranks = rank_draws(evaluated.scores[is_calculated])
    return Robustness(
        scores=_summarise_scores(setting, evaluated.scores, picks[:, FACTORS.index("normalise")], is_calculated, level),
        ranks=_summarise_ranks(setting.units, ranks, level),
        pairs=_compare_pairs(setting.units, ranks),
        failures=count_failures(evaluated),
        draws_n=draws_n,
        calculated_n=int(is_calculated.sum()),
    )


def rank_draws(scores: np.ndarray) -> np.ndarray:
    """Rank every draw (rows): 1 is the best, equal scores share the better rank.

    Examples
    --------
    >>> rank_draws(np.array([[10.0, 30.0, 30.0]])).tolist()
    [[3, 1, 1]]
    """
    return scipy.stats.rankdata(-np.round(scores, _DIGITS), method="min", axis=1).astype(np.int32)


def count_failures(evaluated: Evaluated) -> pd.DataFrame:
    """Count the draws that could not be calculated, by reason, the most frequent first."""
    said = pd.Series(evaluated.reasons[evaluated.reasons != ""], dtype="str").value_counts()
    failures = pd.DataFrame({"reason": said.index.astype("str"), "draws_n": said.to_numpy(dtype=int)})
    return failures.assign(draws_share=failures["draws_n"] / max(1, len(evaluated.reasons)))


def _summarise_scores(
    setting: Setting, scores: np.ndarray, normalise: np.ndarray, is_calculated: np.ndarray, level: float
) -> pd.DataFrame:
    options = setting.options["normalise"]
    on_scale = np.array([name != "zscore" for name in options])
    groups = {name: is_calculated & (normalise == place) for place, name in enumerate(options)}
    if len(options) > 1:
        groups = {"all": is_calculated & on_scale[normalise]} | groups
    tables = [_summarise(setting.units, scores[rows], level).assign(normalise=name) for name, rows in groups.items()]
    columns = ["normalise", "jurisdiction", "score_low", "score_median", "score_high", "draws_n", "reason"]
    return pd.concat(tables, ignore_index=True)[columns]


def _summarise(units: pd.Index, scores: np.ndarray, level: float) -> pd.DataFrame:
    table = pd.DataFrame({"jurisdiction": units, "draws_n": len(scores), "reason": ""})
    ends = [(1 - level) / 2, 0.5, (1 + level) / 2]
    if not len(scores):
        blank = dict.fromkeys(["score_low", "score_median", "score_high"], np.nan)
        return table.assign(**blank, reason="no draw with this normalisation could be calculated")
    low, middle, high = np.quantile(scores, ends, axis=0)
    return table.assign(score_low=low, score_median=middle, score_high=high)


def _summarise_ranks(units: pd.Index, ranks: np.ndarray, level: float) -> pd.DataFrame:
    table = pd.DataFrame({"jurisdiction": units})
    names = ["rank_best", "rank_low", "rank_median", "rank_high", "rank_worst"]
    if not len(ranks):
        return table.assign(**dict.fromkeys(names, np.nan), reason="no draw could be calculated")
    ends = [0, (1 - level) / 2, 0.5, (1 + level) / 2, 1]
    found = np.quantile(ranks, ends, axis=0, method="inverted_cdf")
    return table.assign(**dict(zip(names, found, strict=True)), reason="")


def _compare_pairs(units: pd.Index, ranks: np.ndarray) -> pd.DataFrame:
    first, second = np.triu_indices(len(units), 1)
    shares = np.full(len(first), np.nan)
    columns = np.ascontiguousarray(ranks.T)
    for place in range(len(units) - 1 if len(ranks) else 0):
        rest = columns[place + 1 :]
        above = (columns[place] < rest).mean(axis=1) + (columns[place] == rest).mean(axis=1) / 2
        shares[first == place] = above
    return pd.DataFrame({"first": units[first], "second": units[second], "above_share": shares})

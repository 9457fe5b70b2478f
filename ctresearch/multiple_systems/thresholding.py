"""Which pairs of lists depend on each other, by the posterior: Bayesian thresholding (Silverman 2020)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import linalg

from ctresearch.multiple_systems.captures import Captures, read_captures
from ctresearch.multiple_systems.lattice import list_bits, pair_effects
from ctresearch.multiple_systems.models import refuse_without_lists
from ctresearch.multiple_systems.poisson import hold_one_thread
from ctresearch.multiple_systems.settings import check_generator, check_level, is_number, is_whole

_FLAT_VARIANCE = 1e4
_FREEDOM = 6
_MOST_STEPS = 200
_CLOSE = 1e-10
_LARGEST_LOG = 500.0
_LEAST_EFFECTIVE = 1000
MOST_THRESHOLD_LISTS = 10


@dataclass(frozen=True, eq=False)
class ThresholdedPairs:
    """Posterior of the total with the pairs of lists that the threshold leaves.

    Attributes
    ----------
    observed : float
        Persons on a list.
    median, low, high : float or None
        Of the total; None where refused.
    level : float
        Of the credible interval.
    pairs : pandas.DataFrame
        `pair`, `ratio` (posterior mean over posterior standard deviation, without its sign) in the model of all pairs,
        and `is_retained`.
    effective_n : float or None
        Independent draws that the weighted ones are worth.
    warning : str
        Says in words why the draws may not be trusted; empty where they may.
    reason : str
        Why there is no answer; empty where there is one.
    notes : tuple of str
        What was done to the table.
    """

    observed: float
    median: float | None
    low: float | None
    high: float | None
    level: float
    pairs: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["pair", "ratio", "is_retained"]))
    effective_n: float | None = None
    warning: str = ""
    reason: str = ""
    notes: tuple[str, ...] = ()


def threshold_pairs(
    table: pd.DataFrame,
    *,
    count: str | None,
    prior_variance: float,
    threshold: float,
    level: float,
    draws: int,
    rng: np.random.Generator,
) -> ThresholdedPairs:
    r"""Keep the pairs of lists whose effect is far from zero in the posterior, and estimate the total with them.

    A log-linear Poisson model with all pairs; each effect of a pair is :math:`N(0, \sigma^2)` before, intercept and
    lists are flat (variance 10,000). A pair stays where :math:`|E(\beta) / sd(\beta)|` reaches the threshold; the model
    with those that stay gives the total, :math:`n + \exp(\beta_0)`. The posterior is reached by weighted draws from a t
    distribution about its mode instead of a chain.

    Parameters
    ----------
    table, count
        Capture histories, see `read_captures`.
    prior_variance : float
        :math:`\sigma^2`; 1 in R MultipleSystemsEstimation.
    threshold : float
        2 there.
    level : float
        Of the credible interval.
    draws : int
        1,000 or more.
    rng : numpy.random.Generator
        Draws.

    Returns
    -------
    ThresholdedPairs
        With a `reason` instead of numbers where it is refused.

    Raises
    ------
    ValueError
        If the table or a setting cannot be used.

    References
    ----------
    Silverman, B. W. (2020). Multiple-systems analysis for the quantification of modern slavery: classical and Bayesian
    approaches. Journal of the Royal Statistical Society A 183, 691-736.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     [(1, 0, 0, 120), (0, 1, 0, 85), (0, 0, 1, 60), (1, 1, 0, 64), (1, 0, 1, 9), (0, 1, 1, 8), (1, 1, 1, 9)],
    ...     columns=["police", "shelter", "inspector", "persons_n"],
    ... )
    >>> found = threshold_pairs(table, count="persons_n", prior_variance=1.0, threshold=2.0, level=0.95, draws=4000,
    ...     rng=np.random.default_rng(1))
    >>> found.pairs.loc[found.pairs["is_retained"], "pair"].tolist()
    ['police:shelter']
    """
    check_level(level)
    _check_settings({"prior_variance": prior_variance, "threshold": threshold}, draws)
    check_generator(rng)
    captures = read_captures(table, count=count)
    reason = refuse_without_lists(captures) or _refuse_many(captures)
    if reason:
        return ThresholdedPairs(captures.persons, None, None, None, level, reason=reason, notes=captures.notes)
    pairs = np.array(pair_effects(len(captures.lists)))
    with hold_one_thread():
        first, weights = _draw(captures, pairs, prior_variance, draws, rng)
        effects = first[:, -len(pairs) :]
        mean = weights @ effects
        ratios = np.abs(mean) / np.sqrt(weights @ (effects - mean) ** 2)
        kept = ratios >= threshold
        last, last_weights = _draw(captures, pairs[kept], prior_variance, draws, rng)
    names = [":".join(captures.lists[bit] for bit in list_bits(pair)) for pair in pairs]
    shown = pd.DataFrame({"pair": names, "ratio": ratios, "is_retained": kept})
    effective_n = 1 / max(float((weights**2).sum()), float((last_weights**2).sum()))
    shares = ((1 - level) / 2, 0.5, (1 + level) / 2)
    low, median, high = (captures.persons + _find_quantiles(last[:, 0], last_weights, shares)).tolist()
    warning = _warn(effective_n)
    return ThresholdedPairs(
        captures.persons, median, low, high, level, shown, effective_n, warning, notes=captures.notes
    )


def _check_settings(numbers: dict[str, float], draws: int) -> None:
    problems = [
        f"{name} is {given!r}; expected a number above 0"
        for name, given in numbers.items()
        if not (is_number(given) and given > 0)
    ]
    if not is_whole(draws, least=_LEAST_EFFECTIVE):
        problems.append(f"draws is {draws!r}; expected a whole number from {_LEAST_EFFECTIVE}, for example 10000")
    if problems:
        raise ValueError("; ".join(problems))


def _refuse_many(captures: Captures) -> str:
    if len(captures.lists) <= MOST_THRESHOLD_LISTS:
        return ""
    return (
        f"{len(captures.lists)} lists hold persons; pairs are thresholded for 2 to {MOST_THRESHOLD_LISTS}: join some."
    )


def _draw(
    captures: Captures, pairs: np.ndarray, prior_variance: float, draws: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw parameters (intercept, lists, pairs) and their weights, which add up to one."""
    lists = len(captures.lists)
    effects = np.concatenate([[0], 1 << np.arange(lists), pairs]).astype(int)
    histories = np.arange(1, len(captures.counts))
    design = ((histories[:, None] & effects) == effects).astype(float)
    precision = np.where(np.arange(len(effects)) > lists, 1 / prior_variance, 1 / _FLAT_VARIANCE)
    persons = captures.counts[1:]
    mode, curvature = _climb(persons, design, precision)
    # Draws from t: mode + L z sqrt(f / chi2), with curvature = R'R and L the inverse of R.
    triangle = linalg.cholesky(curvature)
    normal = rng.standard_normal((draws, len(effects)))
    stretch = np.sqrt(_FREEDOM / rng.chisquare(_FREEDOM, draws))[:, None]
    drawn = mode + linalg.solve_triangular(triangle, (normal * stretch).T).T
    logs = drawn @ design.T
    height = logs @ persons - np.exp(np.minimum(logs, _LARGEST_LOG)).sum(axis=1) - (drawn**2 @ precision) / 2
    distance = ((normal * stretch) ** 2).sum(axis=1)
    weights = height + (_FREEDOM + len(effects)) / 2 * np.log1p(distance / _FREEDOM)
    weights = np.exp(weights - weights.max())
    return drawn, weights / weights.sum()


def _climb(persons: np.ndarray, design: np.ndarray, precision: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the mode by Newton's method with step halving, and the second derivatives there."""

    def measure(parameters: np.ndarray) -> float:
        logs = design @ parameters
        return float(persons @ logs - np.exp(np.minimum(logs, _LARGEST_LOG)).sum() - precision @ parameters**2 / 2)

    guess = np.log(persons + 0.1)
    mode = np.linalg.lstsq(
        np.vstack([design, np.diag(np.sqrt(precision))]), np.append(guess, 0 * precision), rcond=None
    )[0]
    height = measure(mode)
    for _ in range(_MOST_STEPS):
        fitted = np.exp(np.minimum(design @ mode, _LARGEST_LOG))
        curvature = design.T @ (design * fitted[:, None]) + np.diag(precision)
        slope = design.T @ (persons - fitted) - precision * mode
        step = linalg.solve(curvature, slope, assume_a="pos")
        while measure(mode + step) < height - _CLOSE and np.abs(step).max() > _CLOSE:
            step = step / 2
        mode, height = mode + step, measure(mode + step)
        if float(slope @ step) < _CLOSE:
            break
    return mode, curvature


def _find_quantiles(intercepts: np.ndarray, weights: np.ndarray, shares: Sequence[float]) -> np.ndarray:
    """Hidden persons at some shares of the weighted draws."""
    order = np.argsort(intercepts)
    places = np.searchsorted(np.cumsum(weights[order]), shares)
    return np.exp(intercepts[order][np.minimum(places, len(order) - 1)])


def _warn(effective_n: float) -> str:
    if effective_n >= _LEAST_EFFECTIVE:
        return ""
    return f"The draws are worth {effective_n:,.0f} independent ones ({_LEAST_EFFECTIVE:,} are wanted): draw more."

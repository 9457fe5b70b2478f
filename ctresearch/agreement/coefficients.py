"""Chance-corrected agreement with standard errors, for any number of coders, with missing ratings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

NAMES = ("observed", "fleiss", "kappa", "bp", "ac", "alpha")
"""Share of agreement, kappa of Fleiss, of Cohen and Conger, Brennan and Prediger, AC1 or AC2 of Gwet, Krippendorff."""

FORMS = ("ratings", "cross_table", "counts")

NO_PAIR = "no unit was rated by two coders, so there is nothing to compare"
ONE_VALUE = "every rating is the same value, so agreement cannot be told from chance"
ONE_UNIT = "only one unit was rated by two coders, so there is no standard error"


@dataclass(frozen=True)
class Agreement:
    """A coefficient with its standard error and interval, or the reason why there is none."""

    coefficient: str
    value: float | None
    se: float | None
    low: float | None
    high: float | None
    observed: float | None
    chance: float | None
    units_n: int
    reason: str


@dataclass(frozen=True)
class _Parts:
    """Agreement by unit and by chance, with each unit's pull on both; `scale` turns a unit's share into its mean."""

    value: float
    observed: float
    chance: float
    pulls: np.ndarray


def estimate_coefficient(
    marks: np.ndarray, weights: np.ndarray, *, coefficient: str, level: float, form: str
) -> Agreement:
    r"""Estimate one coefficient :math:`(p_a-p_e)/(1-p_e)` with its linearised standard error.

    The standard error treats the units as a sample and the coders as given; the interval is that of Student's t with
    n-1 degrees of freedom, cut at -1 and 1. For two coders without missing ratings `kappa` is Cohen's and `fleiss` is
    Scott's pi; with identity weights `ac` is AC1, with others AC2. For equal numbers of ratings `fleiss` is that of
    `statsmodels.stats.inter_rater.fleiss_kappa`, which refuses others and gives no standard error.

    Parameters
    ----------
    marks : array of bool, shape (n, r, q)
        Whether coder r gave unit n the category q; no category where the rating is missing.
    weights : array of float, shape (q, q)
        From `weigh_categories`.
    coefficient : str
        One of `NAMES`.
    level : float
        Confidence level between 0 and 1.
    form : str
        How the ratings are known, one of `FORMS`, for each of which Gwet prints his own variance: `cross_table`
        (two coders) divides by n, as Fleiss, Cohen and Everitt (1969) do, the others by n-1; `counts` (how many
        coders gave each value, not who) takes the pull of chance on `alpha` once where `ratings` takes it twice.

    Returns
    -------
    Agreement
        With `value` missing and a sentence in `reason` where it cannot be told from chance or nothing can be compared.

    Raises
    ------
    ValueError
        If the coefficient or the form is unknown, or the level is no share.

    References
    ----------
    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition, chapters 2-5.

    Examples
    --------
    >>> ratings = np.array([[0, 0], [1, 1], [1, 0], [0, 0]])
    >>> marks = ratings[:, :, None] == np.array([0, 1])
    >>> round(estimate_coefficient(marks, np.eye(2), coefficient="kappa", level=0.95, form="cross_table").value, 3)
    0.5
    """
    if coefficient not in NAMES:
        raise ValueError(f"coefficient is {coefficient!r}; expected one of {', '.join(NAMES)}")
    if form not in FORMS:
        raise ValueError(f"form is {form!r}; expected one of {', '.join(FORMS)}")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, for example 0.95")
    marks = np.asarray(marks, dtype=float)
    counts = marks.sum(axis=1)
    if coefficient == "alpha":
        counts = counts[counts.sum(axis=1) >= 2]
    counts, marks = counts[counts.sum(axis=1) >= 1], marks[marks.sum(axis=(1, 2)) >= 1]
    units_n = int((counts.sum(axis=1) >= 2).sum())
    if not units_n:
        return Agreement(coefficient, None, None, None, None, None, None, 0, NO_PAIR)
    parts = _estimate_parts(counts, marks, weights, coefficient, form)
    if parts is None:
        return Agreement(coefficient, None, None, None, None, None, 1.0, units_n, ONE_VALUE)
    return _add_interval(parts, coefficient, level=level, units_n=units_n, ddof=0 if form == "cross_table" else 1)


def _estimate_parts(
    counts: np.ndarray, marks: np.ndarray, weights: np.ndarray, coefficient: str, form: str
) -> _Parts | None:
    if coefficient == "alpha":
        return _estimate_alpha(counts, weights, form)
    rated = counts.sum(axis=1)
    pairs = np.maximum(rated * (rated - 1), 1)
    agreed = np.where(rated >= 2, (counts * (counts @ weights.T - 1)).sum(axis=1) / pairs, 0.0)
    has_pair = rated >= 2
    inflate = len(counts) / has_pair.sum()
    observed = float(agreed[has_pair].mean())
    chance, chance_pulls = _estimate_chance(counts, marks, weights, coefficient)
    if np.isclose(chance, 1.0, rtol=0, atol=1e-12):
        return None
    value = (observed - chance) / (1 - chance)
    pulls = inflate * (agreed - chance * has_pair) / (1 - chance)
    pulls = pulls - 2 * (1 - value) * (chance_pulls - chance) / (1 - chance)
    return _Parts(value, observed, chance, pulls)


def _estimate_chance(
    counts: np.ndarray, marks: np.ndarray, weights: np.ndarray, coefficient: str
) -> tuple[float, np.ndarray]:
    """Agreement by chance, and each unit's share in it, the mean of which it is."""
    shares = counts / counts.sum(axis=1, keepdims=True)
    used = shares.mean(axis=0)
    q = len(weights)
    if coefficient == "observed":
        return 0.0, np.zeros(len(counts))
    if coefficient == "bp":
        chance = float(weights.sum()) / q**2
        return chance, np.full(len(counts), chance)
    if coefficient == "ac":
        factor = weights.sum() / (q * (q - 1))
        return float(factor * (used * (1 - used)).sum()), factor * shares @ (1 - used)
    if coefficient == "fleiss":
        return float(used @ weights @ used), shares @ (weights @ used + weights.T @ used) / 2
    return _estimate_chance_by_coder(marks, weights)


def _estimate_chance_by_coder(marks: np.ndarray, weights: np.ndarray) -> tuple[float, np.ndarray]:
    """Chance agreement of two different coders, each with the habits of their own (Conger)."""
    marks = marks[:, marks.any(axis=(0, 2))]
    rated = marks.sum(axis=2)
    coders = marks.shape[1]
    rated_n = rated.sum(axis=0)
    habits = marks.sum(axis=0) / rated_n[:, None]
    others = (habits.sum(axis=0) - habits) @ weights.T
    share = 1 / (coders * (coders - 1))
    pulls = habits + (len(marks) / rated_n)[:, None] * (marks - rated[:, :, None] * habits)
    return float((habits * others).sum() * share), (pulls * others).sum(axis=(1, 2)) * share


def _estimate_alpha(counts: np.ndarray, weights: np.ndarray, form: str) -> _Parts | None:
    rated = counts.sum(axis=1)
    mean = rated.mean()
    few = 1 / rated.sum()
    used = (counts / mean).mean(axis=0)
    chance = float(used @ weights @ used)
    if np.isclose(chance, 1.0, rtol=0, atol=1e-12):
        return None
    uneven = (rated - mean) / mean
    agreed = (counts * (counts @ weights.T - 1)).sum(axis=1) / (mean * (rated - 1))
    plain = float(agreed.mean())
    observed = (1 - few) * plain + few
    value, plain_value = (observed - chance) / (1 - chance), (plain - chance) / (1 - chance)
    chance_pulls = counts @ (weights @ used + weights.T @ used) / 2 / mean - chance * uneven
    if form == "counts":
        pulls = (1 - few) * (agreed - plain * uneven) + few - chance - (1 - value) * (chance_pulls - chance)
        return _Parts(value, observed, chance, pulls / (1 - chance))
    pulls = agreed - observed * uneven - chance - 2 * (1 - plain_value) * (chance_pulls - chance)
    return _Parts(value, observed, chance, pulls / (1 - chance) - plain_value + value)


def _add_interval(parts: _Parts, coefficient: str, *, level: float, units_n: int, ddof: int) -> Agreement:
    n = len(parts.pulls)
    value, observed, chance = float(parts.value), float(parts.observed), float(parts.chance)
    if units_n < 2:
        return Agreement(coefficient, value, None, None, None, observed, chance, units_n, ONE_UNIT)
    se = float(np.sqrt(((parts.pulls - value) ** 2).sum() / (n * (n - ddof))))
    half = float(scipy.stats.t.ppf((1 + level) / 2, n - 1)) * se
    low, high = max(-1.0, value - half), min(1.0, value + half)
    return Agreement(coefficient, value, se, low, high, observed, chance, units_n, "")

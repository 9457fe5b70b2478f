"""Persons of a few kinds, each with its own chances to be on the lists: Bayesian latent classes, as in R LCMCR."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from ctresearch.multiple_systems.captures import Captures, read_captures
from ctresearch.multiple_systems.models import refuse_without_lists
from ctresearch.multiple_systems.poisson import hold_one_thread
from ctresearch.multiple_systems.settings import check_generator, check_level, is_number, is_whole

MOST_HIDDEN_TIMES = 20
"""The hidden are at most so many times those observed, as in LCMCR."""
_MOST_DISTANCE = 1.05
_LEAST_EFFECTIVE = 400
_NEAR_THE_END = 0.95
_LEAST_CHANCE = 1e-12
_LEAST_WITHIN = 1e-6


@dataclass(frozen=True, eq=False)
class LatentClasses:
    """Posterior of the total when persons are of a few kinds.

    Attributes
    ----------
    observed : float
        Persons on a list.
    mean, median, low, high : float or None
        Of the total; None where refused.
    level : float
        Of the credible interval from `low` to `high`.
    classes : float or None
        Mean number of classes that hold a person, on a list or not.
    effective_n : float or None
        Independent draws that would tell as much about the logarithm of the hidden as the chains do.
    distance : float or None
        Spread over all chains against the spread within them (R hat of split chains); 1 where they agree.
    warning : str
        Says in words why the chains may not be trusted; empty where they mix.
    reason : str
        Why there is no answer; empty where there is one.
    draws : array, shape (draws, chains)
        Totals.
    notes : tuple of str
        What was done to the table, and whether the posterior is cut off.
    """

    observed: float
    mean: float | None
    median: float | None
    low: float | None
    high: float | None
    level: float
    classes: float | None = None
    effective_n: float | None = None
    distance: float | None = None
    warning: str = ""
    reason: str = ""
    draws: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))
    notes: tuple[str, ...] = ()


def average_classes(
    table: pd.DataFrame,
    *,
    count: str | None,
    classes: int,
    prior_shape: float,
    prior_rate: float,
    level: float,
    chains: int,
    warm_up: int,
    draws: int,
    rng: np.random.Generator,
) -> LatentClasses:
    r"""Average the posterior of the total over latent classes of persons, whose number the lists decide.

    Lists are independent within a class :math:`k`, which has the share :math:`\nu_k` of all persons and the chance
    :math:`\lambda_{jk}` to be on list :math:`j`:

    .. math:: p(x) = \sum_k \nu_k \prod_j \lambda_{jk}^{x_j} (1 - \lambda_{jk})^{1 - x_j}

    with :math:`\nu_k = V_k \prod_{h<k} (1 - V_h)`, :math:`V_k \sim Beta(1, \alpha)`, :math:`V_K = 1`,
    :math:`\alpha \sim Gamma(a, b)`, :math:`\lambda_{jk} \sim Beta(1, 1)` and :math:`p(N) \propto 1 / N`: a Dirichlet
    process, cut off at K classes. The Gibbs sampler draws for each chain the classes of each history and of the hidden,
    then :math:`\lambda`, :math:`\nu`, the number hidden (negative binomial) and :math:`\alpha`. All chains start with
    one class: two alike would part and join for thousands of steps.

    The model can hold persons who are harder to find than others; whether the lists show them is another question. In
    40 simulated populations of four lists, half of whose persons were four times as easy to find
    (`tests/benchmarks/simulate_mse.py`), its 95 % interval held the truth in none.

    Parameters
    ----------
    table, count
        Capture histories, see `read_captures`.
    classes : int
        K, the most classes; 10 in the examples of LCMCR.
    prior_shape, prior_rate : float
        a and b; 0.25 and 0.25 in LCMCR.
    level : float
        Of the credible interval.
    chains : int
        Chains that run beside each other; 4 or more.
    warm_up, draws : int
        Steps of each chain that are left out, and that are kept.
    rng : numpy.random.Generator
        Draws the chains.

    Returns
    -------
    LatentClasses
        With a `reason` instead of numbers where it is refused, and a `warning` where the chains mix badly.

    Raises
    ------
    ValueError
        If the table or a setting cannot be used.

    References
    ----------
    Manrique-Vallier, D. (2016). Bayesian population size estimation using Dirichlet process mixtures. Biometrics 72,
    1246-1254. Gelman, A. and others (2013). Bayesian data analysis, 3rd edition, section 11.4-5 (the two diagnostics).

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     [(1, 0, 0, 120), (0, 1, 0, 85), (0, 0, 1, 60), (1, 1, 0, 34), (1, 0, 1, 9), (0, 1, 1, 8), (1, 1, 1, 5)],
    ...     columns=["police", "shelter", "inspector", "persons_n"],
    ... )
    >>> found = average_classes(table, count="persons_n", classes=10, prior_shape=0.25, prior_rate=0.25, level=0.95,
    ...     chains=20, warm_up=200, draws=300, rng=np.random.default_rng(1))
    >>> found.low < 700 < found.high
    True
    """
    check_level(level)
    _check_numbers({"classes": (classes, 2), "chains": (chains, 4), "warm_up": (warm_up, 0), "draws": (draws, 20)})
    _check_priors({"prior_shape": prior_shape, "prior_rate": prior_rate})
    check_generator(rng)
    captures = read_captures(table, count=count)
    reason = refuse_without_lists(captures)
    if reason:
        return LatentClasses(captures.persons, None, None, None, None, level, reason=reason, notes=captures.notes)
    sampler = _Sampler(captures, int(classes), (prior_shape, prior_rate), int(chains), rng)
    with hold_one_thread():
        for _ in range(int(warm_up)):
            sampler.step()
        hidden, held = (np.array(parts) for parts in zip(*(sampler.step() for _ in range(int(draws))), strict=True))
    return _summarise(captures, hidden, held, level)


def _check_numbers(settings: dict[str, tuple[int, int]]) -> None:
    problems = [
        f"{name} is {given!r}; expected a whole number from {least}"
        for name, (given, least) in settings.items()
        if not is_whole(given, least=least)
    ]
    if problems:
        raise ValueError("; ".join(problems))


def _check_priors(priors: dict[str, float]) -> None:
    problems = [
        f"{name} is {given!r}; expected a number above 0, for example 0.25"
        for name, given in priors.items()
        if not (is_number(given) and given > 0)
    ]
    if problems:
        raise ValueError("; ".join(problems))


class _Sampler:
    """Chains that step together; arrays have the chains first, then histories or lists, then classes."""

    def __init__(
        self, captures: Captures, classes: int, prior: tuple[float, float], chains: int, rng: np.random.Generator
    ) -> None:
        seen = np.flatnonzero(captures.counts)
        self.counts = captures.counts[seen].astype(np.int64)
        self.marks = ((seen[:, None] >> np.arange(len(captures.lists))) & 1).astype(float)
        self.persons, self.prior, self.rng = int(captures.persons), prior, rng
        self.alpha = np.full(chains, 0.3 / classes)
        on_list = (self.counts @ self.marks / self.persons)[None, :, None]
        chance = rng.beta(1, 1, (chains, len(captures.lists), classes))
        chance[:, :, :1] = np.minimum(on_list, 1 - _LEAST_CHANCE) * rng.uniform(0.2, 1, (chains, 1, 1))
        self.log_on, self.log_off = np.log(chance), np.log1p(-chance)
        self.log_share = np.full((chains, classes), -np.inf)
        self.log_share[:, 0] = 0

    def step(self) -> tuple[np.ndarray, np.ndarray]:
        """Draw everything once; give the hidden and the number of classes that hold persons, for each chain."""
        chances = self.marks @ self.log_on + (1 - self.marks) @ self.log_off + self.log_share[:, None, :]
        by_class = self.rng.multinomial(self.counts, _normalise(chances))
        unseen = self.log_off.sum(axis=1) + self.log_share
        hidden = self._draw_hidden(np.exp(unseen).sum(axis=1))
        members = by_class.sum(axis=1) + self.rng.multinomial(hidden, _normalise(unseen))
        self._draw_chances(np.swapaxes(by_class, 1, 2) @ self.marks, members)
        self._draw_shares(members)
        return hidden, (members > 0).sum(axis=1)

    def _draw_hidden(self, unseen: np.ndarray) -> np.ndarray:
        """Draw from the negative binomial distribution below its end."""
        most = MOST_HIDDEN_TIMES * self.persons
        seen = np.clip(1 - unseen, _LEAST_CHANCE, 1)
        hidden = self.rng.negative_binomial(self.persons, seen)
        over = hidden > most
        if over.any():
            below = stats.nbinom.cdf(most, self.persons, seen[over])
            again = stats.nbinom.ppf(self.rng.random(over.sum()) * below, self.persons, seen[over])
            hidden[over] = np.where(below > 0, np.clip(again, 0, most), most)
        return hidden

    def _draw_chances(self, on_list: np.ndarray, members: np.ndarray) -> None:
        chance = self.rng.beta(1 + on_list, 1 + members[:, :, None] - on_list)
        chance = np.swapaxes(np.clip(chance, _LEAST_CHANCE, 1 - _LEAST_CHANCE), 1, 2)
        self.log_on, self.log_off = np.log(chance), np.log1p(-chance)

    def _draw_shares(self, members: np.ndarray) -> None:
        # In logarithms: where alpha is small and no person follows, what is left of the stick is below any number.
        shape = self.alpha[:, None] + members[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:]
        taken = np.log(self.rng.standard_gamma(1.0 + members[:, :-1]))
        left = np.log(self.rng.standard_gamma(1 + shape)) - self.rng.standard_exponential(shape.shape) / shape
        both = np.logaddexp(taken, left)
        rest = (left - both).cumsum(axis=1)
        self.log_share = np.column_stack([taken - both, np.zeros(len(rest))])
        self.log_share[:, 1:] += rest
        shape_0, rate_0 = self.prior
        self.alpha = self.rng.gamma(shape_0 + rest.shape[1], 1 / (rate_0 - rest[:, -1]))


def _normalise(logs: np.ndarray) -> np.ndarray:
    weights = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _summarise(captures: Captures, hidden: np.ndarray, held: np.ndarray, level: float) -> LatentClasses:
    totals = captures.persons + hidden
    low, median, high = np.quantile(totals, [(1 - level) / 2, 0.5, (1 + level) / 2])
    effective_n, distance = measure_mixing(np.log1p(hidden))
    is_cut = high - captures.persons > _NEAR_THE_END * MOST_HIDDEN_TIMES * captures.persons
    cut = (
        f"The posterior does not end within {MOST_HIDDEN_TIMES} times the persons observed: the lists say too little "
        "for an upper limit.",
    )
    return LatentClasses(
        observed=captures.persons,
        mean=float(totals.mean()),
        median=float(median),
        low=float(low),
        high=float(high),
        level=level,
        classes=float(held.mean()),
        effective_n=effective_n,
        distance=distance,
        warning=_warn(effective_n, distance),
        draws=totals,
        notes=captures.notes + (cut if is_cut else ()),
    )


def _warn(effective_n: float, distance: float) -> str:
    if distance <= _MOST_DISTANCE and effective_n >= _LEAST_EFFECTIVE:
        return ""
    return (
        f"The chains mix badly: they are worth {effective_n:,.0f} independent draws ({_LEAST_EFFECTIVE} are wanted), R "
        f"hat is {distance:.3f} (at most {_MOST_DISTANCE} is wanted). Another seed may give other limits; allow a "
        "longer warm-up and more draws."
    )


def measure_mixing(values: np.ndarray) -> tuple[float, float]:
    r"""Measure how many independent draws some chains are worth, and how far apart they lie.

    Each chain is cut into halves. With W the mean variance within and V the variance over all of them, R hat is
    :math:`\sqrt{V / W}`; the effective size is :math:`m n / (1 + 2 \sum_t \rho_t)`, summed while two following
    correlations are together positive.

    Parameters
    ----------
    values : array, shape (draws, chains)

    Returns
    -------
    tuple of float
        Effective size and R hat; the number of draws and 1 where all are alike.

    References
    ----------
    Gelman, A. and others (2013). Bayesian data analysis, 3rd edition, section 11.4-5; Geyer, C. J. (1992). Practical
    Markov chain Monte Carlo. Statistical Science 7, 473-483.

    Examples
    --------
    >>> draws = np.random.default_rng(1).standard_normal((1000, 4))
    >>> effective_n, distance = measure_mixing(draws)
    >>> 3000 < effective_n < 5000, round(distance, 2)
    (True, 1.0)
    >>> effective_n, distance = measure_mixing(draws + [0, 0, 0, 9])
    >>> effective_n < 10, distance > 3
    (True, True)
    """
    half = len(values) // 2
    parts = np.column_stack([values[:half], values[-half:]])
    within = parts.var(axis=0, ddof=1).mean()
    over_all = (half - 1) / half * within + parts.mean(axis=0).var(ddof=1)
    if over_all <= 0:
        return float(parts.size), 1.0
    within = max(within, _LEAST_WITHIN * over_all)
    spectrum = np.fft.rfft(parts - parts.mean(axis=0), 2 * half, axis=0)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, axis=0)[:half].mean(axis=1) / half
    correlation = 1 - (within - covariance) / over_all
    pairs = correlation[: half // 2 * 2].reshape(-1, 2).sum(axis=1)
    ends = np.flatnonzero(pairs <= 0)
    falling = np.minimum.accumulate(pairs[: ends[0]] if len(ends) else pairs)
    length = max(2 * float(falling.sum()) - 1, 1.0)
    return parts.size / length, float(np.sqrt(over_all / within))

"""The hidden population: an estimate whose interval repeats the choice of the model."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from ctresearch.multiple_systems.captures import Captures, read_captures
from ctresearch.multiple_systems.lattice import name_model
from ctresearch.multiple_systems.models import Interval, refuse_without_lists
from ctresearch.multiple_systems.poisson import hold_one_thread
from ctresearch.multiple_systems.search import Choices, Search, check_search, choose_models
from ctresearch.multiple_systems.settings import check_generator, check_level, check_overlap, is_whole

_WIDEST = 1000.0
_NUMBERS_AT_ONCE = 4_000_000
_LEAST_ROWS = 32
_STAND_IN = 1e250
"""In the place of an infinite estimate while quantiles are taken; no limit that it touches is ever given."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """A hidden population, or the reason why none can be given.

    Attributes
    ----------
    observed, overlap : float
        Persons on a list, and on two lists or more.
    hidden, total : float or None
        Persons on no list, and all; None where refused.
    interval : Interval
        BCa limits of the total.
    model : str
        The chosen model.
    reason : str
        Why there is no estimate; empty where there is one.
    same_model_share : float or None
        Share of the resamples that chose the same model.
    without_estimate_n : int
        Resamples in which no model had a finite estimate; they count as infinitely large.
    bias, acceleration : float or None
        z0 and a of the BCa interval.
    replicates : array, shape (resamples,)
        Totals of the resamples.
    notes : tuple of str
        What was done to the table.
    """

    observed: float
    overlap: float
    hidden: float | None
    total: float | None
    interval: Interval
    model: str
    reason: str
    same_model_share: float | None = None
    without_estimate_n: int = 0
    bias: float | None = None
    acceleration: float | None = None
    replicates: np.ndarray = field(default_factory=lambda: np.zeros(0))
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The answer or the refusal in words, with its uncertainty."""
        if self.total is None:
            return f"No estimate. {self.reason}"
        low, high = self.interval.low, self.interval.high
        limits = (
            f"{self.interval.level:.0%} interval {round_persons(low)} to {round_persons(high)}"
            if low is not None and high is not None
            else f"no full interval: {self.interval.reason}"
        )
        return (
            f"About {round_persons(self.total)} persons in all ({limits}), of whom {self.observed:,.0f} are on a list; "
            "if the assumptions hold."
        )


def round_persons(number: float) -> str:
    """Write a number of persons in three digits.

    Examples
    --------
    >>> round_persons(12345.6), round_persons(78.2)
    ('12,300', '78')
    """
    digits = 3 - len(str(int(number)))
    return f"{round(number, min(digits, 0)):,.0f}"


def estimate_population(
    table: pd.DataFrame,
    *,
    count: str | None,
    search: Search,
    level: float,
    resamples: int,
    least_overlap: int,
    rng: np.random.Generator,
) -> Estimate:
    """Estimate the total population from overlapping lists, with a BCa interval that repeats the choice of the model.

    Persons are resampled with replacement (multinomial, the observed total kept); each resample passes the existence
    checks and the whole search anew. Acceleration by leaving out one person of each history in turn.

    Parameters
    ----------
    table, count
        Capture histories, see `read_captures`.
    search : Stepwise, LowestBic or GivenModel
        How the model is chosen.
    level : float
        Confidence level between 0 and 1.
    resamples : int
        Bootstrap resamples, 50 or more; 1,000 or more for a 95 % interval.
    least_overlap : int
        Refuse when fewer persons are on two lists or more.
    rng : numpy.random.Generator
        Draws the resamples.

    Returns
    -------
    Estimate
        With a `reason` instead of numbers where it is refused.

    Raises
    ------
    ValueError
        If the table or a setting cannot be used.

    References
    ----------
    Chan, L., Silverman, B. W. and Vincent, K. (2021). Journal of the American Statistical Association 116, 1297-1306;
    Silverman, B. W., Chan, L. and Vincent, K. (2024). Statistics and Computing 34, 44; DiCiccio, T. J. and Efron, B.
    (1996). Statistical Science 11, 189-228.

    Examples
    --------
    >>> from ctresearch.multiple_systems import GivenModel
    >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "n": [30, 20, 10]})
    >>> settings = {"search": GivenModel(()), "level": 0.95, "resamples": 200, "rng": np.random.default_rng(1)}
    >>> estimate_population(table, count="n", least_overlap=5, **settings).sentence
    'About 120 persons in all (95% interval 86 to 209), of whom 60 are on a list; if the assumptions hold.'
    >>> estimate_population(table, count="n", least_overlap=20, **settings).sentence
    'No estimate. 10 persons are on two lists or more, fewer than the 20 that were asked for.'
    """
    check_level(level)
    check_search(search)
    check_overlap(least_overlap)
    check_generator(rng)
    if not is_whole(resamples, least=50):
        raise ValueError(f"resamples is {resamples!r}; expected a whole number from 50, for example 1000")
    return estimate_captures(
        read_captures(table, count=count),
        search=search,
        level=level,
        resamples=int(resamples),
        least_overlap=least_overlap,
        rng=rng,
    )


def estimate_captures(
    captures: Captures, *, search: Search, level: float, resamples: int, least_overlap: int, rng: np.random.Generator
) -> Estimate:
    """Do what `estimate_population` does, with captures that were read and settings that were checked."""
    reason = refuse_without_lists(captures) or _refuse_overlap(captures, least_overlap)
    if reason:
        return _refuse(captures, level, reason)
    rows, weights = _resample(captures, resamples, rng)
    choices = _choose_in_batches(rows, captures, search)
    totals = captures.persons + choices.hidden
    totals[1 + resamples :] -= 1
    model = name_model(choices.effects[choices.active[0]], captures.lists)
    if not np.isfinite(totals[0]):
        return _refuse(captures, level, f"No model that may be chosen has an estimate (the last tried: {model}).")
    drawn, left_out = totals[1 : 1 + resamples], totals[1 + resamples :]
    interval, bias, acceleration = find_bca_limits(drawn, float(totals[0]), left_out, weights, level=level)
    return Estimate(
        observed=captures.persons,
        overlap=captures.overlap,
        hidden=float(choices.hidden[0]),
        total=float(totals[0]),
        interval=interval,
        model=model,
        reason="",
        same_model_share=float((choices.active[1 : 1 + resamples] == choices.active[0]).all(axis=1).mean()),
        without_estimate_n=int(np.isinf(drawn).sum()),
        bias=bias,
        acceleration=acceleration,
        replicates=drawn,
        notes=captures.notes,
    )


def _refuse_overlap(captures: Captures, least_overlap: int) -> str:
    if captures.overlap >= least_overlap:
        return ""
    return (
        f"{captures.overlap:,.0f} persons are on two lists or more, "
        f"fewer than the {least_overlap:,} that were asked for."
    )


def _refuse(captures: Captures, level: float, reason: str) -> Estimate:
    interval = Interval(None, None, None, level, "BCa bootstrap", reason)
    return Estimate(captures.persons, captures.overlap, None, None, interval, "", reason, notes=captures.notes)


def _resample(captures: Captures, resamples: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Give the data, the resamples and the data without one person of each history; and how often the last occur.

    Only histories that were seen have a column.
    """
    counts = captures.counts[captures.counts > 0]
    drawn = rng.multinomial(int(captures.persons), counts / captures.persons, size=resamples)
    return np.vstack([counts, drawn, counts - np.eye(len(counts))]), counts


def _choose_in_batches(rows: np.ndarray, captures: Captures, search: Search) -> Choices:
    size = len(captures.counts)
    at_once = max(_LEAST_ROWS, _NUMBERS_AT_ONCE // size)
    parts = []
    with hold_one_thread():
        for first in range(0, len(rows), at_once):
            part = rows[first : first + at_once]
            counts = np.zeros((len(part), size))
            counts[:, captures.counts > 0] = part
            parts.append(choose_models(counts, captures, search))
    active, hidden = (np.concatenate([getattr(part, name) for part in parts]) for name in ("active", "hidden"))
    return Choices(parts[0].effects, active, hidden)


def find_bca_limits(
    drawn: np.ndarray, centre: float, left_out: np.ndarray, weights: np.ndarray, *, level: float
) -> tuple[Interval, float | None, float | None]:
    r"""Find the bias-corrected and accelerated limits.

    :math:`\Phi(z_0 + (z_0 + z_\alpha) / (1 - a (z_0 + z_\alpha)))` is the quantile that is taken of the resamples
    (median-unbiased quantiles).

    Parameters
    ----------
    drawn : array, shape (resamples,)
        Estimates of the resamples, infinite where there is none.
    centre : float
        Estimate of the data.
    left_out, weights : array, shape (histories,)
        Estimates without one person of each history, and how many persons have the history.
    level : float

    Returns
    -------
    tuple
        Interval, z0 and a; the last two are None where they are not finite.

    References
    ----------
    DiCiccio, T. J. and Efron, B. (1996). Bootstrap confidence intervals. Statistical Science 11, 189-228.

    Examples
    --------
    With symmetric resamples and no acceleration the limits are plain quantiles:

    >>> interval, bias, acceleration = find_bca_limits(
    ...     np.arange(100.0), 49.5, np.ones(2), np.ones(2), level=0.9)
    >>> round(interval.low, 2), round(interval.high, 2), bias, acceleration
    (4.35, 94.65, 0.0, 0.0)
    """
    # A resample without an informative pair can equal the data; rounding must not decide on which side it lies.
    below = float((drawn < centre * (1 - 1e-9)).mean())
    if not 0 < below < 1:
        return Interval(None, None, centre, level, "BCa bootstrap", "All resamples lie on one side."), None, None
    if not np.isfinite(left_out).all():
        reason = "Without one of the persons on several lists nothing could be estimated."
        return Interval(None, None, centre, level, "BCa bootstrap", reason), float(stats.norm.ppf(below)), None
    bias, acceleration = float(stats.norm.ppf(below)), _accelerate(left_out, weights)
    shifted = bias + stats.norm.ppf([(1 - level) / 2, (1 + level) / 2])
    shares = stats.norm.cdf(bias + shifted / (1 - acceleration * shifted))
    low, high = np.quantile(np.where(np.isinf(drawn), _STAND_IN, drawn), shares, method="median_unbiased")
    far = _WIDEST * centre
    reason = "" if high < far else "Too many resamples have no finite estimate for an upper limit."
    if not low < high:
        reason = "The corrected limits fall together: the estimate lies at the edge of the resamples."
        return Interval(None, None, centre, level, "BCa bootstrap", reason), bias, acceleration
    limits = [float(limit) if limit < far else None for limit in (low, high)]
    note = _note_edges(shares, len(drawn))
    return Interval(limits[0], limits[1], centre, level, "BCa bootstrap", reason, note), bias, acceleration


def _note_edges(shares: np.ndarray, resamples: int) -> str:
    edges = [
        f"the {name} limit is the {extreme} of the resamples"
        for name, extreme, share in (("lower", "least", shares[0]), ("upper", "largest", 1 - shares[1]))
        if share * resamples < 1
    ]
    return f"The correction reaches beyond the resamples: {' and '.join(edges)}." if edges else ""


def _accelerate(left_out: np.ndarray, weights: np.ndarray) -> float:
    difference = np.average(left_out, weights=weights) - left_out
    spread = float((weights * difference**2).sum())
    if spread <= 0:
        return 0.0
    return float((weights * difference**3).sum() / (6 * spread**1.5))

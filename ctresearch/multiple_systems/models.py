"""One log-linear model: its estimate, its interval, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import optimize, stats
from scipy.special import gammaln, xlogy

from ctresearch.multiple_systems.captures import Captures, read_captures
from ctresearch.multiple_systems.existence import SENTENCES, check_estimates, find_open_cells
from ctresearch.multiple_systems.lattice import close_downward, list_bits, name_model
from ctresearch.multiple_systems.poisson import deviance, fit_poisson, log_likelihood
from ctresearch.multiple_systems.settings import check_level

_WIDEST = 1000.0
"""A limit beyond so many times the estimate is no limit."""
_LEAST_FALL = 1e-6


@dataclass(frozen=True, eq=False)
class Fit:
    """A log-linear Poisson model of the capture histories.

    Attributes
    ----------
    model : str
        Its largest interactions, for example `[police:ngo, shelter]`.
    status : int
        0: estimate exists and is identified; 1: does not exist; 2: not identified; 3: neither.
    reason : str
        Why there is no estimate; empty where there is one.
    observed, hidden, total : float or None
        Persons on a list, on none, and both; the last two are None where there is no estimate.
    hidden_log_error : float or None
        Standard error of the logarithm of `hidden`.
    deviance, bic, aic : float or None
        `bic` counts log(persons observed) for each parameter.
    parameters_n : int
        With those at minus infinity.
    coefficients : pandas.DataFrame
        `effect`, `estimate` (-inf is never stored: `is_minus_infinity` says it), `standard_error`.
    notes : tuple of str
        What was done to the table.
    """

    model: str
    status: int
    reason: str
    observed: float
    parameters_n: int
    hidden: float | None = None
    total: float | None = None
    hidden_log_error: float | None = None
    deviance: float | None = None
    bic: float | None = None
    aic: float | None = None
    coefficients: pd.DataFrame = field(default_factory=pd.DataFrame)
    notes: tuple[str, ...] = ()

    @property
    def standard_error(self) -> float | None:
        r"""Of the total, as in Rcapture, with those on a list taken as given.

        :math:`\sqrt{m + (m\,s_0)^2}` for m hidden, whose logarithm has the error :math:`s_0`. The total is skew: for an
        interval use `estimate_wald_interval` or, better, one that repeats the choice of the model.
        """
        if self.hidden is None or self.hidden_log_error is None:
            return None
        return float(np.sqrt(self.hidden + (self.hidden * self.hidden_log_error) ** 2))


@dataclass(frozen=True)
class Interval:
    """Limits of the total population.

    Attributes
    ----------
    low, high : float or None
        None where the data set no limit; `reason` says why.
    centre : float or None
        The estimate that belongs to the method, persons.
    level : float
    method : str
    reason : str
        Empty where both limits are given.
    note : str
        What to know of limits that are given.
    """

    low: float | None
    high: float | None
    centre: float | None
    level: float
    method: str
    reason: str = ""
    note: str = ""


def find_effects(captures: Captures, interactions: Sequence[Sequence[str]]) -> np.ndarray:
    """Give the effects of the hierarchical model with these interactions.

    Raises
    ------
    ValueError
        If they are no interactions, or one names a list that the table does not have, or fewer than two lists.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "n": [9, 8, 2]})
    >>> find_effects(read_captures(table, count="n"), [("A", "B")]).tolist()
    [0, 1, 2, 3]
    """
    if not isinstance(interactions, Iterable):
        raise ValueError(
            f"interactions is {interactions!r}; expected lists that depend on each other, for example "
            "[('police', 'shelter')], or () where none do"
        )
    wanted = []
    for lists in interactions:
        names = {str(name) for name in lists} if isinstance(lists, Iterable) and not isinstance(lists, str) else set()
        if len(names) < 2 or not names <= set(captures.lists):
            raise ValueError(
                f"interaction {lists!r} is not one of two lists or more of the table; the lists with persons are "
                f"{', '.join(captures.lists)}"
            )
        wanted.append(sum(1 << captures.lists.index(name) for name in names))
    return np.array(close_downward(wanted, len(captures.lists)))


def fit_model(table: pd.DataFrame, *, count: str | None, interactions: Sequence[Sequence[str]]) -> Fit:
    """Fit one hierarchical log-linear Poisson model, after checking that its estimate exists.

    Parameters
    ----------
    table : pandas.DataFrame
        Capture histories, see `read_captures`.
    count : str or None
        Column of persons.
    interactions : sequence of sequence of str
        Lists that depend on each other; effects within an interaction are added. `()` for independent lists.

    Returns
    -------
    Fit
        With a `reason` instead of numbers where no estimate exists.

    Raises
    ------
    ValueError
        If the table or the interactions cannot be read.

    References
    ----------
    Chan, L., Silverman, B. W. and Vincent, K. (2021). Multiple systems estimation for sparse capture data. Journal of
    the American Statistical Association 116, 1297-1306.

    Examples
    --------
    Two lists with 40 and 30 persons, 10 on both: 40 * 30 / 10 = 120 (Lincoln and Petersen).

    >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "n": [30, 20, 10]})
    >>> round(fit_model(table, count="n", interactions=()).total, 6)
    120.0
    >>> fit_model(table, count="n", interactions=[("A", "B")]).reason
    'The parameters are not identified: different hidden populations fit the lists equally well.'
    """
    captures = read_captures(table, count=count)
    refusal = refuse_without_lists(captures)
    effects = find_effects(captures, interactions)
    if refusal:
        return Fit("", 1, refusal, captures.persons, len(effects), notes=captures.notes)
    return fit_effects(captures, effects)


def check_model(table: pd.DataFrame, *, count: str | None, interactions: Sequence[Sequence[str]]) -> str:
    """Say whether the estimate of a model exists (linear programme of Fienberg and Rinaldo) and is identified.

    Parameters
    ----------
    table, count, interactions
        See `fit_model`.

    Returns
    -------
    str
        A sentence; the code is the `status` of `fit_model`.

    References
    ----------
    Fienberg, S. E. and Rinaldo, A. (2012). Maximum likelihood estimation in log-linear models. Annals of Statistics 40,
    996-1023.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [1, 0, 0, 1], "B": [0, 1, 0, 1], "C": [0, 0, 1, 0], "n": [40, 30, 20, 6]})
    >>> check_model(table, count="n", interactions=[("A", "C")])
    'The estimate exists and is identified.'
    >>> check_model(table, count="n", interactions=[("A", "B")])
    'The estimate does not exist: the likelihood is highest where a number becomes zero or infinite.'
    """
    captures = read_captures(table, count=count)
    effects = find_effects(captures, interactions)
    return refuse_without_lists(captures) or SENTENCES[check_effects(captures, effects)]


def check_effects(captures: Captures, effects: np.ndarray) -> int:
    """Give the status (see `check_estimates`) of the model with these effects, which form a hierarchy."""
    active = np.ones((1, len(effects)), dtype=bool)
    return int(check_estimates(captures.counts[None] > 0, effects, active)[0])


def refuse_without_lists(captures: Captures) -> str:
    """Say why nothing can be estimated from these lists by any model; empty where something can.

    Examples
    --------
    >>> refuse_without_lists(read_captures(pd.DataFrame({"A": [1], "n": [7]}), count="n"))
    'One list with persons: two lists that share persons are the least from which the hidden can be estimated.'
    """
    if captures.persons == 0:
        return "No person is on any list: there is nothing to estimate from."
    if len(captures.lists) == 1:
        return (
            "One list with persons: two lists that share persons are the least from which the hidden can be estimated."
        )
    if captures.overlap == 0:
        return "No person is on two lists: any hidden population, however large, would fit."
    return ""


def fit_effects(captures: Captures, effects: np.ndarray) -> Fit:
    """Fit the model with these effects (as bits, the intercept first) to checked captures."""
    status = check_effects(captures, effects)
    name = name_model(effects, captures.lists)
    base = {"model": name, "observed": captures.persons, "parameters_n": len(effects), "notes": captures.notes}
    if status:
        return Fit(status=status, reason=SENTENCES[status], **base)
    active = np.ones((1, len(effects)), dtype=bool)
    finite, cells = find_open_cells(captures.counts[None] > 0, effects, active)
    fits = fit_poisson(captures.counts[None], cells, effects, finite)
    if not fits.converged[0]:
        return Fit(status=1, reason="The fit did not settle; no number is given.", **base)
    errors = _standard_errors(fits.fitted[0], effects, finite[0])
    likelihood = float(log_likelihood(captures.counts[cells[0]], fits.fitted[0][cells[0]]))
    hidden = float(fits.hidden[0])
    return Fit(
        status=0,
        reason="",
        hidden=hidden,
        total=captures.persons + hidden,
        hidden_log_error=float(errors[0]),
        deviance=float(deviance(captures.counts[cells[0]], fits.fitted[0][cells[0]])),
        bic=-2 * likelihood + np.log(captures.persons) * len(effects),
        aic=-2 * likelihood + 2 * len(effects),
        coefficients=_list_coefficients(captures, effects, finite[0], fits.coefficients[0], errors),
        **base,
    )


def _standard_errors(fitted: np.ndarray, effects: np.ndarray, finite: np.ndarray) -> np.ndarray:
    held = effects[finite]
    histories = np.flatnonzero(fitted)
    design = ((histories[:, None] & held) == held) * np.sqrt(fitted[histories])[:, None]
    # Through the triangle of a QR decomposition: the cross product would lose half the digits of large counts.
    triangle = np.linalg.qr(design, mode="r")
    inverse = np.linalg.solve(triangle, np.eye(len(held)))
    errors = np.full(len(effects), np.nan)
    errors[finite] = np.sqrt((inverse**2).sum(axis=1))
    return errors


def _list_coefficients(
    captures: Captures, effects: np.ndarray, finite: np.ndarray, estimates: np.ndarray, errors: np.ndarray
) -> pd.DataFrame:
    names = [":".join(captures.lists[bit] for bit in list_bits(effect)) or "(intercept)" for effect in effects]
    table = pd.DataFrame(
        {"effect": names, "estimate": estimates, "standard_error": errors, "is_minus_infinity": ~finite}
    ).convert_dtypes()
    table.loc[~finite, ["estimate", "standard_error"]] = pd.NA
    return table


def estimate_wald_interval(fit: Fit, *, level: float) -> Interval:
    r"""Limits of the total from the standard error of the logarithm of the hidden: quick, blind to the model choice.

    :math:`n + \exp(\hat\beta_0 \pm z\,s_0)`.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "n": [30, 20, 10]})
    >>> interval = estimate_wald_interval(fit_model(table, count="n", interactions=()), level=0.95)
    >>> round(interval.low, 1), round(interval.high, 1)
    (85.9, 198.9)
    """
    check_level(level)
    if fit.hidden is None or fit.hidden_log_error is None:
        return Interval(None, None, None, level, "Wald", fit.reason)
    half = stats.norm.ppf((1 + level) / 2) * fit.hidden_log_error
    if half > np.log(_WIDEST):
        return Interval(None, None, fit.total, level, "Wald", "The standard error is too large for any limit.")
    low, high = (fit.observed + fit.hidden * np.exp(sign * half) for sign in (-1, 1))
    return Interval(float(low), float(high), fit.total, level, "Wald")


def estimate_profile_interval(
    table: pd.DataFrame, *, count: str | None, interactions: Sequence[Sequence[str]], level: float
) -> Interval:
    """Limits of the total by the multinomial profile likelihood of Cormack (1992), for ONE model taken as given.

    Narrower than it should be when the same data chose the model; see `estimate_population` for that.

    Parameters
    ----------
    table, count, interactions
        See `fit_model`.
    level : float
        Confidence level between 0 and 1.

    Returns
    -------
    Interval
        `centre` is the total of the greatest likelihood, a little below the Poisson estimate. `high` is None where the
        likelihood does not fall enough at a thousand times the estimate.

    Raises
    ------
    ValueError
        If the table, the interactions or the level cannot be used.

    References
    ----------
    Cormack, R. M. (1992). Interval estimation for mark-recapture studies of closed populations. Biometrics 48, 567-576.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "n": [30, 20, 10]})
    >>> interval = estimate_profile_interval(table, count="n", interactions=(), level=0.95)
    >>> round(interval.centre, 1), round(interval.low, 1), round(interval.high, 1)
    (117.0, 82.4, 199.4)
    """
    check_level(level)
    captures = read_captures(table, count=count)
    fit = fit_model(table, count=count, interactions=interactions)
    if fit.total is None:
        return Interval(None, None, None, level, "profile likelihood", fit.reason)
    profile = _Profile(captures, find_effects(captures, interactions))
    return profile.find_limits(fit.total, level)


class _Profile:
    """Log-likelihood of the total when the hidden are one more, known, cell of the table."""

    def __init__(self, captures: Captures, effects: np.ndarray) -> None:
        active = np.ones((1, len(effects)), dtype=bool)
        self.finite, self.cells = find_open_cells(captures.counts[None] > 0, effects, active)
        self.cells[:, 0] = True
        self.captures, self.effects = captures, effects
        self.start: np.ndarray | None = None

    def measure(self, total: float) -> float:
        counts = self.captures.counts[None].copy()
        hidden = max(total - self.captures.persons, 0.0)
        counts[0, 0] = hidden
        fits = fit_poisson(counts, self.cells, self.effects, self.finite, start=self.start)
        self.start = fits.coefficients
        correction = xlogy(hidden, hidden) - gammaln(hidden + 1) + gammaln(total + 1) - xlogy(total, total)
        return float(correction - deviance(counts, fits.fitted * self.cells)[0] / 2)

    def find_limits(self, total: float, level: float) -> Interval:
        observed = self.captures.persons
        best = optimize.minimize_scalar(
            lambda n: -self.measure(n), bounds=(observed, 3 * total), method="bounded", options={"xatol": 1e-5}
        )
        centre, top = float(best.x), -float(best.fun)
        # The top itself is known no better than that, so that no level can ask for less of a fall.
        drop = top - max(stats.chi2.ppf(level, 1) / 2, _LEAST_FALL)
        low = self._cross(observed, centre, drop) if self.measure(observed) < drop else observed
        high = 2 * centre
        while self.measure(high) > drop and high < _WIDEST * total:
            high *= 2
        if self.measure(high) > drop:
            reason = "The likelihood sets no upper limit: the lists share too few persons."
            return Interval(low, None, centre, level, "profile likelihood", reason)
        return Interval(low, self._cross(centre, high, drop), centre, level, "profile likelihood")

    def _cross(self, low: float, high: float, drop: float) -> float:
        return float(optimize.brentq(lambda n: self.measure(n) - drop, low, high, xtol=1e-6 * high))

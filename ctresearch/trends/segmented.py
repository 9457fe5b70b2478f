"""Segmented regression of events: a log or logit line with one break anywhere between the data."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import optimize, stats
from statsmodels.genmod import families

from ctresearch.trends.glm import NoFitError, fit_generalised
from ctresearch.trends.reading import check_columns, read_numbers

FAMILIES = ("binomial", "poisson")
FIRST_SLOPES = ("free", "zero")
TOLERANCE = 1e-9
"""Tolerance of the break, in units of the range of x."""
_APART = 1e-4
"""Breaks nearer than this, in units of the range of x, are one."""


@dataclass(frozen=True)
class Segmented:
    """A line with one break, or the reason why there is none.

    Attributes
    ----------
    break_at, break_error : float or None
        Break and its standard error, in the unit of x.
    break_low, break_high : float or None
        By Student's t with n - p degrees of freedom.
    slopes : pandas.DataFrame
        `slope`, `standard_error`, `slope_low`, `slope_high` (logits or logarithms for one unit of x) before and after.
    deviance, deviance_without_break, aic : float or None
    minima : pandas.DataFrame
        `break_at`, `break_error`, `deviance` of the chosen break and of all others that are best between two values of
        x. A search from one start, as in other programs, may end at any; with close deviances none is to be preferred.
    reason : str
    """

    break_at: float | None
    break_error: float | None
    break_low: float | None
    break_high: float | None
    slopes: pd.DataFrame
    deviance: float | None
    deviance_without_break: float | None
    aic: float | None
    minima: pd.DataFrame
    reason: str


def fit_segmented(
    table: pd.DataFrame, *, x: str, events: str, family: str, first_slope: str, level: float, trials: str | None = None
) -> Segmented:
    r"""Fit :math:`g(\mu) = \beta_0 + \beta_1 x + \delta (x - \psi)_+` with the likeliest break.

    The profile deviance over :math:`\psi` is searched at every observed x and refined between them; all its minima
    there are given. The error of :math:`\psi` is that of the coefficient of its derivative :math:`-I(x > \psi)` over
    :math:`|\delta|`. A break on an observed x has a second derivative, :math:`-I(x \ge \psi)`: the wider error is
    given, where other programs give one of the two by rounding.

    Parameters
    ----------
    table : pandas.DataFrame
        One row a value of x.
    x, events : str
        Columns; events are counts.
    family : {"binomial", "poisson"}
        Logit of events in `trials`, or logarithm of events, with `trials` as exposure where given.
    first_slope : {"free", "zero"}
    level : float
        Confidence level.
    trials : str, optional
        Column with trials or exposure; needed for the binomial.

    Returns
    -------
    Segmented

    Raises
    ------
    ValueError
        For unknown words, or values that are missing, negative or more than the trials.

    References
    ----------
    Muggeo, V. M. R. (2003). Estimating regression models with unknown break-points. Statistics in Medicine 22,
    3055-3071.

    Examples
    --------
    >>> events = [100, 99, 101, 100, 101, 199, 402, 799, 1601]
    >>> table = pd.DataFrame({"year": range(2000, 2009), "events": events})
    >>> fit = fit_segmented(table, x="year", events="events", family="poisson", first_slope="free", level=0.95)
    >>> round(fit.break_at, 1), len(fit.minima)
    (2004.0, 1)
    """
    data = _read(table, x=x, events=events, trials=trials, family=family, first_slope=first_slope, level=level)
    reason = _find_reason(data, first_slope)
    if reason:
        return _refuse(reason)
    try:
        breaks = _search(data)
        if not _has_break(data, breaks[0]):
            return _refuse("The line does not bend: no break improves the fit.")
        return _describe(data, breaks, level)
    except NoFitError as failure:
        return _refuse(str(failure))


@dataclass(frozen=True)
class _Data:
    x: np.ndarray
    events: np.ndarray
    trials: np.ndarray
    family: str
    first_slope: str

    def design(self, at: float | None, *, step: str = "") -> np.ndarray:
        columns = [np.ones_like(self.x)]
        if self.first_slope == "free":
            columns.append(self.x - self.x.mean())
        if at is not None:
            columns.append(np.maximum(self.x - at, 0))
        if at is not None and step:
            columns.append(-(self.x > at if step == "after" else self.x >= at).astype(float))
        return np.column_stack(columns)

    def fit(self, at: float | None, *, step: str = ""):
        design = self.design(at, step=step)
        if self.family == "binomial":
            pair = np.column_stack([self.events, self.trials - self.events])
            return fit_generalised(pair, design, family=families.Binomial())
        offset = np.log(self.trials / self.trials.mean())
        return fit_generalised(self.events, design, family=families.Poisson(), offset=offset)


def _read(
    table: pd.DataFrame, *, x: str, events: str, trials: str | None, family: str, first_slope: str, level: float
) -> _Data:
    for name, word, allowed in (("family", family, FAMILIES), ("first_slope", first_slope, FIRST_SLOPES)):
        if word not in allowed:
            raise ValueError(f"{name} is '{word}'; use one of {', '.join(allowed)}")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, for example 0.95")
    if family == "binomial" and trials is None:
        raise ValueError("the binomial family needs the column with trials")
    names = (x, events, *filter(None, [trials]))
    check_columns(table, names, what="table")
    order = np.argsort(read_numbers(table, x), kind="stable")
    values = {name: read_numbers(table, name)[order] for name in names}
    whole = values[trials] if trials else np.ones(len(table))
    data = _Data(values[x], values[events], whole, family, first_slope)
    wrong = ~np.isfinite(data.x + data.events + data.trials) | (data.events < 0) | (data.trials <= 0)
    if family == "binomial":
        wrong |= data.events > data.trials
    if wrong.any():
        raise ValueError(
            f"{int(wrong.sum())} row(s) hold a value that is missing, infinite, negative or more than its trials"
        )
    return data


def _find_reason(data: _Data, first_slope: str) -> str:
    distinct = len(np.unique(data.x))
    needed = 6 if first_slope == "free" else 5
    if distinct < needed:
        return f"A line with a break needs at least {needed} different values of x; the table has {distinct}."
    if (data.events > 0).sum() < 3:
        return "Fewer than three rows have events, so no line with a break can be fitted."
    if data.family == "binomial" and (data.events < data.trials).sum() < 3:
        return "Fewer than three rows have trials without an event, so no line with a break can be fitted."
    return ""


def _search(data: _Data) -> list[float]:
    """Return the best break, and after it the others at which the deviance is least between two values of x."""
    nodes = np.unique(data.x)[1:-1]
    best = int(np.argmin([_measure_deviance(data, at) for at in nodes]))
    sides = [pair for pair in ((best - 1, best), (best, best + 1)) if pair[0] >= 0 and pair[1] < len(nodes)]
    found = [(_measure_deviance(data, nodes[best]), float(nodes[best]))]
    for side in sides:
        result = optimize.minimize_scalar(
            lambda at: _measure_deviance(data, at),
            bounds=nodes[list(side)],
            method="bounded",
            options={"xatol": TOLERANCE * np.ptp(data.x)},
        )
        found.append((float(result.fun), float(result.x)))
    between = [at for low, high in pairwise(nodes) if (at := _solve_between(data, low, high)) is not None]
    ranked = sorted((_measure_deviance(data, at), at) for at in between)
    chosen = min(found + ranked)[1]
    return [chosen, *(at for _, at in ranked if abs(at - chosen) > _APART * np.ptp(data.x))]


def _solve_between(data: _Data, low: float, high: float) -> float | None:
    """Find the least deviance between two values of x, where a line with a free step is the broken line itself."""
    try:
        bend, step = data.fit(low, step="after").params[-2:]
    except NoFitError:
        return None
    at = low + step / bend if bend else low
    return float(at) if low < at < high else None


def _measure_deviance(data: _Data, at: float) -> float:
    try:
        return float(data.fit(at).deviance)
    except NoFitError:
        # Any number above all deviances will do; infinity would stop the search between two nodes.
        return 1e300


def _has_break(data: _Data, at: float) -> bool:
    fit = data.fit(at)
    return bool(data.fit(None).deviance - fit.deviance > 1e-8 and abs(fit.params[-1]) > 1e-10)


def _describe(data: _Data, breaks: list[float], level: float) -> Segmented:
    at = breaks[0]
    fit, wide = data.fit(at), _fit_wide(data, at)
    free = len(data.x) - wide.params.size
    minima = pd.DataFrame([_describe_minimum(data, place) for place in breaks])
    error = float(minima["break_error"].iloc[0])
    half = stats.t.ppf((1 + level) / 2, free) * error
    return Segmented(
        break_at=at,
        break_error=error,
        break_low=float(at - half),
        break_high=float(at + half),
        slopes=_list_slopes(fit, wide, data, level),
        deviance=float(fit.deviance),
        deviance_without_break=float(data.fit(None).deviance),
        aic=float(2 * wide.params.size - 2 * fit.llf),
        minima=minima,
        reason="",
    )


def _fit_wide(data: _Data, at: float):
    """Fit with the derivative by the break; of its two sides, where an x lies on the break, that of the wider error."""
    nearest = float(data.x[np.abs(data.x - at).argmin()])
    if abs(nearest - at) > 10 * TOLERANCE * np.ptp(data.x):
        return data.fit(at, step="after")
    return max((data.fit(nearest, step=step) for step in ("after", "from")), key=lambda fit: fit.bse[-1])


def _describe_minimum(data: _Data, at: float) -> dict[str, float]:
    fit, wide = data.fit(at), _fit_wide(data, at)
    error = float(wide.bse[-1] / abs(fit.params[-1]))
    return {"break_at": at, "break_error": error, "deviance": float(fit.deviance)}


def _list_slopes(fit, wide, data: _Data, level: float) -> pd.DataFrame:
    is_free = data.first_slope == "free"
    sums = np.array([[1, 0], [1, 1]]) if is_free else np.array([[0], [1]])
    chosen = [1, 2] if is_free else [1]
    slopes = sums @ fit.params[chosen]
    errors = np.sqrt(np.diag(sums @ wide.cov_params()[np.ix_(chosen, chosen)] @ sums.T))
    half = stats.norm.ppf((1 + level) / 2) * errors
    return pd.DataFrame(
        {"slope": slopes, "standard_error": errors, "slope_low": slopes - half, "slope_high": slopes + half},
        index=["before", "after"],
    )


def _refuse(reason: str) -> Segmented:
    slopes = pd.DataFrame(columns=["slope", "standard_error", "slope_low", "slope_high"])
    minima = pd.DataFrame(columns=["break_at", "break_error", "deviance"])
    return Segmented(None, None, None, None, slopes, None, None, None, minima, reason)

"""Trend of a yearly series: average annual change by a quasi-Poisson or negative binomial model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, special, stats
from statsmodels.genmod import families
from statsmodels.tools.tools import add_constant

from ctresearch.trends.glm import NoFitError, fit_generalised, fit_log_line
from ctresearch.trends.series import Series, list_scenarios, read_series

MODELS = ("quasi_poisson", "negative_binomial")
ALPHA_SMALLEST, ALPHA_LARGEST = 1e-8, 1e4
"""Range of the dispersion of the negative binomial; below the least it is a Poisson model."""
ROUNDS_N = 50
"""Alternations between coefficients and dispersion; each halves the error at least, and ten are usual."""


@dataclass(frozen=True)
class NegativeBinomial:
    r"""A negative binomial model with variance :math:`\mu + \alpha \mu^2`.

    Attributes
    ----------
    coefficients, errors : array of float, shape (p,)
        Errors are those at the estimated dispersion.
    theta, theta_error : float or None
        :math:`1/\alpha` and its standard error; None where counts vary no more than a Poisson model says.
    log_likelihood : float
    """

    coefficients: np.ndarray
    errors: np.ndarray
    theta: float | None
    theta_error: float | None
    log_likelihood: float


@dataclass(frozen=True)
class AnnualTrend:
    """Average annual change of one series over everything that its masked years allow.

    Attributes
    ----------
    change_pct : float or None
        Average change in per cent a year; None unless every count is known.
    change_pct_low, change_pct_high : float or None
        Smallest lower and largest upper limit over the scenarios (per cent a year).
    p_value : float or None
        Largest over the scenarios.
    years_n, masked_n : int
        Years of the series, and how many are known only within bounds.
    events_low, events_high : float
        Sum of the counts at all low and all high bounds (persons).
    span : str
    scenarios : pandas.DataFrame
        `scenario`, `log_change`, `standard_error` (of the logarithm of the yearly factor), `change_pct`,
        `change_pct_low`, `change_pct_high`, `p_value`, `dispersion`, `reason`.
    is_exhaustive : bool
        True if every combination of bounds was tried; otherwise the ordered ones were.
    reason : str
        Why there is no answer; empty where there is one.
    """

    change_pct: float | None
    change_pct_low: float | None
    change_pct_high: float | None
    p_value: float | None
    years_n: int
    masked_n: int
    events_low: float
    events_high: float
    span: str
    scenarios: pd.DataFrame
    is_exhaustive: bool
    reason: str


def fit_annual_change(counts: pd.DataFrame, *, model: str, level: float, exposure: str | None = None) -> AnnualTrend:
    r"""Estimate the average annual change of a yearly series.

    :math:`\log E(y_t) = \beta_0 + \beta_1 t + \log(\text{exposure}_t)`; the change is :math:`100(e^{\beta_1} - 1)`
    per cent a year, with limits by Student's t of n - 2 degrees of freedom. The quasi-Poisson errors are multiplied by
    the root of Pearson's statistic over its degrees of freedom, never by less than one. Years need not follow each
    other. Masked years enter at every combination of their bounds (`list_scenarios`); the limits span them all.

    Parameters
    ----------
    counts : pandas.DataFrame
        One series as `read_series` takes it.
    model : {"quasi_poisson", "negative_binomial"}
    level : float
        Confidence level.
    exposure : str, optional
        Column with persons, for a trend of rates.

    Returns
    -------
    AnnualTrend

    References
    ----------
    McCullagh, P. and Nelder, J. A. (1989). Generalized Linear Models, 2nd ed., section 6.2.
    Venables, W. N. and Ripley, B. D. (2002). Modern Applied Statistics with S, 4th ed., section 7.4.

    Examples
    --------
    >>> counts = pd.DataFrame({"year": range(2010, 2016), "value": [64.0, 32, 16, 8, 4, 2]})
    >>> round(fit_annual_change(counts, model="quasi_poisson", level=0.95).change_pct, 1)
    -50.0
    """
    if model not in MODELS:
        raise ValueError(f"model is '{model}'; use one of {', '.join(MODELS)}")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, for example 0.95")
    series = read_series(counts, exposure=exposure)
    rows = [
        {"scenario": scenario.name, **_fit_scenario(series, scenario.values, model, level)}
        for scenario in list_scenarios(series)
    ]
    return _summarise(series, pd.DataFrame(rows))


def fit_negative_binomial(
    design: np.ndarray, counts: np.ndarray, *, offset: np.ndarray | None = None
) -> NegativeBinomial:
    """Fit a negative binomial regression (NB2, logarithmic link) by maximum likelihood.

    Coefficients at a given dispersion and the dispersion at given means are found in turn, as MASS `glm.nb` does.

    Parameters
    ----------
    design : array of float, shape (n, p)
        With a column of ones.
    counts : array of float, shape (n,)
    offset : array of float, shape (n,), optional

    Raises
    ------
    ValueError
        If the columns of the design are not independent.
    """
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("the columns of the design are not independent; leave one out")
    offset = np.zeros(len(counts)) if offset is None else offset
    fit, alpha = fit_generalised(counts, design, family=families.Poisson(), offset=offset), 0.0
    for _ in range(ROUNDS_N):
        before, alpha = alpha, _estimate_alpha(counts, fit.fittedvalues)
        if alpha <= ALPHA_SMALLEST:
            return NegativeBinomial(fit.params, fit.bse, None, None, float(fit.llf))
        family = families.NegativeBinomial(alpha=alpha)
        fit = fit_generalised(counts, design, family=family, offset=offset, start=fit.params)
        if abs(alpha - before) < 1e-9 * alpha:
            break
    theta, information = 1 / alpha, _measure_information(counts, fit.fittedvalues, 1 / alpha)
    error = float(information**-0.5) if information > 0 else None
    return NegativeBinomial(fit.params, fit.bse, theta, error, _log_likelihood(counts, fit.fittedvalues, theta))


def _fit_scenario(series: Series, values: np.ndarray, model: str, level: float) -> dict:
    reason = _find_reason(series.years, values)
    if reason:
        return {"reason": reason}
    try:
        slope, error, dispersion = _fit_slope(series, values, model)
    except NoFitError as failure:
        return {"reason": str(failure)}
    quantile = stats.t.ppf((1 + level) / 2, len(values) - 2)
    low, middle, high = (100 * np.expm1(np.clip(slope + z * error, -50, 50)) for z in (-quantile, 0, quantile))
    return {
        "log_change": slope,
        "standard_error": error,
        "change_pct": middle,
        "change_pct_low": low,
        "change_pct_high": high,
        "p_value": 2 * stats.t.sf(abs(slope) / error, len(values) - 2),
        "dispersion": dispersion,
        "reason": "",
    }


def _find_reason(years: np.ndarray, values: np.ndarray) -> str:
    """Say why a log-linear trend with an error does not exist, if so."""
    if len(years) < 3:
        return f"A trend with an interval needs at least 3 years; the series has {len(years)}."
    positive = np.flatnonzero(values)
    if not len(positive):
        return "Every count is zero, so there is no trend to estimate."
    if len(positive) == 1 and positive[0] in {0, len(values) - 1}:
        return f"Only {years[positive[0]]:.0f}, at one end, has a count above zero; no rate of change fits best."
    return ""


def _fit_slope(series: Series, values: np.ndarray, model: str) -> tuple[float, float, float]:
    design = add_constant(series.years - series.years.mean(), has_constant="add")
    # Only the ratio of exposures matters to the slope; near one the algorithm starts well.
    offset = np.log(series.exposure / series.exposure.mean())
    if model == "negative_binomial":
        fit = fit_negative_binomial(design, values, offset=offset)
        return float(fit.coefficients[1]), float(fit.errors[1]), 0.0 if fit.theta is None else 1 / fit.theta
    line = fit_log_line(values, design[:, 1], offset=offset)
    dispersion = line.pearson / (len(values) - 2)
    return line.slope, line.error * max(1.0, dispersion) ** 0.5, dispersion


def _summarise(series: Series, scenarios: pd.DataFrame) -> AnnualTrend:
    columns = [
        "log_change",
        "standard_error",
        "change_pct",
        "change_pct_low",
        "change_pct_high",
        "p_value",
        "dispersion",
    ]
    scenarios = scenarios.reindex(columns=["scenario", *columns, "reason"])
    failed = scenarios[scenarios["reason"].ne("")]
    masked_n = int(series.is_masked.sum())
    reason = "" if failed.empty else failed["reason"].iloc[0]
    if reason and masked_n:
        reason = f"At some values of the {masked_n} masked year(s): {reason}"
    return AnnualTrend(
        change_pct=float(scenarios["change_pct"].iloc[0]) if not (reason or masked_n) else None,
        change_pct_low=None if reason else float(scenarios["change_pct_low"].min()),
        change_pct_high=None if reason else float(scenarios["change_pct_high"].max()),
        p_value=None if reason else float(scenarios["p_value"].max()),
        years_n=len(series.years),
        masked_n=masked_n,
        events_low=float(series.low.sum()),
        events_high=float(series.high.sum()),
        span=series.name_span(),
        scenarios=scenarios,
        is_exhaustive=len(scenarios) == 2**masked_n,
        reason=reason,
    )


def _estimate_alpha(counts: np.ndarray, means: np.ndarray) -> float:
    # The score at alpha = 0: not above zero, the likelihood falls from the Poisson model on (Cameron and Trivedi 1986).
    if ((counts - means) ** 2 - counts).sum() <= 0:
        return 0.0
    low, high = np.log(ALPHA_SMALLEST), np.log(ALPHA_LARGEST)

    def score(log_alpha: float) -> float:
        return _score_theta(counts, means, float(np.exp(-log_alpha)))

    if score(low) * score(high) > 0:
        return 0.0
    return float(np.exp(optimize.brentq(score, low, high, xtol=1e-12)))


def _score_theta(y: np.ndarray, mu: np.ndarray, theta: float) -> float:
    return float(
        (
            special.digamma(theta + y)
            - special.digamma(theta)
            + np.log(theta / (mu + theta))
            + 1
            - (y + theta) / (mu + theta)
        ).sum()
    )


def _measure_information(y: np.ndarray, mu: np.ndarray, theta: float) -> float:
    terms = special.polygamma(1, theta) - special.polygamma(1, theta + y) - 1 / theta + 2 / (mu + theta)
    return float((terms - (y + theta) / (mu + theta) ** 2).sum())


def _log_likelihood(y: np.ndarray, mu: np.ndarray, theta: float) -> float:
    return float(stats.nbinom.logpmf(y, theta, theta / (theta + mu)).sum())

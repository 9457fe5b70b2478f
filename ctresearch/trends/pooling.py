"""Regional trend: pooled annual change of several series, with random effects and heterogeneity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from ctresearch.trends.annual import AnnualTrend

METHODS = {"dersimonian_laird": "dl", "paule_mandel": "iterated"}
ERRORS = ("normal", "knapp_hartung")


@dataclass(frozen=True)
class PooledTrend:
    """Pooled average annual change, or the reason why there is none.

    Attributes
    ----------
    change_pct, change_pct_low, change_pct_high : float or None
        Per cent a year, random effects.
    tau2 : float or None
        Variance between series of the logarithm of the yearly factor.
    i2 : float or None
        Share of the variation that is between series, 0 to 1.
    q, q_p_value : float or None
        Cochran's Q and its p value by chi-square.
    prediction_low, prediction_high : float or None
        Range for the change of one more series like these (per cent a year); None for fewer than three.
    series_n : int
    reason : str
    """

    change_pct: float | None
    change_pct_low: float | None
    change_pct_high: float | None
    tau2: float | None
    i2: float | None
    q: float | None
    q_p_value: float | None
    prediction_low: float | None
    prediction_high: float | None
    series_n: int
    reason: str


def list_effects(trends: Mapping[str, AnnualTrend]) -> pd.DataFrame:
    """List the effects of series for `pool_trends`, at all bounds of their masked years.

    Returns
    -------
    pandas.DataFrame
        `bounds` (`all_low`, `all_high`, `steepest_fall`, `steepest_rise`), `series`, `log_change`, `standard_error`.
        Series without an answer are left out of all four.
    """
    rows = [
        {"bounds": bounds, "series": name, **_pick(trend.scenarios, bounds)}
        for bounds in ("all_low", "all_high", "steepest_fall", "steepest_rise")
        for name, trend in trends.items()
        if not trend.reason
    ]
    return pd.DataFrame(rows, columns=["bounds", "series", "log_change", "standard_error"])


def pool_trends(effects: pd.DataFrame, *, method: str, errors: str, level: float) -> PooledTrend:
    r"""Pool logarithms of yearly factors with random effects.

    Weights are :math:`1/(s_i^2 + \tau^2)`; :math:`\tau^2` by DerSimonian and Laird or by Paule and Mandel.

    Parameters
    ----------
    effects : pandas.DataFrame
        One row a series with `log_change` and `standard_error`; pool each group of `bounds` by itself.
    method : {"dersimonian_laird", "paule_mandel"}
    errors : {"normal", "knapp_hartung"}
        Interval by the normal distribution, or by Student's t and the weighted spread of the effects.
    level : float

    References
    ----------
    DerSimonian, R. and Laird, N. (1986). Controlled Clinical Trials 7, 177-188.
    Paule, R. C. and Mandel, J. (1982). Journal of Research of the National Bureau of Standards 87, 377-385.
    Higgins, J. P. T., Thompson, S. G. and Spiegelhalter, D. J. (2009). Journal of the Royal Statistical Society A
    172, 137-159 (range of prediction).

    Examples
    --------
    >>> effects = pd.DataFrame({"log_change": [0.02, 0.08], "standard_error": [0.02, 0.02]})
    >>> pooled = pool_trends(effects, method="dersimonian_laird", errors="normal", level=0.95)
    >>> round(pooled.change_pct, 2), round(pooled.tau2, 4), round(pooled.i2, 2)
    (5.13, 0.0014, 0.78)
    """
    for name, word, allowed in (("method", method, tuple(METHODS)), ("errors", errors, ERRORS)):
        if word not in allowed:
            raise ValueError(f"{name} is '{word}'; use one of {', '.join(allowed)}")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, for example 0.95")
    effect = effects["log_change"].to_numpy(dtype=float)
    variance = effects["standard_error"].to_numpy(dtype=float) ** 2
    if "bounds" in effects and effects["bounds"].nunique() > 1:
        raise ValueError("the effects are at several bounds of the masked years; pool each by itself")
    if not (np.isfinite(effect).all() and np.isfinite(variance).all() and (variance > 0).all()):
        raise ValueError("an effect is missing or infinite or has no error above zero; leave such series out")
    if len(effect) < 2:
        return PooledTrend(*(None,) * 9, len(effect), f"Pooling needs at least 2 series; there are {len(effect)}.")
    return _pool(effect, variance, method, errors, level)


def _pool(effect: np.ndarray, variance: np.ndarray, method: str, errors: str, level: float) -> PooledTrend:
    # Series of the very same change have Q = 0; statsmodels then divides by it for a figure that is not used here.
    with np.errstate(divide="ignore"):
        combined = combine_effects(effect, variance, method_re=METHODS[method], alpha=1 - level)
    tau2 = max(0.0, float(combined.tau2))
    weights = 1 / (variance + tau2)
    mean = float(weights @ effect / weights.sum())
    error, quantile = weights.sum() ** -0.5, stats.norm.ppf((1 + level) / 2)
    k = len(effect)
    if errors == "knapp_hartung":
        error = float((weights @ (effect - mean) ** 2 / (k - 1) / weights.sum()) ** 0.5)
        quantile = stats.t.ppf((1 + level) / 2, k - 1)
    spread = (tau2 + 1 / weights.sum()) ** 0.5 * stats.t.ppf((1 + level) / 2, k - 2) if k > 2 else None
    q = float(combined.q)
    return PooledTrend(
        *(_to_pct(mean + z * error) for z in (0, -quantile, quantile)),
        tau2=tau2,
        i2=max(0.0, 1 - (k - 1) / q) if q > 0 else 0.0,
        q=q,
        q_p_value=float(stats.chi2.sf(q, k - 1)),
        prediction_low=None if spread is None else _to_pct(mean - spread),
        prediction_high=None if spread is None else _to_pct(mean + spread),
        series_n=k,
        reason="",
    )


def _to_pct(log_change: float) -> float:
    return float(100 * np.expm1(np.clip(log_change, -50, 50)))


def _pick(scenarios: pd.DataFrame, bounds: str) -> dict:
    if bounds.startswith("steepest"):
        slope = scenarios["log_change"].astype(float)
        row = scenarios.loc[slope.idxmin() if bounds == "steepest_fall" else slope.idxmax()]
    else:
        row = scenarios[scenarios["scenario"].isin([bounds, "as_counted"])].iloc[0]
    return {"log_change": row["log_change"], "standard_error": row["standard_error"]}

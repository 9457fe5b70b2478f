"""Joinpoint regression: straight lines that meet, the number of them by permutation test or BIC."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from ctresearch.trends.joinpoint_grid import Grid, count_choices, find_best, make_grid
from ctresearch.trends.joinpoint_tests import test_in_sequence
from ctresearch.trends.series import Series, list_scenarios, read_series

TRANSFORMS = ("log", "linear")
WEIGHTS = ("constant", "standard_errors", "poisson")
ZEROS = ("refuse", "add_half")
CHOICES = ("permutation", "bic")
CONFIGURATIONS_N = 2_000_000
"""No larger grid is searched."""


@dataclass(frozen=True)
class JoinpointOptions:
    """Every choice of a joinpoint regression; none has a default.

    Attributes
    ----------
    transform : {"log", "linear"}
        Lines in the logarithm of the value (a constant per cent a year) or in the value.
    weights : {"constant", "standard_errors", "poisson"}
        Weights of least squares: equal; one over the variance from the column `standard_error` (for logarithms
        (value / error) squared); or, for counts, the Poisson variance (for logarithms the count itself).
    zeros : {"refuse", "add_half"}
        What is done with a zero where logarithms are taken: no answer, or half added to every value.
    joinpoints_max : int
        Largest number of joinpoints tried, 0 to 4 or more.
    end_years_min, between_years_min : int
        Observed years at least beyond the outer joinpoints and between two, the joinpoints themselves not counted.
    choose_by : {"permutation", "bic"}
    alpha : float
        Overall level of the sequence of tests; intervals are given at 1 - alpha.
    permutations_n : int
        Permutations of each test; NCI Joinpoint uses 4,499.
    """

    transform: str
    weights: str
    zeros: str
    joinpoints_max: int
    end_years_min: int
    between_years_min: int
    choose_by: str
    alpha: float
    permutations_n: int

    def __post_init__(self) -> None:
        allowed = (("transform", TRANSFORMS), ("weights", WEIGHTS), ("zeros", ZEROS), ("choose_by", CHOICES))
        for name, words in allowed:
            if getattr(self, name) not in words:
                raise ValueError(f"{name} is '{getattr(self, name)}'; use one of {', '.join(words)}")
        for name, least in (
            ("joinpoints_max", 0),
            ("end_years_min", 2),
            ("between_years_min", 1),
            ("permutations_n", 1),
        ):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}; expected at least {least}")
        if not 0 < self.alpha < 1:
            raise ValueError(f"alpha is {self.alpha}; expected a number between 0 and 1, for example 0.05")


@dataclass(frozen=True)
class Joinpoints:
    """A fitted joinpoint regression, or the reason why there is none.

    Attributes
    ----------
    years : tuple of float
        Joinpoints of the chosen model.
    segments : pandas.DataFrame
        `first_year`, `last_year`, `change`, `change_low`, `change_high` (in `unit`), `p_value`, `is_significant`.
    models : pandas.DataFrame
        One row for each number of joinpoints: `joinpoints_n`, `years`, `sse`, `bic`.
    tests : pandas.DataFrame
        The sequence of permutation tests: `null_n`, `alternative_n`, `p_value`, `alpha`, `is_rejected`.
    year_intervals : pandas.DataFrame
        `year`, `year_low`, `year_high` of each joinpoint.
    average : tuple of float
        Average yearly change over all years with its limits (AAPC), in `unit`.
    fitted : array of float, shape (n,)
        In the unit of the values.
    unit : str
    reason : str
        Empty where there is an answer.
    """

    years: tuple[float, ...]
    segments: pd.DataFrame
    models: pd.DataFrame
    tests: pd.DataFrame
    year_intervals: pd.DataFrame
    average: tuple[float, float, float] | None
    fitted: np.ndarray
    unit: str
    reason: str


def fit_joinpoints(
    counts: pd.DataFrame, *, options: JoinpointOptions, rng: np.random.Generator
) -> dict[str, Joinpoints]:
    r"""Fit lines that meet at joinpoints, at all bounds that the masked years allow.

    For :math:`k` joinpoints :math:`\tau` at observed years, :math:`y = \beta_0 + \beta_1 x + \sum_j \delta_j
    (x-\tau_j)_+` is fitted by weighted least squares over the whole grid of :math:`\tau`. The number is chosen by the
    sequence of permutation tests of Kim et al. with levels :math:`\alpha / (k_{max} - k_0)`, or by the smallest
    :math:`\ln(SSE/n) + 2(k+1)\ln(n)/n`. Intervals of slopes count the joinpoints as estimated (Feder) and have
    :math:`n - 2(k+1)` degrees of freedom, as those of NCI Joinpoint; those of a joinpoint are by the sums of squares
    within :math:`1 + F_{1-\alpha}(1, n-2k-2)/(n-2k-2)` of the least (Lerman).

    Parameters
    ----------
    counts : pandas.DataFrame
        One series as `read_series` takes it, with `standard_error` where weights ask for it.
    options : JoinpointOptions
    rng : numpy.random.Generator
        Orders of the permutations.

    Returns
    -------
    dict of str to Joinpoints
        By scenario: `as_counted` alone, or `all_low`, `all_high` and the steepest rise and fall.

    References
    ----------
    Kim, H.-J., Fay, M. P., Feuer, E. J. and Midthune, D. N. (2000). Permutation tests for joinpoint regression with
    applications to cancer rates. Statistics in Medicine 19, 335-351.
    Feder, P. I. (1975). On asymptotic distribution theory in segmented regression problems. Annals of Statistics 3,
    49-83.
    Lerman, P. M. (1980). Fitting segmented regression models by grid search. Applied Statistics 29, 77-84.
    Clegg, L. X. et al. (2009). Estimating average annual per cent change in trend analysis. Statistics in Medicine
    28, 3670-3682.

    Examples
    --------
    >>> counts = pd.DataFrame({"year": range(2000, 2012), "value": [2.0**k for k in [*range(6), *range(6, 0, -1)]]})
    >>> options = JoinpointOptions("log", "constant", "refuse", 1, 2, 2, "bic", 0.05, 4499)
    >>> fit_joinpoints(counts, options=options, rng=np.random.default_rng(1))["as_counted"].years
    (2006.0,)
    """
    series = read_series(counts)
    errors = _read_errors(counts, options)
    return {
        scenario.name: _fit(series, scenario.values, errors, options, rng)
        for scenario in list_scenarios(series)
        if _is_shown(scenario.name, int(series.is_masked.sum()))
    }


def _is_shown(name: str, masked_n: int) -> bool:
    return name in {"as_counted", "all_low", "all_high"} or name.endswith(f"_from_masked_year_{masked_n // 2 + 1}")


def _read_errors(counts: pd.DataFrame, options: JoinpointOptions) -> np.ndarray | None:
    if options.weights != "standard_errors":
        return None
    if "standard_error" not in counts:
        raise ValueError("weights by standard errors need a column 'standard_error'")
    errors = counts.sort_values("year", kind="stable")["standard_error"].to_numpy(dtype=float, na_value=np.nan)
    if not (np.isfinite(errors) & (errors > 0)).all():
        raise ValueError("'standard_error' holds a value that is missing, infinite or not above zero")
    return errors


def _fit(
    series: Series, values: np.ndarray, errors: np.ndarray | None, options: JoinpointOptions, rng: np.random.Generator
) -> Joinpoints:
    if options.zeros == "add_half" and options.transform == "log":
        values = values + 0.5
    reason = _find_reason(values, options)
    most = _count_joinpoints(len(values), options)
    if not reason and most < options.joinpoints_max:
        reason = _say_too_few(len(values), options)
    grid = None if reason else _make(series.years, values, errors, options)
    if grid is not None and count_choices(grid, most) > CONFIGURATIONS_N:
        reason = (
            f"The grid of {most} joinpoints over {len(values)} years is too large to search; allow fewer joinpoints."
        )
    if reason or grid is None:
        return _refuse(reason, options)
    return _choose(grid, most, options, rng)


def _find_reason(values: np.ndarray, options: JoinpointOptions) -> str:
    if len(values) < 4:
        return f"A joinpoint regression needs at least 4 years; the series has {len(values)}."
    if not values.any():
        return "Every count is zero, so there is no trend to fit."
    needs_positive = options.transform == "log" or options.weights == "poisson"
    if needs_positive and not values.all():
        return "A year has the count zero, which has no logarithm or weight; add half, or fit lines in the counts."
    return ""


def _count_joinpoints(years_n: int, options: JoinpointOptions) -> int:
    """Return how many joinpoints fit between the years and leave a degree of freedom."""
    inner = years_n - 2 * options.end_years_min
    fit = 0 if inner < 1 else 1 + (inner - 1) // (options.between_years_min + 1)
    return max(0, min(options.joinpoints_max, fit, (years_n - 3) // 2))


def _say_too_few(years_n: int, options: JoinpointOptions) -> str:
    return (
        f"{years_n} years are too few for {options.joinpoints_max} joinpoints with {options.end_years_min} years beyond"
        f" the outer and {options.between_years_min} between; allow at most {_count_joinpoints(years_n, options)}."
    )


def _make(years: np.ndarray, values: np.ndarray, errors: np.ndarray | None, options: JoinpointOptions) -> Grid:
    is_log = options.transform == "log"
    weights = np.ones(len(values))
    if errors is not None:
        weights = (values / errors) ** 2 if is_log else errors**-2.0
    elif options.weights == "poisson":
        weights = values if is_log else 1 / values
    response = np.log(values) if is_log else values
    return make_grid(years, response, weights, end_min=options.end_years_min, between_min=options.between_years_min)


def _choose(grid: Grid, most: int, options: JoinpointOptions, rng: np.random.Generator) -> Joinpoints:
    best = find_best(grid, most)
    n = len(grid.years)
    models = pd.DataFrame(
        {
            "joinpoints_n": range(most + 1),
            "years": [tuple(grid.years[list(b.places)].tolist()) for b in best],
            "sse": [b.sse for b in best],
            "bic": [np.log(max(b.sse, grid.negligible) / n) + 2 * (k + 1) * np.log(n) / n for k, b in enumerate(best)],
        }
    )
    tests = _empty_tests()
    if options.choose_by == "permutation":
        tests, chosen = test_in_sequence(
            grid, best, alpha=options.alpha, permutations_n=options.permutations_n, rng=rng
        )
    else:
        chosen = int(models["bic"].idxmin())
    return _describe(grid, chosen, models, tests, options)


def _describe(
    grid: Grid, chosen: int, models: pd.DataFrame, tests: pd.DataFrame, options: JoinpointOptions
) -> Joinpoints:
    best = find_best(grid, chosen)[chosen]
    free = len(grid.years) - 2 * (chosen + 1)
    slopes, covariance, response = grid.solve(best.places)
    covariance = covariance * max(best.sse, grid.negligible) / free
    cuts = [grid.years[0], *grid.years[list(best.places)], grid.years[-1]]
    quantile = stats.t.ppf(1 - options.alpha / 2, free)
    errors = np.sqrt(np.diag(covariance))
    p_values = 2 * stats.t.sf(np.abs(slopes) / errors, free)
    segments = pd.DataFrame(
        {
            "first_year": cuts[:-1],
            "last_year": cuts[1:],
            "change": _to_change(slopes, options),
            "change_low": _to_change(slopes - quantile * errors, options),
            "change_high": _to_change(slopes + quantile * errors, options),
            "p_value": p_values,
            "is_significant": p_values < options.alpha,
        }
    )
    share = np.diff(cuts) / (cuts[-1] - cuts[0])
    wide = quantile if chosen == 0 else stats.norm.ppf(1 - options.alpha / 2)
    mean, error = share @ slopes, np.sqrt(share @ covariance @ share)
    average = tuple(float(_to_change(np.array(mean + z * error), options)) for z in (0, -wide, wide))
    return Joinpoints(
        years=tuple(float(year) for year in cuts[1:-1]),
        segments=segments,
        models=models,
        tests=tests,
        year_intervals=_find_year_intervals(grid, chosen, free, options.alpha),
        average=average,
        fitted=np.exp(response) if options.transform == "log" else response,
        unit=_unit(options),
        reason="",
    )


def _find_year_intervals(grid: Grid, chosen: int, free: int, alpha: float) -> pd.DataFrame:
    places, sse = grid.list_fits(chosen)
    least = max(sse.min(), grid.negligible)
    near = places[sse <= least * (1 + stats.f.ppf(1 - alpha, 1, free) / free)]
    best = places[sse.argmin()]
    rows = [
        {
            "year": grid.years[best[k]],
            "year_low": grid.years[near[:, k].min()],
            "year_high": grid.years[near[:, k].max()],
        }
        for k in range(chosen)
    ]
    return pd.DataFrame(rows, columns=["year", "year_low", "year_high"])


def _to_change(slopes: np.ndarray, options: JoinpointOptions) -> np.ndarray:
    # A slope of 50 is a factor of 5e21 a year; beyond it the exponential overflows and says nothing.
    return np.expm1(np.clip(slopes, -50, 50)) * 100 if options.transform == "log" else slopes


def _unit(options: JoinpointOptions) -> str:
    return "per cent a year" if options.transform == "log" else "a year"


def _empty_tests() -> pd.DataFrame:
    return pd.DataFrame(columns=["null_n", "alternative_n", "p_value", "alpha", "is_rejected"])


def _refuse(reason: str, options: JoinpointOptions) -> Joinpoints:
    names = ("first_year", "last_year", "change", "change_low", "change_high", "p_value", "is_significant")
    return Joinpoints(
        years=(),
        segments=pd.DataFrame(columns=list(names)),
        models=pd.DataFrame(columns=["joinpoints_n", "years", "sse", "bic"]),
        tests=_empty_tests(),
        year_intervals=pd.DataFrame(columns=["year", "year_low", "year_high"]),
        average=None,
        fitted=np.array([]),
        unit=_unit(options),
        reason=reason,
    )

"""Agreement by group of indicators and by pair of coders, from a tidy table of ratings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import krippendorff
import numpy as np
import pandas as pd

from ctresearch.agreement.bootstrap import resample_coefficient
from ctresearch.agreement.coefficients import Agreement, estimate_coefficient
from ctresearch.agreement.units import Units, arrange_units
from ctresearch.agreement.weights import weigh_categories

COEFFICIENTS = ("alpha", "ac", "fleiss", "kappa", "bp", "observed")
"""Coefficients in the order in which they are listed; see `ctresearch.agreement.coefficients`."""

_METRICS = {"identity": "nominal", "ordinal": "ordinal", "quadratic": "interval"}
_COLUMNS = ["units_n", "ratings_n", "coders_n", "coefficient", "scale", "value", "se", "low", "high"]
_RESULT = [*_COLUMNS, "boot_low", "boot_high", "boot_n", "observed", "chance", "reason"]


def measure_agreement(
    ratings: pd.DataFrame,
    *,
    units: Sequence[str],
    by: Sequence[str],
    categories: Sequence[float],
    coefficients: Sequence[str],
    scale: str,
    level: float,
    resamples: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Measure how far coders agree, for each group of units.

    The value of `alpha` is that of the `krippendorff` library; with the scale `ordinal` it uses Krippendorff's own
    ordinal distance, and has a bootstrap interval only. All others follow Gwet (2014).

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row a coder and unit: `coder`, the columns of `units` and `by`, and `value` (missing where not rated).
    units : sequence of str
        Columns that say what was rated, for example `["jurisdiction", "indicator"]`.
    by : sequence of str
        Columns to split by, for example `["pillar"]`; empty for all together.
    categories : sequence of float
        Every value a coder could give, ascending; AC1 and AC2 depend on how many there are.
    coefficients : sequence of str
        Some of `COEFFICIENTS`.
    scale : str
        One of `SCALES`: how much two different values agree.
    level : float
        Confidence level of both intervals, between 0 and 1.
    resamples : int
        Bootstrap resamples of the units; 0 for none.
    rng : numpy.random.Generator
        Draws the resamples.

    Returns
    -------
    pandas.DataFrame
        One row a group and coefficient: `by`, `units_n` (rated by two or more), `ratings_n` (of those), `coders_n`,
        `coefficient`, `scale`, `value`, `se`, `low`, `high` (linearised), `boot_low`, `boot_high` (percentiles),
        `boot_n` (resamples that could be calculated), `observed`, `chance`, and `reason`: a sentence where something
        is missing, else empty.

    Raises
    ------
    ValueError
        If a column is missing, a coder rated a unit twice, a value is not a category, or a choice is unknown.

    References
    ----------
    Krippendorff, K. (2011). Computing Krippendorff's Alpha-Reliability.
    Gwet, K. L. (2014). Handbook of Inter-Rater Reliability, 4th edition.

    Examples
    --------
    >>> ratings = pd.DataFrame(
    ...     {"coder": ["A"] * 4 + ["B"] * 4, "unit": [1, 2, 3, 4] * 2, "value": [0, 1, 1, 0, 0, 1, 0, 0]}
    ... )
    >>> measured = measure_agreement(
    ...     ratings, units=["unit"], by=[], categories=[0, 1], coefficients=["kappa", "ac"], scale="identity",
    ...     level=0.95, resamples=0, rng=np.random.default_rng(1),
    ... )
    >>> measured["value"].round(3).tolist()
    [0.5, 0.529]
    """
    unknown = [name for name in coefficients if name not in COEFFICIENTS]
    if unknown:
        raise ValueError(f"coefficients has {', '.join(unknown)}; expected some of {', '.join(COEFFICIENTS)}")
    weights = weigh_categories(categories, scale=scale)
    rows = []
    for group, arranged in _split_units(ratings, units=units, by=by, categories=categories):
        times = _draw_times(arranged, resamples, rng)
        common = group | _describe_units(arranged)
        for name in coefficients:
            found = _estimate(arranged, weights, coefficient=name, scale=scale, level=level)
            interval = _bootstrap(arranged, weights, found, scale=scale, level=level, times=times)
            rows.append(common | _describe(found, scale) | interval)
    return _to_table(rows, [*by, *_RESULT])


def measure_pairs(
    ratings: pd.DataFrame, *, units: Sequence[str], categories: Sequence[float], scale: str, level: float
) -> pd.DataFrame:
    """Measure Cohen's kappa, weighted by the scale, for every pair of coders over the units both rated.

    Parameters
    ----------
    ratings, units, categories, scale, level
        As in `measure_agreement`.

    Returns
    -------
    pandas.DataFrame
        `first`, `second` (coders), `units_n`, `coefficient`, `scale`, `value`, `se`, `low`, `high`, `observed`,
        `chance`, `difference` (mean of the second's value less the first's: who rates higher), `reason`.

    Raises
    ------
    ValueError
        As `measure_agreement`.

    References
    ----------
    Cohen, J. (1968). Weighted kappa. Psychological Bulletin 70, 213-220.

    Examples
    --------
    >>> ratings = pd.DataFrame(
    ...     {"coder": ["A"] * 4 + ["B"] * 4, "unit": [1, 2, 3, 4] * 2, "value": [0, 1, 1, 0, 0, 1, 0, 0]}
    ... )
    >>> pairs = measure_pairs(ratings, units=["unit"], categories=[0, 1], scale="identity", level=0.95)
    >>> pairs[["first", "second", "value", "difference"]].values.tolist()
    [['A', 'B', 0.5, -0.25]]
    """
    weights = weigh_categories(categories, scale=scale)
    arranged = arrange_units(ratings, units=units, categories=categories)
    rows = []
    for first, coder in enumerate(arranged.coders):
        for second in range(first + 1, len(arranged.coders)):
            values = arranged.values[:, [first, second]]
            values = values[~np.isnan(values).any(axis=1)]
            marks = values[:, :, None] == arranged.categories
            found = estimate_coefficient(marks, weights, coefficient="kappa", level=level, form="cross_table")
            gap = float(np.mean(values[:, 1] - values[:, 0])) if len(values) else None
            names = {"first": coder, "second": arranged.coders[second], "units_n": len(values), "difference": gap}
            rows.append(names | _describe(found, scale))
    own = [name for name in _COLUMNS if name not in ("ratings_n", "coders_n")]
    return _to_table(rows, ["first", "second", *own, "observed", "chance", "difference", "reason"])


def _split_units(
    ratings: pd.DataFrame, *, units: Sequence[str], by: Sequence[str], categories: Sequence[float]
) -> Iterator[tuple[dict[str, object], Units]]:
    missing = [name for name in by if name not in ratings.columns]
    if missing:
        raise ValueError(f"ratings has no column {', '.join(missing)}; it is named in `by`")
    arrange_units(ratings, units=units, categories=categories)
    if not by:
        yield {}, arrange_units(ratings, units=units, categories=categories)
        return
    for key, rows in ratings.groupby(list(by), sort=False, dropna=False):
        yield dict(zip(by, key, strict=True)), arrange_units(rows, units=units, categories=categories)


def _estimate(arranged: Units, weights: np.ndarray, *, coefficient: str, scale: str, level: float) -> Agreement:
    found = estimate_coefficient(arranged.marks, weights, coefficient=coefficient, level=level, form="ratings")
    if coefficient != "alpha" or found.value is None:
        return found
    distance = _METRICS.get(scale) or (lambda first, second, **_: np.abs(first - second))
    value = krippendorff.alpha(
        reliability_data=arranged.values.T, level_of_measurement=distance, value_domain=arranged.categories
    )
    if scale != "ordinal":
        return Agreement(**(vars(found) | {"value": float(value)}))
    reason = found.reason or "Krippendorff's ordinal distance depends on the values given; see the bootstrap interval"
    blank = dict.fromkeys(["se", "low", "high", "observed", "chance"])
    return Agreement(**(vars(found) | blank | {"value": float(value), "reason": reason}))


def _draw_times(arranged: Units, resamples: int, rng: np.random.Generator) -> np.ndarray:
    units_n = len(arranged.values)
    if not resamples or not units_n:
        return np.empty((0, units_n), dtype=int)
    return rng.multinomial(units_n, np.full(units_n, 1 / units_n), size=resamples)


def _bootstrap(
    arranged: Units, weights: np.ndarray, found: Agreement, *, scale: str, level: float, times: np.ndarray
) -> dict[str, object]:
    nothing = {"boot_low": None, "boot_high": None, "boot_n": 0}
    if found.value is None or found.units_n < 2 or not len(times):
        return nothing
    name = "alpha_ordinal" if (found.coefficient, scale) == ("alpha", "ordinal") else found.coefficient
    drawn = resample_coefficient(arranged.marks, weights, coefficient=name, times=times)
    drawn = drawn[~np.isnan(drawn)]
    if not len(drawn):
        return nothing | {"reason": "no bootstrap resample could be calculated"}
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    interval = {"boot_low": float(low), "boot_high": float(high), "boot_n": len(drawn)}
    if len(drawn) == len(times):
        return interval
    lost = f"{len(times) - len(drawn)} of {len(times)} resamples could not be calculated (one value, or no pair)"
    return interval | {"reason": "; ".join(filter(None, [found.reason, lost]))}


def _describe_units(arranged: Units) -> dict[str, object]:
    rated = ~np.isnan(arranged.values)
    paired = rated[rated.sum(axis=1) >= 2]
    return {"ratings_n": int(paired.sum()), "coders_n": int(rated.any(axis=0).sum())}


def _describe(found: Agreement, scale: str) -> dict[str, object]:
    return vars(found) | {"scale": scale}


def _to_table(rows: list[dict[str, object]], columns: list[str]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=columns)
    numbers = ("value", "se", "low", "high", "boot_low", "boot_high", "observed", "chance", "difference")
    present = [name for name in numbers if name in columns]
    return table.astype(dict.fromkeys(present, "float64"))

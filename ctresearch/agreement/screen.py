"""Find a coder who agrees less with the others than they do with each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from ctresearch.agreement.bootstrap import resample_coefficient
from ctresearch.agreement.coefficients import estimate_coefficient
from ctresearch.agreement.units import Units, arrange_units
from ctresearch.agreement.weights import weigh_categories

TOO_FEW_CODERS = "with fewer than three coders nobody can say whose ratings differ from those of the others"
NO_UNITS = "some coders rated no cell in common in which they can be compared"


def screen_coders(
    ratings: pd.DataFrame,
    *,
    units: Sequence[str],
    categories: Sequence[float],
    scale: str,
    level: float,
    resamples: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Compare each coder with the others, and the others with each other, by weighted kappa.

    A coder is flagged if the whole interval of the difference lies below 0. That says that the ratings differ in kind,
    not that they are wrong: one careful coder among careless ones is flagged as well.

    Parameters
    ----------
    ratings : pandas.DataFrame
        One row a coder and unit: `coder`, the columns of `units` and `value` (missing where not rated); without the
        rows of who settles.
    units, categories, scale
        As in `measure_agreement`.
    level : float
        Chance within the interval of the difference.
    resamples : int
        Bootstrap resamples of the units.
    rng : numpy.random.Generator
        Draws the resamples.

    Returns
    -------
    pandas.DataFrame
        `coder`, `ratings_n`, `with_others` (mean kappa of the pairs of this coder), `among_others` (of the pairs
        without), `difference` (first less second), `difference_low`, `difference_high`, `is_flagged`, `reason`.

    Raises
    ------
    ValueError
        As `measure_agreement`.

    Examples
    --------
    >>> values = {"A": [0, 1, 2, 3] * 5, "B": [0, 1, 2, 3] * 5, "C": [3, 0, 1, 0] * 5}
    >>> ratings = pd.DataFrame([(c, unit, v) for c, own in values.items() for unit, v in enumerate(own)],
    ...                        columns=["coder", "unit", "value"])
    >>> found = screen_coders(ratings, units=["unit"], categories=[0, 1, 2, 3], scale="quadratic", level=0.95,
    ...                       resamples=100, rng=np.random.default_rng(1))
    >>> found.loc[found["is_flagged"], "coder"].tolist()
    ['C']
    """
    weights = weigh_categories(categories, scale=scale)
    arranged = arrange_units(ratings, units=units, categories=categories)
    table = pd.DataFrame({"coder": arranged.coders, "ratings_n": (~np.isnan(arranged.values)).sum(axis=0).astype(int)})
    blank = dict.fromkeys(["with_others", "among_others", "difference", "difference_low", "difference_high"], np.nan)
    if len(table) < 3:
        return table.assign(**blank, is_flagged=False, reason=TOO_FEW_CODERS)
    kappas, drawn = _compare_pairs(arranged, weights, level=level, resamples=resamples, rng=rng)
    rows = [_compare_coder(place, kappas, drawn, level) for place in range(len(table))]
    return pd.concat([table, pd.DataFrame(rows)], axis=1)


def _compare_pairs(
    arranged: Units, weights: np.ndarray, *, level: float, resamples: int, rng: np.random.Generator
) -> tuple[dict[tuple[int, int], float], dict[tuple[int, int], np.ndarray]]:
    """Return kappa of every pair, and under every resample of the units; missing where it cannot be calculated."""
    units_n = len(arranged.values)
    times = rng.multinomial(units_n, np.full(units_n, 1 / max(units_n, 1)), size=resamples) if units_n else None
    kappas, drawn = {}, {}
    for pair in combinations(range(len(arranged.coders)), 2):
        both = ~np.isnan(arranged.values[:, pair]).any(axis=1)
        marks = arranged.marks[np.ix_(both, pair)]
        found = estimate_coefficient(marks, weights, coefficient="kappa", level=level, form="cross_table")
        kappas[pair] = np.nan if found.value is None else found.value
        drawn[pair] = np.full(resamples, np.nan)
        if found.value is not None and times is not None:
            drawn[pair] = resample_coefficient(marks, weights, coefficient="kappa", times=times[:, both])
    return kappas, drawn


def _compare_coder(
    place: int, kappas: dict[tuple[int, int], float], drawn: dict[tuple[int, int], np.ndarray], level: float
) -> dict[str, object]:
    own, others = ([pair for pair in kappas if (place in pair) == wanted] for wanted in (True, False))
    with_others, among_others = (float(np.mean([kappas[pair] for pair in pairs])) for pairs in (own, others))
    found = {"with_others": with_others, "among_others": among_others, "difference": with_others - among_others}
    gaps = np.mean([drawn[pair] for pair in own], axis=0) - np.mean([drawn[pair] for pair in others], axis=0)
    gaps = gaps[~np.isnan(gaps)]
    if np.isnan(found["difference"]) or not len(gaps):
        return {**found, "difference_low": np.nan, "difference_high": np.nan, "is_flagged": False, "reason": NO_UNITS}
    low, high = (float(end) for end in np.quantile(gaps, [(1 - level) / 2, (1 + level) / 2]))
    return {**found, "difference_low": low, "difference_high": high, "is_flagged": high < 0, "reason": ""}

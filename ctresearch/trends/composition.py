"""Composition: shares with simultaneous intervals, and a test of whether it changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import pandas as pd
from scipy import special, stats
from statsmodels.stats.proportion import multinomial_proportions_confint

from ctresearch.trends.reading import check_columns, read_numbers

METHODS = {"goodman": "goodman", "sison_glaz": "sison-glaz"}
TABLES_N = 2_000_000
"""Up to so many tables with the given margins are listed for an exact test; beyond, they are drawn."""
EXPECTED_MIN = 5.0
"""Smallest expected count for which chi-square is used (Cochran 1954)."""
CORNERS_MASKED_N = 6
"""Up to so many masked cells every combination of their bounds is tested; beyond, all low and all high."""


@dataclass(frozen=True)
class CompositionChange:
    """Test of equal composition in several periods, or the reason why there is none.

    Attributes
    ----------
    p_value_low, p_value_high : float or None
        Smallest and largest p value over the bounds of masked cells; equal where all cells are known.
    method : str
        What was computed: `chi_square`, `exact`, `monte_carlo`, joined by a comma where bounds differ.
    is_exhaustive : bool
        True if every combination of bounds was tested.
    reason : str
    """

    p_value_low: float | None
    p_value_high: float | None
    method: str
    is_exhaustive: bool
    reason: str


def estimate_shares(counts: pd.DataFrame, *, category: str, method: str, level: float, base_min: int) -> pd.DataFrame:
    """Estimate the shares of all categories with intervals that hold together.

    Masked counts enter as bounds: the lower limit of a share is the smallest of those with it low and the others high
    or all low, the upper the largest of those with it high and the others low or all high. Known shares are given only
    where every count is known.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row a category with `value` or `value_low` and `value_high` (persons); categories exclude each other.
    category : str
        Column with the category.
    method : {"goodman", "sison_glaz"}
    level : float
        Confidence that all intervals hold at once.
    base_min : int
        Smallest number of persons, at low bounds, on which shares are given.

    Returns
    -------
    pandas.DataFrame
        `category`, `count_low`, `count_high`, `share`, `share_low`, `share_high` (0 to 1; missing where there is a
        reason), `reason`.

    References
    ----------
    Goodman, L. A. (1965). On simultaneous confidence intervals for multinomial proportions. Technometrics 7, 247-254.
    Sison, C. P. and Glaz, J. (1995). Journal of the American Statistical Association 90, 366-369.

    Examples
    --------
    >>> counts = pd.DataFrame({"form": ["sexual", "labour"], "value": [60.0, 40.0]})
    >>> shares = estimate_shares(counts, category="form", method="goodman", level=0.95, base_min=20)
    >>> shares.round(3).iloc[0, 3:6].tolist()
    [0.6, 0.488, 0.702]
    """
    _check_words(method, level)
    check_columns(counts, [category], what="table of counts")
    low, high = _read_bounds(counts)
    names = counts[category]
    if names.duplicated().any():
        raise ValueError(f"the category {names[names.duplicated()].iloc[0]} comes twice; each has one row")
    table = pd.DataFrame({"category": names.to_numpy(), "count_low": low, "count_high": high})
    reason = _find_base_reason(low, base_min)
    if reason:
        return table.assign(share=np.nan, share_low=np.nan, share_high=np.nan, reason=reason)
    known = bool((low == high).all())
    limits = _limit_shares(low, high, method, level)
    return table.assign(
        share=low / low.sum() if known else np.nan,
        share_low=[pair[0] for pair in limits],
        share_high=[pair[1] for pair in limits],
        reason="" if known else "Some counts are known only within bounds, so there is a range and no share.",
    )


def compare_compositions(
    counts: pd.DataFrame, *, period: str, category: str, draws_n: int, rng: np.random.Generator
) -> CompositionChange:
    """Test if shares are the same in all periods: chi-square, or exact where expected counts are small.

    With every expected count 5 or more, Pearson's chi-square; else the Fisher-Freeman-Halton test, by listing all
    tables of two periods with the same margins, or by drawing tables where there are more periods or too many.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row a period and category with `value` or `value_low` and `value_high`; an absent pair is zero.
    period, category : str
        Columns.
    draws_n : int
        Tables drawn where they cannot be listed.
    rng : numpy.random.Generator

    References
    ----------
    Freeman, G. H. and Halton, J. H. (1951). Biometrika 38, 141-149.
    Cochran, W. G. (1954). Biometrics 10, 417-451.

    Examples
    --------
    >>> counts = pd.DataFrame({"when": [1, 1, 2, 2], "sex": ["f", "m", "f", "m"], "value": [3.0, 1, 1, 3]})
    >>> change = compare_compositions(counts, period="when", category="sex", draws_n=999, rng=np.random.default_rng(1))
    >>> round(change.p_value_low, 4), change.method
    (0.4857, 'exact')
    """
    low, high = _cross(counts, period, category)
    masked = np.argwhere(low < high)
    results = [_test_table(table, draws_n, rng) for table in _list_tables(low, high, masked)]
    reasons = [result for result in results if isinstance(result, str)]
    if reasons:
        return CompositionChange(None, None, "", False, reasons[0])
    p_values = [p for p, _ in results]
    methods = ", ".join(sorted({name for _, name in results}))
    return CompositionChange(min(p_values), max(p_values), methods, len(masked) <= CORNERS_MASKED_N, "")


def _check_words(method: str, level: float) -> None:
    if method not in METHODS:
        raise ValueError(f"method is '{method}'; use one of {', '.join(METHODS)}")
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, for example 0.95")


def _read_bounds(counts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    names = ("value_low", "value_high") if "value_low" in counts else ("value", "value")
    check_columns(counts, names, what="table of counts")
    low, high = (read_numbers(counts, name) for name in names)
    if not np.isfinite(low + high).all() or (low < 0).any() or (low > high).any():
        raise ValueError(
            "a count is missing, infinite or negative or has no bounds in order; every category needs them"
        )
    if (low != np.round(low)).any() or (high != np.round(high)).any():
        raise ValueError("a count is not a whole number")
    return low, high


def _find_base_reason(low: np.ndarray, base_min: int) -> str:
    if len(low) < 2:
        return "A composition needs at least 2 categories."
    if low.sum() < max(base_min, 1):
        return f"{low.sum():.0f} persons are fewer than the {max(base_min, 1)} on which shares are given."
    return ""


def _limit_shares(low: np.ndarray, high: np.ndarray, method: str, level: float) -> list[tuple[float, float]]:
    known: dict[bytes, np.ndarray] = {}

    def limits(values: np.ndarray) -> np.ndarray:
        # Many of the combinations are the same; the intervals of Sison and Glaz are slow.
        if values.tobytes() not in known:
            intervals = multinomial_proportions_confint(values, alpha=1 - level, method=METHODS[method])
            known[values.tobytes()] = np.clip(intervals, 0, 1)
        return known[values.tobytes()]

    own = np.eye(len(low), dtype=bool)
    return [
        (
            float(min(limits(v)[k, 0] for v in (np.where(own[k], low, high), low))),
            float(max(limits(v)[k, 1] for v in (np.where(own[k], high, low), high))),
        )
        for k in range(len(low))
    ]


def _cross(counts: pd.DataFrame, period: str, category: str) -> tuple[np.ndarray, np.ndarray]:
    if counts.duplicated([period, category]).any():
        raise ValueError(f"a pair of '{period}' and '{category}' comes twice; each has one row")
    check_columns(counts, [period, category], what="table of counts")
    low, high = _read_bounds(counts)
    keys = counts[[period, category]]
    nameless = keys.isna().any(axis=1)
    if nameless.any():
        raise ValueError(f"{int(nameless.sum())} row(s) have no '{period}' or no '{category}'")
    framed = keys.assign(low=low, high=high)
    wide = framed.pivot_table(index=period, columns=category, values=["low", "high"], fill_value=0, sort=False)
    return wide["low"].to_numpy(dtype=float), wide["high"].to_numpy(dtype=float)


def _list_tables(low: np.ndarray, high: np.ndarray, masked: np.ndarray) -> list[np.ndarray]:
    if len(masked) > CORNERS_MASKED_N:
        return [low, high]
    tables = []
    for corner in product((False, True), repeat=len(masked)):
        table = low.copy()
        for (row, column), is_high in zip(masked, corner, strict=True):
            table[row, column] = high[row, column] if is_high else low[row, column]
        tables.append(table)
    return tables


def _test_table(table: np.ndarray, draws_n: int, rng: np.random.Generator) -> tuple[float, str] | str:
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    if table.shape[0] < 2:
        return "Fewer than two periods have persons, so there is no change to test."
    if table.shape[1] < 2:
        return "All persons are in one category, so there is no change to test."
    if stats.contingency.expected_freq(table).min() >= EXPECTED_MIN:
        return float(stats.chi2_contingency(table, correction=False).pvalue), "chi_square"
    if table.shape[0] == 2 and prod(int(n) + 1 for n in table.sum(axis=0)[:-1]) <= TABLES_N:
        return _test_exactly(table), "exact"
    return _draw(table, draws_n, rng), "monte_carlo"


def _test_exactly(table: np.ndarray) -> float:
    """Add up the chances of all tables of two rows that are no likelier than this one."""
    columns, first = table.sum(axis=0).astype(int), int(table[0].sum())
    chances, sums = np.zeros(1), np.zeros(1)
    for total in columns:
        counts = np.arange(total + 1)
        keep = (sums[:, None] + counts) <= first
        chances = (chances[:, None] + _log_choose(total)(counts))[keep]
        sums = (sums[:, None] + counts)[keep]
    chances = chances[sums == first]
    observed = sum(float(_log_choose(int(t))(x)) for t, x in zip(columns, table[0], strict=True))
    likelihoods = np.exp(chances - chances.max())
    return float(likelihoods[chances <= observed + 1e-7].sum() / likelihoods.sum())


def _log_choose(total: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda k: special.gammaln(total + 1) - special.gammaln(k + 1) - special.gammaln(total - k + 1)


def _draw(table: np.ndarray, draws_n: int, rng: np.random.Generator) -> float:
    """Share of drawn tables that are no likelier; the table itself counts as one of the draws."""
    rows, columns = table.sum(axis=1).astype(int), table.sum(axis=0).astype(int)
    drawn = stats.random_table(rows, columns).rvs(draws_n, random_state=rng)
    unlikely = special.gammaln(drawn + 1).sum(axis=(1, 2)) >= special.gammaln(table + 1).sum() - 1e-7
    return float((unlikely.sum() + 1) / (draws_n + 1))

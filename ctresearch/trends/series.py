"""One yearly series: what it must be, what its masked years allow, and where its definition breaks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pandas as pd

from ctresearch.trends.reading import LARGEST, check_columns, read_numbers

DEFINED_BY = ("jurisdiction", "measure", "sex", "age_group", "form", "citizenship", "source_id")
"""Columns in which all rows of one series agree; those that a table lacks are not looked at."""

CORNERS_MASKED_N = 6
"""Up to so many masked years every combination of their bounds is tried (64); beyond, the ordered ones."""

_LAST_YEAR = 9999


@dataclass(frozen=True)
class Scenario:
    """One way in which the masked years of a series may have been counted."""

    name: str
    values: np.ndarray


@dataclass(frozen=True)
class Series:
    """A yearly series with the bounds of each count, in order of years.

    Attributes
    ----------
    years : array of float, shape (n,)
    low, high : array of float, shape (n,)
        Smallest and largest possible count (persons); equal where the count is known.
    exposure : array of float, shape (n,)
        Persons or years to which a count belongs; 1 where counts and not rates are followed.
    """

    years: np.ndarray
    low: np.ndarray
    high: np.ndarray
    exposure: np.ndarray

    @property
    def is_masked(self) -> np.ndarray:
        """True where only bounds are known, shape (n,)."""
        return self.low < self.high

    def name_span(self) -> str:
        """Return first and last year as they are said."""
        return f"{self.years[0]:.0f} to {self.years[-1]:.0f}" if len(self.years) else "no year"


def read_series(counts: pd.DataFrame, *, exposure: str | None = None) -> Series:
    """Check that rows are one yearly series and put it in order.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row a year with `year` and either `value` (known) or `value_low` and `value_high` (bounds, persons).
        Columns of `DEFINED_BY` must each hold one value, so that different definitions are never joined.
    exposure : str, optional
        Column with the persons to which the counts belong.

    Returns
    -------
    Series

    Raises
    ------
    ValueError
        If definitions differ, a year comes twice or is missing, or a count is negative, missing, infinite or has its
        bounds the wrong way round; the years are named.

    Examples
    --------
    >>> rows = pd.DataFrame({"year": [2015, 2014], "value": [7.0, None], "value_low": [7.0, 1], "value_high": [7.0, 4]})
    >>> series = read_series(rows)
    >>> series.years.tolist(), series.low.tolist(), series.high.tolist()
    ([2014.0, 2015.0], [1.0, 7.0], [4.0, 7.0])
    """
    check_columns(counts, ["year"], what="series")
    bounds = _bound_names(counts)
    check_columns(counts, [*bounds, *([exposure] if exposure else [])], what="series")
    _refuse_mixed(counts)
    order = np.argsort(read_numbers(counts, "year"), kind="stable")
    years, low, high = (read_numbers(counts, name)[order] for name in ("year", *bounds))
    persons = np.ones(len(counts)) if exposure is None else read_numbers(counts, exposure)[order]
    _refuse_years(years)
    _refuse_where(
        np.isnan(low) | np.isnan(high), years, "have no count or a count without bounds; leave such years out"
    )
    _refuse_where(
        np.isinf(low) | np.isinf(high), years, "have an infinite count; a year without an upper bound has no trend"
    )
    _refuse_where(low < 0, years, "have a negative count")
    _refuse_where(high > LARGEST, years, f"have a count above {LARGEST:.0e}; nothing that is counted is so many")
    _refuse_where(low > high, years, "have a lower bound above the upper one")
    _refuse_where(~(np.isfinite(persons) & (persons > 0)), years, f"have no positive number in '{exposure}'")
    return Series(years, low, high, persons)


def list_scenarios(series: Series) -> tuple[Scenario, ...]:
    """List what the masked years may have been: all low, all high, steepest rise and fall, and combinations.

    With up to `CORNERS_MASKED_N` masked years every combination of bounds is listed; with more, every split of the
    years into a part at one bound and a part at the other. For the slope of a log-linear Poisson model these splits
    hold the extremes: the derivative of the slope by a count has the sign of its year less the weighted mean year.
    A series without a masked year has the one scenario `as_counted`.
    """
    masked = np.flatnonzero(series.is_masked)
    if not len(masked):
        return (Scenario("as_counted", series.low.copy()),)
    choices = dict.fromkeys(_list_corners(len(masked)))
    return tuple(Scenario(_name_corner(high), _fill(series, masked, high)) for high in choices)


def split_at_breaks(counts: pd.DataFrame, breaks: pd.DataFrame) -> pd.DataFrame:
    """Cut series where a definition or the reporting changed, so that no model runs over a break.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows with `year` and, where breaks are of one jurisdiction, `jurisdiction`.
    breaks : pandas.DataFrame
        `year` (the first year of the new definition), `what_changed`, and `jurisdiction` if `counts` has it; an
        empty jurisdiction holds for all.

    Returns
    -------
    pandas.DataFrame
        `counts` with `segment` (1 before the first break) and `break_note` (what changed at its start, else empty).

    Raises
    ------
    ValueError
        If a break has no year or does not say what changed, or a column is missing or holds no years.

    Examples
    --------
    >>> counts = pd.DataFrame({"year": [2012, 2013, 2014]})
    >>> breaks = pd.DataFrame({"year": [2013], "what_changed": ["new law"]})
    >>> split_at_breaks(counts, breaks)["segment"].tolist()
    [1, 2, 2]
    """
    check_columns(counts, ["year"], what="table of counts")
    check_columns(breaks, ["year", "what_changed"], what="table of breaks")
    breaks = breaks.assign(year=read_numbers(breaks, "year"))
    if breaks["year"].isna().any() or breaks["what_changed"].fillna("").str.strip().eq("").any():
        raise ValueError("a row of breaks has no year or does not say what changed; give both")
    own = counts["jurisdiction"] if "jurisdiction" in counts else pd.Series("", index=counts.index)
    notes = [_notes_until(breaks, code, year) for code, year in zip(own, read_numbers(counts, "year"), strict=True)]
    return counts.assign(
        segment=[1 + len(note) for note in notes], break_note=[note[-1] if note else "" for note in notes]
    )


def _notes_until(breaks: pd.DataFrame, jurisdiction: str, year: float) -> list[str]:
    holds = breaks["year"].le(year)
    if "jurisdiction" in breaks:
        holds &= breaks["jurisdiction"].fillna("").isin(["", jurisdiction])
    by_year = breaks[holds].groupby("year", sort=True)["what_changed"]
    return [f"{int(first)}: {'; '.join(what)}" for first, what in by_year]


def _list_corners(masked_n: int) -> Iterator[tuple[bool, ...]]:
    yield (False,) * masked_n
    yield (True,) * masked_n
    for k in range(1, masked_n):
        yield (False,) * k + (True,) * (masked_n - k)
        yield (True,) * k + (False,) * (masked_n - k)
    if masked_n <= CORNERS_MASKED_N:
        yield from product((False, True), repeat=masked_n)


def _name_corner(high: tuple[bool, ...]) -> str:
    if len(set(high)) == 1:
        return "all_high" if high[0] else "all_low"
    changes = sum(a != b for a, b in pairwise(high))
    if changes == 1:
        return (
            f"high_from_masked_year_{high.index(True) + 1}"
            if high[-1]
            else f"low_from_masked_year_{high.index(False) + 1}"
        )
    return "mixed_" + "".join("H" if is_high else "L" for is_high in high)


def _fill(series: Series, masked: np.ndarray, high: tuple[bool, ...]) -> np.ndarray:
    values = series.low.copy()
    values[masked] = np.where(high, series.high[masked], series.low[masked])
    return values


def _bound_names(counts: pd.DataFrame) -> tuple[str, str]:
    return ("value_low", "value_high") if "value_low" in counts else ("value", "value")


def _refuse_mixed(counts: pd.DataFrame) -> None:
    for name in DEFINED_BY:
        if name in counts and counts[name].nunique(dropna=False) > 1:
            found = ", ".join(sorted(map(str, counts[name].unique())))
            raise ValueError(
                f"the rows hold several values of '{name}' ({found}); series of different definitions are never joined"
            )


def _refuse_years(years: np.ndarray) -> None:
    if np.isnan(years).any():
        raise ValueError("the series has a row without a year")
    if (np.abs(years) > _LAST_YEAR).any():
        raise ValueError(f"the series has a year beyond {_LAST_YEAR}; expected calendar years")
    twice = np.unique(years[1:][np.diff(years) == 0])
    _refuse_where(np.ones(len(twice), dtype=bool), twice, "come twice; a series has one row a year")


def _refuse_where(wrong: np.ndarray, years: np.ndarray, words: str) -> None:
    if wrong.any():
        first = ", ".join(f"{year:.0f}" for year in years[wrong][:5])
        raise ValueError(f"{int(wrong.sum())} year(s) of the series ({first}) {words}")

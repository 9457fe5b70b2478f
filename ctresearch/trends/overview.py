"""Many series at once: a verdict for each, and where its course turned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields

import numpy as np
import pandas as pd

from ctresearch.trends.annual import MODELS, AnnualTrend, fit_annual_change
from ctresearch.trends.changepoint import ChangePoint, find_change_point
from ctresearch.trends.joinpoint import JoinpointOptions, Joinpoints, fit_joinpoints
from ctresearch.trends.pooling import PooledTrend, list_effects, pool_trends
from ctresearch.trends.reading import check_columns
from ctresearch.trends.series import read_series, split_at_breaks
from ctresearch.trends.verdicts import adjust_p_values, judge_trends, tabulate_trends
from ctresearch.vocabulary import REGION

_NO_COURSE = {"last_course": "", "last_bend": None, "last_detail": ""}
_NUMBERS = ("change_pct", "change_pct_low", "change_pct_high")


def select_breaks(breaks: pd.DataFrame, *, jurisdiction: str, measures: Sequence[str]) -> pd.DataFrame:
    """Select the breaks that touch a jurisdiction and some measures, in the order of their years.

    Parameters
    ----------
    breaks : pandas.DataFrame
        The table `breaks` of a study.
    jurisdiction : str
        Code. Breaks of the region touch every jurisdiction.
    measures : sequence of str
        Measures whose series are looked at; a break without a measure touches all of them.

    Examples
    --------
    >>> breaks = pd.DataFrame({"jurisdiction": ["A", "REG", "B"], "year": [2014, 2012, 2013], "measure": ["", "", ""]})
    >>> select_breaks(breaks, jurisdiction="A", measures=["victims_detected"])["year"].tolist()
    [2012, 2014]
    """
    fits = breaks["jurisdiction"].isin([jurisdiction, REGION]) & breaks["measure"].isin(["", *measures])
    return breaks[fits].sort_values("year", kind="stable", ignore_index=True)


def judge_series(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    breaks: pd.DataFrame,
    rule: pd.DataFrame,
    model: str,
    multiplicity: str,
    alpha: float,
    level: float,
) -> pd.DataFrame:
    """Give every series of a table a verdict by the rule; p values are adjusted for all of them together.

    Parameters
    ----------
    counts : pandas.DataFrame
        Counts with `year`, `value_low`, `value_high` and `source_id`; rows that agree in `by` are one series.
    by : sequence of str
        Columns that tell series apart.
    breaks : pandas.DataFrame
        From `select_breaks`, or the whole table where `counts` has several jurisdictions. Where one is a cut, the
        years before and after are two series. Years without an upper bound are left out.
    rule : pandas.DataFrame
        From `make_trend_rule`.
    model, multiplicity, alpha, level
        See `fit_annual_change` and `adjust_p_values`.

    Returns
    -------
    pandas.DataFrame
        One row a series: `by`, what `judge_trends` returns, and `source_id`.

    Examples
    --------
    >>> values = [40.0 + 9 * k for k in range(8)]
    >>> counts = pd.DataFrame({"sex": "female", "year": range(2010, 2018), "value_low": values, "value_high": values})
    >>> counts = counts.assign(source_id="a")
    >>> rule = pd.DataFrame({"verdict": ["rising", "no_clear_change"], "measure": ["change_pct_low", ""],
    ...     "relation": [">", ""], "threshold": [0, None]})
    >>> judge_series(counts, by=["sex"], breaks=pd.DataFrame(), rule=rule, model="quasi_poisson",
    ...     multiplicity="holm", alpha=0.05, level=0.95)[["sex", "verdict"]].values.tolist()
    [['female', 'rising']]
    """
    parts = list(_split(counts, by, breaks))
    fitted = {str(place): _fit(rows, model, level) for place, (_, rows) in enumerate(parts)}
    judged = judge_trends(adjust_p_values(tabulate_trends(fitted), method=multiplicity, alpha=alpha), rule, level=level)
    keys = pd.DataFrame([key for key, _ in parts], columns=list(by))
    sources = [_join_sources(rows) for _, rows in parts]
    return pd.concat([keys, judged.drop(columns="series")], axis=1).assign(source_id=sources)


def compare_models(counts: pd.DataFrame, *, by: Sequence[str], breaks: pd.DataFrame, level: float) -> pd.DataFrame:
    """Set the average annual change by each model side by side: an answer that hangs on the model is none.

    Parameters
    ----------
    counts, by, breaks, level
        See `judge_series`.

    Returns
    -------
    pandas.DataFrame
        One row a series and model: `by`, `trend_model`, `span`, `years_n`, `change_pct`, `change_pct_low`,
        `change_pct_high`, `p_value`, `reason`, `source_id`.
    """
    rows = []
    for key, part in _split(counts, by, breaks):
        for model in MODELS:
            trend = tabulate_trends({model: _fit(part, model, level)}).rename(columns={"series": "trend_model"})
            rows.append(trend.assign(**dict(zip(by, key, strict=True)), source_id=_join_sources(part)))
    names = ("span", "years_n", "change_pct", "change_pct_low", "change_pct_high", "p_value", "reason")
    columns = [*by, "trend_model", *names, "source_id"]
    return pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)


def find_turns(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    breaks: pd.DataFrame,
    options: JoinpointOptions,
    level: float,
    long_years_n: int,
    side_years_n: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Say for every long series where its line bends (joinpoint) and where its level changed (change point).

    Parameters
    ----------
    counts, by, breaks
        See `judge_series`.
    options : JoinpointOptions
    level : float
        Confidence level of the region of the change point.
    long_years_n : int
        A shorter series is not looked at, and says so.
    side_years_n : int
        Years at least on either side of a change point.
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        `by`, `years_n`, `span`, `joinpoint` and `change_point` (sentences), `source_id`; and of the line after the last
        bend `last_course` (`rising` or `falling` where its whole interval is, at all bounds of masked years, else
        `no_clear_change`; empty without a bend), `last_bend` (year) and `last_detail` (words), for `add_turns`.
    """
    rows = []
    for key, part in _split(counts, by, breaks):
        said = _look_for_turns(
            part, options=options, level=level, long_years_n=long_years_n, side_years_n=side_years_n, rng=rng
        )
        rows.append({**dict(zip(by, key, strict=True)), **said, "source_id": _join_sources(part)})
    columns = [*by, "years_n", "span", "joinpoint", "change_point", *_NO_COURSE, "source_id"]
    return pd.DataFrame(rows, columns=columns).astype({"last_bend": "Int64"})


def pool_series(
    counts: pd.DataFrame,
    *,
    by: Sequence[str],
    breaks: pd.DataFrame,
    model: str,
    method: str,
    errors: str,
    level: float,
) -> pd.DataFrame:
    """Pool the average annual change of several series with random effects, at all bounds of their masked years.

    Parameters
    ----------
    counts, by, breaks, model, level
        See `judge_series`. Of a series that is cut the last part is pooled.
    method, errors : str
        See `pool_trends`.

    Returns
    -------
    pandas.DataFrame
        One row for each value of `bounds` (see `list_effects`): what `pool_trends` returns, and `source_id`.
    """
    last = {key: _fit(rows, model, level) for key, rows in _split(counts, by, breaks)}
    effects = list_effects({";".join(map(str, key)): trend for key, trend in last.items()})
    pooled = [
        {"bounds": bounds, **asdict(pool_trends(part, method=method, errors=errors, level=level))}
        for bounds, part in effects.groupby("bounds", sort=False)
    ]
    columns = ["bounds", *(field.name for field in fields(PooledTrend))]
    return pd.DataFrame(pooled, columns=columns).assign(source_id=_join_sources(counts))


def stack_pooled(judged: pd.DataFrame, pooled: pd.DataFrame) -> pd.DataFrame:
    """Put the pooled change under those of the jurisdictions, its limits over all bounds of the masked years.

    Parameters
    ----------
    judged : pandas.DataFrame
        From `judge_series`, one row a jurisdiction.
    pooled : pandas.DataFrame
        From `pool_series`.

    Returns
    -------
    pandas.DataFrame
        `jurisdiction` (the region for the pooled row), `change_pct` (missing where it hangs on masked years),
        `change_pct_low`, `change_pct_high`, `source_id`.
    """
    columns = ["jurisdiction", *_NUMBERS, "source_id"]
    given = pooled[pooled["reason"].eq("")]
    if given.empty:
        return judged[columns]
    middle = given["change_pct"].iloc[0] if given["change_pct"].nunique() == 1 else np.nan
    row = [REGION, middle, given["change_pct_low"].min(), given["change_pct_high"].max(), given["source_id"].iloc[0]]
    return pd.concat([judged[columns], pd.DataFrame([row], columns=columns).astype(judged.dtypes[columns])])


def _split(counts: pd.DataFrame, by: Sequence[str], breaks: pd.DataFrame) -> Iterator[tuple[tuple, pd.DataFrame]]:
    check_columns(counts, [*by, "year", "value_low", "value_high", "source_id"], what="table of counts")
    known = counts[counts["value_high"].notna()].assign(segment=1)
    cuts = breaks[breaks["is_cut"].astype(bool)].rename(columns={"what": "what_changed"}) if len(breaks) else breaks
    for key, rows in known.groupby(list(by), sort=False):
        touching = _select_touching(cuts, rows) if len(cuts) else cuts
        parts = split_at_breaks(rows, touching) if len(touching) else rows
        for _, part in parts.groupby("segment"):
            yield key, part


def _select_touching(cuts: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    places = rows["jurisdiction"].unique() if "jurisdiction" in rows else cuts["jurisdiction"]
    measures = rows["measure"].unique() if "measure" in rows else cuts["measure"]
    touching = cuts[cuts["jurisdiction"].isin([REGION, *places]) & cuts["measure"].isin(["", *measures])]
    return touching.assign(jurisdiction="")


def _fit(rows: pd.DataFrame, model: str, level: float) -> AnnualTrend:
    try:
        return fit_annual_change(rows, model=model, level=level)
    except ValueError as error:
        # Two figures for a year, for example: no trend, and the reader is told why.
        return AnnualTrend(None, None, None, None, 0, 0, 0.0, 0.0, "ND", pd.DataFrame(), True, f"No trend: {error}.")


def _join_sources(rows: pd.DataFrame) -> str:
    return ";".join(dict.fromkeys(rows["source_id"]))


def _say_bends(bends: dict[str, Joinpoints]) -> str:
    reasons = [found.reason for found in bends.values() if found.reason]
    if reasons:
        return reasons[0]
    answers = {found.years for found in bends.values()}
    if answers == {()}:
        return "No bend: one line describes all years."
    if len(answers) > 1:
        return "Where the line bends hangs on the masked years."
    found = next(iter(bends.values()))
    pieces = [
        f"{row.first_year:.0f} to {row.last_year:.0f} {row.change:+.1f} {found.unit}"
        for row in found.segments.itertuples()
    ]
    within = [
        f"{row.year:.0f} (within {row.year_low:.0f} to {row.year_high:.0f})"
        for row in found.year_intervals.itertuples()
    ]
    masked = " (masked years at their low bounds)" if len(bends) > 1 else ""
    return f"Bends in {' and '.join(within)}: {'; '.join(pieces)}{masked}."


def _look_for_turns(
    part: pd.DataFrame,
    *,
    options: JoinpointOptions,
    level: float,
    long_years_n: int,
    side_years_n: int,
    rng: np.random.Generator,
) -> dict[str, object]:
    try:
        series = read_series(part)
    except ValueError as error:
        none = f"No turn is looked for: {error}."
        return {"years_n": 0, "span": "ND", "joinpoint": none, "change_point": none, **_NO_COURSE}
    found = {"years_n": len(series.years), "span": series.name_span()}
    if len(series.years) < long_years_n:
        short = f"Too short: {len(series.years)} of the {long_years_n} years that are asked for."
        return {**found, "joinpoint": short, "change_point": short, **_NO_COURSE}
    bends = fit_joinpoints(part, options=options, rng=rng)
    levels = find_change_point(part, level=level, years_min=side_years_n)
    said = {"joinpoint": _say_bends(bends), "change_point": _say_levels(levels, options.alpha)}
    return {**found, **said, **_find_last_course(bends, 1 - options.alpha)}


def _find_last_course(bends: dict[str, Joinpoints], level: float) -> dict[str, object]:
    """Tell which way the last line goes, where all bounds of masked years agree on the bend and on the way."""
    found = list(bends.values())
    if any(bend.reason for bend in found) or len({bend.years for bend in found}) > 1 or not found[0].years:
        return dict(_NO_COURSE)
    last = pd.DataFrame([bend.segments.iloc[-1] for bend in found])
    low, high = float(last["change_low"].min()), float(last["change_high"].max())
    course = "rising" if low > 0 else "falling" if high < 0 else "no_clear_change"
    middle = f"{last['change'].iloc[0]:+.1f}, " if len(found) == 1 else ""
    years = pd.DataFrame([bend.year_intervals.iloc[-1] for bend in found])
    within = f"bend within {years['year_low'].min():.0f} to {years['year_high'].max():.0f}"
    detail = f"{middle}{level:.0%} interval {low:+.1f} to {high:+.1f} {found[0].unit}; {within}"
    return {"last_course": course, "last_bend": int(found[0].years[-1]), "last_detail": detail}


def _say_levels(levels: dict[str, ChangePoint], alpha: float) -> str:
    found = list(levels.values())
    reasons = [point.reason for point in found if point.reason]
    if reasons:
        return reasons[0]
    worst = max(point.p_value for point in found)
    if worst > alpha:
        return f"No clear change of level (p {worst:.3f}{' at most' if len(found) > 1 else ''})."
    years = sorted({point.last_year for point in found})
    region = sorted({year for point in found for year in point.region})
    before, after = (_span([getattr(point, name) for point in found]) for name in ("rate_before", "rate_after"))
    when = " or ".join(f"{year:.0f}" for year in years)
    chance = "below 0.001" if worst < 0.001 else f"{worst:.3f}"
    return (
        f"The level changed after {when} (not ruled out: {region[0]:.0f} to {region[-1]:.0f}), "
        f"from {before} to {after} a year (p {chance})."
    )


def _span(numbers: Sequence[float]) -> str:
    low, high = f"{min(numbers):.0f}", f"{max(numbers):.0f}"
    return low if low == high else f"{low} to {high}"

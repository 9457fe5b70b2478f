"""What each criterion says of each cell: severity, reach, trend, legal obligation, stakeholders' view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ctresearch.cooperation import ACTIVE
from ctresearch.needs.rule import RATED, SEVERITY, UNKNOWN, Rule, Scale
from ctresearch.ratings import CHANCES
from ctresearch.score import count_coverage

GRADES = ("jurisdiction", "indicator", "criterion", "level", "may_be", "detail", "basis", "source_id")
"""Columns of what a criterion says of a cell."""

_BOUND_BY = ("ratification", "accession", "succession", "party")
_GROUPS = (
    ("women and girls", "female", "total"),
    ("men and boys", "male", "total"),
    ("children", "total", "child"),
)


def grade_criteria(
    levels: pd.DataFrame,
    evidence: pd.DataFrame,
    indicators: pd.DataFrame,
    *,
    victims: pd.DataFrame,
    concerned: pd.DataFrame,
    verdicts: pd.DataFrame,
    participation: pd.DataFrame,
    standards: Mapping[str, str],
    rule: Rule,
    jurisdictions: Sequence[str],
    time_point: str,
    years: tuple[int, int],
    since: int,
    answers: pd.DataFrame | None = None,
) -> list[pd.DataFrame]:
    """Grade every cell by every criterion, for `rank_needs`; see the `grade_*` functions for the tables.

    Parameters
    ----------
    levels, evidence, indicators, victims, concerned, verdicts, participation, standards, rule, time_point
        As in the functions of the criteria.
    jurisdictions : sequence of str
    years : tuple of int
        First and last year of the time point.
    since : int
        First year of facts that may stand in for a level; older ones say too little of today.
    answers : pandas.DataFrame, optional
        Stakeholders' importance and performance; without them the criterion is not counted.

    Returns
    -------
    list of pandas.DataFrame
        One a criterion, each with `GRADES`.
    """
    recent = evidence[evidence["year"].ge(since)]
    coverage = count_coverage(recent, indicators, jurisdictions=jurisdictions)
    cells = grade_severity(levels, coverage, recent, rule, time_point=time_point)
    graded = [
        cells,
        grade_reach(cells, victims, concerned, rule, years=years),
        grade_trend(cells, verdicts, rule),
        grade_obligations(cells, indicators, participation, rule, standards=standards, until=years[1]),
    ]
    return graded if answers is None else [*graded, grade_stakeholders(cells, answers, rule)]


def grade_severity(
    levels: pd.DataFrame, coverage: pd.DataFrame, evidence: pd.DataFrame, rule: Rule, *, time_point: str
) -> pd.DataFrame:
    """Say how severe each gap is: its rated level, else how the facts read, which is weaker and said to be.

    Where coders differ and are not settled, the likeliest level is read and all that they gave are possible. A cell
    that does not apply, and one without a level whose facts say neither gap nor strength, has no row. Where
    one coder worked alone the stated confidence says which levels are possible; else the coders' scatter does:
    `may_be` holds the levels of the interval, `chance_0` to `chance_3` the chance of each level.

    Parameters
    ----------
    levels : pandas.DataFrame
        From `ratings.roll_up_levels` and `ratings.cite_evidence`.
    coverage : pandas.DataFrame
        From `score.count_coverage`.
    evidence : pandas.DataFrame
        The facts behind it.
    rule : Rule
    time_point : str
        Code of the time point whose levels are read.

    Returns
    -------
    pandas.DataFrame
        `GRADES` and `chance_0` to `chance_3`.
    """
    now = levels[levels["time_point"].eq(time_point) & levels["status"].ne("NA")]
    rated = now[now["status"].eq("coded") | now["chance_0"].notna()]
    is_settled = rated["status"].eq("coded")
    likeliest = rated[list(CHANCES)].to_numpy(dtype=float, na_value=-1).argmax(axis=1)
    sure = np.where(rated["chance_0"].isna(), rated["confidence"] + " confidence of one coder", "")
    said = rated.assign(
        level="level_" + rated["value"].where(is_settled, likeliest).astype("str"),
        may_be=[_span_rating(row, rule) for row in rated.itertuples()],
        detail=np.where(is_settled, sure, "the coders differ and are not settled"),
        basis=np.where(is_settled, "rated", "open"),
    )
    keys = ["jurisdiction", "indicator"]
    asked = levels[levels["time_point"].eq(time_point) & levels["status"].eq("NA")]
    settled = pd.MultiIndex.from_frame(pd.concat([rated, asked])[keys])
    scale = rule.scales[SEVERITY]
    is_open = ~pd.MultiIndex.from_frame(coverage[keys]).isin(settled)
    read = coverage[is_open & coverage["reading"].isin(set(scale.may_be) - set(RATED))]
    stood_in = read.assign(
        level=read["reading"],
        may_be=[";".join(scale.may_be[reading]) for reading in read["reading"]],
        detail="",
        basis="read",
        source_id=_cite_facts(read, evidence),
        **dict.fromkeys(CHANCES, np.nan),
    )
    columns = [*GRADES, *CHANCES]
    graded = [part.assign(criterion=SEVERITY)[columns] for part in (said, stood_in) if len(part)]
    return pd.concat(graded, ignore_index=True) if graded else pd.DataFrame(columns=columns)


def grade_reach(
    cells: pd.DataFrame, victims: pd.DataFrame, concerned: pd.DataFrame, rule: Rule, *, years: tuple[int, int]
) -> pd.DataFrame:
    """Say how many detected victims a year each cell concerns, between the bounds of masked counts.

    Parameters
    ----------
    cells : pandas.DataFrame
        `jurisdiction`, `indicator`.
    victims : pandas.DataFrame
        Rows of the table `victims` of one measure and source, each of one year, of all breakdowns.
    concerned : pandas.DataFrame
        The framework table; an indicator without a row concerns all victims.
    rule : Rule
    years : tuple of int
        First and last year that are averaged; years without a figure are left out of the average.

    Returns
    -------
    pandas.DataFrame
        `GRADES`; the detail gives the number of all concerned, and by sex and age.
    """
    scale, groups = rule.scales["reach"], concerned.set_index("indicator")[["sex", "age_group"]]
    named = {indicator: tuple(row) for indicator, row in zip(groups.index, groups.to_numpy(), strict=True)}
    found = victims[victims["year"].between(*years)]
    rows = []
    for place, own in cells.groupby("jurisdiction", sort=False):
        counts = found[found["jurisdiction"].eq(place) & found[["form", "citizenship"]].eq("total").all(axis=1)]
        of_all = _name_groups(counts)
        for indicator in own["indicator"]:
            sex, age_group = named.get(indicator, ("total", "total"))
            low, high = _average(counts, sex, age_group)
            possible = _span_levels(scale, low, high)
            detail = f"{_print_span(low, high)} a year" if len(possible) else ""
            is_all = (sex, age_group) == ("total", "total")
            rows.append((place, indicator, possible, f"{detail}{of_all}" if is_all else detail))
    sources = victims.groupby("jurisdiction")["source_id"].agg(lambda ids: ";".join(dict.fromkeys(ids)))
    return _lay_out(rows, "reach", scale).pipe(lambda table: _cite(table, sources))


def grade_trend(cells: pd.DataFrame, verdicts: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Say whether the yearly number of detected victims rises.

    Parameters
    ----------
    cells : pandas.DataFrame
        `jurisdiction`, `indicator`.
    verdicts : pandas.DataFrame
        `jurisdiction`, `verdict` (a level of the criterion, or another word for too little to say), `source_id`.
    rule : Rule

    Returns
    -------
    pandas.DataFrame
        `GRADES`.
    """
    known, scale = dict(zip(verdicts["jurisdiction"], verdicts["verdict"], strict=True)), rule.scales["trend"]
    other = "too_few_to_say" if "too_few_to_say" in scale.may_be else UNKNOWN
    named = {place: verdict if verdict in scale.may_be else other for place, verdict in known.items()}
    pairs = cells[["jurisdiction", "indicator"]].itertuples(index=False, name=None)
    rows = [(place, indicator, (named.get(place, UNKNOWN),), "") for place, indicator in pairs]
    return _cite(_lay_out(rows, "trend", scale), verdicts.set_index("jurisdiction")["source_id"])


def grade_obligations(
    cells: pd.DataFrame,
    indicators: pd.DataFrame,
    participation: pd.DataFrame,
    rule: Rule,
    *,
    standards: Mapping[str, str],
    until: int,
) -> pd.DataFrame:
    """Say whether what the indicator rests on binds the jurisdiction.

    A gap against a written anchor is no finding of a breach: an anchor may ask for more than the treaty.

    Parameters
    ----------
    cells : pandas.DataFrame
        `jurisdiction`, `indicator`.
    indicators : pandas.DataFrame
        `indicator`, `standard`, `standard_kind` (binding, consider or guidance).
    participation : pandas.DataFrame
        Acts of the parties. What was looked for and not found leaves it unknown.
    rule : Rule
    standards : mapping of str to str
        How the text of a standard begins, and the instrument that it then is.
    until : int
        Last year of the time point; who became bound later was not bound. An undated act counts.

    Returns
    -------
    pandas.DataFrame
        `GRADES`.
    """
    kinds = indicators.set_index("indicator")[["standard", "standard_kind"]]
    acts = participation.assign(year=pd.to_numeric(participation["date"].str[:4], errors="coerce"))
    is_bound = acts["act"].isin(_BOUND_BY) & acts["status"].isin(ACTIVE) & ~acts["year"].gt(until)
    bound = set(zip(acts.loc[is_bound, "instrument"], acts.loc[is_bound, "jurisdiction"], strict=True))
    outside = acts[acts["status"].eq("not_party") | (acts["act"].isin(_BOUND_BY) & acts["year"].gt(until))]
    not_bound = set(zip(outside["instrument"], outside["jurisdiction"], strict=True)) - bound
    sources = acts.groupby(["instrument", "jurisdiction"])["source_id"].agg(lambda ids: ";".join(dict.fromkeys(ids)))
    rows, cited = [], []
    for place, indicator in cells[["jurisdiction", "indicator"]].itertuples(index=False, name=None):
        text, kind = kinds.loc[indicator]
        treaty = next((name for start, name in standards.items() if text.startswith(start)), "")
        pair = (treaty, place)
        level = kind if pair in bound else "not_bound" if pair in not_bound else UNKNOWN
        level = "guidance" if kind == "guidance" else level
        rows.append((place, indicator, (level,), text.split(";")[0] if kind != "guidance" else ""))
        cited.append(sources.get(pair, "") if level != "guidance" else "")
    return _lay_out(rows, "obligation", rule.scales["obligation"]).assign(source_id=cited)


def grade_stakeholders(cells: pd.DataFrame, answers: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Say what stakeholders want first: important in their eyes and poorly done, by importance-performance analysis.

    The lines between important and not, and between well and poorly done, are the means over all rows of a
    jurisdiction (or of the study, where answers name none).

    Parameters
    ----------
    cells : pandas.DataFrame
        `jurisdiction`, `indicator`.
    answers : pandas.DataFrame
        `indicator`, `importance`, `performance` (means on any scale), `source_id`; with `jurisdiction` where they
        are about one.
    rule : Rule

    Returns
    -------
    pandas.DataFrame
        `GRADES`; unknown where nobody was asked.

    References
    ----------
    Martilla, J. A., James, J. C. (1977). Importance-performance analysis. Journal of Marketing 41, 77-79.
    """
    keys = [name for name in ("jurisdiction", "indicator") if name in answers.columns]
    lines = answers[["importance", "performance"]]
    lines = lines.groupby(answers["jurisdiction"]).transform("mean") if "jurisdiction" in keys else lines.mean()
    is_important = answers["importance"].ge(lines["importance"])
    is_poor = answers["performance"].lt(lines["performance"])
    level = np.select([is_important & is_poor, is_important], ["act_first", "keep_up"], "later")
    asked = answers[[*keys, "source_id"]].assign(said=level)
    joined = cells[["jurisdiction", "indicator"]].merge(asked, on=keys, how="left").fillna("")
    rows = [(row.jurisdiction, row.indicator, (row.said or UNKNOWN,), "") for row in joined.itertuples()]
    return _lay_out(rows, "stakeholders", rule.scales["stakeholders"]).assign(source_id=joined["source_id"])


def _span_rating(row, rule: Rule) -> str:
    """Return the levels of the interval, all that unsettled coders gave, or what one coder's confidence allows."""
    if pd.isna(row.chance_0):
        steps = rule.steps.get(row.confidence, (0,))
        possible = [min(max(row.value + step, 0), len(RATED) - 1) for step in steps]
    elif row.status == "coded" and not pd.isna(row.level_low):
        possible = range(row.level_low, row.level_high + 1)
    else:
        possible = range(row.value_low, row.value_high + 1)
    return ";".join(f"level_{level}" for level in possible)


def _cite_facts(cells: pd.DataFrame, evidence: pd.DataFrame) -> list[str]:
    keys = ["jurisdiction", "indicator"]
    told = evidence[evidence["direction"].isin(["gap", "strength"])].groupby(keys)["source_id"]
    sources = told.agg(lambda ids: ";".join(dict.fromkeys(ids))).to_dict()
    return [sources.get(cell, "") for cell in cells[keys].itertuples(index=False, name=None)]


def _average(counts: pd.DataFrame, sex: str, age_group: str) -> tuple[float, float]:
    """Return the bounds of victims a year; missing where no year has a figure."""
    own = counts[counts["sex"].eq(sex) & counts["age_group"].eq(age_group) & counts["value_low"].notna()]
    if own.empty:
        return np.nan, np.nan
    years_n = own["year"].nunique()
    high = own["value_high"].astype(float).fillna(np.inf).sum()
    return float(own["value_low"].sum()) / years_n, float(high) / years_n


def _name_groups(counts: pd.DataFrame) -> str:
    spans = [(name, _average(counts, sex, age_group)) for name, sex, age_group in _GROUPS]
    said = [f"{name} {_print_span(*span)}" for name, span in spans if not np.isnan(span[0])]
    return f" ({', '.join(said)})" if said else ""


def _print_span(low: float, high: float) -> str:
    if np.isinf(high):
        return f"{low:g} or more"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _span_levels(scale: Scale, low: float, high: float) -> tuple[str, ...]:
    """Return the levels that the lower and the upper bound earn; nothing where there is no figure."""
    if np.isnan(low):
        return ()
    by_least = sorted(scale.least, key=scale.least.get)
    earned = [[level for level in by_least if end >= scale.least[level]][-1] for end in (low, high)]
    return tuple(dict.fromkeys(earned))


def _lay_out(rows: Sequence[tuple], criterion: str, scale: Scale) -> pd.DataFrame:
    """Make grades of jurisdiction, indicator, possible levels and detail."""
    graded = [
        {
            **{"jurisdiction": place, "indicator": indicator, "criterion": criterion, "detail": detail, "basis": ""},
            "level": ";".join(possible) or UNKNOWN,
            "may_be": ";".join(level for name in possible or (UNKNOWN,) for level in scale.may_be[name]),
            "source_id": "",
        }
        for place, indicator, possible, detail in rows
    ]
    return pd.DataFrame(graded, columns=list(GRADES))


def _cite(grades: pd.DataFrame, sources: pd.Series) -> pd.DataFrame:
    return grades.assign(source_id=grades["jurisdiction"].map(sources.to_dict()).fillna(""))

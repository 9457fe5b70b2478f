"""Where published figures on the same thing differ; both are kept and shown."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ctresearch.clean.counts import BREAKDOWNS
from ctresearch.clean.differences import describe_differences, judge_preference

COMPARABLE: dict[str, tuple[str, ...]] = {
    "victims": (
        "victims_detected",
        "victims_identified",
        "victims_official",
        "victims_potential",
        "victims_potential_official",
        "victims_in_convictions",
    ),
    "investigated": ("persons_investigated", "cases_investigated"),
    "prosecuted": ("persons_prosecuted", "cases_prosecuted", "indictments"),
    "convicted": ("persons_convicted", "judgments_convicting"),
}
"""Measures that readers take for the same thing, though the definitions differ; any other is compared with itself."""

_BLOCK_N = 4000
"""Figures, of whole jurisdictions, that are compared at once; it bounds the memory and does not change a result."""

_SUBJECT = ["jurisdiction", "concept", *BREAKDOWNS]
_FIGURE = ["publisher", "source_id", "report_year", "measure", "year", "year_end", "period", "printed", "low", "high"]
_COLUMNS = [
    *("jurisdiction", "year", "year_end", "period", "concept", *BREAKDOWNS),
    *("measure", "printed", "low", "high", "report_year", "source_id"),
    *("against_measure", "against_year", "against_year_end", "against_period"),
    *("against_printed", "against_low", "against_high", "against_report_year", "against_source_id"),
    *("verdict", "definition", "difference", "preferred_printed", "preference"),
]


def find_conflicts(counts: pd.DataFrame, sources: pd.DataFrame, *, preferred_source_id: str) -> pd.DataFrame:
    """Compare every two figures that different publications print on the same persons or cases and the same years.

    Figures are on the same thing if jurisdiction, sex, age group, form and citizenship are the same and their measures
    are taken for each other (`COMPARABLE`). Two measures of one publisher are not compared: it tells them apart itself,
    unless one of them is all detected victims, which names no stage.
    Where it prints potential and official victims, the two together are compared with other definitions.
    A figure for a part of another's years conflicts only if it is larger. A figure for several years is compared with
    the sum of another publisher's whole years, and, if some years have no figure, conflicts only if it is smaller
    than the others together.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows of `victims` or `justice`; masked values take part as bounds.
    sources : pandas.DataFrame
        The source register; its `publisher` tells a restated figure from another publisher's.
    preferred_source_id : str
        The source that series are drawn from.

    Returns
    -------
    pandas.DataFrame
        One row a comparison of a figure (`measure`, `printed`, its bounds `low` and `high`, and so on) with another
        (`against_measure` and so on; the preferred one or, of one publisher, the later one). `verdict` is `agree` or
        `differ`; `definition` is `same` or `other`; `difference` says in codes joined by `;` what differs in what is
        counted; `preference` says why `preferred_printed` is preferred, or `none`.
    """
    figures = _select_figures(counts, sources, preferred_source_id)
    figures = _mark_stages(pd.concat([figures, _add_stages(figures)], ignore_index=True))
    paired = [pair(rows) for pair in (_pair_figures, _pair_with_sums) for rows in _split(figures)]
    pairs = pd.concat([found for found in paired if len(found)] or paired, ignore_index=True)
    pairs["verdict"] = _judge(pairs)
    pairs["definition"] = np.where(pairs["measure"].eq(pairs["against_measure"]), "same", "other")
    pairs["difference"] = describe_differences(pairs)
    pairs["preference"] = judge_preference(pairs, preferred_source_id=preferred_source_id)
    pairs["preferred_printed"] = pairs["against_printed"].where(pairs["preference"].ne("none"), "")
    order = ["jurisdiction", "year", "year_end", *BREAKDOWNS, "source_id", "against_source_id", "measure", "printed"]
    return pairs.sort_values([*order, "against_measure", "against_printed"], ignore_index=True)[_COLUMNS]


def _select_figures(counts: pd.DataFrame, sources: pd.DataFrame, preferred_source_id: str) -> pd.DataFrame:
    concepts = {measure: concept for concept, measures in COMPARABLE.items() for measure in measures}
    publishers = sources.set_index("source_id")["publisher"]
    figures = counts.rename(columns={"value_low": "low", "value_high": "high"})
    figures = _join_parts(figures.assign(high=figures["high"].fillna(np.inf)))
    return figures.assign(
        concept=figures["measure"].map(concepts).fillna(figures["measure"]),
        publisher=figures["source_id"].map(publishers).fillna(figures["source_id"]),
        is_preferred=figures["source_id"].eq(preferred_source_id),
        is_summed=False,
    )[[*_SUBJECT, *_FIGURE, "is_preferred", "is_summed"]]


def _join_parts(figures: pd.DataFrame) -> pd.DataFrame:
    """Add up rows that a publisher prints under one key; rows without a running number stay apart."""
    keys = ["jurisdiction", *BREAKDOWNS, "source_id", "report_year", "measure", "year", "year_end", "period"]
    rows = figures[[*keys, "printed", "low", "high", "part"]]
    joined = rows[rows["part"].notna()].groupby(keys, dropna=False, sort=False, as_index=False)
    parts = joined.agg({"printed": " + ".join, "low": "sum", "high": "sum"})
    return pd.concat([rows[rows["part"].isna()].drop(columns="part"), parts], ignore_index=True)


def _add_stages(figures: pd.DataFrame) -> pd.DataFrame:
    """Add potential and official victims where one publication prints both and not the two together."""
    keys = [*_SUBJECT, "publisher", "source_id", "report_year", "year", "year_end", "period", "is_preferred"]
    stages = [figures[figures["measure"].eq(f"victims_{stage}")] for stage in ("potential", "official")]
    both = stages[0].merge(stages[1][[*keys, "printed", "low", "high"]], on=keys, suffixes=("", "_official"))
    together = figures.loc[figures["measure"].eq("victims_potential_official"), keys].drop_duplicates()
    both = both.merge(together, on=keys, how="left", indicator="found").query("found == 'left_only'")
    return both.assign(
        measure="victims_potential_official",
        printed=both["printed"] + " + " + both["printed_official"],
        low=both["low"] + both["low_official"],
        high=both["high"] + both["high_official"],
        is_summed=True,
    )[figures.columns]


def _mark_stages(figures: pd.DataFrame) -> pd.DataFrame:
    """Mark potential or official victims of a publication that gives the two together (`is_stage`)."""
    keys = [*_SUBJECT, "source_id", "report_year", "year", "year_end", "period"]
    together = figures.loc[figures["measure"].eq("victims_potential_official"), keys].drop_duplicates()
    found = figures[keys].merge(together, how="left", indicator="found")["found"].eq("both").to_numpy()
    return figures.assign(is_stage=found & figures["measure"].isin(["victims_potential", "victims_official"]))


def _split(figures: pd.DataFrame) -> list[pd.DataFrame]:
    before = figures["jurisdiction"].value_counts(sort=False).cumsum().shift(fill_value=0)
    blocks = figures.groupby(figures["jurisdiction"].map(before // _BLOCK_N))
    return [rows for _, rows in blocks] or [figures]


def _pair_figures(figures: pd.DataFrame) -> pd.DataFrame:
    """Put every two figures side by side that can be compared as they stand, the one to compare with on the right."""
    rank = ["is_preferred", "report_year", "source_id", "measure", "printed", "year", "year_end", "period"]
    ranked = figures.sort_values(rank, na_position="first", ignore_index=True).assign(rank=lambda rows: rows.index)
    pairs = ranked.merge(ranked, on=_SUBJECT, suffixes=("", "_against"))
    pairs = pairs.rename(columns=lambda name: f"against_{name[:-8]}" if name.endswith("_against") else name)
    pairs = pairs[pairs["rank"].lt(pairs["against_rank"])]
    is_same = pairs[["year", "year_end", "period"]].eq(_against(pairs, ["year", "year_end", "period"])).all(axis=1)
    is_same_source = pairs["source_id"].eq(pairs["against_source_id"])
    is_twice = (
        is_same & pairs["measure"].eq(pairs["against_measure"]) & ~pairs["is_summed"] & ~pairs["against_is_summed"]
    )
    has_stages = pairs["measure"].ne("victims_detected") & pairs["against_measure"].ne("victims_detected")
    is_told_apart = pairs["publisher"].eq(pairs["against_publisher"]) & has_stages
    is_idle = is_told_apart | pairs["is_stage"] | pairs["against_is_stage"]
    is_idle &= pairs["measure"].ne(pairs["against_measure"])
    kept = pairs[~is_idle & (~is_same_source | is_twice)].assign(is_complete=True)
    return kept.assign(nesting=_nest(kept)).query("nesting != 'apart'")


def _against(pairs: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    return pairs[[f"against_{name}" for name in names]].set_axis(names, axis=1)


def _nest(pairs: pd.DataFrame) -> np.ndarray:
    """Say whether two figures cover the same time, or one a part of the other's.

    A whole year within a span of years is left to the sums: alone it could hardly ever be too large.
    """
    left, right = pairs[["year", "year_end"]], _against(pairs, ["year", "year_end"])
    same_years = left.eq(right).all(axis=1)
    inside = left["year"].ge(right["year"]) & left["year_end"].le(right["year_end"]) & ~same_years
    outside = right["year"].ge(left["year"]) & right["year_end"].le(left["year_end"]) & ~same_years
    left_period, right_period = pairs["period"], pairs["against_period"]
    is_left_year = left["year"].eq(left["year_end"]) & left_period.eq("")
    is_right_year = right["year"].eq(right["year_end"]) & right_period.eq("")
    choices = {
        "same": same_years & left_period.eq(right_period),
        "left": (inside & ~is_left_year) | (same_years & right_period.eq("")),
        "right": (outside & ~is_right_year) | (same_years & left_period.eq("")),
    }
    return np.select([choice.to_numpy(dtype=bool) for choice in choices.values()], list(choices), "apart")


def _pair_with_sums(figures: pd.DataFrame) -> pd.DataFrame:
    """Put a figure for several years beside the sum of another publisher's whole years.

    Years of different measures are added only if no measure has them all and there is one figure a year.
    """
    is_year = figures["year"].eq(figures["year_end"]) & figures["period"].eq("") & ~figures["is_summed"]
    spans = figures[figures["year"].lt(figures["year_end"])].assign(span=lambda rows: range(len(rows)))
    years = figures[is_year].sort_values(["report_year", "source_id", "printed"], na_position="first")
    years = years.drop_duplicates([*_SUBJECT, "publisher", "measure", "year"], keep="last").sort_values("year")
    found = spans.merge(years, on=_SUBJECT, suffixes=("", "_each"))
    is_inside = found["year_each"].between(found["year"], found["year_end"])
    found = found[is_inside & found["publisher"].ne(found["publisher_each"])]
    by_measure, mixed = _sum_years(found, ["measure_each"]), _sum_years(found, [])
    whole = by_measure.loc[by_measure["is_complete"], ["span", "against_publisher"]].drop_duplicates()
    mixed = mixed.merge(whole, how="left", indicator="alone").query("alone == 'left_only' and is_complete")
    sums = pd.concat([by_measure, mixed[mixed["is_one_a_year"]].drop(columns="alone")], ignore_index=True)
    pairs = spans.merge(sums, on="span")
    within = pairs["period"].ne("").map({True: "left", False: "same"})
    pairs["nesting"] = within.where(pairs["is_complete"], "right")
    return pairs[pairs["is_complete"] | pairs["against_low"].gt(pairs["high"])].drop(columns=["span", "is_one_a_year"])


def _sum_years(found: pd.DataFrame, also_by: list[str]) -> pd.DataFrame:
    groups = found.groupby(["span", "publisher_each", *also_by], sort=False)
    sums = groups.agg(
        against_measure=("measure_each", _join_distinct),
        against_year=("year_each", "min"),
        against_year_end=("year_each", "max"),
        against_low=("low_each", "sum"),
        against_high=("high_each", "sum"),
        against_report_year=("report_year_each", "max"),
        against_source_id=("source_id_each", _join_distinct),
        only=("printed_each", "first"),
        years_n=("year_each", "nunique"),
        rows_n=("year_each", "size"),
        first=("year", "max"),
        last=("year_end", "max"),
    )
    columns = (sums[name] for name in ("against_low", "against_high", "only", "rows_n"))
    sums["against_printed"] = [_print_sum(*cells) for cells in zip(*columns, strict=True)]
    sums["is_complete"] = sums["years_n"].eq(sums["last"] - sums["first"] + 1)
    sums["is_one_a_year"] = sums["rows_n"].eq(sums["years_n"])
    sums = sums.drop(columns=["only", "years_n", "rows_n", "first", "last"]).reset_index().drop(columns=also_by)
    return sums.rename(columns={"publisher_each": "against_publisher"}).assign(
        against_period="", against_is_summed=False
    )


def _join_distinct(values: pd.Series) -> str:
    return ";".join(dict.fromkeys(values))


def _print_sum(low: float, high: float, only: str, rows_n: int) -> str:
    if rows_n == 1:
        return only
    if np.isinf(high):
        return f"at least {low:g}"
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"


def _judge(pairs: pd.DataFrame) -> np.ndarray:
    is_above = pairs["low"].gt(pairs["against_high"])
    is_below = pairs["high"].lt(pairs["against_low"])
    can_be_below, can_be_above = pairs["nesting"].ne("left"), pairs["nesting"].ne("right")
    differs = (is_above & can_be_above) | (is_below & can_be_below)
    return np.where(differs.astype(bool), "differ", "agree")

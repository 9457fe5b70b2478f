"""Published counts: read a printed value into bounds, and pick one series out of many rows."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

BREAKDOWNS = ("sex", "age_group", "form", "citizenship")
"""Columns by which counts are broken down; `total` in all of them marks a total."""


def parse_printed_counts(printed: pd.Series, *, zeros_are_printed: bool) -> pd.DataFrame:
    """Read printed counts into values with bounds.

    Parameters
    ----------
    printed : pandas.Series of str
        Values as a publisher prints them: `12`, `1,204`, `<5` or empty.
    zeros_are_printed : bool
        Whether the publisher prints zeros. Where it does, `<5` is 1 to 4; where it prints none, 0 to 4.

    Returns
    -------
    pandas.DataFrame
        Columns `value`, `value_low`, `value_high` (persons; `Float64`) and `status` (`reported`, `suppressed`,
        `not_reported`), with the index of `printed`.

    Raises
    ------
    ValueError
        If a value is none of these, naming the rows.

    Examples
    --------
    >>> counts = parse_printed_counts(pd.Series(["1,204", "<5"]), zeros_are_printed=True)
    >>> [float(counts.loc[1, bound]) for bound in ("value_low", "value_high")], counts.loc[1, "status"]
    ([1.0, 4.0], 'suppressed')
    """
    text = printed.fillna("").astype(str).str.strip()
    text = text.mask(text.str.fullmatch(r"[0-9]{1,3}(,[0-9]{3})+"), text.str.replace(",", "", regex=False))
    limit = pd.to_numeric(text.str.extract(r"^<\s*([0-9]+)$")[0]).astype("Float64")
    value = pd.to_numeric(text.str.extract(r"^([0-9]+)$")[0]).astype("Float64")
    smallest = 1.0 if zeros_are_printed else 0.0
    unread = text.ne("") & (limit.isna() | limit.le(smallest).fillna(False)) & value.isna()
    if unread.any():
        rows = ", ".join(f"{index}: {printed[index]!r}" for index in printed.index[unread][:5])
        raise ValueError(f"{int(unread.sum())} printed counts are neither a number nor '<number': {rows}")
    low = value.mask(limit.notna(), smallest)
    status = (
        pd.Series("reported", index=printed.index).mask(limit.notna(), "suppressed").mask(text.eq(""), "not_reported")
    )
    return pd.DataFrame({"value": value, "value_low": low, "value_high": value.fillna(limit - 1), "status": status})


def select_series(counts: pd.DataFrame, *, measure: str, by: tuple[str, ...] = (), source_id: str = "") -> pd.DataFrame:
    """Select whole-year counts of one measure: totals, or broken down by some columns.

    Parameters
    ----------
    counts : pandas.DataFrame
        Rows of `victims` or `justice`.
    measure : str
        The measure; different measures are never joined.
    by : tuple of str
        Breakdowns that must differ from `total`; all others must be `total`.
    source_id : str
        Only this source; empty for all.

    Returns
    -------
    pandas.DataFrame
        The rows that fit, sorted by jurisdiction and year, with a fresh index.

    Examples
    --------
    >>> row = dict(measure="m", year=2014, year_end=2014, period="", source_id="s", jurisdiction="A",
    ...            age_group="total", form="total", citizenship="total")
    >>> counts = pd.DataFrame([row | {"sex": "total", "value": 3}, row | {"sex": "female", "value": 2}])
    >>> select_series(counts, measure="m", by=("sex",))["value"].tolist()
    [2]
    """
    fits = counts["measure"].eq(measure) & counts["year"].eq(counts["year_end"]) & counts["period"].eq("")
    if source_id:
        fits &= counts["source_id"].eq(source_id)
    for column in BREAKDOWNS:
        fits &= counts[column].ne("total") if column in by else counts[column].eq("total")
    return counts[fits].sort_values(["jurisdiction", "year", *by], kind="stable").reset_index(drop=True)


def select_breakdowns(
    counts: pd.DataFrame,
    *,
    jurisdiction: str,
    measures: Sequence[str],
    breakdowns: Sequence[Sequence[str]],
    source_id: str,
) -> pd.DataFrame:
    """Select the series of one jurisdiction and source by several breakdowns under each other; parts are added up.

    Parameters
    ----------
    measures : sequence of str
        Measures, in order.
    breakdowns : sequence of sequence of str
        Each as in `select_series`; an empty one for totals.

    Examples
    --------
    >>> row = dict(jurisdiction="A", year=2014, year_end=2014, period="", measure="m", source_id="s", value=3.0,
    ...            value_low=3.0, value_high=3.0, printed="3") | dict.fromkeys(BREAKDOWNS, "total")
    >>> counts = pd.DataFrame([row, row | {"sex": "female"}, row | {"sex": "male", "form": "sexual"}])
    >>> chosen = select_breakdowns(counts, jurisdiction="A", measures=["m"], breakdowns=[(), ("sex",)], source_id="s")
    >>> chosen["sex"].tolist()
    ['total', 'female']
    """
    own = counts[counts["jurisdiction"].eq(jurisdiction)]
    chosen = [
        select_series(own, measure=measure, by=tuple(by), source_id=source_id)
        for measure in measures
        for by in breakdowns
    ]
    return combine_parts(pd.concat(chosen, ignore_index=True))


def select_totals(counts: pd.DataFrame) -> pd.DataFrame:
    """Select rows that are not broken down, of any measure, source and length of period."""
    totals = counts[counts[list(BREAKDOWNS)].eq("total").all(axis=1)]
    return totals.sort_values(["year", "year_end", "measure", "report_year"], kind="stable", ignore_index=True)


def combine_parts(counts: pd.DataFrame) -> pd.DataFrame:
    """Add up rows that a publisher prints under one key, with their bounds.

    Returns one row a key: `value` is missing where a part is masked, `printed` joins the parts by ` + `.

    Examples
    --------
    >>> row = {name: "t" for name in ("jurisdiction", "measure", "period", *BREAKDOWNS, "source_id", "status")}
    >>> parts = pd.DataFrame([row | {"year": 2014, "year_end": 2014, "value": 3.0, "value_low": 3.0, "value_high": 3.0,
    ...                              "printed": "3"},
    ...                       row | {"year": 2014, "year_end": 2014, "value": None, "value_low": 1.0, "value_high": 4.0,
    ...                              "printed": "<5"}])
    >>> combine_parts(parts)[["value_low", "value_high", "printed"]].values.tolist()
    [[4.0, 7.0, '3 + <5']]
    """
    keys = ["jurisdiction", "year", "year_end", "period", "measure", *BREAKDOWNS, "source_id"]
    groups = counts.groupby(keys, sort=False, dropna=False)
    combined = groups.agg(
        value=("value", lambda values: values.sum(skipna=False)),
        value_low=("value_low", "sum"),
        value_high=("value_high", lambda values: values.sum(skipna=False)),
        printed=("printed", " + ".join),
    )
    return combined.reset_index()


def name_sex_and_age(counts: pd.DataFrame) -> pd.DataFrame:
    """Add `person`: women, men, girls or boys, and other where sex or age is other or not known.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["female", "male", "unknown"], "age_group": ["adult", "child", "adult"]})
    >>> name_sex_and_age(rows)["person"].tolist()
    ['women', 'boys', 'other']
    """
    names = {
        ("female", "adult"): "women",
        ("male", "adult"): "men",
        ("female", "child"): "girls",
        ("male", "child"): "boys",
    }
    pairs = zip(counts["sex"], counts["age_group"], strict=True)
    return counts.assign(person=[names.get(pair, "other") for pair in pairs])


def spread_printed(counts: pd.DataFrame, *, by: str) -> pd.DataFrame:
    """Put the categories of a breakdown side by side as printed, one row a year.

    Repeated keys are joined by ` + ` and stay visible; what was not printed is `ND`.
    """
    if counts.empty:
        return pd.DataFrame(columns=["year", "source_id"])
    wide = counts.pivot_table(index="year", columns=by, values="printed", aggfunc=" + ".join, sort=False)
    sources = counts.groupby("year")["source_id"].agg(lambda ids: ";".join(dict.fromkeys(ids)))
    return wide.fillna("ND").assign(source_id=sources).sort_index().reset_index().rename_axis(columns=None)

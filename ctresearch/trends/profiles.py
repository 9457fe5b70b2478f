"""Who the victims are: shares then and now, how much is unknown, new forms, and who is detected where."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctresearch.clean.counts import BREAKDOWNS
from ctresearch.trends.composition import compare_compositions, estimate_shares

PERSONS = ("women", "men", "girls", "boys", "other")
Period = tuple[str, int, int]
"""Code, first and last year."""


def compare_shares(
    counts: pd.DataFrame,
    *,
    category: str,
    periods: Sequence[Period],
    method: str,
    level: float,
    alpha: float,
    base_min: int,
    draws_n: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Shares of the categories in each period, with intervals that hold together, and a test of change.

    Only years count in which every category of the period is printed, and only categories printed in all periods are
    tested: what is not printed is not zero.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row a year and category of one jurisdiction and source, with bounds.
    category : str
        Column with the category.
    periods : sequence of (code, first year, last year)
    method, level, base_min
        See `estimate_shares`.
    alpha : float
        Largest p value of a change.
    draws_n, rng
        See `compare_compositions`.

    Returns
    -------
    pandas.DataFrame
        One row a period and category: `time_point`, the category, `years` (which count), `count_low`, `count_high`,
        `share`, `share_low`, `share_high`, `reason`, `change` (a sentence, the same in every row), `source_id`.

    Examples
    --------
    >>> values = [30.0, 10, 20, 40]
    >>> counts = pd.DataFrame({"year": [2013, 2013, 2023, 2023], "sex": ["f", "m"] * 2, "value_low": values})
    >>> counts = counts.assign(value_high=values, source_id="a")
    >>> shares = compare_shares(counts, category="sex", periods=[("then", 2013, 2014), ("now", 2022, 2024)],
    ...     method="goodman", level=0.95, alpha=0.05, base_min=20, draws_n=99, rng=np.random.default_rng(1))
    >>> shares["share"].round(2).tolist(), shares["change"].iloc[0]
    ([0.75, 0.25, 0.33, 0.67], 'The shares changed (p below 0.001, chi-square test).')
    """
    sums = pd.concat([_sum_period(counts, category, period) for period in periods], ignore_index=True)
    columns = ["time_point", category, "years", "count_low", "count_high", "share", "share_low", "share_high", "reason"]
    if sums.empty:
        return pd.DataFrame(columns=[*columns, "change", "source_id"])
    parts = []
    for _, part in sums.groupby("time_point", sort=False):
        shares = estimate_shares(part, category=category, method=method, level=level, base_min=base_min)
        parts.append(shares.rename(columns={"category": category}).assign(**part[["time_point", "years"]].iloc[0]))
    tested = _select_comparable(sums, category, len(periods))
    change = _test_change(tested, category, alpha=alpha, base_min=base_min, draws_n=draws_n, rng=rng)
    left = set(sums[category]) - set(tested[category])
    if left:
        change += f" Left out, as not printed for every period: {len(left)} of {sums[category].nunique()} categories."
    sources = ";".join(dict.fromkeys(counts["source_id"]))
    return pd.concat(parts, ignore_index=True)[columns].assign(change=change, source_id=sources)


def compare_breakdowns(
    counts: pd.DataFrame, *, categories: Sequence[str], periods: Sequence[Period], **options: object
) -> pd.DataFrame:
    """Compare the shares of several breakdowns of one jurisdiction, each by itself; see `compare_shares`.

    Parameters
    ----------
    counts : pandas.DataFrame
        From `clean.select_breakdowns`.
    categories : sequence of str
        Columns; of the rows that are broken down by one of them alone the shares are compared.
    periods, options
        Passed to `compare_shares`.

    Returns
    -------
    pandas.DataFrame
        As from `compare_shares`, with `breakdown` (the column) and every column of `categories` (`total` where the row
        is not broken down by it).
    """
    parts = []
    for category in categories:
        others = [name for name in BREAKDOWNS if name != category]
        own = counts[counts[category].ne("total") & counts[others].eq("total").all(axis=1)]
        shares = compare_shares(own, category=category, periods=periods, **options)
        rest = {name: "total" for name in categories if name != category}
        parts.append(shares.assign(breakdown=category, **rest))
    return pd.concat(parts, ignore_index=True)


def list_share_changes(shares: pd.DataFrame) -> pd.DataFrame:
    """List for each breakdown whether its shares changed, from `compare_breakdowns`."""
    return shares.drop_duplicates("breakdown", ignore_index=True)[["breakdown", "change", "source_id"]]


def count_profiles(persons: pd.DataFrame, totals: pd.DataFrame, *, periods: Sequence[Period]) -> pd.DataFrame:
    """Women, men, girls and boys in each period, and of how many victims sex or age is not known.

    Parameters
    ----------
    persons : pandas.DataFrame
        From `clean.name_sex_and_age`, one jurisdiction and source.
    totals : pandas.DataFrame
        Totals of the same source.
    periods : sequence of (code, first year, last year)

    Returns
    -------
    pandas.DataFrame
        One row a period and person: `time_point`, `person` (the four, and `other`: not known, or neither), `count_low`,
        `count_high` (all missing where the period has no total), `years`, `source_id`. The not known are the total less
        the four.

    Examples
    --------
    >>> persons = pd.DataFrame({"year": [2013], "person": ["women"], "value_low": [6.0], "value_high": [6.0]})
    >>> totals = pd.DataFrame({"year": [2013], "value_low": [10.0], "value_high": [10.0], "source_id": "a"})
    >>> found = count_profiles(persons, totals, periods=[("then", 2013, 2014)])
    >>> found.loc[found["person"].eq("other"), ["count_low", "count_high"]].values.tolist()
    [[4.0, 4.0]]
    """
    rows = [row for period in periods for row in _count_period(persons, totals, period)]
    sources = ";".join(dict.fromkeys([*totals["source_id"]]))
    columns = ["time_point", "person", "years", "count_low", "count_high"]
    return pd.DataFrame(rows, columns=columns).assign(source_id=sources)


def find_new_forms(by_form: pd.DataFrame, *, since: int) -> pd.DataFrame:
    """Say of every form of exploitation whether a victim of it was printed before a year, since, or both.

    Parameters
    ----------
    by_form : pandas.DataFrame
        One row a year and form of one jurisdiction and source, with bounds.
    since : int
        First year of the later time.

    Returns
    -------
    pandas.DataFrame
        `form`, `before_low`, `before_high`, `since_low`, `since_high`, `first_year` (first with a victim for certain),
        `form_standing` (`new`: zero before; `first_printed`: no figure before; `both`; `before_only`; `uncertain`:
        masked, or nobody since), `source_id`.

    Examples
    --------
    >>> values = [0.0, 6.0]
    >>> forms = pd.DataFrame({"year": [2012, 2015], "form": "labour", "value_low": values, "value_high": values})
    >>> find_new_forms(forms.assign(source_id="a"), since=2013)["form_standing"].tolist()
    ['new']
    """
    rows = []
    for form, own in by_form.groupby("form", sort=False):
        early, late = own[own["year"].lt(since)], own[own["year"].ge(since)]
        seen = own[own["value_low"].gt(0)]
        row = {"form": form, **_bound("before", early), **_bound("since", late)}
        first = int(seen["year"].min()) if len(seen) else None
        rows.append({**row, "first_year": first, "form_standing": _stand(row, has_early=len(early) > 0)})
    columns = ["form", "before_low", "before_high", "since_low", "since_high", "first_year", "form_standing"]
    found = pd.DataFrame(rows, columns=columns).astype({"first_year": "Int64"})
    return found.assign(source_id=";".join(dict.fromkeys(by_form["source_id"])))


def count_where_detected(
    flows: pd.DataFrame, *, jurisdiction: str, measure: str, source_id: str, periods: Sequence[Period]
) -> pd.DataFrame:
    """Own citizens detected at home, citizens of other places detected at home, and own citizens detected elsewhere.

    Parameters
    ----------
    flows : pandas.DataFrame
        The table of flows of a study.
    measure, source_id : str
        One measure of one source.
    periods : sequence of (code, first year, last year)

    Returns
    -------
    pandas.DataFrame
        One row a period and group: `time_point`, `detected` (`own_at_home`, `foreign_at_home`, `unknown_at_home`,
        `own_elsewhere`), `count_low`, `count_high`, `years` (with a figure), `source_id`; a group without a figure is
        missing and not zero.
    """
    fits = flows["measure"].eq(measure) & flows["source_id"].eq(source_id) & flows["year"].eq(flows["year_end"])
    own = flows[fits]
    home, born = own["destination"].eq(jurisdiction), own["origin"].eq(jurisdiction)
    unknown = own["origin"].eq("unknown")
    groups = {
        "own_at_home": own[home & born],
        "foreign_at_home": own[home & ~born & ~unknown],
        "unknown_at_home": own[home & unknown],
        "own_elsewhere": own[~home & born & ~own["destination"].isin(["abroad", "unknown"])],
    }
    rows = [
        {"time_point": code, "detected": name, **_sum_flows(rows[rows["year"].between(first, last)])}
        for code, first, last in periods
        for name, rows in groups.items()
    ]
    return pd.DataFrame(rows).assign(source_id=source_id)


def _sum_period(counts: pd.DataFrame, category: str, period: Period) -> pd.DataFrame:
    code, first, last = period
    rows = counts[counts["year"].between(first, last) & counts["value_high"].notna()]
    printed = rows.groupby("year")[category].nunique()
    whole = printed.index[printed.eq(rows[category].nunique())]
    sums = rows[rows["year"].isin(whole)].groupby(category, sort=False)[["value_low", "value_high"]].sum().reset_index()
    return sums.assign(time_point=code, years=_name_years(whole))


def _select_comparable(sums: pd.DataFrame, category: str, periods_n: int) -> pd.DataFrame:
    named = sums.groupby(category)["time_point"].nunique()
    return sums[sums[category].isin(named.index[named.eq(periods_n)])]


def _test_change(
    sums: pd.DataFrame, category: str, *, alpha: float, base_min: int, draws_n: int, rng: np.random.Generator
) -> str:
    if sums[category].nunique() < 2:
        return "No test of change: fewer than two categories are printed for every period."
    if sums.groupby("time_point")["value_low"].sum().min() < base_min:
        return "No test of change: a period has too few persons."
    found = compare_compositions(sums, period="time_point", category=category, draws_n=draws_n, rng=rng)
    if found.p_value_low is None or found.p_value_high is None:
        return f"No test of change: {found.reason}"
    verdict = "The shares changed" if found.p_value_high <= alpha else "No clear change of the shares"
    if found.p_value_low <= alpha < found.p_value_high:
        verdict = "Whether the shares changed hangs on the masked values"
    method = found.method.replace("chi_square", "chi-square").replace("monte_carlo", "Monte Carlo")
    return f"{verdict} (p {_print_p(found.p_value_low, found.p_value_high)}, {method} test)."


def _print_p(low: float, high: float) -> str:
    texts = ["below 0.001" if p < 0.001 else f"{p:.3f}" for p in (low, high)]
    return texts[0] if texts[0] == texts[1] else f"{texts[0]} to {texts[1]}"


def _count_period(persons: pd.DataFrame, totals: pd.DataFrame, period: Period) -> list[dict]:
    code, first, last = period
    whole = totals[totals["year"].between(first, last)]
    own = persons[persons["year"].isin(whole["year"])]
    head = {"time_point": code, "years": _name_years(whole["year"])}
    if whole.empty:
        return [{**head, "person": name, "count_low": np.nan, "count_high": np.nan} for name in PERSONS]
    rows = []
    for name in PERSONS[:-1]:
        part = own[own["person"].eq(name)]
        limits = [float(part[bound].sum()) if len(part) else np.nan for bound in ("value_low", "value_high")]
        rows.append({**head, "person": name, "count_low": limits[0], "count_high": limits[1]})
    low, high = (np.nansum([row[bound] for row in rows]) for bound in ("count_low", "count_high"))
    least = max(0.0, float(whole["value_low"].sum()) - high)
    most = max(least, float(whole["value_high"].sum(skipna=False)) - low)
    return [*rows, {**head, "person": PERSONS[-1], "count_low": least, "count_high": most}]


def _bound(name: str, rows: pd.DataFrame) -> dict[str, float]:
    if rows.empty:
        return {f"{name}_low": np.nan, f"{name}_high": np.nan}
    return {f"{name}_{end}": float(rows[f"value_{end}"].sum(skipna=False)) for end in ("low", "high")}


def _stand(row: dict, *, has_early: bool) -> str:
    if not has_early:
        return "first_printed" if row["since_low"] > 0 else "uncertain"
    if row["before_high"] == 0:
        return "new" if row["since_low"] > 0 else "uncertain"
    if row["before_low"] > 0:
        return "both" if row["since_low"] > 0 else "before_only"
    return "uncertain"


def _sum_flows(rows: pd.DataFrame) -> dict:
    limits = [float(rows[name].sum(skipna=False)) if len(rows) else np.nan for name in ("value_low", "value_high")]
    return {"years": _name_years(rows["year"]), "count_low": limits[0], "count_high": limits[1]}


def _name_years(years: pd.Series | pd.Index) -> str:
    found = sorted({int(year) for year in years})
    return ", ".join(map(str, found)) if found else "ND"

"""Strengths and promising practice: what is in place, what has risen, and how sure that is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ctresearch.needs.rule import RATED, SEVERITY, Rule
from ctresearch.score import count_coverage

IN_PLACE = 2
"""Level from which a mechanism is in place by its written anchor, if with parts missing."""

STRENGTH_COLUMNS = (
    *("jurisdiction", "indicator", "strength_kind", "value", "level_low", "level_high", "in_place_share"),
    *("is_sure", "reason", "source_id"),
)


def list_strengths(
    levels: pd.DataFrame,
    evidence: pd.DataFrame,
    indicators: pd.DataFrame,
    rule: Rule,
    *,
    jurisdictions: Sequence[str],
    before: str,
    after: str,
    since: int,
) -> pd.DataFrame:
    """List what is strong and what is promising, the surest first.

    A strength is a level that the rule says is one; promising is a lower level at which the mechanism is in place and
    which has risen since the baseline. Where no level is rated, facts that speak of strengths alone stand in, which is
    weaker and said to be.

    Parameters
    ----------
    levels : pandas.DataFrame
        From `ratings.roll_up_levels` and `ratings.cite_evidence`.
    evidence, indicators : pandas.DataFrame
        The tables of these names.
    rule : Rule
    jurisdictions : sequence of str
    before, after : str
        Codes of the time points.
    since : int
        First year of facts that may stand in for a level.

    Returns
    -------
    pandas.DataFrame
        `STRENGTH_COLUMNS`: `strength_kind` is `strength`, `promising` or `read`; `in_place_share` is the chance (0-1)
        that the level is 2 or more, missing where one coder worked alone; `is_sure` says that the whole interval is.
    """
    recent = evidence[evidence["year"].ge(since)]
    coverage = count_coverage(recent, indicators, jurisdictions=jurisdictions)
    keys = ["jurisdiction", "indicator"]
    makes = rule.scales[SEVERITY].makes
    earlier = levels[levels["time_point"].eq(before)].set_index(keys)["value"]
    now = levels[levels["time_point"].eq(after)]
    rated = now[now["status"].eq("coded")]
    was = earlier.reindex(pd.MultiIndex.from_frame(rated[keys])).to_numpy(dtype=float, na_value=np.nan)
    value = rated["value"].to_numpy(dtype=float)
    is_strong = ("level_" + rated["value"].astype(str)).map(makes).eq("strength").to_numpy()
    has_risen = (value >= IN_PLACE) & (value > was)
    kept = rated[is_strong | has_risen]
    told = kept.assign(
        strength_kind=np.where(is_strong, "strength", "promising")[is_strong | has_risen],
        in_place_share=kept[[f"chance_{level}" for level in range(IN_PLACE, len(RATED))]].sum(axis=1, min_count=1),
        is_sure=kept["level_low"].ge(IN_PLACE).fillna(False).astype(bool),
        reason=_say_rise(kept["rationale"], was[is_strong | has_risen], value[is_strong | has_risen]),
    )
    settled = pd.MultiIndex.from_frame(now.loc[now["status"].isin(["coded", "NA"]), keys])
    parts = [told, _read_strengths(coverage, recent, settled, makes)]
    listed = pd.concat([part[list(STRENGTH_COLUMNS)].astype("object") for part in parts if len(part)] or [told])
    listed = listed[list(STRENGTH_COLUMNS)].astype({"in_place_share": "Float64"} | dict.fromkeys(_WHOLE, "Int64"))
    order = {kind: place for place, kind in enumerate(("strength", "promising", "read"))}
    listed = listed.assign(_kind=listed["strength_kind"].map(order), _sure=listed["in_place_share"].fillna(-1))
    ordered = listed.sort_values(["_kind", "_sure", *keys], ascending=[True, False, True, True], ignore_index=True)
    return ordered[list(STRENGTH_COLUMNS)]


_WHOLE = ("value", "level_low", "level_high")


def _say_rise(reasons: pd.Series, was: np.ndarray, now: np.ndarray) -> list[str]:
    return [
        f"Risen from level {before:g}. {reason}" if before < after else reason
        for reason, before, after in zip(reasons, was, now, strict=True)
    ]


def _read_strengths(
    coverage: pd.DataFrame, evidence: pd.DataFrame, settled: pd.MultiIndex, makes: dict[str, str]
) -> pd.DataFrame:
    keys = ["jurisdiction", "indicator"]
    is_open = ~pd.MultiIndex.from_frame(coverage[keys]).isin(settled)
    read = coverage.loc[is_open & coverage["reading"].map(makes).eq("strength"), keys]
    facts = evidence[evidence["direction"].eq("strength")].sort_values("year", kind="stable")
    latest = facts.drop_duplicates(keys, keep="last")[[*keys, "statement", "source_id"]]
    told = read.merge(latest, on=keys).rename(columns={"statement": "reason"})
    return told.assign(strength_kind="read", **dict.fromkeys([*_WHOLE, "in_place_share"], pd.NA), is_sure=False)

"""How sure a level is: what several coders' ratings say of the true level of a cell, with an interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from ctresearch.ratings.settle import CELL, HIGHEST, ROLL_UP_RULES, adjudicate, roll_up_parts

LEVELS = np.arange(HIGHEST + 1)
CHANCES = tuple(f"chance_{level}" for level in LEVELS)
"""Columns that hold the chance of each level."""

_SLIPS = np.linspace(0.01, 0.99, 99)
_STEPS = np.abs(np.subtract.outer(LEVELS, LEVELS))
_WEIGHED = _SLIPS[:, None, None] ** _STEPS
_LOG_KERNELS = np.log(_WEIGHED / _WEIGHED.sum(axis=2, keepdims=True))
"""Log chance of a rating (last axis) given the true level (middle), for every slip."""
_PRIOR = np.log(_SLIPS * (1 - _SLIPS))
_START, _ROUNDS, _TOLERANCE = 0.3, 500, 1e-8

ONE_CODER = "one coder rated, so how far coders would differ is not known"
NOT_RATED = "nothing that was read decides the level"
PART_OPEN = "the level follows by rule whatever the part that nobody rated is, so no interval can be given"


@dataclass(frozen=True)
class Levels:
    """Settled levels with their intervals, and how each coder's ratings scatter.

    Attributes
    ----------
    cells : pandas.DataFrame
        As `adjudicate`, with `chance_0` to `chance_3`, `level_low`, `level_high` and
        `interval_chance` (missing where no interval can be given) and `reason` (why there is none; else empty).
    coders : pandas.DataFrame
        `coder`, `confidence`, `ratings_n`, `slip`, `exact_share` (share of ratings that are expected to be the true
        level). Without a row where one coder rated.
    """

    cells: pd.DataFrame
    coders: pd.DataFrame


def estimate_levels(ratings: pd.DataFrame, *, adjudicator: str, level: float) -> Levels:
    r"""Settle each cell and estimate how likely each level is, from how far coders differ from each other.

    The chance that a coder gives r where t is true is proportional to :math:`\theta^{|r-t|}`; the slip
    :math:`\theta` belongs to the coder and the confidence that was stated, and is estimated with the shares of the
    levels from all cells together (expectation-maximisation, as Dawid and Skene). With two coders it belongs to the
    confidence alone, because two cannot tell who errs. The adjudicator is one more coder. The interval is the
    run of levels that holds the settled one and whose chance is nearest to the stated one (aiming at the mean and not
    at the least coverage, as Agresti and Coull, 1998, argue for counts). Whole levels cannot hold it exactly: some
    intervals hold less, but one level that alone is likelier than stated cannot be cut, so that all together hold
    more: 93 of 100 true levels for a stated 0.9 in 40 studies drawn by chance. `interval_chance` says what each
    interval holds at the likeliest slips, 94 of 100 there. Errors are taken as independent given the true level: a
    mistake that all share, for example evidence that nobody found, is not in the interval.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Checked and typed ratings of all coders and of the adjudicator.
    adjudicator : str
        Role under which the decisions stand.
    level : float
        Chance that an interval should hold, between 0 and 1.

    Returns
    -------
    Levels

    Raises
    ------
    ValueError
        If `level` is no share.

    References
    ----------
    Dawid, A. P., Skene, A. M. (1979). Maximum likelihood estimation of observer error-rates using the EM algorithm.
    Applied Statistics 28, 20-28.
    Agresti, A., Coull, B. A. (1998). Approximate is better than "exact" for interval estimation of binomial
    proportions. American Statistician 52, 119-126.

    Examples
    --------
    >>> cell = {"jurisdiction": "AAA", "jurisdiction_part": "", "time_point": "now", "status": "coded",
    ...         "evidence_ids": "f", "confidence": "low", "rationale": "r"}
    >>> given = [("a", "P-1", 1), ("b", "P-1", 1), ("a", "P-2", 3), ("b", "P-2", 3), ("a", "P-3", 0), ("b", "P-3", 2)]
    >>> ratings = pd.DataFrame([{**cell, "coder": c, "indicator": i, "value": v} for c, i, v in given])
    >>> found = estimate_levels(ratings, adjudicator="panel", level=0.8).cells
    >>> found[["basis", "level_low", "level_high"]].values.tolist()
    [['agreed', 1, 1], ['agreed', 3, 3], ['open', 0, 1]]
    """
    if not 0 < level < 1:
        raise ValueError(f"level is {level}; expected a number between 0 and 1, for example 0.9")
    settled = adjudicate(ratings, adjudicator=adjudicator)
    rated = ratings[ratings["status"].eq("coded")].reset_index(drop=True)
    coders = sorted(set(rated["coder"]) - {adjudicator})
    if len(coders) < 2:
        blank = pd.DataFrame(np.nan, index=settled.index, columns=list(CHANCES))
        empty = pd.DataFrame(columns=["coder", "confidence", "ratings_n", "slip", "exact_share"])
        return Levels(add_intervals(pd.concat([settled, blank], axis=1), level=level), empty)
    keys = pd.MultiIndex.from_frame(settled[CELL])
    places = keys.get_indexer(pd.MultiIndex.from_frame(rated[CELL]))
    names = rated[["coder", "confidence"]]
    if len(coders) == 2:
        names = names.assign(coder=names["coder"].where(names["coder"].eq(adjudicator), "; ".join(coders)))
    groups, known = pd.factorize(pd.MultiIndex.from_frame(names))
    chances, slips = _fit(places, groups, rated["value"].to_numpy(dtype=int), len(settled), len(known))
    table = pd.DataFrame(chances, columns=list(CHANCES))
    cells = add_intervals(pd.concat([settled, table], axis=1), level=level)
    return Levels(cells, _describe_coders(known, groups, slips, chances))


def _fit(
    places: np.ndarray, groups: np.ndarray, values: np.ndarray, cells_n: int, groups_n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the chance of each level by cell (missing where nobody rated), and the slip of each group."""
    slips = np.full(groups_n, np.abs(_SLIPS - _START).argmin())
    shares = np.full(len(LEVELS), 1 / len(LEVELS))
    is_rated = np.bincount(places, minlength=cells_n) > 0
    before = np.zeros((cells_n, len(LEVELS)))
    for _ in range(_ROUNDS):
        said = np.zeros((cells_n, len(LEVELS)))
        np.add.at(said, places, _LOG_KERNELS[slips[groups], :, values])
        said = np.exp(said - said.max(axis=1, keepdims=True)) * shares
        chances = said / said.sum(axis=1, keepdims=True)
        shares = (chances[is_rated].sum(axis=0) + 1) / (is_rated.sum() + len(LEVELS))
        counts = np.zeros((groups_n, len(LEVELS), len(LEVELS)))
        np.add.at(counts, (groups, slice(None), values), chances[places])
        slips = (np.einsum("gtr,str->gs", counts, _LOG_KERNELS) + _PRIOR).argmax(axis=1)
        if np.abs(chances - before).max() < _TOLERANCE:
            break
        before = chances
    chances[~is_rated] = np.nan
    return chances, slips


def _describe_coders(known: pd.MultiIndex, groups: np.ndarray, slips: np.ndarray, chances: np.ndarray) -> pd.DataFrame:
    mix = np.nanmean(chances, axis=0)
    exact = (np.exp(_LOG_KERNELS[slips][:, LEVELS, LEVELS]) * mix).sum(axis=1)
    table = pd.DataFrame(list(known), columns=["coder", "confidence"])
    table = table.assign(ratings_n=np.bincount(groups), slip=_SLIPS[slips], exact_share=exact)
    return table.sort_values(["coder", "confidence"], ignore_index=True)


def add_intervals(cells: pd.DataFrame, *, level: float) -> pd.DataFrame:
    """Add `level_low`, `level_high`, `interval_chance` and `reason` to cells with the chance of each level.

    Parameters
    ----------
    cells : pandas.DataFrame
        `value` (may be missing), `status`, `chance_0` to `chance_3`.
    level : float
        Chance that an interval should hold.

    Examples
    --------
    >>> cells = pd.DataFrame([[1, "coded", 0.05, 0.5, 0.41, 0.04]], columns=["value", "status", *CHANCES])
    >>> add_intervals(cells, level=0.9)[["level_low", "level_high"]].values.tolist()
    [[1, 2]]
    """
    chances = cells[list(CHANCES)].to_numpy(dtype=float)
    values = pd.to_numeric(cells["value"], errors="coerce").astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    is_na = cells["status"].eq("NA").to_numpy()
    ends = [
        (None, None, None) if na or np.isnan(own).any() else find_run(own, None if np.isnan(value) else value, level)
        for own, value, na in zip(chances, values, is_na, strict=True)
    ]
    coded = cells["status"].eq("coded")
    low, high = (pd.array([end[side] for end in ends], dtype="Int64") for side in (0, 1))
    chance = pd.array([end[2] for end in ends], dtype="Float64")
    reason = pd.Series(ONE_CODER, index=cells.index).where(coded, NOT_RATED)
    is_known = pd.Series(~pd.isna(low), index=cells.index)
    reason = reason.mask(is_known | cells["status"].eq("NA"), "")
    return cells.assign(level_low=low, level_high=high, interval_chance=chance, reason=reason)


def find_run(chances: np.ndarray, held: float | None, level: float) -> tuple[int, int, float]:
    """Find the run of neighbouring values whose chance is nearest to the stated one.

    Of the runs of one length the likeliest is taken; of two lengths that are equally near, the one that holds more, and
    of two that hold the same, the shorter.

    Parameters
    ----------
    chances : numpy.ndarray
        Chance of each value, in order; they add up to 1.
    held : float or None
        Place of a value that must lie within.
    level : float
        Chance that the run should hold.

    Returns
    -------
    tuple
        Places of the first and the last value, and the chance of the run.

    Examples
    --------
    >>> find_run(np.array([0.05, 0.5, 0.41, 0.04]), 1, 0.9)[:2]
    (1, 2)
    >>> find_run(np.array([0.05, 0.5, 0.41, 0.04]), 0, 0.9)[:2]
    (0, 2)
    """
    below = np.concatenate([[0.0], np.cumsum(chances)])
    found = []
    for steps in range(len(chances)):
        last = len(chances) - 1 - steps
        first, last = (0, last) if held is None else (max(int(held) - steps, 0), min(int(held), last))
        own = below[first + steps + 1 : last + steps + 2] - below[first : last + 1]
        low, chance = first + int(own.argmax()), float(own.max())
        found.append((round(abs(chance - level), 9), -round(chance, 9), low, low + steps, chance))
    _, _, low, high, chance = min(found, key=lambda run: run[:2])
    return low, high, chance


def roll_up_levels(
    cells: pd.DataFrame,
    indicators: pd.DataFrame,
    *,
    parts: Mapping[str, Sequence[str]],
    practice_rule: str,
    level: float,
) -> pd.DataFrame:
    """Make one level a jurisdiction, with its interval, from the levels of its parts.

    The chances of the whole are those of every combination of the parts' levels under the rule of `roll_up_parts`,
    the parts being taken as independent.

    Parameters
    ----------
    cells : pandas.DataFrame
        From `estimate_levels`.
    indicators, parts, practice_rule
        As in `roll_up_parts`.
    level : float
        Chance that an interval should hold.

    Returns
    -------
    pandas.DataFrame
        As `roll_up_parts` without `coder`; with `basis` (of the parts, joined by `;`), `coders_n` (the lowest of the
        parts), `chance_0` to `chance_3`, `level_low`, `level_high`, `interval_chance`, `reason`.

    Raises
    ------
    ValueError
        As `roll_up_parts`.

    Examples
    --------
    >>> cell = {"jurisdiction": "AAA", "indicator": "PROS-01", "time_point": "now", "rationale": "r",
    ...         "evidence_ids": "f", "confidence": "low", "status": "coded", "basis": "agreed", "coders_n": 2}
    >>> sure = dict(zip(CHANCES, (0.0, 0.0, 0.5, 0.5)))
    >>> cells = pd.DataFrame([{**cell, **sure, "jurisdiction_part": "north", "value": 3},
    ...                       {**cell, **sure, "jurisdiction_part": "south", "value": 2}])
    >>> indicators = pd.DataFrame({"indicator": ["PROS-01"], "measure_type": ["law"]})
    >>> parts = {"AAA": ["north", "south"]}
    >>> rolled = roll_up_levels(cells, indicators, parts=parts, practice_rule="minimum", level=0.7)
    >>> rolled[["value", "chance_2", "level_low", "level_high"]].values.tolist()
    [[2, 0.75, 2, 2]]
    """
    rolled = roll_up_parts(cells.assign(coder=""), indicators, parts=parts, practice_rule=practice_rule).drop(
        columns="coder"
    )
    keys = ["jurisdiction", "indicator", "time_point"]
    chances, is_counted = cells[list(CHANCES)].to_numpy(dtype=float), cells["status"].ne("NA").to_numpy()
    grouped = cells.groupby(keys, sort=False)
    basis = grouped["basis"].agg(lambda own: ";".join(dict.fromkeys(own))).to_numpy()
    named = zip(grouped.indices.items(), rolled["rule"], strict=True)
    combined = {cell: _combine(chances[places[is_counted[places]]], rule) for (cell, places), rule in named}
    rows = [combined[cell] for cell in rolled[keys].itertuples(index=False, name=None)]
    added = pd.DataFrame(rows, rolled.index, columns=list(CHANCES))
    added = added.assign(basis=basis, coders_n=grouped["coders_n"].min().to_numpy())
    found = add_intervals(pd.concat([rolled, added], axis=1), level=level)
    is_open = found["rule"].ne("whole") & found["reason"].eq(ONE_CODER) & found["coders_n"].gt(1)
    return found.assign(reason=found["reason"].mask(is_open, PART_OPEN))


def _combine(chances: np.ndarray, rule: str) -> np.ndarray:
    """Return the chance of each level of the whole from those of its parts (rows); missing where a part has none."""
    if not len(chances) or np.isnan(chances).any():
        return np.full(len(LEVELS), np.nan)
    if rule == "whole":
        return chances[0]
    whole = np.zeros(len(LEVELS))
    for levels in product(LEVELS.tolist(), repeat=len(chances)):
        whole[ROLL_UP_RULES[rule](levels)] += chances[np.arange(len(chances)), levels].prod()
    return whole

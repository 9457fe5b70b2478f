"""Which needs are urgent, and whether they stay so when the choices behind it are made otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from ctresearch.needs.rule import SEVERITY, Rule, spread_chances

_CHUNK_N = 1000
"""Draws of one criterion before those of the next: another number gives other draws."""

_BLOCK_N = 50_000
"""Numbers that are calculated at once; it bounds the memory and does not change a result."""

_DIGITS = 9
_PARTS_N = 10**_DIGITS
"""Shares that agree to so many decimals are equal: sums in another order differ in the last bits. As whole numbers of
such parts they take half the memory."""

_TOLERANCE = 1e-9
"""Keeps a place in the order of the draws where the share of them is whole but for the last bits."""

_TOGETHER = {SEVERITY: ["jurisdiction", "indicator"], "obligation": ["jurisdiction", "level"]}
"""Cells whose unknown level is one and the same; of the other criteria those of one jurisdiction and level."""

NEED_COLUMNS = (
    *("jurisdiction", "indicator", "need_basis", "urgency_low", "urgency_median", "urgency_high"),
    *("rank_low", "rank_median", "rank_high", "urgent_share", "is_always_urgent", "reason", "source_id"),
)


@dataclass(frozen=True)
class Urgency:
    """Needs with what the choices allow.

    Attributes
    ----------
    needs : pandas.DataFrame
        `NEED_COLUMNS`, the most urgent first. Urgency is the share (0-1) of the points that can be reached; ranks count
        from 1, the most urgent, equal needs share the better rank; `urgent_share` is the share of draws in which the
        need is urgent; `is_always_urgent` says that it is at every weight in range, whichever criterion is left out,
        at every level within the interval of its rating and at every bound of what is missing; `need_basis` is
        `rated`, `open` (the coders are not settled) or `read` (from facts, weaker).
    criteria : tuple of str
        Criteria that were counted.
    draws_n : int
    """

    needs: pd.DataFrame
    criteria: tuple[str, ...]
    draws_n: int


@dataclass(frozen=True)
class _Draws:
    """What was drawn. Shares are calculated when they are asked for: of all draws and needs they would take memory.

    Attributes
    ----------
    levels : sequence of numpy.ndarray
        For each criterion the levels of the cells that are drawn once; shape (draws, cells).
    points : sequence of numpy.ndarray
        For each criterion the points of each level.
    own : sequence of numpy.ndarray
        For each criterion the cell of each need.
    factors : numpy.ndarray
        Shape (draws, criteria).
    totals : numpy.ndarray
        Points that can be reached in each draw.
    """

    levels: Sequence[np.ndarray]
    points: Sequence[np.ndarray]
    own: Sequence[np.ndarray]
    factors: np.ndarray
    totals: np.ndarray

    @property
    def needs_n(self) -> int:
        """How many needs there are."""
        return len(self.own[0])

    def share(self, draws: slice = slice(None), needs: slice = slice(None)) -> np.ndarray:
        """Return the share of the points that can be reached, in parts; shape (draws, needs)."""
        terms = zip(self.levels, self.points, self.own, self.factors[draws].T, strict=True)
        points = sum(factor[:, None] * given[drawn[draws, own[needs]]] for drawn, given, own, factor in terms)
        return np.rint(points / self.totals[draws, None] * _PARTS_N).astype(np.int32)


def rank_needs(
    grades: Sequence[pd.DataFrame],
    rule: Rule,
    *,
    weight_share: float,
    draws_n: int,
    level: float,
    rng: np.random.Generator,
) -> Urgency:
    """Rank the gaps by urgency under draws of every choice.

    Each draw takes a level for every cell and criterion by its chance (a missing criterion at the bounds that the
    table names, the same for all cells that share it), multiplies the points of each criterion by a factor between
    1 - `weight_share` and 1 + `weight_share`, and leaves out one criterion or none, each as likely. Urgency is the
    share of the points that the criteria in the draw can give.

    Parameters
    ----------
    grades : sequence of pandas.DataFrame
        From the `grade_*` functions, one a criterion; that of severity decides which cells are needs. A criterion
        that is not passed is not counted.
    rule : Rule
    weight_share : float
        From 0 up to, but not including, 1.
    draws_n : int
    level : float
        Share of the draws within an interval.
    rng : numpy.random.Generator

    Returns
    -------
    Urgency

    Raises
    ------
    ValueError
        If a cell of a need lacks a row of a criterion, or a number is out of its range.

    Examples
    --------
    >>> from ctresearch.needs import read_rule
    >>> columns = ["criterion", "level", "least", "points", "stands_for", "makes", "words"]
    >>> rows = [("severity", f"level_{n}", None, 3 - n, "", "need", "met so far") for n in range(4)]
    >>> rows += [("total", "urgent", 0.6, None, "", "", "w"), ("total", "listed", 0.5, None, "", "", "w")]
    >>> rule = read_rule(pd.DataFrame(rows, columns=columns))
    >>> grade = {"jurisdiction": "AAA", "criterion": "severity", "basis": "rated", "detail": "", "source_id": "s"}
    >>> severity = pd.DataFrame([{**grade, "indicator": "P-1", "level": "level_1", "may_be": "level_1"},
    ...                          {**grade, "indicator": "P-2", "level": "level_0", "may_be": "level_0;level_1"}])
    >>> found = rank_needs([severity], rule, weight_share=0.5, draws_n=99, level=0.9, rng=np.random.default_rng(1))
    >>> found.needs[["indicator", "urgency_low", "urgency_high", "is_always_urgent"]].round(2).values.tolist()
    [['P-2', 0.67, 1.0, True], ['P-1', 0.67, 0.67, True]]
    """
    if draws_n < 1 or not 0 < level < 1 or not 0 <= weight_share < 1:
        raise ValueError(
            f"draws_n is {draws_n}, level {level}, weight_share {weight_share}; expected a draw or more, "
            "a share between 0 and 1, and a share from 0 to below 1"
        )
    by_name = {rows["criterion"].iloc[0]: rows for rows in grades if len(rows)}
    if SEVERITY not in by_name:
        return Urgency(pd.DataFrame(columns=list(NEED_COLUMNS)), (), draws_n)
    severity = by_name[SEVERITY]
    is_need = severity["level"].map(rule.scales[SEVERITY].makes).eq("need")
    cells = severity.loc[is_need, ["jurisdiction", "indicator", "basis"]].reset_index(drop=True)
    cells = cells.rename(columns={"basis": "need_basis"})
    aligned = {name: _align(rows, cells) for name, rows in by_name.items()}
    draws = _draw(aligned, rule, weight_share, draws_n, rng)
    needs = cells.assign(
        **_summarise(draws, level, rule.urgent_share),
        is_always_urgent=_hold_always(aligned, rule, weight_share),
        reason=_say_reasons(aligned, rule),
        source_id=_join_sources(aligned),
    )
    order = ["urgency_median", "urgent_share", "urgency_low", "jurisdiction", "indicator"]
    needs = needs.sort_values(order, ascending=[False, False, False, True, True], ignore_index=True)
    return Urgency(needs[list(NEED_COLUMNS)], tuple(aligned), draws_n)


def share_needs(needs: pd.DataFrame, *, least_share: float, jurisdictions: Sequence[str]) -> pd.DataFrame:
    """List the needs that are urgent in several jurisdictions, those shared by most first.

    Parameters
    ----------
    needs : pandas.DataFrame
        `Urgency.needs` of all jurisdictions.
    least_share : float
        Share of the draws in which a need must be urgent to count (0-1).
    jurisdictions : sequence of str
        Codes in the order of the report.

    Returns
    -------
    pandas.DataFrame
        `indicator`, `shared_by` (codes joined by `;`), `shared_n` (2 or more), `always_n` (in how many it is urgent
        under every choice), `read_n` (in how many it is read from facts), `urgency_mean` (0-1), `source_id`.

    Examples
    --------
    >>> need = {"indicator": "P-1", "need_basis": "rated", "urgent_share": 1.0, "is_always_urgent": True,
    ...         "urgency_median": 0.75, "source_id": "s"}
    >>> needs = pd.DataFrame([{**need, "jurisdiction": "BBB"}, {**need, "jurisdiction": "AAA"}])
    >>> shared = share_needs(needs, least_share=0.5, jurisdictions=["AAA", "BBB"])
    >>> shared[["shared_by", "shared_n", "urgency_mean"]].values.tolist()
    [['AAA;BBB', 2, 0.75]]
    """
    order = {code: place for place, code in enumerate(jurisdictions)}
    urgent = needs[needs["urgent_share"].ge(least_share)]
    urgent = urgent.sort_values("jurisdiction", key=lambda codes: codes.map(order), kind="stable")
    grouped = urgent.assign(is_read=urgent["need_basis"].eq("read")).groupby("indicator", sort=True)
    shared = grouped.agg(
        shared_by=("jurisdiction", ";".join),
        shared_n=("jurisdiction", "size"),
        always_n=("is_always_urgent", "sum"),
        read_n=("is_read", "sum"),
        urgency_mean=("urgency_median", "mean"),
        source_id=("source_id", _join),
    ).reset_index()
    shared = shared[shared["shared_n"].ge(2)]
    return shared.sort_values(["shared_n", "urgency_mean"], ascending=False, kind="stable", ignore_index=True)


def _align(rows: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    keys = ["jurisdiction", "indicator"]
    joined = cells[keys].merge(rows, on=keys, how="left", validate="one_to_one")
    missing = joined[joined["level"].isna()]
    if len(missing):
        first = ", ".join(missing.iloc[0][keys])
        name = rows["criterion"].iloc[0]
        raise ValueError(f"{len(missing)} needs have no row of {name}, the first is {first}; grade every cell")
    return joined


def _draw(
    aligned: dict[str, pd.DataFrame], rule: Rule, weight_share: float, draws_n: int, rng: np.random.Generator
) -> _Draws:
    names = list(aligned)
    factors = rng.uniform(1 - weight_share, 1 + weight_share, (draws_n, len(names)))
    left_out = rng.integers(0, len(names) + 1, draws_n) if len(names) > 1 else np.full(draws_n, len(names))
    factors *= np.arange(len(names)) != left_out[:, None]
    most = np.array([max(rule.scales[name].points.values()) for name in names])
    prepared = [_prepare(rows, rule, name) for name, rows in aligned.items()]
    levels = [np.empty((draws_n, len(cumulated)), dtype=np.int8) for cumulated, _, _ in prepared]
    for start in range(0, draws_n, _CHUNK_N):
        for drawn, (cumulated, _, _) in zip(levels, prepared, strict=True):
            chunk = drawn[start : start + _CHUNK_N]
            for block in _cut(*chunk.shape):
                chunk[block] = _draw_levels(cumulated, len(chunk[block]), rng)
    points, own = [points for _, points, _ in prepared], [own for _, _, own in prepared]
    return _Draws(levels, points, own, factors, factors @ most)


def _cut(count: int, width: int) -> list[slice]:
    """Cut so many rows of this width into blocks."""
    size = max(_BLOCK_N // max(width, 1), 1)
    return [slice(start, start + size) for start in range(0, count, size)]


def _prepare(rows: pd.DataFrame, rule: Rule, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cumulated chances of the cells that are drawn once, points of the levels, and the cell of each need."""
    scale = rule.scales[name]
    together = rows[_TOGETHER.get(name, ["jurisdiction", "level", "may_be"])]
    codes, known = pd.factorize(pd.MultiIndex.from_frame(together))
    first = np.array([np.flatnonzero(codes == code)[0] for code in range(len(known))], dtype=int)
    chances = spread_chances(rows.iloc[first], scale)
    return chances.cumsum(axis=1), np.array(list(scale.points.values())), codes


def _draw_levels(cumulated: np.ndarray, draws_n: int, rng: np.random.Generator) -> np.ndarray:
    drawn = rng.random((draws_n, len(cumulated)))
    return sum((drawn >= cumulated[:, place]).astype(np.int8) for place in range(cumulated.shape[1] - 1))


def _hold_always(aligned: dict[str, pd.DataFrame], rule: Rule, weight_share: float) -> np.ndarray:
    """Say which needs are urgent at the least favourable weights and levels, whichever criterion is left out.

    Urgent means that the sum of factor times (points - share * most points) is not below 0. Each term is least at one
    end of the range of its factor, so the least sum is known without a draw.
    """
    terms = []
    for name, rows in aligned.items():
        points, most = rule.scales[name].points, max(rule.scales[name].points.values())
        least = np.array([min(points[level] for level in levels.split(";")) for levels in rows["may_be"]])
        over = least - rule.urgent_share * most
        terms.append(np.minimum((1 - weight_share) * over, (1 + weight_share) * over))
    total = np.sum(terms, axis=0)
    lowest = np.minimum(total, np.min([total - term for term in terms], axis=0)) if len(terms) > 1 else total
    return np.round(lowest, _DIGITS) >= 0


def _summarise(draws: _Draws, level: float, urgent_share: float) -> dict[str, np.ndarray]:
    """Sum up the draws of each need by values that were drawn, so that none between two draws is invented."""
    ends = [(1 - level) / 2, 0.5, (1 + level) / 2]
    places = [max(int(np.ceil(end * len(draws.totals) - _TOLERANCE)) - 1, 0) for end in ends]
    share_ends, is_urgent = [np.empty((0, len(ends)))], [[]]
    for block in _cut(draws.needs_n, len(draws.totals)):
        parts = draws.share(needs=block)
        is_urgent.append((parts / _PARTS_N >= urgent_share).mean(axis=0))
        share_ends.append(np.sort(parts.T.copy(), axis=1)[:, places] / _PARTS_N)
    return {
        **dict(zip(("urgency_low", "urgency_median", "urgency_high"), np.concatenate(share_ends).T, strict=True)),
        **dict(zip(("rank_low", "rank_median", "rank_high"), _rank(draws, places), strict=True)),
        "urgent_share": np.concatenate(is_urgent),
    }


def _rank(draws: _Draws, places: Sequence[int]) -> np.ndarray:
    """Return the ranks that stand at these places, counted from 0, when those of a need are sorted."""
    needs_n = draws.needs_n
    # How often each need has each rank: much less than its rank in each draw.
    counts = np.zeros((needs_n, needs_n), dtype=np.min_scalar_type(len(draws.totals)))
    for block in _cut(len(draws.totals) if needs_n else 0, needs_n):
        ranks = scipy.stats.rankdata(-draws.share(block), method="min", axis=1)
        own = np.arange(needs_n) * needs_n + ranks.astype(int) - 1
        np.add.at(counts.reshape(-1), own.ravel(), counts.dtype.type(1))
    np.cumsum(counts, axis=1, out=counts)
    return np.array([(counts <= place).sum(axis=1) + 1 for place in places])


def _say_reasons(aligned: dict[str, pd.DataFrame], rule: Rule) -> list[str]:
    parts = []
    for name, rows in aligned.items():
        words = rule.scales[name].words
        said = [" or ".join(words[level] for level in levels.split(";")) for levels in rows["level"]]
        details = [f": {detail}" if detail else "" for detail in rows["detail"]]
        parts.append([word + detail for word, detail in zip(said, details, strict=True)])
    return ["; ".join(told)[:1].upper() + "; ".join(told)[1:] + "." for told in zip(*parts, strict=True)]


def _join_sources(aligned: dict[str, pd.DataFrame]) -> list[str]:
    return [_join(cells) for cells in zip(*(rows["source_id"] for rows in aligned.values()), strict=True)]


def _join(cells: Sequence[str]) -> str:
    return ";".join(dict.fromkeys(source for cell in cells for source in cell.split(";") if source))

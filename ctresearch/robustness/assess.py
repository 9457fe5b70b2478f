"""Whether places could be ranked at all, and what would be left of the ranks under other choices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from ctresearch.composite.impute import screen_coverage
from ctresearch.composite.index import calculate_index
from ctresearch.composite.structure import describe_structure
from ctresearch.composite.weight import weight_equal
from ctresearch.robustness.choices import JOINT, lay_out_coders, list_choices, perturb_weights
from ctresearch.robustness.influence import RANK_SHIFT, measure_influence
from ctresearch.robustness.simulation import simulate_choices

SETTLED = "settled"
"""Stands for the settled levels among the coders."""

_SCALE = (1.0, 100.0)
"""Above 0, as geometric means need it."""

_GOALPOSTS = (0, 3)
_INDEX_STEPS = ("missing", "normalise", "weight", "aggregate")
_TOO_FEW = (
    "{kept_n} of {asked_n} jurisdictions have a level on at least {share:.0%} of the indicators, and two are the least"
    " that can be compared"
)
_NO_METHODS = "the study has no methods.csv, so nobody has chosen how an index would be made"
_LOST = "{draws_n} of {all_n} draws could not be calculated, so the influence of the choices is not measured"


_SCORES = ("score_low", "score_median", "score_high")
_RANKS = ("rank_best", "rank_low", "rank_median", "rank_high", "rank_worst")
_SHARES = ("first", "first_low", "first_high", "total", "total_low", "total_high")


def _make_empty(*columns: str) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


@dataclass(frozen=True)
class Assessment:
    """What a ranking would rest on.

    Attributes
    ----------
    coverage : pandas.DataFrame
        `jurisdiction`, `values_n`, `coverage_share`, `is_kept`, `reason`.
    reason : str
        Why no ranking is tested; then all tables below are empty.
    index : pandas.DataFrame
        `jurisdiction` and one column an aggregate; empty unless the table of methods switches an index on.
    scores, ranks, pairs : pandas.DataFrame
        As in `Robustness`; scores of the draws that share a scale.
    influence : pandas.DataFrame
        As `measure_influence`, of the mean change of ranks.
    influence_reason : str
        Why the influence is not measured.
    draws_n : int
        Draws behind the tables.
    """

    coverage: pd.DataFrame
    reason: str = ""
    index: pd.DataFrame = field(default_factory=partial(_make_empty, "jurisdiction", "index"))
    scores: pd.DataFrame = field(
        default_factory=partial(_make_empty, "jurisdiction", "score_low", "score_median", "score_high")
    )
    ranks: pd.DataFrame = field(default_factory=partial(_make_empty, "jurisdiction", *_RANKS))
    pairs: pd.DataFrame = field(default_factory=partial(_make_empty, "first", "second", "above_share"))
    influence: pd.DataFrame = field(default_factory=partial(_make_empty, "factor", *_SHARES, "reason"))
    influence_reason: str = ""
    draws_n: int = 0


def assess_ranking(
    rated: pd.DataFrame,
    indicators: pd.DataFrame,
    *,
    methods: pd.DataFrame,
    jurisdictions: Sequence[str],
    least_share: float,
    weight_share: float,
    weight_copies_n: int,
    draws_n: int,
    base_n: int,
    resamples_n: int,
    level: float,
    rng: np.random.Generator,
    pillar_weights: pd.DataFrame | None = None,
) -> Assessment:
    """Test what ranks of the well-covered places would be worth under every choice in the table of methods.

    Places below `least_share` are left out with a reason. An indicator that does not apply counts as missing.

    Parameters
    ----------
    rated : pandas.DataFrame
        `coder`, `jurisdiction`, `indicator`, `value`, one time point, one row a cell and coder: each coder's levels,
        and the settled ones under the name `SETTLED`.
    indicators : pandas.DataFrame
        `indicator`, `pillar`.
    methods : pandas.DataFrame
        The table `methods`.
    jurisdictions : sequence of str
        All places of the study.
    least_share : float
        Smallest share of indicators with a settled level.
    weight_share : float
        Largest change of an equal weight, 0 to 1.
    weight_copies_n : int
        How many sets of changed weights are tried.
    draws_n, base_n, resamples_n, level, rng
        As in `simulate_choices` and `measure_influence`.
    pillar_weights : pandas.DataFrame, optional
        From `stakeholders.weigh_pillars`: `pillar`, `weighing`, `weight_share`. Each way of asking is one more set of
        weights that is tried; a pillar that it does not name has none. Indicators keep equal weights within a pillar.

    Returns
    -------
    Assessment

    Raises
    ------
    ValueError
        If the table of methods is incomplete; see `simulate_choices`.

    Examples
    --------
    >>> rated = pd.DataFrame({"coder": [SETTLED], "jurisdiction": ["AAA"], "indicator": ["P-1"], "value": [2]})
    >>> indicators = pd.DataFrame({"indicator": ["P-1", "P-2"], "pillar": "data"})
    >>> methods = pd.DataFrame(columns=["step", "method", "is_on", "probability", "is_reference"])
    >>> found = assess_ranking(rated, indicators, methods=methods, jurisdictions=["AAA", "BBB"], least_share=0.8,
    ...                        weight_share=0.5, weight_copies_n=2, draws_n=10, base_n=4, resamples_n=4, level=0.9,
    ...                        rng=np.random.default_rng(1))
    >>> found.reason
    '0 of 2 jurisdictions have a level on at least 80 % of the indicators, and two are the least that can be compared'
    """
    codes = indicators["indicator"].tolist()
    joint = [name for name in methods.loc[methods["step"].eq("coder"), "method"] if name in JOINT]
    tables = lay_out_coders(rated, jurisdictions=jurisdictions, indicators=codes, joint=joint)
    settled = tables.get(SETTLED, pd.DataFrame(index=list(jurisdictions), columns=codes, dtype=float))
    screened = screen_coverage(settled, least_share=least_share)
    coverage = screened.coverage.rename_axis("jurisdiction").reset_index()
    if len(screened.kept) < 2 or methods.empty:
        said = _TOO_FEW.format(kept_n=len(screened.kept), asked_n=len(coverage), share=least_share)
        return Assessment(coverage, _NO_METHODS if len(screened.kept) >= 2 else said.replace("%", " %"))
    kept = {name: table.loc[screened.kept.index] for name, table in tables.items()}
    structure = describe_structure(indicators, top="index", goalposts=_GOALPOSTS)
    equal = weight_equal(structure)
    varied = perturb_weights(equal, share=weight_share, copies=weight_copies_n, rng=rng)
    weights = pd.concat(
        [equal.rename("equal"), varied, *_weigh_by_stakeholders(equal, indicators, pillar_weights)], axis=1
    )
    names = {"coders": list(kept), "weights": list(weights.columns), "indicators": codes}
    case = {"weights": weights, "choices": list_choices(methods, **names), "scale": _SCALE, "constant": "middle"}
    found = simulate_choices(kept, structure, **case, draws_n=draws_n, level=level, rng=rng)
    lost_n = draws_n - found.calculated_n
    influence = Assessment(coverage).influence
    if not lost_n:
        start = methods[methods["is_reference"].astype(bool)]
        reference = dict(zip(start["step"], start["method"], strict=True))
        precision = {"base_n": base_n, "resamples": resamples_n, "level": level, "rng": rng}
        influence = measure_influence(kept, structure, **case, reference=reference, **precision)
        influence = influence[influence["output"].eq(RANK_SHIFT)].reset_index(drop=True)
    return Assessment(
        coverage,
        index=_calculate_index(kept[SETTLED], structure, methods),
        scores=found.scores[found.scores["normalise"].eq(found.scores["normalise"].iloc[0])].reset_index(drop=True),
        ranks=found.ranks,
        pairs=found.pairs,
        influence=influence,
        influence_reason=_LOST.format(draws_n=lost_n, all_n=draws_n) if lost_n else "",
        draws_n=found.calculated_n,
    )


def _weigh_by_stakeholders(
    equal: pd.Series, indicators: pd.DataFrame, pillar_weights: pd.DataFrame | None
) -> list[pd.Series]:
    if pillar_weights is None:
        return []
    pillars = pd.Index(indicators["pillar"].unique())
    sets = []
    for name, rows in pillar_weights.groupby("weighing", sort=False):
        shares = rows.set_index("pillar")["weight_share"].astype("float64").reindex(pillars, fill_value=0.0)
        sets.append(equal.where(~equal.index.isin(pillars), shares.reindex(equal.index)).rename(str(name)))
    return sets


def _calculate_index(settled: pd.DataFrame, structure: pd.DataFrame, methods: pd.DataFrame) -> pd.DataFrame:
    chosen = methods[methods["step"].isin(_INDEX_STEPS)]
    index = calculate_index(settled, structure, choices=chosen, scale=_SCALE, constant="middle")
    return index.reset_index(names="jurisdiction") if len(index.columns) else Assessment(index).index

"""How far a panel agrees on each recommendation, and on the order of all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy

from ctresearch.choices import DelphiRules

SCALE = (1, 9)
"""Lowest and highest rating; the measures below are defined on this scale alone."""

_QUANTILES = {0.25: "q1", 0.3: "p30", 0.5: "median", 0.7: "p70", 0.75: "q3"}
_BORDERS = (3.5, 6.5)
_PANELS = {(8, 10): (2, 3), (11, 13): (3, 4), (14, 16): (4, 5)}
"""Panellists: most ratings outside the median's third for agreement, least in both outer thirds for disagreement."""

SCORED_COLUMNS = (
    *("round", "recommendation_id", "ratings_n", "median", "q1", "q3", "iqr", "p30", "p70", "ipr", "ipras"),
    *("has_disagreement", "outside_n", "lowest_third_n", "highest_third_n", "panel_agreement", "is_consensus"),
    *("priority_class", "source_id"),
)


@dataclass(frozen=True)
class Concordance:
    """How alike panellists order the recommendations: Kendall's W (0 to 1), its test, and on what it rests."""

    w: float
    chi2: float
    p: float
    recommendations_n: int
    panellists_n: int


def limit_panel(panellists_n: int) -> tuple[int, int] | None:
    """Return most ratings outside the median's third for agreement, least in both outer thirds for disagreement.

    The table of RAND/UCLA knows panels of 8 to 16; for others there is none.

    References
    ----------
    Fitch, K. et al. (2001). The RAND/UCLA Appropriateness Method User's Manual. RAND.

    Examples
    --------
    >>> limit_panel(9), limit_panel(30)
    ((2, 3), None)
    """
    return next((limits for (low, high), limits in _PANELS.items() if low <= panellists_n <= high), None)


def score_ratings(ratings: pd.DataFrame, *, rules: DelphiRules) -> pd.DataFrame:
    r"""Score the ratings of each recommendation in each round.

    With the 30th and 70th percentile (linear between ranks), IPR is their distance and IPRCP their middle. A panel
    disagrees where IPR is wider than :math:`IPRAS = 2.35 + 1.5\,|5 - IPRCP|`.

    Parameters
    ----------
    ratings : pandas.DataFrame
        Contract of `delphi_ratings`.
    rules : DelphiRules
        Of the study.

    Returns
    -------
    pandas.DataFrame
        One row a round and recommendation, in the order in which they come: `ratings_n`, `median`, `q1`, `q3`, `iqr`,
        `p30`, `p70`, `ipr`, `ipras`, `has_disagreement`; `outside_n` (ratings outside the third of the scale that
        holds the median), `lowest_third_n`, `highest_third_n`, `panel_agreement` (`agree`, `neither`, `disagree`;
        empty for panels without a limit); `is_consensus` by the study's rule, missing with too few ratings;
        `priority_class` (`high`, `unclear`, `low`; a median of 6.5 or 3.5 counts up); `source_id`.

    References
    ----------
    Fitch, K. et al. (2001). The RAND/UCLA Appropriateness Method User's Manual. RAND, ch. 8.

    Examples
    --------
    >>> rows = {"round": 1, "recommendation_id": "AAA-1", "rating": [7, 7, 8, 8, 9], "source_id": "s"}
    >>> found = score_ratings(pd.DataFrame(rows), rules=DelphiRules(3, "ipras", 2.0, 5, 0.15))
    >>> found[["median", "ipr", "ipras", "is_consensus", "priority_class"]].values.tolist()
    [[8.0, 0.8, 6.25, True, 'high']]
    """
    if ratings.empty:
        return pd.DataFrame(columns=list(SCORED_COLUMNS))
    keyed = ratings.assign(rating=ratings["rating"].astype("float64"))
    by = keyed.groupby(["round", "recommendation_id"], sort=False)["rating"]
    scored = by.quantile(list(_QUANTILES)).unstack().rename(columns=_QUANTILES).rename_axis(columns=None)
    scored = scored.reindex(pd.MultiIndex.from_frame(keyed[["round", "recommendation_id"]].drop_duplicates()))
    scored["ratings_n"] = by.size()
    scored["iqr"] = scored["q3"] - scored["q1"]
    scored["ipr"] = (scored["p70"] - scored["p30"]).round(9)
    # Both are decimal fractions of few digits; in binary a width of just the limit would come out above it.
    scored["ipras"] = (2.35 + 1.5 * (5 - (scored["p30"] + scored["p70"]) / 2).abs()).round(9)
    scored["has_disagreement"] = scored["ipr"].gt(scored["ipras"])
    scored = _count_thirds(scored.reset_index(), keyed)
    scored["is_consensus"] = _judge_consensus(scored, rules)
    scored["priority_class"] = np.where(scored["has_disagreement"], "unclear", name_thirds(scored["median"]))
    scored["source_id"] = ";".join(dict.fromkeys(ratings["source_id"].astype("str")))
    return scored[list(SCORED_COLUMNS)]


def name_thirds(values: pd.Series) -> np.ndarray:
    """Return the third of the scale that holds each rating or median; a border counts up.

    Examples
    --------
    >>> name_thirds(pd.Series([3, 3.5, 6.5])).tolist()
    ['low', 'unclear', 'high']
    """
    return np.select([values.lt(_BORDERS[0]), values.lt(_BORDERS[1])], ["low", "unclear"], "high")


def _count_thirds(scored: pd.DataFrame, ratings: pd.DataFrame) -> pd.DataFrame:
    key = ["round", "recommendation_id"]
    thirds = ratings.assign(_third=name_thirds(ratings["rating"]))
    counted = thirds.groupby([*key, "_third"]).size().unstack(fill_value=0)
    counted = counted.reindex(columns=["low", "unclear", "high"], fill_value=0)
    counted = counted.reindex(pd.MultiIndex.from_frame(scored[key])).to_numpy()
    own = pd.Index(["low", "unclear", "high"]).get_indexer(name_thirds(scored["median"]))
    outside = scored["ratings_n"].to_numpy() - counted[np.arange(len(scored)), own]
    limits = [limit_panel(number) for number in scored["ratings_n"]]
    outer = counted[:, [0, 2]].min(axis=1)
    words = [
        "" if limit is None else "agree" if out <= limit[0] else "disagree" if both >= limit[1] else "neither"
        for limit, out, both in zip(limits, outside, outer, strict=True)
    ]
    thirds = {"outside_n": outside, "lowest_third_n": counted[:, 0], "highest_third_n": counted[:, 2]}
    return scored.assign(**thirds, panel_agreement=pd.Series(words, index=scored.index, dtype="str"))


def _judge_consensus(scored: pd.DataFrame, rules: DelphiRules) -> pd.Series:
    judged = {
        "ipras": ~scored["has_disagreement"],
        "iqr": scored["iqr"].le(rules.iqr_limit),
        "panel_size": scored["panel_agreement"].eq("agree"),
    }[rules.consensus].astype("boolean")
    has_limit = scored["panel_agreement"].ne("") | (rules.consensus != "panel_size")
    return judged.where(scored["ratings_n"].ge(rules.least_ratings_n) & has_limit, pd.NA)


def measure_concordance(ratings: pd.DataFrame) -> Concordance:
    r"""Measure how alike panellists order the recommendations: Kendall's W with the correction for ties.

    :math:`W = \chi^2_F / (m(n-1))` of Friedman's test of `n` recommendations by `m` panellists, which corrects for
    ties. Recommendations that not all of the panellists rated are left out.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `stakeholder`, `recommendation_id`, `rating` of one round.

    Returns
    -------
    Concordance
        Missing numbers with fewer than three recommendations or two panellists, or where every rating is the same.

    References
    ----------
    Kendall, M. G., Babington Smith, B. (1939). The problem of m rankings. Ann. Math. Stat. 10, 275-287.

    Examples
    --------
    >>> rows = [(person, name, rating) for person in "ab" for name, rating in (("X", 1), ("Y", 5), ("Z", 9))]
    >>> measure_concordance(pd.DataFrame(rows, columns=["stakeholder", "recommendation_id", "rating"])).w
    1.0
    """
    wide = ratings.pivot(index="recommendation_id", columns="stakeholder", values="rating").astype("float64").dropna()
    rows_n, panel_n = wide.shape
    if rows_n < 3 or panel_n < 2 or wide.nunique().le(1).all():
        return Concordance(np.nan, np.nan, np.nan, rows_n, panel_n)
    chi2, p = scipy.stats.friedmanchisquare(*wide.to_numpy())
    return Concordance(float(chi2 / (panel_n * (rows_n - 1))), float(chi2), float(p), rows_n, panel_n)

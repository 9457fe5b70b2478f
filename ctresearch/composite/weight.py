"""Weights of indicators: equal, given, from the correlations, or from what stakeholders say."""

from __future__ import annotations

import numpy as np
import pandas as pd

_TOLERANCE = 1e-6


def weight_equal(structure: pd.DataFrame) -> pd.Series:
    """Give every code of an index the same weight among its siblings.

    Parameters
    ----------
    structure : pandas.DataFrame
        From `describe_structure`.

    Returns
    -------
    pandas.Series
        Weight by code; aggregation rescales them to 1 within each parent.

    Examples
    --------
    >>> weight_equal(pd.DataFrame({"code": ["a", "b"], "weight": [1.0, 3.0]})).to_dict()
    {'a': 1.0, 'b': 1.0}
    """
    return pd.Series(1.0, index=pd.Index(structure["code"]), name="weight")


def weight_given(structure: pd.DataFrame) -> pd.Series:
    """Take the weights that the table of the index gives.

    Parameters
    ----------
    structure : pandas.DataFrame
        `code`, `parent`, `weight`.

    Raises
    ------
    ValueError
        Naming the codes whose weight is missing or negative, or the parents whose members all weigh nothing.

    Examples
    --------
    >>> rows = [("a", "X", 1.0), ("b", "X", 3.0)]
    >>> weight_given(pd.DataFrame(rows, columns=["code", "parent", "weight"])).to_dict()
    {'a': 1.0, 'b': 3.0}
    """
    weights = structure.set_index("code")["weight"].astype("float64")
    bad = weights.index[~(np.isfinite(weights) & weights.ge(0))]
    if len(bad):
        raise ValueError(f"structure: {', '.join(map(str, bad))} needs a weight of 0 or above")
    sums = structure.assign(weight=weights.to_numpy()).groupby("parent", sort=False)["weight"].sum()
    if sums.le(0).any():
        raise ValueError(f"structure: all members of {', '.join(map(str, sums.index[sums.le(0)]))} have the weight 0")
    return weights


def weight_pca(scores: pd.DataFrame, *, factors_n: int) -> pd.Series:
    r"""Weigh by squared factor loadings after a varimax rotation (Nicoletti, Scarpetta and Boylaud).

    The weight of an indicator is its squared loading on its own factor, over the variance that factor explains, times
    the factor's share of the variance that all kept factors explain; the weights are rescaled to 1.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a jurisdiction, one column an indicator, without missing values.
    factors_n : int
        Factors to keep.

    Returns
    -------
    pandas.Series
        Weight by indicator, sum 1.

    Raises
    ------
    ValueError
        If values are missing, an indicator is constant, there are no more jurisdictions than indicators (their
        correlations cannot be told), or the number of factors does not fit.

    References
    ----------
    OECD/JRC (2008). Handbook on Constructing Composite Indicators, section 6 and tables 16-18.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 2, 3, 5], "c": [4.0, 1, 3, 2]})
    >>> round(float(weight_pca(scores, factors_n=2).sum()), 9)
    1.0
    """
    loadings = rotate_loadings(scores, factors_n=factors_n)
    strongest = (loadings**2).max(axis=1)
    return (strongest / strongest.sum()).rename("weight")


def rotate_loadings(scores: pd.DataFrame, *, factors_n: int) -> pd.DataFrame:
    """Return the loadings of the first principal components after a varimax rotation with Kaiser's normalisation.

    Parameters
    ----------
    scores, factors_n
        As in `weight_pca`.

    Returns
    -------
    pandas.DataFrame
        One row an indicator, one column a factor; order and signs of the factors have no meaning.

    Raises
    ------
    ValueError
        As `weight_pca`.

    Examples
    --------
    >>> scores = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 2, 3, 5], "c": [4.0, 1, 3, 2]})
    >>> rotate_loadings(scores, factors_n=2).shape
    (3, 2)
    """
    from statsmodels.multivariate.factor_rotation import rotate_factors

    _refuse_unfit(scores, factors_n)
    values, vectors = np.linalg.eigh(scores.corr().to_numpy())
    order = np.argsort(values)[::-1][:factors_n]
    loadings = vectors[:, order] * np.sqrt(np.maximum(values[order], 0.0))
    if factors_n > 1:
        length = np.sqrt((loadings**2).sum(axis=1, keepdims=True))
        length[length == 0] = 1.0
        rotated, _ = rotate_factors(loadings / length, "varimax")
        loadings = rotated * length
    return pd.DataFrame(loadings, index=scores.columns)


def weight_budget(allocations: pd.DataFrame, *, points: float) -> pd.Series:
    """Average the budgets that stakeholders spread over the codes (Handbook, section 6).

    Parameters
    ----------
    allocations : pandas.DataFrame
        One row a stakeholder and code: `expert`, `code`, `points`; a code without a row got none.
    points : float
        Budget that every stakeholder must spend.

    Returns
    -------
    pandas.Series
        Share of the budget by code, sum 1.

    Raises
    ------
    ValueError
        Naming the stakeholders whose points are missing, negative, given twice to a code or do not add up.

    Examples
    --------
    >>> rows = [("E1", "a", 60), ("E1", "b", 40), ("E2", "a", 20), ("E2", "b", 80)]
    >>> weight_budget(pd.DataFrame(rows, columns=["expert", "code", "points"]), points=100).to_dict()
    {'a': 0.4, 'b': 0.6}
    """
    if allocations.empty:
        raise ValueError("allocations has no row")
    spent = allocations.groupby("expert")["points"].sum()
    checks = {
        f"points do not add up to {points:g}": spent.index[(spent - points).abs().gt(_TOLERANCE * abs(points))],
        "points are missing or negative": allocations.loc[~allocations["points"].ge(0), "expert"].unique(),
        "a code has two rows": allocations.loc[allocations.duplicated(["expert", "code"]), "expert"].unique(),
    }
    problems = [f"{why} for {', '.join(map(str, experts))}" for why, experts in checks.items() if len(experts)]
    if problems:
        raise ValueError("allocations: " + "; ".join(problems))
    total = allocations.groupby("code", sort=False)["points"].sum().astype("float64")
    return (total / (points * allocations["expert"].nunique())).rename("weight")


def _refuse_unfit(scores: pd.DataFrame, factors_n: int) -> None:
    units_n, indicators_n = scores.shape
    if scores.isna().any().any():
        missing = [str(name) for name in scores.columns[scores.isna().any()]]
        raise ValueError(f"{', '.join(missing[:5])} ({len(missing)} in all) has missing values; impute them first")
    if units_n <= indicators_n:
        raise ValueError(
            f"{units_n} jurisdictions cannot tell how {indicators_n} indicators vary together; "
            "weights from correlations need more jurisdictions than indicators"
        )
    constant = [str(name) for name in scores.columns[scores.nunique().lt(2)]]
    if constant:
        raise ValueError(f"{', '.join(constant[:5])} ({len(constant)} in all) is constant and has no correlation")
    if not 1 <= factors_n <= indicators_n:
        raise ValueError(f"factors_n is {factors_n}; expected a number from 1 to {indicators_n}")

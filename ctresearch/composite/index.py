"""An index from a table of choices; without such a table there is none."""

from __future__ import annotations

import pandas as pd

from ctresearch.composite import normalise
from ctresearch.composite.aggregate import MEANS, climb_levels
from ctresearch.composite.impute import impute_mean, impute_median, impute_value
from ctresearch.composite.structure import list_children
from ctresearch.composite.weight import weight_equal, weight_given

MISSING_METHODS = ("available", "mean", "median", "lowest", "highest")
"""What a missing value becomes; `available` leaves it out, `lowest` and `highest` are the goalposts."""

NORMALISE_METHODS = ("goalposts", "minmax", "rank", "zscore")
"""Normalisations that share a call; all but `zscore` end on the stated scale."""

WEIGHT_METHODS = ("equal", "given")

_STEPS = {
    "missing": MISSING_METHODS,
    "normalise": NORMALISE_METHODS,
    "weight": WEIGHT_METHODS,
    "aggregate": MEANS,
}


def calculate_index(
    scores: pd.DataFrame, structure: pd.DataFrame, *, choices: pd.DataFrame, scale: tuple[float, float], constant: str
) -> pd.DataFrame:
    """Calculate every aggregate by the methods that a table chooses; without a chosen row there is no index.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row a jurisdiction (index), one column an indicator, in its own unit.
    structure : pandas.DataFrame
        From `describe_structure`.
    choices : pandas.DataFrame
        `step` (`missing`, `normalise`, `weight`, `aggregate`), `method`, `is_on` (true for one method a step).
    scale : tuple of float
        Scale of the normalised values.
    constant : str
        What to do about an indicator on which all are alike: `refuse` or `middle`.

    Returns
    -------
    pandas.DataFrame
        One row a jurisdiction, one column an aggregate; no column if nothing is switched on.

    Raises
    ------
    ValueError
        If a step has none or two methods while another has one, a method is unknown, or a step cannot be done.

    Examples
    --------
    >>> structure = pd.DataFrame(
    ...     [("a", "X", 1, 1, 1.0, 0, 3), ("b", "X", 1, 1, 1.0, 0, 3), ("X", "", 2, 1, 1.0, 0, 3)],
    ...     columns=["code", "parent", "level", "direction", "weight", "goalpost_low", "goalpost_high"],
    ... )
    >>> methods = {"missing": "available", "normalise": "goalposts", "weight": "equal", "aggregate": "arithmetic"}
    >>> choices = pd.DataFrame(methods.items(), columns=["step", "method"]).assign(is_on=True)
    >>> scores = pd.DataFrame({"a": [0.0], "b": [3.0]}, index=["ALB"])
    >>> calculate_index(scores, structure, choices=choices, scale=(0, 100), constant="middle")["X"].to_dict()
    {'ALB': 50.0}
    >>> off = choices.assign(is_on=False)
    >>> len(calculate_index(scores, structure, choices=off, scale=(0, 100), constant="middle").columns)
    0
    """
    chosen = _read_choices(choices)
    if not chosen:
        return pd.DataFrame(index=scores.index, columns=pd.Index([], dtype="str"))
    members = list_children(structure)
    filled = fill_missing(scores, structure, method=chosen["missing"])
    normal = normalise_scores(filled, structure, method=chosen["normalise"], scale=scale, constant=constant)
    weights = weight_equal(structure) if chosen["weight"] == "equal" else weight_given(structure)
    climbed = climb_levels(normal, structure, weights=weights, mean=chosen["aggregate"], missing="available")
    return climbed[list(members)]


def fill_missing(scores: pd.DataFrame, structure: pd.DataFrame, *, method: str) -> pd.DataFrame:
    """Treat missing values by one of `MISSING_METHODS`; raises a ValueError where it cannot.

    Examples
    --------
    >>> structure = pd.DataFrame({"code": ["a"], "direction": [1], "goalpost_low": [0], "goalpost_high": [3]})
    >>> fill_missing(pd.DataFrame({"a": [1.0, None]}), structure, method="lowest")["a"].tolist()
    [1.0, 0.0]
    """
    if method not in MISSING_METHODS:
        raise ValueError(f"missing method is {method!r}; expected one of {', '.join(MISSING_METHODS)}")
    if method == "available":
        return scores.copy()
    if method in ("mean", "median"):
        return impute_mean(scores) if method == "mean" else impute_median(scores)
    rows = structure.set_index("code").loc[list(scores.columns)]
    is_low = rows["direction"].eq(1) == (method == "lowest")
    return impute_value(scores, values=rows["goalpost_low"].where(is_low, rows["goalpost_high"]))


def normalise_scores(
    scores: pd.DataFrame, structure: pd.DataFrame, *, method: str, scale: tuple[float, float], constant: str
) -> pd.DataFrame:
    """Normalise by one of `NORMALISE_METHODS`; ranks are spread over the scale, equal values sharing their mean.

    Examples
    --------
    >>> structure = pd.DataFrame({"code": ["a"], "direction": [1], "goalpost_low": [0], "goalpost_high": [3]})
    >>> scores = pd.DataFrame({"a": [0.0, 1.0, 3.0]})
    >>> normalise_scores(scores, structure, method="rank", scale=(0, 100), constant="middle")["a"].tolist()
    [0.0, 50.0, 100.0]
    """
    rows = structure.set_index("code").loc[list(scores.columns)]
    directions = rows["direction"]
    if method == "goalposts":
        ends = {"lows": rows["goalpost_low"], "highs": rows["goalpost_high"]}
        return normalise.normalise_goalposts(scores, directions=directions, scale=scale, **ends)
    if method == "minmax":
        return normalise.normalise_minmax(scores, directions=directions, scale=scale, constant=constant)
    if method == "zscore":
        return normalise.normalise_zscore(scores, directions=directions, constant=constant)
    if method != "rank":
        raise ValueError(f"normalise method is {method!r}; expected one of {', '.join(NORMALISE_METHODS)}")
    ranks = normalise.normalise_rank(scores, directions=directions, ties="average")
    lasts = scores.notna().sum().clip(lower=1)
    single = lasts.index[lasts.eq(1) & scores.notna().any()]
    if len(single) and constant == "refuse":
        raise ValueError(f"{', '.join(map(str, single))} has one value and cannot be ranked")
    share = (ranks - 1) / (lasts - 1).where(lasts.gt(1), 1.0)
    share = share.where(lasts.gt(1) | ranks.isna(), 0.5)
    return scale[0] + share * (scale[1] - scale[0])


def _read_choices(choices: pd.DataFrame) -> dict[str, str]:
    chosen = choices[choices["is_on"].astype(bool)]
    if chosen.empty:
        return {}
    problems = []
    for step, methods in _STEPS.items():
        named = chosen.loc[chosen["step"].eq(step), "method"].tolist()
        if len(named) != 1:
            problems.append(f"{step} has {len(named)} methods switched on, needs one")
        problems += [f"{step} knows no {name}, only {', '.join(methods)}" for name in named if name not in methods]
    problems += [f"{step} is no step" for step in chosen["step"].unique() if step not in _STEPS]
    if problems:
        raise ValueError("choices: " + "; ".join(problems))
    return dict(zip(chosen["step"], chosen["method"], strict=True))

"""The choices that are varied, the ratings of each coder, and weights that are not exactly known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ctresearch.composite.aggregate import MEANS
from ctresearch.composite.index import MISSING_METHODS, NORMALISE_METHODS

FACTORS = ("coder", "missing", "normalise", "weight", "aggregate", "left_out")
"""What is chosen: whose ratings, what a missing value becomes, normalisation, weights, mean, indicator left out."""

NOTHING_LEFT_OUT = "none"
"""Option of `left_out` that keeps every indicator."""

EACH = "each"
"""Method of the table `methods` that stands for every coder, varied weight or indicator."""

JOINT = ("mean", "median", "lowest", "highest")
"""Ways to make one rating of those of all coders."""


def describe_choices(options: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """List the options of every factor, each as probable as the others; edit `probability` to say otherwise.

    Parameters
    ----------
    options : mapping
        Options of every one of `FACTORS`; a factor with one option is fixed.

    Returns
    -------
    pandas.DataFrame
        `factor`, `option`, `probability`.

    Raises
    ------
    ValueError
        If a factor is missing, unknown, without an option or with one named twice.

    Examples
    --------
    >>> options = {"coder": ["A"], "missing": ["lowest", "highest"], "normalise": ["goalposts"], "weight": ["equal"],
    ...            "aggregate": ["arithmetic"], "left_out": ["none"]}
    >>> describe_choices(options)["probability"].tolist()
    [1.0, 0.5, 0.5, 1.0, 1.0, 1.0, 1.0]
    """
    problems = [f"{name} is missing" for name in FACTORS if name not in options]
    problems += [f"{name} is no factor" for name in options if name not in FACTORS]
    problems += [
        f"{name} needs options, each once" for name, own in options.items() if len(set(own)) != len(own) or not own
    ]
    if problems:
        raise ValueError(f"options: {'; '.join(problems)}; the factors are {', '.join(FACTORS)}")
    rows = [(name, option, 1 / len(options[name])) for name in FACTORS for option in options[name]]
    return pd.DataFrame(rows, columns=["factor", "option", "probability"])


def list_choices(
    methods: pd.DataFrame, *, coders: Sequence[str], weights: Sequence[str], indicators: Sequence[str]
) -> pd.DataFrame:
    """List the options of every factor from the study's table of methods; `each` stands for all that it does not name.

    Parameters
    ----------
    methods : pandas.DataFrame
        The table `methods`: `step` (one of `FACTORS`), `method`, `probability`.
    coders, weights, indicators : sequence of str
        What `each` stands for; its probability is split evenly among them.

    Returns
    -------
    pandas.DataFrame
        `factor`, `option`, `probability`; empty if the table is.

    Raises
    ------
    ValueError
        If `each` stands for nothing.

    Examples
    --------
    >>> methods = pd.DataFrame({"step": ["coder"] * 2, "method": ["median", "each"], "probability": [0.5, 0.5]})
    >>> list_choices(methods, coders=["A", "B"], weights=[], indicators=[])[["option", "probability"]].values.tolist()
    [['median', 0.5], ['A', 0.25], ['B', 0.25]]
    """
    known = {"coder": coders, "weight": weights, "left_out": indicators}
    rows = []
    for row in methods.itertuples():
        named = set(methods.loc[methods["step"].eq(row.step), "method"])
        options = (
            [name for name in known.get(row.step, ()) if name not in named] if row.method == EACH else [row.method]
        )
        if not options:
            raise ValueError(f"methods: {EACH} of {row.step} stands for nothing; take the row out")
        rows += [(row.step, option, float(row.probability) / len(options)) for option in options]
    return pd.DataFrame(rows, columns=["factor", "option", "probability"])


def lay_out_coders(
    ratings: pd.DataFrame, *, jurisdictions: Sequence[str], indicators: Sequence[str], joint: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Lay out the ratings of every coder, and of all together, by jurisdiction and indicator.

    Parameters
    ----------
    ratings : pandas.DataFrame
        `coder`, `jurisdiction`, `indicator`, `value` (missing where not rated), one time point.
    jurisdictions, indicators : sequence of str
        Rows and columns; what is not rated stays missing.
    joint : sequence of str
        Some of `JOINT`, each an option beside the coders.

    Returns
    -------
    dict of str to pandas.DataFrame

    Raises
    ------
    ValueError
        If a coder rated a cell twice, a joint rating is unknown or a coder has its name.

    Examples
    --------
    >>> rows = [("A", "ALB", "P-1", 1), ("B", "ALB", "P-1", 2)]
    >>> ratings = pd.DataFrame(rows, columns=["coder", "jurisdiction", "indicator", "value"])
    >>> tables = lay_out_coders(ratings, jurisdictions=["ALB"], indicators=["P-1"], joint=["mean"])
    >>> {name: float(table.loc["ALB", "P-1"]) for name, table in tables.items()}
    {'A': 1.0, 'B': 2.0, 'mean': 1.5}
    """
    keys = ["coder", "jurisdiction", "indicator"]
    if ratings.duplicated(keys).any():
        raise ValueError(f"ratings: {int(ratings.duplicated(keys).sum())} cells are rated twice by one coder")
    coders = sorted(ratings["coder"].unique())
    unfit = [name for name in joint if name not in JOINT or name in coders]
    if unfit:
        raise ValueError(
            f"joint has {', '.join(unfit)}; expected some of {', '.join(JOINT)}, and no coder of that name"
        )
    rows = ratings.assign(value=ratings["value"].astype("float64"))
    wide = rows.pivot(index=["coder", "jurisdiction"], columns="indicator", values="value")
    places = pd.MultiIndex.from_product([coders, jurisdictions], names=["coder", "jurisdiction"])
    wide = wide.reindex(index=places, columns=pd.Index(list(indicators), name="indicator"))
    tables = {coder: wide.xs(coder, level="coder") for coder in coders}
    together = wide.groupby(level="jurisdiction", sort=False)
    how = {"mean": "mean", "median": "median", "lowest": "min", "highest": "max"}
    return tables | {name: together.agg(how[name]).reindex(list(jurisdictions)) for name in joint}


def perturb_weights(weights: pd.Series, *, share: float, copies: int, rng: np.random.Generator) -> pd.DataFrame:
    """Copy weights, each multiplied by a draw between 1-share and 1+share: options for weights not exactly known.

    Parameters
    ----------
    weights : pandas.Series
        Weight by code.
    share : float
        Largest change, between 0 and 1.
    copies : int
        Columns to make.
    rng : numpy.random.Generator
        Draws the changes.

    Returns
    -------
    pandas.DataFrame
        One row a code, columns `noise_1` and so on.

    Raises
    ------
    ValueError
        If the share is not between 0 and 1 or there is no copy.

    Examples
    --------
    >>> perturb_weights(pd.Series({"a": 1.0}), share=0.25, copies=2, rng=np.random.default_rng(1)).columns.tolist()
    ['noise_1', 'noise_2']
    """
    if not 0 <= share <= 1 or copies < 1:
        raise ValueError(f"share is {share}, copies {copies}; expected a share between 0 and 1 and at least one copy")
    changes = rng.uniform(1 - share, 1 + share, size=(len(weights), copies))
    names = [f"noise_{number}" for number in range(1, copies + 1)]
    return pd.DataFrame(weights.to_numpy()[:, None] * changes, index=weights.index, columns=names)


def read_choices(
    choices: pd.DataFrame, *, coders: Sequence[str], weights: Sequence[str], indicators: Sequence[str]
) -> dict[str, pd.DataFrame]:
    """Check a table of choices and split it by factor; all problems at once, in one ValueError.

    Examples
    --------
    >>> options = {"coder": ["A"], "missing": ["mean"], "normalise": ["rank"], "weight": ["equal"],
    ...            "aggregate": ["median"], "left_out": ["none"]}
    >>> split = read_choices(describe_choices(options), coders=["A"], weights=["equal"], indicators=["P-1"])
    >>> split["missing"]["option"].tolist()
    ['mean']
    """
    known = {
        "coder": coders,
        "missing": MISSING_METHODS,
        "normalise": NORMALISE_METHODS,
        "weight": weights,
        "aggregate": MEANS,
        "left_out": [NOTHING_LEFT_OUT, *indicators],
    }
    problems = [f"{name} is no factor" for name in choices["factor"].unique() if name not in FACTORS]
    split = {name: choices[choices["factor"].eq(name)].reset_index(drop=True) for name in FACTORS}
    for name, rows in split.items():
        unknown = [str(option) for option in rows["option"] if option not in known[name]]
        problems += [f"{name} knows no {', '.join(unknown)}"] if unknown else []
        problems += [f"{name} has an option twice"] if rows["option"].duplicated().any() else []
        is_share = rows["probability"].ge(0).all() and abs(float(rows["probability"].sum()) - 1) < 1e-9
        problems += [] if is_share else [f"the probabilities of {name} do not add up to 1"]
    if problems:
        raise ValueError("choices: " + "; ".join(problems))
    return split

"""Learn the weights of the fields from the lists themselves, without knowing which records are one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ctresearch.clean.linkage.rules import find_exact_pairs
from ctresearch.clean.linkage.score import LEVELS, find_prior, open_linker

if TYPE_CHECKING:
    from splink.internals.comparison import Comparison

_SESSIONS = (
    "l.birth_date = r.birth_date",
    "l.given_name = r.given_name AND l.family_name = r.family_name",
    "l.document_number = r.document_number",
)
"""Pairs among which one-person pairs are neither rare nor all: each teaches the fields that it does not name."""

_LEAST = 1e-5
"""Least probability of a level: what was never seen in these lists can still happen."""


def estimate_weights(
    encoded: pd.DataFrame,
    *,
    start: pd.DataFrame,
    certain_recall: float,
    max_pairs: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Estimate m by expectation maximisation and u from random pairs, as splink does.

    For lists of thousands of records; a few hundred teach too little, and the shipped weights serve better. Look at
    the result before it is used: a level that speaks for one person in one field may do so because of another (twins
    share date and family name).

    Parameters
    ----------
    encoded : pandas.DataFrame
        From `encode_identifiers`.
    start : pandas.DataFrame
        `field`, `level`, `m`, `u`: where the estimation starts, and what stays where nothing could be learnt.
    certain_recall : float
        Share of all true pairs that the exact rules are thought to find.
    max_pairs : int
        Random pairs to draw for u.
    rng : numpy.random.Generator
        Draws the pairs.

    Returns
    -------
    pandas.DataFrame
        `field`, `level`, `m`, `u`, for `link_records`; m and u add up to 1 in each field. Holds no value of a record.

    Raises
    ------
    ImportError, ValueError
        See `open_linker`.
    """
    prior = find_prior(len(encoded), len(find_exact_pairs(encoded)), certain_recall)
    linker = open_linker(encoded, weights=start, prior=prior)
    linker.training.estimate_u_using_random_sampling(max_pairs=max_pairs, seed=int(rng.integers(2**31)))
    for blocking in _SESSIONS:
        linker.training.estimate_parameters_using_expectation_maximisation(
            blocking, estimate_without_term_frequencies=True
        )
    learnt = pd.concat([_read_levels(comparison) for comparison in linker._settings_obj.comparisons])
    weights = start[["field", "level"]].merge(learnt, on=["field", "level"], how="left", validate="one_to_one")
    for share in ("m", "u"):
        filled = weights[share].fillna(start[share].reset_index(drop=True)).clip(lower=_LEAST)
        weights[share] = (filled / filled.groupby(weights["field"]).transform("sum")).round(6)
        rest = 1 - weights.groupby("field")[share].transform("sum")
        weights[share] += rest.where(~weights.duplicated("field"), 0.0)
    return weights


def _read_levels(comparison: Comparison) -> pd.DataFrame:
    field = comparison.output_column_name
    levels = [level for level in comparison.comparison_levels if not level.is_null_level]
    shares = [
        {"field": field, "level": name, "m": _as_share(level.m_probability), "u": _as_share(level.u_probability)}
        for name, level in zip(LEVELS[field], levels, strict=True)
    ]
    return pd.DataFrame(shares)


def _as_share(probability: object) -> float:
    # splink puts a sentence in the place of a probability that it could not observe.
    return float(probability) if isinstance(probability, int | float) else float("nan")

"""The index under many sets of choices at once, in bounded memory.

Draws that share ratings, treatment of missing values, normalisation and mean are calculated together: one normalised
table, many weights. What cannot be calculated is missing in the result and has a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ctresearch.composite.aggregate import average_rows
from ctresearch.composite.index import fill_missing, normalise_scores
from ctresearch.composite.structure import list_children
from ctresearch.robustness.choices import FACTORS, NOTHING_LEFT_OUT, read_choices

_CELLS = 2**21
"""Cells of the largest intermediate array: 16 MiB of floats."""


@dataclass(frozen=True)
class Setting:
    """All that does not change from draw to draw."""

    scores: Mapping[str, pd.DataFrame]
    structure: pd.DataFrame
    weights: np.ndarray
    codes: dict[str, int]
    members: dict[str, list[int]]
    options: dict[str, list[str]]
    probabilities: dict[str, np.ndarray]
    units: pd.Index
    scale: tuple[float, float]
    constant: str


@dataclass(frozen=True)
class Evaluated:
    """Scores by draw (rows) and jurisdiction (columns), missing in draws whose `reasons` is not empty."""

    scores: np.ndarray
    reasons: np.ndarray


def prepare_setting(
    scores: Mapping[str, pd.DataFrame],
    structure: pd.DataFrame,
    *,
    weights: pd.DataFrame,
    choices: pd.DataFrame,
    scale: tuple[float, float],
    constant: str,
) -> Setting:
    """Check everything that the draws need once; parameters as in `simulate_choices`."""
    indicators = structure.loc[structure["level"].eq(1), "code"].tolist()
    split = read_choices(choices, coders=list(scores), weights=list(weights.columns), indicators=indicators)
    children = list_children(structure)
    codes = {code: place for place, code in enumerate([*indicators, *children])}
    tables, units = _align_scores(scores, indicators)
    return Setting(
        scores=tables,
        structure=structure,
        weights=_align_weights(weights[list(split["weight"]["option"])], list(codes)),
        codes=codes,
        members={code: [codes[name] for name in names] for code, names in children.items()},
        options={name: rows["option"].tolist() for name, rows in split.items()},
        probabilities={name: rows["probability"].to_numpy(dtype=float) for name, rows in split.items()},
        units=units,
        scale=scale,
        constant=constant,
    )


def pick_options(setting: Setting, uniforms: np.ndarray) -> np.ndarray:
    """Turn numbers between 0 and 1, one column a factor, into numbers of options by their probabilities."""
    picks = np.empty(uniforms.shape, dtype=np.int64)
    for place, factor in enumerate(FACTORS):
        upper = np.cumsum(setting.probabilities[factor])
        last = np.flatnonzero(setting.probabilities[factor])[-1]
        picks[:, place] = np.minimum(np.searchsorted(upper, uniforms[:, place], side="right"), last)
    return picks


def evaluate_draws(setting: Setting, picks: np.ndarray) -> Evaluated:
    """Calculate the index of every draw.

    Parameters
    ----------
    setting : Setting
        From `prepare_setting`.
    picks : array of int, shape (d, 6)
        Number of the option of every factor, in the order of `FACTORS`.

    Returns
    -------
    Evaluated
    """
    found = np.full((len(picks), len(setting.units)), np.nan)
    reasons = np.full(len(picks), "", dtype=object)
    coder, missing, normalise, weight, aggregate, left_out = picks.T
    sizes = [len(setting.options[name]) for name in ("coder", "missing", "normalise", "aggregate")]
    group = np.ravel_multi_index((coder, missing, normalise, aggregate), sizes)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    step = max(1, _CELLS // max(1, len(setting.units) * len(setting.codes)))
    tables = _Tables(setting)
    with threadpool_limits(limits=1, user_api="blas"):
        for rows in np.split(order, starts[1:]):
            names = [setting.options[name][picks[rows[0], place]] for place, name in enumerate(FACTORS)]
            table, mean = tables.make(*names[:3]), names[4]
            for start in range(0, len(rows), step):
                part = rows[start : start + step]
                found[part], reasons[part] = _climb(setting, table, weight[part], left_out[part], mean)
    return Evaluated(found, reasons)


class _Tables:
    """Normalised scores by coder, treatment and normalisation, each made once; a sentence where there are none."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._filled: dict[tuple[str, str], pd.DataFrame] = {}
        self._made: dict[tuple[str, str, str], np.ndarray | str] = {}

    def make(self, coder: str, missing: str, normalise: str) -> np.ndarray | str:
        key = (coder, missing, normalise)
        if key not in self._made:
            try:
                self._made[key] = self._normalise(*key)
            except ValueError as error:
                self._made[key] = f"coder {coder}, missing {missing}, normalise {normalise}: {error}"
        return self._made[key]

    def _normalise(self, coder: str, missing: str, normalise: str) -> np.ndarray:
        setting = self._setting
        if (coder, missing) not in self._filled:
            filled = fill_missing(setting.scores[coder], setting.structure, method=missing)
            self._filled[coder, missing] = filled
        scores, how = self._filled[coder, missing], {"scale": setting.scale, "constant": setting.constant}
        return normalise_scores(scores, setting.structure, method=normalise, **how).to_numpy(dtype=float)


def _climb(
    setting: Setting, table: np.ndarray | str, weight: np.ndarray, left_out: np.ndarray, mean: str
) -> tuple[np.ndarray, np.ndarray]:
    found = np.full((len(weight), len(setting.units)), np.nan)
    reasons = np.full(len(weight), table if isinstance(table, str) else "", dtype=object)
    if isinstance(table, str):
        return found, reasons
    weights = _leave_out(setting, setting.weights[weight], left_out)
    known: dict[int, np.ndarray] = {}
    indicators_n = table.shape[1]
    for code, members in setting.members.items():
        own = weights[:, members]
        if members[0] < indicators_n:
            known[setting.codes[code]] = average_rows(table[:, members], own, mean=mean)
        else:
            below = np.stack([known.pop(name) for name in members], axis=-1)
            known[setting.codes[code]] = average_rows(below, own, mean=mean)
    found = known.popitem()[1]
    if mean in ("geometric", "harmonic"):
        reaches = weights[:, :indicators_n] > 0
        is_low = (reaches[:, (table <= 0).any(axis=0)]).any(axis=1)
        reasons[is_low] = f"a {mean} mean meets a value that is not above 0"
    for place in np.flatnonzero(np.isnan(found).any(axis=0)):
        blank = np.isnan(found[:, place]) & (reasons == "")
        reasons[blank] = f"no value for {setting.units[place]}"
    found[reasons != ""] = np.nan
    return found, reasons


def _leave_out(setting: Setting, weights: np.ndarray, left_out: np.ndarray) -> np.ndarray:
    names = setting.options["left_out"]
    place = np.array([-1 if name == NOTHING_LEFT_OUT else setting.codes[name] for name in names])[left_out]
    rows = np.flatnonzero(place >= 0)
    weights[rows, place[rows]] = 0.0
    return weights


def _align_scores(
    scores: Mapping[str, pd.DataFrame], indicators: list[str]
) -> tuple[dict[str, pd.DataFrame], pd.Index]:
    if not scores:
        raise ValueError("scores has no table; give one for every coder")
    units = next(iter(scores.values())).index
    for name, table in scores.items():
        absent = [code for code in indicators if code not in table.columns]
        if absent:
            raise ValueError(f"scores of {name}: no column {', '.join(absent[:5])} ({len(absent)} in all)")
        if table.index.has_duplicates or set(table.index) != set(units) or not len(units):
            raise ValueError(f"scores of {name}: needs the same jurisdictions as the other tables, each once")
    return {name: table.loc[units, indicators].astype("float64") for name, table in scores.items()}, units


def _align_weights(weights: pd.DataFrame, codes: list[str]) -> np.ndarray:
    top = codes[-1]
    wanted = weights.reindex(codes)
    wanted.loc[top] = 1.0
    bad = [str(code) for code in codes if not (np.isfinite(wanted.loc[code]) & wanted.loc[code].ge(0)).all()]
    if bad:
        raise ValueError(
            f"weights: {', '.join(bad[:5])} ({len(bad)} in all) needs a weight of 0 or above in every column"
        )
    return wanted.to_numpy(dtype=float).T.copy()

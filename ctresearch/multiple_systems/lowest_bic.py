"""The model of the lowest BIC in each of many resamples, without fitting those that cannot be it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import gammaln, xlogy

from ctresearch.multiple_systems.existence import check_estimates, find_open_cells
from ctresearch.multiple_systems.lattice import close_downward
from ctresearch.multiple_systems.poisson import fit_poisson

_ROWS_AT_ONCE = 4096
_ANCHORS = 60
_SLACK = 1e-6


def lay_out_models(lists: int, models: Sequence[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray]:
    """Give all effects of some models, and which each model has.

    Returns
    -------
    tuple of two arrays
        Effects as bits, shape (effects,); bool, shape (models, effects).
    """
    effects = close_downward({effect for model in models for effect in model}, lists)
    place = {effect: column for column, effect in enumerate(effects)}
    active = np.zeros((len(models), len(effects)), dtype=bool)
    for row, model in enumerate(models):
        active[row, [place[effect] for effect in model]] = True
    return np.array(effects), active


def fit_rows(
    counts: np.ndarray, effects: np.ndarray, active: np.ndarray, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit the model of each row, whose estimate must exist.

    Returns
    -------
    tuple of three arrays
        Hidden persons and BIC, shape (rows,), infinite where the fit did not settle; coefficients, shape
        (rows, effects).
    """
    finite, cells = find_open_cells(counts > 0, effects, active)
    fits = fit_poisson(counts, cells, effects, finite, start=start)
    likelihood = (xlogy(counts, fits.fitted) - fits.fitted - gammaln(counts + 1)).sum(axis=1)
    penalty = np.log(counts.sum(axis=1)) * active.sum(axis=1)
    hidden = np.where(fits.converged, fits.hidden, np.inf)
    return hidden, np.where(fits.converged, penalty - 2 * likelihood, np.inf), fits.coefficients


def fit_all(counts: np.ndarray, effects: np.ndarray, active: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Fit many models to one table.

    Returns
    -------
    tuple
        Table of one row a model: `status` (see `check_estimates`), `hidden` and `bic` (infinite where the status is not
        0), `parameters_n`; and the coefficients.
    """
    parts, coefficients = [], np.zeros(active.shape)
    for first in range(0, len(active), _ROWS_AT_ONCE):
        chosen = active[first : first + _ROWS_AT_ONCE]
        rows = np.broadcast_to(counts, (len(chosen), len(counts)))
        status = check_estimates(rows > 0, effects, chosen)
        part = pd.DataFrame({"status": status, "hidden": np.inf, "bic": np.inf, "parameters_n": chosen.sum(axis=1)})
        held = np.flatnonzero(status == 0)
        if len(held):
            part.loc[held, "hidden"], part.loc[held, "bic"], found = fit_rows(rows[held], effects, chosen[held])
            coefficients[first + held] = found
        parts.append(part)
    return pd.concat(parts, ignore_index=True), coefficients


class LowestBicSearch:
    """The best model of each resample, found exactly.

    A model fits no better than one that holds it. So minus twice the likelihood of the largest models (the anchors) is
    a floor for all within them, and a model is fitted only in the resamples where that floor and its penalty lie below
    the best BIC so far. Models are tried in the order of their BIC in the data, which makes the best good early.
    """

    def __init__(self, counts: np.ndarray, effects: np.ndarray, active: np.ndarray, start: np.ndarray) -> None:
        self.counts, self.effects, self.active, self.start = counts, effects, active, start
        self.supports, self.pointer = np.unique(counts > 0, axis=0, return_inverse=True)
        # A row without persons has no estimate; its penalty only has to be a number.
        self.log_persons = np.log(np.maximum(counts.sum(axis=1), 1))
        self.best = np.full(len(counts), np.inf)
        self.hidden = np.full(len(counts), np.inf)
        self.chosen = np.zeros(len(counts), dtype=int)
        saturated = -2 * (xlogy(counts, counts) - counts - gammaln(counts + 1)).sum(axis=1)
        self.floors, self.anchors = saturated[:, None], np.zeros(0, dtype=int)

    def run(self) -> None:
        """Try every model."""
        if len(self.active) > 2 * _ANCHORS:
            self._set_anchors()
        for number in np.setdiff1d(np.arange(len(self.active)), self.anchors):
            least = self._find_floor(number) + self._penalty(number)
            self._try_model(number, np.flatnonzero(least < self.best + _SLACK))

    def _set_anchors(self) -> None:
        self.anchors = np.argsort(-self.active.sum(axis=1), kind="stable")[:_ANCHORS]
        saturated = self.floors[:, 0]
        for number in self.anchors:
            bic = self._try_model(number, np.arange(len(self.counts)))
            floor = np.where(np.isfinite(bic), bic - self._penalty(number), saturated)
            self.floors = np.column_stack([self.floors, floor])

    def _penalty(self, number: int) -> np.ndarray:
        return self.log_persons * self.active[number].sum()

    def _find_floor(self, number: int) -> np.ndarray:
        holds = ~(self.active[number] & ~self.active[self.anchors]).any(axis=1)
        return self.floors[:, np.r_[True, holds]].max(axis=1)

    def _try_model(self, number: int, rows: np.ndarray) -> np.ndarray:
        """Give the BIC of the model in all rows, infinite where it was not fitted; keep it where it is the best."""
        model = self.active[number]
        effects = self.effects[model]
        used, place = np.unique(self.pointer[rows], return_inverse=True)
        held = check_estimates(self.supports[used], effects, np.ones((len(used), len(effects)), dtype=bool)) == 0
        rows = rows[held[place]]
        every = np.full(len(self.counts), np.inf)
        if not len(rows):
            return every
        full = np.ones((len(rows), len(effects)), dtype=bool)
        start = np.broadcast_to(self.start[number][model], full.shape)
        hidden, bic, _ = fit_rows(self.counts[rows], effects, full, start)
        better = bic < self.best[rows]
        winners = rows[better]
        self.best[winners], self.hidden[winners], self.chosen[winners] = bic[better], hidden[better], number
        every[rows] = bic
        return every

"""Choosing a model: all models by BIC, or pairs added one by one; for one table or a thousand resamples at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import gammaln, pdtr, pdtrc, xlogy

from ctresearch.multiple_systems.captures import Captures, read_captures
from ctresearch.multiple_systems.existence import check_estimates, find_open_cells
from ctresearch.multiple_systems.lattice import (
    base_effects,
    close_downward,
    enumerate_models,
    name_model,
    pair_effects,
    sum_supersets,
)
from ctresearch.multiple_systems.models import find_effects, refuse_without_lists
from ctresearch.multiple_systems.poisson import fit_poisson

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Stepwise:
    """Add pairs one by one, the least Poisson p-value first.

    Attributes
    ----------
    threshold : float
        A pair is added while its p-value is below; 0.02 in Chan, Silverman and Vincent (2021).
    """

    threshold: float

    def __post_init__(self) -> None:
        if not 0 <= self.threshold < 1:
            raise ValueError(f"threshold is {self.threshold}; expected a p-value from 0 to below 1, for example 0.02")


@dataclass(frozen=True)
class LowestBic:
    """Take the model of the lowest BIC among all hierarchical models.

    Attributes
    ----------
    order : int
        Most lists in one interaction; 1 for main effects alone.
    keep : int or None
        Models, from the lowest BIC of the data, among which each resample chooses again; None for all. Silverman, Chan
        and Vincent (2024) keep 20 for four lists and 100 for five and six.
    """

    order: int
    keep: int | None

    def __post_init__(self) -> None:
        if self.order < 1 or self.order != int(self.order):
            raise ValueError(f"order is {self.order}; expected a whole number from 1, for example 2")
        if self.keep is not None and self.keep < 1:
            raise ValueError(f"keep is {self.keep}; expected 1 or more models, or None for all")


@dataclass(frozen=True)
class GivenModel:
    """Take one model, chosen before the data were seen.

    Attributes
    ----------
    interactions : tuple of tuple of str
        Lists that depend on each other; `()` for independent lists.
    """

    interactions: tuple[tuple[str, ...], ...]


Search = Stepwise | LowestBic | GivenModel


@dataclass(frozen=True, eq=False)
class Choices:
    """The model and the hidden population of each resample.

    Attributes
    ----------
    effects : array of int, shape (effects,)
    active : array of bool, shape (rows, effects)
        Effects of the chosen model.
    hidden : array, shape (rows,)
        Infinite where no admissible model has an estimate.
    """

    effects: np.ndarray
    active: np.ndarray
    hidden: np.ndarray


def choose_models(counts: np.ndarray, captures: Captures, search: Search) -> Choices:
    """Repeat a search on every row of counts.

    Parameters
    ----------
    counts : array, shape (rows, 2**lists)
        Resamples of `captures`.
    captures : Captures
        The table itself: names of the lists, and the models that are kept.
    search : Stepwise, LowestBic or GivenModel

    Returns
    -------
    Choices
    """
    lists = len(captures.lists)
    if isinstance(search, Stepwise):
        return _choose_stepwise(counts, lists, search.threshold)
    if isinstance(search, GivenModel):
        models = [tuple(find_effects(captures, search.interactions))]
    else:
        models = [close_downward(model, lists) for model in enumerate_models(lists, search.order)]
        if search.keep is not None and search.keep < len(models):
            table = fit_all(captures.counts, lists, models)
            models = [models[row] for row in np.argsort(table["bic"].to_numpy(), kind="stable")[: search.keep]]
    return _choose_lowest_bic(counts, lists, models)


def _all_effects(lists: int, models: Sequence[tuple[int, ...]]) -> tuple[np.ndarray, np.ndarray]:
    effects = close_downward({effect for model in models for effect in model}, lists)
    place = {effect: column for column, effect in enumerate(effects)}
    active = np.zeros((len(models), len(effects)), dtype=bool)
    for row, model in enumerate(models):
        active[row, [place[effect] for effect in model]] = True
    return np.array(effects), active


def fit_all(counts: np.ndarray, lists: int, models: Sequence[tuple[int, ...]]) -> pd.DataFrame:
    """Fit many models to one table.

    Returns
    -------
    pandas.DataFrame
        One row a model in the given order: `status`, `hidden`, `bic` (both infinite where the status is not 0),
        `parameters_n`.
    """
    effects, active = _all_effects(lists, models)
    parts = []
    for first in range(0, len(models), _ROWS_AT_ONCE):
        chosen = active[first : first + _ROWS_AT_ONCE]
        support = np.broadcast_to(counts > 0, (len(chosen), len(counts)))
        status = check_estimates(support, effects, chosen)
        hidden, bic, _ = _fit_rows(np.broadcast_to(counts, support.shape), effects, chosen, status == 0)
        parts.append(pd.DataFrame({"status": status, "hidden": hidden, "bic": bic, "parameters_n": chosen.sum(axis=1)}))
    return pd.concat(parts, ignore_index=True)


def _fit_rows(
    counts: np.ndarray, effects: np.ndarray, active: np.ndarray, wanted: np.ndarray, start: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hidden, BIC and coefficients of each row; infinite where not wanted or not settled."""
    hidden, bic = np.full(len(counts), np.inf), np.full(len(counts), np.inf)
    coefficients = np.zeros(active.shape)
    rows = np.flatnonzero(wanted)
    if len(rows):
        held = counts[rows]
        finite, cells = find_open_cells(held > 0, effects, active[rows])
        fits = fit_poisson(held, cells, effects, finite, start=None if start is None else start[rows])
        likelihood = (xlogy(held, fits.fitted) - fits.fitted - gammaln(held + 1)).sum(axis=1)
        penalty = np.log(held.sum(axis=1)) * active[rows].sum(axis=1)
        hidden[rows] = np.where(fits.converged, fits.hidden, np.inf)
        bic[rows] = np.where(fits.converged, penalty - 2 * likelihood, np.inf)
        coefficients[rows] = fits.coefficients
    return hidden, bic, coefficients


def _choose_lowest_bic(counts: np.ndarray, lists: int, models: Sequence[tuple[int, ...]]) -> Choices:
    effects, active = _all_effects(lists, models)
    best = np.full(len(counts), np.inf)
    hidden = np.full(len(counts), np.inf)
    chosen = np.zeros(len(counts), dtype=int)
    supports, pointer = np.unique(counts > 0, axis=0, return_inverse=True)
    for number, row in enumerate(active):
        model = np.broadcast_to(row, (len(supports), len(row)))
        status = check_estimates(supports, effects[row], model[:, row])[pointer]
        held = np.ones((len(counts), int(row.sum())), dtype=bool)
        new_hidden, bic, _ = _fit_rows(counts, effects[row], held, status == 0)
        better = bic < best
        best[better], hidden[better], chosen[better] = bic[better], new_hidden[better], number
    return Choices(effects, active[chosen], hidden)


def _choose_stepwise(counts: np.ndarray, lists: int, threshold: float) -> Choices:
    effects = np.array([*base_effects(lists), *pair_effects(lists)])
    climb = _Steps(counts, effects, lists, threshold)
    climb.run()
    return Choices(effects, climb.active, climb.hidden)


class _Steps:
    """Forward choice of pairs in all rows together; `added` keeps the path of the first row."""

    def __init__(self, counts: np.ndarray, effects: np.ndarray, lists: int, threshold: float) -> None:
        self.counts, self.effects, self.lists, self.threshold = counts, effects, lists, threshold
        self.support = counts > 0
        self.seen_together = sum_supersets(counts)[:, effects[lists + 1 :]]
        self.active = np.zeros((len(counts), len(effects)), dtype=bool)
        self.active[:, : lists + 1] = True
        wanted = check_estimates(self.support, effects, self.active) == 0
        self.hidden, self.bic, self.coefficients = _fit_rows(counts, effects, self.active, wanted)
        self.path = [(np.nan, -1, self.hidden[0], self.bic[0])]

    def run(self) -> None:
        rows = np.flatnonzero(np.isfinite(self.hidden))
        while len(rows):
            pair, p_value = self._find_pairs(rows)
            rows, pair, p_value = rows[pair >= 0], pair[pair >= 0], p_value[pair >= 0]
            self.active[rows, self.lists + 1 + pair] = True
            everything = np.ones(len(rows), dtype=bool)
            self.hidden[rows], self.bic[rows], self.coefficients[rows] = _fit_rows(
                self.counts[rows], self.effects, self.active[rows], everything, self.coefficients[rows]
            )
            if len(rows) and rows[0] == 0:
                self.path.append((p_value[0], int(pair[0]), self.hidden[0], self.bic[0]))

    def _find_pairs(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Give the pair to add to each row (-1 for none): the least p-value whose model has an estimate."""
        p_values = self._p_values(rows)
        order = np.argsort(p_values, axis=1, kind="stable")
        pair = np.full(len(rows), -1)
        open_rows = np.arange(len(rows))
        for rank in range(order.shape[1]):
            candidate = order[open_rows, rank]
            is_low = p_values[open_rows, candidate] < self.threshold
            open_rows, candidate = open_rows[is_low], candidate[is_low]
            if not len(open_rows):
                break
            trial = self.active[rows[open_rows]]
            trial[np.arange(len(trial)), self.lists + 1 + candidate] = True
            holds = check_estimates(self.support[rows[open_rows]], self.effects, trial) == 0
            pair[open_rows[holds]] = candidate[holds]
            open_rows = open_rows[~holds]
        return pair, np.take_along_axis(p_values, np.maximum(pair, 0)[:, None], axis=1)[:, 0]

    def _p_values(self, rows: np.ndarray) -> np.ndarray:
        """One-sided Poisson p-value of the persons shared by each pair, as the model without it expects them."""
        expected = self._expect_together(rows)
        seen = self.seen_together[rows]
        above = np.where(seen > 0, pdtrc(np.maximum(seen - 1, 0), expected), 1.0)
        p_values = np.minimum(pdtr(seen, expected), above)
        p_values[self.active[rows, self.lists + 1 :]] = 1.0
        return p_values

    def _expect_together(self, rows: np.ndarray) -> np.ndarray:
        from ctresearch.multiple_systems.lattice import spread_effects, sum_subsets

        _, cells = find_open_cells(self.support[rows], self.effects, self.active[rows])
        size = self.counts.shape[1]
        logs = sum_subsets(spread_effects(self.coefficients[rows], self.effects, size))
        return sum_supersets(np.exp(np.minimum(logs, 500.0)) * cells)[:, self.effects[self.lists + 1 :]]


def rank_models(table: pd.DataFrame, *, count: str | None, order: int) -> pd.DataFrame:
    """Fit every hierarchical model and order them by BIC: the spread of estimates over models.

    Parameters
    ----------
    table, count
        See `read_captures`.
    order : int
        Most lists in one interaction.

    Returns
    -------
    pandas.DataFrame
        One row a model that has an estimate, the lowest BIC first: `model`, `total`, `hidden`, `bic`, `bic_above_best`,
        `weight` (share of exp(-BIC / 2) over all models), `parameters_n`. Empty where no model has an estimate.

    Raises
    ------
    ValueError
        If the table cannot be read, or there are more than 40,000 models.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [1, 0, 0, 1, 1, 0], "B": [0, 1, 0, 1, 0, 1], "C": [0, 0, 1, 0, 1, 1],
    ...     "n": [40, 50, 60, 9, 12, 14]})
    >>> ranked = rank_models(table, count="n", order=2)
    >>> ranked["model"].iloc[0], len(ranked)
    ('[A, B, C]', 8)
    """
    captures = read_captures(table, count=count)
    columns = ["model", "total", "hidden", "bic", "bic_above_best", "weight", "parameters_n"]
    search = LowestBic(order=order, keep=None)
    if refuse_without_lists(captures):
        return pd.DataFrame(columns=columns)
    lists = len(captures.lists)
    models = [close_downward(model, lists) for model in enumerate_models(lists, search.order)]
    ranked = fit_all(captures.counts, lists, models)
    ranked.insert(0, "model", [name_model(model, captures.lists) for model in models])
    ranked = ranked[np.isfinite(ranked["bic"])].sort_values("bic", kind="stable", ignore_index=True)
    ranked["total"] = captures.persons + ranked["hidden"]
    ranked["bic_above_best"] = ranked["bic"] - ranked["bic"].min()
    weight = np.exp(-ranked["bic_above_best"] / 2)
    ranked["weight"] = weight / weight.sum()
    return ranked[columns]


def trace_stepwise(table: pd.DataFrame, *, count: str | None, threshold: float) -> pd.DataFrame:
    """Follow the stepwise choice: how the estimate moves with each pair that is added.

    Parameters
    ----------
    table, count
        See `read_captures`.
    threshold : float
        See `Stepwise`.

    Returns
    -------
    pandas.DataFrame
        One row a step, from independent lists: `added` (pair; missing at first), `p_value`, `total`, `hidden`, `bic`.
        Empty where independent lists have no estimate.

    References
    ----------
    Chan, L., Silverman, B. W. and Vincent, K. (2021). Journal of the American Statistical Association 116, 1297-1306.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [1, 0, 0, 1, 1, 0], "B": [0, 1, 0, 1, 0, 1], "C": [0, 0, 1, 0, 1, 1],
    ...     "n": [40, 50, 60, 60, 12, 14]})
    >>> trace_stepwise(table, count="n", threshold=0.02)["added"].tolist()
    [<NA>, 'A:B']
    """
    captures = read_captures(table, count=count)
    search = Stepwise(threshold)
    columns = ["added", "p_value", "total", "hidden", "bic"]
    if refuse_without_lists(captures):
        return pd.DataFrame(columns=columns)
    lists = len(captures.lists)
    effects = np.array([*base_effects(lists), *pair_effects(lists)])
    steps = _Steps(captures.counts[None], effects, lists, search.threshold)
    if not np.isfinite(steps.hidden[0]):
        return pd.DataFrame(columns=columns)
    steps.run()
    path = pd.DataFrame(steps.path, columns=["p_value", "pair", "hidden", "bic"])
    names = [name_model([effect], captures.lists)[1:-1] for effect in pair_effects(lists)]
    path["added"] = pd.array([names[pair] if pair >= 0 else pd.NA for pair in path["pair"]], dtype="string")
    path["p_value"] = path["p_value"].astype("Float64")
    path["total"] = captures.persons + path["hidden"]
    return path[columns]

"""Choosing a model: all models by BIC, or pairs added one by one; for one table or a thousand resamples at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import pdtr, pdtrc

from ctresearch.multiple_systems.captures import Captures, read_captures
from ctresearch.multiple_systems.existence import SENTENCES, check_estimates, find_open_cells
from ctresearch.multiple_systems.lattice import (
    base_effects,
    close_downward,
    enumerate_models,
    name_model,
    pair_effects,
    spread_effects,
    sum_subsets,
    sum_supersets,
)
from ctresearch.multiple_systems.lowest_bic import LowestBicSearch, fit_all, fit_rows, lay_out_models
from ctresearch.multiple_systems.models import check_effects, find_effects, refuse_without_lists
from ctresearch.multiple_systems.settings import is_number, is_whole


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
        if not (is_number(self.threshold) and 0 <= self.threshold < 1):
            raise ValueError(f"threshold is {self.threshold!r}; expected a p-value from 0 to below 1, for example 0.02")


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
        if not is_whole(self.order, least=1):
            raise ValueError(f"order is {self.order!r}; expected a whole number from 1, for example 2")
        if self.keep is not None and not is_whole(self.keep, least=1):
            raise ValueError(f"keep is {self.keep!r}; expected 1 or more models, or None for all")


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


def check_search(search: Search) -> None:
    """Refuse what is no way to choose a model, for example its name alone.

    Raises
    ------
    ValueError
        If it is no `Stepwise`, `LowestBic` or `GivenModel`.

    Examples
    --------
    >>> check_search("stepwise")
    Traceback (most recent call last):
    ValueError: search is 'stepwise'; expected Stepwise(0.02), LowestBic(order=2, keep=None) or GivenModel(()), or alike
    """
    if not isinstance(search, Search):
        raise ValueError(
            f"search is {search!r}; expected Stepwise(0.02), LowestBic(order=2, keep=None) or GivenModel(()), or alike"
        )


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
    keep = None
    if isinstance(search, GivenModel):
        models = [tuple(find_effects(captures, search.interactions))]
    else:
        models = [close_downward(model, lists) for model in enumerate_models(lists, search.order)]
        keep = search.keep
    return _choose_lowest_bic(counts, captures, models, keep)


def _choose_lowest_bic(
    counts: np.ndarray, captures: Captures, models: Sequence[tuple[int, ...]], keep: int | None
) -> Choices:
    effects, active = lay_out_models(len(captures.lists), models)
    fitted, start = fit_all(captures.counts, effects, active)
    order = np.argsort(fitted["bic"].to_numpy(), kind="stable")[:keep]
    search = LowestBicSearch(counts, effects, active[order], start[order])
    search.run()
    return Choices(effects, active[order][search.chosen], search.hidden)


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
        self.hidden, self.bic = np.full((2, len(counts)), np.inf)
        self.coefficients = np.zeros(self.active.shape)
        self._refit(np.flatnonzero(check_estimates(self.support, effects, self.active) == 0))
        self.path = [(np.nan, -1, self.hidden[0], self.bic[0])]

    def run(self) -> None:
        rows = np.flatnonzero(np.isfinite(self.hidden))
        while len(rows):
            pair, p_value = self._find_pairs(rows)
            rows, pair, p_value = rows[pair >= 0], pair[pair >= 0], p_value[pair >= 0]
            self.active[rows, self.lists + 1 + pair] = True
            self._refit(rows)
            if len(rows) and rows[0] == 0:
                self.path.append((p_value[0], int(pair[0]), self.hidden[0], self.bic[0]))

    def _refit(self, rows: np.ndarray) -> None:
        start = self.coefficients[rows] if self.coefficients.any() else None
        self.hidden[rows], self.bic[rows], self.coefficients[rows] = fit_rows(
            self.counts[rows], self.effects, self.active[rows], start
        )

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
        One row a model, the lowest BIC first: `model`, `total`, `hidden`, `bic`, `bic_above_best`, `weight` (share of
        exp(-BIC / 2) over all models), `parameters_n`; last the models without an estimate, with a `reason` instead of
        numbers. One row of a reason alone where no model can have an estimate.

    Raises
    ------
    ValueError
        If the table cannot be read, or there are more than 40,000 models.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [1, 0, 0, 1, 1, 0], "B": [0, 1, 0, 1, 0, 1], "C": [0, 0, 1, 0, 1, 1],
    ...     "n": [40, 50, 60, 9, 12, 14]})
    >>> ranked = rank_models(table, count="n", order=2)
    >>> ranked["model"].iloc[0], ranked["total"].count().item(), len(ranked)
    ('[A, B, C]', 7, 8)
    """
    captures = read_captures(table, count=count)
    search = LowestBic(order=order, keep=None)
    refusal = refuse_without_lists(captures)
    if refusal:
        return _shape_ranked(pd.DataFrame({"model": [pd.NA], "reason": [refusal]}))
    lists = len(captures.lists)
    models = [close_downward(model, lists) for model in enumerate_models(lists, search.order)]
    ranked, _ = fit_all(captures.counts, *lay_out_models(lists, models))
    ranked["model"] = [name_model(model, captures.lists) for model in models]
    ranked["reason"] = ranked["status"].map(SENTENCES).where(ranked["status"] > 0, "")
    ranked.loc[(ranked["status"] == 0) & np.isinf(ranked["bic"]), "reason"] = "The fit did not settle."
    ranked = ranked.sort_values("bic", kind="stable", ignore_index=True)
    ranked[["hidden", "bic"]] = ranked[["hidden", "bic"]].where(np.isfinite(ranked["bic"]))
    ranked["total"] = captures.persons + ranked["hidden"]
    ranked["bic_above_best"] = ranked["bic"] - ranked["bic"].min()
    weight = np.exp(-ranked["bic_above_best"] / 2)
    ranked["weight"] = weight / weight.sum()
    return _shape_ranked(ranked)


def _shape_ranked(ranked: pd.DataFrame) -> pd.DataFrame:
    numbers = ["total", "hidden", "bic", "bic_above_best", "weight"]
    types = {"model": "string", "parameters_n": "Int64", "reason": "string"} | dict.fromkeys(numbers, "Float64")
    return ranked.reindex(columns=["model", *numbers, "parameters_n", "reason"]).astype(types)


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
        One row a step, from independent lists: `added` (pair; missing at first), `p_value`, `total`, `hidden`, `bic`,
        `reason`. One row of a reason alone where independent lists have no estimate.

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
    refusal = refuse_without_lists(captures)
    if refusal:
        return _shape_path(pd.DataFrame({"added": [pd.NA], "reason": [refusal]}))
    lists = len(captures.lists)
    effects = np.array([*base_effects(lists), *pair_effects(lists)])
    steps = _Steps(captures.counts[None], effects, lists, search.threshold)
    if not np.isfinite(steps.hidden[0]):
        refusal = SENTENCES[check_effects(captures, effects[: lists + 1]) or 1]
        return _shape_path(pd.DataFrame({"added": [pd.NA], "reason": [refusal]}))
    steps.run()
    path = pd.DataFrame(steps.path, columns=["p_value", "pair", "hidden", "bic"])
    names = [name_model([effect], captures.lists)[1:-1] for effect in pair_effects(lists)]
    path["added"] = [names[pair] if pair >= 0 else pd.NA for pair in path["pair"]]
    path["total"] = captures.persons + path["hidden"]
    return _shape_path(path.assign(reason=""))


def _shape_path(path: pd.DataFrame) -> pd.DataFrame:
    numbers = ["p_value", "total", "hidden", "bic"]
    types = {"added": "string", "reason": "string"} | dict.fromkeys(numbers, "Float64")
    return path.reindex(columns=["added", *numbers, "reason"]).astype(types)

"""Averaging over decomposable graphs of dependence between lists (Madigan and York 1997), as R dga does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import gammaln

from ctresearch.multiple_systems.captures import Captures, read_captures
from ctresearch.multiple_systems.lattice import list_bits, name_model, pair_effects
from ctresearch.multiple_systems.poisson import hold_one_thread
from ctresearch.multiple_systems.settings import check_level, is_number

MOST_GRAPH_LISTS = 6
_NUMBERS_AT_ONCE = 2_000_000
_TAIL = 1e-3
_MOST_PRIOR_PERSONS = 1e6


@dataclass(frozen=True, eq=False)
class GraphAverage:
    """Posterior of the total, averaged over all decomposable graphs.

    Attributes
    ----------
    observed : float
        Persons on a list.
    mean, median, low, high, mode : float or None
        Of the total; None where refused.
    level : float
        Of the credible interval from `low` to `high`.
    models : pandas.DataFrame
        `model`, `probability`, the most probable first.
    posterior : pandas.DataFrame
        `total`, `probability`.
    reason : str
        Why there is no answer; empty where there is one.
    notes : tuple of str
        What was done to the table, and whether the posterior is cut off.
    """

    observed: float
    mean: float | None
    median: float | None
    low: float | None
    high: float | None
    mode: float | None
    level: float
    models: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["model", "probability"]))
    posterior: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["total", "probability"]))
    reason: str = ""
    notes: tuple[str, ...] = ()


def average_graphs(
    table: pd.DataFrame,
    *,
    count: str | None,
    hidden: Sequence[int],
    prior_persons: float,
    log_prior: Callable[[np.ndarray], np.ndarray],
    level: float,
) -> GraphAverage:
    r"""Average the posterior of the total over all decomposable graphs.

    Graphs are equally likely before; the cells have a hyper-Dirichlet prior. The marginal likelihood of a graph is that
    of its cliques over that of its separators, with :math:`\sum \log\Gamma(n_c + \delta_S) - \log\Gamma(\delta_S)` for
    the marginal table of a set S and :math:`\delta_S = \delta\,2^{k - |S|}`. Nothing is drawn at random.

    Parameters
    ----------
    table, count
        See `read_captures`; 2 to 6 lists with persons.
    hidden : sequence of int
        Numbers of hidden persons that are thought possible, for example `range(1, 20001)`.
    prior_persons : float
        Delta: prior persons in each cell; 1, or 2**-lists as in the manual of dga.
    log_prior : callable
        Log prior of an array of totals, for example `lambda total: -np.log(total)`.
    level : float
        Of the credible interval.

    Returns
    -------
    GraphAverage
        With a `reason` where the lists are too few or too many; `notes` say where `hidden` cuts the posterior off.

    Raises
    ------
    ValueError
        If the table or a setting cannot be used.

    References
    ----------
    Madigan, D. and York, J. C. (1997). Bayesian methods for estimation of the size of a closed population. Biometrika
    84, 19-31.

    Examples
    --------
    >>> table = pd.DataFrame({"A": [1, 0, 1], "B": [0, 1, 1], "n": [30, 20, 10]})
    >>> average = average_graphs(table, count="n", hidden=range(1, 3001), prior_persons=1.0,
    ...     log_prior=lambda total: -np.log(total), level=0.95)
    >>> average.models["model"].tolist(), average.median
    (['[A, B]', '[A:B]'], 99.0)
    """
    check_level(level)
    captures = read_captures(table, count=count)
    missing = _check_hidden(hidden)
    if not (is_number(prior_persons) and 0 < prior_persons <= _MOST_PRIOR_PERSONS):
        raise ValueError(f"prior_persons is {prior_persons!r}; expected a number above 0 and up to 1e6, for example 1")
    if not callable(log_prior):
        raise ValueError(f"log_prior is {log_prior!r}; expected a function, for example lambda total: -np.log(total)")
    reason = _refuse_graphs(captures)
    if reason:
        return GraphAverage(captures.persons, *[None] * 5, level, reason=reason, notes=captures.notes)
    totals = captures.persons + missing
    weights = np.asarray(log_prior(totals), dtype=float)
    if weights.shape != totals.shape or not np.isfinite(weights).all():
        raise ValueError("log_prior gave no finite number for some of the totals")
    weights += gammaln(totals + 1) - gammaln(missing + 1)
    with hold_one_thread():
        by_graph, by_total = _average(captures, missing, prior_persons, weights)
    return _summarise(captures, totals, by_graph, by_total, level)


def _check_hidden(hidden: Sequence[int]) -> np.ndarray:
    missing = np.asarray(hidden, dtype=float)
    is_row = missing.ndim == 1 and len(missing) > 0 and bool(np.isfinite(missing).all())
    if not is_row or (missing < 0).any() or (np.diff(missing) <= 0).any():
        raise ValueError("hidden is not a rising sequence of numbers from 0; give, for example, range(1, 20001)")
    return missing


def _refuse_graphs(captures: Captures) -> str:
    if captures.persons == 0:
        return "No person is on any list: there is nothing to average."
    if not 2 <= len(captures.lists) <= MOST_GRAPH_LISTS:
        return f"{len(captures.lists)} lists hold persons; graphs are averaged for 2 to {MOST_GRAPH_LISTS}: join some."
    if captures.overlap == 0:
        return "No person is on two lists: the answer would be the prior."
    return ""


@cache
def find_decomposable_graphs(lists: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    """Find all decomposable (chordal) graphs, each as pairs of a complete set and the part that is divided out.

    Removing one list after another whose neighbours are all joined, a list and its neighbours stand over the neighbours
    alone; the product is that of cliques over separators.

    Examples
    --------
    >>> [len(find_decomposable_graphs(lists)) for lists in (2, 3, 4, 5)]
    [2, 8, 61, 822]
    """
    pairs = pair_effects(lists)
    found = []
    for code in range(1 << len(pairs)):
        neighbours = [0] * lists
        for number, pair in enumerate(pairs):
            if code >> number & 1:
                first, second = list_bits(pair)
                neighbours[first] |= 1 << second
                neighbours[second] |= 1 << first
        graph = _take_apart(neighbours)
        if graph is not None:
            found.append(graph)
    return tuple(found)


def _take_apart(neighbours: list[int]) -> tuple[tuple[int, int], ...] | None:
    left = (1 << len(neighbours)) - 1
    parts = []
    while left:
        for one in list_bits(left):
            around = neighbours[one] & left
            if all(around & ~(neighbours[other] | 1 << other) == 0 for other in list_bits(around)):
                parts.append((around | 1 << one, around))
                left &= ~(1 << one)
                break
        else:
            return None
    return tuple(parts)


def _average(
    captures: Captures, missing: np.ndarray, prior_persons: float, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Unnormalised posterior by graph and by total, summed in batches of graphs with a running scale."""
    lists = len(captures.lists)
    tables = _weigh_margins(captures.counts, missing, prior_persons)
    graphs = find_decomposable_graphs(lists)
    signs = np.zeros((len(graphs), len(tables)))
    for row, graph in enumerate(graphs):
        for whole, part in graph:
            signs[row, whole] += 1
            signs[row, part] -= 1
    by_graph, by_total, scale = np.zeros(len(graphs)), np.zeros(len(missing)), -np.inf
    at_once = max(1, _NUMBERS_AT_ONCE // len(missing))
    for first in range(0, len(graphs), at_once):
        logs = signs[first : first + at_once] @ tables + weights
        new_scale = max(scale, float(logs.max()))
        shrink = np.exp(scale - new_scale)
        by_graph *= shrink
        by_total *= shrink
        scale = new_scale
        np.exp(logs - scale, out=logs)
        by_graph[first : first + at_once] = logs.sum(axis=1)
        by_total += logs.sum(axis=0)
    return by_graph, by_total


def _weigh_margins(counts: np.ndarray, missing: np.ndarray, prior_persons: float) -> np.ndarray:
    """Log marginal likelihood of the marginal table of each set of lists, for each number of hidden persons."""
    size = len(counts)
    everybody = prior_persons * size
    tables = np.empty((size, len(missing)))
    tables[0] = gammaln(counts.sum() + missing + everybody) - gammaln(everybody)
    for lists in range(1, size):
        margin = np.bincount(np.arange(size) & lists, weights=counts, minlength=size)
        cells = [cell for cell in range(size) if cell & ~lists == 0]
        delta = everybody / len(cells)
        fixed = (gammaln(margin[cells[1:]] + delta) - gammaln(delta)).sum() - gammaln(delta)
        tables[lists] = gammaln(margin[0] + missing + delta) + fixed
    return tables


def _summarise(
    captures: Captures, totals: np.ndarray, by_graph: np.ndarray, by_total: np.ndarray, level: float
) -> GraphAverage:
    probability = by_total / by_total.sum()
    below = np.cumsum(probability)
    low, median, high = (
        float(totals[min(int(np.searchsorted(below, share, side="right")), len(totals) - 1)])
        for share in ((1 - level) / 2, 0.5, (1 + level) / 2)
    )
    names = [
        name_model([whole for whole, _ in graph], captures.lists)
        for graph in find_decomposable_graphs(len(captures.lists))
    ]
    models = pd.DataFrame({"model": names, "probability": by_graph / by_graph.sum()})
    is_cut = probability[-1] > _TAIL * probability.max()
    cut = ("The posterior does not end within `hidden`: allow more hidden persons, or see that the data say little.",)
    return GraphAverage(
        observed=captures.persons,
        mean=float((probability * totals).sum()),
        median=median,
        low=low,
        high=high,
        mode=float(totals[probability.argmax()]),
        level=level,
        models=models.sort_values("probability", ascending=False, kind="stable", ignore_index=True),
        posterior=pd.DataFrame({"total": totals, "probability": probability}),
        notes=captures.notes + (cut if is_cut else ()),
    )

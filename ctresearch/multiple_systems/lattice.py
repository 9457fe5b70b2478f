"""Capture histories and effects as bits, and sums over the histories above or below them.

List number i is bit 2**i. An effect (a main effect, a pair, ...) is the set of its lists; a model's expected count of a
history is exp of the sum of the effects within it. So the linear predictor and the margins are sums over a lattice, and
no design matrix is ever built.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import combinations

import numpy as np

MOST_MODELS = 40_000
"""Most models that are searched one and all: six lists have 32,768 of pairs."""
_SMALL = 128
"""Up to so many histories one multiplication by the order as a 0-1 matrix is faster than a pass for each list."""


def sum_supersets(values: np.ndarray) -> np.ndarray:
    """Sum over all histories that hold the lists of each history: the margins.

    Parameters
    ----------
    values : array, shape (..., 2**lists)

    Returns
    -------
    array, shape (..., 2**lists)

    Examples
    --------
    >>> sum_supersets(np.array([0.0, 5.0, 7.0, 2.0])).tolist()
    [14.0, 7.0, 9.0, 2.0]
    """
    return _sum_lattice(values, from_above=True)


def sum_subsets(values: np.ndarray) -> np.ndarray:
    """Sum over all histories within each history: the linear predictor from its effects.

    Examples
    --------
    >>> sum_subsets(np.array([1.0, 10.0, 100.0, 1000.0])).tolist()
    [1.0, 11.0, 101.0, 1111.0]
    """
    return _sum_lattice(values, from_above=False)


def _sum_lattice(values: np.ndarray, *, from_above: bool) -> np.ndarray:
    size = values.shape[-1]
    if size <= _SMALL:
        return np.asarray(values, dtype=float) @ _lay_order(size, from_above)
    total = np.array(values, dtype=float, order="C")
    width = 1
    while width < total.shape[-1]:
        halves = total.reshape(*total.shape[:-1], size // (2 * width), 2, width)
        if from_above:
            halves[..., 0, :] += halves[..., 1, :]
        else:
            halves[..., 1, :] += halves[..., 0, :]
        width *= 2
    return total


@cache
def _lay_order(size: int, from_above: bool) -> np.ndarray:
    history = np.arange(size)
    within = (history[:, None] & history) == history
    return (within if from_above else within.T).astype(float)


def spread_effects(values: np.ndarray, effects: np.ndarray, size: int) -> np.ndarray:
    """Put the value of each effect at its place among all histories.

    Parameters
    ----------
    values : array, shape (rows, effects)
    effects : array of int, shape (effects,)
    size : int
        2**lists.

    Returns
    -------
    array, shape (rows, size)
    """
    spread = np.zeros((len(values), size))
    spread[:, effects] = values
    return spread


def list_bits(effect: int) -> tuple[int, ...]:
    """Give the numbers of the lists of an effect.

    Examples
    --------
    >>> list_bits(0b101)
    (0, 2)
    """
    return tuple(bit for bit in range(int(effect).bit_length()) if effect >> bit & 1)


def pair_effects(lists: int) -> tuple[int, ...]:
    """Give the pairs of lists in the order AB, AC, ..., BC, ...

    Examples
    --------
    >>> pair_effects(3)
    (3, 5, 6)
    """
    return tuple((1 << i) | (1 << j) for i, j in combinations(range(lists), 2))


def base_effects(lists: int) -> tuple[int, ...]:
    """Give the intercept and the main effects."""
    return (0, *(1 << i for i in range(lists)))


def close_downward(effects: Iterable[int], lists: int) -> tuple[int, ...]:
    """Add to interactions all effects within them, so that the model is hierarchical.

    Examples
    --------
    >>> close_downward([0b111], 3)
    (0, 1, 2, 4, 3, 5, 6, 7)
    """
    found = set(base_effects(lists))
    for effect in effects:
        inside = effect
        while inside:
            found.add(inside)
            inside = (inside - 1) & effect
    return tuple(sorted(found, key=_sort_key))


def _sort_key(effect: int) -> tuple[int, tuple[int, ...]]:
    return effect.bit_count(), list_bits(effect)


def enumerate_models(lists: int, order: int) -> list[tuple[int, ...]]:
    """Give the interactions of every hierarchical model with all main effects.

    Parameters
    ----------
    lists, order : int
        Number of lists; most lists in one interaction.

    Returns
    -------
    list of tuple of int
        The interactions of each model, the model of main effects first.

    Raises
    ------
    ValueError
        If there are more than 40,000 models.

    Examples
    --------
    >>> len(enumerate_models(5, 2)), len(enumerate_models(4, 4))
    (1024, 114)
    """
    models: list[tuple[int, ...]] = []
    pairs = pair_effects(lists) if order > 1 else ()
    for model in _grow((), pairs, lists, order):
        models.append(model)
        if len(models) > MOST_MODELS:
            raise ValueError(
                f"{lists} lists have more than {MOST_MODELS:,} models with interactions of up to {order} lists; "
                "lower the order, or search stepwise"
            )
    return models


def _grow(chosen: tuple[int, ...], candidates: Sequence[int], lists: int, order: int) -> Iterator[tuple[int, ...]]:
    for number in range(len(candidates) + 1):
        for level in combinations(candidates, number):
            model = chosen + level
            above = _allowed_above(level, lists) if level and level[0].bit_count() < order else ()
            if above:
                yield from _grow(model, above, lists, order)
            else:
                yield model


def _allowed_above(level: tuple[int, ...], lists: int) -> tuple[int, ...]:
    present = set(level)
    size = level[0].bit_count() + 1
    wider = (sum(1 << bit for bit in bits) for bits in combinations(range(lists), size))
    return tuple(effect for effect in wider if all(effect ^ (1 << bit) in present for bit in list_bits(effect)))


def name_model(effects: Iterable[int], names: Sequence[str]) -> str:
    """Name a model by its largest interactions, as in the literature.

    Examples
    --------
    >>> name_model([0, 1, 2, 4, 3], ["police", "ngo", "shelter"])
    '[police:ngo, shelter]'
    """
    held = [int(effect) for effect in effects if effect]
    largest = [a for a in held if not any(a != b and a & b == a for b in held)]
    largest.sort(key=lambda effect: (list_bits(effect), effect))
    return "[" + ", ".join(":".join(names[bit] for bit in list_bits(effect)) for effect in largest) + "]"
